//! The server of connections that outlive certificates.

use std::sync::Arc;
use std::time::Duration;

use certificates::{HOST, Own, Pki, now};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_policy_verifier::WithPolicy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::kit::{Files, LONGEST, Server, anchors, der, server_policy};

async fn connect(pki: &Pki, own: &Own, server: &Server) -> TlsStream<TcpStream> {
    let tls = ClientConfig::builder();
    let tls = tls.with_policy(anchors(pki), server_policy()).unwrap();
    let (chain, key) = der(own);
    let tls = tls.with_client_auth_cert(chain, key).unwrap();
    let socket = TcpStream::connect(server.address()).await.unwrap();
    let name = ServerName::try_from(HOST).unwrap();
    let connector = TlsConnector::from(Arc::new(tls));
    connector.connect(name, socket).await.unwrap()
}

async fn echoes(stream: &mut TlsStream<TcpStream>) {
    stream.write_all(b"still there?").await.unwrap();
    let mut echo = [0; 12];
    stream.read_exact(&mut echo).await.unwrap();
    assert_eq!(&echo, b"still there?");
}

/// And no other.
#[tokio::test]
async fn a_connection_ends_when_the_certificate_does() {
    let files = Files::new();
    let pki = Pki::default();
    let server = files.serve("long-lived", "server.pem");
    // Long enough for a handshake on a busy machine.
    let end = now() + 10;
    let ending = pki.client(|it| it.validity(now() - 60, end));
    let lasting = pki.client(|it| it);
    let all = async {
        let mut brief = connect(&pki, &ending, &server).await;
        let mut long = connect(&pki, &lasting, &server).await;
        echoes(&mut brief).await;
        echoes(&mut long).await;
        // A clean end: `close_notify`, not a broken connection.
        assert_eq!(brief.read(&mut [0]).await.unwrap(), 0);
        assert!(now() > end, "ended {} s too early", end - now() + 1);
        server.says("end-entity: validity-period requires");
        sleep(Duration::from_millis(100)).await;
        echoes(&mut long).await;
    };
    timeout(LONGEST, all).await.expect("an end in time");
    assert_eq!(server.said("end-entity: validity-period").len(), 1);
}
