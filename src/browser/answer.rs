//! The answer that the callback page, or the callback worker, left for this page.

use super::{arrival, store};
use crate::client::ports::HttpFailure;
use crate::client::{ANSWER_BODY_KEY, ANSWER_KEY, LoginError, Phase};
use crate::protocol::authorization_response::claimed_states;
use crate::protocol::url;

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
        if self.body.is_none() && is_ticket(&self.address) {
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

/// Whether an address is the one that the worker sends the browser to. If it is all that arrived, the answer that
/// the worker kept is lost.
fn is_ticket(address: &str) -> bool {
    url::split(address).2.is_some_and(|fragment| fragment.starts_with("caught="))
}
