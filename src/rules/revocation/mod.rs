//! `revocation`: no certificate of the path is revoked, by CRL (RFC 5280 section 6.3) or OCSP (RFC 6960), and that is known.
//!
//! What is known comes from CRLs and OCSP responses that were handed over, and from the stapled response. What they say is
//! the matter of `src/revocation/`; here is what a policy makes of it. A certificate that a source revokes is refused whatever
//! is set: at every position, by sources that do not count, by stale ones, and while the rule is audited.

mod horizon;
mod judgement;

use std::fmt;

use self::judgement::Judgement;
use crate::error::BuildError;
use crate::path::{CandidatePath, Position};
use crate::peer::Role;
use crate::policy::{AnchorCheck, BuildContext, RuleSettings, Setting};
use crate::revocation::freshness::Clock;
use crate::revocation::links;
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::time::{Span, Time};

/// Settings of the rule `revocation` (RFC 5280 section 6.3, RFC 6960, RFC 7633). Starting point: off.
///
/// These decide whose status must be known, from where, and how fresh. A certificate that is revoked is refused whatever they
/// say, as long as the rule is on: by a CRL or response that does not count, or is stale, and while the rule is audited too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct RevocationSettings {
    /// Whose status must be known. Starting point, once the rule is on: every certificate's but the trust anchor's.
    pub check: RevocationCheck,
    /// What makes a status known, by position. Starting point: either a CRL or an OCSP response.
    pub sources: StatusSources,
    /// A status that is not known. Starting point: refuse.
    pub unknown: Tolerance,
    /// A status that is known only from CRLs or responses that have ended, are from the future, or are older than
    /// [`max_age`](Self::max_age). A CRL or response has ended from its nextUpdate on. Starting point: refuse.
    pub stale: Tolerance,
    /// A stapled response that is no answer: it cannot be decoded, is about another certificate, or is not signed by who
    /// may answer. Allowed, it counts as none. Starting point: refuse.
    pub unparsable: Tolerance,
    /// What is made of stapled responses. Starting point: use.
    pub staple: StapleUse,
    /// How old a CRL or response may be, from its thisUpdate, even if its nextUpdate is still to come. Starting point: no
    /// limit of its own; OCSP responses must then have a nextUpdate, which they need not with one.
    pub max_age: Option<Span>,
    /// How far thisUpdate and producedAt of an OCSP response may lie after the time verified at, for responders answer when they
    /// are asked. At most an hour; not for CRLs, and not for nextUpdate. Starting point: 300 s.
    pub clock_skew: Span,
    /// Whether a trust anchor's key usage counts when it has issued a CRL: it must have cRLSign (RFC 5280 section 6.3.3 (f)).
    /// Starting point: check, which with CRLs and anchors that came as name and key only is a [`BuildError`].
    pub trust_anchor: AnchorCheck,
}

/// Whose revocation status must be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum RevocationCheck {
    /// The end entity's and every intermediate's: the starting point. Only the end entity's can come from a staple.
    Path,
    /// The end entity's alone.
    EndEntity,
    /// Nobody's: the same as a rule that is off.
    Off,
}

/// What makes a status known, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct StatusSources {
    /// For the end entity.
    pub end_entity: StatusSource,
    /// For every intermediate.
    pub intermediate: StatusSource,
}

/// What makes a status known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum StatusSource {
    /// A CRL.
    Crl,
    /// An OCSP response.
    Ocsp,
    /// A CRL or an OCSP response: the starting point.
    Either,
    /// A CRL and an OCSP response.
    Both,
}

/// What must be there.
impl fmt::Display for StatusSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crl => "a revocation status, from a CRL",
            Self::Ocsp => "a revocation status, from an OCSP response",
            Self::Either => "a revocation status, from a CRL or an OCSP response",
            Self::Both => "a revocation status, from a CRL and an OCSP response",
        })
    }
}

/// Whether something refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Tolerance {
    /// It refuses: the starting point.
    Refuse,
    /// It passes, with a warning each time.
    AllowWithWarning,
}

/// What is made of a stapled OCSP response (RFC 6066 section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum StapleUse {
    /// The starting point. If there is one, it is a source like others. Where the certificate demands one (RFC 7633), there must be one.
    Use,
    /// There must be one, wherever there can be: [`OcspStaple::Absent`](crate::OcspStaple::Absent) refuses,
    /// [`OcspStaple::NotApplicable`](crate::OcspStaple::NotApplicable) warns.
    Require,
    /// It makes no status known, and nothing wrong with it counts. If it revokes the certificate, it refuses all the same; and
    /// where the certificate demands one, there must be one.
    Ignore,
}

/// Farther ahead no clock should be.
const MOST_SKEW: Span = Span::Seconds(3600);

impl RevocationSettings {
    /// Whether anything is checked at all.
    pub(crate) fn is_on(&self) -> bool {
        self.check != RevocationCheck::Off
    }

    fn clock(&self, context: &Context<'_>) -> Clock {
        Clock {
            now: context.time(),
            skew: self.clock_skew,
            max_age: self.max_age,
        }
    }

