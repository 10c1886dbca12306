//! `pin`: keys or certificates that a path must go through (RFC 7469 section 2.4 for what is hashed).
//!
//! A pin only tightens: the chain is validated all the same. An expired pin matches nothing.

use std::fmt;

use base64ct::{Base64, Encoding};

use crate::certificate::Certificate;
use crate::error::BuildError;
use crate::path::{CandidatePath, Position};
use crate::peer::Role;
use crate::policy::{BuildContext, RuleSettings, Setting};
use crate::report::{Fact, WarningKind};
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::time::{Date, Span, Time};

/// How long before the pins' end verifications start to warn of it, where nothing else is said.
const WARN_BEFORE_END: Span = Span::Days(30);

/// A SHA-256 pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pin {
    /// Of a SubjectPublicKeyInfo: survives a renewal with the same key.
    SpkiSha256([u8; 32]),
    /// Of a whole certificate.
    CertificateSha256([u8; 32]),
}

impl Pin {
    /// An SPKI pin from base64, as `openssl … | openssl dgst -sha256 -binary | base64` prints it.
    ///
    /// Returns `None` if that is not base64 of 32 octets.
    #[must_use]
    pub fn spki_from_base64(text: &str) -> Option<Self> {
        digest_from_base64(text).map(Self::SpkiSha256)
    }

    /// A certificate pin from the fingerprint in hexadecimal, as `openssl x509 -noout -fingerprint -sha256` prints it, with or without
    /// colons.
    ///
    /// Returns `None` if that is not 32 octets.
    #[must_use]
    pub fn certificate_from_hex(text: &str) -> Option<Self> {
        digest_from_hex(text).map(Self::CertificateSha256)
    }

    /// A certificate pin from base64.
    ///
    /// Returns `None` if that is not base64 of 32 octets.
    #[must_use]
    pub fn certificate_from_base64(text: &str) -> Option<Self> {
        digest_from_base64(text).map(Self::CertificateSha256)
    }
}

pub(crate) fn digest_from_base64(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    let decoded = Base64::decode(text, &mut digest).ok()?;
    (decoded.len() == 32).then_some(digest)
}

/// As openssl prints fingerprints, with colons between the octets, or without.
fn digest_from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = match text.contains(':') {
        true => {
            let mut octets = text.split(':');
            let are_pairs = octets.clone().all(|octet| octet.len() == 2);
            are_pairs.then(|| octets.by_ref().flat_map(str::bytes).collect())?
        }
        false => text.bytes().collect(),
    };
    let mut digest = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (octet, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
            *octet = (*octet << 4) | value;
        }
    }
    Some(digest)
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, digest) = match self {
            Self::SpkiSha256(digest) => ("spki-sha256", digest),
            Self::CertificateSha256(digest) => ("certificate-sha256", digest),
        };
        write!(f, "{kind} {}", Base64::encode_string(digest))
    }
}

/// Where a pin must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum PinPosition {
    /// At the end entity.
    EndEntity,
    /// At any intermediate.
    Intermediate,
    /// At the trust anchor.
    TrustAnchor,
    /// Anywhere in the path.
    Any,
}

/// Settings of the rule `pin` (RFC 7469 section 2.4 for what is hashed). Starting point: off, for there is nothing to pin
/// yet. A pin only tightens: the chain is validated all the same.
///
/// Two are equal when they have the same pins of each kind, in the same order, whatever the order between the kinds.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "InFile", into = "InFile")
)]
pub struct Pins {
    /// One of these must match.
    pub pins: Vec<Pin>,
    /// Where. Default: any position.
    pub position: PinPosition,
    /// The last day on which the pins match; afterwards they match nothing and everybody is refused.
    pub expires: Option<Date>,
    /// How long before that verifications begin to warn of it. Default: 30 days.
    pub warn_before: Span,
}

impl Pins {
    /// Pins that match anywhere in the path and do not expire.
    pub fn new(pins: impl IntoIterator<Item = Pin>) -> Self {
        Self {
            pins: pins.into_iter().collect(),
            position: PinPosition::Any,
            expires: None,
            warn_before: WARN_BEFORE_END,
        }
    }
}

impl PartialEq for Pins {
    fn eq(&self, other: &Self) -> bool {
        self.spki_digests().eq(other.spki_digests())
            && self.certificate_digests().eq(other.certificate_digests())
            && self.position == other.position
            && self.expires == other.expires
            && self.warn_before == other.warn_before
    }
}

impl Eq for Pins {}

impl Pins {
    fn spki_digests(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.pins.iter().filter_map(|pin| match pin {
            Pin::SpkiSha256(digest) => Some(digest),
            Pin::CertificateSha256(_) => None,
        })
    }

