//! What may be changed in a certificate before it is signed.

use super::input::{Change, Choices};
use super::making::Who;
use crate::fixture::NOW;
use crate::support::extensions::usage;
use crate::support::{
    CertificateBuilder, DistributionPoint, Issuer, KeyKind, Name, RsaScheme, TestKey, der,
    extensions, general_name, keys, oids,
};

/// `2001:db8::1`.
pub(super) const IPV6: [u8; 16] = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/// A certificate that is not signed yet, with who signs it: nobody but itself, if there is no issuer.
pub(super) struct Draft {
    pub(super) builder: CertificateBuilder,
    pub(super) key: TestKey,
    pub(super) issuer: Option<Issuer>,
    /// How the octets to be signed are changed.
    pub(super) mutations: Vec<u64>,
}

impl Draft {
    pub(super) fn new(builder: CertificateBuilder, key: TestKey, issuer: Option<Issuer>) -> Self {
        Self {
            builder,
            key,
            issuer,
            mutations: Vec::new(),
        }
    }

    /// As others name it and check what it signs.
    pub(super) fn as_issuer(&self) -> Issuer {
        Issuer {
            name: self.builder.subject_name().clone(),
            key: self.key.clone(),
            key_identifier: self.builder.key_identifier(),
        }
    }

    pub(super) fn signing_key(&self) -> &TestKey {
        match &self.issuer {
            Some(issuer) => &issuer.key,
            None => &self.key,
        }
    }

    fn build(mut self, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Self {
        self.builder = change(self.builder);
        self
    }

    fn issuer_key_identifier(&self) -> Vec<u8> {
        let issuer = self.issuer.clone().unwrap_or_else(|| self.as_issuer());
        issuer
            .key_identifier
            .unwrap_or_else(|| extensions::key_identifier(&issuer.key.spki()))
    }
}

/// Declares the kinds of changes once: name, words, and what is done.
macro_rules! kinds {
    ($($kind:ident, $words:literal, $apply:path;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind {
            $($kind,)+
        }

        impl Kind {
            pub(super) const ALL: &'static [Self] = &[$(Self::$kind,)+];

            pub(super) fn number(self) -> u8 {
                u8::try_from(self as usize).expect("there are few")
            }

            fn words(self) -> &'static str {
                match self {
                    $(Self::$kind => $words,)+
                }
            }

            fn apply(self, draft: Draft, who: Who, change: &Change, choices: Choices) -> Draft {
                match self {
                    $(Self::$kind => $apply(draft, &What { who, change, choices }),)+
                }
            }
        }
    };
}

kinds! {
    Validity, "validity", validity;
    Serial, "serial number", serial;
    Subject, "subject", subject;
    Issuer, "issuer", issuer;
    AlternativeName, "subject alternative name", alternative_name;
    AlternativeNames, "subject alternative names", alternative_names;
    Purposes, "extended key usage", purposes;
    Usage, "key usage", key_usage;
    Constraints, "basic constraints", basic_constraints;
    NameConstraints, "name constraints", name_constraints;
    AuthorityKey, "authority key identifier", authority_key;
    SubjectKey, "subject key identifier", subject_key;
    Policies, "policies", policies;
    Extension, "extension", extension;
    Criticality, "criticality", criticality;
    Again, "extension twice", again;
    Leaving, "extension left out", leaving;
    Algorithm, "signature algorithm", algorithm;
    Key, "key", key;
    OtherKey, "public key", other_key;
    Version, "version", version;
    UniqueIds, "unique identifiers", unique_ids;
    Signature, "signature", signature;
    Mutation, "octets", mutation;
    Trailing, "trailing octets", trailing;
}

/// What a change is about.
struct What<'c> {
    who: Who,
    change: &'c Change,
    choices: Choices,
}

impl What<'_> {
    /// By `how`, counted around.
    fn pick<T: Clone>(&self, from: &[T]) -> T {
        from[usize::from(self.change.how) % from.len()].clone()
    }

    /// By `detail`, counted around.
    fn pick_detail<T: Clone>(&self, from: &[T]) -> T {
        from[usize::from(self.change.detail) % from.len()].clone()
    }

    fn is_end_entity(&self) -> bool {
        self.who == Who::EndEntity
    }

    /// A key of the family that the chain has.
    fn another_key(&self) -> TestKey {
        let n = usize::from(self.change.detail % 4);
        match self.choices.is_p256() {
            true => TestKey::of(KeyKind::P256, n),
            false => TestKey::of(KeyKind::Ed25519, 100 + n),
        }
    }
}

