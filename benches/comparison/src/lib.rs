//! What the programs of this package measure, and how they take time.

pub mod chains;
pub mod handshake;
pub mod openssl_verifier;
pub mod revocation;
pub mod sides;
pub mod signatures;
pub mod turns;
pub mod worst;

#[path = "../../../tests/it/support/mod.rs"]
pub mod support;

/// Whether each case shall only run once, to see that it runs: `cargo bench … -- --test`.
pub fn only_tested() -> bool {
    std::env::args().any(|argument| argument == "--test")
}
