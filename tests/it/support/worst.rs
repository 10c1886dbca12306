//! The messages known to cost most, within the limits on size and number: what a peer can make a verifier do.

use super::der;
use super::general_name;
use super::keys::{KeyKind, TestKey, deterministic_bytes, rsa_signature_algorithm, rsa_spki_raw};
use super::ocsp::{OcspBuilder, SingleBuilder};
use super::oids;
use super::{Authority, CertificateBuilder, Issuer, Name, serial_of};

/// A certificate message of a client, and the root that it is judged by. None is accepted.
pub struct Worst {
    pub name: &'static str,
    /// Who can send it.
    pub from: Sender,
    pub root: Authority,
    pub end_entity: Vec<u8>,
    pub others: Vec<Vec<u8>>,
    /// An OCSP response that comes with it.
    pub staple: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// No CA has to help.
    Anybody,
    /// A CA under the trust anchor helps, or is the sender.
    HostileCa,
}

impl Worst {
    pub fn octets(&self) -> usize {
        let others = self.others.iter().map(Vec::len).sum::<usize>();
        self.end_entity.len() + others + self.staple.as_ref().map_or(0, Vec::len)
    }

    fn anybody(
        name: &'static str,
        root: Authority,
        end_entity: Vec<u8>,
        others: Vec<Vec<u8>>,
    ) -> Self {
        Self {
            name,
            from: Sender::Anybody,
            root,
            end_entity,
            others,
            staple: None,
        }
    }

    fn hostile_ca(
        name: &'static str,
        root: Authority,
        end_entity: Vec<u8>,
        others: Vec<Vec<u8>>,
    ) -> Self {
        Self {
            from: Sender::HostileCa,
            ..Self::anybody(name, root, end_entity, others)
        }
    }
}

/// Each message by itself. The roots have keys of P-384, with *ring* the slowest in use.
pub fn worst() -> Vec<Worst> {
    let root = || Authority::root("Root", p384(0));
    let x = || Name::cn("X");
    vec![
        Worst::anybody(
            "10 small CAs of one name",
            root(),
            end_entity_by(x()),
            (0..10).map(|n| small_decoy("X", "X", n)).collect(),
        ),
        Worst::anybody(
            "16 connected, small",
            root(),
            end_entity_by(x()),
            connected(&|it| it),
        ),
        Worst::anybody(
            "16 connected, 60 KiB",
            root(),
            end_entity_by(x()),
            connected(&|it| it.extension(oids::EXAMPLE_ARC, false, &[0; 3_500])),
        ),
        Worst::anybody(
            "16 connected, 64 extensions each",
            root(),
            end_entity_by(x()),
            connected(&with_extensions),
        ),
        Worst::anybody(
            "16 connected, 64 purposes each",
            root(),
            end_entity_by(x()),
            connected(&with_purposes),
        ),
        Worst::anybody(
            "16 connected, names of 1.7 KiB",
            root(),
            end_entity_by(huge_name("X", 1_700)),
            connected_by(&|name| huge_name(name, 1_700), &|it| it),
        ),
        Worst::anybody(
            "16 that name a P-384 anchor",
            root(),
            end_entity_by(Name::cn("Root")),
            naming_the_anchor(),
        ),
        Worst::anybody(
            "16 of two CAs that certify each other",
            root(),
            end_entity_by(x()),
            each_other(),
        ),
        Worst::anybody(
            "99 in a line that ends nowhere",
            root(),
            end_entity_by(Name::cn("CA 0")),
            (0..99)
                .map(|n| small_decoy(&format!("CA {n}"), &format!("CA {}", n + 1), n))
                .collect(),
        ),
        Worst::anybody(
            "99 unconnected, 60 KiB",
            root(),
            end_entity_by(Name::cn("Root")),
            (0..99)
                .map(|n| {
                    let padded = decoy(Name::cn(&format!("A {n}")), n);
                    let padded = padded.extension(oids::EXAMPLE_ARC, false, &[0; 330]);
                    padded.signed_by(&Issuer::new(Name::cn("B"), TestKey::ed25519(2000 + n)))
                })
                .collect(),
        ),
        Worst::anybody(
            "99 that break rules, with names that print long",
            root(),
            end_entity_by(Name::cn("Root")),
            (0..99).map(breaks_rules).collect(),
        ),
        Worst::anybody(
            "99 that fail what checks of a profile they can",
            root(),
            end_entity_by(Name::cn("Root")),
            (0..99).map(fails_checks).collect(),
        ),
        Worst::anybody(
            "one certificate with 60 KiB of names",
            root(),
            many_names(),
            Vec::new(),
        ),
        Worst::anybody(
            "one certificate with a serial number of 60 KiB",
            root(),
            CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(1000).spki())
                .serial_bytes(&[0x81; 60_000])
                .eku(&[oids::CLIENT_AUTH])
                .signed_by(&Issuer::new(Name::cn("Root"), p384(2))),
            Vec::new(),
        ),
        replayed_with_forged_staple(root()),
        names_under_constraints(root()),
        six_levels(root()),
        huge_keys(
            "2 CAs with RSA-8192 and the largest exponent, 14 below",
            root(),
            8_192,
        ),
        huge_keys(
            "2 CAs with RSA-16384, beyond the algorithms, 14 below",
            root(),
            16_384,
        ),
    ]
}

