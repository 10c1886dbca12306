use super::case::{Case, client, server};
use super::cast::{self, day};
use crate::support::keys::rsa_signature_algorithm;
use crate::support::{Authority, CertificateBuilder, Name, der, general_name, oids};

const REFUSED: &[&str] = &["chain @ path"];

pub fn cases() -> Vec<Case> {
    let mut cases = orders();
    cases.extend(gaps());
    cases.extend(times_and_purposes());
    cases.extend(authorities());
    cases.extend(name_constraints());
    cases
}

/// Root, two CAs below it, and the client: the client first, then the CAs from below.
fn long() -> [Vec<u8>; 3] {
    let upper = cast::issuing();
    let lower = upper.intermediate("Acme Issuing CA 2", cast::key(5));
    [lower.issue(cast::client()), lower.der, upper.der]
}

fn orders() -> Vec<Case> {
    let [end_entity, lower, upper] = long();
    let strangers = || [cast::globex_issuing().der, cast::globex_root().der];
    let depth = |intermediates: u64| {
        let mut chain = Vec::new();
        let mut issuer = cast::root();
        for n in 1..=intermediates {
            issuer = issuer.intermediate(&format!("Acme CA {n}"), cast::key(100 + n));
            chain.insert(0, issuer.der.clone());
        }
        chain.insert(0, issuer.issue(cast::client()));
        chain
    };
    vec![
        client("in-order-accepted", "Two intermediates in order.")
            .chain(long())
            .accepted(),
        client("reversed-accepted", "The intermediates in reverse order.")
            .chain([end_entity.clone(), upper.clone(), lower.clone()])
            .accepted(),
        client(
            "decoys-accepted",
            "Certificates that have nothing to do with the chain.",
        )
        .followed_by(strangers().into_iter().chain([cast::issuing().der]))
        .accepted(),
        client(
            "duplicates-accepted",
            "Every certificate twice, the end entity too.",
        )
        .chain([&end_entity, &upper, &lower, &end_entity, &lower, &upper].map(Clone::clone))
        .accepted(),
        client(
            "root-sent-accepted",
            "The root is sent along, as many servers do.",
        )
        .followed_by([cast::issuing().der, cast::root().der])
        .accepted(),
        client("direct-accepted", "No intermediate at all.")
            .chain([cast::root().issue(cast::client())])
            .accepted(),
        client(
            "anchor-is-intermediate-accepted",
            "The issuing CA itself is the trust anchor.",
        )
        .anchors("acme", [cast::issuing().der])
        .accepted(),
        client(
            "six-intermediates-accepted",
            "Six intermediates, as many as webpki follows.",
        )
        .chain(depth(6))
        .accepted(),
        client(
            "seven-intermediates-refused",
            "Seven intermediates are too many for webpki.",
        )
        .chain(depth(7))
        .refused(REFUSED),
        client(
            "same-name-two-keys-accepted",
            "Two trust anchors of one name; the second one has the key.",
        )
        .anchors(
            "acme",
            [
                Authority::root("Acme Root CA", cast::key(6)).der,
                cast::root().der,
            ],
        )
        .accepted(),
    ]
}

