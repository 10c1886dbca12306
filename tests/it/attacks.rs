//! Chains made to slip through, each refused for the right reason.

use pki_types::CertificateDer;
use rustls_policy_verifier::{
    AttributeType, Date, Evidence, ExtendedKeyUsage, IdentifierEntry, KeyPurpose, Matcher, Peer,
    Pin, Policy, PresentedChain, Report, SanKind, SubjectIdentifier, SubjectName, Time,
    TrustAnchors, Values, Verifier, VerifyError, pki_types,
};

use crate::support::{Authority, CertificateBuilder, Name, TestKey, der, general_name, oids, pem};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(1))
}

fn client(name: Name) -> CertificateBuilder {
    CertificateBuilder::end_entity(name, TestKey::ed25519(5).spki()).eku(&[oids::CLIENT_AUTH])
}

fn verify(anchors: TrustAnchors, policy: Policy, chain: &[Vec<u8>]) -> Result<Report, VerifyError> {
    let certificates: Vec<_> = chain
        .iter()
        .map(|der| CertificateDer::from(der.clone()))
        .collect();
    let verifier = Verifier::builder(anchors, policy).build().unwrap();
    let (end_entity, others) = certificates.split_first().unwrap();
    let chain = PresentedChain::new(end_entity, others);
    verifier
        .verify(&chain, Peer::Client, Default::default(), NOW)
        .map(|path| path.report())
}

/// `rule@position` of every violation.
fn violations(outcome: Result<Report, VerifyError>) -> Vec<String> {
    match outcome {
        Ok(_) => vec!["accepted".to_owned()],
        Err(error) => error
            .violations()
            .iter()
            .map(|violation| format!("{}@{}", violation.rule, violation.position))
            .collect(),
    }
}

fn default_anchors() -> TrustAnchors {
    TrustAnchors::from_pem(root().der).unwrap()
}

fn identified(policy: &mut Policy) {
    let entry = IdentifierEntry::common_name(Matcher::exact("client-1"));
    policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
}

/// The dated exception lets pass serverAuth and nothing else, whatever else is asked for, and always says so.
#[test]
fn the_dated_exception_cannot_be_stretched() {
    let until = Date::new(2026, 12, 31).unwrap();
    let purpose = |text| KeyPurpose::parse(text).unwrap();
    let (server, client_auth, code) = (
        purpose("serverAuth"),
        purpose("clientAuth"),
        purpose("codeSigning"),
    );
    let settings = [
        ExtendedKeyUsage::contains([client_auth.clone()]),
        ExtendedKeyUsage::contains([code.clone()]),
        ExtendedKeyUsage::contains_or_absent([server.clone()]),
        ExtendedKeyUsage::only([client_auth.clone(), server.clone()]),
        ExtendedKeyUsage::only([client_auth, server, code]),
    ];
    for audited in [false, true] {
        for settings in &settings {
            let mut policy = Policy::client();
            identified(&mut policy);
            policy.extended_key_usage = settings.clone().into();
            policy
                .extended_key_usage
                .allow_server_auth_in_place_of_client_auth_until = Some(until);
            if audited {
                policy.extended_key_usage.audit(until);
            }
            let both = client(Name::cn("client-1")).eku(&[oids::SERVER_AUTH, oids::CODE_SIGNING]);
            let outcome = verify(default_anchors(), policy.clone(), &[root().issue(both)]);
            assert!(
                violations(outcome).contains(&"chain@path".to_owned()),
                "{settings:?}, audited: {audited}"
            );

            let alone = client(Name::cn("client-1")).eku(&[oids::SERVER_AUTH]);
            let report = verify(default_anchors(), policy, &[root().issue(alone)]).unwrap();
            let warnings: Vec<_> = report
                .warnings
                .iter()
                .map(|warning| warning.to_string())
                .collect();
            assert!(
                warnings[0].contains("(relaxed by the policy)"),
                "{settings:?}: {warnings:?}"
            );
        }
    }
}

