//! What an OCSP response says of a certificate (RFC 6960 section 3.2).

use super::decode::{CertificateId, IdHash, OcspProblem, Response, SingleStatus};
use super::responder::{self, ResponderProblem};
use crate::certificate::Certificate;
use crate::revocation::Issuer;
use crate::revocation::call::{RevocationCall, Unverified};
use crate::revocation::fact::OcspSummary;
use crate::revocation::freshness::{Clock, Staleness};
use crate::revocation::signature::Signer;
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

    fn says_more_than(&self, other: &Self) -> bool {
        self.weight() > other.weight()
    }

    /// The worse something is, the more it says.
    pub(crate) fn weight(&self) -> u8 {
        match (self.status, self.freshness) {
            (SingleStatus::Revoked { .. }, _) => 3,
            (SingleStatus::Unknown, _) => 2,
            (SingleStatus::Good, Ok(())) => 1,
            (SingleStatus::Good, Err(_)) => 0,
        }
    }
}

/// What `response` says of a certificate of `issuer`, whoever signed it. Of several single responses about it one that revokes it
/// counts, whatever its age, then one that does not know it, then one that holds now.
pub(crate) fn claim(
    call: &RevocationCall<'_>,
    response: &Response<'_>,
    certificate: &Certificate<'_>,
    issuer: &Issuer<'_>,
    clock: &Clock,
) -> Option<Answer> {
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
    answer
}

/// Whether who signed `response` may speak for the issuer.
pub(crate) fn verify_claim(
    call: &RevocationCall<'_>,
    response: &Response<'_>,
    answer: &Answer,
    certificate: &Certificate<'_>,
    issuer: &Issuer<'_>,
    clock: &Clock,
) -> Result<(), OcspProblem> {
    let check = |time| responder::check(call, response, certificate, issuer, time);
    let revokes = matches!(answer.status, SingleStatus::Revoked { .. });
    match check(clock.now) {
        // A revocation outlives the certificate of the responder that told of it.
        Err(OcspProblem::Responder(ResponderProblem::NotValid(_))) if revokes => {
            check(answer.produced_at.min(clock.now))
        }
        outcome => outcome,
    }
}

/// Whether a response that the issuer itself signed, with its own key, revokes the certificate of a responder.
pub(super) fn is_revoked_by_issuer(
    call: &RevocationCall<'_>,
    certificate: &Certificate<'_>,
    issuer: &Issuer<'_>,
) -> Result<bool, Unverified> {
    for response in call.store.responses_about(certificate.serial()) {
        let Some(response) = response.view() else {
            continue;
        };
        let mut ids = Ids::new(certificate, issuer, call);
        let revokes = response.singles().any(|single| {
            matches!(single.status, SingleStatus::Revoked { .. }) && ids.mean(&single.id)
        });
        if revokes
            && response
                .responder()
                .is(issuer.name.contents(), issuer.key_octets)
        {
            match call.verify(response.signed(), Signer::from(issuer)) {
                Ok(()) => return Ok(true),
                Err(Unverified::TooMuchWork) => return Err(Unverified::TooMuchWork),
                Err(Unverified::Not(_)) => {}
            }
        }
    }
    Ok(false)
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
            IdHash::Sha1 => {
                let own = self.sha1.get_or_insert_with(|| octets.map(responder::sha1));
                presented == own.each_ref().map(|hash| hash.as_slice())
            }
            IdHash::Sha256 => {
                let sha256 = &self.call.crypto().sha256;
                let own = self
                    .sha256
                    .get_or_insert_with(|| octets.map(|it| sha256.digest(it)));
                presented == own.each_ref().map(|hash| hash.as_slice())
            }
        }
    }
}
