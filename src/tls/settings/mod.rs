//! What a policy asks of the TLS connection itself: versions, cipher suites, key exchange groups, sessions.
//!
//! No rule: rules judge certificates, and these settings are applied to the rustls configuration before there is any peer.
//! `names.rs` knows what suites and groups are called, `apply.rs` narrows a crypto provider to what is asked for.

mod apply;
mod names;

use std::fmt;

use rustls::{CipherSuite, NamedGroup, ProtocolVersion};

pub use apply::{AppliedTls, TlsReport};

use self::names::{equivalent_in_tls13, is_aes128, is_tls13, name, names};
use crate::error::BuildError;
use crate::peer::Role;
use crate::time::Span;

/// What a policy asks of the TLS connection itself: the table `[tls]` of a policy file. Not a rule, so it has no mode. At the
/// starting point nothing is asked: what rustls and the crypto provider offer is offered.
///
/// The constructors that apply all of it are [`PolicyClientConfig::from_policy`](super::PolicyClientConfig::from_policy) and
/// [`PolicyServerConfig::from_policy`](super::PolicyServerConfig::from_policy); for a configuration of another kind,
/// [`TlsSettings::apply`] gives what to build it from.
///
/// QUIC: a client's or server's first packets are protected by TLS_AES_128_GCM_SHA256 whatever is negotiated (RFC 9001 section
/// 5.2), and quinn takes that suite from the configuration, which it refuses without it. So name it among the suites and leave
/// `aes_bits` at 128, or hand quinn the suite for the first packets apart (`QuicClientConfig::with_initial`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[non_exhaustive]
pub struct TlsSettings {
    /// The oldest version that is offered or accepted. Starting point: TLS 1.2, as in rustls.
    pub minimum_version: TlsVersion,
    /// These cipher suites and no others, those of TLS 1.3 among them; their order is the order of preference, on servers too.
    /// The same suite named twice counts where it stands first. A version of which no suite is named is not offered. Suites
    /// that rustls or the crypto provider does not have are left out and reported. Starting point: the provider's.
    ///
    /// Files have the names of IANA's registry; OpenSSL's (`ECDHE-RSA-AES128-GCM-SHA256`), rustls's (`TLS13_…`) and those of
    /// ChaCha20 suites without the hash are understood.
    #[cfg_attr(feature = "serde", serde(with = "names::in_file"))]
    pub cipher_suites: Option<Vec<CipherSuite>>,
    /// A TLS 1.2 suite of `cipher_suites` also stands for the TLS 1.3 suite of the same AEAD and hash; where TLS 1.2 is not
    /// offered, for that one alone. Starting point: no.
    pub or_equivalent: bool,
    /// A listed suite or group that cannot be had is an error. Starting point: no, it is left out and reported.
    pub require_all: bool,
    /// Fewest bits of an AES key, 128 or 256: with 256, suites with AES-128 are left out and reported. Suites without AES are
    /// not concerned. Starting point: 128.
    pub aes_bits: u16,
    /// These key exchange groups and no others, as with `cipher_suites`; but their order is a client's preference alone, for
    /// rustls's servers take the one that the client prefers. Starting point: the provider's.
    #[cfg_attr(feature = "serde", serde(with = "names::in_file"))]
    pub key_exchange_groups: Option<Vec<NamedGroup>>,
    /// How long a session may be resumed, in seconds or days, at most 7 days (RFC 8446 section 4.6.1). Starting point: as
    /// [`protect_sessions`](super::protect_sessions) says.
    pub session_lifetime: Option<Span>,
    /// A server may keep sessions in tickets that clients hold (RFC 5077), by the ticketer given to
    /// [`PolicyServerConfig::ticketer`](super::PolicyServerConfig::ticketer). Starting point: no, it keeps them itself.
    pub tickets: bool,
    /// Whether a server lets in clients that present no certificate. Starting point: required.
    pub client_certificates: ClientCertificates,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    #[cfg_attr(feature = "serde", serde(rename = "1.2"))]
    #[default]
    Tls12,
    /// TLS 1.3 (RFC 8446).
    #[cfg_attr(feature = "serde", serde(rename = "1.3"))]
    Tls13,
}

