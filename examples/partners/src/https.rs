//! HTTPS for callers that a policy accepts: what the partners' servers have in common.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Extension, Request};
use axum::http::StatusCode;
use axum::http::header::CONNECTION;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use common::{handshake, log, of};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls_policy_verifier::{LiveVerifier, Peer, Policy};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// What went wrong, whatever it is.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A policy file.
pub fn policy(file: &str) -> Result<Policy, BoxError> {
    Ok(of(
        file,
        Policy::from_toml(&of(file, fs::read_to_string(file))?),
    )?)
}

/// A connection lasts no longer, so that nobody keeps its place for ever.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// A connection, for every request on it.
#[derive(Clone)]
struct Connection {
    from: SocketAddr,
    certificates: Arc<[CertificateDer<'static>]>,
    verifier: LiveVerifier,
}

/// Serves a connection. Requests reach `app` only from clients whose certificate `verifier` accepts, and bring the
/// [`PeerIdentity`](rustls_policy_verifier::PeerIdentity) along; the others are answered 403.
pub async fn serve(
    socket: TcpStream,
    from: SocketAddr,
    acceptor: TlsAcceptor,
    verifier: LiveVerifier,
    app: Router,
) -> Result<(), BoxError> {
    let stream = handshake(acceptor, socket).await?;
    let certificates = stream.get_ref().1.peer_certificates();
    let connection = Connection {
        from,
        certificates: certificates.unwrap_or_default().into(),
        verifier,
    };
    warn(&connection);
    let app = app
        .layer(from_fn(authenticate))
        .layer(Extension(connection));
    let mut http = hyper::server::conn::http1::Builder::new();
    // With a timer, hyper ends connections whose next request does not come.
    http.timer(TokioTimer::new());
    let service = TowerToHyperService::new(app);
    let serving = http.serve_connection(TokioIo::new(stream), service);
    // Whoever it is, and however slowly it reads and writes.
    Ok(timeout(LONGEST, serving).await??)
}

/// Who is not let in keeps no connection either.
fn refused(why: &'static str) -> Response {
    (StatusCode::FORBIDDEN, [(CONNECTION, "close")], why).into_response()
}

/// What was accepted all the same is told to whoever reads the log.
fn warn(connection: &Connection) {
    let verifier = connection.verifier.current();
    let from = connection.from;
    if let Ok(path) = verifier.recheck(&connection.certificates, Peer::Client, UnixTime::now()) {
        let report = path.report();
        for supplied in report.path.iter().filter(|it| it.known_here) {
            let (subject, position) = (&supplied.subject, supplied.position);
            eprintln!(
                "warning: {from} did not send {subject} ({position}), which was supplied from the known intermediates: the partner should send it"
            );
        }
        for warning in report.warnings.iter().take(8) {
            eprintln!("warning: {from} {warning}; {}", warning.hint());
        }
    }
}

/// Connections are kept alive, certificates end: verifies again, at the time of the request, and adds who it is.
async fn authenticate(
    Extension(connection): Extension<Connection>,
    mut request: Request,
    next: Next,
) -> Response {
    if connection.certificates.is_empty() {
        return refused("present a client certificate\n");
    }
    let verifier = connection.verifier.current();
    match verifier.recheck(&connection.certificates, Peer::Client, UnixTime::now()) {
        Ok(path) => drop(request.extensions_mut().insert(path.identity())),
        Err(refusal) => {
            // The reasons are this side's to know.
            log(connection.from, &refusal);
            return refused("client certificate refused\n");
        }
    }
    next.run(request).await
}