fn kind(change: &Change) -> Kind {
    Kind::ALL[usize::from(change.what) % Kind::ALL.len()]
}

pub(super) fn in_words(change: &Change) -> String {
    format!("{} {}/{}", kind(change).words(), change.how, change.detail)
}

pub(super) fn apply(draft: Draft, who: Who, change: &Change, choices: Choices) -> Draft {
    kind(change).apply(draft, who, change, choices)
}

fn validity(draft: Draft, what: &What<'_>) -> Draft {
    const DAY: i64 = 86_400;
    let now = i64::try_from(NOW.unix_seconds()).expect("a time of this century");
    let (from, to) = (now - 100 * DAY, now + 100 * DAY);
    let raw = |from: Vec<u8>, to: Vec<u8>| der::sequence(&[from, to]);
    let validity = what.pick(&[
        raw(der::time(from), der::time(now - 1)),
        raw(der::time(from), der::time(now)),
        raw(der::time(now), der::time(to)),
        raw(der::time(now + 1), der::time(to)),
        raw(der::time(to), der::time(from)),
        raw(der::time(now), der::time(now)),
        raw(der::generalized_time(from), der::generalized_time(to)),
        raw(
            der::time(from),
            der::generalized_time_raw("99991231235959Z"),
        ),
        raw(
            der::utc_time_raw("500101000000Z"),
            der::generalized_time_raw("20500101000000Z"),
        ),
        raw(der::utc_time_raw("2601010000Z"), der::time(to)),
        raw(
            der::time(from),
            der::generalized_time_raw("20500101000000.5Z"),
        ),
        raw(der::utc_time_raw("260101000000+0100"), der::time(to)),
        raw(der::utc_time_raw("260230000000Z"), der::time(to)),
        raw(der::utc_time_raw("260101000060Z"), der::time(to)),
        raw(der::utc_time_raw("260101240000Z"), der::time(to)),
        raw(
            der::generalized_time_raw("19491231235959Z"),
            der::generalized_time_raw("20500101000000Z"),
        ),
        raw(
            der::generalized_time_raw("00000101000000Z"),
            der::generalized_time_raw("20500101000000Z"),
        ),
        raw(der::time(from - 3000 * DAY), der::time(to + 3000 * DAY)),
        raw(der::time(from), der::time(from + 200 * DAY)),
        raw(der::time(from), Vec::new()),
    ]);
    draft.build(|it| it.raw_validity(validity))
}

fn serial(draft: Draft, what: &What<'_>) -> Draft {
    let serial = what.pick(&[
        vec![0],
        vec![0xff],
        vec![1],
        vec![0x7f; 20],
        [[0].as_slice(), &[0xff; 20]].concat(),
        vec![0x7f; 21],
        vec![0, 1],
        vec![0xff, 0x80],
        vec![],
        vec![0, 0, 0],
        vec![0x80; 16],
        vec![0, 0x80],
        vec![0x55; 60],
    ]);
    draft.build(|it| it.serial_bytes(&serial))
}

