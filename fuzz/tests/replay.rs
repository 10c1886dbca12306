//! The properties on the inputs of `seeds/`, and on mutations of them that are the same in every run.
//!
//! `BLESS=1` writes the seeds anew, and `MUTATIONS` says how many there are of each.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use fuzz::mutate::Random;
use fuzz::{TARGETS, Target};

/// What all of `seeds/` may take.
const MOST_OCTETS: u64 = 300_000;

fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(target.name)
}

fn committed(target: &Target) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder(target)).unwrap();
    let mut seeds: Vec<_> = files
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "no seeds of {}", target.name);
    seeds
}

#[test]
fn the_seeds_are_those_that_the_test_builders_make() {
    let mut octets = 0;
    for target in TARGETS {
        let mut seeds: Vec<_> = (target.seeds)()
            .into_iter()
            .map(|(name, octets)| (name.to_owned(), octets))
            .collect();
        seeds.sort();
        if std::env::var_os("BLESS").is_some() {
            let _ = fs::remove_dir_all(folder(target));
            fs::create_dir_all(folder(target)).unwrap();
            for (name, octets) in &seeds {
                fs::write(folder(target).join(name), octets).unwrap();
            }
        }
        assert!(
            committed(target) == seeds,
            "seeds/{} is not what the builders make: BLESS=1 writes it anew",
            target.name
        );
        octets += seeds.iter().map(|(_, seed)| seed.len() as u64).sum::<u64>();
    }
    assert!(octets < MOST_OCTETS, "{octets}");
}

fn replay(target: Target) {
    let mutations = std::env::var("MUTATIONS").map_or(2000, |it| it.parse().unwrap());
    for (name, seed) in committed(&target) {
        run(&target, &name, 0, &seed);
        let mut random = Random::new(seed.len() as u64);
        let mut input = seed.clone();
        for n in 1..=mutations {
            // Some mutations build on others.
            if n % 8 == 0 {
                input.clone_from(&seed);
            }
            input = (target.mutate)(&input, &mut random);
            run(&target, &name, n, &input);
        }
    }
}

fn run(target: &Target, name: &str, mutation: u32, input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.check)(input))) {
        let path = std::env::temp_dir().join(format!("{}-{name}-{mutation}", target.name));
        fs::write(&path, input).unwrap();
        eprintln!("the input is in {}", path.display());
        resume_unwind(panic);
    }
}

#[test]
fn certificate() {
    replay(fuzz::certificate::TARGET);
}

#[test]
fn chains() {
    replay(fuzz::chains::TARGET);
}

#[test]
fn crl() {
    replay(fuzz::crl::TARGET);
}

#[test]
fn names() {
    replay(fuzz::names::TARGET);
}

#[test]
fn ocsp() {
    replay(fuzz::ocsp::TARGET);
}

#[test]
fn pem() {
    replay(fuzz::pem::TARGET);
}

#[test]
fn policy_file() {
    replay(fuzz::policy_file::TARGET);
}

#[test]
fn verify() {
    replay(fuzz::verify::TARGET);
}

/// A property of what is accepted says nothing if nothing is.
#[test]
fn some_seeds_are_accepted_and_some_are_not() {
    let (accepted, refused): (Vec<_>, Vec<_>) = committed(&fuzz::verify::TARGET)
        .into_iter()
        .partition(|(_, seed)| fuzz::verify::accepted(seed));
    let names = |seeds: Vec<(String, _)>| seeds.into_iter().map(|it| it.0).collect::<Vec<_>>();
    let accepted = names(accepted);
    assert_eq!(
        names(refused),
        ["no-crl-sign", "revoked"],
        "accepted: {accepted:?}"
    );
}

/// A generator that reaches few reasons says little of the others.
#[test]
fn chains_are_accepted_and_refused_for_many_reasons() {
    let (mut accepted, mut refused) = (0, 0);
    let mut reasons = BTreeMap::<_, usize>::new();
    for (_, seed) in committed(&fuzz::chains::TARGET) {
        let mut random = Random::new(1);
        for n in 0..300 {
            let input = match n {
                0 => seed.clone(),
                _ => (fuzz::chains::TARGET.mutate)(&seed, &mut random),
            };
            let Some(outcome) = fuzz::chains::outcome(&input) else {
                continue;
            };
            match outcome.accepted {
                true => accepted += 1,
                false => refused += 1,
            }
            let rules = outcome.rules.iter().map(|rule| ("rule", *rule));
            let chain = outcome.reasons.iter().map(|reason| ("chain", *reason));
            for reason in rules.chain(chain) {
                *reasons.entry(reason).or_default() += 1;
            }
        }
    }
    let rules = reasons.keys().filter(|(kind, _)| *kind == "rule").count();
    let chain = reasons.len() - rules;
    let what = format!("{accepted} accepted, {refused} refused: {reasons:#?}");
    assert!(accepted >= 500 && refused >= 500, "{what}");
    assert!(rules >= 12 && chain >= 14, "{rules} and {chain}; {what}");
}

#[test]
fn some_identifiers_are_accepted_and_some_are_not() {
    let verdict = |wanted: Option<bool>| {
        let seeds = committed(&fuzz::names::TARGET).into_iter();
        let seeds = seeds.filter(|(_, seed)| fuzz::names::accepted(seed) == wanted);
        seeds.map(|it| it.0).collect::<Vec<_>>()
    };
    assert_eq!(verdict(None), Vec::<String>::new());
    assert_eq!(
        verdict(Some(false)),
        [
            "forbidden-and-there",
            "forbidden-by-a-detour",
            "glob-of-odd-segments",
            "incomparable",
            "subject-and-more",
            "two-values",
            "uuid-and-more",
        ]
    );
}

#[test]
fn policies_of_seeds_are_policies() {
    let refused = committed(&fuzz::policy_file::TARGET).into_iter();
    let refused = refused.filter(|(_, seed)| !fuzz::policy_file::is_policy(seed));
    assert_eq!(refused.map(|it| it.0).collect::<Vec<_>>(), ["twice"]);
}

/// `.ci/fuzz` goes by the files of `fuzz_targets/`, cargo-fuzz by the manifest.
#[test]
fn the_targets_are_those_of_the_manifest_and_have_programs() {
    let manifest: toml::Table = include_str!("../Cargo.toml").parse().unwrap();
    let programs = manifest["bin"].as_array().unwrap().iter();
    let programs = programs.filter(|it| it.get("required-features").is_some());
    let sorted = |mut names: Vec<String>| {
        names.sort_unstable();
        names
    };
    let programs = programs.map(|it| it["name"].as_str().unwrap().to_owned());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets");
    let files = fs::read_dir(folder).unwrap();
    let files = files.map(|it| {
        it.unwrap()
            .path()
            .file_stem()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    });
    let targets: Vec<_> = TARGETS.iter().map(|it| it.name).collect();
    assert_eq!(sorted(programs.collect()), targets);
    assert_eq!(sorted(files.collect()), targets);
}
