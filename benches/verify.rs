//! What verification costs beside webpki alone, with *ring*: our starting point and a full partner policy, cold and warm.
//!
//! `cargo bench --bench verify` prints criterion's figures, then a table of ratios to webpki alone. The two sides of a
//! ratio take turns within one run, for machines are shared and noisy. `comparison/` measures more, and against more.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing
)]
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions)]

// What the comparison uses beyond this bench.
#[allow(dead_code, unreachable_pub)]
#[path = "comparison/src/chains.rs"]
mod chains;
#[allow(dead_code, unreachable_pub)]
#[path = "comparison/src/revocation.rs"]
mod revocation;
#[path = "../tests/it/support/mod.rs"]
mod support;
#[allow(dead_code, unreachable_pub)]
#[path = "comparison/src/worst.rs"]
mod worst;

mod sides {
    use rustls_policy_verifier::rustls::crypto::{CryptoProvider, ring};

    pub(crate) fn ring() -> CryptoProvider {
        ring::default_provider()
    }
}

use std::hint::black_box;
use std::time::{Duration, Instant};

use chains::{ALL_KEYS, Chain, ED25519, Kind, NOW, P256, Rules};
use criterion::{BenchmarkId, Criterion};
use pki_types::{TrustAnchor, UnixTime};
use revocation::Revocable;
use rustls_policy_verifier::{
    Crl, Evidence, OcspResponse, OcspStaple, Peer, PresentedChain, Role, VerifiedPath, Verifier,
    pki_types,
};
use worst::Worst;

/// A client's chain, and what verifies it.
struct Bench {
    chain: Chain,
    webpki_anchors: Vec<TrustAnchor<'static>>,
    starting_point: Verifier,
    partner: Verifier,
    /// The full policy, with a signature cache.
    warm: Verifier,
}

impl Bench {
    fn new(kind: &Kind) -> Self {
        let chain = Chain::new(kind, Role::Client);
        let anchor = webpki::anchor_from_trusted_cert(&chain.roots[0]).unwrap();
        let verifier = |rules: Rules| {
            let policy = rules.policy(Role::Client, &chain.roots[0]);
            Verifier::builder(chain.anchors(), policy)
        };
        let cold = |rules| verifier(rules).without_signature_cache().build().unwrap();
        Self {
            webpki_anchors: vec![anchor.to_owned()],
            starting_point: cold(Rules::StartingPoint),
            partner: cold(Rules::Partner),
            warm: verifier(Rules::Partner).build().unwrap(),
            chain,
        }
    }

    fn webpki(&self) {
        webpki::EndEntityCert::try_from(&self.chain.end_entity)
            .unwrap()
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &self.webpki_anchors,
                black_box(&self.chain.others),
                UnixTime::from(NOW),
                webpki::KeyUsage::client_auth(),
                None,
                None,
            )
            .unwrap();
    }

    fn ours(&self, verifier: &Verifier) {
        accept(verifier, &self.chain, Peer::Client, Evidence::default());
    }
}

/// Every kind of keys with one intermediate, and one kind with three.
fn kinds() -> Vec<Kind> {
    let mut kinds = ALL_KEYS.map(Kind::of).to_vec();
    kinds.push(Kind::of(ED25519).intermediates(3));
    kinds
}

