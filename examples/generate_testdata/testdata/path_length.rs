use super::case::{Case, client};
use super::cast;
use crate::support::{Authority, CertificateBuilder, Name, keys, oids, pem};

const RULE: &str = "path-length";

pub fn cases() -> Vec<Case> {
    let mut cases = most_intermediates();
    cases.extend(of_the_anchor());
    cases.extend(own_anchor());
    cases.extend(softened());
    cases
}

/// Under the usual issuing CA another one, and the client.
fn two_intermediates() -> Vec<Vec<u8>> {
    let second = cast::issuing().intermediate("Acme Issuing CA 2", cast::key(5));
    vec![
        second.issue(cast::client()),
        second.der,
        cast::issuing().der,
    ]
}

/// The issuing CA has a new key, certified by its old one: a self-issued intermediate.
fn renewed_key() -> Vec<Vec<u8>> {
    let old = cast::issuing();
    let new = old.intermediate("Acme Issuing CA", cast::key(5));
    vec![new.issue(cast::client()), new.der, old.der]
}

fn most_intermediates() -> Vec<Case> {
    vec![
        client("none-accepted", "No intermediate permitted, none there.")
            .chain([cast::root().issue(cast::client())])
            .set(RULE, "max-intermediates = 0")
            .accepted(),
        client("none-refused", "No intermediate permitted, one there.")
            .set(RULE, "max-intermediates = 0")
            .refused(&["path-length @ path"]),
        client("one-accepted", "One intermediate permitted, one there.")
            .set(RULE, "max-intermediates = 1")
            .accepted(),
        client("one-refused", "One intermediate permitted, two there.")
            .chain(two_intermediates())
            .set(RULE, "max-intermediates = 1")
            .refused(&["path-length @ path"]),
        client(
            "self-issued-accepted",
            "A self-issued intermediate is not counted (RFC 5280 section 6.1.4 (l)).",
        )
        .chain(renewed_key())
        .set(RULE, "max-intermediates = 1")
        .accepted(),
        client(
            "self-issued-refused",
            "Beside the self-issued intermediate there is another.",
        )
        .chain(renewed_key())
        .set(RULE, "max-intermediates = 0")
        .refused(&["path-length @ path"]),
    ]
}

fn of_the_anchor() -> Vec<Case> {
    const REFUSED: &[&str] = &["path-length @ trust-anchor"];
    let root = |length| cast::root_with(|ca| ca.path_len(length));
    vec![
        client(
            "trust-anchor-accepted",
            "The trust anchor's pathLenConstraint permits one intermediate.",
        )
        .root(root(1))
        .accepted(),
        client(
            "trust-anchor-refused",
            "It permits none, which webpki does not look at.",
        )
        .root(root(0))
        .refused(REFUSED),
        client(
            "trust-anchor-direct-accepted",
            "It permits none, and there is none.",
        )
        .root(root(0))
        .chain([cast::root().issue(cast::client())])
        .accepted(),
        client(
            "trust-anchor-self-issued-accepted",
            "It permits one; the self-issued one is not counted.",
        )
        .root(root(1))
        .chain(renewed_key())
        .accepted(),
        client(
            "trust-anchor-ignore-accepted",
            "The trust anchor's pathLenConstraint is not looked at.",
        )
        .root(root(0))
        .set(RULE, "trust-anchor = \"ignore\"")
        .accepted(),
        client(
            "trust-anchor-ignore-refused",
            "The policy's own limit counts all the same.",
        )
        .root(root(0))
        .set(RULE, "trust-anchor = \"ignore\"")
        .set(RULE, "max-intermediates = 0")
        .refused(&["path-length @ path"]),
        client(
            "trust-anchor-when-known-refused",
            "The trust anchor's certificate is known here.",
        )
        .root(root(0))
        .set(RULE, "trust-anchor = \"when-known\"")
        .refused(REFUSED),
        client(
            "trust-anchor-when-known-accepted",
            "The trust anchor is known by name and key only.",
        )
        .root(root(0))
        .anchors_by_name_and_key()
        .set("validity-period", "trust-anchor = \"when-known\"")
        .set("key-usage", "trust-anchor = \"when-known\"")
        .set(RULE, "trust-anchor = \"when-known\"")
        .accepted(),
        client(
            "both-limits-refused",
            "The policy's limit and the trust anchor's are exceeded.",
        )
        .root(root(0))
        .set(RULE, "max-intermediates = 0")
        .refused(&["path-length @ path", "path-length @ trust-anchor"]),
    ]
}

