//! A whole subject, as policies write it: RFC 4514.

use std::fmt;
use std::str::FromStr;

use x509_cert::attr::AttributeTypeAndValue;

use crate::name::{AttributeType, DistinguishedName, Rdn};

/// A whole distinguished name in RFC 4514 form, `CN=client,O=Acme,C=GB`: the most specific RDN first.
///
/// Compared RDN by RDN (RFC 8705 section 2.1.2): the same attributes with the same characters in the same order of
/// RDNs; inside an RDN of several attributes the order does not matter, nor does the string type.
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectName {
    text: String,
    /// In encoded order: the last RDN of the text first.
    rdns: Vec<Vec<(AttributeType, String)>>,
}

/// A text is not a distinguished name in RFC 4514 form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{part:?} is not of the form CN=client (RFC 4514: RDNs separated by commas, special characters escaped by a backslash)"
)]
pub struct NotAName {
    part: String,
}

impl FromStr for SubjectName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let mut rdns = Vec::new();
        for rdn in split_unescaped(text, ',') {
            let attributes = split_unescaped(rdn, '+')
                .into_iter()
                .map(read_attribute)
                .collect::<Result<Vec<_>, _>>()?;
            // One type twice in an RDN would make "the same attributes" ambiguous.
            for (n, (attribute, _)) in attributes.iter().enumerate() {
                if attributes
                    .iter()
                    .skip(n.saturating_add(1))
                    .any(|(other, _)| other == attribute)
                {
                    return Err(NotAName {
                        part: rdn.to_owned(),
                    });
                }
            }
            rdns.push(attributes);
        }
        rdns.reverse();
        Ok(Self {
            text: text.to_owned(),
            rdns,
        })
    }
}

/// Splits at `separator` where no backslash stands before it.
fn split_unescaped(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, character) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == separator {
            parts.extend(text.get(start..at));
            start = at.saturating_add(character.len_utf8());
        }
    }
    parts.extend(text.get(start..));
    parts
}

fn read_attribute(part: &str) -> Result<(AttributeType, String), NotAName> {
    let wrong = || NotAName {
        part: part.to_owned(),
    };
    let (attribute, value) = part.split_once('=').ok_or_else(wrong)?;
    // RFC 4514 section 2.4: spaces at the ends are escaped. Unescaped they are a slip of the writer.
    let slips = value.starts_with(' ') || (value.ends_with(' ') && !value.ends_with("\\ "));
    let backslashes = value
        .bytes()
        .rev()
        .take_while(|octet| *octet == b'\\')
        .count();
    let escapes_nothing = backslashes % 2 == 1;
    if slips || escapes_nothing {
        return Err(wrong());
    }
    // Spaces alone: another blank would stand in what is printed of the name.
    let attribute = AttributeType::parse(attribute.trim_matches(' ')).ok_or_else(wrong)?;
    // Unescaping is the library's; the type is given in dotted form, which it knows for all types.
    let parsed = AttributeTypeAndValue::from_str(&format!("{}={value}", attribute.oid()))
        .map_err(|_| wrong())?;
    let is_text = matches!(
        der::Tagged::tag(&parsed.value),
        der::Tag::Utf8String | der::Tag::PrintableString | der::Tag::Ia5String
    );
    let value = std::str::from_utf8(parsed.value.value()).map_err(|_| wrong())?;
    if !is_text || value.is_empty() || value.chars().any(crate::text::is_invisible) {
        return Err(wrong());
    }
    Ok((attribute, value.to_owned()))
}

impl SubjectName {
    /// Whether `subject` is this name.
    pub(super) fn is(&self, subject: DistinguishedName<'_>) -> bool {
        let mut presented = subject.rdns();
        for wanted in &self.rdns {
            if !presented.next().is_some_and(|rdn| is_rdn(wanted, rdn)) {
                return false;
            }
        }
        presented.next().is_none()
    }
}

fn is_rdn(wanted: &[(AttributeType, String)], presented: Rdn<'_>) -> bool {
    presented.attributes().count() == wanted.len()
        && wanted.iter().all(|(attribute, value)| {
            presented
                .attributes()
                .any(|own| own.oid == attribute.oid() && own.text() == Ok(value.as_str()))
        })
}

impl fmt::Display for SubjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for SubjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_distinguished_name_is_refused() {
        let refused = [
            "",
            "client",
            "CN=",
            "XX=client",
            "CN=client,",
            ",CN=client",
            "CN=client, O=Acme ",
            "CN= client",
            "CN=client ",
            "CN=client\\",
            "CN=a+CN=b",
            "CN=#0101FF",
            "CN=#1E020061",
            "CN=a\u{0}b",
            "CN=a\\00b",
            "CN\t=client",
            "\nCN=client",
        ];
        for text in refused {
            assert!(text.parse::<SubjectName>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn escapes_are_read_and_separators_are_commas_alone() {
        let name: SubjectName = "CN=a\\,b\\+c;d/e\\ ,O=x+OU=y, C=GB".parse().unwrap();
        let attribute = |name, value: &str| (AttributeType::parse(name).unwrap(), value.to_owned());
        assert_eq!(
            name.rdns,
            [
                vec![attribute("C", "GB")],
                vec![attribute("O", "x"), attribute("OU", "y")],
                vec![attribute("CN", "a,b+c;d/e ")],
            ]
        );
    }
}
