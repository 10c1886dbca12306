//! Thredd's page "Setting Up EHI with mTLS": we are the EHI server, and Thredd calls us.
#![allow(clippy::arithmetic_side_effects)]

use certificates::{
    Authority, CertificateBuilder, DAY, KeyKind, Name, Own, TestKey, end_entity, now, oids, pem,
};
use processes::{Finished, Server};
use rustls_policy_verifier::PeerIdentity;

use crate::client::of_lines;
use crate::{Folder, Kit, Row, settled, told};

/// The policy file, as it is.
const POLICY: &str = include_str!("../../policies/private-ca-client.toml");

/// Our endpoint's name.
const NAME: &str = "ehi.example";

/// Of the program, in its folder.
const ARGUMENTS: [&str; 3] = ["127.0.0.1:0", NAME, "."];

const ROOT: &str = "Thredd Root CA TEST ONLY";
const ISSUING: &str = "Thredd Issuing CA TEST ONLY";

/// What happens when each requirement of the page is broken.
pub fn rows(kit: &Kit) -> Vec<Row> {
    let pki = Pki::new();
    let mut rows = calls(kit, &pki);
    rows.extend(own_chain(kit, &pki));
    rows.extend(controls(kit, &pki));
    rows
}

/// Calls of Thredd and of others.
fn calls(kit: &Kit, pki: &Pki) -> Vec<Row> {
    const CA: &str = "client certificate issued by Thredd's CA";
    const STORED: &str = "root and issuing certificates stored";
    let stops = format!("the chain stops at end-entity, issued by CN={ISSUING}");
    let supplied = format!("HTTP 200; CN={ISSUING} was supplied");
    let unknown = "alert certificate unknown; chain: no trust anchor issued the chain";
    let unknown = [unknown, &stops].join("; ");
    let other = Pki::other();
    for_each_case(
        kit,
        pki,
        &stops,
        [
            Case {
                client: Some(pki.client(|it| it)),
                ..Case::new("200 with a certificate, POST of JSON", "–", "HTTP 200")
            },
            Case::new(
                "400 or 403 without a certificate",
                "no certificate",
                "HTTP 403",
            ),
            Case {
                client: Some(other.client(|it| it)),
                ..Case::new(
                    CA,
                    "another CA",
                    "alert certificate unknown; chain: no trust anchor issued the chain",
                )
            },
            Case {
                client: Some(pki.client(|it| it.tamper_signature())),
                ..Case::new(
                    CA,
                    "a forged signature",
                    "alert certificate unknown; chain: the signature of a certificate is not its issuer's",
                )
            },
            Case {
                client: Some(pki.client(|it| it.validity(now() - 30 * DAY, now() - DAY))),
                ..Case::new(
                    CA,
                    "expired",
                    "alert certificate unknown; chain: a certificate of the chain has expired; validity-period at end-entity",
                )
            },
            Case {
                client: Some(pki.client(|it| it.eku(&[oids::SERVER_AUTH]))),
                ..Case::new(
                    CA,
                    "for servers only",
                    "alert certificate unknown; chain: a certificate's extended key usage does not have the purpose it is used for; extended-key-usage at end-entity",
                )
            },
            Case {
                client: Some(pki.client_alone()),
                ..Case::new(STORED, "Thredd sends no intermediate", &supplied)
            },
            Case {
                client: Some(pki.client_alone()),
                issuing: Some(&other.issuing),
                ..Case::new(STORED, "the sandbox's stored, none sent", &unknown)
            },
        ],
    )
}

/// A call, and what comes of it.
struct Case<'a> {
    requirement: &'static str,
    broken: &'static str,
    expected: String,
    /// What the caller presents.
    client: Option<Own>,
    /// In the place of Thredd's issuing CA.
    issuing: Option<&'a Authority>,
    /// Added to the policy.
    policy: String,
    /// On the allow list.
    allowed: Option<&'a str>,
}

