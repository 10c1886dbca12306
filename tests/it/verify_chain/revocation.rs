//! `--crl` and `--ocsp`.

use std::fs::{self, File};

use rustls_policy_verifier::Crl;
use serde_json::{Value, json};

use super::{AT, Directory, Outcome, Pki, end_entity, findings, keys};
use crate::support::pem::{bundle, to_pem};
use crate::support::{CrlBuilder, OcspBuilder, SingleBuilder, TestKey, der, serial_of};

const BREAKS_THE_POLICY: &str = "the chain is valid, but breaks the policy";

/// The usual files, and CRLs that revoke nothing: number 7 of the root, and number 8 of the issuing CA.
fn directory() -> Directory {
    let directory = Directory::new();
    let Pki { root, issuing, .. } = Pki::new();
    let of_root = root.crl(CrlBuilder::new().number(7));
    let of_issuing = issuing.crl(CrlBuilder::new().number(8));
    directory
        .write("root.crl", pem(&of_root))
        .write("issuing.crl", pem(&of_issuing))
        .write("issuing.der", &of_issuing)
        .write("both.crl", pem(&of_issuing) + &pem(&of_root));
    directory
}

fn pem(crl: &[u8]) -> String {
    to_pem("X509 CRL", crl)
}

/// A response of the issuing CA about its end entity.
fn response(change: impl FnOnce(SingleBuilder) -> SingleBuilder) -> Vec<u8> {
    let Pki {
        issuing,
        end_entity,
        ..
    } = Pki::new();
    let single = change(SingleBuilder::good(&issuing, &serial_of(&end_entity)));
    issuing.ocsp(OcspBuilder::new().single(single))
}

impl Directory {
    fn verify_with(&self, arguments: &str) -> Outcome {
        self.verify(&format!("chain.pem {arguments}"))
    }

    /// Exit status, violations and warnings.
    fn judge(&self, arguments: &str) -> (i32, Value, Value) {
        let (status, mut object) = self.json(&format!("--roots roots.pem chain.pem {arguments}"));
        assert_eq!(object["error"], Value::Null, "{object}");
        (
            status,
            object["violations"].take(),
            object["warnings"].take(),
        )
    }

    /// Refused for one violation, of revocation at `position`; gives what was presented.
    #[track_caller]
    fn assert_one_violation(&self, arguments: &str, position: &str) -> String {
        let (status, violations, warnings) = self.judge(arguments);
        assert_eq!(
            (status, findings(&violations)),
            (1, vec![("revocation", position)]),
            "{violations}"
        );
        assert_eq!(warnings, json!([]));
        violations[0]["presented"].as_str().unwrap().to_owned()
    }
}

#[track_caller]
fn assert_names(words: &str, all: &[&str]) {
    for one in all {
        assert!(words.contains(one), "{one:?} is missing in {words:?}");
    }
}

/// What the tree says at the end entity and at the intermediate, from their headlines to the next.
fn in_tree(outcome: &Outcome) -> [&str; 2] {
    let tree = outcome.stdout.split("\n\n").nth(1).unwrap();
    let (above, end_entity) = tree.split_once("└─ end-entity").unwrap();
    let (anchor, intermediate) = above.split_once("└─ intermediate-1").unwrap();
    let (end_entity, path) = end_entity.split_once("\npath\n").unwrap();
    for elsewhere in [anchor, path] {
        assert!(!elsewhere.contains("revocation"), "{tree}");
    }
    [end_entity, intermediate]
}

#[test]
fn crls_of_every_ca_accept_a_path() {
    let directory = directory();
    for crls in [
        "--crl root.crl --crl issuing.crl",
        "--crl issuing.crl --crl=root.crl",
        "--crl both.crl",
        "--crl issuing.der --crl root.crl",
        "--crl both.crl --crl issuing.der",
        "--crl both.crl --policy client.toml",
    ] {
        let outcome = directory.verify_with(crls);
        outcome.assert_accepted().assert_does_not_say("⚠");
        for here in in_tree(&outcome) {
            assert!(here.contains("✓ extended-key-usage, "), "{outcome:?}");
            assert!(here.contains(", revocation"), "{outcome:?}");
        }
    }
    directory
        .run(&format!(
            "--server-name node7.example --at {AT} --roots roots.pem chain.pem --crl both.crl"
        ))
        .assert_accepted()
        .assert_says("revocation");
    directory
        .verify_with("")
        .assert_accepted()
        .assert_does_not_say("revocation");
}

