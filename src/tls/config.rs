//! One call from a rustls builder to a configuration that enforces a policy.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use pki_types::{CertificateDer, PrivateKeyDer};
use rustls::client::{ResolvesClientCert, WantsClientCert};
use rustls::crypto::CryptoProvider;
use rustls::server::{ProducesTickets, ResolvesServerCert, StoresServerSessions, WantsServerCert};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ConfigBuilder, ServerConfig, WantsVerifier};

use super::{
    AppliedTls, PolicyClientCertVerifier, PolicyServerCertVerifier, ProtectSessions, TlsReport,
};
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
    /// For policies without TLS settings ([`TlsSettings`](crate::TlsSettings)). With them use [`PolicyClientConfig::from_policy`]
    /// and [`PolicyServerConfig::from_policy`]: a builder that is there already cannot be narrowed.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the policy cannot work with these anchors, is for the other side, or allows less of TLS than the
    /// builder's crypto provider offers.
    fn with_policy(self, anchors: TrustAnchors, policy: Policy) -> Result<Self::Next, BuildError>;

    /// Judges peers by a verifier made before: for an observer, optional client authentication, root hints, specific alerts,
    /// or a [`LiveVerifier`] that is replaced later. Sessions resume as with [`with_policy`](Self::with_policy).
    ///
    /// The policy's TLS settings are not applied: [`PolicyClientConfig::from_verifier`] and [`PolicyServerConfig::from_verifier`]
    /// apply them. Here handshakes fail whose version is older than the policy's minimum, and all handshakes if the
    /// builder's provider has cipher suites or groups that the policy does not allow; where clients without a certificate
    /// are let in, suites of older versions are among those, for of such clients no verifier is asked.
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
        let settings = &verifier.policy().tls;
        let report = settings.already_applied(&provider, "PolicyClientConfig::from_policy")?;
        let verifier = PolicyServerCertVerifier::new(Arc::new(verifier))?;
        let mut config = self.with_policy_verifier(Arc::new(verifier));
        config.report = Some(report);
        Ok(config)
    }

    fn with_policy_verifier(
        self,
        mut verifier: Arc<PolicyServerCertVerifier>,
    ) -> PolicyClientConfig {
        Arc::make_mut(&mut verifier).in_configuration_of(self.crypto_provider());
        PolicyClientConfig {
            verifier: verifier.clone(),
            report: None,
            clock: None,
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
        let settings = &verifier.policy().tls;
        let report = settings.already_applied(&provider, "PolicyServerConfig::from_policy")?;
        let verifier = PolicyClientCertVerifier::new(Arc::new(verifier))?;
        let mut config = self.with_policy_verifier(Arc::new(verifier));
        config.report = Some(report);
        Ok(config)
    }

    fn with_policy_verifier(
        self,
        mut verifier: Arc<PolicyClientCertVerifier>,
    ) -> PolicyServerConfig {
        Arc::make_mut(&mut verifier).in_configuration_of(self.crypto_provider());
        PolicyServerConfig {
            verifier: verifier.clone(),
            report: None,
            clock: None,
            ticketer: None,
            session_storage: None,
            builder: self.with_client_cert_verifier(verifier),
        }
    }
}

/// A client's configuration that lacks only the client's own certificate.
pub struct PolicyClientConfig {
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    verifier: Arc<PolicyServerCertVerifier>,
    report: Option<TlsReport>,
    clock: Option<Arc<dyn TimeProvider>>,
}

impl PolicyClientConfig {
    /// Judges servers by `policy` under `anchors`, and offers of what `provider` has what the policy's [`TlsSettings`](crate::TlsSettings) allow.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the policy cannot work with these anchors or this provider, or is for the other side.
    pub fn from_policy(
        provider: &Arc<CryptoProvider>,
        anchors: TrustAnchors,
        policy: Policy,
    ) -> Result<Self, BuildError> {
        let verifier = Verifier::builder_with_provider(anchors, policy, provider).build()?;
        let verifier = PolicyServerCertVerifier::new(Arc::new(verifier))?;
        Self::from_verifier(provider, Arc::new(verifier))
    }

