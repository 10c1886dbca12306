//! Lists of extensions, and their values: what goes inside the OCTET STRING of each.

use super::der;
use super::general_name;
use super::keys;
use super::name::Name;
use super::oids;

/// Bits of key usage, by number.
pub mod usage {
    pub const DIGITAL_SIGNATURE: u8 = 0;
    pub const CONTENT_COMMITMENT: u8 = 1;
    pub const KEY_ENCIPHERMENT: u8 = 2;
    pub const DATA_ENCIPHERMENT: u8 = 3;
    pub const KEY_AGREEMENT: u8 = 4;
    pub const KEY_CERT_SIGN: u8 = 5;
    pub const CRL_SIGN: u8 = 6;
    pub const ENCIPHER_ONLY: u8 = 7;
    pub const DECIPHER_ONLY: u8 = 8;
}

/// Extensions in order, as certificates, CRLs and their entries, and OCSP responses have them.
#[derive(Clone, Debug, Default)]
pub struct Extensions(Vec<Extension>);

#[derive(Clone, Debug)]
enum Extension {
    Fields {
        oid: String,
        critical: bool,
        value: Vec<u8>,
    },
    Raw(Vec<u8>),
}

impl Extensions {
    /// Adds an extension at the end, even one that is there already.
    pub fn push(&mut self, oid: &str, critical: bool, value: &[u8]) {
        self.0.push(Extension::new(oid, critical, value));
    }

    /// Adds any bytes where an Extension belongs.
    pub fn push_raw(&mut self, bytes: Vec<u8>) {
        self.0.push(Extension::Raw(bytes));
    }

    /// Puts an extension in the place of the first one of its kind, or else at the end.
    pub fn replace(&mut self, oid: &str, critical: bool, value: &[u8]) {
        match self.0.iter_mut().find(|one| one.is(oid)) {
            Some(place) => *place = Extension::new(oid, critical, value),
            None => self.push(oid, critical, value),
        }
    }

    /// Removes every extension of this kind, except raw ones.
    pub fn remove(&mut self, oid: &str) {
        self.0.retain(|one| !one.is(oid));
    }

    /// Marks an extension that is there as critical or not.
    pub fn mark(&mut self, oid: &str, is_critical: bool) {
        let mut found = false;
        for one in self.0.iter_mut().filter(|one| one.is(oid)) {
            if let Extension::Fields { critical, .. } = one {
                *critical = is_critical;
                found = true;
            }
        }
        assert!(found, "there is no extension {oid} to mark");
    }

    /// Adds the authority key identifier of the signer, unless there is one already.
    pub fn with_aki(mut self, identifier: Option<&[u8]>) -> Self {
        let has_its_own = self.values(oids::AUTHORITY_KEY_IDENTIFIER).next().is_some();
        if let Some(identifier) = identifier.filter(|_| !has_its_own) {
            let value = authority_key_identifier(identifier);
            self.push(oids::AUTHORITY_KEY_IDENTIFIER, false, &value);
        }
        self
    }

    /// The values of all extensions of this kind, except raw ones.
    pub fn values<'a>(&'a self, oid: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter_map(move |one| match one {
            Extension::Fields {
                oid: its_oid,
                value,
                ..
            } if its_oid == oid => Some(value.as_slice()),
            _ => None,
        })
    }

    /// The SEQUENCE OF them, which may not be empty and so is left out then.
    pub fn sequence(&self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        der::sequence_of(&self.0, Extension::der)
    }

    /// The SEQUENCE OF them under an explicit tag, or nothing if there are none.
    pub fn field(&self, tag_number: u8) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        der::explicit(tag_number, &self.sequence())
    }
}

impl Extension {
    fn new(oid: &str, critical: bool, value: &[u8]) -> Self {
        Self::Fields {
            oid: oid.to_owned(),
            critical,
            value: value.to_vec(),
        }
    }

    fn is(&self, oid: &str) -> bool {
        matches!(self, Self::Fields { oid: its_oid, .. } if its_oid == oid)
    }

    fn der(&self) -> Vec<u8> {
        match self {
            Self::Fields {
                oid,
                critical,
                value,
            } => extension(oid, *critical, value),
            Self::Raw(bytes) => bytes.clone(),
        }
    }
}

/// A whole Extension. FALSE is the default of `critical`, so DER leaves it out.
pub fn extension(oid: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut fields = vec![der::oid(oid)];
    if critical {
        fields.push(der::boolean(true));
    }
    fields.push(der::octet_string(value));
    der::sequence(&fields)
}

/// Basic constraints. A path length is written even where `ca` is false.
pub fn basic_constraints(ca: bool, path_len: Option<u64>) -> Vec<u8> {
    let mut fields = Vec::new();
    if ca {
        fields.push(der::boolean(true));
    }
    fields.extend(path_len.map(der::integer_u64));
    der::sequence(&fields)
}

pub fn key_usage(bits: &[u8]) -> Vec<u8> {
    der::named_bits(bits)
}

pub fn extended_key_usage(purposes: &[&str]) -> Vec<u8> {
    der::sequence_of(purposes, |purpose| der::oid(purpose))
}

/// Alternative names, from whole GeneralNames.
pub fn alt_name(names: &[Vec<u8>]) -> Vec<u8> {
    der::sequence(names)
}

