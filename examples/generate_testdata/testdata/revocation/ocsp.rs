//! What OCSP responses say, and when.

use super::*;
use crate::support::{CertIdHash, der, oids};

pub fn cases() -> Vec<Case> {
    let mut cases = answers();
    cases.extend(several());
    cases.extend(times());
    cases.extend(not_answers());
    cases.extend(handed_over());
    cases
}

fn answers() -> Vec<Case> {
    let by_key = OcspBuilder::new().single(good()).responder_by_key();
    let nonce = OcspBuilder::new().single(good()).nonce(&[7; 16]);
    let extended = OcspBuilder::new()
        .single(good().extension(oids::EXAMPLE_ARC, false, &der::null()))
        .extension(oids::EXAMPLE_ARC, false, &der::null());
    vec![
        stapled(
            "ocsp-good-accepted",
            "The issuing CA, by its name, says that the server's certificate is good.",
            response(good()),
        )
        .accepted(),
        stapled(
            "ocsp-good-by-key-accepted",
            "The issuing CA, by its key.",
            cast::issuing().ocsp(by_key),
        )
        .accepted(),
        stapled(
            "ocsp-sha256-accepted",
            "The response names the certificate by SHA-256.",
            response(good().hash(CertIdHash::Sha256)),
        )
        .accepted(),
        stapled(
            "ocsp-nonce-accepted",
            "A nonce, of somebody else's request.",
            cast::issuing().ocsp(nonce),
        )
        .accepted(),
        stapled(
            "ocsp-extensions-accepted",
            "Extensions that are not known and not critical.",
            cast::issuing().ocsp(extended),
        )
        .accepted(),
        stapled(
            "ocsp-revoked-refused",
            "The server's certificate is revoked, with a reason.",
            response(good().revoked(REVOKED_AT, Some(KEY_COMPROMISE))),
        )
        .refused(END_ENTITY),
        stapled(
            "ocsp-revoked-without-reason-refused",
            "The server's certificate is revoked, and the response does not say why.",
            response(good().revoked(REVOKED_AT, None)),
        )
        .refused(END_ENTITY),
        stapled(
            "ocsp-unknown-refused",
            "The responder does not know the certificate.",
            response(good().unknown()),
        )
        .refused(END_ENTITY),
        server(
            "ocsp-unknown-beside-crl-refused",
            "The responder does not know the certificate; that a CRL does not list it is no answer to that.",
        )
        .on(RULE)
        .staple(response(good().unknown()))
        .crls(empty_crls())
        .refused(END_ENTITY),
    ]
}

/// Several single responses in one response.
fn several() -> Vec<Case> {
    let other = || SingleBuilder::good(&cast::issuing(), &client_serial());
    let both = |one, another| cast::issuing().ocsp(OcspBuilder::new().single(one).single(another));
    vec![
        stapled(
            "ocsp-other-certificate-refused",
            "The response is about another certificate of the CA.",
            response(other()),
        )
        .refused(BAD_STAPLE),
        stapled(
            "ocsp-other-issuer-refused",
            "The response is about a certificate of another CA with the same serial number.",
            response(SingleBuilder::good(
                &cast::globex_issuing(),
                &server_serial(),
            )),
        )
        .refused(BAD_STAPLE),
        stapled(
            "ocsp-several-accepted",
            "Another certificate is revoked, this one is good.",
            both(other().revoked(REVOKED_AT, None), good()),
        )
        .accepted(),
        stapled(
            "ocsp-several-refused",
            "Another certificate is good, this one is revoked.",
            both(other(), good().revoked(REVOKED_AT, Some(SUPERSEDED))),
        )
        .refused(END_ENTITY),
        stapled(
            "ocsp-contradiction-refused",
            "One response says of the certificate that it is good and that it is revoked.",
            both(good(), good().revoked(REVOKED_AT, None)),
        )
        .refused(END_ENTITY),
        stapled(
            "ocsp-old-and-new-accepted",
            "Of two answers about the certificate one is stale, the other holds.",
            both(
                good()
                    .this_update(cast::day(2026, 5, 20))
                    .next_update(cast::day(2026, 5, 27)),
                good(),
            ),
        )
        .accepted(),
    ]
}

