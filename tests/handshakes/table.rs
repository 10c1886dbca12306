//! Every rule in real handshakes: each direction, each version of TLS, kept and broken, with both kinds of alerts.

use std::collections::BTreeSet;

use rustls::{AlertDescription, CertificateError};
use rustls_policy_verifier::{
    Crl, Date, ExtendedKeyUsage, IdentifierEntry, KeyPurpose, Matcher, Mode, OcspResponse, Pin,
    Pins, Policy, Position, Profile, RevocationCheck, Role, Setting, SignatureFamily, Span,
    StatusSource, SubjectIdentifier, TrustAnchors, ValidityLimit, Verifier, VerifierBuilder,
    rustls,
};

use crate::kit::{
    ALERTS, Alerts, HOST, NOW, Own, Pki, ROLES, Refusal, VERSIONS, provider, try_peer,
};
use crate::support::extensions::usage;
use crate::support::{
    Authority, CertificateBuilder, CrlBuilder, KeyKind, Name, OcspBuilder, SingleBuilder, TestKey,
    crl, der, keys, oids, serial_of,
};

/// One way to break a rule.
pub(crate) struct Row {
    pub(crate) rule: &'static str,
    pub(crate) what: &'static str,
    /// What the starting point lacks to have the rule ask for it.
    pub(crate) policy: fn(&mut Policy, &Cast),
    pub(crate) keeps: fn(&Cast) -> Own,
    pub(crate) breaks: fn(&Cast) -> Own,
    pub(crate) violations: &'static [(&'static str, Position)],
    pub(crate) specific: Option<(CertificateError, AlertDescription)>,
}

/// Who issues, for peers of one role.
pub(crate) struct Cast {
    role: Role,
    pub(crate) pki: Pki,
    /// A CA with a P-256 key, below the same root.
    p256: Authority,
    /// A CA below the issuing CA.
    below: Authority,
    /// Trust anchors that have expired, and that are not valid yet.
    expired_root: Authority,
    future_root: Authority,
    /// Not a trust anchor.
    pub(crate) stranger: Authority,
    /// CAs below the root: one that is revoked, one whose CRL is not renewed, and one in whose name the stranger signs a
    /// CRL.
    revoked: Authority,
    late: Authority,
    impersonated: Authority,
}

/// Serial numbers of peers below the issuing CA: one is on its CRL, and of the others it has said something by OCSP, once.
pub(crate) const REVOKED_BY_CRL: &[u8] = &[0x61];
const GOOD: &[u8] = &[0x62];
pub(crate) const REVOKED_BY_RESPONSE: &[u8] = &[0x63];
const UNKNOWN_TO_RESPONDER: &[u8] = &[0x64];
const LONG_AGO: &[u8] = &[0x65];
const BADLY_SIGNED: &[u8] = &[0x66];

impl Cast {
    pub(crate) fn new(role: Role) -> Self {
        let pki = Pki::new();
        let root_between = |name, seed, from, to| {
            let years = (der::unix(from, 1, 1, 0, 0, 0), der::unix(to, 1, 1, 0, 0, 0));
            Authority::root_with(name, TestKey::ed25519(seed), |it| {
                it.validity(years.0, years.1)
            })
        };
        Self {
            role,
            p256: pki
                .root
                .intermediate("P-256 CA", TestKey::of(KeyKind::P256, 0)),
            below: pki.issuing.intermediate("Lower CA", TestKey::ed25519(3)),
            expired_root: root_between("Expired Root", 10, 2016, 2026),
            future_root: root_between("Future Root", 11, 2027, 2037),
            stranger: Authority::root("Stranger", TestKey::ed25519(12)),
            revoked: pki.root.intermediate("Revoked CA", TestKey::ed25519(13)),
            late: pki.root.intermediate("Late CA", TestKey::ed25519(14)),
            impersonated: pki
                .root
                .intermediate("Impersonated CA", TestKey::ed25519(15)),
            pki,
        }
    }

