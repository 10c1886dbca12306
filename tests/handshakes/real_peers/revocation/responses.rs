//! Responses of `openssl ocsp`, handed over beforehand and given as staples.

use rustls_policy_verifier::{
    Crl, Fact, NoStatus, OcspProblem, OcspResponse, OcspStaple, OcspSummary, ResponderProblem,
    RevocationReason, RevocationSource, SignatureAlgorithm, SignatureHash, Span, Staleness, Time,
    Tolerance,
};

use super::{Given, UNKNOWN_IS_FINE, ca};
use crate::real_peers::their_ca::{Question, ROOT, TheirCa};
use crate::real_peers::world::KINDS;
use crate::support::KeyKind;

/// A delegated responder.
const RESPONDER: &str = "responder";

/// About the good certificate, by the CA itself.
const PLAIN: Question<'_> = Question {
    about: &["good"],
    hash: "-sha1",
    signer: ROOT,
    response: "-ndays 7",
};

/// With the end entity `strange`, which the database does not know, and a delegated responder.
fn ca_with_responder(kind: KeyKind) -> TheirCa {
    let ca = ca(kind);
    ca.issue("strange");
    ca.forget("strange");
    ca.issue_with(RESPONDER, 1, "-extensions responder");
    ca
}

/// When it was signed, which is the time to judge at.
fn produced_at(response: &[u8]) -> Time {
    OcspResponse::from_der(response).unwrap().produced_at()
}

fn days_after(days: u32, time: Time) -> Time {
    Span::Days(days).after(time).unwrap()
}

