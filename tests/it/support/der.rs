//! Writing DER, and BER that is deliberately not DER.
//!
//! Each function returns one whole element (tag, length and contents) unless its name says
//! otherwise, so elements nest by passing them on.

/// The tags that tests name directly.
pub mod tag {
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OID: u8 = 0x06;
    pub const ENUMERATED: u8 = 0x0a;
    pub const UTF8_STRING: u8 = 0x0c;
    pub const NUMERIC_STRING: u8 = 0x12;
    pub const PRINTABLE_STRING: u8 = 0x13;
    pub const TELETEX_STRING: u8 = 0x14;
    pub const IA5_STRING: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const UNIVERSAL_STRING: u8 = 0x1c;
    pub const BMP_STRING: u8 = 0x1e;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
}

/// One element with the shortest length encoding, as DER requires.
pub fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    tlv_with_length(tag, &length(contents.len()), contents)
}

/// One element whose length octets are the caller's, right or wrong.
pub fn tlv_with_length(tag: u8, length: &[u8], contents: &[u8]) -> Vec<u8> {
    [&[tag], length, contents].concat()
}

/// One element whose length takes `octets` octets after the first, needed or not (BER).
pub fn tlv_padded_length(tag: u8, octets: usize, contents: &[u8]) -> Vec<u8> {
    let big_endian = (contents.len() as u64).to_be_bytes();
    let mut length = vec![0x80 | octets as u8];
    length.extend_from_slice(&big_endian[big_endian.len() - octets..]);
    tlv_with_length(tag, &length, contents)
}

/// One element of indefinite length, closed by end-of-contents octets (BER).
pub fn tlv_indefinite(tag: u8, contents: &[u8]) -> Vec<u8> {
    tlv_with_length(tag, &[0x80], &[contents, &[0, 0]].concat())
}

/// The shortest length octets for `value`.
pub fn length(value: usize) -> Vec<u8> {
    if value < 0x80 {
        return vec![value as u8];
    }
    let digits = without_leading_zeros(&value.to_be_bytes()).to_vec();
    [&[0x80 | digits.len() as u8], digits.as_slice()].concat()
}

pub fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &elements.concat())
}

/// A SEQUENCE OF whose elements are made by `encode`.
pub fn sequence_of<T>(items: &[T], encode: impl Fn(&T) -> Vec<u8>) -> Vec<u8> {
    sequence(&items.iter().map(encode).collect::<Vec<_>>())
}

/// A SET in the order given, which DER may not allow.
pub fn set(elements: &[Vec<u8>]) -> Vec<u8> {
    tlv(tag::SET, &elements.concat())
}

/// A SET OF in the order that DER requires.
pub fn set_of(elements: &[Vec<u8>]) -> Vec<u8> {
    let mut sorted = elements.to_vec();
    sorted.sort();
    set(&sorted)
}

/// A non-negative INTEGER from its big-endian magnitude, in the shortest form.
pub fn integer(magnitude: &[u8]) -> Vec<u8> {
    let digits = without_leading_zeros(magnitude);
    let sign_octet_needed = digits.first().is_none_or(|first| first & 0x80 != 0);
    let mut contents = vec![0; usize::from(sign_octet_needed)];
    contents.extend_from_slice(digits);
    integer_raw(&contents)
}

pub fn integer_u64(value: u64) -> Vec<u8> {
    integer(&value.to_be_bytes())
}

/// An INTEGER with exactly these contents: negative, padded or empty as the caller likes.
pub fn integer_raw(contents: &[u8]) -> Vec<u8> {
    tlv(tag::INTEGER, contents)
}

pub fn enumerated(value: u8) -> Vec<u8> {
    tlv(tag::ENUMERATED, &[value])
}

/// An OBJECT IDENTIFIER from its dotted form. Arcs may be as large as a UUID.
pub fn oid(dotted: &str) -> Vec<u8> {
    tlv(tag::OID, &oid_contents(dotted))
}

/// The contents octets of an OBJECT IDENTIFIER.
pub fn oid_contents(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u128> = dotted
        .split('.')
        .map(|arc| arc.parse().expect("an OID arc is a number"))
        .collect();
    let [first, second, rest @ ..] = arcs.as_slice() else {
        panic!("an OID has two arcs or more: {dotted}");
    };
    let mut contents = base_128(first * 40 + second);
    for arc in rest {
        contents.extend(base_128(*arc));
    }
    contents
}

fn base_128(mut value: u128) -> Vec<u8> {
    let mut reversed = vec![(value & 0x7f) as u8];
    value >>= 7;
    while value > 0 {
        reversed.push(0x80 | (value & 0x7f) as u8);
        value >>= 7;
    }
    reversed.reverse();
    reversed
}

pub fn boolean(value: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[if value { 0xff } else { 0 }])
}

pub fn null() -> Vec<u8> {
    tlv(tag::NULL, &[])
}

pub fn octet_string(bytes: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, bytes)
}

/// A BIT STRING of whole octets.
pub fn bit_string(bytes: &[u8]) -> Vec<u8> {
    bit_string_unused(0, bytes)
}

/// A BIT STRING that declares `unused` bits at its end, whatever those bits hold.
pub fn bit_string_unused(unused: u8, bytes: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &bit_string_contents(unused, bytes))
}

fn bit_string_contents(unused: u8, bytes: &[u8]) -> Vec<u8> {
    [&[unused], bytes].concat()
}

/// A BIT STRING of named bits: bit 0 is the first, and trailing zero bits are left out.
pub fn named_bits(set_bits: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &named_bits_contents(set_bits))
}

