//! Revocation, with the command `openssl` as who makes CRLs and OCSP responses, and as a second opinion on ours.
//!
//! `openssl ca` takes the times of a CRL as options; that of a revocation, and all times of an OCSP response, are the
//! machine's. So where there is a response of `openssl ocsp`, the time to judge at is the response's own, not a fixed one.

mod crls;
mod responses;
mod second_opinion;
mod staples;

use rustls_policy_verifier::pki_types::{CertificateDer, ServerName};
use rustls_policy_verifier::{
    Crl, Evidence, Fact, OcspResponse, OcspStaple, Peer, Policy, Position, PresentedChain,
    Revocation, RevocationReason, RevocationSettings, RevocationSource, Staleness, Time, Tolerance,
    TrustAnchors, Verifier, VerifierBuilder, VerifyError, Violation,
};

use super::their_ca::{ROOT, TheirCa};
use crate::kit::{HOST, NOW, provider};
use crate::support::KeyKind;

/// The fixed time.
const FIXED: Time = Time::from_unix_seconds(NOW);

/// Lets pass that a status is not known, so that nothing refuses but what is asked about.
const UNKNOWN_IS_FINE: fn(&mut RevocationSettings) = |it| it.unknown = Tolerance::AllowWithWarning;

/// What a verification is given of revocation.
#[derive(Default)]
struct Given<'a> {
    crls: Vec<Crl>,
    responses: Vec<OcspResponse>,
    staple: OcspStaple<'a>,
    /// What the policy says beside that the rule is on.
    settings: Option<fn(&mut RevocationSettings)>,
}

impl Given<'_> {
    fn crls(pem: &str) -> Self {
        Self {
            crls: Crl::from_pem(pem).unwrap(),
            ..Self::default()
        }
    }

    fn response(der: &[u8]) -> Self {
        Self {
            responses: vec![OcspResponse::from_der(der).unwrap()],
            ..Self::default()
        }
    }

    fn verifier(&self, root: &[u8]) -> VerifierBuilder {
        let mut policy = Policy::server();
        let settings = policy.revocation.enforce();
        if let Some(change) = self.settings {
            change(settings);
        }
        let anchors = TrustAnchors::from_pem(root).unwrap();
        Verifier::builder_with_provider(anchors, policy, &provider())
            .crls(self.crls.iter().cloned())
            .ocsp_responses(self.responses.iter().cloned())
    }

    /// The verdict on a certificate of `openssl ca`.
    fn judge(&self, ca: &TheirCa, name: &str, time: Time) -> Result<(), Refused> {
        self.judge_chain(&ca.certificate(ROOT), &[ca.certificate(name)], time)
    }

    fn judge_chain(&self, root: &[u8], chain: &[Vec<u8>], time: Time) -> Result<(), Refused> {
        let verifier = self.verifier(root).build().unwrap();
        let chain: Vec<CertificateDer<'_>> =
            chain.iter().map(|der| der.as_slice().into()).collect();
        let (end_entity, others) = chain.split_first().unwrap();
        let chain = PresentedChain::new(end_entity, others);
        let name = ServerName::try_from(HOST).unwrap();
        let mut evidence = Evidence::default();
        evidence.ocsp = self.staple;
        match verifier.verify(&chain, Peer::Server(&name), evidence, time) {
            Ok(_) => Ok(()),
            Err(error) => Err(Refused::new(&error)),
        }
    }
}

/// Everything that was found, all of it by the rule.
#[derive(Debug)]
struct Refused {
    violations: Vec<Violation>,
}

impl Refused {
    fn new(error: &VerifyError) -> Self {
        let violations = error.violations().to_vec();
        let mut rules = violations.iter().map(|it| it.rule.as_str());
        assert!(rules.all(|rule| rule == "revocation"), "{error:?}");
        Self { violations }
    }

    /// The one thing that was found.
    fn only(&self) -> &Violation {
        match &self.violations[..] {
            [violation] => violation,
            other => panic!("not one violation: {other:?}"),
        }
    }

    /// Why the status that there is does not hold now.
    fn staleness(&self) -> &Staleness {
        match &self.only().presented {
            Fact::StaleStatus(stale) => &stale.why,
            other => panic!("not stale: {other:?}"),
        }
    }

    /// Who says that the certificate is revoked, and since when and why, as the database has it.
    fn assert_revoked(
        &self,
        ca: &TheirCa,
        name: &str,
        why: Option<RevocationReason>,
    ) -> &RevocationSource {
        let violation = self.only();
        assert_eq!(violation.position, Position::EndEntity);
        assert_eq!(violation.required, Fact::NotRevoked);
        let Fact::Revoked(Revocation {
            source,
            date,
            reason,
            ..
        }) = &violation.presented
        else {
            panic!("{name} is not revoked: {self:?}");
        };
        assert_eq!((*date, *reason), (ca.revoked_at(name), why), "{name}");
        source
    }
}

/// A CA with the end entities `good` and `revoked`, the latter for a compromised key.
fn ca(kind: KeyKind) -> TheirCa {
    let ca = TheirCa::new(kind);
    ca.issue("good");
    ca.issue("revoked");
    ca.revoke("revoked", "-crl_reason keyCompromise");
    ca
}
