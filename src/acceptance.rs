//! What a caller gets of an accepted path: the path, or only that there is one.

use smallvec::SmallVec;

use crate::certificate::Certificate;
use crate::chain::PresentedList;
use crate::judge::Judged;
use crate::path::{CandidatePath, Origin, OwnedPath, PathAnchor};
use crate::report::{RefusedPath, Warning};
use crate::verify::{Call, Verifier};

/// What a caller gets of an accepted path.
pub(crate) trait Acceptance<'a>: Sized {
    /// `None`: the path is not one of what was handed over, which refuses it.
    fn of(
        call: &Call<'a, '_>,
        accepted: Judged<'_>,
        end_entity: &Certificate<'a>,
        presented: &PresentedList<'a>,
        refused: Vec<Judged<'_>>,
    ) -> Option<Self>;
}

/// An accepted path, and what was found on the way to it.
pub(crate) struct Accepted<'a> {
    pub(crate) path: OwnedPath<'a>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) refused: Vec<RefusedPath>,
}

impl<'a> Acceptance<'a> for Accepted<'a> {
    fn of(
        call: &Call<'a, '_>,
        accepted: Judged<'_>,
        end_entity: &Certificate<'a>,
        presented: &PresentedList<'a>,
        refused: Vec<Judged<'_>>,
    ) -> Option<Self> {
        let verifier = call.verifier;
        Some(Self {
            path: verifier.verified(&accepted.path, end_entity, presented)?,
            warnings: call.warnings(accepted.findings, presented),
            refused: call.refused_paths(refused),
        })
    }
}

/// That there is one, for who asks no more.
impl<'a> Acceptance<'a> for () {
    fn of(
        _call: &Call<'a, '_>,
        _accepted: Judged<'_>,
        _end_entity: &Certificate<'a>,
        _presented: &PresentedList<'a>,
        _refused: Vec<Judged<'_>>,
    ) -> Option<Self> {
        Some(())
    }
}

impl Verifier {
    /// A candidate's certificates once more, by their origin, to outlive the call.
    fn verified<'a>(
        &'a self,
        path: &CandidatePath<'_>,
        end_entity: &Certificate<'a>,
        presented: &PresentedList<'a>,
    ) -> Option<OwnedPath<'a>> {
        let mut intermediates = SmallVec::new();
        for intermediate in path.intermediates() {
            let certificate = match intermediate.origin {
                Origin::Presented(number) => {
                    let presented = presented
                        .iter()
                        .find(|presented| presented.number == number)?;
                    presented.decoded.as_ref().ok()?.clone()
                }
                Origin::Known(index) => {
                    let (der, layout) = self.known.get(index)?;
                    Certificate::from_layout(der, layout)
                }
            };
            intermediates.push((certificate, intermediate.origin));
        }
        let anchor = self
            .anchors
            .of_subject(path.anchor().subject())
            .find(|anchor| std::ptr::eq(*anchor, path.anchor().anchor))?;
        Some(OwnedPath {
            end_entity: end_entity.clone(),
            intermediates,
            anchor: PathAnchor::of(anchor),
        })
    }
}
