//! GeneralName choices, for subject alternative names and for name constraints.

use super::der;
use super::name::Name;
use super::oids;

pub fn other_name(oid: &str, value: &[u8]) -> Vec<u8> {
    let contents = [der::oid(oid), der::explicit(0, value)].concat();
    der::implicit_constructed(0, &contents)
}

pub fn upn(value: &str) -> Vec<u8> {
    other_name(oids::UPN, &der::utf8(value))
}

pub fn email(value: &str) -> Vec<u8> {
    der::implicit_primitive(1, value.as_bytes())
}

pub fn dns(value: &str) -> Vec<u8> {
    der::implicit_primitive(2, value.as_bytes())
}

/// A directoryName. Name is a CHOICE, so its tag is explicit.
pub fn directory(name: &Name) -> Vec<u8> {
    der::explicit(4, &name.der())
}

pub fn uri(value: &str) -> Vec<u8> {
    der::implicit_primitive(6, value.as_bytes())
}

/// An address of any length: 4 or 16 octets in a SAN, twice that with a mask in a constraint.
pub fn ip(octets: &[u8]) -> Vec<u8> {
    der::implicit_primitive(7, octets)
}

pub fn ipv4(octets: [u8; 4]) -> Vec<u8> {
    ip(&octets)
}

pub fn ipv6(octets: [u8; 16]) -> Vec<u8> {
    ip(&octets)
}

pub fn registered_id(oid: &str) -> Vec<u8> {
    der::implicit_primitive(8, &der::oid_contents(oid))
}
