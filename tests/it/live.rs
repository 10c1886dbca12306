//! Verifiers that are replaced: all at once, or not at all, and what is said of it, to the word.

use std::sync::{Arc, Mutex};

use rustls_policy_verifier::{
    BuildError, Crl, Evidence, Fact, Judgement, LiveVerifier, Mode, Observer, Occasion,
    OcspResponse, Peer, Policy, PresentedChain, ReplaceError, ReplaceProblem, ReplaceWarning,
    Replacement, RevocationCheck, Role, Span, StatusSource, Time, TlsVersion, TrustAnchors,
    Verifier, pki_types,
};

use crate::support::{
    Authority, CertificateBuilder, CrlBuilder, IssuingDistributionPoint, Name, OcspBuilder,
    SingleBuilder, TestKey, der, oids, serial_of,
};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);
/// Two days and an hour later.
const LATER: Time = Time::from_unix_seconds(1_780_272_000 + 49 * 3_600);

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(1))
}

fn second_root() -> Authority {
    Authority::root("Second Root", TestKey::ed25519(2))
}

fn anchors(roots: &[Authority]) -> TrustAnchors {
    roots.iter().fold(TrustAnchors::new(), |anchors, root| {
        anchors.with_pem("acme", &root.der).unwrap()
    })
}

fn leaf(issuer: &Authority) -> Vec<u8> {
    let end_entity = CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(3).spki());
    issuer.issue(end_entity.eku(&[oids::CLIENT_AUTH]))
}

/// A policy that judges the end entity's revocation.
fn judging_revocation() -> Policy {
    let mut policy = Policy::client();
    policy.revocation.enforce().check = RevocationCheck::EndEntity;
    policy
}

fn crl(change: impl FnOnce(CrlBuilder) -> CrlBuilder) -> Crl {
    Crl::from_der(change(CrlBuilder::new()).signed_by(&root().issuer())).unwrap()
}

fn live(policy: Policy, crls: impl IntoIterator<Item = Crl>) -> LiveVerifier {
    let builder = Verifier::builder(anchors(&[root(), second_root()]), policy).crls(crls);
    LiveVerifier::new(builder.build().unwrap(), NOW)
}

fn accepts(verifier: &Verifier, certificate: &[u8]) -> bool {
    let chain = PresentedChain::from_pem(certificate).unwrap();
    let verdict = verifier.verify(&chain, Peer::Client, Evidence::default(), NOW);
    verdict.is_ok()
}

#[test]
fn a_replacement_takes_the_place_of_the_verifier_in_use() {
    let live = live(Policy::client(), []);
    let (first, second) = (leaf(&root()), leaf(&second_root()));
    let before = live.current();
    assert!(accepts(&before, &first) && accepts(&before, &second));

    let mut policy = Policy::client();
    policy.path_length.max_intermediates = Some(1);
    let next = live.successor(anchors(&[second_root()]), policy.clone());
    let replacement = live.replace(next, LATER).unwrap();
    assert_eq!((replacement.generation, replacement.since), (1, LATER));
    let after = live.clone().current();
    assert!(!accepts(&after, &first) && accepts(&after, &second));
    assert_eq!(*after.policy(), policy);
    // Who began with the one before stays with it.
    assert!(accepts(&before, &first));
    assert_eq!((before.generation(), after.generation()), (0, 1));

    let again = live.successor(anchors(&[second_root()]), policy);
    assert_eq!(
        live.replace(again, LATER).unwrap().to_string(),
        "generation 2 in use since 2026-06-03T01:00:00Z"
    );
}

fn refused(live: &LiveVerifier, outcome: Result<Replacement, ReplaceError>) -> ReplaceError {
    let generation = live.current().generation();
    let error = outcome.unwrap_err();
    assert_eq!(error.generation, generation);
    assert!(
        accepts(&live.current(), &leaf(&root())),
        "the good one is gone"
    );
    error
}

