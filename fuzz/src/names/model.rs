//! What the documentation promises of matchers, done slowly: no code of the crate, and none of its ways.

use std::net::IpAddr;

use rustls_policy_verifier::{Identifier, IdentifierEntry, Matcher, SanKind, Values};

use super::reading::{Element, OwnedAttribute, Reading, Text, address};
use super::sorted;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Matched,
    NotMatched,
    /// A value that cannot be compared, or a second one.
    Incomparable,
}

pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    /// Whether somebody may hold that a character of a value does not show.
    pub(super) is_doubtful: bool,
    /// The values that can be compared.
    pub(super) values: Vec<String>,
    /// What may be said to have matched.
    pub(super) exactly: Vec<String>,
}

/// Some of the characters that do not show, or that change how others show: all that anybody would name.
pub(super) fn hides(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{a0}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
            | '\u{2060}'..='\u{206f}' | '\u{3000}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

pub(super) fn judge(entry: &IdentifierEntry, reading: &Reading) -> Judgement {
    let values = entry.values;
    match &entry.identifier {
        Identifier::Attribute(attribute, matcher) => {
            let oid = attribute.oid().contents().to_vec();
            let attributes = reading.rdns.iter().flatten().filter(|it| it.oid == oid);
            let texts: Vec<_> = attributes.map(OwnedAttribute::text).collect();
            judge_texts(values, &texts, |text| matches(matcher, None, text))
        }
        Identifier::AlternativeName(SanKind::Ip, matcher) => {
            judge_addresses(values, &reading.names_of(SanKind::Ip), matcher)
        }
        Identifier::AlternativeName(kind, matcher) => {
            let names = reading.names_of(*kind);
            let texts: Vec<_> = names.iter().map(Element::text).collect();
            judge_texts(values, &texts, |text| matches(matcher, Some(*kind), text))
        }
        Identifier::Subject(name) => judge_subject(&name.to_string(), reading),
        other => panic!("a new kind of identifier: {other:?}"),
    }
}

fn judge_texts(
    values: Values,
    texts: &[Option<Text<'_>>],
    matches: impl Fn(&str) -> bool,
) -> Judgement {
    let comparable = texts.iter().flatten().filter(|it| !it.hides_something);
    let comparable: Vec<&str> = comparable.map(|it| it.text).collect();
    let matching = comparable.iter().filter(|text| matches(text));
    Judgement {
        verdict: match comparable.len() == texts.len() {
            true => verdict_of(values, &comparable, |text| matches(text)),
            false => Verdict::Incomparable,
        },
        is_doubtful: texts.iter().flatten().any(|it| !it.is_plain),
        exactly: matching.map(|text| (*text).to_owned()).collect(),
        values: comparable.into_iter().map(str::to_owned).collect(),
    }
}

fn verdict_of<T>(values: Values, all: &[T], matches: impl Fn(&T) -> bool) -> Verdict {
    let matching = all.iter().filter(|value| matches(value)).count();
    let enough = match values {
        Values::One if all.len() > 1 => return Verdict::Incomparable,
        Values::One | Values::Any => matching > 0,
        Values::All => matching > 0 && matching == all.len(),
    };
    match enough {
        true => Verdict::Matched,
        false => Verdict::NotMatched,
    }
}

fn judge_addresses(values: Values, names: &[Element], matcher: &Matcher) -> Judgement {
    let is_wanted = |octets: &[u8]| {
        wanted(matcher)
            .iter()
            .any(|text| match text.parse::<IpAddr>() {
                Ok(IpAddr::V4(wanted)) => wanted.octets() == octets,
                Ok(IpAddr::V6(wanted)) => wanted.octets() == octets,
                Err(_) => false,
            })
    };
    let verdict = match names
        .iter()
        .all(|name| matches!(name.contents.len(), 4 | 16))
    {
        true => verdict_of(values, names, |name| is_wanted(&name.contents)),
        false => Verdict::Incomparable,
    };
    let matching = names.iter().filter(|name| is_wanted(&name.contents));
    Judgement {
        verdict,
        is_doubtful: false,
        values: Vec::new(),
        exactly: matching
            .filter_map(|name| address(&name.contents))
            .collect(),
    }
}

fn wanted(matcher: &Matcher) -> &[String] {
    match matcher {
        Matcher::Exact(text)
        | Matcher::Namespace(text)
        | Matcher::Uuid(text)
        | Matcher::Glob(text) => std::slice::from_ref(text),
        Matcher::OneOf(texts) => texts,
        other => panic!("a new matcher: {other:?}"),
    }
}

/// `kind` is `None` for attributes.
fn matches(matcher: &Matcher, kind: Option<SanKind>, text: &str) -> bool {
    let is_dns = kind == Some(SanKind::Dns);
    if is_dns && text.contains('*') {
        return false;
    }
    wanted(matcher).iter().any(|wanted| match matcher {
        Matcher::Exact(_) | Matcher::OneOf(_) => match kind {
            Some(SanKind::Dns) => wanted.to_lowercase() == text.to_lowercase(),
            Some(SanKind::Email) => is_same_mailbox(wanted, text),
            _ => wanted == text,
        },
        Matcher::Uuid(_) => text.len() == 36 && wanted.to_lowercase() == text.to_lowercase(),
        Matcher::Namespace(_) => {
            let ends = ["/", ":", "."]
                .iter()
                .any(|delimiter| wanted.ends_with(delimiter));
            let whole = match ends {
                true => wanted.clone(),
                false => format!("{wanted}/"),
            };
            text.len() > whole.len()
                && text.is_char_boundary(whole.len())
                && text[..whole.len()] == whole
                && text[whole.len()..]
                    .split('/')
                    .all(|segment| is_permitted(kind, segment))
        }
        Matcher::Glob(_) => {
            let separator = if is_dns { "." } else { "/" };
            let pattern: Vec<_> = wanted.split(separator).collect();
            let segments: Vec<_> = text.split(separator).collect();
            is_like_pattern(&pattern, &segments, kind)
        }
        other => panic!("a new matcher: {other:?}"),
    })
}

fn is_like_pattern(pattern: &[&str], segments: &[&str], kind: Option<SanKind>) -> bool {
    match (pattern, segments) {
        ([], []) => true,
        (["**"], [_, ..]) => segments.iter().all(|segment| is_permitted(kind, segment)),
        ([wanted, patterns @ ..], [segment, segments @ ..]) => {
            let is_one = match *wanted {
                "*" => is_permitted(kind, segment),
                _ if kind == Some(SanKind::Dns) => wanted.to_lowercase() == segment.to_lowercase(),
                _ => wanted == segment,
            };
            is_one && is_like_pattern(patterns, segments, kind)
        }
        _ => false,
    }
}

/// What a wildcard may stand for.
fn is_permitted(kind: Option<SanKind>, segment: &str) -> bool {
    match kind {
        Some(SanKind::Dns) => {
            let in_label = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
            !segment.is_empty() && segment.chars().all(in_label)
        }
        Some(SanKind::Uri) if segment.contains(['%', '?', '#']) => false,
        _ => !segment.is_empty() && segment != "." && segment != "..",
    }
}

fn is_same_mailbox(wanted: &str, presented: &str) -> bool {
    match (wanted.rfind('@'), presented.rfind('@')) {
        (Some(wanted_at), Some(at)) => {
            wanted[..wanted_at] == presented[..at]
                && wanted[wanted_at..].eq_ignore_ascii_case(&presented[at..])
        }
        _ => false,
    }
}

fn judge_subject(wanted: &str, reading: &Reading) -> Judgement {
    let attributes: Vec<_> = reading
        .rdns
        .iter()
        .flatten()
        .map(OwnedAttribute::text)
        .collect();
    let comparable = attributes.iter().flatten().filter(|it| !it.hides_something);
    Judgement {
        verdict: match comparable.count() == attributes.len() {
            true if is_subject(wanted, reading) => Verdict::Matched,
            true => Verdict::NotMatched,
            false => Verdict::Incomparable,
        },
        is_doubtful: attributes.iter().flatten().any(|it| !it.is_plain),
        values: Vec::new(),
        exactly: Vec::new(),
    }
}

/// Whether a text in RFC 4514 form is the subject.
pub(super) fn is_subject(text: &str, reading: &Reading) -> bool {
    let pair = |attribute: &OwnedAttribute| {
        Some((attribute.oid.clone(), attribute.text()?.text.to_owned()))
    };
    let rdns = reading.rdns.iter();
    let presented: Vec<_> = rdns
        .map(|rdn| sorted(rdn.iter().filter_map(pair)))
        .collect();
    read_name(text) == Some(presented)
}

/// The attributes of an RDN, sorted: their types' octets, and their values.
type Rdn = Vec<(Vec<u8>, String)>;

/// RFC 4514, one character after another: RDNs in encoded order, the attributes of each sorted.
fn read_name(text: &str) -> Option<Vec<Rdn>> {
    let mut rdns = Vec::new();
    let mut attributes = Vec::new();
    let mut rest: Vec<u8> = text.bytes().rev().collect();
    loop {
        let mut attribute = Vec::new();
        while let Some(octet) = rest.pop().filter(|octet| *octet != b'=') {
            attribute.push(octet);
        }
        let mut value = Vec::new();
        let mut end = None;
        while let Some(octet) = rest.pop() {
            match octet {
                b'\\' => {
                    let escaped = rest.pop()?;
                    let digit = |octet: u8| {
                        char::from(octet)
                            .to_digit(16)
                            .and_then(|it| u8::try_from(it).ok())
                    };
                    match (digit(escaped), rest.last().and_then(|it| digit(*it))) {
                        (Some(high), Some(low)) => {
                            rest.pop();
                            value.push(high << 4 | low);
                        }
                        _ => value.push(escaped),
                    }
                }
                b',' | b'+' => {
                    end = Some(octet);
                    break;
                }
                _ => value.push(octet),
            }
        }
        let attribute = String::from_utf8(attribute).ok()?;
        let attribute = rustls_policy_verifier::AttributeType::parse(attribute.trim())?;
        attributes.push((
            attribute.oid().contents().to_vec(),
            String::from_utf8(value).ok()?,
        ));
        if end != Some(b'+') {
            rdns.insert(0, sorted(attributes.drain(..)));
        }
        if end.is_none() {
            return Some(rdns);
        }
    }
}

/// Whether a reader less strict than the matcher might take the presented text for what the entry means.
pub(super) fn is_like(entry: &IdentifierEntry, text: &str) -> bool {
    match &entry.identifier {
        Identifier::AlternativeName(SanKind::Dns, matcher) => {
            let text = text.to_lowercase();
            let text = text.trim_end_matches('.');
            let covered = |wanted: &String| {
                let wanted = wanted.to_lowercase();
                text.strip_prefix("*.").is_some_and(|rest| {
                    wanted
                        .split_once('.')
                        .is_some_and(|(_, parent)| parent == rest)
                })
            };
            matches(matcher, Some(SanKind::Dns), text) || wanted(matcher).iter().any(covered)
        }
        Identifier::AlternativeName(SanKind::Uri, matcher) => {
            matches(matcher, Some(SanKind::Uri), &normal_uri(text))
        }
        Identifier::Attribute(_, matcher @ (Matcher::Namespace(_) | Matcher::Glob(_))) => {
            matches(matcher, None, &without_odd_segments(text))
        }
        _ => false,
    }
}

/// Scheme and authority in lower case, escapes undone, without query, fragment and odd segments (RFC 3986 section 6).
fn normal_uri(uri: &str) -> String {
    let octets = uri.as_bytes();
    let mut plain = Vec::new();
    let mut at = 0;
    while let Some(octet) = octets.get(at) {
        let escaped = uri.get(at + 1..at + 3).filter(|_| *octet == b'%');
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(value) => {
                plain.push(value);
                at += 3;
            }
            None => {
                plain.push(*octet);
                at += 1;
            }
        }
    }
    let plain = String::from_utf8_lossy(&plain).into_owned();
    let plain = plain.split(['?', '#']).next().unwrap_or_default();
    match plain.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let path = without_odd_segments(path);
            format!(
                "{}://{}/{path}",
                scheme.to_lowercase(),
                authority.to_lowercase()
            )
        }
        None => plain.to_owned(),
    }
}

fn without_odd_segments(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::der as encode;

    #[test]
    fn a_name_is_read_as_rfc_4514_has_it() {
        let pair = |dotted, value: &str| (encode::oid_contents(dotted), value.to_owned());
        let read = read_name("CN=a\\,b\\2Cc,O=x+OU=\\C3\\A9").unwrap();
        assert_eq!(
            read,
            [
                vec![pair("2.5.4.10", "x"), pair("2.5.4.11", "é")],
                vec![pair("2.5.4.3", "a,b,c")],
            ]
        );
        assert_eq!(read_name("XX=a"), None);
    }

    #[test]
    fn a_lenient_reading_undoes_what_hides() {
        assert_eq!(
            normal_uri("SPIFFE://Acme/a/%2e%2e/.//b?x#y"),
            "spiffe://acme/b"
        );
    }
}