/// Name constraints, from whole GeneralNames. An empty list is left out.
pub fn name_constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Vec<u8> {
    let subtrees = |n: u8, names: &[Vec<u8>]| {
        let encoded: Vec<Vec<u8>> = names
            .iter()
            .map(|name| der::sequence(std::slice::from_ref(name)))
            .collect();
        if encoded.is_empty() {
            Vec::new()
        } else {
            der::implicit_constructed(n, &encoded.concat())
        }
    };
    der::sequence(&[subtrees(0, permitted), subtrees(1, excluded)])
}

pub fn certificate_policies(policies: &[&str]) -> Vec<u8> {
    der::sequence_of(policies, |policy| der::sequence(&[der::oid(policy)]))
}

pub fn subject_key_identifier(identifier: &[u8]) -> Vec<u8> {
    der::octet_string(identifier)
}

/// An authority key identifier that names the issuer's key alone.
pub fn authority_key_identifier(identifier: &[u8]) -> Vec<u8> {
    der::sequence(&[der::implicit_primitive(0, identifier)])
}

/// The identifier that certificates made here use for a key: 160 bits of SHA-256 over the whole
/// SubjectPublicKeyInfo (RFC 7093, method 4).
pub fn key_identifier(spki: &[u8]) -> Vec<u8> {
    let mut identifier = keys::sha256(spki);
    identifier.truncate(20);
    identifier
}

/// TLS features that the certificate's holder has to support (RFC 7633).
pub fn tls_feature(features: &[u64]) -> Vec<u8> {
    der::sequence_of(features, |feature| der::integer_u64(*feature))
}

pub fn crl_distribution_points(points: &[DistributionPoint]) -> Vec<u8> {
    der::sequence_of(points, DistributionPoint::der)
}

/// Where the CRL for a certificate is found, and who issues it (RFC 5280, 4.2.1.13).
#[derive(Clone, Debug, Default)]
pub struct DistributionPoint {
    pub name: Option<DistributionPointName>,
    /// Bits of ReasonFlags, by number.
    pub reasons: Option<Vec<u8>>,
    /// Whole GeneralNames. An empty list is left out.
    pub crl_issuer: Vec<Vec<u8>>,
}

impl DistributionPoint {
    pub fn uri(uri: &str) -> Self {
        Self {
            name: Some(DistributionPointName::uris(&[uri])),
            ..Self::default()
        }
    }

    fn der(&self) -> Vec<u8> {
        let crl_issuer = if self.crl_issuer.is_empty() {
            Vec::new()
        } else {
            der::implicit_constructed(2, &self.crl_issuer.concat())
        };
        der::sequence(&[
            distribution_point_name(self.name.as_ref()),
            reason_flags(1, self.reasons.as_deref()),
            crl_issuer,
        ])
    }
}

/// What a CRL covers (RFC 5280, 5.2.5).
#[derive(Clone, Debug, Default)]
pub struct IssuingDistributionPoint {
    pub name: Option<DistributionPointName>,
    pub only_user: bool,
    pub only_ca: bool,
    pub only_attribute: bool,
    pub indirect: bool,
    /// Bits of ReasonFlags, by number.
    pub some_reasons: Option<Vec<u8>>,
}

impl IssuingDistributionPoint {
    pub fn uri(uri: &str) -> Self {
        Self {
            name: Some(DistributionPointName::uris(&[uri])),
            ..Self::default()
        }
    }

    pub fn der(&self) -> Vec<u8> {
        // FALSE is the default of each, so DER leaves it out.
        let flag = |n, value| {
            if value {
                der::implicit_primitive(n, &[0xff])
            } else {
                Vec::new()
            }
        };
        der::sequence(&[
            distribution_point_name(self.name.as_ref()),
            flag(1, self.only_user),
            flag(2, self.only_ca),
            reason_flags(3, self.some_reasons.as_deref()),
            flag(4, self.indirect),
            flag(5, self.only_attribute),
        ])
    }
}

/// The name of a distribution point, in certificates and in CRLs.
#[derive(Clone, Debug)]
pub enum DistributionPointName {
    /// Whole GeneralNames.
    Full(Vec<Vec<u8>>),
    /// Whole AttributeTypeAndValues of an RDN relative to the name of the CRL's issuer.
    Relative(Vec<Vec<u8>>),
    /// Any bytes where the choice belongs.
    Raw(Vec<u8>),
}

impl DistributionPointName {
    /// Several names of one distribution point.
    pub fn uris(uris: &[&str]) -> Self {
        Self::Full(uris.iter().map(|uri| general_name::uri(uri)).collect())
    }

    pub fn directory(name: &Name) -> Self {
        Self::Full(vec![general_name::directory(name)])
    }

    /// One attribute, as a UTF8String, below the name of the CRL's issuer.
    pub fn relative(oid: &str, value: &str) -> Self {
        Self::Relative(vec![der::sequence(&[der::oid(oid), der::utf8(value)])])
    }

    fn der(&self) -> Vec<u8> {
        match self {
            Self::Full(names) => der::implicit_constructed(0, &names.concat()),
            Self::Relative(attributes) => der::implicit_constructed(1, &attributes.concat()),
            Self::Raw(bytes) => bytes.clone(),
        }
    }
}

/// The field `[0]`, explicit because it is a CHOICE.
fn distribution_point_name(name: Option<&DistributionPointName>) -> Vec<u8> {
    name.map_or_else(Vec::new, |name| der::explicit(0, &name.der()))
}

fn reason_flags(tag_number: u8, bits: Option<&[u8]>) -> Vec<u8> {
    bits.map_or_else(Vec::new, |bits| {
        der::implicit_primitive(tag_number, &der::named_bits_contents(bits))
    })
}
