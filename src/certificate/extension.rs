//! Certificate extensions (RFC 5280 section 4.2): the list, and the values that rules judge.

use super::decode_error::{Decoded, Problem};
use super::tlv::{Reader, Span, tag};
use crate::oid::Oid;

/// Most extensions in one certificate. Certificates in use have about ten; the bound keeps the search for
/// duplicates cheap.
const MAX_EXTENSIONS: usize = 64;

/// Most key purposes in one extended key usage. Certificates in use have up to about five.
const MAX_PURPOSES: usize = 64;

/// id-pe-tlsfeature, 1.3.6.1.5.5.7.1.24 (RFC 7633).
const TLS_FEATURE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 24];

/// id-ce, 2.5.29: the arc of the extensions of X.509 itself.
pub(crate) const ID_CE: [u8; 2] = [0x55, 0x1d];

/// One extension of a certificate, its value not decoded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The extension's identifier.
    pub oid: Oid<'a>,
    /// Whether the certificate marks it critical.
    pub critical: bool,
    /// The contents of the extnValue OCTET STRING.
    pub value: &'a [u8],
}

impl std::fmt::Debug for Extension<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Extension")
            .field("oid", &self.oid)
            .field("critical", &self.critical)
            .field("value", &crate::text::hex(self.value))
            .finish()
    }
}

/// Where the extensions that rules judge lie; spans of the contents of their outermost SEQUENCE.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ExtensionLayout {
    pub(super) list: Option<Span>,
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Option<Span>,
    pub(super) subject_alternative_name: Option<Span>,
    pub(super) name_constraints: Option<Span>,
    /// Values that are decoded only where revocation is judged: not their contents, but all of them.
    pub(super) crl_distribution_points: Option<Span>,
    pub(super) tls_feature: Option<Span>,
}

/// basicConstraints (RFC 5280 section 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a CA.
    pub ca: bool,
    /// The most non-self-issued intermediates that may follow in a path; 255 stands for anything above too.
    pub path_len: Option<u8>,
}

/// keyUsage (RFC 5280 section 4.2.1.3): the bits as named there.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// No bit at all.
    pub const NONE: Self = Self(0);
    /// digitalSignature (0).
    pub const DIGITAL_SIGNATURE: Self = Self::bit(0);
    /// nonRepudiation (1), also called contentCommitment.
    pub const NON_REPUDIATION: Self = Self::bit(1);
    /// keyEncipherment (2).
    pub const KEY_ENCIPHERMENT: Self = Self::bit(2);
    /// dataEncipherment (3).
    pub const DATA_ENCIPHERMENT: Self = Self::bit(3);
    /// keyAgreement (4).
    pub const KEY_AGREEMENT: Self = Self::bit(4);
    /// keyCertSign (5).
    pub const KEY_CERT_SIGN: Self = Self::bit(5);
    /// cRLSign (6).
    pub const CRL_SIGN: Self = Self::bit(6);

    const NAMES: [&'static str; 9] = [
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];

    const fn bit(n: u32) -> Self {
        Self(0x8000_u16.wrapping_shr(n))
    }

    /// The bits of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any bit is set that has a name.
    pub(crate) const fn has_named_bits(self) -> bool {
        // Nine have.
        self.0 & 0xff80 != 0
    }

    /// Whether every bit of `other` is set here.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut separator = "";
        for (n, name) in (0u32..).zip(Self::NAMES) {
            if self.contains(Self::bit(n)) {
                write!(f, "{separator}{name}")?;
                separator = ", ";
            }
        }
        if separator.is_empty() {
            f.write_str("none")
        } else {
            Ok(())
        }
    }
}

impl std::fmt::Debug for KeyUsage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Reads one Extension.
pub(crate) fn read<'a>(list: &mut Reader<'a>) -> Decoded<Extension<'a>> {
    let element = list.expect(tag::SEQUENCE)?;
    let mut fields = list.inside(element.contents, "extension");
    let oid = super::decode_oid(&mut fields)?;
    let critical = match fields.optional(tag::BOOLEAN)? {
        None => false,
        Some(element) => match element.contents {
            [0xff] => true,
            // X.690 section 11.5: a DEFAULT value is not encoded. webpki and most others read past it.
            [0x00] => false,
            _ => return Err(fields.error(Problem::Value("a BOOLEAN that is neither 00 nor FF"))),
        },
    };
    let value = fields.expect(tag::OCTET_STRING)?;
    fields.finish()?;
    Ok(Extension {
        oid,
        critical,
        value: value.contents,
    })
}

/// Decodes the list of extensions: no duplicates, and each that rules judge in full.
pub(super) fn decode_all<'a>(list: &Reader<'a>, contents: &'a [u8]) -> Decoded<ExtensionLayout> {
    let mut layout = ExtensionLayout {
        list: Some(list.span(contents)),
        ..ExtensionLayout::default()
    };
    let mut reader = list.inside(contents, "extensions");
    let (mut count, mut seen) = (0usize, 0u128);
    if reader.at_end() {
        return Err(reader.error(Problem::Value("a list of extensions without any")));
    }
    while !reader.at_end() {
        if count == MAX_EXTENSIONS {
            return Err(reader.error(Problem::TooMany {
                most: MAX_EXTENSIONS,
                what: "extensions",
            }));
        }
        let extension = read(&mut reader)?;
        let duplicate = match extension.oid.contents().strip_prefix(&ID_CE) {
            // Nearly all extensions are these.
            Some([number @ 0..=0x7f]) => {
                let bit = 1u128.wrapping_shl(u32::from(*number));
                let duplicate = seen & bit != 0;
                seen |= bit;
                duplicate
            }
            _ => is_among(&list.inside(contents, "extensions"), count, extension.oid)?,
        };
        if duplicate {
            return Err(reader.error(Problem::DuplicateExtension(extension.oid.to_string())));
        }
        decode_known(&mut layout, &reader, extension)?;
        count = count.saturating_add(1);
    }
    Ok(layout)
}

