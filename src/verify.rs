//! The story of one verification, from bytes to verdict.
//!
//! 1. Bound the input: octets and number of certificates.
//! 2. Decode what was presented, once.
//! 3. Choose what the search may use ([`crate::chain::pool`]).
//! 4. Let webpki search ([`crate::path_builder`]); for each path it finds, run every rule. A path without violations
//!    is taken; any other is kept for the report, and the search goes on.
//! 5. If nothing was taken, search again with the intermediates known here.
//! 6. If still nothing was taken, but some path breaks audited rules alone, take that one.
//! 7. Else say everything: of the paths that rules refused the best one, and the others; or, if no path reached the
//!    rules, webpki's reason with our diagnosis, and what rules find on the presented certificates alone.

use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

use pki_types::CertificateDer;
use rustls::crypto::WebPkiSupportedAlgorithms;
use smallvec::SmallVec;

use crate::acceptance::{Acceptance, Accepted};
use crate::certificate::{Certificate, Layout};
use crate::chain::{self, Pool, PoolEntry, PresentedChain, PresentedView};
use crate::crypto::{Crypto, Sha256};
use crate::diagnosis::{self, ChainFailure, ChainReason};
use crate::error::VerifyError;
use crate::judge::Judge;
use crate::name::DistinguishedName;
use crate::observer::{self, Judgement, Observer, Observers, Occasion};
use crate::path::{CandidatePath, Origin, Position, VerifiedPath};
use crate::path_builder::{Search, WebpkiEndEntity};
use crate::peer::{Evidence, Peer, Question, Role};
use crate::policy::{Mode, Policy, RuleSettings};
use crate::revocation::call::RevocationCall;
use crate::revocation::store::RevocationStore;
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::rules::server_name::ServerNameCheck;
use crate::rules::subject_identifier::MatchedIdentifier;
use crate::signature_cache::SignatureCache;
use crate::signature_memory::SignatureMemory;
use crate::time::{Date, Time};
use crate::trust::{Anchor, TrustAnchors};

/// The engine: a policy, trust anchors, and what else stays the same from one verification to the next.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (roots, chain) = (include_bytes!("../testdata/readme/roots.pem"), include_bytes!("../testdata/readme/chain.pem"));
/// # let now = rustls_policy_verifier::Time::from_unix_seconds(1_780_000_000);
/// use rustls_policy_verifier::{Evidence, Peer, Policy, PresentedChain, TrustAnchors, Verifier};
///
/// let verifier = Verifier::builder(TrustAnchors::from_pem(roots)?, Policy::client()).build()?;
/// let chain = PresentedChain::from_pem(chain)?;
/// match verifier.verify(&chain, Peer::Client, Evidence::default(), now) {
///     Ok(path) => println!("accepted: {}", path.end_entity().subject()),
///     Err(refusal) => println!("{refusal}"),
/// }
/// # Ok(())
/// # }
/// ```
pub struct Verifier {
    pub(crate) policy: Policy,
    pub(crate) anchors: TrustAnchors,
    pub(crate) known: Vec<(CertificateDer<'static>, Box<Layout>)>,
    pub(crate) custom_rules: Vec<Arc<dyn Rule>>,
    pub(crate) crypto: Crypto,
    pub(crate) max_presented: usize,
    pub(crate) observers: Observers,
    pub(crate) cache: Option<SignatureCache>,
    pub(crate) revocation: RevocationStore,
    /// Whether responses come with the chains.
    pub(crate) responses_come_with_chains: bool,
    /// Whether it was made of files that are read again.
    pub(crate) is_of_files: bool,
    /// By which every chain is judged as well, for observers.
    pub(crate) shadow: Option<Box<Verifier>>,
    /// Why there is none, though there should be.
    pub(crate) shadow_problem: Option<String>,
    pub(crate) generation: u64,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("policy", &self.policy)
            .field("anchors", &self.anchors.len())
            .field("known_intermediates", &self.known.len())
            .field("custom_rules", &self.custom_rules)
            .field("observers", &self.observers)
            .field("signature_cache", &self.cache)
            .finish_non_exhaustive()
    }
}

