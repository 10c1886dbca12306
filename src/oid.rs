//! Object identifiers, compared by their encoding.

use std::fmt;

/// An object identifier, borrowed from a certificate.
///
/// Compared octet by octet: decoders differ in which arcs they can hold, encodings do not.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Oid<'a>(&'a [u8]);

impl<'a> Oid<'a> {
    /// An identifier from the contents octets of its DER encoding.
    ///
    /// Returns `None` for what X.690 section 8.19 does not allow: no octets, a subidentifier with leading zeros
    /// (an octet 0x80 at its start), or an unfinished one.
    #[must_use]
    pub const fn from_contents(contents: &'a [u8]) -> Option<Self> {
        if is_valid(contents) {
            Some(Self(contents))
        } else {
            None
        }
    }

    pub(crate) const fn known(contents: &'a [u8]) -> Self {
        Self(contents)
    }

    /// The contents octets of the DER encoding.
    #[must_use]
    pub fn contents(&self) -> &'a [u8] {
        self.0
    }
}

/// No subidentifier starts with the octet 0x80, and the last one ends.
const fn is_valid(contents: &[u8]) -> bool {
    // Nearly all identifiers in certificates: two or three arcs, or the arcs of RSA Security, ANSI X9.62 and PKIX.
    let rest = match contents {
        [0..=0x7f, 0..=0x7f, 0..=0x7f] => return true,
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, rest @ ..]
        | [0x2a, 0x86, 0x48, 0xce, 0x3d, rest @ ..]
        | [0x2b, 6, 1, 5, 5, 7, rest @ ..] => rest,
        other => other,
    };
    if let [0..=0x7f, 0..=0x7f] | [0..=0x7f, 0..=0x7f, 0..=0x7f] = rest {
        return true;
    }
    let mut rest = contents;
    let mut at_start = true;
    while let [octet, tail @ ..] = rest {
        if at_start && *octet == 0x80 {
            return false;
        }
        at_start = *octet & 0x80 == 0;
        rest = tail;
    }
    at_start && !contents.is_empty()
}

/// Most subidentifiers printed; the identifiers in use have at most about 15.
const MAX_PRINTED: usize = 24;

/// The dotted form; an arc beyond 128 bits is shown as `?`, and what follows the 24th subidentifier as `…`.
impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (n, subidentifier) in self
            .0
            .split_inclusive(|octet| octet & 0x80 == 0)
            .enumerate()
        {
            if n == MAX_PRINTED {
                return f.write_str(".…");
            }
            let value = subidentifier.iter().try_fold(0u128, |value, octet| {
                value
                    .checked_mul(128)
                    .map(|value| value | u128::from(octet & 0x7f))
            });
            match (value, first) {
                (Some(value @ 0..=39), true) => write!(f, "0.{value}")?,
                (Some(value @ 40..=79), true) => write!(f, "1.{}", value.saturating_sub(40))?,
                (Some(value), true) => write!(f, "2.{}", value.saturating_sub(80))?,
                (Some(value), false) => write!(f, ".{value}")?,
                (None, true) => f.write_str("2.?")?,
                (None, false) => f.write_str(".?")?,
            }
            first = false;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An object identifier of one's own, as a policy holds it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OidBuf(Vec<u8>);

impl OidBuf {
    /// Reads the dotted form, `1.3.6.1.5.5.7.3.2`.
    ///
    /// Returns `None` if there are fewer than two arcs, an arc is not a plain decimal number, or the first two
    /// are out of range (X.660: 0 to 2, then 0 to 39 under 0 and 1).
    #[must_use]
    pub fn parse(dotted: &str) -> Option<Self> {
        let mut arcs = dotted.split('.').map(|arc| {
            let plain = arc.bytes().all(|octet| octet.is_ascii_digit())
                && (arc.len() == 1 || !arc.starts_with('0'));
            plain.then(|| arc.parse::<u128>().ok()).flatten()
        });
        let (first, second) = (arcs.next()??, arcs.next()??);
        if first > 2 || (first < 2 && second > 39) {
            return None;
        }
        let mut contents = Vec::new();
        push_subidentifier(&mut contents, first.checked_mul(40)?.checked_add(second)?);
        for arc in arcs {
            push_subidentifier(&mut contents, arc?);
        }
        Some(Self(contents))
    }

    /// The identifier, borrowed.
    #[must_use]
    pub fn as_oid(&self) -> Oid<'_> {
        Oid(&self.0)
    }
}

fn push_subidentifier(contents: &mut Vec<u8>, value: u128) {
    let mut groups = Vec::new();
    let mut rest = value;
    loop {
        let group = u8::try_from(rest & 0x7f).unwrap_or_default();
        groups.push(if groups.is_empty() {
            group
        } else {
            group | 0x80
        });
        rest >>= 7;
        if rest == 0 {
            break;
        }
    }
    contents.extend(groups.iter().rev());
}

impl From<Oid<'_>> for OidBuf {
    fn from(oid: Oid<'_>) -> Self {
        Self(oid.0.to_vec())
    }
}

impl fmt::Display for OidBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_oid(), f)
    }
}

impl fmt::Debug for OidBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_form_round_trips() {
        for dotted in [
            "0.0",
            "0.39",
            "1.2.840.113549.1.1.1",
            "2.5.4.3",
            "2.999",
            "2.25.329800735698586629295641978511506172918",
            "1.3.6.1.5.5.7.3.2",
        ] {
            assert_eq!(OidBuf::parse(dotted).unwrap().to_string(), dotted);
        }
        assert_eq!(
            OidBuf::parse("1.2.840.113549").unwrap().as_oid().contents(),
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]
        );
    }

    #[test]
    fn malformed_dotted_forms_are_refused() {
        for dotted in [
            "", "1", "1.", ".1", "3.1", "1.40", "0.40", "1.02", "1.+2", "1.2.x", "1. 2",
        ] {
            assert_eq!(OidBuf::parse(dotted), None, "{dotted}");
        }
    }

    #[test]
    fn malformed_contents_are_refused() {
        assert_eq!(Oid::from_contents(&[]), None);
        assert_eq!(Oid::from_contents(&[0x2a, 0x80, 0x01]), None);
        assert_eq!(Oid::from_contents(&[0x80, 0x01]), None);
        assert_eq!(Oid::from_contents(&[0x2a, 0x86]), None);
        assert!(Oid::from_contents(&[0x2a, 0x86, 0x80, 0x00]).is_some());
    }

    #[test]
    fn an_arc_beyond_all_integers_is_shown_not_wrapped() {
        let mut contents = vec![0x2a];
        contents.extend([0xff; 20]);
        contents.push(0x7f);
        assert_eq!(Oid::from_contents(&contents).unwrap().to_string(), "1.2.?");
    }
}
