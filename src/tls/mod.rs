//! The rustls verifiers: thin adapters over the engine, and the only folder that names rustls's traits.
//!
//! No check lives here. What rustls does not verify again, resumed sessions, is closed by [`protect_sessions`] and by
//! the one-call constructors.

mod client;
mod config;
mod failure;
mod refusal;
mod server;
mod session;

use std::sync::Arc;

use pki_types::CertificateDer;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::{DigitallySignedStruct, PeerMisbehaved, SignatureScheme};

pub use client::{PolicyClientCertVerifier, RootHints};
pub use config::{PolicyClientConfig, PolicyServerConfig, WithPolicy};
pub use failure::{ConnectionFailure, FailureCause, failure_in};
pub use refusal::refusal_in;
pub use server::PolicyServerCertVerifier;
pub use session::{ProtectSessions, protect_sessions};

use crate::error::{BuildError, VerifyError};
use crate::peer::Role;
use crate::verify::Verifier;

/// What both adapters have in common: the engine, the provider's algorithms for handshake signatures, and how refusals
/// are told to rustls.
#[derive(Clone, Debug)]
struct Adapter {
    verifier: Arc<Verifier>,
    algorithms: WebPkiSupportedAlgorithms,
    specific_alerts: bool,
}

impl Adapter {
    /// An adapter for certificates of `role`.
    fn new(verifier: Arc<Verifier>, role: Role) -> Result<Self, BuildError> {
        let policy = verifier.policy().role;
        if policy != role {
            return Err(BuildError::Direction {
                policy,
                needed: role,
            });
        }
        let algorithms = match verifier.handshake_algorithms() {
            Some(algorithms) => algorithms,
            None => {
                CryptoProvider::get_default()
                    .ok_or(BuildError::NoProvider)?
                    .signature_verification_algorithms
            }
        };
        Ok(Self {
            verifier,
            algorithms,
            specific_alerts: false,
        })
    }

    fn refusal(&self, refusal: VerifyError) -> rustls::Error {
        refusal::to_rustls(refusal, self.specific_alerts)
    }

    fn verify_tls12(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        check_advertised(signature)?;
        let valid = verify_tls12_signature(message, certificate, signature, &self.algorithms)?;
        self.verifier.key_proved(certificate);
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
        self.verifier.key_proved(certificate);
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
