//! Infobip: we call them, with their certificate pinned. What ends is warned of long before, what changes is prepared beside
//! what is there, and the errors that the page lists are said in words, with what to do.
//!
//! The client is `bin/infobip-client.rs`; the server is openssl's, or `bin/infobip-endpoint.rs`, which answers as the
//! page's test endpoint does; `bin/infobip-rehearsal.rs` says what a coming change will do.

use std::process::Command;

use certificates::{Authority, DAY, KeyKind, Name, Own, TestKey, end_entity, now, oids, pem};
use processes::{Finished, Server, finish};
use rustls_policy_verifier::{ChainReason, FailureCause, Time};
use serde_json::{Value, json};

use crate::client::{Change, expired, no_path, of_lines, outcome, remedies, row, s_server};
use crate::{Folder, Kit, Row, settled};

const POLICY: &str = include_str!("../../policies/pinned-web-server.toml");

pub fn rows(kit: &Kit) -> Vec<Row> {
    let folder = kit.folder("infobip");
    let servers = Servers::new();
    let roots = pem::bundle(&[&servers.old.root.der]);
    let both = pem::bundle(&[&servers.old.root.der, &servers.new.root.der]);
    // All at the start, for files are read when they have been left alone for a second.
    folder
        .write("policy.toml", servers.policy(200))
        .write("policy-ending.toml", servers.policy(20))
        .write("policy-ended.toml", servers.policy(-1))
        .write("roots.pem", &roots)
        .write("new-roots.pem", pem::bundle(&[&servers.new.root.der]))
        .write("both-roots.pem", &both)
        .write("live-roots.pem", &roots)
        .write("in-use.pem", &servers.in_use.chain)
        .write("coming.pem", &servers.coming.chain);
    let mut rows = pinned(&folder, &servers);
    rows.extend(imported(&folder, &both, &servers.coming));
    rows.extend(rehearsed(&folder));
    rows.extend(answered(&folder, &servers.renamed));
    rows.extend(errors(&folder, &servers));
    rows
}

/// What the client says of pins, as time goes by.
fn pinned(folder: &Folder<'_>, servers: &Servers) -> Vec<Row> {
    let watched = "pinned certificates are monitored";
    let pin = "the pinned certificate";
    let one_year = "certificates are valid for 1 year";
    let soon = "200 OK; warned of validity-period at end-entity";
    let pins_soon = "200 OK; warned of pin at path";
    let no_pin = "pin at end-entity";
    let too_long = "maximum-validity at end-entity";
    let (in_use, policy) = (&servers.in_use, "policy.toml");
    let (ending, ended) = ("policy-ending.toml", "policy-ended.toml");
    let cases = [
        (pin, "–", in_use, policy, "200 OK"),
        (
            pin,
            "another of the same CA and key",
            &servers.another,
            policy,
            no_pin,
        ),
        (watched, "it ends in 80 days", &servers.ending, policy, soon),
        (
            watched,
            "the pins end in 20 days",
            in_use,
            ending,
            pins_soon,
        ),
        (watched, "the pins ended yesterday", in_use, ended, no_pin),
        (one_year, "2 years", &servers.long, policy, too_long),
    ];
    let mut rows = Vec::new();
    for (requirement, broken, own, policy, expected) in cases {
        let server = s_server(folder, own, &[]);
        let happened = outcome(&call(folder, &server, policy));
        rows.push(row(requirement, broken, expected, happened));
    }
    let server = s_server(folder, in_use, &[]);
    rows.push(row(
        "TLS versions and cipher suites by name",
        "–, and those that rustls lacks",
        "offers TLS 1.3 and TLS 1.2, 5 suites; 11 cannot be had",
        offered(&call(folder, &server, policy)),
    ));
    rows
}

/// What the client says of TLS before it calls.
fn offered(client: &Finished) -> String {
    let lines = client.stderr.lines();
    let said = lines.filter_map(|line| {
        let suites = line.matches("TLS_").count();
        if let Some((versions, _)) = line.split_once(" with the cipher suites ") {
            return Some(format!("{versions}, {suites} suites"));
        }
        let lacks = line.ends_with(": cannot be had from rustls and this crypto provider");
        lacks.then(|| format!("{suites} cannot be had"))
    });
    said.collect::<Vec<_>>().join("; ")
}

