//! Corners of what is known of revocation.

use pki_types::CertificateDer;
use rustls_policy_verifier::{
    BuildError, Crl, CrlProblem, CrlRefusal, Evidence, Fact, MAX_CRL_OCTETS, MAX_OCSP_OCTETS,
    NoStatus, OcspProblem, OcspResponse, OcspStaple, Peer, Policy, PresentedChain, Problem,
    RevocationReason, RevocationSource, StapleDemand, StatusSource, Tolerance, Verifier,
    VerifyError, pki_types,
};

use super::{NOW, anchors, end_entity, root, verify_by};
use crate::support::{
    CertificateBuilder, CrlBuilder, CrlEntry, DistributionPointName, IssuingDistributionPoint,
    OcspBuilder, SingleBuilder, der, extensions, general_name, oids, pem, serial_of,
};

const ONE: &str = "http://crl.test/1.crl";
const TWO: &str = "http://crl.test/2.crl";
const DAY: i64 = 86_400;

/// So many days from now.
fn days(days: i64) -> i64 {
    i64::try_from(NOW.unix_seconds()).unwrap() + days * DAY
}

fn load(builder: CrlBuilder) -> Result<Crl, CrlProblem> {
    Crl::from_der(root().crl(builder))
}

/// What is wrong with a client's end entity under the root, with these CRLs and nothing else.
fn judged(certificate: CertificateBuilder, crls: Vec<CrlBuilder>) -> Option<Fact> {
    let mut policy = Policy::client();
    policy.revocation.enforce();
    let verifier = Verifier::builder(anchors(), policy)
        .crls(crls.into_iter().map(|crl| load(crl).unwrap()))
        .build()
        .unwrap();
    let error = verify_by(&verifier, &[root().issue(certificate)], Peer::Client).err()?;
    let [violation] = error.violations() else {
        panic!("{error:#?}");
    };
    Some(violation.presented.clone())
}

/// None of the CRLs speaks of the certificate.
fn is_elsewhere(presented: Option<Fact>) -> bool {
    match presented {
        Some(Fact::NoStatus(missing)) => {
            matches!(
                missing[..],
                [NoStatus::CrlsElsewhere { .. }, NoStatus::NoResponse]
            )
        }
        _ => false,
    }
}

