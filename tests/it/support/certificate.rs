//! Building one certificate.

use super::authority::{self, Issuer};
use super::der;
use super::extensions::{self, DistributionPoint, Extensions, usage};
use super::general_name;
use super::keys::{self, TestKey};
use super::name::Name;
use super::oids;

/// The parts of a certificate that is not signed yet. Setters take it by value.
#[derive(Clone, Debug)]
pub struct CertificateBuilder {
    version: Version,
    serial: Serial,
    subject: Name,
    issuer: Option<Name>,
    validity: Vec<u8>,
    spki: Vec<u8>,
    unique_ids: bool,
    extensions: Extensions,
    extensions_field: Option<Vec<u8>>,
    adds_aki: bool,
    inner_algorithm: Option<Vec<u8>>,
    outer_algorithm: Option<Vec<u8>>,
    signature_field: Option<Vec<u8>>,
    tampers_signature: bool,
    trailing_tbs: Vec<u8>,
    trailing_certificate: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Version {
    /// No version field, and no extensions either.
    V1Implied,
    /// Any bytes where the version field belongs.
    Field(Vec<u8>),
}

#[derive(Clone, Debug)]
enum Serial {
    /// Derived from the names, the key and this counter.
    Derived(u64),
    /// A whole INTEGER, or what stands in for it.
    Field(Vec<u8>),
}

/// How certificates start out.
impl CertificateBuilder {
    /// A certificate with no extensions, valid through 2026.
    pub fn new(subject: Name, spki: Vec<u8>) -> Self {
        Self {
            version: Version::Field(version_field(3)),
            serial: Serial::Derived(0),
            subject,
            issuer: None,
            validity: validity(
                der::unix(2026, 1, 1, 0, 0, 0),
                der::unix(2027, 1, 1, 0, 0, 0) - 1,
            ),
            spki,
            unique_ids: false,
            extensions: Extensions::default(),
            extensions_field: None,
            adds_aki: true,
            inner_algorithm: None,
            outer_algorithm: None,
            signature_field: None,
            tampers_signature: false,
            trailing_tbs: Vec::new(),
            trailing_certificate: Vec::new(),
        }
    }

    /// A CA, valid from 2020 to 2040, with no limit on the path below it.
    pub fn ca(subject: Name, key: &TestKey) -> Self {
        Self::new(subject, key.spki())
            .validity(
                der::unix(2020, 1, 1, 0, 0, 0),
                der::unix(2040, 1, 1, 0, 0, 0),
            )
            .basic_constraints(true, None)
            .key_usage_bits(&[usage::KEY_CERT_SIGN, usage::CRL_SIGN])
            .ski()
    }

    /// An end entity for clients and servers alike: digital signatures, no names but its subject.
    pub fn end_entity(subject: Name, spki: Vec<u8>) -> Self {
        Self::new(subject, spki)
            .key_usage_bits(&[usage::DIGITAL_SIGNATURE])
            .eku(&[oids::SERVER_AUTH, oids::CLIENT_AUTH])
    }
}

/// The fields of the to-be-signed part, in its order.
impl CertificateBuilder {
    /// 1, 2 or 3, as people count. `None` is version 1 as DER has it: neither the field nor any
    /// extensions are written. `Some(1)` writes the default value and keeps the extensions.
    pub fn version(mut self, version: Option<u8>) -> Self {
        self.version = match version {
            Some(version) => Version::Field(version_field(version)),
            None => Version::V1Implied,
        };
        self
    }

    /// Any bytes where the version field belongs. Extensions stay.
    pub fn version_raw(mut self, bytes: Vec<u8>) -> Self {
        self.version = Version::Field(bytes);
        self
    }

    /// Sets the counter that tells apart certificates of one issuer, subject and key. The serial
    /// number itself is 16 octets derived from all of these.
    pub fn serial(mut self, counter: u64) -> Self {
        self.serial = Serial::Derived(counter);
        self
    }

    /// The serial number's contents octets, such as a negative or an overlong one.
    pub fn serial_bytes(self, contents: &[u8]) -> Self {
        self.serial_raw(der::integer_raw(contents))
    }

