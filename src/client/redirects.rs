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