/// Whether clients must present a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum ClientCertificates {
    /// A client without one is refused in the handshake.
    #[default]
    Required,
    /// A client without one reaches the application, which can answer it. One that is presented is judged all the same. As
    /// nobody is asked about a client without a certificate, this stands in the [`TlsReport`] and nowhere else.
    AllowUnauthenticated,
}

impl Default for TlsSettings {
    fn default() -> Self {
        Self {
            minimum_version: TlsVersion::default(),
            cipher_suites: None,
            or_equivalent: false,
            require_all: false,
            aes_bits: 128,
            key_exchange_groups: None,
            session_lifetime: None,
            tickets: false,
            client_certificates: ClientCertificates::default(),
        }
    }
}

/// Most seconds that a session may be resumed: "Servers MUST NOT use any value greater than 604800 seconds (7 days)"
/// (RFC 8446 section 4.6.1).
const LONGEST_SESSION: u32 = 604_800;

impl TlsSettings {
    /// `session_lifetime` in seconds. `None` without one; also if it is out of bounds, which is refused when a verifier is built.
    #[must_use]
    pub fn session_seconds(&self) -> Option<u32> {
        let seconds = match self.session_lifetime? {
            Span::Seconds(seconds) => seconds,
            Span::Days(days) => u64::from(days).checked_mul(86_400)?,
            Span::Years(_) => return None,
        };
        let seconds = u32::try_from(seconds).ok()?;
        (1..=LONGEST_SESSION).contains(&seconds).then_some(seconds)
    }

    /// Refuses what makes no sense in a policy for certificates of `role`.
    pub(crate) fn validate(&self, role: Role) -> Result<(), BuildError> {
        if role != Role::Client
            && self.client_certificates == ClientCertificates::AllowUnauthenticated
        {
            return Err(BuildError::policy(
                "tls.client-certificates",
                "\"allow-unauthenticated\" is for policies of role \"client\" only: a server always presents a certificate",
            ));
        }
        self.check()
    }

    /// Refuses what makes no sense whatever the role and the crypto provider.
    fn check(&self) -> Result<(), BuildError> {
        let refuse = |key: &str, problem: &str| {
            let field = format!("tls.{key}");
            Err(BuildError::policy(field, problem))
        };
        if !matches!(self.aes_bits, 128 | 256) {
            return refuse("aes-bits", "AES keys in TLS have 128 or 256 bits");
        }
        if self.cipher_suites.as_ref().is_some_and(Vec::is_empty) {
            return refuse(
                "cipher-suites",
                "the list is empty: name a cipher suite, or leave it out",
            );
        }
        if self.key_exchange_groups.as_ref().is_some_and(Vec::is_empty) {
            return refuse(
                "key-exchange-groups",
                "the list is empty: name a group, or leave it out",
            );
        }
        if self.or_equivalent && self.cipher_suites.is_none() {
            return refuse(
                "or-equivalent",
                "says nothing without `cipher-suites`: equivalent to which?",
            );
        }
        if self.require_all && self.cipher_suites.is_none() && self.key_exchange_groups.is_none() {
            return refuse(
                "require-all",
                "says nothing without `cipher-suites` or `key-exchange-groups`",
            );
        }
        self.check_suites()?;
        match self.session_lifetime {
            Some(lifetime) if lifetime.is_zero() => refuse(
                "session-lifetime",
                "no time at all: for no resumption call `forbid_resumption` on the configuration",
            ),
            Some(Span::Years(_)) => refuse(
                "session-lifetime",
                "give seconds or days: sessions last 7 days at most (RFC 8446 section 4.6.1)",
            ),
            Some(lifetime) if self.session_seconds().is_none() => refuse(
                "session-lifetime",
                &format!(
                    "{lifetime} is more than 7 days, the most that RFC 8446 section 4.6.1 allows"
                ),
            ),
            _ => Ok(()),
        }
    }

