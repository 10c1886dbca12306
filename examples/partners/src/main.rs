//! Runs every partner's scenarios and prints what happened:
//!
//! ```sh
//! cd examples
//! cargo run -p partners
//! ```
//!
//! The exit status is 1 if anything is not as expected. It takes curl and openssl.

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode};

use partners::{Kit, PARTNERS, Row, table};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let here = env::current_exe()?;
    let programs = here.parent().ok_or("a program is in no folder")?;
    build(programs)?;
    let kit = Kit::new(programs);
    println!(
        "–: nothing was broken. alert …: what the partner's side sees of a refusal; what stands after it is our log's.\n"
    );
    let mut all_as_expected = true;
    for (partner, rows) in PARTNERS {
        let rows = rows(&kit);
        println!("{}", table(partner, &rows));
        all_as_expected &= rows.iter().all(Row::is_as_expected);
    }
    Ok(if all_as_expected {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The programs beside this one, which `cargo run` alone has not built.
fn build(programs: &Path) -> Result<(), Box<dyn Error>> {
    let target = programs.parent().ok_or("no target directory")?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--quiet", "--locked", "--bins", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .arg("--target-dir")
        .arg(target);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    if cargo.status()?.success() {
        Ok(())
    } else {
        Err("the programs do not build".into())
    }
}
