//! Configurations that cannot work, and input that holds no certificates: the errors to the word.

use std::sync::Arc;

use pki_types::CertificateDer;
use rustls_policy_verifier::{
    BuildError, Date, ExtendedKeyUsage, IdentifierEntry, KeyPurpose, MatchedIdentifier, Matcher,
    Mode, NamedCurve, OidBuf, Peer, PemError, Pin, PinPosition, Pins, Policy,
    PolicyClientCertVerifier, PresentedChain, Rule, RuleId, SanKind, SignatureHash, Span,
    SubjectIdentifier, Time, TrustAnchors, ValidityLimit, Values, Verifier, VerifyErrorKind,
    pki_types, rustls,
};

use crate::support::{Authority, CertificateBuilder, Name, TestKey, oids, pem};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(1))
}

fn anchors() -> TrustAnchors {
    TrustAnchors::new().with_pem("acme", root().der).unwrap()
}

fn build_error(change: impl FnOnce(&mut Policy)) -> String {
    let mut policy = Policy::client();
    change(&mut policy);
    Verifier::builder(anchors(), policy)
        .build()
        .unwrap_err()
        .to_string()
}

/// What a partner may replace without notice, nothing may depend on; whatever else is asked stays.
#[test]
fn what_breaks_the_promise_not_to_pin_is_named() {
    let promise = "and `must-not-pin` promises that nothing depends on names of subjects, keys, fingerprints or a CA's identity: leave one of them out";
    let alternative =
        || IdentifierEntry::alternative_name(SanKind::Dns, Matcher::exact("a.example"));
    let common_name = || IdentifierEntry::common_name(Matcher::exact("a"));
    type Change = Box<dyn Fn(&mut Policy)>;
    let cases: Vec<(Change, &str, &str)> = vec![
        (
            Box::new(|policy| policy.pin = Pins::new([Pin::SpkiSha256([1; 32])]).into()),
            "pin",
            "pins keys or certificates",
        ),
        (
            Box::new(|policy| {
                policy.pin.settings = Pins::new([Pin::SpkiSha256([1; 32])]);
                policy.pin.audit(Date::new(2027, 6, 30).unwrap());
            }),
            "pin",
            "pins keys or certificates",
        ),
        (
            Box::new(move |policy| {
                policy.subject_identifier =
                    SubjectIdentifier::any_of([alternative(), common_name()]).into();
            }),
            "subject-identifier.any-of[1]",
            "looks at the subject's name",
        ),
        (
            Box::new(move |policy| {
                policy.subject_identifier.enforce().none_of = vec![common_name()]
            }),
            "subject-identifier.none-of[0]",
            "looks at the subject's name",
        ),
        (
            Box::new(|policy| {
                let subject = "CN=a,O=Acme".parse().unwrap();
                policy.subject_identifier =
                    SubjectIdentifier::all_of([IdentifierEntry::subject(subject)]).into();
            }),
            "subject-identifier.all-of[0]",
            "looks at the subject's name",
        ),
        (
            Box::new(move |policy| {
                policy.subject_identifier =
                    SubjectIdentifier::all_of([alternative().under("acme")]).into();
            }),
            "subject-identifier.all-of[0]",
            "asks for the anchors of a label",
        ),
        (
            Box::new(|policy| policy.server_name.allow_common_name_as_server_name = true),
            "server-name.allow-common-name-as-server-name",
            "looks at the subject's name",
        ),
    ];
    let build = |policy: &Policy| Verifier::builder(anchors(), policy.clone()).build();
    for (change, setting, does) in cases {
        let mut policy = Policy::server();
        change(&mut policy);
        build(&policy).unwrap();
        policy.must_not_pin = true;
        assert_eq!(
            build(&policy).unwrap_err().to_string(),
            format!("policy setting `{setting}`: {does}, {promise}")
        );
    }
    let mut policy = Policy::server();
    policy.must_not_pin = true;
    policy.subject_identifier = SubjectIdentifier::all_of([alternative()]).into();
    build(&policy).unwrap();
    // A rule that is off depends on nothing.
    policy.subject_identifier.settings.any_of = vec![common_name()];
    policy.subject_identifier.switch_off();
    build(&policy).unwrap();
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let until = Date::new(2027, 6, 30).unwrap();
    let cases: Vec<(String, &str)> = vec![
        (
            build_error(|policy| policy.extended_key_usage = ExtendedKeyUsage::only([]).into()),
            "policy setting `extended-key-usage.only`: the list is empty: name a purpose, such as \"clientAuth\", or set `off = true`",
        ),
        (
            build_error(|policy| {
                policy.extended_key_usage =
                    ExtendedKeyUsage::only([KeyPurpose::server_auth()]).into();
            }),
            "policy setting `extended-key-usage.only`: accepts nobody: a client certificate with an extended key usage needs clientAuth",
        ),
        (
            build_error(|policy| {
                let any = KeyPurpose::parse("anyExtendedKeyUsage").unwrap();
                policy.extended_key_usage = ExtendedKeyUsage::contains([any]).into();
            }),
            "policy setting `extended-key-usage.contains`: anyExtendedKeyUsage never counts as a purpose, so it cannot be asked for",
        ),
        (
            build_error(|policy| {
                policy
                    .extended_key_usage
                    .allow_server_auth_in_place_of_client_auth_until = Some(until);
            }),
            "policy setting `extended-key-usage.allow-server-auth-in-place-of-client-auth-until`: needs an enforced `subject-identifier`, or an enforced `pin` at the end entity, so that not every web server's certificate passes as a client",
        ),
        (
            build_error(|policy| {
                policy
                    .extended_key_usage
                    .allow_server_auth_in_place_of_client_auth_until = Some(until);
                policy.subject_identifier.enforce().any_of =
                    vec![IdentifierEntry::common_name(Matcher::exact("a"))];
                policy.subject_identifier.audit(until);
            }),
            "policy setting `extended-key-usage.allow-server-auth-in-place-of-client-auth-until`: needs an enforced `subject-identifier`, or an enforced `pin` at the end entity, so that not every web server's certificate passes as a client",
        ),
        (
            build_error(|policy| policy.subject_identifier = SubjectIdentifier::default().into()),
            "policy setting `subject-identifier`: no identifier is given: fill `any-of`, `all-of` or `none-of`, or set `off = true`",
        ),
        (
            build_error(|policy| {
                let entry = IdentifierEntry::common_name(Matcher::exact("a")).under("umbrella");
                policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
            }),
            "policy setting `subject-identifier.any-of[0].under`: no trust anchor has the label \"umbrella\", they have \"acme\": add that CA's anchors under it",
        ),
        (
            build_error(|policy| {
                let entry = IdentifierEntry::alternative_name(SanKind::Ip, Matcher::exact("acme"));
                policy.subject_identifier = SubjectIdentifier::all_of([entry]).into();
            }),
            "policy setting `subject-identifier.all-of[0]`: \"acme\" is not an IP address",
        ),
        (
            build_error(|policy| {
                let entry = IdentifierEntry::common_name(Matcher::exact("a"));
                policy.subject_identifier = SubjectIdentifier {
                    any_of: vec![],
                    all_of: vec![entry.clone()],
                    none_of: vec![entry],
                }
                .into();
            }),
            "policy setting `subject-identifier.none-of[0]`: is required and forbidden at once: this accepts nobody",
        ),
        (
            build_error(|policy| policy.minimum_key_size.end_entity.rsa_bits = 9000),
            "policy setting `minimum-key-size.end-entity.rsa-max-bits`: is below rsa-bits (9000)",
        ),
        (
            build_error(|policy| policy.minimum_key_size.intermediate.ec_bits = 600),
            "policy setting `minimum-key-size.intermediate.ec-bits`: no permitted curve has 600 bits: set `ec = false` to forbid elliptic curves",
        ),
        (
            build_error(|policy| {
                policy.minimum_key_size.trust_anchor.ec_bits = 384;
                policy.minimum_key_size.trust_anchor.curves = Some(vec![NamedCurve::P256]);
            }),
            "policy setting `minimum-key-size.trust-anchor.ec-bits`: no permitted curve has 384 bits: set `ec = false` to forbid elliptic curves",
        ),
        (
            build_error(|policy| {
                let sizes = &mut policy.minimum_key_size.end_entity;
                (sizes.rsa, sizes.ec, sizes.ed25519, sizes.ml_dsa) = (false, false, false, 0);
            }),
            "policy setting `minimum-key-size.end-entity.rsa`: no kind of key is permitted: this accepts nobody",
        ),
        (
            build_error(|policy| policy.signature_algorithm.permitted = Some(vec![])),
            "policy setting `signature-algorithm.permitted`: the list is empty: this accepts nobody",
        ),
        (
            build_error(|policy| policy.signature_algorithm.minimum_hash = SignatureHash::Sha1),
            "policy setting `signature-algorithm.minimum-hash`: SHA-1 is too weak: no provider verifies it",
        ),
        (
            build_error(|policy| {
                policy.maximum_validity.enforce();
            }),
            "policy setting `maximum-validity`: no limit is set: give `end-entity = { less-than = \"3 years\" }`, or set `off = true`",
        ),
        (
            build_error(|policy| {
                policy.maximum_validity.enforce().intermediate =
                    Some(ValidityLimit::LessThan(Span::Days(0)));
            }),
            "policy setting `maximum-validity.intermediate`: a limit of no time at all accepts nobody",
        ),
        (
            build_error(|policy| policy.validity_period.warn_below = vec![Span::Seconds(0)]),
            "policy setting `validity-period.warn-below`: a level of no time at all never warns",
        ),
        (
            build_error(|policy| policy.path_length.allow_self_issued_end_entity = true),
            "policy setting `path-length.allow-self-issued-end-entity`: needs an enforced `pin`: a self-issued certificate is trusted only for being that very one",
        ),
        (
            build_error(|policy| policy.pin = Pins::new([]).into()),
            "policy setting `pin`: there is no pin: give `spki-sha256` or `certificate-sha256`, or set `off = true`",
        ),
        (
            build_error(|policy| policy.pin.pins = vec![Pin::SpkiSha256([0; 32]); 2]),
            "policy setting `pin`: spki-sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= stands there twice: a backup is the pin of another key",
        ),
        (
            build_error(|policy| policy.server_name.allow_common_name_as_server_name = true),
            "policy setting `server-name.allow-common-name-as-server-name`: is for policies of role \"server\" only",
        ),
    ];
    for (error, expected) in cases {
        assert_eq!(error, expected);
    }
    let mut policy = Policy::server();
    policy.server_name.allow_identifier_in_place_of_server_name = true;
    assert_eq!(
        Verifier::builder(anchors(), policy)
            .build()
            .unwrap_err()
            .to_string(),
        "policy setting `server-name.allow-identifier-in-place-of-server-name`: needs an enforced `subject-identifier` with `any-of` or `all-of`"
    );
}

