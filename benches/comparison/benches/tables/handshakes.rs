//! Mutual TLS 1.3 handshakes in memory, both sides, without resumption, X25519: peers seen before against rustls's own
//! verifiers.

use comparison::chains::{ALL_KEYS, Kind, P256, P384_CAS};
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
}
