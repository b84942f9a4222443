//! A page that only somebody who is signed in may see. Whoever opens it without being signed in comes back to it.

use leptos::prelude::*;
use leptos_router::components::{A, ProtectedRoute, Redirect, Route, Router, Routes};
use leptos_router::hooks::{use_params_map, use_url};
use leptos_router::path;
use pkce_login::browser::default_redirect_uri;
use pkce_login::client::{ClientConfig, Storage};
use pkce_login::components::{AuthProvider, LoginButton, SignedIn, UserMenu, use_auth};

const ISSUER: &str = "http://as.localhost:9010";
const CLIENT_ID: &str = "pkce-login-demo";

fn main() {
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    // Kept in the tab, so that a reload needs no other sign-in.
    let config = ClientConfig { storage: Storage::Tab, ..ClientConfig::new(ISSUER, CLIENT_ID, default_redirect_uri()) };
    view! {
        <AuthProvider config>
            <Router>
                <header>
                    <nav><A href="/">"Start"</A> " " <A href="/orders/7">"Order 7"</A></nav>
                    <UserMenu/>
                </header>
                <main>
                    <Routes fallback=|| view! { <h1>"There is no such page"</h1> }>
                        <Route path=path!("/") view=|| view! { <h1>"Start"</h1> }/>
                        <Route path=path!("/sign-in") view=SignIn/>
                        <ProtectedRoute
                            path=path!("/orders/:id")
                            view=Order
                            condition=use_auth().guard(place)
                            redirect_path=|| "/sign-in"
                            fallback=|| view! { <p role="status">"One moment"</p> }
                        />
                    </Routes>
                </main>
            </Router>
        </AuthProvider>
    }
}

/// Where the router takes the person; the address bar does not say so yet.
fn place() -> String {
    use_url().with_untracked(|url| match url.search() {
        "" => [url.path(), url.hash()].concat(),
        query => [url.path(), "?", query, url.hash()].concat(),
    })
}

#[component]
fn SignIn() -> impl IntoView {
    let auth = use_auth();
    let on = move || auth.take_wanted().unwrap_or_else(|| "/".to_owned());
    view! {
        <h1>"Sign in to go on"</h1>
        <LoginButton/>
        // Whoever is signed in has no business here.
        <SignedIn let:_session><Redirect path=on()/></SignedIn>
    }
}

#[component]
fn Order() -> impl IntoView {
    let params = use_params_map();
    view! {
        <h1>"Order " {move || params.read().get("id")}</h1>
        <SignedIn let:session><p>"Of " {session.person()}</p></SignedIn>
    }
}