#[test]
fn a_policy_without_anchors_cannot_be_built() {
    assert_eq!(
        Verifier::builder(TrustAnchors::new(), Policy::client())
            .build()
            .unwrap_err(),
        BuildError::NoTrustAnchor { skipped: vec![] }
    );
}

#[test]
fn custom_rules_cannot_take_the_name_of_another() {
    #[derive(Debug)]
    struct Impostor;
    impl Rule for Impostor {
        fn id(&self) -> RuleId {
            RuleId::new("pin")
        }
    }
    let error = Verifier::builder(anchors(), Policy::client())
        .custom_rule(Arc::new(Impostor))
        .build()
        .unwrap_err();
    assert_eq!(error.to_string(), "the rule id `pin` is taken");
}

/// An end entity's certificate in a bundle of anchors, cut off in its middle.
fn broken() -> Vec<u8> {
    let mut der = root().der;
    der.truncate(100);
    der
}

/// Cannot be an anchor, for it has unique identifiers; its subject can still be read.
fn malformed_root() -> Vec<u8> {
    Authority::root_with("Malformed Root", TestKey::ed25519(2), |ca| ca.unique_ids()).der
}

#[test]
fn one_bad_anchor_does_not_disable_the_others() {
    let other = Authority::root("Other Root", TestKey::ed25519(3));
    let bundle = pem::bundle(&[&root().der, &broken(), &other.der, &malformed_root()]);
    let anchors = TrustAnchors::from_pem(&bundle).unwrap();
    assert_eq!(anchors.len(), 2);
    let skipped: Vec<_> = anchors
        .skipped()
        .iter()
        .map(|skipped| {
            (
                skipped.index,
                skipped.subject.as_deref(),
                skipped.problem.as_str(),
            )
        })
        .collect();
    assert_eq!(
        skipped,
        [
            (2, None, "certificate at octet 4: the data ends too early"),
            (
                4,
                Some("CN=Malformed Root"),
                "tbsCertificate at octet 167: octets follow the end"
            ),
        ]
    );
    assert_eq!(
        anchors.strict().unwrap_err().to_string(),
        "trust anchor 2: certificate at octet 4: the data ends too early"
    );
    assert_eq!(
        TrustAnchors::from_pem(pem::to_pem("CERTIFICATE", &broken()))
            .unwrap_err()
            .to_string(),
        "no usable trust anchor (certificate 1: certificate at octet 4: the data ends too early): add the root or issuing CA certificate to trust, in PEM or DER"
    );
}

