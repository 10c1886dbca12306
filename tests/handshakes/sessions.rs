//! Sessions that resume, over sixty days of simulated time: only as long as the policy would accept the peer anew.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[cfg(not(feature = "ring"))]
use rustls::crypto::aws_lc_rs::Ticketer;
#[cfg(feature = "ring")]
use rustls::crypto::ring::Ticketer;
use rustls::server::{
    NoServerSessionStorage, ProducesTickets, ServerSessionMemoryCache, StoresServerSessions,
};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, HandshakeKind, ServerConfig};
use rustls_policy_verifier::pki_types::UnixTime;
use rustls_policy_verifier::{
    Crl, Judgement, LiveVerifier, Observer, Occasion, Pin, PinPosition, Pins, Policy,
    PolicyClientCertVerifier, PolicyServerCertVerifier, PolicyServerConfig, RevocationCheck, Role,
    Span, TlsVersion, TrustAnchors, VerifierBuilder, WithPolicy, forbid_resumption,
    protect_sessions, rustls,
};

use crate::kit::{HOST, NOW, Own, Pki, VERSIONS, Version, connect, provider, rules};
use crate::support::{Authority, CrlBuilder, OcspBuilder, SingleBuilder, TestKey, oids, serial_of};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// A clock that tests set.
#[derive(Clone, Debug)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(NOW)))
    }

    fn now(&self) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(self.0.load(Ordering::SeqCst)))
    }

    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.now())
    }
}

/// How a server keeps sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeping {
    Tickets,
    Store,
}

/// Every way in which sessions resume.
fn modes() -> impl Iterator<Item = (Version, Keeping)> {
    let keeping = [Keeping::Tickets, Keeping::Store];
    VERSIONS
        .into_iter()
        .flat_map(move |version| keeping.map(|keeping| (version, keeping)))
}

/// Which side's verifier is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protected {
    Client,
    Server,
    Neither,
}

/// A client and a server that meet again and again.
struct Pair {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

fn pair(
    clock: &Clock,
    (version, keeping): (Version, Keeping),
    protected: Protected,
    servers: &PolicyServerCertVerifier,
    clients: &PolicyClientCertVerifier,
    (server, client): (Own, Own),
) -> Pair {
    let clocked = || Arc::new(clock.clone());
    let mut server = ServerConfig::builder_with_details(provider(), clocked())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(Arc::new(clients.clone()))
        .with_single_cert_with_ocsp(server.chain, server.key, server.staple.unwrap_or_default())
        .unwrap();
    if keeping == Keeping::Tickets {
        server.ticketer = Ticketer::new().unwrap();
        server.session_storage = Arc::new(NoServerSessionStorage {});
    }
    let mut client = client_of(clock, version, servers, client);
    match protected {
        Protected::Client => protect_sessions(&mut client, servers),
        Protected::Server => protect_sessions(&mut server, clients),
        Protected::Neither => {}
    }
    Pair {
        client: Arc::new(client),
        server: Arc::new(server),
    }
}

/// What judges servers, and what judges clients.
fn judges(
    pki: &Pki,
    of_servers: Policy,
    of_clients: Policy,
) -> (PolicyServerCertVerifier, PolicyClientCertVerifier) {
    let verifier = |policy| pki.verifier(policy).build().unwrap();
    (
        PolicyServerCertVerifier::new(verifier(of_servers)).unwrap(),
        PolicyClientCertVerifier::new(verifier(of_clients)).unwrap(),
    )
}

/// For servers' staples alone.
fn judging_staples() -> Policy {
    let mut policy = Policy::server();
    policy.revocation.enforce().check = RevocationCheck::EndEntity;
    policy
}

/// `own`, with what its CA says of it within a minute before now stapled.
fn stapled(pki: &Pki, own: &Own, change: impl FnOnce(SingleBuilder) -> SingleBuilder) -> Own {
    let now = i64::try_from(NOW).unwrap();
    let single = SingleBuilder::good(&pki.issuing, &serial_of(&own.chain[0]));
    let response = OcspBuilder::new()
        .produced_at(now - 60)
        .single(change(single));
    Own {
        staple: Some(pki.issuing.ocsp(response)),
        ..own.clone()
    }
}

/// A client's configuration built by hand, not protected.
fn client_of(
    clock: &Clock,
    version: Version,
    servers: &PolicyServerCertVerifier,
    own: Own,
) -> ClientConfig {
    ClientConfig::builder_with_details(provider(), Arc::new(clock.clone()))
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(servers.clone()))
        .with_client_auth_cert(own.chain, own.key)
        .unwrap()
}

impl Pair {
    /// The kind of handshake, or the rules for which the side that judges `role` refused.
    fn meet(&self, role: Role) -> Result<HandshakeKind, Vec<String>> {
        let outcome = connect(&self.client, &self.server, HOST);
        let judging = match role {
            Role::Client => outcome.server,
            Role::Server => outcome.client,
        };
        match judging {
            Ok(established) => Ok(established.kind),
            Err(error) => Err(rules(&error)),
        }
    }
}

/// What happens to the peer that is judged on the thirtieth day.
struct Event {
    name: &'static str,
    /// The peer's certificate ends then.
    expires: bool,
    /// The policy from the beginning.
    policy: fn(&mut Policy, &Own, Ends),
    /// What is put in place of the verifier then.
    replacement: Option<Next>,
    /// The rules that refuse from then on; none: nothing changes.
    refused_for: &'static [&'static str],
}

/// What follows on the verifier in use, for the judged peer, with the policy from the beginning.
type Next = fn(&LiveVerifier, &Pki, &Own, Policy) -> VerifierBuilder;

/// The last day before the event.
type Ends = &'static str;

/// Thirty days after the beginning.
const ENDS: Ends = "2026-06-30";
const EVENT: u64 = NOW + 30 * DAY;

