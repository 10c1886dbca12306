//! The names of CAs that a server tells clients it accepts (RFC 8446 section 4.2.4).

use std::sync::atomic::{AtomicU64, Ordering};
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
    /// Which list is that of which generation, as [`Place::pack`] has it.
    place: AtomicU64,
    finding: Mutex<()>,
}

/// Most lists that differ, in the life of a verifier. After that no names are told, and clients choose by themselves.
const MOST_LISTS: usize = 64;

/// A generation's list.
#[derive(Clone, Copy)]
struct Place {
    generation: u64,
    /// [`MOST_LISTS`]: none.
    list: usize,
}

impl Place {
    /// The generation, plus 1, above eight bits for the list; 0 is no place.
    fn pack(self) -> u64 {
        let list = u64::try_from(self.list).unwrap_or(u64::MAX);
        (self.generation.wrapping_add(1) << 8) | (list & 0xff)
    }

    fn unpack(place: u64) -> Option<Self> {
        Some(Self {
            generation: (place >> 8).checked_sub(1)?,
            list: usize::try_from(place & 0xff).ok()?,
        })
    }
}

impl Default for AnchorHints {
    fn default() -> Self {
        Self {
            lists: [const { OnceLock::new() }; MOST_LISTS],
            place: AtomicU64::new(0),
            finding: Mutex::default(),
        }
    }
}

impl AnchorHints {
    fn names(&self, verifier: &Verifier) -> &[DistinguishedName] {
        let generation = verifier.generation();
        let known = || {
            Place::unpack(self.place.load(Ordering::Acquire))
                .filter(|place| place.generation == generation)
        };
        let list = match known() {
            Some(place) => place.list,
            None => {
                let one_at_a_time = self.finding.lock();
                let _one_at_a_time = one_at_a_time.unwrap_or_else(PoisonError::into_inner);
                let list = self.find(anchor_names(verifier));
                let place = Place { generation, list };
                self.place.store(place.pack(), Ordering::Release);
                list
            }
        };
        let list = self.lists.get(list).and_then(OnceLock::get);
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
