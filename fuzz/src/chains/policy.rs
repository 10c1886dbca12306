//! By what an input has its chain judged.

use rustls_policy_verifier::rustls::RootCertStore;
use rustls_policy_verifier::{
    AnchorCheck, Date, ExtendedKeyUsage, IdentifierEntry, KeyPurpose, Matcher, Policy, Profile,
    Role, SignatureHash, Span, TrustAnchors, ValidityLimit, VerifierBuilder,
};

use super::input::Choices;
use super::making::Chain;

impl Choices {
    pub(super) fn policy(self) -> Policy {
        let role = self.role();
        let mut policy = Policy::for_role(role);
        let until = Date::new(2027, 12, 31).expect("a date");
        let own = KeyPurpose::of_role(role);
        let both = [KeyPurpose::server_auth(), KeyPurpose::client_auth()];
        match self.number(4, 0, 2) {
            0 => {}
            1 => policy.extended_key_usage = ExtendedKeyUsage::only([own]).into(),
            2 => policy.extended_key_usage.switch_off(),
            _ => policy.extended_key_usage = ExtendedKeyUsage::contains(both).into(),
        }
        if self.bit(4, 2) {
            policy.key_usage.switch_off();
        }
        if self.bit(4, 3) {
            policy.validity_period.enforce().trust_anchor = AnchorCheck::Ignore;
        }
        if self.bit(4, 4) {
            policy.signature_algorithm.enforce().minimum_hash = SignatureHash::Sha384;
        }
        if self.bit(4, 5) {
            policy.path_length.enforce().max_intermediates = Some(1);
        }
        if self.bit(4, 6) {
            let limits = policy.maximum_validity.enforce();
            limits.end_entity = Some(ValidityLimit::AtMost(Span::Days(398)));
            limits.intermediate = Some(ValidityLimit::AtMost(Span::Years(20)));
        }
        if self.bit(4, 7) {
            let name = Matcher::exact("peer");
            policy.subject_identifier.enforce().any_of = vec![IdentifierEntry::common_name(name)];
        }
        if self.bit(5, 0) {
            policy.minimum_key_size.enforce().intermediate.rsa = false;
        }
        if self.bit(5, 1) {
            policy.minimum_key_size.enforce().end_entity.ec_bits = 384;
        }
        if self.bit(5, 2) {
            policy.validity_period.audit(until);
        }
        if self.bit(5, 3) {
            policy.key_usage.audit(until);
        }
        if self.bit(5, 4) {
            policy.path_length.enforce().allow_self_issued_end_entity = true;
        }
        if self.bit(5, 5) {
            policy.minimum_key_size.switch_off();
            policy.signature_algorithm.switch_off();
        }
        if self.bit(5, 7) {
            policy.certificate_profile.enforce().profile = Profile::Rfc5280;
        }
        if self.has_bare_anchors() {
            policy.certificate_profile.settings.trust_anchor = AnchorCheck::WhenKnown;
            policy.validity_period.settings.trust_anchor = AnchorCheck::WhenKnown;
            policy.key_usage.settings.trust_anchor = AnchorCheck::WhenKnown;
            policy.path_length.settings.trust_anchor = AnchorCheck::WhenKnown;
        }
        policy
    }

    /// Of those that can be used, if any can.
    pub(super) fn anchors(self, chain: &Chain) -> Option<TrustAnchors> {
        let certificates = chain.anchors.iter().cloned();
        if !self.has_bare_anchors() {
            let anchors = TrustAnchors::new();
            return anchors.with_certificates("default", certificates).ok();
        }
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates);
        TrustAnchors::new().with_root_store("default", &store).ok()
    }

    /// What else the builder is told.
    pub(super) fn configure(self, builder: VerifierBuilder, chain: &Chain) -> VerifierBuilder {
        let builder = builder.known_intermediates(chain.known.iter().cloned());
        // Fewer than there are by default.
        match self.bit(5, 6) {
            true => builder.max_presented_intermediates(3),
            false => builder,
        }
    }

    /// Whether the starting point's demand for the role's purpose stands.
    pub(super) fn demands_purpose(self) -> bool {
        self.number(4, 0, 2) != 2
    }

    pub(super) fn demands_key_usage(self) -> bool {
        !self.bit(4, 2) && !self.bit(5, 3)
    }

    pub(super) fn demands_valid_anchor(self) -> bool {
        !self.bit(4, 3) && !self.bit(5, 2) && !self.has_bare_anchors()
    }

    pub(super) fn purpose(self) -> &'static str {
        match self.role() {
            Role::Server => crate::support::oids::SERVER_AUTH,
            Role::Client => crate::support::oids::CLIENT_AUTH,
        }
    }
}