    fn must_be_known(&self, position: Position) -> bool {
        match self.check {
            RevocationCheck::Path => true,
            RevocationCheck::EndEntity => position == Position::EndEntity,
            RevocationCheck::Off => false,
        }
    }

    fn source(&self, position: Position) -> StatusSource {
        match position {
            Position::EndEntity => self.sources.end_entity,
            _ => self.sources.intermediate,
        }
    }
}

impl RuleSettings for RevocationSettings {
    const ID: RuleId = RuleId::new("revocation");
    const CITATION: &'static str = "RFC 5280 section 6.3, RFC 6960, RFC 7633";

    fn starting_point(_role: Role) -> Setting<Self> {
        Setting::off(Self {
            check: RevocationCheck::Path,
            sources: StatusSources {
                end_entity: StatusSource::Either,
                intermediate: StatusSource::Either,
            },
            unknown: Tolerance::Refuse,
            stale: Tolerance::Refuse,
            unparsable: Tolerance::Refuse,
            staple: StapleUse::Use,
            max_age: None,
            clock_skew: Span::Seconds(300),
            trust_anchor: AnchorCheck::Check,
        })
    }

    fn validate(&self, context: &BuildContext<'_>) -> Result<(), BuildError> {
        let wrong = |key: &str, problem: &str| {
            let field = format!("{}.{key}", Self::ID);
            Err(BuildError::policy(field, problem))
        };
        if !self.is_on() {
            return Ok(());
        }
        if self.max_age.is_some_and(|max_age| max_age.is_zero()) {
            return wrong("max-age", "no time at all: every CRL and response is older");
        }
        let from = Time::from_unix_seconds(0);
        let most = MOST_SKEW.after(from);
        // Beyond the calendar is too much too.
        let skewed = self.clock_skew.after(from);
        if skewed.is_none() || skewed > most {
            return wrong(
                "clock-skew",
                "more than an hour: set the clocks right instead",
            );
        }
        if self.staple == StapleUse::Require && context.role == Role::Client {
            return wrong(
                "staple",
                "\"require\" in a policy for clients, which cannot staple (rustls ends the connection of one that tries): leave it out, and hand over CRLs or OCSP responses",
            );
        }
        self.validate_sources(context)
    }
}

impl RevocationSettings {
    /// What was handed over must be able to make a status known.
    fn validate_sources(&self, context: &BuildContext<'_>) -> Result<(), BuildError> {
        let Some(handed) = context.handed else {
            return Ok(());
        };
        let comes_with_chains = context.role == Role::Server || handed.with_chains;
        let stapled = comes_with_chains && self.staple != StapleUse::Ignore;
        if handed.crls == 0 && handed.responses == 0 && !stapled {
            return Err(BuildError::policy(
                Self::ID.as_str(),
                "there is nothing to know a revocation status by: hand over CRLs (`VerifierBuilder::crls`) or OCSP responses (`ocsp_responses`), or leave the rule off",
            ));
        }
        if handed.crls > 0 {
            self.trust_anchor.validate(Self::ID, context)?;
        }
        if self.unknown != Tolerance::Refuse {
            return Ok(());
        }
        let positions = [
            ("end-entity", Position::EndEntity, stapled, "nobody"),
            (
                "intermediate",
                Position::Intermediate(1),
                false,
                "no path with an intermediate",
            ),
        ];
        for (name, position, stapled, refused) in positions {
            let source = self.source(position);
            let needs_crl = matches!(source, StatusSource::Crl | StatusSource::Both);
            let needs_response = matches!(source, StatusSource::Ocsp | StatusSource::Both);
            let problem = if !self.must_be_known(position) {
                continue;
            } else if needs_crl && handed.crls == 0 {
                "a CRL, and none is handed over"
            } else if needs_response && handed.responses == 0 && !stapled {
                "an OCSP response, and none is handed over or stapled"
            } else {
                continue;
            };
            return Err(BuildError::policy(
                format!("{}.sources.{name}", Self::ID),
                format!("asks for {problem}: {refused} would be accepted"),
            ));
        }
        Ok(())
    }
}

impl Rule for RevocationSettings {
    fn id(&self) -> RuleId {
        Self::ID
    }

    fn judges(&self, position: Position) -> bool {
        match position {
            Position::EndEntity | Position::Intermediate(_) => self.must_be_known(position),
            Position::TrustAnchor | Position::Path | Position::Presented(_) => false,
        }
    }

    /// Of a path alone, for a status is the issuer's word.
    fn check_path(&self, path: &CandidatePath<'_>, context: &Context<'_>, findings: &mut Findings) {
        let Some(call) = context.revocation.filter(|_| self.is_on()) else {
            return;
        };
        let clock = self.clock(context);
        for mut link in links(path) {
            if self.trust_anchor == AnchorCheck::Ignore && link.issuer_is_anchor {
                link.issuer.key_usage = None;
            }
            call.once_for(&link, findings, |findings| {
                Judgement::new(self, call, &clock, &link).judge(findings);
            });
        }
    }

    fn holds_until(&self, path: &CandidatePath<'_>, context: &Context<'_>) -> Option<Time> {
        let call = context.revocation.filter(|_| self.is_on())?;
        horizon::nearest(call, &self.clock(context), path)
    }
}
