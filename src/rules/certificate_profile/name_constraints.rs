//! The syntax of nameConstraints (RFC 5280 section 4.2.1.10).

use super::ProfileFinding;
use super::extensions::{MOST_NAMES, finding, malformed};
use super::names::{is_dns_name, is_mailbox};
use super::subject::{Subject, sequence};
use crate::certificate::{Decoded, Problem, tag};
use crate::name::GeneralName;
use crate::report::Fact;

const FIELD: &str = "nameConstraints";

pub(super) fn syntax(subject: &Subject<'_>) -> Option<Fact> {
    let extension = subject.extensions.name_constraints?;
    match bad_bases(extension.value) {
        Err(error) => Some(malformed(error)),
        Ok(None) => Some(finding(ProfileFinding::Empty)),
        Ok(Some(bad)) if bad.is_empty() => None,
        Ok(Some(bad)) => Some(Fact::Names(bad)),
    }
}

/// The bases of subtrees that are not as they should be; `None` where there is no list, or one without subtrees.
fn bad_bases(value: &[u8]) -> Decoded<Option<Vec<String>>> {
    let mut lists = sequence(value, FIELD)?;
    let both = [
        lists.optional(tag::constructed(0))?,
        lists.optional(tag::constructed(1))?,
    ];
    lists.finish()?;
    let mut bad = Vec::new();
    let mut any = false;
    for list in both.into_iter().flatten() {
        any = true;
        let mut subtrees = lists.inside(list.contents, FIELD);
        if subtrees.at_end() {
            return Ok(None);
        }
        while !subtrees.at_end() {
            let subtree = subtrees.expect(tag::SEQUENCE)?;
            let mut fields = subtrees.inside(subtree.contents, FIELD);
            let base = GeneralName::read(&mut fields)?;
            // A minimum of zero is the default, which DER leaves out.
            if !fields.at_end() {
                return Err(fields.error(Problem::Value("a minimum or maximum of a subtree")));
            }
            if bad.len() < MOST_NAMES && !is_base(&base) {
                bad.push(base.to_string());
            }
        }
    }
    Ok(any.then_some(bad))
}

/// Of each kind of name, what a subtree may start from; kinds that the section does not speak of may be anything.
fn is_base(base: &GeneralName<'_>) -> bool {
    match base {
        // All names.
        GeneralName::Dns([]) | GeneralName::Email([]) => true,
        GeneralName::Dns(octets) => is_dns_name(octets),
        GeneralName::Email(octets) => is_mailbox(octets) || is_host_or_domain(octets),
        GeneralName::Uri(octets) => is_host_or_domain(octets),
        GeneralName::Ip(octets) => is_network(octets),
        _ => true,
    }
}

/// A host, or a period and a domain: all hosts in it.
fn is_host_or_domain(octets: &[u8]) -> bool {
    is_dns_name(octets.strip_prefix(b".").unwrap_or(octets))
}

/// An address and its mask, all ones and then all zeros (RFC 4632 section 3.1).
fn is_network(octets: &[u8]) -> bool {
    let mask = match octets {
        [_, _, _, _, mask @ ..] if mask.len() == 4 => mask,
        [..] if octets.len() == 32 => octets.get(16..).unwrap_or_default(),
        _ => return false,
    };
    let rest = mask.iter().skip_while(|octet| **octet == 0xff);
    let mut rest = rest.copied();
    let first = rest.next().unwrap_or_default();
    first.leading_ones().saturating_add(first.trailing_zeros()) == 8 && rest.all(|octet| octet == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::{der, general_name};

    #[test]
    fn subtrees_have_neither_minimum_nor_maximum() {
        let with = |more: &[Vec<u8>]| {
            let base = [general_name::dns("example")];
            let subtree = der::sequence(&[&base[..], more].concat());
            der::sequence(&[der::implicit_constructed(1, &subtree)])
        };
        assert_eq!(bad_bases(&with(&[])), Ok(Some(Vec::new())));
        for n in [0, 1] {
            let error = bad_bases(&with(&[der::implicit_primitive(n, &[0])])).unwrap_err();
            let expected = Problem::Value("a minimum or maximum of a subtree");
            assert_eq!(error.problem, expected);
        }
    }

    #[test]
    fn subtrees_start_from_what_their_kind_permits() {
        use GeneralName::{Dns, Email, Uri};

        for base in [
            Dns(b""),
            Dns(b"acme.example"),
            Email(b""),
            Email(b"acme.example"),
            Email(b".acme.example"),
            Email(b"peer@acme.example"),
            Uri(b"acme.example"),
            Uri(b".acme.example"),
        ] {
            assert!(is_base(&base), "{base}");
        }
        for base in [
            Dns(b".acme.example"),
            Email(b"@"),
            Uri(b""),
            Uri(b"https://acme.example"),
        ] {
            assert!(!is_base(&base), "{base}");
        }
    }

    #[test]
    fn so_many_bad_bases_are_listed() {
        let subtree = der::sequence(&[general_name::uri("no host")]);
        for (count, listed) in [(MOST_NAMES, MOST_NAMES), (MOST_NAMES + 1, MOST_NAMES)] {
            let subtrees = subtree.repeat(count);
            let value = der::sequence(&[der::implicit_constructed(0, &subtrees)]);
            let bad = bad_bases(&value).unwrap().unwrap();
            assert_eq!(bad.len(), listed);
        }
    }

    #[test]
    fn masks_are_ones_and_then_zeros() {
        for mask in [
            [0, 0, 0, 0],
            [255, 255, 255, 0],
            [255, 255, 255, 255],
            [255, 128, 0, 0],
            [254, 0, 0, 0],
        ] {
            let network = [[192, 0, 2, 0], mask].concat();
            assert!(is_network(&network), "{mask:?}");
        }
        for mask in [
            [0, 255, 0, 0],
            [255, 0, 255, 0],
            [255, 129, 0, 0],
            [1, 0, 0, 0],
            [255, 128, 0, 1],
        ] {
            let network = [[192, 0, 2, 0], mask].concat();
            assert!(!is_network(&network), "{mask:?}");
        }
        let mut network = [0u8; 32];
        network[16..24].fill(0xff);
        assert!(is_network(&network));
        network[31] = 1;
        assert!(!is_network(&network));
        for length in [0, 4, 7, 9, 16, 31, 33] {
            assert!(!is_network(&vec![0; length]), "{length}");
        }
    }
}
