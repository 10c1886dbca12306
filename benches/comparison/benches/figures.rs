//! criterion's figures: one verification of a server's chain, by every side, for every kind of chain.
//!
//! `chart.py` draws docs/speed.svg from what criterion writes. Ratios are the matter of `targets`, where sides take turns.

use std::time::Duration;

use comparison::chains::{Chain, Kind, Rules};
use comparison::openssl_verifier::OpenSsl;
use comparison::sides::{Cache, Side, providers};
use comparison::signatures::Signatures;
use criterion::Criterion;
use rustls_policy_verifier::Role::Server;

fn main() {
    let mut criterion = Criterion::default()
        .without_plots()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .configure_from_args();
    let chains: Vec<_> = Kind::table()
        .iter()
        .map(|kind| (kind.name(), Chain::new(kind, Server)))
        .collect();

    let mut figure = |provider: &str, side: &str, chain: &str, function: &dyn Fn()| {
        // Whether it does what is measured; a warm side has seen the chain from here on.
        function();
        let mut group = criterion.benchmark_group(format!("{provider}/{side}"));
        group.bench_function(chain, |bencher| bencher.iter(function));
        group.finish();
    };
    for (name, chain) in &chains {
        let openssl = OpenSsl::new(chain, Server);
        // It refuses a chain whose CA is there twice if the first may not sign.
        if openssl.verify(chain) {
            figure("openssl", "verify", name, &|| openssl.accept(chain));
        }
    }
    for (provider_name, provider) in providers() {
        for (name, chain) in &chains {
            let signatures = Signatures::of(chain, Server, &provider);
            figure(provider_name, "signatures-alone", name, &|| {
                signatures.verify()
            });
            let theirs = Side::theirs(chain, Server, &provider);
            figure(provider_name, "rustls", name, &|| theirs.accept(chain));
            for (side, rules, cache) in [
                ("starting-point-cold", Rules::StartingPoint, Cache::None),
                ("starting-point-warm", Rules::StartingPoint, Cache::Own),
                ("partner-cold", Rules::Partner, Cache::None),
                ("partner-warm", Rules::Partner, Cache::Own),
            ] {
                let ours = Side::ours(chain, Server, &provider, rules, cache);
                figure(provider_name, side, name, &|| ours.accept(chain));
            }
        }
    }
    criterion.final_summary();
}
