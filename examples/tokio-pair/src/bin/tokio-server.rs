//! A TLS server that demands its partner's client certificate, and greets it by name: tokio-rustls.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin tokio-server -- \
//!     127.0.0.1:8443 /tmp/acme/server.pem /tmp/acme/server.key /tmp/acme/roots.pem /tmp/acme/client-policy.toml
//! ```
//!
//! `tokio-client` is the other end. With `bad-client.pem` there, this one prints every rule that it breaks.

use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls_policy_verifier::{PeerIdentity, Policy, TrustAnchors, WithPolicy, refusal_in};
use tokio::io::{AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

type BoxError = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, chain, key, roots, policy] = arguments.as_slice() else {
        return Err("usage: tokio-server ADDRESS CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", fs::read(roots)?)?;
    let policy = Policy::from_toml(&fs::read_to_string(policy)?)?;
    let chain = CertificateDer::pem_file_iter(chain)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let tls = ServerConfig::builder()
        .with_policy(anchors, policy)?
        .with_single_cert(chain, key)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls));

    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (socket, from) = listener.accept().await?;
        let serving = serve(socket, acceptor.clone());
        tokio::spawn(async move {
            match serving.await {
                Ok(()) => {}
                Err(error) => match refusal_in(&*error) {
                    Some(refusal) => refusal.violations().iter().for_each(|it| {
                        eprintln!("refused {from}: {it}; {}", it.hint());
                    }),
                    None => eprintln!("failed {from}: {error}"),
                },
            }
        });
    }
}

async fn serve(socket: TcpStream, acceptor: TlsAcceptor) -> Result<(), BoxError> {
    let handshake = acceptor.accept(socket).into_fallible();
    let mut stream = match timeout(Duration::from_secs(10), handshake).await? {
        Ok(stream) => stream,
        Err((error, mut socket)) => {
            // Closed with octets unread, the socket would be reset, and the client might never read the alert.
            let _ = socket.shutdown().await;
            let _ = timeout(Duration::from_secs(1), copy(&mut socket, &mut sink())).await;
            return Err(error.into());
        }
    };
    let certificates = stream.get_ref().1.peer_certificates();
    let peer = PeerIdentity::of(certificates.unwrap_or_default())?;
    let greeting = format!("hello {}\n", peer.subject());
    stream.write_all(greeting.as_bytes()).await?;
    Ok(stream.shutdown().await?)
}
