//! What holds for all chains and all policies.

use std::sync::Arc;

use pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use proptest::prelude::*;
use rustls_policy_verifier::{
    Certificate, Context, Date, ExtendedKeyUsage, Fact, Findings, IdentifierEntry, KeyPurpose,
    Matcher, Mode, Peer, Pin, Pins, Policy, Position, PresentedChain, Report, Rule, RuleId, Span,
    SubjectIdentifier, Time, TrustAnchors, ValidityLimit, Values, Verifier, VerifierBuilder,
    WarningKind, pki_types,
};

use crate::support::{Authority, CertificateBuilder, Name, TestKey, keys, oids};

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
}

pub(crate) fn shapes() -> impl Strategy<Value = Shape> {
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
    )
        .prop_map(
            |((eku, key, usage, validity, name, common_names, issuing, anchor), extras, order)| {
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
                }
            },
        )
}

/// A presented chain and what is trusted.
pub(crate) struct Chain {
    end_entity: Vec<u8>,
    others: Vec<Vec<u8>>,
    anchors: Vec<Vec<u8>>,
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
        Chain {
            end_entity: issuing.issue(self.end_entity()),
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
    Verifier::builder(anchors, policy)
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
        rustls_policy_verifier::Role::Client => Peer::Client,
        rustls_policy_verifier::Role::Server => Peer::Server(&name),
    };
    match verifier.verify(&presented, peer, Default::default(), NOW) {
        Ok(path) => path.report(),
        Err(error) => error.report().clone(),
    }
}

fn judge(chain: &Chain, policy: &Policy) -> Report {
    run(chain, &builder(chain, policy.clone()).build().unwrap())
}

pub(crate) fn policies() -> impl Strategy<Value = Policy> {
    (any::<bool>(), prop::collection::vec(0..8usize, 0..3)).prop_map(|(server, choices)| {
        let mut policy = if server {
            Policy::server()
        } else {
            Policy::client()
        };
        for choice in choices {
            tighten(&mut policy, choice);
        }
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
    let server = policy.role == rustls_policy_verifier::Role::Server;
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
    fn a_stricter_policy_never_accepts_more(shape in shapes(), policy in policies(), choice in 0..8usize) {
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
        ] {
            if *mode == Mode::Enforce {
                *mode = Mode::Audit { until };
            }
        }
        let report = judge(&chain, &audited);
        let only_audited = enforced.violations.iter().all(|violation| violation.rule.as_str() != "server-name");
        prop_assert_eq!(report.accepted, only_audited);
        for violation in enforced.violations.iter().filter(|violation| violation.rule.as_str() != "server-name") {
            prop_assert!(report.warnings.iter().any(|warning| {
                warning.kind == WarningKind::Audited { until }
                    && warning.rule == violation.rule
                    && warning.position == violation.position
                    && warning.presented == violation.presented
            }), "{violation} is not among {:?}", report.warnings);
        }
    }
}
