use crate::error::BuildError;
use crate::name::AttributeType;
use crate::peer::Role;
use crate::policy::{AnchorCheck, Mode, Policy};
use crate::rules::certificate_profile::Profile;
use crate::rules::extended_key_usage::{ExtendedKeyUsage, KeyPurpose};
use crate::rules::maximum_validity::ValidityLimit;
use crate::rules::minimum_key_size::NamedCurve;
use crate::rules::pin::{Pin, PinPosition, Pins};
use crate::rules::revocation::{
    RevocationCheck, RevocationSettings, StapleUse, StatusSource, StatusSources, Tolerance,
};
use crate::rules::signature_algorithm::{SignatureFamily, SignatureHash};
use crate::rules::subject_identifier::{
    IdentifierEntry, Matcher, SanKind, SubjectIdentifier, Values,
};
use crate::time::{Date, Span};
use crate::tls::{ClientCertificates, TlsVersion};
use rustls::{CipherSuite, NamedGroup};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn attribute(name: &str, matcher: Matcher) -> IdentifierEntry {
    IdentifierEntry::attribute(AttributeType::parse(name).unwrap(), matcher)
}

#[track_caller]
fn round_trips(policy: &Policy) {
    let toml = policy.to_toml().unwrap();
    assert_eq!(Policy::from_toml(&toml).as_ref(), Ok(policy), "{toml}");
    let json = policy.to_json().unwrap();
    assert_eq!(Policy::from_json(&json).as_ref(), Ok(policy), "{json}");
}

/// Every table and key of the documented format.
const DOCUMENTED: &str = include_str!("documented.toml");

#[test]
fn the_documented_file_is_read() {
    let mut expected = Policy::client();
    expected.extended_key_usage = ExtendedKeyUsage::only([KeyPurpose::client_auth()]).into();
    expected.subject_identifier = SubjectIdentifier::any_of([
        attribute(
            "CN",
            Matcher::Uuid("123e4567-e89b-12d3-a456-426614174000".into()),
        ),
        attribute("OU", Matcher::exact("payments")).values(Values::Any),
        attribute("CN", Matcher::Namespace("acme/prod".into())).under("acme"),
        attribute(
            "serialNumber",
            Matcher::OneOf(vec!["A-17".into(), "A-18".into()]),
        ),
        IdentifierEntry::alternative_name(
            SanKind::Uri,
            Matcher::Glob("spiffe://acme.example/prod/**".into()),
        )
        .under("acme"),
        IdentifierEntry::alternative_name(SanKind::Dns, Matcher::exact("client.acme.example")),
        IdentifierEntry::subject("CN=client,O=Acme,C=GB".parse().unwrap()),
    ])
    .into();
    expected.minimum_key_size.end_entity.rsa_bits = 3072;
    expected
        .maximum_validity
        .audit(day("2027-03-31"))
        .end_entity = Some(ValidityLimit::LessThan(Span::Years(3)));
    expected.validity_period.warn_below = vec![Span::Days(30), Span::Days(7)];
    expected.signature_algorithm.permitted = Some(vec![
        SignatureFamily::RsaPkcs1,
        SignatureFamily::RsaPss,
        SignatureFamily::Ecdsa,
        SignatureFamily::Ed25519,
        SignatureFamily::MlDsa,
    ]);
    expected.path_length.max_intermediates = Some(2);
    expected.pin = Pins {
        expires: Some(day("2027-12-31")),
        ..Pins::new([Pin::SpkiSha256([1; 32]), Pin::SpkiSha256([2; 32])])
    }
    .into();
    let revocation = expected.revocation.enforce();
    revocation.max_age = Some(Span::Days(7));
    revocation.sources.intermediate = StatusSource::Crl;
    expected.certificate_profile.enforce().profile = Profile::Rfc5280;
    expected.tls.minimum_version = TlsVersion::Tls13;
    expected.tls.cipher_suites = Some(vec![
        CipherSuite::TLS13_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]);
    expected.tls.or_equivalent = true;
    expected.tls.aes_bits = 256;
    expected.tls.key_exchange_groups = Some(vec![NamedGroup::X25519, NamedGroup::secp256r1]);
    expected.tls.session_lifetime = Some(Span::Seconds(300));
    assert_eq!(Policy::from_toml(DOCUMENTED), Ok(expected.clone()));
    round_trips(&expected);
}