#[test]
fn a_revoked_end_entity_is_refused_with_crl_dates_and_reason() {
    let directory = directory();
    let Pki {
        issuing,
        end_entity,
        ..
    } = Pki::new();
    let revoked_at = der::unix(2026, 5, 20, 12, 0, 0);
    let crl = CrlBuilder::new().number(4711);
    let crl = crl.revoke_with(&serial_of(&end_entity), revoked_at, Some(1));
    directory.write("revoking.crl", pem(&issuing.crl(crl)));
    // One that says nothing of it takes nothing back.
    for crls in [
        "--crl root.crl --crl revoking.crl",
        "--crl both.crl --crl revoking.crl",
        "--crl revoking.crl --crl both.crl",
    ] {
        let (status, violations, _) = directory.judge(&format!("--client {crls}"));
        assert_eq!(
            (status, findings(&violations)),
            (1, vec![("revocation", "end-entity")])
        );
        assert_eq!(
            keys(&violations[0]),
            ["hint", "position", "presented", "required", "rule"]
        );
        let presented = violations[0]["presented"].as_str().unwrap();
        assert_names(
            presented,
            &[
                "revoked at 2026-05-20T12:00:00Z",
                "keyCompromise",
                "CRL number 4711 of CN=Issuing",
                "2026-05-25T00:00:00Z",
                "2026-07-25T00:00:00Z",
            ],
        );

        let outcome = directory.verify_with(crls);
        outcome
            .assert_refused(BREAKS_THE_POLICY)
            .assert_says(&format!("             presented {presented}\n"))
            .assert_says("\npath\n   ✓ chain, path-length\n");
        let [end_entity, intermediate] = in_tree(&outcome);
        assert!(end_entity.contains("✗ revocation\n"), "{end_entity}");
        assert!(!end_entity.contains(", revocation"), "{end_entity}");
        assert!(intermediate.contains(", revocation\n"), "{intermediate}");
    }
}

#[test]
fn a_revoked_intermediate_is_refused_at_its_place() {
    let directory = directory();
    let Pki { root, issuing, .. } = Pki::new();
    let crl = CrlBuilder::new().revoke(&serial_of(&issuing.der));
    directory.write("revoking.crl", pem(&root.crl(crl))).write(
        "end-entity.toml",
        "role = \"client\"\n[revocation]\ncheck = \"end-entity\"\n",
    );
    // Also where its status need not be known.
    for arguments in ["", "--policy end-entity.toml"] {
        let arguments = format!("{arguments} --crl issuing.crl --crl revoking.crl");
        let presented =
            directory.assert_one_violation(&format!("--client {arguments}"), "intermediate-1");
        assert_names(&presented, &["revoked at ", "CRL number 1 of CN=Root"]);
        let outcome = directory.verify_with(&arguments);
        outcome.assert_refused(BREAKS_THE_POLICY);
        let [end_entity, intermediate] = in_tree(&outcome);
        assert!(intermediate.contains("✗ revocation\n"), "{intermediate}");
        assert!(end_entity.contains(", revocation"), "{end_entity}");
        assert!(!end_entity.contains("✗"), "{end_entity}");
    }
}

#[test]
fn a_status_that_is_not_known_is_refused() {
    let directory = directory();
    let presented = directory.assert_one_violation("--client --crl issuing.crl", "intermediate-1");
    assert_names(&presented, &["no CRL of CN=Root"]);
    let presented = directory.assert_one_violation("--client --crl root.crl", "end-entity");
    assert_names(&presented, &["no CRL of CN=Issuing"]);

    let outcome = directory.verify_with("--crl issuing.crl");
    outcome.assert_refused(BREAKS_THE_POLICY);
    let [end_entity, intermediate] = in_tree(&outcome);
    assert!(intermediate.contains("✗ revocation\n"), "{intermediate}");
    assert!(end_entity.contains(", revocation"), "{end_entity}");
}

