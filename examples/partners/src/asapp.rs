//! To come.

use crate::{Kit, Row};

/// To come.
pub fn rows(_: &Kit) -> Vec<Row> {
    Vec::new()
}
