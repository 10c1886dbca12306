//! The rules, one a file: settings, citation, check.

pub(crate) mod certificate_profile;
pub(crate) mod extended_key_usage;
pub(crate) mod key_usage;
pub(crate) mod maximum_validity;
pub(crate) mod minimum_key_size;
pub(crate) mod path_length;
pub(crate) mod pin;
pub(crate) mod revocation;
pub(crate) mod server_name;
pub(crate) mod signature_algorithm;
pub(crate) mod subject_identifier;
pub(crate) mod validity_period;
