//! One and two threads, peers seen before: with one verifier for all, and beside it with one for each thread, which
//! share nothing and show what the machine gives.

use std::sync::Barrier;
use std::time::Instant;

use comparison::chains::{Chain, Kind, P256, Rules};
use comparison::sides::{Cache, Side, ring};
use comparison::turns::Times;
use rustls_policy_verifier::Role::Client;

use super::{Bound, Targets};

pub fn measure(targets: &mut Targets) {
    let (rounds, calls) = if comparison::only_tested() {
        (1, 10)
    } else {
        (101, 4000)
    };
    let kind = Kind::of(P256);
    let chains = Chain::peers(&kind, Client, 2);
    let verifier = || {
        let ours = Side::ours(&chains[0], Client, &ring(), Rules::Partner, Cache::Own);
        chains.iter().for_each(|chain| ours.accept(chain));
        ours
    };
    // The threads' chains are their own in both cases: two connections.
    let shared = verifier();
    let (one, other) = (verifier(), verifier());
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..rounds {
        let setups: [&[&Side]; 4] = [&[&shared], &[&one], &[&shared, &shared], &[&one, &other]];
        for (verifiers, times) in setups.iter().zip(&mut times) {
            times.push(seconds(verifiers, &chains, calls));
        }
    }
    let [shared_1, apart_1, shared_2, apart_2] = times.map(Times::of_rounds);
    // Two threads do twice the work.
    let shared = 2.0 * shared_1.ratio_to(&shared_2);
    let apart = 2.0 * apart_1.ratio_to(&apart_2);
    let per_second = |times: &Times, threads: f64| threads * f64::from(calls) / times.median();
    println!(
        "\n{:44} {:>13} {:>13} {:>8}\n{:44} {:11.0}/s {:11.0}/s {:7.2}x\n{:44} {:11.0}/s {:11.0}/s {:7.2}x",
        "ring, p256, full policy, seen before",
        "one thread",
        "two threads",
        "gain",
        "one verifier for all threads",
        per_second(&shared_1, 1.0),
        per_second(&shared_2, 2.0),
        shared,
        "a verifier for each thread",
        per_second(&apart_1, 1.0),
        per_second(&apart_2, 2.0),
        apart,
    );
    let what = "two threads, gain to that of sharing nothing";
    targets.add(what, Bound::AtLeast(0.95), "x", "", shared / apart);
}

/// How long it takes until each thread has verified so often.
fn seconds(verifiers: &[&Side], chains: &[Chain], calls: u32) -> f64 {
    let barrier = Barrier::new(verifiers.len() + 1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = verifiers
            .iter()
            .zip(chains)
            .map(|(verifier, chain)| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    let start = Instant::now();
                    for _ in 0..calls {
                        verifier.accept(chain);
                    }
                    (start, Instant::now())
                })
            })
            .collect();
        barrier.wait();
        let spans: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().expect("a thread of verifications"))
            .collect();
        let start = spans.iter().map(|span| span.0).min();
        let end = spans.iter().map(|span| span.1).max();
        let (start, end) = start.zip(end).expect("there is a thread");
        (end - start).as_secs_f64()
    })
}
