//! PEM files of chains, trust anchors and CRLs, against rustls's reader and a slow one of RFC 7468.

use rustls_policy_verifier::pki_types::CertificateDer;
use rustls_policy_verifier::pki_types::pem::{PemObject, SectionKind};
use rustls_policy_verifier::{
    BuildError, Certificate, Crl, PemError, PresentedChain, Problem, TrustAnchors,
};

use crate::fixture::CHAINS;
use crate::mutate::{self, Random};
use crate::support::{Authority, CrlBuilder, TestKey, pem};
use crate::{Target, tokens};

pub const TARGET: Target = Target {
    name: "pem",
    check,
    mutate: mutate_input,
    seeds,
};

/// Never panics; every section is read, in its order, as others read it, or the whole file is refused.
pub fn check(data: &[u8]) {
    let chain = PresentedChain::from_pem(data).map(|chain| {
        let others = chain.others().iter().map(|der| der.to_vec());
        std::iter::once(chain.end_entity().to_vec())
            .chain(others)
            .collect::<Vec<_>>()
    });
    check_sections(data, &chain, "CERTIFICATE", SectionKind::Certificate);
    check_anchors(data, &chain);
    check_crls(data);
}

/// What was read is all that is there; what has nothing odd is read.
fn check_sections(
    data: &[u8],
    read: &Result<Vec<Vec<u8>>, PemError>,
    label: &str,
    kind: SectionKind,
) {
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let slowly = read_slowly(text, label);
    let Ok(read) = read else {
        check_words(read.as_ref().unwrap_err());
        assert_eq!(slowly, None, "refused, and nothing about it is odd");
        return;
    };
    assert!(!read.is_empty());
    if read.len() == 1 && read[0] == text {
        assert_eq!(text[0], 0x30, "neither PEM nor DER");
        return;
    }
    let theirs: Result<Vec<_>, _> = <(SectionKind, Vec<u8>)>::pem_slice_iter(text).collect();
    let theirs = theirs.expect("sections that we have read");
    assert!(theirs.iter().all(|(other, _)| *other == kind));
    let theirs: Vec<_> = theirs.into_iter().map(|(_, der)| der).collect();
    assert_eq!(*read, theirs);
    if let Some(slowly) = slowly {
        assert_eq!(*read, slowly);
    }
    // In words alone, text may speak of them.
    let of_label = [format!("--BEGIN {label}"), format!("END {label}--")];
    for boundary in ["-----BEGIN ", "-----END ", &of_label[0], &of_label[1]] {
        let found = text.windows(boundary.len());
        let found = found.filter(|window| *window == boundary.as_bytes());
        assert_eq!(found.count(), read.len(), "a section is passed over");
    }
}

/// What an error says is bounded, and does nothing to a terminal.
fn check_words(error: &impl ToString) {
    let words = error.to_string();
    assert!(words.len() < 2000, "{} octets of words", words.len());
    assert!(!words.chars().any(char::is_control), "{words:?}");
}

/// Every certificate of the file is an anchor, or is listed as one that cannot be.
fn check_anchors(data: &[u8], chain: &Result<Vec<Vec<u8>>, PemError>) {
    let (anchors, skipped) = match (TrustAnchors::from_pem(data), chain) {
        (Err(BuildError::Pem(error)), Err(same)) => return assert_eq!(error, *same),
        (Err(BuildError::NoTrustAnchor { skipped }), Ok(_)) => (None, skipped),
        (Ok(anchors), Ok(_)) => {
            let skipped = anchors.skipped().to_vec();
            (Some(anchors), skipped)
        }
        (anchors, chain) => panic!("{anchors:?} of {chain:?}"),
    };
    let certificates = chain.as_ref().expect("looked at above");
    for problem in &skipped {
        check_words(problem);
    }
    let skipped: Vec<_> = skipped.iter().map(|problem| problem.index).collect();
    let mut usable = Vec::new();
    for (index, der) in (1..).zip(certificates) {
        let for_webpki = CertificateDer::from(der.as_slice());
        let is_sound = webpki::anchor_from_trusted_cert(&for_webpki).is_ok()
            && match Certificate::decode(der).map_err(|error| error.problem) {
                Ok(_) => true,
                // Roots of version 1 are trusted, and presented by nobody; what else may be wrong with them is not said.
                Err(Problem::UnsupportedVersion(0)) => !skipped.contains(&index),
                Err(_) => false,
            };
        assert_eq!(skipped.contains(&index), !is_sound, "certificate {index}");
        if is_sound {
            usable.push(der);
        }
    }
    usable.sort();
    usable.dedup();
    assert_eq!(anchors.as_ref().map_or(0, TrustAnchors::len), usable.len());
    if let Some(anchors) = anchors {
        assert_eq!(anchors.strict().is_ok(), skipped.is_empty());
    }
}

