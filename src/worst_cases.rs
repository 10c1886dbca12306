//! What the worst known messages cost, counted in steps of the search and in signature verifications.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm,
};

use crate::certificate::Certificate;
use crate::chain::PresentedChain;
use crate::crypto::{Crypto, Sha256};
use crate::diagnosis::ChainReason;
use crate::error::VerifyError;
use crate::path::Position;
use crate::path_builder::{MOST_STEPS, STEPS};
use crate::peer::{Evidence, OcspStaple, Peer, Role};
use crate::policy::Policy;
use crate::report::Fact;
use crate::revocation::call::MOST_SIGNATURES;
use crate::revocation::ocsp::{MAX_OCSP_OCTETS, OcspProblem};
use crate::signature_cache::{Signature, SignatureCache};
use crate::support::worst::{Worst, worst};
use crate::support::{
    Authority, CertificateBuilder, Issuer, KeyKind, Name, OcspBuilder, SingleBuilder, TestKey,
    keys, oids, serial_of,
};
use crate::time::Time;
use crate::trust::TrustAnchors;
use crate::verify::Verifier;

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);

/// Counts what it is asked to verify, and asks *ring*.
struct Counting(&'static dyn SignatureVerificationAlgorithm);

static VERIFICATIONS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static OWN: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl SignatureVerificationAlgorithm for Counting {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        VERIFICATIONS.fetch_add(1, Ordering::Relaxed);
        OWN.set(OWN.get() + 1);
        self.0.verify_signature(key, message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.0.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0.signature_alg_id()
    }
}

impl fmt::Debug for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn counting() -> Crypto {
    static ED25519: Counting = Counting(webpki::ring::ED25519);
    static P384: Counting = Counting(webpki::ring::ECDSA_P384_SHA384);
    static RSA: Counting = Counting(webpki::ring::RSA_PKCS1_2048_8192_SHA256);
    static LIST: &[&dyn SignatureVerificationAlgorithm] = &[&ED25519, &P384, &RSA];
    Crypto {
        list: LIST,
        algorithms: LIST.to_vec(),
        sha256: Sha256::Ring,
        handshake: Crypto::ring().handshake,
        given: false,
    }
}

struct Cost {
    steps: usize,
    signatures: usize,
    verdict: Result<(), VerifyError>,
}

/// Verifies end entity and others as a client's chain under `root`.
fn cost(root: &Authority, end_entity: &[u8], others: &[Vec<u8>]) -> Cost {
    let anchors = TrustAnchors::from_pem(&root.der).unwrap();
    let verifier = Verifier::builder(anchors, Policy::client())
        .build()
        .unwrap()
        .with_crypto(counting());
    let end_entity = CertificateDer::from(end_entity);
    let others: Vec<_> = others
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let chain = PresentedChain::new(&end_entity, &others);
    let (peer, evidence) = (Peer::Client, Evidence::default());
    measured(&verifier, &chain, peer, evidence)
}

fn measured(
    verifier: &Verifier,
    chain: &PresentedChain<'_>,
    peer: Peer<'_>,
    evidence: Evidence<'_>,
) -> Cost {
    STEPS.set(0);
    OWN.set(0);
    let verdict = verifier.verify(chain, peer, evidence, NOW).map(|_| ());
    Cost {
        steps: STEPS.get(),
        signatures: OWN.get(),
        verdict,
    }
}

fn reason(verdict: Result<(), VerifyError>) -> ChainReason {
    let error = verdict.unwrap_err();
    match &error.violations()[0].presented {
        Fact::ChainFailure(failure) => failure.reason,
        other => panic!("{other:?}"),
    }
}

/// An end entity that claims to be issued by `issuer`.
fn end_entity_by(issuer: &str) -> Vec<u8> {
    let key = TestKey::ed25519(1000);
    CertificateBuilder::end_entity(Name::cn("peer"), key.spki())
        .eku(&[oids::CLIENT_AUTH])
        .signed_by(&Issuer::new(Name::cn(issuer), TestKey::ed25519(1001)))
}

/// A small CA certificate that claims to be issued by `issuer`; the signature is by some key or other.
fn decoy(subject: &str, issuer: &str, n: u64) -> Vec<u8> {
    CertificateBuilder::new(Name::cn(subject), TestKey::ed25519(n).spki())
        .basic_constraints(true, None)
        .validity(1_577_836_800, 2_208_988_800)
        .signed_by(&Issuer::new(Name::cn(issuer), TestKey::ed25519(2000 + n)))
}

#[test]
fn decoys_of_one_name_that_lead_nowhere_are_never_searched() {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let decoys: Vec<_> = (0..40).map(|n| decoy("X", "X", n)).collect();
    let cost = cost(&root, &end_entity_by("X"), &decoys);
    assert_eq!((cost.steps, cost.signatures), (1, 0));
    assert_eq!(reason(cost.verdict), ChainReason::UnknownIssuer);
}

/// A message sent to a verifier that starts out as one does, has a profile, and judges revocation where there is a response.
fn cost_of(message: &Worst) -> Cost {
    let mut policy = Policy::client();
    policy.certificate_profile.enforce();
    if message.staple.is_some() {
        policy.revocation.enforce();
    }
    let anchors = TrustAnchors::from_pem(&message.root.der).unwrap();
    let mut builder = Verifier::builder(anchors, policy);
    if message.staple.is_some() {
        builder = builder.responses_come_with_chains();
    }
    let verifier = builder.build().unwrap().with_crypto(counting());
    let end_entity = CertificateDer::from(message.end_entity.as_slice());
    let others = message.others.iter();
    let others: Vec<_> = others
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let evidence = Evidence {
        ocsp: message
            .staple
            .as_deref()
            .map_or(OcspStaple::Absent, OcspStaple::Given),
    };
    let chain = PresentedChain::new(&end_entity, &others);
    measured(&verifier, &chain, Peer::Client, evidence)
}

/// Each message's steps of the search, and signatures computed; `docs/worst-cases.md` has the times.
#[test]
fn the_worst_messages_cost_what_they_did() {
    let costs = worst().into_iter().map(|message| {
        let staple = message.staple.as_ref().map_or(0, Vec::len);
        let octets = message.octets() - staple;
        assert!(octets <= 65_536, "{}: {octets} octets", message.name);
        assert!(
            staple <= MAX_OCSP_OCTETS,
            "{}: {staple} octets",
            message.name
        );
        let cost = cost_of(&message);
        assert!(cost.verdict.is_err(), "{} is accepted", message.name);
        (message.name, cost.steps, cost.signatures)
    });
    let costs: Vec<_> = costs.collect();
    let expected = [
        ("10 small CAs of one name", 1, 0),
        ("16 connected, small", 487, 0),
        ("16 connected, 60 KiB", 65, 0),
        ("16 connected, 64 extensions each", 65, 0),
        ("16 connected, 64 purposes each", 132, 0),
        ("16 connected, names of 1.7 KiB", 65, 0),
        ("16 that name a P-384 anchor", 101, 17),
        ("16 of two CAs that certify each other", 487, 0),
        ("99 in a line that ends nowhere", 1, 0),
        ("99 unconnected, 60 KiB", 1, 1),
        ("99 that break rules, with names that print long", 1, 1),
        ("99 that fail what checks of a profile they can", 1, 1),
        ("one certificate with 60 KiB of names", 1, 1),
        ("one certificate with a serial number of 60 KiB", 1, 1),
        ("a replayed chain, a forged staple of 64 KiB", 2, 11),
        ("512 names under 4500 constraints", 2, 2),
        ("6 levels with 16 certificates", 26, 12),
        (
            "2 CAs with RSA-8192 and the largest exponent, 14 below",
            43,
            11,
        ),
        (
            "2 CAs with RSA-16384, beyond the algorithms, 14 below",
            43,
            11,
        ),
    ];
    assert_eq!(costs, expected);
}

/// Decoys that names do connect: every permutation of them is a path to webpki, and only the last link leads on.
#[test]
fn decoys_that_lead_on_are_searched_within_bounds() {
    let root = Authority::root("Root", TestKey::ed25519(1));
    for links in 1..=5 {
        let mut names = vec!["X".to_owned()];
        names.extend((1..links).map(|n| format!("Link {n}")));
        names.push("Root".to_owned());
        let count: u64 = 16 - u64::try_from(links).unwrap();
        let mut others: Vec<_> = (0..count).map(|n| decoy("X", "X", n)).collect();
        for (n, pair) in (100..).zip(names.windows(2)) {
            others.push(decoy(&pair[0], &pair[1], n));
        }
        let cost = cost(&root, &end_entity_by("X"), &others);
        assert!(
            cost.steps <= MOST_STEPS + 1,
            "{links}: {} steps",
            cost.steps
        );
        assert!(
            cost.signatures <= 16,
            "{links}: {} signatures",
            cost.signatures
        );
        let reason = reason(cost.verdict);
        assert!(
            matches!(reason, ChainReason::TooMuchWork | ChainReason::BadSignature),
            "{links}: {reason:?}"
        );
    }
}

/// Every decoy names a real anchor with an expensive key: each signature is verified once.
#[test]
fn decoys_that_name_an_anchor_cost_one_signature_each() {
    let root = Authority::root("Root", TestKey::of(KeyKind::P384, 0));
    let decoys: Vec<_> = (0..16)
        .map(|n| {
            CertificateBuilder::ca(
                Name::cn("Root"),
                &TestKey::of(KeyKind::P384, usize::try_from(n % 3).unwrap()),
            )
            .serial(n)
            .validity(1_577_836_800, 2_208_988_800)
            .signed_by(&Issuer::new(
                Name::cn("Root"),
                TestKey::of(KeyKind::P384, 1),
            ))
        })
        .collect();
    let end_entity = CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(7).spki())
        .eku(&[oids::CLIENT_AUTH])
        .signed_by(&Issuer::new(
            Name::cn("Root"),
            TestKey::of(KeyKind::P384, 2),
        ));
    let cost = cost(&root, &end_entity, &decoys);
    assert!(cost.steps <= MOST_STEPS + 1, "{} steps", cost.steps);
    assert!(cost.signatures <= 17, "{} signatures", cost.signatures);
    assert!(cost.verdict.is_err());
}

