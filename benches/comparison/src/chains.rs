//! The kinds of chains that are measured, the chains, and the policies they are judged by: one table for everything.

use rustls_policy_verifier::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls_policy_verifier::{
    ExtendedKeyUsage, IdentifierEntry, KeyPurpose, Matcher, Pin, Pins, Policy, Role, Span,
    SubjectIdentifier, Time, TrustAnchors, ValidityLimit,
};

use crate::support::{
    Authority, CertificateBuilder, KeyKind, Name, TestKey, extensions::usage, oids,
};

/// 2026-06-01T00:00:00Z, when everything here is judged.
pub const NOW: Time = Time::from_unix_seconds(1_780_272_000);

/// The server's name.
pub const HOST: &str = "api.acme.example";

const UUID: &str = "123e4567-e89b-12d3-a456-426614174000";

/// The keys of a chain.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    pub name: &'static str,
    anchor: KeyKind,
    intermediates: KeyKind,
    end_entity: KeyKind,
}

impl Keys {
    const fn all(name: &'static str, kind: KeyKind) -> Self {
        Self::new(name, kind, kind, kind)
    }

    const fn new(
        name: &'static str,
        anchor: KeyKind,
        intermediates: KeyKind,
        end_entity: KeyKind,
    ) -> Self {
        Self {
            name,
            anchor,
            intermediates,
            end_entity,
        }
    }
}

pub const RSA_2048: Keys = Keys::all("rsa-2048", KeyKind::Rsa2048);
pub const RSA_3072: Keys = Keys::all("rsa-3072", KeyKind::Rsa3072);
pub const RSA_4096: Keys = Keys::all("rsa-4096", KeyKind::Rsa4096);
pub const P256: Keys = Keys::all("p256", KeyKind::P256);
pub const P384_CAS: Keys = Keys::new("p384-cas", KeyKind::P384, KeyKind::P384, KeyKind::P256);
pub const P384_ANCHOR: Keys = Keys::new("p384-anchor", KeyKind::P384, KeyKind::P256, KeyKind::P256);
pub const ED25519: Keys = Keys::all("ed25519", KeyKind::Ed25519);

pub const ALL_KEYS: [Keys; 7] = [
    RSA_2048,
    RSA_3072,
    RSA_4096,
    P256,
    P384_CAS,
    P384_ANCHOR,
    ED25519,
];

/// What else there is for a search to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    Nothing,
    /// So many anchors that have nothing to do with the chain.
    OtherAnchors(usize),
    /// The CA's certificate twice: the first may not sign certificates by its key usage, which webpki does not look at
    /// and a rule does, so that a second path is searched for.
    RefusedPath,
}

/// A kind of chain.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub keys: Keys,
    pub intermediates: usize,
    pub around: Around,
}

impl Kind {
    /// With one intermediate, and nothing else.
    pub const fn of(keys: Keys) -> Self {
        Self {
            keys,
            intermediates: 1,
            around: Around::Nothing,
        }
    }

    pub const fn intermediates(self, intermediates: usize) -> Self {
        Self {
            intermediates,
            ..self
        }
    }

    pub const fn around(self, around: Around) -> Self {
        Self { around, ..self }
    }

    pub fn name(&self) -> String {
        let mut name = self.keys.name.to_owned();
        if self.intermediates != 1 {
            name += &format!("-{}-intermediates", self.intermediates);
        }
        match self.around {
            Around::Nothing => {}
            Around::OtherAnchors(others) => name += &format!("-{others}-other-anchors"),
            Around::RefusedPath => name += "-cross-signed",
        }
        name
    }

