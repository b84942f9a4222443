//! What a view shows, as plain data: the same for a preview and for the real thing.

use std::fmt;

use crate::browser::{SignInError, auth};
use crate::client::ErrorKind;

/// The states of a sign-in as a person sees them.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum ViewState {
    /// A button.
    #[default]
    Idle,
    /// Not known yet whether a person is signed in: the place of the button, empty for a moment.
    Looking,
    /// The browser goes to the authorizer, or the popup is open.
    Redirecting,
    /// The client checks the answer.
    Exchanging,
    /// Signed in.
    SignedIn {
        /// The person, as the ID token names them.
        name: String,
    },
    /// The sign-in failed.
    Error {
        /// The kind of the error.
        kind: ErrorKind,
        /// The words of the authorizer, if it refused. Untrusted: text, never HTML.
        says: Option<String>,
    },
    /// The person cancelled, or a policy of the authorizer denied access: no failure.
    Denied {
        /// Why, in the words of the authorizer; without them the person cancelled. Untrusted: text, never HTML.
        says: Option<String>,
    },
}

impl ViewState {
    /// What a person sees of a state.
    #[must_use]
    pub fn of(state: &auth::AuthState) -> Self {
        match state {
            auth::AuthState::Pending(pending) if pending.is_exchanging() => Self::Exchanging,
            // The page looks for a persisted session: a button that shows for a moment would flicker.
            auth::AuthState::Pending(_) => Self::Looking,
            auth::AuthState::SignedOut(guest) if guest.is_leaving() => Self::Redirecting,
            auth::AuthState::SignedOut(guest) => guest
                .problem()
                .map_or(Self::Idle, |problem| Self::failed(problem.code(), problem.kind(), words_of(problem))),
            auth::AuthState::SignedIn(session) => Self::SignedIn { name: session.person().to_owned() },
        }
    }

    /// The name of the state in attributes: `idle`, `redirecting`, `exchanging`, `signed-in`, `error` or `denied`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Idle | Self::Looking => "idle",
            Self::Redirecting => "redirecting",
            Self::Exchanging => "exchanging",
            Self::SignedIn { .. } => "signed-in",
            Self::Error { .. } => "error",
            Self::Denied { .. } => "denied",
        }
    }

    /// The state after a sign-in that failed with that code: a person who cancels, or is denied access, sees no error.
    #[must_use]
    pub fn failed(code: &str, kind: ErrorKind, says: Option<String>) -> Self {
        if code == "access_denied" || kind == ErrorKind::Cancelled {
            Self::Denied { says }
        } else {
            Self::Error { kind, says }
        }
    }

    /// Whether a press has to wait.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Redirecting | Self::Exchanging)
    }

    /// Whether a person is signed in.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        matches!(self, Self::SignedIn { .. })
    }
}

/// What the authorizer says about its refusal, as much as fits beside a button.
fn words_of(problem: &SignInError) -> Option<String> {
    const MOST: usize = 300;
    let SignInError::Login(error) = problem else { return None };
    let words = error.authorizer_says()?.description.as_deref()?.trim();
    (!words.is_empty()).then(|| words.chars().take(MOST).collect())
}

/// Without the name of the person.
impl fmt::Debug for ViewState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Declares a choice with its names in attributes; the first is the default.
macro_rules! choice {
    ($(#[$doc:meta])* $choice:ident { $(#[$first_doc:meta])* $first:ident = $first_name:literal, $($(#[$other_doc:meta])* $other:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub enum $choice {
            $(#[$first_doc])* #[default] $first,
            $($(#[$other_doc])* $other,)+
        }

        impl $choice {
            /// Its name in attributes.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { Self::$first => $first_name, $(Self::$other => $name,)+ }
            }

            /// The choice with that name; the default for any other text.
            #[must_use]
            pub fn named(name: &str) -> Self {
                match name { $($name => Self::$other,)+ _ => Self::$first }
            }
        }
    };
}

choice! {
    /// How prominent the button is.
    Variant {
        /// Filled.
        Solid = "solid",
        /// An outline.
        Outline = "outline",
        /// Text only.
        Text = "text",
    }
}

choice! {
    /// How tall the button is.
    Size {
        /// 44 px.
        M = "m",
        /// 36 px.
        S = "s",
        /// 52 px.
        L = "l",
    }
}

choice! {
    /// Where the person signs in.
    Mode {
        /// In this tab.
        Redirect = "redirect",
        /// In a popup.
        Popup = "popup",
    }
}