/// Differs from the starting point in every setting that a policy for clients can have.
fn every_client_setting() -> Policy {
    let mut policy = Policy::client();
    let purpose = |text| KeyPurpose::parse(text).unwrap();
    policy.extended_key_usage.audit(day("9999-12-31")).require =
        ExtendedKeyUsage::contains_or_absent([
            purpose("clientAuth"),
            purpose("1.3.6.1.4.1.311.20.2.2"),
        ])
        .require;
    policy
        .extended_key_usage
        .allow_server_auth_in_place_of_client_auth_until = Some(day("2027-06-30"));
    *policy.subject_identifier.enforce() = SubjectIdentifier {
        any_of: vec![
            attribute("1.2.3.4", Matcher::exact("a \"b\" 'c' \\ # é = \u{1f600}"))
                .values(Values::All),
            IdentifierEntry::alternative_name(SanKind::Ip, Matcher::exact("2001:db8::1")),
        ],
        all_of: vec![
            IdentifierEntry::alternative_name(SanKind::Upn, Matcher::Namespace("acme:".into())),
            IdentifierEntry::subject(r"UID=a+CN=\2c \,x,O=A".parse().unwrap())
                .under("a")
                .under("b\"c"),
        ],
        none_of: vec![IdentifierEntry::alternative_name(
            SanKind::Email,
            Matcher::exact("x@acme.example"),
        )],
    };
    let sizes = &mut policy.minimum_key_size.intermediate;
    sizes.rsa_bits = 3072;
    sizes.rsa_max_bits = 4096;
    sizes.rsa_min_exponent = 3;
    sizes.ec_bits = 384;
    sizes.curves = Some(vec![NamedCurve::P521, NamedCurve::P384, NamedCurve::P256]);
    sizes.ed25519 = false;
    sizes.ml_dsa = 0;
    policy.minimum_key_size.end_entity.rsa = false;
    policy.minimum_key_size.trust_anchor.ec = false;
    policy.signature_algorithm.minimum_hash = SignatureHash::Sha512;
    policy.signature_algorithm.permitted = Some(vec![
        SignatureFamily::RsaPkcs1,
        SignatureFamily::RsaPss,
        SignatureFamily::Ecdsa,
        SignatureFamily::Ed25519,
        SignatureFamily::MlDsa,
    ]);
    let limits = policy.maximum_validity.enforce();
    limits.end_entity = Some(ValidityLimit::LessThan(Span::Years(1)));
    limits.intermediate = Some(ValidityLimit::AtMost(Span::Days(1)));
    limits.trust_anchor = Some(ValidityLimit::AtMost(Span::Seconds(u64::MAX)));
    policy.validity_period.trust_anchor = AnchorCheck::WhenKnown;
    policy.validity_period.warn_below = vec![Span::Seconds(1)];
    policy.key_usage.trust_anchor = AnchorCheck::Ignore;
    policy.path_length.max_intermediates = Some(0);
    policy.path_length.trust_anchor = AnchorCheck::Ignore;
    policy.path_length.allow_self_issued_end_entity = true;
    policy.pin = Pins {
        pins: vec![
            Pin::CertificateSha256([7; 32]),
            Pin::SpkiSha256([8; 32]),
            Pin::CertificateSha256([9; 32]),
        ],
        position: PinPosition::Intermediate,
        expires: Some(day("1970-01-01")),
        warn_before: Span::Days(60),
    }
    .into();
    *policy.revocation.enforce() = RevocationSettings {
        check: RevocationCheck::EndEntity,
        sources: StatusSources {
            end_entity: StatusSource::Both,
            intermediate: StatusSource::Ocsp,
        },
        unknown: Tolerance::AllowWithWarning,
        stale: Tolerance::AllowWithWarning,
        unparsable: Tolerance::AllowWithWarning,
        staple: StapleUse::Ignore,
        max_age: Some(Span::Seconds(u64::MAX)),
        clock_skew: Span::Seconds(0),
        trust_anchor: AnchorCheck::WhenKnown,
    };
    policy.tls.minimum_version = TlsVersion::Tls13;
    // One that rustls has no name for among them.
    policy.tls.cipher_suites = Some(vec![
        CipherSuite::Unknown(0x1306),
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ]);
    policy.tls.or_equivalent = true;
    policy.tls.require_all = true;
    policy.tls.aes_bits = 256;
    policy.tls.key_exchange_groups = Some(vec![NamedGroup::X25519, NamedGroup::Unknown(41)]);
    policy.tls.session_lifetime = Some(Span::Days(7));
    policy.tls.tickets = true;
    policy.tls.client_certificates = ClientCertificates::AllowUnauthenticated;
    policy
}

#[test]
fn every_setting_round_trips() {
    round_trips(&every_client_setting());

    let mut server = Policy::server();
    *server.subject_identifier.enforce() =
        SubjectIdentifier::all_of([IdentifierEntry::common_name(Matcher::exact("a"))]);
    server.server_name.allow_identifier_in_place_of_server_name = true;
    round_trips(&server);
    server.server_name.allow_identifier_in_place_of_server_name = false;
    server.server_name.allow_common_name_as_server_name = true;
    round_trips(&server);
    let revocation = server.revocation.enforce();
    revocation.check = RevocationCheck::Off;
    revocation.sources.end_entity = StatusSource::Crl;
    revocation.staple = StapleUse::Require;
    revocation.clock_skew = Span::Seconds(3600);
    round_trips(&server);
}

#[test]
fn the_promise_not_to_pin_round_trips() {
    let mut policy = Policy::server();
    policy.must_not_pin = true;
    assert_eq!(
        policy.to_toml().unwrap(),
        "must-not-pin = true\nrole = \"server\"\n"
    );
    round_trips(&policy);
}

/// As pages, curl and openssl have fingerprints.
#[test]
fn fingerprints_may_be_hexadecimal() {
    let plain = "D0B356D14E8C9BCD48AF9BE3AA38014DE95012FB2A19363E63474D0476BF3e98";
    let digits: Vec<_> = plain.chars().collect();
    let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect()).collect();
    let pins = |digest: &str| {
        let file = format!("role = \"server\"\n[pin]\ncertificate-sha256 = [{digest:?}]\n");
        Policy::from_toml(&file).map(|policy| policy.pin.pins.clone())
    };
    let expected = pins("0LNW0U6Mm81Ir5vjqjgBTelQEvsqGTY+Y0dNBHa/Ppg=").unwrap();
    assert_eq!(expected, [Pin::certificate_from_hex(plain).unwrap()]);
    assert_eq!(pins(plain), Ok(expected.clone()));
    assert_eq!(pins(&pairs.join(":")), Ok(expected));
    for wrong in [
        &pairs[1..].concat(),
        &plain.replace("D0", "G0"),
        &pairs[1..].join(":"),
        &plain.replace("D0B", "D:0B"),
        &plain.replace("D0", "ü"),
        &format!("{plain}00"),
    ] {
        let error = pins(wrong).unwrap_err().to_string();
        let words =
            "is not a SHA-256 digest: 44 characters of base64, or 64 of hexadecimal, colons or not";
        assert!(error.ends_with(words), "{error}");
    }
}

#[test]
fn every_mode_round_trips() {
    for start in [every_client_setting(), Policy::client(), Policy::server()] {
        let mut policy = start;
        policy.pin.settings.pins = vec![Pin::SpkiSha256([0; 32])];
        policy.pin.audit(day("2027-03-31"));
        policy.extended_key_usage.switch_off();
        policy.validity_period.audit(day("2027-03-31"));
        policy.path_length.switch_off();
        policy.maximum_validity.switch_off();
        policy.revocation.audit(day("2027-03-31"));
        round_trips(&policy);
        policy.revocation.switch_off();
        round_trips(&policy);
    }
}

#[test]
fn a_starting_point_is_its_role_alone() {
    for role in [Role::Server, Role::Client] {
        let policy = Policy::for_role(role);
        assert_eq!(policy.to_toml(), Ok(format!("role = \"{role}\"\n")));
        assert_eq!(
            policy.to_json(),
            Ok(format!("{{\n  \"role\": \"{role}\"\n}}"))
        );
        round_trips(&policy);
    }
}

#[test]
fn only_differences_are_written() {
    let mut policy = Policy::client();
    policy.extended_key_usage = ExtendedKeyUsage::only([KeyPurpose::client_auth()]).into();
    policy.minimum_key_size.end_entity.rsa_bits = 3072;
    policy.maximum_validity.audit(day("2027-03-31")).end_entity =
        Some(ValidityLimit::LessThan(Span::Years(3)));
    policy.key_usage.switch_off();
    let expected = r#"role = "client"

[extended-key-usage]
only = ["clientAuth"]

[key-usage]
off = true

[maximum-validity.audit]
until = "2027-03-31"

[maximum-validity.end-entity]
less-than = "3 years"

[minimum-key-size.end-entity]
rsa-bits = 3072
"#;
    assert_eq!(policy.to_toml().unwrap(), expected);
}

