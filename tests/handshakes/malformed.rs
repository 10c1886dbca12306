//! Certificates that are none: cut, bent and filled with junk, as end entity and as intermediate, in real handshakes.

use rustls::{AlertDescription, CertificateError};
use rustls_policy_verifier::{
    Fact, IdentifierEntry, Matcher, Policy, Position, Problem, Role, SubjectIdentifier, refusal_in,
    rustls,
};

use crate::kit::{
    ALERTS, Alerts, HOST, Own, Pki, ROLES, Refusal, Trial, VERSIONS, alert, rustls_error, try_peer,
};
use crate::support::der::{self, tag};
use crate::support::{Authority, CertificateBuilder, KeyKind, Name, TestKey, keys, oids};

type Bend = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// What is done to a certificate.
enum How {
    /// To its octets, when it is signed.
    Octets(Bend),
    /// To its parts, before.
    Parts(fn(CertificateBuilder) -> CertificateBuilder),
}

/// A certificate that cannot be decoded, and why.
struct Junk {
    what: String,
    how: How,
    problem: Problem,
}

fn octets(what: &str, problem: Problem, how: impl Fn(&[u8]) -> Vec<u8> + 'static) -> Junk {
    Junk {
        what: what.to_owned(),
        how: How::Octets(Box::new(how)),
        problem,
    }
}

fn parts(what: &str, problem: Problem, how: fn(CertificateBuilder) -> CertificateBuilder) -> Junk {
    Junk {
        what: what.to_owned(),
        how: How::Parts(how),
        problem,
    }
}

/// The contents of the outermost element.
fn contents(der: &[u8]) -> &[u8] {
    &der[4..]
}

fn unexpected(expected: u8, found: u8) -> Problem {
    Problem::UnexpectedTag { expected, found }
}

const TIME: Problem =
    Problem::Value("not a time of the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ from 1970 on");
const MALFORMED_OID: Problem = Problem::Value("a malformed OBJECT IDENTIFIER");
const UNUSED_BITS: Problem = Problem::Value("unused bits in a BIT STRING of whole octets");
const LONG_INTEGER: Problem = Problem::Value("an INTEGER in more octets than needed");

/// A Validity from two texts of UTCTimes.
fn utc_times(not_before: &str, not_after: &str) -> Vec<u8> {
    der::sequence(&[der::utc_time_raw(not_before), der::utc_time_raw(not_after)])
}

fn junk_octets() -> Vec<Junk> {
    vec![
        octets("no octets", Problem::Truncated, |_| Vec::new()),
        octets("a tag", Problem::Truncated, |_| vec![tag::SEQUENCE]),
        octets("an empty SEQUENCE", Problem::Truncated, |_| {
            der::sequence(&[])
        }),
        octets(
            "another outer tag",
            unexpected(tag::SEQUENCE, tag::SET),
            |der| [&[tag::SET], &der[1..]].concat(),
        ),
        octets("an octet more", Problem::TrailingData, |der| {
            [der, &[0]].concat()
        }),
        octets("twice", Problem::TrailingData, |der| [der, der].concat()),
        octets("ones", Problem::HighTagNumber, |_| vec![0xff; 300]),
        octets("zeros", unexpected(tag::SEQUENCE, 0), |_| vec![0; 300]),
        octets("noise", unexpected(tag::SEQUENCE, 0xf5), |_| {
            keys::deterministic_bytes("noise", 300)
        }),
        octets("PEM", Problem::Truncated, |_| {
            b"-----BEGIN CERTIFICATE-----".to_vec()
        }),
        octets(
            "a length in too many octets",
            Problem::NonMinimalLength,
            |der| der::tlv_padded_length(tag::SEQUENCE, 3, contents(der)),
        ),
        octets("an indefinite length", Problem::IndefiniteLength, |der| {
            der::tlv_indefinite(tag::SEQUENCE, contents(der))
        }),
        octets("a length of 64 KiB", Problem::TooLong, |der| {
            der::tlv_with_length(tag::SEQUENCE, &[0x83, 1, 0, 0], contents(der))
        }),
        octets("a length of 4 GiB", Problem::TooLong, |der| {
            der::tlv_with_length(
                tag::SEQUENCE,
                &[0x84, 0xff, 0xff, 0xff, 0xff],
                contents(der),
            )
        }),
        octets("a length of 16 EiB", Problem::TooLong, |der| {
            der::tlv_with_length(
                tag::SEQUENCE,
                &[[0x88].as_slice(), &[0xff; 8]].concat(),
                contents(der),
            )
        }),
        octets("a length of 127 octets", Problem::TooLong, |der| {
            der::tlv_with_length(tag::SEQUENCE, &[0xff; 128], contents(der))
        }),
    ]
}

