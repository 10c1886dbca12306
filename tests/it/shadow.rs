//! Policies that are tried beside the enforced one, audited rules, and what is counted of both.

use std::sync::{Arc, Mutex};

use rustls_policy_verifier::{
    BuildError, Certificate, Context, Crl, Date, Evidence, ExtendedKeyUsage, Findings, Judgement,
    KeyPurpose, LiveVerifier, Observer, Occasion, Peer, Policy, Position, PresentedChain,
    ReplaceWarning, RevocationCheck, Role, Rule, RuleId, Time, TrustAnchors, VerificationCounters,
    Verifier, VerifierBuilder, VerifyError, pki_types,
};

use crate::support::{Authority, CertificateBuilder, CrlBuilder, Name, TestKey, oids, serial_of};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(1))
}

fn anchors() -> TrustAnchors {
    TrustAnchors::from_pem(root().der).unwrap()
}

fn other_anchors() -> TrustAnchors {
    let other = Authority::root("Other Root", TestKey::ed25519(2));
    TrustAnchors::from_pem(other.der).unwrap()
}

/// Valid for the year 2026 alone.
fn leaf() -> Vec<u8> {
    let end_entity = CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(3).spki());
    root().issue(end_entity.eku(&[oids::CLIENT_AUTH]))
}

fn leaf_of_both_purposes() -> Vec<u8> {
    let end_entity = CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(4).spki());
    root().issue(end_entity.eku(&[oids::CLIENT_AUTH, oids::SERVER_AUTH]))
}

/// No key of elliptic curves, so that every certificate here breaks `minimum-key-size`.
fn without_ed25519() -> Policy {
    let mut policy = Policy::client();
    policy.minimum_key_size.end_entity.ed25519 = false;
    policy
}

fn only_client_auth() -> Policy {
    let mut policy = Policy::client();
    let purposes = [KeyPurpose::client_auth()];
    policy.extended_key_usage = ExtendedKeyUsage::only(purposes).into();
    policy
}

fn judge(verifier: &Verifier, certificate: &[u8]) -> Result<(), VerifyError> {
    let chain = PresentedChain::from_pem(certificate).unwrap();
    let verdict = verifier.verify(&chain, Peer::Client, Evidence::default(), NOW);
    verdict.map(drop)
}

fn enforced() -> VerifierBuilder {
    Verifier::builder(anchors(), Policy::client())
}

/// Whether the enforced policy and the shadow accepted, the generation of the shadow, the rules it found broken, and the occasion.
type Heard = (bool, bool, u64, Vec<String>, Occasion);

/// Writes down what it hears of shadows.
#[derive(Debug, Default)]
struct Diary(Mutex<Vec<Heard>>);

impl Observer for Diary {
    fn shadow_judged(&self, shadow: &Judgement<'_>, enforced: &Judgement<'_>, occasion: Occasion) {
        assert_eq!(shadow.fingerprint(), enforced.fingerprint());
        assert_eq!(shadow.presented().count(), enforced.presented().count());
        let broken = shadow.broken().map(|(rule, _)| rule.to_string()).collect();
        let both = (enforced.accepted(), shadow.accepted());
        let line = (both.0, both.1, shadow.generation(), broken, occasion);
        self.0.lock().unwrap().push(line);
    }
}

