//! Of which certificates a CRL speaks: issuing distribution points against CRL distribution points.

use std::time::Duration;

use pki_types::{CertificateDer, UnixTime};
use rustls_policy_verifier::{
    Crl, CrlProblem, CrlRefusal, Fact, OcspStaple, Position, Problem, Role, Staleness, Tolerance,
    pki_types,
};
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, Error, RevocationOptionsBuilder,
};

use super::{
    NOW_UNIX, Said, Source, Verdict, at, builder, client, client_with, clients, crl, end_entity,
    leaf, load, outcome, policy, root,
};
use crate::support::crl::REVOKED_AT;
use crate::support::{
    Authority, CertificateBuilder, CrlBuilder, DistributionPoint, DistributionPointName,
    IssuingDistributionPoint, Name, TestKey, der, extensions, general_name, oids, serial_of,
};

const ONE: &str = "http://crl.test/1.crl";
const TWO: &str = "http://crl.test/2.crl";
const THREE: &str = "http://crl.test/3.crl";

type Idp = IssuingDistributionPoint;
type Point = DistributionPoint;

/// What webpki makes of a CRL for a certificate, where it is to be asked.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Webpki {
    /// The same.
    Same,
    /// It takes the CRL to be about the certificate, and we do not.
    Laxer,
    /// We take the CRL to be about the certificate, and it does not, or cannot read it.
    Stricter,
}

fn uris(uris: &[&str]) -> Idp {
    Idp {
        name: Some(DistributionPointName::uris(uris)),
        ..Idp::default()
    }
}

fn named(name: DistributionPointName) -> Idp {
    Idp {
        name: Some(name),
        ..Idp::default()
    }
}

fn relative(value: &str) -> DistributionPointName {
    DistributionPointName::relative(oids::COMMON_NAME, value)
}

fn point(
    name: Option<DistributionPointName>,
    reasons: Option<&[u8]>,
    crl_issuer: &[&Name],
) -> Point {
    Point {
        name,
        reasons: reasons.map(<[u8]>::to_vec),
        crl_issuer: crl_issuer
            .iter()
            .map(|name| general_name::directory(name))
            .collect(),
    }
}

fn with_points(points: &[Point]) -> CertificateBuilder {
    end_entity().crl_distribution_points(points)
}

fn in_scope(point: &Idp) -> Vec<u8> {
    root().crl(crl().issuing_distribution_point(point))
}

/// Whether webpki takes the status of a certificate below the root to be known.
fn known_to_webpki(leaf: &[u8], crl: &[u8]) -> bool {
    let Ok(crl) = BorrowedCertRevocationList::from_der(crl) else {
        return false;
    };
    let crl = CertRevocationList::from(crl);
    let crls = [&crl];
    let root = CertificateDer::from(root().der);
    let anchors = [webpki::anchor_from_trusted_cert(&root).unwrap()];
    let leaf = CertificateDer::from(leaf);
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW_UNIX.unsigned_abs()));
    let Ok(leaf) = EndEntityCert::try_from(&leaf) else {
        return false;
    };
    let outcome = leaf.verify_for_usage(
        &[webpki::ring::ED25519],
        &anchors,
        &[],
        now,
        webpki::KeyUsage::client_auth(),
        Some(RevocationOptionsBuilder::new(&crls).unwrap().build()),
        None,
    );
    match outcome {
        Ok(_) => true,
        Err(Error::UnknownRevocationStatus | Error::BadDer | Error::MalformedExtensions) => false,
        Err(other) => panic!("{other:?}"),
    }
}

