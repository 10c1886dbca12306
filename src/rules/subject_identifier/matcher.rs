//! How a presented value is compared with what a policy asks for; [`Matcher`] says it for users.

use std::fmt;
use std::net::IpAddr;

use super::SanKind;
use crate::text;

/// What a value must be.
///
/// - The string type does not matter: UTF8String, PrintableString and IA5String with the same characters are equal.
///   Values of other string types, and values with NUL, control or invisible characters, cannot be compared, which is a
///   violation.
/// - Case and spaces matter, in all kinds but: UUIDs, DNS names, and the host of an e-mail address, where ASCII case
///   does not.
/// - URIs are compared octet by octet (stricter than RFC 5280 section 7.4; SPIFFE ids have one spelling).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Matcher {
    /// Exactly this.
    Exact(String),
    /// Exactly one of these.
    OneOf(Vec<String>),
    /// Something below this: the namespace, a delimiter, and at least one more character. The delimiter is the
    /// namespace's own last character if that is `/`, `:` or `.`, else `/`. So `acme/prod` holds `acme/prod/a`,
    /// but neither `acme/prod` nor `acme/production`. What is below has the segments that wildcards of a glob may stand
    /// for. For URIs the scheme and the whole authority (trust domain) must be given, or `urn:` with its namespace.
    Namespace(String),
    /// This UUID (RFC 9562 section 4), however it is capitalised.
    Uuid(String),
    /// This pattern of segments: `*` stands for one whole segment, `**` at the end for one or more. Segments are
    /// separated by `/`, in DNS names by `.`. Segments that wildcards stand for are not empty, not `.` or `..`, and
    /// in URIs hold no `%`, `?` or `#`.
    Glob(String),
}

impl Matcher {
    /// Exactly `value`.
    pub fn exact(value: impl Into<String>) -> Self {
        Self::Exact(value.into())
    }

    pub(super) fn matches_text(&self, value: &str) -> bool {
        self.matches(value, '/', str::eq, |segment| !is_odd_segment(segment))
    }

    pub(super) fn goes_by_segments(&self) -> bool {
        matches!(self, Self::Namespace(_) | Self::Glob(_))
    }

    /// DNS names: ASCII case does not matter, a presented wildcard matches nothing.
    pub(super) fn matches_dns(&self, value: &str) -> bool {
        !value.contains('*') && self.matches(value, '.', str::eq_ignore_ascii_case, is_label)
    }

    pub(super) fn matches_uri(&self, value: &str) -> bool {
        self.matches(value, '/', str::eq, |segment| {
            !is_odd_segment(segment) && !segment.contains(['%', '?', '#'])
        })
    }

    /// RFC 5280 section 7.5: the local part as it is, the host without regard to ASCII case.
    pub(super) fn matches_email(&self, value: &str) -> bool {
        let equal = |wanted: &str, presented: &str| match (
            wanted.rsplit_once('@'),
            presented.rsplit_once('@'),
        ) {
            (Some((wanted_local, wanted_host)), Some((local, host))) => {
                wanted_local == local && wanted_host.eq_ignore_ascii_case(host)
            }
            _ => false,
        };
        match self {
            Self::Exact(wanted) => equal(wanted, value),
            Self::OneOf(wanted) => wanted.iter().any(|wanted| equal(wanted, value)),
            _ => false,
        }
    }

    pub(super) fn matches_ip(&self, address: IpAddr) -> bool {
        let equal = |wanted: &String| wanted.parse() == Ok(address);
        match self {
            Self::Exact(wanted) => equal(wanted),
            Self::OneOf(wanted) => wanted.iter().any(equal),
            _ => false,
        }
    }

    fn matches(
        &self,
        value: &str,
        separator: char,
        equal: impl Fn(&str, &str) -> bool,
        permits: impl Fn(&str) -> bool,
    ) -> bool {
        match self {
            Self::Exact(wanted) => equal(wanted, value),
            Self::OneOf(wanted) => wanted.iter().any(|wanted| equal(wanted, value)),
            Self::Namespace(namespace) => is_below(namespace, value, permits),
            Self::Uuid(wanted) => wanted.eq_ignore_ascii_case(value),
            Self::Glob(pattern) => glob(pattern, value, separator, equal, permits),
        }
    }

