//! Which keys a CRL is signed by: computed once for each key, and remembered inside the CRL.
//!
//! A CRL may have tens of megabytes, which a signature hashes from end to end. The memo stands beside the very octets it
//! speaks of, so that no other CRL can come by it; it is made for one key and one provider's list of algorithms.

use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

use crate::crypto::Crypto;
use crate::revocation::signature::{NotSigned, Signed, Signer};
use crate::signature_cache::AlgorithmList;

/// Most outcomes remembered beside the first success. A CRL has one signer, or a few certificates of one key; who has a CA
/// under a trust anchor can make others of its name.
const MOST_OTHERS: usize = 16;

/// Outcomes by key.
pub(super) struct Signers {
    /// The first key that it is signed by: read without a lock.
    first: OnceLock<Outcome>,
    others: RwLock<Vec<Outcome>>,
    /// Held while a signature is computed, so that threads that need the same one wait for it.
    computing: Mutex<()>,
}

struct Outcome {
    spki: Vec<u8>,
    /// The key's octets inside.
    key: Vec<u8>,
    /// Providers differ in what they accept.
    algorithms: AlgorithmList,
    verdict: Result<(), NotSigned>,
}

impl Outcome {
    fn is_of(&self, spki: &[u8], algorithms: AlgorithmList) -> bool {
        std::ptr::eq(self.algorithms, algorithms) && self.spki == spki
    }
}

impl Signers {
    pub(super) fn new() -> Self {
        Self {
            first: OnceLock::new(),
            others: RwLock::new(Vec::new()),
            computing: Mutex::new(()),
        }
    }

    pub(super) fn is_signed_by(
        &self,
        signed: Signed<'_>,
        signer: Signer<'_>,
        crypto: &Crypto,
    ) -> Result<(), NotSigned> {
        if let Some(verdict) = self.known(signer.spki, crypto.list) {
            return verdict;
        }
        let _one_at_a_time = self
            .computing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = self.known(signer.spki, crypto.list) {
            return verdict;
        }
        let verdict = signed.verify(signer, crypto, None).map(|_| ());
        let outcome = Outcome {
            spki: signer.spki.to_vec(),
            key: signer.key_octets.to_vec(),
            algorithms: crypto.list,
            verdict,
        };
        self.remember(outcome);
        verdict
    }

    /// The keys that it was found to be signed by, by these algorithms: SubjectPublicKeyInfo, and the key's octets.
    pub(super) fn keys(&self, algorithms: AlgorithmList) -> Vec<(Vec<u8>, Vec<u8>)> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let outcomes = self.first.get().into_iter().chain(others.iter());
        outcomes
            .filter(|it| it.verdict.is_ok() && std::ptr::eq(it.algorithms, algorithms))
            .map(|it| (it.spki.clone(), it.key.clone()))
            .collect()
    }

    /// Whether a key was found that it is signed by, by these algorithms.
    pub(super) fn has_signer(&self, algorithms: AlgorithmList) -> bool {
        let holds = |outcome: &Outcome| {
            outcome.verdict.is_ok() && std::ptr::eq(outcome.algorithms, algorithms)
        };
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        self.first.get().is_some_and(holds) || others.iter().any(holds)
    }

    /// Whether the first key that it was found to be signed by is this one.
    fn first_is(&self, spki: &[u8], algorithms: AlgorithmList) -> bool {
        self.first
            .get()
            .is_some_and(|first| first.is_of(spki, algorithms))
    }

    /// The outcome, if it was computed before.
    pub(super) fn known(
        &self,
        spki: &[u8],
        algorithms: AlgorithmList,
    ) -> Option<Result<(), NotSigned>> {
        if self.first_is(spki, algorithms) {
            return Some(Ok(()));
        }
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let known = others.iter().find(|other| other.is_of(spki, algorithms));
        known.map(|known| known.verdict)
    }

    fn remember(&self, outcome: Outcome) {
        let outcome = match outcome.verdict {
            Ok(()) => match self.first.set(outcome) {
                Ok(()) => return,
                Err(not_the_first) => not_the_first,
            },
            Err(_) => outcome,
        };
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        if others.len() >= MOST_OTHERS {
            // Who makes keys of the issuer's name drives out no other provider's signer.
            let failure = others.iter().position(|other| other.verdict.is_err());
            others.remove(failure.unwrap_or_default());
        }
        others.push(outcome);
    }
}

#[cfg(test)]
#[cfg(feature = "ring")]
mod tests {
    use super::*;

    static FEW: AlgorithmList = &[webpki::ring::ED25519];
    static MANY: AlgorithmList = &[webpki::ring::ED25519, webpki::ring::ECDSA_P256_SHA256];

    fn outcome(key: u8, algorithms: AlgorithmList, verdict: Result<(), NotSigned>) -> Outcome {
        Outcome {
            spki: vec![key],
            key: vec![key],
            algorithms,
            verdict,
        }
    }

    /// A CRL that two providers use has a signer for each, and neither is forgotten for the keys that somebody makes up.
    #[test]
    fn keys_that_are_made_up_drive_out_no_signer() {
        let signers = Signers::new();
        assert!(!signers.has_signer(FEW));
        signers.remember(outcome(0, FEW, Ok(())));
        assert!(signers.has_signer(FEW) && !signers.has_signer(MANY));
        signers.remember(outcome(0, MANY, Ok(())));
        for key in 1..=100 {
            for algorithms in [FEW, MANY] {
                signers.remember(outcome(key, algorithms, Err(NotSigned::Invalid)));
            }
        }
        for algorithms in [FEW, MANY] {
            assert!(signers.has_signer(algorithms));
            assert_eq!(signers.known(&[0], algorithms), Some(Ok(())));
            assert_eq!(
                signers.known(&[100], algorithms),
                Some(Err(NotSigned::Invalid))
            );
            assert_eq!(signers.known(&[1], algorithms), None);
        }
        assert_eq!(signers.others.read().unwrap().len(), MOST_OTHERS);
    }
}
