//! A complete login in a Leptos app.

use std::rc::Rc;

use leptos::{prelude::*, task::spawn_local};
use pkce_login::browser::Login;
use pkce_login::client::LoginError;

fn main() {
    mount_to_body(SignIn);
}

#[component]
fn SignIn() -> impl IntoView {
    let login = StoredValue::new_local(Rc::new(Login::new("https://login.example", "my-app")));
    let words = RwSignal::new("Signed out".to_owned());
    let tell = move |error: LoginError| words.set(error.explain().happened.to_owned());
    spawn_local(async move {
        match login.get_value().resume().await {
            Some(Ok(session)) => words.set(format!("Signed in as {}", session.person())),
            Some(Err(error)) => tell(error),
            None => {}
        }
    });
    let sign_in = move || async move { login.get_value().sign_in().await.unwrap_or_else(tell) };
    view! { <button on:click=move |_| spawn_local(sign_in())>"Sign in"</button> <p role="status">{words}</p> }
}
