//! What IANA calls cipher suites and key exchange groups (the registries "TLS Cipher Suites" and "TLS Supported Groups"),
//! and what others call them.
//!
//! Names are a file's way to say a number: a policy holds the numbers, as rustls's types.

use rustls::{CipherSuite, NamedGroup};

/// What IANA lists under names and numbers.
pub(super) trait Listed: Copy + From<u16> + Into<u16> {
    /// Completes the sentence `"X" is no …`.
    #[cfg(feature = "serde")]
    const WHAT: &'static str;

    /// IANA's name for the number.
    fn name_of(code: u16) -> Option<&'static str>;

    /// Every number that may have a name.
    #[cfg(feature = "serde")]
    fn codes() -> impl Iterator<Item = u16>;

    /// What else is the same as IANA's name.
    #[cfg(feature = "serde")]
    fn other_spellings(name: &'static str) -> Vec<String>;
}

/// IANA's name; of what it does not list, the number.
pub(super) fn name<T: Listed>(listed: T) -> String {
    let code = listed.into();
    T::name_of(code).map_or_else(|| format!("{code:#06x}"), str::to_owned)
}

/// Whether these are the same, whatever rustls knows of it.
pub(super) fn same<T: Listed>(one: T, other: T) -> bool {
    one.into() == other.into()
}

/// Each once, where it stands first.
pub(super) fn without_repeats<T: Listed>(list: &[T]) -> Vec<T> {
    let mut once: Vec<T> = Vec::new();
    for item in list {
        if !once.iter().any(|earlier| same(*earlier, *item)) {
            once.push(*item);
        }
    }
    once
}

/// A list in a sentence.
pub(super) fn names<T: Listed>(list: &[T]) -> String {
    let names: Vec<_> = list.iter().map(|item| name(*item)).collect();
    names.join(", ")
}

/// The TLS 1.3 cipher suite of the same AEAD and hash as a suite of TLS 1.2. Where TLS 1.2 names no hash, it is SHA-256 (RFC 5246
/// section 5, RFC 6655 section 3).
pub(super) fn equivalent_in_tls13(suite: CipherSuite) -> Option<CipherSuite> {
    let (_, cipher) = CipherSuite::name_of(suite.into())?.split_once("_WITH_")?;
    let wanted = [format!("TLS_{cipher}"), format!("TLS_{cipher}_SHA256")];
    TLS13.iter().find_map(|(code, name)| {
        let is_it = wanted.iter().any(|wanted| wanted == name);
        is_it.then(|| CipherSuite::from(*code))
    })
}

/// Whether the suite is one of TLS 1.3, which says nothing of key exchange and certificates.
pub(super) fn is_tls13(suite: CipherSuite) -> bool {
    let code: u16 = suite.into();
    TLS13.iter().any(|(listed, _)| *listed == code)
}

/// Whether the suite encrypts by AES with keys of 128 bits.
pub(super) fn is_aes128(suite: CipherSuite) -> bool {
    CipherSuite::name_of(suite.into()).is_some_and(|name| name.contains("AES_128"))
}

/// Whether the TLS 1.2 suite agrees on keys by Diffie-Hellman in finite fields, not on curves.
pub(super) fn is_finite_field(suite: CipherSuite) -> bool {
    CipherSuite::name_of(suite.into()).is_some_and(|name| name.starts_with("TLS_DHE_"))
}

/// The suites of TLS 1.3: RFC 8446 appendix B.4, RFC 8998, RFC 9150, RFC 9367, draft-irtf-cfrg-aegis-aead.
const TLS13: [(u16, &str); 15] = [
    (0x1301, "TLS_AES_128_GCM_SHA256"),
    (0x1302, "TLS_AES_256_GCM_SHA384"),
    (0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
    (0x1304, "TLS_AES_128_CCM_SHA256"),
    (0x1305, "TLS_AES_128_CCM_8_SHA256"),
    (0x1306, "TLS_AEGIS_256_SHA512"),
    (0x1307, "TLS_AEGIS_128L_SHA256"),
    (0x00c6, "TLS_SM4_GCM_SM3"),
    (0x00c7, "TLS_SM4_CCM_SM3"),
    (0xc0b4, "TLS_SHA256_SHA256"),
    (0xc0b5, "TLS_SHA384_SHA384"),
    (0xc103, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L"),
    (0xc104, "TLS_GOSTR341112_256_WITH_MAGMA_MGM_L"),
    (0xc105, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_S"),
    (0xc106, "TLS_GOSTR341112_256_WITH_MAGMA_MGM_S"),
];

/// Suites of TLS 1.2 that IANA lists and rustls does not name so: RFC 2712, RFC 8492, RFC 9189, RFC 8442.
const NOT_IN_RUSTLS: [(u16, &str); 12] = [
    (0x001e, "TLS_KRB5_WITH_DES_CBC_SHA"),
    (0xc0b0, "TLS_ECCPWD_WITH_AES_128_GCM_SHA256"),
    (0xc0b1, "TLS_ECCPWD_WITH_AES_256_GCM_SHA384"),
    (0xc0b2, "TLS_ECCPWD_WITH_AES_128_CCM_SHA256"),
    (0xc0b3, "TLS_ECCPWD_WITH_AES_256_CCM_SHA384"),
    (0xc100, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC"),
    (0xc101, "TLS_GOSTR341112_256_WITH_MAGMA_CTR_OMAC"),
    (0xc102, "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT"),
    (0xd001, "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256"),
    (0xd002, "TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384"),
    (0xd003, "TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256"),
    (0xd005, "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256"),
];

impl Listed for CipherSuite {
    #[cfg(feature = "serde")]
    const WHAT: &'static str = "cipher suite that IANA lists";

    fn name_of(code: u16) -> Option<&'static str> {
        let ours = TLS13.iter().chain(&NOT_IN_RUSTLS);
        let ours = ours.copied().find(|(listed, _)| *listed == code);
        if let Some((_, name)) = ours {
            return Some(name);
        }
        match code {
            // Reserved by IANA: drafts and private numbers that rustls has names for; and a signal, which is no suite.
            0x001c | 0x001d | 0x0047..=0x0066 | 0x0072..=0x0083 | 0x00ff | 0xfe00..=0xffff => None,
            code => Self::from(code).as_str(),
        }
    }

    /// The blocks in which IANA lists any.
    #[cfg(feature = "serde")]
    fn codes() -> impl Iterator<Item = u16> {
        (0x0000..=0x00ff)
            .chain(0x1300..=0x13ff)
            .chain(0xc000..=0xc1ff)
            .chain(0xcc00..=0xccff)
            .chain(0xd000..=0xd0ff)
    }

    /// OpenSSL's, the one without the hash from before RFC 7905, and rustls's, which begins with TLS13.
    #[cfg(feature = "serde")]
    fn other_spellings(name: &'static str) -> Vec<String> {
        let without_hash = name.strip_suffix("CHACHA20_POLY1305_SHA256");
        let without_hash = without_hash.map(|start| format!("{start}CHACHA20_POLY1305"));
        let in_rustls = name
            .strip_prefix("TLS_")
            .map(|rest| format!("TLS13_{rest}"));
        let is_tls13 = TLS13.iter().any(|(_, listed)| *listed == name);
        let spellings = [
            without_hash,
            in_openssl(name),
            in_rustls.filter(|_| is_tls13),
        ];
        spellings.into_iter().flatten().collect()
    }
}

/// OpenSSL's spelling of a suite that authenticates by certificates and encrypts by AES or ChaCha20; in TLS 1.3 it is IANA's.
#[cfg(feature = "serde")]
fn in_openssl(name: &str) -> Option<String> {
    let (authentication, cipher) = name.strip_prefix("TLS_")?.split_once("_WITH_")?;
    let prefix = match authentication {
        "RSA" => "",
        "ECDHE_ECDSA" | "ECDHE_RSA" | "DHE_RSA" | "DHE_DSS" => &format!("{authentication}-"),
        _ => return None,
    };
    if !(cipher.starts_with("AES_") || cipher.starts_with("CHACHA20_")) {
        return None;
    }
    let cipher = cipher
        .replace("AES_", "AES")
        .replace("_CBC", "")
        .replace("CCM_8", "CCM8")
        .replace("POLY1305_SHA256", "POLY1305");
    Some(format!("{prefix}{cipher}").replace('_', "-"))
}

/// The groups: RFC 8422, RFC 7027, RFC 8734, RFC 7919, RFC 8998, RFC 9189, draft-ietf-tls-mlkem and draft-ietf-tls-ecdhe-mlkem.
const GROUPS: [(u16, &str); 52] = [
    (1, "sect163k1"),
    (2, "sect163r1"),
    (3, "sect163r2"),
    (4, "sect193r1"),
    (5, "sect193r2"),
    (6, "sect233k1"),
    (7, "sect233r1"),
    (8, "sect239k1"),
    (9, "sect283k1"),
    (10, "sect283r1"),
    (11, "sect409k1"),
    (12, "sect409r1"),
    (13, "sect571k1"),
    (14, "sect571r1"),
    (15, "secp160k1"),
    (16, "secp160r1"),
    (17, "secp160r2"),
    (18, "secp192k1"),
    (19, "secp192r1"),
    (20, "secp224k1"),
    (21, "secp224r1"),
    (22, "secp256k1"),
    (23, "secp256r1"),
    (24, "secp384r1"),
    (25, "secp521r1"),
    (26, "brainpoolP256r1"),
    (27, "brainpoolP384r1"),
    (28, "brainpoolP512r1"),
    (29, "x25519"),
    (30, "x448"),
    (31, "brainpoolP256r1tls13"),
    (32, "brainpoolP384r1tls13"),
    (33, "brainpoolP512r1tls13"),
    (34, "GC256A"),
    (35, "GC256B"),
    (36, "GC256C"),
    (37, "GC256D"),
    (38, "GC512A"),
    (39, "GC512B"),
    (40, "GC512C"),
    (41, "curveSM2"),
    (256, "ffdhe2048"),
    (257, "ffdhe3072"),
    (258, "ffdhe4096"),
    (259, "ffdhe6144"),
    (260, "ffdhe8192"),
    (512, "MLKEM512"),
    (513, "MLKEM768"),
    (514, "MLKEM1024"),
    (4587, "SecP256r1MLKEM768"),
    (4588, "X25519MLKEM768"),
    (4589, "SecP384r1MLKEM1024"),
];

impl Listed for NamedGroup {
    #[cfg(feature = "serde")]
    const WHAT: &'static str = "key exchange group that IANA lists";

    fn name_of(code: u16) -> Option<&'static str> {
        let group = GROUPS.iter().find(|(listed, _)| *listed == code);
        group.map(|(_, name)| *name)
    }

    #[cfg(feature = "serde")]
    fn codes() -> impl Iterator<Item = u16> {
        GROUPS.iter().map(|(code, _)| *code)
    }

    /// rustls's, which is capitalised otherwise, and NIST's and X9.62's names of the curves.
    #[cfg(feature = "serde")]
    fn other_spellings(name: &'static str) -> Vec<String> {
        let of_others: &[&str] = match name {
            "secp256r1" => &["P-256", "prime256v1"],
            "secp384r1" => &["P-384"],
            "secp521r1" => &["P-521"],
            "x25519" => &["X25519"],
            "x448" => &["X448"],
            "SecP256r1MLKEM768" => &["secp256r1MLKEM768"],
            "SecP384r1MLKEM1024" => &["secp384r1MLKEM1024"],
            _ => &[],
        };
        let capitals = name.starts_with("ffdhe").then(|| name.to_ascii_uppercase());
        let of_others = of_others.iter().map(|other| (*other).to_owned());
        of_others.chain(capitals).collect()
    }
}

/// Lists of names in policy files.
#[cfg(feature = "serde")]
pub(super) mod in_file {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Listed, name};
    use crate::policy_file::nearest;

    pub(in crate::tls::settings) fn serialize<T: Listed, S: Serializer>(
        list: &Option<Vec<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let names = list.as_ref().map(|list| {
            let names = list.iter().map(|item| name(*item));
            names.collect::<Vec<_>>()
        });
        names.serialize(serializer)
    }

    pub(in crate::tls::settings) fn deserialize<'de, T: Listed, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<T>>, D::Error> {
        let named = Option::<Vec<Named<T>>>::deserialize(deserializer)?;
        Ok(named.map(|named| named.into_iter().map(|Named(item)| item).collect()))
    }

    struct Named<T>(T);

    impl<'de, T: Listed> Deserialize<'de> for Named<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            read(&text).map(Self).map_err(serde::de::Error::custom)
        }
    }

    /// What goes by this name; an error says which is nearest.
    pub(super) fn read<T: Listed>(text: &str) -> Result<T, String> {
        let mut known = Vec::new();
        for code in T::codes() {
            let Some(name) = T::name_of(code) else {
                continue;
            };
            let others = T::other_spellings(name);
            if name == text || others.iter().any(|other| other == text) {
                return Ok(T::from(code));
            }
            known.push(name.to_owned());
            known.extend(others);
        }
        let known: Vec<_> = known.iter().map(String::as_str).collect();
        let mut problem = format!("{text:?} is no {}", T::WHAT);
        // These names are long, and alike: a quarter of one may be wrong.
        let most = text.chars().count() / 4;
        if let Some(nearest) = nearest(text, &known, most) {
            problem.push_str(&format!("; did you mean {nearest:?}?"));
        }
        Err(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// rustls's enum is the list of names, where IANA has them: every one of its names is ours, unless it is one that IANA does not
    /// list.
    #[test]
    fn every_name_of_rustls_that_iana_lists_is_known() {
        let mut of_rustls = 0;
        for code in 0..=u16::MAX {
            let Some(theirs) = CipherSuite::from(code).as_str() else {
                continue;
            };
            of_rustls += 1;
            let expected = match code {
                0x001e => Some("TLS_KRB5_WITH_DES_CBC_SHA".to_owned()),
                0x001c | 0x001d | 0x0047..=0x0066 | 0x0072..=0x0083 | 0x00ff | 0xfe00..=0xffff => {
                    None
                }
                _ => Some(theirs.replace("TLS13_", "TLS_")),
            };
            assert_eq!(CipherSuite::name_of(code).map(str::to_owned), expected);
        }
        // A number, so that a release that names more is looked at.
        assert_eq!(of_rustls, 376);
    }

    /// The numbers that IANA has assigned to suites, signals not counted.
    #[test]
    fn what_has_a_name_is_what_iana_has_assigned() {
        let assigned = (0x0000..=0x001b)
            .chain(0x001e..=0x0046)
            .chain(0x0067..=0x006d)
            .chain(0x0084..=0x00c7)
            .chain(0x1301..=0x1307)
            .chain(0xc001..=0xc0b5)
            .chain(0xc100..=0xc106)
            .chain(0xcca8..=0xccae)
            .chain([0xd001, 0xd002, 0xd003, 0xd005]);
        let named = (0..=u16::MAX).filter(|code| CipherSuite::name_of(*code).is_some());
        let named: Vec<_> = named.collect();
        assert_eq!(named, assigned.collect::<Vec<_>>());
        let names = named.iter().filter_map(|code| CipherSuite::name_of(*code));
        let mut names: Vec<_> = names.collect();
        assert!(names.iter().all(|name| name.starts_with("TLS_")));
        assert!(!names.iter().any(|name| name.ends_with("_draft")));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), named.len(), "a name is there twice");
    }

    #[test]
    fn every_group_of_rustls_is_known() {
        let mut of_rustls = 0;
        for code in 0..=u16::MAX {
            let Some(theirs) = NamedGroup::from(code).as_str() else {
                continue;
            };
            of_rustls += 1;
            let ours = NamedGroup::name_of(code).unwrap();
            assert!(ours.eq_ignore_ascii_case(theirs), "{ours} {theirs}");
        }
        assert_eq!(of_rustls, 15);
        assert!(GROUPS.is_sorted_by(|one, next| one.0 < next.0));
    }

    #[test]
    fn tls13_has_an_equivalent_of_the_same_aead_and_hash_or_none() {
        let equivalent = |suite: CipherSuite| equivalent_in_tls13(suite).map(name);
        let cases = [
            (
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                Some("TLS_AES_256_GCM_SHA384"),
            ),
            (
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                Some("TLS_AES_128_GCM_SHA256"),
            ),
            (
                CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
                Some("TLS_CHACHA20_POLY1305_SHA256"),
            ),
            (
                CipherSuite::TLS_DHE_RSA_WITH_AES_128_CCM,
                Some("TLS_AES_128_CCM_SHA256"),
            ),
            (
                CipherSuite::TLS_DHE_RSA_WITH_AES_128_CCM_8,
                Some("TLS_AES_128_CCM_8_SHA256"),
            ),
            (CipherSuite::TLS_DHE_RSA_WITH_AES_256_CCM, None),
            (CipherSuite::TLS_DHE_RSA_WITH_AES_256_CCM_8, None),
            (CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, None),
            (CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, None),
            (CipherSuite::TLS_RSA_WITH_ARIA_128_GCM_SHA256, None),
            (CipherSuite::TLS_RSA_WITH_NULL_SHA256, None),
            // Already one of TLS 1.3.
            (CipherSuite::TLS13_AES_128_GCM_SHA256, None),
            (CipherSuite::from(0xc103), None),
            (CipherSuite::from(0xffff), None),
        ];
        for (suite, expected) in cases {
            assert_eq!(equivalent(suite).as_deref(), expected, "{suite:?}");
        }
    }

    #[test]
    fn what_iana_does_not_list_goes_by_its_number() {
        assert_eq!(name(CipherSuite::from(0x0047)), "0x0047");
        assert_eq!(name(NamedGroup::from(0xfe00)), "0xfe00");
    }

    #[cfg(feature = "serde")]
    mod read {
        use super::super::in_file::read;
        use super::*;

        #[track_caller]
        fn is_suite(text: &str, expected: CipherSuite) {
            assert_eq!(read::<CipherSuite>(text), Ok(expected), "{text}");
        }

        #[test]
        fn every_name_and_spelling_means_one_suite_or_group() {
            fn each<T: Listed + PartialEq + std::fmt::Debug>() {
                let mut all = Vec::new();
                for code in 0..=u16::MAX {
                    let Some(name) = T::name_of(code) else {
                        continue;
                    };
                    assert_eq!(read::<T>(name), Ok(T::from(code)), "{name}");
                    all.push(name.to_owned());
                    all.extend(T::other_spellings(name));
                }
                let known = all.len();
                all.sort_unstable();
                all.dedup();
                assert_eq!(all.len(), known, "a spelling means two things");
            }
            each::<CipherSuite>();
            each::<NamedGroup>();
        }

        #[test]
        fn others_spell_it_otherwise() {
            let cases = [
                (
                    "ECDHE-RSA-AES128-GCM-SHA256",
                    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                ),
                (
                    "ECDHE-ECDSA-CHACHA20-POLY1305",
                    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                ),
                ("AES256-SHA", CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA),
                (
                    "DHE-RSA-AES128-CCM8",
                    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CCM_8,
                ),
                (
                    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
                    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
                ),
                (
                    "TLS13_AES_128_GCM_SHA256",
                    CipherSuite::TLS13_AES_128_GCM_SHA256,
                ),
            ];
            for (text, suite) in cases {
                is_suite(text, suite);
            }
            let groups = [
                ("x25519", NamedGroup::X25519),
                ("X25519", NamedGroup::X25519),
                ("P-256", NamedGroup::secp256r1),
                ("prime256v1", NamedGroup::secp256r1),
                ("FFDHE2048", NamedGroup::FFDHE2048),
                ("secp256r1MLKEM768", NamedGroup::secp256r1MLKEM768),
                ("SecP256r1MLKEM768", NamedGroup::secp256r1MLKEM768),
            ];
            for (text, group) in groups {
                assert_eq!(read::<NamedGroup>(text), Ok(group), "{text}");
            }
        }

        #[test]
        fn what_is_no_name_is_told_with_the_nearest() {
            let suite = |text| read::<CipherSuite>(text).unwrap_err();
            let group = |text| read::<NamedGroup>(text).unwrap_err();
            let cases = [
                (
                    suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA384"),
                    r#""TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA384" is no cipher suite that IANA lists; did you mean "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"?"#,
                ),
                (
                    suite("tls_aes_128_gcm_sha256"),
                    r#""tls_aes_128_gcm_sha256" is no cipher suite that IANA lists"#,
                ),
                (
                    suite("ECDHE-RSA-AES-128-GCM-SHA256"),
                    r#""ECDHE-RSA-AES-128-GCM-SHA256" is no cipher suite that IANA lists; did you mean "ECDHE-RSA-AES128-GCM-SHA256"?"#,
                ),
                (
                    suite("TLS_EMPTY_RENEGOTIATION_INFO_SCSV"),
                    r#""TLS_EMPTY_RENEGOTIATION_INFO_SCSV" is no cipher suite that IANA lists"#,
                ),
                (suite(""), r#""" is no cipher suite that IANA lists"#),
                (
                    group("secp256r2"),
                    r#""secp256r2" is no key exchange group that IANA lists; did you mean "secp256r1"?"#,
                ),
                (
                    group("curve25519"),
                    r#""curve25519" is no key exchange group that IANA lists"#,
                ),
            ];
            for (problem, expected) in cases {
                assert_eq!(problem, expected);
            }
        }
    }
}