fn p384(n: u64) -> TestKey {
    TestKey::of(KeyKind::P384, usize::try_from(n % 3).expect("small"))
}

fn end_entity() -> CertificateBuilder {
    CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(1000).spki())
        .eku(&[oids::CLIENT_AUTH])
}

/// An end entity that claims to be issued by `issuer`.
fn end_entity_by(issuer: Name) -> Vec<u8> {
    end_entity().signed_by(&Issuer::new(issuer, p384(2)))
}

/// A CA's certificate, as small as one can be.
fn decoy(subject: Name, n: u64) -> CertificateBuilder {
    CertificateBuilder::new(subject, TestKey::ed25519(n).spki())
        .basic_constraints(true, None)
        .validity(1_577_836_800, 2_208_988_800)
}

/// One that claims to be issued by `issuer`; the signature is by some key or other.
fn small_decoy(subject: &str, issuer: &str, n: u64) -> Vec<u8> {
    decoy(Name::cn(subject), n)
        .signed_by(&Issuer::new(Name::cn(issuer), TestKey::ed25519(2000 + n)))
}

/// Thirteen of one name, every permutation of which is a path to webpki, and three that lead on to the anchor's name.
fn connected(change: &dyn Fn(CertificateBuilder) -> CertificateBuilder) -> Vec<Vec<u8>> {
    connected_by(&Name::cn, change)
}

fn connected_by(
    name: &dyn Fn(&str) -> Name,
    change: &dyn Fn(CertificateBuilder) -> CertificateBuilder,
) -> Vec<Vec<u8>> {
    let of_one_name = (0..13).map(|n| (n, name("X"), name("X")));
    let links = [
        (100, name("X"), name("Y")),
        (101, name("Y"), name("Z")),
        (102, name("Z"), Name::cn("Root")),
    ];
    of_one_name
        .chain(links)
        .map(|(n, subject, issuer)| {
            change(decoy(subject, n)).signed_by(&Issuer::new(issuer, TestKey::ed25519(2000 + n)))
        })
        .collect()
}

/// As many extensions as are decoded, with those that there are.
fn with_extensions(certificate: CertificateBuilder) -> CertificateBuilder {
    (0..60).fold(certificate, |it, n| {
        it.extension(&format!("{}.{n}", oids::EXAMPLE_ARC), false, &[0; 20])
    })
}

/// As many key purposes as are decoded, the one that is needed last.
fn with_purposes(certificate: CertificateBuilder) -> CertificateBuilder {
    let purposes: Vec<_> = (0..63)
        .map(|n| format!("{}.{n}", oids::EXAMPLE_ARC))
        .collect();
    let purposes = purposes
        .iter()
        .map(String::as_str)
        .chain([oids::CLIENT_AUTH]);
    certificate.eku(&purposes.collect::<Vec<_>>())
}

