//! What is wrong with the options of a page, in sentences that name the option.

use crate::client::ConfigError;
use crate::protocol::metadata::MetadataError;

/// How much of a wrong value is repeated, in characters.
const SHOWN: usize = 80;

/// Why the client refuses the options. Nothing has been sent or stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionsError {
    /// No option has that name.
    Unknown {
        /// The name as it was given.
        option: String,
        /// The known names.
        known: &'static [&'static str],
    },
    /// The option does not take that value.
    Invalid {
        /// The name of the option.
        option: String,
        /// The given value, in words; only its kind if it may be a secret.
        given: String,
        /// What the option takes, in words.
        takes: &'static str,
    },
    /// There is no `issuer`.
    IssuerMissing,
    /// There is no `clientId`.
    ClientIdMissing,
    /// The `redirectUri` has another origin than the page, so the page could never take the response.
    RedirectUriForeign {
        /// The redirect URI.
        given: String,
        /// The origin of the page.
        origin: String,
    },
    /// The page is not a secure context: it has neither WebCrypto nor service workers.
    InsecureOrigin {
        /// The origin of the page.
        origin: String,
    },
    /// A client secret was given. Its value is not kept.
    ClientSecretRefused,
    /// Options that do not go together.
    Choice(ConfigError),
    /// The `metadata` is not usable.
    Metadata(MetadataError),
}

impl OptionsError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "option_unknown",
            Self::Invalid { .. } => "option_invalid",
            Self::IssuerMissing => "issuer_missing",
            Self::ClientIdMissing => "client_id_missing",
            Self::RedirectUriForeign { .. } => "redirect_uri_foreign",
            Self::InsecureOrigin { .. } => "insecure_origin",
            Self::ClientSecretRefused => "client_secret_refused",
            Self::Choice(error) => error.code(),
            Self::Metadata(error) => error.code(),
        }
    }

    /// What happened.
    #[must_use]
    pub fn happened(&self) -> String {
        match self {
            Self::Unknown { option, .. } => ["There is no option “", shown(option), "”."].concat(),
            Self::Invalid { option, given, .. } => ["The option “", option, "” is ", shown(given), "."].concat(),
            Self::IssuerMissing => "The option “issuer” is missing.".to_owned(),
            Self::ClientIdMissing => "The option “clientId” is missing.".to_owned(),
            Self::RedirectUriForeign { given, origin } => {
                ["The option “redirectUri” is “", shown(given), "”, but this page is at ", origin, "."].concat()
            }
            Self::InsecureOrigin { origin } => ["This page was opened at ", origin, ", which is not secure."].concat(),
            Self::ClientSecretRefused => "The option “clientSecret” was given.".to_owned(),
            Self::Choice(error) => error.explain().happened.to_owned(),
            Self::Metadata(error) => error.explain().happened.to_owned(),
        }
    }

    /// What it means.
    #[must_use]
    pub const fn means(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "Ignoring it could leave out a protection. Nothing was begun.",
            Self::Invalid { .. } => "It could be understood in more than one way, or not at all. Nothing was begun.",
            Self::IssuerMissing => "It names the authorizer to sign in at. Nothing was begun.",
            Self::ClientIdMissing => "The authorizer would not know which app asks. Nothing was begun.",
            Self::RedirectUriForeign { .. } => "This page could not receive the answer there. Nothing was begun.",
            Self::InsecureOrigin { .. } => {
                "Browsers offer the cryptography for a sign-in on https and on this machine only. Nothing was begun."
            }
            Self::ClientSecretRefused => {
                "Everyone who opens this page could read a secret in it, so it is never kept or sent."
            }
            Self::Choice(error) => error.explain().means,
            Self::Metadata(error) => error.explain().means,
        }
    }

    /// What to do.
    #[must_use]
    pub fn to_do(&self) -> String {
        match self {
            Self::Unknown { option, known } => match known.iter().find(|known| fold(known) == fold(option)) {
                Some(meant) => ["Write “", meant, "”."].concat(),
                None => ["Leave it out. Options: ", &known.join(", "), "."].concat(),
            },
            Self::Invalid { option, takes, .. } => ["Give “", option, "” ", takes, "."].concat(),
            Self::IssuerMissing => {
                "Give “issuer” the address of the authorizer, exactly as it writes it, like https://login.example."
                    .to_owned()
            }
            Self::ClientIdMissing => "Give “clientId” the ID of this app at the authorizer, like my-app.".to_owned(),
            Self::RedirectUriForeign { origin, .. } => {
                ["Put callback.html on ", origin, " and register its address."].concat()
            }
            Self::InsecureOrigin { .. } => "Open the page over https, or on localhost.".to_owned(),
            Self::ClientSecretRefused => {
                "Leave it out and register the app as a public client; PKCE replaces the secret.".to_owned()
            }
            Self::Choice(error) => error.explain().to_do.to_owned(),
            Self::Metadata(error) => error.explain().to_do.to_owned(),
        }
    }
}

/// A name without case and punctuation, which people write differently.
pub(super) fn fold(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The beginning of a text that the page gave.
fn shown(text: &str) -> &str {
    text.char_indices().nth(SHOWN).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

impl std::fmt::Display for OptionsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for OptionsError {}

impl From<ConfigError> for OptionsError {
    fn from(error: ConfigError) -> Self {
        Self::Choice(error)
    }
}

impl From<MetadataError> for OptionsError {
    fn from(error: MetadataError) -> Self {
        Self::Metadata(error)
    }
}
