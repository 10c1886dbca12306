//! Builders of certificates, CRLs and OCSP responses with a say over every byte.
//!
//! Tests of a strict verifier need certificates that no sane issuer would make, so nothing here
//! checks what it is asked to write. Defaults give what a strict verifier should accept; each
//! setter then changes one thing.
//!
//! ```ignore
//! let root = Authority::root("Test Root", TestKey::of(KeyKind::P384, 0));
//! let issuing = root.intermediate("Issuing CA 1", TestKey::of(KeyKind::P256, 0));
//! let key = TestKey::ed25519(1);
//! let leaf = issuing.issue(
//!     CertificateBuilder::end_entity(Name::cn("node 7"), key.spki())
//!         .eku(&[oids::CLIENT_AUTH])
//!         .san(vec![general_name::uri("urn:node:7")]),
//! );
//! let serial = serial_of(&leaf);
//! let crl = issuing.crl(CrlBuilder::new().revoke(&serial));
//! let staple = issuing.ocsp(OcspBuilder::new().single(SingleBuilder::good(&issuing, &serial)));
//! ```
//!
//! Everything derives from names, keys and counters, so what is signed with Ed25519 or PKCS#1 v1.5
//! is the same in every run. ECDSA and PSS signatures are randomised.

// Several binaries include this module, each using a part of it.
#![allow(dead_code, unused_imports, unreachable_pub)]
// What stands here serves tests alone: to panic is how it reports misuse.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

pub mod authority;
pub mod certificate;
pub mod crl;
pub mod der;
pub mod extensions;
pub mod general_name;
pub mod keys;
pub mod name;
pub mod ocsp;
pub mod oids;
pub mod pem;
pub mod worst;

pub use authority::{Authority, Issuer};
pub use certificate::{CertificateBuilder, serial_of};
pub use crl::{CrlBuilder, CrlEntry, big_crl};
pub use extensions::{DistributionPoint, DistributionPointName, IssuingDistributionPoint};
pub use keys::{KeyKind, RsaScheme, TestKey};
pub use name::Name;
pub use ocsp::{CertIdHash, OcspBuilder, SingleBuilder};
