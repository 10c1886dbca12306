mod alternative_names;
mod attributes;
mod labels;
mod values;

use super::case::{Case, client};
use super::cast;
use crate::support::{CertificateBuilder, Name, oids};

const RULE: &str = "subject-identifier";
const REFUSED: &[&str] = &["subject-identifier @ end-entity"];

pub fn cases() -> Vec<Case> {
    let mut cases = attributes::attributes();
    cases.extend(attributes::matchers());
    cases.extend(alternative_names::alternative_names());
    cases.extend(values::whole_subject());
    cases.extend(lists());
    cases.extend(values::several_values());
    cases.extend(values::incomparable());
    cases.extend(labels::under_labels());
    cases.extend(softened());
    cases
}

/// Any-of with one entry.
fn asks(
    name: &'static str,
    description: &'static str,
    end_entity: CertificateBuilder,
    entry: &str,
) -> Case {
    client(name, description)
        .end_entity(end_entity)
        .set(RULE, &format!("any-of = [{{ {entry} }}]"))
}

fn subject(name: Name) -> CertificateBuilder {
    cast::client().subject(name)
}

fn names(names: Vec<Vec<u8>>) -> CertificateBuilder {
    cast::client().san(names)
}

/// Everything that Acme's client might have in its subject.
fn rich() -> CertificateBuilder {
    subject(
        Name::empty()
            .and(oids::DOMAIN_COMPONENT, "example")
            .and(oids::COUNTRY, "GB")
            .and(oids::ORGANIZATION, "Acme")
            .and("2.5.4.97", "VATGB-123456789")
            .and(oids::ORGANIZATIONAL_UNIT, "Payments")
            .and(oids::SERIAL_NUMBER, "A-17")
            .and(oids::USER_ID, "acme-7")
            .and(oids::COMMON_NAME, "payments"),
    )
}

fn lists() -> Vec<Case> {
    const UNIT: &str = r#"{ attribute = "OU", exact = "Payments" }"#;
    const NAME: &str = r#"{ attribute = "CN", exact = "payments" }"#;
    const OTHER: &str = r#"{ attribute = "CN", exact = "refunds" }"#;
    let with = |name, description, lines: &[(&str, &[&str])]| {
        lines.iter().fold(
            client(name, description).end_entity(rich()),
            |case, (list, entries)| {
                case.set(
                    RULE,
                    &format!("{list} = [\n  {},\n]", entries.join(",\n  ")),
                )
            },
        )
    };
    vec![
        with(
            "any-of-accepted",
            "The second of two entries.",
            &[("any-of", &[OTHER, NAME])],
        )
        .accepted(),
        with(
            "any-of-refused",
            "None of two entries.",
            &[(
                "any-of",
                &[OTHER, r#"{ attribute = "O", exact = "Globex" }"#],
            )],
        )
        .refused(REFUSED),
        with(
            "all-of-accepted",
            "Both entries.",
            &[("all-of", &[UNIT, NAME])],
        )
        .accepted(),
        with(
            "all-of-refused",
            "One of two entries.",
            &[("all-of", &[UNIT, OTHER])],
        )
        .refused(REFUSED),
        with(
            "none-of-accepted",
            "The forbidden value is not there.",
            &[("none-of", &[OTHER])],
        )
        .accepted(),
        with(
            "none-of-refused",
            "The forbidden value is there.",
            &[("none-of", &[UNIT])],
        )
        .refused(REFUSED),
        with(
            "together-accepted",
            "All three lists together.",
            &[
                ("any-of", &[NAME, OTHER]),
                ("all-of", &[UNIT]),
                ("none-of", &[r#"{ attribute = "O", exact = "Globex" }"#]),
            ],
        )
        .accepted(),
        with(
            "together-refused",
            "Three lists, and each is broken: each is said.",
            &[
                ("any-of", &[OTHER]),
                ("all-of", &[r#"{ attribute = "O", exact = "Globex" }"#]),
                ("none-of", &[UNIT]),
            ],
        )
        .refused(&[
            "subject-identifier @ end-entity",
            "subject-identifier @ end-entity",
            "subject-identifier @ end-entity",
        ]),
    ]
}

fn softened() -> Vec<Case> {
    const OTHER: &str = r#"attribute = "CN", exact = "refunds""#;
    let asked = |name, description| asks(name, description, cast::client(), OTHER);
    vec![
        client("starting-point-accepted", "Nothing is asked.").accepted(),
        asked("audit-accepted", "Audited: what would refuse is a warning.")
            .audit(RULE)
            .at(cast::AUDIT_ENDS)
            .warns(REFUSED)
            .accepted(),
        asked("audit-over-refused", "The day after the audit.")
            .audit(RULE)
            .at(cast::AUDIT_OVER)
            .refused(REFUSED),
        asked("off-accepted", "Off, whatever is asked.")
            .off(RULE)
            .accepted(),
    ]
}