    /// Any bytes where the serial number belongs.
    pub fn serial_raw(mut self, bytes: Vec<u8>) -> Self {
        self.serial = Serial::Field(bytes);
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

    /// Seconds since 1970, both ends inclusive.
    pub fn validity(self, not_before_unix: i64, not_after_unix: i64) -> Self {
        self.raw_validity(validity(not_before_unix, not_after_unix))
    }

    /// Any bytes where the Validity belongs.
    pub fn raw_validity(mut self, bytes: Vec<u8>) -> Self {
        self.validity = bytes;
        self
    }

    pub fn subject(mut self, subject: Name) -> Self {
        self.subject = subject;
        self
    }

    /// A whole SubjectPublicKeyInfo. A subject key identifier that is already there stays.
    pub fn spki(mut self, spki: Vec<u8>) -> Self {
        self.spki = spki;
        self
    }

    /// Adds both unique identifiers.
    pub fn unique_ids(mut self) -> Self {
        self.unique_ids = true;
        self
    }

    /// Adds any bytes at the end of the to-be-signed part.
    pub fn trailing_tbs(mut self, bytes: &[u8]) -> Self {
        self.trailing_tbs = bytes.to_vec();
        self
    }
}

/// Extensions by their kind. Each setter replaces the one there was, in its place.
impl CertificateBuilder {
    pub fn basic_constraints(self, ca: bool, path_len: Option<u64>) -> Self {
        let value = extensions::basic_constraints(ca, path_len);
        self.replace_extension(oids::BASIC_CONSTRAINTS, true, &value)
    }

    /// Basic constraints of a CA with a path length.
    pub fn path_len(self, path_len: u64) -> Self {
        self.basic_constraints(true, Some(path_len))
    }

    /// Key usage by bit numbers; see [`usage`].
    pub fn key_usage_bits(self, bits: &[u8]) -> Self {
        self.replace_extension(oids::KEY_USAGE, true, &extensions::key_usage(bits))
    }

    pub fn no_key_usage(self) -> Self {
        self.without_extension(oids::KEY_USAGE)
    }

    pub fn eku(self, purposes: &[&str]) -> Self {
        let value = extensions::extended_key_usage(purposes);
        self.replace_extension(oids::EXTENDED_KEY_USAGE, false, &value)
    }

    pub fn no_eku(self) -> Self {
        self.without_extension(oids::EXTENDED_KEY_USAGE)
    }

    /// Alternative names that are all DNS names.
    pub fn dns(self, names: &[&str]) -> Self {
        self.san(names.iter().map(|name| general_name::dns(name)).collect())
    }

    /// Alternative names, as whole GeneralNames. Not critical; see [`Self::criticality`].
    pub fn san(self, names: Vec<Vec<u8>>) -> Self {
        let value = extensions::alt_name(&names);
        self.replace_extension(oids::SUBJECT_ALT_NAME, false, &value)
    }

    /// Name constraints, from whole GeneralNames.
    pub fn name_constraints(self, permitted: Vec<Vec<u8>>, excluded: Vec<Vec<u8>>) -> Self {
        let value = extensions::name_constraints(&permitted, &excluded);
        self.replace_extension(oids::NAME_CONSTRAINTS, true, &value)
    }

    pub fn certificate_policies(self, policies: &[&str]) -> Self {
        let value = extensions::certificate_policies(policies);
        self.replace_extension(oids::CERTIFICATE_POLICIES, false, &value)
    }

    pub fn crl_distribution_points(self, points: &[DistributionPoint]) -> Self {
        let value = extensions::crl_distribution_points(points);
        self.replace_extension(oids::CRL_DISTRIBUTION_POINTS, false, &value)
    }

    /// One distribution point for each URI.
    pub fn crl_distribution_point_uris(self, uris: &[&str]) -> Self {
        let points: Vec<_> = uris.iter().map(|uri| DistributionPoint::uri(uri)).collect();
        self.crl_distribution_points(&points)
    }

    /// Requires a stapled OCSP response: the TLS feature status_request (RFC 7633).
    pub fn must_staple(self) -> Self {
        let value = extensions::tls_feature(&[5]);
        self.replace_extension(oids::TLS_FEATURE, false, &value)
    }

    /// The subject key identifier of the key that is set now.
    pub fn ski(self) -> Self {
        let identifier = extensions::key_identifier(&self.spki);
        let value = extensions::subject_key_identifier(&identifier);
        self.replace_extension(oids::SUBJECT_KEY_IDENTIFIER, false, &value)
    }

    pub fn no_ski(self) -> Self {
        self.without_extension(oids::SUBJECT_KEY_IDENTIFIER)
    }

    /// Leaves out the authority key identifier, which signing adds otherwise.
    pub fn no_aki(mut self) -> Self {
        self.adds_aki = false;
        self.without_extension(oids::AUTHORITY_KEY_IDENTIFIER)
    }
}

/// Extensions of any kind, in order.
impl CertificateBuilder {
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

    /// Any bytes where the whole extensions field (`[3]`) belongs.
    pub fn extensions_field_raw(mut self, bytes: Vec<u8>) -> Self {
        self.extensions_field = Some(bytes);
        self
    }
}

/// What stands outside the to-be-signed part.
impl CertificateBuilder {
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

