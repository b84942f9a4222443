//! An API that is called with the access token.

use leptos::prelude::*;
use leptos::task::spawn_local;
use pkce_login::browser::auth::LoginOptions;
use pkce_login::browser::default_redirect_uri;
use pkce_login::client::ports::HttpRequest;
use pkce_login::client::{ClientConfig, LoginError};
use pkce_login::components::{AuthProvider, LoginButton, Session, SignedIn, UserMenu};

const ISSUER: &str = "http://as.localhost:9010";
const CLIENT_ID: &str = "pkce-login-demo";
/// The access token goes here and nowhere else.
const API: &str = "http://api.localhost:9020";

fn main() {
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let mut config = ClientConfig::new(ISSUER, CLIENT_ID, default_redirect_uri());
    config.api_origins = vec![API.to_owned()];
    view! {
        <AuthProvider config>
            <main>
                <h1>"API call"</h1>
                <LoginButton/>
                <SignedIn let:session><UserMenu/> <Call session/></SignedIn>
            </main>
        </AuthProvider>
    }
}

#[component]
fn Call(session: Session) -> impl IntoView {
    let address = RwSignal::new(format!("{API}/things"));
    let call = Action::new_local(move |address: &String| {
        // A token that is near its end is renewed first.
        session.fetch(HttpRequest::get(address.clone()))
    });
    let answer = move || match call.value().get()? {
        Ok(answer) => Some(format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))),
        Err(error) => Some(error.explain().happened.to_owned()),
    };
    // What the API wants that this session does not have: the next sign-in asks for it.
    let wanted = move || match call.value().get()? {
        Err(LoginError::Api(error)) => error.to_ask_for(),
        _ => None,
    };
    let ask = move |_| {
        if let Some(request) = wanted() {
            let options = LoginOptions { request, ..LoginOptions::default() };
            spawn_local(async move { drop(session.login_with(options).await) });
        }
    };
    view! {
        <p><label>"Address " <input type="url" bind:value=address/></label></p>
        <p><button on:click=move |_| drop(call.dispatch(address.get()))>"Call the API"</button></p>
        <p role="status">{answer}</p>
        {move || wanted().map(|_| view! { <button on:click=ask>"Sign in for it"</button> })}
    }
}
