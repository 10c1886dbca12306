//! A policy's TLS settings: what is negotiated is what they say, with peers that would do otherwise.

use std::sync::Arc;

use rustls_policy_verifier::rustls::{
    self, AlertDescription, CipherSuite, ClientConfig, CommonState, NamedGroup, PeerIncompatible,
    ProtocolVersion, ServerConfig,
};
use rustls_policy_verifier::{
    BuildError, ClientCertificates, Policy, PolicyClientConfig, PolicyServerConfig, TlsSettings,
    TlsVersion, WithPolicy,
};

use crate::kit::{
    Fixed, HOST, Outcome, Pki, VERSIONS, Version, alert, client_builder, client_config,
    connect_and, judge_of_clients, judge_of_servers, provider, rustls_error, server_builder,
    server_config,
};

const AES_256: CipherSuite = CipherSuite::TLS13_AES_256_GCM_SHA384;
const AES_128: CipherSuite = CipherSuite::TLS13_AES_128_GCM_SHA256;
const CHACHA: CipherSuite = CipherSuite::TLS13_CHACHA20_POLY1305_SHA256;
const OLD_AES_128: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;

/// Version, cipher suite, key exchange group.
type Agreed = (ProtocolVersion, CipherSuite, NamedGroup);

fn agreed(connection: &CommonState) -> Agreed {
    (
        connection.protocol_version().unwrap(),
        connection.negotiated_cipher_suite().unwrap().suite(),
        connection.negotiated_key_exchange_group().unwrap().name(),
    )
}

