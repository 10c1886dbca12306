use super::case::{Case, client, server};
use super::cast;
use crate::support::oids::{
    ANY_EXTENDED_KEY_USAGE, CLIENT_AUTH, CODE_SIGNING, EMAIL_PROTECTION, SERVER_AUTH,
};

const RULE: &str = "extended-key-usage";
const REFUSED: &[&str] = &["extended-key-usage @ end-entity"];
/// webpki misses the role's purpose too.
const REFUSED_TWICE: &[&str] = &["extended-key-usage @ end-entity", "chain @ path"];
/// A purpose of Acme's own (RFC 5612 arc).
const CUSTOM: &str = "1.3.6.1.4.1.32473.1";
const ONLY: &str = "only = [\"clientAuth\"]";

pub fn cases() -> Vec<Case> {
    let mut cases = modes();
    cases.extend(intermediates_and_servers());
    cases.extend(dated_exception());
    cases.extend(softened());
    cases
}

fn with(purposes: &[&str]) -> crate::support::CertificateBuilder {
    cast::client().eku(purposes)
}

fn modes() -> Vec<Case> {
    let absent = || cast::client().no_eku();
    vec![
        client(
            "contains-accepted",
            "The starting point asks for clientAuth; further purposes do not matter.",
        )
        .end_entity(with(&[SERVER_AUTH, CLIENT_AUTH]))
        .accepted(),
        client(
            "contains-absent-refused",
            "The starting point asks for the extension; webpki does not.",
        )
        .end_entity(absent())
        .refused(REFUSED),
        client(
            "contains-other-refused",
            "A server's certificate, presented by a client.",
        )
        .end_entity(with(&[SERVER_AUTH]))
        .refused(REFUSED_TWICE),
        client(
            "contains-all-accepted",
            "Two purposes are asked for and there.",
        )
        .end_entity(with(&[EMAIL_PROTECTION, CLIENT_AUTH]))
        .set(RULE, "contains = [\"clientAuth\", \"emailProtection\"]")
        .accepted(),
        client(
            "contains-all-refused",
            "Two purposes are asked for, one is there.",
        )
        .set(RULE, "contains = [\"clientAuth\", \"emailProtection\"]")
        .refused(REFUSED),
        client(
            "contains-custom-accepted",
            "A purpose of the partner's own, by its object identifier.",
        )
        .end_entity(with(&[CLIENT_AUTH, CUSTOM]))
        .set(RULE, "contains = [\"clientAuth\", \"1.3.6.1.4.1.32473.1\"]")
        .accepted(),
        client(
            "contains-custom-refused",
            "The partner's own purpose is another one.",
        )
        .end_entity(with(&[CLIENT_AUTH, "1.3.6.1.4.1.32473.2"]))
        .set(RULE, "contains = [\"clientAuth\", \"1.3.6.1.4.1.32473.1\"]")
        .refused(REFUSED),
        client(
            "contains-or-absent-absent-accepted",
            "As RFC 5280 has it: no extension, no restriction.",
        )
        .end_entity(absent())
        .set(RULE, "contains-or-absent = [\"clientAuth\"]")
        .accepted(),
        client(
            "contains-or-absent-present-accepted",
            "The extension is there and has the purpose.",
        )
        .set(RULE, "contains-or-absent = [\"clientAuth\"]")
        .accepted(),
        client(
            "contains-or-absent-refused",
            "The extension is there and lacks a purpose.",
        )
        .set(
            RULE,
            "contains-or-absent = [\"clientAuth\", \"emailProtection\"]",
        )
        .refused(REFUSED),
        client("only-accepted", "clientAuth and nothing else.")
            .set(RULE, ONLY)
            .accepted(),
        client("only-more-refused", "clientAuth, and serverAuth beside it.")
            .end_entity(with(&[SERVER_AUTH, CLIENT_AUTH]))
            .set(RULE, ONLY)
            .refused(REFUSED),
        client(
            "only-absent-refused",
            "No extension is not the same as only clientAuth.",
        )
        .end_entity(absent())
        .set(RULE, ONLY)
        .refused(REFUSED),
        client(
            "only-of-two-accepted",
            "Two purposes are permitted; one of them is enough.",
        )
        .set(RULE, "only = [\"clientAuth\", \"serverAuth\"]")
        .accepted(),
        client(
            "only-custom-accepted",
            "A purpose of the partner's own is permitted beside clientAuth.",
        )
        .end_entity(with(&[CUSTOM, CLIENT_AUTH]))
        .set(RULE, "only = [\"clientAuth\", \"1.3.6.1.4.1.32473.1\"]")
        .accepted(),
        client(
            "any-does-not-count-refused",
            "anyExtendedKeyUsage stands for no purpose.",
        )
        .end_entity(with(&[ANY_EXTENDED_KEY_USAGE]))
        .refused(REFUSED_TWICE),
        client(
            "only-any-refused",
            "anyExtendedKeyUsage is a purpose beside clientAuth.",
        )
        .end_entity(with(&[CLIENT_AUTH, ANY_EXTENDED_KEY_USAGE]))
        .set(RULE, ONLY)
        .refused(REFUSED),
    ]
}

