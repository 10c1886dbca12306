//! What lints find in policies: tables of policy, what is known beside it, and every finding to the word. One table for each group
//! of lints; each code stands in one case that finds it and one that nearly does.

mod anchors;
mod connections;
mod contradictions;
mod identifiers;
mod modes;
mod pins;
mod purposes;
mod validity;

use std::collections::BTreeSet;

use rustls_policy_verifier::rustls::RootCertStore;
use rustls_policy_verifier::{
    Evidence, IdentifierEntry, LintCode, LintContext, LintFinding, LintSeverity, Matcher, Peer,
    Policy, Position, PresentedChain, Role, SanKind, Time, TrustAnchors, Verifier,
};

use crate::support::{Authority, CertificateBuilder, KeyKind, Name, TestKey, der};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);

/// What every policy without revocation is told with the trust anchors of `acme()`.
const NO_REVOCATION: &str = "advice[revocation-off] revocation: nobody asks whether a certificate is revoked, and the CAs under the label \"acme\" are private: a stolen key is accepted until its certificate ends; → hand over the CA's CRLs and switch the rule on, or have certificates issued that end within days";

/// A policy, what is known beside it, and the findings.
struct Case {
    policy: String,
    given: Given,
    /// What it nearly is.
    near: Option<LintCode>,
    lines: Vec<&'static str>,
}

