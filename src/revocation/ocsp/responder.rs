//! Who may answer for an issuer (RFC 6960 section 4.2.2.2): the issuer itself, or a responder whose certificate it issued
//! directly, for the purpose OCSPSigning.
//!
//! The responder's own revocation is looked up in the CRLs at hand, and in responses that the issuer itself signed, whether its certificate has id-pkix-ocsp-nocheck or not;
//! where there is none, it is not known and does not have to be (section 4.2.2.2.1 leaves that to local policy). The answers
//! of a responder that is revoked count for nothing, whatever they say.

use std::fmt;

use sha1::{Digest, Sha1};

use super::decode::{OcspProblem, ResponderId, Response};
use super::status::is_revoked_by_issuer;
use crate::certificate::{Certificate, DecodeError, KeyUsage, Validity};
use crate::revocation::Issuer;
use crate::revocation::call::{RevocationCall, Unverified};
use crate::revocation::crl::is_listed;
use crate::revocation::signature::{NotSigned, Signed, Signer};
use crate::time::Time;

/// id-kp-OCSPSigning, 1.3.6.1.5.5.7.3.9. anyExtendedKeyUsage does not stand in for it.
const OCSP_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];

/// Extensions that may be critical in a responder's certificate, for they are looked at here, or say nothing that matters:
/// keyUsage, basicConstraints, extKeyUsage, id-pkix-ocsp-nocheck.
const MAY_BE_CRITICAL: [&[u8]; 4] = [
    &[0x55, 0x1d, 15],
    &[0x55, 0x1d, 19],
    &[0x55, 0x1d, 37],
    &[0x2b, 6, 1, 5, 5, 7, 48, 1, 5],
];

/// Why a responder may not answer for an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponderProblem {
    /// Its certificate cannot be decoded.
    Undecodable(DecodeError),
    /// Its certificate names another issuer.
    OtherIssuer,
    /// Its certificate is not signed by the issuer's key.
    NotIssued,
    /// Its certificate does not have the purpose OCSPSigning.
    Purpose,
    /// Its key usage permits no signatures.
    KeyUsage,
    /// Its certificate has a critical extension that is not supported.
    CriticalExtension,
    /// Its certificate is not valid at the time.
    NotValid(Validity),
    /// Its certificate is revoked, by a CRL, or by a response of the issuer itself.
    Revoked,
    /// Its certificate is the very one that it answers for.
    Itself,
}

impl fmt::Display for ResponderProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecodable(error) => write!(f, "its certificate cannot be decoded: {error}"),
            Self::OtherIssuer => f.write_str("another CA issued its certificate"),
            Self::NotIssued => f.write_str("its certificate is not signed by the issuer's key"),
            Self::Purpose => f.write_str("its certificate is not for OCSPSigning"),
            Self::KeyUsage => f.write_str("its key usage permits no signatures"),
            Self::CriticalExtension => {
                f.write_str("its certificate has a critical extension that is not supported")
            }
            Self::NotValid(validity) => write!(
                f,
                "its certificate is valid from {} to {}",
                validity.not_before, validity.not_after
            ),
            Self::Revoked => f.write_str("its certificate is revoked"),
            Self::Itself => f.write_str("it answers for its own certificate"),
        }
    }
}

/// SHA-1, for names alone.
pub(crate) fn sha1(octets: &[u8]) -> [u8; 20] {
    Sha1::digest(octets).into()
}

