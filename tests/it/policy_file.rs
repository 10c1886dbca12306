//! Policies written to files and read again, over generated policies.

use proptest::prelude::*;
use proptest::{collection, option, sample};

#[cfg(feature = "real-peers")]
use rustls_policy_verifier::BuildError;
use rustls_policy_verifier::rustls::{CipherSuite, NamedGroup};
use rustls_policy_verifier::{
    AnchorCheck, AttributeType, CertificateProfile, ClientCertificates, Date, ExtendedKeyUsage,
    Identifier, IdentifierEntry, KeyPurpose, KeySizes, KeyUsageCheck, Matcher, Mode, NamedCurve,
    PathLength, PerPosition, Pin, PinPosition, Pins, Policy, Profile, RevocationCheck,
    RevocationSettings, Role, SanKind, Setting, SignatureAlgorithms, SignatureFamily,
    SignatureHash, Span, StapleUse, StatusSource, StatusSources, SubjectIdentifier, TlsSettings,
    TlsVersion, Tolerance, ValidityLimit, ValidityPeriod, Values,
};

proptest! {
    #[test]
    fn what_is_written_is_read(policy in policy()) {
        let toml = policy.to_toml().map_err(|error| TestCaseError::fail(format!("{error}\n{policy:#?}")))?;
        prop_assert_eq!(&Policy::from_toml(&toml).unwrap(), &policy, "{}", toml);
        let json = policy.to_json().unwrap();
        prop_assert_eq!(&Policy::from_json(&json).unwrap(), &policy, "{}", json);
    }

    /// A key that nobody knows refuses the file, wherever it stands.
    #[test]
    fn an_unknown_key_is_never_ignored(policy in policy(), at in any::<sample::Index>()) {
        let mut file: serde_json::Value = serde_json::from_str(&policy.to_json().unwrap()).unwrap();
        let tables = count_objects(&file);
        insert_into_nth_object(&mut file, at.index(tables), &mut 0);
        prop_assert!(Policy::from_json(&file.to_string()).is_err(), "{}", file);
    }

    #[test]
    fn no_text_makes_reading_panic(text in any::<String>(), policy in policy(), cut in any::<sample::Index>()) {
        let _ = Policy::from_toml(&text);
        let _ = Policy::from_json(&text);
        let json = policy.to_json().unwrap();
        let cut: String = json.chars().take(cut.index(json.chars().count())).collect();
        prop_assert!(Policy::from_json(&cut).is_err(), "{}", cut);
    }
}

/// Every suite of this OpenSSL, by IANA's name and, where it authenticates by certificates and encrypts by AES or ChaCha20, by
/// OpenSSL's own.
#[cfg(feature = "real-peers")]
#[test]
fn openssls_names_mean_the_same_suites() {
    let openssl = std::process::Command::new("openssl")
        .args(["ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL"])
        .env("OPENSSL_CONF", "/dev/null")
        .output()
        .expect("this test needs the command `openssl`: apt-get install openssl");
    assert!(openssl.status.success(), "{openssl:?}");
    let list = String::from_utf8(openssl.stdout).unwrap();
    let suite = |name: &str| {
        let file = format!("role = \"server\"\ntls.cipher-suites = [{name:?}]");
        let suites = Policy::from_toml(&file)?.tls.cipher_suites.unwrap();
        Ok::<_, BuildError>(u16::from(suites[0]))
    };
    let (mut names, mut spellings) = (0, 0);
    for line in list.lines() {
        // 0xC0,0x30 - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 - ECDHE-RSA-AES256-GCM-SHA384 TLSv1.2 …
        let words: Vec<_> = line.split_whitespace().collect();
        let [code, "-", iana, "-", theirs, ..] = words.as_slice() else {
            panic!("{line}");
        };
        let octets = code.replace("0x", "").replace(',', "");
        let code = u16::from_str_radix(&octets, 16).unwrap();
        assert_eq!(suite(iana), Ok(code), "{line}");
        names += 1;
        let by_certificates = [
            "TLS_RSA_WITH_",
            "TLS_ECDHE_",
            "TLS_DHE_",
            "TLS_AES",
            "TLS_CHACHA",
        ];
        let by_certificates = by_certificates.iter().any(|it| iana.starts_with(it));
        let encrypts = iana.contains("AES_") || iana.contains("CHACHA20_");
        if by_certificates && encrypts && !iana.contains("PSK") {
            assert_eq!(suite(theirs), Ok(code), "{line}");
            spellings += 1;
        }
    }
    assert!(names > 100 && spellings > 30, "{names}, {spellings}");
}

