use super::case::{Case, client};
use super::cast;
use crate::support::extensions::usage::{
    CRL_SIGN, DIGITAL_SIGNATURE, KEY_CERT_SIGN, KEY_ENCIPHERMENT,
};

const RULE: &str = "key-usage";

pub fn cases() -> Vec<Case> {
    let end_entity = |bits: &[u8]| cast::client().key_usage_bits(bits);
    let issuing = || cast::issuing_with(|ca| ca.key_usage_bits(&[CRL_SIGN]));
    let root = || cast::root_with(|ca| ca.key_usage_bits(&[CRL_SIGN]));
    vec![
        client(
            "end-entity-accepted",
            "digitalSignature, and keyEncipherment beside it.",
        )
        .end_entity(end_entity(&[DIGITAL_SIGNATURE, KEY_ENCIPHERMENT]))
        .accepted(),
        client(
            "end-entity-absent-accepted",
            "No extension, no restriction.",
        )
        .end_entity(cast::client().no_key_usage())
        .accepted(),
        client(
            "end-entity-refused",
            "A key that may not sign cannot prove possession in TLS 1.3.",
        )
        .end_entity(end_entity(&[KEY_ENCIPHERMENT]))
        .refused(&["key-usage @ end-entity"]),
        client(
            "end-entity-ca-refused",
            "An end entity that may sign certificates.",
        )
        .end_entity(end_entity(&[DIGITAL_SIGNATURE, KEY_CERT_SIGN]))
        .refused(&["key-usage @ end-entity"]),
        client(
            "end-entity-ca-alone-refused",
            "An end entity that may sign certificates, and nothing else.",
        )
        .end_entity(end_entity(&[KEY_CERT_SIGN]))
        .refused(&["key-usage @ end-entity", "key-usage @ end-entity"]),
        client(
            "intermediate-accepted",
            "keyCertSign alone is enough for a CA.",
        )
        .issuing(cast::issuing_with(|ca| ca.key_usage_bits(&[KEY_CERT_SIGN])))
        .accepted(),
        client(
            "intermediate-absent-accepted",
            "No extension, no restriction.",
        )
        .issuing(cast::issuing_with(|ca| ca.no_key_usage()))
        .accepted(),
        client(
            "intermediate-refused",
            "A CA that may not sign certificates, which webpki does not look at.",
        )
        .issuing(issuing())
        .refused(&["key-usage @ intermediate-1"]),
        client(
            "trust-anchor-refused",
            "A trust anchor that may not sign certificates.",
        )
        .root(root())
        .refused(&["key-usage @ trust-anchor"]),
        client(
            "trust-anchor-absent-accepted",
            "A trust anchor without the extension.",
        )
        .root(cast::root_with(|ca| ca.no_key_usage()))
        .accepted(),
        client(
            "trust-anchor-ignore-accepted",
            "The trust anchor's key usage is not looked at.",
        )
        .root(root())
        .set(RULE, "trust-anchor = \"ignore\"")
        .accepted(),
        client(
            "trust-anchor-ignore-refused",
            "Of intermediates it is looked at all the same.",
        )
        .issuing(issuing())
        .set(RULE, "trust-anchor = \"ignore\"")
        .refused(&["key-usage @ intermediate-1"]),
        client(
            "trust-anchor-when-known-refused",
            "The trust anchor's certificate is known here.",
        )
        .root(root())
        .set(RULE, "trust-anchor = \"when-known\"")
        .refused(&["key-usage @ trust-anchor"]),
        client(
            "trust-anchor-when-known-accepted",
            "The trust anchor is known by name and key only.",
        )
        .root(root())
        .anchors_by_name_and_key()
        .set("validity-period", "trust-anchor = \"when-known\"")
        .set(RULE, "trust-anchor = \"when-known\"")
        .set("path-length", "trust-anchor = \"when-known\"")
        .accepted(),
        client("audit-accepted", "Audited: what would refuse is a warning.")
            .issuing(issuing())
            .audit(RULE)
            .at(cast::AUDIT_ENDS)
            .warns(&["key-usage @ intermediate-1"])
            .accepted(),
        client("audit-over-refused", "The day after the audit.")
            .issuing(issuing())
            .audit(RULE)
            .at(cast::AUDIT_OVER)
            .refused(&["key-usage @ intermediate-1"]),
        client("off-accepted", "Off, as webpki has it.")
            .issuing(issuing())
            .off(RULE)
            .accepted(),
    ]
}
