//! Identifiers as policy files have them: `{ attribute = "CN", exact = "client" }`.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Identifier, IdentifierEntry, Matcher, SanKind, SubjectName, Values};
use crate::name::AttributeType;

/// An entry as it stands in the file, with every key it may have.
#[derive(Deserialize)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "an entry, such as { attribute = \"CN\", exact = \"client\" }"
)]
pub(super) struct EntryInFile {
    attribute: Option<AttributeType>,
    san: Option<SanKind>,
    subject: Option<SubjectName>,
    exact: Option<String>,
    one_of: Option<Vec<String>>,
    namespace: Option<String>,
    uuid: Option<String>,
    glob: Option<String>,
    #[serde(default)]
    values: Values,
    #[serde(default)]
    under: Vec<String>,
}

impl TryFrom<EntryInFile> for IdentifierEntry {
    type Error = &'static str;

    fn try_from(entry: EntryInFile) -> Result<Self, Self::Error> {
        let matchers: Vec<Matcher> = [
            entry.exact.map(Matcher::Exact),
            entry.one_of.map(Matcher::OneOf),
            entry.namespace.map(Matcher::Namespace),
            entry.uuid.map(Matcher::Uuid),
            entry.glob.map(Matcher::Glob),
        ]
        .into_iter()
        .flatten()
        .collect();
        let identifier = match (entry.attribute, entry.san, entry.subject) {
            (Some(attribute), None, None) => Identifier::Attribute(attribute, only(matchers)?),
            (None, Some(kind), None) => Identifier::AlternativeName(kind, only(matchers)?),
            (None, None, Some(_)) if !matchers.is_empty() => {
                return Err(
                    "`subject` is the whole name: leave out `exact`, `one-of`, `namespace`, `uuid` and `glob`",
                );
            }
            (None, None, Some(name)) => Identifier::Subject(name),
            _ => return Err("give exactly one of `attribute`, `san` and `subject`"),
        };
        Ok(Self {
            identifier,
            values: entry.values,
            under: entry.under,
        })
    }
}

fn only(matchers: Vec<Matcher>) -> Result<Matcher, &'static str> {
    match <[Matcher; 1]>::try_from(matchers) {
        Ok([matcher]) => Ok(matcher),
        Err(_) => Err("give exactly one of `exact`, `one-of`, `namespace`, `uuid` and `glob`"),
    }
}

impl Serialize for IdentifierEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entry = serializer.serialize_map(None)?;
        match &self.identifier {
            Identifier::Attribute(attribute, matcher) => {
                entry.serialize_entry("attribute", attribute)?;
                serialize_matcher(&mut entry, matcher)?;
            }
            Identifier::AlternativeName(kind, matcher) => {
                entry.serialize_entry("san", kind)?;
                serialize_matcher(&mut entry, matcher)?;
            }
            Identifier::Subject(name) => entry.serialize_entry("subject", name)?,
        }
        if self.values != Values::One {
            entry.serialize_entry("values", &self.values)?;
        }
        if !self.under.is_empty() {
            entry.serialize_entry("under", &self.under)?;
        }
        entry.end()
    }
}

fn serialize_matcher<M: SerializeMap>(entry: &mut M, matcher: &Matcher) -> Result<(), M::Error> {
    match matcher {
        Matcher::Exact(value) => entry.serialize_entry("exact", value),
        Matcher::OneOf(values) => entry.serialize_entry("one-of", values),
        Matcher::Namespace(value) => entry.serialize_entry("namespace", value),
        Matcher::Uuid(value) => entry.serialize_entry("uuid", value),
        Matcher::Glob(value) => entry.serialize_entry("glob", value),
    }
}

crate::policy_file::as_text!(
    AttributeType,
    AttributeType::parse,
    "neither a known attribute, such as \"CN\", nor an object identifier"
);

impl Serialize for SubjectName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SubjectName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
