//! The JavaScript API: options come in as JSON text, snapshots and errors go out as JSON text. Functions of the page
//! are called for the network only.
//!
//! Text, because an object of a page can return another value at each read, and because reading it member by member
//! costs more than the JSON reader, which is here anyway. `core.js` is the other half.

mod call;
mod core;
mod options;
mod report;
mod snapshot;

pub use call::Call;
pub use core::Core;
pub use options::{Authorizer, LoginChoices, LogoutChoices, Options, OptionsError, Page, TokenChoices};
pub use report::{Report, SnapshotError};
