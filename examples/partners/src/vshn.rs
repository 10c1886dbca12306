//! VSHN: mutual TLS, in both directions, with revocation, and clients identified by their subjects.
//!
//! Our client is `bin/vshn-client.rs`, at openssl's server; our server is `bin/vshn-server.rs`, with curl as its clients; and then
//! both at each other.

use certificates::{
    Authority, CertificateBuilder, CrlBuilder, DAY, KeyKind, Name, OcspBuilder, Own, SingleBuilder,
    TestKey, end_entity, now, oids, pem, serial_of,
};
use rustls_policy_verifier::{ChainReason, FailureCause};
use serde_json::{Value, json};

use crate::client::{
    Change, another_name, common_name, expired, no_path, of_lines, outcome, row, s_server,
};
use crate::{Folder, Kit, Row, settled, told};

const SERVERS: &str = include_str!("../../policies/mutual-tls-server.toml");
const CLIENTS: &str = include_str!("../../policies/mutual-tls-client.toml");

pub fn rows(kit: &Kit) -> Vec<Row> {
    let folder = kit.folder("vshn");
    let pki = Pki::new("Partner");
    let (server, client) = (pki.server(|it| it), pki.client(orders(), |it| it));
    folder
        .write("servers.toml", SERVERS)
        .write("servers-by-common-name.toml", uncommented())
        .write("clients.toml", CLIENTS)
        .write("roots.pem", pem::bundle(&[&pki.root.der]))
        .write("current.crl", pki.crl(1, None))
        .write("revoking-server.crl", pki.crl(2, Some(&server)))
        .write("revoking-client.crl", pki.crl(2, Some(&client)))
        .write("good.ocsp", pki.ocsp(&server, |it| it))
        .write(
            "revoked.ocsp",
            pki.ocsp(&server, |it| it.revoked(now().saturating_sub(DAY), None)),
        )
        .write("server.pem", &server.chain)
        .write("server.key", &server.key);
    write_client(&folder, &client);
    let untrusted = Pki::new("Untrusted");
    let mut rows = of_client(&folder, &pki, &untrusted);
    rows.extend(of_server(&folder, &pki, &untrusted));
    rows
}

/// What our client makes of servers.
fn of_client(folder: &Folder<'_>, pki: &Pki, untrusted: &Pki) -> Vec<Row> {
    let ca = "server: signed by a trusted CA";
    let name = "server: its name";
    let expiry = "server: not expired";
    let revocation = "server: not revoked, by CRL or OCSP";
    let revoked = "revocation at end-entity".to_owned();
    let no_name = "server-name at end-entity".to_owned();
    let expired_at = no_path(ChainReason::Expired, &["validity-period at end-entity"]);
    let unknown_ca = no_path(ChainReason::UnknownIssuer, &[]);
    let relaxed = "200 OK; warned of server-name at end-entity".to_owned();

    let server = |change: Change| pki.server(change);
    let by_crl: &[&str] = &["servers.toml", "current.crl"];
    let by_staple: &[&str] = &["servers.toml"];
    let by_common_name: &[&str] = &["servers-by-common-name.toml", "current.crl"];
    let by_revoking: &[&str] = &["servers.toml", "revoking-server.crl"];
    let (no_staple, good, bad) = ("", "good.ocsp", "revoked.ocsp");
    let cases = [
        (
            revocation,
            "–, by CRL",
            server(|it| it),
            no_staple,
            by_crl,
            ok(),
        ),
        (
            revocation,
            "–, by staple",
            server(|it| it),
            good,
            by_staple,
            ok(),
        ),
        (
            ca,
            "another CA",
            untrusted.server(|it| it),
            no_staple,
            by_crl,
            unknown_ca,
        ),
        (
            name,
            "another name",
            server(another_name),
            no_staple,
            by_crl,
            no_name.clone(),
        ),
        (
            name,
            "in the common name alone",
            server(common_name),
            no_staple,
            by_crl,
            no_name,
        ),
        (
            name,
            "–, the same, opted in",
            server(common_name),
            no_staple,
            by_common_name,
            relaxed,
        ),
        (
            expiry,
            "expired",
            server(expired),
            no_staple,
            by_crl,
            expired_at,
        ),
        (
            revocation,
            "revoked by CRL",
            server(|it| it),
            no_staple,
            by_revoking,
            revoked.clone(),
        ),
        (
            revocation,
            "revoked by staple",
            server(|it| it),
            bad,
            by_staple,
            revoked.clone(),
        ),
        (
            revocation,
            "neither CRL nor staple",
            server(|it| it),
            no_staple,
            by_staple,
            revoked,
        ),
    ];
    cases
        .into_iter()
        .map(|(requirement, broken, own, staple, policy, expected)| {
            let staple = ["-status_file", staple];
            let staple = if staple[1].is_empty() {
                &[][..]
            } else {
                &staple
            };
            // It demands a certificate of our client, too.
            let demands = [
                "-CAfile",
                "roots.pem",
                "-Verify",
                "2",
                "-verify_return_error",
            ];
            let server = s_server(folder, &own, &[&demands[..], staple].concat());
            let client = call(folder, &server.url(), policy);
            row(requirement, broken, expected, outcome(&client))
        })
        .collect()
}

