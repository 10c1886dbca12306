//! A client's sessions, with the chains that their servers presented: rustls shows a store neither chain nor verdict.
//!
//! Which chain a ticket belongs to is not to be known, and a server may send it long after its handshake. So nothing is ever forgotten
//! that a ticket could belong to: under a name, all chains that were accepted since the beginning must be accepted still, and
//! where that would take too much memory, nothing resumes any more. Nobody but a server that was accepted can make a
//! ticket count; others can only make it not count.

use std::cell::Cell;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pki_types::{CertificateDer, ServerName};
use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::time_provider::TimeProvider;

use super::lifetime;
use crate::chain::PresentedChain;
use crate::live::LiveVerifier;
use crate::observer::Occasion;
use crate::peer::{Evidence, OcspStaple, Peer};
use crate::time::Time;

/// Sessions by server name; each resumes only if every chain that was accepted under that name is accepted again, by the clock
/// of the configuration that asks.
pub(super) struct ClientSessions {
    pub(super) clock: Arc<dyn TimeProvider>,
    pub(super) kept: Arc<KeptSessions>,
}

/// What all configurations of one verifier share.
pub(in crate::tls) struct KeptSessions {
    verifier: LiveVerifier,
    servers: Mutex<Servers>,
}

/// Most names with sessions, as in rustls's own store. With others nothing resumes.
const MOST_NAMES: usize = 256;

/// Most chains under one name: behind one may stand several servers, and their certificates change. With more nothing resumes.
const MOST_CHAINS: usize = 8;

/// Most octets of a chain, with its staple. With a longer one nothing resumes.
const MOST_OCTETS: usize = 8 * 1024;

/// Seconds from one refusal of the chains of a name to the next look at them.
const BETWEEN_REFUSALS: u64 = 60;

/// Most tickets under one name, as in rustls's own store.
const MOST_TICKETS: usize = 8;

type Servers = HashMap<ServerName<'static>, Server>;

#[derive(Default)]
struct Server {
    chains: Vec<Arc<Accepted>>,
    /// There were chains that are not among them.
    is_incomplete: bool,
    refused_at: Option<Time>,
    /// A chain was accepted since a TLS 1.2 session was stored last: the next one is another.
    is_new: Cell<bool>,
    group: Option<NamedGroup>,
    tls12: Option<Stored<Tls12ClientSessionValue>>,
    tls13: VecDeque<Stored<Tls13ClientSessionValue>>,
}

/// A chain that was accepted in a full handshake, and what was stapled.
struct Accepted {
    chain: Vec<CertificateDer<'static>>,
    staple: Option<Vec<u8>>,
    /// It was refused since, and counts again when it is accepted again.
    is_in_doubt: bool,
}

struct Stored<T> {
    at: Time,
    session: T,
}

impl Accepted {
    fn is(&self, chain: &PresentedChain<'_>) -> bool {
        let own = self.chain.iter().map(|der| der.as_ref());
        own.eq(certificates(chain))
    }
}

/// In the order presented.
fn certificates<'c>(chain: &'c PresentedChain<'_>) -> impl Iterator<Item = &'c [u8]> {
    let view = chain.view();
    let others = view.others.iter().map(|der| der.as_ref());
    std::iter::once(view.end_entity).chain(others)
}

impl KeptSessions {
    pub(in crate::tls) fn new(verifier: LiveVerifier) -> Self {
        Self {
            verifier,
            servers: Mutex::default(),
        }
    }

    /// Remembers a chain that was accepted for `name`.
    pub(in crate::tls) fn accepted(
        &self,
        name: &ServerName<'_>,
        chain: &PresentedChain<'_>,
        staple: &[u8],
    ) {
        let mut servers = self.servers();
        // As it mostly is: nothing is new, and nothing copied.
        let known = servers.get(name).and_then(|server| {
            let mut chains = server.chains.iter();
            chains.find(|known| known.is(chain))
        });
        let is_same = |known: &Arc<Accepted>| {
            !known.is_in_doubt && known.staple.as_deref().unwrap_or_default() == staple
        };
        if known.is_some_and(is_same) {
            if let Some(server) = servers.get(name) {
                server.is_new.set(true);
            }
            return;
        }
        let Some(server) = server_of(&mut servers, name.to_owned()) else {
            return;
        };
        server.is_new.set(true);
        let known = server.chains.iter().position(|known| known.is(chain));
        let octets =
            certificates(chain).fold(staple.len(), |sum, der| sum.saturating_add(der.len()));
        let has_room = known.is_some() || server.chains.len() < MOST_CHAINS;
        if octets > MOST_OCTETS || !has_room {
            server.is_incomplete = true;
            server.forget_sessions();
            return;
        }
        let accepted = Accepted {
            chain: certificates(chain)
                .map(|der| CertificateDer::from(der.to_vec()))
                .collect(),
            staple: (!staple.is_empty()).then(|| staple.to_vec()),
            is_in_doubt: false,
        };
        // The same chain with what is stapled now.
        if let Some(known) = known {
            server.chains.remove(known);
        }
        server.chains.push(Arc::new(accepted));
    }

