//! `--crl` and `--ocsp`: what revocation is judged by, and what is asked of it where the policy does not say.

use rustls_policy_verifier::{Crl, MAX_CRL_OCTETS, MAX_OCSP_OCTETS, Policy, RevocationCheck};

use crate::arguments::{Arguments, Source};
use crate::files::{in_file, read};

/// Base64 takes four octets for three, and the ends of lines.
const MAX_CRL_FILE: usize = MAX_CRL_OCTETS.saturating_add(MAX_CRL_OCTETS.div_euclid(2));
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

pub(crate) fn crls(files: &[Source]) -> Result<Vec<Crl>, String> {
    let what = "CRLs";
    let mut all = Vec::new();
    for file in files {
        let crls = Crl::from_pem(read(what, file, MAX_CRL_FILE)?);
        all.extend(crls.map_err(|error| in_file(what, file, error))?);
    }
    Ok(all)
}

/// The stapled response, not decoded: what is wrong with it is a matter of the verdict.
pub(crate) fn staple(arguments: &Arguments) -> Result<Option<Vec<u8>>, String> {
    let file = arguments.ocsp.as_ref();
    file.map(|file| read("OCSP response", file, MAX_OCSP_FILE))
        .transpose()
}