fn junk_parts() -> Vec<Junk> {
    vec![
        // Versions.
        parts("version 1", Problem::UnsupportedVersion(0), |it| {
            it.version(None)
        }),
        parts(
            "version 1 spelled out",
            Problem::Value("version 1 spelled out, which DER leaves out"),
            |it| it.version(Some(1)),
        ),
        parts("version 2", Problem::UnsupportedVersion(1), |it| {
            it.version(Some(2)).extensions_field_raw(Vec::new())
        }),
        parts("version 4", Problem::UnsupportedVersion(3), |it| {
            it.version(Some(4))
        }),
        parts(
            "a version that is NULL",
            unexpected(tag::INTEGER, tag::NULL),
            |it| it.version_raw(der::explicit(0, &der::null())),
        ),
        // Serial numbers.
        parts(
            "an empty serial number",
            Problem::Value("an INTEGER without octets"),
            |it| it.serial_bytes(&[]),
        ),
        parts("a long form of a serial number", LONG_INTEGER, |it| {
            it.serial_bytes(&[0, 1])
        }),
        parts(
            "a serial number that is NULL",
            unexpected(tag::INTEGER, tag::NULL),
            |it| it.serial_raw(der::null()),
        ),
        // Signature algorithms.
        parts(
            "two signature algorithms",
            Problem::Value("the signature algorithms inside and outside the signed part differ"),
            |it| it.inner_signature_algorithm(keys::algorithm(oids::ECDSA_WITH_SHA256, None)),
        ),
        parts("an empty algorithm", Problem::Truncated, |it| {
            it.signature_algorithm(der::sequence(&[]))
        }),
        parts("an empty OID", MALFORMED_OID, |it| {
            it.signature_algorithm(der::sequence(&[der::tlv(tag::OID, &[])]))
        }),
        parts("an OID that begins with 80", MALFORMED_OID, |it| {
            it.signature_algorithm(der::sequence(&[der::tlv(tag::OID, &[0x80, 1])]))
        }),
        parts("an OID that does not end", MALFORMED_OID, |it| {
            it.signature_algorithm(der::sequence(&[der::tlv(tag::OID, &[0x2b, 0x81])]))
        }),
        // Names.
        parts(
            "a subject that is no list of SETs",
            unexpected(tag::SET, tag::NULL),
            |it| it.subject(Name::empty().raw_rdn(der::null())),
        ),
        parts("an RDN without attributes", Problem::Truncated, |it| {
            it.subject(Name::empty().raw_rdn(der::set(&[])))
        }),
        parts("an attribute without value", Problem::Truncated, |it| {
            let attribute = der::sequence(&[der::oid(oids::COMMON_NAME)]);
            it.subject(Name::empty().raw_rdn(der::set(&[attribute])))
        }),
        // Validity.
        parts(
            "a validity that is NULL",
            unexpected(tag::SEQUENCE, tag::NULL),
            |it| it.raw_validity(der::null()),
        ),
        parts("one time only", Problem::Truncated, |it| {
            it.raw_validity(der::sequence(&[der::utc_time_raw("260101000000Z")]))
        }),
        parts("three times", Problem::TrailingData, |it| {
            let time = der::utc_time_raw("270101000000Z");
            it.raw_validity(der::sequence(&[time.clone(), time.clone(), time]))
        }),
        parts("a thirteenth month", TIME, |it| {
            it.raw_validity(utc_times("260101000000Z", "271301000000Z"))
        }),
        parts("no seconds", TIME, |it| {
            it.raw_validity(utc_times("2601010000Z", "270101000000Z"))
        }),
        parts("an offset from UTC", TIME, |it| {
            it.raw_validity(utc_times("260101000000Z", "270101000000+0100"))
        }),
        parts("words for a time", TIME, |it| {
            it.raw_validity(utc_times("yesterday", "tomorrow"))
        }),
        parts(
            "a time that is an INTEGER",
            unexpected(tag::UTC_TIME, tag::INTEGER),
            |it| it.raw_validity(der::sequence(&[der::integer_u64(1), der::integer_u64(2)])),
        ),
        parts(
            "an end before the beginning",
            Problem::Value("notBefore is later than notAfter"),
            |it| it.raw_validity(utc_times("270101000000Z", "260101000000Z")),
        ),
        // Keys.
        parts(
            "a key that is NULL",
            unexpected(tag::SEQUENCE, tag::NULL),
            |it| it.spki(der::null()),
        ),
        parts("an empty key", Problem::Truncated, |it| {
            it.spki(der::sequence(&[]))
        }),
        parts("a key of unused bits", UNUSED_BITS, |it| {
            let algorithm = keys::algorithm(oids::ED25519, None);
            it.spki(der::sequence(&[
                algorithm,
                der::bit_string_unused(3, &[0; 32]),
            ]))
        }),
        parts("an RSA key that is not RSA's", Problem::Truncated, |it| {
            let algorithm = keys::rsa_signature_algorithm(oids::RSA_ENCRYPTION);
            it.spki(keys::spki(&algorithm, b"not a key"))
        }),
        parts(
            "a negative modulus",
            Problem::Value("an INTEGER that must be positive is negative"),
            |it| {
                it.spki(keys::rsa_spki_raw(
                    &der::integer_raw(&[0x80; 256]),
                    &der::integer_u64(65_537),
                ))
            },
        ),
        // Extensions.
        parts(
            "unique identifiers",
            Problem::TrailingData,
            CertificateBuilder::unique_ids,
        ),
        parts(
            "an extension twice",
            Problem::DuplicateExtension(oids::EXAMPLE_ARC.to_owned()),
            |it| {
                it.extension(oids::EXAMPLE_ARC, false, b"")
                    .extension(oids::EXAMPLE_ARC, false, b"")
            },
        ),
        parts(
            "a known extension twice",
            Problem::DuplicateExtension(oids::KEY_USAGE.to_owned()),
            |it| it.extension(oids::KEY_USAGE, true, &der::named_bits(&[0])),
        ),
        parts(
            "an extension that is NULL",
            unexpected(tag::SEQUENCE, tag::NULL),
            |it| it.extension_raw(der::null()),
        ),
        parts("an extension without value", Problem::Truncated, |it| {
            it.extension_raw(der::sequence(&[der::oid(oids::EXAMPLE_ARC)]))
        }),
        parts(
            "a BOOLEAN of 01",
            Problem::Value("a BOOLEAN that is neither 00 nor FF"),
            |it| {
                let critical = der::tlv(tag::BOOLEAN, &[1]);
                let value = der::octet_string(b"");
                it.extension_raw(der::sequence(&[
                    der::oid(oids::EXAMPLE_ARC),
                    critical,
                    value,
                ]))
            },
        ),
        parts(
            "extensions that are NULL",
            unexpected(tag::SEQUENCE, tag::NULL),
            |it| it.extensions_field_raw(der::explicit(3, &der::null())),
        ),
        parts(
            "65 extensions",
            Problem::TooMany {
                most: 64,
                what: "extensions",
            },
            |it| {
                (0..65).fold(it, |it, n| {
                    it.extension(&format!("{}.{n}", oids::EXAMPLE_ARC), false, b"")
                })
            },
        ),
        parts(
            "a key usage that is none",
            unexpected(tag::BIT_STRING, tag::NULL),
            |it| it.replace_extension(oids::KEY_USAGE, true, &der::null()),
        ),
        parts(
            "basic constraints that are none",
            unexpected(tag::SEQUENCE, tag::NULL),
            |it| it.replace_extension(oids::BASIC_CONSTRAINTS, true, &der::null()),
        ),
        parts(
            "an extended key usage without purposes",
            Problem::Truncated,
            |it| it.eku(&[]),
        ),
        parts(
            "alternative names that are none",
            unexpected(tag::SEQUENCE, tag::NULL),
            |it| it.replace_extension(oids::SUBJECT_ALT_NAME, false, &der::null()),
        ),
        parts("no alternative name", Problem::Truncated, |it| {
            it.san(Vec::new())
        }),
        // Signatures and ends.
        parts(
            "a signature that is NULL",
            unexpected(tag::BIT_STRING, tag::NULL),
            |it| it.signature_raw(der::null()),
        ),
        parts("no signature", Problem::Truncated, |it| {
            it.signature_raw(Vec::new())
        }),
        parts("a signature of unused bits", UNUSED_BITS, |it| {
            it.signature_raw(der::bit_string_unused(1, &[0; 64]))
        }),
        parts("more inside the signed part", Problem::TrailingData, |it| {
            it.trailing_tbs(&der::null())
        }),
        parts("more behind the signature", Problem::TrailingData, |it| {
            it.trailing_certificate(&der::null())
        }),
    ]
}

