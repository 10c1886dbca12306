//! A verifier made of files, read again when they change: policy, trust anchors, intermediates, CRLs and OCSP responses.
//!
//! The only place that does I/O and looks at a clock, behind the feature `files`. Nothing runs by itself: who wants a schedule asks
//! for [`watch`](LiveFiles::watch), or calls [`poll`](LiveFiles::poll).

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use pki_types::UnixTime;

use crate::builder::VerifierBuilder;
use crate::error::BuildError;
use crate::live::{LiveVerifier, ReplaceError, ReplaceProblem, Replacement};
use crate::policy::Policy;
use crate::revocation::ocsp::OcspResponse;
use crate::trust::TrustAnchors;
use crate::verify::Verifier;

/// Which files a verifier is made of.
///
/// Put a new file in the place of an old one by renaming: write it beside, and rename. A policy or bundle that is cut short may be one
/// that asks for less; where a rule that was on is off, or anchors are fewer, the observer hears of it as
/// a warning ([`ReplaceWarning`](crate::ReplaceWarning)), and no more.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use rustls_policy_verifier::{PolicyClientCertVerifier, VerifierFiles};
///
/// let files = VerifierFiles::new("policy.toml")
///     .anchors("acme", "acme-roots.pem")
///     .crls("acme.crl")
///     .load()?;
/// let clients = PolicyClientCertVerifier::new(files.verifier().clone())?;
/// let _watching = files.watch(Duration::from_secs(60)); // or call `files.poll()` when it suits
/// # let _ = clients;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct VerifierFiles {
    policy: PathBuf,
    anchors: Vec<(Arc<str>, PathBuf)>,
    intermediates: Vec<PathBuf>,
    crls: Vec<PathBuf>,
    responses: Vec<PathBuf>,
}

impl VerifierFiles {
    /// A verifier for the policy in this file: JSON if its name ends in `.json`, else TOML.
    #[must_use]
    pub fn new(policy: impl Into<PathBuf>) -> Self {
        Self {
            policy: policy.into(),
            anchors: Vec::new(),
            intermediates: Vec::new(),
            crls: Vec::new(),
            responses: Vec::new(),
        }
    }

    /// Trust anchors under `label`, in PEM or DER; see [`TrustAnchors::with_pem`].
    #[must_use]
    pub fn anchors(mut self, label: impl Into<Arc<str>>, file: impl Into<PathBuf>) -> Self {
        self.anchors.push((label.into(), file.into()));
        self
    }

    /// Intermediates known here; see [`VerifierBuilder::known_intermediates_pem`].
    #[must_use]
    pub fn known_intermediates(mut self, file: impl Into<PathBuf>) -> Self {
        self.intermediates.push(file.into());
        self
    }

    /// CRLs, in PEM or DER; see [`VerifierBuilder::crls_pem`].
    #[must_use]
    pub fn crls(mut self, file: impl Into<PathBuf>) -> Self {
        self.crls.push(file.into());
        self
    }

    /// An OCSP response in DER; see [`VerifierBuilder::ocsp_responses`].
    #[must_use]
    pub fn ocsp_response(mut self, file: impl Into<PathBuf>) -> Self {
        self.responses.push(file.into());
        self
    }

    /// Reads the files and builds a verifier, with the algorithms of *ring*.
    ///
    /// # Errors
    ///
    /// [`FilesError`], with the file.
    #[cfg(feature = "ring")]
    pub fn load(self) -> Result<LiveFiles, FilesError> {
        self.load_with(Verifier::builder)
    }

    /// As [`load`](Self::load), with the algorithms of `provider`.
    ///
    /// # Errors
    ///
    /// [`FilesError`], with the file.
    pub fn load_with_provider(
        self,
        provider: &rustls::crypto::CryptoProvider,
    ) -> Result<LiveFiles, FilesError> {
        let provider = provider.clone();
        self.load_with(move |anchors, policy| {
            Verifier::builder_with_provider(anchors, policy, &provider)
        })
    }

    /// As [`load`](Self::load), beginning with what `start` makes of anchors and policy: with an observer, rules of one's own, settings
    /// that no file has. It is called again whenever files have changed.
    ///
    /// # Errors
    ///
    /// [`FilesError`], with the file.
    pub fn load_with(
        self,
        start: impl Fn(TrustAnchors, Policy) -> VerifierBuilder + Send + Sync + 'static,
    ) -> Result<LiveFiles, FilesError> {
        let Contents { stamps, octets } = self.read_settled()?;
        let verifier = self.builder(&octets, &start)?.build()?;
        Ok(LiveFiles(Arc::new(Shared {
            verifier: LiveVerifier::new(verifier, now()),
            state: Mutex::new(State {
                stamps,
                refused: None,
            }),
            polling: Mutex::new(()),
            files: self,
            start: Box::new(start),
        })))
    }

