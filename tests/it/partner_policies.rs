//! The policy files of `examples/policies/`, each made of a partner's page: every one can be used, and each requirement that is
//! broken once is refused for its own reason.

mod mtls_partner_strict;
mod mutual_tls;
mod pinned_web_server;
mod private_ca;
mod public_web_server;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pki_types::ServerName;
use rustls_policy_verifier::{
    ChainReason, Crl, Evidence, Fact, LintCode, LintContext, Mode, OcspStaple, Peer, Policy,
    Position, PresentedChain, Role, Time, TrustAnchors, VerifiedPath, Verifier, VerifierBuilder,
    VerifyError, Warning, pki_types, rustls,
};

use crate::support::pem::bundle;
use crate::support::{
    Authority, CertificateBuilder, CrlBuilder, Name, OcspBuilder, SingleBuilder, TestKey, der,
    oids, serial_of,
};

/// 2026-06-01T00:00:00Z
const NOW: Time = at(1_780_272_000);
const HOST: &str = "api.partner.example";

const fn at(unix: i64) -> Time {
    Time::from_unix_seconds(unix.unsigned_abs())
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/policies")
}

fn text(file: &str) -> String {
    let path = directory().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn policy(file: &str) -> Policy {
    Policy::from_toml(&text(file)).unwrap()
}

#[test]
fn every_file_is_read_built_and_written_back() {
    let mut files: Vec<_> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    for file in [
        "mtls-partner-strict-client.toml",
        "mtls-partner-strict-server.toml",
        "mutual-tls-client.toml",
        "mutual-tls-server.toml",
        "pinned-web-server.toml",
        "private-ca-client.toml",
        "public-web-server.toml",
    ] {
        assert!(files.iter().any(|it| it == file), "{file} in {files:?}");
    }
    for file in files {
        let policy = policy(&file);
        assert_eq!(
            Policy::from_toml(&policy.to_toml().unwrap()).as_ref(),
            Ok(&policy),
            "{file}"
        );
        let root = root();
        let labels = labels(&policy).into_iter();
        let anchors = labels.fold(TrustAnchors::new(), |anchors, label| {
            anchors.with_pem(label, &root.der).unwrap()
        });
        let is_revocation_judged = policy.revocation.mode != Mode::Off;
        let builder = Verifier::builder(anchors, policy.clone());
        let builder = match is_revocation_judged {
            true => builder.crls([crl(&root, |it| it)]),
            false => builder,
        };
        builder
            .build()
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        policy.tls.apply(&provider).unwrap();
    }
}

/// What a page asks for, and its policy's author may regret: nothing else is found.
#[test]
fn what_is_found_in_a_file_is_what_the_page_asks_for() {
    for (file, codes) in [
        // The page's list has AES-128, which its "256-bit for AES" takes away again.
        (
            "mtls-partner-strict-client.toml",
            vec![LintCode::IdleCipherSuite],
        ),
        (
            "mtls-partner-strict-server.toml",
            vec![LintCode::IdleCipherSuite],
        ),
        ("mutual-tls-client.toml", vec![]),
        ("mutual-tls-server.toml", vec![]),
        // What the page does not recommend either.
        ("pinned-web-server.toml", vec![LintCode::PinOnEndEntity]),
        // So that the program can answer 403.
        (
            "private-ca-client.toml",
            vec![LintCode::UnauthenticatedClients],
        ),
        ("public-web-server.toml", vec![]),
    ] {
        let findings = policy(file).lint(&LintContext::new(NOW));
        let found: Vec<_> = findings.iter().map(|it| it.code).collect();
        assert_eq!(found, codes, "{file}");
    }
}

/// Of whose anchors a policy speaks, and the default.
fn labels(policy: &Policy) -> Vec<Arc<str>> {
    let identifier = &policy.subject_identifier;
    let entries = [&identifier.any_of, &identifier.all_of, &identifier.none_of];
    let labels = entries.into_iter().flatten().flat_map(|entry| &entry.under);
    let mut labels: Vec<Arc<str>> = labels.map(|label| Arc::from(label.as_str())).collect();
    labels.push(Arc::from("default"));
    labels
}

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(1))
}

fn issuing(root: &Authority) -> Authority {
    root.intermediate("Issuing", TestKey::ed25519(2))
}

/// Another one, that the partner may change to.
fn other_root() -> Authority {
    Authority::root("Other Root", TestKey::ed25519(11))
}

fn server() -> CertificateBuilder {
    CertificateBuilder::end_entity(Name::cn("payments"), TestKey::ed25519(3).spki())
        .eku(&[oids::SERVER_AUTH])
        .dns(&[HOST])
}