/// Certificates of one role: a good one of each kind, and what junk makes of them.
struct Source {
    role: Role,
    pki: Pki,
    key: TestKey,
}

impl Source {
    fn new(role: Role) -> Self {
        Self {
            role,
            pki: Pki::new(),
            key: TestKey::ed25519(5),
        }
    }

    fn purpose(&self) -> &'static str {
        match self.role {
            Role::Server => oids::SERVER_AUTH,
            Role::Client => oids::CLIENT_AUTH,
        }
    }

    fn end_entity(&self) -> CertificateBuilder {
        CertificateBuilder::end_entity(Name::cn("peer"), self.key.spki())
            .eku(&[self.purpose()])
            .dns(&[HOST])
    }

    /// This end entity, and the CA that issues.
    fn sends(&self, end_entity: Vec<u8>) -> Own {
        Own::new(&self.key, [end_entity, self.pki.issuing.der.clone()])
    }

    /// A chain whose end entity is junk.
    fn bad_end_entity(&self, how: &How) -> Own {
        self.sends(bend(how, self.end_entity(), &self.pki.issuing))
    }

    /// A chain whose intermediate is junk.
    fn bad_intermediate(&self, how: &How) -> Own {
        let issuing = &self.pki.issuing;
        let builder = CertificateBuilder::ca(issuing.name.clone(), &issuing.key);
        let end_entity = issuing.issue(self.end_entity());
        Own::new(&self.key, [end_entity, bend(how, builder, &self.pki.root)])
    }

    fn try_chain(&self, version: crate::kit::Version, alerts: Alerts, own: &Own) -> Trial {
        let verifier = self.pki.verifier(Policy::for_role(self.role));
        try_peer(self.role, version, alerts, verifier, own, HOST)
    }
}

