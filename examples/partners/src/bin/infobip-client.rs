//! A client that pins its partner's web server, and is warned long before the pins or the certificate end. The page: Infobip,
//! "Encryption of REST API traffic".
//!
//! ```sh
//! cd examples
//! cargo run --bin infobip-client -- https://api.infobip.com policies/pinned-web-server.toml digicert.pem 3600
//! ```
//!
//! Calls once, or again and again with so many seconds in between. Policy and roots are read again when they change: write the
//! new roots into the file beside the old ones, and the pin of the new certificate beside the old one's, when a change is
//! announced, and nothing has to be restarted on the day. `infobip-rehearsal` says beforehand whether that will do.

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use common::log;
use partners::calls::{Log, client, get, report};
use partners::https::BoxError;
use rustls::crypto::ring;
use rustls_policy_verifier::*;
use tokio::time::interval;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [url, policy, roots] => report(url, once(url, policy, roots).await),
        [url, policy, roots, seconds] => {
            let outcome = again_and_again(url, policy, roots, seconds).await;
            report(url, outcome.map(|never| match never {}))
        }
        _ => {
            eprintln!("usage: infobip-client URL POLICY ROOTS [SECONDS]");
            ExitCode::FAILURE
        }
    }
}

async fn once(url: &str, policy: &str, roots: &str) -> Result<String, BoxError> {
    let (_, client) = start(policy, roots)?;
    get(&client, url).await
}

async fn again_and_again(
    url: &str,
    policy: &str,
    roots: &str,
    seconds: &str,
) -> Result<Infallible, BoxError> {
    let (files, client) = start(policy, roots)?;
    let mut ticks = interval(Duration::from_secs(seconds.parse::<u64>()?.max(1)));
    println!("calling {url}");
    loop {
        ticks.tick().await;
        // Whether it is an error or not, the observer has heard.
        let _ = files.poll();
        match get(&client, url).await {
            Ok(answer) => println!("{}", answer.replace('\n', " ")),
            Err(error) => log(url, &*error),
        }
    }
}

fn start(policy: &str, roots: &str) -> Result<(LiveFiles, reqwest::Client), BoxError> {
    let provider = Arc::new(ring::default_provider());
    let files = VerifierFiles::new(policy).anchors("partner", roots);
    let of_files = provider.clone();
    let files = files.load_with(move |anchors, policy| {
        let verifier = Verifier::builder_with_provider(anchors, policy, &of_files);
        verifier.observer(Arc::new(Log))
    })?;
    let servers = PolicyServerCertVerifier::new(files.verifier().clone())?;
    let tls = PolicyClientConfig::from_verifier(&provider, Arc::new(servers))?;
    if let Some(report) = tls.tls_report() {
        eprintln!("{report}");
    }
    Ok((files, client(tls.with_no_client_auth())?))
}
