//! A server's sessions: what is stored is sealed, and comes back only if the client's chain is accepted again.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ProtocolVersion;
use rustls::crypto::SecureRandom;
use rustls::server::{ProducesTickets, StoresServerSessions};
use rustls::time_provider::TimeProvider;
use zeroize::Zeroizing;

use super::lifetime;
use super::stored::{self, Certificates, Client, Session, SessionId};
use crate::chain::PresentedChain;
use crate::live::LiveVerifier;
use crate::observer::Occasion;
use crate::peer::{Evidence, Peer};
use crate::time::Time;
use crate::tls::{PolicyClientCertVerifier, TlsVersion};
use crate::verify::Verifier;

/// Lets out the sessions whose clients the verifier accepts now.
pub(super) struct Gate {
    verifier: LiveVerifier,
    /// A session without a client's certificate may not resume.
    mandatory: bool,
    /// Nobody is accepted, and no session resumes.
    accepts_nobody: bool,
    id: SessionId,
    clock: Arc<dyn TimeProvider>,
    verdicts: Mutex<VecDeque<Remembered>>,
    renewed: Mutex<VecDeque<Renewed>>,
}

/// A TLS 1.2 session that resumes, whose ticket is about to be renewed: it is the same session, by the same master secret, and keeps
/// its age.
struct Renewed {
    /// SHA-256 of the secret.
    secret: [u8; 32],
    issued: Time,
}

/// Most of those: rustls renews a ticket before it does anything else, so that there is one for each thread.
const MOST_RENEWED: usize = 256;

/// A verdict: of one verifier at one second it is always the same.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Remembered {
    generation: u64,
    time: Time,
    verdict: Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// SHA-256 of the chain, as it is stored.
    Accepted([u8; 32]),
    /// SHA-256 of the end entity's certificate. With other intermediates it might be accepted, but a hello may offer hundreds
    /// of tickets, and its sender has put what he likes beside his certificate in each of their handshakes.
    Refused([u8; 32]),
}

/// Most verdicts remembered: one for each client that connects within a second, or so.
const MOST_VERDICTS: usize = 64;

impl Gate {
    /// `None` if there are no random octets to be had.
    pub(super) fn new(
        verifier: &PolicyClientCertVerifier,
        random: &dyn SecureRandom,
        clock: Arc<dyn TimeProvider>,
    ) -> Option<Self> {
        let id = match verifier.shared_session_id() {
            Some(id) => id,
            None => {
                let mut id = SessionId::default();
                random.fill(&mut id).ok()?;
                id
            }
        };
        Some(Self {
            verifier: verifier.verifier().clone(),
            mandatory: verifier.is_mandatory(),
            accepts_nobody: verifier.accepts_nobody(),
            id,
            clock,
            verdicts: Mutex::default(),
            renewed: Mutex::default(),
        })
    }

    /// `None` without a time.
    fn seal(&self, session: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let now = self.clock.current_time()?.into();
        let issued = stored::read(session).and_then(|session| self.first_issued(&session));
        Some(stored::seal(session, &self.id, issued.unwrap_or(now)))
    }

    /// Of a session that is stored again.
    fn first_issued(&self, session: &Session<'_>) -> Option<Time> {
        if session.version != ProtocolVersion::TLSv1_2 {
            return None;
        }
        let secret = self.verifier.load().sha256().digest(session.secret);
        let renewed = locked(&self.renewed);
        let known = renewed.iter().find(|known| known.secret == secret)?;
        Some(known.issued)
    }

    /// rustls's octets, if the session may resume now.
    fn open(&self, sealed: Vec<u8>) -> Option<Vec<u8>> {
        let sealed = Zeroizing::new(sealed);
        let (issued, session) = stored::open(&sealed, &self.id)?;
        let now = Time::from(self.clock.current_time()?);
        let verifier = self.verifier.load();
        if now < issued || now.seconds_since(issued) > lifetime(&verifier) {
            return None;
        }
        let read = stored::read(session)?;
        // What was stored by another configuration, or before this one, may be less than handshakes must be.
        let minimum = verifier.policy().tls.minimum_version;
        if self.accepts_nobody || TlsVersion::of(read.version)? < minimum {
            return None;
        }
        let may_resume = match read.client {
            Client::Presented(certificates) => self.accepts(&verifier, certificates, now),
            Client::Unauthenticated => !self.mandatory,
        };
        if !may_resume {
            return None;
        }
        if read.version == ProtocolVersion::TLSv1_2 {
            let secret = verifier.sha256().digest(read.secret);
            push(
                &mut locked(&self.renewed),
                Renewed { secret, issued },
                MOST_RENEWED,
            );
        }
        Some(session.to_vec())
    }

    /// Whether it was stored by a verifier of this id.
    fn is_own(&self, sealed: &[u8]) -> bool {
        stored::open(sealed, &self.id).is_some()
    }