#[test]
fn the_same_anchor_twice_is_one() {
    let bundle = pem::bundle(&[&root().der, &root().der]);
    let anchors = TrustAnchors::from_pem(&bundle).unwrap();
    assert_eq!(anchors.len(), 1);
    let anchors = anchors.with_pem("acme", &bundle).unwrap();
    assert_eq!(anchors.len(), 1);
    // It counts under both labels, and learns its certificate whichever form came first.
    let by_name_and_key = TrustAnchors::new()
        .with_root_store("other", &root_store())
        .unwrap()
        .with_pem("acme", &bundle)
        .unwrap();
    assert_eq!(by_name_and_key.len(), 1);
    for anchors in [anchors, by_name_and_key] {
        for label in ["acme", "other"] {
            let entry = IdentifierEntry::common_name(Matcher::exact("client-1")).under(label);
            let mut policy = Policy::client();
            policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
            let Ok(verifier) = Verifier::builder(anchors.clone(), policy).build() else {
                assert_eq!(label, "other", "the first set has no such label");
                continue;
            };
            let chain = PresentedChain::from_pem(client()).unwrap();
            let path = verifier
                .verify(&chain, Peer::Client, Default::default(), NOW)
                .unwrap();
            assert_eq!(path.identifiers()[0].label, label);
            assert!(path.anchor().certificate().is_some());
        }
    }
}

