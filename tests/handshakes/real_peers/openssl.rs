//! `openssl s_server` and `openssl s_client`.

use std::net::Ipv4Addr;

use rustls_policy_verifier::rustls::ProtocolVersion;

use super::their_files::TheirFiles;
use super::tool::Tool;
use crate::kit::{HOST, Version};

/// A server for one connection, which sends every line back reversed, and its port. `more` are further arguments.
pub(super) fn server(version: Version, files: &TheirFiles, more: &[&str]) -> (Tool, u16) {
    let mut arguments = words("s_server -accept 127.0.0.1:0 -naccept 1 -rev");
    arguments.push(flag(version));
    arguments.extend(credentials(files));
    arguments.extend(more.iter().map(|&it| it.to_owned()));
    let server = Tool::start("openssl", &arguments);
    let address = server.line_after("ACCEPT ");
    let port = address.rsplit(':').next().unwrap().parse().unwrap();
    (server, port)
}

/// A client that judges our server too.
pub(super) fn client(version: Version, port: u16, files: &TheirFiles, more: &[&str]) -> Tool {
    let mut arguments = words("s_client -verify 9 -verify_return_error");
    arguments.extend([
        "-connect".to_owned(),
        format!("{}:{port}", Ipv4Addr::LOCALHOST),
    ]);
    arguments.extend(["-servername".to_owned(), HOST.to_owned()]);
    arguments.push(flag(version));
    arguments.extend(credentials(files));
    arguments.extend(more.iter().map(|&it| it.to_owned()));
    Tool::start("openssl", &arguments)
}

/// Makes a server ask for a client's certificate and judge it.
pub(super) const CLIENT_AUTH: [&str; 3] = ["-Verify", "9", "-verify_return_error"];

fn credentials(files: &TheirFiles) -> Vec<String> {
    let options = [
        ("-cert", "end-entity.pem"),
        ("-cert_chain", "others.pem"),
        ("-key", "key.pem"),
        ("-CAfile", "anchor.pem"),
    ];
    let mut arguments = words("-no-CApath -no-CAstore");
    for (option, name) in options {
        arguments.extend(
            files
                .path(name)
                .into_iter()
                .flat_map(|it| [option.to_owned(), it]),
        );
    }
    arguments
}

fn flag(version: Version) -> String {
    match version.version {
        ProtocolVersion::TLSv1_2 => "-tls1_2".to_owned(),
        _ => "-tls1_3".to_owned(),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// The number of the alert that was received: "SSL alert number 46".
pub(super) fn alert(output: &str) -> Option<u8> {
    let (_, rest) = output.split_once("SSL alert number ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
