//! A server whose clients present certificates, and are identified by their subjects. The page: VSHN, "Verifying and
//! Connecting".
//!
//! ```sh
//! cd examples
//! cargo run --bin vshn-server -- \
//!     127.0.0.1:8443 server.pem server.key roots.pem policies/mutual-tls-client.toml issuing.crl
//! ```
//!
//! - The answer says who called, by the policy's entry for the client.
//! - Clients of an unknown CA, expired or revoked ones, and those without a certificate do not get through the handshake.
//! - A client of the right CA that the policy does not name is answered 403.
//! - Policy, roots and CRL are read again when they change: who is revoked meanwhile is refused at the next request.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Extension;
use axum::routing::get;
use axum::{Json, Router};
use common::{Listener, certificates, identity, log, of};
use partners::https::{BoxError, serve};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use rustls_policy_verifier::*;
use tokio_rustls::TlsAcceptor;

/// Between two looks at the files. A look is cheap: only what has changed is read.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, chain, key, roots, policy, crl] = arguments.as_slice() else {
        return Err("usage: vshn-server ADDRESS CHAIN KEY ROOTS POLICY CRL".into());
    };
    let files = VerifierFiles::new(policy)
        .anchors("partner", roots)
        .crls(crl);
    let provider = Arc::new(ring::default_provider());
    let of_files = provider.clone();
    // In the handshake all but who it is, for an alert could not tell the caller; at each request all.
    let trusted = files.clone().load_with(move |anchors, mut policy| {
        policy.subject_identifier.switch_off();
        Verifier::builder_with_provider(anchors, policy, &of_files)
    })?;
    let known = files.load_with_provider(&provider)?;
    let _watching = (
        trusted.watch(BETWEEN_LOOKS, say)?,
        known.watch(BETWEEN_LOOKS, say)?,
    );

    let clients = PolicyClientCertVerifier::new(trusted.verifier().clone())?;
    let tls = PolicyServerConfig::from_verifier(&provider, Arc::new(clients))?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;
    let tls = tls.with_single_cert(certificates(chain)?, key)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let app = Router::new().route("/", get(answer));
    let listener = Listener::bind(address).await?;
    loop {
        let (socket, from, permit) = listener.accept().await?;
        let known = known.verifier().clone();
        let serving = serve(socket, from, acceptor.clone(), known, app.clone());
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                log(from, &*error);
            }
            drop(permit);
        });
    }
}

async fn answer(Extension(caller): Extension<PeerIdentity>) -> Json<serde_json::Value> {
    Json(identity(&caller))
}

fn say(outcome: Result<&Replacement, &ReplaceError>) {
    match outcome {
        Ok(replacement) => eprintln!("{replacement}"),
        Err(refused) => eprintln!("{refused}"),
    }
}
