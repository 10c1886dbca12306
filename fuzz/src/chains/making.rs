//! From choices and changes to certificates, each signed after it was changed.

use std::cell::RefCell;
use std::collections::HashMap;

use rustls_policy_verifier::Role;
use rustls_policy_verifier::pki_types::CertificateDer;

use super::change::{self, Draft};
use super::input::{Asked, Change, Choices, Input};
use crate::mutate::{self, Random};
use crate::support::{CertificateBuilder, Issuer, KeyKind, Name, TestKey, der, general_name, oids};

/// Whose certificate it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    EndEntity,
    /// Counted from the end entity's issuer up.
    Intermediate(u8),
    Root,
    /// Another root.
    OtherRoot,
    /// A root of the same name, with another key.
    NamesakeOfRoot,
    /// The root's next key, certified by its first.
    NextRoot,
    /// The uppermost CA once more, by the other root.
    Cross,
    /// A CA of the lowest intermediate's name, with another key.
    Namesake,
    /// The lowest intermediate's certificate, issued anew.
    Twin,
    /// The lowest intermediate's certificate by itself.
    Loop,
    /// Names lead on from it, keys do not.
    Decoy(u8),
}

impl Who {
    fn number(self) -> u8 {
        match self {
            Self::EndEntity => 0,
            Self::Intermediate(n) => n,
            Self::Root => 4,
            Self::OtherRoot => 5,
            Self::NamesakeOfRoot => 6,
            Self::NextRoot => 7,
            Self::Cross => 8,
            Self::Namesake => 9,
            Self::Twin => 10,
            Self::Loop => 11,
            Self::Decoy(n) => 12 + n,
        }
    }
}

/// A certificate, and what is needed to issue others.
#[derive(Clone)]
struct Made {
    who: Who,
    der: Vec<u8>,
    issuer: Issuer,
}

/// What is presented and trusted.
#[derive(Clone, Debug)]
pub struct Chain {
    pub end_entity: CertificateDer<'static>,
    /// Sent beside it.
    pub others: Vec<CertificateDer<'static>>,
    /// Not sent, but known to the verifier.
    pub known: Vec<CertificateDer<'static>>,
    pub anchors: Vec<CertificateDer<'static>>,
    /// What was changed, in words.
    pub changes: Vec<String>,
}

impl Chain {
    pub(super) fn of(input: &Input) -> Self {
        let mut making = Making {
            choices: input.choices,
            changes: &input.changes,
            everybody: everybody(input.choices),
            made: Vec::new(),
        };
        making.make_all();
        making.chain()
    }
}

/// Who is there, in the order in which changes count them.
fn everybody(choices: Choices) -> Vec<Who> {
    let mut everybody = vec![Who::EndEntity];
    let intermediates = choices.intermediates();
    everybody.extend((1..=intermediates).map(Who::Intermediate));
    everybody.push(Who::Root);
    for (is_there, who) in [
        (
            choices.has_cross_certificate() || choices.trusts_other_root(),
            Who::OtherRoot,
        ),
        (choices.trusts_namesake_of_root(), Who::NamesakeOfRoot),
        (choices.rolls_root_over(), Who::NextRoot),
        (choices.has_cross_certificate(), Who::Cross),
        (choices.has_namesake(), Who::Namesake),
        (choices.has_twin(), Who::Twin),
        (choices.has_loop(), Who::Loop),
    ] {
        if is_there {
            everybody.push(who);
        }
    }
    everybody.extend((0..choices.decoys()).map(Who::Decoy));
    everybody
}

struct Making<'i> {
    choices: Choices,
    changes: &'i [Change],
    everybody: Vec<Who>,
    made: Vec<Made>,
}

