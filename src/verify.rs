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
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use pki_types::CertificateDer;
use smallvec::SmallVec;

use crate::certificate::{Certificate, DecodeError, Layout};
use crate::chain::{self, Pool, PoolEntry, PresentedChain, PresentedList};
use crate::crypto::{Crypto, Sha256};
use crate::diagnosis::{self, ChainFailure, ChainReason};
use crate::error::{BuildError, VerifyError, VerifyErrorKind};
use crate::path::{CandidatePath, MAX_INTERMEDIATES, Origin, OwnedPath, PathAnchor, Position, VerifiedPath};
use crate::path_builder::Search;
use crate::peer::{Evidence, Peer};
use crate::policy::{Mode, Policy, RuleSettings};
use crate::report::{Fact, PathEntry, RefusedPath, Report, Violation, Warning, WarningKind};
use crate::rule::{Context, Findings, Rule, RuleId};
use crate::rules::server_name::ServerName;
use crate::rules::subject_identifier::MatchedIdentifier;
use crate::time::Time;
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
    policy: Policy,
    anchors: TrustAnchors,
    known: Vec<(CertificateDer<'static>, Box<Layout>)>,
    custom_rules: Vec<Arc<dyn Rule>>,
    crypto: Crypto,
    max_presented: usize,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("policy", &self.policy)
            .field("anchors", &self.anchors.len())
            .field("known_intermediates", &self.known.len())
            .field("custom_rules", &self.custom_rules)
            .finish_non_exhaustive()
    }
}

/// Collects what a [`Verifier`] needs.
#[derive(Debug)]
pub struct VerifierBuilder {
    policy: Policy,
    anchors: TrustAnchors,
    known: Vec<CertificateDer<'static>>,
    custom_rules: Vec<Arc<dyn Rule>>,
    crypto: Result<Crypto, BuildError>,
    max_presented: usize,
}

impl VerifierBuilder {
    fn new(anchors: TrustAnchors, policy: Policy, crypto: Result<Crypto, BuildError>) -> Self {
        Self {
            policy,
            anchors,
            known: Vec::new(),
            custom_rules: Vec::new(),
            crypto,
            max_presented: chain::DEFAULT_MAX_POOL,
        }
    }

