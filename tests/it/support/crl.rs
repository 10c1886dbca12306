//! Building certificate revocation lists (RFC 5280, section 5).

use super::authority::{self, Issuer};
use super::der;
use super::extensions::{Extensions, IssuingDistributionPoint};
use super::name::Name;
use super::oids;

/// The date of revocations that give none of their own.
pub const REVOKED_AT: i64 = der::unix(2026, 5, 20, 0, 0, 0);

/// The parts of a CRL that is not signed yet. Setters take it by value.
#[derive(Clone, Debug)]
pub struct CrlBuilder {
    version: Vec<u8>,
    issuer: Option<Name>,
    this_update: Vec<u8>,
    next_update: Vec<u8>,
    entries: Vec<Vec<u8>>,
    revoked_field: Option<Vec<u8>>,
    extensions: Extensions,
    extensions_field: Option<Vec<u8>>,
    adds_aki: bool,
    inner_algorithm: Option<Vec<u8>>,
    outer_algorithm: Option<Vec<u8>>,
    signature_field: Option<Vec<u8>>,
    tampers_signature: bool,
    trailing_tbs: Vec<u8>,
    trailing: Vec<u8>,
}

impl Default for CrlBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl CrlBuilder {
    /// Version 2, number 1, no entries, current from 25 May to 25 July 2026.
    pub fn new() -> Self {
        let builder = Self {
            version: der::integer_u64(1),
            issuer: None,
            this_update: der::time(der::unix(2026, 5, 25, 0, 0, 0)),
            next_update: der::time(der::unix(2026, 7, 25, 0, 0, 0)),
            entries: Vec::new(),
            revoked_field: None,
            extensions: Extensions::default(),
            extensions_field: None,
            adds_aki: true,
            inner_algorithm: None,
            outer_algorithm: None,
            signature_field: None,
            tampers_signature: false,
            trailing_tbs: Vec::new(),
            trailing: Vec::new(),
        };
        builder.number(1)
    }
}

/// The fields of the to-be-signed part, in its order.
impl CrlBuilder {
    /// Any bytes where the version belongs: none for version 1. Extensions stay.
    pub fn version_raw(mut self, bytes: Vec<u8>) -> Self {
        self.version = bytes;
        self
    }

    /// The signature algorithm inside the to-be-signed part (a whole AlgorithmIdentifier). Like
    /// the next two setters it changes what is written, not how the issuer's key signs.
    pub fn inner_signature_algorithm(mut self, algorithm: Vec<u8>) -> Self {
        self.inner_algorithm = Some(algorithm);
        self
    }

    /// The signature algorithm outside the to-be-signed part.
    pub fn outer_signature_algorithm(mut self, algorithm: Vec<u8>) -> Self {
        self.outer_algorithm = Some(algorithm);
        self
    }

    /// Both signature algorithms.
    pub fn signature_algorithm(self, algorithm: Vec<u8>) -> Self {
        self.inner_signature_algorithm(algorithm.clone())
            .outer_signature_algorithm(algorithm)
    }

    /// An issuer name that is not the signer's.
    pub fn issuer(mut self, issuer: Name) -> Self {
        self.issuer = Some(issuer);
        self
    }

    /// Seconds since 1970.
    pub fn this_update(mut self, unix: i64) -> Self {
        self.this_update = der::time(unix);
        self
    }

    /// Seconds since 1970.
    pub fn next_update(mut self, unix: i64) -> Self {
        self.next_update = der::time(unix);
        self
    }

    pub fn no_next_update(mut self) -> Self {
        self.next_update = Vec::new();
        self
    }

    /// Any bytes where both updates belong.
    pub fn updates_raw(mut self, bytes: Vec<u8>) -> Self {
        self.this_update = bytes;
        self.no_next_update()
    }

    /// Revokes the certificate with these contents octets of a serial number at [`REVOKED_AT`],
    /// for no reason given.
    pub fn revoke(self, serial: &[u8]) -> Self {
        self.entry(CrlEntry::new(serial))
    }

    /// Revokes a certificate at a date (seconds since 1970), with a reason by its number.
    pub fn revoke_with(self, serial: &[u8], unix: i64, reason: Option<u8>) -> Self {
        let entry = CrlEntry::new(serial).date(unix);
        self.entry(match reason {
            Some(reason) => entry.reason(reason),
            None => entry,
        })
    }

    pub fn entry(self, entry: CrlEntry) -> Self {
        self.entry_raw(entry.der())
    }

