//! Different policies by name: which configuration a connection gets is decided before its handshake.

use std::collections::HashMap;
use std::fmt;
use std::net::Ipv6Addr;
use std::sync::Arc;

use pki_types::ServerName;
use rustls::AlertDescription;
use rustls::server::ClientHello;

use crate::error::BuildError;
use crate::text;

/// Configurations by name: a server's by the name that a client asks for (SNI, RFC 6066 section 3), a client's by the
/// destination.
///
/// A policy's verifier is in its configuration, and rustls tells a verifier of clients nothing of the name that was asked for, so the
/// choice is made before the handshake: on a server with rustls's `Acceptor`, or `LazyConfigAcceptor` of tokio-rustls. There is no
/// fall-through: a name that is not listed is refused, unless there is a default that was named as such. Names are compared without
/// regard to case; there are no wildcards.
///
/// `C` is what a tenant has: its configuration alone, or, for [`recheck`](crate::Verifier::recheck), the
/// [`LiveVerifier`](crate::LiveVerifier) beside it, a pair or a type of one's own.
///
/// Sessions do not cross tenants if each has a configuration of its own that is protected, as those of
/// [`PolicyServerConfig`](super::PolicyServerConfig) and [`WithPolicy`](super::WithPolicy) are. TLS does not tie an HTTP request to the
/// name of its handshake: an HTTP server also compares its Host with [`Tenant::is`], and answers 421 (RFC 9110 section 15.5.20).
///
/// ```no_run
/// use std::{io::Write, net::TcpStream, sync::Arc};
/// use rustls_policy_verifier::rustls::{ServerConfig, ServerConnection, server::Acceptor};
/// use rustls_policy_verifier::{LiveVerifier, Tenant, Tenants};
///
/// type Own = (Arc<ServerConfig>, LiveVerifier);
///
/// fn accept(
///     mut socket: TcpStream,
///     tenants: &Tenants<Own>,
/// ) -> Result<(ServerConnection, Tenant<Own>), Box<dyn std::error::Error>> {
///     let mut acceptor = Acceptor::default();
///     let hello = loop {
///         acceptor.read_tls(&mut socket)?;
///         if let Some(hello) = acceptor.accept().map_err(|(error, _)| error)? {
///             break hello;
///         }
///     };
///     match tenants.of_hello(&hello.client_hello()) {
///         Ok(tenant) => {
///             let connection = hello.into_connection(tenant.config().0.clone());
///             Ok((connection.map_err(|(error, _)| error)?, tenant))
///         }
///         Err(unknown) => {
///             socket.write_all(&unknown.alert_record())?;
///             Err(unknown.into())
///         }
///     }
/// }
/// ```
///
/// A client's, by destination:
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// # use rustls_policy_verifier::*;
/// # use rustls_policy_verifier::rustls::ClientConfig;
/// # let roots = include_bytes!("../../testdata/readme/roots.pem");
/// # let config = |policy: Policy| -> Result<_, BuildError> {
/// #     Ok(Arc::new(ClientConfig::builder().with_policy(TrustAnchors::from_pem(roots)?, policy)?.with_no_client_auth()))
/// # };
/// # let (acme, globex) = (config(Policy::server())?, config(Policy::server())?);
/// use rustls_policy_verifier::Tenants;
///
/// let tenants = Tenants::new().with("api.acme.example", acme)?.with("api.globex.example", globex)?;
/// assert!(tenants.of_name(Some("API.acme.example")).is_ok());
/// assert!(tenants.of_name(Some("api.initech.example")).is_err());
/// assert!(tenants.of_name(None).is_err());
/// # Ok(())
/// # }
/// ```
pub struct Tenants<C> {
    by_name: HashMap<Arc<str>, Arc<C>>,
    default: Option<Arc<C>>,
}

impl<C> Tenants<C> {
    /// None yet: every name is refused.
    #[must_use]
    pub fn new() -> Self {
        Self {
            by_name: HashMap::new(),
            default: None,
        }
    }

    /// The configuration for connections to `name`, a DNS name or, for destinations, an IP address.
    ///
    /// # Errors
    ///
    /// [`BuildError::Tenant`] if that is neither, or has a configuration already.
    pub fn with(mut self, name: impl AsRef<str>, config: Arc<C>) -> Result<Self, BuildError> {
        let name = name.as_ref();
        let refused = |problem| BuildError::Tenant {
            name: text::printable(name.as_bytes()),
            problem,
        };
        let known =
            canonical(name).ok_or_else(|| refused("is neither a DNS name nor an IP address"))?;
        if self.by_name.contains_key(known.as_str()) {
            return Err(refused("has a configuration already"));
        }
        self.by_name.insert(known.into(), config);
        Ok(self)
    }

    /// The configuration for every other name, and for connections without one. Without this they are refused.
    #[must_use]
    pub fn with_default(mut self, config: Arc<C>) -> Self {
        self.default = Some(config);
        self
    }

