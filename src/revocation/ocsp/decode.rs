//! Decoding an OCSP response, strictly (RFC 6960 section 4.2). The accept path decodes every stapled response, so that
//! this is a view, as certificates are: it borrows, and allocates nothing.

use super::MAX_OCSP_OCTETS;
use super::responder::ResponderProblem;
use crate::certificate::{
    DecodeError, Decoded, Problem, Reader, Span, check_integer, decode_generalized_time,
    decode_name, decode_oid, read_extension, tag, whole_octets,
};
use crate::oid::OidBuf;
use crate::revocation::RevocationReason;
use crate::revocation::crl::decode_reason;
use crate::revocation::signature::Signed;
use crate::rules::signature_algorithm::SignatureAlgorithm;
use crate::time::Time;

/// id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1.
const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 1];
/// id-pkix-ocsp-nonce, 1.3.6.1.5.5.7.48.1.2: of no use in a response that was made for somebody else's request.
const NONCE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 2];
/// id-sha1, 1.3.14.3.2.26.
const SHA1: &[u8] = &[0x2b, 14, 3, 2, 26];
/// id-sha256, 2.16.840.1.101.3.4.2.1.
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 3, 4, 2, 1];

/// Most extensions in one place.
const MAX_EXTENSIONS: usize = 16;

/// Most certificates that come with a response. Responders send their own, some its issuer's too.
const MAX_CERTIFICATES: usize = 8;

/// Why an OCSP response is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcspProblem {
    /// More octets than are read.
    #[error("it has {octets} octets, the most is {most}")]
    TooLarge {
        /// Its octets.
        octets: usize,
        /// The most.
        most: usize,
    },
    /// No octets.
    #[error("it is empty")]
    Empty,
    /// PEM.
    #[error("it is PEM: give it in DER, as responders send it")]
    Pem,
    /// Not an OCSP response in strict DER.
    #[error("{0}")]
    Undecodable(DecodeError),
    /// The responder did not answer (RFC 6960 section 4.2.1): its responseStatus.
    #[error("the responder gave no answer: {}", status_name(*.0))]
    NoAnswer(u8),
    /// A response of a kind that is not basic (RFC 6960 section 4.2.1). Its identifier.
    #[error("it is of the kind {0}, not id-pkix-ocsp-basic")]
    ResponseType(OidBuf),
    /// A critical extension that is not known (RFC 6960 section 4.4). Its identifier.
    #[error("it has the critical extension {0}, which is not supported")]
    CriticalExtension(OidBuf),
    /// It names certificates by another hash than SHA-1 or SHA-256. Its identifier.
    #[error("it names certificates by the hash {0}, not by SHA-1 or SHA-256")]
    IdHash(OidBuf),
    /// None of its single responses is about the certificate.
    #[error("it is about other certificates")]
    OtherCertificate,
    /// Signed with what is too weak, or what the crypto provider does not have.
    #[error("it is signed with {0}, which is not accepted")]
    Algorithm(SignatureAlgorithm),
    /// The signature does not hold.
    #[error("its signature does not hold under the responder's key")]
    BadSignature,
    /// The responder is neither the issuer nor one whose certificate comes with the response.
    #[error(
        "it is signed by neither the certificate's issuer nor a responder whose certificate comes with it"
    )]
    UnknownResponder,
    /// The responder's certificate does not permit it to answer for the issuer (RFC 6960 section 4.2.2.2).
    #[error("its responder may not answer for the certificate's issuer: {0}")]
    Responder(ResponderProblem),
    /// More signatures than are verified in one call.
    #[error("verifying it would take more work than is allowed")]
    TooMuchWork,
}

fn status_name(status: u8) -> &'static str {
    match status {
        1 => "malformedRequest",
        2 => "internalError",
        3 => "tryLater",
        5 => "sigRequired",
        6 => "unauthorized",
        _ => "a status that is not defined",
    }
}

impl From<Box<DecodeError>> for OcspProblem {
    fn from(error: Box<DecodeError>) -> Self {
        Self::Undecodable(error.into())
    }
}

