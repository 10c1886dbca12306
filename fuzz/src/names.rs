//! Names in certificates and the matchers of `subject-identifier`, against `der`, `x509-cert`, webpki and a slow reading of
//! what the documentation promises of each matcher.
//!
//! The input: four octets of choices ([`Choices`]), then the text that the policy wants and the contents of the subject, each
//! after two octets of its length; the rest is the contents of subjectAltName. The certificate around them is made here.

mod model;
mod reading;

use std::sync::LazyLock;

use der::{Decode, Encode};
use rustls_policy_verifier::pki_types::CertificateDer;
use rustls_policy_verifier::{
    Attribute, AttributeType, BuildError, Certificate, DistinguishedName, Evidence, GeneralName,
    Identifier, IdentifierEntry, Matcher, Peer, PeerIdentity, Policy, PresentedChain, SanKind,
    SubjectIdentifier, Values, Verifier, VerifyError, VerifyErrorKind,
};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name as theirs;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

use self::model::Verdict;
use self::reading::{OwnedAttribute, Reading};
use crate::fixture::{CHAINS, NOW};
use crate::mutate::{self, Random};
use crate::support::{CertificateBuilder, Name, TestKey, der as encode, general_name, oids};
use crate::{Target, tokens};

pub const TARGET: Target = Target {
    name: "names",
    check,
    mutate: mutate_input,
    seeds,
};

/// Names are read as others read them, and printed without harm; a matcher accepts what the slow reading accepts.
pub fn check(data: &[u8]) {
    let Some(input) = Input::read(data) else {
        return;
    };
    let der = CertificateDer::from(input.certificate());
    let Ok(certificate) = Certificate::decode(&der) else {
        return;
    };
    let reading = Reading::of(input.subject, input.names).expect("names that we have decoded");
    compare_with_reading(&certificate, &reading);
    compare_with_x509_cert(&certificate, input.subject, input.names);
    compare_with_webpki(&certificate, &der);
    check_print(&certificate);
    if let Some(entry) = input.choices.entry(input.text, &reading) {
        check_entry(&entry, input.choices.list(), &der, &reading);
    }
}

/// Whether the policy that an input chooses accepts its certificate; `None` where there is nothing to ask.
pub fn accepted(data: &[u8]) -> Option<bool> {
    let input = Input::read(data)?;
    let der = CertificateDer::from(input.certificate());
    let reading = Reading::of(input.subject, input.names)?;
    let entry = input.choices.entry(input.text, &reading)?;
    let policy = input.choices.list().policy(entry);
    verify(policy, &der).ok().map(|verdict| verdict.is_ok())
}

struct Input<'a> {
    choices: Choices,
    text: &'a [u8],
    subject: &'a [u8],
    names: &'a [u8],
}

impl<'a> Input<'a> {
    fn read(data: &'a [u8]) -> Option<Self> {
        let (choices, rest) = data.split_first_chunk()?;
        let (text, rest) = take(rest)?;
        let (subject, names) = take(rest)?;
        Some(Self {
            choices: Choices(*choices),
            text,
            subject,
            names,
        })
    }

    fn write(&self) -> Vec<u8> {
        let mut input = self.choices.0.to_vec();
        for part in [self.text, self.subject] {
            let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
            input.extend(length.to_be_bytes());
            input.extend(&part[..usize::from(length)]);
        }
        input.extend(self.names);
        input
    }

    fn certificate(&self) -> Vec<u8> {
        static SPKI: LazyLock<Vec<u8>> = LazyLock::new(|| TestKey::ed25519(3).spki());
        let subject = Name::empty().raw_rdn(self.subject.to_vec());
        let mut certificate = CertificateBuilder::end_entity(subject, SPKI.clone());
        if !self.names.is_empty() {
            certificate = certificate.san(vec![self.names.to_vec()]);
        }
        CHAINS[0].root.issue(certificate)
    }
}