fn count_objects(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Object(map) => 1 + map.values().map(count_objects).sum::<usize>(),
        serde_json::Value::Array(values) => values.iter().map(count_objects).sum(),
        _ => 0,
    }
}

fn insert_into_nth_object(value: &mut serde_json::Value, n: usize, seen: &mut usize) {
    match value {
        serde_json::Value::Object(map) => {
            if *seen == n {
                map.insert("no-such-key".into(), true.into());
            }
            *seen += 1;
            for value in map.values_mut() {
                insert_into_nth_object(value, n, seen);
            }
        }
        serde_json::Value::Array(values) => {
            for value in values {
                insert_into_nth_object(value, n, seen);
            }
        }
        _ => {}
    }
}

/// Policies that make sense, with every setting that has a file form.
fn policy() -> impl Strategy<Value = Policy> {
    sample::select(vec![Role::Server, Role::Client]).prop_flat_map(policy_for)
}

fn policy_for(role: Role) -> impl Strategy<Value = Policy> {
    let first = (
        setting(purposes(role)),
        setting(identifiers()),
        setting(by_position(key_sizes())),
        setting(signature_algorithms()),
        setting(limits()),
    );
    let second = (
        setting(validity_period()),
        setting(anchor_check().prop_map(|trust_anchor| KeyUsageCheck { trust_anchor })),
        setting(path_length()),
        setting(pins()),
        setting(revocation(role)),
        setting(certificate_profile()),
        tls(role),
        // Relaxations that depend on other rules.
        (any::<bool>(), any::<bool>(), option::of(date())),
    );
    (first, second).prop_map(move |(first, second)| {
        let mut policy = Policy::for_role(role);
        policy.extended_key_usage = first.0;
        policy.subject_identifier = first.1;
        policy.minimum_key_size = first.2;
        policy.signature_algorithm = first.3;
        policy.maximum_validity = first.4;
        policy.validity_period = second.0;
        policy.key_usage = second.1;
        policy.path_length = second.2;
        policy.pin = second.3;
        policy.revocation = second.4;
        policy.certificate_profile = second.5;
        policy.tls = second.6;
        let (self_issued, name, until) = second.7;
        if policy.pin.mode == Mode::Enforce {
            policy.path_length.allow_self_issued_end_entity = self_issued;
        }
        match role {
            Role::Client
                if policy.pin.mode == Mode::Enforce
                    && policy.pin.position == PinPosition::EndEntity =>
            {
                policy
                    .extended_key_usage
                    .allow_server_auth_in_place_of_client_auth_until = until;
            }
            Role::Client => {}
            Role::Server if policy.subject_identifier.mode == Mode::Enforce && self_issued => {
                policy.server_name.allow_identifier_in_place_of_server_name = name;
            }
            Role::Server => policy.server_name.allow_common_name_as_server_name = name,
        }
        policy
    })
}

