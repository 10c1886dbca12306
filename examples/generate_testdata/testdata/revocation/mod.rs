//! Revocation, by CRL and by OCSP. Most cases of CRLs are about a client, for whom there is no staple, and most of
//! OCSP about a server's end entity.

mod crl;
mod ocsp;
mod policy;
mod responder;
mod scope;
mod staple;

use super::case::{Case, client, server};
use super::cast;
use crate::support::{Authority, CrlBuilder, OcspBuilder, SingleBuilder, serial_of};

const RULE: &str = "revocation";
const END_ENTITY: &[&str] = &["revocation @ end-entity"];
const INTERMEDIATE: &[&str] = &["revocation @ intermediate-1"];
/// The staple is no answer, and so nothing says anything of the end entity.
const BAD_STAPLE: &[&str] = &["revocation @ end-entity", "revocation @ end-entity"];

/// Numbers of reasons (RFC 5280 section 5.3.1).
const KEY_COMPROMISE: u8 = 1;
const CA_COMPROMISE: u8 = 2;
const SUPERSEDED: u8 = 4;
const CERTIFICATE_HOLD: u8 = 6;

/// When what is revoked was.
const REVOKED_AT: i64 = cast::day(2026, 5, 20);

pub fn cases() -> Vec<Case> {
    let mut cases = crl::cases();
    cases.extend(scope::cases());
    cases.extend(ocsp::cases());
    cases.extend(responder::cases());
    cases.extend(staple::cases());
    cases.extend(policy::cases());
    cases
}

fn client_serial() -> Vec<u8> {
    serial_of(&cast::issuing().issue(cast::client()))
}

fn server_serial() -> Vec<u8> {
    serial_of(&cast::issuing().issue(cast::server()))
}

fn issuing_serial() -> Vec<u8> {
    serial_of(&cast::issuing().der)
}

/// The issuing CA's CRL.
fn issuing_crl(builder: CrlBuilder) -> Vec<u8> {
    cast::issuing().crl(builder)
}

/// The root's CRL.
fn root_crl(builder: CrlBuilder) -> Vec<u8> {
    cast::root().crl(builder)
}

/// A CRL of the issuing CA that lists the client, and nobody else.
fn client_revoked() -> Vec<u8> {
    issuing_crl(CrlBuilder::new().revoke_with(&client_serial(), REVOKED_AT, Some(KEY_COMPROMISE)))
}

/// CRLs of both CAs that list nobody.
fn empty_crls() -> [Vec<u8>; 2] {
    [issuing_crl(CrlBuilder::new()), root_crl(CrlBuilder::new())]
}

/// A CRL of the issuing CA, and one of the root's that lists nobody.
fn with_root_crl(issuing: CrlBuilder) -> [Vec<u8>; 2] {
    [issuing_crl(issuing), root_crl(CrlBuilder::new())]
}

/// A client judged by these CRLs.
fn listed(
    name: &'static str,
    description: &'static str,
    crls: impl IntoIterator<Item = Vec<u8>>,
) -> Case {
    client(name, description).on(RULE).crls(crls)
}

/// The server is in good standing.
fn good() -> SingleBuilder {
    SingleBuilder::good(&cast::issuing(), &server_serial())
}

/// The client is.
fn good_client() -> SingleBuilder {
    SingleBuilder::good(&cast::issuing(), &client_serial())
}

/// The issuing CA is.
fn good_issuing() -> SingleBuilder {
    SingleBuilder::good(&cast::root(), &issuing_serial())
}

/// The response that says this, signed by an authority.
fn response_of(authority: &Authority, single: SingleBuilder) -> Vec<u8> {
    authority.ocsp(OcspBuilder::new().single(single))
}

/// The issuing CA's response that says this.
fn response(single: SingleBuilder) -> Vec<u8> {
    response_of(&cast::issuing(), single)
}

/// A server that staples this response; of the path its end entity alone must be known.
fn stapled(name: &'static str, description: &'static str, response: Vec<u8>) -> Case {
    server(name, description)
        .set(RULE, "check = \"end-entity\"")
        .staple(response)
}