/// Names by their kind; the last ones are like those there are, but for their encoding.
fn name(what: &What<'_>, common_name: &str) -> Name {
    use der::tag;

    let acme = || Name::empty().and_raw(oids::COUNTRY, tag::PRINTABLE_STRING, b"DE");
    let acme = |organization: &str| acme().and(oids::ORGANIZATION, organization);
    let cn = |tag: u8, value: &[u8]| acme("Acme").and_raw(oids::COMMON_NAME, tag, value);
    let wide = |text: &str, width: usize| {
        let mut octets = Vec::new();
        for letter in text.bytes() {
            octets.extend(std::iter::repeat_n(0, width - 1));
            octets.push(letter);
        }
        octets
    };
    match what.change.how % 20 {
        0 => Name::empty(),
        1 => cn(tag::PRINTABLE_STRING, b"printable"),
        2 => cn(tag::PRINTABLE_STRING, b"a*b@c_d&e"),
        3 => cn(tag::TELETEX_STRING, b"te\xe9t\xc8ex"),
        4 => cn(tag::BMP_STRING, &wide("bmp", 2)),
        5 => cn(tag::BMP_STRING, b"odd"),
        6 => cn(tag::UNIVERSAL_STRING, &wide("universal", 4)),
        7 => cn(tag::IA5_STRING, b"ia5"),
        8 => cn(tag::UTF8_STRING, b"nul\0nul"),
        9 => cn(tag::UTF8_STRING, b"\xff\xfe"),
        10 => cn(tag::UTF8_STRING, "long".repeat(50).as_bytes()),
        11 => cn(tag::UTF8_STRING, b""),
        12 => acme("Acme").multi(&[
            (oids::COMMON_NAME, tag::UTF8_STRING, b"many"),
            (oids::USER_ID, tag::UTF8_STRING, b"7"),
        ]),
        13 => acme("Acme").multi_unsorted(&[
            (oids::USER_ID, tag::UTF8_STRING, b"7"),
            (oids::COMMON_NAME, tag::UTF8_STRING, b"many"),
        ]),
        14 => acme("Acme").raw_rdn(der::set(&[])),
        15 => acme("Acme")
            .and(oids::COMMON_NAME, "pay.acme.example")
            .and_raw(oids::EMAIL_ADDRESS, tag::IA5_STRING, b"a@acme.example"),
        16 => Name::empty()
            .and_raw(oids::COUNTRY, tag::UTF8_STRING, b"DEU")
            .and_raw(oids::DOMAIN_COMPONENT, tag::IA5_STRING, b"acme"),
        17 => cn(tag::PRINTABLE_STRING, common_name.as_bytes()),
        18 => acme("ACME").and(oids::COMMON_NAME, common_name),
        _ => acme(" Acme ").and(oids::COMMON_NAME, common_name),
    }
}

/// Those below name it as it is named now.
fn subject(draft: Draft, what: &What<'_>) -> Draft {
    let common_name = match what.who {
        Who::EndEntity => "peer",
        Who::Intermediate(1) => "CA 1",
        _ => "Root CA",
    };
    let name = name(what, common_name);
    draft.build(|it| it.subject(name))
}

/// Which is not its issuer's.
fn issuer(draft: Draft, what: &What<'_>) -> Draft {
    let name = name(what, "Root CA");
    draft.build(|it| it.issuer(name))
}

const NAMES: &[&str] = &[
    "pay.acme.example",
    "*.acme.example",
    "*.example",
    "PAY.ACME.EXAMPLE",
    "pay.acme.example.",
    "p*.acme.example",
    "*",
    "*.pay.acme.example",
    "other.example",
    "xn--mnchen-3ya.example",
    "a_b.acme.example",
    " pay.acme.example",
    "pay..acme.example",
    "",
    "-pay.acme.example",
    ".acme.example",
    "pay.acme.example\0.evil",
    "192.0.2.1",
    "pay.acme.example:443",
    "pay.*.example",
    "m\u{fc}nchen.example",
    "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.acme.example",
];

/// A name of any kind.
fn general_name_of(what: &What<'_>) -> Vec<u8> {
    let name = what.pick_detail(NAMES);
    match what.change.how % 16 {
        0..=5 => general_name::dns(name),
        6 => general_name::ipv4([192, 0, 2, what.change.detail % 3]),
        7 => general_name::ip(&IPV6),
        8 => general_name::ip(&vec![7; usize::from(what.change.detail % 40)]),
        9 => general_name::email(&format!("someone@{name}")),
        10 => general_name::uri(&format!("https://{name}/")),
        11 => general_name::directory(&Name::cn("peer")),
        12 => general_name::upn(name),
        13 => general_name::registered_id(oids::EXAMPLE_ARC),
        14 => der::tlv(0x8a, name.as_bytes()),
        _ => der::tlv(0x82, &[0xff, what.change.detail]),
    }
}

/// One name alone.
fn alternative_name(draft: Draft, what: &What<'_>) -> Draft {
    let name = general_name_of(what);
    draft.build(|it| it.san(vec![name]))
}

