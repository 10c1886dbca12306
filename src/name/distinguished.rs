//! Distinguished names: their structure, how they are printed (RFC 4514), and their attributes' values.

use std::fmt::{self, Write};

use super::{TextProblem, ascii, visible};
use crate::certificate::{Decoded, Problem, Reader, decode_oid, tag};
use crate::oid::{Oid, OidBuf};
use crate::text::{self, BoundedText};

/// Most attributes in one distinguished name. Names in use have about ten; the bound keeps comparisons cheap.
const MAX_ATTRIBUTES: usize = 64;

/// Attribute types that have a name of their own in print and in policies (RFC 4514 section 3, RFC 4519, and
/// what certificates use beside).
const ATTRIBUTE_NAMES: [(&str, &[u8]); 16] = [
    ("CN", &[0x55, 4, 3]),
    ("SN", &[0x55, 4, 4]),
    ("serialNumber", &[0x55, 4, 5]),
    ("C", &[0x55, 4, 6]),
    ("L", &[0x55, 4, 7]),
    ("ST", &[0x55, 4, 8]),
    ("STREET", &[0x55, 4, 9]),
    ("O", &[0x55, 4, 10]),
    ("OU", &[0x55, 4, 11]),
    ("title", &[0x55, 4, 12]),
    ("businessCategory", &[0x55, 4, 15]),
    ("GN", &[0x55, 4, 42]),
    ("organizationIdentifier", &[0x55, 4, 97]),
    (
        "UID",
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1],
    ),
    (
        "DC",
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25],
    ),
    (
        "emailAddress",
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1],
    ),
];

/// The type of a distinguished name's attribute: `CN`, `OU`, or any object identifier.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AttributeType(OidBuf);

impl AttributeType {
    /// Reads a name such as `CN`, `O` or `organizationIdentifier`, in any case, or a dotted identifier.
    ///
    /// Returns `None` if it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        ATTRIBUTE_NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map(|(_, oid)| OidBuf::from(Oid::known(oid)))
            .or_else(|| OidBuf::parse(text))
            .map(Self)
    }

    /// commonName.
    #[must_use]
    pub fn common_name() -> Self {
        Self(Oid::known(COMMON_NAME).into())
    }

    /// The identifier of the type.
    #[must_use]
    pub fn oid(&self) -> Oid<'_> {
        self.0.as_oid()
    }
}

pub(crate) const COMMON_NAME: &[u8] = &[0x55, 4, 3];

fn write_attribute_type(f: &mut impl Write, oid: Oid<'_>) -> fmt::Result {
    match ATTRIBUTE_NAMES
        .iter()
        .find(|(_, known)| *known == oid.contents())
    {
        Some((name, _)) => f.write_str(name),
        None => write!(f, "{oid}"),
    }
}

impl fmt::Display for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_attribute_type(f, self.oid())
    }
}

impl fmt::Debug for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A distinguished name (RFC 5280 section 4.1.2.4). Printed in RFC 4514 form, escaped and bounded.
///
/// Two names are equal when their encodings are, as webpki compares them in path building.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DistinguishedName<'a>(&'a [u8]);

impl<'a> DistinguishedName<'a> {
    pub(crate) fn new(rdn_sequence: &'a [u8]) -> Self {
        Self(rdn_sequence)
    }

    /// The contents of the RDNSequence, without its outer tag and length.
    #[must_use]
    pub fn contents(&self) -> &'a [u8] {
        self.0
    }

    /// Whether the name has no attribute.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The relative distinguished names, in encoded order (the most general first), each with its attributes.
    pub fn rdns(&self) -> impl Iterator<Item = Rdn<'a>> + use<'a> {
        let mut reader = Reader::new(self.0, "name");
        std::iter::from_fn(move || {
            if reader.at_end() {
                return None;
            }
            let rdn = reader.expect(tag::SET).ok()?;
            Some(Rdn(rdn.contents))
        })
    }

    /// The attributes of all relative distinguished names, in encoded order.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        self.rdns().flat_map(|rdn| rdn.attributes())
    }
}

/// A relative distinguished name: a set of attributes, nearly always of one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rdn<'a>(&'a [u8]);

impl<'a> Rdn<'a> {
    /// The attributes, in encoded order.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        let mut reader = Reader::new(self.0, "name");
        std::iter::from_fn(move || {
            if reader.at_end() {
                return None;
            }
            Attribute::read(&mut reader).ok()
        })
    }
}

/// One attribute of a distinguished name; its value is decoded when it is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// The attribute's type.
    pub oid: Oid<'a>,
    tag: u8,
    value: &'a [u8],
    whole_value: &'a [u8],
}

impl<'a> Attribute<'a> {
    fn read(set: &mut Reader<'a>) -> Decoded<Self> {
        let sequence = set.expect(tag::SEQUENCE)?;
        let mut fields = set.inside(sequence.contents, "name.attribute");
        let oid = decode_oid(&mut fields)?;
        let value = fields.next()?;
        fields.finish()?;
        Ok(Self {
            oid,
            tag: value.tag,
            value: value.contents,
            whole_value: value.whole,
        })
    }

