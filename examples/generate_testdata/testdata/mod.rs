//! The tables of scenarios, by what they are about, and how they are written to disk.
//!
//! The integration tests include this module too: they generate everything again and compare.

// To panic is how a generator reports a wrong table.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::panic_in_result_fn
)]
// Two binaries include this module, each using a part of it.
#![allow(dead_code, unreachable_pub)]

mod case;
mod cast;
mod readme;
mod vectors;
mod write;

mod certificate_profile;
mod chain;
mod cross_signing;
mod extended_key_usage;
mod input;
mod key_usage;
mod maximum_validity;
mod minimum_key_size;
mod path_length;
mod pin;
mod revocation;
mod server_name;
mod signature_algorithm;
mod subject_identifier;
mod validity_period;

use std::io;
use std::path::Path;

use case::Case;

/// Writes everything into the directory `into`. Signatures of ECDSA and RSA-PSS are random: those in
/// `previous` are kept where what they sign is the same.
pub fn generate(into: &Path, previous: &Path) -> io::Result<()> {
    let groups = groups();
    write::scenarios(&groups, into, previous)?;
    vectors::write(&groups, into)?;
    readme::write(into)
}

/// Every scenario, under the name of its group: a rule, or what comes before the rules.
fn groups() -> Vec<(&'static str, Vec<Case>)> {
    let mut chain = chain::cases();
    chain.extend(cross_signing::cases());
    vec![
        ("input", input::cases()),
        ("chain", chain),
        ("server-name", server_name::cases()),
        ("extended-key-usage", extended_key_usage::cases()),
        ("subject-identifier", subject_identifier::cases()),
        ("minimum-key-size", minimum_key_size::cases()),
        ("signature-algorithm", signature_algorithm::cases()),
        ("maximum-validity", maximum_validity::cases()),
        ("validity-period", validity_period::cases()),
        ("key-usage", key_usage::cases()),
        ("path-length", path_length::cases()),
        ("pin", pin::cases()),
        ("revocation", revocation::cases()),
        ("certificate-profile", certificate_profile::cases()),
    ]
}
