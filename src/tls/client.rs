//! Clients' certificates, as a `ServerConfig` judges them.

use std::sync::Arc;

use pki_types::{CertificateDer, UnixTime};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, SignatureScheme};

use super::hints::{Hints, RootHints};
use super::{Adapter, ClientCertificates};
use crate::chain::PresentedChain;
use crate::error::BuildError;
use crate::live::LiveVerifier;
use crate::observer::Occasion;
use crate::peer::{Evidence, Peer, Role};

/// Judges clients' certificates in a rustls `ServerConfig`.
///
/// **rustls does not ask a verifier about resumed sessions.** In configurations of [`WithPolicy`](super::WithPolicy) the policy is
/// asked all the same; for a configuration built by hand, call [`protect_sessions`](super::protect_sessions).
///
/// In a configuration built by hand the policy's [`TlsSettings`](super::TlsSettings) are not applied, but for the minimum
/// version: the adapter refuses handshakes of older ones, of clients that present a certificate. Build with
/// [`PolicyServerConfig::from_verifier`](super::PolicyServerConfig::from_verifier), or from what
/// [`TlsSettings::apply`](super::TlsSettings::apply) gives.
#[derive(Clone, Debug)]
pub struct PolicyClientCertVerifier {
    adapter: Adapter,
    mandatory: bool,
    hints: Hints,
    session_id: Option<[u8; 16]>,
}

impl PolicyClientCertVerifier {
    /// An adapter over `verifier`: a client certificate is mandatory, unless the policy's
    /// [`TlsSettings::client_certificates`](super::TlsSettings::client_certificates) say otherwise. Handshake signatures are verified by the provider
    /// that the verifier was built with; if it was given none, by that of the builder whose
    /// [`with_policy_verifier`](super::WithPolicy::with_policy_verifier) it goes into; if there is none either, by the process's
    /// default provider, or by *ring*.
    ///
    /// # Errors
    ///
    /// [`BuildError::Direction`] if the verifier's policy is for servers.
    pub fn new(verifier: impl Into<LiveVerifier>) -> Result<Self, BuildError> {
        let adapter = Adapter::new(verifier.into(), Role::Client)?;
        let client_certificates = adapter.verifier.load().policy().tls.client_certificates;
        Ok(Self {
            adapter,
            mandatory: client_certificates == ClientCertificates::Required,
            hints: Hints::new(RootHints::Anchors),
            session_id: None,
        })
    }

    /// Clients without a certificate reach the application, which can answer them. A certificate that is presented is
    /// judged all the same.
    #[must_use]
    pub fn allow_unauthenticated(mut self) -> Self {
        self.mandatory = false;
        self
    }

    /// The names of CAs that clients are told of. More than 60,000 octets of them do not go into one TLS message: then none
    /// are told, and clients choose by themselves. So it is too when the names of a [`LiveVerifier`]'s trust anchors have changed
    /// more than 63 times.
    #[must_use]
    pub fn root_hints(mut self, hints: RootHints) -> Self {
        self.hints = Hints::new(hints);
        self
    }

    /// Lets sessions resume at several servers, of one policy, that share a ticketer or session storage: those of verifiers
    /// with the same id. By default sessions resume only in the configuration that stored them.
    #[must_use]
    pub fn share_sessions(mut self, id: [u8; 16]) -> Self {
        self.session_id = Some(id);
        self
    }

    /// Answers with rustls's own error where one fits, so that the peer gets the telling alert. The report is then not
    /// in the error: an [`Observer`](crate::Observer) hears it.
    ///
    #[doc = include_str!("alerts.md")]
    #[must_use]
    pub fn prefer_specific_alerts(mut self) -> Self {
        self.adapter.telling.specific_alerts = true;
        self
    }

    /// Keeps the reasons of a refusal out of what rustls prints, which says then only that the certificate was refused;
    /// [`refusal_in`](super::refusal_in) and observers have them all the same. For QUIC, whose stacks send the words of a TLS
    /// error to the peer, and with them what the policy asks for.
    #[must_use]
    pub fn hide_reasons(mut self) -> Self {
        self.adapter.telling.hide_reasons = true;
        self
    }

    pub(super) fn in_configuration_of(&mut self, provider: &Arc<CryptoProvider>) {
        self.adapter.in_configuration_of(provider, self.mandatory);
    }

    /// The engine, which can be replaced.
    #[must_use]
    pub fn verifier(&self) -> &LiveVerifier {
        &self.adapter.verifier
    }

    pub(super) fn is_mandatory(&self) -> bool {
        // Of clients without a certificate no verifier is asked, so the adapter could not refuse them.
        self.mandatory || self.adapter.exceeds_settings
    }

    pub(super) fn accepts_nobody(&self) -> bool {
        self.adapter.exceeds_settings
    }

    pub(super) fn shared_session_id(&self) -> Option<[u8; 16]> {
        self.session_id
    }
}

impl ClientCertVerifier for PolicyClientCertVerifier {
    fn client_auth_mandatory(&self) -> bool {
        self.is_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.hints.names(&self.adapter.verifier)
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let chain = PresentedChain::new(end_entity, intermediates);
        let verifier = self.adapter.verifier.load();
        match verifier.judge_on(
            Occasion::Handshake,
            &chain,
            Peer::Client,
            Evidence::default(),
            now,
        ) {
            Ok(()) => Ok(ClientCertVerified::assertion()),
            Err(refusal) => Err(self.adapter.refusal(refusal)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.adapter.verify_tls12(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.adapter.verify_tls13(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.adapter.schemes()
    }
}
