//! From what a file says to settings and back, through the starting point.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::BuildError;

/// Refuses `null`, which would say "none" where nothing was said, and, unless the rule is off, lists without
/// values.
pub(super) fn check_values(
    field: &str,
    table: &Map<String, Value>,
    rule_is_off: bool,
) -> Result<(), BuildError> {
    table
        .iter()
        .try_for_each(|(key, value)| check_value(&format!("{field}.{key}"), value, rule_is_off))
}

fn check_value(field: &str, value: &Value, rule_is_off: bool) -> Result<(), BuildError> {
    match value {
        Value::Null => Err(BuildError::policy(
            field,
            "null is no value: leave the key out",
        )),
        Value::Array(values) if values.is_empty() && !rule_is_off => Err(BuildError::policy(
            field,
            "the list is empty: give at least one value, or leave the key out",
        )),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .try_for_each(|(n, value)| check_value(&format!("{field}[{n}]"), value, rule_is_off)),
        Value::Object(table) => check_values(field, table, rule_is_off),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// Puts what the file says over the starting point, whose keys, `null` ones included, are all that are known.
pub(super) fn merge(
    field: &str,
    settings: &mut Map<String, Value>,
    table: Map<String, Value>,
    also_known: &[&str],
) -> Result<(), BuildError> {
    for (key, value) in table {
        let field = format!("{field}.{key}");
        let Some(setting) = settings.get_mut(&key) else {
            let own = settings.keys().map(String::as_str);
            let known: Vec<_> = own.chain(also_known.iter().copied()).collect();
            return Err(unknown(&field, &key, &known));
        };
        match setting {
            Value::Object(inner) => merge(&field, inner, as_table(&field, value)?, &[])?,
            setting => *setting = value,
        }
    }
    Ok(())
}

/// What [`merge`] must be given to turn `start` into `settings`. A setting that is `None` is left out: no
/// starting point has another value there.
pub(super) fn difference(
    settings: Map<String, Value>,
    start: &Map<String, Value>,
) -> Map<String, Value> {
    settings
        .into_iter()
        .filter_map(|(key, value)| match (value, start.get(&key)) {
            (Value::Null, _) => None,
            (value, Some(start)) if value == *start => None,
            (Value::Object(inner), Some(Value::Object(start))) => {
                Some((key, Value::Object(difference(inner, start))))
            }
            (value, _) => Some((key, value)),
        })
        .collect()
}

pub(super) fn as_table(field: &str, value: Value) -> Result<Map<String, Value>, BuildError> {
    match value {
        Value::Object(table) => Ok(table),
        other => Err(BuildError::policy(
            field,
            format!("expected a table, found {other}"),
        )),
    }
}

pub(super) fn to_table(
    rule: &str,
    settings: &impl Serialize,
) -> Result<Map<String, Value>, BuildError> {
    let value = serde_json::to_value(settings)
        .map_err(|error| BuildError::policy(rule, error.to_string()))?;
    as_table(rule, value)
}

/// Reads a value; an error names the setting in full.
pub(super) fn from_value<T: DeserializeOwned>(field: &str, value: Value) -> Result<T, BuildError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let field = match path.as_str() {
            "." => field.to_owned(),
            path => format!("{field}.{path}"),
        };
        BuildError::policy(field, in_file_words(error.inner().to_string()))
    })
}

/// Serde speaks of Rust's types, a file's author does not.
fn in_file_words(problem: String) -> String {
    const WORDS: [(&str, &str); 8] = [
        ("expected u8", "expected a whole number from 0 to 255"),
        ("expected u16", "expected a whole number from 0 to 65535"),
        (
            "expected u32",
            "expected a whole number from 0 to 4294967295",
        ),
        ("expected u64", "expected a whole number, 0 or more"),
        ("expected usize", "expected a whole number, 0 or more"),
        ("expected a boolean", "expected true or false"),
        ("expected a sequence", "expected a list"),
        ("expected string or map", "expected a string"),
    ];
    if let Some(rest) = problem.strip_prefix("unknown variant ") {
        return format!("unknown value {rest}");
    }
    for (theirs, ours) in WORDS {
        if let Some(start) = problem.strip_suffix(theirs) {
            return format!("{start}{ours}");
        }
    }
    problem
}

pub(super) fn unknown(field: &str, key: &str, known: &[&str]) -> BuildError {
    let mut problem = format!(
        "unknown field `{key}`, expected one of `{}`",
        known.join("`, `")
    );
    // Nearer to the key than to nothing: of a word of two letters, two edits leave nothing.
    let most = (key.chars().count() / 2).min(2);
    if let Some(nearest) = nearest(key, known, most) {
        problem.push_str(&format!("; did you mean `{nearest}`?"));
    }
    BuildError::policy(field, problem)
}

/// The first of the known words that at most so many edits away are nearest.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str], most: usize) -> Option<&'a str> {
    let length = word.chars().count();
    // A word that is longer or shorter by more is further away; so the work is bounded, however long the word.
    let near = known
        .iter()
        .filter(|known| known.chars().count().abs_diff(length) <= most);
    let near = near.map(|known| (edits(word, known), *known));
    let near = near.filter(|(edits, _)| *edits <= most);
    near.min_by_key(|(edits, _)| *edits).map(|(_, known)| known)
}

/// How many characters must be added, removed or replaced to turn one word into the other (Levenshtein).
fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (n, character) in from.chars().enumerate() {
        let mut diagonal = n;
        let mut left = n.saturating_add(1);
        let mut next = vec![left];
        for (wanted, above) in to.chars().zip(row.iter().skip(1)) {
            let replaced = diagonal.saturating_add(usize::from(character != wanted));
            left = replaced
                .min(left.saturating_add(1))
                .min(above.saturating_add(1));
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
