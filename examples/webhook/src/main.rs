//! An HTTPS server, such as a receiver of webhooks, that wants to know which partner calls: axum on hyper.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin webhook -- \
//!     127.0.0.1:8443 /tmp/acme/server.pem /tmp/acme/server.key /tmp/acme/roots.pem /tmp/acme/client-policy.toml
//! curl --cacert /tmp/acme/roots.pem --cert /tmp/acme/client.pem --key /tmp/acme/client.key https://localhost:8443/
//! ```
//!
//! - With `client.pem` the answer says who called.
//! - Without a certificate it is 403, and says what is missing: TLS lets such clients in, so that somebody can tell them.
//! - With `bad-client.pem` the handshake fails, and the server prints the rules that the certificate breaks.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use common::{Listener, certificates, handshake, identity, log, of};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject};
use rustls_policy_verifier::*;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

type BoxError = Box<dyn Error + Send + Sync>;

/// Where a connection comes from, and the certificates presented there.
#[derive(Clone)]
struct Connection(SocketAddr, Arc<[CertificateDer<'static>]>);

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, chain, key, roots, policy] = arguments.as_slice() else {
        return Err("usage: webhook ADDRESS CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", of(roots, fs::read(roots))?)?;
    let policy = Policy::from_toml(&of(policy, fs::read_to_string(policy))?)?;
    let chain = certificates(chain)?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;

    // The same verifier judges in the handshake and, later, at each request.
    let tls = ServerConfig::builder();
    let verifier = Verifier::builder_with_provider(anchors, policy, tls.crypto_provider());
    let verifier = Arc::new(verifier.build()?);
    let clients = PolicyClientCertVerifier::new(verifier.clone())?.allow_unauthenticated();
    let tls = tls.with_policy_verifier(Arc::new(clients));
    let acceptor = TlsAcceptor::from(Arc::new(tls.with_single_cert(chain, key)?));

    let routes = Router::new()
        .route("/", get(answer))
        .route("/events", post(async || StatusCode::ACCEPTED));
    // Around all of it, also where there is no route: whatever is added to `routes` is for verified callers only.
    let app = routes.layer(from_fn_with_state(verifier, authenticate));
    let listener = Listener::bind(address).await?;
    loop {
        let (socket, from, permit) = listener.accept().await?;
        let serving = serve(socket, from, acceptor.clone(), app.clone());
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                log(from, &*error);
            }
            drop(permit);
        });
    }
}

async fn serve(
    socket: TcpStream,
    from: SocketAddr,
    acceptor: TlsAcceptor,
    app: Router,
) -> Result<(), BoxError> {
    let stream = handshake(acceptor, socket).await?;
    let certificates = stream.get_ref().1.peer_certificates();
    let connection = Connection(from, certificates.unwrap_or_default().into());
    let service = TowerToHyperService::new(app.layer(Extension(connection)));
    let mut http = hyper::server::conn::http1::Builder::new();
    // With a timer, hyper ends connections whose next request does not come.
    http.timer(TokioTimer::new());
    Ok(http.serve_connection(TokioIo::new(stream), service).await?)
}

/// Connections are kept alive, certificates end: verifies again, at the time of the request, and adds who it is.
async fn authenticate(
    State(verifier): State<Arc<Verifier>>,
    Extension(Connection(from, certificates)): Extension<Connection>,
    mut request: Request,
    next: Next,
) -> Response {
    if certificates.is_empty() {
        return (StatusCode::FORBIDDEN, "present Acme's client certificate\n").into_response();
    }
    match verifier.recheck(&certificates, Peer::Client, UnixTime::now()) {
        Ok(path) => drop(request.extensions_mut().insert(path.identity())),
        Err(refusal) => {
            // The reasons are this side's to know.
            log(from, &refusal);
            return (StatusCode::FORBIDDEN, "client certificate refused\n").into_response();
        }
    }
    next.run(request).await
}

async fn answer(Extension(caller): Extension<PeerIdentity>) -> Json<serde_json::Value> {
    Json(identity(&caller))
}
