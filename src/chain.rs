//! What the peer sent: from PEM or DER to decoded certificates, and which of them a search may use.

use std::fmt;

use pki_types::CertificateDer;
use smallvec::SmallVec;

use crate::certificate::{Certificate, DecodeError};
use crate::path::{MAX_INTERMEDIATES, Origin};
use crate::pem::{self, PemError, PemKind};
use crate::signature_cache::SignatureCache;
use crate::trust::TrustAnchors;

/// Most octets of presented DER, as much as a TLS certificate message may have by default in most stacks.
pub(crate) const MAX_OCTETS: usize = 64 * 1024;

/// Most presented certificates, needed or not: more in 64 KiB is no chain anybody sends.
pub(crate) const MAX_CERTIFICATES: usize = 100;

/// The chain a peer presented: its own certificate, and others in any order. Untrusted.
#[derive(Clone)]
pub struct PresentedChain<'a>(Storage<'a>);

#[derive(Clone)]
enum Storage<'a> {
    Borrowed(&'a CertificateDer<'a>, &'a [CertificateDer<'a>]),
    Owned(CertificateDer<'a>, Vec<CertificateDer<'a>>),
}

impl<'a> PresentedChain<'a> {
    /// The chain as rustls hands it over.
    #[must_use]
    pub const fn new(end_entity: &'a CertificateDer<'a>, others: &'a [CertificateDer<'a>]) -> Self {
        Self(Storage::Borrowed(end_entity, others))
    }

    /// The chain of a PEM file: the end entity first. Also reads a single certificate in DER.
    ///
    /// # Errors
    ///
    /// [`PemError`] if the input holds anything but certificates, or none.
    pub fn from_pem(input: impl AsRef<[u8]>) -> Result<PresentedChain<'static>, PemError> {
        let mut certificates = pem::certificates(input.as_ref())?.into_iter();
        let end_entity = certificates
            .next()
            .ok_or(PemError::Empty(PemKind::Certificate))?;
        Ok(PresentedChain(Storage::Owned(
            end_entity,
            certificates.collect(),
        )))
    }

    /// The end entity: the peer's own certificate.
    #[must_use]
    pub fn end_entity(&self) -> &CertificateDer<'a> {
        match &self.0 {
            Storage::Borrowed(end_entity, _) => end_entity,
            Storage::Owned(end_entity, _) => end_entity,
        }
    }

    /// The other certificates, in the order presented.
    #[must_use]
    pub fn others(&self) -> &[CertificateDer<'a>] {
        match &self.0 {
            Storage::Borrowed(_, others) => others,
            Storage::Owned(_, others) => others,
        }
    }

    pub(crate) fn view(&self) -> PresentedView<'_> {
        PresentedView {
            end_entity: self.end_entity(),
            others: self.others(),
        }
    }
}

/// A presented chain as the engine works on it, wherever it is kept.
#[derive(Clone, Copy)]
pub(crate) struct PresentedView<'a> {
    pub(crate) end_entity: &'a [u8],
    pub(crate) others: &'a [CertificateDer<'a>],
}

impl PresentedView<'_> {
    pub(crate) fn octets(&self) -> usize {
        let others = self.others.iter();
        others.fold(self.end_entity.len(), |sum, der| {
            sum.saturating_add(der.len())
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.others.len().saturating_add(1)
    }
}

impl fmt::Debug for PresentedChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedChain")
            .field("certificates", &self.view().count())
            .field("octets", &self.view().octets())
            .finish()
    }
}

/// A presented certificate beside the end entity, decoded or not.
pub(crate) struct Presented<'a> {
    /// Its place in what was sent after the end entity, counted from 1.
    pub(crate) number: usize,
    pub(crate) der: &'a [u8],
    pub(crate) decoded: Result<Certificate<'a>, DecodeError>,
}

/// Chains of ordinary length are decoded without allocation.
pub(crate) type PresentedList<'a> = SmallVec<[Presented<'a>; MAX_INTERMEDIATES]>;

/// Decodes a certificate, unless it is remembered how it is laid out.
pub(crate) fn decode<'a>(
    der: &'a [u8],
    cache: Option<&SignatureCache>,
) -> Result<Certificate<'a>, DecodeError> {
    match cache.and_then(|cache| cache.layout(der)) {
        Some(layout) => Ok(Certificate::with_layout(der, layout)),
        None => Certificate::decode(der),
    }
}

pub(crate) fn decode_others<'a>(
    others: &'a [CertificateDer<'a>],
    cache: Option<&SignatureCache>,
) -> PresentedList<'a> {
    (1..)
        .zip(others)
        .map(|(number, der)| Presented {
            number,
            der,
            decoded: decode(der, cache),
        })
        .collect()
}

/// A certificate that the search may use as intermediate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolEntry<'a> {
    pub(crate) certificate: &'a Certificate<'a>,
    pub(crate) origin: Origin,
}

/// Most presented certificates in a pool, unless the builder sets another number.
pub(crate) const DEFAULT_MAX_POOL: usize = 16;

pub(crate) type Pool<'a> = SmallVec<[PoolEntry<'a>; DEFAULT_MAX_POOL]>;

