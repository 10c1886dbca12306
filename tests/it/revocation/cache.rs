//! Signatures of stapled responses in the cache.

use rustls_policy_verifier::{
    OcspProblem, OcspStaple, Role, SignatureCache, TrustAnchors, Verifier,
};

use super::{
    NOW_UNIX, Said, Source, Verdict, at, builder, end_entity, good, leaf, policy, response, root,
    server, servers,
};
use crate::support::crl::REVOKED_AT;
use crate::support::{Authority, TestKey};

fn cached(cache: &SignatureCache) -> Verifier {
    let builder = builder(&root(), servers()).signature_cache(cache.clone());
    builder.build().unwrap()
}

#[test]
fn accepted_calls_put_what_they_computed_into_the_cache() {
    let responder = root().ocsp_responder("Responder", TestKey::ed25519(8), |it| it);
    let single = || good(&root(), &leaf());
    let by_root = root().ocsp(response(single()));
    let by_responder = responder.ocsp(response(single()).certificates(vec![responder.der.clone()]));
    // The end entity's, the response's, and the responder's certificate's.
    for (staple, expected) in [(&by_root, 2), (&by_responder, 3)] {
        let cache = SignatureCache::default();
        let verifier = cached(&cache);
        for _ in 0..3 {
            let verdict = server(&verifier, &[leaf()], OcspStaple::Given(staple));
            assert_eq!(verdict, Verdict::known());
            assert_eq!(cache.len(), expected);
        }
    }
}

#[test]
fn refused_calls_put_nothing_into_the_cache() {
    let single = || good(&root(), &leaf());
    let responder = root().ocsp_responder("Responder", TestKey::ed25519(8), |it| it);
    let certificates = vec![responder.der.clone()];
    let tampered = response(single())
        .certificates(certificates)
        .tamper_signature();
    let cache = SignatureCache::default();
    let verifier = cached(&cache);
    for staple in [
        root().ocsp(response(single().revoked(REVOKED_AT, None))),
        root().ocsp(response(single().next_update(NOW_UNIX))),
        root().ocsp(response(single().unknown())),
        // Its certificate's signature holds, and its own does not.
        responder.ocsp(tampered),
        root().ocsp(response(single()).tamper_signature()),
    ] {
        assert!(!server(&verifier, &[leaf()], OcspStaple::Given(&staple)).accepted);
        assert_eq!(cache.len(), 0);
    }
}

/// Under a policy that lets pass what is wrong, what is wrong is not remembered as right.
#[test]
fn only_signatures_that_hold_are_remembered() {
    let cache = SignatureCache::default();
    let lax = policy(Role::Server, |it| {
        it.unparsable = rustls_policy_verifier::Tolerance::AllowWithWarning;
        it.unknown = rustls_policy_verifier::Tolerance::AllowWithWarning;
    });
    let lax = builder(&root(), lax)
        .signature_cache(cache.clone())
        .build()
        .unwrap();
    let staple = root().ocsp(response(good(&root(), &leaf())).tamper_signature());
    for _ in 0..2 {
        let verdict = server(&lax, &[leaf()], OcspStaple::Given(&staple));
        assert!(
            verdict.accepted && verdict.warnings.len() == 2,
            "{verdict:?}"
        );
        assert_eq!(cache.len(), 1);
    }
    let verdict = server(&cached(&cache), &[leaf()], OcspStaple::Given(&staple));
    assert_eq!(
        verdict.violations[0].1,
        Said::BadStaple(OcspProblem::BadSignature)
    );
}

#[test]
fn verdicts_are_the_same_with_and_without_a_cache() {
    let responder = root().ocsp_responder("Responder", TestKey::ed25519(8), |it| it);
    let single = || good(&root(), &leaf());
    let genuine = root().ocsp(response(single()));
    let mut changed = genuine.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    let staples = [
        genuine,
        changed,
        responder.ocsp(response(single()).certificates(vec![responder.der.clone()])),
        responder.ocsp(response(single())),
        root().ocsp(response(single().revoked(REVOKED_AT, Some(1)))),
        root().ocsp(response(single().unknown())),
        root().ocsp(response(single().next_update(NOW_UNIX))),
        root().ocsp(response(single()).tamper_signature()),
        Vec::new(),
    ];
    let cache = SignatureCache::default();
    let with = cached(&cache);
    let without = builder(&root(), servers())
        .without_signature_cache()
        .build()
        .unwrap();
    let mut accepted = 0;
    for _ in 0..3 {
        for staple in &staples {
            let [one, other] = [&with, &without]
                .map(|verifier| server(verifier, &[leaf()], OcspStaple::Given(staple)));
            assert_eq!(one, other);
            accepted += usize::from(one.accepted);
        }
    }
    assert_eq!(accepted, 6);
}

/// Two CAs of one name, and a response whose identifier fits both as far as names go.
#[test]
fn a_signature_under_one_key_is_none_under_another() {
    let old = Authority::root("Acme CA", TestKey::ed25519(11));
    let new = Authority::root("Acme CA", TestKey::ed25519(12));
    let serial = [0x42; 16];
    let [of_old, of_new] = [&old, &new].map(|ca| ca.issue(end_entity().serial_bytes(&serial)));
    let cache = SignatureCache::default();
    let anchors = TrustAnchors::from_pem(&old.der).unwrap();
    let anchors = anchors.with_pem("new", &new.der).unwrap();
    let verifier = Verifier::builder(anchors, servers()).signature_cache(cache.clone());
    let verifier = verifier.build().unwrap();
    let verdict =
        |leaf: &[u8], staple: &[u8]| server(&verifier, &[leaf.to_vec()], OcspStaple::Given(staple));
    // Signed by the old key, about both.
    let both = response(good(&old, &of_old)).single(good(&new, &of_new));
    let by_old = old.ocsp(both);
    assert_eq!(verdict(&of_old, &by_old), Verdict::known());
    assert_eq!(cache.len(), 2);
    for _ in 0..2 {
        let other = verdict(&of_new, &by_old);
        assert_eq!(
            other.violations[0].1,
            Said::BadStaple(OcspProblem::BadSignature)
        );
        assert!(!other.accepted);
    }
    // Another response with the signature of one that is remembered.
    let revoking = old.ocsp(response(good(&old, &of_old).revoked(REVOKED_AT, None)));
    let revoked = Said::Revoked(Source::Staple, at(REVOKED_AT), None);
    assert_eq!(verdict(&of_old, &revoking), Verdict::refused(revoked));
    let mut grafted = old.ocsp(response(good(&old, &of_old).next_update(NOW_UNIX + 1)));
    let place = grafted.len() - 64;
    let last = by_old.len() - 64;
    grafted[place..].copy_from_slice(&by_old[last..]);
    let grafted = verdict(&of_old, &grafted);
    assert_eq!(
        grafted.violations[0].1,
        Said::BadStaple(OcspProblem::BadSignature)
    );
}
