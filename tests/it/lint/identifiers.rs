//! Identifiers and names of servers.

use rustls_policy_verifier::LintCode::*;

use super::{Case, NO_REVOCATION, acme, acme_and_bank, finds, nearly, nothing};
use crate::support::{Authority, TestKey};

pub(super) fn cases() -> Vec<Case> {
    let two = acme_and_bank;
    let both_labels = || {
        let root = Authority::root("Acme Root", TestKey::ed25519(1));
        nothing().root("acme", &root).root("bank", &root)
    };
    vec![
        finds(
            any_of(r#"{ attribute = "CN", exact = "a" }"#),
            two(),
            &[
                "warning[identifier-without-label] subject-identifier.any-of[0]: CN \"a\" is accepted from the CAs of all 2 labels, and each of them can issue it; → tie it to the label of the CA that vets it, by `under`",
                NO_REVOCATION,
            ],
        ),
        finds(
            all_of(r#"{ attribute = "CN", exact = "a" }"#),
            two(),
            &[
                "warning[identifier-without-label] subject-identifier.all-of[0]: CN \"a\" is accepted from the CAs of all 2 labels, and each of them can issue it; → tie it to the label of the CA that vets it, by `under`",
                NO_REVOCATION,
            ],
        ),
        nearly(
            IdentifierWithoutLabel,
            any_of(r#"{ attribute = "CN", exact = "a" }"#),
            acme(),
            &[NO_REVOCATION],
        ),
        nearly(
            IdentifierWithoutLabel,
            any_of(r#"{ attribute = "CN", exact = "a", under = ["acme", "bank"] }"#),
            two(),
            &[NO_REVOCATION],
        ),
        // The other identifier ties the path.
        nearly(
            IdentifierWithoutLabel,
            all_of(
                r#"{ attribute = "OU", exact = "a" }, { attribute = "CN", exact = "b", under = ["acme", "bank"] }"#,
            ),
            two(),
            &[NO_REVOCATION],
        ),
        nearly(
            IdentifierWithoutLabel,
            "role = \"client\"\n[subject-identifier]\nany-of = [{ attribute = \"CN\", exact = \"a\", under = [\"acme\"] }, { attribute = \"CN\", exact = \"b\", under = [\"bank\"] }]\nall-of = [{ attribute = \"OU\", exact = \"pay\" }]",
            two(),
            &[NO_REVOCATION],
        ),
        // But one of any-of does not.
        finds(
            any_of(
                r#"{ attribute = "CN", exact = "a", under = ["acme"] }, { attribute = "CN", exact = "b" }"#,
            ),
            two(),
            &[
                "warning[identifier-without-label] subject-identifier.any-of[1]: CN \"b\" is accepted from the CAs of all 2 labels, and each of them can issue it; → tie it to the label of the CA that vets it, by `under`",
                NO_REVOCATION,
            ],
        ),
        finds(
            any_of(r#"{ attribute = "CN", exact = "a", under = ["acme"] }"#),
            two(),
            &[
                "advice[label-without-identifier] subject-identifier: no identifier is accepted under the label \"bank\": its trust anchors serve nobody; → take these trust anchors out, or add the identifiers of their peers",
                NO_REVOCATION,
            ],
        ),
        nearly(
            LabelWithoutIdentifier,
            any_of(
                r#"{ attribute = "CN", exact = "a", under = ["acme"] }, { attribute = "CN", exact = "a", under = ["bank"] }"#,
            ),
            two(),
            &[NO_REVOCATION],
        ),
        finds(
            all_of(
                r#"{ attribute = "CN", exact = "a", under = ["acme"] }, { attribute = "OU", exact = "b", under = ["bank"] }"#,
            ),
            two(),
            &[
                "error[no-anchor-for-identifiers] subject-identifier: no trust anchor has all the labels that the identifiers are tied to, so that everybody is refused; → tie identifiers that must hold together to one label, which trust anchors have",
                NO_REVOCATION,
            ],
        ),
        nearly(
            NoAnchorForIdentifiers,
            all_of(
                r#"{ attribute = "CN", exact = "a", under = ["acme"] }, { attribute = "OU", exact = "b", under = ["bank"] }"#,
            ),
            both_labels(),
            &[NO_REVOCATION],
        ),
        finds(
            "role = \"client\"\nsubject-identifier.none-of = [{ attribute = \"CN\", exact = \"a\" }]",
            nothing(),
            &[
                "warning[identifies-nobody] subject-identifier.none-of: identifiers are forbidden and none is asked for: every other certificate of the CAs passes; → say by any-of or all-of who the peer must be",
            ],
        ),
        nearly(
            IdentifiesNobody,
            "role = \"client\"\n[subject-identifier]\nnone-of = [{ attribute = \"CN\", exact = \"a\" }]\nany-of = [{ attribute = \"OU\", exact = \"b\" }]",
            nothing(),
            &[],
        ),
        finds(
            any_of(r#"{ san = "dns", glob = "*.*.co.uk" }"#),
            nothing(),
            GLOB,
        ),
        nearly(
            GlobUnderPublicSuffix,
            any_of(r#"{ san = "dns", glob = "*.acme.co.uk" }"#),
            nothing(),
            &[],
        ),
        nearly(
            GlobUnderPublicSuffix,
            any_of(r#"{ san = "dns", glob = "*.internal" }"#),
            nothing(),
            &[],
        ),
        nearly(
            GlobUnderPublicSuffix,
            any_of(r#"{ san = "dns", exact = "co.uk" }"#),
            nothing(),
            &[],
        ),
        finds(
            any_of(r#"{ san = "uri", glob = "spiffe://acme.example/**" }"#),
            nothing(),
            &[
                "advice[whole-trust-domain] subject-identifier.any-of[0]: san uri like \"spiffe://acme.example/**\" is met by everything that its CA names: no workload is told from another; → name the part of the path that the peer has to itself",
            ],
        ),
        finds(
            any_of(r#"{ san = "uri", namespace = "spiffe://acme.example" }"#),
            nothing(),
            &[
                "advice[whole-trust-domain] subject-identifier.any-of[0]: san uri below \"spiffe://acme.example\" is met by everything that its CA names: no workload is told from another; → name the part of the path that the peer has to itself",
            ],
        ),
        finds(
            any_of(r#"{ san = "uri", namespace = "spiffe://acme.example/" }"#),
            nothing(),
            &[
                "advice[whole-trust-domain] subject-identifier.any-of[0]: san uri below \"spiffe://acme.example/\" is met by everything that its CA names: no workload is told from another; → name the part of the path that the peer has to itself",
            ],
        ),
        nearly(
            WholeTrustDomain,
            any_of(
                r#"{ san = "uri", glob = "spiffe://acme.example/prod/**" }, { san = "uri", namespace = "spiffe://acme.example/prod" }, { san = "uri", exact = "spiffe://acme.example" }, { san = "uri", namespace = "urn:acme:" }"#,
            ),
            nothing(),
            &[],
        ),
        finds(
            "role = \"server\"\nserver-name.allow-common-name-as-server-name = true",
            nothing(),
            &[
                "warning[common-name-as-server-name] server-name.allow-common-name-as-server-name: a common name escapes name constraints and the checks of DNS names (RFC 9525 section 2); → have the servers' certificates issued with subject alternative names, and take this out",
            ],
        ),
        nearly(CommonNameAsServerName, "role = \"server\"", nothing(), &[]),
        finds(
            "role = \"server\"\nserver-name.allow-identifier-in-place-of-server-name = true\nsubject-identifier.any-of = [{ attribute = \"CN\", exact = \"a\" }]",
            nothing(),
            &[
                "advice[identifier-in-place-of-server-name] server-name.allow-identifier-in-place-of-server-name: whoever has an accepted identifier may answer under any name; → ask for an identifier that only this server has, or take this out",
            ],
        ),
        nearly(
            IdentifierInPlaceOfServerName,
            "role = \"server\"\nsubject-identifier.any-of = [{ attribute = \"CN\", exact = \"a\" }]",
            nothing(),
            &[],
        ),
    ]
}

/// Public suffixes are known with their list only.
const GLOB: &[&str] = if cfg!(feature = "public-suffix-list") {
    &[
        "warning[glob-under-public-suffix] subject-identifier.any-of[0]: san dns like \"*.*.co.uk\" is met by whoever registers a name under co.uk; → name the peer's own domain in the pattern",
    ]
} else {
    &[]
};

fn any_of(entries: &str) -> String {
    format!("role = \"client\"\nsubject-identifier.any-of = [{entries}]")
}

fn all_of(entries: &str) -> String {
    format!("role = \"client\"\nsubject-identifier.all-of = [{entries}]")
}