    /// Refuses to take the place of other settings in configurations that were built by those: a configuration does not change.
    /// `session_lifetime` may differ, for it is looked up whenever a session resumes.
    pub(crate) fn check_in_place_of(&self, in_use: &Self) -> Result<(), BuildError> {
        let differs = [
            (
                "minimum-version",
                self.minimum_version != in_use.minimum_version,
            ),
            ("cipher-suites", self.cipher_suites != in_use.cipher_suites),
            ("or-equivalent", self.or_equivalent != in_use.or_equivalent),
            ("require-all", self.require_all != in_use.require_all),
            ("aes-bits", self.aes_bits != in_use.aes_bits),
            (
                "key-exchange-groups",
                self.key_exchange_groups != in_use.key_exchange_groups,
            ),
            ("tickets", self.tickets != in_use.tickets),
            (
                "client-certificates",
                self.client_certificates != in_use.client_certificates,
            ),
        ];
        match differs.into_iter().find(|(_, differs)| *differs) {
            None => Ok(()),
            Some((key, _)) => Err(BuildError::policy(
                format!("tls.{key}"),
                "is another than the configurations in use were built by, and they do not change: of `[tls]` only `session-lifetime` can be replaced; start anew, or build new configurations",
            )),
        }
    }

    /// The names of listed suites that can never be offered: the other settings leave out the suite itself, and whatever it stands
    /// for.
    pub(crate) fn idle_suites(&self) -> Vec<String> {
        let is_idle = |suite: &&CipherSuite| {
            let is_new_enough = self.minimum_version < TlsVersion::Tls13
                || is_tls13(**suite)
                || (self.or_equivalent && equivalent_in_tls13(**suite).is_some());
            !is_new_enough || (self.aes_bits == 256 && is_aes128(**suite))
        };
        let listed = self.cipher_suites.iter().flatten();
        listed.filter(is_idle).map(|suite| name(*suite)).collect()
    }

    /// Listed suites that contradict another setting.
    fn check_suites(&self) -> Result<(), BuildError> {
        let listed = self.cipher_suites.as_deref().unwrap_or_default();
        let refuse = |problem: String| Err(BuildError::policy("tls.cipher-suites", problem));
        if self.aes_bits == 256 {
            let small = listed.iter().find(|suite| is_aes128(**suite));
            if let Some(small) = small.filter(|_| self.require_all) {
                return refuse(format!(
                    "{} has AES-128, which `aes-bits = 256` leaves out, and `require-all` asks for every suite: leave the suite or one of these out",
                    name(*small)
                ));
            }
            if small.is_some() && listed.iter().all(|suite| is_aes128(*suite)) {
                return refuse(format!(
                    "every suite has AES-128, which `aes-bits = 256` leaves out: name another, such as {}",
                    name(CipherSuite::TLS13_AES_256_GCM_SHA384)
                ));
            }
        }
        if self.minimum_version < TlsVersion::Tls13 {
            return Ok(());
        }
        let of_tls12: Vec<_> = listed.iter().filter(|suite| !is_tls13(**suite)).collect();
        match of_tls12.as_slice() {
            [] => Ok(()),
            [first, ..] if !self.or_equivalent => refuse(match equivalent_in_tls13(**first) {
                Some(equivalent) => format!(
                    "{} is a cipher suite of TLS 1.2, and `minimum-version` is \"1.3\": name suites of TLS 1.3, or set `or-equivalent = true`, by which it stands for {}",
                    name(**first),
                    name(equivalent)
                ),
                None => format!(
                    "{} is a cipher suite of TLS 1.2, and `minimum-version` is \"1.3\": name suites of TLS 1.3; this one has no equivalent there",
                    name(**first)
                ),
            }),
            // What `or-equivalent` and `aes-bits` leave; without anything left, nothing could be offered by any provider.
            _ => {
                let is_left = |suite: &CipherSuite| {
                    (is_tls13(*suite) || equivalent_in_tls13(*suite).is_some())
                        && !(self.aes_bits == 256 && is_aes128(*suite))
                };
                if listed.iter().any(is_left) {
                    return Ok(());
                }
                refuse(format!(
                    "none of {} has an equivalent in TLS 1.3 that the other settings leave, and `minimum-version` is \"1.3\": name suites of TLS 1.3",
                    names(listed)
                ))
            }
        }
    }
}

