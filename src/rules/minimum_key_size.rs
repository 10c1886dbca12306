//! `minimum-key-size`: kinds and sizes of keys (NIST SP 800-57 part 1, section 5.6.1; BR section 6.1.5).
//!
//! RSA sizes are true bit lengths of the modulus. A maximum bounds the work a peer's key can cause
//! (CVE-2023-29409). What is not recognised is refused.

use std::fmt;

use crate::certificate::{Certificate, KeyRef};
use crate::error::BuildError;
use crate::path::{CandidatePath, PathAnchor, Position};
use crate::peer::Role;
use crate::policy::{BuildContext, PerPosition, RuleSettings, Setting};
use crate::report::Fact;
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::text;
use crate::time::Time;

/// Settings of the rule `minimum-key-size`: keys by position (NIST SP 800-57 part 1 section 5.6.1, BR section 6.1.5).
pub type MinimumKeySize = PerPosition<KeySizes>;

/// What a key must be at one position.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct KeySizes {
    /// Least bits of an RSA modulus. Starting point: 2048.
    pub rsa_bits: u32,
    /// Most bits of an RSA modulus. Starting point: 8192.
    pub rsa_max_bits: u32,
    /// Least RSA public exponent. Starting point: 65537 (FIPS 186-5 section 5.1).
    pub rsa_min_exponent: u64,
    /// Least bits of an elliptic curve. Starting point: 256.
    pub ec_bits: u32,
    /// The curves permitted, beside their size; `None`: P-256, P-384 and P-521.
    pub curves: Option<Vec<NamedCurve>>,
    /// Whether RSA keys are permitted. Starting point: yes.
    pub rsa: bool,
    /// Whether elliptic-curve keys are permitted. Starting point: yes.
    pub ec: bool,
    /// Whether Ed25519 keys are permitted. Starting point: yes.
    pub ed25519: bool,
    /// Least ML-DSA parameter set permitted (44, 65 or 87); 0: none. Starting point: 44.
    pub ml_dsa: u8,
}

impl Default for KeySizes {
    fn default() -> Self {
        Self {
            rsa_bits: 2048,
            rsa_max_bits: 8192,
            rsa_min_exponent: 65_537,
            ec_bits: 256,
            curves: None,
            rsa: true,
            ec: true,
            ed25519: true,
            ml_dsa: 44,
        }
    }
}

/// A curve that policies can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum NamedCurve {
    /// secp256r1.
    #[cfg_attr(feature = "serde", serde(rename = "P-256"))]
    P256,
    /// secp384r1.
    #[cfg_attr(feature = "serde", serde(rename = "P-384"))]
    P384,
    /// secp521r1.
    #[cfg_attr(feature = "serde", serde(rename = "P-521"))]
    P521,
}

impl NamedCurve {
    const fn bits(self) -> u32 {
        match self {
            Self::P256 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }
}

impl fmt::Display for NamedCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        })
    }
}

/// What a key should have been.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRequirement {
    /// RSA with a modulus of at least so many bits.
    RsaAtLeast(u32),
    /// RSA with a modulus of at most so many bits.
    RsaAtMost(u32),
    /// An odd RSA public exponent of at least this.
    RsaExponent(u64),
    /// A curve of at least so many bits.
    EcAtLeast(u32),
    /// One of these curves.
    CurveAmong(Vec<NamedCurve>),
    /// An ML-DSA parameter set of at least this.
    MlDsaAtLeast(u8),
    /// A kind of key that the policy permits.
    PermittedKind(Vec<&'static str>),
}

impl fmt::Display for KeyRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaAtLeast(bits) => write!(f, "RSA of at least {bits} bits"),
            Self::RsaAtMost(bits) => write!(f, "RSA of at most {bits} bits"),
            Self::RsaExponent(least) => {
                write!(f, "RSA with an odd exponent of at least {least}")
            }
            Self::EcAtLeast(bits) => write!(f, "EC on a curve of at least {bits} bits"),
            Self::CurveAmong(curves) => {
                f.write_str("EC on ")?;
                text::list(f, curves, " or ")
            }
            Self::MlDsaAtLeast(set) => write!(f, "ML-DSA-{set} or above"),
            Self::PermittedKind(kinds) => {
                f.write_str("a key of a permitted kind: ")?;
                text::list(f, kinds, " or ")
            }
        }
    }
}

impl KeySizes {
    /// What `key` fails to be; nothing is allocated for a key that passes.
    fn unmet(&self, key: KeyRef<'_>) -> Vec<KeyRequirement> {
        let mut unmet = Vec::new();
        let curve = match key {
            KeyRef::P256 => Some(NamedCurve::P256),
            KeyRef::P384 => Some(NamedCurve::P384),
            KeyRef::P521 => Some(NamedCurve::P521),
            _ => None,
        };
        match key {
            KeyRef::Rsa { bits, exponent } if self.rsa => {
                if bits < self.rsa_bits {
                    unmet.push(KeyRequirement::RsaAtLeast(self.rsa_bits));
                }
                if bits > self.rsa_max_bits {
                    unmet.push(KeyRequirement::RsaAtMost(self.rsa_max_bits));
                }
                if !exponent.is_some_and(|e| e >= self.rsa_min_exponent && e & 1 == 1) {
                    unmet.push(KeyRequirement::RsaExponent(self.rsa_min_exponent));
                }
            }
            KeyRef::P256 | KeyRef::P384 | KeyRef::P521 | KeyRef::OtherCurve(_) if self.ec => {
                if curve.is_some_and(|curve| curve.bits() < self.ec_bits) {
                    unmet.push(KeyRequirement::EcAtLeast(self.ec_bits));
                }
                let permitted = match (&self.curves, curve) {
                    (_, None) => false,
                    (None, Some(_)) => true,
                    (Some(permitted), Some(curve)) => permitted.contains(&curve),
                };
                if !permitted {
                    unmet.push(KeyRequirement::CurveAmong(self.permitted_curves()));
                }
            }
            KeyRef::Ed25519 if self.ed25519 => {}
            KeyRef::MlDsa(set) if self.ml_dsa > 0 => {
                if set < self.ml_dsa {
                    unmet.push(KeyRequirement::MlDsaAtLeast(self.ml_dsa));
                }
            }
            _ => unmet.push(KeyRequirement::PermittedKind(self.permitted_kinds())),
        }
        unmet
    }

