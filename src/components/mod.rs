//! Who is signed in, as Leptos components: a provider around the app, and what shows itself in each state.
//!
//! ```text
//! view! {
//!     <AuthProvider issuer="https://login.example" client_id="my-app">
//!         <LoginButton/>
//!         <SignedIn let:session>"Hello " {session.person()} <UserMenu/></SignedIn>
//!     </AuthProvider>
//! }
//! ```
//!
//! The callback needs no code of the app: `callback.html` takes the answer, and the provider exchanges it. There is one
//! state, [`AuthState`]; what can be done in it is on its variants. Renewed tokens are no new state, so nothing is
//! rendered again for them. Everything works with any router, or with none.

mod gates;
mod login_button;
mod mounted_view;
mod provider;
mod session;
mod use_auth;
mod user_menu;

// All that the component macro makes for each.
pub use gates::*;
pub use login_button::*;
pub use provider::*;
pub use session::Session;
pub use use_auth::{AuthState, Guest, UseAuth};
pub use user_menu::*;

pub use crate::view::{Labels, Mode, Size, Variant, ViewState};