/// A basic response (RFC 6960 section 4.2.1), borrowed from its DER.
#[derive(Clone, Debug)]
pub(crate) struct Response<'a> {
    der: &'a [u8],
    /// ResponseData, with tag and length.
    data: Span,
    algorithm: Span,
    signature: Span,
    certificates: Span,
    responder: ResponderId<'a>,
    produced_at: Time,
    singles: Span,
}

/// Who says that it answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ResponderId<'a> {
    /// The contents of its name.
    Name(&'a [u8]),
    /// SHA-1 of its key.
    KeyHash(&'a [u8]),
}

/// What is said of one certificate.
#[derive(Clone, Debug)]
pub(crate) struct SingleResponse<'a> {
    pub(crate) id: CertificateId<'a>,
    pub(crate) status: SingleStatus,
    pub(crate) this_update: Time,
    pub(crate) next_update: Option<Time>,
}

/// CertStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SingleStatus {
    Good,
    Revoked {
        date: Time,
        reason: Option<RevocationReason>,
    },
    Unknown,
}

/// CertID (section 4.1.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct CertificateId<'a> {
    pub(crate) hash: IdHash,
    pub(crate) issuer_name: &'a [u8],
    pub(crate) issuer_key: &'a [u8],
    pub(crate) serial: &'a [u8],
}

/// The hashes that names are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdHash {
    Sha1,
    Sha256,
}

impl<'a> Response<'a> {
    pub(crate) fn decode(der: &'a [u8]) -> Result<Self, OcspProblem> {
        if der.len() > MAX_OCSP_OCTETS {
            return Err(OcspProblem::TooLarge {
                octets: der.len(),
                most: MAX_OCSP_OCTETS,
            });
        }
        if der.is_empty() {
            return Err(OcspProblem::Empty);
        }
        if der.starts_with(b"-----BEGIN ") {
            return Err(OcspProblem::Pem);
        }
        let mut outer = Reader::new(der, "ocspResponse");
        let response = outer.expect(tag::SEQUENCE)?;
        outer.finish()?;
        let mut fields = outer.inside(response.contents, "ocspResponse");
        let status = fields.expect(tag::ENUMERATED)?;
        match status.contents {
            [0] => {}
            [status] => return Err(OcspProblem::NoAnswer(*status)),
            _ => {
                return Err(fields
                    .error(Problem::Value("a responseStatus of several octets"))
                    .into());
            }
        }
        let bytes = fields.expect(tag::constructed(0))?;
        fields.finish()?;
        let mut explicit = fields.inside(bytes.contents, "responseBytes");
        let bytes = explicit.expect(tag::SEQUENCE)?;
        explicit.finish()?;
        let mut typed = explicit.inside(bytes.contents, "responseBytes");
        let kind = decode_oid(&mut typed)?;
        let basic = typed.expect(tag::OCTET_STRING)?;
        typed.finish()?;
        if kind.contents() != BASIC {
            return Err(OcspProblem::ResponseType(kind.into()));
        }
        Self::decode_basic(der, typed.inside(basic.contents, "basicOCSPResponse"))
    }

    fn decode_basic(der: &'a [u8], mut outer: Reader<'a>) -> Result<Self, OcspProblem> {
        let basic = outer.expect(tag::SEQUENCE)?;
        outer.finish()?;
        let mut fields = outer.inside(basic.contents, "basicOCSPResponse");
        let data = fields.expect(tag::SEQUENCE)?;
        let algorithm = fields.expect(tag::SEQUENCE)?;
        decode_oid(&mut fields.inside(algorithm.contents, "signatureAlgorithm"))?;
        let signature = fields.expect(tag::BIT_STRING)?;
        let signature = whole_octets(&fields, signature, "signature")?;
        let certificates = match fields.optional(tag::constructed(0))? {
            Some(explicit) => decode_certificates(fields.inside(explicit.contents, "certs"))?,
            None => Span::default(),
        };
        fields.finish()?;

        let mut body = fields.inside(data.contents, "responseData");
        if let Some(version) = body.optional(tag::constructed(0))? {
            check_version(body.inside(version.contents, "responseData.version"))?;
        }
        let responder = decode_responder(&mut body)?;
        let produced_at = decode_generalized_time(&mut body)?;
        let singles = body.expect(tag::SEQUENCE)?;
        if let Some(extensions) = body.optional(tag::constructed(1))? {
            check_extensions(body.inside(extensions.contents, "responseExtensions"))?;
        }
        body.finish()?;
        let mut list = body.inside(singles.contents, "responses");
        while !list.at_end() {
            decode_single(&mut list)?;
        }
        Ok(Self {
            der,
            data: fields.span(data.whole),
            algorithm: fields.span(algorithm.contents),
            signature: fields.span(signature),
            certificates,
            responder,
            produced_at,
            singles: body.span(singles.contents),
        })
    }

