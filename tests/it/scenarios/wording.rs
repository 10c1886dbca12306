//! A whole verdict in words: `expected.txt`.

use std::fmt::Write;

use rustls_policy_verifier::{PathEntry, VerifyErrorKind, Violation};

use super::scenario::Scenario;

pub(super) fn of(scenario: &Scenario) -> String {
    let (report, verdict) = scenario.verdict();
    let mut text = String::new();
    match verdict {
        Ok(identifiers) => {
            text += "accepted\n";
            for identifier in identifiers {
                text += &format!("  {} is \"{}\"\n", identifier.entry, identifier.value);
            }
        }
        Err(kind) => text += &format!("refused: {}\n", kind_in_words(kind)),
    }
    if let Some(label) = &report.anchor_label {
        text += &format!("label: {label}\n");
    }
    write_path(&mut text, "path", &report.path);
    for violation in &report.violations {
        write_violation(&mut text, violation);
    }
    for warning in &report.warnings {
        text += &format!("\nwarning\n{warning}\n  hint: {}\n", warning.hint());
    }
    for (n, other) in (1..).zip(&report.other_paths) {
        write_path(&mut text, &format!("other path {n}"), &other.path);
        for violation in &other.violations {
            write_violation(&mut text, violation);
        }
    }
    text
}

fn kind_in_words(kind: VerifyErrorKind) -> &'static str {
    match kind {
        VerifyErrorKind::Input => "input",
        VerifyErrorKind::Path => "path",
        VerifyErrorKind::Policy => "policy",
        VerifyErrorKind::Name => "name",
        _ => "a kind that this test does not know",
    }
}

fn write_path(text: &mut String, title: &str, path: &[PathEntry]) {
    *text += &format!("\n{title}\n");
    // Long lists of the same thing are cut.
    const MOST: usize = 8;
    for entry in path.iter().take(MOST) {
        let known = if entry.known_here {
            " (known here)"
        } else {
            ""
        };
        let line = format!("{:<16}{}{known}", entry.position.to_string(), entry.subject);
        *text += line.trim_end();
        *text += "\n";
    }
    if path.len() > MOST {
        let _ = writeln!(text, "and {} more", path.len() - MOST);
    }
}

fn write_violation(text: &mut String, violation: &Violation) {
    *text += &format!("\nviolation\n{violation}\n  hint: {}\n", violation.hint());
}

/// The lines that only one of the texts has.
pub(super) fn difference(expected: &str, found: &str) -> String {
    let missing = expected
        .lines()
        .filter(|line| !found.lines().any(|other| other == *line));
    let added = found
        .lines()
        .filter(|line| !expected.lines().any(|other| other == *line));
    let lines: Vec<_> = missing
        .map(|line| format!("  - {line}"))
        .chain(added.map(|line| format!("  + {line}")))
        .collect();
    if lines.is_empty() {
        "the lines of expected.txt stand in another order".to_owned()
    } else {
        format!("not as in expected.txt\n{}", lines.join("\n"))
    }
}