#[test]
fn the_same_intermediate_forty_times_is_one() {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let issuing = root.intermediate("Issuing", TestKey::ed25519(2));
    let end_entity = issuing.issue(
        CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(3).spki())
            .eku(&[oids::CLIENT_AUTH]),
    );
    let others: Vec<_> = std::iter::repeat_n(issuing.der.clone(), 40)
        .chain([root.der.clone()])
        .collect();
    let cost = cost(&root, &end_entity, &others);
    assert_eq!(cost.verdict, Ok(()));
    assert_eq!((cost.steps, cost.signatures), (2, 2));
}

#[test]
fn more_than_sixteen_connected_certificates_are_an_input_error() {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let others: Vec<_> = (0..17).map(|n| decoy("X", "Root", n)).collect();
    let cost = cost(&root, &end_entity_by("X"), &others);
    assert_eq!((cost.steps, cost.signatures), (0, 0));
    let error = cost.verdict.unwrap_err();
    let [violation] = error.violations() else {
        panic!("{error:#?}");
    };
    assert_eq!(violation.position, Position::Path);
    assert_eq!(
        violation.presented,
        Fact::Count {
            count: 17,
            what: "presented certificates that names connect to the end entity and a trust anchor",
        }
    );
}

#[test]
fn size_and_number_are_bounded_before_anything_is_decoded() {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let junk = vec![vec![0u8; 2]; 10_000];
    let cost_of_many = cost(&root, &end_entity_by("X"), &junk);
    assert_eq!(
        cost_of_many.verdict.unwrap_err().violations()[0].presented,
        Fact::Count {
            count: 10_001,
            what: "presented certificates"
        }
    );
    let large = vec![vec![0u8; 65_536]];
    let cost_of_large = cost(&root, &end_entity_by("X"), &large);
    assert!(matches!(
        cost_of_large.verdict.unwrap_err().violations()[0].presented,
        Fact::Count {
            count: 65_537..,
            what: "octets of presented certificates"
        }
    ));
}

