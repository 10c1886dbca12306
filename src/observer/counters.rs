//! Verifications, counted: for dashboards, and to see what an audited rule or a shadow policy would refuse.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use smallvec::SmallVec;

use super::{Judgement, Observer, Occasion};
use crate::fingerprint::Fingerprint;
use crate::live::{ReplaceError, Replacement};
use crate::peer::Role;
use crate::report::WarningKind;
use crate::rule::RuleId;

/// An observer that counts: verifications, the rules that are broken, what audited rules and a shadow policy
/// ([`VerifierBuilder::shadow`](crate::VerifierBuilder::shadow)) would have refused, keys proved, and replacements of the verifier.
/// No names, no fingerprints: how many series there are does not depend on peers.
///
/// | family | labels | counts |
/// |---|---|---|
/// | `rustls_policy_verifications` | `role`, `occasion`, `verdict` = `accepted`, `refused` | verifications |
/// | `rustls_policy_broken_rules` | `role`, `rule`, `mode` = `enforced`, `audited`, `shadow` | verifications in which the rule was broken, once each |
/// | `rustls_policy_shadow` | `role`, `occasion`, `outcome` = `same`, `would-refuse`, `would-accept` | verifications that a shadow policy judged too |
/// | `rustls_policy_keys_proved` | | handshakes in which a peer proved its key |
/// | `rustls_policy_replacements` | `outcome` = `replaced`, `refused` | replacements of a [`LiveVerifier`](crate::LiveVerifier) |
/// | `rustls_policy_generation` | | the generation in use, as far as was heard (a gauge) |
#[derive(Default)]
pub struct VerificationCounters {
    /// `name="value",` for each, escaped.
    labels: String,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    samples: HashMap<Sample, u64>,
    generation: Option<u64>,
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Sample {
    Verification(Role, Occasion, bool),
    Broken(Role, RuleId, Mode),
    Shadow(Role, Occasion, Outcome),
    KeyProved,
    Replacement(bool),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Mode {
    Enforced,
    Audited,
    Shadow,
}

/// What the shadow policy would have done otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Outcome {
    Same,
    WouldRefuse,
    WouldAccept,
}

impl VerificationCounters {
    /// All zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a label on every sample, such as `tenant="acme"`, for who shows several counters, each at an address of its own. In the name
    /// everything but ASCII letters, digits and `_` becomes `_`, and `own_` stands before one that is taken.
    #[must_use]
    pub fn with_label(mut self, name: &str, value: &str) -> Self {
        let value = Escaped(value);
        let allowed = |it: char| if it.is_ascii_alphanumeric() { it } else { '_' };
        let mut name: String = name.chars().map(allowed).collect();
        let begins_well = name.starts_with(|first: char| !first.is_ascii_digit());
        if !begins_well || OWN_LABELS.contains(&name.as_str()) {
            name.insert_str(0, "own_");
        }
        // A String takes all that is written.
        let _ = write!(self.labels, "{name}=\"{value}\",");
        self
    }

    /// The counts as OpenMetrics text (`application/openmetrics-text; version=1.0.0; charset=utf-8`), to the final `# EOF`. What was
    /// never counted has no line.
    #[must_use]
    pub fn to_openmetrics(&self) -> String {
        let counts = self.counts();
        let mut samples: Vec<_> = counts
            .samples
            .iter()
            .map(|(sample, count)| (sample.family(), sample.labels(), *count))
            .collect();
        let generation = counts.generation;
        drop(counts);
        samples.sort();

        let mut text = String::new();
        for (family, help) in FAMILIES {
            let kind = if family == GENERATION {
                "gauge"
            } else {
                "counter"
            };
            let _ = writeln!(text, "# TYPE {family} {kind}\n# HELP {family} {help}");
            for (_, labels, count) in samples.iter().filter(|(of, ..)| *of == family) {
                let _ = writeln!(text, "{family}_total{} {count}", self.with_own(labels));
            }
            if let Some(generation) = generation.filter(|_| family == GENERATION) {
                let _ = writeln!(text, "{family}{} {generation}", self.with_own(""));
            }
        }
        text.push_str("# EOF\n");
        text
    }

    fn with_own(&self, labels: &str) -> String {
        let all = format!("{}{labels}", self.labels);
        match all.strip_suffix(',') {
            Some(all) => format!("{{{all}}}"),
            None => String::new(),
        }
    }

