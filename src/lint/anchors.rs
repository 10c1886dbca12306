//! Trust anchors that cannot serve, or will not for long.

use super::{Lint, LintCode, Linted, Remarks, lint, running};
use crate::certificate::Validity;
use crate::path::PathAnchor;
use crate::policy::RuleSettings;
use crate::report::{Violation, Warning, WarningKind};
use crate::rule::{Findings, RuleId};
use crate::rules::certificate_profile::CertificateProfile;
use crate::rules::key_usage::KeyUsageCheck;
use crate::rules::path_length::PathLength;
use crate::rules::validity_period::ValidityPeriod;
use crate::time::{Span, in_words};
use crate::trust::Anchor;

pub(super) const LINTS: &[Lint] = &[
    lint(LintCode::AllAnchorsRefused, all_anchors_refused),
    lint(LintCode::AnchorExpired, anchor_expired),
    lint(LintCode::AnchorNotYetValid, anchor_not_yet_valid),
    lint(LintCode::AnchorEndsSoon, anchor_ends_soon),
    lint(LintCode::AnchorRefused, anchor_refused),
];

/// A new anchor takes partners a quarter to roll out.
const ENDS_SOON: Span = Span::Days(90);

const VALIDITY: &str = "validity-period.trust-anchor";
const REPLACE: &str = "replace it by the CA's current certificate, or take it out";

fn all_anchors_refused(linted: &Linted<'_>, remarks: &mut Remarks) {
    let mut rules: Vec<RuleId> = Vec::new();
    let mut count = 0_usize;
    for anchor in linted.anchors_one_by_one() {
        let violations = findings(linted, anchor).violations;
        if violations.is_empty() {
            return;
        }
        count = count.saturating_add(1);
        for violation in violations {
            if !rules.contains(&violation.rule) {
                rules.push(violation.rule);
            }
        }
    }
    if count > 0 {
        let settings: Vec<_> = rules.into_iter().map(setting_of).collect();
        let anchors = match count {
            1 => "the only trust anchor".to_owned(),
            _ => format!("each of the {count} trust anchors"),
        };
        remarks.add(
            settings.join(", "),
            format!("{anchors} breaks the policy itself, so that everybody is refused"),
            "take trust anchors that meet the policy, or ask less of them",
        );
    }
}

fn anchor_expired(linted: &Linted<'_>, remarks: &mut Remarks) {
    for (anchor, validity) in validities(linted) {
        if validity.not_after < linted.now {
            let ago = in_words(linted.now.seconds_since(validity.not_after));
            let why = format!(
                "{} ended {ago} ago, at {}",
                name(anchor),
                validity.not_after
            );
            remarks.add(VALIDITY, why, REPLACE);
        }
    }
}

fn anchor_not_yet_valid(linted: &Linted<'_>, remarks: &mut Remarks) {
    for (anchor, validity) in validities(linted) {
        if linted.now < validity.not_before {
            let why = format!(
                "{} is not valid before {}",
                name(anchor),
                validity.not_before
            );
            remarks.add(
                VALIDITY,
                why,
                "keep the CA's older certificate beside it until then",
            );
        }
    }
}

fn anchor_ends_soon(linted: &Linted<'_>, remarks: &mut Remarks) {
    let soon = ENDS_SOON.after(linted.now);
    for (anchor, validity) in validities(linted) {
        let ends = validity.not_after;
        if linted.now <= ends && soon.is_some_and(|soon| ends < soon) {
            let left = in_words(ends.seconds_since(linted.now));
            let why = format!("{} ends in {left}, at {ends}", name(anchor));
            let hint = "add the CA's next certificate beside it, under the same label";
            remarks.add(VALIDITY, why, hint);
        }
    }
}

/// That it has ended is said by other lints.
fn anchor_refused(linted: &Linted<'_>, remarks: &mut Remarks) {
    for anchor in linted.anchors_one_by_one() {
        let findings = findings(linted, anchor);
        let said = |rule: RuleId| rule == ValidityPeriod::ID;
        for violation in findings.violations.iter().filter(|it| !said(it.rule)) {
            let why = format!(
                "{} can never serve: {}",
                name(anchor),
                requirement(violation)
            );
            remarks.add(setting_of(violation.rule), why, violation.hint());
        }
        for warning in findings.warnings.into_iter().filter(|it| !said(it.rule)) {
            let WarningKind::Audited { until } = warning.kind else {
                continue;
            };
            let violation = as_violation(warning);
            let why = format!(
                "{} will serve no more when the audit ends on {until}: {}",
                name(anchor),
                requirement(&violation)
            );
            remarks.add(setting_of(violation.rule), why, violation.hint());
        }
    }
}

/// Rules that ask of an anchor what a CA must be, and nothing of one that is the end entity itself.
const OF_ISSUERS: [RuleId; 3] = [KeyUsageCheck::ID, PathLength::ID, CertificateProfile::ID];

/// What the rules themselves find at the anchor.
fn findings(linted: &Linted<'_>, anchor: &Anchor) -> Findings {
    let mut findings = Findings::new();
    let policy = linted.policy;
    policy.check_anchor(&PathAnchor::of(anchor), linted.now, &mut findings);
    let may_be_end_entity =
        running(&policy.path_length).is_none_or(|it| it.allow_self_issued_end_entity);
    if may_be_end_entity {
        let stays = |rule: RuleId| !OF_ISSUERS.contains(&rule);
        findings.violations.retain(|it| stays(it.rule));
        findings.warnings.retain(|it| stays(it.rule));
    }
    findings
}

fn as_violation(warning: Warning) -> Violation {
    Violation {
        rule: warning.rule,
        position: warning.position,
        required: warning.required,
        presented: warning.presented,
    }
}

fn requirement(violation: &Violation) -> String {
    let Violation {
        rule,
        required,
        presented,
        ..
    } = violation;
    format!("{rule} requires {required}, presented: {presented}")
}

/// Every rule that judges anchors has this key.
fn setting_of(rule: RuleId) -> String {
    format!("{rule}.trust-anchor")
}

/// `the trust anchor CN=Root (label "acme")`.
fn name(anchor: &Anchor) -> String {
    format!(
        "the trust anchor {} (label {:?})",
        anchor.subject(),
        anchor.label()
    )
}

/// Of the anchors whose certificates are known.
fn validities<'a>(linted: &Linted<'a>) -> impl Iterator<Item = (&'a Anchor, Validity)> {
    linted.anchors_one_by_one().filter_map(|anchor| {
        let validity = anchor.certificate()?.validity();
        Some((anchor, validity))
    })
}
