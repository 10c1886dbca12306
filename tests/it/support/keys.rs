//! Keys that sign, and public keys that only have to look right.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use ring::rand::SystemRandom;
use ring::signature::{
    self, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair,
};

use super::der;
use super::oids;
use super::pem;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    Ed25519,
    P256,
    P384,
    Rsa2048,
    Rsa3072,
    Rsa4096,
}

impl KeyKind {
    pub const ALL: [Self; 6] = [
        Self::Ed25519,
        Self::P256,
        Self::P384,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
    ];

    pub fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096)
    }
}

/// How an RSA key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaScheme {
    Pkcs1Sha256,
    Pkcs1Sha384,
    Pkcs1Sha512,
    PssSha256,
    PssSha384,
    PssSha512,
}

/// A key pair. Clones share it.
#[derive(Clone)]
pub struct TestKey {
    pair: Arc<Pair>,
    rsa_scheme: RsaScheme,
}

struct Pair {
    kind: KeyKind,
    secret: Secret,
    pkcs8: Vec<u8>,
    spki: Vec<u8>,
}

enum Secret {
    Ed25519(Ed25519KeyPair),
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl TestKey {
    /// The Ed25519 key that `seed` determines.
    pub fn ed25519(seed: u64) -> Self {
        let seed = deterministic_bytes(&format!("ed25519 seed {seed}"), 32);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("any 32 octets are a seed");
        let spki = spki(&algorithm(oids::ED25519, None), pair.public_key().as_ref());
        // RFC 8410: the private key is an OCTET STRING within the OCTET STRING.
        let pkcs8 = der::sequence(&[
            der::integer_u64(0),
            algorithm(oids::ED25519, None),
            der::octet_string(&der::octet_string(&seed)),
        ]);
        Self::new(Pair {
            kind: KeyKind::Ed25519,
            secret: Secret::Ed25519(pair),
            pkcs8,
            spki,
        })
    }

    /// Key number `index` of a kind. There are 4 of P-256, 2 of RSA-4096, any number of Ed25519
    /// and 3 of each other kind.
    pub fn of(kind: KeyKind, index: usize) -> Self {
        // Checking an RSA key takes milliseconds, which tests should not pay for each use.
        type Loaded = Mutex<HashMap<(KeyKind, usize), TestKey>>;
        static LOADED: OnceLock<Loaded> = OnceLock::new();

        if kind == KeyKind::Ed25519 {
            return Self::ed25519(index as u64);
        }
        let text = *committed(kind)
            .get(index)
            .unwrap_or_else(|| panic!("there is no {kind:?} key number {index} in testdata/keys"));
        let mut loaded = LOADED
            .get_or_init(Mutex::default)
            .lock()
            .expect("committed keys parse");
        loaded
            .entry((kind, index))
            .or_insert_with(|| Self::from_pkcs8(kind, pem::from_pem(text)))
            .clone()
    }

    fn from_pkcs8(kind: KeyKind, pkcs8: Vec<u8>) -> Self {
        let ecdsa = |algorithm: &'static EcdsaSigningAlgorithm| {
            EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8, &SystemRandom::new())
                .expect("an EC key of this curve")
        };
        let (secret, spki) = match kind {
            KeyKind::Ed25519 => unreachable!("Ed25519 keys come from seeds"),
            KeyKind::P256 => {
                let pair = ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING);
                let spki = ec_spki_of_point(oids::P256, pair.public_key().as_ref());
                (Secret::Ecdsa(pair), spki)
            }
            KeyKind::P384 => {
                let pair = ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING);
                let spki = ec_spki_of_point(oids::P384, pair.public_key().as_ref());
                (Secret::Ecdsa(pair), spki)
            }
            KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => {
                let pair = RsaKeyPair::from_pkcs8(&pkcs8).expect("an RSA key");
                let spki = spki(&rsa_encryption(), pair.public_key().as_ref());
                (Secret::Rsa(pair), spki)
            }
        };
        Self::new(Pair {
            kind,
            secret,
            pkcs8,
            spki,
        })
    }

    fn new(pair: Pair) -> Self {
        Self {
            pair: Arc::new(pair),
            rsa_scheme: RsaScheme::Pkcs1Sha256,
        }
    }

    /// The same RSA key, signing by another scheme.
    pub fn with_rsa_scheme(mut self, scheme: RsaScheme) -> Self {
        assert!(self.kind().is_rsa(), "{:?} is not RSA", self.kind());
        self.rsa_scheme = scheme;
        self
    }

    pub fn kind(&self) -> KeyKind {
        self.pair.kind
    }

    /// The whole SubjectPublicKeyInfo.
    pub fn spki(&self) -> Vec<u8> {
        self.pair.spki.clone()
    }

    pub fn pkcs8_der(&self) -> Vec<u8> {
        self.pair.pkcs8.clone()
    }

    pub fn pkcs8_pem(&self) -> String {
        pem::to_pem("PRIVATE KEY", &self.pair.pkcs8)
    }

    /// A signature that matches [`Self::signature_algorithm`].
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair.secret {
            Secret::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Secret::Ecdsa(pair) => pair
                .sign(&random, message)
                .expect("randomness is available")
                .as_ref()
                .to_vec(),
            Secret::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(self.rsa_encoding(), &random, message, &mut signature)
                    .expect("the key is long enough for the digest");
                signature
            }
        }
    }

    fn rsa_encoding(&self) -> &'static dyn RsaEncoding {
        match self.rsa_scheme {
            RsaScheme::Pkcs1Sha256 => &signature::RSA_PKCS1_SHA256,
            RsaScheme::Pkcs1Sha384 => &signature::RSA_PKCS1_SHA384,
            RsaScheme::Pkcs1Sha512 => &signature::RSA_PKCS1_SHA512,
            RsaScheme::PssSha256 => &signature::RSA_PSS_SHA256,
            RsaScheme::PssSha384 => &signature::RSA_PSS_SHA384,
            RsaScheme::PssSha512 => &signature::RSA_PSS_SHA512,
        }
    }

    /// The AlgorithmIdentifier of what [`Self::sign`] makes.
    pub fn signature_algorithm(&self) -> Vec<u8> {
        match self.kind() {
            KeyKind::Ed25519 => algorithm(oids::ED25519, None),
            KeyKind::P256 => algorithm(oids::ECDSA_WITH_SHA256, None),
            KeyKind::P384 => algorithm(oids::ECDSA_WITH_SHA384, None),
            KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => match self.rsa_scheme {
                RsaScheme::Pkcs1Sha256 => rsa_signature_algorithm(oids::SHA256_WITH_RSA),
                RsaScheme::Pkcs1Sha384 => rsa_signature_algorithm(oids::SHA384_WITH_RSA),
                RsaScheme::Pkcs1Sha512 => rsa_signature_algorithm(oids::SHA512_WITH_RSA),
                RsaScheme::PssSha256 => pss_signature_algorithm(oids::SHA256, 32),
                RsaScheme::PssSha384 => pss_signature_algorithm(oids::SHA384, 48),
                RsaScheme::PssSha512 => pss_signature_algorithm(oids::SHA512, 64),
            },
        }
    }
}

