//! One step of DER: tag, length, contents.
//!
//! The only decoding done by hand, because the accept path walks every presented certificate. It knows
//! structure and nothing else; every *value* is decoded by the `der` crate. Accepts low tag numbers, definite
//! and minimal lengths, and at most [`MAX_LENGTH`] octets, which is what webpki accepts too.

use super::decode_error::{DecodeError, Problem};

/// Longest contents of one element, in octets: webpki refuses anything of 64 KiB or more.
const MAX_LENGTH: usize = 0xfffe;

/// Where something lies in the DER of its certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Positions are below 64 KiB plus a header wherever an element was read, so that they fit.
    fn new(start: usize, end: usize) -> Self {
        let fit = |at| u32::try_from(at).unwrap_or_default();
        Self {
            start: fit(start),
            end: fit(end),
        }
    }

    fn bounds(self) -> (usize, usize) {
        let index = |at| usize::try_from(at).unwrap_or_default();
        (index(self.start), index(self.end))
    }

    /// The octets of this span; empty if `der` is not what the span was made from.
    pub(crate) fn of<'a>(&self, der: &'a [u8]) -> &'a [u8] {
        let (start, end) = self.bounds();
        der.get(start..end).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start >= self.end
    }
}

/// One decoded element: its identifier octet, its contents, and the element as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element {
    pub(crate) tag: u8,
    pub(crate) contents: Span,
    pub(crate) whole: Span,
}

/// Identifier octets used by X.509.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// Context-specific, constructed, number `n` (EXPLICIT tags and IMPLICIT tags of constructed types).
    pub(crate) const fn constructed(n: u8) -> u8 {
        0xa0 | n
    }
}

/// Reads elements one after another from a part of a certificate.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    der: &'a [u8],
    at: usize,
    end: usize,
    /// What is being read, for errors.
    field: &'static str,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(der: &'a [u8], field: &'static str) -> Self {
        Self {
            der,
            at: 0,
            end: der.len(),
            field,
        }
    }

    /// Reads the inside of `span`, as `field`.
    pub(crate) fn inside(&self, span: Span, field: &'static str) -> Self {
        let (start, end) = span.bounds();
        Self {
            der: self.der,
            at: start,
            end: end.min(self.end),
            field,
        }
    }

    pub(crate) fn at_end(&self) -> bool {
        self.at >= self.end
    }

    pub(crate) fn octets(&self, span: Span) -> &'a [u8] {
        span.of(self.der)
    }

    /// The rest, unread.
    pub(crate) fn rest(&self) -> Span {
        Span::new(self.at, self.end)
    }

    pub(crate) fn error(&self, problem: Problem) -> DecodeError {
        DecodeError::new(self.field, self.at, problem)
    }

    fn octet(&mut self) -> Result<u8, DecodeError> {
        if self.at >= self.end {
            return Err(self.error(Problem::Truncated));
        }
        let octet = self.der.get(self.at).copied();
        self.at = self.at.saturating_add(1);
        octet.ok_or_else(|| self.error(Problem::Truncated))
    }

    /// Skips the first octet of a BIT STRING, which must say that no bit is unused.
    pub(crate) fn skip_zero_octet(&mut self) -> Result<(), DecodeError> {
        match self.octet()? {
            0 => Ok(()),
            _ => Err(self.error(Problem::Value(
                "unused bits in a BIT STRING of whole octets",
            ))),
        }
    }

    fn length(&mut self) -> Result<usize, DecodeError> {
        let first = self.octet()?;
        let length = match first {
            0..=0x7f => usize::from(first),
            0x80 => return Err(self.error(Problem::IndefiniteLength)),
            0x81 => match self.octet()? {
                0..=0x7f => return Err(self.error(Problem::NonMinimalLength)),
                length => usize::from(length),
            },
            0x82 => match u16::from_be_bytes([self.octet()?, self.octet()?]) {
                0..=0xff => return Err(self.error(Problem::NonMinimalLength)),
                length => usize::from(length),
            },
            // Longer forms could only be right for what is too long here.
            0x83..=0x88 => {
                return Err(match self.octet()? {
                    0 => self.error(Problem::NonMinimalLength),
                    _ => self.error(Problem::TooLong),
                });
            }
            _ => return Err(self.error(Problem::TooLong)),
        };
        if length > MAX_LENGTH {
            return Err(self.error(Problem::TooLong));
        }
        Ok(length)
    }

    /// The next element, whatever it is.
    pub(crate) fn next(&mut self) -> Result<Element, DecodeError> {
        let start = self.at;
        let tag = self.octet()?;
        if tag & 0x1f == 0x1f {
            return Err(self.error(Problem::HighTagNumber));
        }
        let length = self.length()?;
        let contents = self.at;
        let end = contents.saturating_add(length);
        if end > self.end {
            return Err(self.error(Problem::Truncated));
        }
        self.at = end;
        Ok(Element {
            tag,
            contents: Span::new(contents, end),
            whole: Span::new(start, end),
        })
    }

    /// The next element, which must have the identifier octet `expected`.
    pub(crate) fn expect(&mut self, expected: u8) -> Result<Element, DecodeError> {
        let before = self.at;
        let element = self.next()?;
        if element.tag == expected {
            Ok(element)
        } else {
            self.at = before;
            Err(self.error(Problem::UnexpectedTag {
                expected,
                found: element.tag,
            }))
        }
    }

    /// The next element if it has the identifier octet `wanted`.
    pub(crate) fn optional(&mut self, wanted: u8) -> Result<Option<Element>, DecodeError> {
        if self.at < self.end && self.der.get(self.at) == Some(&wanted) {
            self.next().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Nothing may follow.
    pub(crate) fn finish(&self) -> Result<(), DecodeError> {
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
            assert_eq!(element.contents.of(&der).len(), length);
            assert_eq!(element.whole.of(&der), der);
            assert_eq!(reader.finish(), Ok(()));
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
