//! The whole of a sign-in in a Leptos app.

use leptos::prelude::*;
use pkce_login::components::{AuthProvider, SignedIn, SignedOut};

mod stand_in;
use stand_in::{LoginButton, UserMenu};

fn main() {
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    view! {
        <AuthProvider issuer="http://as.localhost:9010" client_id="pkce-login-demo">
            <SignedOut><LoginButton/></SignedOut>
            <SignedIn let:session>"Hello " {session.person()} <UserMenu/></SignedIn>
        </AuthProvider>
    }
}
