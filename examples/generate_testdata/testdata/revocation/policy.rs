//! What a policy makes of it all.

use super::*;

const BOTH: &[&str] = &["revocation @ end-entity", "revocation @ intermediate-1"];
const ALLOW_UNKNOWN: &str = "unknown = \"allow-with-warning\"";
const ALLOW_STALE: &str = "stale = \"allow-with-warning\"";

pub fn cases() -> Vec<Case> {
    let mut cases = depths();
    cases.extend(tolerances());
    cases.extend(sources_of_end_entities());
    cases.extend(sources_of_intermediates());
    cases.extend(softened());
    cases
}

fn issuing_revoked() -> Vec<u8> {
    root_crl(CrlBuilder::new().revoke(&issuing_serial()))
}

fn depths() -> Vec<Case> {
    let end_entity = |name, description, crls: Vec<Vec<u8>>| {
        listed(name, description, crls).set(RULE, "check = \"end-entity\"")
    };
    vec![
        listed(
            "check-path-accepted",
            "The end entity's status and the issuing CA's are known.",
            empty_crls(),
        )
        .set(RULE, "check = \"path\"")
        .accepted(),
        listed(
            "check-path-refused",
            "The issuing CA's status is not known.",
            [issuing_crl(CrlBuilder::new())],
        )
        .set(RULE, "check = \"path\"")
        .refused(INTERMEDIATE),
        end_entity(
            "check-end-entity-accepted",
            "The issuing CA's status is not known, and need not be.",
            vec![issuing_crl(CrlBuilder::new())],
        )
        .accepted(),
        end_entity(
            "check-end-entity-unknown-refused",
            "The end entity's status is not known.",
            vec![root_crl(CrlBuilder::new())],
        )
        .refused(END_ENTITY),
        end_entity(
            "check-end-entity-intermediate-revoked-refused",
            "The issuing CA's status need not be known; it is: revoked.",
            vec![issuing_crl(CrlBuilder::new()), issuing_revoked()],
        )
        .refused(INTERMEDIATE),
        end_entity(
            "check-end-entity-bad-crl-refused",
            "The root's CRL is not signed by the root: it may stand in the place of one that is.",
            vec![
                issuing_crl(CrlBuilder::new()),
                root_crl(CrlBuilder::new().tamper_signature()),
            ],
        )
        .refused(INTERMEDIATE),
    ]
}

fn expired_crl() -> CrlBuilder {
    CrlBuilder::new()
        .this_update(cast::day(2026, 4, 25))
        .next_update(cast::day(2026, 5, 25))
}

fn tolerances() -> Vec<Case> {
    vec![
        listed(
            "unknown-allowed-accepted",
            "The end entity's status is not known, which is allowed.",
            [root_crl(CrlBuilder::new())],
        )
        .set(RULE, ALLOW_UNKNOWN)
        .warns(END_ENTITY)
        .accepted(),
        listed(
            "unknown-allowed-nothing-known-accepted",
            "The CRL is another CA's: nothing is known, which is allowed.",
            [cast::globex_root().crl(CrlBuilder::new())],
        )
        .set(RULE, ALLOW_UNKNOWN)
        .warns(BOTH)
        .accepted(),
        stapled(
            "unknown-allowed-to-responder-accepted",
            "The responder does not know the certificate, which is allowed.",
            response(good().unknown()),
        )
        .set(RULE, ALLOW_UNKNOWN)
        .warns(END_ENTITY)
        .accepted(),
        listed(
            "unknown-allowed-stale-refused",
            "That a status is not known is allowed; that it is stale is not.",
            with_root_crl(expired_crl()),
        )
        .set(RULE, ALLOW_UNKNOWN)
        .refused(END_ENTITY),
        listed(
            "unknown-allowed-bad-crl-refused",
            "A CRL that is not the issuer's is more than a status that is not known.",
            with_root_crl(CrlBuilder::new().tamper_signature()),
        )
        .set(RULE, ALLOW_UNKNOWN)
        .refused(END_ENTITY),
        listed(
            "unknown-allowed-revoked-refused",
            "The issuing CA's status is not known, which is allowed; the end entity is revoked.",
            [client_revoked()],
        )
        .set(RULE, ALLOW_UNKNOWN)
        .warns(INTERMEDIATE)
        .refused(END_ENTITY),
        listed(
            "stale-allowed-accepted",
            "The issuing CA's CRL has expired, which is allowed.",
            with_root_crl(expired_crl()),
        )
        .set(RULE, ALLOW_STALE)
        .warns(END_ENTITY)
        .accepted(),
        listed(
            "stale-allowed-from-the-future-accepted",
            "The issuing CA's CRL is from the future, which is allowed like one that has expired.",
            with_root_crl(CrlBuilder::new().this_update(cast::day(2026, 7, 1))),
        )
        .set(RULE, ALLOW_STALE)
        .warns(END_ENTITY)
        .accepted(),
        stapled(
            "stale-allowed-staple-accepted",
            "The stapled response has ended, which is allowed.",
            response(
                good()
                    .this_update(cast::day(2026, 5, 1))
                    .next_update(cast::day(2026, 5, 8)),
            ),
        )
        .set(RULE, ALLOW_STALE)
        .warns(END_ENTITY)
        .accepted(),
        listed(
            "stale-allowed-unknown-refused",
            "That a status is stale is allowed; that it is not known is not.",
            [root_crl(expired_crl())],
        )
        .set(RULE, ALLOW_STALE)
        .warns(INTERMEDIATE)
        .refused(END_ENTITY),
        listed(
            "stale-allowed-lists-refused",
            "The expired CRL lists the end entity.",
            with_root_crl(expired_crl().revoke(&client_serial())),
        )
        .set(RULE, ALLOW_STALE)
        .refused(END_ENTITY),
    ]
}

