//! An HTTPS client that checks its partner's server and presents its own certificate: reqwest.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin reqwest-client -- \
//!     https://localhost:8443/ /tmp/acme/client.pem /tmp/acme/client.key /tmp/acme/roots.pem /tmp/acme/server-policy.toml
//! ```
//!
//! with the program `webhook` at the other end: start it with `server.pem`, and the answer says who called; with
//! `bad-server.pem`, and the client prints the rules that the server's certificate breaks.
//!
//! In Cargo.toml, reqwest without default features and with `rustls-no-provider`: its default brings a second crypto
//! provider, and rustls's `builder()` panics where there are two.

use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use common::{certificates, of};
use reqwest::redirect;
use rustls::ClientConfig;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use rustls_policy_verifier::{Policy, TrustAnchors, WithPolicy, failure_in, refusal_in};

/// Of the answer.
const MOST_OCTETS: usize = 1 << 20;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            explain(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<String, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, chain, key, roots, policy] = arguments.as_slice() else {
        return Err("usage: reqwest-client URL CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", of(roots, fs::read(roots))?)?;
    let policy = Policy::from_toml(&of(policy, fs::read_to_string(policy))?)?;
    let chain = certificates(chain)?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;
    let tls = ClientConfig::builder()
        .with_policy(anchors, policy)?
        .with_client_auth_cert(chain, key)?;
    // Before reqwest 0.13 this is `use_preconfigured_tls`.
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        // A partner that sends its callers elsewhere is not meant to choose whom they talk to.
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()?;
    let mut answer = client.get(url).send().await?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend(chunk);
        if body.len() > MOST_OCTETS {
            return Err(format!("the answer has more than {MOST_OCTETS} octets").into());
        }
    }
    // Escaped, for it may be meant for the terminal.
    let text = String::from_utf8_lossy(&body);
    Ok(format!(
        "{}\n{}",
        answer.status(),
        text.trim_end().escape_debug()
    ))
}

/// Why there is no answer: our refusal of the server, or the server's refusal of us, or something else. In TLS 1.3 the
/// server refuses when the request is under way, and hyper may lose the alert: then ask for the server's log.
fn explain(error: &(dyn Error + 'static)) {
    if let Some(refusal) = refusal_in(error) {
        for violation in refusal.violations().iter().take(8) {
            eprintln!("refused: {violation}; {}", violation.hint());
        }
    } else if let Some(failure) = failure_in(error) {
        eprintln!("failed: {failure}; {}", failure.hint());
    } else {
        let errors = std::iter::successors(Some(error), |&it| it.source());
        let innermost = errors.last().unwrap_or(error);
        eprintln!("failed: {innermost}; if it refused our certificate, the server's log says why");
    }
}
