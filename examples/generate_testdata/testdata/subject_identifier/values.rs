//! Whole subjects, several values, and values that cannot be compared.

use super::super::case::{Case, client};
use super::{REFUSED, RULE, asks, names, subject};
use crate::support::{Name, der, general_name, oids};

/// Type, string type and octets.
type Attribute = (&'static str, u8, &'static [u8]);

/// Compared by RDN, never as flat text.
pub fn whole_subject() -> Vec<Case> {
    const WHOLE: &str = r#"subject = "CN=client,O=Acme,C=GB""#;
    let of = |attributes: &[(&str, &str)]| {
        subject(
            attributes
                .iter()
                .fold(Name::empty(), |name, (oid, value)| name.and(oid, value)),
        )
    };
    let (c, o, cn) = (oids::COUNTRY, oids::ORGANIZATION, oids::COMMON_NAME);
    let utf8 = der::tag::UTF8_STRING;
    let multi =
        |attributes: &[(&str, u8, &[u8])]| subject(Name::empty().and(o, "Acme").multi(attributes));
    let (common_name, user): (Attribute, Attribute) =
        ((cn, utf8, b"client"), (oids::USER_ID, utf8, b"7"));
    vec![
        asks(
            "subject-accepted",
            "The whole subject.",
            of(&[(c, "GB"), (o, "Acme"), (cn, "client")]),
            WHOLE,
        )
        .accepted(),
        asks(
            "subject-more-refused",
            "One RDN more.",
            of(&[(c, "GB"), (o, "Acme"), (o, "EU"), (cn, "client")]),
            WHOLE,
        )
        .refused(REFUSED),
        asks(
            "subject-less-refused",
            "One RDN less.",
            of(&[(o, "Acme"), (cn, "client")]),
            WHOLE,
        )
        .refused(REFUSED),
        asks(
            "subject-order-refused",
            "Another order.",
            of(&[(cn, "client"), (o, "Acme"), (c, "GB")]),
            WHOLE,
        )
        .refused(REFUSED),
        asks(
            "subject-injection-refused",
            "One common name that looks like three RDNs.",
            of(&[(cn, "client,O=Acme,C=GB")]),
            WHOLE,
        )
        .refused(REFUSED),
        asks(
            "subject-escaped-accepted",
            "A comma in a value, escaped in the policy.",
            of(&[(o, "Acme, Ltd"), (cn, "client")]),
            r"subject = 'CN=client,O=Acme\, Ltd'",
        )
        .accepted(),
        asks(
            "subject-multi-valued-accepted",
            "An RDN of two attributes, in any order.",
            multi(&[common_name, user]),
            r#"subject = "UID=7+CN=client,O=Acme""#,
        )
        .accepted(),
        asks(
            "subject-multi-valued-refused",
            "Two RDNs are not one of two attributes.",
            of(&[(o, "Acme"), (oids::USER_ID, "7"), (cn, "client")]),
            r#"subject = "UID=7+CN=client,O=Acme""#,
        )
        .refused(REFUSED),
        asks(
            "subject-more-at-end-refused",
            "One RDN more, after the last one wanted.",
            of(&[(c, "GB"), (o, "Acme"), (cn, "client"), (oids::USER_ID, "7")]),
            WHOLE,
        )
        .refused(REFUSED),
        asks(
            "subject-more-in-rdn-refused",
            "The RDN has another attribute beside the one wanted.",
            multi(&[common_name, (oids::ORGANIZATIONAL_UNIT, utf8, b"Payments")]),
            r#"subject = "CN=client,O=Acme""#,
        )
        .refused(REFUSED),
    ]
}

