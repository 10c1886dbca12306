//! Chains for other verifiers to judge too: such as they take, with few changes each, by the starting points.

use rustls_policy_verifier::{
    BuildError, Certificate, Evidence, Profile, Role, TrustAnchors, VerifiedPath, Verifier,
    VerifyError, Violation,
};
use serde_json::{Value, json};

use super::input::{Asked, Change, Choices, Input};
use super::{Case, chain_reason};
use crate::mutate::Random;

/// A chain and our verdict, as JSON: certificates in hexadecimal, the time in seconds since 1970, the path where there is
/// one, and what refused where there is none. The same for the same seed, but for the octets of signatures.
pub fn sample(seed: u64) -> Value {
    let mut random = Random::new(seed);
    // Else neighbours begin alike.
    for _ in 0..8 {
        random.below(2);
    }
    let case = Case::of(&input(&mut random).write()).expect("there are choices");
    let mut sample = presented(&case);
    let Some(verifier) = case.build(case.builder()) else {
        sample["verdict"] = json!({ "accepted": false, "violations": [] });
        return sample;
    };
    let chain = case.presented();
    let outcome = verifier.verify(&chain, case.peer(), Evidence::default(), case.time());
    sample["verdict"] = match outcome {
        Ok(path) => json!({
            "accepted": true,
            "path": path_of(&path),
            "profiles": keeps_profiles(&case),
        }),
        Err(error) => json!({ "accepted": false, "violations": violations(&error) }),
    };
    sample
}

fn input(random: &mut Random) -> Input {
    // Ed25519 is not for other verifiers, and cryptography's asks for every server by a name.
    let asked = [0, 0, 0, 0, 0, 4, 5, 6][random.below(8)];
    let role = 8 * u8::from(random.below(4) == 0);
    let shape = random.below(4).to_le_bytes()[0] | 4 | role | asked << 4;
    let others = match random.below(3) {
        0 => random.below(256).to_le_bytes()[0],
        _ => 0,
    };
    let time = match random.below(8) {
        0 => random.below(8).to_le_bytes()[0],
        _ => 0,
    };
    let order = random.below(256).to_le_bytes()[0];
    let changes = [0, 1, 1, 1, 1, 1, 1, 2, 2, 3][random.below(10)];
    Input {
        choices: Choices([shape, others, time, order, 0, 0]),
        changes: (0..changes).map(|_| Change::random(random)).collect(),
    }
}

fn presented(case: &Case) -> Value {
    let (dns, ip) = match (case.choices.role(), case.choices.asked()) {
        (Role::Server, Asked::Dns(name)) => (Some(name), None),
        (Role::Server, Asked::Ip(name)) => (None, Some(name)),
        _ => (None, None),
    };
    let chain = &case.chain;
    json!({
        "role": case.choices.role().to_string(),
        "dns": dns,
        "ip": ip,
        "time": case.time().unix_seconds(),
        "end_entity": hex(&chain.end_entity),
        "others": chain.others.iter().map(|der| hex(der)).collect::<Vec<_>>(),
        "anchors": chain.anchors.iter().map(|der| hex(der)).collect::<Vec<_>>(),
        "unusable_anchors": unusable(case),
        "changes": chain.changes,
    })
}

fn hex(der: &[u8]) -> String {
    der.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Between the end entity and the anchor, which stands last.
fn path_of(path: &VerifiedPath<'_>) -> Vec<String> {
    let anchor = path.anchor().certificate().map(Certificate::der);
    let intermediates = path.intermediates();
    let intermediates = intermediates.map(|it| it.certificate().der());
    intermediates.chain(anchor).map(hex).collect()
}

/// Whether the chain is accepted if the rule `certificate-profile` is on too, for each profile of the role.
fn keeps_profiles(case: &Case) -> Value {
    let keeps = |profile| {
        let mut policy = case.policy();
        policy.certificate_profile.enforce().profile = profile;
        let verifier = case.build(Verifier::builder(case.anchors(), policy))?;
        Some(case.verify(&verifier).is_ok())
    };
    json!({
        "rfc5280": keeps(Profile::Rfc5280),
        "cabf-server": keeps(Profile::CabfServer),
    })
}

fn violations(error: &VerifyError) -> Vec<Value> {
    let in_words = |it: &Violation| {
        json!({
            "rule": it.rule.as_str(),
            "position": it.position.to_string(),
            "reason": chain_reason(it).map(|reason| reason.code()),
            "required": it.required.to_string(),
            "presented": it.presented.to_string(),
        })
    };
    error.violations().iter().map(in_words).collect()
}

/// Why anchors cannot be used.
fn unusable(case: &Case) -> Vec<String> {
    let anchors = case.chain.anchors.iter().cloned();
    let skipped = match TrustAnchors::new().with_certificates("default", anchors) {
        Ok(anchors) => anchors.skipped().to_vec(),
        Err(BuildError::NoTrustAnchor { skipped }) => skipped,
        Err(other) => panic!("{other}"),
    };
    skipped.into_iter().map(|it| it.problem).collect()
}