/// The number of the CRL that does not count now.
fn stale(presented: Option<Fact>) -> String {
    match presented {
        Some(Fact::StaleStatus(status)) => match status.source {
            RevocationSource::Crl(crl) => crl.number,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn of_point(point: IssuingDistributionPoint) -> CrlBuilder {
    CrlBuilder::new().issuing_distribution_point(&point)
}

/// Its signature is not even looked at.
#[test]
fn a_forged_crl_about_others_says_nothing() {
    let certificate = || end_entity().crl_distribution_point_uris(&[ONE]);
    let forged = |uri| of_point(IssuingDistributionPoint::uri(uri)).tamper_signature();
    assert!(is_elsewhere(judged(certificate(), vec![forged(TWO)])));
    match judged(certificate(), vec![forged(ONE)]) {
        Some(Fact::RefusedCrl(refused)) => assert_eq!(refused.why, CrlRefusal::BadSignature),
        other => panic!("{other:?}"),
    }
}

/// A relative name has no name in common with a full one, whatever stands in it.
#[test]
fn a_relative_name_is_never_a_full_one() {
    let certificate = end_entity().crl_distribution_point_uris(&[ONE]);
    let relative = IssuingDistributionPoint {
        name: Some(DistributionPointName::Relative(vec![general_name::uri(
            ONE,
        )])),
        ..Default::default()
    };
    assert!(is_elsewhere(judged(certificate, vec![of_point(relative)])));
}

/// Of several that have ended, the one that ended last is named, if it speaks of the certificate.
#[test]
fn of_stale_crls_the_last_to_end_is_named() {
    let ended = |number, this_update, next_update| {
        let crl = CrlBuilder::new().number(number);
        crl.this_update(days(this_update))
            .next_update(days(next_update))
    };
    let named = |crls| stale(judged(end_entity(), crls));
    assert_eq!(named(vec![ended(1, -10, -1), ended(2, -5, -3)]), "1");
    assert_eq!(named(vec![ended(1, -10, -3), ended(2, -5, -1)]), "2");
    assert_eq!(named(vec![ended(1, -10, -1), ended(2, -5, -1)]), "2");

    let of_a_point =
        ended(3, -5, -1).issuing_distribution_point(&IssuingDistributionPoint::uri(ONE));
    assert_eq!(named(vec![ended(1, -10, -3), of_a_point]), "1");

    let for_one_reason = ended(4, -5, -1).issuing_distribution_point(&IssuingDistributionPoint {
        some_reasons: Some(vec![1]),
        ..Default::default()
    });
    assert!(is_elsewhere(judged(end_entity(), vec![for_one_reason])));
}

#[test]
fn crls_at_the_edge_of_what_is_read() {
    let refused = |builder| match load(builder) {
        Ok(_) => None,
        Err(CrlProblem::Undecodable(error)) => Some((error.field, error.problem)),
        Err(other) => panic!("{other:?}"),
    };
    let moment = CrlBuilder::new().this_update(days(0)).next_update(days(0));
    assert_eq!(refused(moment), None);

    // FALSE, which DER leaves out and some write: onlyContainsUserCerts.
    let written = der::sequence(&[der::implicit_primitive(1, &[0x00])]);
    let idp = oids::ISSUING_DISTRIBUTION_POINT;
    assert_eq!(
        refused(CrlBuilder::new().extension(idp, true, &written)),
        None
    );

    let entry_with = |extensions: u8| {
        let entry = (0..extensions).fold(CrlEntry::new(&[1]), |entry, n| {
            entry.extension(&format!("1.3.6.1.4.1.32473.{n}"), false, &der::null())
        });
        CrlBuilder::new().entry(entry)
    };
    assert_eq!(refused(entry_with(16)), None);
    let too_many = Problem::TooMany {
        most: 16,
        what: "extensions",
    };
    assert_eq!(
        refused(entry_with(17)),
        Some(("crlEntryExtensions", too_many))
    );
}

/// Zeros that are never written to take no memory.
#[test]
fn half_a_gibibyte_is_the_most() {
    assert!(matches!(
        Crl::from_der(vec![0; MAX_CRL_OCTETS]),
        Err(CrlProblem::Undecodable(_))
    ));
    assert_eq!(
        Crl::from_der(vec![0; MAX_CRL_OCTETS + 1]).unwrap_err(),
        CrlProblem::TooLarge {
            octets: MAX_CRL_OCTETS + 1,
            most: MAX_CRL_OCTETS,
        }
    );
}

#[test]
fn the_memory_of_a_crl_is_its_octets_and_the_index() {
    let der = root().crl(CrlBuilder::new());
    let without_entries = Crl::from_der(der.clone()).unwrap().octets();
    assert!((der.len()..der.len() + 64).contains(&without_entries));
    let many = (1..=100).fold(CrlBuilder::new(), |crl, serial| crl.revoke(&[serial]));
    let der = root().crl(many);
    // Four octets and one more for each entry.
    let index = Crl::from_der(der.clone()).unwrap().octets() - der.len();
    assert!((500..2000).contains(&index), "{index}");
}

#[test]
fn a_file_with_a_crl_that_does_not_load_says_whose_it_is() {
    let sound = root().crl(CrlBuilder::new());
    let delta = root().crl(CrlBuilder::new().delta(1));
    let file = [&sound, &delta].map(|der| pem::to_pem("X509 CRL", der));
    assert_eq!(
        Crl::from_pem(file.concat()).unwrap_err(),
        BuildError::Crl {
            index: 2,
            issuer: Some("CN=Root".to_owned()),
            problem: CrlProblem::Delta,
        }
    );
}

fn response(builder: OcspBuilder) -> Result<OcspResponse, OcspProblem> {
    OcspResponse::from_der(root().ocsp(builder))
}

#[test]
fn responses_at_the_edge_of_what_is_read() {
    let refused = |builder| match response(builder) {
        Ok(_) => None,
        Err(OcspProblem::Undecodable(error)) => Some((error.field, error.problem)),
        Err(other) => panic!("{other:?}"),
    };
    // The version, which DER leaves out and some write.
    let version =
        |number| OcspBuilder::new().version_raw(der::explicit(0, &der::integer_u64(number)));
    assert_eq!(refused(version(0)), None);
    let other = Problem::Value("a version that is not 1");
    assert_eq!(refused(version(1)), Some(("responseData.version", other)));

    let single = || SingleBuilder::good(&root(), &[1]);
    let status = |tag, contents: &[u8]| {
        let single = single().status_raw(der::implicit_primitive(tag, contents));
        OcspBuilder::new().single(single)
    };
    let undefined = Problem::Value("a CertStatus that is not defined");
    for (tag, contents, expected) in [
        (0, &[][..], None),
        (2, &[], None),
        (0, &[0], Some(("singleResponse", undefined.clone()))),
        (2, &[0], Some(("singleResponse", undefined.clone()))),
        (3, &[], Some(("singleResponse", undefined))),
    ] {
        assert_eq!(
            refused(status(tag, contents)),
            expected,
            "{tag} {contents:?}"
        );
    }

    let with_extensions = |count: u8| {
        (0..count).fold(OcspBuilder::new(), |response, n| {
            response.extension(&format!("1.3.6.1.4.1.32473.{n}"), false, &der::null())
        })
    };
    assert_eq!(refused(with_extensions(16)), None);
    let too_many = Problem::TooMany {
        most: 16,
        what: "extensions",
    };
    assert_eq!(refused(with_extensions(17)), Some(("extensions", too_many)));

    let octets = |count| OcspResponse::from_der(vec![0; count]).unwrap_err();
    assert!(matches!(
        octets(MAX_OCSP_OCTETS),
        OcspProblem::Undecodable(_)
    ));
    assert_eq!(
        octets(MAX_OCSP_OCTETS + 1),
        OcspProblem::TooLarge {
            octets: MAX_OCSP_OCTETS + 1,
            most: MAX_OCSP_OCTETS,
        }
    );
}

/// What is found on a client's end entity where responses are handed over.
fn judged_by_responses(
    crls: Vec<CrlBuilder>,
    singles: impl Fn(SingleBuilder) -> OcspBuilder,
) -> Option<Fact> {
    let leaf = root().issue(end_entity());
    let answer = singles(SingleBuilder::good(&root(), &serial_of(&leaf)));
    let mut policy = Policy::client();
    policy.revocation.enforce();
    let verifier = Verifier::builder(anchors(), policy)
        .crls(crls.into_iter().map(|crl| load(crl).unwrap()))
        .ocsp_responses([response(answer).unwrap()])
        .build()
        .unwrap();
    let error = verify_by(&verifier, &[leaf], Peer::Client).err()?;
    let [violation] = error.violations() else {
        panic!("{error:#?}");
    };
    Some(violation.presented.clone())
}

#[test]
fn of_answers_that_say_as_much_the_first_counts() {
    let revoked = judged_by_responses(Vec::new(), |single| {
        OcspBuilder::new()
            .single(single.clone().revoked(days(-2), Some(1)))
            .single(single.revoked(days(-1), Some(4)))
    });
    match revoked {
        Some(Fact::Revoked(found)) => {
            assert_eq!(found.reason, Some(RevocationReason::KeyCompromise));
        }
        other => panic!("{other:?}"),
    }
    // Of a CRL and a response that have ended, the CRL.
    let ended = CrlBuilder::new()
        .number(7)
        .this_update(days(-10))
        .next_update(days(-1));
    let stale_crl = judged_by_responses(vec![ended], |single| {
        OcspBuilder::new().single(single.next_update(days(-1)).this_update(days(-10)))
    });
    assert_eq!(stale(stale_crl), "7");
}

/// Some responders send the issuer's certificate along: it is no responder's.
#[test]
fn the_issuers_own_certificate_beside_a_bad_signature() {
    let missing = judged_by_responses(Vec::new(), |single| {
        let response = OcspBuilder::new().single(single);
        response.certificates(vec![root().der]).tamper_signature()
    });
    match missing {
        Some(Fact::NoStatus(missing)) => {
            assert!(
                missing.contains(&NoStatus::NoAnswer(OcspProblem::BadSignature)),
                "{missing:?}"
            );
        }
        other => panic!("{other:?}"),
    }
}

/// More TLS features than are looked at make a violation of their own.
#[test]
fn sixteen_tls_features_are_the_most() {
    let presented = |count: u64| {
        let features: Vec<_> = (100..100 + count).collect();
        let value = extensions::tls_feature(&features);
        judged(
            end_entity().extension(oids::TLS_FEATURE, false, &value),
            vec![CrlBuilder::new()],
        )
    };
    assert_eq!(presented(16), None);
    match presented(17) {
        Some(Fact::Undecodable(error)) => assert_eq!(
            (error.field, error.problem),
            (
                "tlsFeature",
                Problem::TooMany {
                    most: 16,
                    what: "TLS features"
                }
            )
        ),
        other => panic!("{other:?}"),
    }
}

/// What the end entity must be and is not, by its staple.
fn required_of(
    end_entity: CertificateBuilder,
    unknown: Tolerance,
    change: impl Fn(SingleBuilder) -> SingleBuilder,
) -> Vec<Fact> {
    let leaf = root().issue(end_entity);
    let single = change(SingleBuilder::good(&root(), &serial_of(&leaf)));
    let staple = root().ocsp(OcspBuilder::new().single(single));
    let mut policy = Policy::server();
    policy.revocation.enforce().unknown = unknown;
    let verifier = Verifier::builder(anchors(), policy).build().unwrap();
    let mut evidence = Evidence::default();
    evidence.ocsp = OcspStaple::Given(&staple);
    let certificate = CertificateDer::from(leaf);
    let chain = PresentedChain::new(&certificate, &[]);
    let refusal = verifier.verify(&chain, Peer::ServerWithoutName, evidence, NOW);
    let refusal = refusal.err();
    let violations = refusal.iter().flat_map(VerifyError::violations);
    violations
        .map(|violation| violation.required.clone())
        .collect()
}

/// A staple whose responder does not know the certificate is none to who demands one, even where an unknown status is
/// allowed.
#[test]
fn a_staple_that_knows_nothing_is_not_the_one_demanded() {
    let judged = |unknown, change| required_of(end_entity().must_staple(), unknown, change);
    let good: fn(SingleBuilder) -> SingleBuilder = |single| single;
    let unknown: fn(SingleBuilder) -> SingleBuilder = SingleBuilder::unknown;
    let (refuse, allow) = (Tolerance::Refuse, Tolerance::AllowWithWarning);
    assert_eq!(judged(refuse, good), []);
    assert_eq!(judged(allow, good), []);
    assert_eq!(
        judged(allow, unknown),
        [Fact::RequiredStaple(StapleDemand::Certificate)]
    );
    assert_eq!(
        judged(refuse, unknown),
        [Fact::RequiredStatus(StatusSource::Either)]
    );
}

/// Demanded, and the only source: that it has ended is said once.
#[test]
fn a_staple_that_has_ended_is_told_of_once() {
    let ended = |single: SingleBuilder| single.this_update(days(-10)).next_update(days(-1));
    for end_entity in [end_entity(), end_entity().must_staple()] {
        assert_eq!(
            required_of(end_entity, Tolerance::Refuse, ended),
            [Fact::CurrentAt(NOW)]
        );
    }
}