/// Where the chain stops.
fn gaps() -> Vec<Case> {
    let [end_entity, lower, upper] = long();
    let globex = || cast::client().subject(Name::cn("orders"));
    let rsa_issuing = || cast::root().intermediate("Acme Issuing CA", cast::rsa2048(0));
    vec![
        client(
            "missing-intermediate-refused",
            "The peer sends its end entity alone.",
        )
        .chain([end_entity.clone()])
        .refused(REFUSED),
        client(
            "missing-upper-intermediate-refused",
            "The peer sends one of two intermediates.",
        )
        .chain([end_entity.clone(), lower.clone()])
        .refused(REFUSED),
        client(
            "known-intermediates-accepted",
            "The intermediates are known to the verifier.",
        )
        .chain([end_entity.clone()])
        .known([upper.clone(), lower.clone()])
        .accepted(),
        client(
            "known-and-sent-accepted",
            "One intermediate is sent, the other is known.",
        )
        .chain([end_entity.clone(), lower.clone()])
        .known([upper.clone()])
        .accepted(),
        client(
            "known-intermediate-judged-refused",
            "A known intermediate is judged like one that is sent.",
        )
        .chain([rsa_issuing().issue(cast::client())])
        .known([rsa_issuing().der])
        .set("minimum-key-size", "intermediate = { rsa-bits = 3072 }")
        .refused(&["minimum-key-size @ intermediate-1"]),
        client(
            "known-intermediate-still-missing-refused",
            "What is known does not lead on either.",
        )
        .chain([end_entity.clone()])
        .known([lower.clone()])
        .refused(REFUSED),
        client(
            "unknown-issuer-refused",
            "A chain of another partner's CA, whose root is not sent.",
        )
        .chain([
            cast::globex_issuing().issue(globex()),
            cast::globex_issuing().der,
        ])
        .refused(REFUSED),
        client(
            "untrusted-root-sent-refused",
            "The other partner's root is sent along, but is no trust anchor.",
        )
        .chain([
            cast::globex_issuing().issue(globex()),
            cast::globex_issuing().der,
            cast::globex_root().der,
        ])
        .refused(REFUSED),
        client(
            "self-signed-refused",
            "A self-signed client that nobody trusts.",
        )
        .chain([cast::client().self_signed(&cast::key(10))])
        .refused(REFUSED),
        client(
            "same-name-other-key-refused",
            "The trust anchor has the issuer's name, but another key.",
        )
        .anchors("acme", [Authority::root("Acme Root CA", cast::key(6)).der])
        .refused(REFUSED),
    ]
}

fn times_and_purposes() -> Vec<Case> {
    vec![
        client("expired-refused", "The end entity has expired.")
            .at("2027-03-01T12:00:00Z")
            .refused(&["chain @ path", "validity-period @ end-entity"]),
        client(
            "not-yet-valid-refused",
            "The end entity is not valid yet: this machine's clock may be wrong.",
        )
        .at("2025-12-31T23:00:00Z")
        .refused(&["chain @ path", "validity-period @ end-entity"]),
        client(
            "intermediate-expired-refused",
            "The issuing CA's certificate has expired.",
        )
        .issuing(cast::issuing_with(|ca| {
            ca.validity(day(2020, 1, 1), day(2026, 1, 1) - 1)
        }))
        .refused(&["chain @ path", "validity-period @ presented-1"]),
        client(
            "renewed-intermediate-accepted",
            "The expired certificate of the issuing CA, and its renewal.",
        )
        .followed_by([
            cast::issuing_with(|ca| ca.validity(day(2020, 1, 1), day(2026, 1, 1) - 1)).der,
            cast::issuing().der,
        ])
        .accepted(),
        client(
            "wrong-purpose-refused",
            "A server's certificate, presented by a client.",
        )
        .end_entity(cast::client().eku(&[oids::SERVER_AUTH]))
        .refused(&["chain @ path", "extended-key-usage @ end-entity"]),
        client(
            "everything-wrong-refused",
            "Expired, for servers, and of a CA nobody trusts: all of it is said.",
        )
        .end_entity(cast::client().eku(&[oids::SERVER_AUTH]))
        .anchors("globex", [cast::globex_root().der])
        .at("2027-03-01T12:00:00Z")
        .refused(&[
            "chain @ path",
            "extended-key-usage @ end-entity",
            "validity-period @ end-entity",
        ]),
        server(
            "name-beside-chain-refused",
            "Of a CA nobody trusts, and for another name: both are said.",
        )
        .anchors("globex", [cast::globex_root().der])
        .for_server(Some("www.acme.example"))
        .refused(&["chain @ path", "server-name @ end-entity"]),
    ]
}

