//! One step of DER: tag, length, contents.
//!
//! The only decoding done by hand, because the accept path walks every presented certificate. It knows
//! structure and nothing else; every *value* is decoded by the `der` crate. Accepts low tag numbers, definite
//! and minimal lengths, and at most [`MAX_LENGTH`] octets, which is what webpki accepts too; more only where a CRL
//! needs it.

use super::decode_error::{DecodeError, Decoded, Problem};

/// Longest contents of one element, in octets: webpki refuses anything of 64 KiB or more.
const MAX_LENGTH: usize = 0xfffe;

/// Where something lies in the DER of its certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Where `part`, a slice of `der`, lies in it. Empty for what lies elsewhere, or beyond what an element can hold.
    pub(crate) fn of_part(der: &[u8], part: &[u8]) -> Self {
        let start = offset(der, part);
        let end = start.saturating_add(part.len());
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) if part.as_ptr() >= der.as_ptr() => Self { start, end },
            _ => Self::default(),
        }
    }

    /// Octets before it.
    pub(crate) const fn start(&self) -> u32 {
        self.start
    }

    /// As [`of`](Self::of), for the contents of an element: with its tag and its length, in DER's one form.
    pub(crate) fn whole_of<'a>(&self, der: &'a [u8]) -> &'a [u8] {
        let header = match self.end.saturating_sub(self.start) {
            0..=0x7f => 2,
            0x80..=0xff => 3,
            _ => 4,
        };
        let start = self.start.saturating_sub(header);
        let whole = Self { start, ..*self };
        whole.of(der)
    }

    /// What follows this span.
    pub(crate) fn after<'a>(&self, der: &'a [u8]) -> &'a [u8] {
        let end = usize::try_from(self.end).unwrap_or_default();
        der.get(end..).unwrap_or_default()
    }

    /// The octets of this span; empty if `der` is not what the span was made from.
    pub(crate) fn of<'a>(&self, der: &'a [u8]) -> &'a [u8] {
        let index = |at| usize::try_from(at).unwrap_or_default();
        der.get(index(self.start)..index(self.end))
            .unwrap_or_default()
    }
}

/// Octets from the start of `der` to that of `part`, a slice of it.
fn offset(der: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().saturating_sub(der.as_ptr().addr())
}

/// One decoded element: its identifier octet, its contents, and the element as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) contents: &'a [u8],
    pub(crate) whole: &'a [u8],
}

/// Identifier octets used by X.509.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// Context-specific, primitive, number `n` (IMPLICIT tags of primitive types).
    pub(crate) const fn primitive(n: u8) -> u8 {
        0x80 | n
    }

    /// Context-specific, constructed, number `n` (EXPLICIT tags and IMPLICIT tags of constructed types).
    pub(crate) const fn constructed(n: u8) -> u8 {
        0xa0 | n
    }
}

