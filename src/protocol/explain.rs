//! Errors as data: a stable code and three texts for the user.

/// What the user sees about an error. No text contains a secret or text from a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Explanation {
    /// What happened.
    pub happened: &'static str,
    /// What it means.
    pub means: &'static str,
    /// What to do.
    pub to_do: &'static str,
}

/// Declares the error enum of one stage: variants without data, each with a code and three texts.
///
/// The codes are public interface: tests, vectors and other programs name them.
macro_rules! explained_errors {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$variant_doc:meta])* $variant:ident = $code:literal: $happened:literal, $means:literal, $to_do:literal;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* #[doc = concat!("`", $code, "`: ", $happened)] $variant,)+
        }

        impl $name {
            /// Every error of this stage.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The three texts for people.
            #[must_use]
            // Inlined, so that an app that shows one of the texts does not load the others.
            #[allow(clippy::inline_always)]
            #[inline(always)]
            pub const fn explain(self) -> $crate::protocol::explain::Explanation {
                let (happened, means, to_do) = match self {
                    $(Self::$variant => ($happened, $means, $to_do),)+
                };
                $crate::protocol::explain::Explanation { happened, means, to_do }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl std::error::Error for $name {}
    };
}
pub(crate) use explained_errors;

/// Lets `?` convert an error to the larger error enum that has a variant for it.
macro_rules! from_errors {
    ($into:ident { $($variant:ident($error:ty)),+ $(,)? }) => {
        $(impl From<$error> for $into {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })+
    };
}
pub(crate) use from_errors;

/// Converts each variant of one error to the variant of the same name of another, which has texts of its own.
macro_rules! same_names {
    ($from:path => $into:ident { $($variant:ident,)+ }) => {
        impl From<$from> for $into {
            fn from(error: $from) -> Self {
                match error {
                    $(<$from>::$variant => Self::$variant,)+
                }
            }
        }
    };
}
pub(crate) use same_names;
