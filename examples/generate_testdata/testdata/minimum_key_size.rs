use super::case::{Case, client};
use super::cast::{self, rsa2048, rsa3072};
use crate::support::keys::{self, algorithm, deterministic_bytes, spki};
use crate::support::{Authority, CertificateBuilder, KeyKind, TestKey};

const RULE: &str = "minimum-key-size";
const REFUSED: &[&str] = &["minimum-key-size @ end-entity"];

pub fn cases() -> Vec<Case> {
    let mut cases = rsa();
    cases.extend(elliptic_curves());
    cases.extend(other_kinds());
    cases.extend(positions());
    cases.extend(softened());
    cases
}

/// An end entity with a key that nobody need have: only its certificate is judged.
fn with(spki: Vec<u8>) -> CertificateBuilder {
    cast::client().spki(spki)
}

fn rsa() -> Vec<Case> {
    let of = |bits| with(keys::rsa_spki(bits, 65_537));
    vec![
        client(
            "rsa-bits-starting-point-accepted",
            "RSA of 2048 bits, the least of the starting point.",
        )
        .end_entity(of(2048))
        .accepted(),
        client("rsa-bits-starting-point-refused", "RSA of 1024 bits.")
            .end_entity(of(1024))
            .refused(REFUSED),
        client(
            "rsa-bits-2040-refused",
            "A modulus of 2040 bits fills 256 octets with its sign, but is too short.",
        )
        .end_entity(of(2040))
        .refused(REFUSED),
        client("rsa-bits-2047-refused", "One bit is missing.")
            .end_entity(of(2047))
            .refused(REFUSED),
        client("rsa-bits-3072-accepted", "RSA of 3072 bits, as demanded.")
            .end_entity(with(rsa3072(0).spki()))
            .set(RULE, "end-entity = { rsa-bits = 3072 }")
            .accepted(),
        client(
            "rsa-bits-3072-refused",
            "RSA of 2048 bits where 3072 are demanded.",
        )
        .end_entity(with(rsa2048(0).spki()))
        .set(RULE, "end-entity = { rsa-bits = 3072 }")
        .refused(REFUSED),
        client(
            "rsa-max-bits-starting-point-accepted",
            "RSA of 8192 bits, the most of the starting point.",
        )
        .end_entity(of(8192))
        .accepted(),
        client(
            "rsa-max-bits-starting-point-refused",
            "RSA of 8193 bits costs more than a peer may ask.",
        )
        .end_entity(of(8193))
        .refused(REFUSED),
        client(
            "rsa-max-bits-accepted",
            "RSA of 3072 bits, the most that is permitted.",
        )
        .end_entity(of(3072))
        .set(RULE, "end-entity = { rsa-max-bits = 3072 }")
        .accepted(),
        client(
            "rsa-max-bits-refused",
            "RSA of 4096 bits where 3072 are the most.",
        )
        .end_entity(of(4096))
        .set(RULE, "end-entity = { rsa-max-bits = 3072 }")
        .refused(REFUSED),
        client("rsa-exponent-refused", "The exponent 3.")
            .end_entity(with(keys::rsa_spki(2048, 3)))
            .refused(REFUSED),
        client(
            "rsa-exponent-even-refused",
            "An even exponent is no exponent.",
        )
        .end_entity(with(keys::rsa_spki(2048, 65_538)))
        .refused(REFUSED),
        client(
            "rsa-min-exponent-accepted",
            "The exponent 3, by a policy that permits it.",
        )
        .end_entity(with(keys::rsa_spki(2048, 3)))
        .set(RULE, "end-entity = { rsa-min-exponent = 3 }")
        .accepted(),
        client(
            "rsa-min-exponent-refused",
            "The exponent 65537 where a larger one is demanded.",
        )
        .end_entity(of(2048))
        .set(RULE, "end-entity = { rsa-min-exponent = 65539 }")
        .refused(REFUSED),
        client(
            "rsa-size-and-exponent-refused",
            "Too short, and a small exponent: both are said.",
        )
        .end_entity(with(keys::rsa_spki(1024, 3)))
        .refused(&[
            "minimum-key-size @ end-entity",
            "minimum-key-size @ end-entity",
        ]),
        client(
            "rsa-pss-key-accepted",
            "A key marked for PSS has a size like any other.",
        )
        .end_entity(with(keys::rsa_pss_spki(3072)))
        .accepted(),
        client("rsa-pss-key-refused", "A key marked for PSS, of 1024 bits.")
            .end_entity(with(keys::rsa_pss_spki(1024)))
            .refused(REFUSED),
        client("rsa-false-accepted", "No RSA; this is Ed25519.")
            .set(RULE, "end-entity = { rsa = false }")
            .accepted(),
        client("rsa-false-refused", "No RSA, of whatever size.")
            .end_entity(of(4096))
            .set(RULE, "end-entity = { rsa = false }")
            .refused(REFUSED),
    ]
}

