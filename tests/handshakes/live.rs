//! What is replaced while handshakes run: each is judged by one generation, names of CAs follow, and tenants keep to themselves.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::client::ResolvesClientCert;
use rustls::server::Acceptor;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ServerConfig, SignatureScheme};
use rustls_policy_verifier::pki_types::ServerName;
use rustls_policy_verifier::{
    Fingerprint, Judgement, LiveVerifier, Observer, Occasion, Policy, PolicyClientCertVerifier,
    PolicyServerCertVerifier, RootHints, Tenants, Time, TrustAnchors, forbid_resumption, rustls,
};

use crate::kit::{
    HOST, NOW, Own, Pki, VERSIONS, alert, client_builder, client_config, connect, judge_of_servers,
    rules, server_config,
};
use crate::support::{Authority, KeyKind, TestKey, oids};

fn now() -> Time {
    Time::from_unix_seconds(NOW)
}

/// A second CA, and what it issues.
fn other_pki() -> Pki {
    let root = Authority::root("Other Root", TestKey::ed25519(11));
    let issuing = root.intermediate("Other Issuing CA", TestKey::ed25519(12));
    Pki { root, issuing }
}

fn live(pki: &Pki, policy: Policy) -> LiveVerifier {
    LiveVerifier::new(pki.verifier(policy).build().unwrap(), now())
}

/// What every verification was by, and of whom.
#[derive(Debug, Default)]
struct Ledger(Mutex<Vec<(u64, Fingerprint, bool)>>);

impl Observer for Ledger {
    fn certificate_judged(&self, judgement: &Judgement<'_>, occasion: Occasion) {
        assert_eq!(occasion, Occasion::Handshake);
        let row = (
            judgement.generation(),
            judgement.fingerprint().unwrap(),
            judgement.accepted(),
        );
        self.0.lock().unwrap().push(row);
    }
}

fn is_even(generation: u64) -> bool {
    generation & 1 == 0
}

