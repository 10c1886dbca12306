//! A throw-away PKI: a root, the CA below it, and end entities with the keys of the test data.

#[path = "../../../tests/it/support/mod.rs"]
mod support;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io};

pub use support::{Authority, CertificateBuilder, KeyKind, Name, TestKey, oids};

/// The server's name in its certificate.
pub const HOST: &str = "localhost";

/// The common name that `client-policy.toml` asks for.
pub const CLIENT: &str = "123e4567-e89b-12d3-a456-426614174000";

const DAY: i64 = 24 * 60 * 60;

/// A root and the CA below it that issues.
#[derive(Clone, Debug)]
pub struct Pki {
    root: Authority,
    issuing: Authority,
}

/// A chain and the key of its end entity, in PEM.
#[derive(Clone, Debug)]
pub struct Own {
    pub chain: String,
    pub key: String,
}

impl Default for Pki {
    fn default() -> Self {
        let root = Authority::root("Acme Root CA TEST ONLY", TestKey::of(KeyKind::P256, 0));
        let issuing = root.intermediate("Acme Issuing CA TEST ONLY", TestKey::of(KeyKind::P256, 1));
        Self { root, issuing }
    }
}

impl Pki {
    /// The root's certificate in PEM.
    pub fn roots(&self) -> String {
        support::pem::bundle(&[&self.root.der])
    }

    /// A server's chain that `change` adapts.
    pub fn server(&self, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Own {
        self.own("payments", 2, |it| {
            change(it.eku(&[oids::SERVER_AUTH]).dns(&[HOST]))
        })
    }

    /// A client's chain that `change` adapts.
    pub fn client(&self, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Own {
        self.own(CLIENT, 3, |it| change(it.eku(&[oids::CLIENT_AUTH])))
    }

    fn own(
        &self,
        common_name: &str,
        key: usize,
        change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    ) -> Own {
        let key = TestKey::of(KeyKind::P256, key);
        let name = Name::cn(common_name).and(oids::ORGANIZATION, "Acme");
        let now = now();
        // Real clocks judge this one.
        let builder = CertificateBuilder::end_entity(name, key.spki())
            .validity(now.saturating_sub(DAY), now.saturating_add(90 * DAY));
        let end_entity = self.issuing.issue(change(builder));
        Own {
            chain: support::pem::bundle(&[&end_entity, &self.issuing.der]),
            key: key.pkcs8_pem(),
        }
    }
}

/// Seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |it| i64::try_from(it.as_secs()).unwrap_or(i64::MAX))
}

/// Writes what the example programs take: roots, chains, keys, and the policies.
///
/// The chains that break the policy, by a second key purpose, go with the same keys as the good ones.
pub fn write(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let pki = Pki::default();
    let (server, client) = (pki.server(|it| it), pki.client(|it| it));
    let both = [oids::SERVER_AUTH, oids::CLIENT_AUTH];
    for (file, contents) in [
        ("roots.pem", pki.roots().as_str()),
        ("server.pem", &server.chain),
        ("server.key", &server.key),
        ("client.pem", &client.chain),
        ("client.key", &client.key),
        ("bad-server.pem", &pki.server(|it| it.eku(&both)).chain),
        ("bad-client.pem", &pki.client(|it| it.eku(&both)).chain),
        ("server-policy.toml", include_str!("../server-policy.toml")),
        ("client-policy.toml", include_str!("../client-policy.toml")),
    ] {
        fs::write(directory.join(file), contents)?;
    }
    Ok(())
}
