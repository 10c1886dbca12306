use super::case::{Case, client};
use super::cast::{self, rsa2048, rsa3072};
use crate::support::keys::{algorithm, pss_signature_algorithm, rsa_signature_algorithm};
use crate::support::oids::{ECDSA_WITH_SHA1, ML_DSA_65, RSASSA_PSS, SHA1_WITH_RSA};
use crate::support::{Authority, KeyKind, RsaScheme, TestKey, der};

const RULE: &str = "signature-algorithm";

// SHA-224, which nothing else here uses.
const SHA224_WITH_RSA: &str = "1.2.840.113549.1.1.14";
const ECDSA_WITH_SHA224: &str = "1.2.840.10045.4.3.1";
const SHA224: &str = "2.16.840.1.101.3.4.2.4";

pub fn cases() -> Vec<Case> {
    let mut cases = hashes();
    cases.extend(families());
    cases.extend(not_verified());
    cases.extend(softened());
    cases
}

/// A chain whose CAs have RSA keys that sign by `root` and by `issuing`.
fn rsa(name: &'static str, description: &'static str, root: RsaScheme, issuing: RsaScheme) -> Case {
    let root = Authority::root("Acme Root CA", rsa3072(0).with_rsa_scheme(root));
    let issuing = root.intermediate("Acme Issuing CA", rsa2048(0).with_rsa_scheme(issuing));
    client(name, description).root(root).issuing(issuing)
}

fn hashes() -> Vec<Case> {
    use RsaScheme::{Pkcs1Sha256, Pkcs1Sha384, Pkcs1Sha512};

    vec![
        rsa(
            "sha256-accepted",
            "SHA-256, the weakest of the starting point.",
            Pkcs1Sha256,
            Pkcs1Sha256,
        )
        .accepted(),
        rsa(
            "sha384-accepted",
            "SHA-384, as demanded.",
            Pkcs1Sha384,
            Pkcs1Sha384,
        )
        .set(RULE, "minimum-hash = \"SHA-384\"")
        .accepted(),
        rsa(
            "sha384-end-entity-refused",
            "SHA-256 at the end entity.",
            Pkcs1Sha384,
            Pkcs1Sha256,
        )
        .set(RULE, "minimum-hash = \"SHA-384\"")
        .refused(&["signature-algorithm @ end-entity"]),
        rsa(
            "sha384-intermediate-refused",
            "SHA-256 at the intermediate.",
            Pkcs1Sha256,
            Pkcs1Sha384,
        )
        .set(RULE, "minimum-hash = \"SHA-384\"")
        .refused(&["signature-algorithm @ intermediate-1"]),
        rsa(
            "sha512-accepted",
            "SHA-512, as demanded.",
            Pkcs1Sha512,
            Pkcs1Sha512,
        )
        .set(RULE, "minimum-hash = \"SHA-512\"")
        .accepted(),
        rsa(
            "sha512-refused",
            "SHA-384 where SHA-512 is demanded.",
            Pkcs1Sha512,
            Pkcs1Sha384,
        )
        .set(RULE, "minimum-hash = \"SHA-512\"")
        .refused(&["signature-algorithm @ end-entity"]),
        client(
            "ed25519-has-its-own-accepted",
            "Ed25519 has its hash built in.",
        )
        .set(RULE, "minimum-hash = \"SHA-512\"")
        .accepted(),
    ]
}

