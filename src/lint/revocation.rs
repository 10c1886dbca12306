//! Revocation that lets pass what it was switched on for, or is not asked about.

use super::{Lint, LintCode, Linted, Remarks, lint, running};
use crate::policy::RuleSettings;
use crate::rules::revocation::{RevocationSettings, StapleUse, Tolerance};

pub(super) const LINTS: &[Lint] = &[
    lint(LintCode::ToleratedStatus, tolerated_status),
    lint(LintCode::RevocationOff, revocation_off),
];

fn tolerated_status(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(revocation) = judged(linted) else {
        return;
    };
    // Of staples that are ignored nothing counts.
    let unparsable = match revocation.staple {
        StapleUse::Ignore => Tolerance::Refuse,
        StapleUse::Use | StapleUse::Require => revocation.unparsable,
    };
    let tolerated = [
        (
            "unknown",
            revocation.unknown,
            "whoever keeps CRLs and responses away has a revoked certificate accepted",
        ),
        (
            "stale",
            revocation.stale,
            "whoever replays an old CRL or response has a certificate accepted that was revoked since",
        ),
        (
            "unparsable",
            unparsable,
            "a server with a revoked certificate may staple rubbish in place of its status",
        ),
    ];
    for (key, tolerance, because) in tolerated {
        if tolerance == Tolerance::AllowWithWarning {
            remarks.add(
                format!("revocation.{key}"),
                because,
                "refuse, once the sources have proved to be there and current",
            );
        }
    }
}

fn revocation_off(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(anchors) = linted.anchors.filter(|_| judged(linted).is_none()) else {
        return;
    };
    let public = linted.public();
    let is_private = |label: &&str| public.iter().all(|(public, _)| public != label);
    if let Some(label) = anchors.count_by_label().into_keys().find(is_private) {
        remarks.add(
            RevocationSettings::ID.as_str(),
            format!("nobody asks whether a certificate is revoked, and the CAs under the label {label:?} are private: a stolen key is accepted until its certificate ends"),
            "hand over the CA's CRLs and switch the rule on, or have certificates issued that end within days",
        );
    }
}

fn judged<'a>(linted: &Linted<'a>) -> Option<&'a RevocationSettings> {
    running(&linted.policy.revocation).filter(|revocation| revocation.is_on())
}