    /// One verification for each chain and second that is accepted, and for each end entity that is refused, however many tickets a
    /// hello offers.
    fn accepts(&self, verifier: &Verifier, certificates: Certificates<'_>, time: Time) -> bool {
        let remembered = |verdict| Remembered {
            generation: verifier.generation(),
            time,
            verdict,
        };
        let sha256 = verifier.sha256();
        let accepted = remembered(Verdict::Accepted(sha256.digest(certificates.octets())));
        if self.is_known(&accepted) {
            return true;
        }
        let Some((end_entity, others)) = certificates.decode() else {
            return false;
        };
        let refused = remembered(Verdict::Refused(sha256.digest(&end_entity)));
        if self.is_known(&refused) {
            return false;
        }
        let chain = PresentedChain::new(&end_entity, &others);
        let evidence = Evidence::default();
        let verdict = verifier.judge_on(Occasion::Resumption, &chain, Peer::Client, evidence, time);
        let found = if verdict.is_ok() { accepted } else { refused };
        push(&mut locked(&self.verdicts), found, MOST_VERDICTS);
        verdict.is_ok()
    }

    fn is_known(&self, verdict: &Remembered) -> bool {
        locked(&self.verdicts).contains(verdict)
    }
}

/// What a panic left behind is whole.
fn locked<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The oldest makes room.
fn push<T>(list: &mut VecDeque<T>, new: T, most: usize) {
    if list.len() >= most {
        list.pop_front();
    }
    list.push_back(new);
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

/// A session storage behind the gate.
#[derive(Debug)]
pub(super) struct GuardedStore {
    pub(super) gate: Arc<Gate>,
    pub(super) inner: Arc<dyn StoresServerSessions>,
}

impl StoresServerSessions for GuardedStore {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        let value = Zeroizing::new(value);
        match self.gate.seal(&value) {
            Some(mut sealed) => self.inner.put(key, std::mem::take(&mut *sealed)),
            None => false,
        }
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let sealed = self.inner.get(key)?;
        // Others may share the storage.
        let is_own = self.gate.is_own(&sealed);
        let session = self.gate.open(sealed);
        if session.is_none() && is_own {
            // It will not resume any more.
            drop(self.inner.take(key).map(Zeroizing::new));
        }
        session
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.gate.open(self.inner.take(key)?)
    }

    fn can_cache(&self) -> bool {
        self.inner.can_cache()
    }
}

/// A ticketer behind the gate.
#[derive(Debug)]
pub(super) struct GuardedTicketer {
    pub(super) gate: Arc<Gate>,
    pub(super) inner: Arc<dyn ProducesTickets>,
}

impl ProducesTickets for GuardedTicketer {
    fn enabled(&self) -> bool {
        self.inner.enabled()
    }

    fn lifetime(&self) -> u32 {
        let most = lifetime(&self.gate.verifier.load());
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        self.inner.lifetime().min(most)
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.inner.encrypt(&self.gate.seal(plain)?)
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        self.gate.open(self.inner.decrypt(cipher)?)
    }
}

/// Neither makes tickets nor accepts any.
#[derive(Debug)]
pub(super) struct NoTickets;

impl ProducesTickets for NoTickets {
    fn enabled(&self) -> bool {
        false
    }

    fn lifetime(&self) -> u32 {
        0
    }

    fn encrypt(&self, _plain: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn decrypt(&self, _cipher: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

#[cfg(all(test, feature = "ring"))]
mod tests {
    use rustls::server::{NoServerSessionStorage, ServerSessionMemoryCache};
    use rustls::time_provider::DefaultTimeProvider;

    use super::*;
    use crate::policy::Policy;
    use crate::support::{Authority, TestKey};
    use crate::trust::TrustAnchors;

    #[test]
    fn who_makes_no_tickets_takes_none() {
        assert!(!NoTickets.enabled());
        assert_eq!(NoTickets.lifetime(), 0);
        assert_eq!(NoTickets.encrypt(b"session"), None);
        assert_eq!(NoTickets.decrypt(b"ticket"), None);
    }

    #[test]
    fn a_storage_keeps_what_the_one_behind_it_keeps() {
        let root = Authority::root("Root", TestKey::ed25519(1));
        let anchors = TrustAnchors::from_pem(root.der).unwrap();
        let verifier = Verifier::builder(anchors, Policy::client())
            .build()
            .unwrap();
        let clients = PolicyClientCertVerifier::new(verifier).unwrap();
        let random = rustls::crypto::ring::default_provider().secure_random;
        let gate = Gate::new(&clients, random, Arc::new(DefaultTimeProvider)).unwrap();
        assert_eq!(format!("{gate:?}"), "Gate { .. }");
        let gate = Arc::new(gate);
        let guarded = |inner| GuardedStore {
            gate: gate.clone(),
            inner,
        };
        assert!(!guarded(Arc::new(NoServerSessionStorage {})).can_cache());
        assert!(guarded(ServerSessionMemoryCache::new(8)).can_cache());
    }
}
