//! The example `rehearse` as a script sees it: files in, a table and an exit status out.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::program::Outcome;
use crate::support::pem::bundle;
use crate::support::{Authority, CertificateBuilder, CrlBuilder, KeyKind, Name, TestKey, der};

const AT: &str = "2026-06-01T00:00:00Z";

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(0))
}

/// Ends on 1 July.
fn issuing() -> Authority {
    root().intermediate_with("Issuing", TestKey::ed25519(1), |it| {
        it.validity(
            der::unix(2026, 1, 1, 0, 0, 0),
            der::unix(2026, 7, 1, 0, 0, 0),
        )
    })
}

fn end_entity(name: &str, key: &TestKey) -> CertificateBuilder {
    CertificateBuilder::end_entity(Name::cn(name), key.spki()).dns(&["a.example"])
}

/// A directory of files, which the example runs in.
struct Directory(TempDir);

impl Directory {
    fn new() -> Self {
        let directory = Self(tempfile::tempdir().unwrap());
        let (strong, weak) = (TestKey::ed25519(2), TestKey::of(KeyKind::Rsa2048, 0));
        let other = Authority::root("Other", TestKey::ed25519(3));
        let good = root().issue(end_entity("good", &strong));
        let ending = issuing().issue(end_entity("ending", &strong));
        let also = issuing().issue(end_entity("also ending", &strong));
        let elsewhere = other.issue(end_entity("elsewhere", &strong));
        let soon = der::unix(2026, 6, 15, 0, 0, 0);
        let weak = end_entity("weak", &weak).validity(der::unix(2026, 1, 1, 0, 0, 0), soon);
        for (name, chain) in [
            ("good.pem", bundle(&[&good])),
            ("ending.pem", bundle(&[&ending, &issuing().der])),
            ("also-ending.pem", bundle(&[&also, &issuing().der])),
            ("elsewhere.pem", bundle(&[&elsewhere])),
            ("weak.pem", bundle(&[&root().issue(weak)])),
            ("roots.pem", bundle(&[&root().der])),
            ("both-roots.pem", bundle(&[&root().der, &other.der])),
            ("client.toml", "role = \"client\"\n".to_owned()),
            ("server.toml", "role = \"server\"\n".to_owned()),
            (
                "strict.toml",
                "role = \"client\"\n[minimum-key-size]\nend-entity = { rsa-bits = 3072 }\n".to_owned(),
            ),
            (
                "audited.toml",
                "role = \"client\"\n[subject-identifier]\nany-of = [{ attribute = \"CN\", exact = \"ending\" }]\n[subject-identifier.audit]\nuntil = \"2026-06-30\"\n".to_owned(),
            ),
            (
                "strictest.toml",
                "role = \"client\"\n[minimum-key-size]\nend-entity = { rsa-bits = 3072 }\n[subject-identifier]\nany-of = [{ attribute = \"CN\", exact = \"good\" }]\n".to_owned(),
            ),
            ("revocation.toml", "role = \"client\"\n[revocation]\n".to_owned()),
        ] {
            fs::write(directory.path().join(name), chain).unwrap();
        }
        let crl = root().crl(CrlBuilder::new());
        fs::write(directory.path().join("root.crl"), crl).unwrap();
        directory
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs the example at the usual time with the words of `arguments`.
    fn rehearse(&self, arguments: &str) -> Outcome {
        let arguments = format!("--at {AT} --roots roots.pem {arguments}");
        self.run(&arguments)
    }

    fn run(&self, arguments: &str) -> Outcome {
        let words: Vec<_> = arguments.split_whitespace().collect();
        Outcome::of("rehearse", self.path(), &words, b"")
    }
}

#[track_caller]
fn assert_printed(outcome: &Outcome, status: i32, text: &str) {
    assert_eq!(outcome.stderr, "");
    assert_eq!(outcome.stdout, text);
    assert_eq!(outcome.status, status);
}

/// The whole text, of each kind of change.
#[test]
fn a_stricter_policy_and_another_anchor() {
    let outcome = Directory::new().rehearse(
        "--policy client.toml --proposed-policy strict.toml --proposed-roots both-roots.pem \
         good.pem weak.pem ending.pem also-ending.pem elsewhere.pem",
    );
    assert_printed(
        &outcome,
        1,
        "\
5 chains, as client
now    2026-06-01T00:00:00Z
later  2026-07-31T00:00:00Z, 60 days

chain            in force, now  proposed, now  in force, later  proposed, later  change
good.pem         accepted       accepted       accepted         accepted         none
weak.pem         accepted       refused        refused          refused          refused
ending.pem       accepted       accepted       refused          refused          none
also-ending.pem  accepted       accepted       refused          refused          none
elsewhere.pem    refused        accepted       refused          accepted         accepted

would be refused
  weak.pem  CN=weak
    end-entity: minimum-key-size requires RSA of at least 3072 bits, presented: RSA of 2048 bits
    → have the certificate issued again for RSA of at least 3072 bits

would newly be accepted
  elsewhere.pem  CN=elsewhere
    refused so far: path: chain requires a valid path to a trust anchor, presented: no trust anchor issued the chain; the chain stops at end-entity, issued by CN=Other

certificates that end before 2026-07-31T00:00:00Z
  2026-06-15T00:00:00Z  end-entity      CN=weak     weak.pem
  2026-07-01T00:00:00Z  intermediate-1  CN=Issuing  ending.pem, also-ending.pem
",
    );
}

#[test]
fn what_an_audit_hides_until_its_end() {
    let directory = Directory::new();
    let change = "--policy client.toml --proposed-policy audited.toml good.pem";
    assert_printed(
        &directory.rehearse(&format!("{change} --days 30")),
        1,
        "\
1 chain, as client
now    2026-06-01T00:00:00Z
later  2026-07-01T00:00:00Z, 30 days

chain     in force, now  proposed, now  in force, later  proposed, later  change
good.pem  accepted       accepted       accepted         refused          refused later

would be refused later
  good.pem  CN=good
    end-entity: subject-identifier requires CN \"ending\", presented: CN \"good\"
    → compare with the identifier agreed with the partner: the certificate is somebody else's, or was issued with another subject
",
    );
    // The last day of the audit is over when July begins.
    assert_eq!(directory.rehearse(&format!("{change} --days 29")).status, 0);
    let back = "--policy audited.toml --proposed-policy client.toml good.pem";
    let outcome = directory.rehearse(back);
    assert_eq!(outcome.status, 3);
    assert!(outcome.stdout.contains("\nwould newly be accepted later\n  good.pem  CN=good\n    refused so far: end-entity: subject-identifier"), "{outcome:?}");
}

/// The telling one is said, and that there are others.
#[test]
fn of_several_violations_the_first_is_said() {
    let change = "--policy client.toml --proposed-policy strictest.toml weak.pem good.pem";
    let outcome = Directory::new().rehearse(change);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    let said = outcome.stdout.split("\n\n").nth(2).unwrap();
    let lines: Vec<_> = said.lines().collect();
    let ["would be refused", "  weak.pem  CN=weak", reason, _, more] = lines.as_slice() else {
        panic!("{said}");
    };
    assert!(reason.starts_with("    end-entity: minimum-key-size requires"));
    assert_eq!(*more, "    and 1 more violation");
}

#[test]
fn the_exit_status_says_who_changes() {
    let directory = Directory::new();
    let status = |arguments: &str| {
        let outcome = directory.rehearse(arguments);
        assert_eq!(outcome.stderr, "", "{arguments}");
        outcome.status
    };
    let (stricter, laxer) = (
        "--policy client.toml --proposed-policy strict.toml",
        "--policy strict.toml --proposed-policy client.toml",
    );
    // That certificates end changes nobody.
    assert_eq!(status(&format!("{stricter} good.pem ending.pem")), 0);
    assert_eq!(status(&format!("{stricter} good.pem weak.pem")), 1);
    assert_eq!(status(&format!("{laxer} good.pem weak.pem")), 3);
    // Refusals count more.
    let other = "--proposed-roots both-roots.pem";
    assert_eq!(
        status(&format!("{stricter} {other} weak.pem elsewhere.pem")),
        1
    );
    assert_eq!(
        status(&format!("--client {other} good.pem elsewhere.pem")),
        3
    );
    assert_eq!(status("--client --proposed-policy client.toml good.pem"), 0);
    let server = "--policy server.toml --proposed-roots both-roots.pem";
    for (whom, expected) in [
        ("--server", 3),
        ("--server-name a.example", 3),
        ("--server-name b.example", 0),
    ] {
        assert_eq!(status(&format!("{server} {whom} elsewhere.pem")), expected);
    }
    let outcome = directory.run("--help");
    assert_eq!((outcome.status, &*outcome.stderr), (0, ""));
    for option in [
        "--proposed-roots",
        "--proposed-policy",
        "--days N",
        "exit status",
    ] {
        assert!(outcome.stdout.contains(option), "{option}");
    }
}

/// For the policies that ask for them, both of them.
#[test]
fn crls_are_handed_to_both() {
    let directory = Directory::new();
    let crl = "--policy revocation.toml --proposed-policy revocation.toml --crl root.crl --days 30";
    let outcome = directory.rehearse(&format!("{crl} good.pem"));
    assert_eq!((outcome.status, &*outcome.stderr), (0, ""), "{outcome:?}");
    assert!(
        outcome.stdout.contains(
            "\ngood.pem  accepted       accepted       accepted         accepted         none\n"
        ),
        "{outcome:?}"
    );
}

/// To have revocation judged is a change that is worth a rehearsal: CRLs are for the policy that looks at them.
#[test]
fn crls_are_for_the_policy_that_judges_by_them() {
    let directory = Directory::new();
    let crl = "--crl root.crl --days 30 good.pem";
    for (policies, status) in [
        ("--policy client.toml --proposed-policy revocation.toml", 0),
        ("--policy revocation.toml --proposed-policy client.toml", 0),
        ("--proposed-policy revocation.toml", 0),
    ] {
        let outcome = directory.rehearse(&format!("{policies} {crl}"));
        assert_eq!(
            (outcome.status, &*outcome.stderr),
            (status, ""),
            "{outcome:?}"
        );
    }
    let neither = "--policy client.toml --proposed-policy strict.toml";
    directory
        .rehearse(&format!("{neither} {crl}"))
        .assert_not_judged(
            "--crl is given, and neither policy has a table [revocation]: nobody would look at it",
        );
}

/// What chains alone do not tell is said, and does not count as nothing.
#[test]
fn what_was_not_rehearsed_is_said() {
    let directory = Directory::new();
    let write = |name: &str, policy: &str| fs::write(directory.path().join(name), policy).unwrap();
    let judging = "role = \"server\"\n[revocation]\ncheck = \"end-entity\"\nunknown = \"allow-with-warning\"\n";
    write("staples.toml", &format!("{judging}staple = \"require\"\n"));
    write("judging.toml", judging);
    write(
        "tls.toml",
        "role = \"client\"\n[tls]\nminimum-version = \"1.3\"\n",
    );
    let staples = "\nnot rehearsed: whether servers staple OCSP responses, which the proposed policy requires\n";
    let tls =
        "\nnot rehearsed: the table [tls], which differs: whether peers speak what it allows\n";
    let server = "--server --proposed-roots both-roots.pem elsewhere.pem";
    for (arguments, note, status) in [
        (
            format!("--policy judging.toml --proposed-policy staples.toml {server}"),
            staples,
            3,
        ),
        (
            "--policy client.toml --proposed-policy tls.toml good.pem".to_owned(),
            tls,
            4,
        ),
    ] {
        let outcome = directory.rehearse(&arguments);
        assert_eq!(
            (outcome.status, &*outcome.stderr),
            (status, ""),
            "{outcome:?}"
        );
        assert!(outcome.stdout.ends_with(note), "{outcome:?}");
    }
    let outcome = directory.rehearse(&format!(
        "--policy staples.toml --proposed-policy staples.toml {server}"
    ));
    assert!(!outcome.stdout.contains("not rehearsed"), "{outcome:?}");
}

#[test]
fn what_cannot_be_judged_is_said() {
    let directory = Directory::new();
    directory
        .rehearse("--client --proposed-policy client.toml")
        .assert_not_judged(
            "no CHAIN is given: name a file for each peer, or `-` for standard input",
        );
    directory
        .run("--client --proposed-policy client.toml good.pem")
        .assert_not_judged("no trust anchors are given: add --roots FILE");
    directory
        .rehearse("--policy client.toml good.pem")
        .assert_not_judged(
            "nothing is proposed: add --proposed-policy FILE.toml or --proposed-roots FILE",
        );
    for (arguments, error) in [
        (
            "--proposed-roots both-roots.pem good.pem",
            "whose certificates are these? add --server-name NAME, --server or --client",
        ),
        (
            "--client --proposed-policy missing.toml good.pem",
            "policy \"missing.toml\": there is no such file",
        ),
        (
            "--client --proposed-policy server.toml good.pem",
            "policy \"server.toml\": its role is \"server\", and a client is expected: change one of them",
        ),
        (
            "--client --proposed-roots =roots.pem good.pem",
            "--proposed-roots \"=roots.pem\": there is no label before `=`",
        ),
        (
            "--client --proposed-policy client.toml good.pem missing.pem",
            "chain \"missing.pem\": there is no such file",
        ),
        (
            "--client --proposed-policy client.toml client.toml",
            "chain \"client.toml\": the input is neither PEM nor DER: no -----BEGIN CERTIFICATE----- line, and no DER SEQUENCE at its start; give certificates in PEM or DER",
        ),
        (
            "--client --proposed-policy client.toml --days many good.pem",
            "--days \"many\" is no number of days",
        ),
        (
            "--client --proposed-policy client.toml --days 1 --days 2 good.pem",
            "give --days once",
        ),
    ] {
        directory.rehearse(arguments).assert_not_judged(error);
    }
}
