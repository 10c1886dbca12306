//! What is made of staples, and who demands one.

use super::*;
use crate::support::{CertificateBuilder, der, oids};

pub fn cases() -> Vec<Case> {
    let mut cases = policy_demands();
    cases.extend(ignored());
    cases.extend(certificate_demands());
    cases.extend(unparsable());
    cases
}

/// A server whose status CRLs make known, staple or not.
fn by_crls(name: &'static str, description: &'static str) -> Case {
    server(name, description).on(RULE).crls(empty_crls())
}

fn tampered() -> Vec<u8> {
    cast::issuing().ocsp(OcspBuilder::new().single(good()).tamper_signature())
}

fn policy_demands() -> Vec<Case> {
    let require = |name, description| by_crls(name, description).set(RULE, "staple = \"require\"");
    vec![
        require(
            "staple-require-accepted",
            "The policy demands a staple, and there is one.",
        )
        .staple(response(good()))
        .accepted(),
        require(
            "staple-require-absent-refused",
            "The policy demands a staple: that the CRLs do not list the certificate is not enough.",
        )
        .no_staple()
        .refused(END_ENTITY),
        require(
            "staple-require-not-applicable-accepted",
            "The policy demands a staple, and the chain comes from a file.",
        )
        .warns(END_ENTITY)
        .accepted(),
        require(
            "staple-require-stale-refused",
            "The policy demands a staple, and the one there is has ended.",
        )
        .staple(response(
            good()
                .this_update(cast::day(2026, 5, 1))
                .next_update(cast::day(2026, 5, 8)),
        ))
        .refused(END_ENTITY),
        by_crls(
            "staple-use-absent-accepted",
            "No staple: the CRLs are enough.",
        )
        .set(RULE, "staple = \"use\"")
        .no_staple()
        .accepted(),
        server(
            "staple-use-absent-refused",
            "No staple, and nothing else that says anything of the server.",
        )
        .set(RULE, "check = \"end-entity\"")
        .set(RULE, "staple = \"use\"")
        .no_staple()
        .refused(END_ENTITY),
        server(
            "staple-use-not-applicable-refused",
            "The chain comes from a file, and nothing says anything of the server.",
        )
        .set(RULE, "check = \"end-entity\"")
        .refused(END_ENTITY),
        by_crls(
            "staple-stale-accepted",
            "The staple has ended; the CRLs are current.",
        )
        .staple(response(
            good()
                .this_update(cast::day(2026, 5, 1))
                .next_update(cast::day(2026, 5, 8)),
        ))
        .accepted(),
        by_crls(
            "staple-bad-beside-crls-refused",
            "The CRLs are current; the staple's signature does not hold.",
        )
        .staple(tampered())
        .refused(END_ENTITY),
    ]
}

fn ignored() -> Vec<Case> {
    let ignore = |name, description| by_crls(name, description).set(RULE, "staple = \"ignore\"");
    vec![
        ignore(
            "staple-ignore-bad-accepted",
            "Nothing that is wrong with the staple counts.",
        )
        .staple(tampered())
        .accepted(),
        ignore(
            "staple-ignore-absent-accepted",
            "No staple: the CRLs are enough.",
        )
        .no_staple()
        .accepted(),
        ignore(
            "staple-ignore-unknown-accepted",
            "The staple says that the responder does not know the certificate.",
        )
        .staple(response(good().unknown()))
        .accepted(),
        ignore(
            "staple-ignore-revoked-refused",
            "The staple says that the certificate is revoked.",
        )
        .staple(response(good().revoked(REVOKED_AT, None)))
        .refused(END_ENTITY),
        ignore(
            "staple-ignore-good-refused",
            "The staple says good, and no CRL says anything.",
        )
        .staple(response(good()))
        .crls([root_crl(CrlBuilder::new())])
        .refused(END_ENTITY),
    ]
}

