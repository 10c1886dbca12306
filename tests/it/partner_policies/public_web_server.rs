//! Bango: a web server that renews everything without notice, and must not be pinned.

use std::sync::Arc;

use rustls_policy_verifier::{
    BuildError, ChainReason, Policy, Position, TlsVersion, Verifier, rustls,
};

use super::{
    EXPIRED, HOST, Presented, UNKNOWN_CA, Why, anchors, assert_refused, builder, expired, issuing,
    named_by_common_name, other_root, policy, root, rule, server, text,
};
use crate::support::keys::rsa_signature_algorithm;
use crate::support::{Authority, Name, TestKey, general_name, oids};

#[test]
fn public_web_server() {
    let verifier = builder(policy("public-web-server.toml")).build().unwrap();
    let good = Presented::under_root(server());
    assert_eq!(good.judged_by(&verifier), Ok(vec![]));

    let expired_issuing = root().intermediate_with("Issuing", TestKey::ed25519(2), expired);
    let tampered_issuing =
        root().intermediate_with("Issuing", TestKey::ed25519(2), |ca| ca.tamper_signature());
    let other = issuing(&other_root());
    let name = || vec![rule("server-name", Position::EndEntity)];
    assert_refused(
        &verifier,
        vec![
            (
                "name in the common name alone",
                Presented::under_root(named_by_common_name()),
                name(),
            ),
            (
                "another name",
                Presented::under_root(server().dns(&["www.partner.example"])),
                name(),
            ),
            (
                "the name, and not as DNS",
                Presented::under_root(server().san(vec![general_name::uri(HOST)])),
                name(),
            ),
            (
                "expired end entity",
                Presented::under_root(expired(server())),
                vec![EXPIRED, rule("validity-period", Position::EndEntity)],
            ),
            (
                "expired intermediate",
                Presented::new(expired_issuing.issue(server()), &expired_issuing),
                vec![EXPIRED, rule("validity-period", Position::Presented(1))],
            ),
            (
                "end entity with another signature",
                Presented::under_root(server().tamper_signature()),
                vec![Why::Chain(ChainReason::BadSignature)],
            ),
            (
                "intermediate with another signature",
                Presented::new(tampered_issuing.issue(server()), &tampered_issuing),
                vec![Why::Chain(ChainReason::BadSignature)],
            ),
            (
                "signed with SHA-1",
                Presented::under_root(
                    server().signature_algorithm(rsa_signature_algorithm(oids::SHA1_WITH_RSA)),
                ),
                vec![
                    Why::Chain(ChainReason::UnsupportedSignatureAlgorithm),
                    rule("signature-algorithm", Position::EndEntity),
                ],
            ),
            (
                "another root",
                Presented::new(other.issue(server()), &other),
                vec![UNKNOWN_CA],
            ),
        ],
    );

    // webpki looks at no anchor's validity.
    let old_root = Authority::root_with("Root", TestKey::ed25519(1), expired);
    let of_old_root = Verifier::builder(
        anchors("partner", &[&old_root]),
        policy("public-web-server.toml"),
    );
    assert_refused(
        &of_old_root.build().unwrap(),
        vec![(
            "expired root",
            good,
            vec![rule("validity-period", Position::TrustAnchor)],
        )],
    );
}

/// Everything that rustls has.
#[test]
fn public_web_server_offers_all_there_is() {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let policy = policy("public-web-server.toml");
    let report = policy.tls.apply(&provider).unwrap().report;
    assert_eq!(report.versions, [TlsVersion::Tls13, TlsVersion::Tls12]);
    let suites = provider.cipher_suites.iter().map(|it| it.suite());
    assert!(suites.eq(report.cipher_suites));
}

/// What the partner may replace without notice: certificate, key, subject, CA and root, all at once.
#[test]
fn public_web_server_that_renews_everything() {
    let roots = anchors("mozilla", &[&root(), &other_root()]);
    let verifier = Verifier::builder(roots, policy("public-web-server.toml"));
    let verifier = verifier.build().unwrap();
    let issuing = other_root().intermediate("New Issuing", TestKey::ed25519(12));
    let renewed = server()
        .subject(Name::cn("another"))
        .spki(TestKey::ed25519(13).spki());
    let presented = Presented::new(issuing.issue(renewed), &issuing);
    assert_eq!(presented.judged_by(&verifier), Ok(vec![]));
}

#[test]
fn public_web_server_must_not_be_pinned() {
    let pin = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
    for (added, field) in [
        (format!("[pin]\nspki-sha256 = [\"{pin}\"]"), "pin"),
        (format!("[pin]\ncertificate-sha256 = [\"{pin}\"]"), "pin"),
        (
            "[subject-identifier]\nany-of = [{ attribute = \"O\", exact = \"Bango\" }]".to_owned(),
            "subject-identifier.any-of[0]",
        ),
        (
            "[server-name]\nallow-common-name-as-server-name = true".to_owned(),
            "server-name.allow-common-name-as-server-name",
        ),
    ] {
        let text = format!("{}\n{added}\n", text("public-web-server.toml"));
        match Policy::from_toml(&text) {
            Err(BuildError::Policy { field: named, .. }) => assert_eq!(named, field),
            other => panic!("{added}: {other:?}"),
        }
    }
}