impl Verifier {
    #[cfg(test)]
    pub(crate) fn with_crypto(mut self, crypto: Crypto) -> Self {
        self.crypto = crypto;
        self.cache = None;
        self
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Which of the verifiers that replaced each other this is: 0 for the first, and for one that is not replaced; see
    /// [`LiveVerifier`](crate::LiveVerifier).
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The rules that are on and have a say at `position`, custom ones too, for texts that list what holds.
    #[must_use]
    pub fn rules_at(&self, position: Position) -> Vec<RuleId> {
        let mut ids = Vec::new();
        let mut add = |rule: &dyn Rule| {
            let for_servers_only =
                rule.id() == ServerNameCheck::ID && self.policy.role == Role::Client;
            if rule.judges(position) && !for_servers_only {
                ids.push(rule.id());
            }
        };
        self.policy
            .for_each_rule(Time::from_unix_seconds(0), |rule, _| add(rule));
        for rule in &self.custom_rules {
            add(rule.as_ref());
        }
        ids
    }

    /// Verifies a chain: whether `peer` may be who presented `chain`, at `time`.
    ///
    /// Accepts only what webpki accepts for the same anchors, time and purpose (but for the dated exception of
    /// [`ExtendedKeyUsage`](crate::ExtendedKeyUsage)), and what breaks no rule of the policy.
    /// Proves nothing about the possession of the certificate's key: that is the handshake's part.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] carries everything that was found.
    pub fn verify<'a>(
        &'a self,
        chain: &'a PresentedChain<'_>,
        peer: Peer<'a>,
        evidence: Evidence<'a>,
        time: impl Into<Time>,
    ) -> Result<VerifiedPath<'a>, VerifyError> {
        self.verify_on(Occasion::Offline, chain, peer, evidence, time)
    }

    /// As [`verify`](Self::verify), telling the observer what the verification is for.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] carries everything that was found.
    pub fn verify_on<'a>(
        &'a self,
        occasion: Occasion,
        chain: &'a PresentedChain<'_>,
        peer: Peer<'a>,
        evidence: Evidence<'a>,
        time: impl Into<Time>,
    ) -> Result<VerifiedPath<'a>, VerifyError> {
        let question = Question {
            peer,
            evidence,
            time: time.into(),
        };
        let outcome = self.call(question).judge(chain.view());
        self.observed(occasion, question, Some(chain.view()), outcome)
    }

    /// As [`verify_on`](Self::verify_on), for who needs the verdict alone: the path is not copied.
    pub(crate) fn judge_on(
        &self,
        occasion: Occasion,
        chain: &PresentedChain<'_>,
        peer: Peer<'_>,
        evidence: Evidence<'_>,
        time: impl Into<Time>,
    ) -> Result<(), VerifyError> {
        if !self.observers.is_empty() {
            return self
                .verify_on(occasion, chain, peer, evidence, time)
                .map(|_| ());
        }
        let question = Question {
            peer,
            evidence,
            time: time.into(),
        };
        self.call(question).judge(chain.view())
    }

    /// Verifies again the peer of a connection that stands, by the certificates that the connection yields (rustls's
    /// `peer_certificates`): whether it may still be there at the time `now`, and who it is. A staple is long gone, so that
    /// [`OcspStaple::NotApplicable`](crate::OcspStaple::NotApplicable) holds: a revocation status that a staple alone made known is
    /// unknown now. For servers hand over CRLs or responses too, or keep the staple and call [`verify`](Self::verify) with it.
    ///
    /// Ask [`LiveVerifier::current`](crate::LiveVerifier::current) each time: when it has newer CRLs, anchors or policy, observers hear of it
    /// ([`Observer::verifier_replaced`](crate::Observer::verifier_replaced)), and who stands is to be judged again.
    ///
    /// Where a stack makes the configuration and hides it, so that its sessions cannot be protected, call this for every connection
    /// whose `handshake_kind()` is `Resumed`: rustls asked no verifier about it.
    ///
    /// ```no_run
    /// # use rustls_policy_verifier::{*, rustls::ServerConnection, pki_types::UnixTime};
    /// # fn handle(connection: &ServerConnection, live: &LiveVerifier) -> Result<(), VerifyError> {
    /// if let Some(certificates) = connection.peer_certificates() {
    ///     let verifier = live.current(); // kept, for the path borrows from it
    ///     let path = verifier.recheck(certificates, Peer::Client, UnixTime::now())?;
    ///     for identifier in path.identifiers() {
    ///         println!("{} says it is {identifier}", path.label());
    ///     }
    ///     println!("look again after {} at the latest", path.holds_until());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`VerifyError`] carries everything that was found.
    pub fn recheck<'a>(
        &'a self,
        certificates: &'a [CertificateDer<'_>],
        peer: Peer<'a>,
        now: impl Into<Time>,
    ) -> Result<VerifiedPath<'a>, VerifyError> {
        let question = Question {
            peer,
            evidence: Evidence::default(),
            time: now.into(),
        };
        let call = self.call(question);
        let presented = certificates
            .split_first()
            .map(|(end_entity, others)| PresentedView { end_entity, others });
        let outcome = match presented {
            Some(presented) => call.judge(presented),
            None => Err(call.nothing_presented()),
        };
        self.observed(Occasion::Recheck, question, presented, outcome)
    }

    pub(crate) fn call<'v: 'c, 'c>(&'v self, question: Question<'c>) -> Call<'v, 'c> {
        Call {
            verifier: self,
            context: Context {
                time: question.time,
                role: self.policy.role,
                peer: question.peer,
                evidence: question.evidence,
                anchor: None,
                has_path: true,
                valid_for_name: None,
                sha256: &self.crypto.sha256,
                revocation: None,
            },
        }
    }

    /// The verdict stands; the observer hears of it.
    fn observed<'a>(
        &'a self,
        occasion: Occasion,
        question: Question<'a>,
        presented: Option<PresentedView<'a>>,
        outcome: Result<Accepted<'a>, VerifyError>,
    ) -> Result<VerifiedPath<'a>, VerifyError> {
        let outcome = outcome.map(|accepted| VerifiedPath::new(accepted, self, question));
        if self.observers.is_empty() {
            return outcome;
        }
        self.with_judgement(&outcome, presented, |judgement| {
            let tell = |observer: &dyn Observer| observer.certificate_judged(judgement, occasion);
            self.observers.tell(tell);
        });
        if let (Some(shadow), Some(view)) = (&self.shadow, presented) {
            // Custom rules run in it, where the enforced policy may never have led them: their panics change no verdict.
            observer::shielded(|| {
                let by_shadow = shadow.call(question).judge(view);
                let by_shadow =
                    by_shadow.map(|it: Accepted<'a>| VerifiedPath::new(it, shadow, question));
                self.with_judgement(&outcome, presented, |enforced| {
                    shadow.with_judgement(&by_shadow, presented, |shadow| {
                        let tell = |observer: &dyn Observer| {
                            observer.shadow_judged(shadow, enforced, occasion);
                        };
                        self.observers.tell(tell);
                    });
                });
            });
        }
        outcome
    }

    fn with_judgement(
        &self,
        outcome: &Result<VerifiedPath<'_>, VerifyError>,
        presented: Option<PresentedView<'_>>,
        tell: impl FnOnce(&Judgement<'_>),
    ) {
        match outcome {
            Ok(path) => {
                let report = || path.report();
                tell(&path.judgement(&report, presented));
            }
            Err(refusal) => tell(&refusal.judgement(self.generation, presented)),
        }
    }

    /// Which of those that replaced each other this is.
    pub(crate) fn become_generation(&mut self, generation: u64) {
        self.generation = generation;
        if let Some(shadow) = &mut self.shadow {
            shadow.generation = generation;
        }
    }

    /// The holder of this certificate's key is at the other end of a handshake.
    pub(crate) fn key_proved(&self, certificate: &[u8]) {
        if self.observers.is_empty() {
            return;
        }
        let fingerprint = self.crypto.sha256.fingerprint(certificate);
        self.observers
            .tell(|observer| observer.key_proved(&fingerprint));
    }
}