    pub(crate) fn verifier(&self, row: &Row) -> VerifierBuilder {
        let mut policy = Policy::for_role(self.role);
        (row.policy)(&mut policy, self);
        self.verifier_for(policy)
    }

    pub(crate) fn verifier_for(&self, policy: Policy) -> VerifierBuilder {
        let roots = [&self.pki.root, &self.expired_root, &self.future_root];
        let anchors = roots.iter().fold(TrustAnchors::new(), |anchors, root| {
            anchors.with_pem("acme", &root.der).unwrap()
        });
        let judges_revocation = policy.revocation.mode != Mode::Off;
        let builder = Verifier::builder_with_provider(anchors, policy, &provider());
        if judges_revocation {
            builder.crls(self.crls()).ocsp_responses(self.responses())
        } else {
            builder
        }
    }

    /// What is handed over where a row has revocation judged.
    fn crls(&self) -> Vec<Crl> {
        let revoked = serial_of(&self.revoked.der);
        let ended = i64::try_from(NOW).unwrap();
        let in_its_name = CrlBuilder::new().issuer(self.impersonated.name.clone());
        let crls = [
            self.pki.root.crl(CrlBuilder::new().revoke(&revoked)),
            self.pki
                .issuing
                .crl(CrlBuilder::new().revoke(REVOKED_BY_CRL)),
            self.revoked.crl(CrlBuilder::new()),
            self.late.crl(CrlBuilder::new().next_update(ended)),
            self.stranger.crl(in_its_name),
        ];
        crls.map(|der| Crl::from_der(der).unwrap()).into()
    }

    fn responses(&self) -> Vec<OcspResponse> {
        let about = |serial| SingleBuilder::good(&self.pki.issuing, serial);
        let saying = |single| OcspBuilder::new().single(single);
        let ended = i64::try_from(NOW).unwrap();
        let responses = [
            saying(about(GOOD)),
            saying(about(REVOKED_BY_RESPONSE).revoked(crl::REVOKED_AT, None)),
            saying(about(UNKNOWN_TO_RESPONDER).unknown()),
            saying(about(LONG_AGO).next_update(ended)),
            saying(about(BADLY_SIGNED)).tamper_signature(),
        ];
        let signed = responses.map(|it| self.pki.issuing.ocsp(it));
        signed
            .map(|der| OcspResponse::from_der(der).unwrap())
            .into()
    }

    fn purpose(&self) -> &'static str {
        match self.role {
            Role::Server => oids::SERVER_AUTH,
            Role::Client => oids::CLIENT_AUTH,
        }
    }

    fn other_purpose(&self) -> &'static str {
        match self.role {
            Role::Server => oids::CLIENT_AUTH,
            Role::Client => oids::SERVER_AUTH,
        }
    }

    pub(crate) fn good(&self) -> Own {
        self.own(|it| it)
    }

    /// A good peer's chain, but for `change`.
    pub(crate) fn own(&self, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Own {
        self.below(&[&self.pki.issuing], &TestKey::ed25519(5), change)
    }

    /// A good peer's chain with this serial number.
    pub(crate) fn numbered(&self, serial: &[u8]) -> Own {
        self.own(|it| it.serial_bytes(serial))
    }

    /// A good peer's chain below this CA.
    fn issued_by(&self, ca: &Authority) -> Own {
        self.below(&[ca], &TestKey::ed25519(5), |it| it)
    }

    /// A good peer's chain with this key.
    fn with_key(&self, kind: KeyKind) -> Own {
        self.below(&[&self.pki.issuing], &TestKey::of(kind, 0), |it| it)
    }

    /// A chain below `issuers`, the nearest first; the certificates of all of them are sent.
    pub(crate) fn below(
        &self,
        issuers: &[&Authority],
        key: &TestKey,
        change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    ) -> Own {
        let builder = CertificateBuilder::end_entity(Name::cn("peer"), key.spki())
            .eku(&[self.purpose()])
            .dns(&[HOST]);
        let end_entity = issuers[0].issue(change(builder));
        let issuers = issuers.iter().map(|it| it.der.clone());
        Own::new(key, [end_entity].into_iter().chain(issuers))
    }

    /// A chain below a CA with an extension that nobody knows.
    fn below_extended(&self, critical: bool) -> Own {
        let extended = |it: CertificateBuilder| it.extension(oids::EXAMPLE_ARC, critical, b"");
        let ca = self
            .pki
            .root
            .intermediate_with("Extended CA", TestKey::ed25519(4), extended);
        self.below(&[&ca], &TestKey::ed25519(5), |it| it)
    }

    /// A chain below a root, whose own certificate is not sent.
    fn below_root(&self, root: &Authority) -> Own {
        let mut own = self.below(&[root], &TestKey::ed25519(5), |it| it);
        own.chain.truncate(1);
        own
    }
}

