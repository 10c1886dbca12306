//! The outcomes of signature verifications, remembered for the length of one call.
//!
//! The search for a path may verify the same signature under the same key many times: certificates that fail are
//! tried again on every path they might be on. Within one call each combination of algorithm, key and signed
//! certificate is computed once, failures included, and the number of those computed is bounded. What is remembered are
//! the octets themselves, borrowed from what the call was given and compared in full.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pki_types::{
    AlgorithmIdentifier, FipsStatus, InvalidSignature, SignatureVerificationAlgorithm,
};
use smallvec::SmallVec;

use crate::certificate::Certificate;
use crate::path_builder::Search;
use crate::signature_cache::Signature;

/// Most signatures computed in one call: each takes up to half a millisecond (P-384 with *ring*). A path has at most
/// seven; the rest leaves room for CAs that have several certificates or keys of one name.
pub(crate) const MOST_SIGNATURES: usize = 20;

/// Whether a signature held: the algorithm's place in the list, the key, the signed octets, the signature.
struct Outcome<'a> {
    algorithm: usize,
    key: &'a [u8],
    signed: &'a [u8],
    signature: &'a [u8],
    valid: bool,
}

/// The outcomes of one call.
pub(crate) struct SignatureMemory<'a> {
    state: Mutex<State<'a>>,
}

struct State<'a> {
    outcomes: SmallVec<[Outcome<'a>; 8]>,
    exhausted: bool,
}

impl<'a> SignatureMemory<'a> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                outcomes: SmallVec::new(),
                exhausted: false,
            }),
        }
    }

    /// Whether a signature was not verified because too many were before.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.lock().exhausted
    }

    /// One thread uses the memory of one call; a poisoned lock could only come from a panic in this call.
    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An algorithm that remembers.
pub(crate) struct Remembering<'w, 'a> {
    index: usize,
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    search: &'w Search<'w, 'a>,
}

impl<'w, 'a> Remembering<'w, 'a> {
    pub(crate) fn new(
        index: usize,
        algorithm: &'static dyn SignatureVerificationAlgorithm,
        search: &'w Search<'w, 'a>,
    ) -> Self {
        Self {
            index,
            algorithm,
            search,
        }
    }

    fn certificates(&self) -> impl Iterator<Item = &'a Certificate<'a>> {
        let pool = self.search.pool.iter().map(|entry| entry.certificate);
        std::iter::once(self.search.end_entity).chain(pool)
    }

    /// The certificate that these octets and this signature are.
    fn signed(&self, message: &[u8], signature: &[u8]) -> Option<&'a Certificate<'a>> {
        self.certificates().find(|certificate| {
            certificate.tbs() == message && certificate.signature() == signature
        })
    }

    /// The same key among those the call was given.
    fn key(&self, key: &[u8]) -> Option<&'a [u8]> {
        let anchors = self.search.anchors.iter().map(|anchor| anchor.key_octets());
        self.certificates()
            .map(Certificate::key_octets)
            .chain(anchors)
            .find(|own| *own == key)
    }
}

impl SignatureVerificationAlgorithm for Remembering<'_, '_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let whole = Signature {
            algorithm: self.index,
            key: public_key,
            message,
            signature,
        };
        if self
            .search
            .cache
            .is_some_and(|cache| cache.contains(&whole))
        {
            return Ok(());
        }
        // webpki verifies nothing but what it was given; anything else is refused.
        let (Some(signed), Some(key)) = (self.signed(message, signature), self.key(public_key))
        else {
            return Err(InvalidSignature);
        };
        let memory = self.search.memory;
        {
            let mut state = memory.lock();
            let known = state.outcomes.iter().find(|outcome| {
                outcome.algorithm == self.index
                    && outcome.key == key
                    && outcome.signed == message
                    && outcome.signature == signature
            });
            match known {
                Some(outcome) if outcome.valid => return Ok(()),
                Some(_) => return Err(InvalidSignature),
                None if state.outcomes.len() >= MOST_SIGNATURES => {
                    state.exhausted = true;
                    return Err(InvalidSignature);
                }
                None => {}
            }
        }
        let outcome = self
            .algorithm
            .verify_signature(public_key, message, signature);
        if let (Ok(()), Some(cache)) = (&outcome, self.search.cache) {
            cache.insert(&whole);
        }
        memory.lock().outcomes.push(Outcome {
            algorithm: self.index,
            key,
            signed: signed.tbs(),
            signature: signed.signature(),
            valid: outcome.is_ok(),
        });
        outcome
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

impl fmt::Debug for Remembering<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.algorithm, f)
    }
}
