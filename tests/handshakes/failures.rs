//! Connections that fail, certificates or not: what each side is told of the cause.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use rustls_policy_verifier::rustls::crypto::CryptoProvider;
use rustls_policy_verifier::rustls::pki_types::ServerName;
use rustls_policy_verifier::rustls::{
    self, AlertDescription, ClientConfig, ClientConnection, ServerConfig,
};
use rustls_policy_verifier::{
    ConnectionFailure, FailureCause, Policy, PolicyClientCertVerifier, TrustAnchors, Verifier,
    WithPolicy, failure_in,
};

use crate::kit::{
    Established, HOST, Own, Pki, VERSIONS, Version, client_builder, client_config, connect,
    converse, judge_of_clients, judge_of_servers, provider, server_builder, server_config,
};
use crate::support::{Authority, TestKey};

/// What failed on each side: the client's cause and the server's.
fn causes(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> [Option<FailureCause>; 2] {
    let outcome = connect(client, server, HOST);
    [outcome.client, outcome.server].map(|side| {
        let failure = failure_in(&side.err()?)?;
        assert!(!failure.hint().is_empty() && !failure.to_string().is_empty());
        Some(failure.cause())
    })
}

fn client(pki: &Pki, versions: &[Version], own: Option<Own>) -> Arc<ClientConfig> {
    client_config(
        versions,
        judge_of_servers(pki.verifier(Policy::server())),
        own,
    )
}

fn server(pki: &Pki, versions: &[Version]) -> Arc<ServerConfig> {
    let judge = judge_of_clients(pki.verifier(Policy::client()));
    server_config(versions, judge, pki.server())
}

#[test]
fn versions_and_suites_that_do_not_meet() {
    let pki = Pki::new();
    let [old, new] = VERSIONS;
    for (of_client, of_server) in [(old, new), (new, old)] {
        let client = client(&pki, &[of_client], Some(pki.client()));
        let version = Some(FailureCause::ProtocolVersion);
        assert_eq!(causes(&client, &server(&pki, &[of_server])), [version; 2]);
    }

    let with_suites = |first: bool| {
        let mut provider: CryptoProvider = (*provider()).clone();
        let mut tls13 = provider.cipher_suites;
        tls13.retain(|suite| suite.tls13().is_some());
        let (some, others) = tls13.split_at(1);
        provider.cipher_suites = if first { some } else { others }.to_vec();
        Arc::new(provider)
    };
    let own = pki.client();
    let client = ClientConfig::builder_with_provider(with_suites(true))
        .with_protocol_versions(&[new])
        .unwrap()
        .with_policy(pki.anchors(), Policy::server())
        .unwrap()
        .with_client_auth_cert(own.chain, own.key)
        .unwrap();
    let own = pki.server();
    let server = ServerConfig::builder_with_provider(with_suites(false))
        .with_protocol_versions(&[new])
        .unwrap()
        .with_policy(pki.anchors(), Policy::client())
        .unwrap()
        .with_single_cert(own.chain, own.key)
        .unwrap();
    assert_eq!(
        causes(&Arc::new(client), &Arc::new(server)),
        [
            Some(FailureCause::NothingInCommon),
            Some(FailureCause::CipherSuites)
        ]
    );
}

#[test]
fn no_certificate_where_one_is_demanded() {
    let pki = Pki::new();
    for version in VERSIONS {
        assert_eq!(
            causes(&client(&pki, &[version], None), &server(&pki, &[version])),
            [
                Some(FailureCause::OurCertificateMissing),
                Some(FailureCause::PeerCertificateMissing)
            ]
        );
    }
}

#[test]
fn a_certificate_that_the_other_side_refuses() {
    let pki = Pki::new();
    let elsewhere = Authority::root("Elsewhere", TestKey::ed25519(40));
    let stranger = TrustAnchors::from_pem(&elsewhere.der).unwrap();
    for version in VERSIONS {
        let refuses = |specific: bool| {
            let verifier =
                Verifier::builder_with_provider(stranger.clone(), Policy::client(), &provider());
            let judge = PolicyClientCertVerifier::new(Arc::new(verifier.build().unwrap()));
            let mut judge = judge.unwrap();
            if specific {
                judge = judge.prefer_specific_alerts();
            }
            server_config(&[version], judge, pki.server())
        };
        let client = client(&pki, &[version], Some(pki.client()));
        assert_eq!(
            causes(&client, &refuses(false)),
            [
                Some(FailureCause::OurCertificateRefused),
                Some(FailureCause::PeerCertificateRefused)
            ]
        );
        assert_eq!(
            causes(&client, &refuses(true)),
            [
                Some(FailureCause::OurCertificateUnknownCa),
                Some(FailureCause::PeerCertificateUnknownCa)
            ]
        );
    }
}

/// Our refusal is told in its own words, with its own hint.
#[test]
fn our_own_refusal_is_told_to_the_word() {
    let pki = Pki::new();
    let client = client(&pki, &VERSIONS, Some(pki.client()));
    let outcome = connect(&client, &server(&pki, &VERSIONS), "other.acme.example");
    let failure = failure_in(&outcome.client.unwrap_err()).unwrap();
    assert_eq!(
        failure.to_string(),
        "the peer's certificate was refused here (server certificate CN=peer refused: end-entity: server-name requires the name other.acme.example, presented: dns:api.acme.example)"
    );
    assert_eq!(
        failure.hint(),
        "connect by a name the certificate has, or have it issued for this name"
    );
    let failure = failure_in(&outcome.server.unwrap_err()).unwrap();
    assert_eq!(
        failure.to_string(),
        "the peer refused our certificate (received fatal alert: CertificateUnknown)"
    );
}

#[test]
fn application_protocols_that_do_not_meet() {
    let pki = Pki::new();
    for version in VERSIONS {
        let own = pki.client();
        let mut client = client_builder(&[version])
            .with_policy(pki.anchors(), Policy::server())
            .unwrap()
            .with_client_auth_cert(own.chain, own.key)
            .unwrap();
        client.alpn_protocols = vec![b"h2".to_vec()];
        let own = pki.server();
        let mut server = server_builder(&[version])
            .with_policy(pki.anchors(), Policy::client())
            .unwrap()
            .with_single_cert(own.chain, own.key)
            .unwrap();
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        assert_eq!(
            causes(&Arc::new(client), &Arc::new(server)),
            [Some(FailureCause::ApplicationProtocol); 2]
        );
    }
}

#[test]
fn something_that_is_not_tls() {
    let pki = Pki::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let plain = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = socket.shutdown(std::net::Shutdown::Write);
        let _ = std::io::copy(&mut socket, &mut std::io::sink());
    });
    let config = client(&pki, &VERSIONS, None);
    let connection = ClientConnection::new(config, ServerName::try_from(HOST).unwrap()).unwrap();
    let socket = TcpStream::connect(address).unwrap();
    let outcome = converse(connection, socket, |_| -> Established { unreachable!() });
    let failure = failure_in(&outcome.unwrap_err()).unwrap();
    assert_eq!(failure.to_string(), "the other end does not speak TLS");
    assert_eq!(
        failure.hint(),
        "check the port: it may be plain HTTP, or want STARTTLS first"
    );
    plain.join().unwrap();
}