impl<'v: 'c, 'c> Call<'v, 'c> {
    /// One verification, from the presented octets to the verdict.
    fn judge<'a, A: Acceptance<'a>>(self, chain: PresentedView<'a>) -> Result<A, VerifyError>
    where
        'v: 'a,
    {
        let revocation = self.revocation();
        let Some(revocation) = &revocation else {
            return self.judge_with(chain);
        };
        let call = Call {
            context: Context {
                revocation: Some(revocation),
                ..self.context
            },
            ..self
        };
        let accepted = call.judge_with(chain)?;
        // Whoever is refused stores nothing.
        revocation.keep();
        Ok(accepted)
    }

    /// What revocation is judged by; `None` where it is not.
    pub(crate) fn revocation(&self) -> Option<RevocationCall<'c>> {
        let Verifier {
            revocation,
            crypto,
            cache,
            policy,
            ..
        } = self.verifier;
        let staple = self.context.evidence.ocsp;
        policy
            .judges_revocation()
            .then(|| RevocationCall::new(revocation, crypto, cache.as_ref(), staple))
    }

    /// [`judge`](Self::judge), with what revocation is judged by.
    fn judge_with<'a, A: Acceptance<'a>>(
        mut self,
        chain: PresentedView<'a>,
    ) -> Result<A, VerifyError>
    where
        'v: 'a,
    {
        self.bound_input(chain)?;

        let cache = self.verifier.cache.as_ref();
        let end_entity = chain::decode(chain.end_entity, cache);
        let presented = chain::decode_others(chain.others, cache);
        let end_entity = match end_entity {
            Ok(end_entity) => end_entity,
            Err(error) => return Err(self.undecodable_end_entity(chain, &presented, error)),
        };

        let der = CertificateDer::from(chain.end_entity);
        let for_webpki = WebpkiEndEntity::read(&der);
        self.context.valid_for_name = for_webpki.is_valid_for(self.context.peer);

        let known: OnceCell<Vec<Certificate<'_>>> = OnceCell::new();
        let memory = SignatureMemory::new();
        let mut judge = Judge::new(&self);
        let sent = presented.iter().filter_map(|presented| {
            let certificate = presented.decoded.as_ref().ok()?;
            Some(PoolEntry {
                certificate,
                origin: Origin::Presented(presented.number),
            })
        });
        let pool = chain::pool(&end_entity, sent.clone(), &self.verifier.anchors);
        self.bound_pool(&end_entity, &presented, pool.len())?;
        let mut outcome = self.search(&end_entity, &for_webpki, &pool, &memory, &mut judge);

        if judge.accepted.is_none() && !self.verifier.known.is_empty() {
            let own = known
                .get_or_init(|| self.verifier.known_certificates())
                .iter();
            let own = own.enumerate().map(|(index, certificate)| PoolEntry {
                certificate,
                origin: Origin::Known(index),
            });
            let pool = chain::pool(&end_entity, sent.chain(own), &self.verifier.anchors);
            let from_here = pool
                .iter()
                .filter(|entry| entry.origin.is_known_here())
                .count();
            if from_here > 0 {
                self.bound_pool(
                    &end_entity,
                    &presented,
                    pool.len().saturating_sub(from_here),
                )?;
                judge.only_with_known = true;
                let first = outcome;
                outcome = self.search(&end_entity, &for_webpki, &pool, &memory, &mut judge);
                // A bound reached in either search may have hidden a path.
                if first == Err(ChainReason::TooMuchWork) && outcome.is_err() {
                    outcome = first;
                }
            }
        }

        if let Some(accepted) = judge.accepted.take().or_else(|| judge.audited.take()) {
            let refused = std::mem::take(&mut judge.refused);
            if let Some(acceptance) = A::of(&self, accepted, &end_entity, &presented, refused) {
                if let Some(cache) = cache {
                    memory.keep(cache);
                }
                return Ok(acceptance);
            }
        }
        if judge.refused.is_empty() {
            let failure = ChainFailure {
                reason: outcome.err().unwrap_or(ChainReason::Other),
                end_entity_is_anchor: self
                    .verifier
                    .anchors
                    .of_subject(end_entity.subject())
                    .any(|anchor| anchor.spki() == end_entity.spki()),
                stops_at: diagnosis::chain_stop(
                    &end_entity,
                    &presented,
                    known.get().map_or(&[], Vec::as_slice),
                    &self.verifier.anchors,
                ),
            };
            return Err(self.refuse_without_path(&end_entity, &presented, failure));
        }
        // Beyond the bound there may have been better paths, so the bound is to blame first.
        let work_bound = outcome
            .err()
            .filter(|reason| *reason == ChainReason::TooMuchWork);
        Err(self.refuse_paths(judge.refused, work_bound, &presented))
    }
}

