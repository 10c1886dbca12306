//! What a rehearsal says of each kind of change.

use std::sync::{Arc, Mutex};

use pki_types::ServerName;
use rustls_policy_verifier::{
    AnchorCheck, BuildError, Change, Date, Evidence, IdentifierEntry, Judgement, Matcher, Observer,
    Occasion, Peer, Policy, Position, PresentedChain, Rehearsal, RehearsedChain, Role,
    SubjectIdentifier, Time, TrustAnchors, Verdict, Verifier, pki_types,
};

use crate::support::pem::bundle;
use crate::support::{Authority, CertificateBuilder, KeyKind, Name, TestKey};

/// 2026-06-01T00:00:00Z
const NOW_UNIX: i64 = 1_780_272_000;
const DAY: i64 = 86_400;
const NOW: Time = at(NOW_UNIX);
const THEN: Time = at(NOW_UNIX + 60 * DAY);

const fn at(unix: i64) -> Time {
    Time::from_unix_seconds(unix.unsigned_abs())
}

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(1))
}

fn other_root() -> Authority {
    Authority::root("Other", TestKey::ed25519(7))
}

fn verifier(policy: Policy, roots: &[Authority]) -> Verifier {
    let roots: Vec<_> = roots.iter().map(|root| root.der.as_slice()).collect();
    let anchors = TrustAnchors::from_pem(bundle(&roots)).unwrap();
    Verifier::builder(anchors, policy).build().unwrap()
}

fn end_entity() -> CertificateBuilder {
    let key = TestKey::of(KeyKind::Rsa2048, 0);
    CertificateBuilder::end_entity(Name::cn("peer"), key.spki()).dns(&["a.example"])
}

fn rehearse(current: &Verifier, proposed: &Verifier, chain: &[&[u8]]) -> RehearsedChain {
    let rehearsal = Rehearsal::new(current, proposed, NOW, THEN).unwrap();
    let chain = PresentedChain::from_pem(bundle(chain)).unwrap();
    let name = ServerName::try_from("a.example").unwrap();
    let peer = match current.policy().role {
        Role::Client => Peer::Client,
        Role::Server => Peer::Server(&name),
    };
    rehearsal.judge("acme", &chain, peer, Evidence::default())
}

fn reason(chain: &RehearsedChain) -> Option<(&str, Position)> {
    let reason = chain.reason()?;
    Some((reason.rule.as_str(), reason.position))
}

fn stricter(role: Role) -> Policy {
    let mut policy = Policy::for_role(role);
    policy.minimum_key_size.end_entity.rsa_bits = 3072;
    policy
}

const WEAK: Option<(&str, Position)> = Some(("minimum-key-size", Position::EndEntity));

#[test]
fn who_would_be_refused_or_accepted() {
    let chain = root().issue(end_entity());
    for role in [Role::Client, Role::Server] {
        let lax = verifier(Policy::for_role(role), &[root()]);
        let strict = verifier(stricter(role), &[root()]);
        for (current, proposed, change, why) in [
            (&lax, &lax, Change::None, None),
            (&strict, &strict, Change::None, None),
            (&lax, &strict, Change::Refused, WEAK),
            (&strict, &lax, Change::Accepted, WEAK),
        ] {
            let said = rehearse(current, proposed, &[&chain]);
            assert_eq!((said.change(), reason(&said)), (change, why), "{role}");
            assert_eq!((&*said.name, &*said.subject), ("acme", "CN=peer"));
        }
    }
}

#[test]
fn anchors_that_are_replaced() {
    let chain = root().issue(end_entity());
    let verifier = |roots: &[_]| verifier(Policy::client(), roots);
    let (both, other) = (verifier(&[root(), other_root()]), verifier(&[other_root()]));
    let said = rehearse(&both, &other, &[&chain]);
    assert_eq!(said.change(), Change::Refused);
    assert_eq!(reason(&said), Some(("chain", Position::Path)));
    assert_eq!(
        rehearse(&other, &both, &[&chain]).change(),
        Change::Accepted
    );
}

/// To whom nobody is right, from the day after on.
fn audited(until: &str) -> Verifier {
    let until: Date = until.parse().unwrap();
    let mut policy = Policy::client();
    let entry = IdentifierEntry::common_name(Matcher::exact("somebody"));
    policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
    policy.subject_identifier.audit(until);
    verifier(policy, &[root()])
}

