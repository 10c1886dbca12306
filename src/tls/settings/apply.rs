//! Narrowing a crypto provider to what a policy's TLS settings allow.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, KeyExchangeAlgorithm, SupportedKxGroup};
use rustls::{
    ALL_VERSIONS, CipherSuite, NamedGroup, SupportedCipherSuite, SupportedProtocolVersion,
};

use super::names::{
    equivalent_in_tls13, is_aes128, is_finite_field, name, names, same, without_repeats,
};
use super::{ClientCertificates, TlsSettings, TlsVersion};
use crate::error::BuildError;

/// What TLS settings come to with one crypto provider: what to build a rustls configuration from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AppliedTls {
    /// The provider with the cipher suites and key exchange groups that are left, in order of preference. Signature
    /// verification, random numbers and keys are as they were.
    pub provider: Arc<CryptoProvider>,
    /// The versions that are left, newest first.
    pub versions: Vec<&'static SupportedProtocolVersion>,
    /// What is offered, and what became of what was asked for.
    pub report: TlsReport,
}

/// What a configuration offers by a policy's TLS settings, and what became of what they ask for. `Display` says it in sentences, a
/// line each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsReport {
    /// The versions offered, newest first.
    pub versions: Vec<TlsVersion>,
    /// The cipher suites offered, in order of preference.
    pub cipher_suites: Vec<CipherSuite>,
    /// The key exchange groups offered, in order of preference.
    pub key_exchange_groups: Vec<NamedGroup>,
    /// Versions that the policy allows and the provider has, but none of whose suites is left.
    pub versions_without_suite: Vec<TlsVersion>,
    /// Suites of the policy, left out because rustls or its crypto provider has neither them nor, where that counts, their equivalent.
    pub unavailable_suites: Vec<CipherSuite>,
    /// Groups of the policy, left out because the provider does not have them.
    pub unavailable_groups: Vec<NamedGroup>,
    /// Suites left out for AES keys of too few bits.
    pub dropped_suites: Vec<CipherSuite>,
    /// Suites left out because no group of the policy serves their key exchange.
    pub suites_without_group: Vec<CipherSuite>,
    /// TLS 1.2 suites of the policy, and the TLS 1.3 suites they also stand for by `or_equivalent`.
    pub mapped_suites: Vec<(CipherSuite, CipherSuite)>,
    /// How long sessions may be resumed, in seconds, where the policy says so.
    pub session_seconds: Option<u32>,
    /// Whether servers let in clients without a certificate.
    pub allows_unauthenticated: bool,
    /// The policy allows tickets, and a server was given no [`ticketer`](crate::PolicyServerConfig::ticketer) yet: until then it keeps
    /// sessions in memory.
    pub lacks_ticketer: bool,
}

impl TlsSettings {
    /// Narrows `provider` to what these settings allow. Applied again to what it gives, it changes nothing.
    ///
    /// What concerns sessions, and the order of preference on servers, is not in a provider: the constructors
    /// [`PolicyClientConfig::from_policy`](crate::PolicyClientConfig::from_policy) and
    /// [`PolicyServerConfig::from_policy`](crate::PolicyServerConfig::from_policy) see to those.
    ///
    /// # Errors
    ///
    /// [`BuildError::Policy`] if settings contradict each other, if nothing is left to offer, or, with `require_all`, if anything
    /// listed cannot be had.
    pub fn apply(&self, provider: &Arc<CryptoProvider>) -> Result<AppliedTls, BuildError> {
        self.check()?;
        let mut report = TlsReport {
            session_seconds: self.session_seconds(),
            allows_unauthenticated: self.client_certificates
                == ClientCertificates::AllowUnauthenticated,
            ..TlsReport::default()
        };
        let groups = self.groups(provider, &mut report)?;
        let suites = self.suites(provider, &groups, &mut report)?;
        let versions: Vec<_> = ALL_VERSIONS
            .iter()
            .copied()
            .filter(|version| suites.iter().any(|suite| suite.version() == *version))
            .collect();
        report.cipher_suites = suites.iter().map(SupportedCipherSuite::suite).collect();
        report.key_exchange_groups = groups.iter().map(|group| group.name()).collect();
        report.versions = versions.iter().filter_map(|it| of_rustls(it)).collect();
        report.versions_without_suite = ALL_VERSIONS
            .iter()
            .filter(|version| !versions.contains(version))
            .filter(|version| {
                let of_provider = provider.cipher_suites.iter();
                self.allows_version(version)
                    && of_provider.map(|it| it.version()).any(|it| it == **version)
            })
            .filter_map(|version| of_rustls(version))
            .collect();
        let provider = Arc::new(CryptoProvider {
            cipher_suites: suites,
            kx_groups: groups,
            ..CryptoProvider::clone(provider)
        });
        Ok(AppliedTls {
            provider,
            versions,
            report,
        })
    }

