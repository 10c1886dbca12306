//! Why no path was found, and where the chain stops.

use std::fmt;

use crate::certificate::Certificate;
use crate::chain::PresentedList;
use crate::path::Position;
use crate::reason::worded_reasons;
use crate::report::{Fact, Violation};
use crate::trust::TrustAnchors;

/// Why chain building failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainFailure {
    /// webpki's reason: of all paths tried, the most telling.
    pub reason: ChainReason,
    /// Where names no longer lead on to an anchor, if they do not.
    pub stops_at: Option<ChainStop>,
    /// Whether the end entity itself is among the trust anchors: that does not make it trusted.
    pub end_entity_is_anchor: bool,
}

/// Where a chain stops: nobody presented, and no trust anchor is, the issuer named there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainStop {
    /// The last certificate that names led to.
    pub position: Position,
    /// Its subject, escaped and bounded.
    pub subject: String,
    /// Whether it is one of the verifier's known intermediates; `position` is then of the certificate before.
    pub known_here: bool,
    /// Its issuer, escaped and bounded.
    pub issuer: String,
    /// Whether it is self-issued: a root that is no trust anchor.
    pub self_issued: bool,
}

worded_reasons! {
    /// A reason for which webpki refuses a chain.
    ChainReason:
    /// A certificate is not DER.
    BadEncoding, "bad-encoding", "a certificate is not well-formed DER",
        "have the certificate issued again by a CA that encodes correctly";
    /// A time in a certificate is malformed.
    BadTime, "bad-time", "a time in a certificate is malformed",
        "have the certificate issued again with times as RFC 5280 section 4.1.2.5 has them";
    /// The end entity's certificate is a CA certificate.
    CaAsEndEntity, "ca-as-end-entity", "the end entity's certificate is a CA certificate (basicConstraints with cA)",
        "use a certificate without cA for the peer itself; for a self-signed one, `openssl req -x509` needs `-addext basicConstraints=critical,CA:FALSE`";
    /// A key is on webpki's list of distrusted keys.
    Distrusted, "distrusted", "a key of the chain is known to be compromised or distrusted",
        "have the certificate issued again under another CA";
    /// A certificate has expired.
    Expired, "expired", "a certificate of the chain has expired",
        "the peer must renew the certificate that has expired";
    /// The certificate is for another name.
    NotValidForName, "not-valid-for-name", "the certificate is for another name",
        "connect by a name the certificate has, or have it issued for this name";
    /// A certificate is not valid yet.
    NotYetValid, "not-yet-valid", "a certificate of the chain is not valid yet",
        "check the clock on this machine; if it is right, wait until the certificate is valid";
    /// A certificate is revoked.
    Revoked, "revoked", "a certificate of the chain is revoked",
        "the peer must get a new certificate";
    /// A CRL has expired.
    CrlExpired, "crl-expired", "a CRL has expired",
        "load the CA's current CRL";
    /// An extended key usage without purposes.
    EmptyExtendedKeyUsage, "empty-extended-key-usage", "an extended key usage has no purpose",
        "have the certificate issued again with the purposes it needs";
    /// A certificate that is no CA's has issued another.
    EndEntityAsCa, "end-entity-as-ca", "a certificate that is not a CA's (no basicConstraints with cA) has issued another",
        "send the CA's certificate as issued for a CA, or have the end entity issued by a CA";
    /// An extension is malformed or stands there twice.
    BadExtension, "bad-extension", "an extension of a certificate is malformed or stands there twice",
        "have the certificate issued again by a CA that encodes correctly";
    /// A validity period ends before it begins.
    BadValidity, "bad-validity", "a validity period ends before it begins",
        "have the certificate issued again";
    /// A CRL number is malformed.
    BadCrlNumber, "bad-crl-number", "the number of a CRL is malformed",
        "have the CA issue its CRL again";
    /// A name constraint is malformed.
    BadNameConstraint, "bad-name-constraint", "a name constraint of a CA is malformed",
        "have the CA's certificate issued again with well-formed name constraints";
    /// A serial number is malformed.
    BadSerialNumber, "bad-serial-number", "a serial number is malformed",
        "have the certificate issued again";
    /// A CRL's signature is wrong.
    BadCrlSignature, "bad-crl-signature", "the signature of a CRL is not the issuer's",
        "load the CA's own CRL";
    /// A certificate's signature is wrong.
    BadSignature, "bad-signature", "the signature of a certificate is not its issuer's",
        "check that the intermediates and the trust anchor are the ones that issued the chain: a CA may have several certificates of one name with different keys";
    /// A CRL's issuer may not sign CRLs.
    IssuerNotCrlSigner, "issuer-not-crl-signer", "the issuer of a CRL may not sign CRLs (key usage without cRLSign)",
        "have the CA's certificate issued again with cRLSign";
    /// A DNS name is malformed.
    BadDnsName, "bad-dns-name", "a DNS name in a certificate is malformed",
        "have the certificate issued again with host names in A-label form";
    /// The search would take more work than is allowed.
    TooMuchWork, "too-much-work", "the search for a path would take more work than is allowed",
        "send only the certificates of one chain: the end entity and its intermediates";
    /// A path has more than six intermediates.
    PathTooLong, "path-too-long", "a path has more than six intermediates",
        "send a chain with fewer intermediates";
    /// A CA's name constraints forbid a name.
    NameConstraintViolation, "name-constraint-violation", "a CA's name constraints do not permit a name of a certificate below it",
        "have the certificate issued with names the CA may issue, or by another CA";
    /// A CA's path length constraint is exceeded.
    PathLengthConstraintViolation, "path-length-constraint-violation", "more CAs stand below a CA than its pathLenConstraint permits",
        "have the certificate issued by a CA nearer to the root";
    /// The extended key usage does not have the role's purpose.
    WrongPurpose, "wrong-purpose", "a certificate's extended key usage does not have the purpose it is used for",
        "servers need serverAuth, clients need clientAuth: have the certificate issued again for its use";
    /// The signature algorithms inside and outside the signed part differ.
    SignatureAlgorithmMismatch, "signature-algorithm-mismatch", "the signature algorithms inside and outside the signed part of a certificate differ",
        "have the certificate issued again";
    /// No issuer could be found.
    UnknownIssuer, "unknown-issuer", "no trust anchor issued the chain",
        "ask the partner which CA issues its certificates, and add that one's certificate to the trust anchors";
    /// The revocation status is not known.
    UnknownRevocationStatus, "unknown-revocation-status", "the revocation status of a certificate is not known",
        "load a CRL of its issuer";
    /// Not version 3.
    UnsupportedVersion, "unsupported-version", "a certificate is not of X.509 version 3",
        "have the certificate issued again as version 3";
    /// A critical extension that is not known.
    UnsupportedCriticalExtension, "unsupported-critical-extension", "a certificate has a critical extension that is not supported",
        "have the certificate issued again without it, or with the extension not critical";
    /// A CRL uses what is not supported.
    UnsupportedCrl, "unsupported-crl", "a CRL is of a kind that is not supported",
        "load a complete, direct CRL of the issuer";
    /// A kind of server name that is not supported.
    UnsupportedNameType, "unsupported-name-type", "server names of this kind are not supported",
        "connect by a DNS name or an IP address";
    /// The signature algorithm is not supported by the crypto provider.
    UnsupportedSignatureAlgorithm, "unsupported-signature-algorithm", "a certificate is signed with an algorithm that the crypto provider does not verify",
        "have the certificate issued again with RSA or ECDSA and SHA-256 or stronger, or with Ed25519";
    /// The signature algorithm does not go with the issuer's key.
    SignatureAlgorithmNotOfKey, "signature-algorithm-not-of-key", "a certificate is signed with an algorithm that does not go with its issuer's key",
        "check that the intermediates and the trust anchor are the ones that issued the chain; the provider may also not support the key's kind or curve";
    /// Something a newer webpki distinguishes.
    Other, "other", "webpki refuses the chain for a reason this version does not know",
        "compare with `openssl verify -verbose`";
}