/// Several, or none.
fn alternative_names(draft: Draft, what: &What<'_>) -> Draft {
    let name = general_name_of(what);
    let right = match what.choices.role() {
        rustls_policy_verifier::Role::Server => general_name::dns("pay.acme.example"),
        rustls_policy_verifier::Role::Client => general_name::uri("urn:node:7"),
    };
    let many = |count: u8, right: Vec<u8>| {
        let names = (0..count).map(|n| general_name::dns(&format!("n{n}.example")));
        names.chain([right]).collect::<Vec<_>>()
    };
    draft.build(|it| match what.change.how / 16 % 8 {
        0 => it.san(vec![right, name]),
        1 => it.san(vec![name, right]),
        2 => it.san(vec![right.clone(), right]),
        3 => it.san(Vec::new()),
        4 => it.san(many(200, right)),
        5 => it.san(many(20, right)),
        6 => it.san(vec![right]).subject(Name::empty()),
        _ => it.replace_extension(
            oids::SUBJECT_ALT_NAME,
            true,
            &extensions::alt_name(&[right]),
        ),
    })
}

fn purposes(draft: Draft, what: &What<'_>) -> Draft {
    use oids::{
        ANY_EXTENDED_KEY_USAGE as ANY, CLIENT_AUTH as CLIENT, CODE_SIGNING, EMAIL_PROTECTION,
        OCSP_SIGNING, SERVER_AUTH as SERVER,
    };

    let value = what.pick(&[
        extensions::extended_key_usage(&[SERVER]),
        extensions::extended_key_usage(&[CLIENT]),
        extensions::extended_key_usage(&[SERVER, CLIENT]),
        extensions::extended_key_usage(&[ANY]),
        extensions::extended_key_usage(&[ANY, SERVER]),
        extensions::extended_key_usage(&[CODE_SIGNING]),
        extensions::extended_key_usage(&[EMAIL_PROTECTION, OCSP_SIGNING, CLIENT]),
        extensions::extended_key_usage(&[SERVER, SERVER]),
        extensions::extended_key_usage(&[OCSP_SIGNING, SERVER]),
        extensions::extended_key_usage(&[]),
        vec![0x30, 0x02, 0x06, 0x00],
        der::octet_string(b"no purposes"),
        Vec::new(),
    ]);
    let critical = what.change.detail.is_multiple_of(4);
    draft.build(|it| it.replace_extension(oids::EXTENDED_KEY_USAGE, critical, &value))
}

fn key_usage(draft: Draft, what: &What<'_>) -> Draft {
    use usage::{
        CONTENT_COMMITMENT, CRL_SIGN, DATA_ENCIPHERMENT, DECIPHER_ONLY, DIGITAL_SIGNATURE,
        ENCIPHER_ONLY, KEY_AGREEMENT, KEY_CERT_SIGN, KEY_ENCIPHERMENT,
    };

    let value = what.pick(&[
        extensions::key_usage(&[DIGITAL_SIGNATURE]),
        extensions::key_usage(&[KEY_CERT_SIGN]),
        extensions::key_usage(&[CRL_SIGN]),
        extensions::key_usage(&[DIGITAL_SIGNATURE, KEY_CERT_SIGN]),
        extensions::key_usage(&[KEY_ENCIPHERMENT]),
        extensions::key_usage(&[KEY_AGREEMENT]),
        extensions::key_usage(&[KEY_AGREEMENT, ENCIPHER_ONLY, DECIPHER_ONLY]),
        extensions::key_usage(&[CONTENT_COMMITMENT, DATA_ENCIPHERMENT]),
        extensions::key_usage(&[DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, KEY_AGREEMENT]),
        extensions::key_usage(&[]),
        // Zero bits at the end.
        der::bit_string_unused(0, &[0x80]),
        der::bit_string_unused(0, &[0x86, 0x00]),
        der::bit_string_unused(1, &[0x07]),
        der::bit_string_unused(7, &[0x80, 0x80]),
        der::octet_string(&[0x80]),
        vec![0x03, 0x01, 0x07],
        vec![0x03, 0x00],
        Vec::new(),
    ]);
    let critical = !what.change.detail.is_multiple_of(4);
    draft.build(|it| it.replace_extension(oids::KEY_USAGE, critical, &value))
}

