//! Programs that run beside a test or another program: started, listened to, ended.
//!
//! A program that is not there, does not say what it must, or does not end, is a panic that says so.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Longer than any step takes, also on a busy machine.
pub const LONGEST: Duration = Duration::from_secs(60);

/// A program that runs until this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    said: Arc<Said>,
    /// Where it listens.
    pub port: u16,
}

impl Server {
    /// Starts it and waits for the line that ends with the port it listens on.
    pub fn start(mut command: Command, listens: &str) -> Self {
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = spawn(&mut command);
        let said = Arc::new(Said::default());
        said.listen_to(child.stdout.take().unwrap());
        said.listen_to(child.stderr.take().unwrap());
        let mut server = Self {
            child,
            said,
            port: 0,
        };
        let line = server.says(listens);
        let port = line.rsplit_once(':').map(|(_, port)| port.trim().parse());
        server.port = port.unwrap().unwrap();
        server
    }

    /// The first line with these words, which must come.
    pub fn says(&self, words: &str) -> String {
        self.says_times(words, 1).remove(0)
    }

    /// The first lines with these words, so many of which must come.
    pub fn says_times(&self, words: &str, count: usize) -> Vec<String> {
        let until = Instant::now() + LONGEST;
        let mut said = self.said.state.lock().unwrap();
        loop {
            let lines = said.lines.iter().filter(|line| line.contains(words));
            let lines: Vec<_> = lines.take(count).cloned().collect();
            if lines.len() == count {
                return lines;
            }
            let left = until.saturating_duration_since(Instant::now());
            let may_come = said.open_pipes > 0 && !left.is_zero();
            assert!(may_come, "never said {words:?}, only {:#?}", said.lines);
            said = self.said.more.wait_timeout(said, left).unwrap().0;
        }
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.said.state.lock().unwrap().lines.clone()
    }

    /// Ends it. All lines that it said with these words.
    pub fn said(mut self, words: &str) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let said = self.said.state.lock().unwrap();
        let closed = self
            .said
            .more
            .wait_timeout_while(said, LONGEST, |it| it.open_pipes > 0);
        let (said, waited) = closed.unwrap();
        assert!(!waited.timed_out(), "the pipes stay open");
        let lines = said.lines.iter().filter(|line| line.contains(words));
        lines.cloned().collect()
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}/", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a program that runs has said so far.
#[derive(Debug, Default)]
struct Said {
    state: Mutex<Lines>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Lines {
    lines: Vec<String>,
    open_pipes: usize,
}

impl Said {
    fn listen_to(self: &Arc<Self>, pipe: impl Read + Send + 'static) {
        let said = self.clone();
        said.change(|it| it.open_pipes += 1);
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                said.change(|it| it.lines.push(line));
            }
            said.change(|it| it.open_pipes -= 1);
        });
    }

    fn change(&self, change: impl FnOnce(&mut Lines)) {
        // A test that fails while it holds the lock leaves what is here sound.
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.more.notify_all();
    }
}

/// What came of a program.
#[derive(Debug)]
pub struct Finished {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a program to its end with this input.
pub fn finish(mut command: Command, input: &str) -> Finished {
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = spawn(&mut command);
    // Some programs are gone before they read their input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let stdout = read_all(child.stdout.take().unwrap());
    let stderr = read_all(child.stderr.take().unwrap());
    let until = Instant::now() + LONGEST;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if Instant::now() > until {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        thread::sleep(Duration::from_millis(5));
    };
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
    let status =
        status.unwrap_or_else(|| panic!("{command:?} does not end; so far:\n{stdout}\n{stderr}"));
    Finished {
        code: status.code(),
        stdout,
        stderr,
    }
}

fn read_all(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn spawn(command: &mut Command) -> Child {
    command.spawn().unwrap_or_else(|error| match error.kind() {
        ErrorKind::NotFound => panic!(
            "{program:?} is needed: install the package of that name",
            program = command.get_program()
        ),
        _ => panic!("{command:?}: {error}"),
    })
}
