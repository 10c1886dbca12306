//! The rustls verifiers against the commands `openssl` and `curl` as the other side of a connection.
//!
//! The other side judges by the real time and ours by a fixed one, so certificates here hold from 2020 to 2099.

mod acceptance;
mod curl;
mod openssl;
mod ours;
mod refusals;
mod refused_by_them;
mod revocation;
mod settings;
mod their_ca;
mod their_files;
mod tool;
mod world;
