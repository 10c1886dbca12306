//! What policies make of it: configurations that cannot work, each tolerance alone, and what no policy lets pass.

use rustls_policy_verifier::{
    AnchorCheck, BuildError, CrlRefusal, Date, Fact, NoStatus, OcspProblem, OcspStaple, Policy,
    Position, RevocationCheck, RevocationSettings, Role, Span, Staleness, StapleDemand, StapleUse,
    StatusSource, Tolerance, TrustAnchors, Verifier, WarningKind, pki_types, rustls,
};

use super::{
    DAY, HOUR, NOW_UNIX, Said, Source, Verdict, at, builder, client, clients, crl, end_entity,
    good, leaf, load, load_responses, no_crl, policy, response, root, server, servers,
};
use crate::support::crl::REVOKED_AT;
use crate::support::{Authority, TestKey, serial_of};

const BOTH: [Tolerance; 2] = [Tolerance::Refuse, Tolerance::AllowWithWarning];
const SOURCES: [StatusSource; 4] = [
    StatusSource::Crl,
    StatusSource::Ocsp,
    StatusSource::Either,
    StatusSource::Both,
];
const STAPLES: [StapleUse; 3] = [StapleUse::Use, StapleUse::Require, StapleUse::Ignore];

/// The key that a configuration is refused for; `None` where it is not refused.
fn refused_for(policy: Policy, crls: &[Vec<u8>], responses: &[Vec<u8>]) -> Option<String> {
    let builder = builder(&root(), policy).crls(load(crls));
    match builder.ocsp_responses(load_responses(responses)).build() {
        Ok(_) => None,
        Err(BuildError::Policy { field, .. }) => Some(field),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn configurations_that_cannot_work() {
    let crls = [root().crl(crl())];
    let responses = [root().ocsp(response(good(&root(), &leaf())))];
    let client = |change: fn(&mut RevocationSettings)| policy(Role::Client, change);
    let server = |change: fn(&mut RevocationSettings)| policy(Role::Server, change);
    let field = |policy, crls: &[_], responses: &[_]| refused_for(policy, crls, responses);
    let some = |text: &str| Some(text.to_owned());

    // Nothing to know a status by; servers staple.
    assert_eq!(field(clients(), &[], &[]), some("revocation"));
    assert_eq!(field(servers(), &[], &[]), None);
    assert_eq!(
        field(server(|it| it.staple = StapleUse::Ignore), &[], &[]),
        some("revocation")
    );
    let lax = client(|it| it.unknown = Tolerance::AllowWithWarning);
    assert_eq!(field(lax, &[], &[]), some("revocation"));
    assert_eq!(field(clients(), &crls, &[]), None);
    assert_eq!(field(clients(), &[], &responses), None);

    // Handed over, and nobody looks.
    for off in [
        Policy::client(),
        client(|it| it.check = RevocationCheck::Off),
    ] {
        assert_eq!(field(off.clone(), &[], &[]), None);
        assert_eq!(field(off.clone(), &crls, &[]), some("revocation"));
        assert_eq!(field(off, &[], &responses), some("revocation"));
    }

    // Sources that are not there.
    for (source, without_crls, without_responses) in [
        (StatusSource::Crl, true, false),
        (StatusSource::Ocsp, false, true),
        (StatusSource::Either, false, false),
        (StatusSource::Both, true, true),
    ] {
        for (at_end_entity, name) in [(true, "end-entity"), (false, "intermediate")] {
            let with = |unknown| {
                policy(Role::Client, |it| {
                    it.unknown = unknown;
                    if at_end_entity {
                        it.sources.end_entity = source;
                    } else {
                        it.sources.intermediate = source;
                    }
                })
            };
            let named = |missing: bool| missing.then(|| format!("revocation.sources.{name}"));
            let refuse = || with(Tolerance::Refuse);
            assert_eq!(
                field(refuse(), &[], &responses),
                named(without_crls),
                "{source:?}"
            );
            assert_eq!(
                field(refuse(), &crls, &[]),
                named(without_responses),
                "{source:?}"
            );
            assert_eq!(field(refuse(), &crls, &responses), None, "{source:?}");
            assert_eq!(field(with(Tolerance::AllowWithWarning), &crls, &[]), None);
        }
    }
    // Of intermediates nobody asks here, and end entities staple.
    let ocsp = server(|it| {
        it.check = RevocationCheck::EndEntity;
        it.sources.end_entity = StatusSource::Ocsp;
        it.sources.intermediate = StatusSource::Ocsp;
    });
    assert_eq!(field(ocsp, &[], &[]), None);
    let ocsp = server(|it| it.sources.intermediate = StatusSource::Ocsp);
    assert_eq!(
        field(ocsp, &[], &[]),
        some("revocation.sources.intermediate")
    );

    let require = |it: &mut RevocationSettings| it.staple = StapleUse::Require;
    assert_eq!(
        field(client(require), &crls, &[]),
        some("revocation.staple")
    );
    assert_eq!(field(server(require), &crls, &[]), None);
    for zero in [Span::Seconds(0), Span::Days(0)] {
        let age = policy(Role::Client, |it| it.max_age = Some(zero));
        assert_eq!(field(age, &crls, &[]), some("revocation.max-age"));
    }
    for (skew, expected) in [
        (Span::Seconds(0), None),
        (Span::Seconds(3600), None),
        (Span::Seconds(3601), some("revocation.clock-skew")),
        (Span::Days(1), some("revocation.clock-skew")),
        (Span::Years(4_000_000_000), some("revocation.clock-skew")),
    ] {
        let ahead = policy(Role::Client, |it| it.clock_skew = skew);
        assert_eq!(field(ahead, &crls, &[]), expected, "{skew:?}");
    }
}

/// An anchor without its certificate has no key usage to check.
#[test]
fn anchors_without_a_certificate() {
    let root = root();
    let der = pki_types::CertificateDer::from(root.der.as_slice());
    let anchor = webpki::anchor_from_trusted_cert(&der).unwrap().to_owned();
    let with = |policy: Policy, crls: &[Vec<u8>], responses: &[Vec<u8>]| {
        let mut store = rustls::RootCertStore::empty();
        store.roots.push(anchor.clone());
        let anchors = TrustAnchors::new().with_root_store("bare", &store).unwrap();
        Verifier::builder(anchors, policy)
            .crls(load(crls))
            .ocsp_responses(load_responses(responses))
            .build()
    };
    let lax = |check| {
        let mut policy = clients();
        policy.revocation.trust_anchor = check;
        policy.validity_period.trust_anchor = AnchorCheck::Ignore;
        policy.key_usage.trust_anchor = AnchorCheck::Ignore;
        policy.path_length.trust_anchor = AnchorCheck::Ignore;
        policy
    };
    let crls = [root.crl(crl())];
    let responses = [root.ocsp(response(good(&root, &leaf())))];
    let check = AnchorCheck::Check;
    let refused = with(lax(check), &crls, &[]);
    let Err(BuildError::AnchorsWithoutCertificate { rule, missing, .. }) = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!((rule.as_str(), *missing), ("revocation", 1));
    assert!(with(lax(check), &[], &responses).is_ok());
    let verifier = with(lax(AnchorCheck::Ignore), &crls, &[]).unwrap();
    assert_eq!(client(&verifier, &[leaf()]), Verdict::known());
}

/// What a peer may staple.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rubbish,
    NoAnswer,
    OtherCertificate,
    BadSignature,
    NotEntitled,
    /// By the issuer, and it does not know the certificate.
    Unknown,
    Stale,
    /// By the issuer, of another time, and it did not know the certificate then.
    StaleUnknown,
    Good,
}

impl Kind {
    const BAD: [Self; 5] = [
        Self::Rubbish,
        Self::NoAnswer,
        Self::OtherCertificate,
        Self::BadSignature,
        Self::NotEntitled,
    ];

    fn staple(self, leaf: &[u8]) -> Vec<u8> {
        let single = || good(&root(), leaf);
        let ended = || {
            single()
                .this_update(NOW_UNIX - 9 * DAY)
                .next_update(NOW_UNIX - DAY)
        };
        let sign = |builder| root().ocsp(builder);
        match self {
            Self::Rubbish => vec![0x30, 0x80],
            Self::NoAnswer => sign(response(single()).response_status(3)),
            Self::OtherCertificate => sign(response(good(&root(), &root().der))),
            Self::BadSignature => sign(response(single()).tamper_signature()),
            Self::NotEntitled => {
                let other = Authority::root("Other", TestKey::ed25519(40));
                let responder = other.ocsp_responder("Responder", TestKey::ed25519(8), |it| it);
                let builder = response(single()).certificates(vec![responder.der.clone()]);
                responder.ocsp(builder)
            }
            Self::Unknown => sign(response(single().unknown())),
            Self::Stale => sign(response(ended())),
            Self::StaleUnknown => sign(response(ended().unknown())),
            Self::Good => sign(response(single())),
        }
    }
}

/// Every combination that builds: a server's verifier, and what it is made of.
fn grid(visit: &mut dyn FnMut(&Verifier, &[u8], &str)) {
    let plain = leaf();
    let demanding = root().issue(end_entity().must_staple());
    for leaf in [&plain, &demanding] {
        let serial = serial_of(leaf);
        let crls = [
            ("no CRL", vec![]),
            ("current", vec![root().crl(crl())]),
            (
                "stale",
                vec![root().crl(crl().next_update(NOW_UNIX - HOUR))],
            ),
            ("forged", vec![root().crl(crl().tamper_signature())]),
            ("revoking", vec![root().crl(crl().revoke(&serial))]),
        ]
        .map(|(name, crls)| (name, load(&crls)));
        for unknown in BOTH {
            for stale in BOTH {
                for unparsable in BOTH {
                    for staple in STAPLES {
                        for source in SOURCES {
                            let policy = policy(Role::Server, |it| {
                                it.unknown = unknown;
                                it.stale = stale;
                                it.unparsable = unparsable;
                                it.staple = staple;
                                it.sources.end_entity = source;
                            });
                            for (name, crls) in &crls {
                                let builder = builder(&root(), policy.clone());
                                let Ok(verifier) = builder.crls(crls.iter().cloned()).build()
                                else {
                                    continue;
                                };
                                let name = format!(
                                    "unknown {unknown:?}, stale {stale:?}, unparsable {unparsable:?}, \
                                     staple {staple:?}, {source:?}, {name}, must-staple {}",
                                    leaf == &demanding
                                );
                                visit(&verifier, leaf, &name);
                            }
                        }
                    }
                }
            }
        }
    }
}

fn staples_that_help(kinds: &[Kind]) -> Vec<String> {
    let mut helped = Vec::new();
    let (mut cases, mut accepted) = (0, 0);
    grid(&mut |verifier, leaf, name| {
        let chain = [leaf.to_vec()];
        let without = server(verifier, &chain, OcspStaple::Absent);
        for kind in kinds {
            let staple = kind.staple(leaf);
            let with = server(verifier, &chain, OcspStaple::Given(&staple));
            cases += 1;
            accepted += usize::from(with.accepted);
            if with.accepted && !without.accepted {
                helped.push(format!("{kind:?}: {name}"));
            }
        }
    });
    assert!(
        cases > 500 * kinds.len() && accepted > 20,
        "{accepted} of {cases}"
    );
    helped
}

#[test]
fn a_bad_staple_is_never_better_than_none() {
    let helped = staples_that_help(&Kind::BAD);
    assert!(helped.is_empty(), "{helped:#?}");
}

/// That the responder does not know the certificate is no reason to accept it: the response that says so may be from before
/// the certificate was issued, and whoever shows it chose to.
#[test]
fn a_staple_that_says_unknown_is_never_better_than_none() {
    let helped = staples_that_help(&[Kind::Unknown, Kind::StaleUnknown]);
    assert!(
        helped.is_empty(),
        "{} cases, such as {:#?}",
        helped.len(),
        helped.first()
    );
}

/// Whatever is tolerated, and whatever the peer staples.
#[test]
fn no_policy_accepts_a_revoked_certificate_or_a_forged_crl() {
    let kinds = [Kind::Good, Kind::Unknown, Kind::Stale, Kind::StaleUnknown];
    let mut seen = 0;
    grid(&mut |verifier, leaf, name| {
        for kind in kinds.iter().chain(&Kind::BAD) {
            let staple = kind.staple(leaf);
            let verdict = server(verifier, &[leaf.to_vec()], OcspStaple::Given(&staple));
            if name.contains("revoking") {
                let revoked = Said::Revoked(Source::Crl("1".into()), at(REVOKED_AT), None);
                assert_eq!(verdict, Verdict::refused(revoked), "{kind:?}: {name}");
                seen += 1;
            } else if name.contains("forged") {
                let refused = Said::RefusedCrl("1".into(), CrlRefusal::BadSignature);
                let expected = (Position::EndEntity, refused);
                assert!(verdict.violations.contains(&expected), "{kind:?}: {name}");
                seen += 1;
            }
        }
        if !name.contains("revoking") {
            // A staple that revokes, also where staples are ignored.
            let staple = root().ocsp(response(good(&root(), leaf).revoked(REVOKED_AT, None)));
            let verdict = server(verifier, &[leaf.to_vec()], OcspStaple::Given(&staple));
            let revoked = Said::Revoked(Source::Staple, at(REVOKED_AT), None);
            assert_eq!(verdict, Verdict::refused(revoked), "{name}");
        }
    });
    assert!(seen > 3000, "{seen}");
}

/// What each tolerance lets pass when the others refuse.
#[test]
fn each_tolerance_alone() {
    let verdict = |change: fn(&mut RevocationSettings), crls: &[Vec<u8>], kind: Option<Kind>| {
        let policy = policy(Role::Server, change);
        let verifier = builder(&root(), policy).crls(load(crls)).build().unwrap();
        let staple = kind.map(|kind| kind.staple(&leaf()));
        let staple = staple
            .as_deref()
            .map_or(OcspStaple::Absent, OcspStaple::Given);
        server(&verifier, &[leaf()], staple)
    };
    let unknown = |it: &mut RevocationSettings| it.unknown = Tolerance::AllowWithWarning;
    let stale = |it: &mut RevocationSettings| it.stale = Tolerance::AllowWithWarning;
    let unparsable = |it: &mut RevocationSettings| it.unparsable = Tolerance::AllowWithWarning;
    let none = |_: &mut RevocationSettings| ();
    let current = [root().crl(crl())];
    let ended = [root().crl(crl().next_update(NOW_UNIX - HOUR))];

    let nothing = || Said::nothing("Root");
    let ended_crl = || {
        let why = Staleness::Ended {
            next_update: at(NOW_UNIX - HOUR),
        };
        Said::Stale(Source::Crl("1".into()), why)
    };
    let ended_staple = || {
        let why = Staleness::Ended {
            next_update: at(NOW_UNIX - DAY),
        };
        Said::Stale(Source::Staple, why)
    };
    let bad = || Said::BadStaple(OcspProblem::BadSignature);

    // Nothing is known.
    for strict in [none, stale, unparsable] {
        assert_eq!(verdict(strict, &[], None), Verdict::refused(nothing()));
    }
    assert_eq!(verdict(unknown, &[], None), Verdict::tolerated([nothing()]));
    // A CRL that ended.
    for strict in [none, unknown, unparsable] {
        assert_eq!(verdict(strict, &ended, None), Verdict::refused(ended_crl()));
    }
    assert_eq!(
        verdict(stale, &ended, None),
        Verdict::tolerated([ended_crl()])
    );
    // A staple that ended.
    for strict in [none, unknown, unparsable] {
        let stapled = verdict(strict, &[], Some(Kind::Stale));
        assert_eq!(stapled, Verdict::refused(ended_staple()));
    }
    let stapled = verdict(stale, &[], Some(Kind::Stale));
    assert_eq!(stapled, Verdict::tolerated([ended_staple()]));
    // A bad staple beside a current CRL.
    for strict in [none, unknown, stale] {
        let stapled = verdict(strict, &current, Some(Kind::BadSignature));
        assert_eq!(stapled, Verdict::refused(bad()));
    }
    let stapled = verdict(unparsable, &current, Some(Kind::BadSignature));
    assert_eq!(stapled, Verdict::tolerated([bad()]));
    // And without.
    let stapled = verdict(unparsable, &[], Some(Kind::BadSignature));
    assert_eq!(
        stapled,
        Verdict {
            accepted: false,
            violations: vec![(Position::EndEntity, nothing())],
            warnings: vec![(WarningKind::Relaxed, Position::EndEntity, bad())],
        }
    );
    // The responder does not know it, whatever the CRL says.
    for strict in [none, stale, unparsable] {
        let stapled = verdict(strict, &current, Some(Kind::Unknown));
        let [(Position::EndEntity, Said::NoStatus(StatusSource::Either, missing))] =
            stapled.violations.as_slice()
        else {
            panic!("{stapled:?}");
        };
        assert!(
            matches!(missing.as_slice(), [NoStatus::Unknown(_)]),
            "{missing:?}"
        );
        assert!(!stapled.accepted);
    }
    assert!(verdict(unknown, &current, Some(Kind::Unknown)).accepted);
}

#[test]
fn demands_for_a_staple() {
    let plain = leaf();
    let demanding = root().issue(end_entity().must_staple());
    let current = load(&[root().crl(crl())]);
    let no_staple = |by, presented| Said::NoStaple(by, presented);
    for (leaf, use_, demand) in [
        (&plain, StapleUse::Use, None),
        (&plain, StapleUse::Ignore, None),
        (&plain, StapleUse::Require, Some(StapleDemand::Policy)),
        (&demanding, StapleUse::Use, Some(StapleDemand::Certificate)),
        (
            &demanding,
            StapleUse::Ignore,
            Some(StapleDemand::Certificate),
        ),
        (
            &demanding,
            StapleUse::Require,
            Some(StapleDemand::Certificate),
        ),
    ] {
        for unparsable in BOTH {
            let policy = policy(Role::Server, |it| {
                it.staple = use_;
                it.unparsable = unparsable;
            });
            let crls = current.iter().cloned();
            let verifier = builder(&root(), policy).crls(crls).build().unwrap();
            let verdict = |staple| server(&verifier, std::slice::from_ref(leaf), staple);
            let name = format!("{use_:?} {unparsable:?} {demand:?}");

            let absent = match demand {
                None => Verdict::known(),
                Some(by) => Verdict::refused(no_staple(by, Fact::Absent)),
            };
            assert_eq!(verdict(OcspStaple::Absent), absent, "{name}");

            let mut not_applicable = Verdict::known();
            not_applicable.warnings.extend(demand.map(|by| {
                let said = no_staple(by, Fact::NoStaplesHere);
                (WarningKind::Advice, Position::EndEntity, said)
            }));
            assert_eq!(verdict(OcspStaple::NotApplicable), not_applicable, "{name}");

            let staple = Kind::Good.staple(leaf);
            assert_eq!(
                verdict(OcspStaple::Given(&staple)),
                Verdict::known(),
                "{name}"
            );

            let problem = || OcspProblem::BadSignature;
            let bad = || Said::BadStaple(problem());
            let judged = use_ != StapleUse::Ignore || demand.is_some();
            let expected = match (unparsable, demand) {
                _ if !judged => Verdict::known(),
                (Tolerance::Refuse, _) => Verdict::refused(bad()),
                (_, None) => Verdict::tolerated([bad()]),
                (_, Some(by)) => Verdict {
                    accepted: false,
                    warnings: Verdict::tolerated([bad()]).warnings,
                    ..Verdict::refused(no_staple(by, Fact::BadResponse(problem())))
                },
            };
            let staple = Kind::BadSignature.staple(leaf);
            assert_eq!(verdict(OcspStaple::Given(&staple)), expected, "{name}");
        }
    }
}

/// An audit softens what is not known; what is revoked, and CRLs that are not the issuer's, it does not.
#[test]
fn an_audit_does_not_accept_what_is_revoked() {
    let audited = |source| {
        let mut policy = policy(Role::Server, |it| it.sources.end_entity = source);
        policy.revocation.audit(Date::new(2026, 12, 31).unwrap());
        policy
    };
    let verdict = |crls: &[Vec<u8>], staple: &[u8]| {
        let policy = audited(StatusSource::Either);
        let verifier = builder(&root(), policy).crls(load(crls)).build().unwrap();
        server(&verifier, &[leaf()], OcspStaple::Given(staple))
    };
    let serial = serial_of(&leaf());
    let rubbish = Kind::Rubbish.staple(&leaf());
    let softened = verdict(&[], &rubbish);
    assert!(softened.accepted && softened.violations.is_empty());
    let kinds: Vec<_> = softened.warnings.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(kinds.len(), 2, "{softened:?}");
    assert!(
        kinds.iter().all(|kind| *kind != WarningKind::Relaxed),
        "{softened:?}"
    );

    let revoked = Said::Revoked(Source::Crl("1".into()), at(REVOKED_AT), None);
    let listed = crl().revoke(&serial);
    for builder in [listed.clone(), listed.clone().next_update(NOW_UNIX - DAY)] {
        let verdict = verdict(&[root().crl(builder)], &rubbish);
        assert_eq!(verdict, Verdict::refused(revoked.clone()));
    }
    let staple = root().ocsp(response(good(&root(), &leaf()).revoked(REVOKED_AT, None)));
    let by_staple = Said::Revoked(Source::Staple, at(REVOKED_AT), None);
    assert_eq!(verdict(&[], &staple), Verdict::refused(by_staple));
    let forged = [root().crl(listed.tamper_signature())];
    let good = Kind::Good.staple(&leaf());
    let refused = Said::RefusedCrl("1".into(), CrlRefusal::BadSignature);
    assert_eq!(verdict(&forged, &good), Verdict::refused(refused));
}

/// `check = "end-entity"`: of intermediates nothing need be known, but what is known counts.
#[test]
fn an_intermediate_that_need_not_be_known() {
    let issuing = root().intermediate("Issuing", TestKey::ed25519(2));
    let chain = [issuing.issue(end_entity()), issuing.der.clone()];
    let serial = serial_of(&issuing.der);
    let check_end_entity = |it: &mut RevocationSettings| it.check = RevocationCheck::EndEntity;
    let verdict = |crls: &[Vec<u8>], responses: &[Vec<u8>]| {
        let known = issuing.crl(crl());
        let verifier = builder(&root(), policy(Role::Client, check_end_entity))
            .crls(load(&[known]))
            .crls(load(crls))
            .ocsp_responses(load_responses(responses));
        client(&verifier.build().unwrap(), &chain)
    };
    let revoked = |source| {
        let said = Said::Revoked(source, at(REVOKED_AT), None);
        Verdict::refused_at(Position::Intermediate(1), said)
    };
    assert_eq!(verdict(&[], &[]), Verdict::known());
    assert_eq!(
        verdict(&[root().crl(crl().next_update(NOW_UNIX))], &[]),
        Verdict::known()
    );
    let listed = crl().revoke(&serial);
    for builder in [listed.clone(), listed.next_update(NOW_UNIX - DAY)] {
        let verdict = verdict(&[root().crl(builder)], &[]);
        assert_eq!(verdict, revoked(Source::Crl("1".into())));
    }
    let response = root().ocsp(response(
        good(&root(), &issuing.der).revoked(REVOKED_AT, None),
    ));
    assert_eq!(verdict(&[], &[response]), revoked(Source::Response));
}

/// A revoked CA issues CAs of its own issuer's name under other keys, so that the keys tried on the issuer's CRL run out
/// before it is looked at for the revoked one.
#[test]
fn a_revoked_ca_cannot_hide_behind_namesakes_of_its_issuer() {
    let revoked = root().intermediate("Revoked", TestKey::ed25519(50));
    let mut above = revoked.clone();
    let mut chain = vec![revoked.der.clone()];
    for n in 0..4 {
        above = above.intermediate("Root", TestKey::ed25519(60 + n));
        chain.insert(0, above.der.clone());
    }
    let last = above.intermediate("Last", TestKey::ed25519(70));
    chain.insert(0, last.der.clone());
    let leaf = last.issue(end_entity());
    let staple = last.ocsp(response(good(&last, &leaf)));
    chain.insert(0, leaf);

    let listed = load(&[root().crl(crl().revoke(&serial_of(&revoked.der)))]);
    for check in [RevocationCheck::EndEntity, RevocationCheck::Path] {
        let policy = policy(Role::Server, |it| {
            it.check = check;
            it.unknown = Tolerance::AllowWithWarning;
        });
        let crls = listed.iter().cloned();
        let verifier = builder(&root(), policy).crls(crls).build().unwrap();
        let verdict = server(&verifier, &chain, OcspStaple::Given(&staple));
        let said = Said::Revoked(Source::Crl("1".into()), at(REVOKED_AT), None);
        let found = verdict
            .violations
            .contains(&(Position::Intermediate(6), said));
        assert!(found && !verdict.accepted, "{check:?}: {verdict:?}");
    }
}

/// A CA below a revoked one staples a response that takes so many signatures that the response that revokes the other one is
/// not looked at any more.
#[test]
fn a_revoked_ca_cannot_hide_behind_a_staple_of_much_work() {
    let upper = root().intermediate("Upper", TestKey::ed25519(50));
    let lower = upper.intermediate("Lower", TestKey::ed25519(51));
    let last = lower.intermediate("Last", TestKey::ed25519(52));
    let leaf = last.issue(end_entity());
    let chain = [
        leaf.clone(),
        last.der.clone(),
        lower.der.clone(),
        upper.der.clone(),
    ];

    // Eight responders of the issuer's name, none of which signed it.
    let responders = (0..8).map(|n| {
        let key = TestKey::ed25519(80 + n);
        last.ocsp_responder("Last", key, |it| it.serial(n)).der
    });
    let wrong = response(good(&last, &leaf)).certificates(responders.collect());
    let staple = last.ocsp(wrong.tamper_signature());

    let by = |ca: &Authority, single| {
        let responder = ca.ocsp_responder("Responder", TestKey::ed25519(90), |it| it);
        responder.ocsp(response(single).certificates(vec![responder.der.clone()]))
    };
    let responses = [
        by(&upper, good(&upper, &lower.der)),
        by(&root(), good(&root(), &upper.der).revoked(REVOKED_AT, None)),
    ];
    for check in [RevocationCheck::EndEntity, RevocationCheck::Path] {
        let policy = policy(Role::Server, |it| {
            it.check = check;
            it.unknown = Tolerance::AllowWithWarning;
            it.unparsable = Tolerance::AllowWithWarning;
        });
        let responses = load_responses(&responses);
        let verifier = builder(&root(), policy)
            .ocsp_responses(responses)
            .build()
            .unwrap();
        for staple in [OcspStaple::Absent, OcspStaple::Given(&staple)] {
            let verdict = server(&verifier, &chain, staple);
            let not_looked_at = |n| {
                let why = vec![NoStatus::NoAnswer(OcspProblem::TooMuchWork)];
                (
                    Position::Intermediate(n),
                    Said::NoStatus(StatusSource::Either, why),
                )
            };
            let revoked = Said::Revoked(Source::Response, at(REVOKED_AT), None);
            let expected = match staple {
                OcspStaple::Given(_) => vec![
                    (
                        Position::EndEntity,
                        Said::BadStaple(OcspProblem::TooMuchWork),
                    ),
                    not_looked_at(2),
                    not_looked_at(3),
                ],
                _ => vec![(Position::Intermediate(3), revoked)],
            };
            assert_eq!(verdict.violations, expected, "{check:?} {staple:?}");
            assert!(!verdict.accepted);
        }
    }
}

/// A source that is missing is named, and one that is there is not.
#[test]
fn what_is_missing_is_named() {
    let verdict = |source, crls: &[Vec<u8>], staple: Option<Kind>| {
        let policy = policy(Role::Server, |it| it.sources.end_entity = source);
        let known = load_responses(&[root().ocsp(response(good(&root(), &root().der)))]);
        let elsewhere = Authority::root("Elsewhere", TestKey::ed25519(99)).crl(crl());
        let verifier = builder(&root(), policy)
            .crls(load(&[elsewhere]))
            .crls(load(crls))
            .ocsp_responses(known)
            .build()
            .unwrap();
        let staple = staple.map(|kind| kind.staple(&leaf()));
        let staple = staple
            .as_deref()
            .map_or(OcspStaple::Absent, OcspStaple::Given);
        server(&verifier, &[leaf()], staple)
    };
    let crls = [root().crl(crl())];
    let good = Some(Kind::Good);
    let missing =
        |source, what: &[NoStatus]| Verdict::refused(Said::NoStatus(source, what.to_vec()));
    let (crl, response) = (no_crl("Root"), NoStatus::NoResponse);
    use StatusSource::{Both, Crl, Either, Ocsp};
    assert_eq!(
        verdict(Crl, &[], good),
        missing(Crl, std::slice::from_ref(&crl))
    );
    assert_eq!(verdict(Crl, &crls, None), Verdict::known());
    assert_eq!(
        verdict(Ocsp, &crls, None),
        missing(Ocsp, std::slice::from_ref(&response))
    );
    assert_eq!(verdict(Ocsp, &[], good), Verdict::known());
    assert_eq!(verdict(Either, &[], good), Verdict::known());
    assert_eq!(verdict(Either, &crls, None), Verdict::known());
    assert_eq!(
        verdict(Either, &[], None),
        missing(Either, &[crl.clone(), response.clone()])
    );
    assert_eq!(verdict(Both, &[], good), missing(Both, &[crl]));
    assert_eq!(verdict(Both, &crls, None), missing(Both, &[response]));
    assert_eq!(verdict(Both, &crls, good), Verdict::known());
}

/// A CRL makes the status known; the staple that is demanded has to hold all the same.
#[test]
fn a_demanded_staple_that_has_ended_beside_a_current_crl() {
    let ended = |leaf: &[u8]| {
        let single = good(&root(), leaf).this_update(NOW_UNIX - 3 * DAY);
        root().ocsp(response(single.next_update(NOW_UNIX - DAY)))
    };
    let stale = Said::Stale(
        Source::Staple,
        Staleness::Ended {
            next_update: at(NOW_UNIX - DAY),
        },
    );
    let must_staple = root().issue(end_entity().must_staple());
    for (leaf, staple_use, refused) in [
        (must_staple.clone(), StapleUse::Use, true),
        (must_staple, StapleUse::Ignore, true),
        (leaf(), StapleUse::Require, true),
        (leaf(), StapleUse::Use, false),
    ] {
        let policy = policy(Role::Server, |it| it.staple = staple_use);
        let verifier = builder(&root(), policy)
            .crls(load(&[root().crl(crl())]))
            .build();
        let staple = ended(&leaf);
        let verdict = server(&verifier.unwrap(), &[leaf], OcspStaple::Given(&staple));
        let expected = match refused {
            true => Verdict::refused(stale.clone()),
            false => Verdict::known(),
        };
        assert_eq!(verdict, expected, "{staple_use:?}");
    }
}

/// Where both sources are asked for, each has to be there and to hold: a response that is missing makes no CRL younger.
#[test]
fn of_both_sources_each_is_judged() {
    let ended = at(NOW_UNIX - DAY);
    let crl = root().crl(
        crl()
            .this_update(NOW_UNIX - 3 * DAY)
            .next_update(NOW_UNIX - DAY),
    );
    let stale = Said::Stale(
        Source::Crl("1".to_owned()),
        Staleness::Ended { next_update: ended },
    );
    let missing = Said::NoStatus(StatusSource::Both, vec![NoStatus::NoResponse]);
    let staple = root().ocsp(response(good(&root(), &leaf())));
    use Tolerance::{AllowWithWarning, Refuse};
    for (unknown, stale_too, staple, violations) in [
        (Refuse, Refuse, None, vec![missing.clone(), stale.clone()]),
        (AllowWithWarning, Refuse, None, vec![stale.clone()]),
        (Refuse, AllowWithWarning, None, vec![missing]),
        (AllowWithWarning, AllowWithWarning, None, vec![]),
        (AllowWithWarning, Refuse, Some(&staple), vec![stale]),
        (Refuse, AllowWithWarning, Some(&staple), vec![]),
    ] {
        let policy = policy(Role::Server, |it| {
            it.sources.end_entity = StatusSource::Both;
            (it.unknown, it.stale) = (unknown, stale_too);
        });
        let verifier = builder(&root(), policy)
            .crls(load(std::slice::from_ref(&crl)))
            .build();
        let given = staple.map_or(OcspStaple::Absent, |staple| OcspStaple::Given(staple));
        let verdict = server(&verifier.unwrap(), &[leaf()], given);
        let said: Vec<_> = verdict.said().cloned().collect();
        assert_eq!(said, violations, "{unknown:?} {stale_too:?} {given:?}");
        assert_eq!(verdict.accepted, violations.is_empty());
    }
}