    pub(crate) fn permitted_curves(&self) -> Vec<NamedCurve> {
        let all = [NamedCurve::P256, NamedCurve::P384, NamedCurve::P521];
        all.into_iter()
            .filter(|curve| curve.bits() >= self.ec_bits)
            .filter(|curve| {
                self.curves
                    .as_ref()
                    .is_none_or(|permitted| permitted.contains(curve))
            })
            .collect()
    }

    fn permitted_kinds(&self) -> Vec<&'static str> {
        let kinds = [
            (self.rsa, "RSA"),
            (self.ec, "EC"),
            (self.ed25519, "Ed25519"),
            (self.ml_dsa > 0, "ML-DSA"),
        ];
        kinds
            .into_iter()
            .filter_map(|(permitted, kind)| permitted.then_some(kind))
            .collect()
    }

    fn validate(&self, position: &str) -> Result<(), BuildError> {
        let wrong = |key: &str, problem: String| {
            Err(BuildError::policy(
                format!("minimum-key-size.{position}.{key}"),
                problem,
            ))
        };
        if self.permitted_kinds().is_empty() {
            return wrong(
                "rsa",
                "no kind of key is permitted: this accepts nobody".into(),
            );
        }
        if self.rsa && self.rsa_bits > self.rsa_max_bits {
            return wrong(
                "rsa-max-bits",
                format!("is below rsa-bits ({})", self.rsa_bits),
            );
        }
        if self.rsa && self.rsa_max_bits > 16_384 {
            return wrong(
                "rsa-max-bits",
                "is above 16384, beyond what any provider verifies".into(),
            );
        }
        if self.rsa && self.rsa_bits < 1024 {
            return wrong("rsa-bits", "is below 1024, which protects nothing".into());
        }
        if self.curves.as_ref().is_some_and(Vec::is_empty) {
            return wrong(
                "curves",
                "the list is empty: name a curve, or leave it out and set `ec = false`".into(),
            );
        }
        if self.rsa && self.rsa_min_exponent < 3 {
            return wrong(
                "rsa-min-exponent",
                "is below 3, the least exponent there is".into(),
            );
        }
        if self.rsa && self.rsa_min_exponent > u64::from(u32::MAX) {
            return wrong(
                "rsa-min-exponent",
                format!("{} is above any exponent in use", self.rsa_min_exponent),
            );
        }
        if self.ec && self.permitted_curves().is_empty() {
            return wrong(
                "ec-bits",
                format!(
                    "no permitted curve has {} bits: set `ec = false` to forbid elliptic curves",
                    self.ec_bits
                ),
            );
        }
        if !matches!(self.ml_dsa, 0 | 44 | 65 | 87) {
            return wrong(
                "ml-dsa",
                format!(
                    "{} is no parameter set: 44, 65 or 87, or 0 for none",
                    self.ml_dsa
                ),
            );
        }
        Ok(())
    }
}

impl RuleSettings for MinimumKeySize {
    const ID: RuleId = RuleId::new("minimum-key-size");
    const CITATION: &'static str = "NIST SP 800-57 part 1 section 5.6.1, BR section 6.1.5";

    fn starting_point(_role: Role) -> Setting<Self> {
        Setting::enforced(Self {
            end_entity: KeySizes::default(),
            intermediate: KeySizes::default(),
            trust_anchor: KeySizes::default(),
        })
    }

    fn validate(&self, _context: &BuildContext<'_>) -> Result<(), BuildError> {
        self.end_entity.validate("end-entity")?;
        self.intermediate.validate("intermediate")?;
        self.trust_anchor.validate("trust-anchor")
    }

    /// The anchor's key is known even where its certificate is not.
    fn check_anchor(&self, anchor: &PathAnchor<'_>, _time: Time, findings: &mut Findings) {
        self.check_key(anchor.key(), Position::TrustAnchor, findings);
    }
}

impl Rule for MinimumKeySize {
    fn id(&self) -> RuleId {
        Self::ID
    }

    fn judges(&self, position: Position) -> bool {
        position != Position::Path
    }

    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        _context: &Context<'_>,
        findings: &mut Findings,
    ) {
        if position != Position::TrustAnchor {
            self.check_key(certificate.key(), position, findings);
        }
    }

    fn check_path(&self, path: &CandidatePath<'_>, context: &Context<'_>, findings: &mut Findings) {
        self.check_anchor(path.anchor(), context.time(), findings);
    }
}

impl MinimumKeySize {
    fn check_key(&self, key: KeyRef<'_>, position: Position, findings: &mut Findings) {
        let Some(sizes) = self.at(position) else {
            return;
        };
        for requirement in sizes.unmet(key) {
            let presented = match (&requirement, key) {
                (KeyRequirement::RsaExponent(_), KeyRef::Rsa { exponent, .. }) => {
                    Fact::RsaExponent(exponent)
                }
                _ => Fact::Key(key.to_owned()),
            };
            findings.violation(position, Fact::RequiredKey(requirement), presented);
        }
    }
}
