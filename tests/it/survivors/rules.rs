//! Corners of single rules.

use std::sync::Arc;

use pki_types::{CertificateDer, ServerName};
use rustls_policy_verifier::{
    AnchorCheck, BuildError, CertificateProfile, Crl, Fact, IdentifierEntry, KeyPurpose, Matcher,
    Peer, Pin, PinPosition, Pins, Policy, Position, Profile, PurposeRequirement, Role, Rule,
    RuleId, Span, SubjectIdentifier, TrustAnchors, ValidityLimit, Verifier, VerifyError, pki_types,
};

use super::{anchors, end_entity, issuing, root, verify, verify_by};
use crate::support::{
    Authority, CertificateBuilder, CrlBuilder, Name, TestKey, der, general_name, oids,
};

/// Anchors as a root store has them: name and key alone.
fn anchors_without_certificates() -> TrustAnchors {
    let mut store = rustls::RootCertStore::empty();
    store.add(CertificateDer::from(root().der)).unwrap();
    TrustAnchors::new()
        .with_root_store("store", &store)
        .unwrap()
}

/// Every rule on, in a policy of the role.
fn with_every_rule(role: Role) -> Policy {
    let mut policy = Policy::for_role(role);
    policy.maximum_validity.intermediate = Some(ValidityLimit::AtMost(Span::Years(10)));
    policy.pin = Pins {
        pins: vec![Pin::SpkiSha256([1; 32])],
        position: PinPosition::EndEntity,
        expires: None,
        ..Pins::new([])
    }
    .into();
    let peer = IdentifierEntry::common_name(Matcher::exact("peer"));
    policy.subject_identifier = SubjectIdentifier::any_of([peer]).into();
    policy.validity_period.trust_anchor = AnchorCheck::Ignore;
    policy.revocation.enforce();
    policy
}

/// The lists for people: each rule where it has a say, custom ones behind those of the policy.
#[test]
fn the_rules_at_a_position_are_those_with_a_say_there() {
    #[derive(Debug)]
    struct OnPaths;
    impl Rule for OnPaths {
        fn id(&self) -> RuleId {
            RuleId::new("acme-paths")
        }
        fn judges(&self, position: Position) -> bool {
            position == Position::Path
        }
    }
    let everywhere = ["key-usage", "validity-period", "minimum-key-size"];
    let below_the_anchor = ["extended-key-usage", "signature-algorithm"];
    let expected = [
        (
            Position::EndEntity,
            &["pin", "revocation", "subject-identifier"][..],
        ),
        (
            Position::Intermediate(1),
            &["maximum-validity", "revocation"],
        ),
        (Position::Presented(1), &["maximum-validity"]),
        (Position::TrustAnchor, &[]),
        (Position::Path, &["acme-paths", "path-length"]),
    ];
    for role in [Role::Client, Role::Server] {
        let crl = Crl::from_der(root().crl(CrlBuilder::new())).unwrap();
        let verifier = Verifier::builder(anchors(), with_every_rule(role))
            .crls([crl])
            .custom_rule(Arc::new(OnPaths))
            .build()
            .unwrap();
        for (position, own) in expected {
            let mut expected = own.to_vec();
            match position {
                Position::Path => {}
                Position::TrustAnchor => expected.extend(["key-usage", "minimum-key-size"]),
                _ => expected.extend(everywhere.iter().chain(&below_the_anchor)),
            }
            if (role, position) == (Role::Server, Position::EndEntity) {
                expected.push("server-name");
            }
            let rules = verifier.rules_at(position);
            let mut rules: Vec<_> = rules.iter().map(|rule| rule.as_str()).collect();
            expected.sort();
            rules.sort();
            assert_eq!(rules, expected, "{position} of {role:?}");
        }
    }
}