fn bend(how: &How, builder: CertificateBuilder, issuer: &Authority) -> Vec<u8> {
    match how {
        How::Octets(change) => change(&issuer.issue(builder)),
        How::Parts(change) => issuer.issue(change(builder)),
    }
}

#[derive(Clone, Copy, Debug)]
enum Place {
    EndEntity,
    Intermediate,
}

/// How a chain with a junk certificate at a place is refused.
fn refusal_of_junk(place: Place) -> Refusal {
    match place {
        Place::EndEntity => Refusal {
            violations: vec![("input", Position::EndEntity)],
            specific: Some((
                CertificateError::BadEncoding,
                AlertDescription::BadCertificate,
            )),
        },
        // What cannot be decoded issues nothing.
        Place::Intermediate => Refusal {
            violations: vec![("chain", Position::Path), ("input", Position::Presented(1))],
            specific: Some((CertificateError::UnknownIssuer, AlertDescription::UnknownCA)),
        },
    }
}

/// Every piece of junk at each place, in every kind of connection.
fn assert_refused_as_undecodable(junk: impl Fn() -> Vec<Junk>) {
    for role in ROLES {
        let source = Source::new(role);
        for junk in junk() {
            for place in [Place::EndEntity, Place::Intermediate] {
                let own = match place {
                    Place::EndEntity => source.bad_end_entity(&junk.how),
                    Place::Intermediate => source.bad_intermediate(&junk.how),
                };
                let expected = refusal_of_junk(place);
                for version in VERSIONS {
                    for alerts in ALERTS {
                        let trial = source.try_chain(version, alerts, &own);
                        let version = version.version;
                        let what = format!("{role}, {version:?}, {place:?}: {}", junk.what);
                        trial.assert_refused(alerts, &expected, &what);
                        if alerts == Alerts::Default {
                            assert_eq!(problem_in(&trial), junk.problem, "{what}");
                        }
                    }
                }
            }
        }
    }
}

