//! `validity-period`: every certificate of the path is in its validity period (RFC 5280 section 6.1.3 (a)(2)), the
//! anchor's too, which webpki does not look at; and warnings before one ends.
//!
//! There is no allowance for wrong clocks: set the clock right.

use crate::certificate::{Certificate, Validity};
use crate::error::BuildError;
use crate::path::{CandidatePath, PathAnchor, Position};
use crate::peer::Role;
use crate::policy::{AnchorCheck, BuildContext, RuleSettings, Setting};
use crate::report::{Fact, WarningKind};
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::time::{Horizon, Span, Time};

/// Settings of the rule `validity-period`: every certificate of the path is valid now (RFC 5280 section 6.1.3 (a)(2)), the
/// anchor's too. There is no allowance for wrong clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct ValidityPeriod {
    /// Whether the anchor's own validity counts. Starting point: check.
    pub trust_anchor: AnchorCheck,
    /// Warn when a certificate of the path has less than this left. Of several levels the lowest that is passed is
    /// reported. Starting point: none.
    pub warn_below: Vec<Span>,
}

impl RuleSettings for ValidityPeriod {
    const ID: RuleId = RuleId::new("validity-period");
    const CITATION: &'static str = "RFC 5280 sections 4.1.2.5 and 6.1.3 (a)(2)";

    fn starting_point(_role: Role) -> Setting<Self> {
        Setting::enforced(Self {
            trust_anchor: AnchorCheck::Check,
            warn_below: Vec::new(),
        })
    }

    fn validate(&self, context: &BuildContext<'_>) -> Result<(), BuildError> {
        if self.warn_below.iter().any(|level| level.is_zero()) {
            return Err(BuildError::policy(
                "validity-period.warn-below",
                "a level of no time at all never warns",
            ));
        }
        self.trust_anchor.validate(Self::ID, context)
    }

    fn check_anchor(&self, anchor: &PathAnchor<'_>, time: Time, findings: &mut Findings) {
        if let Some(certificate) = anchor.certificate() {
            self.check_validity(
                certificate.validity(),
                Position::TrustAnchor,
                time,
                findings,
            );
        }
    }
}

impl Rule for ValidityPeriod {
    fn id(&self) -> RuleId {
        Self::ID
    }

    fn judges(&self, position: Position) -> bool {
        match position {
            Position::Path => false,
            Position::TrustAnchor => self.trust_anchor != AnchorCheck::Ignore,
            Position::EndEntity | Position::Intermediate(_) | Position::Presented(_) => true,
        }
    }

    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        context: &Context<'_>,
        findings: &mut Findings,
    ) {
        self.check_validity(certificate.validity(), position, context.time(), findings);
    }

    fn holds_until(&self, path: &CandidatePath<'_>, context: &Context<'_>) -> Option<Time> {
        let mut horizon = Horizon::from(context.time());
        for (position, certificate) in path.certificates() {
            if !self.leaves_aside(position) {
                horizon.ends_after(certificate.validity().not_after);
            }
        }
        horizon.nearest()
    }
}

impl ValidityPeriod {
    fn check_validity(
        &self,
        validity: Validity,
        position: Position,
        now: Time,
        findings: &mut Findings,
    ) {
        if self.leaves_aside(position) {
            return;
        }
        if !validity.contains(now) {
            findings.violation(position, Fact::ValidAt(now), Fact::Validity(validity));
        } else if let Some(horizon) = self.passed_level(now, validity.not_after) {
            findings.warning(
                WarningKind::EndsSoon,
                position,
                Fact::ValidUntil(horizon),
                Fact::Validity(validity),
            );
        }
    }

    fn leaves_aside(&self, position: Position) -> bool {
        position == Position::TrustAnchor && self.trust_anchor == AnchorCheck::Ignore
    }

    /// The nearest of the warning levels' ends that `not_after` does not reach.
    fn passed_level(&self, now: Time, not_after: Time) -> Option<Time> {
        self.warn_below
            .iter()
            .filter_map(|level| level.after(now))
            .filter(|horizon| not_after < *horizon)
            .min()
    }
}