#[test]
fn a_stale_crl_is_refused() {
    let directory = directory();
    let Pki { issuing, .. } = Pki::new();
    let early = CrlBuilder::new().number(9);
    let early = early.this_update(der::unix(2026, 6, 1, 0, 0, 1));
    let late = CrlBuilder::new().number(6);
    let late = late.next_update(der::unix(2026, 6, 1, 0, 0, 0));
    directory
        .write("early.crl", pem(&issuing.crl(early)))
        .write("late.crl", pem(&issuing.crl(late)));
    for (file, named) in [
        (
            "early.crl",
            ["CRL number 9 of CN=Issuing", "from the future"],
        ),
        ("late.crl", ["CRL number 6 of CN=Issuing", "has ended"]),
    ] {
        let arguments = format!("--client --crl root.crl --crl {file}");
        let presented = directory.assert_one_violation(&arguments, "end-entity");
        assert_names(&presented, &named);
        // Beside a current one it does no harm.
        directory
            .verify_with(&format!("--crl {file} --crl both.crl"))
            .assert_accepted();
    }
    directory
        .run("--client --at 2026-07-24T23:59:59Z --roots roots.pem chain.pem --crl both.crl")
        .assert_accepted();
    let outcome = directory
        .run("--client --at 2026-07-25T00:00:00Z --roots roots.pem chain.pem --crl both.crl");
    outcome.assert_refused(BREAKS_THE_POLICY);
    for here in in_tree(&outcome) {
        assert!(here.contains("✗ revocation\n"), "{outcome:?}");
    }
}

#[test]
fn a_crl_that_cannot_be_used_is_named() {
    let directory = directory();
    let Pki { issuing, .. } = Pki::new();
    let delta = pem(&issuing.crl(CrlBuilder::new().number(9).delta(8)));
    let good = fs::read_to_string(directory.0.path().join("issuing.crl")).unwrap();
    directory
        .write("delta.crl", &delta)
        .write("second.crl", good.clone() + &delta);
    directory
        .verify_with("--crl both.crl --crl delta.crl")
        .assert_not_judged(
            "CRLs \"delta.crl\": CRL 1 of the input (CN=Issuing): it is a delta CRL, which holds only with its base CRL: \
             hand over complete CRLs",
        );
    directory
        .verify_with("--crl second.crl")
        .assert_not_judged(
            "CRLs \"second.crl\": CRL 2 of the input (CN=Issuing): it is a delta CRL, which holds only with its base CRL: \
             hand over complete CRLs",
        );

    let der = issuing.crl(CrlBuilder::new());
    let in_words = [
        ("empty", Vec::new(), "the input is empty: give CRLs"),
        (
            "text",
            b"hello\n".to_vec(),
            "no -----BEGIN X509 CRL----- line",
        ),
        (
            "certificate.pem",
            bundle(&[&issuing.der]).into_bytes(),
            "section 1 is a \"CERTIFICATE\", not an X509 CRL: this is a certificate",
        ),
        ("certificate.der", issuing.der.clone(), "CRL 1"),
        (
            "key",
            TestKey::ed25519(3).pkcs8_pem().into_bytes(),
            "section 1 is a \"PRIVATE KEY\", not an X509 CRL",
        ),
        (
            "base64",
            good.replacen("MI", "M!", 1).into_bytes(),
            "section 1: its contents are not base64",
        ),
        ("truncated", der[..der.len() - 1].to_vec(), "CRL 1"),
        ("trailing", [&der[..], b"garbage"].concat(), "CRL 1"),
        (
            "version-1",
            issuing.crl(CrlBuilder::new().version_raw(Vec::new())),
            "it is not of version 2",
        ),
        (
            "no-number",
            issuing.crl(CrlBuilder::new().no_number()),
            "it has no cRLNumber",
        ),
    ];
    for (file, contents, words) in in_words {
        directory.write(file, &contents);
        // What the library says comes whole.
        let problem = Crl::from_pem(&contents).unwrap_err().to_string();
        assert!(problem.contains(words), "{file}: {problem}");
        let error = format!("CRLs {file:?}: {problem}");
        directory
            .verify_with(&format!("--crl {file}"))
            .assert_not_judged(&error);
        let (status, object) = directory.json(&format!(
            "--client --roots roots.pem chain.pem --crl both.crl --crl {file}"
        ));
        assert_eq!((status, &object["error"]), (2, &json!(error)), "{file}");
    }
}

