//! Many peers that come one after the other, with a cache of the default size.

use std::cell::Cell;

use comparison::chains::{Chain, Kind, P256, RSA_2048, RSA_3072, Rules};
use comparison::sides::{Cache, Side, ring};
use comparison::turns::take_turns;
use rustls_policy_verifier::Role::Client;
use rustls_policy_verifier::SignatureCache;

const PEERS: u64 = 2000;

pub fn measure() {
    let peers = if comparison::only_tested() { 20 } else { PEERS };
    println!(
        "\n{:44} {:>10} {:>9} {:>9} {:>12} {:>10}",
        format!("{peers} clients in rotation, cache of 4 MiB"),
        "one peer",
        "rotation",
        "rustls",
        "remembered",
        "octets"
    );
    for keys in [P256, RSA_2048, RSA_3072] {
        let chains = Chain::peers(&Kind::of(keys), Client, peers);
        let cache = SignatureCache::default();
        let of_all = Cache::This(cache.clone());
        let ours = |cache| Side::ours(&chains[0], Client, &ring(), Rules::Partner, cache);
        let (one, all) = (ours(Cache::Own), ours(of_all));
        let theirs = Side::theirs(&chains[0], Client, &ring());
        one.accept(&chains[0]);
        // Who comes a second time stays in the cache.
        for _ in 0..3 {
            chains.iter().for_each(|chain| all.accept(chain));
        }
        let next = Cell::new(0);
        let [one, rotation, theirs] = take_turns([
            &|| one.accept(&chains[0]),
            &|| {
                all.accept(&chains[next.get()]);
                next.set((next.get() + 1) % chains.len());
            },
            &|| theirs.accept(&chains[0]),
        ]);
        println!(
            "{:44} {:7.2} µs {:6.2} µs {:6.1} µs {:12} {:10}",
            format!("ring, {}", keys.name),
            one.microseconds(),
            rotation.microseconds(),
            theirs.microseconds(),
            cache.len(),
            cache.octets(),
        );
    }
}
