//! x509-limbo's cases, run through the public API and through the example.

// To panic is how a test fails.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::panic_in_result_fn,
    // What is refused and why is printed, to be read.
    clippy::print_stdout
)]

mod cases;
mod conformance;

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use cases::{Case, Expected, Limbo};
use rustls_policy_verifier::pki_types::ServerName;
use rustls_policy_verifier::{
    BuildError, CrlProblem, CrlRefusal, Evidence, Fact, Peer, Policy, PresentedChain, Report, Span,
    Time, TrustAnchors, ValidityLimit, Verifier,
};

/// The chains of real servers among the cases.
fn online_cases() -> Vec<Case> {
    let cases: Vec<_> = Limbo::load()
        .testcases
        .into_iter()
        .filter(|case| case.id.starts_with("online::"))
        .collect();
    assert!(
        cases.len() >= 8,
        "only {} real chains in the file",
        cases.len()
    );
    for case in &cases {
        assert_eq!(case.expected_result, Expected::Success, "{}", case.id);
    }
    cases
}

fn time_of(case: &Case) -> Time {
    let text = case.validation_time.as_deref().expect("a validation time");
    let rfc_3339 = &time::format_description::well_known::Rfc3339;
    let time = time::OffsetDateTime::parse(text, rfc_3339).expect("RFC 3339");
    Time::from_unix_seconds(time.unix_timestamp().try_into().expect("after 1970"))
}

fn verify(case: &Case, policy: Policy) -> Report {
    let anchors = TrustAnchors::from_pem(case.roots_pem()).expect("anchors");
    let verifier = Verifier::builder(anchors, policy)
        .build()
        .expect("a verifier");
    judge(&verifier, case)
}

fn judge(verifier: &Verifier, case: &Case) -> Report {
    let chain = PresentedChain::from_pem(case.chain_pem()).expect("a chain");
    let name = case.expected_peer_name.as_ref().expect("a server's name");
    let name = ServerName::try_from(name.value.clone()).expect("a valid name");
    match verifier.verify(
        &chain,
        Peer::Server(&name),
        Evidence::default(),
        time_of(case),
    ) {
        Ok(path) => path.report(),
        Err(error) => error.report().clone(),
    }
}

#[test]
fn real_chains_verify() {
    for case in online_cases() {
        let report = verify(&case, Policy::server());
        assert!(report.accepted, "{}: {:#?}", case.id, report.violations);
        assert_eq!(report.violations, [], "{}", case.id);
    }
}

/// Public CAs keep leaf validity above a month: a cap of seven days refuses each for that reason alone.
#[test]
fn real_chains_fail_a_policy_they_cannot_meet_for_that_reason() {
    let limit = ValidityLimit::LessThan(Span::Days(7));
    let mut policy = Policy::server();
    policy.maximum_validity.enforce().end_entity = Some(limit);
    for case in online_cases() {
        let report = verify(&case, policy.clone());
        assert!(!report.accepted, "{}", case.id);
        let [violation] = report.violations.as_slice() else {
            panic!("{}: {:#?}", case.id, report.violations);
        };
        assert_eq!(violation.rule.as_str(), "maximum-validity", "{}", case.id);
        assert_eq!(violation.position.to_string(), "end-entity", "{}", case.id);
        assert_eq!(
            violation.required,
            Fact::ValidityLimit(limit),
            "{}",
            case.id
        );
    }
}

/// Every case with CRLs: the whole path is checked, and what is not known or stale refuses.
#[test]
fn cases_with_crls_are_judged_as_expected_and_why() {
    let cases = Limbo::load().testcases.into_iter();
    let cases: Vec<_> = cases.filter(|case| !case.crls.is_empty()).collect();
    assert!(cases.len() >= 4, "only {} cases with CRLs", cases.len());
    for case in cases {
        let outcome = with_crls(&case);
        let refused = match (&outcome, case.id.as_str()) {
            (Ok(report), _) if report.accepted => {
                assert_eq!(case.expected_result, Expected::Success, "{}", case.id);
                continue;
            }
            (Err(BuildError::Crl { problem, .. }), "crl::crlnumber-missing") => {
                assert_eq!(*problem, CrlProblem::NoNumber);
                "its CRL cannot be used"
            }
            (Ok(report), "crl::issuer-missing-crlsign") => {
                let [violation] = report.violations.as_slice() else {
                    panic!("{:#?}", report.violations);
                };
                let Fact::RefusedCrl(refused) = &violation.presented else {
                    panic!("{violation}");
                };
                assert_eq!(refused.why, CrlRefusal::KeyUsage);
                "its issuer may not sign CRLs"
            }
            (Ok(report), _) => {
                let revoked = report.violations.iter().any(|violation| {
                    violation.rule.as_str() == "revocation"
                        && matches!(violation.presented, Fact::Revoked(_))
                });
                assert!(revoked, "{}: {:#?}", case.id, report.violations);
                "revoked"
            }
            (Err(error), id) => panic!("{id}: {error}"),
        };
        assert_eq!(
            case.expected_result,
            Expected::Failure,
            "{}: {refused}",
            case.id
        );
    }
}

fn with_crls(case: &Case) -> Result<Report, BuildError> {
    let mut policy = Policy::server();
    policy.revocation.enforce();
    let anchors = TrustAnchors::from_pem(case.roots_pem())?;
    let mut builder = Verifier::builder(anchors, policy);
    for crl in &case.crls {
        builder = builder.crls_pem(crl)?;
    }
    let verifier = builder.build()?;
    Ok(judge(&verifier, case))
}

#[test]
fn real_chains_verify_through_the_example() {
    let directory = tempfile::tempdir().expect("a directory");
    for case in online_cases() {
        let write = |name: &str, contents: &str| -> PathBuf {
            let path = directory.path().join(name);
            let mut file = std::fs::File::create(&path).expect("a file");
            file.write_all(contents.as_bytes()).expect("written");
            path
        };
        let run = |policy: &str| {
            Command::new(example())
                .arg("--roots")
                .arg(write("roots.pem", &case.roots_pem()))
                .arg("--server-name")
                .arg(&case.expected_peer_name.as_ref().expect("a name").value)
                .arg("--policy")
                .arg(write("policy.toml", policy))
                .arg("--at")
                .arg(case.validation_time.as_ref().expect("a time"))
                .arg("--format")
                .arg("json")
                .arg(write("chain.pem", &case.chain_pem()))
                .output()
                .expect("the example runs")
        };
        let accepted = run("role = \"server\"\n");
        assert_eq!(accepted.status.code(), Some(0), "{}: {accepted:?}", case.id);
        let refused =
            run("role = \"server\"\n[maximum-validity]\nend-entity = { less-than = \"7 days\" }\n");
        assert_eq!(refused.status.code(), Some(1), "{}: {refused:?}", case.id);
        let json: serde_json::Value = serde_json::from_slice(&refused.stdout).expect("JSON");
        let rules: Vec<_> = json["violations"]
            .as_array()
            .expect("violations")
            .iter()
            .map(|violation| violation["rule"].as_str().expect("a rule"))
            .collect();
        assert_eq!(rules, ["maximum-validity"], "{}", case.id);
    }
}

/// Cargo builds the examples beside the tests.
fn example() -> PathBuf {
    let test = std::env::current_exe().expect("this test's path");
    let built = test
        .parent()
        .and_then(|deps| deps.parent())
        .expect("target/…");
    let path = built.join("examples").join("verify_chain");
    assert!(
        path.is_file(),
        "{} is missing: cargo build --examples --features serde",
        path.display()
    );
    path
}
