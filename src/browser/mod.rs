//! The web platform behind the client's ports. Nothing here throws: what the platform refuses is a value.

mod announced;
pub mod built_in;
pub mod catcher;
mod channel;
pub mod crypto;
pub mod frame;
mod http;
pub mod idb;
mod keys;
mod lock;
mod login;
mod page;
mod platform;
pub mod popup;
pub mod signing;
mod store;
mod wake;
mod worker;

pub use login::Login;
pub use page::{Answer, answer, go_to, here, location, navigate, received};
pub use platform::BrowserPlatform;
pub use wake::{Waking, keep_fresh};
