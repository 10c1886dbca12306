//! The tables of `docs/policy-vectors.md` as what they are: a schema.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// One row, for every place that its table is about.
#[derive(Clone)]
struct Row {
    line: usize,
    kind: Kind,
    present: String,
}

/// What a value is. A list, and null, where the row says so.
#[derive(Clone)]
struct Kind {
    word: String,
    /// Of an enumeration.
    values: Vec<String>,
    list: bool,
    or_null: bool,
}

/// What of `file` is not as the tables in `text` say, and what they say of which there is nothing.
pub(super) fn differences(text: &str, file: &Value) -> Vec<String> {
    let rows = rows(text);
    let mut check = Check {
        rows: &rows,
        seen: BTreeSet::new(),
        wrong: BTreeSet::new(),
    };
    check.object("", file);
    let seen: BTreeSet<_> = check
        .seen
        .iter()
        .filter_map(|path| rows.get(path))
        .map(|row| row.line)
        .collect();
    let never = rows.iter().filter(|(_, row)| !seen.contains(&row.line));
    let never = never.map(|(path, _)| format!("{path} is described, and nowhere in the file"));
    never.chain(check.wrong.iter().cloned()).collect()
}

/// The tables with the columns key, type, present and meaning, each about the places named since the last table or heading.
fn rows(text: &str) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    let mut places: Vec<String> = Vec::new();
    let mut in_table = false;
    for (number, line) in text.lines().enumerate() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        if line == "| key | type | present | meaning |" {
            in_table = true;
            if places.is_empty() {
                places.push(String::new());
            }
        } else if !line.starts_with('|') {
            if in_table || line.starts_with('#') {
                places.clear();
                in_table = false;
            }
            let named = line.split('`').skip(1).step_by(2);
            places.extend(
                named
                    .filter(|name| name.starts_with("testcases[]"))
                    .map(str::to_owned),
            );
        } else if let (true, [_, key, kind, present, ..]) = (in_table, cells.as_slice()) {
            let Some(key) = key.strip_prefix('`').and_then(|key| key.strip_suffix('`')) else {
                continue;
            };
            for place in &places {
                let dot = if place.is_empty() { "" } else { "." };
                let row = Row {
                    line: number,
                    kind: Kind::read(kind),
                    present: (*present).to_owned(),
                };
                let again = rows.insert(format!("{place}{dot}{key}"), row);
                assert!(again.is_none(), "{place}.{key} is described twice");
            }
        }
    }
    rows
}

impl Kind {
    fn read(text: &str) -> Self {
        let (text, or_null) = match text.strip_suffix(" or null") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let (word, list) = match text.strip_prefix("list of ") {
            Some(word) => (word, true),
            None => (text, false),
        };
        Self {
            word: word.to_owned(),
            values: word
                .split('"')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect(),
            list,
            or_null,
        }
    }

    fn has(&self, value: &Value) -> bool {
        match value {
            Value::Null => self.or_null,
            Value::Array(values) if self.list => values.iter().all(|value| self.has_one(value)),
            value => !self.list && self.has_one(value),
        }
    }

    fn has_one(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self.word.as_str() {
            "object" => value.is_object(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_u64(),
            "text" => text.is_some_and(|text| !text.is_empty()),
            "base64" => text.is_some_and(|text| {
                let signs = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
                text.len() % 4 == 0 && text.chars().all(signs)
            }),
            "date" => text.is_some_and(|text| has_form(text, "0000-00-00")),
            "time" => text.is_some_and(|text| has_form(text, "0000-00-00T00:00:00Z")),
            "duration" => {
                text.and_then(|text| text.split_once(' '))
                    .is_some_and(|(number, unit)| {
                        number.parse::<u64>().is_ok() && ["s", "days", "years"].contains(&unit)
                    })
            }
            word => match word.strip_prefix("PEM ") {
                Some(label) => text.is_some_and(|text| {
                    text.starts_with(&format!("-----BEGIN {label}-----\n"))
                        && text.ends_with(&format!("\n-----END {label}-----\n"))
                }),
                None => {
                    assert!(!self.values.is_empty(), "a type that is none: {word}");
                    text.is_some_and(|text| self.values.iter().any(|value| value == text))
                }
            },
        }
    }
}

/// Digits where `form` has them, and everything else as it has it.
fn has_form(text: &str, form: &str) -> bool {
    let digits = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c });
    digits.eq(form.chars())
}

struct Check<'r> {
    rows: &'r BTreeMap<String, Row>,
    seen: BTreeSet<String>,
    wrong: BTreeSet<String>,
}

impl Check<'_> {
    fn object(&mut self, place: &str, object: &Value) {
        let prefix = match place {
            "" => String::new(),
            place => format!("{place}."),
        };
        let table = object.as_object().expect("an object");
        for (key, value) in table {
            let path = format!("{prefix}{key}");
            match self.rows.get(&path) {
                None => drop(self.wrong.insert(format!("{path} is not described"))),
                Some(row) if !row.kind.has(value) => {
                    let problem = format!("{path} is not {}: {value}", row.kind.word);
                    self.wrong.insert(problem);
                }
                Some(_) => {}
            }
            self.values(&path, value);
            self.seen.insert(path);
        }
        let off = table.get("off") == Some(&Value::Bool(true));
        let own = self.rows.iter().filter_map(|(path, row)| {
            let key = path.strip_prefix(&prefix)?;
            (!key.contains('.')).then_some((key, row))
        });
        for (key, row) in own {
            let must = match row.present.as_str() {
                "always" => true,
                "unless off" => !off,
                _ => continue,
            };
            if table.contains_key(key) != must {
                let problem = format!("{prefix}{key} is present {}, but not so", row.present);
                self.wrong.insert(problem);
            }
        }
    }

    fn values(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(_) => self.object(path, value),
            Value::Array(values) => {
                for value in values {
                    self.values(&format!("{path}[]"), value);
                }
            }
            _ => {}
        }
    }
}
