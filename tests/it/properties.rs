//! What holds for all chains and all policies.

mod chains;
mod coverage;
mod policies;

use std::sync::{Arc, LazyLock};

use pki_types::{CertificateDer, CertificateRevocationListDer, ServerName};
use proptest::prelude::*;
use rustls_policy_verifier::{
    Certificate, Context, Crl, Evidence, Fact, Findings, Fingerprint, Mode, OcspResponse,
    OcspStaple, PathEntry, Peer, Policy, Position, PresentedChain, Report, Role, Rule, RuleId,
    SignatureCache, Time, TrustAnchors, Verifier, VerifierBuilder, Violation, WarningKind,
    pki_types,
};

use crate::scenarios::oracle::Question;
use crate::support::{Authority, CrlBuilder, OcspBuilder, SingleBuilder, TestKey, serial_of};
use chains::{CRLS, Chain, RESPONSES, STAPLES, Staple, shapes, sound_shapes};
use policies::{
    TIGHTENINGS, alone, any_policies, audited, is_off, lax, over, policies, replaces,
    revocation_policies, rules_with_a_mode, switched_off, tighten, to_come,
};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);
/// Past the end of most end entities and of all CRLs.
const LATER: Time = Time::from_unix_seconds(1_811_808_000);
const NAME: &str = "pay.acme.example";

/// Somebody's CRL and OCSP response, so that there is always one of each to be handed over.
static STRANGERS: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let stranger = Authority::root("Stranger", TestKey::ed25519(8));
    let single = SingleBuilder::good(&stranger, &[1]);
    let response = stranger.ocsp(OcspBuilder::new().single(single));
    (stranger.crl(CrlBuilder::new()), response)
});

fn builder(chain: &Chain, policy: Policy) -> VerifierBuilder {
    let [acme, globex] = &chain.anchors;
    let mut anchors = TrustAnchors::new();
    for (label, certificates) in [("acme", acme), ("globex", globex)] {
        let certificates = certificates
            .iter()
            .map(|der| CertificateDer::from(der.clone()));
        anchors = anchors.with_certificates(label, certificates).unwrap();
    }
    let is_on = policy.revocation.mode != Mode::Off;
    let known = chain.known.iter();
    let builder = Verifier::builder(anchors, policy)
        .known_intermediates(known.map(|der| CertificateDer::from(der.clone())));
    if !is_on {
        return builder;
    }
    let (crl, response) = &*STRANGERS;
    let crls = chain.crls.iter().chain([crl]);
    let responses = chain.responses.iter().chain([response]);
    builder
        .crls(crls.map(|der| Crl::from_der(der.clone()).unwrap()))
        .ocsp_responses(responses.map(|der| OcspResponse::from_der(der.clone()).unwrap()))
}

fn run(chain: &Chain, verifier: &Verifier) -> Report {
    run_at(NOW, chain, verifier)
}

fn run_at(time: Time, chain: &Chain, verifier: &Verifier) -> Report {
    run_until(time, chain, verifier).0
}

/// What is said, and until when it holds, if it is accepted.
fn run_until(time: Time, chain: &Chain, verifier: &Verifier) -> (Report, Option<Time>) {
    let end_entity = CertificateDer::from(chain.end_entity.as_slice());
    let others: Vec<_> = chain
        .others
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let presented = PresentedChain::new(&end_entity, &others);
    let name = ServerName::try_from(NAME).unwrap();
    let peer = match verifier.policy().role {
        Role::Client => Peer::Client,
        Role::Server => Peer::Server(&name),
    };
    let mut evidence = Evidence::default();
    evidence.ocsp = match &chain.staple {
        Staple::NotApplicable => OcspStaple::NotApplicable,
        Staple::Absent => OcspStaple::Absent,
        Staple::Given(response) => OcspStaple::Given(response),
    };
    match verifier.verify(&presented, peer, evidence, time) {
        Ok(path) => (path.report(), Some(path.holds_until())),
        Err(error) => (error.report().clone(), None),
    }
}

fn judge(chain: &Chain, policy: &Policy) -> Report {
    run(chain, &builder(chain, policy.clone()).build().unwrap())
}