fn basic_constraints(draft: Draft, what: &What<'_>) -> Draft {
    let ca = || der::boolean(true);
    let value = what.pick(&[
        extensions::basic_constraints(true, None),
        extensions::basic_constraints(true, Some(0)),
        extensions::basic_constraints(true, Some(1)),
        extensions::basic_constraints(true, Some(2)),
        extensions::basic_constraints(false, None),
        extensions::basic_constraints(false, Some(0)),
        extensions::basic_constraints(true, Some(255)),
        extensions::basic_constraints(true, Some(256)),
        extensions::basic_constraints(true, Some(1 << 40)),
        der::sequence(&[ca(), der::integer_raw(&[0xff])]),
        der::sequence(&[ca(), der::integer_raw(&[0, 0])]),
        der::sequence(&[der::boolean(false)]),
        der::sequence(&[vec![0x01, 0x01, 0x01]]),
        der::sequence(&[ca(), der::null()]),
        der::sequence(&[der::integer_u64(1), ca()]),
        der::octet_string(b"none"),
        Vec::new(),
    ]);
    let critical = !what.change.detail.is_multiple_of(4);
    draft.build(|it| it.replace_extension(oids::BASIC_CONSTRAINTS, critical, &value))
}

fn name_constraints(draft: Draft, what: &What<'_>) -> Draft {
    let dns = |name: &str| general_name::dns(name);
    let acme = Name::empty().and_raw(oids::COUNTRY, der::tag::PRINTABLE_STRING, b"DE");
    let bases = [
        dns("acme.example"),
        dns(".acme.example"),
        dns("pay.acme.example"),
        dns("other.example"),
        dns(""),
        dns("*.acme.example"),
        dns("ACME.example"),
        dns("acme.example."),
        general_name::directory(&acme),
        general_name::directory(&Name::cn("elsewhere")),
        general_name::directory(&acme.and(oids::ORGANIZATION, "acme")),
        general_name::ip(&[192, 0, 2, 0, 255, 255, 255, 0]),
        general_name::ip(&[10, 0, 0, 0, 255, 0, 0, 0]),
        general_name::ip(&[192, 0, 2, 0, 255, 0, 255, 0]),
        general_name::ip(&[&IPV6[..], &[0xff; 16]].concat()),
        general_name::ip(&[192, 0, 2, 0]),
        general_name::email("acme.example"),
        general_name::email("someone@acme.example"),
        general_name::uri("acme.example"),
        general_name::upn("acme.example"),
        general_name::registered_id(oids::EXAMPLE_ARC),
        der::tlv(0x8a, b"odd"),
    ];
    let base = what.pick(&bases);
    let other = what.pick_detail(&bases);
    let critical = what.change.detail % 8 != 7;
    let (permitted, excluded) = match what.change.detail / 8 % 5 {
        0 => (vec![base], Vec::new()),
        1 => (Vec::new(), vec![base]),
        2 => (vec![base, other], Vec::new()),
        3 => (vec![base], vec![other]),
        _ => (Vec::new(), Vec::new()),
    };
    let value = extensions::name_constraints(&permitted, &excluded);
    let value = match what.change.detail {
        // With a minimum, which is zero by default.
        250.. => der::sequence(&[der::implicit_constructed(
            0,
            &der::sequence(&[dns("acme.example"), der::implicit_primitive(0, &[1])]),
        )]),
        _ => value,
    };
    draft.build(|it| it.replace_extension(oids::NAME_CONSTRAINTS, critical, &value))
}

fn authority_key(draft: Draft, what: &What<'_>) -> Draft {
    let right = draft.issuer_key_identifier();
    let by_name = |name: &Name, serial: &[u8]| {
        der::sequence(&[
            der::implicit_constructed(1, &general_name::directory(name)),
            der::implicit_primitive(2, serial),
        ])
    };
    let root = name(&What { ..*what }, "Root CA");
    let value = what.pick(&[
        extensions::authority_key_identifier(&right),
        extensions::authority_key_identifier(b"of somebody else"),
        extensions::authority_key_identifier(b""),
        der::sequence(&[]),
        by_name(&root, &[1]),
        der::sequence(&[der::implicit_primitive(2, &[1])]),
        der::octet_string(&right),
        Vec::new(),
    ]);
    let critical = what.change.detail % 4 == 3;
    match what.change.detail % 8 {
        0 => draft.build(CertificateBuilder::no_aki),
        _ => {
            draft.build(|it| it.replace_extension(oids::AUTHORITY_KEY_IDENTIFIER, critical, &value))
        }
    }
}

