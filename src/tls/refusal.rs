//! Refusals across the TLS boundary: into rustls's errors, and back out of what stacks make of them.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::{CertificateError, OtherError};

use crate::diagnosis::ChainReason;
use crate::error::VerifyError;
use crate::policy::RuleSettings;
use crate::report::{Fact, Violation};
use crate::revocation::fact::RevocationSource;
use crate::rule::RuleId;
use crate::rules::extended_key_usage::ExtendedKeyUsage;
use crate::rules::key_usage::KeyUsageCheck;
use crate::rules::pin::Pins;
use crate::rules::server_name::ServerNameCheck;
use crate::rules::subject_identifier::SubjectIdentifier;

/// By default the whole refusal, whose alert is certificate_unknown; with specific alerts rustls's own variant for the
/// violation that stands first, where there is one. `alerts.md` has both tables.
pub(super) fn to_rustls(refusal: VerifyError, telling: Telling) -> rustls::Error {
    let first = telling
        .specific_alerts
        .then(|| refusal.violations().first())
        .flatten();
    let carried = |refusal| {
        OtherError(match telling.hide_reasons {
            false => Arc::new(refusal),
            true => Arc::new(Unsaid(refusal)),
        })
    };
    first
        .and_then(specific)
        .unwrap_or_else(|| CertificateError::Other(carried(refusal)))
        .into()
}

/// How refusals are told to rustls.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Telling {
    pub(super) specific_alerts: bool,
    pub(super) hide_reasons: bool,
}

/// A refusal that is carried and not printed.
struct Unsaid(VerifyError);

impl fmt::Debug for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the certificate was refused")
    }
}

impl StdError for Unsaid {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

/// rustls's variant for a violation; `None` where none says what is wrong.
fn specific(violation: &Violation) -> Option<CertificateError> {
    match (violation.rule, &violation.required, &violation.presented) {
        (_, _, Fact::ChainFailure(failure)) => of_chain(failure.reason),
        (_, Fact::ValidAt(now), Fact::Validity(validity)) => Some(if *now < validity.not_before {
            CertificateError::NotValidYet
        } else {
            CertificateError::Expired
        }),
        (RuleId::INPUT, Fact::Decodable, _) => Some(CertificateError::BadEncoding),
        (_, _, Fact::Revoked(_)) => Some(CertificateError::Revoked),
        (_, _, Fact::StaleStatus(stale)) => Some(match stale.source {
            RevocationSource::Crl(_) => CertificateError::ExpiredRevocationList,
            RevocationSource::Ocsp(_) => CertificateError::InvalidOcspResponse,
        }),
        (_, Fact::ValidResponse | Fact::RequiredStaple(_), _) => {
            Some(CertificateError::InvalidOcspResponse)
        }
        (_, Fact::RequiredStatus(_) | Fact::CrlOfIssuer, _) => {
            Some(CertificateError::UnknownRevocationStatus)
        }
        (ServerNameCheck::ID, ..) => Some(CertificateError::NotValidForName),
        (ExtendedKeyUsage::ID | KeyUsageCheck::ID, ..) => Some(CertificateError::InvalidPurpose),
        (SubjectIdentifier::ID | Pins::ID, ..) => {
            Some(CertificateError::ApplicationVerificationFailure)
        }
        _ => None,
    }
}

fn of_chain(reason: ChainReason) -> Option<CertificateError> {
    match reason {
        ChainReason::Expired => Some(CertificateError::Expired),
        ChainReason::NotYetValid => Some(CertificateError::NotValidYet),
        ChainReason::Revoked => Some(CertificateError::Revoked),
        ChainReason::UnknownIssuer => Some(CertificateError::UnknownIssuer),
        ChainReason::BadSignature => Some(CertificateError::BadSignature),
        ChainReason::WrongPurpose | ChainReason::EmptyExtendedKeyUsage => {
            Some(CertificateError::InvalidPurpose)
        }
        ChainReason::NotValidForName => Some(CertificateError::NotValidForName),
        ChainReason::UnsupportedCriticalExtension => {
            Some(CertificateError::UnhandledCriticalExtension)
        }
        ChainReason::BadEncoding
        | ChainReason::BadTime
        | ChainReason::BadExtension
        | ChainReason::BadValidity
        | ChainReason::BadSerialNumber
        | ChainReason::BadDnsName
        | ChainReason::BadNameConstraint
        | ChainReason::SignatureAlgorithmMismatch
        | ChainReason::UnsupportedVersion => Some(CertificateError::BadEncoding),
        _ => None,
    }
}

/// Finds our refusal in the error of a connection, however a stack has wrapped it: rustls itself, an `io::Error` of
/// tokio-rustls, the errors of HTTP stacks.
///
/// Returns `None` if the connection failed for another reason (see [`failure_in`](crate::failure_in)), if the verifier
/// prefers specific alerts, or if the stack keeps only words of its errors, as QUIC stacks do: an
/// [`Observer`](crate::Observer) hears it all the same.
#[must_use]
pub fn refusal_in<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e VerifyError> {
    errors_in(error).find_map(|error| error.downcast_ref())
}

/// Most errors looked at one inside the other: deeper than any stack nests them.
const DEEPEST: usize = 32;

/// An error and those inside it. `rustls::Error` has no `source()`, and `io::Error::source()` skips the error it holds.
pub(super) fn errors_in<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| inside(*error)).take(DEEPEST)
}

