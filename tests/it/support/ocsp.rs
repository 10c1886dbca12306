//! Building OCSP responses (RFC 6960, section 4.2).

use ring::digest::{self, Algorithm};

use super::authority::{self, Authority, Issuer};
use super::der;
use super::extensions::Extensions;
use super::keys;
use super::oids;

/// The parts of a response that is not signed yet. Setters take it by value.
#[derive(Clone, Debug)]
pub struct OcspBuilder {
    status: u8,
    response_type: String,
    response_bytes: Option<Vec<u8>>,
    version: Vec<u8>,
    responder: Responder,
    produced_at: Vec<u8>,
    singles: Vec<Vec<u8>>,
    extensions: Extensions,
    algorithm: Option<Vec<u8>>,
    signature_field: Option<Vec<u8>>,
    tampers_signature: bool,
    certificates: Vec<Vec<u8>>,
    trailing_tbs: Vec<u8>,
    trailing_basic: Vec<u8>,
    trailing: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Responder {
    ByName,
    ByKey,
    Raw(Vec<u8>),
}

impl Default for OcspBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl OcspBuilder {
    /// A successful response without any answers, made on 31 May 2026, that names its signer.
    pub fn new() -> Self {
        Self {
            status: 0,
            response_type: oids::OCSP_BASIC.to_owned(),
            response_bytes: None,
            version: Vec::new(),
            responder: Responder::ByName,
            produced_at: der::generalized_time(der::unix(2026, 5, 31, 0, 0, 0)),
            singles: Vec::new(),
            extensions: Extensions::default(),
            algorithm: None,
            signature_field: None,
            tampers_signature: false,
            certificates: Vec::new(),
            trailing_tbs: Vec::new(),
            trailing_basic: Vec::new(),
            trailing: Vec::new(),
        }
    }
}

/// The fields of the to-be-signed part, in its order.
impl OcspBuilder {
    /// Any bytes where the version field belongs. Version 1 is the default, so DER leaves it out.
    pub fn version_raw(mut self, bytes: Vec<u8>) -> Self {
        self.version = bytes;
        self
    }

    /// Identifies the signer by the SHA-1 of its key.
    pub fn responder_by_key(mut self) -> Self {
        self.responder = Responder::ByKey;
        self
    }

    /// Any bytes where the ResponderID belongs.
    pub fn responder_raw(mut self, bytes: Vec<u8>) -> Self {
        self.responder = Responder::Raw(bytes);
        self
    }

    /// Seconds since 1970.
    pub fn produced_at(self, unix: i64) -> Self {
        self.produced_at_raw(der::generalized_time(unix))
    }

    /// Any bytes where the time of production belongs.
    pub fn produced_at_raw(mut self, bytes: Vec<u8>) -> Self {
        self.produced_at = bytes;
        self
    }

    /// Adds the answer for one certificate.
    pub fn single(self, single: SingleBuilder) -> Self {
        self.single_raw(single.der())
    }

    /// Adds any bytes where a SingleResponse belongs.
    pub fn single_raw(mut self, bytes: Vec<u8>) -> Self {
        self.singles.push(bytes);
        self
    }

    /// Adds an extension of the whole response at the end, even one that is there already.
    pub fn extension(mut self, oid: &str, critical: bool, value: &[u8]) -> Self {
        self.extensions.push(oid, critical, value);
        self
    }

    pub fn nonce(self, nonce: &[u8]) -> Self {
        self.extension(oids::OCSP_NONCE, false, &der::octet_string(nonce))
    }

    /// Adds any bytes at the end of the to-be-signed part.
    pub fn trailing_tbs(mut self, bytes: &[u8]) -> Self {
        self.trailing_tbs = bytes.to_vec();
        self
    }
}

/// What stands outside the to-be-signed part, from the inside out.
impl OcspBuilder {
    /// The signature algorithm (a whole AlgorithmIdentifier). It changes what is written, not how
    /// the signer's key signs.
    pub fn signature_algorithm(mut self, algorithm: Vec<u8>) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

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

    /// The certificates that come with the response. An empty list is left out.
    pub fn certificates(mut self, certificates: Vec<Vec<u8>>) -> Self {
        self.certificates = certificates;
        self
    }

    /// Adds any bytes at the end of the BasicOCSPResponse.
    pub fn trailing_basic(mut self, bytes: &[u8]) -> Self {
        self.trailing_basic = bytes.to_vec();
        self
    }

