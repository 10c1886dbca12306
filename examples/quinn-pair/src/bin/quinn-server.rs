//! A QUIC server that demands its partner's client certificate, and greets it by name: quinn.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin quinn-server -- \
//!     127.0.0.1:8443 /tmp/acme/server.pem /tmp/acme/server.key /tmp/acme/roots.pem /tmp/acme/client-policy.toml
//! ```
//!
//! `quinn-client` is the other end. With `bad-client.pem` there, this one prints the rules that it breaks.
//!
//! quinn's errors hold text, in which no refusal can be found, so an observer prints what was refused. That text also goes
//! to the peer, so `hide_reasons` keeps out of it what the policy asks for.

use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use common::{MOST_CONNECTIONS, certificates, of};
use quinn::crypto::rustls::QuicServerConfig;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::version::TLS13;
use rustls_policy_verifier::*;
use tokio::sync::Semaphore;
use tokio::time::timeout;

type BoxError = Box<dyn Error + Send + Sync>;

/// Prints what is refused: at most eight lines, for how much is wrong with a chain is the peer's choice.
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
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, chain, key, roots, policy] = arguments.as_slice() else {
        return Err("usage: quinn-server ADDRESS CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", of(roots, fs::read(roots))?)?;
    let policy = Policy::from_toml(&of(policy, fs::read_to_string(policy))?)?;
    let chain = certificates(chain)?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;

    // QUIC is TLS 1.3 only.
    let tls = ServerConfig::builder_with_protocol_versions(&[&TLS13]);
    let verifier = Verifier::builder_with_provider(anchors, policy, tls.crypto_provider());
    let verifier = verifier.observer(Arc::new(Refusals)).build()?;
    let clients = PolicyClientCertVerifier::new(Arc::new(verifier))?.hide_reasons();
    let tls = tls.with_policy_verifier(Arc::new(clients));
    let mut tls = tls.with_single_cert(chain, key)?;
    tls.alpn_protocols = vec![b"greeting".to_vec()];

    // `try_from` looks for the cipher suite of QUIC's first packets in rustls's provider.
    let crypto = QuicServerConfig::try_from(tls)?;
    let config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    let endpoint = quinn::Endpoint::server(config, address.parse()?)?;
    println!("listening on {}", endpoint.local_addr()?);
    let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let permit = permits.clone().acquire_owned().await?;
        let Some(incoming) = endpoint.accept().await else {
            return Ok(());
        };
        // Under attack, `incoming.retry()` makes peers prove their address before the handshake costs anything, for one more
        // round trip; see `remote_address_validated`.
        let from = incoming.remote_address();
        tokio::spawn(async move {
            if let Err(error) = serve(incoming).await {
                // A peer that closes the connection chooses the words.
                eprintln!("failed {from}: {}", error.to_string().escape_debug());
            }
            drop(permit);
        });
    }
}

async fn serve(incoming: quinn::Incoming) -> Result<(), BoxError> {
    let connection = timeout(Duration::from_secs(10), incoming).await??;
    let certificates = connection.peer_identity();
    let certificates = certificates.and_then(|it| it.downcast::<Vec<CertificateDer<'_>>>().ok());
    let peer = PeerIdentity::of(&certificates.unwrap_or_default())?;
    let mut stream = connection.open_uni().await?;
    let greeting = format!("hello {}\n", peer.subject());
    stream.write_all(greeting.as_bytes()).await?;
    stream.finish()?;
    // The client closes when it has the greeting.
    timeout(Duration::from_secs(10), connection.closed()).await?;
    Ok(())
}
