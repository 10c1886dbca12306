//! One entry of a CRL (RFC 5280 section 5.3).

use super::CrlProblem;
use crate::certificate::{
    Decoded, ID_CE, Problem, Reader, check_integer, decode_generalized_time, decode_time,
    read_extension, tag,
};
use crate::oid::OidBuf;
use crate::revocation::RevocationReason;
use crate::time::Time;

const FIELD: &str = "revokedCertificates";

/// Most extensions of one entry: three are defined.
const MAX_EXTENSIONS: usize = 16;

const REASON_CODE: u8 = 21;
const INVALIDITY_DATE: u8 = 24;
const CERTIFICATE_ISSUER: u8 = 29;

/// A serial number that a CRL lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevokedEntry {
    /// When the issuer revoked the certificate.
    pub date: Time,
    /// Why; `None` if the CRL does not say.
    pub reason: Option<RevocationReason>,
}

/// The serial number of the entry that starts at `offset`.
pub(super) fn serial_at(der: &[u8], offset: u32) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let mut list = Reader::new(der.get(start..)?, FIELD);
    let entry = list.expect(tag::SEQUENCE).ok()?;
    let serial = list
        .inside(entry.contents, FIELD)
        .expect(tag::INTEGER)
        .ok()?;
    Some(serial.contents)
}

/// The entry that starts at `offset`.
pub(super) fn entry_at(der: &[u8], offset: u32) -> Option<RevokedEntry> {
    let start = usize::try_from(offset).ok()?;
    let mut list = Reader::new(der.get(start..)?, FIELD);
    read(&mut list).ok().map(|(_, entry)| entry)
}

/// Reads one entry, with its serial number as encoded.
pub(super) fn read<'a>(list: &mut Reader<'a>) -> Result<(&'a [u8], RevokedEntry), CrlProblem> {
    let entry = list.expect(tag::SEQUENCE)?;
    let mut fields = list.inside(entry.contents, FIELD);
    let serial = fields.expect(tag::INTEGER)?;
    check_integer(&fields, serial)?;
    let date = decode_time(&mut fields)?;
    let mut reason = None;
    // A SEQUENCE without extensions is wrong, and CAs write it.
    if let Some(extensions) = fields.optional(tag::SEQUENCE)? {
        reason = read_extensions(fields.inside(extensions.contents, "crlEntryExtensions"))?;
    }
    fields.finish()?;
    Ok((serial.contents, RevokedEntry { date, reason }))
}

fn read_extensions(mut list: Reader<'_>) -> Result<Option<RevocationReason>, CrlProblem> {
    let (mut reason, mut seen, mut count) = (None, 0u8, 0usize);
    while !list.at_end() {
        count = count.saturating_add(1);
        if count > MAX_EXTENSIONS {
            return Err(list
                .error(Problem::TooMany {
                    most: MAX_EXTENSIONS,
                    what: "extensions",
                })
                .into());
        }
        let extension = read_extension(&mut list)?;
        let number = match extension.oid.contents().strip_prefix(&ID_CE) {
            Some([number]) => *number,
            _ => 0,
        };
        let bit = match number {
            REASON_CODE => 1,
            INVALIDITY_DATE => 2,
            CERTIFICATE_ISSUER => return Err(CrlProblem::Indirect),
            _ if extension.critical => {
                return Err(CrlProblem::CriticalEntryExtension(extension.oid.into()));
            }
            _ => continue,
        };
        if seen & bit != 0 {
            let twice = OidBuf::from(extension.oid).to_string();
            return Err(list.error(Problem::DuplicateExtension(twice)).into());
        }
        seen |= bit;
        let mut value = list.inside(extension.value, "crlEntryExtensions");
        if number == REASON_CODE {
            reason = Some(decode_reason(&mut value)?);
        } else {
            decode_generalized_time(&mut value)?;
        }
        value.finish()?;
    }
    Ok(reason)
}

/// CRLReason, an ENUMERATED.
pub(crate) fn decode_reason(value: &mut Reader<'_>) -> Decoded<RevocationReason> {
    let element = value.expect(tag::ENUMERATED)?;
    let reason = match element.contents {
        [number] => RevocationReason::of_number(*number),
        _ => None,
    };
    reason.ok_or_else(|| value.error(Problem::Value("a CRLReason that is not defined")))
}