/// Most cases take place half a day into June.
fn times() -> Vec<Case> {
    const NOON: i64 = der::unix(2026, 6, 1, 12, 0, 0);
    let at = |name, description, time| stapled(name, description, response(good())).at(time);
    let made = |unix| {
        cast::issuing().ocsp(
            OcspBuilder::new()
                .produced_at(unix)
                .single(good().this_update(unix)),
        )
    };
    let endless = || response(good().no_next_update());
    let max_age = |case: Case| case.set(RULE, "max-age = \"129600 s\"");
    vec![
        at(
            "ocsp-before-next-update-accepted",
            "The last second before nextUpdate.",
            "2026-06-06T23:59:59Z",
        )
        .accepted(),
        at(
            "ocsp-next-update-refused",
            "The second of nextUpdate.",
            "2026-06-07T00:00:00Z",
        )
        .refused(END_ENTITY),
        stapled(
            "ocsp-stale-revoked-refused",
            "A response that has ended says that the certificate is revoked: it stays revoked.",
            response(
                good()
                    .this_update(cast::day(2026, 5, 20))
                    .next_update(cast::day(2026, 5, 27))
                    .revoked(REVOKED_AT, None),
            ),
        )
        .refused(END_ENTITY),
        stapled(
            "ocsp-within-skew-accepted",
            "The responder's clock is ahead by five minutes.",
            made(NOON + 300),
        )
        .accepted(),
        stapled(
            "ocsp-beyond-skew-refused",
            "The responder's clock is ahead by five minutes and a second.",
            made(NOON + 301),
        )
        .refused(END_ENTITY),
        stapled(
            "ocsp-clock-skew-accepted",
            "The responder's clock is ahead by an hour, which is allowed.",
            made(NOON + 3600),
        )
        .set(RULE, "clock-skew = \"3600 s\"")
        .accepted(),
        stapled(
            "ocsp-clock-skew-refused",
            "The responder's clock is ahead by a second, which is not allowed.",
            made(NOON + 1),
        )
        .set(RULE, "clock-skew = \"0 s\"")
        .refused(END_ENTITY),
        stapled(
            "ocsp-produced-in-the-future-refused",
            "What it says holds already, but it was made in the future.",
            cast::issuing().ocsp(OcspBuilder::new().produced_at(NOON + 3600).single(good())),
        )
        .refused(END_ENTITY),
        stapled(
            "ocsp-no-next-update-refused",
            "The response does not say until when it holds.",
            endless(),
        )
        .refused(END_ENTITY),
        max_age(stapled(
            "ocsp-max-age-accepted",
            "The response does not say until when it holds; at this age it does.",
            endless(),
        ))
        .accepted(),
        max_age(stapled(
            "ocsp-max-age-refused",
            "The response says that it holds for days; it is a second older than it may be.",
            response(good()),
        ))
        .at("2026-06-01T12:00:01Z")
        .refused(END_ENTITY),
    ]
}

