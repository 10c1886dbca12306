//! A verifier that is replaced while handshakes run: policy, anchors, CRLs and pins, all at once or not at all.

mod marks;
mod outcome;
mod warning;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

use self::marks::Marks;
pub use self::outcome::{ReplaceError, ReplaceProblem, Replacement};
pub use self::warning::ReplaceWarning;
use self::warning::warnings;

use crate::builder::{LiveId, VerifierBuilder};
use crate::error::BuildError;
use crate::policy::Policy;
use crate::time::Time;
use crate::trust::TrustAnchors;
use crate::verify::Verifier;

/// The verifier in use, for a configuration whose policy, trust anchors, CRLs or pins change without a restart. Clones are the
/// same verifier.
///
/// Every verification is by one generation from its beginning to its end: what is replaced meanwhile holds for the next one.
/// A replacement that cannot work is refused as a whole, and what was in use stays in use. Sessions that resume are verified by
/// the generation in use then; connections that stand are judged again by [`Verifier::recheck`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let roots = include_bytes!("../../testdata/readme/roots.pem");
/// # let (roots, new_roots) = (roots, roots);
/// # let now = rustls_policy_verifier::Time::from_unix_seconds(1_780_000_000);
/// use rustls_policy_verifier::{LiveVerifier, Policy, PolicyClientCertVerifier, TrustAnchors, Verifier};
///
/// let verifier = Verifier::builder(TrustAnchors::from_pem(roots)?, Policy::client()).build()?;
/// let live = LiveVerifier::new(verifier, now);
/// let clients = PolicyClientCertVerifier::new(live.clone())?;
/// // … into a ServerConfig; and when the anchors have changed:
/// let next = live.successor(TrustAnchors::from_pem(new_roots)?, Policy::client());
/// let replacement = live.replace(next, now)?;
/// assert_eq!((replacement.generation, live.current().generation()), (1, 1));
/// # let _ = clients;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LiveVerifier(Arc<Shared>);

struct Shared {
    id: Arc<LiveId>,
    current: ArcSwap<InUse>,
    /// One replacement at a time. Whoever verifies does not wait for it.
    replacing: Mutex<Marks>,
}

struct InUse {
    verifier: Arc<Verifier>,
    since: Option<Time>,
}

impl InUse {
    fn refusal(&self, problem: ReplaceProblem, now: Time) -> ReplaceError {
        ReplaceError {
            problem,
            generation: self.verifier.generation(),
            since: self.since,
            now,
        }
    }
}

impl LiveVerifier {
    /// Begins with `verifier`, in use from the time `since` on.
    #[must_use]
    pub fn new(verifier: impl Into<Arc<Verifier>>, since: impl Into<Time>) -> Self {
        Self::starting(verifier.into(), Some(since.into()))
    }

    fn starting(verifier: Arc<Verifier>, since: Option<Time>) -> Self {
        Self(Arc::new(Shared {
            id: Arc::default(),
            current: ArcSwap::from_pointee(InUse { verifier, since }),
            replacing: Mutex::default(),
        }))
    }

    /// The verifier in use now.
    #[must_use]
    pub fn current(&self) -> Arc<Verifier> {
        self.0.current.load().verifier.clone()
    }

    /// A builder for what is to follow, with everything that is neither policy nor anchors nor known of revocation taken from
    /// the verifier in use: the crypto provider, the signature cache, custom rules and bounds; its observers too, unless others are given. Not its shadow policy.
    /// CRLs, OCSP responses and known intermediates are to be given again. It may replace that verifier alone: of two begun side by
    /// side the second is refused, for it knows nothing of what the first changed.
    #[must_use]
    pub fn successor(&self, anchors: TrustAnchors, policy: Policy) -> VerifierBuilder {
        let current = &self.0.current.load().verifier;
        VerifierBuilder::succeeding(current, self.0.id.clone(), anchors, policy)
    }

    /// Builds `replacement` and puts it in the place of the verifier in use; `now` is for errors, which say how old the one is that
    /// stays. CRLs that are in use already keep their index and verified signatures. Observers hear of it: the replacement's or, if it has none,
    /// those in use.
    ///
    /// # Errors
    ///
    /// [`ReplaceError`] if the replacement
    ///
    /// - does not build;
    /// - was begun by [`successor`](Self::successor) from a verifier that was itself replaced since, or from another `LiveVerifier`;
    /// - judges the other side's certificates;
    /// - has other TLS settings: the configurations in use do not change ([`TlsSettings::session_lifetime`](crate::TlsSettings::session_lifetime)
    ///   may differ);
    /// - has an older issue of a CRL than was ever in use here, or, in the place of one in use, one of the same issuer and scope that no
    ///   known key has signed. Issues of one CRL have issuer, scope and key in common.
    ///
    /// What is in use stays in use.
    pub fn replace(
        &self,
        replacement: VerifierBuilder,
        now: impl Into<Time>,
    ) -> Result<Replacement, ReplaceError> {
        let outcome = self.exchange(replacement, now.into());
        self.tell(outcome.as_ref());
        outcome
    }