/// Its server's name in the common name alone.
fn named_by_common_name() -> CertificateBuilder {
    server()
        .subject(Name::cn(HOST))
        .without_extension(oids::SUBJECT_ALT_NAME)
}

fn client(subject: Name) -> CertificateBuilder {
    CertificateBuilder::end_entity(subject, TestKey::ed25519(3).spki()).eku(&[oids::CLIENT_AUTH])
}

fn expired(certificate: CertificateBuilder) -> CertificateBuilder {
    certificate.validity(
        der::unix(2025, 1, 1, 0, 0, 0),
        der::unix(2025, 12, 31, 0, 0, 0),
    )
}

fn crl(issuer: &Authority, change: impl FnOnce(CrlBuilder) -> CrlBuilder) -> Crl {
    Crl::from_der(issuer.crl(change(CrlBuilder::new()))).unwrap()
}

fn anchors(label: &str, roots: &[&Authority]) -> TrustAnchors {
    let roots: Vec<_> = roots.iter().map(|root| root.der.as_slice()).collect();
    TrustAnchors::new()
        .with_pem(label.to_owned(), bundle(&roots))
        .unwrap()
}

fn builder(policy: Policy) -> VerifierBuilder {
    Verifier::builder(anchors("partner", &[&root()]), policy)
}

/// Why a chain is refused.
#[derive(Debug, PartialEq)]
enum Why {
    Rule(String, Position),
    Chain(ChainReason),
}

fn rule(id: &str, position: Position) -> Why {
    Why::Rule(id.to_owned(), position)
}

/// All of it.
fn reasons(refusal: &VerifyError) -> Vec<Why> {
    let violations = refusal.violations().iter();
    violations
        .map(|it| match &it.presented {
            Fact::ChainFailure(failure) => Why::Chain(failure.reason),
            _ => rule(it.rule.as_str(), it.position),
        })
        .collect()
}

/// A chain as it was presented, the end entity's certificate first.
struct Presented {
    certificates: Vec<Vec<u8>>,
    staple: Option<Vec<u8>>,
    time: Time,
}

impl Presented {
    fn new(end_entity: Vec<u8>, issuing: &Authority) -> Self {
        Self {
            certificates: vec![end_entity, issuing.der.clone()],
            staple: None,
            time: NOW,
        }
    }

    /// Issued under the root.
    fn under_root(end_entity: CertificateBuilder) -> Self {
        let issuing = issuing(&root());
        Self::new(issuing.issue(end_entity), &issuing)
    }

    fn stapled(mut self, change: impl FnOnce(SingleBuilder) -> SingleBuilder) -> Self {
        let issuing = issuing(&root());
        let serial = serial_of(&self.certificates[0]);
        let single = change(SingleBuilder::good(&issuing, &serial));
        self.staple = Some(issuing.ocsp(OcspBuilder::new().single(single)));
        self
    }

    fn at(mut self, time: Time) -> Self {
        self.time = time;
        self
    }

    /// The warnings of an accepted chain, or why it is refused.
    fn judged_by(&self, verifier: &Verifier) -> Result<Vec<Warning>, Vec<Why>> {
        let certificates: Vec<_> = self.certificates.iter().map(Vec::as_slice).collect();
        let chain = PresentedChain::from_pem(bundle(&certificates)).unwrap();
        let name = ServerName::try_from(HOST).unwrap();
        let (peer, ocsp) = match (verifier.policy().role, &self.staple) {
            (Role::Client, _) => (Peer::Client, OcspStaple::NotApplicable),
            (Role::Server, None) => (Peer::Server(&name), OcspStaple::Absent),
            (Role::Server, Some(staple)) => (Peer::Server(&name), OcspStaple::Given(staple)),
        };
        let mut evidence = Evidence::default();
        evidence.ocsp = ocsp;
        let warnings = |path: VerifiedPath<'_>| path.warnings().to_vec();
        let outcome = verifier.verify(&chain, peer, evidence, self.time);
        outcome.map(warnings).map_err(|refusal| reasons(&refusal))
    }
}

#[track_caller]
fn assert_refused(verifier: &Verifier, cases: Vec<(&str, Presented, Vec<Why>)>) {
    for (broken, presented, why) in cases {
        assert_eq!(presented.judged_by(verifier), Err(why), "{broken}");
    }
}

const EXPIRED: Why = Why::Chain(ChainReason::Expired);
const UNKNOWN_CA: Why = Why::Chain(ChainReason::UnknownIssuer);
