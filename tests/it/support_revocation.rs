//! The builders of CRLs and OCSP responses write what others read: webpki for CRLs, and for the rest
//! decoders derived from the ASN.1.

use std::time::Duration;

use ::der::asn1::{GeneralizedTime, Null, OctetString};
use ::der::{Decode, Encode};
use pki_types::{
    CertificateDer, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer, UnixTime,
};
use rustls_policy_verifier::pki_types;
use webpki::{
    CertRevocationList, DerTypeId, EndEntityCert, Error, ExpirationPolicy, OwnedCertRevocationList,
    RawPublicKeyEntity, RevocationOptionsBuilder, RevocationReason,
};
use x509_cert::certificate::Rfc5280;
use x509_cert::crl::CertificateList;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::crl::dp::{DistributionPoint as DecodedPoint, ReasonFlags, Reasons};
use x509_cert::ext::pkix::{CrlDistributionPoints, IssuingDistributionPoint as DecodedIdp};

use self::rfc_6960::{
    BasicOcspResponse, CertStatus, CrlReason, OcspResponse, ResponderId, ResponseStatus,
    RevokedInfo,
};
use crate::support::{
    Authority, CertIdHash, CertificateBuilder, CrlBuilder, CrlEntry, DistributionPoint,
    DistributionPointName, IssuingDistributionPoint, Name, OcspBuilder, SingleBuilder, TestKey,
    big_crl, crl, der, extensions, general_name, keys, oids, serial_of,
};

/// 2026-06-01T00:00:00Z
const NOW: i64 = 1_780_272_000;

/// The contents octets of id-kp-OCSPSigning.
const OCSP_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];

const URI: &str = "http://crl.test/1.crl";

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(1))
}

fn end_entity() -> CertificateBuilder {
    CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(5).spki())
}

fn leaf() -> Vec<u8> {
    root().issue(end_entity())
}

#[test]
fn the_default_crl_is_current_and_revokes_nothing() {
    let crl = root().crl(CrlBuilder::new());
    assert_eq!(webpki_check(&leaf(), &crl), Ok(()));

    let decoded = decoded_crl(&crl);
    assert_eq!(
        decoded.tbs_cert_list.issuer.to_der().unwrap(),
        root().name.der()
    );
    assert_eq!(decoded.tbs_cert_list.revoked_certificates, None);
    let extensions = decoded.tbs_cert_list.crl_extensions.unwrap();
    let summary: Vec<_> = extensions
        .iter()
        .map(|one| (one.extn_id.to_string(), one.critical))
        .collect();
    let expected =
        [oids::CRL_NUMBER, oids::AUTHORITY_KEY_IDENTIFIER].map(|oid| (oid.to_owned(), false));
    assert_eq!(summary, expected);
    assert_eq!(extensions[0].extn_value.as_bytes(), [2, 1, 1]);
}

#[test]
fn what_is_revoked_is_found_with_its_date_and_reason() {
    let serial = serial_of(&leaf());
    let hold = CrlEntry::new(&[0x33])
        .reason(6)
        .invalidity_date(der::unix(2026, 4, 1, 0, 0, 0));
    let bytes = root().crl(
        CrlBuilder::new()
            .revoke(&[0x11])
            .revoke_with(&[0x22], NOW - 1, Some(9))
            .revoke_with(&[0x44], der::unix(2050, 1, 1, 0, 0, 0), None)
            .entry(hold)
            .revoke_with(&serial, NOW - 60, Some(1)),
    );

    let found = |serial: &[u8]| find(&bytes, serial);
    let at_default = unix_time(crl::REVOKED_AT);
    assert_eq!(found(&[0x11]), Some((at_default, None, None)));
    let withdrawn = Some(RevocationReason::PrivilegeWithdrawn);
    assert_eq!(found(&[0x22]), Some((unix_time(NOW - 1), withdrawn, None)));
    let in_2050 = unix_time(der::unix(2050, 1, 1, 0, 0, 0));
    assert_eq!(found(&[0x44]), Some((in_2050, None, None)));
    let invalid_since = Some(unix_time(der::unix(2026, 4, 1, 0, 0, 0)));
    let on_hold = Some(RevocationReason::CertificateHold);
    assert_eq!(found(&[0x33]), Some((at_default, on_hold, invalid_since)));
    let compromised = Some(RevocationReason::KeyCompromise);
    assert_eq!(
        found(&serial),
        Some((unix_time(NOW - 60), compromised, None))
    );
    assert_eq!(found(&[0x55]), None);

    assert_eq!(webpki_check(&leaf(), &bytes), Err(Error::CertRevoked));
}

