//! Peers that break the policy: every rule once, what our side finds and which alert the other side gets.

use std::collections::BTreeSet;

use rustls_policy_verifier::rustls::{self, CertificateError};
use rustls_policy_verifier::{
    Crl, ExtendedKeyUsage, IdentifierEntry, KeyPurpose, Matcher, Pin, Pins, Policy, Position,
    Profile, Role, RuleId, SignatureHash, Span, TrustAnchors, ValidityLimit, Verifier,
    VerifierBuilder, refusal_in,
};

use super::ours::{Meeting, answer_a_line, answer_a_request, meet_client, meet_server, say_a_line};
use super::their_files::TheirFiles;
use super::world::{good, long_lived, peer, pki};
use super::{curl, openssl};
use crate::kit::{
    Own, Pki, VERSIONS, Version, client_config, judge_of_clients, judge_of_servers, provider,
    server_config,
};
use crate::support::extensions::usage;
use crate::support::{
    Authority, CertificateBuilder, CrlBuilder, KeyKind, TestKey, der, oids, serial_of,
};

/// One way to break a rule.
struct Case {
    rule: &'static str,
    how: &'static str,
    /// What a peer in this role presents, and by what it is judged.
    situation: fn(Role) -> Situation,
    /// Everything that is found.
    found: &'static [(&'static str, Position)],
    /// With specific alerts: rustls's error and its alert. `None`: as without.
    specific: Option<(CertificateError, u8)>,
    roles: &'static [Role],
}

struct Situation {
    own: Own,
    policy: Policy,
    anchor: Vec<u8>,
    crls: Vec<Crl>,
}

