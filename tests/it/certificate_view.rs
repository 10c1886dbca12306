//! The strict view of a certificate: what it refuses, and that it agrees with other decoders on what it accepts.

use pki_types::CertificateDer;
use proptest::prelude::*;
use rustls_policy_verifier::{Certificate, DecodeError, Oid, Problem, pki_types};
use x509_cert::der::{Decode, Encode};

use crate::support::{Authority, CertificateBuilder, Name, TestKey, der, general_name, keys, oids};

fn builder() -> CertificateBuilder {
    CertificateBuilder::end_entity(
        Name::cn("peer").and(oids::ORGANIZATION, "Acme"),
        TestKey::ed25519(5).spki(),
    )
    .eku(&[oids::CLIENT_AUTH])
    .san(vec![
        general_name::dns("peer.acme.example"),
        general_name::uri("spiffe://acme.example/peer"),
        general_name::ipv4([10, 0, 0, 1]),
        general_name::upn("peer@acme.example"),
    ])
}

fn issued(builder: CertificateBuilder) -> Vec<u8> {
    Authority::root("Root", TestKey::ed25519(1)).issue(builder)
}

fn refusal(builder: CertificateBuilder) -> String {
    Certificate::decode(&issued(builder))
        .unwrap_err()
        .to_string()
}

/// The part of a sentence after the offset, which depends on names and keys.
fn without_offset(sentence: &str) -> String {
    let (field, rest) = sentence.split_once(" at octet ").unwrap();
    let (_, problem) = rest.split_once(": ").unwrap();
    format!("{field}: {problem}")
}

#[test]
fn malformed_certificates_are_refused_with_field_and_reason() {
    let plain = || builder().without_extension(oids::SUBJECT_ALT_NAME);
    let cases = [
        (
            builder().version(None),
            "tbsCertificate.version: X.509 version 1, only version 3 is supported",
        ),
        (
            builder().version(Some(2)),
            "tbsCertificate: extensions in a certificate that is not version 3",
        ),
        (
            builder().unique_ids(),
            "tbsCertificate: octets follow the end",
        ),
        (
            builder().trailing_tbs(&[0x05, 0x00]),
            "tbsCertificate: octets follow the end",
        ),
        (
            builder().trailing_certificate(&[0x05, 0x00]),
            "certificate: octets follow the end",
        ),
        (
            builder()
                .outer_signature_algorithm(keys::rsa_signature_algorithm(oids::SHA256_WITH_RSA)),
            "tbsCertificate: the signature algorithms inside and outside the signed part differ",
        ),
        (
            builder().serial_raw(der::integer_raw(&[])),
            "tbsCertificate: an INTEGER without octets",
        ),
        (
            builder().serial_raw(der::integer_raw(&[0, 1])),
            "tbsCertificate: an INTEGER in more octets than needed",
        ),
        (
            builder().validity(1_800_000_000, 1_700_000_000),
            "tbsCertificate.validity: notBefore is later than notAfter",
        ),
        (
            builder().raw_validity(der::sequence(&[
                der::utc_time_raw("260101000000+0000"),
                der::utc_time_raw("270101000000Z"),
            ])),
            "tbsCertificate.validity: not a time of the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ from 1970 on",
        ),
        (
            builder().raw_validity(der::sequence(&[
                der::utc_time_raw("2601010000Z"),
                der::utc_time_raw("270101000000Z"),
            ])),
            "tbsCertificate.validity: not a time of the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ from 1970 on",
        ),
        (
            builder().raw_validity(der::sequence(&[
                der::generalized_time_raw("20260230000000Z"),
                der::utc_time_raw("270101000000Z"),
            ])),
            "tbsCertificate.validity: not a time of the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ from 1970 on",
        ),
        (
            builder().extension(oids::KEY_USAGE, true, &der::named_bits(&[0])),
            "extensions: the extension 2.5.29.15 stands there twice",
        ),
        (
            builder()
                .extension("1.3.6.1.4.1.32473.1", false, &der::null())
                .extension("1.3.6.1.4.1.32473.1", false, &der::null()),
            "extensions: the extension 1.3.6.1.4.1.32473.1 stands there twice",
        ),
        (
            (0..65).fold(builder(), |builder, n| {
                builder.extension(&format!("1.3.6.1.4.1.32473.{n}"), false, &der::null())
            }),
            "extensions: more than 64 extensions",
        ),
        (
            builder().replace_extension(oids::EXTENDED_KEY_USAGE, false, &der::sequence(&[])),
            "extKeyUsage: the data ends too early",
        ),
        (
            builder().replace_extension(
                oids::EXTENDED_KEY_USAGE,
                false,
                &der::sequence(&[der::tlv(0x06, &[0x2a, 0x80, 0x01])]),
            ),
            "extKeyUsage: a malformed OBJECT IDENTIFIER",
        ),
        (
            builder().replace_extension(oids::KEY_USAGE, true, &der::bit_string_unused(3, &[0xff])),
            "keyUsage: unused bits that are not zero",
        ),
        (
            builder().replace_extension(
                oids::KEY_USAGE,
                true,
                &der::bit_string_unused(0, &[1, 2, 3]),
            ),
            "keyUsage: a BIT STRING of more bits than there are names",
        ),
        (
            plain().extension(oids::SUBJECT_ALT_NAME, false, &der::sequence(&[])),
            "subjectAltName: the data ends too early",
        ),
        (
            plain().extension(
                oids::SUBJECT_ALT_NAME,
                false,
                &der::sequence(&[der::tlv(0x9e, b"x")]),
            ),
            "subjectAltName: a name of unknown type",
        ),
        (
            plain().extension(
                oids::BASIC_CONSTRAINTS,
                true,
                &der::sequence(&[der::tlv(0x01, &[0x01])]),
            ),
            "basicConstraints: a BOOLEAN that is neither 00 nor FF",
        ),
        (
            builder().spki(keys::rsa_spki_raw(
                &der::integer_raw(&[0x80, 1]),
                &der::integer_u64(65_537),
            )),
            "RSAPublicKey: an INTEGER that must be positive is negative",
        ),
        (
            builder().spki(keys::rsa_spki_raw(
                &der::integer_raw(&[0]),
                &der::integer_u64(65_537),
            )),
            "RSAPublicKey: an INTEGER that must be positive is zero",
        ),
    ];
    for (builder, expected) in cases {
        assert_eq!(without_offset(&refusal(builder)), expected);
    }
}

