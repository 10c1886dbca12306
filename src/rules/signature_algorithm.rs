//! `signature-algorithm`: how certificates may be signed (RFC 5280 section 4.1.1.2; BR section 7.1.3.2).
//!
//! Judges the signatures of the end entity and of every intermediate, never the anchor's own: trust in an anchor
//! does not come from its signature.

use std::fmt;

use crate::certificate::Certificate;
use crate::error::BuildError;
use crate::oid::OidBuf;
use crate::path::Position;
use crate::peer::Role;
use crate::policy::{BuildContext, RuleSettings, Setting};
use crate::report::Fact;
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::text;

/// A signature algorithm, as a certificate names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with a hash (RFC 8017 section 8.2).
    RsaPkcs1(SignatureHash),
    /// RSASSA-PSS with a hash (RFC 4055 section 3.1).
    RsaPss(SignatureHash),
    /// ECDSA with a hash (RFC 5758 section 3.2).
    Ecdsa(SignatureHash),
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Ed448 (RFC 8410).
    Ed448,
    /// ML-DSA (RFC 9881): 44, 65 or 87.
    MlDsa(u8),
    /// Any other, by its identifier.
    Other(OidBuf),
}

/// The hash of a signature algorithm, from the weakest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SignatureHash {
    /// MD5: broken.
    #[cfg_attr(feature = "serde", serde(rename = "MD5"))]
    Md5,
    /// SHA-1: broken (RFC 9155).
    #[cfg_attr(feature = "serde", serde(rename = "SHA-1"))]
    Sha1,
    /// SHA-224.
    #[cfg_attr(feature = "serde", serde(rename = "SHA-224"))]
    Sha224,
    /// SHA-256.
    #[cfg_attr(feature = "serde", serde(rename = "SHA-256"))]
    Sha256,
    /// SHA-384.
    #[cfg_attr(feature = "serde", serde(rename = "SHA-384"))]
    Sha384,
    /// SHA-512.
    #[cfg_attr(feature = "serde", serde(rename = "SHA-512"))]
    Sha512,
}

impl fmt::Display for SignatureHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaPkcs1(hash) => write!(f, "RSA PKCS#1 v1.5 with {hash}"),
            Self::RsaPss(hash) => write!(f, "RSA-PSS with {hash}"),
            Self::Ecdsa(hash) => write!(f, "ECDSA with {hash}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Ed448 => f.write_str("Ed448"),
            Self::MlDsa(set) => write!(f, "ML-DSA-{set}"),
            Self::Other(oid) => write!(f, "the signature algorithm {oid}"),
        }
    }
}

/// A family of signature algorithms, as policies name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum SignatureFamily {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1,
    /// RSASSA-PSS.
    RsaPss,
    /// ECDSA.
    Ecdsa,
    /// Ed25519.
    Ed25519,
    /// ML-DSA.
    MlDsa,
}

impl fmt::Display for SignatureFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RsaPkcs1 => "RSA PKCS#1 v1.5",
            Self::RsaPss => "RSA-PSS",
            Self::Ecdsa => "ECDSA",
            Self::Ed25519 => "Ed25519",
            Self::MlDsa => "ML-DSA",
        })
    }
}

/// What a signature should have been.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureRequirement {
    /// A hash at least as strong as this.
    HashAtLeast(SignatureHash),
    /// One of these families.
    Among(Vec<SignatureFamily>),
}

impl fmt::Display for SignatureRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HashAtLeast(hash) => write!(f, "a signature with {hash} or stronger"),
            Self::Among(families) => {
                f.write_str("a signature by ")?;
                text::list(f, families, " or ")
            }
        }
    }
}

/// Settings of the rule `signature-algorithm`: how the end entity and every intermediate may be signed (RFC 5280 section
/// 4.1.1.2, RFC 9155, BR section 7.1.3.2). The anchor's own signature is not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct SignatureAlgorithms {
    /// The weakest hash permitted. Ed25519 and ML-DSA have theirs built in and pass. Starting point: SHA-256.
    pub minimum_hash: SignatureHash,
    /// The families permitted; `None`: all that are known here.
    pub permitted: Option<Vec<SignatureFamily>>,
}