    /// Untrusted intermediates known here. They are used only when those that the peer presents lead to no accepted
    /// path, are judged like them, and marked in the report.
    #[must_use]
    pub fn known_intermediates(
        mut self,
        certificates: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Self {
        self.known.extend(certificates);
        self
    }

    /// Untrusted intermediates known here, from a PEM bundle; see [`known_intermediates`](Self::known_intermediates).
    ///
    /// # Errors
    ///
    /// [`BuildError::Pem`] if the input holds anything but certificates.
    pub fn known_intermediates_pem(self, input: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        let certificates = crate::pem::certificates(input.as_ref())?;
        Ok(self.known_intermediates(certificates))
    }

    /// A rule of one's own, run after the policy's; it can only refuse.
    #[must_use]
    pub fn custom_rule(mut self, rule: Arc<dyn Rule>) -> Self {
        self.custom_rules.push(rule);
        self
    }

    /// Most presented certificates that may take part in the search for a path: those that names connect to the end
    /// entity and to an anchor. Default: 16.
    #[must_use]
    pub fn max_presented_intermediates(mut self, most: usize) -> Self {
        self.max_presented = most;
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if there is no anchor, a setting of the policy makes no sense, a known intermediate cannot be
    /// decoded, or a custom rule's id is taken.
    pub fn build(self) -> Result<Verifier, BuildError> {
        let crypto = self.crypto?;
        if self.anchors.is_empty() {
            let skipped = self.anchors.skipped().len();
            return Err(BuildError::NoTrustAnchor { skipped });
        }
        self.policy.validate(&self.anchors)?;
        let mut taken: Vec<_> = Policy::rules().into_iter().map(|(id, _)| id).collect();
        taken.extend([RuleId::CHAIN, RuleId::INPUT]);
        for rule in &self.custom_rules {
            if taken.contains(&rule.id()) {
                return Err(BuildError::RuleId(rule.id()));
            }
            taken.push(rule.id());
        }
        let mut known = Vec::new();
        for (index, der) in (1..).zip(self.known) {
            match Certificate::decode(&der).and_then(|_| Layout::decode(&der)) {
                Ok(layout) => known.push((der, Box::new(layout))),
                Err(error) => {
                    return Err(BuildError::Certificate {
                        what: "known intermediate",
                        index,
                        subject: None,
                        problem: error.to_string(),
                    });
                }
            }
        }
        Ok(Verifier {
            policy: self.policy,
            anchors: self.anchors,
            known,
            custom_rules: self.custom_rules,
            crypto,
            max_presented: self.max_presented,
        })
    }
}

impl Verifier {
    /// A verifier for `policy` with `anchors`, with the algorithms of *ring*.
    #[cfg(feature = "ring")]
    #[must_use]
    pub fn builder(anchors: TrustAnchors, policy: Policy) -> VerifierBuilder {
        VerifierBuilder::new(anchors, policy, Ok(Crypto::ring()))
    }

    /// A verifier for `policy` with `anchors`, with the algorithms of `provider` for signatures and, if the feature
    /// `ring` is off, for SHA-256.
    #[must_use]
    pub fn builder_with_provider(
        anchors: TrustAnchors,
        policy: Policy,
        provider: &rustls::crypto::CryptoProvider,
    ) -> VerifierBuilder {
        let crypto = Crypto::of_provider(provider).ok_or(BuildError::Provider);
        VerifierBuilder::new(anchors, policy, crypto)
    }

    #[cfg(test)]
    pub(crate) fn with_crypto(mut self, crypto: Crypto) -> Self {
        self.crypto = crypto;
        self
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Verifies a chain: whether `peer` may be who presented `chain`, at `time`.
    ///
    /// Accepts only what webpki accepts for the same anchors, time and purpose, and what breaks no rule of the policy.
    /// Proves nothing about the possession of the certificate's key: that is the handshake's part.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] carries everything that was found.
    pub fn verify<'a>(
        &'a self,
        chain: &'a PresentedChain<'_>,
        peer: Peer<'_>,
        evidence: Evidence<'_>,
        time: impl Into<Time>,
    ) -> Result<VerifiedPath<'a>, VerifyError> {
        let call = Call {
            verifier: self,
            context: Context {
                time: time.into(),
                role: self.policy.role,
                peer,
                evidence,
                anchor_label: None,
                has_path: true,
                sha256: &self.crypto.sha256,
            },
        };
        call.bound_input(chain, peer)?;

        let end_entity = Certificate::decode(chain.end_entity());
        let presented = chain::decode_others(chain.others());
        let end_entity = match end_entity {
            Ok(end_entity) => end_entity,
            Err(error) => return Err(call.undecodable_end_entity(chain, &presented, error)),
        };

        let known: OnceCell<Vec<Certificate<'_>>> = OnceCell::new();
        let mut judge = Judge::new(&call);
        let sent = presented.iter().filter_map(|presented| {
            let certificate = presented.decoded.as_ref().ok()?;
            Some(PoolEntry {
                certificate,
                origin: Origin::Presented(presented.number),
            })
        });
        let pool = chain::pool(&end_entity, sent.clone(), &self.anchors);
        call.bound_pool(&end_entity, &presented, pool.len())?;
        let mut outcome = call.search(&end_entity, &pool, &mut judge);

        if judge.accepted.is_none() && !self.known.is_empty() {
            let own = known.get_or_init(|| self.known_certificates()).iter();
            let own = own.enumerate().map(|(index, certificate)| PoolEntry {
                certificate,
                origin: Origin::Known(index),
            });
            let pool = chain::pool(&end_entity, sent.chain(own), &self.anchors);
            let from_here = pool.iter().filter(|entry| entry.origin.is_known_here()).count();
            if from_here > 0 {
                call.bound_pool(&end_entity, &presented, pool.len().saturating_sub(from_here))?;
                judge.only_with_known = true;
                outcome = call.search(&end_entity, &pool, &mut judge);
            }
        }

        if let Some(accepted) = judge.accepted.take().or_else(|| judge.audited.take()) {
            let path = self.verified(&accepted.path, &end_entity, &presented);
            if let Some(path) = path {
                return Ok(VerifiedPath::new(
                    path,
                    self,
                    call.context.time,
                    call.warnings(accepted.findings, &presented),
                    call.refused_paths(judge.refused),
                ));
            }
        }
        if judge.refused.is_empty() {
            let failure = ChainFailure {
                reason: outcome.err().unwrap_or(ChainReason::Other),
                stops_at: diagnosis::chain_stop(
                    &end_entity,
                    &presented,
                    known.get().map_or(&[], Vec::as_slice),
                    &self.anchors,
                ),
            };
            return Err(call.refuse_without_path(&end_entity, &presented, failure));
        }
        Err(call.refuse_paths(judge.refused, &presented))
    }
}

impl Verifier {
    fn known_certificates(&self) -> Vec<Certificate<'_>> {
        self.known
            .iter()
            .map(|(der, layout)| Certificate::from_layout(der, layout))
            .collect()
    }

