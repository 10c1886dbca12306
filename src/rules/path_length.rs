//! `path-length`: how many intermediates a path may have (RFC 5280 sections 4.2.1.9 and 6.1.4 (l), (m)).
//!
//! Counts intermediates that are not self-issued. Also applies the anchor's own basicConstraints (cA and
//! pathLenConstraint), which webpki does not look at, and refuses an end entity that is itself the trust anchor.

use crate::certificate::Certificate;
use crate::error::BuildError;
use crate::path::{CandidatePath, PathAnchor, Position};
use crate::peer::Role;
use crate::policy::{AnchorCheck, BuildContext, RuleSettings, Setting};
use crate::report::{Fact, WarningKind};
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::time::Time;

/// Settings of the rule `path-length` (RFC 5280 sections 4.2.1.9 and 6.1.4 (l), (m)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct PathLength {
    /// Most intermediates, self-issued ones not counted; `None`: webpki's limit of six. Starting point: `None`.
    pub max_intermediates: Option<usize>,
    /// Whether the anchor's own basicConstraints count: cA (but for version 1), and pathLenConstraint. Starting point:
    /// check.
    pub trust_anchor: AnchorCheck,
    /// Accept a self-issued end entity that is itself a trust anchor, octet by octet. Needs an enforced `pin`. Each use is reported
    /// as a warning. Starting point: no.
    pub allow_self_issued_end_entity: bool,
}

impl RuleSettings for PathLength {
    const ID: RuleId = RuleId::new("path-length");
    const CITATION: &'static str = "RFC 5280 sections 4.2.1.9 and 6.1.4 (l), (m)";

    fn starting_point(_role: Role) -> Setting<Self> {
        Setting::enforced(Self {
            max_intermediates: None,
            trust_anchor: AnchorCheck::Check,
            allow_self_issued_end_entity: false,
        })
    }

    fn validate(&self, context: &BuildContext<'_>) -> Result<(), BuildError> {
        if self.allow_self_issued_end_entity && !context.pins_peers {
            return Err(BuildError::policy(
                "path-length.allow-self-issued-end-entity",
                "needs an enforced `pin`: a self-issued certificate is trusted only for being that very one",
            ));
        }
        self.trust_anchor.validate(Self::ID, context)
    }

    /// Certificates of version 1 have no basicConstraints and may be anchors.
    fn check_anchor(&self, anchor: &PathAnchor<'_>, _time: Time, findings: &mut Findings) {
        let judged = self.trust_anchor != AnchorCheck::Ignore;
        let is_no_ca = |certificate: &Certificate<'_>| {
            let constraints = certificate.basic_constraints();
            certificate.is_version_3() && !constraints.is_some_and(|constraints| constraints.ca)
        };
        if judged && anchor.certificate().is_some_and(is_no_ca) {
            findings.violation(
                Position::TrustAnchor,
                Fact::CaCertificate,
                Fact::NoCaCertificate,
            );
        }
    }
}

impl Rule for PathLength {
    fn id(&self) -> RuleId {
        Self::ID
    }

    fn judges(&self, position: Position) -> bool {
        position == Position::Path
    }

    fn check_path(&self, path: &CandidatePath<'_>, context: &Context<'_>, findings: &mut Findings) {
        let count = path
            .intermediates()
            .iter()
            .filter(|intermediate| !intermediate.certificate().is_self_issued())
            .count();
        if let Some(most) = self.max_intermediates {
            if count > most {
                findings.violation(
                    Position::Path,
                    Fact::MostIntermediates(most),
                    Fact::Intermediates(count),
                );
            }
        }
        if !path.end_entity_is_anchor() {
            self.check_anchor(path.anchor(), context.time(), findings);
            self.check_limit_of_anchor(path.anchor(), count, findings);
        }
        if path.end_entity_is_anchor() {
            // "That very one": the anchor's certificate itself, not another with its name and key.
            let that_very_one = path
                .anchor()
                .certificate()
                .is_some_and(|anchor| anchor.der() == path.end_entity().der());
            if self.allow_self_issued_end_entity && that_very_one {
                findings.warning(
                    WarningKind::Relaxed,
                    Position::EndEntity,
                    Fact::SeparateAnchor,
                    Fact::EndEntityIsAnchor,
                );
            } else {
                findings.violation(
                    Position::EndEntity,
                    Fact::SeparateAnchor,
                    Fact::EndEntityIsAnchor,
                );
            }
        }
    }
}

impl PathLength {
    fn check_limit_of_anchor(
        &self,
        anchor: &PathAnchor<'_>,
        count: usize,
        findings: &mut Findings,
    ) {
        let limit = anchor
            .certificate()
            .filter(|_| self.trust_anchor != AnchorCheck::Ignore)
            .and_then(Certificate::basic_constraints)
            .and_then(|constraints| constraints.path_len);
        if let Some(most) = limit.map(usize::from).filter(|most| count > *most) {
            findings.violation(
                Position::TrustAnchor,
                Fact::MostIntermediates(most),
                Fact::Intermediates(count),
            );
        }
    }
}
