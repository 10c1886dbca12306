//! ASAPP's page "Secure Data Retrieval". What it requires it requires of both sides, so both are here: an endpoint that judges
//! ASAPP's clients, and a client that judges endpoints.
#![allow(clippy::arithmetic_side_effects)]

use certificates::{
    Authority, CertificateBuilder, DAY, HOST, KeyKind, Name, Own, TestKey, end_entity, now, oids,
    pem,
};
use processes::Server;

use crate::client::{of_lines, s_server};
use crate::{Folder, Kit, Row, settled, told};

/// The policy files, as they are.
const CLIENT_POLICY: &str = include_str!("../../policies/mtls-partner-strict-client.toml");
const SERVER_POLICY: &str = include_str!("../../policies/mtls-partner-strict-server.toml");

/// The identifiers of the policy file, the UUID capitalised otherwise.
const UUID: &str = "123E4567-E89B-12D3-A456-426614174000";
const IN_NAMESPACE: &str = "asapp/prod/events";

// The page's requirements.
const IDENTIFIER: &str = "client: unique identifier in the subject";
const YEARS: [&str; 2] = [
    "client: validity of less than 3 years",
    "server: validity of less than 3 years",
];
const PURPOSE: [&str; 2] = [
    "client: extended key usage of clientAuth only",
    "server: extended key usage of serverAuth only",
];
const SIZE: [&str; 2] = [
    "client: RSA of 3072 bits, EC of 256",
    "server: RSA of 3072 bits, EC of 256",
];
const TRUSTED: [&str; 2] = [
    "client: issued by a trusted CA",
    "server: issued by a trusted CA",
];
const BOTH: &str = "server and client authenticate";
const VERSION: &str = "TLS 1.3 only";
const SUITES: &str = "only the ciphers listed, or equivalent";
const AES: &str = "256-bit for AES";
const SESSION: &str = "sessions of 300 seconds";

/// Three years are 1,095 or 1,096 days.
const BELOW_3_YEARS: i64 = 1094 * DAY;
const ABOVE_3_YEARS: i64 = 1097 * DAY;

/// What happens when each requirement of the page is broken, on either side.
pub fn rows(kit: &Kit) -> Vec<Row> {
    let pki = Pki::new();
    let mut rows = clients(kit, &pki);
    rows.extend(connections(kit, &pki));
    rows.extend(servers(kit, &pki));
    rows
}

/// The endpoint judges clients: curl's.
fn clients(kit: &Kit, pki: &Pki) -> Vec<Row> {
    let of = |name: &str, key| pki.client(name, key, |it| it);
    let uuid = |change: fn(CertificateBuilder) -> CertificateBuilder| {
        Some(pki.client(UUID, TestKey::of(KeyKind::P256, 3), change))
    };
    let ec = || TestKey::of(KeyKind::P256, 3);
    let rsa = |kind| TestKey::of(kind, 0);
    let cases = [
        (IDENTIFIER, "– (by UUID; EC)", uuid(|it| it), "HTTP 200"),
        (
            IDENTIFIER,
            "– (by namespace; RSA)",
            Some(of(IN_NAMESPACE, rsa(KeyKind::Rsa3072))),
            "HTTP 200",
        ),
        (
            IDENTIFIER,
            "another UUID",
            Some(of("123e4567-e89b-12d3-a456-426614174001", ec())),
            "alert certificate unknown; subject-identifier at end-entity",
        ),
        (
            IDENTIFIER,
            "beside the namespace",
            Some(of("asapp/production", ec())),
            "alert certificate unknown; subject-identifier at end-entity",
        ),
        (
            YEARS[0],
            "– (a day less)",
            uuid(|it| lasting(it, BELOW_3_YEARS)),
            "HTTP 200",
        ),
        (
            YEARS[0],
            "a day more",
            uuid(|it| lasting(it, ABOVE_3_YEARS)),
            "alert certificate unknown; maximum-validity at end-entity",
        ),
        (
            PURPOSE[0],
            "for servers too",
            uuid(|it| it.eku(&[oids::SERVER_AUTH, oids::CLIENT_AUTH])),
            "alert certificate unknown; extended-key-usage at end-entity",
        ),
        (
            PURPOSE[0],
            "none at all",
            uuid(CertificateBuilder::no_eku),
            "alert certificate unknown; extended-key-usage at end-entity",
        ),
        (
            SIZE[0],
            "RSA of 2048 bits",
            Some(of(UUID, rsa(KeyKind::Rsa2048))),
            "alert certificate unknown; minimum-key-size at end-entity",
        ),
        (
            TRUSTED[0],
            "another CA",
            Some(Pki::other().client(UUID, ec(), |it| it)),
            "alert certificate unknown; chain: no trust anchor issued the chain",
        ),
        (
            BOTH,
            "no client certificate",
            None,
            "alert certificate required; the peer presented no certificate",
        ),
    ];
    let rows = cases
        .into_iter()
        .map(|(requirement, broken, client, expected)| {
            let folder = pki.folder(kit, &format!("{requirement}, {broken}"));
            let server = endpoint(&folder);
            let url = server.url() + "events";
            let mut arguments = vec!["--cacert", "server-roots.pem", "--data", JSON, &url];
            arguments.extend(["--header", "Content-Type: application/json"]);
            if let Some(client) = client {
                folder
                    .write("client.pem", client.chain)
                    .write("client.key", client.key);
                arguments.extend(["--cert", "client.pem", "--key", "client.key"]);
            }
            let curl = folder.curl(&arguments);
            let happened = settled(expected, || {
                [vec![told(&curl)], said(&server.lines())].concat()
            });
            Row {
                requirement,
                broken,
                expected: expected.to_owned(),
                happened,
            }
        });
    rows.collect()
}

