//! Settings of which no verifier can be built.

use super::{Lint, LintCode, Linted, Remarks, lint};
use crate::error::BuildError;

pub(super) const LINTS: &[Lint] = &[lint(LintCode::BuildError, build_error)];

/// What depends on CRLs and OCSP responses alone is not known here.
fn build_error(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Err(error) = linted.policy.validate_early(linted.anchors) else {
        return;
    };
    let hint = "change it: no verifier can be built of this policy";
    match error {
        BuildError::Policy { field, problem } => remarks.add(field, problem, hint),
        BuildError::AnchorsWithoutCertificate { rule, .. } => {
            remarks.add(format!("{rule}.trust-anchor"), error.to_string(), hint);
        }
        // No other is made of settings.
        other => remarks.add("role", other.to_string(), hint),
    }
}