impl Situation {
    /// One that breaks nothing, but for what `change` does to the end entity's certificate.
    fn with(role: Role, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Self {
        Self::under(role, &pki(KeyKind::P256), change)
    }

    fn under(
        role: Role,
        pki: &Pki,
        change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    ) -> Self {
        Self {
            own: peer(pki, role, change),
            policy: Policy::for_role(role),
            anchor: pki.root.der.clone(),
            crls: Vec::new(),
        }
    }

    /// One whose revocation is judged by CRLs: the root's, which lists nobody, and what `crl` makes of the issuing CA's and
    /// the end entity's serial number.
    fn with_crls(role: Role, crl: impl FnOnce(CrlBuilder, &[u8]) -> CrlBuilder) -> Self {
        let pki = pki(KeyKind::P256);
        let mut situation = Self::under(role, &pki, |it| it);
        situation.policy.revocation.enforce();
        let issuing = crl(CrlBuilder::new(), &serial_of(&situation.own.chain[0]));
        let crls = [pki.root.crl(CrlBuilder::new()), pki.issuing.crl(issuing)];
        situation.crls = crls.map(|der| Crl::from_der(der).unwrap()).into();
        situation
    }

    fn asking(role: Role, change: impl FnOnce(&mut Policy)) -> Self {
        let mut situation = Self::with(role, |it| it);
        change(&mut situation.policy);
        situation
    }

    fn verifier(&self) -> VerifierBuilder {
        let anchors = TrustAnchors::new().with_pem("acme", &self.anchor).unwrap();
        let verifier = Verifier::builder_with_provider(anchors, self.policy.clone(), &provider());
        verifier.crls(self.crls.iter().cloned())
    }
}

const BOTH: &[Role] = &[Role::Server, Role::Client];

/// certificate_unknown: the alert of every refusal that rustls has no error for.
const CERTIFICATE_UNKNOWN: u8 = 46;

fn cases() -> Vec<Case> {
    use CertificateError::{
        ApplicationVerificationFailure, BadEncoding, BadSignature, Expired, ExpiredRevocationList,
        InvalidPurpose, NotValidForName, NotValidYet, Revoked, UnknownIssuer,
        UnknownRevocationStatus,
    };
    vec![
        Case {
            rule: "chain",
            how: "an issuer that is not trusted",
            situation: |role| Situation {
                anchor: Authority::root_with("Other", TestKey::ed25519(9), long_lived).der,
                ..Situation::with(role, |it| it)
            },
            found: &[("chain", Position::Path)],
            specific: Some((UnknownIssuer, 48)),
            roles: BOTH,
        },
        Case {
            rule: "chain",
            how: "a signature that is wrong",
            situation: |role| Situation::with(role, CertificateBuilder::tamper_signature),
            found: &[("chain", Position::Path)],
            specific: Some((BadSignature, 51)),
            roles: BOTH,
        },
        Case {
            rule: "chain",
            how: "a certificate that has expired",
            situation: |role| {
                let (from, until) = (
                    der::unix(2020, 1, 1, 0, 0, 0),
                    der::unix(2026, 1, 1, 0, 0, 0),
                );
                Situation::with(role, |it| it.validity(from, until))
            },
            found: &[
                ("chain", Position::Path),
                ("validity-period", Position::EndEntity),
            ],
            specific: Some((Expired, 45)),
            roles: BOTH,
        },
        Case {
            rule: "chain",
            how: "a certificate of the future",
            situation: |role| {
                let (from, until) = (
                    der::unix(2030, 1, 1, 0, 0, 0),
                    der::unix(2031, 1, 1, 0, 0, 0),
                );
                Situation::with(role, |it| it.validity(from, until))
            },
            found: &[
                ("chain", Position::Path),
                ("validity-period", Position::EndEntity),
            ],
            specific: Some((NotValidYet, 45)),
            roles: BOTH,
        },
        Case {
            rule: "input",
            how: "a certificate with unique identifiers",
            situation: |role| Situation::with(role, CertificateBuilder::unique_ids),
            found: &[("input", Position::EndEntity)],
            specific: Some((BadEncoding, 42)),
            roles: BOTH,
        },
        Case {
            rule: "input",
            how: "more certificates than take part in a search",
            situation: |role| {
                let pki = pki(KeyKind::P256);
                let mut situation = Situation::under(role, &pki, |it| it);
                let copies = 1..=16;
                situation.own.chain.extend(copies.map(|counter| {
                    let change = |it| long_lived(it).serial(counter);
                    pki.root.cross_sign_with(&pki.issuing, change).into()
                }));
                situation
            },
            found: &[("input", Position::Path)],
            specific: None,
            roles: BOTH,
        },
        Case {
            rule: "extended-key-usage",
            how: "a purpose too many",
            situation: |role| {
                let both = [oids::SERVER_AUTH, oids::CLIENT_AUTH];
                let mut situation = Situation::with(role, |it| it.eku(&both));
                let only = ExtendedKeyUsage::only([KeyPurpose::of_role(role)]);
                situation.policy.extended_key_usage = only.into();
                situation
            },
            found: &[("extended-key-usage", Position::EndEntity)],
            specific: Some((InvalidPurpose, 43)),
            roles: BOTH,
        },
        Case {
            rule: "subject-identifier",
            how: "somebody else",
            situation: |role| {
                let named = IdentifierEntry::common_name(Matcher::Exact("somebody else".into()));
                Situation::asking(role, |it| it.subject_identifier.any_of = vec![named])
            },
            found: &[("subject-identifier", Position::EndEntity)],
            specific: Some((ApplicationVerificationFailure, 49)),
            roles: BOTH,
        },
        Case {
            rule: "minimum-key-size",
            how: "an RSA key that is too short",
            situation: |role| {
                let mut situation = Situation::under(role, &pki(KeyKind::Rsa2048), |it| it);
                situation.policy.minimum_key_size.end_entity.rsa_bits = 3072;
                situation
            },
            found: &[("minimum-key-size", Position::EndEntity)],
            specific: None,
            roles: BOTH,
        },
        Case {
            rule: "signature-algorithm",
            how: "a hash that is too weak",
            situation: |role| {
                let sha384 = SignatureHash::Sha384;
                Situation::asking(role, |it| it.signature_algorithm.minimum_hash = sha384)
            },
            found: &[
                ("signature-algorithm", Position::EndEntity),
                ("signature-algorithm", Position::Intermediate(1)),
            ],
            specific: None,
            roles: BOTH,
        },
        Case {
            rule: "maximum-validity",
            how: "a certificate for eighty years",
            situation: |role| {
                let limit = Some(ValidityLimit::AtMost(Span::Days(398)));
                Situation::asking(role, |it| it.maximum_validity.end_entity = limit)
            },
            found: &[("maximum-validity", Position::EndEntity)],
            specific: None,
            roles: BOTH,
        },
        Case {
            rule: "validity-period",
            how: "an anchor that has expired",
            situation: |role| {
                let (from, until) = (
                    der::unix(2020, 1, 1, 0, 0, 0),
                    der::unix(2026, 1, 1, 0, 0, 0),
                );
                let key = TestKey::of(KeyKind::P256, 0);
                let root = Authority::root_with("Root", key, |it| it.validity(from, until));
                Situation {
                    anchor: root.der,
                    ..Situation::with(role, |it| it)
                }
            },
            found: &[("validity-period", Position::TrustAnchor)],
            specific: Some((Expired, 45)),
            roles: BOTH,
        },
        Case {
            rule: "key-usage",
            how: "an issuing CA that may not sign certificates",
            situation: |role| {
                let Pki { root, issuing } = pki(KeyKind::P256);
                let issuing = root.intermediate_with("Issuing CA", issuing.key, |it| {
                    long_lived(it).key_usage_bits(&[usage::CRL_SIGN])
                });
                Situation::under(role, &Pki { root, issuing }, |it| it)
            },
            found: &[("key-usage", Position::Intermediate(1))],
            specific: Some((InvalidPurpose, 43)),
            roles: BOTH,
        },
        Case {
            rule: "path-length",
            how: "an intermediate too many",
            situation: |role| {
                Situation::asking(role, |it| it.path_length.max_intermediates = Some(0))
            },
            found: &[("path-length", Position::Path)],
            specific: None,
            roles: BOTH,
        },
        Case {
            rule: "pin",
            how: "a key that is not pinned",
            situation: |role| {
                let pins = Pins::new([Pin::SpkiSha256([1; 32]), Pin::SpkiSha256([2; 32])]);
                Situation::asking(role, |it| it.pin = pins.into())
            },
            found: &[("pin", Position::Path)],
            specific: Some((ApplicationVerificationFailure, 49)),
            roles: BOTH,
        },
        Case {
            rule: "certificate-profile",
            how: "a serial number of zero",
            situation: |role| {
                let mut situation = Situation::with(role, |it| it.serial_bytes(&[0]));
                situation.policy.certificate_profile.enforce().profile = Profile::Rfc5280;
                situation
            },
            found: &[("certificate-profile", Position::EndEntity)],
            specific: None,
            roles: BOTH,
        },
        Case {
            rule: "revocation",
            how: "a certificate on its issuer's CRL",
            situation: |role| Situation::with_crls(role, |it, serial| it.revoke(serial)),
            found: &[("revocation", Position::EndEntity)],
            specific: Some((Revoked, 44)),
            roles: BOTH,
        },
        Case {
            rule: "revocation",
            how: "a CRL whose next is due",
            situation: |role| {
                let yesterday = der::unix(2026, 5, 31, 0, 0, 0);
                Situation::with_crls(role, |it, _| it.next_update(yesterday))
            },
            found: &[("revocation", Position::EndEntity)],
            specific: Some((ExpiredRevocationList, 48)),
            roles: BOTH,
        },
        Case {
            rule: "revocation",
            how: "no CRL of the issuer",
            situation: |role| {
                let mut situation = Situation::with_crls(role, |it, _| it);
                situation.crls.truncate(1);
                situation
            },
            found: &[("revocation", Position::EndEntity)],
            specific: Some((UnknownRevocationStatus, 48)),
            roles: BOTH,
        },
        Case {
            rule: "server-name",
            how: "another server's name",
            situation: |role| Situation::with(role, |it| it.dns(&["other.acme.example"])),
            found: &[("server-name", Position::EndEntity)],
            specific: Some((NotValidForName, 42)),
            roles: &[Role::Server],
        },
    ]
}

#[test]
fn every_rule_is_broken_once() {
    let broken: BTreeSet<String> = cases().iter().map(|case| case.rule.to_owned()).collect();
    let ids = Policy::rules().into_iter().map(|(id, _)| id);
    let ids = ids.chain([RuleId::CHAIN, RuleId::INPUT]);
    let ids: BTreeSet<String> = ids.map(|id| id.to_string()).collect();
    assert_eq!(broken, ids);
    for case in cases() {
        assert!(
            case.found.iter().any(|(rule, _)| *rule == case.rule),
            "{}",
            case.how
        );
    }
}

/// Lets peers in `role` break every rule, in both versions and with both kinds of alerts. `meet` gives what happened
/// and the alert that the other side got.
fn break_every_rule(role: Role, meet: impl Fn(Version, &Situation, bool) -> (Meeting, Option<u8>)) {
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| case.roles.contains(&role)) {
        let situation = (case.situation)(role);
        for version in VERSIONS {
            for specific in [false, true] {
                let (meeting, alert) = meet(version, &situation, specific);
                let expected = case.specific.as_ref().filter(|_| specific);
                let (right, expected) = match expected {
                    None => {
                        let right = found(&meeting).as_deref() == Some(case.found);
                        (right && alert == Some(CERTIFICATE_UNKNOWN), "the refusal")
                    }
                    Some((error, number)) => {
                        let error = rustls::Error::InvalidCertificate(error.clone());
                        let right = meeting.error() == Some(&error);
                        (right && alert == Some(*number), "the specific alert")
                    }
                };
                if !right {
                    wrong.push(format!(
                        "{}: {}, {:?}, specific alerts: {specific}\nexpected {expected}; found {:?}, alert {alert:?}\n{meeting}",
                        case.rule, case.how, version.version, found(&meeting)
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The rules that our refusal names, and where.
fn found(meeting: &Meeting) -> Option<Vec<(&'static str, Position)>> {
    let violations = refusal_in(meeting.error()?)?.violations().iter();
    Some(
        violations
            .map(|it| (it.rule.as_str(), it.position))
            .collect(),
    )
}

#[test]
fn openssl_as_server_gets_the_alert() {
    break_every_rule(Role::Server, |version, situation, specific| {
        let judge = judge_of_servers(situation.verifier());
        let judge = if specific {
            judge.prefer_specific_alerts()
        } else {
            judge
        };
        let config = client_config(&[version], judge, None);
        let files = TheirFiles::new(Some(&situation.own), &situation.anchor);
        let tool = openssl::server(version, &files, &[]);
        let meeting = meet_server(&config, tool, say_a_line);
        let alert = openssl::alert(&meeting.theirs);
        (meeting, alert)
    });
}

#[test]
fn openssl_as_client_gets_the_alert() {
    break_every_rule(Role::Client, |version, situation, specific| {
        let (config, files) = server_and_client(version, situation, specific);
        let start = |port| {
            let mut tool = openssl::client(version, port, &files, &[]);
            // Nobody waits for the other if it is accepted after all.
            tool.type_line("drawer");
            tool
        };
        let meeting = meet_client(&config, start, answer_a_line);
        let alert = openssl::alert(&meeting.theirs);
        (meeting, alert)
    });
}

#[test]
fn curl_gets_the_alert() {
    break_every_rule(Role::Client, |version, situation, specific| {
        let (config, files) = server_and_client(version, situation, specific);
        let start = |port| curl::client(version, port, &files);
        let meeting = meet_client(&config, start, answer_a_request);
        let alert = curl::alert(&meeting.theirs);
        (meeting, alert)
    });
}

/// Our server, whose own certificate the client has no reason to refuse, and the client's files.
fn server_and_client(
    version: Version,
    situation: &Situation,
    specific: bool,
) -> (std::sync::Arc<rustls::ServerConfig>, TheirFiles) {
    let pki = pki(KeyKind::P256);
    let judge = judge_of_clients(situation.verifier());
    let judge = if specific {
        judge.prefer_specific_alerts()
    } else {
        judge
    };
    let config = server_config(&[version], judge, good(&pki, Role::Server));
    (config, TheirFiles::new(Some(&situation.own), &pki.root.der))
}
