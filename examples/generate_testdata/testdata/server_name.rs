use super::case::{Case, server};
use super::cast;
use crate::support::{CertificateBuilder, Name, der, general_name, oids};

const RULE: &str = "server-name";
const REFUSED: &[&str] = &["server-name @ end-entity"];

pub fn cases() -> Vec<Case> {
    let mut cases = dns_names();
    cases.extend(addresses());
    cases.extend(common_name());
    cases.extend(identifier_in_place());
    cases
}

fn names(names: &[&str]) -> CertificateBuilder {
    cast::server().dns(names)
}

fn dns_names() -> Vec<Case> {
    vec![
        server("dns-accepted", "The name that was asked for.").accepted(),
        server("dns-case-accepted", "Case does not matter in DNS names.")
            .end_entity(names(&["API.Acme.Example"]))
            .accepted(),
        server("dns-one-of-many-accepted", "One of several names.")
            .end_entity(names(&["www.acme.example", "api.acme.example"]))
            .accepted(),
        server("dns-refused", "Other names.")
            .end_entity(names(&["www.acme.example", "acme.example"]))
            .refused(REFUSED),
        server(
            "dns-suffix-refused",
            "The name is only the end of the one asked for.",
        )
        .end_entity(names(&["acme.example"]))
        .refused(REFUSED),
        server("wildcard-accepted", "A wildcard for one label.")
            .end_entity(names(&["*.acme.example"]))
            .accepted(),
        server(
            "wildcard-two-labels-refused",
            "A wildcard stands for one label, not two.",
        )
        .end_entity(names(&["*.acme.example"]))
        .for_server(Some("eu.api.acme.example"))
        .refused(REFUSED),
        server(
            "wildcard-no-label-refused",
            "A wildcard does not stand for nothing.",
        )
        .end_entity(names(&["*.acme.example"]))
        .for_server(Some("acme.example"))
        .refused(REFUSED),
        server(
            "wildcard-partial-refused",
            "A wildcard must be a whole label.",
        )
        .end_entity(names(&["a*.acme.example"]))
        .refused(REFUSED),
        server(
            "a-label-accepted",
            "An internationalised name in A-label form.",
        )
        .end_entity(names(&["xn--bcher-kva.example"]))
        .for_server(Some("xn--bcher-kva.example"))
        .accepted(),
        server(
            "common-name-refused",
            "The common name alone does not count (RFC 9525 section 6.3).",
        )
        .end_entity(by_common_name("api.acme.example"))
        .refused(REFUSED),
        server(
            "no-name-refused",
            "No subject alternative name, and no subject.",
        )
        .end_entity(
            cast::server()
                .subject(Name::empty())
                .without_extension(oids::SUBJECT_ALT_NAME),
        )
        .refused(REFUSED),
        server(
            "not-judged-accepted",
            "Called without a name: a warning says that none was judged.",
        )
        .for_server(None)
        .warns(REFUSED)
        .accepted(),
    ]
}