fn families() -> Vec<Case> {
    use RsaScheme::{Pkcs1Sha256, PssSha256, PssSha384};

    const BOTH: &[&str] = &[
        "signature-algorithm @ end-entity",
        "signature-algorithm @ intermediate-1",
    ];
    let only = |case: Case, family: &str| case.set(RULE, &format!("permitted = [\"{family}\"]"));
    let ecdsa = |name, description| {
        let root = Authority::root("Acme Root CA", TestKey::of(KeyKind::P384, 0));
        let issuing = root.intermediate("Acme Issuing CA", TestKey::of(KeyKind::P256, 0));
        client(name, description).root(root).issuing(issuing)
    };
    let ed25519 = client;
    vec![
        only(
            rsa(
                "rsa-pkcs1-accepted",
                "PKCS#1 v1.5, the only family permitted.",
                Pkcs1Sha256,
                Pkcs1Sha256,
            ),
            "rsa-pkcs1",
        )
        .accepted(),
        only(
            ed25519(
                "rsa-pkcs1-refused",
                "Ed25519 where PKCS#1 v1.5 alone is permitted.",
            ),
            "rsa-pkcs1",
        )
        .refused(BOTH),
        only(
            rsa(
                "rsa-pss-accepted",
                "PSS, the only family permitted.",
                PssSha384,
                PssSha256,
            ),
            "rsa-pss",
        )
        .accepted(),
        only(
            rsa(
                "rsa-pss-refused",
                "PKCS#1 v1.5 where PSS alone is permitted.",
                Pkcs1Sha256,
                Pkcs1Sha256,
            ),
            "rsa-pss",
        )
        .refused(BOTH),
        rsa(
            "rsa-pss-hash-refused",
            "PSS with SHA-256 where SHA-384 is demanded.",
            PssSha384,
            PssSha256,
        )
        .set(RULE, "minimum-hash = \"SHA-384\"")
        .refused(&["signature-algorithm @ end-entity"]),
        only(
            ecdsa("ecdsa-accepted", "ECDSA, the only family permitted."),
            "ecdsa",
        )
        .accepted(),
        only(
            ed25519("ecdsa-refused", "Ed25519 where ECDSA alone is permitted."),
            "ecdsa",
        )
        .refused(BOTH),
        ecdsa(
            "ecdsa-hash-refused",
            "ECDSA with SHA-256 where SHA-384 is demanded.",
        )
        .set(RULE, "minimum-hash = \"SHA-384\"")
        .refused(&["signature-algorithm @ end-entity"]),
        only(
            ed25519("ed25519-accepted", "Ed25519, the only family permitted."),
            "ed25519",
        )
        .accepted(),
        only(
            rsa(
                "ed25519-refused",
                "RSA where Ed25519 alone is permitted.",
                Pkcs1Sha256,
                Pkcs1Sha256,
            ),
            "ed25519",
        )
        .refused(BOTH),
        only(
            ed25519("ml-dsa-refused", "Ed25519 where ML-DSA alone is permitted."),
            "ml-dsa",
        )
        .refused(BOTH),
        client(
            "ml-dsa-accepted",
            "ML-DSA is permitted beside Ed25519, which is used.",
        )
        .set(RULE, "permitted = [\"ml-dsa\", \"ed25519\"]")
        .accepted(),
        client(
            "two-families-accepted",
            "Two families are permitted, and both are used.",
        )
        .issuing(cast::root().intermediate("Acme Issuing CA", rsa2048(0)))
        .set(RULE, "permitted = [\"rsa-pkcs1\", \"ed25519\"]")
        .accepted(),
        rsa(
            "family-and-hash-refused",
            "The wrong family and a weak hash: both are said.",
            Pkcs1Sha256,
            Pkcs1Sha256,
        )
        .set(RULE, "permitted = [\"rsa-pss\"]")
        .set(RULE, "minimum-hash = \"SHA-384\"")
        .refused(&[
            "signature-algorithm @ end-entity",
            "signature-algorithm @ end-entity",
            "signature-algorithm @ intermediate-1",
            "signature-algorithm @ intermediate-1",
        ]),
    ]
}

