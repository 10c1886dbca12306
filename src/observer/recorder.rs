//! The chains of the peers that were seen lately, to rehearse changes with.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pki_types::CertificateDer;

use super::{Judgement, Observer, Occasion};
use crate::chain::{MAX_CERTIFICATES, MAX_OCTETS, PresentedChain, PresentedView};
use crate::fingerprint::Fingerprint;
use crate::pem;
use crate::time::Time;

/// An observer that keeps the chains that peers presented, of each end entity the last one, to judge them again by a policy
/// that is to come: [`Rehearsal`](crate::Rehearsal).
///
/// It keeps what was presented, accepted or refused, in handshakes, resumptions and rechecks. **Anybody can present anybody's
/// chain:** only of those that are [`proved`](RecordedChain::proved) did the peer sign a handshake with the certificate's key
/// ([`Observer::key_proved`]). Chains are copied octet by octet, with the names in them.
///
/// Of chains that are proved and of those that are not it keeps so many each, and so many octets of DER each, as it was made
/// for; those seen longest ago make room, and what nobody proved takes no room from what somebody did. A chain beyond what is
/// looked at (64 KiB, 100 certificates) is not kept. Which verifier has judged is not kept either: where there are several, one recorder
/// for each.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let roots = include_bytes!("../../testdata/readme/roots.pem");
/// use std::sync::Arc;
/// use rustls_policy_verifier::{ChainRecorder, Policy, TrustAnchors, Verifier};
///
/// // A thousand peers, and four MiB of certificates.
/// let recorder = Arc::new(ChainRecorder::new(1000, 4 * 1024 * 1024).proved_only());
/// let verifier = Verifier::builder(TrustAnchors::from_pem(roots)?, Policy::client())
///     .observer(recorder.clone())
///     .build()?;
/// # let _ = verifier;
/// // … and from time to time:
/// for chain in recorder.chains() {
///     println!("{}, last seen {}", chain.fingerprint, chain.last_seen);
/// }
/// # Ok(())
/// # }
/// ```
pub struct ChainRecorder {
    limits: Limits,
    proved_only: bool,
    shelves: Mutex<Shelves>,
}

/// A chain that a peer presented.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedChain {
    /// Of the end entity's certificate.
    pub fingerprint: Fingerprint,
    /// The end entity's certificate.
    pub end_entity: CertificateDer<'static>,
    /// The others, in the order presented.
    pub others: Vec<CertificateDer<'static>>,
    /// Whether, since it was first kept, somebody has shown to hold the key of the end entity. Of the others it says nothing.
    pub proved: bool,
    /// Whether it was accepted, when it was last judged.
    pub accepted: bool,
    /// The time at which it was last judged.
    pub last_seen: Time,
}

impl RecordedChain {
    /// The chain, to be verified.
    #[must_use]
    pub fn presented(&self) -> PresentedChain<'_> {
        PresentedChain::new(&self.end_entity, &self.others)
    }

    /// The chain as a PEM file.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let certificates = std::iter::once(&self.end_entity).chain(&self.others);
        certificates.map(|der| pem::certificate(der)).collect()
    }
}

impl ChainRecorder {
    /// Keeps at most so many chains, with at most so many octets of DER; as many again that nobody has proved to be theirs.
    #[must_use]
    pub fn new(most_chains: usize, most_octets: usize) -> Self {
        Self {
            limits: Limits {
                most_chains,
                most_octets,
            },
            proved_only: false,
            shelves: Mutex::default(),
        }
    }

    /// Yields those chains alone whose key a peer has proved to hold. A server refuses before a client proves anything, so that these
    /// are of peers that were accepted once.
    #[must_use]
    pub fn proved_only(mut self) -> Self {
        self.proved_only = true;
        self
    }

    /// What was kept, the chain seen last first.
    #[must_use]
    pub fn chains(&self) -> Vec<RecordedChain> {
        let mut kept: Vec<_> = {
            let shelves = self.lock();
            let proved = shelves.proved.kept().map(|kept| (kept, true));
            let unproved = shelves.unproved.kept().map(|kept| (kept, false));
            let unproved = unproved.filter(|_| !self.proved_only);
            proved.chain(unproved).collect()
        };
        kept.sort_by_key(|((_, kept), _)| Reverse(kept.turn));
        // Copied with the lock released.
        let copied = kept.into_iter().map(|((fingerprint, kept), proved)| {
            let Certificates { end_entity, others } = (*kept.certificates).clone();
            RecordedChain {
                fingerprint,
                end_entity,
                others,
                proved,
                accepted: kept.seen.accepted,
                last_seen: kept.seen.at,
            }
        });
        copied.collect()
    }

    fn record(&self, judgement: &Judgement<'_>) {
        let (Some(fingerprint), Some(presented)) = (judgement.fingerprint, judgement.presented)
        else {
            return;
        };
        if presented.octets() > MAX_OCTETS || presented.count() > MAX_CERTIFICATES {
            return;
        }
        let seen = Seen {
            accepted: judgement.accepted,
            at: judgement.time,
        };
        if self.lock().see_again(&fingerprint, presented, seen) {
            return;
        }
        // Copied with the lock released.
        let others = presented.others.iter();
        let certificates = Arc::new(Certificates {
            end_entity: CertificateDer::from(presented.end_entity.to_vec()),
            others: others.map(|der| der.clone().into_owned()).collect(),
        });
        self.lock()
            .put(fingerprint, certificates, seen, self.limits);
    }

