//! webpki alone, with the same anchors, time and purpose: it must accept whatever is accepted here.

use rustls_policy_verifier::pki_types::{ServerName, UnixTime};
use rustls_policy_verifier::{Report, Role, WarningKind};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::scenario::Scenario;

pub(super) fn accepts(scenario: &Scenario, report: &Report) -> Result<(), String> {
    let relaxed = |rule: &str| {
        let mut warnings = report.warnings.iter();
        warnings
            .any(|warning| warning.kind == WarningKind::Relaxed && warning.rule.as_str() == rule)
    };
    let (end_entity, others) = scenario.chain.split_first().expect("an end entity");
    let end_entity =
        EndEntityCert::try_from(end_entity).map_err(|error| format!("webpki: {error:?}"))?;
    let intermediates: Vec<_> = others.iter().chain(&scenario.known).cloned().collect();
    let certificates = scenario
        .roots
        .iter()
        .flat_map(|(_, certificates)| certificates);
    let anchors: Vec<_> = certificates
        .map(|certificate| anchor_from_trusted_cert(certificate).expect("a trust anchor"))
        .collect();
    let purpose = match scenario.policy.role {
        Role::Server => KeyUsage::server_auth(),
        // The dated exception: what it looks away from is the purpose alone.
        Role::Client if relaxed("extended-key-usage") => KeyUsage::server_auth(),
        Role::Client => KeyUsage::client_auth(),
    };
    end_entity
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &intermediates,
            UnixTime::from(scenario.time),
            purpose,
            None,
            None,
        )
        .map_err(|error| format!("webpki: {error:?}"))?;
    match &scenario.server_name {
        Some(name) if !relaxed("server-name") => {
            let name = ServerName::try_from(name.as_str()).expect("a server name");
            let outcome = end_entity.verify_is_valid_for_subject_name(&name);
            outcome.map_err(|error| format!("webpki: {error:?}"))
        }
        _ => Ok(()),
    }
}
