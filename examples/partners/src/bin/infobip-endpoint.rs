//! A TLS test endpoint: who connects reads with which certificate, version and cipher suite. The page: Infobip, "Encryption of
//! REST API traffic".
//!
//! ```sh
//! cd examples
//! cargo run --bin infobip-endpoint -- 127.0.0.1:8443 coming.pem coming.key policies/pinned-web-server.toml
//! curl --resolve tls-test.example:8443:127.0.0.1 --cacert coming-roots.pem https://tls-test.example:8443/
//! ```
//!
//! It offers what the policy's table `[tls]` allows, in that order of preference, and judges nobody.

use std::sync::Arc;
use std::time::Duration;

use axum::{Json, Router};
use common::{Listener, certificates, handshake, log, of};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use partners::https::{self, BoxError};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use rustls::{ServerConfig, ServerConnection};
use rustls_policy_verifier::{AttributeType, DistinguishedName, PeerIdentity, Time};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, chain, key, policy] = arguments.as_slice() else {
        return Err("usage: infobip-endpoint ADDRESS CHAIN KEY POLICY".into());
    };
    let policy = https::policy(policy)?;
    let allowed = policy.tls.apply(&Arc::new(ring::default_provider()))?;
    eprintln!("{}", allowed.report);
    let chain = certificates(chain)?;
    let own = PeerIdentity::of(&chain)?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;
    let mut tls = ServerConfig::builder_with_provider(allowed.provider)
        .with_protocol_versions(&allowed.versions)?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    tls.ignore_client_order = true;
    let (own, acceptor) = (Arc::new(own), TlsAcceptor::from(Arc::new(tls)));
    let listener = Listener::bind(address).await?;
    loop {
        let (socket, from, permit) = listener.accept().await?;
        let (own, acceptor) = (own.clone(), acceptor.clone());
        tokio::spawn(async move {
            if let Err(error) = serve(socket, acceptor, &own).await {
                log(from, &*error);
            }
            drop(permit);
        });
    }
}

/// A connection lasts no longer: anybody may call.
const LONGEST: Duration = Duration::from_secs(60);

async fn serve(
    socket: TcpStream,
    acceptor: TlsAcceptor,
    own: &PeerIdentity,
) -> Result<(), BoxError> {
    let stream = handshake(acceptor, socket).await?;
    let facts = facts(own, stream.get_ref().1);
    let app = Router::new().fallback(async || Json(facts));
    let mut http = hyper::server::conn::http1::Builder::new();
    // With a timer, hyper ends connections whose next request does not come.
    http.timer(TokioTimer::new());
    let service = TowerToHyperService::new(app);
    let serving = http.serve_connection(TokioIo::new(stream), service);
    Ok(timeout(LONGEST, serving).await??)
}

/// About the connection, and the certificate it has.
fn facts(own: &PeerIdentity, connection: &ServerConnection) -> Value {
    let version = connection.protocol_version();
    let suite = connection.negotiated_cipher_suite();
    json!({
        "certificate": {
            "fingerprintSHA256hex": own.fingerprint().to_string().to_uppercase(),
            // TLSv1_3 and TLS13_AES_… are rustls's names of them.
            "tlsVersion": version.map(|it| format!("{it:?}").replace('_', ".")),
            "usedCipher": suite.map(|it| format!("{:?}", it.suite()).replace("TLS13_", "TLS_")),
            "commonName": common_name(own.subject()),
            "sni": connection.server_name(),
            "issuedBy": common_name(own.certificate().issuer()),
            "expire": short(own.validity().not_after),
        }
    })
}

fn common_name(name: DistinguishedName<'_>) -> Option<&str> {
    let wanted = AttributeType::common_name();
    let mut attributes = name.attributes();
    let common_name = attributes.find(|it| it.oid == wanted.oid())?;
    common_name.text().ok()
}

/// YYMMDDhhmmssZ.
fn short(time: Time) -> String {
    let time = time.to_string();
    let kept = time.chars().filter(|it| !matches!(it, '-' | ':' | 'T'));
    kept.skip(2).collect()
}
