//! Closing the routes on which rustls would not ask a verifier.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::server::NoServerSessionStorage;
use rustls::{ClientConfig, ServerConfig};

/// A configuration whose sessions can be protected: rustls's `ClientConfig` and `ServerConfig`.
pub trait ProtectSessions {
    /// Switches resumption off, so that every connection is a full handshake and every peer is judged.
    fn protect_sessions(&mut self);
}

/// Switches resumption off in a configuration built by hand: rustls resumes sessions without asking a verifier, for as
/// long as tickets are renewed, whatever has expired or changed since.
pub fn protect_sessions(config: &mut impl ProtectSessions) {
    config.protect_sessions();
}

impl ProtectSessions for ClientConfig {
    fn protect_sessions(&mut self) {
        self.resumption = Resumption::disabled();
    }
}

impl ProtectSessions for ServerConfig {
    fn protect_sessions(&mut self) {
        self.session_storage = Arc::new(NoServerSessionStorage {});
        self.ticketer = Arc::new(NoTickets);
        self.send_tls13_tickets = 0;
        self.max_early_data_size = 0;
    }
}

/// Neither makes tickets nor accepts any.
#[derive(Debug)]
struct NoTickets;

impl rustls::server::ProducesTickets for NoTickets {
    fn enabled(&self) -> bool {
        false
    }

    fn lifetime(&self) -> u32 {
        0
    }

    fn encrypt(&self, _plain: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn decrypt(&self, _cipher: &[u8]) -> Option<Vec<u8>> {
        None
    }
}
