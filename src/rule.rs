//! What a rule is, what it may know, and how it reports.

use std::fmt;

use crate::certificate::Certificate;
use crate::crypto::Sha256;
use crate::path::{CandidatePath, PathAnchor, Position};
use crate::peer::{Evidence, Peer, Role};
use crate::report::{Fact, Violation, Warning, WarningKind};
use crate::revocation::call::RevocationCall;
use crate::time::{Date, Time};

/// The stable name of a rule: kebab-case, such as `minimum-key-size`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(&'static str);

impl RuleId {
    /// What ends path building: webpki's own checks.
    pub const CHAIN: Self = Self("chain");
    /// Limits and encoding of what was presented.
    pub const INPUT: Self = Self("input");

    /// A name of one's own; custom rules do best with a prefix, `acme-…`.
    #[must_use]
    pub const fn new(id: &'static str) -> Self {
        Self(id)
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A rule judges certificates and paths that webpki has already found valid, and can only refuse. It has two checks,
/// both empty by default:
///
/// - [`Rule::check_certificate`] runs once for each certificate and position (for the end entity once for each trust
///   anchor), however many candidate paths the certificate is on, and also when no path exists;
/// - [`Rule::check_path`] runs once for each complete candidate path.
///
/// A rule that looks at [`Context::time`] says by [`Rule::holds_until`] when it may begin to refuse.
///
/// It reports through [`Findings`], which knows which rule is running: a rule cannot speak for another, and
/// cannot take back what was found. A fact that a rule must compare and cannot decode is a violation, never a
/// reason to look away.
///
/// ```
/// use rustls_policy_verifier::{Certificate, Context, Fact, Findings, Position, Rule, RuleId};
///
/// /// No certificate with a serial number shorter than eight octets.
/// #[derive(Debug)]
/// struct LongSerials;
///
/// impl Rule for LongSerials {
///     fn id(&self) -> RuleId {
///         RuleId::new("acme-long-serials")
///     }
///
///     fn check_certificate(
///         &self,
///         certificate: &Certificate<'_>,
///         position: Position,
///         _context: &Context<'_>,
///         findings: &mut Findings,
///     ) {
///         if position != Position::TrustAnchor && certificate.serial().len() < 8 {
///             findings.violation(
///                 position,
///                 Fact::Text("a serial number of at least 8 octets".into()),
///                 Fact::Text(format!("{} octets", certificate.serial().len())),
///             );
///         }
///     }
/// }
/// ```
pub trait Rule: Send + Sync + fmt::Debug {
    /// The rule's name in reports.
    fn id(&self) -> RuleId;

    /// Judges one certificate at one position. Without a complete path, presented certificates after the end
    /// entity come as [`Position::Presented`], to be judged as intermediates are.
    fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        context: &Context<'_>,
        findings: &mut Findings,
    ) {
        let _ = (certificate, position, context, findings);
    }

    /// Whether the rule has a say at `position`, for texts that list which rules hold there. Decides nothing.
    fn judges(&self, position: Position) -> bool {
        let _ = position;
        true
    }

    /// Judges a complete path, valid for webpki.
    fn check_path(&self, path: &CandidatePath<'_>, context: &Context<'_>, findings: &mut Findings) {
        let _ = (path, context, findings);
    }

    /// The last second up to which the rule finds no violation on `path`, and on the certificates of it, that it does not find at
    /// [`Context::time`]; warnings are of no account. `None`, the default: its judgement does not depend on the time.
    ///
    /// [`VerifiedPath::holds_until`](crate::VerifiedPath::holds_until) asks for it, and runs the checks again at the second that
    /// follows: too early an answer costs a look, too late a one makes a verdict seem to hold longer than it does. A rule
    /// that looks at the time has to override this. An answer that lies before [`Context::time`] is as good as none: what was to
    /// change has changed.
    ///
    /// ```
    /// use rustls_policy_verifier::{
    ///     CandidatePath, Context, Fact, Findings, Position, Rule, RuleId, Time,
    /// };
    ///
    /// /// Nobody is let in after the closing time.
    /// #[derive(Debug)]
    /// struct OpenUntil(Time);
    ///
    /// impl Rule for OpenUntil {
    ///     fn id(&self) -> RuleId {
    ///         RuleId::new("acme-open-until")
    ///     }
    ///
    ///     fn check_path(&self, _: &CandidatePath<'_>, context: &Context<'_>, findings: &mut Findings) {
    ///         if context.time() > self.0 {
    ///             findings.violation(Position::Path, Fact::ValidUntil(self.0), Fact::ValidAt(context.time()));
    ///         }
    ///     }
    ///
    ///     fn holds_until(&self, _: &CandidatePath<'_>, _: &Context<'_>) -> Option<Time> {
    ///         Some(self.0)
    ///     }
    /// }
    /// ```
    fn holds_until(&self, path: &CandidatePath<'_>, context: &Context<'_>) -> Option<Time> {
        let _ = (path, context);
        None
    }
}

/// What a rule may know beside the certificates.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub(crate) time: Time,
    pub(crate) role: Role,
    pub(crate) peer: Peer<'a>,
    pub(crate) evidence: Evidence<'a>,
    pub(crate) anchor: Option<&'a PathAnchor<'a>>,
    pub(crate) has_path: bool,
    /// Whether webpki finds the server's name in the end entity; `None` if it cannot read the certificate.
    pub(crate) valid_for_name: Option<bool>,
    pub(crate) sha256: &'a Sha256,
    pub(crate) revocation: Option<&'a RevocationCall<'a>>,
}

