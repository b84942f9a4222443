//! The answer that the callback page or the callback worker left for this page.

use super::{arrival, store};
use crate::client::ports::HttpFailure;
use crate::client::{ANSWER_BODY_KEY, ANSWER_KEY, LoginError, Phase};
use crate::protocol::authorization_response::claimed_states;
use crate::protocol::url;

/// An answer from the callback page: untrusted, and not yet tied to a login.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The address that the callback page was opened with.
    pub address: String,
    /// The form that came with the answer (`form_post`).
    pub body: Option<String>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Omits the address and the body: one of them holds the code.
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

impl Answer {
    /// Whether the answer claims the login with that state. This proves nothing.
    pub(super) fn claims(&self, state: &str) -> bool {
        claimed_states(&self.address, self.body.as_deref()).iter().any(|claimed| claimed == state)
    }

    /// The answer, or an error if it is only a ticket for an answer that the callback worker caught and lost.
    ///
    /// # Errors
    /// [`LoginError::Network`] with [`HttpFailure::AnswerLost`].
    pub fn present(self) -> Result<Self, LoginError> {
        if self.body.is_none() && is_ticket(&self.address) {
            return Err(LoginError::Network(Phase::Response, HttpFailure::AnswerLost));
        }
        Ok(self)
    }
}

/// The answer that the callback page left in this tab; it stays there. The first call takes an answer out of the
/// address of this page.
pub(super) fn peek() -> Option<Answer> {
    if arrival::is_elsewhere() {
        return None;
    }
    let storage = store::tab().ok()?;
    let address = storage.get_item(ANSWER_KEY).ok()??;
    Some(Answer { address, body: storage.get_item(ANSWER_BODY_KEY).ok()? })
}

/// Takes the answer that the callback page left in this tab. A second call finds nothing, also after a reload. Where
/// this page replaces the callback page, this cleans the address and passes the answer on: to this page, by a page load
/// to the page that the login returns to, or to the page that opened this popup or frame.
#[must_use]
pub fn received() -> Option<Answer> {
    let (answer, storage) = (peek()?, store::tab().ok()?);
    // An answer that could not be removed is not taken: a reload would take it again.
    storage.remove_item(ANSWER_KEY).ok()?;
    storage.remove_item(ANSWER_BODY_KEY).ok()?;
    Some(answer)
}

/// The address of the answer from [`received`], for an app that requests answers only in query or fragment.
#[must_use]
pub fn answer() -> Option<String> {
    received().map(|answer| answer.address)
}

/// Whether the worker redirected the browser to this address. If nothing else arrived, the worker lost the answer.
fn is_ticket(address: &str) -> bool {
    url::split(address).2.is_some_and(|fragment| fragment.starts_with("caught="))
}