    /// Whether the matcher makes sense for a kind of name; `None` for attributes.
    pub(super) fn validate(&self, kind: Option<SanKind>) -> Result<(), String> {
        let values = match self {
            Self::Exact(value) | Self::Namespace(value) | Self::Uuid(value) | Self::Glob(value) => {
                std::slice::from_ref(value)
            }
            Self::OneOf(values) => values,
        };
        if values.is_empty() {
            return Err("`one-of` is empty".into());
        }
        for value in values {
            if value.is_empty() {
                return Err("the value is empty".into());
            }
            if value.chars().any(text::is_invisible) {
                return Err(
                    "the value has a control or invisible character, which never matches".into(),
                );
            }
            if kind == Some(SanKind::Ip) && value.parse::<IpAddr>().is_err() {
                return Err(format!("{value:?} is not an IP address"));
            }
            if kind == Some(SanKind::Email) && !value.contains('@') {
                return Err(format!("{value:?} is not an e-mail address"));
            }
            if kind == Some(SanKind::Dns) && !value.is_ascii() {
                return Err(format!("{value:?} is not in A-label form (xn--…)"));
            }
            if kind == Some(SanKind::Dns) && value.contains('*') && !matches!(self, Self::Glob(_)) {
                return Err("presented wildcards never match, so this matches nothing".into());
            }
        }
        match (self, kind) {
            (Self::Exact(_) | Self::OneOf(_), _) => Ok(()),
            (Self::Uuid(value), None | Some(SanKind::Upn)) if is_uuid(value) => Ok(()),
            (Self::Uuid(value), None | Some(SanKind::Upn)) => Err(format!(
                "{value:?} is not a UUID of the form 123e4567-e89b-12d3-a456-426614174000"
            )),
            (Self::Namespace(value), None | Some(SanKind::Uri | SanKind::Upn)) => {
                if value
                    .chars()
                    .all(|character| matches!(character, '/' | ':' | '.'))
                {
                    return Err("a namespace of delimiters alone holds nearly everything".into());
                }
                if kind == Some(SanKind::Uri) {
                    whole_authority(value)?;
                }
                Ok(())
            }
            (Self::Glob(pattern), None | Some(SanKind::Uri | SanKind::Dns | SanKind::Upn)) => {
                validate_glob(pattern, kind)
            }
            (Self::Uuid(_), Some(kind)) => Err(format!("`uuid` is not for names of kind {kind}")),
            (Self::Namespace(_), Some(kind)) => {
                Err(format!("`namespace` is not for names of kind {kind}"))
            }
            (Self::Glob(_), Some(kind)) => Err(format!("`glob` is not for names of kind {kind}")),
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(value) => write!(f, "\"{value}\""),
            Self::OneOf(values) => {
                f.write_str("one of \"")?;
                text::list(f, values, "\", \"")?;
                f.write_str("\"")
            }
            Self::Namespace(value) => write!(f, "below \"{value}\""),
            Self::Uuid(value) => write!(f, "with the UUID {value}"),
            Self::Glob(value) => write!(f, "like \"{value}\""),
        }
    }
}

/// Empty, or climbing: never what a wildcard or a namespace stands for.
fn is_odd_segment(segment: &str) -> bool {
    matches!(segment, "" | "." | "..")
}

pub(super) fn has_odd_segments(value: &str) -> bool {
    value.split('/').any(is_odd_segment)
}

/// A label of a host name (RFC 1123 section 2.1), or one with underscores.
fn is_label(segment: &str) -> bool {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_';
    !segment.is_empty() && segment.bytes().all(plain)
}

/// A URI whose path has escapes, a query, a fragment, odd segments, or whose scheme or authority is not in lower case.
pub(super) fn is_irregular_uri(uri: &str) -> bool {
    let (scheme, rest) = uri.split_once(':').unwrap_or(("", uri));
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_once('/').unwrap_or((rest, "-")),
        None => ("-", rest),
    };
    let upper = |text: &str| text.bytes().any(|octet| octet.is_ascii_uppercase());
    uri.contains(['%', '?', '#'])
        || upper(scheme)
        || upper(authority)
        || scheme.is_empty()
        || authority.is_empty()
        || has_odd_segments(path)
}

fn is_below(namespace: &str, value: &str, permits: impl Fn(&str) -> bool) -> bool {
    let Some(rest) = value.strip_prefix(namespace) else {
        return false;
    };
    let below = if namespace.ends_with(['/', ':', '.']) {
        Some(rest)
    } else {
        rest.strip_prefix('/')
    };
    below.is_some_and(|below| below.split('/').all(permits))
}

fn glob(
    pattern: &str,
    value: &str,
    separator: char,
    equal: impl Fn(&str, &str) -> bool,
    permits: impl Fn(&str) -> bool,
) -> bool {
    let mut segments = value.split(separator);
    for wanted in pattern.split(separator) {
        let Some(segment) = segments.next() else {
            return false;
        };
        let matches = match wanted {
            "*" => permits(segment),
            "**" => return permits(segment) && segments.all(permits),
            _ => equal(wanted, segment),
        };
        if !matches {
            return false;
        }
    }
    segments.next().is_none()
}