    fn count(&self, samples: impl Iterator<Item = Sample>) {
        let mut counts = self.counts();
        for sample in samples {
            let count = counts.samples.entry(sample).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Counts are whole at every moment.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const OWN_LABELS: [&str; 6] = ["role", "rule", "mode", "occasion", "verdict", "outcome"];

const GENERATION: &str = "rustls_policy_generation";

const FAMILIES: [(&str, &str); 6] = [
    ("rustls_policy_verifications", "Certificate chains judged."),
    (
        "rustls_policy_broken_rules",
        "Verifications in which a rule was broken.",
    ),
    (
        "rustls_policy_shadow",
        "Verifications that a shadow policy judged too.",
    ),
    (
        "rustls_policy_keys_proved",
        "Handshakes in which a peer proved its key.",
    ),
    (
        "rustls_policy_replacements",
        "Replacements of the verifier in use.",
    ),
    (GENERATION, "The generation of the verifier in use."),
];

impl Sample {
    fn family(self) -> &'static str {
        match self {
            Self::Verification(..) => "rustls_policy_verifications",
            Self::Broken(..) => "rustls_policy_broken_rules",
            Self::Shadow(..) => "rustls_policy_shadow",
            Self::KeyProved => "rustls_policy_keys_proved",
            Self::Replacement(_) => "rustls_policy_replacements",
        }
    }

    /// Each with a comma behind it.
    fn labels(self) -> String {
        match self {
            Self::Verification(role, occasion, accepted) => {
                let verdict = if accepted { "accepted" } else { "refused" };
                format!("role=\"{role}\",occasion=\"{occasion}\",verdict=\"{verdict}\",")
            }
            Self::Broken(role, rule, mode) => {
                let mode = match mode {
                    Mode::Enforced => "enforced",
                    Mode::Audited => "audited",
                    Mode::Shadow => "shadow",
                };
                let rule = Escaped(rule.as_str());
                format!("role=\"{role}\",rule=\"{rule}\",mode=\"{mode}\",")
            }
            Self::Shadow(role, occasion, outcome) => {
                let outcome = match outcome {
                    Outcome::Same => "same",
                    Outcome::WouldRefuse => "would-refuse",
                    Outcome::WouldAccept => "would-accept",
                };
                format!("role=\"{role}\",occasion=\"{occasion}\",outcome=\"{outcome}\",")
            }
            Self::KeyProved => String::new(),
            Self::Replacement(replaced) => {
                let outcome = if replaced { "replaced" } else { "refused" };
                format!("outcome=\"{outcome}\",")
            }
        }
    }
}

/// The value of a label.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Each rule once, in whatever positions it was broken.
fn distinct(rules: impl Iterator<Item = RuleId>) -> impl Iterator<Item = RuleId> {
    let mut seen = SmallVec::<[RuleId; 16]>::new();
    rules.filter(move |rule| {
        let is_first = !seen.contains(rule);
        if is_first {
            seen.push(*rule);
        }
        is_first
    })
}

fn broken(judgement: &Judgement<'_>, mode: Mode) -> impl Iterator<Item = Sample> {
    let rules = judgement.violations.iter().map(|violation| violation.rule);
    let role = judgement.role;
    distinct(rules).map(move |rule| Sample::Broken(role, rule, mode))
}

impl Observer for VerificationCounters {
    fn certificate_judged(&self, judgement: &Judgement<'_>, occasion: Occasion) {
        let (role, accepted) = (judgement.role, judgement.accepted);
        let audited = judgement.warnings.iter();
        let audited = audited.filter(|it| matches!(it.kind, WarningKind::Audited { .. }));
        let audited = distinct(audited.map(|warning| warning.rule));
        let samples = std::iter::once(Sample::Verification(role, occasion, accepted))
            .chain(broken(judgement, Mode::Enforced))
            .chain(audited.map(|rule| Sample::Broken(role, rule, Mode::Audited)));
        self.count(samples);
    }

    fn shadow_judged(&self, shadow: &Judgement<'_>, enforced: &Judgement<'_>, occasion: Occasion) {
        let outcome = match (enforced.accepted, shadow.accepted) {
            (true, false) => Outcome::WouldRefuse,
            (false, true) => Outcome::WouldAccept,
            (true, true) | (false, false) => Outcome::Same,
        };
        let judged = Sample::Shadow(shadow.role, occasion, outcome);
        self.count(std::iter::once(judged).chain(broken(shadow, Mode::Shadow)));
    }

    fn key_proved(&self, _fingerprint: &Fingerprint) {
        self.count(std::iter::once(Sample::KeyProved));
    }

    fn verifier_replaced(&self, outcome: Result<&Replacement, &ReplaceError>) {
        self.count(std::iter::once(Sample::Replacement(outcome.is_ok())));
        let generation = match outcome {
            Ok(replacement) => replacement.generation,
            Err(error) => error.generation,
        };
        self.counts().generation = Some(generation);
    }
}

impl fmt::Debug for VerificationCounters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationCounters")
            .field("labels", &self.labels)
            .finish_non_exhaustive()
    }
}
