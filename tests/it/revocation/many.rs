//! Several CRLs, several issuers, several verifiers, several threads.

use std::sync::{Arc, Barrier};

use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls_policy_verifier::{
    Crl, CrlRefusal, OcspStaple, Policy, Position, Report, RevocationCheck, Role, Staleness,
    Tolerance, TrustAnchors, Verifier, VerifyError, rustls,
};

use super::{
    DAY, HOUR, NOW_UNIX, Said, Source, Verdict, at, builder, client, client_with, clients, crl,
    end_entity, leaf, load, outcome, policy, root,
};
use crate::support::crl::REVOKED_AT;
use crate::support::{
    Authority, CrlBuilder, IssuingDistributionPoint, KeyKind, RsaScheme, TestKey, big_crl,
    serial_of,
};

fn crls_in_every_order(crls: &[Vec<u8>]) -> Vec<Vec<Vec<u8>>> {
    if crls.len() <= 1 {
        return vec![crls.to_vec()];
    }
    let mut orders = Vec::new();
    for first in 0..crls.len() {
        let mut rest = crls.to_vec();
        let taken = rest.remove(first);
        for mut order in crls_in_every_order(&rest) {
            order.insert(0, taken.clone());
            orders.push(order);
        }
    }
    orders
}

fn report(leaf: &[u8], crls: &[Vec<u8>]) -> Result<Report, VerifyError> {
    let verifier = builder(&root(), clients())
        .crls(load(crls))
        .build()
        .unwrap();
    outcome(
        &verifier,
        Role::Client,
        &[leaf.to_vec()],
        OcspStaple::NotApplicable,
    )
}

/// Whole reports: which CRL is named among them.
#[test]
fn the_order_of_crls_does_not_matter() {
    let (leaf, serial) = (leaf(), serial_of(&leaf()));
    let signed = |builder: CrlBuilder| root().crl(builder);
    let ended = |number: u64, before: i64| {
        signed(
            crl()
                .number(number)
                .this_update(NOW_UNIX - 9 * DAY)
                .next_update(NOW_UNIX - before),
        )
    };
    let revoking = |number: u64, reason| {
        signed(
            crl()
                .number(number)
                .revoke_with(&serial, NOW_UNIX - DAY, Some(reason)),
        )
    };
    let only_ca = IssuingDistributionPoint {
        only_ca: true,
        ..Default::default()
    };
    let sets = [
        (
            "current and ended",
            vec![signed(crl()), ended(2, DAY), ended(3, HOUR)],
        ),
        (
            "ended",
            vec![ended(1, DAY), ended(2, HOUR), ended(3, 2 * DAY)],
        ),
        (
            "ended at one time",
            vec![ended(1, DAY), ended(2, DAY), ended(3, DAY)],
        ),
        (
            "of the future, and ended",
            vec![
                ended(1, DAY),
                signed(crl().number(2).this_update(NOW_UNIX + 1)),
            ],
        ),
        (
            "one revokes",
            vec![signed(crl()), revoking(2, 1), ended(3, DAY)],
        ),
        (
            "several revoke",
            vec![revoking(1, 1), revoking(2, 4), revoking(3, 1)],
        ),
        (
            "several are forged",
            vec![
                signed(crl().number(1).tamper_signature()),
                signed(crl().number(2).tamper_signature()),
            ],
        ),
        (
            "one is forged",
            vec![
                signed(crl()),
                signed(crl().number(2).revoke(&serial).tamper_signature()),
            ],
        ),
        (
            "forged, and about others",
            vec![
                signed(crl().tamper_signature()),
                signed(crl().number(2).issuing_distribution_point(&only_ca)),
            ],
        ),
    ];
    let mut differ = Vec::new();
    for (name, crls) in sets {
        let orders = crls_in_every_order(&crls);
        let first = report(&leaf, &orders[0]);
        if orders.iter().any(|order| report(&leaf, order) != first) {
            differ.push(name);
        }
    }
    assert!(differ.is_empty(), "{differ:?}");
}

/// Of several stale CRLs, the one that ended last is named, whatever the order.
#[test]
fn what_is_said_of_several_crls() {
    let ended = |number: u64, before: i64| {
        let builder = crl().number(number).this_update(NOW_UNIX - 9 * DAY);
        root().crl(builder.next_update(NOW_UNIX - before))
    };
    let why = Staleness::Ended {
        next_update: at(NOW_UNIX - HOUR),
    };
    let stale = Said::Stale(Source::Crl("2".into()), why);
    for order in crls_in_every_order(&[ended(1, DAY), ended(2, HOUR), ended(3, 2 * DAY)]) {
        assert_eq!(
            client_with(&leaf(), &order),
            Verdict::refused(stale.clone())
        );
    }
}