/// What *ring* does not verify: the chain breaks, and the rule says its own.
fn not_verified() -> Vec<Case> {
    let sha1 = || rsa_signature_algorithm(SHA1_WITH_RSA);
    let rsa_issuing = || cast::root().intermediate("Acme Issuing CA", rsa2048(0));
    vec![
        client("sha1-refused", "The end entity is signed with SHA-1.")
            .issuing(rsa_issuing())
            .end_entity(cast::client().signature_algorithm(sha1()))
            .refused(&["signature-algorithm @ end-entity", "chain @ path"]),
        client(
            "sha224-refused",
            "The end entity is signed by PKCS#1 v1.5 with SHA-224.",
        )
        .issuing(rsa_issuing())
        .end_entity(cast::client().signature_algorithm(rsa_signature_algorithm(SHA224_WITH_RSA)))
        .refused(&["signature-algorithm @ end-entity", "chain @ path"]),
        client(
            "ecdsa-sha224-refused",
            "The end entity is signed by ECDSA with SHA-224.",
        )
        .end_entity(cast::client().signature_algorithm(algorithm(ECDSA_WITH_SHA224, None)))
        .refused(&["signature-algorithm @ end-entity", "chain @ path"]),
        client(
            "rsa-pss-sha224-refused",
            "The end entity is signed by PSS with SHA-224.",
        )
        .issuing(rsa_issuing())
        .end_entity(cast::client().signature_algorithm(pss_signature_algorithm(SHA224, 28)))
        .refused(&["signature-algorithm @ end-entity", "chain @ path"]),
        client(
            "rsa-pss-default-refused",
            "The end entity is signed by PSS without a hash, which stands for SHA-1.",
        )
        .issuing(rsa_issuing())
        .end_entity(
            cast::client().signature_algorithm(algorithm(RSASSA_PSS, Some(&der::sequence(&[])))),
        )
        .refused(&["signature-algorithm @ end-entity", "chain @ path"]),
        client(
            "ecdsa-sha1-refused",
            "The end entity is signed by ECDSA with SHA-1.",
        )
        .end_entity(cast::client().signature_algorithm(algorithm(ECDSA_WITH_SHA1, None)))
        .refused(&["signature-algorithm @ end-entity", "chain @ path"]),
        client(
            "sha1-intermediate-refused",
            "The intermediate is signed with SHA-1.",
        )
        .issuing(cast::issuing_with(|ca| ca.signature_algorithm(sha1())))
        .refused(&["chain @ path", "signature-algorithm @ presented-1"]),
        client(
            "sha1-trust-anchor-accepted",
            "A trust anchor's own signature proves nothing, however it is made.",
        )
        .root(cast::root_with(|ca| ca.signature_algorithm(sha1())))
        .accepted(),
        client(
            "ml-dsa-permitted-refused",
            "ML-DSA is permitted here, but the provider does not verify it.",
        )
        .end_entity(cast::client().signature_algorithm(algorithm(ML_DSA_65, None)))
        .set(RULE, "permitted = [\"ml-dsa\", \"ed25519\"]")
        .refused(&["chain @ path"]),
        client(
            "unknown-refused",
            "A signature algorithm that does not exist.",
        )
        .end_entity(cast::client().signature_algorithm(algorithm("1.3.6.1.4.1.32473.2", None)))
        .refused(&["signature-algorithm @ end-entity", "chain @ path"]),
    ]
}

fn softened() -> Vec<Case> {
    use RsaScheme::{Pkcs1Sha256, Pkcs1Sha384};

    const DEMAND: &str = "minimum-hash = \"SHA-384\"";
    const FOUND: &[&str] = &["signature-algorithm @ end-entity"];
    vec![
        rsa(
            "audit-accepted",
            "Audited: what would refuse is a warning.",
            Pkcs1Sha384,
            Pkcs1Sha256,
        )
        .set(RULE, DEMAND)
        .audit(RULE)
        .at(cast::AUDIT_ENDS)
        .warns(FOUND)
        .accepted(),
        rsa(
            "audit-over-refused",
            "The day after the audit.",
            Pkcs1Sha384,
            Pkcs1Sha256,
        )
        .set(RULE, DEMAND)
        .audit(RULE)
        .at(cast::AUDIT_OVER)
        .refused(FOUND),
        rsa(
            "off-accepted",
            "Off, whatever is demanded.",
            Pkcs1Sha384,
            Pkcs1Sha256,
        )
        .set(RULE, DEMAND)
        .off(RULE)
        .accepted(),
    ]
}
