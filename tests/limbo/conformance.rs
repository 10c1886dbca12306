//! Every case of the file, by the policy that its namespace asks for, against the result that the suite expects.
//!
//! `exceptions.json` lists where we differ and why; `reasons.json` what we refuse for, so that a case refused for another
//! reason than before is seen. `BLESS=1` writes the latter anew.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use rustls_policy_verifier::pki_types::{DnsName, ServerName};
use rustls_policy_verifier::{
    Evidence, ExtendedKeyUsage, Fact, IdentifierEntry, KeyPurpose, Matcher, Peer, Policy,
    PresentedChain, Profile, Report, SanKind, SubjectIdentifier, Time, TrustAnchors, Values,
    Verifier,
};
use serde::Deserialize;

use crate::cases::{Case, Expected, Kind, Limbo};

/// Where we differ from what the suite expects.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    id: String,
    expected: Expected,
    actual: Expected,
    reason: String,
}

/// What a case comes to, and why it is refused: rules and positions, or what cannot be used.
struct Outcome {
    actual: Expected,
    reasons: Vec<String>,
}

#[derive(Default)]
struct Row {
    cases: usize,
    passes: usize,
    false_accepts: usize,
    false_rejects: usize,
}

#[test]
fn every_case_is_judged_as_expected_or_excepted_with_a_reason() {
    let cases = Limbo::load().testcases;
    let exceptions: Vec<Exception> = read("exceptions.json");
    let mut known: BTreeMap<String, Vec<String>> = read("reasons.json");
    let bless = std::env::var_os("BLESS").is_some();
    let mut problems = String::new();
    let mut table: BTreeMap<String, Row> = BTreeMap::new();
    assert!(
        known.len() >= 86,
        "the reasons were reviewed; now there are {}",
        known.len()
    );
    for exception in &exceptions {
        // A false accept is excepted by nothing.
        assert_eq!(
            (exception.expected, exception.actual),
            (Expected::Success, Expected::Failure),
            "{}",
            exception.id
        );
        if exception.reason.trim().is_empty() {
            writeln!(problems, "{}: an exception without a reason", exception.id).unwrap();
        }
        if !cases.iter().any(|case| case.id == exception.id) {
            println!("{}: excepted, and not in this file", exception.id);
        }
    }
    for case in &cases {
        let outcome = judge(case);
        let row = table.entry(namespace(case)).or_default();
        row.cases += 1;
        match (case.expected_result, outcome.actual) {
            (expected, actual) if expected == actual => row.passes += 1,
            (Expected::Failure, _) => row.false_accepts += 1,
            (Expected::Success, _) => row.false_rejects += 1,
        }
        if outcome.actual == Expected::Failure {
            println!("{}: refused: {}", case.id, outcome.reasons.join("; "));
        }
        let exception = exceptions.iter().find(|exception| exception.id == case.id);
        match exception {
            None if outcome.actual != case.expected_result => {
                writeln!(
                    problems,
                    "{}: expected {:?}, is {:?}: {}",
                    case.id,
                    case.expected_result,
                    outcome.actual,
                    outcome.reasons.join("; ")
                )
                .unwrap();
            }
            Some(exception)
                if (exception.expected, exception.actual)
                    != (case.expected_result, outcome.actual) =>
            {
                writeln!(
                    problems,
                    "{}: the exception is no longer needed: expected {:?}, is {:?}",
                    case.id, case.expected_result, outcome.actual
                )
                .unwrap();
            }
            _ => {}
        }
        // The many of bettertls have few reasons, and say them by their names.
        if outcome.actual == Expected::Success || case.id.starts_with("bettertls::") {
            continue;
        }
        if bless {
            known.insert(case.id.clone(), outcome.reasons);
        } else if let Some(reasons) = known.get(&case.id)
            && *reasons != outcome.reasons
        {
            writeln!(
                problems,
                "{}: refused for another reason: {}",
                case.id,
                outcome.reasons.join("; ")
            )
            .unwrap();
        }
    }
    print!("{}", in_lines(&table));
    if bless {
        let text = serde_json::to_string_pretty(&known).unwrap() + "\n";
        std::fs::write(beside("reasons.json"), text).unwrap();
    }
    assert!(problems.is_empty(), "\n{problems}");
}

/// No case asks for what the policies above do not say.
#[test]
fn every_input_of_a_case_is_known() {
    let cases = Limbo::load().testcases;
    assert!(!cases.is_empty());
    for case in &cases {
        assert_eq!(case.signature_algorithms, [""; 0], "{}", case.id);
        assert!(
            case.key_usage
                .iter()
                .all(|usage| usage == "digitalSignature"),
            "{}: {:?}",
            case.id,
            case.key_usage
        );
    }
}

fn judge(case: &Case) -> Outcome {
    match verify(case) {
        Err(unusable) => Outcome {
            actual: Expected::Failure,
            reasons: vec![unusable],
        },
        Ok(report) => Outcome {
            actual: if report.accepted {
                Expected::Success
            } else {
                Expected::Failure
            },
            reasons: reasons(&report),
        },
    }
}

/// `certificate-profile(serial-number-positive) @ end-entity`.
fn reasons(report: &Report) -> Vec<String> {
    let mut reasons: Vec<_> = report
        .violations
        .iter()
        .map(|violation| {
            let detail = match (&violation.required, &violation.presented) {
                (Fact::Profile(required), _) => format!("({})", required.check),
                (_, Fact::ChainFailure(failure)) => format!("({})", failure.reason),
                (_, Fact::Undecodable(error)) => format!("({})", error.field),
                _ => String::new(),
            };
            format!("{}{detail} @ {}", violation.rule, violation.position)
        })
        .collect();
    reasons.dedup();
    reasons
}