/// The endpoint and openssl's client, which presents a good certificate and may do what the page does not allow.
fn connections(kit: &Kit, pki: &Pki) -> Vec<Row> {
    let cases: [(&str, &str, &[&str], &str); 7] = [
        (
            VERSION,
            "–",
            &["-tls1_3"],
            "HTTP 200; Cipher is TLS_AES_256_GCM_SHA384; ticket lifetime 300",
        ),
        (
            VERSION,
            "TLS 1.2",
            &["-tls1_2"],
            "alert protocol version; there is no TLS version that both sides speak",
        ),
        (
            SUITES,
            "– (AES-256)",
            &["-ciphersuites", "TLS_AES_256_GCM_SHA384"],
            "HTTP 200; Cipher is TLS_AES_256_GCM_SHA384; ticket lifetime 300",
        ),
        (
            SUITES,
            "– (ChaCha20)",
            &["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"],
            "HTTP 200; Cipher is TLS_CHACHA20_POLY1305_SHA256; ticket lifetime 300",
        ),
        (
            SUITES,
            "AES-CCM, which is not listed",
            &["-ciphersuites", "TLS_AES_128_CCM_SHA256"],
            "alert handshake failure; there is no cipher suite that both sides have",
        ),
        (
            AES,
            "AES-128, which is listed",
            &["-ciphersuites", "TLS_AES_128_GCM_SHA256"],
            "alert handshake failure; there is no cipher suite that both sides have",
        ),
        (
            SESSION,
            "–",
            &[],
            "HTTP 200; Cipher is TLS_AES_256_GCM_SHA384; ticket lifetime 300",
        ),
    ];
    let rows = cases
        .into_iter()
        .map(|(requirement, broken, further, expected)| {
            let folder = pki.folder(kit, &format!("{requirement}, {broken}"));
            let server = endpoint(&folder);
            let mut arguments = vec!["-CAfile", "server-roots.pem", "-servername", HOST];
            arguments.extend(["-cert", "client.pem", "-cert_chain", "issuing.pem"]);
            arguments.extend(["-key", "client.key"]);
            arguments.extend(further);
            let openssl = folder.s_client(&server, &arguments, &post());
            let lines = openssl.stdout.lines();
            let negotiated = lines
                .clone()
                .find_map(|it| it.strip_prefix("New, TLSv1.3, "));
            let lifetime = lines.clone().find_map(|it| {
                let seconds = it
                    .trim()
                    .strip_prefix("TLS session ticket lifetime hint: ")?;
                let (seconds, _) = seconds.split_once(' ')?;
                Some(format!("ticket lifetime {seconds}"))
            });
            let happened = settled(expected, || {
                let mut happened = vec![told(&openssl)];
                happened.extend(negotiated.map(str::to_owned));
                happened.extend(lifetime.clone());
                happened.extend(said(&server.lines()));
                happened
            });
            Row {
                requirement,
                broken,
                expected: expected.to_owned(),
                happened,
            }
        });
    rows.collect()
}

