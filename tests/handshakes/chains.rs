//! Names and chains: who is asked for, what is sent and in which order, how much of it, and what clients are told.

use std::sync::{Arc, Mutex};

use pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::client::ResolvesClientCert;
use rustls::client::danger::ServerCertVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{
    AlertDescription, CertificateError, DistinguishedName, InvalidMessage, ServerConfig,
    SignatureScheme,
};
use rustls_policy_verifier::{
    Fact, Policy, Position, Role, RootHints, TrustAnchors, Verifier, WithPolicy, pki_types,
    refusal_in, rustls,
};

use crate::kit::{
    ALERTS, Alerts, HOST, Own, Pki, Presents, ROLES, Refusal, Trial, VERSIONS, Version, alert,
    client_builder, client_config, connect, judge_of_clients, judge_of_servers, provider,
    rustls_error, server_builder, server_config, try_peer, violations,
};
use crate::support::{Authority, CertificateBuilder, Name, TestKey, der, general_name, oids};

fn what(role: Role, version: Version, text: &str) -> String {
    format!("{role}, {:?}, {text}", version.version)
}

/// A peer of `role` whose certificate `change` adapts.
fn peer(
    pki: &Pki,
    role: Role,
    change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
) -> Own {
    let purpose = match role {
        Role::Server => oids::SERVER_AUTH,
        Role::Client => oids::CLIENT_AUTH,
    };
    pki.own(&TestKey::ed25519(5), &[purpose], change)
}

/// A peer that sends these certificates with its own key.
fn sending(chain: &[&[u8]]) -> Own {
    let chain = chain.iter().map(|der| der.to_vec());
    Own::new(&TestKey::ed25519(5), chain)
}

/// Tries `own` in one direction and one version of TLS, with alerts by default.
fn judged(pki: &Pki, role: Role, version: Version, own: &Own) -> Trial {
    let verifier = pki.verifier(Policy::for_role(role));
    try_peer(role, version, Alerts::Default, verifier, own, HOST)
}

#[test]
fn a_server_is_judged_by_the_name_it_was_asked_for() {
    let pki = Pki::new();
    let addresses = vec![
        general_name::ipv4([127, 0, 0, 1]),
        general_name::ipv6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    ];
    let of_dns = peer(&pki, Role::Server, |it| it.dns(&[HOST, "*.b.example"]));
    let of_ip = peer(&pki, Role::Server, |it| it.san(addresses));
    let of_ip_as_dns = peer(&pki, Role::Server, |it| it.dns(&["127.0.0.1"]));
    let of_common_name = peer(&pki, Role::Server, |it| {
        let unnamed = it.without_extension(oids::SUBJECT_ALT_NAME);
        unnamed.subject(Name::cn(HOST))
    });
    let cases = [
        ("the name", &of_dns, HOST, true),
        ("the name in capitals", &of_dns, "API.Acme.Example", true),
        ("a name of the wildcard", &of_dns, "a.b.example", true),
        ("a label too many", &of_dns, "a.a.b.example", false),
        ("another name", &of_dns, "b.acme.example", false),
        ("the domain above", &of_dns, "acme.example", false),
        (
            "an address of a server with names",
            &of_dns,
            "127.0.0.1",
            false,
        ),
        ("the address", &of_ip, "127.0.0.1", true),
        ("the address of version 6", &of_ip, "::1", true),
        ("another address", &of_ip, "127.0.0.2", false),
        ("a name of a server with addresses", &of_ip, HOST, false),
        ("an address as a name", &of_ip_as_dns, "127.0.0.1", false),
        ("the common name", &of_common_name, HOST, false),
    ];
    let expected = Refusal {
        violations: vec![("server-name", Position::EndEntity)],
        specific: Some((
            CertificateError::NotValidForName,
            AlertDescription::BadCertificate,
        )),
    };
    for (text, own, name, accepted) in cases {
        for version in VERSIONS {
            for alerts in ALERTS {
                let verifier = pki.verifier(Policy::server());
                let trial = try_peer(Role::Server, version, alerts, verifier, own, name);
                let what = what(Role::Server, version, text);
                if accepted {
                    trial.assert_accepted(&what);
                } else {
                    trial.assert_refused(alerts, &expected, &what);
                }
            }
        }
    }
}

