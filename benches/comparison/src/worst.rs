//! The messages known to cost most, with verifiers to send them to.

use std::time::Duration;

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls_policy_verifier::{
    Evidence, OcspStaple, Peer, Policy, PresentedChain, Time, TrustAnchors, Verifier,
};

use crate::support::worst::{Sender, worst};

/// 2026-06-01T00:00:00Z
const NOW: u64 = 1_780_272_000;

/// A message, with the verifier that it is sent to and webpki's anchor for the same.
pub struct Worst {
    pub name: &'static str,
    pub from: Sender,
    pub octets: usize,
    end_entity: CertificateDer<'static>,
    others: Vec<CertificateDer<'static>>,
    /// A genuine chain with a response that somebody else made for it.
    staple: Option<Vec<u8>>,
    root: CertificateDer<'static>,
    verifier: Verifier,
}

impl Worst {
    pub fn all() -> Vec<Self> {
        worst().into_iter().map(Self::new).collect()
    }

    fn new(message: crate::support::worst::Worst) -> Self {
        let mut policy = Policy::client();
        policy.certificate_profile.enforce();
        if message.staple.is_some() {
            policy.revocation.enforce();
        }
        let anchors = TrustAnchors::from_pem(&message.root.der).expect("a root");
        let mut builder = Verifier::builder(anchors, policy);
        if message.staple.is_some() {
            builder = builder.responses_come_with_chains();
        }
        Self {
            name: message.name,
            from: message.from,
            octets: message.octets(),
            end_entity: message.end_entity.into(),
            others: message
                .others
                .into_iter()
                .map(CertificateDer::from)
                .collect(),
            staple: message.staple,
            root: message.root.der.into(),
            verifier: builder.build().expect("a policy that can be built"),
        }
    }

    pub fn ours(&self) {
        let chain = PresentedChain::new(&self.end_entity, &self.others);
        let time = Time::from_unix_seconds(NOW);
        let mut evidence = Evidence::default();
        if let Some(staple) = &self.staple {
            evidence.ocsp = OcspStaple::Given(staple);
        }
        let verdict = self.verifier.verify(&chain, Peer::Client, evidence, time);
        assert!(verdict.is_err(), "{}: accepted", self.name);
    }

    /// Whatever it says: it looks neither at staples nor at what our rules ask for.
    pub fn webpki(&self) {
        let anchors = [webpki::anchor_from_trusted_cert(&self.root).expect("a root")];
        let end_entity = webpki::EndEntityCert::try_from(&self.end_entity).expect("decodable");
        let verdict = end_entity.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &self.others,
            UnixTime::since_unix_epoch(Duration::from_secs(NOW)),
            webpki::KeyUsage::client_auth(),
            None,
            None,
        );
        let _ = std::hint::black_box(verdict);
    }
}
