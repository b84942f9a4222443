//! Values that must never be printed. Each has its own type, so that none is mistaken for another, and a `Debug` that
//! shows only its name.

/// Compares without revealing by the duration where the first difference is.
#[must_use]
pub fn equal_in_constant_time(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
}

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Takes the text unchanged; the stage that reads it checks its grammar.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The secret itself. The loud name makes every use easy to find.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    )+};
}

secrets! {
    /// The code of an authorization response (RFC 6749, section 4.1.2).
    AuthorizationCode,
    /// The access token (RFC 6749, section 1.4).
    AccessToken,
    /// The refresh token (RFC 6749, section 1.5).
    RefreshToken,
    /// The ID token as received, undecoded (OpenID Connect Core, section 2).
    IdTokenText,
    /// The `state` of one authorization request (RFC 6749, section 4.1.1).
    State,
    /// The `nonce` of one authorization request (OpenID Connect Core, section 3.1.2.1).
    Nonce,
    /// The nonce that an authorizer demands in the next DPoP proof (RFC 9449, section 8).
    DpopNonce,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_secret() {
        assert_eq!(format!("{:?}", AccessToken::new("abc")), "AccessToken(hidden)");
    }

    #[test]
    fn comparison_needs_every_octet() {
        assert!(equal_in_constant_time(b"abc", b"abc"));
        assert!(!equal_in_constant_time(b"abc", b"abd"));
        assert!(!equal_in_constant_time(b"abc", b"ab"));
    }
}
