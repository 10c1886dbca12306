//! Paths: what webpki found valid, and what our rules accepted too.

use std::fmt;
use std::time::Duration;

use smallvec::SmallVec;

use crate::acceptance::Accepted;
use crate::certificate::{Certificate, KeyRef, PublicKey};
use crate::chain::PresentedView;
use crate::horizon;
use crate::identity::PeerIdentity;
use crate::name::DistinguishedName;
use crate::observer::{Judgement, Named};
use crate::peer::{Question, Role};
use crate::policy::RuleSettings;
use crate::report::{PathEntry, RefusedPath, Report, Warning, WarningKind};
use crate::rules::subject_identifier::{MatchedIdentifier, SubjectIdentifier};
use crate::time::Time;
use crate::trust::Anchor;
use crate::verify::Verifier;

/// Where in a path, or in what was presented, a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Position {
    /// The end entity: the peer's own certificate.
    EndEntity,
    /// The nth intermediate; 1 is the end entity's issuer.
    Intermediate(usize),
    /// The trust anchor.
    TrustAnchor,
    /// The path as a whole.
    Path,
    /// Where no path was found: the nth certificate presented after the end entity.
    Presented(usize),
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndEntity => f.write_str("end-entity"),
            Self::Intermediate(n) => write!(f, "intermediate-{n}"),
            Self::TrustAnchor => f.write_str("trust-anchor"),
            Self::Path => f.write_str("path"),
            Self::Presented(n) => write!(f, "presented-{n}"),
        }
    }
}

/// An intermediate of a path.
#[derive(Clone, Copy, Debug)]
pub struct Intermediate<'a> {
    pub(crate) certificate: &'a Certificate<'a>,
    pub(crate) origin: Origin,
}

/// Where an intermediate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The peer sent it: the nth certificate after the end entity.
    Presented(usize),
    /// The verifier knows it: its index there.
    Known(usize),
}

impl Origin {
    pub(crate) const fn is_known_here(self) -> bool {
        matches!(self, Self::Known(_))
    }
}

impl<'a> Intermediate<'a> {
    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &'a Certificate<'a> {
        self.certificate
    }

    /// Whether the certificate comes from the verifier's known intermediates, not from the peer.
    #[must_use]
    pub fn known_here(&self) -> bool {
        self.origin.is_known_here()
    }
}

/// Most intermediates in one path: webpki's own bound.
pub(crate) const MAX_INTERMEDIATES: usize = 6;

/// A complete path that is valid for webpki, from the end entity to a trust anchor, as rules judge it.
#[derive(Clone, Debug)]
pub struct CandidatePath<'a> {
    pub(crate) end_entity: &'a Certificate<'a>,
    pub(crate) intermediates: SmallVec<[Intermediate<'a>; MAX_INTERMEDIATES]>,
    pub(crate) anchor: PathAnchor<'a>,
}

impl<'a> CandidatePath<'a> {
    /// The peer's own certificate.
    #[must_use]
    pub fn end_entity(&self) -> &'a Certificate<'a> {
        self.end_entity
    }

    /// The intermediates, the end entity's issuer first.
    #[must_use]
    pub fn intermediates(&self) -> &[Intermediate<'a>] {
        &self.intermediates
    }

    /// The trust anchor.
    #[must_use]
    pub fn anchor(&self) -> &PathAnchor<'a> {
        &self.anchor
    }

    /// Whether the end entity has the anchor's name and key: it vouches for itself.
    #[must_use]
    pub fn end_entity_is_anchor(&self) -> bool {
        self.end_entity.subject() == self.anchor.subject()
            && self.end_entity.spki() == self.anchor.spki()
    }

    /// Every certificate with its position, from the end entity up; the anchor's if it is known.
    pub fn certificates(&self) -> impl Iterator<Item = (Position, &Certificate<'a>)> {
        let intermediates = (1..)
            .zip(&self.intermediates)
            .map(|(n, intermediate)| (Position::Intermediate(n), intermediate.certificate));
        std::iter::once((Position::EndEntity, self.end_entity))
            .chain(intermediates)
            .chain(
                self.anchor
                    .certificate()
                    .map(|certificate| (Position::TrustAnchor, certificate)),
            )
    }
}

