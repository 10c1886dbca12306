//! A gRPC server that demands its partner's client certificate, and greets it by name: tonic.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin tonic-server -- \
//!     127.0.0.1:8443 /tmp/acme/server.pem /tmp/acme/server.key /tmp/acme/roots.pem /tmp/acme/client-policy.toml
//! ```
//!
//! `tonic-client` is the other end. With `bad-client.pem` there, this one prints every rule that it breaks.
//!
//! tonic's own `ServerTlsConfig` takes certificates in PEM and no rustls configuration, hence no verifier either: TLS is
//! done here, and tonic gets connections whose handshake is done.

use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject};
use rustls_policy_verifier::*;
use tokio::io::{AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, transport::Server};
use tonic_server::greeter_server::{Greeter, GreeterServer};
use tonic_server::{Greeting, Question};

type BoxError = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, chain, key, roots, policy] = arguments.as_slice() else {
        return Err("usage: tonic-server ADDRESS CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", fs::read(roots)?)?;
    let policy = Policy::from_toml(&fs::read_to_string(policy)?)?;
    let chain = CertificateDer::pem_file_iter(chain)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;

    // The same verifier judges in the handshake and, later, in the handler.
    let tls = ServerConfig::builder();
    let verifier = Verifier::builder_with_provider(anchors, policy, tls.crypto_provider());
    let verifier = Arc::new(verifier.build()?);
    let clients = PolicyClientCertVerifier::new(verifier.clone())?;
    let tls = tls.with_policy_verifier(Arc::new(clients));
    let mut tls = tls.with_single_cert(chain, key)?;
    tls.alpn_protocols = vec![b"h2".to_vec()];

    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let (sender, connections) = mpsc::channel(16);
    tokio::spawn(accept(listener, TlsAcceptor::from(Arc::new(tls)), sender));
    Server::builder()
        .add_service(GreeterServer::new(Greetings(verifier)))
        .serve_with_incoming(ReceiverStream::new(connections))
        .await?;
    Ok(())
}

/// Each handshake in a task of its own, so that a slow client holds up no other.
async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    sender: mpsc::Sender<Result<TlsStream<TcpStream>, BoxError>>,
) {
    while let Ok((socket, from)) = listener.accept().await {
        let (acceptor, sender) = (acceptor.clone(), sender.clone());
        tokio::spawn(async move {
            let handshake = acceptor.accept(socket).into_fallible();
            match timeout(Duration::from_secs(10), handshake).await {
                Ok(Ok(stream)) => drop(sender.send(Ok(stream)).await),
                Ok(Err((error, mut socket))) => {
                    match refusal_in(&error) {
                        Some(refusal) => refusal.violations().iter().for_each(|it| {
                            eprintln!("refused {from}: {it}; {}", it.hint());
                        }),
                        None => eprintln!("failed {from}: {error}"),
                    }
                    // Closed with octets unread, the socket would be reset, and the client might never read the alert.
                    let _ = socket.shutdown().await;
                    let _ = timeout(Duration::from_secs(1), copy(&mut socket, &mut sink())).await;
                }
                Err(_) => eprintln!("failed {from}: no handshake within ten seconds"),
            }
        });
    }
}

struct Greetings(Arc<Verifier>);

#[tonic::async_trait]
impl Greeter for Greetings {
    async fn greet(&self, request: Request<Question>) -> Result<Response<Greeting>, Status> {
        let certificates = request.peer_certs().unwrap_or_default();
        // Connections are kept alive, certificates end: verify again, at the time of the request. This also says who it is.
        let path = self.0.recheck(&certificates, Peer::Client, UnixTime::now());
        let path = path.map_err(|refusal| Status::permission_denied(refusal.to_string()))?;
        let text = format!("hello {} of {}", path.end_entity().subject(), path.label());
        Ok(Response::new(Greeting { text }))
    }
}