/// An intermediate with a key beyond what algorithms verify is refused; the end entity's key is never used at all.
#[test]
fn a_huge_key_is_never_used() {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let end_entity = root.issue(
        CertificateBuilder::end_entity(Name::cn("peer"), keys::rsa_spki(16_384, 65_537))
            .eku(&[oids::CLIENT_AUTH]),
    );
    let cost = cost(&root, &end_entity, &[]);
    assert_eq!(cost.signatures, 1);
    let error = cost.verdict.unwrap_err();
    let rules: Vec<_> = error
        .violations()
        .iter()
        .map(|violation| violation.rule.as_str())
        .collect();
    assert_eq!(rules, ["minimum-key-size"]);
}

/// Key, message and signature lie in one piece of memory: the cache knows where each ends, and under which algorithm it holds.
#[test]
fn the_cache_tells_fields_and_algorithms_apart() {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let der = root.intermediate("Issuing", TestKey::ed25519(2)).der;
    let certificate = Certificate::decode(&der).unwrap();
    let (key, message, signature) = (
        root.key.spki(),
        certificate.tbs().to_vec(),
        certificate.signature().to_vec(),
    );
    let cache = SignatureCache::default();
    cache.insert(3, &key, &certificate);
    let holds = |algorithm, key: &[u8], message: &[u8], signature: &[u8]| {
        cache.contains(&Signature {
            algorithm,
            key,
            message,
            signature,
        })
    };
    assert!(holds(3, &key, &message, &signature));
    for algorithm in [0, 2, 4, usize::MAX] {
        assert!(!holds(algorithm, &key, &message, &signature));
    }
    let whole = [key.as_slice(), &message, &signature].concat();
    let (first, second) = (key.len(), key.len() + message.len());
    let near = |boundary: usize| [boundary - 1, boundary, boundary + 1];
    for start in near(first) {
        for end in near(second) {
            let held = holds(3, &whole[..start], &whole[start..end], &whole[end..]);
            assert_eq!(held, (start, end) == (first, second), "{start}, {end}");
        }
    }
    let one_less = &signature[1..];
    assert!(!holds(3, &key, &message, one_less) && !holds(3, &key, &message, &[]));
    let kept = cache.layout(&der).unwrap();
    assert_eq!(format!("{kept:?}"), format!("{:?}", certificate.layout()));
    assert!(cache.layout(&der[1..]).is_none() && cache.layout(&[]).is_none());
}