fn validate_glob(pattern: &str, kind: Option<SanKind>) -> Result<(), String> {
    let separator = if kind == Some(SanKind::Dns) { '.' } else { '/' };
    let segments: Vec<_> = pattern.split(separator).collect();
    if !segments.iter().any(|segment| segment.contains('*')) {
        return Err("a `glob` without `*`: use `exact`".into());
    }
    for (n, segment) in segments.iter().enumerate() {
        let last = n.saturating_add(1) == segments.len();
        match *segment {
            "*" => {}
            "**" if kind == Some(SanKind::Dns) => {
                return Err(
                    "`**` is not for DNS names, whose last label is the most general".into(),
                );
            }
            "**" if last => {}
            "**" => return Err("`**` may stand only at the end".into()),
            other if other.contains('*') => {
                return Err(format!(
                    "`*` must be a whole segment, not part of {other:?}"
                ));
            }
            _ => {}
        }
    }
    if segments.iter().all(|segment| segment.contains('*')) {
        return Err("the pattern matches every value".into());
    }
    if kind == Some(SanKind::Uri) {
        whole_authority(pattern)?;
    }
    Ok(())
}

/// The scheme and the authority (a SPIFFE id's trust domain) must be literal and complete; of URNs (RFC 8141) the
/// namespace identifier.
fn whole_authority(uri: &str) -> Result<(), String> {
    const WANTED: &str = "scheme and authority (trust domain) must be given in full, such as spiffe://acme.example/prod, or urn:acme:";
    let Some((scheme, rest)) = uri.split_once(':') else {
        return Err(format!("{uri:?} has no scheme: {WANTED}"));
    };
    let whole = match rest.strip_prefix("//") {
        None => match rest.split_once(':') {
            Some((identifier, _)) => scheme == "urn" && is_label(identifier),
            None => false,
        },
        Some(rest) => {
            let authority = rest
                .split_once('/')
                .map_or(rest, |(authority, _)| authority);
            !scheme.is_empty() && authority.split('.').all(is_label)
        }
    };
    if whole {
        Ok(())
    } else {
        Err(WANTED.to_owned())
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(n, octet)| match n {
            8 | 13 | 18 | 23 => octet == b'-',
            _ => octet.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespace(text: &str) -> Matcher {
        Matcher::Namespace(text.into())
    }

    fn glob_of(text: &str) -> Matcher {
        Matcher::Glob(text.into())
    }

    #[test]
    fn a_namespace_ends_at_a_delimiter() {
        let prod = namespace("acme/prod");
        assert!(prod.matches_text("acme/prod/a"));
        assert!(prod.matches_text("acme/prod/a/b"));
        for value in [
            "acme/prod",
            "acme/prod/",
            "acme/production/a",
            "acme/PROD/a",
            "x/acme/prod/a",
            "acme/prod/../test/a",
        ] {
            assert!(!prod.matches_text(value), "{value}");
        }
        let spiffe = namespace("spiffe://acme.example/prod");
        assert!(spiffe.matches_uri("spiffe://acme.example/prod/a"));
        for value in ["%2e%2e/admin", "..%2fadmin", "/x", "..?x", "x?y#z", "./x"] {
            let uri = format!("spiffe://acme.example/prod/{value}");
            assert!(!spiffe.matches_uri(&uri), "{uri}");
        }
        let urn = namespace("urn:acme:");
        assert!(urn.matches_text("urn:acme:42"));
        assert!(!urn.matches_text("urn:acme:"));
    }

    #[test]
    fn labels_have_letters_digits_hyphens_and_underscores() {
        for label in ["a", "0", "a-b", "a_b", "-", "_"] {
            assert!(is_label(label), "{label}");
        }
        for other in ["", "a.b", "a b", "a*", "é"] {
            assert!(!is_label(other), "{other}");
        }
    }

    #[test]
    fn what_is_odd_in_a_uri_makes_it_irregular() {
        for regular in [
            "spiffe://acme.example/prod/a",
            "urn:acme:42",
            "spiffe://acme.example",
        ] {
            assert!(!is_irregular_uri(regular), "{regular}");
        }
        for irregular in [
            "spiffe://acme.example/a%62",
            "spiffe://acme.example/a?b",
            "spiffe://acme.example/a#b",
            "Spiffe://acme.example/a",
            "spiffe://Acme.example/a",
            "://acme.example/a",
            "acme.example/a",
            "spiffe:///a",
            "spiffe://acme.example/a//b",
            "spiffe://acme.example/../b",
        ] {
            assert!(is_irregular_uri(irregular), "{irregular}");
        }
    }

    #[test]
    fn a_glob_goes_by_whole_segments() {
        let one = glob_of("spiffe://acme.example/prod/*");
        assert!(one.matches_uri("spiffe://acme.example/prod/pay"));
        for value in [
            "spiffe://acme.example/prod",
            "spiffe://acme.example/prod/",
            "spiffe://acme.example/prod/pay/in",
            "spiffe://acme.example.evil/prod/pay",
            "spiffe://acme.example/prod/..",
            "spiffe://acme.example/prod/a%2fb",
            "spiffe://acme.example/prod/a?b",
            "SPIFFE://acme.example/prod/pay",
        ] {
            assert!(!one.matches_uri(value), "{value}");
        }
        let many = glob_of("spiffe://acme.example/prod/**");
        assert!(many.matches_uri("spiffe://acme.example/prod/pay"));
        assert!(many.matches_uri("spiffe://acme.example/prod/pay/in"));
        assert!(!many.matches_uri("spiffe://acme.example/prod"));
        assert!(!many.matches_uri("spiffe://acme.example/prod/pay//in"));
        assert!(!many.matches_uri("spiffe://acme.example/prod/a/../b"));
    }

    #[test]
    fn dns_names_ignore_case_and_refuse_presented_wildcards() {
        let exact = Matcher::exact("client.acme.example");
        assert!(exact.matches_dns("Client.ACME.example"));
        assert!(!exact.matches_dns("client.acme.example."));
        assert!(!glob_of("*.acme.example").matches_dns("*.acme.example"));
        assert!(glob_of("*.acme.example").matches_dns("A.Acme.example"));
        assert!(!glob_of("*.acme.example").matches_dns("a.b.acme.example"));
        assert!(!glob_of("*.acme.example").matches_dns("acme.example"));
        assert!(!glob_of("*.acme.example").matches_dns("a b.acme.example"));
        assert!(!glob_of("*.acme.example").matches_dns("evil@x:1.acme.example"));
    }

    #[test]
    fn uuids_ignore_case_and_nothing_else() {
        let uuid = Matcher::Uuid("123e4567-e89b-12d3-a456-426614174000".into());
        assert!(uuid.matches_text("123E4567-E89B-12D3-A456-426614174000"));
        assert!(!uuid.matches_text("{123e4567-e89b-12d3-a456-426614174000}"));
        assert!(!uuid.matches_text("123e4567e89b12d3a456426614174000"));
    }

    #[test]
    fn the_host_of_an_address_ignores_case() {
        let address = Matcher::exact("Pay@Acme.example");
        assert!(address.matches_email("Pay@ACME.example"));
        assert!(!address.matches_email("pay@acme.example"));
        assert!(!address.matches_email("acme.example"));
    }

    #[test]
    fn addresses_are_compared_as_addresses() {
        let loopback = Matcher::exact("0:0:0:0:0:0:0:1");
        assert!(loopback.matches_ip("::1".parse().unwrap()));
        assert!(!loopback.matches_ip("127.0.0.1".parse().unwrap()));
        assert!(!Matcher::exact("127.0.0.1").matches_ip("::ffff:127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn senseless_matchers_are_refused() {
        let refused = [
            (Matcher::exact(""), None),
            (Matcher::OneOf(vec![]), None),
            (Matcher::exact("a\u{0}b"), None),
            (Matcher::Uuid("123".into()), None),
            (glob_of("acme/prod"), None),
            (glob_of("**"), None),
            (glob_of("*/*"), None),
            (glob_of("acme/**/x"), None),
            (glob_of("acme/pro*"), None),
            (glob_of("spiffe://*/prod"), Some(SanKind::Uri)),
            (glob_of("*://acme.example/prod/*"), Some(SanKind::Uri)),
            (namespace("spiffe://"), Some(SanKind::Uri)),
            (namespace("spiffe:"), Some(SanKind::Uri)),
            (namespace("spiffe:/"), Some(SanKind::Uri)),
            (namespace("spiffe://acme.example."), Some(SanKind::Uri)),
            (namespace("https://acme.example:"), Some(SanKind::Uri)),
            (namespace("https://user@acme.example/"), Some(SanKind::Uri)),
            (namespace("urn:"), Some(SanKind::Uri)),
            (namespace("/"), None),
            (glob_of("acme.**"), Some(SanKind::Dns)),
            (namespace("acme"), Some(SanKind::Dns)),
            (Matcher::exact("*.acme.example"), Some(SanKind::Dns)),
            (Matcher::exact("bücher.example"), Some(SanKind::Dns)),
            (Matcher::exact("10.0.0.300"), Some(SanKind::Ip)),
            (Matcher::exact("acme.example"), Some(SanKind::Email)),
            (glob_of("*@acme.example"), Some(SanKind::Email)),
        ];
        for (matcher, kind) in refused {
            assert!(matcher.validate(kind).is_err(), "{matcher:?} for {kind:?}");
        }
    }
}
