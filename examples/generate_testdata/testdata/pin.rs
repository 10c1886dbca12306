use super::case::{Case, client};
use super::cast;
use crate::support::{keys, pem};

const RULE: &str = "pin";

pub fn cases() -> Vec<Case> {
    let mut cases = positions();
    cases.extend(number_and_end());
    cases.extend(softened());
    cases
}

fn spki(pinned: &[u8]) -> String {
    pins("spki-sha256", pinned)
}

fn certificate(pinned: &[u8]) -> String {
    pins("certificate-sha256", pinned)
}

/// The pin of `pinned`, and a backup that matches nothing yet.
fn pins(kind: &str, pinned: &[u8]) -> String {
    let digest = pem::base64(&keys::sha256(pinned));
    let backup = pem::base64(&keys::sha256(b"the next key"));
    format!("{kind} = [\"{digest}\", \"{backup}\"]")
}

fn positions() -> Vec<Case> {
    let (end_entity, intermediate, anchor) = (cast::key(10), cast::key(2), cast::key(1));
    let end_entity_der = cast::issuing().issue(cast::client());
    let at = |name, description, pins: String, position: &str| {
        client(name, description)
            .set(RULE, &pins)
            .set(RULE, &format!("position = \"{position}\""))
    };
    vec![
        at(
            "spki-end-entity-accepted",
            "The end entity's key.",
            spki(&end_entity.spki()),
            "end-entity",
        )
        .accepted(),
        at(
            "spki-end-entity-refused",
            "A pinned key, but the issuing CA's.",
            spki(&intermediate.spki()),
            "end-entity",
        )
        .refused(&["pin @ end-entity"]),
        at(
            "spki-intermediate-accepted",
            "The issuing CA's key.",
            spki(&intermediate.spki()),
            "intermediate",
        )
        .accepted(),
        at(
            "no-intermediate-refused",
            "A pinned intermediate, and no intermediate there.",
            spki(&intermediate.spki()),
            "intermediate",
        )
        .chain([cast::root().issue(cast::client())])
        .refused(&["pin @ path"]),
        at(
            "spki-intermediate-refused",
            "A pinned key, but the root's.",
            spki(&anchor.spki()),
            "intermediate",
        )
        .refused(&["pin @ path"]),
        at(
            "spki-trust-anchor-accepted",
            "The root's key.",
            spki(&anchor.spki()),
            "trust-anchor",
        )
        .accepted(),
        at(
            "spki-trust-anchor-refused",
            "Another root's key.",
            spki(&cast::key(3).spki()),
            "trust-anchor",
        )
        .refused(&["pin @ trust-anchor"]),
        at(
            "spki-any-accepted",
            "Any position will do: the issuing CA's key.",
            spki(&intermediate.spki()),
            "any",
        )
        .accepted(),
        at(
            "spki-any-refused",
            "A key that is nowhere in the path.",
            spki(&cast::key(11).spki()),
            "any",
        )
        .refused(&["pin @ path"]),
        at(
            "certificate-end-entity-accepted",
            "This very certificate.",
            certificate(&end_entity_der),
            "end-entity",
        )
        .accepted(),
        at(
            "certificate-end-entity-refused",
            "A certificate renewed since.",
            certificate(&end_entity_der),
            "end-entity",
        )
        .end_entity(cast::client().serial(1))
        .refused(&["pin @ end-entity"]),
        at(
            "certificate-intermediate-accepted",
            "The issuing CA's certificate.",
            certificate(&cast::issuing().der),
            "intermediate",
        )
        .accepted(),
        at(
            "certificate-intermediate-refused",
            "The end entity's certificate is no intermediate.",
            certificate(&end_entity_der),
            "intermediate",
        )
        .refused(&["pin @ path"]),
        at(
            "certificate-trust-anchor-accepted",
            "The root.",
            certificate(&cast::root().der),
            "trust-anchor",
        )
        .accepted(),
        at(
            "certificate-trust-anchor-refused",
            "Not the root.",
            certificate(&cast::issuing().der),
            "trust-anchor",
        )
        .refused(&["pin @ trust-anchor"]),
        at(
            "certificate-any-accepted",
            "Any position will do: the root.",
            certificate(&cast::root().der),
            "any",
        )
        .accepted(),
        at(
            "spki-as-certificate-refused",
            "The right digest, as the wrong kind.",
            certificate(&end_entity.spki()),
            "any",
        )
        .refused(&["pin @ path"]),
        at(
            "pinned-but-untrusted-refused",
            "A pin never stands in for the chain.",
            spki(&end_entity.spki()),
            "any",
        )
        .anchors("globex", [cast::globex_root().der])
        .refused(&["chain @ path"]),
        at(
            "end-entity-without-path-refused",
            "Without a path a pin on the end entity is judged all the same.",
            spki(&cast::key(11).spki()),
            "end-entity",
        )
        .anchors("globex", [cast::globex_root().der])
        .refused(&["chain @ path", "pin @ end-entity"]),
        client(
            "default-position-accepted",
            "Without a position, any will do.",
        )
        .set(RULE, &spki(&anchor.spki()))
        .accepted(),
        client(
            "both-kinds-accepted",
            "Two kinds of pins: one match is enough.",
        )
        .set(RULE, &spki(&anchor.spki()))
        .set(RULE, &certificate(&cast::globex_root().der))
        .accepted(),
    ]
}

