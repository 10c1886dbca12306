//! The programs against each other, against curl and against openssl, over real sockets.
//!
//! curl and openssl must be there: without one of them tests fail, they are not skipped.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod certificates_program;
mod clients;
mod errors;
mod kit;
mod limits;
mod long_lived;
mod openssl;
mod pairs;
mod resumption;
mod tenants;
mod webhook;