/// Octets after two octets of their length, and what follows them.
fn take(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = octets.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
    Some(rest.split_at(length))
}

/// What is looked for, by which matcher, what several values mean and in which list the entry stands, and what the wanted
/// text is made of.
#[derive(Clone, Copy)]
struct Choices([u8; 4]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Any,
    All,
    None,
}

impl List {
    fn policy(self, entry: IdentifierEntry) -> Policy {
        let mut settings = SubjectIdentifier::default();
        match self {
            Self::Any => settings.any_of.push(entry),
            Self::All => settings.all_of.push(entry),
            Self::None => settings.none_of.push(entry),
        }
        let mut policy = Policy::client();
        policy.subject_identifier = settings.into();
        policy
    }
}

impl Choices {
    fn list(self) -> List {
        [List::Any, List::All, List::None][usize::from(self.0[2] / 4 % 3)]
    }

    fn entry(self, text: &[u8], reading: &Reading) -> Option<IdentifierEntry> {
        let text = std::str::from_utf8(text).ok()?;
        let entry = match self.0[0] % 9 {
            0 => IdentifierEntry::common_name(
                self.matcher(text, &reading.texts_of(oids::COMMON_NAME)),
            ),
            1 => {
                let unit = AttributeType::parse("ou")?;
                let texts = reading.texts_of(oids::ORGANIZATIONAL_UNIT);
                IdentifierEntry::attribute(unit, self.matcher(text, &texts))
            }
            2 => {
                let first = reading.rdns.first()?.first()?;
                let dotted = first.dotted()?;
                let matcher = self.matcher(text, &reading.texts_of(&dotted));
                IdentifierEntry::attribute(AttributeType::parse(&dotted)?, matcher)
            }
            8 => IdentifierEntry::subject(self.subject(text, reading).parse().ok()?),
            number => {
                let kind = [
                    SanKind::Dns,
                    SanKind::Ip,
                    SanKind::Uri,
                    SanKind::Email,
                    SanKind::Upn,
                ][usize::from(number - 3)];
                IdentifierEntry::alternative_name(
                    kind,
                    self.matcher(text, &reading.texts_of_kind(kind)),
                )
            }
        };
        let values = [Values::One, Values::Any, Values::All][usize::from(self.0[2] % 4 % 3)];
        Some(entry.values(values))
    }

    /// Texts near to what is presented, so that matchers have something to accept.
    fn matcher(self, text: &str, presented: &[String]) -> Matcher {
        let text = match presented.get(usize::from(self.0[3] / 8) % presented.len().max(1)) {
            Some(near) => wanted(self.0[3] % 8, text, near),
            None => text.to_owned(),
        };
        match self.0[1] % 5 {
            0 => Matcher::Exact(text),
            1 => Matcher::OneOf(text.split('\n').map(str::to_owned).collect()),
            2 => Matcher::Namespace(text),
            3 => Matcher::Uuid(text),
            _ => Matcher::Glob(text),
        }
    }

    fn subject(self, text: &str, reading: &Reading) -> String {
        match self.0[3] % 2 {
            0 => text.to_owned(),
            _ => reading.rfc4514(),
        }
    }
}

/// `near` is what a certificate presents.
fn wanted(how: u8, text: &str, near: &str) -> String {
    let separator = if near.contains('/') { '/' } else { '.' };
    let (before, last) = near.rsplit_once(separator).unwrap_or((near, ""));
    let (first, after) = near.split_once(separator).unwrap_or((near, ""));
    match how {
        1 => near.to_owned(),
        2 => near.chars().map(flip_case).collect(),
        3 => before.to_owned(),
        4 => format!("{before}{separator}*"),
        5 => format!("{before}{separator}**"),
        6 => format!("*{separator}{after}"),
        7 => format!("{text}\n{near}{first}\n{near}\n{last}"),
        _ => text.to_owned(),
    }
}

