//! The rustls verifiers in real handshakes over loopback sockets, in both directions, in TLS 1.2 and 1.3.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::crypto::ring::default_provider;
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, HandshakeKind, ServerConfig,
    ServerConnection, StreamOwned, SupportedProtocolVersion,
};
use rustls_policy_verifier::{
    BuildError, ExtendedKeyUsage, KeyPurpose, Policy, PolicyClientCertVerifier,
    PolicyServerCertVerifier, RootHints, TrustAnchors, Verifier, WithPolicy, pki_types,
    protect_sessions, refusal_in, rustls,
};

use crate::support::{Authority, CertificateBuilder, Name, TestKey, oids};

const HOST: &str = "api.acme.example";
const VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(1))
}

fn anchors() -> TrustAnchors {
    TrustAnchors::new().with_pem("acme", root().der).unwrap()
}

/// Certificates of these tests are judged at the machine's time, as rustls has it, so they are valid for long.
fn end_entity(purposes: &[&str]) -> CertificateBuilder {
    CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(5).spki())
        .validity(1_577_836_800, 4_102_444_800)
        .eku(purposes)
        .dns(&[HOST])
}

struct Own {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

fn own(purposes: &[&str]) -> Own {
    Own {
        chain: vec![root().issue(end_entity(purposes)).into()],
        key: PrivatePkcs8KeyDer::from(TestKey::ed25519(5).pkcs8_der()).into(),
    }
}

fn client(
    version: &'static SupportedProtocolVersion,
    policy: Policy,
    own: Option<Own>,
) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_policy(anchors(), policy)
        .unwrap();
    match own {
        Some(own) => builder.with_client_auth_cert(own.chain, own.key).unwrap(),
        None => builder.with_no_client_auth(),
    }
}

fn server(version: &'static SupportedProtocolVersion, policy: Policy) -> ServerConfig {
    let own = own(&[oids::SERVER_AUTH]);
    ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_policy(anchors(), policy)
        .unwrap()
        .with_single_cert(own.chain, own.key)
        .unwrap()
}

/// What each side saw of one connection.
struct Outcome {
    client: Result<HandshakeKind, std::io::Error>,
    server: Result<HandshakeKind, std::io::Error>,
}

/// One connection over loopback: each side sends an octet and reads one.
fn connect(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>, name: &str) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = server.clone();
    let serving = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(server).unwrap();
        let mut stream = StreamOwned::new(connection, socket);
        exchange(&mut stream)?;
        Ok(stream.conn.handshake_kind().unwrap())
    });
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connection = ClientConnection::new(client.clone(), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    let client = exchange(&mut stream).map(|()| stream.conn.handshake_kind().unwrap());
    drop(stream);
    Outcome {
        client,
        server: serving.join().unwrap(),
    }
}

fn exchange(stream: &mut (impl Read + Write)) -> std::io::Result<()> {
    stream.write_all(b"!")?;
    stream.flush()?;
    stream.read_exact(&mut [0])
}

fn alert(error: &std::io::Error) -> Option<AlertDescription> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::AlertReceived(alert) => Some(*alert),
        _ => None,
    }
}

fn rules(error: &std::io::Error) -> Vec<String> {
    let refusal = refusal_in(error).unwrap_or_else(|| panic!("no refusal of ours in {error:?}"));
    refusal
        .violations()
        .iter()
        .map(|violation| violation.rule.to_string())
        .collect()
}

#[test]
fn peers_that_keep_the_policy_connect() {
    for version in VERSIONS {
        let client = Arc::new(client(
            version,
            Policy::server(),
            Some(own(&[oids::CLIENT_AUTH])),
        ));
        let server = Arc::new(server(version, Policy::client()));
        for _ in 0..2 {
            let outcome = connect(&client, &server, HOST);
            // Also the second time: what the one-call constructors build does not resume.
            assert_eq!(outcome.client.unwrap(), HandshakeKind::Full);
            assert_eq!(outcome.server.unwrap(), HandshakeKind::Full);
        }
    }
}

