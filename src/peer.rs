//! Who is expected, and what came with the chain.

use std::fmt;

use pki_types::ServerName;

use crate::time::Time;

/// Whose certificates a policy judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Certificates of servers: the policy is used by clients.
    Server,
    /// Certificates of clients: the policy is used by servers.
    Client,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
        })
    }
}

/// Who is expected to have presented the chain.
#[derive(Clone, Copy, Debug)]
pub enum Peer<'a> {
    /// The server of this name: the reference identifier (RFC 9525 section 6.1).
    Server(&'a ServerName<'a>),
    /// Any server: no name is judged, and a warning says so. For direct calls only.
    ServerWithoutName,
    /// A client.
    Client,
}

impl Peer<'_> {
    /// The role that a policy must have to judge this peer.
    #[must_use]
    pub const fn role(&self) -> Role {
        match self {
            Self::Server(_) | Self::ServerWithoutName => Role::Server,
            Self::Client => Role::Client,
        }
    }
}

/// What a chain is verified for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) peer: Peer<'a>,
    pub(crate) evidence: Evidence<'a>,
    pub(crate) time: Time,
}

/// What came with the chain, beside it. The default is [`OcspStaple::NotApplicable`]: nobody is asked for a staple, and a
/// demand for one (must-staple, [`StapleUse::Require`](crate::StapleUse::Require)) only warns. Who speaks TLS and was stapled
/// nothing says [`OcspStaple::Absent`], as the rustls verifiers do.
///
/// ```
/// use rustls_policy_verifier::{Evidence, OcspStaple};
///
/// # let response: &[u8] = &[];
/// let mut evidence = Evidence::default();
/// evidence.ocsp = OcspStaple::Given(response);
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Evidence<'a> {
    /// The OCSP response stapled by the peer, for its own certificate (RFC 6066 section 8).
    pub ocsp: OcspStaple<'a>,
}

/// The stapled OCSP response (RFC 6066 section 8).
#[derive(Clone, Copy, Default)]
pub enum OcspStaple<'a> {
    /// Where the chain came from there are no staples: a file, a client, a connection that is looked at again. A demand for
    /// one is a warning.
    #[default]
    NotApplicable,
    /// There could have been one; there was none. A demand for one refuses.
    Absent,
    /// The DER of an OCSPResponse.
    Given(&'a [u8]),
}

impl fmt::Debug for OcspStaple<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotApplicable => f.write_str("NotApplicable"),
            Self::Absent => f.write_str("Absent"),
            Self::Given(response) => write!(f, "Given({} octets)", response.len()),
        }
    }
}
