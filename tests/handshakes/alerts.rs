//! The documented alerts, held against what peers receive.

use std::collections::BTreeSet;

use rustls::{AlertDescription, CertificateError};
use rustls_policy_verifier::{Fact, RevocationSource, Role, Violation, refusal_in, rustls};

use crate::kit::{Alerts, HOST, ROLES, VERSIONS, alert, rustls_error, try_peer};
use crate::revocation;
use crate::support::{CertificateBuilder, TestKey, der, general_name, oids};
use crate::table::{self, Cast, Row, starting_point};

const DOCUMENTED: &str = include_str!("../../src/tls/alerts.md");

/// What makes each of these unable to stand first in a handshake.
const NEVER_FIRST: [(&str, &str); 9] = [
    ("chain: bad-extension", OWN_DECODER),
    ("chain: bad-serial-number", OWN_DECODER),
    ("chain: bad-time", OWN_DECODER),
    ("chain: bad-validity", OWN_DECODER),
    ("chain: empty-extended-key-usage", OWN_DECODER),
    ("chain: signature-algorithm-mismatch", OWN_DECODER),
    ("chain: unsupported-version", OWN_DECODER),
    (
        "chain: not-valid-for-name",
        "the rule server-name judges names",
    ),
    ("chain: revoked", "the rule revocation judges revocation"),
];

const OWN_DECODER: &str = "the decoder refuses such a certificate first, as input";

const ANYTHING_ELSE: &str = "anything else";

/// A row of a documented table.
#[derive(Debug)]
struct Documented {
    /// What may stand first: `rule`, or `rule: which`.
    refuses: Vec<String>,
    variant: String,
    alert: String,
}

/// The rows of both tables, the first one's and the second one's.
fn documented() -> [Vec<Documented>; 2] {
    let mut tables = [Vec::new(), Vec::new()];
    let mut current = None;
    for line in DOCUMENTED.lines() {
        let Some(cells) = line.strip_prefix("| ") else {
            continue;
        };
        let cells: Vec<&str> = cells.trim_end_matches(" |").split(" | ").collect();
        let [refuses, variant, alert] = cells[..] else {
            panic!("three cells: {line}");
        };
        if alert == "alert" {
            current = Some(current.map_or(0, |table| table + 1));
            continue;
        }
        tables[current.unwrap()].push(Documented {
            refuses: refusers(refuses),
            variant: variant.split('`').nth(1).unwrap().to_owned(),
            alert: alert.to_owned(),
        });
    }
    tables
}

/// `` `a`, `b` `` is two of them, and so is `` `a`: one, other ``.
fn refusers(cell: &str) -> Vec<String> {
    match cell.split_once(": ") {
        None => cell.split(", ").map(|it| it.replace('`', "")).collect(),
        Some((rule, which)) => {
            let rule = rule.replace('`', "");
            let which = which.split(", ");
            which.map(|which| format!("{rule}: {which}")).collect()
        }
    }
}

/// A violation in the words of the documentation.
fn refuser(violation: &Violation) -> String {
    let rule = violation.rule.as_str();
    match (&violation.required, &violation.presented) {
        (_, Fact::ChainFailure(failure)) => format!("{rule}: {}", failure.reason.code()),
        (_, Fact::Revoked(_)) => format!("{rule}: a revoked certificate"),
        (_, Fact::StaleStatus(stale)) => match stale.source {
            RevocationSource::Crl(_) => format!("{rule}: a stale CRL"),
            _ => format!("{rule}: a stale OCSP response"),
        },
        (_, Fact::NoStatus(_)) => format!("{rule}: an unknown status"),
        (_, Fact::RefusedCrl(_)) => format!("{rule}: a CRL that is not the issuer's"),
        (_, Fact::BadResponse(_)) => format!("{rule}: one that is no answer"),
        (Fact::RequiredStaple(_), _) => format!("{rule}: one that is missing"),
        (Fact::Decodable, _) => format!("{rule}: a certificate not in strict DER"),
        (Fact::ValidAt(now), Fact::Validity(validity)) => {
            let before = *now < validity.not_before;
            format!(
                "{rule}: {} the period",
                if before { "before" } else { "after" }
            )
        }
        _ => rule.to_owned(),
    }
}

/// `unknown_ca (48)`.
fn in_words(alert: AlertDescription) -> String {
    let mut words = String::new();
    let mut after_lower = false;
    for letter in format!("{alert:?}").chars() {
        if letter.is_uppercase() && after_lower {
            words.push('_');
        }
        after_lower = letter.is_lowercase();
        words.push(letter.to_ascii_lowercase());
    }
    format!("{words} ({})", u8::from(alert))
}