    /// Applies to a builder that exists already: it cannot be narrowed any more, so its provider must be as narrow as
    /// [`TlsSettings::apply`] would make it. Which versions it was given cannot be seen.
    pub(in crate::tls) fn already_applied(
        &self,
        provider: &Arc<CryptoProvider>,
        constructor: &str,
    ) -> Result<TlsReport, BuildError> {
        let report = self.apply(provider)?.report;
        if self.is_applied(provider, |_| true, &report) {
            return Ok(report);
        }
        Err(BuildError::policy(
            "tls",
            format!(
                "a builder that has its crypto provider and versions already cannot be narrowed to what this table allows: build with `{constructor}`"
            ),
        ))
    }

    /// Whether a configuration with this provider can offer more suites or groups than these settings allow. Suites of versions that
    /// are not allowed count where nobody would be asked when a handshake of such a version comes.
    pub(in crate::tls) fn exceeded_by(
        &self,
        provider: &Arc<CryptoProvider>,
        are_all_judged: bool,
    ) -> bool {
        !self.apply(provider).is_ok_and(|applied| {
            let counts = |suite: &SupportedCipherSuite| {
                !are_all_judged || self.allows_version(suite.version())
            };
            self.is_applied(provider, counts, &applied.report)
        })
    }

    fn is_applied(
        &self,
        provider: &CryptoProvider,
        counts: impl Fn(&SupportedCipherSuite) -> bool,
        report: &TlsReport,
    ) -> bool {
        let suites = provider.cipher_suites.iter().filter(|suite| counts(suite));
        let groups = provider.kx_groups.iter().map(|group| group.name());
        suites
            .map(SupportedCipherSuite::suite)
            .eq(report.cipher_suites.iter().copied())
            && groups.eq(report.key_exchange_groups.iter().copied())
    }

    fn allows_version(&self, version: &SupportedProtocolVersion) -> bool {
        of_rustls(version).is_some_and(|version| version >= self.minimum_version)
    }