/// Every CRL of the file is loaded, or none is.
fn check_crls(data: &[u8]) {
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    match Crl::from_pem(data) {
        Err(BuildError::Pem(error)) => {
            check_sections(data, &Err(error), "X509 CRL", SectionKind::Crl);
        }
        Err(BuildError::Crl { index, .. }) => {
            if let Some(sections) = read_slowly(text, "X509 CRL") {
                assert!(Crl::from_der(sections[index - 1].clone()).is_err());
            }
        }
        Err(other) => panic!("{other:?}"),
        Ok(crls) => {
            let sections = read_slowly(text, "X509 CRL").unwrap_or_else(|| {
                let sections = <(SectionKind, Vec<u8>)>::pem_slice_iter(text);
                let sections: Vec<_> = sections.map_while(|it| Some(it.ok()?.1)).collect();
                match sections.is_empty() {
                    true => vec![text.to_vec()],
                    false => sections,
                }
            });
            assert_eq!(crls.len(), sections.len());
            for (crl, section) in crls.iter().zip(&sections) {
                let alone = Crl::from_der(section.clone()).expect("one that we have loaded");
                assert_eq!(format!("{crl:?}"), format!("{alone:?}"));
            }
        }
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|octet| matches!(octet, b'\n' | b'\r'))
}

/// The sections of a file about which nothing is odd: whole sections of this label, explanatory text between them that is
/// text, and has nothing like the boundaries of a section; base64 without gaps.
fn read_slowly(text: &[u8], label: &str) -> Option<Vec<Vec<u8>>> {
    let [begin, end] = ["BEGIN", "END"].map(|word| format!("-----{word} {label}-----"));
    let mut sections = Vec::new();
    let mut open: Option<Vec<u8>> = None;
    for line in lines(text) {
        // Two dashes and something else, or octets that no text has.
        let is_odd = (line.windows(2).any(|two| two == b"--")
            && line.iter().any(|octet| !b"- \t".contains(octet)))
            || line
                .iter()
                .any(|octet| octet.is_ascii_control() && !b"\t\x0b\x0c".contains(octet));
        match &mut open {
            None if line == begin.as_bytes() => open = Some(Vec::new()),
            Some(base64) if line == end.as_bytes() => {
                sections.push(decode_base64(base64)?);
                open = None;
            }
            _ if is_odd => return None,
            Some(base64) => base64.extend(line),
            None => {}
        }
    }
    (open.is_none() && !sections.is_empty()).then_some(sections)
}

/// RFC 4648 section 4, one character after another.
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut octets = Vec::new();
    for (n, group) in (1..).zip(text.chunks(4)) {
        let is_last = n * 4 == text.len();
        let padding = group.iter().filter(|octet| **octet == b'=').count();
        if padding > 2 || (padding > 0 && !is_last) || !group.ends_with(&b"=="[..padding]) {
            return None;
        }
        let mut bits = 0u32;
        for octet in group {
            let value = match octet {
                b'A'..=b'Z' => octet - b'A',
                b'a'..=b'z' => octet - b'a' + 26,
                b'0'..=b'9' => octet - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => 0,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        let [_, a, b, c] = bits.to_be_bytes();
        let decoded = [a, b, c];
        let (kept, rest) = decoded.split_at(3 - padding);
        if rest.iter().any(|octet| *octet != 0) {
            return None;
        }
        octets.extend(kept);
    }
    Some(octets)
}

/// What stands in files beside base64.
const LINES: [&[u8]; 19] = [
    b"-----BEGIN CERTIFICATE-----\n",
    b"-----END CERTIFICATE-----\n",
    b"-----BEGIN X509 CRL-----\n",
    b"-----END X509 CRL-----\n",
    b"-----BEGIN TRUSTED CERTIFICATE-----\n",
    b"-----BEGIN PRIVATE KEY-----\n",
    b"-----END PRIVATE KEY-----\n",
    b"-----BEGIN CERTIFICATE-----  \r\n",
    b"-----END CERTIFICATE-----",
    b" -----BEGIN CERTIFICATE-----\n",
    b"----BEGIN CERTIFICATE----\n",
    b"-----BEGIN -----\n",
    b"\xef\xbb\xbf",
    b"\r",
    b"\n",
    b" ",
    b"=\n",
    b"MAA=\n",
    b"subject=CN = x\n",
];

fn mutate_input(data: &[u8], random: &mut Random) -> Vec<u8> {
    match data {
        [0x30, ..] => mutate::der(data, random),
        _ => tokens::change(&tokens::lines(data), &LINES, random),
    }
}

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let chain = &CHAINS[0];
    let crl = chain.root.crl(CrlBuilder::new().revoke(&[7]));
    let certificates: Vec<&[u8]> = std::iter::once(&chain.end_entity)
        .chain(&chain.intermediates)
        .map(|der| &**der)
        .collect();
    let bundle = pem::bundle(&certificates);
    let root = pem::to_pem("CERTIFICATE", &chain.root.der);
    let crl_in_pem = pem::to_pem("X509 CRL", &crl);
    let root_of_version_1 =
        Authority::root_with("Old", TestKey::ed25519(1), |it| it.version(None)).der;
    let small = pem::to_pem("CERTIFICATE", &[0x30, 0]);
    vec![
        ("chain", bundle.clone().into_bytes()),
        ("root", root.clone().into_bytes()),
        (
            "anchors",
            [root.as_str(), &root, &small].concat().into_bytes(),
        ),
        ("der", chain.root.der.clone()),
        ("version-1", root_of_version_1),
        ("crl-der", crl),
        ("crls", crl_in_pem.repeat(2).into_bytes()),
        ("both", [root.as_str(), &crl_in_pem].concat().into_bytes()),
        (
            "windows",
            format!("\u{feff}subject=CN = server\n{bundle}")
                .replace('\n', "\r\n")
                .into_bytes(),
        ),
        ("small", small.into_bytes()),
    ]
}