fn inside<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e (dyn StdError + 'static)> {
    if let Some(rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(inner)))) =
        error.downcast_ref()
    {
        return Some(inner.as_ref());
    }
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

#[cfg(test)]
mod tests {
    use rustls::AlertDescription;

    use super::*;
    use crate::certificate::Validity;
    use crate::diagnosis::ChainFailure;
    use crate::error::VerifyErrorKind;
    use crate::path::Position;
    use crate::peer::Role;
    use crate::policy::Policy;
    use crate::report::Report;
    use crate::revocation::Staleness;
    use crate::revocation::fact::{
        CrlRefusal, CrlSummary, NoStatus, OcspSummary, RefusedCrl, Revocation, StaleStatus,
        StapleDemand,
    };
    use crate::revocation::ocsp::OcspProblem;
    use crate::rules::revocation::StatusSource;
    use crate::time::Time;

    /// A row of the documentation: what stands first, the variant, the alert with its number.
    struct Row {
        what: &'static str,
        variant: &'static str,
        alert: &'static str,
    }

    fn rows() -> Vec<Row> {
        let (_, table) = include_str!("alerts.md")
            .split_once("With `prefer")
            .unwrap();
        let lines = table.lines().filter(|line| line.starts_with("| "));
        let rows = lines.skip(1).map(|line| {
            let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
            Row {
                what: cells.next().unwrap(),
                variant: cells.next().unwrap().split('`').nth(1).unwrap(),
                alert: cells.next().unwrap(),
            }
        });
        rows.collect()
    }

    fn violation(rule: RuleId, required: Fact, presented: Fact) -> Violation {
        Violation {
            rule,
            position: Position::EndEntity,
            required,
            presented,
        }
    }

    fn revocation_findings() -> Vec<(&'static str, Fact, Fact)> {
        let at = Time::from_unix_seconds(1_780_272_000);
        let summary = || CrlSummary {
            issuer: "CN=Issuing CA".to_owned(),
            number: "1".to_owned(),
            this_update: at,
            next_update: at,
        };
        let crl = || RevocationSource::Crl(summary());
        let response = || {
            RevocationSource::Ocsp(OcspSummary {
                stapled: true,
                produced_at: at,
                this_update: at,
                next_update: None,
            })
        };
        let stale = |source| {
            let why = Staleness::Ended { next_update: at };
            Fact::StaleStatus(StaleStatus { source, why })
        };
        let revoked = Fact::Revoked(Revocation {
            source: crl(),
            date: at,
            reason: None,
        });
        let refused = Fact::RefusedCrl(RefusedCrl {
            crl: summary(),
            why: CrlRefusal::BadSignature,
        });
        let status = Fact::RequiredStatus(StatusSource::Either);
        let none = Fact::NoStatus(vec![NoStatus::NoResponse]);
        let bad = Fact::BadResponse(OcspProblem::BadSignature);
        let staple = Fact::RequiredStaple(StapleDemand::Policy);
        vec![
            ("a revoked certificate", Fact::NotRevoked, revoked),
            ("a stale CRL", Fact::CurrentAt(at), stale(crl())),
            (
                "a stale OCSP response",
                Fact::CurrentAt(at),
                stale(response()),
            ),
            ("one that is no answer", Fact::ValidResponse, bad),
            ("one that is missing", staple, Fact::Absent),
            ("an unknown status", status, none),
            ("a CRL that is not the issuer's", Fact::CrlOfIssuer, refused),
        ]
    }

