//! Those who sign certificates.

use super::certificate::CertificateBuilder;
use super::extensions;
use super::keys::TestKey;
use super::name::Name;

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

/// A CA with its certificate.
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

    pub fn issuer(&self) -> Issuer {
        Issuer {
            name: self.name.clone(),
            key: self.key.clone(),
            key_identifier: self.key_identifier.clone(),
        }
    }
}
