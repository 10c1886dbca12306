//! Verifies a certificate chain on disk under a policy, or lints the policy. `--help` explains the command line; everything
//! judged here is judged by the library.

mod arguments;
mod files;
mod inputs;
mod lint;
mod revocation;
mod tree;
mod values;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use rustls_policy_verifier::{Evidence, OcspStaple, Report, Verifier};
use serde_json::{Value, json};

use crate::arguments::{Arguments, Command};
use crate::files::in_file;
use crate::tree::Tree;

fn main() -> ExitCode {
    let outcome = arguments::parse().and_then(|command| match command {
        Command::Help => Ok((arguments::USAGE.to_owned(), ExitCode::SUCCESS)),
        Command::Verify(arguments) => verify(&arguments),
        Command::Lint(arguments) => lint::lint(&arguments),
    });
    // The exit status is the verdict, whether or not anybody reads the output to its end.
    match outcome {
        Ok((text, status)) => {
            let _ = io::stdout().write_all(text.as_bytes());
            status
        }
        Err(error) if arguments::asks_for_json() => {
            let object = if arguments::asks_for_lint() {
                lint::not_linted(&error)
            } else {
                not_judged(&error)
            };
            let _ = writeln!(io::stdout(), "{object}");
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
    let (mut policy, text, expected) =
        inputs::policy(arguments.policy.as_ref(), arguments.expected.clone())?;
    if !text.is_some_and(|text| revocation::has_table(&text)) {
        revocation::ask_for_status(&mut policy, arguments);
    }
    let (anchors, skipped) = inputs::anchors(&arguments.roots)?;
    let staple = revocation::staple(arguments)?;
    let mut builder = Verifier::builder(anchors, policy);
    if staple.is_some() {
        builder = builder.responses_come_with_chains();
    }
    let verifier = builder
        .known_intermediates(inputs::intermediates(&arguments.intermediates)?)
        .crls(inputs::crls(&arguments.crls)?)
        .build()
        .map_err(|error| match &arguments.policy {
            Some(file) => in_file("in", file, error),
            None => error.to_string(),
        })?;
    let chain = inputs::chain(&arguments.chain)?;
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
    warn_of_skipped(&skipped);
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

/// Trust anchors that were left out.
fn warn_of_skipped(skipped: &[String]) {
    for skipped in skipped {
        let _ = writeln!(io::stderr(), "warning: {skipped}; it is left out");
    }
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
