//! `key-usage`: what keys may be used for (RFC 5280 sections 4.2.1.3 and 6.1.4 (n)).
//!
//! webpki does not look at keyUsage. Here, where the extension is present, the end entity's must have
//! digitalSignature and not keyCertSign, and every CA's must have keyCertSign.

use crate::certificate::{Certificate, KeyUsage};
use crate::error::BuildError;
use crate::path::{CandidatePath, PathAnchor, Position};
use crate::peer::Role;
use crate::policy::{AnchorCheck, BuildContext, RuleSettings, Setting};
use crate::report::Fact;
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::time::Time;

/// Settings of the rule `key-usage` (RFC 5280 sections 4.2.1.3 and 6.1.4 (n)). Where the extension is present, the end
/// entity's must have digitalSignature and not keyCertSign, and every CA's must have keyCertSign.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct KeyUsageCheck {
    /// Whether the anchor's key usage counts. Starting point: check.
    pub trust_anchor: AnchorCheck,
}

impl RuleSettings for KeyUsageCheck {
    const ID: RuleId = RuleId::new("key-usage");
    const CITATION: &'static str = "RFC 5280 sections 4.2.1.3 and 6.1.4 (n)";

    fn starting_point(_role: Role) -> Setting<Self> {
        Setting::enforced(Self {
            trust_anchor: AnchorCheck::Check,
        })
    }

    fn validate(&self, context: &BuildContext<'_>) -> Result<(), BuildError> {
        self.trust_anchor.validate(Self::ID, context)
    }

    fn check_anchor(&self, anchor: &PathAnchor<'_>, _time: Time, findings: &mut Findings) {
        let judged = self.trust_anchor != AnchorCheck::Ignore;
        if let Some(anchor) = anchor.certificate().filter(|_| judged) {
            check(
                anchor,
                KeyUsage::KEY_CERT_SIGN,
                true,
                Position::TrustAnchor,
                findings,
            );
        }
    }
}

impl Rule for KeyUsageCheck {
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
        _context: &Context<'_>,
        findings: &mut Findings,
    ) {
        match position {
            Position::EndEntity => {
                check(
                    certificate,
                    KeyUsage::DIGITAL_SIGNATURE,
                    true,
                    position,
                    findings,
                );
                check(
                    certificate,
                    KeyUsage::KEY_CERT_SIGN,
                    false,
                    position,
                    findings,
                );
            }
            Position::Intermediate(_) | Position::Presented(_) => {
                check(
                    certificate,
                    KeyUsage::KEY_CERT_SIGN,
                    true,
                    position,
                    findings,
                );
            }
            Position::TrustAnchor | Position::Path => {}
        }
    }

    /// The anchor issues certificates, unless it is the end entity itself.
    fn check_path(&self, path: &CandidatePath<'_>, context: &Context<'_>, findings: &mut Findings) {
        if !path.end_entity_is_anchor() {
            self.check_anchor(path.anchor(), context.time(), findings);
        }
    }
}

/// `bit` must be set, or must not be, where there is a key usage.
fn check(
    certificate: &Certificate<'_>,
    bit: KeyUsage,
    must: bool,
    position: Position,
    findings: &mut Findings,
) {
    let Some(usage) = certificate
        .key_usage()
        .filter(|usage| usage.contains(bit) != must)
    else {
        return;
    };
    let required = if must {
        Fact::KeyUsageWith(bit)
    } else {
        Fact::KeyUsageWithout(bit)
    };
    findings.violation(position, required, Fact::KeyUsage(usage));
}