fn root_store() -> rustls::RootCertStore {
    let mut store = rustls::RootCertStore::empty();
    store.add(CertificateDer::from(root().der)).unwrap();
    store
}

/// A root store has no certificates: rules that look at them say so, or are told to look only where they can.
#[test]
fn anchors_without_certificates_need_when_known() {
    let anchors = || {
        TrustAnchors::new()
            .with_root_store("acme", &root_store())
            .unwrap()
    };
    let mut policy = Policy::client();
    let error = Verifier::builder(anchors(), policy.clone())
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "rule `validity-period` needs the whole certificates of the trust anchors, and 1 of them has only name and key: load the anchors from PEM or DER (the crate `webpki-root-certs` has Mozilla's), or set `validity-period.trust-anchor` to \"when-known\""
    );
    policy.validity_period.trust_anchor = rustls_policy_verifier::AnchorCheck::WhenKnown;
    policy.key_usage.trust_anchor = rustls_policy_verifier::AnchorCheck::WhenKnown;
    policy.path_length.trust_anchor = rustls_policy_verifier::AnchorCheck::WhenKnown;
    let verifier = Verifier::builder(anchors(), policy.clone())
        .build()
        .unwrap();
    let chain = PresentedChain::from_pem(client()).unwrap();
    let path = verifier
        .verify(&chain, Peer::Client, Default::default(), NOW)
        .unwrap();
    assert_eq!(path.label(), "acme");
    assert!(path.anchor().certificate().is_none());

    // The key is known all the same.
    policy.minimum_key_size.trust_anchor.ed25519 = false;
    let verifier = Verifier::builder(anchors(), policy.clone())
        .build()
        .unwrap();
    let error = verifier
        .verify(&chain, Peer::Client, Default::default(), NOW)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "client certificate CN=client-1 refused: trust-anchor: minimum-key-size requires a key of a permitted kind: RSA or EC or ML-DSA, presented: Ed25519"
    );
    policy.pin = Pins {
        position: PinPosition::TrustAnchor,
        ..Pins::new([Pin::CertificateSha256([0; 32])])
    }
    .into();
    assert_eq!(
        Verifier::builder(anchors(), policy)
            .build()
            .unwrap_err()
            .to_string(),
        "rule `pin` needs the whole certificates of the trust anchors, and 1 of them has only name and key: load the anchors from PEM or DER (the crate `webpki-root-certs` has Mozilla's), or pin the anchor's key by `spki-sha256`"
    );
}