impl Verifier {
    fn known_certificates(&self) -> Vec<Certificate<'_>> {
        self.known
            .iter()
            .map(|(der, layout)| Certificate::from_layout(der, layout))
            .collect()
    }

    /// The policy's identifiers that the end entity of a verified path has.
    pub(crate) fn matched_identifiers(&self, path: &CandidatePath<'_>) -> Vec<MatchedIdentifier> {
        match self.policy.subject_identifier.mode {
            Mode::Off => Vec::new(),
            Mode::Enforce | Mode::Audit { .. } => self.policy.subject_identifier.matched(path),
        }
    }

    /// The algorithms for handshake signatures, and whether they are those of a provider that was given.
    pub(crate) fn handshake_algorithms(&self) -> (WebPkiSupportedAlgorithms, bool) {
        (self.crypto.handshake, self.crypto.given)
    }

    /// The names of the trust anchors.
    pub(crate) fn anchor_subjects(&self) -> impl Iterator<Item = DistinguishedName<'_>> {
        self.anchors.subjects()
    }

    pub(crate) fn sha256(&self) -> &Sha256 {
        &self.crypto.sha256
    }
}

/// What stays the same during one call.
pub(crate) struct Call<'v, 'c> {
    pub(crate) verifier: &'v Verifier,
    pub(crate) context: Context<'c>,
}

