//! `Crl::from_der` against webpki and the `x509-cert` crate.

use std::collections::{HashMap, HashSet};

use ::der::Decode;
use rustls_policy_verifier::{Crl, RevocationReason, RevokedEntry};
use webpki::BorrowedCertRevocationList;
use x509_cert::certificate::Raw;
use x509_cert::crl::CertificateList;
use x509_cert::ext::pkix::crl::CrlNumber;

use crate::fixture::{CHAINS, END_ENTITY_CRLS};
use crate::support::{
    Authority, CrlBuilder, CrlEntry, DistributionPointName, IssuingDistributionPoint, der, oids,
};
use crate::{Target, mutate};

pub const TARGET: Target = Target {
    name: "crl",
    check,
    mutate: mutate::der,
    seeds,
};

/// Never panics; what is loaded webpki loads too, unless it is of a kind that webpki does not support; and both, and
/// `x509-cert`, understand it alike.
pub fn check(data: &[u8]) {
    let _ = Crl::from_pem(data);
    let Ok(crl) = Crl::from_der(data) else {
        return;
    };
    let _ = format!("{crl:?} {}", crl.octets());
    match BorrowedCertRevocationList::from_der(data) {
        Ok(webpki) => compare_with_webpki(&crl, webpki),
        // Partitions by reason, and distribution points without a name or with a relative one, are for us to judge.
        Err(
            webpki::Error::UnsupportedCrlIssuingDistributionPoint
            | webpki::Error::UnsupportedRevocationReasonsPartitioning,
        ) => {}
        Err(error) => panic!("loaded, but webpki says {error:?}"),
    }
    if let Ok(other) = CertificateList::<Raw>::from_der(data) {
        compare_with_x509_cert(&crl, &other);
    }
}

fn compare_with_webpki(crl: &Crl, webpki: BorrowedCertRevocationList<'_>) {
    let mut listed = HashSet::new();
    for entry in &webpki {
        let entry = entry.expect("an entry that we have decoded");
        let own = crl
            .entry(entry.serial_number)
            .expect("a serial number that webpki lists");
        // Of several entries of one serial number the first counts.
        if listed.insert(entry.serial_number.to_vec()) {
            assert_eq!(own.date.unix_seconds(), entry.revocation_date.as_secs());
            assert_eq!(own.reason, entry.reason_code.map(reason));
        }
    }
    assert_eq!(crl.len(), listed.len());
    for serial in serials_nearby(&listed) {
        assert_eq!(crl.entry(&serial), None, "{serial:02x?} is not listed");
    }
    let webpki = webpki::CertRevocationList::from(webpki);
    assert_eq!(crl.issuer().contents(), webpki.issuer());
}

/// Serial numbers that are not listed, and look like those that are.
fn serials_nearby(listed: &HashSet<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut nearby = vec![vec![], vec![0], vec![0x7f; 20]];
    for serial in listed {
        nearby.push([&[0], serial.as_slice()].concat());
        nearby.push([serial.as_slice(), &[0]].concat());
        if let [first, rest @ ..] = serial.as_slice() {
            nearby.push([&[first ^ 1], rest].concat());
            nearby.push(rest.to_vec());
        }
    }
    nearby.retain(|serial| !listed.contains(serial));
    nearby
}

