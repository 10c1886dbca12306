//! Ten thousand connections to one server: every verdict right, nothing stuck, no memory kept.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use pki_types::ServerName;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, ServerConfig,
    ServerConnection,
};
use rustls_policy_verifier::{
    IdentifierEntry, Matcher, Policy, Position, SubjectIdentifier, TrustAnchors, Verifier,
    WithPolicy, pki_types, refusal_in, rustls,
};

use crate::kit::{
    Established, HOST, Own, Pki, Presents, VERSIONS, Version, alert, client_builder, client_config,
    converse, judge_of_clients, judge_of_servers, provider, rustls_error, server_config,
    violations,
};
use crate::support::{Authority, CertificateBuilder, KeyKind, Name, TestKey, der, oids};

const CONNECTIONS: usize = 10_000;

/// After so many, buffers, arenas and thread stacks are as large as they get, and the server has as many sessions as it keeps.
const WARM_UP: usize = 4_000;

/// About 60 octets for each connection that follows: less than any of them could keep by mistake.
const MOST_GROWTH_KIB: u64 = 340;

const CLIENTS: usize = 6;
const SERVERS: usize = 6;

/// Several times what a slow machine takes.
const DEADLINE: Duration = Duration::from_secs(300);

/// Set for the process that has the server and the clients to itself.
const ALONE: &str = "HANDSHAKES_LOAD_ALONE";

