//! Settings that make sense each, and not together.

use super::{Lint, LintCode, Linted, Remarks, lint, running};
use crate::path::MAX_INTERMEDIATES;
use crate::peer::Role;
use crate::policy::AnchorCheck;
use crate::rules::certificate_profile::{CertificateProfile, Profile, is_forbidden_purpose};
use crate::rules::extended_key_usage::{KeyPurpose, PurposeRequirement};
use crate::rules::minimum_key_size::KeySizes;
use crate::rules::pin::PinPosition;
use crate::rules::revocation::{RevocationCheck, StapleUse, StatusSource};
use crate::rules::signature_algorithm::SignatureFamily;

pub(super) const LINTS: &[Lint] = &[
    lint(
        LintCode::PinAtAbsentIntermediate,
        pin_at_absent_intermediate,
    ),
    lint(LintCode::ProfileExcludesPurposes, profile_excludes_purposes),
    lint(LintCode::ProfileExcludesKeys, profile_excludes_keys),
    lint(LintCode::NoSignaturePossible, no_signature_possible),
    lint(LintCode::ProfileWithoutChecks, profile_without_checks),
    lint(
        LintCode::ServerProfileForClients,
        server_profile_for_clients,
    ),
    lint(LintCode::ForbiddenAlternative, forbidden_alternative),
    lint(LintCode::MootAnyOf, moot_any_of),
    lint(
        LintCode::RequiredStapleDoesNotCount,
        required_staple_does_not_count,
    ),
    lint(LintCode::IdleSignatureFamily, idle_signature_family),
    lint(LintCode::IdleCurve, idle_curve),
    lint(LintCode::MootMaxIntermediates, moot_max_intermediates),
    lint(LintCode::MootIntermediateSource, moot_intermediate_source),
];

/// Self-issued intermediates are not counted; a CA makes them once in a change of keys.
fn pin_at_absent_intermediate(linted: &Linted<'_>, remarks: &mut Remarks) {
    let most = running(&linted.policy.path_length).and_then(|it| it.max_intermediates);
    let position = running(&linted.policy.pin).map(|pins| pins.position);
    if most == Some(0) && position == Some(PinPosition::Intermediate) {
        remarks.add(
            "pin.position",
            "the pins must match at an intermediate, and `path-length.max-intermediates` is 0: everybody is refused",
            "pin the trust anchor, or permit an intermediate",
        );
    }
}

fn profile_excludes_purposes(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(purposes) = running(&linted.policy.extended_key_usage) else {
        return;
    };
    if !is_cabf(linted) {
        return;
    }
    let (setting, refused) = match &purposes.require {
        PurposeRequirement::Only(only) => (
            "extended-key-usage.only",
            !only.contains(&KeyPurpose::server_auth()),
        ),
        PurposeRequirement::Contains(needed) => {
            ("extended-key-usage.contains", any_forbidden(needed))
        }
        PurposeRequirement::ContainsOrAbsent(needed) => (
            "extended-key-usage.contains-or-absent",
            any_forbidden(needed),
        ),
    };
    if refused {
        remarks.add(
            setting,
            "the profile \"cabf-server\" refuses every certificate with these purposes, so that everybody is refused",
            "ask for serverAuth and for no purpose that the profile refuses, or choose the profile \"rfc5280\"",
        );
    }
}

/// BR section 7.1.3.1: RSA and EC alone.
fn profile_excludes_keys(linted: &Linted<'_>, remarks: &mut Remarks) {
    let (Some(sizes), Some(profile)) = (
        running(&linted.policy.minimum_key_size),
        profile(linted).filter(|_| is_cabf(linted)),
    ) else {
        return;
    };
    let judges_anchor = profile.trust_anchor != AnchorCheck::Ignore;
    let positions = [
        ("end-entity", &sizes.end_entity, true),
        ("trust-anchor", &sizes.trust_anchor, judges_anchor),
    ];
    for (position, sizes, judged) in positions {
        if judged && !sizes.rsa && !sizes.ec {
            remarks.add(
                format!("minimum-key-size.{position}"),
                "the profile \"cabf-server\" refuses all keys but RSA and EC, and neither is permitted here: everybody is refused",
                "permit RSA or EC, or choose the profile \"rfc5280\"",
            );
        }
    }
}

fn no_signature_possible(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some((permitted, idle)) = families(linted) else {
        return;
    };
    if idle.len() == permitted.len() {
        remarks.add(
            "signature-algorithm.permitted",
            "no key that `minimum-key-size` permits to intermediates and trust anchors makes such signatures: everybody is refused",
            "permit the signatures of the CAs' keys",
        );
    }
}

fn profile_without_checks(linted: &Linted<'_>, remarks: &mut Remarks) {
    let checks_nothing = |profile: &CertificateProfile| {
        profile.profile == Profile::None && !profile.common_name_in_san
    };
    if profile(linted).is_some_and(checks_nothing) {
        remarks.add(
            "certificate-profile.profile",
            "the rule is on, and with the profile \"none\" it checks nothing",
            "choose a profile, or set `off = true`",
        );
    }
}

fn server_profile_for_clients(linted: &Linted<'_>, remarks: &mut Remarks) {
    if is_cabf(linted) && linted.policy.role == Role::Client {
        remarks.add(
            "certificate-profile.profile",
            "\"cabf-server\" is for servers' certificates: clients pass only with certificates that are for serverAuth too",
            "choose the profile \"rfc5280\"",
        );
    }
}

