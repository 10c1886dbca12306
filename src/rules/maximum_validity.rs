//! `maximum-validity`: how long a certificate may be valid.
//!
//! The validity period is notAfter − notBefore + 1 second (RFC 5280 section 4.1.2.5, BR section 6.3.2). Years are
//! calendar years: notAfter + 1 s is compared with notBefore, its year advanced, 29 February becoming 1 March.

use std::fmt;

use crate::certificate::{Certificate, Validity};
use crate::error::BuildError;
use crate::path::{PathAnchor, Position};
use crate::peer::Role;
use crate::policy::{BuildContext, PerPosition, RuleSettings, Setting};
use crate::report::Fact;
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::time::{Span, Time};

/// Settings of the rule `maximum-validity`: a limit by position, `None` for no limit. Starting point: off.
///
/// A validity period is notAfter − notBefore + 1 second long (RFC 5280 section 4.1.2.5, BR section 6.3.2).
pub type MaximumValidity = PerPosition<Option<ValidityLimit>>;

/// The longest validity period permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", try_from = "LimitInFile")
)]
pub enum ValidityLimit {
    /// Strictly shorter.
    LessThan(Span),
    /// As long or shorter.
    AtMost(Span),
}

impl ValidityLimit {
    pub(crate) const fn span(self) -> Span {
        match self {
            Self::LessThan(span) | Self::AtMost(span) => span,
        }
    }

    /// Whether `validity` keeps the limit. A limit beyond the year 9999 is kept by all.
    fn is_kept_by(self, validity: Validity) -> bool {
        let Some(end) = validity.not_after.plus_seconds(1) else {
            return false;
        };
        match self.span().after(validity.not_before) {
            None => true,
            Some(limit) => match self {
                Self::LessThan(_) => end < limit,
                Self::AtMost(_) => end <= limit,
            },
        }
    }
}

impl fmt::Display for ValidityLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LessThan(span) => write!(f, "a validity period of less than {span}"),
            Self::AtMost(span) => write!(f, "a validity period of at most {span}"),
        }
    }
}

/// As policy files have it, so that a limit given twice, or not at all, has its own sentence.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a limit, { less-than = \"3 years\" } or { at-most = \"398 days\" }"
)]
struct LimitInFile {
    less_than: Option<Span>,
    at_most: Option<Span>,
}

#[cfg(feature = "serde")]
impl TryFrom<LimitInFile> for ValidityLimit {
    type Error = &'static str;

    fn try_from(limit: LimitInFile) -> Result<Self, Self::Error> {
        match (limit.less_than, limit.at_most) {
            (Some(span), None) => Ok(Self::LessThan(span)),
            (None, Some(span)) => Ok(Self::AtMost(span)),
            _ => Err("give exactly one of `less-than` and `at-most`"),
        }
    }
}

impl RuleSettings for MaximumValidity {
    const ID: RuleId = RuleId::new("maximum-validity");
    const CITATION: &'static str = "RFC 5280 section 4.1.2.5, BR section 6.3.2";

    fn starting_point(_role: Role) -> Setting<Self> {
        Setting::off(Self {
            end_entity: None,
            intermediate: None,
            trust_anchor: None,
        })
    }

    fn validate(&self, context: &BuildContext<'_>) -> Result<(), BuildError> {
        let limits = [
            ("end-entity", self.end_entity),
            ("intermediate", self.intermediate),
            ("trust-anchor", self.trust_anchor),
        ];
        if limits.iter().all(|(_, limit)| limit.is_none()) {
            return Err(BuildError::policy(
                "maximum-validity",
                "no limit is set: give `end-entity = { less-than = \"3 years\" }`, or set `off = true`",
            ));
        }
        for (position, limit) in limits {
            if limit.is_some_and(|limit| limit.span().is_zero()) {
                return Err(BuildError::policy(
                    format!("maximum-validity.{position}"),
                    "a limit of no time at all accepts nobody",
                ));
            }
        }
        if self.trust_anchor.is_some() {
            context.need_anchor_certificates(Self::ID, "set no limit for trust anchors")?;
        }
        Ok(())
    }

    fn check_anchor(&self, anchor: &PathAnchor<'_>, _time: Time, findings: &mut Findings) {
        if let Some(certificate) = anchor.certificate() {
            self.check_validity(certificate.validity(), Position::TrustAnchor, findings);
        }
    }
}

impl Rule for MaximumValidity {
    fn id(&self) -> RuleId {
        Self::ID
    }

    fn judges(&self, position: Position) -> bool {
        matches!(self.at(position), Some(Some(_)))
    }

    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        _context: &Context<'_>,
        findings: &mut Findings,
    ) {
        self.check_validity(certificate.validity(), position, findings);
    }
}

impl MaximumValidity {
    fn check_validity(&self, validity: Validity, position: Position, findings: &mut Findings) {
        if let Some(Some(limit)) = self.at(position) {
            if !limit.is_kept_by(validity) {
                findings.violation(
                    position,
                    Fact::ValidityLimit(*limit),
                    Fact::Validity(validity),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// notAfter is `seconds` before notBefore plus three years.
    fn three_years_less(seconds: u64) -> Validity {
        let not_before = Time::from_unix_seconds(1_700_000_000);
        let end = not_before.plus_years(3).unwrap();
        Validity {
            not_before,
            not_after: Time::from_unix_seconds(end.unix_seconds() - seconds),
        }
    }

    #[test]
    fn the_last_second_counts() {
        let less_than = ValidityLimit::LessThan(Span::Years(3));
        let at_most = ValidityLimit::AtMost(Span::Years(3));
        let cases = [(0, false, false), (1, false, true), (2, true, true)];
        for (less, strict, lax) in cases {
            let validity = three_years_less(less);
            assert_eq!(less_than.is_kept_by(validity), strict, "less than, {less}");
            assert_eq!(at_most.is_kept_by(validity), lax, "at most, {less}");
        }
    }

    #[test]
    fn days_are_86400_seconds() {
        let not_before = Time::from_unix_seconds(0);
        let validity = |seconds: u64| Validity {
            not_before,
            not_after: Time::from_unix_seconds(seconds - 1),
        };
        let limit = ValidityLimit::AtMost(Span::Days(398));
        assert!(limit.is_kept_by(validity(398 * 86_400)));
        assert!(!limit.is_kept_by(validity(398 * 86_400 + 1)));
    }
}