fn events() -> Vec<Event> {
    let nothing = Event {
        name: "nothing",
        expires: false,
        policy: |_, _, _| {},
        replacement: None,
        refused_for: &[],
    };
    vec![
        Event {
            name: "the certificate expires",
            expires: true,
            refused_for: &["chain", "validity-period"],
            ..nothing
        },
        Event {
            name: "the certificate is revoked",
            policy: |policy, _, _| {
                policy.revocation.enforce().check = RevocationCheck::EndEntity;
            },
            replacement: Some(|live, pki, own, policy| {
                let revoked = CrlBuilder::new()
                    .number(2)
                    .revoke(&serial_of(&own.chain[0]));
                live.successor(pki.anchors(), policy)
                    .crls([crl_of(&pki.issuing, revoked)])
            }),
            refused_for: &["revocation"],
            ..nothing
        },
        Event {
            name: "the trust anchor goes",
            replacement: Some(|live, _, _, policy| {
                let other = Authority::root("Other Root", TestKey::ed25519(9));
                let anchors = TrustAnchors::new().with_pem("acme", &other.der).unwrap();
                live.successor(anchors, policy)
            }),
            refused_for: &["chain"],
            ..nothing
        },
        Event {
            name: "the policy becomes stricter",
            replacement: Some(|live, pki, _, mut policy| {
                policy.minimum_key_size.end_entity.ed25519 = false;
                live.successor(pki.anchors(), policy)
            }),
            refused_for: &["minimum-key-size"],
            ..nothing
        },
        Event {
            name: "the pin ends",
            policy: |policy, own, ends| {
                let digest = ring::digest::digest(&ring::digest::SHA256, &own.chain[0]);
                let pin = Pin::CertificateSha256(digest.as_ref().try_into().unwrap());
                let mut pins = Pins::new([pin]);
                pins.position = PinPosition::EndEntity;
                pins.expires = Some(ends.parse().unwrap());
                policy.pin = pins.into();
            },
            refused_for: &["pin"],
            ..nothing
        },
        nothing,
    ]
}

fn crl_of(issuer: &Authority, crl: CrlBuilder) -> Crl {
    let until = i64::try_from(NOW + 365 * DAY).unwrap();
    let der = crl.next_update(until).signed_by(&issuer.issuer());
    Crl::from_der(der).unwrap()
}

/// What is judged, and by what.
struct Scene {
    pki: Pki,
    /// The peer whose certificates are judged, and the one that judges.
    judged: Own,
    judging: Own,
    policy: Policy,
    live: LiveVerifier,
}

impl Scene {
    fn new(role: Role, event: &Event) -> Self {
        let pki = Pki::new();
        let purpose = |role| match role {
            Role::Server => [oids::SERVER_AUTH],
            Role::Client => [oids::CLIENT_AUTH],
        };
        let other = match role {
            Role::Server => Role::Client,
            Role::Client => Role::Server,
        };
        let begin = i64::try_from(NOW - DAY).unwrap();
        let end = if event.expires {
            i64::try_from(EVENT - 1).unwrap()
        } else {
            i64::try_from(NOW + 365 * DAY).unwrap()
        };
        let judged = pki.own(&TestKey::ed25519(6), &purpose(role), |it| {
            it.validity(begin, end)
        });
        let judging = pki.own(&TestKey::ed25519(5), &purpose(other), |it| it);
        let mut policy = Policy::for_role(role);
        (event.policy)(&mut policy, &judged, ENDS);
        let mut builder = pki.verifier(policy.clone());
        if policy != Policy::for_role(role) && event.name.contains("revoked") {
            let empty = CrlBuilder::new().number(1);
            builder = builder.crls([crl_of(&pki.issuing, empty)]);
        }
        let since = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
        let live = LiveVerifier::new(builder.build().unwrap(), since);
        Self {
            pki,
            judged,
            judging,
            policy,
            live,
        }
    }

    /// Both peers; the one that is not judged finds everything right.
    fn pair(&self, role: Role, clock: &Clock, mode: (Version, Keeping), protected: bool) -> Pair {
        let other = |policy| self.pki.verifier(policy).build().unwrap();
        let (judged, judging) = (self.judged.clone(), self.judging.clone());
        match role {
            Role::Client => pair(
                clock,
                mode,
                if protected {
                    Protected::Server
                } else {
                    Protected::Neither
                },
                &PolicyServerCertVerifier::new(other(Policy::server())).unwrap(),
                &PolicyClientCertVerifier::new(self.live.clone()).unwrap(),
                (judging, judged),
            ),
            Role::Server => pair(
                clock,
                mode,
                if protected {
                    Protected::Client
                } else {
                    Protected::Neither
                },
                &PolicyServerCertVerifier::new(self.live.clone()).unwrap(),
                &PolicyClientCertVerifier::new(other(Policy::client())).unwrap(),
                (judged, judging),
            ),
        }
    }

    fn happens(&self, event: &Event, clock: &Clock) {
        if let Some(replacement) = event.replacement {
            let next = replacement(&self.live, &self.pki, &self.judged, self.policy.clone());
            self.live.replace(next, clock.now()).unwrap();
        }
    }
}

/// Between two connections: shorter than sessions last.
const APART: u64 = 10 * HOUR;

/// Whether a session that resumes makes another: in TLS 1.2 it is the same, also where it is stored anew.
fn renews((version, _): (Version, Keeping)) -> bool {
    version.version != rustls::ProtocolVersion::TLSv1_2
}

/// Sixty days of reconnecting, in every way in which sessions resume: what ends the peer's acceptance ends resumption at once.
fn sixty_days(role: Role) {
    for event in events() {
        for mode in modes() {
            let what = format!("{}, {mode:?}", event.name);
            let clock = Clock::new();
            let scene = Scene::new(role, &event);
            let pair = scene.pair(role, &clock, mode, true);
            assert_eq!(pair.meet(role), Ok(HandshakeKind::Full), "{what}");
            let (mut happened, mut stored) = (false, NOW);
            while clock.now().as_secs() < NOW + 60 * DAY {
                clock.advance(APART);
                let now = clock.now().as_secs();
                if !happened && now >= EVENT {
                    happened = true;
                    scene.happens(&event, &clock);
                }
                let kind = if now - stored <= 12 * HOUR {
                    HandshakeKind::Resumed
                } else {
                    HandshakeKind::Full
                };
                let expected = if happened && !event.refused_for.is_empty() {
                    let refused_for = event.refused_for.iter();
                    Err(refused_for.map(|rule| (*rule).to_owned()).collect())
                } else {
                    Ok(kind)
                };
                let day = (now - NOW) / DAY;
                assert_eq!(pair.meet(role), expected, "{what}, day {day}");
                if expected.is_err() {
                    break;
                }
                if kind == HandshakeKind::Full || renews(mode) {
                    stored = now;
                }
            }
            assert!(happened, "{what}");
        }
    }
}