    fn groups(
        &self,
        provider: &CryptoProvider,
        report: &mut TlsReport,
    ) -> Result<Vec<&'static dyn SupportedKxGroup>, BuildError> {
        let Some(listed) = &self.key_exchange_groups else {
            return Ok(provider.kx_groups.clone());
        };
        let mut groups = Vec::new();
        for group in without_repeats(listed) {
            let mut of_provider = provider.kx_groups.iter().copied();
            match of_provider.find(|it| same(it.name(), group)) {
                Some(found) => groups.push(found),
                None => report.unavailable_groups.push(group),
            }
        }
        let missing = names(&report.unavailable_groups);
        let had: Vec<_> = provider.kx_groups.iter().map(|it| it.name()).collect();
        let had = names(&had);
        let refuse = |problem| Err(BuildError::policy("tls.key-exchange-groups", problem));
        if groups.is_empty() {
            return refuse(format!(
                "the crypto provider does not have {missing}, and no group is left: it has {had}"
            ));
        }
        if self.require_all && !missing.is_empty() {
            return refuse(format!(
                "the crypto provider does not have {missing}, and `require-all` asks for every group: it has {had}"
            ));
        }
        Ok(groups)
    }

    fn suites(
        &self,
        provider: &CryptoProvider,
        groups: &[&'static dyn SupportedKxGroup],
        report: &mut TlsReport,
    ) -> Result<Vec<SupportedCipherSuite>, BuildError> {
        let allowed = provider.cipher_suites.iter().copied();
        let mut allowed: Vec<_> = allowed
            .filter(|suite| self.allows_version(suite.version()))
            .collect();
        let mut suites = match &self.cipher_suites {
            Some(listed) => self.listed_suites(listed, &allowed, report),
            None => {
                allowed.retain(|suite| !self.drops(suite.suite(), report));
                allowed
            }
        };
        if self.key_exchange_groups.is_some() {
            suites.retain(|suite| {
                let is_served = groups.iter().any(|group| serves(*group, *suite));
                if !is_served {
                    report.suites_without_group.push(suite.suite());
                }
                is_served
            });
        }
        let field = match self.cipher_suites {
            Some(_) => "tls.cipher-suites",
            None => "tls",
        };
        let had: Vec<_> = provider
            .cipher_suites
            .iter()
            .map(SupportedCipherSuite::suite)
            .collect();
        let refuse = |what: &str| {
            let lost = report.lost_suites();
            let lost = lost.iter().map(|sentence| format!(": {sentence}"));
            let lost: String = lost.collect();
            Err(BuildError::policy(
                field,
                format!("{what}{lost}; the crypto provider has {}", names(&had)),
            ))
        };
        if suites.is_empty() {
            return refuse("no cipher suite is left");
        }
        let is_complete =
            report.unavailable_suites.is_empty() && report.suites_without_group.is_empty();
        if self.require_all && self.cipher_suites.is_some() && !is_complete {
            return refuse("`require-all` asks for every suite, and some cannot be had");
        }
        Ok(suites)
    }

    fn listed_suites(
        &self,
        listed: &[CipherSuite],
        allowed: &[SupportedCipherSuite],
        report: &mut TlsReport,
    ) -> Vec<SupportedCipherSuite> {
        let found = |wanted: CipherSuite| {
            let mut allowed = allowed.iter().copied();
            allowed.find(|suite| same(suite.suite(), wanted))
        };
        let mut suites = Vec::new();
        for suite in without_repeats(listed) {
            if self.drops(suite, report) {
                continue;
            }
            let equivalent = equivalent_in_tls13(suite).filter(|_| self.or_equivalent);
            let equivalent = equivalent.and_then(found);
            if let Some(equivalent) = equivalent {
                report.mapped_suites.push((suite, equivalent.suite()));
            }
            let itself = found(suite);
            if itself.is_none() && equivalent.is_none() {
                report.unavailable_suites.push(suite);
            }
            for found in itself.into_iter().chain(equivalent) {
                if !suites.contains(&found) {
                    suites.push(found);
                }
            }
        }
        suites
    }

    /// Whether `aes_bits` leaves the suite out.
    fn drops(&self, suite: CipherSuite, report: &mut TlsReport) -> bool {
        let is_too_small = self.aes_bits == 256 && is_aes128(suite);
        if is_too_small {
            report.dropped_suites.push(suite);
        }
        is_too_small
    }
}

/// Whether handshakes with this suite can agree on a key in this group.
fn serves(group: &dyn SupportedKxGroup, suite: SupportedCipherSuite) -> bool {
    let algorithm = group.name().key_exchange_algorithm();
    group.usable_for_version(suite.version().version)
        && (suite.tls13().is_some()
            || is_finite_field(suite.suite()) == (algorithm == KeyExchangeAlgorithm::DHE))
}

fn of_rustls(version: &SupportedProtocolVersion) -> Option<TlsVersion> {
    TlsVersion::of(version.version)
}

impl TlsReport {
    /// What became of suites that were asked for or that the provider has, in clauses.
    fn lost_suites(&self) -> Vec<String> {
        let lists = [
            (
                &self.unavailable_suites,
                "cannot be had from rustls and this crypto provider",
            ),
            (
                &self.dropped_suites,
                "left out, for `aes-bits` asks for AES keys of 256 bits",
            ),
            (
                &self.suites_without_group,
                "left out, for no group of `key-exchange-groups` serves their key exchange",
            ),
        ];
        let lists = lists.into_iter().filter(|(suites, _)| !suites.is_empty());
        lists
            .map(|(suites, why)| format!("{}: {why}", names(suites)))
            .collect()
    }
}

impl fmt::Display for TlsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<_> = self.versions.iter().map(TlsVersion::to_string).collect();
        write!(
            f,
            "offers {} with the cipher suites {} and the key exchange groups {}",
            versions.join(" and "),
            names(&self.cipher_suites),
            names(&self.key_exchange_groups)
        )?;
        for version in &self.versions_without_suite {
            write!(
                f,
                "\n{version} is not offered: none of its cipher suites is left"
            )?;
        }
        for (suite, equivalent) in &self.mapped_suites {
            let (suite, equivalent) = (name(*suite), name(*equivalent));
            write!(
                f,
                "\n{suite}: stands for {equivalent}, its equivalent in TLS 1.3"
            )?;
        }
        for sentence in self.lost_suites() {
            write!(f, "\n{sentence}")?;
        }
        if !self.unavailable_groups.is_empty() {
            let groups = names(&self.unavailable_groups);
            write!(f, "\n{groups}: cannot be had from this crypto provider")?;
        }
        if let Some(seconds) = self.session_seconds {
            write!(f, "\nsessions may be resumed for {seconds} s")?;
        }
        if self.allows_unauthenticated {
            f.write_str("\nclients without a certificate are let in: what they may do is the application's to decide")?;
        }
        if self.lacks_ticketer {
            f.write_str("\n`tickets` are allowed, and there is no ticketer: sessions stay in the server's memory")?;
        }
        Ok(())
    }
}

