//! Random policies, and the ways to make one stricter or softer.

use proptest::prelude::*;
use rustls_policy_verifier::{
    AnchorCheck, Date, ExtendedKeyUsage, IdentifierEntry, KeyPurpose, Matcher, NamedCurve, Pin,
    Pins, Policy, Profile, RevocationCheck, Role, RuleId, SanKind, SignatureFamily, SignatureHash,
    Span, StapleUse, StatusSource, StatusSources, SubjectIdentifier, Tolerance, ValidityLimit,
    Values,
};
use serde_json::{Value, json};

use super::NAME;
use crate::support::{TestKey, keys};

/// How many [`tighten`] knows.
pub(super) const TIGHTENINGS: usize = 24;

/// Changes to a policy that each make it stricter, unless they take the place of others of the same rule.
pub(super) fn tighten(policy: &mut Policy, choice: usize) {
    let client_1 = || IdentifierEntry::common_name(Matcher::exact("client-1"));
    match choice {
        0 => {
            policy.extended_key_usage.settings =
                ExtendedKeyUsage::only([KeyPurpose::of_role(policy.role)])
        }
        1 => policy.minimum_key_size.end_entity.rsa_bits = 3072,
        2 => {
            policy.maximum_validity.enforce().end_entity =
                Some(ValidityLimit::LessThan(Span::Years(3)))
        }
        3 => policy.path_length.max_intermediates = Some(0),
        4 => policy.subject_identifier = SubjectIdentifier::any_of([client_1()]).into(),
        5 => {
            let entry =
                IdentifierEntry::common_name(Matcher::exact("client-2")).values(Values::Any);
            policy.subject_identifier = SubjectIdentifier {
                none_of: vec![entry],
                ..SubjectIdentifier::default()
            }
            .into();
        }
        6 => policy.pin = Pins::new([Pin::SpkiSha256([7; 32]), Pin::SpkiSha256([8; 32])]).into(),
        7 => {
            policy.revocation.enforce();
        }
        8 => {
            policy.revocation.enforce().sources = StatusSources {
                end_entity: StatusSource::Both,
                intermediate: StatusSource::Both,
            }
        }
        9 => policy.revocation.enforce().max_age = Some(Span::Days(3)),
        10 => policy.minimum_key_size.intermediate.ed25519 = false,
        11 => {
            policy.subject_identifier =
                SubjectIdentifier::any_of([client_1().under("acme")]).into();
        }
        12 => policy.pin = Pins::new([pin_of(1), Pin::SpkiSha256([8; 32])]).into(),
        13 => {
            policy.signature_algorithm.permitted =
                Some(vec![SignatureFamily::Ed25519, SignatureFamily::Ecdsa]);
        }
        14 => policy.signature_algorithm.minimum_hash = SignatureHash::Sha384,
        15 => {
            policy.maximum_validity.enforce().trust_anchor =
                Some(ValidityLimit::AtMost(Span::Days(400)))
        }
        16 => {
            let name = IdentifierEntry::alternative_name(SanKind::Dns, Matcher::exact(NAME));
            policy.subject_identifier = SubjectIdentifier {
                all_of: vec![client_1(), name],
                ..SubjectIdentifier::default()
            }
            .into();
        }
        17 => policy.path_length.max_intermediates = Some(1),
        18 => policy.minimum_key_size.end_entity.curves = Some(vec![NamedCurve::P384]),
        19 => {
            let pins = Pins::new([pin_of(3), pin_of(2)]);
            policy.pin = Pins {
                expires: Date::new(2026, 6, 15),
                ..pins
            }
            .into();
        }
        20 => policy.revocation.enforce().staple = StapleUse::Ignore,
        21 => policy.certificate_profile.enforce().profile = Profile::Rfc5280,
        22 => policy.certificate_profile.enforce().common_name_in_san = true,
        _ => {
            policy.certificate_profile.enforce().trust_anchor = AnchorCheck::Ignore;
            policy.certificate_profile.enforce().profile = Profile::Rfc5280;
        }
    }
}

/// Of the key with this number.
fn pin_of(key: u64) -> Pin {
    let digest = keys::sha256(&TestKey::ed25519(key).spki());
    Pin::SpkiSha256(digest.try_into().unwrap())
}

/// Whether `stricter` has other settings where `policy` had its own already: that may be no tightening.
pub(super) fn replaces(policy: &Policy, stricter: &Policy) -> bool {
    let start = Policy::for_role(policy.role);
    (stricter.subject_identifier != policy.subject_identifier
        && policy.subject_identifier != start.subject_identifier)
        || (stricter.pin != policy.pin && policy.pin != start.pin)
        || (stricter.path_length != policy.path_length && policy.path_length != start.path_length)
        || (stricter.revocation != policy.revocation && policy.revocation != start.revocation)
        || (stricter.certificate_profile != policy.certificate_profile
            && policy.certificate_profile != start.certificate_profile)
}