#[test]
fn what_cannot_work_is_refused_and_the_good_one_stays() {
    let live = live(Policy::client(), []);
    let next = |anchors, policy| live.replace(live.successor(anchors, policy), LATER);

    let error = refused(&live, next(TrustAnchors::new(), Policy::client()));
    assert_eq!(
        error.to_string(),
        "not replaced: no usable trust anchor: add the root or issuing CA certificate to trust, in PEM or DER; generation 0 stays in use, since 2026-06-01T00:00:00Z (2 days)"
    );

    let mut policy = Policy::client();
    policy.extended_key_usage.require = rustls_policy_verifier::PurposeRequirement::Only(vec![]);
    let error = refused(&live, next(anchors(&[root()]), policy));
    assert_eq!(
        error.to_string(),
        "not replaced: policy setting `extended-key-usage.only`: the list is empty: name a purpose, such as \"clientAuth\", or set `off = true`; generation 0 stays in use, since 2026-06-01T00:00:00Z (2 days)"
    );

    // The adapters it stands behind judge clients.
    let error = refused(&live, next(anchors(&[root()]), Policy::server()));
    assert_eq!(
        error.problem,
        ReplaceProblem::Build(BuildError::Direction {
            policy: Role::Server,
            needed: Role::Client,
        })
    );
    assert!(std::error::Error::source(&error).is_some());

    // The configurations it stands behind do not change.
    let mut policy = Policy::client();
    policy.tls.minimum_version = TlsVersion::Tls13;
    let error = refused(&live, next(anchors(&[root()]), policy));
    assert_eq!(
        error.to_string(),
        "not replaced: policy setting `tls.minimum-version`: is another than the configurations in use were built by, and they do not change: of `[tls]` only `session-lifetime` can be replaced; start anew, or build new configurations; generation 0 stays in use, since 2026-06-01T00:00:00Z (2 days)"
    );

    // Of one that nobody dated, nobody says how old it is.
    let undated = LiveVerifier::from(live.current());
    let error = undated
        .replace(
            undated.successor(TrustAnchors::new(), Policy::client()),
            LATER,
        )
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "not replaced: no usable trust anchor: add the root or issuing CA certificate to trust, in PEM or DER; generation 0 stays in use"
    );
}

#[test]
fn ages_are_said_in_the_greatest_unit_that_fits() {
    let live = live(Policy::client(), []);
    for (seconds, words) in [
        (0, "(0 seconds)"),
        (1, "(1 second)"),
        (59, "(59 seconds)"),
        (60, "(1 minute)"),
        (3_599, "(59 minutes)"),
        (3_600, "(1 hour)"),
        (86_399, "(23 hours)"),
        (86_400, "(1 day)"),
        (172_800, "(2 days)"),
    ] {
        let now = Time::from_unix_seconds(NOW.unix_seconds() + seconds);
        let next = live.successor(TrustAnchors::new(), Policy::client());
        let error = live.replace(next, now).unwrap_err().to_string();
        assert!(error.ends_with(words), "{error}");
    }
}

/// The time of the first CRLs here, and a day later.
const THIS_UPDATE: i64 = 1_780_000_000;
const NEXT_ISSUE: i64 = THIS_UPDATE + 86_400;

