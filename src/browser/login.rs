//! A whole login in two calls, for an app whose callback page stands beside it.

use std::cell::RefCell;
use std::rc::Rc;

use super::page;
use super::platform::BrowserPlatform;
use super::wake::{Waking, keep_fresh};
use crate::client::ports::Clock as _;
use crate::client::{BeginOptions, Client, ClientConfig, Finished, LoginError, Session, forget_expired};
use crate::protocol::authorization_request::RequestError;
use crate::protocol::{text, url};

/// One app at one authorizer, on this page.
pub struct Login {
    client: Client<BrowserPlatform>,
    /// Keeps the tokens of the session fresh.
    waking: RefCell<Option<Waking>>,
}

impl Login {
    /// A login whose redirect URI is `callback.html` in the directory of this page. Copies of the page under
    /// another address need that address registered as well.
    #[must_use]
    pub fn new(issuer: &str, client_id: &str) -> Self {
        let location = page::location();
        let (page, _, _) = url::split(&location);
        let directory = text::cut_last(page, b'/').map_or("", |(directory, _)| directory);
        Self::with(ClientConfig::new(issuer, client_id, [directory, "/callback.html"].concat()))
    }

    /// A login with a configuration of its own.
    #[must_use]
    pub fn with(config: ClientConfig) -> Self {
        Self { client: Client::new(config, Rc::new(BrowserPlatform)), waking: RefCell::new(None) }
    }

    /// The client behind it.
    #[must_use]
    pub fn client(&self) -> &Client<BrowserPlatform> {
        &self.client
    }

    /// Takes the answer that the callback page left in this tab, or else the session that an earlier page kept;
    /// `None` if there is neither. Call it when the page opens.
    ///
    /// An answer to a login that another `Login` began is left for that one.
    pub async fn resume(&self) -> Option<Result<Session<BrowserPlatform>, LoginError>> {
        if page::peek().is_some_and(|answer| self.client.is_for_another(&answer.address, answer.body.as_deref())) {
            return None;
        }
        let finished = match page::received().map(page::Answer::present) {
            Some(Ok(answer)) => self.client.finish(&answer.address, answer.body.as_deref()).await,
            Some(Err(lost)) => Err(lost),
            None => Ok(Finished::NothingToDo),
        };
        // Afterwards, so that an answer that came too late is told that it did.
        forget_expired(&BrowserPlatform, BrowserPlatform.now());
        let session = match finished {
            Ok(Finished::SignedIn(session)) => session,
            Ok(Finished::NothingToDo) => self.client.resume().await?,
            Err(error) => return Some(Err(error)),
        };
        *self.waking.borrow_mut() = Some(keep_fresh(&session));
        Some(Ok(session))
    }

    /// Goes to the authorizer, and comes back to this place in the app.
    ///
    /// # Errors
    /// [`LoginError`]; then the page stays.
    pub async fn sign_in(&self) -> Result<(), LoginError> {
        let options = BeginOptions { return_to: page::here(), ..BeginOptions::default() };
        let started = self.client.begin_shared(options).await?;
        if page::navigate(&started.url) { Ok(()) } else { Err(RequestError::EndpointInvalid.into()) }
    }
}