/// A self-signed end entity that is its own trust anchor.
fn own_anchor() -> Vec<Case> {
    const ALLOW: &str = "allow-self-issued-end-entity = true";
    let certificate = |change: fn(CertificateBuilder) -> CertificateBuilder| {
        change(cast::client().no_key_usage()).self_signed(&cast::key(10))
    };
    let plain = certificate(|builder| builder);
    let signing = certificate(|builder| builder.key_usage_bits(&[0]));
    let issuing = certificate(|builder| builder.key_usage_bits(&[0, 5]));
    let ca = certificate(|builder| builder.basic_constraints(true, None));
    let alone = |name, description, der: &Vec<u8>| {
        client(name, description)
            .chain([der.clone()])
            .anchors("acme", [der.clone()])
    };
    let digest = |der: &[u8]| pem::base64(&keys::sha256(der));
    let backup = pem::base64(&[0; 32]);
    let pin = |der: &[u8]| format!("certificate-sha256 = [\"{}\", \"{backup}\"]", digest(der));
    let (refused, used) = (&["path-length @ end-entity"], &["path-length @ end-entity"]);
    vec![
        alone(
            "own-anchor-refused",
            "A self-signed client as its own trust anchor.",
            &plain,
        )
        .refused(refused),
        alone(
            "own-anchor-ca-refused",
            "The same with cA, as `openssl req -x509` makes it.",
            &ca,
        )
        .refused(&["chain @ path"]),
        alone(
            "own-anchor-allowed-accepted",
            "Allowed, for a pin says that it is that very certificate.",
            &plain,
        )
        .set(RULE, ALLOW)
        .set("pin", &pin(&plain))
        .warns(used)
        .accepted(),
        alone(
            "own-anchor-allowed-ca-refused",
            "Allowed, but webpki refuses cA all the same.",
            &ca,
        )
        .set(RULE, ALLOW)
        .set("pin", &pin(&ca))
        .refused(&["chain @ path"]),
        alone(
            "own-anchor-allowed-other-pin-refused",
            "Allowed, but it is not the pinned certificate.",
            &plain,
        )
        .set(RULE, ALLOW)
        .set("pin", &pin(&signing))
        .warns(used)
        .refused(&["pin @ path"]),
        alone(
            "own-anchor-key-usage-accepted",
            "Its key usage is an end entity's: no keyCertSign.",
            &signing,
        )
        .set(RULE, ALLOW)
        .set("pin", &pin(&signing))
        .warns(used)
        .accepted(),
        alone(
            "own-anchor-key-usage-refused",
            "Allowed, but an end entity may not have keyCertSign.",
            &issuing,
        )
        .set(RULE, ALLOW)
        .set("pin", &pin(&issuing))
        .warns(used)
        .refused(&["key-usage @ end-entity"]),
        alone(
            "issued-end-entity-as-anchor-refused",
            "An end entity that a CA issued is no trust anchor.",
            &{ cast::issuing().issue(cast::client()) },
        )
        .refused(&["chain @ path"]),
        client(
            "allowed-other-limit-refused",
            "The relaxation lifts no other limit.",
        )
        .set(RULE, ALLOW)
        .set(RULE, "max-intermediates = 0")
        .set(
            "pin",
            &format!(
                "spki-sha256 = [\"{}\", \"{backup}\"]",
                digest(&cast::key(1).spki())
            ),
        )
        .refused(&["path-length @ path"]),
        client(
            "allowed-unused-accepted",
            "The relaxation does not matter to a chain with an issuer above it.",
        )
        .set(RULE, ALLOW)
        .set(
            "pin",
            &format!(
                "spki-sha256 = [\"{}\", \"{backup}\"]",
                digest(&cast::key(1).spki())
            ),
        )
        .accepted(),
        shares_only_the_name(),
    ]
}

/// Only the name is the anchor's, the key is not: an ordinary end entity.
fn shares_only_the_name() -> Case {
    let name = Name::cn("Acme Root CA");
    let end_entity =
        CertificateBuilder::end_entity(name, cast::key(10).spki()).eku(&[oids::CLIENT_AUTH]);
    let root: Authority = cast::root();
    client(
        "anchor-of-same-name-accepted",
        "An end entity with its trust anchor's name, but a key of its own.",
    )
    .chain([root.issue(end_entity)])
    .accepted()
}

fn softened() -> Vec<Case> {
    const LIMIT: &str = "max-intermediates = 0";
    const FOUND: &[&str] = &["path-length @ path"];
    vec![
        client("audit-accepted", "Audited: what would refuse is a warning.")
            .set(RULE, LIMIT)
            .audit(RULE)
            .at(cast::AUDIT_ENDS)
            .warns(FOUND)
            .accepted(),
        client("audit-over-refused", "The day after the audit.")
            .set(RULE, LIMIT)
            .audit(RULE)
            .at(cast::AUDIT_OVER)
            .refused(FOUND),
        client("off-accepted", "Off, whatever the limit says.")
            .set(RULE, LIMIT)
            .off(RULE)
            .accepted(),
    ]
}