/// A self-issued certificate is trusted for being that very one, not for its name and key.
#[test]
fn a_pinned_self_issued_certificate_cannot_be_made_anew() {
    let key = TestKey::ed25519(7);
    let own = client(Name::cn("partner"))
        .spki(key.spki())
        .self_signed(&key);
    let again = client(Name::cn("partner"))
        .spki(key.spki())
        .serial(99)
        .san(vec![general_name::uri(
            "spiffe://acme.example/somebody-else",
        )])
        .self_signed(&key);
    let digest = ring::digest::digest(&ring::digest::SHA256, &own);
    let mut policy = Policy::client();
    policy.pin.pins = vec![Pin::CertificateSha256(digest.as_ref().try_into().unwrap())];
    policy.path_length.allow_self_issued_end_entity = true;
    let anchors = || TrustAnchors::from_pem(&own).unwrap();
    assert!(verify(anchors(), policy.clone(), std::slice::from_ref(&own)).is_ok());
    assert_eq!(
        violations(verify(anchors(), policy.clone(), &[again])),
        ["path-length@end-entity"]
    );

    // Nor may it issue certificates for others.
    let others = client(Name::cn("other peer"));
    let issued = others.signed_by(&crate::support::Issuer::new(Name::cn("partner"), key));
    let outcome = violations(verify(anchors(), policy, &[issued]));
    assert!(
        outcome.contains(&"path-length@trust-anchor".to_owned()),
        "{outcome:?}"
    );
}

/// What was matched is handed out as it is: neither cut nor escaped, so that two peers never look the same.
#[test]
fn matched_values_are_exact() {
    let policy = |entry: IdentifierEntry| {
        let mut policy = Policy::client();
        policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
        policy
    };
    let long = format!("acme/{}", "a\\b\"".repeat(200));
    let certificate = root().issue(client(
        Name::cn(&long).and(oids::ORGANIZATION, "Acme, Inc."),
    ));
    let entries = [
        (
            IdentifierEntry::common_name(Matcher::Namespace("acme".into())),
            long.clone(),
        ),
        (
            IdentifierEntry::subject(
                format!(
                    "O=Acme\\, Inc.,CN={}",
                    long.replace('\\', "\\\\").replace('"', "\\\"")
                )
                .parse::<SubjectName>()
                .unwrap(),
            ),
            format!(
                "O=Acme\\, Inc.,CN={}",
                long.replace('\\', "\\\\").replace('"', "\\\"")
            ),
        ),
    ];
    for (entry, expected) in entries {
        let verifier = Verifier::builder(default_anchors(), policy(entry))
            .build()
            .unwrap();
        let chain = PresentedChain::from_pem(&certificate).unwrap();
        let path = verifier
            .verify(&chain, Peer::Client, Default::default(), NOW)
            .unwrap();
        assert_eq!(path.identifiers()[0].value, expected);
    }
}