fn flip_case(character: char) -> char {
    match character.is_ascii_lowercase() {
        true => character.to_ascii_uppercase(),
        false => character.to_ascii_lowercase(),
    }
}

fn compare_with_reading(certificate: &Certificate<'_>, reading: &Reading) {
    let subject = certificate.subject();
    let own: Vec<Vec<_>> = subject
        .rdns()
        .map(|rdn| rdn.attributes().collect())
        .collect();
    assert_eq!(own.len(), reading.rdns.len());
    for (own, other) in own.iter().zip(&reading.rdns) {
        assert_eq!(own.len(), other.len());
        for (own, other) in own.iter().zip(other) {
            compare_attributes(own, other);
        }
    }
    let own: Vec<_> = certificate
        .subject_alternative_names()
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(own.len(), reading.names.len());
    for (own, other) in own.iter().zip(&reading.names) {
        let (tag, octets) = (other.tag, other.contents.as_slice());
        match own {
            GeneralName::Dns(own) => assert_eq!((0x82, octets), (tag, *own)),
            GeneralName::Email(own) => assert_eq!((0x81, octets), (tag, *own)),
            GeneralName::Uri(own) => assert_eq!((0x86, octets), (tag, *own)),
            GeneralName::Ip(own) => assert_eq!((0x87, octets), (tag, *own)),
            GeneralName::RegisteredId(own) => assert_eq!((0x88, octets), (tag, own.contents())),
            GeneralName::Directory(own) => {
                let name = encode::tlv(0x30, own.contents());
                assert_eq!((0xa4, octets), (tag, name.as_slice()));
            }
            GeneralName::Other { oid, value } => {
                let whole = [
                    &encode::tlv(0x06, oid.contents()),
                    &encode::tlv(0xa0, value)[..],
                ];
                assert_eq!((0xa0, octets), (tag, &whole.concat()[..]));
            }
            GeneralName::Unsupported(number) => assert_eq!(0xa0 | number, tag),
            other => panic!("a new kind of name: {other}"),
        }
    }
}

fn compare_attributes(own: &Attribute<'_>, other: &OwnedAttribute) {
    assert_eq!(own.oid.contents(), other.oid);
    match (own.text(), other.text()) {
        (Ok(own), Some(text)) => {
            assert!(!text.hides_something, "{own:?} is comparable");
            assert_eq!(own, text.text);
        }
        (Ok(own), None) => panic!("{own:?} is comparable"),
        (Err(problem), Some(text)) => assert!(!text.is_plain, "{:?}: {problem}", text.text),
        (Err(_), None) => {}
    }
}

fn compare_with_x509_cert(certificate: &Certificate<'_>, subject: &[u8], names: &[u8]) {
    if let Ok(other) = RdnSequence::from_der(&encode::tlv(0x30, subject)) {
        compare_names(certificate.subject(), other.iter());
    }
    let Ok(other) = SubjectAltName::from_der(&encode::tlv(0x30, names)) else {
        return;
    };
    let Some(own) = certificate.subject_alternative_names() else {
        return assert!(names.is_empty());
    };
    let own: Vec<_> = own.collect();
    assert_eq!(own.len(), other.0.len());
    for (own, other) in own.iter().zip(&other.0) {
        match (own, other) {
            (GeneralName::Dns(own), theirs::GeneralName::DnsName(other))
            | (GeneralName::Email(own), theirs::GeneralName::Rfc822Name(other))
            | (GeneralName::Uri(own), theirs::GeneralName::UniformResourceIdentifier(other)) => {
                assert_eq!(*own, other.as_bytes());
            }
            (GeneralName::Ip(own), theirs::GeneralName::IpAddress(other)) => {
                assert_eq!(*own, other.as_bytes());
            }
            (GeneralName::RegisteredId(own), theirs::GeneralName::RegisteredId(other)) => {
                assert_eq!(own.contents(), other.as_bytes());
            }
            (GeneralName::Directory(own), theirs::GeneralName::DirectoryName(other)) => {
                compare_names(*own, other.iter_rdn());
            }
            (GeneralName::Other { oid, value }, theirs::GeneralName::OtherName(other)) => {
                assert_eq!(oid.contents(), other.type_id.as_bytes());
                assert_eq!(Some(value.to_vec()), other.value.to_der().ok());
            }
            (GeneralName::Unsupported(5), theirs::GeneralName::EdiPartyName(_)) => {}
            (own, other) => panic!("{own} is {other:?}"),
        }
    }
}