    /// A candidate's certificates once more, by their origin, to outlive the call.
    fn verified<'a>(
        &'a self,
        path: &CandidatePath<'_>,
        end_entity: &Certificate<'a>,
        presented: &PresentedList<'a>,
    ) -> Option<OwnedPath<'a>> {
        let mut intermediates = SmallVec::new();
        for intermediate in path.intermediates() {
            let certificate = match intermediate.origin {
                Origin::Presented(number) => {
                    let presented = presented.iter().find(|presented| presented.number == number)?;
                    presented.decoded.as_ref().ok()?.clone()
                }
                Origin::Known(index) => {
                    let (der, layout) = self.known.get(index)?;
                    Certificate::from_layout(der, layout)
                }
            };
            intermediates.push((certificate, intermediate.origin));
        }
        let anchor = self
            .anchors
            .of_subject(path.anchor().subject())
            .find(|anchor| std::ptr::eq(*anchor, path.anchor().anchor))?;
        Some(OwnedPath {
            end_entity: end_entity.clone(),
            intermediates,
            anchor: PathAnchor {
                anchor,
                certificate: anchor.certificate(),
            },
        })
    }

    /// The policy's identifiers that the end entity of a verified path has.
    pub(crate) fn matched_identifiers(&self, path: &CandidatePath<'_>) -> Vec<MatchedIdentifier> {
        match self.policy.subject_identifier.mode {
            Mode::Off => Vec::new(),
            Mode::Enforce | Mode::Audit { .. } => self.policy.subject_identifier.matched(path),
        }
    }

    pub(crate) fn sha256(&self) -> &Sha256 {
        &self.crypto.sha256
    }
}

/// Other refused paths that a report lists beside the best.
const MOST_OTHER_PATHS: usize = 8;

/// What stays the same during one call.
struct Call<'v, 'c> {
    verifier: &'v Verifier,
    context: Context<'c>,
}

