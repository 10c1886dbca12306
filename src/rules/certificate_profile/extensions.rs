//! Checks of extensions: that they are there or not, whether they are critical, and what they hold (RFC 5280 section 4.2).

use super::subject::{Extensions, Subject, sequence};
use super::{Octets, ProfileFinding};
use crate::certificate::{
    DecodeError, Decoded, Extension, ID_CE, KeyRef, KeyUsage, Problem, Reader, decode_oid, tag,
};
use crate::name::{GeneralName, check_general_names};
use crate::oid::Oid;
use crate::report::Fact;
use crate::rules::extended_key_usage::KeyPurpose;

/// Most names told of one certificate that are not as they should be.
pub(super) const MOST_NAMES: usize = 8;

pub(super) fn present(extension: Option<Extension<'_>>) -> Option<Fact> {
    extension.is_none().then_some(Fact::Absent)
}

pub(super) fn absent(extension: Option<Extension<'_>>) -> Option<Fact> {
    extension.map(|_| finding(ProfileFinding::Present))
}

/// Critical, if there is one.
pub(super) fn critical(extension: Option<Extension<'_>>) -> Option<Fact> {
    let extension = extension?;
    (!extension.critical).then_some(finding(ProfileFinding::NotCritical))
}

/// Not critical, if there is one.
pub(super) fn not_critical(extension: Option<Extension<'_>>) -> Option<Fact> {
    let extension = extension?;
    extension
        .critical
        .then_some(finding(ProfileFinding::Critical))
}

pub(super) fn finding(finding: ProfileFinding) -> Fact {
    Fact::ProfileFinding(finding)
}

pub(super) fn malformed(error: Box<DecodeError>) -> Fact {
    finding(ProfileFinding::Malformed(error.into()))
}

/// What is processed here, or stands in the list of checks as never critical: subjectDirectoryAttributes,
/// subjectKeyIdentifier, keyUsage, subjectAltName, basicConstraints, nameConstraints, cRLDistributionPoints,
/// authorityKeyIdentifier, extKeyUsage, freshestCRL. Policies are not processed, so critical ones are refused, as webpki does below the anchor.
const PROCESSED: [u8; 10] = [9, 14, 15, 17, 19, 30, 31, 35, 37, 46];

pub(super) fn unknown_critical(subject: &Subject<'_>) -> Option<Fact> {
    let is_processed = |oid: Oid<'_>| matches!(oid.contents().strip_prefix(&ID_CE), Some([number]) if PROCESSED.contains(number));
    subject
        .certificate
        .extensions()
        .find(|extension| extension.critical && !is_processed(extension.oid))
        .map(|extension| finding(ProfileFinding::UnknownCritical(extension.oid.into())))
}

/// The fields of an authorityKeyIdentifier (RFC 5280 section 4.2.1.1).
struct AuthorityKeyIdentifier<'a> {
    key_identifier: Option<&'a [u8]>,
    issuer: bool,
    serial: bool,
}

impl<'a> AuthorityKeyIdentifier<'a> {
    fn decode(value: &'a [u8]) -> Decoded<Self> {
        const FIELD: &str = "authorityKeyIdentifier";
        let mut fields = sequence(value, FIELD)?;
        let key_identifier = fields.optional(tag::primitive(0))?;
        let issuer = fields.optional(tag::constructed(1))?;
        let serial = fields.optional(tag::primitive(2))?;
        fields.finish()?;
        if let Some(issuer) = issuer {
            check_general_names(fields.inside(issuer.contents, FIELD))?;
        }
        Ok(Self {
            key_identifier: key_identifier.map(|element| element.contents),
            issuer: issuer.is_some(),
            serial: serial.is_some(),
        })
    }

    /// What can be decoded; [`authority_key_identifier_present`] says what cannot.
    fn of(subject: &Subject<'a>) -> Option<Self> {
        Self::decode(subject.extensions.authority_key_identifier?.value).ok()
    }

