//! The web platform behind the client's ports. Nothing here throws: what the platform refuses is a value.

mod crypto;
mod http;
mod lock;
mod page;
mod platform;
mod store;

pub use page::{answer, go_to, location, navigate};
pub use platform::BrowserPlatform;
