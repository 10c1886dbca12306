//! `certificate-profile`: the shape that RFC 5280, or the CA/Browser Forum, demands of every certificate of a path, the
//! anchor's included.
//!
//! webpki looks at what path validation needs and no further. A profile is a list of small checks, each with its clause:
//! [`checks::CHECKS`] is the list, and what a check looks at stands in the file of its field.

mod checks;
mod extensions;
mod fields;
mod name_constraints;
mod names;
mod subject;
#[cfg(all(test, feature = "ring"))]
mod tests;

use std::fmt;

use self::checks::{CHECKS, COMMON_NAME_IN_SAN, KEY_IDENTIFIERS_MATCH};
pub(crate) use self::extensions::is_forbidden_purpose;
pub(crate) use self::names::is_public_suffix;
use self::subject::{Extensions, Place, Subject};
use crate::certificate::{BasicConstraints, Certificate, DecodeError};
use crate::error::BuildError;
use crate::oid::OidBuf;
use crate::path::{CandidatePath, PathAnchor, Position};
use crate::peer::{Peer, Role};
use crate::policy::{AnchorCheck, BuildContext, RuleSettings, Setting};
use crate::report::Fact;
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::time::Time;

/// Settings of the rule `certificate-profile`: the shape that every certificate of the path must have, beyond what path
/// validation needs. Starting point: off.
///
/// Each profile is a list of checks that cite their clauses: presence, criticality and syntax of extensions, serial
/// numbers, versions, names, the encoding of times, and what a critical extension of the anchor may be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct CertificateProfile {
    /// Whose demands. Starting point, once the rule is on: RFC 5280's.
    pub profile: Profile,
    /// Beside the profile, refuse an end entity whose common names are more than one, or not character for character a DNS name or the text of
    /// an IP address of its subject alternative name (BR section 7.1.4.3); none at all is fine. A switch of its own, whatever
    /// the profile, for many CAs put other things there. Starting point: `false`.
    pub common_name_in_san: bool,
    /// Whether the anchor's certificate is judged. Starting point: check.
    pub trust_anchor: AnchorCheck,
}

/// Whose demands certificates must meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Profile {
    /// Nobody's.
    None,
    /// RFC 5280, sections 4.1 and 4.2: what conforming CAs must do.
    Rfc5280,
    /// The CA/Browser Forum's Baseline Requirements for TLS server certificates ("BR"; sections as numbered since version 2.0.0),
    /// as far as certificates of private CAs can meet them: not policies, revocation pointers, transparency, or criticality of
    /// key usage; `docs/what-is-checked.md` has the list. All of [`Rfc5280`](Self::Rfc5280) belongs to it, except that name
    /// constraints need not be critical. A client's certificate passes only if it is a server's too.
    ///
    /// Needs the feature `public-suffix-list` (on by default): a server that is accepted only by a wildcard directly under a
    /// public suffix (of the list's ICANN part) is refused. Where no name is judged, neither are wildcards.
    CabfServer,
}

/// What a profile demands of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ProfileRequirement {
    /// The check's name, stable: `authority-key-identifier-present`.
    pub check: &'static str,
    /// What must be, in words.
    pub requires: &'static str,
    /// How to have it issued again, in words.
    pub cure: &'static str,
    /// Where it is written.
    pub clause: &'static str,
}

/// `a positive serial number (serial-number-positive, RFC 5280 section 4.1.2.2)`.
impl fmt::Display for ProfileRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.requires, self.check, self.clause)
    }
}

/// Octets that a peer chose the number of: how many there are, and the first of them, at most [`Octets::MOST`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Octets {
    /// The first octets.
    pub first: Vec<u8>,
    /// How many octets the value has.
    pub length: usize,
}

impl Octets {
    /// More of them are not kept: a value of 60 KiB on every certificate is not worth its memory.
    pub const MOST: usize = 64;

    fn new(octets: &[u8]) -> Self {
        Self {
            first: octets.iter().take(Self::MOST).copied().collect(),
            length: octets.len(),
        }
    }
}

/// In hexadecimal.
impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::text::hex(&self.first))?;
        if self.first.len() < self.length {
            f.write_str("…")?;
        }
        Ok(())
    }
}

