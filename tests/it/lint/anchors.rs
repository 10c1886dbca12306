//! Trust anchors that cannot serve.

use rustls_policy_verifier::LintCode::*;

use super::{Case, Given, NO_REVOCATION, acme, finds, nearly, nothing, year};
use crate::support::{Authority, KeyKind, TestKey, oids};

const CLIENT: &str = "role = \"client\"\n";
const RSA_3072: &str = "role = \"client\"\nminimum-key-size.trust-anchor = { rsa-bits = 3072 }";
const AUDITED: &str = "role = \"client\"\n[minimum-key-size]\ntrust-anchor = { rsa-bits = 3072 }\naudit = { until = \"2026-07-31\" }";

pub(super) fn cases() -> Vec<Case> {
    let rsa = |kind| of(&Authority::root("Acme Root", TestKey::of(kind, 0)));
    let beside = |root: &Authority| acme().root("acme", root);
    vec![
        finds(
            RSA_3072,
            rsa(KeyKind::Rsa2048),
            &[
                "error[all-anchors-refused] minimum-key-size.trust-anchor: the only trust anchor breaks the policy itself, so that everybody is refused; → take trust anchors that meet the policy, or ask less of them",
                "warning[anchor-refused] minimum-key-size.trust-anchor: the trust anchor CN=Acme Root (label \"acme\") can never serve: minimum-key-size requires RSA of at least 3072 bits, presented: RSA of 2048 bits; → use a trust anchor whose key is RSA of at least 3072 bits",
                NO_REVOCATION,
            ],
        ),
        nearly(
            AnchorRefused,
            RSA_3072,
            rsa(KeyKind::Rsa3072),
            &[NO_REVOCATION],
        ),
        nearly(
            AllAnchorsRefused,
            RSA_3072,
            beside(&rsa_2048()),
            &[
                "warning[anchor-refused] minimum-key-size.trust-anchor: the trust anchor CN=RSA Root (label \"acme\") can never serve: minimum-key-size requires RSA of at least 3072 bits, presented: RSA of 2048 bits; → use a trust anchor whose key is RSA of at least 3072 bits",
                NO_REVOCATION,
            ],
        ),
        finds(
            AUDITED,
            rsa(KeyKind::Rsa2048),
            &[
                "warning[anchor-refused] minimum-key-size.trust-anchor: the trust anchor CN=Acme Root (label \"acme\") will serve no more when the audit ends on 2026-07-31: minimum-key-size requires RSA of at least 3072 bits, presented: RSA of 2048 bits; → use a trust anchor whose key is RSA of at least 3072 bits",
                NO_REVOCATION,
            ],
        ),
        finds(
            "role = \"client\"\nmaximum-validity.trust-anchor = { at-most = \"10 years\" }",
            beside(&valid("Old Root", year(2010), year(2018))),
            &[
                "error[all-anchors-refused] maximum-validity.trust-anchor, validity-period.trust-anchor: each of the 2 trust anchors breaks the policy itself, so that everybody is refused; → take trust anchors that meet the policy, or ask less of them",
                "warning[anchor-expired] validity-period.trust-anchor: the trust anchor CN=Old Root (label \"acme\") ended 3073 days ago, at 2018-01-01T00:00:00Z; → replace it by the CA's current certificate, or take it out",
                "warning[anchor-refused] maximum-validity.trust-anchor: the trust anchor CN=Acme Root (label \"acme\") can never serve: maximum-validity requires a validity period of at most 10 years, presented: 2020-01-01T00:00:00Z to 2040-01-01T00:00:00Z; → use a trust anchor with a validity period of at most 10 years",
                NO_REVOCATION,
            ],
        ),
        finds(
            "role = \"client\"\nvalidity-period.trust-anchor = \"ignore\"",
            of(&valid("Acme Root", year(2010), year(2020))),
            &[
                "warning[anchor-expired] validity-period.trust-anchor: the trust anchor CN=Acme Root (label \"acme\") ended 2343 days ago, at 2020-01-01T00:00:00Z; → replace it by the CA's current certificate, or take it out",
                NO_REVOCATION,
            ],
        ),
        finds(
            CLIENT,
            beside(&valid("Old Root", year(2010), year(2020))),
            &[
                "warning[anchor-expired] validity-period.trust-anchor: the trust anchor CN=Old Root (label \"acme\") ended 2343 days ago, at 2020-01-01T00:00:00Z; → replace it by the CA's current certificate, or take it out",
                NO_REVOCATION,
            ],
        ),
        nearly(
            AnchorExpired,
            CLIENT,
            beside(&valid("Old Root", year(2010), NOW)),
            &[
                "warning[anchor-ends-soon] validity-period.trust-anchor: the trust anchor CN=Old Root (label \"acme\") ends in 0 s, at 2026-06-01T00:00:00Z; → add the CA's next certificate beside it, under the same label",
                NO_REVOCATION,
            ],
        ),
        finds(
            CLIENT,
            beside(&valid("New Root", year(2027), year(2040))),
            &[
                "warning[anchor-not-yet-valid] validity-period.trust-anchor: the trust anchor CN=New Root (label \"acme\") is not valid before 2027-01-01T00:00:00Z; → keep the CA's older certificate beside it until then",
                NO_REVOCATION,
            ],
        ),
        nearly(
            AnchorNotYetValid,
            CLIENT,
            beside(&valid("New Root", NOW, year(2040))),
            &[NO_REVOCATION],
        ),
        finds(
            CLIENT,
            beside(&valid("Old Root", year(2010), NOW + 90 * DAY - 1)),
            &[
                "warning[anchor-ends-soon] validity-period.trust-anchor: the trust anchor CN=Old Root (label \"acme\") ends in 89 days, at 2026-08-29T23:59:59Z; → add the CA's next certificate beside it, under the same label",
                NO_REVOCATION,
            ],
        ),
        nearly(
            AnchorEndsSoon,
            CLIENT,
            beside(&valid("Old Root", year(2010), NOW + 90 * DAY)),
            &[NO_REVOCATION],
        ),
        // An anchor that is itself the end entity need be no CA.
        nearly(
            AnchorRefused,
            "role = \"client\"\npath-length.allow-self-issued-end-entity = true\npin.position = \"end-entity\"\npin.spki-sha256 = [\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\", \"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\"]",
            of(&no_ca()),
            &[NO_REVOCATION],
        ),
    ]
}