    fn certificate_digests(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.pins.iter().filter_map(|pin| match pin {
            Pin::SpkiSha256(_) => None,
            Pin::CertificateSha256(digest) => Some(digest),
        })
    }
}

/// As policy files have it: a list for each kind.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct InFile {
    spki_sha256: Vec<Digest>,
    certificate_sha256: Vec<Digest>,
    position: PinPosition,
    expires: Option<Date>,
    warn_before: Span,
}

/// In base64.
#[cfg(feature = "serde")]
struct Digest([u8; 32]);

#[cfg(feature = "serde")]
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}

#[cfg(feature = "serde")]
crate::policy_file::as_text!(
    Digest,
    |text| {
        let digest = digest_from_base64(text).or_else(|| digest_from_hex(text));
        digest.map(Digest)
    },
    "not a SHA-256 digest: 44 characters of base64, or 64 of hexadecimal, colons or not"
);

#[cfg(feature = "serde")]
impl From<Pins> for InFile {
    fn from(pins: Pins) -> Self {
        Self {
            spki_sha256: pins.spki_digests().copied().map(Digest).collect(),
            certificate_sha256: pins.certificate_digests().copied().map(Digest).collect(),
            position: pins.position,
            expires: pins.expires,
            warn_before: pins.warn_before,
        }
    }
}

#[cfg(feature = "serde")]
impl From<InFile> for Pins {
    fn from(file: InFile) -> Self {
        let spki = file
            .spki_sha256
            .into_iter()
            .map(|digest| Pin::SpkiSha256(digest.0));
        let certificate = file
            .certificate_sha256
            .into_iter()
            .map(|digest| Pin::CertificateSha256(digest.0));
        Self {
            pins: spki.chain(certificate).collect(),
            position: file.position,
            expires: file.expires,
            warn_before: file.warn_before,
        }
    }
}

impl RuleSettings for Pins {
    const ID: RuleId = RuleId::new("pin");
    const CITATION: &'static str = "RFC 7469 section 2.4";

    fn starting_point(_role: Role) -> Setting<Self> {
        Setting::off(Self::new([]))
    }

    fn validate(&self, context: &BuildContext<'_>) -> Result<(), BuildError> {
        if self.pins.is_empty() {
            return Err(BuildError::policy(
                "pin",
                "there is no pin: give `spki-sha256` or `certificate-sha256`, or set `off = true`",
            ));
        }
        let mut rest = self.pins.as_slice();
        while let [pin, others @ ..] = rest {
            if others.contains(pin) {
                return Err(BuildError::policy(
                    "pin",
                    format!("{pin} stands there twice: a backup is the pin of another key"),
                ));
            }
            rest = others;
        }
        let certificates_only = self
            .pins
            .iter()
            .all(|pin| matches!(pin, Pin::CertificateSha256(_)));
        if certificates_only && self.position == PinPosition::TrustAnchor {
            context.need_anchor_certificates(Self::ID, "pin the anchor's key by `spki-sha256`")?;
        }
        Ok(())
    }
}

impl Rule for Pins {
    fn id(&self) -> RuleId {
        Self::ID
    }

    fn judges(&self, position: Position) -> bool {
        position == self.reported_at()
    }

    /// Without a path only a pin on the end entity can be judged.
    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        context: &Context<'_>,
        findings: &mut Findings,
    ) {
        let judged = !context.has_path()
            && position == Position::EndEntity
            && self.position == PinPosition::EndEntity;
        if judged && (self.expired(context) || !self.matches_certificate(certificate, context)) {
            let presented = self.pins_of(certificate, context);
            self.refuse(position, presented, context, findings);
        }
    }

    fn check_path(&self, path: &CandidatePath<'_>, context: &Context<'_>, findings: &mut Findings) {
        let position = self.reported_at();
        if self.expired(context) || !self.matches(path, context) {
            let presented = self.candidates(path, context);
            return self.refuse(position, presented, context, findings);
        }
        if let Some(expires) = self.expires {
            let soon = self.warn_before.after(context.time());
            if soon.is_some_and(|soon| expires.end() < soon) {
                findings.warning(
                    WarningKind::EndsSoon,
                    Position::Path,
                    Fact::ValidUntil(soon.unwrap_or(expires.end())),
                    Fact::PinsExpire(expires),
                );
            }
        }
        if self.pins.len() == 1 {
            findings.warning(
                WarningKind::Advice,
                Position::Path,
                Fact::PinCount(2),
                Fact::PinCount(1),
            );
        }
    }

    fn holds_until(&self, _path: &CandidatePath<'_>, context: &Context<'_>) -> Option<Time> {
        self.expires
            .filter(|_| !self.expired(context))
            .map(Date::end)
    }
}

