//! OCSP responses: which load, who may sign them, and which answer.

use std::fmt;

use pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls_policy_verifier::{
    MAX_OCSP_OCTETS, OcspProblem, OcspResponse, OcspStaple, OidBuf, Position, Problem,
    ResponderProblem, RevocationReason, Role, SignatureAlgorithm, Staleness, TrustAnchors,
    Verifier, pki_types, rustls,
};

use super::{
    DAY, HOUR, NOW, NOW_UNIX, Said, Source, Verdict, at, builder, client, clients, crl, end_entity,
    good, leaf, load, load_responses, no_crl, policy, response, root, server, server_with, servers,
};
use crate::support::crl::REVOKED_AT;
use crate::support::extensions::usage;
use crate::support::{
    Authority, CertIdHash, CertificateBuilder, Issuer, KeyKind, Name, OcspBuilder, SingleBuilder,
    TestKey, der, keys, oids, serial_of,
};

fn oid(dotted: &str) -> OidBuf {
    OidBuf::parse(dotted).unwrap()
}

/// About the end entity, by the root.
fn single() -> SingleBuilder {
    good(&root(), &leaf())
}

pub(super) fn bad(problem: OcspProblem) -> Verdict {
    let mut verdict = Verdict::refused(Said::BadStaple(problem));
    // It is as good as none, of the handed over there is none, and so nothing is known.
    verdict
        .violations
        .push((Position::EndEntity, Said::nothing("Root")));
    verdict
}

fn revoked(source: Source, reason: Option<RevocationReason>) -> Verdict {
    Verdict::refused(Said::Revoked(source, at(REVOKED_AT), reason))
}

pub(super) fn responder(problem: ResponderProblem) -> OcspProblem {
    OcspProblem::Responder(problem)
}

#[test]
fn every_problem_of_decoding_by_its_value() {
    let unknown = format!("{}.5", oids::EXAMPLE_ARC);
    let ours = || response(single());
    let of_single = |single: SingleBuilder| response(single);
    let is = |field: &'static str, problem: Problem| (field, problem);
    let value = Problem::Value;
    let by_value = [
        (
            ours().response_type(&unknown),
            OcspProblem::ResponseType(oid(&unknown)),
        ),
        (ours().response_status(1), OcspProblem::NoAnswer(1)),
        (ours().response_status(6), OcspProblem::NoAnswer(6)),
        (ours().response_status(255), OcspProblem::NoAnswer(255)),
        (
            ours().extension(&unknown, true, &der::null()),
            OcspProblem::CriticalExtension(oid(&unknown)),
        ),
        (
            of_single(single().extension(&unknown, true, &der::null())),
            OcspProblem::CriticalExtension(oid(&unknown)),
        ),
    ];
    for (index, (builder, expected)) in by_value.into_iter().enumerate() {
        let staple = root().ocsp(builder);
        assert_eq!(
            OcspResponse::from_der(staple.as_slice()),
            Err(expected.clone()),
            "{index}"
        );
        assert_eq!(server_with(&leaf(), &staple), bad(expected), "{index}");
    }

    let undecodable = [
        (
            ours().trailing(&der::null()),
            is("ocspResponse", Problem::TrailingData),
        ),
        (
            ours().trailing_basic(&der::null()),
            is("basicOCSPResponse", Problem::TrailingData),
        ),
        (
            ours().trailing_tbs(&der::null()),
            is("responseData", Problem::TrailingData),
        ),
        (
            ours().version_raw(der::explicit(0, &der::integer_u64(1))),
            is("responseData.version", value("a version that is not 1")),
        ),
        (
            ours().responder_raw(der::explicit(3, &der::null())),
            is(
                "responseData",
                Problem::UnexpectedTag {
                    expected: 0xa1,
                    found: 0xa3,
                },
            ),
        ),
        (
            of_single(single().this_update(NOW_UNIX).next_update(NOW_UNIX - 1)),
            is(
                "singleResponse",
                value("nextUpdate is earlier than thisUpdate"),
            ),
        ),
        (
            of_single(single().status_raw(der::implicit_primitive(3, &[]))),
            is("singleResponse", value("a CertStatus that is not defined")),
        ),
        (
            of_single(single().status_raw(der::implicit_primitive(0, &[0]))),
            is("singleResponse", value("a CertStatus that is not defined")),
        ),
        (
            of_single(single().revoked(REVOKED_AT, Some(7))),
            is("revocationReason", value("a CRLReason that is not defined")),
        ),
        (
            ours().certificates(vec![leaf(); 9]),
            is(
                "certs",
                Problem::TooMany {
                    most: 8,
                    what: "certificates",
                },
            ),
        ),
        (
            (0..17).fold(ours(), |builder, n| {
                builder.extension(&format!("{}.{n}", oids::EXAMPLE_ARC), false, &[])
            }),
            is(
                "extensions",
                Problem::TooMany {
                    most: 16,
                    what: "extensions",
                },
            ),
        ),
    ];
    for (index, (builder, expected)) in undecodable.into_iter().enumerate() {
        let staple = root().ocsp(builder);
        let problem = OcspResponse::from_der(staple.as_slice()).unwrap_err();
        assert_eq!(
            server_with(&leaf(), &staple),
            bad(problem.clone()),
            "{index}"
        );
        let OcspProblem::Undecodable(error) = problem else {
            panic!("{index}: {problem:?}");
        };
        assert_eq!((error.field, error.problem), expected, "{index}");
    }
    let empty = server_with(&leaf(), &[]);
    assert_eq!(empty, bad(OcspProblem::Empty));
    let pem = b"-----BEGIN OCSP RESPONSE-----\nMAMKAQM=\n-----END OCSP RESPONSE-----\n";
    assert_eq!(server_with(&leaf(), pem), bad(OcspProblem::Pem));
}