/// Policies, and roots that they refuse, each by another rule.
pub(super) fn refused() -> Vec<(String, Authority)> {
    let client = || CLIENT.to_owned();
    vec![
        (RSA_3072.to_owned(), rsa_2048()),
        (
            "role = \"client\"\nmaximum-validity.trust-anchor = { at-most = \"10 years\" }"
                .to_owned(),
            Authority::root("Acme Root", TestKey::ed25519(1)),
        ),
        (
            client(),
            Authority::root_with("Acme Root", TestKey::ed25519(1), |it| {
                it.key_usage_bits(&[crate::support::extensions::usage::CRL_SIGN])
            }),
        ),
        (client(), no_ca()),
        (client(), valid("Old Root", year(2010), year(2020))),
        (client(), valid("New Root", year(2027), year(2040))),
        (
            "role = \"client\"\ncertificate-profile.profile = \"rfc5280\"".to_owned(),
            Authority::root_with("Acme Root", TestKey::ed25519(1), |it| {
                it.criticality(oids::BASIC_CONSTRAINTS, false)
            }),
        ),
    ]
}

const DAY: i64 = 86_400;
/// 2026-06-01T00:00:00Z
const NOW: i64 = 1_780_272_000;

fn of(root: &Authority) -> Given {
    nothing().root("acme", root)
}

fn rsa_2048() -> Authority {
    Authority::root("RSA Root", TestKey::of(KeyKind::Rsa2048, 0))
}

fn valid(name: &str, from: i64, to: i64) -> Authority {
    Authority::root_with(name, TestKey::ed25519(9), |it| it.validity(from, to))
}

fn no_ca() -> Authority {
    Authority::root_with("Acme Root", TestKey::ed25519(1), |it| {
        it.basic_constraints(false, None)
    })
}
