//! What the demo keeps in this browser, as text. Where storage is blocked nothing is kept, and nothing throws.

use gloo_storage::{LocalStorage, Storage as _};
use web_sys::Storage;

/// Key of the chosen authorizer.
pub(super) const SETUP_KEY: &str = "pkce-login.setup";

/// Key of the chosen colours.
pub(super) const THEME_KEY: &str = "pkce-login.theme";

/// The storage of this browser, asked for first through web-sys, because gloo's handle throws where it is blocked.
fn storage() -> Option<Storage> {
    let window = web_sys::window()?;
    matches!(window.local_storage(), Ok(Some(_))).then(LocalStorage::raw)
}

/// The text under `key`.
pub(super) fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Removes all that this app keeps.
pub(super) fn clear() {
    let Some(storage) = storage() else { return };
    for key in [SETUP_KEY, THEME_KEY] {
        // What cannot be removed stays the browser's own.
        let _ = storage.remove_item(key);
    }
}

/// Keeps `text` for the next visit, where that is allowed.
pub(super) fn set(key: &str, text: &str) {
    if let Some(storage) = storage() {
        // A full storage keeps the old value; the choice holds until the page is left.
        let _ = storage.set_item(key, text);
    }
}