/// Whether `response` is signed by `issuer`, or by a responder of its.
pub(crate) fn check(
    call: &RevocationCall<'_>,
    response: &Response<'_>,
    about: &Certificate<'_>,
    issuer: &Issuer<'_>,
    now: Time,
) -> Result<(), OcspProblem> {
    let signed = response.signed();
    let id = response.responder();
    if id.is(issuer.name.contents(), issuer.key_octets) {
        let by_issuer = call.verify(signed, Signer::from(issuer));
        match by_issuer {
            // A responder may have the issuer's name.
            Err(Unverified::Not(NotSigned::Invalid)) => {}
            other => return other.map_err(|why| problem(signed, why)),
        }
    }
    let mut first_problem = None;
    for der in response.certificates() {
        let outcome = match Certificate::decode(der) {
            Ok(certificate) => {
                let is_meant = id.is(certificate.subject().contents(), certificate.key_octets());
                // The issuer's own certificate, which some responders send along.
                let is_issuer =
                    certificate.spki() == issuer.spki && certificate.subject() == issuer.name;
                if !is_meant || is_issuer {
                    continue;
                }
                check_delegate(call, &certificate, response, about, issuer, now)
            }
            Err(error) => Err(OcspProblem::Responder(ResponderProblem::Undecodable(error))),
        };
        match outcome {
            Ok(()) => return Ok(()),
            Err(OcspProblem::TooMuchWork) => return Err(OcspProblem::TooMuchWork),
            Err(problem) => first_problem = first_problem.or(Some(problem)),
        }
    }
    Err(first_problem.unwrap_or_else(|| {
        if id.is(issuer.name.contents(), issuer.key_octets) {
            OcspProblem::BadSignature
        } else {
            OcspProblem::UnknownResponder
        }
    }))
}

fn check_delegate(
    call: &RevocationCall<'_>,
    certificate: &Certificate<'_>,
    response: &Response<'_>,
    about: &Certificate<'_>,
    issuer: &Issuer<'_>,
    now: Time,
) -> Result<(), OcspProblem> {
    use ResponderProblem as P;

    let refuse = |why| Err(OcspProblem::Responder(why));
    if certificate.issuer() != issuer.name {
        return refuse(P::OtherIssuer);
    }
    let has_purpose = certificate
        .extended_key_usage()
        .is_some_and(|mut purposes| purposes.any(|purpose| purpose.contents() == OCSP_SIGNING));
    if !has_purpose {
        return refuse(P::Purpose);
    }
    if certificate.der() == about.der() {
        return refuse(P::Itself);
    }
    let may_sign = certificate.key_usage().is_none_or(|usage| {
        usage.contains(KeyUsage::DIGITAL_SIGNATURE) || usage.contains(KeyUsage::NON_REPUDIATION)
    });
    if !may_sign {
        return refuse(P::KeyUsage);
    }
    let unsupported = |oid: &[u8]| !MAY_BE_CRITICAL.contains(&oid);
    let mut extensions = certificate.extensions();
    if extensions.any(|it| it.critical && unsupported(it.oid.contents())) {
        return refuse(P::CriticalExtension);
    }
    if !certificate.validity().contains(now) {
        return refuse(P::NotValid(certificate.validity()));
    }
    let issued = Signed {
        algorithm: certificate.signature_algorithm(),
        message: certificate.tbs(),
        signature: certificate.signature(),
    };
    match call.verify(issued, Signer::from(issuer)) {
        Ok(()) => {}
        Err(Unverified::TooMuchWork) => return Err(OcspProblem::TooMuchWork),
        Err(Unverified::Not(_)) => return refuse(P::NotIssued),
    }
    let is_revoked = match is_listed(call, certificate, issuer) {
        Ok(false) => is_revoked_by_issuer(call, certificate, issuer),
        listed => listed,
    };
    match is_revoked {
        Ok(false) => {}
        Ok(true) => return refuse(P::Revoked),
        Err(_) => return Err(OcspProblem::TooMuchWork),
    }
    let signer = Signer {
        spki: certificate.spki(),
        key_octets: certificate.key_octets(),
    };
    let signed = response.signed();
    call.verify(signed, signer)
        .map_err(|why| problem(signed, why))
}

fn problem(signed: Signed<'_>, why: Unverified) -> OcspProblem {
    match why {
        Unverified::TooMuchWork => OcspProblem::TooMuchWork,
        Unverified::Not(NotSigned::Invalid) => OcspProblem::BadSignature,
        Unverified::Not(NotSigned::Weak | NotSigned::Unsupported) => {
            OcspProblem::Algorithm(signed.algorithm())
        }
    }
}

impl<'p> From<&Issuer<'p>> for Signer<'p> {
    fn from(issuer: &Issuer<'p>) -> Self {
        Self {
            spki: issuer.spki,
            key_octets: issuer.key_octets,
        }
    }
}

impl ResponderId<'_> {
    /// Whether it means who has this name (its contents) and this key.
    pub(super) fn is(self, name: &[u8], key_octets: &[u8]) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::KeyHash(own) => own == sha1(key_octets),
        }
    }
}
