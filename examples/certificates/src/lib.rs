//! Throw-away PKIs: a root, the CA below it, and end entities with the keys of the test data.

#[path = "../../../tests/it/support/mod.rs"]
mod support;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io};

pub use support::{
    Authority, CertificateBuilder, CrlBuilder, KeyKind, Name, OcspBuilder, SingleBuilder, TestKey,
    general_name, oids, pem, serial_of,
};

/// The server's name in its certificate.
pub const HOST: &str = "localhost";

/// The common name that `client-policy.toml` asks for.
pub const CLIENT: &str = "123e4567-e89b-12d3-a456-426614174000";

/// In seconds.
pub const DAY: i64 = 24 * 60 * 60;

/// A root and the CA below it that issues.
#[derive(Clone, Debug)]
pub struct Pki {
    organisation: &'static str,
    keys: KeyKind,
    root: Authority,
    issuing: Authority,
}

/// A chain and the key of its end entity, in PEM.
#[derive(Clone, Debug)]
pub struct Own {
    pub chain: String,
    pub key: String,
}

impl Own {
    /// Of a chain in DER, end entity first.
    pub fn new(chain: &[&[u8]], key: &TestKey) -> Self {
        Self {
            chain: pem::bundle(chain),
            key: key.pkcs8_pem(),
        }
    }
}

/// An end entity of yesterday that lasts 90 days: real clocks judge it.
pub fn end_entity(subject: Name, key: &TestKey) -> CertificateBuilder {
    let now = now();
    CertificateBuilder::end_entity(subject, key.spki())
        .validity(now.saturating_sub(DAY), now.saturating_add(90 * DAY))
}

/// Acme's.
impl Default for Pki {
    fn default() -> Self {
        Self::of("Acme", KeyKind::P256)
    }
}

impl Pki {
    fn of(organisation: &'static str, keys: KeyKind) -> Self {
        let name = |ca| format!("{organisation} {ca} CA TEST ONLY");
        let root = Authority::root(&name("Root"), TestKey::of(keys, 0));
        let issuing = root.intermediate(&name("Issuing"), TestKey::of(keys, 1));
        Self {
            organisation,
            keys,
            root,
            issuing,
        }
    }

    /// The root's certificate in PEM.
    pub fn roots(&self) -> String {
        pem::bundle(&[&self.root.der])
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
        let key = TestKey::of(self.keys, key);
        let name = Name::cn(common_name).and(oids::ORGANIZATION, self.organisation);
        let end_entity = self.issuing.issue(change(end_entity(name, &key)));
        Own::new(&[&end_entity, &self.issuing.der], &key)
    }
}

/// A tenant of the program `tenants`, with CAs of its own for both sides.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// What its clients ask for, and the name of its folder.
    pub name: &'static str,
    /// What its policy calls its client.
    pub identifier: &'static str,
    pub pki: Pki,
    pub client: Own,
    policy: &'static str,
}

impl Tenant {
    /// Its policy names the client by its subject.
    pub fn acme() -> Self {
        let pki = Pki::default();
        Self {
            name: "acme.localhost",
            identifier: CLIENT,
            client: pki.client(|it| it),
            pki,
            policy: include_str!("../tenants/acme.localhost.toml"),
        }
    }

    /// Its policy names the client by a URI.
    pub fn globex() -> Self {
        let pki = Pki::of("Globex", KeyKind::Ed25519);
        let identifier = "spiffe://globex.example/payments";
        Self {
            name: "globex.localhost",
            identifier,
            client: pki.client(|it| it.san(vec![general_name::uri(identifier)])),
            pki,
            policy: include_str!("../tenants/globex.localhost.toml"),
        }
    }

    fn write(&self, directory: &Path) -> io::Result<()> {
        let directory = directory.join(self.name);
        fs::create_dir_all(&directory)?;
        let server = self.pki.server(|it| it.dns(&[self.name]));
        let serial = serial_of(&pem::from_pem(&self.client.chain));
        for (file, contents) in [
            ("policy.toml", self.policy),
            ("roots.pem", &self.pki.roots()),
            ("clients.crl", &self.crl(|it| it)),
            ("revoking.crl", &self.crl(|it| it.number(2).revoke(&serial))),
            ("server.pem", &server.chain),
            ("server.key", &server.key),
            ("client.pem", &self.client.chain),
            ("client.key", &self.client.key),
        ] {
            fs::write(directory.join(file), contents)?;
        }
        Ok(())
    }

    /// For the next month, in PEM.
    fn crl(&self, change: impl FnOnce(CrlBuilder) -> CrlBuilder) -> String {
        let crl = CrlBuilder::new()
            .this_update(now().saturating_sub(DAY))
            .next_update(now().saturating_add(30 * DAY));
        pem::to_pem("X509 CRL", &self.pki.issuing.crl(change(crl)))
    }
}

/// Seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |it| i64::try_from(it.as_secs()).unwrap_or(i64::MAX))
}

/// Writes what the example programs take: roots, chains, keys, and the policies; in `tenants` a folder for each tenant, with a
/// CRL, and a later one that revokes its client.
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
    for tenant in [Tenant::acme(), Tenant::globex()] {
        tenant.write(&directory.join("tenants"))?;
    }
    Ok(())
}