/// Even generations trust one CA under a policy that its clients keep and the other's break, odd ones the other way round: whoever
/// was judged by a mixture would be refused for another rule, or let in wrongly.
#[test]
fn handshakes_are_judged_by_one_generation_while_they_are_replaced() {
    const CLIENTS: usize = 4;
    const CONNECTIONS: usize = 2_000;

    let (one, other) = (Pki::new(), other_pki());
    let ledger = Arc::new(Ledger::default());
    // The one's clients have keys of Ed25519, the other's of P-256.
    let policy_of = |generation: u64| {
        let mut policy = Policy::client();
        policy.minimum_key_size.end_entity.ed25519 = is_even(generation);
        policy.minimum_key_size.end_entity.ec = !is_even(generation);
        policy
    };
    let builder = one.verifier(policy_of(0)).observer(ledger.clone());
    let live = LiveVerifier::new(builder.build().unwrap(), now());
    let clients = PolicyClientCertVerifier::new(live.clone()).unwrap();
    let server = server_config(&VERSIONS, clients, one.server());
    let key = TestKey::of(KeyKind::P256, 0);
    let owns = [one.client(), other.own(&key, &[oids::CLIENT_AUTH], |it| it)];
    let accepted = AtomicUsize::new(0);
    let finished = AtomicBool::new(false);
    let replaced = std::thread::scope(|scope| {
        let replacing = scope.spawn(|| {
            let mut generation = 0;
            while !finished.load(Ordering::SeqCst) {
                let pki = if is_even(generation) { &other } else { &one };
                let next = live.successor(pki.anchors(), policy_of(generation + 1));
                generation = live.replace(next, now()).unwrap().generation;
                // What cannot work changes nothing.
                let broken = live.successor(TrustAnchors::new(), Policy::client());
                live.replace(broken, now()).unwrap_err();
            }
            generation
        });
        let connecting = (0..CLIENTS).map(|n| {
            let (server, owns, accepted, one) = (&server, &owns, &accepted, &one);
            scope.spawn(move || {
                for turn in 0..CONNECTIONS / CLIENTS {
                    let own = owns[(n + turn) % 2].clone();
                    let judge = judge_of_servers(one.verifier(Policy::server()));
                    let version = VERSIONS[turn / 2 % 2];
                    let client = client_config(&[version], judge, Some(own));
                    let outcome = connect(&client, server, HOST);
                    match outcome.server {
                        Ok(_) => {
                            outcome.client.unwrap();
                            accepted.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(error) => assert_eq!(rules(&error), ["chain", "minimum-key-size"]),
                    }
                }
            })
        });
        let connecting: Vec<_> = connecting.collect();
        for thread in connecting {
            thread.join().unwrap();
        }
        finished.store(true, Ordering::SeqCst);
        replacing.join().unwrap()
    });

    let ledger = ledger.0.lock().unwrap();
    assert_eq!(ledger.len(), CONNECTIONS);
    let of_one = Fingerprint::of(&owns[0]);
    for (generation, who, was_accepted) in ledger.iter() {
        assert_eq!(
            *was_accepted,
            is_even(*generation) == (*who == of_one),
            "generation {generation}"
        );
    }
    let in_ledger = ledger.iter().filter(|(_, _, accepted)| *accepted).count();
    assert_eq!(in_ledger, accepted.load(Ordering::SeqCst));
    let mut generations: Vec<_> = ledger.iter().map(|(generation, ..)| *generation).collect();
    generations.sort_unstable();
    generations.dedup();
    assert!(
        replaced > 20 && generations.len() > 10,
        "{replaced} replaced, {} seen",
        generations.len()
    );
}

trait Of {
    fn of(own: &Own) -> Self;
}

impl Of for Fingerprint {
    fn of(own: &Own) -> Self {
        let identity = rustls_policy_verifier::PeerIdentity::of(&own.chain);
        identity.unwrap().fingerprint()
    }
}

/// Presents nothing, and notes which CAs it was told of.
#[derive(Debug, Default)]
struct Listens(Mutex<Vec<Vec<u8>>>);

impl ResolvesClientCert for Listens {
    fn resolve(&self, hints: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        *self.0.lock().unwrap() = hints.iter().map(|it| it.to_vec()).collect();
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// The names of CAs in a server's request.
fn told(server: &Arc<ServerConfig>, pki: &Pki) -> Vec<Vec<u8>> {
    let listens = Arc::new(Listens::default());
    let judge = judge_of_servers(pki.verifier(Policy::server()));
    let client = client_builder(&VERSIONS)
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(judge))
        .with_client_cert_resolver(listens.clone());
    let _ = connect(&Arc::new(client), server, HOST);
    listens.0.lock().unwrap().clone()
}

#[test]
fn the_names_of_cas_follow_the_anchors() {
    let (one, other) = (Pki::new(), other_pki());
    let live = live(&one, Policy::client());
    let clients = PolicyClientCertVerifier::new(live.clone()).unwrap();
    let server = server_config(&VERSIONS, clients.clone(), one.server());
    let silent = clients.root_hints(RootHints::None);
    let silent = server_config(&VERSIONS, silent, one.server());
    let replace = |anchors| {
        let next = live.successor(anchors, Policy::client());
        live.replace(next, now()).unwrap();
    };
    for pki in [&one, &other, &one, &other] {
        replace(pki.anchors());
        assert_eq!(told(&server, &one), [pki.root.name.der()]);
        assert_eq!(told(&silent, &one), Vec::<Vec<u8>>::new());
    }
    let both = one.anchors().with_pem("other", &other.root.der).unwrap();
    replace(both);
    assert_eq!(
        told(&server, &one),
        [one.root.name.der(), other.root.name.der()]
    );
}

/// Lists that were lent stay, so their number is bounded; those that come again are not new ones.
#[test]
fn after_many_changes_no_names_are_told() {
    use rustls::server::danger::ClientCertVerifier;

    let pki = Pki::new();
    let live = live(&pki, Policy::client());
    let clients = PolicyClientCertVerifier::new(live.clone()).unwrap();
    let names = |root: &Authority| {
        let anchors = TrustAnchors::from_pem(&root.der).unwrap();
        let next = live.successor(anchors, Policy::client());
        live.replace(next, now()).unwrap();
        let names = clients.root_hint_subjects().iter();
        names.map(|name| name.as_ref().to_vec()).collect::<Vec<_>>()
    };
    let root = |n| Authority::root(&format!("Root {n}"), TestKey::ed25519(1));
    for n in 0..64 {
        assert_eq!(names(&root(n)), [root(n).name.der()], "{n}");
    }
    assert_eq!(names(&root(64)), Vec::<Vec<u8>>::new());
    assert_eq!(names(&root(7)), [root(7).name.der()]);
    assert_eq!(names(&root(65)), Vec::<Vec<u8>>::new());
}

/// A server that takes the configuration of the name that is asked for.
fn serve(listener: &TcpListener, tenants: &Tenants<ServerConfig>) -> std::io::Result<Vec<String>> {
    let (mut socket, _) = listener.accept()?;
    let mut acceptor = Acceptor::default();
    let accepted = loop {
        acceptor.read_tls(&mut socket)?;
        if let Some(accepted) = acceptor
            .accept()
            .map_err(|(error, _)| std::io::Error::other(error))?
        {
            break accepted;
        }
    };
    let tenant = tenants
        .of_hello(&accepted.client_hello())
        .map_err(std::io::Error::other)?;
    let connection = accepted.into_connection(tenant.config().clone());
    let mut connection = connection.map_err(|(error, _)| std::io::Error::other(error))?;
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    let spoken = stream.write_all(b"!").and_then(|()| stream.flush());
    let spoken = spoken.and_then(|()| stream.read_exact(&mut [0]));
    let _ = socket.shutdown(std::net::Shutdown::Write);
    let _ = std::io::copy(&mut socket, &mut std::io::sink());
    match spoken {
        Ok(()) => Ok(tenant.name().into_iter().map(str::to_owned).collect()),
        Err(error) => Err(error),
    }
}

#[test]
fn tenants_are_judged_by_their_own_policies() {
    let (one, other) = (Pki::new(), other_pki());
    let names = ["one.example", "other.example"];
    let own = |pki: &Pki, name: &str| {
        let purposes = [oids::SERVER_AUTH];
        pki.own(&TestKey::ed25519(5), &purposes, |it| it.dns(&[name]))
    };
    for version in VERSIONS {
        let config = |pki: &Pki, name: &str| {
            let clients = PolicyClientCertVerifier::new(live(pki, Policy::client())).unwrap();
            server_config(&[version], clients, own(&one, name))
        };
        let tenants = Tenants::new()
            .with(names[0], config(&one, names[0]))
            .unwrap()
            .with(names[1], config(&other, names[1]))
            .unwrap();
        let meet = |name: &'static str, client: Own| {
            let judge = judge_of_servers(one.verifier(Policy::server()));
            let mut config: ClientConfig =
                Arc::into_inner(client_config(&[version], judge, Some(client))).unwrap();
            forbid_resumption(&mut config);
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            std::thread::scope(|scope| {
                let serving = scope.spawn(|| serve(&listener, &tenants));
                let name = ServerName::try_from(name).unwrap();
                let mut connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
                let mut socket = TcpStream::connect(address).unwrap();
                let mut stream = rustls::Stream::new(&mut connection, &mut socket);
                let spoken = stream.write_all(b"!").and_then(|()| stream.flush());
                let spoken = spoken.and_then(|()| stream.read_exact(&mut [0]));
                drop(socket);
                (serving.join().unwrap(), spoken)
            })
        };
        for (n, pki) in [&one, &other].into_iter().enumerate() {
            let (served, spoken) = meet(names[n], pki.client());
            assert_eq!(served.unwrap(), [names[n]], "{version:?}");
            spoken.unwrap();
            // The other tenant's clients are nobody's here.
            let (served, spoken) = meet(names[1 - n], pki.client());
            assert_eq!(rules(&served.unwrap_err()), ["chain"], "{version:?}");
            assert!(alert(&spoken.unwrap_err()).is_some(), "{version:?}");
        }
        let (served, spoken) = meet("third.example", one.client());
        assert_eq!(
            served.unwrap_err().to_string(),
            "no configuration for connections to third.example, and no default"
        );
        spoken.unwrap_err();
    }
}

/// A client's destinations: each with its own anchors, and none for a stranger.
#[test]
fn destinations_have_their_own_policies() {
    let (one, other) = (Pki::new(), other_pki());
    let config = |pki: &Pki| {
        let judge = PolicyServerCertVerifier::new(live(pki, Policy::server())).unwrap();
        client_config(&VERSIONS, judge, Some(one.client()))
    };
    let tenants = Tenants::new()
        .with(HOST, config(&one))
        .unwrap()
        .with("other.example", config(&other))
        .unwrap();
    let clients = || PolicyClientCertVerifier::new(live(&one, Policy::client())).unwrap();
    let server = server_config(&VERSIONS, clients(), one.server());
    let to = |name: &'static str| {
        let name = ServerName::try_from(name).unwrap();
        tenants.of_server(&name).map(|it| it.config().clone())
    };
    connect(&to(HOST).unwrap(), &server, HOST).client.unwrap();
    let misled = connect(&to("other.example").unwrap(), &server, "other.example");
    assert_eq!(rules(&misled.client.unwrap_err()), ["chain", "server-name"]);
    assert_eq!(
        to("third.example").unwrap_err().to_string(),
        "no configuration for connections to third.example, and no default"
    );
}
