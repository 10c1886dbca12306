//! One call from a rustls builder to a configuration that enforces a policy.

use std::fmt;
use std::sync::Arc;

use pki_types::{CertificateDer, PrivateKeyDer};
use rustls::client::{ResolvesClientCert, WantsClientCert};
use rustls::server::{ResolvesServerCert, WantsServerCert};
use rustls::{ClientConfig, ConfigBuilder, ServerConfig, WantsVerifier};

use super::{PolicyClientCertVerifier, PolicyServerCertVerifier, ProtectSessions};
use crate::error::BuildError;
use crate::policy::Policy;
use crate::trust::TrustAnchors;
use crate::verify::Verifier;

/// Gives rustls's builders a policy in one call.
pub trait WithPolicy: Sized {
    /// The verifier of this side.
    type CertVerifier;
    /// What remains to be said: which certificate of one's own to present.
    type Next;

    /// Judges peers by `policy` under `anchors`, with the builder's crypto provider. The configuration has no
    /// resumption, for rustls would not ask the policy about resumed sessions.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the policy cannot work with these anchors, or is for the other side.
    fn with_policy(self, anchors: TrustAnchors, policy: Policy) -> Result<Self::Next, BuildError>;

    /// Judges peers by a verifier made before. The configuration has no resumption.
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

    fn with_policy_verifier(self, verifier: Arc<PolicyServerCertVerifier>) -> PolicyClientConfig {
        PolicyClientConfig(self.dangerous().with_custom_certificate_verifier(verifier))
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

    fn with_policy_verifier(self, verifier: Arc<PolicyClientCertVerifier>) -> PolicyServerConfig {
        PolicyServerConfig(self.with_client_cert_verifier(verifier))
    }
}

/// A client's configuration that lacks only the client's own certificate.
pub struct PolicyClientConfig(ConfigBuilder<ClientConfig, WantsClientCert>);

impl PolicyClientConfig {
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
        self.0.with_client_auth_cert(chain, key).map(protected)
    }

    /// Presents no certificate.
    #[must_use]
    pub fn with_no_client_auth(self) -> ClientConfig {
        protected(self.0.with_no_client_auth())
    }

    /// Presents what the resolver chooses.
    #[must_use]
    pub fn with_client_cert_resolver(self, resolver: Arc<dyn ResolvesClientCert>) -> ClientConfig {
        protected(self.0.with_client_cert_resolver(resolver))
    }
}

/// A server's configuration that lacks only the server's own certificate.
pub struct PolicyServerConfig(ConfigBuilder<ServerConfig, WantsServerCert>);

impl PolicyServerConfig {
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
        self.0.with_single_cert(chain, key).map(protected)
    }

    /// Presents what the resolver chooses.
    #[must_use]
    pub fn with_cert_resolver(self, resolver: Arc<dyn ResolvesServerCert>) -> ServerConfig {
        protected(self.0.with_cert_resolver(resolver))
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

fn protected<C: ProtectSessions>(mut config: C) -> C {
    config.protect_sessions();
    config
}
