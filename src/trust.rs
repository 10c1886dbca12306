//! Trust anchors: labelled, with the whole certificate kept when there is one.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use pki_types::{CertificateDer, TrustAnchor};
use rustls::RootCertStore;

use crate::certificate::{
    Certificate, KeyRef, Layout, Reader, SpkiLayout, decode_spki_contents, subject_of_undecodable,
};
use crate::crypto::Sha256;
use crate::error::BuildError;
use crate::name::DistinguishedName;
use crate::path::Position;
use crate::pem;
use crate::report::{Fact, Warning, WarningKind};
use crate::rule::RuleId;

/// The label of anchors that were added without one.
pub const DEFAULT_LABEL: &str = "default";

/// The certificates (or names and keys) that paths may end at, each under a label.
///
/// Labels say whose anchors they are, so that a policy can demand an identifier `under` one partner's CA.
/// A certificate that cannot be used is left out (less trust, never more) and listed in
/// [`skipped`](Self::skipped); [`strict`](Self::strict) makes that an error. The same certificate added under two
/// labels is one anchor that counts under both.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors {
    anchors: Vec<Anchor>,
    /// Where the anchors of a name stand, for there may be hundreds of others.
    by_subject: BTreeMap<Vec<u8>, Vec<usize>>,
    skipped: Vec<SkippedAnchor>,
}

/// A certificate that could not be made a trust anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedAnchor {
    /// Which certificate of its input, counted from 1.
    pub index: usize,
    /// Its subject, if that much could be decoded; escaped and bounded.
    pub subject: Option<String>,
    /// The label it would have had.
    pub label: String,
    /// What is wrong with it.
    pub problem: String,
}

