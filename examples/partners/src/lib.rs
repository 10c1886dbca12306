//! Partners' pages end to end: for each page the programs a team would start from (`bin/`), and here what happens when each
//! of its requirements is broken, over real sockets, with curl and openssl at the other end where the page says so.

pub mod asapp;
pub mod bango;
pub mod calls;
mod client;
pub mod https;
pub mod infobip;
mod kit;
pub mod thredd;
pub mod vshn;

pub use kit::{Folder, Kit, Row, settled, table, told};

/// Runs a partner's scenarios.
pub type Scenarios = fn(&Kit) -> Vec<Row>;

/// Every partner, and where its scenarios are.
pub const PARTNERS: [(&str, Scenarios); 5] = [
    ("Thredd", thredd::rows),
    ("ASAPP", asapp::rows),
    ("Bango", bango::rows),
    ("VSHN", vshn::rows),
    ("Infobip", infobip::rows),
];
