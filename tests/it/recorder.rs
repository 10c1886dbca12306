//! The chains that a recorder keeps, which make room, and who hears of them.

use std::sync::{Arc, Mutex};

use pki_types::CertificateDer;
use rustls_policy_verifier::{
    ChainRecorder, Evidence, Fingerprint, Judgement, Observer, Occasion, Peer, PeerIdentity,
    Policy, PresentedChain, RecordedChain, Time, TrustAnchors, Verifier, VerifierBuilder,
    pki_types,
};

use crate::support::{Authority, CertificateBuilder, Name, TestKey};

/// 2026-06-01T00:00:00Z
const NOW: Time = Time::from_unix_seconds(1_780_272_000);
const LATER: Time = Time::from_unix_seconds(1_780_272_060);

fn root() -> Authority {
    Authority::root("Root", TestKey::ed25519(1))
}

fn verifier(observer: Arc<dyn Observer>) -> Verifier {
    builder().observer(observer).build().unwrap()
}

fn builder() -> VerifierBuilder {
    let anchors = TrustAnchors::from_pem(root().der).unwrap();
    Verifier::builder(anchors, Policy::client())
}

fn peer(number: u64) -> CertificateDer<'static> {
    let end_entity = CertificateBuilder::end_entity(Name::cn("peer"), TestKey::ed25519(9).spki());
    root().issue(end_entity.serial(number)).into()
}

fn fingerprint(certificate: &CertificateDer<'_>) -> Fingerprint {
    PeerIdentity::of(std::slice::from_ref(certificate))
        .unwrap()
        .fingerprint()
}