    /// The tenant of a name; `None` where a client asked for none.
    ///
    /// # Errors
    ///
    /// [`UnknownTenant`] if there is no configuration for it.
    pub fn of_name(&self, name: Option<&str>) -> Result<Tenant<C>, UnknownTenant> {
        let canonical = name.and_then(canonical);
        let known = canonical.and_then(|name| self.by_name.get_key_value(name.as_str()));
        let tenant = known.map(|(name, config)| Tenant::new(Some(name), config));
        let default = || {
            self.default
                .as_ref()
                .map(|config| Tenant::new(None, config))
        };
        tenant.or_else(default).ok_or_else(|| UnknownTenant {
            name: name.map(|name| text::printable(name.as_bytes())),
        })
    }

    /// The tenant that a client asks for.
    ///
    /// # Errors
    ///
    /// [`UnknownTenant`]: answer with its [`alert_record`](UnknownTenant::alert_record), and drop the connection.
    pub fn of_hello(&self, hello: &ClientHello<'_>) -> Result<Tenant<C>, UnknownTenant> {
        self.of_name(hello.server_name())
    }

    /// The tenant of a destination.
    ///
    /// # Errors
    ///
    /// [`UnknownTenant`]: do not connect.
    pub fn of_server(&self, name: &ServerName<'_>) -> Result<Tenant<C>, UnknownTenant> {
        self.of_name(Some(&name.to_str()))
    }

    /// Every tenant, the default too, in no order.
    pub fn iter(&self) -> impl Iterator<Item = Tenant<C>> + '_ {
        let named = self.by_name.iter();
        let named = named.map(|(name, config)| Tenant::new(Some(name), config));
        let default = self.default.iter();
        named.chain(default.map(|config| Tenant::new(None, config)))
    }
}

impl<C> Default for Tenants<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C> fmt::Debug for Tenants<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenants")
            .field("names", &self.by_name.keys())
            .field("default", &self.default.is_some())
            .finish()
    }
}

/// A name as it is looked up: of DNS names the lower case, without a final dot.
fn canonical(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.ends_with('.') {
        return None;
    }
    let name = ServerName::try_from(name).ok()?;
    Some(name.to_str().to_ascii_lowercase())
}

/// One of the tenants. Clones are the same.
pub struct Tenant<C> {
    name: Option<Arc<str>>,
    config: Arc<C>,
}

impl<C> Tenant<C> {
    fn new(name: Option<&Arc<str>>, config: &Arc<C>) -> Self {
        Self {
            name: name.cloned(),
            config: config.clone(),
        }
    }

    /// Its configuration.
    #[must_use]
    pub fn config(&self) -> &Arc<C> {
        &self.config
    }

    /// Its name, in lower case; `None` of the default.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether a request for `host`, with or without a port, is this tenant's: what an HTTP server asks of the Host header, of
    /// `:authority`, or of the target of the request where that is absolute, which takes the place of Host. The default is nobody's by
    /// name. What is no host is nobody's; that a request must have exactly one Host (RFC 9112 section 3.2) is not looked at here.
    #[must_use]
    pub fn is(&self, host: &str) -> bool {
        let without_port = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => name,
            _ => host,
        };
        let literal = without_port.strip_prefix('[');
        let wanted = match literal.and_then(|literal| literal.strip_suffix(']')) {
            Some(address) if address.parse::<Ipv6Addr>().is_err() => None,
            Some(address) => canonical(address),
            None => canonical(without_port),
        };
        wanted.is_some() && wanted.as_deref() == self.name()
    }
}

impl<C> Clone for Tenant<C> {
    fn clone(&self) -> Self {
        Self::new(self.name.as_ref(), &self.config)
    }
}

impl<C> fmt::Debug for Tenant<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// There is no configuration for a name, and no default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownTenant {
    /// The name, escaped and bounded; `None`: there was none.
    pub name: Option<String>,
}

impl UnknownTenant {
    /// The TLS record with which a server answers the client's hello before it closes the connection, so that the client sees why
    /// (RFC 8446 sections 5.1 and 6): the fatal alert unrecognized_name (RFC 6066 section 3) or, where no name was asked for,
    /// missing_extension (RFC 8446 section 9.2). rustls has no way to send one without a configuration.
    #[must_use]
    pub fn alert_record(&self) -> [u8; 7] {
        const ALERT: u8 = 21;
        const FATAL: u8 = 2;
        let description = match self.name {
            Some(_) => AlertDescription::UnrecognisedName,
            None => AlertDescription::MissingExtension,
        };
        [ALERT, 3, 3, 0, 2, FATAL, description.into()]
    }
}

impl fmt::Display for UnknownTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(
                f,
                "no configuration for connections to {name}, and no default"
            ),
            None => f.write_str("no configuration for connections without a name, and no default"),
        }
    }
}