/// The client judges endpoints: ours, then openssl's.
fn servers(kit: &Kit, pki: &Pki) -> Vec<Row> {
    let folder = pki.folder(kit, "asapp, our own endpoint");
    let server = endpoint(&folder);
    let client = post_to(&folder, &server);
    let mut rows = vec![Row {
        requirement: BOTH,
        broken: "– (both programs)",
        expected: "HTTP/1.1 200 OK".to_owned(),
        happened: client.join("; "),
    }];

    let ec = || TestKey::of(KeyKind::P256, 2);
    let server = |change: fn(CertificateBuilder) -> CertificateBuilder| pki.server(ec(), change);
    let good = || server(|it| it);
    let cases: [(&str, &str, Own, &[&str], &str); 9] = [
        (
            YEARS[1],
            "a day more",
            server(|it| lasting(it, ABOVE_3_YEARS)),
            &[],
            "maximum-validity at end-entity",
        ),
        (
            PURPOSE[1],
            "for clients too",
            server(|it| it.eku(&[oids::SERVER_AUTH, oids::CLIENT_AUTH])),
            &[],
            "extended-key-usage at end-entity",
        ),
        (
            PURPOSE[1],
            "none at all",
            server(CertificateBuilder::no_eku),
            &[],
            "extended-key-usage at end-entity",
        ),
        (
            SIZE[1],
            "RSA of 2048 bits",
            pki.server(TestKey::of(KeyKind::Rsa2048, 0), |it| it),
            &[],
            "minimum-key-size at end-entity",
        ),
        (
            TRUSTED[1],
            "another CA",
            Pki::other().server(ec(), |it| it),
            &[],
            "chain: no trust anchor issued the chain",
        ),
        (
            TRUSTED[1],
            "for another name",
            server(|it| it.dns(&["other.example"])),
            &[],
            "server-name at end-entity",
        ),
        (
            VERSION,
            "an endpoint of TLS 1.2",
            good(),
            &["-tls1_2"],
            "there is no TLS version that both sides speak",
        ),
        (
            SUITES,
            "an endpoint of AES-CCM",
            good(),
            &["-ciphersuites", "TLS_AES_128_CCM_SHA256"],
            "the peer ended the handshake: it found nothing in common, or it demands a certificate",
        ),
        (
            AES,
            "an endpoint of AES-128",
            good(),
            &["-ciphersuites", "TLS_AES_128_GCM_SHA256"],
            "the peer ended the handshake: it found nothing in common, or it demands a certificate",
        ),
    ];
    rows.extend(
        cases
            .into_iter()
            .map(|(requirement, broken, server, further, expected)| {
                let folder = pki.folder(kit, &format!("{requirement}, {broken}"));
                let arguments = ["-CAfile", "client-roots.pem", "-Verify", "2"];
                let server = s_server(&folder, &server, &[&arguments, further].concat());
                Row {
                    requirement,
                    broken,
                    expected: expected.to_owned(),
                    happened: post_to(&folder, &server).join("; "),
                }
            }),
    );
    rows
}

/// ASAPP's CA, and that of the endpoint: here it is the same.
struct Pki {
    root: Authority,
    issuing: Authority,
}

impl Pki {
    fn new() -> Self {
        Self::of("Public", KeyKind::P256)
    }

    fn other() -> Self {
        Self::of("Other", KeyKind::P384)
    }

    fn of(organisation: &str, keys: KeyKind) -> Self {
        let name = |ca| format!("{organisation} {ca} CA TEST ONLY");
        let root = Authority::root(&name("Root"), TestKey::of(keys, 0));
        Self {
            issuing: root.intermediate(&name("Issuing"), TestKey::of(keys, 1)),
            root,
        }
    }

    /// A new folder with everything that both programs need.
    fn folder<'a>(&self, kit: &'a Kit, name: &str) -> Folder<'a> {
        let folder = kit.folder(name);
        let roots = pem::bundle(&[&self.root.der]);
        let server = self.server(TestKey::of(KeyKind::P256, 2), |it| it);
        let client = self.client(UUID, TestKey::of(KeyKind::P256, 3), |it| it);
        folder
            .write("client-policy.toml", CLIENT_POLICY)
            .write("server-policy.toml", SERVER_POLICY)
            .write("client-roots.pem", &roots)
            .write("server-roots.pem", &roots)
            .write("issuing.pem", pem::bundle(&[&self.issuing.der]))
            .write("server.pem", server.chain)
            .write("server.key", server.key)
            .write("client.pem", client.chain)
            .write("client.key", client.key);
        folder
    }

    fn server(
        &self,
        key: TestKey,
        change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    ) -> Own {
        let builder = end_entity(Name::cn("events"), &key).dns(&[HOST]);
        self.own(change(builder.eku(&[oids::SERVER_AUTH])), &key)
    }

    fn client(
        &self,
        identifier: &str,
        key: TestKey,
        change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    ) -> Own {
        let name = Name::cn(identifier).and(oids::ORGANIZATION, "ASAPP");
        let builder = end_entity(name, &key).eku(&[oids::CLIENT_AUTH]);
        self.own(change(builder), &key)
    }

    fn own(&self, builder: CertificateBuilder, key: &TestKey) -> Own {
        Own::new(&[&self.issuing.issue(builder), &self.issuing.der], key)
    }
}

/// From yesterday on.
fn lasting(builder: CertificateBuilder, seconds: i64) -> CertificateBuilder {
    let since = now() - DAY;
    builder.validity(since, since + seconds)
}

const JSON: &str = r#"{"event": "test"}"#;

/// What openssl sends.
fn post() -> String {
    let length = JSON.len();
    format!(
        "POST /events HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{JSON}"
    )
}

/// The endpoint's program.
fn endpoint(folder: &Folder<'_>) -> Server {
    folder.serve("asapp-server", &["127.0.0.1:0", "."])
}

/// What came of the client's program at this endpoint.
fn post_to(folder: &Folder<'_>, server: &Server) -> Vec<String> {
    let url = server.url() + "events";
    let client = folder.run("asapp-client", &[&url, ".", JSON]);
    let lines = client.stdout.lines().map(str::to_owned);
    let answer: Vec<_> = lines.collect();
    let log: Vec<_> = client.stderr.lines().map(str::to_owned).collect();
    [answer, said(&log)].concat()
}

/// What a log tells of.
fn said(log: &[String]) -> Vec<String> {
    of_lines(log.iter().map(String::as_str))
}
