//! The worst known messages: how long a peer can keep a verifier busy.

use std::time::Instant;

use comparison::turns::Times;
use comparison::worst::Worst;

use super::{Bound, Targets};

pub fn measure(targets: &mut Targets) {
    println!(
        "\n{:48} {:>10} {:>12} {:>12}",
        "worst known messages, ring, milliseconds", "octets", "webpki", "ours"
    );
    for worst in Worst::all() {
        let (theirs, ours) = (times(&|| worst.webpki()), times(&|| worst.ours()));
        println!(
            "{:48} {:10} {:12.2} {:12.2}",
            worst.name,
            worst.octets,
            theirs.microseconds() / 1e3,
            ours.microseconds() / 1e3,
        );
        let milliseconds = ours.microseconds() / 1e3;
        let what = "no message costs more than";
        targets.add(what, Bound::AtMost(20.0), " ms", worst.name, milliseconds);
    }
}

/// Of few calls, for they are long.
fn times(call: &dyn Fn()) -> Times {
    let rounds = if comparison::only_tested() { 1 } else { 15 };
    let seconds = (0..rounds).map(|_| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64()
    });
    Times::of_rounds(seconds.collect())
}
