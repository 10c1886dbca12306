//! Subject public keys: what kind, and how strong (RFC 3279, 5480, 8410, 9881).

use std::fmt;

use super::decode_error::{Decoded, Problem};
use super::tlv::{Element, Reader, Span, tag};
use crate::oid::{Oid, OidBuf};

const RSA_ENCRYPTION: Oid<'static> = Oid::known(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]);
const RSASSA_PSS: Oid<'static> = Oid::known(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10]);
const EC_PUBLIC_KEY: Oid<'static> = Oid::known(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]);
const ED25519: Oid<'static> = Oid::known(&[0x2b, 0x65, 0x70]);
const ED448: Oid<'static> = Oid::known(&[0x2b, 0x65, 0x71]);
/// The arc of NIST's signature algorithms; ML-DSA-44, -65 and -87 are 17, 18 and 19 below it.
const NIST_SIGNATURES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 3, 4, 3];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
const SECP256K1: &[u8] = &[0x2b, 0x81, 0x04, 0, 10];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0, 34];
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0, 35];

/// A subject public key: its kind and its strength.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey {
    /// RSA (RFC 3279 section 2.3.1, and RSASSA-PSS keys, RFC 4055).
    Rsa {
        /// The true length of the modulus in bits, without the leading zero octet of its encoding.
        bits: u32,
        /// The public exponent, if it fits into 64 bits.
        exponent: Option<u64>,
    },
    /// An elliptic-curve key on a named curve (RFC 5480).
    Ec(Curve),
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Ed448 (RFC 8410).
    Ed448,
    /// ML-DSA (RFC 9881): parameter set 44, 65 or 87.
    MlDsa(u8),
    /// Anything else, by its algorithm identifier.
    Other(OidBuf),
}

/// A named elliptic curve (RFC 5480 section 2.1.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
    /// Any other curve, by its identifier.
    Other(OidBuf),
}

impl Curve {
    /// Bits of the field, for the curves known here.
    #[must_use]
    pub const fn bits(&self) -> Option<u32> {
        match self {
            Self::P256 => Some(256),
            Self::P384 => Some(384),
            Self::P521 => Some(521),
            Self::Other(_) => None,
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::P256 => f.write_str("P-256"),
            Self::P384 => f.write_str("P-384"),
            Self::P521 => f.write_str("P-521"),
            Self::Other(oid) if oid.as_oid().contents() == SECP256K1 => f.write_str("secp256k1"),
            Self::Other(oid) => write!(f, "the curve {oid}"),
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits, exponent } => {
                write!(f, "RSA of {bits} bits")?;
                match exponent {
                    Some(65_537) => Ok(()),
                    Some(exponent) => write!(f, " with exponent {exponent}"),
                    None => f.write_str(" with an exponent above 64 bits"),
                }
            }
            Self::Ec(curve) => write!(f, "EC on {curve}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Ed448 => f.write_str("Ed448"),
            Self::MlDsa(set) => write!(f, "ML-DSA-{set}"),
            Self::Other(oid) if oid.as_oid().contents() == DSA => f.write_str("DSA"),
            Self::Other(oid) => write!(f, "a key of algorithm {oid}"),
        }
    }
}

/// What a certificate's layout remembers of its key, without allocation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyLayout {
    Rsa { bits: u32, exponent: Option<u64> },
    Ec(Span),
    Ed25519,
    Ed448,
    MlDsa(u8),
    Other(Span),
}

/// A key as rules compare it: borrowed, so that the accept path does not allocate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyRef<'a> {
    Rsa { bits: u32, exponent: Option<u64> },
    P256,
    P384,
    P521,
    OtherCurve(Oid<'a>),
    Ed25519,
    Ed448,
    MlDsa(u8),
    Other(Oid<'a>),
}

impl KeyRef<'_> {
    pub(crate) fn to_owned(self) -> PublicKey {
        match self {
            Self::Rsa { bits, exponent } => PublicKey::Rsa { bits, exponent },
            Self::P256 => PublicKey::Ec(Curve::P256),
            Self::P384 => PublicKey::Ec(Curve::P384),
            Self::P521 => PublicKey::Ec(Curve::P521),
            Self::OtherCurve(oid) => PublicKey::Ec(Curve::Other(oid.into())),
            Self::Ed25519 => PublicKey::Ed25519,
            Self::Ed448 => PublicKey::Ed448,
            Self::MlDsa(set) => PublicKey::MlDsa(set),
            Self::Other(oid) => PublicKey::Other(oid.into()),
        }
    }
}