impl std::error::Error for UnknownTenant {}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenants() -> Tenants<&'static str> {
        Tenants::new()
            .with("api.acme.example", Arc::new("acme"))
            .unwrap()
            .with("API.globex.example.", Arc::new("globex"))
            .unwrap()
            .with("192.0.2.1", Arc::new("by address"))
            .unwrap()
    }

    fn config(tenants: &Tenants<&'static str>, name: Option<&str>) -> Result<&'static str, String> {
        let tenant = tenants.of_name(name).map_err(|error| error.to_string())?;
        Ok(*tenant.config().as_ref())
    }

    #[test]
    fn names_find_their_own_and_nothing_else() {
        let tenants = tenants();
        for (name, expected) in [
            ("api.acme.example", "acme"),
            ("API.ACME.example", "acme"),
            ("api.acme.example.", "acme"),
            ("api.globex.example", "globex"),
            ("192.0.2.1", "by address"),
        ] {
            assert_eq!(config(&tenants, Some(name)), Ok(expected), "{name}");
        }
        for name in ["acme.example", "x.api.acme.example", "*.acme.example", ""] {
            assert_eq!(
                config(&tenants, Some(name)),
                Err(format!(
                    "no configuration for connections to {name}, and no default"
                ))
            );
        }
        assert_eq!(
            config(&tenants, None),
            Err("no configuration for connections without a name, and no default".to_owned())
        );
        let escaped = config(&tenants, Some("api\u{1b}")).unwrap_err();
        assert!(escaped.contains("api\\u{1b}"), "{escaped}");
    }

    #[test]
    fn a_default_is_one_that_was_named_so() {
        let tenants = tenants().with_default(Arc::new("default"));
        assert_eq!(config(&tenants, Some("other.example")), Ok("default"));
        assert_eq!(config(&tenants, None), Ok("default"));
        assert_eq!(config(&tenants, Some("api.acme.example")), Ok("acme"));
        let default = tenants.of_name(None).unwrap();
        assert_eq!((default.name(), default.is("other.example")), (None, false));
    }

    #[test]
    fn names_that_cannot_be_or_stand_twice_are_refused() {
        for (name, problem) in [
            (
                "*.acme.example",
                "tenant *.acme.example: is neither a DNS name nor an IP address",
            ),
            (
                "api.initech.example..",
                "tenant api.initech.example..: is neither a DNS name nor an IP address",
            ),
            ("", "tenant : is neither a DNS name nor an IP address"),
            (
                "API.acme.example",
                "tenant API.acme.example: has a configuration already",
            ),
        ] {
            let error = tenants().with(name, Arc::new("again")).unwrap_err();
            assert_eq!(error.to_string(), problem);
        }
    }

    #[test]
    fn hosts_of_requests_are_compared() {
        let tenants = tenants()
            .with("2001:db8::1", Arc::new("by address"))
            .unwrap();
        let acme = tenants.of_name(Some("api.acme.example")).unwrap();
        assert_eq!(acme.name(), Some("api.acme.example"));
        for host in [
            "api.acme.example",
            "API.acme.example:8443",
            "api.acme.example.",
            "api.acme.example:",
        ] {
            assert!(acme.is(host), "{host}");
        }
        for host in [
            "api.globex.example",
            "api.acme.example:8443x",
            "api.acme.example:80:80",
            "",
            ":443",
            "[api.acme.example",
            "[api.acme.example]",
            "[api.acme.example]:443",
            "api.acme.example..",
        ] {
            assert!(!acme.is(host), "{host}");
        }
        let address = tenants.of_name(Some("2001:db8::1")).unwrap();
        assert!(address.is("[2001:DB8::1]:443") && address.is("[2001:db8:0::1]"));
        let address = tenants.of_name(Some("192.0.2.1")).unwrap();
        assert!(address.is("192.0.2.1:443") && !address.is("[192.0.2.1]"));
    }

    #[test]
    fn debugging_names_them() {
        let tenants = tenants();
        let text = format!("{tenants:?}");
        assert!(text.contains("api.acme.example"), "{text}");
        let tenant = tenants.of_name(Some("api.acme.example")).unwrap();
        let text = format!("{tenant:?}");
        assert!(
            text.contains("Tenant { name: Some(\"api.acme.example\")"),
            "{text}"
        );
    }

    #[test]
    fn every_tenant_is_listed() {
        let tenants = tenants().with_default(Arc::new("default"));
        let mut listed: Vec<_> = tenants
            .iter()
            .map(|it| (it.name().map(str::to_owned), *it.clone().config().as_ref()))
            .collect();
        listed.sort();
        let named = |name: &str, config| (Some(name.to_owned()), config);
        assert_eq!(
            listed,
            [
                (None, "default"),
                named("192.0.2.1", "by address"),
                named("api.acme.example", "acme"),
                named("api.globex.example", "globex"),
            ]
        );
    }

    #[test]
    fn who_is_unknown_is_told_by_an_alert() {
        let tenants = tenants();
        let alert = |name| tenants.of_name(name).unwrap_err().alert_record();
        assert_eq!(alert(Some("initech.example")), [21, 3, 3, 0, 2, 2, 112]);
        assert_eq!(alert(None), [21, 3, 3, 0, 2, 2, 109]);
    }
}
