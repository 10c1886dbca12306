//! Writes what stands in `testdata/` beside the keys: a directory per scenario, all of them in JSON for other
//! implementations, and the files of the README's commands.
//!
//! ```text
//! cargo run --features serde --example generate_testdata [DIRECTORY]
//! ```
//!
//! What must be found in a scenario stands in the tables of `testdata/` here, by hand. The wording,
//! `expected.txt`, is written by the test that checks it, to be read before it is committed:
//!
//! ```text
//! BLESS=1 cargo test --all-features scenarios
//! ```

#[path = "../../tests/it/support/mod.rs"]
mod support;
mod testdata;

use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let into = std::env::args_os()
        .nth(1)
        .map_or_else(|| committed.clone(), PathBuf::from);
    testdata::generate(&into, &committed)
}
