//! Which provider runs here: what the shared tests ask rustls for is aws-lc-rs.

use std::process::Command;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, ServerConfig};

#[test]
fn rustls_chooses_aws_lc_rs() {
    let expected = format!("{:?}", aws_lc_rs::default_provider());
    assert!(expected.contains("key_provider: AwsLcRs"), "{expected}");
    let client = format!("{:?}", ClientConfig::builder().crypto_provider());
    let server = format!("{:?}", ServerConfig::builder().crypto_provider());
    assert_eq!([client, server], [expected.clone(), expected]);
}

#[test]
fn the_program_connects() {
    let output = Command::new(env!("CARGO_BIN_EXE_with-aws-lc-rs")).output();
    let output = output.map(|it| {
        (
            it.status.code(),
            String::from_utf8_lossy(&it.stdout).into_owned(),
        )
    });
    assert_eq!(
        output.map_err(|error| error.to_string()),
        Ok((
            Some(0),
            "provider: AwsLcRs\nversion: Some(TLSv1_3)\n".to_owned()
        ))
    );
}
