//! `subject-identifier`: who the certificate says the peer is.
//!
//! Typed identifiers in the end entity's subject (RFC 5280 section 4.1.2.6) and subject alternative name
//! (section 4.2.1.6), under any-of, all-of and none-of; several of these together mean *and*. An identifier is
//! worth what the CA vets before it issues it: tie it to the CA with `under`.
//!
//! How values are compared stands in [`matcher`]; a value that must be compared and cannot be, or a second value
//! where one is expected, is a violation whichever list its entry stands in.

mod matcher;
mod subject_name;

use std::fmt;

pub use matcher::Matcher;
pub use subject_name::SubjectName;

use crate::certificate::Certificate;
use crate::error::BuildError;
use crate::name::{AttributeType, GeneralName, TextProblem, ip_address};
use crate::path::{CandidatePath, Position};
use crate::peer::Role;
use crate::policy::{BuildContext, RuleSettings, Setting};
use crate::report::Fact;
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::text;

/// Settings of the rule `subject-identifier`. Starting point: off, for nothing has been agreed yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// One identifier, with how it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentifierEntry {
    /// What is looked for.
    pub identifier: Identifier,
    /// What several values of the kind mean. Default: that is a violation.
    pub values: Values,
    /// Labels of trust anchors: the entry counts only on a path that ends at an anchor of one of these. Empty: on
    /// every path.
    pub under: Vec<String>,
}

impl IdentifierEntry {
    /// One value of an attribute of the subject.
    #[must_use]
    pub fn attribute(attribute: AttributeType, matcher: Matcher) -> Self {
        Self::new(Identifier::Attribute(attribute, matcher))
    }

    /// The subject's common name.
    #[must_use]
    pub fn common_name(matcher: Matcher) -> Self {
        Self::attribute(AttributeType::common_name(), matcher)
    }

    /// One subject alternative name of a kind.
    #[must_use]
    pub fn alternative_name(kind: SanKind, matcher: Matcher) -> Self {
        Self::new(Identifier::AlternativeName(kind, matcher))
    }

    /// The whole subject.
    #[must_use]
    pub fn subject(name: SubjectName) -> Self {
        Self::new(Identifier::Subject(name))
    }

    fn new(identifier: Identifier) -> Self {
        Self {
            identifier,
            values: Values::One,
            under: Vec::new(),
        }
    }

    /// With several values permitted.
    #[must_use]
    pub fn values(mut self, values: Values) -> Self {
        self.values = values;
        self
    }

    /// Only under anchors of this label too.
    #[must_use]
    pub fn under(mut self, label: impl Into<String>) -> Self {
        self.under.push(label.into());
        self
    }

    /// Whether the entry counts on a path that ends at `label`; without a path every entry does.
    fn counts_under(&self, label: Option<&str>) -> bool {
        self.under.is_empty() || label.is_none_or(|label| self.under.iter().any(|own| own == label))
    }
}

/// What several values of one kind in one certificate mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Values {
    /// A violation: there must be at most one.
    #[default]
    One,
    /// One of them must match.
    Any,
    /// All of them must match.
    All,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identifier {
    /// An attribute of the subject.
    Attribute(AttributeType, Matcher),
    /// A subject alternative name.
    AlternativeName(SanKind, Matcher),
    /// The whole subject, compared RDN by RDN (RFC 8705 section 2.1.2).
    Subject(SubjectName),
}

/// A kind of subject alternative name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum SanKind {
    /// dNSName: without regard to case; a presented wildcard matches nothing.
    Dns,
    /// iPAddress: compared as an address.
    Ip,
    /// uniformResourceIdentifier: octet by octet.
    Uri,
    /// rfc822Name: the host without regard to case (RFC 5280 section 7.5).
    Email,
    /// userPrincipalName, an otherName: octet by octet.
    Upn,
}

impl fmt::Display for SanKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "dns",
            Self::Ip => "ip",
            Self::Uri => "uri",
            Self::Email => "email",
            Self::Upn => "upn",
        })
    }
}

impl fmt::Display for IdentifierEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.identifier {
            Identifier::Attribute(attribute, matcher) => write!(f, "{attribute} {matcher}")?,
            Identifier::AlternativeName(kind, matcher) => write!(f, "san {kind} {matcher}")?,
            Identifier::Subject(name) => write!(f, "subject \"{name}\"")?,
        }
        if !self.under.is_empty() {
            f.write_str(" under ")?;
            text::list(f, &self.under, " or ")?;
        }
        Ok(())
    }
}

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
            Self::HasNot(entry) => write!(f, "not {entry}"),
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
}

