//! Refusals across the TLS boundary: into rustls's errors, and back out of what stacks make of them.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use rustls::{CertificateError, OtherError};

use crate::diagnosis::ChainReason;
use crate::error::VerifyError;
use crate::report::{Fact, Violation};

/// By default the whole refusal, whose alert is certificate_unknown; with specific alerts rustls's own variant.
pub(super) fn to_rustls(refusal: VerifyError, specific_alerts: bool) -> rustls::Error {
    let specific = specific_alerts
        .then(|| refusal.violations().first())
        .flatten()
        .map(specific);
    specific
        .unwrap_or_else(|| CertificateError::Other(OtherError(Arc::new(refusal))))
        .into()
}

/// rustls's error for the violation that stands first, which decides the alert.
fn specific(violation: &Violation) -> CertificateError {
    match (&violation.required, &violation.presented) {
        (_, Fact::ChainFailure(failure)) => of_chain(failure.reason),
        (Fact::ValidAt(now), Fact::Validity(validity)) => {
            if *now < validity.not_before {
                CertificateError::NotValidYet
            } else {
                CertificateError::Expired
            }
        }
        (Fact::Decodable, _) => CertificateError::BadEncoding,
        (Fact::ServerName(_), _) => CertificateError::NotValidForName,
        (Fact::RequiredPurposes(_), _) => CertificateError::InvalidPurpose,
        _ => CertificateError::ApplicationVerificationFailure,
    }
}

fn of_chain(reason: ChainReason) -> CertificateError {
    match reason {
        ChainReason::Expired => CertificateError::Expired,
        ChainReason::NotYetValid => CertificateError::NotValidYet,
        ChainReason::Revoked => CertificateError::Revoked,
        ChainReason::UnknownIssuer => CertificateError::UnknownIssuer,
        ChainReason::BadSignature => CertificateError::BadSignature,
        ChainReason::WrongPurpose | ChainReason::EmptyExtendedKeyUsage => {
            CertificateError::InvalidPurpose
        }
        ChainReason::NotValidForName => CertificateError::NotValidForName,
        ChainReason::UnsupportedCriticalExtension => CertificateError::UnhandledCriticalExtension,
        ChainReason::BadEncoding
        | ChainReason::BadTime
        | ChainReason::BadExtension
        | ChainReason::BadValidity
        | ChainReason::BadSerialNumber
        | ChainReason::BadDnsName
        | ChainReason::BadNameConstraint
        | ChainReason::SignatureAlgorithmMismatch
        | ChainReason::UnsupportedVersion => CertificateError::BadEncoding,
        _ => CertificateError::ApplicationVerificationFailure,
    }
}

/// Most errors looked at one inside the other: deeper than any stack nests them.
const DEEPEST: usize = 32;

/// Finds our refusal in the error of a connection, however a stack has wrapped it: rustls itself, an `io::Error` of
/// tokio-rustls, the errors of HTTP and QUIC stacks.
///
/// Returns `None` if the connection failed for another reason, or if the verifier prefers specific alerts.
#[must_use]
pub fn refusal_in<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e VerifyError> {
    let mut current = Some(error);
    for _ in 0..DEEPEST {
        let error = current?;
        if let Some(refusal) = error.downcast_ref::<VerifyError>() {
            return Some(refusal);
        }
        if let Some(rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(inner)))) =
            error.downcast_ref::<rustls::Error>()
        {
            let inner: &(dyn StdError + 'static) = inner.as_ref();
            current = Some(inner);
            continue;
        }
        // `io::Error::source` skips the error it holds.
        current = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => {
                let inner: &(dyn StdError + 'static) = inner;
                Some(inner)
            }
            None => error.source(),
        };
    }
    None
}
