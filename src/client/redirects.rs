//! How often the browser was sent to the authorizer without anybody asking for it.
//!
//! A page that signs in by itself and is refused by itself would go back and forth without end.

use super::ports::{Clock, Place, Store};

const KEY: &str = "pkce-login.redirects";

/// So many redirects that nobody asked for are let through...
const MOST: usize = 2;

/// ...within so many seconds.
const WINDOW: i64 = 60;

/// Counts one more; `false` if that would be one too many, or if nobody can count here.
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

/// Somebody asked to be signed in: counting begins anew. That a sign-in worked is no reason to: what comes after it may
/// fail each time.
pub(super) fn forget(store: &impl Store) {
    // What cannot be removed is too old in a minute.
    let _ = store.remove(Place::Tab, KEY);
}

/// Where it stands that somebody signed out in this tab.
const ASK_NO_MORE: &str = "pkce-login.signed-out-here";

/// Somebody signed out here: the authorizer is not asked unasked in this tab, until somebody signs in.
pub fn asks_no_more(store: &impl Store) {
    // Where nothing can be kept nobody counts redirects either, and a frame asks once for each page that opens.
    let _ = store.set(Place::Tab, ASK_NO_MORE, "");
}

/// Somebody wants to sign in.
pub fn asks_again(store: &impl Store) {
    let _ = store.remove(Place::Tab, ASK_NO_MORE);
}

/// Whether the authorizer may be asked although nobody pressed a button. Where nobody can look, it may not.
pub fn may_ask(store: &impl Store) -> bool {
    store.get(Place::Tab, ASK_NO_MORE) == Ok(None)
}