#[test]
fn what_ends_a_clients_acceptance_ends_its_resumption() {
    sixty_days(Role::Client);
}

#[test]
fn what_ends_a_servers_acceptance_ends_its_resumption() {
    sixty_days(Role::Server);
}

/// The control: rustls by itself resumes for as long as somebody comes back.
#[test]
fn without_protection_an_expired_peer_goes_on_resuming() {
    let event = events().remove(0);
    for role in [Role::Client, Role::Server] {
        for mode in modes() {
            let clock = Clock::new();
            let pair = Scene::new(role, &event).pair(role, &clock, mode, false);
            assert_eq!(pair.meet(role), Ok(HandshakeKind::Full));
            while clock.now().as_secs() < NOW + 60 * DAY {
                clock.advance(APART);
                let kind = pair.meet(role);
                assert_eq!(kind, Ok(HandshakeKind::Resumed), "{role} {mode:?}");
            }
        }
    }
}

/// A session that is older than twelve hours does not resume, whatever a ticket or store would allow.
#[test]
fn sessions_resume_for_twelve_hours() {
    let event = events().pop().unwrap();
    for role in [Role::Client, Role::Server] {
        for mode in modes() {
            for (age, kind) in [
                (12 * HOUR, HandshakeKind::Resumed),
                (12 * HOUR + 1, HandshakeKind::Full),
            ] {
                let clock = Clock::new();
                let pair = Scene::new(role, &event).pair(role, &clock, mode, true);
                assert_eq!(pair.meet(role), Ok(HandshakeKind::Full));
                clock.advance(age);
                assert_eq!(pair.meet(role), Ok(kind), "{role} {mode:?} after {age} s");
            }
        }
    }
}

/// Sessions of 300 seconds, as partners ask: of what one-call constructors build, nothing resumes after that, tickets neither.
#[test]
fn sessions_resume_for_as_long_as_the_policy_says() {
    let pki = Pki::new();
    for (version, keeping) in modes() {
        for role in [Role::Client, Role::Server] {
            let (full, resumed) = (HandshakeKind::Full, HandshakeKind::Resumed);
            // A session that resumed is the same in TLS 1.2, and another in TLS 1.3.
            let after_all = if renews((version, keeping)) {
                resumed
            } else {
                full
            };
            for ages in [
                &[(300, resumed)][..],
                &[(301, full)],
                &[(200, resumed), (200, after_all)],
                &[
                    (100, resumed),
                    (100, resumed),
                    (100, resumed),
                    (1, after_all),
                ],
                &[(200, resumed), (301, full), (300, resumed)],
            ] {
                let clock = Clock::new();
                let mut policies = [Policy::server(), Policy::client()];
                for policy in &mut policies {
                    if policy.role == role {
                        policy.tls.session_lifetime = Some(Span::Seconds(300));
                    }
                }
                let [of_servers, mut of_clients] = policies;
                of_clients.tls.tickets = keeping == Keeping::Tickets;
                let clocked = || Arc::new(clock.clone());
                let server = ServerConfig::builder_with_details(provider(), clocked())
                    .with_protocol_versions(&[version])
                    .unwrap()
                    .with_policy(pki.anchors(), of_clients)
                    .unwrap();
                let server = match keeping {
                    Keeping::Tickets => server.ticketer(Ticketer::new().unwrap()).unwrap(),
                    Keeping::Store => server.session_storage(ServerSessionMemoryCache::new(8)),
                };
                let own = pki.server();
                let server = server.with_single_cert(own.chain, own.key).unwrap();
                assert_eq!(server.ticketer.enabled(), keeping == Keeping::Tickets);
                if server.ticketer.enabled() && role == Role::Client {
                    assert_eq!(server.ticketer.lifetime(), 300);
                }
                let own = pki.client();
                let client = ClientConfig::builder_with_details(provider(), clocked())
                    .with_protocol_versions(&[version])
                    .unwrap()
                    .with_policy(pki.anchors(), of_servers)
                    .unwrap()
                    .with_client_auth_cert(own.chain, own.key)
                    .unwrap();
                let pair = Pair {
                    client: Arc::new(client),
                    server: Arc::new(server),
                };
                assert_eq!(pair.meet(role), Ok(full));
                for (after, kind) in ages {
                    clock.advance(*after);
                    let what = format!("{role} {version:?} {keeping:?} of {ages:?}");
                    assert_eq!(pair.meet(role), Ok(*kind), "{what}");
                }
            }
        }
    }
}

/// A replaced policy's lifetime holds for the sessions that there are.
#[test]
fn a_shorter_lifetime_holds_for_sessions_that_there_are() {
    let event = events().pop().unwrap();
    for role in [Role::Client, Role::Server] {
        for mode in modes() {
            let clock = Clock::new();
            let scene = Scene::new(role, &event);
            let pair = scene.pair(role, &clock, mode, true);
            assert_eq!(pair.meet(role), Ok(HandshakeKind::Full));
            clock.advance(HOUR);
            let mut policy = scene.policy.clone();
            policy.tls.session_lifetime = Some(Span::Seconds(HOUR - 1));
            let next = scene.live.successor(scene.pki.anchors(), policy);
            scene.live.replace(next, clock.now()).unwrap();
            assert_eq!(pair.meet(role), Ok(HandshakeKind::Full), "{role} {mode:?}");
            assert_eq!(
                pair.meet(role),
                Ok(HandshakeKind::Resumed),
                "{role} {mode:?}"
            );
        }
    }
}

