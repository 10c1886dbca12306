//! Every partner's scenarios end as they must. curl and openssl must be there: without them tests fail, they are not skipped.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use partners::{Kit, Row, Scenarios};

#[test]
fn thredd() {
    all_as_expected(partners::thredd::rows);
}

#[test]
fn asapp() {
    all_as_expected(partners::asapp::rows);
}

#[test]
fn bango() {
    all_as_expected(partners::bango::rows);
}

#[test]
fn vshn() {
    all_as_expected(partners::vshn::rows);
}

#[test]
fn infobip() {
    all_as_expected(partners::infobip::rows);
}

#[track_caller]
fn all_as_expected(scenarios: Scenarios) {
    let programs = Path::new(env!("CARGO_BIN_EXE_partners")).parent().unwrap();
    let rows = scenarios(&Kit::new(programs));
    assert!(!rows.is_empty());
    let others: Vec<_> = rows.iter().filter(|it| !it.is_as_expected()).collect();
    let others: Vec<String> = others.into_iter().map(Row::to_string).collect();
    assert!(others.is_empty(), "{}", others.join("\n"));
}
