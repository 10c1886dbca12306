//! One certificate, decoded once, strictly, without copying: the only place that decodes certificates.
//!
//! [`Certificate`] is a view: the DER, and where in it each field lies. The structure is walked by a small
//! reader of our own (`tlv.rs`), values are decoded by the `der` crate or compared as octets.

mod decode_error;
mod extension;
mod key;
mod tlv;
mod validity;

use std::fmt;

pub(crate) use decode_error::Decoded;
pub use decode_error::{DecodeError, Problem};
pub use extension::{BasicConstraints, Extension, KeyUsage};
pub(crate) use extension::{ID_CE, named_bits, read as read_extension};
pub use key::{Curve, PublicKey};
pub(crate) use key::{KeyRef, SpkiLayout};
pub(crate) use tlv::{Element, Reader, Span, tag};
pub use validity::Validity;
pub(crate) use validity::{decode_generalized_time, decode_time};

use crate::name::{DistinguishedName, GeneralNames};
use crate::oid::Oid;

/// A decoded certificate (RFC 5280 section 4.1), borrowed from its DER.
///
/// Decoding is strict: X.690 DER, version 3, no duplicate extensions, equal signature algorithms inside and
/// outside, no unique identifiers. The values of distinguished names and alternative names are decoded only when
/// a rule compares them, for odd string types in them are common.
#[derive(Clone)]
pub struct Certificate<'a> {
    der: &'a [u8],
    layout: Layout,
}

/// Where the fields of a certificate lie in its DER, and its small values.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    tbs: Span,
    version: u8,
    serial: Span,
    signature_algorithm: Span,
    issuer: Span,
    validity: Validity,
    subject: Span,
    spki: SpkiLayout,
    extensions: extension::ExtensionLayout,
    signature: Span,
}

impl<'a> Certificate<'a> {
    /// Decodes a certificate of a chain: version 3.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says in which field, at which octet and why the certificate is refused.
    pub fn decode(der: &'a [u8]) -> Result<Self, DecodeError> {
        let layout = Layout::decode(der)?;
        if layout.version == 2 {
            Ok(Self { der, layout })
        } else {
            Err(DecodeError::new(
                "tbsCertificate.version",
                0,
                Problem::UnsupportedVersion(layout.version),
            )
            .into())
        }
    }

    /// A view by a layout that was decoded from the same DER.
    pub(crate) fn from_layout(der: &'a [u8], layout: &Layout) -> Self {
        Self::with_layout(der, layout.clone())
    }

    /// As [`from_layout`](Self::from_layout).
    pub(crate) fn with_layout(der: &'a [u8], layout: Layout) -> Self {
        Self { der, layout }
    }

    /// Whether this is a version 3 certificate; trust anchors may be of version 1.
    pub(crate) fn is_version_3(&self) -> bool {
        self.layout.version == 2
    }

    /// The version as encoded: 0 is version 1.
    pub(crate) fn version(&self) -> u8 {
        self.layout.version
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn into_layout(self) -> Layout {
        self.layout
    }

    /// The whole certificate.
    #[must_use]
    pub fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The signed part, tbsCertificate, with tag and length.
    pub(crate) fn tbs(&self) -> &'a [u8] {
        self.layout.tbs.of(self.der)
    }