#[test]
fn ber_is_not_der() {
    let indefinite = [0x30, 0x80, 0x00, 0x00];
    let padded = [0x30, 0x81, 0x02, 0x05, 0x00];
    let problem = |der: &[u8]| Certificate::decode(der).unwrap_err().problem;
    assert_eq!(problem(&indefinite), Problem::IndefiniteLength);
    assert_eq!(problem(&padded), Problem::NonMinimalLength);
    assert_eq!(problem(&[]), Problem::Truncated);
    assert_eq!(
        problem(&[0x02, 0x01, 0x00]),
        Problem::UnexpectedTag {
            expected: 0x30,
            found: 0x02
        }
    );
}

#[test]
fn every_truncation_is_refused() {
    let der = issued(builder());
    for length in 0..der.len() {
        let error: DecodeError = Certificate::decode(&der[..length]).unwrap_err();
        assert_eq!(error.problem, Problem::Truncated, "{length}");
    }
}

/// Odd identifiers in extensions and names do not make a certificate undecodable.
#[test]
fn unknown_identifiers_are_kept() {
    let uuid = "2.25.329800735698586629295641978511506172918";
    let long = format!("1.3.6.1.4.1.32473{}", ".16383".repeat(40));
    let der = issued(
        builder()
            .subject(Name::cn("peer").and("2.999", "example"))
            .extension(uuid, false, &der::null())
            .extension(&long, false, &der::null()),
    );
    let certificate = Certificate::decode(&der).unwrap();
    let extensions: Vec<_> = certificate
        .extensions()
        .map(|extension| extension.oid.to_string())
        .collect();
    assert!(extensions.contains(&uuid.to_owned()), "{extensions:?}");
    assert!(
        extensions
            .iter()
            .any(|oid| oid.starts_with("1.3.6.1.4.1.32473.16383") && oid.ends_with('…'))
    );
    assert_eq!(certificate.subject().to_string(), "2.999=example,CN=peer");
}