/// A CA that rolled its key over: two anchors of one name, each with end entities and a CRL of its own.
struct RollOver {
    old: Authority,
    new: Authority,
}

impl RollOver {
    fn new() -> Self {
        Self {
            old: Authority::root("Acme CA", TestKey::ed25519(11)),
            new: Authority::root("Acme CA", TestKey::ed25519(12)),
        }
    }

    fn verdict(&self, leaf: &[u8], crls: &[Vec<u8>]) -> Verdict {
        let anchors = TrustAnchors::from_pem(&self.old.der).unwrap();
        let anchors = anchors.with_pem("new", &self.new.der).unwrap();
        let verifier = Verifier::builder(anchors, clients())
            .crls(load(crls))
            .build()
            .unwrap();
        client(&verifier, &[leaf.to_vec()])
    }
}

#[test]
fn each_key_of_a_name_answers_for_its_own_certificates() {
    let ca = RollOver::new();
    let serial: &[u8] = &[0x42; 16];
    let leaves = [&ca.old, &ca.new].map(|ca| ca.issue(end_entity().serial_bytes(serial)));
    let clean = [ca.old.crl(crl().number(1)), ca.new.crl(crl().number(2))];
    let revoking = [
        ca.old.crl(crl().number(3).revoke(serial)),
        ca.new.crl(crl().number(4).revoke(serial)),
    ];
    let revoked = |number: &str| {
        Verdict::refused(Said::Revoked(
            Source::Crl(number.into()),
            at(REVOKED_AT),
            None,
        ))
    };
    let refused =
        |number: &str| Verdict::refused(Said::RefusedCrl(number.into(), CrlRefusal::BadSignature));
    let [old, new] = &leaves;
    for crls in [clean.to_vec(), vec![clean[1].clone(), clean[0].clone()]] {
        assert_eq!(ca.verdict(old, &crls), Verdict::known());
        assert_eq!(ca.verdict(new, &crls), Verdict::known());
    }
    // The other key's CRL neither revokes nor makes known.
    let crls = [clean[0].clone(), revoking[1].clone()];
    assert_eq!(ca.verdict(old, &crls), Verdict::known());
    assert_eq!(ca.verdict(new, &crls), revoked("4"));
    let crls = [revoking[0].clone(), clean[1].clone()];
    assert_eq!(ca.verdict(old, &crls), revoked("3"));
    assert_eq!(ca.verdict(new, &crls), Verdict::known());
    assert_eq!(ca.verdict(old, &clean[1..]), refused("2"));
    assert_eq!(ca.verdict(new, &clean[..1]), refused("1"));
    assert_eq!(ca.verdict(new, &revoking[..1]), refused("3"));
    let both = [revoking[0].clone(), revoking[1].clone()];
    assert_eq!(ca.verdict(old, &both), revoked("3"));
    assert_eq!(ca.verdict(new, &both), revoked("4"));
}

/// Also where no status has to be known: it may stand in the place of one that lists the certificate.
#[test]
fn a_crl_of_somebody_else_refuses_at_every_position() {
    let issuing = root().intermediate("Issuing", TestKey::ed25519(2));
    let chain = [issuing.issue(end_entity()), issuing.der.clone()];
    let end_entity_alone = policy(Role::Client, |it| it.check = RevocationCheck::EndEntity);
    let verdict = |of_root: Vec<Vec<u8>>| {
        let crls = [vec![issuing.crl(crl())], of_root].concat();
        let builder = builder(&root(), end_entity_alone.clone()).crls(load(&crls));
        client(&builder.build().unwrap(), &chain)
    };
    let forged = root().crl(crl().number(4).tamper_signature());
    let refused = Verdict {
        accepted: false,
        violations: vec![(
            Position::Intermediate(1),
            Said::RefusedCrl("4".into(), CrlRefusal::BadSignature),
        )],
        warnings: vec![],
    };
    assert_eq!(verdict(vec![forged.clone()]), refused);
    assert_eq!(verdict(vec![]), Verdict::known());
    // One that holds makes known that it is not the issuer's only one.
    assert_eq!(verdict(vec![forged, root().crl(crl())]), Verdict::known());
}

