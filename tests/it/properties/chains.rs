//! Random chains: certificates, what is trusted, and what is known of revocation, good and bad ones mixed.

use proptest::prelude::*;

use crate::support::{
    Authority, CertificateBuilder, CrlBuilder, IssuingDistributionPoint, KeyKind, Name,
    OcspBuilder, SingleBuilder, TestKey, der, keys, oids, serial_of,
};

use super::NAME;

/// One chain: each field picks a variant, of which the first is sound.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    eku: usize,
    key: usize,
    usage: usize,
    validity: usize,
    name: usize,
    common_names: usize,
    signature: usize,
    issuing: usize,
    upper: usize,
    anchor: usize,
    known: usize,
    extras: Vec<usize>,
    order: Vec<usize>,
    /// Whether there are current CRLs of all CAs, beside `crls`.
    has_crls: bool,
    crls: Vec<usize>,
    responses: Vec<usize>,
    staple: usize,
}

/// How many kinds of CRLs, responses and staples there are.
pub(super) const CRLS: usize = 13;
pub(super) const RESPONSES: usize = 8;
pub(super) const STAPLES: usize = 8;

pub(super) fn shapes() -> impl Strategy<Value = Shape> {
    // Most fields are sound, or no chain would be, and no defect would be alone.
    let field = |variants: usize| prop_oneof![9 => Just(0), 1 => 1..variants];
    let end_entity = (
        field(6),
        field(8),
        field(4),
        field(5),
        field(4),
        field(4),
        field(3),
    );
    // Other keys than Ed25519 break no rule, unless it is strict.
    let issuing = prop_oneof![3 => field(9), 1 => 6..8usize];
    let path = (
        issuing,
        prop_oneof![2 => Just(0), 1 => 1..3usize],
        prop_oneof![2 => 0..3usize, 1 => 3..8usize],
        prop_oneof![3 => Just(0), 1 => 1..4usize],
    );
    let revocation = (
        any::<bool>(),
        prop::collection::vec(0..CRLS, 0..4),
        prop::collection::vec(0..RESPONSES, 0..3),
        0..STAPLES,
    );
    let extras = prop::collection::vec(0..9usize, 0..5);
    let order = prop::collection::vec(0..1000usize, 12);
    (end_entity, path, extras, order, revocation).prop_map(
        |(end_entity, path, extras, order, revocation)| {
            let (eku, key, usage, validity, name, common_names, signature) = end_entity;
            let (issuing, upper, anchor, known) = path;
            let (has_crls, crls, responses, staple) = revocation;
            Shape {
                eku,
                key,
                usage,
                validity,
                name,
                common_names,
                signature,
                issuing,
                upper,
                anchor,
                known,
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
pub(super) fn sound_shapes() -> impl Strategy<Value = Shape> {
    shapes().prop_map(|shape| Shape {
        eku: 0,
        key: 0,
        usage: 0,
        validity: 0,
        name: 0,
        common_names: 0,
        signature: 0,
        issuing: 0,
        upper: 0,
        anchor: shape.anchor % 3,
        known: 0,
        ..shape
    })
}

/// A presented chain, what is trusted, and what is known of revocation.
#[derive(Clone)]
pub(super) struct Chain {
    pub(super) end_entity: Vec<u8>,
    pub(super) others: Vec<Vec<u8>>,
    /// Under the labels `acme` and `globex`.
    pub(super) anchors: [Vec<Vec<u8>>; 2],
    pub(super) known: Vec<Vec<u8>>,
    pub(super) crls: Vec<Vec<u8>>,
    pub(super) responses: Vec<Vec<u8>>,
    pub(super) staple: Staple,
}

#[derive(Clone)]
pub(super) enum Staple {
    NotApplicable,
    Absent,
    Given(Vec<u8>),
}

impl Shape {
    /// With other CRLs and responses, and no others.
    pub(super) fn with_revocation(self, crls: Vec<usize>, responses: Vec<usize>) -> Self {
        Self {
            has_crls: false,
            crls,
            responses,
            ..self
        }
    }

    pub(super) fn with_staple(self, staple: usize) -> Self {
        Self { staple, ..self }
    }

    pub(super) fn with_end_entity(self, signature: usize, issuing: usize) -> Self {
        Self {
            signature,
            issuing,
            ..self
        }
    }

    pub(super) fn chain(&self) -> Chain {
        let cas = self.authorities();
        let Authorities {
            root,
            old_root,
            upper,
            issuing,
        } = &cas;
        let mut others: Vec<_> = upper.iter().map(|upper| upper.der.clone()).collect();
        let mut known = Vec::new();
        match self.known {
            1 => known.push(issuing.der.clone()),
            2 => {
                known.push(old_root.cross_sign(issuing));
                others.push(issuing.der.clone());
            }
            3 => known.extend([old_root.cross_sign(issuing), issuing.der.clone()]),
            _ => others.push(issuing.der.clone()),
        }
        for extra in &self.extras {
            others.push(match extra {
                0 => root.der.clone(),
                1 => issuing.der.clone(),
                2 => old_root.cross_sign(issuing),
                3 => old_root.cross_sign(root),
                4 => old_root.intermediate("Issuing", TestKey::ed25519(9)).der,
                5 => root.cross_sign_with(issuing, |ca| ca.no_key_usage().serial(77)),
                6 => old_root.cross_sign_with(issuing, |ca| ca.key_usage_bits(&[6])),
                7 => root.cross_sign_with(issuing, |ca| ca.tamper_signature()),
                _ => vec![0x30, 0x03, 0x02, 0x01, 0x01],
            });
        }
        // A shuffle that the case decides.
        for n in (1..others.len()).rev() {
            others.swap(n, self.order[n % self.order.len()] % (n + 1));
        }
        let end_entity = issuing.issue(self.end_entity());
        let stranger = Authority::root("Stranger", TestKey::ed25519(8)).der;
        let revocation = Revocation {
            serial: serial_of(&end_entity),
            cas: &cas,
        };
        let everybodys = self.has_crls.then_some([0, 1, 2, 12]);
        let crls = everybodys
            .into_iter()
            .flatten()
            .chain(self.crls.iter().copied());
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
            known,
            anchors: match self.anchor {
                // Labels are there whether or not anything is issued under them.
                0 | 3..=6 => [vec![root.der.clone()], vec![stranger]],
                1 => [vec![root.der.clone()], vec![old_root.der.clone()]],
                2 => [vec![old_root.der.clone()], vec![root.der.clone(), stranger]],
                _ => [
                    vec![old_root.der.clone(), root.der.clone()],
                    vec![root.der.clone()],
                ],
            },
        }
    }

    fn authorities(&self) -> Authorities {
        let root = Authority::root_with("Root", TestKey::ed25519(1), |ca| match self.anchor {
            3 => ca.validity(1_577_836_800, 1_609_459_200),
            4 => ca.key_usage_bits(&[6]),
            5 => ca.path_len(0),
            6 => ca.without_extension(oids::BASIC_CONSTRAINTS),
            _ => ca,
        });
        let upper = (self.upper > 0).then(|| {
            root.intermediate_with("Upper", TestKey::ed25519(4), |ca| match self.upper {
                1 => ca,
                _ => ca.key_usage_bits(&[6]),
            })
        });
        let key = match self.issuing {
            6 => TestKey::of(KeyKind::Rsa2048, 0),
            7 => TestKey::of(KeyKind::P256, 0),
            _ => TestKey::ed25519(3),
        };
        let change = |ca: CertificateBuilder| match self.issuing {
            1 => ca.no_key_usage(),
            2 => ca.key_usage_bits(&[6]),
            3 => ca.path_len(0),
            4 => ca.eku(&[oids::SERVER_AUTH]),
            5 => ca.spki(keys::rsa_spki(1024, 3)),
            8 => ca.tamper_signature(),
            _ => ca,
        };
        Authorities {
            issuing: upper
                .as_ref()
                .unwrap_or(&root)
                .intermediate_with("Issuing", key, change),
            root,
            old_root: Authority::root("Old Root", TestKey::ed25519(2)),
            upper,
        }
    }

    fn end_entity(&self) -> CertificateBuilder {
        let name = match self.common_names {
            0 => Name::cn("client-1").and(oids::ORGANIZATION, "Acme"),
            1 => Name::cn("client-1").and(oids::COMMON_NAME, "client-2"),
            2 => Name::cn(NAME),
            _ => Name::cn("somebody"),
        };
        let spki = match self.key {
            0 => TestKey::ed25519(5).spki(),
            1 => keys::rsa_spki(2040, 65_537),
            2 => keys::rsa_spki(3072, 65_537),
            3 => keys::secp256k1_spki(),
            4 => TestKey::of(KeyKind::P256, 1).spki(),
            5 => keys::rsa_spki(2048, 3),
            6 => keys::rsa_spki(2048, 65_537),
            _ => keys::p521_spki(),
        };
        let certificate = CertificateBuilder::end_entity(name, spki);
        let certificate = match self.eku {
            0 => certificate.eku(&[oids::CLIENT_AUTH, oids::SERVER_AUTH]),
            1 => certificate.eku(&[oids::CLIENT_AUTH]),
            2 => certificate.eku(&[oids::SERVER_AUTH]),
            3 => certificate.eku(&[oids::ANY_EXTENDED_KEY_USAGE]),
            4 => certificate.eku(&[oids::CLIENT_AUTH, oids::SERVER_AUTH, oids::OCSP_SIGNING]),
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
            3 => certificate.validity(1_798_761_600, 1_893_456_000),
            // Three years to the second.
            _ => certificate.validity(1_735_689_600, 1_830_297_599),
        };
        let certificate = match self.name {
            0 => certificate.dns(&[NAME]),
            1 => certificate.dns(&["*.acme.example"]),
            2 => certificate.dns(&["other.example"]),
            _ => certificate,
        };
        match self.signature {
            0 => certificate,
            1 => certificate.tamper_signature(),
            _ => certificate.must_staple(),
        }
    }
}

struct Authorities {
    root: Authority,
    old_root: Authority,
    /// Between the root and the issuing CA.
    upper: Option<Authority>,
    issuing: Authority,
}

/// Who may say what of the end entity and of the issuing CA.
struct Revocation<'a> {
    serial: Vec<u8>,
    cas: &'a Authorities,
}

impl Revocation<'_> {
    /// Each kind has its own cRLNumber.
    fn crl(&self, kind: usize) -> Vec<u8> {
        const EXPIRED: i64 = der::unix(2026, 5, 31, 0, 0, 0);
        let Authorities {
            root,
            old_root,
            upper,
            issuing,
        } = self.cas;
        let crl = CrlBuilder::new().number(u64::try_from(kind).unwrap());
        let for_reasons = |bits: &[u8]| IssuingDistributionPoint {
            some_reasons: Some(bits.to_vec()),
            ..IssuingDistributionPoint::default()
        };
        let only_ca = IssuingDistributionPoint {
            only_ca: true,
            ..IssuingDistributionPoint::default()
        };
        let issuing_serial = serial_of(&issuing.der);
        match kind {
            0 => issuing.crl(crl),
            1 => root.crl(crl),
            2 => old_root.crl(crl),
            3 => issuing.crl(crl.revoke(&self.serial)),
            4 => issuing.crl(crl.next_update(EXPIRED)),
            5 => issuing.crl(crl.next_update(EXPIRED).revoke(&self.serial)),
            6 => issuing.crl(crl.tamper_signature()),
            7 => issuing.crl(crl.issuing_distribution_point(&only_ca)),
            8 => issuing.crl(crl.issuing_distribution_point(&for_reasons(&[1, 2, 8]))),
            9 => issuing.crl(crl.issuing_distribution_point(&for_reasons(&[3, 4, 5, 6, 7]))),
            10 => root.crl(crl.revoke(&issuing_serial)),
            11 => root.crl(crl.next_update(EXPIRED)),
            _ => upper.as_ref().unwrap_or(root).crl(crl),
        }
    }

    /// The first five are about the end entity.
    fn response(&self, kind: usize) -> Vec<u8> {
        let Authorities {
            root,
            old_root,
            issuing,
            ..
        } = self.cas;
        let good = || SingleBuilder::good(issuing, &self.serial);
        let of = |who: &Authority, single| who.ocsp(OcspBuilder::new().single(single));
        let about_issuing = |who: &Authority| SingleBuilder::good(who, &serial_of(&issuing.der));
        let day = |day| der::unix(2026, 5, day, 0, 0, 0);
        match kind {
            0 => of(issuing, good()),
            1 => of(issuing, good().revoked(day(20), Some(1))),
            2 => of(issuing, good().this_update(day(1)).next_update(day(8))),
            3 => of(issuing, good().unknown()),
            4 => of(root, good()),
            5 => of(root, about_issuing(root)),
            6 => of(root, about_issuing(root).revoked(day(20), None)),
            _ => of(old_root, about_issuing(old_root)),
        }
    }
}
