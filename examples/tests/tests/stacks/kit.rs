//! Programs that run beside the tests, and the certificates they take.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use certificates::{HOST, Own, Pki};
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls_policy_verifier::{Policy, TrustAnchors, WithPolicy};
use tempfile::TempDir;

/// Longer than any step takes, also on a busy machine.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

/// Certificates, keys and policies in a directory.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        certificates::write(directory.path()).unwrap();
        Self(directory)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Adds a chain under this name, for the keys that are there.
    pub(crate) fn add(&self, name: &str, own: &Own) {
        std::fs::write(self.path().join(name), &own.chain).unwrap();
    }

    /// A server of this workspace on a port of its own. It presents `chain`, and judges by `client-policy.toml`.
    pub(crate) fn serve(&self, program_name: &str, chain: &str) -> Server {
        serve_by(self.command(program(program_name)), chain)
    }

    /// The same with `server.pem` and further arguments.
    pub(crate) fn serve_and(&self, program_name: &str, further: &[&str]) -> Server {
        serve_with(self.command(program(program_name)), "server.pem", further)
    }

    /// The same with `server.pem`, for a process that may have no more than so many open files, sockets among them.
    pub(crate) fn serve_with_few_files(&self, program_name: &str, most: usize) -> Server {
        let mut command = self.command("sh");
        let script = format!("ulimit -n {most} && exec \"$0\" \"$@\"");
        command.args(["-c", &script]).arg(program(program_name));
        serve_by(command, "server.pem")
    }

    /// The server of several tenants: those that were written.
    pub(crate) fn serve_tenants(&self) -> Server {
        let mut command = self.command(program("tenants"));
        command.args(["127.0.0.1:0", "tenants"]);
        Server::start(command, "listening on ")
    }

    /// A client of this workspace. It presents `chain`, and judges by `server-policy.toml`.
    pub(crate) fn run(&self, program_name: &str, to: &[&str], chain: &str) -> Finished {
        let mut command = self.command(program(program_name));
        command.args(to).args([chain, "client.key"]);
        command.args(["roots.pem", "server-policy.toml"]);
        finish(command, "")
    }

    /// Any program of this workspace with these arguments.
    pub(crate) fn run_with(&self, program_name: &str, arguments: &[&str]) -> Finished {
        let mut command = self.command(program(program_name));
        command.args(arguments);
        finish(command, "")
    }

    /// curl, which trusts these roots and writes the status below each answer.
    pub(crate) fn curl(&self, roots: &str) -> Command {
        let mut command = self.command("curl");
        command.args(["--silent", "--show-error", "--max-time", "30"]);
        command.args(["--cacert", roots, "--write-out", "\n%{http_code}\n"]);
        command
    }

    /// `openssl s_client`, which trusts these roots and asks for this name, to send one request.
    pub(crate) fn s_client(&self, server: &Server, roots: &str, name: &str) -> Command {
        let mut command = self.command("openssl");
        command.args(["s_client", "-connect", &server.address()]);
        command.args(["-servername", name, "-verify_hostname", name]);
        command.args(["-CAfile", roots, "-verify_return_error", "-ign_eof"]);
        command
    }

    /// A command in the directory, for connections that go nowhere else.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env("no_proxy", "*")
            .env("NO_PROXY", "*");
        command
    }
}

fn serve_by(command: Command, chain: &str) -> Server {
    serve_with(command, chain, &[])
}

fn serve_with(mut command: Command, chain: &str, further: &[&str]) -> Server {
    command.args(["127.0.0.1:0", chain, "server.key"]);
    command
        .args(["roots.pem", "client-policy.toml"])
        .args(further);
    Server::start(command, "listening on ")
}

/// The path of a program of this workspace. `cargo test` builds no other package's programs, so the first call does.
fn program(name: &str) -> &'static Path {
    static PROGRAMS: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    let programs = PROGRAMS.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let mut build = Command::new(cargo);
        build
            .args(["build", "--locked", "--workspace", "--bins"])
            .arg("--message-format=json-render-diagnostics")
            .arg("--manifest-path")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
            .arg("--target-dir")
            .arg(target);
        // What cargo says of this package would make build scripts run again.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                build.env_remove(name);
            }
        }
        let output = build.stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "the programs do not build");
        let messages = String::from_utf8(output.stdout).unwrap();
        let executables = messages.lines().filter_map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).ok()?;
            let path = message["executable"].as_str()?;
            let name = message["target"]["name"].as_str()?;
            Some((name.to_owned(), PathBuf::from(path)))
        });
        executables.collect()
    });
    let path = programs.get(name);
    path.unwrap_or_else(|| panic!("{name} is not among {:?}", programs.keys()))
}

/// A program that runs until the test ends.
pub(crate) struct Server {
    child: Child,
    said: Arc<Said>,
    /// Where it listens.
    pub(crate) port: u16,
}

impl Server {
    /// Starts it and waits for the line that ends with the port it listens on.
    pub(crate) fn start(mut command: Command, listens: &str) -> Self {
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
    pub(crate) fn says(&self, words: &str) -> String {
        self.says_times(words, 1).remove(0)
    }

    /// The first lines with these words, so many of which must come.
    pub(crate) fn says_times(&self, words: &str, count: usize) -> Vec<String> {
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

    /// Ends it. All lines that it said with these words.
    pub(crate) fn said(mut self, words: &str) -> Vec<String> {
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

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{HOST}:{}/", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a program that runs has said so far.
#[derive(Default)]
struct Said {
    state: Mutex<Lines>,
    more: Condvar,
}

#[derive(Default)]
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
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a program to its end with this input.
pub(crate) fn finish(mut command: Command, input: &str) -> Finished {
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
            "this test needs {program:?}: install the package of that name",
            program = command.get_program()
        ),
        _ => panic!("{command:?}: {error}"),
    })
}

/// The root under the label of the policies.
pub(crate) fn anchors(pki: &Pki) -> TrustAnchors {
    TrustAnchors::new().with_pem("acme", pki.roots()).unwrap()
}

/// What the programs ask of servers.
pub(crate) fn server_policy() -> Policy {
    Policy::from_toml(include_str!("../../../certificates/server-policy.toml")).unwrap()
}

/// What the programs ask of clients.
pub(crate) fn client_policy() -> Policy {
    Policy::from_toml(include_str!("../../../certificates/client-policy.toml")).unwrap()
}

/// A chain and its key as rustls takes them.
pub(crate) fn der(own: &Own) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let chain = CertificateDer::pem_slice_iter(own.chain.as_bytes());
    let chain = chain.collect::<Result<_, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap();
    (chain, key)
}

/// reqwest's client, which presents this chain.
pub(crate) fn reqwest_client(pki: &Pki, own: &Own) -> reqwest::ClientBuilder {
    let (chain, key) = der(own);
    let tls = ClientConfig::builder()
        .with_policy(anchors(pki), server_policy())
        .unwrap()
        .with_client_auth_cert(chain, key)
        .unwrap();
    let client = reqwest::Client::builder().no_proxy();
    client.tls_backend_preconfigured(tls)
}