impl<'v> Call<'v, '_> {
    /// What ends a verification before anything else is only what bounds its cost, and a call for the wrong role.
    fn bound_input(&self, chain: &PresentedChain<'_>, peer: Peer<'_>) -> Result<(), VerifyError> {
        let mut findings = Findings::new();
        let mut refuse = |required, presented| {
            findings.violation(Position::Path, required, presented);
        };
        let (octets, certificates) = (chain.octets(), chain.count());
        if octets > chain::MAX_OCTETS {
            let what = "octets of presented certificates";
            refuse(
                Fact::AtMost { most: chain::MAX_OCTETS, what },
                Fact::Count { count: octets, what },
            );
        }
        if certificates > chain::MAX_CERTIFICATES {
            let what = "presented certificates";
            refuse(
                Fact::AtMost { most: chain::MAX_CERTIFICATES, what },
                Fact::Count { count: certificates, what },
            );
        }
        if peer.role() != self.context.role {
            refuse(Fact::PolicyFor(peer.role()), Fact::PolicyFor(self.context.role));
        }
        if findings.is_clean() {
            Ok(())
        } else {
            Err(self.refusal(VerifyErrorKind::Input, Vec::new(), findings))
        }
    }

    fn bound_pool(
        &self,
        end_entity: &Certificate<'_>,
        presented: &PresentedList<'_>,
        count: usize,
    ) -> Result<(), VerifyError> {
        let most = self.verifier.max_presented;
        if count <= most {
            return Ok(());
        }
        let what = "presented certificates that names connect to the end entity and a trust anchor";
        let mut findings = Findings::new();
        findings.violation(
            Position::Path,
            Fact::AtMost { most, what },
            Fact::Count { count, what },
        );
        let path = self.presented_entries(Some(end_entity), presented);
        Err(self.refusal(VerifyErrorKind::Input, path, findings))
    }

    fn search<'s>(
        &self,
        end_entity: &'s Certificate<'s>,
        pool: &Pool<'s>,
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
            pool,
            anchors: &anchors,
            algorithms: &verifier.crypto.algorithms,
            time: self.context.time.into(),
            role: self.context.role,
            server_auth_for_clients: eku.mode != Mode::Off
                && self.context.role == crate::peer::Role::Client
                && eku.exception_holds(self.context.time),
        };
        search.run(&mut |candidate| judge.takes(candidate))
    }

    fn for_each_rule(&self, mut each: impl FnMut(&dyn Rule, Option<crate::time::Date>)) {
        self.verifier.policy.for_each_rule(self.context.time, &mut each);
        for rule in &self.verifier.custom_rules {
            each(rule.as_ref(), None);
        }
    }

    fn check_certificate(
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

    fn undecodable_end_entity(
        &self,
        chain: &PresentedChain<'_>,
        presented: &PresentedList<'_>,
        error: DecodeError,
    ) -> VerifyError {
        let mut findings = Findings::new();
        findings.violation(
            Position::EndEntity,
            Fact::Decodable,
            Fact::Undecodable(error),
        );
        self.check_presented(presented, &mut findings);
        let sha256 = &self.verifier.crypto.sha256;
        let mut path = vec![PathEntry::undecodable(
            Position::EndEntity,
            chain.end_entity(),
            sha256,
        )];
        path.extend(self.presented_entries(None, presented));
        self.refusal(VerifyErrorKind::Input, path, findings)
    }

    /// No path reached the rules: webpki's reason, and what the certificates show by themselves.
    fn refuse_without_path(
        &self,
        end_entity: &Certificate<'_>,
        presented: &PresentedList<'_>,
        failure: ChainFailure,
    ) -> VerifyError {
        let mut findings = Findings::new();
        findings.attribute_to(RuleId::CHAIN, None);
        findings.violation(
            Position::Path,
            Fact::PathToAnchor,
            Fact::ChainFailure(failure),
        );
        self.check_certificate(
            end_entity,
            Position::EndEntity,
            &self.without_path(),
            &mut findings,
        );
        self.check_presented(presented, &mut findings);
        let path = self.presented_entries(Some(end_entity), presented);
        self.refusal(VerifyErrorKind::Path, path, findings)
    }

    fn without_path(&self) -> Context<'_> {
        Context {
            has_path: false,
            ..self.context
        }
    }

    /// Presented certificates by themselves, as intermediates.
    fn check_presented(&self, presented: &PresentedList<'_>, findings: &mut Findings) {
        for presented in presented {
            let position = Position::Presented(presented.number);
            match &presented.decoded {
                Ok(certificate) => {
                    self.check_certificate(certificate, position, &self.without_path(), findings);
                }
                Err(error) => {
                    findings.attribute_to(RuleId::INPUT, None);
                    findings.violation(
                        position,
                        Fact::Decodable,
                        Fact::Undecodable(error.clone()),
                    );
                }
            }
        }
    }

    /// Paths reached the rules, and every one was refused: the best first.
    fn refuse_paths(&self, refused: Vec<Judged<'_>>, presented: &PresentedList<'_>) -> VerifyError {
        let mut refused = refused.into_iter();
        let Some(best) = refused.next() else {
            return self.refusal(VerifyErrorKind::Policy, Vec::new(), Findings::new());
        };
        let only_the_name = best
            .findings
            .violations
            .iter()
            .all(|violation| violation.rule == ServerName::ID);
        let kind = if only_the_name { VerifyErrorKind::Name } else { VerifyErrorKind::Policy };
        let path = PathEntry::of_path(&best.path, &self.verifier.crypto.sha256);
        let label = best.path.anchor().label().to_owned();
        let mut findings = best.findings;
        findings.warnings.extend(Self::left_aside(presented));
        self.refusal(kind, path, findings).with_paths(label, self.refused_paths(refused))
    }

    fn refused_paths<'p>(&self, refused: impl IntoIterator<Item = Judged<'p>>) -> Vec<RefusedPath> {
        refused
            .into_iter()
            .map(|judged| {
                let mut violations = judged.findings.violations;
                sort_violations(&mut violations);
                RefusedPath {
                    path: PathEntry::of_path(&judged.path, &self.verifier.crypto.sha256),
                    violations,
                }
            })
            .collect()
    }

    fn warnings(&self, findings: Findings, presented: &PresentedList<'_>) -> Vec<Warning> {
        let mut warnings = findings.warnings;
        warnings.extend(Self::left_aside(presented));
        warnings.sort_by_key(|warning| (warning.position, warning.rule));
        warnings
    }

    /// Undecodable certificates that the path stands without.
    fn left_aside(presented: &PresentedList<'_>) -> Vec<Warning> {
        presented
            .iter()
            .filter_map(|presented| {
                let error = presented.decoded.as_ref().err()?;
                Some(Warning {
                    kind: WarningKind::LeftAside,
                    rule: RuleId::INPUT,
                    position: Position::Presented(presented.number),
                    required: Fact::Decodable,
                    presented: Fact::Undecodable(error.clone()),
                })
            })
            .collect()
    }

    fn presented_entries(
        &self,
        end_entity: Option<&Certificate<'_>>,
        presented: &PresentedList<'_>,
    ) -> Vec<PathEntry> {
        let sha256 = &self.verifier.crypto.sha256;
        let end_entity = end_entity.map(|certificate| {
            PathEntry::of_certificate(Position::EndEntity, certificate, sha256)
        });
        let others = presented.iter().map(|presented| {
            let position = Position::Presented(presented.number);
            match &presented.decoded {
                Ok(certificate) => PathEntry::of_certificate(position, certificate, sha256),
                Err(_) => PathEntry::undecodable(position, presented.der, sha256),
            }
        });
        end_entity.into_iter().chain(others).collect()
    }

    fn refusal(
        &self,
        kind: VerifyErrorKind,
        path: Vec<PathEntry>,
        findings: Findings,
    ) -> VerifyError {
        let Findings {
            mut violations,
            mut warnings,
            ..
        } = findings;
        sort_violations(&mut violations);
        warnings.sort_by_key(|warning| (warning.position, warning.rule));
        VerifyError::new(
            kind,
            Report {
                accepted: false,
                role: self.context.role,
                time: self.context.time,
                path,
                anchor_label: None,
                violations,
                warnings,
                other_paths: Vec::new(),
            },
        )
    }
}

