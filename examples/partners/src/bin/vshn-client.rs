//! A client that presents a certificate of its own and judges its partner's server, revocation too. The page: VSHN,
//! "Verifying and Connecting".
//!
//! ```sh
//! cd examples
//! cargo run --bin vshn-client -- \
//!     https://localhost:8443/ client.pem client.key roots.pem policies/mutual-tls-server.toml issuing.crl
//! ```
//!
//! The CRL is that of the CA that issued the server's certificate. Without one the server must staple an OCSP response.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use common::{certificates, of};
use partners::calls::{Log, client, get, report};
use partners::https::{self, BoxError};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use rustls_policy_verifier::*;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [url, chain, key, roots, policy, crls @ ..] if crls.len() < 2 => report(
            url,
            call(url, [chain, key], roots, policy, crls.first()).await,
        ),
        _ => {
            eprintln!("usage: vshn-client URL CHAIN KEY ROOTS POLICY [CRL]");
            ExitCode::FAILURE
        }
    }
}

async fn call(
    url: &str,
    [chain, key]: [&str; 2],
    roots: &str,
    policy: &str,
    crl: Option<&String>,
) -> Result<String, BoxError> {
    let anchors = TrustAnchors::new().with_pem("partner", of(roots, fs::read(roots))?)?;
    let policy = https::policy(policy)?;
    let provider = Arc::new(ring::default_provider());
    let mut verifier = Verifier::builder_with_provider(anchors, policy, &provider);
    if let Some(crl) = crl {
        verifier = verifier.crls_pem(of(crl, fs::read(crl))?)?;
    }
    let verifier = verifier.observer(Arc::new(Log)).build()?;

    let servers = PolicyServerCertVerifier::new(verifier)?;
    let tls = PolicyClientConfig::from_verifier(&provider, Arc::new(servers))?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;
    let tls = tls.with_client_auth_cert(certificates(chain)?, key)?;
    get(&client(tls)?, url).await
}
