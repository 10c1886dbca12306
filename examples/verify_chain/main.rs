//! Verifies a certificate chain on disk under a policy. `--help` explains the command line; everything judged here is
//! judged by the library.

mod arguments;
mod files;
mod revocation;
mod tree;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use rustls_policy_verifier::pki_types::CertificateDer;
use rustls_policy_verifier::{
    Certificate, Evidence, MAX_INPUT_OCTETS, OcspStaple, Policy, PresentedChain, Report, Role,
    TrustAnchors, Verifier,
};
use serde_json::{Value, json};

use crate::arguments::{Arguments, Command, Expected, Source};
use crate::files::{in_file, read};
use crate::tree::Tree;

fn main() -> ExitCode {
    let outcome = arguments::parse().and_then(|command| match command {
        Command::Help => Ok((arguments::USAGE.to_owned(), ExitCode::SUCCESS)),
        Command::Verify(arguments) => verify(&arguments),
    });
    // The exit status is the verdict, whether or not anybody reads the output to its end.
    match outcome {
        Ok((text, status)) => {
            let _ = io::stdout().write_all(text.as_bytes());
            status
        }
        Err(error) if arguments::asks_for_json() => {
            let _ = writeln!(io::stdout(), "{}", not_judged(&error));
            ExitCode::from(2)
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn not_judged(error: &str) -> Value {
    json!({
        "accepted": false, "error": error, "path": [], "violations": [], "warnings": [], "other_paths": [],
    })
}

/// The output and the exit status of a verification that took place.
fn verify(arguments: &Arguments) -> Result<(String, ExitCode), String> {
    let (policy, expected) = policy(arguments)?;
    let (anchors, skipped) = anchors(&arguments.roots)?;
    let staple = revocation::staple(arguments)?;
    let mut builder = Verifier::builder(anchors, policy);
    if staple.is_some() {
        builder = builder.responses_come_with_chains();
    }
    let verifier = builder
        .known_intermediates(intermediates(&arguments.intermediates)?)
        .crls(revocation::crls(&arguments.crls)?)
        .build()
        .map_err(|error| match &arguments.policy {
            Some(file) => in_file("in", file, error),
            None => error.to_string(),
        })?;
    let chain = PresentedChain::from_pem(read("chain", &arguments.chain, MAX_INPUT_OCTETS)?)
        .map_err(|error| in_file("chain", &arguments.chain, error))?;
    let mut evidence = Evidence::default();
    if let Some(response) = &staple {
        evidence.ocsp = OcspStaple::Given(response);
    }

    let verdict = verifier.verify(&chain, expected.peer(), evidence, arguments.at);
    let (report, identifiers, refusal) = match &verdict {
        Ok(path) => (path.report(), path.identifiers(), None),
        Err(error) => (error.report().clone(), Vec::new(), Some(error.kind())),
    };
    let status = if verdict.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    };
    if arguments.json {
        return Ok((format!("{}\n", as_json(&report, &skipped)?), status));
    }
    for skipped in &skipped {
        let _ = writeln!(io::stderr(), "warning: {skipped}; it is left out");
    }
    let tree = Tree {
        report: &report,
        verifier: &verifier,
        expected: &expected,
        refusal,
        identifiers: &identifiers,
        colour: io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty()),
    };
    Ok((tree.text(), status))
}

/// The policy, and who is expected: either may say the role, and both must agree.
fn policy(arguments: &Arguments) -> Result<(Policy, Expected), String> {
    let expected = arguments.expected.clone();
    let Some(file) = &arguments.policy else {
        let expected =
            expected.ok_or("nobody is expected: add --server-name NAME, --server or --client")?;
        let mut policy = Policy::for_role(expected.peer().role());
        revocation::ask_for_status(&mut policy, arguments);
        return Ok((policy, expected));
    };
    let text = String::from_utf8(read("policy", file, MAX_INPUT_OCTETS)?)
        .map_err(|_| in_file("policy", file, "it is not UTF-8 text, as TOML must be"))?;
    let mut policy = Policy::from_toml(&text).map_err(|error| in_file("in", file, error))?;
    if !revocation::has_table(&text) {
        revocation::ask_for_status(&mut policy, arguments);
    }
    let expected = match (expected, policy.role) {
        (Some(expected), _) => expected,
        (None, Role::Client) => Expected::Client,
        (None, Role::Server) => {
            return Err(in_file(
                "policy",
                file,
                "it is for servers: add --server-name NAME or --server",
            ));
        }
    };
    let asked = expected.peer().role();
    if policy.role == asked {
        return Ok((policy, expected));
    }
    let problem = format!(
        "its role is {:?}, and a {asked} is expected: change one of them",
        policy.role.to_string()
    );
    Err(in_file("policy", file, problem))
}

/// The trust anchors, and a sentence on each certificate that cannot be one.
fn anchors(roots: &[(String, Source)]) -> Result<(TrustAnchors, Vec<String>), String> {
    let what = "trust anchors";
    let mut anchors = TrustAnchors::new();
    let mut sentences = Vec::new();
    for (label, file) in roots {
        let before = anchors.skipped().len();
        anchors = anchors
            .with_pem(label.as_str(), read(what, file, MAX_INPUT_OCTETS)?)
            .map_err(|error| in_file(what, file, error))?;
        let skipped = anchors.skipped().iter().skip(before);
        sentences.extend(skipped.map(|skipped| in_file(what, file, skipped)));
    }
    Ok((anchors, sentences))
}

fn intermediates(files: &[Source]) -> Result<Vec<CertificateDer<'static>>, String> {
    let what = "intermediates";
    let mut all = Vec::new();
    for file in files {
        let bundle = PresentedChain::from_pem(read(what, file, MAX_INPUT_OCTETS)?)
            .map_err(|error| in_file(what, file, error))?;
        for (index, der) in (1..).zip(std::iter::once(bundle.end_entity()).chain(bundle.others())) {
            Certificate::decode(der)
                .map_err(|error| in_file(what, file, format!("certificate {index}: {error}")))?;
            all.push(der.clone());
        }
    }
    Ok(all)
}

/// The report, with anchors that were left out among its warnings.
fn as_json(report: &Report, skipped: &[String]) -> Result<Value, String> {
    let mut object = serde_json::to_value(report).map_err(|error| error.to_string())?;
    if let Some(Value::Array(warnings)) = object.get_mut("warnings") {
        warnings.extend(skipped.iter().map(|skipped| {
            json!({
                "kind": "left-aside",
                "rule": "input",
                "position": "trust-anchor",
                "required": "a certificate that can be a trust anchor",
                "presented": skipped,
                "hint": "remove it from the file, or replace it by the CA's current certificate",
            })
        }));
    }
    Ok(object)
}
