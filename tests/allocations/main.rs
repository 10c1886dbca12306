//! Heap allocations of an accepted verification, through the adapters that rustls calls: none where signatures are found in
//! the cache, whatever the chain. A binary of its own, for counting replaces the allocator.

// To panic is how a test fails.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod memory;
#[path = "../it/support/mod.rs"]
mod support;

use std::sync::Arc;

use pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls_policy_verifier::{
    AttributeType, Certificate, Crl, ExtendedKeyUsage, IdentifierEntry, KeyPurpose, Matcher, Mode,
    OcspResponse, Pin, Pins, Policy, PolicyClientCertVerifier, PolicyServerCertVerifier, Profile,
    Role, SanKind, Span, StatusSource, SubjectIdentifier, Time, TrustAnchors, ValidityLimit,
    Values, Verifier, pki_types, protect_sessions, rustls,
};
use support::{
    Authority, CertificateBuilder, CrlBuilder, KeyKind, Name, OcspBuilder, SingleBuilder, TestKey,
    general_name, keys, oids, serial_of,
};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);
const HOST: &str = "api.acme.example";
const SPIFFE: &str = "spiffe://acme.example/payments/node-7";
const UUID: &str = "123e4567-e89b-12d3-a456-426614174000";

/// A chain in the order in which it is presented, and what is trusted.
struct Chain {
    certificates: Vec<CertificateDer<'static>>,
    root: Vec<u8>,
    /// From the trust anchor to the one that issued the end entity.
    authorities: Vec<Authority>,
    /// Under other labels.
    others: Vec<Vec<u8>>,
}

impl Chain {
    /// Keys of these kinds, from the trust anchor down to the end entity.
    fn of(kinds: &[KeyKind]) -> Self {
        let (root, below) = kinds.split_first().unwrap();
        let (end_entity, intermediates) = below.split_last().unwrap();
        let root = Authority::root("Acme Root CA", TestKey::of(*root, 0));
        let mut authorities = vec![root];
        for (n, kind) in (1..).zip(intermediates) {
            let parent = authorities.last().unwrap();
            let name = format!("Acme Issuing CA {n}");
            authorities.push(parent.intermediate(&name, TestKey::of(*kind, n % 2)));
        }
        let key = TestKey::of(*end_entity, 1);
        let end_entity = authorities.last().unwrap().issue(certificate(&key));
        let certificates = authorities[1..].iter().rev().map(|ca| ca.der.clone());
        Self {
            certificates: std::iter::once(end_entity)
                .chain(certificates)
                .map(CertificateDer::from)
                .collect(),
            root: authorities[0].der.clone(),
            authorities,
            others: Vec::new(),
        }
    }

    /// Two roots of which one is trusted, each certified by the other, and an issuing CA certified by both: six
    /// certificates, of which two lead to the anchor.
    fn cross_signed() -> Self {
        let root = Authority::root("Acme Root CA", TestKey::ed25519(1));
        let old = Authority::root("Acme Old Root CA", TestKey::ed25519(2));
        let issuing = root.intermediate("Acme Issuing CA", TestKey::ed25519(3));
        let end_entity = issuing.issue(certificate(&TestKey::ed25519(5)));
        let pool = [
            end_entity,
            old.cross_sign(&issuing),
            root.cross_sign(&old),
            old.cross_sign(&root),
            issuing.der.clone(),
            old.der.clone(),
            root.der.clone(),
        ];
        Self {
            certificates: pool.map(CertificateDer::from).to_vec(),
            root: root.der.clone(),
            authorities: vec![root, old, issuing],
            others: Vec::new(),
        }
    }

    fn with_other_anchors(mut self, count: u64) -> Self {
        self.others = (0..count)
            .map(|n| Authority::root(&format!("Other CA {n}"), TestKey::ed25519(1000 + n)).der)
            .collect();
        self
    }

    fn verifier(&self, policy: Policy, cached: bool, statuses: &Statuses) -> Arc<Verifier> {
        let mut anchors = TrustAnchors::new().with_pem("acme", &self.root).unwrap();
        for other in &self.others {
            anchors = anchors.with_pem("others", other).unwrap();
        }
        let mut builder = Verifier::builder(anchors, policy)
            .crls(statuses.crls.iter().cloned())
            .ocsp_responses(statuses.responses.iter().cloned());
        if !cached {
            builder = builder.without_signature_cache();
        }
        Arc::new(builder.build().unwrap())
    }
}

