//! The program that writes the certificates: nobody must take them for real ones.

use crate::kit::{Files, finish};

#[test]
fn the_cas_and_the_program_say_that_they_are_for_tests() {
    let files = Files::new();
    let program = files.run_with("certificates", &["elsewhere"]);
    assert_eq!(program.code, Some(0), "{program:?}");
    assert!(program.stderr.contains("published"), "{program:?}");

    let mut command = files.command("openssl");
    command.args(["x509", "-noout", "-subject", "-in", "elsewhere/roots.pem"]);
    let root = finish(command, "");
    assert!(root.stdout.contains("TEST ONLY"), "{root:?}");
    let mut command = files.command("openssl");
    command.args(["x509", "-noout", "-issuer", "-in", "elsewhere/client.pem"]);
    let issuing = finish(command, "");
    assert!(issuing.stdout.contains("TEST ONLY"), "{issuing:?}");
}
