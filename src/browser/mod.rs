//! The web platform behind the client's ports. Nothing here throws: a refusal of the platform is a value.
//!
//! [`Auth`] combines all of it: who is signed in on this page, and what is possible next. Below it:
//!
//! | where the answer arrives | what to call |
//! |---|---|
//! | the next page of this tab | [`Login`], or [`navigate`] and then [`received`] |
//! | a popup | [`popup::open`] in the click handler, then [`popup::Popup::ask`] |
//! | a hidden frame, with `prompt=none` | [`frame::ask`] |
//! | a service worker, with each of these | [`callback_worker::ensure_ready`] first |
//!
//! The request must be made for that interaction (`BeginOptions::interaction`).

mod answer;
mod arrival;
pub mod auth;
pub mod built_in;
mod callback_channel;
pub mod callback_worker;
mod channel;
pub mod crypto;
pub mod frame;
mod http;
mod idle;
pub mod indexed_db;
mod keys;
mod lifecycle;
mod lock;
mod login;
mod page;
mod platform;
pub mod popup;
pub mod signing;
mod store;
mod worker;

pub use answer::{Answer, answer, received};
pub use auth::{Auth, AuthState};
pub use http::use_fetch;
pub use lifecycle::{KeepFresh, keep_fresh};
pub use login::{Login, SignInError};
pub use page::{default_redirect_uri, go_to, here, location, navigate};
pub use platform::BrowserPlatform;