/// The server has the coming certificate already; its CA is imported while the client runs.
fn imported(folder: &Folder<'_>, both_roots: &str, coming: &Own) -> Vec<Row> {
    let server = s_server(folder, coming, &[]);
    let mut client = folder.program("infobip-client");
    let url = format!("https://localhost:{}", server.port);
    client.args([&url, "policy.toml", "live-roots.pem", "1"]);
    let client = Server::start(client, "calling ");

    let refused = no_path(ChainReason::UnknownIssuer, &[]);
    let before = settled(&refused, || said(&client).into_iter().take(1).collect());
    folder.write("live-roots.pem", both_roots);
    let imported = "generation 1 in use; 200 OK";
    let after = settled(imported, || {
        let lines = client.lines();
        let words = imported.split("; ");
        let there = words.filter(|words| lines.iter().any(|it| it.starts_with(words)));
        there.map(str::to_owned).collect()
    });
    let import = "new CAs beside the existing ones";
    vec![
        row(import, "the new CA is not there", refused, before),
        row(import, "–, imported while the client runs", imported, after),
    ]
}

/// What the client, or the server, has said of connections that failed.
fn said(program: &Server) -> Vec<String> {
    of_lines(program.lines().iter().map(String::as_str))
}

/// What is prepared for the change, judged by the chain in use and the coming one.
fn rehearsed(folder: &Folder<'_>) -> Vec<Row> {
    let rehearse = |new_roots| {
        let name_and_in_force = ["localhost", "policy.toml", "roots.pem", "policy.toml"];
        let rest = [new_roots, "in-use.pem", "coming.pem"];
        let done = folder.run(
            "infobip-rehearsal",
            &[&name_and_in_force[..], &rest].concat(),
        );
        // The reason in brackets is as long as the client's.
        let lines = done.stdout.lines().map(|line| {
            let mut parts = line.split(['(', ')']);
            let words: String = parts.by_ref().step_by(2).collect();
            words.replace("  ", " ").replace(" ,", ",")
        });
        let lines: Vec<_> = lines.collect();
        format!("{}; status {}", lines.join("; "), done.code.unwrap_or(-1))
    };
    let change = "tested before the change";
    let accepted = "in-use.pem: accepted in force, accepted prepared";
    let refused = "in-use.pem: accepted in force, refused prepared";
    let coming = "coming.pem: refused in force, accepted prepared";
    vec![
        row(
            change,
            "–, both CAs prepared",
            format!("{accepted}; {coming}; status 0"),
            rehearse("both-roots.pem"),
        ),
        row(
            change,
            "the new CA prepared in place of the old one",
            format!("{refused}; {coming}; status 1"),
            rehearse("new-roots.pem"),
        ),
    ]
}

