//! What is less than before, in a replacement that can work: it may be meant, or an accident.

use std::collections::BTreeMap;
use std::fmt;

use super::marks;
use crate::policy::RuleSettings;
use crate::revocation::fact::CrlSummary;
use crate::rule::RuleId;
use crate::rules::revocation::RevocationSettings;
use crate::text;
use crate::time::Time;
use crate::verify::Verifier;

/// What is less than before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplaceWarning {
    /// Fewer trust anchors count under a label.
    FewerAnchors {
        /// The label.
        label: String,
        /// How many there were.
        before: usize,
        /// How many there are.
        after: usize,
    },
    /// A certificate handed over as a trust anchor could not be used.
    AnchorLeftOut {
        /// The label it would have had.
        label: String,
        /// Which, and why.
        problem: String,
    },
    /// Of a CRL that was in use no issue was handed over.
    CrlGone(CrlSummary),
    /// Of an OCSP response that was in use there is an older one, or none.
    OcspOlder {
        /// The serial number of the certificate that it is about, in hexadecimal digits.
        serial: String,
        /// The thisUpdate of the one that was in use.
        before: Time,
        /// That of the newest handed over.
        after: Option<Time>,
    },
    /// The verifier in use was not made of files, and one that was took its place: who replaced it by hand is to write the files.
    NotOfFiles {
        /// Its generation.
        generation: u64,
    },
    /// A rule was enforced, and is off or gone.
    RuleOff(RuleId),
    /// A rule was enforced, and is audited: it refuses nobody now.
    RuleAudited(RuleId),
    /// The policy's settings differ in these tables of its file.
    PolicyChanged(Vec<&'static str>),
    /// No policy is tried beside the enforced one any more.
    ShadowGone,
    /// The policy to be tried beside the enforced one cannot be used, and is not tried.
    ShadowLeftOut {
        /// Why.
        problem: String,
    },
    /// There were more CRLs in the life of this verifier than are remembered: an older issue of some would not be noticed.
    TooManyCrls,
}

impl fmt::Display for ReplaceWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FewerAnchors {
                label,
                before,
                after,
            } => write!(
                f,
                "fewer trust anchors under {label:?}: {after}, before {before}"
            ),
            Self::AnchorLeftOut { label, problem } => {
                write!(f, "left out under {label:?}: {problem}")
            }
            Self::OcspOlder {
                serial,
                before,
                after: Some(after),
            } => write!(
                f,
                "an older OCSP response for serial number {serial}: of {after}, before of {before}"
            ),
            Self::OcspOlder {
                serial,
                before,
                after: None,
            } => write!(
                f,
                "no OCSP response any more for serial number {serial}: before of {before}"
            ),
            Self::NotOfFiles { generation } => write!(
                f,
                "generation {generation} was not made of these files, and what it changed is undone"
            ),
            Self::RuleOff(rule) => write!(f, "the rule {rule} was on, and is off"),
            Self::RuleAudited(rule) => write!(f, "the rule {rule} was enforced, and is audited"),
            Self::PolicyChanged(tables) => {
                write!(f, "the policy differs in {}", tables.join(", "))
            }
            Self::ShadowGone => f.write_str("no policy is tried beside the enforced one any more"),
            Self::ShadowLeftOut { problem } => write!(f, "not tried: {problem}"),
            Self::TooManyCrls => f.write_str(
                "more CRLs than are remembered: an older issue of some would not be noticed",
            ),
            Self::CrlGone(crl) => write!(f, "no issue any more of what was in use: {crl}"),
        }
    }
}