#[test]
fn an_older_crl_than_the_one_in_use_is_refused() {
    let issue = |number, at| crl(|it| it.number(number).this_update(at));
    let newer = || issue(2, NEXT_ISSUE);
    let older = || issue(1, THIS_UPDATE);
    let live = live(judging_revocation(), [newer()]);
    let next = |crls: Vec<Crl>| {
        let next = live.successor(anchors(&[root(), second_root()]), judging_revocation());
        live.replace(next.crls(crls), LATER)
    };
    let error = refused(&live, next(vec![older()]));
    assert_eq!(
        error.to_string(),
        "not replaced: CRL number 1 of CN=Root (2026-05-28T20:26:40Z to 2026-07-25T00:00:00Z) is older than CRL number 2 of CN=Root (2026-05-29T20:26:40Z to 2026-07-25T00:00:00Z), which is in use: fetch the newest; generation 0 stays in use, since 2026-06-01T00:00:00Z (2 days)"
    );
    // Beside the newest, an old one takes nothing away.
    next(vec![older(), newer()]).unwrap();
    // Another scope's is another CRL.
    let user_certificates = IssuingDistributionPoint {
        only_user: true,
        ..IssuingDistributionPoint::default()
    };
    let of_users = crl(|it| {
        it.number(1)
            .this_update(THIS_UPDATE)
            .issuing_distribution_point(&user_certificates)
    });
    next(vec![newer(), of_users]).unwrap();
    next(vec![issue(3, NEXT_ISSUE)]).unwrap();
}

/// Anybody can make a CRL of any issuer's name: one that is not signed neither hides an older one nor keeps a newer one out.
#[test]
fn a_forged_crl_neither_hides_an_older_one_nor_keeps_out_a_newer_one() {
    let issue = |number, at| crl(|it| it.number(number).this_update(at));
    let forged = || {
        let of_root = CrlBuilder::new().issuer(root().name).number(9);
        let der = of_root
            .this_update(NEXT_ISSUE + 86_400)
            .signed_by(&second_root().issuer());
        Crl::from_der(der).unwrap()
    };
    let live = live(judging_revocation(), [issue(2, NEXT_ISSUE), forged()]);
    let next = |crls: Vec<Crl>| {
        let next = live.successor(anchors(&[root(), second_root()]), judging_revocation());
        live.replace(next.crls(crls), LATER)
    };
    let older = |outcome: Result<Replacement, ReplaceError>| {
        let problem = outcome.unwrap_err().problem;
        matches!(problem, ReplaceProblem::OlderCrl { .. })
    };
    assert!(older(next(vec![issue(1, THIS_UPDATE), forged()])));
    // Of one time the number tells.
    assert!(older(next(vec![issue(1, NEXT_ISSUE)])));
    next(vec![issue(3, NEXT_ISSUE)]).unwrap();
    // Nor does it help to hand over none in between.
    let others = CrlBuilder::new().signed_by(&second_root().issuer());
    let replacement = next(vec![Crl::from_der(others).unwrap()]).unwrap();
    assert!(matches!(
        replacement.warnings.as_slice(),
        [ReplaceWarning::CrlGone(_)]
    ));
    assert!(older(next(vec![issue(2, NEXT_ISSUE)])));
    next(vec![issue(4, NEXT_ISSUE)]).unwrap();
}

/// A CRL from a time to come, made by mistake, does not keep out those that follow; one of this very second is in use.
#[test]
fn a_crl_from_a_time_to_come_keeps_nothing_out() {
    let issue = |number, at| crl(|it| it.number(number).this_update(at));
    let now = i64::try_from(NOW.unix_seconds()).unwrap();
    for (at, keeps_out) in [(now + 1, false), (now, true), (now - 1, true)] {
        let live = live(judging_revocation(), [issue(2, at)]);
        let next = live.successor(anchors(&[root(), second_root()]), judging_revocation());
        let outcome = live.replace(next.crls([issue(1, now - 2)]), NOW);
        let problem = outcome.map_err(|error| error.problem);
        let is_older = matches!(problem, Err(ReplaceProblem::OlderCrl { .. }));
        assert_eq!((is_older, problem.is_err()), (keeps_out, keeps_out), "{at}");
    }
}

#[test]
fn what_is_in_use_can_be_looked_at() {
    let live = live(Policy::client(), []);
    let text = format!("{live:?}");
    let begins = "LiveVerifier { generation: 0, since: Some(";
    assert!(text.starts_with(begins), "{text}");
}