#[cfg(all(test, feature = "ring"))]
mod tests {
    use std::ptr;

    use super::*;
    use crate::time::Span;
    use crate::tls::settings::names::Listed;

    const AES_256: &str = "TLS_AES_256_GCM_SHA384";
    const AES_128: &str = "TLS_AES_128_GCM_SHA256";
    const CHACHA: &str = "TLS_CHACHA20_POLY1305_SHA256";

    fn ring() -> Arc<CryptoProvider> {
        Arc::new(rustls::crypto::ring::default_provider())
    }

    fn suite(name: &str) -> CipherSuite {
        let code = (0..=u16::MAX).find(|code| CipherSuite::name_of(*code) == Some(name));
        CipherSuite::from(code.unwrap())
    }

    fn suites(names: &[&str]) -> Option<Vec<CipherSuite>> {
        Some(names.iter().map(|name| suite(name)).collect())
    }

    fn settings(change: impl FnOnce(&mut TlsSettings)) -> TlsSettings {
        let mut settings = TlsSettings::default();
        change(&mut settings);
        settings
    }

    /// The suites that ASAPP's page lists, with the two that lack a hash as what they stand for.
    const ASAPP: [&str; 7] = [
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ];

    #[track_caller]
    fn report(settings: &TlsSettings) -> String {
        let applied = settings.apply(&ring()).unwrap();
        let again = settings.apply(&applied.provider).unwrap();
        let offered = |it: &TlsReport| (it.cipher_suites.clone(), it.key_exchange_groups.clone());
        assert_eq!(offered(&again.report), offered(&applied.report), "twice");
        assert_eq!(again.versions, applied.versions, "twice");
        applied.report.to_string()
    }

    #[track_caller]
    fn refused(settings: &TlsSettings, field: &str, problem: &str) {
        let error = settings.apply(&ring()).unwrap_err();
        assert_eq!(error, BuildError::policy(field, problem));
    }

    #[test]
    fn nothing_asked_changes_nothing() {
        let applied = TlsSettings::default().apply(&ring()).unwrap();
        assert_eq!(applied.provider.cipher_suites, ring().cipher_suites);
        let groups = |provider: &CryptoProvider| -> Vec<_> {
            provider.kx_groups.iter().map(|it| it.name()).collect()
        };
        assert_eq!(groups(&applied.provider), groups(&ring()));
        assert_eq!(applied.versions, ALL_VERSIONS);
        let expected = TlsReport {
            versions: vec![TlsVersion::Tls13, TlsVersion::Tls12],
            cipher_suites: ring().cipher_suites.iter().map(|it| it.suite()).collect(),
            key_exchange_groups: groups(&ring()),
            ..TlsReport::default()
        };
        assert_eq!(applied.report, expected);
    }

    /// What is not narrowed is the very same.
    #[test]
    fn signatures_randomness_and_keys_stay_the_providers() {
        let provider = ring();
        let narrow = settings(|it| it.minimum_version = TlsVersion::Tls13);
        let narrowed = narrow.apply(&provider).unwrap().provider;
        assert_ne!(narrowed.cipher_suites, provider.cipher_suites);
        let (before, after) = (
            provider.signature_verification_algorithms,
            narrowed.signature_verification_algorithms,
        );
        assert!(ptr::eq(before.all, after.all));
        assert!(ptr::eq(before.mapping, after.mapping));
        assert!(ptr::addr_eq(provider.secure_random, narrowed.secure_random));
        assert!(ptr::addr_eq(provider.key_provider, narrowed.key_provider));
    }

    #[test]
    fn the_list_is_what_is_offered_in_its_order_each_once() {
        let list = settings(|it| {
            it.cipher_suites = suites(&[CHACHA, "TLS_DHE_RSA_WITH_AES_128_CCM", AES_256, CHACHA]);
            it.key_exchange_groups = Some(vec![
                NamedGroup::secp384r1,
                NamedGroup::X448,
                // By its number, as a rustls that does not know it would have it.
                NamedGroup::Unknown(0x001d),
                NamedGroup::secp384r1,
            ]);
        });
        assert_eq!(
            report(&list),
            "offers TLS 1.3 with the cipher suites TLS_CHACHA20_POLY1305_SHA256, TLS_AES_256_GCM_SHA384 and the key exchange groups secp384r1, x25519\n\
             TLS 1.2 is not offered: none of its cipher suites is left\n\
             TLS_DHE_RSA_WITH_AES_128_CCM: cannot be had from rustls and this crypto provider\n\
             x448: cannot be had from this crypto provider"
        );
    }

