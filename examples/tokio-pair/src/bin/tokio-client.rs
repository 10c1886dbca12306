//! A TLS client that checks its partner's server and presents its own certificate: tokio-rustls.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin tokio-client -- \
//!     127.0.0.1:8443 localhost /tmp/acme/client.pem /tmp/acme/client.key /tmp/acme/roots.pem /tmp/acme/server-policy.toml
//! ```
//!
//! `tokio-server` is the other end. With `bad-server.pem` there, this one prints the rules that it breaks.

use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use common::{certificates, of};
use rustls::ClientConfig;
use rustls::pki_types::{PrivateKeyDer, ServerName, pem::PemObject};
use rustls_policy_verifier::*;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// For each step.
const PATIENCE: Duration = Duration::from_secs(10);

/// Of the greeting.
const MOST_OCTETS: u64 = 1024;

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
    let anchors = TrustAnchors::new().with_pem("acme", of(roots, fs::read(roots))?)?;
    let policy = Policy::from_toml(&of(policy, fs::read_to_string(policy))?)?;
    let chain = certificates(chain)?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;
    let tls = ClientConfig::builder()
        .with_policy(anchors, policy)?
        .with_client_auth_cert(chain, key)?;
    let name = ServerName::try_from(name.clone())?;

    let socket = timeout(PATIENCE, TcpStream::connect(address)).await??;
    let handshake = TlsConnector::from(Arc::new(tls)).connect(name, socket);
    let mut stream = timeout(PATIENCE, handshake).await??;
    let certificates = stream.get_ref().1.peer_certificates();
    let peer = PeerIdentity::of(certificates.unwrap_or_default())?;
    println!("connected to {}", peer.subject());
    // In TLS 1.3 the server judges the client's certificate only now: a refusal comes with the first read.
    let mut greeting = Vec::new();
    let mut reader = (&mut stream).take(MOST_OCTETS);
    timeout(PATIENCE, reader.read_to_end(&mut greeting)).await??;
    let greeting = String::from_utf8_lossy(&greeting);
    // Escaped, for it may be meant for the terminal.
    println!("{}", greeting.trim_end().escape_debug());
    Ok(())
}

/// Why there is no connection: our refusal of the server, or the server's refusal of us, or something else.
fn explain(error: &(dyn Error + 'static)) {
    if let Some(refusal) = refusal_in(error) {
        for violation in refusal.violations().iter().take(8) {
            eprintln!("refused: {violation}; {}", violation.hint());
        }
    } else if let Some(failure) = failure_in(error) {
        eprintln!("failed: {failure}; {}", failure.hint());
    } else {
        eprintln!("failed: {error}");
    }
}
