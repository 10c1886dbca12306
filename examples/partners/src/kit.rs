//! What scenarios are made of: folders, programs of this package, curl, openssl, and rows that say what happened.
//!
//! A tool that is not there, or a program that does not start or end, is a panic that says so.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

use std::ffi::OsStr;
use std::fmt::{self, Write};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use processes::{Finished, LONGEST, Server, finish};
use tempfile::TempDir;

/// A requirement of a page, how it was broken, and what happened then.
#[derive(Clone, Debug)]
pub struct Row {
    /// In the page's words, or nearly.
    pub requirement: &'static str,
    /// "–" where all is well.
    pub broken: &'static str,
    /// What ought to happen, in the words of [`settled`]'s answer.
    pub expected: String,
    /// What did.
    pub happened: String,
}

impl Row {
    /// Whether what happened is what ought to.
    pub fn is_as_expected(&self) -> bool {
        self.happened == self.expected
    }
}

/// The programs of this package, and a folder that goes when this does.
#[derive(Debug)]
pub struct Kit {
    programs: PathBuf,
    directory: TempDir,
}

impl Kit {
    /// With the programs in this folder. Panics if one of the tools is missing.
    pub fn new(programs: &Path) -> Self {
        for tool in ["curl", "openssl"] {
            let mut command = Command::new(tool);
            command.arg(if tool == "curl" {
                "--version"
            } else {
                "version"
            });
            let version = finish(command, "");
            assert_eq!(version.code, Some(0), "{tool} does not run: {version:?}");
        }
        Self {
            programs: programs.to_owned(),
            directory: TempDir::new().unwrap(),
        }
    }

    /// A new folder for a scenario, by a name of its own.
    pub fn folder(&self, name: &str) -> Folder<'_> {
        let path = self.directory.path().join(name);
        fs::create_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Folder { kit: self, path }
    }
}

/// Where a scenario has its files, and where its programs run.
#[derive(Debug)]
pub struct Folder<'a> {
    kit: &'a Kit,
    path: PathBuf,
}

impl Folder<'_> {
    /// Puts a file there, in the place of the one before.
    pub fn write(&self, file: &str, contents: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path.join(file), contents).unwrap();
        self
    }

    /// A program of this package, to run there.
    pub fn program(&self, name: &str) -> Command {
        self.command(self.kit.programs.join(name))
    }

    /// A server of this package, that listens.
    pub fn serve(&self, name: &str, arguments: &[&str]) -> Server {
        let mut command = self.program(name);
        command.args(arguments);
        Server::start(command, "listening on ")
    }

    /// A client of this package, that has ended.
    pub fn run(&self, name: &str, arguments: &[&str]) -> Finished {
        let mut command = self.program(name);
        command.args(arguments);
        finish(command, "")
    }

    /// curl, which writes the status below the answer.
    pub fn curl(&self, arguments: &[&str]) -> Finished {
        let mut command = self.command("curl");
        command.args(["--silent", "--show-error", "--max-time", "30"]);
        command.args(["--write-out", "\n%{http_code}\n"]);
        command.args(arguments);
        finish(command, "")
    }

    /// `openssl s_client` at a server, to send this.
    pub fn s_client(&self, server: &Server, arguments: &[&str], input: &str) -> Finished {
        let mut command = self.command("openssl");
        command.args(["s_client", "-connect", &server.address(), "-ign_eof"]);
        command.args(arguments);
        finish(command, input)
    }

    /// `openssl s_server`, that listens.
    pub fn s_server(&self, arguments: &[&str]) -> Server {
        let mut command = self.command("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0"]);
        command.args(arguments);
        Server::start(command, "ACCEPT ")
    }

    /// For connections that go nowhere else.
    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.path)
            .env("no_proxy", "*")
            .env("NO_PROXY", "*");
        command
    }
}

/// What happened, parts joined by "; ", once it is what is expected: logs come later than answers. What it is when
/// patience ends, if it is not.
pub fn settled(expected: &str, mut happened: impl FnMut() -> Vec<String>) -> String {
    let until = Instant::now() + LONGEST / 6;
    loop {
        let now = happened().join("; ");
        if now == expected || Instant::now() > until {
            return now;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// What curl or openssl was told: the status of the answer, or the alert, or that there was neither.
pub fn told(client: &Finished) -> String {
    // curl's last line is the status, 000 if there was none; openssl's answer may begin within a line of its own words.
    let answer = client.stdout.split_once("HTTP/1.1 ");
    let status = answer.and_then(|(_, it)| it.split(' ').next());
    let status = status.or(client.stdout.lines().last());
    let is_status = |it: &&str| it.parse::<u16>().is_ok_and(|it| it >= 100);
    if let Some(status) = status.filter(is_status) {
        return format!("HTTP {status}");
    }
    let alert = client.stderr.split_once(" alert ").map(|(_, it)| it);
    match alert.and_then(|it| it.split([',', ':', '\n']).next()) {
        Some(alert) => format!("alert {alert}"),
        None => "neither answer nor alert".to_owned(),
    }
}

/// A partner's rows as a table.
pub fn table(partner: &str, rows: &[Row]) -> String {
    let heads = ["requirement", "how it was broken", "what happened"];
    let cells = |row: &Row| {
        let mut happened = row.happened.clone();
        if !row.is_as_expected() {
            let _ = write!(happened, "  ← NOT AS EXPECTED: {}", row.expected);
        }
        [row.requirement.to_owned(), row.broken.to_owned(), happened]
    };
    let cells: Vec<_> = std::iter::once(heads.map(str::to_owned))
        .chain(rows.iter().map(cells))
        .collect();
    let width = |column: usize| {
        cells
            .iter()
            .filter_map(|row| row.get(column))
            .map(|it| it.chars().count())
            .max()
    };
    let widths = [0, 1].map(|it| width(it).unwrap_or_default());
    let mut text = format!("{partner}\n");
    for [requirement, broken, happened] in &cells {
        let [first, second] = widths;
        let _ = writeln!(
            text,
            "  {requirement:first$} | {broken:second$} | {happened}"
        );
    }
    text
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, broken by {}: {} in place of {}",
            self.requirement, self.broken, self.happened, self.expected
        )
    }
}