/// webpki decodes the whole pool at every step, so a large pool may cost fewer steps than a small one.
#[test]
fn large_pools_are_searched_in_fewer_steps() {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let links = [("X", "Y"), ("Y", "Root")];
    let steps = |padding: usize| {
        let padded = |subject: &str, issuer: &str, n: u64| {
            CertificateBuilder::new(Name::cn(subject), TestKey::ed25519(n).spki())
                .basic_constraints(true, None)
                .validity(1_577_836_800, 2_208_988_800)
                .extension("1.3.6.1.4.1.32473.9", false, &vec![0; padding])
                .signed_by(&Issuer::new(Name::cn(issuer), TestKey::ed25519(2000 + n)))
        };
        let mut others: Vec<_> = (0..14).map(|n| padded("X", "X", n)).collect();
        for (n, (subject, issuer)) in (100..).zip(links) {
            others.push(padded(subject, issuer, n));
        }
        let cost = cost(&root, &end_entity_by("X"), &others);
        assert_eq!(reason(cost.verdict), ChainReason::TooMuchWork);
        cost.steps
    };
    let (small, large) = (steps(0), steps(3500));
    assert!(small > 200, "{small} steps");
    // 2 MiB of pools of 60 KiB are 35 steps; there are 64 at least, and one finds that none is left.
    assert_eq!(large, 65);
}

/// Verifies a server's chain that comes with a staple.
fn cost_with_staple(
    root: &Authority,
    end_entity: &[u8],
    others: &[Vec<u8>],
    staple: &[u8],
) -> Cost {
    let mut policy = Policy::for_role(Role::Server);
    policy.revocation.enforce();
    let verifier = Verifier::builder(TrustAnchors::from_pem(&root.der).unwrap(), policy)
        .build()
        .unwrap()
        .with_crypto(counting());
    let end_entity = CertificateDer::from(end_entity);
    let others = others
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()));
    let others: Vec<_> = others.collect();
    let evidence = Evidence {
        ocsp: OcspStaple::Given(staple),
    };
    let chain = PresentedChain::new(&end_entity, &others);
    measured(&verifier, &chain, Peer::ServerWithoutName, evidence)
}

fn bad_responses(verdict: Result<(), VerifyError>) -> Vec<OcspProblem> {
    let error = verdict.unwrap_err();
    let problems = error.violations().iter();
    problems
        .filter_map(|violation| match &violation.presented {
            Fact::BadResponse(problem) => Some(problem.clone()),
            _ => None,
        })
        .collect()
}

fn p384(n: usize) -> TestKey {
    TestKey::of(KeyKind::P384, n % 3)
}

/// As many answers about a certificate as fit beside `octets` of others.
fn full(issuer: &Authority, certificate: &[u8], octets: usize) -> OcspBuilder {
    let single = SingleBuilder::good(issuer, &serial_of(certificate));
    let count = (MAX_OCSP_OCTETS - octets - 2000) / single.der().len();
    std::iter::repeat_n(single, count).fold(OcspBuilder::new(), OcspBuilder::single)
}

/// Responders of the issuer's name and with the issuer's name for a responder's; `change` adapts their certificates.
fn responders(
    issuer: &Authority,
    change: impl Fn(usize, CertificateBuilder) -> CertificateBuilder,
) -> Vec<Vec<u8>> {
    let responder = |n: usize| {
        let key = TestKey::ed25519(900 + u64::try_from(n).unwrap());
        let common_name = "Issuing";
        issuer
            .ocsp_responder(common_name, key, |it| {
                change(n, it).serial(u64::try_from(n).unwrap())
            })
            .der
    };
    (0..8).map(responder).collect()
}

