//! The examples of the crate as scripts see them: arguments and files in, exit status and output out.

// To panic is how a test reports what is wrong.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What came of a program.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Runs an example in a directory.
    pub(crate) fn of(name: &str, directory: &Path, arguments: &[&str], input: &[u8]) -> Self {
        let mut child = Command::new(example(name))
            .args(arguments)
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // What does not read its input closes it.
        let _ = stdin.write_all(input);
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        Self {
            status: output.status.code().expect("no signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn assert_not_judged(&self, error: &str) {
        assert_eq!((self.status, self.stdout.as_str()), (2, ""), "{self:?}");
        assert_eq!(self.stderr, format!("error: {error}\n"));
    }
}

pub(crate) fn example(name: &str) -> PathBuf {
    // This binary is target/PROFILE/deps/it-….
    let own = std::env::current_exe().unwrap();
    let profile = own.ancestors().nth(2).unwrap();
    let path = profile
        .join("examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        is_built(&path),
        "{path:?} is missing or old; `cargo build --features serde --example {name}` builds it"
    );
    path
}

/// Whether the program is there, and not older than what cargo's dependency file says it is made of: with
/// `cargo test --test it` examples are not built.
fn is_built(path: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    let Ok(built) = modified(path) else {
        return false;
    };
    let sources = fs::read_to_string(path.with_extension("d")).unwrap_or_default();
    sources
        .split_whitespace()
        .skip(1)
        .all(|source| modified(Path::new(source)).is_ok_and(|at| at <= built))
}
