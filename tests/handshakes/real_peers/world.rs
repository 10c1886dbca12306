//! CAs and certificates that hold at the fixed time of our side and at the real time of the other.

use rustls_policy_verifier::Role;

use crate::kit::{Own, Pki};
use crate::support::{Authority, CertificateBuilder, KeyKind, TestKey, der, oids};

/// The kinds of keys that peers have here.
pub(super) const KINDS: [KeyKind; 5] = [
    KeyKind::Rsa2048,
    KeyKind::Rsa3072,
    KeyKind::P256,
    KeyKind::P384,
    KeyKind::Ed25519,
];

/// Valid from 2020 to 2099.
pub(super) fn long_lived(certificate: CertificateBuilder) -> CertificateBuilder {
    certificate.validity(
        der::unix(2020, 1, 1, 0, 0, 0),
        der::unix(2099, 1, 1, 0, 0, 0),
    )
}

/// A root and an issuing CA with keys of `kind`.
pub(super) fn pki(kind: KeyKind) -> Pki {
    let root = Authority::root_with("Root", TestKey::of(kind, 0), long_lived);
    let issuing = root.intermediate_with("Issuing CA", TestKey::of(kind, 1), long_lived);
    Pki { root, issuing }
}

/// As [`good`], but for what `change` does.
pub(super) fn peer(
    pki: &Pki,
    role: Role,
    change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
) -> Own {
    let purpose = match role {
        Role::Server => oids::SERVER_AUTH,
        Role::Client => oids::CLIENT_AUTH,
    };
    let key = TestKey::of(pki.issuing.key.kind(), 2);
    pki.own(&key, &[purpose], |certificate| {
        change(long_lived(certificate))
    })
}

/// The chain of a peer that keeps the policies.
pub(super) fn good(pki: &Pki, role: Role) -> Own {
    peer(pki, role, |it| it)
}
