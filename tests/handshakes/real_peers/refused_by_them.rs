//! Connections that the other side ends, or that cannot work: what rustls says on our side, what it means to
//! `ConnectionFailure`, and the alert that the other side gets where ours ends it.

use std::sync::Arc;

use rustls_policy_verifier::rustls::{
    AlertDescription, ClientConfig, Error, InvalidMessage, PeerIncompatible, ServerConfig,
};
use rustls_policy_verifier::{ConnectionFailure, FailureCause, Policy, Role, failure_in};

use super::ours::{Meeting, listen, meet_client, meet_server};
use super::their_files::TheirFiles;
use super::world::{good, long_lived, peer, pki};
use super::{curl, openssl};
use crate::kit::{
    Own, Pki, VERSIONS, Version, client_config, judge_of_clients, judge_of_servers, server_config,
};
use crate::support::{Authority, CertificateBuilder, KeyKind, TestKey, oids};

struct Case {
    what: &'static str,
    /// In TLS 1.2 and in TLS 1.3.
    seen: [Seen; 2],
    meet: fn(Version) -> Meeting,
}

/// What both sides see of a connection that failed.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    error: Error,
    cause: FailureCause,
    /// The alert that the other side gets, where it is not the one that ends the connection.
    alert: Option<AlertDescription>,
}

/// The other side ends the connection with this alert.
fn by_them(alert: AlertDescription, cause: FailureCause) -> Seen {
    Seen {
        error: Error::AlertReceived(alert),
        cause,
        alert: None,
    }
}

/// Our side ends the connection with this alert.
fn by_us(error: impl Into<Error>, cause: FailureCause, alert: AlertDescription) -> Seen {
    Seen {
        error: error.into(),
        cause,
        alert: Some(alert),
    }
}

/// The same in both versions.
fn both(seen: Seen) -> [Seen; 2] {
    [seen.clone(), seen]
}

fn our_pki() -> Pki {
    pki(KeyKind::P256)
}

fn stranger() -> Vec<u8> {
    Authority::root_with("Other", TestKey::ed25519(9), long_lived).der
}

fn our_client(version: Version, own: Option<Own>) -> ClientConfig {
    let judge = judge_of_servers(our_pki().verifier(Policy::server()));
    Arc::unwrap_or_clone(client_config(&[version], judge, own))
}

fn our_server(version: Version, own: Own) -> ServerConfig {
    let judge = judge_of_clients(our_pki().verifier(Policy::client()));
    Arc::unwrap_or_clone(server_config(&[version], judge, own))
}

fn good_server(version: Version) -> ServerConfig {
    our_server(version, own(Role::Server))
}

fn own(role: Role) -> Own {
    good(&our_pki(), role)
}

