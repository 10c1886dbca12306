//! A gRPC server that demands its partner's client certificate, and greets it by name: tonic.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin tonic-server -- \
//!     127.0.0.1:8443 /tmp/acme/server.pem /tmp/acme/server.key /tmp/acme/roots.pem /tmp/acme/client-policy.toml
//! ```
//!
//! `tonic-client` is the other end. With `bad-client.pem` there, this one prints the rules that it breaks.
//!
//! tonic's own `ServerTlsConfig` takes certificates in PEM and no rustls configuration, hence no verifier either: TLS is
//! done here, and tonic gets connections whose handshake is done.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use common::{Listener, certificates, handshake, log, of};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, UnixTime, pem::PemObject};
use rustls_policy_verifier::*;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, service::InterceptorLayer, transport::Server};
use tonic_server::greeter_server::{Greeter, GreeterServer};
use tonic_server::{Greeting, Held, Question};

type BoxError = Box<dyn Error + Send + Sync>;
type Connection = Held<TlsStream<TcpStream>, OwnedSemaphorePermit>;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, chain, key, roots, policy] = arguments.as_slice() else {
        return Err("usage: tonic-server ADDRESS CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", of(roots, fs::read(roots))?)?;
    let policy = Policy::from_toml(&of(policy, fs::read_to_string(policy))?)?;
    let chain = certificates(chain)?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;

    // The same verifier judges in the handshake and, later, at each request.
    let tls = ServerConfig::builder();
    let verifier = Verifier::builder_with_provider(anchors, policy, tls.crypto_provider());
    let verifier = Arc::new(verifier.build()?);
    let clients = PolicyClientCertVerifier::new(verifier.clone())?;
    let tls = tls.with_policy_verifier(Arc::new(clients));
    let mut tls = tls.with_single_cert(chain, key)?;
    tls.alpn_protocols = vec![b"h2".to_vec()];

    let listener = Listener::bind(address).await?;
    let (sender, connections) = mpsc::channel(16);
    tokio::spawn(accept(listener, TlsAcceptor::from(Arc::new(tls)), sender));
    // Around every service: each that is added is for verified callers only.
    let authenticate = move |request| authenticate(&verifier, request);
    Server::builder()
        .layer(InterceptorLayer::new(authenticate))
        .timeout(Duration::from_secs(10))
        .concurrency_limit_per_connection(32)
        .max_concurrent_streams(32)
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .max_connection_age(Duration::from_secs(60 * 60))
        .max_connection_age_grace(Duration::from_secs(10))
        .add_service(GreeterServer::new(Greetings))
        .serve_with_incoming(ReceiverStream::new(connections))
        .await?;
    Ok(())
}

/// Each handshake in a task of its own, so that a slow client holds up no other.
async fn accept(
    listener: Listener,
    acceptor: TlsAcceptor,
    sender: mpsc::Sender<io::Result<Connection>>,
) -> io::Result<()> {
    loop {
        let (socket, from, permit) = listener.accept().await?;
        let (handshake, sender) = (handshake(acceptor.clone(), socket), sender.clone());
        tokio::spawn(async move {
            match handshake.await {
                Ok(stream) => drop(sender.send(Ok(Held::new(stream, permit))).await),
                Err(error) => log(from, &error),
            }
        });
    }
}

/// Connections are kept alive, certificates end: verifies again, at the time of the request, and adds who it is.
fn authenticate(verifier: &Verifier, mut request: Request<()>) -> Result<Request<()>, Status> {
    let certificates = request.peer_certs().unwrap_or_default();
    let refused = || Status::permission_denied("client certificate refused");
    match verifier.recheck(&certificates, Peer::Client, UnixTime::now()) {
        Ok(path) => drop(request.extensions_mut().insert(path.identity())),
        Err(refusal) => {
            // The reasons are this side's to know.
            log(request.remote_addr().ok_or_else(refused)?, &refusal);
            return Err(refused());
        }
    }
    Ok(request)
}

struct Greetings;

#[tonic::async_trait]
impl Greeter for Greetings {
    async fn greet(&self, request: Request<Question>) -> Result<Response<Greeting>, Status> {
        let caller = request.extensions().get::<PeerIdentity>();
        let caller = caller.ok_or_else(|| Status::unauthenticated("who is it?"))?;
        let label = caller.label().unwrap_or_default();
        let text = format!("hello {} of {label}", caller.subject());
        Ok(Response::new(Greeting { text }))
    }
}
