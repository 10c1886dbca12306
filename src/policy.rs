//! What a peer must be, as plain data.

use std::ops::{Deref, DerefMut};

use crate::error::BuildError;
use crate::must_not_pin;
use crate::path::{PathAnchor, Position};
use crate::peer::Role;
#[cfg(feature = "serde")]
use crate::policy_file::RuleTable;
use crate::revocation::store::Handed;
use crate::rule::{Findings, Rule, RuleId};
use crate::rules::certificate_profile::CertificateProfile;
use crate::rules::extended_key_usage::ExtendedKeyUsage;
use crate::rules::key_usage::KeyUsageCheck;
use crate::rules::maximum_validity::MaximumValidity;
use crate::rules::minimum_key_size::MinimumKeySize;
use crate::rules::path_length::PathLength;
use crate::rules::pin::{PinPosition, Pins};
use crate::rules::revocation::RevocationSettings;
use crate::rules::server_name::ServerNameCheck;
use crate::rules::signature_algorithm::SignatureAlgorithms;
use crate::rules::subject_identifier::SubjectIdentifier;
use crate::rules::validity_period::ValidityPeriod;
use crate::time::{Date, Time};
use crate::tls::TlsSettings;
use crate::trust::TrustAnchors;

/// The table of a policy file that is no rule's, and the key that is no table.
pub(crate) const TLS: &str = "tls";
pub(crate) const MUST_NOT_PIN: &str = "must-not-pin";