    /// Adds any bytes where an entry belongs.
    pub fn entry_raw(mut self, bytes: Vec<u8>) -> Self {
        self.entries.push(bytes);
        self
    }

    /// Any bytes where the whole list of entries belongs, such as an empty SEQUENCE.
    pub fn revoked_raw(mut self, bytes: Vec<u8>) -> Self {
        self.revoked_field = Some(bytes);
        self
    }

    /// Adds any bytes at the end of the to-be-signed part.
    pub fn trailing_tbs(mut self, bytes: &[u8]) -> Self {
        self.trailing_tbs = bytes.to_vec();
        self
    }
}

/// Extensions by their kind. Each setter replaces the one there was, in its place.
impl CrlBuilder {
    pub fn number(self, number: u64) -> Self {
        self.number_value(&der::integer_u64(number))
    }

    /// The contents octets of the CRL's number, such as a negative or an overlong one.
    pub fn number_bytes(self, contents: &[u8]) -> Self {
        self.number_value(&der::integer_raw(contents))
    }

    fn number_value(self, value: &[u8]) -> Self {
        self.replace_extension(oids::CRL_NUMBER, false, value)
    }

    pub fn no_number(self) -> Self {
        self.without_extension(oids::CRL_NUMBER)
    }

    /// Makes this a delta to the CRL of that number.
    pub fn delta(self, base_number: u64) -> Self {
        let value = der::integer_u64(base_number);
        self.replace_extension(oids::DELTA_CRL_INDICATOR, true, &value)
    }

    pub fn issuing_distribution_point(self, point: &IssuingDistributionPoint) -> Self {
        self.replace_extension(oids::ISSUING_DISTRIBUTION_POINT, true, &point.der())
    }

    /// Leaves out the authority key identifier, which signing adds otherwise.
    pub fn no_aki(mut self) -> Self {
        self.adds_aki = false;
        self.without_extension(oids::AUTHORITY_KEY_IDENTIFIER)
    }
}

/// Extensions of any kind, in order.
impl CrlBuilder {
    /// Adds an extension at the end, even one that is there already.
    pub fn extension(mut self, oid: &str, critical: bool, value: &[u8]) -> Self {
        self.extensions.push(oid, critical, value);
        self
    }

    /// Adds any bytes where an Extension belongs.
    pub fn extension_raw(mut self, bytes: Vec<u8>) -> Self {
        self.extensions.push_raw(bytes);
        self
    }

    /// Puts an extension in the place of the first one of its kind, or else at the end.
    pub fn replace_extension(mut self, oid: &str, critical: bool, value: &[u8]) -> Self {
        self.extensions.replace(oid, critical, value);
        self
    }

    /// Removes every extension of this kind, except raw ones.
    pub fn without_extension(mut self, oid: &str) -> Self {
        self.extensions.remove(oid);
        self
    }

    /// Marks an extension that is there as critical or not.
    pub fn criticality(mut self, oid: &str, is_critical: bool) -> Self {
        self.extensions.mark(oid, is_critical);
        self
    }

    /// Any bytes where the whole extensions field (`[0]`) belongs.
    pub fn extensions_field_raw(mut self, bytes: Vec<u8>) -> Self {
        self.extensions_field = Some(bytes);
        self
    }
}

/// What stands outside the to-be-signed part.
impl CrlBuilder {
    /// Flips one bit of the signature, leaving its encoding sound.
    pub fn tamper_signature(mut self) -> Self {
        self.tampers_signature = true;
        self
    }

    /// Any bytes where the signature's BIT STRING belongs.
    pub fn signature_raw(mut self, bytes: Vec<u8>) -> Self {
        self.signature_field = Some(bytes);
        self
    }

    /// Adds any bytes after the signature, inside the CRL's SEQUENCE.
    pub fn trailing(mut self, bytes: &[u8]) -> Self {
        self.trailing = bytes.to_vec();
        self
    }
}

/// Finishing.
impl CrlBuilder {
    /// The DER, signed by an issuer.
    pub fn signed_by(self, signer: &Issuer) -> Vec<u8> {
        let key = &signer.key;
        let tbs = self.tbs(signer);
        let signature = match self.signature_field {
            Some(bytes) => bytes,
            None => der::bit_string(&authority::signature(key, &tbs, self.tampers_signature)),
        };
        let outer_algorithm = self
            .outer_algorithm
            .unwrap_or_else(|| key.signature_algorithm());
        der::sequence(&[tbs, outer_algorithm, signature, self.trailing])
    }

