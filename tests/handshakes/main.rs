//! The rustls verifiers in real handshakes: over loopback sockets, in both directions, in TLS 1.2 and 1.3.
//!
//! The crypto provider is the one that rustls chooses for the build, so that the same tests run with another one.

// To panic is how a test fails.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_in_result,
    clippy::unwrap_used
)]

mod alerts;
mod both_sides;
mod chains;
mod failures;
mod identity;
mod kit;
mod live;
mod load;
mod malformed;
mod observer;
#[cfg(feature = "real-peers")]
mod real_peers;
mod revocation;
mod sessions;
mod settings;
#[path = "../it/support/mod.rs"]
mod support;
mod table;
