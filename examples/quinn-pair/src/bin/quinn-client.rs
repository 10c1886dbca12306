//! A QUIC client that checks its partner's server and presents its own certificate: quinn.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin quinn-client -- \
//!     127.0.0.1:8443 localhost /tmp/acme/client.pem /tmp/acme/client.key /tmp/acme/roots.pem /tmp/acme/server-policy.toml
//! ```
//!
//! `quinn-server` is the other end. With `bad-server.pem` there, this one prints the rules that it breaks.
//!
//! quinn's errors hold text, in which no refusal can be found, so an observer prints what was refused. That text also goes
//! to the peer, so `hide_reasons` keeps out of it what the policy asks for.

use std::error::Error;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use common::{certificates, of};
use quinn::crypto::rustls::QuicClientConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::version::TLS13;
use rustls::{AlertDescription, ClientConfig};
use rustls_policy_verifier::*;
use tokio::time::timeout;

/// For each step.
const PATIENCE: Duration = Duration::from_secs(10);

/// Of the greeting.
const MOST_OCTETS: usize = 1024;

/// Prints what is refused.
#[derive(Debug)]
struct Refusals;

impl Observer for Refusals {
    fn certificate_judged(&self, judgement: &Judgement<'_>, _: Occasion) {
        for violation in judgement.report().violations.iter().take(8) {
            eprintln!("refused: {violation}; {}", violation.hint());
        }
    }
}

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
        return Err("usage: quinn-client ADDRESS NAME CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", of(roots, fs::read(roots))?)?;
    let policy = Policy::from_toml(&of(policy, fs::read_to_string(policy))?)?;
    let chain = certificates(chain)?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;

    // QUIC is TLS 1.3 only.
    let tls = ClientConfig::builder_with_protocol_versions(&[&TLS13]);
    let verifier = Verifier::builder_with_provider(anchors, policy, tls.crypto_provider());
    let verifier = verifier.observer(Arc::new(Refusals)).build()?;
    let servers = PolicyServerCertVerifier::new(Arc::new(verifier))?.hide_reasons();
    let tls = tls.with_policy_verifier(Arc::new(servers));
    let mut tls = tls.with_client_auth_cert(chain, key)?;
    tls.alpn_protocols = vec![b"greeting".to_vec()];

    // `try_from` looks for the cipher suite of QUIC's first packets in rustls's provider.
    let crypto = QuicClientConfig::try_from(tls)?;
    let config = quinn::ClientConfig::new(Arc::new(crypto));
    let endpoint = quinn::Endpoint::client(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)))?;
    let connecting = endpoint.connect_with(config, address.parse()?, name)?;
    let connection = timeout(PATIENCE, connecting).await??;
    let certificates = connection.peer_identity();
    let certificates = certificates.and_then(|it| it.downcast::<Vec<CertificateDer<'_>>>().ok());
    let peer = PeerIdentity::of(&certificates.unwrap_or_default())?;
    println!("connected to {}", peer.subject());
    // The server judges the client's certificate only now: a refusal comes with the first read.
    let mut stream = timeout(PATIENCE, connection.accept_uni()).await??;
    let greeting = timeout(PATIENCE, stream.read_to_end(MOST_OCTETS)).await??;
    let greeting = String::from_utf8_lossy(&greeting);
    // Escaped, for it may be meant for the terminal.
    println!("{}", greeting.trim_end().escape_debug());
    connection.close(0_u8.into(), b"");
    let _ = timeout(PATIENCE, endpoint.wait_idle()).await;
    Ok(())
}

/// Why there is no connection. When the server closed it, QUIC's error code is a TLS alert plus 0x100.
fn explain(error: &(dyn Error + 'static)) {
    let alert = match error.downcast_ref() {
        Some(quinn::ConnectionError::ConnectionClosed(closed)) => {
            let code = u64::from(closed.error_code).checked_sub(0x100);
            code.and_then(|alert| u8::try_from(alert).ok())
        }
        _ => None,
    };
    match alert
        .map(AlertDescription::from)
        .map(ConnectionFailure::of_alert)
    {
        Some(failure) => eprintln!("failed: {failure}; {}", failure.hint()),
        None => eprintln!("failed: {}", error.to_string().escape_debug()),
    }
}
