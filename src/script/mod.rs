//! The JavaScript API: options come in as JSON text, snapshots and errors go out as JSON text, and the page's own
//! functions are called for nothing but the network.
//!
//! Text, because an object that a page made can answer differently each time it is asked, and because reading it
//! member by member costs more than the JSON reader that is here anyway. `core.js` is the other half.

mod call;
mod core;
mod options;
mod options_error;
mod report;
mod snapshot;

pub use call::Call;
pub use core::Core;
pub use options::{Authorizer, LoginChoices, LogoutChoices, Options, Page, TokenChoices};
pub use options_error::OptionsError;
pub use report::{Report, SnapshotError};
