//! Client and server of one stack.

use certificates::CLIENT;

use crate::kit::{Files, Finished, Server};

fn connect(files: &Files, stack: &str, own: [&str; 2]) -> (Finished, Server) {
    let [server, client] = own;
    let server = files.serve(&format!("{stack}-server"), server);
    let to = [&*server.address(), "localhost"];
    (files.run(&format!("{stack}-client"), &to, client), server)
}

#[test]
fn peers_that_keep_the_policy_connect() {
    let files = Files::new();
    let met = "connected to O=Acme,CN=payments\n";
    for (stack, said) in [
        ("tokio", format!("{met}hello O=Acme,CN={CLIENT}\n")),
        ("quinn", format!("{met}hello O=Acme,CN={CLIENT}\n")),
        ("tonic", format!("hello O=Acme,CN={CLIENT} of acme\n")),
    ] {
        let (client, _server) = connect(&files, stack, ["server.pem", "client.pem"]);
        assert_eq!(client.code, Some(0), "{stack} {client:?}");
        assert_eq!(client.stdout, said, "{stack} {client:?}");
    }
}

#[test]
fn clients_name_the_rule_that_the_server_breaks() {
    let files = Files::new();
    for stack in ["tokio", "quinn", "tonic"] {
        let (client, server) = connect(&files, stack, ["bad-server.pem", "client.pem"]);
        assert_eq!(client.code, Some(1), "{stack} {client:?}");
        let refusal = "refused: end-entity: extended-key-usage requires";
        assert!(client.stderr.starts_with(refusal), "{stack} {client:?}");
        assert_eq!(client.stdout, "", "{stack} {client:?}");
        // quinn prints what the client sent for words.
        let line = server.says("failed 127.0.0.1");
        assert!(!line.contains("extended-key-usage"), "{stack} {line}");
    }
}

#[test]
fn servers_name_the_rule_that_the_client_breaks() {
    let files = Files::new();
    let told =
        "failed: the peer refused our certificate (received fatal alert: CertificateUnknown)";
    for (stack, told) in [
        ("tokio", told),
        ("quinn", told),
        // The alert comes when the request is under way; h2 keeps at most its words.
        ("tonic", "failed: "),
    ] {
        let (client, server) = connect(&files, stack, ["server.pem", "bad-client.pem"]);
        assert_eq!(client.code, Some(1), "{stack} {client:?}");
        assert!(client.stderr.starts_with(told), "{stack} {client:?}");
        assert_eq!(client.stderr.lines().count(), 1, "{stack} {client:?}");
        assert!(client.stderr.contains("log"), "{stack} {client:?}");
        let line = server.says("refused");
        assert!(
            line.contains("end-entity: extended-key-usage requires"),
            "{line}"
        );
    }
}