/// Reads elements one after another from a part of a certificate.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    /// The certificate, for places in errors and layouts.
    der: &'a [u8],
    /// What is not read yet.
    rest: &'a [u8],
    /// What is being read, for errors.
    field: &'static str,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(der: &'a [u8], field: &'static str) -> Self {
        Self {
            der,
            rest: der,
            field,
        }
    }

    /// Reads `part`, as `field`.
    pub(crate) fn inside(&self, part: &'a [u8], field: &'static str) -> Self {
        Self {
            der: self.der,
            rest: part,
            field,
        }
    }

    pub(crate) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Where `part` lies in the certificate.
    pub(crate) fn span(&self, part: &[u8]) -> Span {
        Span::of_part(self.der, part)
    }

    /// The rest, unread.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn error(&self, problem: Problem) -> Box<DecodeError> {
        DecodeError::new(self.field, offset(self.der, self.rest), problem)
    }

    /// Skips the first octet of a BIT STRING, which must say that no bit is unused.
    pub(crate) fn skip_zero_octet(&mut self) -> Decoded<()> {
        match self.rest {
            [0, rest @ ..] => {
                self.rest = rest;
                Ok(())
            }
            [_, rest @ ..] => {
                self.rest = rest;
                Err(self.error(Problem::Value(
                    "unused bits in a BIT STRING of whole octets",
                )))
            }
            [] => Err(self.error(Problem::Truncated)),
        }
    }

    /// The next element, whatever it is.
    #[inline]
    pub(crate) fn next(&mut self) -> Decoded<Element<'a>> {
        let start = self.rest;
        let (tag, length, after) = match start {
            [tag, length @ 0..=0x7f, after @ ..] => (*tag, usize::from(*length), after),
            [tag, 0x81, length @ 0x80..=0xff, after @ ..] => (*tag, usize::from(*length), after),
            [tag, 0x82, high @ 1..=0xff, low, after @ ..] => {
                (*tag, usize::from(u16::from_be_bytes([*high, *low])), after)
            }
            _ => return Err(self.malformed()),
        };
        let Some((contents, rest)) = after
            .split_at_checked(length)
            .filter(|_| tag & 0x1f != 0x1f && length <= MAX_LENGTH)
        else {
            return Err(self.malformed());
        };
        self.rest = rest;
        let length = start.len().saturating_sub(rest.len());
        Ok(Element {
            tag,
            contents,
            whole: start.get(..length).unwrap_or_default(),
        })
    }

    /// What is wrong with an element that [`next`](Self::next) does not read.
    #[cold]
    fn malformed(&mut self) -> Box<DecodeError> {
        let problem = match self.octet() {
            None => Problem::Truncated,
            Some(tag) if tag & 0x1f == 0x1f => Problem::HighTagNumber,
            Some(_) => match self.octet() {
                None => Problem::Truncated,
                Some(0x80) => Problem::IndefiniteLength,
                Some(0x81) => match self.octet() {
                    Some(0..=0x7f) => Problem::NonMinimalLength,
                    _ => Problem::Truncated,
                },
                Some(0x82) => match (self.octet(), self.octet()) {
                    (Some(0), Some(_)) => Problem::NonMinimalLength,
                    // The one length of two octets that is above the maximum.
                    (Some(0xff), Some(0xff)) => Problem::TooLong,
                    _ => Problem::Truncated,
                },
                // Longer forms could only be right for what is too long here.
                Some(0x83..=0x88) => match self.octet() {
                    None => Problem::Truncated,
                    Some(0) => Problem::NonMinimalLength,
                    Some(_) => Problem::TooLong,
                },
                Some(0x89..=0xff) => Problem::TooLong,
                // A short length that leads beyond the end.
                Some(0..=0x7f) => Problem::Truncated,
            },
        };
        self.error(problem)
    }

    fn octet(&mut self) -> Option<u8> {
        let (octet, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*octet)
    }

    /// The next element, which must have the identifier octet `expected`.
    #[inline]
    pub(crate) fn expect(&mut self, expected: u8) -> Decoded<Element<'a>> {
        let before = self.rest;
        let element = self.next()?;
        if element.tag == expected {
            Ok(element)
        } else {
            self.rest = before;
            Err(self.error(Problem::UnexpectedTag {
                expected,
                found: element.tag,
            }))
        }
    }

    /// As [`expect`](Self::expect), for what may have any length: a CRL, its signed part, its list of entries.
    pub(crate) fn expect_large(&mut self, expected: u8) -> Decoded<Element<'a>> {
        let start = self.rest;
        let (tag, length, after) = match start {
            [tag, 0x82, 0xff, 0xff, after @ ..] => (*tag, 0xffff, after),
            [tag, 0x83, a @ 1..=0xff, b, c, after @ ..] => {
                (*tag, u32::from_be_bytes([0, *a, *b, *c]), after)
            }
            [tag, 0x84, a @ 1..=0xff, b, c, d, after @ ..] => {
                (*tag, u32::from_be_bytes([*a, *b, *c, *d]), after)
            }
            _ => return self.expect(expected),
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some((contents, rest)) = after.split_at_checked(length) else {
            return Err(self.error(Problem::Truncated));
        };
        if tag != expected {
            return Err(self.error(Problem::UnexpectedTag {
                expected,
                found: tag,
            }));
        }
        self.rest = rest;
        let length = start.len().saturating_sub(rest.len());
        Ok(Element {
            tag,
            contents,
            whole: start.get(..length).unwrap_or_default(),
        })
    }

    /// The next element if it has the identifier octet `wanted`.
    pub(crate) fn optional(&mut self, wanted: u8) -> Decoded<Option<Element<'a>>> {
        if self.rest.first() == Some(&wanted) {
            self.next().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Nothing may follow.
    pub(crate) fn finish(&self) -> Decoded<()> {
        if self.at_end() {
            Ok(())
        } else {
            Err(self.error(Problem::TrailingData))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(der: &[u8]) -> Problem {
        Reader::new(der, "test").next().unwrap_err().problem
    }

    #[test]
    fn a_span_is_of_what_lies_inside() {
        let octets = [7; 8];
        let (before, der) = octets.split_at(4);
        let (start, end) = der.split_at(2);
        assert_eq!(Span::of_part(der, start), Span { start: 0, end: 2 });
        assert_eq!(Span::of_part(der, end), Span { start: 2, end: 4 });
        assert_eq!(Span::of_part(der, before), Span::default());
    }

    #[test]
    fn reads_short_and_long_lengths() {
        for length in [0usize, 1, 0x7f, 0x80, 0xff, 0x100, 0xfffe] {
            let mut der = vec![0x04];
            match length {
                0..=0x7f => der.push(u8::try_from(length).unwrap()),
                0x80..=0xff => der.extend([0x81, u8::try_from(length).unwrap()]),
                _ => {
                    der.push(0x82);
                    der.extend(u16::try_from(length).unwrap().to_be_bytes());
                }
            }
            der.extend(vec![7; length]);
            let mut reader = Reader::new(&der, "test");
            let element = reader.next().unwrap();
            assert_eq!(element.contents.len(), length);
            assert_eq!(element.whole, der);
            let span = reader.span(element.contents);
            assert_eq!(span.of(&der), element.contents);
            assert_eq!(reader.finish(), Ok(()));
        }
    }

    #[test]
    fn large_elements_are_read_where_they_may_be() {
        for length in [0usize, 0x7f, 0x100, 0xfffe, 0xffff, 0x1_0000, 0x100_0000] {
            let octets = u32::try_from(length).unwrap().to_be_bytes();
            let mut der = vec![tag::SEQUENCE];
            match length {
                0..=0x7f => der.push(octets[3]),
                0x80..=0xffff => der.extend([&[0x82], &octets[2..]].concat()),
                0x1_0000..=0xff_ffff => der.extend([&[0x83], &octets[1..]].concat()),
                _ => der.extend([&[0x84], &octets[..]].concat()),
            }
            der.extend(vec![7; length]);
            let mut reader = Reader::new(&der, "test");
            let element = reader.expect_large(tag::SEQUENCE).unwrap();
            assert_eq!((element.contents.len(), element.whole), (length, &der[..]));
            assert_eq!(reader.finish(), Ok(()));
            let expected = Problem::UnexpectedTag {
                expected: tag::SET,
                found: tag::SEQUENCE,
            };
            let wrong = Reader::new(&der, "test").expect_large(tag::SET);
            assert_eq!(wrong.unwrap_err().problem, expected);
            if length > 0 {
                let cut = der.len() - 1;
                let cut = Reader::new(&der[..cut], "test").expect_large(tag::SEQUENCE);
                assert_eq!(cut.unwrap_err().problem, Problem::Truncated, "{length}");
            }
        }
        for (der, expected) in [
            (&[0x30, 0x83, 0, 1, 0][..], Problem::NonMinimalLength),
            (&[0x30, 0x84, 0, 1, 0, 0], Problem::NonMinimalLength),
            (&[0x30, 0x85, 1, 0, 0, 0, 0], Problem::TooLong),
            (&[0x30, 0x84, 1, 0], Problem::TooLong),
            (&[0x30, 0x80, 0, 0], Problem::IndefiniteLength),
        ] {
            let problem = Reader::new(der, "test")
                .expect_large(0x30)
                .unwrap_err()
                .problem;
            assert_eq!(problem, expected, "{der:02x?}");
        }
    }

    #[test]
    fn the_header_of_an_element_is_found_again() {
        for length in [0usize, 1, 0x7f, 0x80, 0xff, 0x100, 0xfffe] {
            let der = crate::support::der::tlv(tag::SEQUENCE, &vec![7; length]);
            let outer = [vec![1, 2, 3], der.clone()].concat();
            let mut reader = Reader::new(&outer, "test");
            reader.rest = &outer[3..];
            let element = reader.expect(tag::SEQUENCE).unwrap();
            assert_eq!(reader.span(element.contents).whole_of(&outer), der);
        }
    }

    #[test]
    fn refuses_what_is_not_der() {
        assert_eq!(problem(&[]), Problem::Truncated);
        assert_eq!(problem(&[0x30]), Problem::Truncated);
        assert_eq!(problem(&[0x30, 0x01]), Problem::Truncated);
        assert_eq!(problem(&[0x30, 0x80, 0, 0]), Problem::IndefiniteLength);
        assert_eq!(problem(&[0x30, 0x81, 0x7f]), Problem::NonMinimalLength);
        assert_eq!(problem(&[0x30, 0x82, 0, 0xff]), Problem::NonMinimalLength);
        assert_eq!(problem(&[0x30, 0x82, 0xff, 0xff]), Problem::TooLong);
        assert_eq!(problem(&[0x30, 0x83, 1, 0, 0]), Problem::TooLong);
        assert_eq!(problem(&[0x30, 0x83, 0, 1, 0]), Problem::NonMinimalLength);
        assert_eq!(problem(&[0x1f, 0x01, 0]), Problem::HighTagNumber);
    }

    #[test]
    fn a_nested_reader_stays_inside_its_element() {
        // SEQUENCE { OCTET STRING that claims one octet more than the SEQUENCE has }, followed by that octet.
        let der = [0x30, 0x03, 0x04, 0x02, 0xaa, 0xbb];
        let mut reader = Reader::new(&der, "outer");
        let sequence = reader.expect(tag::SEQUENCE).unwrap();
        let mut inside = reader.inside(sequence.contents, "inner");
        assert_eq!(inside.next().unwrap_err().problem, Problem::Truncated);
    }
}
