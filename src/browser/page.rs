//! The page: where it is, and where it goes.

use web_sys::Url;

use super::{arrival, catcher, store};
use crate::client::ports::HttpFailure;
use crate::client::{ANSWER_BODY_KEY, ANSWER_KEY, LoginError, Phase};
use crate::protocol::authorization_response::claimed_states;
use crate::protocol::url::{self, AbsoluteUrl};

/// An answer as the callback page hands it over: untrusted, and not yet tied to any login.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The address that the callback page was opened with.
    pub address: String,
    /// The form that came with it (`form_post`).
    pub body: Option<String>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the address and the body: the code stands in one of them.
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

impl Answer {
    /// Whether it claims to belong to the login of that state. Nothing is proved by it.
    pub(super) fn claims(&self, state: &str) -> bool {
        claimed_states(&self.address, self.body.as_deref()).iter().any(|claimed| claimed == state)
    }

    /// Why there is nothing to take, if the callback worker had caught the answer and has it no more.
    ///
    /// # Errors
    /// [`LoginError::Network`] with [`HttpFailure::AnswerLost`].
    pub fn present(self) -> Result<Self, LoginError> {
        if self.body.is_none() && catcher::is_ticket(&self.address) {
            return Err(LoginError::Network(Phase::Response, HttpFailure::AnswerLost));
        }
        Ok(self)
    }
}

/// The answer that the callback page left in this tab, left where it is. The first call takes one out of the address of
/// this page.
pub(super) fn peek() -> Option<Answer> {
    if arrival::is_elsewhere() {
        return None;
    }
    let storage = store::tab().ok()?;
    let address = storage.get_item(ANSWER_KEY).ok()??;
    Some(Answer { address, body: storage.get_item(ANSWER_BODY_KEY).ok()? })
}

/// Takes the answer that the callback page left in this tab. The second call finds nothing, also after a
/// reload. Where the redirect URI is answered by this page in the place of the callback page, the address is cleaned and
/// the answer goes where it belongs: to this page or, with a reload, the one that the login returns to, or to the page
/// that opened this window or frame.
#[must_use]
pub fn received() -> Option<Answer> {
    let (answer, storage) = (peek()?, store::tab().ok()?);
    // An answer that could not be removed would be taken again after a reload: then it is not taken at all.
    storage.remove_item(ANSWER_KEY).ok()?;
    storage.remove_item(ANSWER_BODY_KEY).ok()?;
    Some(answer)
}

/// The address of what [`received`] takes, for an app that asks for answers in query or fragment only.
#[must_use]
pub fn answer() -> Option<String> {
    received().map(|answer| answer.address)
}

/// Milliseconds since this page was opened, by a clock that nobody sets: for waits, which a wrong clock must not make
/// endless.
pub(super) fn moment() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
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
    url::as_same_origin_path(location.strip_prefix(&origin).unwrap_or("/"))
}

/// This page without query and fragment.
pub(super) fn without_query() -> String {
    let location = location();
    url::split(&location).0.to_owned()
}

/// Whether the browser lets this page have cryptography: it came over https, or from this machine.
pub(super) fn is_secure() -> bool {
    web_sys::window().is_some_and(|window| window.is_secure_context())
}

/// The callback page of an app that does not name one: `callback.html` in the directory of its `<base>`, or at the root
/// of its origin. Not beside the page: an app with several addresses would have as many of them.
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
