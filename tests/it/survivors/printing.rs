//! What values say of themselves: for debugging, and whether they are empty.

use pki_types::CertificateDer;
use rustls_policy_verifier::{
    AttributeType, Certificate, Crl, KeyPurpose, KeyUsage, MAX_CRL_OCTETS, MAX_OCSP_OCTETS,
    OcspProblem, OcspResponse, Peer, Policy, SignatureCache, SubjectName, Verifier, pki_types,
};

use super::{anchors, end_entity, issuing, root, verify_by};
use crate::support::{CrlBuilder, Name, OcspBuilder, SingleBuilder, oids};

/// `Debug` is what tests, logs and rustls's own errors print.
#[test]
fn values_print_themselves_for_debugging() {
    let der = root().issue(end_entity().must_staple());
    let certificate = Certificate::decode(&der).unwrap();
    let printed = format!("{certificate:?}");
    for part in ["subject: CN=peer", "issuer: CN=Root", "Ed25519"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let subject = certificate.subject();
    assert_eq!(format!("{subject:?}"), "CN=peer");
    let [rdn] = subject.rdns().collect::<Vec<_>>()[..] else {
        panic!("{subject}");
    };
    assert_eq!(format!("{rdn:?}"), "{CN=peer}");
    let [attribute] = rdn.attributes().collect::<Vec<_>>()[..] else {
        panic!("{rdn:?}");
    };
    assert_eq!(format!("{attribute:?}"), "CN=peer");
    let cn = AttributeType::parse("cn").unwrap();
    assert_eq!(format!("{cn:?}"), "CN");
    assert_eq!(format!("{:?}", KeyUsage::KEY_CERT_SIGN), "keyCertSign");
    let feature = certificate
        .extensions()
        .find(|extension| extension.oid.to_string() == oids::TLS_FEATURE)
        .unwrap();
    assert_eq!(
        format!("{feature:?}"),
        r#"Extension { oid: 1.3.6.1.5.5.7.1.24, critical: false, value: "3003020105" }"#
    );

    let crl = Crl::from_der(root().crl(CrlBuilder::new().number(258).revoke(&[1]))).unwrap();
    let printed = format!("{crl:?}");
    for part in ["issuer: CN=Root", "number: 258", "entries: 1"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }

    assert_eq!(format!("{:?}", crl.number()), "258");

    let single = SingleBuilder::good(&root(), &[1]);
    let response = OcspResponse::from_der(root().ocsp(OcspBuilder::new().single(single))).unwrap();
    let printed = format!("{response:?}");
    assert!(
        printed.starts_with("OcspResponse { produced_at: "),
        "{printed}"
    );
    let subject: SubjectName = "CN=a".parse().unwrap();
    assert_eq!(format!("{subject:?}"), "\"CN=a\"");
    let purpose = KeyPurpose::parse("clientAuth").unwrap();
    assert_eq!(format!("{purpose:?}"), "clientAuth");

    let cache = SignatureCache::with_octets(64 * 1024);
    assert_eq!(
        format!("{cache:?}"),
        "SignatureCache { signatures: 0, octets: 0 }"
    );
    let verifier = Verifier::builder(anchors(), Policy::client())
        .known_intermediates([CertificateDer::from(issuing().der)])
        .build()
        .unwrap();
    let printed = format!("{verifier:?}");
    for part in ["anchors: 1", "known_intermediates: 1"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
}

#[test]
fn empty_is_what_holds_nothing() {
    let named = root().issue(end_entity());
    let nameless = root().issue(end_entity().subject(Name::empty()));
    let is_empty = |der: &[u8]| Certificate::decode(der).unwrap().subject().is_empty();
    assert!(!is_empty(&named));
    assert!(is_empty(&nameless));

    let crl = |builder| Crl::from_der(root().crl(builder)).unwrap();
    assert!(crl(CrlBuilder::new()).is_empty());
    assert!(!crl(CrlBuilder::new().revoke(&[1])).is_empty());

    let cache = SignatureCache::default();
    assert!(cache.is_empty());
    let verifier = Verifier::builder(anchors(), Policy::client())
        .signature_cache(cache.clone())
        .build()
        .unwrap();
    assert!(verify_by(&verifier, &[named], Peer::Client).is_ok());
    assert!(!cache.is_empty());
}

#[test]
fn responders_that_do_not_answer_say_why() {
    let names = [
        (1, "malformedRequest"),
        (2, "internalError"),
        (3, "tryLater"),
        (4, "a status that is not defined"),
        (5, "sigRequired"),
        (6, "unauthorized"),
    ];
    for (status, name) in names {
        let der = root().ocsp(OcspBuilder::new().response_status(status));
        let problem = OcspResponse::from_der(der).unwrap_err();
        assert_eq!(problem, OcspProblem::NoAnswer(status));
        let sentence = format!("the responder gave no answer: {name}");
        assert_eq!(problem.to_string(), sentence);
    }
}

/// The bounds that the documentation states, in octets.
#[test]
fn sizes_are_those_that_are_documented() {
    assert_eq!(SignatureCache::DEFAULT_OCTETS, 4 << 20);
    assert_eq!(SignatureCache::MOST_OCTETS, 16 << 20);
    assert_eq!(MAX_CRL_OCTETS, 512 << 20);
    assert_eq!(MAX_OCSP_OCTETS, 64 << 10);
}