impl Default for SignatureAlgorithms {
    fn default() -> Self {
        Self {
            minimum_hash: SignatureHash::Sha256,
            permitted: None,
        }
    }
}

const ALL_FAMILIES: [SignatureFamily; 5] = [
    SignatureFamily::RsaPkcs1,
    SignatureFamily::RsaPss,
    SignatureFamily::Ecdsa,
    SignatureFamily::Ed25519,
    SignatureFamily::MlDsa,
];

impl RuleSettings for SignatureAlgorithms {
    const ID: RuleId = RuleId::new("signature-algorithm");
    const CITATION: &'static str = "RFC 5280 section 4.1.1.2, RFC 9155, BR section 7.1.3.2";

    fn starting_point(_role: Role) -> Setting<Self> {
        Setting::enforced(Self::default())
    }

    fn validate(&self, _context: &BuildContext<'_>) -> Result<(), BuildError> {
        if self.permitted.as_ref().is_some_and(Vec::is_empty) {
            return Err(BuildError::policy(
                "signature-algorithm.permitted",
                "the list is empty: this accepts nobody",
            ));
        }
        if self.minimum_hash < SignatureHash::Sha256 {
            return Err(BuildError::policy(
                "signature-algorithm.minimum-hash",
                format!("{} is too weak: no provider verifies it", self.minimum_hash),
            ));
        }
        Ok(())
    }
}

impl Rule for SignatureAlgorithms {
    fn id(&self) -> RuleId {
        Self::ID
    }

    fn judges(&self, position: Position) -> bool {
        !matches!(position, Position::TrustAnchor | Position::Path)
    }

    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        _context: &Context<'_>,
        findings: &mut Findings,
    ) {
        if position == Position::TrustAnchor {
            return;
        }
        let algorithm = recognise(certificate.signature_algorithm());
        let (family, hash) = match &algorithm {
            Recognised::Known(family, hash) => (Some(*family), *hash),
            Recognised::MlDsa(_) => (Some(SignatureFamily::MlDsa), None),
            Recognised::Ed448 | Recognised::Other => (None, None),
        };
        let permitted = match (&self.permitted, family) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(permitted), Some(family)) => permitted.contains(&family),
        };
        let presented = || Fact::Signature(algorithm.to_owned(certificate.signature_algorithm()));
        if !permitted {
            let among = self
                .permitted
                .clone()
                .unwrap_or_else(|| ALL_FAMILIES.to_vec());
            findings.violation(
                position,
                Fact::RequiredSignature(SignatureRequirement::Among(among)),
                presented(),
            );
        }
        if hash.is_some_and(|hash| hash < self.minimum_hash) {
            findings.violation(
                position,
                Fact::RequiredSignature(SignatureRequirement::HashAtLeast(self.minimum_hash)),
                presented(),
            );
        }
    }
}

/// A signature algorithm recognised, without allocation.
enum Recognised {
    Known(SignatureFamily, Option<SignatureHash>),
    MlDsa(u8),
    Ed448,
    Other,
}

impl Recognised {
    fn to_owned(&self, identifier: &[u8]) -> SignatureAlgorithm {
        match self {
            Self::Known(SignatureFamily::RsaPkcs1, Some(hash)) => {
                SignatureAlgorithm::RsaPkcs1(*hash)
            }
            Self::Known(SignatureFamily::RsaPss, Some(hash)) => SignatureAlgorithm::RsaPss(*hash),
            Self::Known(SignatureFamily::Ecdsa, Some(hash)) => SignatureAlgorithm::Ecdsa(*hash),
            Self::Known(SignatureFamily::Ed25519, _) => SignatureAlgorithm::Ed25519,
            Self::MlDsa(set) => SignatureAlgorithm::MlDsa(*set),
            Self::Ed448 => SignatureAlgorithm::Ed448,
            Self::Known(..) | Self::Other => {
                let oid = algorithm_oid(identifier).unwrap_or_default();
                SignatureAlgorithm::Other(OidBuf::from(crate::oid::Oid::known(oid)))
            }
        }
    }
}