    /// Everything that can stand first, with what marks its row.
    fn whatever_stands_first() -> Vec<(String, Violation)> {
        let mut all = Vec::new();
        for reason in ChainReason::ALL.iter().copied() {
            let failure = ChainFailure {
                reason,
                stops_at: None,
                end_entity_is_anchor: false,
            };
            let failure = Fact::ChainFailure(failure);
            let violation = violation(RuleId::CHAIN, Fact::PathToAnchor, failure);
            all.push((reason.code().to_owned(), violation));
        }
        let in_2026 = Fact::Validity(Validity {
            not_before: Time::from_unix_seconds(1_767_225_600),
            not_after: Time::from_unix_seconds(1_798_761_599),
        });
        for (rule, _) in Policy::rules() {
            if rule.as_str() == "validity-period" {
                for (what, now) in [("before the period", 1), ("after the period", u32::MAX)] {
                    let now = Fact::ValidAt(Time::from_unix_seconds(now.into()));
                    all.push((what.to_owned(), violation(rule, now, in_2026.clone())));
                }
            } else if rule.as_str() == "revocation" {
                for (what, required, presented) in revocation_findings() {
                    all.push((what.to_owned(), violation(rule, required, presented)));
                }
            } else {
                let violation = violation(rule, Fact::Absent, Fact::Absent);
                all.push((format!("`{rule}`"), violation));
            }
        }
        let decodable = violation(RuleId::INPUT, Fact::Decodable, Fact::Absent);
        all.push(("not in strict DER".to_owned(), decodable));
        let bound = violation(
            RuleId::INPUT,
            Fact::AtMost { most: 1, what: "" },
            Fact::Absent,
        );
        all.push(("a bound".to_owned(), bound));
        all
    }

    #[test]
    fn the_table_of_specific_alerts_says_what_the_code_does() {
        let rows = rows();
        let mut used = vec![false; rows.len()];
        for (mark, violation) in whatever_stands_first() {
            let row = rows
                .iter()
                .position(|row| {
                    row.what
                        .split([',', ':'])
                        .any(|part| part.trim().ends_with(&mark))
                })
                .unwrap_or(rows.len() - 1);
            used[row] = true;
            let Row { variant, alert, .. } = rows[row];
            let error = specific(&violation).unwrap_or_else(|| {
                CertificateError::Other(OtherError(Arc::new(io::Error::other("the refusal"))))
            });
            let debug = format!("{error:?}");
            assert_eq!(debug.split('(').next(), Some(variant), "{mark}");
            let sent = AlertDescription::from(error);
            let words = format!("{sent:?} ({})", u8::from(sent));
            assert_eq!(alert.replace('_', ""), words.to_lowercase(), "{mark}");
        }
        assert_eq!(used, vec![true; rows.len()], "rows that nothing comes to");
    }

    #[test]
    fn without_a_variant_the_refusal_travels() {
        let row = include_str!("alerts.md")
            .lines()
            .find(|line| line.contains("| anything |"));
        assert!(row.unwrap().ends_with("| certificate_unknown (46) |"));
        for (mark, violation) in whatever_stands_first() {
            let has_variant = specific(&violation).is_some();
            let refusal = VerifyError::new(
                VerifyErrorKind::Policy,
                Report {
                    accepted: false,
                    role: Role::Client,
                    time: Time::from_unix_seconds(0),
                    path: Vec::new(),
                    anchor_label: None,
                    violations: vec![violation],
                    warnings: Vec::new(),
                    other_paths: Vec::new(),
                },
            );
            for (specific_alerts, travels) in [(false, true), (true, !has_variant)] {
                for hide_reasons in [false, true] {
                    let telling = Telling {
                        specific_alerts,
                        hide_reasons,
                    };
                    let error = to_rustls(refusal.clone(), telling);
                    let found = refusal_in(&error);
                    assert_eq!(found, travels.then_some(&refusal), "{mark}");
                    if travels {
                        let hidden = "invalid peer certificate: Other(OtherError(the certificate was refused))";
                        assert_eq!(error.to_string() == hidden, hide_reasons, "{error}");
                        assert_eq!(format!("{error:?}").contains("requires"), !hide_reasons);
                    }
                }
            }
        }
    }
}