/// Theirs sorts the attributes of an RDN.
fn compare_names<'a>(
    own: DistinguishedName<'_>,
    other: impl Iterator<Item = &'a RelativeDistinguishedName>,
) {
    let own = own.rdns().map(|rdn| {
        let attributes = rdn.attributes();
        sorted(attributes.map(|it| it.oid.contents().to_vec()))
    });
    let other = other.map(|rdn| sorted(rdn.iter().map(|it| it.oid.as_bytes().to_vec())));
    assert_eq!(own.collect::<Vec<_>>(), other.collect::<Vec<_>>());
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<_> = items.collect();
    items.sort();
    items
}

/// What webpki finds to be names, we find.
fn compare_with_webpki(certificate: &Certificate<'_>, der: &CertificateDer<'_>) {
    let Ok(webpki) = webpki::EndEntityCert::try_from(der) else {
        return;
    };
    let own: Vec<_> = certificate
        .subject_alternative_names()
        .into_iter()
        .flatten()
        .collect();
    for name in webpki.valid_dns_names() {
        assert!(own.contains(&GeneralName::Dns(name.as_bytes())), "{name}");
    }
    for name in webpki.valid_uri_names() {
        assert!(own.contains(&GeneralName::Uri(name.as_bytes())), "{name}");
    }
}

/// Names print as one bounded line that does nothing to a terminal.
fn check_print(certificate: &Certificate<'_>) {
    // 256 characters, an escape cut short, and what stands around.
    const MOST: usize = 300;
    let subject = certificate.subject();
    harmless(&subject.to_string(), MOST);
    harmless(&format!("{subject:?}"), MOST);
    for attribute in subject.attributes() {
        harmless(&format!("{attribute:?}"), MOST);
    }
    for name in certificate
        .subject_alternative_names()
        .into_iter()
        .flatten()
    {
        harmless(&name.to_string(), MOST);
    }
}

fn harmless(text: &str, most: usize) {
    assert!(
        text.chars().count() <= most,
        "{} characters",
        text.chars().count()
    );
    assert!(!text.chars().any(model::hides), "{text:?}");
}

/// The verdict on one entry, by the engine, is that of the slow reading.
fn check_entry(entry: &IdentifierEntry, list: List, der: &CertificateDer<'_>, reading: &Reading) {
    let policy = list.policy(entry.clone());
    let verdict = match verify(policy.clone(), der) {
        Ok(verdict) => verdict,
        // Settings without sense.
        Err(BuildError::Policy { .. }) => return,
        Err(other) => panic!("{other}"),
    };
    let model = model::judge(entry, reading);
    match (&verdict, list, model.verdict) {
        (Ok(_), List::Any | List::All, Verdict::Matched)
        | (Ok(_), List::None, Verdict::NotMatched) => {}
        (Ok(_), _, model) => panic!("{entry} in {list:?}: accepted, and is {model:?}"),
        (Err(_), List::Any | List::All, Verdict::Matched) => {
            assert!(
                model.is_doubtful,
                "{entry} in {list:?}: refused, and matches"
            );
        }
        (Err(_), ..) => {}
    }
    if let Err(error) = &verdict {
        assert_eq!(error.kind(), VerifyErrorKind::Policy, "{error:#?}");
        for violation in error.violations() {
            assert_eq!(violation.rule.as_str(), "subject-identifier");
        }
        for words in [
            error.to_string(),
            format!("{error:#?}"),
            error.report().to_string(),
        ] {
            assert!(words.len() < 128 * 1024, "{} octets of words", words.len());
            let hidden = |character| model::hides(character) && character != '\n';
            assert!(!words.chars().any(hidden), "{words:?}");
        }
    }
    if list == List::None && verdict.is_ok() {
        for value in &model.values {
            assert!(
                !model::is_like(entry, value),
                "{entry} is forbidden, and {value:?} is let pass"
            );
        }
    }
    let identity = PeerIdentity::of(std::slice::from_ref(der)).expect("decoded above");
    let claimed = identity.claimed_identifiers(&policy);
    assert_eq!(
        claimed.len(),
        usize::from(verdict.is_ok() && list != List::None)
    );
    for claimed in &claimed {
        let value = &claimed.value;
        let is_there = match entry.identifier {
            Identifier::Subject(_) => model::is_subject(value, reading),
            _ => model.exactly.contains(value),
        };
        assert!(is_there, "{value:?} is none of {:?}", model.exactly);
    }
}

