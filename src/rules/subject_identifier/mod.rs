//! `subject-identifier`: who the certificate says the peer is.
//!
//! Typed identifiers in the end entity's subject (RFC 5280 section 4.1.2.6) and subject alternative name
//! (section 4.2.1.6), under any-of, all-of and none-of; several of these together mean *and*. An identifier is
//! worth what the CA vets before it issues it: tie it to the CA with `under`.
//!
//! How values are compared stands in `matcher.rs`; a value that must be compared and cannot be, or a second value
//! where one is expected, is a violation whichever list its entry stands in.

mod entry;
mod facts;
#[cfg(feature = "serde")]
mod in_file;
mod matcher;
mod subject_name;

use entry::Outcome;
pub use entry::{Identifier, IdentifierEntry, SanKind, Values};
pub use facts::{IdentifierRequirement, MatchedIdentifier, PresentedIdentifier};
pub use matcher::Matcher;
pub use subject_name::{NotAName, SubjectName};

use crate::certificate::Certificate;
use crate::error::BuildError;
use crate::path::{CandidatePath, PathAnchor, Position};
use crate::peer::Role;
use crate::policy::{BuildContext, RuleSettings, Setting};
use crate::report::Fact;
use crate::rule::{Context, Findings, Rule, RuleId};

/// Settings of the rule `subject-identifier`: who the certificate says the peer is. Starting point: off, for nothing has
/// been agreed yet.
///
/// Typed identifiers in the end entity's subject (RFC 5280 section 4.1.2.6) and subject alternative name (section 4.2.1.6),
/// or its whole subject (RFC 8705 section 2.1.2). Several lists together mean *and*. A value that must be compared and
/// cannot be, or a second value where one is expected, is a violation whichever list its entry stands in. An identifier is
/// worth what the CA vets before it issues it: tie it to the CA with [`IdentifierEntry::under`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct SubjectIdentifier {
    /// At least one of these must be there; empty: not asked.
    pub any_of: Vec<IdentifierEntry>,
    /// Every one of these must be there.
    pub all_of: Vec<IdentifierEntry>,
    /// None of these may be there.
    pub none_of: Vec<IdentifierEntry>,
}