/// What a side must make of a connection.
#[derive(Debug)]
enum Verdict {
    Accepted,
    /// Refused by the policy.
    Refused(Vec<(&'static str, Position)>),
    /// Refused by rustls.
    Failed(rustls::Error),
    /// The other side's alert.
    Told(AlertDescription),
    /// The other side went away.
    Ended,
}

impl Verdict {
    fn is_that_of(&self, result: &std::io::Result<Established>) -> bool {
        match (self, result) {
            (Self::Accepted, result) => result.is_ok(),
            (_, Ok(_)) => false,
            (Self::Refused(expected), Err(error)) => {
                refusal_in(error).is_some() && violations(error) == *expected
            }
            (Self::Failed(expected), Err(error)) => rustls_error(error) == Some(expected),
            (Self::Told(expected), Err(error)) => alert(error) == Some(*expected),
            (Self::Ended, Err(error)) => rustls_error(error).is_none(),
        }
    }
}

/// One kind of client.
struct Kind {
    what: &'static str,
    client: Client,
    for_client: Verdict,
    for_server: Verdict,
}

enum Client {
    Connects(Arc<ClientConfig>, &'static str),
    /// Sends these octets and goes away.
    Sends(&'static [u8]),
}

/// Every kind of client, from good ones to those that speak no TLS. The server's policy is [`policy_of_server`].
fn kinds(pki: &Pki) -> Vec<Kind> {
    let stranger = Authority::root("Stranger", TestKey::ed25519(30));
    let key = TestKey::ed25519(6);
    let judge = || judge_of_servers(pki.verifier(Policy::server()));
    let connects = |version: Version, own: &Own| {
        let builder = client_builder(&[version]).with_policy_verifier(Arc::new(judge()));
        let client = builder.with_client_cert_resolver(Presents::new(own));
        Client::Connects(Arc::new(client), HOST)
    };
    let own = |change: fn(CertificateBuilder) -> CertificateBuilder| {
        pki.own(&key, &[oids::CLIENT_AUTH], change)
    };
    let good = own(|it| it);
    let good_p256 = pki.own(&TestKey::of(KeyKind::P256, 1), &[oids::CLIENT_AUTH], |it| {
        it
    });
    let [tls12, tls13] = VERSIONS;
    let kept = |what, client| Kind {
        what,
        client,
        for_client: Verdict::Accepted,
        for_server: Verdict::Accepted,
    };
    // In turn, so that all refusals come in both versions.
    let mut versions = VERSIONS.into_iter().cycle();
    let mut refused = |what, own: &Own, violations: &[(&'static str, Position)]| Kind {
        what,
        client: connects(versions.next().unwrap(), own),
        for_client: Verdict::Told(AlertDescription::CertificateUnknown),
        for_server: Verdict::Refused(violations.to_vec()),
    };
    let chain = ("chain", Position::Path);
    let of_stranger = {
        let builder = CertificateBuilder::end_entity(Name::cn("peer"), key.spki());
        Own::new(&key, [stranger.issue(builder)])
    };
    let others = pki.own(&TestKey::ed25519(77), &[oids::CLIENT_AUTH], |it| it);
    let borrowed = Own {
        chain: others.chain,
        ..good.clone()
    };
    let trusting_others = {
        let anchors = TrustAnchors::new()
            .with_pem("other", &stranger.der)
            .unwrap();
        let verifier = Verifier::builder_with_provider(anchors, Policy::server(), &provider());
        client_config(&[tls13], judge_of_servers(verifier), Some(good.clone()))
    };
    let end_entity = Position::EndEntity;
    vec![
        kept("good, TLS 1.3", connects(tls13, &good)),
        kept("good, TLS 1.2", connects(tls12, &good)),
        refused(
            "another purpose",
            &pki.own(&key, &[oids::CODE_SIGNING], |it| it),
            &[chain, ("extended-key-usage", end_entity)],
        ),
        refused(
            "another name",
            &own(|it| it.subject(Name::cn("somebody"))),
            &[("subject-identifier", end_entity)],
        ),
        kept("good, P-256", connects(tls13, &good_p256)),
        refused("another CA", &of_stranger, &[chain]),
        refused(
            "expired",
            &own(|it| {
                it.validity(
                    der::unix(2025, 1, 1, 0, 0, 0),
                    der::unix(2026, 1, 1, 0, 0, 0),
                )
            }),
            &[chain, ("validity-period", end_entity)],
        ),
        refused(
            "a forged signature",
            &own(CertificateBuilder::tamper_signature),
            &[chain],
        ),
        refused(
            "not DER",
            &own(|it| it.trailing_tbs(&der::null())),
            &[("input", end_entity)],
        ),
        kept("good, again", connects(tls12, &good)),
        Kind {
            what: "no certificate",
            client: Client::Connects(client_config(&[tls13], judge(), None), HOST),
            for_client: Verdict::Told(AlertDescription::CertificateRequired),
            for_server: Verdict::Failed(rustls::Error::NoCertificatesPresented),
        },
        Kind {
            what: "another's certificate",
            client: connects(tls13, &borrowed),
            for_client: Verdict::Told(AlertDescription::DecryptError),
            for_server: Verdict::Failed(CertificateError::BadSignature.into()),
        },
        Kind {
            what: "looking for another server",
            client: match connects(tls13, &good) {
                Client::Connects(config, _) => Client::Connects(config, "other.acme.example"),
                sends => sends,
            },
            for_client: Verdict::Refused(vec![("server-name", end_entity)]),
            for_server: Verdict::Told(AlertDescription::CertificateUnknown),
        },
        Kind {
            what: "trusting another CA",
            client: Client::Connects(trusting_others, HOST),
            for_client: Verdict::Refused(vec![chain]),
            for_server: Verdict::Told(AlertDescription::CertificateUnknown),
        },
        Kind {
            what: "going away",
            client: Client::Sends(b""),
            for_client: Verdict::Ended,
            for_server: Verdict::Ended,
        },
        Kind {
            what: "going away within a record",
            client: Client::Sends(b"\x16\x03\x01\x02\x00\x01"),
            for_client: Verdict::Ended,
            for_server: Verdict::Ended,
        },
    ]
}

/// The clients' common name must be that of [`Pki::own`].
fn policy_of_server() -> Policy {
    let mut policy = Policy::client();
    let entry = IdentifierEntry::common_name(Matcher::exact("peer")).under("acme");
    policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
    policy
}

/// A server, its clients, and what went wrong between them.
struct Load {
    kinds: Vec<Kind>,
    server: Arc<ServerConfig>,
    listener: TcpListener,
    address: SocketAddr,
    next: AtomicUsize,
    served: AtomicUsize,
    wrong: Mutex<Vec<String>>,
}

impl Load {
    fn new() -> Self {
        let pki = Pki::new();
        let judge = judge_of_clients(pki.verifier(policy_of_server()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            kinds: kinds(&pki),
            server: server_config(&VERSIONS, judge, pki.server()),
            address: listener.local_addr().unwrap(),
            listener,
            next: AtomicUsize::new(0),
            served: AtomicUsize::new(0),
            wrong: Mutex::default(),
        }
    }

    fn kind(&self, number: usize) -> &Kind {
        &self.kinds[number % self.kinds.len()]
    }

    fn check(
        &self,
        number: usize,
        side: &str,
        expected: &Verdict,
        result: &std::io::Result<Established>,
    ) {
        if !expected.is_that_of(result) {
            let what = self.kind(number).what;
            let wrong = format!("connection {number}, {what}: the {side} got {result:?}");
            self.wrong.lock().unwrap().push(wrong);
        }
    }

    /// Serves one connection after another. A number comes before each, in clear, so that both sides know its kind.
    fn serve(&self) {
        loop {
            let (mut socket, _) = self.listener.accept().unwrap();
            let mut number = [0; 4];
            socket.read_exact(&mut number).unwrap();
            let number = usize::try_from(u32::from_be_bytes(number)).unwrap();
            if number == CONNECTIONS {
                return;
            }
            let connection = ServerConnection::new(self.server.clone()).unwrap();
            let result = converse(connection, socket, |connection| Established {
                kind: connection.handshake_kind().unwrap(),
                peer: None,
            });
            self.check(number, "server", &self.kind(number).for_server, &result);
            self.served.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Connects until the connection `end`, taking turns with the other clients.
    fn connect(&self, end: usize) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= end {
                return;
            }
            let kind = self.kind(number);
            let mut socket = self.dial(number);
            let result = match &kind.client {
                Client::Connects(config, name) => {
                    let name = ServerName::try_from(*name).unwrap();
                    let connection = ClientConnection::new(config.clone(), name).unwrap();
                    converse(connection, socket, |connection| Established {
                        kind: connection.handshake_kind().unwrap(),
                        peer: None,
                    })
                }
                Client::Sends(octets) => {
                    socket.write_all(octets).unwrap();
                    socket.shutdown(Shutdown::Write).unwrap();
                    std::io::copy(&mut socket, &mut std::io::sink()).unwrap();
                    Err(std::io::ErrorKind::UnexpectedEof.into())
                }
            };
            self.check(number, "client", &kind.for_client, &result);
        }
    }

    fn dial(&self, number: usize) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).unwrap();
        let number = u32::try_from(number).unwrap();
        socket.write_all(&number.to_be_bytes()).unwrap();
        socket
    }
}

/// Runs `work` on so many threads; `done` hears of the end of each.
fn start(threads: usize, load: &Arc<Load>, work: impl Fn(&Load) + Clone + Send + 'static) -> Done {
    let (sender, done) = mpsc::channel();
    for _ in 0..threads {
        let (load, work, sender) = (load.clone(), work.clone(), sender.clone());
        std::thread::spawn(move || {
            work(&load);
            sender.send(()).unwrap();
        });
    }
    Done { threads, done }
}

struct Done {
    threads: usize,
    done: mpsc::Receiver<()>,
}

impl Done {
    fn wait(self, load: &Load, deadline: Instant) {
        for _ in 0..self.threads {
            let left = deadline.saturating_duration_since(Instant::now());
            if let Err(error) = self.done.recv_timeout(left) {
                let served = load.served.load(Ordering::Relaxed);
                panic!(
                    "a thread is stuck or has panicked ({error}): {served} of {CONNECTIONS} served"
                );
            }
        }
    }
}

/// In KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status")
        .expect("/proc/self/status says how much memory is resident: run this test on Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let size = line.unwrap().trim().trim_end_matches(" kB");
    size.parse().unwrap()
}

/// In a process of its own, for the memory of other tests is none of its business.
#[test]
fn ten_thousand_connections() {
    if std::env::var_os(ALONE).is_some() {
        return ten_thousand_connections_alone();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "load::ten_thousand_connections", "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    let done = format!("{CONNECTIONS} connections");
    assert!(
        output.status.success() && told.contains(&done),
        "{}\n{told}\n{complained}",
        output.status
    );
}

#[expect(
    clippy::print_stdout,
    reason = "it is how the test hears of the process"
)]
fn ten_thousand_connections_alone() {
    let began = Instant::now();
    let deadline = began + DEADLINE;
    let load = Arc::new(Load::new());
    let servers = start(SERVERS, &load, Load::serve);

    let mut grown_from = 0;
    for end in [WARM_UP, CONNECTIONS] {
        start(CLIENTS, &load, move |load| load.connect(end)).wait(&load, deadline);
        load.next.store(end, Ordering::Relaxed);
        if end == WARM_UP {
            grown_from = resident();
        }
    }
    let resident = resident();
    for _ in 0..SERVERS {
        load.dial(CONNECTIONS);
    }
    servers.wait(&load, deadline);

    let wrong = load.wrong.lock().unwrap();
    let some: Vec<_> = wrong.iter().take(5).collect();
    assert!(
        wrong.is_empty(),
        "{} wrong verdicts: {some:#?}",
        wrong.len()
    );
    assert_eq!(load.served.load(Ordering::Relaxed), CONNECTIONS);
    let growth = resident.saturating_sub(grown_from);
    assert!(
        growth <= MOST_GROWTH_KIB,
        "{growth} KiB more resident after {CONNECTIONS} connections than after {WARM_UP}"
    );
    println!(
        "{CONNECTIONS} connections in {:?}; resident {grown_from} KiB, then {resident} KiB",
        began.elapsed()
    );
}
