//! Scenarios on disk: `scenarios/<group>/<case>/`.

use std::fs;
use std::io;
use std::path::Path;

use rustls_policy_verifier::pki_types::CertificateDer;
use rustls_policy_verifier::pki_types::pem::PemObject;
use rustls_policy_verifier::{Certificate, Crl, OcspResponse};

use super::case::{Case, Staple};
use crate::support::{der, oids, pem};

pub fn scenarios(groups: &[(&str, Vec<Case>)], into: &Path, previous: &Path) -> io::Result<()> {
    let (into, previous) = (into.join("scenarios"), previous.join("scenarios"));
    for (group, cases) in groups {
        remove_others(&into.join(group), cases)?;
        for case in cases {
            let place = Path::new(group).join(case.name);
            write_case(case, &into.join(&place), &previous.join(&place))?;
        }
    }
    Ok(())
}

/// Cases that the table no longer has.
fn remove_others(group: &Path, cases: &[Case]) -> io::Result<()> {
    for (n, case) in cases.iter().enumerate() {
        let again = cases[..n].iter().any(|other| other.name == case.name);
        assert!(!again, "{} stands in its table twice", case.name);
    }
    let Ok(entries) = fs::read_dir(group) else {
        return Ok(());
    };
    for entry in entries {
        let directory = entry?.path();
        let is_in_table = cases.iter().any(|case| directory.ends_with(case.name));
        if !is_in_table && directory.join("scenario.toml").exists() {
            fs::remove_dir_all(directory)?;
        }
    }
    Ok(())
}

fn write_case(case: &Case, into: &Path, previous: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    let mut files = vec![
        ("scenario.toml".to_owned(), description(case)),
        (
            "chain.pem".to_owned(),
            bundle(case.presented(), &previous.join("chain.pem")),
        ),
    ];
    for (label, anchors) in case.trust_anchors() {
        let name = match label {
            "" => "roots.pem".to_owned(),
            label => format!("roots-{label}.pem"),
        };
        let text = bundle(anchors, &previous.join(&name));
        files.push((name, text));
    }
    if !case.known.is_empty() {
        let name = "intermediates.pem".to_owned();
        let text = bundle(case.known.clone(), &previous.join(&name));
        files.push((name, text));
    }
    if !case.crls.is_empty() {
        files.push(("crls.pem".to_owned(), crls(&case.crls)));
    }
    if !case.responses.is_empty() {
        files.push(("responses.pem".to_owned(), responses(&case.responses)));
    }
    if let Some(Staple::Given(response)) = &case.staple {
        let text = responses(std::slice::from_ref(response));
        files.push(("staple.pem".to_owned(), text));
    }
    if !case.policy.is_empty() {
        let text = format!("role = \"{}\"\n{}", case.role, case.policy);
        files.push(("policy.toml".to_owned(), text));
    }
    for entry in fs::read_dir(into)? {
        let entry = entry?;
        let is_written = files
            .iter()
            .any(|(name, _)| entry.file_name() == name.as_str());
        if !is_written && entry.file_name() != "expected.txt" {
            fs::remove_file(entry.path())?;
        }
    }
    for (name, text) in files {
        fs::write(into.join(name), text)?;
    }
    Ok(())
}

/// `scenario.toml`.
fn description(case: &Case) -> String {
    let mut text = format!(
        "description = {:?}\nrole = \"{}\"\n",
        case.description, case.role
    );
    if let Some(name) = case.server_name {
        text += &format!("server-name = \"{name}\"\n");
    }
    if case.roots_by_name_and_key {
        text += "roots-by-name-and-key = true\n";
    }
    if matches!(case.staple, Some(Staple::Absent)) {
        text += "staple = \"absent\"\n";
    }
    text += &format!("at = {}\n", case.at);
    text += &match case.violations {
        [] => "expect = \"accepted\"\n".to_owned(),
        violations => format!("expect = {}\n", list(violations)),
    };
    if !case.warnings.is_empty() {
        text += &format!("warnings = {}\n", list(case.warnings));
    }
    text
}