/// Two keys under one name, as in a roll-over: each has its own issues.
#[test]
fn issues_of_one_key_are_not_those_of_another() {
    let rolled_over = Authority::root("Root", TestKey::ed25519(7));
    let issue = |authority: &Authority, number, at| {
        let crl = CrlBuilder::new().number(number).this_update(at);
        Crl::from_der(crl.signed_by(&authority.issuer())).unwrap()
    };
    let anchors = || anchors(&[root(), rolled_over_root()]);
    fn rolled_over_root() -> Authority {
        Authority::root("Root", TestKey::ed25519(7))
    }
    let builder = Verifier::builder(anchors(), judging_revocation()).crls([
        issue(&root(), 5, NEXT_ISSUE),
        issue(&rolled_over, 1, THIS_UPDATE),
    ]);
    let live = LiveVerifier::new(builder.build().unwrap(), NOW);
    let next = |crls: Vec<Crl>| {
        let next = live.successor(anchors(), judging_revocation());
        live.replace(next.crls(crls), LATER)
    };
    let error = next(vec![
        issue(&root(), 4, THIS_UPDATE),
        issue(&rolled_over, 2, NEXT_ISSUE),
    ]);
    assert!(matches!(
        error.unwrap_err().problem,
        ReplaceProblem::OlderCrl { .. }
    ));
    next(vec![
        issue(&root(), 5, NEXT_ISSUE),
        issue(&rolled_over, 2, THIS_UPDATE),
    ])
    .unwrap();
}

/// A policy file that was cut short is one that asks for less.
#[test]
fn a_rule_that_was_on_and_is_off_is_a_warning() {
    let live = live(judging_revocation(), [crl(|it| it)]);
    let next = live.successor(anchors(&[root(), second_root()]), Policy::client());
    let words: Vec<_> = live
        .replace(next, LATER)
        .unwrap()
        .warnings
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        words,
        [
            "no issue any more of what was in use: CRL number 1 of CN=Root (2026-05-25T00:00:00Z to 2026-07-25T00:00:00Z)",
            "the rule revocation was on, and is off",
            "the policy differs in revocation",
        ]
    );
}

/// What refuses less than before is said, and so is every table that differs.
#[test]
fn what_a_policy_asks_no_more_is_a_warning() {
    let judging = judging_revocation();
    let mut unchecked = judging.clone();
    unchecked.revocation.check = RevocationCheck::Off;
    let mut audited = Policy::client();
    audited
        .minimum_key_size
        .audit("9999-12-30".parse().unwrap());
    audited.path_length.max_intermediates = Some(1);
    let mut promise = Policy::client();
    promise.must_not_pin = true;
    promise.tls.session_lifetime = Some(Span::Seconds(300));
    for (before, after, words) in [
        (
            judging,
            unchecked,
            &[
                "the rule revocation was on, and is off",
                "the policy differs in revocation",
            ][..],
        ),
        (
            Policy::client(),
            audited.clone(),
            &[
                "the rule minimum-key-size was enforced, and is audited",
                "the policy differs in minimum-key-size, path-length",
            ],
        ),
        (
            audited,
            Policy::client(),
            &["the policy differs in minimum-key-size, path-length"],
        ),
        (
            Policy::client(),
            promise,
            &["the policy differs in tls, must-not-pin"],
        ),
    ] {
        let given = before.revocation.mode != Mode::Off;
        let live = live(before, given.then(|| crl(|it| it)));
        let next = live.successor(anchors(&[root(), second_root()]), after);
        let warnings = live.replace(next, LATER).unwrap().warnings;
        let found: Vec<_> = warnings.iter().map(ToString::to_string).collect();
        let found: Vec<_> = found
            .iter()
            .filter(|it| !it.starts_with("no issue"))
            .collect();
        assert_eq!(found, words);
    }
}

