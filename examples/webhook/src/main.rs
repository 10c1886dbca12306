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
//! - With `bad-client.pem` the handshake fails, and the server prints every rule that the certificate breaks.

use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::any};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject};
use rustls_policy_verifier::*;
use tokio::io::{AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

type BoxError = Box<dyn Error + Send + Sync>;

/// Who is at the other end of a connection: its certificates, and what the first of them says.
#[derive(Clone)]
struct Caller(Arc<[CertificateDer<'static>]>, PeerIdentity);

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, chain, key, roots, policy] = arguments.as_slice() else {
        return Err("usage: webhook ADDRESS CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", fs::read(roots)?)?;
    let policy = Policy::from_toml(&fs::read_to_string(policy)?)?;
    let chain = CertificateDer::pem_file_iter(chain)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;

    // The same verifier judges in the handshake and, later, in the handler.
    let tls = ServerConfig::builder();
    let verifier = Verifier::builder_with_provider(anchors, policy, tls.crypto_provider());
    let verifier = Arc::new(verifier.build()?);
    let clients = PolicyClientCertVerifier::new(verifier.clone())?.allow_unauthenticated();
    let tls = tls.with_policy_verifier(Arc::new(clients));
    let acceptor = TlsAcceptor::from(Arc::new(tls.with_single_cert(chain, key)?));

    let app = Router::new().route("/", any(answer)).with_state(verifier);
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (socket, from) = listener.accept().await?;
        let serving = serve(socket, acceptor.clone(), app.clone());
        tokio::spawn(async move {
            match serving.await {
                Ok(()) => {}
                Err(error) => match refusal_in(&*error) {
                    Some(refusal) => refusal.violations().iter().for_each(|it| {
                        eprintln!("refused {from}: {it}; {}", it.hint());
                    }),
                    None => eprintln!("failed {from}: {error}"),
                },
            }
        });
    }
}

/// Serves one connection. Whose it is goes into the extensions of each of its requests.
async fn serve(socket: TcpStream, acceptor: TlsAcceptor, app: Router) -> Result<(), BoxError> {
    let handshake = acceptor.accept(socket).into_fallible();
    let stream = match timeout(Duration::from_secs(10), handshake).await? {
        Ok(stream) => stream,
        Err((error, mut socket)) => {
            // Closed with octets unread, the socket would be reset, and the client might never read the alert.
            let _ = socket.shutdown().await;
            let _ = timeout(Duration::from_secs(1), copy(&mut socket, &mut sink())).await;
            return Err(error.into());
        }
    };
    let caller = match stream.get_ref().1.peer_certificates() {
        Some(certificates) => Some(Caller(certificates.into(), PeerIdentity::of(certificates)?)),
        None => None,
    };
    let service = TowerToHyperService::new(app.layer(Extension(caller)));
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new());
    Ok(http.serve_connection(TokioIo::new(stream), service).await?)
}

async fn answer(
    State(verifier): State<Arc<Verifier>>,
    caller: Extension<Option<Caller>>,
) -> Response {
    let Extension(Some(Caller(certificates, identity))) = caller else {
        return (StatusCode::FORBIDDEN, "present Acme's client certificate\n").into_response();
    };
    // Connections are kept alive, certificates end: verify again, at the time of the request. This also says who it is.
    match verifier.recheck(&certificates, Peer::Client, UnixTime::now()) {
        Ok(path) => Json(serde_json::json!({
            "label": path.label(),
            "identifiers": path.identifiers().iter().map(|it| &*it.value).collect::<Vec<_>>(),
            "subject": identity.subject().to_string(),
            "fingerprint": identity.fingerprint().to_string(),
        }))
        .into_response(),
        Err(refusal) => {
            let why = refusal.violations().iter().map(|it| format!("{it}\n"));
            (StatusCode::FORBIDDEN, why.collect::<String>()).into_response()
        }
    }
}
