//! Revocation in real handshakes: what servers staple, every route on which a revoked peer could come in, and sessions from
//! before a revocation. The rule's other rows are in the table of all rules.

use std::sync::Arc;

use rustls::{AlertDescription, HandshakeKind, ServerConfig};
use rustls_policy_verifier::pki_types::CertificateDer;
use rustls_policy_verifier::{
    Crl, Evidence, Fact, NoStatus, Occasion, OcspProblem, OcspResponse, Peer, Policy, Position,
    PresentedChain, ResponderProblem, RevocationReason, RevocationSource, Role, SignatureCache,
    Staleness, StapleDemand, StapleUse, Time, Tolerance, VerifierBuilder, VerifyError, Violation,
    WarningKind, protect_sessions, refusal_in, rustls,
};

use crate::kit::{
    Alerts, HOST, NOW, Own, Pki, ROLES, VERSIONS, Version, alert, client_builder, client_config,
    connect, judge_of_clients, judge_of_servers, server_builder, server_config, try_peer,
};
use crate::support::{
    Authority, CertIdHash, CertificateBuilder, CrlBuilder, OcspBuilder, SingleBuilder, TestKey,
    crl, oids, pem, serial_of,
};
use crate::table::{
    BAD_RESPONSE, Cast, REVOKED, REVOKED_BY_CRL, REVOKED_BY_RESPONSE, Row, UNKNOWN_STATUS,
    judge_responses, judge_revocation,
};

/// What a client makes of a server's staple: one that it accepts, and one that it refuses.
pub(crate) struct Staple {
    pub(crate) row: Row,
    /// Whether a violation is the one that must stand first in the refusal.
    finds: fn(&Violation) -> bool,
}

/// The peer's serial number where no response that is handed over speaks of it, and its issuer's CRL does not list it.
const SERIAL: &[u8] = &[0x51];

fn about(cast: &Cast) -> SingleBuilder {
    SingleBuilder::good(&cast.pki.issuing, SERIAL)
}

fn revoked(cast: &Cast) -> SingleBuilder {
    about(cast).revoked(crl::REVOKED_AT, Some(1))
}

fn saying(single: SingleBuilder) -> OcspBuilder {
    OcspBuilder::new().single(single)
}

/// The peer of that serial number with a response by its issuer.
fn stapling(cast: &Cast, response: OcspBuilder) -> Own {
    stapling_der(cast, cast.pki.issuing.ocsp(response))
}

fn stapling_der(cast: &Cast, response: Vec<u8>) -> Own {
    Own {
        staple: Some(response),
        ..cast.numbered(SERIAL)
    }
}

/// The same with a response by a responder that the issuer has delegated answers to.
fn stapling_delegated(
    cast: &Cast,
    single: SingleBuilder,
    change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
) -> Own {
    let ca = &cast.pki.issuing;
    let responder = ca.ocsp_responder("Responder", TestKey::ed25519(16), change);
    let response = saying(single).certificates(vec![responder.der.clone()]);
    stapling_der(cast, responder.ocsp(response))
}

fn good(cast: &Cast) -> Own {
    stapling(cast, saying(about(cast)))
}

fn must_staple(cast: &Cast) -> Own {
    cast.own(|it| it.serial_bytes(SERIAL).must_staple())
}

fn revoked_by_staple(it: &Violation) -> bool {
    let (Fact::NotRevoked, Fact::Revoked(revocation)) = (&it.required, &it.presented) else {
        return false;
    };
    let reason = revocation.reason == Some(RevocationReason::KeyCompromise);
    let stapled = matches!(&revocation.source, RevocationSource::Ocsp(it) if it.stapled);
    reason && stapled && revocation.date == unix(crl::REVOKED_AT)
}

fn revoked_by_crl(it: &Violation) -> bool {
    matches!(revoked_by(it), Some(RevocationSource::Crl(_)))
}

fn revoked_by(it: &Violation) -> Option<&RevocationSource> {
    match (&it.required, &it.presented) {
        (Fact::NotRevoked, Fact::Revoked(revocation)) => Some(&revocation.source),
        _ => None,
    }
}

fn bad(it: &Violation) -> Option<&OcspProblem> {
    match (&it.required, &it.presented) {
        (Fact::ValidResponse, Fact::BadResponse(problem)) => Some(problem),
        _ => None,
    }
}

fn unix(seconds: i64) -> Time {
    Time::from_unix_seconds(seconds.try_into().unwrap())
}

