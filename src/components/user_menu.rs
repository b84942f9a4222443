//! Who is signed in, and the way out.

use leptos::attr::custom::CustomAttribute as _;
use leptos::html::{self, ElementChild as _};
use leptos::prelude::*;

use super::login_button::shown;
use super::parts::{self, Look};
use super::provider::try_use_auth;
use super::shown::{Shown, Size};
use super::words::Words;

/// The name of the person and a button that signs out. It shows itself while somebody is signed in.
///
/// # Panics
/// Outside of an [`AuthProvider`](super::AuthProvider), unless it is a `preview`.
#[component]
pub fn UserMenu(
    /// How tall the button is.
    #[prop(optional, into)]
    size: Signal<Size>,
    /// The texts.
    #[prop(optional, into)]
    words: Signal<Words>,
    /// A state to show without doing anything, for a style guide or a test.
    #[prop(optional, into)]
    preview: MaybeProp<Shown>,
) -> impl IntoView {
    let look = Look {
        // Nothing but the person is this view's to show.
        shown: {
            let shown = shown(preview);
            Signal::derive(move || shown.with(|shown| if shown.is_signed_in() { shown.clone() } else { Shown::Idle }))
        },
        words,
        variant: Signal::default(),
        size,
        mode: Signal::default(),
        disabled: Signal::default(),
    };
    let auth = try_use_auth();
    let press = move || {
        if preview.with_untracked(Option::is_none)
            && let Some(session) = auth.and_then(|auth| untrack(|| auth.session()))
        {
            session.logout();
        }
    };
    let row = html::div().attr("class", "pkce-row").child(parts::user(look, press));
    parts::base(look, Signal::default(), (row, parts::note(look)))
}