fn client() -> Vec<u8> {
    root().issue(
        CertificateBuilder::end_entity(Name::cn("client-1"), TestKey::ed25519(5).spki())
            .eku(&[oids::CLIENT_AUTH]),
    )
}

#[test]
fn a_policy_for_the_other_role_is_refused() {
    let verifier = Verifier::builder(anchors(), Policy::server())
        .build()
        .unwrap();
    let chain = PresentedChain::from_pem(client()).unwrap();
    let error = verifier
        .verify(&chain, Peer::Client, Default::default(), NOW)
        .unwrap_err();
    assert_eq!(error.kind(), VerifyErrorKind::Input);
    assert_eq!(
        error.to_string(),
        "server certificate refused: path: input requires a policy for client certificates, presented: a policy for server certificates"
    );
}

#[test]
fn refusals_are_one_bounded_sentence() {
    let hostile = Name::cn(&"\u{1b}[31m\n".repeat(5_000));
    let end_entity = CertificateBuilder::end_entity(hostile, TestKey::ed25519(5).spki()).no_eku();
    let chain = Authority::root("Elsewhere", TestKey::ed25519(8)).issue(end_entity);
    let chain = PresentedChain::from_pem(chain).unwrap();
    let mut policy = Policy::client();
    let entry = IdentifierEntry::common_name(Matcher::exact("client-1"));
    policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
    let verifier = Verifier::builder(anchors(), policy).build().unwrap();
    let error = verifier
        .verify(&chain, Peer::Client, Default::default(), NOW)
        .unwrap_err();
    let sentence = error.to_string();
    let (subject, refused) = sentence.split_once(" refused: ").unwrap();
    // 256 characters of the subject, and no more.
    assert!(
        subject.starts_with("client certificate CN=\\1B[31m\\0A"),
        "{subject}"
    );
    assert_eq!(subject.chars().count(), "client certificate ".len() + 256);
    assert_eq!(
        refused,
        "path: chain requires a valid path to a trust anchor, presented: no trust anchor issued the chain; the chain stops at end-entity, issued by CN=Elsewhere (and 2 more violations)"
    );
    assert_eq!(format!("{error:?}"), sentence);
    let whole = format!("{error:#?}");
    assert!(whole.contains("violations"), "{whole}");
    assert!(whole.len() < 10_000, "{} octets", whole.len());
    assert!(!whole.contains('\u{1b}'));
}

#[test]
fn the_matched_identifier_and_its_label_are_known() {
    let entry = IdentifierEntry::common_name(Matcher::exact("client-1")).under("acme");
    let mut policy = Policy::client();
    policy.subject_identifier = SubjectIdentifier::any_of([entry.clone()]).into();
    let verifier = Verifier::builder(anchors(), policy).build().unwrap();
    let chain = PresentedChain::from_pem(client()).unwrap();
    let path = verifier
        .verify(&chain, Peer::Client, Default::default(), NOW)
        .unwrap();
    let matched: Vec<MatchedIdentifier> = path.identifiers();
    let [matched] = matched.as_slice() else {
        panic!("{matched:?}");
    };
    assert_eq!(
        (
            &matched.entry,
            matched.value.as_str(),
            matched.label.as_str()
        ),
        (&entry, "client-1", "acme")
    );
}