#[test]
fn a_response_without_an_answer_about_the_certificate() {
    let other = OcspProblem::OtherCertificate;
    let mut next_serial = serial_of(&leaf());
    next_serial[15] ^= 1;
    let namesake = Authority::root("Root", TestKey::ed25519(77));
    let same_key = Authority::root("Toor", TestKey::ed25519(1));
    let ids: Vec<(&str, Option<SingleBuilder>)> = vec![
        ("none", None),
        (
            "another serial number",
            Some(SingleBuilder::good(&root(), &next_serial)),
        ),
        (
            "another key of the issuer's name",
            Some(good(&namesake, &leaf())),
        ),
        (
            "another name with the issuer's key",
            Some(good(&same_key, &leaf())),
        ),
        ("no name", Some(single().name_hash(&[]))),
        ("no key", Some(single().key_hash(&[]))),
        // SHA-256 of the names, said to be SHA-1.
        (
            "another hash",
            Some(
                single()
                    .hash(CertIdHash::Sha256)
                    .hash_algorithm(keys::algorithm(oids::SHA1, None)),
            ),
        ),
    ];
    for (name, single) in ids {
        let builder = single.map_or_else(OcspBuilder::new, response);
        let staple = root().ocsp(builder);
        assert_eq!(server_with(&leaf(), &staple), bad(other.clone()), "{name}");
    }
    for hash in [CertIdHash::Sha1, CertIdHash::Sha256] {
        let staple = root().ocsp(response(single().hash(hash)));
        assert_eq!(server_with(&leaf(), &staple), Verdict::known(), "{hash:?}");
    }
}

/// The staple of one certificate, shown with another: of the same issuer, and of another with the same serial number.
#[test]
fn a_staple_serves_no_other_certificate() {
    let other_root = Authority::root("Other Root", TestKey::ed25519(3));
    let serial = [0x42; 16];
    let one = root().issue(end_entity().serial_bytes(&serial));
    let two = root().issue(end_entity());
    let elsewhere = other_root.issue(end_entity().serial_bytes(&serial));
    let of_one = root().ocsp(response(good(&root(), &one)));
    let of_two = root().ocsp(response(good(&root(), &two)));
    let of_elsewhere = other_root.ocsp(response(good(&other_root, &elsewhere)));
    assert_eq!(server_with(&one, &of_one), Verdict::known());
    assert_eq!(server_with(&two, &of_two), Verdict::known());
    let swapped = bad(OcspProblem::OtherCertificate);
    assert_eq!(server_with(&one, &of_two), swapped);
    assert_eq!(server_with(&two, &of_one), swapped);
    assert_eq!(server_with(&one, &of_elsewhere), swapped);
    // The right identifier, signed by the other issuer.
    let forged = other_root.ocsp(response(good(&root(), &one)));
    assert_eq!(
        server_with(&one, &forged),
        bad(OcspProblem::UnknownResponder)
    );

    // Both are trusted here.
    let anchors = TrustAnchors::from_pem(&root().der).unwrap();
    let anchors = anchors.with_pem("other", &other_root.der).unwrap();
    let verifier = Verifier::builder(anchors, servers()).build().unwrap();
    let mut wrong = swapped;
    wrong.violations[1] = (Position::EndEntity, Said::nothing("Other Root"));
    let verdict = server(
        &verifier,
        std::slice::from_ref(&elsewhere),
        OcspStaple::Given(&of_one),
    );
    assert_eq!(verdict, wrong);
    let verdict = server(&verifier, &[elsewhere], OcspStaple::Given(&of_elsewhere));
    assert_eq!(verdict, Verdict::known());
}