    pub(crate) fn signed(&self) -> Signed<'a> {
        Signed {
            algorithm: self.algorithm.of(self.der),
            message: self.data.of(self.der),
            signature: self.signature.of(self.der),
        }
    }

    pub(crate) fn responder(&self) -> ResponderId<'a> {
        self.responder
    }

    pub(crate) fn produced_at(&self) -> Time {
        self.produced_at
    }

    /// The single responses, in order.
    pub(crate) fn singles(&self) -> impl Iterator<Item = SingleResponse<'a>> + use<'a> {
        let mut list = Reader::new(self.singles.of(self.der), "responses");
        std::iter::from_fn(move || {
            if list.at_end() {
                None
            } else {
                decode_single(&mut list).ok()
            }
        })
    }

    /// The certificates that came with it, not decoded.
    pub(crate) fn certificates(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut list = Reader::new(self.certificates.of(self.der), "certs");
        std::iter::from_fn(move || list.next().ok().map(|element| element.whole))
    }
}

/// `[0] EXPLICIT Version DEFAULT v1`: there is no other, and DER leaves a default out, but not every responder.
fn check_version(mut version: Reader<'_>) -> Decoded<()> {
    let number = version.expect(tag::INTEGER)?;
    version.finish()?;
    match number.contents {
        [0] => Ok(()),
        _ => Err(version.error(Problem::Value("a version that is not 1"))),
    }
}

/// `ResponderID ::= CHOICE { byName [1] Name, byKey [2] KeyHash }`.
fn decode_responder<'a>(body: &mut Reader<'a>) -> Decoded<ResponderId<'a>> {
    const FIELD: &str = "responderID";
    let element = body.next()?;
    let mut inside = body.inside(element.contents, FIELD);
    if element.tag == tag::constructed(1) {
        let name = body.inside(element.contents, FIELD).expect(tag::SEQUENCE)?;
        decode_name(&mut inside, FIELD)?;
        inside.finish()?;
        Ok(ResponderId::Name(name.contents))
    } else if element.tag == tag::constructed(2) {
        let hash = inside.expect(tag::OCTET_STRING)?;
        inside.finish()?;
        Ok(ResponderId::KeyHash(hash.contents))
    } else {
        Err(body.error(Problem::UnexpectedTag {
            expected: tag::constructed(1),
            found: element.tag,
        }))
    }
}

fn decode_single<'a>(list: &mut Reader<'a>) -> Result<SingleResponse<'a>, OcspProblem> {
    let single = list.expect(tag::SEQUENCE)?;
    let mut fields = list.inside(single.contents, "singleResponse");
    let id = decode_id(&mut fields)?;
    let status = decode_status(&mut fields)?;
    let this_update = decode_generalized_time(&mut fields)?;
    let next_update = match fields.optional(tag::constructed(0))? {
        Some(explicit) => {
            let mut inside = fields.inside(explicit.contents, "nextUpdate");
            let next_update = decode_generalized_time(&mut inside)?;
            inside.finish()?;
            Some(next_update)
        }
        None => None,
    };
    if next_update.is_some_and(|next_update| next_update < this_update) {
        let problem = Problem::Value("nextUpdate is earlier than thisUpdate");
        return Err(fields.error(problem).into());
    }
    if let Some(extensions) = fields.optional(tag::constructed(1))? {
        check_extensions(fields.inside(extensions.contents, "singleExtensions"))?;
    }
    fields.finish()?;
    Ok(SingleResponse {
        id,
        status,
        this_update,
        next_update,
    })
}

