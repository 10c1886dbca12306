//! What a change of policy or trust anchors would do to the peers that are known.

use crate::chain::PresentedChain;
use crate::error::{BuildError, VerifyError};
use crate::fingerprint::Fingerprint;
use crate::observer::Occasion;
use crate::peer::{Evidence, Peer};
use crate::report::{PathEntry, Violation};
use crate::time::Time;
use crate::verify::Verifier;

/// Judges known chains by the verifier in force and by one that is proposed, now and at a later time: who would be refused and
/// why, who would newly be accepted, whose certificates end in between. Rehearse before a policy is tightened, anchors are
/// replaced, an audit ends.
///
/// Of a [`LiveVerifier`](crate::LiveVerifier) `successor(…).build()` makes the proposed one, with its provider and custom rules; CRLs are to be
/// given to it. At the later time they are as old as they will be then: one that ends before makes every status stale. What servers
/// staple is what [`judge`](Self::judge) is given, and what a policy asks of TLS itself is not rehearsed.
///
/// Chains come from files ([`PresentedChain::from_pem`]), or from a [`ChainRecorder`](crate::ChainRecorder). Observers of the
/// verifiers hear of [`Occasion::Audit`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (roots, chain) = (include_bytes!("../testdata/readme/roots.pem"), include_bytes!("../testdata/readme/chain.pem"));
/// # let now = rustls_policy_verifier::Time::from_unix_seconds(1_780_000_000);
/// use rustls_policy_verifier::{
///     Change, Evidence, Peer, Policy, PresentedChain, Rehearsal, Span, TrustAnchors, Verifier,
/// };
///
/// let verifier = |policy| Verifier::builder(TrustAnchors::from_pem(roots)?, policy).build();
/// let mut stricter = Policy::client();
/// stricter.minimum_key_size.end_entity.rsa_bits = 4096;
/// let (current, proposed) = (verifier(Policy::client())?, verifier(stricter)?);
///
/// let then = Span::Days(60).after(now).ok_or("beyond the calendar")?;
/// let rehearsal = Rehearsal::new(&current, &proposed, now, then)?;
/// let chain = PresentedChain::from_pem(chain)?;
/// let outcome = rehearsal.judge("payments", &chain, Peer::Client, Evidence::default());
/// if outcome.change() == Change::Refused {
///     println!("{} would be refused: {:?}", outcome.subject, outcome.reason());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rehearsal<'v> {
    current: &'v Verifier,
    proposed: &'v Verifier,
    now: Time,
    then: Time,
}

/// What comes of one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RehearsedChain {
    /// As it was given.
    pub name: String,
    /// The subject of the end entity, escaped and bounded; empty if it cannot be decoded.
    pub subject: String,
    /// The fingerprint of the end entity's certificate.
    pub fingerprint: Fingerprint,
    /// By the verifier in force.
    pub current: Verdicts,
    /// By the proposed one.
    pub proposed: Verdicts,
    /// The certificates of the path, the trust anchor's too if it is known, that are valid no more at the later time: of the path
    /// that the proposed verifier takes now, or of the current one's. None if both refuse now.
    pub ending: Vec<PathEntry>,
}

/// What one verifier says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdicts {
    /// Now.
    pub now: Verdict,
    /// At the later time.
    pub then: Verdict,
}

/// Whether a chain is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Accepted {
        /// The label of the trust anchor.
        label: String,
        /// The last second to which that holds: [`VerifiedPath::holds_until`](crate::VerifiedPath::holds_until).
        holds_until: Time,
    },
    /// It is not.
    Refused(VerifyError),
}

impl Verdict {
    /// Whether it is accepted.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted { .. })
    }

    /// The violation that says most of why it is not.
    #[must_use]
    pub fn telling(&self) -> Option<&Violation> {
        match self {
            Self::Accepted { .. } => None,
            Self::Refused(refusal) => refusal.telling(),
        }
    }
}

/// What a peer would feel of the proposed verifier, at the same time as of the one in force. That certificates end is no change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// Nothing: accepted or refused by both, now and then.
    None,
    /// Now accepted, it would be refused now.
    Refused,
    /// It would be refused at the later time, at which the one in force accepts it.
    RefusedLater,
    /// Now refused, it would be accepted now.
    Accepted,
    /// It would be accepted at the later time, at which the one in force refuses it.
    AcceptedLater,
}