/// What our server makes of clients.
fn of_server(folder: &Folder<'_>, pki: &Pki, untrusted: &Pki) -> Vec<Row> {
    let both = "both: who they claim to be";
    let ca = "client: signed by a trusted CA";
    let expiry = "client: not expired";
    let subject = "client: identified by its subject";
    let revocation = "client: not revoked";
    let alert = |reasons: &str| format!("alert certificate unknown; {reasons}");
    let expired_at = no_path(ChainReason::Expired, &["validity-period at end-entity"]);
    let unknown_ca = no_path(ChainReason::UnknownIssuer, &[]);
    let revoked = alert("revocation at end-entity");
    let nobody = "HTTP 403; subject-identifier at end-entity".to_owned();
    let another = || Name::cn("orders");

    let client = |change| pki.client(orders(), change);
    let cases = [
        (
            both,
            "–",
            client(|it| it),
            "current.crl",
            "HTTP 200".to_owned(),
        ),
        (
            ca,
            "another CA",
            untrusted.client(orders(), |it| it),
            "current.crl",
            alert(&unknown_ca),
        ),
        (
            expiry,
            "expired",
            client(expired),
            "current.crl",
            alert(&expired_at),
        ),
        (
            subject,
            "another subject",
            pki.client(another(), |it| it),
            "current.crl",
            nobody,
        ),
        (
            revocation,
            "revoked by CRL",
            client(|it| it),
            "revoking-client.crl",
            revoked.clone(),
        ),
    ];
    let mut rows = Vec::new();
    for (requirement, broken, own, crl, expected) in cases {
        write_client(folder, &own);
        let server = serve(folder, crl);
        let told = told(&curl(folder, &server.url(), true));
        let happened = settled(&expected, || {
            let lines = server.lines();
            let said = of_lines(lines.iter().map(String::as_str));
            [vec![told.clone()], said].concat()
        });
        rows.push(row(requirement, broken, expected, happened));
    }

    write_client(folder, &client(|it| it));
    let server = serve(folder, "current.crl");
    let programs = call(folder, &server.url(), &["servers.toml", "current.crl"]);
    rows.push(row(
        both,
        "–, our client at our server",
        ok(),
        outcome(&programs),
    ));

    let answer = curl(folder, &server.url(), true).stdout;
    let answer = answer.lines().next().unwrap_or_default();
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let named = json!(["CN=orders,O=Acme,C=CH"]).to_string();
    let happened = answer.get("identifiers").unwrap_or(&Value::Null);
    rows.push(row(subject, "–", named, happened.to_string()));

    let missing = told(&curl(folder, &server.url(), false));
    let said = server.says(FailureCause::PeerCertificateMissing.sentence());
    let happened = [vec![missing], of_lines([said.as_str()].into_iter())].concat();
    let expected = format!(
        "alert certificate required; {}",
        FailureCause::PeerCertificateMissing.sentence()
    );
    rows.push(row(
        both,
        "client without a certificate",
        expected,
        happened.join("; "),
    ));
    drop(server);

    // A CRL that comes while the server runs.
    folder.write("live.crl", pki.crl(1, None));
    let server = serve(folder, "live.crl");
    let before = told(&curl(folder, &server.url(), true));
    folder.write("live.crl", pki.crl(2, Some(&client(|it| it))));
    let expected = format!("HTTP 200; then {revoked}");
    let happened = settled(&expected, || {
        let after = told(&curl(folder, &server.url(), true));
        let lines = server.lines();
        let mut said = of_lines(lines.iter().map(String::as_str));
        said.truncate(1);
        [vec![before.clone(), format!("then {after}")], said].concat()
    });
    rows.push(row(
        revocation,
        "revoked while the server runs",
        expected,
        happened,
    ));
    rows
}

