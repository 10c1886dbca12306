//! Responses of `openssl ocsp` that `openssl s_server` staples, and our client.

use std::sync::Arc;

use rustls_policy_verifier::pki_types::UnixTime;
use rustls_policy_verifier::rustls::ClientConfig;
use rustls_policy_verifier::rustls::time_provider::TimeProvider;
use rustls_policy_verifier::{
    Fact, OcspProblem, OcspResponse, RevocationReason, RevocationSettings, RevocationSource, Span,
    Staleness, StapleDemand, StapleUse, Time, WithPolicy, refusal_in,
};

use super::{Given, Refused, UNKNOWN_IS_FINE, ca};
use crate::kit::{VERSIONS, Version, judge_of_servers, provider};
use crate::real_peers::openssl;
use crate::real_peers::ours::{Meeting, meet_server, say_a_line};
use crate::real_peers::their_ca::{Question, ROOT, TheirCa};
use crate::real_peers::their_files::TheirFiles;
use crate::support::KeyKind;

/// rustls's clock.
#[derive(Debug)]
struct At(Time);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0.into())
    }
}

/// The server `name` of `ca` staples `response`, or nothing, and our client judges it at `time`.
struct Visit<'a> {
    ca: &'a TheirCa,
    name: &'a str,
    response: Option<&'a [u8]>,
    time: Time,
    settings: Option<fn(&mut RevocationSettings)>,
}

impl Visit<'_> {
    fn meet(&self, version: Version, specific_alerts: bool) -> Meeting {
        let root = self.ca.certificate(ROOT);
        let given = Given {
            settings: self.settings,
            ..Given::default()
        };
        let mut judge = judge_of_servers(given.verifier(&root));
        if specific_alerts {
            judge = judge.prefer_specific_alerts();
        }
        let config = ClientConfig::builder_with_details(provider(), Arc::new(At(self.time)))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_policy_verifier(Arc::new(judge))
            .with_no_client_auth();
        let files = TheirFiles::new(Some(&self.ca.own(self.name)), &root);
        let stapled = self.ca.path("stapled.der");
        let server = match self.response {
            Some(response) => {
                std::fs::write(&stapled, response).unwrap();
                openssl::server(version, &files, &["-status_file", &stapled])
            }
            None => openssl::server(version, &files, &[]),
        };
        meet_server(&Arc::new(config), server, say_a_line)
    }

    fn assert_accepted(&self) {
        for version in VERSIONS {
            let meeting = self.meet(version, false);
            match &meeting.ours {
                Ok(met) => assert_eq!(met.heard, "reward", "{meeting}"),
                Err(_) => panic!("{meeting}"),
            }
        }
    }

    /// `found` judges what is found; `alert` is what tells the server, where alerts are specific.
    fn assert_refused(&self, found: impl Fn(&Refused), alert: u8) {
        for version in VERSIONS {
            let meeting = self.meet(version, false);
            let Err(error) = &meeting.ours else {
                panic!("{meeting}");
            };
            found(&Refused::new(refusal_in(error).unwrap()));
            let certificate_unknown = Some(46);
            let told = openssl::alert(&meeting.theirs);
            assert_eq!(told, certificate_unknown, "{meeting}");

            let meeting = self.meet(version, true);
            let told = openssl::alert(&meeting.theirs);
            assert_eq!(told, Some(alert), "{meeting}");
        }
    }
}

/// About `name`, for a week from now on, and when it was made.
fn response(ca: &TheirCa, name: &str) -> (Vec<u8>, Time) {
    let response = ca.answer(&Question {
        about: &[name],
        hash: "-sha1",
        signer: ROOT,
        response: "-ndays 7",
    });
    let made = OcspResponse::from_der(response.as_slice()).unwrap();
    (response, made.produced_at())
}

const REQUIRE: fn(&mut RevocationSettings) = |it| it.staple = StapleUse::Require;

const CERTIFICATE_REVOKED: u8 = 44;
const BAD_CERTIFICATE_STATUS_RESPONSE: u8 = 113;

#[test]
fn a_good_staple() {
    let ca = ca(KeyKind::P256);
    let (response, time) = response(&ca, "good");
    for settings in [None, Some(REQUIRE)] {
        Visit {
            ca: &ca,
            name: "good",
            response: Some(&response),
            time,
            settings,
        }
        .assert_accepted();
    }
}