    /// Adds any bytes after the signature, inside the certificate's SEQUENCE.
    pub fn trailing_certificate(mut self, bytes: &[u8]) -> Self {
        self.trailing_certificate = bytes.to_vec();
        self
    }
}

/// Finishing.
impl CertificateBuilder {
    /// The DER, signed by an issuer.
    pub fn signed_by(self, issuer: &Issuer) -> Vec<u8> {
        let aki = issuer.key_identifier.as_deref().filter(|_| self.adds_aki);
        self.sign(&issuer.name, &issuer.key, aki)
    }

    /// The DER, issued in the subject's own name and without an authority key identifier.
    pub fn self_signed(self, key: &TestKey) -> Vec<u8> {
        let subject = self.subject.clone();
        self.sign(&subject, key, None)
    }

    fn sign(self, signer_name: &Name, key: &TestKey, aki: Option<&[u8]>) -> Vec<u8> {
        let tbs = self.tbs(signer_name, &key.signature_algorithm(), aki);
        let signature = match &self.signature_field {
            Some(bytes) => bytes.clone(),
            None => der::bit_string(&authority::signature(key, &tbs, self.tampers_signature)),
        };
        let outer_algorithm = self
            .outer_algorithm
            .unwrap_or_else(|| key.signature_algorithm());
        der::sequence(&[tbs, outer_algorithm, signature, self.trailing_certificate])
    }

    fn tbs(&self, signer_name: &Name, key_algorithm: &[u8], aki: Option<&[u8]>) -> Vec<u8> {
        let issuer = self.issuer.as_ref().unwrap_or(signer_name);
        let inner_algorithm = self.inner_algorithm.as_deref().unwrap_or(key_algorithm);
        der::sequence(&[
            self.encoded_version(),
            self.encoded_serial(issuer),
            inner_algorithm.to_vec(),
            issuer.der(),
            self.validity.clone(),
            self.subject.der(),
            self.spki.clone(),
            self.encoded_unique_ids(),
            self.encoded_extensions(aki),
            self.trailing_tbs.clone(),
        ])
    }

    fn encoded_version(&self) -> Vec<u8> {
        match &self.version {
            Version::V1Implied => Vec::new(),
            Version::Field(bytes) => bytes.clone(),
        }
    }

    fn encoded_serial(&self, issuer: &Name) -> Vec<u8> {
        match &self.serial {
            Serial::Field(bytes) => bytes.clone(),
            Serial::Derived(counter) => {
                let inputs = [
                    issuer.der(),
                    self.subject.der(),
                    self.spki.clone(),
                    counter.to_be_bytes().to_vec(),
                ];
                let mut serial = keys::sha256(&inputs.concat());
                serial.truncate(16);
                // Positive, and never shorter than 16 octets.
                serial[0] = serial[0] & 0x3f | 0x40;
                der::integer(&serial)
            }
        }
    }

    fn encoded_unique_ids(&self) -> Vec<u8> {
        if !self.unique_ids {
            return Vec::new();
        }
        // The contents of a BIT STRING: no unused bits, then the identifier.
        let identifier = |n, octet| der::implicit_primitive(n, &[0, octet, octet]);
        [identifier(1, 0x11), identifier(2, 0x22)].concat()
    }

    fn encoded_extensions(&self, aki: Option<&[u8]>) -> Vec<u8> {
        if let Some(bytes) = &self.extensions_field {
            return bytes.clone();
        }
        if matches!(self.version, Version::V1Implied) {
            return Vec::new();
        }
        self.extensions.clone().with_aki(aki).field(3)
    }

    /// The subject's name, for those who issue under it.
    pub fn subject_name(&self) -> &Name {
        &self.subject
    }

    /// The identifier in the subject key identifier extension, if there is a sound one.
    pub fn key_identifier(&self) -> Option<Vec<u8>> {
        self.extensions
            .values(oids::SUBJECT_KEY_IDENTIFIER)
            .find_map(|value| {
                let identifier = value.get(2..)?;
                (der::octet_string(identifier) == value).then(|| identifier.to_vec())
            })
    }
}

/// The contents octets of the serial number in a certificate's DER.
pub fn serial_of(certificate: &[u8]) -> Vec<u8> {
    let (_, certificate, _) = der::split(certificate);
    let (_, tbs, _) = der::split(certificate);
    let (tag, contents, after_first) = der::split(tbs);
    let contents = match tag {
        der::tag::INTEGER => contents,
        // The version stands before it.
        _ => der::split(after_first).1,
    };
    contents.to_vec()
}

/// A version field, from the version as people count.
fn version_field(version: u8) -> Vec<u8> {
    der::explicit(0, &der::integer_raw(&[version.wrapping_sub(1)]))
}

fn validity(not_before_unix: i64, not_after_unix: i64) -> Vec<u8> {
    der::sequence(&[der::time(not_before_unix), der::time(not_after_unix)])
}
