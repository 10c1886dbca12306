//! A QUIC client that checks its partner's server and presents its own certificate: quinn.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin quinn-client -- \
//!     127.0.0.1:8443 localhost /tmp/acme/client.pem /tmp/acme/client.key /tmp/acme/roots.pem /tmp/acme/server-policy.toml
//! ```
//!
//! `quinn-server` is the other end. With `bad-server.pem` there, this one prints every rule that it breaks.
//!
//! quinn's errors hold text, in which no refusal can be found, so an observer prints what was refused.

use std::error::Error;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use quinn::crypto::rustls::QuicClientConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::version::TLS13;
use rustls::{AlertDescription, ClientConfig};
use rustls_policy_verifier::*;

/// Prints what is refused.
#[derive(Debug)]
struct Refusals;

impl Observer for Refusals {
    fn certificate_judged(&self, judgement: &Judgement<'_>, _: Occasion) {
        for violation in judgement.report().violations {
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
    let anchors = TrustAnchors::new().with_pem("acme", fs::read(roots)?)?;
    let policy = Policy::from_toml(&fs::read_to_string(policy)?)?;
    let chain = CertificateDer::pem_file_iter(chain)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;

    // QUIC is TLS 1.3 only.
    let tls = ClientConfig::builder_with_protocol_versions(&[&TLS13]);
    let verifier = Verifier::builder_with_provider(anchors, policy, tls.crypto_provider());
    let verifier = verifier.observer(Arc::new(Refusals)).build()?;
    let servers = PolicyServerCertVerifier::new(Arc::new(verifier))?;
    let tls = tls.with_policy_verifier(Arc::new(servers));
    let mut tls = tls.with_client_auth_cert(chain, key)?;
    tls.alpn_protocols = vec![b"greeting".to_vec()];

    // `try_from` looks for the cipher suite of QUIC's first packets in rustls's provider.
    let crypto = QuicClientConfig::try_from(tls)?;
    let config = quinn::ClientConfig::new(Arc::new(crypto));
    let endpoint = quinn::Endpoint::client(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)))?;
    let connecting = endpoint.connect_with(config, address.parse()?, name)?;
    let connection = connecting.await?;
    let certificates = connection.peer_identity();
    let certificates = certificates.and_then(|it| it.downcast::<Vec<CertificateDer<'_>>>().ok());
    let peer = PeerIdentity::of(&certificates.unwrap_or_default())?;
    println!("connected to {}", peer.subject());
    // The server judges the client's certificate only now: a refusal comes with the first read.
    let mut stream = connection.accept_uni().await?;
    print!("{}", String::from_utf8(stream.read_to_end(1024).await?)?);
    connection.close(0_u8.into(), b"");
    endpoint.wait_idle().await;
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
        None => eprintln!("failed: {error}"),
    }
}