/// CRLs and OCSP responses: what they add to a verification, what loading takes, and how soon what is none is refused.
fn revocation_figures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("revocation");
    for entries in [10, 1_000_000] {
        let case = Revocable::new(Kind::of(P256), Role::Client);
        let crls = case.crls(entries);
        group.bench_function(BenchmarkId::new("load-crl", entries), |b| {
            b.iter(|| Crl::from_der(black_box(&crls[0][..])).unwrap());
        });
        let crls = crls.map(|der| Crl::from_der(der).unwrap());
        let verifier = case.builder_with_crls(crls).build().unwrap();
        let verify = || accept(&verifier, &case.chain, Peer::Client, Evidence::default());
        group.bench_function(BenchmarkId::new("crl-seen-before", entries), |b| {
            b.iter(verify)
        });
    }
    let case = Revocable::new(Kind::of(P256), Role::Server);
    let verifier = case.builder_with_staple().build().unwrap();
    for (name, delegated) in [("by-the-issuer", false), ("by-a-responder", true)] {
        let staple = case.staple(delegated);
        let verify = || {
            let mut evidence = Evidence::default();
            evidence.ocsp = OcspStaple::Given(black_box(&staple));
            accept(&verifier, &case.chain, Peer::ServerWithoutName, evidence);
        };
        group.bench_function(BenchmarkId::new("staple-seen-before", name), |b| {
            b.iter(verify)
        });
        group.bench_function(BenchmarkId::new("decode-response", name), |b| {
            b.iter(|| OcspResponse::from_der(black_box(&staple[..])).unwrap());
        });
    }
    let garbage: Vec<u8> = (0..10_000_000u32).map(|n| (n ^ n >> 7) as u8).collect();
    group.bench_function("refuse-crl-of-garbage", |b| {
        b.iter(|| Crl::from_der(black_box(&garbage[..])).unwrap_err());
    });
    let many = case.response_of(10_000);
    group.bench_function("refuse-response-of-10000", |b| {
        b.iter(|| OcspResponse::from_der(black_box(&many[..])).unwrap_err());
    });
    let large = case.response_of(500);
    group.bench_function("decode-response-of-500", |b| {
        b.iter(|| OcspResponse::from_der(black_box(&large[..])).unwrap());
    });
    group.finish();
}

fn accept(verifier: &Verifier, chain: &Chain, peer: Peer<'_>, evidence: Evidence<'_>) {
    let chain = PresentedChain::new(&chain.end_entity, black_box(&chain.others));
    let path = verifier.verify(&chain, peer, evidence, NOW);
    black_box::<&VerifiedPath<'_>>(&path.unwrap());
}

fn criterion_figures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify");
    for kind in kinds() {
        let bench = Bench::new(&kind);
        let sides: [(&str, &dyn Fn()); 4] = [
            ("webpki", &|| bench.webpki()),
            ("starting-point", &|| bench.ours(&bench.starting_point)),
            ("partner-policy", &|| bench.ours(&bench.partner)),
            ("seen-before", &|| bench.ours(&bench.warm)),
        ];
        for (side, function) in sides {
            group.bench_function(BenchmarkId::new(side, kind.name()), |b| b.iter(function));
        }
    }
    group.finish();
}

/// What a peer can make a verifier do, at most.
fn worst_case_figures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("worst");
    group.sample_size(20);
    for message in Worst::all() {
        group.bench_function(message.name, |b| b.iter(|| message.ours()));
    }
    group.finish();
}

/// Median times of functions that take turns, so that what disturbs one disturbs all.
fn take_turns(functions: [&dyn Fn(); 4]) -> [Duration; 4] {
    const ROUNDS: usize = 200;
    const BATCH: u32 = 20;
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        for (function, times) in functions.iter().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..BATCH {
                function();
            }
            times.push(start.elapsed() / BATCH);
        }
    }
    times.map(|mut times| {
        times.sort();
        times[ROUNDS / 2]
    })
}

fn ratio_table() {
    println!(
        "\nchain                       webpki      starting point      partner policy   (ratio to webpki)   seen before"
    );
    for kind in kinds() {
        let bench = Bench::new(&kind);
        let [webpki, ours, partner, warm] = take_turns([
            &|| bench.webpki(),
            &|| bench.ours(&bench.starting_point),
            &|| bench.ours(&bench.partner),
            &|| bench.ours(&bench.warm),
        ]);
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let ratio = |time: Duration| time.as_secs_f64() / webpki.as_secs_f64();
        println!(
            "{:24} {:7.1} µs   {:7.1} µs  {:5.3}   {:7.1} µs  {:5.3}   {:23.2} µs",
            kind.name(),
            micros(webpki),
            micros(ours),
            ratio(ours),
            micros(partner),
            ratio(partner),
            micros(warm),
        );
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    criterion_figures(&mut criterion);
    revocation_figures(&mut criterion);
    worst_case_figures(&mut criterion);
    criterion.final_summary();
    // `cargo test --benches` only asks whether the benches run.
    if !std::env::args().any(|argument| argument == "--test") {
        ratio_table();
    }
}