/// Refusals for reasons that the table of rules has not.
fn further_rows() -> Vec<Row> {
    let row = |what, breaks: fn(&Cast) -> crate::kit::Own| Row {
        rule: "chain",
        what,
        policy: starting_point,
        keeps: Cast::good,
        breaks,
        violations: &[],
        specific: None,
    };
    vec![
        row("an end entity that is not valid yet", |cast| {
            let begin = der::unix(2026, 12, 1, 0, 0, 0);
            cast.own(|it| it.validity(begin, begin + 1))
        }),
        row("an end entity that is a CA", |cast| {
            cast.own(|it| it.basic_constraints(true, None))
        }),
        row("name constraints that are none", |cast| {
            let value = der::sequence(&[der::null()]);
            below_constrained(cast, |it| {
                it.extension(oids::NAME_CONSTRAINTS, true, &value)
            })
        }),
        row("a mask with a hole", |cast| {
            let addresses = general_name::ip(&[10, 0, 0, 0, 255, 0, 255, 0]);
            below_constrained(cast, |it| it.name_constraints(vec![addresses], Vec::new()))
        }),
        row("a DNS name that is none", |cast| {
            let permitted = vec![general_name::dns("acme.example")];
            let key = TestKey::ed25519(4);
            let ca = cast
                .pki
                .root
                .intermediate_with("CA", key, |it| it.name_constraints(permitted, Vec::new()));
            cast.below(&[&ca], &TestKey::ed25519(5), |it| {
                it.dns(&["..acme.example", HOST])
            })
        }),
    ]
}

/// A good end entity, with a name and an address, below a CA that `change` adapts.
fn below_constrained(
    cast: &Cast,
    change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
) -> crate::kit::Own {
    let root = &cast.pki.root;
    let ca = root.intermediate_with("Constrained CA", TestKey::ed25519(4), change);
    let names = [general_name::dns(HOST), general_name::ipv4([10, 0, 0, 1])];
    cast.below(&[&ca], &TestKey::ed25519(5), |it| it.san(names.to_vec()))
}

#[test]
fn every_alert_is_the_documented_one() {
    let [by_default, specific] = documented();
    let [only] = &by_default[..] else {
        panic!("one row by default: {by_default:#?}");
    };
    assert_eq!(only.refuses, ["anything"]);
    let (anything_else, specific) = specific.split_last().unwrap();
    assert_eq!(anything_else.refuses, [ANYTHING_ELSE]);

    let mut seen = BTreeSet::new();
    for role in ROLES {
        let cast = Cast::new(role);
        let mut rows = table::rows();
        rows.extend(further_rows());
        match role {
            Role::Server => rows.extend(revocation::staples().into_iter().map(|it| it.row)),
            Role::Client => rows.retain(|row| row.rule != "server-name"),
        }
        for row in rows {
            let own = (row.breaks)(&cast);
            for version in VERSIONS {
                let what = format!("{role}, {:?}, {}", version.version, row.what);
                let judged = |alerts| {
                    let trial = try_peer(role, version, alerts, cast.verifier(&row), &own, HOST);
                    let error = trial.judging.expect_err(&what);
                    let told = alert(&trial.judged.expect_err(&what));
                    let Some(rustls::Error::InvalidCertificate(variant)) = rustls_error(&error)
                    else {
                        panic!("{what}: {error:?}");
                    };
                    let first = refusal_in(&error).map(|it| refuser(&it.violations()[0]));
                    (first, name_of(variant), told.map(in_words).expect(&what))
                };

                let (first, variant, told) = judged(Alerts::Default);
                assert_eq!((&variant, &told), (&only.variant, &only.alert), "{what}");
                let first = first.expect(&what);

                let documented = specific.iter().find(|it| it.refuses.contains(&first));
                let documented = documented.unwrap_or(anything_else);
                let (kept, variant, told) = judged(Alerts::Specific);
                let expected = (&documented.variant, &documented.alert);
                assert_eq!((&variant, &told), expected, "{what}: {first}");
                assert_eq!(kept.is_some(), variant == "Other", "{what}: {first}");
                seen.insert(first);
            }
        }
    }
    let all = specific.iter().flat_map(|row| row.refuses.iter().cloned());
    let all: BTreeSet<String> = all.collect();
    let unseen: Vec<_> = all.difference(&seen).map(String::as_str).collect();
    let never: BTreeSet<_> = NEVER_FIRST.iter().map(|(refuser, _)| *refuser).collect();
    let never: Vec<_> = never.into_iter().collect();
    assert_eq!(unseen, never, "documented, and seen in no handshake");
}

/// The variant without what is in it.
fn name_of(error: &CertificateError) -> String {
    let debug = format!("{error:?}");
    let mut parts = debug.split(|letter: char| !letter.is_alphanumeric());
    parts.next().unwrap().to_owned()
}

#[test]
fn the_tables_are_read_as_they_are_meant() {
    assert_eq!(refusers("`a`, `b-c`"), ["a", "b-c"]);
    assert_eq!(refusers("`a`: one, the other"), ["a: one", "a: the other"]);
    assert_eq!(in_words(AlertDescription::UnknownCA), "unknown_ca (48)");
    let [by_default, specific] = documented();
    assert_eq!((by_default.len(), specific.len() > 10), (1, true));
}
