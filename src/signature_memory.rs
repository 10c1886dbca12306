//! The outcomes of signature verifications, remembered for the length of one call.
//!
//! The search for a path may verify the same signature under the same key many times: certificates that fail are
//! tried again on every path they might be on. Within one call each combination of algorithm, key and signed
//! certificate is computed once, failures included, and their number is bounded. What is remembered are
//! the octets themselves, borrowed from what the call was given and compared in full.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pki_types::{
    AlgorithmIdentifier, FipsStatus, InvalidSignature, SignatureVerificationAlgorithm,
};
use smallvec::SmallVec;

use crate::certificate::Certificate;
use crate::path_builder::Search;
use crate::signature_cache::{Signature, SignatureCache};

/// Most signatures computed in one call: each takes up to half a millisecond (P-384 with *ring*). A path has at most
/// seven; the rest leaves room for CAs that have several certificates or keys of one name.
pub(crate) const MOST_SIGNATURES: usize = 20;

/// For how many signatures one under this key counts: two where the key is RSA of more than 4096 bits, whose signatures take
/// *ring* up to 1.3 milliseconds. Even a path of seven such keys stays within the bound.
pub(crate) fn weight(key: &[u8]) -> usize {
    // An RSAPublicKey of 4096 bits has 526 octets, and a few more with an exponent of 33 bits.
    if key.starts_with(&[0x30, 0x82]) && key.len() > 544 {
        2
    } else {
        1
    }
}

/// The outcomes of one call.
pub(crate) struct SignatureMemory<'a> {
    state: Mutex<State<'a>>,
}

struct State<'a> {
    outcomes: SmallVec<[Looked<'a>; 8]>,
    /// Their weight.
    spent: usize,
    exhausted: bool,
}

/// A signature that was looked at.
struct Looked<'a> {
    certificate: &'a Certificate<'a>,
    /// The algorithm's place in the list.
    algorithm: usize,
    key: &'a [u8],
    outcome: Outcome,
}

impl<'a> Looked<'a> {
    fn signature(&self) -> Signature<'a> {
        Signature {
            algorithm: self.algorithm,
            key: self.key,
            message: self.certificate.tbs(),
            signature: self.certificate.signature(),
        }
    }

    fn is(&self, certificate: &Certificate<'_>, algorithm: usize, key: &[u8]) -> bool {
        self.algorithm == algorithm
            && same(self.key, key)
            && same(self.certificate.der(), certificate.der())
    }
}

/// Whether a signature held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It is in the cache: it holds.
    Cached,
    /// It was computed, and holds.
    Valid,
    Invalid,
}

impl Outcome {
    fn verdict(self) -> Result<(), InvalidSignature> {
        match self {
            Self::Cached | Self::Valid => Ok(()),
            Self::Invalid => Err(InvalidSignature),
        }
    }
}

impl<'a> SignatureMemory<'a> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                outcomes: SmallVec::new(),
                spent: 0,
                exhausted: false,
            }),
        }
    }

    /// Whether a signature was not verified because too many were before.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.lock().exhausted
    }

    /// Hands over the signatures that hold, to be remembered beyond the call: for calls that end in acceptance.
    pub(crate) fn keep(&self, cache: &SignatureCache) {
        let state = self.lock();
        let computed = state
            .outcomes
            .iter()
            .filter(|looked| looked.outcome == Outcome::Valid);
        for looked in computed {
            cache.insert(looked.algorithm, looked.key, looked.certificate);
        }
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
            same(certificate.tbs(), message) && same(certificate.signature(), signature)
        })
    }

    /// The same key among those the call was given.
    fn key(&self, key: &[u8]) -> Option<&'a [u8]> {
        let anchors = self.search.anchors.iter().map(|anchor| anchor.key_octets());
        self.certificates()
            .map(Certificate::key_octets)
            .chain(anchors)
            .find(|own| same(own, key))
    }

    /// As the cache knows it, else as the algorithm says.
    fn cached_or_computed(&self, signature: &Signature<'_>) -> Outcome {
        if self
            .search
            .cache
            .is_some_and(|cache| cache.contains(signature))
        {
            return Outcome::Cached;
        }
        let Signature {
            key,
            message,
            signature,
            ..
        } = *signature;
        match self.algorithm.verify_signature(key, message, signature) {
            Ok(()) => Outcome::Valid,
            Err(InvalidSignature) => Outcome::Invalid,
        }
    }
}

/// Equal octets; nearly always they are the very same ones.
fn same(one: &[u8], other: &[u8]) -> bool {
    std::ptr::eq(one, other) || one == other
}

impl SignatureVerificationAlgorithm for Remembering<'_, '_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        // webpki verifies nothing but what it was given; anything else is refused.
        let (Some(certificate), Some(key)) =
            (self.signed(message, signature), self.key(public_key))
        else {
            return Err(InvalidSignature);
        };
        let memory = self.search.memory;
        let weight = weight(key);
        {
            let mut state = memory.lock();
            let mut outcomes = state.outcomes.iter();
            match outcomes.find(|looked| looked.is(certificate, self.index, key)) {
                Some(looked) => return looked.outcome.verdict(),
                None if state.spent.saturating_add(weight) > MOST_SIGNATURES => {
                    state.exhausted = true;
                    return Err(InvalidSignature);
                }
                None => state.spent = state.spent.saturating_add(weight),
            }
        }
        let mut looked = Looked {
            certificate,
            algorithm: self.index,
            key,
            outcome: Outcome::Invalid,
        };
        looked.outcome = self.cached_or_computed(&looked.signature());
        let verdict = looked.outcome.verdict();
        memory.lock().outcomes.push(looked);
        verdict
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::{KeyKind, TestKey, der, keys};

    #[test]
    fn large_rsa_keys_count_twice() {
        // The key inside a SubjectPublicKeyInfo, without the octet of unused bits.
        let key = |spki: &[u8]| {
            let (_, contents, _) = der::split(spki);
            let (_, _, bits) = der::split(contents);
            der::split(bits).1[1..].to_vec()
        };
        let rsa = |bits| key(&keys::rsa_spki(bits, (1 << 33) - 1));
        assert_eq!([2048, 3072, 4096].map(|bits| weight(&rsa(bits))), [1; 3]);
        assert_eq!([4352, 6144, 8192].map(|bits| weight(&rsa(bits))), [2; 3]);
        assert_eq!(weight(&key(&TestKey::of(KeyKind::P384, 0).spki())), 1);
        // A key of ML-DSA-87.
        assert_eq!(weight(&[0; 2592]), 1);
    }
}
