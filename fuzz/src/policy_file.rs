//! Policies as files: what is read is written and read back as it was; TOML and JSON say the same; what is not known is
//! refused; and what is left out is as it is at the starting point.

use rustls_policy_verifier::{BuildError, Policy, Verifier};
use serde_json::{Map, Value};

use crate::fixture::CHAINS;
use crate::{Target, tokens};

pub const TARGET: Target = Target {
    name: "policy_file",
    check,
    mutate: |data, random| tokens::change(&tokens::words(data), &WORDS, random),
    seeds,
};

/// The input is TOML or JSON.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let choice = data.iter().copied().map(usize::from).sum();
    let (from_toml, from_json) = (Policy::from_toml(text), Policy::from_json(text));
    for result in [&from_toml, &from_json] {
        match result {
            Ok(policy) => check_written(policy),
            Err(error) => check_words(error),
        }
    }
    assert!(from_toml.is_err() || from_json.is_err(), "no text is both");
    if let Ok(toml) = text.parse::<toml::Table>() {
        match to_json(&toml::Value::Table(toml)) {
            Some(json) => {
                let same = Policy::from_json(&json.to_string());
                assert_eq!(from_toml.as_ref().ok(), same.as_ref().ok(), "{json}");
                check_tree(json, from_toml, choice);
            }
            None => assert!(from_toml.is_err(), "no setting is such a value"),
        }
    } else if let Ok(json) = serde_json::from_str::<Value>(text) {
        if let (Some(toml), Ok(policy)) = (to_toml(&json), &from_json) {
            let same = Policy::from_toml(&toml::to_string(&toml).expect("a table"));
            assert_eq!(same.as_ref(), Ok(policy), "{toml}");
        }
        check_tree(json, from_json, choice);
    } else {
        assert!(matches!(from_toml, Err(BuildError::PolicySyntax { .. })));
        assert!(matches!(
            from_json,
            Err(BuildError::PolicySyntax { .. } | BuildError::Policy { .. })
        ));
    }
}

/// Whether it is a policy in either form.
pub fn is_policy(data: &[u8]) -> bool {
    let text = std::str::from_utf8(data).unwrap_or_default();
    Policy::from_toml(text).is_ok() || Policy::from_json(text).is_ok()
}

/// What an error says does nothing to a terminal.
fn check_words(error: &BuildError) {
    let hidden = |character: char| character.is_control() && character != '\n';
    assert!(!error.to_string().chars().any(hidden), "{error:?}");
    assert!(
        matches!(
            error,
            BuildError::Policy { .. } | BuildError::PolicySyntax { .. }
        ),
        "{error:?}"
    );
}

/// A policy that was read can be written, and reads back as it was.
fn check_written(policy: &Policy) {
    let json = policy.to_json().expect("what was read can be written");
    assert_eq!(Policy::from_json(&json).as_ref(), Ok(policy), "{json}");
    match policy.to_toml() {
        Ok(toml) => assert_eq!(Policy::from_toml(&toml).as_ref(), Ok(policy), "{toml}"),
        Err(error) => assert!(has_large_number(&json), "{error}"),
    }
    // Whether it can work depends on the anchors; that it does not panic must not.
    let _ = Verifier::builder(CHAINS[0].anchors.clone(), policy.clone()).build();
}

/// TOML's numbers have 63 bits.
fn has_large_number(json: &str) -> bool {
    fn is_large(value: &Value) -> bool {
        match value {
            Value::Number(number) => number.as_i64().is_none(),
            Value::Array(values) => values.iter().any(is_large),
            Value::Object(table) => table.values().any(is_large),
            _ => false,
        }
    }
    is_large(&serde_json::from_str(json).expect("what was written"))
}