    /// The same with a verifier made before, as [`WithPolicy::with_policy_verifier`] takes it.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if this provider has nothing that the policy's [`TlsSettings`](crate::TlsSettings) allow, or not what they require.
    pub fn from_verifier(
        provider: &Arc<CryptoProvider>,
        verifier: Arc<PolicyServerCertVerifier>,
    ) -> Result<Self, BuildError> {
        let tls = verifier.verifier().load().policy().tls.apply(provider)?;
        let builder = ClientConfig::builder_with_provider(tls.provider.clone());
        let mut config = with_versions(builder, &tls)?.with_policy_verifier(verifier);
        config.report = Some(tls.report);
        Ok(config)
    }

    /// The engine, to keep: to be replaced, and for [`Verifier::recheck`].
    #[must_use]
    pub fn verifier(&self) -> &LiveVerifier {
        self.verifier.verifier()
    }

    /// What the policy's TLS settings came to with the crypto provider, to log; `None` if the configuration was made by
    /// [`WithPolicy::with_policy_verifier`], which does not apply them.
    #[must_use]
    pub fn tls_report(&self) -> Option<&TlsReport> {
        self.report.as_ref()
    }

    /// Takes the time from `clock`, for handshakes and for sessions that resume, in place of the builder's: set here, not in the finished
    /// configuration, whose sessions would be judged by the one before.
    #[must_use]
    pub fn time_provider(mut self, clock: Arc<dyn TimeProvider>) -> Self {
        self.clock = Some(clock);
        self
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
        Ok(finished(config, self.clock, &self.verifier))
    }

    /// Presents no certificate.
    #[must_use]
    pub fn with_no_client_auth(self) -> ClientConfig {
        let config = self.builder.with_no_client_auth();
        finished(config, self.clock, &self.verifier)
    }

    /// Presents what the resolver chooses.
    #[must_use]
    pub fn with_client_cert_resolver(self, resolver: Arc<dyn ResolvesClientCert>) -> ClientConfig {
        let config = self.builder.with_client_cert_resolver(resolver);
        finished(config, self.clock, &self.verifier)
    }
}

/// A server's configuration that lacks only the server's own certificate.
pub struct PolicyServerConfig {
    builder: ConfigBuilder<ServerConfig, WantsServerCert>,
    verifier: Arc<PolicyClientCertVerifier>,
    report: Option<TlsReport>,
    clock: Option<Arc<dyn TimeProvider>>,
    ticketer: Option<Arc<dyn ProducesTickets>>,
    session_storage: Option<Arc<dyn StoresServerSessions>>,
}

impl PolicyServerConfig {
    /// Judges clients by `policy` under `anchors`, and offers of what `provider` has what the policy's [`TlsSettings`](crate::TlsSettings) allow.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::sync::Arc;
    /// # use rustls_policy_verifier::*;
    /// # use rustls_policy_verifier::{pki_types::{CertificateDer, PrivateKeyDer}, rustls::crypto::CryptoProvider};
    /// # fn own() -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) { unimplemented!() }
    /// # fn provider() -> Arc<CryptoProvider> { unimplemented!() }
    /// # let (anchors, (chain, key)) = (TrustAnchors::new(), own());
    /// let mut policy = Policy::client();
    /// policy.tls.minimum_version = TlsVersion::Tls13;
    /// let config = PolicyServerConfig::from_policy(&provider(), anchors, policy)?;
    /// println!("{}", config.tls_report().expect("from a policy"));
    /// let config = config.with_single_cert(chain, key)?;
    /// # let _ = config;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the policy cannot work with these anchors or this provider, or is for the other side.
    pub fn from_policy(
        provider: &Arc<CryptoProvider>,
        anchors: TrustAnchors,
        policy: Policy,
    ) -> Result<Self, BuildError> {
        let verifier = Verifier::builder_with_provider(anchors, policy, provider).build()?;
        let verifier = PolicyClientCertVerifier::new(Arc::new(verifier))?;
        Self::from_verifier(provider, Arc::new(verifier))
    }

    /// The same with a verifier made before, as [`WithPolicy::with_policy_verifier`] takes it.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if this provider has nothing that the policy's [`TlsSettings`](crate::TlsSettings) allow, or not what they require.
    pub fn from_verifier(
        provider: &Arc<CryptoProvider>,
        verifier: Arc<PolicyClientCertVerifier>,
    ) -> Result<Self, BuildError> {
        let tls = verifier.verifier().load().policy().tls.apply(provider)?;
        let builder = ServerConfig::builder_with_provider(tls.provider.clone());
        let mut config = with_versions(builder, &tls)?.with_policy_verifier(verifier);
        let lacks_ticketer = config.verifier().load().policy().tls.tickets;
        config.report = Some(TlsReport {
            lacks_ticketer,
            ..tls.report
        });
        Ok(config)
    }