impl<'v> Rehearsal<'v> {
    /// Of `proposed` in the place of `current`, at the times `now` and `then`.
    ///
    /// # Errors
    ///
    /// [`BuildError::Direction`] if one judges servers and the other clients.
    pub fn new(
        current: &'v Verifier,
        proposed: &'v Verifier,
        now: impl Into<Time>,
        then: impl Into<Time>,
    ) -> Result<Self, BuildError> {
        let (policy, needed) = (proposed.policy().role, current.policy().role);
        if policy != needed {
            return Err(BuildError::Direction { policy, needed });
        }
        Ok(Self {
            current,
            proposed,
            now: now.into(),
            then: then.into(),
        })
    }

    /// Judges a chain, under any name. `peer` must be of the role that the policies judge; a staple that is not given is not
    /// known, whatever the peer staples.
    #[must_use]
    pub fn judge(
        &self,
        name: impl Into<String>,
        chain: &PresentedChain<'_>,
        peer: Peer<'_>,
        evidence: Evidence<'_>,
    ) -> RehearsedChain {
        let judge = |verifier, time| Judged::of(verifier, chain, peer, evidence, time);
        let current = judge(self.current, self.now);
        let proposed = judge(self.proposed, self.now);
        let accepted = [&proposed, &current]
            .into_iter()
            .find(|judged| judged.verdict.is_accepted());
        let path = accepted.map_or(&[][..], |judged| &judged.path);
        let ending = path.iter().filter(|entry| {
            let validity = entry.validity;
            validity.is_some_and(|validity| validity.not_after < self.then)
        });
        RehearsedChain {
            name: name.into(),
            subject: current
                .path
                .first()
                .map_or_else(String::new, |it| it.subject.clone()),
            fingerprint: self.current.sha256().fingerprint(chain.end_entity()),
            ending: ending.cloned().collect(),
            current: Verdicts {
                now: current.verdict,
                then: judge(self.current, self.then).verdict,
            },
            proposed: Verdicts {
                now: proposed.verdict,
                then: judge(self.proposed, self.then).verdict,
            },
        }
    }
}

/// A verdict, and the certificates that it is about.
struct Judged {
    verdict: Verdict,
    path: Vec<PathEntry>,
}

impl Judged {
    fn of(
        verifier: &Verifier,
        chain: &PresentedChain<'_>,
        peer: Peer<'_>,
        evidence: Evidence<'_>,
        time: Time,
    ) -> Self {
        match verifier.verify_on(Occasion::Audit, chain, peer, evidence, time) {
            Ok(path) => Self {
                verdict: Verdict::Accepted {
                    label: path.label().to_owned(),
                    holds_until: path.holds_until(),
                },
                path: path.report().path,
            },
            Err(refusal) => Self {
                path: refusal.report().path.clone(),
                verdict: Verdict::Refused(refusal),
            },
        }
    }
}

impl RehearsedChain {
    /// What changes for the peer; the worst, if several things do.
    #[must_use]
    pub fn change(&self) -> Change {
        let accepted =
            |verdicts: &Verdicts| (verdicts.now.is_accepted(), verdicts.then.is_accepted());
        match (accepted(&self.current), accepted(&self.proposed)) {
            ((true, _), (false, _)) => Change::Refused,
            ((_, true), (_, false)) => Change::RefusedLater,
            ((false, _), (true, _)) => Change::Accepted,
            ((_, false), (_, true)) => Change::AcceptedLater,
            _ => Change::None,
        }
    }

    /// Why: what the proposed verifier finds, or what the one in force finds that the proposed one does not. `None` where nothing
    /// changes.
    #[must_use]
    pub fn reason(&self) -> Option<&Violation> {
        let verdict = match self.change() {
            Change::None => return None,
            Change::Refused => &self.proposed.now,
            Change::RefusedLater => &self.proposed.then,
            Change::Accepted => &self.current.now,
            Change::AcceptedLater => &self.current.then,
        };
        verdict.telling()
    }
}
