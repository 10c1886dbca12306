#![doc = include_str!("../README.md")]
// Tests may panic; what they test is linted without them.
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::panic_in_result_fn,
        clippy::unwrap_used
    )
)]

mod acceptance;
mod bounds;
mod builder;
mod certificate;
mod chain;
mod crypto;
mod diagnosis;
mod error;
#[cfg(feature = "files")]
mod files;
mod fingerprint;
mod hint;
mod horizon;
mod identity;
mod judge;
mod lint;
mod live;
mod must_not_pin;
mod name;
mod observer;
mod oid;
mod path;
mod path_builder;
mod peer;
mod pem;
mod policy;
#[cfg(feature = "serde")]
mod policy_file;
mod presets;
mod reason;
mod refusal;
mod rehearsal;
mod report;
#[cfg(feature = "serde")]
mod report_json;
mod revocation;
mod rule;
mod rules;
mod signature_cache;
mod signature_memory;
mod text;
mod time;
mod tls;
mod trust;
mod verify;
#[cfg(all(test, feature = "ring"))]
mod worst_cases;

#[cfg(test)]
#[path = "../tests/it/support/mod.rs"]
mod support;

// Mutation testing compiles one crate for each mutant, not three: the tests from outside stand within.
#[cfg(test)]
#[cfg(mutants)]
extern crate self as rustls_policy_verifier;
#[cfg(test)]
#[cfg(mutants)]
#[path = "../tests/it/main.rs"]
mod it;

// The guide's programs compile.
#[cfg(all(doctest, feature = "files", feature = "ring"))]
#[doc = include_str!("../docs/connecting-with-a-partner.md")]
mod guide {}

pub use crate::builder::VerifierBuilder;
pub use crate::certificate::{
    BasicConstraints, Certificate, Curve, DecodeError, Extension, KeyPurposes, KeyUsage, Problem,
    PublicKey, Validity,
};
pub use crate::chain::PresentedChain;
pub use crate::diagnosis::{ChainFailure, ChainReason, ChainStop};
pub use crate::error::{BuildError, VerifyError, VerifyErrorKind};
#[cfg(feature = "files")]
pub use crate::files::{FileProblem, FilesError, LiveFiles, Polled, VerifierFiles, Watching};
pub use crate::fingerprint::Fingerprint;
pub use crate::identity::{ClaimedIdentifier, PeerIdentity};
pub use crate::lint::{LintCode, LintContext, LintFinding, LintSeverity};
pub use crate::live::{LiveVerifier, ReplaceError, ReplaceProblem, ReplaceWarning, Replacement};
pub use crate::name::{
    Attribute, AttributeType, DistinguishedName, GeneralName, GeneralNames, Rdn, TextProblem,
};
#[cfg(feature = "tracing")]
pub use crate::observer::TracingObserver;
pub use crate::observer::{
    ChainRecorder, Judgement, Observer, Occasion, RecordedChain, VerificationCounters,
};
pub use crate::oid::{Oid, OidBuf};
pub use crate::path::{CandidatePath, Intermediate, PathAnchor, Position, VerifiedPath};
pub use crate::peer::{Evidence, OcspStaple, Peer, Role};
pub use crate::pem::{MAX_INPUT_OCTETS, PemError, PemKind};
pub use crate::policy::{AnchorCheck, Mode, PerPosition, Policy, Setting};
pub use crate::rehearsal::{Change, Rehearsal, RehearsedChain, Verdict, Verdicts};
pub use crate::report::{Fact, PathEntry, RefusedPath, Report, Violation, Warning, WarningKind};
pub use crate::revocation::crl::{Crl, CrlNumber, CrlProblem, MAX_CRL_OCTETS, RevokedEntry};
pub use crate::revocation::fact::{
    CrlRefusal, CrlSummary, NoStatus, OcspSummary, RefusedCrl, Revocation, RevocationSource,
    StaleStatus, StapleDemand,
};
pub use crate::revocation::ocsp::{MAX_OCSP_OCTETS, OcspProblem, OcspResponse, ResponderProblem};
pub use crate::revocation::{RevocationReason, Staleness};
pub use crate::rule::{Context, Findings, Rule, RuleId};
pub use crate::rules::certificate_profile::{
    CertificateProfile, Octets, Profile, ProfileFinding, ProfileRequirement,
};
pub use crate::rules::extended_key_usage::{ExtendedKeyUsage, KeyPurpose, PurposeRequirement};
pub use crate::rules::key_usage::KeyUsageCheck;
pub use crate::rules::maximum_validity::{MaximumValidity, ValidityLimit};
pub use crate::rules::minimum_key_size::{KeyRequirement, KeySizes, MinimumKeySize, NamedCurve};
pub use crate::rules::path_length::PathLength;
pub use crate::rules::pin::{Pin, PinPosition, Pins};
pub use crate::rules::revocation::{
    RevocationCheck, RevocationSettings, StapleUse, StatusSource, StatusSources, Tolerance,
};
pub use crate::rules::server_name::ServerNameCheck;
pub use crate::rules::signature_algorithm::{
    SignatureAlgorithm, SignatureAlgorithms, SignatureFamily, SignatureHash, SignatureRequirement,
};
pub use crate::rules::subject_identifier::{
    Identifier, IdentifierEntry, IdentifierRequirement, MatchedIdentifier, Matcher, NotAName,
    PresentedIdentifier, SanKind, SubjectIdentifier, SubjectName, Values,
};
pub use crate::rules::validity_period::ValidityPeriod;
pub use crate::signature_cache::SignatureCache;
pub use crate::time::{Date, NotADate, NotASpan, Span, Time};
pub use crate::tls::{
    AppliedTls, ClientCertificates, ConnectionFailure, FailureCause, PolicyClientCertVerifier,
    PolicyClientConfig, PolicyServerCertVerifier, PolicyServerConfig, ProtectSessions, RootHints,
    Tenant, Tenants, TlsReport, TlsSettings, TlsVersion, UnknownTenant, WithPolicy, failure_in,
    forbid_resumption, protect_sessions, refusal_in,
};
pub use crate::trust::{DEFAULT_LABEL, SkippedAnchor, TrustAnchors};
pub use crate::verify::Verifier;

pub use {pki_types, rustls};