    /// The value as text, for comparison.
    ///
    /// # Errors
    ///
    /// [`TextProblem`] says why the value is not comparable.
    pub fn text(&self) -> Result<&'a str, TextProblem> {
        match self.tag {
            tag::UTF8_STRING => {
                visible(std::str::from_utf8(self.value).map_err(|_| TextProblem::Encoding)?)
            }
            tag::PRINTABLE_STRING | tag::IA5_STRING => ascii(self.value),
            other => Err(TextProblem::StringType(other)),
        }
    }

    /// The identifier octet of the value's type.
    pub(crate) fn value_tag(&self) -> u8 {
        self.tag
    }

    /// The value for print: text if it is text, else its octets.
    pub(crate) fn printable(&self) -> String {
        match self.tag {
            tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING => {
                text::printable(self.value)
            }
            _ => format!("#{}", text::hex(self.whole_value)),
        }
    }

    /// RFC 4514 section 2.3 and 2.4.
    fn write(&self, out: &mut BoundedText) -> fmt::Result {
        write_attribute_type(out, self.oid)?;
        out.write_char('=')?;
        let text = match self.tag {
            tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING => {
                std::str::from_utf8(self.value).ok()
            }
            _ => None,
        };
        let Some(text) = text else {
            out.write_char('#')?;
            for octet in self.whole_value {
                if out.is_full() {
                    break;
                }
                write!(out, "{octet:02X}")?;
            }
            return Ok(());
        };
        let mut characters = text.chars().enumerate().peekable();
        while let Some((n, character)) = characters.next() {
            if out.is_full() {
                break;
            }
            let at_edge = n == 0 || characters.peek().is_none();
            match character {
                '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(out, "\\{character}")?,
                '#' if n == 0 => out.write_str("\\#")?,
                ' ' if at_edge => out.write_str("\\ ")?,
                _ if text::is_invisible(character) => {
                    for octet in character.encode_utf8(&mut [0; 4]).bytes() {
                        write!(out, "\\{octet:02X}")?;
                    }
                }
                _ => out.write_char(character)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for DistinguishedName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = BoundedText::new();
        self.write(&mut out)?;
        f.write_str(&out.finish())
    }
}

impl DistinguishedName<'_> {
    /// RFC 4514 section 2.1: starts with the last RDN.
    fn write(&self, out: &mut BoundedText) -> fmt::Result {
        let rdns: Vec<_> = self.rdns().collect();
        for (n, rdn) in rdns.iter().rev().enumerate() {
            if out.is_full() {
                break;
            }
            if n > 0 {
                out.write_char(',')?;
            }
            for (m, attribute) in rdn.attributes().enumerate() {
                if m > 0 {
                    out.write_char('+')?;
                }
                attribute.write(out)?;
            }
        }
        Ok(())
    }

    /// The whole name in RFC 4514 form, for comparison.
    pub(crate) fn unbounded(&self) -> String {
        let mut out = BoundedText::unbounded();
        // Writing to text does not fail.
        let _ = self.write(&mut out);
        out.finish()
    }
}

impl fmt::Debug for DistinguishedName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Rdn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.attributes()).finish()
    }
}

impl fmt::Debug for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = BoundedText::new();
        self.write(&mut out)?;
        f.write_str(&out.finish())
    }
}

/// Name ::= SEQUENCE OF SET OF SEQUENCE { type, value }: the structure, not the values.
pub(crate) fn check_distinguished_name(mut name: Reader<'_>) -> Decoded<()> {
    let mut count = 0usize;
    while !name.at_end() {
        let rdn = name.expect(tag::SET)?;
        let mut set = name.inside(rdn.contents, "name");
        loop {
            count = count.saturating_add(1);
            if count > MAX_ATTRIBUTES {
                return Err(set.error(Problem::TooMany {
                    most: MAX_ATTRIBUTES,
                    what: "attributes",
                }));
            }
            Attribute::read(&mut set)?;
            if set.at_end() {
                break;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::{der, oids};

    /// `text` of an attribute with this value.
    fn text_of(value_tag: u8, value: &[u8]) -> Result<String, TextProblem> {
        let attribute = der::sequence(&[der::oid(oids::COMMON_NAME), der::tlv(value_tag, value)]);
        let set = der::set(&[attribute]);
        let name = DistinguishedName::new(&set);
        let attribute = name.attributes().next().expect("one attribute");
        attribute.text().map(str::to_owned)
    }

    #[test]
    fn only_text_of_a_known_type_is_compared() {
        let types = [tag::UTF8_STRING, tag::PRINTABLE_STRING, tag::IA5_STRING];
        for value_tag in types {
            assert_eq!(text_of(value_tag, b"a*_@ b"), Ok("a*_@ b".to_owned()));
            assert_eq!(text_of(value_tag, b""), Err(TextProblem::Empty));
            assert_eq!(text_of(value_tag, b"a\xff"), Err(TextProblem::Encoding));
            for invisible in [&b"a\0"[..], b"a\n", b"a\x7f"] {
                assert_eq!(
                    text_of(value_tag, invisible),
                    Err(TextProblem::ControlCharacter)
                );
            }
        }
        assert_eq!(
            text_of(tag::UTF8_STRING, "é".as_bytes()),
            Ok("é".to_owned())
        );
        for value_tag in [tag::PRINTABLE_STRING, tag::IA5_STRING] {
            assert_eq!(
                text_of(value_tag, "é".as_bytes()),
                Err(TextProblem::Encoding)
            );
        }
        for value_tag in [0x12, 0x14, 0x1c, 0x1e] {
            assert_eq!(
                text_of(value_tag, b"a"),
                Err(TextProblem::StringType(value_tag))
            );
        }
    }
}
