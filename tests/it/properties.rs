//! What holds for all chains and all policies.

use std::sync::Arc;

use pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use proptest::prelude::*;
use rustls_policy_verifier::{
    Certificate, Context, Crl, Date, Evidence, ExtendedKeyUsage, Fact, Findings, IdentifierEntry,
    KeyPurpose, Matcher, Mode, OcspResponse, OcspStaple, PathEntry, Peer, Pin, Pins, Policy,
    Position, PresentedChain, Report, RevocationCheck, Role, Rule, RuleId, SignatureCache, Span,
    StatusSource, StatusSources, SubjectIdentifier, Time, Tolerance, TrustAnchors, ValidityLimit,
    Values, Verifier, VerifierBuilder, Violation, WarningKind, pki_types,
};

use crate::support::{
    Authority, CertificateBuilder, CrlBuilder, IssuingDistributionPoint, Name, OcspBuilder,
    SingleBuilder, TestKey, der, keys, oids, serial_of,
};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);
const NAME: &str = "pay.acme.example";

/// One end entity: each field picks a variant, good and bad ones mixed.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    eku: usize,
    key: usize,
    usage: usize,
    validity: usize,
    name: usize,
    common_names: usize,
    issuing: usize,
    anchor: usize,
    extras: Vec<usize>,
    order: Vec<usize>,
    /// Whether there are current CRLs of all CAs, beside `crls`.
    has_crls: bool,
    crls: Vec<usize>,
    responses: Vec<usize>,
    staple: usize,
}

/// How many kinds of CRLs, responses and staples there are.
const CRLS: usize = 12;
const RESPONSES: usize = 8;
const STAPLES: usize = 8;

pub(crate) fn shapes() -> impl Strategy<Value = Shape> {
    let revocation = (
        any::<bool>(),
        prop::collection::vec(0..CRLS, 0..4),
        prop::collection::vec(0..RESPONSES, 0..3),
        0..STAPLES,
    );
    (
        (
            0..5usize,
            0..4usize,
            0..4usize,
            0..4usize,
            0..4usize,
            0..3usize,
            0..6usize,
            0..3usize,
        ),
        prop::collection::vec(0..6usize, 0..5),
        prop::collection::vec(0..1000usize, 12),
        revocation,
    )
        .prop_map(
            |(
                (eku, key, usage, validity, name, common_names, issuing, anchor),
                extras,
                order,
                (has_crls, crls, responses, staple),
            )| {
                Shape {
                    eku,
                    key,
                    usage,
                    validity,
                    name,
                    common_names,
                    issuing,
                    anchor,
                    extras,
                    order,
                    has_crls,
                    crls,
                    responses,
                    staple,
                }
            },
        )
}

/// Those that break no rule but perhaps `revocation`.
fn sound_shapes() -> impl Strategy<Value = Shape> {
    shapes().prop_map(|shape| Shape {
        eku: 1,
        key: 0,
        usage: 0,
        validity: 0,
        name: 0,
        common_names: 0,
        issuing: 0,
        ..shape
    })
}

/// A presented chain, what is trusted, and what is known of revocation.
#[derive(Clone)]
pub(crate) struct Chain {
    end_entity: Vec<u8>,
    others: Vec<Vec<u8>>,
    anchors: Vec<Vec<u8>>,
    crls: Vec<Vec<u8>>,
    responses: Vec<Vec<u8>>,
    staple: Staple,
}

#[derive(Clone)]
enum Staple {
    NotApplicable,
    Absent,
    Given(Vec<u8>),
}

