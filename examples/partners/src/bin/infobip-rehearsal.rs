//! Says what a policy and roots that are prepared for a change would make of a server's chains: of the one in use, and of the
//! coming one, which the partner's test endpoint shows. The page: Infobip, "Encryption of REST API traffic".
//!
//! ```sh
//! cd examples
//! openssl s_client -showcerts -connect tls-test.api-us.infobip.com:443 </dev/null | sed -n '/BEGIN/,/END/p' >coming.pem
//! cargo run --bin infobip-rehearsal -- api.infobip.com policy.toml roots.pem new-policy.toml new-roots.pem in-use.pem coming.pem
//! ```
//!
//! Today, and in the 60 days that the page gives. The exit status is 1 if the prepared ones would refuse any of the chains
//! now. (`rehearse`, an example of the crate itself, has more options.)

use std::fs;
use std::process::ExitCode;

use common::of;
use partners::https::{self, BoxError};
use rustls::pki_types::{ServerName, UnixTime};
use rustls_policy_verifier::*;

/// Between an announcement and the change.
const NOTICE: Span = Span::Days(60);

fn main() -> Result<ExitCode, BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, policy, roots, new_policy, new_roots, chains @ ..] = arguments.as_slice() else {
        return Err(
            "usage: infobip-rehearsal NAME POLICY ROOTS NEW_POLICY NEW_ROOTS CHAIN...".into(),
        );
    };
    let name = ServerName::try_from(name.as_str())?;
    let (current, proposed) = (verifier(policy, roots)?, verifier(new_policy, new_roots)?);
    let now = Time::from(UnixTime::now());
    let then = NOTICE.after(now).ok_or("beyond the calendar")?;
    let rehearsal = Rehearsal::new(&current, &proposed, now, then)?;
    let mut status = ExitCode::SUCCESS;
    for file in chains {
        let octets = of(file, fs::read(file))?;
        let chain = of(file, PresentedChain::from_pem(&octets))?;
        let outcome = rehearsal.judge(file, &chain, Peer::Server(&name), Evidence::default());
        println!(
            "{file}: {} in force, {} prepared",
            verdict(&outcome.current.now),
            verdict(&outcome.proposed.now)
        );
        for ends in &outcome.ending {
            println!("{file}: {} ends within the notice", ends.position);
        }
        if !outcome.proposed.now.is_accepted() {
            status = ExitCode::FAILURE;
        }
    }
    Ok(status)
}

fn verifier(policy: &str, roots: &str) -> Result<Verifier, BoxError> {
    let anchors = TrustAnchors::new().with_pem("partner", of(roots, fs::read(roots))?)?;
    let policy = https::policy(policy)?;
    Ok(Verifier::builder(anchors, policy).build()?)
}

fn verdict(verdict: &Verdict) -> String {
    match verdict.telling() {
        None => "accepted".to_owned(),
        Some(violation) => format!("refused ({violation})"),
    }
}
