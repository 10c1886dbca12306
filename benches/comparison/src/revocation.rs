//! CRLs and OCSP responses for the chains that are measured.

use rustls_policy_verifier::{
    Crl, Policy, RevocationCheck, Role, StapleUse, Verifier, VerifierBuilder,
};

use crate::chains::{Chain, Kind, Rules, authorities};
use crate::sides::ring;
use crate::support::{CrlBuilder, OcspBuilder, SingleBuilder, TestKey, big_crl, serial_of};

/// A chain, and who can say whether it is revoked.
pub struct Revocable {
    pub chain: Chain,
    kind: Kind,
    role: Role,
}

impl Revocable {
    pub fn new(kind: Kind, role: Role) -> Self {
        let chain = Chain::new(&kind, role);
        Self { chain, kind, role }
    }

    /// A CRL of the CA that issued the end entity, with so many entries, and one of the root without any.
    pub fn crls(&self, entries: usize) -> [Vec<u8>; 2] {
        let authorities = authorities(&self.kind);
        let issuing = authorities.last().expect("a CA");
        let large = big_crl(&issuing.issuer(), entries, serial);
        [large, authorities[0].crl(CrlBuilder::new())]
    }

    /// An OCSP response about the end entity, signed by its issuer or by a responder of its.
    pub fn staple(&self, delegated: bool) -> Vec<u8> {
        let authorities = authorities(&self.kind);
        let issuing = authorities.last().expect("a CA");
        let single = SingleBuilder::good(issuing, &serial_of(&self.chain.end_entity));
        let response = OcspBuilder::new().single(single);
        if delegated {
            let key = TestKey::of(issuing.key.kind(), 0);
            let responder = issuing.ocsp_responder("Responder", key, |it| it);
            let with_certificate = response.certificates(vec![responder.der.clone()]);
            responder.ocsp(with_certificate)
        } else {
            issuing.ocsp(response)
        }
    }

    /// A response with so many answers, all about the end entity.
    pub fn response_of(&self, answers: usize) -> Vec<u8> {
        let authorities = authorities(&self.kind);
        let issuing = authorities.last().expect("a CA");
        let single = SingleBuilder::good(issuing, &serial_of(&self.chain.end_entity));
        let singles = std::iter::repeat_n(single, answers);
        issuing.ocsp(singles.fold(OcspBuilder::new(), OcspBuilder::single))
    }

    /// The full policy without revocation.
    pub fn builder(&self) -> VerifierBuilder {
        builder(&self.chain, self.role, |_| {})
    }

    /// The full policy, with every status known from these CRLs.
    pub fn builder_with_crls(&self, crls: impl IntoIterator<Item = Crl>) -> VerifierBuilder {
        with_crls(&self.chain, self.role, crls)
    }

    /// The full policy, with a staple demanded.
    pub fn builder_with_staple(&self) -> VerifierBuilder {
        builder(&self.chain, self.role, |policy| {
            let revocation = policy.revocation.enforce();
            revocation.check = RevocationCheck::EndEntity;
            revocation.staple = StapleUse::Require;
        })
    }
}

/// The full policy for a chain, with every status known from these CRLs.
pub fn with_crls(
    chain: &Chain,
    role: Role,
    crls: impl IntoIterator<Item = Crl>,
) -> VerifierBuilder {
    let enforce = |policy: &mut Policy| {
        policy.revocation.enforce();
    };
    builder(chain, role, enforce).crls(crls)
}

fn builder(chain: &Chain, role: Role, change: impl FnOnce(&mut Policy)) -> VerifierBuilder {
    let mut policy = Rules::Partner.policy(role, &chain.roots[0]);
    change(&mut policy);
    Verifier::builder_with_provider(chain.anchors(), policy, &ring())
}

/// Sixteen octets that look like nothing in particular, and are no certificate's here.
pub fn serial(n: u32) -> [u8; 16] {
    let mut serial = [0x11; 16];
    let mixed = u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    serial[4..12].copy_from_slice(&mixed.to_be_bytes());
    serial[12..].copy_from_slice(&n.to_be_bytes());
    serial
}
