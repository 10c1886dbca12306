//! Certificates for clients, and public CAs, which issue for servers.

use super::{Lint, LintCode, Linted, Remarks, lint, running};
use crate::peer::Role;
use crate::rules::extended_key_usage::{ExtendedKeyUsage, KeyPurpose, PurposeRequirement};
use crate::rules::pin::PinPosition;
use crate::time::{Date, Span};

pub(super) const LINTS: &[Lint] = &[
    lint(
        LintCode::ClientAuthOnlyOfPublicCas,
        client_auth_only_of_public_cas,
    ),
    lint(LintCode::ClientsOfPublicCas, clients_of_public_cas),
    lint(LintCode::AnyClientOfPublicCas, any_client_of_public_cas),
    lint(LintCode::LongException, long_exception),
    lint(LintCode::ExceptionOver, exception_over),
];

const EXCEPTION: &str = "extended-key-usage.allow-server-auth-in-place-of-client-auth-until";

/// Chrome Root Program Policy 1.7 section 1.3.2: end entities issued from 15 June 2026 on are for serverAuth alone. Later versions
/// may move the day, so the sentences name none.
const NO_CLIENT_AUTH: &str =
    "Chrome's root programme demands of public CAs that they issue for serverAuth alone";

const PRIVATE_CA: &str = "have the clients' certificates issued by a private CA";

fn client_auth_only_of_public_cas(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(why) = why_clients_are_public(linted) else {
        return;
    };
    if excludes_server_auth(running(&linted.policy.extended_key_usage)) {
        remarks.add(
            "extended-key-usage.only",
            format!(
                "{why}, and {NO_CLIENT_AUTH}: every certificate that is for serverAuth is refused"
            ),
            PRIVATE_CA,
        );
    }
}

/// What is worse is said by the lint before.
fn clients_of_public_cas(linted: &Linted<'_>, remarks: &mut Remarks) {
    let Some(why) = why_clients_are_public(linted) else {
        return;
    };
    if !excludes_server_auth(running(&linted.policy.extended_key_usage)) {
        remarks.add(
            "extended-key-usage",
            format!("{why}, and {NO_CLIENT_AUTH}: when clients renew their certificates, they are refused"),
            format!("{PRIVATE_CA}; for the time until then there is `{EXCEPTION}`"),
        );
    }
}

fn any_client_of_public_cas(linted: &Linted<'_>, remarks: &mut Remarks) {
    let policy = linted.policy;
    let identifies = running(&policy.subject_identifier)
        .is_some_and(|it| !(it.any_of.is_empty() && it.all_of.is_empty()));
    // A pinned CA issues to anybody as any public one does.
    let pins_peers = running(&policy.pin).is_some_and(|it| it.position == PinPosition::EndEntity);
    if policy.role != Role::Client || identifies || pins_peers {
        return;
    }
    if let Some(why) = linted.why_public() {
        remarks.add(
            "subject-identifier",
            format!("{why}, which issue to anybody, and nothing says who the client must be"),
            "ask for the identifiers agreed with the clients",
        );
    }
}

/// A year: the exception is for certificates that are about to be renewed.
const LONG_EXCEPTION: Span = Span::Years(1);

fn long_exception(linted: &Linted<'_>, remarks: &mut Remarks) {
    let latest = LONG_EXCEPTION.after(linted.now);
    let is_long = |until: &Date| latest.is_some_and(|latest| latest < until.end());
    if let Some(until) = exception(linted).filter(is_long) {
        remarks.add(
            EXCEPTION,
            format!("until {until}, more than a year from now, certificates of servers pass as those of clients"),
            "choose a nearer date, by which the clients have renewed their certificates",
        );
    }
}

fn exception_over(linted: &Linted<'_>, remarks: &mut Remarks) {
    if let Some(until) = exception(linted).filter(|until| until.end() < linted.now) {
        remarks.add(
            EXCEPTION,
            format!("the exception ended with {until}, and lets nobody in any more"),
            "take it out",
        );
    }
}

/// `None` too while the exception lasts, for then serverAuth will do.
fn why_clients_are_public(linted: &Linted<'_>) -> Option<String> {
    let excepted = exception(linted).is_some_and(|until| linted.now <= until.end());
    linted
        .why_public()
        .filter(|_| linted.policy.role == Role::Client && !excepted)
}

fn exception(linted: &Linted<'_>) -> Option<Date> {
    running(&linted.policy.extended_key_usage)?.allow_server_auth_in_place_of_client_auth_until
}

fn excludes_server_auth(purposes: Option<&ExtendedKeyUsage>) -> bool {
    purposes.is_some_and(|purposes| match &purposes.require {
        PurposeRequirement::Only(only) => !only.contains(&KeyPurpose::server_auth()),
        PurposeRequirement::Contains(_) | PurposeRequirement::ContainsOrAbsent(_) => false,
    })
}