    /// What is kept is whole at every moment, whatever panicked.
    fn lock(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for ChainRecorder {
    fn certificate_judged(&self, judgement: &Judgement<'_>, occasion: Occasion) {
        match occasion {
            Occasion::Handshake | Occasion::Resumption | Occasion::Recheck => {
                self.record(judgement);
            }
            // Nobody is there.
            Occasion::Audit | Occasion::Offline => {}
        }
    }

    fn key_proved(&self, fingerprint: &Fingerprint) {
        self.lock().prove(fingerprint, self.limits);
    }
}

/// Without the chains.
impl fmt::Debug for ChainRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (proved, unproved) = {
            let shelves = self.lock();
            (shelves.proved.chains.len(), shelves.unproved.chains.len())
        };
        f.debug_struct("ChainRecorder")
            .field("most_chains", &self.limits.most_chains)
            .field("most_octets", &self.limits.most_octets)
            .field("proved_only", &self.proved_only)
            .field("proved", &proved)
            .field("unproved", &unproved)
            .finish()
    }
}

/// Of each shelf.
#[derive(Clone, Copy)]
struct Limits {
    most_chains: usize,
    most_octets: usize,
}

#[derive(Default)]
struct Shelves {
    /// Counts what was seen.
    turn: u64,
    proved: Shelf,
    /// Whose end entity may stand among the proved too, with other intermediates: nobody shall be able to replace those.
    unproved: Shelf,
}

impl Shelves {
    /// Whether the chain is kept as it is.
    fn see_again(
        &mut self,
        fingerprint: &Fingerprint,
        presented: PresentedView<'_>,
        seen: Seen,
    ) -> bool {
        let has = |shelf: &Shelf| {
            let kept = shelf.chains.get(fingerprint);
            kept.is_some_and(|kept| kept.certificates.are(presented))
        };
        let shelf = if has(&self.proved) {
            // The proof that may follow is not of what somebody else presented before.
            self.unproved.take(fingerprint);
            &mut self.proved
        } else if has(&self.unproved) {
            &mut self.unproved
        } else {
            return false;
        };
        let Some(kept) = shelf.take(fingerprint) else {
            return false;
        };
        self.turn = self.turn.saturating_add(1);
        let turn = self.turn;
        shelf.put(*fingerprint, Kept { turn, seen, ..kept });
        true
    }

    fn put(
        &mut self,
        fingerprint: Fingerprint,
        certificates: Arc<Certificates>,
        seen: Seen,
        limits: Limits,
    ) {
        self.turn = self.turn.saturating_add(1);
        let kept = Kept {
            turn: self.turn,
            certificates,
            seen,
        };
        self.unproved.put(fingerprint, kept);
        self.unproved.make_room(limits);
    }

    fn prove(&mut self, fingerprint: &Fingerprint, limits: Limits) {
        if let Some(kept) = self.unproved.take(fingerprint) {
            self.proved.put(*fingerprint, kept);
            self.proved.make_room(limits);
        }
    }
}

#[derive(Default)]
struct Shelf {
    chains: HashMap<Fingerprint, Kept>,
    /// By turn, the oldest first.
    order: BTreeMap<u64, Fingerprint>,
    octets: usize,
}

#[derive(Clone)]
struct Kept {
    turn: u64,
    certificates: Arc<Certificates>,
    seen: Seen,
}

#[derive(Clone)]
struct Certificates {
    end_entity: CertificateDer<'static>,
    others: Vec<CertificateDer<'static>>,
}

#[derive(Clone, Copy)]
struct Seen {
    accepted: bool,
    at: Time,
}

impl Certificates {
    fn view(&self) -> PresentedView<'_> {
        PresentedView {
            end_entity: &self.end_entity,
            others: &self.others,
        }
    }

    fn are(&self, presented: PresentedView<'_>) -> bool {
        self.end_entity.as_ref() == presented.end_entity
            && self.others.as_slice() == presented.others
    }
}

impl Shelf {
    fn kept(&self) -> impl Iterator<Item = (Fingerprint, Kept)> + '_ {
        let chains = self.chains.iter();
        chains.map(|(fingerprint, kept)| (*fingerprint, kept.clone()))
    }

    /// In the place of what is kept of the same end entity.
    fn put(&mut self, fingerprint: Fingerprint, kept: Kept) {
        self.take(&fingerprint);
        self.octets = self
            .octets
            .saturating_add(kept.certificates.view().octets());
        self.order.insert(kept.turn, fingerprint);
        self.chains.insert(fingerprint, kept);
    }

    fn take(&mut self, fingerprint: &Fingerprint) -> Option<Kept> {
        let kept = self.chains.remove(fingerprint)?;
        self.order.remove(&kept.turn);
        self.octets = self
            .octets
            .saturating_sub(kept.certificates.view().octets());
        Some(kept)
    }

    fn make_room(&mut self, limits: Limits) {
        while self.chains.len() > limits.most_chains || self.octets > limits.most_octets {
            let Some((_, oldest)) = self.order.pop_first() else {
                return;
            };
            self.take(&oldest);
        }
    }
}
