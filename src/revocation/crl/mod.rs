//! Certificate revocation lists (RFC 5280 section 5): decoded, checked and indexed when they are handed over.

mod decode;
mod entry;
mod index;
mod scope;
mod signers;
mod status;

use std::fmt;
use std::sync::Arc;

pub use decode::CrlProblem;
pub use entry::RevokedEntry;
pub(crate) use entry::decode_reason;
pub(crate) use scope::{Coverage, point_uris};
pub(crate) use status::{CrlStatus, NotOfIssuer, crl_status, is_listed};

use self::decode::Layout;
use self::index::Index;
use self::signers::Signers;
use super::signature::{NotSigned, Signed, Signer};
use crate::certificate::Certificate;
use crate::crypto::Crypto;
use crate::error::BuildError;
use crate::name::DistinguishedName;
use crate::pem;
use crate::text;
use crate::time::Time;

/// A certificate revocation list (RFC 5280 section 5): complete and direct, of version 2, with a nextUpdate and a cRLNumber.
///
/// Loading decodes all of it, strictly, and indexes its entries, so that a look-up takes the same time in a CRL of a million
/// entries as in one of ten. Clones share all of it. The signature is verified when the CRL is first used for an issuer's
/// key, or, if a trust anchor of the verifier has the CRL's issuer name, when the verifier is built; what came of it is
/// remembered here, for this very CRL and that key. A signature that does not hold is no error then: the CRL does not count, and
/// refuses chains of its issuer's name, unless another CRL of that name holds.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let crl = include_bytes!("../../../testdata/readme/crl.pem");
/// use rustls_policy_verifier::Crl;
///
/// for crl in Crl::from_pem(crl)? {
///     println!("{} of {}: {} entries, the next is due at {}", crl.number(), crl.issuer(), crl.len(), crl.next_update());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Crl(Arc<Loaded>);

struct Loaded {
    der: Vec<u8>,
    layout: Layout,
    index: Index,
    signers: Signers,
}

/// Most octets of a CRL: 512 MiB, some 14 million entries.
pub const MAX_CRL_OCTETS: usize = 512 * 1024 * 1024;

impl Crl {
    /// The CRLs of a PEM file (sections `X509 CRL`), or the one CRL of a DER file.
    ///
    /// # Errors
    ///
    /// [`BuildError::Pem`] if the input holds anything else, [`BuildError::Crl`] if one of them cannot be used.
    pub fn from_pem(input: impl AsRef<[u8]>) -> Result<Vec<Self>, BuildError> {
        let sections = pem::crls(input.as_ref(), MAX_CRL_OCTETS)?;
        (1..)
            .zip(sections)
            .map(|(index, der)| {
                let issuer = decode::issuer_of_undecodable(&der).map(|name| name.to_string());
                Self::from_der(der).map_err(|problem| BuildError::Crl {
                    index,
                    issuer,
                    problem,
                })
            })
            .collect()
    }

