//! What is said of a verification: refusals with everything that was found, and the warnings of an acceptance.

use crate::certificate::{Certificate, DecodeError};
use crate::chain::{PresentedList, PresentedView};
use crate::diagnosis::{ChainFailure, ChainReason};
use crate::error::{VerifyError, VerifyErrorKind};
use crate::judge::Judged;
use crate::path::Position;
use crate::policy::RuleSettings;
use crate::report::{Fact, PathEntry, RefusedPath, Report, Violation, Warning, WarningKind};
use crate::rule::{Context, Findings, RuleId};
use crate::rules::server_name::ServerNameCheck;
use crate::verify::Call;

impl Call<'_, '_> {
    pub(crate) fn undecodable_end_entity(
        &self,
        chain: PresentedView<'_>,
        presented: &PresentedList<'_>,
        error: DecodeError,
    ) -> VerifyError {
        let mut findings = Findings::new();
        findings.violation(
            Position::EndEntity,
            Fact::Decodable,
            Fact::Undecodable(error),
        );
        self.check_presented(presented, &mut findings);
        let sha256 = &self.verifier.crypto.sha256;
        let mut path = vec![PathEntry::undecodable(
            Position::EndEntity,
            chain.end_entity,
            sha256,
        )];
        path.extend(self.presented_entries(None, presented));
        self.refusal(VerifyErrorKind::Input, path, findings)
    }

    pub(crate) fn nothing_presented(&self) -> VerifyError {
        let mut findings = Findings::new();
        findings.violation(
            Position::EndEntity,
            Fact::Text("a certificate".to_owned()),
            Fact::Absent,
        );
        self.refusal(VerifyErrorKind::Input, Vec::new(), findings)
    }

    /// No path reached the rules: webpki's reason, and what the certificates show by themselves.
    pub(crate) fn refuse_without_path(
        &self,
        end_entity: &Certificate<'_>,
        presented: &PresentedList<'_>,
        failure: ChainFailure,
    ) -> VerifyError {
        let mut findings = Findings::new();
        findings.attribute_to(RuleId::CHAIN, None);
        findings.violation(
            Position::Path,
            Fact::PathToAnchor,
            Fact::ChainFailure(failure),
        );
        self.check_certificate(
            end_entity,
            Position::EndEntity,
            &self.without_path(),
            &mut findings,
        );
        self.check_presented(presented, &mut findings);
        let path = self.presented_entries(Some(end_entity), presented);
        self.refusal(VerifyErrorKind::Path, path, findings)
    }

    fn without_path(&self) -> Context<'_> {
        Context {
            has_path: false,
            ..self.context
        }
    }

    /// Presented certificates by themselves, as intermediates.
    fn check_presented(&self, presented: &PresentedList<'_>, findings: &mut Findings) {
        for presented in presented {
            let position = Position::Presented(presented.number);
            match &presented.decoded {
                Ok(certificate) => {
                    self.check_certificate(certificate, position, &self.without_path(), findings);
                }
                Err(error) => {
                    findings.attribute_to(RuleId::INPUT, None);
                    findings.violation(position, Fact::Decodable, Fact::Undecodable(error.clone()));
                }
            }
        }
    }

    /// Paths reached the rules, and every one was refused: the best first.
    pub(crate) fn refuse_paths(
        &self,
        refused: Vec<Judged<'_>>,
        work_bound: Option<ChainReason>,
        presented: &PresentedList<'_>,
    ) -> VerifyError {
        let mut refused = refused.into_iter();
        let Some(best) = refused.next() else {
            return self.refusal(VerifyErrorKind::Policy, Vec::new(), Findings::new());
        };
        let only_the_name = best
            .findings
            .violations
            .iter()
            .all(|violation| violation.rule == ServerNameCheck::ID);
        let kind = if only_the_name {
            VerifyErrorKind::Name
        } else {
            VerifyErrorKind::Policy
        };
        let path = PathEntry::of_path(&best.path, &self.verifier.crypto.sha256);
        let label = best.path.anchor().label().to_owned();
        let mut findings = best.findings;
        let kind = match work_bound {
            None => kind,
            Some(reason) => {
                findings.attribute_to(RuleId::CHAIN, None);
                let failure = ChainFailure {
                    reason,
                    stops_at: None,
                    end_entity_is_anchor: false,
                };
                let required = Fact::PathToAnchor;
                findings.violation(Position::Path, required, Fact::ChainFailure(failure));
                VerifyErrorKind::Path
            }
        };
        findings.warnings.extend(Self::left_aside(presented));
        self.refusal(kind, path, findings)
            .with_paths(label, self.refused_paths(refused))
    }

    pub(crate) fn refused_paths<'p>(
        &self,
        refused: impl IntoIterator<Item = Judged<'p>>,
    ) -> Vec<RefusedPath> {
        refused
            .into_iter()
            .map(|judged| {
                let mut violations = judged.findings.violations;
                sort_violations(&mut violations);
                RefusedPath {
                    path: PathEntry::of_path(&judged.path, &self.verifier.crypto.sha256),
                    anchor_label: judged.path.anchor().label().to_owned(),
                    violations,
                }
            })
            .collect()
    }

    pub(crate) fn warnings(
        &self,
        findings: Findings,
        presented: &PresentedList<'_>,
    ) -> Vec<Warning> {
        let mut warnings = findings.warnings;
        warnings.extend(Self::left_aside(presented));
        warnings.sort_by_key(|warning| (warning.position, warning.rule));
        warnings
    }

    /// Undecodable certificates that the path stands without.
    fn left_aside(presented: &PresentedList<'_>) -> Vec<Warning> {
        presented
            .iter()
            .filter_map(|presented| {
                let error = presented.decoded.as_ref().err()?;
                Some(Warning {
                    kind: WarningKind::LeftAside,
                    rule: RuleId::INPUT,
                    position: Position::Presented(presented.number),
                    required: Fact::Decodable,
                    presented: Fact::Undecodable(error.clone()),
                })
            })
            .collect()
    }

    pub(crate) fn presented_entries(
        &self,
        end_entity: Option<&Certificate<'_>>,
        presented: &PresentedList<'_>,
    ) -> Vec<PathEntry> {
        let sha256 = &self.verifier.crypto.sha256;
        let end_entity = end_entity
            .map(|certificate| PathEntry::of_certificate(Position::EndEntity, certificate, sha256));
        let others = presented.iter().map(|presented| {
            let position = Position::Presented(presented.number);
            match &presented.decoded {
                Ok(certificate) => PathEntry::of_certificate(position, certificate, sha256),
                Err(_) => PathEntry::undecodable(position, presented.der, sha256),
            }
        });
        end_entity.into_iter().chain(others).collect()
    }

    pub(crate) fn refusal(
        &self,
        kind: VerifyErrorKind,
        path: Vec<PathEntry>,
        findings: Findings,
    ) -> VerifyError {
        let Findings {
            mut violations,
            mut warnings,
            ..
        } = findings;
        sort_violations(&mut violations);
        warnings.sort_by_key(|warning| (warning.position, warning.rule));
        VerifyError::new(
            kind,
            Report {
                accepted: false,
                role: self.context.role,
                time: self.context.time,
                path,
                anchor_label: None,
                violations,
                warnings,
                other_paths: Vec::new(),
            },
        )
    }
}

/// Why there is no path stands first, then what is wrong from the end entity up.
fn sort_violations(violations: &mut [Violation]) {
    violations.sort_by_key(|violation| {
        (
            violation.rule != RuleId::CHAIN,
            violation.position,
            violation.rule,
        )
    });
}
