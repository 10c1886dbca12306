//! OpenSSL's verification of the same chains: purpose, time, and for servers the name.
//!
//! Like the others it starts from octets, as each connection brings them.

use std::hint::black_box;

use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyParam;
use openssl::x509::{X509, X509PurposeId, X509StoreContext};
use rustls_policy_verifier::Role;

use crate::chains::{Chain, HOST, NOW};

/// A store of anchors with its settings.
pub struct OpenSsl(X509Store);

impl OpenSsl {
    pub fn new(chain: &Chain, role: Role) -> Self {
        let mut parameters = X509VerifyParam::new().expect("parameters");
        parameters.set_time(i64::try_from(NOW.unix_seconds()).expect("this century"));
        match role {
            Role::Server => {
                parameters.set_host(HOST).expect("a name");
                parameters.set_purpose(X509PurposeId::SSL_SERVER)
            }
            Role::Client => parameters.set_purpose(X509PurposeId::SSL_CLIENT),
        }
        .expect("a purpose");
        let mut store = X509StoreBuilder::new().expect("a store");
        store.set_param(&parameters).expect("the settings");
        for root in &chain.roots {
            let root = X509::from_der(root).expect("a certificate");
            store.add_cert(root).expect("an anchor");
        }
        Self(store.build())
    }

    pub fn verify(&self, chain: &Chain) -> bool {
        let Ok(end_entity) = X509::from_der(black_box(&chain.end_entity)) else {
            return false;
        };
        let mut others = Stack::new().expect("a stack");
        for other in black_box(&chain.others) {
            let other = X509::from_der(other).expect("a certificate");
            others.push(other).expect("room");
        }
        X509StoreContext::new()
            .expect("a context")
            .init(&self.0, &end_entity, &others, |context| {
                context.verify_cert()
            })
            .expect("a verification")
    }

    /// A verification that has to succeed.
    pub fn accept(&self, chain: &Chain) {
        assert!(self.verify(chain), "OpenSSL refuses");
    }
}

/// OpenSSL's name and release.
pub fn version() -> &'static str {
    openssl::version::version()
}
