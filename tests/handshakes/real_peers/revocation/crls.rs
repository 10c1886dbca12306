//! CRLs of `openssl ca`.

use rustls_policy_verifier::{
    BuildError, Crl, CrlProblem, CrlRefusal, Fact, NoStatus, OidBuf, Position, RevocationReason,
    RevocationSource, Span, Staleness, Time,
};

use super::{FIXED, Given, ca};
use crate::real_peers::their_ca::{ROOT, TheirCa};
use crate::real_peers::world::KINDS;
use crate::support::{KeyKind, der};

#[test]
fn their_crl_in_both_forms() {
    for kind in KINDS {
        let ca = ca(kind);
        let pem = ca.crl("");
        let given = Given::crls(&pem);
        let [crl] = &given.crls[..] else {
            panic!("not one CRL: {pem}");
        };
        assert_eq!((crl.number().contents(), crl.len()), (&[7][..], 1));
        let of_day = |month| u64::try_from(der::unix(2026, month, 25, 0, 0, 0)).unwrap();
        assert_eq!(crl.this_update().unix_seconds(), of_day(5));
        assert_eq!(crl.next_update().unix_seconds(), of_day(7));
        let in_der = Given {
            crls: vec![Crl::from_der(ca.crl_in_der()).unwrap()],
            ..Given::default()
        };
        for given in [given, in_der] {
            given.judge(&ca, "good", FIXED).unwrap();
            let refused = given.judge(&ca, "revoked", FIXED).unwrap_err();
            let why = Some(RevocationReason::KeyCompromise);
            match refused.assert_revoked(&ca, "revoked", why) {
                RevocationSource::Crl(crl) => assert_eq!(crl.number, "7"),
                other => panic!("revoked by {other:?}"),
            }
        }
    }
}

#[test]
fn their_crl_that_lists_nobody() {
    let ca = TheirCa::new(KeyKind::P256);
    ca.issue("good");
    let given = Given::crls(&ca.crl(""));
    assert!(given.crls[0].is_empty());
    given.judge(&ca, "good", FIXED).unwrap();
}

#[test]
fn every_way_to_revoke() {
    use RevocationReason as Why;

    let ca = TheirCa::new(KeyKind::P256);
    let ways = [
        ("", None),
        ("-crl_reason unspecified", Some(Why::Unspecified)),
        ("-crl_reason keyCompromise", Some(Why::KeyCompromise)),
        ("-crl_reason CACompromise", Some(Why::CaCompromise)),
        (
            "-crl_reason affiliationChanged",
            Some(Why::AffiliationChanged),
        ),
        ("-crl_reason superseded", Some(Why::Superseded)),
        (
            "-crl_reason cessationOfOperation",
            Some(Why::CessationOfOperation),
        ),
        ("-crl_reason certificateHold", Some(Why::CertificateHold)),
        // Of a complete CRL the certificate is not removed: it is listed.
        ("-crl_reason removeFromCRL", Some(Why::RemoveFromCrl)),
        // With further extensions of the entry: holdInstructionCode, invalidityDate.
        (
            "-crl_hold holdInstructionReject",
            Some(Why::CertificateHold),
        ),
        ("-crl_compromise 20260501000000Z", Some(Why::KeyCompromise)),
        (
            "-crl_CA_compromise 20260501000000Z",
            Some(Why::CaCompromise),
        ),
    ];
    let named = || (1..).map(|n| format!("way-{n}")).zip(ways);
    for (name, (how, _)) in named() {
        ca.issue(&name);
        ca.revoke(&name, how);
    }
    let given = Given::crls(&ca.crl(""));
    assert_eq!(given.crls[0].len(), ways.len());
    for (name, (_, why)) in named() {
        let refused = given.judge(&ca, &name, FIXED).unwrap_err();
        refused.assert_revoked(&ca, &name, why);
    }
}

#[test]
fn later_crls_of_theirs_count_too() {
    let ca = TheirCa::new(KeyKind::P256);
    ca.issue("good");
    ca.issue("revoked");
    let before = ca.crl("");
    ca.revoke("revoked", "");
    let after = ca.crl("");
    Given::crls(&before).judge(&ca, "revoked", FIXED).unwrap();
    for both in [format!("{before}{after}"), format!("{after}{before}")] {
        let given = Given::crls(&both);
        given.judge(&ca, "good", FIXED).unwrap();
        let refused = given.judge(&ca, "revoked", FIXED).unwrap_err();
        match refused.assert_revoked(&ca, "revoked", None) {
            RevocationSource::Crl(crl) => assert_eq!(crl.number, "8"),
            other => panic!("revoked by {other:?}"),
        }
    }
}

