//! What `refusal_in` and `failure_in` find in the errors of each stack: a client of the stack, and a server whose
//! certificate has one purpose too many.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use certificates::{HOST, Own, Pki, now, oids};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, ClientConfig, ServerConfig, SupportedProtocolVersion};
use rustls_policy_verifier::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tonic::transport::{Endpoint, Uri};
use tonic_server::{Question, greeter_client::GreeterClient};

use crate::kit::{LONGEST, anchors, client_policy, der, server_policy};

/// A chain that keeps the policy and one that does not.
fn good_and_bad(pki: &Pki) -> [Own; 2] {
    let both = [oids::SERVER_AUTH, oids::CLIENT_AUTH];
    [pki.server(|it| it), pki.server(|it| it.eku(&both))]
}

fn broken(violations: &[Violation]) -> Vec<(String, Position)> {
    let violations = violations.iter();
    violations
        .map(|it| (it.rule.to_string(), it.position))
        .collect()
}

fn one_purpose_too_many() -> Vec<(String, Position)> {
    vec![("extended-key-usage".to_owned(), Position::EndEntity)]
}

/// Both functions, on the error as a stack gives it.
#[track_caller]
fn assert_found(error: &(dyn Error + 'static)) {
    let Some(refusal) = refusal_in(error) else {
        panic!("no refusal in {error:?}");
    };
    assert_eq!(broken(refusal.violations()), one_purpose_too_many());
    let failure = failure_in(error).unwrap();
    assert_eq!(failure.cause(), FailureCause::PeerCertificateRefused);
    assert_eq!(failure.hint(), refusal.violations()[0].hint());
}

fn client(pki: &Pki) -> ClientConfig {
    let client = ClientConfig::builder();
    let client = client.with_policy(anchors(pki), server_policy()).unwrap();
    client.with_no_client_auth()
}

/// A server that takes any client.
async fn serve(own: &Own) -> SocketAddr {
    let (chain, key) = der(own);
    let config = ServerConfig::builder().with_no_client_auth();
    serve_with(config.with_single_cert(chain, key).unwrap()).await
}

/// A server that completes handshakes, and then answers HTTP/1.1 with "ok", whatever is asked.
async fn serve_with(config: ServerConfig) -> SocketAddr {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(socket).await?;
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                let _ = stream.read(&mut [0; 1024]).await?;
                stream.write_all(answer).await
            });
        }
    });
    address
}

fn url(address: SocketAddr) -> String {
    format!("https://{HOST}:{}/", address.port())
}

async fn bounded<T>(what: impl Future<Output = T>) -> T {
    timeout(LONGEST, what).await.expect("an answer in time")
}

async fn connect(
    config: ClientConfig,
    address: SocketAddr,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let socket = TcpStream::connect(address).await?;
    let connector = TlsConnector::from(Arc::new(config));
    connector
        .connect(ServerName::try_from(HOST).unwrap(), socket)
        .await
}

#[tokio::test]
async fn tokio_rustls() {
    let pki = Pki::default();
    let [good, bad] = good_and_bad(&pki);
    bounded(connect(client(&pki), serve(&good).await))
        .await
        .unwrap();
    let error = bounded(connect(client(&pki), serve(&bad).await)).await;
    assert_found(&error.unwrap_err());
}

#[tokio::test]
async fn hyper_util() {
    let pki = Pki::default();
    let [good, bad] = good_and_bad(&pki);
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(client(&pki))
        .https_only()
        .enable_http1()
        .build();
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let get = async |own| client.get(url(serve(own).await).parse().unwrap()).await;
    assert_eq!(bounded(get(&good)).await.unwrap().status(), 200);
    assert_found(&bounded(get(&bad)).await.unwrap_err());
}

#[tokio::test]
async fn reqwest() {
    let pki = Pki::default();
    let [good, bad] = good_and_bad(&pki);
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(client(&pki))
        .build()
        .unwrap();
    let get = async |own| client.get(url(serve(own).await)).send().await;
    assert_eq!(bounded(get(&good)).await.unwrap().status(), 200);
    assert_found(&bounded(get(&bad)).await.unwrap_err());
}

