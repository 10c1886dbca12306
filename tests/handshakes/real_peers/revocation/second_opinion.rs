//! CRLs and OCSP responses of our own builders: `openssl` and we say the same of them.

use rustls_policy_verifier::pki_types::UnixTime;
use rustls_policy_verifier::{
    Crl, CrlRefusal, Fact, NoStatus, OcspProblem, OcspStaple, Position, ResponderProblem,
    RevocationCheck, Role, Staleness, Time, Violation,
};
use tempfile::TempDir;

use super::{FIXED, Given, Refused};
use crate::kit::{NOW, Pki};
use crate::real_peers::tool::Tool;
use crate::real_peers::world::{good, long_lived, pki};
use crate::support::{
    CertIdHash, CrlBuilder, IssuingDistributionPoint, KeyKind, Name, OcspBuilder, SingleBuilder,
    TestKey, der, oids, pem, serial_of,
};

/// A root, an issuing CA and a server, and the same as files.
struct World {
    pki: Pki,
    end_entity: Vec<u8>,
    directory: TempDir,
}

impl World {
    fn new() -> Self {
        let pki = pki(KeyKind::P256);
        let end_entity = good(&pki, Role::Server).chain[0].to_vec();
        let directory = tempfile::tempdir().unwrap();
        let world = Self {
            pki,
            end_entity,
            directory,
        };
        world.write("root.pem", pem::bundle(&[&world.pki.root.der]));
        world.write("issuing.pem", pem::bundle(&[&world.pki.issuing.der]));
        world.write("end-entity.pem", pem::bundle(&[&world.end_entity]));
        world
    }

    fn serial(&self) -> Vec<u8> {
        serial_of(&self.end_entity)
    }

    fn ours(&self, given: &Given<'_>, time: Time) -> Result<(), Refused> {
        let chain = [self.end_entity.clone(), self.pki.issuing.der.clone()];
        given.judge_chain(&self.pki.root.der, &chain, time)
    }

    /// What `openssl` writes.
    fn theirs(&self, words: &str) -> String {
        Tool::openssl(self.directory.path(), words).output()
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.directory.path().join(name), contents).unwrap();
    }
}

/// CRLs of the root and the issuing CA, and what both sides find. `theirs` is the number of an X509_V_ERR and the depth.
struct CrlCase {
    what: &'static str,
    root: fn(&World) -> CrlBuilder,
    issuing: fn(&World) -> CrlBuilder,
    theirs: Option<&'static str>,
    ours: fn(&Violation) -> bool,
}

impl CrlCase {
    /// Both CRLs list nobody.
    const GOOD: Self = Self {
        what: "good",
        root: |_| CrlBuilder::new(),
        issuing: |_| CrlBuilder::new(),
        theirs: None,
        ours: |_| false,
    };
}

fn is_revoked(refused: &Violation, position: Position) -> bool {
    refused.position == position && matches!(refused.presented, Fact::Revoked(_))
}