fn verify(case: &Case) -> Result<Report, String> {
    let verifier = verifier(case)?;
    let chain = PresentedChain::from_pem(case.chain_pem()).map_err(|error| error.to_string())?;
    let name;
    let peer = match (case.validation_kind, &case.expected_peer_name) {
        (Kind::Client, _) => Peer::Client,
        (Kind::Server, None) => Peer::ServerWithoutName,
        (Kind::Server, Some(expected)) => {
            name = match expected.kind.as_str() {
                "DNS" => DnsName::try_from(expected.value.clone())
                    .map(ServerName::DnsName)
                    .ok(),
                "IP" => expected
                    .value
                    .parse()
                    .map(|address: std::net::IpAddr| ServerName::IpAddress(address.into()))
                    .ok(),
                other => panic!("{}: a server's name of kind {other}", case.id),
            };
            let name = name
                .as_ref()
                .ok_or("the expected name is no name of a server")?;
            Peer::Server(name)
        }
    };
    let time = case
        .validation_time
        .as_deref()
        .map_or_else(now, |_| crate::time_of(case));
    Ok(
        match verifier.verify(&chain, peer, Evidence::default(), time) {
            Ok(path) => path.report(),
            Err(error) => error.report().clone(),
        },
    )
}

fn verifier(case: &Case) -> Result<Verifier, String> {
    // One that cannot be decoded is dropped, maybe the last.
    let mut usable = String::new();
    let mut unusable = None;
    for pem in &case.trusted_certs {
        match TrustAnchors::from_pem(pem) {
            Ok(_) => usable.push_str(pem),
            Err(error) => unusable = Some(error.to_string()),
        }
    }
    let anchors = match unusable {
        Some(problem) if usable.is_empty() => return Err(problem),
        _ => TrustAnchors::from_pem(usable).map_err(|error| error.to_string())?,
    };
    let mut builder = Verifier::builder(anchors, policy(case));
    for crl in &case.crls {
        builder = builder.crls_pem(crl).map_err(|error| error.to_string())?;
    }
    builder.build().map_err(|error| error.to_string())
}

fn policy(case: &Case) -> Policy {
    let (mut policy, own_purpose) = match case.validation_kind {
        Kind::Server => (Policy::server(), "serverAuth"),
        Kind::Client => (Policy::client(), "clientAuth"),
    };
    let (profile, common_name_in_san) = match case.id.split("::").collect::<Vec<_>>()[..] {
        ["rfc5280", ..] => (Profile::Rfc5280, false),
        ["webpki", "cn", _] => (Profile::CabfServer, true),
        ["webpki", ..] => (Profile::CabfServer, false),
        _ => (Profile::None, false),
    };
    if profile != Profile::None {
        let settings = policy.certificate_profile.enforce();
        settings.profile = profile;
        settings.common_name_in_san = common_name_in_san;
    }
    // Where RFC 5280 asks no more: whoever has no extended key usage may do everything. The other profile asks for one.
    let purposes = match case.extended_key_usage.as_slice() {
        [] => vec![own_purpose.to_owned()],
        given => given.to_vec(),
    };
    let purposes = purposes.iter().map(|name| {
        KeyPurpose::parse(name).unwrap_or_else(|| panic!("{}: a purpose {name}", case.id))
    });
    policy.extended_key_usage = ExtendedKeyUsage::contains_or_absent(purposes).into();
    policy.path_length.max_intermediates = case.max_chain_depth;
    if !case.crls.is_empty() {
        policy.revocation.enforce();
    }
    let mail = case.expected_peer_names.iter().map(|name| {
        assert_eq!(name.kind, "RFC822", "{}", case.id);
        IdentifierEntry::alternative_name(SanKind::Email, Matcher::exact(&name.value))
            .values(Values::Any)
    });
    let mail: Vec<_> = mail.collect();
    if !mail.is_empty() {
        policy.subject_identifier = SubjectIdentifier {
            all_of: mail,
            ..SubjectIdentifier::default()
        }
        .into();
    }
    policy
}

/// The suite's cases without a time are to be judged at whatever time it is.
fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Time::from_unix_seconds(since.expect("after 1970").as_secs())
}

/// All but the last part of the id.
fn namespace(case: &Case) -> String {
    let parts: Vec<_> = case.id.split("::").collect();
    match parts.as_slice() {
        [first, "nameconstraints" | "pathbuilding", ..] => (*first).to_owned(),
        [first, second, _, ..] => format!("{first}::{second}"),
        [first, ..] => (*first).to_owned(),
        [] => String::new(),
    }
}

fn in_lines(table: &BTreeMap<String, Row>) -> String {
    let mut text = String::new();
    let mut all = Row::default();
    let heads = ["cases", "pass", "false accept", "false reject", "skip"];
    write!(text, "{:<24}", "namespace").unwrap();
    for head in heads {
        write!(text, "{head:>14}").unwrap();
    }
    text.push('\n');
    let mut line = |name: &str, row: &Row| {
        let Row {
            cases,
            passes,
            false_accepts,
            false_rejects,
        } = row;
        writeln!(
            text,
            "{name:<24}{cases:>14}{passes:>14}{false_accepts:>14}{false_rejects:>14}{:>14}",
            // Every case is judged.
            cases - passes - false_accepts - false_rejects
        )
        .unwrap();
    };
    for (name, row) in table {
        line(name, row);
        all.cases += row.cases;
        all.passes += row.passes;
        all.false_accepts += row.false_accepts;
        all.false_rejects += row.false_rejects;
    }
    line("all", &all);
    text
}

fn beside(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/limbo")
        .join(file)
}

fn read<T: for<'a> Deserialize<'a>>(file: &str) -> T {
    let path = beside(file);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