pub(crate) fn starting_point(_policy: &mut Policy, _cast: &Cast) {}

pub(crate) fn judge_revocation(policy: &mut Policy, _cast: &Cast) {
    policy.revocation.enforce();
}

/// The end entity's status must be known by an OCSP response.
pub(crate) fn judge_responses(policy: &mut Policy, _cast: &Cast) {
    policy.revocation.enforce().sources.end_entity = StatusSource::Ocsp;
}

const UNFIT: Option<(CertificateError, AlertDescription)> = Some((
    CertificateError::InvalidPurpose,
    AlertDescription::UnsupportedCertificate,
));

const DENIED: Option<(CertificateError, AlertDescription)> = Some((
    CertificateError::ApplicationVerificationFailure,
    AlertDescription::AccessDenied,
));

const EXPIRED: Option<(CertificateError, AlertDescription)> = Some((
    CertificateError::Expired,
    AlertDescription::CertificateExpired,
));

const NOT_YET: Option<(CertificateError, AlertDescription)> = Some((
    CertificateError::NotValidYet,
    AlertDescription::CertificateExpired,
));

pub(crate) const REVOKED: Option<(CertificateError, AlertDescription)> = Some((
    CertificateError::Revoked,
    AlertDescription::CertificateRevoked,
));

pub(crate) const UNKNOWN_STATUS: Option<(CertificateError, AlertDescription)> = Some((
    CertificateError::UnknownRevocationStatus,
    AlertDescription::UnknownCA,
));

const EXPIRED_CRL: Option<(CertificateError, AlertDescription)> = Some((
    CertificateError::ExpiredRevocationList,
    AlertDescription::UnknownCA,
));