    /// The issuer's signature.
    pub(crate) fn signature(&self) -> &'a [u8] {
        self.layout.signature.of(self.der)
    }

    /// serialNumber: the contents octets of the INTEGER, two's complement, most significant first.
    #[must_use]
    pub fn serial(&self) -> &'a [u8] {
        self.layout.serial.of(self.der)
    }

    /// The contents of the signature's AlgorithmIdentifier, without its outer tag and length.
    #[must_use]
    pub fn signature_algorithm(&self) -> &'a [u8] {
        self.layout.signature_algorithm.of(self.der)
    }

    /// Who issued the certificate.
    #[must_use]
    pub fn issuer(&self) -> DistinguishedName<'a> {
        DistinguishedName::new(self.layout.issuer.of(self.der))
    }

    /// The issuer's name with tag and length, as OCSP hashes it (RFC 6960 section 4.1.1).
    pub(crate) fn issuer_der(&self) -> &'a [u8] {
        self.layout.issuer.whole_of(self.der)
    }

    /// Whom the certificate is about.
    #[must_use]
    pub fn subject(&self) -> DistinguishedName<'a> {
        DistinguishedName::new(self.layout.subject.of(self.der))
    }

    /// The validity period.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.layout.validity
    }

    /// The validity period as it is written, and what follows it in the signed part.
    pub(crate) fn validity_onwards(&self) -> &'a [u8] {
        self.layout.issuer.after(self.der)
    }

    /// The subject's public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.key().to_owned()
    }

    pub(crate) fn key(&self) -> KeyRef<'a> {
        self.layout.spki.kind.view(self.der)
    }

    /// The octets of the subject's public key, as signature algorithms take them.
    pub(crate) fn key_octets(&self) -> &'a [u8] {
        self.layout.spki.key.of(self.der)
    }

    /// The SubjectPublicKeyInfo, with tag and length: what SPKI pins are made of (RFC 7469 section 2.4).
    #[must_use]
    pub fn spki(&self) -> &'a [u8] {
        self.layout.spki.whole.of(self.der)
    }

    /// The SubjectPublicKeyInfo as webpki compares it, without tag and length.
    pub(crate) fn spki_contents(&self) -> &'a [u8] {
        self.layout.spki.contents.of(self.der)
    }

    /// basicConstraints, if present.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.layout.extensions.basic_constraints
    }

    /// keyUsage, if present.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.layout.extensions.key_usage
    }

    /// The key purposes of extKeyUsage, if present: at least one.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<KeyPurposes<'a>> {
        let span = self.layout.extensions.extended_key_usage?;
        Some(KeyPurposes {
            rest: Reader::new(span.of(self.der), "extKeyUsage"),
        })
    }

    /// The names of subjectAltName, if present.
    #[must_use]
    pub fn subject_alternative_names(&self) -> Option<GeneralNames<'a>> {
        let span = self.layout.extensions.subject_alternative_name?;
        Some(GeneralNames::new(span.of(self.der)))
    }

    /// Whether there is a nameConstraints extension.
    #[must_use]
    pub fn has_name_constraints(&self) -> bool {
        self.layout.extensions.name_constraints.is_some()
    }

    /// The value of cRLDistributionPoints, not decoded (RFC 5280 section 4.2.1.13).
    pub(crate) fn crl_distribution_points(&self) -> Option<&'a [u8]> {
        let span = self.layout.extensions.crl_distribution_points?;
        Some(span.of(self.der))
    }

    /// The value of the TLS feature extension, not decoded (RFC 7633).
    pub(crate) fn tls_feature(&self) -> Option<&'a [u8]> {
        let span = self.layout.extensions.tls_feature?;
        Some(span.of(self.der))
    }

    /// All extensions, in order.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        let list = self.layout.extensions.list.map(|span| span.of(self.der));
        let mut reader = Reader::new(list.unwrap_or_default(), "extensions");
        std::iter::from_fn(move || {
            if reader.at_end() {
                None
            } else {
                extension::read(&mut reader).ok()
            }
        })
    }

    /// Whether subject and issuer are the same name (RFC 5280 section 3.2).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject() == self.issuer()
    }
}

impl fmt::Debug for Certificate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject())
            .field("issuer", &self.issuer())
            .field("validity", &self.validity())
            .field("public_key", &self.public_key())
            .finish_non_exhaustive()
    }
}

/// The key purposes of an extKeyUsage extension (RFC 5280 section 4.2.1.12).
#[derive(Clone, Debug)]
pub struct KeyPurposes<'a> {
    rest: Reader<'a>,
}

impl<'a> Iterator for KeyPurposes<'a> {
    type Item = Oid<'a>;

    fn next(&mut self) -> Option<Oid<'a>> {
        if self.rest.at_end() {
            return None;
        }
        decode_oid(&mut self.rest).ok()
    }
}

impl Layout {
    /// Decodes a certificate of any version; version 1 and 2 ones are of use only as trust anchors.
    pub(crate) fn decode(der: &[u8]) -> Decoded<Self> {
        let mut outer = Reader::new(der, "certificate");
        let certificate = outer.expect(tag::SEQUENCE)?;
        outer.finish()?;
        let mut fields = outer.inside(certificate.contents, "certificate");
        let tbs = fields.expect(tag::SEQUENCE)?;
        let outer_algorithm = fields.expect(tag::SEQUENCE)?;
        let signature = fields.expect(tag::BIT_STRING)?;
        fields.finish()?;
        let signature = whole_octets(&fields, signature, "signatureValue")?;

        let mut body = fields.inside(tbs.contents, "tbsCertificate");
        let version = decode_version(&mut body)?;
        let serial = body.expect(tag::INTEGER)?;
        check_integer(&body, serial)?;
        let algorithm = body.expect(tag::SEQUENCE)?;
        if algorithm.contents != outer_algorithm.contents {
            return Err(body.error(Problem::Value(
                "the signature algorithms inside and outside the signed part differ",
            )));
        }
        decode_oid(&mut body.inside(algorithm.contents, "tbsCertificate.signature"))?;
        let issuer = decode_name(&mut body, "tbsCertificate.issuer")?;
        let validity = validity::decode(&mut body)?;
        let subject = decode_name(&mut body, "tbsCertificate.subject")?;
        let spki = body.expect(tag::SEQUENCE)?;
        let spki = key::decode_spki(&body, spki)?;
        let extensions = decode_extensions(&mut body, version)?;
        body.finish()?;
        Ok(Self {
            tbs: body.span(tbs.whole),
            version,
            serial: body.span(serial.contents),
            signature_algorithm: body.span(algorithm.contents),
            issuer,
            validity,
            subject,
            spki,
            extensions,
            signature: body.span(signature),
        })
    }
}