/// The server's status by CRL, by staple, by neither, by both; that of its issuing CA by CRL.
fn sources_of_end_entities() -> Vec<Case> {
    let case = |name, description, source: &str, by_crl: bool, by_ocsp: bool| {
        let crls = if by_crl {
            empty_crls().to_vec()
        } else {
            vec![root_crl(CrlBuilder::new())]
        };
        let line = format!("sources = {{ end-entity = \"{source}\" }}");
        let case = server(name, description).set(RULE, &line).crls(crls);
        if by_ocsp {
            case.staple(response(good()))
        } else {
            case.no_staple()
        }
    };
    vec![
        case(
            "source-crl-accepted",
            "A CRL is asked for, and there.",
            "crl",
            true,
            false,
        )
        .accepted(),
        case(
            "source-crl-refused",
            "A CRL is asked for, and there is a response.",
            "crl",
            false,
            true,
        )
        .refused(END_ENTITY),
        case(
            "source-ocsp-accepted",
            "A response is asked for, and there.",
            "ocsp",
            false,
            true,
        )
        .accepted(),
        case(
            "source-ocsp-refused",
            "A response is asked for, and there is a CRL.",
            "ocsp",
            true,
            false,
        )
        .refused(END_ENTITY),
        case(
            "source-either-crl-accepted",
            "One of them is asked for: there is a CRL.",
            "either",
            true,
            false,
        )
        .accepted(),
        case(
            "source-either-ocsp-accepted",
            "One of them is asked for: there is a response.",
            "either",
            false,
            true,
        )
        .accepted(),
        case(
            "source-either-refused",
            "One of them is asked for, and there is none.",
            "either",
            false,
            false,
        )
        .refused(END_ENTITY),
        case(
            "source-both-accepted",
            "Both are asked for, and there.",
            "both",
            true,
            true,
        )
        .accepted(),
        case(
            "source-both-crl-refused",
            "Both are asked for, and there is only a CRL.",
            "both",
            true,
            false,
        )
        .refused(END_ENTITY),
        case(
            "source-both-ocsp-refused",
            "Both are asked for, and there is only a response.",
            "both",
            false,
            true,
        )
        .refused(END_ENTITY),
        case(
            "source-both-neither-refused",
            "Both are asked for, and there is none.",
            "both",
            false,
            false,
        )
        .refused(END_ENTITY),
        case(
            "source-both-stale-refused",
            "Both are asked for; the CRL has expired.",
            "both",
            true,
            true,
        )
        .crls(with_root_crl(expired_crl()))
        .refused(END_ENTITY),
        case(
            "source-crl-ocsp-revokes-refused",
            "A CRL is asked for and does not list the certificate; a response, not asked for, revokes it.",
            "crl",
            true,
            true,
        )
        .staple(response(good().revoked(REVOKED_AT, Some(KEY_COMPROMISE))))
        .refused(END_ENTITY),
        case(
            "source-ocsp-crl-revokes-refused",
            "A response is asked for and says good; a CRL, not asked for, lists the certificate.",
            "ocsp",
            true,
            true,
        )
        .crls(with_root_crl(CrlBuilder::new().revoke(&server_serial())))
        .refused(END_ENTITY),
    ]
}