/// What a profile does not allow, where it is not a [`Fact`] of other rules too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileFinding {
    /// The extension is there.
    Present,
    /// The extension is critical.
    Critical,
    /// The extension is not critical.
    NotCritical,
    /// The value cannot be decoded.
    Malformed(DecodeError),
    /// A name without attributes, or a list without elements.
    Empty,
    /// The version as encoded: 0 is version 1.
    Version(u8),
    /// A serial number: its contents octets.
    Serial(Octets),
    /// A time in the type that is not for its year.
    TimeEncoding {
        /// UTCTime, else GeneralizedTime.
        utc_time: bool,
        /// The time.
        time: Time,
    },
    /// A critical extension that is not processed.
    UnknownCritical(OidBuf),
    /// basicConstraints.
    BasicConstraints(BasicConstraints),
    /// An authority key identifier: which of its fields there are.
    AuthorityKeyIdentifier {
        /// keyIdentifier.
        key_identifier: bool,
        /// authorityCertIssuer.
        issuer: bool,
        /// authorityCertSerialNumber.
        serial: bool,
    },
    /// Key identifiers, the certificate's for its issuer, and the issuer's own.
    KeyIdentifiers {
        /// The certificate's authority key identifier.
        authority: Octets,
        /// The issuer's subject key identifier.
        issuer: Octets,
    },
    /// Common names.
    CommonNames(Vec<String>),
}

impl fmt::Display for ProfileFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::text::list;

        match self {
            Self::Present => f.write_str("one"),
            Self::Critical => f.write_str("a critical one"),
            Self::NotCritical => f.write_str("one that is not critical"),
            Self::Malformed(error) => write!(f, "one that cannot be decoded: {error}"),
            Self::Empty => f.write_str("an empty one"),
            Self::Version(version) => {
                write!(f, "version {}", u16::from(*version).saturating_add(1))
            }
            Self::Serial(octets) => match octets.first.as_slice() {
                [0] => f.write_str("0"),
                [0x80..=0xff, ..] => write!(f, "the negative number {octets}"),
                _ => write!(f, "{octets}, {} octets", octets.length),
            },
            Self::TimeEncoding { utc_time, time } => write!(
                f,
                "{time} in {}",
                if *utc_time {
                    "UTCTime"
                } else {
                    "GeneralizedTime"
                }
            ),
            Self::UnknownCritical(oid) => write!(f, "the critical extension {oid}"),
            Self::BasicConstraints(BasicConstraints { ca, path_len }) => {
                f.write_str(if *ca { "cA" } else { "no cA" })?;
                match path_len {
                    Some(most) => write!(f, ", a pathLenConstraint of {most}"),
                    None => Ok(()),
                }
            }
            Self::AuthorityKeyIdentifier {
                key_identifier,
                issuer,
                serial,
            } => {
                let fields = [
                    (key_identifier, "keyIdentifier"),
                    (issuer, "authorityCertIssuer"),
                    (serial, "authorityCertSerialNumber"),
                ];
                let present = fields.into_iter().filter(|(there, _)| **there);
                let present: Vec<_> = present.map(|(_, name)| name).collect();
                if present.is_empty() {
                    f.write_str("one without any field")
                } else {
                    f.write_str("one with ")?;
                    list(f, &present, ", ")
                }
            }
            Self::KeyIdentifiers { authority, issuer } => {
                write!(f, "{authority}, the issuer's is {issuer}")
            }
            Self::CommonNames(names) => list(f, names, ", "),
        }
    }
}

impl RuleSettings for CertificateProfile {
    const ID: RuleId = RuleId::new("certificate-profile");
    const CITATION: &'static str = "RFC 5280 sections 4.1 and 4.2, BR sections 6.1 and 7.1";

    fn starting_point(_role: Role) -> Setting<Self> {
        Setting::off(Self {
            profile: Profile::Rfc5280,
            common_name_in_san: false,
            trust_anchor: AnchorCheck::Check,
        })
    }

