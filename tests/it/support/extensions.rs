//! Values of extensions: what goes inside the OCTET STRING of each.

use super::der;
use super::keys;

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
