//! The web platform behind the client's ports. Nothing here throws: what the platform refuses is a value.

pub mod built_in;
pub mod crypto;
mod http;
pub mod idb;
mod lock;
mod login;
mod page;
mod platform;
pub mod signing;
mod store;

pub use login::Login;
pub use page::{answer, go_to, here, location, navigate};
pub use platform::BrowserPlatform;
