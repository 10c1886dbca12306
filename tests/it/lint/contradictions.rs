//! Settings that make sense each, and not together.

use rustls_policy_verifier::LintCode::*;

use super::{Case, finds, nearly, nothing};

const PINS: &str = "spki-sha256 = [\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\", \"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\"]";

pub(super) fn cases() -> Vec<Case> {
    let pinned = |most: usize, position: &str| {
        client(&format!(
            "path-length.max-intermediates = {most}\n[pin]\n{PINS}\nposition = \"{position}\""
        ))
    };
    let signed = |by: &str, keys: &str| {
        client(&format!(
            "signature-algorithm.permitted = [{by}]\nminimum-key-size.intermediate = {{ {keys} }}\nminimum-key-size.trust-anchor = {{ {keys} }}"
        ))
    };
    let ec = "rsa = false, ed25519 = false, ml-dsa = 0";
    let identifiers = |more: &str| client(&format!("[subject-identifier]\n{more}"));
    let (a, b) = (
        "{ attribute = \"CN\", exact = \"a\" }",
        "{ attribute = \"CN\", exact = \"b\" }",
    );
    let mut cases = vec![
        finds(
            pinned(0, "intermediate"),
            nothing(),
            &[
                "error[pin-at-absent-intermediate] pin.position: the pins must match at an intermediate, and `path-length.max-intermediates` is 0: everybody is refused; → pin the trust anchor, or permit an intermediate",
            ],
        ),
        nearly(
            PinAtAbsentIntermediate,
            pinned(1, "intermediate"),
            nothing(),
            &[],
        ),
        nearly(PinAtAbsentIntermediate, pinned(0, "any"), nothing(), &[]),
        finds(
            signed("\"rsa-pkcs1\", \"rsa-pss\"", ec),
            nothing(),
            &[
                "error[no-signature-possible] signature-algorithm.permitted: no key that `minimum-key-size` permits to intermediates and trust anchors makes such signatures: everybody is refused; → permit the signatures of the CAs' keys",
            ],
        ),
        nearly(NoSignaturePossible, signed("\"ecdsa\"", ec), nothing(), &[]),
        nearly(
            NoSignaturePossible,
            client(&format!(
                "signature-algorithm.permitted = [\"rsa-pkcs1\"]\nminimum-key-size.intermediate = {{ {ec} }}"
            )),
            nothing(),
            &[],
        ),
        finds(
            signed("\"ecdsa\", \"ed25519\", \"ml-dsa\"", ec),
            nothing(),
            &[
                "advice[idle-signature-family] signature-algorithm.permitted: no key that `minimum-key-size` permits to intermediates and trust anchors makes signatures by Ed25519; → take it out, or permit such keys",
                "advice[idle-signature-family] signature-algorithm.permitted: no key that `minimum-key-size` permits to intermediates and trust anchors makes signatures by ML-DSA; → take it out, or permit such keys",
            ],
        ),
        nearly(
            IdleSignatureFamily,
            signed("\"rsa-pkcs1\", \"ecdsa\", \"ed25519\"", "ml-dsa = 0"),
            nothing(),
            &[],
        ),
        finds(
            client(
                "minimum-key-size.end-entity = { ec-bits = 384, curves = [\"P-256\", \"P-384\"] }\nminimum-key-size.intermediate = { ec = false, curves = [\"P-384\"] }",
            ),
            nothing(),
            &[
                "advice[idle-curve] minimum-key-size.end-entity.curves: P-256 is named, and `ec-bits` refuses it; → take it out, or change `ec-bits`",
                "advice[idle-curve] minimum-key-size.intermediate.curves: P-384 is named, and `ec` refuses it; → take it out, or change `ec`",
            ],
        ),
        nearly(
            IdleCurve,
            client("minimum-key-size.end-entity = { ec-bits = 384, curves = [\"P-384\"] }"),
            nothing(),
            &[],
        ),
        finds(
            client("path-length.max-intermediates = 7"),
            nothing(),
            &[
                "advice[moot-max-intermediates] path-length.max-intermediates: 7 intermediates are permitted, and webpki takes no path with more than 6; → name as many as the CAs have",
            ],
        ),
        nearly(
            MootMaxIntermediates,
            client("path-length.max-intermediates = 6"),
            nothing(),
            &[],
        ),
        finds(
            client("certificate-profile.profile = \"none\""),
            nothing(),
            &[
                "error[profile-without-checks] certificate-profile.profile: the rule is on, and with the profile \"none\" it checks nothing; → choose a profile, or set `off = true`",
            ],
        ),
        nearly(
            ProfileWithoutChecks,
            client("certificate-profile = { profile = \"none\", common-name-in-san = true }"),
            nothing(),
            &[],
        ),
        finds(
            identifiers(&format!("any-of = [{a}, {b}]\nnone-of = [{b}]")),
            nothing(),
            &[
                "warning[forbidden-alternative] subject-identifier.any-of[1]: none-of forbids CN \"b\": who has it is refused; → take it out of any-of or of none-of",
            ],
        ),
        nearly(
            ForbiddenAlternative,
            identifiers(&format!("any-of = [{a}]\nnone-of = [{b}]")),
            nothing(),
            &[],
        ),
        finds(
            identifiers(&format!("any-of = [{a}, {b}]\nall-of = [{a}]")),
            nothing(),
            &[
                "warning[moot-any-of] subject-identifier.any-of: all-of demands CN \"a\" already, so that any-of is always met; → take it out of any-of or of all-of",
            ],
        ),
        nearly(
            MootAnyOf,
            identifiers(&format!(
                "any-of = [{a}, {b}]\nall-of = [{{ attribute = \"OU\", exact = \"a\" }}]"
            )),
            nothing(),
            &[],
        ),
        finds(
            revocation("staple = \"require\"\nsources.end-entity = \"crl\""),
            nothing(),
            &[
                "warning[required-staple-does-not-count] revocation.staple: a stapled response is required, and `sources.end-entity = \"crl\"` makes no status known by it; → set `sources.end-entity` to \"either\", \"ocsp\" or \"both\", or do not require staples",
            ],
        ),
        nearly(
            RequiredStapleDoesNotCount,
            revocation("staple = \"require\"\nsources.intermediate = \"crl\""),
            nothing(),
            &[],
        ),
        finds(
            revocation("check = \"end-entity\"\nsources.intermediate = \"crl\""),
            nothing(),
            &[
                "advice[moot-intermediate-source] revocation.sources.intermediate: `check = \"end-entity\"` asks for no status of intermediates, from wherever; → set `check = \"path\"`, or take it out",
            ],
        ),
        nearly(
            MootIntermediateSource,
            revocation("check = \"path\"\nsources.intermediate = \"crl\""),
            nothing(),
            &[],
        ),
    ];
    if cfg!(feature = "public-suffix-list") {
        cases.extend(of_the_profile_for_servers());
    }
    cases
}