#[test]
fn a_staple_that_revokes() {
    let ca = ca(KeyKind::P256);
    let (response, time) = response(&ca, "revoked");
    Visit {
        ca: &ca,
        name: "revoked",
        response: Some(&response),
        time,
        settings: None,
    }
    .assert_refused(
        |refused| {
            let why = Some(RevocationReason::KeyCompromise);
            match refused.assert_revoked(&ca, "revoked", why) {
                RevocationSource::Ocsp(summary) => {
                    assert!(summary.stapled);
                    assert_eq!(summary.produced_at, time);
                }
                other => panic!("revoked by {other:?}"),
            }
        },
        CERTIFICATE_REVOKED,
    );
}

#[test]
fn a_staple_that_has_ended() {
    let ca = ca(KeyKind::P256);
    let (response, made) = response(&ca, "good");
    let next_update = Span::Days(7).after(made).unwrap();
    for settings in [None, Some(REQUIRE)] {
        Visit {
            ca: &ca,
            name: "good",
            response: Some(&response),
            time: Span::Days(8).after(made).unwrap(),
            settings,
        }
        .assert_refused(
            |refused| {
                let violation = refused.only();
                let Fact::StaleStatus(stale) = &violation.presented else {
                    panic!("not stale: {violation:?}");
                };
                assert!(matches!(&stale.source, RevocationSource::Ocsp(it) if it.stapled));
                assert_eq!(stale.why, Staleness::Ended { next_update });
            },
            BAD_CERTIFICATE_STATUS_RESPONSE,
        );
    }
}

#[test]
fn a_staple_about_another_certificate() {
    let ca = ca(KeyKind::P256);
    ca.issue("other");
    let (response, time) = response(&ca, "other");
    Visit {
        ca: &ca,
        name: "good",
        response: Some(&response),
        time,
        settings: Some(UNKNOWN_IS_FINE),
    }
    .assert_refused(
        |refused| {
            let expected = Fact::BadResponse(OcspProblem::OtherCertificate);
            assert_eq!(refused.only().presented, expected);
        },
        BAD_CERTIFICATE_STATUS_RESPONSE,
    );
}

/// A server that was given a responder's refusal passes it on.
#[test]
fn a_staple_that_is_no_answer() {
    let ca = ca(KeyKind::P256);
    let (_, time) = response(&ca, "good");
    let refusal = ca.no_answer();
    Visit {
        ca: &ca,
        name: "good",
        response: Some(&refusal),
        time,
        settings: Some(UNKNOWN_IS_FINE),
    }
    .assert_refused(
        |refused| {
            let expected = Fact::BadResponse(OcspProblem::NoAnswer(1));
            assert_eq!(refused.only().presented, expected);
        },
        BAD_CERTIFICATE_STATUS_RESPONSE,
    );
}

/// The policy demands one, or the certificate does.
#[test]
fn no_staple_where_one_is_demanded() {
    let ca = ca(KeyKind::P256);
    ca.issue_with("must-staple", 2, "-extensions must_staple");
    let (of_must_staple, time) = response(&ca, "must-staple");
    let require: fn(&mut RevocationSettings) = |it| {
        REQUIRE(it);
        UNKNOWN_IS_FINE(it);
    };
    for (name, demand, settings) in [
        ("good", StapleDemand::Policy, require),
        ("must-staple", StapleDemand::Certificate, UNKNOWN_IS_FINE),
    ] {
        Visit {
            ca: &ca,
            name,
            response: None,
            time,
            settings: Some(settings),
        }
        .assert_refused(
            |refused| {
                let violation = refused.only();
                assert_eq!(violation.required, Fact::RequiredStaple(demand));
                assert_eq!(violation.presented, Fact::Absent);
            },
            BAD_CERTIFICATE_STATUS_RESPONSE,
        );
    }
    Visit {
        ca: &ca,
        name: "good",
        response: None,
        time,
        settings: Some(UNKNOWN_IS_FINE),
    }
    .assert_accepted();
    Visit {
        ca: &ca,
        name: "must-staple",
        response: Some(&of_must_staple),
        time,
        settings: None,
    }
    .assert_accepted();
}