impl KeyLayout {
    pub(crate) fn view<'a>(&self, der: &'a [u8]) -> KeyRef<'a> {
        match *self {
            Self::Rsa { bits, exponent } => KeyRef::Rsa { bits, exponent },
            Self::Ec(curve) => match curve.of(der) {
                P256 => KeyRef::P256,
                P384 => KeyRef::P384,
                P521 => KeyRef::P521,
                other => KeyRef::OtherCurve(Oid::known(other)),
            },
            Self::Ed25519 => KeyRef::Ed25519,
            Self::Ed448 => KeyRef::Ed448,
            Self::MlDsa(set) => KeyRef::MlDsa(set),
            Self::Other(oid) => KeyRef::Other(Oid::known(oid.of(der))),
        }
    }
}

/// Where the parts of a SubjectPublicKeyInfo lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpkiLayout {
    pub(crate) contents: Span,
    pub(crate) whole: Span,
    /// The BIT STRING's octets, as signature algorithms take them.
    pub(crate) key: Span,
    pub(crate) kind: KeyLayout,
}

/// Decodes a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) that `element` holds.
pub(crate) fn decode_spki<'a>(reader: &Reader<'a>, element: Element<'a>) -> Decoded<SpkiLayout> {
    const FIELD: &str = "subjectPublicKeyInfo";
    let mut spki = reader.inside(element.contents, FIELD);
    let algorithm = spki.expect(tag::SEQUENCE)?;
    let bits = spki.expect(tag::BIT_STRING)?;
    spki.finish()?;

    let mut algorithm = spki.inside(algorithm.contents, "subjectPublicKeyInfo.algorithm");
    let oid = super::decode_oid(&mut algorithm)?;
    let key = super::whole_octets(&spki, bits, "subjectPublicKeyInfo.subjectPublicKey")?;

    let kind = if oid == RSA_ENCRYPTION {
        let parameters = algorithm.expect(tag::NULL)?;
        if !parameters.contents.is_empty() {
            return Err(algorithm.error(Problem::Value("a NULL that is not empty")));
        }
        algorithm.finish()?;
        decode_rsa(&spki.inside(key, "subjectPublicKeyInfo.subjectPublicKey"))?
    } else if oid == RSASSA_PSS {
        decode_rsa(&spki.inside(key, "subjectPublicKeyInfo.subjectPublicKey"))?
    } else if oid == EC_PUBLIC_KEY {
        let curve = super::decode_oid(&mut algorithm)?;
        algorithm.finish()?;
        KeyLayout::Ec(spki.span(curve.contents()))
    } else if oid == ED25519 || oid == ED448 {
        algorithm.finish()?;
        if oid == ED25519 {
            KeyLayout::Ed25519
        } else {
            KeyLayout::Ed448
        }
    } else {
        match oid.contents().strip_prefix(NIST_SIGNATURES) {
            Some([17]) => KeyLayout::MlDsa(44),
            Some([18]) => KeyLayout::MlDsa(65),
            Some([19]) => KeyLayout::MlDsa(87),
            _ => KeyLayout::Other(spki.span(oid.contents())),
        }
    };
    Ok(SpkiLayout {
        contents: spki.span(element.contents),
        whole: spki.span(element.whole),
        key: spki.span(key),
        kind,
    })
}

/// RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } (RFC 8017 appendix A.1.1).
fn decode_rsa(key: &Reader<'_>) -> Decoded<KeyLayout> {
    let mut outer = key.clone();
    let sequence = outer.expect(tag::SEQUENCE)?;
    outer.finish()?;
    let mut fields = outer.inside(sequence.contents, "RSAPublicKey");
    let modulus = positive_integer(&mut fields)?;
    let exponent = positive_integer(&mut fields)?;
    fields.finish()?;
    let bits = match modulus {
        [first, ..] => u32::try_from(modulus.len())
            .unwrap_or(u32::MAX)
            .saturating_mul(8)
            .saturating_sub(first.leading_zeros()),
        [] => 0,
    };
    let exponent = exponent.iter().try_fold(0u64, |value, octet| {
        value
            .checked_mul(256)
            .map(|value| value | u64::from(*octet))
    });
    Ok(KeyLayout::Rsa { bits, exponent })
}

/// A positive INTEGER, without the zero octet that keeps it positive.
fn positive_integer<'a>(reader: &mut Reader<'a>) -> Decoded<&'a [u8]> {
    let element = reader.expect(tag::INTEGER)?;
    super::check_integer(reader, element)?;
    match element.contents {
        [0] => Err(reader.error(Problem::Value("an INTEGER that must be positive is zero"))),
        [first, ..] if first & 0x80 != 0 => Err(reader.error(Problem::Value(
            "an INTEGER that must be positive is negative",
        ))),
        [0, magnitude @ ..] => Ok(magnitude),
        magnitude => Ok(magnitude),
    }
}
