//! The checks of both profiles: one row each, with its clauses.

use super::subject::{Of, Subject};
use super::{Profile, ProfileRequirement, extensions, fields, name_constraints, names};
use crate::report::Fact;

/// One demand of a profile.
pub(super) struct Check {
    /// Its name in reports.
    id: &'static str,
    /// What must be, after "requires".
    requires: &'static str,
    /// The clause of RFC 5280; empty where it does not ask for this.
    rfc5280: &'static str,
    /// The clause of the Baseline Requirements, or of RFC 5280, which they include; empty where they do not ask for this.
    cabf_server: &'static str,
    /// Which certificates it is about.
    pub(super) of: Of,
    /// What was presented instead; `None` if all is well.
    pub(super) test: fn(&Subject<'_>) -> Option<Fact>,
}

impl Check {
    /// What `profile` demands here, if anything.
    pub(super) fn by(&self, profile: Profile) -> Option<ProfileRequirement> {
        let clause = match profile {
            Profile::None => "",
            Profile::Rfc5280 => self.rfc5280,
            Profile::CabfServer => self.cabf_server,
        };
        (!clause.is_empty()).then_some(ProfileRequirement {
            check: self.id,
            requires: self.requires,
            clause,
        })
    }
}

/// In the order of RFC 5280 sections 4.1 and 4.2; then what only the Baseline Requirements ask for.
pub(super) const CHECKS: &[Check] = &[
    // Fields.
    Check {
        id: "version-3",
        requires: "an X.509 version 3 certificate",
        rfc5280: "RFC 5280 section 4.1.2.1",
        cabf_server: "BR section 7.1.1",
        of: Of::All,
        test: fields::version_3,
    },
    Check {
        id: "serial-number-positive",
        requires: "a positive serial number",
        rfc5280: "RFC 5280 section 4.1.2.2",
        cabf_server: "BR section 7.1",
        of: Of::All,
        test: fields::serial_positive,
    },
    Check {
        id: "serial-number-length",
        requires: "a serial number of at most 20 octets",
        rfc5280: "RFC 5280 section 4.1.2.2",
        cabf_server: "RFC 5280 section 4.1.2.2",
        of: Of::All,
        test: fields::serial_length,
    },
    Check {
        id: "issuer-not-empty",
        requires: "an issuer that is not empty",
        rfc5280: "RFC 5280 section 4.1.2.4",
        cabf_server: "RFC 5280 section 4.1.2.4",
        of: Of::All,
        test: fields::issuer_not_empty,
    },
    Check {
        id: "time-encoding",
        requires: "times in UTCTime to the year 2049, and in GeneralizedTime from 2050 on",
        rfc5280: "RFC 5280 section 4.1.2.5",
        cabf_server: "RFC 5280 section 4.1.2.5",
        of: Of::All,
        test: fields::time_encoding,
    },
    Check {
        id: "ca-subject-not-empty",
        requires: "a subject of the CA that is not empty",
        rfc5280: "RFC 5280 section 4.1.2.6",
        cabf_server: "RFC 5280 section 4.1.2.6",
        of: Of::Cas,
        test: fields::subject_not_empty,
    },
    // Extensions.
    Check {
        id: "no-unknown-critical-extension",
        requires: "no critical extension that is not processed",
        rfc5280: "RFC 5280 section 4.2",
        cabf_server: "RFC 5280 section 4.2",
        // webpki refuses the others.
        of: Of::Anchors,
        test: extensions::unknown_critical,
    },
    Check {
        id: "authority-key-identifier-present",
        requires: "an authorityKeyIdentifier with a keyIdentifier, except in a self-signed trust anchor",
        rfc5280: "RFC 5280 section 4.2.1.1",
        cabf_server: "BR section 7.1.2.11.1",
        of: Of::All,
        test: extensions::authority_key_identifier_present,
    },
    Check {
        id: "authority-key-identifier-not-critical",
        requires: "an authorityKeyIdentifier that is not critical",
        rfc5280: "RFC 5280 section 4.2.1.1",
        cabf_server: "BR section 7.1.2.11.1",
        of: Of::All,
        test: |subject| extensions::not_critical(subject.extensions.authority_key_identifier),
    },
    Check {
        id: "authority-key-identifier-pair",
        requires: "authorityCertIssuer and authorityCertSerialNumber both, or neither",
        rfc5280: "RFC 5280 section 4.2.1.1",
        cabf_server: "",
        of: Of::All,
        test: extensions::authority_key_identifier_pair,
    },
    Check {
        id: "authority-key-identifier-key-only",
        requires: "an authorityKeyIdentifier of a keyIdentifier alone",
        rfc5280: "",
        cabf_server: "BR sections 7.1.2.1.3 and 7.1.2.11.1",
        of: Of::All,
        test: extensions::authority_key_identifier_key_only,
    },
    Check {
        id: "subject-key-identifier-present",
        requires: "a subjectKeyIdentifier in the CA's certificate",
        rfc5280: "RFC 5280 section 4.2.1.2",
        cabf_server: "BR section 7.1.2.11.4",
        of: Of::Cas,
        test: |subject| extensions::present(subject.extensions.subject_key_identifier),
    },
    Check {
        id: "subject-key-identifier-not-critical",
        requires: "a subjectKeyIdentifier that is not critical",
        rfc5280: "RFC 5280 section 4.2.1.2",
        cabf_server: "BR section 7.1.2.11.4",
        of: Of::All,
        test: |subject| extensions::not_critical(subject.extensions.subject_key_identifier),
    },
    Check {
        id: "subject-key-identifier-syntax",
        requires: "a subjectKeyIdentifier of one OCTET STRING",
        rfc5280: "RFC 5280 section 4.2.1.2",
        cabf_server: "RFC 5280 section 4.2.1.2",
        of: Of::All,
        test: extensions::subject_key_identifier_syntax,
    },
    Check {
        id: "self-signed-key-identifiers",
        requires: "an authorityKeyIdentifier, if any, with the anchor's own subjectKeyIdentifier where it is self-signed",
        rfc5280: "RFC 5280 section 4.2.1.2",
        cabf_server: "BR section 7.1.2.1.3",
        of: Of::Anchors,
        test: extensions::self_signed_key_identifiers,
    },
    Check {
        id: "key-usage-present",
        requires: "a keyUsage in the CA's certificate",
        rfc5280: "RFC 5280 section 4.2.1.3",
        cabf_server: "BR section 7.1.2.10.7",
        of: Of::Cas,
        test: extensions::key_usage_present,
    },
    Check {
        id: "key-usage-not-empty",
        requires: "a keyUsage with at least one bit",
        rfc5280: "RFC 5280 section 4.2.1.3",
        cabf_server: "RFC 5280 section 4.2.1.3",
        of: Of::All,
        test: extensions::key_usage_not_empty,
    },
    Check {
        id: "key-cert-sign-with-ca",
        requires: "a keyUsage without keyCertSign where basicConstraints does not have cA",
        rfc5280: "RFC 5280 section 4.2.1.3",
        cabf_server: "RFC 5280 section 4.2.1.3",
        of: Of::All,
        test: extensions::key_cert_sign_with_ca,
    },
    Check {
        id: "subject-alternative-name-without-subject",
        requires: "a critical subjectAltName where the subject is empty",
        rfc5280: "RFC 5280 section 4.2.1.6",
        cabf_server: "BR section 7.1.2.7.12",
        of: Of::EndEntities,
        test: names::named_at_all,
    },
    Check {
        id: "subject-alternative-name-syntax",
        requires: "DNS names in preferred name syntax (a whole first label * is a wildcard), e-mail addresses of mailbox and domain, absolute URIs, and IP addresses of 4 or 16 octets",
        rfc5280: "RFC 5280 section 4.2.1.6",
        cabf_server: "BR section 7.1.2.7.12, RFC 5280 section 4.2.1.6",
        of: Of::All,
        test: names::alternative_name_syntax,
    },
    Check {
        id: "subject-directory-attributes-not-critical",
        requires: "subjectDirectoryAttributes that are not critical",
        rfc5280: "RFC 5280 section 4.2.1.8",
        cabf_server: "RFC 5280 section 4.2.1.8",
        of: Of::All,
        test: |subject| extensions::not_critical(subject.extensions.subject_directory_attributes),
    },
    Check {
        id: "basic-constraints-of-ca",
        requires: "basicConstraints with cA in the CA's certificate",
        rfc5280: "RFC 5280 section 4.2.1.9",
        cabf_server: "BR sections 7.1.2.1.4 and 7.1.2.10.4",
        of: Of::Cas,
        test: extensions::basic_constraints_of_ca,
    },
    Check {
        id: "basic-constraints-of-ca-critical",
        requires: "critical basicConstraints in the CA's certificate",
        rfc5280: "RFC 5280 section 4.2.1.9",
        cabf_server: "BR sections 7.1.2.1.2 and 7.1.2.6.1",
        of: Of::Cas,
        test: |subject| extensions::critical(subject.extensions.basic_constraints),
    },
    Check {
        id: "path-length-of-ca",
        requires: "a pathLenConstraint only beside cA and keyCertSign",
        rfc5280: "RFC 5280 section 4.2.1.9",
        cabf_server: "RFC 5280 section 4.2.1.9",
        of: Of::All,
        test: extensions::path_length_of_ca,
    },
    Check {
        id: "name-constraints-of-ca",
        requires: "nameConstraints in CAs' certificates only",
        rfc5280: "RFC 5280 section 4.2.1.10",
        cabf_server: "BR section 7.1.2.7.6",
        of: Of::EndEntities,
        test: |subject| extensions::absent(subject.extensions.name_constraints),
    },
    Check {
        id: "name-constraints-critical",
        requires: "critical nameConstraints",
        rfc5280: "RFC 5280 section 4.2.1.10",
        // BR section 7.1.2.10.8 excepts itself.
        cabf_server: "",
        of: Of::All,
        test: |subject| extensions::critical(subject.extensions.name_constraints),
    },
    Check {
        id: "name-constraints-syntax",
        requires: "nameConstraints of at least one subtree, DNS names without a leading period or wildcard, networks as address and mask, and neither minimum nor maximum",
        rfc5280: "RFC 5280 section 4.2.1.10",
        cabf_server: "BR sections 7.1.2.5.2 and 7.1.2.10.8",
        of: Of::All,
        test: name_constraints::syntax,
    },
    Check {
        id: "policy-constraints-of-ca",
        requires: "policyConstraints in CAs' certificates only",
        rfc5280: "RFC 5280 section 4.2.1.11",
        cabf_server: "RFC 5280 section 4.2.1.11",
        of: Of::EndEntities,
        test: |subject| extensions::absent(subject.extensions.policy_constraints),
    },
    Check {
        id: "policy-constraints-critical",
        requires: "critical policyConstraints",
        rfc5280: "RFC 5280 section 4.2.1.11",
        cabf_server: "RFC 5280 section 4.2.1.11",
        of: Of::All,
        test: |subject| extensions::critical(subject.extensions.policy_constraints),
    },
    Check {
        id: "policy-constraints-not-empty",
        requires: "policyConstraints with requireExplicitPolicy or inhibitPolicyMapping",
        rfc5280: "RFC 5280 section 4.2.1.11",
        cabf_server: "RFC 5280 section 4.2.1.11",
        of: Of::All,
        test: extensions::policy_constraints_not_empty,
    },
    Check {
        id: "inhibit-any-policy-critical",
        requires: "a critical inhibitAnyPolicy",
        rfc5280: "RFC 5280 section 4.2.1.14",
        cabf_server: "RFC 5280 section 4.2.1.14",
        of: Of::All,
        test: |subject| extensions::critical(subject.extensions.inhibit_any_policy),
    },
    Check {
        id: "freshest-crl-not-critical",
        requires: "a freshestCRL that is not critical",
        rfc5280: "RFC 5280 section 4.2.1.15",
        cabf_server: "RFC 5280 section 4.2.1.15",
        of: Of::All,
        test: |subject| extensions::not_critical(subject.extensions.freshest_crl),
    },
    Check {
        id: "authority-information-access-not-critical",
        requires: "an authorityInfoAccess that is not critical",
        rfc5280: "RFC 5280 section 4.2.2.1",
        cabf_server: "BR section 7.1.2.7.6",
        of: Of::All,
        test: |subject| extensions::not_critical(subject.extensions.authority_information_access),
    },
    Check {
        id: "authority-information-access-syntax",
        requires: "an authorityInfoAccess of at least one method and location",
        rfc5280: "RFC 5280 section 4.2.2.1",
        cabf_server: "BR section 7.1.2.7.7",
        of: Of::All,
        test: extensions::authority_information_access_syntax,
    },
    Check {
        id: "subject-information-access-not-critical",
        requires: "a subjectInfoAccess that is not critical",
        rfc5280: "RFC 5280 section 4.2.2.2",
        cabf_server: "RFC 5280 section 4.2.2.2",
        of: Of::All,
        test: |subject| extensions::not_critical(subject.extensions.subject_information_access),
    },
    // What only the Baseline Requirements ask for.
    Check {
        id: "wildcard-under-public-suffix",
        requires: "no wildcard directly under a public suffix",
        rfc5280: "",
        cabf_server: "BR section 3.2.2.6",
        of: Of::EndEntities,
        test: names::wildcard_under_public_suffix,
    },
    Check {
        id: "key-of-permitted-kind",
        requires: "an RSA key of at least 2048 bits, in whole octets, with an odd exponent above 1, or an EC key on P-256, P-384 or P-521",
        rfc5280: "",
        cabf_server: "BR sections 6.1.5, 6.1.6 and 7.1.3.1",
        of: Of::All,
        test: fields::key_of_permitted_kind,
    },
    Check {
        id: "end-entity-purposes",
        requires: "an extKeyUsage with serverAuth, and without anyExtendedKeyUsage, codeSigning, emailProtection, timeStamping, OCSPSigning and the signing of precertificates",
        rfc5280: "",
        cabf_server: "BR section 7.1.2.7.10",
        of: Of::EndEntities,
        test: extensions::end_entity_purposes,
    },
    Check {
        id: "intermediate-purposes",
        requires: "an extKeyUsage, if any, with serverAuth, and without anyExtendedKeyUsage, codeSigning, emailProtection, timeStamping, OCSPSigning and the signing of precertificates",
        rfc5280: "",
        cabf_server: "BR section 7.1.2.10.6",
        of: Of::Intermediates,
        test: extensions::intermediate_purposes,
    },
    Check {
        id: "anchor-without-purposes",
        requires: "no extKeyUsage in a root CA's certificate",
        rfc5280: "",
        cabf_server: "BR section 7.1.2.1.2",
        of: Of::Anchors,
        test: extensions::anchor_without_purposes,
    },
    Check {
        id: "extended-key-usage-not-critical",
        requires: "an extKeyUsage that is not critical",
        rfc5280: "",
        cabf_server: "BR sections 7.1.2.6.1 and 7.1.2.7.6",
        of: Of::BelowAnchors,
        test: |subject| extensions::not_critical(subject.extensions.extended_key_usage),
    },
    Check {
        id: "end-entity-key-usage",
        requires: "a keyUsage without nonRepudiation, keyCertSign, cRLSign, encipherOnly and decipherOnly",
        rfc5280: "",
        cabf_server: "BR section 7.1.2.7.11",
        of: Of::EndEntities,
        test: extensions::end_entity_key_usage,
    },
    Check {
        id: "ca-key-usage",
        requires: "a keyUsage of keyCertSign, cRLSign and digitalSignature at most",
        rfc5280: "",
        cabf_server: "BR section 7.1.2.10.7",
        of: Of::Cas,
        test: extensions::ca_key_usage,
    },
    Check {
        id: "end-entity-basic-constraints",
        requires: "critical basicConstraints, if any, without cA and pathLenConstraint",
        rfc5280: "",
        cabf_server: "BR sections 7.1.2.7.6 and 7.1.2.7.8",
        of: Of::EndEntities,
        test: extensions::end_entity_basic_constraints,
    },
    Check {
        id: "subject-alternative-name-kinds",
        requires: "a subjectAltName of DNS names and IP addresses alone",
        rfc5280: "",
        cabf_server: "BR section 7.1.2.7.12",
        of: Of::EndEntities,
        test: names::alternative_name_kinds,
    },
    Check {
        id: "subject-alternative-name-not-critical",
        requires: "a subjectAltName that is not critical where there is a subject",
        rfc5280: "",
        cabf_server: "BR section 7.1.2.7.12",
        of: Of::EndEntities,
        test: names::not_critical_beside_subject,
    },
    Check {
        id: "crl-distribution-points-not-critical",
        requires: "cRLDistributionPoints that are not critical",
        rfc5280: "",
        cabf_server: "BR section 7.1.2.11.2",
        of: Of::All,
        test: |subject| extensions::not_critical(subject.extensions.crl_distribution_points),
    },
    Check {
        id: "authority-information-access-http",
        requires: "locations of authorityInfoAccess that are HTTP URLs",
        rfc5280: "",
        cabf_server: "BR sections 7.1.2.7.7 and 7.1.2.10.3",
        of: Of::BelowAnchors,
        test: extensions::authority_information_access_http,
    },
];

/// About two certificates, one the other's issuer: not a row of [`CHECKS`], which are about one.
pub(super) const KEY_IDENTIFIERS_MATCH: Check = Check {
    id: "key-identifiers-match",
    requires: "an authorityKeyIdentifier with its issuer's subjectKeyIdentifier",
    rfc5280: "RFC 5280 section 4.2.1.2",
    cabf_server: "BR section 7.1.2.11.1",
    of: Of::BelowAnchors,
    test: |_| None,
};

/// Asked for by its own switch, whatever the profile.
pub(super) const COMMON_NAME_IN_SAN: ProfileRequirement = ProfileRequirement {
    check: "common-name-in-san",
    requires: "at most one common name, character for character a DNS name or IP address of the subjectAltName",
    clause: "BR section 7.1.4.3",
};
