//! Every check, by a path in which it is the one thing wrong.

use pki_types::{CertificateDer, ServerName};

use super::checks::{CHECKS, COMMON_NAME_IN_SAN};
use super::*;
use crate::chain::PresentedChain;
use crate::peer::{Evidence, Peer};
use crate::policy::Policy;
use crate::report::{Report, Violation};
use crate::support::extensions::{self, usage};
use crate::support::{
    Authority, CertificateBuilder, KeyKind, Name, TestKey, der, general_name, keys, oids, pem,
};
use crate::trust::TrustAnchors;
use crate::verify::Verifier;

type Change = fn(CertificateBuilder) -> CertificateBuilder;

/// Which certificate of the path is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    EndEntity,
    Issuing,
    Root,
}

const SERVER: &str = "api.acme.example";

fn end_entity() -> CertificateBuilder {
    let key = TestKey::of(KeyKind::P256, 2);
    CertificateBuilder::end_entity(Name::cn(SERVER), key.spki())
        .eku(&[oids::SERVER_AUTH])
        .dns(&[SERVER])
}

/// The path with one certificate changed: the end entity, its issuer, the root.
fn path(at: At, change: Change) -> [Vec<u8>; 3] {
    let only = |place: At| {
        move |builder| {
            if at == place {
                change(builder)
            } else {
                builder
            }
        }
    };
    // Authority key identifiers are what they would be, whether or not the issuer has one for its subject.
    let named = |authority: Authority| Authority {
        key_identifier: Some(extensions::key_identifier(&authority.key.spki())),
        ..authority
    };
    let root = Authority::root_with("Root", TestKey::of(KeyKind::P256, 0), only(At::Root));
    let root = named(root);
    let issuing_key = TestKey::of(KeyKind::P256, 1);
    let issuing = named(root.intermediate_with("Issuing", issuing_key, only(At::Issuing)));
    let end_entity = issuing.issue(only(At::EndEntity)(end_entity()));
    [end_entity, issuing.der, root.der]
}

/// What the rule finds in such a path, with these settings and every other rule off.
fn found(at: At, change: Change, settings: &CertificateProfile, server: &str) -> Vec<Violation> {
    let [end_entity, issuing, root] = path(at, change);
    violations(&[end_entity, issuing], &root, settings, server)
}

fn violations(
    chain: &[Vec<u8>],
    root: &[u8],
    settings: &CertificateProfile,
    server: &str,
) -> Vec<Violation> {
    let violations = report(chain, root, settings, server).violations.into_iter();
    violations
        .filter(|violation| violation.rule == CertificateProfile::ID)
        .collect()
}

fn report(chain: &[Vec<u8>], root: &[u8], settings: &CertificateProfile, server: &str) -> Report {
    let mut policy = Policy::server();
    policy.extended_key_usage.switch_off();
    policy.key_usage.switch_off();
    policy.minimum_key_size.switch_off();
    policy.path_length.switch_off();
    policy.certificate_profile = settings.clone().into();
    let anchors = TrustAnchors::new()
        .with_certificates("", [root.to_vec().into()])
        .unwrap();
    let verifier = Verifier::builder(anchors, policy).build().unwrap();
    let chain: Vec<_> = chain
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let chain = PresentedChain::new(&chain[0], &chain[1..]);
    let name = ServerName::try_from(server.to_owned()).unwrap();
    let now = Time::from_unix_seconds(1_780_315_200);
    let outcome = verifier.verify(&chain, Peer::Server(&name), Evidence::default(), now);
    outcome.map_or_else(|error| error.report().clone(), |path| path.report())
}

fn settings(profile: Profile) -> CertificateProfile {
    CertificateProfile {
        profile,
        common_name_in_san: false,
        trust_anchor: AnchorCheck::Check,
    }
}

fn check_of(violation: &Violation) -> &'static str {
    match violation.required {
        Fact::Profile(requirement) => requirement.check,
        _ => panic!("{violation}"),
    }
}

fn checks(at: At, change: Change, profile: Profile) -> Vec<&'static str> {
    let expected = match at {
        At::EndEntity => [Position::EndEntity; 2],
        At::Issuing => [Position::Intermediate(1), Position::Presented(1)],
        At::Root => [Position::TrustAnchor; 2],
    };
    let found = found(at, change, &settings(profile), SERVER);
    let ids = found.iter().map(|violation| {
        assert!(expected.contains(&violation.position), "{violation}");
        check_of(violation)
    });
    ids.collect()
}

const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
const PRECERTIFICATE: &str = "1.3.6.1.4.1.11129.2.4.4";

fn aki(fields: &[Vec<u8>]) -> Vec<u8> {
    der::sequence(fields)
}

fn aki_key() -> Vec<u8> {
    let key = TestKey::of(KeyKind::P256, 1);
    der::implicit_primitive(0, &extensions::key_identifier(&key.spki()))
}

fn aki_issuer() -> Vec<u8> {
    der::implicit_constructed(1, &general_name::directory(&Name::cn("Root")))
}

fn access(locations: &[Vec<u8>]) -> Vec<u8> {
    der::sequence_of(locations, |location| {
        der::sequence(&[der::oid("1.3.6.1.5.5.7.48.2"), location.clone()])
    })
}

fn subtrees(n: u8, bases: &[Vec<u8>]) -> Vec<u8> {
    let bases: Vec<_> = bases
        .iter()
        .map(|base| der::sequence(std::slice::from_ref(base)))
        .collect();
    der::implicit_constructed(n, &bases.concat())
}

fn permits(builder: CertificateBuilder, value: &[u8]) -> CertificateBuilder {
    builder.replace_extension(oids::NAME_CONSTRAINTS, true, value)
}

fn utc_times(first: &str, last: &str) -> Vec<u8> {
    der::sequence(&[der::utc_time_raw(first), der::utc_time_raw(last)])
}