    /// [`replace`](Self::replace), of which no observer hears yet.
    pub(crate) fn exchange(
        &self,
        replacement: VerifierBuilder,
        now: Time,
    ) -> Result<Replacement, ReplaceError> {
        let one_at_a_time = self.0.replacing.lock();
        // What a panic left behind is the verifier before, or the one after.
        let mut marks = one_at_a_time.unwrap_or_else(PoisonError::into_inner);
        let in_use = self.0.current.load_full();
        marks.note(&in_use.verifier, now);
        let outcome = self.install(&in_use.verifier, replacement, &marks, now);
        drop(marks);
        outcome.map_err(|problem| in_use.refusal(problem, now))
    }

    #[cfg(feature = "files")]
    pub(crate) fn refusal(&self, problem: ReplaceProblem, now: Time) -> ReplaceError {
        self.0.current.load().refusal(problem, now)
    }

    fn install(
        &self,
        current: &Verifier,
        mut replacement: VerifierBuilder,
        marks: &Marks,
        now: Time,
    ) -> Result<Replacement, ReplaceProblem> {
        if let Some(begun) = replacement.succeeds() {
            if !Arc::ptr_eq(&begun.of, &self.0.id) {
                return Err(ReplaceProblem::Foreign);
            }
            let generation = begun.generation;
            if generation != current.generation() {
                return Err(ReplaceProblem::Outdated { generation });
            }
        }
        replacement.reuse(current);
        let mut verifier = replacement.build()?;
        let (policy, needed) = (verifier.policy().role, current.policy().role);
        if policy != needed {
            return Err(BuildError::Direction { policy, needed }.into());
        }
        let in_use = &current.policy().tls;
        verifier.policy().tls.check_in_place_of(in_use)?;
        let judges = |verifier: &Verifier| verifier.policy().judges_revocation();
        if judges(current) && !judges(&verifier) && verifier.shadow.as_deref().is_some_and(judges) {
            return Err(BuildError::policy(
                "revocation",
                "was on, and is now in the shadow policy alone: switch it on here too, or leave out the CRLs and the shadow policy's `[revocation]`",
            )
            .into());
        }
        marks.check(current, &verifier)?;
        verifier.become_generation(current.generation().saturating_add(1));
        let replacement = Replacement {
            generation: verifier.generation(),
            since: now,
            warnings: warnings(current, &verifier, marks.are_full()),
            changed: Vec::new(),
        };
        self.0.current.store(Arc::new(InUse {
            verifier: Arc::new(verifier),
            since: Some(now),
        }));
        Ok(replacement)
    }

    pub(crate) fn tell(&self, outcome: Result<&Replacement, &ReplaceError>) {
        let in_use = self.0.current.load_full();
        let observers = &in_use.verifier.observers;
        observers.tell(|observer| observer.verifier_replaced(outcome));
    }

    /// The verifier in use, for the length of one verification.
    pub(crate) fn load(&self) -> Loaded {
        Loaded(self.0.current.load())
    }
}

/// One generation: whatever is replaced meanwhile, it stays.
pub(crate) struct Loaded(Guard<Arc<InUse>>);

impl std::ops::Deref for Loaded {
    type Target = Verifier;

    fn deref(&self) -> &Verifier {
        &self.0.verifier
    }
}

/// A verifier that is never replaced, unless somebody does.
impl From<Arc<Verifier>> for LiveVerifier {
    fn from(verifier: Arc<Verifier>) -> Self {
        Self::starting(verifier, None)
    }
}

/// As from an [`Arc`].
impl From<Verifier> for LiveVerifier {
    fn from(verifier: Verifier) -> Self {
        Self::from(Arc::new(verifier))
    }
}

impl fmt::Debug for LiveVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_use = self.0.current.load();
        f.debug_struct("LiveVerifier")
            .field("generation", &in_use.verifier.generation())
            .field("since", &in_use.since)
            .field("current", &in_use.verifier)
            .finish()
    }
}
