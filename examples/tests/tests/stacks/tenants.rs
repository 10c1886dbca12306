//! The server of several tenants, over connections of curl and openssl.

use std::fs;

use certificates::{HOST, Tenant};
use reqwest::StatusCode;

use crate::kit::{Files, Finished, Server, finish, reqwest_client};

const VERSIONS: [&str; 2] = ["1.2", "1.3"];

/// Their names, from one to the other.
const BOTH_WAYS: [[&str; 2]; 2] = [[ACME, GLOBEX], [GLOBEX, ACME]];

const ACME: &str = "acme.localhost";
const GLOBEX: &str = "globex.localhost";

/// curl's arguments for the certificate of a tenant's client.
fn own(client: &str) -> [String; 4] {
    let file = |name| format!("tenants/{client}/{name}");
    let [certificate, key] = ["--cert", "--key"].map(str::to_owned);
    [certificate, file("client.pem"), key, file("client.key")]
}

/// curl with the certificate of `client`, on a connection that asks for `name`, with these further arguments.
fn curl(files: &Files, server: &Server, client: &str, name: &str, arguments: &[&str]) -> Finished {
    let mut command = files.curl(&format!("tenants/{name}/roots.pem"));
    command.args(["--connect-to", &format!("::{}", server.address())]);
    command.args(own(client)).args(arguments);
    command.arg(format!("https://{name}:{}/", server.port));
    finish(command, "")
}

/// openssl with the certificate of `client`, on a connection that asks for `name`: what comes of this request.
fn s_client(
    files: &Files,
    server: &Server,
    [client, name]: [&str; 2],
    arguments: &[&str],
    request: &str,
) -> Finished {
    let mut command = files.s_client(server, &format!("tenants/{name}/roots.pem"), name);
    let [_, certificate, _, key] = own(client);
    command.args(["-cert", &certificate, "-cert_chain", &certificate]);
    command.args(["-key", &key]).args(arguments);
    finish(command, request)
}

/// A request of HTTP/1.1 with these lines after the first.
fn get(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\n{fields}Connection: close\r\n\r\n")
}

#[track_caller]
fn assert_answered(curl: &Finished, name: &str) {
    assert_eq!(curl.code, Some(0), "{curl:?}");
    let (answer, status) = curl.stdout.split_once('\n').unwrap();
    assert_eq!(status.trim(), "200", "{curl:?}");
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    assert_eq!(answer["tenant"], name, "{answer}");
}

#[test]
fn each_tenant_answers_its_own_client_by_name() {
    let files = Files::new();
    let server = files.serve_tenants();
    for tenant in [Tenant::acme(), Tenant::globex()] {
        for version in VERSIONS {
            let only = ["--tls-max", version];
            let curl = curl(&files, &server, tenant.name, tenant.name, &only);
            assert_answered(&curl, tenant.name);
            let (answer, _) = curl.stdout.split_once('\n').unwrap();
            let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
            let client = &answer["client"];
            assert_eq!(client["label"], tenant.name, "{answer}");
            let identifiers = serde_json::json!([tenant.identifier]);
            assert_eq!(client["identifiers"], identifiers, "{answer}");
        }
    }
}

#[test]
fn the_other_tenants_client_is_refused_in_the_handshake() {
    let files = Files::new();
    let server = files.serve_tenants();
    for (n, [client, name]) in BOTH_WAYS.into_iter().enumerate() {
        for (version, code) in [("1.2", 35), ("1.3", 56)] {
            let curl = curl(&files, &server, client, name, &["--tls-max", version]);
            assert_eq!(curl.code, Some(code), "{curl:?}");
            let alert = "alert certificate unknown";
            assert!(curl.stderr.contains(alert), "{curl:?}");
        }
        // One for each version.
        let lines = server.says_times(": path: chain requires a valid path", 2 * (n + 1));
        let at = format!(" at {name} O=");
        let of_this = lines.iter().filter(|line| line.contains(&at));
        assert_eq!(of_this.count(), 2, "{lines:#?}");
    }
}

