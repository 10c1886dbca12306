//! `--lint`: the policy itself is judged, and no chain.

use serde_json::json;

use super::{AT, Directory};
use crate::program::Outcome;
use crate::support::pem::bundle;
use crate::support::{Authority, TestKey};

const PINNED: &str =
    "role = \"client\"\n[pin]\nspki-sha256 = [\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\"]\n";

const SINGLE_PIN: &str = "warning[single-pin] pin: there is one pin and no backup: on the day that its key is lost or replaced, everybody is refused; → add the pin of a key that is kept in reserve\n";

impl Directory {
    fn lint(&self, arguments: &str) -> Outcome {
        self.write("pinned.toml", PINNED);
        self.run(&format!("--lint --at {AT} {arguments}"))
    }
}

impl Outcome {
    #[track_caller]
    fn assert_linted(&self, status: i32, text: &str) {
        let all = (self.status, self.stdout.as_str(), self.stderr.as_str());
        assert_eq!(all, (status, text, ""));
    }
}

#[test]
fn findings_stand_in_lines() {
    let directory = Directory::new();
    directory
        .lint("--policy client.toml")
        .assert_linted(0, "nothing found\n");
    directory
        .lint("--policy pinned.toml")
        .assert_linted(1, SINGLE_PIN);
}

/// Advice alone is no failure, and errors are.
#[test]
fn the_exit_status_says_whether_there_is_more_than_advice() {
    let directory = Directory::new();
    let advice = directory.lint("--policy client.toml --roots roots.pem");
    assert_eq!((advice.status, advice.stderr.as_str()), (0, ""));
    assert_eq!(advice.stdout.lines().count(), 1, "{}", advice.stdout);
    advice.assert_says("advice[revocation-off] revocation: ");

    directory.write(
        "strict.toml",
        "role = \"client\"\nminimum-key-size.trust-anchor = { ed25519 = false }\n",
    );
    let error = directory.lint("--policy strict.toml --roots roots.pem");
    assert_eq!((error.status, error.stderr.as_str()), (1, ""));
    error
        .assert_says("error[all-anchors-refused] minimum-key-size.trust-anchor: ")
        .assert_says("the trust anchor CN=Root (label \"default\") can never serve");
}

#[test]
fn public_cas_are_those_that_are_said_to_be() {
    let directory = Directory::new();
    let lint = |more: &str| {
        directory.lint(&format!(
            "--policy client.toml --roots web=roots.pem {more}"
        ))
    };
    lint("").assert_does_not_say("any-client-of-public-cas");
    lint("--public-cas web")
        .assert_says("warning[any-client-of-public-cas] ")
        .assert_does_not_say("revocation-off");
    lint("--public-cas webb").assert_not_judged("--public-cas \"webb\": no --roots has this label");
}

/// The time is the given one.
#[test]
fn what_has_ended_by_then_is_found() {
    let directory = Directory::new();
    let late =
        directory.run("--lint --policy client.toml --roots roots.pem --at 2041-01-01T00:00:00Z");
    assert_eq!(late.status, 1);
    late.assert_says("error[all-anchors-refused] validity-period.trust-anchor: ")
        .assert_says("warning[anchor-expired] validity-period.trust-anchor: ");
}

#[test]
fn findings_as_json() {
    let directory = Directory::new();
    directory.write("pinned.toml", PINNED);
    let (status, value) = directory.json("--lint --policy pinned.toml");
    assert_eq!(status, 1);
    let finding = json!({
        "code": "single-pin",
        "severity": "warning",
        "setting": "pin",
        "why": "there is one pin and no backup: on the day that its key is lost or replaced, everybody is refused",
        "hint": "add the pin of a key that is kept in reserve",
    });
    assert_eq!(
        value,
        json!({ "error": null, "findings": [finding], "skipped": [] })
    );
    let (status, value) = directory.json("--lint --policy client.toml");
    assert_eq!(status, 0);
    assert_eq!(
        value,
        json!({ "error": null, "findings": [], "skipped": [] })
    );
    let (status, value) = directory.json("--lint");
    assert_eq!(status, 2);
    assert_eq!(
        value,
        json!({ "error": "no policy is given to --lint: add --policy FILE", "findings": [], "skipped": [] })
    );
}

/// What is left out is said, as where chains are judged.
#[test]
fn trust_anchors_that_cannot_be_used_are_named() {
    let directory = Directory::new();
    let good = Authority::root("Good", TestKey::ed25519(5));
    let mut bad = Authority::root("Bad", TestKey::ed25519(6)).der;
    bad.push(0);
    directory.write("mixed.pem", bundle(&[&good.der, &bad]));
    let text = directory.lint("--policy client.toml --roots mixed.pem");
    assert_eq!(text.status, 0, "{text:?}");
    assert!(
        text.stderr
            .starts_with("warning: trust anchors \"mixed.pem\": certificate 2"),
        "{text:?}"
    );
    let (_, value) = directory.json("--lint --policy client.toml --roots mixed.pem");
    assert_eq!(
        value["skipped"].as_array().map(Vec::len),
        Some(1),
        "{value}"
    );
}

#[test]
fn what_is_of_chains_is_refused() {
    let directory = Directory::new();
    let lint = |more: &str| directory.lint(&format!("--policy client.toml {more}"));
    for (given, named) in [
        ("chain.pem", "CHAIN"),
        ("--intermediates issuing.pem", "--intermediates"),
        ("--client", "--server-name, --server and --client"),
        (
            "--server-name a.example",
            "--server-name, --server and --client",
        ),
        ("--crl x.crl", "--crl"),
        ("--ocsp x.ocsp", "--ocsp"),
    ] {
        lint(given).assert_not_judged(&format!("--lint judges no chain: leave {named} out"));
    }
    lint("--lint").assert_not_judged("give --lint once");
    directory
        .run("--client --roots roots.pem --public-cas web chain.pem")
        .assert_not_judged("--public-cas says something to --lint alone: leave it out");
    lint("--roots none.pem").assert_not_judged("trust anchors \"none.pem\": there is no such file");
    directory
        .lint("--policy none.toml")
        .assert_not_judged("policy \"none.toml\": there is no such file");
}
