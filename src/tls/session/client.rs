//! A client's sessions, with the chains that their servers presented: rustls shows a store neither chain nor verdict.

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

/// Sessions by server name; each resumes only if every chain that was accepted under that name is accepted again.
pub(in crate::tls) struct ClientSessions {
    verifier: LiveVerifier,
    clock: Arc<dyn TimeProvider>,
    servers: Mutex<Servers>,
}

/// Most names with sessions, as in rustls's own store.
const MOST_NAMES: usize = 256;

/// Most chains that are remembered under one name: behind one may stand several servers.
const MOST_CHAINS: usize = 4;

/// Most octets of a chain, with its staple, that is remembered: without it nothing resumes.
const MOST_OCTETS: usize = 16 * 1024;

/// Most tickets under one name, as in rustls's own store.
const MOST_TICKETS: usize = 8;

#[derive(Default)]
struct Servers {
    by_name: HashMap<ServerName<'static>, Server>,
    /// Counts uses, to tell the name that was used last longest ago.
    uses: u64,
}

#[derive(Default)]
struct Server {
    last_use: u64,
    chains: Vec<Arc<Accepted>>,
    group: Option<NamedGroup>,
    tls12: Option<Stored<Tls12ClientSessionValue>>,
    tls13: VecDeque<Stored<Tls13ClientSessionValue>>,
}

/// A chain that was accepted in a full handshake, and what was stapled.
struct Accepted {
    chain: Vec<CertificateDer<'static>>,
    staple: Option<Vec<u8>>,
}

struct Stored<T> {
    at: Time,
    session: T,
}

impl ClientSessions {
    pub(in crate::tls) fn new(verifier: LiveVerifier, clock: Arc<dyn TimeProvider>) -> Self {
        Self {
            verifier,
            clock,
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
        let view = chain.view();
        let others = view.others.iter().map(|der| der.as_ref());
        let all = std::iter::once(view.end_entity).chain(others);
        let octets = all
            .clone()
            .fold(staple.len(), |sum, der| sum.saturating_add(der.len()));
        let mut servers = self.servers();
        let server = servers.of(name.to_owned());
        if octets > MOST_OCTETS {
            // Its sessions would pass for those of the chains that are remembered.
            server.forget();
            server.chains.clear();
            server.chains.push(Arc::new(Accepted::unknown()));
            return;
        }
        let accepted = Accepted {
            chain: all.map(|der| CertificateDer::from(der.to_vec())).collect(),
            staple: (!staple.is_empty()).then(|| staple.to_vec()),
        };
        server.chains.retain(|known| known.chain != accepted.chain);
        if server.chains.len() >= MOST_CHAINS {
            server.forget();
            server.chains.clear();
        }
        server.chains.push(Arc::new(accepted));
    }

    /// Whether every chain that was accepted under this name is accepted now.
    fn accepts(&self, name: &ServerName<'_>, now: Time) -> bool {
        let chains = {
            let servers = self.servers();
            match servers.by_name.get(name) {
                Some(server) => server.chains.clone(),
                None => return false,
            }
        };
        let verifier = self.verifier.load();
        !chains.is_empty()
            && chains.iter().all(|accepted| {
                let Some((end_entity, others)) = accepted.chain.split_first() else {
                    return false;
                };
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

    /// What `find` gives of a server that may be resumed with now, if it is not too old; what is in the way is forgotten.
    fn resumable<T>(
        &self,
        name: &ServerName<'_>,
        find: impl Fn(&mut Server) -> Option<Stored<T>>,
    ) -> Option<Stored<T>> {
        let has_any = {
            let servers = self.servers();
            let server = servers.by_name.get(name);
            server.is_some_and(|server| server.tls12.is_some() || !server.tls13.is_empty())
        };
        if !has_any {
            return None;
        }
        let now = Time::from(self.clock.current_time()?);
        let accepts = self.accepts(name, now);
        let most = lifetime(&self.verifier.load());
        let mut servers = self.servers();
        let server = servers.by_name.get_mut(&name.to_owned())?;
        if !accepts {
            server.forget();
            return None;
        }
        while let Some(stored) = find(server) {
            if now >= stored.at && now.seconds_since(stored.at) <= most {
                return Some(stored);
            }
        }
        None
    }

    fn store(&self, name: ServerName<'static>, put: impl FnOnce(&mut Server, Time)) {
        let Some(now) = self.clock.current_time() else {
            return;
        };
        put(self.servers().of(name), now.into());
    }

    fn servers(&self) -> MutexGuard<'_, Servers> {
        // What a panic left behind is forgotten or kept whole.
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Servers {
    /// The server of this name, now used last.
    fn of(&mut self, name: ServerName<'static>) -> &mut Server {
        self.uses = self.uses.saturating_add(1);
        if self.by_name.len() >= MOST_NAMES && !self.by_name.contains_key(&name) {
            let oldest = self
                .by_name
                .iter()
                .min_by_key(|(_, server)| server.last_use);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.by_name.remove(&oldest);
            }
        }
        let server = self.by_name.entry(name).or_default();
        server.last_use = self.uses;
        server
    }
}

impl Server {
    /// Forgets its sessions.
    fn forget(&mut self) {
        self.tls12 = None;
        self.tls13.clear();
    }
}

impl Accepted {
    /// In the place of one that is too large: it is never accepted again.
    fn unknown() -> Self {
        Self {
            chain: Vec::new(),
            staple: None,
        }
    }
}

impl ClientSessionStore for ClientSessions {
    fn set_kx_hint(&self, server_name: ServerName<'static>, group: NamedGroup) {
        self.servers().of(server_name).group = Some(group);
    }

    fn kx_hint(&self, server_name: &ServerName<'_>) -> Option<NamedGroup> {
        self.servers().by_name.get(server_name)?.group
    }

    fn set_tls12_session(&self, server_name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.store(server_name, |server, at| {
            server.tls12 = Some(Stored { at, session: value });
        });
    }

    fn tls12_session(&self, server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        let stored = self.resumable(server_name, |server| server.tls12.take())?;
        let session = stored.session.clone();
        if let Some(server) = self.servers().by_name.get_mut(&server_name.to_owned()) {
            // Unless another thread was faster.
            server.tls12.get_or_insert(stored);
        }
        Some(session)
    }

    fn remove_tls12_session(&self, server_name: &ServerName<'static>) {
        if let Some(server) = self.servers().by_name.get_mut(server_name) {
            server.tls12 = None;
        }
    }

    fn insert_tls13_ticket(
        &self,
        server_name: ServerName<'static>,
        value: Tls13ClientSessionValue,
    ) {
        self.store(server_name, |server, at| {
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
        let stored = self.resumable(server_name, |server| server.tls13.pop_back());
        stored.map(|stored| stored.session)
    }
}

impl fmt::Debug for ClientSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSessions").finish_non_exhaustive()
    }
}