    /// Everything that is measured.
    pub fn table() -> Vec<Self> {
        let short = ALL_KEYS.map(Self::of);
        let long = short.map(|kind| kind.intermediates(3));
        let around = [Around::OtherAnchors(150), Around::RefusedPath]
            .map(|around| Self::of(P256).around(around));
        [&short[..], &long, &around].concat()
    }
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The end entity has the other role's purpose.
    WrongPurpose,
    /// Nobody trusts its root.
    UnknownCa,
    /// A bit of the end entity's signature is wrong.
    TamperedSignature,
    /// An octet is missing at the end of the end entity.
    Undecodable,
}

impl Fault {
    pub const ALL: [Self; 4] = [
        Self::WrongPurpose,
        Self::UnknownCa,
        Self::TamperedSignature,
        Self::Undecodable,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::WrongPurpose => "wrong-purpose",
            Self::UnknownCa => "unknown-ca",
            Self::TamperedSignature => "tampered-signature",
            Self::Undecodable => "undecodable",
        }
    }
}

/// A chain as a peer presents it, and the anchors it is judged with.
#[derive(Debug)]
pub struct Chain {
    pub end_entity: CertificateDer<'static>,
    pub others: Vec<CertificateDer<'static>>,
    /// The anchor first, then those that have nothing to do with it.
    pub roots: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
}

impl Chain {
    pub fn new(kind: &Kind, role: Role) -> Self {
        Self::with_fault(kind, role, Fault::None)
    }

    pub fn with_fault(kind: &Kind, role: Role, fault: Fault) -> Self {
        let root = acme_root(kind);
        let top = match fault {
            Fault::UnknownCa => Authority::root("Unknown Root CA", key(kind.keys.anchor, 1)),
            _ => root.clone(),
        };
        let path = intermediates(kind, top);
        let issuer = path.last().expect("a path has a root");
        let mut builder = end_entity(kind, role, 0);
        builder = match fault {
            Fault::WrongPurpose => builder.eku(&[purpose(other(role))]),
            Fault::TamperedSignature => builder.tamper_signature(),
            _ => builder,
        };
        let mut end_entity = issuer.issue(builder);
        if fault == Fault::Undecodable {
            end_entity.pop();
        }
        let mut others: Vec<_> = path[1..].iter().rev().map(|ca| ca.der.clone()).collect();
        let mut roots = vec![root.der];
        match kind.around {
            Around::Nothing => {}
            Around::OtherAnchors(most) => roots.extend((0..most).map(|n| {
                let key = TestKey::ed25519(1000 + n as u64);
                Authority::root(&format!("Other Root CA {n}"), key).der
            })),
            Around::RefusedPath => {
                let ca = CertificateBuilder::ca(issuer.name.clone(), &issuer.key);
                let no_signer = path[path.len() - 2].issue(ca.key_usage_bits(&[usage::CRL_SIGN]));
                others.insert(0, no_signer);
            }
        }
        Self {
            end_entity: end_entity.into(),
            others: others.into_iter().map(CertificateDer::from).collect(),
            roots: roots.into_iter().map(CertificateDer::from).collect(),
            key: PrivatePkcs8KeyDer::from(key(kind.keys.end_entity, 0).pkcs8_der()).into(),
        }
    }

    /// Chains of so many different peers of one CA, with the anchors of the first.
    pub fn peers(kind: &Kind, role: Role, count: u64) -> Vec<Self> {
        let path = intermediates(kind, acme_root(kind));
        let issuer = path.last().expect("a path has a root");
        let others: Vec<_> = path[1..].iter().rev().map(|ca| ca.der.clone()).collect();
        (0..count)
            .map(|serial| Self {
                end_entity: issuer.issue(end_entity(kind, role, serial)).into(),
                others: others.iter().cloned().map(CertificateDer::from).collect(),
                roots: vec![path[0].der.clone().into()],
                key: PrivatePkcs8KeyDer::from(key(kind.keys.end_entity, 0).pkcs8_der()).into(),
            })
            .collect()
    }