/// Declares the policy's rules once: the field, its settings, and what the field is for. Everything that must name
/// every rule (the starting points, running, checking and writing them) follows this list.
macro_rules! policy_rules {
    ($($(#[doc = $doc:literal])+ $field:ident: $settings:ty,)+) => {
        /// What a peer's certificate must be: one field per rule, and whose certificates they judge; and what is asked of TLS.
        ///
        /// Start from [`Policy::server`] or [`Policy::client`] and tighten. A policy can only refuse what webpki
        /// would accept; what relaxes anything is named `allow_…` or says `allow-with-warning`, is off, and is reported at each use.
        ///
        /// ```
        /// use rustls_policy_verifier::{ExtendedKeyUsage, KeyPurpose, Policy, Span, ValidityLimit};
        ///
        /// let mut policy = Policy::client();
        /// policy.extended_key_usage = ExtendedKeyUsage::only([KeyPurpose::client_auth()]).into();
        /// policy.minimum_key_size.end_entity.rsa_bits = 3072;
        /// policy.maximum_validity.end_entity = Some(ValidityLimit::LessThan(Span::Years(3)));
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Policy {
            /// Whose certificates the policy judges.
            pub role: Role,
            /// Promises that nothing here depends on what the peer may replace without notice: names in subjects (the
            /// distinguished name), keys, fingerprints, the identity of a CA. A setting that breaks the promise is a
            /// [`BuildError`]. For partners who ask not to be pinned. Default: no promise.
            pub must_not_pin: bool,
            $($(#[doc = $doc])+ pub $field: Setting<$settings>,)+
            /// The server's name (RFC 9525). Can be neither switched off nor audited.
            pub server_name: ServerNameCheck,
            /// What is asked of the TLS connection itself. No rule: applied by
            /// [`PolicyClientConfig::from_policy`](crate::PolicyClientConfig::from_policy) and
            /// [`PolicyServerConfig::from_policy`](crate::PolicyServerConfig::from_policy). Starting point: nothing.
            pub tls: TlsSettings,
        }

        impl Policy {
            /// The starting point for `role`.
            #[must_use]
            pub fn for_role(role: Role) -> Self {
                Self {
                    role,
                    must_not_pin: false,
                    $($field: <$settings>::starting_point(role),)+
                    server_name: ServerNameCheck::starting_point(role).settings,
                    tls: TlsSettings::default(),
                }
            }

            /// Runs `each` for every rule that is not off, with the date an audit lasts until.
            pub(crate) fn for_each_rule(
                &self,
                time: Time,
                mut each: impl FnMut(&dyn Rule, Option<Date>),
            ) {
                $(if let Some(audited_until) = self.$field.runs(time) {
                    each(&self.$field.settings, audited_until);
                })+
                each(&self.server_name, None);
            }

            /// Every rule's id and citation, in the order of the fields.
            #[must_use]
            pub fn rules() -> Vec<(RuleId, &'static str)> {
                vec![
                    $((<$settings>::ID, <$settings>::CITATION),)+
                    (ServerNameCheck::ID, ServerNameCheck::CITATION),
                ]
            }

            /// The tables of a policy file in which this policy and `other` differ, and `must-not-pin`.
            pub(crate) fn differs_in(&self, other: &Self) -> Vec<&'static str> {
                let mut tables = Vec::new();
                $(if self.$field != other.$field {
                    tables.push(<$settings>::ID.as_str());
                })+
                if self.server_name != other.server_name {
                    tables.push(ServerNameCheck::ID.as_str());
                }
                if self.tls != other.tls {
                    tables.push(TLS);
                }
                if self.must_not_pin != other.must_not_pin {
                    tables.push(MUST_NOT_PIN);
                }
                tables
            }

            /// What the rules that run at `time` find at a trust anchor, whatever the path.
            pub(crate) fn check_anchor(
                &self,
                anchor: &PathAnchor<'_>,
                time: Time,
                findings: &mut Findings,
            ) {
                $(if let Some(audited_until) = self.$field.runs(time) {
                    findings.attribute_to(<$settings>::ID, audited_until);
                    self.$field.settings.check_anchor(anchor, time, findings);
                })+
            }

            /// Every rule that has a mode, and its mode.
            pub(crate) fn modes(&self) -> Vec<(RuleId, Mode)> {
                vec![$((<$settings>::ID, self.$field.mode),)+]
            }

            fn validate_in(&self, context: &BuildContext<'_>) -> Result<(), BuildError> {
                $(if self.$field.mode != Mode::Off {
                    self.$field.settings.validate(context)?;
                })+
                self.server_name.validate(context)?;
                must_not_pin::check(self)?;
                self.tls.validate(self.role)
            }

            /// Every table of a policy file, and its name.
            #[cfg(feature = "serde")]
            pub(crate) fn tables(&self) -> Vec<(&'static str, &dyn RuleTable)> {
                vec![
                    $((<$settings>::ID.as_str(), &self.$field),)+
                    (ServerNameCheck::ID.as_str(), &self.server_name),
                    (TLS, &self.tls),
                ]
            }

            #[cfg(feature = "serde")]
            pub(crate) fn tables_mut(&mut self) -> Vec<(&'static str, &mut dyn RuleTable)> {
                vec![
                    $((<$settings>::ID.as_str(), &mut self.$field),)+
                    (ServerNameCheck::ID.as_str(), &mut self.server_name),
                    (TLS, &mut self.tls),
                ]
            }
        }
    };
}

policy_rules! {
    /// Key purposes (RFC 5280 section 4.2.1.12). Starting point: contains the role's purpose.
    extended_key_usage: ExtendedKeyUsage,
    /// Who the certificate says the peer is. Starting point: off.
    subject_identifier: SubjectIdentifier,
    /// Kinds and sizes of keys. Starting point: RSA of 2048 to 8192 bits, EC of 256, Ed25519, ML-DSA.
    minimum_key_size: MinimumKeySize,
    /// How certificates may be signed. Starting point: SHA-256 or stronger.
    signature_algorithm: SignatureAlgorithms,
    /// How long certificates may be valid. Starting point: off.
    maximum_validity: MaximumValidity,
    /// Validity at the time of verification, the anchor's too. Starting point: on.
    validity_period: ValidityPeriod,
    /// What keys may be used for. Starting point: on.
    key_usage: KeyUsageCheck,
    /// How many intermediates. Starting point: the anchor's own limit.
    path_length: PathLength,
    /// Keys or certificates the path must go through. Starting point: off.
    pin: Pins,
    /// That no certificate is revoked (RFC 5280 section 6.3, RFC 6960). Starting point: off.
    revocation: RevocationSettings,
    /// The shape that RFC 5280, or the CA/Browser Forum, demands of every certificate. Starting point: off.
    certificate_profile: CertificateProfile,
}

impl Policy {
    /// The strict starting point for servers' certificates, as a client judges them.
    #[must_use]
    pub fn server() -> Self {
        Self::for_role(Role::Server)
    }

    /// The strict starting point for clients' certificates, as a server judges them.
    #[must_use]
    pub fn client() -> Self {
        Self::for_role(Role::Client)
    }

    /// Checks that every setting makes sense, with these anchors and what was handed over to judge revocation by.
    pub(crate) fn validate(
        &self,
        anchors: &TrustAnchors,
        handed: Handed,
    ) -> Result<(), BuildError> {
        if !self.judges_revocation() && handed != Handed::default() {
            return Err(BuildError::policy(
                RevocationSettings::ID.as_str(),
                "CRLs or OCSP responses are handed over, and the rule is off: nobody would look at them; switch it on (`policy.revocation.enforce()`, or a table `[revocation]` without `off` and `check = \"off\"`), or leave them out",
            ));
        }
        self.validate_in(&BuildContext::new(self, Some(anchors), Some(handed)))
    }

    /// Whether the rule `revocation` runs.
    pub(crate) fn judges_revocation(&self) -> bool {
        self.revocation.mode != Mode::Off && self.revocation.settings.is_on()
    }

    /// Checks what can be checked before it is known what is handed over; without anchors, before they are known too.
    pub(crate) fn validate_early(&self, anchors: Option<&TrustAnchors>) -> Result<(), BuildError> {
        self.validate_in(&BuildContext::new(self, anchors, None))
    }
}

/// What a rule of the policy brings along.
pub(crate) trait RuleSettings: Rule + Sized {
    const ID: RuleId;
    const CITATION: &'static str;
    /// Keys of the rule's table in a policy file of which at most one may be given; it takes the place of the
    /// starting point's.
    #[cfg(feature = "serde")]
    const ALTERNATIVES: &'static [&'static str] = &[];

    fn starting_point(role: Role) -> Setting<Self>;

    /// Refuses settings that make no sense.
    fn validate(&self, context: &BuildContext<'_>) -> Result<(), BuildError>;

    /// Judges a trust anchor that has issued something, whatever the path: what is found here is found on every path that ends there.
    fn check_anchor(&self, anchor: &PathAnchor<'_>, time: Time, findings: &mut Findings) {
        let _ = (anchor, time, findings);
    }
}

/// What settings are checked against.
pub(crate) struct BuildContext<'a> {
    pub(crate) role: Role,
    /// `None` while a policy file is read: what depends on the anchors is checked when a verifier is built.
    anchors: Option<&'a TrustAnchors>,
    /// An enforced `subject-identifier` requires something, or a `pin` at the end entity is enforced.
    pub(crate) identifies_peers: bool,
    /// An enforced `subject-identifier` requires something.
    pub(crate) requires_identifier: bool,
    /// A `pin` is enforced.
    pub(crate) pins_peers: bool,
    /// `None` while a policy file is read.
    pub(crate) handed: Option<Handed>,
}

impl<'a> BuildContext<'a> {
    fn new(policy: &Policy, anchors: Option<&'a TrustAnchors>, handed: Option<Handed>) -> Self {
        let identifier = &policy.subject_identifier;
        let requires_identifier = identifier.mode == Mode::Enforce
            && !(identifier.any_of.is_empty() && identifier.all_of.is_empty());
        let pins_peers = policy.pin.mode == Mode::Enforce && !policy.pin.pins.is_empty();
        Self {
            role: policy.role,
            anchors,
            identifies_peers: requires_identifier
                || (pins_peers && policy.pin.position == PinPosition::EndEntity),
            requires_identifier,
            pins_peers,
            handed,
        }
    }

    /// A rule needs the whole certificate of every anchor.
    pub(crate) fn need_anchor_certificates(
        &self,
        rule: RuleId,
        cure: impl Into<String>,
    ) -> Result<(), BuildError> {
        match self.anchors.map_or(0, TrustAnchors::without_certificate) {
            0 => Ok(()),
            missing => Err(BuildError::AnchorsWithoutCertificate {
                rule,
                missing,
                cure: cure.into(),
            }),
        }
    }

    /// The labels that anchors have, for errors.
    pub(crate) fn labels(&self) -> String {
        let labels = self.anchors.map(TrustAnchors::labels).unwrap_or_default();
        labels.join(", ")
    }

    /// Whether an anchor has this label.
    pub(crate) fn has_label(&self, label: &str) -> bool {
        self.anchors.is_none_or(|anchors| anchors.has_label(label))
    }
}

/// A rule's settings, and whether it refuses, only warns, or is off. Derefs to the settings; changing a setting of a rule
/// that is off switches it on, for what is asked for should be enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// Whether the rule refuses.
    pub mode: Mode,
    /// What it asks.
    pub settings: T,
}

/// Whether a rule refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What breaks the rule is refused.
    Enforce,
    /// What breaks the rule is a warning, to the end of the day; then it is refused.
    Audit {
        /// The last day.
        until: Date,
    },
    /// The rule does not run. webpki's own checks remain.
    Off,
}

