//! Who was seen before costs no public-key operation; whose cache it is.

use rustls_policy_verifier::{
    BuildError, Peer, Policy, SignatureCache, TrustAnchors, Verifier, rustls,
};

use super::{
    COMPUTED, Chain, FEWER_ALGORITHMS, NOW, Pki, client, cost, counting, judge, provider_of,
};
use crate::support::{Authority, CertificateBuilder, KeyKind, Name, TestKey, keys, oids};

#[test]
fn a_peer_seen_before_costs_no_signature() {
    for kind in KeyKind::ALL {
        let pki = Pki::new(kind);
        let verifier = pki.builder().build().unwrap();
        let chain = pki.client("client-1");
        assert_eq!(cost(&verifier, &chain), 2, "{kind:?}");
        assert_eq!(cost(&verifier, &chain), 0, "{kind:?}");
        COMPUTED.take();
        verifier.recheck(&chain.0, Peer::Client, NOW).unwrap();
        assert_eq!(COMPUTED.with_borrow(Vec::len), 0, "{kind:?}");
        // Another one below the same CA.
        assert_eq!(cost(&verifier, &pki.client("client-2")), 1, "{kind:?}");
        assert_eq!(cost(&verifier, &chain), 0, "{kind:?}");

        let without = pki.builder().without_signature_cache().build().unwrap();
        for _ in 0..3 {
            assert_eq!(cost(&without, &chain), 2, "{kind:?}");
        }
    }
}

#[test]
fn a_long_path_costs_nothing_either() {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let mut path = vec![root];
    for n in 2..=6 {
        let below = path
            .last()
            .unwrap()
            .intermediate(&format!("CA {n}"), TestKey::ed25519(n));
        path.push(below);
    }
    let end_entity = path.last().unwrap().issue(client("client-1"));
    let others = path[1..].iter().rev().map(|ca| ca.der.clone());
    let chain = Chain::new(std::iter::once(end_entity).chain(others));
    let anchors = TrustAnchors::from_pem(&path[0].der).unwrap();
    let cache = SignatureCache::default();
    let verifier = Verifier::builder_with_provider(anchors, Policy::client(), &counting())
        .signature_cache(cache.clone())
        .build()
        .unwrap();
    assert_eq!(cost(&verifier, &chain), 6);
    assert_eq!(cache.len(), 6);
    assert_eq!(cost(&verifier, &chain), 0);
}

/// The length of a cache's life is not that of a verifier; policies, anchors and intermediates known here may differ.
#[test]
fn verifiers_share_a_cache() {
    let pki = Pki::ed25519();
    let cache = SignatureCache::default();
    let chain = pki.client("client-1");
    assert_eq!(cost(&pki.verifier(&cache), &chain), 2);
    let mut policy = Policy::client();
    policy.path_length.max_intermediates = Some(1);
    let other_anchors = TrustAnchors::new()
        .with_pem("other", Authority::root("Other", TestKey::ed25519(8)).der)
        .and_then(|anchors| anchors.with_pem("acme", &pki.root.der))
        .unwrap();
    let other = Verifier::builder_with_provider(other_anchors, policy, &counting())
        .signature_cache(cache.clone())
        .known_intermediates([pki.issuing.der.clone().into()])
        .build()
        .unwrap();
    assert_eq!(cost(&other, &chain), 0);
    let alone = Chain(chain.0[..1].to_vec());
    assert_eq!(cost(&other, &alone), 0);
    assert_eq!(cache.len(), 2);

    // Each has its own unless it is told otherwise.
    assert_eq!(cost(&pki.builder().build().unwrap(), &chain), 2);
}

#[test]
fn extreme_sizes_work() {
    let pki = Pki::ed25519();
    let chain = pki.client("client-1");
    for (octets, first, second) in [
        (0, 2, 2),
        (1, 2, 2),
        (64 * 1024, 2, 0),
        (SignatureCache::MOST_OCTETS, 2, 0),
        (usize::MAX, 2, 0),
    ] {
        let cache = SignatureCache::with_octets(octets);
        let verifier = pki.verifier(&cache);
        assert!(cache.is_empty());
        let found = (cost(&verifier, &chain), cost(&verifier, &chain));
        assert_eq!(found, (first, second), "{octets}");
        assert_eq!(cache.len(), 2 - second, "{octets}");
        assert_eq!(cache.octets() > 0, second == 0, "{octets}");
    }
}