fn tls(role: Role) -> impl Strategy<Value = TlsSettings> {
    // One with 256 bits first, so that `aes_bits` and the equivalents always leave it; then by number, some of TLS 1.2.
    let others = sample::subsequence(
        vec![0x1303u16, 0x1301, 0x00c6, 0xc0b0, 0xc02f, 0xc030, 0xc09e],
        0..=7,
    );
    let groups = sample::subsequence(vec![0x001du16, 0x0017, 0x0029, 0x11ec], 1..=4);
    let lifetime = prop_oneof![
        (1..=604_800u64).prop_map(Span::Seconds),
        (1..=7u32).prop_map(Span::Days),
    ];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let choices = (option::of(others), option::of(groups), option::of(lifetime));
    (choices, flags, sample::select(vec![128u16, 256])).prop_map(
        move |((others, groups, lifetime), (newest, all, tickets, unauthenticated), aes_bits)| {
            let mut tls = TlsSettings::default();
            tls.aes_bits = aes_bits;
            if newest {
                tls.minimum_version = TlsVersion::Tls13;
            }
            if let Some(others) = others {
                let codes = [0x1302].into_iter().chain(others);
                tls.cipher_suites = Some(codes.map(CipherSuite::from).collect());
                tls.or_equivalent = newest;
            }
            tls.key_exchange_groups =
                groups.map(|groups| groups.into_iter().map(NamedGroup::from).collect());
            let lists = tls.cipher_suites.is_some() || tls.key_exchange_groups.is_some();
            tls.require_all = all && lists && aes_bits == 128;
            tls.tickets = tickets;
            tls.session_lifetime = lifetime;
            if unauthenticated && role == Role::Client {
                tls.client_certificates = ClientCertificates::AllowUnauthenticated;
            }
            tls
        },
    )
}

fn certificate_profile() -> impl Strategy<Value = CertificateProfile> {
    let profiles = sample::select(vec![Profile::None, Profile::Rfc5280, Profile::CabfServer]);
    (profiles, any::<bool>(), anchor_check()).prop_map(
        |(profile, common_name_in_san, trust_anchor)| CertificateProfile {
            profile,
            common_name_in_san,
            trust_anchor,
        },
    )
}

/// Boxed, for all of these trees together overflow a test thread's stack.
fn setting<T: std::fmt::Debug + 'static>(
    settings: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Setting<T>> {
    let mode = prop_oneof![
        Just(Mode::Enforce),
        Just(Mode::Off),
        date().prop_map(|until| Mode::Audit { until }),
    ];
    (mode, settings)
        .prop_map(|(mode, settings)| Setting { mode, settings })
        .boxed()
}

