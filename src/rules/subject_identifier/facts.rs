//! What is said of identifiers: required, presented, matched.

use std::fmt;

use super::entry::{IdentifierEntry, Values};
use crate::name::TextProblem;
use crate::text;

/// What the identifiers of a certificate should have been.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentifierRequirement {
    /// At least one of these.
    AnyOf(Vec<IdentifierEntry>),
    /// This one.
    Has(IdentifierEntry),
    /// Not this one.
    HasNot(IdentifierEntry),
    /// Values that can be compared, at most one where one is expected, for this entry.
    Comparable(IdentifierEntry),
}

impl fmt::Display for IdentifierRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyOf(entries) => {
                if entries.len() > 1 {
                    f.write_str("one of: ")?;
                }
                text::list(f, entries, "; ")
            }
            Self::Has(entry) => fmt::Display::fmt(entry, f),
            Self::HasNot(entry) => write!(f, "no {entry}"),
            Self::Comparable(entry) => match entry.values {
                Values::One => write!(f, "at most one value that can be compared, for {entry}"),
                _ => write!(f, "values that can be compared, for {entry}"),
            },
        }
    }
}

/// A value of a certificate where an identifier was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PresentedIdentifier {
    /// `CN`, `san uri`, `subject`, …
    pub kind: String,
    /// The value, escaped and bounded.
    pub value: String,
    /// Why it cannot be compared, if so.
    pub problem: Option<TextProblem>,
    /// The label of the path's trust anchor, where it matters and is not one the policy ties the identifier to.
    pub under: Option<String>,
}

impl fmt::Display for PresentedIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.kind, self.value)?;
        if let Some(label) = &self.under {
            write!(f, " under {label}")?;
        }
        match &self.problem {
            Some(problem) => write!(f, " ({problem})"),
            None => Ok(()),
        }
    }
}

/// An identifier that a verified peer was found to have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MatchedIdentifier {
    /// The policy's entry.
    pub entry: IdentifierEntry,
    /// The certificate's value that met it, exactly: neither escaped nor cut. It has no control or invisible
    /// characters. A whole subject is in RFC 4514 form.
    pub value: String,
    /// The label of the trust anchor that vouches for it.
    pub label: String,
}

/// `payments under acme`, the value escaped and bounded.
impl fmt::Display for MatchedIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printable = |words: &str| text::printable(words.as_bytes());
        write!(
            f,
            "{} under {}",
            printable(&self.value),
            printable(&self.label)
        )
    }
}