    #[test]
    fn asapps_page_in_tls13() {
        let asapp = settings(|it| {
            it.minimum_version = TlsVersion::Tls13;
            it.cipher_suites = suites(&ASAPP);
            it.or_equivalent = true;
            it.aes_bits = 256;
        });
        assert_eq!(
            report(&asapp),
            "offers TLS 1.3 with the cipher suites TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256 and the key exchange groups x25519, secp256r1, secp384r1\n\
             TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: stands for TLS_AES_256_GCM_SHA384, its equivalent in TLS 1.3\n\
             TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: stands for TLS_AES_256_GCM_SHA384, its equivalent in TLS 1.3\n\
             TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: stands for TLS_CHACHA20_POLY1305_SHA256, its equivalent in TLS 1.3\n\
             TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: stands for TLS_CHACHA20_POLY1305_SHA256, its equivalent in TLS 1.3\n\
             TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: left out, for `aes-bits` asks for AES keys of 256 bits"
        );
    }

    /// Beside TLS 1.2 the equivalents come in addition, each behind the suite it is equivalent to.
    #[test]
    fn equivalents_beside_tls12() {
        let both = settings(|it| {
            it.cipher_suites = suites(&[
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
                AES_256,
            ]);
            it.or_equivalent = true;
        });
        let applied = both.apply(&ring()).unwrap().report;
        let expected = suites(&["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", AES_128, AES_256]);
        assert_eq!(Some(applied.cipher_suites), expected);
        assert_eq!(
            applied.mapped_suites,
            [(
                suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
                suite(AES_128)
            )]
        );
        assert_eq!(
            Some(applied.unavailable_suites),
            suites(&["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"])
        );
    }

    #[test]
    fn aes_of_256_bits_leaves_out_the_providers_own_too() {
        let large = settings(|it| {
            it.aes_bits = 256;
            it.minimum_version = TlsVersion::Tls13;
            it.client_certificates = ClientCertificates::AllowUnauthenticated;
            it.session_lifetime = Some(Span::Seconds(300));
        });
        assert_eq!(
            report(&large),
            "offers TLS 1.3 with the cipher suites TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256 and the key exchange groups x25519, secp256r1, secp384r1\n\
             TLS_AES_128_GCM_SHA256: left out, for `aes-bits` asks for AES keys of 256 bits\n\
             sessions may be resumed for 300 s\n\
             clients without a certificate are let in: what they may do is the application's to decide"
        );
    }

    #[test]
    fn what_leaves_nothing_or_not_all_is_refused() {
        const OF_RING: &str = "the crypto provider has TLS_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256, TLS_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256";
        refused(
            &settings(|it| it.cipher_suites = suites(&["TLS_DHE_RSA_WITH_AES_128_CCM"])),
            "tls.cipher-suites",
            &format!(
                "no cipher suite is left: TLS_DHE_RSA_WITH_AES_128_CCM: cannot be had from rustls and this crypto provider; {OF_RING}"
            ),
        );
        let mut some = settings(|it| {
            it.cipher_suites = suites(&[AES_256, "TLS_AES_128_CCM_SHA256"]);
            it.require_all = true;
        });
        refused(
            &some,
            "tls.cipher-suites",
            &format!(
                "`require-all` asks for every suite, and some cannot be had: TLS_AES_128_CCM_SHA256: cannot be had from rustls and this crypto provider; {OF_RING}"
            ),
        );
        some.require_all = false;
        some.apply(&ring()).unwrap();

        refused(
            &settings(|it| it.key_exchange_groups = Some(vec![NamedGroup::X448])),
            "tls.key-exchange-groups",
            "the crypto provider does not have x448, and no group is left: it has x25519, secp256r1, secp384r1",
        );
        let mut some = settings(|it| {
            it.key_exchange_groups = Some(vec![NamedGroup::X448, NamedGroup::X25519]);
            it.require_all = true;
        });
        refused(
            &some,
            "tls.key-exchange-groups",
            "the crypto provider does not have x448, and `require-all` asks for every group: it has x25519, secp256r1, secp384r1",
        );
        some.require_all = false;
        some.apply(&ring()).unwrap();

        let mut of_tls12 = rustls::crypto::ring::default_provider();
        of_tls12.cipher_suites.retain(|it| it.tls13().is_none());
        of_tls12.cipher_suites.truncate(1);
        let tls13 = settings(|it| it.minimum_version = TlsVersion::Tls13);
        assert_eq!(
            tls13.apply(&Arc::new(of_tls12)).unwrap_err(),
            BuildError::policy(
                "tls",
                "no cipher suite is left; the crypto provider has TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
            )
        );
    }

