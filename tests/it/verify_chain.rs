//! The example `verify_chain` as a script sees it: arguments and files in, exit status and output out.

// To panic is how a test reports what is wrong.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod lint;
mod revocation;

use std::fs::{self, File};
use std::io::Write;
use std::process::{Command, Stdio};

use rustls_policy_verifier::PresentedChain;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Outcome, example};
use crate::support::pem::{bundle, to_pem};
use crate::support::{
    Authority, CertificateBuilder, KeyKind, Name, TestKey, der, extensions, oids,
};

const AT: &str = "2026-06-01T00:00:00Z";

/// A directory of files, which the example runs in.
struct Directory(TempDir);

impl Directory {
    /// With a chain of three certificates and files of its parts.
    fn new() -> Self {
        let directory = Self(tempfile::tempdir().unwrap());
        let Pki {
            root,
            issuing,
            end_entity,
        } = Pki::new();
        directory.write("roots.pem", bundle(&[&root.der]));
        directory.write("root.der", &root.der);
        directory.write("issuing.pem", bundle(&[&issuing.der]));
        directory.write("chain.pem", bundle(&[&end_entity, &issuing.der]));
        directory.write("alone.pem", bundle(&[&end_entity]));
        directory.write("alone.der", &end_entity);
        directory.write("client.toml", "role = \"client\"\n");
        directory.write("server.toml", "role = \"server\"\n");
        directory.write(
            "rsa-3072.toml",
            "role = \"client\"\n[minimum-key-size]\nend-entity = { rsa-bits = 3072 }\n",
        );
        directory
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> &Self {
        fs::write(self.0.path().join(name), contents).unwrap();
        self
    }

    /// Runs the example with the words of `arguments`.
    fn run(&self, arguments: &str) -> Outcome {
        self.run_words(&arguments.split_whitespace().collect::<Vec<_>>(), b"")
    }

    fn run_words(&self, arguments: &[&str], input: &[u8]) -> Outcome {
        Outcome::of("verify_chain", self.0.path(), arguments, input)
    }

    /// Runs the example for a client at the usual time.
    fn verify(&self, arguments: &str) -> Outcome {
        self.run(&format!("--client --at {AT} --roots roots.pem {arguments}"))
    }

    fn json(&self, arguments: &str) -> (i32, Value) {
        let outcome = self.run(&format!("--at {AT} --format json {arguments}"));
        assert_eq!(outcome.stderr, "", "with JSON everything stands in it");
        (
            outcome.status,
            serde_json::from_str(&outcome.stdout).unwrap(),
        )
    }
}

impl Outcome {
    /// Accepted, and nothing to say on standard error.
    #[track_caller]
    fn assert_accepted(&self) -> &Self {
        assert_eq!((self.status, self.stderr.as_str()), (0, ""), "{self:?}");
        assert!(self.stdout.starts_with("✓ accepted\n"), "{self:?}");
        self
    }

    #[track_caller]
    fn assert_refused(&self, verdict: &str) -> &Self {
        assert_eq!((self.status, self.stderr.as_str()), (1, ""), "{self:?}");
        assert_eq!(
            self.stdout.lines().next(),
            Some(format!("✗ refused: {verdict}").as_str()),
            "{self:?}"
        );
        self
    }

    #[track_caller]
    fn assert_says(&self, text: &str) -> &Self {
        assert!(
            self.stdout.contains(text),
            "{text:?} is missing in\n{}",
            self.stdout
        );
        self
    }

