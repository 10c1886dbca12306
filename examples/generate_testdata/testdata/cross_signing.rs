//! Several paths for one end entity: a rule that refuses one must not hide another.

use super::case::{Case, client};
use super::cast::{self, day, rsa2048, rsa3072};
use crate::support::Authority;

const RULE: &str = "minimum-key-size";
const STRONG_ANCHORS: &str = "trust-anchor = { rsa-bits = 3072 }";

pub fn cases() -> Vec<Case> {
    let mut cases = two_roots();
    cases.extend(new_key_of_root());
    cases.extend(two_certificates_of_one_ca());
    cases
}

fn old_root() -> Authority {
    Authority::root("Acme Root CA 2010", rsa2048(0))
}

fn new_root() -> Authority {
    Authority::root("Acme Root CA 2025", rsa3072(0))
}

/// The issuing CA's certificate, from either root.
fn from(root: &Authority) -> Vec<u8> {
    root.cross_sign(&cast::issuing())
}

fn two_roots() -> Vec<Case> {
    let both = [old_root().der, new_root().der];
    let reversed = [new_root().der, old_root().der];
    let anchored = |name, description, anchors: &[Vec<u8>; 2]| {
        client(name, description).anchors("acme", anchors.clone())
    };
    let bridge = old_root().cross_sign(&new_root());
    vec![
        anchored(
            "cross-signed-weak-first-accepted",
            "The certificate under the old, weak root is sent first.",
            &both,
        )
        .followed_by([from(&old_root()), from(&new_root())])
        .set(RULE, STRONG_ANCHORS)
        .accepted(),
        anchored(
            "cross-signed-weak-last-accepted",
            "The certificate under the old, weak root is sent last.",
            &both,
        )
        .followed_by([from(&new_root()), from(&old_root())])
        .set(RULE, STRONG_ANCHORS)
        .accepted(),
        anchored(
            "cross-signed-anchors-reversed-accepted",
            "The trust anchors in another order.",
            &reversed,
        )
        .followed_by([from(&old_root()), from(&new_root())])
        .set(RULE, STRONG_ANCHORS)
        .accepted(),
        anchored(
            "cross-signed-both-refused",
            "Both roots are too weak: the other path is reported too.",
            &both,
        )
        .followed_by([from(&old_root()), from(&new_root())])
        .set(RULE, "trust-anchor = { rsa-bits = 4096 }")
        .refused(&["minimum-key-size @ trust-anchor"]),
        client(
            "cross-signed-only-weak-refused",
            "The strong root is no trust anchor here.",
        )
        .anchors("acme", [old_root().der])
        .followed_by([from(&old_root()), from(&new_root())])
        .set(RULE, STRONG_ANCHORS)
        .refused(&["minimum-key-size @ trust-anchor"]),
        anchored(
            "bridge-accepted",
            "The new root, certified by the old one, is sent along: the shorter path counts.",
            &both,
        )
        .followed_by([from(&new_root()), bridge.clone()])
        .set(RULE, STRONG_ANCHORS)
        .accepted(),
        client(
            "bridge-to-old-root-accepted",
            "A verifier that knows the old root only goes over the bridge.",
        )
        .anchors("acme", [old_root().der])
        .followed_by([from(&new_root()), bridge])
        .accepted(),
    ]
}

/// A root with a new key certifies its old one (RFC 4210 section 4.4: OldWithNew).
fn new_key_of_root() -> Vec<Case> {
    let old = cast::root();
    let new = Authority::root("Acme Root CA", cast::key(6));
    let old_with_new = new.cross_sign(&old);
    let rolled = |name, description| {
        client(name, description)
            .anchors("acme", [new.der.clone()])
            .chain([
                cast::issuing().issue(cast::client()),
                cast::issuing().der,
                old_with_new.clone(),
            ])
    };
    vec![
        rolled(
            "old-with-new-accepted",
            "The anchor has a new key; its certificate for its old key is sent along.",
        )
        .accepted(),
        rolled(
            "old-with-new-by-name-and-key-accepted",
            "The same, of an anchor known without its certificate.",
        )
        .anchors_by_name_and_key()
        .set("validity-period", "trust-anchor = \"when-known\"")
        .set("key-usage", "trust-anchor = \"when-known\"")
        .set("path-length", "trust-anchor = \"when-known\"")
        .accepted(),
        client(
            "cross-signed-anchor-accepted",
            "An anchor certified by another anchor: the policy wants the path to that other one.",
        )
        .anchors("acme", [new_root().der])
        .anchors("umbrella", [old_root().der])
        .followed_by([from(&new_root()), old_root().cross_sign(&new_root())])
        .anchors_by_name_and_key()
        .set("validity-period", "trust-anchor = \"when-known\"")
        .set("key-usage", "trust-anchor = \"when-known\"")
        .set("path-length", "trust-anchor = \"when-known\"")
        .set(
            "subject-identifier",
            "any-of = [{ attribute = \"CN\", exact = \"payments\", under = [\"umbrella\"] }]",
        )
        .accepted(),
    ]
}

/// The issuing CA has an old certificate without keyCertSign, and a new one with it.
fn two_certificates_of_one_ca() -> Vec<Case> {
    let faulty = cast::issuing_with(|ca| ca.key_usage_bits(&[6]).serial(1)).der;
    let good = cast::issuing().der;
    let faulty_but_short_lived = cast::issuing_with(|ca| {
        ca.key_usage_bits(&[6])
            .validity(day(2025, 1, 1), day(2030, 1, 1) - 1)
    })
    .der;
    let audited = |name, description| client(name, description).audit("key-usage");
    vec![
        client(
            "two-intermediates-faulty-first-accepted",
            "The faulty certificate is sent first.",
        )
        .followed_by([faulty.clone(), good.clone()])
        .accepted(),
        client(
            "two-intermediates-faulty-last-accepted",
            "The faulty certificate is sent last.",
        )
        .followed_by([good.clone(), faulty.clone()])
        .accepted(),
        audited(
            "audit-prefers-clean-path-accepted",
            "A path without warnings is preferred to an audited one.",
        )
        .followed_by([faulty.clone(), good.clone()])
        .accepted(),
        audited(
            "audit-beside-refused-path-accepted",
            "Of an audited path and a refused one, the audited is taken.",
        )
        .followed_by([good.clone(), faulty_but_short_lived])
        .set(
            "maximum-validity",
            "intermediate = { at-most = \"10 years\" }",
        )
        .warns(&["key-usage @ intermediate-1"])
        .accepted(),
        audited(
            "known-intermediate-replaces-audited-accepted",
            "The one that is sent would be a warning, a known one is clean.",
        )
        .followed_by([faulty.clone()])
        .known([good.clone()])
        .accepted(),
        client(
            "known-intermediate-replaces-refused-accepted",
            "The one that is sent is refused, a known one is not.",
        )
        .followed_by([faulty])
        .known([good])
        .accepted(),
    ]
}
