//! Runs one named case so many times, for `instructions.py` to count its instructions, or for any profiler.
//!
//! `one-case list`; `one-case write DIRECTORY` makes the certificates, once for all runs, for ECDSA signs with random
//! numbers; `one-case run DIRECTORY CASE TIMES`.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;

use comparison::chains::{Chain, Fault, Keys, Kind, P256, RSA_2048, Rules};
use comparison::revocation::{Revocable, with_crls};
use comparison::sides::{Cache, Side, Webpki, ring};
use comparison::signatures::instant_provider;
use rustls_policy_verifier::pki_types::PrivatePkcs8KeyDer;
use rustls_policy_verifier::{Certificate, Crl, OcspResponse, Role::Client};

/// The files of CRLs.
const CRLS: [&str; 2] = ["crl", "root-crl"];

const KEYS: [Keys; 2] = [P256, RSA_2048];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["list"] => {
            for case in cases() {
                println!("{}", case.name);
            }
            Ok(())
        }
        ["write", directory] => write(Path::new(directory)),
        ["run", directory, case, times] => run(Path::new(directory), case, times.parse()?),
        _ => Err("list | write DIRECTORY | run DIRECTORY CASE TIMES".into()),
    }
}

/// A case: a chain, and what is done with it.
struct Case {
    name: String,
    keys: Keys,
    fault: Fault,
    work: Work,
}

#[derive(Clone, Copy)]
enum Work {
    Theirs,
    Cold(Rules),
    Warm(Rules),
    /// The full policy, with CRLs of both CAs.
    WarmWithCrls,
    /// Decodes the end entity.
    Decode,
    /// Decodes an OCSP response with its responder's certificate.
    DecodeResponse,
    /// webpki, or ours without a cache, with signatures that say yes at once.
    InstantWebpki,
    Instant(Rules),
    Refuse,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: String, keys: Keys, fault: Fault, work: Work| {
        cases.push(Case {
            name,
            keys,
            fault,
            work,
        });
    };
    for keys in KEYS {
        for (name, work) in [
            ("rustls", Work::Theirs),
            ("cold-starting-point", Work::Cold(Rules::StartingPoint)),
            ("cold-partner", Work::Cold(Rules::Partner)),
            ("warm-starting-point", Work::Warm(Rules::StartingPoint)),
            ("warm-partner", Work::Warm(Rules::Partner)),
            ("warm-partner-crls", Work::WarmWithCrls),
            ("decode", Work::Decode),
            ("decode-response", Work::DecodeResponse),
            ("webpki-instant", Work::InstantWebpki),
            ("all-rules-off-instant", Work::Instant(Rules::Off)),
            ("partner-instant", Work::Instant(Rules::Partner)),
        ] {
            add(format!("{}-{name}", keys.name), keys, Fault::None, work);
        }
    }
    // Those that no signature is verified for.
    for fault in [Fault::UnknownCa, Fault::WrongPurpose, Fault::Undecodable] {
        let name = format!("{}-refused-{}", P256.name, fault.name());
        add(name, P256, fault, Work::Refuse);
    }
    cases
}

fn run(directory: &Path, name: &str, times: u32) -> Result<(), Box<dyn Error>> {
    let case = cases()
        .into_iter()
        .find(|case| case.name == name)
        .ok_or("there is no such case")?;
    let chain = read(directory, case.keys, case.fault)?;
    let ours = |rules, cache| Side::ours(&chain, Client, &ring(), rules, cache);
    let work: Box<dyn Fn() + '_> = match case.work {
        Work::Theirs => {
            let theirs = Side::theirs(&chain, Client, &ring());
            Box::new(move || theirs.accept(&chain))
        }
        Work::Cold(rules) => {
            let ours = ours(rules, Cache::None);
            Box::new(move || ours.accept(&chain))
        }
        Work::Warm(rules) => {
            let ours = ours(rules, Cache::Own);
            Box::new(move || ours.accept(&chain))
        }
        Work::WarmWithCrls => {
            let crls =
                CRLS.map(|part| std::fs::read(directory.join(file(case.keys, case.fault, part))));
            let load = |der: std::io::Result<Vec<u8>>| -> Result<Crl, Box<dyn Error>> {
                Ok(Crl::from_der(der?)?)
            };
            let crls = crls.into_iter().map(load).collect::<Result<Vec<_>, _>>()?;
            let builder = with_crls(&chain, Client, crls);
            let ours = Side::of_builder(builder, Client, Cache::Own);
            Box::new(move || ours.accept(&chain))
        }
        Work::DecodeResponse => {
            let response = std::fs::read(directory.join(file(case.keys, case.fault, "response")))?;
            Box::new(move || {
                black_box(&OcspResponse::from_der(black_box(&response[..])).expect("decodable"));
            })
        }
        Work::Decode => Box::new(move || {
            black_box(&Certificate::decode(black_box(&chain.end_entity)).expect("decodable"));
        }),
        Work::InstantWebpki => {
            let provider = instant_provider();
            let algorithms = provider.signature_verification_algorithms.all;
            let webpki = Webpki::new(&chain, Client, algorithms.iter().copied());
            Box::new(move || webpki.accept(&chain))
        }
        Work::Instant(rules) => {
            let ours = Side::ours(&chain, Client, &instant_provider(), rules, Cache::None);
            Box::new(move || ours.accept(&chain))
        }
        Work::Refuse => {
            let ours = ours(Rules::Partner, Cache::Own);
            Box::new(move || ours.refuse(&chain))
        }
    };
    // What is done once, at the first call, is not counted.
    work();
    counted(&*work, times);
    Ok(())
}

/// Instructions are counted between entering and leaving this function, which callgrind finds by its name.
#[inline(never)]
fn counted(work: &dyn Fn(), times: u32) {
    for _ in 0..times {
        work();
    }
}

fn write(directory: &Path) -> Result<(), Box<dyn Error>> {
    for keys in KEYS {
        for fault in [Fault::None].into_iter().chain(Fault::ALL) {
            let chain = Chain::with_fault(&Kind::of(keys), Client, fault);
            let path = |part: &str| directory.join(file(keys, fault, part));
            std::fs::write(path("end-entity"), &chain.end_entity)?;
            std::fs::write(path("intermediate"), &chain.others[0])?;
            std::fs::write(path("root"), &chain.roots[0])?;
        }
        let revocable = Revocable::new(Kind::of(keys), Client);
        let path = |part: &str| directory.join(file(keys, Fault::None, part));
        for (part, der) in CRLS.iter().zip(revocable.crls(1_000)) {
            std::fs::write(path(part), der)?;
        }
        std::fs::write(path("response"), revocable.staple(true))?;
    }
    Ok(())
}

fn read(directory: &Path, keys: Keys, fault: Fault) -> Result<Chain, Box<dyn Error>> {
    let part = |part| std::fs::read(directory.join(file(keys, fault, part)));
    Ok(Chain {
        end_entity: part("end-entity")?.into(),
        others: vec![part("intermediate")?.into()],
        roots: vec![part("root")?.into()],
        // Nobody signs here.
        key: PrivatePkcs8KeyDer::from(Vec::new()).into(),
    })
}

fn file(keys: Keys, fault: Fault, part: &str) -> String {
    format!("{}-{}-{part}.der", keys.name, fault.name())
}