#[test]
fn a_client_that_breaks_the_policy_is_refused_with_the_reason() {
    let mut policy = Policy::client();
    policy.extended_key_usage = ExtendedKeyUsage::only([KeyPurpose::client_auth()]).into();
    for version in VERSIONS {
        let both = own(&[oids::CLIENT_AUTH, oids::SERVER_AUTH]);
        let client = Arc::new(client(version, Policy::server(), Some(both)));
        let outcome = connect(&client, &Arc::new(server(version, policy.clone())), HOST);
        assert_eq!(rules(&outcome.server.unwrap_err()), ["extended-key-usage"]);
        let client = outcome.client.unwrap_err();
        assert_eq!(
            alert(&client),
            Some(AlertDescription::CertificateUnknown),
            "{client:?}"
        );
    }
}

#[test]
fn a_server_that_breaks_the_policy_is_refused_with_the_reason() {
    let mut policy = Policy::server();
    policy.minimum_key_size.end_entity.ed25519 = false;
    for version in VERSIONS {
        let client = Arc::new(client(
            version,
            policy.clone(),
            Some(own(&[oids::CLIENT_AUTH])),
        ));
        let outcome = connect(&client, &Arc::new(server(version, Policy::client())), HOST);
        assert_eq!(rules(&outcome.client.unwrap_err()), ["minimum-key-size"]);
        let server = outcome.server.unwrap_err();
        assert_eq!(
            alert(&server),
            Some(AlertDescription::CertificateUnknown),
            "{server:?}"
        );
    }
}

#[test]
fn a_wrong_host_name_is_refused() {
    for version in VERSIONS {
        let client = Arc::new(client(
            version,
            Policy::server(),
            Some(own(&[oids::CLIENT_AUTH])),
        ));
        let server = Arc::new(server(version, Policy::client()));
        for name in ["other.acme.example", "127.0.0.1"] {
            let outcome = connect(&client, &server, name);
            assert_eq!(
                rules(&outcome.client.unwrap_err()),
                ["server-name"],
                "{name}"
            );
        }
    }
}

#[test]
fn a_client_certificate_is_mandatory_unless_it_is_not() {
    for version in VERSIONS {
        let anonymous = Arc::new(client(version, Policy::server(), None));
        let outcome = connect(
            &anonymous,
            &Arc::new(server(version, Policy::client())),
            HOST,
        );
        let error = outcome.server.unwrap_err();
        assert!(refusal_in(&error).is_none(), "{error:?}");
        assert_eq!(error.to_string(), "peer sent no certificates");

        let verifier =
            Verifier::builder_with_provider(anchors(), Policy::client(), &default_provider());
        let verifier = PolicyClientCertVerifier::new(Arc::new(verifier.build().unwrap()))
            .unwrap()
            .allow_unauthenticated()
            .root_hints(RootHints::None);
        let own_chain = own(&[oids::SERVER_AUTH]);
        let optional = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_policy_verifier(Arc::new(verifier))
            .with_single_cert(own_chain.chain, own_chain.key)
            .unwrap();
        let optional = Arc::new(optional);
        assert!(connect(&anonymous, &optional, HOST).server.is_ok());
        // A certificate that is presented is judged all the same.
        let bad = Arc::new(client(
            version,
            Policy::server(),
            Some(own(&[oids::CODE_SIGNING])),
        ));
        let outcome = connect(&bad, &optional, HOST);
        assert_eq!(
            rules(&outcome.server.unwrap_err()),
            ["chain", "extended-key-usage"]
        );
    }
}

#[test]
fn specific_alerts_tell_the_peer_and_hide_the_report() {
    let verifier =
        Verifier::builder_with_provider(anchors(), Policy::server(), &default_provider());
    let verifier = PolicyServerCertVerifier::new(Arc::new(verifier.build().unwrap()))
        .unwrap()
        .prefer_specific_alerts();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&VERSIONS)
        .unwrap()
        .with_policy_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let server = Arc::new(server(&rustls::version::TLS13, Policy::client()));
    let outcome = connect(&Arc::new(config), &server, "other.acme.example");
    let error = outcome.client.unwrap_err();
    assert!(refusal_in(&error).is_none());
    assert_eq!(
        alert(&outcome.server.unwrap_err()),
        Some(AlertDescription::BadCertificate)
    );
}

