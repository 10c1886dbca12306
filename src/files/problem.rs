//! What is wrong with files.

use std::path::PathBuf;

use crate::error::{BuildError, debug_is_display};
use crate::live::ReplaceProblem;

/// Files that make no verifier.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilesError {
    /// One of them cannot be used.
    #[error("{}: {problem}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        problem: FileProblem,
    },
    /// Together they cannot work.
    #[error("{0}")]
    Build(#[from] BuildError),
}

debug_is_display!(FilesError);

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// The system does not let it be read; in its words.
    #[error("{0}")]
    Unreadable(String),
    /// It is written again and again, and was for so many seconds.
    #[error(
        "it is being written again and again, and was for {0} seconds: write it beside, and rename"
    )]
    Unsettled(u64),
    /// A policy that is no text.
    #[error("it is not UTF-8")]
    NotText,
    /// An OCSP response that cannot be used.
    #[error("{0}")]
    Ocsp(String),
    /// What stands in it cannot be used.
    #[error("{0}")]
    Content(BuildError),
    /// What stands in it cannot take the place of what is in use.
    #[error("{0}")]
    Replacement(Box<ReplaceProblem>),
}

impl From<FilesError> for ReplaceProblem {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::File { path, problem } => Self::File {
                path,
                problem: Box::new(problem),
            },
            FilesError::Build(error) => Self::Build(error),
        }
    }
}