    /// One CRL in DER.
    ///
    /// # Errors
    ///
    /// [`CrlProblem`] says what is wrong with it, or what of it is not supported.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, CrlProblem> {
        let mut der = der.into();
        der.shrink_to_fit();
        if der.len() > MAX_CRL_OCTETS {
            return Err(CrlProblem::TooLarge {
                octets: der.len(),
                most: MAX_CRL_OCTETS,
            });
        }
        let (layout, index) = decode::decode(&der)?;
        Ok(Self(Arc::new(Loaded {
            der,
            layout,
            index,
            signers: Signers::new(),
        })))
    }

    /// Who issued it: the CA that issued the certificates it speaks of.
    #[must_use]
    pub fn issuer(&self) -> DistinguishedName<'_> {
        DistinguishedName::new(self.0.layout.issuer.of(&self.0.der))
    }

    /// cRLNumber: later CRLs of an issuer and scope have greater numbers.
    #[must_use]
    pub fn number(&self) -> CrlNumber<'_> {
        CrlNumber(self.0.layout.number.of(&self.0.der))
    }

    /// thisUpdate.
    #[must_use]
    pub fn this_update(&self) -> Time {
        self.0.layout.this_update
    }

    /// nextUpdate: from then on the CRL is stale.
    #[must_use]
    pub fn next_update(&self) -> Time {
        self.0.layout.next_update
    }

    /// How many serial numbers it lists.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.index.len()
    }

    /// Whether it lists none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What it lists of a serial number, given by the contents octets of its INTEGER, as
    /// [`Certificate::serial`] gives them. Says nothing of signature, scope and time.
    #[must_use]
    pub fn entry(&self, serial: &[u8]) -> Option<RevokedEntry> {
        let offset = self.0.index.find(&self.0.der, serial)?;
        // It is listed, whatever else can be read of it.
        let listed = RevokedEntry {
            date: self.this_update(),
            reason: None,
        };
        Some(entry::entry_at(&self.0.der, offset).unwrap_or(listed))
    }

    /// The octets of memory that it takes: its DER, and the index.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.0.der.capacity().saturating_add(self.0.index.octets())
    }

    /// The newest is the greatest; no two that differ are equal.
    pub(super) fn age(&self) -> (Time, Time, &[u8]) {
        (self.this_update(), self.next_update(), &self.0.der)
    }

    /// What earlier and later issues of the same CRL have in common: the issuer's name, and the scope.
    pub(crate) fn issue_of(&self) -> Vec<u8> {
        let mut octets = self.0.layout.scope.octets(&self.0.der);
        octets.extend_from_slice(self.issuer().contents());
        octets
    }

    /// The keys that it is known to be signed by: SubjectPublicKeyInfo, and the key's octets.
    pub(crate) fn signers(&self, crypto: &Crypto) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.0.signers.keys(crypto.list)
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// How far it speaks of a certificate of its issuer.
    pub(crate) fn coverage(&self, certificate: &Certificate<'_>) -> Coverage {
        self.0.layout.scope.coverage(&self.0.der, certificate)
    }

    /// Whether it is signed by this key; computed once.
    pub(crate) fn is_signed_by(
        &self,
        signer: Signer<'_>,
        crypto: &Crypto,
    ) -> Result<(), NotSigned> {
        self.0.signers.is_signed_by(self.signed(), signer, crypto)
    }

    /// What is known of whether it is signed by this key.
    pub(crate) fn known_signed(
        &self,
        signer: Signer<'_>,
        crypto: &Crypto,
    ) -> Option<Result<(), NotSigned>> {
        self.0.signers.known(signer.spki, crypto.list)
    }

    /// Whether a key is known that it is signed by.
    pub(crate) fn has_signer(&self, crypto: &Crypto) -> bool {
        self.0.signers.has_signer(crypto.list)
    }

    pub(crate) fn signed(&self) -> Signed<'_> {
        let Loaded { der, layout, .. } = &*self.0;
        Signed {
            algorithm: layout.signature_algorithm.of(der),
            message: layout.tbs.of(der),
            signature: layout.signature.of(der),
        }
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crl")
            .field("issuer", &self.issuer())
            .field("number", &self.number())
            .field("this_update", &self.this_update())
            .field("next_update", &self.next_update())
            .field("entries", &self.len())
            .finish_non_exhaustive()
    }
}

/// A cRLNumber: the contents octets of its INTEGER, not negative, at most 20 (RFC 5280 section 5.2.3).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CrlNumber<'a>(&'a [u8]);

impl CrlNumber<'_> {
    /// The contents octets of the INTEGER, most significant first.
    #[must_use]
    pub fn contents(&self) -> &[u8] {
        self.0
    }
}

/// Decimal; above 128 bits hexadecimal.
impl fmt::Display for CrlNumber<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0.iter().try_fold(0u128, |number, octet| {
            number
                .checked_mul(256)
                .map(|number| number | u128::from(*octet))
        });
        match number {
            Some(number) => write!(f, "{number}"),
            None => write!(f, "0x{}", text::hex(self.0)),
        }
    }
}

impl fmt::Debug for CrlNumber<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