/// Presents one chain whatever it is asked for, and remembers what that was.
#[derive(Debug)]
struct RemembersNames {
    presents: Arc<Presents>,
    asked_for: Mutex<Option<String>>,
}

impl ResolvesServerCert for RemembersNames {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        *self.asked_for.lock().unwrap() = hello.server_name().map(str::to_owned);
        ResolvesServerCert::resolve(self.presents.as_ref(), hello)
    }
}

/// The name that is judged is the one that the client connects by, whatever of it the server gets to see.
#[test]
fn server_name_indication_decides_nothing() {
    let pki = Pki::new();
    let both = [general_name::dns(HOST), general_name::ipv4([127, 0, 0, 1])];
    let own = peer(&pki, Role::Server, |it| it.san(both.to_vec()));
    let other = "other.acme.example";
    let cases = [
        (HOST, true, Some(HOST), true),
        (HOST, false, None, true),
        (other, true, Some(other), false),
        (other, false, None, false),
        ("127.0.0.1", true, None, true),
        ("127.0.0.2", true, None, false),
    ];
    for version in VERSIONS {
        for (name, sends_it, seen, accepted) in cases {
            let resolver = Arc::new(RemembersNames {
                presents: Presents::new(&own),
                asked_for: Mutex::default(),
            });
            let server = server_builder(&[version])
                .with_no_client_auth()
                .with_cert_resolver(resolver.clone());
            let judge = judge_of_servers(pki.verifier(Policy::server()));
            let mut client = client_builder(&[version])
                .with_policy_verifier(Arc::new(judge))
                .with_no_client_auth();
            client.enable_sni = sends_it;
            let outcome = connect(&Arc::new(client), &Arc::new(server), name);
            let what = what(Role::Server, version, name);
            assert_eq!(
                resolver.asked_for.lock().unwrap().as_deref(),
                seen,
                "{what}"
            );
            match outcome.client {
                Ok(_) => assert!(accepted, "{what}"),
                Err(error) => {
                    assert!(!accepted, "{what}: {error:?}");
                    let expected = [("server-name", Position::EndEntity)];
                    assert_eq!(violations(&error), expected, "{what}");
                }
            }
        }
    }
}

/// A server that presents no certificate at all is nobody's to judge: rustls ends the connection.
#[test]
fn an_empty_certificate_message_is_no_certificate() {
    let pki = Pki::new();
    for version in VERSIONS {
        let trial = judged(&pki, Role::Server, version, &sending(&[]));
        let error = trial.judging.unwrap_err();
        let expected = rustls::Error::NoCertificatesPresented;
        assert_eq!(rustls_error(&error), Some(&expected), "{error:?}");
        assert!(refusal_in(&error).is_none());
    }
}

#[test]
fn clients_without_certificate_are_told_that_one_is_required() {
    let pki = Pki::new();
    for version in VERSIONS {
        let judge = || judge_of_clients(pki.verifier(Policy::client()));
        let mandatory = server_config(&[version], judge(), pki.server());
        let optional = judge().allow_unauthenticated();
        let optional = server_config(&[version], optional, pki.server());
        let judge = judge_of_servers(pki.verifier(Policy::server()));
        let without = client_config(&[version], judge.clone(), None);
        let empty = client_builder(&[version])
            .with_policy_verifier(Arc::new(judge))
            .with_client_cert_resolver(Presents::new(&sending(&[])));
        for client in [&without, &Arc::new(empty)] {
            let outcome = connect(client, &mandatory, HOST);
            let error = outcome.server.unwrap_err();
            let expected = rustls::Error::NoCertificatesPresented;
            assert_eq!(rustls_error(&error), Some(&expected), "{error:?}");
            let told = alert(&outcome.client.unwrap_err());
            assert_eq!(told, Some(AlertDescription::CertificateRequired));
        }
        let outcome = connect(&without, &optional, HOST);
        outcome.client.unwrap();
        assert_eq!(outcome.server.unwrap().peer, None);
    }
}

