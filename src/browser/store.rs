//! Session storage, probed before every use.
//!
//! `gloo-storage` throws where storage is blocked, and a throw never comes back to Rust on wasm. So web-sys is
//! asked first, which answers with a value; only then is gloo's handle used.

use gloo_storage::{SessionStorage, Storage as _};

use crate::client::ports::StoreBlocked;

/// This tab's storage, or the news that there is none.
pub(super) fn tab() -> Result<web_sys::Storage, StoreBlocked> {
    let window = web_sys::window().ok_or(StoreBlocked)?;
    match window.session_storage() {
        Ok(Some(_)) => Ok(SessionStorage::raw()),
        _ => Err(StoreBlocked),
    }
}
