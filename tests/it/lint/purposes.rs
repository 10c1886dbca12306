//! Clients of public CAs.

use rustls_policy_verifier::LintCode::*;

use super::{Case, NO_REVOCATION, acme, finds, nearly, nothing, store};

const ONLY: &str = "role = \"client\"\nextended-key-usage.only = [\"clientAuth\"]";
const KNOWN: &str = "subject-identifier.any-of = [{ attribute = \"CN\", exact = \"a\" }]";

const PINS: &str = "role = \"client\"\npin.spki-sha256 = [\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\", \"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\"]\n";

const RENEWED: &str = "advice[clients-of-public-cas] extended-key-usage: the CAs under the label \"web\" are public ones, and Chrome's root programme demands of public CAs that they issue for serverAuth alone: when clients renew their certificates, they are refused; → have the clients' certificates issued by a private CA; for the time until then there is `extended-key-usage.allow-server-auth-in-place-of-client-auth-until`";

pub(super) fn cases() -> Vec<Case> {
    let client = |more: &str| format!("role = \"client\"\n{KNOWN}\n{more}");
    let until = |date: &str| {
        client(&format!(
            "extended-key-usage.allow-server-auth-in-place-of-client-auth-until = \"{date}\""
        ))
    };
    let both = "extended-key-usage.only = [\"serverAuth\", \"clientAuth\"]";
    vec![
        finds(
            format!("{ONLY}\n{KNOWN}"),
            nothing().public("web"),
            &[
                "warning[client-auth-only-of-public-cas] extended-key-usage.only: the CAs under the label \"web\" are public ones, and Chrome's root programme demands of public CAs that they issue for serverAuth alone: every certificate that is for serverAuth is refused; → have the clients' certificates issued by a private CA",
            ],
        ),
        finds(
            format!("{ONLY}\n{KNOWN}"),
            store(20),
            &[
                "warning[client-auth-only-of-public-cas] extended-key-usage.only: the label \"web\" has 20 trust anchors and so counts as a store of public CAs, and Chrome's root programme demands of public CAs that they issue for serverAuth alone: every certificate that is for serverAuth is refused; → have the clients' certificates issued by a private CA",
            ],
        ),
        nearly(
            ClientAuthOnlyOfPublicCas,
            format!("{ONLY}\n{KNOWN}"),
            store(19),
            &[
                "advice[revocation-off] revocation: nobody asks whether a certificate is revoked, and the CAs under the label \"web\" are private: a stolen key is accepted until its certificate ends; → hand over the CA's CRLs and switch the rule on, or have certificates issued that end within days",
            ],
        ),
        nearly(
            ClientAuthOnlyOfPublicCas,
            format!("{ONLY}\n{KNOWN}"),
            acme().public("web"),
            &[NO_REVOCATION],
        ),
        finds(client(both), nothing().public("web"), &[RENEWED]),
        finds(
            client("extended-key-usage.off = true"),
            nothing().public("web"),
            &[RENEWED],
        ),
        nearly(
            ClientsOfPublicCas,
            until("2026-06-01"),
            nothing().public("web"),
            &[],
        ),
        nearly(
            ClientsOfPublicCas,
            "role = \"server\"",
            nothing().public("web"),
            &[],
        ),
        nearly(ExceptionOver, until("2026-06-01"), nothing(), &[]),
        finds(
            until("2026-05-31"),
            nothing(),
            &[
                "advice[exception-over] extended-key-usage.allow-server-auth-in-place-of-client-auth-until: the exception ended with 2026-05-31, and lets nobody in any more; → take it out",
            ],
        ),
        finds(
            until("2026-05-31"),
            nothing().public("web"),
            &[
                RENEWED,
                "advice[exception-over] extended-key-usage.allow-server-auth-in-place-of-client-auth-until: the exception ended with 2026-05-31, and lets nobody in any more; → take it out",
            ],
        ),
        finds(
            "role = \"client\"",
            nothing().public("web"),
            &[
                RENEWED,
                "warning[any-client-of-public-cas] subject-identifier: the CAs under the label \"web\" are public ones, which issue to anybody, and nothing says who the client must be; → ask for the identifiers agreed with the clients",
            ],
        ),
        nearly(
            AnyClientOfPublicCas,
            client(""),
            nothing().public("web"),
            &[RENEWED],
        ),
        nearly(AnyClientOfPublicCas, "role = \"client\"", nothing(), &[]),
        nearly(
            AnyClientOfPublicCas,
            format!("{PINS}pin.position = \"end-entity\""),
            nothing().public("web"),
            &[
                "warning[pin-on-end-entity] pin.position: the pins are of end entities: each renewal with a new key, or of a pinned certificate at all, needs a new policy first; → pin the CA, at position \"intermediate\" or \"trust-anchor\", and say by `subject-identifier` who the peer is",
                RENEWED,
            ],
        ),
        finds(
            PINS,
            nothing().public("web"),
            &[
                RENEWED,
                "warning[any-client-of-public-cas] subject-identifier: the CAs under the label \"web\" are public ones, which issue to anybody, and nothing says who the client must be; → ask for the identifiers agreed with the clients",
            ],
        ),
        nearly(LongException, until("2027-05-31"), nothing(), &[]),
        finds(
            until("2027-06-01"),
            nothing(),
            &[
                "warning[long-exception] extended-key-usage.allow-server-auth-in-place-of-client-auth-until: until 2027-06-01, more than a year from now, certificates of servers pass as those of clients; → choose a nearer date, by which the clients have renewed their certificates",
            ],
        ),
    ]
}
