//! What the clients of this package say of a server.

use certificates::{CertificateBuilder, DAY, Name, Own, now, oids};
use processes::{Finished, Server};
use rustls_policy_verifier::ChainReason;

use crate::{Folder, Row};

/// A server of openssl's with this chain, that answers GET with a page about the connection.
pub(crate) fn s_server(folder: &Folder<'_>, own: &Own, arguments: &[&str]) -> Server {
    let end = "-----END CERTIFICATE-----\n";
    let (end_entity, intermediates) = own.chain.split_once(end).unwrap_or_default();
    folder
        .write("s_server.pem", format!("{end_entity}{end}"))
        .write("s_server-chain.pem", intermediates)
        .write("s_server.key", &own.key);
    let chain = ["-cert", "s_server.pem", "-cert_chain", "s_server-chain.pem"];
    let key = ["-key", "s_server.key", "-www"];
    folder.s_server(&[&chain[..], &key, arguments].concat())
}

/// The status of the answer, or why there is none; and what is warned of.
pub(crate) fn outcome(client: &Finished) -> String {
    let status = client.stdout.lines().next().unwrap_or_default().to_owned();
    let mut said = of_lines(client.stderr.lines());
    if client.code == Some(0) {
        said.insert(0, status);
    }
    said.join("; ")
}

/// What lines of a log say, without who it was and what was required: `server-name at end-entity`, and of chains and failures the
/// reason, too.
pub(crate) fn of_lines<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let said = lines.filter_map(of_line);
    said.map(|(said, _)| said).collect()
}

/// The same, each with what to do about it.
pub(crate) fn remedies<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let said = lines.filter_map(of_line);
    said.map(|(said, hint)| format!("{said} → {hint}"))
        .collect()
}

/// What a line says, and the hint.
fn of_line(line: &str) -> Option<(String, &str)> {
    if let Some(warning) = line.strip_prefix("warning: ") {
        let (position, rest) = warning.split_once(": ")?;
        let (rule, facts) = rest.split_once(" (")?;
        return Some((
            format!("warned of {rule} at {position}"),
            after(facts, "; "),
        ));
    }
    if line.starts_with("refused ") {
        let (before, facts) = line.split_once(" requires ")?;
        let (_, presented) = facts.split_once(", presented: ")?;
        let mut words = before.rsplit(": ");
        let (rule, position) = (words.next()?, words.next()?);
        let broken = format!("{rule} at {position}");
        let (reason, hint) = presented.split_once("; ")?;
        return Some(match rule {
            "chain" => (format!("chain: {reason}"), hint),
            _ => (broken, hint),
        });
    }
    let (_, failure) = line.strip_prefix("failed ")?.split_once(": ")?;
    let (failure, hint) = failure.split_once("; ").unwrap_or((failure, ""));
    // What rustls says stands in brackets, what `must-not-pin` promises behind a comma.
    let end = match failure.contains("policy setting `") {
        true => ", ",
        false => " (",
    };
    let (cause, _) = failure.split_once(end).unwrap_or((failure, ""));
    Some((cause.to_owned(), hint))
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, after)| after)
}

/// What is said where webpki finds no path, for this reason, and rules break where `others` say.
pub(crate) fn no_path(reason: ChainReason, others: &[&str]) -> String {
    let chain = format!("chain: {}", reason.sentence());
    [&[chain.as_str()], others].concat().join("; ")
}

/// What makes a server's certificate another one.
pub(crate) type Change = fn(CertificateBuilder) -> CertificateBuilder;

/// The name connected to in the common name alone.
pub(crate) fn common_name(certificate: CertificateBuilder) -> CertificateBuilder {
    certificate
        .subject(Name::cn("localhost"))
        .without_extension(oids::SUBJECT_ALT_NAME)
}

pub(crate) fn another_name(certificate: CertificateBuilder) -> CertificateBuilder {
    certificate.dns(&["another.example"])
}

/// Since yesterday.
pub(crate) fn expired(certificate: CertificateBuilder) -> CertificateBuilder {
    let now = now();
    certificate.validity(now.saturating_sub(60 * DAY), now.saturating_sub(DAY))
}

/// A row of what happened.
pub(crate) fn row(
    requirement: &'static str,
    broken: &'static str,
    expected: impl Into<String>,
    happened: impl Into<String>,
) -> Row {
    Row {
        requirement,
        broken,
        expected: expected.into(),
        happened: happened.into(),
    }
}
