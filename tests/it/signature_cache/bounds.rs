//! How much a cache holds, and what stays in it.

use rustls_policy_verifier::SignatureCache;

use super::{Chain, Pki, client, cost};

/// Octets that a cache may hold beyond its size. It is in parts that each keep within their own, whose sizes are rounded up:
/// one octet for each part, and there are as many as threads suggest.
const SLACK: u64 = 4096;

/// Certificates that are each presented once: they pass through, and those who come again and again stay.
#[test]
fn a_flood_does_not_drive_out_who_comes_again() {
    const SIZE: usize = 256 * 1024;
    const FLOOD: usize = 4000;
    let pki = Pki::ed25519();
    let cache = SignatureCache::with_octets(SIZE);
    let verifier = pki.verifier(&cache);
    let regulars: Vec<_> = (0..60)
        .map(|n| pki.client(&format!("regular {n}")))
        .collect();
    let (mut most, mut computed) = (0, 0);
    for n in 0..FLOOD {
        let stranger = pki.client(&format!("stranger {n}"));
        // The CA is among those who come again.
        let own = cost(&verifier, &stranger);
        assert!(own <= 2, "{own}");
        let regular = cost(&verifier, &regulars[n % regulars.len()]);
        // They were not there before the flood: each round of them finds more.
        if n >= FLOOD / 2 {
            computed += regular;
        }
        most = most.max(cache.octets());
    }
    assert!(most <= u64::try_from(SIZE).unwrap() + SLACK, "{most}");
    // It was full, many times over.
    assert!(most > u64::try_from(SIZE * 9 / 10).unwrap(), "{most}");
    assert!(cache.len() < FLOOD / 5, "{}", cache.len());
    assert_eq!(computed, 0, "signatures of regulars in the second half");
}

/// A CA that is known here is never presented, and comes again in every call.
#[test]
fn a_flood_does_not_drive_out_a_known_intermediate() {
    const FLOOD: usize = 4000;
    let pki = Pki::ed25519();
    let verifier = pki
        .builder()
        .known_intermediates([pki.issuing.der.clone().into()])
        .signature_cache(SignatureCache::with_octets(128 * 1024))
        .build()
        .unwrap();
    let alone = |name: &str| Chain::new([pki.issuing.issue(client(name))]);
    let regulars: Vec<_> = (0..60).map(|n| alone(&format!("regular {n}"))).collect();
    let (mut of_ca, mut of_regulars) = (0, 0);
    for n in 0..FLOOD {
        // The stranger's own signature is none that could be known.
        let stranger = cost(&verifier, &alone(&format!("stranger {n}"))) - 1;
        let regular = cost(&verifier, &regulars[n % regulars.len()]);
        if n >= FLOOD / 2 {
            of_ca += stranger;
            of_regulars += regular;
        }
    }
    assert_eq!((of_ca, of_regulars), (0, 0), "in the second half");
}

/// Once they were there, the flood may come alone.
#[test]
fn a_flood_alone_does_not_drive_out_who_was_there() {
    let pki = Pki::ed25519();
    let cache = SignatureCache::with_octets(256 * 1024);
    let verifier = pki.verifier(&cache);
    let regulars: Vec<_> = (0..60)
        .map(|n| pki.client(&format!("regular {n}")))
        .collect();
    for _ in 0..3 {
        for regular in &regulars {
            cost(&verifier, regular);
        }
    }
    for n in 0..2000 {
        cost(&verifier, &pki.client(&format!("stranger {n}")));
    }
    let computed: usize = regulars
        .iter()
        .map(|regular| cost(&verifier, regular))
        .sum();
    assert_eq!(computed, 0);
}

/// Certificates of all sizes, none of which would fit a message alone any more.
#[test]
fn octets_stay_within_the_largest_size() {
    const PADDING: usize = 60_000;
    let pki = Pki::ed25519();
    for (asked, size) in [
        (usize::MAX, SignatureCache::MOST_OCTETS),
        (1024 * 1024, 1024 * 1024),
    ] {
        let cache = SignatureCache::with_octets(asked);
        let verifier = pki.verifier(&cache);
        let (size, count) = (u64::try_from(size).unwrap(), size / PADDING * 5 / 4);
        let mut most = 0;
        for n in 0..count {
            // Small ones in between, to fill what is left.
            for padding in [PADDING, n % 500] {
                let name = format!("client {n} {padding}");
                let padded =
                    client(&name).extension("1.3.6.1.4.1.32473.9", false, &vec![0; padding]);
                let chain = Chain::new([pki.issuing.issue(padded), pki.issuing.der.clone()]);
                cost(&verifier, &chain);
                most = most.max(cache.octets());
            }
        }
        assert!(most <= size + SLACK, "{asked}: {most}");
        assert!(most > size / 2, "{asked}: {most}");
    }
}

/// What an entry is said to weigh is what it holds, and some more.
#[test]
fn octets_are_those_of_certificates() {
    let pki = Pki::ed25519();
    let cache = SignatureCache::default();
    let verifier = pki.verifier(&cache);
    let mut before = 0;
    for n in 0..20 {
        let chain = pki.client(&format!("client {n}"));
        cost(&verifier, &chain);
        let added = cache.octets() - before;
        let certificates = if n == 0 { &chain.0[..] } else { &chain.0[..1] };
        let count = u64::try_from(certificates.len()).unwrap();
        let octets: u64 = certificates
            .iter()
            .map(|der| u64::try_from(der.len()).unwrap())
            .sum();
        assert!(
            (octets..octets + 500 * count).contains(&added),
            "{added}, {octets}"
        );
        before = cache.octets();
    }
    assert_eq!(cache.len(), 21);
    assert_eq!(
        format!("{cache:?}"),
        format!("SignatureCache {{ signatures: 21, octets: {before} }}")
    );
}
