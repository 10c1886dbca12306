//! What everything beside webpki costs: decoding, rules, and what holds them together.
//!
//! It is isolated with signature algorithms that say yes at once, without a signature cache: webpki with them is the
//! search alone, our verifier with them is the search with everything of ours. The rules alone are the difference between the
//! full policy and one whose rules are all off. A chain that was seen before is not decoded again: *when warm* is what our
//! verifier takes for it beyond webpki's search, with the look at the cache, and without the decoding.

use std::hint::black_box;

use comparison::chains::{Chain, Kind, P256, RSA_2048, Rules};
use comparison::sides::{Cache, Side, Webpki, ring};
use comparison::signatures::instant_provider;
use comparison::turns::take_turns;
use rustls_policy_verifier::{Certificate, Role};

use super::{Bound, Targets};

pub fn measure(targets: &mut Targets) {
    println!(
        "\n{:44} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>14} {:>11}",
        "path of three certificates, instant signatures",
        "webpki",
        "off",
        "start",
        "partner",
        "decoding",
        "rules",
        "beside webpki",
        "when warm"
    );
    for keys in [P256, RSA_2048] {
        for role in [Role::Server, Role::Client] {
            let chain = Chain::new(&Kind::of(keys), role);
            let provider = instant_provider();
            let algorithms = provider.signature_verification_algorithms.all;
            let webpki = Webpki::new(&chain, role, algorithms.iter().copied());
            let ours = |rules| Side::ours(&chain, role, &provider, rules, Cache::None);
            let (off, start, partner) = (
                ours(Rules::Off),
                ours(Rules::StartingPoint),
                ours(Rules::Partner),
            );
            let warm = Side::ours(&chain, role, &ring(), Rules::Partner, Cache::Own);
            warm.accept(&chain);
            let presented = || std::iter::once(&chain.end_entity).chain(&chain.others);
            let [webpki, off, start, partner, warm, decoding] = take_turns([
                &|| webpki.accept(&chain),
                &|| off.accept(&chain),
                &|| start.accept(&chain),
                &|| partner.accept(&chain),
                &|| warm.accept(&chain),
                &|| {
                    for der in presented() {
                        black_box(&Certificate::decode(black_box(der)).expect("it is decodable"));
                    }
                },
            ]);
            let rules = partner.beyond(&off) * 1e6;
            println!(
                "{:44} {:8.2} {:8.2} {:8.2} {:8.2} {:8.2} {:8.2} {:14.2} {:11.2}",
                format!("{}, {role:?}", keys.name),
                webpki.microseconds(),
                off.microseconds(),
                start.microseconds(),
                partner.microseconds(),
                decoding.microseconds(),
                rules,
                partner.beyond(&webpki) * 1e6,
                warm.beyond(&webpki) * 1e6,
            );
            let case = format!("{}, {role:?}", keys.name);
            let (both, what) = (decoding.microseconds() + rules, "decoding and all rules");
            targets.add(what, Bound::AtMost(1.5), "µs", case, both);
        }
    }
}