#[test]
fn a_ticketer_that_the_policy_does_not_allow_is_a_build_error() {
    let builder = ServerConfig::builder_with_details(provider(), Arc::new(Clock::new()));
    let builder = builder.with_protocol_versions(&VERSIONS).unwrap();
    let config = builder.with_policy(Pki::new().anchors(), Policy::client());
    let error = config.unwrap().ticketer(Ticketer::new().unwrap());
    assert_eq!(
        error.unwrap_err().to_string(),
        "policy setting `tls.tickets`: is false, and a ticketer is given: set it to true, or leave the ticketer out"
    );
}

/// Tickets need a ticketer, and which one is the program's to say.
#[test]
fn a_policy_with_tickets_asks_for_a_ticketer() {
    let config = |tickets| {
        let mut policy = Policy::client();
        policy.tls.tickets = tickets;
        PolicyServerConfig::from_policy(&provider(), Pki::new().anchors(), policy).unwrap()
    };
    let last_line = |config: &PolicyServerConfig| {
        let report = config.tls_report().unwrap().to_string();
        report.lines().last().unwrap_or_default().to_owned()
    };
    let words =
        "`tickets` are allowed, and there is no ticketer: sessions stay in the server's memory";
    assert_eq!(last_line(&config(true)), words);
    assert_ne!(last_line(&config(false)), words);
    let with_one = config(true).ticketer(Ticketer::new().unwrap()).unwrap();
    assert_ne!(last_line(&with_one), words);
}

/// A session from a time that is still to come is not one.
#[test]
fn sessions_from_the_future_do_not_resume() {
    let event = events().pop().unwrap();
    for role in [Role::Client, Role::Server] {
        for mode in modes() {
            let clock = Clock::new();
            let pair = Scene::new(role, &event).pair(role, &clock, mode, true);
            assert_eq!(pair.meet(role), Ok(HandshakeKind::Full));
            clock.0.fetch_sub(1, Ordering::SeqCst);
            assert_eq!(pair.meet(role), Ok(HandshakeKind::Full), "{role} {mode:?}");
        }
    }
}

/// A store or ticketer that several configurations share.
#[derive(Clone)]
struct Shared {
    store: Arc<dyn StoresServerSessions>,
    ticketer: Arc<dyn ProducesTickets>,
}

