//! What one call has to judge revocation by, what it has looked at already, and how much it may look at.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use smallvec::SmallVec;

use super::crl::Crl;
use super::ocsp::{OcspProblem, Response};
use super::signature::{NotSigned, Signed, Signer};
use super::store::RevocationStore;
use crate::crypto::Crypto;
use crate::peer::OcspStaple;
use crate::signature_cache::{Signature, SignatureCache};

/// Most signatures looked at for OCSP in one call, whether they are in the cache or not. An answer takes one or two; paths of
/// partners have two or three certificates with one. With those of the search they take some fifteen milliseconds (P-384 with
/// *ring*).
pub(crate) const MOST_SIGNATURES: usize = 12;

/// Most keys tried on one CRL in one call. A CRL of many megabytes takes long to hash, and who has a CA under a trust anchor
/// can make others of its name.
const MOST_KEYS_OF_CRL: usize = 4;

/// What one call has to judge revocation by.
pub(crate) struct RevocationCall<'c> {
    pub(crate) store: &'c RevocationStore,
    crypto: &'c Crypto,
    cache: Option<&'c SignatureCache>,
    staple: Staple<'c>,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    keys: Keys,
    signatures: SmallVec<[Looked; 4]>,
    /// Pairs of CRL and key.
    keys_of_crls: SmallVec<[(Place, usize); 4]>,
    /// Signatures that were computed, and hold.
    computed: Vec<Computed>,
}

/// Where octets lie that outlive the call: enough to tell them apart in it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    address: usize,
    length: usize,
}

impl Place {
    fn of(octets: &[u8]) -> Self {
        Self {
            address: octets.as_ptr().addr(),
            length: octets.len(),
        }
    }
}

struct Looked {
    message: Place,
    /// The number of the key.
    signer: usize,
    verdict: Result<(), NotSigned>,
}

/// The keys that were tried, each once, for several certificates may have the same.
#[derive(Default)]
struct Keys {
    /// One SubjectPublicKeyInfo after the other. On the stack, if there are not many.
    octets: SmallVec<[u8; 1536]>,
    ends: SmallVec<[usize; 8]>,
}

impl Keys {
    fn number_of(&mut self, spki: &[u8]) -> usize {
        let mut start = 0;
        for (number, end) in self.ends.iter().enumerate() {
            if self.octets.get(start..*end) == Some(spki) {
                return number;
            }
            start = *end;
        }
        self.octets.extend_from_slice(spki);
        self.ends.push(self.octets.len());
        self.ends.len().saturating_sub(1)
    }
}

/// A signature that holds, with octets of its own.
struct Computed {
    algorithm: usize,
    key: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// Why a signature was not found to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unverified {
    Not(NotSigned),
    TooMuchWork,
}

/// The stapled response, decoded.
#[derive(Debug)]
pub(crate) enum Staple<'c> {
    NotApplicable,
    Absent,
    Given(Result<Response<'c>, OcspProblem>),
}

impl<'c> RevocationCall<'c> {
    /// Decodes the staple: to be called where the rule is on.
    pub(crate) fn new(
        store: &'c RevocationStore,
        crypto: &'c Crypto,
        cache: Option<&'c SignatureCache>,
        staple: OcspStaple<'c>,
    ) -> Self {
        Self {
            store,
            crypto,
            cache,
            staple: match staple {
                OcspStaple::NotApplicable => Staple::NotApplicable,
                OcspStaple::Absent => Staple::Absent,
                OcspStaple::Given(der) => Staple::Given(Response::decode(der)),
            },
            memory: Mutex::new(Memory::default()),
        }
    }

    pub(crate) fn staple(&self) -> &Staple<'c> {
        &self.staple
    }

    /// Whether a response, or a responder's certificate, is signed by this key. Looked at once for each key.
    pub(crate) fn verify(&self, signed: Signed<'_>, signer: Signer<'_>) -> Result<(), Unverified> {
        let message = Place::of(signed.message);
        let by;
        {
            let mut memory = self.lock();
            by = memory.keys.number_of(signer.spki);
            let mut known = memory.signatures.iter();
            match known.find(|looked| looked.message == message && looked.signer == by) {
                Some(looked) => return looked.verdict.map_err(Unverified::Not),
                None if memory.signatures.len() >= MOST_SIGNATURES => {
                    return Err(Unverified::TooMuchWork);
                }
                None => {}
            }
        }
        let outcome = signed.verify(signer, self.crypto, self.cache);
        let verdict = outcome.map(|_| ());
        let mut memory = self.lock();
        if let Some(valid) = outcome
            .ok()
            .filter(|valid| !valid.cached && self.cache.is_some())
        {
            memory.computed.push(Computed {
                algorithm: valid.algorithm,
                key: signer.key_octets.to_vec(),
                message: signed.message.to_vec(),
                signature: signed.signature.to_vec(),
            });
        }
        memory.signatures.push(Looked {
            message,
            signer: by,
            verdict,
        });
        verdict.map_err(Unverified::Not)
    }

    /// Whether a CRL is signed by this key, if not too many others were tried on it.
    pub(crate) fn verify_crl(&self, crl: &Crl, signer: Signer<'_>) -> Result<(), Unverified> {
        // The key that it is known to be signed by costs nothing.
        if crl.is_known_signed_by(signer, self.crypto) {
            return Ok(());
        }
        {
            let mut memory = self.lock();
            let key = memory.keys.number_of(signer.spki);
            let pair = (Place::of(crl.signed().message), key);
            if !memory.keys_of_crls.contains(&pair) {
                let tried = memory.keys_of_crls.iter().filter(|tried| tried.0 == pair.0);
                if tried.count() >= MOST_KEYS_OF_CRL {
                    return Err(Unverified::TooMuchWork);
                }
                memory.keys_of_crls.push(pair);
            }
        }
        crl.is_signed_by(signer, self.crypto)
            .map_err(Unverified::Not)
    }

    pub(crate) fn crypto(&self) -> &'c Crypto {
        self.crypto
    }

    /// Hands over the signatures that hold, to be remembered beyond the call: for calls that end in acceptance.
    pub(crate) fn keep(&self) {
        let Some(cache) = self.cache else { return };
        for computed in &self.lock().computed {
            cache.insert_signed(Signature {
                algorithm: computed.algorithm,
                key: &computed.key,
                message: &computed.message,
                signature: &computed.signature,
            });
        }
    }

    /// One thread uses the memory of one call; a poisoned lock could only come from a panic in this call.
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RevocationCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationCall").finish_non_exhaustive()
    }
}