impl<'v> Call<'v, '_> {
    fn search<'s>(
        &self,
        end_entity: &'s Certificate<'s>,
        for_webpki: &WebpkiEndEntity<'_>,
        pool: &Pool<'s>,
        memory: &SignatureMemory<'s>,
        judge: &mut Judge<'_, 's>,
    ) -> Result<(), ChainReason>
    where
        'v: 's,
    {
        let verifier = self.verifier;
        // webpki scans the anchors it is given at every step; only these can end a path.
        let mut anchors: SmallVec<[&Anchor; 4]> = SmallVec::new();
        let issuers = pool.iter().map(|entry| entry.certificate.issuer());
        for issuer in std::iter::once(end_entity.issuer()).chain(issuers) {
            for anchor in verifier.anchors.of_subject(issuer) {
                if !anchors.iter().any(|other| std::ptr::eq(*other, anchor)) {
                    anchors.push(anchor);
                }
            }
        }
        let eku = &verifier.policy.extended_key_usage;
        let search = Search {
            end_entity,
            for_webpki,
            pool,
            anchors: &anchors,
            algorithms: &verifier.crypto.algorithms,
            memory,
            cache: verifier.cache.as_ref(),
            time: self.context.time.into(),
            role: self.context.role,
            server_auth_for_clients: eku.mode != Mode::Off
                && self.context.role == Role::Client
                && eku.exception_holds(self.context.time),
        };
        search.run(&mut |candidate| judge.takes(candidate))
    }

    pub(crate) fn for_each_rule(&self, mut each: impl FnMut(&dyn Rule, Option<Date>)) {
        self.verifier
            .policy
            .for_each_rule(self.context.time, &mut each);
        for rule in &self.verifier.custom_rules {
            each(rule.as_ref(), None);
        }
    }

    pub(crate) fn check_certificate(
        &self,
        certificate: &Certificate<'_>,
        position: Position,
        context: &Context<'_>,
        findings: &mut Findings,
    ) {
        self.for_each_rule(|rule, audited_until| {
            findings.attribute_to(rule.id(), audited_until);
            rule.check_certificate(certificate, position, context, findings);
        });
    }
}

