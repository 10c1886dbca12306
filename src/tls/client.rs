//! Clients' certificates, as a `ServerConfig` judges them.

use std::sync::Arc;

use pki_types::{CertificateDer, UnixTime};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, SignatureScheme};

use super::Adapter;
use crate::chain::PresentedChain;
use crate::error::BuildError;
use crate::observer::Occasion;
use crate::peer::{Evidence, Peer, Role};
use crate::verify::Verifier;

/// Judges clients' certificates in a rustls `ServerConfig`.
///
/// **rustls does not ask a verifier about resumed sessions.** [`WithPolicy::with_policy`](super::WithPolicy) builds
/// configurations without resumption; for a configuration built by hand, call
/// [`protect_sessions`](super::protect_sessions).
#[derive(Clone, Debug)]
pub struct PolicyClientCertVerifier {
    adapter: Adapter,
    mandatory: bool,
    hints: Vec<DistinguishedName>,
}

/// The names of CAs that a server tells clients it accepts (RFC 8446 section 4.2.4).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RootHints {
    /// The names of the trust anchors. The default.
    Anchors,
    /// These names, each the DER of a Name.
    Given(Vec<DistinguishedName>),
    /// No names: clients choose by themselves.
    None,
}

impl PolicyClientCertVerifier {
    /// An adapter over `verifier`: a client certificate is mandatory. Handshake signatures are verified by the provider
    /// that the verifier was built with; if it was given none, by that of the builder whose
    /// [`with_policy_verifier`](super::WithPolicy::with_policy_verifier) it goes into; if there is none either, by the process's
    /// default provider, or by *ring*.
    ///
    /// # Errors
    ///
    /// [`BuildError::Direction`] if the verifier's policy is for servers.
    pub fn new(verifier: Arc<Verifier>) -> Result<Self, BuildError> {
        let adapter = Adapter::new(verifier, Role::Client)?;
        let hints = anchor_names(&adapter.verifier);
        Ok(Self {
            adapter,
            mandatory: true,
            hints,
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
    /// are told, and clients choose by themselves.
    #[must_use]
    pub fn root_hints(mut self, hints: RootHints) -> Self {
        self.hints = match hints {
            RootHints::Anchors => anchor_names(&self.adapter.verifier),
            RootHints::Given(names) => bounded(names),
            RootHints::None => Vec::new(),
        };
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

    pub(super) fn in_configuration_of(&mut self, provider: &CryptoProvider) {
        self.adapter.in_configuration_of(provider);
    }

    /// The engine.
    #[must_use]
    pub fn verifier(&self) -> &Arc<Verifier> {
        &self.adapter.verifier
    }
}

fn anchor_names(verifier: &Verifier) -> Vec<DistinguishedName> {
    let mut subjects = Vec::new();
    for subject in verifier.anchor_subjects() {
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    let names = subjects.into_iter();
    bounded(
        names
            .map(|subject| DistinguishedName::in_sequence(subject.contents()))
            .collect(),
    )
}

/// Most octets of names in a CertificateRequest: its lengths have two octets, and there is more in it.
const MOST_HINT_OCTETS: usize = 60_000;

/// rustls would build a message that cannot be encoded.
fn bounded(names: Vec<DistinguishedName>) -> Vec<DistinguishedName> {
    let octets = names.iter().fold(0usize, |sum, name| {
        sum.saturating_add(name.as_ref().len()).saturating_add(2)
    });
    if octets > MOST_HINT_OCTETS {
        return Vec::new();
    }
    names
}

impl ClientCertVerifier for PolicyClientCertVerifier {
    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let chain = PresentedChain::new(end_entity, intermediates);
        let verifier = &self.adapter.verifier;
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