fn sharing(
    shared: &Shared,
    (version, keeping): (Version, Keeping),
    clients: &PolicyClientCertVerifier,
    protect: bool,
) -> Arc<ServerConfig> {
    let own = Pki::new().server();
    let mut config = ServerConfig::builder_with_details(provider(), Arc::new(Clock::new()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(Arc::new(clients.clone()))
        .with_single_cert(own.chain, own.key)
        .unwrap();
    match keeping {
        Keeping::Store => config.session_storage = shared.store.clone(),
        Keeping::Tickets => {
            config.ticketer = shared.ticketer.clone();
            config.session_storage = Arc::new(NoServerSessionStorage {});
        }
    }
    if protect {
        protect_sessions(&mut config, clients);
    }
    Arc::new(config)
}

/// A session of one verifier does not resume under another's policy, unless they are said to be one.
#[test]
fn sessions_do_not_cross_verifiers() {
    let pki = Pki::new();
    let clients = || {
        let verifier = pki.verifier(Policy::client()).build().unwrap();
        PolicyClientCertVerifier::new(verifier).unwrap()
    };
    let (one, other) = ([1; 16], [2; 16]);
    for mode in modes() {
        let shared = Shared {
            store: ServerSessionMemoryCache::new(256),
            ticketer: Ticketer::new().unwrap(),
        };
        let server = |id: Option<[u8; 16]>, protect| {
            let clients = match id {
                Some(id) => clients().share_sessions(id),
                None => clients(),
            };
            sharing(&shared, mode, &clients, protect)
        };
        let resumes = |first: &Arc<ServerConfig>, second: &Arc<ServerConfig>| {
            let (servers, _) = judges(&pki, Policy::server(), Policy::client());
            let client = client_of(&Clock::new(), mode.0, &servers, pki.client());
            let client = Arc::new(client);
            let kind = |server| connect(&client, server, HOST).server.unwrap().kind;
            assert_eq!(kind(first), HandshakeKind::Full);
            kind(second) == HandshakeKind::Resumed
        };
        let protected = server(None, true);
        let bare = server(None, false);
        assert!(resumes(&bare, &bare), "{mode:?}");
        assert!(resumes(&protected, &protected), "{mode:?}");
        assert!(!resumes(&protected, &server(None, true)), "{mode:?}");
        // What rustls stored has no envelope, and an envelope is not what rustls stored.
        assert!(!resumes(&bare, &protected), "{mode:?}");
        assert!(!resumes(&protected, &bare), "{mode:?}");
        // A cluster.
        assert!(
            resumes(&server(Some(one), true), &server(Some(one), true)),
            "{mode:?}"
        );
        assert!(
            !resumes(&server(Some(one), true), &server(Some(other), true)),
            "{mode:?}"
        );
    }
}

/// A client that presents no certificate, where that is allowed, has nothing that could be judged again.
#[test]
fn clients_without_certificates_resume_where_they_may_connect() {
    let pki = Pki::new();
    for (version, keeping) in modes() {
        let shared = Shared {
            store: ServerSessionMemoryCache::new(256),
            ticketer: Ticketer::new().unwrap(),
        };
        let clients = |optional: bool| {
            let verifier = pki.verifier(Policy::client()).build().unwrap();
            let clients = PolicyClientCertVerifier::new(verifier)
                .unwrap()
                .share_sessions([3; 16]);
            match optional {
                true => clients.allow_unauthenticated(),
                false => clients,
            }
        };
        let server = |optional| sharing(&shared, (version, keeping), &clients(optional), true);
        let (optional, mandatory) = (server(true), server(false));
        let (servers, _) = judges(&pki, Policy::server(), Policy::client());
        let client = ClientConfig::builder_with_details(provider(), Arc::new(Clock::new()))
            .with_protocol_versions(&[version])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(servers))
            .with_no_client_auth();
        let client = Arc::new(client);
        let kind = || connect(&client, &optional, HOST).server.map(|it| it.kind);
        assert_eq!(kind().unwrap(), HandshakeKind::Full);
        assert_eq!(kind().unwrap(), HandshakeKind::Resumed);
        // Where a certificate is mandatory, such a session is none.
        let error = connect(&client, &mandatory, HOST).server.unwrap_err();
        assert_eq!(error.to_string(), "peer sent no certificates");
    }
}

/// Counts verifications of resuming peers.
#[derive(Debug, Default)]
struct Counter(AtomicUsize);

impl Observer for Counter {
    fn certificate_judged(&self, _judgement: &Judgement<'_>, occasion: Occasion) {
        if occasion == Occasion::Resumption {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Keeps what it encrypts, and counts nothing.
#[derive(Debug)]
struct Recording {
    inner: Arc<dyn ProducesTickets>,
    tickets: Mutex<Vec<Vec<u8>>>,
}

impl ProducesTickets for Recording {
    fn enabled(&self) -> bool {
        self.inner.enabled()
    }

    fn lifetime(&self) -> u32 {
        self.inner.lifetime()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let ticket = self.inner.encrypt(plain)?;
        self.tickets.lock().unwrap().push(ticket.clone());
        Some(ticket)
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        self.inner.decrypt(cipher)
    }
}

/// A server whose verifications of resuming clients are counted, and whose tickets are kept.
struct Recorded {
    counter: Arc<Counter>,
    recording: Arc<Recording>,
    clients: PolicyClientCertVerifier,
    server: Arc<ServerConfig>,
}

fn recorded(pki: &Pki, version: Version) -> Recorded {
    let counter = Arc::new(Counter::default());
    let builder = pki.verifier(Policy::client()).observer(counter.clone());
    let clients = PolicyClientCertVerifier::new(builder.build().unwrap()).unwrap();
    let recording = Arc::new(Recording {
        inner: Ticketer::new().unwrap(),
        tickets: Mutex::default(),
    });
    let shared = Shared {
        store: Arc::new(NoServerSessionStorage {}),
        ticketer: recording.clone(),
    };
    let server = sharing(&shared, (version, Keeping::Tickets), &clients, true);
    Recorded {
        counter,
        recording,
        clients,
        server,
    }
}

/// Configurations of one verifier share its sessions, and each judges them by its own clock.
#[test]
fn sessions_are_judged_by_the_clock_of_the_configuration_that_resumes_them() {
    for mode in modes() {
        let pki = Pki::new();
        let now = i64::try_from(NOW).unwrap();
        let server = pki.own(&TestKey::ed25519(5), &[oids::SERVER_AUTH], |it| {
            it.validity(now - 3_600, now + 3_600)
        });
        let (servers, clients) = judges(&pki, Policy::server(), Policy::client());
        let clock = Clock::new();
        let own = (server, pki.client());
        let pair = pair(&clock, mode, Protected::Client, &servers, &clients, own);
        assert_eq!(pair.meet(Role::Server), Ok(HandshakeKind::Full));
        assert_eq!(pair.meet(Role::Server), Ok(HandshakeKind::Resumed));

        let later = Clock::new();
        later.advance(2 * HOUR);
        let mut client = client_of(&later, mode.0, &servers, pki.client());
        protect_sessions(&mut client, &servers);
        let refused = connect(&Arc::new(client), &pair.server, HOST).client;
        assert_eq!(rules(&refused.unwrap_err()), ["chain", "validity-period"]);
        assert_eq!(pair.meet(Role::Server), Ok(HandshakeKind::Full));
    }
}

/// One that stores sessions may allow less of TLS than the one by which they resume.
#[test]
fn sessions_of_a_version_that_is_not_allowed_any_more_do_not_resume() {
    let pki = Pki::new();
    for (version, keeping) in modes() {
        let shared = Shared {
            store: ServerSessionMemoryCache::new(256),
            ticketer: Ticketer::new().unwrap(),
        };
        let server = |minimum| {
            let mut policy = Policy::client();
            policy.tls.minimum_version = minimum;
            let clients = pki.verifier(policy).build().unwrap();
            let clients = PolicyClientCertVerifier::new(clients).unwrap();
            let clients = clients.share_sessions([5; 16]);
            sharing(&shared, (version, keeping), &clients, true)
        };
        let (before, after) = (server(TlsVersion::Tls12), server(TlsVersion::Tls13));
        let (servers, _) = judges(&pki, Policy::server(), Policy::client());
        let client = client_of(&Clock::new(), version, &servers, pki.client());
        let client = Arc::new(client);
        let meet = |server: &Arc<ServerConfig>| connect(&client, server, HOST).server;
        assert_eq!(meet(&before).unwrap().kind, HandshakeKind::Full);
        let kind = meet(&after)
            .map(|it| it.kind)
            .map_err(|error| error.to_string());
        if version.version == rustls::ProtocolVersion::TLSv1_2 {
            let words = kind.unwrap_err();
            assert!(
                words.contains("the handshake is of TLS 1.2, and the policy asks for TLS 1.3"),
                "{words}"
            );
        } else {
            assert_eq!(kind, Ok(HandshakeKind::Resumed));
        }
    }
}

/// A refusal ends the sessions that there are: their chain was accepted by an older staple, which is still in its time.
#[test]
fn a_staple_that_revokes_ends_resumption() {
    let pki = Pki::new();
    for mode in modes() {
        let clock = Clock::new();
        let (servers, clients) = judges(&pki, judging_staples(), Policy::client());
        let (own, now) = (pki.server(), i64::try_from(NOW).unwrap());
        let single =
            |it: SingleBuilder, ago: i64| it.this_update(now - ago).next_update(now + 86_400);
        let pair_with = |own| {
            let both = (own, pki.client());
            pair(&clock, mode, Protected::Client, &servers, &clients, both)
        };
        let good = pair_with(stapled(&pki, &own, |it| single(it, 3_600)));
        let revoked = stapled(&pki, &own, |it| single(it, 60).revoked(now - 100, Some(1)));
        let revoked = pair_with(revoked);
        let meet = |server: &Pair| {
            let outcome = connect(&good.client, &server.server, HOST).client;
            outcome.map(|it| it.kind).map_err(|error| rules(&error))
        };
        assert_eq!(meet(&good), Ok(HandshakeKind::Full));
        assert_eq!(meet(&good), Ok(HandshakeKind::Resumed));
        // The server rotates its keys of tickets, say, and staples what its CA says now.
        assert_eq!(
            meet(&revoked),
            Err(vec!["revocation".to_owned()]),
            "{mode:?}"
        );
        assert_eq!(meet(&good), Ok(HandshakeKind::Full), "{mode:?}");
        assert_eq!(meet(&good), Ok(HandshakeKind::Resumed), "{mode:?}");
    }
}

/// A staple is as good as the last one: a chain that was stapled anew goes on resuming when the first staple has ended.
#[test]
fn a_newer_staple_takes_the_place_of_the_one_before() {
    let pki = Pki::new();
    for mode in modes() {
        let clock = Clock::new();
        let (servers, clients) = judges(&pki, judging_staples(), Policy::client());
        let (own, now) = (pki.server(), i64::try_from(NOW).unwrap());
        let pair_with = |until: i64| {
            let own = stapled(&pki, &own, |it| {
                it.this_update(now - 3_600).next_update(now + until)
            });
            let both = (own, pki.client());
            pair(&clock, mode, Protected::Client, &servers, &clients, both)
        };
        let (first, second) = (pair_with(7_200), pair_with(36_000));
        let meet = |server: &Pair| {
            connect(&first.client, &server.server, HOST)
                .client
                .unwrap()
                .kind
        };
        assert_eq!(meet(&first), HandshakeKind::Full);
        // It knows nothing of the first one's sessions.
        assert_eq!(meet(&second), HandshakeKind::Full);
        clock.advance(3 * HOUR);
        assert_eq!(meet(&second), HandshakeKind::Resumed, "{mode:?}");
    }
}

/// In a storage that others use too, only one's own sessions are thrown away.
#[test]
fn sessions_of_others_stay_in_a_shared_storage() {
    let pki = Pki::new();
    let shared = Shared {
        store: ServerSessionMemoryCache::new(256),
        ticketer: Ticketer::new().unwrap(),
    };
    let clients = pki.verifier(Policy::client()).build().unwrap();
    let clients = PolicyClientCertVerifier::new(clients).unwrap();
    let clients = clients.share_sessions([6; 16]);
    let server = sharing(&shared, (VERSIONS[0], Keeping::Store), &clients, true);
    let envelope = |id: u8| {
        [
            &[1][..],
            &[id; 16],
            &NOW.to_be_bytes(),
            b"nothing that resumes",
        ]
        .concat()
    };
    for (id, stays) in [(7, true), (6, false)] {
        assert!(shared.store.put(vec![id], envelope(id)));
        assert_eq!(server.session_storage.get(&[id]), None);
        assert_eq!(shared.store.get(&[id]).is_some(), stays, "{id}");
    }
}

/// A clock that is given to a constructor holds for handshakes and for sessions.
#[test]
fn one_clock_for_handshakes_and_sessions() {
    let pki = Pki::new();
    for version in VERSIONS {
        let clock = Clock::new();
        let now = i64::try_from(NOW).unwrap();
        let ending = |key, purpose| {
            pki.own(&TestKey::ed25519(key), &[purpose], |it| {
                it.validity(now - 3_600, now + 3_600)
            })
        };
        let (of_server, of_client) = (ending(5, oids::SERVER_AUTH), ending(6, oids::CLIENT_AUTH));
        // The builders' own clock is that of the system.
        let server = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_policy(pki.anchors(), Policy::client())
            .unwrap()
            .time_provider(Arc::new(clock.clone()))
            .with_single_cert(of_server.chain, of_server.key)
            .unwrap();
        let client = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_policy(pki.anchors(), Policy::server())
            .unwrap()
            .time_provider(Arc::new(clock.clone()))
            .with_client_auth_cert(of_client.chain, of_client.key)
            .unwrap();
        let pair = Pair {
            client: Arc::new(client),
            server: Arc::new(server),
        };
        for role in [Role::Client, Role::Server] {
            let expected = match role {
                Role::Client => HandshakeKind::Full,
                Role::Server => HandshakeKind::Resumed,
            };
            assert_eq!(pair.meet(role), Ok(expected), "{version:?}");
        }
        clock.advance(2 * HOUR);
        let ended = Err(vec!["chain".to_owned(), "validity-period".to_owned()]);
        assert_eq!(pair.meet(Role::Server), ended, "{version:?}");
    }
}

/// However many tickets a hello offers, each chain is verified once.
#[test]
fn many_tickets_of_one_chain_cost_one_verification() {
    let pki = Pki::new();
    for version in VERSIONS {
        let Recorded {
            counter,
            recording,
            server,
            ..
        } = recorded(&pki, version);
        let others = (40..42).map(|n| pki.own(&TestKey::ed25519(n), &[oids::CLIENT_AUTH], |it| it));
        let owns: Vec<_> = others.collect();
        let clients_are = owns.len();
        for own in owns {
            let (servers, _) = judges(&pki, Policy::server(), Policy::client());
            let client = client_of(&Clock::new(), version, &servers, own);
            connect(&Arc::new(client), &server, HOST).server.unwrap();
        }
        let tickets = recording.tickets.lock().unwrap().clone();
        assert!(tickets.len() >= clients_are);
        for round in 0..20 {
            for ticket in &tickets {
                let session = server.ticketer.decrypt(ticket);
                assert!(session.is_some(), "round {round}");
            }
        }
        assert_eq!(counter.0.load(Ordering::SeqCst), clients_are, "{version:?}");
    }
}

/// A client may put what he likes beside his certificate, each time something else: when he is refused he is so once a second, however
/// many tickets he has.
#[test]
fn many_tickets_of_a_refused_client_cost_one_verification() {
    let pki = Pki::new();
    for version in VERSIONS {
        let Recorded {
            counter,
            recording,
            clients,
            server,
        } = recorded(&pki, version);
        let own = pki.own(&TestKey::ed25519(40), &[oids::CLIENT_AUTH], |it| it);
        const CHAINS: u64 = 5;
        for n in 0..CHAINS {
            let mut chain = own.chain.clone();
            let beside = Authority::root(&format!("Beside {n}"), TestKey::ed25519(9));
            chain.push(beside.der.into());
            let (servers, _) = judges(&pki, Policy::server(), Policy::client());
            let key = own.key.clone_key();
            let client = client_of(
                &Clock::new(),
                version,
                &servers,
                Own {
                    chain,
                    key,
                    staple: None,
                },
            );
            connect(&Arc::new(client), &server, HOST).server.unwrap();
        }
        let tickets = recording.tickets.lock().unwrap().clone();
        let resume = || {
            let resumed = tickets
                .iter()
                .filter(|it| server.ticketer.decrypt(it).is_some());
            resumed.count()
        };
        let before = counter.0.load(Ordering::SeqCst);
        assert_eq!(resume(), tickets.len());
        let accepted = counter.0.load(Ordering::SeqCst) - before;
        assert_eq!(u64::try_from(accepted), Ok(CHAINS), "{version:?}");

        let other = Authority::root("Other Root", TestKey::ed25519(9));
        let anchors = TrustAnchors::new().with_pem("acme", &other.der).unwrap();
        let live = clients.verifier();
        let next = live.successor(anchors, Policy::client());
        live.replace(next, Clock::new().now()).unwrap();
        let before = counter.0.load(Ordering::SeqCst);
        assert_eq!(resume(), 0);
        assert_eq!(counter.0.load(Ordering::SeqCst) - before, 1, "{version:?}");
    }
}

/// A configuration in which resumption is forbidden does not resume.
#[test]
fn forbidden_resumption_is_none() {
    let event = events().pop().unwrap();
    for mode in modes() {
        let clock = Clock::new();
        let scene = Scene::new(Role::Client, &event);
        let whole = scene.pair(Role::Client, &clock, mode, true);
        for side in [Role::Client, Role::Server] {
            let mut client = (*whole.client).clone();
            let mut server = (*whole.server).clone();
            match side {
                Role::Client => forbid_resumption(&mut client),
                Role::Server => forbid_resumption(&mut server),
            }
            let pair = Pair {
                client: Arc::new(client),
                server: Arc::new(server),
            };
            for _ in 0..2 {
                assert_eq!(pair.meet(Role::Client), Ok(HandshakeKind::Full), "{mode:?}");
            }
        }
    }
}

/// Several servers behind one name: a client resumes only if each of their chains is accepted still.
#[test]
fn every_chain_under_a_name_must_be_accepted_still() {
    let pki = Pki::new();
    let short = i64::try_from(NOW + HOUR).unwrap();
    let begin = i64::try_from(NOW - DAY).unwrap();
    let purposes = [oids::SERVER_AUTH];
    let ending = pki.own(&TestKey::ed25519(20), &purposes, |it| {
        it.validity(begin, short)
    });
    let lasting = pki.own(&TestKey::ed25519(21), &purposes, |it| it);
    for mode in modes() {
        let clock = Clock::new();
        let (servers, clients) = judges(&pki, Policy::server(), Policy::client());
        let pair_with = |own: &Own| {
            pair(
                &clock,
                mode,
                Protected::Client,
                &servers,
                &clients,
                (own.clone(), pki.client()),
            )
        };
        let (one, other) = (pair_with(&ending), pair_with(&lasting));
        let meet = |server: &Arc<ServerConfig>| {
            let outcome = connect(&one.client, server, HOST).client;
            outcome.map(|it| it.kind).map_err(|error| rules(&error))
        };
        assert_eq!(meet(&one.server), Ok(HandshakeKind::Full));
        assert_eq!(meet(&other.server), Ok(HandshakeKind::Full), "{mode:?}");
        assert_eq!(meet(&other.server), Ok(HandshakeKind::Resumed), "{mode:?}");
        clock.advance(HOUR + 1);
        // The other's chain is good, but the ticket might be the first one's.
        assert_eq!(meet(&other.server), Ok(HandshakeKind::Full), "{mode:?}");
    }
}

/// A ticket may come long after its handshake: no chain is forgotten that it could belong to. Where there are more than can be
/// remembered, though a stranger may have replayed them, nothing resumes any more.
#[test]
fn after_too_many_chains_nothing_resumes_under_a_name() {
    let pki = Pki::new();
    for version in VERSIONS {
        let clock = Clock::new();
        let (servers, clients) = judges(&pki, Policy::server(), Policy::client());
        let pair_with = |junk: u64| {
            let mut own = pki.server();
            let other = Authority::root(&format!("Junk {junk}"), TestKey::ed25519(junk));
            own.chain.push(other.der.into());
            let both = (own, pki.client());
            pair(
                &clock,
                (version, Keeping::Store),
                Protected::Client,
                &servers,
                &clients,
                both,
            )
        };
        let client = pair_with(0).client;
        let meet = |server: &Arc<ServerConfig>| connect(&client, server, HOST).client.unwrap().kind;
        for junk in 0..8 {
            let server = pair_with(junk).server;
            assert_eq!(meet(&server), HandshakeKind::Full, "{junk}");
            assert_eq!(meet(&server), HandshakeKind::Resumed, "{junk}");
        }
        let ninth = pair_with(8).server;
        for _ in 0..3 {
            assert_eq!(meet(&ninth), HandshakeKind::Full, "{version:?}");
        }
        // Nor with one that is known.
        let known = pair_with(0).server;
        for _ in 0..2 {
            assert_eq!(meet(&known), HandshakeKind::Full, "{version:?}");
        }
    }
}

/// What is kept of servers is bounded: with a chain that is too long, and under one name too many, nothing resumes.
#[test]
fn where_a_chain_is_not_kept_nothing_resumes() {
    let pki = Pki::new();
    let clock = Clock::new();
    let (servers, clients) = judges(&pki, Policy::server(), Policy::client());
    let mode = (VERSIONS[1], Keeping::Tickets);
    let pair_with = |own: Own| {
        let both = (own, pki.client());
        pair(&clock, mode, Protected::Client, &servers, &clients, both)
    };
    let named = |names: &[&str], beside: usize| {
        let mut own = pki.own(&TestKey::ed25519(5), &[oids::SERVER_AUTH], |it| {
            it.dns(names)
        });
        let junk = Authority::root("Junk", TestKey::ed25519(9)).der;
        let junk = std::iter::repeat_n(junk, beside);
        own.chain.extend(junk.map(Into::into));
        own
    };
    let octets = |own: &Own| own.chain.iter().map(|it| it.len()).sum::<usize>();
    let fits = (0..).take_while(|beside| octets(&named(&["fits.example"], *beside)) <= 8 * 1024);
    let fits = fits.last().unwrap();

    let kinds = |pair: &Pair, name: &str| {
        [(); 2].map(|()| {
            connect(&pair.client, &pair.server, name)
                .client
                .unwrap()
                .kind
        })
    };
    let (full, resumed) = (HandshakeKind::Full, HandshakeKind::Resumed);
    let long = pair_with(named(&["long.example"], fits + 1));
    assert_eq!(kinds(&long, "long.example"), [full, full]);
    let short = pair_with(named(&["fits.example"], fits));
    assert_eq!(kinds(&short, "fits.example"), [full, resumed]);

    // Two of 256 names are taken.
    let many = pair_with(named(&["*.many.example"], 0));
    for n in 2..256 {
        let name = format!("n{n}.many.example");
        connect(&many.client, &many.server, &name).client.unwrap();
    }
    let one_too_many = "n256.many.example";
    assert_eq!(kinds(&many, one_too_many), [full, full]);
    assert_eq!(kinds(&many, "n255.many.example"), [resumed, resumed]);
}

/// A chain that is refused is not looked at again with every connection.
#[test]
fn a_refused_chain_is_looked_at_once_a_minute() {
    let pki = Pki::new();
    let clock = Clock::new();
    let counter = Arc::new(Counter::default());
    let builder = pki.verifier(Policy::server()).observer(counter.clone());
    let servers = PolicyServerCertVerifier::new(builder.build().unwrap()).unwrap();
    let clients = pki.verifier(Policy::client()).build().unwrap();
    let clients = PolicyClientCertVerifier::new(clients).unwrap();
    let begin = i64::try_from(NOW - DAY).unwrap();
    let end = i64::try_from(NOW + HOUR).unwrap();
    let ending = pki.own(&TestKey::ed25519(20), &[oids::SERVER_AUTH], |it| {
        it.validity(begin, end)
    });
    let mode = (VERSIONS[1], Keeping::Store);
    let pair_with = |own: Own| {
        let both = (own, pki.client());
        pair(&clock, mode, Protected::Client, &servers, &clients, both)
    };
    let one = pair_with(ending);
    assert_eq!(one.meet(Role::Server), Ok(HandshakeKind::Full));
    let other = pair_with(pki.server()).server;
    let meet = || connect(&one.client, &other, HOST).client.unwrap().kind;
    assert_eq!(meet(), HandshakeKind::Full);
    clock.advance(2 * HOUR);
    let before = counter.0.load(Ordering::SeqCst);
    for _ in 0..10 {
        assert_eq!(meet(), HandshakeKind::Full);
        clock.advance(5);
    }
    assert_eq!(counter.0.load(Ordering::SeqCst), before + 1);
    clock.advance(10);
    assert_eq!(meet(), HandshakeKind::Full);
    assert_eq!(counter.0.load(Ordering::SeqCst), before + 2);
}

/// What is stored is not what rustls gave: an envelope stands before it, whoever reads the store.
#[test]
fn what_is_stored_says_whose_it_is_and_when() {
    #[derive(Debug, Default)]
    struct Plain(Mutex<HashMap<Vec<u8>, Vec<u8>>>);

    impl StoresServerSessions for Plain {
        fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
            self.0.lock().unwrap().insert(key, value);
            true
        }

        fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
            self.0.lock().unwrap().get(key).cloned()
        }

        fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
            self.0.lock().unwrap().remove(key)
        }

        fn can_cache(&self) -> bool {
            true
        }
    }

    let pki = Pki::new();
    for version in VERSIONS {
        let store = Arc::new(Plain::default());
        let shared = Shared {
            store: store.clone(),
            ticketer: Ticketer::new().unwrap(),
        };
        let verifier = pki.verifier(Policy::client()).build().unwrap();
        let clients = PolicyClientCertVerifier::new(verifier)
            .unwrap()
            .share_sessions([4; 16]);
        let server = sharing(&shared, (version, Keeping::Store), &clients, true);
        let servers = pki.verifier(Policy::server()).build().unwrap();
        let client = crate::kit::client_config(
            &[version],
            PolicyServerCertVerifier::new(servers).unwrap(),
            Some(pki.client()),
        );
        connect(&client, &server, HOST).server.unwrap();
        let stored = store.0.lock().unwrap();
        assert!(!stored.is_empty());
        for value in stored.values() {
            let envelope = [&[1][..], &[4; 16], &NOW.to_be_bytes()].concat();
            assert_eq!(value[..25], envelope);
        }
        drop(stored);
        // With one octet changed in the list of certificates nothing resumes, and nothing fails.
        for value in store.0.lock().unwrap().values_mut() {
            let end_entity = pki.client().chain[0].as_ref().to_vec();
            let at = value
                .windows(end_entity.len())
                .position(|it| it == end_entity);
            value[at.unwrap() + 100] ^= 1;
        }
        let again = connect(&client, &server, HOST).server.unwrap().kind;
        assert_eq!(again, HandshakeKind::Full, "{version:?}");
    }
}
