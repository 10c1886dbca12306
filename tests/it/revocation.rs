//! Revocation attacked through the public API: what loads, what makes a status known, and what never may.

mod cache;
mod crl;
mod many;
mod ocsp;
mod policy;
mod responders;
mod scope;

use pki_types::CertificateDer;
use rustls_policy_verifier::{
    Crl, CrlRefusal, Evidence, Fact, NoStatus, OcspProblem, OcspResponse, OcspStaple, Peer, Policy,
    Position, PresentedChain, Report, RevocationReason, RevocationSettings, RevocationSource, Role,
    Staleness, StapleDemand, StatusSource, Time, TrustAnchors, Verifier, VerifierBuilder,
    VerifyError, WarningKind, pki_types,
};

use crate::support::{
    Authority, CertificateBuilder, CrlBuilder, Name, OcspBuilder, SingleBuilder, TestKey, serial_of,
};

/// 2026-06-01T00:00:00Z
const NOW_UNIX: i64 = 1_780_272_000;
const NOW: Time = at(NOW_UNIX);
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

const fn at(unix: i64) -> Time {
    Time::from_unix_seconds(unix.unsigned_abs())
}

/// Where a status comes from: the number of a CRL, or how a response came.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    Crl(String),
    Staple,
    Response,
}

/// What the rule found.
#[derive(Clone, Debug, PartialEq)]
enum Said {
    Revoked(Source, Time, Option<RevocationReason>),
    Stale(Source, Staleness),
    RefusedCrl(String, CrlRefusal),
    BadStaple(OcspProblem),
    NoStatus(StatusSource, Vec<NoStatus>),
    NoStaple(StapleDemand, Fact),
    /// Of this rule or another one.
    Other(Fact, Fact),
}

#[derive(Clone, Debug, PartialEq)]
struct Verdict {
    accepted: bool,
    violations: Vec<(Position, Said)>,
    warnings: Vec<(WarningKind, Position, Said)>,
}

impl Verdict {
    fn of(outcome: Result<Report, VerifyError>) -> Self {
        let report = match &outcome {
            Ok(report) => report,
            Err(error) => error.report(),
        };
        let warnings = report.warnings.iter();
        Self {
            accepted: outcome.is_ok(),
            violations: report
                .violations
                .iter()
                .map(|it| (it.position, Said::of(&it.required, &it.presented)))
                .collect(),
            warnings: warnings
                .filter(|it| it.rule.as_str() == "revocation")
                .map(|it| (it.kind, it.position, Said::of(&it.required, &it.presented)))
                .collect(),
        }
    }

    /// Accepted, and nothing to say.
    fn known() -> Self {
        Self {
            accepted: true,
            violations: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Refused for one thing about the end entity.
    fn refused(said: Said) -> Self {
        Self::refused_at(Position::EndEntity, said)
    }

    fn refused_at(position: Position, said: Said) -> Self {
        Self {
            accepted: false,
            violations: vec![(position, said)],
            warnings: Vec::new(),
        }
    }

    /// Accepted, with warnings about the end entity.
    fn tolerated(said: impl IntoIterator<Item = Said>) -> Self {
        Self {
            warnings: said
                .into_iter()
                .map(|it| (WarningKind::Relaxed, Position::EndEntity, it))
                .collect(),
            ..Self::known()
        }
    }

    fn said(&self) -> impl Iterator<Item = &Said> {
        self.violations.iter().map(|(_, said)| said)
    }

    fn is_revoked(&self) -> bool {
        !self.accepted && self.said().any(|said| matches!(said, Said::Revoked(..)))
    }
}

impl Said {
    fn of(required: &Fact, presented: &Fact) -> Self {
        let source = |source: &RevocationSource| match source {
            RevocationSource::Crl(crl) => Source::Crl(crl.number.clone()),
            RevocationSource::Ocsp(response) if response.stapled => Source::Staple,
            _ => Source::Response,
        };
        match (required, presented) {
            (Fact::NotRevoked, Fact::Revoked(it)) => {
                Self::Revoked(source(&it.source), it.date, it.reason)
            }
            (Fact::CurrentAt(NOW), Fact::StaleStatus(it)) => {
                Self::Stale(source(&it.source), it.why)
            }
            (Fact::CrlOfIssuer, Fact::RefusedCrl(it)) => {
                Self::RefusedCrl(it.crl.number.clone(), it.why.clone())
            }
            (Fact::ValidResponse, Fact::BadResponse(problem)) => Self::BadStaple(problem.clone()),
            (Fact::RequiredStatus(wanted), Fact::NoStatus(missing)) => {
                let missing = missing.iter().map(without_points);
                Self::NoStatus(*wanted, missing.collect())
            }
            (Fact::RequiredStaple(demand), presented) => Self::NoStaple(*demand, presented.clone()),
            _ => Self::Other(required.clone(), presented.clone()),
        }
    }

    /// Neither a CRL nor a response where either would do.
    fn nothing(issuer: &str) -> Self {
        Self::NoStatus(
            StatusSource::Either,
            vec![no_crl(issuer), NoStatus::NoResponse],
        )
    }

    /// CRLs that are about others where either source would do.
    fn elsewhere(issuer: &str, count: usize) -> Self {
        let issuer = format!("CN={issuer}");
        let points = Vec::new();
        Self::NoStatus(
            StatusSource::Either,
            vec![
                NoStatus::CrlsElsewhere {
                    issuer,
                    count,
                    points,
                },
                NoStatus::NoResponse,
            ],
        )
    }
}

/// What a certificate says of where its CRLs are is tested by itself.
fn without_points(missing: &NoStatus) -> NoStatus {
    let mut missing = missing.clone();
    if let NoStatus::NoCrl { points, .. } | NoStatus::CrlsElsewhere { points, .. } = &mut missing {
        points.clear();
    }
    missing
}

fn no_crl(issuer: &str) -> NoStatus {
    NoStatus::NoCrl {
        issuer: format!("CN={issuer}"),
        points: Vec::new(),
    }
}

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(1))
}

