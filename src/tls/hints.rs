//! The names of CAs that a server tells clients it accepts (RFC 8446 section 4.2.4).

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::DistinguishedName;

use crate::live::LiveVerifier;
use crate::verify::Verifier;

/// The names of CAs that a server tells clients it accepts (RFC 8446 section 4.2.4).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RootHints {
    /// The names of the trust anchors in use. The default.
    Anchors,
    /// These names, each the DER of a Name.
    Given(Vec<DistinguishedName>),
    /// No names: clients choose by themselves.
    None,
}

/// Where lists of names stay, for rustls borrows them from the verifier.
#[derive(Clone, Debug)]
pub(super) enum Hints {
    Anchors(Arc<AnchorHints>),
    Given(Vec<DistinguishedName>),
}

impl Hints {
    pub(super) fn new(hints: RootHints) -> Self {
        match hints {
            RootHints::Anchors => Self::Anchors(Arc::default()),
            RootHints::Given(names) => Self::Given(bounded(names)),
            RootHints::None => Self::Given(Vec::new()),
        }
    }

    pub(super) fn names(&self, verifier: &LiveVerifier) -> &[DistinguishedName] {
        match self {
            Self::Anchors(anchors) => anchors.names(&verifier.load()),
            Self::Given(names) => names,
        }
    }
}

/// The lists of every generation so far: what was lent cannot be taken back. Equal lists are one.
#[derive(Debug)]
pub(super) struct AnchorHints {
    lists: [OnceLock<Vec<DistinguishedName>>; MOST_LISTS],
    /// The list of the generation that was asked for last.
    last: Mutex<Option<Place>>,
}

/// Most lists that differ, in the life of a verifier. After that no names are told, and clients choose by themselves.
const MOST_LISTS: usize = 64;

/// A generation's list.
#[derive(Clone, Copy, Debug)]
struct Place {
    generation: u64,
    /// [`MOST_LISTS`]: none.
    list: usize,
}

impl Default for AnchorHints {
    fn default() -> Self {
        Self {
            lists: [const { OnceLock::new() }; MOST_LISTS],
            last: Mutex::default(),
        }
    }
}

impl AnchorHints {
    fn names(&self, verifier: &Verifier) -> &[DistinguishedName] {
        let generation = verifier.generation();
        // What a panic left behind is whole.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.filter(|place| place.generation == generation);
        let place = known.unwrap_or_else(|| Place {
            generation,
            list: self.find(anchor_names(verifier)),
        });
        *last = Some(place);
        drop(last);
        let list = self.lists.get(place.list).and_then(OnceLock::get);
        list.map_or(&[], Vec::as_slice)
    }

    /// The place of a list, an old one or the next.
    fn find(&self, names: Vec<DistinguishedName>) -> usize {
        let octets = |names: &[DistinguishedName]| -> Vec<Vec<u8>> {
            names.iter().map(|name| name.as_ref().to_vec()).collect()
        };
        let wanted = octets(&names);
        let is_it = |list: &OnceLock<_>| octets(list.get_or_init(|| names.clone())) == wanted;
        self.lists.iter().position(is_it).unwrap_or(MOST_LISTS)
    }
}

fn anchor_names(verifier: &Verifier) -> Vec<DistinguishedName> {
    let mut subjects = Vec::new();
    for subject in verifier.anchor_subjects() {
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    let names = subjects.into_iter();
    bounded(
        names
            .map(|subject| DistinguishedName::in_sequence(subject.contents()))
            .collect(),
    )
}

/// Most octets of names in a CertificateRequest: its lengths have two octets, and there is more in it.
const MOST_HINT_OCTETS: usize = 60_000;

/// rustls would build a message that cannot be encoded.
fn bounded(names: Vec<DistinguishedName>) -> Vec<DistinguishedName> {
    let octets = names.iter().fold(0usize, |sum, name| {
        sum.saturating_add(name.as_ref().len()).saturating_add(2)
    });
    if octets > MOST_HINT_OCTETS {
        return Vec::new();
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_names_as_fit_are_told() {
        let names = |octets: usize| {
            // A SEQUENCE of three or four octets before its contents, and two octets of length in the message.
            let contents = vec![0; octets - 6];
            vec![DistinguishedName::in_sequence(&contents)]
        };
        assert_eq!(names(60_000)[0].as_ref().len() + 2, 60_000);
        assert_eq!(bounded(names(60_000)).len(), 1);
        assert_eq!(bounded(names(60_001)).len(), 0);
        assert_eq!(bounded([names(30_000), names(30_001)].concat()).len(), 0);
    }
}