/// The issuing CA's status by CRL, by response, by both; the client's by CRL.
fn sources_of_intermediates() -> Vec<Case> {
    let case = |name, description, source: &str, by_crl: bool, by_ocsp: bool| {
        let mut crls = vec![issuing_crl(CrlBuilder::new())];
        if by_crl {
            crls.push(root_crl(CrlBuilder::new()));
        }
        // One about somebody else, where the issuing CA's is missing: a policy that asks for one must have one.
        let response = if by_ocsp {
            response_of(&cast::root(), good_issuing())
        } else {
            response(good())
        };
        let line = format!("sources = {{ intermediate = \"{source}\" }}");
        listed(name, description, crls)
            .responses([response])
            .set(RULE, &line)
    };
    vec![
        case(
            "source-intermediate-crl-accepted",
            "A CRL is asked for, and there.",
            "crl",
            true,
            false,
        )
        .accepted(),
        case(
            "source-intermediate-crl-refused",
            "A CRL is asked for, and there is a response.",
            "crl",
            false,
            true,
        )
        .refused(INTERMEDIATE),
        case(
            "source-intermediate-ocsp-accepted",
            "A response is asked for, and there.",
            "ocsp",
            false,
            true,
        )
        .accepted(),
        case(
            "source-intermediate-ocsp-refused",
            "A response is asked for, and there is a CRL.",
            "ocsp",
            true,
            false,
        )
        .refused(INTERMEDIATE),
        case(
            "source-intermediate-either-accepted",
            "One of them is asked for: there is a response.",
            "either",
            false,
            true,
        )
        .accepted(),
        case(
            "source-intermediate-either-refused",
            "One of them is asked for, and there is none.",
            "either",
            false,
            false,
        )
        .refused(INTERMEDIATE),
        case(
            "source-intermediate-both-accepted",
            "Both are asked for, and there.",
            "both",
            true,
            true,
        )
        .accepted(),
        case(
            "source-intermediate-both-refused",
            "Both are asked for, and there is only a CRL.",
            "both",
            true,
            false,
        )
        .refused(INTERMEDIATE),
        case(
            "source-intermediate-both-ocsp-refused",
            "Both are asked for, and there is only a response.",
            "both",
            false,
            true,
        )
        .refused(INTERMEDIATE),
    ]
}

fn softened() -> Vec<Case> {
    let revoked = || response(good().revoked(REVOKED_AT, None));
    let audited =
        |name, description, crls: Vec<Vec<u8>>| listed(name, description, crls).audit(RULE);
    vec![
        audited(
            "audit-accepted",
            "Audited: that a status is not known is a warning.",
            vec![root_crl(CrlBuilder::new())],
        )
        .at(cast::AUDIT_ENDS)
        .warns(END_ENTITY)
        .accepted(),
        audited(
            "audit-over-refused",
            "The day after the audit.",
            vec![root_crl(CrlBuilder::new())],
        )
        .at(cast::AUDIT_OVER)
        .refused(END_ENTITY),
        audited(
            "audit-revoked-refused",
            "Audited: what is revoked is refused all the same.",
            vec![client_revoked()],
        )
        .warns(INTERMEDIATE)
        .refused(END_ENTITY),
        audited(
            "audit-bad-crl-refused",
            "Audited: a CRL that is not the issuer's is refused all the same.",
            with_root_crl(CrlBuilder::new().tamper_signature()).to_vec(),
        )
        .refused(END_ENTITY),
        server(
            "off-accepted",
            "Off: the staple, which says that the certificate is revoked, is not looked at.",
        )
        .off(RULE)
        .staple(revoked())
        .accepted(),
        server(
            "check-off-accepted",
            "Nobody's status is asked for: the same as off.",
        )
        .set(RULE, "check = \"off\"")
        .staple(revoked())
        .accepted(),
        server(
            "starting-point-accepted",
            "Nothing is said of revocation: off.",
        )
        .staple(revoked())
        .accepted(),
    ]
}
