//! The algorithms of the crypto provider: signatures for webpki, SHA-256 for pins and fingerprints.

use std::fmt;

use pki_types::{SignatureVerificationAlgorithm, alg_id};
#[cfg(feature = "ring")]
use rustls::SignatureScheme;
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
    /// The provider's algorithms by TLS signature scheme.
    pub(crate) handshake: WebPkiSupportedAlgorithms,
    /// Whether a provider was given; if not, adapters take the algorithms of the configuration they go into, if they can.
    pub(crate) given: bool,
}

impl Crypto {
    /// *ring*'s algorithms, through webpki.
    #[cfg(feature = "ring")]
    pub(crate) fn ring() -> Self {
        Self {
            list: RING_ALGORITHMS,
            algorithms: natural_first(RING_ALGORITHMS),
            sha256: Sha256::Ring,
            handshake: WebPkiSupportedAlgorithms {
                all: RING_ALGORITHMS,
                mapping: RING_SCHEMES,
            },
            given: false,
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
            handshake: provider.signature_verification_algorithms,
            given: true,
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

/// The schemes of TLS for them (RFC 8446 section 4.2.3). In TLS 1.2 a scheme of ECDSA says nothing of the curve.
#[cfg(feature = "ring")]
static RING_SCHEMES: &[(SignatureScheme, AlgorithmList)] = &[
    (
        SignatureScheme::ECDSA_NISTP384_SHA384,
        &[
            webpki::ring::ECDSA_P384_SHA384,
            webpki::ring::ECDSA_P256_SHA384,
        ],
    ),
    (
        SignatureScheme::ECDSA_NISTP256_SHA256,
        &[
            webpki::ring::ECDSA_P256_SHA256,
            webpki::ring::ECDSA_P384_SHA256,
        ],
    ),
    (SignatureScheme::ED25519, &[webpki::ring::ED25519]),
    (
        SignatureScheme::RSA_PSS_SHA512,
        &[webpki::ring::RSA_PSS_2048_8192_SHA512_LEGACY_KEY],
    ),
    (
        SignatureScheme::RSA_PSS_SHA384,
        &[webpki::ring::RSA_PSS_2048_8192_SHA384_LEGACY_KEY],
    ),
    (
        SignatureScheme::RSA_PSS_SHA256,
        &[webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY],
    ),
    (
        SignatureScheme::RSA_PKCS1_SHA512,
        &[webpki::ring::RSA_PKCS1_2048_8192_SHA512],
    ),
    (
        SignatureScheme::RSA_PKCS1_SHA384,
        &[webpki::ring::RSA_PKCS1_2048_8192_SHA384],
    ),
    (
        SignatureScheme::RSA_PKCS1_SHA256,
        &[webpki::ring::RSA_PKCS1_2048_8192_SHA256],
    ),
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

#[cfg(all(test, feature = "ring"))]
mod tests {
    use super::*;

    /// What is written out here for want of a provider is what rustls's own has.
    #[test]
    fn the_schemes_of_ring_are_those_of_rustls() {
        let theirs = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        let identifiers = |mapping: &[(SignatureScheme, AlgorithmList)]| -> Vec<_> {
            let algorithms = |list: AlgorithmList| -> Vec<_> {
                let list = list.iter();
                list.map(|it| (it.public_key_alg_id(), it.signature_alg_id()))
                    .collect()
            };
            let mapping = mapping.iter();
            mapping
                .map(|(scheme, list)| (*scheme, algorithms(list)))
                .collect()
        };
        assert_eq!(identifiers(RING_SCHEMES), identifiers(theirs.mapping));
    }

    #[test]
    fn natural_pairs_come_first_and_none_is_lost() {
        let sorted = natural_first(RING_ALGORITHMS);
        assert_eq!(sorted.len(), RING_ALGORITHMS.len());
        let at = |key, signature| {
            sorted
                .iter()
                .position(|it| it.public_key_alg_id() == key && it.signature_alg_id() == signature)
        };
        let natural = at(alg_id::ECDSA_P384, alg_id::ECDSA_SHA384);
        assert!(natural < at(alg_id::ECDSA_P256, alg_id::ECDSA_SHA384));
        let natural = at(alg_id::ECDSA_P256, alg_id::ECDSA_SHA256);
        assert!(natural < at(alg_id::ECDSA_P384, alg_id::ECDSA_SHA256));
    }
}