impl Case<'_> {
    /// Of nobody.
    fn new(requirement: &'static str, broken: &'static str, expected: &str) -> Self {
        Self {
            requirement,
            broken,
            expected: expected.to_owned(),
            client: None,
            issuing: None,
            policy: String::new(),
            allowed: None,
        }
    }
}

/// Thredd's own tests of our endpoint, before it calls.
fn own_chain(kit: &Kit, pki: &Pki) -> Vec<Row> {
    let folder = pki.folder(kit, "thredd-tests");
    let server = serve(&folder, &[]);
    let told = folder.s_client(
        &server,
        &[
            "-CAfile",
            "vendor-roots.pem",
            "-servername",
            NAME,
            "-verify_hostname",
            NAME,
        ],
        // A request is needed for the connection to end.
        "GET / HTTP/1.1\r\nHost: ehi.example\r\nConnection: close\r\n\r\n",
    );
    let names = told
        .stdout
        .lines()
        .skip_while(|it| *it != "Acceptable client certificate CA names");
    let names: Vec<_> = names
        .skip(1)
        .take_while(|it| it.starts_with("CN = "))
        .collect();
    let depths = told
        .stderr
        .lines()
        .filter(|it| it.starts_with("depth=") || it.starts_with("verify "));
    let depths: Vec<_> = depths.collect();
    const VERIFIES: &str = "depths 0, 1, 2 show verify return:1";
    const SENDS: &str = "server and intermediate certificate sent";
    let mut rows = vec![
        Row {
            requirement: "Acceptable client certificate CA names",
            broken: "–",
            expected: format!("CN = {ROOT}; CN = {ISSUING}"),
            happened: names.join("; "),
        },
        Row {
            requirement: VERIFIES,
            broken: "– (by openssl)",
            expected: "depth=2 CN = Vendor Root CA TEST ONLY; verify return:1; depth=1 CN = Vendor CA TEST ONLY; verify return:1; depth=0 CN = ehi; verify return:1".to_owned(),
            happened: depths.join("; "),
        },
        Row {
            requirement: VERIFIES,
            broken: "– (by ourselves)",
            expected: "depth 2 CN=Vendor Root CA TEST ONLY, verify return:1; depth 1 CN=Vendor CA TEST ONLY, verify return:1; depth 0 CN=ehi, verify return:1".to_owned(),
            happened: depths_of(&server.lines()).join("; "),
        },
    ];
    let expired = pki.server(|it| it.validity(now() - 30 * DAY, now() - DAY));
    for (requirement, broken, chain, expected) in [
        (
            SENDS,
            "intermediate not sent",
            pki.server_alone(),
            "depth 0 CN=ehi, verify return:0; chain: no trust anchor issued the chain",
        ),
        (
            VERIFIES,
            "expired",
            expired,
            "depth 1 CN=Vendor CA TEST ONLY, verify return:0; depth 0 CN=ehi, verify return:0; chain: a certificate of the chain has expired; validity-period at end-entity",
        ),
        (
            VERIFIES,
            "for another name",
            pki.server(|it| it.dns(&["other.example"])),
            "depth 2 CN=Vendor Root CA TEST ONLY, verify return:1; depth 1 CN=Vendor CA TEST ONLY, verify return:1; depth 0 CN=ehi, verify return:0; server-name at end-entity",
        ),
    ] {
        folder.write("server.pem", chain.chain);
        let ended = folder.run("thredd", &ARGUMENTS);
        let lines = [&ended.stdout, &ended.stderr].map(|it| it.lines().map(str::to_owned));
        let lines: Vec<_> = lines.into_iter().flatten().collect();
        let mut happened = depths_of(&lines);
        happened.extend(of_lines(lines.iter().map(String::as_str)));
        if ended.code != Some(1) {
            happened.push(format!("exit status {:?}", ended.code));
        }
        rows.push(Row {
            requirement,
            broken,
            expected: expected.to_owned(),
            happened: happened.join("; "),
        });
    }
    rows
}