#[test]
fn a_table_switches_its_rule_on_or_off() {
    let policy = |table: &str| Policy::from_toml(&format!("role = \"client\"\n{table}")).unwrap();

    let pinned = "pin.spki-sha256 = [\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\"]\n";
    assert_eq!(policy("").pin.mode, Mode::Off);
    assert_eq!(policy(pinned).pin.mode, Mode::Enforce);
    assert_eq!(
        policy(&format!("{pinned}pin.off = false")).pin.mode,
        Mode::Enforce
    );
    let off = policy(&format!("{pinned}pin.off = true"));
    assert_eq!(off.pin.mode, Mode::Off);
    assert_eq!(off.pin.pins, [Pin::SpkiSha256([1; 32])]);

    let until = day("2027-03-31");
    let audited =
        policy("[path-length]\nmax-intermediates = 1\noff = false\naudit.until = 2027-03-31");
    assert_eq!(audited.path_length.mode, Mode::Audit { until });
    assert_eq!(audited.path_length.max_intermediates, Some(1));
    assert_eq!(audited.path_length.trust_anchor, AnchorCheck::Check);

    assert_eq!(policy("").revocation.mode, Mode::Off);
    let revocation = policy("[revocation]").revocation;
    assert_eq!(revocation.mode, Mode::Enforce);
    assert_eq!(revocation.settings, policy("").revocation.settings);
}

#[test]
fn one_way_to_state_purposes_takes_the_place_of_another() {
    let policy = Policy::from_toml(
        "role = \"server\"\nextended-key-usage.contains-or-absent = [\"serverAuth\"]",
    );
    assert_eq!(
        policy.unwrap().extended_key_usage,
        ExtendedKeyUsage::contains_or_absent([KeyPurpose::server_auth()]).into()
    );
}

#[test]
fn an_off_rule_keeps_even_senseless_settings() {
    let mut policy = Policy::client();
    policy.extended_key_usage = ExtendedKeyUsage::only([]).into();
    policy.extended_key_usage.switch_off();
    policy.minimum_key_size.end_entity.rsa_bits = 0;
    policy.minimum_key_size.switch_off();
    policy.subject_identifier.any_of = vec![attribute("CN", Matcher::OneOf(vec![]))];
    policy.subject_identifier.switch_off();
    policy.revocation.max_age = Some(Span::Seconds(0));
    policy.revocation.staple = StapleUse::Require;
    policy.revocation.switch_off();
    round_trips(&policy);
}

#[test]
fn a_policy_that_could_not_be_read_is_not_written() {
    let mut senseless = Policy::client();
    senseless.path_length.allow_self_issued_end_entity = true;
    let error = BuildError::policy(
        "path-length.allow-self-issued-end-entity",
        "needs an enforced `pin`: a self-issued certificate is trusted only for being that very one",
    );
    assert_eq!(senseless.to_toml(), Err(error.clone()));
    assert_eq!(senseless.to_json(), Err(error));

    let mut without_curves = Policy::client();
    without_curves.minimum_key_size.intermediate.ec = false;
    without_curves.minimum_key_size.intermediate.curves = Some(vec![]);
    assert_eq!(
        without_curves.validate_early(None),
        Err(BuildError::policy(
            "minimum-key-size.intermediate.curves",
            "the list is empty: name a curve, or leave it out and set `ec = false`"
        ))
    );
    assert!(without_curves.to_toml().is_err());

    let mut large = Policy::client();
    large.path_length.max_intermediates = Some(usize::MAX);
    assert_eq!(
        large.to_toml(),
        Err(BuildError::policy(
            "path-length.max-intermediates",
            "18446744073709551615 is beyond TOML's 63 bits: write JSON"
        ))
    );
    assert_eq!(Policy::from_json(&large.to_json().unwrap()), Ok(large));
}

#[test]
fn the_order_between_kinds_of_pins_does_not_matter() {
    let (spki, certificate) = (Pin::SpkiSha256([1; 32]), Pin::CertificateSha256([1; 32]));
    assert_eq!(
        Pins::new([spki, certificate]),
        Pins::new([certificate, spki])
    );
    let others = [
        Pins::new([spki]),
        Pins::new([certificate]),
        Pins::new([spki, certificate, certificate]),
        Pins::new([spki, Pin::CertificateSha256([2; 32])]),
    ];
    for other in others {
        assert_ne!(Pins::new([spki, certificate]), other);
    }
}

/// The suites as two partners' pages list them; the numbers are IANA's.
#[test]
fn the_suites_of_partners_pages_are_known() {
    let read = |suites: &[&str]| {
        let list = format!("role = \"server\"\ntls.cipher-suites = {suites:?}");
        let suites = Policy::from_toml(&list).unwrap().tls.cipher_suites;
        let numbers = suites.unwrap().into_iter().map(u16::from);
        numbers.collect::<Vec<_>>()
    };
    let asapp = read(&[
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    ]);
    assert_eq!(
        asapp,
        [0xc02c, 0xc02f, 0xc030, 0xcca9, 0xcca9, 0xcca8, 0xcca8]
    );
    let infobip = read(&[
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_128_CCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_DHE_RSA_WITH_AES_128_CCM",
        "TLS_DHE_RSA_WITH_AES_256_CCM",
        "TLS_DHE_RSA_WITH_AES_128_CCM_8",
        "TLS_DHE_RSA_WITH_AES_256_CCM_8",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
        "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
        "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
    ]);
    let expected = [
        0x1302, 0x1303, 0x1301, 0x1304, 0xc02f, 0xc030, 0x009e, 0x009f, 0xc09e, 0xc09f, 0xc0a2,
        0xc0a3, 0xc027, 0xc028, 0x0067, 0x006b,
    ];
    assert_eq!(infobip, expected);
}

/// What no registry lists cannot be written: it has no name.
#[test]
fn a_suite_without_a_name_is_not_written() {
    let mut policy = Policy::server();
    policy.tls.cipher_suites = Some(vec![CipherSuite::from(0x0047)]);
    let error = BuildError::policy(
        "tls.cipher-suites[0]",
        "\"0x0047\" is no cipher suite that IANA lists",
    );
    assert_eq!(policy.to_toml(), Err(error));
}