/// A configuration built by hand resumes without asking the verifier, until it is protected.
#[test]
fn a_bare_verifier_does_not_see_resumptions() {
    for protect in [false, true] {
        let verifier = |policy| {
            Verifier::builder_with_provider(anchors(), policy, &default_provider())
                .build()
                .unwrap()
        };
        let own_chain = own(&[oids::SERVER_AUTH]);
        let clients = PolicyClientCertVerifier::new(Arc::new(verifier(Policy::client()))).unwrap();
        let mut server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&VERSIONS)
            .unwrap()
            .with_client_cert_verifier(Arc::new(clients))
            .with_single_cert(own_chain.chain, own_chain.key)
            .unwrap();
        let own_chain = own(&[oids::CLIENT_AUTH]);
        let servers = PolicyServerCertVerifier::new(Arc::new(verifier(Policy::server()))).unwrap();
        let client = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&VERSIONS)
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(servers))
            .with_client_auth_cert(own_chain.chain, own_chain.key)
            .unwrap();
        if protect {
            protect_sessions(&mut server);
        }
        let (client, server) = (Arc::new(client), Arc::new(server));
        assert_eq!(
            connect(&client, &server, HOST).server.unwrap(),
            HandshakeKind::Full
        );
        let second = connect(&client, &server, HOST).server.unwrap();
        assert_eq!(
            second,
            if protect {
                HandshakeKind::Full
            } else {
                HandshakeKind::Resumed
            }
        );
    }
}

#[test]
fn the_wrong_direction_is_a_build_error() {
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    assert_eq!(
        builder
            .with_policy(anchors(), Policy::client())
            .unwrap_err()
            .to_string(),
        "the verifier's policy is for client certificates, and server certificates are to be judged: start from `Policy::server()`"
    );
    let verifier = Verifier::builder(anchors(), Policy::client())
        .build()
        .unwrap();
    assert_eq!(
        PolicyClientCertVerifier::new(Arc::new(verifier)).unwrap_err(),
        BuildError::NoProvider
    );
}

/// A provider that offers SHA-1 does not bring it in: neither advertised nor accepted.
#[test]
fn sha1_schemes_are_neither_advertised_nor_accepted() {
    use rustls::client::danger::ServerCertVerifier;
    use rustls::crypto::WebPkiSupportedAlgorithms;
    use rustls::internal::msgs::codec::{Codec, Reader};
    use rustls::{DigitallySignedStruct, PeerMisbehaved, SignatureScheme};

    type Algorithms = &'static [&'static dyn pki_types::SignatureVerificationAlgorithm];
    static ED25519: Algorithms = &[webpki::ring::ED25519];
    static MAPPING: &[(SignatureScheme, Algorithms)] = &[
        (SignatureScheme::ED25519, ED25519),
        (SignatureScheme::RSA_PKCS1_SHA1, ED25519),
        (SignatureScheme::ECDSA_SHA1_Legacy, ED25519),
    ];
    let mut provider = default_provider();
    provider.signature_verification_algorithms = WebPkiSupportedAlgorithms {
        all: ED25519,
        mapping: MAPPING,
    };
    let verifier = Verifier::builder_with_provider(anchors(), Policy::server(), &provider);
    let verifier = PolicyServerCertVerifier::new(Arc::new(verifier.build().unwrap())).unwrap();
    assert_eq!(
        verifier.supported_verify_schemes(),
        [SignatureScheme::ED25519]
    );

    let certificate = CertificateDer::from(root().issue(end_entity(&[oids::SERVER_AUTH])));
    let signature = TestKey::ed25519(5).sign(b"message");
    let verify = |scheme: SignatureScheme| {
        let mut encoded = u16::from(scheme).to_be_bytes().to_vec();
        encoded.extend(u16::try_from(signature.len()).unwrap().to_be_bytes());
        encoded.extend(&signature);
        let signed = DigitallySignedStruct::read(&mut Reader::init(&encoded)).unwrap();
        verifier
            .verify_tls12_signature(b"message", &certificate, &signed)
            .map(|_| ())
    };
    assert_eq!(verify(SignatureScheme::ED25519), Ok(()));
    for sha1 in [
        SignatureScheme::RSA_PKCS1_SHA1,
        SignatureScheme::ECDSA_SHA1_Legacy,
    ] {
        assert_eq!(
            verify(sha1),
            Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
        );
    }
}
