//! Signatures that held, remembered from one call to the next, so that a peer seen before costs no public-key operation.
//!
//! Why this is safe:
//!
//! - What is remembered is that a signature over these octets, by this key, under this algorithm, is valid. That depends on
//!   nothing else, neither time nor policy nor trust, and never changes. Everything that can change (paths, validity,
//!   constraints, names, rules, revocation) is decided afresh in every call.
//! - An entry holds the octets themselves and is compared in full. The hash only finds it: what collides differs.
//! - With a certificate's signature is remembered how its octets are laid out, which is a function of the octets alone: a
//!   certificate seen before need not be decoded again.
//! - Only success is stored. What an attacker can have stored is signatures that are valid.
//! - Only calls that end in acceptance store what they computed, and webpki verifies from the trust anchor down: every
//!   certificate stored was issued under an anchor, and presented beside a chain that keeps the policy. Whoever is refused
//!   stores nothing.
//! - OCSP responses, and the certificates of their responders, are remembered alike, but for a layout: the octets signed, and
//!   the signature. A CRL remembers itself who signed it.
//! - Whether a signature is found here or computed changes no verdict: both count towards the bound of a call.
//! - An algorithm is known by its place in its provider's list, for implementations with equal identifiers differ in what
//!   they accept. A cache belongs to one list, compared by address, and another's verifiers cannot be built with it.
//! - Who presents a chain counts as its user, accepted or not, as nobody has proved a key at that moment.
//! - It is bounded in octets, and entries seen once do not drive out those seen often. Who may have many certificates that
//!   the policy accepts, and presents each twice, can drive out others: that costs time and nothing else.
//! - How long a verification takes tells whether the chain was seen before. Who must not know that gives verifiers caches of
//!   their own, or none.
//!
//! Handshake signatures are never cached: each is made for one handshake.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use pki_types::SignatureVerificationAlgorithm;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, Equivalent, OptionsBuilder};

use crate::certificate::{Certificate, Layout, Span};

/// A provider's algorithms: the list that webpki is given is made from it, always in the same order.
pub(crate) type AlgorithmList = &'static [&'static dyn SignatureVerificationAlgorithm];

/// Verified signatures of certificates, remembered. Every verifier has one of its own, of
/// [`DEFAULT_OCTETS`](Self::DEFAULT_OCTETS); clones share what they hold, so that verifiers can.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let roots = include_bytes!("../testdata/readme/roots.pem");
/// use rustls_policy_verifier::{Policy, SignatureCache, TrustAnchors, Verifier};
///
/// let cache = SignatureCache::with_octets(8 * 1024 * 1024);
/// let anchors = TrustAnchors::from_pem(roots)?;
/// let clients = Verifier::builder(anchors.clone(), Policy::client()).signature_cache(cache.clone()).build()?;
/// let servers = Verifier::builder(anchors, Policy::server()).signature_cache(cache).build()?;
/// # let _ = (clients, servers);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SignatureCache(Arc<Shared>);

struct Shared {
    /// With the layout, where the signature is a certificate's.
    entries: Cache<Entry, Option<Layout>, Weight>,
    /// Whose algorithms the entries' numbers mean: of the first verifier that used the cache.
    algorithms: OnceLock<AlgorithmList>,
}

impl SignatureCache {
    /// The size of a verifier's own cache: 4 MiB, which hold some 2,200 certificates of RSA-3072, or twice as many of P-256.
    pub const DEFAULT_OCTETS: usize = 4 * 1024 * 1024;

    /// The largest size: 16 MiB, some 19,000 certificates of P-256. A hostile CA under an anchor can make signatures that are
    /// found at the same place of the table; in a cache of this size a message of such certificates takes some milliseconds.
    pub const MOST_OCTETS: usize = 16 * 1024 * 1024;

    /// A cache of at most `octets` octets, and at most [`MOST_OCTETS`](Self::MOST_OCTETS).
    #[must_use]
    pub fn with_octets(octets: usize) -> Self {
        let octets = octets.min(Self::MOST_OCTETS);
        Self(Arc::new(Shared {
            entries: entries(octets),
            algorithms: OnceLock::new(),
        }))
    }

