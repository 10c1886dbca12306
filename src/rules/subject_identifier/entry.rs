//! One identifier: what is looked for, which values a certificate has there, and how they fare.

use std::fmt;

use super::facts::PresentedIdentifier;
use super::matcher::{self, Matcher};
use super::subject_name::SubjectName;
use crate::certificate::Certificate;
use crate::name::{AttributeType, DistinguishedName, GeneralName, TextProblem, ip_address};
use crate::path::PathAnchor;
use crate::report::Fact;
use crate::text;

/// One identifier, with how it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize),
    serde(try_from = "super::in_file::EntryInFile")
)]
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

    /// Whether no certificate has both: one value, exactly this and exactly that.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        let one_value = self.values != Values::Any || other.values != Values::Any;
        let (one, another) = match (&self.identifier, &other.identifier) {
            (Identifier::Attribute(this, one), Identifier::Attribute(that, another))
                if this == that =>
            {
                (one, another)
            }
            (
                Identifier::AlternativeName(this, one),
                Identifier::AlternativeName(that, another),
            )
                // An address has several spellings.
                if this == that && *this != SanKind::Ip =>
            {
                (one, another)
            }
            _ => return false,
        };
        match (one, another) {
            (Matcher::Exact(one), Matcher::Exact(another)) => {
                one_value && !one.eq_ignore_ascii_case(another)
            }
            _ => false,
        }
    }

    /// Whether the entry counts on a path that ends at `anchor`; without a path every entry does.
    pub(crate) fn counts_under(&self, anchor: Option<&PathAnchor<'_>>) -> bool {
        self.under.is_empty() || anchor.is_none_or(|anchor| self.label_under(anchor).is_some())
    }

    /// The label of `anchor` that the entry is tied to; of an entry that is tied to none, the anchor's first.
    pub(super) fn label_under<'a>(&self, anchor: &PathAnchor<'a>) -> Option<&'a str> {
        if self.under.is_empty() {
            return Some(anchor.label());
        }
        anchor
            .labels()
            .find(|label| self.under.iter().any(|own| own == label))
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

impl SanKind {
    fn is_irregular(self, text: &str) -> bool {
        match self {
            Self::Dns => text.contains('*') || text.split('.').any(str::is_empty),
            Self::Uri => matcher::is_irregular_uri(text),
            Self::Ip | Self::Email | Self::Upn => false,
        }
    }
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
        if self.values == Values::All {
            f.write_str("every ")?;
        }
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

/// One value of a certificate, ready for comparison.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Ip(std::net::IpAddr),
    Whole(DistinguishedName<'a>),
}

/// How an entry fares with a certificate.
pub(super) enum Outcome<'a> {
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
                for name in certificate
                    .subject_alternative_names()
                    .into_iter()
                    .flatten()
                {
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
                each(problem.map_or(Ok(Value::Whole(subject)), Err), &|| {
                    subject.to_string()
                });
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

    pub(super) fn outcome<'a>(&self, certificate: &Certificate<'a>) -> Outcome<'a> {
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
    pub(super) fn presented(
        &self,
        certificate: &Certificate<'_>,
        anchor: Option<&PathAnchor<'_>>,
    ) -> Vec<PresentedIdentifier> {
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
                    under: anchor
                        .filter(|_| !self.counts_under(anchor))
                        .map(|anchor| anchor.label().to_owned()),
                });
            }
        });
        presented
    }

    /// Whether a value is spelled so that comparison would pass over what others may take for the same: a wildcard, an
    /// empty or climbing segment, an escape. Where a value is forbidden that must not let it through.
    pub(super) fn has_irregular_value(&self, certificate: &Certificate<'_>) -> bool {
        let mut irregular = false;
        self.for_each_value(certificate, |value, _| {
            let (Ok(Value::Text(text)), identifier) = (value, &self.identifier) else {
                return;
            };
            irregular |= match identifier {
                Identifier::AlternativeName(kind, _) => kind.is_irregular(text),
                Identifier::Attribute(_, matcher) => {
                    matcher.goes_by_segments() && matcher::has_odd_segments(text)
                }
                Identifier::Subject(_) => false,
            };
        });
        irregular
    }

    pub(super) fn presented_fact(
        &self,
        certificate: &Certificate<'_>,
        anchor: Option<&PathAnchor<'_>>,
    ) -> Fact {
        match self.presented(certificate, anchor) {
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

impl Value<'_> {
    /// The value as it is, to be compared with; printing is for people, and cuts.
    pub(super) fn exact(&self) -> String {
        match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Ip(address) => address.to_string(),
            Self::Whole(name) => name.unbounded(),
        }
    }
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
