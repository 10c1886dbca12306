//! The program whose chains other verifiers judge, without these.

use std::process::Command;

use rustls_policy_verifier::Certificate;
use serde_json::Value;

fn chains(count: &str, seed: &str) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_differential"))
        .args([count, seed])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What does not depend on how long a signature came out, as the places that texts name do.
fn stable(chain: &Value) -> (Vec<&Value>, Vec<[&Value; 3]>) {
    let verdict = &chain["verdict"];
    let all = [&chain["changes"], &chain["time"], &verdict["accepted"]];
    let violations = verdict["violations"].as_array().into_iter().flatten();
    let violations = violations.map(|it| ["rule", "position", "reason"].map(|key| &it[key]));
    (all.into(), violations.collect())
}

#[test]
fn chains_are_accepted_and_refused_and_the_same_for_a_seed() {
    let all = chains("100", "1");
    assert_eq!(all.len(), 100);
    let again = chains("100", "1");
    for (one, other) in all.iter().zip(&again) {
        assert_eq!(stable(one), stable(other));
    }
    let other_seed = chains("100", "2");
    let same = all.iter().zip(&other_seed);
    assert!(
        same.filter(|(one, other)| stable(one) == stable(other))
            .count()
            < 20
    );

    let accepted = all
        .iter()
        .filter(|it| it["verdict"]["accepted"] == true)
        .count();
    assert!((20..80).contains(&accepted), "{accepted}");
    for chain in &all {
        let said = ["path", "violations"].map(|key| &chain["verdict"][key]);
        let said = said.iter().filter(|it| it.is_array()).count();
        assert_eq!(said, 1, "{chain}");
        let said_nothing = chain["verdict"]["violations"] == Value::Array(Vec::new());
        let is_usable = chain["unusable_anchors"] == Value::Array(Vec::new());
        assert!(!(said_nothing && is_usable), "{chain}");
        let is_named = chain["dns"].is_string() || chain["ip"].is_string();
        assert_eq!(is_named, chain["role"] == "server");
    }
    // Without changes the certificates are sound.
    let sound = all
        .iter()
        .filter(|it| it["changes"] == Value::Array(Vec::new()));
    for chain in sound {
        let der = octets(chain["end_entity"].as_str().unwrap());
        Certificate::decode(&der).unwrap();
    }
}

fn octets(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    for arguments in [&["1"][..], &["1", "x"], &["1", "1", "1"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_differential"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(!output.status.success());
        assert_eq!(output.stderr, b"usage: differential <how many> <seed>\n");
    }
}
