//! Mutual TLS 1.3 handshakes in memory, both sides, X25519: peers seen before against rustls's own verifiers; and sessions that
//! resume, verified again against not.

use comparison::chains::{ALL_KEYS, Kind, P256, P384_CAS, RSA_2048};
use comparison::handshake::{Peers, Whose};
use comparison::sides::providers;
use comparison::turns::take_turns;

use super::{Bound, Targets};

pub fn measure(targets: &mut Targets) {
    println!(
        "\n{:44} {:>9} {:>9} {:>7}",
        "mutual TLS 1.3 handshakes, both sides", "rustls", "ours", "faster"
    );
    for (provider_name, provider) in providers() {
        for keys in ALL_KEYS {
            let peers = |whose| Peers::new(&Kind::of(keys), &provider, whose);
            let (theirs, ours) = (peers(Whose::Theirs), peers(Whose::Ours));
            ours.connect();
            let [theirs, ours] = take_turns([&|| drop(theirs.connect()), &|| drop(ours.connect())]);
            let faster = theirs.ratio_to(&ours);
            let name = format!("{provider_name}, {}", keys.name);
            println!(
                "{:44} {:6.0} µs {:6.0} µs {:6.2}x",
                name,
                theirs.microseconds(),
                ours.microseconds(),
                faster,
            );
            let promised = match (keys.name, provider_name) {
                (name, _) if name == P256.name => 1.5,
                (name, "ring") if name == P384_CAS.name => 8.0,
                (name, _) if name == P384_CAS.name => 3.0,
                _ => continue,
            };
            let what = format!("handshake, faster by: {name}");
            targets.add(what, Bound::AtLeast(promised), "x", "", faster);
        }
    }
    resumed();
}

/// What it costs that the policy is asked again on both sides, and what resuming still saves.
fn resumed() {
    println!(
        "\n{:32} {:>9} {:>9} {:>9} {:>7}",
        "mutual TLS 1.3, ours", "full", "resumed", "verified", "takes"
    );
    for (provider_name, provider) in providers() {
        for keys in [P256, RSA_2048] {
            let kind = Kind::of(keys);
            let full = Peers::new(&kind, &provider, Whose::Ours);
            let resumed = |protected| Peers::resuming(&kind, &provider, protected);
            let (plain, protected) = (resumed(false), resumed(true));
            full.connect();
            let [full, plain, protected] =
                take_turns([&|| drop(full.connect()), &|| drop(plain.connect()), &|| {
                    drop(protected.connect())
                }]);
            println!(
                "{:32} {:6.0} µs {:6.0} µs {:6.0} µs {:6.3}x",
                format!("{provider_name}, {}", keys.name),
                full.microseconds(),
                plain.microseconds(),
                protected.microseconds(),
                protected.ratio_to(&plain),
            );
        }
    }
}
