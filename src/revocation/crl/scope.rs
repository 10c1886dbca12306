//! Which certificates a CRL speaks of (RFC 5280 sections 5.2.5 and 6.3.3 (b)(2)): its issuing distribution point, held
//! against the certificate's CRL distribution points.

use super::CrlProblem;
use crate::certificate::{Certificate, Decoded, Element, Problem, Reader, Span, named_bits, tag};
use crate::name::check_general_names;
use crate::text;

/// Most distribution points of one certificate. Certificates in use have one or two.
const MAX_POINTS: usize = 32;

/// Most names of one distribution point. Points in use have one or two; every one of a CRL is held against every one of a
/// certificate.
const MAX_NAMES: usize = 16;

/// Reasons for revocation (ReasonFlags, RFC 5280 section 4.2.1.13), as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reasons(u16);

impl Reasons {
    pub(crate) const NONE: Self = Self(0);
    /// keyCompromise (1) to aACompromise (8): bits 1 to 8, the highest first.
    pub(crate) const ALL: Self = Self(0x7f80);

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn is_all(self) -> bool {
        self == Self::ALL
    }

    pub(crate) fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// The contents of a BIT STRING of named bits.
    fn decode(reader: &Reader<'_>, contents: &[u8]) -> Decoded<Self> {
        match named_bits(reader, contents)? {
            0 => Err(reader.error(Problem::Value("a BIT STRING that is no ReasonFlags"))),
            bits => Ok(Self(bits & Self::ALL.0)),
        }
    }
}

/// What a CRL says of its scope. Without the extension it speaks of every certificate of its issuer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    point: Option<PointName>,
    only_user: bool,
    only_ca: bool,
    reasons: Reasons,
}

/// A DistributionPointName, by where the contents of its alternative lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PointName {
    contents: Span,
    /// nameRelativeToCRLIssuer, not fullName.
    relative: bool,
}

/// How far a CRL speaks of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// For these reasons; at least one.
    Reasons(Reasons),
    /// It is for a distribution point, and the certificate names none at all, or in an extension that cannot be decoded.
    NoPoint,
    /// It is about others.
    Elsewhere,
}

impl Scope {
    /// The scope as octets, the same for the same scope; `der` are those of its CRL.
    pub(super) fn octets(&self, der: &[u8]) -> Vec<u8> {
        let [high, low] = self.reasons.0.to_be_bytes();
        let mut octets = vec![self.only_user.into(), self.only_ca.into(), high, low];
        match self.point {
            Some(point) => {
                let name = point.contents.of(der);
                let length = u64::try_from(name.len()).unwrap_or(u64::MAX);
                octets.push(if point.relative { 2 } else { 1 });
                octets.extend_from_slice(&length.to_be_bytes());
                octets.extend_from_slice(name);
            }
            None => octets.push(0),
        }
        octets
    }

    pub(super) const WHOLE: Self = Self {
        point: None,
        only_user: false,
        only_ca: false,
        reasons: Reasons::ALL,
    };

    /// Decodes the value of an issuingDistributionPoint extension.
    pub(super) fn decode(value: Reader<'_>) -> Result<Self, CrlProblem> {
        const FIELD: &str = "issuingDistributionPoint";
        let mut outer = value;
        let sequence = outer.expect(tag::SEQUENCE)?;
        outer.finish()?;
        let mut fields = outer.inside(sequence.contents, FIELD);
        if fields.at_end() {
            let problem = Problem::Value("an issuing distribution point that says nothing");
            return Err(fields.error(problem).into());
        }
        let point = match fields.optional(tag::constructed(0))? {
            Some(point) => Some(decode_point_name(fields.inside(point.contents, FIELD))?),
            None => None,
        };
        let only_user = decode_flag(&mut fields, 1)?;
        let only_ca = decode_flag(&mut fields, 2)?;
        let reasons = match fields.optional(tag::primitive(3))? {
            Some(reasons) => Reasons::decode(&fields, reasons.contents)?,
            None => Reasons::ALL,
        };
        let indirect = decode_flag(&mut fields, 4)?;
        let only_attribute = decode_flag(&mut fields, 5)?;
        fields.finish()?;
        if indirect {
            return Err(CrlProblem::Indirect);
        }
        if only_attribute {
            return Err(CrlProblem::AttributeCertificates);
        }
        Ok(Self {
            point,
            only_user,
            only_ca,
            reasons,
        })
    }

    /// How far a CRL of this scope, of the octets `der`, speaks of a certificate of the CRL's own issuer.
    pub(super) fn coverage(&self, der: &[u8], certificate: &Certificate<'_>) -> Coverage {
        let is_ca = certificate.basic_constraints().is_some_and(|it| it.ca);
        if (self.only_user && is_ca) || (self.only_ca && !is_ca) {
            return Coverage::Elsewhere;
        }
        let Some(own) = self.point else {
            return Coverage::of(self.reasons);
        };
        let own = Names::new(own.contents.of(der), own.relative);
        // The point that every certificate has without saying so: the issuer's own name (section 6.3.3, last paragraph).
        if own.has_directory_name(certificate.issuer_der()) {
            return Coverage::of(self.reasons);
        }
        match certificate.crl_distribution_points() {
            None => Coverage::NoPoint,
            Some(points) => match reasons_at(points, own, certificate.issuer_der()) {
                Ok(named) => Coverage::of(named.and(self.reasons)),
                // What cannot be read names nothing, and webpki may read a part of it.
                Err(_) => Coverage::NoPoint,
            },
        }
    }
}

impl Coverage {
    fn of(reasons: Reasons) -> Self {
        if reasons.is_none() {
            Self::Elsewhere
        } else {
            Self::Reasons(reasons)
        }
    }
}

