//! Refusals, and configurations that cannot work.

use std::fmt;

use crate::chain::PresentedView;
use crate::observer::{Judgement, Named};
use crate::report::{Fact, RefusedPath, Report, Violation};
use crate::revocation::crl::CrlProblem;
use crate::text;
use crate::trust::SkippedAnchor;

/// A chain was refused. Carries the whole [`Report`].
///
/// `Display` and `Debug` are one bounded sentence; `{:#?}` shows the report.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyError {
    kind: VerifyErrorKind,
    report: Box<Report>,
}

/// What kind of thing refused a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifyErrorKind {
    /// What was presented: its size, its encoding, the number of certificates.
    Input,
    /// No path to a trust anchor is valid.
    Path,
    /// Paths are valid, but break rules.
    Policy,
    /// The chain is right, but not for the server's name.
    Name,
}

impl VerifyError {
    pub(crate) fn new(kind: VerifyErrorKind, report: Report) -> Self {
        Self {
            kind,
            report: Box::new(report),
        }
    }

    /// With the label of the best path's anchor, and the other paths.
    pub(crate) fn with_paths(mut self, anchor_label: String, others: Vec<RefusedPath>) -> Self {
        self.report.anchor_label = Some(anchor_label);
        self.report.other_paths = others;
        self
    }

    /// What kind of thing refused.
    #[must_use]
    pub fn kind(&self) -> VerifyErrorKind {
        self.kind
    }

    /// Everything found.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    pub(crate) fn judgement<'j>(
        &'j self,
        generation: u64,
        presented: Option<PresentedView<'j>>,
    ) -> Judgement<'j> {
        Judgement {
            accepted: false,
            role: self.report.role,
            time: self.report.time,
            generation,
            label: self.report.anchor_label.as_deref(),
            fingerprint: self.report.path.first().and_then(|entry| entry.sha256),
            violations: &self.report.violations,
            warnings: &self.report.warnings,
            report: Named::Kept(&self.report),
            presented,
        }
    }

    /// The violation that says most, which `Display` gives: the first, or, where that is webpki's reason for there being no
    /// path and a rule says the same of a certificate, that rule's.
    #[must_use]
    pub fn telling(&self) -> Option<&Violation> {
        let violations = &self.report.violations;
        let first = violations.first()?;
        let same = |violation: &&Violation| match &first.presented {
            Fact::ChainFailure(failure) => failure.reason.is_said_by(violation),
            _ => false,
        };
        violations.iter().find(same).or(Some(first))
    }

    /// The subject of the end entity, escaped and bounded; empty if it could not be decoded.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.report.subject()
    }

    /// What refused.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.report.violations
    }
}

/// `client certificate CN=peer refused: end-entity: validity-period requires …, presented: … (and 1 more violation)`.
impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.write_verdict(f)?;
        if let Some(telling) = self.telling() {
            write!(f, ": {telling}")?;
        }
        match self.report.violations.len() {
            0 | 1 => Ok(()),
            2 => f.write_str(" (and 1 more violation)"),
            more => write!(f, " (and {} more violations)", more.saturating_sub(1)),
        }
    }
}

impl fmt::Debug for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            fmt::Debug::fmt(&self.report, f)
        } else {
            fmt::Display::fmt(self, f)
        }
    }
}

impl std::error::Error for VerifyError {}

/// Makes an error's `Debug` its sentence, which is what `main` prints of one that it returns.
macro_rules! debug_is_display {
    ($type:ty) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    };
}

pub(crate) use debug_is_display;

debug_is_display!(BuildError);

