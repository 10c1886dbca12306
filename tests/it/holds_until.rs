//! Until when a verdict holds: each kind of end, to the second, and the rule that refuses afterwards.

use std::sync::Arc;

use pki_types::{CertificateDer, ServerName};
use rustls_policy_verifier::{
    AnchorCheck, CandidatePath, Context, Crl, Date, Evidence, ExtendedKeyUsage, Fact, Findings,
    IdentifierEntry, KeyPurpose, Matcher, OcspResponse, OcspStaple, Peer, Pin, Pins, Policy,
    Position, PresentedChain, RevocationCheck, Rule, RuleId, Span, StatusSource, SubjectIdentifier,
    Time, Tolerance, TrustAnchors, Verifier, VerifierBuilder, VerifyError, pki_types,
};

use crate::support::{
    Authority, CertificateBuilder, CrlBuilder, Name, OcspBuilder, SingleBuilder, TestKey, keys,
    oids, serial_of,
};

/// 2026-06-01T00:00:00Z
const NOW_UNIX: i64 = 1_780_272_000;
const NOW: Time = at(NOW_UNIX);
const DAY: i64 = 86_400;
/// The end of end entities: the last second of 2026.
const END: Time = at(1_798_761_599);

const fn at(unix: i64) -> Time {
    Time::from_unix_seconds(unix.unsigned_abs())
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(1))
}

fn issuing() -> Authority {
    root().intermediate("Issuing", TestKey::ed25519(2))
}

fn end_entity() -> CertificateBuilder {
    CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(3).spki()).dns(&["a.example"])
}

/// Right below the root.
fn leaf() -> Vec<u8> {
    root().issue(end_entity())
}

fn builder(root: &Authority, policy: Policy) -> VerifierBuilder {
    Verifier::builder(TrustAnchors::from_pem(root.der.as_slice()).unwrap(), policy)
}

/// A policy for clients whose certificates must have a known status.
fn with_revocation(change: impl FnOnce(&mut rustls_policy_verifier::RevocationSettings)) -> Policy {
    let mut policy = Policy::client();
    change(policy.revocation.enforce());
    policy
}

fn verifier(policy: Policy) -> Verifier {
    builder(&root(), policy).build().unwrap()
}