#[test]
fn each_setter_of_a_crl_changes_what_it_says() {
    let check = |builder: CrlBuilder| webpki_check(&leaf(), &root().crl(builder));
    let crl = CrlBuilder::new;
    let expired = Err(Error::CrlExpired {
        time: unix_time(NOW),
        next_update: unix_time(NOW),
    });
    let unknown = Err(Error::UnknownRevocationStatus);
    let critical = Err(Error::UnsupportedCriticalExtension);
    let unknown_oid = format!("{}.1", oids::EXAMPLE_ARC);

    assert_eq!(check(crl().next_update(NOW)), expired);
    assert_eq!(check(crl().next_update(NOW + 1)), Ok(()));
    let version_3 = crl().version_raw(der::integer_u64(2));
    assert_eq!(check(version_3), Err(Error::UnsupportedCrlVersion));
    assert_eq!(
        check(crl().number_bytes(&[0xff])),
        Err(Error::InvalidCrlNumber)
    );
    assert_eq!(check(crl().issuer(Name::cn("Other"))), unknown);
    assert_eq!(check(crl().delta(1)), Err(Error::UnsupportedDeltaCrl));
    assert_eq!(check(crl().extension(&unknown_oid, false, &[5, 0])), Ok(()));
    assert_eq!(
        check(crl().extension(&unknown_oid, true, &[5, 0])),
        critical
    );
    let number_made_critical = crl().criticality(oids::CRL_NUMBER, true);
    assert_eq!(check(number_made_critical), Ok(()));
    let entry = CrlEntry::new(&[1]).extension(&unknown_oid, true, &[5, 0]);
    assert_eq!(check(crl().entry(entry)), critical);
    let indirect = CrlEntry::new(&[1]).certificate_issuer(&[general_name::directory(&root().name)]);
    assert_eq!(
        check(crl().entry(indirect)),
        Err(Error::UnsupportedIndirectCrl)
    );
    let no_entry = Err(Error::TrailingData(DerTypeId::RevokedCertEntry));
    assert_eq!(check(crl().entry_raw(der::null())), no_entry);
    assert_eq!(check(crl().revoked_raw(der::sequence(&[]))), Ok(()));
    let tampered = Err(Error::InvalidCrlSignatureForPublicKey);
    assert_eq!(check(crl().tamper_signature()), tampered);
    let other_algorithm = keys::algorithm(oids::ED448, None);
    for one in [
        crl().inner_signature_algorithm(other_algorithm.clone()),
        crl().outer_signature_algorithm(other_algorithm.clone()),
    ] {
        assert_eq!(check(one), Err(Error::SignatureAlgorithmMismatch));
    }
    let both = check(crl().signature_algorithm(other_algorithm)).unwrap_err();
    assert!(
        matches!(both, Error::UnsupportedCrlSignatureAlgorithmContext(_)),
        "{both:?}"
    );
    let trailing = check(crl().trailing(&der::null())).unwrap_err();
    assert!(matches!(trailing, Error::TrailingData(_)), "{trailing:?}");
    assert_eq!(check(crl().trailing_tbs(&der::null())), Err(Error::BadDer));
}

#[test]
fn optional_fields_of_a_crl_can_be_left_out() {
    let decoded = |builder: CrlBuilder| decoded_crl(&root().crl(builder)).tbs_cert_list;
    let crl = CrlBuilder::new;
    assert!(decoded(crl()).next_update.is_some());
    assert_eq!(decoded(crl().no_next_update()).next_update, None);
    let now = decoded(crl().updates_raw(der::time(NOW)));
    assert_eq!(now.this_update.to_der().unwrap(), der::time(NOW));
    assert_eq!(now.next_update, None);
    let updates = decoded(crl().this_update(NOW).next_update(NOW + 60));
    assert_eq!(updates.this_update.to_der().unwrap(), der::time(NOW));
    let next = updates.next_update.unwrap();
    assert_eq!(next.to_der().unwrap(), der::time(NOW + 60));
    let bare = decoded(crl().no_number().no_aki());
    assert_eq!(bare.crl_extensions, None);
    let only_aki = decoded(crl().no_number()).crl_extensions.unwrap();
    assert_eq!(only_aki.len(), 1);
    let numbered = decoded(crl().number(0x80));
    let number = extension_value(numbered.crl_extensions.as_ref(), oids::CRL_NUMBER);
    assert_eq!(number, Some(vec![2, 2, 0, 0x80]));

    let version_1 = root().crl(crl().version_raw(Vec::new()).no_number().no_aki());
    let (_, fields, _) = der::split(&version_1);
    let (_, tbs, _) = der::split(fields);
    let (tag, algorithm, _) = der::split(tbs);
    assert_eq!(
        (tag, algorithm),
        (der::tag::SEQUENCE, &der::oid(oids::ED25519)[..])
    );
}