fn serve(folder: &Folder<'_>, crl: &str) -> processes::Server {
    let own = ["127.0.0.1:0", "server.pem", "server.key"];
    folder.serve(
        "vshn-server",
        &[&own[..], &["roots.pem", "clients.toml", crl]].concat(),
    )
}

/// Our client, with its certificate.
fn call(folder: &Folder<'_>, url: &str, policy: &[&str]) -> processes::Finished {
    let own = [url, "client.pem", "client.key", "roots.pem"];
    folder.run("vshn-client", &[&own[..], policy].concat())
}

fn curl(folder: &Folder<'_>, url: &str, presents: bool) -> processes::Finished {
    let own = ["--cert", "client.pem", "--key", "client.key"];
    let own = if presents { &own[..] } else { &[] };
    folder.curl(&[&["--cacert", "roots.pem", url], own].concat())
}

fn write_client(folder: &Folder<'_>, own: &Own) {
    folder
        .write("client.pem", &own.chain)
        .write("client.key", &own.key);
}

/// The policy with the setting that stands in it as a comment.
fn uncommented() -> String {
    let setting = "[server-name]\n# allow-common-name-as-server-name";
    assert!(
        SERVERS.contains(setting),
        "the policy says it in other words"
    );
    SERVERS.replace(&format!("# {setting}"), &setting.replace("# ", ""))
}

/// A root, and the CA below it that issues servers' and clients' certificates.
struct Pki {
    root: Authority,
    issuing: Authority,
}

impl Pki {
    fn new(name: &str) -> Self {
        let root_key = TestKey::of(KeyKind::P256, 0);
        let root = Authority::root(&format!("{name} Root CA TEST ONLY"), root_key);
        let issuing = format!("{name} Issuing CA TEST ONLY");
        let issuing = root.intermediate(&issuing, TestKey::of(KeyKind::P256, 1));
        Self { root, issuing }
    }

    fn server(&self, change: Change) -> Own {
        let key = TestKey::of(KeyKind::P256, 2);
        let certificate = end_entity(Name::cn("server"), &key)
            .eku(&[oids::SERVER_AUTH])
            .dns(&["localhost"]);
        self.own(change(certificate), &key)
    }

    fn client(&self, subject: Name, change: Change) -> Own {
        let key = TestKey::of(KeyKind::P256, 3);
        let certificate = end_entity(subject, &key).eku(&[oids::CLIENT_AUTH]);
        self.own(change(certificate), &key)
    }

    fn own(&self, certificate: CertificateBuilder, key: &TestKey) -> Own {
        let certificate = self.issuing.issue(certificate);
        Own::new(&[&certificate, &self.issuing.der], key)
    }

    /// In PEM, for the next month.
    fn crl(&self, number: u64, revoked: Option<&Own>) -> String {
        let crl = CrlBuilder::new()
            .number(number)
            .this_update(now().saturating_sub(DAY))
            .next_update(now().saturating_add(30 * DAY));
        let crl = revoked
            .into_iter()
            .fold(crl, |crl, own| crl.revoke(&serial(own)));
        pem::to_pem("X509 CRL", &self.issuing.crl(crl))
    }

    /// In DER, for the next day.
    fn ocsp(&self, own: &Own, change: impl FnOnce(SingleBuilder) -> SingleBuilder) -> Vec<u8> {
        let then = now().saturating_sub(60 * 60);
        let single = SingleBuilder::good(&self.issuing, &serial(own))
            .this_update(then)
            .next_update(now().saturating_add(DAY));
        let response = OcspBuilder::new().produced_at(then).single(change(single));
        self.issuing.ocsp(response)
    }
}

fn serial(own: &Own) -> Vec<u8> {
    serial_of(&pem::from_pem(&own.chain))
}

/// `CN=orders,O=Acme,C=CH`, in the order of its encoding.
fn orders() -> Name {
    Name::empty()
        .and(oids::COUNTRY, "CH")
        .and(oids::ORGANIZATION, "Acme")
        .and(oids::COMMON_NAME, "orders")
}

fn ok() -> String {
    "200 OK".to_owned()
}