/// A connection at once fails with a transport error, one at the first request with a status: the refusal is in both.
#[tokio::test]
async fn tonic() {
    let pki = Pki::default();
    let [good, bad] = good_and_bad(&pki);
    let endpoint = Endpoint::from_static("http://localhost");
    let connector = async |own| {
        let (config, address) = (client(&pki), serve(own).await);
        tower::service_fn(move |_: Uri| {
            let config = config.clone();
            async move { connect(config, address).await.map(TokioIo::new) }
        })
    };
    let at_once = endpoint.connect_with_connector(connector(&good).await);
    bounded(at_once).await.unwrap();
    let at_once = endpoint.connect_with_connector(connector(&bad).await);
    assert_found(&bounded(at_once).await.unwrap_err());

    let lazy = endpoint.connect_with_connector_lazy(connector(&bad).await);
    let mut lazy = GreeterClient::new(lazy);
    let status = bounded(lazy.greet(Question {})).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unavailable);
    assert_found(&status);
}

/// A client whose certificate has one purpose too many, and a server that refuses it.
async fn refused(
    pki: &Pki,
    version: &'static SupportedProtocolVersion,
) -> (ClientConfig, SocketAddr) {
    let server = ServerConfig::builder_with_protocol_versions(&[version]);
    let server = server.with_policy(anchors(pki), client_policy()).unwrap();
    let (chain, key) = der(&pki.server(|it| it));
    let address = serve_with(server.with_single_cert(chain, key).unwrap()).await;
    let client = ClientConfig::builder_with_protocol_versions(&[version]);
    let client = client.with_policy(anchors(pki), server_policy()).unwrap();
    let both = [oids::SERVER_AUTH, oids::CLIENT_AUTH];
    let (chain, key) = der(&pki.client(|it| it.eku(&both)));
    (client.with_client_auth_cert(chain, key).unwrap(), address)
}

