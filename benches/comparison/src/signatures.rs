//! The signatures of a chain by themselves, and verification without them.
//!
//! No verification that computes its signatures can be faster than they are: that is the limit of what a cold
//! verification can reach. And what a verifier does beside them shows with algorithms that say yes at once.

use std::sync::{Arc, Mutex};

use rustls::crypto::CryptoProvider;
use rustls_policy_verifier::Role;
use rustls_policy_verifier::pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm,
};

use crate::chains::Chain;
use crate::sides::Webpki;

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

/// The signatures that webpki verifies on the way to an anchor.
#[derive(Debug)]
pub struct Signatures(Vec<Signature>);

#[derive(Clone, Debug)]
struct Signature {
    algorithm: Algorithm,
    key: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Signatures {
    pub fn of(chain: &Chain, role: Role, provider: &CryptoProvider) -> Self {
        let seen = Mutex::default();
        let recording: Vec<_> = provider
            .signature_verification_algorithms
            .all
            .iter()
            .map(|algorithm| Recording {
                algorithm: *algorithm,
                seen: &seen,
            })
            .collect();
        let algorithms = recording
            .iter()
            .map(|it| -> &dyn SignatureVerificationAlgorithm { it });
        Webpki::new(chain, role, algorithms).accept(chain);
        drop(recording);
        let seen: Vec<Signature> = seen.into_inner().expect("no panic before");
        assert!(!seen.is_empty(), "no signature was verified");
        Self(seen)
    }

    pub fn verify(&self) {
        for it in &self.0 {
            it.algorithm
                .verify_signature(&it.key, &it.message, &it.signature)
                .expect("the signature held before");
        }
    }
}

/// Keeps what it verifies.
#[derive(Debug)]
struct Recording<'a> {
    algorithm: Algorithm,
    seen: &'a Mutex<Vec<Signature>>,
}

impl SignatureVerificationAlgorithm for Recording<'_> {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        self.algorithm.verify_signature(key, message, signature)?;
        self.seen.lock().expect("no panic before").push(Signature {
            algorithm: self.algorithm,
            key: key.to_vec(),
            message: message.to_vec(),
            signature: signature.to_vec(),
        });
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }
}

/// Says yes at once.
#[derive(Debug)]
struct Instant(Algorithm);

impl SignatureVerificationAlgorithm for Instant {
    fn verify_signature(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), InvalidSignature> {
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.0.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0.signature_alg_id()
    }
}

/// *ring*'s provider with algorithms for certificates that say yes at once.
pub fn instant_provider() -> Arc<CryptoProvider> {
    let mut provider = rustls::crypto::ring::default_provider();
    let algorithms = &mut provider.signature_verification_algorithms;
    let instant = algorithms.all.iter();
    let instant: Vec<Algorithm> = instant
        .map(|algorithm| -> Algorithm { Box::leak(Box::new(Instant(*algorithm))) })
        .collect();
    algorithms.all = instant.leak();
    Arc::new(provider)
}