/// The algorithm that the contents of an AlgorithmIdentifier name.
pub(crate) fn named(identifier: &[u8]) -> SignatureAlgorithm {
    recognise(identifier).to_owned(identifier)
}

/// Whether its hash is known to be weaker than SHA-256.
pub(crate) fn is_weak(identifier: &[u8]) -> bool {
    match recognise(identifier) {
        Recognised::Known(_, Some(hash)) => hash < SignatureHash::Sha256,
        _ => false,
    }
}

/// The object identifier at the start of an AlgorithmIdentifier's contents, which the decoder has checked.
fn algorithm_oid(identifier: &[u8]) -> Option<&[u8]> {
    let mut reader = crate::certificate::Reader::new(identifier, "signatureAlgorithm");
    crate::certificate::decode_oid(&mut reader)
        .ok()
        .map(|oid| oid.contents())
}

fn recognise(identifier: &[u8]) -> Recognised {
    use SignatureFamily::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
    use SignatureHash::{Md5, Sha1, Sha224, Sha256, Sha384, Sha512};

    /// 1.2.840.113549.1.1
    const PKCS1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
    /// 1.2.840.10045.4
    const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4];
    /// 2.16.840.1.101.3.4.3
    const NIST: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 3, 4, 3];

    let Some(oid) = algorithm_oid(identifier) else {
        return Recognised::Other;
    };
    if let Some(last) = oid.strip_prefix(PKCS1) {
        return match last {
            [4] => Recognised::Known(RsaPkcs1, Some(Md5)),
            [5] => Recognised::Known(RsaPkcs1, Some(Sha1)),
            [14] => Recognised::Known(RsaPkcs1, Some(Sha224)),
            [11] => Recognised::Known(RsaPkcs1, Some(Sha256)),
            [12] => Recognised::Known(RsaPkcs1, Some(Sha384)),
            [13] => Recognised::Known(RsaPkcs1, Some(Sha512)),
            [10] => match pss_hash(identifier) {
                Some(hash) => Recognised::Known(RsaPss, Some(hash)),
                None => Recognised::Other,
            },
            _ => Recognised::Other,
        };
    }
    if let Some(last) = oid.strip_prefix(ECDSA) {
        return match last {
            [1] => Recognised::Known(Ecdsa, Some(Sha1)),
            [3, 1] => Recognised::Known(Ecdsa, Some(Sha224)),
            [3, 2] => Recognised::Known(Ecdsa, Some(Sha256)),
            [3, 3] => Recognised::Known(Ecdsa, Some(Sha384)),
            [3, 4] => Recognised::Known(Ecdsa, Some(Sha512)),
            _ => Recognised::Other,
        };
    }
    if let Some(last) = oid.strip_prefix(NIST) {
        return match last {
            [17] => Recognised::MlDsa(44),
            [18] => Recognised::MlDsa(65),
            [19] => Recognised::MlDsa(87),
            _ => Recognised::Other,
        };
    }
    match oid {
        [0x2b, 0x65, 0x70] => Recognised::Known(Ed25519, None),
        [0x2b, 0x65, 0x71] => Recognised::Ed448,
        _ => Recognised::Other,
    }
}

