//! The address of this page, and navigation.

use web_sys::Url;

use crate::protocol::url::{self, AbsoluteUrl};

/// Milliseconds since this page was opened, by a clock that cannot be set: for waits, which a wrong clock must not make
/// endless.
pub(super) fn moment() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// The address of this page; empty where there is none.
#[must_use]
pub fn location() -> String {
    web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default()
}

/// Sends the browser to an authorizer; `false` if the address is not allowed.
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
    url::as_same_origin_path(location.strip_prefix(&origin).unwrap_or("/"))
}

/// This page without query and fragment.
pub(super) fn without_query() -> String {
    let location = location();
    url::split(&location).0.to_owned()
}

/// Whether the browser allows cryptography on this page: the page came over https, or from this machine.
pub(super) fn is_secure() -> bool {
    web_sys::window().is_some_and(|window| window.is_secure_context())
}

/// The callback page of an app that names none: `callback.html` in the directory of its `<base>`, or at the root of its
/// origin. Not beside the page: an app with several addresses would have as many callback pages.
#[must_use]
pub fn default_redirect_uri() -> String {
    let Some(window) = web_sys::window() else { return String::new() };
    let base = window.document().and_then(|document| document.query_selector("base[href]").ok()?);
    let (name, beside) = match base.and_then(|base| base.base_uri().ok()?) {
        Some(base) => ("callback.html", base),
        None => ("/callback.html", location()),
    };
    Url::new_with_base(name, &beside).map_or_else(|_| String::new(), |url| url.href())
}