    fn validate(&self, context: &BuildContext<'_>) -> Result<(), BuildError> {
        if self.profile == Profile::None {
            return Ok(());
        }
        if self.profile == Profile::CabfServer && !names::HAS_PUBLIC_SUFFIXES {
            return Err(BuildError::policy(
                "certificate-profile.profile",
                "\"cabf-server\" needs this crate's feature `public-suffix-list`",
            ));
        }
        self.trust_anchor.validate(Self::ID, context)
    }

    fn check_anchor(&self, anchor: &PathAnchor<'_>, _time: Time, findings: &mut Findings) {
        if let Some(certificate) = anchor.certificate() {
            // Who is expected matters to the end entity alone.
            let subject = Subject::new(certificate, Place::Anchor, true, Peer::Client);
            self.check_as_anchor(&subject, findings);
        }
    }
}

impl Rule for CertificateProfile {
    fn id(&self) -> RuleId {
        Self::ID
    }

    fn judges(&self, position: Position) -> bool {
        let has_profile = self.profile != Profile::None;
        match position {
            Position::Path => false,
            Position::TrustAnchor => has_profile && self.trust_anchor != AnchorCheck::Ignore,
            Position::EndEntity => has_profile || self.common_name_in_san,
            Position::Intermediate(_) | Position::Presented(_) => has_profile,
        }
    }

    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        context: &Context<'_>,
        findings: &mut Findings,
    ) {
        let place = match position {
            Position::EndEntity => Place::EndEntity,
            Position::Intermediate(_) | Position::Presented(_) => Place::Intermediate,
            // With the path, for where the end entity is the anchor there is no other certificate.
            Position::TrustAnchor | Position::Path => return,
        };
        // What vouches for itself names no other issuer's key. Without a path, a root may be among what was presented.
        let is_anchor = match position {
            Position::Presented(_) => certificate.is_self_issued(),
            _ => context.anchor().is_some_and(|anchor| {
                anchor.subject() == certificate.subject() && anchor.spki() == certificate.spki()
            }),
        };
        let subject = Subject::new(certificate, place, is_anchor, context.peer());
        self.check(&subject, position, findings);
        if self.common_name_in_san && place == Place::EndEntity {
            report(
                names::common_name_in_san(&subject),
                &COMMON_NAME_IN_SAN,
                position,
                findings,
            );
        }
    }

    fn check_path(&self, path: &CandidatePath<'_>, context: &Context<'_>, findings: &mut Findings) {
        if self.profile == Profile::None {
            return;
        }
        if path.end_entity_is_anchor() {
            return;
        }
        let match_requirement = KEY_IDENTIFIERS_MATCH.by(self.profile);
        let mut below: Option<(Position, Extensions<'_>)> = None;
        for (position, certificate) in path.certificates() {
            let subject = Subject::new(certificate, Place::Anchor, true, context.peer());
            let found = below.and_then(|(position, below)| {
                let found = extensions::key_identifiers_match(&below, &subject.extensions);
                found.map(|found| (position, found))
            });
            if let (Some((position, found)), Some(requirement)) = (found, &match_requirement) {
                report(Some(found), requirement, position, findings);
            }
            if position == Position::TrustAnchor {
                self.check_as_anchor(&subject, findings);
            }
            below = Some((position, subject.extensions));
        }
    }
}

impl CertificateProfile {
    fn check_as_anchor(&self, subject: &Subject<'_>, findings: &mut Findings) {
        if self.profile != Profile::None && self.trust_anchor != AnchorCheck::Ignore {
            self.check(subject, Position::TrustAnchor, findings);
        }
    }

    /// Every check of the profile that is about such certificates.
    fn check(&self, subject: &Subject<'_>, position: Position, findings: &mut Findings) {
        for check in CHECKS
            .iter()
            .filter(|check| check.of.includes(subject.place))
        {
            if let Some(requirement) = check.by(self.profile) {
                report((check.test)(subject), &requirement, position, findings);
            }
        }
    }
}

fn report(
    found: Option<Fact>,
    requirement: &ProfileRequirement,
    position: Position,
    findings: &mut Findings,
) {
    if let Some(presented) = found {
        findings.violation(position, Fact::Profile(*requirement), presented);
    }
}
