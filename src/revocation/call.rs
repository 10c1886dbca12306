//! What one call has to judge revocation by, what it has looked at already, and how much it may look at.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use smallvec::SmallVec;

use super::Link;
use super::crl::Crl;
use super::ocsp::{OcspProblem, Response};
use super::signature::{NotSigned, Signed, Signer};
use super::store::RevocationStore;
use crate::crypto::Crypto;
use crate::path::{MAX_INTERMEDIATES, Position};
use crate::peer::OcspStaple;
use crate::rule::Findings;
use crate::signature_cache::{Signature, SignatureCache};
use crate::signature_memory::weight;

/// Most signatures looked at for OCSP in one call, whether they are in the cache or not. An answer takes one or two; paths of
/// partners have two or three certificates with one. With those of the search they take some fifteen milliseconds (P-384 with
/// *ring*).
pub(crate) const MOST_SIGNATURES: usize = 12;

/// Most keys tried on one CRL in one call. A CRL of many megabytes takes long to hash, and who has a CA under a trust anchor
/// can make others of its name.
const MOST_KEYS_OF_CRL: usize = 4;

/// Octets of CRLs that one call hashes under keys of namesakes of their issuers, before the one that goes beyond. So much takes
/// some thirty milliseconds.
const MOST_HASHED: usize = 16 * 1024 * 1024;

/// What one call has to judge revocation by.
pub(crate) struct RevocationCall<'c> {
    pub(crate) store: &'c RevocationStore,
    crypto: &'c Crypto,
    cache: Option<&'c SignatureCache>,
    staple: Staple<'c>,
    most_hashed: usize,
    /// How many certificates were judged below an issuer.
    links: AtomicUsize,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    keys: Keys,
    signatures: SmallVec<[Looked; 4]>,
    /// Their weight.
    spent: usize,
    /// Pairs of CRL and key.
    keys_of_crls: SmallVec<[(Place, usize); 4]>,
    /// Octets of CRLs hashed under keys that they are not known to be signed by, though they are under others.
    hashed: usize,
    /// Signatures that were computed, and hold.
    computed: Vec<Computed>,
    judged: Vec<Judged>,
}

/// Where octets lie that outlive the call: enough to tell them apart in it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    address: usize,
    length: usize,
}

impl Place {
    fn of(octets: &[u8]) -> Self {
        Self {
            address: octets.as_ptr().addr(),
            length: octets.len(),
        }
    }
}

struct Looked {
    message: Place,
    /// The number of the key.
    signer: usize,
    verdict: Result<(), NotSigned>,
}

/// The keys that were tried, each once, for several certificates may have the same.
#[derive(Default)]
struct Keys {
    /// One SubjectPublicKeyInfo after the other. On the stack, if there are not many.
    octets: SmallVec<[u8; 1536]>,
    ends: SmallVec<[usize; 8]>,
}

impl Keys {
    fn number_of(&mut self, spki: &[u8]) -> usize {
        let mut start = 0;
        for (number, end) in self.ends.iter().enumerate() {
            if self.octets.get(start..*end) == Some(spki) {
                return number;
            }
            start = *end;
        }
        self.octets.extend_from_slice(spki);
        self.ends.push(self.octets.len());
        self.ends.len().saturating_sub(1)
    }
}

/// What was found on a certificate at a position below an issuer.
struct Judged {
    certificate: Place,
    issuer: Place,
    position: Position,
    findings: Findings,
}

/// A signature that holds, with octets of its own.
struct Computed {
    algorithm: usize,
    key: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// Why a signature was not found to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unverified {
    Not(NotSigned),
    TooMuchWork,
}

/// The stapled response, decoded.
#[derive(Debug)]
pub(crate) enum Staple<'c> {
    NotApplicable,
    Absent,
    Given(Result<Response<'c>, OcspProblem>),
}

