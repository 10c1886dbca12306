//! What can be wrong with the bytes themselves.

use super::case::{Case, client};
use super::cast;
use crate::support::keys::algorithm;
use crate::support::{der, oids};

pub fn cases() -> Vec<Case> {
    let mut cases = end_entities();
    cases.extend(others());
    cases.extend(amounts());
    cases
}

fn truncated(mut der: Vec<u8>) -> Vec<u8> {
    der.truncate(der.len() - 20);
    der
}

/// The same certificate with its outer length in one octet more than needed.
fn in_ber(certificate: &[u8]) -> Vec<u8> {
    der::tlv_padded_length(der::tag::SEQUENCE, 3, &certificate[4..])
}

fn end_entities() -> Vec<Case> {
    const REFUSED: &[&str] = &["input @ end-entity"];
    let sound = || cast::issuing().issue(cast::client());
    let presents = |name, description, end_entity: Vec<u8>| {
        client(name, description).chain([end_entity, cast::issuing().der])
    };
    let twice = cast::client().extension(oids::KEY_USAGE, true, &der::named_bits(&[0]));
    vec![
        presents("sound-accepted", "An end entity in DER.", sound()).accepted(),
        presents(
            "truncated-refused",
            "The end entity is cut short.",
            truncated(sound()),
        )
        .refused(REFUSED),
        presents(
            "ber-length-refused",
            "The end entity in BER: a length in more octets than needed.",
            in_ber(&sound()),
        )
        .refused(REFUSED),
        presents(
            "indefinite-length-refused",
            "The end entity in BER: an indefinite length.",
            der::tlv_indefinite(der::tag::SEQUENCE, &sound()[4..]),
        )
        .refused(REFUSED),
        presents(
            "ber-length-inside-refused",
            "The signature's length in two octets where one is enough.",
            cast::issuing().issue(cast::client().signature_raw(der::tlv_padded_length(
                der::tag::BIT_STRING,
                1,
                &[0; 65],
            ))),
        )
        .refused(REFUSED),
        presents(
            "unused-bits-in-signature-refused",
            "The signature's BIT STRING has an unused bit.",
            cast::issuing()
                .issue(cast::client().signature_raw(der::bit_string_unused(1, &[0; 64]))),
        )
        .refused(REFUSED),
        presents(
            "unused-bits-in-key-refused",
            "The key's BIT STRING has an unused bit.",
            cast::issuing().issue(cast::client().spki(der::sequence(&[
                algorithm(oids::ED25519, None),
                der::bit_string_unused(1, &[0; 32]),
            ]))),
        )
        .refused(REFUSED),
        presents(
            "negative-path-length-refused",
            "A pathLenConstraint below zero.",
            cast::issuing().issue(cast::client().replace_extension(
                oids::BASIC_CONSTRAINTS,
                true,
                &der::sequence(&[der::boolean(true), der::integer_raw(&[0xff])]),
            )),
        )
        .refused(REFUSED),
        presents(
            "trailing-octets-refused",
            "Octets follow the end entity's DER.",
            [sound(), b"more".to_vec()].concat(),
        )
        .refused(REFUSED),
        presents(
            "trailing-octets-inside-refused",
            "Octets follow the signature, inside the certificate.",
            cast::issuing().issue(cast::client().trailing_certificate(&der::null())),
        )
        .refused(REFUSED),
        presents(
            "duplicate-extension-refused",
            "keyUsage stands there twice.",
            cast::issuing().issue(twice),
        )
        .refused(REFUSED),
        presents(
            "version-1-refused",
            "A certificate of version 1.",
            cast::issuing().issue(cast::client().version(None)),
        )
        .refused(REFUSED),
        presents(
            "version-4-refused",
            "A certificate of a version that does not exist.",
            cast::issuing().issue(cast::client().version(Some(4))),
        )
        .refused(REFUSED),
        presents(
            "algorithms-differ-refused",
            "The signature algorithms inside and outside the signed part differ.",
            cast::issuing().issue(
                cast::client().inner_signature_algorithm(algorithm(oids::ECDSA_WITH_SHA256, None)),
            ),
        )
        .refused(REFUSED),
        presents(
            "not-a-certificate-refused",
            "DER, but no certificate.",
            der::sequence(&[der::null()]),
        )
        .refused(REFUSED),
        presents(
            "several-undecodable-refused",
            "The end entity and another certificate are cut short: both are said.",
            truncated(sound()),
        )
        .chain([truncated(sound()), truncated(cast::issuing().der)])
        .refused(&["input @ end-entity", "input @ presented-1"]),
    ]
}

fn others() -> Vec<Case> {
    vec![
        client(
            "other-truncated-accepted",
            "A path stands without the certificate that is cut short.",
        )
        .followed_by([truncated(cast::globex_issuing().der), cast::issuing().der])
        .warns(&["input @ presented-1"])
        .accepted(),
        client(
            "other-truncated-refused",
            "The only intermediate is cut short.",
        )
        .followed_by([truncated(cast::issuing().der)])
        .refused(&["chain @ path", "input @ presented-1"]),
        client(
            "other-ber-refused",
            "The only intermediate is in BER, which webpki might take.",
        )
        .followed_by([in_ber(&cast::issuing().der)])
        .refused(&["chain @ path", "input @ presented-1"]),
        client(
            "other-truncated-and-rule-refused",
            "A path stands without it, but breaks a rule: a warning beside.",
        )
        .followed_by([cast::issuing().der, truncated(cast::globex_issuing().der)])
        .set("path-length", "max-intermediates = 0")
        .warns(&["input @ presented-2"])
        .refused(&["path-length @ path"]),
    ]
}

fn amounts() -> Vec<Case> {
    /// Zeros in an extension that nobody reads.
    fn weighing(octets: usize) -> crate::support::CertificateBuilder {
        cast::client().extension(
            "1.3.6.1.4.1.32473.4",
            false,
            &der::octet_string(&vec![0; octets]),
        )
    }
    let variants = |count: u64| (1..=count).map(|n| cast::issuing_with(|ca| ca.serial(n)).der);
    vec![
        client(
            "sixteen-connected-accepted",
            "Sixteen certificates of the issuing CA, all of them usable.",
        )
        .followed_by(variants(16))
        .accepted(),
        client(
            "seventeen-connected-refused",
            "Seventeen certificates of the issuing CA are too many to search.",
        )
        .followed_by(variants(17))
        .refused(&["input @ path"]),
        client(
            "hundred-certificates-accepted",
            "A hundred certificates; but for two they are duplicates.",
        )
        .followed_by(vec![cast::issuing().der; 99])
        .accepted(),
        client(
            "too-many-certificates-refused",
            "A hundred and one certificates, though they are duplicates.",
        )
        .followed_by(vec![cast::issuing().der; 100])
        .refused(&["input @ path"]),
        client("sixty-kibibytes-accepted", "A large certificate.")
            .end_entity(weighing(60 * 1024))
            .accepted(),
        client("too-many-octets-refused", "More than 64 KiB in all.")
            .end_entity(weighing(60 * 1024))
            .followed_by([
                cast::issuing().der,
                cast::globex_issuing().issue(weighing(4 * 1024)),
            ])
            .refused(&["input @ path"]),
    ]
}
