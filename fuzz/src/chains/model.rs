//! What must hold of an accepted path, by a reading that shares no code with the crate.

use der::Decode;
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

use super::input::Choices;

/// Panics where the path does not keep RFC 5280, or what the policy demands beyond it. What `x509-cert` cannot read is passed
/// over.
pub(super) fn check(
    choices: Choices,
    end_entity: &[u8],
    intermediates: &[&[u8]],
    anchor: Option<&[u8]>,
) {
    let read = |der: &[u8]| CertificateInner::<Raw>::from_der(der).ok();
    let now = choices.time().unix_seconds();
    if let Some(end_entity) = read(end_entity) {
        assert!(is_valid_at(&end_entity, now), "the end entity has expired");
        let purposes = end_entity
            .tbs_certificate()
            .get_extension::<ExtendedKeyUsage>();
        if let (true, Ok(purposes)) = (choices.demands_purpose(), purposes) {
            let (_, purposes) = purposes.expect("purposes");
            let mut purposes = purposes.0.iter().map(ToString::to_string);
            assert!(
                purposes.any(|it| it == choices.purpose()),
                "no such purpose"
            );
        }
    }
    // Those below a CA that it lets there be, from the end entity's issuer up; self-issued ones do not count.
    let mut below = 0;
    for intermediate in intermediates {
        let Some(ca) = read(intermediate) else {
            return;
        };
        assert!(is_valid_at(&ca, now), "an intermediate has expired");
        check_ca(&ca, choices, below);
        let tbs = ca.tbs_certificate();
        if tbs.subject() != tbs.issuer() {
            below += 1;
        }
    }
    let Some(anchor) = anchor.and_then(read) else {
        return;
    };
    if choices.demands_valid_anchor() {
        assert!(is_valid_at(&anchor, now), "the trust anchor has expired");
    }
    if choices.demands_key_usage() {
        check_key_usage(&anchor);
    }
}

fn is_valid_at(certificate: &CertificateInner<Raw>, now: u64) -> bool {
    let validity = certificate.tbs_certificate().validity();
    let seconds = |time: x509_cert::time::Time| time.to_unix_duration().as_secs();
    (seconds(validity.not_before)..=seconds(validity.not_after)).contains(&now)
}

fn check_ca(ca: &CertificateInner<Raw>, choices: Choices, below: usize) {
    let tbs = ca.tbs_certificate();
    if let Ok(constraints) = tbs.get_extension::<BasicConstraints>() {
        let (_, constraints) = constraints.expect("basic constraints");
        assert!(constraints.ca, "an intermediate is no CA");
        if let Some(most) = constraints.path_len_constraint {
            assert!(
                below <= usize::from(most),
                "{below} below, {most} permitted"
            );
        }
    }
    if choices.demands_key_usage() {
        check_key_usage(ca);
    }
}

/// RFC 5280 section 4.2.1.3: where it is there, it has keyCertSign.
fn check_key_usage(ca: &CertificateInner<Raw>) {
    if let Ok(Some((_, usage))) = ca.tbs_certificate().get_extension::<KeyUsage>() {
        assert!(usage.key_cert_sign(), "a CA that may not sign");
    }
}