fn verify(policy: Policy, der: &CertificateDer<'_>) -> Result<Result<(), VerifyError>, BuildError> {
    let verifier = Verifier::builder(CHAINS[0].anchors.clone(), policy)
        .without_signature_cache()
        .build()?;
    let chain = PresentedChain::new(der, &[]);
    let verdict = verifier.verify(&chain, Peer::Client, Evidence::default(), NOW);
    Ok(verdict.map(|path| {
        let words = path.report().to_string();
        assert!(
            !words
                .chars()
                .any(|character| model::hides(character) && character != '\n')
        );
    }))
}

const WORDS: [&[u8]; 28] = [
    b"/",
    b"//",
    b".",
    b"..",
    b":",
    b"*",
    b"**",
    b"%2e",
    b"%2F",
    b"?",
    b"#",
    b"@",
    b"\n",
    b",",
    b"+",
    b"=",
    b"\\",
    b"\\2C",
    b"CN=",
    b"2.5.4.11=",
    b"spiffe://",
    b"urn:",
    b"a",
    b"A",
    b"127.0.0.1",
    b"::1",
    b"\0",
    b"\xe2\x80\xae",
];

fn mutate_input(data: &[u8], random: &mut Random) -> Vec<u8> {
    let Some(mut input) = Input::read(data) else {
        return mutate::octets(data, random);
    };
    let changed;
    match random.below(8) {
        0 | 1 => {
            let at = random.below(4);
            input.choices.0[at] = random.below(64).to_le_bytes()[0];
        }
        2 | 3 => {
            changed = tokens::change(&tokens::words(input.text), &WORDS, random);
            input.text = &changed;
        }
        4 | 5 => {
            changed = mutate::der(input.subject, random);
            input.subject = &changed;
        }
        6 => {
            changed = mutate::der(input.names, random);
            input.names = &changed;
        }
        // The text of the last name: it reaches to the end.
        _ => {
            changed = words_in_place(input.names, random);
            input.names = &changed;
        }
    }
    input.write()
}

