//! Policies as files: TOML and JSON, one table per rule, named by its id, and one for TLS.
//!
//! A file says how a policy differs from the starting point of its role: a table or key that is left out keeps
//! the starting point's value, so leaving something out switches nothing off. What is not understood is refused.

mod json;
mod settings;
#[cfg(test)]
mod tests;
mod toml;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use self::settings::nearest;
use self::settings::{as_table, check_values, difference, from_value, merge, to_table, unknown};
use crate::error::BuildError;
use crate::peer::Role;
use crate::policy::{MUST_NOT_PIN, Mode, Policy, RuleSettings, Setting, TLS};
use crate::rules::server_name::ServerNameCheck;
use crate::time::Date;
use crate::tls::TlsSettings;

const ROLE: &str = "role";

/// Keys that every rule's table may have, beside the rule's own.
const MODE_KEYS: [&str; 2] = ["audit", "off"];

impl Policy {
    /// Reads a policy from TOML.
    ///
    /// ```
    /// use rustls_policy_verifier::{ExtendedKeyUsage, KeyPurpose, Policy};
    ///
    /// let policy = Policy::from_toml(r#"
    ///     role = "client"
    ///
    ///     [extended-key-usage]
    ///     only = ["clientAuth"]
    /// "#)?;
    /// let mut expected = Policy::client();
    /// expected.extended_key_usage = ExtendedKeyUsage::only([KeyPurpose::client_auth()]).into();
    /// assert_eq!(policy, expected);
    /// # Ok::<(), rustls_policy_verifier::BuildError>(())
    /// ```
    ///
    /// Every table and key, beside `off = true` and `audit`, which every rule but `server-name` has, and `tls`, which is no rule, has
    /// not:
    ///
    /// ```toml
    #[doc = include_str!("documented.toml")]
    /// ```
    ///
    /// # Errors
    ///
    /// [`BuildError::PolicySyntax`] for what is not TOML; [`BuildError::Policy`], with the setting in full, for
    /// a table, key or value that is not known, and for settings that make no sense. What depends on the trust
    /// anchors, such as their labels, is checked when a verifier is built.
    pub fn from_toml(text: &str) -> Result<Self, BuildError> {
        read(toml::parse(text)?)
    }

    /// Reads a policy from JSON: the same tables and keys as in TOML.
    ///
    /// # Errors
    ///
    /// As [`Policy::from_toml`]; also for a key that stands twice in an object, and for `null`.
    pub fn from_json(text: &str) -> Result<Self, BuildError> {
        read(json::parse(text)?)
    }

    /// Writes the policy as TOML: what differs from the starting point of its role.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] if reading would not give this very policy back: its settings make no sense, or it holds
    /// a number beyond TOML's 63 bits.
    pub fn to_toml(&self) -> Result<String, BuildError> {
        let text = toml::print(write(self)?)?;
        self.read_back(Self::from_toml(&text))?;
        Ok(text)
    }

    /// Writes the policy as JSON: what differs from the starting point of its role.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] if reading would not give this very policy back: its settings make no sense.
    pub fn to_json(&self) -> Result<String, BuildError> {
        let text = json::print(write(self)?);
        self.read_back(Self::from_json(&text))?;
        Ok(text)
    }

    /// A policy written as another would be believed, so what is written is read before it is handed out.
    fn read_back(&self, read: Result<Self, BuildError>) -> Result<(), BuildError> {
        if read? == *self {
            Ok(())
        } else {
            Err(BuildError::policy(
                "role",
                "this policy cannot be written to a file",
            ))
        }
    }
}

/// A table of the file: a rule's, or [`TLS`].
pub(crate) trait RuleTable {
    /// Takes over what the table says.
    fn read(&mut self, table: Map<String, Value>) -> Result<(), BuildError>;

    /// What the table must say; `None`: nothing differs from the starting point.
    fn write(&self, role: Role) -> Result<Option<Map<String, Value>>, BuildError>;
}

fn read(mut root: Map<String, Value>) -> Result<Policy, BuildError> {
    let mut policy = Policy::for_role(take_role(&mut root)?);
    if let Some(promise) = root.remove(MUST_NOT_PIN) {
        policy.must_not_pin = from_value(MUST_NOT_PIN, promise)?;
    }
    for (name, settings) in policy.tables_mut() {
        if let Some(value) = root.remove(name) {
            settings.read(as_table(name, value)?)?;
        }
    }
    if let Some(name) = root.keys().next() {
        let tables = policy.tables().into_iter().map(|(table, _)| table);
        let known: Vec<_> = tables.chain([MUST_NOT_PIN]).collect();
        return Err(unknown(name, name, &known));
    }
    policy.validate_early(None)?;
    Ok(policy)
}

fn write(policy: &Policy) -> Result<Map<String, Value>, BuildError> {
    let mut root = Map::new();
    root.insert(ROLE.to_owned(), policy.role.to_string().into());
    if policy.must_not_pin {
        root.insert(MUST_NOT_PIN.to_owned(), true.into());
    }
    for (name, settings) in policy.tables() {
        if let Some(table) = settings.write(policy.role)? {
            root.insert(name.to_owned(), Value::Object(table));
        }
    }
    Ok(root)
}

fn take_role(root: &mut Map<String, Value>) -> Result<Role, BuildError> {
    match root.remove(ROLE) {
        Some(Value::String(role)) if role == "server" => Ok(Role::Server),
        Some(Value::String(role)) if role == "client" => Ok(Role::Client),
        Some(other) => Err(BuildError::policy(
            "role",
            format!("expected \"server\" or \"client\", found {other}"),
        )),
        None => Err(BuildError::policy(
            "role",
            "is missing: say whose certificates are judged, \"server\" or \"client\"",
        )),
    }
}