/// What the program said of its own chain.
fn depths_of(lines: &[String]) -> Vec<String> {
    let depths = lines.iter().filter(|it| it.starts_with("depth "));
    depths.cloned().collect()
}

/// The two additional security controls.
fn controls(kit: &Kit, pki: &Pki) -> Vec<Row> {
    const LIST: &str = "IP address allow list";
    const PIN: &str = "certificate pinning";
    let presented = || Some(pki.client(|it| it));
    let pin = |own: &Own| {
        let identity = PeerIdentity::of(&[pem::from_pem(&own.chain).into()]);
        let pin = identity.map(|it| pem::base64(it.spki_fingerprint().as_bytes()));
        pin.unwrap_or_default()
    };
    // With the next key, which waits in a safe.
    let next = TestKey::ed25519(3);
    let next = Own::new(&[&pki.issuing.issue(client(|it| it, &next))], &next);
    let policy = |pinned: &Own| {
        let pins = [pin(pinned), pin(&next)];
        format!("[pin]\nspki-sha256 = {pins:?}\nposition = \"end-entity\"\n")
    };
    // Of another key, as of a certificate that Thredd's CA gave to somebody else.
    let others = pki.server(|it| it);
    for_each_case(
        kit,
        pki,
        "the allow list does not have its address",
        [
            Case {
                client: presented(),
                allowed: Some("192.0.2.0/24\n127.0.0.0/8 # this machine\n"),
                ..Case::new(LIST, "–", "HTTP 200")
            },
            Case {
                client: presented(),
                allowed: Some("192.0.2.0/24\n"),
                ..Case::new(
                    LIST,
                    "called from elsewhere",
                    "neither answer nor alert; the allow list does not have its address",
                )
            },
            Case {
                client: presented(),
                policy: policy(&pki.client(|it| it)),
                ..Case::new(PIN, "–", "HTTP 200")
            },
            Case {
                client: presented(),
                policy: policy(&others),
                ..Case::new(
                    PIN,
                    "another key",
                    "alert certificate unknown; pin at end-entity",
                )
            },
        ],
    )
}

