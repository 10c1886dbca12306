//! Verifiers made of files: what is read when, and that what cannot be used leaves the good one in use.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, SystemTime};

use rustls_policy_verifier::{
    BuildError, FileProblem, FilesError, LiveFiles, Observer, Policy, Polled, ReplaceError,
    ReplaceProblem, ReplaceWarning, Replacement, Role, TrustAnchors, Verifier, VerifierFiles,
    pki_types::UnixTime,
};
use tempfile::TempDir;

use crate::support::{Authority, CrlBuilder, TestKey, der, pem};

const POLICY: &str = "role = \"client\"\n";
const JUDGING: &str = "role = \"client\"\n[revocation]\ncheck = \"end-entity\"\n";

/// A folder with a policy, anchors and a CRL.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("policy.toml", JUDGING);
        folder.write("roots.pem", roots(&["Root", "Second Root"]));
        folder.write("acme.crl", crl(1));
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Written long enough ago, each time at another second.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        let before = fs::metadata(&path).and_then(|it| it.modified());
        fs::write(&path, content).unwrap();
        let first = SystemTime::now() - Duration::from_secs(86_400);
        let modified = before.map_or(first, |before| before + Duration::from_secs(1));
        set_modified(&path, modified);
    }

    fn files(&self) -> VerifierFiles {
        VerifierFiles::new(self.path("policy.toml"))
            .anchors("acme", self.path("roots.pem"))
            .crls(self.path("acme.crl"))
    }
}

fn set_modified(path: &Path, modified: SystemTime) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(modified).unwrap();
}

fn root(name: &str) -> Authority {
    Authority::root(name, TestKey::ed25519(1))
}

fn roots(names: &[&str]) -> String {
    let roots = names.iter().map(|name| root(name));
    roots
        .map(|it| pem::to_pem("CERTIFICATE", &it.der))
        .collect()
}

/// Of the number's day in May 2026.
fn crl(number: u64) -> Vec<u8> {
    let this_update = 1_777_593_600 + i64::try_from(number).unwrap() * 86_400;
    let crl = CrlBuilder::new().number(number).this_update(this_update);
    crl.signed_by(&root("Root").issuer())
}

/// Writes down what it hears of replacements.
#[derive(Debug, Default)]
struct Diary(Mutex<Vec<String>>);

impl Observer for Diary {
    fn verifier_replaced(&self, outcome: Result<&Replacement, &ReplaceError>) {
        let line = match outcome {
            Ok(replacement) => format!("generation {}", replacement.generation),
            Err(error) => error.problem.to_string(),
        };
        self.0.lock().unwrap().push(line);
    }
}

