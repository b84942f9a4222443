//! Every text that a person reads in these views, in English. Each can be replaced.

use std::borrow::Cow;

use crate::client::ErrorKind;
use crate::protocol::json::Object;

/// A text: of this crate, or of the app.
type Text = Cow<'static, str>;

/// Declares the texts once: the field, its name in JSON, what it is for, and the English text.
macro_rules! labels {
    ($($(#[$doc:meta])* $field:ident, $name:literal = $english:literal;)+) => {
        /// The texts. What an app does not replace stays English.
        ///
        /// ```ignore
        /// let labels = Labels { sign_in: "Log in".into(), ..Labels::default() };
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Labels {
            $($(#[$doc])* pub $field: Text,)+
        }

        impl Default for Labels {
            fn default() -> Self {
                Self { $($field: Cow::Borrowed($english),)+ }
            }
        }

        impl Labels {
            /// The names of the texts in JSON.
            pub const NAMES: &[&str] = &[$($name,)+];

            fn fields(&mut self) -> [&mut Text; Self::NAMES.len()] {
                [$(&mut self.$field,)+]
            }
        }
    };
}

labels! {
    /// On the button.
    sign_in, "signIn" = "Sign in";
    /// On the button while the browser goes to the authorizer.
    redirecting, "redirecting" = "Opening the sign-in page…";
    /// On the button while the person is in the popup.
    waiting, "waiting" = "Continue in the other window…";
    /// On the button while the answer is checked.
    exchanging, "exchanging" = "Finishing sign-in…";
    /// On the button after a failure.
    try_again, "tryAgain" = "Try again";
    /// Who is signed in; `{name}` stands for the person.
    signed_in, "signedIn" = "Signed in as {name}";
    /// On the button that ends the session.
    sign_out, "signOut" = "Sign out";
    /// Beside the button where the built-in authorizer answers.
    demo, "demo" = "Demo";
    /// The person cancelled: no failure.
    cancelled, "cancelled" = "You cancelled. Nothing was shared.";
    /// Access was denied. The words of the authorizer follow and say why.
    denied, "denied" = "Access was denied. Nothing was shared.";
    /// No response came.
    network, "network" = "No answer came. Check your connection and try again.";
    /// The browser stores nothing for this page.
    storage, "storage" = "This browser stores nothing for this page. Sign-in needs storage. Allow site data and try again.";
    /// The popup failed.
    popup, "popup" = "The sign-in window was blocked or closed. Allow it and try again.";
    /// The page, or the authorizer, is configured wrongly.
    setup, "setup" = "Sign-in is not set up correctly on this page. Tell its operator.";
    /// Too late, or used already.
    expired, "expired" = "This took too long, or was used already. Start again.";
    /// The authorizer refused the sign-in.
    refused, "refused" = "The authorizer refused this sign-in. Try again, or ask its operator.";
    /// The answer did not pass a check.
    rejected, "rejected" = "The answer did not pass a check, so it was not used. Try again.";
}

impl Labels {
    /// Reads one JSON object, by [`Self::NAMES`]. Members that are missing, empty or not text stay English.
    #[must_use]
    pub fn from_json(json: &str) -> Self {
        let mut labels = Self::default();
        if let Ok(object) = Object::parse(json) {
            for (name, field) in Self::NAMES.iter().zip(labels.fields()) {
                if let Some(text) = object.str(name).filter(|text| !text.is_empty()) {
                    *field = Cow::Owned(text.to_owned());
                }
            }
        }
        labels
    }

    /// The sentence about a failure.
    #[must_use]
    pub fn about(&self, kind: ErrorKind) -> &str {
        match kind {
            ErrorKind::Cancelled => &self.cancelled,
            ErrorKind::Network => &self.network,
            ErrorKind::Storage => &self.storage,
            ErrorKind::Popup => &self.popup,
            ErrorKind::Setup => &self.setup,
            ErrorKind::Expired => &self.expired,
            ErrorKind::Refused => &self.refused,
            ErrorKind::Rejected => &self.rejected,
        }
    }

    /// "Signed in as" with the name of the person.
    #[must_use]
    pub fn signed_in_as(&self, name: &str) -> String {
        let (before, after) = self.signed_in.split_once("{name}").unwrap_or((&self.signed_in, ""));
        [before, name, after].concat()
    }
}
