//! The policy vectors, `testdata/vectors/policy-vectors.json`, run as another implementation would: from that file alone.
//! What they are is described in `docs/policy-vectors.md`, which is held against the file.

mod description;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rustls_policy_verifier::pki_types::pem::PemObject;
use rustls_policy_verifier::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName};
use rustls_policy_verifier::rustls::RootCertStore;
use rustls_policy_verifier::{
    Crl, Evidence, OcspResponse, OcspStaple, Peer, Policy, Position, PresentedChain, Report, Role,
    RuleId, Time, TrustAnchors, Verifier,
};
use serde::Deserialize;
use serde_json::Value;

use crate::support::{der, pem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    testcases: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    id: String,
    #[serde(rename = "description")]
    _description: String,
    validation_time: String,
    expected_peer_name: Option<PeerName>,
    policy: Value,
    trust_anchor_form: AnchorForm,
    trust_anchors: Vec<LabelledAnchor>,
    peer_certificate: String,
    untrusted_intermediates: Vec<String>,
    known_intermediates: Vec<String>,
    crls: Vec<String>,
    ocsp_responses: Vec<String>,
    staple: Staple,
    expected_result: Verdict,
    expected_violations: Vec<Finding>,
    expected_warnings: Vec<Finding>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeerName {
    kind: NameKind,
    value: String,
}

#[derive(Debug, PartialEq, Deserialize)]
enum NameKind {
    #[serde(rename = "DNS")]
    Dns,
    #[serde(rename = "IP")]
    Ip,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AnchorForm {
    Certificate,
    NameAndKey,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelledAnchor {
    label: String,
    certificate: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Staple {
    presence: Presence,
    response: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Presence {
    NotApplicable,
    Absent,
    Given,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Verdict {
    Success,
    Failure,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finding {
    rule: String,
    position: String,
}

#[test]
fn every_vector_is_judged_as_expected() {
    let vectors = vectors();
    let wrong: Vec<_> = vectors
        .iter()
        .filter_map(|vector| {
            let report = vector.verify(&vector.policy());
            let found = (verdict(&report), violations(&report), warnings(&report));
            let expected = (
                vector.expected_result,
                vector.expected_violations.clone(),
                vector.expected_warnings.clone(),
            );
            (found != expected).then(|| {
                format!(
                    "{}:\n  expected {expected:?}\n  found    {found:?}",
                    vector.id
                )
            })
        })
        .collect();
    let (failed, all) = (wrong.len(), vectors.len());
    assert!(
        wrong.is_empty(),
        "{failed} of {all} vectors:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_rule_has_accepting_and_refusing_vectors() {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for vector in vectors() {
        let (group, _) = vector.id.split_once("::").expect("a group");
        let (accepting, refusing) = counts.entry(group.to_owned()).or_default();
        *accepting += usize::from(vector.expected_result == Verdict::Success);
        let mut violations = vector.expected_violations.iter();
        *refusing += usize::from(violations.any(|finding| finding.rule == group));
    }
    let rules = Policy::rules().into_iter().map(|(id, _)| id.as_str());
    for group in rules.chain(["input", "chain"]) {
        let (accepting, refusing) = counts.remove(group).unwrap_or_default();
        assert!(
            accepting > 0 && refusing > 0,
            "{group}: {accepting} vectors accept, {refusing} refuse"
        );
    }
    assert!(counts.is_empty(), "groups that are no rule: {counts:?}");
}

/// What the description promises to who does not know a rule: without those that find nothing the verdict is the same. If it is
/// so without all of them, it is without some.
#[test]
fn without_rules_that_find_nothing_the_verdict_is_the_same() {
    let mut without = 0;
    for vector in vectors() {
        let violations = vector.expected_violations.iter();
        let findings: Vec<_> = violations.chain(&vector.expected_warnings).collect();
        let mut policy = vector.policy.clone();
        for (rule, _) in Policy::rules() {
            let finds = findings.iter().any(|finding| finding.rule == rule.as_str());
            if !finds && !vector.needs(rule) {
                policy[rule.as_str()] = serde_json::json!({ "off": true });
                without += 1;
            }
        }
        let report = vector.verify(&read_policy(&policy));
        assert_eq!(verdict(&report), vector.expected_result, "{}", vector.id);
    }
    assert!(without > 6_000, "only {without} rules");
}

#[test]
fn the_description_has_every_key_and_its_type() {
    let file = serde_json::from_str(&text("testdata/vectors/policy-vectors.json")).expect("JSON");
    let wrong = description::differences(&text("docs/policy-vectors.md"), &file);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_description_has_every_rule() {
    let text = text("docs/policy-vectors.md");
    let rules = Policy::rules().into_iter().map(|(id, _)| id.as_str());
    for rule in rules.chain(["input", "chain"]) {
        assert!(text.contains(&format!("\n| `{rule}` | ")), "{rule}");
    }
}

/// Beside those that the description lists, every scenario is a vector.
#[test]
fn what_is_left_out_is_said() {
    let vectors: Vec<_> = vectors().into_iter().map(|vector| vector.id).collect();
    let left_out: Vec<_> = crate::scenarios::all()
        .iter()
        .map(|scenario| scenario.name().replace('/', "::"))
        .filter(|id| !vectors.contains(id))
        .collect();
    let description = text("docs/policy-vectors.md");
    let listed: Vec<_> = description
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.strip_suffix('`'))
        .collect();
    assert_eq!(left_out, listed);
    assert_eq!(
        vectors.len() + left_out.len(),
        crate::scenarios::all().len()
    );
}

fn vectors() -> Vec<Vector> {
    let file: File =
        serde_json::from_str(&text("testdata/vectors/policy-vectors.json")).expect("the vectors");
    assert_eq!(file.version, 1);
    file.testcases
}

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Vector {
    fn policy(&self) -> Policy {
        read_policy(&self.policy)
    }

    /// Whether the rule cannot be switched off: never, because another setting may only stand beside it, or because CRLs or
    /// responses were handed over for it.
    fn needs(&self, rule: RuleId) -> bool {
        let policy = &self.policy;
        match rule.as_str() {
            "server-name" => true,
            "revocation" => !(self.crls.is_empty() && self.ocsp_responses.is_empty()),
            "subject-identifier" | "pin" => {
                let relaxed = [
                    &policy["extended-key-usage"]["allow-server-auth-in-place-of-client-auth-until"],
                    &policy["path-length"]["allow-self-issued-end-entity"],
                    &policy["server-name"]["allow-identifier-in-place-of-server-name"],
                ];
                relaxed
                    .iter()
                    .any(|value| value.is_string() || **value == Value::Bool(true))
            }
            _ => false,
        }
    }

    fn verify(&self, policy: &Policy) -> Report {
        let known = self.known_intermediates.iter().map(|pem| certificate(pem));
        let crls = self.crls.iter().map(|text| {
            let crl = CertificateRevocationListDer::from_pem_slice(text.as_bytes()).expect("PEM");
            Crl::from_der(crl.to_vec()).expect("a CRL")
        });
        let responses = self
            .ocsp_responses
            .iter()
            .map(|text| OcspResponse::from_der(pem::from_base64(text)).expect("a response"));
        let verifier = Verifier::builder(self.anchors(), policy.clone())
            .known_intermediates(known)
            .crls(crls)
            .ocsp_responses(responses)
            .build()
            .unwrap_or_else(|error| panic!("{}: {error}", self.id));

        let end_entity = certificate(&self.peer_certificate);
        let others: Vec<_> = self
            .untrusted_intermediates
            .iter()
            .map(|pem| certificate(pem))
            .collect();
        let name = self.expected_peer_name.as_ref().map(PeerName::read);
        let peer = match (policy.role, &name) {
            (Role::Client, None) => Peer::Client,
            (Role::Server, Some(name)) => Peer::Server(name),
            (Role::Server, None) => Peer::ServerWithoutName,
            (Role::Client, Some(_)) => panic!("{}: a client with a server's name", self.id),
        };
        let response = self.staple.response.as_deref().map(pem::from_base64);
        let mut evidence = Evidence::default();
        evidence.ocsp = match (&self.staple.presence, &response) {
            (Presence::NotApplicable, None) => OcspStaple::NotApplicable,
            (Presence::Absent, None) => OcspStaple::Absent,
            (Presence::Given, Some(response)) => OcspStaple::Given(response),
            _ => panic!("{}: a staple that is none, or none that is one", self.id),
        };
        let chain = PresentedChain::new(&end_entity, &others);
        let time = time(&self.validation_time);
        match verifier.verify(&chain, peer, evidence, time) {
            Ok(path) => path.report(),
            Err(refusal) => refusal.report().clone(),
        }
    }

    fn anchors(&self) -> TrustAnchors {
        let mut anchors = TrustAnchors::new();
        for anchor in &self.trust_anchors {
            let certificate = [certificate(&anchor.certificate)];
            let added = match self.trust_anchor_form {
                AnchorForm::Certificate => {
                    anchors.with_certificates(anchor.label.as_str(), certificate)
                }
                AnchorForm::NameAndKey => {
                    let mut store = RootCertStore::empty();
                    let [certificate] = certificate;
                    store.add(certificate).expect("a trust anchor");
                    anchors.with_root_store(anchor.label.as_str(), &store)
                }
            };
            anchors = added
                .and_then(TrustAnchors::strict)
                .unwrap_or_else(|error| panic!("{}: {error}", self.id));
        }
        anchors
    }
}

impl PeerName {
    fn read(&self) -> ServerName<'_> {
        let name = ServerName::try_from(self.value.as_str()).expect("a server's name");
        let kind = match name {
            ServerName::IpAddress(_) => NameKind::Ip,
            _ => NameKind::Dns,
        };
        assert_eq!(kind, self.kind);
        name
    }
}

/// Policy files have no null and no empty list: what is none is left out.
fn read_policy(policy: &Value) -> Policy {
    let mut policy = policy.clone();
    leave_out_none(&mut policy);
    Policy::from_json(&policy.to_string()).unwrap_or_else(|error| panic!("{error}\n{policy:#}"))
}

fn leave_out_none(value: &mut Value) {
    match value {
        Value::Object(table) => {
            let is_none =
                |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            table.retain(|_, value| !is_none(value));
            table.values_mut().for_each(leave_out_none);
        }
        Value::Array(values) => values.iter_mut().for_each(leave_out_none),
        _ => {}
    }
}

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM of a certificate")
}

/// RFC 3339 in UTC, to the second.
fn time(text: &str) -> Time {
    let digits = text.strip_suffix('Z').expect("a time in UTC");
    let numbers: Vec<u32> = digits
        .split(['-', 'T', ':'])
        .map(|number| number.parse().expect("a number"))
        .collect();
    let [year, month, day, hour, minute, second] = numbers[..] else {
        panic!("{text} is not a time");
    };
    let unix = der::unix(year.into(), month, day, hour, minute, second);
    Time::from_unix_seconds(unix.try_into().expect("a time after 1970"))
}

fn verdict(report: &Report) -> Verdict {
    if report.accepted {
        Verdict::Success
    } else {
        Verdict::Failure
    }
}

fn violations(report: &Report) -> Vec<Finding> {
    let violations = report.violations.iter();
    sorted(violations.map(|violation| (violation.rule, violation.position)))
}

fn warnings(report: &Report) -> Vec<Finding> {
    let warnings = report.warnings.iter();
    sorted(warnings.map(|warning| (warning.rule, warning.position)))
}

fn sorted(found: impl Iterator<Item = (RuleId, Position)>) -> Vec<Finding> {
    let mut found: Vec<_> = found
        .map(|(rule, position)| Finding {
            rule: rule.to_string(),
            position: position.to_string(),
        })
        .collect();
    found.sort();
    found
}
