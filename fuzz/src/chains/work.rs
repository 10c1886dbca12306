//! What a verification costs, counted from outside: by the algorithms that it is given, and by a rule of one's own.

use std::cell::Cell;
use std::fmt;
use std::sync::{Arc, LazyLock};

use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls_policy_verifier::pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm,
};
use rustls_policy_verifier::{CandidatePath, Context, Findings, Rule, RuleId, rustls};

/// Most signatures computed in one call: the bound that `src/signature_memory.rs` sets.
const MOST_SIGNATURES: usize = 20;

/// Most signatures that webpki asks for in one search, computed or remembered: its own bound.
const MOST_ASKED_FOR: usize = 100;

/// Most steps of one search, as `src/path_builder.rs` has it; each ends in one path at most.
const MOST_PATHS: usize = 1024;

/// With those that are sent alone, and once more with those that are known.
const SEARCHES: usize = 2;

#[derive(Clone, Copy, Default)]
struct Work {
    signatures: usize,
    /// How often the first algorithm was asked what it is: once for each signature, and once more where none fits.
    questions: usize,
    paths: usize,
}

thread_local! {
    static WORK: Cell<Work> = const { Cell::new(Work { signatures: 0, questions: 0, paths: 0 }) };
}

fn count(change: impl FnOnce(&mut Work)) {
    let mut work = WORK.get();
    change(&mut work);
    WORK.set(work);
}

/// Panics if what `call` does costs more than is promised.
pub(super) fn bounded<T>(call: impl FnOnce() -> T) -> T {
    WORK.set(Work::default());
    let outcome = call();
    let work = WORK.get();
    assert!(
        work.signatures <= MOST_SIGNATURES,
        "{} signatures",
        work.signatures
    );
    let questions = 2 * SEARCHES * (MOST_ASKED_FOR + 1);
    assert!(work.questions <= questions, "{} questions", work.questions);
    assert!(work.paths <= SEARCHES * MOST_PATHS, "{} paths", work.paths);
    outcome
}

/// Counts the paths that are judged.
pub(super) fn rule() -> Arc<dyn Rule> {
    Arc::new(CountsPaths)
}

#[derive(Debug)]
struct CountsPaths;

impl Rule for CountsPaths {
    fn id(&self) -> RuleId {
        RuleId::new("counts-paths")
    }

    fn check_path(&self, _: &CandidatePath<'_>, _: &Context<'_>, _: &mut Findings) {
        count(|work| work.paths += 1);
    }
}

/// Counts what it is asked, and asks *ring*.
struct Counting {
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    is_first: bool,
}

impl SignatureVerificationAlgorithm for Counting {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        count(|work| work.signatures += 1);
        self.algorithm.verify_signature(key, message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        if self.is_first {
            count(|work| work.questions += 1);
        }
        self.algorithm.signature_alg_id()
    }
}

impl fmt::Debug for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.algorithm.fmt(f)
    }
}

/// A provider that counts.
pub(super) fn provider() -> CryptoProvider {
    static ALGORITHMS: LazyLock<&[&dyn SignatureVerificationAlgorithm]> = LazyLock::new(|| {
        let counting = (0..).zip(webpki::ALL_VERIFICATION_ALGS).map(
            |(index, algorithm): (usize, _)| -> &'static dyn SignatureVerificationAlgorithm {
                Box::leak(Box::new(Counting {
                    algorithm: *algorithm,
                    is_first: index == 0,
                }))
            },
        );
        Vec::leak(counting.collect())
    });
    let ring = rustls::crypto::ring::default_provider();
    CryptoProvider {
        signature_verification_algorithms: WebPkiSupportedAlgorithms {
            all: *ALGORITHMS,
            ..ring.signature_verification_algorithms
        },
        ..ring
    }
}