pub(crate) const BAD_RESPONSE: Option<(CertificateError, AlertDescription)> = Some((
    CertificateError::InvalidOcspResponse,
    AlertDescription::BadCertificateStatusResponse,
));

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row {
            rule: "extended-key-usage",
            what: "a second purpose where one only is agreed",
            policy: |policy, cast| {
                let purpose = KeyPurpose::of_role(cast.role);
                policy.extended_key_usage = ExtendedKeyUsage::only([purpose]).into();
            },
            keeps: Cast::good,
            breaks: |cast| cast.own(|it| it.eku(&[cast.purpose(), cast.other_purpose()])),
            violations: &[("extended-key-usage", Position::EndEntity)],
            specific: UNFIT,
        },
        Row {
            rule: "extended-key-usage",
            what: "no purpose",
            policy: starting_point,
            keeps: Cast::good,
            breaks: |cast| cast.own(CertificateBuilder::no_eku),
            violations: &[("extended-key-usage", Position::EndEntity)],
            specific: UNFIT,
        },
        Row {
            rule: "subject-identifier",
            what: "another common name",
            policy: |policy, _| {
                let entry = IdentifierEntry::common_name(Matcher::exact("peer")).under("acme");
                policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
            },
            keeps: Cast::good,
            breaks: |cast| cast.own(|it| it.subject(Name::cn("peer-2"))),
            violations: &[("subject-identifier", Position::EndEntity)],
            specific: DENIED,
        },
        Row {
            rule: "minimum-key-size",
            what: "RSA of 2048 bits where 3072 are agreed",
            policy: |policy, _| policy.minimum_key_size.end_entity.rsa_bits = 3072,
            keeps: |cast| cast.with_key(KeyKind::Rsa3072),
            breaks: |cast| cast.with_key(KeyKind::Rsa2048),
            violations: &[("minimum-key-size", Position::EndEntity)],
            specific: None,
        },
        Row {
            rule: "signature-algorithm",
            what: "issued with ECDSA where Ed25519 is agreed",
            policy: |policy, _| {
                policy.signature_algorithm.permitted = Some(vec![SignatureFamily::Ed25519]);
            },
            keeps: Cast::good,
            breaks: |cast| cast.below(&[&cast.p256], &TestKey::ed25519(5), |it| it),
            violations: &[("signature-algorithm", Position::EndEntity)],
            specific: None,
        },
        Row {
            rule: "maximum-validity",
            what: "valid for three years where less is agreed",
            policy: |policy, _| {
                policy.maximum_validity.end_entity = Some(ValidityLimit::LessThan(Span::Years(3)));
            },
            keeps: |cast| cast.own(|it| it.validity(START, START + THREE_YEARS - 2)),
            breaks: |cast| cast.own(|it| it.validity(START, START + THREE_YEARS - 1)),
            violations: &[("maximum-validity", Position::EndEntity)],
            specific: None,
        },
        Row {
            rule: "validity-period",
            what: "the trust anchor has expired",
            policy: starting_point,
            keeps: |cast| cast.below_root(&cast.pki.root),
            breaks: |cast| cast.below_root(&cast.expired_root),
            violations: &[("validity-period", Position::TrustAnchor)],
            specific: EXPIRED,
        },
        Row {
            rule: "validity-period",
            what: "the trust anchor is not valid yet",
            policy: starting_point,
            keeps: |cast| cast.below_root(&cast.pki.root),
            breaks: |cast| cast.below_root(&cast.future_root),
            violations: &[("validity-period", Position::TrustAnchor)],
            specific: NOT_YET,
        },
        Row {
            rule: "validity-period",
            what: "the end entity has expired",
            policy: starting_point,
            keeps: Cast::good,
            breaks: |cast| cast.own(|it| it.validity(START, START + 1)),
            violations: &[
                ("chain", Position::Path),
                ("validity-period", Position::EndEntity),
            ],
            specific: EXPIRED,
        },
        Row {
            rule: "key-usage",
            what: "an end entity that may sign certificates",
            policy: starting_point,
            keeps: Cast::good,
            breaks: |cast| {
                let bits = [usage::DIGITAL_SIGNATURE, usage::KEY_CERT_SIGN];
                cast.own(|it| it.key_usage_bits(&bits))
            },
            violations: &[("key-usage", Position::EndEntity)],
            specific: UNFIT,
        },
        Row {
            rule: "key-usage",
            what: "a CA that may not sign certificates",
            policy: starting_point,
            keeps: Cast::good,
            breaks: |cast| {
                let only_crls = |it: CertificateBuilder| it.key_usage_bits(&[usage::CRL_SIGN]);
                let root = &cast.pki.root;
                let ca = root.intermediate_with("CRL CA", TestKey::ed25519(4), only_crls);
                cast.below(&[&ca], &TestKey::ed25519(5), |it| it)
            },
            violations: &[("key-usage", Position::Intermediate(1))],
            specific: UNFIT,
        },
        Row {
            rule: "path-length",
            what: "two intermediates where one is agreed",
            policy: |policy, _| policy.path_length.max_intermediates = Some(1),
            keeps: Cast::good,
            breaks: |cast| {
                let issuers = [&cast.below, &cast.pki.issuing];
                cast.below(&issuers, &TestKey::ed25519(5), |it| it)
            },
            violations: &[("path-length", Position::Path)],
            specific: None,
        },
        Row {
            rule: "pin",
            what: "not through the pinned CA",
            policy: |policy, cast| {
                let digest = keys::sha256(&cast.pki.issuing.key.spki());
                let pin = Pin::SpkiSha256(digest.try_into().unwrap());
                policy.pin = Setting::enforced(Pins::new([pin]));
            },
            keeps: Cast::good,
            breaks: |cast| cast.below(&[&cast.p256], &TestKey::ed25519(5), |it| it),
            violations: &[("pin", Position::Path)],
            specific: DENIED,
        },
        Row {
            rule: "certificate-profile",
            what: "a serial number of zero",
            policy: |policy, _| policy.certificate_profile.enforce().profile = Profile::Rfc5280,
            keeps: Cast::good,
            breaks: |cast| cast.own(|it| it.serial_bytes(&[0])),
            violations: &[("certificate-profile", Position::EndEntity)],
            specific: None,
        },
        Row {
            rule: "revocation",
            what: "an end entity on its issuer's CRL",
            policy: judge_revocation,
            keeps: Cast::good,
            breaks: |cast| cast.numbered(REVOKED_BY_CRL),
            violations: &[("revocation", Position::EndEntity)],
            specific: REVOKED,
        },
        Row {
            rule: "revocation",
            what: "an intermediate on its issuer's CRL",
            policy: judge_revocation,
            keeps: Cast::good,
            breaks: |cast| cast.issued_by(&cast.revoked),
            violations: &[("revocation", Position::Intermediate(1))],
            specific: REVOKED,
        },
        Row {
            rule: "revocation",
            what: "a revoked intermediate, where the end entity's status alone must be known",
            policy: |policy, _| policy.revocation.enforce().check = RevocationCheck::EndEntity,
            keeps: Cast::good,
            breaks: |cast| cast.issued_by(&cast.revoked),
            violations: &[("revocation", Position::Intermediate(1))],
            specific: REVOKED,
        },
        Row {
            rule: "revocation",
            what: "a revoked end entity, while the rule is audited",
            policy: |policy, _| {
                policy.revocation.audit(Date::new(2026, 6, 30).unwrap());
            },
            keeps: |cast| cast.issued_by(&cast.late),
            breaks: |cast| cast.numbered(REVOKED_BY_CRL),
            violations: &[("revocation", Position::EndEntity)],
            specific: REVOKED,
        },
        Row {
            rule: "revocation",
            what: "no CRL of the issuer",
            policy: judge_revocation,
            keeps: Cast::good,
            breaks: |cast| cast.issued_by(&cast.p256),
            violations: &[("revocation", Position::EndEntity)],
            specific: UNKNOWN_STATUS,
        },
        Row {
            rule: "revocation",
            what: "a CRL whose next is due",
            policy: judge_revocation,
            keeps: Cast::good,
            breaks: |cast| cast.issued_by(&cast.late),
            violations: &[("revocation", Position::EndEntity)],
            specific: EXPIRED_CRL,
        },
        Row {
            rule: "revocation",
            what: "a CRL in the issuer's name that somebody else has signed",
            policy: judge_revocation,
            keeps: Cast::good,
            breaks: |cast| cast.issued_by(&cast.impersonated),
            violations: &[("revocation", Position::EndEntity)],
            specific: UNKNOWN_STATUS,
        },
        Row {
            rule: "revocation",
            what: "revoked by an OCSP response",
            policy: judge_responses,
            keeps: |cast| cast.numbered(GOOD),
            breaks: |cast| cast.numbered(REVOKED_BY_RESPONSE),
            violations: &[("revocation", Position::EndEntity)],
            specific: REVOKED,
        },
        Row {
            rule: "revocation",
            what: "revoked by an OCSP response, where a CRL must make the status known",
            policy: |policy, _| {
                policy.revocation.enforce().sources.end_entity = StatusSource::Crl;
            },
            keeps: |cast| cast.numbered(GOOD),
            breaks: |cast| cast.numbered(REVOKED_BY_RESPONSE),
            violations: &[("revocation", Position::EndEntity)],
            specific: REVOKED,
        },
        Row {
            rule: "revocation",
            what: "unknown to the responder",
            policy: judge_responses,
            keeps: |cast| cast.numbered(GOOD),
            breaks: |cast| cast.numbered(UNKNOWN_TO_RESPONDER),
            violations: &[("revocation", Position::EndEntity)],
            specific: UNKNOWN_STATUS,
        },
        Row {
            rule: "revocation",
            what: "an OCSP response whose next is due",
            policy: judge_responses,
            keeps: |cast| cast.numbered(GOOD),
            breaks: |cast| cast.numbered(LONG_AGO),
            violations: &[("revocation", Position::EndEntity)],
            specific: BAD_RESPONSE,
        },
        Row {
            rule: "revocation",
            what: "an OCSP response with a signature that is wrong",
            policy: judge_responses,
            keeps: |cast| cast.numbered(GOOD),
            breaks: |cast| cast.numbered(BADLY_SIGNED),
            violations: &[("revocation", Position::EndEntity)],
            specific: UNKNOWN_STATUS,
        },
        Row {
            rule: SERVER_NAME,
            what: "for another server",
            policy: starting_point,
            keeps: Cast::good,
            breaks: |cast| cast.own(|it| it.dns(&["other.acme.example"])),
            violations: &[(SERVER_NAME, Position::EndEntity)],
            specific: Some((
                CertificateError::NotValidForName,
                AlertDescription::BadCertificate,
            )),
        },
        Row {
            rule: "input",
            what: "an end entity in BER",
            policy: starting_point,
            keeps: Cast::good,
            breaks: |cast| cast.own(|it| it.trailing_tbs(&der::null())),
            violations: &[("input", Position::EndEntity)],
            specific: Some((
                CertificateError::BadEncoding,
                AlertDescription::BadCertificate,
            )),
        },
        Row {
            rule: "input",
            what: "more than 100 certificates",
            policy: starting_point,
            keeps: |cast| with_copies_to(100, cast.good()),
            breaks: |cast| with_copies_to(101, cast.good()),
            violations: &[("input", Position::Path)],
            specific: None,
        },
        Row {
            rule: "chain",
            what: "an unknown issuer",
            policy: starting_point,
            keeps: Cast::good,
            breaks: |cast| cast.below_root(&cast.stranger),
            violations: &[("chain", Position::Path)],
            specific: Some((CertificateError::UnknownIssuer, AlertDescription::UnknownCA)),
        },
        Row {
            rule: "chain",
            what: "a signature that is not the issuer's",
            policy: starting_point,
            keeps: Cast::good,
            breaks: |cast| cast.own(CertificateBuilder::tamper_signature),
            violations: &[("chain", Position::Path)],
            specific: Some((
                CertificateError::BadSignature,
                AlertDescription::DecryptError,
            )),
        },
        Row {
            rule: "chain",
            what: "an intermediate with an unknown extension that is critical",
            policy: starting_point,
            keeps: |cast| cast.below_extended(false),
            breaks: |cast| cast.below_extended(true),
            violations: &[("chain", Position::Path)],
            specific: Some((
                CertificateError::UnhandledCriticalExtension,
                AlertDescription::BadCertificate,
            )),
        },
        Row {
            rule: "chain",
            what: "an intermediate without the purpose",
            policy: starting_point,
            keeps: Cast::good,
            breaks: |cast| {
                let other = |it: CertificateBuilder| it.eku(&[cast.other_purpose()]);
                let ca = cast
                    .pki
                    .root
                    .intermediate_with("Other CA", TestKey::ed25519(4), other);
                cast.below(&[&ca], &TestKey::ed25519(5), |it| it)
            },
            violations: &[
                ("chain", Position::Path),
                ("extended-key-usage", Position::Presented(1)),
            ],
            specific: UNFIT,
        },
    ]
}

