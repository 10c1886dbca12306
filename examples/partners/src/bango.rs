//! Bango: we call them. Their web server must not be pinned, and the checks they ask for must all be there.
//!
//! The client is `bin/bango.rs`, the server openssl's, with certificates of CAs that stand for Mozilla's.

use certificates::{
    Authority, CertificateBuilder, KeyKind, Name, Own, TestKey, end_entity, oids, pem,
};
use rustls_policy_verifier::{ChainReason, FailureCause};

use crate::client::{Change, another_name, common_name, expired, no_path, outcome, row, s_server};
use crate::{Kit, Row};

const POLICY: &str = include_str!("../../policies/public-web-server.toml");

const PIN: &str = "\n[pin]\nspki-sha256 = [\"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\"]\n";

pub fn rows(kit: &Kit) -> Vec<Row> {
    let folder = kit.folder("bango");
    let root = root("Bango", KeyKind::P256, |it| it);
    let old_root = self::root("Bango", KeyKind::P256, expired);
    let other_root = self::root("Another", KeyKind::P384, |it| it);
    let unknown_root = self::root("Unknown", KeyKind::P384, |it| it);
    folder
        .write("policy.toml", POLICY)
        .write("pinned.toml", [POLICY, PIN].concat())
        .write("roots.pem", pem::bundle(&[&root.der, &other_root.der]))
        .write("old-root.pem", pem::bundle(&[&old_root.der]));

    let good = || server(&issuing(&root, |it| it), |it| it);
    let with = |change| server(&issuing(&root, |it| it), change);
    let under = |change| server(&issuing(&root, change), |it| it);
    let of_root = |root| server(&issuing(root, |it| it), |it| it);
    let renewed = server_with(&issuing(&root, |it| it), 3, renewed);

    let name = "the name, as DNS in the subject alternative name";
    let validity = "the validity period of every certificate";
    let signature = "the signature of every certificate";
    let roots = "roots of the client's store, which is Mozilla's";
    let tls = "TLS 1.2 and above";
    let pins = "no check of subject, key, fingerprint or CA";

    let no_name = "server-name at end-entity".to_owned();
    let expired_at = |position: &str| {
        let validity = format!("validity-period at {position}");
        no_path(ChainReason::Expired, &[&validity])
    };
    let bad_signature = no_path(ChainReason::BadSignature, &[]);
    let unknown_ca = no_path(ChainReason::UnknownIssuer, &[]);
    let must_not = "pinned.toml: policy setting `pin`: pins keys or certificates".to_owned();

    let ours: &[&str] = &["policy.toml", "roots.pem"];
    let old: &[&str] = &["policy.toml", "old-root.pem"];
    let pinned: &[&str] = &["pinned.toml", "roots.pem"];
    let mozillas: &[&str] = &["policy.toml"];
    let tls11: &[&str] = &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"];
    let tls12: &[&str] = &["-tls1_2"];
    let any: &[&str] = &[];
    let cases = [
        (name, "–", good(), any, ours, ok()),
        (
            name,
            "in the common name alone",
            with(common_name),
            any,
            ours,
            no_name.clone(),
        ),
        (name, "another one", with(another_name), any, ours, no_name),
        (
            validity,
            "server's certificate",
            with(expired),
            any,
            ours,
            expired_at("end-entity"),
        ),
        (
            validity,
            "intermediate",
            under(expired),
            any,
            ours,
            expired_at("presented-1"),
        ),
        (
            validity,
            "root",
            good(),
            any,
            old,
            "validity-period at trust-anchor".to_owned(),
        ),
        (
            signature,
            "server's certificate",
            with(tampered),
            any,
            ours,
            bad_signature.clone(),
        ),
        (
            signature,
            "intermediate",
            under(tampered),
            any,
            ours,
            bad_signature,
        ),
        (
            roots,
            "none of ours",
            of_root(&unknown_root),
            any,
            ours,
            unknown_ca.clone(),
        ),
        (
            roots,
            "none of Mozilla's",
            good(),
            any,
            mozillas,
            unknown_ca,
        ),
        (
            tls,
            "TLS 1.1",
            good(),
            tls11,
            ours,
            FailureCause::ProtocolVersion.sentence().to_owned(),
        ),
        (tls, "–, TLS 1.2", good(), tls12, ours, ok()),
        (
            pins,
            "–, renewed with another key",
            renewed,
            any,
            ours,
            ok(),
        ),
        (
            pins,
            "–, another key, CA and root",
            of_root(&other_root),
            any,
            ours,
            ok(),
        ),
        (pins, "a pin in the policy", good(), any, pinned, must_not),
    ];
    cases
        .into_iter()
        .map(
            |(requirement, broken, own, to_server, to_client, expected)| {
                let server = s_server(&folder, &own, to_server);
                let client = folder.run("bango", &[&[server.url().as_str()], to_client].concat());
                row(requirement, broken, expected, outcome(&client))
            },
        )
        .collect()
}

fn ok() -> String {
    "200 OK".to_owned()
}

fn root(name: &str, keys: KeyKind, change: Change) -> Authority {
    let name = format!("{name} Root CA TEST ONLY");
    Authority::root_with(&name, TestKey::of(keys, 0), change)
}

fn issuing(root: &Authority, change: Change) -> Authority {
    let key = TestKey::of(root.key.kind(), 1);
    root.intermediate_with("Issuing CA TEST ONLY", key, change)
}

/// A server's chain, with a key of the kind that its CA has.
fn server(issuing: &Authority, change: Change) -> Own {
    server_with(issuing, 2, change)
}

fn server_with(issuing: &Authority, key: usize, change: Change) -> Own {
    let key = TestKey::of(issuing.key.kind(), key);
    let certificate = end_entity(Name::cn("resale"), &key)
        .eku(&[oids::SERVER_AUTH])
        .dns(&["localhost"]);
    let certificate = issuing.issue(change(certificate));
    Own::new(&[&certificate, &issuing.der], &key)
}

/// Another subject and another serial number.
fn renewed(certificate: CertificateBuilder) -> CertificateBuilder {
    certificate.subject(Name::cn("renewed")).serial(2)
}

fn tampered(certificate: CertificateBuilder) -> CertificateBuilder {
    certificate.tamper_signature()
}