/// What somebody should look at when `next` takes the place of `current`.
pub(super) fn warnings(
    current: &Verifier,
    next: &Verifier,
    are_marks_full: bool,
) -> Vec<ReplaceWarning> {
    let mut warnings = Vec::new();
    if next.is_of_files && !current.is_of_files {
        let generation = current.generation();
        warnings.push(ReplaceWarning::NotOfFiles { generation });
    }
    let after = next.anchors.count_by_label();
    for (label, before) in current.anchors.count_by_label() {
        let after = after.get(label).copied().unwrap_or_default();
        if after < before {
            warnings.push(ReplaceWarning::FewerAnchors {
                label: label.to_owned(),
                before,
                after,
            });
        }
    }
    warnings.extend(marks::gone(current, next));
    warnings.extend(older_responses(current, next));
    warnings.extend(relaxed(current, next));
    let changed = current.policy().differs_in(next.policy());
    if !changed.is_empty() {
        warnings.push(ReplaceWarning::PolicyChanged(changed));
    }
    match &next.shadow_problem {
        Some(problem) => warnings.push(ReplaceWarning::ShadowLeftOut {
            problem: problem.clone(),
        }),
        None if current.shadow.is_some() && next.shadow.is_none() => {
            warnings.push(ReplaceWarning::ShadowGone);
        }
        None => {}
    }
    if are_marks_full {
        warnings.push(ReplaceWarning::TooManyCrls);
    }
    for skipped in next.anchors.skipped() {
        warnings.push(ReplaceWarning::AnchorLeftOut {
            label: skipped.label.clone(),
            problem: skipped.to_string(),
        });
    }
    warnings
}

/// Rules that refused and do not any more: a policy file that was cut short says less.
fn relaxed(current: &Verifier, next: &Verifier) -> Vec<ReplaceWarning> {
    let (before, after) = (rules(current), rules(next));
    let relaxed = before.iter().filter(|(_, enforced)| **enforced);
    let relaxed = relaxed.filter_map(|(id, _)| match after.get(id) {
        None => Some(ReplaceWarning::RuleOff(*id)),
        Some(false) => Some(ReplaceWarning::RuleAudited(*id)),
        Some(true) => None,
    });
    relaxed.collect()
}

/// The rules that run, and whether they are enforced, not audited.
fn rules(verifier: &Verifier) -> BTreeMap<RuleId, bool> {
    let mut rules = BTreeMap::new();
    let policy = verifier.policy();
    // Whatever its date, what is audited is.
    let beginning = Time::from_unix_seconds(0);
    policy.for_each_rule(beginning, |rule, audited_until| {
        if rule.id() != RevocationSettings::ID || policy.judges_revocation() {
            rules.insert(rule.id(), audited_until.is_none());
        }
    });
    let custom = verifier.custom_rules.iter();
    rules.extend(custom.map(|rule| (rule.id(), true)));
    rules
}

/// Responses as they name themselves: whether their signatures hold is known only with a chain, so nothing is refused for them.
fn older_responses(current: &Verifier, next: &Verifier) -> Vec<ReplaceWarning> {
    let after = newest_responses(next);
    let before = newest_responses(current).into_iter();
    let older = before.filter_map(|(about, before)| {
        let after = after.get(&about).copied();
        let is_older = after.is_none_or(|after| after < before);
        is_older.then(|| ReplaceWarning::OcspOlder {
            serial: text::hex(&about.serial),
            before,
            after,
        })
    });
    older.collect()
}

/// The newest thisUpdate for each certificate that responses are about.
fn newest_responses(verifier: &Verifier) -> BTreeMap<About, Time> {
    let mut newest = BTreeMap::new();
    for response in verifier.revocation.responses() {
        for single in response.view().into_iter().flat_map(|view| view.singles()) {
            let about = About {
                issuer_key: single.id.issuer_key.to_vec(),
                serial: single.id.serial.to_vec(),
            };
            let this_update = newest.entry(about).or_insert(single.this_update);
            *this_update = single.this_update.max(*this_update);
        }
    }
    newest
}

/// Which certificate: its issuer's key, by the hash that the response uses, and its serial number.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct About {
    issuer_key: Vec<u8>,
    serial: Vec<u8>,
}