/// Two begin at the same generation, and are not each other's.
#[test]
fn the_successor_of_another_is_refused() {
    let (one, other) = (live(Policy::client(), []), live(Policy::client(), []));
    let next = one.successor(anchors(&[root()]), Policy::client());
    let error = other.replace(next, LATER).unwrap_err();
    assert_eq!(error.problem, ReplaceProblem::Foreign);
    assert_eq!(
        error.problem.to_string(),
        "it was begun as the successor of another verifier: begin from this one"
    );
}

/// Whoever delivers CRLs can make up one of the issuer's name: it does not take the place of the issuer's own.
#[test]
fn a_crl_of_nobody_does_not_take_the_place_of_one_in_use() {
    let of_second = || {
        let of_root = CrlBuilder::new().issuer(root().name).number(7);
        Crl::from_der(of_root.signed_by(&second_root().issuer())).unwrap()
    };
    let live = live(judging_revocation(), [crl(|it| it)]);
    let next = |crls: Vec<Crl>| {
        let next = live.successor(anchors(&[root(), second_root()]), judging_revocation());
        live.replace(next.crls(crls), LATER)
    };
    let error = next(vec![of_second()]).unwrap_err();
    assert_eq!(
        error.problem.to_string(),
        "CRL number 7 of CN=Root (2026-05-25T00:00:00Z to 2026-07-25T00:00:00Z) stands in the place of CRL number 1 of CN=Root (2026-05-25T00:00:00Z to 2026-07-25T00:00:00Z), which is in use, and no key that is known here has signed it: fetch it again; if the CA has a new key, hand over the CRLs of both"
    );
    assert!(matches!(error.problem, ReplaceProblem::OtherCrl { .. }));
    assert_eq!(next(vec![of_second(), crl(|it| it)]).unwrap().warnings, []);

    // A new key of that name, which is known, may: that the old one has none is a warning.
    let new_key = Authority::root("Root", TestKey::ed25519(7));
    let with_new_key = anchors(&[root(), Authority::root("Root", TestKey::ed25519(7))]);
    let of_new_key = CrlBuilder::new().number(8).signed_by(&new_key.issuer());
    let of_new_key = Crl::from_der(of_new_key).unwrap();
    let next = live.successor(with_new_key, judging_revocation());
    let warnings = live
        .replace(next.crls([of_new_key]), LATER)
        .unwrap()
        .warnings;
    assert!(
        matches!(warnings.as_slice(), [ReplaceWarning::CrlGone(_)]),
        "{warnings:?}"
    );
}

/// Two begin from one verifier: the second would undo what the first did, unknowing.
#[test]
fn of_two_successors_the_second_is_refused() {
    let live = live(Policy::client(), []);
    let begin = || live.successor(anchors(&[root()]), Policy::client());
    let (first, second) = (begin(), begin());
    live.replace(first, NOW).unwrap();
    let error = live.replace(second, LATER).unwrap_err();
    assert_eq!(error.problem, ReplaceProblem::Outdated { generation: 0 });
    assert_eq!(
        error.to_string(),
        "not replaced: it was begun as the successor of generation 0, which was replaced since: begin again from what is in use; generation 1 stays in use, since 2026-06-01T00:00:00Z (2 days)"
    );
    live.replace(begin(), LATER).unwrap();
    // One that succeeds nobody in particular knows what it does.
    let anew = || Verifier::builder(anchors(&[root()]), Policy::client());
    let (first, second) = (anew(), anew());
    live.replace(first, LATER).unwrap();
    live.replace(second, LATER).unwrap();
}