#[test]
fn the_scope_of_a_crl_is_its_issuing_distribution_point() {
    let check = |leaf: &CertificateBuilder, point: &IssuingDistributionPoint| {
        let crl = root().crl(CrlBuilder::new().issuing_distribution_point(point));
        webpki_check(&root().issue(leaf.clone()), &crl)
    };
    let unknown = Err(Error::UnknownRevocationStatus);
    let point = IssuingDistributionPoint::uri(URI);
    let with = |only_user, only_ca| IssuingDistributionPoint {
        only_user,
        only_ca,
        ..point.clone()
    };
    let leaf = end_entity().crl_distribution_point_uris(&[URI]);
    assert_eq!(check(&leaf, &point), Ok(()));
    assert_eq!(check(&leaf, &with(true, false)), Ok(()));
    assert_eq!(check(&leaf, &with(false, true)), unknown);
    let elsewhere = end_entity().crl_distribution_point_uris(&["http://crl.test/2.crl"]);
    assert_eq!(check(&elsewhere, &point), unknown);
    let both = end_entity().crl_distribution_point_uris(&["http://crl.test/2.crl", URI]);
    assert_eq!(check(&both, &point), Ok(()));
}

#[test]
fn every_field_of_distribution_points_is_read() {
    let directory = general_name::directory(&Name::cn("Other"));
    let relative = DistributionPointName::relative(oids::COMMON_NAME, "part 1");

    let value = extensions::crl_distribution_points(&[
        DistributionPoint::uri(URI),
        DistributionPoint {
            name: Some(relative.clone()),
            reasons: Some(vec![1, 8]),
            crl_issuer: vec![directory],
        },
    ]);
    let CrlDistributionPoints(points) = reread(&value);
    let [
        DecodedPoint {
            reasons: None,
            crl_issuer: None,
            ..
        },
        second,
    ] = points.as_slice()
    else {
        panic!("{points:?}");
    };
    assert_eq!(
        second.reasons,
        Some(Reasons::KeyCompromise | Reasons::AaCompromise)
    );
    assert!(second.crl_issuer.is_some());

    let value = IssuingDistributionPoint {
        name: Some(relative),
        only_user: false,
        only_ca: true,
        only_attribute: false,
        indirect: true,
        some_reasons: Some(vec![4]),
    };
    let decoded: DecodedIdp = reread(&value.der());
    assert!(decoded.only_contains_ca_certs && decoded.indirect_crl);
    assert!(!decoded.only_contains_user_certs && !decoded.only_contains_attribute_certs);
    assert_eq!(
        decoded.only_some_reasons,
        Some(ReasonFlags::from(Reasons::Superseded))
    );
    let name = format!("{:?}", decoded.distribution_point);
    assert!(name.contains("NameRelativeToCRLIssuer"), "{name}");

    let others: DecodedIdp = reread(
        &IssuingDistributionPoint {
            only_user: true,
            only_attribute: true,
            ..IssuingDistributionPoint::default()
        }
        .der(),
    );
    assert!(others.only_contains_user_certs && others.only_contains_attribute_certs);
    assert!(others.distribution_point.is_none() && !others.only_contains_ca_certs);
}

#[test]
fn must_staple_is_the_feature_status_request() {
    let certificate = decoded_certificate(&root().issue(end_entity().must_staple()));
    let features = extension_value(
        certificate.tbs_certificate().extensions(),
        oids::TLS_FEATURE,
    );
    assert_eq!(features, Some(vec![0x30, 3, 2, 1, 5]));
}

