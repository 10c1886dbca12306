//! The algorithms of the crypto provider: signatures for webpki, SHA-256 for pins and fingerprints.

use std::fmt;

use pki_types::SignatureVerificationAlgorithm;
#[cfg(not(feature = "ring"))]
use rustls::crypto::hash::{Hash, HashAlgorithm};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};

use crate::fingerprint::Fingerprint;

/// The algorithms of one provider.
#[derive(Clone, Debug)]
pub(crate) struct Crypto {
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
            algorithms: RING_ALGORITHMS.to_vec(),
            sha256: Sha256::Ring,
            handshake: None,
        }
    }

    /// The provider's algorithms; `None` if it has no signature algorithm, or if nobody has SHA-256.
    pub(crate) fn of_provider(provider: &CryptoProvider) -> Option<Self> {
        let algorithms = provider.signature_verification_algorithms.all.to_vec();
        if algorithms.is_empty() {
            return None;
        }
        Some(Self {
            algorithms,
            sha256: sha256_with(provider)?,
            handshake: Some(provider.signature_verification_algorithms),
        })
    }
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
