//! Who is at the other end of a connection, as an application keeps it.

use std::fmt;
use std::sync::Arc;

use pki_types::CertificateDer;

use crate::certificate::{Certificate, DecodeError, Layout, PublicKey, Validity};
use crate::crypto::Sha256;
use crate::fingerprint::Fingerprint;
use crate::name::{DistinguishedName, GeneralNames};
use crate::path::VerifiedPath;
use crate::policy::Policy;
use crate::rules::subject_identifier::{IdentifierEntry, MatchedIdentifier};
use crate::verify::Verifier;

/// The facts of a peer's end entity certificate: owned, cheap to clone, fit to be kept with a connection.
///
/// From [`of`](Self::of) they are what the certificate says, **and nothing was verified**: on a connection that a verifier
/// of this crate accepted they were true at its handshake. [`VerifiedPath::identity`] gives them with what verification
/// adds: the label of the trust anchor, and the identifiers of the policy.
#[derive(Clone)]
pub struct PeerIdentity(Arc<Facts>);

struct Facts {
    der: CertificateDer<'static>,
    layout: Layout,
    fingerprint: Fingerprint,
    spki_fingerprint: Fingerprint,
    verified: Option<(String, Vec<MatchedIdentifier>)>,
}

/// A policy's entry that a certificate has, whoever issued it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimedIdentifier {
    /// The policy's entry; its labels say under whose anchors it would count.
    pub entry: IdentifierEntry,
    /// The certificate's value that meets it, exactly.
    pub value: String,
}

impl PeerIdentity {
    /// The facts of the first of `certificates`: what rustls's `peer_certificates` gives of a live connection, full or
    /// resumed. Verifies nothing: to do that, [`Verifier::recheck`].
    ///
    /// ```no_run
    /// # use rustls_policy_verifier::{PeerIdentity, DecodeError, rustls::ServerConnection};
    /// # fn handle(connection: &ServerConnection) -> Result<(), DecodeError> {
    /// match connection.peer_certificates() {
    ///     Some(certificates) => println!("{:?}", PeerIdentity::of(certificates)?),
    ///     None => println!("somebody without a certificate"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if there is no certificate, or the first is not one in strict DER.
    #[cfg(feature = "ring")]
    pub fn of(certificates: &[CertificateDer<'_>]) -> Result<Self, DecodeError> {
        Self::with_sha256(certificates, &Sha256::Ring)
    }

    fn with_sha256(
        certificates: &[CertificateDer<'_>],
        sha256: &Sha256,
    ) -> Result<Self, DecodeError> {
        let der = certificates.first().map_or(&[][..], |der| der);
        Ok(Self::new(&Certificate::decode(der)?, sha256, None))
    }

    pub(crate) fn verified(path: &VerifiedPath<'_>, sha256: &Sha256) -> Self {
        let verified = (path.label().to_owned(), path.identifiers());
        Self::new(path.end_entity(), sha256, Some(verified))
    }

    fn new(
        certificate: &Certificate<'_>,
        sha256: &Sha256,
        verified: Option<(String, Vec<MatchedIdentifier>)>,
    ) -> Self {
        Self(Arc::new(Facts {
            der: CertificateDer::from(certificate.der().to_vec()),
            layout: certificate.layout().clone(),
            fingerprint: sha256.fingerprint(certificate.der()),
            spki_fingerprint: sha256.fingerprint(certificate.spki()),
            verified,
        }))
    }

    /// The whole certificate.
    #[must_use]
    pub fn certificate(&self) -> Certificate<'_> {
        Certificate::from_layout(&self.0.der, &self.0.layout)
    }

    /// Whom the certificate is about.
    #[must_use]
    pub fn subject(&self) -> DistinguishedName<'_> {
        self.certificate().subject()
    }

    /// The names of subjectAltName, if present.
    #[must_use]
    pub fn subject_alternative_names(&self) -> Option<GeneralNames<'_>> {
        self.certificate().subject_alternative_names()
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.certificate().public_key()
    }

    /// The validity period.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.certificate().validity()
    }

    /// The SHA-256 of the certificate.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }

    /// The SHA-256 of the SubjectPublicKeyInfo: the same when a certificate is renewed with its key.
    #[must_use]
    pub fn spki_fingerprint(&self) -> Fingerprint {
        self.0.spki_fingerprint
    }

    /// The label of the trust anchor; `None` unless this comes from a verified path.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        let verified = self.0.verified.as_ref();
        verified.map(|(label, _)| label.as_str())
    }

    /// The policy's identifiers that the peer has, each with the label that vouches for it; empty unless this comes from a
    /// verified path.
    #[must_use]
    pub fn identifiers(&self) -> &[MatchedIdentifier] {
        let verified = self.0.verified.as_ref();
        verified.map_or(&[], |(_, identifiers)| identifiers)
    }

    /// The entries of the policy's any-of and all-of whose value the certificate has, **whoever issued it**: for logs. Grant
    /// nothing by this; [`VerifiedPath::identifiers`] are those that a trusted CA vouches for.
    #[must_use]
    pub fn claimed_identifiers(&self, policy: &Policy) -> Vec<ClaimedIdentifier> {
        let certificate = self.certificate();
        let claimed = policy.subject_identifier.claimed(&certificate);
        claimed
            .map(|(entry, value)| ClaimedIdentifier { entry, value })
            .collect()
    }
}

impl Verifier {
    /// As [`PeerIdentity::of`], also without the feature `ring`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if there is no certificate, or the first is not one in strict DER.
    pub fn identity_of(
        &self,
        certificates: &[CertificateDer<'_>],
    ) -> Result<PeerIdentity, DecodeError> {
        PeerIdentity::with_sha256(certificates, self.sha256())
    }
}

impl fmt::Debug for PeerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerIdentity")
            .field("subject", &self.subject())
            .field("fingerprint", &self.0.fingerprint)
            .field("label", &self.label())
            .finish_non_exhaustive()
    }
}
