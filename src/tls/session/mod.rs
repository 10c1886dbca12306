//! Sessions that resume only as long as the policy would accept their peer: rustls itself asks no verifier again.
//!
//! Both sides verify the peer's chain again, wholly, with the time, policy, anchors and CRLs of now: a server takes it out of
//! the stored session ([`server`]), a client remembers it ([`client`]).

mod client;
mod server;
mod stored;

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::server::NoServerSessionStorage;
use rustls::{ClientConfig, ServerConfig};

use self::client::ClientSessions;
pub(super) use self::client::KeptSessions;
use self::server::{Gate, GuardedStore, GuardedTicketer, NoTickets};
use super::{PolicyClientCertVerifier, PolicyServerCertVerifier};
use crate::verify::Verifier;

/// The longest that a session may resume after it was stored, in seconds, where the policy does not say: 12 hours, as the
/// tickets of rustls's own ticketers. Each session that resumes stores another: this bounds the age of one, and the
/// verifications bound how long a peer may go on resuming.
pub(crate) const DEFAULT_LIFETIME: u64 = 12 * 60 * 60;

/// How long a session may resume by a verifier's policy, in seconds.
fn lifetime(verifier: &Verifier) -> u64 {
    let seconds = verifier.policy().tls.session_seconds();
    seconds.map_or(DEFAULT_LIFETIME, u64::from)
}

/// A configuration whose sessions can be protected: rustls's `ClientConfig` and `ServerConfig`.
pub trait ProtectSessions {
    /// The verifier of this side.
    type CertVerifier;

    /// Lets sessions resume only if `verifier`, the one that is in this configuration, accepts the peer's chain again.
    fn protect_sessions(&mut self, verifier: &Self::CertVerifier);

    /// Switches resumption off, so that every connection is a full handshake.
    fn forbid_resumption(&mut self);
}

/// Lets the sessions of a configuration built by hand resume only if the policy accepts the peer again, at that time. Call it
/// last: what is put into `session_storage`, `ticketer` or `resumption` afterwards is not protected, and sessions go on by the
/// `time_provider` of now.
///
/// rustls resumes sessions without asking a verifier, for as long as tickets are renewed, whatever has expired or changed since. With
/// this, the chain of the stored session is verified wholly before a session resumes, by the policy, anchors and CRLs of then, with
/// [`Occasion::Resumption`](crate::Occasion::Resumption); if that fails, or a stored session is not as expected, the handshake is a full
/// one, in which the peer is judged as any other. No session resumes that is older than the policy's
/// [`session_lifetime`](super::TlsSettings::session_lifetime), or 12 hours where it has none. Of TLS 1.3 each handshake makes new ones, with
/// new secrets, those that resume too; of TLS 1.2 a session that resumes stays the same, and its age counts from the full handshake. At a server, sessions of other verifiers do not resume, though storage or ticketer be shared, and early data is switched off. At a
/// client, sessions are in a store of this verifier's own; all chains that were
/// ever accepted under a name must be accepted still, for of a stored session rustls does not tell which one its server presented.
/// After they were refused, a minute passes before a session of that name is tried again: until then handshakes are full ones.
/// Resumption that was disabled there is enabled. A server judges a chain once a second; of further sessions in that second observers
/// do not hear.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let roots = include_bytes!("../../../testdata/readme/roots.pem");
/// use std::sync::Arc;
/// use rustls_policy_verifier::{rustls::ClientConfig, *};
///
/// let verifier = Verifier::builder(TrustAnchors::from_pem(roots)?, Policy::server()).build()?;
/// let verifier = Arc::new(PolicyServerCertVerifier::new(verifier)?);
/// let mut config = ClientConfig::builder()
///     .dangerous()
///     .with_custom_certificate_verifier(verifier.clone())
///     .with_no_client_auth();
/// protect_sessions(&mut config, &verifier);
/// # Ok(())
/// # }
/// ```
pub fn protect_sessions<C: ProtectSessions>(config: &mut C, verifier: &C::CertVerifier) {
    config.protect_sessions(verifier);
}

/// Switches resumption off in a configuration, so that every connection is a full handshake and every peer proves its key.
pub fn forbid_resumption(config: &mut impl ProtectSessions) {
    config.forbid_resumption();
}

impl ProtectSessions for ClientConfig {
    type CertVerifier = PolicyServerCertVerifier;

    fn protect_sessions(&mut self, verifier: &PolicyServerCertVerifier) {
        self.resumption = Resumption::store(Arc::new(ClientSessions {
            clock: self.time_provider.clone(),
            kept: verifier.sessions(),
        }));
    }

    fn forbid_resumption(&mut self) {
        self.resumption = Resumption::disabled();
    }
}

impl ProtectSessions for ServerConfig {
    type CertVerifier = PolicyClientCertVerifier;

    fn protect_sessions(&mut self, verifier: &PolicyClientCertVerifier) {
        let random = self.crypto_provider().secure_random;
        let Some(gate) = Gate::new(verifier, random, self.time_provider.clone()) else {
            return self.forbid_resumption();
        };
        let gate = Arc::new(gate);
        self.session_storage = Arc::new(GuardedStore {
            gate: gate.clone(),
            inner: self.session_storage.clone(),
        });
        self.ticketer = Arc::new(GuardedTicketer {
            gate,
            inner: self.ticketer.clone(),
        });
        self.max_early_data_size = 0;
    }

    fn forbid_resumption(&mut self) {
        self.session_storage = Arc::new(NoServerSessionStorage {});
        self.ticketer = Arc::new(NoTickets);
        self.send_tls13_tickets = 0;
        self.max_early_data_size = 0;
    }
}