impl Shape {
    pub(crate) fn chain(&self) -> Chain {
        let root = Authority::root("Root", TestKey::ed25519(1));
        let expired_root = Authority::root_with("Root", TestKey::ed25519(1), |ca| {
            ca.validity(1_577_836_800, 1_609_459_200)
        });
        let old_root = Authority::root("Old Root", TestKey::ed25519(2));
        let issuing =
            root.intermediate_with("Issuing", TestKey::ed25519(3), |ca| match self.issuing {
                1 => ca.no_key_usage(),
                2 => ca.key_usage_bits(&[6]),
                3 => ca.path_len(0),
                4 => ca.eku(&[oids::SERVER_AUTH]),
                5 => ca.spki(keys::rsa_spki(1024, 3)),
                _ => ca,
            });
        let mut others = vec![issuing.der.clone()];
        for extra in &self.extras {
            others.push(match extra {
                0 => root.der.clone(),
                1 => issuing.der.clone(),
                2 => old_root.cross_sign(&issuing),
                3 => old_root.cross_sign(&root),
                4 => old_root.intermediate("Issuing", TestKey::ed25519(9)).der,
                _ => vec![0x30, 0x03, 0x02, 0x01, 0x01],
            });
        }
        // A shuffle that the case decides.
        for n in (1..others.len()).rev() {
            others.swap(n, self.order[n % self.order.len()] % (n + 1));
        }
        let anchors = match self.anchor {
            0 => vec![root.der.clone()],
            1 => vec![expired_root.der.clone(), old_root.der.clone()],
            _ => vec![root.der.clone(), old_root.der.clone()],
        };
        let end_entity = issuing.issue(self.end_entity());
        let revocation = Revocation {
            serial: serial_of(&end_entity),
            root,
            old_root,
            issuing,
        };
        let everybodys = self.has_crls.then_some([0, 1, 2]).into_iter().flatten();
        let crls = everybodys.chain(self.crls.iter().copied());
        Chain {
            crls: crls.map(|kind| revocation.crl(kind)).collect(),
            responses: self
                .responses
                .iter()
                .map(|kind| revocation.response(*kind))
                .collect(),
            staple: match self.staple {
                0 => Staple::NotApplicable,
                1 => Staple::Absent,
                2 => Staple::Given(vec![0x30]),
                kind => Staple::Given(revocation.response(kind - 3)),
            },
            end_entity,
            others,
            anchors,
        }
    }

    fn end_entity(&self) -> CertificateBuilder {
        let name = match self.common_names {
            0 => Name::cn("client-1").and(oids::ORGANIZATION, "Acme"),
            1 => Name::cn("client-1").and(oids::COMMON_NAME, "client-2"),
            _ => Name::cn("somebody"),
        };
        let spki = match self.key {
            0 => TestKey::ed25519(5).spki(),
            1 => keys::rsa_spki(2040, 65_537),
            2 => keys::rsa_spki(3072, 65_537),
            _ => keys::secp256k1_spki(),
        };
        let certificate = CertificateBuilder::end_entity(name, spki);
        let certificate = match self.eku {
            0 => certificate.eku(&[oids::CLIENT_AUTH]),
            1 => certificate.eku(&[oids::CLIENT_AUTH, oids::SERVER_AUTH]),
            2 => certificate.eku(&[oids::SERVER_AUTH]),
            3 => certificate.eku(&[oids::ANY_EXTENDED_KEY_USAGE]),
            _ => certificate.no_eku(),
        };
        let certificate = match self.usage {
            0 => certificate,
            1 => certificate.no_key_usage(),
            2 => certificate.key_usage_bits(&[2]),
            _ => certificate.key_usage_bits(&[0, 5]),
        };
        let certificate = match self.validity {
            0 => certificate.validity(1_767_225_600, 1_798_761_599),
            1 => certificate.validity(1_577_836_800, 1_893_456_000),
            2 => certificate.validity(1_577_836_800, 1_609_459_200),
            _ => certificate.validity(1_798_761_600, 1_893_456_000),
        };
        match self.name {
            0 => certificate.dns(&[NAME]),
            1 => certificate.dns(&["*.acme.example"]),
            2 => certificate.dns(&["other.example"]),
            _ => certificate,
        }
    }
}

/// Who may say what of the end entity and of the issuing CA.
struct Revocation {
    serial: Vec<u8>,
    root: Authority,
    old_root: Authority,
    issuing: Authority,
}

