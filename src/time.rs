//! Times, dates and calendar spans: no clock, only arithmetic.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use der::DateTime;
use pki_types::UnixTime;

const SECONDS_PER_DAY: u64 = 86_400;

/// A time as certificates state it: whole seconds, from 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z
/// (RFC 5280 section 4.1.2.5). Printed in RFC 3339 form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// A time by the seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_unix_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix_seconds(self) -> u64 {
        self.0
    }

    /// Seconds from `earlier` to this time; 0 if `earlier` is later.
    #[must_use]
    pub fn seconds_since(self, earlier: impl Into<Self>) -> u64 {
        self.0.saturating_sub(earlier.into().0)
    }

    fn date_time(self) -> Option<DateTime> {
        DateTime::from_unix_duration(Duration::from_secs(self.0)).ok()
    }

    pub(crate) fn from_date_time(time: DateTime) -> Self {
        Self(time.unix_duration().as_secs())
    }

    /// The same day and time of day `years` later; 29 February becomes 1 March where there is none.
    /// `None` beyond the year 9999.
    pub(crate) fn plus_years(self, years: u32) -> Option<Self> {
        let start = self.date_time()?;
        let year = u16::try_from(u32::from(start.year()).checked_add(years)?).ok()?;
        let (hour, minutes, seconds) = (start.hour(), start.minutes(), start.seconds());
        let same_day = DateTime::new(year, start.month(), start.day(), hour, minutes, seconds);
        same_day
            .or_else(|_| DateTime::new(year, 3, 1, hour, minutes, seconds))
            .ok()
            .filter(|moved| moved.year() == year)
            .map(Self::from_date_time)
    }

    pub(crate) fn plus_seconds(self, seconds: u64) -> Option<Self> {
        self.0.checked_add(seconds).map(Self)
    }
}

impl From<UnixTime> for Time {
    fn from(time: UnixTime) -> Self {
        Self(time.as_secs())
    }
}

impl From<Time> for UnixTime {
    fn from(time: Time) -> Self {
        Self::since_unix_epoch(Duration::from_secs(time.0))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date_time() {
            Some(time) => fmt::Display::fmt(&time, f),
            None => write!(f, "{} s after 1970-01-01T00:00:00Z", self.0),
        }
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The last second before the first of the changes that are still to come.
pub(crate) struct Horizon {
    now: Time,
    nearest: Option<Time>,
}

impl Horizon {
    pub(crate) const fn from(now: Time) -> Self {
        Self { now, nearest: None }
    }

    /// Something changes after `last`.
    pub(crate) fn ends_after(&mut self, last: Time) {
        let is_nearer = self.nearest.is_none_or(|nearest| last < nearest);
        if last >= self.now && is_nearer {
            self.nearest = Some(last);
        }
    }

    /// Something changes at `first`.
    pub(crate) fn changes_at(&mut self, first: Time) {
        if let Some(last) = first.0.checked_sub(1) {
            self.ends_after(Time(last));
        }
    }

    pub(crate) const fn nearest(&self) -> Option<Time> {
        self.nearest
    }
}

/// A calendar day in UTC, `2027-03-31`, as policies state when something ends: at 23:59:59 of that day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Seconds from 1970 to the start of the day.
    start: u64,
}

impl Date {
    /// A day by year (1970 to 9999), month (1 to 12) and day of the month; `None` if there is no such day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let start = DateTime::new(year, month, day, 0, 0, 0).ok()?;
        Some(Self {
            start: start.unix_duration().as_secs(),
        })
    }

    /// The last second of the day.
    #[must_use]
    pub const fn end(self) -> Time {
        Time(self.start.saturating_add(SECONDS_PER_DAY.saturating_sub(1)))
    }
}

impl FromStr for Date {
    type Err = NotADate;

    /// Reads `2027-03-31`.
    fn from_str(text: &str) -> Result<Self, NotADate> {
        let mut fields = text.split('-');
        let (Some(year), Some(month), Some(day), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(NotADate);
        };
        let date = Self::new(
            digits(year, 4)?,
            u8::try_from(digits(month, 2)?).map_err(|_| NotADate)?,
            u8::try_from(digits(day, 2)?).map_err(|_| NotADate)?,
        );
        date.ok_or(NotADate)
    }
}

fn digits(text: &str, count: usize) -> Result<u16, NotADate> {
    let plain = text.len() == count && text.bytes().all(|octet| octet.is_ascii_digit());
    if plain {
        text.parse().map_err(|_| NotADate)
    } else {
        Err(NotADate)
    }
}

#[cfg(feature = "serde")]
crate::policy_file::as_text!(Date, |text| text.parse().ok(), NotADate);