    /// How many signatures are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// The octets in use.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.0.entries.weight()
    }

    /// Whether the cache is one of `algorithms`, as it is from the first list it was given on.
    pub(crate) fn belongs_to(&self, algorithms: AlgorithmList) -> bool {
        std::ptr::eq(*self.0.algorithms.get_or_init(|| algorithms), algorithms)
    }

    pub(crate) fn contains(&self, signature: &Signature<'_>) -> bool {
        // Not `contains_key`, which does not count as use.
        self.0.entries.get(signature).is_some()
    }

    /// How the certificate with these octets is laid out, if it is remembered.
    pub(crate) fn layout(&self, der: &[u8]) -> Option<Layout> {
        self.0.entries.get(&Der(der)).flatten()
    }

    /// Remembers a signature that is valid, of what is no certificate.
    pub(crate) fn insert_signed(&self, signature: Signature<'_>) {
        self.0.entries.insert(Entry::of_signed(signature), None);
    }

    /// Remembers that the certificate's signature is valid under this key.
    pub(crate) fn insert(&self, algorithm: usize, key: &[u8], certificate: &Certificate<'_>) {
        let entry = Entry::new(algorithm, key, certificate);
        let layout = certificate.layout().clone();
        self.0.entries.insert(entry, Some(layout));
    }
}

impl Default for SignatureCache {
    fn default() -> Self {
        Self::with_octets(Self::DEFAULT_OCTETS)
    }
}

impl fmt::Debug for SignatureCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureCache")
            .field("signatures", &self.len())
            .field("octets", &self.octets())
            .finish()
    }
}

/// Everything that a signature's validity depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signature<'a> {
    /// The algorithm's place in the list.
    pub(crate) algorithm: usize,
    pub(crate) key: &'a [u8],
    pub(crate) message: &'a [u8],
    pub(crate) signature: &'a [u8],
}

/// A certificate whose signature is valid under a key: the key and the certificate, in one piece of memory.
struct Entry {
    algorithm: usize,
    /// The key's length.
    key: usize,
    octets: Box<[u8]>,
    /// Where in the certificate the signed part and the signature lie.
    tbs: Span,
    signature: Span,
}

impl Entry {
    fn new(algorithm: usize, key: &[u8], certificate: &Certificate<'_>) -> Self {
        let der = certificate.der();
        Self {
            algorithm,
            key: key.len(),
            octets: [key, der].concat().into(),
            tbs: Span::of_part(der, certificate.tbs()),
            signature: Span::of_part(der, certificate.signature()),
        }
    }

    /// In place of a certificate, the signed part with the signature behind it: no certificate has these octets, for it would
    /// have octets behind its end.
    fn of_signed(signed: Signature<'_>) -> Self {
        let Signature {
            algorithm,
            key,
            message,
            signature,
        } = signed;
        let octets = [key, message, signature].concat();
        let signed = octets.get(key.len()..).unwrap_or_default();
        let (first, last) = signed.split_at_checked(message.len()).unwrap_or_default();
        Self {
            algorithm,
            key: key.len(),
            tbs: Span::of_part(signed, first),
            signature: Span::of_part(signed, last),
            octets: octets.into(),
        }
    }

    fn key_and_der(&self) -> (&[u8], &[u8]) {
        self.octets.split_at_checked(self.key).unwrap_or_default()
    }

    fn signature(&self) -> Signature<'_> {
        let (key, der) = self.key_and_der();
        Signature {
            algorithm: self.algorithm,
            key,
            message: self.tbs.of(der),
            signature: self.signature.of(der),
        }
    }
}

/// Octets that are hashed: the last of a signature, which are the last of its certificate.
const HASHED: usize = 32;

/// Of a valid signature 32 octets are as good as random. Forged ones are never stored, so that nobody makes entries collide
/// but a CA under an anchor, whose certificates the policy accepts too; collisions cost time, not truth.
fn hash_last<H: Hasher>(octets: &[u8], state: &mut H) {
    let hashed = octets.last_chunk::<HASHED>();
    state.write(hashed.map_or(octets, <[u8; HASHED]>::as_slice));
}

impl Hash for Entry {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_last(self.signature().signature, state);
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.key_and_der() == other.key_and_der()
    }
}

impl Eq for Entry {}

/// Looks for this signature.
impl Hash for Signature<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_last(self.signature, state);
    }
}

