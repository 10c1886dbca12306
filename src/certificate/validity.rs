//! The validity period, and the two ways to write its times (RFC 5280 section 4.1.2.5).

use der::DateTime;

use super::decode_error::{Decoded, Problem};
use super::tlv::{Reader, tag};
use crate::time::Time;

/// The validity period of a certificate: both ends are included (RFC 5280 section 4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second of the period.
    pub not_before: Time,
    /// The last second of the period.
    pub not_after: Time,
}

impl Validity {
    /// Length of the period in seconds: notAfter − notBefore + 1 (CA/Browser Forum BR section 6.3.2).
    #[must_use]
    pub fn seconds(&self) -> u64 {
        self.not_after
            .seconds_since(self.not_before)
            .saturating_add(1)
    }

    /// Whether `time` lies in the period.
    #[must_use]
    pub fn contains(&self, time: Time) -> bool {
        self.not_before <= time && time <= self.not_after
    }
}

/// Reads the SEQUENCE of two times.
pub(super) fn decode(body: &mut Reader<'_>) -> Decoded<Validity> {
    let validity = body.expect(tag::SEQUENCE)?;
    let mut times = body.inside(validity.contents, "tbsCertificate.validity");
    let not_before = decode_time(&mut times)?;
    let not_after = decode_time(&mut times)?;
    times.finish()?;
    if not_before > not_after {
        return Err(times.error(Problem::Value("notBefore is later than notAfter")));
    }
    Ok(Validity {
        not_before,
        not_after,
    })
}

/// Reads a Time: UTCTime or GeneralizedTime.
pub(crate) fn decode_time(times: &mut Reader<'_>) -> Decoded<Time> {
    let element = times.next()?;
    let decoded = match element.tag {
        tag::UTC_TIME => utc_time(element.contents),
        tag::GENERALIZED_TIME => generalized_time(element.contents),
        found => {
            return Err(times.error(Problem::UnexpectedTag {
                expected: tag::UTC_TIME,
                found,
            }));
        }
    };
    decoded.ok_or_else(|| {
        times.error(Problem::Value(
            "not a time of the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ from 1970 on",
        ))
    })
}

/// Reads a GeneralizedTime, the one form of times in OCSP (RFC 6960 section 4.2.2.1).
pub(crate) fn decode_generalized_time(reader: &mut Reader<'_>) -> Decoded<Time> {
    let element = reader.expect(tag::GENERALIZED_TIME)?;
    generalized_time(element.contents).ok_or_else(|| {
        reader.error(Problem::Value(
            "not a time of the form YYYYMMDDHHMMSSZ from 1970 on",
        ))
    })
}

/// `YYMMDDHHMMSSZ`: the years 1950 to 2049 (section 4.1.2.5.1).
fn utc_time(octets: &[u8]) -> Option<Time> {
    let (year, rest) = octets.split_first_chunk()?;
    let year = two_digits(*year)?;
    let century = if year < 50 { 2000 } else { 1900 };
    time_in_year(u16::from(year).saturating_add(century), rest)
}

/// `YYYYMMDDHHMMSSZ` (section 4.1.2.5.2).
fn generalized_time(octets: &[u8]) -> Option<Time> {
    let (century, rest) = octets.split_first_chunk()?;
    let (year, rest) = rest.split_first_chunk()?;
    let century = u16::from(two_digits(*century)?).saturating_mul(100);
    time_in_year(century.saturating_add(u16::from(two_digits(*year)?)), rest)
}

/// The digits are read here, for the types of the `der` crate cost a microsecond for two certificates; what makes a day and
/// a time of day is that crate's matter.
fn time_in_year(year: u16, octets: &[u8]) -> Option<Time> {
    let [m, n, d, e, h, i, o, p, s, t, b'Z'] = *<&[u8; 11]>::try_from(octets).ok()? else {
        return None;
    };
    let [month, day] = [two_digits([m, n])?, two_digits([d, e])?];
    let [hour, minute, second] = [[h, i], [o, p], [s, t]].map(two_digits);
    let time = DateTime::new(year, month, day, hour?, minute?, second?);
    time.ok().map(Time::from_date_time)
}

fn two_digits([tens, ones]: [u8; 2]) -> Option<u8> {
    let digit = |octet: u8| octet.checked_sub(b'0').filter(|digit| *digit <= 9);
    digit(tens)?.checked_mul(10)?.checked_add(digit(ones)?)
}

#[cfg(test)]
mod tests {
    use der::DecodeValue;
    use der::asn1::{GeneralizedTime, UtcTime};
    use proptest::prelude::*;

    use super::*;

    /// What the `der` crate makes of the contents of an element.
    fn by_der<'a, T: DecodeValue<'a>>(
        contents: &'a [u8],
        tag: der::Tag,
        seconds: impl Fn(&T) -> u64,
    ) -> Option<Time> {
        let mut reader = der::SliceReader::new(contents).ok()?;
        let length = der::Length::try_from(contents.len()).ok()?;
        let value = T::decode_value(&mut reader, der::Header::new(tag, length)).ok()?;
        der::Reader::finish(reader).ok()?;
        Some(Time::from_unix_seconds(seconds(&value)))
    }

    fn check(octets: &[u8]) -> Result<(), TestCaseError> {
        let utc = by_der(octets, der::Tag::UtcTime, |it: &UtcTime| {
            it.to_unix_duration().as_secs()
        });
        prop_assert_eq!(utc_time(octets), utc);
        let generalized = by_der(octets, der::Tag::GeneralizedTime, |it: &GeneralizedTime| {
            it.to_unix_duration().as_secs()
        });
        prop_assert_eq!(generalized_time(octets), generalized);
        Ok(())
    }

    /// BR section 6.3.2: both ends belong to the period.
    #[test]
    fn a_period_is_as_long_as_both_its_ends() {
        let period = |from, to| Validity {
            not_before: Time::from_unix_seconds(from),
            not_after: Time::from_unix_seconds(to),
        };
        assert_eq!(period(7, 7).seconds(), 1);
        assert_eq!(period(0, 86_399).seconds(), 86_400);
    }

    /// Section 4.1.2.5.1: two digits from 50 on are years of the last century, before there were times here.
    #[test]
    fn two_digits_of_a_year_are_of_this_century_below_50() {
        let last = utc_time(b"491231235959Z").unwrap();
        assert_eq!(Some(last), generalized_time(b"20491231235959Z"));
        assert_eq!(utc_time(b"500101000000Z"), None);
        assert_eq!(utc_time(b"691231235959Z"), None);
        assert_eq!(utc_time(b"700101000000Z"), Some(Time::from_unix_seconds(0)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 8192, ..ProptestConfig::default() })]

        #[test]
        fn times_are_read_as_der_reads_them(text in "[0-9]{2}([0-9]{2})?[01][0-9][0-3][0-9][0-2][0-9][0-6][0-9][0-6][0-9]Z") {
            check(text.as_bytes())?;
        }

        #[test]
        fn what_is_no_time_is_none_to_der(text in "[0-9/:Zz+ -]{0,18}", octets in any::<[u8; 13]>()) {
            check(text.as_bytes())?;
            check(&octets)?;
        }
    }

    #[test]
    fn both_forms_of_one_time() {
        let time = Some(Time::from_unix_seconds(1_780_272_000));
        assert_eq!(utc_time(b"260601000000Z"), time);
        assert_eq!(generalized_time(b"20260601000000Z"), time);
        assert_eq!(utc_time(b"20260601000000Z"), None);
        assert_eq!(generalized_time(b"260601000000Z"), None);
        assert_eq!(utc_time(b"260631000000Z"), None);
    }
}
