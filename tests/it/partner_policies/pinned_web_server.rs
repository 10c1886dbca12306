//! Infobip: a web server that is pinned, with warnings long before an end.

use std::sync::Arc;

use rustls::CipherSuite;
use rustls_policy_verifier::{
    Date, Fact, Pin, PinPosition, Policy, Position, TlsVersion, Verifier, Warning, WarningKind,
    rustls,
};

use super::{
    EXPIRED, Presented, UNKNOWN_CA, anchors, assert_refused, at, builder, issuing, other_root,
    policy, root, rule, server,
};
use crate::support::keys::sha256;
use crate::support::{TestKey, der};

/// The file, with the pins of these certificates. (`settings`, for through `Setting` a rule that is off would be switched on.)
fn pinned(certificates: &[&[u8]]) -> Policy {
    let mut policy = policy("pinned-web-server.toml");
    let digests = certificates.iter().map(|der| sha256(der));
    let digests = digests.map(|it| Pin::CertificateSha256(it.try_into().expect("32 octets")));
    policy.pin.settings.pins = digests.collect();
    policy
}

#[test]
fn pinned_web_server() {
    let good = || Presented::under_root(server());
    let coming_issuing = issuing(&other_root());
    let coming = || {
        let renewed = server().spki(TestKey::ed25519(13).spki());
        Presented::new(coming_issuing.issue(renewed), &coming_issuing)
    };
    let certificates = [good(), coming()].map(|it| it.certificates[0].clone());
    let policy = pinned(&certificates.each_ref().map(Vec::as_slice));
    let verifier = builder(policy.clone()).build().unwrap();
    assert_eq!(good().judged_by(&verifier), Ok(vec![]));
    // The pin alone does not do: the coming CA is to be trusted beside the one there is.
    assert_eq!(coming().judged_by(&verifier), Err(vec![UNKNOWN_CA]));
    let both = anchors("partner", &[&root(), &other_root()]);
    let both = Verifier::builder(both, policy).build().unwrap();
    for presented in [good(), coming()] {
        assert_eq!(presented.judged_by(&both), Ok(vec![]));
    }

    let long = server().validity(
        der::unix(2026, 1, 1, 0, 0, 0),
        der::unix(2027, 2, 3, 0, 0, 0),
    );
    assert_refused(
        &both,
        vec![
            (
                "a certificate that is not pinned, with the same key",
                Presented::under_root(server().serial(2)),
                vec![rule("pin", Position::EndEntity)],
            ),
            (
                "another name",
                Presented::under_root(server().dns(&["www.partner.example"])),
                vec![
                    rule("pin", Position::EndEntity),
                    rule("server-name", Position::EndEntity),
                ],
            ),
            (
                "one second longer than 398 days",
                Presented::under_root(long),
                vec![
                    rule("maximum-validity", Position::EndEntity),
                    rule("pin", Position::EndEntity),
                ],
            ),
            (
                "a day after the pinned certificate has ended",
                good().at(at(der::unix(2027, 1, 1, 0, 0, 0))),
                vec![EXPIRED, rule("validity-period", Position::EndEntity)],
            ),
        ],
    );
}

#[test]
fn pinned_web_server_warns_long_before() {
    let kinds = |warnings: Vec<Warning>| -> Vec<_> {
        let warnings = warnings.into_iter();
        warnings
            .map(|it| (it.kind, it.rule.as_str(), it.position, it.required))
            .collect()
    };
    let valid = server().validity(
        der::unix(2026, 10, 1, 0, 0, 0),
        der::unix(2027, 9, 30, 23, 59, 59),
    );
    let presented = |time: i64| Presented::under_root(valid.clone()).at(at(time));
    let certificate = presented(0).certificates[0].clone();
    let policy = pinned(&[&certificate, &[]]);
    assert_eq!(policy.pin.expires, Date::new(2027, 6, 30));
    let verifier = builder(policy.clone()).build().unwrap();
    let judged = |time| presented(time).judged_by(&verifier).map(kinds);
    let day = 24 * 60 * 60;
    let until = |time| Fact::ValidUntil(at(time));

    let before = der::unix(2027, 5, 1, 23, 59, 59);
    assert_eq!(judged(before), Ok(vec![]));
    let soon = der::unix(2027, 5, 2, 0, 0, 0);
    let of_pin = |time| {
        let until = until(time + 60 * day);
        (WarningKind::EndsSoon, "pin", Position::Path, until)
    };
    assert_eq!(judged(soon), Ok(vec![of_pin(soon)]));
    let last = der::unix(2027, 6, 30, 23, 59, 59);
    assert_eq!(judged(last), Ok(vec![of_pin(last)]));
    let refused = vec![rule("pin", Position::EndEntity)];
    assert_eq!(judged(last + 1), Err(refused));

    // And before the certificate ends, if the pins did not.
    let mut unending = policy;
    unending.pin.expires = None;
    let verifier = builder(unending).build().unwrap();
    let judged = |time| presented(time).judged_by(&verifier).map(kinds);
    let end = der::unix(2027, 9, 30, 23, 59, 59);
    assert_eq!(judged(end - 90 * day), Ok(vec![]));
    for (left, level) in [(89, 90), (60, 90), (59, 60), (29, 30), (6, 7), (0, 7)] {
        let time = end - left * day;
        let warning = (
            WarningKind::EndsSoon,
            "validity-period",
            Position::EndEntity,
            until(time + level * day),
        );
        assert_eq!(judged(time), Ok(vec![warning]), "{left} days left");
    }
}

/// The other way to pin that the file shows.
#[test]
fn pinned_web_server_by_its_ca() {
    let mut policy = policy("pinned-web-server.toml");
    let spki = sha256(&TestKey::ed25519(2).spki());
    policy.pin.settings.pins = vec![
        Pin::SpkiSha256(spki.try_into().unwrap()),
        Pin::SpkiSha256([2; 32]),
    ];
    policy.pin.settings.position = PinPosition::Intermediate;
    let verifier = builder(policy).build().unwrap();
    for serial in [1, 2] {
        let presented = Presented::under_root(server().serial(serial));
        assert_eq!(presented.judged_by(&verifier), Ok(vec![]));
    }
    let another = root().intermediate("Issuing", TestKey::ed25519(4));
    assert_refused(
        &verifier,
        vec![(
            "another CA under the same root",
            Presented::new(another.issue(server()), &another),
            vec![rule("pin", Position::Path)],
        )],
    );
}

/// What rustls lacks of the page's list is said by name.
#[test]
fn pinned_web_server_offers_what_rustls_has_of_the_list() {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let report = policy("pinned-web-server.toml").tls.apply(&provider);
    let report = report.unwrap().report;
    assert_eq!(report.versions, [TlsVersion::Tls13, TlsVersion::Tls12]);
    assert_eq!(
        report.cipher_suites,
        [
            CipherSuite::TLS13_AES_256_GCM_SHA384,
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS13_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ]
    );
    assert_eq!(report.unavailable_suites.len(), 11);
    let said = report.to_string();
    assert!(
        said.contains("TLS_DHE_RSA_WITH_AES_256_CCM_8, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
        "{said}"
    );
}