/// The one rule that judges servers only.
const SERVER_NAME: &str = "server-name";

/// 2025-01-01T00:00:00Z.
const START: i64 = der::unix(2025, 1, 1, 0, 0, 0);

/// From there to 2028-01-01T00:00:00Z.
const THREE_YEARS: i64 = der::unix(2028, 1, 1, 0, 0, 0) - START;

/// Copies of the last certificate at the end, until there are so many.
fn with_copies_to(count: usize, mut own: Own) -> Own {
    let last = own.chain.last().unwrap().clone();
    own.chain.resize(count, last);
    own
}

#[test]
fn every_rule_accepts_what_keeps_it_and_refuses_what_breaks_it() {
    for role in ROLES {
        let cast = Cast::new(role);
        for row in rows() {
            row.try_both(&cast);
        }
    }
}

impl Row {
    /// What keeps the rule is accepted and what breaks it is refused, in each version and with both kinds of alerts.
    pub(crate) fn try_both(&self, cast: &Cast) {
        let role = cast.role;
        let keeps = (self.keeps)(cast);
        let breaks = (self.breaks)(cast);
        let expected = Refusal {
            violations: self.violations.to_vec(),
            specific: self.specific.clone(),
        };
        for version in VERSIONS {
            for alerts in ALERTS {
                let try_chain =
                    |own: &Own| try_peer(role, version, alerts, cast.verifier(self), own, HOST);
                let what = format!(
                    "{role}, {:?}, {alerts:?} alerts, {}, {}",
                    version.version, self.rule, self.what
                );
                try_chain(&keeps).assert_accepted(&format!("{what}, kept"));
                let broken = try_chain(&breaks);
                if self.rule == SERVER_NAME && role == Role::Client {
                    // A client has no name to be judged by.
                    broken.assert_accepted(&what);
                } else {
                    broken.assert_refused(alerts, &expected, &what);
                }
            }
        }
    }
}

