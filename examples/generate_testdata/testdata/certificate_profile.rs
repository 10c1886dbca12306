//! Each check has a case beside the rule; these are the ones to read.

use super::case::{Case, client, server};
use super::cast;
use crate::support::{
    Authority, CertificateBuilder, KeyKind, Name, TestKey, der, general_name, oids,
};

const RULE: &str = "certificate-profile";
const RFC_5280: &str = "profile = \"rfc5280\"";
const CABF_SERVER: &str = "profile = \"cabf-server\"";

pub fn cases() -> Vec<Case> {
    let mut cases = rfc5280();
    cases.extend(cabf_server());
    cases.extend(common_names());
    cases.extend(modes());
    cases
}

fn rfc5280() -> Vec<Case> {
    vec![
        client("rfc5280-accepted", "What CAs that know RFC 5280 issue.")
            .set(RULE, RFC_5280)
            .accepted(),
        client("rfc5280-none-accepted", "A serial number of zero, and no profile.")
            .end_entity(cast::client().serial_bytes(&[0]))
            .set(RULE, "profile = \"none\"")
            .accepted(),
        client("rfc5280-serial-zero-refused", "A serial number of zero.")
            .end_entity(cast::client().serial_bytes(&[0]))
            .set(RULE, RFC_5280)
            .refused(&["certificate-profile @ end-entity"]),
        client("rfc5280-serial-too-long-refused", "A serial number of 21 octets.")
            .end_entity(cast::client().serial_bytes(&[0x7f; 21]))
            .set(RULE, RFC_5280)
            .refused(&["certificate-profile @ end-entity"]),
        client(
            "rfc5280-no-authority-key-identifier-refused",
            "Nothing says which of the issuer's keys signed it.",
        )
        .end_entity(cast::client().no_aki())
        .set(RULE, RFC_5280)
        .refused(&["certificate-profile @ end-entity"]),
        client(
            "rfc5280-no-subject-key-identifier-refused",
            "An issuing CA without a subject key identifier; what it issues has nothing to name.",
        )
        .issuing(cast::issuing_with(CertificateBuilder::no_ski))
        .set(RULE, RFC_5280)
        .refused(&[
            "certificate-profile @ end-entity",
            "certificate-profile @ intermediate-1",
        ]),
        client(
            "rfc5280-anchor-critical-extension-refused",
            "The trust anchor has a critical extension that nobody here knows, which webpki does not look at.",
        )
        .root(cast::root_with(|ca| ca.extension("1.3.6.1.4.1.99999.1", true, &der::null())))
        .set(RULE, RFC_5280)
        .refused(&["certificate-profile @ trust-anchor"]),
        client(
            "rfc5280-anchor-basic-constraints-refused",
            "Basic constraints of the trust anchor that are not critical.",
        )
        .root(cast::root_with(|ca| ca.criticality(oids::BASIC_CONSTRAINTS, false)))
        .set(RULE, RFC_5280)
        .refused(&["certificate-profile @ trust-anchor"]),
        client(
            "rfc5280-anchor-ignored-accepted",
            "The same, and the trust anchor is not looked at.",
        )
        .root(cast::root_with(|ca| ca.criticality(oids::BASIC_CONSTRAINTS, false)))
        .set(RULE, &format!("{RFC_5280}\ntrust-anchor = \"ignore\""))
        .accepted(),
        client(
            "rfc5280-anchor-ignored-refused",
            "What it issues is looked at all the same.",
        )
        .end_entity(cast::client().serial_bytes(&[0]))
        .set(RULE, &format!("{RFC_5280}\ntrust-anchor = \"ignore\""))
        .refused(&["certificate-profile @ end-entity"]),
        client(
            "rfc5280-anchor-when-known-accepted",
            "The trust anchor is known by name and key only.",
        )
        .anchors_by_name_and_key()
        .set("validity-period", "trust-anchor = \"when-known\"")
        .set("key-usage", "trust-anchor = \"when-known\"")
        .set("path-length", "trust-anchor = \"when-known\"")
        .set(RULE, &format!("{RFC_5280}\ntrust-anchor = \"when-known\""))
        .accepted(),
        client(
            "rfc5280-name-constraints-refused",
            "Name constraints that are not critical, and one with a leading period.",
        )
        .issuing(cast::issuing_with(|ca| {
            ca.name_constraints(vec![], vec![general_name::dns(".globex.example")])
                .criticality(oids::NAME_CONSTRAINTS, false)
        }))
        .set(RULE, RFC_5280)
        .refused(&[
            "certificate-profile @ intermediate-1",
            "certificate-profile @ intermediate-1",
        ]),
        server("rfc5280-underscore-refused", "A DNS name with an underscore beside the one asked for.")
            .end_entity(cast::server().dns(&["api.acme.example", "api_2.acme.example"]))
            .set(RULE, RFC_5280)
            .refused(&["certificate-profile @ end-entity"]),
        server("rfc5280-empty-subject-refused", "No subject, and alternative names that are not critical.")
            .end_entity(cast::server().subject(Name::empty()))
            .set(RULE, RFC_5280)
            .refused(&["certificate-profile @ end-entity"]),
        server("rfc5280-empty-subject-accepted", "No subject, and critical alternative names.")
            .end_entity(
                cast::server()
                    .subject(Name::empty())
                    .criticality(oids::SUBJECT_ALT_NAME, true),
            )
            .set(RULE, RFC_5280)
            .accepted(),
    ]
}