fn changed(role: Role, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Own {
    peer(&our_pki(), role, change)
}

/// Our client meets openssl as a server that keeps the policy.
fn client_meets(config: ClientConfig, theirs: Version, anchor: &[u8], more: &[&str]) -> Meeting {
    let files = TheirFiles::new(Some(&own(Role::Server)), anchor);
    let tool = openssl::server(theirs, &files, more);
    meet_server(&Arc::new(config), tool, listen)
}

/// Our client presents `own` to openssl, which demands a certificate.
fn present_to_openssl(version: Version, own: Option<Own>, anchor: &[u8], more: &[&str]) -> Meeting {
    let more = [&openssl::CLIENT_AUTH, more].concat();
    client_meets(our_client(version, own), version, anchor, &more)
}

/// Our server meets openssl as a client that keeps the policy.
fn server_meets(config: ServerConfig, theirs: Version, anchor: &[u8], more: &[&str]) -> Meeting {
    let files = TheirFiles::new(Some(&own(Role::Client)), anchor);
    let start = |port| openssl::client(theirs, port, &files, more);
    meet_client(&Arc::new(config), start, listen)
}

fn our_root() -> Vec<u8> {
    our_pki().root.der
}

fn other(version: Version) -> Version {
    if version == VERSIONS[0] {
        VERSIONS[1]
    } else {
        VERSIONS[0]
    }
}

/// In the year 2100.
const TOO_LATE: [&str; 2] = ["-attime", "4102444801"];

/// None that rustls has.
const SUITES: [&str; 4] = [
    "-cipher",
    "ECDHE-ECDSA-AES256-SHA",
    "-ciphersuites",
    "TLS_AES_128_CCM_SHA256",
];

/// None that rustls has.
const GROUPS: [&str; 2] = ["-groups", "X448"];

/// What our client sees of openssl as server.
fn cases_of_our_client() -> Vec<Case> {
    use {AlertDescription as Alert, FailureCause as Cause};
    vec![
        Case {
            what: "they do not trust our CA",
            seen: both(by_them(Alert::UnknownCA, Cause::OurCertificateUnknownCa)),
            meet: |version| present_to_openssl(version, Some(own(Role::Client)), &stranger(), &[]),
        },
        Case {
            what: "our certificate has expired there",
            seen: both(by_them(
                Alert::CertificateExpired,
                Cause::OurCertificateExpired,
            )),
            meet: |version| {
                present_to_openssl(version, Some(own(Role::Client)), &our_root(), &TOO_LATE)
            },
        },
        Case {
            what: "our certificate is for servers",
            seen: both(by_them(
                Alert::UnsupportedCertificate,
                Cause::OurCertificateUnsuitable,
            )),
            meet: |version| {
                let own = changed(Role::Client, |it| it.eku(&[oids::SERVER_AUTH]));
                present_to_openssl(version, Some(own), &our_root(), &[])
            },
        },
        Case {
            what: "our certificate's signature is wrong",
            seen: both(by_them(Alert::DecryptError, Cause::OurSignatureRefused)),
            meet: |version| {
                let own = changed(Role::Client, CertificateBuilder::tamper_signature);
                present_to_openssl(version, Some(own), &our_root(), &[])
            },
        },
        Case {
            what: "we have no certificate",
            seen: [
                by_them(Alert::HandshakeFailure, Cause::NothingInCommon),
                by_them(Alert::CertificateRequired, Cause::OurCertificateMissing),
            ],
            meet: |version| present_to_openssl(version, None, &our_root(), &[]),
        },
        Case {
            what: "our certificate's key is of a kind that they do not want: rustls presents none",
            seen: [
                by_them(Alert::HandshakeFailure, Cause::NothingInCommon),
                by_them(Alert::CertificateRequired, Cause::OurCertificateMissing),
            ],
            meet: |version| {
                let rsa = ["-client_sigalgs", "RSA-PSS+SHA256:RSA+SHA256"];
                present_to_openssl(version, Some(own(Role::Client)), &our_root(), &rsa)
            },
        },
        Case {
            what: "no version in common",
            seen: both(by_them(Alert::ProtocolVersion, Cause::ProtocolVersion)),
            meet: |version| {
                client_meets(our_client(version, None), other(version), &our_root(), &[])
            },
        },
        Case {
            what: "no cipher suite in common",
            seen: both(by_them(Alert::HandshakeFailure, Cause::NothingInCommon)),
            meet: |version| client_meets(our_client(version, None), version, &our_root(), &SUITES),
        },
        Case {
            what: "no group in common",
            seen: both(by_them(Alert::HandshakeFailure, Cause::NothingInCommon)),
            meet: |version| client_meets(our_client(version, None), version, &our_root(), &GROUPS),
        },
        Case {
            what: "no application protocol in common",
            seen: both(by_them(
                Alert::NoApplicationProtocol,
                Cause::ApplicationProtocol,
            )),
            meet: |version| {
                let mut config = our_client(version, None);
                config.alpn_protocols = vec![b"http/1.1".to_vec()];
                client_meets(config, version, &our_root(), &["-alpn", "h2"])
            },
        },
        Case {
            what: "they have another name",
            seen: both(by_them(Alert::UnrecognisedName, Cause::ServerNameUnknown)),
            meet: |version| {
                let files = TheirFiles::new(Some(&own(Role::Server)), &our_root());
                let path = |name| files.path(name).unwrap();
                let (certificate, key) = (path("end-entity.pem"), path("key.pem"));
                let mut more = vec!["-servername", "other.acme.example", "-servername_fatal"];
                more.extend(["-cert2", &certificate, "-key2", &key]);
                let tool = openssl::server(version, &files, &more);
                meet_server(&Arc::new(our_client(version, None)), tool, listen)
            },
        },
    ]
}

/// What our server sees of openssl and curl as clients.
fn cases_of_our_server() -> Vec<Case> {
    use {AlertDescription as Alert, FailureCause as Cause};
    vec![
        Case {
            what: "they do not trust our CA",
            seen: both(by_them(Alert::UnknownCA, Cause::OurCertificateUnknownCa)),
            meet: |version| server_meets(good_server(version), version, &stranger(), &[]),
        },
        Case {
            what: "curl does not trust our CA",
            seen: both(by_them(Alert::UnknownCA, Cause::OurCertificateUnknownCa)),
            meet: |version| {
                let files = TheirFiles::new(Some(&own(Role::Client)), &stranger());
                let start = |port| curl::client(version, port, &files);
                meet_client(&Arc::new(good_server(version)), start, listen)
            },
        },
        Case {
            what: "our certificate has expired there",
            seen: both(by_them(
                Alert::CertificateExpired,
                Cause::OurCertificateExpired,
            )),
            meet: |version| server_meets(good_server(version), version, &our_root(), &TOO_LATE),
        },
        Case {
            what: "our certificate is for clients",
            seen: both(by_them(
                Alert::UnsupportedCertificate,
                Cause::OurCertificateUnsuitable,
            )),
            meet: |version| {
                let own = changed(Role::Server, |it| it.eku(&[oids::CLIENT_AUTH]));
                server_meets(our_server(version, own), version, &our_root(), &[])
            },
        },
        Case {
            what: "our certificate is for another name",
            seen: both(by_them(Alert::BadCertificate, Cause::OurCertificateRefused)),
            meet: |version| {
                let name = ["-verify_hostname", "other.acme.example"];
                server_meets(good_server(version), version, &our_root(), &name)
            },
        },
        Case {
            what: "our certificate's signature is wrong",
            seen: both(by_them(Alert::DecryptError, Cause::OurSignatureRefused)),
            meet: |version| {
                let own = changed(Role::Server, CertificateBuilder::tamper_signature);
                server_meets(our_server(version, own), version, &our_root(), &[])
            },
        },
        Case {
            what: "they have no certificate",
            seen: both(by_us(
                Error::NoCertificatesPresented,
                Cause::PeerCertificateMissing,
                Alert::CertificateRequired,
            )),
            meet: |version| {
                let files = TheirFiles::new(None, &our_root());
                let start = |port| openssl::client(version, port, &files, &[]);
                meet_client(&Arc::new(good_server(version)), start, listen)
            },
        },
        Case {
            what: "curl has no certificate",
            seen: both(by_us(
                Error::NoCertificatesPresented,
                Cause::PeerCertificateMissing,
                Alert::CertificateRequired,
            )),
            meet: |version| {
                let files = TheirFiles::new(None, &our_root());
                let start = |port| curl::client(version, port, &files);
                meet_client(&Arc::new(good_server(version)), start, listen)
            },
        },
        Case {
            what: "no version in common",
            seen: [
                PeerIncompatible::Tls12NotOfferedOrEnabled,
                PeerIncompatible::SupportedVersionsExtensionRequired,
            ]
            .map(|error| by_us(error, Cause::ProtocolVersion, Alert::ProtocolVersion)),
            meet: |version| server_meets(good_server(version), other(version), &our_root(), &[]),
        },
        Case {
            what: "no cipher suite in common",
            seen: both(by_us(
                PeerIncompatible::NoCipherSuitesInCommon,
                Cause::CipherSuites,
                Alert::HandshakeFailure,
            )),
            meet: |version| server_meets(good_server(version), version, &our_root(), &SUITES),
        },
        Case {
            what: "no group in common",
            seen: both(by_us(
                PeerIncompatible::NoKxGroupsInCommon,
                Cause::KeyExchangeGroups,
                Alert::HandshakeFailure,
            )),
            meet: |version| server_meets(good_server(version), version, &our_root(), &GROUPS),
        },
        Case {
            what: "our certificate's key is of a kind that they do not want",
            // In TLS 1.2 the kind of key is a part of the cipher suite.
            seen: [
                by_us(
                    PeerIncompatible::NoCipherSuitesInCommon,
                    Cause::CipherSuites,
                    Alert::HandshakeFailure,
                ),
                by_us(
                    PeerIncompatible::NoSignatureSchemesInCommon,
                    Cause::SignatureSchemes,
                    Alert::HandshakeFailure,
                ),
            ],
            meet: |version| {
                let rsa = ["-sigalgs", "RSA-PSS+SHA256:RSA+SHA256"];
                server_meets(good_server(version), version, &our_root(), &rsa)
            },
        },
        Case {
            what: "no application protocol in common",
            seen: both(by_us(
                Error::NoApplicationProtocol,
                Cause::ApplicationProtocol,
                Alert::NoApplicationProtocol,
            )),
            meet: |version| {
                let mut config = good_server(version);
                config.alpn_protocols = vec![b"h2".to_vec()];
                server_meets(config, version, &our_root(), &["-alpn", "http/1.1"])
            },
        },
        Case {
            what: "curl speaks plain HTTP",
            // curl does not look for alerts.
            seen: both(Seen {
                error: InvalidMessage::InvalidContentType.into(),
                cause: Cause::NotTls,
                alert: None,
            }),
            meet: |version| meet_client(&Arc::new(good_server(version)), curl::plain, listen),
        },
    ]
}

#[test]
fn our_client_knows_why() {
    hold_against(cases_of_our_client());
}

#[test]
fn our_server_knows_why() {
    hold_against(cases_of_our_server());
}

fn hold_against(cases: Vec<Case>) {
    for case in cases {
        for (version, expected) in VERSIONS.into_iter().zip(case.seen) {
            let meeting = (case.meet)(version);
            let what = format!("{}, {:?}\n{meeting}", case.what, version.version);
            let error = meeting.error();
            let error = error.unwrap_or_else(|| panic!("no error of rustls: {what}"));
            let failure = ConnectionFailure::of(error);
            let output = &meeting.theirs;
            let seen = Seen {
                error: error.clone(),
                cause: failure.cause(),
                alert: openssl::alert(output)
                    .or(curl::alert(output))
                    .map(Into::into),
            };
            assert_eq!(seen, expected, "{what}");
            // The same, found inside the error of the socket.
            let found = meeting
                .ours
                .as_ref()
                .err()
                .and_then(|error| failure_in(error));
            assert_eq!(found, Some(failure), "{what}");
        }
    }
}