/// As many attributes as are decoded, of about `octets` together; names of one kind differ at their end alone.
fn huge_name(name: &str, octets: usize) -> Name {
    let value = "x".repeat(octets / 63 - 11);
    let name_of_attributes = (0..63).fold(Name::empty(), |it, _| {
        it.and(oids::ORGANIZATIONAL_UNIT, &value)
    });
    name_of_attributes.and(oids::COMMON_NAME, name)
}

/// The signature of each is looked at under the anchor's key.
fn naming_the_anchor() -> Vec<Vec<u8>> {
    let by_another = Issuer::new(Name::cn("Root"), p384(1));
    (0..16)
        .map(|n| {
            CertificateBuilder::ca(Name::cn("Root"), &p384(n))
                .serial(n)
                .signed_by(&by_another)
        })
        .collect()
}

/// Two CAs in a circle, each of which names the anchor once too.
fn each_other() -> Vec<Vec<u8>> {
    let circle = (0..14).map(|n| match n % 2 {
        0 => small_decoy("X", "Y", n),
        _ => small_decoy("Y", "X", n),
    });
    circle
        .chain([small_decoy("X", "Root", 100), small_decoy("Y", "Root", 101)])
        .collect()
}

/// Names of characters that print as three each; a key, a signature algorithm, a period and a purpose that no rule permits.
fn breaks_rules(n: u64) -> Vec<u8> {
    let name = |octet: u8| {
        let value = [n.to_le_bytes()[0], octet].repeat(38);
        Name::empty().and_raw(oids::COMMON_NAME, der::tag::UTF8_STRING, &value)
    };
    let key = TestKey::ed25519(2000 + n);
    CertificateBuilder::ca(name(0x1b), &key)
        .spki(rsa_spki_raw(
            &der::integer(&[0x81; 64]),
            &der::integer_u64(3),
        ))
        .signature_algorithm(rsa_signature_algorithm(oids::SHA1_WITH_RSA))
        .validity(0, 1_577_836_800)
        .eku(&[oids::CODE_SIGNING])
        .signed_by(&Issuer::new(name(0x1c), key))
}

/// What a profile asks for is missing, and what it forbids is there, as far as one certificate can have it.
fn fails_checks(n: u64) -> Vec<u8> {
    let key = TestKey::ed25519(2000 + n);
    let serial = [&[0x81; 140], &n.to_be_bytes()[..]].concat();
    let backwards = [
        (oids::AUTHORITY_KEY_IDENTIFIER, true),
        (oids::SUBJECT_KEY_IDENTIFIER, true),
        (oids::SUBJECT_DIRECTORY_ATTRIBUTES, true),
        (oids::FRESHEST_CRL, true),
        (oids::AUTHORITY_INFO_ACCESS, true),
        (oids::SUBJECT_INFO_ACCESS, true),
        (oids::NAME_CONSTRAINTS, false),
        (oids::POLICY_CONSTRAINTS, false),
        (oids::INHIBIT_ANY_POLICY, false),
    ];
    let builder = CertificateBuilder::new(Name::empty(), key.spki()).serial_bytes(&serial);
    backwards
        .into_iter()
        .fold(builder, |it, (oid, critical)| {
            it.replace_extension(oid, critical, &der::sequence(&[]))
        })
        .signed_by(&Issuer::new(Name::empty(), key))
}

/// As many attributes, and alternative names, as are decoded; no value that a rule compares can be.
fn many_names() -> Vec<u8> {
    let name = (0..63).fold(Name::empty(), |it, _| {
        it.and_raw(
            oids::ORGANIZATIONAL_UNIT,
            der::tag::UTF8_STRING,
            &[0x1b; 480],
        )
    });
    let names = (0..512).map(|n| general_name::uri(&format!("urn:{n}:\u{1b}{}", "x".repeat(45))));
    CertificateBuilder::end_entity(name, TestKey::ed25519(1000).spki())
        .san(names.collect())
        .eku(&[oids::CLIENT_AUTH])
        .signed_by(&Issuer::new(Name::cn("Root"), p384(2)))
}