const ONCE: &[(&str, Position)] = &[("revocation", Position::EndEntity)];

/// A response that is no answer is wrong in itself, and the status stays unknown.
const TWICE: &[(&str, Position)] = &[
    ("revocation", Position::EndEntity),
    ("revocation", Position::EndEntity),
];

pub(crate) fn staples() -> Vec<Staple> {
    let row = |what, breaks: fn(&Cast) -> Own| Row {
        rule: "revocation",
        what,
        policy: judge_responses,
        keeps: good,
        breaks,
        violations: TWICE,
        specific: BAD_RESPONSE,
    };
    let revokes = |what, breaks| Row {
        violations: ONCE,
        specific: REVOKED,
        ..row(what, breaks)
    };
    vec![
        Staple {
            row: revokes("revoked", |cast| stapling(cast, saying(revoked(cast)))),
            finds: revoked_by_staple,
        },
        Staple {
            row: Row {
                keeps: |cast| stapling(cast, saying(about(cast).hash(CertIdHash::Sha256))),
                ..revokes("revoked, identified by SHA-256", |cast| {
                    stapling(cast, saying(revoked(cast).hash(CertIdHash::Sha256)))
                })
            },
            finds: revoked_by_staple,
        },
        Staple {
            row: Row {
                keeps: |cast| stapling_delegated(cast, about(cast), |it| it),
                ..revokes("revoked, by a delegated responder", |cast| {
                    stapling_delegated(cast, revoked(cast), |it| it)
                })
            },
            finds: revoked_by_staple,
        },
        Staple {
            row: revokes("revoked, in a response that has ended", |cast| {
                let single = revoked(cast).next_update(NOW.try_into().unwrap());
                stapling(cast, saying(single))
            }),
            finds: revoked_by_staple,
        },
        Staple {
            row: Row {
                policy: |policy, _| policy.revocation.enforce().staple = StapleUse::Ignore,
                keeps: |cast| stapling_der(cast, b"garbage".to_vec()),
                ..revokes("revoked, where staples are ignored", |cast| {
                    stapling(cast, saying(revoked(cast)))
                })
            },
            finds: revoked_by_staple,
        },
        Staple {
            row: revokes("revoked by a CRL, and good in the staple", |cast| {
                let single = SingleBuilder::good(&cast.pki.issuing, REVOKED_BY_CRL);
                Own {
                    staple: Some(cast.pki.issuing.ocsp(saying(single))),
                    ..cast.numbered(REVOKED_BY_CRL)
                }
            }),
            finds: revoked_by_crl,
        },
        Staple {
            row: revokes(
                "revoked by a response handed over, and good in the staple",
                |cast| {
                    let single = SingleBuilder::good(&cast.pki.issuing, REVOKED_BY_RESPONSE);
                    Own {
                        staple: Some(cast.pki.issuing.ocsp(saying(single))),
                        ..cast.numbered(REVOKED_BY_RESPONSE)
                    }
                },
            ),
            finds: |it| matches!(revoked_by(it), Some(RevocationSource::Ocsp(response)) if !response.stapled),
        },
        Staple {
            row: Row {
                policy: |policy, _| {
                    policy.revocation.enforce().unparsable = Tolerance::AllowWithWarning;
                },
                keeps: |cast| stapling_der(cast, b"garbage".to_vec()),
                ..revokes(
                    "revoked by a CRL, with a bad staple that is allowed",
                    |cast| Own {
                        staple: Some(b"garbage".to_vec()),
                        ..cast.numbered(REVOKED_BY_CRL)
                    },
                )
            },
            finds: revoked_by_crl,
        },
        Staple {
            row: Row {
                violations: ONCE,
                specific: UNKNOWN_STATUS,
                ..row("unknown to the responder", |cast| {
                    stapling(cast, saying(about(cast).unknown()))
                })
            },
            finds: |it| match (&it.required, &it.presented) {
                (Fact::RequiredStatus(_), Fact::NoStatus(why)) => {
                    matches!(&why[..], [NoStatus::Unknown(response)] if response.stapled)
                }
                _ => false,
            },
        },
        Staple {
            row: Row {
                violations: ONCE,
                ..row("one that has ended", |cast| {
                    let single = about(cast).next_update(NOW.try_into().unwrap());
                    stapling(cast, saying(single))
                })
            },
            finds: |it| match (&it.required, &it.presented) {
                (Fact::CurrentAt(now), Fact::StaleStatus(stale)) => {
                    let next_update = Time::from_unix_seconds(NOW);
                    *now == next_update && stale.why == Staleness::Ended { next_update }
                }
                _ => false,
            },
        },
        Staple {
            row: row("about another certificate", |cast| {
                let single = SingleBuilder::good(&cast.pki.issuing, &[0x52]);
                stapling(cast, saying(single))
            }),
            finds: |it| bad(it) == Some(&OcspProblem::OtherCertificate),
        },
        Staple {
            row: row("about a certificate of another issuer", |cast| {
                let single = SingleBuilder::good(&cast.pki.root, SERIAL);
                stapling(cast, saying(single))
            }),
            finds: |it| bad(it) == Some(&OcspProblem::OtherCertificate),
        },
        Staple {
            row: row("a signature that is wrong", |cast| {
                stapling(cast, saying(about(cast)).tamper_signature())
            }),
            finds: |it| bad(it) == Some(&OcspProblem::BadSignature),
        },
        Staple {
            row: row("signed by a stranger", |cast| {
                stapling_der(cast, cast.stranger.ocsp(saying(about(cast))))
            }),
            finds: |it| bad(it) == Some(&OcspProblem::UnknownResponder),
        },
        Staple {
            row: row("a responder without the purpose", |cast| {
                stapling_delegated(cast, about(cast), |it| it.eku(&[oids::SERVER_AUTH]))
            }),
            finds: |it| bad(it) == Some(&OcspProblem::Responder(ResponderProblem::Purpose)),
        },
        Staple {
            row: row("no DER", |cast| stapling_der(cast, b"garbage".to_vec())),
            finds: |it| matches!(bad(it), Some(OcspProblem::Undecodable(_))),
        },
        Staple {
            row: row("a responder that says: try later", |cast| {
                stapling(cast, OcspBuilder::new().response_status(3))
            }),
            finds: |it| bad(it) == Some(&OcspProblem::NoAnswer(3)),
        },
        Staple {
            row: Row {
                policy: |policy, _| policy.revocation.enforce().staple = StapleUse::Require,
                violations: ONCE,
                ..row("none, and the policy demands one", Cast::good)
            },
            finds: |it| demanded_by(it) == Some(StapleDemand::Policy),
        },
        Staple {
            row: Row {
                policy: judge_revocation,
                keeps: |cast| Own {
                    staple: good(cast).staple,
                    ..must_staple(cast)
                },
                violations: ONCE,
                ..row("none, and the certificate demands one", must_staple)
            },
            finds: |it| demanded_by(it) == Some(StapleDemand::Certificate),
        },
        Staple {
            row: Row {
                policy: |policy, _| policy.revocation.enforce().staple = StapleUse::Ignore,
                keeps: |cast| Own {
                    staple: good(cast).staple,
                    ..must_staple(cast)
                },
                violations: ONCE,
                ..row(
                    "none, and the certificate demands one, where staples are ignored",
                    must_staple,
                )
            },
            finds: |it| demanded_by(it) == Some(StapleDemand::Certificate),
        },
    ]
}