/// The hash of RSASSA-PSS-params (RFC 4055 section 3.1); SHA-1 where it is left out. `None` if unreadable.
fn pss_hash(identifier: &[u8]) -> Option<SignatureHash> {
    use crate::certificate::{Reader, decode_oid, tag};

    /// 2.16.840.1.101.3.4.2
    const NIST_HASHES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 3, 4, 2];

    let mut reader = Reader::new(identifier, "signatureAlgorithm");
    decode_oid(&mut reader).ok()?;
    let parameters = reader.expect(tag::SEQUENCE).ok()?;
    let mut parameters = reader.inside(parameters.contents, "RSASSA-PSS-params");
    let Some(hash) = parameters.optional(tag::constructed(0)).ok()? else {
        return Some(SignatureHash::Sha1);
    };
    let mut hash = parameters.inside(hash.contents, "hashAlgorithm");
    let algorithm = hash.expect(tag::SEQUENCE).ok()?;
    let oid = decode_oid(&mut hash.inside(algorithm.contents, "hashAlgorithm")).ok()?;
    match oid.contents().strip_prefix(NIST_HASHES) {
        Some([1]) => Some(SignatureHash::Sha256),
        Some([2]) => Some(SignatureHash::Sha384),
        Some([3]) => Some(SignatureHash::Sha512),
        Some([4]) => Some(SignatureHash::Sha224),
        _ => (oid.contents() == [0x2b, 0x0e, 3, 2, 26]).then_some(SignatureHash::Sha1),
    }
}

#[cfg(test)]
#[cfg(feature = "ring")]
mod tests {
    use super::*;
    use crate::support::{der, keys, oids};

    /// What an AlgorithmIdentifier is called.
    fn name_of(identifier: &[u8]) -> String {
        let (_, contents, _) = der::split(identifier);
        named(contents).to_string()
    }

    #[test]
    fn algorithms_are_known_by_their_identifiers() {
        let names = [
            (oids::MD5_WITH_RSA, "RSA PKCS#1 v1.5 with MD5"),
            (oids::SHA1_WITH_RSA, "RSA PKCS#1 v1.5 with SHA-1"),
            ("1.2.840.113549.1.1.14", "RSA PKCS#1 v1.5 with SHA-224"),
            (oids::SHA256_WITH_RSA, "RSA PKCS#1 v1.5 with SHA-256"),
            (oids::SHA384_WITH_RSA, "RSA PKCS#1 v1.5 with SHA-384"),
            (oids::SHA512_WITH_RSA, "RSA PKCS#1 v1.5 with SHA-512"),
            (oids::ECDSA_WITH_SHA1, "ECDSA with SHA-1"),
            ("1.2.840.10045.4.3.1", "ECDSA with SHA-224"),
            (oids::ECDSA_WITH_SHA256, "ECDSA with SHA-256"),
            (oids::ECDSA_WITH_SHA384, "ECDSA with SHA-384"),
            (oids::ECDSA_WITH_SHA512, "ECDSA with SHA-512"),
            ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
            (oids::ML_DSA_65, "ML-DSA-65"),
            ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
            (oids::ED25519, "Ed25519"),
            (oids::ED448, "Ed448"),
            (
                "1.2.840.113549.1.1.3",
                "the signature algorithm 1.2.840.113549.1.1.3",
            ),
        ];
        for (oid, name) in names {
            assert_eq!(name_of(&keys::algorithm(oid, None)), name);
        }
    }

    /// RFC 4055 section 3.1: the hash stands in the parameters, and is SHA-1 where they do not say.
    #[test]
    fn the_hash_of_a_pss_signature_stands_in_its_parameters() {
        let hashes = [
            (oids::SHA1, "SHA-1"),
            (oids::SHA256, "SHA-256"),
            (oids::SHA384, "SHA-384"),
            (oids::SHA512, "SHA-512"),
            ("2.16.840.1.101.3.4.2.4", "SHA-224"),
        ];
        for (oid, hash) in hashes {
            let identifier = keys::pss_signature_algorithm(oid, 32);
            assert_eq!(name_of(&identifier), format!("RSA-PSS with {hash}"));
        }
        let left_out = keys::algorithm(oids::RSASSA_PSS, Some(&der::sequence(&[])));
        assert_eq!(name_of(&left_out), "RSA-PSS with SHA-1");
        let unknown = format!("the signature algorithm {}", oids::RSASSA_PSS);
        for oid in ["2.16.840.1.101.3.4.2.9", "1.3.14.3.2.27"] {
            assert_eq!(name_of(&keys::pss_signature_algorithm(oid, 32)), unknown);
        }
    }
}