impl<'c> RevocationCall<'c> {
    /// Decodes the staple: to be called where the rule is on.
    pub(crate) fn new(
        store: &'c RevocationStore,
        crypto: &'c Crypto,
        cache: Option<&'c SignatureCache>,
        staple: OcspStaple<'c>,
    ) -> Self {
        Self {
            store,
            crypto,
            cache,
            staple: match staple {
                OcspStaple::NotApplicable => Staple::NotApplicable,
                OcspStaple::Absent => Staple::Absent,
                OcspStaple::Given(der) => Staple::Given(Response::decode(der)),
            },
            most_hashed: MOST_HASHED,
            links: AtomicUsize::new(0),
            memory: Mutex::new(Memory::default()),
        }
    }

    pub(crate) fn staple(&self) -> &Staple<'c> {
        &self.staple
    }

    /// Whether a response, or a responder's certificate, is signed by this key. Looked at once for each key.
    pub(crate) fn verify(&self, signed: Signed<'_>, signer: Signer<'_>) -> Result<(), Unverified> {
        let message = Place::of(signed.message);
        let weight = weight(signer.key_octets);
        let by;
        {
            let mut memory = self.lock();
            by = memory.keys.number_of(signer.spki);
            let mut known = memory.signatures.iter();
            match known.find(|looked| looked.message == message && looked.signer == by) {
                Some(looked) => return looked.verdict.map_err(Unverified::Not),
                None if memory.spent.saturating_add(weight) > MOST_SIGNATURES => {
                    return Err(Unverified::TooMuchWork);
                }
                None => memory.spent = memory.spent.saturating_add(weight),
            }
        }
        let outcome = signed.verify(signer, self.crypto, self.cache);
        let verdict = outcome.map(|_| ());
        let mut memory = self.lock();
        if let Some(valid) = outcome
            .ok()
            .filter(|valid| !valid.cached && self.cache.is_some())
        {
            memory.computed.push(Computed {
                algorithm: valid.algorithm,
                key: signer.key_octets.to_vec(),
                message: signed.message.to_vec(),
                signature: signed.signature.to_vec(),
            });
        }
        memory.signatures.push(Looked {
            message,
            signer: by,
            verdict,
        });
        verdict.map_err(Unverified::Not)
    }

    /// Whether a CRL is signed by this key, if not too many others were tried on it.
    pub(crate) fn verify_crl(&self, crl: &Crl, signer: Signer<'_>) -> Result<(), Unverified> {
        // The key that it is known to be signed by costs nothing.
        if crl.known_signed(signer, self.crypto) == Some(Ok(())) {
            return Ok(());
        }
        let is_of_another =
            crl.known_signed(signer, self.crypto).is_none() && crl.has_signer(self.crypto);
        {
            let mut memory = self.lock();
            let key = memory.keys.number_of(signer.spki);
            let pair = (Place::of(crl.signed().message), key);
            if !memory.keys_of_crls.contains(&pair) {
                let tried = memory.keys_of_crls.iter().filter(|tried| tried.0 == pair.0);
                if tried.count() >= MOST_KEYS_OF_CRL {
                    return Err(Unverified::TooMuchWork);
                }
                memory.keys_of_crls.push(pair);
            }
            if is_of_another {
                if memory.hashed >= self.most_hashed {
                    return Err(Unverified::TooMuchWork);
                }
                let octets = crl.signed().message.len();
                memory.hashed = memory.hashed.saturating_add(octets);
            }
        }
        crl.is_signed_by(signer, self.crypto)
            .map_err(Unverified::Not)
    }

    /// Judges a certificate below its issuer, and not again however many paths they are on, but for the first few: there is
    /// mostly one path, and nothing to remember.
    pub(crate) fn once_for(
        &self,
        link: &Link<'_>,
        findings: &mut Findings,
        judge: impl FnOnce(&mut Findings),
    ) {
        // The certificates of a first path.
        if self.links.fetch_add(1, Ordering::Relaxed) <= MAX_INTERMEDIATES {
            return judge(findings);
        }
        let certificate = Place::of(link.certificate.der());
        let issuer = Place::of(link.issuer.spki);
        let is_of = |judged: &&Judged| {
            judged.certificate == certificate
                && judged.issuer == issuer
                && judged.position == link.position
        };
        if let Some(judged) = self.lock().judged.iter().find(is_of) {
            findings.append(&judged.findings);
            return;
        }
        let mut own = findings.fresh();
        judge(&mut own);
        findings.append(&own);
        self.lock().judged.push(Judged {
            certificate,
            issuer,
            position: link.position,
            findings: own,
        });
    }

    pub(crate) fn crypto(&self) -> &'c Crypto {
        self.crypto
    }

    /// Hands over the signatures that hold, to be remembered beyond the call: for calls that end in acceptance.
    pub(crate) fn keep(&self) {
        let Some(cache) = self.cache else { return };
        for computed in &self.lock().computed {
            cache.insert_signed(Signature {
                algorithm: computed.algorithm,
                key: &computed.key,
                message: &computed.message,
                signature: &computed.signature,
            });
        }
    }

    /// One thread uses the memory of one call; a poisoned lock could only come from a panic in this call.
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RevocationCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationCall").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "ring")]
mod tests {
    use super::*;
    use crate::certificate::Certificate;
    use crate::report::Fact;
    use crate::revocation::Issuer;
    use crate::revocation::crl::{NotOfIssuer, crl_status, is_listed};
    use crate::revocation::freshness::Clock;
    use crate::support::{
        Authority, CertificateBuilder, CrlBuilder, Name, TestKey, keys, serial_of,
    };
    use crate::time::{Span, Time};