impl fmt::Debug for TestKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TestKey({:?})", self.kind())
    }
}

macro_rules! key_file {
    ($name:literal) => {
        include_str!(concat!("../../../testdata/keys/", $name, ".pem"))
    };
}

fn committed(kind: KeyKind) -> &'static [&'static str] {
    match kind {
        KeyKind::Ed25519 => &[],
        KeyKind::P256 => &[
            key_file!("p256-0"),
            key_file!("p256-1"),
            key_file!("p256-2"),
            key_file!("p256-3"),
        ],
        KeyKind::P384 => &[
            key_file!("p384-0"),
            key_file!("p384-1"),
            key_file!("p384-2"),
        ],
        KeyKind::Rsa2048 => &[
            key_file!("rsa2048-0"),
            key_file!("rsa2048-1"),
            key_file!("rsa2048-2"),
        ],
        KeyKind::Rsa3072 => &[
            key_file!("rsa3072-0"),
            key_file!("rsa3072-1"),
            key_file!("rsa3072-2"),
        ],
        KeyKind::Rsa4096 => &[key_file!("rsa4096-0"), key_file!("rsa4096-1")],
    }
}

/// An AlgorithmIdentifier, with a whole element for its parameters if it has any.
pub fn algorithm(oid: &str, parameters: Option<&[u8]>) -> Vec<u8> {
    der::sequence(&[der::oid(oid), parameters.unwrap_or_default().to_vec()])
}

/// An RSA signature algorithm of PKCS#1 v1.5, whose parameters are NULL.
pub fn rsa_signature_algorithm(oid: &str) -> Vec<u8> {
    algorithm(oid, Some(&der::null()))
}

