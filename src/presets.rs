//! Policies that many partners ask for, to start from. What they agree on with each other is not here: the identifier.

use crate::peer::Role;
use crate::policy::Policy;
use crate::rules::extended_key_usage::{ExtendedKeyUsage, KeyPurpose};
use crate::rules::maximum_validity::ValidityLimit;
use crate::time::Span;
use crate::tls::TlsVersion;

impl Policy {
    /// What strict partners ask of mutual TLS, beyond the starting point of `role`:
    ///
    /// - an extended key usage of the role's purpose and no other (RFC 5280 section 4.2.1.12);
    /// - RSA of at least 3072 bits, or EC of at least 256, for the end entity (NIST SP 800-57 part 1, 128 bits of security);
    /// - an end entity valid for less than three years;
    /// - TLS 1.3 only, and sessions that resume for at most 300 seconds ([`Policy::tls`]).
    ///
    /// Say as well who the peer is, with [`Policy::subject_identifier`], and have revocation judged
    /// ([`Policy::revocation`]) if its CA publishes CRLs.
    ///
    /// ```
    /// use rustls_policy_verifier::{IdentifierEntry, Matcher, Policy, Role, SubjectIdentifier};
    ///
    /// let mut policy = Policy::partner_strict(Role::Client);
    /// let agreed = Matcher::Uuid("123e4567-e89b-12d3-a456-426614174000".into());
    /// policy.subject_identifier =
    ///     SubjectIdentifier::any_of([IdentifierEntry::common_name(agreed).under("acme")]).into();
    /// ```
    #[must_use]
    pub fn partner_strict(role: Role) -> Self {
        let mut policy = Self::for_role(role);
        policy.extended_key_usage = ExtendedKeyUsage::only([KeyPurpose::of_role(role)]).into();
        let end_entity = &mut policy.minimum_key_size.enforce().end_entity;
        end_entity.rsa_bits = 3072;
        end_entity.ec_bits = 256;
        policy.maximum_validity.enforce().end_entity =
            Some(ValidityLimit::LessThan(Span::Years(3)));
        policy.tls.minimum_version = TlsVersion::Tls13;
        policy.tls.session_lifetime = Some(Span::Seconds(300));
        policy
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn a_preset_is_what_its_file_says() {
        for (role, purpose) in [(Role::Client, "clientAuth"), (Role::Server, "serverAuth")] {
            let file = format!(
                "role = \"{role}\"\n\
                 [extended-key-usage]\nonly = [\"{purpose}\"]\n\
                 [minimum-key-size]\nend-entity = {{ rsa-bits = 3072, ec-bits = 256 }}\n\
                 [maximum-validity]\nend-entity = {{ less-than = \"3 years\" }}\n\
                 [tls]\nminimum-version = \"1.3\"\nsession-lifetime = \"300 s\"\n"
            );
            assert_eq!(Policy::from_toml(&file), Ok(Policy::partner_strict(role)));
        }
    }
}
