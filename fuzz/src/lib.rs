//! What holds for every input. Each module has a `check` that panics where it does not: the programs of `fuzz_targets/` call
//! it with what libFuzzer makes up, `tests/replay.rs` with the inputs of `seeds/` and mutations of them.

// A property that does not hold panics.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

pub mod certificate;
pub mod chains;
pub mod crl;
mod fixture;
pub mod mutate;
pub mod names;
pub mod ocsp;
pub mod pem;
pub mod policy_file;
mod rfc6960;
mod signed;
mod tokens;
pub mod verify;

#[path = "../../tests/it/support/mod.rs"]
mod support;

use crate::mutate::Random;

/// One property, and how to come by inputs.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub name: &'static str,
    /// Panics where the property does not hold.
    pub check: fn(&[u8]),
    /// Changes an input, keeping its structure where it can.
    pub mutate: fn(&[u8], &mut Random) -> Vec<u8>,
    /// The inputs to begin with, by name: the files of `seeds/`.
    pub seeds: fn() -> Vec<(&'static str, Vec<u8>)>,
}

pub const TARGETS: &[Target] = &[
    certificate::TARGET,
    chains::TARGET,
    crl::TARGET,
    names::TARGET,
    ocsp::TARGET,
    pem::TARGET,
    policy_file::TARGET,
    verify::TARGET,
];

impl Target {
    /// For libFuzzer's hook: half of the mutations are its own, half keep the structure.
    pub fn mutate_in_place(
        &self,
        data: &mut [u8],
        size: usize,
        max_size: usize,
        seed: u32,
        plain: fn(&mut [u8], usize, usize) -> usize,
    ) -> usize {
        if seed.is_multiple_of(2) {
            return plain(data, size, max_size);
        }
        let changed = (self.mutate)(&data[..size], &mut Random::new(seed.into()));
        if changed.is_empty() || changed.len() > max_size.min(data.len()) {
            return plain(data, size, max_size);
        }
        data[..changed.len()].copy_from_slice(&changed);
        changed.len()
    }
}