#[test]
fn a_missing_intermediate_is_named_and_may_be_known_here() {
    let pki = Pki::new();
    let expected = Refusal {
        violations: vec![("chain", Position::Path)],
        specific: Some((CertificateError::UnknownIssuer, AlertDescription::UnknownCA)),
    };
    for role in ROLES {
        let mut own = peer(&pki, role, |it| it);
        own.chain.truncate(1);
        for version in VERSIONS {
            for alerts in ALERTS {
                let what = what(role, version, "no intermediate");
                let verifier = pki.verifier(Policy::for_role(role));
                let trial = try_peer(role, version, alerts, verifier, &own, HOST);
                trial.assert_refused(alerts, &expected, &what);
                if alerts == Alerts::Default {
                    let error = trial.judging.unwrap_err();
                    let refusal = refusal_in(&error).unwrap();
                    let hint = refusal.violations()[0].hint();
                    assert!(hint.contains("CN=Issuing CA"), "{what}: {hint}");
                }
                let known = CertificateDer::from(pki.issuing.der.clone());
                let verifier = pki.verifier(Policy::for_role(role));
                let verifier = verifier.known_intermediates([known]);
                try_peer(role, version, alerts, verifier, &own, HOST).assert_accepted(&what);
            }
        }
    }
}

/// Only the end entity's place is fixed. Roots may be sent, and change nothing.
#[test]
fn intermediates_come_in_any_order_behind_the_end_entity() {
    let pki = Pki::new();
    let lower = pki.issuing.intermediate("Lower CA", TestKey::ed25519(3));
    let (root, issuing) = (pki.root.der.as_slice(), pki.issuing.der.as_slice());
    for role in ROLES {
        let purpose = peer(&pki, role, |it| it);
        let builder = CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(5).spki());
        let low = lower.issue(builder.dns(&[HOST]));
        let accepted = [
            (
                "with the root",
                sending(&[&purpose.chain[0], issuing, root]),
            ),
            (
                "the root before",
                sending(&[&purpose.chain[0], root, issuing]),
            ),
            ("in order", sending(&[&low, &lower.der, issuing])),
            ("in reverse", sending(&[&low, issuing, &lower.der])),
            ("all about", sending(&[&low, root, issuing, &lower.der])),
            (
                "twice",
                sending(&[&low, &low, issuing, &lower.der, issuing, &lower.der]),
            ),
        ];
        // The CA's certificate is taken for the peer's, and breaks what a peer's must keep.
        let mut as_peer = vec![
            ("chain", Position::Path),
            ("extended-key-usage", Position::EndEntity),
            ("key-usage", Position::EndEntity),
            ("key-usage", Position::EndEntity),
        ];
        if role == Role::Server {
            as_peer.push(("server-name", Position::EndEntity));
        }
        as_peer.push(("key-usage", Position::Presented(1)));
        let expected = Refusal {
            violations: as_peer,
            specific: None,
        };
        let reversed = sending(&[issuing, &purpose.chain[0]]);
        for version in VERSIONS {
            for (text, own) in &accepted {
                judged(&pki, role, version, own).assert_accepted(&what(role, version, text));
            }
            let trial = judged(&pki, role, version, &reversed);
            trial.assert_refused(Alerts::Default, &expected, &what(role, version, "reversed"));
            let error = trial.judging.unwrap_err();
            let sentence = refusal_in(&error).unwrap().to_string();
            assert!(sentence.contains("the end entity's certificate is a CA certificate"));
        }
    }
}

/// Certificates that belong to other chains, or pretend to be of this one, do not hide the right ones.
#[test]
fn decoys_do_not_hide_the_path() {
    let pki = Pki::new();
    let names = |n: u64| format!("Decoy {n}");
    let elsewhere = Authority::root("Elsewhere", TestKey::ed25519(30));
    // Another chain's, a chain under the right anchor, and CAs of the issuer's name that the anchor did not sign.
    let unrelated = |n| {
        elsewhere
            .intermediate(&names(n), TestKey::ed25519(40 + n))
            .der
    };
    let related = |n| {
        pki.root
            .intermediate(&names(n), TestKey::ed25519(40 + n))
            .der
    };
    let pretended = |n| {
        let builder = CertificateBuilder::ca(Name::cn("Issuing CA"), &TestKey::ed25519(40 + n));
        builder
            .issuer(Name::cn("Root"))
            .signed_by(&elsewhere.issuer())
    };
    let ten = |decoy: &dyn Fn(u64) -> Vec<u8>| (0..10).map(decoy).collect::<Vec<_>>();
    let decoys = [
        ("of another chain", ten(&unrelated)),
        ("below the anchor", ten(&related)),
        ("of the issuer's name", ten(&pretended)),
    ];
    for role in ROLES {
        let own = peer(&pki, role, |it| it);
        for (text, decoys) in &decoys {
            let mut before = own.clone();
            let added = decoys.iter().cloned().map(CertificateDer::from);
            before.chain.splice(1..1, added.clone());
            let mut after = own.clone();
            after.chain.extend(added);
            for version in VERSIONS {
                for own in [&before, &after] {
                    assert_eq!(own.chain.len(), 12);
                    let trial = judged(&pki, role, version, own);
                    trial.assert_accepted(&what(role, version, text));
                }
            }
        }
    }
}

