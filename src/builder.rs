//! What a verifier is built from, and what makes a configuration one that cannot work.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use pki_types::CertificateDer;

use crate::certificate::{Certificate, Layout, subject_of_undecodable};
use crate::chain;
use crate::crypto::Crypto;
use crate::error::BuildError;
use crate::observer::{Observer, Observers};
use crate::policy::Policy;
use crate::revocation::crl::Crl;
use crate::revocation::ocsp::OcspResponse;
use crate::revocation::store::{Handed, RevocationStore};
use crate::rule::{Rule, RuleId};
use crate::signature_cache::SignatureCache;
use crate::trust::TrustAnchors;
use crate::verify::Verifier;

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
    observers: Observers,
    cache: Option<SignatureCache>,
    is_default_cache: bool,
    crls: Vec<Crl>,
    responses: Vec<OcspResponse>,
    responses_come_with_chains: bool,
    /// The verifier that this one is to replace, and no other.
    succeeds: Option<Succession>,
    is_of_files: bool,
    shadow: Option<(TrustAnchors, Policy)>,
    /// Why there is none, though there should be.
    shadow_problem: Option<String>,
    shadow_may_fail: bool,
}

/// Which verifier a builder was begun for: that of a [`LiveVerifier`](crate::LiveVerifier), and its generation.
#[derive(Clone, Debug)]
pub(crate) struct Succession {
    pub(crate) of: Arc<LiveId>,
    pub(crate) generation: u64,
}

/// By its address in an `Arc` it is told from all others.
#[derive(Debug, Default)]
pub(crate) struct LiveId;