fn crl_cases() -> Vec<CrlCase> {
    const DAY: i64 = 86_400;
    const AT: i64 = der::unix(2026, 6, 1, 0, 0, 0);

    vec![
        CrlCase::GOOD,
        CrlCase {
            what: "the end entity is revoked",
            issuing: |world| CrlBuilder::new().revoke_with(&world.serial(), AT - DAY, Some(1)),
            theirs: Some("error 23 at 0 depth"),
            ours: |refused| is_revoked(refused, Position::EndEntity),
            ..CrlCase::GOOD
        },
        CrlCase {
            what: "the intermediate is revoked",
            root: |world| CrlBuilder::new().revoke(&serial_of(&world.pki.issuing.der)),
            theirs: Some("error 23 at 1 depth"),
            ours: |refused| is_revoked(refused, Position::Intermediate(1)),
            ..CrlCase::GOOD
        },
        CrlCase {
            what: "another is revoked",
            issuing: |_| CrlBuilder::new().revoke(&[0x55]),
            ..CrlCase::GOOD
        },
        CrlCase {
            what: "a CRL that has ended",
            issuing: |_| CrlBuilder::new().next_update(AT - 1),
            theirs: Some("error 12 at 0 depth"),
            ours: |refused| match &refused.presented {
                Fact::StaleStatus(stale) => matches!(stale.why, Staleness::Ended { .. }),
                _ => false,
            },
            ..CrlCase::GOOD
        },
        CrlCase {
            what: "a CRL of tomorrow",
            issuing: |_| CrlBuilder::new().this_update(AT + DAY),
            theirs: Some("error 11 at 0 depth"),
            ours: |refused| match &refused.presented {
                Fact::StaleStatus(stale) => matches!(stale.why, Staleness::NotYet { .. }),
                _ => false,
            },
            ..CrlCase::GOOD
        },
        CrlCase {
            what: "a signature that does not hold",
            issuing: |_| CrlBuilder::new().tamper_signature(),
            theirs: Some("error 8 at 0 depth"),
            ours: |refused| match &refused.presented {
                Fact::RefusedCrl(crl) => crl.why == CrlRefusal::BadSignature,
                _ => false,
            },
            ..CrlCase::GOOD
        },
        CrlCase {
            what: "a CRL of somebody else",
            issuing: |_| CrlBuilder::new().issuer(Name::cn("Other")),
            theirs: Some("error 3 at 0 depth"),
            ours: |refused| match &refused.presented {
                Fact::NoStatus(why) => why.iter().any(|why| matches!(why, NoStatus::NoCrl { .. })),
                _ => false,
            },
            ..CrlCase::GOOD
        },
        CrlCase {
            what: "a CRL about CAs alone",
            issuing: |_| {
                CrlBuilder::new().issuing_distribution_point(&IssuingDistributionPoint {
                    only_ca: true,
                    ..IssuingDistributionPoint::default()
                })
            },
            theirs: Some("error 44 at 0 depth"),
            ours: |refused| match &refused.presented {
                Fact::NoStatus(why) => {
                    let elsewhere = |why: &NoStatus| matches!(why, NoStatus::CrlsElsewhere { .. });
                    why.iter().any(elsewhere)
                }
                _ => false,
            },
            ..CrlCase::GOOD
        },
        CrlCase {
            what: "a CRL about end entities alone",
            issuing: |_| {
                CrlBuilder::new().issuing_distribution_point(&IssuingDistributionPoint {
                    only_user: true,
                    ..IssuingDistributionPoint::default()
                })
            },
            ..CrlCase::GOOD
        },
    ]
}

#[test]
fn openssl_verify_and_we_agree() {
    for case in crl_cases() {
        let what = case.what;
        let world = World::new();
        let crls = [
            world.pki.root.crl((case.root)(&world)),
            world.pki.issuing.crl((case.issuing)(&world)),
        ];
        world.write(
            "crls.pem",
            crls.each_ref()
                .map(|der| pem::to_pem("X509 CRL", der))
                .concat(),
        );
        let theirs = world.theirs(&format!(
            "verify -no-CApath -no-CAstore -crl_check_all -attime {NOW} -CAfile @root.pem -untrusted @issuing.pem -CRLfile @crls.pem @end-entity.pem"
        ));
        let given = Given {
            crls: crls.map(|der| Crl::from_der(der).unwrap()).to_vec(),
            ..Given::default()
        };
        let ours = world.ours(&given, FIXED);
        match case.theirs {
            None => {
                assert!(theirs.contains("end-entity.pem: OK"), "{what}: {theirs}");
                assert!(ours.is_ok(), "{what}: {ours:?}");
            }
            Some(error) => {
                assert!(theirs.contains(error), "{what}: {theirs}");
                let refused = ours.expect_err(what);
                assert!((case.ours)(refused.only()), "{what}: {refused:?}");
            }
        }
    }
}

/// A response of the issuing CA or of a responder, and what both sides find. `openssl ocsp` judges it by the machine's clock.
struct OcspCase {
    what: &'static str,
    response: fn(&World, now: i64) -> Vec<u8>,
    /// The option that names the hash of the CertIDs that the command looks for.
    hash: &'static str,
    /// What the command writes, each of these.
    theirs: &'static [&'static str],
    ours: Option<fn(&Fact) -> bool>,
}

const DAY: i64 = 86_400;

fn single(world: &World, now: i64) -> SingleBuilder {
    SingleBuilder::good(&world.pki.issuing, &world.serial())
        .this_update(now - DAY)
        .next_update(now + DAY)
}

fn response(now: i64, single: SingleBuilder) -> OcspBuilder {
    OcspBuilder::new().produced_at(now - DAY).single(single)
}

/// A response signed by a responder with this purpose.
fn delegated(world: &World, now: i64, purpose: &str) -> Vec<u8> {
    let key = TestKey::of(KeyKind::P256, 3);
    let responder = world
        .pki
        .issuing
        .ocsp_responder("Responder", key, |it| long_lived(it).eku(&[purpose]));
    let builder = response(now, single(world, now)).certificates(vec![responder.der.clone()]);
    responder.ocsp(builder)
}

const GOOD: &[&str] = &["Response verify OK", "end-entity.pem: good"];

