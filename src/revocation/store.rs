//! The CRLs and OCSP responses that a verifier was given, found by issuer and by serial number.

use std::collections::BTreeMap;

use super::crl::Crl;
use super::ocsp::OcspResponse;
use super::signature::Signer;
use crate::crypto::Crypto;
use crate::name::DistinguishedName;
use crate::trust::TrustAnchors;

/// What a verifier was given.
#[derive(Debug, Default)]
pub(crate) struct RevocationStore {
    /// By the contents of their issuer's name.
    crls: BTreeMap<Vec<u8>, Vec<Crl>>,
    responses: Vec<OcspResponse>,
    /// The responses about certificates of a serial number.
    by_serial: BTreeMap<Vec<u8>, Vec<usize>>,
}

/// How much was handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Handed {
    pub(crate) crls: usize,
    pub(crate) responses: usize,
    /// Callers give responses with the chains, whoever's they are.
    pub(crate) with_chains: bool,
}

impl RevocationStore {
    /// Sorted, for the order in which they are handed over shall not decide what is reported.
    pub(crate) fn new(mut crls: Vec<Crl>, mut responses: Vec<OcspResponse>) -> Self {
        crls.sort_by(|one, other| other.age().cmp(&one.age()));
        responses.sort_by(|one, other| other.age().cmp(&one.age()));
        let mut store = Self::default();
        for crl in crls {
            let issuer = crl.issuer().contents().to_vec();
            store.crls.entry(issuer).or_default().push(crl);
        }
        for (index, response) in responses.iter().enumerate() {
            let singles = response.view().into_iter().flat_map(|view| view.singles());
            for single in singles {
                let indices = store
                    .by_serial
                    .entry(single.id.serial.to_vec())
                    .or_default();
                if indices.last() != Some(&index) {
                    indices.push(index);
                }
            }
        }
        store.responses = responses;
        store
    }

    /// Verifies the signature of every CRL that has a trust anchor's name, so that no handshake waits for it.
    pub(crate) fn verify_for(&self, anchors: &TrustAnchors, crypto: &Crypto) {
        for crl in self.crls() {
            for anchor in anchors.of_subject(crl.issuer()) {
                let signer = Signer {
                    spki: anchor.spki(),
                    key_octets: anchor.key_octets(),
                };
                // Remembered in the CRL, whatever it is.
                let _ = crl.is_signed_by(signer, crypto);
            }
        }
    }

    /// The CRLs of an issuer's name, octet by octet, as webpki compares names.
    pub(crate) fn crls_of(&self, issuer: DistinguishedName<'_>) -> &[Crl] {
        let crls = self.crls.get(issuer.contents());
        crls.map_or(&[], Vec::as_slice)
    }

    pub(crate) fn crls(&self) -> impl Iterator<Item = &Crl> {
        self.crls.values().flatten()
    }

    pub(crate) fn responses(&self) -> impl Iterator<Item = &OcspResponse> {
        self.responses.iter()
    }

    pub(crate) fn has_responses(&self) -> bool {
        !self.responses.is_empty()
    }

    /// The responses about certificates of this serial number, whoever issued them.
    pub(crate) fn responses_about(&self, serial: &[u8]) -> impl Iterator<Item = &OcspResponse> {
        let indices = self.by_serial.get(serial).into_iter().flatten();
        indices.filter_map(|index| self.responses.get(*index))
    }
}