fn end_entity() -> CertificateBuilder {
    CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(5).spki())
}

/// The starting point of a role, with the rule on and changed.
fn policy(role: Role, change: impl FnOnce(&mut RevocationSettings)) -> Policy {
    let mut policy = Policy::for_role(role);
    change(policy.revocation.enforce());
    policy
}

fn clients() -> Policy {
    policy(Role::Client, |_| ())
}

fn servers() -> Policy {
    policy(Role::Server, |_| ())
}

fn builder(root: &Authority, policy: Policy) -> VerifierBuilder {
    Verifier::builder(TrustAnchors::from_pem(&root.der).unwrap(), policy)
}

fn load(crls: &[Vec<u8>]) -> Vec<Crl> {
    let crls = crls.iter();
    crls.map(|der| Crl::from_der(der.as_slice()).unwrap())
        .collect()
}

fn load_responses(responses: &[Vec<u8>]) -> Vec<OcspResponse> {
    let responses = responses.iter();
    responses
        .map(|der| OcspResponse::from_der(der.as_slice()).unwrap())
        .collect()
}

/// Verifies a chain of a client, or of a server whose name does not matter.
fn outcome(
    verifier: &Verifier,
    role: Role,
    chain: &[Vec<u8>],
    ocsp: OcspStaple<'_>,
) -> Result<Report, VerifyError> {
    let certificates: Vec<_> = chain
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let (end_entity, others) = certificates.split_first().unwrap();
    let peer = match role {
        Role::Client => Peer::Client,
        Role::Server => Peer::ServerWithoutName,
    };
    let mut evidence = Evidence::default();
    evidence.ocsp = ocsp;
    verifier
        .verify(
            &PresentedChain::new(end_entity, others),
            peer,
            evidence,
            NOW,
        )
        .map(|path| path.report())
}

fn client(verifier: &Verifier, chain: &[Vec<u8>]) -> Verdict {
    let staple = OcspStaple::NotApplicable;
    Verdict::of(outcome(verifier, Role::Client, chain, staple))
}

fn server(verifier: &Verifier, chain: &[Vec<u8>], staple: OcspStaple<'_>) -> Verdict {
    Verdict::of(outcome(verifier, Role::Server, chain, staple))
}

/// A client directly below the root, with these CRLs.
fn client_with(leaf: &[u8], crls: &[Vec<u8>]) -> Verdict {
    let verifier = builder(&root(), clients()).crls(load(crls)).build();
    client(&verifier.unwrap(), &[leaf.to_vec()])
}

/// A server directly below the root, with this staple.
fn server_with(leaf: &[u8], staple: &[u8]) -> Verdict {
    let verifier = builder(&root(), servers()).build().unwrap();
    server(&verifier, &[leaf.to_vec()], OcspStaple::Given(staple))
}

fn leaf() -> Vec<u8> {
    root().issue(end_entity())
}

fn crl() -> CrlBuilder {
    CrlBuilder::new()
}

/// That a certificate of an issuer is good.
fn good(issuer: &Authority, certificate: &[u8]) -> SingleBuilder {
    SingleBuilder::good(issuer, &serial_of(certificate))
}

fn response(single: SingleBuilder) -> OcspBuilder {
    OcspBuilder::new().single(single)
}