    pub fn anchors(&self) -> TrustAnchors {
        let (acme, others) = self.roots.split_first().expect("there is a root");
        let anchors = TrustAnchors::new()
            .with_certificates("acme", [acme.clone()])
            .expect("our root is an anchor");
        if others.is_empty() {
            return anchors;
        }
        anchors
            .with_certificates("others", others.iter().cloned())
            .expect("other roots are anchors")
    }
}

/// Each authority has a key of its own where there are several of its kind.
fn key(kind: KeyKind, n: usize) -> TestKey {
    TestKey::of(kind, n % 2)
}

/// The root of a chain, and the CAs below it.
pub fn authorities(kind: &Kind) -> Vec<Authority> {
    intermediates(kind, acme_root(kind))
}

fn acme_root(kind: &Kind) -> Authority {
    Authority::root("Acme Root CA", key(kind.keys.anchor, 0))
}

/// The root and the CAs below it.
fn intermediates(kind: &Kind, root: Authority) -> Vec<Authority> {
    let mut path = vec![root];
    for n in 1..=kind.intermediates {
        let parent = &path[n - 1];
        let name = format!("Acme Issuing CA {n}");
        path.push(parent.intermediate(&name, key(kind.keys.intermediates, n)));
    }
    path
}

fn end_entity(kind: &Kind, role: Role, serial: u64) -> CertificateBuilder {
    let name = Name::cn(UUID).and(oids::ORGANIZATION, "Acme");
    CertificateBuilder::end_entity(name, key(kind.keys.end_entity, 0).spki())
        .serial(serial)
        .eku(&[purpose(role)])
        .dns(&[HOST])
}

fn purpose(role: Role) -> &'static str {
    match role {
        Role::Server => oids::SERVER_AUTH,
        Role::Client => oids::CLIENT_AUTH,
    }
}

fn other(role: Role) -> Role {
    match role {
        Role::Server => Role::Client,
        Role::Client => Role::Server,
    }
}

/// What certificates are judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Every rule that can be is off: what is left is the search.
    Off,
    StartingPoint,
    /// Every rule that a partner's page asks for, with a pin.
    Partner,
}

impl Rules {
    pub fn policy(self, role: Role, root: &[u8]) -> Policy {
        let policy = match role {
            Role::Server => Policy::server(),
            Role::Client => Policy::client(),
        };
        match self {
            Self::Off => without_rules(policy),
            Self::StartingPoint => policy,
            Self::Partner => partner(policy, role, root),
        }
    }
}

fn partner(mut policy: Policy, role: Role, root: &[u8]) -> Policy {
    let purpose = match role {
        Role::Server => KeyPurpose::server_auth(),
        Role::Client => KeyPurpose::client_auth(),
    };
    policy.extended_key_usage = ExtendedKeyUsage::only([purpose]).into();
    let uuid = Matcher::Uuid(UUID.into());
    policy.subject_identifier =
        SubjectIdentifier::any_of([IdentifierEntry::common_name(uuid).under("acme")]).into();
    policy.maximum_validity.enforce().end_entity = Some(ValidityLimit::LessThan(Span::Years(3)));
    policy.validity_period.warn_below = vec![Span::Days(7)];
    policy.path_length.max_intermediates = Some(3);
    let digest = ring::digest::digest(&ring::digest::SHA256, root);
    let digest = digest.as_ref().try_into().expect("SHA-256 has 32 octets");
    policy.pin = Pins::new([Pin::CertificateSha256(digest), Pin::SpkiSha256([0; 32])]).into();
    policy
}

fn without_rules(mut policy: Policy) -> Policy {
    policy.extended_key_usage.switch_off();
    policy.subject_identifier.switch_off();
    policy.minimum_key_size.switch_off();
    policy.signature_algorithm.switch_off();
    policy.maximum_validity.switch_off();
    policy.validity_period.switch_off();
    policy.key_usage.switch_off();
    policy.path_length.switch_off();
    policy.pin.switch_off();
    policy.revocation.switch_off();
    policy.certificate_profile.switch_off();
    policy
}