/// At the same time by both: what ends in both is no change.
#[test]
fn what_changes_later() {
    let chain = root().issue(end_entity());
    let plain = verifier(Policy::client(), &[root()]);
    let (june, august) = (audited("2026-06-30"), audited("2026-08-31"));
    let who = Some(("subject-identifier", Position::EndEntity));
    for (current, proposed, change, why) in [
        (&plain, &june, Change::RefusedLater, who),
        (&august, &june, Change::RefusedLater, who),
        (&june, &august, Change::AcceptedLater, who),
        (&june, &plain, Change::AcceptedLater, who),
        (&june, &june, Change::None, None),
        (&plain, &august, Change::None, None),
    ] {
        let said = rehearse(current, proposed, &[&chain]);
        assert_eq!((said.change(), reason(&said)), (change, why));
    }
    let said = rehearse(&plain, &june, &[&chain]);
    let Verdict::Accepted { label, holds_until } = said.proposed.now else {
        panic!("{said:?}");
    };
    let end = "2026-06-30".parse::<Date>().unwrap().end();
    assert_eq!((&*label, holds_until), ("default", end));
}

/// The nearer change is the one that is said.
#[test]
fn an_anchor_that_is_not_valid_yet() {
    let root = Authority::root_with("Root", TestKey::ed25519(1), |it| {
        it.validity(NOW_UNIX + DAY, NOW_UNIX + 365 * DAY)
    });
    let chain = root.issue(end_entity());
    let mut policy = Policy::client();
    let checked = verifier(policy.clone(), std::slice::from_ref(&root));
    policy.validity_period.trust_anchor = AnchorCheck::Ignore;
    let unchecked = verifier(policy, &[root]);
    for (current, proposed, change) in [
        (&unchecked, &checked, Change::Refused),
        (&checked, &unchecked, Change::Accepted),
    ] {
        let said = rehearse(current, proposed, &[&chain]);
        let why = Some(("validity-period", Position::TrustAnchor));
        assert_eq!((said.change(), reason(&said)), (change, why));
        assert!(said.current.then.is_accepted() && said.proposed.then.is_accepted());
    }
}

/// Hears what verifications are for.
#[derive(Debug, Default)]
struct Occasions(Mutex<Vec<(Occasion, Time)>>);

impl Observer for Occasions {
    fn certificate_judged(&self, judgement: &Judgement<'_>, occasion: Occasion) {
        self.0.lock().unwrap().push((occasion, judgement.time()));
    }
}

/// So that nobody takes them for connections.
#[test]
fn observers_hear_of_audits() {
    let anchors = TrustAnchors::from_pem(root().der).unwrap();
    let observer = Arc::new(Occasions::default());
    let builder = Verifier::builder(anchors, Policy::client());
    let observed = builder.observer(observer.clone()).build().unwrap();
    let plain = verifier(Policy::client(), &[root()]);
    rehearse(&plain, &observed, &[&root().issue(end_entity())]);
    let heard = observer.0.lock().unwrap().clone();
    assert_eq!(heard, [(Occasion::Audit, NOW), (Occasion::Audit, THEN)]);
}

#[test]
fn certificates_that_end() {
    let until = |seconds: i64| {
        move |it: CertificateBuilder| it.validity(NOW_UNIX - DAY, NOW_UNIX + seconds)
    };
    let ending = |seconds: [i64; 3]| {
        let root = Authority::root_with("Root", TestKey::ed25519(1), until(seconds[2]));
        let issuing = root.intermediate_with("Issuing", TestKey::ed25519(2), until(seconds[1]));
        let end_entity = issuing.issue(until(seconds[0])(end_entity()));
        let lax = verifier(Policy::client(), std::slice::from_ref(&root));
        let strict = verifier(stricter(Role::Client), &[root]);
        let positions = |current, proposed| -> Vec<_> {
            let said = rehearse(current, proposed, &[&end_entity, &issuing.der]);
            let ending = said.ending.iter().map(|entry| entry.position);
            ending.collect()
        };
        // Whoever of them accepts it now.
        let all = [(&lax, &lax), (&lax, &strict), (&strict, &lax)];
        let [first, others @ ..] = all.map(|(current, proposed)| positions(current, proposed));
        assert!(others.iter().all(|other| *other == first));
        assert_eq!(positions(&strict, &strict), []);
        first
    };
    let (in_time, late) = (60 * DAY, 60 * DAY - 1);
    assert_eq!(ending([in_time; 3]), []);
    assert_eq!(ending([late, in_time, in_time]), [Position::EndEntity]);
    let above = [Position::Intermediate(1), Position::TrustAnchor];
    assert_eq!(ending([in_time, late, late]), above);
}

