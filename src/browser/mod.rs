//! The web platform behind the client's ports. Nothing here throws: what the platform refuses is a value.

pub mod built_in;
mod channel;
pub mod crypto;
mod http;
pub mod idb;
mod keys;
mod lock;
mod login;
mod page;
mod platform;
pub mod signing;
mod store;
mod wake;

pub use login::Login;
pub use page::{answer, go_to, here, location, navigate};
pub use platform::BrowserPlatform;
pub use wake::{Waking, keep_fresh};