/// In TLS 1.2 the peer refuses within the client's handshake, and every stack keeps the alert.
#[tokio::test]
async fn the_peers_alert() {
    #[track_caller]
    fn assert_alert(error: &(dyn Error + 'static)) {
        let failure = failure_in(error).unwrap_or_else(|| panic!("no failure in {error:?}"));
        assert_eq!(failure.cause(), FailureCause::OurCertificateRefused);
        assert!(refusal_in(error).is_none());
    }

    let pki = Pki::default();
    let (config, address) = refused(&pki, &TLS12).await;
    let error = bounded(connect(config.clone(), address)).await.unwrap_err();
    assert_alert(&error);

    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(config.clone())
        .https_only()
        .enable_http1()
        .build();
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let get = client.get(url(address).parse().unwrap());
    assert_alert(&bounded(get).await.unwrap_err());

    let client = reqwest::Client::builder().no_proxy();
    let client = client.tls_backend_preconfigured(config.clone()).build();
    let get = client.unwrap().get(url(address)).send();
    assert_alert(&bounded(get).await.unwrap_err());

    let connector = tower::service_fn(move |_: Uri| {
        let config = config.clone();
        async move { connect(config, address).await.map(TokioIo::new) }
    });
    let endpoint = Endpoint::from_static("http://localhost");
    let lazy = endpoint.connect_with_connector_lazy(connector);
    let status = GreeterClient::new(lazy).greet(Question {}).await;
    assert_alert(&status.unwrap_err());
}

/// In TLS 1.3 the peer refuses when the client has done its handshake. The next read of the connection has the alert; the
/// request that h2 has under way, at most its words.
#[tokio::test]
async fn h2_keeps_no_alert() {
    let pki = Pki::default();
    let (config, address) = refused(&pki, &TLS13).await;
    let mut stream = bounded(connect(config.clone(), address)).await.unwrap();
    let error = bounded(stream.read(&mut [0])).await.unwrap_err();
    let failure = failure_in(&error).unwrap();
    assert_eq!(failure.cause(), FailureCause::OurCertificateRefused);

    let connector = tower::service_fn(move |_: Uri| {
        let config = config.clone();
        async move { connect(config, address).await.map(TokioIo::new) }
    });
    let endpoint = Endpoint::from_static("http://localhost");
    let lazy = endpoint.connect_with_connector_lazy(connector);
    let status = bounded(GreeterClient::new(lazy).greet(Question {})).await;
    let status = status.unwrap_err();
    assert!(failure_in(&status).is_none(), "{status:?}");
}

/// Keeps what it hears.
#[derive(Debug, Default)]
struct Heard(Mutex<Vec<(Occasion, Vec<Violation>)>>);

impl Observer for Heard {
    fn certificate_judged(&self, judgement: &Judgement<'_>, occasion: Occasion) {
        let violations = judgement.report().violations;
        self.0.lock().unwrap().push((occasion, violations));
    }
}

impl Heard {
    #[track_caller]
    fn assert_one_refusal(&self) {
        let heard = self.0.lock().unwrap();
        let [(Occasion::Handshake, violations)] = heard.as_slice() else {
            panic!("{heard:?}");
        };
        assert_eq!(broken(violations), one_purpose_too_many());
    }
}

/// Two ends of a QUIC connection, and what the verifier of each end heard.
struct Quic {
    client: Result<quinn::Connection, quinn::ConnectionError>,
    server: Result<quinn::Connection, quinn::ConnectionError>,
    client_heard: Arc<Heard>,
    server_heard: Arc<Heard>,
    // Connections end with their endpoints.
    _endpoints: [quinn::Endpoint; 2],
}

async fn quic(pki: &Pki, server: &Own, client: &Own, hide_reasons: bool) -> Quic {
    use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};

    let (client_heard, server_heard) = (Arc::<Heard>::default(), Arc::<Heard>::default());
    let tls = ServerConfig::builder();
    let provider = tls.crypto_provider().clone();
    let verifier = |policy, heard: &Arc<Heard>| {
        let verifier = Verifier::builder_with_provider(anchors(pki), policy, &provider);
        Arc::new(verifier.observer(heard.clone()).build().unwrap())
    };
    let mut clients =
        PolicyClientCertVerifier::new(verifier(client_policy(), &server_heard)).unwrap();
    if hide_reasons {
        clients = clients.hide_reasons();
    }
    let (chain, key) = der(server);
    let tls = tls.with_policy_verifier(Arc::new(clients));
    let tls = tls.with_single_cert(chain, key).unwrap();
    let crypto = QuicServerConfig::try_from(tls).unwrap();
    let config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listening = quinn::Endpoint::server(config, local).unwrap();

    let mut servers =
        PolicyServerCertVerifier::new(verifier(server_policy(), &client_heard)).unwrap();
    if hide_reasons {
        servers = servers.hide_reasons();
    }
    let (chain, key) = der(client);
    let tls = ClientConfig::builder().with_policy_verifier(Arc::new(servers));
    let tls = tls.with_client_auth_cert(chain, key).unwrap();
    let crypto = QuicClientConfig::try_from(tls).unwrap();
    let config = quinn::ClientConfig::new(Arc::new(crypto));
    let calling = quinn::Endpoint::client(local).unwrap();
    let address = listening.local_addr().unwrap();
    let connecting = calling.connect_with(config, address, HOST).unwrap();
    let accepting = async { listening.accept().await.unwrap().await };
    let (client, server) = bounded(async { tokio::join!(connecting, accepting) }).await;
    Quic {
        client,
        server,
        client_heard,
        server_heard,
        _endpoints: [calling, listening],
    }
}

/// quinn keeps an error's words, which hold no refusal; an observer hears it, and the alert is in the code. The words go
/// to the peer as well, hence `hide_reasons`.
#[tokio::test]
async fn quinn_keeps_words_alone() {
    let pki = Pki::default();
    let [good, bad] = good_and_bad(&pki);
    let own = pki.client(|it| it);
    let quic_good = quic(&pki, &good, &own, true).await;
    quic_good.client.unwrap();
    quic_good.server.unwrap();

    for hide_reasons in [false, true] {
        let quic = quic(&pki, &bad, &own, hide_reasons).await;
        let error = quic.client.unwrap_err();
        assert!(refusal_in(&error).is_none() && failure_in(&error).is_none());
        let quinn::ConnectionError::TransportError(words) = error else {
            panic!("{error:?}");
        };
        assert_eq!(u64::from(words.code), 0x100 + 46);
        quic.client_heard.assert_one_refusal();

        let error = quic.server.unwrap_err();
        assert!(failure_in(&error).is_none());
        let quinn::ConnectionError::ConnectionClosed(closed) = error else {
            panic!("{error:?}");
        };
        assert_eq!(alert(&closed), AlertDescription::CertificateUnknown);
        let told = String::from_utf8_lossy(&closed.reason);
        assert_eq!(told, words.reason);
        assert_eq!(tells_reasons(&closed), !hide_reasons, "{told}");
    }
}

