//! Bounds and corners that no other test holds: each of these would otherwise survive a change of one line.

mod certificates;
mod identifiers;
mod printing;
mod revocation;
mod rules;

use std::sync::Arc;

use pki_types::{CertificateDer, ServerName};
use rustls_policy_verifier::{
    BuildError, Date, Fact, IdentifierEntry, KeySizes, Matcher, Peer, Pin, PinPosition, Pins,
    Policy, PresentedChain, Report, Rule, RuleId, Span, SubjectIdentifier, Time, TrustAnchors,
    ValidityLimit, Verifier, VerifyError, VerifyErrorKind, pki_types,
};

use crate::support::{Authority, CertificateBuilder, Name, TestKey, der};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(1))
}

fn issuing() -> Authority {
    root().intermediate("Issuing", TestKey::ed25519(2))
}

/// Another certificate of the issuing CA, without keyCertSign: webpki takes it, the rule `key-usage` does not.
fn faulty(serial: u64) -> Vec<u8> {
    let change = |ca: CertificateBuilder| ca.key_usage_bits(&[6]).serial(serial);
    root()
        .intermediate_with("Issuing", TestKey::ed25519(2), change)
        .der
}

fn end_entity() -> CertificateBuilder {
    CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(5).spki())
}

fn anchors() -> TrustAnchors {
    TrustAnchors::from_pem(root().der).unwrap()
}

fn verify_by(
    verifier: &Verifier,
    chain: &[Vec<u8>],
    peer: Peer<'_>,
) -> Result<Report, VerifyError> {
    let certificates: Vec<_> = chain
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let (end_entity, others) = certificates.split_first().unwrap();
    let chain = PresentedChain::new(end_entity, others);
    verifier
        .verify(&chain, peer, Default::default(), NOW)
        .map(|path| path.report())
}

fn verify(policy: Policy, known: &[Vec<u8>], chain: &[Vec<u8>]) -> Result<Report, VerifyError> {
    let verifier = Verifier::builder(anchors(), policy)
        .known_intermediates(known.iter().cloned().map(CertificateDer::from))
        .build()
        .unwrap();
    verify_by(&verifier, chain, Peer::Client)
}

fn presented_count(error: &VerifyError) -> (VerifyErrorKind, usize, &'static str) {
    let [violation] = error.violations() else {
        panic!("{error:#?}");
    };
    match violation.presented {
        Fact::Count { count, what } => (error.kind(), count, what),
        ref other => panic!("{other:?}"),
    }
}

