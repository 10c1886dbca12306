//! Two peers and a connection between them.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::ops::DerefMut;
use std::sync::Arc;
use std::time::Duration;

use pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, CommonState, ConfigBuilder,
    ConnectionCommon, HandshakeKind, ServerConfig, ServerConnection, SideData, SignatureScheme,
    StreamOwned, SupportedProtocolVersion, WantsVerifier,
};
use rustls_policy_verifier::{
    Policy, PolicyClientCertVerifier, PolicyServerCertVerifier, Position, Role, TrustAnchors,
    Verifier, VerifierBuilder, WithPolicy, pki_types, refusal_in, rustls,
};

use crate::support::{Authority, CertificateBuilder, Name, TestKey, oids};

pub(crate) type Version = &'static SupportedProtocolVersion;

pub(crate) const VERSIONS: [Version; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

/// The server's name in these tests.
pub(crate) const HOST: &str = "api.acme.example";

/// 2026-06-01T00:00:00Z, when everything here is judged.
pub(crate) const NOW: u64 = 1_780_272_000;

/// The provider that rustls chooses by the features of this build; it panics if there are two.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    ClientConfig::builder().crypto_provider().clone()
}

/// Our side's clock, which stands at [`NOW`].
#[derive(Debug)]
pub(crate) struct Fixed;

impl TimeProvider for Fixed {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(NOW)))
    }
}

/// rustls's builder at the fixed time.
pub(crate) fn client_builder(versions: &[Version]) -> ConfigBuilder<ClientConfig, WantsVerifier> {
    ClientConfig::builder_with_details(provider(), Arc::new(Fixed))
        .with_protocol_versions(versions)
        .unwrap()
}

/// rustls's builder at the fixed time.
pub(crate) fn server_builder(versions: &[Version]) -> ConfigBuilder<ServerConfig, WantsVerifier> {
    ServerConfig::builder_with_details(provider(), Arc::new(Fixed))
        .with_protocol_versions(versions)
        .unwrap()
}

/// A chain, the key of its end entity, and what is stapled.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
    /// The OCSP response that a server staples. rustls's clients staple none, and its servers end a connection in which a
    /// client does, before any verifier is asked.
    pub(crate) staple: Option<Vec<u8>>,
}

impl Own {
    pub(crate) fn new(key: &TestKey, chain: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self {
            chain: chain.into_iter().map(CertificateDer::from).collect(),
            key: PrivatePkcs8KeyDer::from(key.pkcs8_der()).into(),
            staple: None,
        }
    }
}

impl Clone for Own {
    fn clone(&self) -> Self {
        Self {
            chain: self.chain.clone(),
            key: self.key.clone_key(),
            staple: self.staple.clone(),
        }
    }
}

/// A root and the CA below it that issues, all keys of one kind.
pub(crate) struct Pki {
    pub(crate) root: Authority,
    pub(crate) issuing: Authority,
}

impl Pki {
    /// With Ed25519 keys.
    pub(crate) fn new() -> Self {
        Self::with_keys(TestKey::ed25519(1), TestKey::ed25519(2))
    }

    pub(crate) fn with_keys(root: TestKey, issuing: TestKey) -> Self {
        let root = Authority::root("Root", root);
        let issuing = root.intermediate("Issuing CA", issuing);
        Self { root, issuing }
    }

    /// The root under the label "acme".
    pub(crate) fn anchors(&self) -> TrustAnchors {
        TrustAnchors::new()
            .with_pem("acme", &self.root.der)
            .unwrap()
    }

    /// An end entity's certificate that `change` adapts, with its key, and the issuing CA's certificate behind it.
    pub(crate) fn own(
        &self,
        key: &TestKey,
        purposes: &[&str],
        change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    ) -> Own {
        let builder = CertificateBuilder::end_entity(Name::cn("peer"), key.spki())
            .eku(purposes)
            .dns(&[HOST]);
        let end_entity = self.issuing.issue(change(builder));
        Own::new(key, [end_entity, self.issuing.der.clone()])
    }

    /// A good server's chain.
    pub(crate) fn server(&self) -> Own {
        self.own(&TestKey::ed25519(5), &[oids::SERVER_AUTH], |it| it)
    }

    /// A good client's chain.
    pub(crate) fn client(&self) -> Own {
        self.own(&TestKey::ed25519(6), &[oids::CLIENT_AUTH], |it| it)
    }