/// An end entity for both roles, with every kind of name that policies compare.
fn certificate(key: &TestKey) -> CertificateBuilder {
    let name = Name::cn(UUID).and(oids::ORGANIZATION, "Acme");
    CertificateBuilder::end_entity(name, key.spki()).san(vec![
        general_name::dns("other.acme.example"),
        general_name::dns(HOST),
        general_name::uri(SPIFFE),
        general_name::email("ops@acme.example"),
        general_name::ip(&[192, 0, 2, 1]),
    ])
}

/// What revocation is judged by.
#[derive(Default)]
struct Statuses {
    crls: Vec<Crl>,
    responses: Vec<OcspResponse>,
    /// Empty where none is stapled.
    staple: Vec<u8>,
}

impl Statuses {
    /// A CRL of each authority.
    fn crls(chain: &Chain) -> Self {
        let crl = |authority: &Authority| {
            let entries = (1..100u8).fold(CrlBuilder::new(), |crl, n| crl.revoke(&[n]));
            Crl::from_der(authority.crl(entries)).unwrap()
        };
        Self {
            crls: chain.authorities.iter().map(crl).collect(),
            ..Self::default()
        }
    }

    /// A response about the end entity, by its issuer or by a responder of its.
    fn response(chain: &Chain, by_responder: bool) -> Vec<u8> {
        let issuer = chain.authorities.last().unwrap();
        let serial = serial_of(&chain.certificates[0]);
        let response = OcspBuilder::new().single(SingleBuilder::good(issuer, &serial));
        if !by_responder {
            return issuer.ocsp(response);
        }
        let responder = issuer.ocsp_responder("OCSP", TestKey::ed25519(9), |it| it);
        responder.ocsp(response.certificates(vec![responder.der.clone()]))
    }

    fn stapled(self, response: Vec<u8>) -> Self {
        Self {
            staple: response,
            ..self
        }
    }

    fn handed_over(self, response: Vec<u8>) -> Self {
        Self {
            responses: vec![OcspResponse::from_der(response).unwrap()],
            ..self
        }
    }
}

/// Every rule is on but revocation, each with something to compare.
fn partner_policy(role: Role, root: &[u8]) -> Policy {
    let mut policy = Policy::for_role(role);
    let purposes = [KeyPurpose::server_auth(), KeyPurpose::client_auth()];
    policy.extended_key_usage = ExtendedKeyUsage::only(purposes).into();
    let uuid = IdentifierEntry::common_name(Matcher::Uuid(UUID.into()));
    policy.subject_identifier = SubjectIdentifier::any_of([uuid.under("acme")]).into();
    policy.maximum_validity.enforce().end_entity = Some(ValidityLimit::LessThan(Span::Years(3)));
    policy.validity_period.warn_below = vec![Span::Days(7)];
    policy.path_length.max_intermediates = Some(3);
    let digest = keys::sha256(root).try_into().unwrap();
    policy.pin = Pins::new([Pin::CertificateSha256(digest), Pin::SpkiSha256([0; 32])]).into();
    let modes = [
        policy.extended_key_usage.mode,
        policy.minimum_key_size.mode,
        policy.signature_algorithm.mode,
        policy.validity_period.mode,
        policy.key_usage.mode,
        policy.path_length.mode,
        policy.maximum_validity.mode,
        policy.subject_identifier.mode,
        policy.pin.mode,
    ];
    assert_eq!(modes, [Mode::Enforce; 9]);
    // These, the server's name, and revocation, which has tests of its own,
    // and the shape of certificates likewise.
    assert_eq!(Policy::rules().len(), modes.len() + 3);
    policy
}

/// Verifies a chain as a server's and as a client's certificate.
struct Verifiers<'c> {
    chain: &'c Chain,
    servers: PolicyServerCertVerifier,
    clients: PolicyClientCertVerifier,
    name: ServerName<'static>,
    staple: Vec<u8>,
}

impl<'c> Verifiers<'c> {
    fn new(chain: &'c Chain, cached: bool, change: impl Fn(&mut Policy)) -> Self {
        Self::with(chain, cached, change, Statuses::default())
    }

