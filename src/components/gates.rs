//! Components that show in one state only.

use leptos::prelude::*;

use super::provider::use_auth;
use super::session::Session;

/// Shows its children while a person is signed in, and gives them the session: `<SignedIn let:session>`.
///
/// The children render once per session; renewed tokens change nothing.
#[component]
pub fn SignedIn<F, V>(
    /// What to show.
    children: F,
) -> impl IntoView
where
    F: Fn(Session) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let auth = use_auth();
    let session = Memo::new(move |_| auth.session());
    move || session.get().map(&children)
}

/// Shows its children while no person is signed in.
#[component]
pub fn SignedOut(
    /// What to show.
    children: ChildrenFn,
) -> impl IntoView {
    let auth = use_auth();
    let is_shown = Memo::new(move |_| auth.is_signed_in() == Some(false));
    move || is_shown.get().then(&*children)
}

/// Shows its children while it is not known who is signed in: for a moment, or for one request.
#[component]
pub fn Pending(
    /// What to show.
    children: ChildrenFn,
) -> impl IntoView {
    let auth = use_auth();
    let is_shown = Memo::new(move |_| auth.is_signed_in().is_none());
    move || is_shown.get().then(&*children)
}
