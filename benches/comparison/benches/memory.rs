//! Memory, counted by an allocator: of a verifier, of what it remembers, and of one verification.

use allocation_counter::{AllocationInfo, measure};
use comparison::chains::{ALL_KEYS, Around, Chain, Fault, Kind, P256, RSA_2048, RSA_3072, Rules};
use comparison::handshake::{Peers, Whose};
use comparison::revocation::Revocable;
use comparison::sides::{Cache, Side, ring};
use rustls_policy_verifier::Role::Client;
use rustls_policy_verifier::{Crl, SignatureCache};
use webpki::OwnedCertRevocationList;

fn main() {
    println!("\noctets on the heap, by a counting allocator");
    verifiers();
    entries();
    let allocations_on_accept = verifications();
    connections();
    crls();
    println!(
        "\npromised: a warm verification that accepts allocates nothing: {}",
        match allocations_on_accept {
            0 => "met".to_owned(),
            some => format!("NOT MET, {some} allocations"),
        }
    );
}

fn ours(chain: &Chain, cache: Cache) -> Side {
    Side::ours(chain, Client, &ring(), Rules::Partner, cache)
}

/// What stays of building one.
fn verifiers() {
    println!(
        "\n{:48} {:>10} {:>10}",
        "an idle verifier", "ours", "rustls's"
    );
    for (name, kind) in [
        ("one anchor", Kind::of(P256)),
        (
            "151 anchors",
            Kind::of(P256).around(Around::OtherAnchors(150)),
        ),
    ] {
        let chain = Chain::new(&kind, Client);
        let provider = ring();
        let mut kept = None;
        let mut build = |side: &dyn Fn() -> Side| {
            kept = None;
            measure(|| kept = Some(side())).bytes_current
        };
        let theirs = build(&|| Side::theirs(&chain, Client, &provider));
        let with_cache =
            build(&|| Side::ours(&chain, Client, &provider, Rules::Partner, Cache::Own));
        let without = build(&|| Side::ours(&chain, Client, &provider, Rules::Partner, Cache::None));
        println!(
            "{:48} {with_cache:10} {theirs:10}",
            format!("{name}, its cache empty")
        );
        println!(
            "{:48} {without:10} {theirs:10}",
            format!("{name}, without a cache")
        );
    }
}

/// What remembering many peers takes for each of them.
fn entries() {
    let peers = if comparison::only_tested() { 20 } else { 500 };
    println!(
        "\n{:48} {:>10} {:>14}",
        "a certificate that is remembered", "measured", "as it is bound"
    );
    for keys in [P256, RSA_2048, RSA_3072] {
        let chains = Chain::peers(&Kind::of(keys), Client, peers);
        let cache = SignatureCache::default();
        let verifier = ours(&chains[0], Cache::This(cache.clone()));
        let kept = measure(|| chains.iter().for_each(|chain| verifier.accept(chain)));
        // The CA's is remembered too.
        assert_eq!(cache.len(), chains.len() + 1, "all are remembered");
        let count = cache.len() as f64;
        println!(
            "{:48} {:10.0} {:14.0}",
            format!("{}, of {}", keys.name, cache.len()),
            kept.bytes_current as f64 / count,
            cache.octets() as f64 / count,
        );
    }
}

/// What one verification has at most, and leaves behind. Returns the allocations of warm ones that accept.
fn verifications() -> u64 {
    println!(
        "\n{:48} {:>12} {:>10} {:>12} {:>12}",
        "a verification by the full policy",
        "allocations",
        "at most",
        "left behind",
        "rustls at most"
    );
    let line = |name: String, ours: AllocationInfo, theirs: AllocationInfo| {
        println!(
            "{name:48} {:12} {:10} {:12} {:12}",
            ours.count_total, ours.bytes_max, ours.bytes_current, theirs.bytes_max
        );
    };
    let mut on_accept = 0;
    for keys in ALL_KEYS {
        let chain = Chain::new(&Kind::of(keys), Client);
        let theirs = Side::theirs(&chain, Client, &ring());
        let theirs = measure(|| theirs.accept(&chain));
        let verifier = ours(&chain, Cache::Own);
        let first = measure(|| verifier.accept(&chain));
        line(
            format!("{}, seen for the first time", keys.name),
            first,
            theirs,
        );
        let again = measure(|| verifier.accept(&chain));
        on_accept += again.count_total;
        line(format!("{}, seen before", keys.name), again, theirs);
    }
    for fault in Fault::ALL {
        let chain = Chain::with_fault(&Kind::of(P256), Client, fault);
        let theirs = Side::theirs(&chain, Client, &ring());
        let theirs = measure(|| theirs.refuse(&chain));
        let verifier = ours(&chain, Cache::Own);
        let refused = measure(|| verifier.refuse(&chain));
        assert_eq!(refused.bytes_current, 0, "a refusal leaves nothing behind");
        line(format!("p256, refused: {}", fault.name()), refused, theirs);
    }
    on_accept
}

/// What stays of loading a CRL, for each of its entries, and what loading has at most.
fn crls() {
    let entries = match comparison::only_tested() {
        true => 1_000,
        false => 1_000_000,
    };
    let case = Revocable::new(Kind::of(P256), Client);
    let [der, _] = case.crls(entries);
    let mut crl = None;
    let ours = measure(|| crl = Some(Crl::from_der(der.clone()).expect("a CRL")));
    let mut owned = None;
    let theirs = measure(|| owned = Some(OwnedCertRevocationList::from_der(&der).expect("a CRL")));
    println!(
        "\n{:48} {:>10} {:>12} {:>10}",
        format!("an entry of a CRL of {entries}"),
        "left behind",
        "at most",
        "of DER"
    );
    let line = |name: &str, loading: AllocationInfo| {
        let each = |octets: f64| octets / entries as f64;
        println!(
            "{name:48} {:11.1} {:12.1} {:10.1}",
            each(loading.bytes_current as f64),
            each(loading.bytes_max as f64),
            each(der.len() as f64)
        );
    };
    line("ours, its DER included", ours);
    line("webpki's OwnedCertRevocationList", theirs);
}

/// What both sides of a connection hold: no verifier keeps anything of it.
fn connections() {
    println!(
        "\n{:48} {:>10} {:>10}",
        "a connection, both sides in one process", "ours", "rustls's"
    );
    let peers = |whose| Peers::new(&Kind::of(P256), &ring(), whose);
    let (ours, theirs) = (peers(Whose::Ours), peers(Whose::Theirs));
    let established = |peers: &Peers| {
        // The first one fills caches.
        peers.connect();
        let mut kept = None;
        measure(|| kept = Some(peers.connect()))
    };
    let (ours, theirs) = (established(&ours), established(&theirs));
    println!(
        "{:48} {:10} {:10}",
        "at most during the handshake", ours.bytes_max, theirs.bytes_max
    );
    println!(
        "{:48} {:10} {:10}",
        "once established", ours.bytes_current, theirs.bytes_current
    );
}
