//! A command that runs beside a test, everything it writes, and its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longer than any step takes, on a busy machine too.
pub(super) const LONGEST: Duration = Duration::from_secs(30);

/// A running command. It ends with this value at the latest.
pub(super) struct Tool {
    what: String,
    child: Child,
    stdin: ChildStdin,
    written: Arc<Written>,
    readers: Vec<JoinHandle<()>>,
}

/// The lines of both outputs as they come.
#[derive(Default)]
struct Written {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    text: String,
    /// Outputs that have reached their end.
    ended: usize,
}

const OUTPUTS: usize = 2;

impl Tool {
    /// Runs `program`, which the Debian package of the same name has. Its input stays open until it ends.
    pub(super) fn start(program: &str, arguments: &[String]) -> Self {
        let what = format!("{program} {}", arguments.join(" "));
        let mut child = Command::new(program)
            .args(arguments)
            // The machine's own settings have no say.
            .env("OPENSSL_CONF", "/dev/null")
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("cannot run {what}: {error}; these tests need the command `{program}`: apt-get install {program}")
            });
        let written = Arc::new(Written::default());
        let stdin = child.stdin.take().unwrap();
        let readers = vec![
            collect(child.stdout.take().unwrap(), &written),
            collect(child.stderr.take().unwrap(), &written),
        ];
        Self {
            what,
            child,
            stdin,
            written,
            readers,
        }
    }

    /// Runs `openssl` with these words. One that begins with `@` is a file of `directory`.
    pub(super) fn openssl(directory: &Path, words: &str) -> Self {
        let argument = |word: &str| match word.strip_prefix('@') {
            Some(name) => directory.join(name).to_str().unwrap().to_owned(),
            None => word.to_owned(),
        };
        let arguments: Vec<String> = words.split_whitespace().map(argument).collect();
        Self::start("openssl", &arguments)
    }

    /// Types a line, for nobody if the command has ended: what it wrote then says why.
    pub(super) fn type_line(&mut self, line: &str) {
        let _ = writeln!(self.stdin, "{line}");
    }

    /// The rest of the first line that begins with `start`.
    pub(super) fn line_after(&self, start: &str) -> String {
        let find = |state: &State| {
            let mut lines = state.text.lines();
            lines.find_map(|line| line.strip_prefix(start).map(str::to_owned))
        };
        self.wait_until(&format!("a line that begins with {start:?}"), find)
    }

    /// Waits for the end; everything that was written.
    pub(super) fn output(mut self) -> String {
        self.end().1
    }

    /// As [`output`](Self::output), of a command that must not fail.
    pub(super) fn success(mut self) -> String {
        let (status, text) = self.end();
        assert!(
            status.success(),
            "{}\nfailed ({status}). It wrote:\n{text}",
            self.what
        );
        text
    }

    fn end(&mut self) -> (ExitStatus, String) {
        self.wait_until("its end", |state| (state.ended == OUTPUTS).then_some(()));
        // Both outputs are closed, so it has ended or is about to.
        let status = self.child.wait().unwrap();
        (status, self.written.state.lock().unwrap().text.clone())
    }

    fn wait_until<T>(&self, waiting_for: &str, find: impl Fn(&State) -> Option<T>) -> T {
        let deadline = Instant::now() + LONGEST;
        let mut state = self.written.state.lock().unwrap();
        loop {
            if let Some(found) = find(&state) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let over = state.ended == OUTPUTS || left.is_zero();
            assert!(
                !over,
                "{}\nwas waited for: {waiting_for}. It wrote:\n{}",
                self.what, state.text
            );
            state = self.written.changed.wait_timeout(state, left).unwrap().0;
        }
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
    }
}

fn collect(output: impl Read + Send + 'static, written: &Arc<Written>) -> JoinHandle<()> {
    let written = written.clone();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while matches!(output.read_until(b'\n', &mut line), Ok(1..)) {
            let mut state = written.state.lock().unwrap();
            state.text.push_str(&String::from_utf8_lossy(&line));
            written.changed.notify_all();
            line.clear();
        }
        written.state.lock().unwrap().ended += 1;
        written.changed.notify_all();
    })
}

/// A command that is missing is a failure that says what to install, never a test left out.
#[test]
#[should_panic(expected = "apt-get install no-such-command")]
fn a_missing_command_is_loud() {
    Tool::start("no-such-command", &[]);
}

#[test]
#[should_panic(expected = "was waited for: a line that begins with \"ACCEPT\". It wrote:")]
fn a_command_that_ends_too_early_is_loud() {
    Tool::start("openssl", &["version".to_owned()]).line_after("ACCEPT");
}

#[test]
#[should_panic(expected = "failed (exit status: 1). It wrote:")]
fn a_command_that_fails_is_loud() {
    Tool::openssl(Path::new("/nowhere"), "x509 -in @certificate.pem").success();
}
