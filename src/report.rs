//! Everything found on one verification: typed values that compare with `==`, and their sentences.

use std::fmt;

use crate::certificate::{Certificate, DecodeError, KeyUsage, PublicKey, Validity};
use crate::crypto::Sha256;
use crate::diagnosis::ChainFailure;
use crate::fingerprint::Fingerprint;
use crate::hint;
use crate::path::{CandidatePath, Position};
use crate::peer::Role;
use crate::revocation::fact::{NoStatus, RefusedCrl, Revocation, StaleStatus, StapleDemand};
use crate::revocation::ocsp::OcspProblem;
use crate::rule::RuleId;
use crate::rules::certificate_profile::{ProfileFinding, ProfileRequirement};
use crate::rules::extended_key_usage::{KeyPurpose, PurposeRequirement};
use crate::rules::maximum_validity::ValidityLimit;
use crate::rules::minimum_key_size::KeyRequirement;
use crate::rules::pin::Pin;
use crate::rules::revocation::StatusSource;
use crate::rules::signature_algorithm::{SignatureAlgorithm, SignatureRequirement};
use crate::rules::subject_identifier::{IdentifierRequirement, PresentedIdentifier};
use crate::text;
use crate::time::{Date, Time};
use crate::trust::SkippedAnchor;

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The rule.
    pub rule: RuleId,
    /// Where.
    pub position: Position,
    /// What the rule requires.
    pub required: Fact,
    /// What was presented.
    pub presented: Fact,
}

impl Violation {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        hint::hint(self.rule, self.position, &self.required, &self.presented)
    }
}

/// `end-entity: minimum-key-size requires RSA of at least 3072 bits, presented: RSA of 2048 bits`.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} requires {}, presented: {}",
            self.position, self.rule, self.required, self.presented
        )
    }
}

/// Something that did not refuse, but should be known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// What kind of thing.
    pub kind: WarningKind,
    /// The rule that warns.
    pub rule: RuleId,
    /// Where.
    pub position: Position,
    /// What is required or wished for.
    pub required: Fact,
    /// What was presented.
    pub presented: Fact,
}

impl Warning {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.kind {
            WarningKind::Relaxed => match tolerated_by(&self.required) {
                Some(setting) => format!(
                    "`revocation.{setting} = \"allow-with-warning\"` lets this pass: {}",
                    hint::hint(self.rule, self.position, &self.required, &self.presented)
                ),
                None => format!(
                    "an `allow-…` setting of `{}` lets this pass: take it back when it is no longer needed",
                    self.rule
                ),
            },
            WarningKind::NameNotJudged => {
                "give the server's name, or say by `subject-identifier` who the peer must be"
                    .to_owned()
            }
            WarningKind::Audited { until } => format!(
                "from the day after {until} this refuses: {}",
                hint::hint(self.rule, self.position, &self.required, &self.presented)
            ),
            _ => hint::hint(self.rule, self.position, &self.required, &self.presented),
        }
    }
}

/// The setting of `revocation` that lets such things pass.
fn tolerated_by(required: &Fact) -> Option<&'static str> {
    match required {
        Fact::RequiredStatus(_) => Some("unknown"),
        Fact::CurrentAt(_) => Some("stale"),
        Fact::ValidResponse => Some("unparsable"),
        _ => None,
    }
}

/// `end-entity: minimum-key-size (audited until 2027-03-31, would refuse) requires …, presented: …`.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} ({}) {} {}, presented: {}",
            self.position,
            self.rule,
            self.kind,
            match self.kind {
                WarningKind::Advice => "advises",
                _ => "requires",
            },
            self.required,
            self.presented
        )
    }
}

/// Why a warning is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarningKind {
    /// The rule is audited: this would have refused, and will after the date.
    Audited {
        /// The last day of the audit.
        until: Date,
    },
    /// One of the policy's `allow_…` relaxations was used.
    Relaxed,
    /// The server's name was not judged.
    NameNotJudged,
    /// Something will end soon.
    EndsSoon,
    /// Advice that a peer or a policy would do well to follow.
    Advice,
    /// A certificate that cannot be decoded was left aside; the path stands without it.
    LeftAside,
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Audited { until } => write!(f, "audited until {until}, would refuse"),
            Self::Relaxed => f.write_str("relaxed by the policy"),
            Self::NameNotJudged => f.write_str("not judged"),
            Self::EndsSoon => f.write_str("ends soon"),
            Self::Advice => f.write_str("advice"),
            Self::LeftAside => f.write_str("left aside"),
        }
    }
}

