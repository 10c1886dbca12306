//! `--crl` and `--ocsp`: what revocation is judged by, and what is asked of it where the policy does not say.

use rustls_policy_verifier::{MAX_OCSP_OCTETS, Policy, RevocationCheck};

use crate::arguments::Arguments;
use crate::files::read;

/// More than the library takes, for what is too large is refused by it, and in its words.
const MAX_OCSP_FILE: usize = MAX_OCSP_OCTETS.saturating_mul(16);

/// Whether the text of a policy file has the table `[revocation]`, however it is written.
pub(crate) fn has_table(policy: &str) -> bool {
    let root: Result<toml::Table, _> = policy.parse();
    root.is_ok_and(|root| root.contains_key("revocation"))
}

/// Who gives CRLs, or a response, wants to know what they say of whom they can speak of.
pub(crate) fn ask_for_status(policy: &mut Policy, arguments: &Arguments) {
    let check = match (arguments.crls.is_empty(), &arguments.ocsp) {
        (false, _) => RevocationCheck::Path,
        (true, Some(_)) => RevocationCheck::EndEntity,
        (true, None) => return,
    };
    policy.revocation.enforce().check = check;
}

/// The stapled response, not decoded: what is wrong with it is a matter of the verdict.
pub(crate) fn staple(arguments: &Arguments) -> Result<Option<Vec<u8>>, String> {
    let file = arguments.ocsp.as_ref();
    file.map(|file| read("OCSP response", file, MAX_OCSP_FILE))
        .transpose()
}
