//! The rustls verifiers: thin adapters over the engine, and the only folder that names rustls's traits.
//!
//! No check lives here. What rustls does not verify again, resumed sessions, [`protect_sessions`] and the one-call
//! constructors do.

mod client;
mod config;
mod failure;
mod hints;
mod refusal;
mod server;
mod session;
mod tenants;

use pki_types::CertificateDer;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::{DigitallySignedStruct, PeerMisbehaved, SignatureScheme};

pub use client::PolicyClientCertVerifier;
pub use config::{PolicyClientConfig, PolicyServerConfig, WithPolicy};
pub use failure::{ConnectionFailure, FailureCause, failure_in};
pub use hints::RootHints;
use refusal::Telling;
pub use refusal::refusal_in;
pub use server::PolicyServerCertVerifier;
pub use session::{ProtectSessions, forbid_resumption, protect_sessions};
pub use tenants::{Tenant, Tenants, UnknownTenant};

use crate::error::{BuildError, VerifyError};
use crate::live::LiveVerifier;
use crate::peer::Role;

/// What both adapters have in common: the engine, the provider's algorithms for handshake signatures, and how refusals
/// are told to rustls.
#[derive(Clone, Debug)]
struct Adapter {
    verifier: LiveVerifier,
    algorithms: WebPkiSupportedAlgorithms,
    telling: Telling,
}

impl Adapter {
    /// An adapter for certificates of `role`.
    fn new(verifier: LiveVerifier, role: Role) -> Result<Self, BuildError> {
        let current = verifier.load();
        let policy = current.policy().role;
        if policy != role {
            return Err(BuildError::Direction {
                policy,
                needed: role,
            });
        }
        let algorithms = match (
            current.handshake_algorithms(),
            CryptoProvider::get_default(),
        ) {
            ((_, false), Some(process)) => process.signature_verification_algorithms,
            ((own, _), _) => own,
        };
        drop(current);
        Ok(Self {
            verifier,
            algorithms,
            telling: Telling::default(),
        })
    }

    /// In a configuration of this provider: handshake signatures are verified by it, unless the verifier was given another.
    fn in_configuration_of(&mut self, provider: &CryptoProvider) {
        if let (_, false) = self.verifier.load().handshake_algorithms() {
            self.algorithms = provider.signature_verification_algorithms;
        }
    }

    fn refusal(&self, refusal: VerifyError) -> rustls::Error {
        refusal::to_rustls(refusal, self.telling)
    }

    fn verify_tls12(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        check_advertised(signature)?;
        let valid = verify_tls12_signature(message, certificate, signature, &self.algorithms)?;
        self.verifier.load().key_proved(certificate);
        Ok(valid)
    }

    fn verify_tls13(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        check_advertised(signature)?;
        let valid = verify_tls13_signature(message, certificate, signature, &self.algorithms)?;
        self.verifier.load().key_proved(certificate);
        Ok(valid)
    }

    /// The provider's schemes, less SHA-1. The list serves certificates too: narrowing it further would turn typed
    /// refusals into the peer's handshake_failure.
    fn schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        schemes.retain(|scheme| !is_sha1(*scheme));
        schemes
    }
}

/// Broken (RFC 9155), whatever a provider offers.
fn is_sha1(scheme: SignatureScheme) -> bool {
    matches!(
        scheme,
        SignatureScheme::RSA_PKCS1_SHA1 | SignatureScheme::ECDSA_SHA1_Legacy
    )
}

/// rustls looks a scheme up in the provider's list, not in what was advertised.
fn check_advertised(signature: &DigitallySignedStruct) -> Result<(), rustls::Error> {
    if is_sha1(signature.scheme) {
        Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
    } else {
        Ok(())
    }
}

#[cfg(all(test, feature = "ring"))]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::policy::Policy;
    use crate::support::{Authority, TestKey};
    use crate::trust::TrustAnchors;
    use crate::verify::Verifier;

    /// Handshake signatures are the configuration's provider's matter, unless the verifier was given one.
    #[test]
    fn the_provider_is_the_one_given_else_the_configurations() {
        let mut other = rustls::crypto::ring::default_provider();
        let all = other.signature_verification_algorithms;
        let only = all.mapping.get(2..3).unwrap();
        other.signature_verification_algorithms.mapping = only;
        let root = Authority::root("Root", TestKey::ed25519(1));
        let anchors = || TrustAnchors::from_pem(&root.der).unwrap();
        let none_given = Verifier::builder(anchors(), Policy::server());
        let ring = rustls::crypto::ring::default_provider();
        let given = Verifier::builder_with_provider(anchors(), Policy::server(), &ring);
        for (builder, schemes) in [
            (none_given, vec![only[0].0]),
            (given, all.supported_schemes()),
        ] {
            let verifier = Arc::new(builder.build().unwrap());
            let mut adapter = Adapter::new(verifier.into(), Role::Server).unwrap();
            assert_eq!(adapter.schemes(), all.supported_schemes());
            adapter.in_configuration_of(&other);
            assert_eq!(adapter.schemes(), schemes);
        }
    }
}
