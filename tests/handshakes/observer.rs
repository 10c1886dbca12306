//! What observers hear of handshakes, rechecks and direct calls, and that they change nothing.

use std::sync::{Arc, Mutex};

use rustls_policy_verifier::{
    ChainRecorder, Evidence, ExtendedKeyUsage, Fingerprint, Judgement, KeyPurpose, Observer,
    Occasion, Peer, PeerIdentity, Policy, PresentedChain, Time, VerifierBuilder, rustls,
};

use crate::kit::{
    HOST, NOW, Outcome, Own, Pki, VERSIONS, Version, alert, client_config, connect,
    judge_of_clients, judge_of_servers, rules, server_config,
};
use crate::support::{TestKey, oids};

/// Writes down what it hears.
#[derive(Debug, Default)]
struct Diary(Mutex<Vec<String>>);

impl Observer for Diary {
    fn certificate_judged(&self, judgement: &Judgement<'_>, occasion: Occasion) {
        let verdict = match judgement.accepted() {
            true => format!("accepted under {}", judgement.label().unwrap()),
            false => format!("refused for {:?}", judgement.broken().collect::<Vec<_>>()),
        };
        let whose = judgement.role();
        let whom = judgement.fingerprint().map(|it| it.to_string());
        let line = format!("{occasion}: {whose} {} {verdict}", whom.unwrap_or_default());
        self.0.lock().unwrap().push(line);
    }

    fn key_proved(&self, fingerprint: &Fingerprint) {
        let line = format!("key of {fingerprint} proved");
        self.0.lock().unwrap().push(line);
    }
}

impl Diary {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Listens badly.
#[derive(Debug)]
struct Panics;

/// Panics once more when what was thrown is dropped.
struct Thrown;

impl Drop for Thrown {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("again"));
    }
}

impl Observer for Panics {
    fn certificate_judged(&self, _judgement: &Judgement<'_>, _occasion: Occasion) {
        std::panic::resume_unwind(Box::new(Thrown));
    }

    fn key_proved(&self, _fingerprint: &Fingerprint) {
        std::panic::resume_unwind(Box::new(Thrown));
    }
}

fn only_client_auth() -> Policy {
    let mut policy = Policy::client();
    policy.extended_key_usage = ExtendedKeyUsage::only([KeyPurpose::client_auth()]).into();
    policy
}

/// One handshake with an observer on each side.
fn handshake(
    version: Version,
    pki: &Pki,
    client: Own,
    observed: impl Fn(VerifierBuilder, Peer<'_>) -> VerifierBuilder,
) -> Outcome {
    let of_clients = judge_of_clients(observed(pki.verifier(only_client_auth()), Peer::Client));
    let server = server_config(&[version], of_clients, pki.server());
    let of_servers = pki.verifier(Policy::server());
    let of_servers = judge_of_servers(observed(of_servers, Peer::ServerWithoutName));
    let client = client_config(&[version], of_servers, Some(client));
    connect(&client, &server, HOST)
}

#[test]
fn observers_hear_the_verdict_and_then_that_the_key_is_proved() {
    let pki = Pki::new();
    let of = |own: &Own| PeerIdentity::of(&own.chain).unwrap().fingerprint();
    let (good, server) = (pki.client(), pki.server());
    let both = [oids::CLIENT_AUTH, oids::SERVER_AUTH];
    let bad = pki.own(&TestKey::ed25519(6), &both, |it| it);
    for version in VERSIONS {
        let (of_clients, of_servers) = (Arc::new(Diary::default()), Arc::new(Diary::default()));
        let observed = |verifier: VerifierBuilder, peer: Peer<'_>| match peer {
            Peer::Client => verifier.observer(of_clients.clone()),
            _ => verifier.observer(of_servers.clone()),
        };
        let outcome = handshake(version, &pki, good.clone(), observed);
        assert!(outcome.client.is_ok() && outcome.server.is_ok());
        let (it, server) = (of(&good), of(&server));
        assert_eq!(
            of_clients.take(),
            [
                format!("handshake: client {it} accepted under acme"),
                format!("key of {it} proved")
            ]
        );
        let heard = of_servers.take();
        assert_eq!(
            heard,
            [
                format!("handshake: server {server} accepted under acme"),
                format!("key of {server} proved")
            ]
        );

        let outcome = handshake(version, &pki, bad.clone(), observed);
        assert_eq!(rules(&outcome.server.unwrap_err()), ["extended-key-usage"]);
        // Nobody is said to hold the key of a certificate that was refused.
        assert_eq!(
            of_clients.take(),
            [format!(
                "handshake: client {} refused for [(extended-key-usage, EndEntity)]",
                of(&bad)
            )]
        );
    }
}