impl<T> Setting<T> {
    /// Refuses what breaks the rule.
    pub const fn enforced(settings: T) -> Self {
        Self {
            mode: Mode::Enforce,
            settings,
        }
    }

    pub(crate) const fn off(settings: T) -> Self {
        Self {
            mode: Mode::Off,
            settings,
        }
    }

    /// Switches the rule on, whatever its mode was, and gives its settings to change.
    pub const fn enforce(&mut self) -> &mut T {
        self.mode = Mode::Enforce;
        &mut self.settings
    }

    /// Only warns, to the end of the day `until`.
    pub const fn audit(&mut self, until: Date) -> &mut T {
        self.mode = Mode::Audit { until };
        &mut self.settings
    }

    /// Switches the rule off.
    pub const fn switch_off(&mut self) {
        self.mode = Mode::Off;
    }

    /// `None`: off. Else whether the rule is audited at `time`, and until when.
    fn runs(&self, time: Time) -> Option<Option<Date>> {
        match self.mode {
            Mode::Off => None,
            Mode::Audit { until } if time <= until.end() => Some(Some(until)),
            Mode::Enforce | Mode::Audit { .. } => Some(None),
        }
    }
}

impl<T> From<T> for Setting<T> {
    fn from(settings: T) -> Self {
        Self::enforced(settings)
    }
}

