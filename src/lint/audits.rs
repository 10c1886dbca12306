//! Rules that only warn, for too long or no more.

use super::{Lint, LintCode, Linted, Remarks, lint};
use crate::policy::Mode;
use crate::rule::RuleId;
use crate::time::{Date, Span};

pub(super) const LINTS: &[Lint] = &[
    lint(LintCode::LongAudit, long_audit),
    lint(LintCode::AuditOver, audit_over),
];

/// A quarter: who has not looked at the warnings by then will not.
const LONG: Span = Span::Days(90);

fn long_audit(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(latest) = LONG.after(linted.now) else {
        return;
    };
    for (rule, until) in audits(linted).filter(|(_, until)| latest < until.end()) {
        remarks.add(
            format!("{rule}.audit"),
            format!("until {until}, more than 90 days from now, the rule protects from nothing: what breaks it passes with a warning"),
            "choose a nearer date, and look at the warnings until then",
        );
    }
}

fn audit_over(linted: &Linted<'_>, remarks: &mut Remarks) {
    for (rule, until) in audits(linted).filter(|(_, until)| until.end() < linted.now) {
        remarks.add(
            format!("{rule}.audit"),
            format!("the audit ended with {until}: the rule refuses, though the policy reads as if it only warned"),
            "take the audit out",
        );
    }
}

fn audits(linted: &Linted<'_>) -> impl Iterator<Item = (RuleId, Date)> {
    let modes = linted.policy.modes().into_iter();
    modes.filter_map(|(rule, mode)| match mode {
        Mode::Audit { until } => Some((rule, until)),
        Mode::Enforce | Mode::Off => None,
    })
}