#[cfg(test)]
#[cfg(feature = "ring")]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::fingerprint::Fingerprint;
    use crate::path_builder::STEPS;
    use crate::report::Fact;
    use crate::support::{Authority, CertificateBuilder, Name, TestKey, oids};

    /// 2026-06-01T00:00:00Z
    const NOW: Time = Time::from_unix_seconds(1_780_272_000);

    fn root() -> Authority {
        Authority::root("Root", TestKey::ed25519(1))
    }

    fn issuing(change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Authority {
        root().intermediate_with("Issuing", TestKey::ed25519(2), change)
    }

    fn leaf() -> Vec<u8> {
        let end_entity =
            CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(3).spki());
        issuing(|it| it).issue(end_entity.eku(&[oids::CLIENT_AUTH]))
    }

    fn verifier(known: &[Vec<u8>], observer: Option<Arc<dyn Observer>>) -> Verifier {
        let anchors = TrustAnchors::from_pem(root().der).unwrap();
        let known = known.iter().cloned().map(CertificateDer::from);
        let builder = Verifier::builder(anchors, Policy::client()).known_intermediates(known);
        match observer {
            Some(observer) => builder.observer(observer),
            None => builder,
        }
        .build()
        .unwrap()
    }

    /// The verdict, without a path, and the steps that it took.
    fn judged(verifier: &Verifier, chain: &[Vec<u8>]) -> (Result<(), ChainReason>, usize) {
        let certificates: Vec<_> = chain.iter().cloned().map(CertificateDer::from).collect();
        let (end_entity, others) = certificates.split_first().unwrap();
        let chain = PresentedChain::new(end_entity, others);
        STEPS.set(0);
        let evidence = Evidence::default();
        let verdict = verifier.judge_on(Occasion::Handshake, &chain, Peer::Client, evidence, NOW);
        let verdict = verdict.map_err(|error| match &error.violations()[0].presented {
            Fact::ChainFailure(failure) => failure.reason,
            other => panic!("{other:?}"),
        });
        (verdict, STEPS.get())
    }

    /// What handshakes ask for: the verdict alone.
    #[test]
    fn the_verdict_alone_is_that_of_the_path() {
        let silent: Arc<dyn Observer> = Arc::new(Keys::default());
        for observer in [None, Some(silent)] {
            let verifier = verifier(&[], observer);
            assert_eq!(judged(&verifier, &[leaf(), issuing(|it| it).der]).0, Ok(()));
            let alone = judged(&verifier, &[leaf()]).0;
            assert_eq!(alone, Err(ChainReason::UnknownIssuer));
        }
    }

    /// Known intermediates cost a search only where they can help: without a path, and connected to what was presented.
    #[test]
    fn known_intermediates_are_searched_where_they_may_help() {
        let (presented, known) = (issuing(|it| it).der, issuing(|it| it.serial(7)).der);
        let elsewhere = root().intermediate("Elsewhere", TestKey::ed25519(4)).der;
        let steps = |known: &[Vec<u8>], chain: &[Vec<u8>]| judged(&verifier(known, None), chain).1;
        let whole = [leaf(), presented];
        assert_eq!(
            steps(std::slice::from_ref(&known), &whole),
            steps(&[], &whole)
        );
        let part = [leaf()];
        assert_eq!(steps(&[elsewhere], &part), steps(&[], &part));
        assert!(steps(&[known], &part) > steps(&[], &part));
    }

    /// The second search's reason says more than the first one's, which knew less.
    #[test]
    fn the_reason_is_that_of_the_search_with_known_intermediates() {
        let expired = issuing(|it| it.validity(0, 1)).der;
        let (verdict, _) = judged(&verifier(&[expired], None), &[leaf()]);
        assert_eq!(verdict, Err(ChainReason::Expired));
    }

    /// For the hints that servers send.
    #[test]
    fn the_names_of_the_anchors_are_theirs() {
        let verifier = verifier(&[], None);
        let names: Vec<_> = verifier
            .anchor_subjects()
            .map(|it| it.to_string())
            .collect();
        assert_eq!(names, ["CN=Root"]);
    }

    #[derive(Debug, Default)]
    struct Keys(Mutex<Vec<Fingerprint>>);

    impl Observer for Keys {
        fn key_proved(&self, fingerprint: &Fingerprint) {
            self.0.lock().unwrap().push(*fingerprint);
        }
    }

    #[test]
    fn observers_hear_whose_key_was_proved() {
        let observer = Arc::new(Keys::default());
        let verifier = verifier(&[], Some(observer.clone()));
        verifier.key_proved(&leaf());
        let expected = verifier.sha256().fingerprint(&leaf());
        assert_eq!(*observer.0.lock().unwrap(), [expected]);
    }
}