/// A rule without a row, and a row that does not end at its rule, show here.
#[test]
fn every_rule_has_a_row() {
    let mut rules: BTreeSet<&str> = Policy::rules().iter().map(|(id, _)| id.as_str()).collect();
    rules.extend(["chain", "input"]);
    let rows = rows();
    assert_eq!(
        rows.iter().map(|row| row.rule).collect::<BTreeSet<_>>(),
        rules
    );
    for row in rows {
        let found = row.violations.iter().any(|(rule, _)| *rule == row.rule);
        assert!(found, "{}: {}", row.rule, row.what);
    }
}

/// Peers' and CAs' keys of all kinds that TLS has in use, in any combination.
#[test]
fn keys_of_every_kind_connect() {
    let kinds = [
        KeyKind::Rsa2048,
        KeyKind::Rsa3072,
        KeyKind::P256,
        KeyKind::P384,
        KeyKind::Ed25519,
    ];
    for role in ROLES {
        let purpose = match role {
            Role::Server => oids::SERVER_AUTH,
            Role::Client => oids::CLIENT_AUTH,
        };
        for of_cas in kinds {
            let pki = Pki::with_keys(TestKey::of(of_cas, 0), TestKey::of(of_cas, 1));
            for of_peer in kinds {
                let own = pki.own(&TestKey::of(of_peer, 2), &[purpose], |it| it);
                for version in VERSIONS {
                    let verifier = pki.verifier(Policy::for_role(role));
                    let trial = try_peer(role, version, Alerts::Default, verifier, &own, HOST);
                    let version = version.version;
                    trial.assert_accepted(&format!(
                        "{role}, {version:?}, {of_peer:?} below {of_cas:?}"
                    ));
                    let presented = trial.judging.unwrap().peer.unwrap();
                    assert_eq!(presented, own.chain);
                }
            }
        }
    }
}
