//! Decoding a CRL, strictly (RFC 5280 section 5.1), and indexing its entries on the way.

use super::entry;
use super::index::Index;
use super::scope::Scope;
use crate::certificate::{
    DecodeError, Decoded, ID_CE, Problem, Reader, Span, check_integer, decode_name, decode_oid,
    decode_time, read_extension, tag, whole_octets,
};
use crate::name::DistinguishedName;
use crate::oid::OidBuf;
use crate::time::Time;

/// Most extensions of a CRL. CRLs in use have two to five.
const MAX_EXTENSIONS: usize = 64;

/// Most octets of a cRLNumber (section 5.2.3).
const MAX_NUMBER: usize = 20;

const CRL_NUMBER: u8 = 20;
const DELTA_CRL_INDICATOR: u8 = 27;
const ISSUING_DISTRIBUTION_POINT: u8 = 28;

/// Why a CRL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlProblem {
    /// More octets than are read.
    #[error(
        "it has {octets} octets, the most is {most}: have the CA split it by distribution points"
    )]
    TooLarge {
        /// Its octets.
        octets: usize,
        /// The most.
        most: usize,
    },
    /// PEM, where DER is asked for.
    #[error("it is PEM: `Crl::from_pem` reads it")]
    Pem,
    /// Not a CRL in strict DER.
    #[error("{0}; load it again from the CA, and if it stays so, the CA does not encode correctly")]
    Undecodable(DecodeError),
    /// Not of version 2 (RFC 5280 section 5.1.2.1).
    #[error("it is not of version 2: have the CA issue CRLs of version 2, with a cRLNumber")]
    Version,
    /// There is no nextUpdate (RFC 5280 section 5.1.2.5).
    #[error("it has no nextUpdate, so that nobody knows how long it holds: have the CA add one")]
    NoNextUpdate,
    /// There is no cRLNumber (RFC 5280 section 5.2.3).
    #[error("it has no cRLNumber: have the CA add one")]
    NoNumber,
    /// The cRLNumber is critical (RFC 5280 section 5.2.3).
    #[error("its cRLNumber is critical, which it must not be: have the CA mend that")]
    CriticalNumber,
    /// A delta CRL (RFC 5280 section 5.2.4).
    #[error("it is a delta CRL, which holds only with its base CRL: hand over complete CRLs")]
    Delta,
    /// An indirect CRL (RFC 5280 section 5.2.5).
    #[error(
        "it is an indirect CRL, about certificates of other issuers: hand over CRLs that each CA issues for its own certificates"
    )]
    Indirect,
    /// About attribute certificates alone (RFC 5280 section 5.2.5).
    #[error("it is about attribute certificates alone: leave it out")]
    AttributeCertificates,
    /// A critical extension that is not known (RFC 5280 section 5.2). Its identifier.
    #[error(
        "it has the critical extension {0}, which is not supported: ask the CA for a CRL without it"
    )]
    CriticalExtension(OidBuf),
    /// An entry has a critical extension that is not known (RFC 5280 section 5.3). Its identifier.
    #[error(
        "an entry has the critical extension {0}, which is not supported: ask the CA for a CRL without it"
    )]
    CriticalEntryExtension(OidBuf),
}

impl From<Box<DecodeError>> for CrlProblem {
    fn from(error: Box<DecodeError>) -> Self {
        Self::Undecodable(error.into())
    }
}

/// Where the fields of a CRL lie in its DER, and its small values.
pub(super) struct Layout {
    pub(super) tbs: Span,
    pub(super) signature_algorithm: Span,
    pub(super) signature: Span,
    pub(super) issuer: Span,
    pub(super) this_update: Time,
    pub(super) next_update: Time,
    pub(super) number: Span,
    pub(super) scope: Scope,
}

/// The layout of a CRL, and the index of its entries.
pub(super) fn decode(der: &[u8]) -> Result<(Layout, Index), CrlProblem> {
    if der.starts_with(b"-----BEGIN ") {
        return Err(CrlProblem::Pem);
    }
    let mut outer = Reader::new(der, "certificateList");
    let list = outer.expect_large(tag::SEQUENCE)?;
    outer.finish()?;
    let mut fields = outer.inside(list.contents, "certificateList");
    let tbs = fields.expect_large(tag::SEQUENCE)?;
    let outer_algorithm = fields.expect(tag::SEQUENCE)?;
    let signature = fields.expect(tag::BIT_STRING)?;
    fields.finish()?;
    let signature = whole_octets(&fields, signature, "signatureValue")?;

    let mut body = fields.inside(tbs.contents, "tbsCertList");
    decode_version(&mut body)?;
    let algorithm = body.expect(tag::SEQUENCE)?;
    if algorithm.contents != outer_algorithm.contents {
        let problem = "the signature algorithms inside and outside the signed part differ";
        return Err(body.error(Problem::Value(problem)).into());
    }
    decode_oid(&mut body.inside(algorithm.contents, "tbsCertList.signature"))?;
    let issuer = decode_name(&mut body, "tbsCertList.issuer")?;
    if issuer.of(der).is_empty() {
        return Err(body
            .error(Problem::Value("an issuer without a name"))
            .into());
    }
    let this_update = decode_time(&mut body)?;
    let next_update = decode_next_update(&mut body)?;
    if next_update < this_update {
        let problem = Problem::Value("nextUpdate is earlier than thisUpdate");
        return Err(body.error(problem).into());
    }
    let entries = optional_large(&mut body, tag::SEQUENCE)?;
    let extensions = decode_extensions(&mut body)?;
    body.finish()?;
    let index = decode_entries(der, body.inside(entries, "revokedCertificates"))?;
    let layout = Layout {
        tbs: body.span(tbs.whole),
        signature_algorithm: body.span(algorithm.contents),
        signature: body.span(signature),
        issuer,
        this_update,
        next_update,
        number: extensions.number,
        scope: extensions.scope,
    };
    Ok((layout, index))
}

