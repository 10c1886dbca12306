//! The cache of verified signatures: it spares public-key operations, and changes nothing else.

mod bounds;
mod cost;
#[cfg(not(mutants))]
mod equality;
mod forgery;
mod refusals;

use std::cell::RefCell;
use std::fmt;

use pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm,
};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls_policy_verifier::{
    ChainReason, Fact, Peer, Policy, PresentedChain, Report, SignatureCache, Time, TrustAnchors,
    Verifier, VerifierBuilder, VerifyError, VerifyErrorKind, pki_types, rustls,
};

use crate::support::{Authority, CertificateBuilder, KeyKind, Name, TestKey, oids};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);

thread_local! {
    /// The keys that signatures were computed with in this thread, in order.
    static COMPUTED: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Notes what it is asked to compute, and asks *ring*.
struct Counting(&'static dyn SignatureVerificationAlgorithm);

impl SignatureVerificationAlgorithm for Counting {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        COMPUTED.with_borrow_mut(|computed| computed.push(key.to_vec()));
        self.0.verify_signature(key, message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.0.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0.signature_alg_id()
    }
}

impl fmt::Debug for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

static ED25519: Counting = Counting(webpki::ring::ED25519);
static P256: Counting = Counting(webpki::ring::ECDSA_P256_SHA256);
static P384: Counting = Counting(webpki::ring::ECDSA_P384_SHA384);
static RSA: Counting = Counting(webpki::ring::RSA_PKCS1_2048_8192_SHA256);
static PSS: Counting = Counting(webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY);

static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[&PSS, &ED25519, &P256, &P384, &RSA];
/// Other algorithms, to a cache.
static FEWER_ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[&ED25519, &P256];

fn provider_of(all: &'static [&'static dyn SignatureVerificationAlgorithm]) -> CryptoProvider {
    let ring = rustls::crypto::ring::default_provider();
    CryptoProvider {
        signature_verification_algorithms: WebPkiSupportedAlgorithms {
            all,
            ..ring.signature_verification_algorithms
        },
        ..ring
    }
}

/// A provider that counts.
fn counting() -> CryptoProvider {
    provider_of(ALGORITHMS)
}

/// Certificates as they are presented, the end entity first.
#[derive(Clone, Debug)]
struct Chain(Vec<CertificateDer<'static>>);

impl Chain {
    fn new(certificates: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(certificates.into_iter().map(CertificateDer::from).collect())
    }

    /// The same with another certificate at a place.
    fn with(&self, place: usize, der: Vec<u8>) -> Self {
        let mut chain = self.clone();
        chain.0[place] = der.into();
        chain
    }
}

/// A root, the CA below it, and who trusts them.
struct Pki {
    root: Authority,
    issuing: Authority,
}

impl Pki {
    fn new(kind: KeyKind) -> Self {
        let root = Authority::root("Root", TestKey::of(kind, 0));
        let issuing = root.intermediate("Issuing", TestKey::of(kind, 1));
        Self { root, issuing }
    }

    fn ed25519() -> Self {
        Self::new(KeyKind::Ed25519)
    }

    fn anchors(&self) -> TrustAnchors {
        TrustAnchors::from_pem(&self.root.der).unwrap()
    }

    /// A client's chain.
    fn client(&self, name: &str) -> Chain {
        Chain::new([self.issuing.issue(client(name)), self.issuing.der.clone()])
    }

    /// With the starting point for clients and the provider that counts.
    fn builder(&self) -> VerifierBuilder {
        self.builder_for(Policy::client())
    }

    fn builder_for(&self, policy: Policy) -> VerifierBuilder {
        Verifier::builder_with_provider(self.anchors(), policy, &counting())
    }

    fn verifier(&self, cache: &SignatureCache) -> Verifier {
        let builder = self.builder().signature_cache(cache.clone());
        builder.build().unwrap()
    }
}

fn client(name: &str) -> CertificateBuilder {
    CertificateBuilder::end_entity(Name::cn(name), TestKey::ed25519(5).spki())
        .eku(&[oids::CLIENT_AUTH])
}

/// What a client's verification says, and how many signatures were computed.
fn judge(verifier: &Verifier, chain: &Chain) -> (Result<Report, VerifyError>, usize) {
    judge_peer(verifier, chain, Peer::Client, NOW)
}

fn judge_peer(
    verifier: &Verifier,
    chain: &Chain,
    peer: Peer<'_>,
    time: Time,
) -> (Result<Report, VerifyError>, usize) {
    let (end_entity, others) = chain.0.split_first().unwrap();
    let presented = PresentedChain::new(end_entity, others);
    COMPUTED.take();
    let verdict = verifier.verify(&presented, peer, Default::default(), time);
    let verdict = verdict.map(|path| path.report());
    (verdict, COMPUTED.with_borrow(Vec::len))
}

/// Signatures computed for a client that is accepted.
fn cost(verifier: &Verifier, chain: &Chain) -> usize {
    let (verdict, computed) = judge(verifier, chain);
    verdict.unwrap();
    computed
}

/// That no path at all holds: our rules had nothing to judge.
fn assert_no_path(verdict: Result<Report, VerifyError>, what: impl fmt::Display) {
    match verdict {
        Ok(_) => panic!("{what}: accepted"),
        Err(refusal) => assert!(
            matches!(
                refusal.kind(),
                VerifyErrorKind::Input | VerifyErrorKind::Path
            ),
            "{what}: {refusal}"
        ),
    }
}

/// Why there is no path.
fn reason(verdict: Result<Report, VerifyError>) -> ChainReason {
    let refusal = verdict.unwrap_err();
    match &refusal.violations()[0].presented {
        Fact::ChainFailure(failure) => failure.reason,
        other => panic!("{other:?}"),
    }
}

/// `rule@position` of each violation.
fn violations(verdict: Result<Report, VerifyError>) -> Vec<String> {
    let refusal = verdict.unwrap_err();
    let violations = refusal.violations().iter();
    violations
        .map(|violation| format!("{}@{}", violation.rule, violation.position))
        .collect()
}