/// The names of a distribution point.
#[derive(Clone, Copy)]
struct Names<'a> {
    contents: &'a [u8],
    relative: bool,
}

impl<'a> Names<'a> {
    const fn new(contents: &'a [u8], relative: bool) -> Self {
        Self { contents, relative }
    }

    /// Whether the two have a name in common, octet by octet. A relative name equals only a relative one.
    fn meet(self, other: Self) -> bool {
        if self.relative || other.relative {
            return self.relative == other.relative && self.contents == other.contents;
        }
        self.elements()
            .any(|own| other.elements().any(|other| own.whole == other.whole))
    }

    /// Whether the directoryName `name`, with tag and length, is among them.
    fn has_directory_name(self, name: &[u8]) -> bool {
        !self.relative
            && self
                .elements()
                .any(|own| own.tag == tag::constructed(4) && own.contents == name)
    }

    fn elements(self) -> impl Iterator<Item = Element<'a>> {
        let mut names = Reader::new(self.contents, "fullName");
        std::iter::from_fn(move || names.next().ok())
    }
}

/// The reasons of a certificate's distribution points that have a name in common with `own`.
fn reasons_at(value: &[u8], own: Names<'_>, issuer: &[u8]) -> Decoded<Reasons> {
    let mut all = Reasons::NONE;
    for_each_point(value, |point| {
        // A point whose CRLs somebody else issues is not about CRLs of this issuer.
        let of_issuer = point
            .crl_issuer
            .is_none_or(|names| names.has_directory_name(issuer));
        let named = match (point.name, point.crl_issuer) {
            (Some(name), _) => name.meet(own),
            (None, Some(names)) => names.meet(own),
            (None, None) => false,
        };
        if of_issuer && named {
            all = all.or(point.reasons);
        }
    })?;
    Ok(all)
}

/// Where a certificate says that its CRLs are to be had: URIs, escaped and bounded; at most two. For hints.
pub(crate) fn point_uris(certificate: &Certificate<'_>) -> Vec<String> {
    const URI: u8 = tag::primitive(6);
    let mut uris = Vec::new();
    if let Some(value) = certificate.crl_distribution_points() {
        // What cannot be read has said what it could.
        let _ = for_each_point(value, |point| {
            let names = point.name.filter(|name| !name.relative);
            let names = names.into_iter().flat_map(Names::elements);
            let own = names.filter(|name| name.tag == URI);
            uris.extend(own.map(|uri| text::printable(uri.contents)));
            uris.truncate(2);
        });
    }
    uris
}

/// One distribution point of a certificate (section 4.2.1.13).
struct Point<'a> {
    name: Option<Names<'a>>,
    reasons: Reasons,
    crl_issuer: Option<Names<'a>>,
}

fn for_each_point<'a>(value: &'a [u8], mut each: impl FnMut(Point<'a>)) -> Decoded<()> {
    const FIELD: &str = "cRLDistributionPoints";
    let mut outer = Reader::new(value, FIELD);
    let sequence = outer.expect(tag::SEQUENCE)?;
    outer.finish()?;
    let mut points = outer.inside(sequence.contents, FIELD);
    let mut count = 0usize;
    while !points.at_end() {
        count = count.saturating_add(1);
        if count > MAX_POINTS {
            return Err(points.error(Problem::TooMany {
                most: MAX_POINTS,
                what: "distribution points",
            }));
        }
        let point = points.expect(tag::SEQUENCE)?;
        let mut fields = points.inside(point.contents, FIELD);
        let name = match fields.optional(tag::constructed(0))? {
            Some(name) => {
                let name = decode_point_name(fields.inside(name.contents, FIELD))?;
                Some(Names::new(name.contents.of(value), name.relative))
            }
            None => None,
        };
        let reasons = match fields.optional(tag::primitive(1))? {
            Some(reasons) => Reasons::decode(&fields, reasons.contents)?,
            None => Reasons::ALL,
        };
        let crl_issuer = match fields.optional(tag::constructed(2))? {
            Some(names) => {
                check_general_names(fields.inside(names.contents, FIELD))?;
                Some(Names::new(names.contents, false))
            }
            None => None,
        };
        fields.finish()?;
        each(Point {
            name,
            reasons,
            crl_issuer,
        });
    }
    Ok(())
}

/// `DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName }`.
fn decode_point_name(mut name: Reader<'_>) -> Decoded<PointName> {
    let element = name.next()?;
    name.finish()?;
    let contents = name.span(element.contents);
    if element.tag == tag::constructed(0) {
        check_general_names(name.inside(element.contents, "fullName"))?;
        if Names::new(element.contents, false).elements().count() > MAX_NAMES {
            let (most, what) = (MAX_NAMES, "names of a distribution point");
            return Err(name.error(Problem::TooMany { most, what }));
        }
        Ok(PointName {
            contents,
            relative: false,
        })
    } else if element.tag == tag::constructed(1) {
        Ok(PointName {
            contents,
            relative: true,
        })
    } else {
        Err(name.error(Problem::UnexpectedTag {
            expected: tag::constructed(0),
            found: element.tag,
        }))
    }
}

/// `[n] BOOLEAN DEFAULT FALSE`.
fn decode_flag(fields: &mut Reader<'_>, number: u8) -> Decoded<bool> {
    match fields.optional(tag::primitive(number))? {
        None => Ok(false),
        Some(element) => match element.contents {
            [0xff] => Ok(true),
            // DER leaves it out; some write it.
            [0x00] => Ok(false),
            _ => Err(fields.error(Problem::Value("a BOOLEAN that is neither 00 nor FF"))),
        },
    }
}