impl Equivalent<Entry> for Signature<'_> {
    fn equivalent(&self, entry: &Entry) -> bool {
        *self == entry.signature()
    }
}

/// Looks for this certificate, under whatever key.
struct Der<'a>(&'a [u8]);

impl Hash for Der<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_last(self.0, state);
    }
}

impl Equivalent<Entry> for Der<'_> {
    fn equivalent(&self, entry: &Entry) -> bool {
        entry.key_and_der().1 == self.0
    }
}

/// What an entry needs beside the octets: its slot in the table with the layout, and what the allocation rounds up.
const ENTRY_OVERHEAD: usize = size_of::<Entry>()
    .saturating_add(size_of::<Option<Layout>>())
    .saturating_add(128);

/// An entry of P-256 with few extensions.
const SMALL_ENTRY: usize = 800;

/// Parts of the cache that are locked one by one, and have each their part of the octets. Reading locks nobody out, and a
/// peer is stored once, so that few are enough.
const SHARDS: usize = 8;

/// The cache remembers the hashes of as many entries that it let go as it holds, and estimates their number on the high
/// side: else a set of certificates that replaces another, all seen in turn, leaves before any of it is seen again.
fn entries(octets: usize) -> Cache<Entry, Option<Layout>, Weight> {
    let estimate = octets
        .checked_div(SMALL_ENTRY)
        .unwrap_or_default()
        .saturating_mul(2);
    let capacity = u64::try_from(octets).unwrap_or(u64::MAX);
    let options = OptionsBuilder::new()
        .estimated_items_capacity(estimate)
        .weight_capacity(capacity)
        .shards(SHARDS)
        .hot_allocation(0.97)
        .ghost_allocation(1.0)
        .build();
    match options {
        Ok(options) => Cache::with_options(
            options,
            Weight,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        ),
        Err(_) => Cache::with_weighter(estimate, capacity, Weight),
    }
}

#[derive(Clone, Debug)]
struct Weight;

impl quick_cache::Weighter<Entry, Option<Layout>> for Weight {
    fn weight(&self, entry: &Entry, _layout: &Option<Layout>) -> u64 {
        let octets = entry.octets.len().saturating_add(ENTRY_OVERHEAD);
        u64::try_from(octets).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
#[cfg(feature = "ring")]
mod tests {
    use std::hash::DefaultHasher;

    use super::*;
    use crate::support::{Authority, CertificateBuilder, Name, TestKey};

    fn hash_of(value: &impl Hash) -> u64 {
        let mut state = DefaultHasher::new();
        value.hash(&mut state);
        state.finish()
    }

    fn issued(serial: u64) -> Vec<u8> {
        let key = TestKey::ed25519(2);
        let end_entity = CertificateBuilder::end_entity(Name::cn("peer"), key.spki());
        Authority::root("Root", TestKey::ed25519(1)).issue(end_entity.serial(serial))
    }

    /// What collides is told apart; what is the same is one entry.
    #[test]
    fn entries_are_equal_in_all_that_a_signature_depends_on() {
        let [first, second] = [1, 2].map(issued);
        let [first, second] = [&first, &second].map(|der| Certificate::decode(der).unwrap());
        let entry = |algorithm, key, certificate| Entry::new(algorithm, key, certificate);
        assert!(entry(1, b"key", &first) == entry(1, b"key", &first));
        assert!(entry(1, b"key", &first) != entry(2, b"key", &first));
        assert!(entry(1, b"key", &first) != entry(1, b"other", &first));
        assert!(entry(1, b"key", &first) != entry(1, b"key", &second));

        let cache = SignatureCache::default();
        cache.insert(1, b"key", &first);
        cache.insert(1, b"key", &first);
        assert_eq!(cache.len(), 1);
    }

    /// Else every look-up would compare with every entry.
    #[test]
    fn what_differs_is_found_at_different_places() {
        let [first, second] = [1, 2].map(issued);
        assert_eq!(hash_of(&Der(&first)), hash_of(&Der(&first.clone())));
        assert_ne!(hash_of(&Der(&first)), hash_of(&Der(&second)));
        let certificate = Certificate::decode(&first).unwrap();
        let entry = Entry::new(1, b"key", &certificate);
        assert_eq!(hash_of(&entry), hash_of(&entry.signature()));
        assert_eq!(hash_of(&entry), hash_of(&Der(&first)));
    }
}
