//! `key-usage`: what keys may be used for (RFC 5280 sections 4.2.1.3 and 6.1.4 (n)).
//!
//! webpki does not look at keyUsage. Here, where the extension is present, the end entity's must have
//! digitalSignature and not keyCertSign, and every CA's must have keyCertSign.

use crate::certificate::{Certificate, KeyUsage as Bits};
use crate::error::BuildError;
use crate::path::Position;
use crate::peer::Role;
use crate::policy::{AnchorCheck, BuildContext, RuleSettings, Setting};
use crate::report::Fact;
use crate::rule::{Context, Findings, Rule, RuleId};

/// Settings of the rule `key-usage`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct KeyUsage {
    /// Whether the anchor's key usage counts. Starting point: check.
    pub trust_anchor: AnchorCheck,
}

impl RuleSettings for KeyUsage {
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
}

impl Rule for KeyUsage {
    fn id(&self) -> RuleId {
        Self::ID
    }

    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        _context: &Context<'_>,
        findings: &mut Findings,
    ) {
        let Some(usage) = certificate.key_usage() else {
            return;
        };
        match position {
            Position::EndEntity => {
                if !usage.contains(Bits::DIGITAL_SIGNATURE) {
                    findings.violation(
                        position,
                        Fact::KeyUsageWith(Bits::DIGITAL_SIGNATURE),
                        Fact::KeyUsage(usage),
                    );
                }
                if usage.contains(Bits::KEY_CERT_SIGN) {
                    findings.violation(
                        position,
                        Fact::KeyUsageWithout(Bits::KEY_CERT_SIGN),
                        Fact::KeyUsage(usage),
                    );
                }
            }
            Position::TrustAnchor if self.trust_anchor == AnchorCheck::Ignore => {}
            Position::Intermediate(_) | Position::Presented(_) | Position::TrustAnchor => {
                if !usage.contains(Bits::KEY_CERT_SIGN) {
                    findings.violation(
                        position,
                        Fact::KeyUsageWith(Bits::KEY_CERT_SIGN),
                        Fact::KeyUsage(usage),
                    );
                }
            }
            Position::Path => {}
        }
    }
}