impl<T: RuleSettings + Serialize + DeserializeOwned> RuleTable for Setting<T> {
    fn read(&mut self, mut table: Map<String, Value>) -> Result<(), BuildError> {
        let rule = T::ID.as_str();
        self.mode = take_mode(rule, &mut table)?;
        check_values(rule, &table, self.mode == Mode::Off)?;

        let mut settings = to_table(rule, &self.settings)?;
        let given: Vec<_> = T::ALTERNATIVES
            .iter()
            .filter(|key| table.contains_key(**key))
            .collect();
        match given.as_slice() {
            [] => {}
            [_] => {
                for key in T::ALTERNATIVES {
                    settings.insert((*key).to_owned(), Value::Null);
                }
            }
            [first, second, ..] => {
                return Err(BuildError::policy(
                    format!("{rule}.{second}"),
                    format!("excludes `{first}`: give one of them"),
                ));
            }
        }
        merge(rule, &mut settings, table, &MODE_KEYS)?;
        self.settings = from_value(rule, Value::Object(settings))?;
        Ok(())
    }

    fn write(&self, role: Role) -> Result<Option<Map<String, Value>>, BuildError> {
        let rule = T::ID.as_str();
        let start = T::starting_point(role);
        let mut table = difference(
            to_table(rule, &self.settings)?,
            &to_table(rule, &start.settings)?,
        );
        if table.is_empty() && self.mode == start.mode {
            return Ok(None);
        }
        match self.mode {
            Mode::Enforce => {}
            Mode::Audit { until } => {
                table.insert(
                    "audit".to_owned(),
                    Value::Object(to_table(rule, &Audit { until: Some(until) })?),
                );
            }
            Mode::Off => {
                table.insert("off".to_owned(), true.into());
            }
        }
        Ok(Some(table))
    }
}

impl RuleTable for ServerNameCheck {
    fn read(&mut self, table: Map<String, Value>) -> Result<(), BuildError> {
        *self = read_without_mode(
            Self::ID.as_str(),
            self,
            table,
            "the server's name can be neither switched off nor audited",
        )?;
        Ok(())
    }

    fn write(&self, role: Role) -> Result<Option<Map<String, Value>>, BuildError> {
        let start = Self::starting_point(role).settings;
        write_without_mode(Self::ID.as_str(), self, &start)
    }
}

impl RuleTable for TlsSettings {
    fn read(&mut self, table: Map<String, Value>) -> Result<(), BuildError> {
        *self = read_without_mode(
            TLS,
            self,
            table,
            "TLS settings are no rule, and can be neither switched off nor audited",
        )?;
        Ok(())
    }

    fn write(&self, _role: Role) -> Result<Option<Map<String, Value>>, BuildError> {
        write_without_mode(TLS, self, &Self::default())
    }
}

/// What the table makes of settings that are at their starting point and have no mode.
fn read_without_mode<T: Serialize + DeserializeOwned>(
    name: &str,
    start: &T,
    table: Map<String, Value>,
    no_modes: &str,
) -> Result<T, BuildError> {
    if let Some(key) = MODE_KEYS.iter().find(|key| table.contains_key(**key)) {
        return Err(BuildError::policy(format!("{name}.{key}"), no_modes));
    }
    check_values(name, &table, false)?;
    let mut settings = to_table(name, start)?;
    merge(name, &mut settings, table, &[])?;
    from_value(name, Value::Object(settings))
}

fn write_without_mode<T: Serialize>(
    name: &str,
    settings: &T,
    start: &T,
) -> Result<Option<Map<String, Value>>, BuildError> {
    let table = difference(to_table(name, settings)?, &to_table(name, start)?);
    Ok(Some(table).filter(|table| !table.is_empty()))
}

/// The table `audit` in a rule's table.
#[derive(Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with the last day of the audit, { until = \"2027-03-31\" }"
)]
struct Audit {
    until: Option<Date>,
}

/// A table that is there switches its rule on, unless it says otherwise.
fn take_mode(rule: &str, table: &mut Map<String, Value>) -> Result<Mode, BuildError> {
    let field = |key: &str| format!("{rule}.{key}");
    let off = table
        .remove("off")
        .map(|off| from_value::<bool>(&field("off"), off))
        .transpose()?;
    let audit = table
        .remove("audit")
        .map(|audit| from_value::<Audit>(&field("audit"), audit))
        .transpose()?;
    match (off, audit) {
        (Some(true), Some(_)) => Err(BuildError::policy(
            field("audit"),
            "contradicts `off = true`: leave one of them out",
        )),
        (Some(true), None) => Ok(Mode::Off),
        (_, Some(Audit { until: Some(until) })) => Ok(Mode::Audit { until }),
        (_, Some(Audit { until: None })) => Err(BuildError::policy(
            field("audit.until"),
            "is missing: say on which day the audit ends, such as \"2027-03-31\"",
        )),
        (_, None) => Ok(Mode::Enforce),
    }
}

/// Makes a type a text in files: written as it prints, read by `$read: Fn(&str) -> Option<_>`; `$wrong`
/// completes the sentence `"3 months" is …`.
macro_rules! as_text {
    ($type:ty, $read:expr, $wrong:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let read: fn(&str) -> Option<Self> = $read;
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                read(&text)
                    .ok_or_else(|| serde::de::Error::custom(format_args!("{text:?} is {}", $wrong)))
            }
        }
    };
}

pub(crate) use as_text;
