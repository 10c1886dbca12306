//! Checks of names: what a subjectAltName may hold, wildcards, and the common name beside it.

use std::fmt::{self, Write};

use pki_types::ServerName;

use super::ProfileFinding;
use super::extensions::{MOST_NAMES, finding};
use super::subject::Subject;
use crate::name::{COMMON_NAME, GeneralName, ip_address};
use crate::peer::Peer;
use crate::report::Fact;

/// Whether wildcards under public suffixes can be told.
pub(super) const HAS_PUBLIC_SUFFIXES: bool = cfg!(feature = "public-suffix-list");

/// An end entity without subject has its names in a critical subjectAltName.
pub(super) fn named_at_all(subject: &Subject<'_>) -> Option<Fact> {
    if !subject.certificate.subject().is_empty() {
        return None;
    }
    match subject.extensions.subject_alternative_name {
        None => Some(Fact::Absent),
        extension => super::extensions::critical(extension),
    }
}

pub(super) fn not_critical_beside_subject(subject: &Subject<'_>) -> Option<Fact> {
    if subject.certificate.subject().is_empty() {
        return None;
    }
    super::extensions::not_critical(subject.extensions.subject_alternative_name)
}

pub(super) fn alternative_name_syntax(subject: &Subject<'_>) -> Option<Fact> {
    others(subject, |name| match name {
        GeneralName::Dns(octets) => is_dns_name(octets) || is_wildcard(octets),
        GeneralName::Email(octets) => is_mailbox(octets),
        GeneralName::Uri(octets) => is_absolute_uri(octets),
        GeneralName::Ip(octets) => ip_address(octets).is_ok(),
        _ => true,
    })
}

pub(super) fn alternative_name_kinds(subject: &Subject<'_>) -> Option<Fact> {
    if subject.extensions.subject_alternative_name.is_none() {
        return Some(Fact::Absent);
    }
    others(subject, |name| {
        matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_))
    })
}

/// The alternative names that are not as they should be.
fn others(subject: &Subject<'_>, is_good: impl Fn(&GeneralName<'_>) -> bool) -> Option<Fact> {
    let names = subject.certificate.subject_alternative_names()?;
    let others: Vec<_> = names
        .filter(|name| !is_good(name))
        .take(MOST_NAMES)
        .map(|name| name.to_string())
        .collect();
    (!others.is_empty()).then_some(Fact::Names(others))
}

/// The preferred name syntax (RFC 1034 section 3.5, RFC 1123 section 2.1): labels of letters, digits and inner hyphens.
pub(super) fn is_dns_name(octets: &[u8]) -> bool {
    octets.len() <= 253
        && octets.split(|octet| *octet == b'.').all(|label| {
            matches!(label.len(), 1..=63)
                && !label.starts_with(b"-")
                && !label.ends_with(b"-")
                && label
                    .iter()
                    .all(|octet| octet.is_ascii_alphanumeric() || *octet == b'-')
        })
}

/// `*.` and a name: the wildcard is the whole of the first label (RFC 9525 section 6.3).
fn is_wildcard(octets: &[u8]) -> bool {
    octets.strip_prefix(b"*.").is_some_and(is_dns_name)
}

/// Local part, `@`, domain (RFC 5321 section 4.1.2); a local part may hold an `@` only in quotes.
pub(super) fn is_mailbox(octets: &[u8]) -> bool {
    let Some(at) = octets.iter().rposition(|octet| *octet == b'@') else {
        return false;
    };
    let (local, domain) = octets.split_at(at);
    let domain = domain.strip_prefix(b"@").unwrap_or_default();
    let is_local = match local {
        [] => false,
        [b'"', quoted @ .., b'"'] => {
            !quoted.is_empty() && quoted.iter().all(|octet| matches!(octet, b' '..=b'~'))
        }
        dotted => dotted
            .iter()
            .all(|octet| octet.is_ascii_graphic() && !b"@\"(),:;<>[\\]".contains(octet)),
    };
    is_local && is_dns_name(domain)
}

/// A scheme and something after it (RFC 3986 section 3.1).
fn is_absolute_uri(octets: &[u8]) -> bool {
    let Some(colon) = octets.iter().position(|octet| *octet == b':') else {
        return false;
    };
    let (scheme, rest) = octets.split_at(colon);
    let is_scheme = match scheme {
        [first, others @ ..] => {
            first.is_ascii_alphabetic()
                && others
                    .iter()
                    .all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(octet))
        }
        [] => false,
    };
    is_scheme && rest.len() > 1 && rest.iter().all(u8::is_ascii_graphic)
}

/// Only if the server is accepted by that name alone: certificates in use have odd ones beside.
pub(super) fn wildcard_under_public_suffix(subject: &Subject<'_>) -> Option<Fact> {
    let Peer::Server(ServerName::DnsName(reference)) = subject.peer else {
        return None;
    };
    let reference = reference.as_ref();
    let reference = reference.strip_suffix('.').unwrap_or(reference);
    let (_, parent) = reference.split_once('.')?;
    let mut matched = None;
    for name in subject.certificate.subject_alternative_names()? {
        let GeneralName::Dns(octets) = name else {
            continue;
        };
        if octets.eq_ignore_ascii_case(reference.as_bytes()) {
            return None;
        }
        let under = octets.strip_prefix(b"*.").unwrap_or_default();
        if under.eq_ignore_ascii_case(parent.as_bytes()) {
            matched = Some(name);
        }
    }
    let wildcard = matched?;
    is_public_suffix(parent).then(|| Fact::Names(vec![wildcard.to_string()]))
}