    fn as_fact(&self) -> Fact {
        finding(ProfileFinding::AuthorityKeyIdentifier {
            key_identifier: self.key_identifier.is_some(),
            issuer: self.issuer,
            serial: self.serial,
        })
    }
}

pub(super) fn authority_key_identifier_present(subject: &Subject<'_>) -> Option<Fact> {
    match subject.extensions.authority_key_identifier {
        None if subject.is_self_signed_anchor() => None,
        None => Some(Fact::Absent),
        Some(extension) => match AuthorityKeyIdentifier::decode(extension.value) {
            Err(error) => Some(malformed(error)),
            Ok(identifier) => identifier
                .key_identifier
                .is_none_or(<[u8]>::is_empty)
                .then(|| identifier.as_fact()),
        },
    }
}

pub(super) fn authority_key_identifier_pair(subject: &Subject<'_>) -> Option<Fact> {
    let identifier = AuthorityKeyIdentifier::of(subject)?;
    (identifier.issuer != identifier.serial).then(|| identifier.as_fact())
}

pub(super) fn authority_key_identifier_key_only(subject: &Subject<'_>) -> Option<Fact> {
    let identifier = AuthorityKeyIdentifier::of(subject)?;
    (identifier.issuer || identifier.serial).then(|| identifier.as_fact())
}

/// The contents of a subjectKeyIdentifier (RFC 5280 section 4.2.1.2).
fn subject_key_identifier(value: &[u8]) -> Decoded<&[u8]> {
    let mut outer = Reader::new(value, "subjectKeyIdentifier");
    let octets = outer.expect(tag::OCTET_STRING)?;
    outer.finish()?;
    Ok(octets.contents)
}

pub(super) fn subject_key_identifier_syntax(subject: &Subject<'_>) -> Option<Fact> {
    let extension = subject.extensions.subject_key_identifier?;
    match subject_key_identifier(extension.value) {
        Err(error) => Some(malformed(error)),
        Ok([]) => Some(finding(ProfileFinding::Empty)),
        Ok(_) => None,
    }
}

/// Its own issuer's key is its own.
pub(super) fn self_signed_key_identifiers(subject: &Subject<'_>) -> Option<Fact> {
    if subject.is_self_signed_anchor() {
        key_identifiers_match(&subject.extensions, &subject.extensions)
    } else {
        None
    }
}

/// Where both say which key is meant, they say the same.
pub(super) fn key_identifiers_match(
    below: &Extensions<'_>,
    issuer: &Extensions<'_>,
) -> Option<Fact> {
    let authority = below.authority_key_identifier?;
    let authority = AuthorityKeyIdentifier::decode(authority.value).ok()?;
    let authority = authority.key_identifier?;
    let own = issuer.subject_key_identifier?;
    let own = subject_key_identifier(own.value).ok()?;
    (authority != own).then(|| {
        finding(ProfileFinding::KeyIdentifiers {
            authority: Octets::new(authority),
            issuer: Octets::new(own),
        })
    })
}

pub(super) fn key_usage_present(subject: &Subject<'_>) -> Option<Fact> {
    let usage = subject.certificate.key_usage();
    usage.is_none().then_some(Fact::Absent)
}

pub(super) fn key_usage_not_empty(subject: &Subject<'_>) -> Option<Fact> {
    let usage = subject.certificate.key_usage()?;
    (!usage.has_named_bits()).then_some(Fact::KeyUsage(usage))
}

pub(super) fn key_cert_sign_with_ca(subject: &Subject<'_>) -> Option<Fact> {
    let usage = subject.certificate.key_usage()?;
    (usage.contains(KeyUsage::KEY_CERT_SIGN) && !is_ca(subject)).then_some(Fact::KeyUsage(usage))
}