/// Every pair of issuing distribution point and distribution points: whether the status is known.
#[test]
fn distribution_points_are_held_against_each_other() {
    use Webpki::{Laxer, Same, Stricter};
    let (root_name, other) = (root().name, Name::cn("Other"));
    let name = |uris: &[&str]| Some(DistributionPointName::uris(uris));
    let uri = |uri: &str| Point::uri(uri);
    let nothing = end_entity;
    let one = || with_points(&[uri(ONE)]);
    let malformed =
        |value: &[u8]| end_entity().extension(oids::CRL_DISTRIBUTION_POINTS, false, value);
    let both_names = DistributionPointName::Full(vec![
        general_name::directory(&root_name),
        general_name::uri(ONE),
    ]);
    let user = Idp {
        only_user: true,
        ..Idp::default()
    };
    let ca = Idp {
        only_ca: true,
        ..Idp::default()
    };
    let reasons = |bits: &[u8]| Idp {
        some_reasons: Some(bits.to_vec()),
        ..Idp::default()
    };
    let all: &[u8] = &[1, 2, 3, 4, 5, 6, 7, 8];
    let many: Vec<_> = (0..33).map(|_| uri(ONE)).collect();
    let cases: Vec<(CertificateBuilder, Idp, bool, Webpki)> = vec![
        // Names alone.
        (one(), uris(&[ONE]), true, Same),
        (one(), uris(&[TWO]), false, Same),
        (one(), uris(&[TWO, ONE]), true, Same),
        (with_points(&[uri(TWO), uri(ONE)]), uris(&[ONE]), true, Same),
        (
            with_points(&[uri(TWO), uri(THREE)]),
            uris(&[ONE]),
            false,
            Same,
        ),
        (
            with_points(&[point(name(&[TWO, ONE]), None, &[])]),
            uris(&[THREE, ONE]),
            true,
            Same,
        ),
        (
            with_points(&[uri("http://CRL.test/1.crl")]),
            uris(&[ONE]),
            false,
            Same,
        ),
        (
            with_points(&[uri(&ONE[..ONE.len() - 1])]),
            uris(&[ONE]),
            false,
            Same,
        ),
        (nothing(), uris(&[ONE]), false, Laxer),
        // Names of other kinds with the same octets.
        (
            with_points(&[point(
                Some(DistributionPointName::Full(vec![general_name::dns(ONE)])),
                None,
                &[],
            )]),
            uris(&[ONE]),
            false,
            Same,
        ),
        // The issuer's own name, which every certificate has for a point.
        (
            nothing(),
            named(DistributionPointName::directory(&root_name)),
            true,
            Same,
        ),
        (
            one(),
            named(DistributionPointName::directory(&root_name)),
            true,
            Stricter,
        ),
        (one(), named(both_names), true, Same),
        (
            nothing(),
            named(DistributionPointName::directory(&other)),
            false,
            Laxer,
        ),
        (
            with_points(&[point(
                Some(DistributionPointName::directory(&other)),
                None,
                &[],
            )]),
            named(DistributionPointName::directory(&other)),
            true,
            Stricter,
        ),
        // Relative names.
        (
            with_points(&[point(Some(relative("part 1")), None, &[])]),
            named(relative("part 1")),
            true,
            Stricter,
        ),
        (
            with_points(&[point(Some(relative("part 1")), None, &[])]),
            named(relative("part 2")),
            false,
            Same,
        ),
        (one(), named(relative("part 1")), false, Same),
        (
            with_points(&[point(Some(relative("part 1")), None, &[])]),
            uris(&[ONE]),
            false,
            Same,
        ),
        // Kinds of certificates.
        (nothing(), user.clone(), true, Stricter),
        (nothing(), ca.clone(), false, Same),
        (
            one(),
            Idp {
                only_user: true,
                ..uris(&[ONE])
            },
            true,
            Same,
        ),
        (
            one(),
            Idp {
                only_ca: true,
                ..uris(&[ONE])
            },
            false,
            Same,
        ),
        (
            nothing(),
            Idp {
                only_ca: true,
                only_user: true,
                ..Idp::default()
            },
            false,
            Same,
        ),
        // Reasons.
        (nothing(), reasons(&[1, 2]), false, Same),
        (nothing(), reasons(all), true, Stricter),
        (nothing(), reasons(&all[1..]), false, Same),
        (nothing(), reasons(&[0]), false, Same),
        (
            with_points(&[point(name(&[ONE]), Some(all), &[])]),
            uris(&[ONE]),
            true,
            Stricter,
        ),
        (
            with_points(&[point(name(&[ONE]), Some(&[1, 2]), &[])]),
            uris(&[ONE]),
            false,
            Same,
        ),
        (
            with_points(&[
                point(name(&[ONE]), Some(&[1, 2, 3, 4]), &[]),
                point(name(&[ONE]), Some(&[5, 6, 7, 8]), &[]),
            ]),
            uris(&[ONE]),
            true,
            Stricter,
        ),
        (
            with_points(&[
                point(name(&[ONE]), Some(&[1, 2, 3, 4]), &[]),
                point(name(&[TWO]), Some(&[5, 6, 7, 8]), &[]),
            ]),
            uris(&[ONE]),
            false,
            Same,
        ),
        // Who issues the CRL.
        (
            with_points(&[point(name(&[ONE]), None, &[&root_name])]),
            uris(&[ONE]),
            true,
            Stricter,
        ),
        (
            with_points(&[point(name(&[ONE]), None, &[&other])]),
            uris(&[ONE]),
            false,
            Same,
        ),
        (
            with_points(&[point(name(&[ONE]), None, &[&other, &root_name])]),
            uris(&[ONE]),
            true,
            Stricter,
        ),
        (
            with_points(&[point(None, None, &[&root_name])]),
            named(DistributionPointName::directory(&root_name)),
            true,
            Stricter,
        ),
        (
            with_points(&[point(None, None, &[&root_name])]),
            uris(&[ONE]),
            false,
            Same,
        ),
        (
            with_points(&[point(name(&[ONE]), None, &[&other]), uri(ONE)]),
            uris(&[ONE]),
            true,
            Same,
        ),
        // What cannot be read names nothing.
        (malformed(&der::sequence(&[])), uris(&[ONE]), false, Same),
        (
            malformed(&der::sequence(&[
                extensions::crl_distribution_points(&[uri(ONE)])[2..].to_vec(),
                der::null(),
            ])),
            uris(&[ONE]),
            false,
            Laxer,
        ),
        (
            with_points(&[point(None, None, &[])]),
            uris(&[ONE]),
            false,
            Same,
        ),
        (with_points(&many), uris(&[ONE]), false, Laxer),
        (with_points(&many[1..]), uris(&[ONE]), true, Same),
    ];
    let mut differ = Vec::new();
    for (index, (certificate, idp, known, webpki)) in cases.into_iter().enumerate() {
        let (leaf, crl) = (root().issue(certificate), in_scope(&idp));
        let expected = if known {
            Verdict::known()
        } else {
            Verdict::refused(Said::elsewhere("Root", 1))
        };
        let verdict = client_with(&leaf, std::slice::from_ref(&crl));
        if verdict != expected {
            differ.push(format!("{index}: {idp:?}: {verdict:?}"));
        }
        let theirs = match known_to_webpki(&leaf, &crl) {
            theirs if theirs == known => Same,
            true => Laxer,
            false => Stricter,
        };
        if theirs != webpki {
            differ.push(format!("{index}: {idp:?}: webpki is {theirs:?}"));
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
}

/// webpki takes a CRL for a distribution point to be about a certificate that names none: it has to be the issuer's.
#[test]
fn a_forged_crl_for_a_point_that_the_certificate_does_not_name() {
    let lax = policy(Role::Client, |it| it.unknown = Tolerance::AllowWithWarning);
    let forged = root().crl(
        crl()
            .issuing_distribution_point(&uris(&[ONE]))
            .tamper_signature(),
    );
    let verifier = builder(&root(), lax).crls(load(&[forged])).build().unwrap();
    let refused = Said::RefusedCrl("1".to_owned(), CrlRefusal::BadSignature);
    assert_eq!(client(&verifier, &[leaf()]), Verdict::refused(refused));
}

/// Every name of a CRL is held against every one of a certificate.
#[test]
fn names_of_a_point_are_few() {
    let names = |count: usize| {
        let other = (1..count).map(|n| general_name::uri(&format!("http://crl.test/other/{n}")));
        let names: Vec<_> = other.chain([general_name::uri(ONE)]).collect();
        DistributionPointName::Full(names)
    };
    let leaf = |count| {
        let point = DistributionPoint {
            name: Some(names(count)),
            ..Default::default()
        };
        root().issue(end_entity().crl_distribution_points(&[point]))
    };
    let one = root().crl(crl().issuing_distribution_point(&uris(&[ONE])));
    assert_eq!(
        client_with(&leaf(16), std::slice::from_ref(&one)),
        Verdict::known()
    );
    assert_eq!(
        client_with(&leaf(17), &[one]),
        Verdict::refused(Said::elsewhere("Root", 1))
    );
    let of = |count| root().crl(crl().issuing_distribution_point(&named(names(count))));
    assert_eq!(client_with(&leaf(1), &[of(16)]), Verdict::known());
    let CrlProblem::Undecodable(error) = Crl::from_der(of(17)).unwrap_err() else {
        panic!("not for its number of names");
    };
    let (most, what) = (16, "names of a distribution point");
    assert_eq!(error.problem, Problem::TooMany { most, what });
}

/// Where to look for the CRL: the first two URIs that the certificate names, escaped.
#[test]
fn a_missing_crl_is_where_the_certificate_says() {
    let hint = |certificate: CertificateBuilder| {
        let other = Authority::root("Other", TestKey::ed25519(9)).crl(crl());
        let verifier = builder(&root(), clients()).crls(load(&[other])).build();
        let chain = [root().issue(certificate)];
        let staple = OcspStaple::NotApplicable;
        let refusal = outcome(&verifier.unwrap(), Role::Client, &chain, staple).unwrap_err();
        refusal.violations()[0].hint()
    };
    let start = "load the current CRL of CN=Root";
    let end = "; or load an OCSP response about it, which a server may staple too";
    assert_eq!(hint(end_entity()), format!("{start}{end}"));
    let points = end_entity().crl_distribution_point_uris(&["http://a.test/1\n", TWO, ONE]);
    let names = format!(" (the certificate names http://a.test/1\\n and {TWO})");
    assert_eq!(hint(points), format!("{start}{names}{end}"));
}

/// What is no list of distribution points at all, no path is built with.
#[test]
fn distribution_points_that_webpki_cannot_read() {
    let points = extensions::crl_distribution_points(&[Point::uri(ONE)]);
    for value in [vec![], der::null(), [points, der::null()].concat()] {
        let certificate = end_entity().extension(oids::CRL_DISTRIBUTION_POINTS, false, &value);
        let verdict = client_with(&root().issue(certificate), &[in_scope(&uris(&[ONE]))]);
        let [(Position::Path, Said::Other(Fact::PathToAnchor, _))] = verdict.violations.as_slice()
        else {
            panic!("{value:?}: {verdict:?}");
        };
        assert!(!verdict.accepted);
    }
}

/// The same scopes for a CA below the root, with an end entity below it whose status is known.
#[test]
fn kinds_of_certificates_are_told_by_their_basic_constraints() {
    let issuing = root().intermediate("Issuing", TestKey::ed25519(2));
    let chain = [issuing.issue(end_entity()), issuing.der.clone()];
    let of_issuing = issuing.crl(crl());
    for (idp, known) in [
        (
            Idp {
                only_ca: true,
                ..Idp::default()
            },
            true,
        ),
        (
            Idp {
                only_user: true,
                ..Idp::default()
            },
            false,
        ),
    ] {
        let crls = load(&[of_issuing.clone(), in_scope(&idp)]);
        let verifier = builder(&root(), clients()).crls(crls).build().unwrap();
        let expected = if known {
            Verdict::known()
        } else {
            Verdict::refused_at(Position::Intermediate(1), Said::elsewhere("Root", 1))
        };
        assert_eq!(client(&verifier, &chain), expected, "{idp:?}");
    }
}

/// Reasons of several CRLs add up; one of them alone is not enough.
#[test]
fn crls_for_some_reasons_add_up() {
    let leaf = root().issue(end_entity());
    let part = |bits: &[u8]| Idp {
        some_reasons: Some(bits.to_vec()),
        ..Idp::default()
    };
    let of = |parts: &[&[u8]]| {
        parts
            .iter()
            .map(|bits| in_scope(&part(bits)))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        client_with(&leaf, &of(&[&[1, 2, 3, 4], &[5, 6, 7, 8]])),
        Verdict::known()
    );
    assert_eq!(
        client_with(&leaf, &of(&[&[1, 2, 3, 4, 5], &[4, 5, 6, 7, 8]])),
        Verdict::known()
    );
    let missing = Verdict::refused(Said::elsewhere("Root", 2));
    assert_eq!(
        client_with(&leaf, &of(&[&[1, 2, 3], &[5, 6, 7, 8]])),
        missing
    );
    // A part that is over does not count, and its end is what is said.
    let ended = crl()
        .next_update(NOW_UNIX)
        .issuing_distribution_point(&part(&[5, 6, 7, 8]));
    let crls = [in_scope(&part(&[1, 2, 3, 4])), root().crl(ended)];
    let why = Staleness::Ended {
        next_update: at(NOW_UNIX),
    };
    let stale = Said::Stale(Source::Crl("1".into()), why);
    assert_eq!(client_with(&leaf, &crls), Verdict::refused(stale));
}

/// Whatever the scope: a CRL of the issuer that lists the certificate revokes it.
#[test]
fn a_crl_about_others_that_lists_the_certificate_revokes_it() {
    let leaf = root().issue(end_entity().crl_distribution_point_uris(&[ONE]));
    let current = root().crl(crl());
    for idp in [
        uris(&[TWO]),
        Idp {
            only_ca: true,
            ..Idp::default()
        },
        Idp {
            some_reasons: Some(vec![2]),
            ..Idp::default()
        },
        named(relative("part 1")),
    ] {
        let listed = |builder: CrlBuilder| {
            builder
                .number(2)
                .revoke(&serial_of(&leaf))
                .issuing_distribution_point(&idp)
        };
        let revoked = Said::Revoked(Source::Crl("2".into()), at(REVOKED_AT), None);
        for builder in [
            crl(),
            crl().this_update(NOW_UNIX - 9).next_update(NOW_UNIX - 1),
            crl().this_update(NOW_UNIX + 1),
        ] {
            let crls = [current.clone(), root().crl(listed(builder))];
            assert_eq!(
                client_with(&leaf, &crls),
                Verdict::refused(revoked.clone()),
                "{idp:?}"
            );
        }
        // Unless it is not the issuer's: then it says nothing, and what is about others does not refuse either.
        let forged = root().crl(listed(crl()).tamper_signature());
        let verdict = client_with(&leaf, &[current.clone(), forged.clone()]);
        assert_eq!(verdict, Verdict::known(), "{idp:?}");
        let refused = Said::RefusedCrl("2".into(), CrlRefusal::BadSignature);
        assert_eq!(
            client_with(&leaf, &[forged]),
            Verdict::refused(refused),
            "{idp:?}"
        );
    }
}