#[test]
fn names_print_in_rfc_4514_form() {
    let cases = [
        (Name::empty(), ""),
        (
            Name::cn("a")
                .and(oids::ORGANIZATION, "b")
                .and(oids::COUNTRY, "GB"),
            "C=GB,O=b,CN=a",
        ),
        (
            Name::cn("a,b+c\"d\\e<f>g;h"),
            "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h",
        ),
        (Name::cn(" a "), "CN=\\ a\\ "),
        (Name::cn("#a#"), "CN=\\#a#"),
        (Name::cn("a\u{0}b\nc\u{1b}[31m"), "CN=a\\00b\\0Ac\\1B[31m"),
        (Name::cn("evil\u{202e}txt"), "CN=evil\\E2\\80\\AEtxt"),
        (Name::cn("日本"), "CN=日本"),
        (
            Name::empty().and_raw(oids::COMMON_NAME, 0x1e, &[0, b'a']),
            "CN=#1E020061",
        ),
        (
            Name::empty().and_raw(oids::COMMON_NAME, 0x0c, &[0xff]),
            "CN=#0C01FF",
        ),
        (
            Name::empty().and_raw(oids::COMMON_NAME, 0x13, b"a_b@c*"),
            "CN=a_b@c*",
        ),
        (
            Name::empty().multi(&[(oids::COMMON_NAME, 0x0c, b"a"), (oids::USER_ID, 0x0c, b"b")]),
            "CN=a+UID=b",
        ),
    ];
    for (name, expected) in cases {
        let der = issued(builder().subject(name));
        assert_eq!(
            Certificate::decode(&der).unwrap().subject().to_string(),
            expected
        );
    }
}

#[test]
fn long_names_are_cut() {
    let der = issued(builder().subject(Name::cn(&"a".repeat(50_000))));
    let printed = Certificate::decode(&der).unwrap().subject().to_string();
    assert_eq!(printed.chars().count(), 256);
    assert!(printed.ends_with('…'));
}

/// The true length of the modulus, not that of its encoding.
#[test]
fn rsa_sizes_are_true_bit_lengths() {
    for bits in [1023, 1024, 2040, 2047, 2048, 2049, 3072, 4096, 16_384] {
        let der = issued(builder().spki(keys::rsa_spki(bits, 65_537)));
        let key = Certificate::decode(&der).unwrap().public_key().to_string();
        assert_eq!(key, format!("RSA of {bits} bits"));
    }
}

/// What we, x509-cert and webpki each read of a certificate, wherever we accept it.
fn assert_agreement(der: &[u8]) {
    let Ok(ours) = Certificate::decode(der) else {
        return;
    };
    if let Ok(theirs) = x509_cert::Certificate::from_der(der) {
        let tbs = theirs.tbs_certificate();
        assert_eq!(ours.serial(), tbs.serial_number().as_bytes());
        let contents = |encoded: Vec<u8>| {
            x509_cert::der::Any::from_der(&encoded)
                .unwrap()
                .value()
                .to_vec()
        };
        assert_eq!(
            ours.subject().contents(),
            contents(tbs.subject().to_der().unwrap())
        );
        assert_eq!(
            ours.issuer().contents(),
            contents(tbs.issuer().to_der().unwrap())
        );
        let seconds = |time: &x509_cert::time::Time| time.to_unix_duration().as_secs();
        assert_eq!(
            ours.validity().not_before.unix_seconds(),
            seconds(&tbs.validity().not_before)
        );
        assert_eq!(
            ours.validity().not_after.unix_seconds(),
            seconds(&tbs.validity().not_after)
        );
        let theirs: Vec<_> = tbs
            .extensions()
            .into_iter()
            .flatten()
            .map(|extension| {
                let oid = extension.extn_id.as_bytes().to_vec();
                (
                    oid,
                    extension.critical,
                    extension.extn_value.as_bytes().to_vec(),
                )
            })
            .collect();
        let ours: Vec<_> = ours
            .extensions()
            .map(|extension| {
                (
                    Oid::contents(&extension.oid).to_vec(),
                    extension.critical,
                    extension.value.to_vec(),
                )
            })
            .collect();
        assert_eq!(ours, theirs);
    }
    let presented = CertificateDer::from(der);
    if let Ok(theirs) = webpki::EndEntityCert::try_from(&presented) {
        assert_eq!(ours.serial(), theirs.serial());
        assert_eq!(ours.subject().contents(), theirs.subject());
        assert_eq!(ours.issuer().contents(), theirs.issuer());
        assert_eq!(ours.spki(), theirs.subject_public_key_info().as_ref());
    }
}

#[test]
fn decoders_agree_on_well_formed_certificates() {
    for builder in [
        builder(),
        builder().no_eku(),
        builder().subject(Name::empty()),
        builder().dns(&["a.example"]),
    ] {
        let der = issued(builder);
        assert!(Certificate::decode(&der).is_ok());
        assert!(x509_cert::Certificate::from_der(&der).is_ok());
        assert_agreement(&der);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    /// No panic whatever is changed, and no disagreement where the change is accepted.
    #[test]
    fn decoders_agree_on_damaged_certificates(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut der = issued(builder());
        for (at, octet) in changes {
            let at = at.index(der.len());
            der[at] = octet;
        }
        assert_agreement(&der);
    }
}
