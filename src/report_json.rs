//! Reports as JSON, for programs: the keys are stable, the words of the values are not.

use serde::{Serialize, Serializer};

use crate::rehearsal::{Change, RehearsedChain, Verdict, Verdicts};
use crate::report::{PathEntry, RefusedPath, Report, Violation, Warning, WarningKind};

impl Report {
    /// The report as one line of JSON:
    /// `{"accepted", "error", "path", "violations", "warnings", "other_paths"}`.
    ///
    /// `error` is `null`: whatever could not be judged at all has no report.
    #[must_use]
    pub fn to_json(&self) -> String {
        line(self)
    }
}

fn line(value: &impl Serialize) -> String {
    // It cannot fail, for all keys are strings; but if it did, nobody may read acceptance into it.
    serde_json::to_string(value).unwrap_or_else(|error| {
        let error = serde_json::Value::from(error.to_string());
        format!("{{\"accepted\":false,\"error\":{error}}}")
    })
}

/// In the form of [`Report::to_json`].
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = ReportJson {
            accepted: self.accepted,
            error: None,
            path: self.path.iter().map(EntryJson::from).collect(),
            violations: self.violations.iter().map(FindingJson::from).collect(),
            warnings: self.warnings.iter().map(FindingJson::from).collect(),
            other_paths: self.other_paths.iter().map(RefusedPathJson::from).collect(),
        };
        report.serialize(serializer)
    }
}

#[derive(Serialize)]
struct ReportJson {
    accepted: bool,
    error: Option<String>,
    path: Vec<EntryJson>,
    violations: Vec<FindingJson>,
    warnings: Vec<FindingJson>,
    other_paths: Vec<RefusedPathJson>,
}

#[derive(Serialize)]
struct EntryJson {
    position: String,
    subject: String,
    issuer: String,
    sha256: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
    key: Option<String>,
}

impl From<&PathEntry> for EntryJson {
    fn from(entry: &PathEntry) -> Self {
        Self {
            position: entry.position.to_string(),
            subject: entry.subject.clone(),
            issuer: entry.issuer.clone(),
            sha256: entry.sha256.map(|sha256| sha256.to_string()),
            not_before: entry
                .validity
                .map(|validity| validity.not_before.to_string()),
            not_after: entry
                .validity
                .map(|validity| validity.not_after.to_string()),
            key: entry.key.as_ref().map(ToString::to_string),
        }
    }
}

/// A violation, or a warning, which has a kind too.
#[derive(Serialize)]
struct FindingJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    rule: &'static str,
    /// Of a rule that has many.
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'static str>,
    position: String,
    required: String,
    presented: String,
    hint: String,
}

impl From<&Violation> for FindingJson {
    fn from(violation: &Violation) -> Self {
        Self {
            kind: None,
            rule: violation.rule.as_str(),
            check: violation.required.check(),
            position: violation.position.to_string(),
            required: violation.required.to_string(),
            presented: violation.presented.to_string(),
            hint: violation.hint(),
        }
    }
}

impl From<&Warning> for FindingJson {
    fn from(warning: &Warning) -> Self {
        Self {
            kind: Some(match warning.kind {
                WarningKind::Audited { .. } => "audited",
                WarningKind::Relaxed => "relaxed",
                WarningKind::NameNotJudged => "name-not-judged",
                WarningKind::EndsSoon => "ends-soon",
                WarningKind::Advice => "advice",
                WarningKind::LeftAside => "left-aside",
            }),
            rule: warning.rule.as_str(),
            check: warning.required.check(),
            position: warning.position.to_string(),
            required: warning.required.to_string(),
            presented: warning.presented.to_string(),
            hint: warning.hint(),
        }
    }
}

impl RehearsedChain {
    /// What comes of the chain as one line of JSON: `{"name", "subject", "sha256", "change", "reason", "current", "proposed",
    /// "ending"}`. `change` is `"none"`, `"refused"`, `"refused-later"`, `"accepted"` or `"accepted-later"`; `current` and
    /// `proposed` are each `{"now", "then"}` of `{"accepted", "label", "holds_until", "violations"}`; `reason` and violations, and
    /// the certificates of `ending`, are as in [`Report::to_json`].
    #[must_use]
    pub fn to_json(&self) -> String {
        line(self)
    }
}

