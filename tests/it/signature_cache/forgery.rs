//! With a warm cache, nothing is accepted that differs from what was accepted before.

use pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};
use rustls_policy_verifier::{
    ChainReason, IdentifierEntry, Matcher, Peer, Policy, SignatureCache, SubjectIdentifier, Time,
    TrustAnchors, Verifier, pki_types,
};

use super::{
    Chain, NOW, Pki, assert_no_path, client, cost, counting, judge, judge_peer, provider_of,
    reason, violations,
};
use crate::support::{Authority, CertificateBuilder, KeyKind, Name, RsaScheme, TestKey, der, keys};

/// A verifier whose cache holds a chain, and what is presented in its place.
struct Warm {
    cache: SignatureCache,
    verifier: Verifier,
    chain: Chain,
    held: usize,
}

impl Warm {
    fn new(pki: &Pki) -> Self {
        let cache = SignatureCache::default();
        let verifier = pki.verifier(&cache);
        let chain = pki.client("client-1");
        assert_eq!(cost(&verifier, &chain), 2);
        assert_eq!(cost(&verifier, &chain), 0);
        Self {
            held: cache.len(),
            cache,
            verifier,
            chain,
        }
    }

    fn refuses(&self, chain: &Chain, what: &str) {
        assert_no_path(judge(&self.verifier, chain).0, what);
        assert_eq!(self.cache.len(), self.held, "{what}");
    }
}

/// The whole, the signed part, the algorithm, and the signature's octets.
fn parts(certificate: &[u8]) -> [Vec<u8>; 3] {
    let (whole, rest) = element(certificate);
    assert!(rest.is_empty());
    let (_, inside) = whole.split_at(header(whole));
    let (tbs, rest) = element(inside);
    let (algorithm, rest) = element(rest);
    let (signature, _) = element(rest);
    // Behind the header stands the number of unused bits.
    let signature = &signature[header(signature) + 1..];
    [tbs, algorithm, signature].map(<[u8]>::to_vec)
}

fn header(element: &[u8]) -> usize {
    match element[1] {
        0x81 => 3,
        0x82 => 4,
        _ => 2,
    }
}

/// The first element, with its header, and what is behind it.
fn element(octets: &[u8]) -> (&[u8], &[u8]) {
    let start = header(octets);
    let length = match start {
        2 => usize::from(octets[1]),
        _ => octets[2..start]
            .iter()
            .fold(0, |length, octet| length << 8 | usize::from(*octet)),
    };
    octets.split_at(start + length)
}

fn assemble(tbs: &[u8], algorithm: &[u8], signature: &[u8]) -> Vec<u8> {
    der::sequence(&[tbs.to_vec(), algorithm.to_vec(), der::bit_string(signature)])
}

fn every_flipped_bit_is_refused(kind: KeyKind) {
    let pki = Pki::new(kind);
    let warm = Warm::new(&pki);
    for place in 0..2 {
        let good = warm.chain.0[place].to_vec();
        for bit in 0..good.len() * 8 {
            let mut flipped = good.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let what = format!("bit {bit} of certificate {place}");
            warm.refuses(&warm.chain.with(place, flipped), &what);
        }
    }
    assert_eq!(cost(&warm.verifier, &warm.chain), 0);
}

#[test]
fn every_flipped_bit_is_refused_with_ed25519() {
    every_flipped_bit_is_refused(KeyKind::Ed25519);
}

#[test]
fn every_flipped_bit_is_refused_with_p256() {
    every_flipped_bit_is_refused(KeyKind::P256);
}

/// What is shorter or longer by any number of octets, at either end.
#[test]
fn what_is_cut_or_continued_is_refused() {
    let pki = Pki::ed25519();
    let warm = Warm::new(&pki);
    for place in 0..2 {
        let good = warm.chain.0[place].to_vec();
        for length in 0..good.len() {
            let what = format!("{length} octets of certificate {place}");
            warm.refuses(&warm.chain.with(place, good[..length].to_vec()), &what);
        }
        let longer = [good, vec![0]].concat();
        warm.refuses(&warm.chain.with(place, longer), "one octet more");
    }
}