    /// After a refusal nothing resumes under this name that was stored before. If the chain is known, nothing does that is stored
    /// later either, until it is accepted again: what was stapled now may have revoked it. Nothing is kept of what was presented, for
    /// anybody can present it.
    pub(in crate::tls) fn refused(&self, name: &ServerName<'_>, chain: &PresentedChain<'_>) {
        let mut servers = self.servers();
        if servers.get(name).is_none() {
            return;
        }
        let Some(server) = servers.get_mut(&name.to_owned()) else {
            return;
        };
        server.forget_sessions();
        let known = server.chains.iter_mut().find(|known| known.is(chain));
        if let Some(known) = known.filter(|known| !known.is_in_doubt) {
            *known = Arc::new(Accepted {
                chain: known.chain.clone(),
                staple: known.staple.clone(),
                is_in_doubt: true,
            });
        }
    }

    /// Whether every one of these chains is accepted now.
    fn accepts(&self, name: &ServerName<'_>, chains: &[Arc<Accepted>], now: Time) -> bool {
        let verifier = self.verifier.load();
        chains.iter().all(|accepted| {
            let Some((end_entity, others)) = accepted.chain.split_first() else {
                return false;
            };
            if accepted.is_in_doubt {
                return false;
            }
            let chain = PresentedChain::new(end_entity, others);
            let evidence = Evidence {
                ocsp: match &accepted.staple {
                    Some(response) => OcspStaple::Given(response),
                    None => OcspStaple::Absent,
                },
            };
            let peer = Peer::Server(name);
            verifier
                .judge_on(Occasion::Resumption, &chain, peer, evidence, now)
                .is_ok()
        })
    }

    /// What `find` takes of a server that may be resumed with now, if it is not too old; what is in the way is forgotten.
    fn resumable<T>(
        &self,
        name: &ServerName<'_>,
        now: Time,
        find: impl Fn(&mut Server) -> Option<Stored<T>>,
    ) -> Option<Stored<T>> {
        let chains = {
            let servers = self.servers();
            let server = servers.get(name)?;
            let is_refused = server.refused_at.is_some_and(|refused_at| {
                now >= refused_at && now.seconds_since(refused_at) < BETWEEN_REFUSALS
            });
            if is_refused || !server.has_sessions() {
                return None;
            }
            server.chains.clone()
        };
        let accepts = self.accepts(name, &chains, now);
        let most = lifetime(&self.verifier.load());
        let mut servers = self.servers();
        let server = servers.get_mut(&name.to_owned())?;
        if !accepts {
            server.refused_at = Some(now);
            server.forget_sessions();
            return None;
        }
        server.refused_at = None;
        // Another thread may have brought a chain that was not judged here.
        let is_same = |(own, judged): (&Arc<_>, &Arc<_>)| Arc::ptr_eq(own, judged);
        if server.chains.len() != chains.len() || !server.chains.iter().zip(&chains).all(is_same) {
            return None;
        }
        while let Some(stored) = find(server) {
            if now >= stored.at && now.seconds_since(stored.at) <= most {
                return Some(stored);
            }
        }
        None
    }

    /// Sessions are stored only where every chain is known that they could belong to.
    fn store(&self, name: &ServerName<'static>, put: impl FnOnce(&mut Server)) {
        let mut servers = self.servers();
        if let Some(server) = servers.get_mut(name) {
            if !server.is_incomplete && !server.chains.is_empty() {
                put(server);
            }
        }
    }

    fn servers(&self) -> MutexGuard<'_, Servers> {
        // What a panic left behind is forgotten or kept whole.
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server of this name; `None` if it is one too many.
fn server_of<'s>(servers: &'s mut Servers, name: ServerName<'static>) -> Option<&'s mut Server> {
    let has_room = servers.len() < MOST_NAMES;
    match servers.entry(name) {
        Entry::Occupied(known) => Some(known.into_mut()),
        Entry::Vacant(place) => has_room.then(|| place.insert(Server::default())),
    }
}

impl Server {
    fn has_sessions(&self) -> bool {
        self.tls12.is_some() || !self.tls13.is_empty()
    }

    fn forget_sessions(&mut self) {
        self.tls12 = None;
        self.tls13.clear();
    }
}

impl ClientSessions {
    fn now(&self) -> Option<Time> {
        self.clock.current_time().map(Time::from)
    }
}

impl ClientSessionStore for ClientSessions {
    fn set_kx_hint(&self, server_name: ServerName<'static>, group: NamedGroup) {
        if let Some(server) = server_of(&mut self.kept.servers(), server_name) {
            server.group = Some(group);
        }
    }

    fn kx_hint(&self, server_name: &ServerName<'_>) -> Option<NamedGroup> {
        self.kept.servers().get(server_name)?.group
    }

