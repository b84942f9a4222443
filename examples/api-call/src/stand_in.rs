//! Until the library has these itself.

use leptos::prelude::*;
use pkce_login::components::{AuthState, SignedIn, SignedOut, use_auth};

#[component]
pub fn LoginButton() -> impl IntoView {
    let auth = use_auth();
    let guest = move || match auth.state() {
        AuthState::SignedOut(guest) => Some(guest),
        _ => None,
    };
    let press = move |_| {
        if let Some(guest) = untrack(guest) {
            guest.login();
        }
    };
    let problem = move || guest().and_then(|guest| guest.problem()).map(|problem| problem.explain().happened);
    view! { <SignedOut><button on:click=press>"Sign in"</button> <p role="alert">{problem}</p></SignedOut> }
}

#[component]
pub fn UserMenu() -> impl IntoView {
    view! { <SignedIn let:session>{session.person()} " " <button on:click=move |_| session.logout()>"Sign out"</button></SignedIn> }
}
