//! What the demo stores in this browser, as text. Where storage is blocked, nothing is stored and nothing throws.

use gloo_storage::{LocalStorage, Storage as _};
use web_sys::Storage;

/// Key of the chosen authorizer.
pub(super) const SETUP_KEY: &str = "pkce-login.setup";

/// Key of the chosen colours.
pub(super) const THEME_KEY: &str = "pkce-login.theme";

/// The storage of this browser. web-sys checks it first, because gloo throws where storage is blocked.
fn storage() -> Option<Storage> {
    let window = web_sys::window()?;
    matches!(window.local_storage(), Ok(Some(_))).then(LocalStorage::raw)
}

pub(super) fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Removes everything that this app stored here.
pub(super) fn clear() {
    let Some(storage) = storage() else { return };
    for key in [SETUP_KEY, THEME_KEY] {
        // An entry that cannot be removed stays.
        let _ = storage.remove_item(key);
    }
}

/// Stores `text` for the next visit, where that is allowed.
pub(super) fn set(key: &str, text: &str) {
    if let Some(storage) = storage() {
        // A full storage keeps the old value; the choice holds until the page is left.
        let _ = storage.set_item(key, text);
    }
}
