//! What both verifiers do in every handshake.

use std::sync::Arc;

use rustls::{AlertDescription, HandshakeKind};
use rustls_policy_verifier::{
    BuildError, ExtendedKeyUsage, KeyPurpose, Policy, PolicyClientCertVerifier,
    PolicyServerCertVerifier, RootHints, Verifier, WithPolicy, pki_types, refusal_in, rustls,
};

use crate::kit::{
    HOST, Pki, VERSIONS, Version, alert, client_builder, client_config, connect, judge_of_clients,
    judge_of_servers, provider, rules, server_config,
};
use crate::support::{TestKey, oids};

fn client(pki: &Pki, version: Version, policy: Policy) -> Arc<rustls::ClientConfig> {
    let judge = judge_of_servers(pki.verifier(policy));
    client_config(&[version], judge, Some(pki.client()))
}

fn server(pki: &Pki, version: Version, policy: Policy) -> Arc<rustls::ServerConfig> {
    let judge = judge_of_clients(pki.verifier(policy));
    server_config(&[version], judge, pki.server())
}

#[test]
fn peers_that_keep_the_policy_connect() {
    let pki = Pki::new();
    for version in VERSIONS {
        let client = client(&pki, version, Policy::server());
        let server = server(&pki, version, Policy::client());
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let outcome = connect(&client, &server, HOST);
            assert_eq!(outcome.client.unwrap().kind, kind);
            assert_eq!(outcome.server.unwrap().kind, kind);
        }
    }
}

#[test]
fn a_client_that_breaks_the_policy_is_refused_with_the_reason() {
    let pki = Pki::new();
    let mut policy = Policy::client();
    policy.extended_key_usage = ExtendedKeyUsage::only([KeyPurpose::client_auth()]).into();
    for version in VERSIONS {
        let both = [oids::CLIENT_AUTH, oids::SERVER_AUTH];
        let both = pki.own(&TestKey::ed25519(6), &both, |it| it);
        let judge = judge_of_servers(pki.verifier(Policy::server()));
        let client = client_config(&[version], judge, Some(both));
        let outcome = connect(&client, &server(&pki, version, policy.clone()), HOST);
        assert_eq!(rules(&outcome.server.unwrap_err()), ["extended-key-usage"]);
        let error = outcome.client.unwrap_err();
        assert_eq!(alert(&error), Some(AlertDescription::CertificateUnknown));
    }
}

#[test]
fn a_server_that_breaks_the_policy_is_refused_with_the_reason() {
    let pki = Pki::new();
    let mut policy = Policy::server();
    policy.minimum_key_size.end_entity.ed25519 = false;
    for version in VERSIONS {
        let client = client(&pki, version, policy.clone());
        let outcome = connect(&client, &server(&pki, version, Policy::client()), HOST);
        assert_eq!(rules(&outcome.client.unwrap_err()), ["minimum-key-size"]);
        let error = outcome.server.unwrap_err();
        assert_eq!(alert(&error), Some(AlertDescription::CertificateUnknown));
    }
}

#[test]
fn a_client_certificate_is_mandatory_unless_it_is_not() {
    let pki = Pki::new();
    for version in VERSIONS {
        let judge = judge_of_servers(pki.verifier(Policy::server()));
        let anonymous = client_config(&[version], judge, None);
        let mandatory = server(&pki, version, Policy::client());
        let error = connect(&anonymous, &mandatory, HOST).server.unwrap_err();
        assert!(refusal_in(&error).is_none(), "{error:?}");
        assert_eq!(error.to_string(), "peer sent no certificates");

        let judge = judge_of_clients(pki.verifier(Policy::client()))
            .allow_unauthenticated()
            .root_hints(RootHints::None);
        let optional = server_config(&[version], judge, pki.server());
        let established = connect(&anonymous, &optional, HOST).server.unwrap();
        assert_eq!(established.peer, None);
        // A certificate that is presented is judged all the same.
        let signer = pki.own(&TestKey::ed25519(6), &[oids::CODE_SIGNING], |it| it);
        let judge = judge_of_servers(pki.verifier(Policy::server()));
        let bad = client_config(&[version], judge, Some(signer));
        let error = connect(&bad, &optional, HOST).server.unwrap_err();
        assert_eq!(rules(&error), ["chain", "extended-key-usage"]);
    }
}

#[test]
fn the_wrong_direction_is_a_build_error() {
    let pki = Pki::new();
    let error = client_builder(&VERSIONS).with_policy(pki.anchors(), Policy::client());
    assert_eq!(
        error.unwrap_err().to_string(),
        "the verifier's policy is for client certificates, and server certificates are to be judged: start from `Policy::server()`"
    );
    let verifier = pki.verifier(Policy::server()).build().unwrap();
    assert_eq!(
        PolicyClientCertVerifier::new(Arc::new(verifier)).unwrap_err(),
        BuildError::Direction {
            policy: rustls_policy_verifier::Role::Server,
            needed: rustls_policy_verifier::Role::Client,
        }
    );
}

/// A provider that offers SHA-1 does not bring it in: neither advertised nor accepted.
#[test]
fn sha1_schemes_are_neither_advertised_nor_accepted() {
    use rustls::client::danger::ServerCertVerifier;
    use rustls::crypto::WebPkiSupportedAlgorithms;
    use rustls::internal::msgs::codec::{Codec, Reader};
    use rustls::{DigitallySignedStruct, PeerMisbehaved, SignatureScheme};

    type Algorithms = &'static [&'static dyn pki_types::SignatureVerificationAlgorithm];
    static ED25519: Algorithms = &[webpki::ring::ED25519];
    static MAPPING: &[(SignatureScheme, Algorithms)] = &[
        (SignatureScheme::ED25519, ED25519),
        (SignatureScheme::RSA_PKCS1_SHA1, ED25519),
        (SignatureScheme::ECDSA_SHA1_Legacy, ED25519),
    ];
    let mut provider = (*provider()).clone();
    provider.signature_verification_algorithms = WebPkiSupportedAlgorithms {
        all: ED25519,
        mapping: MAPPING,
    };
    let pki = Pki::new();
    let verifier = Verifier::builder_with_provider(pki.anchors(), Policy::server(), &provider);
    let verifier = PolicyServerCertVerifier::new(Arc::new(verifier.build().unwrap())).unwrap();
    assert_eq!(
        verifier.supported_verify_schemes(),
        [SignatureScheme::ED25519]
    );

    let certificate = pki.server().chain.remove(0);
    let signature = TestKey::ed25519(5).sign(b"message");
    let verify = |scheme: SignatureScheme| {
        let mut encoded = u16::from(scheme).to_be_bytes().to_vec();
        encoded.extend(u16::try_from(signature.len()).unwrap().to_be_bytes());
        encoded.extend(&signature);
        let signed = DigitallySignedStruct::read(&mut Reader::init(&encoded)).unwrap();
        verifier
            .verify_tls12_signature(b"message", &certificate, &signed)
            .map(|_| ())
    };
    assert_eq!(verify(SignatureScheme::ED25519), Ok(()));
    for sha1 in [
        SignatureScheme::RSA_PKCS1_SHA1,
        SignatureScheme::ECDSA_SHA1_Legacy,
    ] {
        assert_eq!(
            verify(sha1),
            Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
        );
    }
}
