//! What the examples that judge chains read from files: policies, trust anchors, intermediates, CRLs, chains.

use rustls_policy_verifier::pki_types::CertificateDer;
use rustls_policy_verifier::{
    Certificate, Crl, MAX_CRL_OCTETS, MAX_INPUT_OCTETS, Policy, PresentedChain, Role, TrustAnchors,
};

use crate::files::{in_file, read};
use crate::values::{Expected, Source};

/// Base64 takes four octets for three, and the ends of lines.
const MAX_CRL_FILE: usize = MAX_CRL_OCTETS.saturating_add(MAX_CRL_OCTETS.div_euclid(2));

/// The policy, its text if there is a file, and who is expected: either may say the role, and both must agree.
pub(crate) fn policy(
    file: Option<&Source>,
    expected: Option<Expected>,
) -> Result<(Policy, Option<String>, Expected), String> {
    let Some(file) = file else {
        let expected = expected
            .ok_or("whose certificates are these? add --server-name NAME, --server or --client")?;
        return Ok((Policy::for_role(expected.peer().role()), None, expected));
    };
    let (policy, text) = policy_file(file)?;
    let expected = match (expected, policy.role) {
        (Some(expected), _) => expected,
        (None, Role::Client) => Expected::Client,
        (None, Role::Server) => {
            return Err(in_file(
                "policy",
                file,
                "it is for servers: add --server-name NAME or --server",
            ));
        }
    };
    let asked = expected.peer().role();
    if policy.role == asked {
        return Ok((policy, Some(text), expected));
    }
    let problem = format!(
        "its role is {:?}, and a {asked} is expected: change one of them",
        policy.role.to_string()
    );
    Err(in_file("policy", file, problem))
}

/// The policy and its text.
pub(crate) fn policy_file(file: &Source) -> Result<(Policy, String), String> {
    let text = String::from_utf8(read("policy", file, MAX_INPUT_OCTETS)?)
        .map_err(|_| in_file("policy", file, "it is not UTF-8 text, as TOML must be"))?;
    let policy = Policy::from_toml(&text).map_err(|error| in_file("in", file, error))?;
    Ok((policy, text))
}

/// The trust anchors, and a sentence on each certificate that cannot be one.
pub(crate) fn anchors(roots: &[(String, Source)]) -> Result<(TrustAnchors, Vec<String>), String> {
    let what = "trust anchors";
    let mut anchors = TrustAnchors::new();
    let mut sentences = Vec::new();
    for (label, file) in roots {
        let before = anchors.skipped().len();
        anchors = anchors
            .with_pem(label.as_str(), read(what, file, MAX_INPUT_OCTETS)?)
            .map_err(|error| in_file(what, file, error))?;
        let skipped = anchors.skipped().iter().skip(before);
        sentences.extend(skipped.map(|skipped| in_file(what, file, skipped)));
    }
    Ok((anchors, sentences))
}

pub(crate) fn intermediates(files: &[Source]) -> Result<Vec<CertificateDer<'static>>, String> {
    let what = "intermediates";
    let mut all = Vec::new();
    for file in files {
        let bundle = certificates(what, file)?;
        for (index, der) in (1..).zip(std::iter::once(bundle.end_entity()).chain(bundle.others())) {
            Certificate::decode(der)
                .map_err(|error| in_file(what, file, format!("certificate {index}: {error}")))?;
            all.push(der.clone());
        }
    }
    Ok(all)
}

pub(crate) fn chain(file: &Source) -> Result<PresentedChain<'static>, String> {
    certificates("chain", file)
}

fn certificates(what: &str, file: &Source) -> Result<PresentedChain<'static>, String> {
    PresentedChain::from_pem(read(what, file, MAX_INPUT_OCTETS)?)
        .map_err(|error| in_file(what, file, error))
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