#[test]
fn without_a_certificate_the_answer_says_what_is_missing() {
    let files = Files::new();
    let server = files.serve_tenants();
    let roots = format!("tenants/{GLOBEX}/roots.pem");
    let mut command = files.curl(&roots);
    command.args(["--connect-to", &format!("::{}", server.address())]);
    command.arg(format!("https://{GLOBEX}:{}/", server.port));
    let curl = finish(command, "");
    let answer = format!("present a client certificate of {GLOBEX}\n\n403\n");
    assert_eq!(curl.stdout, answer, "{curl:?}");
}

/// By the alerts that say so, in both versions, and without a word of HTTP.
#[test]
fn names_that_are_nobodys_are_refused_and_so_is_none() {
    let files = Files::new();
    let server = files.serve_tenants();
    let request = get("/", &format!("Host: {ACME}\r\n"));
    for (n, version) in ["-tls1_2", "-tls1_3"].into_iter().enumerate() {
        for (asked, alert, words) in [
            (
                ["-servername", "initech.localhost"].as_slice(),
                "SSL alert number 112",
                "no configuration for connections to initech.localhost",
            ),
            (
                // A name that only begins as one of theirs.
                &["-servername", "acme.localhost.example"],
                "SSL alert number 112",
                "no configuration for connections to acme.localhost.example",
            ),
            (
                &["-noservername"],
                "SSL alert number 109",
                "no configuration for connections without a name",
            ),
        ] {
            let mut command = files.command("openssl");
            command.args(["s_client", "-connect", &server.address(), version]);
            command.args(asked);
            let openssl = finish(command, &request);
            assert_eq!(openssl.code, Some(1), "{openssl:?}");
            assert!(openssl.stderr.contains(alert), "{openssl:?}");
            assert!(!openssl.stdout.contains("HTTP/"), "{openssl:?}");
            server.says_times(words, n + 1);
        }
    }
}

#[test]
fn requests_for_another_host_are_misdirected() {
    let files = Files::new();
    let server = files.serve_tenants();
    let with_port = format!("Host: {ACME}:{}", server.port);
    for (field, status) in [
        ("Host: acme.localhost", "200"),
        (&with_port, "200"),
        ("Host: ACME.localhost", "200"),
        ("Host: acme.localhost.", "200"),
        ("Host: globex.localhost", "421"),
        ("Host: GLOBEX.localhost:8443", "421"),
        ("Host: localhost", "421"),
        ("Host: api.acme.localhost", "421"),
        ("Host: acme.localhost@globex.localhost", "421"),
        ("Host: 127.0.0.1", "421"),
        // Empty: there is one.
        ("Host;", "421"),
        // None.
        ("Host:", "400"),
    ] {
        let curl = curl(&files, &server, ACME, ACME, &["--header", field]);
        assert_eq!(curl.code, Some(0), "{curl:?}");
        assert_eq!(curl.stdout.lines().last(), Some(status), "{field} {curl:?}");
    }
}

/// What curl does not send.
#[test]
fn hosts_that_are_two_or_in_the_target_are_told_apart() {
    let files = Files::new();
    let server = files.serve_tenants();
    let [acme, globex] = [ACME, GLOBEX].map(|name| format!("Host: {name}\r\n"));
    for (target, fields, status) in [
        ("/", format!("{acme}{globex}"), "400 Bad Request"),
        ("/", format!("{globex}{acme}"), "400 Bad Request"),
        ("/", format!("{acme}{acme}"), "400 Bad Request"),
        ("/", String::new(), "400 Bad Request"),
        ("https://acme.localhost/", String::new(), "400 Bad Request"),
        ("https://acme.localhost/", acme.clone(), "200 OK"),
        ("https://ACME.localhost:8443/", acme.clone(), "200 OK"),
        // The target counts, not what stands beside it.
        ("https://acme.localhost/", globex.clone(), "200 OK"),
        (
            "https://globex.localhost/",
            acme.clone(),
            "421 Misdirected Request",
        ),
        ("/", acme, "200 OK"),
        ("/", globex, "421 Misdirected Request"),
    ] {
        let request = get(target, &fields);
        let openssl = s_client(&files, &server, [ACME, ACME], &[], &request);
        let expected = format!("HTTP/1.1 {status}\r\n");
        assert!(openssl.stdout.contains(&expected), "{request} {openssl:?}");
    }
}

