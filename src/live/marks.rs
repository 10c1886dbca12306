//! Of every CRL that was in use the newest issue, so that no older one takes its place: an older one may lack what was revoked
//! since.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{ReplaceProblem, ReplaceWarning};
use crate::revocation::crl::Crl;
use crate::revocation::fact::CrlSummary;
use crate::revocation::signature::Signer;
use crate::time::Time;
use crate::verify::Verifier;

/// The newest issues in the life of a [`LiveVerifier`](super::LiveVerifier), also of CRLs that are gone meanwhile. Only what is known to
/// be signed counts: anybody can make CRLs of any issuer's name.
#[derive(Default)]
pub(super) struct Marks {
    newest: BTreeMap<Key, Mark>,
}

/// Most of them; CRLs beyond are not compared.
const MOST_MARKS: usize = 4_096;

/// What issues of one CRL have in common: issuer, scope, and the key that signs them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    issue_of: Vec<u8>,
    spki: Vec<u8>,
}

struct Mark {
    key_octets: Vec<u8>,
    issue: Issue,
    summary: CrlSummary,
}

/// The later is the greater: thisUpdate, and of two of one time the number.
type Issue = (Time, usize, Vec<u8>);

fn issue(crl: &Crl) -> Issue {
    let number = crl.number();
    let number: Vec<_> = number
        .contents()
        .iter()
        .copied()
        .skip_while(|octet| *octet == 0)
        .collect();
    (crl.this_update(), number.len(), number)
}

impl Marks {
    /// Notes the CRLs of a verifier in use whose signatures were found good, but for those from a time to come, which would
    /// keep out all others.
    pub(super) fn note(&mut self, verifier: &Verifier, now: Time) {
        for crl in crls(verifier) {
            if crl.this_update() > now {
                continue;
            }
            for (spki, key_octets) in crl.signers(&verifier.crypto) {
                let key = Key {
                    issue_of: crl.issue_of(),
                    spki,
                };
                let mark = || Mark {
                    key_octets,
                    issue: issue(crl),
                    summary: CrlSummary::of(crl),
                };
                let is_full = self.newest.len() >= MOST_MARKS;
                match self.newest.entry(key) {
                    Entry::Occupied(mut known) => {
                        if known.get().issue < issue(crl) {
                            known.insert(mark());
                        }
                    }
                    Entry::Vacant(place) => {
                        if !is_full {
                            place.insert(mark());
                        }
                    }
                }
            }
        }
    }

    /// Whether CRLs were left out.
    pub(super) fn are_full(&self) -> bool {
        self.newest.len() >= MOST_MARKS
    }

    /// Refuses a verifier whose newest issue of a CRL is older than one that was in use, or that has a CRL of nobody known in the
    /// place of one in use.
    pub(super) fn check(&self, current: &Verifier, next: &Verifier) -> Result<(), ReplaceProblem> {
        let (in_use, given) = (by_issue(current), by_issue(next));
        for (key, mark) in &self.newest {
            let signer = Signer {
                spki: &key.spki,
                key_octets: &mark.key_octets,
            };
            let issues = given.get(&key.issue_of).into_iter().flatten();
            let is_signed = |crl: &&&Crl| crl.is_signed_by(signer, &next.crypto).is_ok();
            let newest = issues
                .clone()
                .filter(is_signed)
                .max_by_key(|crl| issue(crl));
            let mut before = in_use.get(&key.issue_of).into_iter().flatten();
            if newest.is_none() && before.any(|crl| is_signed(&crl)) {
                let nobodys = issues.filter(|crl| crl.signers(&next.crypto).is_empty());
                if let Some(given) = nobodys.max_by_key(|crl| issue(crl)) {
                    return Err(ReplaceProblem::OtherCrl {
                        in_use: Box::new(mark.summary.clone()),
                        given: Box::new(CrlSummary::of(given)),
                    });
                }
            }
            if let Some(given) = newest.filter(|given| issue(given) < mark.issue) {
                return Err(ReplaceProblem::OlderCrl {
                    in_use: Box::new(mark.summary.clone()),
                    given: Box::new(CrlSummary::of(given)),
                });
            }
        }
        Ok(())
    }
}

/// Those of a shadow policy too, which may be enforced tomorrow.
fn crls(verifier: &Verifier) -> impl Iterator<Item = &Crl> {
    let shadow = verifier.shadow.iter();
    let shadows = shadow.flat_map(|shadow| shadow.revocation.crls());
    verifier.revocation.crls().chain(shadows)
}

fn by_issue(verifier: &Verifier) -> BTreeMap<Vec<u8>, Vec<&Crl>> {
    let mut by_issue: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for crl in crls(verifier) {
        by_issue.entry(crl.issue_of()).or_default().push(crl);
    }
    by_issue
}

/// The CRLs in use of which no issue follows, by whomever it is signed.
pub(super) fn gone(current: &Verifier, next: &Verifier) -> Vec<ReplaceWarning> {
    let (before, after) = (by_issue(current), by_issue(next));
    let follows = |key: &Vec<u8>, crls: &[&Crl]| {
        let Some(after) = after.get(key) else {
            return false;
        };
        let mut signers = crls.iter().flat_map(|crl| crl.signers(&current.crypto));
        signers.all(|(spki, key_octets)| {
            let signer = Signer {
                spki: &spki,
                key_octets: &key_octets,
            };
            let mut after = after.iter();
            after.any(|crl| crl.is_signed_by(signer, &next.crypto).is_ok())
        })
    };
    let gone = before.iter().filter(|(key, crls)| !follows(key, crls));
    let newest = gone.filter_map(|(_, crls)| crls.iter().max_by_key(|crl| issue(crl)));
    newest
        .map(|crl| ReplaceWarning::CrlGone(CrlSummary::of(crl)))
        .collect()
}
