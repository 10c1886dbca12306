//! What certificates are read as, at the edges.

use rustls_policy_verifier::{Certificate, Curve, GeneralName, KeyUsage, OidBuf, Problem};

use super::{end_entity, root};
use crate::support::{CertificateBuilder, Name, der, general_name, keys, oids};

/// In which field, and what.
fn read(builder: CertificateBuilder) -> Result<(), (&'static str, Problem)> {
    match Certificate::decode(&root().issue(builder)) {
        Ok(_) => Ok(()),
        Err(error) => Err((error.field, error.problem)),
    }
}

/// An extension whose criticality is spelled out as what it is by default.
fn spelled_out(oid: &str) -> Vec<u8> {
    let value = der::octet_string(&der::null());
    der::sequence(&[der::oid(oid), der::boolean(false), value])
}

#[test]
fn certificates_at_the_edge_of_what_is_read() {
    let purposes = |count: usize| {
        let purposes = vec!["1.3.6.1.4.1.32473.1"; count];
        end_entity().eku(&purposes)
    };
    let attributes = |count: usize| {
        let name = (0..count).fold(Name::empty(), |name, _| name.and(oids::COMMON_NAME, "a"));
        end_entity().subject(name)
    };
    let too_many = |most, what| Problem::TooMany { most, what };
    let usage = |value: &[u8]| end_entity().replace_extension(oids::KEY_USAGE, true, value);
    let cases = [
        (
            end_entity().version(Some(1)),
            Err((
                "tbsCertificate.version",
                Problem::Value("version 1 spelled out, which DER leaves out"),
            )),
        ),
        // webpki and most others read past a default that is spelled out.
        (
            end_entity().extension_raw(spelled_out("1.3.6.1.4.1.32473.1")),
            Ok(()),
        ),
        (
            end_entity().replace_extension(
                oids::BASIC_CONSTRAINTS,
                true,
                &der::sequence(&[der::boolean(false)]),
            ),
            Ok(()),
        ),
        (purposes(64), Ok(())),
        (purposes(65), Err(("extKeyUsage", too_many(64, "purposes")))),
        (attributes(64), Ok(())),
        (attributes(65), Err(("name", too_many(64, "attributes")))),
        (usage(&der::bit_string_unused(0, &[])), Ok(())),
        (
            usage(&der::bit_string_unused(3, &[])),
            Err((
                "keyUsage",
                Problem::Value("unused bits in an empty BIT STRING"),
            )),
        ),
    ];
    for (number, (builder, expected)) in cases.into_iter().enumerate() {
        assert_eq!(read(builder), expected, "case {number}");
    }
}

#[test]
fn alternative_names_of_every_kind_are_read_and_printed() {
    let names = vec![
        general_name::other_name("1.3.6.1.4.1.32473.1", &der::utf8("a")),
        general_name::upn("peer@acme.example"),
        general_name::other_name(oids::UPN, &der::ia5("a")),
        general_name::email("a@acme.example"),
        general_name::dns("acme.example"),
        der::implicit_constructed(3, &[]),
        general_name::directory(&Name::cn("a")),
        der::implicit_constructed(5, &[]),
        general_name::uri("urn:a"),
        general_name::ipv4([10, 0, 0, 1]),
        general_name::registered_id("1.3.6.1.4.1.32473.2"),
    ];
    let issued = root().issue(end_entity().san(names));
    let certificate = Certificate::decode(&issued).unwrap();
    let names: Vec<_> = certificate.subject_alternative_names().unwrap().collect();
    let printed: Vec<_> = names.iter().map(GeneralName::to_string).collect();
    assert_eq!(
        printed,
        [
            "other:1.3.6.1.4.1.32473.1=#0c0161",
            "upn:peer@acme.example",
            "other:1.3.6.1.4.1.311.20.2.3=#160161",
            "email:a@acme.example",
            "dns:acme.example",
            "type-3",
            "directory:CN=a",
            "type-5",
            "uri:urn:a",
            "ip:10.0.0.1",
            "registered-id:1.3.6.1.4.1.32473.2",
        ]
    );
    assert_eq!(format!("{names:?}"), format!("[{}]", printed.join(", ")));
    assert_eq!(
        read(end_entity().san(vec![der::implicit_primitive(8, &[0x80])])),
        Err((
            "subjectAltName",
            Problem::Value("a malformed OBJECT IDENTIFIER")
        ))
    );
}

#[test]
fn an_unknown_curve_is_printed_by_its_identifier() {
    let key = |spki| {
        let issued = root().issue(end_entity().spki(spki));
        Certificate::decode(&issued)
            .unwrap()
            .public_key()
            .to_string()
    };
    assert_eq!(key(keys::secp256k1_spki()), "EC on secp256k1");
    assert_eq!(
        key(keys::ec_spki("1.3.6.1.4.1.32473.1", 65)),
        "EC on the curve 1.3.6.1.4.1.32473.1"
    );
}

#[test]
fn sizes_of_curves_are_those_of_their_fields() {
    let curves = [Curve::P256, Curve::P384, Curve::P521];
    assert_eq!(
        curves.map(|curve| curve.bits()),
        [Some(256), Some(384), Some(521)]
    );
    let other = OidBuf::parse(oids::SECP256K1).unwrap();
    assert_eq!(Curve::Other(other).bits(), None);
}

#[test]
fn key_usages_are_sets_of_bits() {
    let (sign, issue) = (KeyUsage::DIGITAL_SIGNATURE, KeyUsage::KEY_CERT_SIGN);
    let both = sign.with(issue);
    assert!(both.contains(sign) && both.contains(issue) && !sign.contains(issue));
    assert_eq!(both.with(sign), both);
    assert_eq!(both.to_string(), "digitalSignature, keyCertSign");
}