/// With a profile wherever it has checks, without one where the common name is looked at.
#[test]
fn the_certificate_profile_has_a_say_where_it_checks_something() {
    let positions = |profile, common_name_in_san, trust_anchor| {
        let mut policy = Policy::client();
        policy.certificate_profile = CertificateProfile {
            profile,
            common_name_in_san,
            trust_anchor,
        }
        .into();
        let verifier = Verifier::builder(anchors(), policy).build().unwrap();
        let all = [
            Position::EndEntity,
            Position::Intermediate(1),
            Position::Presented(1),
            Position::TrustAnchor,
            Position::Path,
        ];
        let judged = |position: &Position| {
            let rules = verifier.rules_at(*position);
            rules.contains(&RuleId::new("certificate-profile"))
        };
        all.map(|position| judged(&position))
    };
    let (check, ignore) = (AnchorCheck::Check, AnchorCheck::Ignore);
    for (profile, common_name_in_san, trust_anchor, expected) in [
        (Profile::None, false, check, [false; 5]),
        (
            Profile::None,
            true,
            check,
            [true, false, false, false, false],
        ),
        (
            Profile::Rfc5280,
            false,
            check,
            [true, true, true, true, false],
        ),
        (
            Profile::Rfc5280,
            true,
            ignore,
            [true, true, true, false, false],
        ),
    ] {
        assert_eq!(
            positions(profile, common_name_in_san, trust_anchor),
            expected,
            "{profile:?} {common_name_in_san} {trust_anchor:?}"
        );
    }
}

/// RFC 5280 section 4.2.1.1: only who vouches for itself need not name its issuer's key.
#[test]
fn who_may_leave_out_the_authority_key_identifier() {
    let mut policy = Policy::client();
    policy.certificate_profile = CertificateProfile {
        profile: Profile::Rfc5280,
        common_name_in_san: false,
        trust_anchor: AnchorCheck::Check,
    }
    .into();
    let without_identifier = |chain: &[Vec<u8>]| {
        let refused = verify(policy.clone(), &[], chain).err();
        let violations = refused.iter().flat_map(VerifyError::violations);
        let of_check = violations.filter(|violation| match violation.required {
            Fact::Profile(requirement) => requirement.check == "authority-key-identifier-present",
            _ => false,
        });
        of_check
            .map(|violation| violation.position)
            .collect::<Vec<_>>()
    };
    // The name of the anchor alone, or its key alone, does not make an anchor.
    let anchors_name = end_entity().subject(Name::cn("Root")).no_aki();
    let anchors_key = end_entity().spki(root().key.spki()).no_aki();
    for end_entity in [anchors_name, anchors_key] {
        assert_eq!(
            without_identifier(&[root().issue(end_entity)]),
            [Position::EndEntity]
        );
    }
    // Without a path: what is self-issued may be a root, what is not is none.
    let elsewhere = |authority: Authority| [authority.issue(end_entity()), authority.der];
    let other = || Authority::root_with("Other", TestKey::ed25519(8), |it| it.no_aki());
    assert_eq!(without_identifier(&elsewhere(other())), []);
    let below = other().intermediate_with("Below", TestKey::ed25519(9), |it| it.no_aki());
    assert_eq!(
        without_identifier(&elsewhere(below)),
        [Position::Presented(1)]
    );
}

/// Eight locations that are none of HTTP, however many there are.
#[test]
fn locations_that_are_not_of_http_are_listed_up_to_a_bound() {
    let mut policy = Policy::client();
    policy.certificate_profile = CertificateProfile {
        profile: Profile::CabfServer,
        common_name_in_san: false,
        trust_anchor: AnchorCheck::Check,
    }
    .into();
    let listed = |count| {
        let location = general_name::uri("ldap://acme.example");
        let description = der::sequence(&[der::oid("1.3.6.1.5.5.7.48.1"), location]);
        let value = der::sequence(&vec![description; count]);
        let end_entity = end_entity().extension(oids::AUTHORITY_INFO_ACCESS, false, &value);
        let refused = verify(policy.clone(), &[], &[root().issue(end_entity)]).unwrap_err();
        let names = refused.violations().iter().find_map(|violation| {
            match (&violation.required, &violation.presented) {
                (Fact::Profile(it), Fact::Names(names)) if it.check.contains("access") => {
                    Some(names.len())
                }
                _ => None,
            }
        });
        names.unwrap_or_else(|| panic!("{refused:#?}"))
    };
    assert_eq!([7, 8, 9].map(listed), [7, 8, 8]);
}