/// What was found of a CRL is not found of another with the same issuer, number and times, signature and all.
#[test]
fn a_genuine_crl_lends_nothing_to_a_changed_one() {
    let leaf = leaf();
    let genuine = root().crl(crl().revoke(&[0x31; 16]));
    let mut changed = genuine.clone();
    let place = genuine.windows(16).position(|it| it == [0x31; 16]).unwrap();
    changed[place + 1] ^= 1;
    let refused = Verdict::refused(Said::RefusedCrl("1".into(), CrlRefusal::BadSignature));
    for _ in 0..3 {
        assert_eq!(
            client_with(&leaf, std::slice::from_ref(&genuine)),
            Verdict::known()
        );
        assert_eq!(client_with(&leaf, std::slice::from_ref(&changed)), refused);
    }
    // Side by side in one verifier the genuine one counts, and the other one's entry does not.
    let mut forged = root().crl(crl().revoke(&serial_of(&leaf)));
    let last = forged.len() - 1;
    forged[last] ^= 1;
    for crls in crls_in_every_order(&[genuine, forged]) {
        assert_eq!(client_with(&leaf, &crls), Verdict::known());
    }
}

/// One CRL, loaded once, in verifiers that trust other keys and use other providers.
#[test]
fn verifiers_that_share_a_crl_judge_it_each_for_itself() {
    let ca = RollOver::new();
    let shared = load(&[ca.old.crl(crl())]);
    let leaves = [&ca.old, &ca.new].map(|ca| ca.issue(end_entity()));
    let verifier = |anchor: &Authority| {
        let crls = shared.iter().cloned();
        builder(anchor, clients()).crls(crls).build().unwrap()
    };
    let refused = Verdict::refused(Said::RefusedCrl("1".into(), CrlRefusal::BadSignature));
    let [old, new] = leaves.map(|leaf| vec![leaf]);
    let (of_old, of_new) = (verifier(&ca.old), verifier(&ca.new));
    for _ in 0..2 {
        assert_eq!(client(&of_new, &new), refused);
        assert_eq!(client(&of_old, &old), Verdict::known());
    }
    assert_eq!(client(&verifier(&ca.new), &new), refused);
    assert_eq!(client(&verifier(&ca.old), &old), Verdict::known());

    // P-384 is in both lists; a provider without it refuses what others have found to hold.
    let root = Authority::root("P-384", TestKey::of(KeyKind::P384, 0));
    let leaf = vec![root.issue(end_entity())];
    let shared = load(&[root.crl(crl())]);
    let ring = rustls::crypto::ring::default_provider();
    let anchors = || TrustAnchors::from_pem(&root.der).unwrap();
    let ours = || Verifier::builder(anchors(), clients());
    let theirs = || Verifier::builder_with_provider(anchors(), clients(), &ring);
    for _ in 0..2 {
        for builder in [ours(), theirs()] {
            let verifier = builder.crls(shared.iter().cloned()).build().unwrap();
            assert_eq!(client(&verifier, &leaf), Verdict::known());
        }
    }
}

/// A CRL of the issuer's name by a key of another kind, or the issuer's own when it may not sign CRLs.
#[test]
fn who_may_sign_crls() {
    use crate::support::extensions::usage;
    let leaf_of = |root: &Authority| vec![root.issue(end_entity())];
    let without = Authority::root_with("Root", TestKey::ed25519(1), |root| {
        root.key_usage_bits(&[usage::KEY_CERT_SIGN])
    });
    let with = |policy: Policy, root: &Authority, crl: Vec<u8>| {
        let verifier = builder(root, policy).crls(load(&[crl])).build().unwrap();
        client(&verifier, &leaf_of(root))
    };
    let refused = |why| Verdict::refused(Said::RefusedCrl("1".into(), why));
    let own = without.crl(crl());
    assert_eq!(
        with(clients(), &without, own.clone()),
        refused(CrlRefusal::KeyUsage)
    );
    let lax = policy(Role::Client, |revocation| {
        revocation.trust_anchor = rustls_policy_verifier::AnchorCheck::Ignore;
    });
    assert_eq!(with(lax, &without, own), Verdict::known());
    let other_kind = Authority::root("Root", TestKey::of(KeyKind::P256, 0));
    let by_other = with(clients(), &root(), other_kind.crl(crl()));
    assert_eq!(by_other, refused(CrlRefusal::BadSignature));
}

