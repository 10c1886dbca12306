//! What lints say: codes that stay, and words that may change.

use std::fmt;

use super::Remark;
use crate::text;

/// Declares every lint's code once, with its name and its severity.
macro_rules! lint_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident, $name:literal, $severity:ident;)+) => {
        /// Which lint found something. The names are stable, for scripts go by them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum LintCode {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl LintCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name of the lint: kebab-case, such as `single-pin`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// How bad it is.
            #[must_use]
            pub const fn severity(self) -> LintSeverity {
                match self {
                    $(Self::$variant => LintSeverity::$severity,)+
                }
            }
        }
    };
}

lint_codes! {
    /// No verifier can be built of the policy.
    BuildError, "build-error", Error;
    /// The policy refuses every trust anchor.
    AllAnchorsRefused, "all-anchors-refused", Error;
    /// A trust anchor has ended.
    AnchorExpired, "anchor-expired", Warning;
    /// A trust anchor is not valid yet.
    AnchorNotYetValid, "anchor-not-yet-valid", Warning;
    /// A trust anchor ends within 90 days.
    AnchorEndsSoon, "anchor-ends-soon", Warning;
    /// A rule refuses a trust anchor for what it is, whatever the path.
    AnchorRefused, "anchor-refused", Warning;
    /// Pins must match at an intermediate, and there may be none.
    PinAtAbsentIntermediate, "pin-at-absent-intermediate", Error;
    /// The certificate profile refuses the purposes that the policy demands.
    ProfileExcludesPurposes, "profile-excludes-purposes", Error;
    /// The certificate profile refuses every kind of key that the policy permits.
    ProfileExcludesKeys, "profile-excludes-keys", Error;
    /// No kind of key that CAs may have makes a signature of a permitted family.
    NoSignaturePossible, "no-signature-possible", Error;
    /// Every identifier is tied to labels that no trust anchor has together.
    NoAnchorForIdentifiers, "no-anchor-for-identifiers", Error;
    /// The rule `certificate-profile` is on, and checks nothing.
    ProfileWithoutChecks, "profile-without-checks", Error;
    /// A profile for servers' certificates in a policy for clients.
    ServerProfileForClients, "server-profile-for-clients", Warning;
    /// An identifier of any-of is forbidden by none-of.
    ForbiddenAlternative, "forbidden-alternative", Warning;
    /// An identifier of any-of stands in all-of too, so that any-of asks for nothing.
    MootAnyOf, "moot-any-of", Warning;
    /// A stapled response is required, and makes no status known.
    RequiredStapleDoesNotCount, "required-staple-does-not-count", Warning;
    /// A permitted family of signatures that no key a CA may have can make.
    IdleSignatureFamily, "idle-signature-family", Advice;
    /// A permitted curve that the other settings refuse.
    IdleCurve, "idle-curve", Advice;
    /// More intermediates are permitted than a path can have.
    MootMaxIntermediates, "moot-max-intermediates", Advice;
    /// Sources for the status of intermediates, which is not asked for.
    MootIntermediateSource, "moot-intermediate-source", Advice;
    /// The pins have ended.
    PinsEnded, "pins-ended", Error;
    /// The pins end within the time before which the policy warns of it.
    PinsEndSoon, "pins-end-soon", Warning;
    /// One pin and no backup.
    SinglePin, "single-pin", Warning;
    /// Pins of end entities, which change with every new key.
    PinOnEndEntity, "pin-on-end-entity", Warning;
    /// Nothing may depend on a CA, and there is one alone.
    PromiseWithOneCa, "promise-with-one-ca", Advice;
    /// Trust anchors under several labels, and an identifier that is tied to none.
    IdentifierWithoutLabel, "identifier-without-label", Warning;
    /// Identifiers are forbidden, and none is asked for.
    IdentifiesNobody, "identifies-nobody", Warning;
    /// A pattern of DNS names with wildcards directly under a public suffix, which anybody can register under. Known with the feature
    /// `public-suffix-list` only.
    GlobUnderPublicSuffix, "glob-under-public-suffix", Warning;
    /// Everything below one authority, such as a whole SPIFFE trust domain.
    WholeTrustDomain, "whole-trust-domain", Advice;
    /// A label whose trust anchors no identifier accepts.
    LabelWithoutIdentifier, "label-without-identifier", Advice;
    /// Common names count as names of servers.
    CommonNameAsServerName, "common-name-as-server-name", Warning;
    /// Names of servers are not judged.
    IdentifierInPlaceOfServerName, "identifier-in-place-of-server-name", Advice;
    /// Certificates for clientAuth without serverAuth, from public CAs.
    ClientAuthOnlyOfPublicCas, "client-auth-only-of-public-cas", Warning;
    /// Certificates for clients from public CAs.
    ClientsOfPublicCas, "clients-of-public-cas", Advice;
    /// Clients of public CAs, and neither an identifier nor a pin of the end entity.
    AnyClientOfPublicCas, "any-client-of-public-cas", Warning;
    /// The dated exception for clients with serverAuth only lasts for more than a year.
    LongException, "long-exception", Warning;
    /// The dated exception for clients with serverAuth only is over.
    ExceptionOver, "exception-over", Advice;
    /// A limit of validity that certificates of public CAs do not keep.
    LimitBelowPublicCas, "limit-below-public-cas", Warning;
    /// A warning level that every certificate is below.
    WarnsAlways, "warns-always", Advice;
    /// An audit that lasts more than 90 days from now.
    LongAudit, "long-audit", Warning;
    /// An audit that is over.
    AuditOver, "audit-over", Warning;
    /// A status that is unknown, stale or unparsable passes.
    ToleratedStatus, "tolerated-status", Warning;
    /// Nobody asks whether certificates of private CAs are revoked.
    RevocationOff, "revocation-off", Advice;
    /// Tickets, and no limit to the life of sessions but the default.
    TicketsWithoutLifetime, "tickets-without-lifetime", Warning;
    /// Sessions that may be resumed for more than 24 hours.
    LongSessions, "long-sessions", Warning;
    /// A cipher suite that can never be offered.
    IdleCipherSuite, "idle-cipher-suite", Advice;
    /// Tickets in a policy for servers' certificates, which clients apply.
    MootTickets, "moot-tickets", Advice;
    /// Clients without a certificate reach the application.
    UnauthenticatedClients, "unauthenticated-clients", Advice;
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "kebab-case")
)]
pub enum LintSeverity {
    /// Worth a thought.
    Advice,
    /// Likely to be regretted.
    Warning,
    /// Refuses everybody, or protects from nothing that it says.
    Error,
}

/// One thing that a policy's author would regret; under the feature `serde` an object `{"code", "severity", "setting", "why", "hint"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LintFinding {
    /// Which lint found it.
    pub code: LintCode,
    /// How bad it is.
    pub severity: LintSeverity,
    /// The setting, as in a policy file: `pin`, `subject-identifier.any-of[0]`. Of a trust anchor, the setting that judges it.
    pub setting: String,
    why: String,
    hint: String,
}

impl LintFinding {
    pub(super) fn new(code: LintCode, remark: Remark) -> Self {
        Self {
            code,
            severity: code.severity(),
            setting: remark.setting,
            why: text::visible(&remark.why),
            hint: text::visible(&remark.hint),
        }
    }

    /// Why it would be regretted.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

/// `warning[single-pin] pin: there is one pin and no backup: …; → add …`.
impl fmt::Display for LintFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            severity,
            setting,
            why,
            hint,
        } = self;
        write!(f, "{severity}[{code}] {setting}: {why}; → {hint}")
    }
}

impl fmt::Display for LintCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for LintSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for LintCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
