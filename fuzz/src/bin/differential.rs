//! Chains with our verdict, one a line, for other verifiers to judge: `differential <how many> <seed>`.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|it| it.parse::<u64>().ok());
    let (Some(Some(count)), Some(Some(seed)), None) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        eprintln!("usage: differential <how many> <seed>");
        return ExitCode::FAILURE;
    };
    match write(count, seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write(count: u64, seed: u64) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for n in 0..count {
        let chain = fuzz::chains::sample(seed.wrapping_mul(1_000_003).wrapping_add(n));
        writeln!(out, "{chain}")?;
    }
    out.flush()
}