fn not_answers() -> Vec<Case> {
    let good_response = || OcspBuilder::new().single(good());
    let mut truncated = response(good());
    truncated.truncate(truncated.len() - 20);
    vec![
        stapled(
            "ocsp-truncated-refused",
            "The response is cut short.",
            truncated,
        )
        .refused(BAD_STAPLE),
        stapled(
            "ocsp-trailing-octets-refused",
            "Octets follow the response.",
            [response(good()), b"more".to_vec()].concat(),
        )
        .refused(BAD_STAPLE),
        stapled("ocsp-empty-refused", "A staple of no octets.", Vec::new()).refused(BAD_STAPLE),
        stapled(
            "ocsp-try-later-refused",
            "The responder did not answer.",
            cast::issuing().ocsp(OcspBuilder::new().response_status(3)),
        )
        .refused(BAD_STAPLE),
        stapled(
            "ocsp-other-type-refused",
            "A response of a type that is not known.",
            cast::issuing().ocsp(good_response().response_type(oids::EXAMPLE_ARC)),
        )
        .refused(BAD_STAPLE),
        stapled(
            "ocsp-critical-extension-refused",
            "The response has a critical extension that is not known.",
            cast::issuing().ocsp(good_response().extension(oids::EXAMPLE_ARC, true, &der::null())),
        )
        .refused(BAD_STAPLE),
        stapled(
            "ocsp-critical-single-extension-refused",
            "What it says of the certificate has a critical extension that is not known.",
            response(good().extension(oids::EXAMPLE_ARC, true, &der::null())),
        )
        .refused(BAD_STAPLE),
        stapled(
            "ocsp-bad-signature-refused",
            "The response's signature does not hold.",
            cast::issuing().ocsp(good_response().tamper_signature()),
        )
        .refused(BAD_STAPLE),
        stapled(
            "ocsp-bad-signature-revoked-refused",
            "A response whose signature does not hold revokes nothing, and is refused for what it is.",
            cast::issuing().ocsp(
                OcspBuilder::new()
                    .single(good().revoked(REVOKED_AT, None))
                    .tamper_signature(),
            ),
        )
        .refused(BAD_STAPLE),
    ]
}

/// Clients cannot staple; responses about them are fetched beforehand.
fn handed_over() -> Vec<Case> {
    let known = |name, description, responses: Vec<Vec<u8>>| {
        client(name, description)
            .set(RULE, "check = \"end-entity\"")
            .responses(responses)
    };
    let revoked = || response(good_client().revoked(REVOKED_AT, Some(KEY_COMPROMISE)));
    vec![
        known(
            "ocsp-known-accepted",
            "A response about the client is known here.",
            vec![response(good_client())],
        )
        .accepted(),
        client(
            "ocsp-known-for-both-accepted",
            "Responses about the client and its issuing CA are known here.",
        )
        .on(RULE)
        .responses([
            response(good_client()),
            response_of(&cast::root(), good_issuing()),
        ])
        .accepted(),
        client(
            "ocsp-known-for-intermediate-refused",
            "The response about the issuing CA says that it is revoked.",
        )
        .on(RULE)
        .responses([
            response(good_client()),
            response_of(
                &cast::root(),
                good_issuing().revoked(REVOKED_AT, Some(CA_COMPROMISE)),
            ),
        ])
        .refused(INTERMEDIATE),
        known(
            "ocsp-known-revoked-refused",
            "The response about the client says that it is revoked.",
            vec![revoked()],
        )
        .refused(END_ENTITY),
        known(
            "ocsp-known-first-revokes-refused",
            "Of two responses the first revokes.",
            vec![revoked(), response(good_client())],
        )
        .refused(END_ENTITY),
        known(
            "ocsp-known-second-revokes-refused",
            "Of two responses the second revokes.",
            vec![response(good_client()), revoked()],
        )
        .refused(END_ENTITY),
        known(
            "ocsp-known-about-others-refused",
            "The responses are about others.",
            vec![response(good())],
        )
        .refused(END_ENTITY),
        known(
            "ocsp-known-bad-signature-refused",
            "The response about the client is signed by somebody else.",
            vec![response_of(&cast::globex_issuing(), good_client())],
        )
        .refused(END_ENTITY),
        known(
            "ocsp-known-bad-and-good-accepted",
            "Of two responses about the client one is signed by somebody else.",
            vec![
                response_of(&cast::globex_issuing(), good_client()),
                response(good_client()),
            ],
        )
        .accepted(),
        known(
            "ocsp-known-stale-refused",
            "The response about the client is of last month.",
            vec![response(
                good_client()
                    .this_update(cast::day(2026, 5, 1))
                    .next_update(cast::day(2026, 5, 8)),
            )],
        )
        .refused(END_ENTITY),
        server(
            "ocsp-known-beside-staple-refused",
            "The stapled response says good; the one that is known here, revoked.",
        )
        .set(RULE, "check = \"end-entity\"")
        .staple(response(good()))
        .responses([response(good().revoked(REVOKED_AT, None))])
        .refused(END_ENTITY),
    ]
}