/// A chain of exactly so many octets, most of them in an extension that nobody knows.
fn chain_of(pki: &Pki, role: Role, octets: usize) -> Own {
    let padded = |padding: usize| {
        peer(pki, role, |it| {
            it.extension(oids::EXAMPLE_ARC, false, &vec![0; padding])
        })
    };
    let total = |own: &Own| own.chain.iter().map(|der| der.len()).sum::<usize>();
    let near = octets - 2000;
    let own = padded(near + octets - total(&padded(near)));
    assert_eq!(total(&own), octets);
    own
}

/// rustls takes handshake messages of up to 65,535 octets. Three of them are the length of the list, three for each
/// certificate its length; TLS 1.3 adds an empty context and, for each certificate, an empty list of extensions.
fn most_octets(version: Version, certificates: usize) -> usize {
    match version.version {
        rustls::ProtocolVersion::TLSv1_3 => 65_535 - 4 - 5 * certificates,
        _ => 65_535 - 3 - 3 * certificates,
    }
}

/// rustls's buffer has 65,535 octets too, and in it stand headers and what else of the flight has been read. Chains that
/// miss the limit by less than this are refused with "message buffer full", or are not, as the records happen to fall.
const BESIDE_IT: usize = 512;

#[test]
fn certificate_messages_are_read_up_to_the_limit_of_rustls() {
    let pki = Pki::new();
    for role in ROLES {
        for version in VERSIONS {
            let most = most_octets(version, 2);
            let trial = judged(&pki, role, version, &chain_of(&pki, role, most - BESIDE_IT));
            trial.assert_accepted(&what(role, version, "as large as can be"));

            let trial = judged(&pki, role, version, &chain_of(&pki, role, most + 1));
            let error = trial.judging.unwrap_err();
            let too_large = InvalidMessage::HandshakePayloadTooLarge;
            let expected = rustls::Error::InvalidMessage(too_large);
            assert_eq!(rustls_error(&error), Some(&expected), "{error:?}");
            // rustls ends the connection without an alert.
            trial.judged.unwrap_err();
        }
    }
}

/// rustls reads no message that is large enough for our own limit, but might one day.
#[test]
fn more_than_64_kib_is_refused_as_input() {
    const LIMIT: usize = 64 * 1024;
    let pki = Pki::new();
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(crate::kit::NOW));
    let name = ServerName::try_from(HOST).unwrap();
    for role in ROLES {
        for (octets, accepted) in [(LIMIT, true), (LIMIT + 1, false)] {
            let chain = chain_of(&pki, role, octets).chain;
            let (end_entity, others) = chain.split_first().unwrap();
            let verifier = pki.verifier(Policy::for_role(role));
            let result = match role {
                Role::Server => judge_of_servers(verifier)
                    .verify_server_cert(end_entity, others, &name, &[], now)
                    .map(|_| ()),
                Role::Client => judge_of_clients(verifier)
                    .verify_client_cert(end_entity, others, now)
                    .map(|_| ()),
            };
            match result {
                Ok(()) => assert!(accepted, "{role}, {octets}"),
                Err(error) => {
                    assert!(!accepted, "{role}, {octets}: {error}");
                    let refusal = refusal_in(&error).unwrap();
                    let [violation] = refusal.violations() else {
                        panic!("one violation: {refusal:#?}");
                    };
                    assert_eq!(violation.rule.as_str(), "input");
                    let what = "octets of presented certificates";
                    let required = Fact::AtMost { most: LIMIT, what };
                    assert_eq!(violation.required, required);
                }
            }
        }
    }
}

