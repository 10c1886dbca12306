//! Distinguished names.

use super::der;
use super::oids;

/// A Name, as a list of encoded RDNs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    rdns: Vec<Vec<u8>>,
}

impl Name {
    /// The empty sequence, as in certificates that name their subject by SAN alone.
    pub fn empty() -> Self {
        Self { rdns: Vec::new() }
    }

    /// A common name alone, as a UTF8String.
    pub fn cn(value: &str) -> Self {
        Self::empty().and(oids::COMMON_NAME, value)
    }

    /// Adds an RDN of one attribute, as a UTF8String.
    pub fn and(self, oid: &str, value: &str) -> Self {
        self.and_raw(oid, der::tag::UTF8_STRING, value.as_bytes())
    }

    /// Adds an RDN of one attribute, of any string type and any bytes.
    pub fn and_raw(self, oid: &str, tag: u8, bytes: &[u8]) -> Self {
        self.multi(&[(oid, tag, bytes)])
    }

    /// Adds one RDN of several attributes, sorted as DER requires.
    pub fn multi(self, attributes: &[(&str, u8, &[u8])]) -> Self {
        let encoded: Vec<Vec<u8>> = attributes.iter().map(attribute).collect();
        self.raw_rdn(der::set_of(&encoded))
    }

    /// Adds one RDN of several attributes, in the order given.
    pub fn multi_unsorted(self, attributes: &[(&str, u8, &[u8])]) -> Self {
        let encoded: Vec<Vec<u8>> = attributes.iter().map(attribute).collect();
        self.raw_rdn(der::set(&encoded))
    }

    /// Adds any bytes where an RDN belongs.
    pub fn raw_rdn(mut self, rdn: Vec<u8>) -> Self {
        self.rdns.push(rdn);
        self
    }

    /// The whole Name.
    pub fn der(&self) -> Vec<u8> {
        der::sequence(&self.rdns)
    }
}

fn attribute((oid, tag, bytes): &(&str, u8, &[u8])) -> Vec<u8> {
    der::sequence(&[der::oid(oid), der::tlv(*tag, bytes)])
}