#[test]
fn a_big_crl_is_one_like_the_others() {
    let serial_of_entry = |index: u32| {
        let mut serial = [0x40; 16];
        serial[12..].copy_from_slice(&index.to_be_bytes());
        serial
    };
    let issuer = root().issuer();
    let big = big_crl(&issuer, 1000, serial_of_entry);

    let builder = (0..1000).fold(CrlBuilder::new(), |builder, index| {
        builder.revoke_with(&serial_of_entry(index), crl::REVOKED_AT, Some(1))
    });
    assert_eq!(big, builder.signed_by(&issuer));

    let compromised = Some(RevocationReason::KeyCompromise);
    let revoked = Some((unix_time(crl::REVOKED_AT), compromised, None));
    for index in [0, 1, 500, 999] {
        assert_eq!(find(&big, &serial_of_entry(index)), revoked, "{index}");
    }
    assert_eq!(find(&big, &serial_of_entry(1000)), None);
    assert_eq!(webpki_check(&leaf(), &big), Ok(()));

    let serial: [u8; 16] = serial_of(&leaf()).try_into().unwrap();
    let with_leaf = big_crl(&issuer, 1000, |index| match index {
        700 => serial,
        _ => serial_of_entry(index),
    });
    assert_eq!(webpki_check(&leaf(), &with_leaf), Err(Error::CertRevoked));
}

#[test]
fn serial_numbers_are_read_with_and_without_a_version() {
    let overlong = [0, 0, 7];
    let certificate = end_entity().serial_bytes(&overlong);
    assert_eq!(serial_of(&root().issue(certificate.clone())), overlong);
    assert_eq!(
        serial_of(&root().issue(certificate.version(None))),
        overlong
    );
    let decoded = decoded_certificate(&leaf());
    let serial = decoded
        .tbs_certificate()
        .serial_number()
        .as_bytes()
        .to_vec();
    assert_eq!(serial_of(&leaf()), serial);
}

#[test]
fn the_default_response_names_its_signer_and_says_good() {
    let serial = serial_of(&leaf());
    let single = SingleBuilder::good(&root(), &serial);
    let response = root().ocsp(OcspBuilder::new().single(single));
    let basic = basic_response(&response);

    assert!(is_signed_by(&basic, &root()));
    assert_eq!(basic.certs, None);
    let ResponderId::ByName(name) = &basic.tbs.responder else {
        panic!("{:?}", basic.tbs.responder);
    };
    assert_eq!(name.to_der().unwrap(), root().name.der());
    assert_eq!(basic.tbs.produced_at, generalized("2026-05-31T00:00:00Z"));
    assert_eq!(basic.tbs.extensions, None);

    let [single] = basic.tbs.responses.as_slice() else {
        panic!("{:?}", basic.tbs.responses);
    };
    assert_eq!(single.status, CertStatus::Good(Null));
    assert_eq!(single.this_update, generalized("2026-05-31T00:00:00Z"));
    assert_eq!(
        single.next_update,
        Some(generalized("2026-06-07T00:00:00Z"))
    );
    assert_eq!(single.extensions, None);
    let id = &single.cert_id;
    assert_eq!(
        id.algorithm.to_der().unwrap(),
        keys::algorithm(oids::SHA1, Some(&[5, 0]))
    );
    assert_eq!(id.name_hash.as_bytes(), sha1(&root().name.der()));
    assert_eq!(id.key_hash.as_bytes(), sha1(&public_key(&root())));
    assert_eq!(id.serial.as_bytes(), serial);
}