/// RSASSA-PSS with one digest for the message and for MGF1 (RFC 4055).
pub fn pss_signature_algorithm(digest_oid: &str, salt_length: u64) -> Vec<u8> {
    let digest = algorithm(digest_oid, Some(&der::null()));
    let parameters = der::sequence(&[
        der::explicit(0, &digest),
        der::explicit(1, &algorithm(oids::MGF1, Some(&digest))),
        der::explicit(2, &der::integer_u64(salt_length)),
    ]);
    algorithm(oids::RSASSA_PSS, Some(&parameters))
}

fn rsa_encryption() -> Vec<u8> {
    algorithm(oids::RSA_ENCRYPTION, Some(&der::null()))
}

/// A SubjectPublicKeyInfo of an algorithm and the octets of a key.
pub fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    der::sequence(&[algorithm.to_vec(), der::bit_string(key)])
}

/// An RSA key whose modulus is odd, not a product of known primes, and of exactly `bits` bits.
pub fn rsa_spki(bits: usize, exponent: u64) -> Vec<u8> {
    let modulus = der::integer(&modulus(bits));
    rsa_spki_raw(&modulus, &der::integer_u64(exponent))
}

/// An RSA key of any two elements, such as a negative modulus.
pub fn rsa_spki_raw(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = der::sequence(&[modulus.to_vec(), exponent.to_vec()]);
    spki(&rsa_encryption(), &key)
}

/// An RSA key marked for PSS only, with any PSS parameters.
pub fn rsa_pss_spki(bits: usize) -> Vec<u8> {
    let key = der::sequence(&[der::integer(&modulus(bits)), der::integer_u64(65_537)]);
    spki(&algorithm(oids::RSASSA_PSS, None), &key)
}

/// A number of exactly `bits` bits, its lowest bit set. Big-endian.
fn modulus(bits: usize) -> Vec<u8> {
    let mut bytes = deterministic_bytes(&format!("modulus of {bits} bits"), bits.div_ceil(8));
    let top = 1 << ((bits - 1) % 8);
    bytes[0] = bytes[0] & (top - 1) | top;
    let last = bytes.len() - 1;
    bytes[last] |= 1;
    bytes
}

/// An EC key of a named curve whose `point_len` octets look like an uncompressed point, but are
/// on no curve.
pub fn ec_spki(curve_oid: &str, point_len: usize) -> Vec<u8> {
    let mut point = deterministic_bytes(curve_oid, point_len);
    if let Some(form) = point.first_mut() {
        *form = 4;
    }
    ec_spki_of_point(curve_oid, &point)
}

pub fn ec_spki_of_point(curve_oid: &str, point: &[u8]) -> Vec<u8> {
    spki(
        &algorithm(oids::EC_PUBLIC_KEY, Some(&der::oid(curve_oid))),
        point,
    )
}

/// A real P-521 key.
pub fn p521_spki() -> Vec<u8> {
    pem::from_pem(key_file!("p521-public"))
}

/// A real secp256k1 key.
pub fn secp256k1_spki() -> Vec<u8> {
    pem::from_pem(key_file!("secp256k1-public"))
}

/// A real Ed448 key.
pub fn ed448_spki() -> Vec<u8> {
    pem::from_pem(key_file!("ed448-public"))
}

/// A real DSA key of 2048 bits.
pub fn dsa_spki() -> Vec<u8> {
    pem::from_pem(key_file!("dsa2048-public"))
}

/// An ML-DSA-65 key by its algorithm and length (1952 octets); its contents are made up.
pub fn ml_dsa_65_spki() -> Vec<u8> {
    spki(
        &algorithm(oids::ML_DSA_65, None),
        &deterministic_bytes("ML-DSA-65", 1952),
    )
}

/// A key of an algorithm that does not exist.
pub fn unknown_spki() -> Vec<u8> {
    let oid = format!("{}.1", oids::EXAMPLE_ARC);
    spki(&algorithm(&oid, None), &deterministic_bytes("unknown", 48))
}

/// Octets that look random and are the same for the same label.
pub fn deterministic_bytes(label: &str, len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for block in 0_u64.. {
        if bytes.len() >= len {
            break;
        }
        let input = [label.as_bytes(), &block.to_be_bytes()].concat();
        bytes.extend_from_slice(sha256(&input).as_slice());
    }
    bytes.truncate(len);
    bytes
}

pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, bytes)
        .as_ref()
        .to_vec()
}
