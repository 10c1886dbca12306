//! The inputs to begin with.

use super::change::Kind;
use super::input::{Change, Choices, Input};

pub(super) fn all() -> Vec<(&'static str, Vec<u8>)> {
    let seed = |name, choices: [u8; 6], changes: &[Change]| {
        let changes = changes.to_vec();
        let choices = Choices(choices);
        (name, Input { choices, changes }.write())
    };
    vec![
        seed("server", [1, 0, 0, 0, 0, 0], &[]),
        seed("server-p256", [5, 0, 0, 0, 0, 0], &[]),
        seed("client", [0x0a, 0, 0, 0, 0x80, 0], &[]),
        seed("address", [0x41, 0, 0, 0, 0, 0], &[]),
        seed("under-a-root", [0, 0, 0, 0, 0, 0], &[]),
        seed("three-intermediates", [3, 0, 0, 1, 0, 0], &[]),
        seed("known-intermediates", [2, 0, 0x40, 0, 0, 0], &[]),
        seed("bare-anchors", [1, 0x20, 0x80, 0, 0, 0], &[]),
        seed("cross-certified", [2, 0x25, 0, 3, 0, 0], &[]),
        seed("next-root-key", [1, 0xd0, 8, 1, 0, 0], &[]),
        seed("namesakes", [2, 0x4e, 0, 9, 0, 0], &[]),
        seed("decoys", [1, 0x0e, 0x20, 5, 0, 0], &[]),
        seed("too-many-decoys", [0, 0, 0x30, 5, 0, 0], &[]),
        seed("audited", [9, 0, 4, 0, 0x40, 0x0c], &[]),
        seed("profile", [1, 0, 0, 0, 0, 0x80], &[]),
        seed("lax", [2, 0, 0, 0, 0x0e, 0x20], &[]),
        seed(
            "lax-for-another-purpose",
            [1, 0, 0, 0, 2, 0],
            &[change(0, Kind::Purposes, 2, 1)],
        ),
        seed(
            "constrained",
            [1, 0, 0, 0, 0, 0],
            &[
                change(1, Kind::NameConstraints, 0, 0),
                change(1, Kind::Constraints, 1, 1),
            ],
        ),
        seed(
            "version-1-anchor",
            [1, 0, 0, 0, 0, 0],
            &[change(2, Kind::Version, 0, 0)],
        ),
        seed(
            "rsa",
            [2, 0, 0, 0, 0, 0],
            &[change(1, Kind::Key, 1, 0), change(2, Kind::Key, 0, 0)],
        ),
        seed(
            "expired-beside-a-twin",
            [1, 4, 0, 0, 0, 0],
            &[change(1, Kind::Validity, 0, 0)],
        ),
    ]
}

fn change(who: u8, kind: Kind, how: u8, detail: u8) -> Change {
    Change {
        who,
        what: kind.number(),
        how,
        detail,
    }
}
