//! The web platform behind the client's ports. Nothing here throws: what the platform refuses is a value.
//!
//! [`Auth`] is all of it at once: who is signed in on this page, and what can be done next. Below it:
//!
//! | where the answer arrives | what to call |
//! |---|---|
//! | the next page of this tab | [`Login`], or [`navigate`] and then [`received`] |
//! | a window of its own | [`popup::open`] in the press, then [`popup::Popup::ask`] |
//! | a hidden frame, with `prompt=none` | [`frame::ask`] |
//! | a service worker, with each of these | [`callback_worker::ensure_ready`] before |
//!
//! The request has to be begun for its way (`RequestOptions::way`).

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