    /// Revocation is judged by these, of which clients staple none.
    fn with(
        chain: &'c Chain,
        cached: bool,
        change: impl Fn(&mut Policy),
        statuses: Statuses,
    ) -> Self {
        let verifier = |role| {
            let mut policy = partner_policy(role, &chain.root);
            change(&mut policy);
            chain.verifier(policy, cached, &statuses)
        };
        Self {
            chain,
            servers: PolicyServerCertVerifier::new(verifier(Role::Server)).unwrap(),
            clients: PolicyClientCertVerifier::new(verifier(Role::Client)).unwrap(),
            name: ServerName::try_from(HOST).unwrap(),
            staple: statuses.staple,
        }
    }

    fn server(&self) {
        let (end_entity, others) = self.chain.certificates.split_first().unwrap();
        let now = UnixTime::from(NOW);
        self.servers
            .verify_server_cert(end_entity, others, &self.name, &self.staple, now)
            .unwrap();
    }

    fn client(&self) {
        let (end_entity, others) = self.chain.certificates.split_first().unwrap();
        self.clients
            .verify_client_cert(end_entity, others, UnixTime::from(NOW))
            .unwrap();
    }

    /// Heap allocations of one acceptance in each role, after one that may put signatures into the cache.
    fn allocations(&self) -> [u64; 2] {
        self.server();
        self.client();
        [
            allocation_counter::measure(|| self.server()).count_total,
            allocation_counter::measure(|| self.client()).count_total,
        ]
    }
}

fn chains() -> Vec<(&'static str, Chain)> {
    use KeyKind::{Ed25519, P256, P384, Rsa2048, Rsa3072};
    vec![
        ("no intermediate", Chain::of(&[Ed25519; 2])),
        ("Ed25519", Chain::of(&[Ed25519; 3])),
        ("Ed25519, three intermediates", Chain::of(&[Ed25519; 5])),
        ("P-256", Chain::of(&[P256; 3])),
        ("P-256, three intermediates", Chain::of(&[P256; 5])),
        ("P-384 over P-256", Chain::of(&[P384, P256, P256])),
        ("P-384", Chain::of(&[P384; 3])),
        ("RSA-2048", Chain::of(&[Rsa2048; 3])),
        ("RSA-3072, three intermediates", Chain::of(&[Rsa3072; 5])),
        (
            "150 other anchors",
            Chain::of(&[P256; 3]).with_other_anchors(150),
        ),
        ("cross-signed", Chain::cross_signed()),
    ]
}

/// Whatever is counted by `count` for each chain is `expected`.
fn assert_each(count: impl Fn(&Chain) -> [u64; 2], expected: impl Fn(&Chain) -> u64) {
    let (mut found, mut wanted) = (Vec::new(), Vec::new());
    for (name, chain) in &chains() {
        found.push((*name, count(chain)));
        wanted.push((*name, [expected(chain); 2]));
    }
    assert_eq!(found, wanted);
}

#[test]
fn a_peer_seen_before_is_accepted_without_an_allocation() {
    assert_each(
        |chain| Verifiers::new(chain, true, |_| ()).allocations(),
        |_| 0,
    );
}

/// A client remembers the chains that it may resume with: once each.
#[test]
fn with_protected_sessions_it_is_too() {
    assert_each(
        |chain| {
            let verifiers = Verifiers::new(chain, true, |_| ());
            let builder = ClientConfig::builder().dangerous();
            let mut client = builder
                .with_custom_certificate_verifier(Arc::new(verifiers.servers.clone()))
                .with_no_client_auth();
            protect_sessions(&mut client, &verifiers.servers);
            verifiers.allocations()
        },
        |_| 0,
    );
}

/// *ring* takes five for each RSA signature; nobody else takes any.
#[test]
fn without_a_cache_only_the_mathematics_allocates() {
    assert_each(
        |chain| Verifiers::new(chain, false, |_| ()).allocations(),
        |chain| {
            let certificates = chain.certificates.iter();
            let rsa = certificates.filter(|der| is_signed_with_rsa(der));
            5 * u64::try_from(rsa.count()).unwrap()
        },
    );
}

