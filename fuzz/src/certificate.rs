//! `Certificate::decode` against webpki and the `x509-cert` crate.

use der::Decode;
use rustls_policy_verifier::Certificate;
use rustls_policy_verifier::pki_types::CertificateDer;
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::ext::pkix;

use crate::fixture::CHAINS;
use crate::support::{CertificateBuilder, KeyKind, Name, TestKey, general_name, oids};
use crate::{Target, mutate};

pub const TARGET: Target = Target {
    name: "certificate",
    check,
    mutate: mutate::der,
    seeds,
};

/// Never panics; and what others accept too, they understand alike.
pub fn check(data: &[u8]) {
    let Ok(certificate) = Certificate::decode(data) else {
        return;
    };
    // What prints must not panic either.
    let _ = format!("{certificate:?}");
    let der = CertificateDer::from(data);
    if let Ok(webpki) = webpki::EndEntityCert::try_from(&der) {
        assert_eq!(certificate.serial(), webpki.serial());
        assert_eq!(certificate.issuer().contents(), webpki.issuer());
        assert_eq!(certificate.subject().contents(), webpki.subject());
        let spki = webpki.subject_public_key_info();
        assert_eq!(certificate.spki(), &*spki);
    }
    if let Ok(other) = CertificateInner::<Raw>::from_der(data) {
        compare(&certificate, &other);
    }
}

fn compare(certificate: &Certificate<'_>, other: &CertificateInner<Raw>) {
    let tbs = other.tbs_certificate();
    assert_eq!(certificate.serial(), tbs.serial_number().as_bytes());
    let validity = certificate.validity();
    let [from, to] = [tbs.validity().not_before, tbs.validity().not_after]
        .map(|time| time.to_unix_duration().as_secs());
    assert_eq!(validity.not_before.unix_seconds(), from);
    assert_eq!(validity.not_after.unix_seconds(), to);

    let count = tbs.extensions().map_or(0, Vec::len);
    assert_eq!(certificate.extensions().count(), count);
    for (own, other) in certificate
        .extensions()
        .zip(tbs.extensions().into_iter().flatten())
    {
        assert_eq!(own.oid.contents(), other.extn_id.as_bytes());
        assert_eq!(own.critical, other.critical);
        assert_eq!(own.value, other.extn_value.as_bytes());
    }
    if let Ok(Some((_, constraints))) = tbs.get_extension::<pkix::BasicConstraints>() {
        let own = certificate.basic_constraints().expect("basicConstraints");
        assert_eq!(own.ca, constraints.ca);
        assert_eq!(own.path_len, constraints.path_len_constraint);
    }
    if let Ok(Some((_, usage))) = tbs.get_extension::<pkix::KeyUsage>() {
        use rustls_policy_verifier::KeyUsage;

        let own = certificate.key_usage().expect("keyUsage");
        for (bit, theirs) in [
            (KeyUsage::DIGITAL_SIGNATURE, usage.digital_signature()),
            (KeyUsage::NON_REPUDIATION, usage.non_repudiation()),
            (KeyUsage::KEY_CERT_SIGN, usage.key_cert_sign()),
            (KeyUsage::CRL_SIGN, usage.crl_sign()),
        ] {
            assert_eq!(own.contains(bit), theirs, "{bit}");
        }
    }
    if let Ok(Some((_, purposes))) = tbs.get_extension::<pkix::ExtendedKeyUsage>() {
        let own = certificate.extended_key_usage().expect("extKeyUsage");
        // As octets: of arcs beyond 32 bits theirs prints another number.
        let own: Vec<_> = own.map(|purpose| purpose.contents()).collect();
        let theirs: Vec<_> = purposes.0.iter().map(|oid| oid.as_bytes()).collect();
        assert_eq!(own, theirs);
    }
}

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let chains = &*CHAINS;
    let root = &chains[0].root;
    let names = Name::cn("Someone")
        .and(oids::ORGANIZATION, "Acme & Söhne")
        .and(oids::COUNTRY, "DE");
    let rsa = TestKey::of(KeyKind::Rsa2048, 0);
    let full = CertificateBuilder::end_entity(names, rsa.spki())
        .serial_bytes(&[0x00, 0x80, 0x01])
        .san(vec![
            general_name::dns("a.example"),
            general_name::uri("urn:node:7"),
            general_name::email("a@example"),
            general_name::ipv4([192, 0, 2, 1]),
            general_name::directory(&Name::cn("x")),
        ])
        .certificate_policies(&["2.23.140.1.2.2"]);
    let constrained = CertificateBuilder::ca(Name::cn("Constrained"), &TestKey::ed25519(9))
        .path_len(1)
        .name_constraints(vec![general_name::dns("example")], Vec::new());
    // An arc of more than 32 bits.
    let large_arc = CertificateBuilder::end_entity(Name::cn("Someone"), rsa.spki())
        .eku(&["1.3.65.1.34349137417"]);
    vec![
        ("root", root.der.clone()),
        ("end-entity", chains[0].end_entity.to_vec()),
        ("must-staple", chains[3].end_entity.to_vec()),
        ("responder", chains[0].responder.der.clone()),
        ("many-fields", root.issue(full)),
        ("name-constraints", root.issue(constrained)),
        ("large-arc", root.issue(large_arc)),
    ]
}