fn elliptic_curves() -> Vec<Case> {
    let p256 = || with(TestKey::of(KeyKind::P256, 0).spki());
    let p384 = || with(TestKey::of(KeyKind::P384, 0).spki());
    vec![
        client(
            "ec-starting-point-accepted",
            "P-256, the least of the starting point.",
        )
        .end_entity(p256())
        .accepted(),
        client("ec-p521-accepted", "P-521.")
            .end_entity(with(keys::p521_spki()))
            .accepted(),
        client(
            "ec-other-curve-refused",
            "secp256k1 is not among the curves that policies know.",
        )
        .end_entity(with(keys::secp256k1_spki()))
        .refused(REFUSED),
        client("ec-bits-accepted", "P-384, as demanded.")
            .end_entity(p384())
            .set(RULE, "end-entity = { ec-bits = 384 }")
            .accepted(),
        client("ec-bits-refused", "P-256 where 384 bits are demanded.")
            .end_entity(p256())
            .set(RULE, "end-entity = { ec-bits = 384 }")
            .refused(REFUSED),
        client("curves-accepted", "P-384, the one curve that is permitted.")
            .end_entity(p384())
            .set(RULE, "end-entity = { curves = [\"P-384\"] }")
            .accepted(),
        client("curves-refused", "P-256 where P-384 alone is permitted.")
            .end_entity(p256())
            .set(RULE, "end-entity = { curves = [\"P-384\"] }")
            .refused(REFUSED),
        client(
            "curves-larger-refused",
            "P-521 where smaller curves alone are permitted.",
        )
        .end_entity(with(keys::p521_spki()))
        .set(RULE, "end-entity = { curves = [\"P-256\", \"P-384\"] }")
        .refused(REFUSED),
        client(
            "ec-false-accepted",
            "No elliptic curves; this is Ed25519, which is a kind of its own.",
        )
        .set(RULE, "end-entity = { ec = false }")
        .accepted(),
        client("ec-false-refused", "No elliptic curves.")
            .end_entity(p256())
            .set(RULE, "end-entity = { ec = false }")
            .refused(REFUSED),
    ]
}

fn other_kinds() -> Vec<Case> {
    let ml_dsa_65 = || with(keys::ml_dsa_65_spki());
    // The lengths of FIPS 204; what webpki never verifies with may hold anything.
    let ml_dsa = |oid, length| {
        with(spki(
            &algorithm(oid, None),
            &deterministic_bytes(oid, length),
        ))
    };
    vec![
        client("ed25519-accepted", "Ed25519.").accepted(),
        client("ed25519-false-accepted", "No Ed25519; this is RSA.")
            .end_entity(with(rsa2048(0).spki()))
            .set(RULE, "end-entity = { ed25519 = false }")
            .accepted(),
        client("ed25519-false-refused", "No Ed25519.")
            .set(RULE, "end-entity = { ed25519 = false }")
            .refused(REFUSED),
        client("ml-dsa-accepted", "ML-DSA-65 is recognised.")
            .end_entity(ml_dsa_65())
            .accepted(),
        client(
            "ml-dsa-least-accepted",
            "ML-DSA-44, the least of the starting point.",
        )
        .end_entity(ml_dsa("2.16.840.1.101.3.4.3.17", 1312))
        .accepted(),
        client("ml-dsa-set-accepted", "ML-DSA-87, as demanded.")
            .end_entity(ml_dsa("2.16.840.1.101.3.4.3.19", 2592))
            .set(RULE, "end-entity = { ml-dsa = 87 }")
            .accepted(),
        client("ml-dsa-set-refused", "ML-DSA-65 where 87 is demanded.")
            .end_entity(ml_dsa_65())
            .set(RULE, "end-entity = { ml-dsa = 87 }")
            .refused(REFUSED),
        client("ml-dsa-none-refused", "No ML-DSA.")
            .end_entity(ml_dsa_65())
            .set(RULE, "end-entity = { ml-dsa = 0 }")
            .refused(REFUSED),
        client("ed448-refused", "Ed448 is no kind that policies know.")
            .end_entity(with(keys::ed448_spki()))
            .refused(REFUSED),
        client("dsa-refused", "DSA.")
            .end_entity(with(keys::dsa_spki()))
            .refused(REFUSED),
        client(
            "unknown-kind-refused",
            "A key of an algorithm that does not exist.",
        )
        .end_entity(with(keys::unknown_spki()))
        .refused(REFUSED),
    ]
}