/// The setting that a build error is about.
fn wrong_setting(policy: Policy) -> String {
    match Verifier::builder(anchors(), policy).build() {
        Err(BuildError::Policy { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

/// What is only audited lets everybody pass, so it cannot carry a relaxation.
#[test]
fn an_audited_rule_does_not_identify_peers() {
    let until = Date::new(2027, 6, 30).unwrap();
    let who = || -> SubjectIdentifier {
        SubjectIdentifier::any_of([IdentifierEntry::common_name(Matcher::exact("peer"))])
    };
    let pins = || Pins {
        pins: vec![Pin::SpkiSha256([1; 32]), Pin::SpkiSha256([2; 32])],
        position: PinPosition::EndEntity,
        expires: None,
        ..Pins::new([])
    };
    type Relax = fn(&mut Policy);
    let in_place_of_client_auth: Relax = |policy| {
        policy
            .extended_key_usage
            .allow_server_auth_in_place_of_client_auth_until =
            Some(Date::new(2027, 6, 30).unwrap());
    };
    let self_issued: Relax = |policy| policy.path_length.allow_self_issued_end_entity = true;
    let in_place_of_name: Relax =
        |policy| policy.server_name.allow_identifier_in_place_of_server_name = true;
    let client_exception = "extended-key-usage.allow-server-auth-in-place-of-client-auth-until";
    let cases = [
        (
            Policy::client(),
            true,
            in_place_of_client_auth,
            client_exception,
        ),
        (
            Policy::client(),
            false,
            in_place_of_client_auth,
            client_exception,
        ),
        (
            Policy::client(),
            false,
            self_issued,
            "path-length.allow-self-issued-end-entity",
        ),
        (
            Policy::server(),
            true,
            in_place_of_name,
            "server-name.allow-identifier-in-place-of-server-name",
        ),
    ];
    for (mut policy, by_identifier, relax, field) in cases {
        if by_identifier {
            policy.subject_identifier = who().into();
        } else {
            policy.pin = pins().into();
        }
        relax(&mut policy);
        let enforced = Verifier::builder(anchors(), policy.clone()).build();
        assert!(enforced.is_ok(), "{field}: {enforced:?}");

        let mut audited = policy.clone();
        if by_identifier {
            audited.subject_identifier.audit(until);
        } else {
            audited.pin.audit(until);
        }
        assert_eq!(wrong_setting(audited), field);

        // Nor does one that is off.
        if by_identifier {
            policy.subject_identifier.switch_off();
        } else {
            policy.pin.switch_off();
        }
        assert_eq!(wrong_setting(policy), field);
    }
}

/// A pin elsewhere than at the end entity does not say who the peer is.
#[test]
fn a_pin_of_a_ca_does_not_identify_peers() {
    for position in [
        PinPosition::Intermediate,
        PinPosition::TrustAnchor,
        PinPosition::Any,
    ] {
        let mut policy = Policy::client();
        policy.pin = Pins {
            pins: vec![Pin::SpkiSha256([1; 32])],
            position,
            expires: None,
            ..Pins::new([])
        }
        .into();
        policy
            .extended_key_usage
            .allow_server_auth_in_place_of_client_auth_until = Date::new(2027, 6, 30);
        assert_eq!(
            wrong_setting(policy),
            "extended-key-usage.allow-server-auth-in-place-of-client-auth-until",
            "{position:?}"
        );
    }
}

#[test]
fn the_kind_of_a_refusal_says_whether_only_the_name_is_wrong() {
    let name = ServerName::try_from("api.example").unwrap();
    let certificate = root().issue(end_entity().dns(&["www.example"]));
    let kind = |policy| {
        let verifier = Verifier::builder(anchors(), policy).build().unwrap();
        let error = verify_by(
            &verifier,
            std::slice::from_ref(&certificate),
            Peer::Server(&name),
        )
        .unwrap_err();
        let rules: Vec<_> = error
            .violations()
            .iter()
            .map(|violation| violation.rule.as_str())
            .collect();
        (error.kind(), rules)
    };
    assert_eq!(
        kind(Policy::server()),
        (VerifyErrorKind::Name, vec!["server-name"])
    );
    let mut strict = Policy::server();
    strict.maximum_validity.end_entity = Some(ValidityLimit::AtMost(Span::Days(1)));
    assert_eq!(
        kind(strict),
        (
            VerifyErrorKind::Policy,
            vec!["maximum-validity", "server-name"]
        )
    );
}

#[test]
fn the_ids_of_custom_rules_are_their_own() {
    #[derive(Debug)]
    struct Silent(&'static str);
    impl Rule for Silent {
        fn id(&self) -> RuleId {
            RuleId::new(self.0)
        }
    }
    let build = |ids: &[&'static str]| {
        ids.iter()
            .fold(
                Verifier::builder(anchors(), Policy::client()),
                |builder, id| builder.custom_rule(Arc::new(Silent(id))),
            )
            .build()
            .map(|_| ())
    };
    assert_eq!(build(&["acme-one", "acme-two"]), Ok(()));
    for (ids, taken) in [
        (&["acme-one", "acme-two", "acme-one"][..], "acme-one"),
        (&["chain"], "chain"),
        (&["acme-one", "input"], "input"),
        (&["server-name"], "server-name"),
    ] {
        assert_eq!(
            build(ids),
            Err(BuildError::RuleId(RuleId::new(taken))),
            "{ids:?}"
        );
    }
}

#[test]
fn sixty_four_kibibytes_are_the_most() {
    let of = |octets: usize| {
        let sound = [issuing().issue(end_entity()), issuing().der];
        let rest = octets - sound[0].len() - sound[1].len();
        let [first, second] = sound;
        verify(Policy::client(), &[], &[first, second, vec![0; rest]])
    };
    assert!(of(65_536).is_ok());
    assert_eq!(
        presented_count(&of(65_537).unwrap_err()),
        (
            VerifyErrorKind::Input,
            65_537,
            "octets of presented certificates"
        )
    );
}

const CONNECTED: &str =
    "presented certificates that names connect to the end entity and a trust anchor";

/// The bound is on what peers send: what is known here does not count.
#[test]
fn known_intermediates_do_not_count_as_presented() {
    let chain = |others: u64| {
        let others = (1..=others).map(faulty);
        let chain = std::iter::once(issuing().issue(end_entity())).chain(others);
        chain.collect::<Vec<_>>()
    };
    let known = [issuing().der];
    let refused = verify(Policy::client(), &[], &chain(16)).unwrap_err();
    assert_eq!(refused.kind(), VerifyErrorKind::Policy);
    let report = verify(Policy::client(), &known, &chain(16)).unwrap();
    assert!(report.path[1].known_here);
    assert_eq!(
        presented_count(&verify(Policy::client(), &known, &chain(17)).unwrap_err()),
        (VerifyErrorKind::Input, 17, CONNECTED)
    );
}

/// Configured twice, it leads to no second path.
#[test]
fn a_known_intermediate_is_known_once() {
    let mut policy = Policy::client();
    policy.path_length.max_intermediates = Some(0);
    let chain = [issuing().issue(end_entity())];
    let known = [issuing().der, issuing().der];
    let refused = verify(policy, &known, &chain).unwrap_err();
    assert_eq!(refused.violations()[0].rule.as_str(), "path-length");
    assert_eq!(refused.report().other_paths, []);
}

/// Only a known intermediate connects what was presented to an anchor: the bound holds there too.
#[test]
fn what_known_intermediates_connect_counts() {
    let middle = root().intermediate("Middle", TestKey::ed25519(3));
    let chain = |others: u64| {
        let others = (0..others).map(|serial| {
            let change = |ca: CertificateBuilder| ca.serial(serial);
            middle
                .intermediate_with("Issuing", TestKey::ed25519(2), change)
                .der
        });
        let chain = std::iter::once(issuing().issue(end_entity())).chain(others);
        chain.collect::<Vec<_>>()
    };
    let known = std::slice::from_ref(&middle.der);
    assert!(verify(Policy::client(), known, &chain(16)).is_ok());
    assert_eq!(
        presented_count(&verify(Policy::client(), known, &chain(17)).unwrap_err()),
        (VerifyErrorKind::Input, 17, CONNECTED)
    );
}

/// Eight other paths are listed, and what is wrong with each stands in the order of the report's own violations.
#[test]
fn other_paths_are_few_and_in_order() {
    let mut policy = Policy::client();
    policy.maximum_validity.intermediate = Some(ValidityLimit::AtMost(Span::Years(1)));
    let mut chain = vec![issuing().issue(end_entity())];
    chain.extend((1..=12).map(faulty));
    let error = verify(policy, &[], &chain).unwrap_err();
    let others = &error.report().other_paths;
    assert_eq!(others.len(), 8);
    for violations in others
        .iter()
        .map(|other| other.violations.as_slice())
        .chain([error.violations()])
    {
        let rules: Vec<_> = violations
            .iter()
            .map(|violation| violation.rule.as_str())
            .collect();
        assert_eq!(rules, ["key-usage", "maximum-validity"]);
    }
}

#[test]
fn key_sizes_that_make_no_sense_are_refused() {
    let build = |change: fn(&mut KeySizes)| {
        let mut policy = Policy::client();
        change(&mut policy.minimum_key_size.end_entity);
        Verifier::builder(anchors(), policy)
            .build()
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    assert_eq!(build(|sizes| sizes.rsa_max_bits = 16_384), Ok(()));
    assert_eq!(
        build(|sizes| sizes.rsa_max_bits = 16_385).unwrap_err(),
        "policy setting `minimum-key-size.end-entity.rsa-max-bits`: is above 16384, beyond what any provider verifies"
    );
    assert_eq!(build(|sizes| sizes.rsa_bits = sizes.rsa_max_bits), Ok(()));
    assert_eq!(
        build(|sizes| sizes.rsa_bits = sizes.rsa_max_bits + 1).unwrap_err(),
        "policy setting `minimum-key-size.end-entity.rsa-max-bits`: is below rsa-bits (8193)"
    );
    assert_eq!(build(|sizes| sizes.rsa_min_exponent = 3), Ok(()));
    let largest = u64::from(u32::MAX);
    assert_eq!(
        build(|sizes| sizes.rsa_min_exponent = u32::MAX.into()),
        Ok(())
    );
    assert_eq!(
        build(|sizes| sizes.rsa_min_exponent = u64::from(u32::MAX) + 1).unwrap_err(),
        format!(
            "policy setting `minimum-key-size.end-entity.rsa-min-exponent`: {} is above any exponent in use",
            largest + 1
        )
    );
    assert_eq!(
        build(|sizes| sizes.rsa_min_exponent = 2).unwrap_err(),
        "policy setting `minimum-key-size.end-entity.rsa-min-exponent`: is below 3, the least exponent there is"
    );
    assert_eq!(build(|sizes| sizes.rsa_bits = 1024), Ok(()));
    assert_eq!(
        build(|sizes| sizes.rsa_bits = 1023).unwrap_err(),
        "policy setting `minimum-key-size.end-entity.rsa-bits`: is below 1024, which protects nothing"
    );
}

/// RFC 5280 section 4.1.2.5: a certificate with no well-defined expiration ends with the year 9999.
#[test]
fn a_limit_beyond_the_year_9999_is_kept_by_all() {
    let forever = der::unix(10_000, 1, 1, 0, 0, 0) - 1;
    let certificate = root().issue(end_entity().validity(der::unix(2026, 1, 1, 0, 0, 0), forever));
    let kept = |limit| {
        let mut policy = Policy::client();
        policy.maximum_validity.end_entity = Some(limit);
        verify(policy, &[], std::slice::from_ref(&certificate)).is_ok()
    };
    assert!(kept(ValidityLimit::LessThan(Span::Years(7974))));
    assert!(kept(ValidityLimit::AtMost(Span::Years(u32::MAX))));
    assert!(!kept(ValidityLimit::AtMost(Span::Years(7973))));
}