    /// A group for TLS 1.3 alone, as hybrids with ML-KEM are: TLS 1.2 falls away with its suites.
    #[test]
    fn suites_that_no_group_serves_are_left_out() {
        #[derive(Debug)]
        struct InTls13(&'static dyn SupportedKxGroup);
        impl SupportedKxGroup for InTls13 {
            fn start(&self) -> Result<Box<dyn rustls::crypto::ActiveKeyExchange>, rustls::Error> {
                self.0.start()
            }
            fn name(&self) -> NamedGroup {
                NamedGroup::X25519MLKEM768
            }
            fn usable_for_version(&self, version: rustls::ProtocolVersion) -> bool {
                version == rustls::ProtocolVersion::TLSv1_3
            }
        }
        static HYBRID: InTls13 = InTls13(rustls::crypto::ring::kx_group::X25519);
        let mut provider = rustls::crypto::ring::default_provider();
        provider.kx_groups.push(&HYBRID);
        let provider = Arc::new(provider);
        let mut hybrid = settings(|it| {
            it.key_exchange_groups = Some(vec![NamedGroup::X25519MLKEM768]);
            it.cipher_suites = suites(&[AES_256, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]);
        });
        let applied = hybrid.apply(&provider).unwrap();
        assert_eq!(applied.versions, [&rustls::version::TLS13]);
        assert_eq!(
            applied.report.to_string(),
            "offers TLS 1.3 with the cipher suites TLS_AES_256_GCM_SHA384 and the key exchange groups X25519MLKEM768\n\
             TLS 1.2 is not offered: none of its cipher suites is left\n\
             TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: left out, for no group of `key-exchange-groups` serves their key exchange"
        );
        hybrid.require_all = true;
        assert!(hybrid.apply(&provider).is_err());
    }

    #[test]
    fn a_builder_that_is_there_must_be_as_narrow_already() {
        let provider = ring();
        let narrow = settings(|it| {
            it.minimum_version = TlsVersion::Tls13;
            it.cipher_suites = suites(&[CHACHA, AES_256]);
            it.key_exchange_groups = Some(vec![NamedGroup::X25519]);
        });
        let narrowed = narrow.apply(&provider).unwrap().provider;
        let applied = |provider: &Arc<CryptoProvider>| narrow.already_applied(provider, "X::y");
        assert_eq!(
            applied(&narrowed).unwrap(),
            narrow.apply(&narrowed).unwrap().report
        );
        let refusal = BuildError::policy(
            "tls",
            "a builder that has its crypto provider and versions already cannot be narrowed to what this table allows: build with `X::y`",
        );
        let with = |change: fn(&mut CryptoProvider)| {
            let mut wider = CryptoProvider::clone(&narrowed);
            change(&mut wider);
            Arc::new(wider)
        };
        let tls12: fn(&mut CryptoProvider) =
            |it| it.cipher_suites.extend(ring().cipher_suites.last());
        let wider: [fn(&mut CryptoProvider); 4] = [
            tls12,
            |it| it.cipher_suites.reverse(),
            |it| it.cipher_suites = ring().cipher_suites.clone(),
            |it| it.kx_groups = ring().kx_groups.clone(),
        ];
        assert!(!narrow.exceeded_by(&narrowed, true));
        assert!(!narrow.exceeded_by(&narrowed, false));
        for (n, change) in wider.into_iter().enumerate() {
            assert_eq!(applied(&with(change)), Err(refusal.clone()), "{n}");
            // A suite of a version that is refused when it comes does not count.
            assert_eq!(narrow.exceeded_by(&with(change), true), n != 0, "{n}");
            assert!(narrow.exceeded_by(&with(change), false), "{n}");
        }
        for provider in [&provider, &narrowed] {
            assert!(TlsSettings::default().already_applied(provider, "").is_ok());
            assert!(!TlsSettings::default().exceeded_by(provider, false));
        }
    }
}
