//! Enums of reasons, each with its words.

/// Declares an enum of reasons once: variant, stable code, sentence, and what to do.
macro_rules! worded_reasons {
    (
        $(#[doc = $enum_doc:literal])+ $name:ident:
        $($(#[doc = $doc:literal])+ $variant:ident, $code:literal, $sentence:literal, $hint:literal;)+
    ) => {
        $(#[doc = $enum_doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $name {
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code of the reason, kebab-case.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The reason in words.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$variant => $sentence,)+
                }
            }

            /// What to do.
            #[must_use]
            pub const fn hint(self) -> &'static str {
                match self {
                    $(Self::$variant => $hint,)+
                }
            }
        }
    };
}

pub(crate) use worded_reasons;

#[cfg(test)]
mod tests {
    use crate::diagnosis::ChainReason;
    use crate::tls::FailureCause;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let chain: Vec<_> = ChainReason::ALL.iter().map(|it| it.code()).collect();
        let causes: Vec<_> = FailureCause::ALL.iter().map(|it| it.code()).collect();
        for mut codes in [chain, causes] {
            let plain = |code: &str| code.bytes().all(|it| it == b'-' || it.is_ascii_lowercase());
            assert!(codes.iter().all(|code| plain(code)), "{codes:?}");
            let count = codes.len();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(codes.len(), count);
        }
    }
}