#[test]
fn each_setter_of_a_single_response_changes_what_it_says() {
    let one = |change: fn(SingleBuilder) -> SingleBuilder| {
        let single = change(SingleBuilder::good(&root(), &[7]));
        let response = root().ocsp(OcspBuilder::new().single(single));
        basic_response(&response).tbs.responses.remove(0)
    };
    let revoked = |reason| {
        CertStatus::Revoked(RevokedInfo {
            time: generalized("2026-05-20T00:00:00Z"),
            reason,
        })
    };

    let compromised = one(|single| single.revoked(crl::REVOKED_AT, Some(1)));
    assert_eq!(compromised.status, revoked(Some(CrlReason::KeyCompromise)));
    let unexplained = one(|single| single.revoked(crl::REVOKED_AT, None));
    assert_eq!(unexplained.status, revoked(None));
    assert_eq!(
        one(SingleBuilder::unknown).status,
        CertStatus::Unknown(Null)
    );
    assert_eq!(one(SingleBuilder::no_next_update).next_update, None);

    let updates = one(|single| single.this_update(NOW).next_update(NOW + 60));
    assert_eq!(updates.this_update, generalized("2026-06-01T00:00:00Z"));
    assert_eq!(
        updates.next_update,
        Some(generalized("2026-06-01T00:01:00Z"))
    );

    let id = one(|single| single.hash(CertIdHash::Sha256)).cert_id;
    assert_eq!(id.algorithm.oid.to_string(), oids::SHA256);
    assert_eq!(id.name_hash.as_bytes(), keys::sha256(&root().name.der()));
    assert_eq!(id.key_hash.as_bytes(), keys::sha256(&public_key(&root())));

    let id = one(|single| single.name_hash(&[1]).key_hash(&[2])).cert_id;
    assert_eq!(
        (id.name_hash.as_bytes(), id.key_hash.as_bytes()),
        (&[1][..], &[2][..])
    );
    let bare = one(|single| single.hash_algorithm(keys::algorithm(oids::SHA1, None)));
    assert_eq!(bare.cert_id.algorithm.parameters, None);

    let extended = one(|single| single.extension(oids::CRL_NUMBER, true, &[2, 1, 1]));
    let value = extension_value(extended.extensions.as_ref(), oids::CRL_NUMBER);
    assert_eq!(value, Some(vec![2, 1, 1]));
}

#[test]
fn each_setter_of_a_response_changes_what_it_says() {
    let response = |builder: OcspBuilder| basic_response(&root().ocsp(builder));
    let by_key = response(OcspBuilder::new().responder_by_key());
    let expected = ResponderId::ByKey(OctetString::new(sha1(&public_key(&root()))).unwrap());
    assert_eq!(by_key.tbs.responder, expected);

    let produced = response(OcspBuilder::new().produced_at(NOW));
    assert_eq!(
        produced.tbs.produced_at,
        generalized("2026-06-01T00:00:00Z")
    );

    let nonce = response(OcspBuilder::new().nonce(&[1, 2]));
    let value = extension_value(nonce.tbs.extensions.as_ref(), oids::OCSP_NONCE);
    assert_eq!(value, Some(vec![4, 2, 1, 2]));

    let tampered = response(OcspBuilder::new().tamper_signature());
    assert!(!is_signed_by(&tampered, &root()));
    let relabelled = keys::algorithm(oids::ED448, None);
    let relabelled = response(OcspBuilder::new().signature_algorithm(relabelled));
    assert_eq!(relabelled.algorithm.oid.to_string(), oids::ED448);

    let other_type = root().ocsp(OcspBuilder::new().response_type(oids::OCSP_NONCE));
    let other_type: OcspResponse = reread(&other_type);
    assert_eq!(
        other_type.bytes.unwrap().response_type.to_string(),
        oids::OCSP_NONCE
    );

    let try_later: OcspResponse = reread(&root().ocsp(OcspBuilder::new().response_status(3)));
    assert_eq!(try_later.status, ResponseStatus::TryLater);
    assert_eq!(try_later.bytes, None);

    // What the schema has no place for breaks the decoding.
    let ill_formed = [
        OcspBuilder::new().trailing(&der::null()),
        OcspBuilder::new().response_status(4),
        OcspBuilder::new().response_bytes_raw(der::null()),
    ];
    for builder in ill_formed {
        let bytes = root().ocsp(builder.clone());
        assert!(OcspResponse::from_der(&bytes).is_err(), "{builder:?}");
    }
    let ill_formed_inside = [
        OcspBuilder::new().version_raw(der::null()),
        OcspBuilder::new().responder_raw(der::null()),
        OcspBuilder::new().produced_at_raw(der::null()),
        OcspBuilder::new().single_raw(der::null()),
        OcspBuilder::new().single(SingleBuilder::good(&root(), &[1]).cert_id_raw(der::null())),
        OcspBuilder::new().single(SingleBuilder::good(&root(), &[1]).status_raw(der::null())),
        OcspBuilder::new().single(SingleBuilder::good(&root(), &[1]).updates_raw(der::null())),
        OcspBuilder::new().trailing_tbs(&der::null()),
        OcspBuilder::new().trailing_basic(&der::null()),
        OcspBuilder::new().signature_raw(der::null()),
    ];
    for builder in ill_formed_inside {
        let response: OcspResponse = reread(&root().ocsp(builder.clone()));
        let basic = response.bytes.unwrap().response;
        assert!(
            BasicOcspResponse::from_der(basic.as_bytes()).is_err(),
            "{builder:?}"
        );
    }
}

