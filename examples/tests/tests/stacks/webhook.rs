//! The HTTPS server that demands a client certificate.

use std::time::{Duration, Instant};

use certificates::{CLIENT, Pki, now, oids};
use reqwest::StatusCode;

use crate::kit::{Files, Finished, LONGEST, Server, finish, reqwest_client};

const VERSIONS: [&str; 2] = ["1.2", "1.3"];

/// curl with this TLS version and these further arguments.
fn curl(files: &Files, version: &str, arguments: &[&str], server: &Server) -> Finished {
    let mut command = files.curl("roots.pem");
    command
        .args(["--tls-max", version])
        .arg(format!("--tlsv{version}"));
    command.args(arguments).arg(server.url());
    finish(command, "")
}

/// On every path, also on one that nothing answers.
#[test]
fn without_a_certificate_the_answer_says_what_is_missing() {
    let files = Files::new();
    let server = files.serve("webhook", "server.pem");
    let paths = ["events", "no-such-path"].map(|path| server.url() + path);
    for version in VERSIONS {
        for method in ["GET", "POST"] {
            let with = ["--request", method, &paths[0], &paths[1]];
            let curl = curl(&files, version, &with, &server);
            assert_eq!(curl.code, Some(0), "{curl:?}");
            let answer = "present Acme's client certificate\n\n403\n";
            assert_eq!(curl.stdout, answer.repeat(3), "{method}");
        }
    }
}

/// What is behind the answers above.
#[test]
fn with_a_certificate_each_path_has_its_own_answer() {
    let files = Files::new();
    let server = files.serve("webhook", "server.pem");
    let own = ["--cert", "client.pem", "--key", "client.key"];
    for (path, status) in [("events", "\n202\n"), ("no-such-path", "\n404\n")] {
        let mut command = files.curl("roots.pem");
        command.args(["--request", "POST"]).args(own);
        command.arg(server.url() + path);
        let curl = finish(command, "");
        assert_eq!(curl.stdout, status, "{curl:?}");
    }
}

/// It refuses nobody, and counts whom it would refuse.
#[test]
fn a_policy_to_come_is_counted() {
    let files = Files::new();
    let to_come = "role = \"client\"\n[subject-identifier]\nany-of = [{ attribute = \"CN\", exact = \"nobody\" }]\n";
    std::fs::write(files.path().join("to-come.toml"), to_come).unwrap();
    let server = files.serve_and("webhook", &["to-come.toml", "127.0.0.1:0"]);
    let counters = server.says("counters on ");
    let counters = format!("http://{}/", counters.trim_start_matches("counters on "));
    let own = ["--cert", "client.pem", "--key", "client.key"];
    let call = curl(&files, "1.3", &own, &server);
    assert!(call.stdout.ends_with("\n200\n"), "{call:?}");
    let mut command = files.curl("roots.pem");
    command.arg("--include").arg(&counters);
    let shown = finish(command, "").stdout;
    // In the handshake, and with the request.
    for line in [
        "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n",
        "rustls_policy_shadow_total{role=\"client\",occasion=\"handshake\",outcome=\"would-refuse\"} 1\n",
        "rustls_policy_shadow_total{role=\"client\",occasion=\"recheck\",outcome=\"would-refuse\"} 1\n",
        "rustls_policy_broken_rules_total{role=\"client\",rule=\"subject-identifier\",mode=\"shadow\"} 2\n",
        "rustls_policy_verifications_total{role=\"client\",occasion=\"handshake\",verdict=\"accepted\"} 1\n",
        "rustls_policy_keys_proved_total 1\n",
        "# EOF\n",
    ] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
}

/// Also for the second request of a connection.
#[test]
fn with_a_certificate_the_answer_says_who_calls() {
    let files = Files::new();
    let server = files.serve("webhook", "server.pem");
    let fingerprint = fingerprint(&files, "client.pem");
    for version in VERSIONS {
        let with = ["--cert", "client.pem", "--key", "client.key", &server.url()];
        let curl = curl(&files, version, &with, &server);
        assert_eq!(curl.code, Some(0), "{curl:?}");
        let lines: Vec<_> = curl.stdout.lines().collect();
        let [first, "200", second, "200"] = lines.as_slice() else {
            panic!("{curl:?}");
        };
        for answer in [first, second] {
            let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
            assert_eq!(
                answer,
                serde_json::json!({
                    "label": "acme",
                    "identifiers": [CLIENT],
                    "subject": format!("O=Acme,CN={CLIENT}"),
                    "fingerprint": fingerprint,
                })
            );
        }
    }
}

/// As openssl computes it.
fn fingerprint(files: &Files, chain: &str) -> String {
    let mut command = files.command("openssl");
    command.args(["x509", "-noout", "-sha256", "-fingerprint", "-in", chain]);
    let openssl = finish(command, "");
    let (_, digits) = openssl.stdout.split_once('=').unwrap();
    digits.trim().replace(':', "").to_lowercase()
}