fn subject_key(draft: Draft, what: &What<'_>) -> Draft {
    let value = what.pick(&[
        extensions::subject_key_identifier(b"another"),
        extensions::subject_key_identifier(b""),
        extensions::subject_key_identifier(&[7; 64]),
        der::sequence(&[]),
        Vec::new(),
    ]);
    let critical = what.change.detail % 4 == 3;
    match what.change.detail % 8 {
        0 => draft.build(CertificateBuilder::no_ski),
        1 => draft.build(CertificateBuilder::ski),
        _ => draft.build(|it| it.replace_extension(oids::SUBJECT_KEY_IDENTIFIER, critical, &value)),
    }
}

fn policies(draft: Draft, what: &What<'_>) -> Draft {
    const ANY: &str = "2.5.29.32.0";
    const OWN: &str = "2.23.140.1.2.1";
    const OTHER: &str = "2.23.140.1.2.2";
    let number = |tag, value| der::implicit_primitive(tag, &[value]);
    let pair = |one, other| der::sequence(&[der::oid(one), der::oid(other)]);
    let (oid, value) = what.pick(&[
        (
            oids::CERTIFICATE_POLICIES,
            extensions::certificate_policies(&[OWN]),
        ),
        (
            oids::CERTIFICATE_POLICIES,
            extensions::certificate_policies(&[ANY]),
        ),
        (
            oids::CERTIFICATE_POLICIES,
            extensions::certificate_policies(&[OTHER, OTHER]),
        ),
        (
            oids::CERTIFICATE_POLICIES,
            extensions::certificate_policies(&[]),
        ),
        (oids::POLICY_CONSTRAINTS, der::sequence(&[number(0, 0)])),
        (
            oids::POLICY_CONSTRAINTS,
            der::sequence(&[number(0, 5), number(1, 0)]),
        ),
        (oids::POLICY_CONSTRAINTS, der::sequence(&[])),
        (oids::POLICY_MAPPINGS, der::sequence(&[pair(OWN, OTHER)])),
        (oids::POLICY_MAPPINGS, der::sequence(&[pair(ANY, OTHER)])),
        (oids::INHIBIT_ANY_POLICY, der::integer_u64(0)),
        (oids::INHIBIT_ANY_POLICY, der::integer_raw(&[0xff])),
    ]);
    let critical = what.change.detail % 2 == 1;
    draft.build(|it| it.replace_extension(oid, critical, &value))
}

/// Others, known and unknown.
fn extension(draft: Draft, what: &What<'_>) -> Draft {
    let unknown = format!("{}.{}", oids::EXAMPLE_ARC, what.change.detail);
    let points = |name: &str| extensions::crl_distribution_points(&[DistributionPoint::uri(name)]);
    let alt_name = extensions::alt_name(&[general_name::dns("ca.example")]);
    let ocsp = der::sequence(&[
        der::oid("1.3.6.1.5.5.7.48.1"),
        general_name::uri("http://ocsp.example"),
    ]);
    let (oid, value) = what.pick(&[
        (unknown.as_str(), der::utf8("unknown")),
        (unknown.as_str(), Vec::new()),
        (unknown.as_str(), vec![0; 3000]),
        ("2.5.29.99", der::null()),
        ("2.999.1", der::null()),
        (oids::CRL_DISTRIBUTION_POINTS, points("http://crl.example/")),
        (oids::FRESHEST_CRL, points("http://crl.example/delta")),
        (oids::ISSUER_ALT_NAME, alt_name),
        (oids::AUTHORITY_INFO_ACCESS, der::sequence(&[ocsp])),
        (oids::TLS_FEATURE, extensions::tls_feature(&[5])),
        (oids::OCSP_NO_CHECK, der::null()),
        (oids::CRL_NUMBER, der::integer_u64(1)),
        // What Netscape's certificates were for.
        ("2.16.840.1.113730.1.1", der::bit_string_unused(6, &[0x40])),
        // subjectDirectoryAttributes.
        ("2.5.29.9", der::sequence(&[])),
        // A precertificate's poison, and embedded timestamps (RFC 6962).
        ("1.3.6.1.4.1.11129.2.4.3", der::null()),
        ("1.3.6.1.4.1.11129.2.4.2", der::octet_string(&[0, 0])),
        // What proxy certificates have (RFC 3820).
        (
            "1.3.6.1.5.5.7.1.14",
            der::sequence(&[der::sequence(&[der::oid("1.3.6.1.5.5.7.21.1")])]),
        ),
    ]);
    let critical = what.change.detail.is_multiple_of(4);
    draft.build(|it| it.replace_extension(oid, critical, &value))
}

