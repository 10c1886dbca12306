//! The names of a certificate, read by the `der` crate, element by element.

use der::asn1::ObjectIdentifier;
use der::{Decode, Length, Reader, SliceReader};
use rustls_policy_verifier::SanKind;

use super::model::hides;
use crate::support::der as encode;
use crate::support::oids;

#[derive(Debug)]
pub(super) struct Element {
    pub(super) tag: u8,
    pub(super) contents: Vec<u8>,
}

#[derive(Debug)]
pub(super) struct OwnedAttribute {
    /// The contents octets.
    pub(super) oid: Vec<u8>,
    value: Element,
}

#[derive(Debug)]
pub(super) struct Reading {
    pub(super) rdns: Vec<Vec<OwnedAttribute>>,
    pub(super) names: Vec<Element>,
}

/// A value's text.
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    /// It has a character that does not show, or that changes how others show.
    pub(super) hides_something: bool,
    /// It has none that somebody might count among these.
    pub(super) is_plain: bool,
}

impl Reading {
    /// `None` if `der` cannot read them.
    pub(super) fn of(subject: &[u8], names: &[u8]) -> Option<Self> {
        let rdns = elements(subject)?
            .iter()
            .map(|rdn| {
                let attributes = elements(&rdn.contents).filter(|_| rdn.tag == 0x31)?;
                attributes.iter().map(OwnedAttribute::of).collect()
            })
            .collect::<Option<_>>()?;
        Some(Self {
            rdns,
            names: elements(names)?,
        })
    }

    pub(super) fn attributes(&self, dotted: &str) -> Vec<&OwnedAttribute> {
        let oid = encode::oid_contents(dotted);
        let all = self.rdns.iter().flatten();
        all.filter(|attribute| attribute.oid == oid).collect()
    }

    /// The texts of an attribute's values, as far as they are text.
    pub(super) fn texts_of(&self, dotted: &str) -> Vec<String> {
        let attributes = self.attributes(dotted);
        let texts = attributes.iter().filter_map(|it| it.text());
        texts.map(|text| text.text.to_owned()).collect()
    }

    /// The same of alternative names; of addresses, as they are written.
    pub(super) fn texts_of_kind(&self, kind: SanKind) -> Vec<String> {
        let names = self.names_of(kind);
        names
            .iter()
            .filter_map(|name| match kind {
                SanKind::Ip => address(&name.contents),
                _ => Some(name.text()?.text.to_owned()),
            })
            .collect()
    }

    /// The alternative names of a kind: of user principal names what is in them.
    pub(super) fn names_of(&self, kind: SanKind) -> Vec<Element> {
        self.names
            .iter()
            .filter_map(|name| {
                let (tag, contents) = match (kind, name.tag) {
                    (SanKind::Email, 0x81) | (SanKind::Dns, 0x82) | (SanKind::Uri, 0x86) => {
                        (0x16, name.contents.clone())
                    }
                    (SanKind::Ip, 0x87) => (0x04, name.contents.clone()),
                    (SanKind::Upn, 0xa0) => return user_principal_name(name),
                    _ => return None,
                };
                Some(Element { tag, contents })
            })
            .collect()
    }

    /// The subject in RFC 4514 form, with nearly every octet of its values escaped.
    pub(super) fn rfc4514(&self) -> String {
        let attribute = |attribute: &OwnedAttribute| {
            let value: String = attribute
                .value
                .contents
                .iter()
                .map(|octet| match octet {
                    b'a'..=b'z' => char::from(*octet).to_string(),
                    _ => format!("\\{octet:02X}"),
                })
                .collect();
            format!("{}={value}", attribute.dotted().unwrap_or_default())
        };
        let rdns = self.rdns.iter().rev();
        let rdns = rdns.map(|rdn| rdn.iter().map(attribute).collect::<Vec<_>>().join("+"));
        rdns.collect::<Vec<_>>().join(",")
    }
}

impl OwnedAttribute {
    fn of(attribute: &Element) -> Option<Self> {
        let fields = elements(&attribute.contents).filter(|_| attribute.tag == 0x30)?;
        let [oid, value] = <[Element; 2]>::try_from(fields).ok()?;
        (oid.tag == 0x06).then_some(Self {
            oid: oid.contents,
            value,
        })
    }

    pub(super) fn text(&self) -> Option<Text<'_>> {
        self.value.text()
    }

    /// `None` of arcs that `der` does not read.
    pub(super) fn dotted(&self) -> Option<String> {
        let oid = ObjectIdentifier::from_bytes(&self.oid).ok()?.to_string();
        // Of arcs beyond 32 bits it prints another number.
        (encode::oid_contents(&oid) == self.oid).then_some(oid)
    }
}

impl Element {
    /// The text of a string type whose characters are beyond doubt, if it has any.
    pub(super) fn text(&self) -> Option<Text<'_>> {
        let text = std::str::from_utf8(&self.contents).ok();
        let text = text.filter(|text| match self.tag {
            0x0c => !text.is_empty(),
            0x13 | 0x16 => text.is_ascii() && !text.is_empty(),
            _ => false,
        })?;
        let is_plain = |character: char| matches!(character, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{4e00}'..='\u{9fff}');
        Some(Text {
            text,
            hides_something: text.chars().any(hides),
            is_plain: text.chars().all(is_plain),
        })
    }
}

/// What is in an otherName that is a user principal name; what cannot be read has no text.
fn user_principal_name(name: &Element) -> Option<Element> {
    let fields = elements(&name.contents)?;
    let [oid, value] = fields.as_slice() else {
        return None;
    };
    if oid.contents != encode::oid_contents(oids::UPN) {
        return None;
    }
    let inside = elements(&value.contents)?.into_iter().next()?;
    let tag = if inside.tag == 0x0c { 0x0c } else { 0x04 };
    Some(Element {
        tag,
        contents: inside.contents,
    })
}

/// An address in its usual form.
pub(super) fn address(octets: &[u8]) -> Option<String> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Some(std::net::Ipv4Addr::from(octets).to_string());
    }
    let octets = <[u8; 16]>::try_from(octets).ok()?;
    Some(std::net::Ipv6Addr::from(octets).to_string())
}

/// Elements that fill the octets, of any tag in one octet, for names may hold values of types that `der` does not know.
pub(super) fn elements(octets: &[u8]) -> Option<Vec<Element>> {
    let mut reader = SliceReader::new(octets).ok()?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        let tag = reader.read_byte().ok()?;
        let length = Length::decode(&mut reader).ok()?;
        let contents = reader.read_vec(length).ok()?;
        elements.push(Element { tag, contents });
    }
    Some(elements)
}