#[test]
fn input_that_holds_no_certificates_is_named() {
    let certificate = pem::to_pem("CERTIFICATE", &client());
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (
            vec![],
            "the input is empty: give certificates in PEM or DER",
        ),
        (
            b"hello".to_vec(),
            "the input is neither PEM nor DER: no -----BEGIN CERTIFICATE----- line, and no DER SEQUENCE at its start; give certificates in PEM or DER",
        ),
        (
            pem::to_pem("PRIVATE KEY", &[0x30, 0]).into_bytes(),
            "section 1 is a \"PRIVATE KEY\", not a CERTIFICATE: this is a private key, which should not leave its owner; give the certificate",
        ),
        (
            format!("{certificate}{}", pem::to_pem("EC PRIVATE KEY", &[0x30, 0])).into_bytes(),
            "section 2 is a \"EC PRIVATE KEY\", not a CERTIFICATE: this is a private key, which should not leave its owner; give the certificate",
        ),
        (
            pem::to_pem("TRUSTED CERTIFICATE", &[0x30, 0]).into_bytes(),
            "section 1 is a \"TRUSTED CERTIFICATE\", not a CERTIFICATE: convert it with `openssl x509 -in FILE -out FILE.pem`, which drops OpenSSL's trust settings",
        ),
        (
            pem::to_pem("PKCS7", &[0x30, 0]).into_bytes(),
            "section 1 is a \"PKCS7\", not a CERTIFICATE: take the certificates out with `openssl pkcs7 -print_certs -in FILE`",
        ),
        (
            pem::to_pem("X509 CRL", &[0x30, 0]).into_bytes(),
            "section 1 is a \"X509 CRL\", not a CERTIFICATE: this is a certificate revocation list",
        ),
        (
            certificate
                .replace("-----END CERTIFICATE-----", "")
                .into_bytes(),
            "section 1: there is no -----END CERTIFICATE----- line for it",
        ),
        (
            certificate.replace("MII", "M!I").into_bytes(),
            "section 1: its contents are not base64",
        ),
        (
            certificate
                .replace("-----END CERTIFICATE-----\n", &certificate)
                .into_bytes(),
            "section 1: there is no -----END CERTIFICATE----- line for it",
        ),
        (
            certificate
                .replace("-----BEGIN CERTIFICATE-----\n", "")
                .repeat(2)
                .into_bytes(),
            "section 1: there is no -----BEGIN CERTIFICATE----- line for it",
        ),
        (
            [
                &certificate,
                certificate
                    .trim_end_matches('\n')
                    .split_once('\n')
                    .unwrap()
                    .1,
            ]
            .concat()
            .into_bytes(),
            "section 2: there is no -----BEGIN CERTIFICATE----- line for it",
        ),
        (
            // Two files put together, the first without the end of its last line.
            [certificate.trim_end(), &certificate].concat().into_bytes(),
            "section 1: the line \"-----END CERTIFICATE----------BEGIN CERTIFICATE-----\" is no boundary: -----BEGIN and -----END lines begin and end with five dashes and stand alone on a line",
        ),
        (
            // As it stands in YAML.
            [&certificate, " ", &certificate].concat().into_bytes(),
            "section 2: the line \" -----BEGIN CERTIFICATE-----\" is no boundary: -----BEGIN and -----END lines begin and end with five dashes and stand alone on a line",
        ),
        (
            [&certificate[..], &certificate.replace("-----", "----")]
                .concat()
                .into_bytes(),
            "section 2: the line \"----BEGIN CERTIFICATE----\" is no boundary: -----BEGIN and -----END lines begin and end with five dashes and stand alone on a line",
        ),
        (
            certificate
                .replace("END CERTIFICATE-----", "END CERTIFICATE----")
                .into_bytes(),
            "section 1: the line \"-----END CERTIFICATE----\" is no boundary: -----BEGIN and -----END lines begin and end with five dashes and stand alone on a line",
        ),
        (
            certificate
                .replace("BEGIN CERTIFICATE", "BEGIN\u{a0}CERTIFICATE")
                .into_bytes(),
            "section 1: the line \"-----BEGIN\\u{a0}CERTIFICATE-----\" is no boundary: -----BEGIN and -----END lines begin and end with five dashes and stand alone on a line",
        ),
        (
            [
                &certificate[..],
                "----BEGIN TRUSTED CERTIFICATE----\nMAA=\n----END TRUSTED CERTIFICATE----\n",
            ]
            .concat()
            .into_bytes(),
            "section 2: the line \"----BEGIN TRUSTED CERTIFICATE----\" is no boundary: -----BEGIN and -----END lines begin and end with five dashes and stand alone on a line",
        ),
        (
            [certificate.as_bytes(), &client()].concat(),
            "section 2: octets stand before it that are no text: DER, or another encoding of text, beside PEM",
        ),
        (
            certificate
                .replace("END CERTIFICATE", "END X509 CRL")
                .into_bytes(),
            "section 1: its -----END line has another label",
        ),
        (
            b"-----BEGIN \x1b[31mCERT-----\n-----END \x1b[31mCERT-----\n".to_vec(),
            "section 1 is a \"\\u{1b}[31mCERT\", not a CERTIFICATE",
        ),
    ];
    for (input, expected) in cases {
        let error: PemError = PresentedChain::from_pem(&input).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(
            TrustAnchors::from_pem(&input).unwrap_err().to_string(),
            expected
        );
    }
    let large = vec![b' '; 16 * 1024 * 1024 + 1];
    assert_eq!(
        PresentedChain::from_pem(large).unwrap_err().to_string(),
        "the input has 16777217 octets, the most is 16777216"
    );
}

