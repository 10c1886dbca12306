//! A client of a partner whose web server must not be pinned. The page: Bango, "TLS/SSL with X.509 server certificate".
//!
//! ```sh
//! cd examples
//! cargo run --bin bango -- https://resale.api.bango.net/ policies/public-web-server.toml
//! ```
//!
//! The roots are Mozilla's, or those of a file named last. When the partner renews its certificate, its key or its CA, nothing is
//! to be done here but to update `webpki-root-certs` from time to time. What is wrong with a server that is refused goes to
//! standard error, for Bango's support.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use common::of;
use partners::calls::{client, get, report};
use partners::https::{self, BoxError};
use rustls::crypto::ring;
use rustls_policy_verifier::{PolicyClientConfig, TrustAnchors};
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [url, policy] => report(url, call(url, policy, None).await),
        [url, policy, roots] => report(url, call(url, policy, Some(roots)).await),
        _ => {
            eprintln!("usage: bango URL POLICY [ROOTS]");
            ExitCode::FAILURE
        }
    }
}

async fn call(url: &str, policy: &str, roots: Option<&str>) -> Result<String, BoxError> {
    let policy = https::policy(policy)?;
    let anchors = TrustAnchors::new();
    let anchors = match roots {
        Some(roots) => anchors.with_pem("roots", of(roots, fs::read(roots))?)?,
        // Whole certificates, for the policy looks at the roots' own validity, too.
        None => anchors.with_certificates("mozilla", TLS_SERVER_ROOT_CERTS.iter().cloned())?,
    };
    let provider = Arc::new(ring::default_provider());
    let tls = PolicyClientConfig::from_policy(&provider, anchors, policy)?;
    get(&client(tls.with_no_client_auth())?, url).await
}