/// What is changed; the checks that RFC 5280's profile finds broken; those of the Baseline Requirements.
type Case = (At, Change, &'static [&'static str], &'static [&'static str]);

const BOTH_FINE: [&[&str]; 2] = [&[], &[]];

fn cases() -> Vec<Case> {
    use At::{EndEntity, Issuing, Root};

    fn both(at: At, change: Change, check: &'static [&'static str]) -> Case {
        (at, change, check, check)
    }
    fn cabf(at: At, change: Change, check: &'static [&'static str]) -> Case {
        (at, change, &[], check)
    }
    vec![
        both(EndEntity, |it| it, BOTH_FINE[0]),
        // Fields.
        both(
            EndEntity,
            |it| it.serial_bytes(&[0]),
            &["serial-number-positive"],
        ),
        both(
            EndEntity,
            |it| it.serial_bytes(&[0x80, 1]),
            &["serial-number-positive"],
        ),
        both(
            Issuing,
            |it| it.serial_bytes(&[0]),
            &["serial-number-positive"],
        ),
        both(
            Root,
            |it| it.serial_bytes(&[0xff]),
            &["serial-number-positive"],
        ),
        both(Root, |it| it.serial_bytes(&[1]), &[]),
        both(EndEntity, |it| it.serial_bytes(&[0x7f; 20]), &[]),
        cabf(
            EndEntity,
            |it| it.serial_bytes(&[&[0][..], &[0x80; 20]].concat()),
            &["serial-number-below-2-159"],
        ),
        (
            EndEntity,
            |it| it.serial_bytes(&[0x7f; 21]),
            &["serial-number-length"],
            &["serial-number-below-2-159"],
        ),
        (
            Root,
            |it| it.serial_bytes(&[&[0][..], &[0x80; 21]].concat()),
            &["serial-number-length"],
            &["serial-number-below-2-159"],
        ),
        both(
            EndEntity,
            |it| it.raw_validity(utc_times("260101000000Z", "491231235959Z")),
            &[],
        ),
        both(
            Issuing,
            |it| {
                it.raw_validity(der::sequence(&[
                    der::generalized_time_raw("20260101000000Z"),
                    der::utc_time_raw("491231235959Z"),
                ]))
            },
            &["time-encoding"],
        ),
        both(
            Root,
            |it| {
                it.raw_validity(der::sequence(&[
                    der::utc_time_raw("260101000000Z"),
                    der::generalized_time_raw("20491231235959Z"),
                ]))
            },
            &["time-encoding"],
        ),
        both(
            EndEntity,
            |it| {
                it.raw_validity(der::sequence(&[
                    der::utc_time_raw("260101000000Z"),
                    der::generalized_time_raw("20500101000000Z"),
                ]))
            },
            &[],
        ),
        // Extensions of RFC 5280.
        both(
            Root,
            |it| it.extension("1.3.6.1.4.1.99999.1", true, b"\x05\0"),
            &["no-unknown-critical-extension"],
        ),
        both(
            Root,
            |it| it.extension("1.3.6.1.4.1.99999.1", false, b"\x05\0"),
            &[],
        ),
        both(
            Root,
            |it| {
                it.extension(
                    oids::CERTIFICATE_POLICIES,
                    true,
                    &extensions::certificate_policies(&["2.5.29.32.0"]),
                )
            },
            &["no-unknown-critical-extension"],
        ),
        both(
            EndEntity,
            |it| it.no_aki(),
            &["authority-key-identifier-present"],
        ),
        both(
            Issuing,
            |it| it.no_aki(),
            &["authority-key-identifier-present"],
        ),
        both(Root, |it| it.no_aki(), &[]),
        (
            EndEntity,
            |it| {
                it.no_aki()
                    .extension(oids::AUTHORITY_KEY_IDENTIFIER, false, &aki(&[]))
            },
            &["authority-key-identifier-present"],
            &["authority-key-identifier-present"],
        ),
        both(
            EndEntity,
            |it| {
                it.no_aki().extension(
                    oids::AUTHORITY_KEY_IDENTIFIER,
                    false,
                    &aki(&[der::implicit_primitive(0, &[])]),
                )
            },
            &["authority-key-identifier-present", "key-identifiers-match"],
        ),
        both(
            Root,
            |it| {
                it.no_aki()
                    .extension(oids::AUTHORITY_KEY_IDENTIFIER, false, b"\x04\0")
            },
            &["authority-key-identifier-present"],
        ),
        both(
            EndEntity,
            |it| {
                it.no_aki()
                    .extension(oids::AUTHORITY_KEY_IDENTIFIER, true, &aki(&[aki_key()]))
            },
            &["authority-key-identifier-not-critical"],
        ),
        (
            EndEntity,
            |it| {
                it.no_aki().extension(
                    oids::AUTHORITY_KEY_IDENTIFIER,
                    false,
                    &aki(&[aki_key(), aki_issuer()]),
                )
            },
            &["authority-key-identifier-pair"],
            &["authority-key-identifier-key-only"],
        ),
        (
            EndEntity,
            |it| {
                it.no_aki().extension(
                    oids::AUTHORITY_KEY_IDENTIFIER,
                    false,
                    &aki(&[aki_key(), der::implicit_primitive(2, &[7])]),
                )
            },
            &["authority-key-identifier-pair"],
            &["authority-key-identifier-key-only"],
        ),
        cabf(
            EndEntity,
            |it| {
                it.no_aki().extension(
                    oids::AUTHORITY_KEY_IDENTIFIER,
                    false,
                    &aki(&[aki_key(), aki_issuer(), der::implicit_primitive(2, &[7])]),
                )
            },
            &["authority-key-identifier-key-only"],
        ),
        both(
            EndEntity,
            |it| {
                it.no_aki().extension(
                    oids::AUTHORITY_KEY_IDENTIFIER,
                    false,
                    &aki(&[der::implicit_primitive(0, b"another key")]),
                )
            },
            &["key-identifiers-match"],
        ),
        both(
            Issuing,
            |it| {
                it.no_aki().extension(
                    oids::AUTHORITY_KEY_IDENTIFIER,
                    false,
                    &aki(&[der::implicit_primitive(0, b"another key")]),
                )
            },
            &["key-identifiers-match"],
        ),
        both(
            Root,
            |it| {
                it.no_aki().extension(
                    oids::AUTHORITY_KEY_IDENTIFIER,
                    false,
                    &aki(&[der::implicit_primitive(0, b"another key")]),
                )
            },
            &["self-signed-key-identifiers"],
        ),
        both(Root, |it| it.no_ski(), &["subject-key-identifier-present"]),
        both(
            Issuing,
            |it| it.no_ski(),
            &["subject-key-identifier-present"],
        ),
        both(EndEntity, |it| it.no_ski(), &[]),
        both(
            EndEntity,
            |it| {
                it.extension(
                    oids::SUBJECT_KEY_IDENTIFIER,
                    true,
                    &der::octet_string(b"key"),
                )
            },
            &["subject-key-identifier-not-critical"],
        ),
        both(
            EndEntity,
            |it| it.extension(oids::SUBJECT_KEY_IDENTIFIER, false, &der::octet_string(b"")),
            &["subject-key-identifier-syntax"],
        ),
        both(
            EndEntity,
            |it| it.extension(oids::SUBJECT_KEY_IDENTIFIER, false, &der::utf8("key")),
            &["subject-key-identifier-syntax"],
        ),
        both(Root, |it| it.no_key_usage(), &["key-usage-present"]),
        both(Issuing, |it| it.no_key_usage(), &["key-usage-present"]),
        both(EndEntity, |it| it.no_key_usage(), &[]),
        (
            EndEntity,
            |it| it.key_usage_bits(&[]),
            &["key-usage-not-empty"],
            &["key-usage-not-empty", "end-entity-key-usage"],
        ),
        (
            EndEntity,
            |it| it.key_usage_bits(&[9]),
            &["key-usage-not-empty"],
            &["key-usage-not-empty", "end-entity-key-usage"],
        ),
        (
            EndEntity,
            |it| it.key_usage_bits(&[usage::DIGITAL_SIGNATURE, usage::KEY_CERT_SIGN]),
            &["key-cert-sign-with-ca"],
            &["key-cert-sign-with-ca", "end-entity-key-usage"],
        ),
        both(
            EndEntity,
            |it| it.subject(Name::empty()),
            &["subject-alternative-name-without-subject"],
        ),
        both(
            EndEntity,
            |it| {
                it.subject(Name::empty())
                    .criticality(oids::SUBJECT_ALT_NAME, true)
            },
            &[],
        ),
        (
            EndEntity,
            |it| {
                it.subject(Name::empty())
                    .without_extension(oids::SUBJECT_ALT_NAME)
            },
            &["subject-alternative-name-without-subject"],
            &[
                "subject-alternative-name-without-subject",
                "subject-alternative-name-kinds",
            ],
        ),
        both(EndEntity, |it| it.dns(&[SERVER, "*.acme.example"]), &[]),
        both(
            EndEntity,
            |it| it.dns(&[SERVER, "a_b.acme.example"]),
            &["subject-alternative-name-syntax"],
        ),
        both(
            EndEntity,
            |it| it.dns(&[SERVER, ".acme.example"]),
            &["subject-alternative-name-syntax"],
        ),
        both(
            EndEntity,
            |it| it.dns(&[SERVER, "a.*.example"]),
            &["subject-alternative-name-syntax"],
        ),
        both(
            EndEntity,
            |it| {
                it.san(vec![
                    general_name::dns(SERVER),
                    general_name::ip(&[10, 0, 0]),
                ])
            },
            &["subject-alternative-name-syntax"],
        ),
        cabf(
            EndEntity,
            |it| {
                it.san(vec![
                    general_name::dns(SERVER),
                    general_name::email("a@acme.example"),
                    general_name::uri("spiffe://acme.example/a"),
                    general_name::directory(&Name::cn("a")),
                    general_name::ipv4([192, 0, 2, 1]),
                ])
            },
            &["subject-alternative-name-kinds"],
        ),
        (
            EndEntity,
            |it| {
                it.san(vec![
                    general_name::dns(SERVER),
                    general_name::email("acme.example"),
                ])
            },
            &["subject-alternative-name-syntax"],
            &[
                "subject-alternative-name-syntax",
                "subject-alternative-name-kinds",
            ],
        ),
        (
            EndEntity,
            |it| {
                it.san(vec![
                    general_name::dns(SERVER),
                    general_name::uri("acme.example/a"),
                ])
            },
            &["subject-alternative-name-syntax"],
            &[
                "subject-alternative-name-syntax",
                "subject-alternative-name-kinds",
            ],
        ),
        both(
            Issuing,
            |it| it.dns(&["ca_1.acme.example"]),
            &["subject-alternative-name-syntax"],
        ),
        both(
            EndEntity,
            |it| it.extension(oids::SUBJECT_DIRECTORY_ATTRIBUTES, true, b"\x30\0"),
            &["subject-directory-attributes-not-critical"],
        ),
        both(
            Root,
            |it| it.basic_constraints(false, None),
            &["key-cert-sign-with-ca", "basic-constraints-of-ca"],
        ),
        both(
            Root,
            |it| it.without_extension(oids::BASIC_CONSTRAINTS),
            &["key-cert-sign-with-ca", "basic-constraints-of-ca"],
        ),
        both(
            Root,
            |it| it.criticality(oids::BASIC_CONSTRAINTS, false),
            &["basic-constraints-of-ca-critical"],
        ),
        both(
            Issuing,
            |it| it.criticality(oids::BASIC_CONSTRAINTS, false),
            &["basic-constraints-of-ca-critical"],
        ),
        both(Root, |it| it.path_len(1), &[]),
        both(
            Root,
            |it| it.path_len(1).key_usage_bits(&[usage::CRL_SIGN]),
            &["path-length-of-ca"],
        ),
        (
            EndEntity,
            |it| it.basic_constraints(false, Some(0)),
            &["path-length-of-ca"],
            &["path-length-of-ca", "end-entity-basic-constraints"],
        ),
        both(
            EndEntity,
            |it| it.name_constraints(vec![general_name::dns("example")], vec![]),
            &["name-constraints-of-ca"],
        ),
        (
            Root,
            |it| {
                it.name_constraints(vec![general_name::dns("example")], vec![])
                    .criticality(oids::NAME_CONSTRAINTS, false)
            },
            &["name-constraints-critical"],
            &[],
        ),
        both(
            Root,
            |it| it.name_constraints(vec![general_name::dns("example")], vec![]),
            &[],
        ),
        both(
            Root,
            |it| it.name_constraints(vec![general_name::dns(".example")], vec![]),
            &["name-constraints-syntax"],
        ),
        both(
            Root,
            |it| permits(it, &der::sequence(&[])),
            &["name-constraints-syntax"],
        ),
        both(
            Root,
            |it| {
                permits(
                    it,
                    &der::sequence(&[
                        subtrees(0, &[general_name::dns("example")]),
                        subtrees(1, &[]),
                    ]),
                )
            },
            &["name-constraints-syntax"],
        ),
        both(
            Root,
            |it| {
                it.name_constraints(
                    vec![],
                    vec![general_name::ip(&[192, 0, 2, 0, 255, 0, 255, 0])],
                )
            },
            &["name-constraints-syntax"],
        ),
        both(
            Root,
            |it| it.name_constraints(vec![], vec![general_name::email("a@b@c")]),
            &["name-constraints-syntax"],
        ),
        both(
            Root,
            |it| {
                it.name_constraints(
                    vec![],
                    vec![
                        general_name::dns("other.example"),
                        general_name::dns(""),
                        general_name::email("a@example"),
                        general_name::email(".example"),
                        general_name::uri("host.example"),
                        general_name::ip(&[10, 0, 0, 0, 255, 0, 0, 0]),
                    ],
                )
            },
            &[],
        ),
        both(
            EndEntity,
            |it| {
                it.extension(
                    oids::POLICY_CONSTRAINTS,
                    true,
                    &der::sequence(&[der::implicit_primitive(0, &[0])]),
                )
            },
            &["policy-constraints-of-ca"],
        ),
        both(
            Issuing,
            |it| {
                it.extension(
                    oids::POLICY_CONSTRAINTS,
                    false,
                    &der::sequence(&[der::implicit_primitive(0, &[0])]),
                )
            },
            &["policy-constraints-critical"],
        ),
        both(
            Issuing,
            |it| it.extension(oids::POLICY_CONSTRAINTS, true, &der::sequence(&[])),
            &["policy-constraints-not-empty"],
        ),
        both(
            Issuing,
            |it| it.extension(oids::INHIBIT_ANY_POLICY, false, &der::integer_u64(0)),
            &["inhibit-any-policy-critical"],
        ),
        both(
            EndEntity,
            |it| {
                it.extension(
                    oids::FRESHEST_CRL,
                    true,
                    &extensions::crl_distribution_points(&[]),
                )
            },
            &["freshest-crl-not-critical"],
        ),
        both(
            EndEntity,
            |it| {
                it.extension(
                    oids::AUTHORITY_INFO_ACCESS,
                    true,
                    &access(&[general_name::uri("http://a.example/")]),
                )
            },
            &["authority-information-access-not-critical"],
        ),
        both(
            EndEntity,
            |it| it.extension(oids::AUTHORITY_INFO_ACCESS, false, &access(&[])),
            &["authority-information-access-syntax"],
        ),
        both(
            EndEntity,
            |it| it.extension(oids::AUTHORITY_INFO_ACCESS, false, b"malformed"),
            &["authority-information-access-syntax"],
        ),
        both(
            EndEntity,
            |it| {
                it.extension(
                    oids::AUTHORITY_INFO_ACCESS,
                    false,
                    &access(&[general_name::uri("HTTP://a.example/")]),
                )
            },
            &[],
        ),
        cabf(
            EndEntity,
            |it| {
                it.extension(
                    oids::AUTHORITY_INFO_ACCESS,
                    false,
                    &access(&[
                        general_name::uri("http://a.example/"),
                        general_name::uri("ldap://a.example/"),
                    ]),
                )
            },
            &["authority-information-access-http"],
        ),
        cabf(
            EndEntity,
            |it| {
                it.extension(
                    oids::AUTHORITY_INFO_ACCESS,
                    false,
                    &access(&[general_name::uri("http://")]),
                )
            },
            &["authority-information-access-http"],
        ),
        cabf(
            EndEntity,
            |it| {
                let time_stamping = der::oid("1.3.6.1.5.5.7.48.3");
                let location = general_name::uri("http://a.example/");
                let value = der::sequence(&[der::sequence(&[time_stamping, location])]);
                it.extension(oids::AUTHORITY_INFO_ACCESS, false, &value)
            },
            &["authority-information-access-http"],
        ),
        cabf(
            Issuing,
            |it| {
                it.extension(
                    oids::AUTHORITY_INFO_ACCESS,
                    false,
                    &access(&[general_name::directory(&Name::cn("a"))]),
                )
            },
            &["authority-information-access-http"],
        ),
        both(
            Issuing,
            |it| it.extension(oids::SUBJECT_INFO_ACCESS, true, b"\x30\0"),
            &["subject-information-access-not-critical"],
        ),
        // What only the Baseline Requirements ask for.
        cabf(
            EndEntity,
            |it| it.spki(keys::rsa_spki(2047, 65_537)),
            &["key-of-permitted-kind"],
        ),
        cabf(
            EndEntity,
            |it| it.spki(keys::rsa_spki(2052, 65_537)),
            &["key-of-permitted-kind"],
        ),
        cabf(
            EndEntity,
            |it| it.spki(keys::rsa_spki(2048, 65_536)),
            &["key-of-permitted-kind"],
        ),
        cabf(
            EndEntity,
            |it| it.spki(keys::rsa_spki(2048, 1)),
            &["key-of-permitted-kind"],
        ),
        cabf(EndEntity, |it| it.spki(keys::rsa_spki(2048, 3)), &[]),
        cabf(
            EndEntity,
            |it| it.spki(TestKey::of(KeyKind::P384, 0).spki()),
            &[],
        ),
        cabf(
            EndEntity,
            |it| it.spki(TestKey::ed25519(1).spki()),
            &["key-of-permitted-kind"],
        ),
        cabf(
            EndEntity,
            |it| it.spki(keys::secp256k1_spki()),
            &["key-of-permitted-kind"],
        ),
        cabf(EndEntity, |it| it.no_eku(), &["end-entity-purposes"]),
        cabf(
            EndEntity,
            |it| it.eku(&[oids::CLIENT_AUTH]),
            &["end-entity-purposes"],
        ),
        cabf(
            EndEntity,
            |it| it.eku(&[oids::SERVER_AUTH, oids::CLIENT_AUTH, "1.3.6.1.4.1.99999.2"]),
            &[],
        ),
        cabf(
            EndEntity,
            |it| it.eku(&[oids::SERVER_AUTH, oids::ANY_EXTENDED_KEY_USAGE]),
            &["end-entity-purposes"],
        ),
        cabf(
            EndEntity,
            |it| it.eku(&[oids::SERVER_AUTH, oids::CODE_SIGNING]),
            &["end-entity-purposes"],
        ),
        cabf(
            EndEntity,
            |it| it.eku(&[oids::SERVER_AUTH, oids::EMAIL_PROTECTION]),
            &["end-entity-purposes"],
        ),
        cabf(
            EndEntity,
            |it| it.eku(&[oids::SERVER_AUTH, TIME_STAMPING]),
            &["end-entity-purposes"],
        ),
        cabf(
            EndEntity,
            |it| it.eku(&[oids::SERVER_AUTH, oids::OCSP_SIGNING]),
            &["end-entity-purposes"],
        ),
        cabf(
            EndEntity,
            |it| it.eku(&[oids::SERVER_AUTH, PRECERTIFICATE]),
            &["end-entity-purposes"],
        ),
        cabf(Issuing, |it| it.eku(&[oids::SERVER_AUTH]), &[]),
        cabf(
            Issuing,
            |it| it.eku(&[oids::CLIENT_AUTH]),
            &["intermediate-purposes"],
        ),
        cabf(
            Issuing,
            |it| it.eku(&[oids::SERVER_AUTH, oids::ANY_EXTENDED_KEY_USAGE]),
            &["intermediate-purposes"],
        ),
        cabf(
            Root,
            |it| it.eku(&[oids::SERVER_AUTH]),
            &["anchor-without-purposes"],
        ),
        cabf(
            EndEntity,
            |it| it.criticality(oids::EXTENDED_KEY_USAGE, true),
            &["extended-key-usage-not-critical"],
        ),
        cabf(
            Issuing,
            |it| {
                it.eku(&[oids::SERVER_AUTH])
                    .criticality(oids::EXTENDED_KEY_USAGE, true)
            },
            &["extended-key-usage-not-critical"],
        ),
        cabf(
            EndEntity,
            |it| it.key_usage_bits(&[0, 1]),
            &["end-entity-key-usage"],
        ),
        cabf(
            EndEntity,
            |it| it.key_usage_bits(&[0, 6]),
            &["end-entity-key-usage"],
        ),
        cabf(
            EndEntity,
            |it| it.key_usage_bits(&[0, 4, 7]),
            &["end-entity-key-usage"],
        ),
        cabf(
            EndEntity,
            |it| it.key_usage_bits(&[0, 4, 8]),
            &["end-entity-key-usage"],
        ),
        cabf(EndEntity, |it| it.key_usage_bits(&[0, 4]), &[]),
        cabf(
            EndEntity,
            |it| it.key_usage_bits(&[4]),
            &["end-entity-key-usage"],
        ),
        cabf(
            EndEntity,
            |it| it.key_usage_bits(&[0, 2]),
            &["end-entity-key-usage"],
        ),
        cabf(
            EndEntity,
            |it| it.key_usage_bits(&[0, 3]),
            &["end-entity-key-usage"],
        ),
        cabf(
            EndEntity,
            |it| it.spki(keys::rsa_spki(2048, 3)).key_usage_bits(&[0, 2, 3]),
            &[],
        ),
        cabf(
            EndEntity,
            |it| it.spki(keys::rsa_spki(2048, 3)).key_usage_bits(&[2]),
            &[],
        ),
        cabf(
            EndEntity,
            |it| it.spki(keys::rsa_spki(2048, 3)).key_usage_bits(&[0, 4]),
            &["end-entity-key-usage"],
        ),
        cabf(
            EndEntity,
            |it| {
                let spki = keys::rsa_spki(2048, 65_537);
                let (_, contents, _) = der::split(&spki);
                let (_, algorithm, _) = der::split(contents);
                let key = &contents[algorithm.len() + 2..];
                let pss = der::sequence(&[der::oid(oids::RSASSA_PSS)]);
                it.spki(der::sequence(&[pss, key.to_vec()]))
            },
            &["key-of-permitted-kind"],
        ),
        cabf(Issuing, |it| it.key_usage_bits(&[0, 5, 6]), &[]),
        cabf(
            Issuing,
            |it| it.key_usage_bits(&[2, 5, 6]),
            &["ca-key-usage"],
        ),
        cabf(Root, |it| it.key_usage_bits(&[1, 5, 6]), &["ca-key-usage"]),
        cabf(EndEntity, |it| it.basic_constraints(false, None), &[]),
        cabf(
            EndEntity,
            |it| it.basic_constraints(true, None),
            &["end-entity-basic-constraints"],
        ),
        cabf(
            EndEntity,
            |it| {
                it.basic_constraints(false, None)
                    .criticality(oids::BASIC_CONSTRAINTS, false)
            },
            &["end-entity-basic-constraints"],
        ),
        cabf(
            EndEntity,
            |it| it.without_extension(oids::SUBJECT_ALT_NAME),
            &["subject-alternative-name-kinds"],
        ),
        cabf(
            EndEntity,
            |it| it.criticality(oids::SUBJECT_ALT_NAME, true),
            &["subject-alternative-name-not-critical"],
        ),
        cabf(
            EndEntity,
            |it| {
                it.crl_distribution_point_uris(&["http://a.example/"])
                    .criticality(oids::CRL_DISTRIBUTION_POINTS, true)
            },
            &["crl-distribution-points-not-critical"],
        ),
    ]
}

