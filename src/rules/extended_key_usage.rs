//! `extended-key-usage`: which key purposes a certificate must have (RFC 5280 section 4.2.1.12).
//!
//! The end entity is judged by the policy's mode; intermediates that have the extension must contain the role's
//! purpose, as webpki asks too. `anyExtendedKeyUsage` never counts as another purpose.

use std::fmt;

use crate::certificate::Certificate;
use crate::error::BuildError;
use crate::oid::{Oid, OidBuf};
use crate::path::{CandidatePath, Position};
use crate::peer::Role;
use crate::policy::{BuildContext, RuleSettings, Setting};
use crate::report::{Fact, WarningKind};
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::text;
use crate::time::{Date, Time};

pub(crate) const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
pub(crate) const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];

const ANY: &[u8] = &[0x55, 0x1d, 0x25, 0];

/// Purposes with a name (RFC 5280 section 4.2.1.12).
const PURPOSE_NAMES: [(&str, &[u8]); 7] = [
    ("serverAuth", SERVER_AUTH),
    ("clientAuth", CLIENT_AUTH),
    ("codeSigning", &[0x2b, 6, 1, 5, 5, 7, 3, 3]),
    ("emailProtection", &[0x2b, 6, 1, 5, 5, 7, 3, 4]),
    ("timeStamping", &[0x2b, 6, 1, 5, 5, 7, 3, 8]),
    ("OCSPSigning", &[0x2b, 6, 1, 5, 5, 7, 3, 9]),
    ("anyExtendedKeyUsage", ANY),
];

/// A key purpose.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyPurpose(OidBuf);

impl KeyPurpose {
    /// id-kp-serverAuth, 1.3.6.1.5.5.7.3.1.
    #[must_use]
    pub fn server_auth() -> Self {
        Self(Oid::known(SERVER_AUTH).into())
    }

    /// id-kp-clientAuth, 1.3.6.1.5.5.7.3.2.
    #[must_use]
    pub fn client_auth() -> Self {
        Self(Oid::known(CLIENT_AUTH).into())
    }

    /// The purpose that certificates of `role` need.
    #[must_use]
    pub fn of_role(role: Role) -> Self {
        match role {
            Role::Server => Self::server_auth(),
            Role::Client => Self::client_auth(),
        }
    }

    /// Reads the name of RFC 5280, `clientAuth`, or a dotted identifier.
    ///
    /// Returns `None` if it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        PURPOSE_NAMES
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, oid)| OidBuf::from(Oid::known(oid)))
            .or_else(|| OidBuf::parse(text))
            .map(Self)
    }

    /// The identifier.
    #[must_use]
    pub fn oid(&self) -> Oid<'_> {
        self.0.as_oid()
    }

    fn is_any(&self) -> bool {
        self.oid().contents() == ANY
    }
}

impl From<Oid<'_>> for KeyPurpose {
    fn from(oid: Oid<'_>) -> Self {
        Self(oid.into())
    }
}

impl fmt::Display for KeyPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match PURPOSE_NAMES
            .iter()
            .find(|(_, oid)| *oid == self.oid().contents())
        {
            Some((name, _)) => f.write_str(name),
            None => fmt::Display::fmt(&self.0, f),
        }
    }
}

impl fmt::Debug for KeyPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What an extended key usage must be. A violation's requirement carries it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PurposeRequirement {
    /// The extension is present and names no purpose that is not listed. (That it names the role's own is webpki's
    /// check.)
    Only(Vec<KeyPurpose>),
    /// The extension is present and has every listed purpose.
    Contains(Vec<KeyPurpose>),
    /// The extension is absent, or has every listed purpose (RFC 5280; what rustls asks).
    ContainsOrAbsent(Vec<KeyPurpose>),
}

impl PurposeRequirement {
    fn purposes(&self) -> &[KeyPurpose] {
        match self {
            Self::Only(purposes) | Self::Contains(purposes) | Self::ContainsOrAbsent(purposes) => {
                purposes
            }
        }
    }

    fn is_met_by(&self, certificate: &Certificate<'_>) -> bool {
        let has = |wanted: &KeyPurpose| {
            certificate
                .extended_key_usage()
                .is_some_and(|mut presented| presented.any(|oid| oid == wanted.oid()))
        };
        match self {
            Self::Only(purposes) => {
                certificate
                    .extended_key_usage()
                    .is_some_and(|mut presented| {
                        presented.all(|oid| purposes.iter().any(|purpose| purpose.oid() == oid))
                    })
            }
            Self::Contains(purposes) => purposes.iter().all(has),
            Self::ContainsOrAbsent(purposes) => {
                certificate.extended_key_usage().is_none() || purposes.iter().all(has)
            }
        }
    }
}