fn positions() -> Vec<Case> {
    let issuing = |key| cast::root().intermediate("Acme Issuing CA", key);
    let root = |key| Authority::root("Acme Root CA", key);
    let rsa4096 = || TestKey::of(KeyKind::Rsa4096, 0);
    vec![
        client(
            "intermediate-accepted",
            "An issuing CA with RSA of 3072 bits, as demanded.",
        )
        .issuing(issuing(rsa3072(0)))
        .set(RULE, "intermediate = { rsa-bits = 3072 }")
        .accepted(),
        client(
            "intermediate-refused",
            "An issuing CA with RSA of 2048 bits where 3072 are demanded.",
        )
        .issuing(issuing(rsa2048(0)))
        .set(RULE, "intermediate = { rsa-bits = 3072 }")
        .refused(&["minimum-key-size @ intermediate-1"]),
        client(
            "intermediate-max-refused",
            "An issuing CA with RSA of 4096 bits where 3072 are the most.",
        )
        .issuing(issuing(rsa4096()))
        .set(RULE, "intermediate = { rsa-max-bits = 3072 }")
        .refused(&["minimum-key-size @ intermediate-1"]),
        client(
            "intermediate-curve-refused",
            "An issuing CA on P-256 where 384 bits are demanded.",
        )
        .issuing(issuing(TestKey::of(KeyKind::P256, 0)))
        .set(RULE, "intermediate = { ec-bits = 384 }")
        .refused(&["minimum-key-size @ intermediate-1"]),
        client(
            "intermediate-kind-refused",
            "An issuing CA with Ed25519 where that is not permitted.",
        )
        .set(RULE, "intermediate = { ed25519 = false }")
        .refused(&["minimum-key-size @ intermediate-1"]),
        client(
            "trust-anchor-accepted",
            "A trust anchor with RSA of 3072 bits, as demanded.",
        )
        .root(root(rsa3072(0)))
        .set(RULE, "trust-anchor = { rsa-bits = 3072 }")
        .accepted(),
        client(
            "trust-anchor-refused",
            "A trust anchor with RSA of 2048 bits where 3072 are demanded.",
        )
        .root(root(rsa2048(0)))
        .set(RULE, "trust-anchor = { rsa-bits = 3072 }")
        .refused(&["minimum-key-size @ trust-anchor"]),
        client(
            "trust-anchor-max-refused",
            "A trust anchor with RSA of 4096 bits where 3072 are the most.",
        )
        .root(root(rsa4096()))
        .set(RULE, "trust-anchor = { rsa-max-bits = 3072 }")
        .refused(&["minimum-key-size @ trust-anchor"]),
        client(
            "trust-anchor-curve-accepted",
            "A trust anchor on P-384, as demanded.",
        )
        .root(root(TestKey::of(KeyKind::P384, 0)))
        .set(RULE, "trust-anchor = { ec-bits = 384 }")
        .accepted(),
        client(
            "trust-anchor-curve-refused",
            "A trust anchor on P-256 where P-384 alone is permitted.",
        )
        .root(root(TestKey::of(KeyKind::P256, 0)))
        .set(RULE, "trust-anchor = { curves = [\"P-384\"] }")
        .refused(&["minimum-key-size @ trust-anchor"]),
        client(
            "trust-anchor-curve-bits-refused",
            "A trust anchor on P-256 where 384 bits are demanded.",
        )
        .root(root(TestKey::of(KeyKind::P256, 0)))
        .set(RULE, "trust-anchor = { ec-bits = 384 }")
        .refused(&["minimum-key-size @ trust-anchor"]),
        client(
            "trust-anchor-curves-accepted",
            "A trust anchor on P-384, the one curve that is permitted.",
        )
        .root(root(TestKey::of(KeyKind::P384, 0)))
        .set(RULE, "trust-anchor = { curves = [\"P-384\"] }")
        .accepted(),
        client(
            "trust-anchor-max-accepted",
            "A trust anchor with RSA of 3072 bits, the most that is permitted.",
        )
        .root(root(rsa3072(0)))
        .set(RULE, "trust-anchor = { rsa-max-bits = 3072 }")
        .accepted(),
        client(
            "intermediate-max-accepted",
            "An issuing CA with RSA of 3072 bits, the most that is permitted.",
        )
        .issuing(issuing(rsa3072(0)))
        .set(RULE, "intermediate = { rsa-max-bits = 3072 }")
        .accepted(),
        client(
            "intermediate-curve-accepted",
            "An issuing CA on P-384, as demanded.",
        )
        .issuing(issuing(TestKey::of(KeyKind::P384, 0)))
        .set(RULE, "intermediate = { ec-bits = 384 }")
        .accepted(),
        client(
            "intermediate-kind-accepted",
            "No Ed25519 for issuing CAs; this one has RSA.",
        )
        .issuing(issuing(rsa2048(0)))
        .set(RULE, "intermediate = { ed25519 = false }")
        .accepted(),
        client(
            "trust-anchor-by-name-and-key-refused",
            "An anchor's key is known where its certificate is not.",
        )
        .root(root(rsa2048(0)))
        .anchors_by_name_and_key()
        .set("validity-period", "trust-anchor = \"when-known\"")
        .set("key-usage", "trust-anchor = \"when-known\"")
        .set("path-length", "trust-anchor = \"when-known\"")
        .set(RULE, "trust-anchor = { rsa-bits = 3072 }")
        .refused(&["minimum-key-size @ trust-anchor"]),
        client(
            "all-positions-refused",
            "A weak key at every position: all three are said.",
        )
        .root(root(rsa2048(0)))
        .chain({
            let root = root(rsa2048(0));
            let issuing = root.intermediate("Acme Issuing CA", rsa2048(1));
            [issuing.issue(with(rsa2048(2).spki())), issuing.der]
        })
        .set(RULE, "end-entity = { rsa-bits = 3072 }")
        .set(RULE, "intermediate = { rsa-bits = 3072 }")
        .set(RULE, "trust-anchor = { rsa-bits = 3072 }")
        .refused(&[
            "minimum-key-size @ end-entity",
            "minimum-key-size @ intermediate-1",
            "minimum-key-size @ trust-anchor",
        ]),
        client(
            "weak-without-path-refused",
            "A weak key under an unknown CA: both are said.",
        )
        .end_entity(with(keys::rsa_spki(1024, 65_537)))
        .anchors("globex", [cast::globex_root().der])
        .refused(&["chain @ path", "minimum-key-size @ end-entity"]),
    ]
}

fn softened() -> Vec<Case> {
    let weak = || with(keys::rsa_spki(1024, 65_537));
    vec![
        client("audit-accepted", "Audited: what would refuse is a warning.")
            .end_entity(weak())
            .audit(RULE)
            .at(cast::AUDIT_ENDS)
            .warns(REFUSED)
            .accepted(),
        client("audit-over-refused", "The day after the audit.")
            .end_entity(weak())
            .audit(RULE)
            .at(cast::AUDIT_OVER)
            .refused(REFUSED),
        client("off-accepted", "Off, any key will do that webpki takes.")
            .end_entity(weak())
            .off(RULE)
            .accepted(),
    ]
}
