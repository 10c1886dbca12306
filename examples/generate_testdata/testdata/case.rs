//! One scenario: certificates, a policy, a time, and what must be found.

use super::cast;
use crate::support::{Authority, CertificateBuilder};

/// The stapled OCSP response, where there can be one.
pub enum Staple {
    Absent,
    /// Its octets, whatever they are.
    Given(Vec<u8>),
}

/// A chain that is to be verified, and all that it takes. Starts as a good partner's end entity under its
/// issuing CA and root, verified by the starting point; each setter changes one thing.
pub struct Case {
    pub name: &'static str,
    pub description: &'static str,
    pub role: &'static str,
    /// `None` for a server: no name is judged.
    pub server_name: Option<&'static str>,
    pub at: &'static str,
    /// The policy file after the line of its role.
    pub policy: String,
    pub known: Vec<Vec<u8>>,
    pub roots_by_name_and_key: bool,
    /// The DER of the CRLs that the verifier has.
    pub crls: Vec<Vec<u8>>,
    /// The DER of the OCSP responses that the verifier has.
    pub responses: Vec<Vec<u8>>,
    /// `None`: the chain comes from where there are no staples.
    pub staple: Option<Staple>,
    /// `rule @ position` of every violation; empty: accepted.
    pub violations: &'static [&'static str],
    /// `rule @ position` of every warning.
    pub warnings: &'static [&'static str],
    end_entity: CertificateBuilder,
    issuing: Authority,
    root: Authority,
    chain: Option<Vec<Vec<u8>>>,
    roots: Vec<(&'static str, Vec<Vec<u8>>)>,
    /// The table that `policy` ends in.
    table: String,
}

/// A client's certificate under a policy for clients.
pub fn client(name: &'static str, description: &'static str) -> Case {
    Case {
        name,
        description,
        role: "client",
        server_name: None,
        at: cast::NOW,
        policy: String::new(),
        known: Vec::new(),
        roots_by_name_and_key: false,
        crls: Vec::new(),
        responses: Vec::new(),
        staple: None,
        violations: &[],
        warnings: &[],
        end_entity: cast::client(),
        issuing: cast::issuing(),
        root: cast::root(),
        chain: None,
        roots: Vec::new(),
        table: String::new(),
    }
}

/// The certificate of the server `api.acme.example` under a policy for servers.
pub fn server(name: &'static str, description: &'static str) -> Case {
    Case {
        role: "server",
        server_name: Some("api.acme.example"),
        end_entity: cast::server(),
        ..client(name, description)
    }
}

/// Who presents what.
impl Case {
    pub fn end_entity(mut self, end_entity: CertificateBuilder) -> Self {
        self.end_entity = end_entity;
        self
    }

    /// Another issuing CA, in place of the usual one.
    pub fn issuing(mut self, issuing: Authority) -> Self {
        self.issuing = issuing;
        self
    }

    /// Another trust anchor, which issues the usual issuing CA.
    pub fn root(mut self, root: Authority) -> Self {
        self.issuing = root.intermediate("Acme Issuing CA", cast::key(2));
        self.root = root;
        self
    }

    /// Everything that is presented, the end entity first.
    pub fn chain(mut self, chain: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.chain = Some(chain.into_iter().collect());
        self
    }

    /// The end entity as issued, then `others`.
    pub fn followed_by(self, others: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let end_entity = self.issuing.issue(self.end_entity.clone());
        self.chain(std::iter::once(end_entity).chain(others))
    }

    /// Trust anchors under a label, in place of the usual one.
    pub fn anchors(
        mut self,
        label: &'static str,
        anchors: impl IntoIterator<Item = Vec<u8>>,
    ) -> Self {
        self.roots.push((label, anchors.into_iter().collect()));
        self
    }

    /// The anchors as a root store has them: no certificates, only names and keys.
    pub fn anchors_by_name_and_key(mut self) -> Self {
        self.roots_by_name_and_key = true;
        self
    }

    /// Intermediates known to the verifier.
    pub fn known(mut self, known: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.known = known.into_iter().collect();
        self
    }

    /// CRLs known to the verifier.
    pub fn crls(mut self, crls: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.crls = crls.into_iter().collect();
        self
    }

    /// OCSP responses known to the verifier.
    pub fn responses(mut self, responses: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.responses = responses.into_iter().collect();
        self
    }

    /// What the peer staples.
    pub fn staple(mut self, response: Vec<u8>) -> Self {
        self.staple = Some(Staple::Given(response));
        self
    }

    /// The peer could staple a response and does not.
    pub fn no_staple(mut self) -> Self {
        self.staple = Some(Staple::Absent);
        self
    }

    /// The DER of what is presented.
    pub fn presented(&self) -> Vec<Vec<u8>> {
        self.chain.clone().unwrap_or_else(|| {
            vec![
                self.issuing.issue(self.end_entity.clone()),
                self.issuing.der.clone(),
            ]
        })
    }

    /// The DER of the trust anchors, by label; the empty label stands for none.
    pub fn trust_anchors(&self) -> Vec<(&'static str, Vec<Vec<u8>>)> {
        if self.roots.is_empty() {
            vec![("", vec![self.root.der.clone()])]
        } else {
            self.roots.clone()
        }
    }
}

/// What it is verified by.
impl Case {
    /// An RFC 3339 time.
    pub fn at(mut self, time: &'static str) -> Self {
        self.at = time;
        self
    }

    pub fn for_server(mut self, name: Option<&'static str>) -> Self {
        self.server_name = name;
        self
    }

    /// The rule's table, which switches it on if nothing else stands there.
    pub fn on(mut self, rule: &str) -> Self {
        let header = format!("[{rule}]\n");
        if self.table != rule {
            assert!(
                !self.policy.contains(&header),
                "{}: {rule} stands there twice",
                self.name
            );
            self.policy.push('\n');
            self.policy.push_str(&header);
            self.table = rule.to_owned();
        }
        self
    }

    /// A line of the policy, in the rule's table. The lines of one table are given together.
    pub fn set(self, rule: &str, line: &str) -> Self {
        let mut case = self.on(rule);
        case.policy.push_str(line);
        case.policy.push('\n');
        case
    }

    pub fn off(self, rule: &str) -> Self {
        self.set(rule, "off = true")
    }

    /// Only warns, to the end of June 2026.
    pub fn audit(self, rule: &str) -> Self {
        self.set(&format!("{rule}.audit"), "until = \"2026-06-30\"")
    }
}

/// What must be found.
impl Case {
    pub fn warns(mut self, warnings: &'static [&'static str]) -> Self {
        self.warnings = warnings;
        self
    }

    pub fn accepted(self) -> Self {
        self
    }

    pub fn refused(mut self, violations: &'static [&'static str]) -> Self {
        assert!(
            !violations.is_empty(),
            "{}: refused for no reason",
            self.name
        );
        self.violations = violations;
        self
    }
}