/// A policy, a set of anchors, or input given by the caller that cannot work. `Debug` is the same sentence as `Display`.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting of the policy makes no sense.
    #[error("policy setting `{field}`: {problem}")]
    Policy {
        /// The setting, as in a policy file: `minimum-key-size.end-entity.rsa-bits`.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A policy file is not TOML or JSON.
    #[error("policy, line {line}, column {column}: {problem}")]
    PolicySyntax {
        /// The line, counted from 1.
        line: usize,
        /// The character in the line, counted from 1.
        column: usize,
        /// What is wrong there.
        problem: String,
    },
    /// No usable trust anchor.
    #[error("no usable trust anchor{}: add the root or issuing CA certificate to trust, in PEM or DER", skipped_text(.skipped))]
    NoTrustAnchor {
        /// The certificates that were left out, and why.
        skipped: Vec<SkippedAnchor>,
    },
    /// A certificate given by the caller cannot be used.
    #[error("{what} {index}{}: {problem}", subject_text(.subject))]
    Certificate {
        /// What the certificate was to be: "trust anchor", "known intermediate", "certificate".
        what: &'static str,
        /// Which one, counted from 1.
        index: usize,
        /// Its subject, if that much could be decoded.
        subject: Option<String>,
        /// What is wrong with it.
        problem: String,
    },
    /// A CRL given by the caller cannot be used.
    #[error("CRL {index} of the input{}: {problem}", subject_text(.issuer))]
    Crl {
        /// Which one, counted from 1.
        index: usize,
        /// Its issuer, if that much could be decoded.
        issuer: Option<String>,
        /// What is wrong with it.
        problem: CrlProblem,
    },
    /// A file in PEM form cannot be used.
    #[error("{0}")]
    Pem(#[from] crate::pem::PemError),
    /// Rules need the anchors' whole certificates, and some anchors came as name and key only.
    #[error(
        "rule `{rule}` needs the whole certificates of the trust anchors, and {missing} of them {} only name and key: load the anchors from PEM or DER (the crate `webpki-root-certs` has Mozilla's), or {cure}",
        if *.missing == 1 { "has" } else { "have" }
    )]
    AnchorsWithoutCertificate {
        /// The rule.
        rule: crate::rule::RuleId,
        /// How many anchors have no certificate.
        missing: usize,
        /// What else can be done.
        cure: String,
    },
    /// The crypto provider has no signature algorithms; or, without the feature `ring`, no TLS 1.3 cipher suite with SHA-256.
    #[error(
        "the crypto provider has no signature algorithms, or, without the feature `ring`, no TLS 1.3 cipher suite with SHA-256"
    )]
    Provider,
    /// A verifier whose policy is for one side was given to the other.
    #[error(
        "the verifier's policy is for {policy} certificates, and {needed} certificates are to be judged: start from `Policy::{needed}()`"
    )]
    Direction {
        /// The policy's role.
        policy: crate::peer::Role,
        /// The role of the certificates to judge.
        needed: crate::peer::Role,
    },
    /// The policy beside the enforced one cannot work.
    #[error("the shadow policy: {0}")]
    Shadow(#[source] Box<BuildError>),
    /// A name that connections cannot have, or two configurations for one.
    #[error("tenant {name}: {problem}")]
    Tenant {
        /// The name, escaped and bounded.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A cache of signatures verified by another crypto provider.
    #[error(
        "the signature cache belongs to verifiers of another crypto provider: give each provider a cache of its own"
    )]
    SignatureCache,
    /// A custom rule has a name that is taken.
    #[error("the rule id `{0}` is taken")]
    RuleId(crate::rule::RuleId),
}

fn skipped_text(skipped: &[SkippedAnchor]) -> String {
    match skipped {
        [] => String::new(),
        [only] => format!(" ({only})"),
        [first, others @ ..] => format!(" ({first}; and {} more)", others.len()),
    }
}

fn subject_text(subject: &Option<String>) -> String {
    subject
        .as_ref()
        .map_or_else(String::new, |subject| format!(" ({subject})"))
}

impl BuildError {
    pub(crate) fn policy(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Policy {
            field: text::visible(&field.into()),
            problem: text::visible(&problem.into()),
        }
    }
}