/// Whether one of the first `count` extensions has this identifier.
fn is_among(list: &Reader<'_>, count: usize, oid: Oid<'_>) -> Decoded<bool> {
    let mut earlier = list.clone();
    for _ in 0..count {
        if read(&mut earlier)?.oid == oid {
            return Ok(true);
        }
    }
    Ok(false)
}

fn decode_known<'a>(
    layout: &mut ExtensionLayout,
    list: &Reader<'a>,
    extension: Extension<'a>,
) -> Decoded<()> {
    let value = extension.value;
    let Some([number]) = extension.oid.contents().strip_prefix(&ID_CE) else {
        if extension.oid.contents() == TLS_FEATURE {
            layout.tls_feature = Some(list.span(value));
        }
        return Ok(());
    };
    match number {
        15 => layout.key_usage = Some(key_usage(list.inside(value, "keyUsage"))?),
        17 => {
            let names = only_sequence(list.inside(value, "subjectAltName"))?;
            crate::name::check_general_names(list.inside(names, "subjectAltName"))?;
            layout.subject_alternative_name = Some(list.span(names));
        }
        19 => {
            layout.basic_constraints =
                Some(basic_constraints(list.inside(value, "basicConstraints"))?);
        }
        30 => {
            let constraints = only_sequence(list.inside(value, "nameConstraints"))?;
            layout.name_constraints = Some(list.span(constraints));
        }
        31 => layout.crl_distribution_points = Some(list.span(value)),
        37 => {
            let purposes = only_sequence(list.inside(value, "extKeyUsage"))?;
            let mut reader = list.inside(purposes, "extKeyUsage");
            let mut count = 0usize;
            loop {
                count = count.saturating_add(1);
                if count > MAX_PURPOSES {
                    return Err(reader.error(Problem::TooMany {
                        most: MAX_PURPOSES,
                        what: "purposes",
                    }));
                }
                super::decode_oid(&mut reader)?;
                if reader.at_end() {
                    break;
                }
            }
            layout.extended_key_usage = Some(list.span(purposes));
        }
        _ => {}
    }
    Ok(())
}

/// The contents of a value that is one SEQUENCE and nothing else.
fn only_sequence(mut value: Reader<'_>) -> Decoded<&[u8]> {
    let sequence = value.expect(tag::SEQUENCE)?;
    value.finish()?;
    Ok(sequence.contents)
}

fn key_usage(mut value: Reader<'_>) -> Decoded<KeyUsage> {
    let bits = value.expect(tag::BIT_STRING)?;
    value.finish()?;
    named_bits(&value, bits.contents).map(KeyUsage)
}

/// The contents of a BIT STRING of at most 16 named bits, the first one highest.
pub(crate) fn named_bits(value: &Reader<'_>, contents: &[u8]) -> Decoded<u16> {
    let malformed = |text| Err(value.error(Problem::Value(text)));
    // X.690 section 11.2: unused bits are zero, and a named bit list ends with its last one bit.
    let (unused, octets) = match contents {
        [unused @ 0..=7, octets @ ..] if octets.len() <= 2 => (u32::from(*unused), octets),
        _ => return malformed("a BIT STRING of more bits than there are names"),
    };
    let (last, bits) = match octets {
        [] if unused == 0 => return Ok(0),
        [] => return malformed("unused bits in an empty BIT STRING"),
        [one] => (*one, u16::from_be_bytes([*one, 0])),
        [one, two, ..] => (*two, u16::from_be_bytes([*one, *two])),
    };
    if last.trailing_zeros() < unused {
        return malformed("unused bits that are not zero");
    }
    Ok(bits)
}

fn basic_constraints(value: Reader<'_>) -> Decoded<BasicConstraints> {
    let outer = value.clone();
    let contents = only_sequence(value)?;
    let mut fields = outer.inside(contents, "basicConstraints");
    let ca = match fields.optional(tag::BOOLEAN)? {
        None => false,
        Some(element) => match element.contents {
            [0xff] => true,
            [0x00] => false,
            _ => return Err(fields.error(Problem::Value("a BOOLEAN that is neither 00 nor FF"))),
        },
    };
    let path_len = match fields.optional(tag::INTEGER)? {
        None => None,
        Some(element) => {
            super::check_integer(&fields, element)?;
            match element.contents {
                [first, ..] if first & 0x80 != 0 => {
                    return Err(fields.error(Problem::Value("a negative pathLenConstraint")));
                }
                [octet] | [0, octet] => Some(*octet),
                _ => Some(u8::MAX),
            }
        }
    };
    fields.finish()?;
    Ok(BasicConstraints { ca, path_len })
}
