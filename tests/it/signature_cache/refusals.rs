//! Who is refused leaves nothing behind, and an accepted path leaves its own signatures alone.

use rustls_policy_verifier::{
    Date, IdentifierEntry, Matcher, Policy, SignatureCache, SubjectIdentifier, TrustAnchors,
    Verifier, VerifierBuilder,
};

use super::{Chain, Pki, client, cost, counting, judge, violations};
use crate::support::{Authority, CertificateBuilder, KeyKind, Name, TestKey, keys, oids};

/// That `chain` is refused twice for `expected`, with these numbers of signatures computed, and that nothing is kept.
fn leaves_nothing(
    what: &str,
    builder: VerifierBuilder,
    chain: &Chain,
    expected: &[&str],
    computed: usize,
) {
    let cache = SignatureCache::default();
    let verifier = builder.signature_cache(cache.clone()).build().unwrap();
    for _ in 0..2 {
        let (verdict, found) = judge(&verifier, chain);
        assert_eq!(violations(verdict), expected, "{what}");
        assert_eq!(found, computed, "{what}");
        assert_eq!((cache.len(), cache.octets()), (0, 0), "{what}");
    }
}

fn tampered(der: &[u8]) -> Vec<u8> {
    let mut der = der.to_vec();
    *der.last_mut().unwrap() ^= 1;
    der
}

#[test]
fn a_chain_without_a_path_leaves_nothing() {
    let pki = Pki::ed25519();
    let elsewhere = Authority::root("Elsewhere", TestKey::ed25519(40));
    let twin = Authority::root("Root", TestKey::ed25519(41));
    let under = |root: &Authority| {
        let issuing = root.intermediate("Issuing", TestKey::ed25519(42));
        Chain::new([
            issuing.issue(client("client-1")),
            issuing.der,
            root.der.clone(),
        ])
    };
    let good = pki.client("client-1");
    let leaf = Authority {
        der: pki.issuing.issue(client("client-2")),
        name: Name::cn("client-2"),
        key: TestKey::ed25519(5),
        key_identifier: None,
    };
    let below_leaf = Chain::new([
        leaf.issue(client("client-1")),
        leaf.der.clone(),
        pki.issuing.der.clone(),
    ]);
    let (one, other) = (
        Authority::root("One", TestKey::ed25519(43)),
        Authority::root("Other", TestKey::ed25519(44)),
    );
    let looping = Chain::new([
        one.issue(client("client-1")),
        other.cross_sign(&one),
        one.cross_sign(&other),
    ]);
    // The same, beside a CA that does lead to the anchor, and of its name.
    let loop_of_names = Chain::new([
        one.issue(client("client-1")),
        other.cross_sign(&one),
        one.cross_sign(&other),
        pki.root.intermediate("One", TestKey::ed25519(45)).der,
    ]);
    let expired = Chain::new([
        pki.issuing
            .issue(client("client-1").validity(1_577_836_800, 1_609_459_200)),
        pki.issuing.der.clone(),
    ]);
    let no_path: &[&str] = &["chain@path"];
    let cases = [
        ("unknown anchor", under(&elsewhere), 0, no_path),
        ("anchor of the name, another key", under(&twin), 2, no_path),
        (
            "tampered CA",
            good.with(1, tampered(&pki.issuing.der)),
            1,
            no_path,
        ),
        (
            "tampered end entity",
            good.with(0, tampered(&good.0[0])),
            2,
            no_path,
        ),
        (
            "end entity as CA",
            below_leaf,
            0,
            &["chain@path", "key-usage@presented-1"],
        ),
        ("loop", looping, 0, no_path),
        ("loop beside a CA", loop_of_names, 3, no_path),
        (
            "expired",
            expired,
            0,
            &["chain@path", "validity-period@end-entity"],
        ),
    ];
    for (what, chain, computed, expected) in cases {
        leaves_nothing(what, pki.builder(), &chain, expected, computed);
    }
}