    fn tbs(&self, signer: &Issuer) -> Vec<u8> {
        let inner_algorithm = self.inner_algorithm.clone();
        der::sequence(&[
            self.version.clone(),
            inner_algorithm.unwrap_or_else(|| signer.key.signature_algorithm()),
            self.issuer.as_ref().unwrap_or(&signer.name).der(),
            self.this_update.clone(),
            self.next_update.clone(),
            self.encoded_entries(),
            self.encoded_extensions(signer),
            self.trailing_tbs.clone(),
        ])
    }

    fn encoded_entries(&self) -> Vec<u8> {
        match &self.revoked_field {
            Some(bytes) => bytes.clone(),
            // The list may not be empty, so it is left out then.
            None if self.entries.is_empty() => Vec::new(),
            None => der::sequence(&self.entries),
        }
    }

    fn encoded_extensions(&self, signer: &Issuer) -> Vec<u8> {
        if let Some(bytes) = &self.extensions_field {
            return bytes.clone();
        }
        let aki = signer.key_identifier.as_deref().filter(|_| self.adds_aki);
        self.extensions.clone().with_aki(aki).field(0)
    }
}

/// One entry of a CRL.
#[derive(Clone, Debug)]
pub struct CrlEntry {
    serial: Vec<u8>,
    date: Vec<u8>,
    extensions: Extensions,
}

impl CrlEntry {
    /// Revoked at [`REVOKED_AT`], by the contents octets of a serial number.
    pub fn new(serial: &[u8]) -> Self {
        Self {
            serial: serial.to_vec(),
            date: der::time(REVOKED_AT),
            extensions: Extensions::default(),
        }
    }

    /// The date of revocation, in seconds since 1970.
    pub fn date(self, unix: i64) -> Self {
        self.date_raw(der::time(unix))
    }

    /// Any bytes where the date of revocation belongs.
    pub fn date_raw(mut self, bytes: Vec<u8>) -> Self {
        self.date = bytes;
        self
    }

    /// A reason by its number, even one that does not exist.
    pub fn reason(self, reason: u8) -> Self {
        self.extension(oids::CRL_REASON, false, &der::enumerated(reason))
    }

    /// When the key became unfit for use, in seconds since 1970.
    pub fn invalidity_date(self, unix: i64) -> Self {
        let value = der::generalized_time(unix);
        self.extension(oids::INVALIDITY_DATE, false, &value)
    }

    /// Who issued the certificate, in indirect CRLs, as whole GeneralNames.
    pub fn certificate_issuer(self, names: &[Vec<u8>]) -> Self {
        let value = der::sequence(names);
        self.extension(oids::CERTIFICATE_ISSUER, true, &value)
    }

    /// Adds an extension at the end, even one that is there already.
    pub fn extension(mut self, oid: &str, critical: bool, value: &[u8]) -> Self {
        self.extensions.push(oid, critical, value);
        self
    }

    /// Adds any bytes where an Extension belongs.
    pub fn extension_raw(mut self, bytes: Vec<u8>) -> Self {
        self.extensions.push_raw(bytes);
        self
    }

    /// The whole entry.
    pub fn der(&self) -> Vec<u8> {
        der::sequence(&[
            der::integer_raw(&self.serial),
            self.date.clone(),
            self.extensions.sequence(),
        ])
    }
}

/// A CRL of many entries, each for a compromised key (reason 1) at [`REVOKED_AT`]. `serial_of`
/// gives the contents octets of the serial number of each, which begin with an octet from 0x01 to
/// 0x7f in what is sound DER.
///
/// Made for a million entries: each of its 49 octets is copied from the first and only the serial
/// number written anew.
pub fn big_crl(issuer: &Issuer, count: usize, serial_of: impl Fn(u32) -> [u8; 16]) -> Vec<u8> {
    const SERIAL: std::ops::Range<usize> = 4..20;
    let mut entry = CrlEntry::new(&[0; 16]).reason(1).der();
    assert_eq!(entry[2..4], [der::tag::INTEGER, 16], "where serials start");

    let mut entries = Vec::with_capacity(count * entry.len());
    for index in 0..u32::try_from(count).expect("a count that a u32 holds") {
        entry[SERIAL].copy_from_slice(&serial_of(index));
        entries.extend_from_slice(&entry);
    }
    CrlBuilder::new()
        .revoked_raw(der::sequence(&[entries]))
        .signed_by(issuer)
}