impl Diary {
    fn take(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[test]
fn a_shadow_is_heard_and_decides_nothing() {
    let diary = Arc::new(Diary::default());
    let by = |builder: VerifierBuilder| builder.observer(diary.clone()).build().unwrap();
    let offline = Occasion::Offline;

    let verifier = by(enforced().shadow(anchors(), without_ed25519()));
    judge(&verifier, &leaf()).unwrap();
    let broken = vec!["minimum-key-size".to_owned()];
    assert_eq!(diary.take(), [(true, false, 0, broken.clone(), offline)]);

    // The other way round: it would accept, and the verdict is a refusal.
    let builder = Verifier::builder(anchors(), without_ed25519());
    let verifier = by(builder.shadow(anchors(), Policy::client()));
    judge(&verifier, &leaf()).unwrap_err();
    assert_eq!(diary.take(), [(false, true, 0, vec![], offline)]);

    // With anchors of its own.
    let verifier = by(enforced().shadow(other_anchors(), Policy::client()));
    judge(&verifier, &leaf()).unwrap();
    let chain = vec!["chain".to_owned()];
    assert_eq!(diary.take(), [(true, false, 0, chain, offline)]);

    // By whatever way a chain is judged.
    let verifier = by(enforced().shadow(anchors(), without_ed25519()));
    let certificates = [leaf().into()];
    verifier.recheck(&certificates, Peer::Client, NOW).unwrap();
    let recheck = Occasion::Recheck;
    assert_eq!(diary.take(), [(true, false, 0, broken.clone(), recheck)]);
    verifier.recheck(&[], Peer::Client, NOW).unwrap_err();
    assert_eq!(diary.take(), []);

    // And of the generation that it is part of.
    let live = LiveVerifier::new(by(enforced()), NOW);
    let next = live.successor(anchors(), Policy::client());
    live.replace(next.shadow(anchors(), without_ed25519()), NOW)
        .unwrap();
    judge(&live.current(), &leaf()).unwrap();
    assert_eq!(diary.take(), [(true, false, 1, broken, offline)]);
}

/// A custom rule that panics where the shadow has led it changes nothing.
#[test]
fn a_panic_in_the_shadow_changes_no_verdict() {
    #[derive(Debug)]
    struct Panics;

    impl Rule for Panics {
        fn id(&self) -> RuleId {
            RuleId::new("panics")
        }

        fn check_certificate(
            &self,
            _: &Certificate<'_>,
            position: Position,
            _: &Context<'_>,
            _: &mut Findings,
        ) {
            let is_led_astray = matches!(position, Position::Intermediate(_));
            assert!(!is_led_astray, "as it is meant");
        }
    }

    // The enforced policy takes the short path, and the shadow's anchors have the long one alone.
    let issuing = root().intermediate("Issuing", TestKey::ed25519(8));
    let end_entity = CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(3).spki());
    let chain = [
        issuing.issue(end_entity.eku(&[oids::CLIENT_AUTH])),
        issuing.der.clone(),
    ];
    let certificates = chain.map(pki_types::CertificateDer::from);
    let of_issuing = TrustAnchors::from_pem(&issuing.der).unwrap();
    let diary = Arc::new(Diary::default());
    let builder =
        Verifier::builder(of_issuing, Policy::client()).shadow(anchors(), Policy::client());
    let builder = builder
        .custom_rule(Arc::new(Panics))
        .observer(diary.clone());
    let verifier = builder.build().unwrap();
    verifier.recheck(&certificates, Peer::Client, NOW).unwrap();
    assert_eq!(diary.take(), []);
}

/// That revocation is judged by the shadow alone, where it was enforced, is no way for CRLs to lose their effect.
#[test]
fn revocation_does_not_move_into_the_shadow() {
    let judging = || {
        let mut policy = Policy::client();
        policy.revocation.enforce().check = RevocationCheck::EndEntity;
        policy
    };
    let crl = || Crl::from_der(CrlBuilder::new().signed_by(&root().issuer())).unwrap();
    let builder = Verifier::builder(anchors(), judging()).crls([crl()]);
    let live = LiveVerifier::new(builder.build().unwrap(), NOW);
    let next = live.successor(anchors(), Policy::client()).crls([crl()]);
    let error = live
        .replace(next.shadow(anchors(), judging()), NOW)
        .unwrap_err();
    assert_eq!(
        error.problem.to_string(),
        "policy setting `revocation`: was on, and is now in the shadow policy alone: switch it on here too, or leave out the CRLs and the shadow policy's `[revocation]`"
    );
    // The other way round it is promoted, and the shadow goes.
    let next = live.successor(anchors(), judging()).crls([crl()]);
    live.replace(next.shadow(anchors(), Policy::client()), NOW)
        .unwrap();
    let next = live.successor(anchors(), judging()).crls([crl()]);
    let warnings = live.replace(next, NOW).unwrap().warnings;
    assert_eq!(warnings, [ReplaceWarning::ShadowGone]);
}

/// What would make a line that is none is no label.
#[test]
fn names_of_labels_are_names() {
    for (name, expected) in [
        ("tenant", "tenant"),
        ("a\"}\nb{", "a___b_"),
        ("1st", "own_1st"),
        ("", "own_"),
        ("rule", "own_rule"),
    ] {
        let counters = Arc::new(VerificationCounters::new().with_label(name, "x"));
        let verifier = enforced().observer(counters.clone()).build().unwrap();
        judge(&verifier, &leaf()).unwrap();
        let line = format!("rustls_policy_verifications_total{{{expected}=\"x\",role=");
        let text = counters.to_openmetrics();
        assert!(text.contains(&line), "{text}");
    }
}

/// CRLs go to who judges revocation: the enforced policy, its shadow, or both.
#[test]
fn crls_are_for_whom_they_concern() {
    let judging = || {
        let mut policy = Policy::client();
        policy.revocation.enforce().check = RevocationCheck::EndEntity;
        policy
    };
    let crl = || {
        let revoking = CrlBuilder::new().revoke(&serial_of(&leaf()));
        Crl::from_der(revoking.signed_by(&root().issuer())).unwrap()
    };
    for (policy, shadow, accepted) in [
        (Policy::client(), judging(), (true, false)),
        (judging(), Policy::client(), (false, true)),
        (judging(), judging(), (false, false)),
    ] {
        let diary = Arc::new(Diary::default());
        let builder = Verifier::builder(anchors(), policy).shadow(anchors(), shadow);
        let builder = builder.crls([crl()]).observer(diary.clone());
        let verdict = judge(&builder.build().unwrap(), &leaf());
        let heard: Vec<_> = diary.take().iter().map(|it| (it.0, it.1)).collect();
        assert_eq!((verdict.is_ok(), heard), (accepted.0, vec![accepted]));
    }
    // For nobody they are an error, as without a shadow.
    let builder = enforced().shadow(anchors(), Policy::client()).crls([crl()]);
    let error = builder.build().unwrap_err().to_string();
    assert!(
        error.starts_with("policy setting `revocation`: CRLs or OCSP responses are handed over"),
        "{error}"
    );
}

#[test]
fn a_shadow_that_cannot_work_is_named() {
    let cases = [
        (
            enforced().shadow(anchors(), Policy::server()),
            "the shadow policy: the verifier's policy is for server certificates, and client certificates are to be judged: start from `Policy::client()`",
        ),
        (
            enforced().shadow(TrustAnchors::new(), Policy::client()),
            "the shadow policy: no usable trust anchor: add the root or issuing CA certificate to trust, in PEM or DER",
        ),
    ];
    for (builder, words) in cases {
        let error = builder.build().unwrap_err();
        assert!(matches!(error, BuildError::Shadow(_)), "{error:?}");
        assert_eq!(error.to_string(), words);
    }
}

#[test]
fn what_was_judged_is_counted() {
    let counters = Arc::new(VerificationCounters::new().with_label("tenant", "a \"b\"\\\n"));
    let mut policy = only_client_auth();
    policy
        .minimum_key_size
        .audit(Date::new(2027, 1, 31).unwrap())
        .end_entity
        .ed25519 = false;
    let builder = Verifier::builder(anchors(), policy).shadow(other_anchors(), Policy::client());
    let verifier = builder.observer(counters.clone()).build().unwrap();
    let nothing = counters.to_openmetrics();
    assert!(!nothing.contains("_total"), "{nothing}");
    assert!(nothing.ends_with("# EOF\n"), "{nothing}");

    for _ in 0..3 {
        judge(&verifier, &leaf()).unwrap();
    }
    judge(&verifier, &leaf_of_both_purposes()).unwrap_err();
    let live = LiveVerifier::new(verifier, NOW);
    live.replace(enforced(), NOW).unwrap();
    live.replace(live.successor(TrustAnchors::new(), Policy::client()), NOW)
        .unwrap_err();
    let own = r#"tenant="a \"b\"\\\n""#;
    let expected = format!(
        r#"# TYPE rustls_policy_verifications counter
# HELP rustls_policy_verifications Certificate chains judged.
rustls_policy_verifications_total{{{own},role="client",occasion="offline",verdict="accepted"}} 3
rustls_policy_verifications_total{{{own},role="client",occasion="offline",verdict="refused"}} 1
# TYPE rustls_policy_broken_rules counter
# HELP rustls_policy_broken_rules Verifications in which a rule was broken.
rustls_policy_broken_rules_total{{{own},role="client",rule="chain",mode="shadow"}} 4
rustls_policy_broken_rules_total{{{own},role="client",rule="extended-key-usage",mode="enforced"}} 1
rustls_policy_broken_rules_total{{{own},role="client",rule="minimum-key-size",mode="audited"}} 4
# TYPE rustls_policy_shadow counter
# HELP rustls_policy_shadow Verifications that a shadow policy judged too.
rustls_policy_shadow_total{{{own},role="client",occasion="offline",outcome="same"}} 1
rustls_policy_shadow_total{{{own},role="client",occasion="offline",outcome="would-refuse"}} 3
# TYPE rustls_policy_keys_proved counter
# HELP rustls_policy_keys_proved Handshakes in which a peer proved its key.
# TYPE rustls_policy_replacements counter
# HELP rustls_policy_replacements Replacements of the verifier in use.
rustls_policy_replacements_total{{{own},outcome="refused"}} 1
rustls_policy_replacements_total{{{own},outcome="replaced"}} 1
# TYPE rustls_policy_generation gauge
# HELP rustls_policy_generation The generation of the verifier in use.
rustls_policy_generation{{{own}}} 1
# EOF
"#
    );
    assert_eq!(counters.to_openmetrics(), expected);
    assert_eq!(live.current().policy().role, Role::Client);
}
