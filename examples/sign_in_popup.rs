//! A login in a window of its own, in a Leptos app: the page stays as it is.

use std::rc::Rc;

use leptos::{prelude::*, task::spawn_local};
use pkce_login::browser::{Login, popup};
use pkce_login::client::{BeginOptions, Finished, LoginError};
use pkce_login::protocol::authorization_request::Way;

fn main() {
    mount_to_body(SignIn);
}

#[component]
fn SignIn() -> impl IntoView {
    let login = StoredValue::new_local(Rc::new(Login::new("https://login.example", "my-app")));
    let words = RwSignal::new("Signed out".to_owned());
    let tell = move |error: LoginError| words.set(error.explain().happened.to_owned());
    let sign_in = move |window: popup::Popup| async move {
        let (login, options) = (login.get_value(), BeginOptions { way: Way::Popup, ..BeginOptions::default() });
        let started = match login.client().begin(&options).await {
            Ok(started) => started,
            Err(error) => return tell(error),
        };
        let answer = match window.ask(&started).await {
            Ok(answer) => answer,
            Err(error) => return words.set(error.explain().happened.to_owned()),
        };
        match login.client().finish(&answer.address, answer.body.as_deref()).await {
            Ok(Finished::SignedIn(session)) => words.set(format!("Signed in as {}", session.person())),
            Ok(Finished::NothingToDo) => {}
            Err(error) => tell(error),
        }
    };
    // Opened before anything is awaited: later, the browser takes the window for an advertisement.
    let press = move |_| match popup::open() {
        Ok(window) => spawn_local(sign_in(window)),
        Err(error) => words.set(error.explain().happened.to_owned()),
    };
    view! { <button on:click=press>"Sign in"</button> <p role="status">{words}</p> }
}