const KNOWN: &[&str] = &[
    oids::BASIC_CONSTRAINTS,
    oids::KEY_USAGE,
    oids::EXTENDED_KEY_USAGE,
    oids::SUBJECT_ALT_NAME,
    oids::SUBJECT_KEY_IDENTIFIER,
];

fn criticality(draft: Draft, what: &What<'_>) -> Draft {
    let oid = match (what.is_end_entity(), what.change.how % 2) {
        (true, 0) => what.pick_detail(&[oids::KEY_USAGE, oids::EXTENDED_KEY_USAGE]),
        (true, _) => {
            let critical = what.change.detail.is_multiple_of(2);
            let value = extensions::basic_constraints(false, None);
            return draft
                .build(|it| it.replace_extension(oids::BASIC_CONSTRAINTS, critical, &value));
        }
        (false, 0) => oids::BASIC_CONSTRAINTS,
        (false, _) => oids::KEY_USAGE,
    };
    let critical = what.change.detail % 4 == 3;
    // Put there first, for an earlier change may have taken it away.
    let is_marked = |it: CertificateBuilder| match what.is_end_entity() {
        true => it
            .key_usage_bits(&[usage::DIGITAL_SIGNATURE])
            .eku(&[oids::SERVER_AUTH, oids::CLIENT_AUTH]),
        false => it
            .basic_constraints(true, None)
            .key_usage_bits(&[usage::KEY_CERT_SIGN]),
    };
    draft.build(|it| is_marked(it).criticality(oid, critical))
}

fn again(draft: Draft, what: &What<'_>) -> Draft {
    let oid = what.pick(KNOWN);
    let value = match oid {
        oids::BASIC_CONSTRAINTS => {
            extensions::basic_constraints(what.change.detail.is_multiple_of(2), None)
        }
        oids::KEY_USAGE => extensions::key_usage(&[usage::DIGITAL_SIGNATURE, usage::KEY_CERT_SIGN]),
        oids::EXTENDED_KEY_USAGE => {
            extensions::extended_key_usage(&[oids::SERVER_AUTH, oids::CLIENT_AUTH])
        }
        oids::SUBJECT_ALT_NAME => extensions::alt_name(&[general_name::dns("pay.acme.example")]),
        _ => extensions::subject_key_identifier(b"twice"),
    };
    draft.build(|it| it.extension(oid, false, &value))
}

fn leaving(draft: Draft, what: &What<'_>) -> Draft {
    match what.change.how % 8 {
        0 => draft.build(CertificateBuilder::no_aki),
        1 => draft.build(|it| it.extensions_field_raw(Vec::new())),
        2 => draft.build(|it| it.extensions_field_raw(der::explicit(3, &der::sequence(&[])))),
        _ => {
            let oid = what.pick_detail(KNOWN);
            draft.build(|it| it.without_extension(oid))
        }
    }
}

fn algorithm(draft: Draft, what: &What<'_>) -> Draft {
    let own = draft.signing_key().signature_algorithm();
    let algorithm = what.pick_detail(&[
        keys::algorithm(oids::ECDSA_WITH_SHA256, Some(&der::null())),
        keys::algorithm(oids::ED25519, Some(&der::null())),
        keys::algorithm(oids::ECDSA_WITH_SHA384, None),
        keys::algorithm(oids::ECDSA_WITH_SHA1, None),
        keys::rsa_signature_algorithm(oids::SHA1_WITH_RSA),
        keys::rsa_signature_algorithm(oids::MD5_WITH_RSA),
        keys::algorithm(oids::SHA256_WITH_RSA, None),
        keys::pss_signature_algorithm(oids::SHA256, 20),
        keys::algorithm("1.3.6.1.4.1.32473.5", None),
        der::sequence(&[]),
        [own, der::null()].concat(),
    ]);
    draft.build(|it| match what.change.how % 3 {
        0 => it.inner_signature_algorithm(algorithm),
        1 => it.outer_signature_algorithm(algorithm),
        _ => it.signature_algorithm(algorithm),
    })
}