/// What is wrong with the certificate that could not be decoded.
fn problem_in(trial: &Trial) -> Problem {
    let error = trial.judging.as_ref().unwrap_err();
    let refusal = refusal_in(error).unwrap();
    match &refusal.violations().last().unwrap().presented {
        Fact::Undecodable(error) => error.problem.clone(),
        other => panic!("not undecodable: {other}"),
    }
}

#[test]
fn octets_that_are_no_certificate_are_refused_as_such() {
    assert_refused_as_undecodable(junk_octets);
}

#[test]
fn certificates_with_a_malformed_part_are_refused_as_such() {
    assert_refused_as_undecodable(junk_parts);
}

/// Certificates that end too early, wherever that is.
#[test]
fn cut_certificates_are_refused_as_such() {
    /// Not a divisor of the usual lengths, so that cuts fall on tags, lengths and contents.
    const STEP: usize = 11;
    let source = Source::new(Role::Server);
    let end_entity = source.pki.issuing.issue(source.end_entity()).len();
    let shortest = end_entity.min(source.pki.issuing.der.len());
    assert!(shortest > 300, "{shortest}");
    assert_refused_as_undecodable(|| {
        let cuts = (1..shortest).step_by(STEP);
        cuts.map(|cut| {
            let what = format!("cut after {cut} octets");
            octets(&what, Problem::Truncated, move |der| der[..cut].to_vec())
        })
        .collect()
    });
}

/// The same certificates without junk are accepted: what is refused above is the junk.
#[test]
fn the_certificates_without_junk_are_accepted() {
    let nothing = [How::Octets(Box::new(<[u8]>::to_vec)), How::Parts(|it| it)];
    for role in ROLES {
        let source = Source::new(role);
        for version in VERSIONS {
            for how in &nothing {
                for own in [source.bad_end_entity(how), source.bad_intermediate(how)] {
                    let trial = source.try_chain(version, Alerts::Default, &own);
                    trial.assert_accepted(&format!("{role}, {:?}", version.version));
                }
            }
        }
    }
}

/// webpki refuses such a certificate as a whole, so that none of its names can be judged either.
#[test]
fn an_unknown_critical_extension_is_refused_as_such() {
    for role in ROLES {
        let source = Source::new(role);
        let how = How::Parts(|it| it.extension(oids::EXAMPLE_ARC, true, b""));
        let cases = [source.bad_end_entity(&how), source.bad_intermediate(&how)];
        for own in cases {
            let expected = Refusal {
                // The name is the right one, though webpki does not read so far.
                violations: vec![("chain", Position::Path)],
                specific: Some((
                    CertificateError::UnhandledCriticalExtension,
                    AlertDescription::BadCertificate,
                )),
            };
            for version in VERSIONS {
                for alerts in ALERTS {
                    let trial = source.try_chain(version, alerts, &own);
                    let what = format!("{role}, {:?}", version.version);
                    trial.assert_refused(alerts, &expected, &what);
                }
            }
        }
    }
}

