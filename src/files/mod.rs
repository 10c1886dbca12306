//! A verifier made of files, read again when they change: policy, trust anchors, intermediates, CRLs and OCSP responses.
//!
//! The only place that does I/O and looks at a clock, behind the feature `files`. Nothing runs by itself: who wants a schedule asks
//! for [`watch`](LiveFiles::watch), or calls [`poll`](LiveFiles::poll).

mod problem;
mod settled;

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pki_types::UnixTime;

pub use self::problem::{FileProblem, FilesError};
use self::settled::{Stamp, Unread, read_settled};
use crate::builder::VerifierBuilder;
use crate::error::BuildError;
use crate::live::{LiveVerifier, ReplaceError, ReplaceProblem, Replacement};
use crate::observer;
use crate::policy::Policy;
use crate::revocation::crl::Crl;
use crate::revocation::fact::CrlSummary;
use crate::revocation::ocsp::OcspResponse;
use crate::trust::TrustAnchors;
use crate::verify::Verifier;

/// Which files a verifier is made of.
///
/// Put a new file in the place of an old one by renaming: write it beside, and rename. A policy or bundle that is cut short may be one
/// that asks for less; where a rule that was on is off, or anchors are fewer, the observer hears of it as
/// a warning ([`ReplaceWarning`](crate::ReplaceWarning)), and no more. All files are one verifier: while one cannot be used, changes of the
/// others wait.
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
/// // Or call `files.poll()` when it suits.
/// let _watching = files.watch(Duration::from_secs(60), |outcome| match outcome {
///     Ok(replacement) => println!("{replacement}"),
///     Err(refused) => eprintln!("{refused}"),
/// })?;
/// # let _ = clients;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct VerifierFiles {
    policy: PathBuf,
    shadow: Option<PathBuf>,
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
            shadow: None,
            anchors: Vec::new(),
            intermediates: Vec::new(),
            crls: Vec::new(),
            responses: Vec::new(),
        }
    }

    /// A policy to be tried beside the enforced one, under the same anchors; see [`VerifierBuilder::shadow`]. If it cannot be used when
    /// files are read again, the others are taken without it, with a warning; a file that is missing is an error as any is.
    #[must_use]
    pub fn shadow_policy(mut self, file: impl Into<PathBuf>) -> Self {
        self.shadow = Some(file.into());
        self
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

    /// Reads the files and builds a verifier, with the algorithms of *ring*. Files of the last second are waited for, up to five
    /// seconds: in asynchronous code, on a thread that may block.
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
        let verifier = self.builder(&octets, false, &start)?.build();
        let verifier = verifier.map_err(|error| self.of_build(error))?;
        Ok(LiveFiles(Arc::new(Shared {
            verifier: LiveVerifier::new(verifier, now()),
            state: Mutex::new(State {
                in_use: stamps.clone(),
                stamps,
                refused: None,
                unsettled_since: None,
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
            .chain(&self.shadow)
            .chain(anchors)
            .chain(others.into_iter().flatten())
            .map(PathBuf::as_path)
    }

    /// Which file it is about, if that is known.
    fn of_build(&self, error: BuildError) -> FilesError {
        let path = match (&error, &self.shadow) {
            (BuildError::Policy { .. }, _) => &self.policy,
            (BuildError::Shadow(_), Some(shadow)) => shadow,
            _ => return FilesError::Build(error),
        };
        FilesError::File {
            path: path.clone(),
            problem: FileProblem::Content(error),
        }
    }

    /// The same of what cannot take the place of what is in use.
    fn of_problem(&self, problem: ReplaceProblem, octets: &[Vec<u8>]) -> ReplaceProblem {
        let path = match problem {
            ReplaceProblem::Build(error) => return self.of_build(error).into(),
            ReplaceProblem::OlderCrl { ref given, .. }
            | ReplaceProblem::OtherCrl { ref given, .. } => self.path_of_crl(given, octets),
            other => return other,
        };
        match path {
            Some(path) => ReplaceProblem::File {
                path: path.to_owned(),
                problem: Box::new(FileProblem::Replacement(Box::new(problem))),
            },
            None => problem,
        }
    }

    fn path_of_crl(&self, wanted: &CrlSummary, octets: &[Vec<u8>]) -> Option<&Path> {
        let mut contents = self.paths().zip(octets);
        let found = contents.find(|(path, octets)| {
            self.crls.iter().any(|crl| crl == path)
                && Crl::from_pem(octets)
                    .is_ok_and(|crls| crls.iter().any(|crl| CrlSummary::of(crl) == *wanted))
        });
        found.map(|(path, _)| path)
    }

    /// Those that are not as they were.
    fn changed(&self, before: &[Option<Stamp>], now: &[Option<Stamp>]) -> Vec<PathBuf> {
        let changed = self.paths().zip(before.iter().zip(now));
        let changed = changed.filter(|(_, (before, now))| before != now);
        changed.map(|(path, _)| path.to_owned()).collect()
    }

    fn stamps(&self) -> Vec<Option<Stamp>> {
        self.paths().map(|path| Stamp::of(path).ok()).collect()
    }

    /// Waits for files that are being written, for some seconds.
    fn read_settled(&self) -> Result<Contents, FilesError> {
        const SECONDS: u64 = 5;
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
                        let problem = FileProblem::Unsettled(SECONDS);
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
        shadow_may_fail: bool,
        start: &dyn Fn(TrustAnchors, Policy) -> VerifierBuilder,
    ) -> Result<VerifierBuilder, FilesError> {
        let mut octets = octets.iter().map(Vec::as_slice);
        let mut next = move || octets.next().unwrap_or_default();

        let policy = read_policy(&self.policy, next())?;
        let shadow = self.shadow.as_ref();
        let shadow = shadow.map(|path| read_policy(path, next()));
        let mut anchors = TrustAnchors::new();
        for (label, path) in &self.anchors {
            anchors = anchors
                .with_pem(label.clone(), next())
                .map_err(in_file(path))?;
        }
        let mut builder = start(anchors.clone(), policy);
        match shadow {
            None => {}
            Some(Ok(shadow)) => builder = builder.shadow(anchors, shadow),
            Some(Err(error)) if shadow_may_fail => {
                builder = builder.without_shadow(error.to_string());
            }
            Some(Err(error)) => return Err(error),
        }
        if shadow_may_fail {
            builder = builder.shadow_may_fail();
        }
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
        Ok(builder.of_files())
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

/// The contents of every file, and the stamps that they were read under.
struct Contents {
    stamps: Vec<Option<Stamp>>,
    octets: Vec<Vec<u8>>,
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
    /// Of the files that what is in use is made of.
    in_use: Vec<Option<Stamp>>,
    /// Of the files as they were last tried; `None` of one that was not there.
    stamps: Vec<Option<Stamp>>,
    /// Why they were refused, if they were.
    refused: Option<ReplaceProblem>,
    /// Since when one of them was being written whenever they were looked at.
    unsettled_since: Option<Instant>,
}

/// Files that were being written at every look for this long are an error.
const MOST_UNSETTLED: Duration = Duration::from_secs(60);

/// What came of looking at the files.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Polled {
    /// No file has changed.
    Unchanged,
    /// Another call, on another thread, is reading the files.
    Elsewhere,
    /// This one is being written, or was within the last second: it is read the next time. After a minute of that it is an error.
    Unsettled(PathBuf),
    /// They were read, and what they make is in use.
    Replaced(Replacement),
}

/// Files that do not replace what is in use.
struct Refused {
    problem: ReplaceProblem,
    /// Observers have heard of it.
    is_known: bool,
}

fn is_unreadable(problem: &ReplaceProblem) -> bool {
    let ReplaceProblem::File { problem, .. } = problem else {
        return false;
    };
    matches!(**problem, FileProblem::Unreadable(_))
}

impl LiveFiles {
    /// The verifier, for adapters. It may be replaced by hand as well, which the next file that changes undoes
    /// ([`ReplaceWarning::NotOfFiles`](crate::ReplaceWarning::NotOfFiles)).
    #[must_use]
    pub fn verifier(&self) -> &LiveVerifier {
        &self.0.verifier
    }

    /// Looks whether a file has changed, by size, time and, on Unix, inode, and if so reads all of them and replaces the verifier. Observers
    /// hear of it; of files that are refused they hear once for each reason. It reads files: in asynchronous code, call it on a thread
    /// that may block.
    ///
    /// # Errors
    ///
    /// [`ReplaceError`] if the files cannot be read, were being written for a minute, or do not make a verifier, each time until they do. What is in use stays in
    /// use.
    pub fn poll(&self) -> Result<Polled, ReplaceError> {
        self.poll_and(|_| ())
    }

    /// Also `heard` hears what observers do.
    fn poll_and(
        &self,
        heard: impl FnOnce(Result<&Replacement, &ReplaceError>),
    ) -> Result<Polled, ReplaceError> {
        let outcome = {
            let _one_at_a_time = match self.0.polling.try_lock() {
                Ok(held) => held,
                // Nothing is left half done.
                Err(TryLockError::Poisoned(held)) => held.into_inner(),
                Err(TryLockError::WouldBlock) => return Ok(Polled::Elsewhere),
            };
            self.look()
        };
        // With no lock held, for whoever hears of it may poll.
        let verifier = &self.0.verifier;
        let tell = |news| {
            verifier.tell(news);
            observer::shielded(|| heard(news));
        };
        match outcome {
            Ok(polled) => {
                if let Polled::Replaced(replacement) = &polled {
                    tell(Ok(replacement));
                }
                Ok(polled)
            }
            Err(Refused { problem, is_known }) => {
                let error = verifier.refusal(problem, now().into());
                if !is_known {
                    tell(Err(&error));
                }
                Err(error)
            }
        }
    }

    fn look(&self) -> Result<Polled, Refused> {
        let Shared {
            files,
            start,
            verifier,
            ..
        } = &*self.0;
        let stamps = files.stamps();
        let known = self.state().clone();
        if stamps == known.stamps {
            self.state().unsettled_since = None;
            return match known.refused {
                None => Ok(Polled::Unchanged),
                Some(problem) => Err(Refused {
                    problem,
                    is_known: true,
                }),
            };
        }
        let mut unsettled = files.paths().zip(&stamps);
        let unsettled = unsettled.find(|(_, stamp)| stamp.is_some_and(|it| !it.is_settled()));
        let read = match unsettled {
            Some((path, _)) => Err(Unread::Unsettled(path.to_owned())),
            None => files.read(),
        };
        let outcome = match read {
            Ok(read) => {
                // The function that begins it is not ours.
                let built = || {
                    files
                        .builder(&read.octets, true, start)
                        .map_err(ReplaceProblem::from)
                };
                let built = catch_unwind(AssertUnwindSafe(built));
                let built = built.unwrap_or(Err(ReplaceProblem::Panicked));
                let exchanged = built.and_then(|next| {
                    let exchanged = verifier.exchange(next, now().into());
                    exchanged.map_err(|error| files.of_problem(error.problem, &read.octets))
                });
                exchanged.map(|replacement| Replacement {
                    changed: files.changed(&known.in_use, &stamps),
                    ..replacement
                })
            }
            Err(Unread::Unsettled(path)) => return self.unsettled(path),
            Err(Unread::Problem(error)) => Err(ReplaceProblem::from(error)),
        };
        let mut state = self.state();
        state.unsettled_since = None;
        match outcome {
            Ok(replacement) => {
                // What was read may be newer, and is then read once more.
                state.stamps.clone_from(&stamps);
                state.in_use = stamps;
                state.refused = None;
                Ok(Polled::Replaced(replacement))
            }
            Err(problem) => {
                // What could not be read may be readable next time, and its stamp the same.
                let is_read = !is_unreadable(&problem);
                state.stamps = if is_read { stamps } else { Vec::new() };
                Err(Self::refused(&mut state, problem))
            }
        }
    }

    fn refused(state: &mut State, problem: ReplaceProblem) -> Refused {
        let is_known = state.refused.as_ref() == Some(&problem);
        state.refused = Some(problem.clone());
        Refused { problem, is_known }
    }

    fn unsettled(&self, path: PathBuf) -> Result<Polled, Refused> {
        let mut state = self.state();
        let since = *state.unsettled_since.get_or_insert_with(Instant::now);
        if since.elapsed() < MOST_UNSETTLED {
            return Ok(Polled::Unsettled(path));
        }
        // Once it is settled it is read, whatever it is by then.
        state.stamps = Vec::new();
        let problem = FileProblem::Unsettled(MOST_UNSETTLED.as_secs());
        let problem = FilesError::File { path, problem }.into();
        Err(Self::refused(&mut state, problem))
    }

    /// Polls every `interval` on a thread of its own, which ends when what this returns is dropped. `heard` hears there what
    /// observers do: of every replacement, and once of each reason for which files are refused. A file that was changed within a second
    /// before a look is read at the next one.
    ///
    /// # Errors
    ///
    /// That of the system, if there is no thread to be had.
    pub fn watch(
        &self,
        interval: Duration,
        mut heard: impl FnMut(Result<&Replacement, &ReplaceError>) + Send + 'static,
    ) -> io::Result<Watching> {
        let files = self.clone();
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::Builder::new().name("policy files".to_owned());
        let thread = thread.spawn(move || {
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                // Who is to hear of it has heard.
                let _ = files.poll_and(&mut heard);
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
        let other = self.thread.take();
        // Who hears of files there may drop this.
        if let Some(thread) = other.filter(|it| it.thread().id() != thread::current().id()) {
            // An observer's panic was caught; there is nothing to tell.
            let _ = thread.join();
        }
    }
}

fn now() -> UnixTime {
    UnixTime::now()
}

#[cfg(all(test, feature = "ring"))]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::{fs, time::SystemTime};

    use super::*;
    use crate::observer::Observer;
    use crate::support::{Authority, TestKey};

    #[derive(Debug, Default)]
    struct Refusals(AtomicUsize);

    impl Observer for Refusals {
        fn verifier_replaced(&self, outcome: Result<&Replacement, &ReplaceError>) {
            assert!(outcome.is_err());
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn set_modified(path: &Path, modified: SystemTime) {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(modified).unwrap();
    }

    #[test]
    fn a_file_that_is_written_again_and_again_is_an_error_after_a_minute() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (policy, roots) = (path("policy.toml"), path("roots.der"));
        fs::write(&policy, "role = \"client\"\n").unwrap();
        fs::write(&roots, Authority::root("Root", TestKey::ed25519(1)).der).unwrap();
        let written = SystemTime::now() - Duration::from_secs(60);
        for file in [&policy, &roots] {
            set_modified(file, written);
        }
        let refusals = Arc::new(Refusals::default());
        let observer = refusals.clone();
        let files = VerifierFiles::new(&policy).anchors("acme", &roots);
        let files = files.load_with(move |anchors, policy| {
            Verifier::builder(anchors, policy).observer(observer.clone())
        });
        let files = files.unwrap();

        let now = || set_modified(&policy, SystemTime::now() + Duration::from_millis(500));
        now();
        assert_eq!(files.poll(), Ok(Polled::Unsettled(policy.clone())));
        let since = files.state().unsettled_since.unwrap();
        files.state().unsettled_since = since.checked_sub(MOST_UNSETTLED);
        for _ in 0..2 {
            now();
            let problem = files.poll().unwrap_err().problem.to_string();
            let words = "it is being written again and again, and was for 60 seconds: write it beside, and rename";
            assert_eq!(problem, format!("{}: {words}", policy.display()));
        }
        assert_eq!(refusals.0.load(Ordering::SeqCst), 1);

        // As it was: then nothing is wrong with it.
        set_modified(&policy, written);
        let Ok(Polled::Replaced(replacement)) = files.poll() else {
            panic!("not replaced");
        };
        assert_eq!(replacement.generation, 1);
    }
}
