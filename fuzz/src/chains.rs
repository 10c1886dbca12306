//! Whole chains: from correct ones, whose certificates are then changed field by field and signed, so that the search gets
//! as far as the change allows.
//!
//! The input: six octets of choices, then changes of four octets each: whose certificate, which field, how, and a detail of
//! it. Whatever the octets are, they mean something.

use std::collections::BTreeSet;

use rustls_policy_verifier::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls_policy_verifier::{
    Certificate, ChainReason, Evidence, Fact, Peer, Policy, PresentedChain, Report, Role,
    SignatureCache, Time, TrustAnchors, VerifiedPath, Verifier, VerifierBuilder, VerifyError,
    VerifyErrorKind, Violation,
};
use webpki::{EndEntityCert, KeyUsage};

use crate::mutate::Random;
use crate::{Target, certificate};

mod change;
mod input;
mod making;
mod model;
mod policy;
mod sample;
mod seeds;
mod work;

use input::{Asked, Choices, Input};
pub use making::Chain;
pub use sample::sample;

pub const TARGET: Target = Target {
    name: "chains",
    check,
    mutate: input::mutate,
    seeds: seeds::all,
};

/// What is accepted webpki accepts, others read alike, and keeps the policy by a reading of our own; a cache changes nothing,
/// neither does the order of certificates; and the work is bounded.
pub fn check(data: &[u8]) {
    if let Some(case) = Case::of(data) {
        case.check();
    }
}

/// What came of an input.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub accepted: bool,
    /// What refused, by rule.
    pub rules: BTreeSet<&'static str>,
    /// Why there was no path.
    pub reasons: BTreeSet<&'static str>,
}

/// `None` where there is no verifier to build.
pub fn outcome(data: &[u8]) -> Option<Outcome> {
    let case = Case::of(data)?;
    let verifier = case.build(case.builder().without_signature_cache())?;
    Some(match case.verify(&verifier) {
        Ok(_) => Outcome {
            accepted: true,
            ..Outcome::default()
        },
        Err(error) => Outcome {
            accepted: false,
            rules: error
                .violations()
                .iter()
                .map(|it| it.rule.as_str())
                .collect(),
            reasons: error
                .violations()
                .iter()
                .filter_map(chain_reason)
                .map(ChainReason::code)
                .collect(),
        },
    })
}

fn chain_reason(violation: &Violation) -> Option<ChainReason> {
    match &violation.presented {
        Fact::ChainFailure(failure) => Some(failure.reason),
        _ => None,
    }
}

/// A chain with everything that it is judged by.
struct Case {
    choices: Choices,
    chain: Chain,
    server: Option<ServerName<'static>>,
}

/// A verdict, with everything that was said.
type Said = Result<Report, VerifyError>;

impl Case {
    fn of(data: &[u8]) -> Option<Self> {
        let input = Input::read(data)?;
        Some(Self {
            choices: input.choices,
            chain: Chain::of(&input),
            server: match input.choices.asked() {
                Asked::Nobody => None,
                Asked::Dns(name) | Asked::Ip(name) => ServerName::try_from(name).ok(),
            },
        })
    }