fn intermediates_and_servers() -> Vec<Case> {
    vec![
        server("server-only-accepted", "serverAuth and nothing else.")
            .set(RULE, "only = [\"serverAuth\"]")
            .accepted(),
        server("server-only-refused", "clientAuth beside it.")
            .end_entity(cast::server().eku(&[SERVER_AUTH, CLIENT_AUTH]))
            .set(RULE, "only = [\"serverAuth\"]")
            .refused(REFUSED),
        client(
            "intermediate-accepted",
            "The issuing CA may issue for clients.",
        )
        .issuing(cast::issuing_with(|ca| {
            ca.eku(&[CLIENT_AUTH, EMAIL_PROTECTION])
        }))
        .accepted(),
        client(
            "intermediate-refused",
            "The issuing CA may issue for servers only.",
        )
        .issuing(cast::issuing_with(|ca| ca.eku(&[SERVER_AUTH])))
        .refused(&["chain @ path", "extended-key-usage @ presented-1"]),
        client(
            "intermediate-only-accepted",
            "`only` speaks of the end entity: the issuing CA may have more.",
        )
        .issuing(cast::issuing_with(|ca| ca.eku(&[CLIENT_AUTH, SERVER_AUTH])))
        .set(RULE, ONLY)
        .accepted(),
        server("server-accepted", "serverAuth, for a server.").accepted(),
        server("server-refused", "clientAuth, for a server.")
            .end_entity(cast::server().eku(&[CLIENT_AUTH]))
            .refused(REFUSED_TWICE),
    ]
}

/// `allow-server-auth-in-place-of-client-auth-until`.
fn dated_exception() -> Vec<Case> {
    const UNTIL: &str = "allow-server-auth-in-place-of-client-auth-until = \"2026-06-30\"";
    const WHO: &str = "any-of = [{ attribute = \"CN\", exact = \"payments\" }]";
    const USED: &[&str] = &["extended-key-usage @ end-entity"];
    let excepted = |name, description| {
        client(name, description)
            .end_entity(with(&[SERVER_AUTH]))
            .set(RULE, UNTIL)
            .set("subject-identifier", WHO)
    };
    let pin = crate::support::pem::base64(&crate::support::keys::sha256(&cast::key(10).spki()));
    let pins = format!(
        "spki-sha256 = [\"{pin}\", \"{}\"]",
        crate::support::pem::base64(&[0; 32])
    );
    vec![
        excepted(
            "exception-accepted",
            "A public CA's serverAuth certificate, while the exception lasts.",
        )
        .warns(USED)
        .accepted(),
        excepted(
            "exception-last-second-accepted",
            "The exception lasts to the end of its day.",
        )
        .at(cast::AUDIT_ENDS)
        .warns(USED)
        .accepted(),
        excepted("exception-over-refused", "The day after the exception.")
            .at(cast::AUDIT_OVER)
            .refused(REFUSED_TWICE),
        excepted(
            "exception-unused-accepted",
            "The exception does not matter to a proper client's certificate.",
        )
        .end_entity(cast::client())
        .accepted(),
        client(
            "exception-with-pin-accepted",
            "A pin identifies the peer too.",
        )
        .end_entity(with(&[SERVER_AUTH]))
        .set(RULE, UNTIL)
        .set("pin", &format!("{pins}\nposition = \"end-entity\""))
        .warns(USED)
        .accepted(),
        excepted(
            "exception-intermediate-accepted",
            "The exception covers the intermediates' purposes.",
        )
        .issuing(cast::issuing_with(|ca| ca.eku(&[SERVER_AUTH])))
        .warns(&[
            "extended-key-usage @ end-entity",
            "extended-key-usage @ intermediate-1",
        ])
        .accepted(),
        excepted(
            "exception-further-purpose-refused",
            "The exception is for serverAuth and nothing else.",
        )
        .end_entity(with(&[SERVER_AUTH, CODE_SIGNING]))
        .refused(&["chain @ path", "extended-key-usage @ end-entity"]),
        excepted(
            "exception-other-purpose-refused",
            "The exception is for serverAuth alone.",
        )
        .end_entity(with(&[CODE_SIGNING]))
        .refused(REFUSED_TWICE),
        client(
            "exception-off-refused",
            "Off, the rule's exception is off too: webpki's own check remains.",
        )
        .end_entity(with(&[SERVER_AUTH]))
        .set(RULE, UNTIL)
        .off(RULE)
        .set("subject-identifier", WHO)
        .refused(&["chain @ path"]),
        excepted(
            "exception-absent-refused",
            "The exception is not for certificates without the extension.",
        )
        .end_entity(cast::client().no_eku())
        .refused(REFUSED),
    ]
}

fn softened() -> Vec<Case> {
    let absent = || cast::client().no_eku();
    vec![
        client("audit-accepted", "Audited: what would refuse is a warning.")
            .end_entity(absent())
            .audit(RULE)
            .warns(REFUSED)
            .accepted(),
        client(
            "audit-last-second-accepted",
            "An audit lasts to the end of its day.",
        )
        .end_entity(absent())
        .audit(RULE)
        .at(cast::AUDIT_ENDS)
        .warns(REFUSED)
        .accepted(),
        client("audit-over-refused", "The day after the audit.")
            .end_entity(absent())
            .audit(RULE)
            .at(cast::AUDIT_OVER)
            .refused(REFUSED),
        client(
            "off-accepted",
            "Off, nothing is asked of the extension's presence.",
        )
        .end_entity(absent())
        .off(RULE)
        .accepted(),
        client(
            "off-webpki-refused",
            "Off, webpki's own check of the purpose remains.",
        )
        .end_entity(with(&[SERVER_AUTH]))
        .off(RULE)
        .refused(&["chain @ path"]),
        client(
            "audit-webpki-refused",
            "An audit softens our rule, never webpki.",
        )
        .end_entity(with(&[SERVER_AUTH]))
        .audit(RULE)
        .warns(REFUSED)
        .refused(&["chain @ path"]),
    ]
}