/// All signatures of these hold.
#[test]
fn a_path_that_the_policy_refuses_leaves_nothing() {
    let pki = Pki::ed25519();
    let mut identified = Policy::client();
    let somebody = IdentifierEntry::common_name(Matcher::exact("somebody"));
    identified.subject_identifier = SubjectIdentifier::any_of([somebody]).into();
    let good = pki.client("client-1");
    let weak = pki
        .issuing
        .issue(client("client-1").spki(keys::rsa_spki(1024, 65_537)));
    let cases = [
        (
            pki.builder_for(identified),
            good.clone(),
            "subject-identifier@end-entity",
        ),
        (
            pki.builder(),
            good.with(0, weak),
            "minimum-key-size@end-entity",
        ),
    ];
    for (builder, chain, expected) in cases {
        leaves_nothing(expected, builder, &chain, &[expected], 2);
    }
    let weak_anchor = Authority::root("Root", TestKey::of(KeyKind::Rsa2048, 0));
    let mut policy = Policy::client();
    policy.minimum_key_size.trust_anchor.rsa_bits = 3072;
    let anchors = TrustAnchors::from_pem(&weak_anchor.der).unwrap();
    let builder = Verifier::builder_with_provider(anchors, policy, &counting());
    let chain = Chain::new([weak_anchor.issue(client("client-1"))]);
    let expected = "minimum-key-size@trust-anchor";
    leaves_nothing(expected, builder, &chain, &[expected], 1);
}

/// What audited rules say of a path does not refuse it.
#[test]
fn an_audited_path_is_kept() {
    let pki = Pki::ed25519();
    let mut policy = Policy::client();
    policy
        .minimum_key_size
        .audit(Date::new(2026, 12, 31).unwrap());
    let cache = SignatureCache::default();
    let builder = pki.builder_for(policy).signature_cache(cache.clone());
    let verifier = builder.build().unwrap();
    let weak = client("client-1").spki(keys::rsa_spki(1024, 65_537));
    let chain = pki.client("client-1").with(0, pki.issuing.issue(weak));
    assert_eq!((cost(&verifier, &chain), cost(&verifier, &chain)), (2, 0));
    assert_eq!(cache.len(), 2);
}

/// What a call that ends in acceptance computed on paths that were not taken holds as well, and is kept; what it did not look
/// at is not.
#[test]
fn what_an_accepted_call_computed_is_kept() {
    let pki = Pki::ed25519();
    let old = Authority::root("Old Root", TestKey::ed25519(30));
    let anchors = TrustAnchors::new()
        .with_pem("acme", &pki.root.der)
        .and_then(|anchors| anchors.with_pem("old", &old.der))
        .unwrap();
    let mut policy = Policy::client();
    let entry = IdentifierEntry::common_name(Matcher::exact("client-1"));
    policy.subject_identifier = SubjectIdentifier::any_of([entry.under("acme")]).into();
    let cross = old.cross_sign(&pki.issuing);
    let unused = pki.root.issue(
        CertificateBuilder::ca(Name::cn("Unused"), &TestKey::ed25519(31)).eku(&[oids::CLIENT_AUTH]),
    );
    let end_entity = pki.issuing.issue(client("client-1"));
    for (others, computed) in [
        ([cross.clone(), unused.clone(), pki.issuing.der.clone()], 3),
        ([pki.issuing.der.clone(), unused, cross], 2),
    ] {
        let cache = SignatureCache::default();
        let verifier =
            Verifier::builder_with_provider(anchors.clone(), policy.clone(), &counting())
                .signature_cache(cache.clone())
                .build()
                .unwrap();
        let chain = Chain::new(std::iter::once(end_entity.clone()).chain(others));
        assert_eq!(cost(&verifier, &chain), computed);
        assert_eq!(cache.len(), computed);
        assert_eq!(cost(&verifier, &chain), 0);
        assert_eq!(cache.len(), computed);
        assert_eq!(cost(&verifier, &pki.client("client-1")), 0);
    }
}
