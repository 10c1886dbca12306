//! Signatures of CRLs, of OCSP responses and of responders' certificates: by the provider's algorithms, through webpki.

use pki_types::SubjectPublicKeyInfoDer;
use webpki::{Error, RawPublicKeyEntity};

use crate::crypto::Crypto;
use crate::rules::signature_algorithm::{self, SignatureAlgorithm};
use crate::signature_cache::{Signature, SignatureCache};

/// What is signed, how, and the signature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    /// The contents of the AlgorithmIdentifier.
    pub(crate) algorithm: &'a [u8],
    pub(crate) message: &'a [u8],
    pub(crate) signature: &'a [u8],
}

/// Whose signature it is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signer<'a> {
    /// SubjectPublicKeyInfo, with tag and length.
    pub(crate) spki: &'a [u8],
    /// The key itself.
    pub(crate) key_octets: &'a [u8],
}

/// Why a signature is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotSigned {
    /// The hash is weaker than SHA-256, whatever the provider offers (RFC 9155).
    Weak,
    /// The provider does not have the algorithm.
    Unsupported,
    /// It does not hold; also where the algorithm does not go with the key.
    Invalid,
}

/// That a signature holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Valid {
    /// The algorithm's place in the list.
    pub(crate) algorithm: usize,
    pub(crate) cached: bool,
}

impl Signed<'_> {
    /// The algorithm, for reports.
    pub(crate) fn algorithm(&self) -> SignatureAlgorithm {
        signature_algorithm::named(self.algorithm)
    }

    /// Verifies the signature, unless `cache` knows that it holds.
    pub(crate) fn verify(
        &self,
        signer: Signer<'_>,
        crypto: &Crypto,
        cache: Option<&SignatureCache>,
    ) -> Result<Valid, NotSigned> {
        if signature_algorithm::is_weak(self.algorithm) {
            return Err(NotSigned::Weak);
        }
        let spki = SubjectPublicKeyInfoDer::from(signer.spki);
        let Ok(key) = RawPublicKeyEntity::try_from(&spki) else {
            return Err(NotSigned::Unsupported);
        };
        let mut outcome = NotSigned::Unsupported;
        let algorithms = (0..).zip(&crypto.algorithms);
        for (index, algorithm) in algorithms {
            if algorithm.signature_alg_id().as_ref() != self.algorithm {
                continue;
            }
            let known = Signature {
                algorithm: index,
                key: signer.key_octets,
                message: self.message,
                signature: self.signature,
            };
            if cache.is_some_and(|cache| cache.contains(&known)) {
                return Ok(Valid {
                    algorithm: index,
                    cached: true,
                });
            }
            match key.verify_signature(*algorithm, self.message, self.signature) {
                Ok(()) => {
                    return Ok(Valid {
                        algorithm: index,
                        cached: false,
                    });
                }
                Err(Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)) => {
                    outcome = NotSigned::Invalid;
                }
                Err(_) => return Err(NotSigned::Invalid),
            }
        }
        Err(outcome)
    }
}