fn number_and_end() -> Vec<Case> {
    let good = spki(&cast::key(2).spki());
    let lone = format!(
        "spki-sha256 = [\"{}\"]",
        pem::base64(&keys::sha256(&cast::key(2).spki()))
    );
    let until = |name, description, day: &str| {
        client(name, description)
            .set(RULE, &good)
            .set(RULE, &format!("expires = \"{day}\""))
    };
    vec![
        client(
            "without-backup-accepted",
            "One pin, and no backup: a warning.",
        )
        .set(RULE, &lone)
        .warns(&["pin @ path"])
        .accepted(),
        until(
            "expires-accepted",
            "The pins count for a long time yet.",
            "2027-12-31",
        )
        .accepted(),
        until(
            "expires-in-thirty-days-accepted",
            "The pins end in more than thirty days.",
            "2026-07-01",
        )
        .accepted(),
        until(
            "expires-soon-accepted",
            "The pins end in less than thirty days.",
            "2026-06-30",
        )
        .warns(&["pin @ path"])
        .accepted(),
        until(
            "expires-thirty-days-to-the-second-accepted",
            "The pins count for thirty days to the second.",
            "2026-06-30",
        )
        .at("2026-05-31T23:59:59Z")
        .accepted(),
        until(
            "expires-a-second-under-thirty-days-accepted",
            "A second later, the warning begins.",
            "2026-06-30",
        )
        .at("2026-06-01T00:00:00Z")
        .warns(&["pin @ path"])
        .accepted(),
        until(
            "expires-last-second-accepted",
            "The last second of the pins.",
            "2026-06-30",
        )
        .at(cast::AUDIT_ENDS)
        .warns(&["pin @ path"])
        .accepted(),
        until(
            "expired-refused",
            "An expired pin matches nothing.",
            "2026-06-30",
        )
        .at(cast::AUDIT_OVER)
        .refused(&["pin @ path"]),
        until(
            "expired-end-entity-refused",
            "An expired pin, at the end entity.",
            "2026-05-31",
        )
        .set(RULE, "position = \"end-entity\"")
        .refused(&["pin @ end-entity"]),
    ]
}

fn softened() -> Vec<Case> {
    let other = spki(&cast::key(11).spki());
    vec![
        client("audit-accepted", "Audited: what would refuse is a warning.")
            .set(RULE, &other)
            .audit(RULE)
            .at(cast::AUDIT_ENDS)
            .warns(&["pin @ path"])
            .accepted(),
        client("audit-over-refused", "The day after the audit.")
            .set(RULE, &other)
            .audit(RULE)
            .at(cast::AUDIT_OVER)
            .refused(&["pin @ path"]),
        client("off-accepted", "Off, whatever is pinned.")
            .set(RULE, &other)
            .off(RULE)
            .accepted(),
    ]
}