/// If all are forbidden, no verifier is built.
fn forbidden_alternative(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(identifier) = running(&linted.policy.subject_identifier) else {
        return;
    };
    for (n, entry) in identifier.any_of.iter().enumerate() {
        if identifier.none_of.contains(entry) {
            remarks.add(
                format!("subject-identifier.any-of[{n}]"),
                format!("none-of forbids {entry}: who has it is refused"),
                "take it out of any-of or of none-of",
            );
        }
    }
}

fn moot_any_of(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(identifier) = running(&linted.policy.subject_identifier) else {
        return;
    };
    let in_both = |entry: &&_| identifier.all_of.contains(entry);
    if let Some(entry) = identifier.any_of.iter().find(in_both) {
        remarks.add(
            "subject-identifier.any-of",
            format!("all-of demands {entry} already, so that any-of is always met"),
            "take it out of any-of or of all-of",
        );
    }
}

fn required_staple_does_not_count(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(revocation) = running(&linted.policy.revocation).filter(|it| it.is_on()) else {
        return;
    };
    if revocation.staple == StapleUse::Require && revocation.sources.end_entity == StatusSource::Crl
    {
        remarks.add(
            "revocation.staple",
            "a stapled response is required, and `sources.end-entity = \"crl\"` makes no status known by it",
            "set `sources.end-entity` to \"either\", \"ocsp\" or \"both\", or do not require staples",
        );
    }
}

/// If all are idle, the error says so.
fn idle_signature_family(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some((permitted, idle)) = families(linted) else {
        return;
    };
    if idle.len() < permitted.len() {
        for family in idle {
            remarks.add(
                "signature-algorithm.permitted",
                format!("no key that `minimum-key-size` permits to intermediates and trust anchors makes signatures by {family}"),
                "take it out, or permit such keys",
            );
        }
    }
}

fn idle_curve(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(sizes) = running(&linted.policy.minimum_key_size) else {
        return;
    };
    let positions = [
        ("end-entity", &sizes.end_entity),
        ("intermediate", &sizes.intermediate),
        ("trust-anchor", &sizes.trust_anchor),
    ];
    for (position, sizes) in positions {
        let permitted = sizes.permitted_curves();
        for curve in sizes.curves.iter().flatten() {
            if !sizes.ec || !permitted.contains(curve) {
                let setting = if sizes.ec { "ec-bits" } else { "ec" };
                remarks.add(
                    format!("minimum-key-size.{position}.curves"),
                    format!("{curve} is named, and `{setting}` refuses it"),
                    format!("take it out, or change `{setting}`"),
                );
            }
        }
    }
}

fn moot_max_intermediates(linted: &Linted<'_>, remarks: &mut Remarks) {
    let most = running(&linted.policy.path_length).and_then(|it| it.max_intermediates);
    if let Some(most) = most.filter(|most| *most > MAX_INTERMEDIATES) {
        remarks.add(
            "path-length.max-intermediates",
            format!("{most} intermediates are permitted, and webpki takes no path with more than {MAX_INTERMEDIATES}"),
            "name as many as the CAs have",
        );
    }
}

fn moot_intermediate_source(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(revocation) = running(&linted.policy.revocation) else {
        return;
    };
    if revocation.check == RevocationCheck::EndEntity
        && revocation.sources.intermediate != StatusSource::Either
    {
        remarks.add(
            "revocation.sources.intermediate",
            "`check = \"end-entity\"` asks for no status of intermediates, from wherever",
            "set `check = \"path\"`, or take it out",
        );
    }
}

fn profile<'a>(linted: &Linted<'a>) -> Option<&'a CertificateProfile> {
    running(&linted.policy.certificate_profile)
}

fn is_cabf(linted: &Linted<'_>) -> bool {
    profile(linted).is_some_and(|it| it.profile == Profile::CabfServer)
}

fn any_forbidden(purposes: &[KeyPurpose]) -> bool {
    let mut oids = purposes.iter().map(KeyPurpose::oid);
    oids.any(|oid| is_forbidden_purpose(oid.contents()))
}

/// The families of signatures that are permitted, and those of them that no key a CA may have can make.
fn families<'a>(linted: &Linted<'a>) -> Option<(&'a [SignatureFamily], Vec<SignatureFamily>)> {
    let algorithms = running(&linted.policy.signature_algorithm)?;
    let sizes = running(&linted.policy.minimum_key_size)?;
    let permitted = algorithms.permitted.as_deref()?;
    let can_make = |sizes: &KeySizes, family: SignatureFamily| match family {
        SignatureFamily::RsaPkcs1 | SignatureFamily::RsaPss => sizes.rsa,
        SignatureFamily::Ecdsa => sizes.ec,
        SignatureFamily::Ed25519 => sizes.ed25519,
        SignatureFamily::MlDsa => sizes.ml_dsa > 0,
    };
    let is_idle = |family: &SignatureFamily| {
        !can_make(&sizes.intermediate, *family) && !can_make(&sizes.trust_anchor, *family)
    };
    Some((
        permitted,
        permitted.iter().copied().filter(is_idle).collect(),
    ))
}