/// The trust anchor of a path.
#[derive(Clone, Debug)]
pub struct PathAnchor<'a> {
    pub(crate) anchor: &'a Anchor,
    pub(crate) certificate: Option<Certificate<'a>>,
}

impl<'a> PathAnchor<'a> {
    pub(crate) fn of(anchor: &'a Anchor) -> Self {
        Self {
            anchor,
            certificate: anchor.certificate(),
        }
    }

    /// The label under which the anchor was first added.
    #[must_use]
    pub fn label(&self) -> &'a str {
        self.anchor.label()
    }

    /// All labels under which the anchor was added.
    pub fn labels(&self) -> impl Iterator<Item = &'a str> {
        self.anchor.labels()
    }

    /// The anchor's name.
    #[must_use]
    pub fn subject(&self) -> DistinguishedName<'a> {
        self.anchor.subject()
    }

    /// The anchor's key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.key().to_owned()
    }

    pub(crate) fn key(&self) -> KeyRef<'a> {
        self.anchor.key()
    }

    /// The anchor's SubjectPublicKeyInfo, with tag and length.
    #[must_use]
    pub fn spki(&self) -> &'a [u8] {
        self.anchor.spki()
    }

    /// The anchor's whole certificate; `None` for anchors that came as name and key only.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate<'a>> {
        self.certificate.as_ref()
    }
}

/// A path whose certificates borrow from the peer's bytes and the verifier alone.
#[derive(Clone, Debug)]
pub(crate) struct OwnedPath<'a> {
    pub(crate) end_entity: Certificate<'a>,
    pub(crate) intermediates: SmallVec<[(Certificate<'a>, Origin); MAX_INTERMEDIATES]>,
    pub(crate) anchor: PathAnchor<'a>,
}

/// A path that was verified: valid for webpki, and no rule of the policy broken.
///
/// The only proof of success; only [`Verifier::verify`](crate::Verifier::verify) makes one.
#[derive(Clone, Debug)]
pub struct VerifiedPath<'a> {
    path: OwnedPath<'a>,
    verifier: &'a Verifier,
    question: Question<'a>,
    warnings: Vec<Warning>,
    refused: Vec<RefusedPath>,
}

impl<'a> VerifiedPath<'a> {
    pub(crate) fn new(
        accepted: Accepted<'a>,
        verifier: &'a Verifier,
        question: Question<'a>,
    ) -> Self {
        Self {
            path: accepted.path,
            verifier,
            question,
            warnings: accepted.warnings,
            refused: accepted.refused,
        }
    }

