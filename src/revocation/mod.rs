//! Revocation: the data that says which certificates an issuer has taken back. What a policy makes of it is the rule's
//! matter (`rules/revocation/`).
//!
//! - `crl.rs`, `crl/`: certificate revocation lists (RFC 5280 section 5), decoded, indexed and checked when they are handed
//!   over; their signatures are verified once for each issuer's key.
//! - `ocsp.rs`, `ocsp/`: OCSP responses (RFC 6960), stapled or handed over.
//! - `store.rs`: what a verifier was given, by issuer and by serial number.
//! - `call.rs`: what one call has looked at, and how much it may look at.
//! - `signature.rs`: signatures that are not those of certificates in a path; with `path_builder.rs` the only file that
//!   names webpki.

pub(crate) mod call;
pub(crate) mod crl;
pub(crate) mod fact;
pub(crate) mod freshness;
pub(crate) mod ocsp;
mod reason;
pub(crate) mod signature;
pub(crate) mod store;

pub use freshness::Staleness;
pub use reason::RevocationReason;

use crate::certificate::{Certificate, KeyUsage};
use crate::name::DistinguishedName;
use crate::path::{CandidatePath, PathAnchor, Position};

/// Whether a status is known, by a source of kind `S`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Standing<S> {
    /// And holds now.
    Current,
    /// And does not hold now.
    Stale(S, Staleness),
    Missing,
}

/// A certificate of a path, and who issued it there.
pub(crate) struct Link<'p> {
    pub(crate) position: Position,
    pub(crate) certificate: &'p Certificate<'p>,
    pub(crate) issuer: Issuer<'p>,
    pub(crate) issuer_is_anchor: bool,
}

/// What the status of a certificate takes of its issuer.
#[derive(Clone, Copy)]
pub(crate) struct Issuer<'p> {
    pub(crate) name: DistinguishedName<'p>,
    /// SubjectPublicKeyInfo, with tag and length.
    pub(crate) spki: &'p [u8],
    /// The key itself, as signature algorithms take it.
    pub(crate) key_octets: &'p [u8],
    /// `None` also where the issuer is a trust anchor without a certificate.
    pub(crate) key_usage: Option<KeyUsage>,
}

impl<'p> Issuer<'p> {
    fn of_certificate(certificate: &'p Certificate<'p>) -> Self {
        Self {
            name: certificate.subject(),
            spki: certificate.spki(),
            key_octets: certificate.key_octets(),
            key_usage: certificate.key_usage(),
        }
    }

    fn of_anchor(anchor: &'p PathAnchor<'p>) -> Self {
        Self {
            name: anchor.subject(),
            spki: anchor.spki(),
            key_octets: anchor.anchor.key_octets(),
            key_usage: anchor.certificate().and_then(Certificate::key_usage),
        }
    }
}

/// Every certificate of a path but the trust anchor's, from the end entity up.
pub(crate) fn links<'p, 'a: 'p>(
    path: &'p CandidatePath<'a>,
) -> impl Iterator<Item = Link<'p>> + use<'p, 'a> {
    let intermediates = path.intermediates();
    (0..=intermediates.len()).map(move |n| {
        let own = n.checked_sub(1).and_then(|below| intermediates.get(below));
        let above = intermediates.get(n);
        Link {
            position: match own {
                Some(_) => Position::Intermediate(n),
                None => Position::EndEntity,
            },
            certificate: own.map_or(path.end_entity(), |own| own.certificate()),
            issuer: match above {
                Some(intermediate) => Issuer::of_certificate(intermediate.certificate()),
                None => Issuer::of_anchor(path.anchor()),
            },
            issuer_is_anchor: above.is_none(),
        }
    })
}
