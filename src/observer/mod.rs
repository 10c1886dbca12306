//! Who hears of verifications, and what they hear.

mod counters;
mod recorder;
#[cfg(feature = "tracing")]
mod tracing;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub use self::counters::VerificationCounters;
pub use self::recorder::{ChainRecorder, RecordedChain};
#[cfg(feature = "tracing")]
pub use self::tracing::TracingObserver;
use crate::chain::PresentedView;
use crate::fingerprint::Fingerprint;
use crate::live::{ReplaceError, Replacement};
use crate::path::Position;
use crate::peer::Role;
use crate::report::{Report, Violation, Warning, WarningKind};
use crate::rule::RuleId;
use crate::time::Time;

/// Hears of every verification, whatever called for it: for logs, metrics and audits. A verifier may have several.
///
/// It decides nothing: the verdict stands before it is called, and its panics are caught (where panics unwind) and
/// change no verdict. It runs on the thread that verifies, often in the middle of a handshake, with no lock of this crate
/// held: keep it short, and do not verify by the same verifier in it, which would call it again. Where a client presents no certificate at all there is nothing to judge: of that only the error of the
/// connection tells ([`failure_in`](crate::failure_in)).
///
/// ```
/// use rustls_policy_verifier::{Fingerprint, Judgement, Observer, Occasion};
///
/// #[derive(Debug)]
/// struct Log;
///
/// impl Observer for Log {
///     fn certificate_judged(&self, judgement: &Judgement<'_>, occasion: Occasion) {
///         for (rule, position) in judgement.broken() {
///             eprintln!("{occasion}: {rule} broken at {position}");
///         }
///     }
///
///     fn key_proved(&self, fingerprint: &Fingerprint) {
///         eprintln!("the holder of {fingerprint} is at the other end");
///     }
/// }
/// ```
pub trait Observer: Send + Sync + fmt::Debug {
    /// A chain was judged. **Not an authentication:** at this moment nobody has proved to hold the certificate's key, and
    /// anybody can present anybody's chain; [`key_proved`](Self::key_proved) follows.
    fn certificate_judged(&self, judgement: &Judgement<'_>, occasion: Occasion) {
        let _ = (judgement, occasion);
    }

    /// The chain that [`certificate_judged`](Self::certificate_judged) was told of last on this thread was judged by the shadow policy too
    /// ([`VerifierBuilder::shadow`](crate::VerifierBuilder::shadow)), which decides nothing.
    fn shadow_judged(&self, shadow: &Judgement<'_>, enforced: &Judgement<'_>, occasion: Occasion) {
        let _ = (shadow, enforced, occasion);
    }

    /// The peer's handshake signature is that of the certificate with this fingerprint, judged just before in the same
    /// handshake: the peer holds its key. Where the verifier was replaced between the two, it is the observer of the next one that
    /// hears of it.
    fn key_proved(&self, fingerprint: &Fingerprint) {
        let _ = fingerprint;
    }

    /// A [`LiveVerifier`](crate::LiveVerifier) was replaced, or a replacement was refused and what was in use stays in use.
    fn verifier_replaced(&self, outcome: Result<&Replacement, &ReplaceError>) {
        let _ = outcome;
    }
}

/// What a verification was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Occasion {
    /// A full handshake: rustls asks one of the adapters.
    Handshake,
    /// Before a session resumes. Where that is refused a full handshake follows, with a judgement of its own: do not count it as a
    /// connection refused. A server judges each chain once a second: of further sessions in that second nobody hears. Whether a
    /// connection resumed rustls's `handshake_kind()` says.
    Resumption,
    /// The peer of a connection that stands: [`Verifier::recheck`](crate::Verifier::recheck).
    Recheck,
    /// An inventory or a rehearsal: the verdict decides about no connection.
    Audit,
    /// A direct call: [`Verifier::verify`](crate::Verifier::verify).
    Offline,
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Handshake => "handshake",
            Self::Resumption => "resumption",
            Self::Recheck => "recheck",
            Self::Audit => "audit",
            Self::Offline => "offline",
        })
    }
}

/// What an observer hears of one verification: rules, positions and fingerprints. Names, which the peer chose and which
/// may be personal data, are in [`report`](Self::report) and in the certificates [`presented`](Self::presented) only.
pub struct Judgement<'a> {
    pub(crate) accepted: bool,
    pub(crate) role: Role,
    pub(crate) time: Time,
    pub(crate) generation: u64,
    pub(crate) label: Option<&'a str>,
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) violations: &'a [Violation],
    pub(crate) warnings: &'a [Warning],
    pub(crate) report: Named<'a>,
    pub(crate) presented: Option<PresentedView<'a>>,
}

/// A report: that of a refusal exists; that of an acceptance is made for who asks.
pub(crate) enum Named<'a> {
    Kept(&'a Report),
    Made(&'a dyn Fn() -> Report),
}

impl Judgement<'_> {
    /// Whether the chain was accepted.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.accepted
    }

    /// Whose certificate was judged.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The time verified at.
    #[must_use]
    pub fn time(&self) -> Time {
        self.time
    }

    /// The generation of the verifier that judged; see [`LiveVerifier`](crate::LiveVerifier).
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The label of the trust anchor that the path ends at; `None` if there is no path.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.label
    }

    /// The fingerprint of the end entity's certificate; `None` if none was presented, or more than is looked at.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.fingerprint
    }

    /// The broken rules, and where: what refused. One fault may break several: where there is no path, `chain` stands first
    /// and a rule may say the same of a certificate. To count refusals, count calls, or by the first rule alone.
    pub fn broken(&self) -> impl Iterator<Item = (RuleId, Position)> + '_ {
        self.violations.iter().map(|it| (it.rule, it.position))
    }

    /// What did not refuse, but should be known.
    pub fn warned(&self) -> impl Iterator<Item = (WarningKind, RuleId, Position)> + '_ {
        let warnings = self.warnings.iter();
        warnings.map(|it| (it.kind, it.rule, it.position))
    }

    /// The certificates presented, in DER, the end entity's first: whatever the peer sent, decodable or not, **with names**. None
    /// if it sent none.
    pub fn presented(&self) -> impl Iterator<Item = &[u8]> + '_ {
        self.presented.into_iter().flat_map(|presented| {
            let others = presented.others.iter().map(AsRef::as_ref);
            std::iter::once(presented.end_entity).chain(others)
        })
    }

    /// Everything found, **with names**: escaped and bounded, but chosen by the peer, and perhaps personal data.
    #[must_use]
    pub fn report(&self) -> Report {
        match self.report {
            Named::Kept(report) => report.clone(),
            Named::Made(make) => make(),
        }
    }
}

/// Without names.
impl fmt::Debug for Judgement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judgement")
            .field("accepted", &self.accepted())
            .field("role", &self.role())
            .field("label", &self.label())
            .field("fingerprint", &self.fingerprint())
            .field("broken", &self.broken().collect::<Vec<_>>())
            .field("warned", &self.warned().collect::<Vec<_>>())
            .finish()
    }
}

/// Those of a verifier.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observers(Vec<Arc<dyn Observer>>);

impl Observers {
    pub(crate) fn add(&mut self, observer: Arc<dyn Observer>) {
        self.0.push(observer);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each in turn, whatever another one does.
    pub(crate) fn tell(&self, tell: impl Fn(&dyn Observer)) {
        for observer in &self.0 {
            shielded(|| tell(observer.as_ref()));
        }
    }
}

/// Calls an observer so that its panic stays its own.
pub(crate) fn shielded(call: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(call)) {
        // What was thrown may panic again when it is dropped.
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(second);
        }
    }
}