    fn peer(&self) -> Peer<'_> {
        match (self.choices.role(), &self.server) {
            (Role::Client, _) => Peer::Client,
            (Role::Server, Some(name)) => Peer::Server(name),
            (Role::Server, None) => Peer::ServerWithoutName,
        }
    }

    fn time(&self) -> Time {
        self.choices.time()
    }

    fn policy(&self) -> Policy {
        self.choices.policy()
    }

    /// Those that can be used.
    fn anchors(&self) -> TrustAnchors {
        self.choices.anchors(&self.chain).unwrap_or_default()
    }

    fn builder(&self) -> VerifierBuilder {
        Verifier::builder(self.anchors(), self.policy())
    }

    fn build(&self, builder: VerifierBuilder) -> Option<Verifier> {
        self.choices.configure(builder, &self.chain).build().ok()
    }

    fn presented(&self) -> PresentedChain<'_> {
        PresentedChain::new(&self.chain.end_entity, &self.chain.others)
    }

    fn verify(&self, verifier: &Verifier) -> Said {
        said(verifier.verify(
            &self.presented(),
            self.peer(),
            Evidence::default(),
            self.time(),
        ))
    }

    fn check(&self) {
        let (anchors, policy) = (self.anchors(), self.policy());
        let counting = Verifier::builder_with_provider(anchors, policy, &work::provider())
            .custom_rule(work::rule())
            .without_signature_cache();
        let Some(counting) = self.build(counting) else {
            return;
        };
        let first = {
            let presented = self.presented();
            let outcome = work::bounded(|| {
                counting.verify(&presented, self.peer(), Evidence::default(), self.time())
            });
            if let Ok(path) = &outcome {
                self.check_accepted(path);
            }
            said(outcome)
        };
        check_prints(&first);
        self.check_with_cache(&first);
        self.check_in_other_order(&first);
    }

    /// A cache, empty or not, changes nothing that is said.
    fn check_with_cache(&self, first: &Said) {
        let cache = SignatureCache::with_octets(256 * 1024);
        for _ in 0..2 {
            let verifier = self.build(self.builder().signature_cache(cache.clone()));
            let verifier = verifier.expect("it was built without a cache");
            for _ in 0..2 {
                assert_eq!(
                    *first,
                    self.verify(&verifier),
                    "a cache changes what is said"
                );
            }
        }
        assert!(
            first.is_ok() || cache.is_empty(),
            "a refused chain is remembered"
        );
    }

    fn check_in_other_order(&self, first: &Said) {
        let mut chain = self.chain.clone();
        let mut random = Random::new(7);
        making::shuffle(&mut chain.others, &mut random);
        making::shuffle(&mut chain.known, &mut random);
        making::shuffle(&mut chain.anchors, &mut random);
        let other = Self {
            chain,
            choices: self.choices,
            server: self.server.clone(),
        };
        let verifier = other.build(other.builder().without_signature_cache());
        let second = other.verify(&verifier.expect("it was built in another order"));
        // Beyond a bound the order decides how far the search gets.
        if is_bounded(first) || is_bounded(&second) {
            return;
        }
        match (first, &second) {
            (Ok(_), Ok(_)) => {}
            (Err(one), Err(other)) => {
                assert_eq!(one.kind(), other.kind());
                // Where there are paths the best is named, and certificates that no path needs keep their numbers.
                if matches!(one.kind(), VerifyErrorKind::Policy | VerifyErrorKind::Name) {
                    assert_eq!(one.violations(), other.violations());
                }
            }
            _ => panic!("the order decides: {first:?}, {second:?}"),
        }
    }

    fn check_accepted(&self, path: &VerifiedPath<'_>) {
        let intermediates: Vec<_> = path
            .intermediates()
            .map(|it| it.certificate().der())
            .collect();
        let anchor = path.anchor().certificate().map(Certificate::der);
        assert_eq!(self.webpki(&intermediates), Ok(()));
        let own = path.end_entity().der();
        for der in [own].iter().chain(&intermediates).copied().chain(anchor) {
            certificate::check(der);
        }
        model::check(self.choices, own, &intermediates, anchor);
        let _ = path.identity();
        let _ = path.identifiers();
    }

    /// By webpki alone, with the intermediates of the path, for of those that are sent it may not try all.
    fn webpki(&self, intermediates: &[&[u8]]) -> Result<(), webpki::Error> {
        let anchors = self.chain.anchors.iter();
        let anchors: Vec<_> = anchors
            .filter_map(|der| webpki::anchor_from_trusted_cert(der).ok())
            .collect();
        let intermediates = intermediates.iter();
        let intermediates: Vec<_> = intermediates
            .map(|der| CertificateDer::from(*der))
            .collect();
        let end_entity = EndEntityCert::try_from(&self.chain.end_entity)?;
        end_entity.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &intermediates,
            UnixTime::from(self.time()),
            match self.choices.role() {
                Role::Server => KeyUsage::server_auth(),
                Role::Client => KeyUsage::client_auth(),
            },
            None,
            None,
        )?;
        match self.peer() {
            Peer::Server(name) => end_entity.verify_is_valid_for_subject_name(name),
            _ => Ok(()),
        }
    }
}

fn said(outcome: Result<VerifiedPath<'_>, VerifyError>) -> Said {
    outcome.map(|path| path.report())
}

fn is_bounded(said: &Said) -> bool {
    let Err(error) = said else { return false };
    let mut violations = error.violations().iter();
    violations.any(|it| chain_reason(it) == Some(ChainReason::TooMuchWork))
}

/// What prints must not panic, and be no longer than a message may be.
fn check_prints(said: &Said) {
    let report = match said {
        Ok(report) => report,
        Err(error) => {
            for violation in error.violations() {
                let _ = violation.hint();
            }
            let text = error.to_string();
            assert!(text.len() < 4096, "{} octets: {text}", text.len());
            error.report()
        }
    };
    let _ = (report.to_json(), format!("{report} {report:?}"));
}
