//! A scenario as it stands on disk, and its verification by the public API.

use std::fs;
use std::path::{Path, PathBuf};

use rustls_policy_verifier::pki_types::pem::PemObject;
use rustls_policy_verifier::pki_types::{CertificateDer, CertificateRevocationListDer};
use rustls_policy_verifier::rustls::RootCertStore;
use rustls_policy_verifier::{
    Crl, DEFAULT_LABEL, Evidence, MatchedIdentifier, OcspResponse, OcspStaple, Peer, Policy,
    PresentedChain, Report, Role, Time, TrustAnchors, Verifier, VerifierBuilder, VerifyError,
    VerifyErrorKind,
};

use crate::support::{der, pem};

/// The report; on acceptance with the identifiers found, on refusal with its kind.
pub(crate) type Verdict = (Report, Result<Vec<MatchedIdentifier>, VerifyErrorKind>);

pub(crate) struct Scenario {
    pub(super) directory: PathBuf,
    pub(super) group: String,
    pub(super) policy: Policy,
    pub(super) server_name: Option<String>,
    pub(super) time: Time,
    /// `rule @ position`, sorted.
    pub(super) violations: Vec<String>,
    pub(super) warnings: Vec<String>,
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// By label.
    pub(super) roots: Vec<(String, Vec<CertificateDer<'static>>)>,
    pub(super) known: Vec<CertificateDer<'static>>,
    pub(super) crls: Vec<CertificateRevocationListDer<'static>>,
    responses: Vec<OcspResponse>,
    staple: Staple,
    roots_by_name_and_key: bool,
}

/// The stapled response, with octets of its own.
enum Staple {
    NotApplicable,
    Absent,
    Given(Vec<u8>),
}

/// Every scenario, in the order of groups and names.
pub(super) fn all(directory: &Path) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for group in subdirectories(directory) {
        scenarios.extend(
            subdirectories(&group)
                .iter()
                .map(|case| Scenario::read(case)),
        );
    }
    assert!(scenarios.len() > 100, "only {} scenarios", scenarios.len());
    scenarios
}

