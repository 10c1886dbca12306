use super::case::{Case, client};
use super::cast::{self, day};
use crate::support::CertificateBuilder;

const RULE: &str = "maximum-validity";
const REFUSED: &[&str] = &["maximum-validity @ end-entity"];

pub fn cases() -> Vec<Case> {
    let mut cases = years();
    cases.extend(days_and_seconds());
    cases.extend(positions());
    cases.extend(softened());
    cases
}

/// Valid from `not_before` to `seconds` before `end`.
fn until(not_before: i64, end: i64, seconds: i64) -> CertificateBuilder {
    cast::client().validity(not_before, end - seconds)
}

/// Calendar years: from 2026 to 2028 there is a leap day.
fn years() -> Vec<Case> {
    const LESS: &str = "end-entity = { less-than = \"3 years\" }";
    const AT_MOST: &str = "end-entity = { at-most = \"3 years\" }";
    let (start, end) = (day(2026, 1, 1), day(2029, 1, 1));
    let (leap_day, after) = (day(2024, 2, 29), day(2027, 3, 1));
    vec![
        client(
            "less-than-three-years-refused",
            "notAfter less notBefore is three years but one second: three years.",
        )
        .end_entity(until(start, end, 1))
        .set(RULE, LESS)
        .refused(REFUSED),
        client(
            "less-than-three-years-accepted",
            "notAfter less notBefore is three years but two seconds.",
        )
        .end_entity(until(start, end, 2))
        .set(RULE, LESS)
        .accepted(),
        client(
            "limit-beyond-all-years-accepted",
            "A limit that ends beyond the year 9999 is kept by all.",
        )
        .end_entity(until(start, day(9999, 1, 1), 0))
        .set(RULE, "end-entity = { less-than = \"8000 years\" }")
        .accepted(),
        client("at-most-three-years-accepted", "Exactly three years.")
            .end_entity(until(start, end, 1))
            .set(RULE, AT_MOST)
            .accepted(),
        client("at-most-three-years-refused", "Three years and a second.")
            .end_entity(until(start, end, 0))
            .set(RULE, AT_MOST)
            .refused(REFUSED),
        client(
            "leap-day-refused",
            "Three years from a 29 February end with the 28th: to 1 March.",
        )
        .end_entity(until(leap_day, after, 1))
        .set(RULE, LESS)
        .refused(REFUSED),
        client(
            "leap-day-accepted",
            "A second less than three years from a 29 February.",
        )
        .end_entity(until(leap_day, after, 2))
        .set(RULE, LESS)
        .accepted(),
        client(
            "no-end-refused",
            "99991231235959Z stands for no end (RFC 5280 section 4.1.2.5).",
        )
        .end_entity(until(start, day(10_000, 1, 1), 1))
        .set(RULE, LESS)
        .refused(REFUSED),
    ]
}

fn days_and_seconds() -> Vec<Case> {
    let (start, end) = (day(2026, 1, 1), day(2026, 1, 1) + 398 * 86_400);
    let noon = day(2026, 6, 1) + 12 * 3600;
    vec![
        client("at-most-days-accepted", "Exactly 398 days.")
            .end_entity(until(start, end, 1))
            .set(RULE, "end-entity = { at-most = \"398 days\" }")
            .accepted(),
        client("at-most-days-refused", "398 days and a second.")
            .end_entity(until(start, end, 0))
            .set(RULE, "end-entity = { at-most = \"398 days\" }")
            .refused(REFUSED),
        client("less-than-days-accepted", "398 days but a second.")
            .end_entity(until(start, end, 2))
            .set(RULE, "end-entity = { less-than = \"398 days\" }")
            .accepted(),
        client("less-than-days-refused", "Exactly 398 days.")
            .end_entity(until(start, end, 1))
            .set(RULE, "end-entity = { less-than = \"398 days\" }")
            .refused(REFUSED),
        client("at-most-seconds-accepted", "A certificate of five minutes.")
            .end_entity(until(noon, noon + 300, 1))
            .set(RULE, "end-entity = { at-most = \"300 s\" }")
            .accepted(),
        client(
            "at-most-seconds-refused",
            "A certificate of five minutes and a second.",
        )
        .end_entity(until(noon, noon + 300, 0))
        .set(RULE, "end-entity = { at-most = \"300 s\" }")
        .refused(REFUSED),
    ]
}

/// CAs of the cast are valid for twenty years and a second.
fn positions() -> Vec<Case> {
    vec![
        client(
            "intermediate-accepted",
            "A limit that the issuing CA keeps.",
        )
        .set(RULE, "intermediate = { less-than = \"21 years\" }")
        .accepted(),
        client(
            "intermediate-refused",
            "A limit that the issuing CA exceeds by a second.",
        )
        .set(RULE, "intermediate = { at-most = \"20 years\" }")
        .refused(&["maximum-validity @ intermediate-1"]),
        client(
            "trust-anchor-accepted",
            "A limit that the trust anchor keeps.",
        )
        .set(RULE, "trust-anchor = { at-most = \"21 years\" }")
        .accepted(),
        client(
            "trust-anchor-refused",
            "A limit that the trust anchor exceeds by a second.",
        )
        .set(RULE, "trust-anchor = { at-most = \"20 years\" }")
        .refused(&["maximum-validity @ trust-anchor"]),
        client(
            "intermediate-at-most-accepted",
            "A limit that the issuing CA just keeps.",
        )
        .issuing(cast::issuing_with(|ca| {
            ca.validity(day(2020, 1, 1), day(2040, 1, 1) - 1)
        }))
        .set(RULE, "intermediate = { at-most = \"20 years\" }")
        .accepted(),
        client(
            "intermediate-less-than-refused",
            "A limit that the issuing CA reaches.",
        )
        .issuing(cast::issuing_with(|ca| {
            ca.validity(day(2020, 1, 1), day(2040, 1, 1) - 1)
        }))
        .set(RULE, "intermediate = { less-than = \"20 years\" }")
        .refused(&["maximum-validity @ intermediate-1"]),
        client(
            "trust-anchor-less-than-accepted",
            "A limit that the trust anchor does not reach.",
        )
        .set(RULE, "trust-anchor = { less-than = \"21 years\" }")
        .accepted(),
        client("all-positions-refused", "Three limits, none of them kept.")
            .set(RULE, "end-entity = { at-most = \"90 days\" }")
            .set(RULE, "intermediate = { at-most = \"5 years\" }")
            .set(RULE, "trust-anchor = { less-than = \"10 years\" }")
            .refused(&[
                "maximum-validity @ end-entity",
                "maximum-validity @ intermediate-1",
                "maximum-validity @ trust-anchor",
            ]),
    ]
}

fn softened() -> Vec<Case> {
    const LIMIT: &str = "end-entity = { at-most = \"90 days\" }";
    vec![
        client(
            "starting-point-accepted",
            "No limit: a certificate of ten years.",
        )
        .end_entity(until(day(2020, 1, 1), day(2030, 1, 1), 1))
        .accepted(),
        client("audit-accepted", "Audited: what would refuse is a warning.")
            .set(RULE, LIMIT)
            .audit(RULE)
            .at(cast::AUDIT_ENDS)
            .warns(REFUSED)
            .accepted(),
        client("audit-over-refused", "The day after the audit.")
            .set(RULE, LIMIT)
            .audit(RULE)
            .at(cast::AUDIT_OVER)
            .refused(REFUSED),
        client("off-accepted", "Off, whatever the limit says.")
            .set(RULE, LIMIT)
            .off(RULE)
            .accepted(),
    ]
}
