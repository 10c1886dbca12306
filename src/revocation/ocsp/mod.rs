//! OCSP responses (RFC 6960): stapled to a handshake, or handed over beforehand.

mod decode;
mod responder;
mod status;

use std::fmt;

pub use decode::OcspProblem;
pub(crate) use decode::{Response, SingleStatus};
pub use responder::ResponderProblem;
pub(crate) use status::{Answer, claim, verify_claim};

use crate::time::Time;

/// An OCSP response handed over beforehand (RFC 6960 section 4.2): what its responder says of one certificate or several.
///
/// Loading decodes it, strictly. Whether it is signed by who may sign it, and whether it holds, is judged in each
/// verification, for the certificates that it is about.
#[derive(Clone, PartialEq, Eq)]
pub struct OcspResponse {
    der: Vec<u8>,
    produced_at: Time,
}

/// Most octets of an OCSP response: 64 KiB. Those in use have one or two.
pub const MAX_OCSP_OCTETS: usize = 64 * 1024;

impl OcspResponse {
    /// A response in DER, as a responder sends it (`application/ocsp-response`).
    ///
    /// # Errors
    ///
    /// [`OcspProblem`] if it cannot be decoded, or is the responder's refusal to answer.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, OcspProblem> {
        let der = der.into();
        let produced_at = Response::decode(&der)?.produced_at();
        Ok(Self { der, produced_at })
    }

    /// When the responder signed it.
    #[must_use]
    pub fn produced_at(&self) -> Time {
        self.produced_at
    }

    /// The newest is the greatest; no two that differ are equal.
    pub(super) fn age(&self) -> (Time, &[u8]) {
        (self.produced_at, &self.der)
    }

    pub(crate) fn view(&self) -> Option<Response<'_>> {
        Response::decode(&self.der).ok()
    }
}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OcspResponse")
            .field("produced_at", &self.produced_at)
            .field("octets", &self.der.len())
            .finish_non_exhaustive()
    }
}