fn subdirectories(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// The README's files, as a scenario that states nothing.
pub(super) fn readme(directory: &Path, chain: &str, time: Time) -> Scenario {
    Scenario {
        directory: directory.to_owned(),
        group: "readme".to_owned(),
        policy: policy(&directory.join("policy.toml")),
        server_name: None,
        time,
        violations: Vec::new(),
        warnings: Vec::new(),
        chain: certificates(&directory.join(chain)),
        roots: vec![(
            "acme".to_owned(),
            certificates(&directory.join("roots.pem")),
        )],
        known: Vec::new(),
        crls: Vec::new(),
        responses: Vec::new(),
        staple: Staple::NotApplicable,
        roots_by_name_and_key: false,
    }
}

impl Scenario {
    fn read(directory: &Path) -> Self {
        let text = |name: &str| {
            let path = directory.join(name);
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let table: toml::Table = text("scenario.toml").parse().expect("scenario.toml");
        let known_keys = [
            "description",
            "role",
            "server-name",
            "roots-by-name-and-key",
            "staple",
            "at",
            "expect",
            "warnings",
        ];
        for key in table.keys() {
            assert!(
                known_keys.contains(&key.as_str()),
                "{}: {key}",
                directory.display()
            );
        }
        let role = match table["role"].as_str() {
            Some("client") => Role::Client,
            Some("server") => Role::Server,
            other => panic!("{}: role {other:?}", directory.display()),
        };
        let policy_file = directory.join("policy.toml");
        let policy = if policy_file.exists() {
            policy(&policy_file)
        } else {
            Policy::for_role(role)
        };
        assert_eq!(policy.role, role, "{}", directory.display());
        let file = |name: &str| Some(directory.join(name)).filter(|file| file.exists());
        let staple = file("staple.pem").map(|file| responses(&file));
        Self {
            directory: directory.to_owned(),
            group: directory
                .parent()
                .and_then(Path::file_name)
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            policy,
            server_name: table
                .get("server-name")
                .and_then(|name| name.as_str())
                .map(str::to_owned),
            time: time(table["at"].as_datetime().expect("a time")),
            violations: match table["expect"].as_str() {
                Some("accepted") => Vec::new(),
                _ => findings(Some(&table["expect"])),
            },
            warnings: findings(table.get("warnings")),
            chain: certificates(&directory.join("chain.pem")),
            roots: roots(directory),
            known: file("intermediates.pem")
                .map(|file| certificates(&file))
                .unwrap_or_default(),
            crls: file("crls.pem").map(|file| crls(&file)).unwrap_or_default(),
            responses: file("responses.pem")
                .map(|file| responses(&file))
                .into_iter()
                .flatten()
                .map(|der| OcspResponse::from_der(der).expect("an OCSP response"))
                .collect(),
            staple: match (staple.as_deref(), table.get("staple")) {
                (None, None) => Staple::NotApplicable,
                (None, Some(word)) if word.as_str() == Some("absent") => Staple::Absent,
                (Some([response]), None) => Staple::Given(response.clone()),
                other => panic!("{}: staple {other:?}", directory.display()),
            },
            roots_by_name_and_key: table.contains_key("roots-by-name-and-key"),
        }
    }

    /// `group/case`.
    pub(crate) fn name(&self) -> String {
        let case = self
            .directory
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        format!("{}/{case}", self.group)
    }

    /// The keys of the policy file, as `rule.key` or `rule.position.key`; of `off`, that it is there at all.
    pub(super) fn settings(&self) -> Vec<String> {
        let Ok(text) = fs::read_to_string(self.directory.join("policy.toml")) else {
            return Vec::new();
        };
        let mut settings = Vec::new();
        collect_keys("", &text.parse().expect("a policy"), &mut settings);
        settings
    }

    pub(super) fn verify(&self) -> Report {
        self.verdict().0
    }

    /// The report; on acceptance with the identifiers found, on refusal with its kind.
    pub(super) fn verdict(&self) -> Verdict {
        self.verdict_with(|builder| builder)
    }

    /// The same by a verifier that `change` adapts.
    pub(crate) fn verdict_with(
        &self,
        change: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
    ) -> Verdict {
        let verifier = change(self.builder())
            .build()
            .unwrap_or_else(|error| panic!("{}: {error}", self.name()));
        let (end_entity, others) = self.chain.split_first().expect("an end entity");
        let chain = PresentedChain::new(end_entity, others);
        let name = self.server_name.as_ref().map(|name| {
            name.as_str()
                .try_into()
                .unwrap_or_else(|_| panic!("{}: {name:?} is no name", self.name()))
        });
        let peer = match (self.policy.role, &name) {
            (Role::Client, _) => Peer::Client,
            (Role::Server, Some(name)) => Peer::Server(name),
            (Role::Server, None) => Peer::ServerWithoutName,
        };
        let mut evidence = Evidence::default();
        evidence.ocsp = match &self.staple {
            Staple::NotApplicable => OcspStaple::NotApplicable,
            Staple::Absent => OcspStaple::Absent,
            Staple::Given(response) => OcspStaple::Given(response),
        };
        match verifier.verify(&chain, peer, evidence, self.time) {
            Ok(path) => (path.report(), Ok(path.identifiers())),
            Err(refusal) => (VerifyError::report(&refusal).clone(), Err(refusal.kind())),
        }
    }

    fn builder(&self) -> VerifierBuilder {
        let mut anchors = TrustAnchors::new();
        for (label, roots) in &self.roots {
            let added = if self.roots_by_name_and_key {
                let mut store = RootCertStore::empty();
                let (_, ignored) = store.add_parsable_certificates(roots.iter().cloned());
                assert_eq!(ignored, 0, "{}: unusable roots", self.name());
                anchors.with_root_store(label.as_str(), &store)
            } else {
                anchors.with_certificates(label.as_str(), roots.iter().cloned())
            };
            anchors = added
                .and_then(TrustAnchors::strict)
                .unwrap_or_else(|error| panic!("{}: {error}", self.name()));
        }
        let crls = self
            .crls
            .iter()
            .map(|crl| Crl::from_der(crl.to_vec()).expect("a CRL"));
        Verifier::builder(anchors, self.policy.clone())
            .known_intermediates(self.known.iter().cloned())
            .crls(crls)
            .ocsp_responses(self.responses.iter().cloned())
    }
}

fn policy(file: &Path) -> Policy {
    let text = fs::read_to_string(file).expect("a policy");
    Policy::from_toml(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn certificates(file: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .unwrap_or_else(|error| panic!("{}: {error:?}", file.display()))
}

fn crls(file: &Path) -> Vec<CertificateRevocationListDer<'static>> {
    CertificateRevocationListDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .unwrap_or_else(|error| panic!("{}: {error:?}", file.display()))
}

/// The DER of OCSP responses, if that is what they are, in a file of sections `OCSP RESPONSE`.
fn responses(file: &Path) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(file).expect("OCSP responses");
    let sections = text.split_inclusive("-----END OCSP RESPONSE-----\n");
    sections.map(pem::from_pem).collect()
}

fn collect_keys(prefix: &str, table: &toml::Table, keys: &mut Vec<String>) {
    for (key, value) in table {
        let path = format!("{prefix}{key}");
        let inside = |table, keys: &mut _| collect_keys(&format!("{path}."), table, keys);
        match value {
            toml::Value::Table(table) => inside(table, keys),
            toml::Value::Array(entries) => {
                keys.push(path.clone());
                for entry in entries.iter().filter_map(toml::Value::as_table) {
                    inside(entry, keys);
                }
            }
            _ => keys.push(path),
        }
    }
}

/// `roots.pem`, or `roots-<label>.pem` for each label.
fn roots(directory: &Path) -> Vec<(String, Vec<CertificateDer<'static>>)> {
    let mut roots: Vec<_> = fs::read_dir(directory)
        .expect("a directory")
        .filter_map(|entry| {
            let path = entry.expect("an entry").path();
            let label = path
                .file_name()?
                .to_str()?
                .strip_prefix("roots")?
                .strip_suffix(".pem")?;
            let label = label.strip_prefix('-').unwrap_or(DEFAULT_LABEL).to_owned();
            Some((label, certificates(&path)))
        })
        .collect();
    roots.sort_by(|(one, _), (other, _)| one.cmp(other));
    roots
}

fn findings(stated: Option<&toml::Value>) -> Vec<String> {
    let list = stated.map(|list| list.as_array().expect("a list of findings"));
    let mut findings: Vec<_> = list
        .into_iter()
        .flatten()
        .map(|finding| finding.as_str().expect("a finding").to_owned())
        .collect();
    findings.sort();
    findings
}

fn time(time: &toml::value::Datetime) -> Time {
    let (date, clock) = (
        time.date.expect("a date"),
        time.time.expect("a time of day"),
    );
    assert_eq!(
        time.offset,
        Some(toml::value::Offset::Z),
        "times are in UTC"
    );
    let (hour, minute) = (u32::from(clock.hour), u32::from(clock.minute));
    let (month, day) = (u32::from(date.month), u32::from(date.day));
    let seconds = u32::from(clock.second.unwrap_or_default());
    let unix = der::unix(i64::from(date.year), month, day, hour, minute, seconds);
    Time::from_unix_seconds(unix.try_into().expect("a time after 1970"))
}