/// Something required or presented, as a typed value. `Display` says it in words for people; the words may
/// change, the values are stable. Text that a peer chose is escaped and bounded in both.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// There is none.
    Absent,
    /// Key purposes that an extended key usage must have.
    RequiredPurposes(PurposeRequirement),
    /// The key purposes of a certificate.
    Purposes(Vec<KeyPurpose>),
    /// What a key must be.
    RequiredKey(KeyRequirement),
    /// A key.
    Key(PublicKey),
    /// A public exponent of RSA; `None` if it does not fit into 64 bits.
    RsaExponent(Option<u64>),
    /// Bits that a key usage must have.
    KeyUsageWith(KeyUsage),
    /// Bits that a key usage must not have.
    KeyUsageWithout(KeyUsage),
    /// A key usage.
    KeyUsage(KeyUsage),
    /// What a signature must be.
    RequiredSignature(SignatureRequirement),
    /// How a certificate is signed.
    Signature(SignatureAlgorithm),
    /// How long a certificate may be valid.
    ValidityLimit(ValidityLimit),
    /// The time that a validity period must contain.
    ValidAt(Time),
    /// A validity period should not end before this time.
    ValidUntil(Time),
    /// A validity period.
    Validity(Validity),
    /// At most this many intermediates, self-issued ones not counted.
    MostIntermediates(usize),
    /// So many intermediates.
    Intermediates(usize),
    /// A CA's certificate: basicConstraints with cA.
    CaCertificate,
    /// A certificate without cA.
    NoCaCertificate,
    /// The end entity and the trust anchor must be different certificates.
    SeparateAnchor,
    /// The end entity itself is the trust anchor.
    EndEntityIsAnchor,
    /// One of these pins must match.
    RequiredPins(Vec<Pin>),
    /// What pins could have matched.
    Pins(Vec<Pin>),
    /// Pins must count at this time.
    PinsValidAt(Time),
    /// Pins count until this day.
    PinsExpire(Date),
    /// Pins should be at least this many.
    PinCount(usize),
    /// Identifiers that a certificate must, or must not, have.
    RequiredIdentifiers(IdentifierRequirement),
    /// The values that a certificate has where identifiers were looked for.
    Identifiers(Vec<PresentedIdentifier>),
    /// The server's name.
    ServerName(String),
    /// Names that a certificate is valid for.
    Names(Vec<String>),
    /// There is no subject alternative name, only these common names, which do not count.
    OnlyCommonNames(Vec<String>),
    /// A path to a trust anchor that is valid for webpki.
    PathToAnchor,
    /// Why there is none.
    ChainFailure(ChainFailure),
    /// A certificate in strict DER.
    Decodable,
    /// Why it is not.
    Undecodable(DecodeError),
    /// Why a certificate is no trust anchor.
    SkippedAnchor(SkippedAnchor),
    /// A bound on the input: at most so many of something.
    AtMost {
        /// How many.
        most: usize,
        /// Of what.
        what: &'static str,
    },
    /// So many of something.
    Count {
        /// How many.
        count: usize,
        /// Of what.
        what: &'static str,
    },
    /// A policy for this role.
    PolicyFor(Role),
    /// A certificate that is not revoked.
    NotRevoked,
    /// That it is revoked.
    Revoked(Revocation),
    /// A revocation status from these sources.
    RequiredStatus(StatusSource),
    /// What there is in place of a status.
    NoStatus(Vec<NoStatus>),
    /// A revocation status that holds at this time.
    CurrentAt(Time),
    /// A status of another time.
    StaleStatus(StaleStatus),
    /// A CRL signed by the certificate's issuer, which may sign CRLs.
    CrlOfIssuer,
    /// A CRL of the issuer's name that is not the issuer's.
    RefusedCrl(RefusedCrl),
    /// An OCSP response that is an answer for the certificate.
    ValidResponse,
    /// One that is not.
    BadResponse(OcspProblem),
    /// A stapled OCSP response, and who demands it.
    RequiredStaple(StapleDemand),
    /// Where the chain came from there are no staples.
    NoStaplesHere,
    /// What a certificate profile demands.
    Profile(ProfileRequirement),
    /// What a certificate profile does not allow.
    ProfileFinding(ProfileFinding),
    /// In words of a custom rule.
    Text(String),
}

