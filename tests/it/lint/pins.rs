//! Pins.

use rustls_policy_verifier::LintCode::*;

use super::{Case, NO_REVOCATION, acme, acme_and_bank, finds, nearly, nothing};

const ONE: &str = "\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\"";
const TWO: &str = "\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\", \"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\"";

pub(super) fn cases() -> Vec<Case> {
    let two = |more: &str| policy(TWO, more);
    let promise = "role = \"client\"\nmust-not-pin = true";
    vec![
        finds(
            single(),
            nothing(),
            &[
                "warning[single-pin] pin: there is one pin and no backup: on the day that its key is lost or replaced, everybody is refused; → add the pin of a key that is kept in reserve",
            ],
        ),
        nearly(SinglePin, two(""), nothing(), &[]),
        finds(
            two("position = \"end-entity\""),
            nothing(),
            &[
                "warning[pin-on-end-entity] pin.position: the pins are of end entities: each renewal with a new key, or of a pinned certificate at all, needs a new policy first; → pin the CA, at position \"intermediate\" or \"trust-anchor\", and say by `subject-identifier` who the peer is",
            ],
        ),
        nearly(
            PinOnEndEntity,
            two("position = \"intermediate\""),
            nothing(),
            &[],
        ),
        nearly(
            PinOnEndEntity,
            format!(
                "{}\n[path-length]\nallow-self-issued-end-entity = true",
                two("position = \"end-entity\"")
            ),
            nothing(),
            &[],
        ),
        finds(
            two("expires = \"2026-05-31\""),
            nothing(),
            &[
                "error[pins-ended] pin.expires: the pins ended with 2026-05-31: they match nothing, which refuses everybody; → renew the pins and their date",
            ],
        ),
        nearly(
            PinsEnded,
            two("expires = \"2026-06-01\""),
            nothing(),
            &[
                "warning[pins-end-soon] pin.expires: the pins end with 2026-06-01, and from the day after everybody is refused; → renew the pins and their date",
            ],
        ),
        finds(
            two("expires = \"2026-06-30\""),
            nothing(),
            &[
                "warning[pins-end-soon] pin.expires: the pins end with 2026-06-30, and from the day after everybody is refused; → renew the pins and their date",
            ],
        ),
        nearly(PinsEndSoon, two("expires = \"2026-07-01\""), nothing(), &[]),
        // A rule that is off is not linted.
        nearly(
            SinglePin,
            policy(
                ONE,
                "off = true\nposition = \"end-entity\"\nexpires = \"2026-05-31\"",
            ),
            nothing(),
            &[],
        ),
        finds(
            promise,
            acme(),
            &[
                "advice[promise-with-one-ca] must-not-pin: nothing may depend on a CA's identity, and the trust anchors are of one CA alone, CN=Acme Root: when the peer changes its CA, it is refused; → add the other CAs that the peer may turn to",
                NO_REVOCATION,
            ],
        ),
        nearly(PromiseWithOneCa, promise, acme_and_bank(), &[NO_REVOCATION]),
        nearly(
            PromiseWithOneCa,
            "role = \"client\"",
            acme(),
            &[NO_REVOCATION],
        ),
    ]
}

pub(super) fn single() -> String {
    policy(ONE, "")
}

fn policy(pins: &str, more: &str) -> String {
    format!("role = \"client\"\n[pin]\nspki-sha256 = [{pins}]\n{more}")
}