/// Whoever presents somebody else's chain is judged, and proves nothing.
#[test]
fn no_key_is_proved_by_a_stolen_chain() {
    let pki = Pki::new();
    let mut thief = pki.own(&TestKey::ed25519(99), &[oids::CLIENT_AUTH], |it| it);
    thief.chain = pki.client().chain;
    for version in VERSIONS {
        let diary = Arc::new(Diary::default());
        let verifier = pki.verifier(Policy::client()).observer(diary.clone());
        let server = server_config(&[version], judge_of_clients(verifier), pki.server());
        let judge = judge_of_servers(pki.verifier(Policy::server()));
        let client = crate::kit::client_builder(&[version]);
        let client = rustls_policy_verifier::WithPolicy::with_policy_verifier(client, judge.into())
            .with_client_cert_resolver(crate::kit::Presents::new(&thief));
        let outcome = connect(&Arc::new(client), &server, HOST);
        let error = outcome.server.unwrap_err();
        assert_eq!(
            crate::kit::rustls_error(&error),
            Some(&rustls::Error::InvalidCertificate(
                rustls::CertificateError::BadSignature
            ))
        );
        let heard = diary.take();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].contains("accepted under acme"), "{heard:?}");
        let told = alert(&outcome.client.unwrap_err());
        assert_eq!(told, Some(rustls::AlertDescription::DecryptError));
    }
}

/// The chains of both sides, and whose they were proved to be.
#[test]
fn a_recorder_keeps_what_was_presented_and_knows_what_was_proved() {
    let pki = Pki::new();
    let both = [oids::CLIENT_AUTH, oids::SERVER_AUTH];
    let bad = pki.own(&TestKey::ed25519(6), &both, |it| it);
    for version in VERSIONS {
        let diary = Arc::new(Diary::default());
        let recorder = || Arc::new(ChainRecorder::new(10, 100_000));
        let (of_clients, of_servers) = (recorder(), recorder());
        let observed = |verifier: VerifierBuilder, peer: Peer<'_>| match peer {
            Peer::Client => verifier.observer(of_clients.clone()),
            _ => verifier.observer(of_servers.clone()),
        };
        let observed = |verifier: VerifierBuilder, peer: Peer<'_>| {
            observed(verifier, peer).observer(diary.clone())
        };
        let chains = |recorder: &ChainRecorder| -> Vec<_> {
            let chains = recorder.chains().into_iter();
            let whole = chains.map(|it| {
                let others = it.others.into_iter();
                let chain: Vec<_> = std::iter::once(it.end_entity).chain(others).collect();
                (chain, it.accepted, it.proved)
            });
            whole.collect()
        };
        handshake(version, &pki, pki.client(), observed);
        assert_eq!(chains(&of_clients), [(pki.client().chain, true, true)]);
        assert_eq!(chains(&of_servers), [(pki.server().chain, true, true)]);
        handshake(version, &pki, bad.clone(), observed);
        assert_eq!(
            chains(&of_clients),
            [
                (bad.chain.clone(), false, false),
                (pki.client().chain, true, true)
            ]
        );
        // The other observer heard all of it too.
        assert_eq!(diary.take().len(), 7);
    }
}

#[test]
fn an_observer_that_panics_changes_no_verdict() {
    let pki = Pki::new();
    let both = [oids::CLIENT_AUTH, oids::SERVER_AUTH];
    let bad = pki.own(&TestKey::ed25519(6), &both, |it| it);
    for version in VERSIONS {
        let observed = |verifier: VerifierBuilder, _: Peer<'_>| verifier.observer(Arc::new(Panics));
        let outcome = handshake(version, &pki, pki.client(), observed);
        assert!(outcome.client.is_ok() && outcome.server.is_ok());
        let outcome = handshake(version, &pki, bad.clone(), observed);
        assert_eq!(rules(&outcome.server.unwrap_err()), ["extended-key-usage"]);
    }
}

#[test]
fn rechecks_audits_and_direct_calls_are_told_apart() {
    let pki = Pki::new();
    let diary = Arc::new(Diary::default());
    let verifier = pki.verifier(only_client_auth()).observer(diary.clone());
    let verifier = verifier.build().unwrap();
    let own = pki.client().chain;
    let it = PeerIdentity::of(&own).unwrap().fingerprint();
    let now = Time::from_unix_seconds(NOW);
    let chain = PresentedChain::new(&own[0], &own[1..]);
    let none = Evidence::default();
    verifier.verify(&chain, Peer::Client, none, now).unwrap();
    for occasion in [Occasion::Resumption, Occasion::Audit] {
        let verdict = verifier.verify_on(occasion, &chain, Peer::Client, none, now);
        assert!(verdict.is_ok());
    }
    verifier.recheck(&own, Peer::Client, now).unwrap();
    let later = Time::from_unix_seconds(NOW + 365 * 86_400);
    verifier.recheck(&own, Peer::Client, later).unwrap_err();
    assert_eq!(
        diary.take(),
        [
            format!("offline: client {it} accepted under acme"),
            format!("resumption: client {it} accepted under acme"),
            format!("audit: client {it} accepted under acme"),
            format!("recheck: client {it} accepted under acme"),
            format!(
                "recheck: client {it} refused for [(chain, Path), (validity-period, EndEntity)]"
            ),
        ]
    );
    // Before anything is looked at there is nobody to name.
    verifier.recheck(&[], Peer::Client, now).unwrap_err();
    assert_eq!(
        diary.take(),
        ["recheck: client  refused for [(input, EndEntity)]"]
    );
}