impl fmt::Display for PresentedIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.kind, self.value)?;
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
    /// The certificate's value that met it.
    pub value: String,
    /// The label of the trust anchor that vouches for it.
    pub label: String,
}

/// One value of a certificate, ready for comparison.
#[derive(Clone, Copy)]
enum Value<'a> {
    Text(&'a str),
    Ip(std::net::IpAddr),
    Whole(crate::name::DistinguishedName<'a>),
}

/// How an entry fares with a certificate.
enum Outcome<'a> {
    Matched(Value<'a>),
    NotMatched,
    Incomparable,
}

impl IdentifierEntry {
    /// Every value of the entry's kind, with how it prints if it cannot be compared.
    fn for_each_value<'a>(
        &self,
        certificate: &Certificate<'a>,
        mut each: impl FnMut(Result<Value<'a>, TextProblem>, &dyn Fn() -> String),
    ) {
        match &self.identifier {
            Identifier::Attribute(attribute, _) => {
                for presented in certificate.subject().attributes() {
                    if presented.oid == attribute.oid() {
                        each(presented.text().map(Value::Text), &|| presented.printable());
                    }
                }
            }
            Identifier::AlternativeName(kind, _) => {
                for name in certificate.subject_alternative_names().into_iter().flatten() {
                    let value = match (kind, &name) {
                        (SanKind::Ip, GeneralName::Ip(octets)) => ip_address(octets).map(Value::Ip),
                        (SanKind::Dns, GeneralName::Dns(_))
                        | (SanKind::Uri, GeneralName::Uri(_))
                        | (SanKind::Email, GeneralName::Email(_)) => text_of(&name),
                        (SanKind::Upn, other) if other.is_user_principal_name() => text_of(&name),
                        _ => continue,
                    };
                    each(value, &|| name.to_string());
                }
            }
            Identifier::Subject(_) => {
                let subject = certificate.subject();
                let problem = subject
                    .attributes()
                    .find_map(|attribute| attribute.text().err());
                each(
                    problem.map_or(Ok(Value::Whole(subject)), Err),
                    &|| subject.to_string(),
                );
            }
        }
    }

    fn matches(&self, value: Value<'_>) -> bool {
        match (&self.identifier, value) {
            (Identifier::Attribute(_, matcher), Value::Text(text)) => matcher.matches_text(text),
            (Identifier::AlternativeName(kind, matcher), Value::Text(text)) => match kind {
                SanKind::Dns => matcher.matches_dns(text),
                SanKind::Email => matcher.matches_email(text),
                SanKind::Uri => matcher.matches_uri(text),
                SanKind::Upn => matcher.matches_text(text),
                SanKind::Ip => false,
            },
            (Identifier::AlternativeName(SanKind::Ip, matcher), Value::Ip(address)) => {
                matcher.matches_ip(address)
            }
            (Identifier::Subject(wanted), Value::Whole(subject)) => wanted.is(subject),
            _ => false,
        }
    }

    fn outcome<'a>(&self, certificate: &Certificate<'a>) -> Outcome<'a> {
        let (mut count, mut matching, mut incomparable) = (0usize, 0usize, false);
        let mut matched = None;
        self.for_each_value(certificate, |value, _| {
            count = count.saturating_add(1);
            match value {
                Err(_) => incomparable = true,
                Ok(value) => {
                    if self.matches(value) {
                        matching = matching.saturating_add(1);
                        matched = matched.or(Some(value));
                    }
                }
            }
        });
        if incomparable || (self.values == Values::One && count > 1) {
            return Outcome::Incomparable;
        }
        match matched {
            Some(value) if self.values != Values::All || matching == count => {
                Outcome::Matched(value)
            }
            _ => Outcome::NotMatched,
        }
    }

    /// What the certificate has where the entry looks, for reports: at most 16 values.
    fn presented(&self, certificate: &Certificate<'_>) -> Vec<PresentedIdentifier> {
        const MOST: usize = 16;
        let kind = match &self.identifier {
            Identifier::Attribute(attribute, _) => attribute.to_string(),
            Identifier::AlternativeName(kind, _) => format!("san {kind}"),
            Identifier::Subject(_) => "subject".to_owned(),
        };
        let mut presented = Vec::new();
        self.for_each_value(certificate, |value, print| {
            if presented.len() < MOST {
                presented.push(PresentedIdentifier {
                    kind: kind.clone(),
                    value: match value {
                        Ok(value) => value.to_string(),
                        Err(_) => print(),
                    },
                    problem: value.err(),
                });
            }
        });
        presented
    }

    fn presented_fact(&self, certificate: &Certificate<'_>) -> Fact {
        match self.presented(certificate) {
            values if values.is_empty() => Fact::Absent,
            values => Fact::Identifiers(values),
        }
    }
}

