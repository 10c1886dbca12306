//! TOML, as the values that JSON has.

use serde_json::{Map, Value};

use crate::error::BuildError;

pub(super) fn parse(text: &str) -> Result<Map<String, Value>, BuildError> {
    let root: toml::Table = text.parse().map_err(|error| syntax(text, &error))?;
    root.into_iter()
        .map(|(key, value)| {
            let value = from_value(&key, value)?;
            Ok((key, value))
        })
        .collect()
}

pub(super) fn print(root: Map<String, Value>) -> Result<String, BuildError> {
    let root = root
        .into_iter()
        .map(|(key, value)| {
            let value = to_value(&key, value)?;
            Ok((key, value))
        })
        .collect::<Result<toml::Table, BuildError>>()?;
    // What has come this far TOML can say: tables, lists, texts, integers, true and false.
    toml::to_string(&root).map_err(|error| BuildError::policy("role", error.to_string()))
}

fn syntax(text: &str, error: &toml::de::Error) -> BuildError {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or(text);
    let line_start = before
        .rfind('\n')
        .map_or(0, |newline| newline.saturating_add(1));
    let in_line = before.get(line_start..).unwrap_or_default();
    BuildError::PolicySyntax {
        line: before.matches('\n').count().saturating_add(1),
        column: in_line.chars().count().saturating_add(1),
        problem: error.message().replace('\n', "; "),
    }
}

/// A date may stand without quotes, as TOML has them.
fn from_value(field: &str, value: toml::Value) -> Result<Value, BuildError> {
    Ok(match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) if number.is_finite() => number.into(),
        toml::Value::Boolean(truth) => truth.into(),
        toml::Value::Datetime(date) if date.time.is_none() && date.offset.is_none() => {
            date.to_string().into()
        }
        toml::Value::Float(_) => {
            return Err(BuildError::policy(
                field,
                format!("{value} is not a value of any setting"),
            ));
        }
        toml::Value::Datetime(_) => {
            return Err(BuildError::policy(
                field,
                format!("{value} has a time of day: write a day alone, such as \"2027-03-31\""),
            ));
        }
        toml::Value::Array(values) => values
            .into_iter()
            .enumerate()
            .map(|(n, value)| from_value(&format!("{field}[{n}]"), value))
            .collect::<Result<Vec<_>, _>>()?
            .into(),
        toml::Value::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(key, value)| {
                    let value = from_value(&format!("{field}.{key}"), value)?;
                    Ok((key, value))
                })
                .collect::<Result<_, BuildError>>()?,
        ),
    })
}

fn to_value(field: &str, value: Value) -> Result<toml::Value, BuildError> {
    Ok(match value {
        Value::Null => return Err(BuildError::policy(field, "TOML has no null")),
        Value::Bool(truth) => truth.into(),
        Value::Number(number) => number
            .as_i64()
            .ok_or_else(|| {
                BuildError::policy(
                    field,
                    format!("{number} is beyond TOML's 63 bits: write JSON"),
                )
            })?
            .into(),
        Value::String(text) => text.into(),
        Value::Array(values) => values
            .into_iter()
            .enumerate()
            .map(|(n, value)| to_value(&format!("{field}[{n}]"), value))
            .collect::<Result<Vec<_>, _>>()?
            .into(),
        Value::Object(table) => toml::Value::Table(
            table
                .into_iter()
                .map(|(key, value)| {
                    let value = to_value(&format!("{field}.{key}"), value)?;
                    Ok((key, value))
                })
                .collect::<Result<_, BuildError>>()?,
        ),
    })
}