/// Who may sign, and how.
fn authorities() -> Vec<Case> {
    let no_ca = || cast::issuing_with(|ca| ca.without_extension(oids::BASIC_CONSTRAINTS));
    let critical =
        |critical| cast::client().extension("1.3.6.1.4.1.32473.3", critical, &der::null());
    let under = |upper: Authority| {
        let lower = upper.intermediate("Acme Issuing CA 2", cast::key(5));
        [lower.issue(cast::client()), lower.der, upper.der]
    };
    vec![
        client(
            "bad-signature-refused",
            "The end entity's signature is damaged.",
        )
        .end_entity(cast::client().tamper_signature())
        .refused(REFUSED),
        client(
            "bad-signature-intermediate-refused",
            "The intermediate's signature is damaged.",
        )
        .issuing(cast::issuing_with(|ca| ca.tamper_signature()))
        .refused(REFUSED),
        client(
            "sha1-refused",
            "Signed with SHA-1, which no provider verifies.",
        )
        .issuing(cast::root().intermediate("Acme Issuing CA", cast::rsa2048(0)))
        .end_entity(
            cast::client().signature_algorithm(rsa_signature_algorithm(oids::SHA1_WITH_RSA)),
        )
        .refused(&["chain @ path", "signature-algorithm @ end-entity"]),
        client(
            "end-entity-as-ca-refused",
            "The issuer is no CA: it has no basicConstraints.",
        )
        .issuing(no_ca())
        .refused(REFUSED),
        client(
            "client-issues-client-refused",
            "A client has issued another.",
        )
        .chain({
            let issuer = cast::issuing().intermediate_with("payments", cast::key(10), |builder| {
                builder
                    .without_extension(oids::BASIC_CONSTRAINTS)
                    .key_usage_bits(&[0])
                    .eku(&[oids::CLIENT_AUTH])
            });
            let end_entity =
                CertificateBuilder::end_entity(Name::cn("forged"), cast::key(11).spki());
            [
                issuer.issue(end_entity.eku(&[oids::CLIENT_AUTH])),
                issuer.der,
                cast::issuing().der,
            ]
        })
        .refused(&["chain @ path", "key-usage @ presented-1"]),
        client(
            "ca-as-end-entity-refused",
            "The peer presents a CA's certificate as its own.",
        )
        .end_entity(cast::client().basic_constraints(true, None))
        .refused(REFUSED),
        client(
            "critical-extension-refused",
            "A critical extension that nobody knows.",
        )
        .end_entity(critical(true))
        .refused(REFUSED),
        client(
            "uncritical-extension-accepted",
            "The same extension, not critical.",
        )
        .end_entity(critical(false))
        .accepted(),
        client(
            "path-length-accepted",
            "An intermediate that permits one CA below it.",
        )
        .chain(under(cast::issuing_with(|ca| ca.path_len(1))))
        .accepted(),
        client(
            "path-length-refused",
            "An intermediate that permits no CA below it.",
        )
        .chain(under(cast::issuing_with(|ca| ca.path_len(0))))
        .refused(REFUSED),
    ]
}

fn name_constraints() -> Vec<Case> {
    let permits = |name: &str| {
        let name = general_name::dns(name);
        cast::issuing_with(|ca| ca.name_constraints(vec![name], Vec::new()))
    };
    let excludes = |name: &str| {
        let name = general_name::dns(name);
        cast::issuing_with(|ca| ca.name_constraints(Vec::new(), vec![name]))
    };
    let constrained_root = |name: &str| {
        let name = general_name::dns(name);
        cast::root_with(|ca| ca.name_constraints(vec![name], Vec::new()))
    };
    vec![
        server(
            "name-constraints-accepted",
            "The issuing CA may issue names under acme.example.",
        )
        .issuing(permits("acme.example"))
        .accepted(),
        server(
            "name-constraints-refused",
            "The issuing CA may issue names under globex.example only.",
        )
        .issuing(permits("globex.example"))
        .refused(REFUSED),
        server(
            "name-constraints-excluded-refused",
            "The issuing CA may not issue names under acme.example.",
        )
        .issuing(excludes("acme.example"))
        .refused(REFUSED),
        server(
            "name-constraints-of-anchor-refused",
            "The trust anchor's own constraints count too.",
        )
        .root(constrained_root("globex.example"))
        .refused(REFUSED),
    ]
}
