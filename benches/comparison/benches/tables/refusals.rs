//! How fast a bad certificate is refused.

use comparison::chains::{Chain, Fault, Kind, P256, RSA_2048, Rules};
use comparison::openssl_verifier::OpenSsl;
use comparison::sides::{Cache, Side, providers};
use comparison::turns::take_turns;
use rustls_policy_verifier::Role::Client;

pub fn measure() {
    println!(
        "\n{:44} {:>8} {:>8} {:>15} {:>15}",
        "refusals of clients, all with a report",
        "OpenSSL",
        "rustls",
        "partner cold",
        "partner warm"
    );
    for (provider_name, provider) in providers() {
        for keys in [RSA_2048, P256] {
            let good = Chain::new(&Kind::of(keys), Client);
            for fault in Fault::ALL {
                let bad = Chain::with_fault(&Kind::of(keys), Client, fault);
                let openssl = OpenSsl::new(&bad, Client);
                let theirs = Side::theirs(&bad, Client, &provider);
                let ours = |cache| Side::ours(&bad, Client, &provider, Rules::Partner, cache);
                let (cold, warm) = (ours(Cache::None), ours(Cache::Own));
                // The CA's certificate is remembered, as it is where good peers come too.
                warm.accept(&good);
                let [openssl, theirs, cold, warm] = take_turns([
                    &|| assert!(!openssl.verify(&bad), "accepted"),
                    &|| theirs.refuse(&bad),
                    &|| cold.refuse(&bad),
                    &|| warm.refuse(&bad),
                ]);
                println!(
                    "{:44} {:8.1} {:8.1} {:8.1} {:5.2}x {:8.1} {:5.2}x",
                    format!("{provider_name}, {}, {}", keys.name, fault.name()),
                    openssl.microseconds(),
                    theirs.microseconds(),
                    cold.microseconds(),
                    cold.ratio_to(&theirs),
                    warm.microseconds(),
                    warm.ratio_to(&theirs),
                );
            }
        }
    }
}
