//! ASAPP: the same of both sides, and an identifier of clients.

use std::sync::Arc;

use rustls::CipherSuite;
use rustls_policy_verifier::{Position, Role, TlsVersion, Verifier, rustls};

use super::{
    EXPIRED, Presented, UNKNOWN_CA, anchors, assert_refused, client, expired, issuing, other_root,
    policy, root, rule, server,
};
use crate::support::{CertificateBuilder, KeyKind, Name, TestKey, der, oids};

const UUID: &str = "123E4567-E89B-12D3-A456-426614174000";

const FILES: [(Role, &str); 2] = [
    (Role::Client, "mtls-partner-strict-client.toml"),
    (Role::Server, "mtls-partner-strict-server.toml"),
];

/// What both sides must have, of either.
fn end_entity(role: Role, key: &TestKey) -> CertificateBuilder {
    let certificate = match role {
        Role::Client => client(Name::cn(UUID)),
        Role::Server => server(),
    };
    certificate.spki(key.spki())
}

fn ec() -> TestKey {
    TestKey::of(KeyKind::P256, 0)
}

/// From 2026 on, so that the last second of three years is that before 2029.
fn valid_to(certificate: CertificateBuilder, not_after: i64) -> CertificateBuilder {
    certificate.validity(der::unix(2026, 1, 1, 0, 0, 0), not_after)
}

fn verifier(file: &str) -> Verifier {
    let both = anchors("asapp", &[&root()])
        .with_pem("another", &other_root().der)
        .unwrap();
    Verifier::builder(both, policy(file)).build().unwrap()
}

#[test]
fn both_sides() {
    let end = der::unix(2028, 12, 31, 23, 59, 59);
    for (role, file) in FILES {
        let verifier = verifier(file);
        let good = || end_entity(role, &ec());
        let rsa = |kind| end_entity(role, &TestKey::of(kind, 0));
        for good in [good(), rsa(KeyKind::Rsa3072), valid_to(good(), end - 1)] {
            assert_eq!(Presented::under_root(good).judged_by(&verifier), Ok(vec![]));
        }
        let untrusted = root().intermediate("Untrusted", TestKey::ed25519(21));
        let of = |id| vec![rule(id, Position::EndEntity)];
        let both = [oids::SERVER_AUTH, oids::CLIENT_AUTH];
        assert_refused(
            &verifier,
            vec![
                (
                    "another CA",
                    Presented {
                        certificates: vec![untrusted.issue(good())],
                        ..Presented::under_root(good())
                    },
                    vec![UNKNOWN_CA],
                ),
                (
                    "three years",
                    Presented::under_root(valid_to(good(), end)),
                    of("maximum-validity"),
                ),
                (
                    "a purpose too many",
                    Presented::under_root(good().eku(&both)),
                    of("extended-key-usage"),
                ),
                (
                    "no purpose",
                    Presented::under_root(good().no_eku()),
                    of("extended-key-usage"),
                ),
                (
                    "RSA of 2048 bits",
                    Presented::under_root(rsa(KeyKind::Rsa2048)),
                    of("minimum-key-size"),
                ),
                (
                    "expired",
                    Presented::under_root(expired(good())),
                    vec![EXPIRED, rule("validity-period", Position::EndEntity)],
                ),
            ],
        );
    }
}

#[test]
fn identifier_of_clients() {
    let verifier = verifier("mtls-partner-strict-client.toml");
    let named = |name: &str| client(Name::cn(name)).spki(ec().spki());
    let in_namespace = Presented::under_root(named("asapp/prod/events"));
    assert_eq!(in_namespace.judged_by(&verifier), Ok(vec![]));
    let other = issuing(&other_root());
    let identifier = || vec![rule("subject-identifier", Position::EndEntity)];
    assert_refused(
        &verifier,
        vec![
            (
                "another UUID",
                Presented::under_root(named("123e4567-e89b-12d3-a456-426614174001")),
                identifier(),
            ),
            (
                "a namespace that begins alike",
                Presented::under_root(named("asapp/production/events")),
                identifier(),
            ),
            (
                "the identifier, by a CA of somebody else",
                Presented::new(other.issue(named(UUID)), &other),
                identifier(),
            ),
        ],
    );
}

#[test]
fn tls() {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    for (_, file) in FILES {
        let report = policy(file).tls.apply(&provider).unwrap().report;
        assert_eq!(report.versions, [TlsVersion::Tls13]);
        assert_eq!(
            report.cipher_suites,
            [
                CipherSuite::TLS13_AES_256_GCM_SHA384,
                CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
            ]
        );
        assert_eq!(report.session_seconds, Some(300));
        assert!(!report.allows_unauthenticated);
    }
}
