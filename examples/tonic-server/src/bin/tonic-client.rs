//! A gRPC client that checks its partner's server and presents its own certificate: tonic.
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! cargo run --bin tonic-client -- \
//!     127.0.0.1:8443 localhost /tmp/acme/client.pem /tmp/acme/client.key /tmp/acme/roots.pem /tmp/acme/server-policy.toml
//! ```
//!
//! `tonic-server` is the other end. With `bad-server.pem` there, this one prints the rules that it breaks.
//!
//! tonic's own `ClientTlsConfig` takes certificates in PEM and no rustls configuration, hence no verifier either: TLS is
//! done here, in a connector.

use std::error::Error;
use std::fs;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use common::{certificates, of};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::{PrivateKeyDer, ServerName, pem::PemObject};
use rustls_policy_verifier::{Policy, TrustAnchors, WithPolicy, failure_in, refusal_in};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tonic::transport::{Endpoint, Uri};
use tonic_server::{Question, greeter_client::GreeterClient};

/// For each step.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(greeting) => {
            // Escaped, for it may be meant for the terminal.
            println!("{}", greeting.escape_debug());
            ExitCode::SUCCESS
        }
        Err(error) => {
            explain(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<String, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, name, chain, key, roots, policy] = arguments.as_slice() else {
        return Err("usage: tonic-client ADDRESS NAME CHAIN KEY ROOTS POLICY".into());
    };
    let anchors = TrustAnchors::new().with_pem("acme", of(roots, fs::read(roots))?)?;
    let policy = Policy::from_toml(&of(policy, fs::read_to_string(policy))?)?;
    let chain = certificates(chain)?;
    let key = of(key, PrivateKeyDer::from_pem_file(key))?;
    let mut tls = ClientConfig::builder()
        .with_policy(anchors, policy)?
        .with_client_auth_cert(chain, key)?;
    tls.alpn_protocols = vec![b"h2".to_vec()];

    // tonic calls this for each connection.
    let connector = TlsConnector::from(Arc::new(tls));
    let (address, server) = (address.clone(), ServerName::try_from(name.clone())?);
    let connect = tower::service_fn(move |_: Uri| {
        let (connector, address, server) = (connector.clone(), address.clone(), server.clone());
        async move {
            let socket = timeout(PATIENCE, TcpStream::connect(address)).await??;
            let stream = timeout(PATIENCE, connector.connect(server, socket)).await??;
            Ok::<_, io::Error>(TokioIo::new(stream))
        }
    });
    // With `https` in the endpoint's URI tonic would want to do TLS itself; the origin is what requests name.
    let endpoint = Endpoint::try_from(format!("http://{name}"))?
        .origin(format!("https://{name}").try_into()?)
        .timeout(PATIENCE);
    let channel = endpoint.connect_with_connector(connect).await?;
    let answer = GreeterClient::new(channel).greet(Question {}).await?;
    Ok(answer.into_inner().text)
}

/// Why there is no answer: our refusal of the server, or the server's refusal of us, or something else. In TLS 1.3 the
/// server refuses when the request is under way, and h2 keeps at most words of the alert: then ask for the server's log.
fn explain(error: &(dyn Error + 'static)) {
    if let Some(refusal) = refusal_in(error) {
        for violation in refusal.violations().iter().take(8) {
            eprintln!("refused: {violation}; {}", violation.hint());
        }
    } else if let Some(failure) = failure_in(error) {
        eprintln!("failed: {failure}; {}", failure.hint());
    } else {
        let errors = std::iter::successors(Some(error), |&it| it.source());
        let innermost = errors.last().unwrap_or(error).to_string();
        let innermost = innermost.escape_debug();
        eprintln!("failed: {innermost}; if it refused our certificate, the server's log says why");
    }
}