    /// Every file, in a fixed order.
    fn paths(&self) -> impl Iterator<Item = &Path> {
        let anchors = self.anchors.iter().map(|(_, file)| file);
        let others = [&self.intermediates, &self.crls, &self.responses];
        std::iter::once(&self.policy)
            .chain(anchors)
            .chain(others.into_iter().flatten())
            .map(PathBuf::as_path)
    }

    fn stamps(&self) -> Vec<Option<Stamp>> {
        self.paths().map(|path| Stamp::of(path).ok()).collect()
    }

    /// Waits for files that are being written, for some seconds.
    fn read_settled(&self) -> Result<Contents, FilesError> {
        const TRIES: u32 = 20;
        const BETWEEN_TRIES: Duration = Duration::from_millis(250);
        let mut tries: u32 = 0;
        loop {
            match self.read() {
                Ok(read) => return Ok(read),
                Err(Unread::Problem(error)) => return Err(error),
                Err(Unread::Unsettled(path)) => {
                    tries = tries.saturating_add(1);
                    if tries >= TRIES {
                        let problem = FileProblem::Unsettled;
                        return Err(FilesError::File { path, problem });
                    }
                    thread::sleep(BETWEEN_TRIES);
                }
            }
        }
    }

    fn read(&self) -> Result<Contents, Unread> {
        let (mut stamps, mut octets) = (Vec::new(), Vec::new());
        for path in self.paths() {
            let (stamp, content) = read_settled(path)?;
            stamps.push(Some(stamp));
            octets.push(content);
        }
        // One that changed while others were read belongs to another state of them.
        let changed = self
            .paths()
            .zip(stamps.iter().zip(self.stamps()))
            .find(|(_, (before, after))| **before != *after);
        match changed {
            Some((path, _)) => Err(Unread::Unsettled(path.to_owned())),
            None => Ok(Contents { stamps, octets }),
        }
    }

    /// What the contents of the files, in their order, make of a builder.
    fn builder(
        &self,
        octets: &[Vec<u8>],
        start: &dyn Fn(TrustAnchors, Policy) -> VerifierBuilder,
    ) -> Result<VerifierBuilder, FilesError> {
        let mut octets = octets.iter().map(Vec::as_slice);
        let mut next = move || octets.next().unwrap_or_default();

        let policy = read_policy(&self.policy, next())?;
        let mut anchors = TrustAnchors::new();
        for (label, path) in &self.anchors {
            anchors = anchors
                .with_pem(label.clone(), next())
                .map_err(in_file(path))?;
        }
        let mut builder = start(anchors, policy);
        for path in &self.intermediates {
            builder = builder
                .known_intermediates_pem(next())
                .map_err(in_file(path))?;
        }
        for path in &self.crls {
            builder = builder.crls_pem(next()).map_err(in_file(path))?;
        }
        for path in &self.responses {
            let response = OcspResponse::from_der(next());
            let response = response.map_err(|problem| FilesError::File {
                path: path.clone(),
                problem: FileProblem::Ocsp(problem.to_string()),
            })?;
            builder = builder.ocsp_responses([response]);
        }
        Ok(builder)
    }
}

fn read_policy(path: &Path, octets: &[u8]) -> Result<Policy, FilesError> {
    let text = std::str::from_utf8(octets).map_err(|_| FilesError::File {
        path: path.to_owned(),
        problem: FileProblem::NotText,
    })?;
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    let policy = if is_json {
        Policy::from_json(text)
    } else {
        Policy::from_toml(text)
    };
    policy.map_err(in_file(path))
}

fn in_file(path: &Path) -> impl FnOnce(BuildError) -> FilesError {
    let path = path.to_owned();
    |error| FilesError::File {
        path,
        problem: FileProblem::Content(error),
    }
}

/// A file is read when this has passed since it was written: within the same tick of its clock it may be written again unnoticed,
/// and what is written in pieces is mostly complete by then.
const SETTLED: Duration = Duration::from_secs(1);

/// Most octets of a file: the largest CRL, with room for PEM's.
const MOST_OCTETS: u64 = 1024 * 1024 * 1024;

/// By what a change of a file is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    octets: u64,
    modified: SystemTime,
    /// Device, inode, and when that changed last: another file may have the size and time of the one before.
    #[cfg(unix)]
    inode: (u64, u64, i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
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

    /// A time to come is that of another clock, and tells nothing.
    fn is_settled(&self) -> bool {
        let age = SystemTime::now().duration_since(self.modified);
        age.map_or(true, |age| age > SETTLED)
    }
}

/// The contents of every file, and the stamps that they were read under.
struct Contents {
    stamps: Vec<Option<Stamp>>,
    octets: Vec<Vec<u8>>,
}

/// Why files were not read.
enum Unread {
    /// One is being written, it seems.
    Unsettled(PathBuf),
    Problem(FilesError),
}

