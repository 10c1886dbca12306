//! One call from a rustls builder to a configuration that enforces a policy.

use std::fmt;
use std::sync::Arc;

use pki_types::{CertificateDer, PrivateKeyDer};
use rustls::client::{ResolvesClientCert, WantsClientCert};
use rustls::server::{ResolvesServerCert, WantsServerCert};
use rustls::{ClientConfig, ConfigBuilder, ServerConfig, WantsVerifier};

use super::{PolicyClientCertVerifier, PolicyServerCertVerifier, ProtectSessions};
use crate::error::BuildError;
use crate::live::LiveVerifier;
use crate::policy::Policy;
use crate::trust::TrustAnchors;
use crate::verify::Verifier;

/// Gives rustls's builders a policy in one call.
pub trait WithPolicy: Sized {
    /// The verifier of this side.
    type CertVerifier;
    /// What remains to be said: which certificate of one's own to present.
    type Next;

    /// Judges peers by `policy` under `anchors`, with the builder's crypto provider. Sessions resume as
    /// [`protect_sessions`](super::protect_sessions) says: only if the policy accepts the peer again.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the policy cannot work with these anchors, or is for the other side.
    fn with_policy(self, anchors: TrustAnchors, policy: Policy) -> Result<Self::Next, BuildError>;

    /// Judges peers by a verifier made before: for an observer, optional client authentication, root hints, specific alerts,
    /// or a [`LiveVerifier`] that is replaced later. Sessions resume as with [`with_policy`](Self::with_policy).
    ///
    /// If the verifier was built without a provider, its handshake signatures are verified by this builder's, and those of
    /// certificates by *ring*: to have one provider for all, give `crypto_provider()` to
    /// [`Verifier::builder_with_provider`].
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::sync::Arc;
    /// # use rustls_policy_verifier::*;
    /// # use rustls_policy_verifier::{pki_types::{CertificateDer, PrivateKeyDer}, rustls::ServerConfig};
    /// # fn own() -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) { unimplemented!() }
    /// # let (anchors, (chain, key)) = (TrustAnchors::new(), own());
    /// let builder = ServerConfig::builder();
    /// let verifier = Verifier::builder_with_provider(anchors, Policy::client(), builder.crypto_provider());
    /// let verifier = Arc::new(verifier.build()?);
    /// let clients = PolicyClientCertVerifier::new(verifier.clone())?.allow_unauthenticated();
    /// let config = builder.with_policy_verifier(Arc::new(clients)).with_single_cert(chain, key)?;
    /// # let _ = (config, verifier);
    /// # Ok(())
    /// # }
    /// ```
    fn with_policy_verifier(self, verifier: Arc<Self::CertVerifier>) -> Self::Next;
}

impl WithPolicy for ConfigBuilder<ClientConfig, WantsVerifier> {
    type CertVerifier = PolicyServerCertVerifier;
    type Next = PolicyClientConfig;

    fn with_policy(self, anchors: TrustAnchors, policy: Policy) -> Result<Self::Next, BuildError> {
        let provider = self.crypto_provider().clone();
        let verifier = Verifier::builder_with_provider(anchors, policy, &provider).build()?;
        let verifier = PolicyServerCertVerifier::new(Arc::new(verifier))?;
        Ok(self.with_policy_verifier(Arc::new(verifier)))
    }

    fn with_policy_verifier(
        self,
        mut verifier: Arc<PolicyServerCertVerifier>,
    ) -> PolicyClientConfig {
        Arc::make_mut(&mut verifier).in_configuration_of(self.crypto_provider());
        PolicyClientConfig {
            verifier: verifier.clone(),
            builder: self.dangerous().with_custom_certificate_verifier(verifier),
        }
    }
}

impl WithPolicy for ConfigBuilder<ServerConfig, WantsVerifier> {
    type CertVerifier = PolicyClientCertVerifier;
    type Next = PolicyServerConfig;