/// `certificate 2 (CN=Acme Root CA): tbsCertificate at octet 4: …`.
impl fmt::Display for SkippedAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "certificate {}", self.index)?;
        if let Some(subject) = &self.subject {
            write!(f, " ({subject})")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl SkippedAnchor {
    /// The same as a warning of a report.
    #[must_use]
    pub fn to_warning(&self) -> Warning {
        Warning {
            kind: WarningKind::LeftAside,
            rule: RuleId::INPUT,
            position: Position::TrustAnchor,
            required: Fact::Decodable,
            presented: Fact::SkippedAnchor(self.clone()),
        }
    }
}

impl TrustAnchors {
    /// No anchors yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The certificates of a PEM bundle, or of one DER certificate, under the default label.
    ///
    /// # Errors
    ///
    /// [`BuildError::Pem`] if the input holds anything but certificates, [`BuildError::NoTrustAnchor`] if none of
    /// them can be used.
    pub fn from_pem(input: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        Self::new().with_pem(DEFAULT_LABEL, input)
    }

    /// Adds the certificates of a PEM bundle, or of one DER certificate, under `label`.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn with_pem(
        self,
        label: impl Into<Arc<str>>,
        input: impl AsRef<[u8]>,
    ) -> Result<Self, BuildError> {
        self.with_certificates(label, pem::certificates(input.as_ref())?)
    }

    /// Adds certificates under `label`.
    ///
    /// # Errors
    ///
    /// [`BuildError::NoTrustAnchor`] if none of them can be used.
    pub fn with_certificates(
        self,
        label: impl Into<Arc<str>>,
        certificates: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Result<Self, BuildError> {
        let label = label.into();
        let anchors = certificates.into_iter().map(|der| {
            let subject = || subject_of_undecodable(&der).map(|subject| subject.to_string());
            Anchor::from_certificate(label.clone(), der.clone())
                .map_err(|problem| (subject(), problem))
        });
        self.with_anchors(&label, anchors)
    }

    /// Adds the anchors of a rustls root store under `label`. They have only name and key: rules that look at the
    /// anchors' certificates cannot judge them.
    ///
    /// # Errors
    ///
    /// [`BuildError::NoTrustAnchor`] if the store is empty or no anchor of it can be used.
    pub fn with_root_store(
        self,
        label: impl Into<Arc<str>>,
        store: &RootCertStore,
    ) -> Result<Self, BuildError> {
        let label = label.into();
        let anchors = store.roots.iter().map(|trust_anchor| {
            Anchor::from_trust_anchor(label.clone(), trust_anchor.to_owned())
                .map_err(|problem| (None, problem))
        });
        self.with_anchors(&label, anchors)
    }

    /// Adds what can be used, and lists the rest, by subject and problem; at least one must be usable.
    fn with_anchors(
        mut self,
        label: &str,
        anchors: impl Iterator<Item = Result<Anchor, (Option<String>, String)>>,
    ) -> Result<Self, BuildError> {
        let (mut usable, skipped_before) = (false, self.skipped.len());
        for (index, anchor) in (1..).zip(anchors) {
            match anchor {
                Ok(anchor) => {
                    usable = true;
                    self.add(anchor);
                }
                Err((subject, problem)) => self.skipped.push(SkippedAnchor {
                    index,
                    subject,
                    label: label.to_owned(),
                    problem,
                }),
            }
        }
        if usable {
            Ok(self)
        } else {
            Err(BuildError::NoTrustAnchor {
                skipped: self.skipped.split_off(skipped_before),
            })
        }
    }

    /// Makes every certificate that was left out an error.
    ///
    /// # Errors
    ///
    /// [`BuildError::Certificate`] for the first certificate that was left out.
    pub fn strict(self) -> Result<Self, BuildError> {
        match self.skipped.first() {
            None => Ok(self),
            Some(skipped) => Err(BuildError::Certificate {
                what: "trust anchor",
                index: skipped.index,
                subject: skipped.subject.clone(),
                problem: skipped.problem.clone(),
            }),
        }
    }

    /// The certificates that were left out, and why.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedAnchor] {
        &self.skipped
    }

    /// How many anchors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Whether there is no anchor.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    pub(crate) fn compute_digests(&mut self, sha256: &Sha256) {
        for anchor in &mut self.anchors {
            anchor.digests = Digests {
                spki: sha256.digest(&anchor.spki),
                certificate: anchor.der().map(|der| sha256.digest(der)),
            };
        }
    }

    pub(crate) fn has_label(&self, label: &str) -> bool {
        self.anchors
            .iter()
            .any(|anchor| anchor.labels().any(|own| own == label))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Anchor> {
        self.anchors.iter()
    }

    pub(crate) fn subjects(&self) -> impl Iterator<Item = DistinguishedName<'_>> {
        self.anchors.iter().map(Anchor::subject)
    }

    /// Every label once, quoted, in the order first used.
    pub(crate) fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = Vec::new();
        for label in self.anchors.iter().flat_map(Anchor::labels) {
            let label = format!("{label:?}");
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        labels
    }

    /// How many anchors count under each label.
    pub(crate) fn count_by_label(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for label in self.anchors.iter().flat_map(Anchor::labels) {
            let count: &mut usize = counts.entry(label).or_default();
            *count = count.saturating_add(1);
        }
        counts
    }

    pub(crate) fn without_certificate(&self) -> usize {
        self.anchors
            .iter()
            .filter(|anchor| anchor.certificate.is_none())
            .count()
    }

    /// The anchors whose subject is `name`, octet by octet, as webpki compares them.
    pub(crate) fn of_subject(&self, name: DistinguishedName<'_>) -> impl Iterator<Item = &Anchor> {
        self.by_subject
            .get(name.contents())
            .into_iter()
            .flatten()
            .filter_map(|index| self.anchors.get(*index))
    }

    /// The same name and key twice is one anchor with the labels of both, whichever of them came with a certificate; two
    /// certificates of one name and key are two anchors.
    fn add(&mut self, anchor: Anchor) {
        let index = self.anchors.len();
        let subject = anchor.subject().contents().to_vec();
        let indices = self.by_subject.entry(subject).or_default();
        for known in indices.iter() {
            if let Some(known) = self.anchors.get_mut(*known) {
                if known.merge(&anchor) {
                    return;
                }
            }
        }
        indices.push(index);
        self.anchors.push(anchor);
    }
}

