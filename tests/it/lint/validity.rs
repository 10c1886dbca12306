//! Limits of validity, and warnings before it ends.

use rustls_policy_verifier::LintCode::*;

use super::{Case, finds, nearly, nothing};

pub(super) fn cases() -> Vec<Case> {
    let public = || nothing().public("web");
    let below = r#"end-entity = { less-than = "6 days" }, intermediate = { at-most = "729 days" }, trust-anchor = { less-than = "7 years" }"#;
    let enough = r#"end-entity = { at-most = "576000 s" }, intermediate = { less-than = "2 years" }, trust-anchor = { at-most = "2922 days" }"#;
    let warn = |limit: &str| {
        limits(&format!("end-entity = {{ {limit} }}"))
            + "\nvalidity-period.warn-below = [\"90 days\", \"7 days\"]"
    };
    vec![
        finds(
            limits(below),
            public(),
            &[
                "warning[limit-below-public-cas] maximum-validity.end-entity: the CAs under the label \"web\" are public ones, and certificates for end entities are hardly ever valid for less than 160 hours: this limit refuses them; → raise the limit, or have private CAs issue",
                "warning[limit-below-public-cas] maximum-validity.intermediate: the CAs under the label \"web\" are public ones, and their intermediates are valid for two years and more: this limit refuses them; → raise the limit, or have private CAs issue",
                "warning[limit-below-public-cas] maximum-validity.trust-anchor: the CAs under the label \"web\" are public ones, and their root certificates must be valid for at least 2922 days (BR section 7.1.2.1.1): this limit refuses them; → raise the limit, or have private CAs issue",
            ],
        ),
        nearly(LimitBelowPublicCas, limits(enough), public(), &[]),
        nearly(LimitBelowPublicCas, limits(below), nothing(), &[]),
        // Beyond the calendar there is no limit.
        nearly(
            LimitBelowPublicCas,
            limits(r#"trust-anchor = { at-most = "9000 years" }"#),
            public(),
            &[],
        ),
        finds(
            warn("at-most = \"90 days\""),
            nothing(),
            &[
                "advice[warns-always] validity-period.warn-below: no end entity may be valid for more than 90 days, so that a warning below 90 days comes with every one; → warn when less is left than certificates have when they are new",
            ],
        ),
        nearly(WarnsAlways, warn("at-most = \"91 days\""), nothing(), &[]),
    ]
}

fn limits(limits: &str) -> String {
    format!("role = \"server\"\nmaximum-validity = {{ {limits} }}")
}