#[test]
fn a_responder_signs_with_its_certificate() {
    let responder = root().ocsp_responder("Responder", TestKey::ed25519(9), |builder| builder);
    let single = SingleBuilder::good(&root(), &[7]);
    let builder = OcspBuilder::new()
        .single(single)
        .certificates(vec![responder.der.clone()]);
    let basic = basic_response(&responder.ocsp(builder));
    assert!(is_signed_by(&basic, &responder));
    assert!(!is_signed_by(&basic, &root()));
    assert_eq!(basic.certs, Some(vec![decoded_certificate(&responder.der)]));
    // The certificate in question is the authority's, not the responder's.
    let id = &basic.tbs.responses[0].cert_id;
    assert_eq!(id.key_hash.as_bytes(), sha1(&public_key(&root())));

    let certificate = decoded_certificate(&responder.der);
    let extensions = certificate.tbs_certificate().extensions();
    let no_check = extension_value(extensions, oids::OCSP_NO_CHECK);
    assert_eq!(no_check, Some(vec![5, 0]));
    let usage = webpki::KeyUsage::required(OCSP_SIGNING);
    assert_eq!(verify(&responder.der, usage, None), Ok(()));

    let plain = root().ocsp_responder("Responder", TestKey::ed25519(9), |builder| builder.no_eku());
    let usage = webpki::KeyUsage::required(OCSP_SIGNING);
    assert!(verify(&plain.der, usage, None).is_err());
}

// What webpki makes of a CRL.

/// Whether webpki accepts a certificate of the root when it must know from this CRL, which must be
/// current.
fn webpki_check(leaf: &[u8], crl: &[u8]) -> Result<(), Error> {
    let crl = CertRevocationList::from(OwnedCertRevocationList::from_der(crl)?);
    verify(leaf, webpki::KeyUsage::client_auth(), Some(&crl))
}

fn verify(
    leaf: &[u8],
    usage: webpki::KeyUsage,
    crl: Option<&CertRevocationList<'_>>,
) -> Result<(), Error> {
    let root = CertificateDer::from(root().der);
    let anchors = [webpki::anchor_from_trusted_cert(&root)?];
    let leaf = CertificateDer::from(leaf);
    let crls: Vec<_> = crl.into_iter().collect();
    let revocation = RevocationOptionsBuilder::new(&crls).ok().map(|options| {
        options
            .with_expiration_policy(ExpirationPolicy::Enforce)
            .build()
    });
    let algorithms: &[&dyn SignatureVerificationAlgorithm] = &[webpki::ring::ED25519];
    EndEntityCert::try_from(&leaf)?
        .verify_for_usage(
            algorithms,
            &anchors,
            &[],
            unix_time(NOW),
            usage,
            revocation,
            None,
        )
        .map(|_| ())
}

fn decoded_crl(crl: &[u8]) -> CertificateList<Rfc5280> {
    reread(crl)
}

type Found = (UnixTime, Option<RevocationReason>, Option<UnixTime>);

fn find(crl: &[u8], serial: &[u8]) -> Option<Found> {
    let crl = CertRevocationList::from(OwnedCertRevocationList::from_der(crl).unwrap());
    let found = crl.find_serial(serial).unwrap()?;
    Some((
        found.revocation_date,
        found.reason_code,
        found.invalidity_date,
    ))
}

fn unix_time(unix: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(unix.try_into().unwrap()))
}

// What OCSP responses say.

fn basic_response(response: &[u8]) -> BasicOcspResponse {
    let response: OcspResponse = reread(response);
    assert_eq!(response.status, ResponseStatus::Successful);
    let bytes = response.bytes.unwrap();
    assert_eq!(bytes.response_type.to_string(), oids::OCSP_BASIC);
    reread(bytes.response.as_bytes())
}

fn is_signed_by(basic: &BasicOcspResponse, signer: &Authority) -> bool {
    let spki = SubjectPublicKeyInfoDer::from(signer.key.spki());
    let message = basic.tbs.to_der().unwrap();
    RawPublicKeyEntity::try_from(&spki)
        .unwrap()
        .verify_signature(webpki::ring::ED25519, &message, basic.signature.raw_bytes())
        .is_ok()
}