/// One trust anchor.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    /// At least one, in the order added.
    labels: Vec<Arc<str>>,
    trust_anchor: TrustAnchor<'static>,
    /// SubjectPublicKeyInfo with tag and length; webpki keeps it without.
    spki: Vec<u8>,
    spki_layout: SpkiLayout,
    certificate: Option<(CertificateDer<'static>, Box<Layout>)>,
    digests: Digests,
}

/// SHA-256 of an anchor's SubjectPublicKeyInfo and certificate; computed when a verifier is built.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Digests {
    pub(crate) spki: [u8; 32],
    pub(crate) certificate: Option<[u8; 32]>,
}

impl Anchor {
    fn from_certificate(label: Arc<str>, der: CertificateDer<'static>) -> Result<Self, String> {
        let layout = Layout::decode(&der).map_err(|error| error.to_string())?;
        let trust_anchor = crate::path_builder::trust_anchor(&der)?;
        // Promise of the path builder: both parsers must see the same name and key.
        let view = Certificate::from_layout(&der, &layout);
        if view.subject().contents() != trust_anchor.subject.as_ref()
            || view.spki_contents() != trust_anchor.subject_public_key_info.as_ref()
        {
            return Err("two decoders disagree on it".to_owned());
        }
        let mut anchor = Self::from_trust_anchor(label, trust_anchor)?;
        anchor.certificate = Some((der, Box::new(layout)));
        Ok(anchor)
    }

    fn from_trust_anchor(
        label: Arc<str>,
        trust_anchor: TrustAnchor<'static>,
    ) -> Result<Self, String> {
        let (spki, spki_layout) =
            decode_spki_contents(trust_anchor.subject_public_key_info.as_ref())
                .map_err(|error| error.to_string())?;
        crate::name::check_distinguished_name(Reader::new(&trust_anchor.subject, "subject"))
            .map_err(|error| error.to_string())?;
        Ok(Self {
            labels: vec![label],
            trust_anchor,
            spki,
            spki_layout,
            certificate: None,
            digests: Digests::default(),
        })
    }

    /// Takes over the labels of `other`, if it is the same anchor.
    fn merge(&mut self, other: &Self) -> bool {
        let same = self.trust_anchor == other.trust_anchor
            && match (self.der(), other.der()) {
                (Some(own), Some(other)) => own == other,
                _ => true,
            };
        if same {
            if self.certificate.is_none() {
                self.certificate.clone_from(&other.certificate);
            }
            for label in &other.labels {
                if !self.labels.contains(label) {
                    self.labels.push(label.clone());
                }
            }
        }
        same
    }

    /// The label it was first added under.
    pub(crate) fn label(&self) -> &str {
        self.labels.first().map_or("", |label| label)
    }

    pub(crate) fn labels(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().map(|label| label.as_ref())
    }

    pub(crate) fn subject(&self) -> DistinguishedName<'_> {
        DistinguishedName::new(self.trust_anchor.subject.as_ref())
    }

    pub(crate) fn trust_anchor(&self) -> &TrustAnchor<'static> {
        &self.trust_anchor
    }

    pub(crate) fn has_name_constraints(&self) -> bool {
        self.trust_anchor.name_constraints.is_some()
    }

    pub(crate) fn key(&self) -> KeyRef<'_> {
        self.spki_layout.kind.view(&self.spki)
    }

    pub(crate) fn key_octets(&self) -> &[u8] {
        self.spki_layout.key.of(&self.spki)
    }

    pub(crate) fn spki(&self) -> &[u8] {
        &self.spki
    }

    pub(crate) fn digests(&self) -> &Digests {
        &self.digests
    }

    pub(crate) fn der(&self) -> Option<&[u8]> {
        self.certificate.as_ref().map(|(der, _)| der.as_ref())
    }

    pub(crate) fn certificate(&self) -> Option<Certificate<'_>> {
        self.certificate
            .as_ref()
            .map(|(der, layout)| Certificate::from_layout(der, layout))
    }
}
