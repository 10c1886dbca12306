//! The scenarios of `testdata/scenarios`: each accepted or refused for the reasons that its directory states,
//! to the word. `BLESS=1` writes the wording (`expected.txt`) anew, to be read before it is committed.

// To panic is how a test reports.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::panic_in_result_fn,
    clippy::unwrap_in_result
)]

pub(crate) mod oracle;
mod scenario;
mod wording;

#[cfg(not(mutants))]
#[path = "../../examples/generate_testdata/testdata/mod.rs"]
mod testdata;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rustls_policy_verifier::{Policy, Report, Time};

use scenario::Scenario;

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Every scenario that is committed.
pub(crate) fn all() -> Vec<Scenario> {
    scenario::all(&committed().join("scenarios"))
}

/// Collects what is wrong with any scenario, to report it all at once.
fn assert_each(check: impl Fn(&Scenario) -> Result<(), String>) {
    let scenarios = all();
    let failures: Vec<_> = scenarios
        .iter()
        .filter_map(|scenario| {
            check(scenario)
                .err()
                .map(|why| format!("{}: {why}", scenario.name()))
        })
        .collect();
    let (failed, all) = (failures.len(), scenarios.len());
    assert!(
        failures.is_empty(),
        "{failed} of {all} scenarios:\n\n{}\n",
        failures.join("\n\n")
    );
}

#[test]
fn findings_are_those_stated() {
    assert_each(|scenario| {
        let report = scenario.verify();
        same("violations", &scenario.violations, &found(&report).0)?;
        same("warnings", &scenario.warnings, &found(&report).1)?;
        if report.accepted == scenario.violations.is_empty() {
            Ok(())
        } else {
            Err(format!("accepted: {}", report.accepted))
        }
    });
}

/// `rule @ position` of violations and warnings, sorted; as often as they were found.
fn found(report: &Report) -> (Vec<String>, Vec<String>) {
    let violations = report
        .violations
        .iter()
        .map(|found| format!("{} @ {}", found.rule, found.position));
    let warnings = report
        .warnings
        .iter()
        .map(|found| format!("{} @ {}", found.rule, found.position));
    let (mut violations, mut warnings): (Vec<_>, Vec<_>) =
        (violations.collect(), warnings.collect());
    violations.sort();
    warnings.sort();
    (violations, warnings)
}

fn same(what: &str, stated: &[String], found: &[String]) -> Result<(), String> {
    if stated == found {
        Ok(())
    } else {
        Err(format!(
            "{what} stated: {stated:?}\n  {what} found:  {found:?}"
        ))
    }
}

#[test]
fn wording_is_as_expected() {
    let bless = std::env::var_os("BLESS").is_some();
    assert_each(|scenario| {
        let (wording, file) = (
            wording::of(scenario),
            scenario.directory.join("expected.txt"),
        );
        if bless {
            fs::write(&file, &wording).map_err(|error| error.to_string())?;
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if expected == wording {
            Ok(())
        } else {
            Err(wording::difference(&expected, &wording))
        }
    });
}

#[test]
fn what_is_accepted_webpki_accepts() {
    assert_each(|scenario| {
        let report = scenario.verify();
        if report.accepted {
            oracle::accepts(scenario, &report)
        } else {
            Ok(())
        }
    });
}

#[test]
fn every_rule_has_an_accepting_and_a_refusing_scenario() {
    let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for scenario in all() {
        let own = format!("{} @ ", scenario.group);
        let (accepting, refusing) = groups.entry(scenario.group.clone()).or_default();
        *accepting += usize::from(scenario.violations.is_empty());
        *refusing += usize::from(
            scenario
                .violations
                .iter()
                .any(|violation| violation.starts_with(&own)),
        );
    }
    let rules = Policy::rules().into_iter().map(|(id, _)| id.as_str());
    for group in rules.chain(["input", "chain"]) {
        let (accepting, refusing) = groups.remove(group).unwrap_or_default();
        assert!(accepting > 0, "no scenario of {group} is accepted");
        assert!(refusing > 0, "no scenario of {group} is refused by it");
    }
    assert!(groups.is_empty(), "groups that are no rule: {groups:?}");
}

#[test]
fn every_setting_has_an_accepting_and_a_refusing_scenario() {
    let (mut accepting, mut refusing) = (BTreeSet::new(), BTreeSet::new());
    for scenario in all() {
        let settings = scenario.settings();
        if scenario.violations.is_empty() {
            accepting.extend(settings);
        } else {
            refusing.extend(settings);
        }
    }
    // Off, a rule refuses nothing.
    let lonely: Vec<_> = accepting
        .symmetric_difference(&refusing)
        .filter(|key| !key.ends_with(".off"))
        .collect();
    assert!(
        lonely.is_empty(),
        "only accepting or only refusing: {lonely:?}"
    );
    for (rule, _) in Policy::rules() {
        // The server's name can be neither switched off nor audited.
        if rule.as_str() != "server-name" {
            let softer = [format!("{rule}.off"), format!("{rule}.audit.until")];
            assert!(
                softer.iter().all(|key| accepting.contains(key)),
                "{softer:?}"
            );
        }
    }
}

/// What stands in `testdata` is what the generator writes, neither more nor less.
#[cfg(not(mutants))]
#[test]
fn testdata_is_what_the_generator_writes() {
    let generated = tempfile::tempdir().expect("a temporary directory");
    testdata::generate(generated.path(), &committed()).expect("the generator");
    for part in ["scenarios", "readme", "vectors"] {
        let mut expected = files(&generated.path().join(part));
        let mut present = files(&committed().join(part));
        present.retain(|path, _| !path.ends_with("expected.txt"));
        expected.retain(|path, text| present.remove(path).as_ref() != Some(text));
        let differ: Vec<_> = expected.keys().chain(present.keys()).collect();
        assert!(
            differ.is_empty(),
            "run `cargo regenerate`; these files of testdata/{part} differ: {differ:#?}"
        );
    }
}

#[cfg(not(mutants))]
/// Every file below a directory, by its path from there.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(next) = directories.pop() {
        for entry in fs::read_dir(&next).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let text = fs::read(&path).expect("a file");
                let name = path
                    .strip_prefix(directory)
                    .expect("a file below")
                    .to_owned();
                files.insert(name, text);
            }
        }
    }
    files
}

/// The README's commands, which verify at the time they are run.
#[test]
fn readme_chains_are_judged_alike_until_2028() {
    // 2026-05-28, 2026-11-22 and 2028-11-30.
    for seconds in [1_780_000_000, 1_795_305_600, 1_859_155_200] {
        let time = Time::from_unix_seconds(seconds);
        let good = scenario::readme(&committed().join("readme"), "chain.pem", time);
        assert_eq!(found(&good.verify()), (vec![], vec![]), "at {time}");
        assert!(good.verify().accepted);
        let weak = scenario::readme(&committed().join("readme"), "weak-chain.pem", time);
        let broken = [
            "extended-key-usage",
            "maximum-validity",
            "minimum-key-size",
            "subject-identifier",
        ];
        let broken = broken.map(|rule| format!("{rule} @ end-entity")).to_vec();
        assert_eq!(found(&weak.verify()), (broken, vec![]), "at {time}");
    }
}