/// The certificates that a search may use: decodable, no duplicates, no copies of anchors, and only those that issuer
/// and subject names connect both to the end entity and to an anchor. None of the others can be on a path, or can
/// only lengthen one; webpki would try them all the same, at a cost that its own budgets bound too loosely.
pub(crate) fn pool<'a>(
    end_entity: &Certificate<'a>,
    candidates: impl Iterator<Item = PoolEntry<'a>>,
    anchors: &TrustAnchors,
) -> Pool<'a> {
    let mut entries: SmallVec<[Entry<'a>; DEFAULT_MAX_POOL]> = SmallVec::new();
    for entry in candidates {
        let der = entry.certificate.der();
        let duplicate = der == end_entity.der()
            || entries
                .iter()
                .take_while(|other| !other.pool.origin.is_known_here())
                .any(|other| other.pool.certificate.der() == der);
        if !duplicate && !is_copy_of_anchor(entry.certificate, anchors) {
            entries.push(Entry {
                pool: entry,
                below: false,
                above: false,
            });
        }
    }
    mark_reached_from_end_entity(&mut entries, end_entity);
    mark_reached_from_anchors(&mut entries, anchors);
    entries
        .iter()
        .filter(|entry| entry.below && entry.above)
        .map(|entry| entry.pool)
        .collect()
}

struct Entry<'a> {
    pool: PoolEntry<'a>,
    /// Issuers lead from the end entity to it.
    below: bool,
    /// Issuers lead from it to an anchor.
    above: bool,
}

/// A root that is an anchor, sent along, adds nothing to a path that ends at that anchor. Of anchors without certificate
/// name and key must do. A CA that is an anchor and issued by another stays: the path through it may be the better one.
fn is_copy_of_anchor(certificate: &Certificate<'_>, anchors: &TrustAnchors) -> bool {
    certificate.is_self_issued()
        && anchors
            .of_subject(certificate.subject())
            .any(|anchor| match anchor.der() {
                Some(der) => der == certificate.der(),
                None => anchor.spki() == certificate.spki(),
            })
}

/// Level by level; each certificate is new at one level only, so that the work is at most the square of their number.
fn mark_reached_from_end_entity(entries: &mut [Entry<'_>], end_entity: &Certificate<'_>) {
    let mut issuers: SmallVec<[_; DEFAULT_MAX_POOL]> = SmallVec::new();
    issuers.push(end_entity.issuer());
    while !issuers.is_empty() {
        let mut next = SmallVec::new();
        for entry in entries.iter_mut().filter(|entry| !entry.below) {
            if issuers.contains(&entry.pool.certificate.subject()) {
                entry.below = true;
                next.push(entry.pool.certificate.issuer());
            }
        }
        issuers = next;
    }
}

fn mark_reached_from_anchors(entries: &mut [Entry<'_>], anchors: &TrustAnchors) {
    let mut subjects: SmallVec<[_; DEFAULT_MAX_POOL]> = SmallVec::new();
    for entry in entries.iter_mut() {
        if anchors
            .of_subject(entry.pool.certificate.issuer())
            .next()
            .is_some()
        {
            entry.above = true;
            subjects.push(entry.pool.certificate.subject());
        }
    }
    while !subjects.is_empty() {
        let mut next = SmallVec::new();
        for entry in entries.iter_mut().filter(|entry| !entry.above) {
            if subjects.contains(&entry.pool.certificate.issuer()) {
                entry.above = true;
                next.push(entry.pool.certificate.subject());
            }
        }
        subjects = next;
    }
}

#[cfg(all(test, feature = "ring"))]
mod tests {
    use super::*;
    use crate::support::{Authority, KeyKind, TestKey};

    fn anchors_of(der: &[u8], by_name_and_key: bool) -> TrustAnchors {
        if !by_name_and_key {
            return TrustAnchors::from_pem(der).unwrap();
        }
        let mut store = rustls::RootCertStore::empty();
        store.add(CertificateDer::from(der.to_vec())).unwrap();
        TrustAnchors::new()
            .with_root_store("default", &store)
            .unwrap()
    }

    /// Only the anchor itself adds nothing to a path; its name alone, or its name and key under another issuer, may.
    #[test]
    fn a_copy_of_an_anchor_is_self_issued_with_its_name_and_key() {
        let root = Authority::root("Root", TestKey::ed25519(1));
        let other_key = Authority::root("Root", TestKey::of(KeyKind::P256, 0));
        let elsewhere = Authority::root("Elsewhere", TestKey::ed25519(2));
        let again = Authority::root_with("Root", TestKey::ed25519(1), |ca| ca.serial(9));
        let cases = [
            ("the anchor", &root.der, true, true),
            ("its name and key, issued anew", &again.der, false, true),
            ("its name, another key", &other_key.der, false, false),
            (
                "its old key, certified by its new one",
                &root.cross_sign(&other_key),
                false,
                false,
            ),
            (
                "certified by another CA",
                &elsewhere.cross_sign(&root),
                false,
                false,
            ),
            ("another root", &elsewhere.der, false, false),
        ];
        for (what, der, of_certificate, of_name_and_key) in cases {
            let certificate = Certificate::decode(der).unwrap();
            for (by_name_and_key, expected) in [(false, of_certificate), (true, of_name_and_key)] {
                assert_eq!(
                    is_copy_of_anchor(&certificate, &anchors_of(&root.der, by_name_and_key)),
                    expected,
                    "{what}, anchor by name and key: {by_name_and_key}"
                );
            }
        }
    }
}
