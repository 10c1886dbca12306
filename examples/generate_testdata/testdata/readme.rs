//! What the README's commands read: a partner's chain as it should be, one that is wrong in several ways, the
//! policy for both, and the CRLs of their CAs.

use std::fs;
use std::io;
use std::path::Path;

use super::cast::{day, rsa2048, rsa3072};
use super::write::{bundle, crls};
use crate::support::{Authority, CertificateBuilder, CrlBuilder, KeyKind, Name, TestKey, oids};

pub fn write(into: &Path) -> io::Result<()> {
    let directory = into.join("readme");
    fs::create_dir_all(&directory)?;

    let root_key = TestKey::of(KeyKind::Rsa4096, 0);
    let root = Authority::root_with("Acme Root CA", root_key, |builder| {
        builder
            .subject(acme("Acme Root CA"))
            .validity(day(2024, 1, 1), day(2044, 1, 1) - 1)
    });
    let issuing = root.intermediate_with("Acme Issuing CA 1", rsa3072(0), |builder| {
        builder
            .subject(acme("Acme Issuing CA 1"))
            .path_len(0)
            .validity(day(2024, 1, 1), day(2034, 1, 1) - 1)
    });
    // One day less than three years.
    let good = client("123e4567-e89b-12d3-a456-426614174000", &rsa3072(1))
        .eku(&[oids::CLIENT_AUTH])
        .validity(day(2026, 1, 1), day(2028, 12, 31) - 1);
    let weak = client("payments", &rsa2048(0))
        .eku(&[oids::SERVER_AUTH, oids::CLIENT_AUTH])
        .validity(day(2025, 1, 1), day(2030, 1, 1) - 1);

    // Somebody else's certificate is revoked, superseded by another.
    let crl = CrlBuilder::new()
        .number(7)
        .this_update(day(2026, 1, 1))
        .next_update(day(2028, 12, 31))
        .revoke_with(&[0x4a, 0x17], day(2025, 11, 3), Some(4));

    let none = Path::new("");
    let write = |name, text| fs::write(directory.join(name), text);
    write("roots.pem", bundle(vec![root.der.clone()], none))?;
    write(
        "chain.pem",
        bundle(vec![issuing.issue(good), issuing.der.clone()], none),
    )?;
    write(
        "weak-chain.pem",
        bundle(vec![issuing.issue(weak), issuing.der.clone()], none),
    )?;
    let of_root = CrlBuilder::new()
        .number(3)
        .this_update(day(2026, 1, 1))
        .next_update(day(2028, 12, 31));
    write("crl.pem", crls(&[issuing.crl(crl), root.crl(of_root)]))?;
    write("policy.toml", POLICY.to_owned())
}

fn acme(common_name: &str) -> Name {
    Name::empty()
        .and(oids::ORGANIZATION, "Acme")
        .and(oids::COMMON_NAME, common_name)
}

fn client(common_name: &str, key: &TestKey) -> CertificateBuilder {
    CertificateBuilder::end_entity(acme(common_name), key.spki()).ski()
}

const POLICY: &str = r#"# What Acme's client certificates must be.
role = "client"

[extended-key-usage]
only = ["clientAuth"]

[subject-identifier]
any-of = [
  { attribute = "CN", uuid = "123e4567-e89b-12d3-a456-426614174000", under = ["acme"] },
]

[minimum-key-size]
end-entity = { rsa-bits = 3072 }

[maximum-validity]
end-entity = { less-than = "3 years" }
"#;