impl Revocation {
    /// Each kind has its own cRLNumber.
    fn crl(&self, kind: usize) -> Vec<u8> {
        const EXPIRED: i64 = der::unix(2026, 5, 31, 0, 0, 0);
        let crl = CrlBuilder::new().number(u64::try_from(kind).unwrap());
        let for_reasons = |bits: &[u8]| IssuingDistributionPoint {
            some_reasons: Some(bits.to_vec()),
            ..IssuingDistributionPoint::default()
        };
        let only_ca = IssuingDistributionPoint {
            only_ca: true,
            ..IssuingDistributionPoint::default()
        };
        let issuing_serial = serial_of(&self.issuing.der);
        match kind {
            0 => self.issuing.crl(crl),
            1 => self.root.crl(crl),
            2 => self.old_root.crl(crl),
            3 => self.issuing.crl(crl.revoke(&self.serial)),
            4 => self.issuing.crl(crl.next_update(EXPIRED)),
            5 => self
                .issuing
                .crl(crl.next_update(EXPIRED).revoke(&self.serial)),
            6 => self.issuing.crl(crl.tamper_signature()),
            7 => self.issuing.crl(crl.issuing_distribution_point(&only_ca)),
            8 => self
                .issuing
                .crl(crl.issuing_distribution_point(&for_reasons(&[1, 2, 8]))),
            9 => self
                .issuing
                .crl(crl.issuing_distribution_point(&for_reasons(&[3, 4, 5, 6, 7]))),
            10 => self.root.crl(crl.revoke(&issuing_serial)),
            _ => self.root.crl(crl.next_update(EXPIRED)),
        }
    }

    /// The first five are about the end entity.
    fn response(&self, kind: usize) -> Vec<u8> {
        let good = || SingleBuilder::good(&self.issuing, &self.serial);
        let of = |who: &Authority, single| who.ocsp(OcspBuilder::new().single(single));
        let about_issuing =
            |who: &Authority| SingleBuilder::good(who, &serial_of(&self.issuing.der));
        let day = |day| der::unix(2026, 5, day, 0, 0, 0);
        match kind {
            0 => of(&self.issuing, good()),
            1 => of(&self.issuing, good().revoked(day(20), Some(1))),
            2 => of(
                &self.issuing,
                good().this_update(day(1)).next_update(day(8)),
            ),
            3 => of(&self.issuing, good().unknown()),
            4 => of(&self.root, good()),
            5 => of(&self.root, about_issuing(&self.root)),
            6 => of(&self.root, about_issuing(&self.root).revoked(day(20), None)),
            _ => of(&self.old_root, about_issuing(&self.old_root)),
        }
    }
}

/// How many [`tighten`] knows.
const TIGHTENINGS: usize = 11;

/// Changes to a policy that each make it stricter.
fn tighten(policy: &mut Policy, choice: usize) {
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
        4 => {
            let entry = IdentifierEntry::common_name(Matcher::exact("client-1"));
            policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
        }
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
        _ => policy.minimum_key_size.intermediate.ed25519 = false,
    }
}

pub(crate) fn builder(chain: &Chain, policy: Policy) -> VerifierBuilder {
    let certificates = chain
        .anchors
        .iter()
        .map(|der| CertificateDer::from(der.clone()));
    let anchors = TrustAnchors::new()
        .with_certificates("default", certificates)
        .unwrap();
    let is_on = policy.revocation.mode != Mode::Off;
    let builder = Verifier::builder(anchors, policy);
    if !is_on {
        return builder;
    }
    // Somebody's, so that there is always one of each to be handed over.
    let stranger = Authority::root("Stranger", TestKey::ed25519(8));
    let crls = [stranger.crl(CrlBuilder::new())];
    let single = SingleBuilder::good(&stranger, &[1]);
    let responses = [stranger.ocsp(OcspBuilder::new().single(single))];
    let crls = chain.crls.iter().chain(&crls);
    let responses = chain.responses.iter().chain(&responses);
    builder
        .crls(crls.map(|der| Crl::from_der(der.clone()).unwrap()))
        .ocsp_responses(responses.map(|der| OcspResponse::from_der(der.clone()).unwrap()))
}

