//! Servers' certificates, as a `ClientConfig` judges them.

use std::sync::Arc;

use pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{DigitallySignedStruct, SignatureScheme};

use super::Adapter;
use crate::chain::PresentedChain;
use crate::error::BuildError;
use crate::observer::Occasion;
use crate::peer::{Evidence, OcspStaple, Peer, Role};
use crate::verify::Verifier;

/// Judges servers' certificates in a rustls `ClientConfig`.
///
/// **rustls does not ask a verifier about resumed sessions.** [`WithPolicy::with_policy`](super::WithPolicy) builds
/// configurations without resumption; for a configuration built by hand, call
/// [`protect_sessions`](super::protect_sessions).
#[derive(Clone, Debug)]
pub struct PolicyServerCertVerifier(Adapter);

impl PolicyServerCertVerifier {
    /// An adapter over `verifier`. Handshake signatures are verified by the provider that the verifier was built with; if it
    /// was given none, by that of the builder whose [`with_policy_verifier`](super::WithPolicy::with_policy_verifier) it goes
    /// into; if there is none either, by the process's default provider, or by *ring*.
    ///
    /// # Errors
    ///
    /// [`BuildError::Direction`] if the verifier's policy is for clients.
    pub fn new(verifier: Arc<Verifier>) -> Result<Self, BuildError> {
        Adapter::new(verifier, Role::Server).map(Self)
    }

    /// Answers with rustls's own error where one fits, so that the peer gets the telling alert. The report is then not
    /// in the error: an [`Observer`](crate::Observer) hears it.
    ///
    #[doc = include_str!("alerts.md")]
    #[must_use]
    pub fn prefer_specific_alerts(mut self) -> Self {
        self.0.telling.specific_alerts = true;
        self
    }

    /// Keeps the reasons of a refusal out of what rustls prints, which says then only that the certificate was refused;
    /// [`refusal_in`](super::refusal_in) and observers have them all the same. For QUIC, whose stacks send the words of a TLS
    /// error to the peer, and with them what the policy asks for.
    #[must_use]
    pub fn hide_reasons(mut self) -> Self {
        self.0.telling.hide_reasons = true;
        self
    }

    pub(super) fn in_configuration_of(&mut self, provider: &CryptoProvider) {
        self.0.in_configuration_of(provider);
    }

    /// The engine.
    #[must_use]
    pub fn verifier(&self) -> &Arc<Verifier> {
        &self.0.verifier
    }
}

impl ServerCertVerifier for PolicyServerCertVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let evidence = Evidence {
            ocsp: match ocsp_response {
                [] => OcspStaple::Absent,
                response => OcspStaple::Given(response),
            },
        };
        let chain = PresentedChain::new(end_entity, intermediates);
        let (verifier, peer) = (&self.0.verifier, Peer::Server(server_name));
        match verifier.judge_on(Occasion::Handshake, &chain, peer, evidence, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(refusal) => Err(self.0.refusal(refusal)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.schemes()
    }
}