    /// The engine for a policy, with the provider's algorithms.
    pub(crate) fn verifier(&self, policy: Policy) -> VerifierBuilder {
        Verifier::builder_with_provider(self.anchors(), policy, &provider())
    }
}

/// The adapter that goes into a client's configuration.
pub(crate) fn judge_of_servers(verifier: VerifierBuilder) -> PolicyServerCertVerifier {
    PolicyServerCertVerifier::new(Arc::new(verifier.build().unwrap())).unwrap()
}

/// The adapter that goes into a server's configuration.
pub(crate) fn judge_of_clients(verifier: VerifierBuilder) -> PolicyClientCertVerifier {
    PolicyClientCertVerifier::new(Arc::new(verifier.build().unwrap())).unwrap()
}

pub(crate) fn client_config(
    versions: &[Version],
    judge: PolicyServerCertVerifier,
    own: Option<Own>,
) -> Arc<ClientConfig> {
    let builder = client_builder(versions).with_policy_verifier(Arc::new(judge));
    Arc::new(match own {
        Some(own) => builder.with_client_auth_cert(own.chain, own.key).unwrap(),
        None => builder.with_no_client_auth(),
    })
}

pub(crate) fn server_config(
    versions: &[Version],
    judge: PolicyClientCertVerifier,
    own: Own,
) -> Arc<ServerConfig> {
    let builder = server_builder(versions).with_policy_verifier(Arc::new(judge));
    let config = match own.staple {
        Some(staple) => builder.with_single_cert_with_ocsp(own.chain, own.key, staple),
        None => builder.with_single_cert(own.chain, own.key),
    };
    Arc::new(config.unwrap())
}

/// What each side saw of one connection.
#[derive(Debug)]
pub(crate) struct Outcome<T = Established> {
    pub(crate) client: std::io::Result<T>,
    pub(crate) server: std::io::Result<T>,
}

/// What a side knows of a connection that stands.
#[derive(Debug)]
pub(crate) struct Established {
    pub(crate) kind: HandshakeKind,
    pub(crate) peer: Option<Vec<CertificateDer<'static>>>,
}

/// One connection over loopback: each side sends an octet and reads one.
pub(crate) fn connect(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
    name: &str,
) -> Outcome {
    connect_and(client, server, name, |connection| Established {
        kind: connection.handshake_kind().unwrap(),
        peer: connection.peer_certificates().map(<[_]>::to_vec),
    })
}

/// The same; of a connection that stands, what `established` makes of it.
pub(crate) fn connect_and<T: Send + 'static>(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
    name: &str,
    established: fn(&CommonState) -> T,
) -> Outcome<T> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = server.clone();
    let serving = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(server).unwrap();
        converse(connection, socket, |it| established(it))
    });
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connection = ClientConnection::new(client.clone(), name).unwrap();
    let socket = TcpStream::connect(address).unwrap();
    let client = converse(connection, socket, |it| established(it));
    Outcome {
        client,
        server: serving.join().unwrap(),
    }
}

/// Sends an octet and reads one, then closes in a way that loses no alert.
pub(crate) fn converse<C, S, T>(
    connection: C,
    socket: TcpStream,
    established: impl FnOnce(&C) -> T,
) -> std::io::Result<T>
where
    C: DerefMut<Target = ConnectionCommon<S>>,
    S: SideData,
{
    socket.set_read_timeout(Some(LONGEST)).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    let exchanged = exchange(&mut stream).map(|()| established(&stream.conn));
    // A socket that is closed with octets unread resets the connection, and the peer never reads our alert.
    let _ = stream.sock.shutdown(Shutdown::Write);
    let _ = std::io::copy(&mut stream.sock, &mut std::io::sink());
    exchanged
}

/// Longer than any step of a handshake takes.
const LONGEST: Duration = Duration::from_secs(30);

fn exchange(stream: &mut (impl Read + Write)) -> std::io::Result<()> {
    stream.write_all(b"!")?;
    stream.flush()?;
    stream.read_exact(&mut [0])
}

/// The alert that this side received, if that is why it failed.
pub(crate) fn alert(error: &std::io::Error) -> Option<AlertDescription> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::AlertReceived(alert) => Some(*alert),
        _ => None,
    }
}

/// The rules that this side's refusal names.
pub(crate) fn rules(error: &std::io::Error) -> Vec<String> {
    let refusal = refusal_in(error).unwrap_or_else(|| panic!("no refusal of ours in {error:?}"));
    let violations = refusal.violations().iter();
    violations.map(|it| it.rule.to_string()).collect()
}

