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
            algorithms: crypto.list,
            verdict,
        };
        self.remember(outcome);
        verdict
    }

    /// Whether a key was found that it is signed by, by these algorithms.
    pub(super) fn has_first(&self, algorithms: AlgorithmList) -> bool {
        let first = self.first.get();
        first.is_some_and(|first| std::ptr::eq(first.algorithms, algorithms))
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
            others.remove(0);
        }
        others.push(outcome);
    }
}