    /// A type other than [`oids::OCSP_BASIC`] for what is a basic response all the same.
    pub fn response_type(mut self, oid: &str) -> Self {
        self.response_type = oid.to_owned();
        self
    }

    /// Any bytes where the field responseBytes (`[0]`) belongs, whatever the status is.
    pub fn response_bytes_raw(mut self, bytes: Vec<u8>) -> Self {
        self.response_bytes = Some(bytes);
        self
    }

    /// The status by its number. All but 0, success, leave out everything else.
    pub fn response_status(mut self, status: u8) -> Self {
        self.status = status;
        self
    }

    /// Adds any bytes at the end of the OCSPResponse, inside its SEQUENCE.
    pub fn trailing(mut self, bytes: &[u8]) -> Self {
        self.trailing = bytes.to_vec();
        self
    }
}

/// Finishing.
impl OcspBuilder {
    /// The DER of the whole OCSPResponse, signed by the issuer of the certificate it is about or
    /// by a responder.
    pub fn signed_by(self, signer: &Issuer) -> Vec<u8> {
        let response_bytes = match &self.response_bytes {
            Some(bytes) => bytes.clone(),
            None if self.status != 0 => Vec::new(),
            None => der::explicit(0, &self.encoded_response_bytes(signer)),
        };
        der::sequence(&[der::enumerated(self.status), response_bytes, self.trailing])
    }

    fn encoded_response_bytes(&self, signer: &Issuer) -> Vec<u8> {
        let basic = self.basic_response(signer);
        der::sequence(&[der::oid(&self.response_type), der::octet_string(&basic)])
    }

    fn basic_response(&self, signer: &Issuer) -> Vec<u8> {
        let key = &signer.key;
        let tbs = self.tbs(signer);
        let signature = match &self.signature_field {
            Some(bytes) => bytes.clone(),
            None => der::bit_string(&authority::signature(key, &tbs, self.tampers_signature)),
        };
        let algorithm = self.algorithm.clone();
        let certificates = if self.certificates.is_empty() {
            Vec::new()
        } else {
            der::explicit(0, &der::sequence(&self.certificates))
        };
        der::sequence(&[
            tbs,
            algorithm.unwrap_or_else(|| key.signature_algorithm()),
            signature,
            certificates,
            self.trailing_basic.clone(),
        ])
    }

    fn tbs(&self, signer: &Issuer) -> Vec<u8> {
        der::sequence(&[
            self.version.clone(),
            self.encoded_responder(signer),
            self.produced_at.clone(),
            der::sequence(&self.singles),
            self.extensions.field(1),
            self.trailing_tbs.clone(),
        ])
    }

    fn encoded_responder(&self, signer: &Issuer) -> Vec<u8> {
        match &self.responder {
            Responder::ByName => der::explicit(1, &signer.name.der()),
            Responder::ByKey => {
                let hash = CertIdHash::Sha1.of(&key_octets(&signer.key.spki()));
                der::explicit(2, &der::octet_string(&hash))
            }
            Responder::Raw(bytes) => bytes.clone(),
        }
    }
}

/// The answer for one certificate.
#[derive(Clone, Debug)]
pub struct SingleBuilder {
    cert_id: Option<Vec<u8>>,
    hash: CertIdHash,
    hash_algorithm: Option<Vec<u8>>,
    name_hash: Option<Vec<u8>>,
    key_hash: Option<Vec<u8>>,
    issuer_name: Vec<u8>,
    issuer_spki: Vec<u8>,
    serial: Vec<u8>,
    status: Vec<u8>,
    this_update: Vec<u8>,
    next_update: Vec<u8>,
    extensions: Extensions,
}

/// What identifies the issuer of a certificate in a CertID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertIdHash {
    Sha1,
    Sha256,
}

impl SingleBuilder {
    /// Good, from 31 May to 7 June 2026, for a certificate of this issuer by the contents octets
    /// of its serial number. The CertID uses SHA-1.
    pub fn good(issuer: &Authority, serial: &[u8]) -> Self {
        Self {
            cert_id: None,
            hash: CertIdHash::Sha1,
            hash_algorithm: None,
            name_hash: None,
            key_hash: None,
            issuer_name: issuer.name.der(),
            issuer_spki: issuer.key.spki(),
            serial: serial.to_vec(),
            status: der::implicit_primitive(0, &[]),
            this_update: der::generalized_time(der::unix(2026, 5, 31, 0, 0, 0)),
            next_update: next_update_field(der::unix(2026, 6, 7, 0, 0, 0)),
            extensions: Extensions::default(),
        }
    }

