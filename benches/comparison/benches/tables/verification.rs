//! Whole verifications, for every kind of chain, role and provider.

use comparison::chains::{Around, Chain, Keys, Kind, P256, P384_ANCHOR, P384_CAS, RSA_2048, Rules};
use comparison::openssl_verifier::OpenSsl;
use comparison::sides::{Cache, Side, providers};
use comparison::signatures::Signatures;
use comparison::turns::take_turns;
use rustls_policy_verifier::Role;

use super::{Bound, Targets};

pub fn measure(targets: &mut Targets) {
    for (provider_name, provider) in providers() {
        for role in [Role::Server, Role::Client] {
            println!(
                "\n{:30} {:>10} {:>8} {:>8} {:>15} {:>15} {:>15} {:>15}",
                format!("{provider_name}, chains of {}", plural(role)),
                "signatures",
                "OpenSSL",
                "rustls",
                "start cold",
                "partner cold",
                "start warm",
                "partner warm",
            );
            for kind in Kind::table() {
                let chain = Chain::new(&kind, role);
                let ours = |rules, cache| Side::ours(&chain, role, &provider, rules, cache);
                let signatures = Signatures::of(&chain, role, &provider);
                let openssl = OpenSsl::new(&chain, role);
                let accepts = openssl.verify(&chain);
                // It takes the first certificate of the CA, and finds its key usage wrong when the path stands.
                assert_eq!(accepts, kind.around != Around::RefusedPath, "OpenSSL");
                let theirs = Side::theirs(&chain, role, &provider);
                let start_cold = ours(Rules::StartingPoint, Cache::None);
                let partner_cold = ours(Rules::Partner, Cache::None);
                let start_warm = ours(Rules::StartingPoint, Cache::Own);
                let partner_warm = ours(Rules::Partner, Cache::Own);
                start_warm.accept(&chain);
                partner_warm.accept(&chain);
                let [signatures, openssl, theirs, start_cold, partner_cold] = take_turns([
                    &|| signatures.verify(),
                    &|| assert_eq!(openssl.verify(&chain), accepts),
                    &|| theirs.accept(&chain),
                    &|| start_cold.accept(&chain),
                    &|| partner_cold.accept(&chain),
                ]);
                let theirs_cold = &theirs;
                // Apart, so that the warm ones do not run in memory caches that the cold ones have filled.
                let theirs = Side::theirs(&chain, role, &provider);
                let [theirs, start_warm, partner_warm] = take_turns([
                    &|| theirs.accept(&chain),
                    &|| start_warm.accept(&chain),
                    &|| partner_warm.accept(&chain),
                ]);
                println!(
                    "{:30} {:10.1} {:>8} {:8.1} {:8.1} {:5.3}x {:8.1} {:5.3}x {:8.2} {:5.0}x {:8.2} {:5.0}x",
                    kind.name(),
                    signatures.microseconds(),
                    match accepts {
                        true => format!("{:.1}", openssl.microseconds()),
                        false => "refuses".to_owned(),
                    },
                    theirs_cold.microseconds(),
                    start_cold.microseconds(),
                    start_cold.ratio_to(theirs_cold),
                    partner_cold.microseconds(),
                    partner_cold.ratio_to(theirs_cold),
                    start_warm.microseconds(),
                    theirs.ratio_to(&start_warm),
                    partner_warm.microseconds(),
                    theirs.ratio_to(&partner_warm),
                );
                let case = format!("{}, {}", plural(role), kind.name());
                // rustls's verifier takes the first path, which ours refuses: no ratio is promised.
                if kind.around != Around::RefusedPath {
                    let what = format!("{provider_name}: cold, to rustls's verifier");
                    let cold = partner_cold.ratio_to(theirs_cold);
                    targets.add(what, Bound::AtMost(1.03), "x", &case, cold);
                }
                if let Some((keys, promised)) = promised_when_warm(provider_name, &kind) {
                    let what = format!("{provider_name}: seen before, faster by: {keys}");
                    let warm = theirs.ratio_to(&partner_warm);
                    targets.add(what, Bound::AtLeast(promised), "x", &case, warm);
                }
            }
        }
    }
}

/// For which chains it is promised how many times faster they are than with rustls's verifier.
fn promised_when_warm(provider: &str, kind: &Kind) -> Option<(&'static str, f64)> {
    let has = |keys: [Keys; 2]| keys.iter().any(|it| it.name == kind.keys.name);
    let ring = provider == "ring";
    match kind.around {
        _ if kind.intermediates != 1 => None,
        Around::OtherAnchors(_) => ring.then_some(("150 other anchors", 30.0)),
        Around::RefusedPath => None,
        Around::Nothing if has([RSA_2048, P256]) => {
            Some(("RSA-2048, P-256", if ring { 30.0 } else { 25.0 }))
        }
        Around::Nothing if has([P384_CAS, P384_ANCHOR]) => {
            Some(("P-384 anchor", if ring { 200.0 } else { 75.0 }))
        }
        Around::Nothing => None,
    }
}

fn plural(role: Role) -> &'static str {
    match role {
        Role::Server => "servers",
        Role::Client => "clients",
    }
}
