//! The command line.

use lexopt::{Arg, Parser};
use rustls_policy_verifier::pki_types::UnixTime;
use rustls_policy_verifier::{Span, Time};

use crate::values::{Expected, Source, WHOM, file, labelled, once, server_name, text, time, usage};

pub(crate) const USAGE: &str = "\
Says what a change of policy or trust anchors would do to known peers: who would be refused and why, who
would newly be accepted, whose certificates end soon

usage: rehearse [OPTIONS] CHAIN...

  CHAIN                 for each peer a file of PEM certificates: the end entity's first, then intermediates in
                        any order; or the end entity's alone in DER; `-` reads standard input

  --roots [LABEL=]FILE  the trust anchors in force, in PEM (or one in DER), under a label that a policy may refer
                        to; may be given more than once
  --policy FILE.toml    the policy in force; without it the starting point for servers or for clients
  --proposed-roots [LABEL=]FILE
                        the trust anchors proposed; without it those in force
  --proposed-policy FILE.toml
                        the policy proposed; without it the one in force. One of the two must be given
  --intermediates FILE  intermediates known here, in PEM, to both; may be given more than once
  --crl FILE            CRLs in PEM (or one in DER), for each side whose policy has a table [revocation]; may be
                        given more than once. A CRL that ends before the later time makes every status stale then:
                        choose --days so that it does not
  --server-name NAME    the peers are servers, and each has that DNS name or IP address
  --server              the peers are servers, whatever their names
  --client              the peers are clients; exactly one of these three, but with a policy of role
                        \"client\", in force or proposed, --client may be left out
  --at TIME             RFC 3339 time to begin at, such as 2026-06-01T12:00:00+02:00; fractions of a second are
                        cut (default: now)
  --days N              how many days later everybody is judged again, and until when certificates that end are
                        listed (default: 60)
  --help                print this

Who is accepted at a time by what is in force, and refused at the same time by what is proposed, would be refused.
What peers staple, and which TLS they speak, is not known here: it is said where the proposed policy
asks for more of it.

exit status: 0  nobody changes
             1  somebody would be refused, at once or later
             2  could not be judged: arguments, unreadable file, no certificate in it, bad policy,
                undecodable CRL, no usable trust anchor
             3  nobody would be refused, and somebody would newly be accepted
             4  nobody changes, as far as was rehearsed
";

#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) chains: Vec<Source>,
    pub(crate) current: Side,
    pub(crate) proposed: Side,
    pub(crate) intermediates: Vec<Source>,
    pub(crate) crls: Vec<Source>,
    pub(crate) expected: Option<Expected>,
    pub(crate) now: Time,
    pub(crate) then: Time,
    pub(crate) days: u32,
}

impl Arguments {
    /// A policy that says whose certificates it judges: that in force, or the one proposed.
    pub(crate) fn policy_of_known_role(&self) -> Option<&Source> {
        self.current
            .policy
            .as_ref()
            .or(self.proposed.policy.as_ref())
    }
}

/// What is in force, or proposed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    pub(crate) roots: Vec<(String, Source)>,
    pub(crate) policy: Option<Source>,
}

/// Unless others are asked for.
const DAYS: u32 = 60;

/// `None`: the usage is asked for.
pub(crate) fn parse() -> Result<Option<Arguments>, String> {
    let mut parser = Parser::from_env();
    let (mut current, mut proposed) = (Side::default(), Side::default());
    let (mut chains, mut intermediates, mut crls) = (Vec::new(), Vec::new(), Vec::new());
    let (mut expected, mut at, mut days) = (None, None, None);
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Long("roots") => current
                .roots
                .push(labelled("--roots", parser.value().map_err(usage)?)?),
            Arg::Long("proposed-roots") => proposed.roots.push(labelled(
                "--proposed-roots",
                parser.value().map_err(usage)?,
            )?),
            Arg::Long("policy") => {
                once(
                    &mut current.policy,
                    file(&mut parser)?,
                    "give --policy once",
                )?;
            }
            Arg::Long("proposed-policy") => {
                let otherwise = "give --proposed-policy once";
                once(&mut proposed.policy, file(&mut parser)?, otherwise)?;
            }
            Arg::Long("intermediates") => intermediates.push(file(&mut parser)?),
            Arg::Long("crl") => crls.push(file(&mut parser)?),
            Arg::Long("server-name") => {
                let name = Expected::Server(server_name(&mut parser)?);
                once(&mut expected, name, WHOM)?;
            }
            Arg::Long("server") => once(&mut expected, Expected::AnyServer, WHOM)?,
            Arg::Long("client") => once(&mut expected, Expected::Client, WHOM)?,
            Arg::Long("at") => once(&mut at, time(&mut parser)?, "give --at once")?,
            Arg::Long("days") => once(&mut days, number(&mut parser)?, "give --days once")?,
            Arg::Value(value) => chains.push(Source::from(value)),
            Arg::Short(_) | Arg::Long(_) => return Err(usage(argument.unexpected())),
        }
    }
    if chains.is_empty() {
        return Err(
            "no CHAIN is given: name a file for each peer, or `-` for standard input".to_owned(),
        );
    }
    if current.roots.is_empty() {
        return Err("no trust anchors are given: add --roots FILE".to_owned());
    }
    if proposed.roots.is_empty() && proposed.policy.is_none() {
        return Err(
            "nothing is proposed: add --proposed-policy FILE.toml or --proposed-roots FILE"
                .to_owned(),
        );
    }
    let now = at.unwrap_or_else(|| UnixTime::now().into());
    let days = days.unwrap_or(DAYS);
    let then = Span::Days(days)
        .after(now)
        .ok_or("--at and --days lead beyond the calendar")?;
    if proposed.roots.is_empty() {
        proposed.roots.clone_from(&current.roots);
    }
    Ok(Some(Arguments {
        chains,
        proposed: Side {
            policy: proposed.policy.or_else(|| current.policy.clone()),
            ..proposed
        },
        current,
        intermediates,
        crls,
        expected,
        now,
        then,
        days,
    }))
}

fn number(parser: &mut Parser) -> Result<u32, String> {
    let text = text(parser)?;
    text.parse()
        .map_err(|_| format!("--days {text:?} is no number of days"))
}