/// The subject of something that could not be decoded as a certificate, if its structure holds that far.
pub(crate) fn subject_of_undecodable(der: &[u8]) -> Option<DistinguishedName<'_>> {
    let mut reader = Reader::new(der, "certificate");
    let certificate = reader.expect(tag::SEQUENCE).ok()?;
    let mut fields = reader.inside(certificate.contents, "certificate");
    let tbs = fields.expect(tag::SEQUENCE).ok()?;
    let mut body = fields.inside(tbs.contents, "tbsCertificate");
    body.optional(tag::constructed(0)).ok()?;
    body.expect(tag::INTEGER).ok()?;
    for _before in ["signature", "issuer", "validity"] {
        body.expect(tag::SEQUENCE).ok()?;
    }
    let subject = decode_name(&mut body, "tbsCertificate.subject").ok()?;
    Some(DistinguishedName::new(subject.of(der)))
}

/// `[0] EXPLICIT INTEGER DEFAULT v1`.
fn decode_version(body: &mut Reader<'_>) -> Decoded<u8> {
    let Some(explicit) = body.optional(tag::constructed(0))? else {
        return Ok(0);
    };
    let mut inside = body.inside(explicit.contents, "tbsCertificate.version");
    let version = inside.expect(tag::INTEGER)?;
    inside.finish()?;
    match version.contents {
        // X.690 section 11.5: the default is not encoded.
        [0] => Err(inside.error(Problem::Value(
            "version 1 spelled out, which DER leaves out",
        ))),
        [version @ 1..=2] => Ok(*version),
        [version @ 3..=0x7f] => Err(inside.error(Problem::UnsupportedVersion(*version))),
        _ => Err(inside.error(Problem::Value("an INTEGER that is no version"))),
    }
}

pub(crate) fn decode_name(body: &mut Reader<'_>, field: &'static str) -> Decoded<Span> {
    let name = body.expect(tag::SEQUENCE)?;
    crate::name::check_distinguished_name(body.inside(name.contents, field))?;
    Ok(body.span(name.contents))
}

fn decode_extensions(body: &mut Reader<'_>, version: u8) -> Decoded<extension::ExtensionLayout> {
    let Some(explicit) = body.optional(tag::constructed(3))? else {
        return Ok(extension::ExtensionLayout::default());
    };
    if version != 2 {
        return Err(body.error(Problem::Value(
            "extensions in a certificate that is not version 3",
        )));
    }
    let mut inside = body.inside(explicit.contents, "tbsCertificate.extensions");
    let list = inside.expect(tag::SEQUENCE)?;
    inside.finish()?;
    extension::decode_all(&inside, list.contents)
}

/// Reads an OBJECT IDENTIFIER.
pub(crate) fn decode_oid<'a>(reader: &mut Reader<'a>) -> Decoded<Oid<'a>> {
    let element = reader.expect(tag::OBJECT_IDENTIFIER)?;
    match Oid::from_contents(element.contents) {
        Some(oid) => Ok(oid),
        None => Err(reader.error(Problem::Value("a malformed OBJECT IDENTIFIER"))),
    }
}

/// X.690 section 8.3.2: at least one octet, and no more than needed.
pub(crate) fn check_integer(reader: &Reader<'_>, element: Element<'_>) -> Decoded<()> {
    match element.contents {
        [] => Err(reader.error(Problem::Value("an INTEGER without octets"))),
        [0x00, second, ..] if second & 0x80 == 0 => {
            Err(reader.error(Problem::Value("an INTEGER in more octets than needed")))
        }
        [0xff, second, ..] if second & 0x80 != 0 => {
            Err(reader.error(Problem::Value("an INTEGER in more octets than needed")))
        }
        _ => Ok(()),
    }
}

/// The octets of a BIT STRING without unused bits.
pub(crate) fn whole_octets<'a>(
    reader: &Reader<'a>,
    bits: Element<'a>,
    field: &'static str,
) -> Decoded<&'a [u8]> {
    let mut inside = reader.inside(bits.contents, field);
    inside.skip_zero_octet()?;
    Ok(inside.rest())
}

/// Decodes a SubjectPublicKeyInfo that comes without its outer tag and length; returns it with them.
pub(crate) fn decode_spki_contents(contents: &[u8]) -> Decoded<(Vec<u8>, SpkiLayout)> {
    const FIELD: &str = "subjectPublicKeyInfo";
    let mut whole = vec![tag::SEQUENCE];
    match u16::try_from(contents.len()).map(u16::to_be_bytes) {
        Ok([0, length @ 0..=0x7f]) => whole.push(length),
        Ok([0, length]) => whole.extend([0x81, length]),
        Ok([high, low]) => whole.extend([0x82, high, low]),
        Err(_) => return Err(DecodeError::new(FIELD, 0, Problem::TooLong)),
    }
    whole.extend_from_slice(contents);
    let mut reader = Reader::new(&whole, FIELD);
    let element = reader.expect(tag::SEQUENCE)?;
    reader.finish()?;
    let layout = key::decode_spki(&reader, element)?;
    Ok((whole, layout))
}
