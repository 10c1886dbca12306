//! The promise of [`Policy::must_not_pin`](crate::Policy::must_not_pin): what partners ask for who replace certificates, keys and CAs
//! without notice.

use crate::error::BuildError;
use crate::policy::{Mode, Policy};
use crate::rules::subject_identifier::{Identifier, IdentifierEntry};

/// The first setting of a policy that depends on what its peer may replace.
pub(crate) fn check(policy: &Policy) -> Result<(), BuildError> {
    if !policy.must_not_pin {
        return Ok(());
    }
    let broken = |setting: String, does: &str| {
        let problem = format!(
            "{does}, and `must-not-pin` promises that nothing depends on names of subjects, keys, fingerprints or a CA's identity: leave one of them out"
        );
        Err(BuildError::policy(setting, problem))
    };
    if policy.pin.mode != Mode::Off {
        return broken("pin".to_owned(), "pins keys or certificates");
    }
    if policy.server_name.allow_common_name_as_server_name {
        return broken(
            "server-name.allow-common-name-as-server-name".to_owned(),
            "looks at the subject's name",
        );
    }
    let identifier = &policy.subject_identifier;
    if identifier.mode == Mode::Off {
        return Ok(());
    }
    let lists = [
        ("any-of", &identifier.any_of),
        ("all-of", &identifier.all_of),
        ("none-of", &identifier.none_of),
    ];
    for (list, entries) in lists {
        for (n, entry) in entries.iter().enumerate() {
            if let Some(does) = dependence(entry) {
                return broken(format!("subject-identifier.{list}[{n}]"), does);
            }
        }
    }
    Ok(())
}

fn dependence(entry: &IdentifierEntry) -> Option<&'static str> {
    match entry.identifier {
        Identifier::Attribute(..) | Identifier::Subject(_) => Some("looks at the subject's name"),
        Identifier::AlternativeName(..) if !entry.under.is_empty() => {
            Some("asks for the anchors of a label")
        }
        Identifier::AlternativeName(..) => None,
    }
}
