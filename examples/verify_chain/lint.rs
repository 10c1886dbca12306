//! `--lint`: what the policy's author would regret.

use std::process::ExitCode;

use rustls_policy_verifier::{LintContext, LintFinding, LintSeverity};
use serde_json::{Value, json};

use crate::arguments::LintArguments;
use crate::inputs;
use crate::warn_of_skipped;

/// The findings and the exit status.
pub(crate) fn lint(arguments: &LintArguments) -> Result<(String, ExitCode), String> {
    let (policy, _) = inputs::policy_file(&arguments.policy)?;
    let (anchors, skipped) = inputs::anchors(&arguments.roots)?;
    let mut context = LintContext::new(arguments.at);
    if !anchors.is_empty() {
        context = context.anchors(&anchors);
    }
    for label in &arguments.public_cas {
        let has_label = |(own, _): &(String, _)| own == label;
        if !anchors.is_empty() && !arguments.roots.iter().any(has_label) {
            return Err(format!("--public-cas {label:?}: no --roots has this label"));
        }
        context = context.public_cas(label);
    }
    let findings = policy.lint(&context);
    let is_bad = |finding: &LintFinding| finding.severity > LintSeverity::Advice;
    let status = if findings.iter().any(is_bad) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    };
    if arguments.json {
        let object = json!({ "error": null, "findings": findings, "skipped": skipped });
        return Ok((format!("{object}\n"), status));
    }
    warn_of_skipped(&skipped);
    Ok((as_text(&findings), status))
}

/// In the form of the findings, for a policy or trust anchors that cannot be read.
pub(crate) fn not_linted(error: &str) -> Value {
    json!({ "error": error, "findings": [], "skipped": [] })
}

fn as_text(findings: &[LintFinding]) -> String {
    if findings.is_empty() {
        return "nothing found\n".to_owned();
    }
    findings
        .iter()
        .map(|finding| format!("{finding}\n"))
        .collect()
}
