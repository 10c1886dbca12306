//! With a cache and without, the verdicts and the reports are the same.

use rustls_policy_verifier::{
    ChainReason, Policy, Report, SignatureCache, TrustAnchors, Verifier, VerifyError,
};

use super::{Chain, Pki, client, counting, judge, reason};
#[cfg(feature = "serde")]
use crate::scenarios;
use crate::support::{Authority, TestKey};

fn report(verdict: Result<Report, VerifyError>) -> Report {
    match verdict {
        Ok(report) => report,
        Err(refusal) => refusal.report().clone(),
    }
}

/// One cache serves all scenarios, three times over.
#[cfg(feature = "serde")]
#[test]
fn scenarios_are_judged_alike_with_one_warm_cache() {
    let cache = SignatureCache::default();
    let scenarios = scenarios::all();
    let without: Vec<_> = scenarios
        .iter()
        .map(|scenario| scenario.verdict_with(|builder| builder.without_signature_cache()))
        .collect();
    let accepted = without.iter().filter(|(report, _)| report.accepted).count();
    for round in 1..=3 {
        for (scenario, without) in scenarios.iter().zip(&without) {
            let with = scenario.verdict_with(|builder| builder.signature_cache(cache.clone()));
            assert_eq!(with, *without, "{}, round {round}", scenario.name());
        }
    }
    assert!(cache.len() > accepted / 3, "{} of {accepted}", cache.len());
}

/// CAs of one name, each with a key of its own: two signatures for each that is tried, and twenty are allowed. Whether one
/// was found in the cache or computed, it counts.
#[test]
fn the_bound_on_signatures_does_not_move() {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let anchors = TrustAnchors::from_pem(&root.der).unwrap();
    let builder =
        || Verifier::builder_with_provider(anchors.clone(), Policy::client(), &counting());
    let without = builder().without_signature_cache().build().unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for count in [8, 11, 12, 14] {
        let cas: Vec<_> = (0..count)
            .map(|n| root.intermediate("Issuing", TestKey::ed25519(100 + n)))
            .collect();
        let chain_of = |place: usize, turn: usize| {
            let mut others: Vec<_> = cas.iter().map(|ca| ca.der.clone()).collect();
            others.rotate_left(turn);
            Chain::new(std::iter::once(cas[place].issue(client("client-1"))).chain(others))
        };
        // Cold for each, and warm with all that was accepted.
        let warm = builder().build().unwrap();
        for place in 0..cas.len() {
            for turn in [0, place] {
                let chain = chain_of(place, turn);
                let cold = builder().build().unwrap();
                let expected = report(judge(&without, &chain).0);
                for verifier in [&cold, &warm] {
                    for call in 1..=3 {
                        let found = report(judge(verifier, &chain).0);
                        assert_eq!(found, expected, "{count}, {place}, {turn}, call {call}");
                    }
                }
                if expected.accepted {
                    accepted += 1;
                } else {
                    let why = reason(judge(&warm, &chain).0);
                    assert_eq!(why, ChainReason::TooMuchWork);
                    refused += 1;
                }
            }
        }
    }
    assert!(accepted > 40 && refused > 5, "{accepted}, {refused}");
}

/// Good and tampered chains at once, on one cache that is too small for all.
#[test]
fn threads_share_a_cache_and_are_told_the_truth() {
    const ROUNDS: usize = 40;
    let pki = Pki::ed25519();
    let cache = SignatureCache::with_octets(8 * 1024);
    let verifier = pki.verifier(&cache);
    let good: Vec<_> = (0..24)
        .map(|n| pki.client(&format!("client {n}")))
        .collect();
    let tampered: Vec<_> = (0..)
        .zip(&good)
        .map(|(n, chain): (usize, _)| {
            let place = n % 2;
            let mut der = chain.0[place].to_vec();
            let octet = der.len() - 1 - n * 7;
            der[octet] ^= 1 << (n % 8);
            chain.with(place, der)
        })
        .collect();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (verifier, good, tampered) = (&verifier, &good, &tampered);
            scope.spawn(move || {
                for n in 0..ROUNDS * good.len() {
                    let n = (n * (2 * thread + 1) + thread * 5) % good.len();
                    let (verdict, _) = judge(verifier, &good[n]);
                    assert!(verdict.is_ok(), "good {n}: {verdict:?}");
                    let (verdict, _) = judge(verifier, &tampered[n]);
                    super::assert_no_path(verdict, format_args!("tampered {n}"));
                }
            });
        }
    });
    assert!(!cache.is_empty());
}
