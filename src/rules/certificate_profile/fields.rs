//! Checks of the fields beside extensions (RFC 5280 section 4.1).

use super::extensions::{finding, malformed};
use super::subject::Subject;
use super::{Octets, ProfileFinding};
use crate::certificate::{Decoded, KeyRef, Reader, decode_time, tag};
use crate::report::Fact;
use crate::time::Time;

/// 2050-01-01T00:00:00Z.
const START_OF_2050: Time = Time::from_unix_seconds(2_524_608_000);

pub(super) fn version_3(subject: &Subject<'_>) -> Option<Fact> {
    let version = subject.certificate.version();
    (version != 2).then_some(finding(ProfileFinding::Version(version)))
}

/// Two's complement: the first bit is the sign.
pub(super) fn serial_positive(subject: &Subject<'_>) -> Option<Fact> {
    match subject.certificate.serial() {
        [0] => serial(subject),
        [0..=0x7f, ..] => None,
        _ => serial(subject),
    }
}

/// The octets of the number; the one that keeps a number of 20 octets positive is not counted.
pub(super) fn serial_length(subject: &Subject<'_>) -> Option<Fact> {
    let number = match subject.certificate.serial() {
        [0, number @ ..] => number,
        number => number,
    };
    if number.len() > 20 {
        serial(subject)
    } else {
        None
    }
}

/// The octets as they are encoded, the first bit being the sign: 20 of them hold what is below 2^159.
pub(super) fn serial_below_2_to_159(subject: &Subject<'_>) -> Option<Fact> {
    if subject.certificate.serial().len() > 20 {
        serial(subject)
    } else {
        None
    }
}

fn serial(subject: &Subject<'_>) -> Option<Fact> {
    let octets = Octets::new(subject.certificate.serial());
    Some(finding(ProfileFinding::Serial(octets)))
}

pub(super) fn issuer_not_empty(subject: &Subject<'_>) -> Option<Fact> {
    empty(subject.certificate.issuer().is_empty())
}

pub(super) fn subject_not_empty(subject: &Subject<'_>) -> Option<Fact> {
    empty(subject.certificate.subject().is_empty())
}

fn empty(is_empty: bool) -> Option<Fact> {
    is_empty.then_some(finding(ProfileFinding::Empty))
}

pub(super) fn time_encoding(subject: &Subject<'_>) -> Option<Fact> {
    match badly_encoded(subject.certificate.validity_onwards()) {
        Ok(found) => found.map(finding),
        Err(error) => Some(malformed(error)),
    }
}

/// The first of the two times of a validity period that is written in the other type.
fn badly_encoded(validity_onwards: &[u8]) -> Decoded<Option<ProfileFinding>> {
    let mut reader = Reader::new(validity_onwards, "tbsCertificate.validity");
    let validity = reader.expect(tag::SEQUENCE)?;
    let mut times = reader.inside(validity.contents, "tbsCertificate.validity");
    while !times.at_end() {
        let utc_time = times.rest().first() == Some(&tag::UTC_TIME);
        let time = decode_time(&mut times)?;
        if utc_time != (time < START_OF_2050) {
            return Ok(Some(ProfileFinding::TimeEncoding { utc_time, time }));
        }
    }
    Ok(None)
}

/// The AlgorithmIdentifier of rsaEncryption, octet by octet: keys for RSASSA-PSS alone are not permitted (BR section 7.1.3.1.1).
const RSA_ENCRYPTION: [u8; 15] = [
    0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0,
];

pub(super) fn key_of_permitted_kind(subject: &Subject<'_>) -> Option<Fact> {
    let key = subject.certificate.key();
    let permitted = match key {
        KeyRef::Rsa { bits, exponent } => {
            subject.certificate.spki_contents().starts_with(&RSA_ENCRYPTION)
                && bits >= 2048
                && bits & 7 == 0
                // One beyond 64 bits is not a number that anyone chose with care.
                && exponent.is_some_and(|exponent| exponent > 1 && exponent & 1 == 1)
        }
        KeyRef::P256 | KeyRef::P384 | KeyRef::P521 => true,
        _ => false,
    };
    (!permitted).then(|| Fact::Key(key.to_owned()))
}
