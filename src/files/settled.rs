//! Reading files that others write: what is read is a file as somebody left it, not one in the middle of being written.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use super::problem::{FileProblem, FilesError};

/// Why files were not read.
pub(super) enum Unread {
    /// One is being written, it seems.
    Unsettled(PathBuf),
    Problem(FilesError),
}

pub(super) fn read_settled(path: &Path) -> Result<(Stamp, Vec<u8>), Unread> {
    let problem = |error: io::Error| {
        Unread::Problem(FilesError::File {
            path: path.to_owned(),
            problem: FileProblem::Unreadable(error.to_string()),
        })
    };
    let before = Stamp::of(path).map_err(problem)?;
    if !before.is_settled() {
        return Err(Unread::Unsettled(path.to_owned()));
    }
    if before.octets == 0 {
        // One that is cut short to be written anew may keep its times for a moment.
        thread::sleep(EMPTY);
    }
    let octets = read_bounded(path).map_err(problem)?;
    let after = Stamp::of(path).map_err(problem)?;
    if before == after && u64::try_from(octets.len()) == Ok(before.octets) {
        Ok((before, octets))
    } else {
        Err(Unread::Unsettled(path.to_owned()))
    }
}

/// Files alone: reading a pipe would wait for who writes it.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if metadata.len() > MOST_OCTETS {
        return Err(io::Error::other("it has more than 1 GiB"));
    }
    let mut octets = Vec::new();
    File::open(path)?
        .take(MOST_OCTETS)
        .read_to_end(&mut octets)?;
    Ok(octets)
}

/// A file is read when this has passed since it was written: within the same tick of its clock it may be written again unnoticed,
/// and what is written in pieces is mostly complete by then.
const SETTLED: Duration = Duration::from_secs(1);

/// How long an empty file is looked at before it is believed to be empty.
const EMPTY: Duration = Duration::from_millis(20);

/// Most octets of a file: the largest CRL, with room for PEM's.
const MOST_OCTETS: u64 = 1024 * 1024 * 1024;

/// By what a change of a file is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    octets: u64,
    modified: SystemTime,
    /// Device, inode, and when that changed last: another file may have the size and time of the one before.
    #[cfg(unix)]
    inode: (u64, u64, i64, i64),
}

impl Stamp {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Self::from(&fs::metadata(path)?)
    }

    fn from(metadata: &Metadata) -> io::Result<Self> {
        Ok(Self {
            octets: metadata.len(),
            modified: metadata.modified()?,
            #[cfg(unix)]
            inode: {
                use std::os::unix::fs::MetadataExt;

                let it = metadata;
                (it.dev(), it.ino(), it.ctime(), it.ctime_nsec())
            },
        })
    }

    /// By the time that it was written or, if that is to come, for anybody can set it, by that of the inode, which the system
    /// sets. If that is to come too the clock is another's, and tells nothing.
    pub(super) fn is_settled(&self) -> bool {
        let now = SystemTime::now();
        let age = now.duration_since(self.modified).ok();
        let age = age.or_else(|| now.duration_since(self.changed()?).ok());
        age.is_none_or(|age| age > SETTLED)
    }

    #[cfg(unix)]
    fn changed(&self) -> Option<SystemTime> {
        let (_, _, seconds, nanoseconds) = self.inode;
        let since_epoch = Duration::new(seconds.try_into().ok()?, nanoseconds.try_into().ok()?);
        SystemTime::UNIX_EPOCH.checked_add(since_epoch)
    }

    #[cfg(not(unix))]
    fn changed(&self) -> Option<SystemTime> {
        None
    }
}