/// Odd strings in a name harm nobody until a rule must compare them; then they are refused, never read.
#[test]
fn strings_that_cannot_be_compared_are_refused_where_they_must_be() {
    let odd: [(&str, u8, &[u8]); 6] = [
        ("BMPString", tag::BMP_STRING, b"\0p\0e\0e\0r"),
        ("UniversalString", tag::UNIVERSAL_STRING, b"\0\0\0p"),
        ("TeletexString", tag::TELETEX_STRING, b"peer"),
        ("NUL at the end", tag::UTF8_STRING, b"peer\0"),
        ("NUL and more", tag::UTF8_STRING, b"peer\0.acme.example"),
        ("not UTF-8", tag::UTF8_STRING, b"peer\xff"),
    ];
    let expected = Refusal {
        violations: vec![("subject-identifier", Position::EndEntity)],
        specific: Some((
            CertificateError::ApplicationVerificationFailure,
            AlertDescription::AccessDenied,
        )),
    };
    for role in ROLES {
        let source = Source::new(role);
        for (text, value_tag, value) in odd {
            let name = Name::empty().and_raw(oids::COMMON_NAME, value_tag, value);
            let end_entity = source.pki.issuing.issue(source.end_entity().subject(name));
            let own = source.sends(end_entity);
            for version in VERSIONS {
                for alerts in ALERTS {
                    let what = format!("{role}, {:?}, {text}", version.version);
                    source
                        .try_chain(version, alerts, &own)
                        .assert_accepted(&what);
                    let mut policy = Policy::for_role(role);
                    let entry = IdentifierEntry::common_name(Matcher::exact("peer"));
                    policy.subject_identifier = SubjectIdentifier::any_of([entry]).into();
                    let verifier = source.pki.verifier(policy);
                    let trial = try_peer(role, version, alerts, verifier, &own, HOST);
                    trial.assert_refused(alerts, &expected, &what);
                }
            }
        }
    }
}

/// Whoever presents another's certificate cannot sign with its key; nor can anybody with a key that is none.
#[test]
fn a_certificate_without_its_key_proves_nothing() {
    let ed25519 = keys::algorithm(oids::ED25519, None);
    let own = || TestKey::ed25519(5);
    let p256 = || TestKey::of(KeyKind::P256, 3);
    let rsa = || TestKey::of(KeyKind::Rsa2048, 2);
    let borrowed = [
        ("another's key", own(), TestKey::ed25519(77).spki()),
        (
            "a key that is too short",
            own(),
            keys::spki(&ed25519, &[9; 31]),
        ),
        ("a key without octets", own(), keys::spki(&ed25519, &[])),
        ("a key of another kind", own(), p256().spki()),
        ("a point on no curve", p256(), keys::ec_spki(oids::P256, 65)),
        ("a point cut short", p256(), keys::ec_spki(oids::P256, 40)),
        ("another's modulus", rsa(), keys::rsa_spki(2048, 65_537)),
    ];
    for role in ROLES {
        let source = Source::new(role);
        for (text, key, spki) in &borrowed {
            let end_entity = source.end_entity().spki(spki.clone());
            let end_entity = source.pki.issuing.issue(end_entity);
            let own = Own::new(key, [end_entity, source.pki.issuing.der.clone()]);
            for version in VERSIONS {
                for alerts in ALERTS {
                    let trial = source.try_chain(version, alerts, &own);
                    let what = format!("{role}, {:?}, {text}", version.version);
                    // The chain is right, so that it is rustls that refuses, over the signature.
                    let error = trial.judging.unwrap_err();
                    assert!(refusal_in(&error).is_none(), "{what}: {error:?}");
                    let Some(rustls::Error::InvalidCertificate(reason)) = rustls_error(&error)
                    else {
                        panic!("{what}: {error:?}");
                    };
                    let other_kind = matches!(
                        reason,
                        CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
                    );
                    let bad = *reason == CertificateError::BadSignature;
                    assert!(bad != other_kind, "{what}: {error:?}");
                    assert_eq!(other_kind, *text == "a key of another kind", "{what}");
                    let told = alert(&trial.judged.unwrap_err());
                    assert_eq!(told, Some(AlertDescription::DecryptError), "{what}");
                }
            }
        }
    }
}
