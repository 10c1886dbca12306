//! The crate from outside: one binary for all integration tests.

mod support;
#[cfg(feature = "ring")]
mod properties;
