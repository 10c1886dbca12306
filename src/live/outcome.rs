//! What comes of a replacement: the next verifier in use, or why it is not.

use std::fmt;
use std::path::PathBuf;

use super::warning::ReplaceWarning;
use crate::error::{BuildError, debug_is_display};
use crate::revocation::fact::CrlSummary;
use crate::time::Time;

/// A verifier took the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replacement {
    /// The generation that is in use now.
    pub generation: u64,
    /// From when on.
    pub since: Time,
    /// What somebody should look at: it may be meant, or an accident.
    pub warnings: Vec<ReplaceWarning>,
    /// The files that have changed, where it is made of files.
    pub changed: Vec<PathBuf>,
}

/// `generation 4 in use since 2026-06-01T00:00:00Z, for roots.pem has changed (1 warning: fewer trust anchors under "acme": 1, before 2)`.
impl fmt::Display for Replacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "generation {} in use since {}",
            self.generation, self.since
        )?;
        match self.changed.as_slice() {
            [] => {}
            [only] => write!(f, ", for {} has changed", only.display())?,
            [first, others @ ..] => write!(
                f,
                ", for {} and {} more files have changed",
                first.display(),
                others.len()
            )?,
        }
        match self.warnings.as_slice() {
            [] => Ok(()),
            [only] => write!(f, " (1 warning: {only})"),
            [first, others @ ..] => write!(
                f,
                " ({} warnings: {first}; and {} more)",
                self.warnings.len(),
                others.len()
            ),
        }
    }
}

/// A replacement was refused as a whole; what was in use stays in use.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplaceError {
    /// Why.
    pub problem: ReplaceProblem,
    /// The generation that stays in use.
    pub generation: u64,
    /// From when on it has been; `None` if nobody said.
    pub since: Option<Time>,
    /// When the replacement was refused.
    pub now: Time,
}

/// `not replaced: …; generation 3 stays in use, since 2026-06-01T00:00:00Z (2 days)`.
impl fmt::Display for ReplaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not replaced: {}; generation {} stays in use",
            self.problem, self.generation
        )?;
        match self.since {
            Some(since) => write!(
                f,
                ", since {since} ({})",
                Age(self.now.seconds_since(since))
            ),
            None => Ok(()),
        }
    }
}

debug_is_display!(ReplaceError);

impl std::error::Error for ReplaceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            ReplaceProblem::Build(error) => Some(error),
            _ => None,
        }
    }
}

/// Why a replacement was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplaceProblem {
    /// It cannot work.
    #[error("{0}")]
    Build(#[from] BuildError),
    /// A file that it is made of cannot be used.
    #[cfg(feature = "files")]
    #[error("{}: {problem}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        problem: Box<crate::files::FileProblem>,
    },
    /// It was begun as the successor of a verifier that is no longer in use.
    #[error(
        "it was begun as the successor of generation {generation}, which was replaced since: begin again from what is in use"
    )]
    Outdated {
        /// The generation that it was to succeed.
        generation: u64,
    },
    /// What a program begins every verifier with, a function of its own, panicked.
    #[cfg(feature = "files")]
    #[error("the function that begins a verifier of anchors and policy panicked")]
    Panicked,
    /// It was begun as the successor of another [`LiveVerifier`](crate::LiveVerifier)'s verifier.
    #[error("it was begun as the successor of another verifier: begin from this one")]
    Foreign,
    /// In the place of a CRL in use it has one that somebody else has signed.
    #[error(
        "{given} stands in the place of {in_use}, which is in use, and no key that is known here has signed it: fetch it again; if the CA has a new key, hand over the CRLs of both"
    )]
    OtherCrl {
        /// The one in use.
        in_use: Box<CrlSummary>,
        /// The one handed over.
        given: Box<CrlSummary>,
    },
    /// It has an older issue of a CRL than the one in use, which may lack what was revoked since.
    #[error("{given} is older than {in_use}, which is in use: fetch the newest")]
    OlderCrl {
        /// The one in use.
        in_use: Box<CrlSummary>,
        /// The newest handed over.
        given: Box<CrlSummary>,
    },
}

/// Seconds in words, by the greatest unit that fits.
struct Age(u64);

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
        let unit = UNITS.into_iter().find(|(seconds, _)| self.0 >= *seconds);
        let (seconds, name) = unit.unwrap_or((1, "second"));
        let count = self.0.checked_div(seconds).unwrap_or_default();
        write!(f, "{count} {name}{}", if count == 1 { "" } else { "s" })
    }
}
