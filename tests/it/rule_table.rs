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