impl Diary {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn observed(files: VerifierFiles) -> (LiveFiles, Arc<Diary>) {
    let diary = Arc::new(Diary::default());
    let observer = diary.clone();
    let files = files.load_with(move |anchors, policy| {
        Verifier::builder(anchors, policy).observer(observer.clone())
    });
    (files.unwrap(), diary)
}

#[test]
fn files_are_read_again_when_they_change() {
    let folder = Folder::new();
    let (files, diary) = observed(folder.files());
    assert_eq!(files.poll(), Ok(Polled::Unchanged));

    folder.write("roots.pem", roots(&["Root"]));
    let Ok(Polled::Replaced(replacement)) = files.poll() else {
        panic!("not replaced");
    };
    assert_eq!(replacement.generation, 1);
    assert_eq!(replacement.changed, [folder.path("roots.pem")]);
    let words = format!(
        ", for {} has changed (1 warning: ",
        folder.path("roots.pem").display()
    );
    assert!(replacement.to_string().contains(&words), "{replacement}");
    let fewer = ReplaceWarning::FewerAnchors {
        label: "acme".to_owned(),
        before: 2,
        after: 1,
    };
    assert_eq!(replacement.warnings, [fewer]);
    assert_eq!(files.poll(), Ok(Polled::Unchanged));

    // Of the same size, and only the time tells.
    folder.write("roots.pem", roots(&["Toor"]));
    assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
    folder.write("acme.crl", crl(2));
    assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
    folder.write(
        "policy.toml",
        format!("{JUDGING}[path-length]\nmax-intermediates = 1\n"),
    );
    assert!(matches!(files.clone().poll(), Ok(Polled::Replaced(_))));
    let current = files.verifier().current();
    assert_eq!(current.generation(), 4);
    assert_eq!(current.policy().path_length.max_intermediates, Some(1));
    let heard: Vec<_> = (1..=4).map(|n| format!("generation {n}")).collect();
    assert_eq!(diary.take(), heard);
}

#[test]
fn files_that_cannot_be_used_leave_the_good_ones_in_use() {
    let folder = Folder::new();
    let (files, diary) = observed(folder.files());
    let path = |name: &str| folder.path(name).display().to_string();
    let empty = pem::to_pem("CERTIFICATE", &der::sequence(&[]));
    let half = &roots(&["Root"])[..200];
    let cases: Vec<(&str, String, String)> = vec![
        (
            "policy.toml",
            "role = \"client\"\n[path-lenght]\n".to_owned(),
            format!(
                "{}: policy setting `path-lenght`: unknown field `path-lenght`, expected one of ",
                path("policy.toml")
            ),
        ),
        (
            "policy.toml",
            "role = \"server\"\n[revocation]\ncheck = \"end-entity\"\n".to_owned(),
            BuildError::Direction {
                policy: Role::Server,
                needed: Role::Client,
            }
            .to_string(),
        ),
        (
            "roots.pem",
            String::new(),
            format!("{}: the input is empty", path("roots.pem")),
        ),
        (
            "roots.pem",
            empty,
            format!(
                "{}: no usable trust anchor (certificate 1: certificate at octet 2: the data ends too early): add the root or issuing CA certificate to trust, in PEM or DER",
                path("roots.pem")
            ),
        ),
        (
            "roots.pem",
            half.to_owned(),
            format!(
                "{}: section 1: there is no -----END CERTIFICATE----- line for it",
                path("roots.pem")
            ),
        ),
        (
            "acme.crl",
            String::from_utf8_lossy(b"0").into_owned(),
            format!("{}: CRL 1 of the input: ", path("acme.crl")),
        ),
    ];
    for (n, (name, content, expected)) in cases.into_iter().enumerate() {
        let good = fs::read(folder.path(name)).unwrap();
        folder.write(name, content);
        for _ in 0..2 {
            let error = files.poll().unwrap_err();
            let problem = error.problem.to_string();
            assert!(problem.starts_with(&expected), "{problem}");
            // As often as they were good again in between.
            assert_eq!(error.generation, u64::try_from(n).unwrap());
        }
        // Heard once, however often it is tried.
        let heard = diary.take();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].starts_with(&expected), "{heard:?}");
        folder.write(name, good);
        assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
        diary.take();
    }
}

#[test]
fn an_older_crl_in_the_file_is_refused() {
    let folder = Folder::new();
    folder.write("acme.crl", crl(2));
    let (files, _) = observed(folder.files());
    folder.write("acme.crl", crl(1));
    let error = files.poll().unwrap_err();
    assert!(
        error.problem.to_string().starts_with(&format!(
            "{}: CRL number 1 of CN=Root",
            folder.path("acme.crl").display()
        )),
        "{error}"
    );
    let ReplaceProblem::File { problem, .. } = &error.problem else {
        panic!("{error}");
    };
    let FileProblem::Replacement(problem) = &**problem else {
        panic!("{error}");
    };
    assert!(
        matches!(**problem, ReplaceProblem::OlderCrl { .. }),
        "{error}"
    );
    folder.write("acme.crl", crl(3));
    assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
}