#[test]
fn files_that_cannot_be_read_are_not_judged() {
    let directory = directory();
    fs::create_dir(directory.0.path().join("directory")).unwrap();
    for (option, what) in [("--crl", "CRLs"), ("--ocsp", "OCSP response")] {
        for (file, problem) in [
            ("missing", "there is no such file"),
            // Standard input is for the chain.
            ("-", "there is no such file"),
            ("directory", "it is a directory: name a file in it"),
        ] {
            directory
                .verify_with(&format!("{option} {file}"))
                .assert_not_judged(&format!("{what} {file:?}: {problem}"));
        }
    }
    for (option, what, most) in [("--crl", "CRLs", 768), ("--ocsp", "OCSP response", 1)] {
        let file = File::create(directory.0.path().join("huge")).unwrap();
        file.set_len(most * 1024 * 1024 + 1).unwrap();
        directory
            .verify_with(&format!("{option} huge"))
            .assert_not_judged(&format!(
                "{what} \"huge\": it is larger than {most} MiB, the most that is read: give only what is needed"
            ));
    }
}

/// Whom to expect: what is stapled counts for both.
const PEERS: [&str; 2] = ["--client", "--server-name node7.example"];

#[test]
fn a_response_alone_makes_the_end_entity_known() {
    let directory = directory();
    directory.write("good.ocsp", response(|good| good));
    for peer in PEERS {
        let outcome = directory.run(&format!(
            "{peer} --at {AT} --roots roots.pem chain.pem --ocsp good.ocsp"
        ));
        outcome.assert_accepted();
        let [end_entity, intermediate] = in_tree(&outcome);
        assert!(end_entity.contains(", revocation"), "{end_entity}");
        assert!(!intermediate.contains("revocation"), "{intermediate}");
    }
}

#[test]
fn a_response_that_revokes_is_refused() {
    let directory = directory();
    let revoked_at = der::unix(2026, 5, 20, 12, 0, 0);
    let revoked = response(|good| good.revoked(revoked_at, Some(4)));
    directory.write("revoked.ocsp", revoked);
    for peer in PEERS {
        for crls in ["", "--crl both.crl"] {
            let arguments = format!("{peer} --ocsp revoked.ocsp {crls}");
            let presented = directory.assert_one_violation(&arguments, "end-entity");
            assert_names(
                &presented,
                &[
                    "revoked at 2026-05-20T12:00:00Z",
                    "superseded",
                    "the stapled OCSP response",
                    "2026-05-31T00:00:00Z",
                    "2026-06-07T00:00:00Z",
                ],
            );
        }
    }
}

#[test]
fn a_response_of_another_time_is_refused() {
    let directory = directory();
    let ended = der::unix(2026, 6, 1, 0, 0, 0);
    directory.write("ended.ocsp", response(|good| good.next_update(ended)));
    for peer in PEERS {
        let arguments = format!("{peer} --ocsp ended.ocsp");
        let presented = directory.assert_one_violation(&arguments, "end-entity");
        assert_names(&presented, &["to 2026-06-01T00:00:00Z) has ended"]);
    }
}

/// Whatever else makes the status known.
#[test]
fn a_response_that_is_no_answer_is_refused() {
    let directory = directory();
    let Pki { issuing, .. } = Pki::new();
    let other = SingleBuilder::good(&issuing, &[0x42]);
    let good = response(|good| good);
    let bad = [
        ("garbage", b"garbage".to_vec(), ""),
        ("empty", Vec::new(), ""),
        ("cut", good[..good.len() - 1].to_vec(), ""),
        ("large", vec![0; 100_000], "100000 octets"),
        ("crl", issuing.crl(CrlBuilder::new()), ""),
        (
            "try-later",
            issuing.ocsp(OcspBuilder::new().response_status(3)),
            "tryLater",
        ),
        (
            "other",
            issuing.ocsp(OcspBuilder::new().single(other)),
            "it is about other certificates",
        ),
    ];
    for (file, contents, words) in bad {
        directory.write(file, contents);
        for peer in PEERS {
            let arguments = format!("{peer} --crl both.crl --ocsp {file}");
            let presented = directory.assert_one_violation(&arguments, "end-entity");
            assert_names(&presented, &["one that cannot be used: ", words]);
        }
        for peer in PEERS {
            let (status, violations, _) = directory.judge(&format!("{peer} --ocsp {file}"));
            let expected = vec![("revocation", "end-entity"); 2];
            assert_eq!((status, findings(&violations)), (1, expected), "{file}");
        }
    }
}