#[test]
fn servers_always_present_a_certificate() {
    let policy = |role: &str| {
        Policy::from_toml(&format!(
            "role = \"{role}\"\ntls.client-certificates = \"allow-unauthenticated\""
        ))
    };
    assert!(policy("client").is_ok());
    assert_eq!(
        policy("server"),
        Err(BuildError::policy(
            "tls.client-certificates",
            "\"allow-unauthenticated\" is for policies of role \"client\" only: a server always presents a certificate"
        ))
    );
}

/// What stands under `role = "client"`; the setting that the error names; the problem.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "certificate-profile.profile = \"rfc5820\"",
        "certificate-profile.profile",
        "unknown value `rfc5820`, expected one of `none`, `rfc5280`, `cabf-server`",
    ),
    (
        "certificate-profile.common-name-in-sans = true",
        "certificate-profile.common-name-in-sans",
        "unknown field `common-name-in-sans`, expected one of `common-name-in-san`, `profile`, `trust-anchor`, `audit`, `off`; did you mean `common-name-in-san`?",
    ),
    ("tls = 1", "tls", "expected a table, found 1"),
    (
        "tls.off = true",
        "tls.off",
        "TLS settings are no rule, and can be neither switched off nor audited",
    ),
    (
        "tls.audit = { until = \"2027-03-31\" }",
        "tls.audit",
        "TLS settings are no rule, and can be neither switched off nor audited",
    ),
    (
        "tls.min-version = \"1.3\"",
        "tls.min-version",
        "unknown field `min-version`, expected one of `aes-bits`, `cipher-suites`, `client-certificates`, `key-exchange-groups`, `minimum-version`, `or-equivalent`, `require-all`, `session-lifetime`, `tickets`",
    ),
    (
        "tls.minimum-versoin = \"1.3\"",
        "tls.minimum-versoin",
        "unknown field `minimum-versoin`, expected one of `aes-bits`, `cipher-suites`, `client-certificates`, `key-exchange-groups`, `minimum-version`, `or-equivalent`, `require-all`, `session-lifetime`, `tickets`; did you mean `minimum-version`?",
    ),
    (
        "tls.minimum-version = \"1.1\"",
        "tls.minimum-version",
        "unknown value `1.1`, expected `1.2` or `1.3`",
    ),
    (
        "tls.minimum-version = 1.3",
        "tls.minimum-version",
        "invalid type: floating point `1.3`, expected a string",
    ),
    (
        "tls.cipher-suites = []",
        "tls.cipher-suites",
        "the list is empty: give at least one value, or leave the key out",
    ),
    (
        "tls.cipher-suites = \"TLS_AES_128_GCM_SHA256\"",
        "tls.cipher-suites",
        "invalid type: string \"TLS_AES_128_GCM_SHA256\", expected a list",
    ),
    (
        r#"tls.cipher-suites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA256"]"#,
        "tls.cipher-suites[1]",
        r#""TLS_AES_256_GCM_SHA256" is no cipher suite that IANA lists; did you mean "TLS_AES_128_GCM_SHA256"?"#,
    ),
    (
        r#"tls.key-exchange-groups = ["x25519", "secp256r2"]"#,
        "tls.key-exchange-groups[1]",
        r#""secp256r2" is no key exchange group that IANA lists; did you mean "secp256r1"?"#,
    ),
    (
        "tls.minimum-version = \"1.3\"\ntls.cipher-suites = [\"TLS_AES_128_GCM_SHA256\", \"ECDHE-RSA-AES128-GCM-SHA256\"]",
        "tls.cipher-suites",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is a cipher suite of TLS 1.2, and `minimum-version` is \"1.3\": name suites of TLS 1.3, or set `or-equivalent = true`, by which it stands for TLS_AES_128_GCM_SHA256",
    ),
    (
        "tls.minimum-version = \"1.3\"\ntls.cipher-suites = [\"TLS_DHE_RSA_WITH_AES_256_CCM\"]",
        "tls.cipher-suites",
        "TLS_DHE_RSA_WITH_AES_256_CCM is a cipher suite of TLS 1.2, and `minimum-version` is \"1.3\": name suites of TLS 1.3; this one has no equivalent there",
    ),
    (
        "tls.minimum-version = \"1.3\"\ntls.or-equivalent = true\ntls.aes-bits = 256\ntls.cipher-suites = [\"TLS_DHE_RSA_WITH_AES_256_CCM\", \"TLS_DHE_RSA_WITH_AES_128_CCM\", \"TLS_AES_128_GCM_SHA256\"]",
        "tls.cipher-suites",
        "none of TLS_DHE_RSA_WITH_AES_256_CCM, TLS_DHE_RSA_WITH_AES_128_CCM, TLS_AES_128_GCM_SHA256 has an equivalent in TLS 1.3 that the other settings leave, and `minimum-version` is \"1.3\": name suites of TLS 1.3",
    ),
    (
        "tls.or-equivalent = true",
        "tls.or-equivalent",
        "says nothing without `cipher-suites`: equivalent to which?",
    ),
    (
        "tls.require-all = true",
        "tls.require-all",
        "says nothing without `cipher-suites` or `key-exchange-groups`",
    ),
    (
        "tls.aes-bits = 192",
        "tls.aes-bits",
        "AES keys in TLS have 128 or 256 bits",
    ),
    (
        "tls.aes-bits = 65536",
        "tls.aes-bits",
        "invalid value: integer `65536`, expected a whole number from 0 to 65535",
    ),
    (
        "tls.aes-bits = 256\ntls.cipher-suites = [\"TLS_AES_128_GCM_SHA256\", \"TLS_AES_128_CCM_SHA256\"]",
        "tls.cipher-suites",
        "every suite has AES-128, which `aes-bits = 256` leaves out: name another, such as TLS_AES_256_GCM_SHA384",
    ),
    (
        "tls.aes-bits = 256\ntls.require-all = true\ntls.cipher-suites = [\"TLS_AES_256_GCM_SHA384\", \"TLS_AES_128_GCM_SHA256\"]",
        "tls.cipher-suites",
        "TLS_AES_128_GCM_SHA256 has AES-128, which `aes-bits = 256` leaves out, and `require-all` asks for every suite: leave the suite or one of these out",
    ),
    (
        "tls.session-lifetime = \"0 days\"",
        "tls.session-lifetime",
        "no time at all: for no resumption call `forbid_resumption` on the configuration",
    ),
    (
        "tls.session-lifetime = \"1 year\"",
        "tls.session-lifetime",
        "give seconds or days: sessions last 7 days at most (RFC 8446 section 4.6.1)",
    ),
    (
        "tls.session-lifetime = \"8 days\"",
        "tls.session-lifetime",
        "8 days is more than 7 days, the most that RFC 8446 section 4.6.1 allows",
    ),
    (
        "tls.session-lifetime = \"604801 s\"",
        "tls.session-lifetime",
        "604801 s is more than 7 days, the most that RFC 8446 section 4.6.1 allows",
    ),
    (
        "tls.client-certificates = \"optional\"",
        "tls.client-certificates",
        "unknown value `optional`, expected `required` or `allow-unauthenticated`",
    ),
    (
        "[pins]",
        "pins",
        "unknown field `pins`, expected one of `extended-key-usage`, `subject-identifier`, `minimum-key-size`, `signature-algorithm`, `maximum-validity`, `validity-period`, `key-usage`, `path-length`, `pin`, `revocation`, `certificate-profile`, `server-name`, `tls`, `must-not-pin`; did you mean `pin`?",
    ),
    (
        "[path-lenght]",
        "path-lenght",
        "unknown field `path-lenght`, expected one of `extended-key-usage`, `subject-identifier`, `minimum-key-size`, `signature-algorithm`, `maximum-validity`, `validity-period`, `key-usage`, `path-length`, `pin`, `revocation`, `certificate-profile`, `server-name`, `tls`, `must-not-pin`; did you mean `path-length`?",
    ),
    (
        "key-usage.x = 3",
        "key-usage.x",
        "unknown field `x`, expected one of `trust-anchor`, `audit`, `off`",
    ),
    (
        "key-usage.of = true",
        "key-usage.of",
        "unknown field `of`, expected one of `trust-anchor`, `audit`, `off`; did you mean `off`?",
    ),
    (
        "minimum-key-size.end-entity.re = true",
        "minimum-key-size.end-entity.re",
        "unknown field `re`, expected one of `curves`, `ec`, `ec-bits`, `ed25519`, `ml-dsa`, `rsa`, `rsa-bits`, `rsa-max-bits`, `rsa-min-exponent`",
    ),
    (
        "rule = 3",
        "rule",
        "unknown field `rule`, expected one of `extended-key-usage`, `subject-identifier`, `minimum-key-size`, `signature-algorithm`, `maximum-validity`, `validity-period`, `key-usage`, `path-length`, `pin`, `revocation`, `certificate-profile`, `server-name`, `tls`, `must-not-pin`",
    ),
    ("pin = 3", "pin", "expected a table, found 3"),
    ("[[pin]]", "pin", "expected a table, found [{}]"),
    (
        "minimum-key-size.end-entity.rsa-bitz = 3072",
        "minimum-key-size.end-entity.rsa-bitz",
        "unknown field `rsa-bitz`, expected one of `curves`, `ec`, `ec-bits`, `ed25519`, `ml-dsa`, `rsa`, `rsa-bits`, `rsa-max-bits`, `rsa-min-exponent`; did you mean `rsa-bits`?",
    ),
    (
        "path-length.of = true",
        "path-length.of",
        "unknown field `of`, expected one of `allow-self-issued-end-entity`, `max-intermediates`, `trust-anchor`, `audit`, `off`; did you mean `off`?",
    ),
    (
        r#"path-length.off = "yes""#,
        "path-length.off",
        r#"invalid type: string "yes", expected true or false"#,
    ),
    (
        "path-length.audit = true",
        "path-length.audit",
        r#"invalid type: boolean `true`, expected a table with the last day of the audit, { until = "2027-03-31" }"#,
    ),
    (
        "[path-length.audit]",
        "path-length.audit.until",
        r#"is missing: say on which day the audit ends, such as "2027-03-31""#,
    ),
    (
        r#"path-length.audit = { untill = "2027-03-31" }"#,
        "path-length.audit.untill",
        "unknown field `untill`, expected `until`",
    ),
    (
        r#"path-length.audit = { until = "2027-02-31" }"#,
        "path-length.audit.until",
        r#""2027-02-31" is not a calendar day of the form 2027-03-31"#,
    ),
    (
        "path-length.audit = { until = 2027-03-31T00:00:00Z }",
        "path-length.audit.until",
        r#"2027-03-31T00:00:00Z has a time of day: write a day alone, such as "2027-03-31""#,
    ),
    (
        r#"path-length = { off = true, audit = { until = "2027-03-31" } }"#,
        "path-length.audit",
        "contradicts `off = true`: leave one of them out",
    ),
    (
        "server-name.off = false",
        "server-name.off",
        "the server's name can be neither switched off nor audited",
    ),
    (
        r#"server-name.audit = { until = "2027-03-31" }"#,
        "server-name.audit",
        "the server's name can be neither switched off nor audited",
    ),
    (
        "server-name.allow-common-name = true",
        "server-name.allow-common-name",
        "unknown field `allow-common-name`, expected one of `allow-common-name-as-server-name`, `allow-identifier-in-place-of-server-name`",
    ),
    (
        "server-name.allow-common-name-as-server-name = true",
        "server-name.allow-common-name-as-server-name",
        r#"is for policies of role "server" only"#,
    ),
    (
        "minimum-key-size.end-entity = 3072",
        "minimum-key-size.end-entity",
        "expected a table, found 3072",
    ),
    (
        "minimum-key-size.end-entity.rsa-bits = -1",
        "minimum-key-size.end-entity.rsa-bits",
        "invalid value: integer `-1`, expected a whole number from 0 to 4294967295",
    ),
    (
        r#"minimum-key-size.end-entity.rsa-bits = "3072""#,
        "minimum-key-size.end-entity.rsa-bits",
        r#"invalid type: string "3072", expected a whole number from 0 to 4294967295"#,
    ),
    (
        "minimum-key-size.end-entity.rsa-bits = 3072.0",
        "minimum-key-size.end-entity.rsa-bits",
        "invalid type: floating point `3072.0`, expected a whole number from 0 to 4294967295",
    ),
    (
        "minimum-key-size.end-entity.rsa-bits = nan",
        "minimum-key-size.end-entity.rsa-bits",
        "nan is not a value of any setting",
    ),
    (
        "minimum-key-size.end-entity.rsa-bits = 4294967296",
        "minimum-key-size.end-entity.rsa-bits",
        "invalid value: integer `4294967296`, expected a whole number from 0 to 4294967295",
    ),
    (
        "minimum-key-size.end-entity.rsa-bits = 512",
        "minimum-key-size.end-entity.rsa-bits",
        "is below 1024, which protects nothing",
    ),
    (
        "minimum-key-size.end-entity.ml-dsa = 300",
        "minimum-key-size.end-entity.ml-dsa",
        "invalid value: integer `300`, expected a whole number from 0 to 255",
    ),
    (
        "minimum-key-size.end-entity.ml-dsa = 45",
        "minimum-key-size.end-entity.ml-dsa",
        "45 is no parameter set: 44, 65 or 87, or 0 for none",
    ),
    (
        "minimum-key-size.end-entity.rsa-min-exponent = -3",
        "minimum-key-size.end-entity.rsa-min-exponent",
        "invalid value: integer `-3`, expected a whole number, 0 or more",
    ),
    (
        r#"minimum-key-size.end-entity.curves = ["P-256", "P-255"]"#,
        "minimum-key-size.end-entity.curves[1]",
        "unknown value `P-255`, expected one of `P-256`, `P-384`, `P-521`",
    ),
    (
        r#"minimum-key-size.end-entity.curves = "P-256""#,
        "minimum-key-size.end-entity.curves",
        r#"invalid type: string "P-256", expected a list"#,
    ),
    (
        "minimum-key-size.end-entity.curves = []",
        "minimum-key-size.end-entity.curves",
        "the list is empty: give at least one value, or leave the key out",
    ),
    (
        r#"minimum-key-size.end-entity.rsa = "no""#,
        "minimum-key-size.end-entity.rsa",
        r#"invalid type: string "no", expected true or false"#,
    ),
    (
        "path-length.max-intermediates = -1",
        "path-length.max-intermediates",
        "invalid value: integer `-1`, expected a whole number, 0 or more",
    ),
    (
        r#"path-length.trust-anchor = "chek""#,
        "path-length.trust-anchor",
        "unknown value `chek`, expected one of `check`, `when-known`, `ignore`",
    ),
    (
        "path-length.trust-anchor = 1",
        "path-length.trust-anchor",
        "invalid type: integer `1`, expected a string",
    ),
    (
        r#"signature-algorithm.minimum-hash = "SHA256""#,
        "signature-algorithm.minimum-hash",
        "unknown value `SHA256`, expected one of `MD5`, `SHA-1`, `SHA-224`, `SHA-256`, `SHA-384`, `SHA-512`",
    ),
    (
        r#"signature-algorithm.minimum-hash = "SHA-1""#,
        "signature-algorithm.minimum-hash",
        "SHA-1 is too weak: no provider verifies it",
    ),
    (
        r#"signature-algorithm.permitted = ["rsa"]"#,
        "signature-algorithm.permitted[0]",
        "unknown value `rsa`, expected one of `rsa-pkcs1`, `rsa-pss`, `ecdsa`, `ed25519`, `ml-dsa`",
    ),
    (
        r#"maximum-validity.end-entity = "3 years""#,
        "maximum-validity.end-entity",
        r#"invalid type: string "3 years", expected a limit, { less-than = "3 years" } or { at-most = "398 days" }"#,
    ),
    (
        "maximum-validity.end-entity = {}",
        "maximum-validity.end-entity",
        "give exactly one of `less-than` and `at-most`",
    ),
    (
        r#"maximum-validity.end-entity = { less-than = "3 years", at-most = "398 days" }"#,
        "maximum-validity.end-entity",
        "give exactly one of `less-than` and `at-most`",
    ),
    (
        r#"maximum-validity.end-entity = { less-then = "3 years" }"#,
        "maximum-validity.end-entity.less-then",
        "unknown field `less-then`, expected `less-than` or `at-most`",
    ),
    (
        r#"maximum-validity.end-entity = { less-than = "3 months" }"#,
        "maximum-validity.end-entity.less-than",
        r#""3 months" is not a length of time: write a whole number, a space, and `years`, `days` or `s`, such as "398 days" or "300 s""#,
    ),
    (
        "maximum-validity.end-entity = { less-than = 3 }",
        "maximum-validity.end-entity.less-than",
        "invalid type: integer `3`, expected a string",
    ),
    (
        r#"maximum-validity.end-entity = { less-than = "0 days" }"#,
        "maximum-validity.end-entity",
        "a limit of no time at all accepts nobody",
    ),
    (
        "[maximum-validity]",
        "maximum-validity",
        r#"no limit is set: give `end-entity = { less-than = "3 years" }`, or set `off = true`"#,
    ),
    (
        r#"validity-period.warn-below = "30 days""#,
        "validity-period.warn-below",
        r#"invalid type: string "30 days", expected a list"#,
    ),
    (
        r#"validity-period.warn-below = ["30 days", "7"]"#,
        "validity-period.warn-below[1]",
        r#""7" is not a length of time: write a whole number, a space, and `years`, `days` or `s`, such as "398 days" or "300 s""#,
    ),
    (
        "validity-period.warn-below = []",
        "validity-period.warn-below",
        "the list is empty: give at least one value, or leave the key out",
    ),
    (
        "extended-key-usage.only = []",
        "extended-key-usage.only",
        "the list is empty: give at least one value, or leave the key out",
    ),
    (
        r#"extended-key-usage.only = ["clientauth"]"#,
        "extended-key-usage.only[0]",
        r#""clientauth" is neither a purpose that RFC 5280 names, such as "clientAuth", nor an object identifier"#,
    ),
    (
        r#"extended-key-usage.only = "clientAuth""#,
        "extended-key-usage.only",
        r#"invalid type: string "clientAuth", expected a list"#,
    ),
    (
        r#"extended-key-usage.only = ["serverAuth"]"#,
        "extended-key-usage.only",
        "accepts nobody: a client certificate with an extended key usage needs clientAuth",
    ),
    (
        r#"extended-key-usage = { only = ["clientAuth"], contains = ["clientAuth"] }"#,
        "extended-key-usage.contains",
        "excludes `only`: give one of them",
    ),
    (
        r#"extended-key-usage.allow-server-auth-in-place-of-client-auth-until = "2027-06-30""#,
        "extended-key-usage.allow-server-auth-in-place-of-client-auth-until",
        "needs an enforced `subject-identifier`, or an enforced `pin` at the end entity, so that not every web server's certificate passes as a client",
    ),
    (
        "extended-key-usage.allow-server-auth-in-place-of-client-auth-until = true",
        "extended-key-usage.allow-server-auth-in-place-of-client-auth-until",
        "invalid type: boolean `true`, expected a string",
    ),
    (
        "[pin]",
        "pin",
        "there is no pin: give `spki-sha256` or `certificate-sha256`, or set `off = true`",
    ),
    (
        r#"pin.spki-sha256 = ["AAAA"]"#,
        "pin.spki-sha256[0]",
        r#""AAAA" is not a SHA-256 digest: 44 characters of base64, or 64 of hexadecimal, colons or not"#,
    ),
    (
        r#"pin.spki-sha256 = "AAAA""#,
        "pin.spki-sha256",
        r#"invalid type: string "AAAA", expected a list"#,
    ),
    (
        r#"pin.position = "leaf""#,
        "pin.position",
        "unknown value `leaf`, expected one of `end-entity`, `intermediate`, `trust-anchor`, `any`",
    ),
    (
        r#"revocation = "path""#,
        "revocation",
        r#"expected a table, found "path""#,
    ),
    (
        r#"revocation.uknown = "refuse""#,
        "revocation.uknown",
        "unknown field `uknown`, expected one of `check`, `clock-skew`, `max-age`, `sources`, `stale`, `staple`, `trust-anchor`, `unknown`, `unparsable`, `audit`, `off`; did you mean `unknown`?",
    ),
    (
        r#"revocation.crls = ["acme.crl"]"#,
        "revocation.crls",
        "unknown field `crls`, expected one of `check`, `clock-skew`, `max-age`, `sources`, `stale`, `staple`, `trust-anchor`, `unknown`, `unparsable`, `audit`, `off`",
    ),
    (
        r#"revocation.check = "chain""#,
        "revocation.check",
        "unknown value `chain`, expected one of `path`, `end-entity`, `off`",
    ),
    (
        "revocation.check = true",
        "revocation.check",
        "invalid type: boolean `true`, expected a string",
    ),
    (
        r#"revocation.unknown = "allow""#,
        "revocation.unknown",
        "unknown value `allow`, expected `refuse` or `allow-with-warning`",
    ),
    (
        r#"revocation.stale = "ignore""#,
        "revocation.stale",
        "unknown value `ignore`, expected `refuse` or `allow-with-warning`",
    ),
    (
        "revocation.unparsable = false",
        "revocation.unparsable",
        "invalid type: boolean `false`, expected a string",
    ),
    (
        r#"revocation.staple = "must""#,
        "revocation.staple",
        "unknown value `must`, expected one of `use`, `require`, `ignore`",
    ),
    (
        r#"revocation.staple = "require""#,
        "revocation.staple",
        "\"require\" in a policy for clients, which cannot staple (rustls ends the connection of one that tries): leave it out, and hand over CRLs or OCSP responses",
    ),
    (
        r#"revocation.max-age = "a week""#,
        "revocation.max-age",
        r#""a week" is not a length of time: write a whole number, a space, and `years`, `days` or `s`, such as "398 days" or "300 s""#,
    ),
    (
        "revocation.max-age = 7",
        "revocation.max-age",
        "invalid type: integer `7`, expected a string",
    ),
    (
        r#"revocation.max-age = "0 days""#,
        "revocation.max-age",
        "no time at all: every CRL and response is older",
    ),
    (
        r#"revocation.clock-skew = "3601 s""#,
        "revocation.clock-skew",
        "more than an hour: set the clocks right instead",
    ),
    (
        r#"revocation.clock-skew = "1 days""#,
        "revocation.clock-skew",
        "more than an hour: set the clocks right instead",
    ),
    (
        r#"revocation.clock-skew = "4294967295 years""#,
        "revocation.clock-skew",
        "more than an hour: set the clocks right instead",
    ),
    (
        r#"revocation.clock-skew = "18446744073709551615 s""#,
        "revocation.clock-skew",
        "more than an hour: set the clocks right instead",
    ),
    (
        r#"revocation.clock-skew = "5 min""#,
        "revocation.clock-skew",
        r#""5 min" is not a length of time: write a whole number, a space, and `years`, `days` or `s`, such as "398 days" or "300 s""#,
    ),
    (
        r#"revocation.sources = "crl""#,
        "revocation.sources",
        r#"expected a table, found "crl""#,
    ),
    (
        r#"revocation.sources = { trust-anchor = "crl" }"#,
        "revocation.sources.trust-anchor",
        "unknown field `trust-anchor`, expected one of `end-entity`, `intermediate`",
    ),
    (
        r#"revocation.sources = { end-entity = "any" }"#,
        "revocation.sources.end-entity",
        "unknown value `any`, expected one of `crl`, `ocsp`, `either`, `both`",
    ),
    (
        r#"revocation.trust-anchor = "no""#,
        "revocation.trust-anchor",
        "unknown value `no`, expected one of `check`, `when-known`, `ignore`",
    ),
    (
        "[subject-identifier]",
        "subject-identifier",
        "no identifier is given: fill `any-of`, `all-of` or `none-of`, or set `off = true`",
    ),
    (
        "subject-identifier.any-of = []",
        "subject-identifier.any-of",
        "the list is empty: give at least one value, or leave the key out",
    ),
    (
        r#"subject-identifier.any-off = [{ attribute = "CN", exact = "a" }]"#,
        "subject-identifier.any-off",
        "unknown field `any-off`, expected one of `all-of`, `any-of`, `none-of`, `audit`, `off`; did you mean `any-of`?",
    ),
    (
        r#"subject-identifier.any-of = ["CN=a"]"#,
        "subject-identifier.any-of[0]",
        r#"invalid type: string "CN=a", expected an entry, such as { attribute = "CN", exact = "client" }"#,
    ),
    (
        r#"subject-identifier.any-of = [{ attribute = "CN" }]"#,
        "subject-identifier.any-of[0]",
        "give exactly one of `exact`, `one-of`, `namespace`, `uuid` and `glob`",
    ),
    (
        r#"subject-identifier.any-of = [{ exact = "a" }]"#,
        "subject-identifier.any-of[0]",
        "give exactly one of `attribute`, `san` and `subject`",
    ),
    (
        r#"subject-identifier.any-of = [{ attribute = "CN", san = "dns", exact = "a" }]"#,
        "subject-identifier.any-of[0]",
        "give exactly one of `attribute`, `san` and `subject`",
    ),
    (
        r#"subject-identifier.any-of = [{ attribute = "CN", exact = "a", glob = "a/*" }]"#,
        "subject-identifier.any-of[0]",
        "give exactly one of `exact`, `one-of`, `namespace`, `uuid` and `glob`",
    ),
    (
        r#"subject-identifier.any-of = [{ attribute = "CN", exact = "a", exactt = "a/*" }]"#,
        "subject-identifier.any-of[0].exactt",
        "unknown field `exactt`, expected one of `attribute`, `san`, `subject`, `exact`, `one-of`, `namespace`, `uuid`, `glob`, `values`, `under`",
    ),
    (
        r#"subject-identifier.any-of = [{ attribute = "CNN", exact = "a" }]"#,
        "subject-identifier.any-of[0].attribute",
        r#""CNN" is neither a known attribute, such as "CN", nor an object identifier"#,
    ),
    (
        r#"subject-identifier.any-of = [{ san = "URI", exact = "a" }]"#,
        "subject-identifier.any-of[0].san",
        "unknown value `URI`, expected one of `dns`, `ip`, `uri`, `email`, `upn`",
    ),
    (
        r#"subject-identifier.any-of = [{ subject = "client" }]"#,
        "subject-identifier.any-of[0].subject",
        r#""client" is not of the form CN=client (RFC 4514: RDNs separated by commas, special characters escaped by a backslash)"#,
    ),
    (
        r#"subject-identifier.any-of = [{ subject = "CN=a", exact = "a" }]"#,
        "subject-identifier.any-of[0]",
        "`subject` is the whole name: leave out `exact`, `one-of`, `namespace`, `uuid` and `glob`",
    ),
    (
        r#"subject-identifier.any-of = [{ attribute = "CN", exact = 17 }]"#,
        "subject-identifier.any-of[0].exact",
        "invalid type: integer `17`, expected a string",
    ),
    (
        r#"subject-identifier.any-of = [{ attribute = "CN", one-of = [] }]"#,
        "subject-identifier.any-of[0].one-of",
        "the list is empty: give at least one value, or leave the key out",
    ),
    (
        r#"subject-identifier.any-of = [{ attribute = "CN", exact = "a", values = "some" }]"#,
        "subject-identifier.any-of[0].values",
        "unknown value `some`, expected one of `one`, `any`, `all`",
    ),
    (
        r#"subject-identifier.any-of = [{ attribute = "CN", exact = "a", under = "acme" }]"#,
        "subject-identifier.any-of[0].under",
        r#"invalid type: string "acme", expected a list"#,
    ),
    (
        r#"subject-identifier.any-of = [{ attribute = "CN", exact = "a", under = [] }]"#,
        "subject-identifier.any-of[0].under",
        "the list is empty: give at least one value, or leave the key out",
    ),
    (
        r#"subject-identifier.any-of = [{ attribute = "CN", exact = "a" }, { attribute = "CN", uuid = "12" }]"#,
        "subject-identifier.any-of[1]",
        r#""12" is not a UUID of the form 123e4567-e89b-12d3-a456-426614174000"#,
    ),
];

