//! Subject alternative names: their kinds, and how they are printed.

use std::fmt;
use std::net::IpAddr;

use super::distinguished::{DistinguishedName, check_distinguished_name};
use super::{TextProblem, ascii, visible};
use crate::certificate::{Decoded, Element, Problem, Reader, decode_oid, tag};
use crate::oid::Oid;
use crate::text;

/// Most names in one subject alternative name extension. Public CAs issue up to 250; the bound keeps comparisons cheap,
/// for policies may look at every name many times (compare CVE-2025-58187).
const MAX_ALTERNATIVE_NAMES: usize = 512;

/// One name of a subject alternative name extension (RFC 5280 section 4.2.1.6).
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GeneralName<'a> {
    /// dNSName, not decoded.
    Dns(&'a [u8]),
    /// rfc822Name, not decoded.
    Email(&'a [u8]),
    /// uniformResourceIdentifier, not decoded.
    Uri(&'a [u8]),
    /// iPAddress: its octets.
    Ip(&'a [u8]),
    /// directoryName.
    Directory(DistinguishedName<'a>),
    /// otherName: its type, and the encoding of its value.
    Other {
        /// The type-id.
        oid: Oid<'a>,
        /// The encoded value.
        value: &'a [u8],
    },
    /// registeredID.
    RegisteredId(Oid<'a>),
    /// x400Address or ediPartyName, by the number of its tag.
    Unsupported(u8),
}

/// The type-id of the otherName that holds a user principal name.
const USER_PRINCIPAL_NAME: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 20, 2, 3];

impl<'a> GeneralName<'a> {
    pub(crate) fn read(names: &mut Reader<'a>) -> Decoded<Self> {
        let element = names.next()?;
        let octets = element.contents;
        match element.tag {
            0xa0 => Self::read_other_name(names, element),
            0x81 => Ok(Self::Email(octets)),
            0x82 => Ok(Self::Dns(octets)),
            0xa3 => Ok(Self::Unsupported(3)),
            0xa4 => {
                let mut inside = names.inside(element.contents, "subjectAltName.directoryName");
                let name = inside.expect(tag::SEQUENCE)?;
                inside.finish()?;
                check_distinguished_name(
                    inside.inside(name.contents, "subjectAltName.directoryName"),
                )?;
                Ok(Self::Directory(DistinguishedName::new(name.contents)))
            }
            0xa5 => Ok(Self::Unsupported(5)),
            0x86 => Ok(Self::Uri(octets)),
            0x87 => Ok(Self::Ip(octets)),
            0x88 => Oid::from_contents(octets)
                .map(Self::RegisteredId)
                .ok_or_else(|| names.error(Problem::Value("a malformed OBJECT IDENTIFIER"))),
            _ => Err(names.error(Problem::Value("a name of unknown type"))),
        }
    }

    fn read_other_name(names: &Reader<'a>, element: Element<'a>) -> Decoded<Self> {
        let mut fields = names.inside(element.contents, "subjectAltName.otherName");
        let oid = decode_oid(&mut fields)?;
        let explicit = fields.expect(tag::constructed(0))?;
        fields.finish()?;
        let mut inside = fields.inside(explicit.contents, "subjectAltName.otherName");
        let value = inside.next()?;
        inside.finish()?;
        Ok(Self::Other {
            oid,
            value: value.whole,
        })
    }

    /// The text of a DNS name, URI or e-mail address, or of a user principal name; `None` for other kinds.
    pub(crate) fn text(&self) -> Option<Result<&'a str, TextProblem>> {
        match self {
            Self::Dns(octets) | Self::Uri(octets) | Self::Email(octets) => Some(ascii(octets)),
            Self::Other { oid, value } if oid.contents() == USER_PRINCIPAL_NAME => {
                let mut reader = Reader::new(value, "userPrincipalName");
                Some(match reader.next() {
                    Ok(element) if element.tag == tag::UTF8_STRING => {
                        std::str::from_utf8(element.contents)
                            .map_err(|_| TextProblem::Encoding)
                            .and_then(visible)
                    }
                    Ok(element) => Err(TextProblem::StringType(element.tag)),
                    Err(_) => Err(TextProblem::Encoding),
                })
            }
            _ => None,
        }
    }

    /// Whether this is a user principal name.
    pub(crate) fn is_user_principal_name(&self) -> bool {
        matches!(self, Self::Other { oid, .. } if oid.contents() == USER_PRINCIPAL_NAME)
    }
}

/// The address that the octets of an iPAddress stand for.
pub(crate) fn ip_address(octets: &[u8]) -> Result<IpAddr, TextProblem> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        Ok(octets.into())
    } else if let Ok(octets) = <[u8; 16]>::try_from(octets) {
        Ok(octets.into())
    } else {
        Err(TextProblem::AddressLength)
    }
}

/// `dns:`, `uri:` and so on, and the name, escaped and bounded.
impl fmt::Display for GeneralName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(octets) => write!(f, "dns:{}", text::item(octets)),
            Self::Email(octets) => write!(f, "email:{}", text::item(octets)),
            Self::Uri(octets) => write!(f, "uri:{}", text::item(octets)),
            Self::Ip(octets) => match ip_address(octets) {
                Ok(address) => write!(f, "ip:{address}"),
                Err(_) => write!(f, "ip:#{}", text::hex(octets)),
            },
            Self::Directory(name) => write!(f, "directory:{name}"),
            Self::Other { oid, value } => match self.text() {
                Some(Ok(text)) => write!(f, "upn:{}", text::item(text.as_bytes())),
                _ => write!(f, "other:{oid}=#{}", text::hex(value)),
            },
            Self::RegisteredId(oid) => write!(f, "registered-id:{oid}"),
            Self::Unsupported(number) => write!(f, "type-{number}"),
        }
    }
}

impl fmt::Debug for GeneralName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The names of a subject alternative name extension, in order.
#[derive(Clone, Debug)]
pub struct GeneralNames<'a> {
    rest: Reader<'a>,
}

impl<'a> GeneralNames<'a> {
    pub(crate) fn new(contents: &'a [u8]) -> Self {
        Self {
            rest: Reader::new(contents, "subjectAltName"),
        }
    }
}

impl<'a> Iterator for GeneralNames<'a> {
    type Item = GeneralName<'a>;

    fn next(&mut self) -> Option<GeneralName<'a>> {
        if self.rest.at_end() {
            return None;
        }
        GeneralName::read(&mut self.rest).ok()
    }
}

/// GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName: the structure, not the values.
pub(crate) fn check_general_names(mut names: Reader<'_>) -> Decoded<()> {
    let mut count = 0usize;
    loop {
        count = count.saturating_add(1);
        if count > MAX_ALTERNATIVE_NAMES {
            return Err(names.error(Problem::TooMany {
                most: MAX_ALTERNATIVE_NAMES,
                what: "names",
            }));
        }
        GeneralName::read(&mut names)?;
        if names.at_end() {
            return Ok(());
        }
    }
}