/// Changes one name's text, and its length with it.
fn words_in_place(names: &[u8], random: &mut Random) -> Vec<u8> {
    let Some(mut elements) = reading::elements(names) else {
        return mutate::der(names, random);
    };
    let at = random.below(elements.len());
    if let Some(element) = elements.get_mut(at) {
        element.contents = tokens::change(&tokens::words(&element.contents), &WORDS, random);
    }
    elements
        .iter()
        .flat_map(|it| encode::tlv(it.tag, &it.contents))
        .collect()
}

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    const UUID: &str = "123e4567-e89b-12d3-a456-426614174000";
    let acme = Name::cn("acme/prod/pay")
        .and(oids::ORGANIZATIONAL_UNIT, "payments")
        .and(oids::ORGANIZATIONAL_UNIT, "Söhne, \"x\"");
    let several = Name::empty().multi(&[
        (oids::COMMON_NAME, 0x0c, b"client"),
        (oids::ORGANIZATION, 0x13, b"Acme"),
    ]);
    let odd = Name::empty()
        .and_raw(oids::COMMON_NAME, 0x1e, b"\0a\0b")
        .and_raw(oids::COMMON_NAME, 0x0c, b"a\0b");
    let names = [
        general_name::dns("pay.acme.example"),
        general_name::uri("spiffe://acme.example/prod/pay"),
        general_name::email("Pay@acme.example"),
        general_name::ipv4([192, 0, 2, 1]),
        general_name::ipv6([0x20; 16]),
        general_name::upn("pay@acme.example"),
        general_name::directory(&several),
        general_name::registered_id("1.2.3"),
    ]
    .concat();
    let odd_uris = ["..", ".", "", "a%2fb"]
        .map(|segment| general_name::uri(&format!("spiffe://acme.example/{segment}/pay")))
        .concat();
    let detour = general_name::uri("spiffe://acme.example/prod/../admin/pay");
    let seed = |choices: [u8; 4], text: &str, subject: &Name, names: &[u8]| {
        let subject = subject.der();
        let (_, subject, _) = encode::split(&subject);
        Input {
            choices: Choices(choices),
            text: text.as_bytes(),
            subject,
            names,
        }
        .write()
    };
    let uuid = Name::cn(&UUID.to_uppercase());
    vec![
        ("exact", seed([0, 0, 0, 0], "acme/prod/pay", &acme, &[])),
        ("one-of", seed([1, 1, 1, 0], "x\npayments", &acme, &[])),
        ("two-values", seed([1, 0, 0, 0], "payments", &acme, &[])),
        ("namespace", seed([2, 2, 0, 3], "", &acme, &names)),
        ("uuid", seed([0, 3, 4, 0], UUID, &uuid, &[])),
        (
            "glob",
            seed([5, 4, 0, 0], "spiffe://acme.example/*/pay", &acme, &names),
        ),
        (
            "glob-many",
            seed([5, 4, 0, 0], "spiffe://acme.example/**", &acme, &names),
        ),
        ("dns", seed([3, 4, 6, 0], "*.ACME.example", &acme, &names)),
        (
            "address",
            seed([4, 1, 1, 0], "::1\n192.0.2.1", &acme, &names),
        ),
        (
            "email",
            seed([6, 0, 0, 0], "Pay@ACME.example", &acme, &names),
        ),
        ("principal", seed([7, 0, 2, 1], "", &acme, &names)),
        (
            "subject",
            seed([8, 0, 0, 0], "CN=client+O=Acme", &several, &[]),
        ),
        (
            "subject-written-anew",
            seed([8, 0, 0, 1], "", &acme, &names),
        ),
        (
            "forbidden",
            seed([3, 0, 8, 0], "admin.acme.example", &acme, &names),
        ),
        ("forbidden-and-there", seed([3, 0, 9, 1], "", &acme, &names)),
        (
            "uuid-and-more",
            seed([0, 3, 4, 0], UUID, &Name::cn(&format!("{UUID}0")), &[]),
        ),
        (
            "glob-of-odd-segments",
            seed(
                [5, 4, 1, 0],
                "spiffe://acme.example/*/pay",
                &acme,
                &odd_uris,
            ),
        ),
        (
            "forbidden-by-a-detour",
            seed(
                [5, 4, 9, 0],
                "spiffe://acme.example/admin/**",
                &acme,
                &detour,
            ),
        ),
        (
            "subject-and-more",
            seed(
                [8, 0, 0, 0],
                "CN=client+O=Acme",
                &several.clone().and(oids::COUNTRY, "GB"),
                &[],
            ),
        ),
        ("incomparable", seed([0, 0, 1, 0], "a", &odd, &[])),
    ]
}
