use super::case::{Case, client};
use super::cast::{self, day};
use crate::support::Authority;

const RULE: &str = "validity-period";
const ANCHOR: &[&str] = &["validity-period @ trust-anchor"];

pub fn cases() -> Vec<Case> {
    let mut cases = boundaries();
    cases.extend(trust_anchors());
    cases.extend(warnings());
    cases.extend(softened());
    cases
}

/// Both ends of the period belong to it.
fn boundaries() -> Vec<Case> {
    const REFUSED: &[&str] = &["chain @ path", "validity-period @ end-entity"];
    vec![
        client(
            "first-second-accepted",
            "The first second of the end entity's validity.",
        )
        .at("2026-01-01T00:00:00Z")
        .accepted(),
        client(
            "last-second-accepted",
            "The last second of the end entity's validity.",
        )
        .at("2026-12-31T23:59:59Z")
        .accepted(),
        client("not-yet-refused", "A second too early.")
            .at("2025-12-31T23:59:59Z")
            .refused(REFUSED),
        client("expired-refused", "A second too late.")
            .at("2027-01-01T00:00:00Z")
            .refused(REFUSED),
        client(
            "intermediate-expired-refused",
            "The issuing CA's certificate expired years ago.",
        )
        .issuing(cast::issuing_with(|ca| {
            ca.validity(day(2020, 1, 1), day(2024, 1, 1) - 1)
        }))
        .refused(&["chain @ path", "validity-period @ presented-1"]),
    ]
}

fn expired_root() -> Authority {
    cast::root_with(|ca| ca.validity(day(2006, 1, 1), day(2026, 1, 1) - 1))
}

fn trust_anchors() -> Vec<Case> {
    vec![
        client(
            "trust-anchor-expired-refused",
            "webpki does not look at a trust anchor's validity.",
        )
        .root(expired_root())
        .refused(ANCHOR),
        client(
            "trust-anchor-not-yet-refused",
            "A trust anchor from the future.",
        )
        .root(cast::root_with(|ca| {
            ca.validity(day(2026, 7, 1), day(2046, 7, 1) - 1)
        }))
        .refused(ANCHOR),
        client(
            "trust-anchor-ignore-accepted",
            "The trust anchor's validity is not looked at.",
        )
        .root(expired_root())
        .set(RULE, "trust-anchor = \"ignore\"")
        .accepted(),
        client(
            "trust-anchor-ignore-refused",
            "The end entity's validity is looked at all the same.",
        )
        .root(expired_root())
        .at("2027-01-01T00:00:00Z")
        .set(RULE, "trust-anchor = \"ignore\"")
        .refused(&["chain @ path", "validity-period @ end-entity"]),
        client(
            "trust-anchor-when-known-refused",
            "The trust anchor's certificate is known here.",
        )
        .root(expired_root())
        .set(RULE, "trust-anchor = \"when-known\"")
        .refused(ANCHOR),
        client(
            "trust-anchor-when-known-accepted",
            "The trust anchor is known by name and key only.",
        )
        .root(expired_root())
        .anchors_by_name_and_key()
        .set(RULE, "trust-anchor = \"when-known\"")
        .set("key-usage", "trust-anchor = \"when-known\"")
        .set("path-length", "trust-anchor = \"when-known\"")
        .accepted(),
        client(
            "renewed-trust-anchor-accepted",
            "The expired root and its renewal, both trust anchors.",
        )
        .anchors("acme", [expired_root().der, cast::root().der])
        .accepted(),
    ]
}

fn warnings() -> Vec<Case> {
    const LEVELS: &str = "warn-below = [\"30 days\", \"7 days\"]";
    vec![
        client("warn-below-silent-accepted", "Just thirty days are left.")
            .at("2026-12-01T23:59:59Z")
            .set(RULE, LEVELS)
            .accepted(),
        client(
            "warn-below-first-level-accepted",
            "A second less than thirty days is left.",
        )
        .at("2026-12-02T00:00:00Z")
        .set(RULE, LEVELS)
        .warns(&["validity-period @ end-entity"])
        .accepted(),
        client(
            "warn-below-second-level-accepted",
            "Less than seven days are left: the lower level is reported.",
        )
        .at("2026-12-30T00:00:00Z")
        .set(RULE, LEVELS)
        .warns(&["validity-period @ end-entity"])
        .accepted(),
        client(
            "warn-below-all-positions-accepted",
            "The intermediate and the trust anchor end soon too.",
        )
        .root(cast::root_with(|ca| {
            ca.validity(day(2006, 1, 1), day(2026, 6, 20))
        }))
        .issuing(cast::issuing_with(|ca| {
            ca.validity(day(2016, 1, 1), day(2026, 6, 10))
        }))
        .set(RULE, LEVELS)
        .warns(&[
            "validity-period @ intermediate-1",
            "validity-period @ trust-anchor",
        ])
        .accepted(),
        client(
            "warn-below-expired-refused",
            "What has expired is refused, not warned of.",
        )
        .at("2027-01-01T00:00:00Z")
        .set(RULE, LEVELS)
        .refused(&["chain @ path", "validity-period @ end-entity"]),
    ]
}

fn softened() -> Vec<Case> {
    vec![
        client("audit-accepted", "Audited: what would refuse is a warning.")
            .root(expired_root())
            .audit(RULE)
            .at(cast::AUDIT_ENDS)
            .warns(ANCHOR)
            .accepted(),
        client("audit-over-refused", "The day after the audit.")
            .root(expired_root())
            .audit(RULE)
            .at(cast::AUDIT_OVER)
            .refused(ANCHOR),
        client("off-accepted", "Off, as webpki has it.")
            .root(expired_root())
            .off(RULE)
            .accepted(),
        client(
            "off-webpki-refused",
            "Off, webpki's own check of the end entity remains.",
        )
        .at("2027-01-01T00:00:00Z")
        .off(RULE)
        .refused(&["chain @ path"]),
    ]
}
