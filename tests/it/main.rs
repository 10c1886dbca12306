//! The crate from outside: one binary for all integration tests.

mod certificate_view;
#[cfg(feature = "ring")]
mod configuration;
#[cfg(feature = "serde")]
mod policy_file;
#[cfg(feature = "ring")]
mod properties;
mod rule_table;
#[cfg(all(feature = "ring", feature = "serde"))]
mod scenarios;
mod support;
#[cfg(all(unix, feature = "ring", feature = "serde"))]
mod verify_chain;