/// The policy, TOML without its role, and what is found.
fn finds(policy: impl Into<String>, given: Given, lines: &[&'static str]) -> Case {
    Case {
        policy: policy.into(),
        given,
        near: None,
        lines: lines.to_vec(),
    }
}

/// Nearly found: the lint of this code is silent.
fn nearly(code: LintCode, policy: impl Into<String>, given: Given, lines: &[&'static str]) -> Case {
    Case {
        near: Some(code),
        ..finds(policy, given, lines)
    }
}

/// Trust anchors by label, and the labels that are said to be of public CAs.
#[derive(Clone, Default)]
struct Given {
    anchors: Option<TrustAnchors>,
    public: Vec<&'static str>,
}

impl Given {
    fn root(mut self, label: &str, root: &Authority) -> Self {
        let anchors = self.anchors.unwrap_or_default();
        self.anchors = Some(anchors.with_pem(label, &root.der).unwrap());
        self
    }

    fn public(mut self, label: &'static str) -> Self {
        self.public.push(label);
        self
    }

    fn lint(&self, policy: &Policy) -> Vec<LintFinding> {
        let mut context = LintContext::new(NOW);
        if let Some(anchors) = &self.anchors {
            context = context.anchors(anchors);
        }
        for label in &self.public {
            context = context.public_cas(label);
        }
        policy.lint(&context)
    }
}

fn nothing() -> Given {
    Given::default()
}

/// One root of a private CA, valid from 2020 to 2040, with an Ed25519 key.
fn acme() -> Given {
    nothing().root("acme", &Authority::root("Acme Root", TestKey::ed25519(1)))
}

fn acme_and_bank() -> Given {
    acme().root("bank", &Authority::root("Bank Root", TestKey::ed25519(2)))
}

/// So many roots under the label `web`.
fn store(roots: u64) -> Given {
    (0..roots).fold(nothing(), |given, n| {
        let root = Authority::root(&format!("Web Root {n}"), TestKey::ed25519(100 + n));
        given.root("web", &root)
    })
}

fn cases() -> Vec<Case> {
    [
        anchors::cases(),
        connections::cases(),
        contradictions::cases(),
        identifiers::cases(),
        modes::cases(),
        pins::cases(),
        purposes::cases(),
        validity::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn is_among(code: LintCode, findings: &[LintFinding]) -> bool {
    findings.iter().any(|finding| finding.code == code)
}

#[test]
fn every_policy_is_told_exactly_this() {
    let mut wrong = String::new();
    for (n, case) in cases().iter().enumerate() {
        let policy = Policy::from_toml(&case.policy)
            .unwrap_or_else(|error| panic!("{error} in\n{}", case.policy));
        let findings = case.given.lint(&policy);
        let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
        if lines != case.lines {
            wrong += &format!("#{n} {}\n{lines:#?}\n", case.policy);
        }
        for finding in &findings {
            assert_eq!(finding.severity, finding.code.severity());
        }
        if let Some(near) = case.near.filter(|near| is_among(*near, &findings)) {
            wrong += &format!("#{n} {} finds {near}\n", case.policy);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Some are about public suffixes, or the profile that needs their list.
#[cfg(feature = "public-suffix-list")]
#[test]
fn every_code_is_found_and_nearly_found() {
    let (mut found, mut nearly_found) = (BTreeSet::new(), BTreeSet::new());
    for case in cases() {
        let name = |line: &&'static str| {
            let (_, rest) = line.split_once('[').unwrap();
            rest.split(']').next().unwrap()
        };
        found.extend(case.lines.iter().map(name));
        nearly_found.extend(case.near.map(LintCode::as_str));
    }
    let all: BTreeSet<_> = LintCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(found, all);
    assert_eq!(nearly_found, all);
}

/// Who begins with them shall not begin with warnings. That clients of public CAs have no certificate for clientAuth alone is one, and
/// the strict policy asks for it.
#[test]
fn the_starting_points_have_advice_at_most() {
    for role in [Role::Client, Role::Server] {
        let private = [nothing(), acme(), acme_and_bank()];
        for given in private {
            assert_advice_at_most(&given, &Policy::partner_strict(role));
            assert_advice_at_most(&given, &Policy::for_role(role));
        }
    }
    // But that somebody has to say who the clients of public CAs may be.
    assert_advice_at_most(&store(25), &Policy::server());
    let worst = store(25).lint(&Policy::client());
    let worst = worst.iter().filter(|it| it.severity > LintSeverity::Advice);
    let worst: Vec<_> = worst.map(|it| it.code).collect();
    assert_eq!(worst, [LintCode::AnyClientOfPublicCas]);
}

#[track_caller]
fn assert_advice_at_most(given: &Given, policy: &Policy) {
    let findings = given.lint(policy);
    let worst = findings.iter().map(|finding| finding.severity).max();
    assert!(worst <= Some(LintSeverity::Advice), "{findings:#?}");
}

/// Anchors without certificates: the rules that need them are what is said, and nothing is made up about the rest.
#[test]
fn anchors_of_name_and_key_only_are_a_build_error() {
    let root = Authority::root("Acme Root", TestKey::ed25519(1));
    let mut store = RootCertStore::empty();
    store.add(root.der.into()).unwrap();
    let anchors = TrustAnchors::new().with_root_store("acme", &store).unwrap();
    let given = Given {
        anchors: Some(anchors),
        public: vec![],
    };
    let findings = given.lint(&Policy::client());
    let found: Vec<_> = findings
        .iter()
        .map(|finding| (finding.code, finding.setting.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (LintCode::BuildError, "validity-period.trust-anchor"),
            (LintCode::RevocationOff, "revocation")
        ]
    );
}

/// Lints ask the rules: what they say of an anchor is what the engine finds on a path that ends there.
#[test]
fn what_is_said_of_an_anchor_is_what_the_engine_finds() {
    for (policy, root) in anchors::refused() {
        let policy = Policy::from_toml(&policy).unwrap();
        let given = nothing().root("acme", &root);
        let key = TestKey::of(KeyKind::Rsa4096, 0).spki();
        let end_entity = root.issue(CertificateBuilder::end_entity(Name::cn("peer"), key));
        let verifier = Verifier::builder(given.anchors.clone().unwrap(), policy.clone())
            .build()
            .unwrap();
        let chain = PresentedChain::from_pem(end_entity).unwrap();
        let refusal = verifier
            .verify(&chain, Peer::Client, Evidence::default(), NOW)
            .unwrap_err();
        let at_anchor = |position| position == Position::TrustAnchor;
        let by_engine: BTreeSet<_> = refusal
            .violations()
            .iter()
            .filter(|violation| at_anchor(violation.position))
            .map(|violation| format!("{}.trust-anchor", violation.rule))
            .collect();
        let of_anchors = [
            LintCode::AnchorRefused,
            LintCode::AnchorExpired,
            LintCode::AnchorNotYetValid,
        ];
        let by_lints: BTreeSet<_> = given
            .lint(&policy)
            .into_iter()
            .filter(|finding| of_anchors.contains(&finding.code))
            .map(|finding| finding.setting)
            .collect();
        assert!(!by_engine.is_empty(), "{refusal:#?}");
        assert_eq!(by_lints, by_engine);
    }
}

/// For scripts.
#[test]
fn findings_are_objects_in_json() {
    let policy = Policy::from_toml(&pins::single()).unwrap();
    let findings = nothing().lint(&policy);
    assert_eq!(
        serde_json::to_value(&findings).unwrap(),
        serde_json::json!([{
            "code": "single-pin",
            "severity": "warning",
            "setting": "pin",
            "why": findings[0].why(),
            "hint": findings[0].hint(),
        }])
    );
}

/// Labels and identifiers are the caller's, and may hold anything.
#[test]
fn what_does_not_show_is_escaped() {
    let domain = Matcher::Namespace("spiffe://acme.example".into());
    let entry = IdentifierEntry::alternative_name(SanKind::Uri, domain).under("ac\u{1b}me");
    let mut policy = Policy::client();
    policy.subject_identifier.any_of = vec![entry];
    let findings = nothing().lint(&policy);
    let text = findings[0].to_string();
    assert!(text.contains(" under ac\\u{1b}me is met"), "{text:?}");
}

fn year(year: i64) -> i64 {
    der::unix(year, 1, 1, 0, 0, 0)
}