    /// The peer's own certificate.
    #[must_use]
    pub fn end_entity(&self) -> &Certificate<'a> {
        &self.path.end_entity
    }

    /// The intermediates, the end entity's issuer first.
    pub fn intermediates(&self) -> impl Iterator<Item = Intermediate<'_>> {
        self.path
            .intermediates
            .iter()
            .map(|(certificate, origin)| Intermediate {
                certificate,
                origin: *origin,
            })
    }

    /// The trust anchor.
    #[must_use]
    pub fn anchor(&self) -> &PathAnchor<'a> {
        &self.path.anchor
    }

    /// The label of the trust anchor, the first if there are several.
    ///
    /// Where several paths are acceptable this is one of them, and which one may depend on what the peer sends: to tie
    /// rights to a label, let the policy demand an identifier `under` it.
    #[must_use]
    pub fn label(&self) -> &'a str {
        self.path.anchor.label()
    }

    /// The identifiers of the policy's any-of and all-of that the end entity has: who the peer is. Empty if the
    /// policy names none, and if the path was accepted only because the rule is audited.
    #[must_use]
    pub fn identifiers(&self) -> Vec<MatchedIdentifier> {
        let audited = self.warnings.iter().any(|warning| {
            warning.rule == SubjectIdentifier::ID
                && matches!(warning.kind, WarningKind::Audited { .. })
        });
        if audited {
            return Vec::new();
        }
        self.verifier.matched_identifiers(&self.as_candidate())
    }

    /// Whose certificate was judged.
    #[must_use]
    pub fn role(&self) -> Role {
        self.verifier.policy().role
    }

    /// The time verified at.
    #[must_use]
    pub fn time(&self) -> Time {
        self.question.time
    }

    /// The last second to which the verdict holds: the same verifier, asked the same at any second from [`time`](Self::time) to
    /// this one, finds this path acceptable. From the next second on the path is refused, or it is not known that it is not:
    /// verify again by then, with newer CRLs where there are any, or end the connection.
    ///
    /// What ends it is the first of these: the end of a certificate of the path, the trust anchor's too where the policy looks
    /// at it; the last day of pins, of an audited rule that is broken, of a dated exception that is made use of; the nextUpdate or
    /// `max-age` of the CRLs and OCSP responses that the status of a certificate rests on, the staple among them, and the end of
    /// a responder's certificate; what custom rules say ([`Rule::holds_until`](crate::Rule::holds_until)).
    ///
    /// It foresees what is known now. A certificate may be revoked any day: newer CRLs tell. Where certificates that are not
    /// valid yet give a second path later, that one may be taken, or the search may reach the bounds of its work.
    ///
    /// Computed for who asks, by judging the path again at each moment at which a rule may judge it otherwise: some
    /// microseconds for each, and at most 64 of them; then it is the last of these.
    #[must_use]
    pub fn holds_until(&self) -> Time {
        horizon::holds_until(self, self.verifier, self.question)
    }

    /// How long from `now` on the verdict holds: to the second after [`holds_until`](Self::holds_until), for a timer. Nothing, if that is
    /// over.
    #[must_use]
    pub fn holds_for(&self, now: impl Into<Time>) -> Duration {
        let (last, now) = (self.holds_until(), now.into());
        if last < now {
            return Duration::ZERO;
        }
        Duration::from_secs(last.seconds_since(now).saturating_add(1))
    }

    /// Who the peer is, to keep: an owned copy of the end entity's facts, with the label and the identifiers found.
    #[must_use]
    pub fn identity(&self) -> PeerIdentity {
        PeerIdentity::verified(self, self.verifier.sha256())
    }

    /// What did not refuse, but should be known.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// For an observer, who asks for the report if at all.
    pub(crate) fn judgement<'j>(
        &'j self,
        report: &'j dyn Fn() -> Report,
        presented: Option<PresentedView<'j>>,
    ) -> Judgement<'j> {
        Judgement {
            accepted: true,
            role: self.role(),
            time: self.time(),
            generation: self.verifier.generation(),
            label: Some(self.label()),
            fingerprint: Some(self.verifier.sha256().fingerprint(self.end_entity().der())),
            violations: &[],
            warnings: &self.warnings,
            report: Named::Made(report),
            presented,
        }
    }

    /// Everything found, as plain data.
    #[must_use]
    pub fn report(&self) -> Report {
        Report {
            accepted: true,
            role: self.role(),
            time: self.time(),
            path: PathEntry::of_path(&self.as_candidate(), self.verifier.sha256()),
            anchor_label: Some(self.label().to_owned()),
            violations: Vec::new(),
            warnings: self.warnings.clone(),
            other_paths: self.refused.clone(),
        }
    }

    pub(crate) fn as_candidate(&self) -> CandidatePath<'_> {
        CandidatePath {
            end_entity: &self.path.end_entity,
            intermediates: self.intermediates().collect(),
            anchor: self.path.anchor.clone(),
        }
    }
}