#[test]
fn crls_and_a_response_together_are_asked_for_the_path() {
    let directory = directory();
    directory.write("good.ocsp", response(|good| good));
    for peer in PEERS {
        for crls in ["--crl root.crl", "--crl both.crl"] {
            let (status, violations, warnings) =
                directory.judge(&format!("--ocsp good.ocsp {crls} {peer} "));
            assert_eq!((status, &violations), (0, &json!([])), "{peer} {crls}");
            let about_revocation = warnings.to_string().contains("revocation");
            assert!(!about_revocation, "{warnings}");
        }
        let arguments = format!("{peer} --crl issuing.crl --ocsp good.ocsp");
        let presented = directory.assert_one_violation(&arguments, "intermediate-1");
        assert_names(&presented, &["no CRL of CN=Root"]);
    }
}

/// However the table is written.
#[test]
fn the_table_of_a_policy_decides() {
    let directory = directory();
    for (table, accepts) in [
        ("[revocation]\ncheck = \"end-entity\"", true),
        ("revocation = { check = \"end-entity\" }", true),
        ("revocation.check = \"end-entity\"", true),
        ("[\"revocation\"]\n\"check\" = \"end-entity\"", true),
        ("[ 'revocation' ] # on\ncheck = 'end-entity'", true),
        ("[revocation]", false),
        ("[revocation]\ncheck = \"path\"", false),
        // Who has no table gets the example's own demands.
        ("", false),
        ("# [revocation]\n# check = \"end-entity\"", false),
        (
            "[subject-identifier]\nany-of = [{ attribute = \"CN\", one-of = [\"node 7\", \"\"\"\\\n[revocation]\\\n\"\"\"] }]",
            false,
        ),
    ] {
        directory.write("policy.toml", format!("role = \"client\"\n{table}\n"));
        let arguments = "--policy policy.toml --crl issuing.crl";
        if accepts {
            directory.verify_with(arguments).assert_accepted();
        } else {
            directory.assert_one_violation(arguments, "intermediate-1");
        }
    }

    directory.write(
        "policy.toml",
        "role = \"client\"\n[revocation]\nunknown = \"allow-with-warning\"\n",
    );
    let outcome = directory.verify_with("--policy policy.toml --crl issuing.crl");
    outcome.assert_accepted();
    let [end_entity, intermediate] = in_tree(&outcome);
    assert!(intermediate.contains("⚠ revocation ("), "{intermediate}");
    assert!(!intermediate.contains(", revocation"), "{intermediate}");
    assert!(end_entity.contains(", revocation"), "{end_entity}");
}

#[test]
fn crls_and_a_rule_that_is_off_make_no_sense() {
    let directory = directory();
    for role in ["client", "server"] {
        for (off, given) in [
            ("off = true", "--crl both.crl"),
            ("check = \"off\"", "--crl both.crl"),
            ("off = true", "--ocsp chain.pem"),
        ] {
            directory.write(
                "off.toml",
                format!("role = \"{role}\"\n[revocation]\n{off}\n"),
            );
            let outcome = directory.run(&format!(
                "--at {AT} --policy off.toml --{role} --roots roots.pem chain.pem {given}"
            ));
            outcome.assert_not_judged(
                "in \"off.toml\": policy setting `revocation`: CRLs or OCSP responses are handed over, and the rule \
                 is off: nobody would look at them; switch it on (`policy.revocation.enforce()`, or a table `[revocation]` \
                 without `off` and `check = \"off\"`), or leave them out",
            );
        }
    }
}

/// A certificate that demands a staple is refused without one only where there could have been one.
#[test]
fn without_a_response_nothing_is_known_of_staples() {
    let directory = directory();
    let Pki { issuing, .. } = Pki::new();
    let demanding = issuing.issue(end_entity().must_staple());
    let single = SingleBuilder::good(&issuing, &serial_of(&demanding));
    directory
        .write("chain.pem", bundle(&[&demanding, &issuing.der]))
        .write("good.ocsp", issuing.ocsp(OcspBuilder::new().single(single)));
    let (status, violations, warnings) = directory.judge("--client --crl both.crl");
    assert_eq!((status, violations), (0, json!([])));
    assert_eq!(findings(&warnings), [("revocation", "end-entity")]);
    let (status, violations, warnings) =
        directory.judge("--client --crl both.crl --ocsp good.ocsp");
    assert_eq!((status, violations), (0, json!([])));
    assert_eq!(warnings, json!([]));
}
