//! x509-limbo's cases, as far as they are used here.

use serde::{Deserialize, Serialize};

/// A file of cases.
#[derive(Deserialize)]
pub(crate) struct Limbo {
    pub(crate) testcases: Vec<Case>,
}

/// One case.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) trusted_certs: Vec<String>,
    pub(crate) untrusted_intermediates: Vec<String>,
    pub(crate) peer_certificate: String,
    pub(crate) validation_time: Option<String>,
    pub(crate) expected_result: Expected,
    pub(crate) expected_peer_name: Option<PeerName>,
    #[serde(default)]
    pub(crate) expected_peer_names: Vec<PeerName>,
    #[serde(default)]
    pub(crate) crls: Vec<String>,
    pub(crate) validation_kind: Kind,
    pub(crate) max_chain_depth: Option<usize>,
    #[serde(default)]
    pub(crate) extended_key_usage: Vec<String>,
    #[serde(default)]
    pub(crate) key_usage: Vec<String>,
    #[serde(default)]
    pub(crate) signature_algorithms: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Kind {
    Server,
    Client,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Expected {
    Success,
    Failure,
}

#[derive(Deserialize)]
pub(crate) struct PeerName {
    pub(crate) kind: String,
    pub(crate) value: String,
}

impl Limbo {
    /// The file that `LIMBO_JSON` names; without it these tests fail, for they were asked for.
    pub(crate) fn load() -> Self {
        let path = std::env::var("LIMBO_JSON")
            .expect("set LIMBO_JSON to an x509-limbo file: the feature `limbo` runs its cases");
        let file = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        serde_json::from_slice(&file).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

impl Case {
    /// The presented chain, as a server would send it.
    pub(crate) fn chain_pem(&self) -> String {
        let mut pem = self.peer_certificate.clone();
        for intermediate in &self.untrusted_intermediates {
            pem.push_str(intermediate);
        }
        pem
    }

    pub(crate) fn roots_pem(&self) -> String {
        self.trusted_certs.concat()
    }
}
