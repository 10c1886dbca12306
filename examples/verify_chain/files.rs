//! Files, and what to say of those that cannot be read.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};

use crate::values::Source;

/// All of a file, if it has no more than `most` octets.
pub(crate) fn read(what: &str, source: &Source, most: usize) -> Result<Vec<u8>, String> {
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let outcome = match source {
        Source::StandardInput => read_at_most(most, io::stdin()),
        Source::File(path) => File::open(path).and_then(|file| {
            // What is no regular file has no length, and is found out by reading.
            if file.metadata()?.len() > most {
                return Ok(None);
            }
            read_at_most(most, file)
        }),
    };
    match outcome {
        Ok(Some(octets)) => Ok(octets),
        Ok(None) => {
            let problem = format!(
                "it is larger than {} MiB, the most that is read: give only what is needed",
                most.div_euclid(1024 * 1024)
            );
            Err(in_file(what, source, problem))
        }
        Err(error) => Err(in_file(what, source, unreadable(&error))),
    }
}

/// `None`: there is more.
fn read_at_most(most: u64, input: impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut octets = Vec::new();
    input
        .take(most.saturating_add(1))
        .read_to_end(&mut octets)?;
    let is_all = u64::try_from(octets.len()).is_ok_and(|read| read <= most);
    Ok(is_all.then_some(octets))
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory: name a file in it".to_owned(),
        io::ErrorKind::PermissionDenied => "you are not permitted to read it".to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}

/// `chain "acme.pem": …`.
pub(crate) fn in_file(what: &str, source: &Source, problem: impl Display) -> String {
    match source {
        Source::StandardInput => format!("{what} on standard input: {problem}"),
        Source::File(path) => format!("{what} {path:?}: {problem}"),
    }
}