/// A text is not a calendar day of the form `2027-03-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a calendar day of the form 2027-03-31")]
pub struct NotADate;

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = Time(self.start).to_string();
        f.write_str(time.split('T').next().unwrap_or_default())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A length of time as policies state it: `3 years` (calendar years), `398 days`, `300 s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Span {
    /// Calendar years: to the same day and time of day, 29 February becoming 1 March.
    Years(u32),
    /// Days of 86,400 seconds.
    Days(u32),
    /// Seconds.
    Seconds(u64),
}

impl Span {
    /// The moment this much after `start`; `None` if years lead beyond 9999, or seconds beyond 64 bits.
    #[must_use]
    pub fn after(self, start: Time) -> Option<Time> {
        match self {
            Self::Years(years) => start.plus_years(years),
            Self::Days(days) => start.plus_seconds(SECONDS_PER_DAY.saturating_mul(u64::from(days))),
            Self::Seconds(seconds) => start.plus_seconds(seconds),
        }
    }

    /// Whether this is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        matches!(self, Self::Years(0) | Self::Days(0) | Self::Seconds(0))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Years(1) => f.write_str("1 year"),
            Self::Years(years) => write!(f, "{years} years"),
            Self::Days(1) => f.write_str("1 day"),
            Self::Days(days) => write!(f, "{days} days"),
            Self::Seconds(seconds) => write!(f, "{seconds} s"),
        }
    }
}

impl FromStr for Span {
    type Err = NotASpan;

    /// Reads what `Display` writes: a whole number, a space, and `years`, `days` or `s`.
    fn from_str(text: &str) -> Result<Self, NotASpan> {
        let (number, unit) = text.split_once(' ').ok_or(NotASpan)?;
        if number.is_empty() || !number.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(NotASpan);
        }
        match unit {
            "year" | "years" => number.parse().map(Self::Years).map_err(|_| NotASpan),
            "day" | "days" => number.parse().map(Self::Days).map_err(|_| NotASpan),
            "s" => number.parse().map(Self::Seconds).map_err(|_| NotASpan),
            _ => Err(NotASpan),
        }
    }
}

#[cfg(feature = "serde")]
crate::policy_file::as_text!(Span, |text| text.parse().ok(), NotASpan);

/// A text is not a length of time such as `3 years`, `398 days` or `300 s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a length of time: write a whole number, a space, and `years`, `days` or `s`, such as \"398 days\" or \"300 s\""
)]
pub struct NotASpan;

/// Seconds in words a person can take in: whole days where there are at least two, else hours, minutes or seconds.
pub(crate) fn in_words(seconds: u64) -> String {
    let (unit, name) = match seconds {
        172_800.. => (SECONDS_PER_DAY, "days"),
        7_200.. => (3_600, "hours"),
        120.. => (60, "minutes"),
        _ => (1, "s"),
    };
    let amount = seconds.checked_div(unit).unwrap_or_default();
    format!("{amount} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        Time::from_date_time(text.parse().unwrap())
    }

    #[test]
    fn years_are_calendar_years() {
        let cases = [
            ("2024-01-01T00:00:00Z", 3, "2027-01-01T00:00:00Z"),
            ("2024-02-29T12:00:00Z", 3, "2027-03-01T12:00:00Z"),
            ("2024-02-29T12:00:00Z", 4, "2028-02-29T12:00:00Z"),
            ("2023-02-28T23:59:59Z", 1, "2024-02-28T23:59:59Z"),
        ];
        for (start, years, end) in cases {
            assert_eq!(time(start).plus_years(years), Some(time(end)), "{start}");
        }
        assert_eq!(time("2024-01-01T00:00:00Z").plus_years(9000), None);
        assert_eq!(time("2024-01-01T00:00:00Z").plus_years(u32::MAX), None);
    }

    #[test]
    fn the_last_second_of_the_calendar_prints() {
        assert_eq!(
            time("9999-12-31T23:59:59Z").to_string(),
            "9999-12-31T23:59:59Z"
        );
        assert_eq!(
            Time::from_unix_seconds(u64::MAX).to_string(),
            "18446744073709551615 s after 1970-01-01T00:00:00Z"
        );
    }

    #[test]
    fn dates_end_with_their_day() {
        let date: Date = "2027-03-31".parse().unwrap();
        assert_eq!(date.end(), time("2027-03-31T23:59:59Z"));
        assert_eq!(date.to_string(), "2027-03-31");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2027",
            "2027-3-31",
            "2027-02-29",
            "2027-03-31T00:00:00Z",
            "27-03-31",
            "+027-03-31",
            "2027-03-31-1",
        ] {
            assert_eq!(text.parse::<Date>(), Err(NotADate), "{text}");
        }
    }

    #[test]
    fn spans_round_trip() {
        for text in ["3 years", "1 year", "398 days", "1 day", "300 s"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "3",
            "3years",
            "three years",
            "-1 days",
            "+1 days",
            "3 months",
            "99999999999 years",
            " 3 years",
        ] {
            assert_eq!(text.parse::<Span>(), Err(NotASpan), "{text}");
        }
    }
}