/// Presents nothing, and remembers the names that the server told.
#[derive(Debug, Default)]
struct RemembersHints(Mutex<Option<Vec<Vec<u8>>>>);

impl ResolvesClientCert for RemembersHints {
    fn resolve(&self, hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        *self.0.lock().unwrap() = Some(hints.iter().map(|name| name.to_vec()).collect());
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[test]
fn clients_are_told_the_names_of_the_anchors_or_what_is_given() {
    let pki = Pki::new();
    let second = Authority::root("Second Root", TestKey::ed25519(30));
    // The same name once more: it is told once.
    let renewed = Authority::root("Root", TestKey::ed25519(31));
    let anchors = [&pki.root, &second, &renewed]
        .iter()
        .fold(TrustAnchors::new(), |anchors, root| {
            anchors.with_pem("acme", &root.der).unwrap()
        });
    let given = Name::cn("Given").and(oids::ORGANIZATION, "Acme").der();
    let names = |names: &[Vec<u8>]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    let of_anchors = names(&[Name::cn("Root").der(), Name::cn("Second Root").der()]);
    let cases = [
        (None, of_anchors.clone()),
        (Some(RootHints::Anchors), of_anchors),
        (
            Some(RootHints::Given(vec![DistinguishedName::from(
                given.clone(),
            )])),
            names(&[given]),
        ),
        (Some(RootHints::None), Vec::new()),
    ];
    for version in VERSIONS {
        for (hints, expected) in &cases {
            let verifier =
                Verifier::builder_with_provider(anchors.clone(), Policy::client(), &provider());
            let mut judge = judge_of_clients(verifier).allow_unauthenticated();
            if let Some(hints) = hints {
                judge = judge.root_hints(hints.clone());
            }
            let server: Arc<ServerConfig> = server_config(&[version], judge, pki.server());
            let remembers = Arc::new(RemembersHints::default());
            let of_server = judge_of_servers(pki.verifier(Policy::server()));
            let client = client_builder(&[version])
                .with_policy_verifier(Arc::new(of_server))
                .with_client_cert_resolver(remembers.clone());
            connect(&Arc::new(client), &server, HOST).server.unwrap();
            let told = remembers.0.lock().unwrap().take().unwrap();
            assert_eq!(&names(&told), expected, "{:?}, {hints:?}", version.version);
        }
    }
}

/// So that the padding of [`chain_of`] is what makes the difference, and not its length octets.
#[test]
fn the_size_of_a_chain_is_exact() {
    let pki = Pki::new();
    for octets in [60_000, 65_000, 65_535] {
        let own = chain_of(&pki, Role::Server, octets);
        assert_eq!(own.chain.iter().map(|it| it.len()).sum::<usize>(), octets);
    }
    assert_eq!(der::length(60_000).len(), der::length(65_535).len());
}

/// What does not fit into a CertificateRequest is not told; the connection stands all the same.
#[test]
fn too_many_names_of_cas_are_not_told() {
    let pki = Pki::new();
    let name =
        |n: usize| DistinguishedName::in_sequence(&Name::cn(&format!("CA {n:05}")).der()[2..]);
    for (count, told) in [(2_000, 2_000), (4_000, 0)] {
        let names: Vec<_> = (0..count).map(name).collect();
        for version in VERSIONS {
            let judge = judge_of_clients(pki.verifier(Policy::client()));
            let judge = judge.root_hints(RootHints::Given(names.clone()));
            use rustls::server::danger::ClientCertVerifier;
            assert_eq!(judge.root_hint_subjects().len(), told);
            let server = server_config(&[version], judge, pki.server());
            let judge = judge_of_servers(pki.verifier(Policy::server()));
            let client = client_config(&[version], judge, Some(pki.client()));
            let outcome = connect(&client, &server, HOST);
            assert!(outcome.client.is_ok(), "{count}: {:?}", outcome.client);
            assert!(outcome.server.is_ok(), "{count}: {:?}", outcome.server);
        }
    }
}
