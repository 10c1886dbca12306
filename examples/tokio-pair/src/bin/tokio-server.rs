//! A TLS server that demands its partner's client certificate, and greets it by name: tokio-rustls.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin tokio-server -- \
//!     127.0.0.1:8443 /tmp/acme/server.pem /tmp/acme/server.key /tmp/acme/roots.pem /tmp/acme/client-policy.toml
//! ```
//!
//! `tokio-client` is the other end. With `bad-client.pem` there, this one prints the rules that it breaks.

use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use common::{Listener, certificates, handshake, log, of};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use rustls_policy_verifier::*;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

type BoxError = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, chain, key, roots, policy] = arguments.as_slice() else {
        return Err("usage: tokio-server ADDRESS CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", of(roots, fs::read(roots))?)?;
    let policy = Policy::from_toml(&of(policy, fs::read_to_string(policy))?)?;
    let chain = certificates(chain)?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;
    let tls = ServerConfig::builder()
        .with_policy(anchors, policy)?
        .with_single_cert(chain, key)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls));

    let listener = Listener::bind(address).await?;
    loop {
        let (socket, from, permit) = listener.accept().await?;
        let serving = serve(socket, acceptor.clone());
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                log(from, &*error);
            }
            drop(permit);
        });
    }
}

async fn serve(socket: TcpStream, acceptor: TlsAcceptor) -> Result<(), BoxError> {
    let mut stream = handshake(acceptor, socket).await?;
    let certificates = stream.get_ref().1.peer_certificates();
    let peer = PeerIdentity::of(certificates.unwrap_or_default())?;
    let greeting = format!("hello {}\n", peer.subject());
    let greet = async {
        stream.write_all(greeting.as_bytes()).await?;
        stream.shutdown().await
    };
    Ok(timeout(Duration::from_secs(10), greet).await??)
}