    /// The engine, to keep: to be replaced, and for [`Verifier::recheck`].
    #[must_use]
    pub fn verifier(&self) -> &LiveVerifier {
        self.verifier.verifier()
    }

    /// What the policy's TLS settings came to with the crypto provider, to log; `None` if the configuration was made by
    /// [`WithPolicy::with_policy_verifier`], which does not apply them.
    #[must_use]
    pub fn tls_report(&self) -> Option<&TlsReport> {
        self.report.as_ref()
    }

    /// Keeps sessions in tickets of this ticketer, which clients hold, instead of in the server's memory: rustls's `Ticketer` of
    /// the crypto provider, say. They are verified when they resume as any session is.
    ///
    /// # Errors
    ///
    /// [`BuildError::Policy`] if the policy does not say `tls.tickets = true`.
    pub fn ticketer(mut self, ticketer: Arc<dyn ProducesTickets>) -> Result<Self, BuildError> {
        if !self.verifier().load().policy().tls.tickets {
            return Err(BuildError::policy(
                "tls.tickets",
                "is false, and a ticketer is given: set it to true, or leave the ticketer out",
            ));
        }
        self.ticketer = Some(ticketer);
        if let Some(report) = &mut self.report {
            report.lacks_ticketer = false;
        }
        Ok(self)
    }

    /// Keeps sessions in this storage. By default a server remembers 256 of them.
    #[must_use]
    pub fn session_storage(mut self, storage: Arc<dyn StoresServerSessions>) -> Self {
        self.session_storage = Some(storage);
        self
    }

    /// Takes the time from `clock`, for handshakes and for sessions that resume, in place of the builder's: set here, not in the finished
    /// configuration, whose sessions would be judged by the one before.
    #[must_use]
    pub fn time_provider(mut self, clock: Arc<dyn TimeProvider>) -> Self {
        self.clock = Some(clock);
        self
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
        self.finished(|builder| builder.with_single_cert(chain, key))
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
        self.finished(|builder| builder.with_single_cert_with_ocsp(chain, key, ocsp))
    }

    /// Presents what the resolver chooses.
    #[must_use]
    pub fn with_cert_resolver(self, resolver: Arc<dyn ResolvesServerCert>) -> ServerConfig {
        let config: Result<_, Infallible> =
            self.finished(|builder| Ok(builder.with_cert_resolver(resolver)));
        match config {
            Ok(config) => config,
            Err(never) => match never {},
        }
    }

    fn finished<E>(
        self,
        present: impl FnOnce(ConfigBuilder<ServerConfig, WantsServerCert>) -> Result<ServerConfig, E>,
    ) -> Result<ServerConfig, E> {
        let mut config = present(self.builder)?;
        // rustls's servers choose by the client's order of preference unless they are told to choose by their own.
        let verifier = self.verifier.verifier().load();
        config.ignore_client_order = verifier.policy().tls.cipher_suites.is_some();
        drop(verifier);
        if let Some(ticketer) = self.ticketer {
            config.ticketer = ticketer;
        }
        if let Some(storage) = self.session_storage {
            config.session_storage = storage;
        }
        if let Some(clock) = self.clock {
            config.time_provider = clock;
        }
        config.protect_sessions(&self.verifier);
        Ok(config)
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

fn with_versions<S: rustls::ConfigSide>(
    builder: ConfigBuilder<S, rustls::WantsVersions>,
    tls: &AppliedTls,
) -> Result<ConfigBuilder<S, WantsVerifier>, BuildError> {
    let builder = builder.with_protocol_versions(&tls.versions);
    builder.map_err(|error| BuildError::policy("tls", error.to_string()))
}

fn finished(
    mut config: ClientConfig,
    clock: Option<Arc<dyn TimeProvider>>,
    verifier: &PolicyServerCertVerifier,
) -> ClientConfig {
    if let Some(clock) = clock {
        config.time_provider = clock;
    }
    config.protect_sessions(verifier);
    config
}
