//! The names in certificates: distinguished names, alternative names, and which of their values can be compared.

mod alternative;
mod distinguished;

use std::fmt;

pub use alternative::{GeneralName, GeneralNames};
pub(crate) use alternative::{check_general_names, ip_address};
pub use distinguished::{Attribute, AttributeType, DistinguishedName, Rdn};
pub(crate) use distinguished::{COMMON_NAME, check_distinguished_name};

use crate::text;

/// Why a value in a name cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextProblem {
    /// A string type other than UTF8String, PrintableString and IA5String: what TeletexString, BMPString and
    /// UniversalString hold depends on who reads them. The identifier octet.
    StringType(u8),
    /// Octets that are no UTF-8, or not ASCII where the type allows only ASCII.
    Encoding,
    /// A NUL, another control character, or one that does not show.
    ControlCharacter,
    /// No characters at all.
    Empty,
    /// An iPAddress of neither 4 nor 16 octets.
    AddressLength,
}

impl fmt::Display for TextProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StringType(0x14) => f.write_str("a TeletexString"),
            Self::StringType(0x1c) => f.write_str("a UniversalString"),
            Self::StringType(0x1e) => f.write_str("a BMPString"),
            Self::StringType(tag) => write!(f, "a value of type 0x{tag:02x}"),
            Self::Encoding => f.write_str("octets its string type does not allow"),
            Self::ControlCharacter => f.write_str("a control or invisible character"),
            Self::Empty => f.write_str("an empty value"),
            Self::AddressLength => f.write_str("an address of neither 4 nor 16 octets"),
        }
    }
}

/// Text of an IA5String, or a PrintableString. The latter's repertoire has neither `@` nor `_` nor `*`, yet
/// certificates in use have them; they mean what they are, so all of visible ASCII is read.
fn ascii(octets: &[u8]) -> Result<&str, TextProblem> {
    match std::str::from_utf8(octets) {
        Ok(text) if text.is_ascii() => visible(text),
        _ => Err(TextProblem::Encoding),
    }
}

fn visible(text: &str) -> Result<&str, TextProblem> {
    // Nearly all text is visible ASCII, and a policy may look at it many times.
    let plain = text.bytes().all(|octet| matches!(octet, b' '..=b'~'));
    if text.is_empty() {
        Err(TextProblem::Empty)
    } else if !plain && text.chars().any(text::is_invisible) {
        Err(TextProblem::ControlCharacter)
    } else {
        Ok(text)
    }
}
