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
//! - With two arguments more, a policy that is to come and an address, it counts whom that policy would refuse, and refuses nobody
//!   for it: `curl http://ADDRESS/` shows the counters as OpenMetrics text.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use common::{Listener, PATIENCE, certificates, handshake, identity, log, of};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject};
use rustls_policy_verifier::*;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

type BoxError = Box<dyn Error + Send + Sync>;

const USAGE: &str =
    "usage: webhook ADDRESS CHAIN KEY ROOTS POLICY [POLICY_TO_COME ADDRESS_OF_COUNTERS]";

/// Where a connection comes from, and the certificates presented there.
#[derive(Clone)]
struct Connection(SocketAddr, Arc<[CertificateDer<'static>]>);

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, chain, key, roots, policy, watched @ ..] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", of(roots, fs::read(roots))?)?;
    let read = |policy: &String| -> Result<Policy, BoxError> {
        let text = of(policy, fs::read_to_string(policy))?;
        Ok(of(policy, Policy::from_toml(&text))?)
    };
    let policy = read(policy)?;
    let chain = certificates(chain)?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;

    // The same verifier judges in the handshake and, later, at each request.
    let tls = ServerConfig::builder();
    let mut verifier =
        Verifier::builder_with_provider(anchors.clone(), policy, tls.crypto_provider());
    match watched {
        [] => {}
        [to_come, address] => {
            let counters = Arc::new(VerificationCounters::new());
            verifier = verifier.shadow(anchors, read(to_come)?);
            verifier = verifier.observer(counters.clone());
            let listener = of(address, TcpListener::bind(address).await)?;
            println!("counters on {}", listener.local_addr()?);
            tokio::spawn(show(listener, counters));
        }
        _ => return Err(USAGE.into()),
    }
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

/// For this side's own eyes: without TLS, at an address that nobody else reaches.
async fn show(listener: TcpListener, counters: Arc<VerificationCounters>) {
    const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let answer = async move || ([(CONTENT_TYPE, OPENMETRICS)], counters.to_openmetrics());
    let service = TowerToHyperService::new(Router::new().route("/", get(answer)));
    loop {
        match listener.accept().await {
            Ok((socket, from)) => {
                let http = hyper::server::conn::http1::Builder::new();
                let serving = http.serve_connection(TokioIo::new(socket), service.clone());
                // One at a time, and none for long.
                match timeout(PATIENCE, serving).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => log(from, &error),
                    Err(late) => log(from, &late),
                }
            }
            Err(error) => {
                eprintln!("counters: {error}");
                sleep(PATIENCE).await;
            }
        }
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