    const CLOCK: Clock = Clock {
        now: Time::from_unix_seconds(1_780_272_000),
        skew: Span::Seconds(300),
        max_age: None,
    };

    fn ca(key: u64) -> Authority {
        Authority::root("CA", TestKey::ed25519(key))
    }

    fn crl(issuer: &Authority, number: u64, certificate: &[u8]) -> Crl {
        let builder = CrlBuilder::new().number(number);
        Crl::from_der(issuer.crl(builder.revoke(&serial_of(certificate)))).unwrap()
    }

    fn leaf() -> Vec<u8> {
        let name = Name::cn("peer");
        ca(1).issue(CertificateBuilder::end_entity(
            name,
            TestKey::ed25519(9).spki(),
        ))
    }

    fn as_signer<'d>(certificate: &Certificate<'d>) -> Signer<'d> {
        Signer {
            spki: certificate.spki(),
            key_octets: certificate.key_octets(),
        }
    }

    /// The certificate's own signature.
    fn signed<'d>(certificate: &Certificate<'d>) -> Signed<'d> {
        Signed {
            algorithm: certificate.signature_algorithm(),
            message: certificate.tbs(),
            signature: certificate.signature(),
        }
    }

    /// What is not looked at any more is neither good nor unknown.
    #[test]
    fn a_crl_is_tried_with_few_keys_and_says_so() {
        let (leaf, crypto) = (leaf(), Crypto::ring());
        let listing = crl(&ca(1), 1, &leaf);
        let store = RevocationStore::new(vec![listing.clone()], Vec::new());
        let call = RevocationCall::new(&store, &crypto, None, OcspStaple::NotApplicable);
        let leaf = Certificate::decode(&leaf).unwrap();
        for key in 2..6 {
            let der = ca(key).der;
            let namesake = Certificate::decode(&der).unwrap();
            // However often, and in however many certificates, the same key counts once.
            for _ in 0..2 {
                let outcome = call.verify_crl(&listing, as_signer(&namesake));
                assert_eq!(outcome, Err(Unverified::Not(NotSigned::Invalid)), "{key}");
            }
        }
        let der = ca(1).der;
        let issuer = Certificate::decode(&der).unwrap();
        let outcome = call.verify_crl(&listing, as_signer(&issuer));
        assert_eq!(outcome, Err(Unverified::TooMuchWork));
        let issuer = Issuer::of_certificate(&issuer);
        assert_eq!(
            is_listed(&call, &leaf, &issuer),
            Err(Unverified::TooMuchWork)
        );
        let status = crl_status(&call, &leaf, &issuer, &CLOCK);
        assert!(status.too_much_work.is_some() && status.revoked.is_none());
        // Another call begins anew, and from then on it is known.
        let call = RevocationCall::new(&store, &crypto, None, OcspStaple::NotApplicable);
        assert_eq!(is_listed(&call, &leaf, &issuer), Ok(true));
        let status = crl_status(&call, &leaf, &issuer, &CLOCK);
        assert!(status.too_much_work.is_none() && status.revoked.is_some());
        assert!(!matches!(
            status.refused,
            Some((_, NotOfIssuer::TooMuchWork))
        ));
    }

    /// CRLs that are known to be somebody's are hashed for others up to a bound, and at least one in each call.
    #[test]
    fn crls_of_namesakes_are_hashed_up_to_a_bound() {
        let (leaf, crypto) = (leaf(), Crypto::ring());
        let crls: Vec<_> = (1..=3).map(|number| crl(&ca(1), number, &leaf)).collect();
        let store = RevocationStore::new(crls.clone(), Vec::new());
        let (der, other) = (ca(1).der, ca(2).der);
        let issuer = Certificate::decode(&der).unwrap();
        let namesake = Certificate::decode(&other).unwrap();
        let all = |certificate: &Certificate<'_>| -> Vec<_> {
            let mut call = RevocationCall::new(&store, &crypto, None, OcspStaple::NotApplicable);
            call.most_hashed = 1;
            let crls = crls.iter();
            crls.map(|crl| call.verify_crl(crl, as_signer(certificate)))
                .collect()
        };
        assert_eq!(all(&issuer), vec![Ok(()); 3]);
        let (no, too_much) = (
            Err(Unverified::Not(NotSigned::Invalid)),
            Err(Unverified::TooMuchWork),
        );
        // What was hashed in an earlier call is remembered, so that nobody is shut out.
        assert_eq!(all(&namesake), vec![no, too_much, too_much]);
        assert_eq!(all(&namesake), vec![no, no, too_much]);
        assert_eq!(all(&namesake), vec![no, no, no]);
        assert_eq!(all(&issuer), vec![Ok(()); 3]);
    }

    /// The bound is for CRLs of many megabytes: small ones are all looked at.
    #[test]
    fn small_crls_of_namesakes_are_all_hashed() {
        let (leaf, crypto) = (leaf(), Crypto::ring());
        let crls: Vec<_> = (1..=30).map(|number| crl(&ca(1), number, &leaf)).collect();
        let store = RevocationStore::new(crls.clone(), Vec::new());
        let ders = [ca(1).der, ca(2).der];
        let [issuer, namesake] = ders.each_ref().map(|der| Certificate::decode(der).unwrap());
        let call = RevocationCall::new(&store, &crypto, None, OcspStaple::NotApplicable);
        for crl in &crls {
            assert_eq!(call.verify_crl(crl, as_signer(&issuer)), Ok(()));
            assert_eq!(
                call.verify_crl(crl, as_signer(&namesake)),
                Err(Unverified::Not(NotSigned::Invalid))
            );
        }
    }

    /// The outcome for one key, or for one message, is none for another.
    #[test]
    fn signatures_are_remembered_by_message_and_key() {
        let ders = [leaf(), ca(1).der, ca(2).der];
        let [leaf, issuer, other] = ders.each_ref().map(|der| Certificate::decode(der).unwrap());
        let (store, crypto) = (RevocationStore::default(), Crypto::ring());
        let call = RevocationCall::new(&store, &crypto, None, OcspStaple::NotApplicable);
        let verify = |certificate, signer| call.verify(signed(certificate), as_signer(signer));
        let no = Err(Unverified::Not(NotSigned::Invalid));
        for _ in 0..2 {
            assert_eq!(verify(&leaf, &other), no);
            assert_eq!(verify(&leaf, &issuer), Ok(()));
            // The issuer signed its own certificate.
            assert_eq!(verify(&issuer, &other), no);
            assert_eq!(verify(&issuer, &issuer), Ok(()));
        }
        // For a cache that there is not.
        assert!(call.lock().computed.is_empty());
        assert_eq!(format!("{call:?}"), "RevocationCall { .. }");
    }

    /// A key that is huge counts twice, and what was looked at is answered beyond the bound too.
    #[test]
    fn signatures_are_looked_at_up_to_a_bound() {
        let key = keys::rsa_spki(8192, 65_537);
        let huge = CertificateBuilder::new(Name::cn("Huge"), key).signed_by(&ca(1).issuer());
        let ders: Vec<_> = (2..15).map(|key| ca(key).der).collect();
        let leaf = leaf();
        let [leaf, huge] = [&leaf, &huge].map(|der| Certificate::decode(der).unwrap());
        let others: Vec<_> = ders
            .iter()
            .map(|der| Certificate::decode(der).unwrap())
            .collect();
        let (store, crypto) = (RevocationStore::default(), Crypto::ring());
        let call = RevocationCall::new(&store, &crypto, None, OcspStaple::NotApplicable);
        let verify = |signer| call.verify(signed(&leaf), as_signer(signer));
        let (no, too_much) = (
            Err(Unverified::Not(NotSigned::Invalid)),
            Err(Unverified::TooMuchWork),
        );
        let (last, first) = others.split_last().unwrap();
        let (twelfth, first) = first.split_last().unwrap();
        for signer in first {
            assert_eq!(verify(signer), no);
        }
        assert_eq!(verify(&huge), too_much);
        assert_eq!(verify(twelfth), no);
        assert_eq!(verify(last), too_much);
        assert_eq!(verify(twelfth), no);
    }

    /// What the cache knows is not handed over to it again.
    #[test]
    fn only_what_was_computed_is_handed_over() {
        let ders = [leaf(), ca(1).der];
        let [leaf, issuer] = ders.each_ref().map(|der| Certificate::decode(der).unwrap());
        let (store, crypto) = (RevocationStore::default(), Crypto::ring());
        let cache = SignatureCache::default();
        for computed in [1, 0] {
            let staple = OcspStaple::NotApplicable;
            let call = RevocationCall::new(&store, &crypto, Some(&cache), staple);
            assert_eq!(call.verify(signed(&leaf), as_signer(&issuer)), Ok(()));
            assert_eq!(call.lock().computed.len(), computed);
            call.keep();
            assert_eq!(cache.len(), 1);
        }
    }

    #[test]
    fn a_certificate_is_judged_once_below_an_issuer() {
        let ders = [leaf(), ca(1).der, ca(2).der];
        let [leaf, issuer, other] = ders.each_ref().map(|der| Certificate::decode(der).unwrap());
        let (store, crypto) = (RevocationStore::default(), Crypto::ring());
        let call = RevocationCall::new(&store, &crypto, None, OcspStaple::NotApplicable);
        call.links.store(MAX_INTERMEDIATES + 1, Ordering::Relaxed);
        let (end_entity, intermediate) = (Position::EndEntity, Position::Intermediate(1));
        for (position, certificate, issuer, anew) in [
            (end_entity, &leaf, &issuer, true),
            (end_entity, &leaf, &issuer, false),
            (intermediate, &leaf, &issuer, true),
            (end_entity, &leaf, &other, true),
            (end_entity, &other, &issuer, true),
            (intermediate, &other, &other, true),
            (end_entity, &other, &issuer, false),
        ] {
            let mut runs = 0;
            let link = Link {
                position,
                certificate,
                issuer: Issuer::of_certificate(issuer),
                issuer_is_anchor: true,
            };
            let mut findings = Findings::new();
            call.once_for(&link, &mut findings, |findings| {
                runs += 1;
                findings.violation(position, Fact::NotRevoked, Fact::Absent);
            });
            assert_eq!(findings.violations.len(), 1);
            assert_eq!(findings.violations[0].position, position);
            assert_eq!(runs == 1, anew);
        }
    }
}