/// Of a file that is a policy: every key is one that is documented; in one table, which the octets of the input choose, no
/// other may stand; and one table, and one key, may be left out.
fn check_tree(tree: Value, read: Result<Policy, BuildError>, choice: usize) {
    let (Value::Object(root), Ok(policy)) = (tree, read) else {
        return;
    };
    let tables = tables(&root);
    for (path, table) in &tables {
        let known = keys_of(path).unwrap_or_else(|| panic!("{path:?} is no table"));
        for key in table.keys() {
            assert!(known.contains(&key.as_str()), "{key} in {path:?} was read");
        }
    }
    let (path, _) = &tables[choice % tables.len()];
    check_unknown_key(&root, path, choice);
    check_without_table(&root, &policy, choice);
    check_without_key(&root, choice);
}

fn read_tree(root: &Map<String, Value>) -> Result<Policy, BuildError> {
    Policy::from_json(&Value::Object(root.clone()).to_string())
}

/// A key that stands nowhere, and one that is known elsewhere.
fn check_unknown_key(root: &Map<String, Value>, path: &[Step], choice: usize) {
    let known = keys_of(path).expect("looked at above");
    let elsewhere = TABLES.iter().flat_map(|(_, keys)| keys.iter());
    let elsewhere: Vec<_> = elsewhere.filter(|key| !known.contains(key)).collect();
    for unknown in ["x", elsewhere[choice % elsewhere.len()]] {
        let mut changed = root.clone();
        table_at(&mut changed, path).insert(unknown.to_owned(), true.into());
        let error = read_tree(&changed).expect_err("a key that is not known");
        let BuildError::Policy { field, problem } = &error else {
            panic!("{error:?}");
        };
        let is_named = field.contains(unknown) || problem.contains(unknown);
        assert!(is_named, "{unknown} in {path:?}: {error}");
    }
}

/// One rule's table less: the rule is as it is at the starting point, all others as they were; or the rest makes no sense.
fn check_without_table(root: &Map<String, Value>, policy: &Policy, choice: usize) {
    let id = root.keys().nth(choice % root.len()).expect("a role");
    let mut changed = root.clone();
    changed.remove(id);
    let without = read_tree(&changed);
    if id == "role" {
        assert!(without.is_err(), "without a role");
    } else if let Ok(without) = without {
        let mut expected = policy.clone();
        reset(&mut expected, id);
        assert_eq!(without, expected, "without {id}");
    }
}

/// One key of a rule's table less: what is written of the rest does not speak of it.
fn check_without_key(root: &Map<String, Value>, choice: usize) {
    let tables = root
        .iter()
        .filter_map(|(id, table)| Some((id, table.as_object()?)));
    let keys = tables.flat_map(|(id, table)| table.keys().map(move |key| (id, key)));
    let keys: Vec<_> = keys.collect();
    let Some((id, key)) = keys.get(choice % keys.len().max(1)) else {
        return;
    };
    let mut changed = root.clone();
    table_at(&mut changed, &[Step::Key((*id).clone())]).remove(*key);
    if let Ok(without) = read_tree(&changed) {
        let written = without.to_json().expect("what was read can be written");
        let written: Value = serde_json::from_str(&written).expect("JSON");
        assert_eq!(written[*id].get(key), None, "{id} without {key}");
    }
}

fn reset(policy: &mut Policy, id: &str) {
    let start = Policy::for_role(policy.role);
    match id {
        "extended-key-usage" => policy.extended_key_usage = start.extended_key_usage,
        "subject-identifier" => policy.subject_identifier = start.subject_identifier,
        "minimum-key-size" => policy.minimum_key_size = start.minimum_key_size,
        "signature-algorithm" => policy.signature_algorithm = start.signature_algorithm,
        "maximum-validity" => policy.maximum_validity = start.maximum_validity,
        "validity-period" => policy.validity_period = start.validity_period,
        "key-usage" => policy.key_usage = start.key_usage,
        "path-length" => policy.path_length = start.path_length,
        "pin" => policy.pin = start.pin,
        "revocation" => policy.revocation = start.revocation,
        "certificate-profile" => policy.certificate_profile = start.certificate_profile,
        "server-name" => policy.server_name = start.server_name,
        "tls" => policy.tls = start.tls,
        "must-not-pin" => policy.must_not_pin = start.must_not_pin,
        other => panic!("{other} is no rule that this target knows"),
    }
}

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Item(usize),
}