fn text_of<'a>(name: &GeneralName<'a>) -> Result<Value<'a>, TextProblem> {
    name.text()
        .unwrap_or(Err(TextProblem::Encoding))
        .map(Value::Text)
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&text::printable(text.as_bytes())),
            Self::Ip(address) => fmt::Display::fmt(address, f),
            Self::Whole(name) => fmt::Display::fmt(name, f),
        }
    }
}

impl SubjectIdentifier {
    fn entries(&self) -> impl Iterator<Item = &IdentifierEntry> {
        self.any_of.iter().chain(&self.all_of).chain(&self.none_of)
    }

    fn is_tied_to_labels(&self) -> bool {
        self.entries().any(|entry| !entry.under.is_empty())
    }

    /// Judges the end entity; `label` is the anchor's, `None` where there is no path.
    fn judge(
        &self,
        certificate: &Certificate<'_>,
        label: Option<&str>,
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
            if !entry.counts_under(label) {
                continue;
            }
            match entry.outcome(certificate) {
                Outcome::Matched(_) => any_matched = true,
                Outcome::NotMatched => {}
                Outcome::Incomparable => {
                    any_incomparable = true;
                    let required = IdentifierRequirement::Comparable(entry.clone());
                    refuse(required, entry.presented_fact(certificate), findings);
                }
            }
        }
        if !self.any_of.is_empty() && !any_matched && !any_incomparable {
            refuse(
                IdentifierRequirement::AnyOf(self.any_of.clone()),
                self.presented_for_any_of(certificate),
                findings,
            );
        }
        for entry in &self.all_of {
            let required = match entry.outcome(certificate) {
                Outcome::Matched(_) if entry.counts_under(label) => continue,
                Outcome::Matched(_) | Outcome::NotMatched => IdentifierRequirement::Has(entry.clone()),
                Outcome::Incomparable => IdentifierRequirement::Comparable(entry.clone()),
            };
            refuse(required, entry.presented_fact(certificate), findings);
        }
        for entry in self.none_of.iter().filter(|entry| entry.counts_under(label)) {
            let required = match entry.outcome(certificate) {
                Outcome::NotMatched => continue,
                Outcome::Matched(_) => IdentifierRequirement::HasNot(entry.clone()),
                Outcome::Incomparable => IdentifierRequirement::Comparable(entry.clone()),
            };
            refuse(required, entry.presented_fact(certificate), findings);
        }
    }

    /// What the certificate has where any-of looks, each value once.
    fn presented_for_any_of(&self, certificate: &Certificate<'_>) -> Fact {
        let mut presented: Vec<PresentedIdentifier> = Vec::new();
        for value in self.any_of.iter().flat_map(|entry| entry.presented(certificate)) {
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

    /// The identifiers of any-of and all-of that the end entity of an accepted path has.
    pub(crate) fn matched(&self, path: &CandidatePath<'_>) -> Vec<MatchedIdentifier> {
        let label = path.anchor().label();
        self.any_of
            .iter()
            .chain(&self.all_of)
            .filter(|entry| entry.counts_under(Some(label)))
            .filter_map(|entry| match entry.outcome(path.end_entity()) {
                Outcome::Matched(value) => Some(MatchedIdentifier {
                    entry: entry.clone(),
                    value: value.to_string(),
                    label: label.to_owned(),
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
                    if !context.anchors.has_label(label) {
                        return Err(BuildError::policy(
                            format!("{}.under", field()),
                            format!("no trust anchor has the label {label:?}"),
                        ));
                    }
                }
            }
        }
        for (n, entry) in self.none_of.iter().enumerate() {
            if self.all_of.contains(entry) || self.any_of == [entry.clone()] {
                return Err(BuildError::policy(
                    format!("subject-identifier.none-of[{n}]"),
                    "is required and forbidden at once: this accepts nobody",
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

    /// Without labels the verdict is the same on every path; with labels it can be given here only where there is
    /// no path.
    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        context: &Context<'_>,
        findings: &mut Findings,
    ) {
        if position == Position::EndEntity && !(context.has_path() && self.is_tied_to_labels()) {
            self.judge(certificate, None, findings);
        }
    }

    fn check_path(&self, path: &CandidatePath<'_>, _context: &Context<'_>, findings: &mut Findings) {
        if self.is_tied_to_labels() {
            self.judge(path.end_entity(), Some(path.anchor().label()), findings);
        }
    }
}
