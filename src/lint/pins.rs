//! Pins that will lock everybody out, and the promise that there are none.

use super::{Lint, LintCode, Linted, Remarks, lint, running};
use crate::policy::MUST_NOT_PIN;
use crate::rules::pin::{PinPosition, Pins};
use crate::time::Date;
use crate::trust::TrustAnchors;

pub(super) const LINTS: &[Lint] = &[
    lint(LintCode::PinsEnded, pins_ended),
    lint(LintCode::PinsEndSoon, pins_end_soon),
    lint(LintCode::SinglePin, single_pin),
    lint(LintCode::PinOnEndEntity, pin_on_end_entity),
    lint(LintCode::PromiseWithOneCa, promise_with_one_ca),
];

fn pins_ended(linted: &Linted<'_>, remarks: &mut Remarks) {
    if let Some(expires) = end_of_pins(linted).filter(|expires| expires.end() < linted.now) {
        remarks.add(
            "pin.expires",
            format!("the pins ended with {expires}: they match nothing, which refuses everybody"),
            "renew the pins and their date",
        );
    }
}

fn pins_end_soon(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(expires) = end_of_pins(linted) else {
        return;
    };
    let soon = linted.policy.pin.warn_before.after(linted.now);
    if linted.now <= expires.end() && soon.is_some_and(|soon| expires.end() < soon) {
        remarks.add(
            "pin.expires",
            format!("the pins end with {expires}, and from the day after everybody is refused"),
            "renew the pins and their date",
        );
    }
}

fn single_pin(linted: &Linted<'_>, remarks: &mut Remarks) {
    if pins(linted).is_some_and(|pins| pins.pins.len() == 1) {
        remarks.add(
            "pin",
            "there is one pin and no backup: on the day that its key is lost or replaced, everybody is refused",
            "add the pin of a key that is kept in reserve",
        );
    }
}

/// What vouches for itself can be pinned nowhere else.
fn pin_on_end_entity(linted: &Linted<'_>, remarks: &mut Remarks) {
    let self_issued = running(&linted.policy.path_length)
        .is_some_and(|path_length| path_length.allow_self_issued_end_entity);
    if !self_issued && pins(linted).is_some_and(|pins| pins.position == PinPosition::EndEntity) {
        remarks.add(
            "pin.position",
            "the pins are of end entities: each renewal with a new key, or of a pinned certificate at all, needs a new policy first",
            "pin the CA, at position \"intermediate\" or \"trust-anchor\", and say by `subject-identifier` who the peer is",
        );
    }
}

fn promise_with_one_ca(linted: &Linted<'_>, remarks: &mut Remarks) {
    let mut subjects = linted.anchors.into_iter().flat_map(TrustAnchors::subjects);
    let Some(first) = subjects.next().filter(|_| linted.policy.must_not_pin) else {
        return;
    };
    if subjects.all(|other| other == first) {
        remarks.add(
            MUST_NOT_PIN,
            format!(
                "nothing may depend on a CA's identity, and the trust anchors are of one CA alone, {first}: when the peer changes its CA, it is refused"
            ),
            "add the other CAs that the peer may turn to",
        );
    }
}

fn pins<'a>(linted: &Linted<'a>) -> Option<&'a Pins> {
    running(&linted.policy.pin)
}

fn end_of_pins(linted: &Linted<'_>) -> Option<Date> {
    pins(linted)?.expires
}
