//! Verifications as `tracing` events: what they carry, and what only on request.

use std::io::Write;
use std::sync::{Arc, Mutex};

use rustls_policy_verifier::{
    ExtendedKeyUsage, Fingerprint, KeyPurpose, Observer, Peer, PeerIdentity, Policy, Span, Time,
    TracingObserver, TrustAnchors, Verifier, pki_types,
};

use crate::support::{Authority, CertificateBuilder, Name, TestKey, oids};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(octets)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a log of all levels has of `events`.
fn logged(events: impl FnOnce()) -> Vec<String> {
    let sink = Sink::default();
    let writer = sink.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .without_time()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let dispatch = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);
    events();
    drop(dispatch);
    let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

fn issued(purposes: &[&str]) -> Vec<pki_types::CertificateDer<'static>> {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let builder = CertificateBuilder::end_entity(Name::cn("Jane Doe"), TestKey::ed25519(2).spki());
    vec![root.issue(builder.eku(purposes)).into()]
}

fn verifier(observer: TracingObserver) -> Verifier {
    let root = Authority::root("Root", TestKey::ed25519(1));
    let anchors = TrustAnchors::new().with_pem("acme", root.der).unwrap();
    let mut policy = Policy::client();
    policy.extended_key_usage = ExtendedKeyUsage::only([KeyPurpose::client_auth()]).into();
    policy.validity_period.warn_below = vec![Span::Days(7)];
    let verifier = Verifier::builder(anchors, policy).observer(Arc::new(observer));
    verifier.build().unwrap()
}

fn fingerprint(chain: &[pki_types::CertificateDer<'_>]) -> Fingerprint {
    PeerIdentity::of(chain).unwrap().fingerprint()
}

#[test]
fn events_carry_rules_positions_and_fingerprints() {
    let (good, bad) = (
        issued(&[oids::CLIENT_AUTH]),
        issued(&[oids::CLIENT_AUTH, oids::SERVER_AUTH]),
    );
    let verifier = verifier(TracingObserver::new());
    let nearly_over = Time::from_unix_seconds(1_798_761_599 - 86_400);
    let lines = logged(|| {
        verifier.recheck(&good, Peer::Client, NOW).unwrap();
        verifier.recheck(&good, Peer::Client, nearly_over).unwrap();
        verifier.recheck(&bad, Peer::Client, NOW).unwrap_err();
        TracingObserver::new().key_proved(&fingerprint(&good));
    });
    let (good, bad) = (fingerprint(&good), fingerprint(&bad));
    assert_eq!(
        lines,
        [
            format!(
                "DEBUG rustls_policy_verifier: certificate accepted occasion=recheck role=client label=\"acme\" sha256={good}"
            ),
            format!(
                "INFO rustls_policy_verifier: certificate accepted with warnings occasion=recheck role=client label=\"acme\" sha256={good} warned=\"validity-period at end-entity\""
            ),
            format!(
                "WARN rustls_policy_verifier: certificate refused occasion=recheck role=client label=\"acme\" sha256={bad} broken=\"extended-key-usage at end-entity\""
            ),
            format!("DEBUG rustls_policy_verifier: key proved sha256={good}"),
        ]
    );
}

#[test]
fn names_are_added_on_request() {
    let bad = issued(&[oids::SERVER_AUTH]);
    let lines = logged(|| {
        let verifier = verifier(TracingObserver::new().with_names());
        verifier.recheck(&bad, Peer::Client, NOW).unwrap_err();
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].ends_with("subject=\"CN=Jane Doe\" words=\"path: chain requires a valid path to a trust anchor, presented: a certificate's extended key usage does not have the purpose it is used for; end-entity: extended-key-usage requires an extended key usage of clientAuth only, presented: serverAuth\""),
        "{lines:?}"
    );
}
