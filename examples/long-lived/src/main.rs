//! A TLS server of connections that stay open for days, an echo here, which ends each when its client's certificate does:
//! tokio-rustls.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin long-lived -- \
//!     127.0.0.1:8443 /tmp/acme/server.pem /tmp/acme/server.key /tmp/acme/roots.pem /tmp/acme/client-policy.toml
//! openssl s_client -quiet -connect 127.0.0.1:8443 -CAfile /tmp/acme/roots.pem -cert /tmp/acme/client.pem -key /tmp/acme/client.key
//! ```
//!
//! Certificates end, and so do audits, pins and CRLs, while connections stand: after the handshake nobody looks any more. So
//! each connection has a timer for the moment at which its client may have to go.

use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use common::{Listener, certificates, handshake, log, of};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject};
use rustls_policy_verifier::*;
use tokio::io::{AsyncWriteExt, copy, split};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

type BoxError = Box<dyn Error + Send + Sync>;

/// Nobody is left unseen for longer: clocks are set, machines sleep, and timers know of neither. A server that loads new CRLs
/// (`LiveVerifier::replace`, `VerifierFiles`) looks at everybody then, too: its observer hears of it.
const A_WHILE: Duration = Duration::from_secs(15 * 60);

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, chain, key, roots, policy] = arguments.as_slice() else {
        return Err("usage: long-lived ADDRESS CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", of(roots, fs::read(roots))?)?;
    let policy = Policy::from_toml(&of(policy, fs::read_to_string(policy))?)?;
    let chain = certificates(chain)?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;

    // The same verifier judges in the handshake and afterwards.
    let tls = ServerConfig::builder();
    let verifier = Verifier::builder_with_provider(anchors, policy, tls.crypto_provider());
    let clients = PolicyClientCertVerifier::new(verifier.build()?)?;
    let verifier = clients.verifier().clone();
    let tls = tls.with_policy_verifier(Arc::new(clients));
    let acceptor = TlsAcceptor::from(Arc::new(tls.with_single_cert(chain, key)?));

    let listener = Listener::bind(address).await?;
    loop {
        let (socket, from, permit) = listener.accept().await?;
        let serving = serve(socket, acceptor.clone(), verifier.clone());
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                log(from, &*error);
            }
            drop(permit);
        });
    }
}

async fn serve(
    socket: TcpStream,
    acceptor: TlsAcceptor,
    verifier: LiveVerifier,
) -> Result<(), BoxError> {
    let stream = handshake(acceptor, socket).await?;
    let certificates = stream.get_ref().1.peer_certificates();
    let certificates = certificates.unwrap_or_default().to_vec();
    let (mut reader, mut writer) = split(stream);
    let outcome = tokio::select! {
        echoed = copy(&mut reader, &mut writer) => echoed.map(drop).map_err(BoxError::from),
        refusal = until_refused(&verifier, &certificates) => Err(refusal.into()),
    };
    // Closed as TLS closes connections, so that the client can tell this from an attack.
    let _ = timeout(Duration::from_secs(1), writer.shutdown()).await;
    outcome
}

/// Waits until the peer may be there no longer, and says why. A refusal also ends connections that the handshake accepted by a
/// staple alone, for it is gone.
async fn until_refused(
    verifier: &LiveVerifier,
    certificates: &[CertificateDer<'_>],
) -> VerifyError {
    loop {
        let now = UnixTime::now();
        let holds_for = match verifier.current().recheck(certificates, Peer::Client, now) {
            Ok(path) => path.holds_for(now),
            Err(refusal) => return refusal,
        };
        sleep(holds_for.min(A_WHILE)).await;
    }
}
