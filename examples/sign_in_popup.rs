//! A login in a window of its own, in a Leptos app: the page stays as it is.

use std::rc::Rc;

use leptos::{prelude::*, task::spawn_local};
use pkce_login::browser::{Login, popup};

fn main() {
    mount_to_body(SignIn);
}

#[component]
fn SignIn() -> impl IntoView {
    let login = StoredValue::new_local(Rc::new(Login::new("https://login.example", "my-app")));
    let words = RwSignal::new("Signed out".to_owned());
    let sign_in = move |window: popup::Popup| async move {
        match login.get_value().sign_in_in(window).await {
            Ok(session) => words.set(format!("Signed in as {}", session.person())),
            Err(error) => words.set(error.explain().happened.to_owned()),
        }
    };
    // Opened before anything is awaited: later, the browser takes the window for an advertisement.
    let press = move |_| match popup::open() {
        Ok(window) => spawn_local(sign_in(window)),
        Err(error) => words.set(error.explain().happened.to_owned()),
    };
    view! { <button on:click=press>"Sign in"</button> <p role="status">{words}</p> }
}
