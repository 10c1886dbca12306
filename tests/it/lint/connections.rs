//! Revocation, and TLS itself.

use rustls_policy_verifier::LintCode::*;

use super::{Case, NO_REVOCATION, acme, acme_and_bank, finds, nearly, nothing};

const SUITES: &str = r#"cipher-suites = ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"]"#;

pub(super) fn cases() -> Vec<Case> {
    let client = |tls: &str| format!("role = \"client\"\n[tls]\n{tls}");
    let server = |tls: &str| format!("role = \"server\"\n[tls]\n{tls}");
    let revocation = |more: &str| format!("role = \"server\"\n[revocation]\n{more}");
    vec![
        finds(
            revocation(
                "unknown = \"allow-with-warning\"\nstale = \"allow-with-warning\"\nunparsable = \"allow-with-warning\"",
            ),
            nothing(),
            &[
                "warning[tolerated-status] revocation.unknown: whoever keeps CRLs and responses away has a revoked certificate accepted; → refuse, once the sources have proved to be there and current",
                "warning[tolerated-status] revocation.stale: whoever replays an old CRL or response has a certificate accepted that was revoked since; → refuse, once the sources have proved to be there and current",
                "warning[tolerated-status] revocation.unparsable: a server with a revoked certificate may staple rubbish in place of its status; → refuse, once the sources have proved to be there and current",
            ],
        ),
        nearly(ToleratedStatus, revocation(""), nothing(), &[]),
        nearly(
            ToleratedStatus,
            revocation("staple = \"ignore\"\nunparsable = \"allow-with-warning\""),
            nothing(),
            &[],
        ),
        nearly(
            ToleratedStatus,
            revocation("check = \"off\"\nunknown = \"allow-with-warning\""),
            nothing(),
            &[],
        ),
        finds("role = \"server\"", acme(), &[NO_REVOCATION]),
        finds(
            revocation("check = \"off\""),
            acme_and_bank().public("acme"),
            &[
                "advice[revocation-off] revocation: nobody asks whether a certificate is revoked, and the CAs under the label \"bank\" are private: a stolen key is accepted until its certificate ends; → hand over the CA's CRLs and switch the rule on, or have certificates issued that end within days",
            ],
        ),
        nearly(
            RevocationOff,
            "role = \"server\"",
            acme().public("acme"),
            &[],
        ),
        nearly(RevocationOff, revocation(""), acme(), &[]),
        finds(
            client("tickets = true"),
            nothing(),
            &[
                "warning[tickets-without-lifetime] tls.tickets: whoever steals the ticketer's keys reads the sessions in its tickets, and nothing here says for how long they count: 12 hours; → set `session-lifetime`",
            ],
        ),
        nearly(
            TicketsWithoutLifetime,
            client("tickets = true\nsession-lifetime = \"300 s\""),
            nothing(),
            &[],
        ),
        finds(
            server("tickets = true"),
            nothing(),
            &[
                "advice[moot-tickets] tls.tickets: it is for servers, and a policy of role \"server\" goes into a client's configuration, where it does nothing; → take it out",
            ],
        ),
        nearly(
            MootTickets,
            client("tickets = true\nsession-lifetime = \"86400 s\""),
            nothing(),
            &[],
        ),
        finds(
            server("session-lifetime = \"86401 s\""),
            nothing(),
            &[
                "warning[long-sessions] tls.session-lifetime: a session's secrets that are stolen count for 86401 s, and RFC 5246 appendix F.1.4 suggests 24 hours at most; → set 24 hours (\"86400 s\") or less",
            ],
        ),
        nearly(
            LongSessions,
            server("session-lifetime = \"1 day\""),
            nothing(),
            &[],
        ),
        finds(
            client(&format!(
                "minimum-version = \"1.3\"\nor-equivalent = true\naes-bits = 256\n{SUITES}"
            )),
            nothing(),
            &[
                "advice[idle-cipher-suite] tls.cipher-suites: the other settings never let these be offered: TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384; → take them out of the list, or change `minimum-version` or `aes-bits`",
            ],
        ),
        nearly(IdleCipherSuite, client(SUITES), nothing(), &[]),
        finds(
            client("client-certificates = \"allow-unauthenticated\""),
            nothing(),
            &[
                "advice[unauthenticated-clients] tls.client-certificates: clients without a certificate reach the application, and no rule is asked about them; → have the application refuse who has no certificate, or set \"required\"",
            ],
        ),
        nearly(
            UnauthenticatedClients,
            client("client-certificates = \"required\""),
            nothing(),
            &[],
        ),
    ]
}
