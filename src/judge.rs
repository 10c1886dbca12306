//! Judging candidate paths: every rule on every path that the search offers, and which of them to keep.

use std::cmp::Ordering;

use smallvec::SmallVec;

use crate::certificate::Certificate;
use crate::path::{CandidatePath, MAX_INTERMEDIATES, Position};
use crate::rule::{Context, Findings};
use crate::trust::Anchor;
use crate::verify::Call;

/// Other refused paths that a report lists beside the best.
const MOST_OTHER_PATHS: usize = 8;

/// A path with what rules found on it.
pub(crate) struct Judged<'s> {
    pub(crate) path: CandidatePath<'s>,
    pub(crate) findings: Findings,
}

impl Judged<'_> {
    fn contents(&self) -> Contents<'_> {
        let intermediates = self.path.intermediates().iter();
        let anchor = self.path.anchor();
        (
            intermediates
                .map(|intermediate| intermediate.certificate().der())
                .collect(),
            anchor.label(),
            anchor.subject().contents(),
            anchor.spki(),
        )
    }

    /// Orders paths by how little is wrong with them, then by length and content: the order in which a peer sends
    /// its certificates shall not decide what is reported.
    fn order(&self, other: &Self) -> Ordering {
        let facts = |judged: &Self| {
            (
                judged.findings.violations.len(),
                judged.findings.warnings.len(),
                judged.path.intermediates().len(),
            )
        };
        facts(self)
            .cmp(&facts(other))
            .then_with(|| self.contents().cmp(&other.contents()))
    }
}

/// The contents of a path's intermediates, and the label, name and key of its anchor.
type Contents<'p> = (
    SmallVec<[&'p [u8]; MAX_INTERMEDIATES]>,
    &'p str,
    &'p [u8],
    &'p [u8],
);

/// What rules found on a certificate at a position; on the end entity, under a trust anchor.
struct Memo<'s> {
    der: &'s [u8],
    position: Position,
    anchor: Option<&'s Anchor>,
    findings: Findings,
}

impl Memo<'_> {
    fn is_of(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        anchor: Option<&Anchor>,
    ) -> bool {
        let same_anchor = match (self.anchor, anchor) {
            (Some(own), Some(other)) => std::ptr::eq(own, other),
            (None, None) => true,
            _ => false,
        };
        same_anchor && self.position == position && std::ptr::eq(self.der, certificate.der())
    }
}

/// Runs the rules on every path that the search offers.
pub(crate) struct Judge<'k, 's> {
    call: &'k Call<'s, 's>,
    /// The second search finds the first one's paths again.
    pub(crate) only_with_known: bool,
    memo: SmallVec<[Memo<'s>; MAX_INTERMEDIATES + 2]>,
    pub(crate) accepted: Option<Judged<'s>>,
    /// The best path that breaks audited rules alone.
    pub(crate) audited: Option<Judged<'s>>,
    /// The best refused paths, in order.
    pub(crate) refused: Vec<Judged<'s>>,
}

impl<'k, 's> Judge<'k, 's> {
    pub(crate) fn new(call: &'k Call<'s, 's>) -> Self {
        Self {
            call,
            only_with_known: false,
            memo: SmallVec::new(),
            accepted: None,
            audited: None,
            refused: Vec::new(),
        }
    }

    /// Whether the search may end with this path.
    pub(crate) fn takes(&mut self, path: CandidatePath<'s>) -> bool {
        let uses_known = path
            .intermediates()
            .iter()
            .any(|intermediate| intermediate.known_here());
        if self.only_with_known && !uses_known {
            return false;
        }
        let findings = self.findings(&path);
        let judged = Judged { path, findings };
        if judged.findings.is_clean() {
            self.accepted = Some(judged);
            return true;
        }
        if judged.findings.violations.is_empty() {
            let better = self
                .audited
                .as_ref()
                .is_none_or(|best| judged.order(best) == Ordering::Less);
            if better {
                self.audited = Some(judged);
            }
        } else {
            let at = self
                .refused
                .partition_point(|other| other.order(&judged) == Ordering::Less);
            self.refused.insert(at, judged);
            self.refused.truncate(MOST_OTHER_PATHS.saturating_add(1));
        }
        false
    }

    /// What the rules find on a path.
    pub(crate) fn findings(&mut self, path: &CandidatePath<'s>) -> Findings {
        let mut findings = Findings::new();
        let of_anchor = path.anchor().anchor;
        let with_anchor = Context {
            anchor: Some(path.anchor()),
            ..self.call.context
        };
        for (position, certificate) in path.certificates() {
            let (context, anchor) = match position {
                Position::EndEntity => (&with_anchor, Some(of_anchor)),
                _ => (&self.call.context, None),
            };
            let known = self
                .memo
                .iter()
                .find(|memo| memo.is_of(certificate, position, anchor));
            if let Some(known) = known {
                findings.append(&known.findings);
                continue;
            }
            let mut own = Findings::new();
            self.call
                .check_certificate(certificate, position, context, &mut own);
            findings.append(&own);
            self.memo.push(Memo {
                der: certificate.der(),
                position,
                anchor,
                findings: own,
            });
        }
        self.call.for_each_rule(|rule, audited_until| {
            findings.attribute_to(rule.id(), audited_until);
            rule.check_path(path, &with_anchor, &mut findings);
        });
        findings
    }
}
