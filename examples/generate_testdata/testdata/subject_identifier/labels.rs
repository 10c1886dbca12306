//! Identifiers that count only under one partner's trust anchors.

use super::super::case::{Case, client};
use super::super::cast;
use super::{REFUSED, RULE, asks, subject};
use crate::support::Name;

/// Two partners' CAs, and who may issue which name.
pub fn under_labels() -> Vec<Case> {
    const UNDER_ACME: &str = r#"attribute = "CN", exact = "payments", under = ["acme"]"#;
    let two = |case: Case| {
        case.anchors("acme", [cast::root().der])
            .anchors("globex", [cast::globex_root().der])
    };
    let by_globex = || {
        [
            cast::globex_issuing().issue(cast::client()),
            cast::globex_issuing().der,
        ]
    };
    let none_of = |name, description| {
        two(client(name, description)).set(
            RULE,
            r#"none-of = [{ attribute = "CN", exact = "payments", under = ["globex"] }]"#,
        )
    };
    let all_of = |name, description| {
        two(client(name, description)).set(RULE, &format!("all-of = [{{ {UNDER_ACME} }}]"))
    };
    let cross_signed =
        |first: Vec<u8>, second: Vec<u8>| [cast::issuing().issue(cast::client()), first, second];
    let by_acme = || cast::root().cross_sign(&cast::issuing());
    let cross = || cast::globex_root().cross_sign(&cast::issuing());
    vec![
        two(asks(
            "under-accepted",
            "The name, issued by its own partner's CA.",
            cast::client(),
            UNDER_ACME,
        ))
        .accepted(),
        two(asks(
            "under-refused",
            "The same name, issued by the other partner's CA.",
            cast::client(),
            UNDER_ACME,
        ))
        .chain(by_globex())
        .refused(REFUSED),
        two(asks(
            "under-two-labels-accepted",
            "The other partner's CA may issue the name too.",
            cast::client(),
            r#"attribute = "CN", exact = "payments", under = ["acme", "globex"]"#,
        ))
        .chain(by_globex())
        .accepted(),
        two(asks(
            "under-no-label-accepted",
            "An entry for every label.",
            cast::client(),
            r#"attribute = "CN", exact = "payments""#,
        ))
        .chain(by_globex())
        .accepted(),
        all_of("under-all-of-accepted", "All-of, by the right CA.").accepted(),
        all_of("under-all-of-refused", "All-of, by the other partner's CA.")
            .chain(by_globex())
            .refused(REFUSED),
        none_of(
            "under-none-of-accepted",
            "Forbidden to the other partner's CA only.",
        )
        .accepted(),
        none_of(
            "under-none-of-refused",
            "Forbidden to the other partner's CA.",
        )
        .chain(by_globex())
        .refused(REFUSED),
        asks(
            "under-shared-root-accepted",
            "One root under two labels counts under both.",
            cast::client(),
            UNDER_ACME,
        )
        .anchors("globex", [cast::root().der])
        .anchors("acme", [cast::root().der])
        .accepted(),
        two(asks(
            "under-cross-signed-accepted",
            "The path through its own partner's root counts.",
            cast::client(),
            UNDER_ACME,
        ))
        .chain(cross_signed(cross(), by_acme()))
        .accepted(),
        two(asks(
            "under-cross-signed-reversed-accepted",
            "Whichever cross-certificate is sent first.",
            cast::client(),
            UNDER_ACME,
        ))
        .chain(cross_signed(by_acme(), cross()))
        .accepted(),
        two(asks(
            "under-name-refused",
            "Under the right CA, but another name.",
            subject(Name::cn("refunds")),
            UNDER_ACME,
        ))
        .refused(REFUSED),
        asks(
            "under-without-path-refused",
            "Without a path the name is judged as if the label were right.",
            cast::client(),
            UNDER_ACME,
        )
        .anchors("acme", [cast::root().der])
        .chain([cast::globex_issuing().issue(cast::client())])
        .refused(&["chain @ path"]),
    ]
}