/// RSA keys may encipher, EC keys may agree and must sign.
pub(super) fn end_entity_key_usage(subject: &Subject<'_>) -> Option<Fact> {
    const RSA: [KeyUsage; 3] = [
        KeyUsage::DIGITAL_SIGNATURE,
        KeyUsage::KEY_ENCIPHERMENT,
        KeyUsage::DATA_ENCIPHERMENT,
    ];
    const EC: [KeyUsage; 2] = [KeyUsage::DIGITAL_SIGNATURE, KeyUsage::KEY_AGREEMENT];
    let usage = subject.certificate.key_usage()?;
    match subject.certificate.key() {
        KeyRef::Rsa { .. } => only(subject, &RSA),
        _ if usage.contains(KeyUsage::DIGITAL_SIGNATURE) => only(subject, &EC),
        _ => Some(Fact::KeyUsage(usage)),
    }
}

pub(super) fn ca_key_usage(subject: &Subject<'_>) -> Option<Fact> {
    let permitted = [
        KeyUsage::KEY_CERT_SIGN,
        KeyUsage::CRL_SIGN,
        KeyUsage::DIGITAL_SIGNATURE,
    ];
    only(subject, &permitted)
}

fn only(subject: &Subject<'_>, permitted: &[KeyUsage]) -> Option<Fact> {
    let usage = subject.certificate.key_usage()?;
    let permitted = permitted
        .iter()
        .fold(KeyUsage::NONE, |all, bit| all.with(*bit));
    (!permitted.contains(usage)).then_some(Fact::KeyUsage(usage))
}

fn is_ca(subject: &Subject<'_>) -> bool {
    let constraints = subject.certificate.basic_constraints();
    constraints.is_some_and(|constraints| constraints.ca)
}

fn basic_constraints_fact(subject: &Subject<'_>) -> Fact {
    match subject.certificate.basic_constraints() {
        None => Fact::Absent,
        Some(constraints) => finding(ProfileFinding::BasicConstraints(constraints)),
    }
}

pub(super) fn basic_constraints_of_ca(subject: &Subject<'_>) -> Option<Fact> {
    (!is_ca(subject)).then(|| basic_constraints_fact(subject))
}

/// A CA's key usage without keyCertSign is `key-usage`'s matter, and one that is absent is another check's.
pub(super) fn path_length_of_ca(subject: &Subject<'_>) -> Option<Fact> {
    subject.certificate.basic_constraints()?.path_len?;
    let usage = subject.certificate.key_usage();
    if !is_ca(subject) {
        Some(basic_constraints_fact(subject))
    } else if usage.is_some_and(|usage| !usage.contains(KeyUsage::KEY_CERT_SIGN)) {
        usage.map(Fact::KeyUsage)
    } else {
        None
    }
}

pub(super) fn end_entity_basic_constraints(subject: &Subject<'_>) -> Option<Fact> {
    let constraints = subject.certificate.basic_constraints()?;
    if constraints.ca || constraints.path_len.is_some() {
        return Some(basic_constraints_fact(subject));
    }
    critical(subject.extensions.basic_constraints)
}

pub(super) fn policy_constraints_not_empty(subject: &Subject<'_>) -> Option<Fact> {
    let extension = subject.extensions.policy_constraints?;
    match sequence(extension.value, "policyConstraints") {
        Err(error) => Some(malformed(error)),
        Ok(fields) => fields.at_end().then_some(finding(ProfileFinding::Empty)),
    }
}

/// id-kp, 1.3.6.1.5.5.7.3: codeSigning, emailProtection, timeStamping, OCSPSigning are 3, 4, 8 and 9 of it.
const ID_KP: [u8; 7] = [0x2b, 6, 1, 5, 5, 7, 3];
const SERVER_AUTH: u8 = 1;
const FORBIDDEN_OF_ID_KP: [u8; 4] = [3, 4, 8, 9];
/// anyExtendedKeyUsage, 2.5.29.37.0.
const ANY_EXTENDED_KEY_USAGE: [u8; 4] = [0x55, 0x1d, 37, 0];
/// The purpose of certificates that sign precertificates, 1.3.6.1.4.1.11129.2.4.4 (RFC 6962 section 3.1).
const PRECERTIFICATE_SIGNING: [u8; 10] = [0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 4];