fn read_settled(path: &Path) -> Result<(Stamp, Vec<u8>), Unread> {
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

/// A verifier and the files it is made of. Clones are the same.
#[derive(Clone)]
pub struct LiveFiles(Arc<Shared>);

/// What makes a builder of anchors and policy.
type Start = Box<dyn Fn(TrustAnchors, Policy) -> VerifierBuilder + Send + Sync>;

struct Shared {
    files: VerifierFiles,
    start: Start,
    verifier: LiveVerifier,
    state: Mutex<State>,
    polling: Mutex<()>,
}

#[derive(Clone)]
struct State {
    /// Of the files as they were last tried; `None` of one that was not there.
    stamps: Vec<Option<Stamp>>,
    /// Why they were refused, if they were.
    refused: Option<ReplaceProblem>,
}

/// What came of looking at the files.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Polled {
    /// No file has changed.
    Unchanged,
    /// Another call is at it, on another thread, or is the one that an observer is told of.
    Elsewhere,
    /// This one is being written, or was within the last second: it is read the next time.
    Unsettled(PathBuf),
    /// They were read, and what they make is in use.
    Replaced(Replacement),
}

impl LiveFiles {
    /// The verifier, for adapters.
    #[must_use]
    pub fn verifier(&self) -> &LiveVerifier {
        &self.0.verifier
    }

    /// Looks whether a file has changed, by size, time and, on Unix, inode, and if so reads all of them and replaces the verifier. The observer
    /// hears of it; of files that are refused it hears once, until they change again.
    ///
    /// # Errors
    ///
    /// [`ReplaceError`] if the files cannot be read or do not make a verifier, each time until they do. What is in use stays in
    /// use.
    pub fn poll(&self) -> Result<Polled, ReplaceError> {
        let Shared {
            files,
            start,
            verifier,
            ..
        } = &*self.0;
        // Whoever observes may poll: no lock is held while an observer is told.
        let Ok(_one_at_a_time) = self.0.polling.try_lock() else {
            return Ok(Polled::Elsewhere);
        };
        let stamps = files.stamps();
        let known = self.state().clone();
        if stamps == known.stamps {
            return match known.refused {
                None => Ok(Polled::Unchanged),
                Some(problem) => Err(verifier.refusal(problem, now().into())),
            };
        }
        let mut unsettled = files.paths().zip(&stamps);
        let unsettled = unsettled.find(|(_, stamp)| stamp.is_some_and(|it| !it.is_settled()));
        if let Some((path, _)) = unsettled {
            return Ok(Polled::Unsettled(path.to_owned()));
        }
        let built = match files.read() {
            Ok(read) => files.builder(&read.octets, start),
            Err(Unread::Unsettled(path)) => return Ok(Polled::Unsettled(path)),
            Err(Unread::Problem(error)) => Err(error),
        };
        // What could not be read may be readable next time, and its stamp the same.
        let is_read = !matches!(
            &built,
            Err(FilesError::File {
                problem: FileProblem::Unreadable(_),
                ..
            })
        );
        let outcome = match built {
            Ok(next) => verifier.replace(next, now()),
            Err(error) => {
                let problem = ReplaceProblem::from(error);
                if known.refused.as_ref() == Some(&problem) {
                    Err(verifier.refusal(problem, now().into()))
                } else {
                    Err(verifier.refuse(problem, now().into()))
                }
            }
        };
        *self.state() = State {
            // What was read may be newer, and is then read once more.
            stamps: if is_read { stamps } else { Vec::new() },
            refused: outcome.as_ref().err().map(|error| error.problem.clone()),
        };
        outcome.map(Polled::Replaced)
    }

    /// Polls every `interval` on a thread of its own, which ends when what this returns is dropped.
    ///
    /// # Errors
    ///
    /// That of the system, if there is no thread to be had.
    pub fn watch(&self, interval: Duration) -> io::Result<Watching> {
        let files = self.clone();
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::Builder::new().name("policy files".to_owned());
        let thread = thread.spawn(move || {
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                // The observer hears of it.
                let _ = files.poll();
            }
        })?;
        Ok(Watching {
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What a panic left behind is read again, or refused again.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LiveFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveFiles")
            .field("files", &self.0.files)
            .field("verifier", &self.0.verifier)
            .finish()
    }
}

/// A thread that polls files, for as long as this is kept.
#[derive(Debug)]
#[must_use = "the thread ends when this is dropped"]
pub struct Watching {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // An observer's panic was caught; there is nothing to tell.
            let _ = thread.join();
        }
    }
}

/// Files that make no verifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// The system does not let it be read; in its words.
    #[error("{0}")]
    Unreadable(String),
    /// It is written again and again.
    #[error("it is being written, and was for five seconds")]
    Unsettled,
    /// A policy that is no text.
    #[error("it is not UTF-8")]
    NotText,
    /// An OCSP response that cannot be used.
    #[error("{0}")]
    Ocsp(String),
    /// What stands in it cannot be used.
    #[error("{0}")]
    Content(BuildError),
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

fn now() -> UnixTime {
    UnixTime::now()
}