/// Presents one chain, with its staple, without a look at it; rustls's own constructors would refuse one that is malformed.
#[derive(Debug)]
pub(crate) struct Presents(Arc<CertifiedKey>);

impl Presents {
    pub(crate) fn new(own: &Own) -> Arc<Self> {
        let key = provider()
            .key_provider
            .load_private_key(own.key.clone_key());
        let mut certified = CertifiedKey::new(own.chain.clone(), key.unwrap());
        certified.ocsp.clone_from(&own.staple);
        Arc::new(Self(Arc::new(certified)))
    }
}

impl ResolvesServerCert for Presents {
    fn resolve(&self, _client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

impl ResolvesClientCert for Presents {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

pub(crate) const ROLES: [Role; 2] = [Role::Server, Role::Client];

/// Which alerts the judging side sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alerts {
    Default,
    Specific,
}

pub(crate) const ALERTS: [Alerts; 2] = [Alerts::Default, Alerts::Specific];

/// One connection in which the side that presents is judged.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) judging: std::io::Result<Established>,
    pub(crate) judged: std::io::Result<Established>,
}

/// `verifier` judges `own` as the certificates of `role`; the client asks for `name`.
pub(crate) fn try_peer(
    role: Role,
    version: Version,
    alerts: Alerts,
    verifier: VerifierBuilder,
    own: &Own,
    name: &str,
) -> Trial {
    let specific = alerts == Alerts::Specific;
    match role {
        Role::Server => {
            let mut judge = judge_of_servers(verifier);
            if specific {
                judge = judge.prefer_specific_alerts();
            }
            let server = server_builder(&[version])
                .with_no_client_auth()
                .with_cert_resolver(Presents::new(own));
            let client = client_config(&[version], judge, None);
            let Outcome { client, server } = connect(&client, &Arc::new(server), name);
            Trial {
                judging: client,
                judged: server,
            }
        }
        Role::Client => {
            let mut judge = judge_of_clients(verifier);
            if specific {
                judge = judge.prefer_specific_alerts();
            }
            let pki = Pki::new();
            let of_server = judge_of_servers(pki.verifier(Policy::server()));
            let client = client_builder(&[version])
                .with_policy_verifier(Arc::new(of_server))
                .with_client_cert_resolver(Presents::new(own));
            let server = server_config(&[version], judge, pki.server());
            let Outcome { client, server } = connect(&Arc::new(client), &server, name);
            Trial {
                judging: server,
                judged: client,
            }
        }
    }
}

/// A refusal: its violations, and rustls's error with its alert where alerts are specific and there is one that fits.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) violations: Vec<(&'static str, Position)>,
    pub(crate) specific: Option<(CertificateError, AlertDescription)>,
}

impl Trial {
    pub(crate) fn assert_accepted(&self, what: &str) {
        for (side, outcome) in [("judging", &self.judging), ("judged", &self.judged)] {
            if let Err(error) = outcome {
                panic!("{what}: the {side} side failed: {error:?}");
            }
        }
    }

    pub(crate) fn assert_refused(&self, alerts: Alerts, expected: &Refusal, what: &str) {
        let (Err(error), Err(told)) = (&self.judging, &self.judged) else {
            panic!("{what}: not refused on both sides: {self:?}");
        };
        let sent = match expected
            .specific
            .clone()
            .filter(|_| alerts == Alerts::Specific)
        {
            Some((variant, sent)) => {
                let variant = rustls::Error::InvalidCertificate(variant);
                assert_eq!(rustls_error(error), Some(&variant), "{what}");
                assert!(refusal_in(error).is_none(), "{what}: {error:?}");
                sent
            }
            None => {
                assert_eq!(violations(error), expected.violations, "{what}: {error:?}");
                AlertDescription::CertificateUnknown
            }
        };
        assert_eq!(alert(told), Some(sent), "{what}: {told:?}");
    }
}

/// The rules and positions of a refusal, in its order.
pub(crate) fn violations(error: &std::io::Error) -> Vec<(&'static str, Position)> {
    let refusal = refusal_in(error).unwrap_or_else(|| panic!("no refusal of ours in {error:?}"));
    let violations = refusal.violations().iter();
    violations
        .map(|it| (it.rule.as_str(), it.position))
        .collect()
}

/// rustls's error, if that is why a connection failed.
pub(crate) fn rustls_error(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