/// OCSP responses that were handed over: an older one may say good of what a newer one revokes.
#[test]
fn an_older_ocsp_response_is_a_warning() {
    let certificate = leaf(&root());
    let about = |days: i64| {
        let this_update = i64::try_from(NOW.unix_seconds()).unwrap() + days * 86_400;
        let single = SingleBuilder::good(&root(), &serial_of(&certificate));
        let response = OcspBuilder::new().single(single.this_update(this_update));
        OcspResponse::from_der(root().ocsp(response)).unwrap()
    };
    let mut policy = judging_revocation();
    policy.revocation.enforce().sources.end_entity = StatusSource::Ocsp;
    let anchors = || anchors(&[root(), second_root()]);
    let builder = Verifier::builder(anchors(), policy.clone()).ocsp_responses([about(-2)]);
    let live = LiveVerifier::new(builder.build().unwrap(), NOW);
    let next = |responses: Vec<OcspResponse>| {
        let next = live.successor(anchors(), policy.clone());
        let replacement = live.replace(next.ocsp_responses(responses), LATER);
        let warnings = replacement.unwrap().warnings;
        warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let none = Vec::<String>::new();
    assert_eq!(next(vec![about(-1)]), none);
    let serial = serial_of(&certificate)
        .into_iter()
        .map(|it| format!("{it:02x}"));
    let serial: String = serial.collect();
    assert_eq!(
        next(vec![about(-2)]),
        [format!(
            "an older OCSP response for serial number {serial}: of 2026-05-30T00:00:00Z, before of 2026-05-31T00:00:00Z"
        )]
    );
    assert_eq!(next(vec![about(-3), about(-1)]), none);
    assert_eq!(next(vec![about(-1)]), none);
}

/// A CRL that revokes holds for the verification that follows.
#[test]
fn a_replaced_crl_revokes() {
    let certificate = leaf(&root());
    let live = live(judging_revocation(), [crl(|it| it)]);
    assert!(accepts(&live.current(), &certificate));
    let revoking = crl(|it| it.number(2).revoke(&serial_of(&certificate)));
    let next = live.successor(anchors(&[root()]), judging_revocation());
    live.replace(next.crls([revoking]), LATER).unwrap();
    let verifier = live.current();
    let chain = PresentedChain::from_pem(&certificate).unwrap();
    let verdict = verifier.verify(&chain, Peer::Client, Evidence::default(), NOW);
    let error = verdict.unwrap_err();
    assert!(
        matches!(error.violations()[0].presented, Fact::Revoked(_)),
        "{error}"
    );
}

#[test]
fn what_is_less_than_before_is_a_warning() {
    let live = live(judging_revocation(), [crl(|it| it)]);
    let broken = pki_types::CertificateDer::from(der::sequence(&[]));
    let other = CrlBuilder::new().signed_by(&second_root().issuer());
    let anchors = TrustAnchors::new()
        .with_certificates("acme", [root().der.into(), broken])
        .unwrap();
    let next = live
        .successor(anchors, judging_revocation())
        .crls([Crl::from_der(other).unwrap()]);
    let replacement = live.replace(next, LATER).unwrap();
    let words: Vec<_> = replacement
        .warnings
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        words,
        [
            "fewer trust anchors under \"acme\": 1, before 2",
            "no issue any more of what was in use: CRL number 1 of CN=Root (2026-05-25T00:00:00Z to 2026-07-25T00:00:00Z)",
            "left out under \"acme\": certificate 2: certificate at octet 2: the data ends too early",
        ]
    );
    assert_eq!(
        replacement.to_string(),
        format!(
            "generation 1 in use since 2026-06-03T01:00:00Z (3 warnings: {}; and 2 more)",
            words[0]
        )
    );
    // A label that is gone has no anchors left.
    let renamed = TrustAnchors::new().with_pem("other", root().der).unwrap();
    let next = live.successor(renamed, Policy::client());
    let replacement = live.replace(next, LATER).unwrap();
    assert!(
        replacement
            .warnings
            .contains(&ReplaceWarning::FewerAnchors {
                label: "acme".to_owned(),
                before: 1,
                after: 0,
            })
    );
}

/// Writes down what it hears.
#[derive(Debug, Default)]
struct Diary(Mutex<Vec<String>>);

impl Observer for Diary {
    fn certificate_judged(&self, judgement: &Judgement<'_>, occasion: Occasion) {
        let line = format!("{occasion} by generation {}", judgement.generation());
        self.0.lock().unwrap().push(line);
    }