/// In the form of [`RehearsedChain::to_json`].
impl Serialize for RehearsedChain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let chain = RehearsedJson {
            name: &self.name,
            subject: &self.subject,
            sha256: self.fingerprint.to_string(),
            change: match self.change() {
                Change::None => "none",
                Change::Refused => "refused",
                Change::RefusedLater => "refused-later",
                Change::Accepted => "accepted",
                Change::AcceptedLater => "accepted-later",
            },
            reason: self.reason().map(FindingJson::from),
            current: VerdictsJson::from(&self.current),
            proposed: VerdictsJson::from(&self.proposed),
            ending: self.ending.iter().map(EntryJson::from).collect(),
        };
        chain.serialize(serializer)
    }
}

#[derive(Serialize)]
struct RehearsedJson<'r> {
    name: &'r str,
    subject: &'r str,
    sha256: String,
    change: &'static str,
    reason: Option<FindingJson>,
    current: VerdictsJson<'r>,
    proposed: VerdictsJson<'r>,
    ending: Vec<EntryJson>,
}

#[derive(Serialize)]
struct VerdictsJson<'r> {
    now: VerdictJson<'r>,
    then: VerdictJson<'r>,
}

impl<'r> From<&'r Verdicts> for VerdictsJson<'r> {
    fn from(verdicts: &'r Verdicts) -> Self {
        Self {
            now: VerdictJson::from(&verdicts.now),
            then: VerdictJson::from(&verdicts.then),
        }
    }
}

#[derive(Serialize)]
struct VerdictJson<'r> {
    accepted: bool,
    label: Option<&'r str>,
    holds_until: Option<String>,
    violations: Vec<FindingJson>,
}

impl<'r> From<&'r Verdict> for VerdictJson<'r> {
    fn from(verdict: &'r Verdict) -> Self {
        let (label, holds_until, violations) = match verdict {
            Verdict::Accepted { label, holds_until } => {
                (Some(label.as_str()), Some(holds_until.to_string()), &[][..])
            }
            Verdict::Refused(refusal) => (None, None, refusal.violations()),
        };
        Self {
            accepted: verdict.is_accepted(),
            label,
            holds_until,
            violations: violations.iter().map(FindingJson::from).collect(),
        }
    }
}

#[derive(Serialize)]
struct RefusedPathJson {
    path: Vec<EntryJson>,
    violations: Vec<FindingJson>,
}