/// For other verifiers to judge: with `CASES_INTO`, which `docs/others.py` sets, the paths are written there.
fn write(n: usize, case: &Case) {
    let Some(folder) = std::env::var_os("CASES_INTO") else {
        return;
    };
    let (at, change, rfc5280, cabf_server) = case;
    let path = path(*at, *change);
    let [end_entity, issuing, root] = path.clone();
    let webpki = report(
        &[end_entity, issuing],
        &root,
        &settings(Profile::None),
        SERVER,
    );
    let pem = path.map(|der| pem::to_pem("CERTIFICATE", &der));
    let case = serde_json::json!({
        "changed": format!("{at:?}"), "rfc5280": rfc5280, "cabf-server": cabf_server, "path": pem,
        "webpki": webpki.accepted,
    });
    let file = std::path::Path::new(&folder).join(format!("{n:03}.json"));
    std::fs::write(file, case.to_string()).unwrap();
}

#[test]
fn each_check_finds_what_it_is_for_and_nothing_else_does() {
    let mut wrong = Vec::new();
    for (n, case) in cases().into_iter().enumerate() {
        write(n, &case);
        let (at, change, rfc5280, cabf_server) = case;
        let mut compare = |profile, expected: &[&'static str]| {
            let found = checks(at, change, profile);
            if found != expected {
                wrong.push((n, at, profile, found, expected.to_vec()));
            }
        };
        compare(Profile::None, &[]);
        compare(Profile::Rfc5280, rfc5280);
        if names::HAS_PUBLIC_SUFFIXES {
            compare(Profile::CabfServer, cabf_server);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Those that the cases above cannot have: here, or in the tests named.
const ELSEWHERE: [&str; 4] = [
    "version-3",
    "issuer-not-empty",
    "ca-subject-not-empty",
    "wildcard-under-public-suffix",
];

#[test]
fn every_check_has_a_case_and_a_name_and_clauses_of_its_own() {
    let cases = cases();
    let mut names = Vec::new();
    for check in CHECKS {
        let requirement = [Profile::Rfc5280, Profile::CabfServer]
            .into_iter()
            .find_map(|profile| check.by(profile))
            .expect("a check that no profile has");
        let name = requirement.check;
        assert!(!names.contains(&name), "{name} stands there twice");
        names.push(name);
        let found = cases
            .iter()
            .any(|(_, _, first, second)| first.contains(&name) || second.contains(&name));
        assert!(found != ELSEWHERE.contains(&name), "{name}");
        assert!(check.by(Profile::None).is_none(), "{name}");
    }
    assert_eq!(names.len(), CHECKS.len());
}

/// The page that compares them with other verifiers has a row for each.
#[test]
fn every_check_stands_in_the_documents() {
    let page = include_str!("../../../docs/what-is-checked.md");
    for check in CHECKS.iter().chain([&KEY_IDENTIFIERS_MATCH]) {
        let by = |profile| check.by(profile).map_or("–", |it| it.clause);
        let requirement = check.by(Profile::Rfc5280).or(check.by(Profile::CabfServer));
        let ProfileRequirement {
            check: name,
            requires,
            ..
        } = requirement.unwrap();
        let row = format!(
            "| `{name}` | {requires} | {} | {} |",
            by(Profile::Rfc5280),
            by(Profile::CabfServer)
        );
        assert!(page.contains(&row), "docs/what-is-checked.md lacks: {row}");
    }
    assert!(page.contains(&format!(
        "`{}` | {}",
        COMMON_NAME_IN_SAN.check, COMMON_NAME_IN_SAN.requires
    )));
}

/// A trust anchor of version 1: without extensions.
#[test]
fn an_anchor_of_version_1_has_nothing_that_a_ca_needs() {
    let found = found(
        At::Root,
        |it| it.version(None),
        &settings(Profile::Rfc5280),
        SERVER,
    );
    assert!(
        found
            .iter()
            .all(|violation| violation.position == Position::TrustAnchor)
    );
    let checks: Vec<_> = found.iter().map(check_of).collect();
    assert_eq!(
        checks,
        [
            "version-3",
            "subject-key-identifier-present",
            "key-usage-present",
            "basic-constraints-of-ca",
        ]
    );
    assert_eq!(
        found[0].presented,
        Fact::ProfileFinding(ProfileFinding::Version(0))
    );
}

#[test]
fn an_issuer_without_a_name_is_refused() {
    let root = Authority::root_with("", TestKey::of(KeyKind::P256, 0), |it| {
        it.subject(Name::empty())
    });
    let end_entity = root.issue(end_entity());
    let found = violations(
        &[end_entity],
        &root.der,
        &settings(Profile::Rfc5280),
        SERVER,
    );
    let found: Vec<_> = found.iter().map(|it| (check_of(it), it.position)).collect();
    assert_eq!(
        found,
        [
            ("issuer-not-empty", Position::EndEntity),
            ("issuer-not-empty", Position::TrustAnchor),
            ("ca-subject-not-empty", Position::TrustAnchor),
        ]
    );
}

/// A CA that another has signed says whose key signed it, also as a trust anchor.
#[test]
fn a_cross_signed_anchor_names_its_issuers_key() {
    let other = Authority::root("Other Root", TestKey::of(KeyKind::P256, 3));
    let root = other.intermediate_with("Root", TestKey::of(KeyKind::P256, 0), |it| {
        it.no_aki().eku(&[oids::SERVER_AUTH])
    });
    let end_entity = root.issue(end_entity());
    for profile in [Profile::Rfc5280, Profile::CabfServer] {
        let settings = settings(profile);
        if settings.profile == Profile::CabfServer && !names::HAS_PUBLIC_SUFFIXES {
            continue;
        }
        let found = violations(
            std::slice::from_ref(&end_entity),
            &root.der,
            &settings,
            SERVER,
        );
        // It is no root CA, so it may have key purposes.
        assert_eq!(
            found.iter().map(check_of).collect::<Vec<_>>(),
            ["authority-key-identifier-present"]
        );
        assert_eq!(found[0].position, Position::TrustAnchor);
        assert_eq!(found[0].presented, Fact::Absent);
    }
}

/// Its anchor is the end entity itself: nobody else's key signed it, and there is no second certificate to judge.
#[test]
fn an_end_entity_that_is_its_own_anchor_is_judged_once() {
    let key = TestKey::of(KeyKind::P256, 2);
    let own = end_entity().no_aki().serial_bytes(&[0]).self_signed(&key);
    let found = violations(
        std::slice::from_ref(&own),
        &own,
        &settings(Profile::Rfc5280),
        SERVER,
    );
    let found: Vec<_> = found.iter().map(|it| (check_of(it), it.position)).collect();
    assert_eq!(found, [("serial-number-positive", Position::EndEntity)]);
}

#[test]
fn the_anchor_is_left_alone_if_so_asked() {
    let mut settings = settings(Profile::Rfc5280);
    settings.trust_anchor = AnchorCheck::Ignore;
    assert_eq!(found(At::Root, |it| it.no_ski(), &settings, SERVER), []);
    // What it issued names its key all the same.
    let another = |it: CertificateBuilder| {
        let aki = aki(&[der::implicit_primitive(0, b"another key")]);
        it.no_aki()
            .extension(oids::AUTHORITY_KEY_IDENTIFIER, false, &aki)
    };
    let found_below = found(At::Issuing, another, &settings, SERVER);
    assert_eq!(
        found_below.iter().map(check_of).collect::<Vec<_>>(),
        ["key-identifiers-match"]
    );
    assert_eq!(
        found(At::Issuing, |it| it.no_ski(), &settings, SERVER).len(),
        1
    );
}

#[cfg(feature = "public-suffix-list")]
#[test]
fn a_wildcard_directly_under_a_public_suffix_is_refused_where_it_matches() {
    let found = |names: &'static [&'static str], server: &str| {
        let key = TestKey::of(KeyKind::P256, 0);
        let root = Authority::root("Root", key);
        let end_entity = root.issue(end_entity().dns(names));
        violations(
            &[end_entity],
            &root.der,
            &settings(Profile::CabfServer),
            server,
        )
    };
    let refused = found(&["other.example", "*.co.uk"], "acme.CO.uk");
    assert_eq!(
        refused.iter().map(check_of).collect::<Vec<_>>(),
        ["wildcard-under-public-suffix"]
    );
    assert_eq!(
        refused[0].presented,
        Fact::Names(vec!["dns:*.co.uk".into()])
    );
    // Another name matches, or does so too; the wildcard stands under a registered name; the name is under another suffix.
    assert_eq!(found(&["*.co.uk", "acme.example"], "acme.example"), []);
    assert_eq!(found(&["*.co.uk", "Acme.co.uk"], "acme.co.uk"), []);
    assert_eq!(found(&["*.acme.co.uk"], "api.acme.co.uk"), []);
    assert_eq!(found(&["*.co.uk", "*.acme.co.uk"], "api.acme.co.uk"), []);
}

#[test]
fn a_common_name_is_one_of_the_alternative_names() {
    let settings = CertificateProfile {
        common_name_in_san: true,
        ..settings(Profile::None)
    };
    let fine: &[Change] = &[
        |it| it,
        |it| it.subject(Name::empty().and(oids::ORGANIZATION, "Acme")),
        |it| {
            it.subject(Name::cn("192.0.2.1")).san(vec![
                general_name::dns(SERVER),
                general_name::ipv4([192, 0, 2, 1]),
            ])
        },
        |it| {
            it.subject(Name::cn("2001:db8::1:0:0:1")).san(vec![
                general_name::dns(SERVER),
                general_name::ip(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]),
            ])
        },
    ];
    for change in fine {
        assert_eq!(found(At::EndEntity, *change, &settings, SERVER), []);
    }
    let bad: &[(Change, &str)] = &[
        (
            |it| it.subject(Name::cn("Api.acme.example")),
            "Api.acme.example",
        ),
        (|it| it.subject(Name::cn("other.example")), "other.example"),
        (
            |it| {
                it.subject(Name::cn("192.0.2.01")).san(vec![
                    general_name::dns(SERVER),
                    general_name::ipv4([192, 0, 2, 1]),
                ])
            },
            "192.0.2.01",
        ),
        (
            |it| {
                it.subject(Name::cn("2001:DB8::1")).san(vec![
                    general_name::dns(SERVER),
                    general_name::ip(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
                ])
            },
            "2001:DB8::1",
        ),
        (
            |it| it.subject(Name::cn(SERVER).and(oids::COMMON_NAME, SERVER)),
            "api.acme.example, api.acme.example",
        ),
        (
            |it| {
                it.subject(Name::cn("mailto"))
                    .san(vec![general_name::dns(SERVER), general_name::uri("mailto")])
            },
            "mailto",
        ),
    ];
    for (change, printed) in bad {
        let found = found(At::EndEntity, *change, &settings, SERVER);
        assert_eq!(found.len(), 1, "{printed}");
        assert_eq!(found[0].required, Fact::Profile(COMMON_NAME_IN_SAN));
        assert_eq!(found[0].presented.to_string(), *printed);
        assert_eq!(found[0].position, Position::EndEntity);
    }
}

#[test]
fn without_the_list_the_profile_that_needs_it_cannot_be_chosen() {
    let mut policy = Policy::server();
    policy.certificate_profile = settings(Profile::CabfServer).into();
    let root = Authority::root("Root", TestKey::of(KeyKind::P256, 0));
    let anchors = TrustAnchors::new()
        .with_certificates("", [root.der.into()])
        .unwrap();
    let built = Verifier::builder(anchors, policy).build();
    if names::HAS_PUBLIC_SUFFIXES {
        assert!(built.is_ok());
    } else {
        let error = built.unwrap_err();
        assert_eq!(
            error,
            BuildError::policy(
                "certificate-profile.profile",
                "\"cabf-server\" needs this crate's feature `public-suffix-list`"
            )
        );
    }
}

#[test]
fn findings_are_said_in_words() {
    let said = |at, change: Change| {
        let found = found(at, change, &settings(Profile::Rfc5280), SERVER);
        assert_eq!(found.len(), 1, "{found:?}");
        format!("{}; {}", found[0], found[0].hint())
    };
    assert_eq!(
        said(At::EndEntity, |it| it.serial_bytes(&[0])),
        "end-entity: certificate-profile requires a positive serial number (serial-number-positive, RFC 5280 section 4.1.2.2), presented: 0; have the certificate issued again with a serial number above zero"
    );
    assert_eq!(
        said(At::Root, |it| it.no_ski()),
        "trust-anchor: certificate-profile requires a subjectKeyIdentifier in the CA's certificate (subject-key-identifier-present, RFC 5280 section 4.2.1.2), presented: none; trust a certificate of this CA that was issued with a subjectKeyIdentifier (`subjectKeyIdentifier = hash`), or set `certificate-profile.trust-anchor` to \"ignore\""
    );
    let presented = [
        (ProfileFinding::Present, "one"),
        (ProfileFinding::Critical, "a critical one"),
        (ProfileFinding::NotCritical, "one that is not critical"),
        (ProfileFinding::Empty, "an empty one"),
        (ProfileFinding::Version(0), "version 1"),
        (ProfileFinding::Serial(Octets::new(&[0])), "0"),
        (
            ProfileFinding::Serial(Octets::new(&[0xff, 1])),
            "the negative number ff01",
        ),
        (
            ProfileFinding::Serial(Octets::new(&[0x7f, 1])),
            "7f01, 2 octets",
        ),
        (
            ProfileFinding::TimeEncoding {
                utc_time: true,
                time: Time::from_unix_seconds(0),
            },
            "1970-01-01T00:00:00Z in UTCTime",
        ),
        (
            ProfileFinding::TimeEncoding {
                utc_time: false,
                time: Time::from_unix_seconds(0),
            },
            "1970-01-01T00:00:00Z in GeneralizedTime",
        ),
        (
            ProfileFinding::UnknownCritical(OidBuf::parse("2.5.29.99").unwrap()),
            "the critical extension 2.5.29.99",
        ),
        (
            ProfileFinding::BasicConstraints(BasicConstraints {
                ca: true,
                path_len: None,
            }),
            "cA",
        ),
        (
            ProfileFinding::BasicConstraints(BasicConstraints {
                ca: false,
                path_len: Some(3),
            }),
            "no cA, a pathLenConstraint of 3",
        ),
        (
            ProfileFinding::AuthorityKeyIdentifier {
                key_identifier: false,
                issuer: true,
                serial: true,
            },
            "one with authorityCertIssuer, authorityCertSerialNumber",
        ),
        (
            ProfileFinding::AuthorityKeyIdentifier {
                key_identifier: false,
                issuer: false,
                serial: false,
            },
            "one without any field",
        ),
        (
            ProfileFinding::KeyIdentifiers {
                authority: Octets::new(&[1]),
                issuer: Octets::new(&[0xab]),
            },
            "01, the issuer's is ab",
        ),
    ];
    for (finding, words) in presented {
        assert_eq!(finding.to_string(), words);
    }
    // What is kept of a value is bounded.
    let (all, more) = (Octets::new(&[1; 64]), Octets::new(&[1; 65]));
    assert_eq!((all.first.len(), all.length), (64, 64));
    assert_eq!((more.first.len(), more.length), (64, 65));
    assert_eq!(all.to_string(), "01".repeat(64));
    assert_eq!(more.to_string(), format!("{all}…"));
}