/// Key, message and signature lie side by side in the cache: octets that move over a boundary keep the whole the same.
#[test]
fn octets_moved_between_fields_are_refused() {
    for kind in [KeyKind::Ed25519, KeyKind::P256, KeyKind::Rsa2048] {
        let pki = Pki::new(kind);
        let warm = Warm::new(&pki);
        for place in 0..2 {
            let [tbs, algorithm, signature] = parts(&warm.chain.0[place]);
            assert_eq!(
                assemble(&tbs, &algorithm, &signature),
                warm.chain.0[place].to_vec()
            );
            let inside = &tbs[header(&tbs)..];
            let mut forged = Vec::new();
            for moved in 1..=40 {
                // From the end of the message to the start of the signature, once with the message's length corrected.
                let (kept, end) = inside.split_at(inside.len() - moved);
                let longer = [end, signature.as_slice()].concat();
                forged.push(assemble(
                    &der::sequence(&[kept.to_vec()]),
                    &algorithm,
                    &longer,
                ));
                let cut = &tbs[..tbs.len() - moved];
                forged.push(assemble(cut, &algorithm, &longer));
                // And the other way.
                let (start, kept) = signature.split_at(moved);
                let longer = [inside, start].concat();
                forged.push(assemble(&der::sequence(&[longer]), &algorithm, kept));
                let longer = [tbs.as_slice(), start].concat();
                forged.push(assemble(&longer, &algorithm, kept));
            }
            // What the hash looks at is the same in all of these.
            let last = &signature[signature.len() - 32..];
            forged.push(assemble(&tbs, &algorithm, last));
            let padded = [&[0; 32], last].concat();
            forged.push(assemble(&tbs, &algorithm, &padded));
            let doubled = [signature.as_slice(), signature.as_slice()].concat();
            forged.push(assemble(&tbs, &algorithm, &doubled));
            forged.push(assemble(&tbs, &algorithm, &[]));
            for (n, forged) in forged.into_iter().enumerate() {
                let what = format!("{kind:?}, certificate {place}, forgery {n}");
                warm.refuses(&warm.chain.with(place, forged), &what);
            }
        }
    }
}

/// The same between the issuer's key and the message: the CA's certificate is genuine each time.
#[test]
fn octets_moved_between_key_and_message_are_refused() {
    let pki = Pki::ed25519();
    let warm = Warm::new(&pki);
    let key = &pki.issuing.key.spki()[12..];
    assert_eq!(key.len(), 32);
    let [tbs, algorithm, signature] = parts(&warm.chain.0[0]);
    let (last, rest) = (&key[31..], &tbs[1..]);
    let cases = [
        (key[..31].to_vec(), [last, tbs.as_slice()].concat()),
        ([key, &tbs[..1]].concat(), rest.to_vec()),
        ([key, tbs.as_slice()].concat(), Vec::new()),
        (Vec::new(), [key, tbs.as_slice()].concat()),
    ];
    for (n, (key, message)) in cases.into_iter().enumerate() {
        let algorithm_of_key = keys::algorithm(crate::support::oids::ED25519, None);
        let ca = CertificateBuilder::ca(Name::cn("Issuing"), &pki.issuing.key)
            .spki(keys::spki(&algorithm_of_key, &key));
        let ca = pki.root.issue(ca);
        for message in [message, tbs.clone()] {
            let forged = assemble(&message, &algorithm, &signature);
            let chain = Chain::new([forged, ca.clone()]);
            warm.refuses(&chain, &format!("case {n}"));
        }
    }
}

/// A good signature under what it was not made for.
#[test]
fn a_known_signature_vouches_for_nothing_else() {
    let pki = Pki::ed25519();
    let warm = Warm::new(&pki);
    let signatures: Vec<_> = warm
        .chain
        .0
        .iter()
        .map(|der| parts(der)[2].clone())
        .collect();
    let forged = [
        pki.issuing.issue(client("client-2")),
        pki.issuing.issue(client("client-1").serial(1)),
        pki.issuing
            .issue(client("client-1").spki(TestKey::ed25519(6).spki())),
        pki.root.issue(client("client-1")),
        warm.chain.0[0].to_vec(),
    ];
    for (n, genuine) in forged.iter().enumerate() {
        let [tbs, algorithm, own] = parts(genuine);
        for signature in &signatures {
            let certificate = assemble(&tbs, &algorithm, signature);
            if *signature == own {
                assert_eq!(certificate, warm.chain.0[0].to_vec());
                continue;
            }
            warm.refuses(&warm.chain.with(0, certificate), &format!("forgery {n}"));
        }
    }
    // A CA of the attacker's, with the signature that vouches for the genuine one.
    let attacker = Authority::root("Issuing", TestKey::ed25519(66));
    let ca = CertificateBuilder::ca(Name::cn("Issuing"), &attacker.key);
    let [tbs, algorithm, _] = parts(&pki.root.issue(ca));
    let chain = Chain::new([
        attacker.issue(client("client-1")),
        assemble(&tbs, &algorithm, &signatures[1]),
    ]);
    warm.refuses(&chain, "the attacker's CA");
}

