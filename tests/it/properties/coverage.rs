//! What the random chains and policies reach: a property says nothing of what never comes to pass.

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use rustls_policy_verifier::{Policy, Report, WarningKind};

use super::chains::shapes;
use super::policies::{any_policies, is_off, policies};
use super::{judge, refused_paths};

/// As many as two properties are tried with.
const CASES: usize = 512;

/// Always the same.
fn cases(policies: impl Strategy<Value = Policy>) -> Vec<(Policy, Report)> {
    let mut runner = TestRunner::deterministic();
    let cases = (shapes(), policies);
    let judged = (0..CASES).map(|_| {
        let (shape, policy) = cases.new_tree(&mut runner).unwrap().current();
        let report = judge(&shape.chain(), &policy);
        (policy, report)
    });
    judged.collect()
}

fn assert_none_is_zero<K: std::fmt::Display + Ord>(counts: &BTreeMap<K, usize>) {
    let lines = counts.iter();
    let lines: Vec<_> = lines
        .map(|(what, count)| format!("{count:4} {what}"))
        .collect();
    let lines = lines.join("\n");
    assert!(counts.values().all(|count| *count > 0), "{lines}");
}

/// Alone, for otherwise it might as well not be there.
#[test]
fn every_rule_refuses_alone_and_lets_pass() {
    let cases = cases(policies());
    let mut counts = BTreeMap::new();
    for (rule, _) in Policy::rules() {
        let has_a_say = |policy: &Policy| match rule.as_str() {
            "server-name" => policy.role == rustls_policy_verifier::Role::Server,
            _ => !is_off(policy, rule),
        };
        let judging = cases.iter().filter(|(policy, _)| has_a_say(policy));
        let accepted = judging.clone().filter(|(_, report)| report.accepted);
        let refused = judging.filter(|(_, report)| {
            let on_a_path = report.anchor_label.is_some() && !report.accepted;
            on_a_path
                && report
                    .violations
                    .iter()
                    .all(|violation| violation.rule == rule)
        });
        counts.insert(format!("{rule} lets pass"), accepted.count());
        counts.insert(format!("{rule} refuses alone"), refused.count());
    }
    assert_none_is_zero(&counts);
}

#[test]
fn every_kind_of_outcome_comes_to_pass() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, report) in cases(any_policies()) {
        let has = |kind: fn(&WarningKind) -> bool| {
            report.accepted && report.warnings.iter().any(|warning| kind(&warning.kind))
        };
        let known = report.path.iter().any(|entry| entry.known_here);
        let outcomes = [
            ("accepted", report.accepted),
            (
                "accepted, audited",
                has(|kind| matches!(kind, WarningKind::Audited { .. })),
            ),
            (
                "accepted, relaxed",
                has(|kind| *kind == WarningKind::Relaxed),
            ),
            (
                "accepted, an undecodable one left aside",
                has(|kind| *kind == WarningKind::LeftAside),
            ),
            (
                "accepted after other paths",
                report.accepted && !report.other_paths.is_empty(),
            ),
            (
                "accepted with a known intermediate",
                report.accepted && known,
            ),
            (
                "accepted under globex",
                report.accepted && report.anchor_label.as_deref() == Some("globex"),
            ),
            ("no path", !report.accepted && report.anchor_label.is_none()),
            (
                "one path refused",
                !report.accepted && report.anchor_label.is_some(),
            ),
            (
                "several paths refused",
                !report.accepted && refused_paths(&report).count() > 1,
            ),
            (
                "refused with a known intermediate",
                !report.accepted && known,
            ),
        ];
        for (outcome, came_to_pass) in outcomes {
            *counts.entry(outcome).or_default() += usize::from(came_to_pass);
        }
    }
    assert_none_is_zero(&counts);
}