/// Who demands a staple that is absent.
fn demanded_by(it: &Violation) -> Option<StapleDemand> {
    match (&it.required, &it.presented) {
        (Fact::RequiredStaple(demand), Fact::Absent) => Some(*demand),
        _ => None,
    }
}

#[test]
fn every_staple_is_judged() {
    let cast = Cast::new(Role::Server);
    for Staple { row, finds } in staples() {
        row.try_both(&cast);
        let own = (row.breaks)(&cast);
        for version in VERSIONS {
            let verifier = cast.verifier(&row);
            let trial = try_peer(Role::Server, version, Alerts::Default, verifier, &own, HOST);
            let error = trial.judging.unwrap_err();
            let first = &refusal_in(&error).unwrap().violations()[0];
            assert!(finds(first), "{}: {first:?}", row.what);
        }
    }
}

/// What our own constructor staples reaches the other side.
#[test]
fn a_configuration_with_a_policy_staples() {
    let cast = Cast::new(Role::Server);
    let of_clients = Pki::new();
    let mut policy = Policy::server();
    judge_responses(&mut policy, &cast);
    for version in VERSIONS {
        let meet = |own: Own| {
            let judge = judge_of_clients(of_clients.verifier(Policy::client()));
            let server = server_config(&[version], judge.allow_unauthenticated(), own);
            let judge = judge_of_servers(cast.verifier_for(policy.clone()));
            connect(&client_config(&[version], judge, None), &server, HOST)
        };
        let outcome = meet(good(&cast));
        assert!(outcome.client.is_ok() && outcome.server.is_ok());
        let error = meet(stapling(&cast, saying(revoked(&cast)))).client;
        let error = error.unwrap_err();
        let [violation] = refusal_in(&error).unwrap().violations() else {
            panic!("{error:?}");
        };
        assert!(revoked_by_staple(violation), "{violation:?}");
    }
}