/// Whoever replays a genuine chain can add what they like to the staple: a signature for each certificate, and one more.
#[test]
fn a_staple_that_nobody_signed_costs_a_signature_for_each_certificate() {
    let root = Authority::root("Root", p384(0));
    let issuing = root.intermediate("Issuing", p384(1));
    let end_entity = issuing.issue(CertificateBuilder::end_entity(
        Name::cn("peer"),
        p384(2).spki(),
    ));
    let certificates = responders(&issuing, |n, it| {
        it.spki(p384(n % 2 * 2).spki()).tamper_signature()
    });
    let octets = certificates.concat().len();
    let staple = full(&issuing, &end_entity, octets).certificates(certificates);
    let staple = issuing.ocsp(staple.tamper_signature());
    assert!(
        (50_000..=MAX_OCSP_OCTETS).contains(&staple.len()),
        "{}",
        staple.len()
    );
    let cost = cost_with_staple(
        &root,
        &end_entity,
        std::slice::from_ref(&issuing.der),
        &staple,
    );
    // Two of the path.
    assert_eq!(cost.signatures, 2 + 1 + 8);
    assert_eq!(bad_responses(cost.verdict).len(), 1);
}

/// Who has a CA under the anchor can appoint responders with any keys, and be certified many times.
#[test]
fn a_staple_of_a_hostile_ca_costs_a_bounded_number_of_signatures() {
    let root = Authority::root("Root", p384(0));
    let issuing = root.intermediate("Issuing", p384(1));
    let end_entity = issuing.issue(CertificateBuilder::end_entity(
        Name::cn("peer"),
        p384(2).spki(),
    ));
    let others: Vec<_> = (0..15)
        .map(|n| root.cross_sign_with(&issuing, |it| it.serial(n)))
        .collect();
    for huge in [false, true] {
        let certificates = responders(&issuing, |n, it| match huge {
            false => it.spki(p384(n % 2 * 2).spki()),
            true => it.spki(keys::rsa_spki(8192, (1 << 33) - 1)),
        });
        let octets = certificates.concat().len();
        let staple = full(&issuing, &end_entity, octets).certificates(certificates);
        let staple = issuing.ocsp(match huge {
            false => staple.tamper_signature(),
            true => staple
                .signature_algorithm(keys::rsa_signature_algorithm(oids::SHA256_WITH_RSA))
                .signature_raw(crate::support::der::bit_string(&[1; 1024])),
        });
        assert!(
            (50_000..=MAX_OCSP_OCTETS).contains(&staple.len()),
            "{}",
            staple.len()
        );
        let cost = cost_with_staple(&root, &end_entity, &others, &staple);
        // Each of the fifteen, and the end entity's.
        assert!(cost.signatures > 15, "{}", cost.signatures);
        assert!(
            cost.signatures <= 16 + MOST_SIGNATURES,
            "{}",
            cost.signatures
        );
        assert!(!bad_responses(cost.verdict).is_empty());
    }
}

/// Every permutation of a CA's certificates by itself is a path, and the staple is looked at on each.
#[test]
fn a_large_staple_on_many_paths() {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let issuing = root.intermediate("Issuing", TestKey::ed25519(2));
    let key = TestKey::ed25519(3).spki();
    let end_entity = issuing.issue(CertificateBuilder::end_entity(Name::cn("peer"), key));
    let others: Vec<_> = (0..16)
        .map(|n| match n % 2 {
            0 => issuing.cross_sign_with(&issuing, |it| it.serial(n)),
            _ => root.cross_sign_with(&issuing, |it| it.serial(n)),
        })
        .collect();
    let certificates = responders(&issuing, |_, it| it.tamper_signature());
    let octets = certificates.concat().len();
    let staple = full(&issuing, &end_entity, octets).certificates(certificates);
    let staple = issuing.ocsp(staple.tamper_signature());
    let small = issuing.ocsp(OcspBuilder::new());
    let cheap = cost_with_staple(&root, &end_entity, &others, &small);
    let cost = cost_with_staple(&root, &end_entity, &others, &staple);
    assert!(cost.steps <= MOST_STEPS + 1, "{} steps", cost.steps);
    assert_eq!(cost.steps, cheap.steps);
    assert!(
        cost.signatures <= 17 + MOST_SIGNATURES,
        "{}",
        cost.signatures
    );
    assert!(!bad_responses(cost.verdict).is_empty());
}