/// One to a line.
fn list(findings: &[&str]) -> String {
    let lines: String = findings
        .iter()
        .map(|finding| format!("    \"{finding}\",\n"))
        .collect();
    format!("[\n{lines}]")
}

/// PEM with the names of each certificate before it, as explanatory text (RFC 7468 section 2).
pub fn bundle(certificates: Vec<Vec<u8>>, previous: &Path) -> String {
    let previous: Vec<CertificateDer<'_>> = match CertificateDer::pem_file_iter(previous) {
        Ok(certificates) => certificates.map_while(Result::ok).collect(),
        Err(_) => Vec::new(),
    };
    let mut sections = Vec::new();
    for (n, certificate) in certificates.into_iter().enumerate() {
        let kept = previous.get(n).filter(|previous| {
            is_signed_at_random(&certificate) && sign_the_same(previous, &certificate)
        });
        let certificate = kept.map_or(certificate, |kept| kept.to_vec());
        sections.push(names(&certificate) + &pem::to_pem("CERTIFICATE", &certificate));
    }
    sections.join("\n")
}

fn names(der: &[u8]) -> String {
    match Certificate::decode(der) {
        Ok(certificate) => {
            format!(
                "subject={}\nissuer={}\n",
                certificate.subject(),
                certificate.issuer()
            )
        }
        Err(_) => "(not a certificate of version 3 in strict DER)\n".to_owned(),
    }
}

/// PEM with what each CRL is before it. Their signatures must not differ from run to run.
pub fn crls(crls: &[Vec<u8>]) -> String {
    sections("X509 CRL", crls, |der| match Crl::from_der(der) {
        Ok(crl) => format!(
            "issuer={}\nnumber={}, lists {}, {} to {}\n",
            crl.issuer(),
            crl.number(),
            crl.len(),
            crl.this_update(),
            crl.next_update()
        ),
        Err(problem) => panic!("a CRL that no verifier takes: {problem}"),
    })
}

/// The same of OCSP responses.
fn responses(responses: &[Vec<u8>]) -> String {
    sections(
        "OCSP RESPONSE",
        responses,
        |der| match OcspResponse::from_der(der) {
            Ok(response) => format!("produced at {}\n", response.produced_at()),
            Err(_) => "(no OCSP response in strict DER that is an answer)\n".to_owned(),
        },
    )
}

fn sections(label: &str, all: &[Vec<u8>], words: impl Fn(&[u8]) -> String) -> String {
    let sections: Vec<_> = all
        .iter()
        .map(|der| words(der) + &pem::to_pem(label, der))
        .collect();
    sections.join("\n")
}

/// Whether the issuer's signature differs from run to run.
fn is_signed_at_random(certificate: &[u8]) -> bool {
    [
        oids::ECDSA_WITH_SHA256,
        oids::ECDSA_WITH_SHA384,
        oids::RSASSA_PSS,
    ]
    .map(der::oid)
    .iter()
    .any(|oid| {
        signed_part(certificate)
            .windows(oid.len())
            .any(|octets| octets == oid)
    })
}

fn sign_the_same(one: &[u8], other: &[u8]) -> bool {
    signed_part(one) == signed_part(other)
}

/// tbsCertificate of a certificate with a length of two octets, as all of more than 255 octets have; else
/// nothing.
fn signed_part(certificate: &[u8]) -> &[u8] {
    match certificate {
        [0x30, 0x82, _, _, tbs @ ..] => match tbs {
            [0x30, 0x81, length, ..] => tbs.get(..3 + usize::from(*length)),
            [0x30, 0x82, high, low, ..] => {
                tbs.get(..4 + usize::from(u16::from_be_bytes([*high, *low])))
            }
            _ => None,
        },
        _ => None,
    }
    .unwrap_or_default()
}
