//! A QUIC server that demands its partner's client certificate, and greets it by name: quinn.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin quinn-server -- \
//!     127.0.0.1:8443 /tmp/acme/server.pem /tmp/acme/server.key /tmp/acme/roots.pem /tmp/acme/client-policy.toml
//! ```
//!
//! `quinn-client` is the other end. With `bad-client.pem` there, this one prints every rule that it breaks.
//!
//! quinn's errors hold text, in which no refusal can be found, so an observer prints what was refused. That text, the
//! first violation in words, also goes to the peer: `prefer_specific_alerts` keeps it out where an alert fits.

use std::error::Error;
use std::fs;
use std::sync::Arc;

use quinn::crypto::rustls::QuicServerConfig;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::version::TLS13;
use rustls_policy_verifier::*;

type BoxError = Box<dyn Error + Send + Sync>;

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
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, chain, key, roots, policy] = arguments.as_slice() else {
        return Err("usage: quinn-server ADDRESS CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", fs::read(roots)?)?;
    let policy = Policy::from_toml(&fs::read_to_string(policy)?)?;
    let chain = CertificateDer::pem_file_iter(chain)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;

    // QUIC is TLS 1.3 only.
    let tls = ServerConfig::builder_with_protocol_versions(&[&TLS13]);
    let verifier = Verifier::builder_with_provider(anchors, policy, tls.crypto_provider());
    let verifier = verifier.observer(Arc::new(Refusals)).build()?;
    let clients = PolicyClientCertVerifier::new(Arc::new(verifier))?;
    let tls = tls.with_policy_verifier(Arc::new(clients));
    let mut tls = tls.with_single_cert(chain, key)?;
    tls.alpn_protocols = vec![b"greeting".to_vec()];

    // `try_from` looks for the cipher suite of QUIC's first packets in rustls's provider.
    let crypto = QuicServerConfig::try_from(tls)?;
    let config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    let endpoint = quinn::Endpoint::server(config, address.parse()?)?;
    println!("listening on {}", endpoint.local_addr()?);
    while let Some(incoming) = endpoint.accept().await {
        let from = incoming.remote_address();
        tokio::spawn(async move {
            if let Err(error) = serve(incoming).await {
                eprintln!("failed {from}: {error}");
            }
        });
    }
    Ok(())
}

async fn serve(incoming: quinn::Incoming) -> Result<(), BoxError> {
    let connection = incoming.await?;
    let certificates = connection.peer_identity();
    let certificates = certificates.and_then(|it| it.downcast::<Vec<CertificateDer<'_>>>().ok());
    let peer = PeerIdentity::of(&certificates.unwrap_or_default())?;
    let mut stream = connection.open_uni().await?;
    let greeting = format!("hello {}\n", peer.subject());
    stream.write_all(greeting.as_bytes()).await?;
    stream.finish()?;
    connection.closed().await;
    Ok(())
}