/// What the test endpoint answers, compared with what openssl reads in the certificate.
fn answered(folder: &Folder<'_>, own: &Own) -> Vec<Row> {
    let server = endpoint(folder, own);
    let (fingerprint, expire) = by_openssl(own);
    let sni = "tls-test.api.partner.example";
    let versions = [
        ("1.3", "TLSv1.3", "TLS_AES_256_GCM_SHA384"),
        // The first of TLS 1.2 on the page, and so in the policy.
        ("1.2", "TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    ];
    versions
        .map(|(most, version, suite)| {
            let resolve = format!("{sni}:{}:127.0.0.1", server.port);
            let url = format!("https://{sni}:{}/", server.port);
            let tls = ["--cacert", "roots.pem", "--tls-max", most];
            let curl = folder.curl(&[&tls[..], &["--resolve", &resolve, &url]].concat());
            let (answer, _) = curl.stdout.trim_end().rsplit_once('\n').unwrap_or_default();
            let expected = json!({
                "certificate": {
                    "fingerprintSHA256hex": fingerprint,
                    "tlsVersion": version,
                    "usedCipher": suite,
                    "commonName": WILDCARD,
                    "sni": sni,
                    "issuedBy": "Old Issuing CA TEST ONLY",
                    "expire": expire,
                }
            });
            let happened: Value = serde_json::from_str(answer).unwrap_or_default();
            let endpoint = "the test endpoint answers";
            let broken = match most {
                "1.3" => "–, TLS 1.3",
                _ => "–, TLS 1.2",
            };
            row(endpoint, broken, expected.to_string(), happened.to_string())
        })
        .into()
}

fn endpoint(folder: &Folder<'_>, own: &Own) -> Server {
    folder
        .write("endpoint.pem", &own.chain)
        .write("endpoint.key", &own.key);
    let arguments = ["127.0.0.1:0", "endpoint.pem", "endpoint.key", "policy.toml"];
    folder.serve("infobip-endpoint", &arguments)
}

/// The fingerprint in upper-case hexadecimal, and the end as YYMMDDhhmmssZ.
fn by_openssl(own: &Own) -> (String, String) {
    let read = |what: &[&str]| {
        let mut openssl = Command::new("openssl");
        openssl.args(["x509", "-noout"]).args(what);
        let said = finish(openssl, &own.chain).stdout;
        let (_, value) = said.trim().split_once('=').unwrap_or_default();
        let kept = value.chars().filter(char::is_ascii_alphanumeric);
        kept.collect::<String>()
    };
    let expire = read(&["-enddate", "-dateopt", "iso_8601"]);
    let expire = expire.chars().skip(2).collect();
    (read(&["-fingerprint", "-sha256"]), expire)
}

/// The errors that the page lists, each with its cause and what to do: on the client's side, and on the server's with curl.
fn errors(folder: &Folder<'_>, servers: &Servers) -> Vec<Row> {
    let unknown = "TLS chain error: unknown CA";
    let handshake = "TLS handshake error";
    let own = &servers.in_use;
    let any: &[&str] = &[];
    let cause = |cause: FailureCause| format!("{} → {}", cause.sentence(), cause.hint());
    let no_path =
        |reason: ChainReason, hint: &str| format!("chain: {} → {hint}", reason.sentence());
    let of_unknown = no_path(
        ChainReason::UnknownIssuer,
        "the chain stops at presented-1, issued by CN=Untrusted Root CA TEST ONLY; \
         the chain stops at issuer CN=Untrusted Root CA TEST ONLY: the peer must send the intermediate certificate of that name, \
         or it must be among the known intermediates; if it is a root, ask the partner whether it is theirs before adding it to \
         the trust anchors",
    );
    let of_expired = no_path(ChainReason::Expired, ChainReason::Expired.hint());
    let of_expired = format!(
        "{of_expired}; validity-period at end-entity → expired 24 hours ago: the peer must renew it"
    );
    let of_name = format!(
        "server-name at end-entity → {}",
        ChainReason::NotValidForName.hint()
    );
    let [version, nothing] =
        [FailureCause::ProtocolVersion, FailureCause::NothingInCommon].map(cause);
    let of_clients = [
        (
            unknown,
            "a CA that is not there",
            &servers.untrusted,
            any,
            of_unknown,
        ),
        (
            "expired certificate",
            "expired",
            &servers.expired,
            any,
            of_expired,
        ),
        (
            "name mismatch",
            "another name",
            &servers.renamed,
            any,
            of_name,
        ),
        (handshake, "TLS 1.1", own, TLS11, version),
        (
            handshake,
            "a suite of CBC in TLS 1.2",
            own,
            CBC_TLS12,
            nothing.clone(),
        ),
        (
            handshake,
            "a suite of CCM in TLS 1.3",
            own,
            CCM_TLS13,
            nothing,
        ),
    ];
    let mut rows = Vec::new();
    for (requirement, broken, own, arguments, expected) in of_clients {
        let server = s_server(folder, own, arguments);
        let client = call(folder, &server, "policy.toml");
        let happened = remedies(client.stderr.lines()).join("; ");
        rows.push(row(requirement, broken, expected, happened));
    }

    let of_curl: [(_, _, &[&str], _, _); 3] = [
        (
            unknown,
            "curl without the CA",
            &[],
            60,
            FailureCause::OurCertificateUnknownCa,
        ),
        // rustls misses the client's signature schemes, which TLS 1.1 did not have, before it looks at the version.
        (
            handshake,
            "curl with TLS 1.1",
            &["--tls-max", "1.1", "--ciphers", OLD],
            35,
            FailureCause::ProtocolVersion,
        ),
        (
            handshake,
            "curl with a suite of CBC",
            &["--tls-max", "1.2", "--ciphers", CBC],
            35,
            FailureCause::CipherSuites,
        ),
    ];
    for (requirement, broken, arguments, status, why) in of_curl {
        let server = endpoint(folder, own);
        let roots: &[&str] = match why {
            FailureCause::OurCertificateUnknownCa => &[],
            _ => &["--cacert", "roots.pem"],
        };
        let url = server.url();
        let curl = folder.curl(&[roots, arguments, &[url.as_str()]].concat());
        let curl = format!("curl ({})", curl.code.unwrap_or_default());
        let expected = format!("curl ({status}); {}", cause(why));
        let happened = settled(&expected, || {
            let log = remedies(server.lines().iter().map(String::as_str));
            [vec![curl.clone()], log].concat()
        });
        rows.push(row(requirement, broken, expected, happened));
    }
    rows
}

/// Lets openssl and curl speak what they no longer speak by themselves.
const OLD: &str = "DEFAULT@SECLEVEL=0";
const CBC: &str = "ECDHE-RSA-AES128-SHA256";

const TLS11: &[&str] = &["-tls1_1", "-cipher", OLD];
const CBC_TLS12: &[&str] = &["-tls1_2", "-cipher", CBC];
const CCM_TLS13: &[&str] = &["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"];
/// The client's one call.
fn call(folder: &Folder<'_>, server: &Server, policy: &str) -> Finished {
    folder.run("infobip-client", &[&server.url(), policy, "roots.pem"])
}

fn octets(hexadecimal: &str) -> Vec<u8> {
    let pairs = hexadecimal.as_bytes().chunks(2);
    let octets = pairs.filter_map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
    octets.collect()
}

/// The chains that servers have, each pinned but for one.
struct Servers {
    old: Pki,
    new: Pki,
    in_use: Own,
    coming: Own,
    another: Own,
    ending: Own,
    long: Own,
    expired: Own,
    renamed: Own,
    untrusted: Own,
}

impl Servers {
    fn new() -> Self {
        let (old, new) = (Pki::new("Old", 0), Pki::new("New", 1));
        Self {
            in_use: old.server(|it| it),
            coming: new.server(|it| it),
            another: old.server(|it| it.serial(2)),
            ending: old.server(|it| it.validity(days(-1), days(80))),
            long: old.server(|it| it.validity(days(-1), days(729))),
            expired: old.server(expired),
            renamed: old.server(|it| it.subject(Name::cn(WILDCARD)).dns(&[WILDCARD])),
            untrusted: Pki::new("Untrusted", 0).server(|it| it),
            old,
            new,
        }
    }

    /// The policy file with their pins, which end in so many days.
    fn policy(&self, days: i64) -> String {
        let pinned = [
            &self.in_use,
            &self.coming,
            &self.ending,
            &self.long,
            &self.expired,
            &self.renamed,
            &self.untrusted,
        ];
        let pins = pinned.map(|own| {
            let (fingerprint, _) = by_openssl(own);
            pem::base64(&octets(&fingerprint))
        });
        let last = self::days(days).unsigned_abs();
        let last = Time::from_unix_seconds(last).to_string();
        let last = last.split('T').next().unwrap_or_default();
        let lines = POLICY.lines().map(|line| match line.split(' ').next() {
            Some("certificate-sha256") => format!("certificate-sha256 = {pins:?}\n"),
            Some("expires") => format!("expires = {last:?}\n"),
            _ => format!("{line}\n"),
        });
        lines.collect()
    }
}

const WILDCARD: &str = "*.api.partner.example";

/// A root of the partner's, and the CA below it that issues.
struct Pki {
    root: Authority,
    issuing: Authority,
    key: TestKey,
}

impl Pki {
    fn new(name: &str, number: usize) -> Self {
        let key = |kind| TestKey::of(kind, number);
        let root = Authority::root(&format!("{name} Root CA TEST ONLY"), key(KeyKind::P384));
        let issuing = format!("{name} Issuing CA TEST ONLY");
        let issuing = root.intermediate(&issuing, key(KeyKind::P256));
        // The suites of TLS 1.2 on the page are for RSA alone.
        let key = key(KeyKind::Rsa2048);
        Self { root, issuing, key }
    }

    fn server(&self, change: Change) -> Own {
        let certificate = end_entity(Name::cn("localhost"), &self.key)
            .validity(days(-1), days(200))
            .eku(&[oids::SERVER_AUTH])
            .dns(&["localhost"]);
        let certificate = self.issuing.issue(change(certificate));
        Own::new(&[&certificate, &self.issuing.der], &self.key)
    }
}

/// In so many days.
fn days(count: i64) -> i64 {
    now().saturating_add(count.saturating_mul(DAY))
}
