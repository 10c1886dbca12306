//! CRLs that load, CRLs that do not, and what is found in them.

use pki_types::UnixTime;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rustls_policy_verifier::{
    Crl, CrlProblem, CrlRefusal, DecodeError, OidBuf, Problem, RevocationReason, pki_types,
};
use webpki::{BorrowedCertRevocationList, CertRevocationList};

use super::{DAY, NOW_UNIX, Said, Source, Verdict, at, client_with, crl, end_entity, leaf, root};
use crate::support::crl::REVOKED_AT;
use crate::support::keys::deterministic_bytes;
use crate::support::{
    CrlBuilder, CrlEntry, DistributionPointName, IssuingDistributionPoint, Name, big_crl, der,
    general_name, keys, oids, serial_of,
};

const REASONS: [(u8, RevocationReason); 10] = [
    (0, RevocationReason::Unspecified),
    (1, RevocationReason::KeyCompromise),
    (2, RevocationReason::CaCompromise),
    (3, RevocationReason::AffiliationChanged),
    (4, RevocationReason::Superseded),
    (5, RevocationReason::CessationOfOperation),
    (6, RevocationReason::CertificateHold),
    (8, RevocationReason::RemoveFromCrl),
    (9, RevocationReason::PrivilegeWithdrawn),
    (10, RevocationReason::AaCompromise),
];

fn problem(builder: CrlBuilder) -> CrlProblem {
    Crl::from_der(root().crl(builder)).unwrap_err()
}

/// Field and problem of what is not strict DER.
fn undecodable(builder: CrlBuilder) -> (&'static str, Problem) {
    match problem(builder) {
        CrlProblem::Undecodable(error) => (error.field, error.problem),
        other => panic!("{other:?}"),
    }
}

fn loads(builder: CrlBuilder) -> Crl {
    Crl::from_der(root().crl(builder)).unwrap()
}

fn oid(dotted: &str) -> OidBuf {
    OidBuf::parse(dotted).unwrap()
}

fn example(number: u8) -> String {
    format!("{}.{number}", oids::EXAMPLE_ARC)
}

#[test]
fn every_problem_by_its_value() {
    let idp = |point: IssuingDistributionPoint| crl().issuing_distribution_point(&point);
    let indirect = IssuingDistributionPoint {
        indirect: true,
        ..Default::default()
    };
    let attributes = IssuingDistributionPoint {
        only_attribute: true,
        ..Default::default()
    };
    let unknown = example(7);
    let others = [general_name::directory(&Name::cn("Other"))];
    let cases: Vec<(CrlBuilder, CrlProblem)> = vec![
        (crl().version_raw(Vec::new()), CrlProblem::Version),
        (crl().version_raw(der::integer_u64(0)), CrlProblem::Version),
        (crl().version_raw(der::integer_u64(2)), CrlProblem::Version),
        (
            crl().version_raw(der::integer_raw(&[0, 1])),
            CrlProblem::Version,
        ),
        (crl().no_next_update(), CrlProblem::NoNextUpdate),
        (crl().no_number(), CrlProblem::NoNumber),
        (crl().extensions_field_raw(Vec::new()), CrlProblem::NoNumber),
        (
            crl().criticality(oids::CRL_NUMBER, true),
            CrlProblem::CriticalNumber,
        ),
        (crl().delta(1), CrlProblem::Delta),
        // As an extension that is not critical too.
        (
            crl().delta(1).criticality(oids::DELTA_CRL_INDICATOR, false),
            CrlProblem::Delta,
        ),
        (idp(indirect.clone()), CrlProblem::Indirect),
        (
            idp(indirect).criticality(oids::ISSUING_DISTRIBUTION_POINT, false),
            CrlProblem::Indirect,
        ),
        (idp(attributes), CrlProblem::AttributeCertificates),
        (
            crl().entry(CrlEntry::new(&[1]).certificate_issuer(&others)),
            CrlProblem::Indirect,
        ),
        (
            crl().entry(CrlEntry::new(&[1]).extension(oids::CERTIFICATE_ISSUER, false, &[])),
            CrlProblem::Indirect,
        ),
        (
            crl().extension(&unknown, true, &der::null()),
            CrlProblem::CriticalExtension(oid(&unknown)),
        ),
        (
            crl().extension(oids::AUTHORITY_KEY_IDENTIFIER, true, &der::null()),
            CrlProblem::CriticalExtension(oid(oids::AUTHORITY_KEY_IDENTIFIER)),
        ),
        (
            crl().entry(CrlEntry::new(&[1]).extension(&unknown, true, &der::null())),
            CrlProblem::CriticalEntryExtension(oid(&unknown)),
        ),
    ];
    for (index, (builder, expected)) in cases.into_iter().enumerate() {
        assert_eq!(problem(builder), expected, "{index}");
    }
}

