//! Why a certificate, a CRL or an OCSP response could not be decoded.

use std::fmt;

/// Why a certificate, a CRL or an OCSP response could not be decoded: in which field, at which octet, and what is wrong there.
///
/// They are decoded strictly (X.690 DER, RFC 5280 sections 4.1 and 5.1, RFC 6960 section 4.2); what cannot be decoded is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The field, in the words of RFC 5280: `tbsCertificate.validity`.
    pub field: &'static str,
    /// Octets from the start of what was being decoded.
    pub offset: usize,
    /// What is wrong.
    pub problem: Problem,
}

impl DecodeError {
    #[cold]
    pub(crate) fn new(field: &'static str, offset: usize, problem: Problem) -> Box<Self> {
        Box::new(Self {
            field,
            offset,
            problem,
        })
    }
}

/// What decoding gives inside this crate: the error on the heap, for results are handed up many times where all is well.
pub(crate) type Decoded<T> = Result<T, Box<DecodeError>>;

impl From<Box<DecodeError>> for DecodeError {
    fn from(error: Box<Self>) -> Self {
        *error
    }
}

/// What is wrong with an encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The data ends inside an element.
    Truncated,
    /// Octets follow where nothing may follow.
    TrailingData,
    /// A tag number of 31 or more.
    HighTagNumber,
    /// BER's indefinite length, which DER forbids.
    IndefiniteLength,
    /// A length in more octets than it needs, which DER forbids.
    NonMinimalLength,
    /// An element of 64 KiB or more.
    TooLong,
    /// Another element than the one that belongs there.
    UnexpectedTag {
        /// The identifier octet that belongs there.
        expected: u8,
        /// The identifier octet found.
        found: u8,
    },
    /// A value that its type does not allow, or that DER encodes otherwise.
    Value(&'static str),
    /// The same extension twice (RFC 5280 section 4.2). The extension's identifier in dotted form.
    DuplicateExtension(String),
    /// More elements than this crate looks at.
    TooMany {
        /// The most.
        most: usize,
        /// Of what.
        what: &'static str,
    },
    /// Not an X.509 version 3 certificate. The version as encoded: 0 is version 1.
    UnsupportedVersion(u8),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}: ", self.field, self.offset)?;
        match &self.problem {
            Problem::Truncated => f.write_str("the data ends too early"),
            Problem::TrailingData => f.write_str("octets follow the end"),
            Problem::HighTagNumber => f.write_str("a tag number above 30"),
            Problem::IndefiniteLength => f.write_str("an indefinite length (BER, not DER)"),
            Problem::NonMinimalLength => {
                f.write_str("a length in more octets than needed (BER, not DER)")
            }
            Problem::TooLong => f.write_str("an element of 64 KiB or more"),
            Problem::UnexpectedTag { expected, found } => {
                write!(f, "expected tag 0x{expected:02x}, found 0x{found:02x}")
            }
            Problem::Value(text) => f.write_str(text),
            Problem::DuplicateExtension(oid) => write!(f, "the extension {oid} stands there twice"),
            Problem::TooMany { most, what } => write!(f, "more than {most} {what}"),
            Problem::UnsupportedVersion(version) => write!(
                f,
                "X.509 version {}, only version 3 is supported",
                u16::from(*version).saturating_add(1)
            ),
        }
    }
}

impl std::error::Error for DecodeError {}
