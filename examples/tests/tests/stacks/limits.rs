//! Servers under load, and what they write of it.

use std::net::TcpStream;
use std::sync::Arc;

use certificates::{HOST, Pki};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_policy_verifier::WithPolicy;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::kit::{Files, LONGEST, anchors, der, server_policy};

/// When there are no more files for sockets, servers wait until there are.
#[test]
fn servers_outlive_a_lack_of_files() {
    let files = Files::new();
    for (program, client) in [
        ("webhook", "reqwest-client"),
        ("tokio-server", "tokio-client"),
        ("tonic-server", "tonic-client"),
    ] {
        let server = files.serve_with_few_files(program, 32);
        let idle = (0..40).map(|_| TcpStream::connect(server.address()).unwrap());
        let idle: Vec<_> = idle.collect();
        server.says("Too many open files");
        drop(idle);
        let (url, address) = (server.url(), server.address());
        let to: &[&str] = match client {
            "reqwest-client" => &[&url],
            _ => &[&address, HOST],
        };
        let client = files.run(client, to, "client.pem");
        assert_eq!(client.code, Some(0), "{program} {client:?}");
    }
}

/// A peer chooses how much is wrong with its chain.
#[tokio::test]
async fn servers_write_few_lines_of_a_refusal() {
    let files = Files::new();
    let pki = Pki::default();
    let (mut chain, key) = der(&pki.client(|it| it));
    chain.truncate(1);
    chain.extend(vec![CertificateDer::from(vec![0]); 9]);
    let tls = ClientConfig::builder();
    let tls = tls.with_policy(anchors(&pki), server_policy()).unwrap();
    let tls = Arc::new(tls.with_client_auth_cert(chain, key).unwrap());
    for program in ["webhook", "tokio-server", "tonic-server"] {
        let server = files.serve(program, "server.pem");
        let refused = async {
            let socket = tokio::net::TcpStream::connect(server.address()).await;
            let name = ServerName::try_from(HOST).unwrap();
            let connector = TlsConnector::from(tls.clone());
            let mut stream = connector.connect(name, socket.unwrap()).await.unwrap();
            stream.read_u8().await.unwrap_err();
        };
        timeout(LONGEST, refused).await.expect("a refusal in time");
        // Whatever else is written of the first client is written before anything of the second.
        let _ = TcpStream::connect(server.address()).unwrap();
        server.says("failed 127.0.0.1");
        let lines = server.said("refused 127.0.0.1");
        assert_eq!(lines.len(), 8, "{program} {lines:#?}");
        assert!(
            lines[7].contains("presented-7: input requires"),
            "{lines:#?}"
        );
    }
}

/// Whichever file it is.
#[test]
fn programs_name_the_file_that_cannot_be_read() {
    let files = Files::new();
    let servers = [
        "webhook",
        "tokio-server",
        "long-lived",
        "quinn-server",
        "tonic-server",
    ];
    let clients = ["tokio-client", "quinn-client", "tonic-client"];
    let to: &[(&str, &[&str])] = &[
        ("server", &["127.0.0.1:0"]),
        ("client", &["127.0.0.1:9", HOST]),
        ("client", &["https://127.0.0.1:9/"]),
    ];
    let programs = servers.iter().map(|it| (it, to[0]));
    let programs = programs.chain(clients.iter().map(|it| (it, to[1])));
    for (program, (side, to)) in programs.chain([(&"reqwest-client", to[2])]) {
        let (chain, key) = (format!("{side}.pem"), format!("{side}.key"));
        for missing in 0..4 {
            let mut of = [&*chain, &key, "roots.pem", "client-policy.toml"];
            of[missing] = "no-such-file";
            let program_run = files.run_with(program, &[to, &of].concat());
            assert_eq!(program_run.code, Some(1), "{program} {program_run:?}");
            let named = program_run.stderr.contains("no-such-file: ");
            assert!(named, "{program} {program_run:?}");
        }
    }
}