fn by_position<T: Clone + std::fmt::Debug>(
    settings: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = PerPosition<T>> {
    (settings.clone(), settings.clone(), settings).prop_map(
        |(end_entity, intermediate, trust_anchor)| PerPosition {
            end_entity,
            intermediate,
            trust_anchor,
        },
    )
}

fn purposes(role: Role) -> impl Strategy<Value = ExtendedKeyUsage> {
    let purpose = prop_oneof![
        sample::select(vec![
            "codeSigning",
            "emailProtection",
            "timeStamping",
            "OCSPSigning"
        ])
        .prop_map(str::to_owned),
        "1\\.3\\.6(\\.[1-9][0-9]{0,30}){1,10}",
    ]
    .prop_map(|text| KeyPurpose::parse(&text).unwrap());
    (collection::vec(purpose, 0..3), 0..3).prop_map(move |(mut purposes, kind)| {
        purposes.push(KeyPurpose::of_role(role));
        match kind {
            0 => ExtendedKeyUsage::only(purposes),
            1 => ExtendedKeyUsage::contains(purposes),
            _ => ExtendedKeyUsage::contains_or_absent(purposes),
        }
    })
}

fn identifiers() -> impl Strategy<Value = SubjectIdentifier> {
    // What is forbidden differs from all that is required, or nobody would be accepted.
    let forbidden = text().prop_map(|value| {
        IdentifierEntry::attribute(
            AttributeType::parse("title").unwrap(),
            Matcher::Exact(value),
        )
    });
    (
        collection::vec(entry(), 1..4),
        collection::vec(entry(), 0..3)
            .prop_filter("two of one kind may exclude each other", |all| {
                all.len() < 2 || !same_kind(&all[0].identifier, &all[1].identifier)
            }),
        collection::vec(forbidden, 0..2),
    )
        .prop_map(|(any_of, all_of, none_of)| SubjectIdentifier {
            any_of,
            all_of,
            none_of,
        })
}

fn same_kind(one: &Identifier, other: &Identifier) -> bool {
    match (one, other) {
        (Identifier::Attribute(one, _), Identifier::Attribute(other, _)) => one == other,
        (Identifier::AlternativeName(one, _), Identifier::AlternativeName(other, _)) => {
            one == other
        }
        (Identifier::Subject(_), Identifier::Subject(_)) => true,
        _ => false,
    }
}

fn entry() -> impl Strategy<Value = IdentifierEntry> {
    let attribute = prop_oneof![
        sample::select(vec!["CN", "serialNumber", "organizationIdentifier", "DC"])
            .prop_map(str::to_owned),
        "2\\.[1-9][0-9]{0,30}(\\.[1-9][0-9]{0,30}){0,10}",
    ]
    .prop_map(|name| AttributeType::parse(&name).unwrap());
    let matcher = || {
        prop_oneof![
            text().prop_map(Matcher::Exact),
            collection::vec(text(), 1..4).prop_map(Matcher::OneOf),
            text()
                .prop_filter("not delimiters alone", |text| {
                    text.chars().any(|character| !"/:.".contains(character))
                })
                .prop_map(Matcher::Namespace),
            "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}".prop_map(Matcher::Uuid),
            "[a-z\"#]{1,9}/[*]{1,2}".prop_map(Matcher::Glob),
        ]
    };
    let identified = prop_oneof![
        (attribute, matcher())
            .prop_map(|(attribute, matcher)| IdentifierEntry::attribute(attribute, matcher)),
        matcher().prop_map(|matcher| IdentifierEntry::alternative_name(SanKind::Upn, matcher)),
        "[a-z]{1,9}"
            .prop_map(|host| IdentifierEntry::alternative_name(SanKind::Dns, Matcher::Exact(host))),
        any::<std::net::IpAddr>().prop_map(|address| IdentifierEntry::alternative_name(
            SanKind::Ip,
            Matcher::Exact(address.to_string())
        )),
        "[a-z]{1,9}@[a-z]{1,9}".prop_map(|address| IdentifierEntry::alternative_name(
            SanKind::Email,
            Matcher::Exact(address)
        )),
        "spiffe://[a-z]{1,9}/[a-z]{1,9}/[*]{1,2}"
            .prop_map(|id| IdentifierEntry::alternative_name(SanKind::Uri, Matcher::Glob(id))),
        "(CN|O)=[a-zé]{1,9}(\\\\[,+\"])?[a-z]{1,9}(,C=[A-Z]{2})?"
            .prop_map(|name| IdentifierEntry::subject(name.parse().unwrap())),
    ];
    let values = sample::select(vec![Values::One, Values::Any, Values::All]);
    (identified, values, collection::vec(any::<String>(), 0..3)).prop_map(
        |(entry, values, labels)| {
            labels
                .into_iter()
                .fold(entry.values(values), IdentifierEntry::under)
        },
    )
}

/// Visible text with everything that a file format might trip over.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 \"'\\\\#=,:/\\[\\]{}é\u{65e5}\u{1f600}]{1,20}"
}

fn key_sizes() -> impl Strategy<Value = KeySizes> + Clone {
    let curves = prop_oneof![
        Just((256, None)),
        Just((384, Some(vec![NamedCurve::P521, NamedCurve::P384]))),
        Just((0, Some(vec![NamedCurve::P256]))),
    ];
    let kinds = (
        any::<bool>(),
        any::<bool>(),
        sample::select(vec![0u8, 44, 65, 87]),
    );
    (
        1024..=16_384u32,
        0..16_384u32,
        3..=u64::from(u32::MAX),
        curves,
        kinds,
    )
        .prop_map(
            |(rsa_bits, more, rsa_min_exponent, (ec_bits, curves), (rsa, ed25519, ml_dsa))| {
                KeySizes {
                    rsa_bits,
                    rsa_max_bits: (rsa_bits + more).min(16_384),
                    rsa_min_exponent,
                    ec_bits,
                    curves,
                    rsa,
                    // One kind at least.
                    ec: !rsa || more % 2 == 0,
                    ed25519,
                    ml_dsa,
                }
            },
        )
}