/// A responder below the root with a certificate that `change` adapts, and what comes of its response.
fn by_delegate(change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Verdict {
    let responder = root().ocsp_responder("Responder", TestKey::ed25519(8), change);
    let staple = with_its_certificate(&responder, response(single()));
    server_with(&leaf(), &staple)
}

pub(super) fn with_its_certificate(responder: &Authority, builder: OcspBuilder) -> Vec<u8> {
    responder.ocsp(builder.certificates(vec![responder.der.clone()]))
}

#[test]
fn responders_with_a_certificate_of_the_issuer() {
    use ResponderProblem as P;
    assert_eq!(by_delegate(|it| it), Verdict::known());
    assert_eq!(by_delegate(|it| it.no_key_usage()), Verdict::known());
    let both = [oids::OCSP_SIGNING, oids::SERVER_AUTH];
    assert_eq!(by_delegate(|it| it.eku(&both)), Verdict::known());
    let non_repudiation = [usage::CONTENT_COMMITMENT];
    assert_eq!(
        by_delegate(|it| it.key_usage_bits(&non_repudiation)),
        Verdict::known()
    );
    assert_eq!(
        by_delegate(|it| it.validity(NOW_UNIX, NOW_UNIX)),
        Verdict::known()
    );

    let refused = |problem| bad(responder(problem));
    assert_eq!(by_delegate(|it| it.no_eku()), refused(P::Purpose));
    assert_eq!(
        by_delegate(|it| it.eku(&[oids::ANY_EXTENDED_KEY_USAGE])),
        refused(P::Purpose)
    );
    assert_eq!(
        by_delegate(|it| it.eku(&[oids::SERVER_AUTH])),
        refused(P::Purpose)
    );
    let enciphers = [usage::KEY_ENCIPHERMENT, usage::KEY_CERT_SIGN];
    assert_eq!(
        by_delegate(|it| it.key_usage_bits(&enciphers)),
        refused(P::KeyUsage)
    );
    let unknown = format!("{}.5", oids::EXAMPLE_ARC);
    assert_eq!(
        by_delegate(|it| it.extension(&unknown, true, &der::null())),
        refused(P::CriticalExtension)
    );
    assert_eq!(
        by_delegate(|it| it.tamper_signature()),
        refused(P::NotIssued)
    );
    assert_eq!(
        by_delegate(|it| it.issuer(Name::cn("Other"))),
        refused(P::OtherIssuer)
    );
    for (from, to) in [
        (NOW_UNIX - DAY, NOW_UNIX - 1),
        (NOW_UNIX + 1, NOW_UNIX + DAY),
    ] {
        let verdict = by_delegate(|it| it.validity(from, to));
        let [
            (_, Said::BadStaple(OcspProblem::Responder(P::NotValid(validity)))),
            _,
        ] = verdict.violations.as_slice()
        else {
            panic!("{verdict:?}");
        };
        assert_eq!(
            (validity.not_before, validity.not_after),
            (at(from), at(to))
        );
    }
}

#[test]
fn responders_that_the_issuer_did_not_appoint() {
    use ResponderProblem as P;
    // The end entity is below an intermediate here.
    let issuing = root().intermediate("Issuing", TestKey::ed25519(2));
    let leaf = issuing.issue(end_entity());
    let single = || good(&issuing, &leaf);
    let chain = [leaf.clone(), issuing.der.clone()];
    let of_issuing = load_responses(&[root().ocsp(response(good(&root(), &issuing.der)))]);
    let verifier = builder(&root(), servers()).ocsp_responses(of_issuing);
    let verifier = verifier.build().unwrap();
    let verdict = |staple: &[u8]| server(&verifier, &chain, OcspStaple::Given(staple));
    let bad = |problem| {
        let nothing = (Position::EndEntity, Said::nothing("Issuing"));
        let mut verdict = Verdict::refused(Said::BadStaple(problem));
        verdict.violations.push(nothing);
        verdict
    };
    let appoint = |by: &Authority, name: &str, key: u64| {
        by.ocsp_responder(name, TestKey::ed25519(key), |it| it)
    };
    let staple = |responder: &Authority| with_its_certificate(responder, response(single()));

    assert_eq!(verdict(&issuing.ocsp(response(single()))), Verdict::known());
    assert_eq!(
        verdict(&staple(&appoint(&issuing, "Responder", 8))),
        Verdict::known()
    );
    // The issuer's issuer has no say, neither itself nor by a responder of its own.
    assert_eq!(
        verdict(&root().ocsp(response(single()))),
        bad(OcspProblem::UnknownResponder)
    );
    let of_root = appoint(&root(), "Responder", 8);
    assert_eq!(verdict(&staple(&of_root)), bad(responder(P::OtherIssuer)));
    let root_itself = with_its_certificate(&root(), response(single()));
    assert_eq!(verdict(&root_itself), bad(responder(P::OtherIssuer)));
    let another_ca = Authority::root("Another CA", TestKey::ed25519(20));
    let of_another = appoint(&another_ca, "Responder", 8);
    assert_eq!(
        verdict(&staple(&of_another)),
        bad(responder(P::OtherIssuer))
    );
    // A CA of the issuer's name with another key.
    let namesake = Authority::root("Issuing", TestKey::ed25519(21));
    let of_namesake = appoint(&namesake, "Responder", 8);
    assert_eq!(verdict(&staple(&of_namesake)), bad(responder(P::NotIssued)));
    assert_eq!(
        verdict(&namesake.ocsp(response(single()))),
        bad(OcspProblem::BadSignature)
    );
    assert_eq!(verdict(&staple(&namesake)), bad(responder(P::Purpose)));
    // By its key hash the issuer is meant, and somebody else signs.
    let key_hash = |authority: &Authority| {
        let spki = authority.key.spki();
        let digest = ring::digest::digest(
            &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
            &spki[spki.len() - 32..],
        );
        der::explicit(2, &der::octet_string(digest.as_ref()))
    };
    let pretends = response(single()).responder_raw(key_hash(&issuing));
    assert_eq!(
        verdict(&namesake.ocsp(pretends)),
        bad(OcspProblem::BadSignature)
    );
    let by_key = response(single()).responder_raw(key_hash(&issuing));
    assert_eq!(verdict(&issuing.ocsp(by_key)), Verdict::known());
    // Self-signed, with the purpose.
    let key = TestKey::ed25519(8);
    let self_signed = CertificateBuilder::end_entity(Name::cn("Responder"), key.spki())
        .eku(&[oids::OCSP_SIGNING])
        .self_signed(&key);
    let issuer = Issuer::new(Name::cn("Responder"), key);
    let builder = response(single()).certificates(vec![self_signed]);
    assert_eq!(
        verdict(&builder.signed_by(&issuer)),
        bad(responder(P::OtherIssuer))
    );
    // A responder of a responder.
    let first = appoint(&issuing, "First", 8);
    let second = appoint(&first, "Second", 9);
    let both = response(single()).certificates(vec![second.der.clone(), first.der.clone()]);
    assert_eq!(verdict(&second.ocsp(both)), bad(responder(P::OtherIssuer)));
    // Without its certificate, with somebody else's, and with one that is none.
    let alone = first.ocsp(response(single()));
    assert_eq!(verdict(&alone), bad(OcspProblem::UnknownResponder));
    let with_others =
        response(single()).certificates(vec![issuing.der.clone(), second.der.clone()]);
    assert_eq!(
        verdict(&first.ocsp(with_others)),
        bad(OcspProblem::UnknownResponder)
    );
    let with_rubbish = response(single()).certificates(vec![der::sequence(&[])]);
    let rubbish = verdict(&first.ocsp(with_rubbish));
    assert!(
        matches!(
            rubbish.violations[0].1,
            Said::BadStaple(OcspProblem::Responder(P::Undecodable(_)))
        ),
        "{rubbish:?}"
    );
    // The end entity itself is no responder, though the issuer issued its certificate.
    let peer = Issuer::new(Name::cn("peer"), TestKey::ed25519(5));
    let by_itself = response(single())
        .certificates(vec![leaf.clone()])
        .signed_by(&peer);
    assert_eq!(verdict(&by_itself), bad(responder(P::Purpose)));
    // A response of a good responder whose signature does not hold.
    let tampered = response(single())
        .certificates(vec![first.der.clone()])
        .tamper_signature();
    assert_eq!(
        verdict(&first.ocsp(tampered)),
        bad(OcspProblem::BadSignature)
    );
}

/// Certificates beside the responder's own do no harm: the issuer's, and others of the responder's name.
#[test]
fn the_right_one_of_several_responders_is_found() {
    let right = root().ocsp_responder("Responder", TestKey::ed25519(8), |it| it);
    let wrong = |n| {
        root()
            .ocsp_responder("Responder", TestKey::ed25519(n), |it| it)
            .der
    };
    let ended = root().ocsp_responder("Responder", TestKey::ed25519(8), |it| {
        it.serial(9).validity(NOW_UNIX - DAY, NOW_UNIX - HOUR)
    });
    let orders = [
        vec![root().der, right.der.clone()],
        vec![
            wrong(30),
            wrong(31),
            wrong(32),
            wrong(33),
            root().der,
            right.der.clone(),
        ],
        vec![ended.der.clone(), right.der.clone()],
        vec![right.der.clone(), ended.der],
    ];
    for certificates in orders {
        let staple = right.ocsp(response(single()).certificates(certificates));
        assert_eq!(server_with(&leaf(), &staple), Verdict::known());
    }
    // A responder that has the issuer's name.
    let namesake = root().ocsp_responder("Root", TestKey::ed25519(8), |it| it);
    let staple = with_its_certificate(&namesake, response(single()));
    assert_eq!(server_with(&leaf(), &staple), Verdict::known());
}

#[test]
fn a_responder_that_the_issuer_revoked() {
    let responder_ = root().ocsp_responder("Responder", TestKey::ed25519(8), |it| it);
    let staple = with_its_certificate(&responder_, response(single()));
    let listed = crl().revoke(&serial_of(&responder_.der));
    for (name, crl, refused) in [
        ("listed", root().crl(listed.clone()), true),
        (
            "listed in one that ended",
            root().crl(listed.clone().next_update(NOW_UNIX)),
            true,
        ),
        ("not listed", root().crl(crl()), false),
    ] {
        let crls = load(&[crl]);
        let only_ocsp = policy(Role::Server, |revocation| {
            revocation.sources.end_entity = rustls_policy_verifier::StatusSource::Ocsp;
        });
        let verifier = builder(&root(), only_ocsp).crls(crls).build().unwrap();
        let verdict = server(&verifier, &[leaf()], OcspStaple::Given(&staple));
        if refused {
            let problem = responder(ResponderProblem::Revoked);
            assert_eq!(verdict.violations[0].1, Said::BadStaple(problem), "{name}");
            assert!(!verdict.accepted, "{name}");
        } else {
            assert_eq!(verdict, Verdict::known(), "{name}");
        }
    }
}

#[test]
fn of_contradicting_answers_the_worst_counts() {
    let revoked_ = || single().revoked(REVOKED_AT, Some(1));
    let reason = Some(RevocationReason::KeyCompromise);
    let of = |singles: &[SingleBuilder]| {
        let builder = OcspBuilder::new();
        root().ocsp(singles.iter().cloned().fold(builder, OcspBuilder::single))
    };
    let stale = || {
        single()
            .this_update(NOW_UNIX - 9 * DAY)
            .next_update(NOW_UNIX - DAY)
    };
    for singles in [
        vec![single(), revoked_()],
        vec![revoked_(), single()],
        vec![single().unknown(), revoked_(), single()],
        vec![single(), stale().revoked(REVOKED_AT, Some(1))],
        vec![single().hash(CertIdHash::Sha256), revoked_()],
        vec![single(), revoked_().hash(CertIdHash::Sha256)],
    ] {
        let verdict = server_with(&leaf(), &of(&singles));
        assert_eq!(verdict, revoked(Source::Staple, reason));
    }
    // One that is stale beside one that is not.
    for singles in [vec![stale(), single()], vec![single(), stale()]] {
        assert_eq!(server_with(&leaf(), &of(&singles)), Verdict::known());
    }
    for singles in [
        vec![single().unknown(), single()],
        vec![single(), single().unknown()],
    ] {
        let verdict = server_with(&leaf(), &of(&singles));
        assert!(
            matches!(
                verdict.violations.as_slice(),
                [(Position::EndEntity, Said::NoStatus(..))]
            ),
            "{verdict:?}"
        );
    }
}

/// From before the revocation, and still in its time: what else is known refuses.
#[test]
fn an_old_response_is_replayed_after_the_revocation() {
    let old = root().ocsp(response(single()));
    let newer = response(
        single()
            .revoked(REVOKED_AT, Some(4))
            .this_update(NOW_UNIX - HOUR),
    );
    let newer = load_responses(&[root().ocsp(newer)]);
    let verifier = builder(&root(), servers())
        .ocsp_responses(newer)
        .build()
        .unwrap();
    let verdict = server(&verifier, &[leaf()], OcspStaple::Given(&old));
    assert_eq!(
        verdict,
        revoked(Source::Response, Some(RevocationReason::Superseded))
    );

    let crls = load(&[root().crl(crl().revoke(&serial_of(&leaf())))]);
    let verifier = builder(&root(), servers()).crls(crls).build().unwrap();
    let verdict = server(&verifier, &[leaf()], OcspStaple::Given(&old));
    assert_eq!(verdict, revoked(Source::Crl("1".into()), None));

    // On its own it ends at its nextUpdate.
    let ended = single().next_update(NOW_UNIX);
    let verdict = server_with(&leaf(), &root().ocsp(response(ended)));
    let why = Staleness::Ended { next_update: NOW };
    assert_eq!(verdict, Verdict::refused(Said::Stale(Source::Staple, why)));
}

#[test]
fn responses_of_another_time() {
    let staple = |produced: i64, this: i64, next: Option<i64>| {
        let single = single().this_update(NOW_UNIX + this);
        let single = match next {
            Some(next) => single.next_update(NOW_UNIX + next),
            None => single.no_next_update(),
        };
        let builder = response(single).produced_at(NOW_UNIX + produced);
        server_with(&leaf(), &root().ocsp(builder))
    };
    let stale = |why| Verdict::refused(Said::Stale(Source::Staple, why));
    assert_eq!(staple(0, 0, Some(1)), Verdict::known());
    assert_eq!(staple(300, 300, Some(400)), Verdict::known());
    assert_eq!(
        staple(301, 0, Some(400)),
        stale(Staleness::NotYet {
            from: at(NOW_UNIX + 301)
        })
    );
    assert_eq!(
        staple(0, 301, Some(400)),
        stale(Staleness::NotYet {
            from: at(NOW_UNIX + 301)
        })
    );
    assert_eq!(
        staple(0, 0, Some(0)),
        stale(Staleness::Ended { next_update: NOW })
    );
    assert_eq!(
        staple(0, -5, None),
        stale(Staleness::Endless {
            this_update: at(NOW_UNIX - 5)
        })
    );
}

#[test]
fn many_answers_in_one_response() {
    let others = |count: u32| {
        (0..count).fold(OcspBuilder::new(), |builder, n| {
            let mut serial = [0x42; 16];
            serial[12..].copy_from_slice(&n.to_be_bytes());
            builder.single(SingleBuilder::good(&root(), &serial))
        })
    };
    let within = root().ocsp(others(560).single(single()));
    assert!(
        (60_000..=MAX_OCSP_OCTETS).contains(&within.len()),
        "{}",
        within.len()
    );
    assert_eq!(server_with(&leaf(), &within), Verdict::known());
    let last_revokes = root().ocsp(others(560).single(single().revoked(REVOKED_AT, None)));
    assert_eq!(
        server_with(&leaf(), &last_revokes),
        revoked(Source::Staple, None)
    );

    let beyond = root().ocsp(others(10_000).single(single()));
    let problem = OcspProblem::TooLarge {
        octets: beyond.len(),
        most: MAX_OCSP_OCTETS,
    };
    assert_eq!(
        OcspResponse::from_der(beyond.as_slice()),
        Err(problem.clone())
    );
    assert_eq!(server_with(&leaf(), &beyond), bad(problem));
}

#[test]
fn a_response_that_is_cut_short_or_changed_makes_nothing_known() {
    let responder = root().ocsp_responder("Responder", TestKey::ed25519(8), |it| it);
    let good_one = root().ocsp(response(single()).nonce(&[7; 8]));
    let by_responder = with_its_certificate(&responder, response(single()));
    let revoking = root().ocsp(response(single().revoked(REVOKED_AT, Some(1))));
    let leaf = leaf();
    let verifier = builder(&root(), servers()).build().unwrap();
    let verdict = |staple: &[u8]| {
        server(
            &verifier,
            std::slice::from_ref(&leaf),
            OcspStaple::Given(staple),
        )
    };
    assert_eq!(verdict(&good_one), Verdict::known());
    assert_eq!(verdict(&by_responder), Verdict::known());
    assert!(verdict(&revoking).is_revoked());
    for whole in [good_one, by_responder, revoking] {
        for length in 0..whole.len() {
            let cut = verdict(&whole[..length]);
            let is_undecodable = matches!(
                cut.violations[0].1,
                Said::BadStaple(OcspProblem::Undecodable(_) | OcspProblem::Empty)
            );
            assert!(is_undecodable, "{length}: {cut:?}");
            assert!(!cut.accepted, "{length}");
        }
        for place in 0..whole.len() {
            for mask in [0x01, 0x20, 0xff] {
                let mut changed = whole.clone();
                changed[place] ^= mask;
                let changed = verdict(&changed);
                assert!(!changed.accepted, "{place} {mask}");
                assert!(
                    matches!(changed.violations[0].1, Said::BadStaple(_)),
                    "{place} {mask}: {changed:?}"
                );
            }
        }
    }
}

/// Handed over: for clients, and for intermediates, which have no staples.
#[test]
fn responses_that_are_handed_over() {
    let issuing = root().intermediate("Issuing", TestKey::ed25519(2));
    let leaf = issuing.issue(end_entity());
    let chain = [leaf.clone(), issuing.der.clone()];
    let of_leaf = || good(&issuing, &leaf);
    let of_issuing = || good(&root(), &issuing.der);
    let by_issuing = |single| issuing.ocsp(response(single));
    let by_root = |single| root().ocsp(response(single));
    let verdict = |responses: &[Vec<u8>]| {
        let responses = load_responses(responses);
        let verifier = builder(&root(), clients()).ocsp_responses(responses);
        client(&verifier.build().unwrap(), &chain)
    };
    let both = [by_issuing(of_leaf()), by_root(of_issuing())];
    assert_eq!(verdict(&both), Verdict::known());
    assert_eq!(
        verdict(&both[..1]),
        Verdict::refused_at(Position::Intermediate(1), Said::nothing("Root"))
    );
    assert_eq!(
        verdict(&both[1..]),
        Verdict::refused(Said::nothing("Issuing"))
    );
    let revoked = |position| {
        Verdict::refused_at(
            position,
            Said::Revoked(Source::Response, at(REVOKED_AT), None),
        )
    };
    let leaf_revoked = by_issuing(of_leaf().revoked(REVOKED_AT, None));
    let issuing_revoked = by_root(of_issuing().revoked(REVOKED_AT, None));
    for responses in [
        vec![leaf_revoked.clone(), both[1].clone()],
        vec![both[0].clone(), leaf_revoked, both[1].clone()],
    ] {
        assert_eq!(verdict(&responses), revoked(Position::EndEntity));
    }
    for responses in [
        vec![both[0].clone(), issuing_revoked.clone()],
        vec![both[0].clone(), issuing_revoked.clone(), both[1].clone()],
    ] {
        assert_eq!(verdict(&responses), revoked(Position::Intermediate(1)));
    }
    // One that the issuer did not sign does not revoke, and says why it is no answer.
    let forged = root().ocsp(response(of_leaf().revoked(REVOKED_AT, None)));
    assert_eq!(
        verdict(&[both[0].clone(), forged.clone(), both[1].clone()]),
        Verdict::known()
    );
    let why = rustls_policy_verifier::NoStatus::NoAnswer(OcspProblem::UnknownResponder);
    let nothing = Said::NoStatus(
        rustls_policy_verifier::StatusSource::Either,
        vec![no_crl("Issuing"), why],
    );
    assert_eq!(
        verdict(&[forged, both[1].clone()]),
        Verdict::refused(nothing)
    );
}

/// SHA-1 with RSA, which *ring* can verify for old keys: a provider that offers it changes nothing.
struct Sha1WithRsa;

impl SignatureVerificationAlgorithm for Sha1WithRsa {
    fn verify_signature(
        &self,
        _key: &[u8],
        _message: &[u8],
        _signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        // As lax as can be.
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        webpki::ring::RSA_PKCS1_2048_8192_SHA256.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(SHA1_WITH_RSA)
    }
}

impl fmt::Debug for Sha1WithRsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha1WithRSAEncryption")
    }
}