const WRONG_PROVIDER: &str = "the signature cache belongs to verifiers of another crypto provider: give each provider a cache of its own";

#[test]
fn a_cache_belongs_to_one_provider() {
    let pki = Pki::ed25519();
    let cache = SignatureCache::default();
    assert_eq!(cost(&pki.verifier(&cache), &pki.client("client-1")), 2);
    let of = |provider| {
        Verifier::builder_with_provider(pki.anchors(), Policy::client(), &provider)
            .signature_cache(cache.clone())
            .build()
    };
    let ring = rustls::crypto::ring::default_provider();
    for provider in [provider_of(FEWER_ALGORITHMS), ring] {
        let error = of(provider).unwrap_err();
        assert_eq!(error, BuildError::SignatureCache);
        assert_eq!(error.to_string(), WRONG_PROVIDER);
    }
    let default = Verifier::builder(pki.anchors(), Policy::client());
    let error = default.signature_cache(cache.clone()).build().unwrap_err();
    assert_eq!(error, BuildError::SignatureCache);

    // Clones of a provider are the same one, and whatever else it has does not matter.
    let mut clone = counting().clone();
    clone.cipher_suites.clear();
    assert_eq!(cost(&of(clone).unwrap(), &pki.client("client-1")), 0);
}

/// Fails for another reason, each of its own step.
#[test]
fn a_build_that_fails_binds_no_cache() {
    let pki = Pki::ed25519();
    let cache = SignatureCache::default();
    let mut senseless = Policy::client();
    senseless.minimum_key_size.end_entity.rsa_bits = 0;
    let failing = [
        Verifier::builder_with_provider(TrustAnchors::new(), Policy::client(), &counting()),
        pki.builder_for(senseless),
        pki.builder().known_intermediates([vec![0x30, 0].into()]),
        Verifier::builder_with_provider(pki.anchors(), Policy::client(), &provider_of(&[])),
    ];
    for (n, builder) in failing.into_iter().enumerate() {
        let error = builder.signature_cache(cache.clone()).build().unwrap_err();
        assert_ne!(error, BuildError::SignatureCache, "{n}");
    }
    let other = provider_of(FEWER_ALGORITHMS);
    Verifier::builder_with_provider(pki.anchors(), Policy::client(), &other)
        .signature_cache(cache.clone())
        .build()
        .unwrap();
    let error = pki.builder().signature_cache(cache).build().unwrap_err();
    assert_eq!(error, BuildError::SignatureCache);
}

/// The largest end entity key that fits is looked at and never used, wherever its certificate stands.
#[test]
fn a_huge_key_is_never_used() {
    let pki = Pki::ed25519();
    let spki = keys::rsa_spki(16_384, 65_537);
    let huge = || {
        CertificateBuilder::end_entity(Name::cn("client-1"), spki.clone()).eku(&[oids::CLIENT_AUTH])
    };
    let end_entity = pki.issuing.issue(huge());
    // As if it issued certificates; the signature is none.
    let below = CertificateBuilder::ca(Name::cn("Issuing"), &TestKey::ed25519(9))
        .issuer(Name::cn("client-1"))
        .signed_by(&pki.issuing.issuer());
    let again = pki.issuing.issue(huge().serial(7));
    let verifier = pki.builder().build().unwrap();
    let others = [pki.issuing.der.clone(), pki.root.der.clone(), below, again];
    let mut reports = Vec::new();
    for turn in 0..others.len() {
        let mut others = others.clone();
        others.rotate_left(turn);
        let chain = Chain::new(std::iter::once(end_entity.clone()).chain(others));
        let (verdict, computed) = judge(&verifier, &chain);
        let keys = COMPUTED.with_borrow(Clone::clone);
        let used_huge = keys.iter().any(|key| spki.ends_with(key));
        assert!(!used_huge && (1..=4).contains(&computed), "{computed}");
        reports.push(verdict.unwrap_err().report().clone());
    }
    let [violation] = reports[0].violations.as_slice() else {
        panic!("{}", reports[0]);
    };
    assert_eq!(
        violation.to_string(),
        "end-entity: minimum-key-size requires RSA of at most 8192 bits, presented: RSA of 16384 bits"
    );
    assert!(reports.iter().all(|report| *report == reports[0]));
}