#[test]
fn errors_name_the_setting_and_the_cure() {
    for (toml, field, problem) in REFUSED {
        assert_eq!(
            Policy::from_toml(&format!("role = \"client\"\n{toml}")),
            Err(BuildError::policy(*field, *problem)),
            "{toml}"
        );
    }
}

#[test]
fn the_role_is_required() {
    let cases = [
        (
            "",
            "is missing: say whose certificates are judged, \"server\" or \"client\"",
        ),
        (
            "role = \"peer\"",
            "expected \"server\" or \"client\", found \"peer\"",
        ),
        ("role = 1", "expected \"server\" or \"client\", found 1"),
    ];
    for (toml, problem) in cases {
        assert_eq!(
            Policy::from_toml(toml),
            Err(BuildError::policy("role", problem)),
            "{toml}"
        );
    }
}

#[test]
fn json_says_everything_once() {
    let cases = [
        (
            r#"{"role": "client", "role": "server"}"#,
            "role",
            "the key stands there twice",
        ),
        (
            r#"{"role": "client", "pin": {"off": true, "off": true}}"#,
            "pin.off",
            "the key stands there twice",
        ),
        (
            r#"{"role": "client", "subject-identifier": {"any-of": [{}, {"exact": "a", "exact": "a"}]}}"#,
            "subject-identifier.any-of[1].exact",
            "the key stands there twice",
        ),
        (
            r#"{"role": "client", "pin": null}"#,
            "pin",
            "expected a table, found null",
        ),
        (
            r#"{"role": "client", "path-length": {"max-intermediates": null}}"#,
            "path-length.max-intermediates",
            "null is no value: leave the key out",
        ),
        (
            r#"{"role": "client", "subject-identifier": {"any-of": [{"under": null}]}}"#,
            "subject-identifier.any-of[0].under",
            "null is no value: leave the key out",
        ),
    ];
    for (json, field, problem) in cases {
        assert_eq!(
            Policy::from_json(json),
            Err(BuildError::policy(field, problem)),
            "{json}"
        );
    }
}

