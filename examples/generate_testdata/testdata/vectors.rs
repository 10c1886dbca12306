//! The scenarios once more, as one JSON file that other implementations can run: `vectors/policy-vectors.json`. What every
//! key means is described in `docs/policy-vectors.md`, which a test holds against the file.

use std::fs;
use std::io;
use std::path::Path;

use rustls_policy_verifier::pki_types::pem::PemObject;
use rustls_policy_verifier::pki_types::{CertificateDer, ServerName};
use rustls_policy_verifier::{DEFAULT_LABEL, Mode, Policy, Rule, RuleId, Setting};
use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Serializer, Value, json};

use super::case::{Case, Staple};
use crate::support::pem;

/// Of the format, not of the data: it changes when a reader would have to.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct File {
    version: u32,
    testcases: Vec<Vector>,
}

/// One scenario. Keys that x509-limbo has too have its names.
#[derive(Serialize)]
struct Vector {
    id: String,
    description: &'static str,
    validation_time: &'static str,
    expected_peer_name: Option<PeerName>,
    policy: Value,
    trust_anchor_form: &'static str,
    trust_anchors: Vec<LabelledAnchor>,
    peer_certificate: String,
    untrusted_intermediates: Vec<String>,
    known_intermediates: Vec<String>,
    crls: Vec<String>,
    ocsp_responses: Vec<String>,
    staple: StapleGiven,
    expected_result: &'static str,
    expected_violations: Vec<Finding>,
    expected_warnings: Vec<Finding>,
}

#[derive(Serialize)]
struct PeerName {
    kind: &'static str,
    value: &'static str,
}

#[derive(Serialize)]
struct LabelledAnchor {
    label: &'static str,
    certificate: String,
}

#[derive(Serialize)]
struct StapleGiven {
    presence: &'static str,
    response: Option<String>,
}

#[derive(Serialize)]
struct Finding {
    rule: String,
    position: String,
}