#[test]
fn pem_as_people_have_it_is_read() {
    let certificate = pem::to_pem("CERTIFICATE", &client());
    let variants = [
        certificate.clone(),
        format!("\u{feff}{certificate}"),
        certificate.replace('\n', "\r\n"),
        format!("subject=CN=client-1\nissuer=CN=Root\n{certificate}\n\n"),
        format!("---\nBegin of the chain\n{certificate}---\nEND OF FILE\n"),
        format!("friendlyName: front-end certificate, END CERTIFICATE of A\n{certificate}"),
        format!("\tAn old name: caf\u{e9}\x0c\n{certificate}"),
        format!("0 words that begin with the octet of a SEQUENCE\n{certificate}"),
    ];
    for variant in variants {
        let chain = PresentedChain::from_pem(&variant).unwrap();
        assert_eq!(chain.end_entity().as_ref(), client(), "{variant}");
    }
}

#[test]
fn dotted_identifiers_are_read_strictly() {
    assert_eq!(
        KeyPurpose::parse("1.3.6.1.5.5.7.3.2"),
        Some(KeyPurpose::client_auth())
    );
    assert_eq!(KeyPurpose::parse("clientauth"), None);
    assert!(OidBuf::parse("1.3.6.1.4.1.32473.1").is_some());
}

/// What is asked for is enforced, even where nobody thought of switching the rule on.
#[test]
fn changing_a_setting_switches_its_rule_on() {
    let mut policy = Policy::client();
    assert_eq!(policy.pin.mode, Mode::Off);
    policy.pin.pins.push(Pin::SpkiSha256([0; 32]));
    assert_eq!(policy.pin.mode, Mode::Enforce);
    let until = Date::new(2027, 6, 30).unwrap();
    policy.pin.audit(until);
    policy.pin.position = PinPosition::TrustAnchor;
    assert_eq!(policy.pin.mode, Mode::Audit { until });
    policy.pin.switch_off();
    assert_eq!(policy.pin.pins.len(), 1);
    assert_eq!(policy.pin.mode, Mode::Off);
}

