//! Rehearses a change of policy or trust anchors with the chains of known peers. `--help` explains the command line;
//! everything judged here is judged by the library.

mod arguments;
#[path = "../verify_chain/files.rs"]
mod files;
#[path = "../verify_chain/inputs.rs"]
mod inputs;
mod table;
#[path = "../verify_chain/values.rs"]
mod values;

use std::io::{self, Write};
use std::process::ExitCode;

use rustls_policy_verifier::pki_types::CertificateDer;
use rustls_policy_verifier::{Change, Crl, Evidence, Rehearsal, RehearsedChain, Verifier};

use crate::arguments::{Arguments, Side};
use crate::files::in_file;
use crate::table::Table;
use crate::values::{Expected, Source};

fn main() -> ExitCode {
    let outcome = arguments::parse().and_then(|arguments| match arguments {
        None => Ok((arguments::USAGE.to_owned(), ExitCode::SUCCESS)),
        Some(arguments) => rehearse(&arguments),
    });
    // The exit status is what came of it, whether or not anybody reads the output to its end.
    match outcome {
        Ok((text, status)) => {
            let _ = io::stdout().write_all(text.as_bytes());
            status
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

/// The output and the exit status of a rehearsal that took place.
fn rehearse(arguments: &Arguments) -> Result<(String, ExitCode), String> {
    let both = Both {
        intermediates: inputs::intermediates(&arguments.intermediates)?,
        crls: inputs::crls(&arguments.crls)?,
    };
    let expected = arguments.expected.clone();
    let (current, expected) = both.verifier(&arguments.current, expected)?;
    let (proposed, expected) = both.verifier(&arguments.proposed, Some(expected))?;
    let rehearsal = Rehearsal::new(&current, &proposed, arguments.now, arguments.then)
        .map_err(|error| error.to_string())?;
    let mut chains = Vec::new();
    for file in &arguments.chains {
        let (name, chain) = (name(file), inputs::chain(file)?);
        chains.push(rehearsal.judge(name, &chain, expected.peer(), Evidence::default()));
    }
    let table = Table {
        chains: &chains,
        expected: &expected,
        now: arguments.now,
        then: arguments.then,
        days: arguments.days,
    };
    Ok((table.to_string(), status(&chains)))
}

fn status(chains: &[RehearsedChain]) -> ExitCode {
    let comes = |changes: [Change; 2]| chains.iter().any(|it| changes.contains(&it.change()));
    if comes([Change::Refused, Change::RefusedLater]) {
        ExitCode::FAILURE
    } else if comes([Change::Accepted, Change::AcceptedLater]) {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    }
}

/// What both verifiers have.
struct Both {
    intermediates: Vec<CertificateDer<'static>>,
    crls: Vec<Crl>,
}

impl Both {
    fn verifier(
        &self,
        side: &Side,
        expected: Option<Expected>,
    ) -> Result<(Verifier, Expected), String> {
        let (policy, _, expected) = inputs::policy(side.policy.as_ref(), expected)?;
        let (anchors, skipped) = inputs::anchors(&side.roots)?;
        for skipped in &skipped {
            let _ = writeln!(io::stderr(), "warning: {skipped}; it is left out");
        }
        let verifier = Verifier::builder(anchors, policy)
            .known_intermediates(self.intermediates.iter().cloned())
            .crls(self.crls.iter().cloned())
            .build()
            .map_err(|error| match &side.policy {
                Some(file) => in_file("in", file, error),
                None => error.to_string(),
            })?;
        Ok((verifier, expected))
    }
}

/// A file's name may hold anything.
fn name(source: &Source) -> String {
    match source {
        Source::StandardInput => "-".to_owned(),
        Source::File(path) => path.to_string_lossy().escape_debug().to_string(),
    }
}
