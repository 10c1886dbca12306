//! The ratios that are promised, each with both sides taking turns in this one run, and whether they are met.

mod tables;

use tables::Targets;

/// Measures, prints, and notes the targets.
type Table = fn(&mut Targets);

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
    let tables: [(&str, Table); 8] = [
        ("verification", tables::verification::measure),
        ("rules", tables::rules::measure),
        ("refusals", |_| tables::refusals::measure()),
        ("revocation", tables::revocation::measure),
        ("rotation", |_| tables::rotation::measure()),
        ("handshakes", tables::handshakes::measure),
        ("threads", tables::threads::measure),
        ("worst", tables::worst::measure),
    ];
    let named: Vec<String> = std::env::args().skip(1).collect();
    let is_named = |name: &str| named.iter().any(|argument| argument == name);
    let all = !tables.iter().any(|(name, _)| is_named(name));
    for (_, measure) in tables.iter().filter(|(name, _)| all || is_named(name)) {
        measure(&mut targets);
    }
    targets.print();
}
