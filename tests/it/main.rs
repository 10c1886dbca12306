//! The crate from outside: one binary for all integration tests.

// To panic is how a test fails.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::unwrap_used
)]

#[cfg(feature = "ring")]
mod attacks;
mod certificate_view;
#[cfg(feature = "ring")]
mod configuration;
#[cfg(all(feature = "files", feature = "ring"))]
mod files;
#[cfg(feature = "ring")]
mod holds_until;
#[cfg(all(feature = "ring", feature = "serde"))]
mod lint;
#[cfg(feature = "ring")]
mod live;
#[cfg(all(feature = "ring", feature = "serde"))]
mod partner_policies;
#[cfg(all(feature = "serde", not(mutants)))]
mod policy_file;
#[cfg(all(unix, feature = "ring", feature = "serde", not(mutants)))]
mod program;
#[cfg(all(feature = "ring", feature = "serde", not(mutants)))]
mod properties;
#[cfg(feature = "ring")]
mod recorder;
#[cfg(feature = "ring")]
mod rehearsal;
#[cfg(all(unix, feature = "ring", feature = "serde", not(mutants)))]
mod rehearse;
#[cfg(feature = "ring")]
mod revocation;
mod rule_table;
#[cfg(all(feature = "ring", feature = "serde"))]
mod scenarios;
#[cfg(feature = "ring")]
mod shadow;
mod signature_cache;
mod support;
#[cfg(feature = "ring")]
mod support_revocation;
#[cfg(feature = "ring")]
mod survivors;
#[cfg(all(feature = "ring", feature = "tracing"))]
mod tracing_events;
#[cfg(all(feature = "ring", feature = "serde", not(mutants)))]
mod vectors;
#[cfg(all(unix, feature = "ring", feature = "serde", not(mutants)))]
mod verify_chain;