/// Each case against a program of its own. These words of the log are told as well, where they stand.
fn for_each_case<const N: usize>(
    kit: &Kit,
    pki: &Pki,
    words: &str,
    cases: [Case<'_>; N],
) -> Vec<Row> {
    let rows = cases.into_iter().map(|case| {
        let folder = pki.folder(kit, &format!("{}, {}", case.requirement, case.broken));
        folder.write("policy.toml", [POLICY, &case.policy].concat());
        if let Some(issuing) = case.issuing {
            folder.write("thredd-issuing.pem", pem::bundle(&[&issuing.der]));
        }
        let list = case.allowed.map(|list| {
            folder.write("allow-list.txt", list);
            "allow-list.txt"
        });
        let server = serve(&folder, list.as_slice());
        let curl = call(&folder, &server, case.client.as_ref());
        let happened = settled(&case.expected, || {
            let mut happened = answered(&curl, &server);
            let said = server.lines().iter().any(|line| line.contains(words));
            happened.extend(said.then(|| words.to_owned()));
            happened
        });
        Row {
            requirement: case.requirement,
            broken: case.broken,
            expected: case.expected,
            happened,
        }
    });
    rows.collect()
}

/// Thredd's CAs, and those of the vendor of our own certificate.
struct Pki {
    root: Authority,
    issuing: Authority,
    vendor_root: Authority,
    vendor: Authority,
}

impl Pki {
    fn new() -> Self {
        Self::of(ROOT, ISSUING, 0)
    }

    /// Of the same shape, and not Thredd's.
    fn other() -> Self {
        Self::of("Other Root CA TEST ONLY", "Other Issuing CA TEST ONLY", 2)
    }

    fn of(root: &str, issuing: &str, key: usize) -> Self {
        let root = Authority::root(root, TestKey::of(KeyKind::P256, key));
        let vendor_root = Authority::root("Vendor Root CA TEST ONLY", TestKey::ed25519(1));
        Self {
            issuing: root.intermediate(issuing, TestKey::of(KeyKind::P256, key + 1)),
            vendor: vendor_root.intermediate("Vendor CA TEST ONLY", TestKey::ed25519(2)),
            root,
            vendor_root,
        }
    }

    /// A new folder with everything that the program needs.
    fn folder<'a>(&self, kit: &'a Kit, name: &str) -> Folder<'a> {
        let server = self.server(|it| it);
        let folder = kit.folder(name);
        folder
            .write("policy.toml", POLICY)
            .write("thredd-root.pem", pem::bundle(&[&self.root.der]))
            .write("thredd-issuing.pem", pem::bundle(&[&self.issuing.der]))
            .write("vendor-roots.pem", pem::bundle(&[&self.vendor_root.der]))
            .write("server.pem", &server.chain)
            .write("server.key", &server.key);
        folder
    }

    /// Our own chain.
    fn server(&self, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Own {
        let key = server_key();
        Own::new(
            &[&self.vendor.issue(server(change, &key)), &self.vendor.der],
            &key,
        )
    }

    /// Without its intermediate.
    fn server_alone(&self) -> Own {
        let key = server_key();
        Own::new(&[&self.vendor.issue(server(|it| it, &key))], &key)
    }

    /// Thredd's.
    fn client(&self, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Own {
        let key = client_key();
        Own::new(
            &[&self.issuing.issue(client(change, &key)), &self.issuing.der],
            &key,
        )
    }

    /// Without its intermediate.
    fn client_alone(&self) -> Own {
        let key = client_key();
        Own::new(&[&self.issuing.issue(client(|it| it, &key))], &key)
    }
}

fn server(
    change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    key: &TestKey,
) -> CertificateBuilder {
    let builder = end_entity(Name::cn("ehi"), key);
    change(builder.eku(&[oids::SERVER_AUTH]).dns(&[NAME]))
}

fn client(
    change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    key: &TestKey,
) -> CertificateBuilder {
    let builder = end_entity(Name::cn("EHI Transport"), key);
    change(builder.eku(&[oids::CLIENT_AUTH]))
}

fn server_key() -> TestKey {
    TestKey::of(KeyKind::P384, 0)
}

fn client_key() -> TestKey {
    TestKey::of(KeyKind::P384, 1)
}

/// The program in this folder, with these further arguments.
fn serve(folder: &Folder<'_>, further: &[&str]) -> Server {
    folder.serve("thredd", &[&ARGUMENTS, further].concat())
}

/// The page's call by curl.
fn call(folder: &Folder<'_>, server: &Server, client: Option<&Own>) -> Finished {
    let at = server.address();
    let url = format!("https://{NAME}/ehim/endpoint/api");
    let to = format!("::{at}");
    let mut arguments = vec!["--cacert", "vendor-roots.pem", "--connect-to", &to];
    arguments.extend([
        "--request",
        "POST",
        "--header",
        "Content-Type: application/json",
    ]);
    arguments.extend(["--data", r#"{"foo": "bar"}"#]);
    if let Some(client) = client {
        folder
            .write("client.pem", &client.chain)
            .write("client.key", &client.key);
        arguments.extend(["--cert", "client.pem", "--key", "client.key"]);
    }
    arguments.push(&url);
    folder.curl(&arguments)
}

/// What the caller was told, and what the log says.
fn answered(curl: &Finished, server: &Server) -> Vec<String> {
    let lines = server.lines();
    let supplied = lines.iter().filter_map(|line| {
        let (_, subject) = line.split_once(" did not send ")?;
        let (subject, _) = subject.split_once(" (")?;
        Some(format!("{subject} was supplied"))
    });
    let mut happened = vec![told(curl)];
    happened.extend(supplied);
    happened.extend(of_lines(lines.iter().map(String::as_str)));
    happened
}