impl<'a> Context<'a> {
    /// The time to verify at, in whole seconds.
    #[must_use]
    pub fn time(&self) -> Time {
        self.time
    }

    /// Whose certificates are judged.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Who is expected.
    #[must_use]
    pub fn peer(&self) -> Peer<'a> {
        self.peer
    }

    /// What came with the chain.
    #[must_use]
    pub fn evidence(&self) -> Evidence<'a> {
        self.evidence
    }

    /// The trust anchor of the path. Known in [`Rule::check_path`], and in [`Rule::check_certificate`] of the end entity,
    /// which runs once for each trust anchor that paths end at; `None` elsewhere, and without a path.
    #[must_use]
    pub fn anchor(&self) -> Option<&'a PathAnchor<'a>> {
        self.anchor
    }

    /// Whether the certificate is judged as part of a complete path. `false`: path building failed, and the
    /// presented certificates are judged for the report only.
    #[must_use]
    pub fn has_path(&self) -> bool {
        self.has_path
    }

    /// SHA-256 of `data`.
    #[must_use]
    pub fn sha256(&self, data: &[u8]) -> [u8; 32] {
        self.sha256.digest(data)
    }
}

/// Collects what rules find. It can only be added to.
#[derive(Debug)]
pub struct Findings {
    rule: RuleId,
    audited_until: Option<Date>,
    pub(crate) violations: Vec<Violation>,
    pub(crate) warnings: Vec<Warning>,
}

impl Findings {
    pub(crate) fn new() -> Self {
        Self {
            rule: RuleId::INPUT,
            audited_until: None,
            violations: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// None yet, for the same rule.
    pub(crate) fn fresh(&self) -> Self {
        Self {
            violations: Vec::new(),
            warnings: Vec::new(),
            ..*self
        }
    }

    /// From here on `rule` speaks; while it is audited, its violations are warnings.
    pub(crate) fn attribute_to(&mut self, rule: RuleId, audited_until: Option<Date>) {
        self.rule = rule;
        self.audited_until = audited_until;
    }

    /// The running rule is broken: what it requires, and what was presented.
    pub fn violation(&mut self, position: Position, required: Fact, presented: Fact) {
        match self.audited_until {
            None => self.refusal(position, required, presented),
            Some(until) => {
                self.warnings.push(Warning {
                    kind: WarningKind::Audited { until },
                    rule: self.rule,
                    position,
                    required,
                    presented,
                });
            }
        }
    }

    /// As [`violation`](Self::violation), for what is refused even while the rule is audited.
    pub(crate) fn refusal(&mut self, position: Position, required: Fact, presented: Fact) {
        self.violations.push(Violation {
            rule: self.rule,
            position,
            required,
            presented,
        });
    }

    /// Something the running rule lets pass but wants known.
    pub fn warning(
        &mut self,
        kind: WarningKind,
        position: Position,
        required: Fact,
        presented: Fact,
    ) {
        self.warnings.push(Warning {
            kind,
            rule: self.rule,
            position,
            required,
            presented,
        });
    }

    pub(crate) fn append(&mut self, other: &Self) {
        self.violations.extend_from_slice(&other.violations);
        self.warnings.extend_from_slice(&other.warnings);
    }

    /// Whether nothing was found that refuses, or would refuse if it were not audited.
    pub(crate) fn is_clean(&self) -> bool {
        self.violations.is_empty() && !self.has_audited()
    }

    pub(crate) fn has_audited(&self) -> bool {
        self.warnings
            .iter()
            .any(|warning| matches!(warning.kind, WarningKind::Audited { .. }))
    }
}