#[test]
fn syntax_errors_name_the_place() {
    let toml = [
        (
            "role = \"client\"\nrole = \"client\"",
            2,
            1,
            "duplicate key",
        ),
        ("role = \"client\"\n[pin]\n[pin]", 3, 2, "duplicate key"),
        (
            "role = \"client\"\n\n  [pin",
            3,
            7,
            "unclosed table, expected `]`",
        ),
        (
            "é = \"a\" x",
            1,
            9,
            "unexpected key or value, expected newline, `#`",
        ),
    ];
    for (text, line, column, problem) in toml {
        let problem = problem.to_owned();
        assert_eq!(
            Policy::from_toml(text),
            Err(BuildError::PolicySyntax {
                line,
                column,
                problem
            }),
            "{text}"
        );
    }
    let json = [
        ("", 1, 1, "EOF while parsing a value"),
        (
            "[]",
            1,
            1,
            "expected an object, such as {\"role\": \"client\"}",
        ),
        ("{\n\"role\": client}", 2, 9, "expected value"),
        ("{\"role\": \"client\"} x", 1, 20, "trailing characters"),
    ];
    for (text, line, column, problem) in json {
        let problem = problem.to_owned();
        assert_eq!(
            Policy::from_json(text),
            Err(BuildError::PolicySyntax {
                line,
                column,
                problem
            }),
            "{text}"
        );
    }
}

#[test]
fn nesting_is_bounded() {
    for deep in ["[".repeat(100_000), "{a=".repeat(100_000)] {
        assert!(Policy::from_toml(&format!("role = {deep}")).is_err());
    }
    assert!(Policy::from_toml(&format!("{}a = 1", "a.".repeat(100_000))).is_err());
    assert!(Policy::from_json(&"[".repeat(100_000)).is_err());
}