    fn with_policy(self, anchors: TrustAnchors, policy: Policy) -> Result<Self::Next, BuildError> {
        let provider = self.crypto_provider().clone();
        let verifier = Verifier::builder_with_provider(anchors, policy, &provider).build()?;
        let verifier = PolicyClientCertVerifier::new(Arc::new(verifier))?;
        Ok(self.with_policy_verifier(Arc::new(verifier)))
    }

    fn with_policy_verifier(
        self,
        mut verifier: Arc<PolicyClientCertVerifier>,
    ) -> PolicyServerConfig {
        Arc::make_mut(&mut verifier).in_configuration_of(self.crypto_provider());
        PolicyServerConfig {
            verifier: verifier.clone(),
            builder: self.with_client_cert_verifier(verifier),
        }
    }
}

/// A client's configuration that lacks only the client's own certificate.
pub struct PolicyClientConfig {
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    verifier: Arc<PolicyServerCertVerifier>,
}

impl PolicyClientConfig {
    /// The engine, to keep: to be replaced, and for [`Verifier::recheck`].
    #[must_use]
    pub fn verifier(&self) -> &LiveVerifier {
        self.verifier.verifier()
    }

    /// Presents this chain, the end entity's certificate first, when the server asks.
    ///
    /// # Errors
    ///
    /// rustls's, if the key cannot be used or does not belong to the certificate.
    pub fn with_client_auth_cert(
        self,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<ClientConfig, rustls::Error> {
        let config = self.builder.with_client_auth_cert(chain, key)?;
        Ok(protected(config, &self.verifier))
    }

    /// Presents no certificate.
    #[must_use]
    pub fn with_no_client_auth(self) -> ClientConfig {
        protected(self.builder.with_no_client_auth(), &self.verifier)
    }

    /// Presents what the resolver chooses.
    #[must_use]
    pub fn with_client_cert_resolver(self, resolver: Arc<dyn ResolvesClientCert>) -> ClientConfig {
        protected(
            self.builder.with_client_cert_resolver(resolver),
            &self.verifier,
        )
    }
}

/// A server's configuration that lacks only the server's own certificate.
pub struct PolicyServerConfig {
    builder: ConfigBuilder<ServerConfig, WantsServerCert>,
    verifier: Arc<PolicyClientCertVerifier>,
}

impl PolicyServerConfig {
    /// The engine, to keep: to be replaced, and for [`Verifier::recheck`].
    #[must_use]
    pub fn verifier(&self) -> &LiveVerifier {
        self.verifier.verifier()
    }

    /// Presents this chain, the end entity's certificate first.
    ///
    /// # Errors
    ///
    /// rustls's, if the key cannot be used or does not belong to the certificate.
    pub fn with_single_cert(
        self,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<ServerConfig, rustls::Error> {
        let config = self.builder.with_single_cert(chain, key)?;
        Ok(protected(config, &self.verifier))
    }

    /// Presents this chain with a stapled OCSP response in DER.
    ///
    /// # Errors
    ///
    /// rustls's, if the key cannot be used or does not belong to the certificate.
    pub fn with_single_cert_with_ocsp(
        self,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        ocsp: Vec<u8>,
    ) -> Result<ServerConfig, rustls::Error> {
        let config = self.builder.with_single_cert_with_ocsp(chain, key, ocsp)?;
        Ok(protected(config, &self.verifier))
    }

    /// Presents what the resolver chooses.
    #[must_use]
    pub fn with_cert_resolver(self, resolver: Arc<dyn ResolvesServerCert>) -> ServerConfig {
        protected(self.builder.with_cert_resolver(resolver), &self.verifier)
    }
}

impl fmt::Debug for PolicyClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyClientConfig").finish_non_exhaustive()
    }
}

impl fmt::Debug for PolicyServerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyServerConfig").finish_non_exhaustive()
    }
}

fn protected<C: ProtectSessions>(mut config: C, verifier: &C::CertVerifier) -> C {
    config.protect_sessions(verifier);
    config
}