/// Why there is no path stands first, then what is wrong from the end entity up.
fn sort_violations(violations: &mut [Violation]) {
    violations.sort_by_key(|violation| {
        (violation.rule != RuleId::CHAIN, violation.position, violation.rule)
    });
}

/// A path with what rules found on it.
struct Judged<'s> {
    path: CandidatePath<'s>,
    findings: Findings,
}

impl Judged<'_> {
    /// Orders paths by how little is wrong with them, then by length and content: the order in which a peer sends
    /// its certificates shall not decide what is reported.
    fn order(&self, other: &Self) -> Ordering {
        let facts = |judged: &Self| {
            (
                judged.findings.violations.len(),
                judged.findings.warnings.len(),
                judged.path.intermediates().len(),
            )
        };
        let ders = |judged: &Self| -> SmallVec<[Vec<u8>; MAX_INTERMEDIATES]> {
            judged.path.certificates().map(|(_, certificate)| certificate.der().to_vec()).collect()
        };
        facts(self).cmp(&facts(other)).then_with(|| ders(self).cmp(&ders(other)))
    }
}

/// Runs the rules on every path that the search offers.
struct Judge<'k, 's> {
    call: &'k Call<'s, 's>,
    /// The second search finds the first one's paths again.
    only_with_known: bool,
    /// What rules found on a certificate at a position.
    memo: SmallVec<[(&'s [u8], Position, Findings); 4]>,
    accepted: Option<Judged<'s>>,
    /// The best path that breaks audited rules alone.
    audited: Option<Judged<'s>>,
    /// The best refused paths, in order.
    refused: Vec<Judged<'s>>,
}

impl<'k, 's> Judge<'k, 's> {
    fn new(call: &'k Call<'s, 's>) -> Self {
        Self {
            call,
            only_with_known: false,
            memo: SmallVec::new(),
            accepted: None,
            audited: None,
            refused: Vec::new(),
        }
    }

    /// Whether the search may end with this path.
    fn takes(&mut self, path: CandidatePath<'s>) -> bool {
        let uses_known = path.intermediates().iter().any(|intermediate| intermediate.known_here());
        if self.only_with_known && !uses_known {
            return false;
        }
        let findings = self.findings(&path);
        let judged = Judged { path, findings };
        if judged.findings.is_clean() {
            self.accepted = Some(judged);
            return true;
        }
        if judged.findings.violations.is_empty() {
            let better = self
                .audited
                .as_ref()
                .is_none_or(|best| judged.order(best) == Ordering::Less);
            if better {
                self.audited = Some(judged);
            }
        } else {
            let at = self
                .refused
                .partition_point(|other| other.order(&judged) == Ordering::Less);
            self.refused.insert(at, judged);
            self.refused.truncate(MOST_OTHER_PATHS.saturating_add(1));
        }
        false
    }

    fn findings(&mut self, path: &CandidatePath<'s>) -> Findings {
        let mut findings = Findings::new();
        for (position, certificate) in path.certificates() {
            let known = self
                .memo
                .iter()
                .find(|(der, at, _)| std::ptr::eq(*der, certificate.der()) && *at == position);
            if let Some((_, _, known)) = known {
                findings.append(known);
                continue;
            }
            let mut own = Findings::new();
            let context = &self.call.context;
            self.call.check_certificate(certificate, position, context, &mut own);
            findings.append(&own);
            self.memo.push((certificate.der(), position, own));
        }
        let context = Context {
            anchor_label: Some(path.anchor().label()),
            ..self.call.context
        };
        self.call.for_each_rule(|rule, audited_until| {
            findings.attribute_to(rule.id(), audited_until);
            rule.check_path(path, &context, &mut findings);
        });
        findings
    }
}
