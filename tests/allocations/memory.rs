//! The most memory that one verification takes at a time, whatever is sent.

use rustls_policy_verifier::pki_types::CertificateDer;
use rustls_policy_verifier::{
    Evidence, OcspStaple, Peer, PresentedChain, Role, TrustAnchors, Verifier,
};

use super::support::worst::worst;
use super::{NOW, partner_policy};

/// The most octets on the heap at one time, beside what was sent: sixteen times the most that a certificate message may have.
/// Most of it is the report of a refusal, of which each value is bounded, and each list of values.
const MOST_OCTETS: u64 = 16 * 64 * 1024;

/// Every rule runs, and finds something to say; what is said is printed too.
#[test]
fn no_message_takes_more_than_a_multiple_of_its_size() {
    for message in worst() {
        let mut policy = partner_policy(Role::Client, &message.root.der);
        policy.certificate_profile.enforce();
        let anchors = TrustAnchors::new()
            .with_pem("acme", &message.root.der)
            .unwrap();
        let verifier = if message.staple.is_some() {
            policy.revocation.enforce();
            Verifier::builder(anchors, policy)
                .responses_come_with_chains()
                .build()
        } else {
            Verifier::builder(anchors, policy).build()
        };
        let verifier = verifier.unwrap();
        let end_entity = CertificateDer::from(message.end_entity.as_slice());
        let others = message.others.iter();
        let others: Vec<_> = others
            .map(|der| CertificateDer::from(der.as_slice()))
            .collect();
        let mut evidence = Evidence::default();
        if let Some(staple) = &message.staple {
            evidence.ocsp = OcspStaple::Given(staple);
        }
        let chain = PresentedChain::new(&end_entity, &others);
        let info = allocation_counter::measure(|| {
            let verdict = verifier.verify(&chain, Peer::Client, evidence, NOW);
            assert!(!verdict.unwrap_err().to_string().is_empty());
        });
        assert!(
            info.bytes_max <= MOST_OCTETS,
            "{}: {} octets",
            message.name,
            info.bytes_max
        );
    }
}