    /// Revoked at a date (seconds since 1970), with a reason by its number.
    pub fn revoked(self, unix: i64, reason: Option<u8>) -> Self {
        let reason = reason.map(|reason| der::explicit(0, &der::enumerated(reason)));
        let info = [der::generalized_time(unix), reason.unwrap_or_default()].concat();
        self.status_raw(der::implicit_constructed(1, &info))
    }

    pub fn unknown(self) -> Self {
        self.status_raw(der::implicit_primitive(2, &[]))
    }

    /// Any bytes where the CertStatus belongs.
    pub fn status_raw(mut self, bytes: Vec<u8>) -> Self {
        self.status = bytes;
        self
    }

    /// How the issuer's name and key are hashed.
    pub fn hash(mut self, hash: CertIdHash) -> Self {
        self.hash = hash;
        self
    }

    /// Another AlgorithmIdentifier for what is hashed as before, such as one without parameters.
    pub fn hash_algorithm(mut self, algorithm: Vec<u8>) -> Self {
        self.hash_algorithm = Some(algorithm);
        self
    }

    /// Any octets for the hash of the issuer's name.
    pub fn name_hash(mut self, hash: &[u8]) -> Self {
        self.name_hash = Some(hash.to_vec());
        self
    }

    /// Any octets for the hash of the issuer's key.
    pub fn key_hash(mut self, hash: &[u8]) -> Self {
        self.key_hash = Some(hash.to_vec());
        self
    }

    /// Any bytes where the CertID belongs.
    pub fn cert_id_raw(mut self, bytes: Vec<u8>) -> Self {
        self.cert_id = Some(bytes);
        self
    }

    /// Seconds since 1970.
    pub fn this_update(mut self, unix: i64) -> Self {
        self.this_update = der::generalized_time(unix);
        self
    }

    /// Seconds since 1970.
    pub fn next_update(mut self, unix: i64) -> Self {
        self.next_update = next_update_field(unix);
        self
    }

    pub fn no_next_update(mut self) -> Self {
        self.next_update = Vec::new();
        self
    }

    /// Any bytes where thisUpdate and nextUpdate (`[0]`) belong.
    pub fn updates_raw(mut self, bytes: Vec<u8>) -> Self {
        self.this_update = bytes;
        self.no_next_update()
    }

    /// Adds an extension of this answer at the end, even one that is there already.
    pub fn extension(mut self, oid: &str, critical: bool, value: &[u8]) -> Self {
        self.extensions.push(oid, critical, value);
        self
    }

    /// The whole SingleResponse.
    pub fn der(&self) -> Vec<u8> {
        der::sequence(&[
            self.encoded_cert_id(),
            self.status.clone(),
            self.this_update.clone(),
            self.next_update.clone(),
            self.extensions.field(1),
        ])
    }

    fn encoded_cert_id(&self) -> Vec<u8> {
        if let Some(bytes) = &self.cert_id {
            return bytes.clone();
        }
        let algorithm = self.hash_algorithm.clone();
        let name_hash = self.name_hash.clone();
        let key_hash = self.key_hash.clone();
        der::sequence(&[
            algorithm.unwrap_or_else(|| self.hash.algorithm()),
            der::octet_string(&name_hash.unwrap_or_else(|| self.hash.of(&self.issuer_name))),
            der::octet_string(
                &key_hash.unwrap_or_else(|| self.hash.of(&key_octets(&self.issuer_spki))),
            ),
            der::integer_raw(&self.serial),
        ])
    }
}

fn next_update_field(unix: i64) -> Vec<u8> {
    der::explicit(0, &der::generalized_time(unix))
}

impl CertIdHash {
    fn of(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm: &Algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }

    fn algorithm(self) -> Vec<u8> {
        let oid = match self {
            Self::Sha1 => oids::SHA1,
            Self::Sha256 => oids::SHA256,
        };
        keys::algorithm(oid, Some(&der::null()))
    }
}

/// The octets of the key in a SubjectPublicKeyInfo: what OCSP hashes, without tag, length and the
/// number of unused bits.
fn key_octets(spki: &[u8]) -> Vec<u8> {
    let (_, spki, _) = der::split(spki);
    let (_, _algorithm, key) = der::split(spki);
    let (_, bit_string, _) = der::split(key);
    bit_string[1..].to_vec()
}