/// Nothing that another tenant stored helps, and it stays good where it was stored.
#[test]
fn sessions_resume_at_their_own_tenant_alone() {
    let files = Files::new();
    let server = files.serve_tenants();
    for version in ["-tls1_2", "-tls1_3"] {
        for [home, other] in BOTH_WAYS {
            store_session(&files, &server, version, home);
            let with = [version, "-sess_in", "session.pem"];
            let request = get("/", &format!("Host: {other}\r\n"));
            let abroad = s_client(&files, &server, [home, other], &with, &request);
            assert!(!abroad.stdout.contains("Reused, TLS"), "{abroad:?}");
            assert!(abroad.stderr.contains("SSL alert number 46"), "{abroad:?}");
            assert!(!abroad.stdout.contains("HTTP/"), "{abroad:?}");
            assert_resumes(&files, &server, version, home);
        }
    }
}

/// A connection whose session is kept in `session.pem`.
fn store_session(files: &Files, server: &Server, version: &str, name: &str) {
    let store = [version, "-sess_out", "session.pem"];
    let request = get("/", &format!("Host: {name}\r\n"));
    let stored = s_client(files, server, [name, name], &store, &request);
    assert!(stored.stdout.contains("New, TLS"), "{stored:?}");
    assert!(stored.stdout.contains("HTTP/1.1 200 OK"), "{stored:?}");
}

#[track_caller]
fn assert_resumes(files: &Files, server: &Server, version: &str, name: &str) {
    let with = [version, "-sess_in", "session.pem"];
    let request = get("/", &format!("Host: {name}\r\n"));
    let resumed = s_client(files, server, [name, name], &with, &request);
    assert!(resumed.stdout.contains("Reused, TLS"), "{resumed:?}");
    assert!(resumed.stdout.contains("HTTP/1.1 200 OK"), "{resumed:?}");
}

/// New connections, those whose session was stored before, and those that stand; and at this tenant alone.
#[tokio::test]
async fn a_later_crl_refuses_the_client_that_it_revokes() {
    let files = Files::new();
    let server = files.serve_tenants();
    let folder = |name: &str| files.path().join("tenants").join(name);
    let sessions = [
        ("-tls1_2", ACME),
        ("-tls1_3", ACME),
        ("-tls1_2", GLOBEX),
        ("-tls1_3", GLOBEX),
    ];
    let kept = |version: &str, name: &str| files.path().join(format!("{name}{version}"));
    for (version, name) in sessions {
        store_session(&files, &server, version, name);
        fs::rename(files.path().join("session.pem"), kept(version, name)).unwrap();
    }
    let acme = Tenant::acme();
    let standing = reqwest_client(&acme.pki, &acme.client)
        .resolve(ACME, server.address().parse().unwrap())
        .build()
        .unwrap();
    let url = server.url().replace(HOST, ACME);
    let before = standing.get(&url).send().await.unwrap();
    assert_eq!(before.status(), StatusCode::OK);
    // The next request only after this answer, so that there is one connection.
    before.bytes().await.unwrap();

    let acmes = folder(ACME);
    fs::rename(acmes.join("revoking.crl"), acmes.join("clients.crl")).unwrap();
    server.says("acme.localhost: generation 1 in use");

    // A second connection would be refused in its handshake, as an error.
    let after = standing.get(&url).send().await.unwrap();
    assert_eq!(after.status(), StatusCode::FORBIDDEN);
    for version in VERSIONS {
        let curl = curl(&files, &server, ACME, ACME, &["--tls-max", version]);
        let alert = "alert certificate unknown";
        assert!(curl.stderr.contains(alert), "{curl:?}");
    }
    for (version, name) in sessions {
        fs::rename(kept(version, name), files.path().join("session.pem")).unwrap();
        if name == GLOBEX {
            assert_resumes(&files, &server, version, name);
            continue;
        }
        let with = [version, "-sess_in", "session.pem"];
        let request = get("/", &format!("Host: {name}\r\n"));
        let openssl = s_client(&files, &server, [name, name], &with, &request);
        assert!(!openssl.stdout.contains("Reused, TLS"), "{openssl:?}");
        assert!(!openssl.stdout.contains("HTTP/"), "{openssl:?}");
        let alert = "SSL alert number 46";
        assert!(openssl.stderr.contains(alert), "{openssl:?}");
    }
    assert_answered(&curl(&files, &server, GLOBEX, GLOBEX, &[]), GLOBEX);

    // The standing connection, the new ones, and those with sessions.
    let words = "end-entity: revocation requires a certificate that is not revoked";
    let lines = server.says_times(words, 1 + 2 + 2);
    let all_acmes = lines
        .iter()
        .all(|line| line.contains(" at acme.localhost "));
    assert!(all_acmes, "{lines:#?}");
}