impl TlsVersion {
    /// `None` of versions that rustls does not have.
    pub(in crate::tls) fn of(version: ProtocolVersion) -> Option<Self> {
        match version {
            ProtocolVersion::TLSv1_2 => Some(Self::Tls12),
            ProtocolVersion::TLSv1_3 => Some(Self::Tls13),
            _ => None,
        }
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(change: impl FnOnce(&mut TlsSettings), key: &str, problem: &str) {
        let mut settings = TlsSettings::default();
        change(&mut settings);
        assert_eq!(
            settings.validate(Role::Client),
            Err(BuildError::policy(format!("tls.{key}"), problem))
        );
    }

    /// What no file can say; what files can say wrongly is tested with them.
    #[test]
    fn empty_lists_are_refused() {
        refused(
            |it| it.cipher_suites = Some(Vec::new()),
            "cipher-suites",
            "the list is empty: name a cipher suite, or leave it out",
        );
        refused(
            |it| it.key_exchange_groups = Some(Vec::new()),
            "key-exchange-groups",
            "the list is empty: name a group, or leave it out",
        );
    }

    #[test]
    fn sessions_last_from_one_second_to_seven_days() {
        let seconds = |lifetime| {
            let settings = TlsSettings {
                session_lifetime: lifetime,
                ..TlsSettings::default()
            };
            let is_valid = settings.validate(Role::Server).is_ok();
            let seconds = settings.session_seconds();
            assert_eq!(is_valid, lifetime.is_none() || seconds.is_some());
            seconds
        };
        assert_eq!(seconds(None), None);
        assert_eq!(seconds(Some(Span::Seconds(0))), None);
        assert_eq!(seconds(Some(Span::Seconds(1))), Some(1));
        assert_eq!(seconds(Some(Span::Seconds(604_800))), Some(604_800));
        assert_eq!(seconds(Some(Span::Seconds(604_801))), None);
        assert_eq!(seconds(Some(Span::Seconds(u64::MAX))), None);
        assert_eq!(seconds(Some(Span::Days(0))), None);
        assert_eq!(seconds(Some(Span::Days(7))), Some(604_800));
        assert_eq!(seconds(Some(Span::Days(8))), None);
        assert_eq!(seconds(Some(Span::Days(u32::MAX))), None);
        assert_eq!(seconds(Some(Span::Years(1))), None);
    }

    #[test]
    fn a_configuration_keeps_its_settings_but_for_the_lifetime_of_sessions() {
        let in_use = TlsSettings::default();
        let replaced = |change: fn(&mut TlsSettings)| {
            let mut next = in_use.clone();
            change(&mut next);
            next.check_in_place_of(&in_use)
        };
        assert_eq!(replaced(|_| {}), Ok(()));
        assert_eq!(
            replaced(|it| it.session_lifetime = Some(Span::Seconds(300))),
            Ok(())
        );
        type Change = (&'static str, fn(&mut TlsSettings));
        let changes: [Change; 8] = [
            ("minimum-version", |it| {
                it.minimum_version = TlsVersion::Tls13
            }),
            ("cipher-suites", |it| {
                it.cipher_suites = Some(vec![CipherSuite::TLS13_AES_256_GCM_SHA384]);
            }),
            ("or-equivalent", |it| it.or_equivalent = true),
            ("require-all", |it| it.require_all = true),
            ("aes-bits", |it| it.aes_bits = 256),
            ("key-exchange-groups", |it| {
                it.key_exchange_groups = Some(vec![NamedGroup::X25519]);
            }),
            ("tickets", |it| it.tickets = true),
            ("client-certificates", |it| {
                it.client_certificates = ClientCertificates::AllowUnauthenticated;
            }),
        ];
        for (key, change) in changes {
            assert_eq!(
                replaced(change),
                Err(BuildError::policy(
                    format!("tls.{key}"),
                    "is another than the configurations in use were built by, and they do not change: of `[tls]` only `session-lifetime` can be replaced; start anew, or build new configurations"
                ))
            );
        }
    }
}