/// What ends a verdict: its last second, and who refuses at the next.
type End = (Time, &'static str);

fn end_of(verifier: &Verifier, chain: &[Vec<u8>], staple: OcspStaple<'_>) -> End {
    let certificates: Vec<_> = chain
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let (end_entity, others) = certificates.split_first().unwrap();
    let chain = PresentedChain::new(end_entity, others);
    let name = ServerName::try_from("a.example").unwrap();
    let peer = match verifier.policy().role {
        rustls_policy_verifier::Role::Client => Peer::Client,
        rustls_policy_verifier::Role::Server => Peer::Server(&name),
    };
    let mut evidence = Evidence::default();
    evidence.ocsp = staple;
    let until = |time| -> Result<Time, VerifyError> {
        let path = verifier.verify(&chain, peer, evidence, time)?;
        Ok(path.holds_until())
    };
    let last = until(NOW).unwrap();
    // The same from any second on, the last one too.
    let middle = NOW.unix_seconds().midpoint(last.unix_seconds());
    for time in [Time::from_unix_seconds(middle), last] {
        assert_eq!(until(time).unwrap(), last, "asked at {time}");
    }
    let refusal = until(Time::from_unix_seconds(last.unix_seconds() + 1)).unwrap_err();
    (last, refusal.violations()[0].rule.as_str())
}

fn end(verifier: &Verifier, chain: &[Vec<u8>]) -> End {
    end_of(verifier, chain, OcspStaple::NotApplicable)
}

#[test]
fn the_first_certificate_that_ends() {
    let chain = |ca: i64, end_entity_ends: i64| {
        let issuing = root().intermediate_with("Issuing", TestKey::ed25519(2), |it| {
            it.validity(NOW_UNIX - DAY, ca)
        });
        let end_entity = end_entity().validity(NOW_UNIX - DAY, end_entity_ends);
        vec![issuing.issue(end_entity), issuing.der]
    };
    let mut others = Policy::client();
    others.validity_period.switch_off();
    for policy in [Policy::client(), Policy::server(), others] {
        let verifier = verifier(policy);
        for (ca, end_entity, last) in [(DAY, 9, 9), (7, DAY, 7), (0, DAY, 0)] {
            let found = end(&verifier, &chain(NOW_UNIX + ca, NOW_UNIX + end_entity));
            assert_eq!(found, (at(NOW_UNIX + last), "chain"));
        }
    }
}

/// webpki does not look at it, the policy does or does not.
#[test]
fn a_trust_anchor_that_ends() {
    let root = Authority::root_with("Root", TestKey::ed25519(1), |it| {
        it.validity(0, NOW_UNIX + DAY)
    });
    let chain = [root.issue(end_entity())];
    for (check, expected) in [
        (AnchorCheck::Check, (at(NOW_UNIX + DAY), "validity-period")),
        (
            AnchorCheck::WhenKnown,
            (at(NOW_UNIX + DAY), "validity-period"),
        ),
        (AnchorCheck::Ignore, (END, "chain")),
    ] {
        let mut policy = Policy::client();
        policy.validity_period.trust_anchor = check;
        let verifier = builder(&root, policy).build().unwrap();
        assert_eq!(end(&verifier, &chain), expected, "{check:?}");
    }
    // While the rule is audited it warns alone.
    let mut policy = Policy::client();
    policy.validity_period.audit(date("2026-07-31"));
    let verifier = builder(&root, policy).build().unwrap();
    let expected = (date("2026-07-31").end(), "validity-period");
    assert_eq!(end(&verifier, &chain), expected);
}

#[test]
fn pins_that_expire() {
    let digest: [u8; 32] = keys::sha256(&TestKey::ed25519(1).spki())
        .try_into()
        .unwrap();
    let pins = |expires| Pins {
        expires,
        ..Pins::new([Pin::SpkiSha256(digest), Pin::SpkiSha256([7; 32])])
    };
    let mut policy = Policy::client();
    policy.pin = pins(Some(date("2026-06-15"))).into();
    let expected = (date("2026-06-15").end(), "pin");
    assert_eq!(end(&verifier(policy.clone()), &[leaf()]), expected);
    // Audited for longer, they end with the audit.
    policy.pin.audit(date("2026-06-20"));
    let expected = (date("2026-06-20").end(), "pin");
    assert_eq!(end(&verifier(policy.clone()), &[leaf()]), expected);
    policy.pin.audit(date("2026-06-10"));
    let expected = (date("2026-06-15").end(), "pin");
    assert_eq!(end(&verifier(policy.clone()), &[leaf()]), expected);
    policy.pin.switch_off();
    assert_eq!(end(&verifier(policy.clone()), &[leaf()]), (END, "chain"));
    policy.pin = pins(None).into();
    assert_eq!(end(&verifier(policy), &[leaf()]), (END, "chain"));
}

/// The end of an audit matters where the rule is broken.
#[test]
fn an_audit_that_ends() {
    for (name, expected) in [
        ("somebody", (date("2026-06-30").end(), "subject-identifier")),
        ("peer", (END, "chain")),
    ] {
        let mut policy = Policy::client();
        let entry = IdentifierEntry::common_name(Matcher::exact(name));
        policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
        policy.subject_identifier.audit(date("2026-06-30"));
        assert_eq!(end(&verifier(policy), &[leaf()]), expected, "{name}");
    }
}

#[test]
fn a_dated_exception_that_ends() {
    let mut policy = Policy::client();
    let entry = IdentifierEntry::common_name(Matcher::exact("peer"));
    policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
    policy.extended_key_usage = ExtendedKeyUsage {
        allow_server_auth_in_place_of_client_auth_until: Some(date("2026-06-30")),
        ..ExtendedKeyUsage::contains([KeyPurpose::client_auth()])
    }
    .into();
    let servers = |it: CertificateBuilder| it.eku(&[oids::SERVER_AUTH]);
    let of_end_entity = vec![root().issue(servers(end_entity()))];
    let issuing = root().intermediate_with("Issuing", TestKey::ed25519(2), servers);
    let of_intermediate = vec![issuing.issue(end_entity()), issuing.der];
    // webpki knows of no audit.
    let mut audited = policy.clone();
    audited.extended_key_usage.audit(date("2026-12-01"));
    let exceptional = policy.clone();
    for policy in [policy, audited] {
        let verifier = verifier(policy);
        for chain in [&of_end_entity, &of_intermediate] {
            let expected = (date("2026-06-30").end(), "chain");
            assert_eq!(end(&verifier, chain), expected);
        }
        // Who does not need it is not touched.
        assert_eq!(end(&verifier, &[leaf()]), (END, "chain"));
    }
    // Nor is who stands below an anchor that is for servers: webpki does not look at its purposes.
    let root = Authority::root_with("Root", TestKey::ed25519(1), servers);
    let verifier = builder(&root, exceptional).build().unwrap();
    assert_eq!(end(&verifier, &[leaf()]), (END, "chain"));
}

fn crl(this_update: i64, next_update: i64) -> CrlBuilder {
    CrlBuilder::new()
        .this_update(NOW_UNIX + this_update)
        .next_update(NOW_UNIX + next_update)
}

fn with_crls(policy: Policy, crls: &[Vec<u8>]) -> Verifier {
    let crls = crls.iter().map(|der| Crl::from_der(der.clone()).unwrap());
    builder(&root(), policy).crls(crls).build().unwrap()
}

/// nextUpdate itself is too late.
#[test]
fn crls_that_end() {
    let (root, issuing) = (root(), issuing());
    let chain = [issuing.issue(end_entity()), issuing.der.clone()];
    let of = |last: i64| (at(NOW_UNIX + last), "revocation");
    let one = root.crl(crl(-DAY, 3 * DAY));
    let other = issuing.crl(crl(-DAY, 2 * DAY));
    let newer = issuing.crl(crl(0, 5 * DAY).number(2));
    // Of the future, in time.
    let next = root.crl(crl(2 * DAY, 7 * DAY).number(2));
    let late = root.crl(crl(3 * DAY + 1, 7 * DAY).number(2));
    let plain = || with_revocation(|_| {});
    for (crls, expected) in [
        (vec![&one, &other], of(2 * DAY - 1)),
        (vec![&one, &other, &newer], of(3 * DAY - 1)),
        (vec![&one, &newer, &next], of(5 * DAY - 1)),
        (vec![&one, &newer, &late], of(3 * DAY - 1)),
    ] {
        let crls: Vec<_> = crls.into_iter().cloned().collect();
        assert_eq!(end(&with_crls(plain(), &crls), &chain), expected);
    }
    let both = [one, other];
    // As old as it may be, and no older.
    let aged = with_revocation(|it| it.max_age = Some(Span::Days(2)));
    assert_eq!(end(&with_crls(aged, &both), &chain), of(DAY));
    // Whose status need not be known, or may be stale, is not waited for.
    let end_entity_alone = with_revocation(|it| it.check = RevocationCheck::EndEntity);
    let tolerated = with_revocation(|it| it.stale = Tolerance::AllowWithWarning);
    let mut audited = plain();
    audited.revocation.audit(date("2026-06-30"));
    for (policy, expected) in [
        (end_entity_alone, of(2 * DAY - 1)),
        (tolerated, (END, "chain")),
        (audited, (date("2026-06-30").end(), "revocation")),
    ] {
        assert_eq!(end(&with_crls(policy, &both), &chain), expected);
    }
}

fn good(this_update: i64, next_update: i64) -> SingleBuilder {
    SingleBuilder::good(&root(), &serial_of(&leaf()))
        .this_update(NOW_UNIX + this_update)
        .next_update(NOW_UNIX + next_update)
}

fn response(single: SingleBuilder) -> OcspBuilder {
    OcspBuilder::new()
        .produced_at(NOW_UNIX - DAY)
        .single(single)
}

fn responses(policy: Policy, responses: &[Vec<u8>]) -> Verifier {
    let responses = responses
        .iter()
        .map(|der| OcspResponse::from_der(der.clone()).unwrap());
    let builder = builder(&root(), policy);
    builder.ocsp_responses(responses).build().unwrap()
}

#[test]
fn responses_that_end() {
    let of = |last: i64| (at(NOW_UNIX + last), "revocation");
    let short = root().ocsp(response(good(-DAY, DAY)));
    let long = root().ocsp(response(good(-DAY, 4 * DAY)));
    let endless = root().ocsp(response(good(-DAY, DAY).no_next_update()));
    let plain = || with_revocation(|_| {});
    let aged = || with_revocation(|it| it.max_age = Some(Span::Days(3)));
    for (policy, handed, expected) in [
        (plain(), vec![&short], of(DAY - 1)),
        (plain(), vec![&short, &long], of(4 * DAY - 1)),
        (aged(), vec![&long], of(2 * DAY)),
        (aged(), vec![&endless], of(2 * DAY)),
    ] {
        let handed: Vec<_> = handed.into_iter().cloned().collect();
        assert_eq!(end(&responses(policy, &handed), &[leaf()]), expected);
    }
    // A CRL takes over, where either will do.
    let by_crl = root().crl(crl(-DAY, 9 * DAY));
    for (source, expected) in [
        (StatusSource::Either, of(9 * DAY - 1)),
        (StatusSource::Both, of(4 * DAY - 1)),
    ] {
        let policy = with_revocation(|it| it.sources.end_entity = source);
        let verifier = builder(&root(), policy)
            .crls([Crl::from_der(by_crl.clone()).unwrap()])
            .ocsp_responses([OcspResponse::from_der(long.clone()).unwrap()])
            .build()
            .unwrap();
        assert_eq!(end(&verifier, &[leaf()]), expected, "{source:?}");
    }
}

/// It came with the question, and counts while the question is the same.
#[test]
fn a_staple_that_ends() {
    let mut policy = Policy::server();
    policy.revocation.enforce().check = RevocationCheck::EndEntity;
    let verifier = verifier(policy);
    let staple = root().ocsp(response(good(-DAY, DAY)));
    let found = end_of(&verifier, &[leaf()], OcspStaple::Given(&staple));
    assert_eq!(found, (at(NOW_UNIX + DAY - 1), "revocation"));
}

/// A responder answers while its certificate is valid; and what it says counts from when it is.
#[test]
fn responders_that_end_and_begin() {
    let responder = |from: i64, to: i64| {
        root().ocsp_responder("Responder", TestKey::ed25519(6), |it| {
            it.validity(NOW_UNIX + from, NOW_UNIX + to)
        })
    };
    let signed = |single, responder: &Authority| {
        let certificates = vec![responder.der.clone()];
        responder.ocsp(response(single).certificates(certificates))
    };
    let answer = signed(good(-DAY, 9 * DAY), &responder(-DAY, DAY));
    let verifier = responses(with_revocation(|_| {}), &[answer]);
    let expected = (at(NOW_UNIX + DAY), "revocation");
    assert_eq!(end(&verifier, &[leaf()]), expected);

    let known = root().ocsp(response(good(-DAY, 9 * DAY)));
    let revoked = good(-DAY, 9 * DAY).revoked(NOW_UNIX, None);
    let to_come = responder(2 * DAY, 9 * DAY);
    let produced = OcspBuilder::new()
        .produced_at(NOW_UNIX + 2 * DAY)
        .single(revoked)
        .certificates(vec![to_come.der.clone()]);
    let revocation = to_come.ocsp(produced);
    let verifier = responses(with_revocation(|_| {}), &[known, revocation]);
    let expected = (at(NOW_UNIX + 2 * DAY - 1), "revocation");
    assert_eq!(end(&verifier, &[leaf()]), expected);
}

/// Refuses after a time, and says so, or says something else.
#[derive(Debug)]
struct OpenUntil {
    last: Time,
    said: fn(Time) -> Option<Time>,
}

impl Rule for OpenUntil {
    fn id(&self) -> RuleId {
        RuleId::new("acme-open-until")
    }

    fn check_path(&self, _: &CandidatePath<'_>, context: &Context<'_>, findings: &mut Findings) {
        assert!(context.anchor().is_some());
        if context.time() > self.last {
            let (last, now) = (Fact::ValidUntil(self.last), Fact::ValidAt(context.time()));
            findings.violation(Position::Path, last, now);
        }
    }

    fn holds_until(&self, path: &CandidatePath<'_>, context: &Context<'_>) -> Option<Time> {
        assert!(context.anchor().is_some() && path.end_entity().der() == leaf());
        (self.said)(context.time())
    }
}

fn with_rule(last: Time, said: fn(Time) -> Option<Time>) -> Verifier {
    let rule = Arc::new(OpenUntil { last, said });
    builder(&root(), Policy::client())
        .custom_rule(rule)
        .build()
        .unwrap()
}

const CLOSING: Time = at(NOW_UNIX + DAY);

#[test]
fn custom_rules_say_for_themselves() {
    let verifier = with_rule(CLOSING, |_| Some(CLOSING));
    assert_eq!(end(&verifier, &[leaf()]), (CLOSING, "acme-open-until"));
    // It need not end there, nor ever.
    for said in [|_| Some(CLOSING), |_| Some(NOW), |_| Some(at(0)), |_| None] {
        assert_eq!(end(&with_rule(END, said), &[leaf()]), (END, "chain"));
    }
}

/// A rule that may change its mind at every second is asked so many times.
#[test]
fn a_path_is_looked_at_so_many_times() {
    let verifier = with_rule(END, Some);
    assert_eq!(holds_until(&verifier, NOW), at(NOW_UNIX + 63));
    assert_eq!(holds_until(&verifier, END), END);
    let verifier = with_rule(at(NOW_UNIX + 5), Some);
    assert_eq!(holds_until(&verifier, NOW), at(NOW_UNIX + 5));
}

fn holds_until(verifier: &Verifier, time: Time) -> Time {
    let certificates = [CertificateDer::from(leaf())];
    let path = verifier.recheck(&certificates, Peer::Client, time).unwrap();
    path.holds_until()
}
