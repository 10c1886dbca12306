//! Responders, and how long and for whom their word counts.

use rustls_policy_verifier::{
    OcspProblem, OcspResponse, OcspStaple, OidBuf, ResponderProblem, Role, Tolerance,
};

use super::ocsp::{bad, responder, with_its_certificate};
use super::{
    DAY, HOUR, NOW_UNIX, Said, Verdict, builder, client, clients, crl, good, leaf, load,
    load_responses, policy, response, root, server, server_with, servers,
};
use crate::support::crl::REVOKED_AT;
use crate::support::{Authority, Name, OcspBuilder, SingleBuilder, TestKey, der, keys, oids};

/// A revocation is not forgotten when the certificate of the responder that told of it ends.
#[test]
fn a_revocation_outlives_its_responder() {
    let appointed = root().ocsp_responder("Responder", TestKey::ed25519(8), |it| {
        it.validity(NOW_UNIX - 40 * DAY, NOW_UNIX - HOUR)
    });
    let produced = NOW_UNIX - 2 * DAY;
    let by_responder = |single: SingleBuilder| {
        let single = single.this_update(produced).next_update(NOW_UNIX + 5 * DAY);
        let response = OcspBuilder::new().single(single).produced_at(produced);
        with_its_certificate(&appointed, response)
    };
    let about = || good(&root(), &leaf());
    let verdict = |response: Vec<u8>| {
        let lax = policy(Role::Client, |it| it.unknown = Tolerance::AllowWithWarning);
        let verifier = builder(&root(), lax)
            .crls(load(&[root().crl(crl())]))
            .ocsp_responses(load_responses(&[response]));
        client(&verifier.build().unwrap(), &[leaf()])
    };
    assert!(verdict(by_responder(about().revoked(REVOKED_AT, Some(1)))).is_revoked());
    // Nothing else that it said holds.
    assert_eq!(verdict(by_responder(about())), Verdict::known());
    let stapled = server_with(&leaf(), &by_responder(about()));
    let Said::BadStaple(OcspProblem::Responder(ResponderProblem::NotValid(_))) =
        &stapled.violations[0].1
    else {
        panic!("{stapled:?}");
    };
    // And nothing that it said before it had its certificate.
    let early = root().ocsp_responder("Responder", TestKey::ed25519(8), |it| {
        it.validity(NOW_UNIX - DAY, NOW_UNIX - HOUR)
    });
    let single = about().revoked(REVOKED_AT, None).this_update(produced);
    let response = OcspBuilder::new().single(single).produced_at(produced);
    let early = with_its_certificate(&early, response);
    assert_eq!(verdict(early), Verdict::known());
}

/// What names certificates by a hash that is not known here might revoke this one.
#[test]
fn certificates_named_by_another_hash() {
    let sha512 = keys::algorithm(oids::SHA512, Some(&der::null()));
    let single = good(&root(), &leaf()).hash_algorithm(sha512);
    let by_sha512 = root().ocsp(response(single));
    let problem = OcspProblem::IdHash(OidBuf::parse(oids::SHA512).unwrap());
    assert_eq!(
        OcspResponse::from_der(by_sha512.as_slice()).unwrap_err(),
        problem
    );
    assert_eq!(server_with(&leaf(), &by_sha512), bad(problem));
    // Those that are known have no parameters, or NULL.
    for (parameters, known) in [
        (None, true),
        (Some(der::null()), true),
        (Some(der::tlv(der::tag::NULL, &[0])), false),
        (Some(der::tlv(0x0e, &[])), false),
        (Some([der::null(), der::null()].concat()), false),
    ] {
        let sha1 = keys::algorithm(oids::SHA1, parameters.as_deref());
        let single = good(&root(), &leaf()).hash_algorithm(sha1);
        let loaded = OcspResponse::from_der(root().ocsp(response(single)));
        let refused = matches!(loaded, Err(OcspProblem::Undecodable(_)));
        assert_eq!(refused, !known, "{parameters:02x?}");
    }
}

