//! Thredd: clients of a private CA, whose issuing certificate is known here.

use std::sync::Arc;

use rustls_policy_verifier::{ChainReason, Position, Verifier, WarningKind, pki_types, rustls};

use super::{
    EXPIRED, Presented, UNKNOWN_CA, Why, anchors, assert_refused, at, client, expired, issuing,
    other_root, policy, root, rule,
};
use crate::support::{Authority, Name, TestKey, der, oids};

fn verifier(root: &Authority, known: &[&Authority]) -> Verifier {
    let known = known.iter().map(|it| it.der.clone());
    Verifier::builder(anchors("thredd", &[root]), policy("private-ca-client.toml"))
        .known_intermediates(known.map(pki_types::CertificateDer::from))
        .build()
        .unwrap()
}

/// As sent without its intermediate.
fn alone(presented: Presented) -> Presented {
    let end_entity = presented.certificates.into_iter().take(1);
    Presented {
        certificates: end_entity.collect(),
        ..presented
    }
}

#[test]
fn private_ca() {
    let (root, issuing) = (root(), issuing(&root()));
    let known = verifier(&root, &[&issuing]);
    let unknown = verifier(&root, &[]);
    let certificate = || client(Name::cn("ehi"));
    let good = || Presented::under_root(certificate());
    for (verifier, presented) in [
        (&known, good()),
        (&unknown, good()),
        (&known, alone(good())),
    ] {
        assert_eq!(presented.judged_by(verifier), Ok(vec![]));
    }
    assert_refused(
        &unknown,
        vec![("no intermediate", alone(good()), vec![UNKNOWN_CA])],
    );

    let other = other_root().intermediate("Other", TestKey::ed25519(12));
    let below = issuing.intermediate("Below", TestKey::ed25519(4));
    let mut deep = Presented::new(below.issue(certificate()), &below);
    deep.certificates.push(issuing.der.clone());
    assert_refused(
        &known,
        vec![
            (
                "another CA",
                Presented::new(other.issue(certificate()), &other),
                vec![UNKNOWN_CA],
            ),
            (
                "expired",
                Presented::under_root(expired(certificate())),
                vec![EXPIRED, rule("validity-period", Position::EndEntity)],
            ),
            (
                "a server's certificate",
                Presented::under_root(certificate().eku(&[oids::SERVER_AUTH])),
                vec![
                    Why::Chain(ChainReason::WrongPurpose),
                    rule("extended-key-usage", Position::EndEntity),
                ],
            ),
            (
                "no purpose",
                Presented::under_root(certificate().no_eku()),
                vec![rule("extended-key-usage", Position::EndEntity)],
            ),
            (
                "an intermediate too many",
                deep,
                vec![rule("path-length", Position::Path)],
            ),
        ],
    );
    let old_root = Authority::root_with("Root", TestKey::ed25519(1), expired);
    assert_refused(
        &verifier(&old_root, &[]),
        vec![(
            "expired root",
            good(),
            vec![rule("validity-period", Position::TrustAnchor)],
        )],
    );
}

#[test]
fn private_ca_warns_before_a_certificate_ends() {
    let verifier = verifier(&root(), &[]);
    let late = Presented::under_root(client(Name::cn("ehi")));
    let warnings = late
        .at(at(der::unix(2026, 12, 10, 0, 0, 0)))
        .judged_by(&verifier);
    let warnings = warnings.unwrap().into_iter();
    let warnings: Vec<_> = warnings.map(|it| (it.kind, it.position)).collect();
    assert_eq!(warnings, [(WarningKind::EndsSoon, Position::EndEntity)]);
}

/// Who presents no certificate is answered by the program.
#[test]
fn private_ca_lets_in_who_presents_nothing() {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = policy("private-ca-client.toml").tls;
    assert!(tls.apply(&provider).unwrap().report.allows_unauthenticated);
}