#[test]
fn their_crl_at_other_times() {
    let ca = ca(KeyKind::P256);
    let given = Given::crls(&ca.crl(""));
    let (from, next_update) = (given.crls[0].this_update(), given.crls[0].next_update());
    let too_early = Time::from_unix_seconds(from.unix_seconds() - 1);
    for (time, expected) in [
        (too_early, Staleness::NotYet { from }),
        (next_update, Staleness::Ended { next_update }),
    ] {
        let refused = given.judge(&ca, "good", time).unwrap_err();
        assert_eq!(refused.only().required, Fact::CurrentAt(time));
        assert_eq!(*refused.staleness(), expected);
        // What is revoked is revoked at every time.
        let refused = given.judge(&ca, "revoked", time).unwrap_err();
        refused.assert_revoked(&ca, "revoked", Some(RevocationReason::KeyCompromise));
    }
    let old = Given {
        settings: Some(|it| it.max_age = Some(Span::Days(6))),
        ..given
    };
    let refused = old.judge(&ca, "good", FIXED).unwrap_err();
    let expected = Staleness::TooOld {
        this_update: from,
        max_age: Span::Days(6),
    };
    assert_eq!(*refused.staleness(), expected);
}

/// Version 1 is what `openssl ca` writes without crl_extensions, crlnumber and reasons, and was its default for long.
#[test]
fn their_crls_without_number() {
    let ca = TheirCa::new(KeyKind::P256);
    ca.issue("no-reason");
    ca.issue("reason");
    ca.configure("crlnumber = ", "another = ");
    let problem = |pem: &str| match Crl::from_pem(pem) {
        Err(BuildError::Crl {
            index: 1,
            issuer: Some(issuer),
            problem,
        }) if issuer == format!("CN={ROOT}") => problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(problem(&ca.crl("")), CrlProblem::NoNumber);
    ca.configure("crl_extensions = ", "without = ");
    assert_eq!(problem(&ca.crl("")), CrlProblem::Version);
    ca.revoke("no-reason", "");
    assert_eq!(problem(&ca.crl("")), CrlProblem::Version);
    // An entry with a reason makes it version 2, still without extensions of its own.
    ca.revoke("reason", "-crl_reason superseded");
    assert_eq!(problem(&ca.crl("")), CrlProblem::NoNumber);
}

#[test]
fn their_crls_that_are_not_about_servers() {
    let ca = ca(KeyKind::P256);
    let given = Given::crls(&ca.crl("-crlexts users"));
    given.judge(&ca, "good", FIXED).unwrap();

    let given = Given::crls(&ca.crl("-crlexts authorities"));
    let refused = given.judge(&ca, "good", FIXED).unwrap_err();
    let elsewhere = NoStatus::CrlsElsewhere {
        issuer: format!("CN={ROOT}"),
        count: 1,
        points: Vec::new(),
    };
    match &refused.only().presented {
        Fact::NoStatus(why) => assert!(why.contains(&elsewhere), "{why:?}"),
        other => panic!("{other:?}"),
    }
    // It lists the certificate all the same.
    let refused = given.judge(&ca, "revoked", FIXED).unwrap_err();
    refused.assert_revoked(&ca, "revoked", Some(RevocationReason::KeyCompromise));

    let unknown = OidBuf::parse("1.2.3.4").unwrap();
    for (extensions, expected) in [
        ("attributes", CrlProblem::AttributeCertificates),
        ("indirect", CrlProblem::Indirect),
        ("delta", CrlProblem::Delta),
        ("unknown", CrlProblem::CriticalExtension(unknown)),
    ] {
        ca.crl(&format!("-crlexts {extensions}"));
        let problem = Crl::from_der(ca.crl_in_der()).unwrap_err();
        assert_eq!(problem, expected, "{extensions}");
    }
}

/// Of two CAs of the same name and other keys.
#[test]
fn the_crl_of_a_namesake() {
    let (ours, theirs) = (ca(KeyKind::Rsa2048), ca(KeyKind::Rsa3072));
    let (ours_crl, theirs_crl) = (ours.crl(""), theirs.crl(""));
    let refused = Given::crls(&theirs_crl)
        .judge(&ours, "good", FIXED)
        .unwrap_err();
    let violation = refused.only();
    assert_eq!(violation.position, Position::EndEntity);
    assert_eq!(violation.required, Fact::CrlOfIssuer);
    match &violation.presented {
        Fact::RefusedCrl(crl) => assert_eq!(crl.why, CrlRefusal::BadSignature),
        other => panic!("{other:?}"),
    }
    let both = Given::crls(&format!("{theirs_crl}{ours_crl}"));
    both.judge(&ours, "good", FIXED).unwrap();
}
