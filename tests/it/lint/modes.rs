//! Audits, and what is no policy at all.

use rustls_policy_verifier::LintCode::*;

use super::{Case, NO_REVOCATION, acme, finds, nearly, nothing};

pub(super) fn cases() -> Vec<Case> {
    let audit = |date: &str| format!("role = \"client\"\nkey-usage.audit.until = \"{date}\"");
    let under = |label: &str| {
        format!(
            "role = \"client\"\nsubject-identifier.any-of = [{{ attribute = \"CN\", exact = \"a\", under = [\"{label}\"] }}]"
        )
    };
    vec![
        finds(
            audit("2026-08-30"),
            nothing(),
            &[
                "warning[long-audit] key-usage.audit: until 2026-08-30, more than 90 days from now, the rule protects from nothing: what breaks it passes with a warning; → choose a nearer date, and look at the warnings until then",
            ],
        ),
        nearly(LongAudit, audit("2026-08-29"), nothing(), &[]),
        finds(
            audit("2026-05-31"),
            nothing(),
            &[
                "warning[audit-over] key-usage.audit: the audit ended with 2026-05-31: the rule refuses, though the policy reads as if it only warned; → take the audit out",
            ],
        ),
        nearly(AuditOver, audit("2026-06-01"), nothing(), &[]),
        finds(
            under("bank"),
            acme(),
            &[
                "error[build-error] subject-identifier.any-of[0].under: no trust anchor has the label \"bank\", they have \"acme\": add that CA's anchors under it; → change it: no verifier can be built of this policy",
                "error[no-anchor-for-identifiers] subject-identifier: no trust anchor has all the labels that the identifiers are tied to, so that everybody is refused; → tie identifiers that must hold together to one label, which trust anchors have",
                NO_REVOCATION,
            ],
        ),
        nearly(BuildError, under("acme"), acme(), &[NO_REVOCATION]),
    ]
}
