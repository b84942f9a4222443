//! The button that signs in.

use leptos::attr::custom::CustomAttribute as _;
use leptos::html::{self, ElementChild as _};
use leptos::prelude::*;

use super::handle::AuthState;
use super::parts::{self, Look};
use super::provider::{UseAuth, try_use_auth, use_auth};
use super::shown::{Mode, Shown, Size, Variant};
use super::words::Words;
use crate::browser::{SignInError, auth};

/// A button that signs in, and says what becomes of it: `<LoginButton>"Log in"</LoginButton>`.
///
/// It shows itself while nobody is signed in, and needs no gate around it: a gate would take it away with the focus of
/// the keyboard while the answer is checked. It is styled by `src/element/element.css` alone and never changes its size.
///
/// # Panics
/// Outside of an [`AuthProvider`](super::AuthProvider), unless it is a `preview`.
#[component]
pub fn LoginButton(
    /// The label, in the place of `words.sign_in`.
    #[prop(optional)]
    children: Option<Children>,
    /// The label as a text, where there are no children.
    #[prop(optional, into)]
    label: MaybeProp<String>,
    /// How loud it is.
    #[prop(optional, into)]
    variant: Signal<Variant>,
    /// How tall it is.
    #[prop(optional, into)]
    size: Signal<Size>,
    /// Where the person signs in.
    #[prop(optional, into)]
    mode: Signal<Mode>,
    /// Whether it cannot be pressed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// The texts.
    #[prop(optional, into)]
    words: Signal<Words>,
    /// A state to show without doing anything, for a style guide or a test.
    #[prop(optional, into)]
    preview: MaybeProp<Shown>,
) -> impl IntoView {
    let look = Look { shown: shown(preview), words, variant, size, mode, disabled };
    let auth = try_use_auth();
    let press = move || {
        if preview.with_untracked(Option::is_some) {
            return;
        }
        if let Some(AuthState::SignedOut(guest)) = auth.map(|auth| untrack(|| auth.state())) {
            match mode.get_untracked() {
                Mode::Redirect => guest.login(),
                Mode::Popup => guest.login_in_popup(),
            }
        }
    };
    let own_label =
        Signal::derive(move || label.get().unwrap_or_else(|| words.with(|words| words.sign_in.clone().into_owned())));
    let label = match children {
        Some(children) => children().into_any(),
        None => own_label.into_any(),
    };
    let row = html::div().attr("class", "pkce-row").child(parts::button(look, label, press));
    parts::base(look, Signal::default(), (row, parts::note(look), parts::failure(look)))
}

/// What is shown: the preview, if there is one, else what is so.
pub(super) fn shown(preview: MaybeProp<Shown>) -> Signal<Shown> {
    if preview.with_untracked(Option::is_some) {
        return Signal::derive(move || preview.get().unwrap_or_default());
    }
    let auth = use_auth();
    Signal::derive(move || preview.get().unwrap_or_else(|| now(auth)))
}

fn now(auth: UseAuth) -> Shown {
    auth.track();
    Shown::of(&auth.auth().state())
}

/// What the authorizer says of its refusal, as much of it as fits beside a button.
fn words_of(problem: &SignInError) -> Option<String> {
    const MOST: usize = 300;
    let SignInError::Login(error) = problem else { return None };
    let words = error.authorizer_says()?.description.as_deref()?.trim();
    (!words.is_empty()).then(|| words.chars().take(MOST).collect())
}

impl Shown {
    /// What a person sees of a state.
    #[must_use]
    pub fn of(state: &auth::AuthState) -> Self {
        match state {
            auth::AuthState::Pending(pending) if pending.is_exchanging() => Self::Exchanging,
            // A kept session is being looked for: a button that shows for a moment and goes would flicker.
            auth::AuthState::Pending(_) => Self::Looking,
            auth::AuthState::SignedOut(guest) if guest.is_leaving() => Self::Redirecting,
            auth::AuthState::SignedOut(guest) => guest
                .problem()
                .map_or(Self::Idle, |problem| Self::failed(problem.code(), problem.concern(), words_of(problem))),
            auth::AuthState::SignedIn(session) => Self::SignedIn { name: session.person().to_owned() },
        }
    }
}
