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
use rustls_policy_verifier::{
    Change, Crl, Evidence, Mode, Policy, Rehearsal, RehearsedChain, RevocationCheck, StapleUse,
    Verifier,
};

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
    // Whom the one policy is for, the other one is too.
    let (_, _, expected) =
        inputs::policy(arguments.policy_of_known_role(), arguments.expected.clone())?;
    let [current, proposed] =
        both.verifiers([&arguments.current, &arguments.proposed], &expected)?;
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
    let open = not_rehearsed(&current, &proposed);
    let notes = open.iter().map(|it| format!("\nnot rehearsed: {it}\n"));
    let text = format!("{table}{}", notes.collect::<String>());
    Ok((text, status(&chains, open.is_empty())))
}

/// What the proposed policy asks that chains alone do not tell.
fn not_rehearsed(current: &Verifier, proposed: &Verifier) -> Vec<&'static str> {
    let judges_staples = |verifier: &Verifier| {
        judges_revocation(verifier.policy())
            && verifier.policy().revocation.staple == StapleUse::Require
    };
    let mut open = Vec::new();
    if judges_staples(proposed) && !judges_staples(current) {
        open.push("whether servers staple OCSP responses, which the proposed policy requires");
    }
    if proposed.policy().tls != current.policy().tls {
        open.push("the table [tls], which differs: whether peers speak what it allows");
    }
    open
}

fn judges_revocation(policy: &Policy) -> bool {
    policy.revocation.mode != Mode::Off && policy.revocation.check != RevocationCheck::Off
}

fn status(chains: &[RehearsedChain], is_all: bool) -> ExitCode {
    let comes = |changes: [Change; 2]| chains.iter().any(|it| changes.contains(&it.change()));
    if comes([Change::Refused, Change::RefusedLater]) {
        ExitCode::FAILURE
    } else if comes([Change::Accepted, Change::AcceptedLater]) {
        ExitCode::from(3)
    } else if !is_all {
        ExitCode::from(4)
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
    fn verifiers(&self, sides: [&Side; 2], expected: &Expected) -> Result<[Verifier; 2], String> {
        let policy = |side: &Side| {
            let policy = inputs::policy(side.policy.as_ref(), Some(expected.clone()));
            policy.map(|(policy, ..)| policy)
        };
        let [one, other] = sides;
        let policies = [policy(one)?, policy(other)?];
        // To have revocation judged may be the very change: the other policy has no use for CRLs.
        if !self.crls.is_empty() && !policies.iter().any(judges_revocation) {
            return Err(
                "--crl is given, and neither policy has a table [revocation]: nobody would look at it"
                    .to_owned(),
            );
        }
        let [in_force, proposed] = policies;
        Ok([
            self.verifier(one, in_force)?,
            self.verifier(other, proposed)?,
        ])
    }

    fn verifier(&self, side: &Side, policy: Policy) -> Result<Verifier, String> {
        let (anchors, skipped) = inputs::anchors(&side.roots)?;
        for skipped in &skipped {
            let _ = writeln!(io::stderr(), "warning: {skipped}; it is left out");
        }
        let crls = self.crls.iter().cloned();
        let crls: Vec<_> = crls.filter(|_| judges_revocation(&policy)).collect();
        Verifier::builder(anchors, policy)
            .known_intermediates(self.intermediates.iter().cloned())
            .crls(crls)
            .build()
            .map_err(|error| match &side.policy {
                Some(file) => in_file("in", file, error),
                None => error.to_string(),
            })
    }
}

/// A file's name may hold anything.
fn name(source: &Source) -> String {
    match source {
        Source::StandardInput => "-".to_owned(),
        Source::File(path) => path.to_string_lossy().escape_debug().to_string(),
    }
}