/// Where a name is forbidden, spellings that comparison would pass over do not let it through.
#[test]
fn odd_spellings_do_not_escape_none_of() {
    let forbidden = |entry: IdentifierEntry| {
        let mut policy = Policy::client();
        policy.subject_identifier = SubjectIdentifier {
            none_of: vec![entry],
            ..SubjectIdentifier::default()
        }
        .into();
        policy
    };
    let dns = |matcher| IdentifierEntry::alternative_name(SanKind::Dns, matcher);
    let uri = |matcher| IdentifierEntry::alternative_name(SanKind::Uri, matcher);
    let admin = || uri(Matcher::Glob("spiffe://acme.example/admin/**".into()));
    let cases = [
        (
            dns(Matcher::exact("admin.acme.example")),
            general_name::dns("*.acme.example"),
        ),
        (
            dns(Matcher::exact("admin.acme.example")),
            general_name::dns("admin.acme.example."),
        ),
        (
            dns(Matcher::Glob("*.acme.example".into())),
            general_name::dns("*.acme.example"),
        ),
        (
            admin(),
            general_name::uri("spiffe://acme.example/admin/a%2fb"),
        ),
        (
            admin(),
            general_name::uri("spiffe://acme.example/admin/x?y"),
        ),
        (admin(), general_name::uri("spiffe://acme.example/admin//x")),
        (admin(), general_name::uri("SPIFFE://acme.example/admin/x")),
        (admin(), general_name::uri("spiffe://ACME.example/admin/x")),
        (
            admin(),
            general_name::uri("spiffe://acme.example/user/../admin/x"),
        ),
    ];
    for (entry, name) in cases {
        let certificate = root().issue(client(Name::cn("client-1")).san(vec![name]));
        let outcome = verify(default_anchors(), forbidden(entry.clone()), &[certificate]);
        assert_eq!(
            violations(outcome),
            ["subject-identifier@end-entity"],
            "{entry}"
        );
    }
    let plain = root().issue(
        client(Name::cn("client-1")).san(vec![general_name::uri("spiffe://acme.example/user/x")]),
    );
    assert!(verify(default_anchors(), forbidden(admin()), &[plain]).is_ok());

    let all = forbidden(dns(Matcher::exact("admin.acme.example")).values(Values::All));
    assert_eq!(
        Verifier::builder(default_anchors(), all)
            .build()
            .unwrap_err()
            .to_string(),
        "policy setting `subject-identifier.none-of[0].values`: \"all\" would let pass what has the forbidden value beside another: use \"any\""
    );
}

/// An anchor under two labels counts under both, for what is forbidden too.
#[test]
fn a_second_label_does_not_lift_what_the_first_forbids() {
    for labels in [["acme", "other"], ["other", "acme"]] {
        let anchors = labels
            .iter()
            .try_fold(TrustAnchors::new(), |anchors, label| {
                anchors.with_pem(*label, root().der)
            })
            .unwrap();
        let mut policy = Policy::client();
        policy.subject_identifier.none_of =
            vec![IdentifierEntry::common_name(Matcher::exact("banned")).under("acme")];
        let banned = root().issue(client(Name::cn("banned")));
        assert_eq!(
            violations(verify(anchors, policy, &[banned])),
            ["subject-identifier@end-entity"],
            "{labels:?}"
        );
    }
}

/// A DER certificate is itself, whatever text it holds.
#[test]
fn pem_inside_a_der_certificate_is_not_read() {
    let good = root().issue(client(Name::cn("client-1")));
    let text = format!("\n{}", pem::to_pem("CERTIFICATE", &good));
    let evil = Authority::root("Elsewhere", TestKey::ed25519(9))
        .issue(client(Name::cn("evil")).extension("1.3.6.1.4.1.32473.1", false, &der::utf8(&text)));
    let chain = PresentedChain::from_pem(&evil).unwrap();
    assert_eq!(chain.end_entity().as_ref(), evil);
    assert!(chain.others().is_empty());
}

/// A CA that is an anchor itself and was issued by another anchor: the path through it may be the one wanted.
#[test]
fn an_intermediate_that_is_an_anchor_too_stays_usable() {
    let issuing = root().intermediate("Issuing", TestKey::ed25519(2));
    let anchors = TrustAnchors::new()
        .with_pem("sub", &issuing.der)
        .unwrap()
        .with_pem("acme", root().der)
        .unwrap();
    let mut policy = Policy::client();
    policy.subject_identifier.any_of =
        vec![IdentifierEntry::common_name(Matcher::exact("client-1")).under("acme")];
    let end_entity = issuing.issue(client(Name::cn("client-1")));
    let report = verify(anchors, policy, &[end_entity, issuing.der.clone()]).unwrap();
    assert_eq!(report.anchor_label.as_deref(), Some("acme"));
}