/// Every table, and where it stands.
fn tables(root: &Map<String, Value>) -> Vec<(Vec<Step>, &Map<String, Value>)> {
    let mut tables = vec![(Vec::new(), root)];
    let mut at = 0;
    while let Some((path, table)) = tables.get(at).cloned() {
        for (key, value) in table {
            let path = [path.as_slice(), &[Step::Key(key.clone())]].concat();
            match value {
                Value::Object(inner) => tables.push((path, inner)),
                Value::Array(values) => {
                    let inner = values.iter().enumerate().filter_map(|(n, value)| {
                        Some((
                            [path.as_slice(), &[Step::Item(n)]].concat(),
                            value.as_object()?,
                        ))
                    });
                    tables.extend(inner);
                }
                _ => {}
            }
        }
        at += 1;
    }
    tables
}

fn table_at<'a>(root: &'a mut Map<String, Value>, path: &[Step]) -> &'a mut Map<String, Value> {
    let Some((Step::Key(key), rest)) = path.split_first() else {
        return root;
    };
    let mut value = root.get_mut(key).expect("a path that was walked");
    for step in rest {
        value = match step {
            Step::Key(key) => &mut value[key.as_str()],
            Step::Item(n) => &mut value[*n],
        };
    }
    value.as_object_mut().expect("a table")
}

const KEY_SIZES: &[&str] = &[
    "rsa-bits",
    "rsa-max-bits",
    "rsa-min-exponent",
    "ec-bits",
    "curves",
    "rsa",
    "ec",
    "ed25519",
    "ml-dsa",
];
const IDENTIFIER: &[&str] = &[
    "attribute",
    "san",
    "subject",
    "exact",
    "one-of",
    "namespace",
    "uuid",
    "glob",
    "values",
    "under",
];

/// Every table, and the keys that may stand in it; rules' tables have `off` and `audit` beside.
const TABLES: [(&str, &[&str]); 24] = [
    (
        "extended-key-usage",
        &[
            "only",
            "contains",
            "contains-or-absent",
            "allow-server-auth-in-place-of-client-auth-until",
        ],
    ),
    ("subject-identifier", &["any-of", "all-of", "none-of"]),
    ("subject-identifier.any-of", IDENTIFIER),
    ("subject-identifier.all-of", IDENTIFIER),
    ("subject-identifier.none-of", IDENTIFIER),
    (
        "minimum-key-size",
        &["end-entity", "intermediate", "trust-anchor"],
    ),
    ("minimum-key-size.end-entity", KEY_SIZES),
    ("minimum-key-size.intermediate", KEY_SIZES),
    ("minimum-key-size.trust-anchor", KEY_SIZES),
    ("signature-algorithm", &["minimum-hash", "permitted"]),
    (
        "maximum-validity",
        &["end-entity", "intermediate", "trust-anchor"],
    ),
    ("maximum-validity.end-entity", &["less-than", "at-most"]),
    ("maximum-validity.intermediate", &["less-than", "at-most"]),
    ("maximum-validity.trust-anchor", &["less-than", "at-most"]),
    ("validity-period", &["trust-anchor", "warn-below"]),
    ("key-usage", &["trust-anchor"]),
    (
        "path-length",
        &[
            "trust-anchor",
            "max-intermediates",
            "allow-self-issued-end-entity",
        ],
    ),
    (
        "pin",
        &[
            "spki-sha256",
            "certificate-sha256",
            "position",
            "expires",
            "warn-before",
        ],
    ),
    (
        "revocation",
        &[
            "check",
            "unknown",
            "stale",
            "unparsable",
            "staple",
            "max-age",
            "clock-skew",
            "sources",
            "trust-anchor",
        ],
    ),
    ("revocation.sources", &["end-entity", "intermediate"]),
    (
        "certificate-profile",
        &["profile", "common-name-in-san", "trust-anchor"],
    ),
    (
        "server-name",
        &[
            "allow-common-name-as-server-name",
            "allow-identifier-in-place-of-server-name",
        ],
    ),
    (
        "tls",
        &[
            "minimum-version",
            "cipher-suites",
            "or-equivalent",
            "require-all",
            "aes-bits",
            "key-exchange-groups",
            "session-lifetime",
            "tickets",
            "client-certificates",
        ],
    ),
    ("audit", &["until"]),
];