impl Pins {
    /// Where a violation is reported: at the position, if it is one certificate's.
    const fn reported_at(&self) -> Position {
        match self.position {
            PinPosition::EndEntity => Position::EndEntity,
            PinPosition::TrustAnchor => Position::TrustAnchor,
            PinPosition::Intermediate | PinPosition::Any => Position::Path,
        }
    }

    fn expired(&self, context: &Context<'_>) -> bool {
        self.expires
            .is_some_and(|expires| context.time() > expires.end())
    }

    fn refuse(
        &self,
        position: Position,
        presented: Vec<Pin>,
        context: &Context<'_>,
        findings: &mut Findings,
    ) {
        let required = Fact::RequiredPins(self.pins.clone());
        match self.expires.filter(|_| self.expired(context)) {
            Some(expires) => findings.violation(
                position,
                Fact::PinsValidAt(context.time()),
                Fact::PinsExpire(expires),
            ),
            None if presented.is_empty() => findings.violation(position, required, Fact::Absent),
            None => findings.violation(position, required, Fact::Pins(presented)),
        }
    }

    fn judges_certificate_at(&self, position: Position) -> bool {
        match self.position {
            PinPosition::EndEntity => position == Position::EndEntity,
            PinPosition::Intermediate => matches!(position, Position::Intermediate(_)),
            PinPosition::TrustAnchor => position == Position::TrustAnchor,
            PinPosition::Any => true,
        }
    }

    /// Whether a pin is met: first by the anchor, whose digests are known.
    fn matches(&self, path: &CandidatePath<'_>, context: &Context<'_>) -> bool {
        let of_anchor = || {
            self.pins_of_anchor(path)
                .any(|pin| self.pins.contains(&pin))
        };
        (self.judges_certificate_at(Position::TrustAnchor) && of_anchor())
            || Self::below_anchor(path).any(|(position, certificate)| {
                self.judges_certificate_at(position)
                    && self.matches_certificate(certificate, context)
            })
    }

    fn below_anchor<'p, 'a>(
        path: &'p CandidatePath<'a>,
    ) -> impl Iterator<Item = (Position, &'p Certificate<'a>)> {
        path.certificates()
            .filter(|(position, _)| *position != Position::TrustAnchor)
    }

    fn pins_of_anchor(&self, path: &CandidatePath<'_>) -> impl Iterator<Item = Pin> {
        let digests = path.anchor().anchor.digests();
        let spki = self.has_spki_pins().then_some(digests.spki);
        let whole = digests.certificate.filter(|_| self.has_certificate_pins());
        let pins = spki.map(Pin::SpkiSha256).into_iter();
        pins.chain(whole.map(Pin::CertificateSha256))
    }

    fn has_spki_pins(&self) -> bool {
        self.pins
            .iter()
            .any(|pin| matches!(pin, Pin::SpkiSha256(_)))
    }

    fn has_certificate_pins(&self) -> bool {
        self.pins
            .iter()
            .any(|pin| matches!(pin, Pin::CertificateSha256(_)))
    }

    fn matches_certificate(&self, certificate: &Certificate<'_>, context: &Context<'_>) -> bool {
        (self.has_spki_pins()
            && self
                .pins
                .contains(&Pin::SpkiSha256(context.sha256(certificate.spki()))))
            || (self.has_certificate_pins()
                && self
                    .pins
                    .contains(&Pin::CertificateSha256(context.sha256(certificate.der()))))
    }

    /// The pins, of the kinds asked for, that would have matched this path.
    fn candidates(&self, path: &CandidatePath<'_>, context: &Context<'_>) -> Vec<Pin> {
        let mut candidates: Vec<Pin> = Vec::new();
        let certificates = Self::below_anchor(path)
            .filter(|(position, _)| self.judges_certificate_at(*position))
            .flat_map(|(_, certificate)| self.pins_of(certificate, context));
        let judges_anchor = self.judges_certificate_at(Position::TrustAnchor);
        let of_anchor = self.pins_of_anchor(path).filter(|_| judges_anchor);
        for pin in certificates.chain(of_anchor) {
            if !candidates.contains(&pin) {
                candidates.push(pin);
            }
        }
        candidates
    }

    fn pins_of(&self, certificate: &Certificate<'_>, context: &Context<'_>) -> Vec<Pin> {
        let spki = self
            .has_spki_pins()
            .then(|| Pin::SpkiSha256(context.sha256(certificate.spki())));
        let whole = self
            .has_certificate_pins()
            .then(|| Pin::CertificateSha256(context.sha256(certificate.der())));
        spki.into_iter().chain(whole).collect()
    }
}