/// The contents octets of a BIT STRING of named bits, for an implicit tag.
pub fn named_bits_contents(set_bits: &[u8]) -> Vec<u8> {
    let Some(highest) = set_bits.iter().max() else {
        return bit_string_contents(0, &[]);
    };
    let mut bytes = vec![0_u8; usize::from(highest / 8) + 1];
    for bit in set_bits {
        bytes[usize::from(bit / 8)] |= 0x80 >> (bit % 8);
    }
    bit_string_contents(7 - highest % 8, &bytes)
}

pub fn utf8(text: &str) -> Vec<u8> {
    tlv(tag::UTF8_STRING, text.as_bytes())
}

/// A PrintableString, even of characters that the type does not allow.
pub fn printable(text: &str) -> Vec<u8> {
    tlv(tag::PRINTABLE_STRING, text.as_bytes())
}

/// An IA5String, even of characters that the type does not allow.
pub fn ia5(text: &str) -> Vec<u8> {
    tlv(tag::IA5_STRING, text.as_bytes())
}

/// A TeletexString, read as Latin-1 as most software does.
pub fn teletex(text: &str) -> Vec<u8> {
    let latin_1: Vec<u8> = text
        .chars()
        .map(|character| u8::try_from(u32::from(character)).expect("a Latin-1 character"))
        .collect();
    tlv(tag::TELETEX_STRING, &latin_1)
}

/// A BMPString. Characters outside the basic plane become surrogate pairs.
pub fn bmp(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    tlv(tag::BMP_STRING, &units)
}

pub fn universal(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text
        .chars()
        .flat_map(|character| u32::from(character).to_be_bytes())
        .collect();
    tlv(tag::UNIVERSAL_STRING, &units)
}

/// `[n] EXPLICIT` around a whole element.
pub fn explicit(n: u8, element: &[u8]) -> Vec<u8> {
    tlv(0xa0 | n, element)
}

/// `[n] IMPLICIT` of a primitive type, from its contents.
pub fn implicit_primitive(n: u8, contents: &[u8]) -> Vec<u8> {
    tlv(0x80 | n, contents)
}

/// `[n] IMPLICIT` of a constructed type, from its contents.
pub fn implicit_constructed(n: u8, contents: &[u8]) -> Vec<u8> {
    tlv(0xa0 | n, contents)
}

/// A Time as RFC 5280 wants it: UTCTime for the years it covers, else GeneralizedTime.
pub fn time(unix_seconds: i64) -> Vec<u8> {
    let (year, rest) = year_and_rest(unix_seconds);
    if (1950..2050).contains(&year) {
        utc_time_raw(&format!("{:02}{rest}", year % 100))
    } else {
        generalized_time_raw(&format!("{year:04}{rest}"))
    }
}

/// A GeneralizedTime even for years where RFC 5280 requires UTCTime.
pub fn generalized_time(unix_seconds: i64) -> Vec<u8> {
    let (year, rest) = year_and_rest(unix_seconds);
    generalized_time_raw(&format!("{year:04}{rest}"))
}

pub fn utc_time_raw(text: &str) -> Vec<u8> {
    tlv(tag::UTC_TIME, text.as_bytes())
}

pub fn generalized_time_raw(text: &str) -> Vec<u8> {
    tlv(tag::GENERALIZED_TIME, text.as_bytes())
}

/// Splits sound DER with short tags: the first element's tag and contents, and what follows it.
pub fn split(bytes: &[u8]) -> (u8, &[u8], &[u8]) {
    let [tag, first, rest @ ..] = bytes else {
        panic!("an element has a tag and a length");
    };
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (digits, rest) = rest.split_at(usize::from(*first & 0x7f));
        let length = digits
            .iter()
            .fold(0, |length, digit| length << 8 | usize::from(*digit));
        (length, rest)
    };
    let (contents, rest) = rest.split_at(length);
    (*tag, contents, rest)
}

/// Seconds since 1970 of a UTC date and time in the Gregorian calendar.
pub const fn unix(year: i64, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> i64 {
    let days = days_before_year(year) + days_before_month(year, month) + day as i64 - 1;
    days * SECONDS_PER_DAY + hour as i64 * 3600 + minute as i64 * 60 + second as i64
}

const SECONDS_PER_DAY: i64 = 86_400;

/// The year, and the `MMDDhhmmssZ` that follows it.
fn year_and_rest(unix_seconds: i64) -> (i64, String) {
    let days = unix_seconds.div_euclid(SECONDS_PER_DAY);
    let second_of_day = unix_seconds.rem_euclid(SECONDS_PER_DAY);

    // 400 years are 146,097 days; the estimate is off by one year at most.
    let mut year = 1970 + (days * 400).div_euclid(146_097);
    while days < days_before_year(year) {
        year -= 1;
    }
    while days >= days_before_year(year + 1) {
        year += 1;
    }

    let day_of_year = days - days_before_year(year);
    let month = (1..=12)
        .rev()
        .find(|month| days_before_month(year, *month) <= day_of_year)
        .expect("January starts on day 0");
    let day = day_of_year - days_before_month(year, month) + 1;
    let (hour, minute) = (second_of_day / 3600, second_of_day / 60 % 60);
    let second = second_of_day % 60;
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    (year, rest)
}

/// Days from 1970-01-01 to the first of January of `year`.
const fn days_before_year(year: i64) -> i64 {
    const TO_1970: i64 = 719_162;
    let past = year - 1;
    past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400) - TO_1970
}

/// Days from the first of January to the first of `month` (1 to 12).
const fn days_before_month(year: i64, month: u32) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let leap_day = is_leap && month > 2;
    BEFORE[month as usize - 1] + leap_day as i64
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}