impl Fact {
    /// Which of a rule's checks requires this, if it has several that have names.
    #[cfg(feature = "serde")]
    pub(crate) fn check(&self) -> Option<&'static str> {
        match self {
            Self::Profile(required) => Some(required.check),
            _ => None,
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("none"),
            Self::RequiredPurposes(required) => fmt::Display::fmt(required, f),
            Self::Purposes(purposes) => text::list(f, purposes, ", "),
            Self::RequiredKey(required) => fmt::Display::fmt(required, f),
            Self::Key(key) => fmt::Display::fmt(key, f),
            Self::RsaExponent(Some(exponent)) => write!(f, "the exponent {exponent}"),
            Self::RsaExponent(None) => f.write_str("an exponent above 64 bits"),
            Self::KeyUsageWith(bits) => write!(f, "a key usage with {bits}"),
            Self::KeyUsageWithout(bits) => write!(f, "a key usage without {bits}"),
            Self::KeyUsage(bits) => fmt::Display::fmt(bits, f),
            Self::RequiredSignature(required) => fmt::Display::fmt(required, f),
            Self::Signature(algorithm) => fmt::Display::fmt(algorithm, f),
            Self::ValidityLimit(limit) => fmt::Display::fmt(limit, f),
            Self::ValidAt(time) => write!(f, "validity at {time}"),
            Self::ValidUntil(time) => write!(f, "validity beyond {time}"),
            Self::Validity(Validity {
                not_before,
                not_after,
            }) => write!(f, "{not_before} to {not_after}"),
            Self::MostIntermediates(0) => {
                f.write_str("no intermediate (self-issued ones are not counted)")
            }
            Self::MostIntermediates(1) => {
                f.write_str("at most 1 intermediate (self-issued ones are not counted)")
            }
            Self::MostIntermediates(most) => {
                write!(
                    f,
                    "at most {most} intermediates (self-issued ones are not counted)"
                )
            }
            Self::Intermediates(count) => write!(f, "{count}"),
            Self::CaCertificate => f.write_str("a CA's certificate (basicConstraints with cA)"),
            Self::NoCaCertificate => f.write_str("no cA"),
            Self::SeparateAnchor => f.write_str("an issuer above the end entity as trust anchor"),
            Self::EndEntityIsAnchor => f.write_str("the end entity itself as trust anchor"),
            Self::RequiredPins(pins) => {
                f.write_str("one of the pins ")?;
                text::list(f, pins, ", ")
            }
            Self::Pins(pins) => text::list(f, pins, ", "),
            Self::PinsValidAt(time) => write!(f, "pins that count at {time}"),
            Self::PinsExpire(date) => write!(f, "pins that count to the end of {date}"),
            Self::PinCount(1) => f.write_str("1 pin"),
            Self::PinCount(count) => write!(f, "{count} pins"),
            Self::RequiredIdentifiers(required) => fmt::Display::fmt(required, f),
            Self::Identifiers(values) => text::list(f, values, ", "),
            Self::ServerName(name) => write!(f, "the name {name}"),
            Self::Names(names) => text::list(f, names, ", "),
            Self::OnlyCommonNames(names) => {
                f.write_str("no subject alternative name")?;
                names
                    .iter()
                    .try_for_each(|name| write!(f, ", common name {name}"))
            }
            Self::PathToAnchor => f.write_str("a valid path to a trust anchor"),
            Self::ChainFailure(failure) => fmt::Display::fmt(failure, f),
            Self::Decodable => f.write_str("a certificate in strict DER"),
            Self::Undecodable(error) => fmt::Display::fmt(error, f),
            Self::SkippedAnchor(skipped) => fmt::Display::fmt(skipped, f),
            Self::AtMost { most, what } => write!(f, "at most {most} {what}"),
            Self::Count { count, .. } => write!(f, "{count}"),
            Self::PolicyFor(role) => write!(f, "a policy for {role} certificates"),
            Self::NotRevoked => f.write_str("a certificate that is not revoked"),
            Self::Revoked(revocation) => fmt::Display::fmt(revocation, f),
            Self::RequiredStatus(source) => fmt::Display::fmt(source, f),
            Self::NoStatus(missing) => text::list(f, missing, ", "),
            Self::CurrentAt(time) => write!(f, "a revocation status that holds at {time}"),
            Self::StaleStatus(stale) => fmt::Display::fmt(stale, f),
            Self::CrlOfIssuer => f.write_str("CRLs of the issuer's name to be the issuer's"),
            Self::RefusedCrl(refused) => fmt::Display::fmt(refused, f),
            Self::ValidResponse => {
                f.write_str("a valid stapled OCSP response about the certificate")
            }
            Self::BadResponse(problem) => write!(f, "one that cannot be used: {problem}"),
            Self::RequiredStaple(demand) => fmt::Display::fmt(demand, f),
            Self::NoStaplesHere => {
                f.write_str("none, for where the chain came from there are no staples")
            }
            Self::Profile(required) => fmt::Display::fmt(required, f),
            Self::ProfileFinding(found) => fmt::Display::fmt(found, f),
            Self::Text(words) => f.write_str(&text::printable(words.as_bytes())),
        }
    }
}

