//! Whose verifiers take turns: rustls's own and ours, behind the traits by which rustls calls both.

use std::hint::black_box;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{ServerName, TrustAnchor, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{Error, RootCertStore};
use rustls_policy_verifier::pki_types::SignatureVerificationAlgorithm;
use rustls_policy_verifier::{
    PolicyClientCertVerifier, PolicyServerCertVerifier, Role, SignatureCache, Verifier,
    VerifierBuilder,
};

use crate::chains::{Chain, HOST, NOW, Rules};

/// Two providers are linked, so that rustls would not know which one to take: each is always given.
pub fn providers() -> [(&'static str, Arc<CryptoProvider>); 2] {
    [("ring", ring()), ("aws-lc-rs", aws_lc_rs())]
}

pub fn ring() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

pub fn aws_lc_rs() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// A verifier as a configuration has it.
#[derive(Clone, Debug)]
pub enum Side {
    OfServers(Arc<dyn ServerCertVerifier>),
    OfClients(Arc<dyn ClientCertVerifier>),
}

/// Where signatures that held are remembered.
#[derive(Clone, Debug)]
pub enum Cache {
    None,
    Own,
    This(SignatureCache),
}

impl Side {
    /// rustls's own, for the anchors of `chain`.
    pub fn theirs(chain: &Chain, role: Role, provider: &Arc<CryptoProvider>) -> Self {
        let mut roots = RootCertStore::empty();
        for root in &chain.roots {
            roots.add(root.clone()).expect("an anchor");
        }
        let (roots, provider) = (Arc::new(roots), provider.clone());
        match role {
            Role::Server => Self::OfServers(
                WebPkiServerVerifier::builder_with_provider(roots, provider)
                    .build()
                    .expect("rustls's verifier"),
            ),
            Role::Client => Self::OfClients(
                WebPkiClientVerifier::builder_with_provider(roots, provider)
                    .build()
                    .expect("rustls's verifier"),
            ),
        }
    }

    /// Ours, for the anchors of `chain`.
    pub fn ours(
        chain: &Chain,
        role: Role,
        provider: &CryptoProvider,
        rules: Rules,
        cache: Cache,
    ) -> Self {
        let policy = rules.policy(role, &chain.roots[0]);
        let builder = Verifier::builder_with_provider(chain.anchors(), policy, provider);
        Self::of_builder(builder, role, cache)
    }

    /// Ours, of what `builder` has.
    pub fn of_builder(builder: VerifierBuilder, role: Role, cache: Cache) -> Self {
        let builder = match cache {
            Cache::None => builder.without_signature_cache(),
            Cache::Own => builder,
            Cache::This(cache) => builder.signature_cache(cache),
        };
        let verifier = Arc::new(builder.build().expect("our verifier"));
        match role {
            Role::Server => Self::OfServers(Arc::new(
                PolicyServerCertVerifier::new(verifier).expect("a policy for servers"),
            )),
            Role::Client => Self::OfClients(Arc::new(
                PolicyClientCertVerifier::new(verifier).expect("a policy for clients"),
            )),
        }
    }

    pub fn verify(&self, chain: &Chain) -> Result<(), Error> {
        self.verify_stapled(chain, &[])
    }

    /// With an OCSP response that a server staples; empty for none.
    pub fn verify_stapled(&self, chain: &Chain, staple: &[u8]) -> Result<(), Error> {
        let (end_entity, others) = (black_box(&chain.end_entity), black_box(&chain.others[..]));
        let now = UnixTime::from(NOW);
        match self {
            Self::OfServers(verifier) => verifier
                .verify_server_cert(end_entity, others, &host(), black_box(staple), now)
                .map(drop),
            Self::OfClients(verifier) => verifier
                .verify_client_cert(end_entity, others, now)
                .map(drop),
        }
    }

    /// A verification that has to succeed.
    pub fn accept(&self, chain: &Chain) {
        if let Err(error) = self.verify(chain) {
            panic!("refused: {error}");
        }
    }

    /// A verification that has to fail.
    pub fn refuse(&self, chain: &Chain) {
        assert!(self.verify(chain).is_err(), "accepted");
    }
}

fn host() -> ServerName<'static> {
    ServerName::try_from(HOST).expect("a name")
}

/// webpki itself, with any algorithms.
#[derive(Debug)]
pub struct Webpki<'a> {
    anchors: Vec<TrustAnchor<'static>>,
    algorithms: Vec<&'a dyn SignatureVerificationAlgorithm>,
    role: Role,
}

impl<'a> Webpki<'a> {
    pub fn new(
        chain: &Chain,
        role: Role,
        algorithms: impl IntoIterator<Item = &'a dyn SignatureVerificationAlgorithm>,
    ) -> Self {
        let anchor = |root| webpki::anchor_from_trusted_cert(root).map(|it| it.to_owned());
        Self {
            anchors: chain
                .roots
                .iter()
                .map(|root| anchor(root).expect("an anchor"))
                .collect(),
            algorithms: algorithms.into_iter().collect(),
            role,
        }
    }

    pub fn accept(&self, chain: &Chain) {
        let (end_entity, others) = (black_box(&chain.end_entity), black_box(&chain.others[..]));
        let usage = match self.role {
            Role::Server => webpki::KeyUsage::server_auth(),
            Role::Client => webpki::KeyUsage::client_auth(),
        };
        let end_entity = webpki::EndEntityCert::try_from(end_entity).expect("webpki reads it");
        end_entity
            .verify_for_usage(
                &self.algorithms,
                &self.anchors,
                others,
                UnixTime::from(NOW),
                usage,
                None,
                None,
            )
            .expect("webpki accepts it");
        if self.role == Role::Server {
            end_entity
                .verify_is_valid_for_subject_name(&host())
                .expect("it has the name");
        }
    }
}
