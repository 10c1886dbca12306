//! The outcomes of signature verifications, remembered for the length of one call.
//!
//! The search for a path may verify the same signature under the same key many times: certificates that fail are
//! tried again on every path they might be on. Within one call each combination of algorithm, key and signed
//! certificate is computed once, failures included. The memory refers to certificates and keys by their place in
//! what the call was given, found by comparing them in full; what is not among them is verified each time.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use pki_types::{
    AlgorithmIdentifier, FipsStatus, InvalidSignature, SignatureVerificationAlgorithm,
};
use smallvec::SmallVec;

use crate::certificate::Certificate;
use crate::chain::{DEFAULT_MAX_POOL, PoolEntry};
use crate::trust::Anchor;

/// Which algorithm verified which certificate's signature under which key, and whether it held.
struct Outcome {
    algorithm: usize,
    signed: usize,
    key: usize,
    valid: bool,
}

pub(crate) struct SignatureMemory<'a> {
    end_entity: &'a Certificate<'a>,
    pool: &'a [PoolEntry<'a>],
    anchors: &'a [&'a Anchor],
    outcomes: Mutex<SmallVec<[Outcome; DEFAULT_MAX_POOL]>>,
}

impl<'a> SignatureMemory<'a> {
    pub(crate) fn new(
        end_entity: &'a Certificate<'a>,
        pool: &'a [PoolEntry<'a>],
        anchors: &'a [&'a Anchor],
    ) -> Self {
        Self {
            end_entity,
            pool,
            anchors,
            outcomes: Mutex::new(SmallVec::new()),
        }
    }

    /// The algorithms, each with this memory before it. The list is as long and in the same order.
    pub(crate) fn wrap<'m>(
        &'m self,
        algorithms: &[&'static dyn SignatureVerificationAlgorithm],
    ) -> SmallVec<[Remembering<'m>; 32]> {
        (0..)
            .zip(algorithms)
            .map(|(index, algorithm)| Remembering {
                index,
                algorithm: *algorithm,
                memory: self,
            })
            .collect()
    }

    fn certificates(&self) -> impl Iterator<Item = &'a Certificate<'a>> {
        std::iter::once(self.end_entity).chain(self.pool.iter().map(|entry| entry.certificate))
    }

    fn signed(&self, message: &[u8], signature: &[u8]) -> Option<usize> {
        self.certificates().position(|certificate| {
            certificate.tbs() == message && certificate.signature() == signature
        })
    }

    fn key(&self, key: &[u8]) -> Option<usize> {
        let keys = self.certificates().map(Certificate::key_octets);
        keys.chain(self.anchors.iter().map(|anchor| anchor.key_octets()))
            .position(|own| own == key)
    }
}

/// An algorithm that remembers.
pub(crate) struct Remembering<'a> {
    index: usize,
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    memory: &'a SignatureMemory<'a>,
}

impl SignatureVerificationAlgorithm for Remembering<'_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let (Some(signed), Some(key)) = (
            self.memory.signed(message, signature),
            self.memory.key(public_key),
        ) else {
            return self
                .algorithm
                .verify_signature(public_key, message, signature);
        };
        // One thread uses the memory of one call; a poisoned lock could only come from a panic in this call.
        let lock = || {
            self.memory
                .outcomes
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let known = lock().iter().find_map(|outcome| {
            let same =
                outcome.algorithm == self.index && outcome.signed == signed && outcome.key == key;
            same.then_some(outcome.valid)
        });
        let valid = match known {
            Some(valid) => valid,
            None => {
                let valid = self
                    .algorithm
                    .verify_signature(public_key, message, signature)
                    .is_ok();
                lock().push(Outcome {
                    algorithm: self.index,
                    signed,
                    key,
                    valid,
                });
                valid
            }
        };
        if valid { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }

    fn fips_status(&self) -> FipsStatus {
        self.algorithm.fips_status()
    }

    fn fips(&self) -> bool {
        self.algorithm.fips()
    }
}

impl fmt::Debug for Remembering<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.algorithm, f)
    }
}