/// Whether the peer gets to know of rules, purposes or names.
fn tells_reasons(closed: &quinn::ConnectionClose) -> bool {
    let told = String::from_utf8_lossy(&closed.reason);
    let reasons = ["extended-key-usage", "requires", "Auth", "CN=", "Acme"];
    reasons.iter().any(|reason| told.contains(reason))
}

/// The same from the server's side. The client's handshake is complete before it hears of it.
#[tokio::test]
async fn quinn_servers_refuse_after_the_clients_handshake() {
    let pki = Pki::default();
    let both = [oids::SERVER_AUTH, oids::CLIENT_AUTH];
    for hide_reasons in [false, true] {
        let (server, client) = (pki.server(|it| it), pki.client(|it| it.eku(&both)));
        let quic = quic(&pki, &server, &client, hide_reasons).await;
        assert!(refusal_in(&quic.server.unwrap_err()).is_none());
        quic.server_heard.assert_one_refusal();
        let closed = bounded(quic.client.unwrap().closed()).await;
        let quinn::ConnectionError::ConnectionClosed(closed) = closed else {
            panic!("{closed:?}");
        };
        let failure = ConnectionFailure::of_alert(alert(&closed));
        assert_eq!(failure.cause(), FailureCause::OurCertificateRefused);
        assert_eq!(tells_reasons(&closed), !hide_reasons, "{closed}");
    }
}

/// The program, with a client that looks at what it is told.
#[tokio::test]
async fn quinn_server_tells_no_reasons() {
    let files = crate::kit::Files::new();
    let server = files.serve("quinn-server", "server.pem");
    let pki = Pki::default();
    let both = [oids::SERVER_AUTH, oids::CLIENT_AUTH];
    let (chain, key) = der(&pki.client(|it| it.eku(&both)));
    let tls = ClientConfig::builder_with_protocol_versions(&[&TLS13]);
    let tls = tls.with_policy(anchors(&pki), server_policy()).unwrap();
    let mut tls = tls.with_client_auth_cert(chain, key).unwrap();
    tls.alpn_protocols = vec![b"greeting".to_vec()];
    let crypto = quinn::crypto::rustls::QuicClientConfig::try_from(tls).unwrap();
    let config = quinn::ClientConfig::new(Arc::new(crypto));
    let endpoint = quinn::Endpoint::client(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = server.address().parse().unwrap();
    let connecting = endpoint.connect_with(config, address, HOST).unwrap();
    let connection = bounded(connecting).await.unwrap();
    let closed = bounded(connection.closed()).await;
    let quinn::ConnectionError::ConnectionClosed(closed) = closed else {
        panic!("{closed:?}");
    };
    assert_eq!(alert(&closed), AlertDescription::CertificateUnknown);
    assert!(!tells_reasons(&closed), "{closed}");
    server.says("refused: end-entity: extended-key-usage requires");
}

/// The program verifies again at each request. The status says no more than that.
#[tokio::test]
async fn tonic_server_refuses_a_certificate_that_has_ended() {
    let files = crate::kit::Files::new();
    let server = files.serve("tonic-server", "server.pem");
    let address = server.address().parse().unwrap();
    let pki = Pki::default();
    let ends = now() + 8;
    let (chain, key) = der(&pki.client(|it| it.validity(now() - 60, ends)));
    let tls = ClientConfig::builder();
    let tls = tls.with_policy(anchors(&pki), server_policy()).unwrap();
    let mut tls = tls.with_client_auth_cert(chain, key).unwrap();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let connector = tower::service_fn(move |_: Uri| {
        let tls = tls.clone();
        async move { connect(tls, address).await.map(TokioIo::new) }
    });
    let endpoint = Endpoint::from_static("http://localhost");
    let channel = bounded(endpoint.connect_with_connector(connector)).await;
    let mut greeter = GreeterClient::new(channel.unwrap());
    let until = std::time::Instant::now() + LONGEST;
    loop {
        let late = now() > ends;
        match bounded(greeter.greet(Question {})).await {
            Ok(_) => assert!(!late && std::time::Instant::now() < until, "still greeted"),
            Err(status) => {
                assert_eq!(status.code(), tonic::Code::PermissionDenied, "{status:?}");
                assert_eq!(status.message(), "client certificate refused");
                server.says("end-entity: validity-period requires");
                return;
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

/// The TLS alert in QUIC's error code.
fn alert(closed: &quinn::ConnectionClose) -> AlertDescription {
    u8::try_from(u64::from(closed.error_code) - 0x100)
        .unwrap()
        .into()
}