/// Decodes a value that is the same in DER when encoded again.
fn reread<T: for<'a> Decode<'a> + Encode>(bytes: &[u8]) -> T {
    let value = T::from_der(bytes).unwrap_or_else(|_| panic!("cannot be decoded: {bytes:02x?}"));
    assert_eq!(value.to_der().unwrap(), bytes);
    value
}

fn decoded_certificate(der: &[u8]) -> x509_cert::Certificate {
    reread(der)
}

fn extension_value(extensions: Option<&Extensions>, oid: &str) -> Option<Vec<u8>> {
    let one = extensions?
        .iter()
        .find(|one| one.extn_id.to_string() == oid)?;
    Some(one.extn_value.as_bytes().to_vec())
}

fn public_key(authority: &Authority) -> Vec<u8> {
    let certificate = decoded_certificate(&authority.der);
    let spki = certificate.tbs_certificate().subject_public_key_info();
    spki.subject_public_key.raw_bytes().to_vec()
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    let algorithm = &ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
    ring::digest::digest(algorithm, bytes).as_ref().to_vec()
}

fn generalized(rfc_3339: &str) -> GeneralizedTime {
    GeneralizedTime::from_date_time(rfc_3339.parse().unwrap())
}

/// OCSP responses as their ASN.1 has them.
mod rfc_6960 {
    use der::asn1::{BitString, GeneralizedTime, Int, Null, ObjectIdentifier, OctetString};
    use der::{Choice, Enumerated, Sequence};
    use x509_cert::ext::Extensions;
    use x509_cert::name::Name;
    use x509_cert::spki::AlgorithmIdentifierOwned;

    #[derive(Debug, PartialEq, Sequence)]
    pub(super) struct OcspResponse {
        pub(super) status: ResponseStatus,
        #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
        pub(super) bytes: Option<ResponseBytes>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enumerated)]
    #[repr(u8)]
    pub(super) enum ResponseStatus {
        Successful = 0,
        MalformedRequest = 1,
        InternalError = 2,
        TryLater = 3,
        SigRequired = 5,
        Unauthorized = 6,
    }

    #[derive(Debug, PartialEq, Sequence)]
    pub(super) struct ResponseBytes {
        pub(super) response_type: ObjectIdentifier,
        pub(super) response: OctetString,
    }

    #[derive(Debug, PartialEq, Sequence)]
    pub(super) struct BasicOcspResponse {
        pub(super) tbs: ResponseData,
        pub(super) algorithm: AlgorithmIdentifierOwned,
        pub(super) signature: BitString,
        #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
        pub(super) certs: Option<Vec<x509_cert::Certificate>>,
    }

    #[derive(Debug, PartialEq, Sequence)]
    pub(super) struct ResponseData {
        pub(super) responder: ResponderId,
        pub(super) produced_at: GeneralizedTime,
        pub(super) responses: Vec<SingleResponse>,
        #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
        pub(super) extensions: Option<Extensions>,
    }

    #[derive(Debug, PartialEq, Choice)]
    pub(super) enum ResponderId {
        #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
        ByName(Name),
        #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
        ByKey(OctetString),
    }

    #[derive(Debug, PartialEq, Sequence)]
    pub(super) struct SingleResponse {
        pub(super) cert_id: CertId,
        pub(super) status: CertStatus,
        pub(super) this_update: GeneralizedTime,
        #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
        pub(super) next_update: Option<GeneralizedTime>,
        #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
        pub(super) extensions: Option<Extensions>,
    }

    #[derive(Debug, PartialEq, Sequence)]
    pub(super) struct CertId {
        pub(super) algorithm: AlgorithmIdentifierOwned,
        pub(super) name_hash: OctetString,
        pub(super) key_hash: OctetString,
        pub(super) serial: Int,
    }

    #[derive(Debug, PartialEq, Choice)]
    pub(super) enum CertStatus {
        #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
        Good(Null),
        #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
        Revoked(RevokedInfo),
        #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
        Unknown(Null),
    }

    #[derive(Debug, PartialEq, Sequence)]
    pub(super) struct RevokedInfo {
        pub(super) time: GeneralizedTime,
        #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
        pub(super) reason: Option<CrlReason>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enumerated)]
    #[repr(u8)]
    pub(super) enum CrlReason {
        KeyCompromise = 1,
    }
}
