//! Servers' certificates, as a `ClientConfig` judges them.

use std::sync::{Arc, OnceLock};

use pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{DigitallySignedStruct, SignatureScheme};

use super::Adapter;
use super::session::KeptSessions;
use crate::chain::PresentedChain;
use crate::error::BuildError;
use crate::live::LiveVerifier;
use crate::observer::Occasion;
use crate::peer::{Evidence, OcspStaple, Peer, Role};

/// Judges servers' certificates in a rustls `ClientConfig`.
///
/// **rustls does not ask a verifier about resumed sessions.** In configurations of [`WithPolicy`](super::WithPolicy) the policy is
/// asked all the same; for a configuration built by hand, call [`protect_sessions`](super::protect_sessions).
///
/// In a configuration built by hand the policy's [`TlsSettings`](super::TlsSettings) are not applied, but for the minimum
/// version: the adapter refuses handshakes of older ones. Build with
/// [`PolicyClientConfig::from_verifier`](super::PolicyClientConfig::from_verifier), or from what
/// [`TlsSettings::apply`](super::TlsSettings::apply) gives.
#[derive(Clone, Debug)]
pub struct PolicyServerCertVerifier {
    adapter: Adapter,
    /// Once they are protected; clones share them.
    sessions: Arc<OnceLock<Arc<KeptSessions>>>,
}

impl PolicyServerCertVerifier {
    /// An adapter over `verifier`. Handshake signatures are verified by the provider that the verifier was built with; if it
    /// was given none, by that of the builder whose [`with_policy_verifier`](super::WithPolicy::with_policy_verifier) it goes
    /// into; if there is none either, by the process's default provider, or by *ring*.
    ///
    /// # Errors
    ///
    /// [`BuildError::Direction`] if the verifier's policy is for clients.
    pub fn new(verifier: impl Into<LiveVerifier>) -> Result<Self, BuildError> {
        Ok(Self {
            adapter: Adapter::new(verifier.into(), Role::Server)?,
            sessions: Arc::default(),
        })
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
        self.adapter.in_configuration_of(provider, true);
    }

    /// The engine, which can be replaced.
    #[must_use]
    pub fn verifier(&self) -> &LiveVerifier {
        &self.adapter.verifier
    }

    /// Its sessions.
    pub(super) fn sessions(&self) -> Arc<KeptSessions> {
        let kept = || Arc::new(KeptSessions::new(self.adapter.verifier.clone()));
        self.sessions.get_or_init(kept).clone()
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
        let (verifier, peer) = (self.adapter.verifier.load(), Peer::Server(server_name));
        let verdict = verifier.judge_on(Occasion::Handshake, &chain, peer, evidence, now);
        if let Some(sessions) = self.sessions.get() {
            match &verdict {
                Ok(()) => sessions.accepted(server_name, &chain, ocsp_response),
                Err(_) => sessions.refused(server_name, &chain),
            }
        }
        match verdict {
            Ok(()) => Ok(ServerCertVerified::assertion()),
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