#[test]
fn what_is_not_strict_der_is_said_with_its_place() {
    const LIST: &str = "certificateList";
    const TBS: &str = "tbsCertList";
    const EXTENSIONS: &str = "crlExtensions";
    const ENTRIES: &str = "revokedCertificates";
    const IDP: &str = "issuingDistributionPoint";
    let entry = |entry: CrlEntry| crl().entry(entry);
    let idp = |value: &[u8]| crl().extension(oids::ISSUING_DISTRIBUTION_POINT, true, value);
    let value = Problem::Value;
    let ed448 = keys::algorithm(oids::ED448, None);
    let twice = |dotted: &str| Problem::DuplicateExtension(dotted.to_owned());
    let many = (0..65).fold(crl().no_number().no_aki(), |builder, n| {
        builder.extension(&example(n), false, &der::null())
    });
    let many_of_entry = (0..17).fold(CrlEntry::new(&[1]), |entry, n| {
        entry.extension(&example(n), false, &der::null())
    });
    let tag = |expected, found| Problem::UnexpectedTag { expected, found };
    for (index, (builder, expected)) in [
        (crl().trailing(&der::null()), (LIST, Problem::TrailingData)),
        (
            crl().trailing_tbs(&der::null()),
            (TBS, Problem::TrailingData),
        ),
        (
            crl().inner_signature_algorithm(ed448.clone()),
            (
                TBS,
                value("the signature algorithms inside and outside the signed part differ"),
            ),
        ),
        (
            crl().outer_signature_algorithm(ed448),
            (
                TBS,
                value("the signature algorithms inside and outside the signed part differ"),
            ),
        ),
        (
            crl().issuer(Name::empty()),
            (TBS, value("an issuer without a name")),
        ),
        (
            crl().this_update(NOW_UNIX).next_update(NOW_UNIX - 1),
            (TBS, value("nextUpdate is earlier than thisUpdate")),
        ),
        (
            crl().number_bytes(&[0xff]),
            (EXTENSIONS, value("a cRLNumber that is negative")),
        ),
        (
            crl().number_bytes(&[1; 21]),
            (EXTENSIONS, value("a cRLNumber of more than 20 octets")),
        ),
        (
            crl().number_bytes(&[&[0][..], &[0x80; 21]].concat()),
            (EXTENSIONS, value("a cRLNumber of more than 20 octets")),
        ),
        (
            crl().extension(oids::CRL_NUMBER, false, &der::integer_u64(2)),
            (EXTENSIONS, twice(oids::CRL_NUMBER)),
        ),
        (
            crl()
                .extension(&example(1), false, &[])
                .extension(&example(1), false, &[]),
            (EXTENSIONS, twice(&example(1))),
        ),
        (
            many,
            (
                EXTENSIONS,
                Problem::TooMany {
                    most: 64,
                    what: "extensions",
                },
            ),
        ),
        (
            entry(many_of_entry),
            (
                "crlEntryExtensions",
                Problem::TooMany {
                    most: 16,
                    what: "extensions",
                },
            ),
        ),
        (
            entry(CrlEntry::new(&[1]).reason(7)),
            (
                "crlEntryExtensions",
                value("a CRLReason that is not defined"),
            ),
        ),
        (
            entry(CrlEntry::new(&[1]).reason(11)),
            (
                "crlEntryExtensions",
                value("a CRLReason that is not defined"),
            ),
        ),
        (
            entry(CrlEntry::new(&[1]).reason(1).reason(1)),
            ("crlEntryExtensions", twice(oids::CRL_REASON)),
        ),
        (
            entry(CrlEntry::new(&[1]).extension(oids::CRL_REASON, false, &der::integer_u64(1))),
            (
                "crlEntryExtensions",
                tag(der::tag::ENUMERATED, der::tag::INTEGER),
            ),
        ),
        (
            entry(CrlEntry::new(&[1]).extension(
                oids::INVALIDITY_DATE,
                false,
                &der::utc_time_raw("260601000000Z"),
            )),
            (
                "crlEntryExtensions",
                tag(der::tag::GENERALIZED_TIME, der::tag::UTC_TIME),
            ),
        ),
        (
            crl().entry_raw(der::null()),
            (ENTRIES, tag(der::tag::SEQUENCE, der::tag::NULL)),
        ),
        (
            idp(&der::sequence(&[])),
            (
                IDP,
                value("an issuing distribution point that says nothing"),
            ),
        ),
        (
            idp(&der::sequence(&[der::implicit_primitive(1, &[1])])),
            (IDP, value("a BOOLEAN that is neither 00 nor FF")),
        ),
        (
            idp(&der::sequence(&[der::implicit_primitive(3, &[0])])),
            (IDP, value("a BIT STRING that is no ReasonFlags")),
        ),
        (
            idp(&der::sequence(&[der::implicit_primitive(3, &[0, 1, 2, 3])])),
            (IDP, value("a BIT STRING of more bits than there are names")),
        ),
        (
            idp(&der::sequence(&[der::explicit(
                0,
                &der::implicit_constructed(2, &[]),
            )])),
            (IDP, tag(0xa0, 0xa2)),
        ),
        (
            idp(&[
                der::sequence(&[der::implicit_primitive(1, &[0xff])]),
                der::null(),
            ]
            .concat()),
            (EXTENSIONS, Problem::TrailingData),
        ),
        // The fields out of order.
        (
            idp(&der::sequence(&[
                der::implicit_primitive(2, &[0xff]),
                der::implicit_primitive(1, &[0xff]),
            ])),
            (IDP, Problem::TrailingData),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(undecodable(builder), expected, "{index}");
    }

    // Offsets are those of the whole CRL.
    let der = root().crl(crl().number_bytes(&[0x80]));
    let Err(CrlProblem::Undecodable(error)) = Crl::from_der(der.as_slice()) else {
        panic!("a negative number");
    };
    let after_number = der.windows(3).position(|it| it == [2, 1, 0x80]).unwrap() + 3;
    let expected = DecodeError {
        field: EXTENSIONS,
        offset: after_number,
        problem: value("a cRLNumber that is negative"),
    };
    assert_eq!(error, expected);
}

#[test]
fn serial_numbers_are_strict_der() {
    for padded in [&[0, 0][..], &[0, 1], &[0, 0x7f, 1], &[0xff, 0x80], &[]] {
        let (field, problem) = undecodable(crl().revoke(padded));
        assert_eq!(field, "revokedCertificates", "{padded:?}");
        assert!(
            matches!(problem, Problem::Value(_)),
            "{padded:?}: {problem:?}"
        );
    }
}

/// As a serial number is encoded, and not otherwise.
#[test]
fn serial_numbers_are_found_by_their_exact_octets() {
    let huge = [&[0x7f][..], &[0xff; 199]].concat();
    let listed: [&[u8]; 7] = [
        &[0],
        &[1],
        &[0x80],
        &[0xff, 0x7f],
        &[0, 0x80],
        &[0, 0xff],
        &huge,
    ];
    let crl = loads(listed.iter().fold(crl(), |crl, serial| crl.revoke(serial)));
    assert_eq!(crl.len(), listed.len());
    for serial in listed {
        let entry = crl.entry(serial).unwrap();
        assert_eq!(
            (entry.date, entry.reason),
            (at(REVOKED_AT), None),
            "{serial:?}"
        );
    }
    let others: [&[u8]; 9] = [
        &[],
        &[0, 0],
        &[0, 1],
        &[0xff],
        &[0x7f],
        &[0x80, 0],
        &[1, 0],
        &huge[1..],
        &huge[..199],
    ];
    for serial in others {
        assert_eq!(crl.entry(serial), None, "{serial:?}");
    }
}

#[test]
fn the_reasons_are_those_of_the_standard() {
    let builder = REASONS.iter().fold(crl(), |crl, (number, _)| {
        crl.revoke_with(&[number + 1], NOW_UNIX - i64::from(*number), Some(*number))
    });
    let crl = loads(builder);
    for (number, reason) in REASONS {
        let entry = crl.entry(&[number + 1]).unwrap();
        let date = at(NOW_UNIX - i64::from(number));
        assert_eq!((entry.date, entry.reason), (date, Some(reason)));
    }
}

/// removeFromCRL and certificateHold too: a certificate that a complete CRL lists is revoked.
#[test]
fn whatever_the_reason_the_certificate_is_refused() {
    let leaf = leaf();
    for (number, reason) in REASONS {
        let crl = crl().revoke_with(&serial_of(&leaf), NOW_UNIX + DAY, Some(number));
        let revoked = Said::Revoked(Source::Crl("1".into()), at(NOW_UNIX + DAY), Some(reason));
        let verdict = client_with(&leaf, &[root().crl(crl)]);
        assert_eq!(verdict, Verdict::refused(revoked), "{reason:?}");
    }
}

#[test]
fn entries_may_say_more_and_be_empty_where_it_is_harmless() {
    let empty = der::sequence(&[
        der::integer_u64(9),
        der::time(REVOKED_AT),
        der::sequence(&[]),
    ]);
    let dated = CrlEntry::new(&[8]).invalidity_date(NOW_UNIX).reason(3);
    let unknown = CrlEntry::new(&[7]).extension(&example(1), false, &der::null());
    let critical_reason =
        CrlEntry::new(&[6]).extension(oids::CRL_REASON, true, &der::enumerated(4));
    let listed = loads(
        crl()
            .entry_raw(empty)
            .entry(dated)
            .entry(unknown)
            .entry(critical_reason),
    );
    for (serial, reason) in [
        (9, None),
        (8, Some(RevocationReason::AffiliationChanged)),
        (7, None),
        (6, Some(RevocationReason::Superseded)),
    ] {
        let entry = listed.entry(&[serial]).unwrap();
        assert_eq!(
            (entry.date, entry.reason),
            (at(REVOKED_AT), reason),
            "{serial}"
        );
    }
    let none = loads(crl().revoked_raw(der::sequence(&[])));
    assert_eq!(
        (none.is_empty(), none.len(), none.entry(&[])),
        (true, 0, None)
    );
    assert_eq!(
        client_with(
            &leaf(),
            &[root().crl(crl().revoked_raw(der::sequence(&[])))]
        ),
        Verdict::known()
    );
}

#[test]
fn numbers_are_decimal_while_they_fit() {
    let shown = |contents: &[u8]| {
        let crl = loads(crl().number_bytes(contents));
        assert_eq!(crl.number().contents(), contents);
        crl.number().to_string()
    };
    assert_eq!(shown(&[0]), "0");
    assert_eq!(shown(&[0x7f]), "127");
    assert_eq!(shown(&[0, 0xff]), "255");
    assert_eq!(
        shown(&[0x7f; 16]),
        u128::from_be_bytes([0x7f; 16]).to_string()
    );
    assert_eq!(
        shown(&[&[0][..], &[0xff; 16]].concat()),
        u128::MAX.to_string()
    );
    let twenty = shown(&[0x1f; 20]);
    assert_eq!(twenty, format!("0x{}", "1f".repeat(20)));
    // The sign's octet does not count.
    let with_sign = shown(&[&[0][..], &[0xab; 20]].concat());
    assert!(with_sign.ends_with(&"ab".repeat(20)), "{with_sign}");
}

/// A small CRL with everything that is decoded.
fn small() -> Vec<u8> {
    let point = IssuingDistributionPoint {
        name: Some(DistributionPointName::directory(&root().name)),
        ..Default::default()
    };
    let entry = CrlEntry::new(&[9]).reason(1).invalidity_date(NOW_UNIX);
    let builder = crl().entry(entry).issuing_distribution_point(&point);
    root().crl(builder)
}

#[test]
fn a_crl_that_is_cut_short_never_loads() {
    let whole = small();
    assert_eq!(
        client_with(&leaf(), std::slice::from_ref(&whole)),
        Verdict::known()
    );
    for length in 0..whole.len() {
        let problem = Crl::from_der(&whole[..length]).unwrap_err();
        assert!(
            matches!(problem, CrlProblem::Undecodable(_)),
            "{length}: {problem:?}"
        );
        assert!(Crl::from_pem(&whole[..length]).is_err(), "{length}");
        // The outermost length made right, so that the cut is found further inside.
        if length > 4 {
            let inside = der::sequence(&[whole[4..length].to_vec()]);
            assert!(Crl::from_der(inside).is_err(), "{length}");
        }
    }
    assert!(Crl::from_der([whole, vec![0]].concat()).is_err());
}

/// A CRL with a changed octet is not the issuer's, whatever it says.
#[test]
fn a_crl_with_an_octet_changed_never_counts() {
    let (whole, leaf) = (small(), leaf());
    let (mut loaded, mut refused) = (0, 0);
    for place in 0..whole.len() {
        for mask in [0x01, 0x20, 0x80, 0xff] {
            let mut changed = whole.clone();
            changed[place] ^= mask;
            if Crl::from_der(changed.as_slice()).is_err() {
                continue;
            }
            loaded += 1;
            let verdict = client_with(&leaf, &[changed]);
            let [(_, said)] = verdict.violations.as_slice() else {
                panic!("{place} {mask}: {verdict:?}");
            };
            assert!(!verdict.accepted && verdict.warnings.is_empty());
            match said {
                Said::RefusedCrl(_, CrlRefusal::BadSignature | CrlRefusal::Algorithm(_)) => {
                    refused += 1;
                }
                // Of another issuer, or a distribution point that the certificate does not have.
                Said::NoStatus(..) => {}
                other => panic!("{place} {mask}: {other:?}"),
            }
        }
    }
    // Many load: it is the signature that refuses them.
    assert!(refused > 300 && loaded > refused, "{refused} of {loaded}");
}

#[test]
fn ten_million_octets_of_rubbish_do_not_load() {
    const SIZE: usize = 10_000_000;
    let mut random = deterministic_bytes("rubbish", 100_000);
    random = random.repeat(SIZE / random.len());
    let sequences = [0x30, 0x82, 0x00, 0x00].repeat(SIZE / 4);
    let empty_sequences = [0x30, 0x00].repeat(SIZE / 2);
    let nested = (0..2_000_000_u32).fold(Vec::new(), |mut nested, _| {
        nested.extend([0x30, 0x83, 0xff, 0xff, 0xff]);
        nested
    });
    for (name, rubbish) in [
        ("random", &random),
        ("sequences", &sequences),
        ("empty sequences", &empty_sequences),
        ("nested", &nested),
    ] {
        for wrapped in [
            rubbish.clone(),
            der::sequence(std::slice::from_ref(rubbish)),
            der::sequence(&[der::sequence(std::slice::from_ref(rubbish))]),
            root().crl(crl().revoked_raw(der::sequence(std::slice::from_ref(rubbish)))),
        ] {
            let outcome = Crl::from_der(wrapped.as_slice());
            assert!(
                matches!(outcome, Err(CrlProblem::Undecodable(_))),
                "{name}: {outcome:?}"
            );
        }
        assert!(Crl::from_pem(rubbish).is_err(), "{name}");
    }
}

/// Among a hundred thousand entries of other numbers too; each look-up that compared all of them would take minutes.
#[test]
fn of_several_entries_of_a_serial_number_the_first_counts() {
    let first = CrlEntry::new(&[5]).reason(1).date(NOW_UNIX - 9).der();
    let again = CrlEntry::new(&[5]).reason(4).date(NOW_UNIX).der();
    let copies = [first, again.repeat(200_000)].concat();
    let same = loads(crl().revoked_raw(der::sequence(&[copies])));
    let entry = same.entry(&[5]).unwrap();
    assert_eq!(
        (same.len(), entry.date, entry.reason),
        (1, at(NOW_UNIX - 9), Some(RevocationReason::KeyCompromise))
    );

    let serial = |index: u32| {
        let mut serial = [0x11; 16];
        serial[12..].copy_from_slice(&(index / 2).to_be_bytes());
        serial
    };
    let pairs = Crl::from_der(big_crl(&root().issuer(), 200_000, serial)).unwrap();
    assert_eq!(pairs.len(), 100_000);
    for index in (0..200_000).step_by(9973) {
        assert!(pairs.entry(&serial(index)).is_some());
    }
    assert_eq!(pairs.entry(&serial(200_000)), None);
}

/// What a certificate's serial number is to a CRL does not depend on its length.
#[test]
fn the_longest_serial_number_of_a_certificate_is_found() {
    for serial in [&[1][..], &[0, 0x80], &[0x7f; 20]] {
        let leaf = root().issue(end_entity().serial_bytes(serial));
        let listed = root().crl(crl().revoke(serial));
        let revoked = Said::Revoked(Source::Crl("1".into()), at(REVOKED_AT), None);
        assert_eq!(
            client_with(&leaf, &[listed]),
            Verdict::refused(revoked),
            "{serial:?}"
        );
        let prefix = root().crl(crl().revoke(&[&[0x22][..], serial].concat()));
        assert_eq!(
            client_with(&leaf, &[prefix]),
            Verdict::known(),
            "{serial:?}"
        );
    }
}

/// Names are compared octet by octet, as webpki compares them.
#[test]
fn a_crl_of_a_name_written_otherwise_is_of_another_issuer() {
    let printable = Name::empty().and_raw(oids::COMMON_NAME, der::tag::PRINTABLE_STRING, b"Root");
    for name in [printable, Name::cn("root"), Name::cn("Root ")] {
        let listed = crl().issuer(name).revoke(&serial_of(&leaf()));
        let verdict = client_with(&leaf(), &[root().crl(listed)]);
        let nothing = Said::nothing("Root");
        assert_eq!(verdict, Verdict::refused(nothing));
    }
}

#[derive(Clone, Debug)]
struct Entry {
    serial: Vec<u8>,
    date: i64,
    reason: Option<u8>,
}

fn entry() -> impl Strategy<Value = Entry> {
    let numbers: Vec<u8> = REASONS.iter().map(|(number, _)| *number).collect();
    let reason = option::of(proptest::sample::select(numbers));
    // Few values, so that numbers repeat.
    let serial = vec(
        prop_oneof![Just(1u8), Just(0x7f), Just(0x80), any::<u8>()],
        1..4,
    )
    .prop_filter("strict DER", |octets| {
        !matches!(
            octets.as_slice(),
            [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..]
        )
    });
    let date = der::unix(1950, 1, 1, 0, 0, 0).max(0)..der::unix(2080, 1, 1, 0, 0, 0);
    (serial, date, reason).prop_map(|(serial, date, reason)| Entry {
        serial,
        date,
        reason,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// webpki finds the same entries, by a search from the first to the last.
    #[test]
    fn what_webpki_finds_is_found(entries in vec(entry(), 0..40), others in vec(entry(), 0..8)) {
        let builder = entries.iter().fold(crl(), |crl, entry| {
            crl.revoke_with(&entry.serial, entry.date, entry.reason)
        });
        let der = root().crl(builder);
        let ours = Crl::from_der(der.as_slice()).unwrap();
        let theirs = CertRevocationList::from(BorrowedCertRevocationList::from_der(&der).unwrap());
        for asked in entries.iter().chain(&others) {
            let theirs = theirs.find_serial(&asked.serial).unwrap().map(|found| {
                (found.revocation_date, found.reason_code)
            });
            let ours = ours.entry(&asked.serial).map(|found| {
                let seconds = UnixTime::from(found.date);
                let reason = found.reason.map(|reason| {
                    let (number, _) = REASONS.iter().find(|(_, other)| *other == reason).unwrap();
                    webpki::RevocationReason::try_from(*number).unwrap()
                });
                (seconds, reason)
            });
            prop_assert_eq!(ours, theirs);
        }
        let mut distinct: Vec<_> = entries.iter().map(|entry| &entry.serial).collect();
        distinct.sort();
        distinct.dedup();
        prop_assert_eq!(ours.len(), distinct.len());
    }
}