/// What a rule that is to judge trust anchors' certificates says where there are none.
#[test]
fn rules_that_judge_anchors_need_their_certificates() {
    let refusing = |change: &dyn Fn(&mut Policy)| {
        let mut policy = Policy::client();
        policy.key_usage.trust_anchor = AnchorCheck::WhenKnown;
        policy.path_length.trust_anchor = AnchorCheck::WhenKnown;
        policy.validity_period.trust_anchor = AnchorCheck::WhenKnown;
        change(&mut policy);
        match Verifier::builder(anchors_without_certificates(), policy).build() {
            Ok(_) => None,
            Err(BuildError::AnchorsWithoutCertificate { rule, .. }) => Some(rule.as_str()),
            Err(other) => panic!("{other:?}"),
        }
    };
    assert_eq!(refusing(&|_| ()), None);
    let check = |policy: &mut Policy| policy.key_usage.trust_anchor = AnchorCheck::Check;
    assert_eq!(refusing(&check), Some("key-usage"));
    let profile = |profile| {
        refusing(&move |policy| {
            policy.certificate_profile = CertificateProfile {
                profile,
                common_name_in_san: true,
                trust_anchor: AnchorCheck::Check,
            }
            .into();
        })
    };
    assert_eq!(profile(Profile::None), None);
    assert_eq!(profile(Profile::Rfc5280), Some("certificate-profile"));

    let pin = |position, pin| {
        refusing(&move |policy| {
            policy.pin = Pins {
                pins: vec![pin],
                position,
                expires: None,
                ..Pins::new([])
            }
            .into();
        })
    };
    let of_certificate = Pin::CertificateSha256([1; 32]);
    assert_eq!(pin(PinPosition::EndEntity, of_certificate), None);
    assert_eq!(
        pin(PinPosition::TrustAnchor, Pin::SpkiSha256([1; 32])),
        None
    );
    assert_eq!(pin(PinPosition::TrustAnchor, of_certificate), Some("pin"));
}

#[test]
fn pins_are_read_from_base64_of_32_octets() {
    let text = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    assert_eq!(Pin::spki_from_base64(text), Some(Pin::SpkiSha256([1; 32])));
    assert_eq!(
        Pin::certificate_from_base64(text),
        Some(Pin::CertificateSha256([1; 32]))
    );
    for wrong in ["", "AQEB", "not base64"] {
        assert_eq!(Pin::spki_from_base64(wrong), None);
        assert_eq!(Pin::certificate_from_base64(wrong), None);
    }
}

/// Kinds apart, for a file has a list for each.
#[test]
fn pins_are_equal_in_what_they_pin() {
    let (one, other) = ([1; 32], [2; 32]);
    let pins =
        |spki, certificate| Pins::new([Pin::SpkiSha256(spki), Pin::CertificateSha256(certificate)]);
    assert_eq!(pins(one, other), pins(one, other));
    assert_ne!(pins(one, other), pins(other, other));
    assert_ne!(pins(one, other), pins(one, one));
}

/// RFC 5280 section 4.1.2.1: certificates of version 1 have no extensions, and may be trust anchors.
#[test]
fn an_anchor_of_version_1_need_not_say_that_it_is_a_ca() {
    let judged = |version| {
        let change = |ca: CertificateBuilder| {
            let ca = ca.version(version);
            ca.without_extension(oids::BASIC_CONSTRAINTS)
        };
        let root = Authority::root_with("Root", TestKey::ed25519(1), change);
        let anchors = TrustAnchors::from_pem(&root.der).unwrap();
        let mut policy = Policy::client();
        policy.key_usage.switch_off();
        let verifier = Verifier::builder(anchors, policy).build().unwrap();
        let chain = [root.issue(end_entity())];
        verify_by(&verifier, &chain, Peer::Client)
    };
    assert!(judged(None).is_ok());
    let error = judged(Some(3)).unwrap_err();
    let [violation] = error.violations() else {
        panic!("{error:#?}");
    };
    assert_eq!(
        (violation.rule.as_str(), violation.position),
        ("path-length", Position::TrustAnchor)
    );
    assert_eq!(violation.presented, Fact::NoCaCertificate);
}

