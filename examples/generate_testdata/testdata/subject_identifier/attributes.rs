//! Attributes of the subject, and how they are matched.

use super::super::case::Case;
use super::super::cast;
use super::{REFUSED, asks, rich, subject};
use crate::support::{Name, der, oids};

pub fn attributes() -> Vec<Case> {
    vec![
        asks(
            "cn-accepted",
            "The common name.",
            rich(),
            r#"attribute = "CN", exact = "payments""#,
        )
        .accepted(),
        asks(
            "cn-refused",
            "Another common name.",
            rich(),
            r#"attribute = "CN", exact = "payment""#,
        )
        .refused(REFUSED),
        asks(
            "ou-accepted",
            "The organisational unit.",
            rich(),
            r#"attribute = "OU", exact = "Payments""#,
        )
        .accepted(),
        asks(
            "ou-refused",
            "Case matters.",
            rich(),
            r#"attribute = "OU", exact = "payments""#,
        )
        .refused(REFUSED),
        asks(
            "o-accepted",
            "The organisation.",
            rich(),
            r#"attribute = "O", exact = "Acme""#,
        )
        .accepted(),
        asks(
            "o-refused",
            "Another organisation.",
            rich(),
            r#"attribute = "O", exact = "Acme Ltd""#,
        )
        .refused(REFUSED),
        asks(
            "serial-number-accepted",
            "serialNumber.",
            rich(),
            r#"attribute = "serialNumber", exact = "A-17""#,
        )
        .accepted(),
        asks(
            "serial-number-refused",
            "Another one.",
            rich(),
            r#"attribute = "serialNumber", exact = "A-18""#,
        )
        .refused(REFUSED),
        asks(
            "uid-accepted",
            "The user id.",
            rich(),
            r#"attribute = "UID", exact = "acme-7""#,
        )
        .accepted(),
        asks(
            "uid-refused",
            "Spaces matter.",
            rich(),
            r#"attribute = "UID", exact = "acme-7 ""#,
        )
        .refused(REFUSED),
        asks(
            "dc-accepted",
            "The domain component.",
            rich(),
            r#"attribute = "DC", exact = "example""#,
        )
        .accepted(),
        asks(
            "dc-refused",
            "Another domain component.",
            rich(),
            r#"attribute = "DC", exact = "com""#,
        )
        .refused(REFUSED),
        asks(
            "organization-identifier-accepted",
            "organizationIdentifier, as in eIDAS certificates.",
            rich(),
            r#"attribute = "organizationIdentifier", exact = "VATGB-123456789""#,
        )
        .accepted(),
        asks(
            "organization-identifier-refused",
            "No organizationIdentifier at all.",
            cast::client(),
            r#"attribute = "organizationIdentifier", exact = "VATGB-123456789""#,
        )
        .refused(REFUSED),
        asks(
            "oid-accepted",
            "An attribute by its OID.",
            rich(),
            r#"attribute = "2.5.4.5", exact = "A-17""#,
        )
        .accepted(),
        asks(
            "oid-refused",
            "An attribute that is not there.",
            rich(),
            r#"attribute = "2.5.4.12", exact = "A-17""#,
        )
        .refused(REFUSED),
        asks(
            "string-type-accepted",
            "A PrintableString with the same characters is equal.",
            subject(Name::empty().and_raw(
                oids::COMMON_NAME,
                der::tag::PRINTABLE_STRING,
                b"payments",
            )),
            r#"attribute = "CN", exact = "payments""#,
        )
        .accepted(),
    ]
}

pub fn matchers() -> Vec<Case> {
    const ID: &str = "123e4567-e89b-12d3-a456-426614174000";
    let cn = |value: &str| subject(Name::cn(value));
    let uuid = format!("attribute = \"CN\", uuid = \"{ID}\"");
    let namespace = r#"attribute = "CN", namespace = "acme/prod""#;
    let glob = r#"attribute = "CN", glob = "acme/*/api""#;
    let one_of = r#"attribute = "CN", one-of = ["payments", "refunds"]"#;
    vec![
        asks(
            "one-of-accepted",
            "One of two values.",
            cn("refunds"),
            one_of,
        )
        .accepted(),
        asks(
            "one-of-refused",
            "None of the two values.",
            cn("refund"),
            one_of,
        )
        .refused(REFUSED),
        asks(
            "namespace-accepted",
            "Below the namespace.",
            cn("acme/prod/api"),
            namespace,
        )
        .accepted(),
        asks(
            "namespace-itself-refused",
            "The namespace itself is not below it.",
            cn("acme/prod"),
            namespace,
        )
        .refused(REFUSED),
        asks(
            "namespace-prefix-refused",
            "Prefixes end at a delimiter.",
            cn("acme/production"),
            namespace,
        )
        .refused(REFUSED),
        asks(
            "namespace-climbing-refused",
            "Out of it again.",
            cn("acme/prod/../test"),
            namespace,
        )
        .refused(REFUSED),
        asks(
            "namespace-own-delimiter-accepted",
            "A namespace that ends in its own delimiter.",
            cn("urn:acme:api"),
            r#"attribute = "CN", namespace = "urn:acme:""#,
        )
        .accepted(),
        asks("uuid-accepted", "The UUID.", cn(ID), &uuid).accepted(),
        asks(
            "uuid-case-accepted",
            "The UUID in capitals.",
            cn(&ID.to_uppercase()),
            &uuid,
        )
        .accepted(),
        asks(
            "uuid-refused",
            "Another UUID.",
            cn("123e4567-e89b-12d3-a456-426614174001"),
            &uuid,
        )
        .refused(REFUSED),
        asks(
            "uuid-plain-refused",
            "Without hyphens.",
            cn(&ID.replace('-', "")),
            &uuid,
        )
        .refused(REFUSED),
        asks(
            "glob-accepted",
            "`*` stands for one segment.",
            cn("acme/eu/api"),
            glob,
        )
        .accepted(),
        asks(
            "glob-two-segments-refused",
            "Not for two.",
            cn("acme/eu/1/api"),
            glob,
        )
        .refused(REFUSED),
        asks(
            "glob-empty-segment-refused",
            "Not for none.",
            cn("acme//api"),
            glob,
        )
        .refused(REFUSED),
        asks(
            "glob-rest-accepted",
            "`**` stands for the rest.",
            cn("acme/eu/1/api"),
            r#"attribute = "CN", glob = "acme/**""#,
        )
        .accepted(),
        asks(
            "glob-rest-refused",
            "Not for nothing.",
            cn("acme"),
            r#"attribute = "CN", glob = "acme/**""#,
        )
        .refused(REFUSED),
    ]
}