#[test]
fn a_bad_certificate_is_refused_in_the_handshake() {
    let files = Files::new();
    let pki = Pki::default();
    let stranger = certificates::Name::cn("00000000-0000-4000-8000-000000000000");
    files.add("stranger.pem", &pki.client(|it| it.subject(stranger)));
    let cases = [
        ("bad-client.pem", "end-entity: extended-key-usage requires"),
        ("stranger.pem", "end-entity: subject-identifier requires"),
    ];
    for (chain, refusal) in cases {
        for version in VERSIONS {
            let server = files.serve("webhook", "server.pem");
            let with = ["--cert", chain, "--key", "client.key"];
            let curl = curl(&files, version, &with, &server);
            // In TLS 1.3 the alert comes in place of the answer, in TLS 1.2 within curl's handshake.
            let code = if version == "1.3" { 56 } else { 35 };
            assert_eq!(curl.code, Some(code), "{curl:?}");
            let alert = "alert certificate unknown";
            assert!(curl.stderr.contains(alert), "{curl:?}");
            let line = server.says("refused");
            assert!(line.contains(refusal), "{line}");
        }
    }
}

#[test]
fn reqwest_and_webhook_accept_each_other() {
    let files = Files::new();
    let server = files.serve("webhook", "server.pem");
    let client = files.run("reqwest-client", &[&server.url()], "client.pem");
    assert_eq!(client.code, Some(0), "{client:?}");
    let (status, answer) = client.stdout.split_once('\n').unwrap();
    assert_eq!(status, "200 OK");
    // What a server sends is printed escaped, by rules that are JSON's here.
    let answer: String = serde_json::from_str(&format!("\"{}\"", answer.trim_end())).unwrap();
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["identifiers"], serde_json::json!([CLIENT]));
}

#[test]
fn reqwest_names_the_rule_that_the_server_breaks() {
    let files = Files::new();
    let pki = Pki::default();
    let other = certificates::Name::cn("payments").and(oids::ORGANIZATION, "Acme Holding");
    files.add("other-server.pem", &pki.server(|it| it.subject(other)));
    let elsewhere = pki.server(|it| it.dns(&["elsewhere.example"]));
    files.add("elsewhere.pem", &elsewhere);
    for (chain, refusal) in [
        (
            "bad-server.pem",
            "refused: end-entity: extended-key-usage requires",
        ),
        (
            "other-server.pem",
            "refused: end-entity: subject-identifier requires",
        ),
        ("elsewhere.pem", "refused: end-entity: server-name requires"),
    ] {
        let server = files.serve("webhook", chain);
        let client = files.run("reqwest-client", &[&server.url()], "client.pem");
        assert_eq!(client.code, Some(1), "{client:?}");
        assert!(client.stderr.starts_with(refusal), "{client:?}");
        assert_eq!(client.stderr.lines().count(), 1, "{client:?}");
        server.says("received fatal alert: CertificateUnknown");
    }
}

/// The other way round. In TLS 1.3 hyper may lose the alert.
#[test]
fn webhook_names_the_rule_that_reqwest_breaks() {
    let files = Files::new();
    let server = files.serve("webhook", "server.pem");
    let client = files.run("reqwest-client", &[&server.url()], "bad-client.pem");
    assert_eq!(client.code, Some(1), "{client:?}");
    assert_eq!(client.stdout, "");
    assert!(client.stderr.starts_with("failed: "), "{client:?}");
    let line = server.says("refused");
    assert!(
        line.contains("end-entity: extended-key-usage requires"),
        "{line}"
    );
}

/// A connection that stands longer than its client's certificate: each request is verified again. The reason is the server's
/// to know.
#[tokio::test]
async fn a_certificate_that_ends_in_the_middle_of_a_connection_is_refused_from_then_on() {
    let files = Files::new();
    let server = files.serve("webhook", "server.pem");
    let ends = now() + 8;
    let pki = Pki::default();
    let own = pki.client(|it| it.validity(now() - 60, ends));
    let client = reqwest_client(&pki, &own).build().unwrap();
    let first = client.get(server.url()).send().await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    // The next request only after this answer, so that there is one connection.
    first.bytes().await.unwrap();
    let until = Instant::now() + LONGEST;
    loop {
        let late = now() > ends;
        // A second connection would be refused in its handshake, as an error.
        let answer = client.get(server.url()).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        if late {
            assert_eq!(status, StatusCode::FORBIDDEN, "{text}");
            assert_eq!(text, "client certificate refused\n");
            server.says("end-entity: validity-period requires");
            return;
        }
        assert!(Instant::now() < until, "still {status}: {text}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