#[test]
fn a_file_that_is_gone_is_an_error_until_it_is_there() {
    let folder = Folder::new();
    let (files, diary) = observed(folder.files());
    let roots = fs::read(folder.path("roots.pem")).unwrap();
    fs::remove_file(folder.path("roots.pem")).unwrap();
    for _ in 0..2 {
        let error = files.poll().unwrap_err();
        let ReplaceProblem::File { path, problem } = &error.problem else {
            panic!("{error}");
        };
        assert_eq!(*path, folder.path("roots.pem"));
        assert!(matches!(**problem, FileProblem::Unreadable(_)), "{error}");
        assert_eq!(error.generation, 0);
    }
    assert_eq!(diary.take().len(), 1);
    folder.write("roots.pem", roots);
    // The same as before, and read again.
    assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
}

/// What was written within the last second may be written again unnoticed, or be half of it.
#[test]
fn a_file_that_is_being_written_is_left_for_the_next_time() {
    let folder = Folder::new();
    let (files, diary) = observed(folder.files());
    folder.write("roots.pem", roots(&["Root"]));
    set_modified(&folder.path("roots.pem"), SystemTime::now());
    assert_eq!(
        files.poll(),
        Ok(Polled::Unsettled(folder.path("roots.pem")))
    );
    let older = SystemTime::now() - Duration::from_secs(2);
    set_modified(&folder.path("roots.pem"), older);
    assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
    // A time to come is somebody's invention: then the one counts that the system sets.
    let ahead = SystemTime::now() + Duration::from_secs(86_400);
    set_modified(&folder.path("roots.pem"), ahead);
    let written = SystemTime::now();
    let polled = loop {
        let polled = files.poll();
        if polled != Ok(Polled::Unsettled(folder.path("roots.pem"))) {
            break polled;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(matches!(polled, Ok(Polled::Replaced(_))), "{polled:?}");
    #[cfg(unix)]
    assert!(written.elapsed().unwrap() > Duration::from_millis(900));
    assert_eq!(diary.take(), ["generation 1", "generation 2"]);
}

/// Somebody who replaces the verifier by hand is told that the files, which he did not change, undo it.
#[test]
fn what_was_replaced_by_hand_is_undone_with_a_warning() {
    let folder = Folder::new();
    let (files, _) = observed(folder.files());
    let live = files.verifier();
    let by_hand = TrustAnchors::from_pem(root("Root").der).unwrap();
    let next = live.successor(by_hand, Policy::client());
    live.replace(next, UnixTime::now()).unwrap();
    folder.write("acme.crl", crl(2));
    let Ok(Polled::Replaced(replacement)) = files.poll() else {
        panic!("not replaced");
    };
    let words: Vec<_> = replacement
        .warnings
        .iter()
        .map(ToString::to_string)
        .collect();
    let undone = "generation 1 was not made of these files, and what it changed is undone";
    assert!(words.contains(&undone.to_owned()), "{words:?}");
    // Files after files are nothing to warn of.
    folder.write("acme.crl", crl(3));
    let Ok(Polled::Replaced(replacement)) = files.poll() else {
        panic!("not replaced");
    };
    assert_eq!(replacement.warnings, []);
}

/// What the program adds to its files is there after every change of them.
#[test]
fn what_is_begun_with_is_begun_with_again() {
    let folder = Folder::new();
    let files = folder.files().load_with(|anchors, mut policy| {
        policy.path_length.max_intermediates = Some(1);
        Verifier::builder(anchors, policy)
    });
    let files = files.unwrap();
    folder.write("roots.pem", roots(&["Root"]));
    assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
    let current = files.verifier().current();
    assert_eq!(current.generation(), 1);
    assert_eq!(current.policy().path_length.max_intermediates, Some(1));
}

/// Its file is one of them: it is read again, and its mistakes are named.
#[test]
fn a_shadow_policy_is_read_too() {
    let folder = Folder::new();
    folder.write("next.toml", POLICY);
    let files = folder.files().shadow_policy(folder.path("next.toml"));
    let (files, diary) = observed(files);
    folder.write(
        "next.toml",
        format!("{POLICY}[path-length]\nmax-intermediates = 1\n"),
    );
    assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
    // It decides nothing, so it keeps nothing out: a CRL that comes with a mistake in it is in use.
    for (number, policy, words) in [
        (2, "role = \"server\"\n", "not tried: the shadow policy: the verifier's policy is for server certificates, and client certificates are to be judged: start from `Policy::client()`".to_owned()),
        (3, "role = 3\n", format!("not tried: {}: policy setting `role`: expected \"server\" or \"client\", found 3", folder.path("next.toml").display())),
    ] {
        folder.write("next.toml", policy);
        folder.write("acme.crl", crl(number));
        let Ok(Polled::Replaced(replacement)) = files.poll() else {
            panic!("not replaced");
        };
        let warnings = replacement.warnings.iter().map(ToString::to_string);
        assert_eq!(warnings.collect::<Vec<_>>(), [words]);
    }
    assert_eq!(diary.take().len(), 3);
    // To begin with it is an error.
    let files = folder.files().shadow_policy(folder.path("next.toml"));
    let words = files.load().unwrap_err().to_string();
    assert!(
        words.contains("next.toml: policy setting `role`"),
        "{words}"
    );
}

/// To begin with, what is being written is waited for.
#[test]
fn a_file_that_was_just_written_is_waited_for() {
    let folder = Folder::new();
    folder.write("roots.pem", roots(&["Root"]));
    let written = SystemTime::now();
    set_modified(&folder.path("roots.pem"), written);
    let files = folder.files().load().unwrap();
    assert!(written.elapsed().unwrap() > Duration::from_secs(1));
    assert_eq!(files.poll(), Ok(Polled::Unchanged));
    let text = format!("{files:?}");
    assert!(
        text.starts_with("LiveFiles { files: VerifierFiles {"),
        "{text}"
    );
}

#[test]
fn files_may_have_a_gibibyte() {
    let folder = Folder::new();
    let comments = "# and so on\n".repeat(300_000);
    folder.write("policy.toml", format!("{comments}{JUDGING}"));
    let (files, _) = observed(folder.files());
    // Of zeros, which take no room.
    let crl = File::options().write(true).open(folder.path("acme.crl"));
    let crl = crl.unwrap();
    crl.set_len(1024 * 1024 * 1024 + 1).unwrap();
    let before = SystemTime::now() - Duration::from_secs(100);
    crl.set_modified(before).unwrap();
    let error = files.poll().unwrap_err().problem.to_string();
    assert!(
        error.ends_with("acme.crl: it has more than 1 GiB"),
        "{error}"
    );
}

/// Takes its time.
#[derive(Debug, Default)]
struct Slow {
    begun: AtomicBool,
    done: AtomicBool,
}

impl Observer for Slow {
    fn verifier_replaced(&self, _outcome: Result<&Replacement, &ReplaceError>) {
        self.begun.store(true, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(300));
        self.done.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_watching_thread_has_ended_when_it_is_dropped() {
    let folder = Folder::new();
    let slow = Arc::new(Slow::default());
    let observer = slow.clone();
    let files = folder.files().load_with(move |anchors, policy| {
        Verifier::builder(anchors, policy).observer(observer.clone())
    });
    let watching = files
        .unwrap()
        .watch(Duration::from_millis(5), |_| ())
        .unwrap();
    folder.write("roots.pem", roots(&["Root"]));
    while !slow.begun.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(watching);
    assert!(slow.done.load(Ordering::SeqCst));
}

/// CRLs that nobody would look at are an error also where only a shadow that cannot work would have.
#[test]
fn a_shadow_that_is_left_out_takes_no_crls_along() {
    let folder = Folder::new();
    folder.write("next.toml", JUDGING);
    let files = folder.files().shadow_policy(folder.path("next.toml"));
    let (files, _) = observed(files);
    folder.write("policy.toml", POLICY);
    let nobodys = "[subject-identifier]\nany-of = [{ attribute = \"CN\", exact = \"a\", under = [\"nobody\"] }]\n";
    folder.write("next.toml", format!("{JUDGING}{nobodys}"));
    let words = files.poll().unwrap_err().problem.to_string();
    let expected =
        "policy.toml: policy setting `revocation`: CRLs or OCSP responses are handed over";
    assert!(words.contains(expected), "{words}");
}

/// Another file of the same size and time.
#[cfg(unix)]
#[test]
fn a_file_that_was_renamed_into_place_is_noticed() {
    let folder = Folder::new();
    folder.write("roots.pem", roots(&["Root"]));
    let (files, _) = observed(folder.files());
    let modified = fs::metadata(folder.path("roots.pem"));
    let modified = modified.unwrap().modified().unwrap();
    folder.write("next.pem", roots(&["Toor"]));
    set_modified(&folder.path("next.pem"), modified);
    fs::rename(folder.path("next.pem"), folder.path("roots.pem")).unwrap();
    assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
    assert_eq!(files.poll(), Ok(Polled::Unchanged));
}

/// A pipe would be waited for.
#[test]
fn what_is_not_a_file_is_not_read() {
    let folder = Folder::new();
    let (files, diary) = observed(folder.files());
    let good = fs::read(folder.path("roots.pem")).unwrap();
    fs::remove_file(folder.path("roots.pem")).unwrap();
    fs::create_dir(folder.path("roots.pem")).unwrap();
    std::thread::sleep(Duration::from_millis(1_100));
    for _ in 0..2 {
        let error = files.poll().unwrap_err().problem.to_string();
        assert!(error.ends_with("roots.pem: it is not a file"), "{error}");
    }
    assert_eq!(diary.take().len(), 1);
    fs::remove_dir(folder.path("roots.pem")).unwrap();
    folder.write("roots.pem", good);
    assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
}

/// Polls when it hears of a replacement.
#[derive(Debug, Default)]
struct Polls(Mutex<Option<LiveFiles>>, Mutex<Vec<Polled>>);

impl Observer for Polls {
    fn verifier_replaced(&self, _outcome: Result<&Replacement, &ReplaceError>) {
        let files = self.0.lock().unwrap().clone().unwrap();
        self.1.lock().unwrap().push(files.poll().unwrap());
    }
}

#[test]
fn an_observer_that_polls_waits_for_nobody() {
    let folder = Folder::new();
    let polls = Arc::new(Polls::default());
    let observer = polls.clone();
    let files = folder.files().load_with(move |anchors, policy| {
        Verifier::builder(anchors, policy).observer(observer.clone())
    });
    let files = files.unwrap();
    *polls.0.lock().unwrap() = Some(files.clone());
    folder.write("roots.pem", roots(&["Root"]));
    assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
    assert_eq!(*polls.1.lock().unwrap(), [Polled::Unchanged]);
    assert_eq!(files.poll(), Ok(Polled::Unchanged));
}

#[test]
fn files_that_make_no_verifier_to_begin_with_are_named() {
    let folder = Folder::new();
    let missing = folder.files().anchors("other", folder.path("missing.pem"));
    let error = missing.load().unwrap_err();
    let FilesError::File { path, problem } = &error else {
        panic!("{error}");
    };
    assert_eq!(*path, folder.path("missing.pem"));
    assert!(matches!(problem, FileProblem::Unreadable(_)), "{error}");

    folder.write("policy.toml", b"role = \"client\" # \xff");
    assert_eq!(
        folder.files().load().unwrap_err().to_string(),
        format!("{}: it is not UTF-8", folder.path("policy.toml").display())
    );
    // CRLs that nobody would look at.
    folder.write("policy.toml", POLICY);
    let error = folder.files().load().unwrap_err().to_string();
    assert!(
        error.contains("policy.toml: policy setting `revocation`: CRLs or OCSP"),
        "{error}"
    );
    folder.write("policy.toml", JUDGING);
    folder.write("response.der", b"0");
    let error = folder.files().ocsp_response(folder.path("response.der"));
    let error = error.load().unwrap_err().to_string();
    let path = folder.path("response.der").display().to_string();
    assert!(error.starts_with(&format!("{path}: ")), "{error}");
}

#[test]
fn a_policy_in_json_and_intermediates_are_read_too() {
    let folder = Folder::new();
    folder.write("policy.json", "{\"role\": \"client\"}");
    folder.write("issuing.pem", roots(&["Issuing"]));
    let files = VerifierFiles::new(folder.path("policy.json"))
        .anchors("acme", folder.path("roots.pem"))
        .known_intermediates(folder.path("issuing.pem"));
    let files = files.load().unwrap();
    assert_eq!(files.verifier().current().policy().role, Role::Client);
    folder.write("issuing.pem", "nothing");
    let error = files.poll().unwrap_err();
    assert!(error.to_string().contains("issuing.pem"), "{error}");
}

/// Whoever is asked to hear of it hears as observers do.
#[test]
fn a_watching_thread_tells_what_came_of_it() {
    let folder = Folder::new();
    let files = folder.files().load().unwrap();
    let (tell, told) = mpsc::channel();
    let watching = files.watch(Duration::from_millis(5), move |outcome| {
        let words = match outcome {
            Ok(replacement) => format!("{:?}", replacement.changed),
            Err(refused) => refused.problem.to_string(),
        };
        tell.send(words).unwrap();
    });
    let watching = watching.unwrap();
    let patience = Duration::from_secs(30);
    let path = folder.path("roots.pem");
    folder.write("roots.pem", roots(&["Root"]));
    assert_eq!(told.recv_timeout(patience).unwrap(), format!("[{path:?}]"));
    folder.write("roots.pem", "");
    let empty = format!(
        "{}: the input is empty: give certificates in PEM or DER",
        path.display()
    );
    assert_eq!(told.recv_timeout(patience).unwrap(), empty);
    folder.write("roots.pem", roots(&["Root"]));
    assert_eq!(told.recv_timeout(patience).unwrap(), format!("[{path:?}]"));
    drop(watching);
    assert!(told.try_recv().is_err());
}

/// The function that begins a verifier is the program's: if it panics nothing is replaced, and the next time it is asked again.
#[test]
fn a_panic_leaves_what_is_in_use() {
    let folder = Folder::new();
    let panics = Arc::new(AtomicBool::new(false));
    let when = panics.clone();
    let files = folder.files().load_with(move |anchors, policy| {
        assert!(!when.load(Ordering::SeqCst), "as it is meant");
        Verifier::builder(anchors, policy)
    });
    let files = files.unwrap();
    panics.store(true, Ordering::SeqCst);
    folder.write("roots.pem", roots(&["Root"]));
    for _ in 0..2 {
        let problem = files.poll().unwrap_err().problem;
        assert_eq!(problem, ReplaceProblem::Panicked);
    }
    panics.store(false, Ordering::SeqCst);
    folder.write("roots.pem", roots(&["Root", "Toor"]));
    assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
}

#[test]
fn a_watching_thread_polls_and_ends() {
    let folder = Folder::new();
    let (files, diary) = observed(folder.files());
    let watching = files.watch(Duration::from_millis(5), |_| ()).unwrap();
    folder.write("roots.pem", roots(&["Root"]));
    let patience = SystemTime::now() + Duration::from_secs(30);
    while files.verifier().current().generation() == 0 {
        assert!(SystemTime::now() < patience, "nothing was replaced");
        std::thread::sleep(Duration::from_millis(5));
    }
    // The thread has ended when this returns.
    drop(watching);
    assert_eq!(diary.take(), ["generation 1"]);
    folder.write("roots.pem", roots(&["Root", "Second Root"]));
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(files.verifier().current().generation(), 1);
    assert!(matches!(files.poll(), Ok(Polled::Replaced(_))));
}