impl SubjectIdentifier {
    /// At least one of `entries`.
    pub fn any_of(entries: impl IntoIterator<Item = IdentifierEntry>) -> Self {
        Self {
            any_of: entries.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Every one of `entries`.
    pub fn all_of(entries: impl IntoIterator<Item = IdentifierEntry>) -> Self {
        Self {
            all_of: entries.into_iter().collect(),
            ..Self::default()
        }
    }
}

impl SubjectIdentifier {
    fn entries(&self) -> impl Iterator<Item = &IdentifierEntry> {
        self.any_of.iter().chain(&self.all_of).chain(&self.none_of)
    }

    /// Judges the end entity; `anchor` is `None` where there is no path.
    fn judge(
        &self,
        certificate: &Certificate<'_>,
        anchor: Option<&PathAnchor<'_>>,
        findings: &mut Findings,
    ) {
        let refuse = |required, presented, findings: &mut Findings| {
            findings.violation(
                Position::EndEntity,
                Fact::RequiredIdentifiers(required),
                presented,
            );
        };
        // Every entry is looked at: an incomparable value refuses even where another entry has matched.
        let (mut any_matched, mut any_incomparable) = (false, false);
        for entry in &self.any_of {
            if !entry.counts_under(anchor) {
                continue;
            }
            match entry.outcome(certificate) {
                Outcome::Matched(_) => any_matched = true,
                Outcome::NotMatched => {}
                Outcome::Incomparable => {
                    any_incomparable = true;
                    let required = IdentifierRequirement::Comparable(entry.clone());
                    refuse(
                        required,
                        entry.presented_fact(certificate, anchor),
                        findings,
                    );
                }
            }
        }
        if !self.any_of.is_empty() && !any_matched && !any_incomparable {
            refuse(
                IdentifierRequirement::AnyOf(self.any_of.clone()),
                self.presented_for_any_of(certificate, anchor),
                findings,
            );
        }
        for entry in &self.all_of {
            let required = match entry.outcome(certificate) {
                Outcome::Matched(_) if entry.counts_under(anchor) => continue,
                Outcome::Matched(_) | Outcome::NotMatched => {
                    IdentifierRequirement::Has(entry.clone())
                }
                Outcome::Incomparable => IdentifierRequirement::Comparable(entry.clone()),
            };
            refuse(
                required,
                entry.presented_fact(certificate, anchor),
                findings,
            );
        }
        for entry in self
            .none_of
            .iter()
            .filter(|entry| entry.counts_under(anchor))
        {
            let required = match entry.outcome(certificate) {
                Outcome::NotMatched if !entry.has_irregular_value(certificate) => continue,
                Outcome::Matched(_) => IdentifierRequirement::HasNot(entry.clone()),
                Outcome::NotMatched | Outcome::Incomparable => {
                    IdentifierRequirement::Comparable(entry.clone())
                }
            };
            refuse(
                required,
                entry.presented_fact(certificate, anchor),
                findings,
            );
        }
    }

    /// What the certificate has where any-of looks, each value once.
    fn presented_for_any_of(
        &self,
        certificate: &Certificate<'_>,
        anchor: Option<&PathAnchor<'_>>,
    ) -> Fact {
        let mut presented: Vec<PresentedIdentifier> = Vec::new();
        for value in self
            .any_of
            .iter()
            .flat_map(|entry| entry.presented(certificate, anchor))
        {
            if !presented.contains(&value) {
                presented.push(value);
            }
        }
        if presented.is_empty() {
            Fact::Absent
        } else {
            Fact::Identifiers(presented)
        }
    }

    /// The entries of any-of and all-of whose value the certificate has, under whatever anchor.
    pub(crate) fn claimed(
        &self,
        certificate: &Certificate<'_>,
    ) -> impl Iterator<Item = (IdentifierEntry, String)> {
        let entries = self.any_of.iter().chain(&self.all_of);
        entries.filter_map(|entry| match entry.outcome(certificate) {
            Outcome::Matched(value) => Some((entry.clone(), value.exact())),
            Outcome::NotMatched | Outcome::Incomparable => None,
        })
    }

    /// The identifiers of any-of and all-of that the end entity of an accepted path has.
    pub(crate) fn matched(&self, path: &CandidatePath<'_>) -> Vec<MatchedIdentifier> {
        self.any_of
            .iter()
            .chain(&self.all_of)
            .filter(|entry| entry.counts_under(Some(path.anchor())))
            .filter_map(|entry| match entry.outcome(path.end_entity()) {
                Outcome::Matched(value) => Some(MatchedIdentifier {
                    entry: entry.clone(),
                    value: value.exact(),
                    label: entry
                        .label_under(path.anchor())
                        .unwrap_or_default()
                        .to_owned(),
                }),
                Outcome::NotMatched | Outcome::Incomparable => None,
            })
            .collect()
    }
}

impl RuleSettings for SubjectIdentifier {
    const ID: RuleId = RuleId::new("subject-identifier");
    const CITATION: &'static str = "RFC 5280 sections 4.1.2.6 and 4.2.1.6, RFC 8705 section 2.1.2";

    fn starting_point(_role: Role) -> Setting<Self> {
        Setting::off(Self::default())
    }

    fn validate(&self, context: &BuildContext<'_>) -> Result<(), BuildError> {
        if self.entries().next().is_none() {
            return Err(BuildError::policy(
                "subject-identifier",
                "no identifier is given: fill `any-of`, `all-of` or `none-of`, or set `off = true`",
            ));
        }
        let lists = [
            ("any-of", &self.any_of),
            ("all-of", &self.all_of),
            ("none-of", &self.none_of),
        ];
        for (list, entries) in lists {
            for (n, entry) in entries.iter().enumerate() {
                let field = || format!("subject-identifier.{list}[{n}]");
                match &entry.identifier {
                    Identifier::Attribute(_, matcher) => matcher.validate(None),
                    Identifier::AlternativeName(kind, matcher) => matcher.validate(Some(*kind)),
                    Identifier::Subject(_) => Ok(()),
                }
                .map_err(|problem| BuildError::policy(field(), problem))?;
                for label in &entry.under {
                    if !context.has_label(label) {
                        return Err(BuildError::policy(
                            format!("{}.under", field()),
                            format!(
                                "no trust anchor has the label {label:?}, they have {}: add that CA's anchors under it",
                                context.labels()
                            ),
                        ));
                    }
                }
            }
        }
        for (n, entry) in self.none_of.iter().enumerate() {
            if entry.values == Values::All {
                return Err(BuildError::policy(
                    format!("subject-identifier.none-of[{n}].values"),
                    "\"all\" would let pass what has the forbidden value beside another: use \"any\"",
                ));
            }
            if self.all_of.contains(entry) {
                return Err(BuildError::policy(
                    format!("subject-identifier.none-of[{n}]"),
                    "is required and forbidden at once: this accepts nobody",
                ));
            }
        }
        let forbidden = |entry| self.none_of.contains(entry);
        if !self.any_of.is_empty() && self.any_of.iter().all(forbidden) {
            return Err(BuildError::policy(
                "subject-identifier.none-of",
                "forbids every identifier of any-of: this accepts nobody",
            ));
        }
        for (n, entry) in self.all_of.iter().enumerate() {
            if self.all_of.iter().any(|other| entry.excludes(other)) {
                return Err(BuildError::policy(
                    format!("subject-identifier.all-of[{n}]"),
                    "cannot hold together with another entry, for there must be one value: this accepts nobody; permit several with `values = \"any\"`, or use any-of",
                ));
            }
        }
        Ok(())
    }
}

impl Rule for SubjectIdentifier {
    fn id(&self) -> RuleId {
        Self::ID
    }

    fn judges(&self, position: Position) -> bool {
        position == Position::EndEntity
    }

    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        context: &Context<'_>,
        findings: &mut Findings,
    ) {
        if position == Position::EndEntity {
            self.judge(certificate, context.anchor(), findings);
        }
    }
}

#[cfg(test)]
#[cfg(feature = "ring")]
mod tests {
    use super::*;
    use crate::support::{Authority, CertificateBuilder, Name, TestKey};

    /// Whatever the anchor: the rules have judged that, or nobody has.
    #[test]
    fn what_is_claimed_is_what_matches() {
        let key = TestKey::ed25519(2).spki();
        let end_entity = CertificateBuilder::end_entity(Name::cn("peer"), key);
        let der = Authority::root("Root", TestKey::ed25519(1)).issue(end_entity);
        let certificate = Certificate::decode(&der).unwrap();
        let entry = |name| IdentifierEntry::common_name(Matcher::exact(name));
        let identifiers = SubjectIdentifier {
            any_of: vec![entry("other"), entry("peer")],
            all_of: vec![entry("peer").under("acme")],
            none_of: vec![entry("peer")],
        };
        let claimed: Vec<_> = identifiers.claimed(&certificate).collect();
        let value = || "peer".to_owned();
        assert_eq!(
            claimed,
            [
                (entry("peer"), value()),
                (entry("peer").under("acme"), value())
            ]
        );
    }
}