    #[track_caller]
    fn assert_does_not_say(&self, text: &str) -> &Self {
        assert!(
            !self.stdout.contains(text),
            "{text:?} is in\n{}",
            self.stdout
        );
        self
    }
}

struct Pki {
    root: Authority,
    issuing: Authority,
    end_entity: Vec<u8>,
}

impl Pki {
    fn new() -> Self {
        let root = Authority::root("Root", TestKey::ed25519(0));
        let issuing = root.intermediate("Issuing", TestKey::ed25519(1));
        let end_entity = issuing.issue(end_entity());
        Self {
            root,
            issuing,
            end_entity,
        }
    }
}

fn end_entity() -> CertificateBuilder {
    let key = TestKey::of(KeyKind::Rsa2048, 0);
    CertificateBuilder::end_entity(Name::cn("node 7"), key.spki()).dns(&["node7.example"])
}

/// The whole text; subjects and digests of certificates that are the same in every run.
#[test]
fn an_accepted_chain_is_a_tree() {
    let directory = Directory::new();
    let outcome = directory.run(&format!(
        "--client --at {AT} --roots acme=roots.pem chain.pem"
    ));
    outcome.assert_accepted();
    assert_eq!(
        outcome.stdout,
        "\
✓ accepted
  as client, at 2026-06-01T00:00:00Z

trust-anchor [acme]  CN=Root
│  valid  2020-01-01T00:00:00Z to 2040-01-01T00:00:00Z
│  key    Ed25519
│  sha256 c25b5e56043ffd2228e4588844a7a8aa451d1166ea563253efd865c9a676581e
│  ✓ minimum-key-size, validity-period, key-usage
└─ intermediate-1  CN=Issuing
   │  valid  2020-01-01T00:00:00Z to 2040-01-01T00:00:00Z
   │  key    Ed25519
   │  sha256 573a2497658c2cdc8665a523b864b10465bffd1aae00ecbd2b529a1c1a16786f
   │  ✓ extended-key-usage, minimum-key-size, signature-algorithm, validity-period, key-usage
   └─ end-entity  CN=node 7
         valid  2026-01-01T00:00:00Z to 2026-12-31T23:59:59Z
         key    RSA of 2048 bits
         sha256 394940618af0462c2e8d575ee90266aa8138972ef115cf1eff06b17e889aea23
         ✓ extended-key-usage, minimum-key-size, signature-algorithm, validity-period, key-usage
path
   ✓ chain, path-length
"
    );
}

#[test]
fn a_refused_chain_says_what_fails_where() {
    let outcome = Directory::new().verify("--policy rsa-3072.toml chain.pem");
    outcome
        .assert_refused("the chain is valid, but breaks the policy")
        .assert_says(
            "         ✓ extended-key-usage, signature-algorithm, validity-period, key-usage
         ✗ minimum-key-size
             required  RSA of at least 3072 bits
             presented RSA of 2048 bits
             → have the certificate issued again for RSA of at least 3072 bits
path
   ✓ chain, path-length
",
        );
    assert_eq!(
        outcome.stdout.matches('✗').count(),
        2,
        "the verdict and one violation"
    );
}

#[test]
fn a_chain_without_path_says_where_it_stops() {
    let outcome = Directory::new().verify("alone.pem");
    outcome
        .assert_refused("no valid path leads to a trust anchor")
        .assert_says("end-entity  CN=node 7\n   issuer CN=Issuing\n")
        .assert_says("path\n   ✗ chain\n")
        .assert_says("→ the chain stops at issuer CN=Issuing: the peer must send the intermediate certificate")
        .assert_does_not_say("path-length");
}

#[test]
fn help_is_on_standard_output() {
    for arguments in ["--help", "-h", "chain.pem --roots roots.pem --help"] {
        let outcome = Directory::new().run(arguments);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
        for option in [
            "CHAIN",
            "--roots [LABEL=]FILE",
            "--intermediates FILE",
            "--server-name NAME",
            "--server ",
            "--client",
            "--policy FILE.toml",
            "--crl FILE",
            "--ocsp FILE",
            "--at TIME",
            "--lint",
            "--public-cas LABEL",
            "--format text|json",
            "exit status",
            "undecodable CRL",
        ] {
            outcome.assert_says(option);
        }
    }
}

#[test]
fn options_stand_before_or_after_the_chain() {
    let directory = Directory::new();
    for arguments in [
        "--client --at 2026-06-01T00:00:00Z --roots roots.pem chain.pem",
        "chain.pem --roots=roots.pem --at=2026-06-01T00:00:00Z --client",
        "--roots roots.pem chain.pem --client --format text --at 2026-06-01T00:00:00Z",
        "--roots roots.pem --client --at 2026-06-01T00:00:00Z -- chain.pem",
    ] {
        directory.run(arguments).assert_accepted();
    }
}

#[test]
fn a_chain_may_come_on_standard_input_and_in_der() {
    let directory = Directory::new();
    let words = [
        "--client",
        "--at",
        AT,
        "--roots",
        "root.der",
        "--intermediates",
        "issuing.pem",
    ];
    for name in ["chain.pem", "alone.pem", "alone.der"] {
        let input = fs::read(directory.0.path().join(name)).unwrap();
        directory
            .run_words(&[&words[..], &["-"]].concat(), &input)
            .assert_accepted();
        directory
            .run_words(&[&words[..], &[name]].concat(), b"")
            .assert_accepted();
    }
    directory
        .run_words(&[&words[..], &["-"]].concat(), b"")
        .assert_not_judged(
            "chain on standard input: the input is empty: give certificates in PEM or DER",
        );
}

#[test]
fn known_intermediates_complete_a_chain_and_are_marked() {
    let directory = Directory::new();
    directory
        .verify("alone.pem")
        .assert_refused("no valid path leads to a trust anchor");
    directory
        .verify("alone.pem --intermediates roots.pem --intermediates issuing.pem")
        .assert_accepted()
        .assert_says("└─ intermediate-1 (known here)  CN=Issuing\n");
    directory
        .verify("chain.pem --intermediates issuing.pem")
        .assert_accepted()
        .assert_does_not_say("(known here)");
}

#[test]
fn the_expected_peer_is_judged() {
    let directory = Directory::new();
    let verify =
        |whom: &str| directory.run(&format!("--at {AT} --roots roots.pem chain.pem {whom}"));
    verify("--server-name node7.example")
        .assert_accepted()
        .assert_says("  as server node7.example, at 2026-06-01T00:00:00Z\n")
        .assert_says("key-usage, server-name\n");
    verify("--server-name=NODE7.example").assert_accepted();
    verify("--server")
        .assert_accepted()
        .assert_says("  as a server of any name, at")
        .assert_says("⚠ server-name (not judged)")
        .assert_does_not_say("✓ server-name");
    verify("--client")
        .assert_accepted()
        .assert_does_not_say("server-name");
    for other in ["node8.example", "192.0.2.7", "2001:db8::7"] {
        verify(&format!("--server-name {other}"))
            .assert_refused("the chain is valid, but for another name")
            .assert_says("✗ server-name\n")
            .assert_does_not_say("✓ server-name");
    }
}

#[test]
fn labels_tie_identifiers_to_anchors() {
    let directory = Directory::new();
    directory.write(
        "identifier.toml",
        "role = \"client\"\n[subject-identifier]\nany-of = [{ attribute = \"CN\", exact = \"node 7\", under = [\"acme\"] }]\n",
    );
    let other = Authority::root("Other", TestKey::ed25519(7));
    directory.write("other.pem", bundle(&[&other.der]));
    let verify = |roots: &str| {
        directory.run(&format!(
            "--at {AT} --policy identifier.toml chain.pem {roots}"
        ))
    };
    verify("--roots acme=roots.pem --roots other=other.pem")
        .assert_accepted()
        .assert_says("  identified by CN \"node 7\" under acme: node 7, of [acme]\n")
        .assert_says("trust-anchor [acme]  CN=Root\n")
        .assert_says("✓ extended-key-usage, subject-identifier, ");
    verify("--roots acme=other.pem --roots other=roots.pem")
        .assert_refused("the chain is valid, but breaks the policy")
        .assert_says("✗ subject-identifier\n")
        .assert_says("trust-anchor [other]  CN=Root\n");
    let alone = format!("--at {AT} --policy identifier.toml --roots acme=roots.pem alone.pem");
    directory
        .run(&alone)
        .assert_refused("no valid path leads to a trust anchor")
        .assert_does_not_say("subject-identifier");
    let unknown = verify("--roots roots.pem");
    assert_eq!(unknown.status, 2, "{unknown:?}");
    assert!(
        unknown
            .stderr
            .starts_with("error: in \"identifier.toml\": policy setting `subject-identifier"),
        "{unknown:?}"
    );
}

/// `=` stands in names of files too.
#[test]
fn an_argument_that_names_a_file_has_no_label() {
    let directory = Directory::new();
    let root = fs::read(directory.0.path().join("roots.pem")).unwrap();
    directory.write("a=b.pem", &root).write("c=d.pem", &root);
    let verify =
        |roots: &str| directory.run(&format!("--client --at {AT} chain.pem --roots {roots}"));
    verify("a=b.pem")
        .assert_accepted()
        .assert_says("trust-anchor [default]");
    verify("b=a=b.pem")
        .assert_accepted()
        .assert_says("trust-anchor [b]");
    verify("a=./c=d.pem")
        .assert_accepted()
        .assert_says("trust-anchor [a]");
    verify("=roots.pem").assert_not_judged("--roots \"=roots.pem\": there is no label before `=`");
    verify("a=x.pem").assert_not_judged("trust anchors \"x.pem\": there is no such file");
}

#[test]
fn policies_and_roles_agree() {
    let directory = Directory::new();
    let verify = |arguments: &str| {
        directory.run(&format!(
            "--at {AT} --roots roots.pem chain.pem {arguments}"
        ))
    };
    verify("--policy client.toml")
        .assert_accepted()
        .assert_says("  as client, at");
    verify("--policy client.toml --client").assert_accepted();
    verify("--policy server.toml --server-name node7.example").assert_accepted();
    verify("--policy server.toml --server").assert_accepted();
    verify("--policy rsa-3072.toml").assert_refused("the chain is valid, but breaks the policy");
    verify("--policy server.toml").assert_not_judged(
        "policy \"server.toml\": it is for servers: add --server-name NAME or --server",
    );
    verify("--policy server.toml --client").assert_not_judged(
        "policy \"server.toml\": its role is \"server\", and a client is expected: change one of them",
    );
    verify("--policy client.toml --server-name node7.example").assert_not_judged(
        "policy \"client.toml\": its role is \"client\", and a server is expected: change one of them",
    );
    verify("").assert_not_judged(
        "whose certificates are these? add --server-name NAME, --server or --client",
    );
}

#[test]
fn a_bad_policy_is_named() {
    let directory = Directory::new();
    directory
        .write("latin.toml", b"role = \"client\" # \xe9")
        .write("pem.toml", "-----BEGIN CERTIFICATE-----\n")
        .write("empty.toml", "")
        .write(
            "key.toml",
            "role = \"client\"\nminimum-key-sice = { off = true }\n",
        )
        .write(
            "value.toml",
            "role = \"client\"\n[extended-key-usage]\nonly = []\n",
        );
    for (policy, start) in [
        (
            "latin.toml",
            "policy \"latin.toml\": it is not UTF-8 text, as TOML must be\n",
        ),
        ("pem.toml", "in \"pem.toml\": policy, line 1, column "),
        ("empty.toml", "in \"empty.toml\": policy setting `role`: "),
        (
            "key.toml",
            "in \"key.toml\": policy setting `minimum-key-sice`: ",
        ),
        (
            "value.toml",
            "in \"value.toml\": policy setting `extended-key-usage.only`: ",
        ),
        (
            "missing.toml",
            "policy \"missing.toml\": there is no such file\n",
        ),
    ] {
        let outcome = directory.verify(&format!("chain.pem --policy {policy}"));
        assert_eq!(
            (outcome.status, outcome.stdout.as_str()),
            (2, ""),
            "{outcome:?}"
        );
        assert!(
            outcome.stderr.starts_with(&format!("error: {start}")),
            "{outcome:?}"
        );
        assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
    }
}

#[test]
fn times_are_those_of_rfc_3339() {
    let directory = Directory::new();
    let verify =
        |at: &str| directory.run(&format!("--client --roots roots.pem chain.pem --at {at}"));
    // The end entity is valid from 2026-01-01T00:00:00Z to 2026-12-31T23:59:59Z, both ends included.
    for (at, utc) in [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-12-31T23:59:59Z", "2026-12-31T23:59:59Z"),
        ("2026-12-31T23:59:59.999999999Z", "2026-12-31T23:59:59Z"),
        ("2027-01-01T01:59:59+02:00", "2026-12-31T23:59:59Z"),
        ("2026-12-31T14:59:59.5-09:00", "2026-12-31T23:59:59Z"),
        ("2026-06-01t00:00:00z", "2026-06-01T00:00:00Z"),
    ] {
        verify(at)
            .assert_accepted()
            .assert_says(&format!("  as client, at {utc}\n"));
    }
    for at in [
        "2025-12-31T23:59:59Z",
        "2027-01-01T00:00:00Z",
        "2027-01-01T00:59:59-00:00",
        "9999-12-31T23:59:59Z",
    ] {
        verify(at)
            .assert_refused("no valid path leads to a trust anchor")
            .assert_says("✗ validity-period\n");
    }
    for at in [
        "now",
        "",
        "2026-06-01",
        "2026-06-01T00:00:00",
        "2026-02-30T00:00:00Z",
        "1780272000",
        "2026-06-01T00:00Z",
    ] {
        let outcome = directory.run_words(
            &["--client", "--roots", "roots.pem", "chain.pem", "--at", at],
            b"",
        );
        assert_eq!(
            (outcome.status, outcome.stdout.as_str()),
            (2, ""),
            "{outcome:?}"
        );
        let start =
            format!("error: --at {at:?} is no RFC 3339 time such as 2026-06-01T12:00:00Z: ");
        assert!(outcome.stderr.starts_with(&start), "{outcome:?}");
    }
    verify("1969-12-31T23:59:59Z")
        .assert_not_judged("--at \"1969-12-31T23:59:59Z\" is before 1970: give a later time");
}

#[test]
fn without_a_time_it_is_now() {
    let directory = Directory::new();
    let always = |builder: CertificateBuilder| {
        builder.validity(
            der::unix(1970, 1, 1, 0, 0, 0),
            der::unix(9999, 12, 31, 23, 59, 59),
        )
    };
    let root = Authority::root_with("Root", TestKey::ed25519(0), always);
    directory.write(
        "always.pem",
        bundle(&[&root.issue(always(end_entity())), &root.der]),
    );
    directory.write("root.pem", bundle(&[&root.der]));
    let outcome = directory.run("--client --roots root.pem always.pem");
    outcome.assert_accepted();
    let at = outcome.stdout.split("as client, at ").nth(1).unwrap();
    let year: u16 = at.split('-').next().unwrap().parse().unwrap();
    assert!((2025..2200).contains(&year), "{year}");
}

#[test]
fn arguments_that_make_no_sense() {
    let directory = Directory::new();
    for (arguments, error) in [
        ("", "no trust anchors are given: add --roots FILE"),
        (
            "--client chain.pem",
            "no trust anchors are given: add --roots FILE",
        ),
        (
            "--client --roots roots.pem",
            "no CHAIN is given: name its file, or `-` for standard input",
        ),
        (
            "--roots roots.pem chain.pem",
            "whose certificates are these? add --server-name NAME, --server or --client",
        ),
        (
            "--client --server --roots roots.pem chain.pem",
            "give exactly one of --server-name, --server and --client, once",
        ),
        (
            "--server-name a.example --server-name b.example --roots roots.pem chain.pem",
            "give exactly one of --server-name, --server and --client, once",
        ),
        (
            "--client --roots roots.pem chain.pem issuing.pem",
            "give one CHAIN, with all certificates in one file",
        ),
        (
            "--at 2026-06-01T00:00:00Z --at 2026-06-01T00:00:00Z",
            "give --at once",
        ),
        (
            "--policy client.toml --policy client.toml",
            "give --policy once",
        ),
        ("--format text --format text", "give --format once"),
        (
            "--format yaml",
            "--format \"yaml\" is neither `text` nor `json`",
        ),
        (
            "--root roots.pem",
            "invalid option '--root'; --help prints the usage",
        ),
        ("-x", "invalid option '-x'; --help prints the usage"),
        (
            "--client=yes",
            "unexpected argument for option '--client': \"yes\"; --help prints the usage",
        ),
        (
            "--roots",
            "missing argument for option '--roots'; --help prints the usage",
        ),
        (
            "--server-name a_b..example",
            "--server-name \"a_b..example\" is neither a DNS name (in A-label form) nor an IP address",
        ),
        (
            "--crl",
            "missing argument for option '--crl'; --help prints the usage",
        ),
        ("--ocsp a.ocsp --ocsp a.ocsp", "give --ocsp once"),
    ] {
        directory.run(arguments).assert_not_judged(error);
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// Rule and position of findings that have every key, each with words.
#[track_caller]
fn findings(value: &Value) -> Vec<(&str, &str)> {
    let findings = value.as_array().unwrap();
    findings
        .iter()
        .map(|finding| {
            for key in ["rule", "position", "required", "presented", "hint"] {
                assert!(
                    finding[key].as_str().is_some_and(|words| !words.is_empty()),
                    "{key} in {finding}"
                );
            }
            (
                finding["rule"].as_str().unwrap(),
                finding["position"].as_str().unwrap(),
            )
        })
        .collect()
}

fn positions(path: &Value) -> Vec<&str> {
    path.as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["position"].as_str().unwrap())
        .collect()
}

#[test]
fn an_accepted_chain_as_json() {
    let (status, object) = Directory::new().json("--client --roots acme=roots.pem chain.pem");
    assert_eq!(status, 0);
    let entry = |position: &str,
                 subject: &str,
                 issuer: &str,
                 sha256: &str,
                 from: &str,
                 to: &str,
                 key: &str| {
        json!({
            "position": position, "subject": subject, "issuer": issuer, "sha256": sha256,
            "not_before": from, "not_after": to, "key": key,
        })
    };
    let expected = json!({
        "accepted": true,
        "error": null,
        "path": [
            entry(
                "end-entity", "CN=node 7", "CN=Issuing",
                "394940618af0462c2e8d575ee90266aa8138972ef115cf1eff06b17e889aea23",
                "2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z", "RSA of 2048 bits",
            ),
            entry(
                "intermediate-1", "CN=Issuing", "CN=Root",
                "573a2497658c2cdc8665a523b864b10465bffd1aae00ecbd2b529a1c1a16786f",
                "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z", "Ed25519",
            ),
            entry(
                "trust-anchor", "CN=Root", "CN=Root",
                "c25b5e56043ffd2228e4588844a7a8aa451d1166ea563253efd865c9a676581e",
                "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z", "Ed25519",
            ),
        ],
        "violations": [],
        "warnings": [],
        "other_paths": [],
    });
    assert_eq!(object, expected);
}

#[test]
fn refusals_and_warnings_as_json() {
    let directory = Directory::new();
    let (status, object) = directory.json("--policy rsa-3072.toml --roots roots.pem chain.pem");
    assert_eq!(
        (status, &object["accepted"], &object["error"]),
        (1, &json!(false), &Value::Null)
    );
    assert_eq!(
        keys(&object),
        [
            "accepted",
            "error",
            "other_paths",
            "path",
            "violations",
            "warnings"
        ]
    );
    assert_eq!(
        findings(&object["violations"]),
        [("minimum-key-size", "end-entity")]
    );
    assert_eq!(
        positions(&object["path"]),
        ["end-entity", "intermediate-1", "trust-anchor"]
    );

    let (status, object) = directory.json("--server-name b.example --roots roots.pem chain.pem");
    assert_eq!(
        (status, findings(&object["violations"])),
        (1, vec![("server-name", "end-entity")])
    );

    let (status, object) = directory.json("--server --roots roots.pem chain.pem");
    assert_eq!(
        (status, findings(&object["warnings"])),
        (0, vec![("server-name", "end-entity")])
    );
    assert_eq!(object["violations"], json!([]));
}

#[test]
fn a_chain_without_path_as_json() {
    let directory = Directory::new();
    let other = Authority::root("Other", TestKey::ed25519(7));
    directory.write("other.pem", bundle(&[&other.der]));
    let (status, object) = directory.json("--client --roots other.pem chain.pem");
    assert_eq!(
        (status, findings(&object["violations"])),
        (1, vec![("chain", "path")])
    );
    assert_eq!(positions(&object["path"]), ["end-entity", "presented-1"]);
    assert_eq!(
        keys(&object),
        [
            "accepted",
            "error",
            "other_paths",
            "path",
            "violations",
            "warnings"
        ]
    );
}

/// Two anchors' names and keys in one certificate each: two paths, each with its own faults.
#[test]
fn other_refused_paths() {
    let directory = Directory::new();
    let Pki {
        root,
        issuing,
        end_entity,
    } = Pki::new();
    let weak = Authority::root("Weak", TestKey::of(KeyKind::Rsa2048, 1));
    let cross = weak.cross_sign(&issuing);
    directory.write("crossed.pem", bundle(&[&end_entity, &cross, &issuing.der]));
    directory.write("both.pem", bundle(&[&weak.der, &root.der]));
    directory.write(
        "strict.toml",
        "role = \"client\"\n[minimum-key-size]\nend-entity = { rsa-bits = 3072 }\ntrust-anchor = { rsa-bits = 3072 }\n",
    );
    let (status, object) = directory.json("--policy strict.toml --roots both.pem crossed.pem");
    assert_eq!(
        (status, findings(&object["violations"])),
        (1, vec![("minimum-key-size", "end-entity")])
    );
    let others = object["other_paths"].as_array().unwrap();
    assert_eq!(others.len(), 1);
    assert_eq!(keys(&others[0]), ["path", "violations"]);
    assert_eq!(
        positions(&others[0]["path"]),
        ["end-entity", "intermediate-1", "trust-anchor"]
    );
    assert_eq!(
        findings(&others[0]["violations"]),
        [
            ("minimum-key-size", "end-entity"),
            ("minimum-key-size", "trust-anchor")
        ]
    );
    directory
        .run(&format!(
            "--at {AT} --policy strict.toml --roots both.pem crossed.pem"
        ))
        .assert_refused("the chain is valid, but breaks the policy")
        .assert_says("\n✗ other path 1, refused as well\ntrust-anchor [default]  CN=Weak\n");
}

#[test]
fn what_could_not_be_judged_as_json() {
    let directory = Directory::new();
    for (arguments, error) in [
        (
            "--roots roots.pem chain.pem",
            "whose certificates are these? add --server-name NAME, --server or --client",
        ),
        (
            "--nonsense",
            "invalid option '--nonsense'; --help prints the usage",
        ),
        (
            "--client --roots roots.pem /dev/null",
            "chain \"/dev/null\": the input is empty: give certificates in PEM or DER",
        ),
        (
            "--client --roots roots.pem chain.pem --crl missing.crl",
            "CRLs \"missing.crl\": there is no such file",
        ),
    ] {
        for format in ["--format json", "--format=json"] {
            for arguments in [
                format!("{arguments} {format}"),
                format!("{format} {arguments}"),
            ] {
                let outcome = directory.run(&arguments);
                assert_eq!(
                    (outcome.status, outcome.stderr.as_str()),
                    (2, ""),
                    "{outcome:?}"
                );
                let object: Value = serde_json::from_str(&outcome.stdout).unwrap();
                let expected = json!({
                    "accepted": false, "error": error, "path": [], "violations": [], "warnings": [],
                    "other_paths": [],
                });
                assert_eq!(object, expected);
            }
        }
    }
}

#[test]
fn files_without_certificates_are_not_judged() {
    let directory = Directory::new();
    let certificate = bundle(&[&Pki::new().end_entity]);
    let key = TestKey::ed25519(3).pkcs8_pem();
    directory
        .write("empty", "")
        .write("text", "hello\n")
        .write("key", &key)
        .write("both", format!("{certificate}{key}"))
        .write("pkcs7", to_pem("PKCS7", b"0"))
        .write("trusted", to_pem("TRUSTED CERTIFICATE", b"0"))
        .write("base64", certificate.replacen("MII", "M!I", 1))
        .write(
            "no-end",
            certificate.replace("-----END CERTIFICATE-----", ""),
        );
    fs::create_dir(directory.0.path().join("directory")).unwrap();
    let private_key = "this is a private key, which should not leave its owner";
    let in_words = [
        ("empty", "the input is empty"),
        ("text", "no -----BEGIN CERTIFICATE----- line"),
        ("key", private_key),
        ("both", private_key),
        ("pkcs7", "section 1 is a \"PKCS7\", not a CERTIFICATE"),
        (
            "trusted",
            "section 1 is a \"TRUSTED CERTIFICATE\", not a CERTIFICATE",
        ),
        ("base64", "section 1: its contents are not base64"),
        (
            "no-end",
            "section 1: there is no -----END CERTIFICATE----- line",
        ),
        ("directory", "it is a directory: name a file in it"),
        ("missing", "there is no such file"),
    ];
    for (file, words) in in_words {
        // What the library says comes whole.
        let problem = match fs::read(directory.0.path().join(file)) {
            Ok(contents) => PresentedChain::from_pem(contents).unwrap_err().to_string(),
            Err(_) => words.to_owned(),
        };
        assert!(problem.contains(words), "{file}: {problem}");
        for (what, arguments) in [
            ("chain", file),
            ("trust anchors", &format!("chain.pem --roots {file}")),
            (
                "intermediates",
                &format!("chain.pem --intermediates {file}"),
            ),
        ] {
            let outcome = directory.verify(arguments);
            outcome.assert_not_judged(&format!("{what} {file:?}: {problem}"));
        }
    }
}

/// Certificates that a strict reader refuses, each with the whole rest in order.
fn undecodable() -> Vec<(&'static str, Vec<u8>)> {
    let Pki {
        issuing,
        end_entity: good,
        ..
    } = Pki::new();
    let contents = good.get(4..).unwrap();
    let usage = extensions::key_usage(&[extensions::usage::DIGITAL_SIGNATURE]);
    let twice = end_entity().extension(oids::KEY_USAGE, true, &usage);
    vec![
        ("trailing garbage", [&good[..], b"garbage"].concat()),
        ("truncated", good[..good.len() - 1].to_vec()),
        ("a start alone", good[..1].to_vec()),
        ("nothing", Vec::new()),
        ("duplicate extension", issuing.issue(twice)),
        ("BER length", der::tlv_padded_length(0x30, 3, contents)),
        ("BER indefinite length", der::tlv_indefinite(0x30, contents)),
        ("version 4", issuing.issue(end_entity().version(Some(4)))),
        ("version 1", issuing.issue(end_entity().version(None))),
    ]
}

#[test]
fn an_undecodable_end_entity_is_refused() {
    let directory = Directory::new();
    let issuing = Pki::new().issuing.der;
    for (what, bad) in undecodable() {
        directory.write("bad.pem", bundle(&[&bad, &issuing]));
        let (status, object) = directory.json("--client --roots roots.pem bad.pem");
        assert_eq!(
            (status, findings(&object["violations"])),
            (1, vec![("input", "end-entity")]),
            "{what}"
        );
        assert_eq!(
            positions(&object["path"]),
            ["end-entity", "presented-1"],
            "{what}"
        );
        directory
            .verify("bad.pem")
            .assert_refused("what was presented cannot be judged")
            .assert_says("end-entity  (cannot be decoded)\n")
            .assert_does_not_say("✓");
    }
}

#[test]
fn an_undecodable_intermediate_is_named_by_its_place() {
    let directory = Directory::new();
    let Pki {
        issuing,
        end_entity,
        ..
    } = Pki::new();
    for (what, bad) in undecodable() {
        directory.write("needless.pem", bundle(&[&end_entity, &issuing.der, &bad]));
        let (status, object) = directory.json("--client --roots roots.pem needless.pem");
        assert_eq!(
            (status, findings(&object["warnings"])),
            (0, vec![("input", "presented-2")]),
            "{what}"
        );

        directory.write("needed.pem", bundle(&[&end_entity, &bad]));
        let (status, object) = directory.json("--client --roots roots.pem needed.pem");
        let expected = vec![("chain", "path"), ("input", "presented-1")];
        assert_eq!(
            (status, findings(&object["violations"])),
            (1, expected),
            "{what}"
        );

        directory.write("known.pem", bundle(&[&issuing.der, &bad]));
        let outcome = directory.verify("alone.pem --intermediates known.pem");
        assert_eq!(outcome.status, 2, "{what}: {outcome:?}");
        let start = "error: intermediates \"known.pem\": certificate 2: ";
        assert!(outcome.stderr.starts_with(start), "{what}: {outcome:?}");
    }
}

#[test]
fn one_broken_anchor_does_not_disable_the_others() {
    let directory = Directory::new();
    let Pki { root, .. } = Pki::new();
    let many: Vec<_> = (100..120)
        .map(|n| Authority::root(&format!("Root {n}"), TestKey::ed25519(n)).der)
        .collect();
    let usage = extensions::key_usage(&[extensions::usage::KEY_CERT_SIGN]);
    let broken = Authority::root_with("Broken", TestKey::ed25519(9), |builder| {
        builder.extension(oids::KEY_USAGE, true, &usage)
    });
    let mut bundled: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
    bundled.extend([broken.der.as_slice(), &root.der]);
    directory.write("bundle.pem", bundle(&bundled));

    let outcome = directory.run(&format!(
        "--client --at {AT} --roots acme=bundle.pem chain.pem"
    ));
    assert_eq!(outcome.status, 0, "{outcome:?}");
    outcome.assert_says("trust-anchor [acme]  CN=Root\n");
    let start = "warning: trust anchors \"bundle.pem\": certificate 21 (CN=Broken): ";
    assert!(
        outcome.stderr.starts_with(start) && outcome.stderr.ends_with("; it is left out\n"),
        "{outcome:?}"
    );
    assert_eq!(outcome.stderr.lines().count(), 1);

    let (status, object) = directory.json("--client --roots acme=bundle.pem chain.pem");
    assert_eq!(
        (status, findings(&object["warnings"])),
        (0, vec![("input", "trust-anchor")])
    );
    assert!(
        object["warnings"][0]["presented"]
            .as_str()
            .unwrap()
            .contains("certificate 21 (CN=Broken): ")
    );

    directory.write("broken.pem", bundle(&[&broken.der]));
    let outcome = directory.run(&format!("--client --at {AT} --roots broken.pem chain.pem"));
    assert_eq!(outcome.status, 2, "{outcome:?}");
    assert!(
        outcome
            .stderr
            .starts_with("error: trust anchors \"broken.pem\": no usable trust anchor"),
        "{outcome:?}"
    );
}

#[test]
fn ten_thousand_certificates() {
    let directory = Directory::new();
    let Pki {
        root,
        issuing,
        end_entity,
    } = Pki::new();
    let others = bundle(&[&issuing.der]).repeat(9_999);
    directory.write("many.pem", bundle(&[&end_entity]) + &others);
    let (status, object) = directory.json("--client --roots roots.pem many.pem");
    assert_eq!(status, 1);
    assert!(
        findings(&object["violations"])
            .iter()
            .all(|finding| *finding == ("input", "path")),
        "{object}"
    );
    assert_ne!(object["violations"], json!([]));

    directory.write("anchors.pem", bundle(&[&root.der]).repeat(10_000));
    directory
        .run(&format!("--client --at {AT} --roots anchors.pem chain.pem"))
        .assert_accepted();
    directory.write("known.pem", others);
    directory
        .verify("alone.pem --intermediates known.pem")
        .assert_accepted();
}

#[test]
fn a_file_of_100_megabytes_is_refused() {
    let directory = Directory::new();
    File::create(directory.0.path().join("huge"))
        .unwrap()
        .set_len(100_000_000)
        .unwrap();
    let problem = "it is larger than 16 MiB, the most that is read: give only what is needed";
    directory
        .verify("huge")
        .assert_not_judged(&format!("chain \"huge\": {problem}"));
    directory
        .verify("chain.pem --roots huge")
        .assert_not_judged(&format!("trust anchors \"huge\": {problem}"));
    directory
        .verify("chain.pem --policy huge")
        .assert_not_judged(&format!("policy \"huge\": {problem}"));
    directory
        .verify("chain.pem --intermediates huge")
        .assert_not_judged(&format!("intermediates \"huge\": {problem}"));
}

#[test]
fn an_endless_input_is_not_read_to_its_end() {
    let directory = Directory::new();
    let mut child = Command::new(example("verify_chain"))
        .args(["--client", "--roots", "roots.pem", "-"])
        .current_dir(directory.0.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let block = [b'\n'; 64 * 1024];
    // Writing fails as soon as nobody reads: after 16 MiB and what fits into the pipe.
    let written = (0..512)
        .take_while(|_| stdin.write_all(&block).is_ok())
        .count();
    assert!(written <= 16 * 17, "{written} blocks were read");
    drop(stdin);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(2));
}

/// What certificates say comes escaped, whatever a terminal would make of it.
#[test]
fn control_characters_do_not_reach_the_terminal() {
    let directory = Directory::new();
    let Pki { issuing, .. } = Pki::new();
    let name = Name::cn("\u{1b}[2Jnode\r\n✓ accepted");
    let hostile = issuing.issue(end_entity().subject(name));
    directory.write("hostile.pem", bundle(&[&hostile, &issuing.der]));
    let outcome = directory.verify("hostile.pem");
    assert!(!outcome.stdout.contains(['\u{1b}', '\r']), "{outcome:?}");
    assert_eq!(
        outcome.stdout.matches("\n✓ accepted").count(),
        0,
        "{outcome:?}"
    );
    let (_, object) = directory.json("--client --roots roots.pem hostile.pem");
    assert!(!object.to_string().contains("\\u001b"), "{object}");
}

/// No colour where the output is no terminal.
#[test]
fn a_pipe_gets_no_colour() {
    let directory = Directory::new();
    for arguments in ["chain.pem", "alone.pem"] {
        directory.verify(arguments).assert_does_not_say("\u{1b}");
    }
}
