//! The list of rules, the README's table and the files agree.

use std::path::Path;

use rustls_policy_verifier::Policy;

#[test]
fn every_rule_has_a_file_and_a_row_with_its_citation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let rows: Vec<Vec<&str>> = readme
        .lines()
        .skip_while(|line| !line.starts_with("| rule | asks |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let in_readme: Vec<(String, String)> = rows
        .iter()
        .map(|row| (row[0].trim_matches('`').to_owned(), row[3].to_owned()))
        .collect();
    let in_policy: Vec<(String, String)> = Policy::rules()
        .into_iter()
        .map(|(id, citation)| (id.to_string(), citation.to_owned()))
        .collect();
    assert_eq!(in_readme, in_policy);

    let file_names = |ids: &[(String, String)]| {
        let mut names: Vec<_> = ids.iter().map(|(id, _)| id.replace('-', "_")).collect();
        names.sort();
        names
    };
    let mut files: Vec<String> = std::fs::read_dir(root.join("src/rules"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .filter(|name| name != "mod")
        .collect();
    files.sort();
    assert_eq!(files, file_names(&in_policy));
}

/// What the README shows of the example's answer is what the example answers.
#[cfg(all(feature = "ring", feature = "serde"))]
#[test]
fn the_readme_shows_what_the_example_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let command = readme
        .lines()
        .find_map(|line| line.split_once("--example verify_chain -- "))
        .map(|(_, arguments)| arguments.replace("readme/chain.pem", "readme/weak-chain.pem"))
        .unwrap();
    let test = std::env::current_exe().unwrap();
    let example = test
        .parent()
        .and_then(Path::parent)
        .unwrap()
        .join("examples/verify_chain");
    let output = std::process::Command::new(&example)
        .args(command.split_whitespace())
        .current_dir(root)
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "{}: {error}; cargo build --examples --features serde",
                example.display()
            )
        });
    assert_eq!(output.status.code(), Some(1));
    let shown = readme
        .split_once("```text\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .map(|(shown, _)| shown)
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains(shown), "{shown}\nis not in\n{printed}");
}
