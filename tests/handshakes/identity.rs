//! Who the peer is, for the application: facts of a live connection, and verified again.

use std::sync::Arc;

use rustls::HandshakeKind;
use rustls_policy_verifier::{
    IdentifierEntry, Matcher, Peer, PeerIdentity, Policy, Time, VerifyErrorKind, rustls,
};

use crate::kit::{
    HOST, NOW, Pki, VERSIONS, client_builder, connect, judge_of_servers, server_builder,
};

const UNTIL: u64 = NOW + 3_600;

/// Whose common name is "peer", by a CA of Acme.
fn policy() -> Policy {
    let mut policy = Policy::client();
    let peer = IdentifierEntry::common_name(Matcher::Exact("peer".into()));
    let other = IdentifierEntry::common_name(Matcher::Exact("other".into()));
    policy.subject_identifier.any_of = vec![other, peer.under("acme")];
    policy
}

/// Under a configuration built by hand, that resumes: the facts are there on both connections, and what has ended
/// since is found by verifying again.
#[test]
fn the_peer_of_a_full_and_of_a_resumed_connection_is_known_and_verified_again() {
    let pki = Pki::new();
    let from = i64::try_from(NOW - 3_600).unwrap();
    let client = pki.own(
        &crate::support::TestKey::ed25519(6),
        &[crate::support::oids::CLIENT_AUTH],
        |it| it.validity(from, i64::try_from(UNTIL).unwrap()),
    );
    let verifier = Arc::new(pki.verifier(policy()).build().unwrap());
    for version in VERSIONS {
        let own = pki.server();
        let judge = rustls_policy_verifier::PolicyClientCertVerifier::new(verifier.clone());
        let server = server_builder(&[version])
            .with_client_cert_verifier(Arc::new(judge.unwrap()))
            .with_single_cert(own.chain, own.key)
            .unwrap();
        let own = client.clone();
        let config = client_builder(&[version])
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(judge_of_servers(
                pki.verifier(Policy::server()),
            )))
            .with_client_auth_cert(own.chain, own.key)
            .unwrap();
        let (config, server) = (Arc::new(config), Arc::new(server));
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let established = connect(&config, &server, HOST).server.unwrap();
            assert_eq!(established.kind, kind, "{version:?}");
            let certificates = established.peer.unwrap();

            let identity = PeerIdentity::of(&certificates).unwrap();
            assert_eq!(identity.subject().to_string(), "CN=peer");
            assert_eq!(identity.validity().not_after.unix_seconds(), UNTIL);
            assert_eq!(identity.public_key().to_string(), "Ed25519");
            let names = identity.subject_alternative_names().unwrap();
            assert_eq!(names.count(), 1);
            assert_eq!(identity.certificate().der(), client.chain[0].as_ref());
            // What only verification can say is not said.
            assert_eq!((identity.label(), identity.identifiers().len()), (None, 0));
            let claims = identity.claimed_identifiers(&policy());
            assert_eq!(claims.len(), 1);
            assert_eq!(
                (claims[0].value.as_str(), claims[0].entry.under[0].as_ref()),
                ("peer", "acme")
            );

            let now = Time::from_unix_seconds(UNTIL);
            let path = verifier.recheck(&certificates, Peer::Client, now).unwrap();
            let verified = path.identity();
            assert_eq!(verified.label(), Some("acme"));
            let [identifier] = verified.identifiers() else {
                panic!("{verified:?}");
            };
            assert_eq!((&*identifier.value, &*identifier.label), ("peer", "acme"));
            assert_eq!(verified.fingerprint(), identity.fingerprint());
            assert_eq!(verified.spki_fingerprint(), identity.spki_fingerprint());

            let now = Time::from_unix_seconds(UNTIL + 1);
            let refusal = verifier.recheck(&certificates, Peer::Client, now);
            let refusal = refusal.unwrap_err();
            assert_eq!(refusal.kind(), VerifyErrorKind::Path);
            assert_eq!(
                refusal.to_string(),
                "client certificate CN=peer refused: end-entity: validity-period requires validity at 2026-06-01T01:00:01Z, presented: 2026-05-31T23:00:00Z to 2026-06-01T01:00:00Z (and 1 more violation)"
            );
        }
    }
}

#[test]
fn without_a_certificate_there_is_no_identity() {
    let pki = Pki::new();
    assert_eq!(
        PeerIdentity::of(&[]).unwrap_err().to_string(),
        "certificate at octet 0: the data ends too early"
    );
    let verifier = pki.verifier(Policy::client()).build().unwrap();
    let now = Time::from_unix_seconds(NOW);
    let refusal = verifier.recheck(&[], Peer::Client, now).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "client certificate refused: end-entity: input requires a certificate, presented: none"
    );
    assert_eq!(
        refusal.violations()[0].hint(),
        "the peer must present its certificate"
    );
}

/// SHA-256 of the certificate and of the SubjectPublicKeyInfo, with and without a verifier.
#[test]
fn fingerprints_are_sha256_of_certificate_and_key() {
    let pki = Pki::new();
    let own = pki.client();
    let verifier = pki.verifier(Policy::client()).build().unwrap();
    let identity = verifier.identity_of(&own.chain).unwrap();
    let digest = ring::digest::digest(&ring::digest::SHA256, &own.chain[0]);
    assert_eq!(identity.fingerprint().as_bytes(), digest.as_ref());
    let spki = identity.certificate().spki().to_vec();
    let digest = ring::digest::digest(&ring::digest::SHA256, &spki);
    assert_eq!(identity.spki_fingerprint().as_bytes(), digest.as_ref());
    assert_eq!(
        identity.spki_fingerprint(),
        PeerIdentity::of(&own.chain).unwrap().spki_fingerprint()
    );
}
