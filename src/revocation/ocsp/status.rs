//! What an OCSP response says of a certificate (RFC 6960 section 3.2).

use super::decode::{CertificateId, IdHash, OcspProblem, Response, SingleStatus};
use super::responder;
use crate::certificate::Certificate;
use crate::revocation::Issuer;
use crate::revocation::call::RevocationCall;
use crate::revocation::fact::OcspSummary;
use crate::revocation::freshness::{Clock, Staleness};
use crate::time::Time;

/// What a response says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) status: SingleStatus,
    pub(crate) freshness: Result<(), Staleness>,
    this_update: Time,
    next_update: Option<Time>,
    produced_at: Time,
}

impl Answer {
    pub(crate) fn summary(&self, stapled: bool) -> OcspSummary {
        OcspSummary {
            stapled,
            produced_at: self.produced_at,
            this_update: self.this_update,
            next_update: self.next_update,
        }
    }

    pub(crate) fn says_more_than(&self, other: &Self) -> bool {
        self.weight() > other.weight()
    }

    /// The worse something is, the more it says.
    fn weight(&self) -> u8 {
        match (self.status, self.freshness) {
            (SingleStatus::Revoked { .. }, _) => 3,
            (SingleStatus::Unknown, _) => 2,
            (SingleStatus::Good, Ok(())) => 1,
            (SingleStatus::Good, Err(_)) => 0,
        }
    }
}

/// What `response` says of a certificate of `issuer`, if who signed it may speak for the issuer. Of several single responses
/// about it one that revokes it counts, whatever its age, then one that does not know it, then one that holds now.
pub(crate) fn answer(
    call: &RevocationCall<'_>,
    response: &Response<'_>,
    certificate: &Certificate<'_>,
    issuer: &Issuer<'_>,
    clock: &Clock,
) -> Result<Answer, OcspProblem> {
    let mut ids = Ids::new(certificate, issuer, call);
    let mut answer: Option<Answer> = None;
    for single in response.singles().filter(|single| ids.mean(&single.id)) {
        let produced_at = response.produced_at();
        let own = Answer {
            status: single.status,
            freshness: clock.judge_response(produced_at, single.this_update, single.next_update),
            this_update: single.this_update,
            next_update: single.next_update,
            produced_at,
        };
        if answer.is_none_or(|other| own.says_more_than(&other)) {
            answer = Some(own);
        }
    }
    let answer = answer.ok_or(OcspProblem::OtherCertificate)?;
    responder::check(call, response, issuer, clock.now)?;
    Ok(answer)
}

/// The names that a certificate has in OCSP (section 4.1.1); each hash is computed when a response uses it.
struct Ids<'i> {
    serial: &'i [u8],
    issuer_name: &'i [u8],
    issuer_key: &'i [u8],
    call: &'i RevocationCall<'i>,
    sha1: Option<[[u8; 20]; 2]>,
    sha256: Option<[[u8; 32]; 2]>,
}

impl<'i> Ids<'i> {
    fn new(
        certificate: &Certificate<'i>,
        issuer: &Issuer<'i>,
        call: &'i RevocationCall<'i>,
    ) -> Self {
        Self {
            serial: certificate.serial(),
            issuer_name: certificate.issuer_der(),
            issuer_key: issuer.key_octets,
            call,
            sha1: None,
            sha256: None,
        }
    }

    fn mean(&mut self, id: &CertificateId<'_>) -> bool {
        if id.serial != self.serial {
            return false;
        }
        let octets = [self.issuer_name, self.issuer_key];
        let presented = [id.issuer_name, id.issuer_key];
        match id.hash {
            Some(IdHash::Sha1) => {
                let own = self.sha1.get_or_insert_with(|| octets.map(responder::sha1));
                presented == own.each_ref().map(|hash| hash.as_slice())
            }
            Some(IdHash::Sha256) => {
                let sha256 = &self.call.crypto().sha256;
                let own = self
                    .sha256
                    .get_or_insert_with(|| octets.map(|it| sha256.digest(it)));
                presented == own.each_ref().map(|hash| hash.as_slice())
            }
            None => false,
        }
    }
}
