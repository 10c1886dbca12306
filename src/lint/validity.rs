//! Limits of validity that nobody keeps, and warnings that always come.

use super::{Lint, LintCode, Linted, Remarks, lint, running};
use crate::rules::maximum_validity::ValidityLimit;
use crate::time::{Span, Time};

pub(super) const LINTS: &[Lint] = &[
    lint(LintCode::LimitBelowPublicCas, limit_below_public_cas),
    lint(LintCode::WarnsAlways, warns_always),
];

/// The shortest that end entities of public CAs are valid: Let's Encrypt's profile `shortlived` has about 160 hours. CAs may issue for
/// less, so this is a threshold, no rule.
const SHORTEST_END_ENTITY: Span = Span::Seconds(160 * 60 * 60);
/// No rule of public CAs, but a threshold: intermediates in use are valid for years.
const SHORTEST_INTERMEDIATE: Span = Span::Years(2);
/// BR section 7.1.2.1.1: about eight years.
const SHORTEST_ANCHOR: Span = Span::Days(2922);

fn limit_below_public_cas(linted: &Linted<'_>, remarks: &mut Remarks) {
    let (Some(why), Some(limits)) = (
        linted.why_public(),
        running(&linted.policy.maximum_validity),
    ) else {
        return;
    };
    let positions = [
        (
            "end-entity",
            limits.end_entity,
            SHORTEST_END_ENTITY,
            "certificates for end entities are hardly ever valid for less than 160 hours",
        ),
        (
            "intermediate",
            limits.intermediate,
            SHORTEST_INTERMEDIATE,
            "their intermediates are valid for two years and more",
        ),
        (
            "trust-anchor",
            limits.trust_anchor,
            SHORTEST_ANCHOR,
            "their root certificates must be valid for at least 2922 days (BR section 7.1.2.1.1)",
        ),
    ];
    for (position, limit, shortest, because) in positions {
        if limit.is_some_and(|limit| is_below(limit.span(), shortest, linted.now)) {
            remarks.add(
                format!("maximum-validity.{position}"),
                format!("{why}, and {because}: this limit refuses them"),
                "raise the limit, or have private CAs issue",
            );
        }
    }
}

/// A level that lies above the longest validity is passed on the first day.
fn warns_always(linted: &Linted<'_>, remarks: &mut Remarks) {
    let (Some(validity), Some(limits)) = (
        running(&linted.policy.validity_period),
        running(&linted.policy.maximum_validity),
    ) else {
        return;
    };
    let Some(limit) = limits.end_entity.map(ValidityLimit::span) else {
        return;
    };
    for level in &validity.warn_below {
        if !is_below(*level, limit, linted.now) {
            remarks.add(
                "validity-period.warn-below",
                format!("no end entity may be valid for more than {limit}, so that a warning below {level} comes with every one"),
                "warn when less is left than certificates have when they are new",
            );
        }
    }
}

/// Years differ in length: these begin now. What leads beyond the calendar is longer than what does not.
fn is_below(one: Span, other: Span, now: Time) -> bool {
    match (one.after(now), other.after(now)) {
        (Some(one), Some(other)) => one < other,
        (one, None) => one.is_some(),
        (None, Some(_)) => false,
    }
}
