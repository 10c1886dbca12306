//! Those who sign certificates, CRLs and OCSP responses.

use super::certificate::CertificateBuilder;
use super::crl::CrlBuilder;
use super::der;
use super::extensions;
use super::keys::TestKey;
use super::name::Name;
use super::ocsp::OcspBuilder;
use super::oids;

/// What signing takes of an issuer. It need not have a certificate.
#[derive(Clone, Debug)]
pub struct Issuer {
    pub name: Name,
    pub key: TestKey,
    /// What the authority key identifiers of its certificates say, unless there is none.
    pub key_identifier: Option<Vec<u8>>,
}

impl Issuer {
    /// An issuer with the key identifier that CA certificates made here carry.
    pub fn new(name: Name, key: TestKey) -> Self {
        let key_identifier = Some(extensions::key_identifier(&key.spki()));
        Self {
            name,
            key,
            key_identifier,
        }
    }
}

/// A CA, or an OCSP responder, with its certificate.
#[derive(Clone, Debug)]
pub struct Authority {
    pub der: Vec<u8>,
    pub name: Name,
    pub key: TestKey,
    /// The identifier in its certificate, if it has one.
    pub key_identifier: Option<Vec<u8>>,
}

impl Authority {
    /// A self-signed CA.
    pub fn root(common_name: &str, key: TestKey) -> Self {
        Self::root_with(common_name, key, |builder| builder)
    }

    /// A self-signed CA whose certificate `change` adapts.
    pub fn root_with(
        common_name: &str,
        key: TestKey,
        change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    ) -> Self {
        let builder = change(CertificateBuilder::ca(Name::cn(common_name), &key));
        Self::from_builder(builder, key, |builder, key| builder.self_signed(key))
    }

    /// A CA issued by this one.
    pub fn intermediate(&self, common_name: &str, key: TestKey) -> Self {
        self.intermediate_with(common_name, key, |builder| builder)
    }

    /// A CA issued by this one, whose certificate `change` adapts.
    pub fn intermediate_with(
        &self,
        common_name: &str,
        key: TestKey,
        change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    ) -> Self {
        let builder = change(CertificateBuilder::ca(Name::cn(common_name), &key));
        Self::from_builder(builder, key, |builder, _| self.issue(builder))
    }

    fn from_builder(
        builder: CertificateBuilder,
        key: TestKey,
        sign: impl FnOnce(CertificateBuilder, &TestKey) -> Vec<u8>,
    ) -> Self {
        let name = builder.subject_name().clone();
        let key_identifier = builder.key_identifier();
        let der = sign(builder, &key);
        Self {
            der,
            name,
            key,
            key_identifier,
        }
    }

    /// The DER of a certificate issued by this authority.
    pub fn issue(&self, builder: CertificateBuilder) -> Vec<u8> {
        builder.signed_by(&self.issuer())
    }

    /// A certificate for the name and key of `other`, issued by this authority.
    pub fn cross_sign(&self, other: &Self) -> Vec<u8> {
        self.cross_sign_with(other, |builder| builder)
    }

    /// A cross-certificate that `change` adapts.
    pub fn cross_sign_with(
        &self,
        other: &Self,
        change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    ) -> Vec<u8> {
        let builder = CertificateBuilder::ca(other.name.clone(), &other.key);
        self.issue(change(builder))
    }

    /// The DER of a CRL signed by this authority.
    pub fn crl(&self, builder: CrlBuilder) -> Vec<u8> {
        builder.signed_by(&self.issuer())
    }

    /// The DER of an OCSP response signed by this authority.
    pub fn ocsp(&self, builder: OcspBuilder) -> Vec<u8> {
        builder.signed_by(&self.issuer())
    }

    /// An OCSP responder with a certificate issued by this authority for that purpose alone, valid
    /// through 2026. `change` adapts the certificate.
    pub fn ocsp_responder(
        &self,
        common_name: &str,
        key: TestKey,
        change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    ) -> Self {
        let builder = CertificateBuilder::end_entity(Name::cn(common_name), key.spki())
            .eku(&[oids::OCSP_SIGNING])
            .extension(oids::OCSP_NO_CHECK, false, &der::null())
            .ski();
        Self::from_builder(change(builder), key, |builder, _| self.issue(builder))
    }

    pub fn issuer(&self) -> Issuer {
        Issuer {
            name: self.name.clone(),
            key: self.key.clone(),
            key_identifier: self.key_identifier.clone(),
        }
    }
}

/// A signature, with one bit flipped if it is to be tampered with.
pub(super) fn signature(key: &TestKey, message: &[u8], tampered: bool) -> Vec<u8> {
    let mut signature = key.sign(message);
    if tampered {
        let last = signature.last_mut().expect("a signature is not empty");
        *last ^= 1;
    }
    signature
}
