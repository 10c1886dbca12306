//! Mutual TLS 1.3 handshakes in memory, full ones and resumed ones.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ClientConnection, HandshakeKind, ServerConfig, ServerConnection};
use rustls_policy_verifier::{
    PolicyClientCertVerifier, PolicyServerCertVerifier, Role, Verifier, protect_sessions,
};

use crate::chains::{Chain, HOST, Kind, NOW, Rules};
use crate::sides::{Cache, Side};

/// Everything is judged at one time.
#[derive(Debug)]
struct Fixed;

impl TimeProvider for Fixed {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::from(NOW))
    }
}

/// Whose verifiers judge, on both sides of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Theirs,
    /// Ours by the full policy, each with a cache of its own.
    Ours,
}

/// A client and a server, each with a certificate that the other one judges.
#[derive(Debug)]
pub struct Peers {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Peers {
    pub fn new(kind: &Kind, provider: &Arc<CryptoProvider>, whose: Whose) -> Self {
        let of_server = Chain::new(kind, Role::Server);
        let of_client = Chain::new(kind, Role::Client);
        let judge = |chain: &Chain, role| match whose {
            Whose::Theirs => Side::theirs(chain, role, provider),
            Whose::Ours => Side::ours(chain, role, provider, Rules::Partner, Cache::Own),
        };
        let Side::OfServers(servers) = judge(&of_server, Role::Server) else {
            unreachable!("servers are judged by what judges servers")
        };
        let Side::OfClients(clients) = judge(&of_client, Role::Client) else {
            unreachable!("clients are judged by what judges clients")
        };
        let (mut client, mut server) =
            configurations(provider, (servers, clients), (&of_client, &of_server));
        client.resumption = Resumption::disabled();
        server.send_tls13_tickets = 0;
        Self {
            client: Arc::new(client),
            server: Arc::new(server),
        }
    }

    /// Peers that resume: as rustls does by default, or only if the policy accepts the other one again. Both by our verifiers, by
    /// the full policy.
    pub fn resuming(kind: &Kind, provider: &Arc<CryptoProvider>, protected: bool) -> Self {
        let of_server = Chain::new(kind, Role::Server);
        let of_client = Chain::new(kind, Role::Client);
        let verifier = |chain: &Chain, role| {
            let policy = Rules::Partner.policy(role, &chain.roots[0]);
            let builder = Verifier::builder_with_provider(chain.anchors(), policy, provider);
            builder.build().expect("our verifier")
        };
        let servers = PolicyServerCertVerifier::new(verifier(&of_server, Role::Server));
        let servers = servers.expect("a policy for servers");
        let clients = PolicyClientCertVerifier::new(verifier(&of_client, Role::Client));
        let clients = clients.expect("a policy for clients");
        let (mut client, mut server) = configurations(
            provider,
            (Arc::new(servers.clone()), Arc::new(clients.clone())),
            (&of_client, &of_server),
        );
        if protected {
            protect_sessions(&mut client, &servers);
            protect_sessions(&mut server, &clients);
        }
        let peers = Self {
            client: Arc::new(client),
            server: Arc::new(server),
        };
        peers.connect();
        let (client, server) = peers.connect();
        let resumed = Some(HandshakeKind::Resumed);
        assert_eq!(
            [client.handshake_kind(), server.handshake_kind()],
            [resumed; 2]
        );
        peers
    }

    /// One handshake, to its end on both sides.
    pub fn connect(&self) -> (ClientConnection, ServerConnection) {
        let name = ServerName::try_from(HOST).expect("a name");
        let mut client = ClientConnection::new(self.client.clone(), name).expect("a client");
        let mut server = ServerConnection::new(self.server.clone()).expect("a server");
        let mut wire = Vec::new();
        while client.is_handshaking() || server.is_handshaking() || client.wants_write() {
            while client.wants_write() {
                client.write_tls(&mut wire).expect("memory is writable");
            }
            deliver(&mut wire, |octets| {
                server.read_tls(octets).expect("memory is readable");
                server.process_new_packets().expect("the server accepts");
            });
            while server.wants_write() {
                server.write_tls(&mut wire).expect("memory is writable");
            }
            deliver(&mut wire, |octets| {
                client.read_tls(octets).expect("memory is readable");
                client.process_new_packets().expect("the client accepts");
            });
        }
        assert!(
            client.peer_certificates().is_some() && server.peer_certificates().is_some(),
            "both sides are authenticated"
        );
        (client, server)
    }
}

/// Of a client and a server with these verifiers and certificates, as rustls makes them.
fn configurations(
    provider: &Arc<CryptoProvider>,
    (servers, clients): (Arc<dyn ServerCertVerifier>, Arc<dyn ClientCertVerifier>),
    (of_client, of_server): (&Chain, &Chain),
) -> (ClientConfig, ServerConfig) {
    let client = ClientConfig::builder_with_details(provider.clone(), Arc::new(Fixed))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(servers)
        .with_client_auth_cert(certificates(of_client), of_client.key.clone_key())
        .expect("the client's key");
    let server = ServerConfig::builder_with_details(provider.clone(), Arc::new(Fixed))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_client_cert_verifier(clients)
        .with_single_cert(certificates(of_server), of_server.key.clone_key())
        .expect("the server's key");
    (client, server)
}

fn deliver(wire: &mut Vec<u8>, mut read: impl FnMut(&mut &[u8])) {
    let mut octets = wire.as_slice();
    while !octets.is_empty() {
        read(&mut octets);
    }
    wire.clear();
}

/// What a peer presents: the end entity first.
fn certificates(chain: &Chain) -> Vec<rustls::pki_types::CertificateDer<'static>> {
    std::iter::once(&chain.end_entity)
        .chain(&chain.others)
        .cloned()
        .collect()
}