    fn set_tls12_session(&self, server_name: ServerName<'static>, value: Tls12ClientSessionValue) {
        let Some(at) = self.now() else { return };
        // rustls stores a session anew whenever it has resumed: it is the same, and keeps its age.
        self.kept.store(&server_name, |server| {
            let before = server.tls12.take().map(|stored| stored.at);
            let is_new = server.is_new.take();
            server.tls12 = before
                .filter(|_| !is_new)
                .or_else(|| is_new.then_some(at))
                .map(|at| Stored { at, session: value });
        });
    }

    fn tls12_session(&self, server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        let now = self.now()?;
        let find = |server: &mut Server| server.tls12.take();
        let stored = self.kept.resumable(server_name, now, find)?;
        let session = stored.session.clone();
        if let Some(server) = self.kept.servers().get_mut(&server_name.to_owned()) {
            // Unless another thread was faster.
            server.tls12.get_or_insert(stored);
        }
        Some(session)
    }

    fn remove_tls12_session(&self, server_name: &ServerName<'static>) {
        if let Some(server) = self.kept.servers().get_mut(server_name) {
            server.tls12 = None;
        }
    }

    fn insert_tls13_ticket(
        &self,
        server_name: ServerName<'static>,
        value: Tls13ClientSessionValue,
    ) {
        let Some(at) = self.now() else { return };
        self.kept.store(&server_name, |server| {
            if server.tls13.len() >= MOST_TICKETS {
                server.tls13.pop_front();
            }
            server.tls13.push_back(Stored { at, session: value });
        });
    }

    fn take_tls13_ticket(
        &self,
        server_name: &ServerName<'static>,
    ) -> Option<Tls13ClientSessionValue> {
        let now = self.now()?;
        let find = |server: &mut Server| server.tls13.pop_back();
        let stored = self.kept.resumable(server_name, now, find);
        stored.map(|stored| stored.session)
    }
}

impl fmt::Debug for ClientSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSessions").finish_non_exhaustive()
    }
}

impl fmt::Debug for KeptSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptSessions").finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "ring"))]
mod tests {
    use rustls::time_provider::DefaultTimeProvider;

    use super::*;
    use crate::policy::Policy;
    use crate::support::{Authority, CertificateBuilder, Name, TestKey, oids};
    use crate::trust::TrustAnchors;
    use crate::verify::Verifier;

    /// Whoever may present a chain can have it refused: then it does not count, until it is accepted again.
    #[test]
    fn a_chain_that_was_refused_counts_when_it_is_accepted_again() {
        let root = Authority::root("Root", TestKey::ed25519(1));
        let anchors = TrustAnchors::from_pem(&root.der).unwrap();
        let verifier = Verifier::builder(anchors, Policy::server()).build();
        let kept = KeptSessions::new(verifier.unwrap().into());
        let key = TestKey::ed25519(2);
        let builder = CertificateBuilder::end_entity(Name::cn("server"), key.spki());
        let builder = builder.eku(&[oids::SERVER_AUTH]).dns(&["a.example"]);
        let der = CertificateDer::from(root.issue(builder));
        let chain = PresentedChain::new(&der, &[]);
        let name = ServerName::try_from("a.example").unwrap();
        // 2026-06-01T00:00:00Z
        let now = Time::from_unix_seconds(1_780_272_000);
        let accepts = || {
            let chains = kept.servers().get(&name).unwrap().chains.clone();
            (kept.accepts(&name, &chains, now), chains.len())
        };
        for staple in [&b""[..], b"stapled"] {
            kept.accepted(&name, &chain, staple);
            let as_it_is = accepts();
            kept.refused(&name, &chain);
            assert_eq!(accepts(), (false, 1));
            kept.accepted(&name, &chain, staple);
            assert_eq!(accepts(), as_it_is);
        }
        kept.accepted(&name, &chain, b"");
        assert_eq!(accepts(), (true, 1));
    }

    /// It saves a client a round trip.
    #[test]
    fn the_group_that_a_server_took_is_remembered() {
        let root = Authority::root("Root", TestKey::ed25519(1));
        let anchors = TrustAnchors::from_pem(root.der).unwrap();
        let verifier = Verifier::builder(anchors, Policy::server())
            .build()
            .unwrap();
        let sessions = ClientSessions {
            clock: Arc::new(DefaultTimeProvider),
            kept: Arc::new(KeptSessions::new(verifier.into())),
        };
        let name = |name| ServerName::try_from(name).unwrap();
        sessions.set_kx_hint(name("a.example"), NamedGroup::secp384r1);
        let hint = |of| sessions.kx_hint(&name(of));
        assert_eq!(hint("a.example"), Some(NamedGroup::secp384r1));
        assert_eq!(hint("b.example"), None);
        let text = format!("{sessions:?} {:?}", sessions.kept);
        assert_eq!(text, "ClientSessions { .. } KeptSessions { .. }");
    }
}
