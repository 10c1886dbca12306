//! webpki alone, with the same anchors, time and purpose, and with the CRLs that it can read: it must accept whatever is
//! accepted here.

use rustls_policy_verifier::pki_types::{
    CertificateDer, CertificateRevocationListDer, ServerName, UnixTime,
};
use rustls_policy_verifier::{Crl, Policy, Report, RevocationCheck, Role, Time, WarningKind};
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, Error, ExpirationPolicy,
    KeyUsage, RevocationCheckDepth, RevocationOptions, RevocationOptionsBuilder,
    UnknownStatusPolicy, anchor_from_trusted_cert,
};

use super::scenario::Scenario;
use crate::support::keys;

/// What webpki is asked, as the verifier was.
pub(crate) struct Question<'q> {
    pub(crate) end_entity: CertificateDer<'q>,
    pub(crate) intermediates: Vec<CertificateDer<'q>>,
    pub(crate) anchors: Vec<CertificateDer<'q>>,
    pub(crate) crls: Vec<CertificateRevocationListDer<'q>>,
    pub(crate) time: Time,
    pub(crate) policy: &'q Policy,
    pub(crate) server_name: Option<ServerName<'q>>,
}

pub(super) fn accepts(scenario: &Scenario, report: &Report) -> Result<(), String> {
    let (end_entity, others) = scenario.chain.split_first().expect("an end entity");
    let roots = scenario.roots.iter();
    let name = scenario.server_name.as_deref();
    let question = Question {
        end_entity: end_entity.clone(),
        intermediates: others.iter().chain(&scenario.known).cloned().collect(),
        anchors: roots.flat_map(|(_, roots)| roots).cloned().collect(),
        crls: scenario.crls.clone(),
        time: scenario.time,
        policy: &scenario.policy,
        server_name: name.map(|name| name.try_into().expect("a server name")),
    };
    question.must_be_accepted(report)
}

impl Question<'_> {
    /// Whether webpki accepts what was accepted with `report`.
    pub(crate) fn must_be_accepted(&self, report: &Report) -> Result<(), String> {
        let relaxed = |rule: &str| {
            let mut warnings = report.warnings.iter();
            warnings.any(|warning| {
                warning.kind == WarningKind::Relaxed && warning.rule.as_str() == rule
            })
        };
        let end_entity = EndEntityCert::try_from(&self.end_entity)
            .map_err(|error| format!("webpki: {error:?}"))?;
        let anchors: Vec<_> = self
            .anchors
            .iter()
            .map(|certificate| anchor_from_trusted_cert(certificate).expect("a trust anchor"))
            .collect();
        let purpose = match self.policy.role {
            Role::Server => KeyUsage::server_auth(),
            // The dated exception: what it looks away from is the purpose alone.
            Role::Client if relaxed("extended-key-usage") => KeyUsage::server_auth(),
            Role::Client => KeyUsage::client_auth(),
        };
        let verify = |intermediates: &[CertificateDer<'_>],
                      revocation: Option<RevocationOptions<'_>>| {
            let outcome = end_entity.verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &anchors,
                intermediates,
                UnixTime::from(self.time),
                purpose,
                revocation,
                None,
            );
            outcome.map(|_| ())
        };
        verify(&self.intermediates, None).map_err(|error| format!("webpki: {error:?}"))?;
        // By the accepted path alone: what webpki says of another might hide what it says of this.
        let of_path: Vec<_> = self
            .intermediates
            .iter()
            .filter(|der| {
                let digest = keys::sha256(der);
                let mut certificates = report.path.iter().filter_map(|entry| entry.sha256.as_ref());
                certificates.any(|sha256| sha256.as_bytes()[..] == digest[..])
            })
            .cloned()
            .collect();
        // One at a time, for webpki looks at the first alone that is about a certificate.
        for (n, der) in self.crls.iter().enumerate() {
            // What it cannot read: CRLs for some reasons alone.
            let Ok(crl) = BorrowedCertRevocationList::from_der(der) else {
                continue;
            };
            let crl = CertRevocationList::from(crl);
            let outcome = verify(
                &of_path,
                Some(by_crl(&[&crl], self.policy.revocation.check)),
            );
            let is_passed_over = || {
                outcome == Err(Error::InvalidCrlSignatureForPublicKey)
                    && self.has_another_of_its_name(n)
            };
            if outcome.is_err() && !is_passed_over() {
                return Err(format!("webpki with CRL {}: {outcome:?}", n + 1));
            }
        }
        match &self.server_name {
            Some(name) if !relaxed("server-name") => {
                let outcome = end_entity.verify_is_valid_for_subject_name(name);
                outcome.map_err(|error| format!("webpki: {error:?}"))
            }
            _ => Ok(()),
        }
    }

    /// Whether there is another CRL of the issuer's name, as where a CA has two keys: the one that its key at hand has not
    /// signed is passed over, and webpki, given that one alone, cannot know of the other.
    fn has_another_of_its_name(&self, n: usize) -> bool {
        let issuers: Vec<_> = self
            .crls
            .iter()
            .map(|crl| {
                let crl = Crl::from_der(crl.to_vec()).expect("a CRL");
                crl.issuer().to_string()
            })
            .collect();
        issuers
            .iter()
            .filter(|issuer| **issuer == issuers[n])
            .count()
            > 1
    }
}

/// What webpki asks of one CRL: revoked or not; the rest is the matter of our own rule.
fn by_crl<'c>(
    crl: &'c [&'c CertRevocationList<'c>],
    check: RevocationCheck,
) -> RevocationOptions<'c> {
    let depth = match check {
        RevocationCheck::EndEntity => RevocationCheckDepth::EndEntity,
        _ => RevocationCheckDepth::Chain,
    };
    RevocationOptionsBuilder::new(crl)
        .expect("a CRL")
        .with_depth(depth)
        .with_status_policy(UnknownStatusPolicy::Allow)
        .with_expiration_policy(ExpirationPolicy::Ignore)
        .build()
}