/// The purposes that a refused end entity should have had, and those of the rules' other violations left out.
fn required_purposes(error: &VerifyError) -> PurposeRequirement {
    let of_rule = error
        .violations()
        .iter()
        .filter(|violation| violation.rule.as_str() == "extended-key-usage");
    let [violation] = of_rule.collect::<Vec<_>>()[..] else {
        panic!("{error:#?}");
    };
    match &violation.required {
        Fact::RequiredPurposes(required) => required.clone(),
        other => panic!("{other:?}"),
    }
}

/// What the policy asks for is met; what the role needs is missing, and that is what is said.
#[test]
fn purposes_that_the_policy_asks_for_do_not_stand_in_for_the_roles_own() {
    let code_signing = KeyPurpose::parse("codeSigning").unwrap();
    let client_auth = KeyPurpose::parse("clientAuth").unwrap();
    let mut policy = Policy::client();
    policy.extended_key_usage.require = PurposeRequirement::Contains(vec![code_signing.clone()]);
    let chain = |purposes: &[&str]| [issuing().issue(end_entity().eku(purposes)), issuing().der];
    let code_signing_alone = chain(&["1.3.6.1.5.5.7.3.3"]);
    assert_eq!(
        required_purposes(&verify(policy.clone(), &[], &code_signing_alone).unwrap_err()),
        PurposeRequirement::ContainsOrAbsent(vec![client_auth])
    );
    assert_eq!(
        required_purposes(&verify(policy.clone(), &[], &chain(&[oids::CLIENT_AUTH])).unwrap_err()),
        PurposeRequirement::Contains(vec![code_signing])
    );
    let both = chain(&["1.3.6.1.5.5.7.3.3", oids::CLIENT_AUTH]);
    assert!(verify(policy, &[], &both).is_ok());
}

/// What webpki cannot read has no path, and says nothing of its name.
#[test]
fn the_name_of_what_webpki_cannot_read_is_not_judged() {
    let name = ServerName::try_from("api.example").unwrap();
    let verifier = Verifier::builder(anchors(), Policy::server())
        .build()
        .unwrap();
    let rules = |certificate: CertificateBuilder| {
        let chain = [root().issue(certificate)];
        let error = verify_by(&verifier, &chain, Peer::Server(&name)).unwrap_err();
        let violations = error.violations().iter();
        violations
            .map(|violation| violation.rule.to_string())
            .collect::<Vec<_>>()
    };
    let unreadable = end_entity().extension("1.3.6.1.4.1.32473.1", true, &der::null());
    assert_eq!(rules(unreadable.dns(&["www.example"])), ["chain"]);
    let expired = end_entity().validity(0, 1).dns(&["www.example"]);
    assert_eq!(rules(expired), ["chain", "server-name", "validity-period"]);
}

/// What is wrong with common names is said where they might have counted, and nowhere else.
#[test]
fn common_names_are_listed_with_why_they_do_not_count() {
    let name = ServerName::try_from("api.example").unwrap();
    let listed = |allowed, common_names: &[&str]| {
        let mut policy = Policy::server();
        policy.server_name.allow_common_name_as_server_name = allowed;
        let verifier = Verifier::builder(anchors(), policy).build().unwrap();
        let add = |subject: Name, common_name: &&str| subject.and(oids::COMMON_NAME, common_name);
        let subject = common_names.iter().fold(Name::empty(), add);
        let certificate = root().issue(end_entity().subject(subject));
        let error = verify_by(&verifier, &[certificate], Peer::Server(&name)).unwrap_err();
        match error.violations() {
            [violation] => match &violation.presented {
                Fact::OnlyCommonNames(names) => names.clone(),
                other => panic!("{other:?}"),
            },
            _ => panic!("{error:#?}"),
        }
    };
    let two = ["www.example", "not a host"];
    let refused = "not a host (not a host name in a UTF8String or PrintableString)";
    let several = [
        "www.example (one of several)",
        "not a host (one of several)",
    ];
    assert_eq!(listed(false, &two), two);
    assert_eq!(listed(true, &two), several);
    assert_eq!(listed(false, &two[..1]), &two[..1]);
    assert_eq!(listed(true, &two[..1]), &two[..1]);
    assert_eq!(listed(false, &two[1..]), &two[1..]);
    assert_eq!(listed(true, &two[1..]), [refused]);
}