#[test]
fn what_cannot_be_decoded_is_refused_by_both() {
    let plain = verifier(Policy::client(), &[root()]);
    let said = rehearse(&plain, &plain, &[&[0x30, 0]]);
    assert_eq!((said.change(), &*said.subject), (Change::None, ""));
    let telling = said.current.now.telling().unwrap();
    assert_eq!(telling.rule.as_str(), "input");
    assert!(!said.proposed.then.is_accepted() && said.ending.is_empty());
}

#[test]
fn both_judge_the_same_side() {
    let [clients, servers] =
        [Policy::client(), Policy::server()].map(|policy| verifier(policy, &[root()]));
    let outcome = Rehearsal::new(&clients, &servers, NOW, THEN).map(|_| ());
    let (policy, needed) = (Role::Server, Role::Client);
    assert_eq!(outcome, Err(BuildError::Direction { policy, needed }));
}

#[cfg(feature = "serde")]
#[test]
fn a_rehearsed_chain_has_exactly_these_keys() {
    let ends = end_entity().validity(NOW_UNIX - DAY, NOW_UNIX + DAY - 1);
    let chain = root().issue(ends);
    let lax = verifier(Policy::client(), &[root()]);
    let strict = verifier(stricter(Role::Client), &[root()]);
    let said = rehearse(&lax, &strict, &[&chain]).to_json();
    let mut value: serde_json::Value = serde_json::from_str(&said).unwrap();
    let sha256 = value["sha256"].clone();
    assert_eq!(value["ending"][0]["sha256"], sha256);
    value["ending"][0]["sha256"].take();
    let weak = serde_json::json!({
        "rule": "minimum-key-size",
        "position": "end-entity",
        "required": "RSA of at least 3072 bits",
        "presented": "RSA of 2048 bits",
        "hint": "have the certificate issued again for RSA of at least 3072 bits",
    });
    let refused_then = value["proposed"]["then"].take();
    assert_eq!(refused_then["violations"][0]["rule"], "chain");
    assert_eq!(value["current"]["then"].take()["accepted"], false);
    let expected = serde_json::json!({
        "name": "acme",
        "subject": "CN=peer",
        "sha256": sha256,
        "change": "refused",
        "reason": weak,
        "current": {
            "now": {
                "accepted": true,
                "label": "default",
                "holds_until": "2026-06-01T23:59:59Z",
                "violations": [],
            },
            "then": null,
        },
        "proposed": {
            "now": {
                "accepted": false,
                "label": null,
                "holds_until": null,
                "violations": [weak],
            },
            "then": null,
        },
        "ending": [{
            "position": "end-entity",
            "subject": "CN=peer",
            "issuer": "CN=Root",
            "sha256": null,
            "not_before": "2026-05-31T00:00:00Z",
            "not_after": "2026-06-01T23:59:59Z",
            "key": "RSA of 2048 bits",
        }],
    });
    assert_eq!(value, expected);
    let lasting = root().issue(end_entity());
    let words = |current, proposed| {
        let said = rehearse(current, proposed, &[&lasting]).to_json();
        let value: serde_json::Value = serde_json::from_str(&said).unwrap();
        (value["change"].clone(), value["reason"].is_null())
    };
    let june = audited("2026-06-30");
    assert_eq!(words(&lax, &lax), ("none".into(), true));
    assert_eq!(words(&strict, &lax), ("accepted".into(), false));
    assert_eq!(words(&lax, &june), ("refused-later".into(), false));
    assert_eq!(words(&june, &lax), ("accepted-later".into(), false));
}
