//! The chains that CRLs and responses are about. Everything is signed with Ed25519, so that it is the same in every run.

use std::sync::LazyLock;

use rustls_policy_verifier::pki_types::{CertificateDer, ServerName};
use rustls_policy_verifier::{Time, TrustAnchors};

use crate::support::extensions::usage;
use crate::support::{
    Authority, CertificateBuilder, DistributionPoint, DistributionPointName, Name, TestKey, oids,
    serial_of,
};

/// 2026-06-01T00:00:00Z
pub(crate) const NOW: Time = Time::from_unix_seconds(1_780_272_000);

pub(crate) const END_ENTITY_CRLS: &str = "http://crl.example/end-entities";
pub(crate) const CA_CRLS: &str = "http://crl.example/cas";

pub(crate) struct Chain {
    pub(crate) root: Authority,
    pub(crate) issuing: Option<Authority>,
    /// Answers for who issued the end entity.
    pub(crate) responder: Authority,
    pub(crate) end_entity: CertificateDer<'static>,
    pub(crate) intermediates: Vec<CertificateDer<'static>>,
    pub(crate) anchors: TrustAnchors,
}

/// A certificate whose status is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Link<'c> {
    pub(crate) certificate: &'c [u8],
    pub(crate) issuer: &'c Authority,
    pub(crate) is_ca: bool,
}

impl Link<'_> {
    pub(crate) fn serial(&self) -> Vec<u8> {
        serial_of(self.certificate)
    }
}

impl Chain {
    fn new(
        root: Authority,
        issuing: Option<Authority>,
        change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    ) -> Self {
        let issuer = issuing.as_ref().unwrap_or(&root);
        let end_entity = change(
            CertificateBuilder::end_entity(Name::cn("server"), TestKey::ed25519(3).spki())
                .eku(&[oids::SERVER_AUTH])
                .dns(&["pay.acme.example"])
                .serial(7),
        );
        let responder = |ca: CertificateBuilder| ca.serial(8);
        let anchor = CertificateDer::from(root.der.clone());
        Self {
            end_entity: issuer.issue(end_entity).into(),
            responder: issuer.ocsp_responder("OCSP", TestKey::ed25519(4), responder),
            intermediates: issuing.iter().map(|it| it.der.clone().into()).collect(),
            anchors: TrustAnchors::new()
                .with_certificates("default", [anchor])
                .expect("a sound root"),
            root,
            issuing,
        }
    }

    pub(crate) fn issuer(&self) -> &Authority {
        self.issuing.as_ref().unwrap_or(&self.root)
    }

    /// From the end entity up.
    pub(crate) fn links(&self) -> Vec<Link<'_>> {
        let mut links = vec![Link {
            certificate: &self.end_entity,
            issuer: self.issuer(),
            is_ca: false,
        }];
        if let Some(issuing) = &self.issuing {
            links.push(Link {
                certificate: &issuing.der,
                issuer: &self.root,
                is_ca: true,
            });
        }
        links
    }
}

/// A chain of three without distribution points; one with; one whose issuing CA may not sign CRLs; and one of two, whose
/// end entity has a distribution point for each half of the reasons, and must be stapled for.
pub(crate) static CHAINS: LazyLock<[Chain; 4]> = LazyLock::new(|| {
    let root = || Authority::root("Root", TestKey::ed25519(1));
    let issuing = |change: fn(CertificateBuilder) -> CertificateBuilder| {
        let issuing =
            root().intermediate_with("Issuing", TestKey::ed25519(2), |ca| change(ca.serial(5)));
        Some(issuing)
    };
    let halves = [[1, 2, 3, 4].as_slice(), &[5, 6, 7, 8]].map(|reasons| DistributionPoint {
        name: Some(DistributionPointName::uris(&[END_ENTITY_CRLS])),
        reasons: Some(reasons.to_vec()),
        ..DistributionPoint::default()
    });
    [
        Chain::new(root(), issuing(|ca| ca), |end_entity| end_entity),
        Chain::new(
            root(),
            issuing(|ca| ca.crl_distribution_point_uris(&[CA_CRLS])),
            |end_entity| end_entity.crl_distribution_point_uris(&[END_ENTITY_CRLS]),
        ),
        Chain::new(
            root(),
            issuing(|ca| ca.key_usage_bits(&[usage::KEY_CERT_SIGN])),
            |end_entity| end_entity,
        ),
        Chain::new(root(), None, |end_entity| {
            end_entity.crl_distribution_points(&halves).must_staple()
        }),
    ]
});

pub(crate) static SERVER: LazyLock<ServerName<'static>> =
    LazyLock::new(|| ServerName::try_from("pay.acme.example").expect("a name"));
