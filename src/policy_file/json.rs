//! JSON, with every key once.

use std::collections::HashSet;
use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::{Map, Value};

use crate::error::BuildError;

pub(super) fn parse(text: &str) -> Result<Map<String, Value>, BuildError> {
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize::<_, UniqueKeys>(&mut json).map_err(|error| {
        match error.inner().classify() {
            Category::Data => BuildError::policy(error.path().to_string(), problem(error.inner())),
            Category::Io | Category::Syntax | Category::Eof => syntax(error.inner()),
        }
    })?;
    match serde_json::from_str(text).map_err(|error| syntax(&error))? {
        Value::Object(root) => Ok(root),
        _ => Err(BuildError::PolicySyntax {
            line: 1,
            column: 1,
            problem: "expected an object, such as {\"role\": \"client\"}".to_owned(),
        }),
    }
}

pub(super) fn print(root: Map<String, Value>) -> String {
    format!("{:#}", Value::Object(root))
}

fn syntax(error: &serde_json::Error) -> BuildError {
    BuildError::PolicySyntax {
        line: error.line(),
        // Before the first character serde_json says 0.
        column: error.column().max(1),
        problem: problem(error),
    }
}

/// The sentence without the place, which is said apart.
fn problem(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let problem = error.to_string();
    problem.strip_suffix(&place).unwrap_or(&problem).to_owned()
}

/// Any JSON whose objects have every key once. (Of several, [`Value`] would keep the last without a word.)
struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for UniqueKeys {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self, A::Error> {
        while values.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
        let mut keys = HashSet::new();
        while entries.next_key_seed(NewKey(&mut keys))?.is_some() {
            entries.next_value::<Self>()?;
        }
        Ok(self)
    }
}

/// A key that its object has not had yet.
struct NewKey<'a>(&'a mut HashSet<String>);

impl<'de> DeserializeSeed<'de> for NewKey<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.0.insert(String::deserialize(deserializer)?) {
            Ok(())
        } else {
            Err(de::Error::custom("the key stands there twice"))
        }
    }
}
