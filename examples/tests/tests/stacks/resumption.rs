//! Resumed sessions of a configuration built by hand, whose verifier rustls does not ask: what an application can do.

use std::net::Ipv4Addr;
use std::sync::Arc;

use certificates::{CLIENT, HOST, Pki, now};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, HandshakeKind, ServerConfig, SupportedProtocolVersion};
use rustls_policy_verifier::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::kit::{LONGEST, anchors, client_policy, der, server_policy};

/// One connection: what the server knows of it while it stands.
async fn connect(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
) -> (HandshakeKind, Vec<CertificateDer<'static>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = async {
        let (socket, _) = listener.accept().await.unwrap();
        let acceptor = TlsAcceptor::from(server.clone());
        let mut stream = acceptor.accept(socket).await.unwrap();
        stream.write_all(b"!").await.unwrap();
        stream.read_exact(&mut [0]).await.unwrap();
        let connection = stream.get_ref().1;
        (
            connection.handshake_kind().unwrap(),
            connection.peer_certificates().unwrap().to_vec(),
        )
    };
    let calling = async {
        let socket = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from(HOST).unwrap();
        let connector = TlsConnector::from(client.clone());
        let mut stream = connector.connect(name, socket).await.unwrap();
        // With the server's octet the client has read its tickets.
        stream.read_exact(&mut [0]).await.unwrap();
        stream.write_all(b"!").await.unwrap();
        stream.flush().await.unwrap();
    };
    let both = async { tokio::join!(serving, calling) };
    timeout(LONGEST, both)
        .await
        .expect("a connection in time")
        .0
}

fn configurations(
    version: &'static SupportedProtocolVersion,
    pki: &Pki,
) -> (Arc<ClientConfig>, Arc<ServerConfig>, Arc<Verifier>) {
    let server = ServerConfig::builder_with_protocol_versions(&[version]);
    let provider = server.crypto_provider().clone();
    let verifier = |policy| {
        let verifier = Verifier::builder_with_provider(anchors(pki), policy, &provider);
        Arc::new(verifier.build().unwrap())
    };
    let of_clients = verifier(client_policy());
    let judge = PolicyClientCertVerifier::new(of_clients.clone()).unwrap();
    let (chain, key) = der(&pki.server(|it| it));
    let server = server.with_client_cert_verifier(Arc::new(judge));
    let server = server.with_single_cert(chain, key).unwrap();
    let judge = PolicyServerCertVerifier::new(verifier(server_policy())).unwrap();
    let (chain, key) = der(&pki.client(|it| it));
    let client = ClientConfig::builder_with_protocol_versions(&[version])
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(judge))
        .with_client_auth_cert(chain, key)
        .unwrap();
    (Arc::new(client), Arc::new(server), of_clients)
}

#[tokio::test]
async fn a_resumed_connection_yields_its_peer_and_can_be_verified_again() {
    let pki = Pki::default();
    for version in rustls::ALL_VERSIONS {
        let (client, server, verifier) = configurations(version, &pki);
        let (full, first) = connect(&client, &server).await;
        assert_eq!(full, HandshakeKind::Full);
        let (resumed, certificates) = connect(&client, &server).await;
        assert_eq!(resumed, HandshakeKind::Resumed, "{version:?}");
        assert_eq!(first, certificates);

        let identity = PeerIdentity::of(&certificates).unwrap();
        assert_eq!(
            identity.subject().to_string(),
            format!("O=Acme,CN={CLIENT}")
        );
        assert_eq!(
            identity.fingerprint(),
            PeerIdentity::of(&first).unwrap().fingerprint()
        );
        // What a certificate says proves neither an issuer nor an agreed identifier.
        assert_eq!((identity.label(), identity.identifiers().len()), (None, 0));

        let path = verifier
            .recheck(&certificates, Peer::Client, UnixTime::now())
            .unwrap();
        assert_eq!(path.label(), "acme");
        let identifiers = path.identifiers();
        let [identifier] = identifiers.as_slice() else {
            panic!("{identifiers:?}");
        };
        assert_eq!(identifier.value, CLIENT);
        assert_eq!(path.identity().fingerprint(), identity.fingerprint());

        // The clock passes the certificate's end; rustls would resume for as long as tickets are renewed.
        let late = Time::from_unix_seconds(now().unsigned_abs() + 91 * 24 * 60 * 60);
        let refusal = verifier.recheck(&certificates, Peer::Client, late);
        let refusal = refusal.unwrap_err();
        let broken = refusal.violations().iter();
        let broken: Vec<_> = broken
            .map(|it| (it.rule.to_string(), it.position))
            .collect();
        assert!(
            broken.contains(&("validity-period".to_owned(), Position::EndEntity)),
            "{broken:?}"
        );
    }
}