fn signature_algorithms() -> impl Strategy<Value = SignatureAlgorithms> {
    let hash = sample::select(vec![
        SignatureHash::Sha256,
        SignatureHash::Sha384,
        SignatureHash::Sha512,
    ]);
    let families = sample::subsequence(
        vec![
            SignatureFamily::RsaPkcs1,
            SignatureFamily::RsaPss,
            SignatureFamily::Ecdsa,
            SignatureFamily::Ed25519,
            SignatureFamily::MlDsa,
        ],
        1..=5,
    );
    (hash, option::of(families)).prop_map(|(minimum_hash, permitted)| SignatureAlgorithms {
        minimum_hash,
        permitted,
    })
}

fn limits() -> impl Strategy<Value = PerPosition<Option<ValidityLimit>>> {
    let limit = || {
        prop_oneof![
            span().prop_map(ValidityLimit::LessThan),
            span().prop_map(ValidityLimit::AtMost)
        ]
    };
    (limit(), option::of(limit()), option::of(limit())).prop_map(
        |(end_entity, intermediate, trust_anchor)| PerPosition {
            end_entity: Some(end_entity),
            intermediate,
            trust_anchor,
        },
    )
}

fn validity_period() -> impl Strategy<Value = ValidityPeriod> {
    (anchor_check(), collection::vec(span(), 0..3)).prop_map(|(trust_anchor, warn_below)| {
        ValidityPeriod {
            trust_anchor,
            warn_below,
        }
    })
}

fn path_length() -> impl Strategy<Value = PathLength> {
    (option::of(0..=usize::MAX >> 1), anchor_check()).prop_map(
        |(max_intermediates, trust_anchor)| PathLength {
            max_intermediates,
            trust_anchor,
            allow_self_issued_end_entity: false,
        },
    )
}

fn pins() -> impl Strategy<Value = Pins> {
    let pin = prop_oneof![
        any::<[u8; 32]>().prop_map(Pin::SpkiSha256),
        any::<[u8; 32]>().prop_map(Pin::CertificateSha256),
    ];
    let position = sample::select(vec![
        PinPosition::EndEntity,
        PinPosition::Intermediate,
        PinPosition::TrustAnchor,
        PinPosition::Any,
    ]);
    (collection::vec(pin, 1..4), position, option::of(date())).prop_map(
        |(pins, position, expires)| Pins {
            pins,
            position,
            expires,
            ..Pins::new([])
        },
    )
}

fn revocation(role: Role) -> impl Strategy<Value = RevocationSettings> {
    let check = sample::select(vec![
        RevocationCheck::Path,
        RevocationCheck::EndEntity,
        RevocationCheck::Off,
    ]);
    let source = || {
        sample::select(vec![
            StatusSource::Crl,
            StatusSource::Ocsp,
            StatusSource::Either,
            StatusSource::Both,
        ])
    };
    let tolerance = || sample::select(vec![Tolerance::Refuse, Tolerance::AllowWithWarning]);
    let staple = sample::select(match role {
        Role::Server => vec![StapleUse::Use, StapleUse::Ignore, StapleUse::Require],
        Role::Client => vec![StapleUse::Use, StapleUse::Ignore],
    });
    (
        (check, source(), source(), staple),
        (tolerance(), tolerance(), tolerance()),
        (option::of(span()), 0..=3600u64, anchor_check()),
    )
        .prop_map(
            |(
                (check, end_entity, intermediate, staple),
                (unknown, stale, unparsable),
                (max_age, clock_skew, trust_anchor),
            )| RevocationSettings {
                check,
                sources: StatusSources {
                    end_entity,
                    intermediate,
                },
                unknown,
                stale,
                unparsable,
                staple,
                max_age,
                clock_skew: Span::Seconds(clock_skew),
                trust_anchor,
            },
        )
}

fn anchor_check() -> impl Strategy<Value = AnchorCheck> {
    sample::select(vec![
        AnchorCheck::Check,
        AnchorCheck::WhenKnown,
        AnchorCheck::Ignore,
    ])
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        (1..=u32::MAX).prop_map(Span::Years),
        (1..=u32::MAX).prop_map(Span::Days),
        (1..=u64::MAX).prop_map(Span::Seconds),
    ]
}

fn date() -> impl Strategy<Value = Date> {
    (1970..=9999u16, 1..=12u8, 1..=28u8)
        .prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}
