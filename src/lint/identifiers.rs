//! Who the peer is: identifiers that too many have, and names of servers that are not judged.

use super::{Lint, LintCode, Linted, Remarks, lint, running};
use crate::path::PathAnchor;
use crate::rules::certificate_profile::is_public_suffix;
use crate::rules::subject_identifier::{
    Identifier, IdentifierEntry, Matcher, SanKind, SubjectIdentifier,
};
use crate::trust::Anchor;

pub(super) const LINTS: &[Lint] = &[
    lint(LintCode::NoAnchorForIdentifiers, no_anchor_for_identifiers),
    lint(LintCode::LabelWithoutIdentifier, label_without_identifier),
    lint(LintCode::IdentifierWithoutLabel, identifier_without_label),
    lint(LintCode::IdentifiesNobody, identifies_nobody),
    lint(LintCode::GlobUnderPublicSuffix, glob_under_public_suffix),
    lint(LintCode::WholeTrustDomain, whole_trust_domain),
    lint(LintCode::CommonNameAsServerName, common_name_as_server_name),
    lint(
        LintCode::IdentifierInPlaceOfServerName,
        identifier_in_place_of_server_name,
    ),
];

fn no_anchor_for_identifiers(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(identifier) = identifiers(linted) else {
        return;
    };
    let mut anchors = linted.anchors_one_by_one().peekable();
    if anchors.peek().is_some() && !anchors.any(|anchor| may_accept(identifier, anchor)) {
        remarks.add(
            "subject-identifier",
            "no trust anchor has all the labels that the identifiers are tied to, so that everybody is refused",
            "tie identifiers that must hold together to one label, which trust anchors have",
        );
    }
}

/// If no label is accepted, the error says so.
fn label_without_identifier(linted: &Linted<'_>, remarks: &mut Remarks) {
    let (Some(identifier), Some(anchors)) = (identifiers(linted), linted.anchors) else {
        return;
    };
    let accepted = |label: &str| {
        anchors
            .iter()
            .filter(|anchor| anchor.labels().any(|own| own == label))
            .any(|anchor| may_accept(identifier, anchor))
    };
    let labels = anchors.count_by_label();
    let (useful, idle): (Vec<_>, Vec<_>) = labels.into_keys().partition(|label| accepted(label));
    if useful.is_empty() {
        return;
    }
    for label in idle {
        remarks.add(
            "subject-identifier",
            format!("no identifier is accepted under the label {label:?}: its trust anchors serve nobody"),
            "take these trust anchors out, or add the identifiers of their peers",
        );
    }
}

fn identifier_without_label(linted: &Linted<'_>, remarks: &mut Remarks) {
    let labels = linted.anchors.map_or(0, |it| it.count_by_label().len());
    let Some(identifier) = identifiers(linted).filter(|_| labels > 1) else {
        return;
    };
    let is_tied = |entry: &IdentifierEntry| !entry.under.is_empty();
    // One that must hold beside ties the path for all.
    let all_tie = identifier.all_of.iter().any(is_tied);
    let any_ties = !identifier.any_of.is_empty() && identifier.any_of.iter().all(is_tied);
    for (setting, entry) in required(identifier) {
        let tied_by_others = all_tie || (any_ties && setting.contains("all-of"));
        if !is_tied(entry) && !tied_by_others {
            remarks.add(
                setting,
                format!("{entry} is accepted from the CAs of all {labels} labels, and each of them can issue it"),
                "tie it to the label of the CA that vets it, by `under`",
            );
        }
    }
}

/// An absent any-of and all-of ask for nothing.
fn identifies_nobody(linted: &Linted<'_>, remarks: &mut Remarks) {
    if identifiers(linted).is_some_and(|it| it.any_of.is_empty() && it.all_of.is_empty()) {
        remarks.add(
            "subject-identifier.none-of",
            "identifiers are forbidden and none is asked for: every other certificate of the CAs passes",
            "say by any-of or all-of who the peer must be",
        );
    }
}

fn glob_under_public_suffix(linted: &Linted<'_>, remarks: &mut Remarks) {
    for (setting, entry) in identifiers(linted).into_iter().flat_map(required) {
        let Identifier::AlternativeName(SanKind::Dns, Matcher::Glob(pattern)) = &entry.identifier
        else {
            continue;
        };
        let under = pattern.trim_start_matches("*.");
        if cfg!(feature = "public-suffix-list") && is_public_suffix(under) {
            remarks.add(
                setting,
                format!("{entry} is met by whoever registers a name under {under}"),
                "name the peer's own domain in the pattern",
            );
        }
    }
}

fn whole_trust_domain(linted: &Linted<'_>, remarks: &mut Remarks) {
    for (setting, entry) in identifiers(linted).into_iter().flat_map(required) {
        if is_whole_authority(&entry.identifier) {
            remarks.add(
                setting,
                format!("{entry} is met by everything that its CA names: no workload is told from another"),
                "name the part of the path that the peer has to itself",
            );
        }
    }
}

fn common_name_as_server_name(linted: &Linted<'_>, remarks: &mut Remarks) {
    let names = &linted.policy.server_name;
    if names.allow_common_name_as_server_name {
        remarks.add(
            "server-name.allow-common-name-as-server-name",
            "a common name escapes name constraints and the checks of DNS names (RFC 9525 section 2)",
            "have the servers' certificates issued with subject alternative names, and take this out",
        );
    }
}

fn identifier_in_place_of_server_name(linted: &Linted<'_>, remarks: &mut Remarks) {
    let names = &linted.policy.server_name;
    if names.allow_identifier_in_place_of_server_name {
        remarks.add(
            "server-name.allow-identifier-in-place-of-server-name",
            "whoever has an accepted identifier may answer under any name",
            "ask for an identifier that only this server has, or take this out",
        );
    }
}

fn identifiers<'a>(linted: &Linted<'a>) -> Option<&'a SubjectIdentifier> {
    running(&linted.policy.subject_identifier)
}

/// What peers must have, and the setting of each.
fn required(identifier: &SubjectIdentifier) -> impl Iterator<Item = (String, &IdentifierEntry)> {
    let lists = [
        ("any-of", &identifier.any_of),
        ("all-of", &identifier.all_of),
    ];
    lists.into_iter().flat_map(|(list, entries)| {
        let named = move |(n, entry)| (format!("subject-identifier.{list}[{n}]"), entry);
        entries.iter().enumerate().map(named)
    })
}

/// Whether any certificate can meet the identifiers on a path that ends at `anchor`.
fn may_accept(identifier: &SubjectIdentifier, anchor: &Anchor) -> bool {
    let anchor = PathAnchor::of(anchor);
    let counts = |entry: &IdentifierEntry| entry.counts_under(Some(&anchor));
    identifier.all_of.iter().all(counts)
        && (identifier.any_of.is_empty() || identifier.any_of.iter().any(counts))
}

/// `spiffe://acme.example`, with nothing of a path that is not a wildcard.
fn is_whole_authority(identifier: &Identifier) -> bool {
    let Identifier::AlternativeName(SanKind::Uri, matcher) = identifier else {
        return false;
    };
    let (uri, is_glob) = match matcher {
        Matcher::Namespace(uri) => (uri, false),
        Matcher::Glob(uri) => (uri, true),
        _ => return false,
    };
    let Some((_, rest)) = uri.split_once("://") else {
        return false;
    };
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    if is_glob {
        path == "**"
    } else {
        path.is_empty()
    }
}