/// A chain that anybody can replay, with a response of 64 KiB that has eight certificates of the issuer's name for a
/// responder, none of them the issuer's.
fn replayed_with_forged_staple(root: Authority) -> Worst {
    let issuing = root.intermediate("Issuing", p384(1));
    let certificate = CertificateBuilder::end_entity(Name::cn("peer"), p384(2).spki());
    let certificate = issuing.issue(certificate.eku(&[oids::CLIENT_AUTH]));
    let responders = (0..8).map(|n| {
        let forged = |it: CertificateBuilder| it.serial(n).tamper_signature();
        issuing.ocsp_responder("Issuing", p384(2), forged).der
    });
    let single = SingleBuilder::good(&issuing, &serial_of(&certificate));
    let response = OcspBuilder::new().certificates(responders.collect());
    let response = (0..400).fold(response, |it, _| it.single(single.clone()));
    let staple = issuing.ocsp(response.tamper_signature());
    Worst {
        staple: Some(staple),
        ..Worst::anybody(
            "a replayed chain, a forged staple of 64 KiB",
            root,
            certificate,
            vec![issuing.der],
        )
    }
}

/// Names of an end entity, as many as are decoded, each to be compared with thousands of constraints.
fn names_under_constraints(root: Authority) -> Worst {
    let names = (0..512).map(|n| general_name::dns(&format!("a{n}.b")));
    let constraints: Vec<_> = (0..4_500)
        .map(|n| general_name::dns(&format!("{n:x}.c")))
        .collect();
    let issuing = root.intermediate_with("Issuing", p384(1), |it| {
        it.name_constraints(Vec::new(), constraints)
    });
    let certificate = issuing.issue(end_entity().san(names.collect()));
    Worst::hostile_ca(
        "512 names under 4500 constraints",
        root,
        certificate,
        vec![issuing.der],
    )
}

/// Six CAs, one below the other, with several certificates each: every way through them is a path that is valid, and that
/// breaks a rule at its end.
fn six_levels(root: Authority) -> Worst {
    let mut above = root.clone();
    let mut others = Vec::new();
    for (level, certificates) in (0..).zip([3, 3, 3, 3, 2, 2]) {
        let authority = above.intermediate(&format!("Level {level}"), p384(level));
        let again = (1..certificates).map(|n| above.cross_sign_with(&authority, |it| it.serial(n)));
        others.extend(again);
        others.push(authority.der.clone());
        above = authority;
    }
    let certificate = above.issue(end_entity().no_eku());
    Worst::hostile_ca("6 levels with 16 certificates", root, certificate, others)
}

/// CAs of one name, each with a key of its own, and others below, each of which any of them might have signed.
fn huge_keys(name: &'static str, root: Authority, bits: usize) -> Worst {
    let spki = |n: u64| {
        let mut modulus = deterministic_bytes(&format!("modulus {n}"), bits / 8);
        modulus[0] |= 0x80;
        *modulus.last_mut().expect("some octets") |= 1;
        rsa_spki_raw(&der::integer(&modulus), &der::integer_u64((1 << 33) - 1))
    };
    let huge = (0..2).map(|n| {
        root.issue(
            CertificateBuilder::ca(Name::cn("Huge"), &p384(1))
                .spki(spki(n))
                .serial(n),
        )
    });
    let below = (0..14).map(|n| {
        decoy(Name::cn("X"), n)
            .signature_algorithm(rsa_signature_algorithm(oids::SHA256_WITH_RSA))
            .signature_raw(der::bit_string(&vec![1; bits / 8]))
            .signed_by(&Issuer::new(Name::cn("Huge"), p384(1)))
    });
    let others = huge.chain(below).collect();
    Worst::hostile_ca(name, root, end_entity_by(Name::cn("X")), others)
}
