//! `server-name`: the certificate is for the server that was asked for (RFC 9525 section 6).
//!
//! DNS names, wildcards and IP addresses of the subject alternative name are compared by webpki. This rule cannot be
//! switched off or audited. Two relaxations exist, each off by default and reported at each use.

use pki_types::ServerName;

use crate::certificate::{Certificate, tag};
use crate::error::BuildError;
use crate::name::{Attribute, COMMON_NAME};
use crate::path::{CandidatePath, Position};
use crate::peer::{Peer, Role};
use crate::policy::{BuildContext, RuleSettings, Setting};
use crate::report::{Fact, WarningKind};
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::text;

/// Settings of the rule `server-name`: the certificate is for the server that was asked for (RFC 9525 section 6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct ServerNameCheck {
    /// Accept the server's DNS name in the subject's common name: only where there is no subject alternative name
    /// extension at all, exactly one common name, in a PrintableString or UTF8String, in the form of a host name
    /// without wildcard, and no name constraints anywhere in the path (RFC 9525 section 2 forbids all of it).
    pub allow_common_name_as_server_name: bool,
    /// Do not judge the server's name, for `subject-identifier` says who the peer must be: SPIFFE and private servers
    /// may have no DNS name. Whatever name a client connects to, or a recheck is given, stands in a warning only. Needs an enforced `subject-identifier` with at least one required identifier.
    pub allow_identifier_in_place_of_server_name: bool,
}

impl RuleSettings for ServerNameCheck {
    const ID: RuleId = RuleId::new("server-name");
    const CITATION: &'static str = "RFC 9525 section 6";

    fn starting_point(_role: Role) -> Setting<Self> {
        Setting::enforced(Self::default())
    }

    fn validate(&self, context: &BuildContext<'_>) -> Result<(), BuildError> {
        let relaxations = [
            (
                self.allow_common_name_as_server_name,
                "allow-common-name-as-server-name",
            ),
            (
                self.allow_identifier_in_place_of_server_name,
                "allow-identifier-in-place-of-server-name",
            ),
        ];
        for (on, key) in relaxations {
            if on && context.role != Role::Server {
                return Err(BuildError::policy(
                    format!("server-name.{key}"),
                    "is for policies of role \"server\" only",
                ));
            }
        }
        if self.allow_identifier_in_place_of_server_name {
            if !context.requires_identifier {
                return Err(BuildError::policy(
                    "server-name.allow-identifier-in-place-of-server-name",
                    "needs an enforced `subject-identifier` with `any-of` or `all-of`",
                ));
            }
            if self.allow_common_name_as_server_name {
                return Err(BuildError::policy(
                    "server-name.allow-common-name-as-server-name",
                    "has no effect beside `allow-identifier-in-place-of-server-name`: choose one",
                ));
            }
        }
        Ok(())
    }
}

impl Rule for ServerNameCheck {
    fn id(&self) -> RuleId {
        Self::ID
    }

    fn judges(&self, position: Position) -> bool {
        position == Position::EndEntity
    }

    /// The name of the certificate does not depend on the path, so it is judged once.
    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        context: &Context<'_>,
        findings: &mut Findings,
    ) {
        if position != Position::EndEntity {
            return;
        }
        let name = match context.peer() {
            Peer::Client => return,
            Peer::ServerWithoutName => {
                return findings.warning(
                    WarningKind::NameNotJudged,
                    position,
                    Fact::Text("a server's name to judge".into()),
                    self.names_of(certificate),
                );
            }
            Peer::Server(name) => name,
        };
        if self.allow_identifier_in_place_of_server_name {
            return findings.warning(
                WarningKind::Relaxed,
                position,
                required(name),
                self.names_of(certificate),
            );
        }
        match context.valid_for_name {
            Some(true) => return,
            // There can be no path then, and the reason for that says it all.
            None if !context.has_path() => return,
            Some(false) | None => {}
        }
        // Whether a common name counts depends on the path's name constraints, too.
        if !(context.has_path() && self.common_name_counts(certificate, name)) {
            findings.violation(position, required(name), self.names_of(certificate));
        }
    }

    /// A common name escapes name constraints, so there must be none.
    fn check_path(&self, path: &CandidatePath<'_>, context: &Context<'_>, findings: &mut Findings) {
        let Peer::Server(name) = context.peer() else {
            return;
        };
        let certificate = path.end_entity();
        // A certificate whose common name counts has no alternative name that could have been valid.
        if self.allow_identifier_in_place_of_server_name
            || !self.common_name_counts(certificate, name)
        {
            return;
        }
        let constrained = path.anchor().anchor.has_name_constraints()
            || path
                .certificates()
                .any(|(_, certificate)| certificate.has_name_constraints());
        if constrained {
            findings.violation(
                Position::EndEntity,
                required(name),
                Fact::Text("only a common name, under a CA with name constraints".into()),
            );
        } else {
            findings.warning(
                WarningKind::Relaxed,
                Position::EndEntity,
                required(name),
                self.names_of(certificate),
            );
        }
    }
}

impl ServerNameCheck {
    fn common_name_counts(&self, certificate: &Certificate<'_>, name: &ServerName<'_>) -> bool {
        let ServerName::DnsName(wanted) = name else {
            return false;
        };
        if !self.allow_common_name_as_server_name
            || certificate.subject_alternative_names().is_some()
        {
            return false;
        }
        let mut common_names = certificate
            .subject()
            .attributes()
            .filter(|attribute| attribute.oid.contents() == COMMON_NAME);
        match (common_names.next(), common_names.next()) {
            (Some(only), None) => host_name(&only)
                .is_some_and(|presented| presented.eq_ignore_ascii_case(wanted.as_ref())),
            _ => false,
        }
    }

    /// The names that the certificate is for: of its subject alternative name, or its common names if there is none.
    fn names_of(&self, certificate: &Certificate<'_>) -> Fact {
        const MOST: usize = 16;
        if let Some(names) = certificate.subject_alternative_names() {
            return Fact::Names(names.take(MOST).map(|name| name.to_string()).collect());
        }
        let common_names = || {
            certificate
                .subject()
                .attributes()
                .filter(|attribute| attribute.oid.contents() == COMMON_NAME)
        };
        let several = common_names().nth(1).is_some();
        let mut names = Vec::new();
        for name in common_names().take(MOST) {
            let why_not = match host_name(&name) {
                _ if !self.allow_common_name_as_server_name => "",
                _ if several => " (one of several)",
                None => " (not a host name in a UTF8String or PrintableString)",
                Some(_) => "",
            };
            names.push(format!("{}{why_not}", name.printable()));
        }
        Fact::OnlyCommonNames(names)
    }
}

/// The host name that a common name is, if it is one in A-label form.
fn host_name<'a>(common_name: &Attribute<'a>) -> Option<&'a str> {
    let right_type = [tag::UTF8_STRING, tag::PRINTABLE_STRING].contains(&common_name.value_tag());
    let text = common_name.text().ok().filter(|_| right_type)?;
    let is_host =
        text.is_ascii() && !text.ends_with('.') && pki_types::DnsName::try_from(text).is_ok();
    is_host.then_some(text)
}

fn required(name: &ServerName<'_>) -> Fact {
    Fact::ServerName(text::printable(name.to_str().as_bytes()))
}