/// Two CAs of one name, both known: each vouches for its own.
#[test]
fn another_key_of_the_same_name_does_not_count() {
    let pki = Pki::ed25519();
    let warm = Warm::new(&pki);
    let twin = pki.root.intermediate("Issuing", TestKey::ed25519(20));
    let of_twin = Chain::new([twin.issue(client("client-1")), twin.der.clone()]);
    assert_eq!(cost(&warm.verifier, &of_twin), 2);
    let (held, first, second) = (warm.cache.len(), &warm.chain.0, &of_twin.0);
    assert_eq!(held, 4);
    for (end_entity, ca) in [(&first[0], &second[1]), (&second[0], &first[1])] {
        let chain = Chain(vec![end_entity.clone(), ca.clone()]);
        let (verdict, computed) = judge(&warm.verifier, &chain);
        assert_eq!(reason(verdict), ChainReason::BadSignature);
        // That the twin vouches for it is computed, and not kept.
        assert_eq!((computed, warm.cache.len()), (1, held));
        let both = Chain(vec![
            end_entity.clone(),
            ca.clone(),
            first[1].clone(),
            second[1].clone(),
        ]);
        judge(&warm.verifier, &both).0.unwrap();
        assert_eq!(warm.cache.len(), held);
    }
}

/// Trust is not remembered: an anchor of the same name with another key.
#[test]
fn another_anchor_of_the_same_name_does_not_count() {
    let pki = Pki::ed25519();
    let warm = Warm::new(&pki);
    let twin = Authority::root("Root", TestKey::ed25519(20));
    for (other, expected) in [
        (twin, ChainReason::BadSignature),
        (
            Authority::root("Other", TestKey::ed25519(21)),
            ChainReason::UnknownIssuer,
        ),
    ] {
        let anchors = TrustAnchors::from_pem(&other.der).unwrap();
        let verifier = Verifier::builder_with_provider(anchors, Policy::client(), &counting())
            .signature_cache(warm.cache.clone())
            .build()
            .unwrap();
        for _ in 0..2 {
            assert_eq!(reason(judge(&verifier, &warm.chain).0), expected);
        }
        assert_eq!(warm.cache.len(), warm.held);
    }
}

/// RSA signs by several schemes with one key: what holds under one says nothing of another.
#[test]
fn another_scheme_with_the_same_octets_is_refused() {
    let schemes = [RsaScheme::Pkcs1Sha256, RsaScheme::PssSha256];
    for [own, other] in [schemes, [schemes[1], schemes[0]]] {
        let key = |scheme| TestKey::of(KeyKind::Rsa2048, 0).with_rsa_scheme(scheme);
        let root = Authority::root("Root", key(own));
        let issuing = root.intermediate("Issuing", TestKey::of(KeyKind::Rsa2048, 1));
        let pki = Pki { root, issuing };
        let warm = Warm::new(&pki);
        let [tbs, _, signature] = parts(&warm.chain.0[1]);
        let other_algorithm = key(other).signature_algorithm();
        let outside = assemble(&tbs, &other_algorithm, &signature);
        warm.refuses(&warm.chain.with(1, outside), "the algorithm outside");
        let both = CertificateBuilder::ca(Name::cn("Issuing"), &pki.issuing.key)
            .signature_algorithm(other_algorithm.clone());
        let [other_tbs, algorithm, of_other_tbs] = parts(&pki.root.issue(both));
        assert_eq!(algorithm, other_algorithm);
        for signature in [signature, of_other_tbs] {
            let relabelled = assemble(&other_tbs, &algorithm, &signature);
            warm.refuses(&warm.chain.with(1, relabelled), "both algorithms");
        }
    }
}