fn is_signed_with_rsa(der: &[u8]) -> bool {
    let certificate = Certificate::decode(der).unwrap();
    let algorithm = keys::rsa_signature_algorithm(oids::SHA256_WITH_RSA);
    // Its contents: the sequence's tag and length are not in question.
    algorithm.ends_with(certificate.signature_algorithm())
}

/// Each way to ask for a name.
#[test]
fn no_kind_of_identifier_allocates() {
    use IdentifierEntry as Entry;
    let chain = Chain::of(&[KeyKind::Ed25519; 3]);
    let entries = [
        Entry::common_name(Matcher::exact(UUID)),
        Entry::common_name(Matcher::OneOf(vec!["somebody".into(), UUID.into()])),
        Entry::attribute(AttributeType::parse("O").unwrap(), Matcher::exact("Acme")),
        Entry::subject(format!("O=Acme,CN={UUID}").parse().unwrap()),
        Entry::alternative_name(SanKind::Dns, Matcher::exact(HOST)).values(Values::Any),
        Entry::alternative_name(SanKind::Dns, Matcher::Glob("*.acme.example".into()))
            .values(Values::Any),
        Entry::alternative_name(SanKind::Uri, Matcher::exact(SPIFFE)),
        Entry::alternative_name(
            SanKind::Uri,
            Matcher::Namespace("spiffe://acme.example/payments".into()),
        ),
        Entry::alternative_name(
            SanKind::Uri,
            Matcher::Glob("spiffe://acme.example/*/*".into()),
        ),
        Entry::alternative_name(SanKind::Email, Matcher::exact("ops@acme.example")),
        Entry::alternative_name(SanKind::Ip, Matcher::exact("192.0.2.1")),
    ];
    for entry in entries {
        let verifiers = Verifiers::new(&chain, true, |policy| {
            policy.subject_identifier = SubjectIdentifier::any_of([entry.clone()]).into();
        });
        assert_eq!(verifiers.allocations(), [0, 0], "{entry}");
    }
}

#[test]
fn the_shape_of_certificates_is_judged_without_an_allocation() {
    let chain = Chain::of(&[KeyKind::Ed25519; 3]);
    let verifiers = Verifiers::new(&chain, true, |policy| {
        policy.certificate_profile.enforce().profile = Profile::Rfc5280;
    });
    assert_eq!(verifiers.allocations(), [0, 0]);
}

#[test]
fn statuses_from_crls_take_no_allocation() {
    let judged = |policy: &mut Policy| {
        policy.revocation.enforce();
    };
    assert_each(
        |chain| Verifiers::with(chain, true, judged, Statuses::crls(chain)).allocations(),
        |_| 0,
    );
}

/// Beside CRLs, with both asked for where there are both.
#[test]
fn statuses_from_responses_take_no_allocation() {
    let both = |policy: &mut Policy| {
        policy.revocation.enforce().sources.end_entity = StatusSource::Both;
    };
    for by_responder in [false, true] {
        let handed_over = |chain: &Chain| {
            let response = Statuses::response(chain, by_responder);
            Statuses::crls(chain).handed_over(response)
        };
        assert_each(
            |chain| Verifiers::with(chain, true, both, handed_over(chain)).allocations(),
            |_| 0,
        );
        // Clients staple nothing: of them the CRL speaks.
        let either = |policy: &mut Policy| {
            policy.revocation.enforce();
        };
        let stapled = |chain: &Chain| {
            let response = Statuses::response(chain, by_responder);
            Statuses::crls(chain).stapled(response)
        };
        assert_each(
            |chain| Verifiers::with(chain, true, either, stapled(chain)).allocations(),
            |_| 0,
        );
    }
}

/// What is not measured cannot be found: a verification that is refused allocates its report.
#[test]
fn a_refusal_is_counted() {
    let chain = Chain::of(&[KeyKind::Ed25519; 3]);
    let verifiers = Verifiers::new(&chain, true, |_| ());
    let (end_entity, _) = chain.certificates.split_first().unwrap();
    let info = allocation_counter::measure(|| {
        let verdict = verifiers
            .clients
            .verify_client_cert(end_entity, &[], UnixTime::from(NOW));
        assert!(verdict.is_err());
    });
    assert!(info.count_total > 0);
}