/// Under CAs with keys that the Baseline Requirements permit.
fn with_p256(case: Case, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Case {
    let root = Authority::root("Acme Root CA", TestKey::of(KeyKind::P256, 0));
    let issuing = root.intermediate("Acme Issuing CA", TestKey::of(KeyKind::P256, 1));
    let key = TestKey::of(KeyKind::P256, 2);
    let end_entity = change(cast::server().spki(key.spki()));
    case.root(root).issuing(issuing).end_entity(end_entity)
}

fn cabf_server() -> Vec<Case> {
    let case = |name, description| server(name, description).set(RULE, CABF_SERVER);
    vec![
        with_p256(
            case(
                "cabf-server-accepted",
                "What public CAs issue to servers, as far as private ones can.",
            ),
            |it| it,
        )
        .accepted(),
        case(
            "cabf-server-ed25519-refused",
            "Ed25519 keys, which public CAs may not certify.",
        )
        .refused(&[
            "certificate-profile @ end-entity",
            "certificate-profile @ intermediate-1",
            "certificate-profile @ trust-anchor",
        ]),
        with_p256(
            case(
                "cabf-server-client-purpose-accepted",
                "serverAuth, and clientAuth beside it.",
            ),
            |it| it.eku(&[oids::SERVER_AUTH, oids::CLIENT_AUTH]),
        )
        .accepted(),
        with_p256(
            case(
                "cabf-server-any-purpose-refused",
                "serverAuth, and anyExtendedKeyUsage beside it.",
            ),
            |it| it.eku(&[oids::SERVER_AUTH, oids::ANY_EXTENDED_KEY_USAGE]),
        )
        .refused(&["certificate-profile @ end-entity"]),
        with_p256(
            case(
                "cabf-server-critical-names-refused",
                "Critical alternative names beside a subject.",
            ),
            |it| it.criticality(oids::SUBJECT_ALT_NAME, true),
        )
        .refused(&["certificate-profile @ end-entity"]),
        with_p256(
            case(
                "cabf-server-email-refused",
                "An e-mail address among the alternative names.",
            ),
            |it| {
                it.san(vec![
                    general_name::dns("api.acme.example"),
                    general_name::email("api@acme.example"),
                ])
            },
        )
        .refused(&["certificate-profile @ end-entity"]),
        with_p256(
            case(
                "cabf-server-public-suffix-refused",
                "A wildcard for everybody who registers a name in co.uk.",
            )
            .for_server(Some("acme.co.uk")),
            |it| it.dns(&["*.co.uk"]),
        )
        .refused(&["certificate-profile @ end-entity"]),
        with_p256(
            case(
                "cabf-server-other-wildcard-accepted",
                "The same, but it is not what the server is known by.",
            )
            .for_server(Some("api.acme.example")),
            |it| it.dns(&["*.co.uk", "api.acme.example"]),
        )
        .accepted(),
    ]
}

fn common_names() -> Vec<Case> {
    let switch = "common-name-in-san = true";
    vec![
        server(
            "common-name-accepted",
            "The common name is one of the alternative names.",
        )
        .end_entity(cast::server().subject(Name::cn("api.acme.example")))
        .set(RULE, switch)
        .accepted(),
        server(
            "common-name-refused",
            "The common name is none of the alternative names.",
        )
        .set(RULE, switch)
        .refused(&["certificate-profile @ end-entity"]),
        server(
            "common-name-case-refused",
            "Character for character: capitals make another name.",
        )
        .end_entity(cast::server().subject(Name::cn("API.acme.example")))
        .set(RULE, switch)
        .refused(&["certificate-profile @ end-entity"]),
        server("common-name-absent-accepted", "No common name.")
            .end_entity(cast::server().subject(Name::empty().and(oids::ORGANIZATION, "Acme")))
            .set(RULE, switch)
            .accepted(),
    ]
}

fn modes() -> Vec<Case> {
    let flawed = || cast::client().serial_bytes(&[0]);
    vec![
        client("audit-accepted", "Audited: what would refuse is a warning.")
            .end_entity(flawed())
            .set(RULE, RFC_5280)
            .audit(RULE)
            .at(cast::AUDIT_ENDS)
            .warns(&["certificate-profile @ end-entity"])
            .accepted(),
        client(
            "table-alone-refused",
            "A table without a word is RFC 5280's profile.",
        )
        .end_entity(flawed())
        .on(RULE)
        .refused(&["certificate-profile @ end-entity"]),
        client(
            "audit-alone-accepted",
            "Audited, and nothing else said: RFC 5280's profile.",
        )
        .end_entity(flawed())
        .audit(RULE)
        .at(cast::AUDIT_ENDS)
        .warns(&["certificate-profile @ end-entity"])
        .accepted(),
        client("audit-over-refused", "The day after the audit.")
            .end_entity(flawed())
            .set(RULE, RFC_5280)
            .audit(RULE)
            .at(cast::AUDIT_OVER)
            .refused(&["certificate-profile @ end-entity"]),
        client("off-accepted", "Off, as it starts.")
            .end_entity(flawed())
            .off(RULE)
            .accepted(),
    ]
}
