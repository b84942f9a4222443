//! Session and local storage, probed before every use.
//!
//! `gloo-storage` throws where storage is blocked, and on wasm a throw never comes back to Rust. So web-sys is asked
//! first, which returns a value; only then is the gloo handle used.

use gloo_storage::{LocalStorage, SessionStorage, Storage as _};

use crate::client::ports::{Place, StoreBlocked};

/// The storage of a place, or an error where it is blocked.
pub(super) fn at(place: Place) -> Result<web_sys::Storage, StoreBlocked> {
    let window = web_sys::window().ok_or(StoreBlocked)?;
    let probed = match place {
        Place::Tab => window.session_storage(),
        Place::Device => window.local_storage(),
    };
    match (probed, place) {
        (Ok(Some(_)), Place::Tab) => Ok(SessionStorage::raw()),
        (Ok(Some(_)), Place::Device) => Ok(LocalStorage::raw()),
        _ => Err(StoreBlocked),
    }
}

/// The storage of this tab.
pub(super) fn tab() -> Result<web_sys::Storage, StoreBlocked> {
    at(Place::Tab)
}
