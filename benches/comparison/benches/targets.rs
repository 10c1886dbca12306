//! The ratios that are promised, each with both sides taking turns in this one run, and whether they are met.

mod tables;

use tables::Targets;

fn main() {
    println!(
        "\nAll of it built with lto = \"fat\" and codegen-units = 1; {}; medians of batches that take turns; microseconds\n\
         \"cold\": without a signature cache; \"warm\": the peer was seen before; \"partner\": every rule on, with a pin",
        comparison::openssl_verifier::version()
    );
    if comparison::only_tested() {
        println!("each case runs once: the figures mean nothing");
    }
    let mut targets = Targets::default();
    tables::verification::measure(&mut targets);
    tables::rules::measure(&mut targets);
    tables::refusals::measure();
    tables::rotation::measure();
    tables::handshakes::measure(&mut targets);
    tables::threads::measure(&mut targets);
    tables::worst::measure(&mut targets);
    targets.print();
}
