//! What is found of revocation, as typed values, and their words.

use std::fmt;

use super::crl::{Crl, NotOfIssuer};
use super::freshness::Staleness;
use super::ocsp::OcspProblem;
use super::reason::RevocationReason;
use super::signature::NotSigned;
use crate::rules::signature_algorithm::SignatureAlgorithm;
use crate::time::Time;

/// Where a status comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationSource {
    /// A CRL.
    Crl(CrlSummary),
    /// An OCSP response.
    Ocsp(OcspSummary),
}

impl fmt::Display for RevocationSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crl(crl) => fmt::Display::fmt(crl, f),
            Self::Ocsp(response) => fmt::Display::fmt(response, f),
        }
    }
}

/// Which CRL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CrlSummary {
    /// Its issuer in RFC 4514 form, escaped and bounded.
    pub issuer: String,
    /// Its cRLNumber, decimal.
    pub number: String,
    /// Its thisUpdate.
    pub this_update: Time,
    /// Its nextUpdate.
    pub next_update: Time,
}

impl CrlSummary {
    pub(crate) fn of(crl: &Crl) -> Self {
        Self {
            issuer: crl.issuer().to_string(),
            number: crl.number().to_string(),
            this_update: crl.this_update(),
            next_update: crl.next_update(),
        }
    }
}

/// `CRL number 7 of CN=Acme Issuing CA (2026-05-25T00:00:00Z to 2026-07-25T00:00:00Z)`.
impl fmt::Display for CrlSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CRL number {} of {} ({} to {})",
            self.number, self.issuer, self.this_update, self.next_update
        )
    }
}

/// Which OCSP response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OcspSummary {
    /// Whether it was stapled; if not, it was handed over beforehand.
    pub stapled: bool,
    /// When the responder signed it.
    pub produced_at: Time,
    /// thisUpdate of what it says of the certificate.
    pub this_update: Time,
    /// nextUpdate, if it has one.
    pub next_update: Option<Time>,
}

/// `the stapled OCSP response of 2026-05-31T00:00:00Z (2026-05-31T00:00:00Z to 2026-06-07T00:00:00Z)`.
impl fmt::Display for OcspSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stapled = if self.stapled { "the stapled" } else { "the" };
        write!(f, "{stapled} OCSP response of {}", self.produced_at)?;
        match self.next_update {
            Some(next_update) => write!(f, " ({} to {next_update})", self.this_update),
            None => write!(f, " (from {} on)", self.this_update),
        }
    }
}

/// That a certificate is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revocation {
    /// Who says so.
    pub source: RevocationSource,
    /// When it was revoked.
    pub date: Time,
    /// Why, if that is said.
    pub reason: Option<RevocationReason>,
}

/// `revoked at 2026-05-20T00:00:00Z (keyCompromise), by CRL number 7 of …`.
impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "revoked at {}", self.date)?;
        if let Some(reason) = self.reason {
            write!(f, " ({reason})")?;
        }
        write!(f, ", by {}", self.source)
    }
}

/// That a status is from another time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StaleStatus {
    /// Where it comes from.
    pub source: RevocationSource,
    /// Why it does not count now.
    pub why: Staleness,
}

impl fmt::Display for StaleStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.source, self.why)
    }
}

/// Why nothing is known of a certificate's status, beside that there is nothing at all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoStatus {
    /// No CRL of the issuer was handed over.
    NoCrl {
        /// The issuer in RFC 4514 form, escaped and bounded.
        issuer: String,
        /// Where the certificate says that its CRLs are: URIs, escaped and bounded, at most two.
        points: Vec<String>,
    },
    /// CRLs of the issuer were, and none speaks of this certificate: distribution point, kind of certificate, reasons.
    CrlsElsewhere {
        /// The issuer in RFC 4514 form, escaped and bounded.
        issuer: String,
        /// How many.
        count: usize,
        /// Where the certificate says that its CRLs are: URIs, escaped and bounded, at most two.
        points: Vec<String>,
    },
    /// There is no OCSP response about it, or none that is an answer.
    NoResponse,
    /// The OCSP response about it is no answer.
    NoAnswer(OcspProblem),
    /// The responder does not know the certificate.
    Unknown(OcspSummary),
}

impl fmt::Display for NoStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCrl { issuer, .. } => write!(f, "no CRL of {issuer}"),
            Self::CrlsElsewhere {
                issuer, count: 1, ..
            } => {
                write!(
                    f,
                    "one CRL of {issuer}, which does not cover this certificate"
                )
            }
            Self::CrlsElsewhere { issuer, count, .. } => {
                write!(
                    f,
                    "{count} CRLs of {issuer}, which do not cover this certificate"
                )
            }
            Self::NoResponse => f.write_str("no valid OCSP response"),
            Self::NoAnswer(problem) => write!(f, "an OCSP response that cannot be used: {problem}"),
            Self::Unknown(response) => {
                write!(
                    f,
                    "a responder that does not know the certificate ({response})"
                )
            }
        }
    }
}

/// A CRL that has the issuer's name and does not count as the issuer's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedCrl {
    /// Which.
    pub crl: CrlSummary,
    /// Why.
    pub why: CrlRefusal,
}

impl RefusedCrl {
    pub(crate) fn new(crl: &Crl, why: NotOfIssuer) -> Self {
        Self {
            crl: CrlSummary::of(crl),
            why: match why {
                NotOfIssuer::KeyUsage => CrlRefusal::KeyUsage,
                NotOfIssuer::TooMuchWork => CrlRefusal::TooMuchWork,
                NotOfIssuer::NotSigned(NotSigned::Invalid) => CrlRefusal::BadSignature,
                NotOfIssuer::NotSigned(NotSigned::Weak | NotSigned::Unsupported) => {
                    CrlRefusal::Algorithm(crl.signed().algorithm())
                }
            },
        }
    }
}

/// Why a CRL does not count as the issuer's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrlRefusal {
    /// Its signature does not hold under the issuer's key.
    BadSignature,
    /// It is signed with what is too weak, or what the crypto provider does not have.
    Algorithm(SignatureAlgorithm),
    /// The issuer's key usage has no cRLSign (RFC 5280 section 6.3.3 (f)).
    KeyUsage,
    /// More keys of the issuer's name came with the chain than are tried on one CRL.
    TooMuchWork,
}

impl fmt::Display for RefusedCrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.crl, f)?;
        match &self.why {
            CrlRefusal::BadSignature => {
                f.write_str(", whose signature does not hold under the issuer's key")
            }
            CrlRefusal::Algorithm(algorithm) => {
                write!(f, ", signed with {algorithm}, which is not accepted")
            }
            CrlRefusal::KeyUsage => f.write_str(", whose issuer has a key usage without cRLSign"),
            CrlRefusal::TooMuchWork => f.write_str(
                ", on which more keys of that name would have to be tried than are allowed",
            ),
        }
    }
}

/// Who demands that a response is stapled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StapleDemand {
    /// The certificate: its TLS feature extension has status_request (RFC 7633).
    Certificate,
    /// The policy.
    Policy,
}

impl fmt::Display for StapleDemand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate => {
                f.write_str("a stapled OCSP response (the certificate is must-staple, RFC 7633)")
            }
            Self::Policy => {
                f.write_str("a stapled OCSP response (the policy says `staple = \"require\"`)")
            }
        }
    }
}
