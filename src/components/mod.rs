//! Sign-in as Leptos components: a provider around the app, and components for each state.
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
//! The callback needs no app code: `callback.html` takes the answer, and the provider exchanges the code. There is one
//! state, [`AuthState`], and its variants offer what is possible in it. Renewed tokens are not a new state, so nothing
//! renders again for them. Everything works with any router, or with none.

mod gates;
mod login_button;
mod mounted_view;
mod provider;
mod session;
mod use_auth;
mod user_menu;

// Everything that the component macro generates.
pub use gates::*;
pub use login_button::*;
pub use provider::*;
pub use session::Session;
pub use use_auth::{AuthState, Guest, UseAuth};
pub use user_menu::*;

pub use crate::view::{Labels, Mode, Size, Variant, ViewState};
