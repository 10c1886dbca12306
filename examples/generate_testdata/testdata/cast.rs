//! The certificates that most scenarios are made of: the partner Acme, and Globex, another partner.

use crate::support::{Authority, CertificateBuilder, KeyKind, Name, TestKey, der, oids};

/// When most scenarios take place.
pub const NOW: &str = "2026-06-01T12:00:00Z";
/// The last second of June, when audits end, and the first after it.
pub const AUDIT_ENDS: &str = "2026-06-30T23:59:59Z";
pub const AUDIT_OVER: &str = "2026-07-01T00:00:00Z";

/// Keys 1 to 9 are CAs', from 10 on end entities'.
pub fn key(number: u64) -> TestKey {
    TestKey::ed25519(number)
}

pub fn rsa2048(index: usize) -> TestKey {
    TestKey::of(KeyKind::Rsa2048, index)
}

pub fn rsa3072(index: usize) -> TestKey {
    TestKey::of(KeyKind::Rsa3072, index)
}

pub fn root() -> Authority {
    root_with(|builder| builder)
}

pub fn root_with(change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Authority {
    Authority::root_with("Acme Root CA", key(1), change)
}

pub fn issuing() -> Authority {
    issuing_with(|builder| builder)
}

pub fn issuing_with(change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Authority {
    root().intermediate_with("Acme Issuing CA", key(2), change)
}

pub fn globex_root() -> Authority {
    Authority::root("Globex Root CA", key(3))
}

pub fn globex_issuing() -> Authority {
    globex_root().intermediate("Globex Issuing CA", key(4))
}

/// Acme's client, valid through 2026.
pub fn client() -> CertificateBuilder {
    CertificateBuilder::end_entity(Name::cn("payments"), key(10).spki()).eku(&[oids::CLIENT_AUTH])
}

/// Acme's server `api.acme.example`, valid through 2026.
pub fn server() -> CertificateBuilder {
    CertificateBuilder::end_entity(Name::cn("Acme API"), key(10).spki())
        .eku(&[oids::SERVER_AUTH])
        .dns(&["api.acme.example"])
}

/// The start of a day, in seconds since 1970.
pub const fn day(year: i64, month: u32, day: u32) -> i64 {
    der::unix(year, month, day, 0, 0, 0)
}