/// What can change is decided anew: time, policy, purpose.
#[test]
fn what_was_accepted_is_refused_when_things_change() {
    let pki = Pki::ed25519();
    let warm = Warm::new(&pki);
    let sharing = |policy: Policy| {
        let builder = pki.builder_for(policy);
        builder.signature_cache(warm.cache.clone()).build().unwrap()
    };
    for (time, expected) in [
        (Time::from_unix_seconds(1_798_761_600), ChainReason::Expired),
        (
            Time::from_unix_seconds(1_700_000_000),
            ChainReason::NotYetValid,
        ),
    ] {
        let (verdict, computed) = judge_peer(&warm.verifier, &warm.chain, Peer::Client, time);
        assert_eq!((reason(verdict), computed), (expected, 0));
    }

    let mut policy = Policy::client();
    let somebody = IdentifierEntry::common_name(Matcher::exact("somebody"));
    policy.subject_identifier = SubjectIdentifier::any_of([somebody]).into();
    let (verdict, computed) = judge(&sharing(policy), &warm.chain);
    assert_eq!(violations(verdict), ["subject-identifier@end-entity"]);
    assert_eq!(computed, 0);

    let mut policy = Policy::client();
    policy.minimum_key_size.intermediate.ed25519 = false;
    let (verdict, computed) = judge(&sharing(policy), &warm.chain);
    assert_eq!(violations(verdict), ["minimum-key-size@intermediate-1"]);
    assert_eq!(computed, 0);

    let name = "api.acme.example".try_into().unwrap();
    let verifier = sharing(Policy::server());
    let (verdict, _) = judge_peer(&verifier, &warm.chain, Peer::Server(&name), NOW);
    assert_eq!(reason(verdict), ChainReason::WrongPurpose);
    assert_eq!(cost(&warm.verifier, &warm.chain), 0);
}

/// Holds where a signature starts with the digest of key and message, whatever follows: a CA that can have its certificates
/// end in the octets that it likes, and so be found at one place of the table.
#[derive(Debug)]
struct Toy;

impl SignatureVerificationAlgorithm for Toy {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        match signature.split_at_checked(32) {
            Some((digest, _)) if digest == toy_digest(key, message) => Ok(()),
            _ => Err(InvalidSignature),
        }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ED25519
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ED25519
    }
}

fn toy_digest(key: &[u8], message: &[u8]) -> Vec<u8> {
    keys::sha256(&[key, message].concat())
}

static TOY: &[&dyn SignatureVerificationAlgorithm] = &[&Toy];

/// The certificate with the toy's signature of this key; it ends as all of them do.
fn toy_signed(key: &TestKey, certificate: &[u8]) -> Vec<u8> {
    let [tbs, algorithm, _] = parts(certificate);
    let signature = [toy_digest(&key.spki()[12..], &tbs), vec![7; 32]].concat();
    assemble(&tbs, &algorithm, &signature)
}

/// Certificates that the cache finds at one place, laid out differently: each is told from the others.
#[test]
fn what_collides_is_told_apart() {
    let pki = Pki::ed25519();
    let provider = provider_of(TOY);
    let builder = || Verifier::builder_with_provider(pki.anchors(), Policy::client(), &provider);
    let cache = SignatureCache::default();
    let with = builder().signature_cache(cache.clone()).build().unwrap();
    let without = builder().without_signature_cache().build().unwrap();
    let ca = toy_signed(&pki.root.key, &pki.issuing.der);
    let chain = |end_entity: &[u8]| Chain::new([end_entity.to_vec(), ca.clone()]);
    let names: Vec<_> = (0..40)
        .map(|n| "x".repeat(n % 13 + 1) + &n.to_string())
        .collect();
    let certificates: Vec<_> = names
        .iter()
        .map(|name| toy_signed(&pki.issuing.key, &pki.issuing.issue(client(name))))
        .collect();
    for round in 1..=2 {
        for (name, certificate) in names.iter().zip(&certificates) {
            let report = judge(&with, &chain(certificate)).0.unwrap();
            assert_eq!(report.path[0].subject, format!("CN={name}"));
            assert_eq!(Ok(report), judge(&without, &chain(certificate)).0);
            // What nobody signed ends alike, too.
            let forged = toy_signed(&pki.root.key, certificate);
            let (verdict, _) = judge(&with, &chain(&forged));
            assert_eq!(
                reason(verdict),
                ChainReason::BadSignature,
                "{name}, {round}"
            );
        }
    }
    assert_eq!(cache.len(), certificates.len() + 1);
    for certificate in &certificates {
        for bit in (0..certificate.len() * 8).step_by(11) {
            let mut flipped = certificate.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let (with, _) = judge(&with, &chain(&flipped));
            assert_eq!(with, judge(&without, &chain(&flipped)).0, "{bit}");
        }
    }
}