/// Tables without a mode.
const WITHOUT_MODE: [&str; 2] = ["server-name", "tls"];

/// The keys that may stand in the table; `None` where no table may stand.
fn keys_of(path: &[Step]) -> Option<Vec<&'static str>> {
    let keys: Vec<_> = path
        .iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Item(_) => None,
        })
        .collect();
    let name = match keys.as_slice() {
        [] => {
            let rules = TABLES.iter().map(|(table, _)| *table);
            let rules = rules.filter(|table| !table.contains('.') && *table != "audit");
            return Some(rules.chain(["role", "must-not-pin"]).collect());
        }
        [rule, "audit"] if !WITHOUT_MODE.contains(rule) => "audit".to_owned(),
        keys => keys.join("."),
    };
    let (_, known) = TABLES.iter().find(|(table, _)| *table == name)?;
    let is_rule = keys.len() == 1 && !WITHOUT_MODE.contains(&name.as_str());
    let modes: &[&str] = if is_rule { &["off", "audit"] } else { &[] };
    Some(known.iter().chain(modes).copied().collect())
}

/// As JSON; `None` of what only TOML can say.
fn to_json(value: &toml::Value) -> Option<Value> {
    Some(match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => Value::Number(serde_json::Number::from_f64(*number)?),
        toml::Value::Boolean(truth) => (*truth).into(),
        toml::Value::Datetime(date) if date.time.is_some() || date.offset.is_some() => return None,
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(values) => values
            .iter()
            .map(to_json)
            .collect::<Option<Vec<_>>>()?
            .into(),
        toml::Value::Table(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| Some((key.clone(), to_json(value)?)));
            Value::Object(entries.collect::<Option<_>>()?)
        }
    })
}

/// As TOML; `None` of what only JSON can say.
fn to_toml(value: &Value) -> Option<toml::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => return None,
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(values) => values
            .iter()
            .map(to_toml)
            .collect::<Option<Vec<_>>>()?
            .into(),
        Value::Object(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| Some((key.clone(), to_toml(value)?)));
            toml::Value::Table(entries.collect::<Option<_>>()?)
        }
    })
}

