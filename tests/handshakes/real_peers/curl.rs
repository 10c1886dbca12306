//! `curl` as the client.

use rustls_policy_verifier::rustls::ProtocolVersion;

use super::their_files::TheirFiles;
use super::tool::Tool;
use crate::kit::{HOST, Version};

/// Asks our server for a page.
pub(super) fn client(version: Version, port: u16, files: &TheirFiles) -> Tool {
    let number = match version.version {
        ProtocolVersion::TLSv1_2 => "1.2",
        _ => "1.3",
    };
    let mut arguments: Vec<String> = [
        // First: leaves the user's own settings out.
        "--disable",
        "--noproxy",
        "*",
        "--silent",
        "--show-error",
        "--verbose",
        "--http1.1",
        "--tls-max",
        number,
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--tlsv{number}"));
    arguments.extend(["--resolve".to_owned(), format!("{HOST}:{port}:127.0.0.1")]);
    let options = [
        ("--cert", "chain.pem"),
        ("--key", "key.pem"),
        ("--cacert", "anchor.pem"),
    ];
    for (option, name) in options {
        arguments.extend(
            files
                .path(name)
                .into_iter()
                .flat_map(|it| [option.to_owned(), it]),
        );
    }
    arguments.push(format!("https://{HOST}:{port}/"));
    Tool::start("curl", &arguments)
}

/// The number of the alert that was received. curl prints both octets of an alert, its level and its number, as one
/// number: "(IN), TLS alert, certificate unknown (558)".
pub(super) fn alert(output: &str) -> Option<u8> {
    let received = output
        .lines()
        .find(|line| line.contains("(IN), TLS alert"))?;
    let (_, number) = received.rsplit_once('(')?;
    let octets: u16 = number.trim_end_matches("):").parse().ok()?;
    Some(octets.to_be_bytes()[1])
}

/// Asks for a page without TLS.
pub(super) fn plain(port: u16) -> Tool {
    let arguments = [
        "--disable",
        "--noproxy",
        "*",
        "--silent",
        "--show-error",
        "--verbose",
    ];
    let mut arguments: Vec<String> = arguments.map(str::to_owned).into();
    arguments.push(format!("http://127.0.0.1:{port}/"));
    Tool::start("curl", &arguments)
}
