//! A policy's TLS settings with `openssl` as the other side.

use std::sync::Arc;

use rustls_policy_verifier::rustls::{CipherSuite, NamedGroup, ServerConfig};
use rustls_policy_verifier::{Policy, PolicyServerConfig, Role, TlsVersion};

use super::openssl;
use super::ours::{Meeting, answer_a_line, meet_client};
use super::their_files::TheirFiles;
use super::world::{good, pki};
use crate::kit::{Fixed, Pki, VERSIONS, Version, provider};
use crate::support::KeyKind;

fn server(pki: &Pki, minimum_version: TlsVersion) -> Arc<ServerConfig> {
    let mut policy = Policy::client();
    policy.tls.minimum_version = minimum_version;
    // RSA's in TLS 1.2.
    policy.tls.cipher_suites = Some(vec![
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ]);
    policy.tls.or_equivalent = true;
    policy.tls.aes_bits = 256;
    policy.tls.key_exchange_groups = Some(vec![NamedGroup::secp384r1]);
    let config = PolicyServerConfig::from_policy(&provider(), pki.anchors(), policy).unwrap();
    let own = good(pki, Role::Server);
    let mut config = config.with_single_cert(own.chain, own.key).unwrap();
    config.time_provider = Arc::new(Fixed);
    Arc::new(config)
}

fn meet(pki: &Pki, minimum: TlsVersion, version: Version, more: &[&str]) -> Meeting {
    let files = TheirFiles::new(Some(&good(pki, Role::Client)), &pki.root.der);
    let start = |port| {
        let mut tool = openssl::client(version, port, &files, more);
        tool.type_line("drawer");
        tool
    };
    meet_client(&server(pki, minimum), start, answer_a_line)
}

#[test]
fn openssl_agrees_on_what_the_policy_says() {
    let pki = pki(KeyKind::Rsa2048);
    let [tls12, tls13] = VERSIONS;
    for (version, more, expected) in [
        (
            tls13,
            [].as_slice(),
            "Cipher is TLS_CHACHA20_POLY1305_SHA256",
        ),
        (
            tls13,
            &[
                "-ciphersuites",
                "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384",
            ],
            "Cipher is TLS_AES_256_GCM_SHA384",
        ),
        (tls12, &[], "Cipher is ECDHE-RSA-CHACHA20-POLY1305"),
        (
            tls12,
            &[
                "-cipher",
                "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384",
            ],
            "Cipher is ECDHE-RSA-AES256-GCM-SHA384",
        ),
    ] {
        let meeting = meet(&pki, TlsVersion::Tls12, version, more);
        assert!(meeting.ours.is_ok(), "{meeting}");
        assert!(meeting.theirs.contains(expected), "{expected}: {meeting}");
        let group = "Server Temp Key: ECDH, secp384r1, 384 bits";
        assert!(meeting.theirs.contains(group), "{meeting}");
    }
}

#[test]
fn openssl_is_refused_what_the_policy_does_not_allow() {
    const PROTOCOL_VERSION: u8 = 70;
    const HANDSHAKE_FAILURE: u8 = 40;
    let pki = pki(KeyKind::Rsa2048);
    let [tls12, tls13] = VERSIONS;
    for (version, more, told) in [
        (tls12, [].as_slice(), PROTOCOL_VERSION),
        (
            tls13,
            &["-ciphersuites", "TLS_AES_128_GCM_SHA256"],
            HANDSHAKE_FAILURE,
        ),
        (tls13, &["-groups", "X25519"], HANDSHAKE_FAILURE),
    ] {
        let meeting = meet(&pki, TlsVersion::Tls13, version, more);
        assert!(meeting.ours.is_err(), "{meeting}");
        assert_eq!(openssl::alert(&meeting.theirs), Some(told), "{meeting}");
    }
}