const WORDS: [&[u8]; 115] = [
    b"true",
    b"false",
    b"null",
    b"0",
    b"-1",
    b"1.5",
    b"nan",
    b"9223372036854775807",
    b"18446744073709551615",
    b"4096",
    b"\"\"",
    b"[]",
    b"{}",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"=",
    b":",
    b"\n",
    b"#",
    b"# ",
    b".",
    b"\"x\"",
    b"x",
    b"\"\\u0000\"",
    b"\"3 years\"",
    b"\"398 days\"",
    b"\"300 s\"",
    b"2027-03-31",
    b"\"2027-03-31\"",
    b"2027-03-31T00:00:00Z",
    b"\"0 s\"",
    b"\"server\"",
    b"\"client\"",
    b"role",
    b"must-not-pin",
    b"off",
    b"audit",
    b"until",
    b"extended-key-usage",
    b"only",
    b"contains",
    b"contains-or-absent",
    b"\"serverAuth\"",
    b"allow-server-auth-in-place-of-client-auth-until",
    b"subject-identifier",
    b"any-of",
    b"all-of",
    b"none-of",
    b"attribute",
    b"san",
    b"subject",
    b"exact",
    b"one-of",
    b"namespace",
    b"uuid",
    b"glob",
    b"values",
    b"under",
    b"\"all\"",
    b"\"uri\"",
    b"minimum-key-size",
    b"end-entity",
    b"intermediate",
    b"trust-anchor",
    b"rsa-min-exponent",
    b"curves",
    b"ml-dsa",
    b"ed25519",
    b"signature-algorithm",
    b"minimum-hash",
    b"permitted",
    b"maximum-validity",
    b"at-most",
    b"validity-period",
    b"warn-below",
    b"key-usage",
    b"path-length",
    b"max-intermediates",
    b"allow-self-issued-end-entity",
    b"pin",
    b"certificate-sha256",
    b"position",
    b"expires",
    b"revocation",
    b"check",
    b"unknown",
    b"staple",
    b"max-age",
    b"clock-skew",
    b"sources",
    b"server-name",
    b"certificate-profile",
    b"profile",
    b"common-name-in-san",
    b"\"cabf-server\"",
    b"\"when-known\"",
    b"allow-common-name-as-server-name",
    b"allow-identifier-in-place-of-server-name",
    b"tls",
    b"minimum-version",
    b"\"1.3\"",
    b"cipher-suites",
    b"\"TLS_AES_128_GCM_SHA256\"",
    b"\"ECDHE-RSA-AES256-GCM-SHA384\"",
    b"or-equivalent",
    b"require-all",
    b"aes-bits",
    b"256",
    b"key-exchange-groups",
    b"\"x25519\"",
    b"tickets",
    b"\"allow-unauthenticated\"",
];

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let documented = include_str!("../../src/policy_file/documented.toml");
    // The keys that are shown commented out.
    let server = "role = \"server\"\n\
        [server-name]\nallow-identifier-in-place-of-server-name = true\n\
        [subject-identifier]\nall-of = [{ san = \"dns\", glob = \"*.acme.example\", values = \"all\" }]\n\
        none-of = [{ attribute = \"CN\", exact = \"x\" }]\n\
        [path-length]\nallow-self-issued-end-entity = true\n\
        [pin]\ncertificate-sha256 = [\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\"]\nexpires = 2027-12-31\n\
        [minimum-key-size.trust-anchor]\nrsa-min-exponent = 65537\ncurves = [\"P-256\"]\nec = true\ned25519 = false\nml-dsa = 0\n\
        [maximum-validity]\nintermediate = { at-most = \"20 years\" }\naudit = { until = 2027-03-31 }\n\
        [key-usage]\noff = true\n";
    let exception = "role = \"client\"\n[extended-key-usage]\ncontains-or-absent = [\"clientAuth\", \"1.2.3\"]\n\
        allow-server-auth-in-place-of-client-auth-until = \"2027-06-30\"\n\
        [subject-identifier]\nany-of = [{ attribute = \"CN\", exact = \"client\", under = [\"default\"] }]\n";
    let tls = "role = \"client\"\n[tls]\ncipher-suites = [\"TLS_AES_128_GCM_SHA256\", \"AES128-SHA\"]\n\
        require-all = true\nkey-exchange-groups = [\"X25519\", \"P-256\"]\nsession-lifetime = \"7 days\"\ntickets = true\n\
        client-certificates = \"allow-unauthenticated\"\n";
    let json = Policy::from_toml(documented).and_then(|policy| policy.to_json());
    vec![
        ("documented", documented.as_bytes().to_vec()),
        (
            "documented-as-json",
            json.expect("a sound policy").into_bytes(),
        ),
        ("server", server.as_bytes().to_vec()),
        ("exception", exception.as_bytes().to_vec()),
        ("tls", tls.as_bytes().to_vec()),
        ("least", b"role = \"client\"".to_vec()),
        (
            "large",
            br#"{"role":"client","path-length":{"max-intermediates":18446744073709551615}}"#
                .to_vec(),
        ),
        (
            "twice",
            br#"{"role":"client","pin":{},"pin":{"off":true}}"#.to_vec(),
        ),
    ]
}