/// In a handshake, at a time, whether or not it is accepted.
fn present(verifier: &Verifier, chain: &[CertificateDer<'_>], time: Time) {
    let (end_entity, others) = chain.split_first().unwrap();
    let chain = PresentedChain::new(end_entity, others);
    let (occasion, evidence) = (Occasion::Handshake, Evidence::default());
    let _ = verifier.verify_on(occasion, &chain, Peer::Client, evidence, time);
}

/// Which of the peers are kept, and whether they are proved.
fn kept(recorder: &ChainRecorder, peers: &[CertificateDer<'_>]) -> Vec<(usize, bool)> {
    let number = |chain: &RecordedChain| peers.iter().position(|it| *it == chain.end_entity);
    let chains = recorder.chains();
    chains
        .iter()
        .map(|chain| (number(chain).unwrap(), chain.proved))
        .collect()
}

#[test]
fn what_is_kept_is_what_was_presented() {
    let recorder = Arc::new(ChainRecorder::new(10, 100_000));
    let verifier = verifier(recorder.clone());
    let junk = CertificateDer::from(vec![0x30, 0]);
    let chain = [peer(1), root().der.into(), junk.clone()];
    present(&verifier, &chain, NOW);
    let [first] = recorder.chains().try_into().unwrap();
    assert_eq!(first.fingerprint, fingerprint(&chain[0]));
    assert_eq!(first.end_entity, chain[0]);
    assert_eq!(first.others, chain[1..]);
    assert_eq!(
        (first.accepted, first.proved, first.last_seen),
        (true, false, NOW)
    );
    // To a file and back.
    let read = PresentedChain::from_pem(first.to_pem()).unwrap();
    assert_eq!(*read.end_entity(), chain[0]);
    assert_eq!(read.others(), &chain[1..]);
    let presented = first.presented();
    assert_eq!(*presented.end_entity(), chain[0]);
    assert_eq!(presented.others(), &chain[1..]);

    // The same end entity, later and with others: the last one counts.
    let far = Time::from_unix_seconds(NOW.unix_seconds() + 365 * 86_400);
    present(&verifier, &chain[..1], far);
    let [second] = recorder.chains().try_into().unwrap();
    assert_eq!((second.others.len(), second.accepted), (0, false));
    assert_eq!(second.last_seen, far);
}

/// Where a connection is, or may be: nobody is there in a rehearsal.
#[test]
fn only_peers_of_connections_are_kept() {
    for (occasion, is_kept) in [
        (Occasion::Handshake, true),
        (Occasion::Resumption, true),
        (Occasion::Recheck, true),
        (Occasion::Audit, false),
        (Occasion::Offline, false),
    ] {
        let recorder = Arc::new(ChainRecorder::new(10, 100_000));
        let verifier = verifier(recorder.clone());
        let der = peer(1);
        let chain = PresentedChain::new(&der, &[]);
        let evidence = Evidence::default();
        verifier
            .verify_on(occasion, &chain, Peer::Client, evidence, NOW)
            .unwrap();
        assert_eq!(recorder.chains().len(), usize::from(is_kept), "{occasion}");
    }
    let recorder = Arc::new(ChainRecorder::new(10, 100_000));
    let verifier = verifier(recorder.clone());
    verifier.recheck(&[peer(1)], Peer::Client, NOW).unwrap();
    verifier.recheck(&[], Peer::Client, NOW).unwrap_err();
    assert_eq!(recorder.chains().len(), 1);
}

#[test]
fn the_chains_seen_last_are_kept() {
    let peers: Vec<_> = (0..4).map(peer).collect();
    let octets = peers[0].len();
    assert!(peers.iter().all(|it| it.len() == octets));
    for recorder in [
        ChainRecorder::new(2, 100_000),
        ChainRecorder::new(10, 2 * octets),
        ChainRecorder::new(10, 3 * octets - 1),
    ] {
        let recorder = Arc::new(recorder);
        let verifier = verifier(recorder.clone());
        let see = |number: usize| present(&verifier, &peers[number..=number], NOW);
        see(0);
        see(1);
        assert_eq!(kept(&recorder, &peers), [(1, false), (0, false)]);
        see(0);
        see(2);
        assert_eq!(kept(&recorder, &peers), [(2, false), (0, false)]);
        see(3);
        assert_eq!(kept(&recorder, &peers), [(3, false), (2, false)]);
        // What was taken away is gone to the last octet.
        for number in [0, 1, 2, 3, 3, 2] {
            see(number);
        }
        assert_eq!(kept(&recorder, &peers), [(2, false), (3, false)]);
    }
    for nothing in [ChainRecorder::new(0, 100_000), ChainRecorder::new(10, 10)] {
        let recorder = Arc::new(nothing);
        present(&verifier(recorder.clone()), &peers[..1], NOW);
        assert_eq!(recorder.chains(), []);
    }
}

/// Nobody can take room from those who proved their keys, nor change their chains.
#[test]
fn what_is_not_proved_replaces_nothing_that_is() {
    let peers: Vec<_> = (0..4).map(peer).collect();
    let recorder = Arc::new(ChainRecorder::new(2, 100_000));
    let verifier = verifier(recorder.clone());
    let prove = |number: usize| recorder.key_proved(&fingerprint(&peers[number]));
    for number in [0, 1] {
        present(&verifier, &peers[number..=number], NOW);
        prove(number);
    }
    for number in [2, 3] {
        present(&verifier, &peers[number..=number], NOW);
    }
    let all = [(3, false), (2, false), (1, true), (0, true)];
    assert_eq!(kept(&recorder, &peers), all);

    // The same end entity with another intermediate stands beside, until it is proved as well.
    let other = [peers[0].clone(), root().der.into()];
    present(&verifier, &other, LATER);
    let all = [(0, false), (3, false), (1, true), (0, true)];
    assert_eq!(kept(&recorder, &peers), all);
    prove(0);
    assert_eq!(kept(&recorder, &peers), [(0, true), (3, false), (1, true)]);
    assert_eq!(recorder.chains()[0].others, other[1..]);
    // The same once more is nothing new, but newer.
    present(&verifier, &other, NOW);
    assert_eq!(kept(&recorder, &peers), [(0, true), (3, false), (1, true)]);
    assert_eq!(recorder.chains()[0].last_seen, NOW);
    prove(3);
    assert_eq!(kept(&recorder, &peers), [(0, true), (3, true)]);
}

/// Judged first, then proved: a proof counts for what was presented before, and once.
#[test]
fn a_proof_is_not_kept_for_later() {
    let peers = [peer(0)];
    let recorder = Arc::new(ChainRecorder::new(10, 100_000));
    let verifier = verifier(recorder.clone());
    recorder.key_proved(&fingerprint(&peers[0]));
    present(&verifier, &peers, NOW);
    assert_eq!(kept(&recorder, &peers), [(0, false)]);
    for _ in 0..2 {
        recorder.key_proved(&fingerprint(&peers[0]));
    }
    assert_eq!(kept(&recorder, &peers), [(0, true)]);
    let by_another = [peers[0].clone(), root().der.into()];
    present(&verifier, &by_another, NOW);
    assert_eq!(kept(&recorder, &peers), [(0, false), (0, true)]);
    // Nor for what another presented in between.
    present(&verifier, &peers, NOW);
    recorder.key_proved(&fingerprint(&peers[0]));
    assert_eq!(kept(&recorder, &peers), [(0, true)]);
    assert_eq!(recorder.chains()[0].others, []);
}

#[test]
fn a_recorder_may_yield_the_proved_alone() {
    let peers: Vec<_> = (0..2).map(peer).collect();
    let recorder = Arc::new(ChainRecorder::new(10, 100_000).proved_only());
    let verifier = verifier(recorder.clone());
    for number in [0, 1] {
        present(&verifier, &peers[number..=number], NOW);
    }
    assert_eq!(recorder.chains(), []);
    recorder.key_proved(&fingerprint(&peers[0]));
    assert_eq!(kept(&recorder, &peers), [(0, true)]);
}

/// What is refused for its size is no chain to keep.
#[test]
fn what_is_not_looked_at_is_not_kept() {
    let recorder = Arc::new(ChainRecorder::new(10, usize::MAX));
    let verifier = verifier(recorder.clone());
    let with = |count: usize, octets: usize| {
        let junk = CertificateDer::from(vec![0x30; octets]);
        [vec![peer(1)], vec![junk; count]].concat()
    };
    let octets = 64 * 1024 - peer(1).len();
    for (chain, is_kept) in [
        (with(100, 2), false),
        (with(1, octets + 1), false),
        (with(99, 2), true),
        (with(1, octets), true),
    ] {
        present(&verifier, &chain, NOW);
        let chains = recorder.chains();
        assert_eq!(chains.len(), usize::from(is_kept), "{}", chain.len());
        assert!(chains.iter().all(|it| it.others == chain[1..]));
    }
}

/// Looks into the recorder that calls it.
#[derive(Debug, Default)]
struct Curious {
    recorder: Mutex<Option<Arc<ChainRecorder>>>,
    heard: Mutex<Vec<(usize, usize)>>,
}

impl Curious {
    fn look(&self, presented: usize) {
        let recorder = self.recorder.lock().unwrap().clone().unwrap();
        let heard = (presented, recorder.chains().len());
        self.heard.lock().unwrap().push(heard);
    }
}

impl Observer for Curious {
    fn certificate_judged(&self, judgement: &Judgement<'_>, _: Occasion) {
        self.look(judgement.presented().count());
    }

    fn key_proved(&self, _: &Fingerprint) {
        self.look(0);
    }
}

/// Hears nothing to the end.
#[derive(Debug)]
struct Panics;

impl Observer for Panics {
    fn certificate_judged(&self, _: &Judgement<'_>, _: Occasion) {
        panic!("of an observer");
    }
}

/// With no lock held, of everything, and whatever another one does.
#[test]
fn another_observer_hears_of_everything_too() {
    let curious = Arc::new(Curious::default());
    let recorder = Arc::new(ChainRecorder::new(10, 100_000));
    *curious.recorder.lock().unwrap() = Some(recorder.clone());
    let builder = builder().observer(Arc::new(Panics)).observer(recorder);
    let builder = builder.observer(curious.clone());
    let verifier = builder.build().unwrap();
    present(&verifier, &[peer(1), root().der.into()], NOW);
    verifier.recheck(&[], Peer::Client, NOW).unwrap_err();
    assert_eq!(*curious.heard.lock().unwrap(), [(2, 1), (0, 1)]);
    assert!(!format!("{:?}", ChainRecorder::new(1, 2)).contains("peer"));
    *curious.recorder.lock().unwrap() = None;
}

#[test]
fn threads_share_a_recorder() {
    let peers: Vec<_> = (0..8).map(peer).collect();
    let recorder = Arc::new(ChainRecorder::new(4, 100_000));
    let verifier = verifier(recorder.clone());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (verifier, recorder, peers) = (&verifier, &recorder, &peers);
            scope.spawn(move || {
                for turn in 0..100 {
                    let number = (turn * (thread + 1)) % peers.len();
                    present(verifier, &peers[number..=number], NOW);
                    recorder.key_proved(&fingerprint(&peers[number]));
                    assert!(recorder.chains().len() <= 8);
                }
            });
        }
    });
    let proved = recorder.chains().iter().filter(|it| it.proved).count();
    assert_eq!(proved, 4);
}
