//! Signatures of CRLs, of OCSP responses and of responders' certificates: by the provider's algorithms, through webpki.

use pki_types::SubjectPublicKeyInfoDer;
use webpki::RawPublicKeyEntity;

use crate::certificate::{Reader, tag};
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
            // Before the cache is asked, which knows keys by their octets alone.
            if !is_of_kind(signer.spki, algorithm.public_key_alg_id().as_ref()) {
                outcome = NotSigned::Invalid;
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
                Err(_) => return Err(NotSigned::Invalid),
            }
        }
        Err(outcome)
    }
}

/// Whether a SubjectPublicKeyInfo has this AlgorithmIdentifier, given by its contents.
fn is_of_kind(spki: &[u8], algorithm: &[u8]) -> bool {
    const FIELD: &str = "subjectPublicKeyInfo";
    let mut outer = Reader::new(spki, FIELD);
    let own = outer
        .expect(tag::SEQUENCE)
        .and_then(|info| outer.inside(info.contents, FIELD).expect(tag::SEQUENCE));
    own.is_ok_and(|own| own.contents == algorithm)
}