fn decode_id<'a>(fields: &mut Reader<'a>) -> Result<CertificateId<'a>, OcspProblem> {
    const FIELD: &str = "certID";
    let id = fields.expect(tag::SEQUENCE)?;
    let mut inside = fields.inside(id.contents, FIELD);
    let algorithm = inside.expect(tag::SEQUENCE)?;
    let mut algorithm = inside.inside(algorithm.contents, FIELD);
    let oid = decode_oid(&mut algorithm)?;
    // Some write NULL, some nothing (RFC 4055 section 2.1).
    if let Some(null) = algorithm.optional(tag::NULL)? {
        if !null.contents.is_empty() {
            return Err(algorithm
                .error(Problem::Value("a NULL that is not empty"))
                .into());
        }
    }
    algorithm.finish()?;
    let hash = match oid.contents() {
        SHA1 => IdHash::Sha1,
        SHA256 => IdHash::Sha256,
        // It might revoke what it names.
        _ => return Err(OcspProblem::IdHash(oid.into())),
    };
    let issuer_name = inside.expect(tag::OCTET_STRING)?.contents;
    let issuer_key = inside.expect(tag::OCTET_STRING)?.contents;
    let serial = inside.expect(tag::INTEGER)?;
    check_integer(&inside, serial)?;
    inside.finish()?;
    Ok(CertificateId {
        hash,
        issuer_name,
        issuer_key,
        serial: serial.contents,
    })
}

/// `CertStatus ::= CHOICE { good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL }`, IMPLICIT.
fn decode_status(fields: &mut Reader<'_>) -> Decoded<SingleStatus> {
    const GOOD: u8 = tag::primitive(0);
    const REVOKED: u8 = tag::constructed(1);
    const UNKNOWN: u8 = tag::primitive(2);
    let element = fields.next()?;
    let empty = element.contents.is_empty();
    match element.tag {
        GOOD if empty => Ok(SingleStatus::Good),
        UNKNOWN if empty => Ok(SingleStatus::Unknown),
        REVOKED => {
            let mut info = fields.inside(element.contents, "revokedInfo");
            let date = decode_generalized_time(&mut info)?;
            let reason = match info.optional(tag::constructed(0))? {
                Some(explicit) => {
                    let mut inside = info.inside(explicit.contents, "revocationReason");
                    let reason = decode_reason(&mut inside)?;
                    inside.finish()?;
                    Some(reason)
                }
                None => None,
            };
            info.finish()?;
            Ok(SingleStatus::Revoked { date, reason })
        }
        _ => Err(fields.error(Problem::Value("a CertStatus that is not defined"))),
    }
}

/// Extensions that must be understood and are not.
fn check_extensions(mut explicit: Reader<'_>) -> Result<(), OcspProblem> {
    let sequence = explicit.expect(tag::SEQUENCE)?;
    explicit.finish()?;
    let mut list = explicit.inside(sequence.contents, "extensions");
    let mut count = 0usize;
    while !list.at_end() {
        count = count.saturating_add(1);
        if count > MAX_EXTENSIONS {
            let (most, what) = (MAX_EXTENSIONS, "extensions");
            return Err(list.error(Problem::TooMany { most, what }).into());
        }
        let extension = read_extension(&mut list)?;
        if extension.critical && extension.oid.contents() != NONCE {
            return Err(OcspProblem::CriticalExtension(extension.oid.into()));
        }
    }
    Ok(())
}

/// `certs [0] EXPLICIT SEQUENCE OF Certificate`: where the list lies.
fn decode_certificates(mut explicit: Reader<'_>) -> Decoded<Span> {
    let sequence = explicit.expect(tag::SEQUENCE)?;
    explicit.finish()?;
    let mut list = explicit.inside(sequence.contents, "certs");
    let mut count = 0usize;
    while !list.at_end() {
        count = count.saturating_add(1);
        if count > MAX_CERTIFICATES {
            let (most, what) = (MAX_CERTIFICATES, "certificates");
            return Err(list.error(Problem::TooMany { most, what }));
        }
        list.expect(tag::SEQUENCE)?;
    }
    Ok(explicit.span(sequence.contents))
}
