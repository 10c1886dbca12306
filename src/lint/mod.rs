//! What a policy's author would regret, found before the policy is used.
//!
//! A lint is a small function beside its code in the list of its group's file; [`GROUPS`] is the order in which they run. What is
//! linted is what the policy says, not certificates: trust anchors are judged by the rules themselves.

mod anchors;
mod audits;
mod contradictions;
mod finding;
mod identifiers;
mod pins;
mod purposes;
mod revocation;
mod settings;
mod tls;
mod validity;

use std::ops::Deref;

pub use self::finding::{LintCode, LintFinding, LintSeverity};
use crate::policy::{Mode, Policy, Setting};
use crate::time::Time;
use crate::trust::{Anchor, TrustAnchors};

/// What [`Policy::lint`] may know beside the policy. There is no clock in it but what it is given.
#[derive(Clone, Debug)]
pub struct LintContext<'a> {
    now: Time,
    anchors: Option<&'a TrustAnchors>,
    public_labels: Vec<&'a str>,
}

/// As many trust anchors under one label are taken for a store of public CAs, where nothing else is said: partners have a few,
/// browsers' stores more than a hundred.
const PUBLIC_STORE: usize = 20;

impl<'a> LintContext<'a> {
    /// For a policy that is to be used from `now` on.
    pub fn new(now: impl Into<Time>) -> Self {
        Self {
            now: now.into(),
            anchors: None,
            public_labels: Vec::new(),
        }
    }

    /// With the trust anchors that the policy will be used with. Without them what depends on them is not linted.
    #[must_use]
    pub fn anchors(mut self, anchors: &'a TrustAnchors) -> Self {
        self.anchors = Some(anchors);
        self
    }

    /// The CAs under this label are public ones, which issue to anybody. Call it for each such label; if it is never called, a
    /// label with 20 trust anchors or more is taken for a store of public CAs.
    #[must_use]
    pub fn public_cas(mut self, label: &'a str) -> Self {
        self.public_labels.push(label);
        self
    }

    /// The labels of public CAs, and why each is taken for one; those that trust anchors have, if they are known.
    fn public(&self) -> Vec<(&'a str, String)> {
        let Some(anchors) = self.anchors else {
            let said = self.public_labels.iter();
            return said.map(|label| (*label, said_public(label))).collect();
        };
        let counts = anchors.count_by_label().into_iter();
        counts
            .filter_map(|(label, count)| {
                if self.public_labels.contains(&label) {
                    Some((label, said_public(label)))
                } else if self.public_labels.is_empty() && count >= PUBLIC_STORE {
                    let why = format!(
                        "the label {label:?} has {count} trust anchors and so counts as a store of public CAs"
                    );
                    Some((label, why))
                } else {
                    None
                }
            })
            .collect()
    }

    /// Why public CAs are thought to be among the trust anchors; `None` if they are not.
    fn why_public(&self) -> Option<String> {
        self.public().into_iter().next().map(|(_, why)| why)
    }

    fn anchors_one_by_one(&self) -> impl Iterator<Item = &'a Anchor> {
        self.anchors.into_iter().flat_map(TrustAnchors::iter)
    }
}

fn said_public(label: &str) -> String {
    format!("the CAs under the label {label:?} are public ones")
}

impl Policy {
    /// What the policy's author would regret: settings that refuse everybody or nobody, that do not do what they seem to, or that will refuse
    /// when nobody expects it. A policy that is built, and in which nothing is found, may still be the wrong one.
    ///
    /// The findings stand in a fixed order, whatever the policy. A rule that is audited is linted as if it were enforced, for it
    /// will be; one that is off is not linted. A [`BuildError`](crate::BuildError) that a verifier of this policy would meet, with what is known here, is
    /// a finding too. The starting points have neither errors nor warnings.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let roots = include_bytes!("../../testdata/readme/roots.pem");
    /// # let now = rustls_policy_verifier::Time::from_unix_seconds(1_780_000_000);
    /// use rustls_policy_verifier::{LintCode, LintContext, Pin, Pins, Policy, TrustAnchors};
    ///
    /// let mut policy = Policy::client();
    /// policy.pin = Pins::new([Pin::SpkiSha256([1; 32])]).into();
    /// let anchors = TrustAnchors::from_pem(roots)?;
    /// let findings = policy.lint(&LintContext::new(now).anchors(&anchors));
    /// assert_eq!(findings[0].code, LintCode::SinglePin);
    /// println!("{}", findings[0]); // warning[single-pin] pin: there is one pin and no backup: …
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn lint(&self, context: &LintContext<'_>) -> Vec<LintFinding> {
        let linted = Linted {
            policy: self,
            context,
        };
        let mut findings = Vec::new();
        for lint in GROUPS.into_iter().flatten() {
            let mut remarks = Remarks(Vec::new());
            (lint.check)(&linted, &mut remarks);
            findings.extend(
                remarks
                    .0
                    .into_iter()
                    .map(|remark| LintFinding::new(lint.code, remark)),
            );
        }
        findings
    }
}

/// Every lint, in the order of findings.
const GROUPS: [&[Lint]; 10] = [
    settings::LINTS,
    anchors::LINTS,
    contradictions::LINTS,
    pins::LINTS,
    identifiers::LINTS,
    purposes::LINTS,
    validity::LINTS,
    audits::LINTS,
    revocation::LINTS,
    tls::LINTS,
];

/// One lint: its code, and what looks for it.
struct Lint {
    code: LintCode,
    check: fn(&Linted<'_>, &mut Remarks),
}

const fn lint(code: LintCode, check: fn(&Linted<'_>, &mut Remarks)) -> Lint {
    Lint { code, check }
}

/// What a lint looks at.
struct Linted<'a> {
    policy: &'a Policy,
    context: &'a LintContext<'a>,
}

impl<'a> Deref for Linted<'a> {
    type Target = LintContext<'a>;

    fn deref(&self) -> &LintContext<'a> {
        self.context
    }
}

/// What a lint has to say.
struct Remarks(Vec<Remark>);

/// A finding without its code.
struct Remark {
    setting: String,
    why: String,
    hint: String,
}

impl Remarks {
    fn add(&mut self, setting: impl Into<String>, why: impl Into<String>, hint: impl Into<String>) {
        self.0.push(Remark {
            setting: setting.into(),
            why: why.into(),
            hint: hint.into(),
        });
    }
}

/// The settings of a rule that is not off.
fn running<T>(setting: &Setting<T>) -> Option<&T> {
    (setting.mode != Mode::Off).then_some(&setting.settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code that no lint says, or two say, would confuse whoever looks for its file.
    #[test]
    fn every_code_has_one_lint() {
        let mut codes: Vec<_> = GROUPS
            .into_iter()
            .flatten()
            .map(|lint| lint.code.as_str())
            .collect();
        let mut all: Vec<_> = LintCode::ALL.iter().map(|code| code.as_str()).collect();
        codes.sort_unstable();
        all.sort_unstable();
        assert_eq!(codes, all);
        let plain = |code: &str| {
            code.bytes()
                .all(|it| it == b'-' || it.is_ascii_lowercase() || it.is_ascii_digit())
        };
        assert!(all.iter().all(|code| plain(code)), "{all:?}");
    }
}
