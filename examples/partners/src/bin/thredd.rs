//! An EHI server: Thredd calls it over mutual TLS, as Thredd's page "Setting Up EHI with mTLS" describes.
//!
//! ```sh
//! thredd ADDRESS NAME FOLDER [ALLOW-LIST]
//! ```
//!
//! NAME is the endpoint's. In FOLDER:
//!
//! - `policy.toml`: what Thredd's client certificate must be, as `policies/private-ca-client.toml`
//! - `thredd-root.pem`, `thredd-issuing.pem`: Thredd's root and issuing CA, the sandbox's or production's
//! - `server.pem`, `server.key`: our own chain, with its intermediates, and its key
//! - `vendor-roots.pem`: the roots of the CA that issued it
//!
//! ALLOW-LIST is a file of addresses and networks, one a line (`192.0.2.7/32`): everybody else is hung up on.
//!
//! Before it listens it verifies its own chain as Thredd will, and prints the result depth by depth.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use axum::extract::Extension;
use axum::routing::post;
use axum::{Json, Router};
use common::{Listener, certificates, identity, log, of};
use ipnet::IpNet;
use partners::https::{BoxError, policy, serve};
use rustls::DistinguishedName;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{PrivateKeyDer, ServerName, UnixTime, pem::PemObject};
use rustls_policy_verifier::*;
use tokio_rustls::TlsAcceptor;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (address, name, folder, allowed) = match arguments.as_slice() {
        [address, name, folder] => (address, name, folder, None),
        [address, name, folder, list] => (address, name, folder, Some(allow_list(list)?)),
        _ => return Err("usage: thredd ADDRESS NAME FOLDER [ALLOW-LIST]".into()),
    };
    let file = |name| Path::new(folder).join(name).to_string_lossy().into_owned();
    let provider = Arc::new(ring::default_provider());
    check_own_chain(
        name,
        &file("server.pem"),
        &file("vendor-roots.pem"),
        &provider,
    )?;

    // The root is trusted. The issuing CA is known: it is judged as if it had been sent, also where it was not.
    let (root, issuing) = (file("thredd-root.pem"), file("thredd-issuing.pem"));
    let anchors = of(
        &root,
        TrustAnchors::new().with_pem("thredd", of(&root, fs::read(&root))?),
    )?;
    let verifier =
        Verifier::builder_with_provider(anchors, policy(&file("policy.toml"))?, &provider);
    let verifier = of(
        &issuing,
        verifier.known_intermediates_pem(of(&issuing, fs::read(&issuing))?),
    )?;
    let clients = PolicyClientCertVerifier::new(verifier.build()?)?;
    // Both names are told, for clients look for one that issued their certificate.
    let clients = clients.root_hints(RootHints::Given(names(&[&root, &issuing])?));

    // This constructor applies what the policy asks of TLS itself.
    let tls = PolicyServerConfig::from_verifier(&provider, Arc::new(clients))?;
    if let Some(report) = tls.tls_report() {
        eprintln!("{report}");
    }
    let verifier = tls.verifier().clone();
    let key = file("server.key");
    let key = of(&key, PrivateKeyDer::from_pem_file(&key))?;
    let tls = tls.with_single_cert(certificates(&file("server.pem"))?, key)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls));

    let app = Router::new().route("/ehim/endpoint/api", post(message));
    let listener = Listener::bind(address).await?;
    loop {
        let (socket, from, permit) = listener.accept().await?;
        // An IPv4 address is the same where it comes as an IPv6 one.
        let ip = from.ip().to_canonical();
        if allowed
            .as_ref()
            .is_some_and(|it| !it.iter().any(|net| net.contains(&ip)))
        {
            eprintln!("refused {from}: the allow list does not have its address");
            continue;
        }
        let serving = serve(
            socket,
            from,
            acceptor.clone(),
            verifier.clone(),
            app.clone(),
        );
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                log(from, &*error);
            }
            drop(permit);
        });
    }
}

/// An EHI message. What is to be done with it goes here.
async fn message(
    Extension(caller): Extension<PeerIdentity>,
    Json(message): Json<serde_json::Value>,
) -> Json<serde_json::Value> {
    Json(serde_json::json!({"caller": identity(&caller), "received": message}))
}

/// Verifies the chain that this server will send, as its clients will, and says so as openssl does: depth 0 is the end entity.
fn check_own_chain(
    name: &str,
    chain: &str,
    roots: &str,
    provider: &CryptoProvider,
) -> Result<(), BoxError> {
    let anchors = of(roots, TrustAnchors::from_pem(of(roots, fs::read(roots))?))?;
    let verifier = Verifier::builder_with_provider(anchors, Policy::server(), provider).build()?;
    let presented = of(chain, PresentedChain::from_pem(of(chain, fs::read(chain))?))?;
    let server = ServerName::try_from(name)?;
    let verdict = verifier.verify(
        &presented,
        Peer::Server(&server),
        Evidence::default(),
        UnixTime::now(),
    );
    let report = match &verdict {
        Ok(path) => path.report(),
        Err(refusal) => refusal.report().clone(),
    };
    let broken: Vec<_> = report.violations.iter().map(|it| it.position).collect();
    // Nothing is verified where no path leads to a root.
    let has_path = !report
        .violations
        .iter()
        .any(|it| it.required == Fact::PathToAnchor);
    for (depth, entry) in report.path.iter().enumerate().rev() {
        let is_good = u8::from(has_path && !broken.contains(&entry.position));
        println!("depth {depth} {}, verify return:{is_good}", entry.subject);
    }
    if let Err(refusal) = &verdict {
        log(chain, refusal);
        return Err("this chain would be refused: nobody is served with it".into());
    }
    Ok(())
}

/// The subjects of the certificates in these files.
fn names(files: &[&str]) -> Result<Vec<DistinguishedName>, BoxError> {
    let mut names = Vec::new();
    for file in files {
        for certificate in certificates(file)? {
            let certificate = of(file, Certificate::decode(&certificate))?;
            names.push(DistinguishedName::in_sequence(
                certificate.subject().contents(),
            ));
        }
    }
    Ok(names)
}

/// Networks, one a line; what stands after `#` is a comment.
fn allow_list(file: &str) -> Result<Vec<IpNet>, BoxError> {
    let text = of(file, fs::read_to_string(file))?;
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    let networks = lines.filter(|it| !it.is_empty()).map(|line| {
        let address = line.parse::<IpAddr>().map(IpNet::from);
        address.or_else(|_| {
            of(
                file,
                line.parse::<IpNet>()
                    .map_err(|error| format!("{line}: {error}")),
            )
        })
    });
    Ok(networks.collect::<Result<_, _>>()?)
}
