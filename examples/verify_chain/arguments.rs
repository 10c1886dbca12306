//! The command line.

use std::env;
use std::ffi::{OsStr, OsString};

use lexopt::{Arg, Parser};
use rustls_policy_verifier::Time;
use rustls_policy_verifier::pki_types::UnixTime;

use crate::values::{Expected, Source, WHOM, file, labelled, once, server_name, text, time, usage};

pub(crate) const USAGE: &str = "\
Says whether a certificate chain meets a policy, and everything that is wrong with it; or what the
policy's author would regret.

usage: verify_chain [OPTIONS] CHAIN
       verify_chain --lint --policy FILE.toml [--roots [LABEL=]FILE]... [--public-cas LABEL]...

  CHAIN                 PEM certificates: the end entity's first, then intermediates in any order;
                        or the end entity's alone in DER; `-` reads standard input

  --roots [LABEL=]FILE  trust anchors in PEM (or one in DER), under a label that a policy may refer to;
                        may be given more than once. An argument that is itself the name of a file is
                        taken as such, `=` or not
  --intermediates FILE  intermediates known here, in PEM, for peers that do not send theirs;
                        may be given more than once
  --server-name NAME    verify as a server of that DNS name or IP address
  --server              verify as a server, whatever its name
  --client              verify as a client; exactly one of these three, but with a policy of role
                        \"client\" --client may be left out
  --policy FILE.toml    the policy; without it the starting point for servers or for clients
  --crl FILE            CRLs in PEM (or one in DER); may be given more than once. Unless the policy has a
                        table [revocation], the status of every certificate of the path must be known
                        and current
  --ocsp FILE           the OCSP response that the peer staples, in DER. Unless the policy has a table
                        [revocation], the status of the end entity must be known and current; with --crl
                        that of every certificate of the path
  --lint                judge the policy itself, and no chain: settings that refuse everybody or nobody,
                        contradict each other, or will refuse when nobody expects it; with --roots also
                        which trust anchors cannot serve
  --public-cas LABEL    with --lint: the CAs under this label are public ones, which issue to anybody;
                        may be given more than once (default: labels with 20 trust anchors or more)
  --at TIME             RFC 3339 time to verify at, such as 2026-06-01T12:00:00+02:00; fractions of a
                        second are cut (default: now)
  --format text|json    a tree for people (with --lint a line for each finding), or one JSON object
                        (default: text)
  --help                print this

Options may stand before or after CHAIN.

exit status: 0  accepted; with --lint: nothing was found, or advice only
             1  refused, also when the end entity or the OCSP response cannot be decoded; with --lint:
                warnings or errors were found
             2  could not be judged: arguments, unreadable file, no certificate in it, bad policy,
                undecodable CRL, no usable trust anchor
";

#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Verify(Arguments),
    Lint(LintArguments),
}

#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) chain: Source,
    pub(crate) roots: Vec<(String, Source)>,
    pub(crate) intermediates: Vec<Source>,
    pub(crate) expected: Option<Expected>,
    pub(crate) policy: Option<Source>,
    pub(crate) crls: Vec<Source>,
    pub(crate) ocsp: Option<Source>,
    pub(crate) at: Time,
    pub(crate) json: bool,
}

/// What `--lint` calls those options, of which a policy has one in its role.
const WHO: &str = "--server-name, --server and --client";

/// Of `--lint`.
#[derive(Debug)]
pub(crate) struct LintArguments {
    pub(crate) policy: Source,
    pub(crate) roots: Vec<(String, Source)>,
    pub(crate) public_cas: Vec<String>,
    pub(crate) at: Time,
    pub(crate) json: bool,
}

/// Whether the policy itself is to be judged; known even where the rest of the command line makes no sense.
pub(crate) fn asks_for_lint() -> bool {
    env::args_os().any(|one| one == "--lint")
}

/// Whether JSON is asked for; known even where the rest of the command line makes no sense.
pub(crate) fn asks_for_json() -> bool {
    let all: Vec<_> = env::args_os().collect();
    let apart = |pair: &[OsString]| pair == [OsStr::new("--format"), OsStr::new("json")];
    all.iter().any(|one| one == "--format=json") || all.windows(2).any(apart)
}

pub(crate) fn parse() -> Result<Command, String> {
    let mut parser = Parser::from_env();
    let (mut roots, mut intermediates, mut crls) = (Vec::new(), Vec::new(), Vec::new());
    let (mut chain, mut expected, mut policy, mut at, mut json) = (None, None, None, None, None);
    let (mut ocsp, mut lint, mut public_cas) = (None, None, Vec::new());
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            Arg::Long("roots") => roots.push(labelled("--roots", parser.value().map_err(usage)?)?),
            Arg::Long("intermediates") => intermediates.push(file(&mut parser)?),
            Arg::Long("server-name") => {
                once(
                    &mut expected,
                    Expected::Server(server_name(&mut parser)?),
                    WHOM,
                )?;
            }
            Arg::Long("server") => once(&mut expected, Expected::AnyServer, WHOM)?,
            Arg::Long("client") => once(&mut expected, Expected::Client, WHOM)?,
            Arg::Long("policy") => once(&mut policy, file(&mut parser)?, "give --policy once")?,
            Arg::Long("crl") => crls.push(file(&mut parser)?),
            Arg::Long("ocsp") => once(&mut ocsp, file(&mut parser)?, "give --ocsp once")?,
            Arg::Long("lint") => once(&mut lint, (), "give --lint once")?,
            Arg::Long("public-cas") => public_cas.push(text(&mut parser)?),
            Arg::Long("at") => once(&mut at, time(&mut parser)?, "give --at once")?,
            Arg::Long("format") => once(&mut json, is_json(&mut parser)?, "give --format once")?,
            Arg::Value(value) => {
                once(
                    &mut chain,
                    Source::from(value),
                    "give one CHAIN, with all certificates in one file",
                )?;
            }
            Arg::Short(_) | Arg::Long(_) => return Err(usage(argument.unexpected())),
        }
    }
    let at = at.unwrap_or_else(|| UnixTime::now().into());
    let json = json.unwrap_or(false);
    if lint.is_some() {
        let of_chains = [
            ("CHAIN", chain.is_some()),
            ("--intermediates", !intermediates.is_empty()),
            (WHO, expected.is_some()),
            ("--crl", !crls.is_empty()),
            ("--ocsp", ocsp.is_some()),
        ];
        if let Some((given, _)) = of_chains.iter().find(|(_, given)| *given) {
            return Err(format!("--lint judges no chain: leave {given} out"));
        }
        return Ok(Command::Lint(LintArguments {
            policy: policy.ok_or("no policy is given to --lint: add --policy FILE")?,
            roots,
            public_cas,
            at,
            json,
        }));
    }
    if !public_cas.is_empty() {
        return Err("--public-cas says something to --lint alone: leave it out".to_owned());
    }
    if roots.is_empty() {
        return Err("no trust anchors are given: add --roots FILE".to_owned());
    }
    Ok(Command::Verify(Arguments {
        chain: chain.ok_or("no CHAIN is given: name its file, or `-` for standard input")?,
        roots,
        intermediates,
        expected,
        policy,
        crls,
        ocsp,
        at,
        json,
    }))
}

fn is_json(parser: &mut Parser) -> Result<bool, String> {
    match text(parser)?.as_str() {
        "text" => Ok(false),
        "json" => Ok(true),
        other => Err(format!("--format {other:?} is neither `text` nor `json`")),
    }
}
