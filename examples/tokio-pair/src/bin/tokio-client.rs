//! A TLS client that checks its partner's server and presents its own certificate: tokio-rustls.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin tokio-client -- \
//!     127.0.0.1:8443 localhost /tmp/acme/client.pem /tmp/acme/client.key /tmp/acme/roots.pem /tmp/acme/server-policy.toml
//! ```
//!
//! `tokio-server` is the other end. With `bad-server.pem` there, this one prints every rule that it breaks.

use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use rustls_policy_verifier::*;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            explain(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, name, chain, key, roots, policy] = arguments.as_slice() else {
        return Err("usage: tokio-client ADDRESS NAME CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", fs::read(roots)?)?;
    let policy = Policy::from_toml(&fs::read_to_string(policy)?)?;
    let chain = CertificateDer::pem_file_iter(chain)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let tls = ClientConfig::builder()
        .with_policy(anchors, policy)?
        .with_client_auth_cert(chain, key)?;
    let name = ServerName::try_from(name.clone())?;

    let socket = TcpStream::connect(address).await?;
    let mut stream = TlsConnector::from(Arc::new(tls))
        .connect(name, socket)
        .await?;
    let certificates = stream.get_ref().1.peer_certificates();
    let peer = PeerIdentity::of(certificates.unwrap_or_default())?;
    println!("connected to {}", peer.subject());
    // In TLS 1.3 the server judges the client's certificate only now: a refusal comes with the first read.
    let mut greeting = String::new();
    stream.read_to_string(&mut greeting).await?;
    print!("{greeting}");
    Ok(())
}

/// Why there is no connection: our refusal of the server, or the server's refusal of us, or something else.
fn explain(error: &(dyn Error + 'static)) {
    if let Some(refusal) = refusal_in(error) {
        for violation in refusal.violations() {
            eprintln!("refused: {violation}; {}", violation.hint());
        }
    } else if let Some(failure) = failure_in(error) {
        eprintln!("failed: {failure}; {}", failure.hint());
    } else {
        eprintln!("failed: {error}");
    }
}