/// `an extended key usage of clientAuth only`.
impl fmt::Display for PurposeRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Only(_) => "an extended key usage of ",
            Self::Contains(_) => "an extended key usage with ",
            Self::ContainsOrAbsent(_) => "no extended key usage, or one with ",
        })?;
        text::list(f, self.purposes(), ", ")?;
        if matches!(self, Self::Only(_)) {
            f.write_str(" only")?;
        }
        Ok(())
    }
}

/// Settings of the rule `extended-key-usage`: key purposes (RFC 5280 section 4.2.1.12).
///
/// Intermediates that have the extension must contain the role's purpose. `anyExtendedKeyUsage` never counts as another
/// purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "InFile", into = "InFile")
)]
pub struct ExtendedKeyUsage {
    /// What the end entity's extended key usage must be. Starting point: contains the role's purpose.
    pub require: PurposeRequirement,
    /// For clients: accept, to the end of this day, an end entity (and intermediates) with serverAuth only.
    ///
    /// Public CAs stop issuing clientAuth certificates; this bridges the time until a partner has a private CA's.
    /// Works only together with an enforced `subject-identifier`, or an enforced `pin` at the end entity. Each use is reported as a warning.
    pub allow_server_auth_in_place_of_client_auth_until: Option<Date>,
}

impl ExtendedKeyUsage {
    /// These purposes and nothing else.
    pub fn only(purposes: impl IntoIterator<Item = KeyPurpose>) -> Self {
        Self::requiring(PurposeRequirement::Only(purposes.into_iter().collect()))
    }

    /// At least these purposes.
    pub fn contains(purposes: impl IntoIterator<Item = KeyPurpose>) -> Self {
        Self::requiring(PurposeRequirement::Contains(purposes.into_iter().collect()))
    }

    /// At least these purposes, or no extension.
    pub fn contains_or_absent(purposes: impl IntoIterator<Item = KeyPurpose>) -> Self {
        Self::requiring(PurposeRequirement::ContainsOrAbsent(
            purposes.into_iter().collect(),
        ))
    }

    fn requiring(require: PurposeRequirement) -> Self {
        Self {
            require,
            allow_server_auth_in_place_of_client_auth_until: None,
        }
    }

    /// Whether the dated exception holds at `time`.
    pub(crate) fn exception_holds(&self, time: Time) -> bool {
        self.allow_server_auth_in_place_of_client_auth_until
            .is_some_and(|until| time <= until.end())
    }
}

#[cfg(feature = "serde")]
crate::policy_file::as_text!(
    KeyPurpose,
    KeyPurpose::parse,
    "neither a purpose that RFC 5280 names, such as \"clientAuth\", nor an object identifier"
);

/// As policy files have it: the requirement's kind is the key.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct InFile {
    only: Option<Vec<KeyPurpose>>,
    contains: Option<Vec<KeyPurpose>>,
    contains_or_absent: Option<Vec<KeyPurpose>>,
    allow_server_auth_in_place_of_client_auth_until: Option<Date>,
}

