//! The report as text that people like to read: the path as a tree, with what holds and what fails at each
//! certificate. Whatever certificates say is escaped by the library.

use rustls_policy_verifier::{
    Fact, MatchedIdentifier, PathEntry, Position, Report, RuleId, Verifier, VerifyErrorKind,
    Violation, Warning,
};

use crate::values::Expected;

pub(crate) struct Tree<'a> {
    pub(crate) report: &'a Report,
    pub(crate) verifier: &'a Verifier,
    pub(crate) expected: &'a Expected,
    /// `None`: accepted.
    pub(crate) refusal: Option<VerifyErrorKind>,
    pub(crate) identifiers: &'a [MatchedIdentifier],
    pub(crate) colour: bool,
}

impl Tree<'_> {
    pub(crate) fn text(&self) -> String {
        let report = self.report;
        let verdict = match self.refusal {
            None => self.paint(GREEN, "✓ accepted"),
            Some(kind) => self.paint(RED, &format!("✗ refused: {}", in_words(kind))),
        };
        let mut text = format!("{verdict}\n  as {}, at {}\n", self.expected, report.time);
        for matched in self.identifiers {
            let (entry, value, label) = (&matched.entry, &matched.value, &matched.label);
            text += &format!("  identified by {entry}: {value}, of [{label}]\n");
        }
        let violations = report.violations.iter().map(Finding::from);
        let warnings = report.warnings.iter().map(Finding::from);
        let findings: Vec<_> = violations.chain(warnings).collect();
        text += &format!(
            "\n{}",
            self.path(
                &report.path,
                report.anchor_label.as_deref(),
                &findings,
                true
            )
        );
        for (number, other) in (1..).zip(&report.other_paths) {
            let headline = format!("✗ other path {number}, refused as well");
            let findings: Vec<_> = other.violations.iter().map(Finding::from).collect();
            let path = self.path(&other.path, Some(&other.anchor_label), &findings, false);
            text += &format!("\n{}\n{path}", self.paint(RED, &headline));
        }
        text
    }

    /// A whole path hangs from its trust anchor; without one, certificates stand in the order presented. What holds
    /// is said of the main path alone.
    fn path(
        &self,
        entries: &[PathEntry],
        label: Option<&str>,
        findings: &[Finding],
        main: bool,
    ) -> String {
        let is_anchor = |entry: &PathEntry| entry.position == Position::TrustAnchor;
        let complete = entries.last().is_some_and(is_anchor);
        let mut top_down: Vec<_> = entries.iter().collect();
        if complete {
            top_down.reverse();
        }
        let mut text = String::new();
        let mut indent = String::new();
        for (index, entry) in top_down.iter().enumerate() {
            let below = complete && index > 0;
            let branch = if below { "└─ " } else { "" };
            text += &format!("{indent}{branch}{}\n", self.headline(entry, label));
            indent += if below { "   " } else { "" };
            let last = !complete || entry.position == Position::EndEntity;
            let margin = format!("{indent}{}", if last { "   " } else { "│  " });
            text += &self.facts(&margin, entry, complete);
            let here = findings
                .iter()
                .filter(|finding| finding.position == entry.position);
            if main {
                text += &self.holding(&margin, self.rules_at(entry, complete), here.clone());
            }
            text += &self.findings(&margin, here);
        }
        let is_shown =
            |finding: &Finding| entries.iter().any(|one| one.position == finding.position);
        let mut whole = String::new();
        if main && complete {
            whole += &self.holding("   ", self.rules_of_path(), findings.iter());
        }
        whole += &self.findings("   ", findings.iter().filter(|finding| !is_shown(finding)));
        if !whole.is_empty() {
            text += &format!("{}\n{whole}", self.paint(BOLD, "path"));
        }
        text
    }

    fn headline(&self, entry: &PathEntry, label: Option<&str>) -> String {
        let position = self.paint(BOLD, &entry.position.to_string());
        let label = match (entry.position, label) {
            (Position::TrustAnchor, Some(label)) => format!(" [{label}]"),
            _ if entry.known_here => " (known here)".to_owned(),
            _ => String::new(),
        };
        let subject = match (&entry.key, entry.subject.as_str()) {
            (None, _) => "(cannot be decoded)",
            (_, "") => "(empty subject)",
            (_, subject) => subject,
        };
        format!("{position}{label}  {subject}")
    }

    fn facts(&self, margin: &str, entry: &PathEntry, complete: bool) -> String {
        // In a path the issuer stands above.
        let issuer = (!complete && entry.key.is_some()).then(|| entry.issuer.clone());
        let valid = entry
            .validity
            .map(|valid| format!("{} to {}", valid.not_before, valid.not_after));
        let key = entry.key.as_ref().map(ToString::to_string);
        let facts = [
            ("issuer", issuer),
            ("valid ", valid),
            ("key   ", key),
            ("sha256", entry.sha256.map(|it| it.to_string())),
        ];
        let known = facts
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        known
            .map(|(name, value)| format!("{margin}{} {value}\n", self.paint(DIM, name)))
            .collect()
    }

    /// The rules among `rules` that found nothing.
    fn holding<'f>(
        &self,
        margin: &str,
        mut rules: Vec<&str>,
        findings: impl Iterator<Item = &'f Finding> + Clone,
    ) -> String {
        rules.retain(|rule| {
            findings
                .clone()
                .all(|finding| finding.rule.as_str() != *rule)
        });
        if rules.is_empty() {
            return String::new();
        }
        format!("{margin}{} {}\n", self.paint(GREEN, "✓"), rules.join(", "))
    }

    fn findings<'f>(&self, margin: &str, findings: impl Iterator<Item = &'f Finding>) -> String {
        let mut text = String::new();
        for finding in findings {
            let mark = match &finding.warning {
                None => self.paint(RED, "✗"),
                Some(_) => self.paint(YELLOW, "⚠"),
            };
            let rule = self.paint(BOLD, finding.rule.as_str());
            let kind = finding.warning.as_deref().unwrap_or_default();
            text += &format!("{margin}{mark} {rule}{kind}\n");
            for (name, value) in [
                ("required ", &finding.required),
                ("presented", &finding.presented),
            ] {
                text += &format!("{margin}    {} {value}\n", self.paint(DIM, name));
            }
            text += &format!("{margin}    → {}\n", finding.hint);
        }
        text
    }

    /// The rules that judged a certificate. Without a path they have not said everything.
    fn rules_at(&self, entry: &PathEntry, complete: bool) -> Vec<&'static str> {
        if !complete {
            return Vec::new();
        }
        let rules = self.verifier.rules_at(entry.position);
        rules.into_iter().map(RuleId::as_str).collect()
    }

    /// What judged the whole path, webpki first.
    fn rules_of_path(&self) -> Vec<&'static str> {
        let rules = self.verifier.rules_at(Position::Path);
        std::iter::once("chain")
            .chain(rules.into_iter().map(RuleId::as_str))
            .collect()
    }

    fn paint(&self, style: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "1;31";
const GREEN: &str = "1;32";
const YELLOW: &str = "1;33";

fn in_words(refusal: VerifyErrorKind) -> &'static str {
    match refusal {
        VerifyErrorKind::Input => "what was presented cannot be judged",
        VerifyErrorKind::Path => "no valid path leads to a trust anchor",
        VerifyErrorKind::Policy => "the chain is valid, but breaks the policy",
        VerifyErrorKind::Name => "the chain is valid, but for another name",
        _ => "see below",
    }
}

/// A violation or a warning.
struct Finding {
    rule: RuleId,
    position: Position,
    required: Fact,
    presented: Fact,
    hint: String,
    /// The kind of warning.
    warning: Option<String>,
}

impl From<&Violation> for Finding {
    fn from(violation: &Violation) -> Self {
        Self {
            rule: violation.rule,
            position: violation.position,
            required: violation.required.clone(),
            presented: violation.presented.clone(),
            hint: violation.hint(),
            warning: None,
        }
    }
}

impl From<&Warning> for Finding {
    fn from(warning: &Warning) -> Self {
        Self {
            rule: warning.rule,
            position: warning.position,
            required: warning.required.clone(),
            presented: warning.presented.clone(),
            hint: warning.hint(),
            warning: Some(format!(" ({})", warning.kind)),
        }
    }
}