/// Any provider works: its signature algorithms decide, and nothing is installed.
#[test]
fn a_provider_may_be_given() {
    let provider = rustls::crypto::ring::default_provider();
    let verifier = Verifier::builder_with_provider(anchors(), Policy::client(), &provider)
        .build()
        .unwrap();
    let chain = PresentedChain::from_pem(client()).unwrap();
    assert!(
        verifier
            .verify(&chain, Peer::Client, Default::default(), NOW)
            .is_ok()
    );
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());

    static ONLY_P256: &[&dyn pki_types::SignatureVerificationAlgorithm] =
        &[webpki::ring::ECDSA_P256_SHA256];
    let algorithms = &mut provider.clone();
    algorithms.signature_verification_algorithms.all = ONLY_P256;
    let verifier = Verifier::builder_with_provider(anchors(), Policy::client(), algorithms)
        .build()
        .unwrap();
    assert_eq!(
        verifier
            .verify(&chain, Peer::Client, Default::default(), NOW)
            .unwrap_err()
            .to_string(),
        "client certificate CN=client-1 refused: path: chain requires a valid path to a trust anchor, presented: a certificate is signed with an algorithm that the crypto provider does not verify"
    );
    algorithms.signature_verification_algorithms.all = &[];
    assert_eq!(
        Verifier::builder_with_provider(anchors(), Policy::client(), algorithms)
            .build()
            .unwrap_err(),
        BuildError::Provider
    );
}

/// An adapter needs neither a provider nor a process default, in whatever order things are built.
#[test]
fn without_a_provider_handshake_signatures_are_verified_by_ring() {
    use rustls::server::danger::ClientCertVerifier;

    let verifier = Verifier::builder(anchors(), Policy::client());
    let adapter = PolicyClientCertVerifier::new(Arc::new(verifier.build().unwrap())).unwrap();
    let of_ring = rustls::crypto::ring::default_provider().signature_verification_algorithms;
    assert_eq!(
        adapter.supported_verify_schemes(),
        of_ring.supported_schemes()
    );
}

/// What can be seen when a verifier is built must not refuse everybody at run time.
#[test]
fn a_policy_that_accepts_nobody_is_a_build_error() {
    let named = |name: &str| IdentifierEntry::common_name(Matcher::exact(name));
    let dns = |name: &str| IdentifierEntry::alternative_name(SanKind::Dns, Matcher::exact(name));
    let cases = [
        (
            build_error(|policy| {
                policy.subject_identifier =
                    SubjectIdentifier::all_of([named("one"), named("another")]).into();
            }),
            "policy setting `subject-identifier.all-of[0]`: cannot hold together with another entry, for there must be one value: this accepts nobody; permit several with `values = \"any\"`, or use any-of",
        ),
        (
            build_error(|policy| {
                policy.subject_identifier.any_of = vec![named("one"), dns("two.example")];
                policy.subject_identifier.none_of =
                    vec![named("three"), dns("two.example"), named("one")];
            }),
            "policy setting `subject-identifier.none-of`: forbids every identifier of any-of: this accepts nobody",
        ),
    ];
    for (error, expected) in cases {
        assert_eq!(error, expected);
    }
}

/// What may accept somebody is built.
#[test]
fn a_policy_that_may_accept_somebody_is_built() {
    let named = |name: &str| IdentifierEntry::common_name(Matcher::exact(name));
    let dns = |name: &str| IdentifierEntry::alternative_name(SanKind::Dns, Matcher::exact(name));
    let ip = |name: &str| IdentifierEntry::alternative_name(SanKind::Ip, Matcher::exact(name));
    let any = |entry: IdentifierEntry| entry.values(Values::Any);
    let entries = [
        vec![any(named("one")), any(named("another"))],
        vec![dns("a.example"), dns("A.example")],
        vec![ip("::1"), ip("0:0::1")],
        vec![named("one"), dns("one.example")],
    ];
    for entries in entries {
        let mut policy = Policy::client();
        policy.subject_identifier = SubjectIdentifier::all_of(entries.clone()).into();
        let built = Verifier::builder(anchors(), policy).build();
        assert!(built.is_ok(), "{entries:?}: {:?}", built.unwrap_err());
    }
}