/// Where there can be no staple, none is missed: not in a second look at a connection, whose staple is gone.
#[test]
fn a_connection_that_stands_is_not_asked_for_its_staple() {
    let cast = Cast::new(Role::Server);
    let own = Own {
        staple: good(&cast).staple,
        ..must_staple(&cast)
    };
    let mut policy = Policy::server();
    judge_revocation(&mut policy, &cast);
    for version in VERSIONS {
        let peer = connected_under(
            Role::Server,
            version,
            cast.verifier_for(policy.clone()),
            &own,
        );
        let verifier = cast.verifier_for(policy.clone()).build().unwrap();
        let path = verifier.recheck(&peer, Peer::ServerWithoutName, now());
        let path = path.unwrap();
        let demand = Fact::RequiredStaple(StapleDemand::Certificate);
        let warning = path.warnings().iter().find(|it| it.required == demand);
        assert_eq!(warning.map(|it| &it.kind), Some(&WarningKind::Advice));
    }
}

/// A way in which a peer is judged.
struct Route {
    name: &'static str,
    judge: fn(Role, VerifierBuilder, &Own) -> Result<(), VerifyError>,
}

fn routes() -> Vec<Route> {
    vec![
        Route {
            name: "a handshake of TLS 1.2",
            judge: |role, verifier, own| handshake(role, &rustls::version::TLS12, verifier, own),
        },
        Route {
            name: "a handshake of TLS 1.3",
            judge: |role, verifier, own| handshake(role, &rustls::version::TLS13, verifier, own),
        },
        Route {
            name: "a connection that stands, looked at again",
            judge: |role, verifier, own| {
                let unaware = Pki::new().verifier(Policy::for_role(role));
                let peer = connected_under(role, &rustls::version::TLS13, unaware, own);
                let verifier = verifier.build().unwrap();
                verifier.recheck(&peer, of(role), now()).map(|_| ())
            },
        },
        Route {
            name: "a chain in PEM",
            judge: |role, verifier, own| {
                let certificates: Vec<&[u8]> = own.chain.iter().map(AsRef::as_ref).collect();
                let chain = PresentedChain::from_pem(pem::bundle(&certificates)).unwrap();
                let verifier = verifier.build().unwrap();
                let verdict = verifier.verify(&chain, of(role), Evidence::default(), now());
                verdict.map(|_| ())
            },
        },
        Route {
            name: "a chain in DER, as an inventory",
            judge: |role, verifier, own| on(Occasion::Audit, role, verifier, own),
        },
        Route {
            name: "a chain in DER, of a session",
            judge: |role, verifier, own| on(Occasion::Resumption, role, verifier, own),
        },
        Route {
            name: "a chain that known intermediates complete",
            judge: |role, verifier, own| {
                let mut own = own.clone();
                let known = own.chain.split_off(1);
                let verifier = verifier.known_intermediates(known);
                handshake(role, &rustls::version::TLS13, verifier, &own)
            },
        },
        Route {
            name: "a chain whose signatures are known from an accepted one",
            judge: |role, verifier, own| {
                let cache = SignatureCache::default();
                let unaware = Pki::new().verifier(Policy::for_role(role));
                let unaware = unaware.signature_cache(cache.clone());
                on(Occasion::Offline, role, unaware, own).unwrap();
                on(
                    Occasion::Offline,
                    role,
                    verifier.signature_cache(cache),
                    own,
                )
            },
        },
    ]
}

fn handshake(
    role: Role,
    version: Version,
    verifier: VerifierBuilder,
    own: &Own,
) -> Result<(), VerifyError> {
    let trial = try_peer(role, version, Alerts::Default, verifier, own, HOST);
    let verdict = trial.judging.map(|_| ());
    verdict.map_err(|error| refusal_in(&error).expect("a refusal of ours").clone())
}

fn connected_under(
    role: Role,
    version: Version,
    verifier: VerifierBuilder,
    own: &Own,
) -> Vec<CertificateDer<'static>> {
    let trial = try_peer(role, version, Alerts::Default, verifier, own, HOST);
    trial.judging.unwrap().peer.unwrap()
}