#[cfg(feature = "serde")]
impl From<ExtendedKeyUsage> for InFile {
    fn from(settings: ExtendedKeyUsage) -> Self {
        let (only, contains, contains_or_absent) = match settings.require {
            PurposeRequirement::Only(purposes) => (Some(purposes), None, None),
            PurposeRequirement::Contains(purposes) => (None, Some(purposes), None),
            PurposeRequirement::ContainsOrAbsent(purposes) => (None, None, Some(purposes)),
        };
        Self {
            only,
            contains,
            contains_or_absent,
            allow_server_auth_in_place_of_client_auth_until: settings
                .allow_server_auth_in_place_of_client_auth_until,
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<InFile> for ExtendedKeyUsage {
    type Error = &'static str;

    fn try_from(file: InFile) -> Result<Self, Self::Error> {
        let require = match (file.only, file.contains, file.contains_or_absent) {
            (Some(purposes), None, None) => PurposeRequirement::Only(purposes),
            (None, Some(purposes), None) => PurposeRequirement::Contains(purposes),
            (None, None, Some(purposes)) => PurposeRequirement::ContainsOrAbsent(purposes),
            _ => return Err("give exactly one of `only`, `contains` and `contains-or-absent`"),
        };
        Ok(Self {
            require,
            allow_server_auth_in_place_of_client_auth_until: file
                .allow_server_auth_in_place_of_client_auth_until,
        })
    }
}

impl RuleSettings for ExtendedKeyUsage {
    const ID: RuleId = RuleId::new("extended-key-usage");
    const CITATION: &'static str = "RFC 5280 section 4.2.1.12";
    #[cfg(feature = "serde")]
    const ALTERNATIVES: &'static [&'static str] = &["only", "contains", "contains-or-absent"];

    fn starting_point(role: Role) -> Setting<Self> {
        Setting::enforced(Self::contains([KeyPurpose::of_role(role)]))
    }

    fn validate(&self, context: &BuildContext<'_>) -> Result<(), BuildError> {
        let field = match self.require {
            PurposeRequirement::Only(_) => "extended-key-usage.only",
            PurposeRequirement::Contains(_) => "extended-key-usage.contains",
            PurposeRequirement::ContainsOrAbsent(_) => "extended-key-usage.contains-or-absent",
        };
        let purposes = self.require.purposes();
        if purposes.is_empty() {
            return Err(BuildError::policy(
                field,
                "the list is empty: name a purpose, such as \"clientAuth\", or set `off = true`",
            ));
        }
        if purposes.iter().any(KeyPurpose::is_any) {
            return Err(BuildError::policy(
                field,
                "anyExtendedKeyUsage never counts as a purpose, so it cannot be asked for",
            ));
        }
        let needed = KeyPurpose::of_role(context.role);
        let only = matches!(self.require, PurposeRequirement::Only(_));
        if only && !purposes.contains(&needed) {
            return Err(BuildError::policy(
                field,
                format!(
                    "accepts nobody: a {} certificate with an extended key usage needs {needed}",
                    context.role
                ),
            ));
        }
        if self
            .allow_server_auth_in_place_of_client_auth_until
            .is_some()
        {
            let field = "extended-key-usage.allow-server-auth-in-place-of-client-auth-until";
            if context.role != Role::Client {
                return Err(BuildError::policy(
                    field,
                    "is for policies of role \"client\" only",
                ));
            }
            if !context.identifies_peers {
                return Err(BuildError::policy(
                    field,
                    "needs an enforced `subject-identifier`, or an enforced `pin` at the end entity, so that not every web server's certificate passes as a client",
                ));
            }
        }
        Ok(())
    }
}

impl Rule for ExtendedKeyUsage {
    fn id(&self) -> RuleId {
        Self::ID
    }

    fn judges(&self, position: Position) -> bool {
        !matches!(position, Position::TrustAnchor | Position::Path)
    }

    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        context: &Context<'_>,
        findings: &mut Findings,
    ) {
        let lacks_role = lacks_purpose_of(context.role(), certificate);
        let required = match position {
            Position::EndEntity if !self.require.is_met_by(certificate) => self.require.clone(),
            Position::EndEntity | Position::Intermediate(_) | Position::Presented(_) => {
                if !lacks_role {
                    return;
                }
                PurposeRequirement::ContainsOrAbsent(vec![KeyPurpose::of_role(context.role())])
            }
            Position::TrustAnchor | Position::Path => return,
        };
        let presented = certificate
            .extended_key_usage()
            .map_or(Fact::Absent, |purposes| {
                Fact::Purposes(purposes.map(KeyPurpose::from).collect())
            });
        if self.excepted(certificate, position, context) {
            findings.warning(
                WarningKind::Relaxed,
                position,
                Fact::RequiredPurposes(required),
                presented,
            );
        } else {
            findings.violation(position, Fact::RequiredPurposes(required), presented);
        }
    }
}

/// Whether webpki accepts the path for the dated exception alone. With it the verdict ends, whatever the rule says: that is why
/// `horizon.rs` asks, and not the rule by `holds_until`.
pub(crate) fn rests_on_exception(path: &CandidatePath<'_>, role: Role) -> bool {
    path.certificates().any(|(position, certificate)| {
        position != Position::TrustAnchor && lacks_purpose_of(role, certificate)
    })
}

/// Whether the certificate is for other purposes than the role's.
fn lacks_purpose_of(role: Role, certificate: &Certificate<'_>) -> bool {
    let needed = role_purpose(role);
    certificate
        .extended_key_usage()
        .is_some_and(|mut purposes| purposes.all(|oid| oid.contents() != needed))
}

const fn role_purpose(role: Role) -> &'static [u8] {
    match role {
        Role::Server => SERVER_AUTH,
        Role::Client => CLIENT_AUTH,
    }
}

impl ExtendedKeyUsage {
    /// The dated exception: clients only, while it lasts; the end entity must be serverAuth and nothing else.
    fn excepted(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        context: &Context<'_>,
    ) -> bool {
        let is_server_auth = |oid: Oid<'_>| oid.contents() == SERVER_AUTH;
        context.role() == Role::Client
            && self.exception_holds(context.time())
            && certificate
                .extended_key_usage()
                .is_some_and(|mut purposes| match position {
                    Position::EndEntity => purposes.all(is_server_auth),
                    _ => purposes.any(is_server_auth),
                })
    }
}
