//! Limits redirects to the authorizer that the user did not ask for.
//!
//! A page that signs in automatically, and is refused automatically, would redirect without end.

use super::ports::{Clock, Place, Store};

const KEY: &str = "pkce-login.redirects";

/// At most this many automatic redirects...
const MOST: usize = 2;

/// ...within this many seconds.
const WINDOW: i64 = 60;

/// Counts one more automatic redirect. `false` at the limit, or if blocked storage prevents counting.
pub(super) fn may_leave(platform: &(impl Store + Clock)) -> bool {
    let now = platform.now();
    let Ok(kept) = platform.get(Place::Tab, KEY) else { return false };
    let recent = |text: &&str| text.parse().is_ok_and(|at: i64| now.saturating_sub(at).saturating_abs() < WINDOW);
    let kept = kept.unwrap_or_default();
    let mut times: Vec<String> = kept.split(' ').filter(recent).map(str::to_owned).collect();
    if times.len() >= MOST {
        return false;
    }
    times.push(now.to_string());
    platform.set(Place::Tab, KEY, &times.join(" ")).is_ok()
}

/// Resets the count when the user asks to sign in. A successful sign-in does not: the step after it may fail each time.
pub(super) fn forget(store: &impl Store) {
    // An entry that cannot be removed is too old after a minute.
    let _ = store.remove(Place::Tab, KEY);
}

/// Key of the mark that the user signed out in this tab.
const ASK_NO_MORE: &str = "pkce-login.signed-out-here";

/// Records a sign-out in this tab: no automatic request is sent here until the user signs in again.
pub fn asks_no_more(store: &impl Store) {
    // Without storage there are no automatic redirects either, and a frame asks once for each page that opens.
    let _ = store.set(Place::Tab, ASK_NO_MORE, "");
}

/// Removes the mark: the user wants to sign in.
pub fn asks_again(store: &impl Store) {
    let _ = store.remove(Place::Tab, ASK_NO_MORE);
}

/// Whether the page may ask the authorizer without a button press. `false` if storage is blocked.
pub fn may_ask(store: &impl Store) -> bool {
    store.get(Place::Tab, ASK_NO_MORE) == Ok(None)
}
