//! The messages known to cost most: within the limits on size and number, from peers that no CA has to help.

use std::time::Duration;

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls_policy_verifier::{
    Evidence, MAX_OCSP_OCTETS, OcspStaple, Peer, Policy, PresentedChain, Time, TrustAnchors,
    Verifier,
};

use crate::support::{
    Authority, CertificateBuilder, Issuer, KeyKind, Name, OcspBuilder, SingleBuilder, TestKey,
    oids, serial_of,
};

/// 2026-06-01T00:00:00Z
const NOW: u64 = 1_780_272_000;

/// A message, with the verifier that it is sent to and webpki's anchor for the same.
pub struct Worst {
    pub name: &'static str,
    end_entity: CertificateDer<'static>,
    others: Vec<CertificateDer<'static>>,
    /// A genuine chain with a response that somebody else made for it.
    staple: Option<Vec<u8>>,
    root: Authority,
    verifier: Verifier,
}

impl Worst {
    pub fn all() -> Vec<Self> {
        let p384 = || Authority::root("Root", TestKey::of(KeyKind::P384, 0));
        let by = |issuer: &str| {
            CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(1000).spki())
                .eku(&[oids::CLIENT_AUTH])
                .signed_by(&Issuer::new(
                    Name::cn(issuer),
                    TestKey::of(KeyKind::P384, 2),
                ))
        };
        let small_of_one_name = (0..10).map(|n| decoy("X", "X", n, 0)).collect();
        let chained = |padding| {
            let decoys = (0..13).map(move |n| decoy("X", "X", n, padding));
            let links = [("X", "Y"), ("Y", "Z"), ("Z", "Root")];
            let links = (100..).zip(links);
            decoys
                .chain(links.map(move |(n, (one, next))| decoy(one, next, n, padding)))
                .collect()
        };
        let naming_the_anchor = (0..16)
            .map(|n| {
                let key = TestKey::of(KeyKind::P384, usize::try_from(n % 3).expect("small"));
                CertificateBuilder::ca(Name::cn("Root"), &key)
                    .serial(n)
                    .signed_by(&Issuer::new(
                        Name::cn("Root"),
                        TestKey::of(KeyKind::P384, 1),
                    ))
            })
            .collect();
        let unconnected = (0..99)
            .map(|n| decoy(&format!("A {n}"), "B", n, 330))
            .collect();
        vec![
            Self::new(
                "10 small CAs of one name",
                p384(),
                by("X"),
                small_of_one_name,
            ),
            Self::new("16 connected, small", p384(), by("X"), chained(0)),
            Self::new("16 connected, 60 KiB", p384(), by("X"), chained(3_500)),
            Self::new(
                "16 that name a P-384 anchor",
                p384(),
                by("Root"),
                naming_the_anchor,
            ),
            Self::new("99 unconnected, 60 KiB", p384(), by("Root"), unconnected),
            Self::stapled(p384()),
        ]
    }

    fn new(name: &'static str, root: Authority, end_entity: Vec<u8>, others: Vec<Vec<u8>>) -> Self {
        let anchors = TrustAnchors::from_pem(&root.der).expect("a root");
        let verifier = Verifier::builder(anchors, Policy::client()).build();
        let worst = Self {
            name,
            end_entity: end_entity.into(),
            others: others.into_iter().map(CertificateDer::from).collect(),
            staple: None,
            root,
            verifier: verifier.expect("a policy that can be built"),
        };
        assert!(
            worst.octets() <= 65_536,
            "{name}: {} octets",
            worst.octets()
        );
        worst
    }

    /// A chain that anybody can replay, with a response of 64 KiB that has eight certificates of the issuer's name for a
    /// responder, none of them the issuer's.
    fn stapled(root: Authority) -> Self {
        let issuing = root.intermediate("Issuing", TestKey::of(KeyKind::P384, 1));
        let key = TestKey::of(KeyKind::P384, 2);
        let end_entity = CertificateBuilder::end_entity(Name::cn("peer"), key.spki());
        let end_entity = issuing.issue(end_entity.eku(&[oids::CLIENT_AUTH]));
        let responders = (0..8).map(|n| {
            let forged = |it: CertificateBuilder| it.serial(n).tamper_signature();
            issuing.ocsp_responder("Issuing", key.clone(), forged).der
        });
        let single = SingleBuilder::good(&issuing, &serial_of(&end_entity));
        let response = OcspBuilder::new().certificates(responders.collect());
        let response = (0..400).fold(response, |it, _| it.single(single.clone()));
        let staple = issuing.ocsp(response.tamper_signature());
        assert!(staple.len() <= MAX_OCSP_OCTETS, "{} octets", staple.len());

        let mut policy = Policy::client();
        policy.revocation.enforce();
        let anchors = TrustAnchors::from_pem(&root.der).expect("a root");
        let builder = Verifier::builder(anchors, policy).responses_come_with_chains();
        Self {
            name: "a replayed chain, a forged staple of 64 KiB",
            end_entity: end_entity.into(),
            others: vec![issuing.der.clone().into()],
            staple: Some(staple),
            root,
            verifier: builder.build().expect("a policy that can be built"),
        }
    }

    pub fn octets(&self) -> usize {
        let others = self.others.iter().map(|der| der.len());
        let staple = self.staple.as_ref().map_or(0, Vec::len);
        self.end_entity.len() + others.sum::<usize>() + staple
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

    pub fn webpki(&self) {
        let root = CertificateDer::from(self.root.der.as_slice());
        let anchors = [webpki::anchor_from_trusted_cert(&root).expect("a root")];
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
        // It looks at no staple.
        assert_eq!(verdict.is_ok(), self.staple.is_some(), "{}", self.name);
    }
}

/// A CA's certificate that claims to be issued by `issuer`, signed by some key or other, with an extension of so many
/// octets.
fn decoy(subject: &str, issuer: &str, n: u64, padding: usize) -> Vec<u8> {
    let builder = CertificateBuilder::new(Name::cn(subject), TestKey::ed25519(n).spki())
        .basic_constraints(true, None)
        .validity(1_577_836_800, 2_208_988_800);
    let builder = match padding {
        0 => builder,
        padding => builder.extension(oids::EXAMPLE_ARC, false, &vec![0; padding]),
    };
    builder.signed_by(&Issuer::new(Name::cn(issuer), TestKey::ed25519(2000 + n)))
}