/// Another key that signs what is below.
fn key(mut draft: Draft, what: &What<'_>) -> Draft {
    let detail = usize::from(what.change.detail);
    let key = match what.change.how % 8 {
        0 => TestKey::of(KeyKind::P384, detail % 3),
        1 => TestKey::of(KeyKind::Rsa2048, detail % 3),
        2 => TestKey::of(KeyKind::Rsa2048, detail % 3).with_rsa_scheme(RsaScheme::PssSha256),
        3 => TestKey::of(KeyKind::Rsa2048, detail % 3).with_rsa_scheme(RsaScheme::Pkcs1Sha512),
        4 => TestKey::ed25519(200),
        5 => TestKey::of(KeyKind::P256, detail % 4),
        _ => what.another_key(),
    };
    // Not the end entity's, which signs nothing here.
    draft.builder = draft.builder.spki(key.spki());
    if !what.is_end_entity() {
        draft.builder = draft.builder.ski();
    }
    draft.key = key;
    draft
}

/// Another key in the certificate, which signed nothing.
fn other_key(draft: Draft, what: &What<'_>) -> Draft {
    let p256 = TestKey::of(KeyKind::P256, 1).spki();
    let point = &p256[p256.len() - 65..];
    let spki = match what.change.how % 18 {
        0 => keys::rsa_spki(1024, 65_537),
        1 => keys::rsa_spki(2047, 65_537),
        2 => keys::rsa_spki(2048, 3),
        3 => keys::rsa_spki(2048, 65_536),
        4 => keys::rsa_spki(8192, 65_537),
        5 => keys::rsa_spki(8200, 65_537),
        6 => keys::rsa_pss_spki(2048),
        7 => keys::p521_spki(),
        8 => keys::secp256k1_spki(),
        9 => keys::ed448_spki(),
        10 => keys::dsa_spki(),
        11 => keys::ml_dsa_65_spki(),
        12 => keys::unknown_spki(),
        13 => keys::ec_spki(oids::P256, 65),
        14 => keys::ec_spki_of_point(oids::P256, &point[..33]),
        15 => keys::spki(
            &keys::algorithm(oids::ED25519, Some(&der::null())),
            &[7; 32],
        ),
        16 => keys::spki(&keys::algorithm(oids::ED25519, None), &[7; 31]),
        _ => what.another_key().spki(),
    };
    draft.build(|it| it.spki(spki))
}

fn version(draft: Draft, what: &What<'_>) -> Draft {
    draft.build(|it| match what.change.how % 6 {
        0 => it.version(None),
        1 => it.version(Some(1)),
        2 => it.version(Some(2)),
        3 => it.version(Some(4)),
        4 => it.version_raw(Vec::new()),
        _ => it.version_raw(der::explicit(0, &der::integer_raw(&[0, 2]))),
    })
}

fn unique_ids(draft: Draft, _: &What<'_>) -> Draft {
    draft.build(CertificateBuilder::unique_ids)
}

fn signature(mut draft: Draft, what: &What<'_>) -> Draft {
    match what.change.how % 4 {
        0 => draft.build(CertificateBuilder::tamper_signature),
        1 => draft.build(|it| it.signature_raw(der::bit_string(&[]))),
        2 => draft.build(|it| it.signature_raw(der::bit_string_unused(1, &[0x30; 70]))),
        _ => {
            if let Some(issuer) = &mut draft.issuer {
                issuer.key = what.another_key();
            }
            draft
        }
    }
}

/// The octets to be signed, changed as a tree or one by one.
fn mutation(mut draft: Draft, what: &What<'_>) -> Draft {
    let seed = [what.change.how, what.change.detail];
    draft.mutations.push(u16::from_be_bytes(seed).into());
    draft
}

fn trailing(draft: Draft, what: &What<'_>) -> Draft {
    let octets = what.pick_detail(&[der::null(), vec![0], der::explicit(4, &der::null())]);
    draft.build(|it| match what.change.how % 2 {
        0 => it.trailing_tbs(&octets),
        _ => it.trailing_certificate(&octets),
    })
}