fn on(
    occasion: Occasion,
    role: Role,
    verifier: VerifierBuilder,
    own: &Own,
) -> Result<(), VerifyError> {
    let verifier = verifier.build().unwrap();
    let chain = PresentedChain::new(&own.chain[0], &own.chain[1..]);
    let verdict = verifier.verify_on(occasion, &chain, of(role), Evidence::default(), now());
    verdict.map(|_| ())
}

fn of(role: Role) -> Peer<'static> {
    match role {
        Role::Server => Peer::ServerWithoutName,
        Role::Client => Peer::Client,
    }
}

fn now() -> Time {
    Time::from_unix_seconds(NOW)
}

/// A source that can revoke a certificate of the peer's path, and at which position.
struct Source {
    name: &'static str,
    /// Revokes at its position what has the serial number given for the end entity, or for the intermediate.
    hand_over: fn(&Pki, VerifierBuilder, [&[u8]; 2]) -> VerifierBuilder,
    position: Position,
}

fn sources() -> Vec<Source> {
    vec![
        Source {
            name: "the issuing CA's CRL",
            hand_over: |pki, verifier, [end_entity, _]| {
                let listed = CrlBuilder::new().revoke(end_entity);
                verifier.crls([
                    of_ca(&pki.root, CrlBuilder::new()),
                    of_ca(&pki.issuing, listed),
                ])
            },
            position: Position::EndEntity,
        },
        Source {
            name: "the root's CRL",
            hand_over: |pki, verifier, [_, intermediate]| {
                let listed = CrlBuilder::new().revoke(intermediate);
                verifier.crls([
                    of_ca(&pki.root, listed),
                    of_ca(&pki.issuing, CrlBuilder::new()),
                ])
            },
            position: Position::Intermediate(1),
        },
        Source {
            name: "an OCSP response handed over",
            hand_over: |pki, verifier, [end_entity, _]| {
                let single = SingleBuilder::good(&pki.issuing, end_entity);
                let single = single.revoked(crl::REVOKED_AT, None);
                let response = pki.issuing.ocsp(saying(single));
                verifier
                    .crls([
                        of_ca(&pki.root, CrlBuilder::new()),
                        of_ca(&pki.issuing, CrlBuilder::new()),
                    ])
                    .ocsp_responses([OcspResponse::from_der(response).unwrap()])
            },
            position: Position::EndEntity,
        },
    ]
}

fn of_ca(ca: &Authority, crl: CrlBuilder) -> Crl {
    Crl::from_der(ca.crl(crl)).unwrap()
}

fn judging_revocation(pki: &Pki, role: Role) -> VerifierBuilder {
    let mut policy = Policy::for_role(role);
    policy.revocation.enforce();
    pki.verifier(policy)
}

#[test]
fn a_revoked_certificate_is_refused_on_every_route() {
    let pki = Pki::new();
    for role in ROLES {
        let own = match role {
            Role::Server => pki.server(),
            Role::Client => pki.client(),
        };
        let serials = [0, 1].map(|n: usize| serial_of(&own.chain[n]));
        for source in sources() {
            let verifier =
                |serials| (source.hand_over)(&pki, judging_revocation(&pki, role), serials);
            for Route { name, judge } in routes() {
                let what = format!("{role}, {}, {name}", source.name);
                let others = judge(role, verifier([&[0x71], &[0x72]]), &own);
                assert_eq!(others, Ok(()), "{what}");

                let revoked = verifier([&serials[0], &serials[1]]);
                let refusal = judge(role, revoked, &own).expect_err(&what);
                let [violation] = refusal.violations() else {
                    panic!("{what}: {refusal:?}");
                };
                let found = (violation.rule.as_str(), violation.position);
                assert_eq!(found, ("revocation", source.position), "{what}");
                let revoked = matches!(violation.presented, Fact::Revoked(_));
                assert!(revoked, "{what}: {violation:?}");
            }
        }
    }
}

