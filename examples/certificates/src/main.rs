//! Writes certificates, keys and policies for the other programs into a directory:
//!
//! ```sh
//! cd examples
//! cargo run --bin certificates -- /tmp/acme
//! ```
//!
//! The keys are published with this repository: fit for trying things out, and for nothing else.

use std::io::{Error, ErrorKind};
use std::path::Path;

fn main() -> Result<(), Error> {
    let Some(directory) = std::env::args_os().nth(1) else {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "usage: certificates DIRECTORY",
        ));
    };
    eprintln!("TEST ONLY: the keys of these CAs are published; trust them nowhere");
    certificates::write(Path::new(&directory))
}