/// Names in numbers: more than policies would like to compare with are refused when decoded.
#[test]
fn names_in_great_numbers_are_refused() {
    let cases = [
        (
            client(Name::cn("client-1")).san(vec![general_name::uri("a"); 513]),
            "subjectAltName at octet 1834: more than 512 names",
        ),
        (
            client((0..64).fold(Name::cn("client-1"), |name, _| {
                name.and(oids::COMMON_NAME, "a")
            })),
            "more than 64 attributes",
        ),
        (
            client(Name::cn("client-1")).eku(&[oids::CLIENT_AUTH; 65]),
            "more than 64 purposes",
        ),
    ];
    for (certificate, expected) in cases {
        let error = verify(
            default_anchors(),
            Policy::client(),
            &[root().issue(certificate)],
        )
        .unwrap_err();
        let presented = error.violations()[0].presented.to_string();
        let (_, problem) = expected.rsplit_once(": ").unwrap_or(("", expected));
        assert!(presented.ends_with(problem), "{presented}");
    }
    let many = client(Name::cn("client-1")).san(vec![general_name::uri("a"); 512]);
    assert!(verify(default_anchors(), Policy::client(), &[root().issue(many)]).is_ok());
}

/// Text from certificates can neither leave its quotes nor hide.
#[test]
fn values_cannot_pass_for_several() {
    let mut policy = Policy::client();
    policy.subject_identifier.any_of =
        vec![IdentifierEntry::common_name(Matcher::exact("client-1"))];
    let name = Name::cn("x\", CN \"client-1\", CN \"y");
    let error = verify(default_anchors(), policy, &[root().issue(client(name))]).unwrap_err();
    assert_eq!(
        error.violations()[0].presented.to_string(),
        "CN \"x\\\", CN \\\"client-1\\\", CN \\\"y\""
    );
    let certificate = client(Name::cn("client-1")).dns(&["evil, dns:x.example"]);
    let chain = root().issue(certificate.eku(&[oids::SERVER_AUTH]));
    let verifier = Verifier::builder(default_anchors(), Policy::server())
        .build()
        .unwrap();
    let name = pki_types::ServerName::try_from("x.example").unwrap();
    let chain = PresentedChain::from_pem(chain).unwrap();
    let error = verifier
        .verify(&chain, Peer::Server(&name), Default::default(), NOW)
        .unwrap_err();
    assert_eq!(
        error.violations()[0].presented.to_string(),
        "dns:\"evil, dns:x.example\""
    );
}

/// Who is accepted only because `subject-identifier` is audited has no identifier that anybody may act on.
#[test]
fn an_audited_identifier_identifies_nobody() {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let name = Name::cn("payments").and(oids::ORGANIZATIONAL_UNIT, "closed");
    let builder = CertificateBuilder::end_entity(name, TestKey::ed25519(2).spki());
    let chain = root.issue(builder.eku(&[oids::CLIENT_AUTH]));
    let named = |name: &str| IdentifierEntry::common_name(Matcher::exact(name));
    let unit = AttributeType::parse("OU").unwrap();
    let closed = IdentifierEntry::attribute(unit, Matcher::exact("closed"));
    for (forbidden, expected) in [(named("other"), 1), (closed, 0)] {
        let mut policy = Policy::client();
        policy.subject_identifier.any_of = vec![named("payments")];
        policy.subject_identifier.none_of = vec![forbidden];
        policy
            .subject_identifier
            .audit(Date::new(2027, 6, 30).unwrap());
        let anchors = TrustAnchors::from_pem(&root.der).unwrap();
        let verifier = Verifier::builder(anchors, policy).build().unwrap();
        let chain = PresentedChain::from_pem(&chain).unwrap();
        let path = verifier
            .verify(&chain, Peer::Client, Evidence::default(), NOW)
            .unwrap();
        assert_eq!(path.identifiers().len(), expected);
        assert_eq!(path.identity().identifiers().len(), expected);
    }
}