/// A server that takes up a new CRL makes a new configuration, and keeps its sessions. One built by hand would resume those
/// of a client that is revoked since: rustls does not ask. Protected, it resumes none but its own.
#[test]
fn a_client_does_not_resume_past_its_revocation() {
    let pki = Pki::new();
    let own = pki.client();
    let serial = serial_of(&own.chain[0]);
    let judge = |listed| {
        let crls = [
            of_ca(&pki.root, CrlBuilder::new()),
            of_ca(&pki.issuing, listed),
        ];
        judge_of_clients(judging_revocation(&pki, Role::Client).crls(crls))
    };
    let (before, after) = (
        CrlBuilder::new(),
        CrlBuilder::new().number(2).revoke(&serial),
    );
    for version in VERSIONS {
        let client = || {
            let own = own.clone();
            let of_servers = judge_of_servers(pki.verifier(Policy::server()));
            let builder = client_builder(&[version]).dangerous();
            let builder = builder.with_custom_certificate_verifier(Arc::new(of_servers));
            Arc::new(builder.with_client_auth_cert(own.chain, own.key).unwrap())
        };

        let by_hand = |listed: &CrlBuilder| {
            let own = pki.server();
            let builder = server_builder(&[version]);
            let builder = builder.with_client_cert_verifier(Arc::new(judge(listed.clone())));
            builder.with_single_cert(own.chain, own.key).unwrap()
        };
        let resuming = client();
        let first = by_hand(&before);
        let mut second = by_hand(&after);
        take_over_sessions(&mut second, &first);
        let kind = |server: ServerConfig| {
            let outcome = connect(&resuming, &Arc::new(server), HOST);
            outcome.server.map(|it| it.kind)
        };
        assert_eq!(kind(first).unwrap(), HandshakeKind::Full, "{version:?}");
        assert_eq!(kind(second).unwrap(), HandshakeKind::Resumed, "{version:?}");

        // Protected, with sessions taken over: those of another verifier are none.
        let with_policy = |listed: &CrlBuilder| {
            let config = server_config(&[version], judge(listed.clone()), pki.server());
            Arc::into_inner(config).unwrap()
        };
        let resuming = client();
        let first = with_policy(&before);
        let mut second = with_policy(&after);
        take_over_sessions(&mut second, &first);
        protect_sessions(&mut second, &judge(after.clone()));
        let outcome = connect(&resuming, &Arc::new(first), HOST);
        assert_eq!(outcome.server.unwrap().kind, HandshakeKind::Full);
        let outcome = connect(&resuming, &Arc::new(second), HOST);
        assert_refused_by_crl(&outcome.server.unwrap_err());
        let told = alert(&outcome.client.unwrap_err());
        assert_eq!(told, Some(AlertDescription::CertificateUnknown));
    }
}

fn take_over_sessions(to: &mut ServerConfig, from: &ServerConfig) {
    to.session_storage = from.session_storage.clone();
    to.ticketer = from.ticketer.clone();
}

/// The same for a client, with what another configuration remembers of its sessions taken over.
#[test]
fn a_server_is_not_resumed_past_its_revocation() {
    let pki = Pki::new();
    let own = pki.server();
    let serial = serial_of(&own.chain[0]);
    let (before, after) = (
        CrlBuilder::new(),
        CrlBuilder::new().number(2).revoke(&serial),
    );
    for version in VERSIONS {
        let own = own.clone();
        let server = server_builder(&[version]).with_no_client_auth();
        let server = Arc::new(server.with_single_cert(own.chain, own.key).unwrap());
        let with_policy = |listed: &CrlBuilder| {
            let listed = of_ca(&pki.issuing, listed.clone());
            let crls = [of_ca(&pki.root, CrlBuilder::new()), listed];
            let verifier = judging_revocation(&pki, Role::Server).crls(crls);
            let config = client_config(&[version], judge_of_servers(verifier), None);
            Arc::into_inner(config).unwrap()
        };
        let first = with_policy(&before);
        let mut second = with_policy(&after);
        second.resumption = first.resumption.clone();
        let first = Arc::new(first);
        for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let kind = connect(&first, &server, HOST).client.unwrap().kind;
            assert_eq!(kind, expected, "{version:?}");
        }
        let outcome = connect(&Arc::new(second), &server, HOST);
        assert_refused_by_crl(&outcome.client.unwrap_err());
        let told = alert(&outcome.server.unwrap_err());
        assert_eq!(told, Some(AlertDescription::CertificateUnknown));
    }
}

fn assert_refused_by_crl(error: &std::io::Error) {
    let refusal = refusal_in(error).unwrap_or_else(|| panic!("{error:?}"));
    let [violation] = refusal.violations() else {
        panic!("{refusal:?}");
    };
    assert_eq!(violation.position, Position::EndEntity);
    assert!(revoked_by_crl(violation), "{violation:?}");
}
