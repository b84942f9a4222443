//! Duplicated tabs: the browser copied their storage, and with it a refresh token that can be used once.
//!
//! The copy that refreshes first leaves a mark of the new refresh token. A copy with another token does not send it:
//! the authorizer would treat it as stolen and end the session for all (RFC 9700, section 4.14.2).

use sha2::{Digest as _, Sha256};

use crate::client::config::{ClientConfig, Storage};
use crate::client::ports::{Place, Store};
use crate::protocol::base64url;
use crate::protocol::secret::RefreshToken;

/// Key prefix of marks.
const PREFIX: &str = "pkce-login.copies.";

/// At most this many sessions of one app are remembered.
const KEPT: usize = 8;

/// Whether a browser may have copied the session: only if it is stored in the tab.
pub(super) fn are_possible(config: &ClientConfig) -> bool {
    cfg!(feature = "persistence") && config.storage == Storage::Tab
}

/// Whether another copy of the session `name` has refreshed since this copy got `token`.
pub(super) fn is_spent(store: &impl Store, config: &ClientConfig, name: &str, token: &RefreshToken) -> bool {
    let good = marks(store, config).into_iter().rfind(|(known, _)| known == name);
    good.is_some_and(|(_, good)| good != mark(token))
}

/// Leaves a mark of the refresh token that is now valid.
pub(super) fn leave_mark(store: &impl Store, config: &ClientConfig, name: &str, token: &RefreshToken) {
    let mut marks = marks_of_others(store, config, name);
    marks.push((name.to_owned(), mark(token)));
    keep(store, config, marks);
}

/// The session is over, and so are its copies.
pub(super) fn forget(store: &impl Store, config: &ClientConfig, name: &str) {
    keep(store, config, marks_of_others(store, config, name));
}

fn keep(store: &impl Store, config: &ClientConfig, mut marks: Vec<(String, String)>) {
    let surplus = marks.len().saturating_sub(KEPT);
    let kept: Vec<String> = marks.split_off(surplus).iter().map(|(name, mark)| [name, ":", mark].concat()).collect();
    // Without storage on the device, copies learn it from the authorizer.
    let _ = match kept.is_empty() {
        true => store.remove(Place::Device, &key(config)),
        false => store.set(Place::Device, &key(config), &kept.join(" ")),
    };
}

fn marks_of_others(store: &impl Store, config: &ClientConfig, name: &str) -> Vec<(String, String)> {
    let mut marks = marks(store, config);
    marks.retain(|(known, _)| known != name);
    marks
}

fn marks(store: &impl Store, config: &ClientConfig) -> Vec<(String, String)> {
    let kept = store.get(Place::Device, &key(config)).ok().flatten().unwrap_or_default();
    let pairs = kept.split(' ').filter_map(|pair| pair.split_once(':'));
    pairs.map(|(name, mark)| (name.to_owned(), mark.to_owned())).collect()
}

fn key(config: &ClientConfig) -> String {
    [PREFIX, &config.storage_name()].concat()
}

/// A mark that identifies a token. The token cannot be derived from it.
fn mark(token: &RefreshToken) -> String {
    base64url::encode(Sha256::digest(token.expose().as_bytes()).get(..12).unwrap_or_default())
}
