//! Corners of the rule `subject-identifier`.

use pki_types::CertificateDer;
use rustls_policy_verifier::{
    AttributeType, BuildError, Fact, IdentifierEntry, IdentifierRequirement, Matcher, Peer, Policy,
    PresentedChain, SanKind, SubjectIdentifier, Values, Verifier, pki_types,
};

use super::{NOW, anchors, end_entity, root, verify_by};
use crate::support::{CertificateBuilder, Name, der, general_name, oids};

fn verifier(identifiers: SubjectIdentifier) -> Result<Verifier, BuildError> {
    let mut policy = Policy::client();
    policy.subject_identifier = identifiers.into();
    Verifier::builder(anchors(), policy).build()
}

/// What the rule asks for and what it found, if that is not enough.
fn judged(
    identifiers: SubjectIdentifier,
    certificate: CertificateBuilder,
) -> Option<(IdentifierRequirement, Fact)> {
    let chain = [root().issue(certificate)];
    let error = verify_by(&verifier(identifiers).unwrap(), &chain, Peer::Client).err()?;
    let [violation] = error.violations() else {
        panic!("{error:#?}");
    };
    match &violation.required {
        Fact::RequiredIdentifiers(required) => {
            Some((required.clone(), violation.presented.clone()))
        }
        other => panic!("{other:?}"),
    }
}

fn any(entry: IdentifierEntry) -> SubjectIdentifier {
    SubjectIdentifier::any_of([entry])
}

fn none(entry: IdentifierEntry) -> SubjectIdentifier {
    SubjectIdentifier {
        none_of: vec![entry],
        ..Default::default()
    }
}

fn cn(value: &str) -> IdentifierEntry {
    IdentifierEntry::common_name(Matcher::exact(value))
}

fn san(kind: SanKind, value: &str) -> IdentifierEntry {
    IdentifierEntry::alternative_name(kind, Matcher::exact(value))
}

fn one_of(values: [&str; 2]) -> Matcher {
    Matcher::OneOf(values.map(str::to_owned).to_vec())
}

