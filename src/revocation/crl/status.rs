//! What all CRLs of an issuer say of one of its certificates (RFC 5280 section 6.3.3).

use super::scope::{Coverage, Reasons};
use super::{Crl, RevokedEntry};
use crate::certificate::{Certificate, KeyUsage};
use crate::revocation::call::{RevocationCall, Unverified};
use crate::revocation::freshness::{Clock, Staleness};
use crate::revocation::signature::{NotSigned, Signer};
use crate::revocation::{Issuer, Standing};

/// What all CRLs of the issuer say.
pub(crate) struct CrlStatus<'c> {
    pub(crate) revoked: Option<(&'c Crl, RevokedEntry)>,
    pub(crate) standing: Standing<&'c Crl>,
    /// A CRL of the issuer's name that is not the issuer's, where no other one is.
    pub(crate) refused: Option<(&'c Crl, NotOfIssuer)>,
    /// A CRL that was not looked at, for too many keys of the issuer's name were tried on it.
    pub(crate) too_much_work: Option<&'c Crl>,
    /// How many CRLs have the issuer's name.
    pub(crate) count: usize,
}

/// Why a CRL does not count as the issuer's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NotOfIssuer {
    NotSigned(NotSigned),
    /// The issuer may not sign CRLs.
    KeyUsage,
    TooMuchWork,
}

/// Consults every CRL of the issuer that lists the certificate or speaks of it; the order does not matter. A CRL that lists it
/// revokes it, whatever its scope and age: no two certificates of an issuer have one serial number.
pub(crate) fn crl_status<'c>(
    call: &RevocationCall<'c>,
    certificate: &Certificate<'_>,
    issuer: &Issuer<'_>,
    clock: &Clock,
) -> CrlStatus<'c> {
    let crls = call.store.crls_of(issuer.name);
    let mut status = CrlStatus {
        revoked: None,
        standing: Standing::Missing,
        refused: None,
        too_much_work: None,
        count: crls.len(),
    };
    let (mut now, mut ever) = (Reasons::NONE, Reasons::NONE);
    let mut stale: Option<(&Crl, Staleness)> = None;
    let mut one_holds = false;
    for crl in crls {
        let entry = crl.entry(certificate.serial());
        let reasons = match crl.coverage(certificate) {
            Coverage::Reasons(reasons) => reasons,
            // webpki takes such a CRL to be about the certificate, so that it has to be the issuer's.
            Coverage::NoPoint => Reasons::NONE,
            Coverage::Elsewhere if entry.is_none() => continue,
            Coverage::Elsewhere => Reasons::NONE,
        };
        match is_of_issuer(call, crl, issuer) {
            Ok(()) => one_holds = true,
            Err(NotOfIssuer::TooMuchWork) => {
                status.too_much_work = Some(crl);
                continue;
            }
            Err(why) => {
                status.refused.get_or_insert((crl, why));
                continue;
            }
        }
        if let Some(entry) = entry {
            status.revoked.get_or_insert((crl, entry));
        }
        match clock.judge_crl(crl.this_update(), crl.next_update()) {
            Ok(()) => now = now.or(reasons),
            Err(why) if !reasons.is_none() => {
                let later = stale.is_none_or(|(other, _)| crl.next_update() > other.next_update());
                if later {
                    stale = Some((crl, why));
                }
            }
            Err(_) => {}
        }
        ever = ever.or(reasons);
    }
    status.standing = match stale {
        _ if now.is_all() => Standing::Current,
        Some((crl, why)) if ever.is_all() => Standing::Stale(crl, why),
        _ => Standing::Missing,
    };
    // The CRLs of an issuer's other keys do no harm beside its own; what is not its own does beside one that has ended.
    if one_holds && matches!(status.standing, Standing::Current) {
        status.refused = None;
    }
    status
}

/// Whether a CRL of the issuer lists the certificate.
pub(crate) fn is_listed(
    call: &RevocationCall<'_>,
    certificate: &Certificate<'_>,
    issuer: &Issuer<'_>,
) -> Result<bool, Unverified> {
    for crl in call.store.crls_of(issuer.name) {
        if crl.entry(certificate.serial()).is_none() {
            continue;
        }
        match is_of_issuer(call, crl, issuer) {
            Ok(()) => return Ok(true),
            Err(NotOfIssuer::TooMuchWork) => return Err(Unverified::TooMuchWork),
            Err(NotOfIssuer::NotSigned(_) | NotOfIssuer::KeyUsage) => {}
        }
    }
    Ok(false)
}

fn is_of_issuer(
    call: &RevocationCall<'_>,
    crl: &Crl,
    issuer: &Issuer<'_>,
) -> Result<(), NotOfIssuer> {
    let may_sign = issuer
        .key_usage
        .is_none_or(|usage| usage.contains(KeyUsage::CRL_SIGN));
    if !may_sign {
        return Err(NotOfIssuer::KeyUsage);
    }
    match call.verify_crl(crl, Signer::from(issuer)) {
        Ok(()) => Ok(()),
        Err(Unverified::Not(why)) => Err(NotOfIssuer::NotSigned(why)),
        Err(Unverified::TooMuchWork) => Err(NotOfIssuer::TooMuchWork),
    }
}
