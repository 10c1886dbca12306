//! PEM input (RFC 7468): certificates and CRLs, and clear words for everything else that people hand over instead.

use std::fmt;

use base64ct::{Base64, Encoding};
use pki_types::CertificateDer;
use pki_types::pem::{self, PemObject, SectionKind};

use crate::certificate::{Reader, tag};
use crate::text;

/// Why PEM (or DER) input holds no usable certificates, or CRLs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// No octets.
    #[error("the input is empty: give {0}s in PEM or DER")]
    Empty(PemKind),
    /// Neither PEM nor DER.
    #[error(
        "the input is neither PEM nor DER: no -----BEGIN {label}----- line, and no DER SEQUENCE at its start; give {0}s in PEM or DER",
        label = .0.label()
    )]
    NeitherPemNorDer(PemKind),
    /// Only sections of other kinds, or one that must not be there.
    #[error("section {index} is a \"{label}\", not a{} {}{}", article(*.wanted), .wanted.label(), advice(.label, *.wanted))]
    Label {
        /// Which section, counted from 1.
        index: usize,
        /// Its label, escaped and bounded.
        label: String,
        /// What was asked for.
        wanted: PemKind,
    },
    /// A section's base64 or framing is broken.
    #[error("section {index}: {problem}")]
    Section {
        /// Which section, counted from 1.
        index: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// More than is looked at.
    #[error("the input has {octets} octets, the most is {most}")]
    TooLarge {
        /// Octets of the input.
        octets: usize,
        /// The most.
        most: usize,
    },
}

/// What PEM input is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PemKind {
    /// Sections `CERTIFICATE`.
    Certificate,
    /// Sections `X509 CRL`.
    Crl,
}

impl PemKind {
    const fn label(self) -> &'static str {
        match self {
            Self::Certificate => "CERTIFICATE",
            Self::Crl => "X509 CRL",
        }
    }

    const fn section(self) -> SectionKind {
        match self {
            Self::Certificate => SectionKind::Certificate,
            Self::Crl => SectionKind::Crl,
        }
    }
}

impl fmt::Display for PemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "certificate",
            Self::Crl => "CRL",
        })
    }
}

const fn article(kind: PemKind) -> &'static str {
    match kind {
        PemKind::Certificate => "",
        PemKind::Crl => "n",
    }
}

/// What to do about a section of another kind.
fn advice(label: &str, wanted: PemKind) -> &'static str {
    match label {
        "CERTIFICATE" => ": this is a certificate; give the revocation list that its CA publishes",
        _ if wanted == PemKind::Crl => "",
        "TRUSTED CERTIFICATE" => {
            ": convert it with `openssl x509 -in FILE -out FILE.pem`, which drops OpenSSL's trust settings"
        }
        "X509 CERTIFICATE" => ": an old name for the same thing; rename the section to CERTIFICATE",
        "PKCS7" | "CMS" => ": take the certificates out with `openssl pkcs7 -print_certs -in FILE`",
        "X509 CRL" => ": this is a certificate revocation list",
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            ": this is a request, the certificate is what the CA sends back"
        }
        other if other.ends_with("PRIVATE KEY") => {
            ": this is a private key, which should not leave its owner; give the certificate"
        }
        other if other.ends_with("PUBLIC KEY") => ": this is a key alone; give the certificate",
        _ => "",
    }
}

/// Most octets of PEM or DER read as a chain, as known intermediates or as trust anchors: 16 MiB. Mozilla's whole list
/// has about 230 KiB.
pub const MAX_INPUT_OCTETS: usize = 16 * 1024 * 1024;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// The certificates of a PEM file, or the one certificate of a DER file, not decoded.
pub(crate) fn certificates(input: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let sections = sections(input, PemKind::Certificate, MAX_INPUT_OCTETS)?;
    Ok(sections.into_iter().map(CertificateDer::from).collect())
}

/// A certificate as a section of a PEM file (RFC 7468 section 2).
pub(crate) fn certificate(der: &[u8]) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    // So many octets fill a line of 64 characters.
    for line in der.chunks(48) {
        text += &Base64::encode_string(line);
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}

/// The CRLs of a PEM file, or the one CRL of a DER file, not decoded. PEM of `most` octets of DER is read.
pub(crate) fn crls(input: &[u8], most: usize) -> Result<Vec<Vec<u8>>, PemError> {
    // Base64 takes four octets for three, and the ends of lines.
    sections(input, PemKind::Crl, most.saturating_add(most.div_euclid(2)))
}

