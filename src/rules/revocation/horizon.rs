//! When what is known of a path's certificates may become worse: whatever ends among all that may speak of them. What is made
//! of it is judged again then, so that nothing is weighed here.

use crate::certificate::Certificate;
use crate::path::{CandidatePath, Position};
use crate::revocation::call::{RevocationCall, Staple};
use crate::revocation::crl::Coverage;
use crate::revocation::freshness::Clock;
use crate::revocation::ocsp::Response;
use crate::revocation::{Link, links};
use crate::time::{Horizon, Time};

/// The last second before the first of these.
pub(super) fn nearest(
    call: &RevocationCall<'_>,
    clock: &Clock,
    path: &CandidatePath<'_>,
) -> Option<Time> {
    let mut horizon = Horizon::from(clock.now);
    for link in links(path) {
        let serial = link.certificate.serial();
        crls(call, clock, &link, &mut horizon);
        for response in call.store.responses_about(serial) {
            if let Some(response) = response.view() {
                of_response(clock, &response, serial, &mut horizon);
            }
        }
        if let (Position::EndEntity, Staple::Given(Ok(response))) = (link.position, call.staple()) {
            of_response(clock, response, serial, &mut horizon);
        }
    }
    horizon.nearest()
}

fn crls(call: &RevocationCall<'_>, clock: &Clock, link: &Link<'_>, horizon: &mut Horizon) {
    for crl in call.store.crls_of(link.issuer.name) {
        // A CRL that lists the certificate does so whatever its age, and others say nothing of it.
        if matches!(crl.coverage(link.certificate), Coverage::Reasons(_)) {
            clock.ends(crl.this_update(), Some(crl.next_update()), horizon);
        }
    }
}

fn of_response(clock: &Clock, response: &Response<'_>, serial: &[u8], horizon: &mut Horizon) {
    for single in response.singles().filter(|it| it.id.serial == serial) {
        let oldest = single.this_update.min(response.produced_at());
        clock.ends(oldest, single.next_update, horizon);
    }
    // A responder answers while its own certificate is valid: a good status ends with it, a revocation begins.
    for responder in response.certificates() {
        if let Ok(responder) = Certificate::decode(responder) {
            horizon.changes_at(responder.validity().not_before);
            horizon.ends_after(responder.validity().not_after);
        }
    }
}
