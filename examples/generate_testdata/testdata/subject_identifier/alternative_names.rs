//! Subject alternative names, by their kinds.

use super::super::case::Case;
use super::super::cast;
use super::{REFUSED, asks, names};
use crate::support::general_name;

pub fn alternative_names() -> Vec<Case> {
    let dns = |name: &str| names(vec![general_name::dns(name)]);
    let uri = |name: &str| names(vec![general_name::uri(name)]);
    let email = |name: &str| names(vec![general_name::email(name)]);
    let address = || names(vec![general_name::ipv4([192, 0, 2, 10])]);
    let v6 = || {
        names(vec![general_name::ipv6([
            0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
        ])])
    };
    let upn = |name: &str| names(vec![general_name::upn(name)]);
    let exact_dns = r#"san = "dns", exact = "client.acme.example""#;
    let exact_email = r#"san = "email", exact = "ops@acme.example""#;
    let spiffe = r#"san = "uri", glob = "spiffe://acme.example/prod/**""#;
    vec![
        asks(
            "dns-accepted",
            "Case does not matter in DNS names.",
            dns("Client.ACME.example"),
            exact_dns,
        )
        .accepted(),
        asks(
            "dns-refused",
            "Another DNS name.",
            dns("www.acme.example"),
            exact_dns,
        )
        .refused(REFUSED),
        asks(
            "dns-wildcard-refused",
            "A presented wildcard never matches.",
            dns("*.acme.example"),
            exact_dns,
        )
        .refused(REFUSED),
        asks(
            "dns-glob-accepted",
            "A pattern of labels.",
            dns("a.clients.acme.example"),
            r#"san = "dns", glob = "*.clients.acme.example""#,
        )
        .accepted(),
        asks(
            "dns-glob-refused",
            "A presented wildcard does not match a pattern either.",
            dns("*.clients.acme.example"),
            r#"san = "dns", glob = "*.clients.acme.example""#,
        )
        .refused(REFUSED),
        asks(
            "dns-one-of-accepted",
            "One of two DNS names.",
            dns("client.acme.example"),
            r#"san = "dns", one-of = ["client.acme.example", "backup.acme.example"]"#,
        )
        .accepted(),
        asks(
            "dns-absent-refused",
            "No alternative names at all.",
            cast::client(),
            exact_dns,
        )
        .refused(REFUSED),
        asks(
            "ip-accepted",
            "An address.",
            address(),
            r#"san = "ip", exact = "192.0.2.10""#,
        )
        .accepted(),
        asks(
            "ip-refused",
            "Another address.",
            address(),
            r#"san = "ip", one-of = ["192.0.2.1", "192.0.2.2"]"#,
        )
        .refused(REFUSED),
        asks(
            "ipv6-accepted",
            "However it is written.",
            v6(),
            r#"san = "ip", exact = "2001:0db8:0::1""#,
        )
        .accepted(),
        asks(
            "ipv6-refused",
            "Another address.",
            v6(),
            r#"san = "ip", exact = "2001:db8::2""#,
        )
        .refused(REFUSED),
        asks(
            "uri-accepted",
            "A URI.",
            uri("urn:acme:client"),
            r#"san = "uri", exact = "urn:acme:client""#,
        )
        .accepted(),
        asks(
            "uri-refused",
            "Case matters.",
            uri("urn:acme:Client"),
            r#"san = "uri", exact = "urn:acme:client""#,
        )
        .refused(REFUSED),
        asks(
            "spiffe-accepted",
            "A SPIFFE id in the trust domain.",
            uri("spiffe://acme.example/prod/api"),
            spiffe,
        )
        .accepted(),
        asks(
            "spiffe-refused",
            "Another trust domain.",
            uri("spiffe://globex.example/prod/api"),
            spiffe,
        )
        .refused(REFUSED),
        asks(
            "spiffe-encoded-refused",
            "An encoded path.",
            uri("spiffe://acme.example/prod/%2e%2e"),
            spiffe,
        )
        .refused(REFUSED),
        asks(
            "uri-namespace-accepted",
            "Below a URI.",
            uri("spiffe://acme.example/prod/api"),
            r#"san = "uri", namespace = "spiffe://acme.example/prod""#,
        )
        .accepted(),
        asks(
            "uri-namespace-refused",
            "Beside it.",
            uri("spiffe://acme.example/production"),
            r#"san = "uri", namespace = "spiffe://acme.example/prod""#,
        )
        .refused(REFUSED),
        asks(
            "email-accepted",
            "Case does not matter in the host.",
            email("ops@ACME.example"),
            exact_email,
        )
        .accepted(),
        asks(
            "email-refused",
            "It does in the local part.",
            email("Ops@acme.example"),
            exact_email,
        )
        .refused(REFUSED),
        asks(
            "upn-accepted",
            "A user principal name.",
            upn("ops@acme"),
            r#"san = "upn", exact = "ops@acme""#,
        )
        .accepted(),
        asks(
            "upn-uuid-accepted",
            "A user principal name that is a UUID.",
            upn("123E4567-E89B-12D3-A456-426614174000"),
            r#"san = "upn", uuid = "123e4567-e89b-12d3-a456-426614174000""#,
        )
        .accepted(),
        asks(
            "upn-glob-accepted",
            "A pattern of segments.",
            upn("acme/eu/ops"),
            r#"san = "upn", glob = "acme/*/ops""#,
        )
        .accepted(),
        asks(
            "upn-namespace-accepted",
            "Below a namespace.",
            upn("acme/ops"),
            r#"san = "upn", namespace = "acme""#,
        )
        .accepted(),
        asks(
            "upn-namespace-refused",
            "Beside it.",
            upn("acmeops"),
            r#"san = "upn", namespace = "acme""#,
        )
        .refused(REFUSED),
        asks(
            "upn-refused",
            "Another one.",
            upn("ops@globex"),
            r#"san = "upn", exact = "ops@acme""#,
        )
        .refused(REFUSED),
        asks(
            "kind-refused",
            "The right value as a name of another kind.",
            email("client.acme.example"),
            exact_dns,
        )
        .refused(REFUSED),
    ]
}