/// The contents of the AlgorithmIdentifier of sha1WithRSAEncryption.
const SHA1_WITH_RSA: &[u8] = &[
    0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5, 0x05, 0,
];

#[test]
fn sha_1_signs_nothing_whatever_the_provider_offers() {
    static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] =
        &[&Sha1WithRsa, webpki::ring::RSA_PKCS1_2048_8192_SHA256];
    let ring = rustls::crypto::ring::default_provider();
    let lax = CryptoProvider {
        signature_verification_algorithms: WebPkiSupportedAlgorithms {
            all: ALGORITHMS,
            ..ring.signature_verification_algorithms
        },
        ..ring
    };
    let root = Authority::root("Root", TestKey::of(KeyKind::Rsa2048, 0));
    let leaf = root.issue(end_entity());
    let single = || good(&root, &leaf);
    let sha_1 = keys::rsa_signature_algorithm(oids::SHA1_WITH_RSA);
    assert_eq!(der::split(&sha_1).1, SHA1_WITH_RSA);
    let weak = root.ocsp(response(single()).signature_algorithm(sha_1.clone()));
    let strong = root.ocsp(response(single()));
    let key = TestKey::of(KeyKind::Rsa2048, 1);
    let weakly_appointed =
        root.ocsp_responder("Responder", key, |it| it.signature_algorithm(sha_1.clone()));
    let weakly_appointed = with_its_certificate(&weakly_appointed, response(single()));
    let anchors = || TrustAnchors::from_pem(&root.der).unwrap();
    for lax in [false, true].map(|is_lax| is_lax.then_some(&lax)) {
        let builder = |policy| match lax {
            Some(provider) => Verifier::builder_with_provider(anchors(), policy, provider),
            None => Verifier::builder(anchors(), policy),
        };
        let verifier = builder(servers()).build().unwrap();
        let verdict = |staple: &[u8]| {
            server(
                &verifier,
                std::slice::from_ref(&leaf),
                OcspStaple::Given(staple),
            )
        };
        assert_eq!(verdict(&strong), Verdict::known());
        let refused = verdict(&weak);
        let Said::BadStaple(OcspProblem::Algorithm(algorithm)) = &refused.violations[0].1 else {
            panic!("{refused:?}");
        };
        let _: &SignatureAlgorithm = algorithm;
        assert!(!refused.accepted);
        assert_eq!(
            verdict(&weakly_appointed),
            bad(responder(ResponderProblem::NotIssued))
        );

        let weak_crl = crl()
            .signature_algorithm(sha_1.clone())
            .revoke(&serial_of(&leaf));
        let crls = load(&[root.crl(weak_crl)]);
        let verifier = builder(servers()).crls(crls).build().unwrap();
        let verdict = server(
            &verifier,
            std::slice::from_ref(&leaf),
            OcspStaple::Given(&strong),
        );
        assert!(
            matches!(
                verdict.violations.as_slice(),
                [(
                    Position::EndEntity,
                    Said::RefusedCrl(_, rustls_policy_verifier::CrlRefusal::Algorithm(_))
                )]
            ),
            "{verdict:?}"
        );
    }
}