fn addresses() -> Vec<Case> {
    let address = || general_name::ipv4([192, 0, 2, 10]);
    let v6 = || general_name::ipv6([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    vec![
        server("ip-accepted", "An address among the names.")
            .end_entity(cast::server().san(vec![general_name::dns("api.acme.example"), address()]))
            .for_server(Some("192.0.2.10"))
            .accepted(),
        server("ip-refused", "Another address.")
            .end_entity(cast::server().san(vec![address()]))
            .for_server(Some("192.0.2.11"))
            .refused(REFUSED),
        server(
            "ip-as-dns-refused",
            "An address written as a DNS name is no address.",
        )
        .end_entity(names(&["192.0.2.10"]))
        .for_server(Some("192.0.2.10"))
        .refused(REFUSED),
        server(
            "ip-in-common-name-refused",
            "The opt-in to the common name is for DNS names only.",
        )
        .end_entity(by_common_name("192.0.2.10"))
        .for_server(Some("192.0.2.10"))
        .set(RULE, COMMON_NAME)
        .refused(REFUSED),
        server("ipv6-accepted", "An IPv6 address.")
            .end_entity(cast::server().san(vec![v6()]))
            .for_server(Some("2001:db8::1"))
            .accepted(),
        server("ipv6-refused", "Another IPv6 address.")
            .end_entity(cast::server().san(vec![v6()]))
            .for_server(Some("2001:db8::2"))
            .refused(REFUSED),
    ]
}

const COMMON_NAME: &str = "allow-common-name-as-server-name = true";

/// A server's certificate with a common name and no subject alternative name.
fn by_common_name(name: &str) -> CertificateBuilder {
    by_subject(Name::cn(name))
}

fn by_subject(subject: Name) -> CertificateBuilder {
    cast::server()
        .subject(subject)
        .without_extension(oids::SUBJECT_ALT_NAME)
}

/// The opt-in, and each of its conditions broken once.
fn common_name() -> Vec<Case> {
    const HOST: &str = "api.acme.example";
    let by = |name, description, end_entity| {
        server(name, description)
            .end_entity(end_entity)
            .set(RULE, COMMON_NAME)
    };
    let typed =
        |tag, octets: &[u8]| by_subject(Name::empty().and_raw(oids::COMMON_NAME, tag, octets));
    let bmp: Vec<u8> = HOST.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let constraint = || (vec![general_name::dns("acme.example")], Vec::new());
    vec![
        by(
            "common-name-allowed-accepted",
            "The common name, by opt-in.",
            by_common_name(HOST),
        )
        .warns(REFUSED)
        .accepted(),
        by(
            "common-name-printable-accepted",
            "The common name as a PrintableString.",
            typed(der::tag::PRINTABLE_STRING, HOST.as_bytes()),
        )
        .warns(REFUSED)
        .accepted(),
        by(
            "common-name-unused-accepted",
            "With the name among its alternative names, no warning.",
            cast::server(),
        )
        .accepted(),
        by(
            "common-name-other-refused",
            "Another common name.",
            by_common_name("www.acme.example"),
        )
        .refused(REFUSED),
        by(
            "common-name-beside-dns-refused",
            "There are alternative names.",
            by_common_name(HOST).dns(&["www.acme.example"]),
        )
        .refused(REFUSED),
        by(
            "common-name-beside-email-refused",
            "There are alternative names, though none is a DNS name.",
            by_common_name(HOST).san(vec![general_name::email("ops@acme.example")]),
        )
        .refused(REFUSED),
        by(
            "common-name-two-refused",
            "Two common names.",
            by_subject(Name::cn("www.acme.example").and(oids::COMMON_NAME, HOST)),
        )
        .refused(REFUSED),
        by(
            "common-name-first-of-two-refused",
            "Two common names, of which the first is the server's.",
            by_subject(Name::cn(HOST).and(oids::COMMON_NAME, "www.acme.example")),
        )
        .refused(REFUSED),
        by(
            "common-name-trailing-dot-refused",
            "The name with a dot at its end.",
            by_common_name("api.acme.example."),
        )
        .refused(REFUSED),
        by(
            "common-name-trailing-dot-asked-refused",
            "The name with a dot at its end, as it was asked for.",
            by_common_name("api.acme.example."),
        )
        .for_server(Some("api.acme.example."))
        .refused(REFUSED),
        by(
            "common-name-wildcard-refused",
            "A wildcard.",
            by_common_name("*.acme.example"),
        )
        .refused(REFUSED),
        by(
            "common-name-bmp-refused",
            "A BMPString.",
            typed(der::tag::BMP_STRING, &bmp),
        )
        .refused(REFUSED),
        by(
            "common-name-ia5-refused",
            "An IA5String.",
            typed(der::tag::IA5_STRING, HOST.as_bytes()),
        )
        .refused(REFUSED),
        by(
            "common-name-nul-refused",
            "A NUL.",
            by_common_name("api.acme.example\0.globex.example"),
        )
        .refused(REFUSED),
        by(
            "common-name-u-label-refused",
            "A U-label.",
            by_common_name("bücher.example"),
        )
        .for_server(Some("xn--bcher-kva.example"))
        .refused(REFUSED),
        by(
            "common-name-constrained-intermediate-refused",
            "The issuing CA has name constraints, which a common name would escape.",
            by_common_name(HOST),
        )
        .issuing(cast::issuing_with(|ca| {
            ca.name_constraints(constraint().0, constraint().1)
        }))
        .refused(REFUSED),
        by(
            "common-name-constrained-anchor-refused",
            "The trust anchor has name constraints, which a common name would escape.",
            by_common_name(HOST),
        )
        .root(cast::root_with(|ca| {
            ca.name_constraints(constraint().0, constraint().1)
        }))
        .refused(REFUSED),
        by(
            "common-name-constrained-anchor-by-name-and-key-refused",
            "The trust anchor has name constraints and is known without its certificate.",
            by_common_name(HOST),
        )
        .root(cast::root_with(|ca| {
            ca.name_constraints(constraint().0, constraint().1)
        }))
        .anchors_by_name_and_key()
        .set("validity-period", "trust-anchor = \"when-known\"")
        .set("key-usage", "trust-anchor = \"when-known\"")
        .set("path-length", "trust-anchor = \"when-known\"")
        .refused(REFUSED),
    ]
}

/// SPIFFE and private servers may have no DNS name at all.
fn identifier_in_place() -> Vec<Case> {
    const IN_PLACE: &str = "allow-identifier-in-place-of-server-name = true";
    let spiffe = |id: &str| cast::server().san(vec![general_name::uri(id)]);
    let by = |name, description, end_entity| {
        server(name, description).end_entity(end_entity).set(
            "subject-identifier",
            "any-of = [{ san = \"uri\", exact = \"spiffe://acme.example/api\" }]",
        )
    };
    vec![
        by(
            "identifier-in-place-accepted",
            "A SPIFFE id in place of the server's name.",
            spiffe("spiffe://acme.example/api"),
        )
        .set(RULE, IN_PLACE)
        .warns(REFUSED)
        .accepted(),
        by(
            "identifier-in-place-refused",
            "Another SPIFFE id.",
            spiffe("spiffe://acme.example/web"),
        )
        .set(RULE, IN_PLACE)
        .warns(REFUSED)
        .refused(&["subject-identifier @ end-entity"]),
        by(
            "identifier-beside-name-refused",
            "The identifier alone does not stand for the name, unless that is allowed.",
            spiffe("spiffe://acme.example/api"),
        )
        .refused(REFUSED),
    ]
}
