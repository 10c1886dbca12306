//! What a check looks at: one certificate, its place, and its extensions found once.

use crate::certificate::{Certificate, Decoded, Extension, ID_CE, Reader, tag};
use crate::peer::Peer;

/// Where in the path a certificate stands, as profiles see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    EndEntity,
    Intermediate,
    Anchor,
}

/// Which certificates a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    All,
    EndEntities,
    Intermediates,
    Anchors,
    /// Intermediates and anchors.
    Cas,
    /// End entities and intermediates.
    BelowAnchors,
}

impl Of {
    pub(super) fn includes(self, place: Place) -> bool {
        match self {
            Self::All => true,
            Self::EndEntities => place == Place::EndEntity,
            Self::Intermediates => place == Place::Intermediate,
            Self::Anchors => place == Place::Anchor,
            Self::Cas => place != Place::EndEntity,
            Self::BelowAnchors => place != Place::Anchor,
        }
    }
}

/// One certificate under examination.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    pub(super) certificate: &'a Certificate<'a>,
    pub(super) place: Place,
    /// Whether it is trusted by itself: the anchor, or an end entity that is one.
    pub(super) is_anchor: bool,
    pub(super) peer: Peer<'a>,
    pub(super) extensions: Extensions<'a>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(
        certificate: &'a Certificate<'a>,
        place: Place,
        is_anchor: bool,
        peer: Peer<'a>,
    ) -> Self {
        Self {
            certificate,
            place,
            is_anchor,
            peer,
            extensions: Extensions::of(certificate),
        }
    }

    /// The last certificate of a path vouches for itself, if it is not one that another CA has cross-signed.
    pub(super) fn is_self_signed_anchor(&self) -> bool {
        self.is_anchor && self.certificate.is_self_issued()
    }
}

/// The extensions that checks look at (RFC 5280 sections 4.2.1 and 4.2.2).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extensions<'a> {
    pub(super) subject_directory_attributes: Option<Extension<'a>>,
    pub(super) subject_key_identifier: Option<Extension<'a>>,
    pub(super) subject_alternative_name: Option<Extension<'a>>,
    pub(super) basic_constraints: Option<Extension<'a>>,
    pub(super) name_constraints: Option<Extension<'a>>,
    pub(super) crl_distribution_points: Option<Extension<'a>>,
    pub(super) authority_key_identifier: Option<Extension<'a>>,
    pub(super) policy_constraints: Option<Extension<'a>>,
    pub(super) extended_key_usage: Option<Extension<'a>>,
    pub(super) freshest_crl: Option<Extension<'a>>,
    pub(super) inhibit_any_policy: Option<Extension<'a>>,
    pub(super) authority_information_access: Option<Extension<'a>>,
    pub(super) subject_information_access: Option<Extension<'a>>,
}

/// id-pe, 1.3.6.1.5.5.7.1: the arc of the private extensions.
const ID_PE: [u8; 7] = [0x2b, 6, 1, 5, 5, 7, 1];

impl<'a> Extensions<'a> {
    pub(super) fn of(certificate: &Certificate<'a>) -> Self {
        let mut found = Self::default();
        for extension in certificate.extensions() {
            let oid = extension.oid.contents();
            let slot = if let Some([number]) = oid.strip_prefix(&ID_CE) {
                match number {
                    9 => &mut found.subject_directory_attributes,
                    14 => &mut found.subject_key_identifier,
                    17 => &mut found.subject_alternative_name,
                    19 => &mut found.basic_constraints,
                    30 => &mut found.name_constraints,
                    31 => &mut found.crl_distribution_points,
                    35 => &mut found.authority_key_identifier,
                    36 => &mut found.policy_constraints,
                    37 => &mut found.extended_key_usage,
                    46 => &mut found.freshest_crl,
                    54 => &mut found.inhibit_any_policy,
                    _ => continue,
                }
            } else {
                match oid.strip_prefix(&ID_PE) {
                    Some([1]) => &mut found.authority_information_access,
                    Some([11]) => &mut found.subject_information_access,
                    _ => continue,
                }
            };
            *slot = Some(extension);
        }
        found
    }
}

/// The contents of an extension's value that is one SEQUENCE, as a reader.
pub(super) fn sequence<'a>(value: &'a [u8], field: &'static str) -> Decoded<Reader<'a>> {
    let mut outer = Reader::new(value, field);
    let sequence = outer.expect(tag::SEQUENCE)?;
    outer.finish()?;
    Ok(outer.inside(sequence.contents, field))
}