pub(crate) fn run(chain: &Chain, verifier: &Verifier) -> Report {
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
    match verifier.verify(&presented, peer, evidence, NOW) {
        Ok(path) => path.report(),
        Err(error) => error.report().clone(),
    }
}

fn judge(chain: &Chain, policy: &Policy) -> Report {
    run(chain, &builder(chain, policy.clone()).build().unwrap())
}

pub(crate) fn policies() -> impl Strategy<Value = Policy> {
    let softer = (any::<bool>(), tolerance(), tolerance(), tolerance());
    let choices = prop::collection::vec(0..TIGHTENINGS, 0..3);
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
fn revocation_policies() -> impl Strategy<Value = Policy> {
    policies().prop_map(|mut policy| {
        policy.revocation.enforce();
        policy
    })
}

/// A policy that asks as little as possible, so that plain webpki decides.
fn lax(mut policy: Policy) -> Policy {
    policy.extended_key_usage.switch_off();
    policy.minimum_key_size.switch_off();
    policy.signature_algorithm.switch_off();
    policy.validity_period.switch_off();
    policy.key_usage.switch_off();
    policy.path_length.switch_off();
    policy.maximum_validity.switch_off();
    policy.subject_identifier.switch_off();
    policy.pin.switch_off();
    policy.revocation.switch_off();
    policy.certificate_profile.switch_off();
    policy
}

fn webpki_accepts(chain: &Chain, policy: &Policy) -> bool {
    let anchors_der: Vec<_> = chain
        .anchors
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let anchors: Vec<TrustAnchor<'_>> = anchors_der
        .iter()
        .map(|der| webpki::anchor_from_trusted_cert(der).unwrap())
        .collect();
    let others: Vec<_> = chain
        .others
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let der = CertificateDer::from(chain.end_entity.as_slice());
    let end_entity = webpki::EndEntityCert::try_from(&der).unwrap();
    let server = policy.role == Role::Server;
    let usage = if server {
        webpki::KeyUsage::server_auth()
    } else {
        webpki::KeyUsage::client_auth()
    };
    let name = ServerName::try_from(NAME).unwrap();
    end_entity
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &others,
            UnixTime::from(NOW),
            usage,
            None,
            None,
        )
        .is_ok()
        && (!server || end_entity.verify_is_valid_for_subject_name(&name).is_ok())
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
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_accepted_plain_webpki_accepts(shape in shapes(), policy in policies()) {
        let chain = shape.chain();
        for policy in [policy.clone(), lax(policy)] {
            if judge(&chain, &policy).accepted {
                prop_assert!(webpki_accepts(&chain, &policy));
            }
        }
    }

    /// The other direction, so that the property above is not kept by refusing everything: with every rule off, webpki
    /// decides alone.
    #[test]
    fn with_every_rule_off_webpki_decides(shape in shapes(), policy in policies()) {
        let chain = shape.chain();
        let policy = lax(policy);
        prop_assert_eq!(judge(&chain, &policy).accepted, webpki_accepts(&chain, &policy));
    }

    #[test]
    fn a_stricter_policy_never_accepts_more(shape in shapes(), policy in policies(), choice in 0..TIGHTENINGS) {
        let chain = shape.chain();
        let mut stricter = policy.clone();
        tighten(&mut stricter, choice);
        // A choice may replace an identifier by another, which is no tightening.
        let replaces = stricter.subject_identifier != policy.subject_identifier
            && policy.subject_identifier.mode != Mode::Off;
        prop_assume!(!replaces);
        if judge(&chain, &stricter).accepted {
            prop_assert!(judge(&chain, &policy).accepted);
        }
    }

    #[test]
    fn a_custom_rule_only_refuses(shape in shapes(), policy in policies()) {
        let chain = shape.chain();
        let with_rule = builder(&chain, policy.clone()).custom_rule(Arc::new(OddSerials)).build().unwrap();
        let report = run(&chain, &with_rule);
        let plain = judge(&chain, &policy);
        let refused_by_it = report.violations.iter().any(|violation| violation.rule == OddSerials.id());
        prop_assert_eq!(report.accepted, plain.accepted && !refused_by_it);
    }

    #[test]
    fn the_order_of_intermediates_changes_nothing(shape in shapes(), policy in policies(), seed in 0..1000usize) {
        let mut chain = shape.chain();
        // Certificates that no path is made of are judged by their place in the message, so only those that decode.
        chain.others.retain(|der| der.len() > 100);
        let first = judge(&chain, &policy);
        for n in (1..chain.others.len()).rev() {
            chain.others.swap(n, (seed / n) % (n + 1));
        }
        let second = judge(&chain, &policy);
        prop_assert_eq!(first.accepted, second.accepted);
        if !first.accepted && first.anchor_label.is_some() {
            prop_assert_eq!(first.violations, second.violations);
            prop_assert_eq!(first.other_paths, second.other_paths);
        }
    }

    #[test]
    fn what_enforcing_refuses_auditing_warns_of(shape in shapes(), policy in policies()) {
        let chain = shape.chain();
        let enforced = judge(&chain, &policy);
        if enforced.accepted || enforced.anchor_label.is_none() {
            return Ok(()); // No rule refused a path: there is nothing to audit.
        }
        let until = Date::new(2026, 12, 31).unwrap();
        let mut audited = policy;
        audited.extended_key_usage.audit(until);
        audited.minimum_key_size.audit(until);
        audited.signature_algorithm.audit(until);
        audited.validity_period.audit(until);
        audited.key_usage.audit(until);
        audited.path_length.audit(until);
        for mode in [
            &mut audited.maximum_validity.mode,
            &mut audited.subject_identifier.mode,
            &mut audited.pin.mode,
            &mut audited.revocation.mode,
            &mut audited.certificate_profile.mode,
        ] {
            if *mode == Mode::Enforce {
                *mode = Mode::Audit { until };
            }
        }
        let report = judge(&chain, &audited);
        let name_is_good = enforced.violations.iter().all(|violation| violation.rule.as_str() != "server-name");
        let accepts = refused_paths(&enforced).any(|(_, violations)| violations.iter().all(can_be_audited));
        prop_assert_eq!(report.accepted, name_is_good && accepts);
        // On the same path, what can be audited is a warning now.
        let same_path = refused_paths(&enforced).find(|(path, _)| **path == report.path);
        let (_, violations) = same_path.expect("the path was refused before");
        for violation in violations.iter().filter(|violation| can_be_audited(violation)) {
            prop_assert!(report.warnings.iter().any(|warning| {
                warning.kind == WarningKind::Audited { until }
                    && warning.rule == violation.rule
                    && warning.position == violation.position
                    && warning.presented == violation.presented
            }), "{violation} is not among {:?}", report.warnings);
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
        let added = Shape { has_crls: false, crls, responses, ..shape }.chain();
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
        let chain = Shape { staple, ..shape }.chain();
        let cache = SignatureCache::default();
        let with = builder(&chain, policy.clone()).signature_cache(cache).build().unwrap();
        let without = builder(&chain, policy).without_signature_cache().build().unwrap();
        let expected = run(&chain, &without);
        for _ in 0..3 {
            prop_assert_eq!(&run(&chain, &with), &expected);
        }
    }
}

/// Every path that was refused, and why.
fn refused_paths(report: &Report) -> impl Iterator<Item = (&Vec<PathEntry>, &[Violation])> {
    let others = report.other_paths.iter();
    std::iter::once((&report.path, report.violations.as_slice()))
        .chain(others.map(|other| (&other.path, other.violations.as_slice())))
}

/// The server's name cannot, and what is revoked is refused all the same, as is a CRL that is not its issuer's.
fn can_be_audited(violation: &Violation) -> bool {
    violation.rule.as_str() != "server-name"
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
