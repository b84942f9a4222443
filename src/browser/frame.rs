//! A login in a hidden frame, with `prompt=none`: the authorizer signs the person in or answers with an error, and
//! shows nothing.
//!
//! Where the browser partitions cookies in frames, an authorizer of another site never knows the person and answers
//! `login_required`. So this is a shortcut where it works, not a way to stay signed in.

use wasm_bindgen::JsCast as _;
use web_sys::{Document, HtmlIFrameElement};

use super::answer::Answer;
use super::callback_channel::{self, NoChannel};
use super::page;
use super::store;
use crate::client::{child_window_key, child_window_record};
use crate::protocol::authorization_request::StartedLogin;
use crate::protocol::explain::explained_errors;
use crate::protocol::pending_login::PendingLogin;
use crate::protocol::url::AbsoluteUrl;

/// How long to wait for the answer, in milliseconds.
const TIME_LIMIT: f64 = 10_000.0;

explained_errors! {
    /// Why a hidden frame brought no answer.
    FrameError {
        TimedOut = "frame_timed_out": "The authorizer did not answer in a hidden frame.", "It refuses frames, needs to show a page, or is slow. The browser does not tell which.", "Sign in with a visible page.";
        Unavailable = "frame_unavailable": "This page cannot use a hidden frame.", "The browser has no channel between pages here, or the page has no body yet.", "Sign in with a visible page.";
        AddressRefused = "frame_address_refused": "The sign-in address is not usable.", "Opening it could run a script.", "Check the metadata of the authorizer.";
    }
}

impl From<NoChannel> for FrameError {
    fn from(_: NoChannel) -> Self {
        Self::Unavailable
    }
}

/// Removes the frame, whatever the result.
struct Removed(HtmlIFrameElement);

impl Drop for Removed {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// Marks in the tab storage, which the frame shares, what the frame is for, until the wait for its answer ends.
struct Marked(Option<web_sys::Storage>, String);

impl Marked {
    fn new(pending: &PendingLogin) -> Self {
        let (storage, key) = (store::tab().ok(), child_window_key(pending.state.expose()));
        if let Some(storage) = &storage {
            let _ = storage.set_item(&key, &child_window_record(pending));
        }
        Self(storage, key)
    }
}

impl Drop for Marked {
    fn drop(&mut self) {
        if let Some(storage) = &self.0 {
            let _ = storage.remove_item(&self.1);
        }
    }
}

/// Opens the request in a hidden frame and waits at most ten seconds for its answer. The request must be made for a
/// frame and with `prompt=none` (OpenID Connect Core, section 3.1.2.1).
///
/// The policy of this page must allow the authorizer and the callback page in `frame-src`, and the callback page must
/// allow its own origin to frame it.
///
/// # Errors
/// [`FrameError`]. An authorizer that refuses to be framed looks like one that does not answer: the browser does not
/// say.
pub async fn ask(started: &StartedLogin) -> Result<Answer, FrameError> {
    if AbsoluteUrl::parse(&started.url).is_err() {
        return Err(FrameError::AddressRefused);
    }
    let document = web_sys::window().and_then(|window| window.document()).ok_or(FrameError::Unavailable)?;
    let frame = Removed(hidden(&document).ok_or(FrameError::Unavailable)?);
    let _marked = Marked::new(&started.pending);
    let began = page::moment();
    let start = || {
        frame.0.set_src(&started.url);
        let body = document.body().ok_or(FrameError::Unavailable)?;
        body.append_child(&frame.0).map(drop).map_err(|_| FrameError::Unavailable)
    };
    let given_up = || (page::moment() - began > TIME_LIMIT).then_some(FrameError::TimedOut);
    callback_channel::answer(started.pending.state.expose(), start, given_up).await
}

fn hidden(document: &Document) -> Option<HtmlIFrameElement> {
    let frame: HtmlIFrameElement = document.create_element("iframe").ok()?.dyn_into().ok()?;
    let attributes = [
        // The frame must not replace this page. The callback page must keep this origin, though, and the authorizer may
        // send the answer with a form.
        ("sandbox", "allow-scripts allow-same-origin allow-forms"),
        ("referrerpolicy", "no-referrer"),
        ("hidden", ""),
        ("aria-hidden", "true"),
        ("tabindex", "-1"),
        ("title", "Sign-in without a page"),
    ];
    for (name, value) in attributes {
        frame.set_attribute(name, value).ok()?;
    }
    Some(frame)
}