fn connect(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> Outcome<Agreed> {
    connect_and(client, server, HOST, agreed)
}

fn with(mut policy: Policy, change: impl FnOnce(&mut TlsSettings)) -> Policy {
    change(&mut policy.tls);
    policy
}

/// A server by this policy's settings.
fn server(pki: &Pki, change: impl FnOnce(&mut TlsSettings)) -> Arc<ServerConfig> {
    let policy = with(Policy::client(), change);
    let config = PolicyServerConfig::from_policy(&provider(), pki.anchors(), policy).unwrap();
    let own = pki.server();
    let mut config = config.with_single_cert(own.chain, own.key).unwrap();
    config.time_provider = Arc::new(Fixed);
    Arc::new(config)
}

/// A client by this policy's settings.
fn client(pki: &Pki, change: impl FnOnce(&mut TlsSettings)) -> Arc<ClientConfig> {
    let policy = with(Policy::server(), change);
    let config = PolicyClientConfig::from_policy(&provider(), pki.anchors(), policy).unwrap();
    let own = pki.client();
    let mut config = config.with_client_auth_cert(own.chain, own.key).unwrap();
    config.time_provider = Arc::new(Fixed);
    Arc::new(config)
}

/// A server that takes all that rustls offers.
fn any_server(pki: &Pki, versions: &[Version]) -> Arc<ServerConfig> {
    let judge = judge_of_clients(pki.verifier(Policy::client()));
    server_config(versions, judge, pki.server())
}

/// A client that offers all that rustls has.
fn any_client(pki: &Pki, versions: &[Version]) -> Arc<ClientConfig> {
    let judge = judge_of_servers(pki.verifier(Policy::server()));
    client_config(versions, judge, Some(pki.client()))
}

type Change = fn(&mut TlsSettings);

/// What a peer asks for; what is agreed on with a peer that asks for nothing.
type Case = (Change, Agreed);

const TLS12: ProtocolVersion = ProtocolVersion::TLSv1_2;
const TLS13: ProtocolVersion = ProtocolVersion::TLSv1_3;

const CASES: [Case; 7] = [
    (
        |it| {
            it.minimum_version = TlsVersion::Tls13;
            it.key_exchange_groups = Some(vec![NamedGroup::secp384r1]);
            it.cipher_suites = Some(vec![CHACHA, AES_256]);
        },
        (TLS13, CHACHA, NamedGroup::secp384r1),
    ),
    (
        |it| {
            it.key_exchange_groups = Some(vec![NamedGroup::secp256r1]);
            it.cipher_suites = Some(vec![AES_128]);
        },
        (TLS13, AES_128, NamedGroup::secp256r1),
    ),
    // Suites of TLS 1.2 alone: that is then the version.
    (
        |it| {
            it.key_exchange_groups = Some(vec![NamedGroup::secp384r1]);
            it.cipher_suites = Some(vec![OLD_AES_128]);
        },
        (TLS12, OLD_AES_128, NamedGroup::secp384r1),
    ),
    (
        |it| {
            it.key_exchange_groups = Some(vec![NamedGroup::X25519]);
            it.cipher_suites = Some(vec![OLD_AES_128]);
            it.or_equivalent = true;
        },
        (TLS13, AES_128, NamedGroup::X25519),
    ),
    (
        |it| {
            it.minimum_version = TlsVersion::Tls13;
            it.key_exchange_groups = Some(vec![NamedGroup::X25519]);
            it.cipher_suites = Some(vec![OLD_AES_128]);
            it.or_equivalent = true;
        },
        (TLS13, AES_128, NamedGroup::X25519),
    ),
    // The page says AES-128 and, elsewhere, AES of 256 bits.
    (
        |it| {
            it.minimum_version = TlsVersion::Tls13;
            it.key_exchange_groups = Some(vec![NamedGroup::X25519]);
            it.cipher_suites = Some(vec![
                OLD_AES_128,
                CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
                AES_256,
            ]);
            it.or_equivalent = true;
            it.aes_bits = 256;
        },
        (TLS13, CHACHA, NamedGroup::X25519),
    ),
    (
        |it| {
            it.key_exchange_groups = Some(vec![NamedGroup::X25519]);
            it.aes_bits = 256;
        },
        (TLS13, AES_256, NamedGroup::X25519),
    ),
];

/// The order counts on servers too, whose peers here prefer another.
#[test]
fn what_is_agreed_on_is_what_the_policy_says() {
    let pki = Pki::new();
    for (n, (settings, expected)) in CASES.into_iter().enumerate() {
        let outcomes = [
            connect(&any_client(&pki, &VERSIONS), &server(&pki, settings)),
            connect(&client(&pki, settings), &any_server(&pki, &VERSIONS)),
            connect(&client(&pki, settings), &server(&pki, settings)),
        ];
        for outcome in outcomes {
            assert_eq!(outcome.client.unwrap(), expected, "{n}");
            assert_eq!(outcome.server.unwrap(), expected, "{n}");
        }
    }
}

/// Of groups, unlike suites, a server of rustls takes the one that the client prefers.
#[test]
fn the_order_of_groups_is_the_clients() {
    let pki = Pki::new();
    let groups = [NamedGroup::secp384r1, NamedGroup::X25519];
    for by_client in [true, false] {
        let mut of_client = groups.to_vec();
        let mut of_server = groups.to_vec();
        if by_client {
            of_server.reverse();
        } else {
            of_client.reverse();
        }
        let first = of_client[0];
        let client = client(&pki, |it| it.key_exchange_groups = Some(of_client));
        let server = server(&pki, |it| it.key_exchange_groups = Some(of_server));
        assert_eq!(connect(&client, &server).client.unwrap().2, first);
    }
}

#[test]
fn peers_with_nothing_in_common_fail_in_the_handshake() {
    let pki = Pki::new();
    let suites: [(Change, Change); 2] = [
        (
            |it| it.cipher_suites = Some(vec![AES_256]),
            |it| it.cipher_suites = Some(vec![CHACHA]),
        ),
        (
            |it| {
                it.minimum_version = TlsVersion::Tls13;
                it.aes_bits = 256;
            },
            |it| it.cipher_suites = Some(vec![AES_128]),
        ),
    ];
    for (of_server, of_client) in suites {
        let outcome = connect(&client(&pki, of_client), &server(&pki, of_server));
        assert_failed(
            outcome,
            PeerIncompatible::NoCipherSuitesInCommon,
            AlertDescription::HandshakeFailure,
        );
    }
    let outcome = connect(
        &client(&pki, |it| {
            it.key_exchange_groups = Some(vec![NamedGroup::secp256r1]);
        }),
        &server(&pki, |it| {
            it.key_exchange_groups = Some(vec![NamedGroup::X25519]);
        }),
    );
    assert_failed(
        outcome,
        PeerIncompatible::NoKxGroupsInCommon,
        AlertDescription::HandshakeFailure,
    );
}

#[test]
fn tls12_is_refused_where_the_policy_begins_with_tls13() {
    let pki = Pki::new();
    let newest: Change = |it| it.minimum_version = TlsVersion::Tls13;
    let tls12 = &VERSIONS[..1];
    assert_failed(
        connect(&any_client(&pki, tls12), &server(&pki, newest)),
        PeerIncompatible::Tls12NotOfferedOrEnabled,
        AlertDescription::ProtocolVersion,
    );
    let outcome = connect(&client(&pki, newest), &any_server(&pki, tls12));
    let error = outcome.client.unwrap_err();
    assert_eq!(alert(&error), Some(AlertDescription::ProtocolVersion));
}

#[track_caller]
fn assert_failed(outcome: Outcome<Agreed>, why: PeerIncompatible, told: AlertDescription) {
    let error = outcome.server.unwrap_err();
    assert_eq!(
        rustls_error(&error),
        Some(&rustls::Error::PeerIncompatible(why))
    );
    assert_eq!(alert(&outcome.client.unwrap_err()), Some(told));
}

/// A net under configurations built by hand: they may negotiate TLS 1.2, and the adapter refuses it.
#[test]
fn a_version_that_the_policy_does_not_allow_is_refused_in_a_configuration_built_by_hand() {
    const WHY: &str = "the handshake is of TLS 1.2, and the policy asks for TLS 1.3: build the configuration with `from_policy` or `from_verifier` of `PolicyClientConfig` or `PolicyServerConfig`";
    let pki = Pki::new();
    let newest = |policy| with(policy, |it| it.minimum_version = TlsVersion::Tls13);
    for by_hand in [false, true] {
        let judge = Arc::new(judge_of_clients(pki.verifier(newest(Policy::client()))));
        let (own, builder) = (pki.server(), server_builder(&VERSIONS));
        let server = Arc::new(if by_hand {
            let builder = builder.with_client_cert_verifier(judge);
            builder.with_single_cert(own.chain, own.key).unwrap()
        } else {
            let builder = builder.with_policy_verifier(judge);
            builder.with_single_cert(own.chain, own.key).unwrap()
        });
        let judge = Arc::new(judge_of_servers(pki.verifier(newest(Policy::server()))));
        let (own, builder) = (pki.client(), client_builder(&VERSIONS));
        let client = Arc::new(if by_hand {
            let builder = builder
                .dangerous()
                .with_custom_certificate_verifier(judge.clone());
            builder.with_client_auth_cert(own.chain, own.key).unwrap()
        } else {
            let builder = builder.with_policy_verifier(judge.clone());
            builder.with_client_auth_cert(own.chain, own.key).unwrap()
        });

        let with_old_client = connect(&any_client(&pki, &VERSIONS[..1]), &server);
        assert_told(
            with_old_client.server,
            &with_old_client.client.unwrap_err(),
            WHY,
        );
        let with_old_server = connect(&client, &any_server(&pki, &VERSIONS[..1]));
        assert_told(
            with_old_server.client,
            &with_old_server.server.unwrap_err(),
            WHY,
        );
        let with_each_other = connect(&client, &server);
        assert_eq!(with_each_other.client.unwrap().0, TLS13);
        assert_eq!(with_each_other.server.unwrap().0, TLS13);
    }
}

#[track_caller]
fn assert_told(ours: std::io::Result<Agreed>, theirs: &std::io::Error, why: &str) {
    let error = ours.unwrap_err();
    assert_eq!(
        rustls_error(&error),
        Some(&rustls::Error::General(why.to_owned()))
    );
    assert_eq!(alert(theirs), Some(AlertDescription::HandshakeFailure));
}

/// A verifier in a builder that offers more than its policy allows accepts nobody, clients without a certificate neither.
#[test]
fn a_builder_that_offers_more_than_the_policy_allows_accepts_nobody() {
    const WHY: &str = "this configuration offers cipher suites or key exchange groups that the policy does not allow: build the configuration with `from_policy` or `from_verifier` of `PolicyClientConfig` or `PolicyServerConfig`";
    let pki = Pki::new();
    for version in VERSIONS {
        let narrow = |policy| {
            with(policy, |it| {
                it.key_exchange_groups = Some(vec![NamedGroup::X25519]);
            })
        };
        let judge = judge_of_servers(pki.verifier(narrow(Policy::server())));
        let client = client_config(&[version], judge, Some(pki.client()));
        let outcome = connect(&client, &any_server(&pki, &[version]));
        assert_told(outcome.client, &outcome.server.unwrap_err(), WHY);

        let judge = judge_of_clients(pki.verifier(narrow(Policy::client())));
        let server = server_config(&[version], judge.allow_unauthenticated(), pki.server());
        let judge = judge_of_servers(pki.verifier(Policy::server()));
        let anonymous = client_config(&[version], judge, None);
        let error = connect(&anonymous, &server).server.unwrap_err();
        assert_eq!(
            rustls_error(&error),
            Some(&rustls::Error::NoCertificatesPresented)
        );
        let outcome = connect(&any_client(&pki, &[version]), &server);
        let error = outcome.server.unwrap_err();
        assert_eq!(
            rustls_error(&error),
            Some(&rustls::Error::General(WHY.to_owned()))
        );
    }
}

/// Of a client without a certificate no verifier is asked, in TLS 1.2 neither. So where such clients are let in, the builder
/// must be as narrow as the policy.
#[test]
fn an_older_version_is_no_way_in_without_a_certificate() {
    let pki = Pki::new();
    let judge = judge_of_servers(pki.verifier(Policy::server()));
    let anonymous = client_config(&VERSIONS[..1], judge, None);
    let policy = with(Policy::client(), |it| {
        it.minimum_version = TlsVersion::Tls13;
        it.client_certificates = ClientCertificates::AllowUnauthenticated;
    });
    let narrowed = policy.tls.apply(&provider()).unwrap().provider;
    let judge = || Arc::new(judge_of_clients(pki.verifier(policy.clone())));
    let wide = server_builder(&VERSIONS).with_policy_verifier(judge());
    let narrow = ServerConfig::builder_with_provider(narrowed)
        .with_protocol_versions(&VERSIONS)
        .unwrap()
        .with_policy_verifier(judge());
    let refusals = [
        rustls::Error::NoCertificatesPresented,
        rustls::Error::PeerIncompatible(PeerIncompatible::Tls12NotOfferedOrEnabled),
    ];
    for (config, refusal) in [wide, narrow].into_iter().zip(refusals) {
        let own = pki.server();
        let server = config.with_single_cert(own.chain, own.key).unwrap();
        let error = connect(&anonymous, &Arc::new(server)).server.unwrap_err();
        assert_eq!(rustls_error(&error), Some(&refusal));
    }
}

/// What a builder's provider does not satisfy is an error; a provider that is narrow already is none.
#[test]
fn a_builder_must_be_as_narrow_as_the_policy() {
    let pki = Pki::new();
    let error = |constructor| BuildError::Policy {
        field: "tls".to_owned(),
        problem: format!(
            "a builder that has its crypto provider and versions already cannot be narrowed to what this table allows: build with `{constructor}`"
        ),
    };
    let settings: [Change; 4] = [
        |it| it.minimum_version = TlsVersion::Tls13,
        |it| it.cipher_suites = Some(vec![AES_256]),
        |it| it.aes_bits = 256,
        |it| it.key_exchange_groups = Some(vec![NamedGroup::X25519]),
    ];
    for change in settings {
        let policy = with(Policy::server(), change);
        // Which versions a builder was given cannot be seen.
        let refused = client_builder(&VERSIONS[1..]).with_policy(pki.anchors(), policy.clone());
        assert_eq!(
            refused.unwrap_err(),
            error("PolicyClientConfig::from_policy")
        );
        let applied = policy.tls.apply(&provider()).unwrap();
        let builder = ClientConfig::builder_with_provider(applied.provider.clone());
        let builder = builder.with_protocol_versions(&applied.versions).unwrap();
        let config = builder.with_policy(pki.anchors(), policy).unwrap();
        let offered = &config.tls_report().unwrap().cipher_suites;
        assert_eq!(*offered, applied.report.cipher_suites);

        let policy = with(Policy::client(), change);
        let refused = server_builder(&VERSIONS).with_policy(pki.anchors(), policy);
        assert_eq!(
            refused.unwrap_err(),
            error("PolicyServerConfig::from_policy")
        );
    }
}

#[test]
fn the_report_is_there_to_log() {
    let pki = Pki::new();
    let policy = with(Policy::client(), |it| {
        it.minimum_version = TlsVersion::Tls13;
        it.cipher_suites = Some(vec![CHACHA, CipherSuite::TLS13_AES_128_CCM_SHA256]);
        it.key_exchange_groups = Some(vec![NamedGroup::X25519]);
    });
    let config = PolicyServerConfig::from_policy(&provider(), pki.anchors(), policy.clone());
    assert_eq!(
        config.unwrap().tls_report().unwrap().to_string(),
        "offers TLS 1.3 with the cipher suites TLS_CHACHA20_POLY1305_SHA256 and the key exchange groups x25519\n\
         TLS_AES_128_CCM_SHA256: cannot be had from rustls and this crypto provider"
    );
    let judge = Arc::new(judge_of_clients(pki.verifier(policy)));
    let config = server_builder(&VERSIONS).with_policy_verifier(judge.clone());
    assert_eq!(config.tls_report(), None);
    let config = PolicyServerConfig::from_verifier(&provider(), judge).unwrap();
    assert_eq!(config.tls_report().unwrap().cipher_suites, [CHACHA]);
}

/// The policy says whether clients need a certificate, with every way to build.
#[test]
fn clients_without_a_certificate_by_the_policy() {
    let pki = Pki::new();
    let judge = judge_of_servers(pki.verifier(Policy::server()));
    let anonymous = client_config(&VERSIONS, judge, None);
    let allow: Change = |it| it.client_certificates = ClientCertificates::AllowUnauthenticated;
    let by_judge = |policy| {
        server_config(
            &VERSIONS,
            judge_of_clients(pki.verifier(policy)),
            pki.server(),
        )
    };
    for server in [server(&pki, allow), by_judge(with(Policy::client(), allow))] {
        connect(&anonymous, &server).server.unwrap();
        connect(&any_client(&pki, &VERSIONS), &server)
            .server
            .unwrap();
    }
    for server in [server(&pki, |_| {}), by_judge(Policy::client())] {
        let error = connect(&anonymous, &server).server.unwrap_err();
        assert_eq!(
            rustls_error(&error),
            Some(&rustls::Error::NoCertificatesPresented)
        );
    }
}
