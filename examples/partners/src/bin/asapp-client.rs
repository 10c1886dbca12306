//! A client of an API endpoint, as ASAPP's page "Secure Data Retrieval" asks of both sides: it posts JSON, and prints the answer.
//!
//! ```sh
//! asapp-client URL FOLDER JSON
//! ```
//!
//! In FOLDER:
//!
//! - `server-policy.toml`: what the endpoint's certificate must be, as `policies/mtls-partner-strict-server.toml`
//! - `server-roots.pem`: the roots of the CA that issues it
//! - `client.pem`, `client.key`: our own chain and its key

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use common::{certificates, log, of};
use partners::https::{BoxError, policy};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use rustls_policy_verifier::{PolicyClientConfig, TrustAnchors};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(status) => {
            println!("HTTP/1.1 {status}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            // Our refusal of the endpoint with every reason, or what its alert means.
            log("the endpoint", &*error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<reqwest::StatusCode, BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, folder, json] = arguments.as_slice() else {
        return Err("usage: asapp-client URL FOLDER JSON".into());
    };
    let file = |name| Path::new(folder).join(name).to_string_lossy().into_owned();
    let (roots, key) = (file("server-roots.pem"), file("client.key"));
    let anchors = TrustAnchors::new().with_pem("endpoint", of(&roots, fs::read(&roots))?);
    let policy = policy(&file("server-policy.toml"))?;

    // Versions, suites and sessions are the policy's too: this constructor applies them.
    let provider = Arc::new(ring::default_provider());
    let tls = PolicyClientConfig::from_policy(&provider, of(&roots, anchors)?, policy)?;
    if let Some(report) = tls.tls_report() {
        eprintln!("{report}");
    }
    let key = of(&key, PrivateKeyDer::from_pem_file(&key))?;
    let tls = tls.with_client_auth_cert(certificates(&file("client.pem"))?, key)?;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        // An endpoint that sends its callers elsewhere is not meant to choose whom they talk to.
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()?;
    let request = client.post(url).header(CONTENT_TYPE, "application/json");
    Ok(request.body(json.clone()).send().await?.status())
}