/// Of the list's ICANN part, as BR section 3.2.2.6 advises.
#[cfg(feature = "public-suffix-list")]
pub(crate) fn is_public_suffix(name: &str) -> bool {
    use std::borrow::Cow;

    let name = if name.bytes().any(|octet| octet.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    };
    psl::suffix(name.as_bytes()).is_some_and(|suffix| {
        suffix.typ() == Some(psl::Type::Icann) && suffix.as_bytes() == name.as_bytes()
    })
}

/// A policy that asks for this is not built.
#[cfg(not(feature = "public-suffix-list"))]
pub(crate) fn is_public_suffix(_name: &str) -> bool {
    true
}

pub(super) fn common_name_in_san(subject: &Subject<'_>) -> Option<Fact> {
    let certificate = subject.certificate;
    let name = certificate.subject();
    let common_names = || {
        name.attributes()
            .filter(|attribute| attribute.oid.contents() == COMMON_NAME)
    };
    let mut all = common_names();
    let first = all.next()?;
    let is_only = all.next().is_none();
    let is_in_san = first.text().is_ok_and(|text| {
        let mut names = certificate
            .subject_alternative_names()
            .into_iter()
            .flatten();
        names.any(|name| match name {
            GeneralName::Dns(octets) => octets == text.as_bytes(),
            // RFC 3986 section 3.2.2 and RFC 5952 section 4 have one text for an address.
            GeneralName::Ip(octets) => {
                ip_address(octets).is_ok_and(|address| is_printed_as(&address, text))
            }
            _ => false,
        })
    });
    if is_only && is_in_san {
        return None;
    }
    let presented = common_names().map(|attribute| attribute.printable());
    Some(finding(ProfileFinding::CommonNames(presented.collect())))
}

/// Whether `value` is `text` when it is printed, without printing it.
fn is_printed_as(value: &impl fmt::Display, text: &str) -> bool {
    struct Rest<'a>(Option<&'a str>);

    impl Write for Rest<'_> {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            self.0 = self.0.and_then(|rest| rest.strip_prefix(part));
            Ok(())
        }
    }

    let mut rest = Rest(Some(text));
    // Writing to it does not fail.
    let _ = write!(rest, "{value}");
    rest.0 == Some("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dns_names_are_in_preferred_name_syntax() {
        let longest_label = "a".repeat(63);
        let longest = [longest_label.as_str(); 3].join(".") + "." + &"b".repeat(61);
        assert_eq!(longest.len(), 253);
        for good in [
            "a",
            "a.example",
            "1.example",
            "A-b.example",
            "xn--n3h.example",
            &longest,
        ] {
            assert!(is_dns_name(good.as_bytes()), "{good}");
        }
        let bad = [
            "",
            " ",
            ".",
            ".a",
            "a.",
            "a..b",
            "-a",
            "a-",
            "a_b.example",
            "*.example",
            "a*.example",
            "é.example",
            "a b",
            "a\0",
            &format!("{longest_label}a"),
            &format!("{longest}b"),
        ];
        for bad in bad {
            assert!(!is_dns_name(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn a_wildcard_is_the_whole_first_label() {
        assert!(is_wildcard(b"*.example.com"));
        for bad in [
            "*",
            "*.",
            "a*.example",
            "*a.example",
            "a.*.example",
            "*.*.example",
            "**.example",
        ] {
            assert!(!is_wildcard(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn mailboxes_have_one_part_before_and_one_after() {
        for good in [
            "a@example",
            "*@example.com",
            "a.b+c@example.com",
            "\"a@b c\"@example.com",
        ] {
            assert!(is_mailbox(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "a",
            "@a",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b_c",
            "\"\"@a",
            "a@.b",
            "\"a@b",
            "a\u{7f}@b",
        ] {
            assert!(!is_mailbox(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn uris_have_a_scheme_and_a_rest() {
        for good in ["spiffe://a/b", "urn:a", "h1+-.:x"] {
            assert!(is_absolute_uri(good.as_bytes()), "{good}");
        }
        for bad in [
            "", ":", "a", "a:", ":a", "//a/b", "1a:b", "a b:c", "a:b c", "a_:b", "a:\u{e9}",
        ] {
            assert!(!is_absolute_uri(bad.as_bytes()), "{bad}");
        }
    }

    #[cfg(feature = "public-suffix-list")]
    #[test]
    fn public_suffixes_are_those_of_registries() {
        for suffix in ["com", "co.uk", "CO.uk", "xn--p1ai"] {
            assert!(is_public_suffix(suffix), "{suffix}");
        }
        // The third is on the list's private part; the fourth is on none.
        for other in ["example.com", "example.co.uk", "github.io", "internal"] {
            assert!(!is_public_suffix(other), "{other}");
        }
    }
}
