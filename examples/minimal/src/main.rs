//! The whole of a sign-in in a Leptos app.

use leptos::prelude::*;
use pkce_login::components::{AuthProvider, LoginButton, SignedIn, UserMenu};

fn main() {
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    view! {
        <AuthProvider issuer="http://as.localhost:9010" client_id="pkce-login-demo">
            <main>
                <h1>"Minimal"</h1>
                <LoginButton/>
                <SignedIn let:session><p>"Hello " {session.person()}</p> <UserMenu/></SignedIn>
            </main>
        </AuthProvider>
    }
}