/// The response on both ways that it can come.
fn given_both_ways(response: &[u8]) -> [(bool, Given<'_>); 2] {
    let staple = Given {
        staple: OcspStaple::Given(response),
        ..Given::default()
    };
    [(false, Given::response(response)), (true, staple)]
}

/// Good is accepted, revoked refused with the database's date and reason, and who is not in the database is unknown.
fn assert_told(ca: &TheirCa, response: &[u8], lasts: u64, what: &str) {
    let now = produced_at(response);
    let assert_summary = |summary: &OcspSummary, stapled| {
        assert_eq!((summary.stapled, summary.produced_at), (stapled, now));
        let next_update = summary.next_update.unwrap();
        assert_eq!(next_update.seconds_since(summary.this_update), lasts);
    };
    for (stapled, given) in given_both_ways(response) {
        let good = given.judge(ca, "good", now);
        assert!(good.is_ok(), "{what}: {good:?}");
        let refused = given.judge(ca, "revoked", now).unwrap_err();
        let why = Some(RevocationReason::KeyCompromise);
        match refused.assert_revoked(ca, "revoked", why) {
            RevocationSource::Ocsp(summary) => assert_summary(summary, stapled),
            other => panic!("{what}: revoked by {other:?}"),
        }
        let refused = given.judge(ca, "strange", now).unwrap_err();
        let Fact::NoStatus(reasons) = &refused.only().presented else {
            panic!("{what}: {refused:?}");
        };
        let unknown = reasons.iter().find_map(|reason| match reason {
            NoStatus::Unknown(summary) => Some(summary),
            _ => None,
        });
        assert_summary(unknown.unwrap(), stapled);
    }
}

#[test]
fn every_form_of_response() {
    let ca = ca_with_responder(KeyKind::P256);
    for signer in [ROOT, RESPONDER] {
        for hash in ["-sha1", "-sha256"] {
            for (response, lasts) in [
                ("-ndays 7", 7 * 86_400),
                ("-nmin 90 -resp_key_id", 90 * 60),
                ("-ndays 1 -rmd sha384", 86_400),
            ] {
                // Three certificates in one request, and three answers in the response.
                let about = &["strange", "revoked", "good"];
                let question = Question {
                    about,
                    hash,
                    signer,
                    response,
                };
                let what = format!("{signer} {hash} {response}");
                assert_told(&ca, &ca.answer(&question), lasts, &what);
            }
        }
    }
}

#[test]
fn every_kind_of_key() {
    for kind in KINDS {
        let ca = ca_with_responder(kind);
        for signer in [ROOT, RESPONDER] {
            let about = &["good", "revoked", "strange"];
            let question = Question {
                about,
                signer,
                ..PLAIN
            };
            let what = format!("{signer} {kind:?}");
            assert_told(&ca, &ca.answer(&question), 7 * 86_400, &what);
        }
    }
}

#[test]
fn their_responses_at_other_times() {
    let ca = ca(KeyKind::P256);
    let staleness = |response: &[u8], time, settings| {
        let given = Given {
            settings,
            ..Given::response(response)
        };
        match given.judge(&ca, "good", time) {
            Ok(()) => None,
            Err(refused) => Some(*refused.staleness()),
        }
    };
    let week = ca.answer(&PLAIN);
    let from = produced_at(&week);
    let next_update = days_after(7, from);
    let last = Time::from_unix_seconds(next_update.unix_seconds() - 1);
    assert_eq!(staleness(&week, last, None), None);
    let ended = Some(Staleness::Ended { next_update });
    assert_eq!(staleness(&week, next_update, None), ended);
    // The responder's clock may be ahead by five minutes.
    let before = |seconds| Time::from_unix_seconds(from.unix_seconds() - seconds);
    assert_eq!(staleness(&week, before(300), None), None);
    let not_yet = Some(Staleness::NotYet { from });
    assert_eq!(staleness(&week, before(301), None), not_yet);

    let endless = ca.answer(&Question {
        response: "",
        ..PLAIN
    });
    let this_update = produced_at(&endless);
    let expected = Some(Staleness::Endless { this_update });
    assert_eq!(staleness(&endless, this_update, None), expected);
    assert_eq!(
        staleness(
            &endless,
            days_after(2, this_update),
            Some(|it| it.max_age = Some(Span::Days(2)))
        ),
        None
    );
}

#[test]
fn what_is_no_answer() {
    let ca = ca_with_responder(KeyKind::P256);
    ca.issue_with("no-purpose", 1, "-extensions server");
    ca.issue_with("ended", 1, "-extensions responder -enddate 20210101000000Z");
    let delegated = Question {
        signer: RESPONDER,
        ..PLAIN
    };
    let sha1 = SignatureAlgorithm::Ecdsa(SignatureHash::Sha1);
    for (question, expected) in [
        (
            Question {
                about: &["revoked"],
                ..PLAIN
            },
            OcspProblem::OtherCertificate,
        ),
        (
            Question {
                response: "-ndays 7 -badsig",
                ..PLAIN
            },
            OcspProblem::BadSignature,
        ),
        (
            Question {
                response: "-ndays 7 -badsig",
                ..delegated
            },
            OcspProblem::BadSignature,
        ),
        (
            Question {
                response: "-ndays 7 -rmd sha1",
                ..PLAIN
            },
            OcspProblem::Algorithm(sha1.clone()),
        ),
        (
            Question {
                response: "-ndays 7 -rmd sha1",
                ..delegated
            },
            OcspProblem::Algorithm(sha1),
        ),
        (
            Question {
                response: "-ndays 7 -resp_no_certs",
                ..delegated
            },
            OcspProblem::UnknownResponder,
        ),
        (
            Question {
                signer: "no-purpose",
                ..PLAIN
            },
            OcspProblem::Responder(ResponderProblem::Purpose),
        ),
    ] {
        let response = ca.answer(&question);
        assert_eq!(no_answer(&ca, &response), expected);
    }
    let ended = ca.answer(&Question {
        signer: "ended",
        ..PLAIN
    });
    assert!(matches!(
        no_answer(&ca, &ended),
        OcspProblem::Responder(ResponderProblem::NotValid(_))
    ));
    // It needs no certificate where the CA itself has signed.
    let alone = ca.answer(&Question {
        response: "-ndays 7 -resp_no_certs",
        ..PLAIN
    });
    let given = Given::response(&alone);
    given.judge(&ca, "good", produced_at(&alone)).unwrap();
}

/// What is wrong with a staple for the good certificate.
fn no_answer(ca: &TheirCa, response: &[u8]) -> OcspProblem {
    let given = Given {
        staple: OcspStaple::Given(response),
        settings: Some(UNKNOWN_IS_FINE),
        ..Given::default()
    };
    let refused = given.judge(ca, "good", produced_at(response)).unwrap_err();
    let violation = refused.only();
    assert_eq!(violation.required, Fact::ValidResponse);
    match &violation.presented {
        Fact::BadResponse(problem) => problem.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refusal_to_answer() {
    let response = ca(KeyKind::P256).no_answer();
    let malformed_request = OcspProblem::NoAnswer(1);
    assert_eq!(OcspResponse::from_der(response), Err(malformed_request));
}

#[test]
fn a_responder_that_is_revoked() {
    let ca = ca_with_responder(KeyKind::P256);
    let response = ca.answer(&Question {
        signer: RESPONDER,
        ..PLAIN
    });
    let now = produced_at(&response);
    ca.revoke(RESPONDER, "");
    // The CRL has ended or is to come, as the machine's clock is; what it lists is revoked all the same.
    let given = Given {
        crls: Crl::from_pem(ca.crl("")).unwrap(),
        staple: OcspStaple::Given(&response),
        settings: Some(|it| it.stale = Tolerance::AllowWithWarning),
        ..Given::default()
    };
    let refused = given.judge(&ca, "good", now).unwrap_err();
    let revoked = OcspProblem::Responder(ResponderProblem::Revoked);
    assert_eq!(refused.only().presented, Fact::BadResponse(revoked));
}

#[test]
fn their_crl_and_response_disagree() {
    let ca = ca(KeyKind::P256);
    ca.issue("late");
    let question = Question {
        about: &["late"],
        ..PLAIN
    };
    let response = ca.answer(&question);
    ca.revoke("late", "-crl_reason superseded");
    let given = Given {
        crls: Crl::from_pem(ca.crl("")).unwrap(),
        ..Given::response(&response)
    };
    // Revoked by either is revoked, though the response holds and the CRL does not any more.
    let refused = given
        .judge(&ca, "late", produced_at(&response))
        .unwrap_err();
    let why = Some(RevocationReason::Superseded);
    let source = refused.assert_revoked(&ca, "late", why);
    assert!(matches!(source, RevocationSource::Crl(_)), "{source:?}");
}