/// Which needs the list of public suffixes.
fn of_the_profile_for_servers() -> Vec<Case> {
    let server = |more: &str| {
        format!("role = \"server\"\ncertificate-profile.profile = \"cabf-server\"\n{more}")
    };
    let ed25519 = "{ rsa = false, ec = false }";
    vec![
        finds(
            client(
                "certificate-profile.profile = \"cabf-server\"\nextended-key-usage.only = [\"clientAuth\"]",
            ),
            nothing(),
            &[
                "error[profile-excludes-purposes] extended-key-usage.only: the profile \"cabf-server\" refuses every certificate with these purposes, so that everybody is refused; → ask for serverAuth and for no purpose that the profile refuses, or choose the profile \"rfc5280\"",
                "warning[server-profile-for-clients] certificate-profile.profile: \"cabf-server\" is for servers' certificates: clients pass only with certificates that are for serverAuth too; → choose the profile \"rfc5280\"",
            ],
        ),
        finds(
            server("extended-key-usage.contains = [\"serverAuth\", \"codeSigning\"]"),
            nothing(),
            &[
                "error[profile-excludes-purposes] extended-key-usage.contains: the profile \"cabf-server\" refuses every certificate with these purposes, so that everybody is refused; → ask for serverAuth and for no purpose that the profile refuses, or choose the profile \"rfc5280\"",
            ],
        ),
        finds(
            server("extended-key-usage.contains-or-absent = [\"OCSPSigning\"]"),
            nothing(),
            &[
                "error[profile-excludes-purposes] extended-key-usage.contains-or-absent: the profile \"cabf-server\" refuses every certificate with these purposes, so that everybody is refused; → ask for serverAuth and for no purpose that the profile refuses, or choose the profile \"rfc5280\"",
            ],
        ),
        nearly(
            ProfileExcludesPurposes,
            server("extended-key-usage.only = [\"serverAuth\", \"codeSigning\"]"),
            nothing(),
            &[],
        ),
        nearly(
            ProfileExcludesPurposes,
            server("extended-key-usage.contains = [\"serverAuth\", \"clientAuth\"]"),
            nothing(),
            &[],
        ),
        nearly(
            ServerProfileForClients,
            client(
                "certificate-profile.profile = \"rfc5280\"\nextended-key-usage.only = [\"clientAuth\"]",
            ),
            nothing(),
            &[],
        ),
        finds(
            server(&format!(
                "minimum-key-size = {{ end-entity = {ed25519}, trust-anchor = {ed25519} }}"
            )),
            nothing(),
            &[
                "error[profile-excludes-keys] minimum-key-size.end-entity: the profile \"cabf-server\" refuses all keys but RSA and EC, and neither is permitted here: everybody is refused; → permit RSA or EC, or choose the profile \"rfc5280\"",
                "error[profile-excludes-keys] minimum-key-size.trust-anchor: the profile \"cabf-server\" refuses all keys but RSA and EC, and neither is permitted here: everybody is refused; → permit RSA or EC, or choose the profile \"rfc5280\"",
            ],
        ),
        nearly(
            ProfileExcludesKeys,
            format!(
                "role = \"server\"\ncertificate-profile = {{ profile = \"cabf-server\", trust-anchor = \"ignore\" }}\nminimum-key-size = {{ trust-anchor = {ed25519}, end-entity = {{ rsa = false }} }}"
            ),
            nothing(),
            &[],
        ),
    ]
}

fn client(more: &str) -> String {
    format!("role = \"client\"\n{more}")
}

fn revocation(more: &str) -> String {
    format!("role = \"server\"\n[revocation]\n{more}")
}