#[test]
fn threads_that_use_a_fresh_crl_at_once_agree() {
    const THREADS: usize = 8;
    // Below an intermediate, for the CRLs of anchors are verified when the verifier is built.
    let issuing = root().intermediate("Issuing", TestKey::ed25519(2));
    let good = issuing.issue(end_entity());
    let bad = issuing.issue(end_entity().serial_bytes(&[0x55; 16]));
    let serial = |index: u32| {
        let mut serial = [0x55; 16];
        serial[12..].copy_from_slice(&(index ^ 0x5555_5555).to_be_bytes());
        serial
    };
    let big = big_crl(&issuing.issuer(), 100_000, serial);
    let mut forged = big.clone();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let reason = Some(rustls_policy_verifier::RevocationReason::KeyCompromise);
    let revoked = Verdict::refused(Said::Revoked(
        Source::Crl("1".into()),
        at(REVOKED_AT),
        reason,
    ));
    let refused = Verdict::refused(Said::RefusedCrl("1".into(), CrlRefusal::BadSignature));
    for (der, expected) in [
        (big, [Verdict::known(), revoked]),
        (forged, [refused.clone(), refused]),
    ] {
        let fresh = Crl::from_der(der).unwrap();
        let crls = [fresh].into_iter().chain(load(&[root().crl(crl())]));
        let verifier = Arc::new(builder(&root(), clients()).crls(crls).build().unwrap());
        let start = Arc::new(Barrier::new(THREADS));
        let threads: Vec<_> = (0..THREADS)
            .map(|n| {
                let (verifier, start) = (Arc::clone(&verifier), Arc::clone(&start));
                let leaves = [good.clone(), bad.clone()];
                let above = issuing.der.clone();
                std::thread::spawn(move || {
                    start.wait();
                    let verdict =
                        |leaf: &Vec<u8>| client(&verifier, &[leaf.clone(), above.clone()]);
                    let mut verdicts = [n % 2, 1 - n % 2].map(|n| (n, verdict(&leaves[n])));
                    verdicts.sort_by_key(|(n, _)| *n);
                    verdicts.map(|(_, verdict)| verdict)
                })
            })
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), expected);
        }
    }
}

/// What one provider found of a CRL is not found by one that lacks its algorithm.
#[test]
fn providers_with_other_algorithms_share_a_crl() {
    static FEW: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
        all: &[webpki::ring::RSA_PKCS1_2048_8192_SHA256],
        mapping: &[(
            SignatureScheme::RSA_PKCS1_SHA256,
            &[webpki::ring::RSA_PKCS1_2048_8192_SHA256],
        )],
    };
    let key = TestKey::of(KeyKind::Rsa2048, 0);
    let root = Authority::root("RSA", key.clone());
    let leaf = vec![root.issue(end_entity())];
    let signer = Authority {
        key: key.with_rsa_scheme(RsaScheme::Pkcs1Sha512),
        ..root.clone()
    };
    let shared = load(&[signer.crl(crl())]);
    let mut few = rustls::crypto::ring::default_provider();
    few.signature_verification_algorithms = FEW;
    let anchors = || TrustAnchors::from_pem(&root.der).unwrap();
    for _ in 0..2 {
        let all = Verifier::builder(anchors(), clients()).crls(shared.clone());
        assert_eq!(client(&all.build().unwrap(), &leaf), Verdict::known());
        let few = Verifier::builder_with_provider(anchors(), clients(), &few);
        let few = few.crls(shared.clone()).build().unwrap();
        let verdict = client(&few, &leaf);
        let [(_, Said::RefusedCrl(_, CrlRefusal::Algorithm(_)))] = &verdict.violations[..] else {
            panic!("{verdict:?}");
        };
    }
}

/// Where a status of another time is allowed, an old CRL does not cover up a newer one that somebody changed.
#[test]
fn a_forged_crl_beside_an_old_one() {
    let lax = policy(Role::Client, |it| {
        it.unknown = Tolerance::AllowWithWarning;
        it.stale = Tolerance::AllowWithWarning;
    });
    let changed = crl()
        .number(9)
        .revoke(&serial_of(&leaf()))
        .tamper_signature();
    let changed = root().crl(changed);
    let old = crl().number(1).this_update(NOW_UNIX - 9 * DAY);
    let old = root().crl(old.next_update(NOW_UNIX - DAY));
    let refused = Verdict::refused(Said::RefusedCrl("9".to_owned(), CrlRefusal::BadSignature));
    for crls in crls_in_every_order(&[changed.clone(), old]) {
        let verifier = builder(&root(), lax.clone()).crls(load(&crls)).build();
        assert_eq!(client(&verifier.unwrap(), &[leaf()]), refused);
    }
    // Beside one that holds it may be of another CA of that name.
    let current = root().crl(crl());
    assert_eq!(client_with(&leaf(), &[changed, current]), Verdict::known());
}