/// Must-staple (RFC 7633).
fn certificate_demands() -> Vec<Case> {
    let demanding =
        |name, description| by_crls(name, description).end_entity(cast::server().must_staple());
    let with_features = |value: &[u8]| {
        CertificateBuilder::extension(cast::server(), oids::TLS_FEATURE, false, value)
    };
    vec![
        demanding(
            "must-staple-accepted",
            "The certificate demands a staple, and there is one.",
        )
        .staple(response(good()))
        .accepted(),
        demanding(
            "must-staple-absent-refused",
            "The certificate demands a staple, and there is none.",
        )
        .no_staple()
        .refused(END_ENTITY),
        demanding(
            "must-staple-not-applicable-accepted",
            "The certificate demands a staple, and the chain comes from a file.",
        )
        .warns(END_ENTITY)
        .accepted(),
        demanding(
            "must-staple-ignore-accepted",
            "Staples are ignored, but where the certificate demands one, this one counts.",
        )
        .set(RULE, "staple = \"ignore\"")
        .staple(response(good()))
        .accepted(),
        demanding(
            "must-staple-ignore-absent-refused",
            "Staples are ignored, but what the certificate demands is not.",
        )
        .set(RULE, "staple = \"ignore\"")
        .no_staple()
        .refused(END_ENTITY),
        demanding(
            "must-staple-bad-refused",
            "A staple that is no answer, though allowed, is not what the certificate demands.",
        )
        .set(RULE, "unparsable = \"allow-with-warning\"")
        .staple(tampered())
        .warns(END_ENTITY)
        .refused(END_ENTITY),
        by_crls(
            "tls-feature-other-accepted",
            "The certificate demands another TLS feature.",
        )
        .end_entity(with_features(&der::sequence(&[der::integer_u64(17)])))
        .no_staple()
        .accepted(),
        by_crls(
            "tls-feature-undecodable-refused",
            "Which TLS features the certificate demands cannot be decoded.",
        )
        .end_entity(with_features(&der::null()))
        .no_staple()
        .refused(END_ENTITY),
    ]
}

/// Staples that are no answers, allowed: they count as none.
fn unparsable() -> Vec<Case> {
    let allow = |name, description| {
        by_crls(name, description).set(RULE, "unparsable = \"allow-with-warning\"")
    };
    let truncated = || {
        let mut response = response(good());
        response.truncate(response.len() - 20);
        response
    };
    vec![
        allow(
            "unparsable-allowed-accepted",
            "The staple is cut short; the CRLs are enough.",
        )
        .staple(truncated())
        .warns(END_ENTITY)
        .accepted(),
        allow(
            "unparsable-allowed-bad-signature-accepted",
            "The staple's signature does not hold; the CRLs are enough.",
        )
        .staple(tampered())
        .warns(END_ENTITY)
        .accepted(),
        allow(
            "unparsable-allowed-revoked-accepted",
            "What a response revokes whose signature does not hold is not revoked.",
        )
        .staple(
            cast::issuing().ocsp(
                OcspBuilder::new()
                    .single(good().revoked(REVOKED_AT, None))
                    .tamper_signature(),
            ),
        )
        .warns(END_ENTITY)
        .accepted(),
        allow(
            "unparsable-allowed-unknown-refused",
            "The staple is cut short, and no CRL says anything.",
        )
        .staple(truncated())
        .crls([root_crl(CrlBuilder::new())])
        .warns(END_ENTITY)
        .refused(END_ENTITY),
        by_crls(
            "unparsable-refuse-refused",
            "The staple is cut short; the CRLs would be enough.",
        )
        .set(RULE, "unparsable = \"refuse\"")
        .staple(truncated())
        .refused(END_ENTITY),
        by_crls("unparsable-refuse-accepted", "The staple is an answer.")
            .set(RULE, "unparsable = \"refuse\"")
            .staple(response(good()))
            .accepted(),
    ]
}
