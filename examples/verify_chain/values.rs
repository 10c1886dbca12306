//! Values on the command line, as the examples that judge chains have them.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use lexopt::{Parser, ValueExt};
use rustls_policy_verifier::pki_types::ServerName;
use rustls_policy_verifier::{DEFAULT_LABEL, Peer, Time};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Clone, Debug)]
pub(crate) enum Source {
    StandardInput,
    File(PathBuf),
}

/// Who is expected to have presented the chain.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    Server(ServerName<'static>),
    AnyServer,
    Client,
}

impl Expected {
    pub(crate) fn peer(&self) -> Peer<'_> {
        match self {
            Self::Server(name) => Peer::Server(name),
            Self::AnyServer => Peer::ServerWithoutName,
            Self::Client => Peer::Client,
        }
    }
}

/// `client`, `server www.example`.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(name) => write!(f, "server {}", name.to_str()),
            Self::AnyServer => f.write_str("a server of any name"),
            Self::Client => f.write_str("client"),
        }
    }
}

impl From<OsString> for Source {
    /// `-` is standard input.
    fn from(value: OsString) -> Self {
        if value == "-" {
            Self::StandardInput
        } else {
            Self::File(value.into())
        }
    }
}

pub(crate) const WHOM: &str = "give exactly one of --server-name, --server and --client, once";

pub(crate) fn usage(error: lexopt::Error) -> String {
    format!("{error}; --help prints the usage")
}

pub(crate) fn once<T>(place: &mut Option<T>, value: T, otherwise: &str) -> Result<(), String> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(otherwise.to_owned()),
    }
}

pub(crate) fn file(parser: &mut Parser) -> Result<Source, String> {
    parser
        .value()
        .map(|name| Source::File(name.into()))
        .map_err(usage)
}

pub(crate) fn text(parser: &mut Parser) -> Result<String, String> {
    parser.value().and_then(ValueExt::string).map_err(usage)
}

/// `LABEL=FILE` or `FILE`; what names a file as it stands is no label.
pub(crate) fn labelled(option: &str, argument: OsString) -> Result<(String, Source), String> {
    let split = argument.to_str().and_then(|text| text.split_once('='));
    match split {
        Some(_) if Path::new(&argument).exists() => {}
        Some(("", _)) => {
            return Err(format!(
                "{option} {argument:?}: there is no label before `=`"
            ));
        }
        Some((label, file)) => return Ok((label.to_owned(), Source::File(file.into()))),
        None => {}
    }
    Ok((DEFAULT_LABEL.to_owned(), Source::File(argument.into())))
}

pub(crate) fn server_name(parser: &mut Parser) -> Result<ServerName<'static>, String> {
    let name = text(parser)?;
    ServerName::try_from(name.clone()).map_err(|_| {
        format!("--server-name {name:?} is neither a DNS name (in A-label form) nor an IP address")
    })
}

pub(crate) fn time(parser: &mut Parser) -> Result<Time, String> {
    let text = text(parser)?;
    let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(|error| {
        format!("--at {text:?} is no RFC 3339 time such as 2026-06-01T12:00:00Z: {error}")
    })?;
    u64::try_from(time.unix_timestamp())
        .map(Time::from_unix_seconds)
        .map_err(|_| format!("--at {text:?} is before 1970: give a later time"))
}
