//! Verifications as events of the `tracing` crate.

use tracing::Level;

use super::{Judgement, Observer, Occasion};
use crate::fingerprint::Fingerprint;
use crate::live::{ReplaceError, Replacement};
use crate::path::Position;
use crate::report::Report;
use crate::rule::RuleId;

/// The target of the events.
const TARGET: &str = "rustls_policy_verifier";

/// Tells `tracing` of every verification, under the target `rustls_policy_verifier`: a refusal is a warning, an acceptance
/// with warnings an info, any other acceptance and a proved key a debug event.
///
/// Events carry rules, positions, the label of the trust anchor and fingerprints. Names are personal data, perhaps, and
/// chosen by the peer: [`with_names`](Self::with_names) adds them.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let roots = include_bytes!("../../testdata/readme/roots.pem");
/// use std::sync::Arc;
/// use rustls_policy_verifier::{Policy, TracingObserver, TrustAnchors, Verifier};
///
/// let verifier = Verifier::builder(TrustAnchors::from_pem(roots)?, Policy::client())
///     .observer(Arc::new(TracingObserver::new()))
///     .build()?;
/// # let _ = verifier;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingObserver {
    names: bool,
}

impl TracingObserver {
    /// Events without names.
    #[must_use]
    pub const fn new() -> Self {
        Self { names: false }
    }

    /// Adds the end entity's subject, and the violations and warnings in words, escaped and bounded.
    #[must_use]
    pub const fn with_names(self) -> Self {
        Self { names: true }
    }
}

impl Observer for TracingObserver {
    fn certificate_judged(&self, judgement: &Judgement<'_>, occasion: Occasion) {
        let broken = list(judgement.broken());
        let warned = list(
            judgement
                .warned()
                .map(|(_, rule, position)| (rule, position)),
        );
        let report = self.names.then(|| judgement.report());
        let subject = report.as_ref().and_then(|report| report.path.first());
        let subject = subject.map(|entry| entry.subject.as_str());
        let words = report.as_ref().map(in_words);
        // The level is part of an event's place in the code.
        macro_rules! event {
            ($level:expr, $message:literal) => {
                tracing::event!(
                    target: TARGET,
                    $level,
                    %occasion,
                    role = %judgement.role(),
                    label = judgement.label(),
                    sha256 = judgement.fingerprint().map(tracing::field::display),
                    broken,
                    warned,
                    subject,
                    words,
                    $message
                )
            };
        }
        if !judgement.accepted() {
            event!(Level::WARN, "certificate refused");
        } else if warned.is_some() {
            event!(Level::INFO, "certificate accepted with warnings");
        } else {
            event!(Level::DEBUG, "certificate accepted");
        }
    }

    fn shadow_judged(&self, shadow: &Judgement<'_>, enforced: &Judgement<'_>, occasion: Occasion) {
        if shadow.accepted() == enforced.accepted() {
            return;
        }
        let message = match shadow.accepted() {
            true => "certificate would be accepted by the shadow policy",
            false => "certificate would be refused by the shadow policy",
        };
        tracing::event!(
            target: TARGET,
            Level::WARN,
            %occasion,
            role = %shadow.role(),
            label = shadow.label(),
            sha256 = shadow.fingerprint().map(tracing::field::display),
            broken = list(shadow.broken()),
            "{message}"
        );
    }

    fn verifier_replaced(&self, outcome: Result<&Replacement, &ReplaceError>) {
        match outcome {
            Ok(it) if it.warnings.is_empty() => {
                tracing::info!(target: TARGET, generation = it.generation, "verifier replaced");
            }
            Ok(it) => tracing::warn!(
                target: TARGET,
                generation = it.generation,
                words = %it,
                "verifier replaced"
            ),
            Err(error) => tracing::error!(
                target: TARGET,
                generation = error.generation,
                words = %error,
                "verifier not replaced"
            ),
        }
    }

    fn key_proved(&self, fingerprint: &Fingerprint) {
        tracing::event!(target: TARGET, Level::DEBUG, sha256 = %fingerprint, "key proved");
    }
}

/// `extended-key-usage at end-entity, …`; `None` for nothing.
fn list(found: impl Iterator<Item = (RuleId, Position)>) -> Option<String> {
    let found: Vec<_> = found.map(|(rule, at)| format!("{rule} at {at}")).collect();
    (!found.is_empty()).then(|| first_of(&found, ", "))
}

/// Most rules, and most sentences, in one event: a peer can break some rule with every certificate it sends.
const MOST: usize = 16;

fn first_of(all: &[String], separator: &str) -> String {
    let shown = all.get(..MOST).unwrap_or(all).join(separator);
    match all.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown}{separator}and {more} more"),
    }
}

/// The sentences of all violations and warnings.
fn in_words(report: &Report) -> String {
    let violations = report.violations.iter().map(ToString::to_string);
    let warnings = report.warnings.iter().map(ToString::to_string);
    first_of(&violations.chain(warnings).collect::<Vec<_>>(), "; ")
}
