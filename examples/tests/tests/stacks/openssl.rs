//! The programs and openssl's.

use crate::kit::{Files, Finished, Server, finish};

fn s_client(files: &Files, server: &Server, arguments: &[&str]) -> Finished {
    let mut command = files.s_client(server, "roots.pem", "localhost");
    command.args(arguments);
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    finish(command, request)
}

fn s_server(files: &Files, chain: &str, arguments: &[&str]) -> Server {
    let mut command = files.command("openssl");
    command.args([
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-www",
        "-naccept",
        "1",
    ]);
    command.args(["-cert", chain, "-cert_chain", chain, "-key", "server.key"]);
    command.args([
        "-CAfile",
        "roots.pem",
        "-Verify",
        "4",
        "-verify_return_error",
    ]);
    command.args(arguments);
    Server::start(command, "ACCEPT ")
}

const VERSIONS: [&str; 2] = ["-tls1_2", "-tls1_3"];

#[test]
fn s_client_is_told_who_it_is() {
    let files = Files::new();
    let server = files.serve("webhook", "server.pem");
    for version in VERSIONS {
        let own = [
            "-cert",
            "client.pem",
            "-cert_chain",
            "client.pem",
            "-key",
            "client.key",
        ];
        let openssl = s_client(&files, &server, &[&[version], &own[..]].concat());
        assert_eq!(openssl.code, Some(0), "{openssl:?}");
        assert!(openssl.stdout.contains("HTTP/1.1 200 OK"), "{openssl:?}");
        let identifier = format!("\"identifiers\":[\"{}\"]", certificates::CLIENT);
        assert!(openssl.stdout.contains(&identifier), "{openssl:?}");

        let openssl = s_client(&files, &server, &[version]);
        assert!(
            openssl.stdout.contains("HTTP/1.1 403 Forbidden"),
            "{openssl:?}"
        );
    }
}

#[test]
fn s_client_sees_the_alert_of_a_refusal() {
    let files = Files::new();
    for version in VERSIONS {
        for program in ["webhook", "tokio-server", "tonic-server"] {
            let server = files.serve(program, "server.pem");
            let own = ["-cert", "bad-client.pem", "-cert_chain", "bad-client.pem"];
            let key = ["-key", "client.key", version];
            let openssl = s_client(&files, &server, &[&own[..], &key].concat());
            assert_eq!(openssl.code, Some(1), "{openssl:?}");
            let alert = "SSL alert number 46";
            assert!(openssl.stderr.contains(alert), "{program} {openssl:?}");
            let line = server.says("refused");
            assert!(
                line.contains("end-entity: extended-key-usage requires"),
                "{line}"
            );
        }
    }
}

#[test]
fn without_a_certificate_s_client_sees_the_alert_of_tls() {
    let files = Files::new();
    for version in VERSIONS {
        let server = files.serve("tokio-server", "server.pem");
        let openssl = s_client(&files, &server, &[version]);
        // rustls sends certificate_required in TLS 1.2 as well, where it is not defined.
        let alert = "SSL alert number 116";
        assert!(openssl.stderr.contains(alert), "{openssl:?}");
        server.says("the peer presented no certificate");
    }
}

#[test]
fn clients_judge_s_server() {
    let files = Files::new();
    for version in VERSIONS {
        let server = s_server(&files, "server.pem", &[version]);
        let client = files.run("reqwest-client", &[&server.url()], "client.pem");
        assert_eq!(client.code, Some(0), "{client:?}");
        assert!(client.stdout.starts_with("200 OK\n"), "{client:?}");

        for program in ["reqwest-client", "tokio-client", "tonic-client"] {
            let server = s_server(&files, "bad-server.pem", &[version]);
            let (url, address) = (server.url(), server.address());
            let to: &[&str] = match program {
                "reqwest-client" => &[&url],
                _ => &[&address, "localhost"],
            };
            let client = files.run(program, to, "client.pem");
            assert_eq!(client.code, Some(1), "{client:?}");
            let refusal = "refused: end-entity: extended-key-usage requires";
            assert!(client.stderr.starts_with(refusal), "{program} {client:?}");
            server.says("SSL alert number 46");
        }
    }
}
