//! The rustls verifiers: thin adapters over the engine, and the only folder that names rustls's traits.
//!
//! No check of certificates lives here. What a policy asks of TLS itself is applied before there is any peer (`settings/`), and
//! what handshakes show of it is checked, as a net. What rustls does not verify again, resumed sessions,
//! [`protect_sessions`] and the one-call constructors do.

mod client;
mod config;
mod failure;
mod hints;
mod refusal;
mod server;
mod session;
mod settings;
mod tenants;

use std::sync::Arc;

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
pub(crate) use session::DEFAULT_LIFETIME;
pub use session::{ProtectSessions, forbid_resumption, protect_sessions};
pub use settings::{AppliedTls, ClientCertificates, TlsReport, TlsSettings, TlsVersion};
pub use tenants::{Tenant, Tenants, UnknownTenant};

use crate::error::{BuildError, VerifyError};
use crate::live::LiveVerifier;
use crate::peer::Role;

/// What both adapters have in common: the engine, the provider's algorithms for handshake signatures, and how refusals
/// are told to rustls.
#[derive(Clone, Debug)]
struct Adapter {
    verifier: LiveVerifier,
    /// Where the verifier was given no provider.
    fallback: WebPkiSupportedAlgorithms,
    telling: Telling,
    /// The configuration offers cipher suites or groups that the policy's TLS settings do not allow: it accepts nobody.
    exceeds_settings: bool,
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
        let (own, _) = current.handshake_algorithms();
        let process = CryptoProvider::get_default();
        let fallback = process.map_or(own, |it| it.signature_verification_algorithms);
        drop(current);
        Ok(Self {
            verifier,
            fallback,
            telling: Telling::default(),
            exceeds_settings: false,
        })
    }

    /// In a configuration of this provider: handshake signatures are verified by it, unless the verifier was given another.
    /// Unless all peers are judged, some may be let in without a certificate.
    fn in_configuration_of(&mut self, provider: &Arc<CryptoProvider>, are_all_judged: bool) {
        let verifier = self.verifier.load();
        let settings = &verifier.policy().tls;
        self.exceeds_settings = settings.exceeded_by(provider, are_all_judged);
        self.fallback = provider.signature_verification_algorithms;
    }

    /// Those for handshake signatures, of the verifier in use now.
    fn algorithms(&self) -> WebPkiSupportedAlgorithms {
        match self.verifier.load().handshake_algorithms() {
            (own, true) => own,
            (_, false) => self.fallback,
        }
    }

    /// A net under configurations that were not built by the policy's TLS settings: before the handshake ends, the version
    /// that was chosen, and what is known of suites and groups.
    fn check_settings(&self, version: TlsVersion) -> Result<(), rustls::Error> {
        let minimum = self.verifier.load().policy().tls.minimum_version;
        let problem = if version < minimum {
            format!("the handshake is of {version}, and the policy asks for {minimum}")
        } else if self.exceeds_settings {
            "this configuration offers cipher suites or key exchange groups that the policy does not allow".to_owned()
        } else {
            return Ok(());
        };
        Err(rustls::Error::General(format!(
            "{problem}: build the configuration with `from_policy` or `from_verifier` of `PolicyClientConfig` or `PolicyServerConfig`"
        )))
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
        self.check_settings(TlsVersion::Tls12)?;
        check_advertised(signature)?;
        let valid = verify_tls12_signature(message, certificate, signature, &self.algorithms())?;
        self.verifier.load().key_proved(certificate);
        Ok(valid)
    }

    fn verify_tls13(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.check_settings(TlsVersion::Tls13)?;
        check_advertised(signature)?;
        let valid = verify_tls13_signature(message, certificate, signature, &self.algorithms())?;
        self.verifier.load().key_proved(certificate);
        Ok(valid)
    }

    /// The provider's schemes, less SHA-1. The list serves certificates too: narrowing it further would turn typed
    /// refusals into the peer's handshake_failure.
    fn schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms().supported_schemes();
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
    use crate::time::Time;
    use crate::trust::TrustAnchors;
    use crate::verify::Verifier;

    /// Handshake signatures are the configuration's provider's matter, unless the verifier was given one.
    #[test]
    fn the_provider_is_the_one_given_else_the_configurations() {
        let mut other = rustls::crypto::ring::default_provider();
        let all = other.signature_verification_algorithms;
        let only = all.mapping.get(2..3).unwrap();
        other.signature_verification_algorithms.mapping = only;
        let other = Arc::new(other);
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
            adapter.in_configuration_of(&other, true);
            assert_eq!(adapter.schemes(), schemes);

            // And of the verifier that follows, if it was given one.
            let next = Verifier::builder_with_provider(anchors(), Policy::server(), &other);
            let now = Time::from_unix_seconds(1_780_272_000);
            adapter.verifier.replace(next, now).unwrap();
            assert_eq!(adapter.schemes(), [only[0].0]);
            let next = Verifier::builder_with_provider(anchors(), Policy::server(), &ring);
            adapter.verifier.replace(next, now).unwrap();
            assert_eq!(adapter.schemes(), all.supported_schemes());
        }
    }
}