impl VerifierBuilder {
    fn new(anchors: TrustAnchors, policy: Policy, crypto: Result<Crypto, BuildError>) -> Self {
        Self {
            policy,
            anchors,
            known: Vec::new(),
            custom_rules: Vec::new(),
            crypto,
            max_presented: chain::DEFAULT_MAX_POOL,
            observers: Observers::default(),
            cache: Some(SignatureCache::default()),
            is_default_cache: true,
            crls: Vec::new(),
            responses: Vec::new(),
            responses_come_with_chains: false,
            succeeds: None,
            is_of_files: false,
            shadow: None,
            shadow_problem: None,
            shadow_may_fail: false,
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

    /// CRLs to judge revocation by, of whatever issuers, several of one issuer too: all that speak of a certificate are
    /// consulted, and their order does not matter. Adds to those given before: give of each CRL only the newest, for an old one
    /// that lists a certificate goes on revoking it. CRLs of CAs that no chain goes through are no error. The policy's rule
    /// `revocation` must be on, else [`build`](Self::build) fails.
    #[must_use]
    pub fn crls(mut self, crls: impl IntoIterator<Item = Crl>) -> Self {
        self.crls.extend(crls);
        self
    }

    /// CRLs from a PEM or DER file; see [`crls`](Self::crls).
    ///
    /// # Errors
    ///
    /// As [`Crl::from_pem`].
    pub fn crls_pem(self, input: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        let crls = Crl::from_pem(input)?;
        Ok(self.crls(crls))
    }

    /// OCSP responses to judge revocation by, beside the one that a peer staples; for clients' certificates the only ones.
    /// The policy's rule `revocation` must be on, else [`build`](Self::build) fails.
    #[must_use]
    pub fn ocsp_responses(mut self, responses: impl IntoIterator<Item = OcspResponse>) -> Self {
        self.responses.extend(responses);
        self
    }

    /// Says that an OCSP response is given with each chain, as [`Evidence`](crate::Evidence), by who calls
    /// [`Verifier::verify`] itself: for clients' certificates, which have no staples in rustls, it is then a source that the
    /// policy may count on. Not for rustls's side of it, which gives no response with a client's chain. The policy's rule
    /// `revocation` must be on, else [`build`](Self::build) fails.
    #[must_use]
    pub fn responses_come_with_chains(mut self) -> Self {
        self.responses_come_with_chains = true;
        self
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

    /// Adds one who hears of every verification; see [`Observer`]. None by default.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.add(observer);
        self
    }

    /// Judges every chain by another policy as well, to see what it would do before it is enforced: with `anchors`, and with everything
    /// else that this verifier has, but for a signature cache of its own. It changes no verdict; observers hear of both
    /// ([`Observer::shadow_judged`]), and without an observer it does not run. Each verification takes twice as long, and custom rules
    /// run twice. Its [`Policy::tls`] is not tried. For a change of one rule, the mode [`Audit`](crate::Mode::Audit) does; for peers that are known already,
    /// see [`Rehearsal`](crate::Rehearsal).
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let roots = include_bytes!("../testdata/readme/roots.pem");
    /// use std::sync::Arc;
    /// use rustls_policy_verifier::{Policy, TrustAnchors, Verifier, VerificationCounters};
    ///
    /// let anchors = TrustAnchors::from_pem(roots)?;
    /// let mut stricter = Policy::client();
    /// stricter.minimum_key_size.end_entity.rsa_bits = 4096;
    /// let counters = Arc::new(VerificationCounters::new());
    /// let verifier = Verifier::builder(anchors.clone(), Policy::client())
    ///     .shadow(anchors, stricter)
    ///     .observer(counters.clone())
    ///     .build()?;
    /// # let _ = verifier;
    /// println!("{}", counters.to_openmetrics());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn shadow(mut self, anchors: TrustAnchors, policy: Policy) -> Self {
        self.shadow = Some((anchors, policy));
        self
    }

    /// The cache of verified signatures, in place of the verifier's own of 4 MiB: of another size, or shared with other
    /// verifiers of the same crypto provider.
    #[must_use]
    pub fn signature_cache(mut self, cache: SignatureCache) -> Self {
        self.cache = Some(cache);
        self.is_default_cache = false;
        self
    }

    /// No cache: every signature is verified in every call.
    #[must_use]
    pub fn without_signature_cache(mut self) -> Self {
        self.cache = None;
        self.is_default_cache = false;
        self
    }

    /// With what does not change from one verifier to the next that replaces it: provider, cache, custom rules,
    /// bounds, and where responses come from.
    pub(crate) fn succeeding(
        current: &Verifier,
        of: Arc<LiveId>,
        anchors: TrustAnchors,
        policy: Policy,
    ) -> Self {
        let generation = current.generation;
        Self {
            custom_rules: current.custom_rules.clone(),
            max_presented: current.max_presented,
            cache: current.cache.clone(),
            is_default_cache: false,
            responses_come_with_chains: current.responses_come_with_chains,
            succeeds: Some(Succession { of, generation }),
            ..Self::new(anchors, policy, Ok(current.crypto.clone()))
        }
    }

    /// Takes what `current` has too from there: CRLs, for they are indexed and their signatures verified, and the signatures that are
    /// remembered, unless this one has a cache of its own, and the observers, unless it has any.
    pub(crate) fn reuse(&mut self, current: &Verifier) {
        let known: HashMap<_, _> = current
            .revocation
            .crls()
            .map(|crl| (crl.der(), crl))
            .collect();
        for crl in &mut self.crls {
            if let Some(known) = known.get(crl.der()) {
                *crl = (*known).clone();
            }
        }
        let is_same = |crypto: &Crypto| std::ptr::eq(crypto.list, current.crypto.list);
        if self.is_default_cache && self.crypto.as_ref().is_ok_and(is_same) {
            self.cache.clone_from(&current.cache);
        }
        if self.observers.is_empty() {
            self.observers.clone_from(&current.observers);
        }
    }

    pub(crate) fn succeeds(&self) -> Option<&Succession> {
        self.succeeds.as_ref()
    }

    /// Made of files, which will be read again.
    #[cfg(feature = "files")]
    pub(crate) fn of_files(mut self) -> Self {
        self.is_of_files = true;
        self
    }

    /// A shadow that cannot be built is left out, with a warning where this one replaces another.
    #[cfg(feature = "files")]
    pub(crate) fn shadow_may_fail(mut self) -> Self {
        self.shadow_may_fail = true;
        self
    }

    /// Without the shadow that there should be.
    #[cfg(feature = "files")]
    pub(crate) fn without_shadow(mut self, why: String) -> Self {
        self.shadow_problem = Some(why);
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if there is no anchor, a setting of the policy makes no sense or would accept nobody, a known intermediate
    /// cannot be decoded, a custom rule's id is taken, nothing can make a revocation status known though the rule is on, or CRLs
    /// or responses are handed over though it is off.
    pub fn build(mut self) -> Result<Verifier, BuildError> {
        let shadow = match self.build_shadow() {
            Ok(shadow) => shadow,
            // What decides nothing keeps nothing out.
            Err(error) if self.shadow_may_fail => {
                self.shadow_problem = Some(error.to_string());
                None
            }
            Err(error) => return Err(error),
        };
        let crypto = self.crypto?;
        if self.anchors.is_empty() {
            let skipped = self.anchors.skipped().to_vec();
            return Err(BuildError::NoTrustAnchor { skipped });
        }
        let handed = Handed {
            crls: self.crls.len(),
            responses: self.responses.len(),
            with_chains: self.responses_come_with_chains,
        };
        self.policy.validate(&self.anchors, handed)?;
        check_ids(&self.custom_rules)?;
        self.anchors.compute_digests(&crypto.sha256);
        let known = decode_known(self.known)?;
        // Last, for from here on the cache belongs to this provider.
        if !self
            .cache
            .as_ref()
            .is_none_or(|cache| cache.belongs_to(crypto.list))
        {
            return Err(BuildError::SignatureCache);
        }
        let revocation = RevocationStore::new(self.crls, self.responses);
        revocation.verify_for(&self.anchors, &crypto);
        Ok(Verifier {
            policy: self.policy,
            anchors: self.anchors,
            known,
            custom_rules: self.custom_rules,
            crypto,
            max_presented: self.max_presented,
            observers: self.observers,
            cache: self.cache,
            revocation,
            responses_come_with_chains: self.responses_come_with_chains,
            is_of_files: self.is_of_files,
            shadow: shadow.map(Box::new),
            shadow_problem: self.shadow_problem,
            generation: 0,
        })
    }

    fn build_shadow(&mut self) -> Result<Option<Verifier>, BuildError> {
        let in_shadow = |error| BuildError::Shadow(Box::new(error));
        let Some(builder) = self.take_shadow()? else {
            return Ok(None);
        };
        let shadow = builder.build().map_err(in_shadow)?;
        // What revocation is judged by is for who judges it. Where nobody does, it is an error.
        if shadow.policy.judges_revocation() && !self.policy.judges_revocation() {
            self.crls.clear();
            self.responses.clear();
            self.responses_come_with_chains = false;
        }
        Ok(Some(shadow))
    }

    /// What is to judge beside this one.
    fn take_shadow(&mut self) -> Result<Option<Self>, BuildError> {
        let Some((anchors, policy)) = self.shadow.take() else {
            return Ok(None);
        };
        let (shadow, needed) = (policy.role, self.policy.role);
        if shadow != needed {
            let error = BuildError::Direction {
                policy: shadow,
                needed,
            };
            return Err(BuildError::Shadow(Box::new(error)));
        }
        let mut shadow = Self {
            known: self.known.clone(),
            custom_rules: self.custom_rules.clone(),
            max_presented: self.max_presented,
            // Its own: what it accepts is not what the enforced policy accepts.
            cache: self.cache.as_ref().map(|_| SignatureCache::default()),
            ..Self::new(anchors, policy, self.crypto.clone())
        };
        if shadow.policy.judges_revocation() {
            shadow.crls.clone_from(&self.crls);
            shadow.responses.clone_from(&self.responses);
            shadow.responses_come_with_chains = self.responses_come_with_chains;
        }
        Ok(Some(shadow))
    }
}

/// A rule that went by another's id would put words into its mouth.
fn check_ids(custom_rules: &[Arc<dyn Rule>]) -> Result<(), BuildError> {
    let mut taken: Vec<_> = Policy::rules().into_iter().map(|(id, _)| id).collect();
    taken.extend([RuleId::CHAIN, RuleId::INPUT]);
    for rule in custom_rules {
        if taken.contains(&rule.id()) {
            return Err(BuildError::RuleId(rule.id()));
        }
        taken.push(rule.id());
    }
    Ok(())
}

/// Each once: the search takes what it is given twice for two certificates.
fn decode_known(
    known: Vec<CertificateDer<'static>>,
) -> Result<Vec<(CertificateDer<'static>, Box<Layout>)>, BuildError> {
    let mut seen = HashSet::new();
    let mut decoded = Vec::new();
    for (index, der) in (1..).zip(known) {
        match Certificate::decode(&der) {
            Ok(certificate) => {
                let layout = Box::new(certificate.into_layout());
                if seen.insert(der.clone()) {
                    decoded.push((der, layout));
                }
            }
            Err(error) => {
                return Err(BuildError::Certificate {
                    what: "known intermediate",
                    index,
                    subject: subject_of_undecodable(&der).map(|subject| subject.to_string()),
                    problem: error.to_string(),
                });
            }
        }
    }
    Ok(decoded)
}
