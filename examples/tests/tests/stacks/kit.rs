//! Programs that run beside the tests, and the certificates they take.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use certificates::{Own, Pki};
pub(crate) use processes::{Finished, LONGEST, Server, finish};
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls_policy_verifier::{Policy, TrustAnchors, WithPolicy};
use tempfile::TempDir;

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
