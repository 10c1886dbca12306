//! x
#![allow(missing_docs, dead_code, unused, unreachable_pub)]
mod certificate;
mod name;
mod oid;
mod text;
mod time;
