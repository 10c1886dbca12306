//! Who may answer for an issuer: the issuer itself, or whom it has issued a certificate for that.

use super::*;
use crate::support::extensions::usage;
use crate::support::{CertificateBuilder, der, oids};

/// A responder of the issuing CA, whose certificate `change` adapts.
fn responder(change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Authority {
    cast::issuing().ocsp_responder("Acme OCSP", cast::key(6), change)
}

/// The responder's answer, with its certificate.
fn answer_of(responder: &Authority, single: SingleBuilder) -> Vec<u8> {
    responder.ocsp(
        OcspBuilder::new()
            .single(single)
            .certificates(vec![responder.der.clone()]),
    )
}

pub fn cases() -> Vec<Case> {
    let by = |name, description, responder: Authority| {
        stapled(name, description, answer_of(&responder, good()))
    };
    let usual = || responder(|certificate| certificate);
    let by_key = usual().ocsp(
        OcspBuilder::new()
            .single(good())
            .responder_by_key()
            .certificates(vec![cast::issuing().der, usual().der]),
    );
    let revoked_responder = issuing_crl(CrlBuilder::new().revoke(&serial_of(&usual().der)));
    vec![
        by(
            "responder-accepted",
            "A responder with a certificate of the issuing CA for OCSPSigning.",
            usual(),
        )
        .accepted(),
        stapled(
            "responder-by-key-accepted",
            "The same by its key; the issuing CA's own certificate comes along.",
            by_key,
        )
        .accepted(),
        stapled(
            "responder-revokes-refused",
            "The responder says that the certificate is revoked.",
            answer_of(&usual(), good().revoked(REVOKED_AT, Some(SUPERSEDED))),
        )
        .refused(END_ENTITY),
        stapled(
            "responder-without-certificate-refused",
            "The responder's certificate does not come with the response.",
            response_of(&usual(), good()),
        )
        .refused(BAD_STAPLE),
        by(
            "responder-purpose-refused",
            "The responder's certificate is one for servers.",
            responder(|certificate| certificate.eku(&[oids::SERVER_AUTH])),
        )
        .refused(BAD_STAPLE),
        by(
            "responder-any-purpose-refused",
            "anyExtendedKeyUsage does not stand in for OCSPSigning.",
            responder(|certificate| certificate.eku(&[oids::ANY_EXTENDED_KEY_USAGE])),
        )
        .refused(BAD_STAPLE),
        by(
            "responder-no-purpose-refused",
            "The responder's certificate names no purpose.",
            responder(|certificate| certificate.no_eku()),
        )
        .refused(BAD_STAPLE),
        by(
            "responder-expired-refused",
            "The responder's certificate expired a second ago.",
            responder(|certificate| {
                certificate.validity(
                    cast::day(2026, 5, 1),
                    der::unix(2026, 6, 1, 11, 59, 59),
                )
            }),
        )
        .refused(BAD_STAPLE),
        by(
            "responder-not-yet-refused",
            "The responder's certificate is from the future.",
            responder(|certificate| {
                certificate.validity(cast::day(2026, 7, 1), cast::day(2026, 8, 1))
            }),
        )
        .refused(BAD_STAPLE),
        by(
            "responder-key-usage-refused",
            "The responder's key usage permits no signatures.",
            responder(|certificate| certificate.key_usage_bits(&[usage::KEY_ENCIPHERMENT])),
        )
        .refused(BAD_STAPLE),
        by(
            "responder-critical-extension-refused",
            "The responder's certificate has a critical extension that is not known.",
            responder(|certificate| certificate.extension(oids::EXAMPLE_ARC, true, &der::null())),
        )
        .refused(BAD_STAPLE),
        by(
            "responder-of-other-ca-refused",
            "Another CA has issued the responder's certificate.",
            cast::globex_issuing().ocsp_responder("Acme OCSP", cast::key(6), |it| it),
        )
        .refused(BAD_STAPLE),
        by(
            "responder-of-root-refused",
            "The root has issued the responder's certificate, which is not the certificate's issuer.",
            cast::root().ocsp_responder("Acme OCSP", cast::key(6), |it| it),
        )
        .refused(BAD_STAPLE),
        by(
            "responder-self-made-refused",
            "The responder's certificate names the issuing CA as its issuer, and is signed by somebody else.",
            Authority::root("Acme Issuing CA", cast::key(7)).ocsp_responder(
                "Acme OCSP",
                cast::key(6),
                |it| it,
            ),
        )
        .refused(BAD_STAPLE),
        stapled(
            "responder-bad-signature-refused",
            "The responder's signature does not hold.",
            usual().ocsp(
                OcspBuilder::new()
                    .single(good())
                    .certificates(vec![usual().der])
                    .tamper_signature(),
            ),
        )
        .refused(BAD_STAPLE),
        stapled(
            "responder-undecodable-refused",
            "What comes with the response is no certificate.",
            usual().ocsp(
                OcspBuilder::new()
                    .single(good())
                    .certificates(vec![der::sequence(&[der::null()])]),
            ),
        )
        .refused(BAD_STAPLE),
        by(
            "responder-revoked-refused",
            "The issuing CA's CRL lists the responder.",
            usual(),
        )
        .crls([revoked_responder])
        .refused(END_ENTITY),
        stapled(
            "responder-is-a-server-refused",
            "Any server of the CA answers for itself.",
            answer_of(
                &Authority {
                    der: cast::issuing().issue(cast::server()),
                    name: crate::support::Name::cn("Acme API"),
                    key: cast::key(10),
                    key_identifier: None,
                },
                good(),
            ),
        )
        .refused(BAD_STAPLE),
    ]
}
