//! Peers that keep the policy connect, whatever their keys: every kind, in both versions, in both directions.

use rustls_policy_verifier::{ExtendedKeyUsage, KeyPurpose, Policy, Role};

use super::ours::{Meeting, answer_a_line, answer_a_request, meet_client, meet_server, say_a_line};
use super::their_files::TheirFiles;
use super::world::{KINDS, good, pki};
use super::{curl, openssl};
use crate::kit::{
    HOST, Own, VERSIONS, Version, client_config, judge_of_clients, judge_of_servers, server_config,
};

/// Asks for as much as a partner does that knows these peers.
fn policy(role: Role) -> Policy {
    let mut policy = Policy::for_role(role);
    policy.extended_key_usage = ExtendedKeyUsage::only([KeyPurpose::of_role(role)]).into();
    policy.path_length.max_intermediates = Some(1);
    policy
}

fn assert_met(meeting: &Meeting, version: Version, peer: &Own, heard: &str) {
    let Ok(met) = &meeting.ours else {
        panic!("refused: {meeting}");
    };
    assert_eq!(met.version, version.version, "{meeting}");
    assert_eq!(met.peer, peer.chain, "{meeting}");
    assert!(met.heard.starts_with(heard), "{meeting}");
}

#[test]
fn our_client_and_openssl_as_server() {
    for kind in KINDS {
        let pki = pki(kind);
        let (server, client) = (good(&pki, Role::Server), good(&pki, Role::Client));
        let files = TheirFiles::new(Some(&server), &pki.root.der);
        for version in VERSIONS {
            let judge = judge_of_servers(pki.verifier(policy(Role::Server)));
            let config = client_config(&[version], judge, Some(client.clone()));
            let tool = openssl::server(version, &files, &openssl::CLIENT_AUTH);
            let meeting = meet_server(&config, tool, say_a_line);
            assert_met(&meeting, version, &server, "reward");
            // They have judged our certificate too.
            assert!(meeting.theirs.contains("Verification: OK"), "{meeting}");
        }
    }
}

#[test]
fn our_server_and_openssl_as_client() {
    for kind in KINDS {
        let pki = pki(kind);
        let (server, client) = (good(&pki, Role::Server), good(&pki, Role::Client));
        let files = TheirFiles::new(Some(&client), &pki.root.der);
        for version in VERSIONS {
            let judge = judge_of_clients(pki.verifier(policy(Role::Client)));
            let config = server_config(&[version], judge, server.clone());
            let start = |port| {
                let mut tool = openssl::client(version, port, &files, &["-verify_hostname", HOST]);
                tool.type_line("drawer");
                tool
            };
            let meeting = meet_client(&config, start, answer_a_line);
            assert_met(&meeting, version, &client, "drawer");
            let verified = meeting.theirs.contains("Verify return code: 0 (ok)");
            assert!(verified && meeting.theirs.contains("reward"), "{meeting}");
        }
    }
}

#[test]
fn our_server_and_curl() {
    for kind in KINDS {
        let pki = pki(kind);
        let (server, client) = (good(&pki, Role::Server), good(&pki, Role::Client));
        let files = TheirFiles::new(Some(&client), &pki.root.der);
        for version in VERSIONS {
            let judge = judge_of_clients(pki.verifier(policy(Role::Client)));
            let config = server_config(&[version], judge, server.clone());
            let start = |port| curl::client(version, port, &files);
            let meeting = meet_client(&config, start, answer_a_request);
            assert_met(&meeting, version, &client, "GET / HTTP/1.1\r\n");
            let verified = meeting.theirs.contains("SSL certificate verify ok");
            assert!(verified && meeting.theirs.contains("reward"), "{meeting}");
        }
    }
}