/// Whether webpki accepts what was accepted with `report`; `Err` says why not.
fn webpki_accepts(chain: &Chain, policy: &Policy, report: &Report) -> Result<(), String> {
    let certificates = |all: &[Vec<u8>]| -> Vec<_> {
        all.iter()
            .map(|der| CertificateDer::from(der.clone()))
            .collect()
    };
    let crls = chain.crls.iter();
    let crls = crls.map(|der| CertificateRevocationListDer::from(der.clone()));
    let question = Question {
        end_entity: CertificateDer::from(chain.end_entity.as_slice()),
        intermediates: certificates(&[chain.others.as_slice(), &chain.known].concat()),
        anchors: certificates(&chain.anchors.concat()),
        crls: crls
            .filter(|_| policy.revocation.mode != Mode::Off)
            .collect(),
        time: NOW,
        policy,
        server_name: (policy.role == Role::Server).then(|| ServerName::try_from(NAME).unwrap()),
    };
    question.must_be_accepted(report)
}

/// Refuses every end entity whose serial number ends in an even octet.
#[derive(Debug)]
struct OddSerials;

impl Rule for OddSerials {
    fn id(&self) -> RuleId {
        RuleId::new("odd-serials")
    }

    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        _context: &Context<'_>,
        findings: &mut Findings,
    ) {
        let last = certificate.serial().last().copied().unwrap_or_default();
        if position == Position::EndEntity && last % 2 == 0 {
            findings.violation(
                position,
                Fact::Text("an odd serial number".into()),
                Fact::Absent,
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// With CRLs too. Whatever is off, audited or relaxed.
    #[test]
    fn what_is_accepted_plain_webpki_accepts(shape in shapes(), policy in any_policies(), strict in policies()) {
        let chain = shape.chain();
        let all_audited = audited(&strict, &rules_with_a_mode(), to_come());
        for policy in [lax(&policy), policy, all_audited] {
            let report = judge(&chain, &policy);
            if report.accepted {
                prop_assert_eq!(webpki_accepts(&chain, &policy, &report), Ok(()));
            }
        }
    }

    /// The other direction, so that the property above is not kept by refusing everything: with every rule off, webpki
    /// decides alone.
    #[test]
    fn with_every_rule_off_webpki_decides(shape in shapes(), policy in policies()) {
        let chain = shape.chain();
        let policy = lax(&policy);
        let report = judge(&chain, &policy);
        prop_assert_eq!(report.accepted, webpki_accepts(&chain, &policy, &report).is_ok());
    }

    #[test]
    fn a_stricter_policy_never_accepts_more(shape in shapes(), policy in policies(), choice in 0..TIGHTENINGS) {
        let chain = shape.chain();
        let mut stricter = policy.clone();
        tighten(&mut stricter, choice);
        prop_assume!(!replaces(&policy, &stricter));
        if judge(&chain, &stricter).accepted {
            prop_assert!(judge(&chain, &policy).accepted);
        }
    }

    /// Whoever brings the intermediates, the same paths are found and judged alike.
    #[test]
    fn known_intermediates_are_judged_like_those_that_are_sent(shape in shapes(), policy in any_policies()) {
        let mut sent = shape.chain();
        sent.others.retain(|der| Certificate::decode(der).is_ok());
        sent.others.append(&mut sent.known);
        let mut known = sent.clone();
        known.known.append(&mut known.others);
        let (sent, known) = (judge(&sent, &policy), judge(&known, &policy));
        prop_assert_eq!(sent.accepted, known.accepted);
        prop_assert_eq!(sent.anchor_label.is_some(), known.anchor_label.is_some());
        if !sent.accepted && sent.anchor_label.is_some() {
            let paths = |report| -> Vec<_> {
                let paths = refused_paths(report);
                paths.map(|(path, violations)| (path_digests(path), violations.to_vec())).collect()
            };
            prop_assert_eq!(paths(&sent), paths(&known));
        }
    }

    #[test]
    fn a_custom_rule_only_refuses(shape in shapes(), policy in policies()) {
        let chain = shape.chain();
        let with_rule = builder(&chain, policy.clone()).custom_rule(Arc::new(OddSerials)).build().unwrap();
        let report = run(&chain, &with_rule);
        let plain = judge(&chain, &policy);
        let is_odd = serial_of(&chain.end_entity).last().is_some_and(|last| last % 2 == 1);
        prop_assert_eq!(report.accepted, plain.accepted && is_odd);
        let refused_by_it = report.violations.iter().any(|violation| violation.rule == OddSerials.id());
        prop_assert_eq!(refused_by_it, !is_odd);
    }

    #[test]
    fn the_order_of_intermediates_changes_nothing(shape in shapes(), policy in any_policies(), seed in 0..1000usize) {
        let mut chain = shape.chain();
        let first = judge(&chain, &policy);
        for n in (1..chain.others.len()).rev() {
            chain.others.swap(n, (seed / n) % (n + 1));
        }
        chain.known.reverse();
        let second = judge(&chain, &policy);
        prop_assert_eq!(first.accepted, second.accepted);
        // Of several acceptable paths the first found is taken, and what is said is said of that one.
        if !first.accepted || path_digests(&first.path) == path_digests(&second.path) {
            prop_assert_eq!(said(&first), said(&second));
        }
        if !first.accepted && first.anchor_label.is_some() {
            prop_assert_eq!(first.path, second.path);
            prop_assert_eq!(first.violations, second.violations);
            prop_assert_eq!(first.other_paths, second.other_paths);
        }
    }

    #[test]
    fn an_audit_that_is_over_changes_nothing(shape in shapes(), policy in policies()) {
        let chain = shape.chain();
        let audit_all = audited(&policy, &rules_with_a_mode(), over());
        prop_assert_eq!(judge(&chain, &policy), judge(&chain, &audit_all));
    }

    /// A chain that is sound but for a signature does not become sound by being presented again, or after one that is.
    #[test]
    fn a_cache_makes_no_signature_valid(shape in sound_shapes(), policy in policies(), end_entity in any::<bool>()) {
        let sound = shape.clone().chain();
        let forged = if end_entity { shape.with_end_entity(1, 0) } else { shape.with_end_entity(0, 8) };
        let forged = forged.chain();
        let verifier = builder(&sound, policy.clone()).build().unwrap();
        let without = builder(&sound, policy).without_signature_cache().build().unwrap();
        let [of_forged, of_sound] = [&forged, &sound].map(|chain| run(chain, &without));
        prop_assert!(!(end_entity && of_forged.accepted));
        for _ in 0..2 {
            prop_assert_eq!(&run(&forged, &verifier), &of_forged);
            prop_assert_eq!(&run(&sound, &verifier), &of_sound);
        }
    }

    /// Where one is missing, another of the issuer's name may be in its place that is not the issuer's.
    #[test]
    fn more_crls_and_responses_only_make_a_missing_status_known(
        shape in sound_shapes(),
        policy in revocation_policies(),
        crls in prop::collection::vec(0..CRLS, 0..3),
        responses in prop::collection::vec(0..RESPONSES, 0..3),
    ) {
        let chain = shape.chain();
        let mut more = chain.clone();
        let added = shape.with_revocation(crls, responses).chain();
        more.crls.extend(added.crls);
        more.responses.extend(added.responses);
        let (before, after) = (judge(&chain, &policy), judge(&more, &policy));
        if !before.accepted && after.accepted {
            let lacked_a_status = |violations: &[Violation]| violations.iter().all(|violation| {
                matches!(violation.required, Fact::RequiredStatus(_) | Fact::CurrentAt(_) | Fact::CrlOfIssuer)
            });
            prop_assert!(refused_paths(&before).any(|(_, violations)| lacked_a_status(violations)), "{:?}", before.violations);
        }
    }

    /// Only which CRL is named may differ, where several say the same.
    #[test]
    fn the_order_of_crls_and_responses_changes_nothing(shape in sound_shapes(), policy in revocation_policies(), turn in 0..7usize) {
        let chain = shape.chain();
        let mut turned = chain.clone();
        for list in [&mut turned.crls, &mut turned.responses] {
            list.reverse();
            if !list.is_empty() {
                let places = turn % list.len();
                list.rotate_left(places);
            }
        }
        let (first, second) = (judge(&chain, &policy), judge(&turned, &policy));
        prop_assert_eq!(first.accepted, second.accepted);
        prop_assert_eq!(without_sources(&first), without_sources(&second));
    }

    #[test]
    fn a_cache_changes_nothing_that_is_said_of_staples(shape in sound_shapes(), policy in revocation_policies(), staple in 3..STAPLES) {
        let chain = shape.with_staple(staple).chain();
        let cache = SignatureCache::default();
        let with = builder(&chain, policy.clone()).signature_cache(cache).build().unwrap();
        let without = builder(&chain, policy).without_signature_cache().build().unwrap();
        let expected = run(&chain, &without);
        for _ in 0..3 {
            prop_assert_eq!(&run(&chain, &with), &expected);
        }
    }
}

// Each case is judged by many verifiers.
proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// A rule turns no refusal into an acceptance: what all rules accept, the others accept without it, and it does alone.
    #[test]
    fn no_rule_turns_a_refusal_into_an_acceptance(shape in shapes(), policy in policies()) {
        let chain = shape.chain();
        let all = judge(&chain, &policy).accepted;
        for rule in rules_with_a_mode().into_iter().filter(|rule| !is_off(&policy, *rule)) {
            let without = judge(&chain, &switched_off(&policy, rule)).accepted;
            let alone = judge(&chain, &alone(&policy, rule)).accepted;
            prop_assert!(!all || (without && alone), "{} is accepted with all rules, not so ({without}, {alone})", rule);
        }
    }

    /// On the one path that there is, rules together find what each finds alone.
    #[test]
    fn every_rule_judges_for_itself(shape in shapes(), policy in policies()) {
        let mut chain = shape.chain();
        // The issuing CA and those above it, each once.
        let mut names = Vec::new();
        chain.others.retain(|der| {
            let name = Certificate::decode(der).map(|certificate| certificate.subject().to_string());
            name.is_ok_and(|name| !names.contains(&name) && { names.push(name); true })
        });
        chain.known.clear();
        let together = judge(&chain, &policy);
        let mut apart = Vec::new();
        for rule in rules_with_a_mode().into_iter().filter(|rule| !is_off(&policy, *rule)) {
            let found = judge(&chain, &alone(&policy, rule)).violations;
            apart.extend(found.into_iter().filter(|violation| violation.rule == rule));
        }
        let others = judge(&chain, &lax(&policy)).violations;
        apart.extend(others);
        let paths = together.other_paths.len() + usize::from(together.anchor_label.is_some());
        prop_assume!(paths <= 1);
        prop_assert_eq!(in_words(&together.violations), in_words(&apart));
    }

    #[test]
    fn what_enforcing_refuses_auditing_warns_of(shape in shapes(), policy in policies()) {
        let chain = shape.chain();
        let enforced = judge(&chain, &policy);
        let until = to_come();
        let rules = rules_with_a_mode();
        let audit_all = audited(&policy, &rules, until);
        let audits = rules.iter().map(|rule| (Some(*rule), audited(&policy, &[*rule], until)));
        for (rule, policy) in audits.chain([(None, audit_all)]) {
            let is_softened = |violation: &Violation| {
                can_be_audited(violation) && rule.is_none_or(|rule| rule == violation.rule)
            };
            let report = judge(&chain, &policy);
            let softened = enforced.anchor_label.is_some()
                && refused_paths(&enforced).any(|(_, violations)| violations.iter().all(is_softened));
            prop_assert_eq!(report.accepted, enforced.accepted || softened, "audited: {:?}", rule);
            // On the same path, what is audited is a warning now, and the rest refuses as before.
            let same_path = refused_paths(&enforced).find(|(path, _)| **path == report.path);
            for violation in same_path.map_or(&[][..], |(_, violations)| violations) {
                let warned = report.warnings.iter().any(|warning| {
                    warning.kind == WarningKind::Audited { until }
                        && (warning.rule, warning.position) == (violation.rule, violation.position)
                        && (&warning.required, &warning.presented) == (&violation.required, &violation.presented)
                });
                prop_assert_eq!(warned, is_softened(violation), "audited: {:?}: {}", rule, violation);
                prop_assert_eq!(report.violations.contains(violation), !is_softened(violation));
            }
            prop_assert!(enforced.accepted || same_path.is_some() || enforced.anchor_label.is_none());
        }
    }

    /// To the last second, from any on; and on that path not for a second more.
    #[test]
    fn a_verdict_holds_until_it_says(
        shape in shapes(),
        policy in prop_oneof![
            3 => any_policies(),
            1 => policies().prop_map(|policy| audited(&policy, &rules_with_a_mode(), to_come())),
        ],
        later in any::<bool>(),
        part in 0..=100u64,
    ) {
        let chain = shape.chain();
        let verifier = builder(&chain, policy).build().unwrap();
        let time = if later { LATER } else { NOW };
        let (report, until) = run_until(time, &chain, &verifier);
        prop_assert_eq!(report.accepted, until.is_some());
        if let Some(until) = until {
            let between = time.unix_seconds() + until.seconds_since(time) * part / 100;
            for time in [Time::from_unix_seconds(between), until] {
                let (then, same) = run_until(time, &chain, &verifier);
                prop_assert!(then.accepted, "{} of {}: {:?}", time, until, then.violations);
                if path_digests(&then.path) == path_digests(&report.path) {
                    prop_assert_eq!(same, Some(until));
                }
            }
            let afterwards = run_at(Time::from_unix_seconds(until.unix_seconds() + 1), &chain, &verifier);
            prop_assert!(!afterwards.accepted || path_digests(&afterwards.path) != path_digests(&report.path), "{}", until);
        }
    }

    /// First, again, and after others that were refused or judged at another time, in whatever order.
    #[test]
    fn a_cache_changes_nothing(
        shapes in prop::collection::vec(shapes(), 1..4),
        policies in prop::collection::vec(any_policies(), 1..3),
        calls in prop::collection::vec((0..4usize, 0..3usize, any::<bool>()), 4..10),
    ) {
        let cache = SignatureCache::with_octets(64 * 1024);
        let chains: Vec<_> = shapes.iter().map(|shape| shape.chain()).collect();
        for (shape, policy, later) in calls {
            let chain = &chains[shape % chains.len()];
            let builder = || builder(chain, policies[policy % policies.len()].clone());
            let with = builder().signature_cache(cache.clone()).build().unwrap();
            let without = builder().without_signature_cache().build().unwrap();
            let time = if later { LATER } else { NOW };
            let expected = run_at(time, chain, &without);
            for _ in 0..2 {
                prop_assert_eq!(&run_at(time, chain, &with), &expected);
            }
        }
    }
}

/// Every path that was refused, and why.
fn refused_paths(report: &Report) -> impl Iterator<Item = (&Vec<PathEntry>, &[Violation])> {
    let others = report.other_paths.iter();
    std::iter::once((&report.path, report.violations.as_slice()))
        .chain(others.map(|other| (&other.path, other.violations.as_slice())))
}

/// That there is no path cannot, nor the server's name; what is revoked is refused all the same, as is a CRL that is not its issuer's.
fn can_be_audited(violation: &Violation) -> bool {
    rules_with_a_mode().contains(&violation.rule)
        && !matches!(violation.required, Fact::NotRevoked | Fact::CrlOfIssuer)
}

/// Position and requirement of every violation and of every warning.
fn without_sources(report: &Report) -> [Vec<(Position, &Fact)>; 2] {
    let violations = report.violations.iter();
    let warnings = report.warnings.iter();
    [
        violations
            .map(|found| (found.position, &found.required))
            .collect(),
        warnings
            .map(|found| (found.position, &found.required))
            .collect(),
    ]
}

/// Sorted.
fn in_words(violations: &[Violation]) -> Vec<String> {
    let mut words: Vec<_> = violations.iter().map(ToString::to_string).collect();
    words.sort();
    words
}

fn path_digests(path: &[PathEntry]) -> Vec<Option<Fingerprint>> {
    path.iter().map(|entry| entry.sha256).collect()
}

/// Every finding by the certificate it is about, whatever its place in the message.
fn said(report: &Report) -> Vec<String> {
    let about = |position: Position| {
        let mut entries = report.path.iter();
        let entry = entries.find(|entry| entry.position == position);
        match (position, entry) {
            (Position::Presented(_), Some(entry)) => format!("{:?}", entry.sha256),
            // Beside a path, those that it stands without.
            (Position::Presented(_), None) => "presented".to_owned(),
            _ => position.to_string(),
        }
    };
    let presented = |fact: &Fact| match fact {
        Fact::ChainFailure(failure) => failure.reason.to_string(),
        fact => fact.to_string(),
    };
    let violations = report.violations.iter().map(|found| {
        let (about, presented) = (about(found.position), presented(&found.presented));
        format!(
            "{about}: {} requires {}, presented: {presented}",
            found.rule, found.required
        )
    });
    let warnings = report.warnings.iter().map(|found| {
        let (about, presented) = (about(found.position), presented(&found.presented));
        format!(
            "{about}: {} ({}) {}, presented: {presented}",
            found.rule, found.kind, found.required
        )
    });
    let mut said: Vec<_> = violations.chain(warnings).collect();
    said.sort();
    said
}