/// The problem of a policy that cannot work.
fn problem(identifiers: SubjectIdentifier) -> Option<String> {
    match verifier(identifiers) {
        Ok(_) => None,
        Err(BuildError::Policy { problem, .. }) => Some(problem),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn entries_of_all_of_that_no_certificate_has_together_are_refused() {
    let together = |one: IdentifierEntry, other: IdentifierEntry| {
        problem(SubjectIdentifier::all_of([one, other])).is_none()
    };
    assert!(!together(cn("a"), cn("b")));
    // One that permits several values is enough for a conflict, for the other permits one.
    assert!(!together(cn("a"), cn("b").values(Values::Any)));
    assert!(together(
        cn("a").values(Values::Any),
        cn("b").values(Values::Any)
    ));
    assert!(together(cn("a"), cn("A")));
    let organization = AttributeType::parse("O").unwrap();
    let of_another_type = IdentifierEntry::attribute(organization, Matcher::exact("b"));
    assert!(together(cn("a"), of_another_type));

    let dns = |value| san(SanKind::Dns, value);
    assert!(!together(dns("a.example"), dns("b.example")));
    assert!(together(dns("a.example"), san(SanKind::Uri, "urn:b")));
    // An address has several spellings.
    assert!(together(
        san(SanKind::Ip, "2001:db8::1"),
        san(SanKind::Ip, "2001:db8:0::1")
    ));
}

/// A DNS name with the octets of a user principal name is none.
#[test]
fn a_name_of_another_kind_is_no_user_principal_name() {
    let wanted = san(SanKind::Upn, "peer.example");
    let named = |name| end_entity().san(vec![name]);
    let upn = named(general_name::upn("peer.example"));
    assert_eq!(judged(any(wanted.clone()), upn), None);
    for other in [
        general_name::dns("peer.example"),
        general_name::uri("peer.example"),
        general_name::email("peer.example"),
        general_name::other_name("1.3.6.1.4.1.32473.1", &der::utf8("peer.example")),
    ] {
        let (required, presented) = judged(any(wanted.clone()), named(other)).unwrap();
        assert_eq!(required, IdentifierRequirement::AnyOf(vec![wanted.clone()]));
        assert_eq!(presented, Fact::Absent);
    }
}

#[test]
fn a_user_principal_name_is_a_utf8_string() {
    let wanted = san(SanKind::Upn, "peer").values(Values::Any);
    let ia5 = general_name::other_name(oids::UPN, &der::ia5("peer"));
    let (required, _) = judged(any(wanted.clone()), end_entity().san(vec![ia5])).unwrap();
    assert_eq!(required, IdentifierRequirement::Comparable(wanted));
}

#[test]
fn sixteen_values_are_reported_and_none_as_absent() {
    let names = |count: usize| {
        let names = (0..count).map(|n| general_name::uri(&format!("urn:{n}")));
        end_entity().san(names.collect())
    };
    let uri = || san(SanKind::Uri, "urn:other").values(Values::Any);
    let presented = |count| {
        let all_of = SubjectIdentifier::all_of([uri()]);
        judged(all_of, names(count)).unwrap().1
    };
    for (count, reported) in [(15, 15), (16, 16), (17, 16)] {
        let Fact::Identifiers(values) = presented(count) else {
            panic!("{count}");
        };
        assert_eq!(values.len(), reported);
    }
    let (_, presented) = judged(SubjectIdentifier::all_of([uri()]), end_entity()).unwrap();
    assert_eq!(presented, Fact::Absent);
}

/// Where a namespace is forbidden, what is spelled to lie beside it is refused; where a value is forbidden, it is another.
#[test]
fn odd_segments_count_where_the_matcher_goes_by_segments() {
    let odd = || end_entity().subject(Name::cn("b//c"));
    let forbidden = |matcher| none(IdentifierEntry::common_name(matcher));
    assert_eq!(judged(forbidden(Matcher::exact("a")), odd()), None);
    for by_segments in [Matcher::Namespace("a/".into()), Matcher::Glob("a/*".into())] {
        let (required, _) = judged(forbidden(by_segments.clone()), odd()).unwrap();
        let entry = IdentifierEntry::common_name(by_segments.clone());
        assert_eq!(required, IdentifierRequirement::Comparable(entry));
        let plain = end_entity().subject(Name::cn("b/c"));
        assert_eq!(judged(forbidden(by_segments), plain), None);
    }
}

/// One irregular value is enough, wherever it stands.
#[test]
fn one_irregular_value_among_others_refuses() {
    let forbidden = || none(san(SanKind::Dns, "a.example").values(Values::Any));
    let names = |names: &[&str]| judged(forbidden(), end_entity().dns(names)).is_none();
    assert!(names(&["b.example", "c.example"]));
    assert!(!names(&["*.example", "b.example"]));
    assert!(!names(&["b.example", "*.example"]));
}

#[test]
fn one_of_several_mailboxes_or_addresses() {
    let entry = |kind, values| any(IdentifierEntry::alternative_name(kind, one_of(values)));
    let mail = || entry(SanKind::Email, ["a@acme.example", "b@acme.example"]);
    let named = |name| end_entity().san(vec![name]);
    let is_met = |identifiers, name| judged(identifiers, named(name)).is_none();
    assert!(is_met(mail(), general_name::email("b@ACME.example")));
    assert!(!is_met(mail(), general_name::email("B@acme.example")));
    let address = || entry(SanKind::Ip, ["10.0.0.1", "10.0.0.2"]);
    assert!(is_met(address(), general_name::ipv4([10, 0, 0, 2])));
    assert!(!is_met(address(), general_name::ipv4([10, 0, 0, 3])));
}

#[test]
fn patterns_that_make_no_sense_are_refused_for_what_they_are() {
    let glob = |kind, pattern: &str| {
        let matcher = Matcher::Glob(pattern.to_owned());
        problem(any(IdentifierEntry::alternative_name(kind, matcher)))
    };
    let uri = |pattern| glob(SanKind::Uri, pattern);
    assert_eq!(uri("spiffe://acme.example/**"), None);
    assert_eq!(
        uri("spiffe://acme.example/**/a").unwrap(),
        "`**` may stand only at the end"
    );
    assert_eq!(
        uri("spiffe://acme.example/a*").unwrap(),
        "`*` must be a whole segment, not part of \"a*\""
    );
    // Of URNs the namespace identifier, of nothing else.
    assert_eq!(uri("urn:acme:a/*"), None);
    for without_authority in ["mailto:acme:a/*", "urn:ac*me:a/*", "urn::a/*"] {
        assert!(uri(without_authority).is_some(), "{without_authority}");
    }
}

/// Type and value of every attribute, not one or the other.
#[test]
fn a_whole_subject_is_compared_in_types_and_values() {
    let wanted = || any(IdentifierEntry::subject("CN=a,O=b".parse().unwrap()));
    let subject = |organization: &str, name: &str| {
        let name = Name::empty()
            .and(oids::ORGANIZATION, organization)
            .and(oids::COMMON_NAME, name);
        judged(wanted(), end_entity().subject(name)).is_none()
    };
    assert!(subject("b", "a"));
    assert!(!subject("b", "c"));
    assert!(!subject("c", "a"));
    let of_another_type = Name::empty()
        .and(oids::LOCALITY, "b")
        .and(oids::COMMON_NAME, "a");
    assert!(judged(wanted(), end_entity().subject(of_another_type)).is_some());
}

#[test]
fn what_matched_is_said_with_the_label() {
    let verifier = verifier(any(cn("peer"))).unwrap();
    let certificate = CertificateDer::from(root().issue(end_entity()));
    let chain = PresentedChain::new(&certificate, &[]);
    let path = verifier
        .verify(&chain, Peer::Client, Default::default(), NOW)
        .unwrap();
    let [matched] = &path.identifiers()[..] else {
        panic!("{:?}", path.identifiers());
    };
    assert_eq!(matched.to_string(), format!("peer under {}", path.label()));
}