/// The last good ones stay, of everything, until the mistake is mended.
#[test]
fn a_policy_with_a_mistake_is_reported_and_not_used() {
    let files = Files::new();
    let server = files.serve_tenants();
    let folder = files.path().join("tenants").join(ACME);
    let policy = fs::read_to_string(folder.join("policy.toml")).unwrap();
    let replace = |policy: &str| {
        fs::write(folder.join("policy.new"), policy).unwrap();
        fs::rename(folder.join("policy.new"), folder.join("policy.toml")).unwrap();
    };
    let mistaken = policy.replace("[extended-key-usage]\nonly", "[extended-key-usage]\nonyl");
    assert_ne!(mistaken, policy);
    replace(&mistaken);
    let line = server.says("acme.localhost: not replaced: ");
    assert!(line.contains("policy.toml: "), "{line}");
    assert!(line.contains("onyl"), "{line}");
    assert!(line.contains("generation 0 stays in use"), "{line}");
    assert_answered(&curl(&files, &server, ACME, ACME, &[]), ACME);
    assert_answered(&curl(&files, &server, GLOBEX, GLOBEX, &[]), GLOBEX);
    // Not let in by something less, either.
    let stranger = curl(&files, &server, GLOBEX, ACME, &[]);
    assert_eq!(stranger.code, Some(56), "{stranger:?}");

    // Nobody's name: what is in use is seen by what it refuses.
    replace(&policy.replace("123e4567", "00000000"));
    server.says("acme.localhost: generation 1 in use");
    let renamed = curl(&files, &server, ACME, ACME, &[]);
    assert_eq!(renamed.code, Some(56), "{renamed:?}");
    server.says("end-entity: subject-identifier requires CN with the UUID 00000000-");
    assert_answered(&curl(&files, &server, GLOBEX, GLOBEX, &[]), GLOBEX);
    assert_eq!(server.said("not replaced").len(), 1);
}

/// The server does not start with less than it was given.
#[test]
fn folders_that_are_no_tenants_end_the_server_at_once() {
    for file in [
        "policy.toml",
        "roots.pem",
        "clients.crl",
        "server.pem",
        "server.key",
    ] {
        let files = Files::new();
        fs::remove_file(files.path().join("tenants").join(GLOBEX).join(file)).unwrap();
        let server = files.run_with("tenants", &["127.0.0.1:0", "tenants"]);
        assert_eq!(server.code, Some(1), "{server:?}");
        let words = format!("{GLOBEX}/{file}: ");
        assert!(server.stderr.contains(&words), "{server:?}");
    }
    let files = Files::new();
    let folder = files.path().join("tenants");
    let policy = folder.join(GLOBEX).join("policy.toml");
    let renamed = fs::read_to_string(&policy)
        .unwrap()
        .replace(GLOBEX, "no name");
    fs::write(policy, renamed).unwrap();
    fs::rename(folder.join(GLOBEX), folder.join("no name")).unwrap();
    let server = files.run_with("tenants", &["127.0.0.1:0", "tenants"]);
    assert_eq!(server.code, Some(1), "{server:?}");
    let words = "tenant no name: is neither a DNS name nor an IP address";
    assert!(server.stderr.contains(words), "{server:?}");
}
