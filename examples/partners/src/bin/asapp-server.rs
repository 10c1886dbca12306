//! A customer's API endpoint, which ASAPP calls, as ASAPP's page "Secure Data Retrieval" asks.
//!
//! ```sh
//! asapp-server ADDRESS FOLDER
//! ```
//!
//! In FOLDER:
//!
//! - `client-policy.toml`: what ASAPP's client certificates must be, as `policies/mtls-partner-strict-client.toml`
//! - `client-roots.pem`: the roots of the CAs that issue them
//! - `server.pem`, `server.key`: our own chain and its key

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::extract::Extension;
use axum::routing::post;
use axum::{Json, Router};
use common::{Listener, certificates, identity, log, of};
use partners::https::{BoxError, policy, serve};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use rustls_policy_verifier::{PeerIdentity, PolicyServerConfig, TrustAnchors};
use tokio_rustls::TlsAcceptor;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, folder] = arguments.as_slice() else {
        return Err("usage: asapp-server ADDRESS FOLDER".into());
    };
    let file = |name| Path::new(folder).join(name).to_string_lossy().into_owned();
    let (roots, key) = (file("client-roots.pem"), file("server.key"));
    let anchors = TrustAnchors::new().with_pem("asapp", of(&roots, fs::read(&roots))?);
    let policy = policy(&file("client-policy.toml"))?;

    // Versions, suites and sessions are the policy's too: this constructor applies them.
    let provider = Arc::new(ring::default_provider());
    let tls = PolicyServerConfig::from_policy(&provider, of(&roots, anchors)?, policy)?;
    // Sessions in tickets: clients are told how long they last, which the policy decides, not the ticketer.
    let tls = tls.ticketer(ring::Ticketer::new()?)?;
    if let Some(report) = tls.tls_report() {
        eprintln!("{report}");
    }
    let verifier = tls.verifier().clone();
    let key = of(&key, PrivateKeyDer::from_pem_file(&key))?;
    let tls = tls.with_single_cert(certificates(&file("server.pem"))?, key)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls));

    let app = Router::new().route("/events", post(event));
    let listener = Listener::bind(address).await?;
    loop {
        let (socket, from, permit) = listener.accept().await?;
        let serving = serve(
            socket,
            from,
            acceptor.clone(),
            verifier.clone(),
            app.clone(),
        );
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                log(from, &*error);
            }
            drop(permit);
        });
    }
}

/// An event. What is to be done with it goes here.
async fn event(
    Extension(caller): Extension<PeerIdentity>,
    Json(event): Json<serde_json::Value>,
) -> Json<serde_json::Value> {
    Json(serde_json::json!({"caller": identity(&caller), "received": event}))
}