/// Of both roles, with no relaxation.
pub(super) fn policies() -> impl Strategy<Value = Policy> {
    let softer = (any::<bool>(), tolerance(), tolerance(), tolerance());
    // Those that refuse nearly everybody seldom, for they hide the others.
    let harsh = [6, 8, 10];
    let mild: Vec<_> = (0..TIGHTENINGS)
        .filter(|choice| !harsh.contains(choice))
        .collect();
    let choice = prop_oneof![
        12 => prop::sample::select(mild),
        1 => prop::sample::select(harsh.to_vec()),
    ];
    let choices = prop::collection::vec(choice, 0..4);
    (any::<bool>(), choices, softer).prop_map(|(server, choices, softer)| {
        let mut policy = if server {
            Policy::server()
        } else {
            Policy::client()
        };
        // They say nothing until the rule is on.
        let revocation = &mut policy.revocation.settings;
        (
            _,
            revocation.unknown,
            revocation.stale,
            revocation.unparsable,
        ) = softer;
        if softer.0 {
            revocation.check = RevocationCheck::EndEntity;
        }
        for choice in choices {
            tighten(&mut policy, choice);
        }
        policy
    })
}

fn tolerance() -> impl Strategy<Value = Tolerance> {
    prop_oneof![
        3 => Just(Tolerance::Refuse),
        1 => Just(Tolerance::AllowWithWarning),
    ]
}

/// Policies that judge revocation, and others.
pub(super) fn revocation_policies() -> impl Strategy<Value = Policy> {
    policies().prop_map(|mut policy| {
        policy.revocation.enforce();
        policy
    })
}

/// With some rules off, some audited, to a day that is over or to come, and some relaxed.
pub(super) fn any_policies() -> impl Strategy<Value = Policy> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), 0..3usize), 0..4);
    (policies(), changes, prop::option::of(0..RELAXATIONS)).prop_map(
        |(policy, changes, relaxation)| {
            let rules = rules_with_a_mode();
            let policy = changes.iter().fold(policy, |policy, (rule, change)| {
                let rule = *rule.get(&rules);
                match change {
                    0 => switched_off(&policy, rule),
                    1 => audited(&policy, &[rule], to_come()),
                    _ => audited(&policy, &[rule], over()),
                }
            });
            match relaxation {
                Some(choice) => relaxed(policy, choice),
                None => policy,
            }
        },
    )
}

/// How many [`relaxed`] knows.
const RELAXATIONS: usize = 4;

/// What is looser than rustls's default, together with what it needs.
fn relaxed(mut policy: Policy, choice: usize) -> Policy {
    let entry = IdentifierEntry::common_name(Matcher::exact("client-1"));
    match (policy.role, choice) {
        (Role::Server, 0) => policy.server_name.allow_common_name_as_server_name = true,
        (Role::Server, _) => {
            policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
            policy.server_name.allow_identifier_in_place_of_server_name = true;
        }
        (Role::Client, _) => {
            policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
            policy
                .extended_key_usage
                .allow_server_auth_in_place_of_client_auth_until = Some(to_come());
        }
    }
    policy
}

/// The last day of an audit that is not over, and of one that is.
pub(super) fn to_come() -> Date {
    Date::new(2026, 12, 31).unwrap()
}

pub(super) fn over() -> Date {
    Date::new(2026, 5, 31).unwrap()
}

/// All but the server's name.
pub(super) fn rules_with_a_mode() -> Vec<RuleId> {
    let ids = Policy::rules().into_iter().map(|(id, _)| id);
    ids.filter(|id| id.as_str() != "server-name").collect()
}

/// By its name, as a policy file says it, so that no rule is forgotten.
pub(super) fn switched_off(policy: &Policy, rule: RuleId) -> Policy {
    all_switched_off(policy, &[rule])
}

fn all_switched_off(policy: &Policy, rules: &[RuleId]) -> Policy {
    with_tables(policy, |tables| {
        for rule in rules {
            tables[rule.as_str()] = json!({ "off": true });
        }
    })
}

/// The rules warn to the end of the day `until`, where they are on.
pub(super) fn audited(policy: &Policy, rules: &[RuleId], until: Date) -> Policy {
    let on = rules.iter().filter(|rule| !is_off(policy, **rule));
    with_tables(policy, |tables| {
        for rule in on {
            tables[rule.as_str()]["audit"] = json!({ "until": until.to_string() });
        }
    })
}

/// A policy that asks as little as possible, so that plain webpki decides.
pub(super) fn lax(policy: &Policy) -> Policy {
    all_switched_off(&Policy::for_role(policy.role), &rules_with_a_mode())
}

/// Only this rule of `policy`. (The server's name always is judged.)
pub(super) fn alone(policy: &Policy, rule: RuleId) -> Policy {
    let mut others = rules_with_a_mode();
    others.retain(|other| *other != rule);
    all_switched_off(policy, &others)
}

pub(super) fn is_off(policy: &Policy, rule: RuleId) -> bool {
    match tables(policy).get(rule.as_str()) {
        Some(table) => table["off"] == true,
        // As at the starting point.
        None => {
            let start = Policy::for_role(policy.role);
            switched_off(&start, rule) == start
        }
    }
}

fn with_tables(policy: &Policy, change: impl FnOnce(&mut Value)) -> Policy {
    let mut tables = tables(policy);
    change(&mut tables);
    Policy::from_json(&tables.to_string()).unwrap()
}

fn tables(policy: &Policy) -> Value {
    serde_json::from_str(&policy.to_json().unwrap()).unwrap()
}