impl ChainReason {
    /// Whether a rule says the same of a certificate, with more words.
    pub(crate) fn is_said_by(self, violation: &Violation) -> bool {
        match (self, &violation.required, &violation.presented) {
            (Self::Expired, Fact::ValidAt(now), Fact::Validity(validity)) => {
                *now > validity.not_after
            }
            (Self::NotYetValid, Fact::ValidAt(now), Fact::Validity(validity)) => {
                *now < validity.not_before
            }
            (Self::WrongPurpose, Fact::RequiredPurposes(_), Fact::Purposes(_)) => true,
            (Self::UnsupportedSignatureAlgorithm, Fact::RequiredSignature(_), _) => true,
            _ => false,
        }
    }
}

impl fmt::Display for ChainReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl fmt::Display for ChainFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.sentence())?;
        match &self.stops_at {
            None => Ok(()),
            Some(stop) => write!(f, "; {stop}"),
        }
    }
}

impl fmt::Display for ChainStop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the chain stops at ")?;
        if self.known_here {
            write!(f, "the known intermediate {}", self.subject)?;
        } else {
            write!(f, "{}", self.position)?;
        }
        if self.self_issued {
            write!(
                f,
                ", a self-issued certificate that is no trust anchor: {}",
                self.subject
            )
        } else {
            write!(f, ", issued by {}", self.issuer)
        }
    }
}

/// Follows issuer names from the end entity, by every certificate that has them. If none of the ways leads to an anchor,
/// says where the longest stops, in whatever order the certificates came.
pub(crate) fn chain_stop(
    end_entity: &Certificate<'_>,
    presented: &PresentedList<'_>,
    known: &[Certificate<'_>],
    anchors: &TrustAnchors,
) -> Option<ChainStop> {
    let sent: Vec<_> = presented
        .iter()
        .filter_map(|presented| {
            let decoded = presented.decoded.as_ref().ok()?;
            Some((Position::Presented(presented.number), false, decoded))
        })
        .collect();
    let mut stops = Vec::new();
    let mut visited: Vec<&[u8]> = vec![end_entity.der()];
    let mut level = vec![(Position::EndEntity, false, end_entity)];
    // Each certificate is on one level only, so that this ends.
    while !level.is_empty() {
        stops.clear();
        let mut next_level = Vec::new();
        for (position, known_here, certificate) in level {
            if anchors.of_subject(certificate.issuer()).next().is_some() {
                return None;
            }
            // A known intermediate has no position of its own.
            let known = known
                .iter()
                .map(|certificate| (position, true, certificate));
            for next in sent.iter().copied().chain(known) {
                let der = next.2.der();
                if next.2.subject() == certificate.issuer() && !visited.contains(&der) {
                    visited.push(der);
                    next_level.push(next);
                }
            }
            stops.push(ChainStop {
                position,
                subject: certificate.subject().to_string(),
                known_here,
                issuer: certificate.issuer().to_string(),
                self_issued: certificate.is_self_issued(),
            });
        }
        level = next_level;
    }
    stops
        .into_iter()
        .min_by(|one, other| (&one.issuer, &one.subject).cmp(&(&other.issuer, &other.subject)))
}