pub fn several_values() -> Vec<Case> {
    let units = |values: &[&str]| {
        let start = Name::cn("client");
        subject(values.iter().fold(start, |name, value| {
            name.and(oids::ORGANIZATIONAL_UNIT, value)
        }))
    };
    let entry =
        |values: &str| format!("attribute = \"OU\", exact = \"Payments\", values = \"{values}\"");
    let uris = names(vec![
        general_name::uri("spiffe://acme.example/api"),
        general_name::uri("spiffe://acme.example/web"),
    ]);
    vec![
        asks(
            "values-one-accepted",
            "One value.",
            units(&["Payments"]),
            &entry("one"),
        )
        .accepted(),
        asks(
            "values-one-refused",
            "A second value.",
            units(&["Payments", "EU"]),
            &entry("one"),
        )
        .refused(REFUSED),
        asks(
            "values-any-accepted",
            "One of two matches.",
            units(&["EU", "Payments"]),
            &entry("any"),
        )
        .accepted(),
        asks(
            "values-any-refused",
            "None of two matches.",
            units(&["EU", "Refunds"]),
            &entry("any"),
        )
        .refused(REFUSED),
        asks(
            "values-all-accepted",
            "Both match.",
            units(&["Payments", "Payments"]),
            &entry("all"),
        )
        .accepted(),
        asks(
            "values-all-refused",
            "One of two matches.",
            units(&["Payments", "EU"]),
            &entry("all"),
        )
        .refused(REFUSED),
        asks(
            "values-default-refused",
            "Two alternative names of the kind where one is expected.",
            uris,
            r#"san = "uri", exact = "spiffe://acme.example/api""#,
        )
        .refused(REFUSED),
        client(
            "values-none-of-any-refused",
            "One of two values is forbidden.",
        )
        .end_entity(units(&["Payments", "EU"]))
        .set(
            RULE,
            r#"none-of = [{ attribute = "OU", exact = "EU", values = "any" }]"#,
        )
        .refused(REFUSED),
        client(
            "values-none-of-any-accepted",
            "None of two values is forbidden.",
        )
        .end_entity(units(&["Payments", "EU"]))
        .set(
            RULE,
            r#"none-of = [{ attribute = "OU", exact = "Refunds", values = "any" }]"#,
        )
        .accepted(),
        client(
            "values-none-of-refused",
            "A second value where one is expected is refused by none-of too.",
        )
        .end_entity(units(&["Payments", "EU"]))
        .set(
            RULE,
            r#"none-of = [{ attribute = "OU", exact = "Refunds" }]"#,
        )
        .refused(REFUSED),
    ]
}

/// A value that must be compared and cannot be is a violation, whichever list asks.
pub fn incomparable() -> Vec<Case> {
    const NAME: &str = r#"attribute = "CN", exact = "payments""#;
    let typed = |tag, octets: &[u8]| subject(Name::empty().and_raw(oids::COMMON_NAME, tag, octets));
    let bmp: Vec<u8> = "payments"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    vec![
        asks(
            "bmp-string-refused",
            "A BMPString.",
            typed(der::tag::BMP_STRING, &bmp),
            NAME,
        )
        .refused(REFUSED),
        asks(
            "teletex-string-refused",
            "A TeletexString.",
            typed(der::tag::TELETEX_STRING, b"payments"),
            NAME,
        )
        .refused(REFUSED),
        asks(
            "nul-refused",
            "A NUL.",
            typed(der::tag::UTF8_STRING, b"payments\0"),
            NAME,
        )
        .refused(REFUSED),
        asks(
            "not-utf8-refused",
            "Octets that are no UTF-8.",
            typed(der::tag::UTF8_STRING, b"payments\xff"),
            NAME,
        )
        .refused(REFUSED),
        asks(
            "address-length-refused",
            "An address of five octets.",
            names(vec![general_name::ip(&[192, 0, 2, 10, 0])]),
            r#"san = "ip", exact = "192.0.2.10""#,
        )
        .refused(REFUSED),
        asks(
            "ia5-string-not-ascii-refused",
            "An IA5String of UTF-8: the type has ASCII only.",
            typed(der::tag::IA5_STRING, "zahlungsgebühren".as_bytes()),
            r#"attribute = "CN", exact = "zahlungsgebühren""#,
        )
        .refused(REFUSED),
        asks(
            "empty-refused",
            "An empty value.",
            typed(der::tag::UTF8_STRING, b""),
            NAME,
        )
        .refused(REFUSED),
        client(
            "empty-none-of-refused",
            "An empty value might stand for anything, the forbidden value too.",
        )
        .end_entity(typed(der::tag::UTF8_STRING, b""))
        .set(
            RULE,
            r#"none-of = [{ attribute = "CN", exact = "refunds" }]"#,
        )
        .refused(REFUSED),
        client(
            "incomparable-any-of-refused",
            "Another entry matches; a value that cannot be compared refuses still.",
        )
        .end_entity(subject(Name::cn("payments").and_raw(
            oids::ORGANIZATIONAL_UNIT,
            der::tag::BMP_STRING,
            &bmp,
        )))
        .set(
            RULE,
            r#"any-of = [
  { attribute = "CN", exact = "payments" },
  { attribute = "OU", exact = "payments" },
]"#,
        )
        .refused(REFUSED),
        client(
            "incomparable-none-of-refused",
            "What cannot be compared might be the forbidden value.",
        )
        .end_entity(typed(der::tag::BMP_STRING, &bmp))
        .set(
            RULE,
            r#"none-of = [{ attribute = "CN", exact = "refunds" }]"#,
        )
        .refused(REFUSED),
        asks(
            "incomparable-elsewhere-accepted",
            "A BMPString in an attribute that no entry asks for does not matter.",
            subject(Name::cn("payments").and_raw(oids::ORGANIZATION, der::tag::BMP_STRING, &bmp)),
            NAME,
        )
        .accepted(),
    ]
}