/// The sections of a PEM file, or the octets of a DER file, which is one.
///
/// Every section must be of the kind, except that explanatory text may stand between sections (RFC 7468 section 2).
/// A file that begins with a byte-order mark is read.
fn sections(input: &[u8], kind: PemKind, most: usize) -> Result<Vec<Vec<u8>>, PemError> {
    if input.is_empty() {
        return Err(PemError::Empty(kind));
    }
    if input.len() > most {
        let octets = input.len();
        return Err(PemError::TooLarge { octets, most });
    }
    let input = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    // A DER certificate may hold anything, also what looks like PEM.
    if is_one_der_element(input) || (input.first() == Some(&0x30) && !has_sections(input)) {
        return Ok(vec![input.to_vec()]);
    }
    check_boundaries(input, kind)?;
    let sections = <(SectionKind, Vec<u8>)>::pem_slice_iter(input);
    let mut contents = Vec::new();
    for (index, section) in (1..).zip(sections) {
        match section {
            Ok((section, der)) if section == kind.section() => contents.push(der),
            Ok((_, _)) => {
                // check_boundaries has refused every other label.
                return Err(PemError::Section {
                    index,
                    problem: format!("not a {kind}"),
                });
            }
            Err(error) => {
                return Err(PemError::Section {
                    index,
                    problem: section_problem(&error, kind),
                });
            }
        }
    }
    if contents.is_empty() {
        return Err(PemError::NeitherPemNorDer(kind));
    }
    Ok(contents)
}

fn is_one_der_element(input: &[u8]) -> bool {
    let mut reader = Reader::new(input, "input");
    reader.expect_large(tag::SEQUENCE).is_ok() && reader.finish().is_ok()
}

fn has_sections(input: &[u8]) -> bool {
    lines(input).any(|line| line.starts_with(BEGIN))
}

fn lines(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    input.split(|octet| matches!(octet, b'\n' | b'\r'))
}

/// The PEM reader passes over what it does not know, as explanatory text, and joins what lacks an end; here every section
/// counts. So each line that is a boundary, or means to be one, must be the one that may stand there.
fn check_boundaries(input: &[u8], kind: PemKind) -> Result<(), PemError> {
    let mut index = 0usize;
    let mut is_open = false;
    for line in lines(input) {
        let Some(boundary) = boundary(line, kind) else {
            if !is_open && is_no_text(line) {
                return Err(PemError::Section {
                    index: index.saturating_add(1),
                    problem: "octets stand before it that are no text: DER, or another encoding of text, beside PEM".to_owned(),
                });
            }
            continue;
        };
        if !is_open {
            index = index.saturating_add(1);
        }
        let error = |problem: &str| {
            let problem = problem.to_owned();
            Err(PemError::Section { index, problem })
        };
        match boundary {
            Boundary::Begin(_) if is_open => return error(&missing_end(kind)),
            Boundary::Begin(label) if label != kind.label().as_bytes() => {
                return Err(PemError::Label {
                    index,
                    label: text::printable(label),
                    wanted: kind,
                });
            }
            Boundary::Begin(_) => is_open = true,
            Boundary::End(_) if !is_open => {
                return error(&format!(
                    "there is no -----BEGIN {}----- line for it",
                    kind.label()
                ));
            }
            Boundary::End(label) if label != kind.label().as_bytes() => {
                return error("its -----END line has another label");
            }
            Boundary::End(_) => is_open = false,
            Boundary::Damaged => {
                return error(&format!(
                    "the line {} is no boundary: -----BEGIN and -----END lines begin and end with five dashes and stand alone on a line",
                    text::item(line)
                ));
            }
        }
    }
    Ok(())
}

/// A line before or after a section, with the label.
enum Boundary<'a> {
    Begin(&'a [u8]),
    End(&'a [u8]),
    /// One that means to be one.
    Damaged,
}

fn boundary(line: &[u8], kind: PemKind) -> Option<Boundary<'_>> {
    // Base64, which most lines are, has no dash.
    if !line.contains(&b'-') {
        return None;
    }
    let label_of = |begin: &[u8]| {
        let rest = line.strip_prefix(begin)?.trim_ascii_end();
        let label = rest.strip_suffix(b"-----")?;
        (!contains(label, b"-----")).then_some(label)
    };
    if let Some(label) = label_of(BEGIN) {
        return Some(Boundary::Begin(label));
    }
    if let Some(label) = label_of(END) {
        return Some(Boundary::End(label));
    }
    // Whatever begins with dashes and goes on, or has them beside the words of a boundary.
    let trimmed = line.trim_ascii();
    let dashed = trimmed.starts_with(b"--") && trimmed.iter().any(|octet| *octet != b'-');
    let text = line.to_ascii_lowercase();
    let label = kind.label().to_ascii_lowercase();
    let ended = format!("{label}--");
    let is_meant = ["--begin", "--end", ended.as_str()]
        .iter()
        .any(|part| contains(&text, part.as_bytes()));
    (dashed || is_meant).then_some(Boundary::Damaged)
}

/// Explanatory text has none of these; DER that was put beside PEM, and UTF-16, do.
fn is_no_text(line: &[u8]) -> bool {
    line.iter()
        .any(|octet| matches!(octet, 0..=0x08 | 0x0e..=0x1f | 0x7f))
}

fn contains(line: &[u8], part: &[u8]) -> bool {
    line.windows(part.len()).any(|window| window == part)
}

fn missing_end(kind: PemKind) -> String {
    format!("there is no -----END {}----- line for it", kind.label())
}

fn section_problem(error: &pem::Error, kind: PemKind) -> String {
    match error {
        pem::Error::MissingSectionEnd { .. } => missing_end(kind),
        pem::Error::Base64Decode(_) => "its contents are not base64".to_owned(),
        pem::Error::SectionTooLarge => "it is too large".to_owned(),
        other => text::printable(other.to_string().as_bytes()),
    }
}