/// Writes those of `groups` that stand in `into` already, with the very certificates that stand there.
pub fn write(groups: &[(&'static str, Vec<Case>)], into: &Path) -> io::Result<()> {
    let mut testcases = Vec::new();
    for (group, cases) in groups {
        for case in cases.iter().filter(|case| !is_about_amounts(case)) {
            let directory = into.join("scenarios").join(group).join(case.name);
            testcases.push(vector(group, case, &directory));
        }
    }
    let file = File {
        version: VERSION,
        testcases,
    };
    let mut text = Vec::new();
    let formatter = PrettyFormatter::with_indent(b" ");
    file.serialize(&mut Serializer::with_formatter(&mut text, formatter))?;
    text.push(b'\n');
    let directory = into.join("vectors");
    fs::create_dir_all(&directory)?;
    fs::write(directory.join("policy-vectors.json"), text)
}

/// How much may be presented is a matter of each implementation, and no policy says it.
fn is_about_amounts(case: &Case) -> bool {
    const MOST_CERTIFICATES: usize = 7;
    const MOST_OCTETS: usize = 16 * 1024;
    let presented = case.presented();
    presented.len() > MOST_CERTIFICATES
        || presented.iter().map(Vec::len).sum::<usize>() > MOST_OCTETS
}

fn vector(group: &str, case: &Case, directory: &Path) -> Vector {
    let mut presented = certificates(&directory.join("chain.pem")).into_iter();
    let labels = case.trust_anchors().into_iter().map(|(label, _)| label);
    let trust_anchors = labels.flat_map(|label| match label {
        "" => labelled(DEFAULT_LABEL, &directory.join("roots.pem")),
        label => labelled(label, &directory.join(format!("roots-{label}.pem"))),
    });
    Vector {
        id: format!("{group}::{}", case.name),
        description: case.description,
        validation_time: case.at,
        expected_peer_name: case.server_name.map(peer_name),
        policy: in_full(&policy(case)),
        trust_anchor_form: if case.roots_by_name_and_key {
            "name-and-key"
        } else {
            "certificate"
        },
        trust_anchors: trust_anchors.collect(),
        peer_certificate: presented.next().expect("an end entity"),
        untrusted_intermediates: presented.collect(),
        known_intermediates: if case.known.is_empty() {
            Vec::new()
        } else {
            certificates(&directory.join("intermediates.pem"))
        },
        crls: case
            .crls
            .iter()
            .map(|der| pem::to_pem("X509 CRL", der))
            .collect(),
        ocsp_responses: case.responses.iter().map(|der| pem::base64(der)).collect(),
        staple: match &case.staple {
            None => StapleGiven {
                presence: "not-applicable",
                response: None,
            },
            Some(Staple::Absent) => StapleGiven {
                presence: "absent",
                response: None,
            },
            Some(Staple::Given(response)) => StapleGiven {
                presence: "given",
                response: Some(pem::base64(response)),
            },
        },
        expected_result: match case.violations {
            [] => "SUCCESS",
            _ => "FAILURE",
        },
        expected_violations: findings(case.violations),
        expected_warnings: findings(case.warnings),
    }
}

/// Each in PEM, without the text around it.
fn certificates(file: &Path) -> Vec<String> {
    let certificates = CertificateDer::pem_file_iter(file).expect("a file of certificates");
    certificates
        .map(|certificate| pem::to_pem("CERTIFICATE", &certificate.expect("a certificate")))
        .collect()
}

fn labelled(label: &'static str, file: &Path) -> Vec<LabelledAnchor> {
    let certificates = certificates(file).into_iter();
    certificates
        .map(|certificate| LabelledAnchor { label, certificate })
        .collect()
}

fn peer_name(value: &'static str) -> PeerName {
    let kind = match ServerName::try_from(value) {
        Ok(ServerName::DnsName(_)) => "DNS",
        Ok(ServerName::IpAddress(_)) => "IP",
        other => panic!("{value}: {other:?}"),
    };
    PeerName { kind, value }
}

/// `rule @ position` of each, sorted.
fn findings(stated: &[&str]) -> Vec<Finding> {
    let mut stated = stated.to_vec();
    stated.sort_unstable();
    let parts = stated
        .iter()
        .map(|finding| finding.split_once(" @ ").expect("a finding"));
    parts
        .map(|(rule, position)| Finding {
            rule: rule.to_owned(),
            position: position.to_owned(),
        })
        .collect()
}

fn policy(case: &Case) -> Policy {
    let text = format!("role = \"{}\"\n{}", case.role, case.policy);
    Policy::from_toml(&text).unwrap_or_else(|error| panic!("{}: {error}", case.name))
}

/// The policy with every value of every rule that is on, so that nobody has to know a starting point.
fn in_full(policy: &Policy) -> Value {
    macro_rules! tables {
        ($($field:ident)+) => { vec![$((Rule::id(&policy.$field.settings), table(&policy.$field)),)+] };
    }
    let mut tables: Vec<(RuleId, Value)> = tables! {
        extended_key_usage
        subject_identifier
        minimum_key_size
        signature_algorithm
        maximum_validity
        validity_period
        key_usage
        path_length
        pin
        revocation
        certificate_profile
    };
    tables.push((policy.server_name.id(), value(&policy.server_name)));
    let mut all = Map::new();
    all.insert("role".to_owned(), policy.role.to_string().into());
    for (id, _) in Policy::rules() {
        let place = tables.iter().position(|(own, _)| *own == id);
        let place =
            place.unwrap_or_else(|| panic!("list the field of {id} above, and describe it"));
        all.insert(id.to_string(), tables.swap_remove(place).1);
    }
    Value::Object(all)
}

/// A rule's table as policy files have it, with every key; of a rule that is off, that it is.
fn table<T: Serialize>(setting: &Setting<T>) -> Value {
    let audit = match setting.mode {
        Mode::Off => return json!({ "off": true }),
        Mode::Enforce => Value::Null,
        Mode::Audit { until } => json!({ "until": until.to_string() }),
    };
    let mut table = value(&setting.settings);
    table["off"] = false.into();
    table["audit"] = audit;
    write_out_defaults(&mut table);
    table
}

/// What a key that is left out, or a list that is, stands for.
fn write_out_defaults(table: &mut Value) {
    if let Some(permitted) = table.get_mut("permitted").filter(|list| list.is_null()) {
        *permitted = json!(["rsa-pkcs1", "rsa-pss", "ecdsa", "ed25519", "ml-dsa"]);
    }
    for position in ["end-entity", "intermediate", "trust-anchor"] {
        let curves = table
            .get_mut(position)
            .and_then(|sizes| sizes.get_mut("curves"));
        if let Some(curves) = curves.filter(|list| list.is_null()) {
            *curves = json!(["P-256", "P-384", "P-521"]);
        }
    }
    for list in ["any-of", "all-of", "none-of"] {
        let entries = table.get_mut(list).and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            for (key, default) in [("values", json!("one")), ("under", json!([]))] {
                if entry.get(key).is_none() {
                    entry[key] = default;
                }
            }
        }
    }
}

fn value(settings: &impl Serialize) -> Value {
    serde_json::to_value(settings).expect("settings")
}