impl<T> Deref for Setting<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.settings
    }
}

impl<T> DerefMut for Setting<T> {
    fn deref_mut(&mut self) -> &mut T {
        if self.mode == Mode::Off {
            self.mode = Mode::Enforce;
        }
        &mut self.settings
    }
}

/// Settings by position in the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct PerPosition<T> {
    /// For the end entity.
    pub end_entity: T,
    /// For every intermediate.
    pub intermediate: T,
    /// For the trust anchor.
    pub trust_anchor: T,
}

impl<T> PerPosition<T> {
    /// The settings for `position`; `None` for the path as a whole.
    pub(crate) const fn at(&self, position: Position) -> Option<&T> {
        match position {
            Position::EndEntity => Some(&self.end_entity),
            Position::Intermediate(_) | Position::Presented(_) => Some(&self.intermediate),
            Position::TrustAnchor => Some(&self.trust_anchor),
            Position::Path => None,
        }
    }
}

/// Whether a rule judges the trust anchor's own certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum AnchorCheck {
    /// Judged; anchors that came as name and key only are a [`BuildError`].
    Check,
    /// Judged where the anchor's certificate is known.
    WhenKnown,
    /// Not judged.
    Ignore,
}

impl AnchorCheck {
    pub(crate) fn validate(
        self,
        rule: RuleId,
        context: &BuildContext<'_>,
    ) -> Result<(), BuildError> {
        match self {
            Self::Check => {
                let cure = format!("set `{rule}.trust-anchor` to \"when-known\"");
                context.need_anchor_certificates(rule, cure)
            }
            Self::WhenKnown | Self::Ignore => Ok(()),
        }
    }
}
