//! CRLs and stapled OCSP responses: what they cost each verification, and what loading a CRL takes.

use std::hint::black_box;
use std::time::Instant;

use comparison::chains::{Kind, NOW, P256, RSA_2048};
use comparison::revocation::Revocable;
use comparison::sides::{Cache, Side};
use comparison::turns::{Times, take_turns};
use rustls_policy_verifier::Role::{Client, Server};
use rustls_policy_verifier::pki_types::UnixTime;
use rustls_policy_verifier::{Crl, OcspResponse};
use webpki::{CertRevocationList, OwnedCertRevocationList, RevocationOptionsBuilder};

use super::{Bound, Targets};

const ENTRIES: usize = 1_000_000;

pub fn measure(targets: &mut Targets) {
    let entries = if comparison::only_tested() {
        1_000
    } else {
        ENTRIES
    };
    crls(targets, entries);
    loading(targets, entries);
    staples();
}

/// Verification with the CRLs of both CAs of a path, one of them large.
fn crls(targets: &mut Targets, entries: usize) {
    println!(
        "\n{:44} {:>9} {:>16} {:>16} {:>16}",
        "CRLs of both CAs, partner policy, clients",
        "without",
        "ten entries",
        format!("{entries}"),
        "webpki with it"
    );
    for keys in [RSA_2048, P256] {
        let case = Revocable::new(Kind::of(keys), Client);
        let chain = &case.chain;
        let load = |entries| {
            let crls = case.crls(entries);
            crls.map(|der| Crl::from_der(der).expect("a CRL"))
        };
        let (small, large) = (load(10), load(entries));
        let webpki = Webpki::new(&case, entries);
        for (temperature, cache) in [("cold", Cache::None), ("warm", Cache::Own)] {
            let side = |builder| {
                let side = Side::of_builder(builder, Client, cache.clone());
                // The first use of a CRL with its issuer's key.
                side.accept(chain);
                side
            };
            let without = side(case.builder());
            let ten = side(case.builder_with_crls(small.clone()));
            let many = side(case.builder_with_crls(large.clone()));
            let [without, ten, many] =
                take_turns([&|| without.accept(chain), &|| ten.accept(chain), &|| {
                    many.accept(chain)
                }]);
            let name = format!("ring, {}, {temperature}", keys.name);
            println!(
                "{name:44} {:6.2} µs {:7.2} {:5.3}x {:7.2} {:5.3}x {:13.0} µs",
                without.microseconds(),
                ten.microseconds(),
                ten.ratio_to(&without),
                many.microseconds(),
                many.ratio_to(&without),
                few(&|| webpki.accept(&case)).microseconds(),
            );
            let what = "a CRL of a million entries, against none";
            targets.add(what, Bound::AtMost(1.2), "x", name, many.ratio_to(&without));
        }
    }
}

/// webpki by itself, with the same CRLs.
struct Webpki {
    anchor: rustls_policy_verifier::pki_types::TrustAnchor<'static>,
    crls: Vec<CertRevocationList<'static>>,
}

impl Webpki {
    fn new(case: &Revocable, entries: usize) -> Self {
        let owned = |der: Vec<u8>| {
            OwnedCertRevocationList::from_der(&der)
                .expect("a CRL")
                .into()
        };
        let anchor = webpki::anchor_from_trusted_cert(&case.chain.roots[0]).expect("an anchor");
        Self {
            anchor: anchor.to_owned(),
            crls: case.crls(entries).map(owned).into(),
        }
    }

    fn accept(&self, case: &Revocable) {
        let crls: Vec<_> = self.crls.iter().collect();
        let options = RevocationOptionsBuilder::new(&crls).expect("CRLs").build();
        let end_entity = webpki::EndEntityCert::try_from(&case.chain.end_entity);
        let usage = webpki::KeyUsage::client_auth();
        end_entity
            .expect("webpki reads it")
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                std::slice::from_ref(&self.anchor),
                black_box(&case.chain.others),
                UnixTime::from(NOW),
                usage,
                Some(options),
                None,
            )
            .expect("webpki accepts it");
    }
}

/// Loading a CRL, off the handshake's way.
fn loading(targets: &mut Targets, entries: usize) {
    let case = Revocable::new(Kind::of(P256), Client);
    let [der, _] = case.crls(entries);
    let ours = few(&|| drop(Crl::from_der(der.clone()).expect("a CRL")));
    let theirs = few(&|| drop(OwnedCertRevocationList::from_der(&der).expect("a CRL")));
    println!(
        "\nloading a CRL of {entries} entries, {:.1} octets each: ours {:.0} ms, webpki's OwnedCertRevocationList {:.0} ms, {:.2}x",
        der.len() as f64 / entries as f64,
        ours.microseconds() / 1e3,
        theirs.microseconds() / 1e3,
        ours.ratio_to(&theirs),
    );
    let crl = Crl::from_der(der).expect("a CRL");
    let each = crl.octets() as f64 / entries as f64;
    let what = "octets of a CRL's entry, its DER included";
    targets.add(
        what,
        Bound::AtMost(60.0),
        "",
        format!("{entries} entries"),
        each,
    );
}

/// Verification with a stapled response.
fn staples() {
    println!(
        "\n{:44} {:>9} {:>16} {:>16} {:>12}",
        "stapled OCSP responses, servers", "without", "by the issuer", "by a responder", "decoding"
    );
    for keys in [RSA_2048, P256] {
        let case = Revocable::new(Kind::of(keys), Server);
        let chain = &case.chain;
        let (direct, delegated) = (case.staple(false), case.staple(true));
        for (temperature, cache) in [("cold", Cache::None), ("warm", Cache::Own)] {
            let without = Side::of_builder(case.builder(), Server, cache.clone());
            let stapled = Side::of_builder(case.builder_with_staple(), Server, cache);
            let accept = |staple: &[u8]| {
                let verdict = stapled.verify_stapled(chain, staple);
                verdict.unwrap_or_else(|error| panic!("refused: {error}"));
            };
            let [without, direct, delegated, decoding] = take_turns([
                &|| without.accept(chain),
                &|| accept(&direct),
                &|| accept(&delegated),
                &|| drop(OcspResponse::from_der(black_box(&delegated[..]))),
            ]);
            println!(
                "{:44} {:6.2} µs {:7.2} {:5.2}x {:7.2} {:5.2}x {:9.2} µs",
                format!("ring, {}, {temperature}", keys.name),
                without.microseconds(),
                direct.microseconds(),
                direct.ratio_to(&without),
                delegated.microseconds(),
                delegated.ratio_to(&without),
                decoding.microseconds(),
            );
        }
    }
}

/// Of few calls, for they are long.
fn few(call: &dyn Fn()) -> Times {
    let rounds = if comparison::only_tested() { 1 } else { 9 };
    let seconds = (0..rounds).map(|_| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64()
    });
    Times::of_rounds(seconds.collect())
}