/// A key that is not the certificate's is noticed when the configuration is built.
#[test]
fn a_key_of_another_certificate() {
    let pki = Pki::new();
    let key = pki.client().key;
    let builder = server_builder(&VERSIONS)
        .with_policy(pki.anchors(), Policy::client())
        .unwrap();
    let error = builder
        .with_single_cert(pki.server().chain, key)
        .unwrap_err();
    assert_eq!(ConnectionFailure::of(&error).cause(), FailureCause::OurKey);
}

/// Every alert means something, and what is none of ours keeps rustls's words, bounded.
#[test]
fn alerts_and_other_errors_have_words() {
    let cases = [
        (
            AlertDescription::UnknownCA,
            FailureCause::OurCertificateUnknownCa,
        ),
        (
            AlertDescription::CertificateExpired,
            FailureCause::OurCertificateExpired,
        ),
        (
            AlertDescription::CertificateRevoked,
            FailureCause::OurCertificateRevoked,
        ),
        (
            AlertDescription::AccessDenied,
            FailureCause::OurCertificateDenied,
        ),
        (
            AlertDescription::UnsupportedCertificate,
            FailureCause::OurCertificateUnsuitable,
        ),
        (
            AlertDescription::BadCertificate,
            FailureCause::OurCertificateRefused,
        ),
        (
            AlertDescription::CertificateRequired,
            FailureCause::OurCertificateMissing,
        ),
        (
            AlertDescription::DecryptError,
            FailureCause::OurSignatureRefused,
        ),
        (
            AlertDescription::ProtocolVersion,
            FailureCause::ProtocolVersion,
        ),
        (
            AlertDescription::HandshakeFailure,
            FailureCause::NothingInCommon,
        ),
        (
            AlertDescription::UnrecognisedName,
            FailureCause::ServerNameUnknown,
        ),
        (
            AlertDescription::NoApplicationProtocol,
            FailureCause::ApplicationProtocol,
        ),
        (AlertDescription::InternalError, FailureCause::Other),
    ];
    for (alert, cause) in cases {
        assert_eq!(
            ConnectionFailure::of_alert(alert).cause(),
            cause,
            "{alert:?}"
        );
    }
    let odd = rustls::Error::General(format!("odd\n\u{202e}{}", "x".repeat(10_000)));
    let failure = ConnectionFailure::of(&odd);
    assert_eq!(failure.cause(), FailureCause::Other);
    let words = failure.to_string();
    assert!(
        words.starts_with("the connection failed (unexpected error: odd\\n\\u{202e}xxx"),
        "{words}"
    );
    assert!(words.len() < 1_000, "{}", words.len());
    let closed = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let closed = failure_in(&std::io::Error::other(closed)).unwrap();
    assert_eq!(closed.cause(), FailureCause::ConnectionClosed);
    let elsewhere = std::io::Error::from(std::io::ErrorKind::NotFound);
    assert_eq!(failure_in(&elsewhere), None);
}