fn compare_with_x509_cert(crl: &Crl, other: &CertificateList<Raw>) {
    let tbs = &other.tbs_cert_list;
    let seconds = |time: x509_cert::time::Time| time.to_unix_duration().as_secs();
    assert_eq!(crl.this_update().unix_seconds(), seconds(tbs.this_update));
    let next_update = tbs.next_update.map(seconds);
    assert_eq!(Some(crl.next_update().unix_seconds()), next_update);

    let oid = oids::CRL_NUMBER.parse().expect("an OID");
    let mut extensions = tbs.crl_extensions.iter().flatten();
    let number = extensions.find(|extension| extension.extn_id == oid);
    let number = number.expect("a cRLNumber").extn_value.as_bytes();
    let number = CrlNumber::from_der(number).expect("a number that we have decoded");
    let own = crl.number();
    let own = match own.contents() {
        [0, rest @ ..] if !rest.is_empty() => rest,
        contents => contents,
    };
    assert_eq!(own, number.0.as_bytes());

    let mut dates: HashMap<&[u8], u64> = HashMap::new();
    for entry in tbs.revoked_certificates.iter().flatten() {
        let date = seconds(entry.revocation_date);
        dates.entry(entry.serial_number.as_bytes()).or_insert(date);
    }
    assert_eq!(crl.len(), dates.len());
    for (serial, date) in dates {
        let own: RevokedEntry = crl.entry(serial).expect("a serial number that is listed");
        assert_eq!(own.date.unix_seconds(), date);
    }
}

fn reason(reason: webpki::RevocationReason) -> RevocationReason {
    use RevocationReason as Own;
    use webpki::RevocationReason as Theirs;

    match reason {
        Theirs::Unspecified => Own::Unspecified,
        Theirs::KeyCompromise => Own::KeyCompromise,
        Theirs::CaCompromise => Own::CaCompromise,
        Theirs::AffiliationChanged => Own::AffiliationChanged,
        Theirs::Superseded => Own::Superseded,
        Theirs::CessationOfOperation => Own::CessationOfOperation,
        Theirs::CertificateHold => Own::CertificateHold,
        Theirs::RemoveFromCrl => Own::RemoveFromCrl,
        Theirs::PrivilegeWithdrawn => Own::PrivilegeWithdrawn,
        Theirs::AaCompromise => Own::AaCompromise,
    }
}

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let issuer = CHAINS[0].issuer();
    sample(issuer)
        .map(|(name, crl)| (name, issuer.crl(crl)))
        .to_vec()
}

/// CRLs of each kind that matters.
pub(crate) fn sample(issuer: &Authority) -> [(&'static str, CrlBuilder); 9] {
    let point = |change: fn(&mut IssuingDistributionPoint)| {
        let mut point = IssuingDistributionPoint::uri(END_ENTITY_CRLS);
        change(&mut point);
        CrlBuilder::new()
            .revoke(&[9])
            .issuing_distribution_point(&point)
    };
    let detailed = CrlEntry::new(&[0x00, 0x80, 0x01])
        .reason(1)
        .invalidity_date(1_770_000_000);
    let twice = CrlBuilder::new()
        .revoke_with(&[9], 1_770_000_000, Some(1))
        .revoke_with(&[9], 1_760_000_000, Some(4))
        .revoke_with(&[0x55; 20], 1_750_000_000, None);
    let mut relative = IssuingDistributionPoint::uri("");
    relative.name = Some(DistributionPointName::relative(oids::COMMON_NAME, "part 1"));
    let mut by_name = IssuingDistributionPoint::uri("");
    by_name.name = Some(DistributionPointName::directory(&issuer.name));
    by_name.some_reasons = Some(vec![1, 2]);
    [
        ("empty", CrlBuilder::new()),
        ("entries", twice.number_bytes(&[0x00, 0xff, 0x01])),
        (
            "details",
            CrlBuilder::new().entry(detailed).entry_raw(der::sequence(&[
                der::integer_raw(&[0x0a]),
                der::time(1_770_000_000),
                der::sequence(&[]),
            ])),
        ),
        ("only-user", point(|point| point.only_user = true)),
        ("only-ca", point(|point| point.only_ca = true)),
        (
            "reasons",
            point(|point| point.some_reasons = Some(vec![1, 3])),
        ),
        (
            "relative",
            CrlBuilder::new().issuing_distribution_point(&relative),
        ),
        (
            "directory",
            CrlBuilder::new().issuing_distribution_point(&by_name),
        ),
        (
            "stale",
            CrlBuilder::new()
                .this_update(1_700_000_000)
                .next_update(1_710_000_000),
        ),
    ]
}
