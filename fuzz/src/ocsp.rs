//! `OcspResponse::from_der` against the `der` crate's derived decoder; and a verifier that knows of no status but what it is
//! stapled, which nobody but the issuer and its responder can make it believe.

use std::sync::LazyLock;

use der::{Decode, Encode};
use rustls_policy_verifier::{
    Evidence, OcspResponse, OcspStaple, Peer, Policy, PresentedChain, RevocationCheck,
    StatusSource, Tolerance, Verifier,
};

use crate::fixture::{CHAINS, Chain, NOW, SERVER};
use crate::rfc6960::{ResponseData, ResponseStatus};
use crate::signed::basic_response;
use crate::support::{CertIdHash, OcspBuilder, SingleBuilder, serial_of};
use crate::{Target, mutate, rfc6960};

pub const TARGET: Target = Target {
    name: "ocsp",
    check,
    mutate: mutate::der,
    seeds,
};

/// Never panics; what is loaded is understood as the derived decoder does; and only what the issuer or its responder said makes
/// a status known.
pub fn check(data: &[u8]) {
    if let Ok(response) = OcspResponse::from_der(data) {
        let outer = rfc6960::OcspResponse::from_der(data).expect("an OCSPResponse");
        assert_eq!(outer.status, ResponseStatus::Successful);
        let basic = basic_response(data).expect("a BasicOCSPResponse");
        let model = ResponseData::from_der(&basic.data.to_der().expect("decoded"));
        let produced_at = model.expect("a ResponseData").produced_at;
        let produced_at = produced_at.to_unix_duration().as_secs();
        assert_eq!(response.produced_at().unix_seconds(), produced_at);
        let _ = format!("{response:?}");
    }
    for verifier in VERIFIERS.iter() {
        if accepts(verifier, data) {
            let said = basic_response(data).expect("a BasicOCSPResponse").data;
            assert!(
                GENUINE.contains(&said.to_der().expect("decoded")),
                "nobody said this"
            );
        }
    }
}

fn chain() -> &'static Chain {
    &CHAINS[0]
}

fn accepts(verifier: &Verifier, staple: &[u8]) -> bool {
    let chain = chain();
    let presented = PresentedChain::new(&chain.end_entity, &chain.intermediates);
    let mut evidence = Evidence::default();
    evidence.ocsp = OcspStaple::Given(staple);
    let verdict = verifier.verify(&presented, Peer::Server(&SERVER), evidence, NOW);
    verdict.is_ok()
}

/// One that refuses a bad staple, and one for which it is as good as none.
static VERIFIERS: LazyLock<[Verifier; 2]> = LazyLock::new(|| {
    [Tolerance::Refuse, Tolerance::AllowWithWarning].map(|unparsable| {
        let mut policy = Policy::server();
        let settings = policy.revocation.enforce();
        settings.check = RevocationCheck::EndEntity;
        settings.sources.end_entity = StatusSource::Ocsp;
        settings.unparsable = unparsable;
        let verifier = Verifier::builder(chain().anchors.clone(), policy).build();
        verifier.expect("a policy that can work")
    })
});

/// The signed parts of responses that make the status known.
static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let genuine: Vec<_> = good(chain()).map(|(_, response)| response).to_vec();
    for response in &genuine {
        for verifier in VERIFIERS.iter() {
            assert!(accepts(verifier, response), "a genuine response");
        }
    }
    let data = |response: &Vec<u8>| basic_response(response).expect("basic").data.to_der();
    let data: Result<_, _> = genuine.iter().map(data).collect();
    data.expect("DER")
});

/// By the issuer, by name and by key; and by its responder.
pub(crate) fn good(chain: &Chain) -> [(&'static str, Vec<u8>); 3] {
    let issuer = chain.issuer();
    let serial = serial_of(&chain.end_entity);
    let single = SingleBuilder::good(issuer, &serial);
    let others = SingleBuilder::good(issuer, &[0x44]);
    let by_name = OcspBuilder::new()
        .single(others)
        .single(single.clone())
        .nonce(b"nonce");
    let by_key = OcspBuilder::new()
        .responder_by_key()
        .single(single.clone().hash(CertIdHash::Sha256));
    let by_responder = OcspBuilder::new()
        .single(single)
        .certificates(vec![chain.responder.der.clone()]);
    [
        ("by-name", issuer.ocsp(by_name)),
        ("by-key", issuer.ocsp(by_key)),
        ("by-responder", chain.responder.ocsp(by_responder)),
    ]
}

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let chain = chain();
    let issuer = chain.issuer();
    let serial = serial_of(&chain.end_entity);
    let single = SingleBuilder::good(issuer, &serial);
    let revoked = single.clone().revoked(1_779_000_000, Some(1));
    let stale = single.clone().next_update(1_780_000_000);
    let by = |single: SingleBuilder| issuer.ocsp(OcspBuilder::new().single(single));
    let mut seeds = good(chain).to_vec();
    seeds.extend([
        ("revoked", by(revoked)),
        ("unknown", by(single.clone().unknown())),
        ("stale", by(stale.this_update(1_779_900_000))),
        ("endless", by(single.clone().no_next_update())),
        (
            "try-later",
            issuer.ocsp(OcspBuilder::new().response_status(3)),
        ),
        (
            "forged",
            issuer.ocsp(OcspBuilder::new().single(single).tamper_signature()),
        ),
    ]);
    seeds
}
