//! The connection itself: sessions that last, and settings without effect.

use super::{Lint, LintCode, Linted, Remarks, lint};
use crate::peer::Role;
use crate::time::in_words;
use crate::tls::{ClientCertificates, DEFAULT_LIFETIME};

pub(super) const LINTS: &[Lint] = &[
    lint(LintCode::TicketsWithoutLifetime, tickets_without_lifetime),
    lint(LintCode::LongSessions, long_sessions),
    lint(LintCode::IdleCipherSuite, idle_cipher_suite),
    lint(LintCode::MootTickets, moot_tickets),
    lint(LintCode::UnauthenticatedClients, unauthenticated_clients),
];

/// RFC 5246 appendix F.1.4 suggests no more than 24 hours.
const LONG_SESSION: u32 = 24 * 60 * 60;

fn tickets_without_lifetime(linted: &Linted<'_>, remarks: &mut Remarks) {
    let tls = &linted.policy.tls;
    if linted.policy.role == Role::Client && tls.tickets && tls.session_lifetime.is_none() {
        remarks.add(
            "tls.tickets",
            format!(
                "whoever steals the ticketer's keys reads the sessions in its tickets, and nothing here says for how long they count: {}",
                in_words(DEFAULT_LIFETIME)
            ),
            "set `session-lifetime`",
        );
    }
}

fn long_sessions(linted: &Linted<'_>, remarks: &mut Remarks) {
    let tls = &linted.policy.tls;
    let seconds = tls.session_seconds().filter(|it| *it > LONG_SESSION);
    if let Some(lifetime) = tls.session_lifetime.filter(|_| seconds.is_some()) {
        remarks.add(
            "tls.session-lifetime",
            format!("a session's secrets that are stolen count for {lifetime}, and RFC 5246 appendix F.1.4 suggests 24 hours at most"),
            "set 24 hours (\"86400 s\") or less",
        );
    }
}

fn idle_cipher_suite(linted: &Linted<'_>, remarks: &mut Remarks) {
    let idle = linted.policy.tls.idle_suites();
    if !idle.is_empty() {
        remarks.add(
            "tls.cipher-suites",
            format!(
                "the other settings never let these be offered: {}",
                idle.join(", ")
            ),
            "take them out of the list, or change `minimum-version` or `aes-bits`",
        );
    }
}

fn moot_tickets(linted: &Linted<'_>, remarks: &mut Remarks) {
    if linted.policy.role == Role::Server && linted.policy.tls.tickets {
        remarks.add(
            "tls.tickets",
            "it is for servers, and a policy of role \"server\" goes into a client's configuration, where it does nothing",
            "take it out",
        );
    }
}

fn unauthenticated_clients(linted: &Linted<'_>, remarks: &mut Remarks) {
    if linted.policy.tls.client_certificates == ClientCertificates::AllowUnauthenticated {
        remarks.add(
            "tls.client-certificates",
            "clients without a certificate reach the application, and no rule is asked about them",
            "have the application refuse who has no certificate, or set \"required\"",
        );
    }
}
