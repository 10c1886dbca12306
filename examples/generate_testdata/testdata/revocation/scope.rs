//! Of which certificates a CRL speaks: its issuing distribution point.

use super::*;
use crate::support::{
    CertificateBuilder, DistributionPoint, DistributionPointName, IssuingDistributionPoint,
    general_name, oids,
};

const POINT: &str = "http://crl.acme.example/1.crl";
const OTHER_POINT: &str = "http://crl.acme.example/2.crl";

pub fn cases() -> Vec<Case> {
    let mut cases = kinds();
    cases.extend(points());
    cases.extend(reasons());
    cases
}

fn of(point: IssuingDistributionPoint) -> CrlBuilder {
    CrlBuilder::new().issuing_distribution_point(&point)
}

/// A CRL of the issuing CA for a distribution point of this name.
fn at(name: DistributionPointName) -> CrlBuilder {
    of(IssuingDistributionPoint {
        name: Some(name),
        ..IssuingDistributionPoint::default()
    })
}

fn kinds() -> Vec<Case> {
    let users = || {
        of(IssuingDistributionPoint {
            only_user: true,
            ..IssuingDistributionPoint::default()
        })
    };
    let cas = || {
        of(IssuingDistributionPoint {
            only_ca: true,
            ..IssuingDistributionPoint::default()
        })
    };
    vec![
        listed(
            "scope-by-kind-accepted",
            "The issuing CA's CRL is about end entities, the root's about CAs.",
            [issuing_crl(users()), root_crl(cas())],
        )
        .accepted(),
        listed(
            "scope-user-only-refused",
            "The root's CRL is about end entities alone.",
            [issuing_crl(users()), root_crl(users())],
        )
        .refused(INTERMEDIATE),
        listed(
            "scope-ca-only-refused",
            "The issuing CA's CRL is about CAs alone.",
            [issuing_crl(cas()), root_crl(cas())],
        )
        .refused(END_ENTITY),
        listed(
            "scope-ca-only-lists-refused",
            "The CRL is about CAs alone and lists the end entity all the same.",
            with_root_crl(cas().revoke(&client_serial())),
        )
        .refused(END_ENTITY),
        listed(
            "scope-two-shards-accepted",
            "Of two CRLs one is about CAs, the other about end entities.",
            [
                issuing_crl(cas()),
                issuing_crl(users()),
                root_crl(CrlBuilder::new()),
            ],
        )
        .accepted(),
    ]
}

fn points() -> Vec<Case> {
    let for_client = |name, description, client: CertificateBuilder, crl: CrlBuilder| {
        listed(name, description, with_root_crl(crl)).end_entity(client)
    };
    let named = || cast::client().crl_distribution_point_uris(&[POINT]);
    let uri = |uri| at(DistributionPointName::uris(&[uri]));
    let relative = |value| DistributionPointName::relative(oids::COMMON_NAME, value);
    let point_of = |name| {
        cast::client().crl_distribution_points(&[DistributionPoint {
            name: Some(name),
            ..DistributionPoint::default()
        }])
    };
    let elsewhere = DistributionPoint {
        crl_issuer: vec![general_name::directory(&cast::globex_issuing().name)],
        ..DistributionPoint::uri(POINT)
    };
    vec![
        for_client(
            "scope-point-accepted",
            "The CRL is for the distribution point that the certificate names.",
            named(),
            uri(POINT),
        )
        .accepted(),
        for_client(
            "scope-point-refused",
            "The CRL is for another distribution point than the certificate names.",
            named(),
            uri(OTHER_POINT),
        )
        .refused(END_ENTITY),
        for_client(
            "scope-point-lists-refused",
            "The CRL is for another distribution point, and lists the certificate.",
            named(),
            uri(OTHER_POINT).revoke(&client_serial()),
        )
        .refused(END_ENTITY),
        for_client(
            "scope-second-point-accepted",
            "The certificate names two distribution points, and the CRL has two names.",
            cast::client().crl_distribution_point_uris(&["ldap://acme.example/1", POINT]),
            at(DistributionPointName::uris(&[OTHER_POINT, POINT])),
        )
        .accepted(),
        for_client(
            "scope-no-points-refused",
            "The CRL is for a distribution point, and the certificate names none.",
            cast::client(),
            uri(POINT),
        )
        .refused(END_ENTITY),
        for_client(
            "scope-points-and-whole-accepted",
            "The certificate names a distribution point; the CRL is about all certificates.",
            named(),
            CrlBuilder::new(),
        )
        .accepted(),
        for_client(
            "scope-issuer-name-accepted",
            "The CRL's distribution point is the issuer's own name, which every certificate has without saying so.",
            cast::client(),
            at(DistributionPointName::directory(&cast::issuing().name)),
        )
        .accepted(),
        for_client(
            "scope-other-name-refused",
            "The CRL's distribution point is another CA's name.",
            cast::client(),
            at(DistributionPointName::directory(&cast::globex_issuing().name)),
        )
        .refused(END_ENTITY),
        for_client(
            "scope-relative-name-accepted",
            "Both name the distribution point relative to the issuer.",
            point_of(relative("1")),
            at(relative("1")),
        )
        .accepted(),
        for_client(
            "scope-relative-name-refused",
            "Both name a distribution point relative to the issuer, not the same.",
            point_of(relative("1")),
            at(relative("2")),
        )
        .refused(END_ENTITY),
        for_client(
            "scope-other-crl-issuer-refused",
            "For the distribution point that the certificate names another CA issues the CRLs.",
            cast::client().crl_distribution_points(&[elsewhere]),
            uri(POINT),
        )
        .refused(END_ENTITY),
    ]
}

/// CRLs for some reasons only.
fn reasons() -> Vec<Case> {
    let some = |bits: &[u8]| {
        issuing_crl(of(IssuingDistributionPoint {
            some_reasons: Some(bits.to_vec()),
            ..IssuingDistributionPoint::default()
        }))
    };
    let (compromises, others) = (|| some(&[1, 2, 8]), || some(&[3, 4, 5, 6, 7]));
    let point = DistributionPoint {
        reasons: Some(vec![1, 2, 8]),
        ..DistributionPoint::uri(POINT)
    };
    vec![
        listed(
            "scope-some-reasons-refused",
            "The CRL is about compromised keys alone: whether the certificate is revoked for another reason is not known.",
            [compromises(), root_crl(CrlBuilder::new())],
        )
        .refused(END_ENTITY),
        listed(
            "scope-all-reasons-accepted",
            "Two CRLs together are about all reasons.",
            [compromises(), others(), root_crl(CrlBuilder::new())],
        )
        .accepted(),
        listed(
            "scope-reasons-of-point-refused",
            "The certificate names the distribution point for some reasons alone.",
            with_root_crl(at(DistributionPointName::uris(&[POINT]))),
        )
        .end_entity(cast::client().crl_distribution_points(&[point]))
        .refused(END_ENTITY),
    ]
}