/// The issuer of what could not be decoded as a CRL, if its structure holds that far.
pub(super) fn issuer_of_undecodable(der: &[u8]) -> Option<DistinguishedName<'_>> {
    let mut reader = Reader::new(der, "certificateList");
    let list = reader.expect_large(tag::SEQUENCE).ok()?;
    let mut fields = reader.inside(list.contents, "certificateList");
    let tbs = fields.expect_large(tag::SEQUENCE).ok()?;
    let mut body = fields.inside(tbs.contents, "tbsCertList");
    body.optional(tag::INTEGER).ok()?;
    body.expect(tag::SEQUENCE).ok()?;
    let issuer = decode_name(&mut body, "tbsCertList.issuer").ok()?;
    Some(DistinguishedName::new(issuer.of(der)))
}

/// `Version OPTIONAL`; 1 stands for version 2.
fn decode_version(body: &mut Reader<'_>) -> Result<(), CrlProblem> {
    match body.optional(tag::INTEGER)? {
        Some(version) if version.contents == [1] => Ok(()),
        _ => Err(CrlProblem::Version),
    }
}

fn decode_next_update(body: &mut Reader<'_>) -> Result<Time, CrlProblem> {
    match body.rest().first() {
        Some(&(tag::UTC_TIME | tag::GENERALIZED_TIME)) => Ok(decode_time(body)?),
        _ => Err(CrlProblem::NoNextUpdate),
    }
}

/// The contents of an element that may be large, or nothing.
fn optional_large<'a>(body: &mut Reader<'a>, wanted: u8) -> Decoded<&'a [u8]> {
    if body.rest().first() == Some(&wanted) {
        body.expect_large(wanted).map(|element| element.contents)
    } else {
        Ok(&[])
    }
}

/// Reads every entry once. The table gets its final size first, for growing would take twice its octets.
fn decode_entries(der: &[u8], list: Reader<'_>) -> Result<Index, CrlProblem> {
    let (mut count, mut elements) = (0usize, list.clone());
    while !elements.at_end() {
        elements.expect(tag::SEQUENCE)?;
        count = count.saturating_add(1);
    }
    let mut index = Index::for_entries(count);
    let mut entries = list;
    while !entries.at_end() {
        let start = entries.rest();
        let (serial, _) = entry::read(&mut entries)?;
        let offset = entries.span(start).start();
        index.add(der, serial, offset);
    }
    Ok(index)
}

struct Extensions {
    number: Span,
    scope: Scope,
}

/// `crlExtensions [0] EXPLICIT Extensions`.
fn decode_extensions(body: &mut Reader<'_>) -> Result<Extensions, CrlProblem> {
    const FIELD: &str = "crlExtensions";
    let (mut number, mut scope) = (None, None);
    let Some(explicit) = body.optional(tag::constructed(0))? else {
        return Err(CrlProblem::NoNumber);
    };
    let mut inside = body.inside(explicit.contents, FIELD);
    let sequence = inside.expect(tag::SEQUENCE)?;
    inside.finish()?;
    let mut list = inside.inside(sequence.contents, FIELD);
    let mut seen: Vec<&[u8]> = Vec::new();
    while !list.at_end() {
        if seen.len() == MAX_EXTENSIONS {
            let (most, what) = (MAX_EXTENSIONS, "extensions");
            return Err(list.error(Problem::TooMany { most, what }).into());
        }
        let extension = read_extension(&mut list)?;
        let oid = extension.oid.contents();
        if seen.contains(&oid) {
            let twice = extension.oid.to_string();
            return Err(list.error(Problem::DuplicateExtension(twice)).into());
        }
        seen.push(oid);
        let value = list.inside(extension.value, FIELD);
        match oid.strip_prefix(&ID_CE) {
            Some([CRL_NUMBER]) if extension.critical => return Err(CrlProblem::CriticalNumber),
            Some([CRL_NUMBER]) => number = Some(decode_number(value)?),
            Some([DELTA_CRL_INDICATOR]) => return Err(CrlProblem::Delta),
            Some([ISSUING_DISTRIBUTION_POINT]) => scope = Some(Scope::decode(value)?),
            _ if extension.critical => {
                return Err(CrlProblem::CriticalExtension(extension.oid.into()));
            }
            // authorityKeyIdentifier among them: the signature says whose the CRL is.
            _ => {}
        }
    }
    Ok(Extensions {
        number: number.ok_or(CrlProblem::NoNumber)?,
        scope: scope.unwrap_or(Scope::WHOLE),
    })
}

fn decode_number(mut value: Reader<'_>) -> Decoded<Span> {
    let number = value.expect(tag::INTEGER)?;
    value.finish()?;
    check_integer(&value, number)?;
    let magnitude = match number.contents {
        [first, ..] if first & 0x80 != 0 => {
            return Err(value.error(Problem::Value("a cRLNumber that is negative")));
        }
        [0, magnitude @ ..] => magnitude,
        magnitude => magnitude,
    };
    if magnitude.len() > MAX_NUMBER {
        return Err(value.error(Problem::Value("a cRLNumber of more than 20 octets")));
    }
    Ok(value.span(number.contents))
}
