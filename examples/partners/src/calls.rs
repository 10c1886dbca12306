//! What the clients of partners' servers have in common: reqwest with a TLS of one's own, and what is said in the end.

use std::process::ExitCode;
use std::time::Duration;

use common::log;
use reqwest::redirect;
use rustls::ClientConfig;
use rustls_policy_verifier::{Judgement, Observer, Occasion, ReplaceError, Replacement};

use crate::https::BoxError;

/// Of an answer.
const MOST_OCTETS: usize = 1 << 20;

/// Says what a policy lets pass with a warning, such as a certificate or a pin that ends soon, and what has become of files that
/// are read again.
#[derive(Debug)]
pub struct Log;

impl Observer for Log {
    fn certificate_judged(&self, judgement: &Judgement<'_>, _: Occasion) {
        for warning in judgement.report().warnings {
            eprintln!("warning: {warning}; {}", warning.hint());
        }
    }

    fn verifier_replaced(&self, outcome: Result<&Replacement, &ReplaceError>) {
        match outcome {
            Ok(replacement) => eprintln!("{replacement}"),
            Err(refused) => eprintln!("{refused}"),
        }
    }
}

/// A client that talks to nobody but by this TLS. Connections are not kept: whoever is at the other end is judged at each
/// request.
pub fn client(tls: ClientConfig) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        // A partner that sends its callers elsewhere is not meant to choose whom they talk to.
        .redirect(redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(10))
        .build()
}

/// The status of the answer, and its text on the next line, escaped.
pub async fn get(client: &reqwest::Client, url: &str) -> Result<String, BoxError> {
    let mut answer = client.get(url).send().await?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend(chunk);
        if body.len() > MOST_OCTETS {
            return Err(format!("the answer has more than {MOST_OCTETS} octets").into());
        }
    }
    let (status, text) = (answer.status(), String::from_utf8_lossy(&body));
    Ok(format!("{status}\n{}", text.trim_end().escape_debug()))
}

/// What a client program says in the end: the answer, or on standard error why there is none.
pub fn report(url: &str, outcome: Result<String, BoxError>) -> ExitCode {
    match outcome {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            log(url, &*error);
            ExitCode::FAILURE
        }
    }
}