pub(super) fn end_entity_purposes(subject: &Subject<'_>) -> Option<Fact> {
    match subject.certificate.extended_key_usage() {
        None => Some(Fact::Absent),
        Some(_) => intermediate_purposes(subject),
    }
}

pub(super) fn intermediate_purposes(subject: &Subject<'_>) -> Option<Fact> {
    let purposes = subject.certificate.extended_key_usage()?;
    let mut serves = false;
    let mut forbidden = false;
    for purpose in purposes {
        let oid = purpose.contents();
        serves |= oid.strip_prefix(&ID_KP) == Some(&[SERVER_AUTH]);
        forbidden |= is_forbidden_purpose(oid);
    }
    (!serves || forbidden).then(|| purposes_fact(subject))
}

/// Whether the Baseline Requirements forbid the purpose in certificates of servers and in their CAs'.
pub(crate) fn is_forbidden_purpose(oid: &[u8]) -> bool {
    match oid.strip_prefix(&ID_KP) {
        Some([number]) => FORBIDDEN_OF_ID_KP.contains(number),
        _ => oid == ANY_EXTENDED_KEY_USAGE || oid == PRECERTIFICATE_SIGNING,
    }
}

/// An anchor that another CA has signed is no root CA.
pub(super) fn anchor_without_purposes(subject: &Subject<'_>) -> Option<Fact> {
    subject.certificate.extended_key_usage()?;
    subject
        .is_self_signed_anchor()
        .then(|| purposes_fact(subject))
}

fn purposes_fact(subject: &Subject<'_>) -> Fact {
    let purposes = subject
        .certificate
        .extended_key_usage()
        .into_iter()
        .flatten();
    Fact::Purposes(purposes.map(KeyPurpose::from).collect())
}

/// Calls `each` with every method and location of an authorityInfoAccess (RFC 5280 section 4.2.2.1).
fn access_descriptions<'a>(
    value: &'a [u8],
    mut each: impl FnMut(Oid<'a>, GeneralName<'a>),
) -> Decoded<()> {
    const FIELD: &str = "authorityInfoAccess";
    let mut list = sequence(value, FIELD)?;
    if list.at_end() {
        return Err(list.error(Problem::Value("a list of no access methods")));
    }
    while !list.at_end() {
        let description = list.expect(tag::SEQUENCE)?;
        let mut fields = list.inside(description.contents, FIELD);
        let method = decode_oid(&mut fields)?;
        let location = GeneralName::read(&mut fields)?;
        fields.finish()?;
        each(method, location);
    }
    Ok(())
}

pub(super) fn authority_information_access_syntax(subject: &Subject<'_>) -> Option<Fact> {
    let extension = subject.extensions.authority_information_access?;
    let decoded = access_descriptions(extension.value, |_, _| {});
    decoded.err().map(malformed)
}

/// id-ad, 1.3.6.1.5.5.7.48: OCSP and caIssuers are 1 and 2 of it.
const ID_AD: [u8; 7] = [0x2b, 6, 1, 5, 5, 7, 48];

pub(super) fn authority_information_access_http(subject: &Subject<'_>) -> Option<Fact> {
    let extension = subject.extensions.authority_information_access?;
    let mut others = Vec::new();
    // What cannot be decoded is the check before's matter.
    let _ = access_descriptions(extension.value, |method, location| {
        let is_method = matches!(method.contents().strip_prefix(&ID_AD), Some([1 | 2]));
        let is_http = match location {
            GeneralName::Uri(octets) => {
                let (scheme, rest) = octets.split_at_checked(7).unwrap_or_default();
                scheme.eq_ignore_ascii_case(b"http://") && !rest.is_empty()
            }
            _ => false,
        };
        if !(is_method && is_http) && others.len() < MOST_NAMES {
            others.push(format!("{method} {location}"));
        }
    });
    (!others.is_empty()).then_some(Fact::Names(others))
}