/// One certificate of a path, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PathEntry {
    /// Where in the path.
    pub position: Position,
    /// The subject in RFC 4514 form, escaped and bounded.
    pub subject: String,
    /// The issuer likewise; empty for an anchor without certificate.
    pub issuer: String,
    /// SHA-256 of the certificate; `None` for an anchor without certificate.
    pub sha256: Option<Fingerprint>,
    /// The validity period; `None` for an anchor without certificate.
    pub validity: Option<Validity>,
    /// The key; `None` for a certificate that cannot be decoded.
    pub key: Option<PublicKey>,
    /// Whether the certificate comes from the verifier's known intermediates.
    pub known_here: bool,
}

impl PathEntry {
    pub(crate) fn of_certificate(
        position: Position,
        certificate: &Certificate<'_>,
        sha256: &Sha256,
    ) -> Self {
        Self {
            position,
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            sha256: Some(sha256.fingerprint(certificate.der())),
            validity: Some(certificate.validity()),
            key: Some(certificate.public_key()),
            known_here: false,
        }
    }

    /// A certificate that could not be decoded.
    pub(crate) fn undecodable(position: Position, der: &[u8], sha256: &Sha256) -> Self {
        Self {
            position,
            subject: String::new(),
            issuer: String::new(),
            sha256: Some(sha256.fingerprint(der)),
            validity: None,
            key: None,
            known_here: false,
        }
    }

    pub(crate) fn of_path(path: &CandidatePath<'_>, sha256: &Sha256) -> Vec<Self> {
        let mut entries: Vec<_> = path
            .certificates()
            .map(|(position, certificate)| Self::of_certificate(position, certificate, sha256))
            .collect();
        for (entry, intermediate) in entries.iter_mut().skip(1).zip(path.intermediates()) {
            entry.known_here = intermediate.known_here();
        }
        let anchor = path.anchor();
        if anchor.certificate().is_none() {
            entries.push(Self {
                position: Position::TrustAnchor,
                subject: anchor.subject().to_string(),
                issuer: String::new(),
                sha256: None,
                validity: None,
                key: Some(anchor.public_key()),
                known_here: false,
            });
        }
        entries
    }
}

/// A path that was refused, beside the one the report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedPath {
    /// Its certificates.
    pub path: Vec<PathEntry>,
    /// The label of the anchor that it ends at.
    pub anchor_label: String,
    /// What refused it.
    pub violations: Vec<Violation>,
}

/// Everything found on one verification. `Display` says it in lines for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Whether the chain was accepted.
    pub accepted: bool,
    /// Whose certificate was judged.
    pub role: Role,
    /// The time verified at.
    pub time: Time,
    /// The verified path; on refusal the best path found, or the presented chain.
    pub path: Vec<PathEntry>,
    /// The label of the anchor that the path ends at.
    pub anchor_label: Option<String>,
    /// What refused; empty if accepted.
    pub violations: Vec<Violation>,
    /// What did not refuse, but should be known.
    pub warnings: Vec<Warning>,
    /// Other complete paths that were refused: at most eight.
    pub other_paths: Vec<RefusedPath>,
}

impl Report {
    /// The subject of the end entity; empty if it could not be decoded.
    pub(crate) fn subject(&self) -> &str {
        let end_entity = self.path.first();
        end_entity.map_or("", |entry| entry.subject.as_str())
    }

    /// `client certificate CN=peer refused`.
    pub(crate) fn write_verdict(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} certificate ", self.role)?;
        if !self.subject().is_empty() {
            write!(f, "{} ", self.subject())?;
        }
        f.write_str(if self.accepted { "accepted" } else { "refused" })
    }
}

/// The verdict, then each violation and warning with what to do about it, on lines of their own.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_verdict(f)?;
        if let Some(label) = &self.anchor_label {
            write!(f, " under {}", text::printable(label.as_bytes()))?;
        }
        write!(f, " at {}", self.time)?;
        for violation in &self.violations {
            write!(f, "\n- {violation}\n  {}", violation.hint())?;
        }
        for warning in &self.warnings {
            write!(f, "\n- warning: {warning}\n  {}", warning.hint())?;
        }
        for other in &self.other_paths {
            write!(
                f,
                "\n- another path, under {}:",
                text::printable(other.anchor_label.as_bytes())
            )?;
            for violation in &other.violations {
                write!(f, "\n  - {violation}")?;
            }
        }
        Ok(())
    }
}