/// Responders whose certificate its issuer has taken back by OCSP, without a CRL.
#[test]
fn a_responder_that_a_response_revokes() {
    let appointed = root().ocsp_responder("Responder", TestKey::ed25519(8), |it| it);
    let other = root().ocsp_responder("Other", TestKey::ed25519(11), |it| it);
    let about = |single: SingleBuilder| response(single);
    let revoked = || good(&root(), &appointed.der).revoked(REVOKED_AT, Some(1));
    let staple = with_its_certificate(&appointed, response(good(&root(), &leaf())));
    let verdict = |handed: Vec<u8>| {
        let verifier = builder(&root(), servers()).ocsp_responses(load_responses(&[handed]));
        let verifier = verifier.build().unwrap();
        server(&verifier, &[leaf()], OcspStaple::Given(&staple))
    };
    let by_issuer = root().ocsp(about(revoked()));
    assert_eq!(
        verdict(by_issuer),
        bad(responder(ResponderProblem::Revoked))
    );
    let is_good = root().ocsp(about(good(&root(), &appointed.der)));
    assert_eq!(verdict(is_good), Verdict::known());
    // Only the issuer's own word counts, or responders would answer for each other.
    let by_other = with_its_certificate(&other, about(revoked()));
    assert_eq!(verdict(by_other), Verdict::known());
}

/// Who is judged does not vouch for itself, whatever the CA let it.
#[test]
fn nobody_answers_for_its_own_certificate() {
    let own = root().ocsp_responder("peer", TestKey::ed25519(8), |it| {
        it.eku(&[oids::SERVER_AUTH, oids::OCSP_SIGNING])
    });
    let staple = with_its_certificate(&own, response(good(&root(), &own.der)));
    assert_eq!(
        server_with(&own.der, &staple),
        bad(responder(ResponderProblem::Itself))
    );
}

/// Old responses that are kept beside new ones cost nothing.
#[test]
fn many_responses_of_one_responder() {
    let appointed = root().ocsp_responder("Responder", TestKey::ed25519(8), |it| it);
    let list = (0..30).map(|n| {
        let single = good(&root(), &leaf()).this_update(NOW_UNIX - HOUR * (n + 2));
        let produced = NOW_UNIX - HOUR * (n + 1);
        let response = OcspBuilder::new().single(single).produced_at(produced);
        with_its_certificate(&appointed, response)
    });
    let list: Vec<_> = list.collect();
    let verifier = builder(&root(), clients()).ocsp_responses(load_responses(&list));
    assert_eq!(
        client(&verifier.build().unwrap(), &[leaf()]),
        Verdict::known()
    );
}

/// The issuer's signature under somebody else's name.
#[test]
fn the_responder_is_who_it_says() {
    let other = Name::cn("Somebody else").der();
    let response = response(good(&root(), &leaf())).responder_raw(der::explicit(1, &other));
    let staple = root().ocsp(response);
    assert_eq!(
        server_with(&leaf(), &staple),
        bad(OcspProblem::UnknownResponder)
    );
}

/// A certificate that says by a critical extension that its revocation need not be looked up.
#[test]
fn nocheck_may_be_critical() {
    let appointed = root().ocsp_responder("Responder", TestKey::ed25519(8), |it| {
        it.criticality(oids::OCSP_NO_CHECK, true)
    });
    let staple = with_its_certificate(&appointed, response(good(&root(), &leaf())));
    assert_eq!(server_with(&leaf(), &staple), Verdict::known());
}

/// A key's octets under another algorithm are another key, also to the cache.
#[test]
fn the_cache_knows_kinds_of_keys() {
    let key = TestKey::ed25519(8);
    let spki = key.spki();
    let octets = &spki[spki.len() - 32..];
    let x25519 = keys::spki(&keys::algorithm("1.3.101.110", None), octets);
    let one = root().ocsp_responder("Responder", key.clone(), |it| it);
    let other = root().ocsp_responder("Responder", key, |it| it.spki(x25519));
    let staple = |certificate: &Authority| {
        let response = response(good(&root(), &leaf()));
        one.ocsp(response.certificates(vec![certificate.der.clone()]))
    };
    let verifier = builder(&root(), servers()).build().unwrap();
    let verdict = |staple: &[u8]| server(&verifier, &[leaf()], OcspStaple::Given(staple));
    assert_eq!(verdict(&staple(&one)), Verdict::known());
    assert_eq!(verdict(&staple(&other)), bad(OcspProblem::BadSignature));
}