    fn verifier_replaced(&self, outcome: Result<&Replacement, &ReplaceError>) {
        let line = match outcome {
            Ok(replacement) => format!("generation {}", replacement.generation),
            Err(error) => format!("not replaced, generation {} stays", error.generation),
        };
        self.0.lock().unwrap().push(line);
    }
}

impl Diary {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Listens badly.
#[derive(Debug)]
struct Panics;

impl Observer for Panics {
    fn verifier_replaced(&self, _outcome: Result<&Replacement, &ReplaceError>) {
        panic!("of an observer");
    }
}

#[test]
fn observers_hear_of_replacements_and_of_refused_ones() {
    let diary = Arc::new(Diary::default());
    let builder = Verifier::builder(anchors(&[root()]), Policy::client()).observer(diary.clone());
    let live = LiveVerifier::new(builder.build().unwrap(), NOW);
    let judged = |accepted: bool| {
        let issuer = if accepted { root() } else { second_root() };
        assert_eq!(accepts(&live.current(), &leaf(&issuer)), accepted);
    };
    judged(true);
    judged(false);
    // A builder without an observer keeps the one there is.
    for next in [
        live.successor(anchors(&[root()]), Policy::client()),
        Verifier::builder(anchors(&[root()]), Policy::client()),
    ] {
        live.replace(next, NOW).unwrap();
        judged(true);
    }
    judged(false);
    let next = live.successor(TrustAnchors::new(), Policy::client());
    live.replace(next, NOW).unwrap_err();
    assert_eq!(
        diary.take(),
        [
            "offline by generation 0",
            "offline by generation 0",
            "generation 1",
            "offline by generation 1",
            "generation 2",
            "offline by generation 2",
            "offline by generation 2",
            "not replaced, generation 2 stays",
        ]
    );
    // One that brings its own replaces it, and its panics are its own.
    let next = live.successor(anchors(&[root()]), Policy::client());
    let replacement = live.replace(next.observer(Arc::new(Panics)), NOW).unwrap();
    assert_eq!((replacement.generation, diary.take()), (3, Vec::new()));
    judged(true);
}

/// Rules of one's own, bounds and what is remembered of signatures are no part of what is replaced.
#[test]
fn a_successor_keeps_what_is_not_replaced() {
    use rustls_policy_verifier::{CandidatePath, Context, Findings, Rule, RuleId, SignatureCache};

    #[derive(Debug)]
    struct Nobody;

    impl Rule for Nobody {
        fn id(&self) -> RuleId {
            RuleId::new("nobody")
        }

        fn check_path(&self, _: &CandidatePath<'_>, _: &Context<'_>, findings: &mut Findings) {
            findings.violation(
                rustls_policy_verifier::Position::Path,
                Fact::Absent,
                Fact::Absent,
            );
        }
    }

    let cache = SignatureCache::default();
    let builder =
        Verifier::builder(anchors(&[root()]), Policy::client()).signature_cache(cache.clone());
    let live = LiveVerifier::new(builder.build().unwrap(), NOW);
    assert!(accepts(&live.current(), &leaf(&root())));
    let known = cache.len();
    assert!(known > 0);
    let next = live.successor(anchors(&[root(), second_root()]), Policy::client());
    live.replace(next, NOW).unwrap();
    assert!(accepts(&live.current(), &leaf(&root())));
    assert_eq!(cache.len(), known);
    assert!(accepts(&live.current(), &leaf(&second_root())));
    assert!(cache.len() > known, "another cache is in use");

    let builder = Verifier::builder(anchors(&[root()]), Policy::client());
    let builder = builder.custom_rule(Arc::new(Nobody));
    let live = LiveVerifier::new(builder.build().unwrap(), NOW);
    let next = live.successor(anchors(&[root()]), Policy::client());
    live.replace(next, NOW).unwrap();
    assert!(!accepts(&live.current(), &leaf(&root())));
}
