//! The algorithms of the crypto provider: signatures for webpki, SHA-256 for pins and fingerprints.

use std::fmt;

use pki_types::{SignatureVerificationAlgorithm, alg_id};
#[cfg(not(feature = "ring"))]
use rustls::crypto::hash::{Hash, HashAlgorithm};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};

use crate::fingerprint::Fingerprint;
use crate::signature_cache::AlgorithmList;

/// The algorithms of one provider.
#[derive(Clone, Debug)]
pub(crate) struct Crypto {
    /// The provider's own list, by whose address caches know it.
    pub(crate) list: AlgorithmList,
    /// The same in the order in which webpki tries them.
    pub(crate) algorithms: Vec<&'static dyn SignatureVerificationAlgorithm>,
    pub(crate) sha256: Sha256,
    /// The provider's algorithms by TLS signature scheme; `None` if no provider was given.
    pub(crate) handshake: Option<WebPkiSupportedAlgorithms>,
}

impl Crypto {
    /// *ring*'s algorithms, through webpki.
    #[cfg(feature = "ring")]
    pub(crate) fn ring() -> Self {
        Self {
            list: RING_ALGORITHMS,
            algorithms: natural_first(RING_ALGORITHMS),
            sha256: Sha256::Ring,
            handshake: None,
        }
    }

    /// The provider's algorithms; `None` if it has no signature algorithm, or if nobody has SHA-256.
    pub(crate) fn of_provider(provider: &CryptoProvider) -> Option<Self> {
        let list = provider.signature_verification_algorithms.all;
        if list.is_empty() {
            return None;
        }
        Some(Self {
            list,
            algorithms: natural_first(list),
            sha256: sha256_with(provider)?,
            handshake: Some(provider.signature_verification_algorithms),
        })
    }
}

/// webpki tries the algorithms of a signature one after the other until one goes with the key, and a mismatch costs it
/// allocations: the curve that a hash is usually used with comes first. Whole and stable, so that a place in the result
/// always means the same algorithm of a list.
fn natural_first(list: AlgorithmList) -> Vec<&'static dyn SignatureVerificationAlgorithm> {
    let mut algorithms = list.to_vec();
    algorithms.sort_by_key(|algorithm| {
        let pair = (algorithm.public_key_alg_id(), algorithm.signature_alg_id());
        let odd = [
            (alg_id::ECDSA_P256, alg_id::ECDSA_SHA384),
            (alg_id::ECDSA_P256, alg_id::ECDSA_SHA512),
            (alg_id::ECDSA_P384, alg_id::ECDSA_SHA256),
            (alg_id::ECDSA_P384, alg_id::ECDSA_SHA512),
            (alg_id::ECDSA_P521, alg_id::ECDSA_SHA256),
            (alg_id::ECDSA_P521, alg_id::ECDSA_SHA384),
        ];
        odd.contains(&pair)
    });
    algorithms
}

#[cfg(feature = "ring")]
fn sha256_with(_provider: &CryptoProvider) -> Option<Sha256> {
    Some(Sha256::Ring)
}

/// The hash of a TLS 1.3 cipher suite.
#[cfg(not(feature = "ring"))]
fn sha256_with(provider: &CryptoProvider) -> Option<Sha256> {
    provider.cipher_suites.iter().find_map(|suite| {
        let hash = suite.tls13()?.common.hash_provider;
        (hash.algorithm() == HashAlgorithm::SHA256).then_some(Sha256::Provider(hash))
    })
}

/// What rustls's own *ring* provider uses.
#[cfg(feature = "ring")]
static RING_ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    webpki::ring::ECDSA_P256_SHA256,
    webpki::ring::ECDSA_P256_SHA384,
    webpki::ring::ECDSA_P384_SHA256,
    webpki::ring::ECDSA_P384_SHA384,
    webpki::ring::ED25519,
    webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    webpki::ring::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    webpki::ring::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
    webpki::ring::RSA_PKCS1_2048_8192_SHA256,
    webpki::ring::RSA_PKCS1_2048_8192_SHA384,
    webpki::ring::RSA_PKCS1_2048_8192_SHA512,
    webpki::ring::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
    webpki::ring::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
    webpki::ring::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
];

/// An implementation of SHA-256.
#[derive(Clone, Copy)]
pub(crate) enum Sha256 {
    #[cfg(feature = "ring")]
    Ring,
    #[cfg(not(feature = "ring"))]
    Provider(&'static dyn Hash),
}

impl Sha256 {
    pub(crate) fn fingerprint(&self, data: &[u8]) -> Fingerprint {
        Fingerprint::new(self.digest(data))
    }

    pub(crate) fn digest(&self, data: &[u8]) -> [u8; 32] {
        let mut digest = [0; 32];
        let fill = |digest: &mut [u8; 32], output: &[u8]| {
            for (to, from) in digest.iter_mut().zip(output) {
                *to = *from;
            }
        };
        match self {
            #[cfg(feature = "ring")]
            Self::Ring => fill(
                &mut digest,
                ring::digest::digest(&ring::digest::SHA256, data).as_ref(),
            ),
            #[cfg(not(feature = "ring"))]
            Self::Provider(hash) => fill(&mut digest, hash.hash(data).as_ref()),
        }
        digest
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "ring")]
            Self::Ring => "Sha256 of ring",
            #[cfg(not(feature = "ring"))]
            Self::Provider(_) => "Sha256 of the provider",
        })
    }
}
