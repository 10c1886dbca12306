//! VSHN: both sides of mutual TLS, with revocation, and clients identified by their subjects.

use rustls_policy_verifier::{
    BuildError, Crl, Fact, OcspResponse, Policy, Position, Verifier, WarningKind,
};

use super::{
    EXPIRED, HOST, Presented, UNKNOWN_CA, anchors, assert_refused, at, builder, client, crl,
    expired, issuing, named_by_common_name, other_root, policy, root, rule, server, text,
};
use crate::support::{
    Authority, CrlBuilder, Name, OcspBuilder, SingleBuilder, TestKey, der, oids, serial_of,
};

#[test]
fn mutual_tls_server() {
    let issuing = issuing(&root());
    let of = |crls: Vec<Crl>| {
        let builder = builder(policy("mutual-tls-server.toml"));
        builder.crls(crls).build().unwrap()
    };
    let current = || crl(&issuing, |it| it);
    let good = || Presented::under_root(server());
    assert_eq!(good().judged_by(&of(vec![current()])), Ok(vec![]), "by CRL");
    let stapled = good().stapled(|it| it);
    assert_eq!(stapled.judged_by(&of(vec![])), Ok(vec![]), "by staple");

    let other = other_root();
    let revocation = || vec![rule("revocation", Position::EndEntity)];
    let name = || vec![rule("server-name", Position::EndEntity)];
    assert_refused(
        &of(vec![current()]),
        vec![
            (
                "untrusted CA",
                Presented::new(other.issue(server()), &other),
                vec![UNKNOWN_CA],
            ),
            (
                "another name",
                Presented::under_root(server().dns(&["www.partner.example"])),
                name(),
            ),
            (
                "name in the common name alone",
                Presented::under_root(named_by_common_name()),
                name(),
            ),
            (
                "expired",
                Presented::under_root(expired(server())),
                vec![EXPIRED, rule("validity-period", Position::EndEntity)],
            ),
            (
                "revoked by a staple",
                good().stapled(|it| it.revoked(der::unix(2026, 5, 20, 0, 0, 0), Some(1))),
                revocation(),
            ),
            (
                "a CRL of yesterday",
                good().at(at(der::unix(2026, 7, 26, 0, 0, 0))),
                revocation(),
            ),
        ],
    );
    let serial = serial_of(&good().certificates[0]);
    let revoking = crl(&issuing, |it| it.revoke(&serial));
    assert_refused(
        &of(vec![revoking]),
        vec![
            ("revoked by a CRL", good(), revocation()),
            (
                "revoked by a CRL, and good by a staple",
                good().stapled(|it| it),
                revocation(),
            ),
        ],
    );
    assert_refused(
        &of(vec![]),
        vec![("no CRL and no staple", good(), revocation())],
    );
}

/// The settings that stand in the file as comments.
#[test]
fn mutual_tls_server_named_by_its_common_name() {
    let commented = "# [server-name]\n# allow-common-name-as-server-name = true\n";
    let text = text("mutual-tls-server.toml");
    let (before, after) = text.split_once(commented).expect("the commented lines");
    let uncommented = commented.replace("# ", "");
    let policy = Policy::from_toml(&format!("{before}{uncommented}{after}")).unwrap();
    let verifier = builder(policy).crls([crl(&issuing(&root()), |it| it)]);
    let verifier = verifier.build().unwrap();
    let presented = Presented::under_root(named_by_common_name());
    let warnings = presented.judged_by(&verifier).unwrap();
    let [warning] = warnings.as_slice() else {
        panic!("{warnings:?}");
    };
    assert_eq!(warning.kind, WarningKind::Relaxed);
    assert_eq!(
        warning.presented,
        Fact::OnlyCommonNames(vec![HOST.to_owned()])
    );
    assert_refused(
        &verifier,
        vec![(
            "another common name",
            Presented::under_root(named_by_common_name().subject(Name::cn("www.partner.example"))),
            vec![rule("server-name", Position::EndEntity)],
        )],
    );
}

/// In the order of its encoding, which is the other way round than that of RFC 4514.
fn orders() -> Name {
    Name::empty()
        .and(oids::COUNTRY, "CH")
        .and(oids::ORGANIZATION, "Acme")
        .and(oids::COMMON_NAME, "orders")
}

#[test]
fn mutual_tls_client() {
    let issuing = issuing(&root());
    let other = other_root();
    let verifier = |change: &dyn Fn(CrlBuilder) -> CrlBuilder| {
        let both = anchors("partner", &[&root()])
            .with_pem("another", &other.der)
            .unwrap();
        Verifier::builder(both, policy("mutual-tls-client.toml"))
            .crls([crl(&issuing, change), crl(&other, |it| it)])
    };
    let good = || Presented::under_root(client(orders()));
    let current = verifier(&|it| it).build().unwrap();
    for subject in [orders(), Name::cn("invoices")] {
        let presented = Presented::under_root(client(subject));
        assert_eq!(presented.judged_by(&current), Ok(vec![]));
    }
    let identifier = || vec![rule("subject-identifier", Position::EndEntity)];
    let revocation = || vec![rule("revocation", Position::EndEntity)];
    let untrusted = Authority::root("Untrusted", TestKey::ed25519(21));
    assert_refused(
        &current,
        vec![
            (
                "untrusted CA",
                Presented::new(untrusted.issue(client(orders())), &untrusted),
                vec![UNKNOWN_CA],
            ),
            (
                "expired",
                Presented::under_root(expired(client(orders()))),
                vec![EXPIRED, rule("validity-period", Position::EndEntity)],
            ),
            (
                "another subject",
                Presented::under_root(client(Name::cn("mallory"))),
                identifier(),
            ),
            (
                "a part of the subject",
                Presented::under_root(client(Name::cn("orders"))),
                identifier(),
            ),
            (
                "the subject as text in a name",
                Presented::under_root(client(Name::cn("orders,O=Acme,C=CH"))),
                identifier(),
            ),
            (
                "the subject, by a CA of somebody else",
                Presented {
                    certificates: vec![other.issue(client(orders()))],
                    ..good()
                },
                identifier(),
            ),
            (
                "a CRL of yesterday",
                good().at(at(der::unix(2026, 7, 26, 0, 0, 0))),
                revocation(),
            ),
        ],
    );
    let of_another = builder(policy("mutual-tls-client.toml")).crls([crl(&other, |it| it)]);
    assert_refused(
        &of_another.build().unwrap(),
        vec![("no CRL of its issuer", good(), revocation())],
    );
    let serial = serial_of(&good().certificates[0]);
    let revoking = verifier(&|it| it.revoke(&serial)).build().unwrap();
    assert_refused(&revoking, vec![("revoked by a CRL", good(), revocation())]);
    let single = SingleBuilder::good(&issuing, &serial);
    let single = single.revoked(der::unix(2026, 5, 20, 0, 0, 0), None);
    let response = OcspResponse::from_der(issuing.ocsp(OcspBuilder::new().single(single)));
    let answered = verifier(&|it| it).ocsp_responses([response.unwrap()]);
    assert_refused(
        &answered.build().unwrap(),
        vec![("revoked by an OCSP response", good(), revocation())],
    );
}

/// Where nothing could ever be known of clients' status, nothing is built.
#[test]
fn mutual_tls_client_without_any_source() {
    match builder(policy("mutual-tls-client.toml")).build() {
        Err(BuildError::Policy { field, .. }) => assert_eq!(field, "revocation"),
        other => panic!("{other:?}"),
    }
}