fn ocsp_cases() -> Vec<OcspCase> {
    vec![
        OcspCase {
            what: "good",
            response: |world, now| world.pki.issuing.ocsp(response(now, single(world, now))),
            hash: "-sha1",
            theirs: GOOD,
            ours: None,
        },
        OcspCase {
            what: "good, by key and SHA-256",
            response: |world, now| {
                let single = single(world, now).hash(CertIdHash::Sha256);
                let builder = response(now, single).responder_by_key();
                world.pki.issuing.ocsp(builder)
            },
            hash: "-sha256",
            theirs: GOOD,
            ours: None,
        },
        OcspCase {
            what: "good, by a responder",
            response: |world, now| delegated(world, now, oids::OCSP_SIGNING),
            hash: "-sha1",
            theirs: GOOD,
            ours: None,
        },
        OcspCase {
            what: "revoked",
            response: |world, now| {
                let single = single(world, now).revoked(now - 2 * DAY, Some(4));
                world.pki.issuing.ocsp(response(now, single))
            },
            hash: "-sha1",
            theirs: &[
                "Response verify OK",
                "end-entity.pem: revoked",
                "Reason: superseded",
            ],
            ours: Some(|fact| matches!(fact, Fact::Revoked(_))),
        },
        OcspCase {
            what: "unknown",
            response: |world, now| {
                let single = single(world, now).unknown();
                world.pki.issuing.ocsp(response(now, single))
            },
            hash: "-sha1",
            theirs: &["Response verify OK", "end-entity.pem: unknown"],
            ours: Some(|fact| match fact {
                Fact::NoStatus(why) => why.iter().any(|why| matches!(why, NoStatus::Unknown(_))),
                _ => false,
            }),
        },
        OcspCase {
            what: "ended",
            response: |world, now| {
                let single = single(world, now).next_update(now - DAY / 2);
                world.pki.issuing.ocsp(response(now, single))
            },
            hash: "-sha1",
            theirs: &["Response verify OK", "status expired"],
            ours: Some(|fact| match fact {
                Fact::StaleStatus(stale) => matches!(stale.why, Staleness::Ended { .. }),
                _ => false,
            }),
        },
        OcspCase {
            what: "a signature that does not hold",
            response: |world, now| {
                let builder = response(now, single(world, now)).tamper_signature();
                world.pki.issuing.ocsp(builder)
            },
            hash: "-sha1",
            theirs: &["Response Verify Failure", "signature failure"],
            ours: Some(|fact| *fact == Fact::BadResponse(OcspProblem::BadSignature)),
        },
        OcspCase {
            what: "a responder that is none",
            response: |world, now| delegated(world, now, oids::SERVER_AUTH),
            hash: "-sha1",
            theirs: &["Response Verify Failure", "missing ocspsigning usage"],
            ours: Some(|fact| {
                *fact == Fact::BadResponse(OcspProblem::Responder(ResponderProblem::Purpose))
            }),
        },
        OcspCase {
            what: "about another certificate",
            response: |world, now| {
                let single = SingleBuilder::good(&world.pki.issuing, &[0x55])
                    .this_update(now - DAY)
                    .next_update(now + DAY);
                world.pki.issuing.ocsp(response(now, single))
            },
            hash: "-sha1",
            theirs: &["Response verify OK", "ERROR: No Status found"],
            ours: Some(|fact| *fact == Fact::BadResponse(OcspProblem::OtherCertificate)),
        },
    ]
}

#[test]
fn openssl_ocsp_and_we_agree() {
    // The command has no option for another time.
    let now = Time::from(UnixTime::now());
    for case in ocsp_cases() {
        let what = case.what;
        let world = World::new();
        let response = (case.response)(&world, now.unix_seconds().try_into().unwrap());
        world.write("response.der", &response);
        let theirs = world.theirs(&format!(
            "ocsp -no-CApath -no-CAstore {} -respin @response.der -issuer @issuing.pem -cert @end-entity.pem -verify_other @issuing.pem -CAfile @root.pem",
            case.hash
        ));
        for expected in case.theirs {
            assert!(theirs.contains(expected), "{what}: {theirs}");
        }
        let given = Given {
            staple: OcspStaple::Given(&response),
            settings: Some(|it| it.check = RevocationCheck::EndEntity),
            ..Given::default()
        };
        let ours = world.ours(&given, now);
        match case.ours {
            None => assert!(ours.is_ok(), "{what}: {ours:?}"),
            Some(is_it) => {
                let refused = ours.expect_err(what);
                // Where it is no answer, there is no status either.
                let [first, ..] = &refused.violations[..] else {
                    panic!("{what}: nothing was found");
                };
                assert_eq!(first.position, Position::EndEntity, "{what}");
                assert!(is_it(&first.presented), "{what}: {refused:?}");
            }
        }
    }
}
