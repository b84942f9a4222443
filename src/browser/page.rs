//! The page: where it is, and where it goes.

use super::store;
use crate::client::ANSWER_KEY;
use crate::protocol::url::AbsoluteUrl;

/// The answer that the callback page left in this tab, left where it is.
pub(super) fn peek() -> Option<String> {
    store::tab().ok()?.get_item(ANSWER_KEY).ok()?
}

/// Takes the answer that the callback page left in this tab. The second call finds nothing, also after a
/// reload.
#[must_use]
pub fn answer() -> Option<String> {
    let storage = store::tab().ok()?;
    let answer = storage.get_item(ANSWER_KEY).ok()??;
    // An answer that could not be removed would be taken again after a reload: then it is not taken at all.
    storage.remove_item(ANSWER_KEY).ok()?;
    Some(answer)
}

/// The address of this page; empty where there is none.
#[must_use]
pub fn location() -> String {
    web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default()
}

/// Sends the browser to an authorizer; `false` if the address may not be opened.
///
/// Only `https`, and `http` on this machine: a `javascript:` address would run in this page.
#[must_use]
pub fn navigate(url: &str) -> bool {
    AbsoluteUrl::parse(url).is_ok() && go_to(url)
}

/// Sends the browser to an address of this app.
pub fn go_to(url: &str) -> bool {
    web_sys::window().is_some_and(|window| window.location().assign(url).is_ok())
}

/// Path, query and fragment of this page: where a login returns to.
#[must_use]
pub fn here() -> String {
    let location = location();
    let origin = web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default();
    location.strip_prefix(&origin).unwrap_or("/").to_owned()
}