impl Making<'_> {
    /// Issuers first.
    fn make_all(&mut self) {
        let mut order = vec![Who::Root];
        let others = |who: &Who| !matches!(who, Who::Root | Who::Intermediate(_) | Who::EndEntity);
        let (roots, later): (Vec<_>, Vec<_>) = self
            .everybody
            .iter()
            .copied()
            .filter(others)
            .partition(|it| matches!(it, Who::OtherRoot | Who::NamesakeOfRoot | Who::NextRoot));
        order.extend(roots);
        order.extend(
            (1..=self.choices.intermediates())
                .rev()
                .map(Who::Intermediate),
        );
        order.extend(later);
        order.push(Who::EndEntity);
        for who in order {
            let made = self.make(who);
            self.made.push(made);
        }
    }

    fn made(&self, who: Who) -> &Made {
        let mut made = self.made.iter();
        made.find(|made| made.who == who)
            .expect("issuers are made first")
    }

    /// Who issues the uppermost intermediate, or the end entity if there is none.
    fn top(&self) -> Who {
        match self.choices.rolls_root_over() {
            true => Who::NextRoot,
            false => Who::Root,
        }
    }

    /// Who issues the end entity.
    fn lowest(&self) -> Who {
        match self.choices.intermediates() {
            0 => self.top(),
            _ => Who::Intermediate(1),
        }
    }

    fn issuer_of(&self, who: Who) -> Option<Who> {
        let intermediates = self.choices.intermediates();
        match who {
            Who::Root | Who::OtherRoot | Who::NamesakeOfRoot => None,
            Who::NextRoot => Some(Who::Root),
            Who::Cross => Some(Who::OtherRoot),
            Who::EndEntity | Who::Loop => Some(self.lowest()),
            Who::Intermediate(n) if n < intermediates => Some(Who::Intermediate(n + 1)),
            Who::Namesake | Who::Twin if intermediates > 1 => Some(Who::Intermediate(2)),
            Who::Intermediate(_) | Who::Namesake | Who::Twin => Some(self.top()),
            Who::Decoy(n) => Some(if n.is_multiple_of(2) {
                Who::Root
            } else {
                self.lowest()
            }),
        }
    }

    /// Whose name and key it has, if these are not its own.
    fn same_as(&self, who: Who) -> Option<Who> {
        match who {
            Who::Cross => Some(match self.choices.intermediates() {
                0 => self.top(),
                n => Who::Intermediate(n),
            }),
            Who::Twin | Who::Loop => Some(self.lowest()),
            _ => None,
        }
    }

    fn make(&self, who: Who) -> Made {
        let issuer = self
            .issuer_of(who)
            .map(|issuer| self.made(issuer).issuer.clone());
        let changes: Vec<_> = self
            .changes
            .iter()
            .filter(|it| self.meant_by(it) == who)
            .collect();
        let fingerprint = self.fingerprint(who, issuer.as_ref(), &changes);
        if let Some(known) = MADE.with_borrow(|made| made.get(&fingerprint).cloned()) {
            return known;
        }
        let mut draft = self.draft(who, issuer);
        for it in changes {
            draft = change::apply(draft, who, it, self.choices);
        }
        let made = Made {
            who,
            issuer: draft.as_issuer(),
            der: signed(draft),
        };
        MADE.with_borrow_mut(|all| {
            if all.len() >= MOST_REMEMBERED {
                all.clear();
            }
            all.insert(fingerprint, made.clone());
        });
        made
    }

    fn meant_by(&self, change: &Change) -> Who {
        self.everybody[usize::from(change.who) % self.everybody.len()]
    }

    /// All that a certificate depends on.
    fn fingerprint(&self, who: Who, issuer: Option<&Issuer>, changes: &[&Change]) -> Vec<u8> {
        let choices = self.choices.0;
        let count = u8::try_from(changes.len()).expect("there are few");
        let mut all = vec![who.number(), choices[0], choices[1], count];
        all.extend(changes.iter().flat_map(|it| [it.what, it.how, it.detail]));
        for other in [issuer, self.same_as(who).map(|it| &self.made(it).issuer)] {
            let Some(other) = other else { continue };
            all.push(0xff);
            all.extend(other.name.der());
            all.extend(other.key.spki());
            // One RSA key signs in several ways.
            all.extend(other.key.signature_algorithm());
            all.extend(other.key_identifier.iter().flatten());
        }
        all
    }

    /// As it should be.
    fn draft(&self, who: Who, issuer: Option<Issuer>) -> Draft {
        let (name, key) = match self.same_as(who) {
            Some(other) => {
                let issuer = &self.made(other).issuer;
                (issuer.name.clone(), issuer.key.clone())
            }
            None => (self.name(who), self.key(who)),
        };
        let builder = match who {
            Who::EndEntity => self.end_entity(name, &key),
            _ => CertificateBuilder::ca(name, &key).serial(who.number().into()),
        };
        let builder = match who {
            Who::Decoy(n) if n % 4 < 2 => builder.tamper_signature(),
            _ => builder,
        };
        Draft::new(builder, key, issuer)
    }

    fn end_entity(&self, name: Name, key: &TestKey) -> CertificateBuilder {
        let builder = CertificateBuilder::end_entity(name, key.spki());
        match self.choices.role() {
            Role::Client => builder
                .eku(&[oids::CLIENT_AUTH])
                .san(vec![general_name::uri("urn:node:7")]),
            Role::Server => builder.eku(&[oids::SERVER_AUTH]).san(vec![
                general_name::dns("pay.acme.example"),
                match self.choices.asked() {
                    Asked::Ip("192.0.2.1") => general_name::ipv4([192, 0, 2, 1]),
                    Asked::Ip(_) => general_name::ip(&change::IPV6),
                    _ => general_name::dns("www.acme.example"),
                },
            ]),
        }
    }

    fn name(&self, who: Who) -> Name {
        let common_name = match who {
            Who::EndEntity => "peer".to_owned(),
            Who::Namesake | Who::Decoy(_) => match self.choices.intermediates() {
                0 => "Root CA".to_owned(),
                _ => "CA 1".to_owned(),
            },
            Who::Intermediate(n) => format!("CA {n}"),
            Who::OtherRoot => "Other Root CA".to_owned(),
            _ => "Root CA".to_owned(),
        };
        Name::empty()
            .and_raw(oids::COUNTRY, der::tag::PRINTABLE_STRING, b"DE")
            .and(oids::ORGANIZATION, "Acme")
            .and(oids::COMMON_NAME, &common_name)
    }

    fn key(&self, who: Who) -> TestKey {
        if !self.choices.is_p256() {
            return TestKey::ed25519(u64::from(who.number()) + 1);
        }
        // There are four.
        let index = match who {
            Who::Root => 0,
            Who::Intermediate(n) => n,
            Who::NamesakeOfRoot => 2,
            Who::Decoy(n) => n % 4,
            _ => 3,
        };
        TestKey::of(KeyKind::P256, index.into())
    }

    fn chain(self) -> Chain {
        let mut end_entity = None;
        let (mut others, mut anchors) = (Vec::new(), Vec::new());
        for made in &self.made {
            let der = CertificateDer::from(made.der.clone());
            match made.who {
                Who::EndEntity => end_entity = Some(der),
                Who::Root => {
                    anchors.push(der.clone());
                    if self.choices.sends_root() {
                        others.push(der);
                    }
                }
                Who::OtherRoot if self.choices.trusts_other_root() => anchors.push(der),
                Who::NamesakeOfRoot => anchors.push(der),
                _ => others.push(der),
            }
        }
        if self.choices.sends_all_twice() {
            others.extend(others.clone());
        }
        shuffle(&mut others, &mut self.choices.order());
        let (others, known) = match self.choices.knows_intermediates() {
            true => (Vec::new(), others),
            false => (others, Vec::new()),
        };
        Chain {
            end_entity: end_entity.expect("there is always one"),
            others,
            known,
            anchors,
            changes: self
                .changes
                .iter()
                .map(|it| format!("{:?}: {}", self.meant_by(it), change::in_words(it)))
                .collect(),
        }
    }
}

pub(super) fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for at in 1..items.len() {
        items.swap(at, random.below(at + 1));
    }
}

/// Signatures take most of the time, and most certificates are the same from input to input.
const MOST_REMEMBERED: usize = 4096;

thread_local! {
    static MADE: RefCell<HashMap<Vec<u8>, Made>> = RefCell::default();
}

fn signed(draft: Draft) -> Vec<u8> {
    let signing_key = draft.signing_key().clone();
    let certificate = match &draft.issuer {
        Some(issuer) => draft.builder.signed_by(issuer),
        None => draft.builder.self_signed(&draft.key),
    };
    if draft.mutations.is_empty() {
        return certificate;
    }
    let (_, contents, _) = der::split(&certificate);
    let (tag, tbs, rest) = der::split(contents);
    let (algorithm_tag, algorithm, _) = der::split(rest);
    let mut tbs = der::tlv(tag, tbs);
    for seed in draft.mutations {
        tbs = mutate::der(&tbs, &mut Random::new(seed));
    }
    let signature = der::bit_string(&signing_key.sign(&tbs));
    der::sequence(&[tbs, der::tlv(algorithm_tag, algorithm), signature])
}