impl From<&RefusedPath> for RefusedPathJson {
    fn from(refused: &RefusedPath) -> Self {
        Self {
            path: refused.path.iter().map(EntryJson::from).collect(),
            violations: refused.violations.iter().map(FindingJson::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::{PublicKey, Validity};
    use crate::path::Position;
    use crate::peer::Role;
    use crate::report::Fact;
    use crate::rule::RuleId;
    use crate::rules::minimum_key_size::KeyRequirement;
    use crate::time::Time;

    fn end_entity() -> PathEntry {
        PathEntry {
            position: Position::EndEntity,
            subject: "CN=\"client\"".to_owned(),
            issuer: "CN=Acme CA".to_owned(),
            sha256: Some(crate::fingerprint::Fingerprint::new([0xab; 32])),
            validity: Some(Validity {
                not_before: Time::from_unix_seconds(0),
                not_after: Time::from_unix_seconds(86_399),
            }),
            key: Some(PublicKey::Rsa {
                bits: 2048,
                exponent: Some(65_537),
            }),
            known_here: false,
        }
    }

    fn bare_anchor() -> PathEntry {
        PathEntry {
            position: Position::TrustAnchor,
            subject: "CN=Acme Root".to_owned(),
            issuer: String::new(),
            sha256: None,
            validity: None,
            key: None,
            known_here: false,
        }
    }

    fn weak_key() -> Violation {
        Violation {
            rule: RuleId::new("minimum-key-size"),
            position: Position::Intermediate(1),
            required: Fact::RequiredKey(KeyRequirement::RsaAtLeast(3072)),
            presented: Fact::Key(PublicKey::Rsa {
                bits: 2048,
                exponent: Some(65_537),
            }),
        }
    }

    fn warning(kind: WarningKind) -> Warning {
        let Violation {
            rule,
            position,
            required,
            presented,
        } = weak_key();
        Warning {
            kind,
            rule,
            position,
            required,
            presented,
        }
    }

    fn refused() -> Report {
        Report {
            accepted: false,
            role: Role::Client,
            time: Time::from_unix_seconds(0),
            path: vec![end_entity(), bare_anchor()],
            anchor_label: Some("acme".to_owned()),
            violations: vec![weak_key()],
            warnings: vec![warning(WarningKind::Audited {
                until: "2027-03-31".parse().unwrap(),
            })],
            other_paths: vec![RefusedPath {
                path: vec![bare_anchor()],
                anchor_label: "acme".to_owned(),
                violations: vec![weak_key()],
            }],
        }
    }

    #[test]
    fn a_report_has_exactly_these_keys() {
        const EXPECTED: &str = concat!(
            r#"{"accepted":false,"error":null,"path":["#,
            r#"{"position":"end-entity","subject":"CN=\"client\"","issuer":"CN=Acme CA","#,
            r#""sha256":"abababababababababababababababababababababababababababababababab","#,
            r#""not_before":"1970-01-01T00:00:00Z","not_after":"1970-01-01T23:59:59Z","key":"RSA of 2048 bits"},"#,
            r#"{"position":"trust-anchor","subject":"CN=Acme Root","issuer":"","sha256":null,"#,
            r#""not_before":null,"not_after":null,"key":null}],"#,
            r#""violations":[{"rule":"minimum-key-size","position":"intermediate-1","#,
            r#""required":"RSA of at least 3072 bits","presented":"RSA of 2048 bits","#,
            r#""hint":"have the certificate issued again for RSA of at least 3072 bits"}],"#,
            r#""warnings":[{"kind":"audited","rule":"minimum-key-size","position":"intermediate-1","#,
            r#""required":"RSA of at least 3072 bits","presented":"RSA of 2048 bits","#,
            r#""hint":"from the day after 2027-03-31 this refuses: "#,
            r#"have the certificate issued again for RSA of at least 3072 bits"}],"#,
            r#""other_paths":[{"path":[{"position":"trust-anchor","subject":"CN=Acme Root","issuer":"","#,
            r#""sha256":null,"not_before":null,"not_after":null,"key":null}],"#,
            r#""violations":[{"rule":"minimum-key-size","position":"intermediate-1","#,
            r#""required":"RSA of at least 3072 bits","presented":"RSA of 2048 bits","#,
            r#""hint":"have the certificate issued again for RSA of at least 3072 bits"}]}]}"#,
        );
        assert_eq!(refused().to_json(), EXPECTED);
    }

    #[test]
    fn an_accepted_report_is_empty_but_for_its_path() {
        let report = Report {
            accepted: true,
            path: vec![],
            violations: vec![],
            warnings: vec![],
            other_paths: vec![],
            ..refused()
        };
        assert_eq!(
            report.to_json(),
            r#"{"accepted":true,"error":null,"path":[],"violations":[],"warnings":[],"other_paths":[]}"#
        );
    }

    #[test]
    fn every_kind_of_warning_has_its_word() {
        let until = "2027-03-31".parse().unwrap();
        let words = [
            (WarningKind::Audited { until }, "audited"),
            (WarningKind::Relaxed, "relaxed"),
            (WarningKind::NameNotJudged, "name-not-judged"),
            (WarningKind::EndsSoon, "ends-soon"),
            (WarningKind::Advice, "advice"),
            (WarningKind::LeftAside, "left-aside"),
        ];
        for (kind, word) in words {
            assert_eq!(FindingJson::from(&warning(kind)).kind, Some(word));
        }
    }
}
