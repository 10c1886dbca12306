//! What verification costs: webpki alone, our starting point, and a full partner policy, for each kind of chain.
//!
//! `cargo bench --bench verify` prints criterion's figures, then a table of ratios to webpki alone. The two sides of a
//! ratio take turns within one run, for machines are shared and noisy.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing
)]
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions)]

#[path = "../tests/it/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion};
use pki_types::{CertificateDer, TrustAnchor, UnixTime};
use rustls_policy_verifier::{
    Evidence, ExtendedKeyUsage, IdentifierEntry, KeyPurpose, Matcher, Peer, Pin, Pins, Policy,
    PresentedChain, Span, SubjectIdentifier, Time, TrustAnchors, ValidityLimit, Verifier,
    pki_types,
};
use support::{Authority, CertificateBuilder, KeyKind, Name, TestKey, oids};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);

/// A kind of chain: the keys of anchor, intermediates and end entity.
struct Kind {
    name: &'static str,
    anchor: KeyKind,
    intermediates: &'static [KeyKind],
    end_entity: KeyKind,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "rsa-2048",
        anchor: KeyKind::Rsa2048,
        intermediates: &[KeyKind::Rsa2048],
        end_entity: KeyKind::Rsa2048,
    },
    Kind {
        name: "rsa-3072",
        anchor: KeyKind::Rsa3072,
        intermediates: &[KeyKind::Rsa3072],
        end_entity: KeyKind::Rsa3072,
    },
    Kind {
        name: "p256",
        anchor: KeyKind::P256,
        intermediates: &[KeyKind::P256],
        end_entity: KeyKind::P256,
    },
    Kind {
        name: "p384-anchor-p256",
        anchor: KeyKind::P384,
        intermediates: &[KeyKind::P256],
        end_entity: KeyKind::P256,
    },
    Kind {
        name: "ed25519",
        anchor: KeyKind::Ed25519,
        intermediates: &[KeyKind::Ed25519],
        end_entity: KeyKind::Ed25519,
    },
    Kind {
        name: "ed25519-3-intermediates",
        anchor: KeyKind::Ed25519,
        intermediates: &[KeyKind::Ed25519, KeyKind::Ed25519, KeyKind::Ed25519],
        end_entity: KeyKind::Ed25519,
    },
];

/// A client's chain, and what verifies it.
struct Bench {
    end_entity: CertificateDer<'static>,
    others: Vec<CertificateDer<'static>>,
    webpki_anchors: Vec<TrustAnchor<'static>>,
    starting_point: Verifier,
    partner: Verifier,
}

impl Bench {
    fn new(kind: &Kind) -> Self {
        // Each authority has a key of its own where the kind has several keys ready.
        let key = |kind: KeyKind, n: usize| TestKey::of(kind, n % 2);
        let root = Authority::root("Acme Root CA", key(kind.anchor, 0));
        let mut path = vec![root];
        for (n, of) in (1..).zip(kind.intermediates) {
            let parent = path.last().unwrap();
            path.push(parent.intermediate(&format!("Acme Issuing CA {n}"), key(*of, n)));
        }
        let name = Name::cn("123e4567-e89b-12d3-a456-426614174000").and(oids::ORGANIZATION, "Acme");
        let end_entity = path.last().unwrap().issue(
            CertificateBuilder::end_entity(name, key(kind.end_entity, 0).spki())
                .eku(&[oids::CLIENT_AUTH]),
        );
        let root_der = CertificateDer::from(path[0].der.clone());
        let anchors = || {
            TrustAnchors::new()
                .with_certificates("acme", [root_der.clone()])
                .unwrap()
        };
        Self {
            end_entity: end_entity.into(),
            others: path[1..]
                .iter()
                .rev()
                .map(|ca| ca.der.clone().into())
                .collect(),
            webpki_anchors: vec![
                webpki::anchor_from_trusted_cert(&root_der)
                    .unwrap()
                    .to_owned(),
            ],
            starting_point: Verifier::builder(anchors(), Policy::client())
                .build()
                .unwrap(),
            partner: Verifier::builder(anchors(), partner_policy(&root_der))
                .build()
                .unwrap(),
        }
    }

    fn webpki(&self) {
        webpki::EndEntityCert::try_from(&self.end_entity)
            .unwrap()
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &self.webpki_anchors,
                black_box(&self.others),
                UnixTime::from(NOW),
                webpki::KeyUsage::client_auth(),
                None,
                None,
            )
            .unwrap();
    }

    fn ours(&self, verifier: &Verifier) {
        let chain = PresentedChain::new(&self.end_entity, black_box(&self.others));
        let path = verifier.verify(&chain, Peer::Client, Evidence::default(), NOW);
        black_box(&path.unwrap());
    }
}

/// Every rule that a partner's page asks for.
fn partner_policy(root: &[u8]) -> Policy {
    let mut policy = Policy::client();
    policy.extended_key_usage = ExtendedKeyUsage::only([KeyPurpose::client_auth()]).into();
    let uuid = Matcher::Uuid("123e4567-e89b-12d3-a456-426614174000".into());
    policy.subject_identifier =
        SubjectIdentifier::any_of([IdentifierEntry::common_name(uuid).under("acme")]).into();
    policy.maximum_validity.enforce().end_entity = Some(ValidityLimit::LessThan(Span::Years(3)));
    policy.validity_period.warn_below = vec![Span::Days(7)];
    policy.path_length.max_intermediates = Some(3);
    let digest = ring::digest::digest(&ring::digest::SHA256, root)
        .as_ref()
        .try_into()
        .unwrap();
    policy.pin = Pins::new([Pin::CertificateSha256(digest), Pin::SpkiSha256([0; 32])]).into();
    policy
}

fn criterion_figures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify");
    for kind in KINDS {
        let bench = Bench::new(kind);
        group.bench_function(BenchmarkId::new("webpki", kind.name), |b| {
            b.iter(|| bench.webpki())
        });
        group.bench_function(BenchmarkId::new("starting-point", kind.name), |b| {
            b.iter(|| bench.ours(&bench.starting_point));
        });
        group.bench_function(BenchmarkId::new("partner-policy", kind.name), |b| {
            b.iter(|| bench.ours(&bench.partner));
        });
    }
    group.finish();
}

/// Median times of functions that take turns, so that what disturbs one disturbs all.
fn take_turns(functions: [&dyn Fn(); 3]) -> [Duration; 3] {
    const ROUNDS: usize = 200;
    const BATCH: u32 = 20;
    let mut times = [const { Vec::new() }; 3];
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
        "\nchain                       webpki      starting point      partner policy   (ratio to webpki)"
    );
    for kind in KINDS {
        let bench = Bench::new(kind);
        let [webpki, ours, partner] = take_turns([
            &|| bench.webpki(),
            &|| bench.ours(&bench.starting_point),
            &|| bench.ours(&bench.partner),
        ]);
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let ratio = |time: Duration| time.as_secs_f64() / webpki.as_secs_f64();
        println!(
            "{:24} {:7.1} µs   {:7.1} µs  {:5.3}   {:7.1} µs  {:5.3}",
            kind.name,
            micros(webpki),
            micros(ours),
            ratio(ours),
            micros(partner),
            ratio(partner),
        );
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    criterion_figures(&mut criterion);
    criterion.final_summary();
    // `cargo test --benches` only asks whether the benches run.
    if !std::env::args().any(|argument| argument == "--test") {
        ratio_table();
    }
}
