//! The session that an earlier page persisted, and cleaning up after it.

use std::rc::Rc;

use super::Client;
use crate::client::config::Storage;
use crate::client::error::LoginError;
use crate::client::keys;
use crate::client::ports::Platform;
use crate::client::session::{Origin, Persisted, Session, Tokens};
use crate::client::transport::Transport;
use crate::protocol::id_token::IdToken;

impl<P: Platform> Client<P> {
    /// Cleans up after the session on the device that `new` replaces. Its key is removed, which makes its refresh token
    /// useless. Tokens of another user are revoked. Those of the same user are not: many authorizers keep one grant for
    /// a user and an app, and would end the new session too.
    ///
    /// In tab storage nothing is done: a duplicate of the tab may continue the old session.
    pub(super) async fn tidy_up_after(&self, before: Persisted, new: &Session<P>) {
        let (Persisted::Session(before) | Persisted::Over(before)) = before else { return };
        if self.config.storage != Storage::Device {
            return;
        }
        let (origin, tokens) = *before;
        let sub = origin.id_token.as_ref().map(|(token, _)| token.sub());
        let is_same_person = sub.is_some() && sub == new.id_token().map(IdToken::sub);
        match (&origin.expected.key, is_same_person) {
            (Some(key), true) => keys::drop(&*self.platform, key).await,
            (None, true) => {}
            (_, false) => self.discard(origin, tokens).await,
        }
    }

    /// Forgets a persisted session and revokes its tokens.
    async fn discard(&self, origin: Origin, tokens: Tokens) {
        let platform = &*self.platform;
        let key = match &origin.expected.key {
            Some(bound) => keys::find(platform, bound).await.ok(),
            None => None,
        };
        let transport =
            Transport::new(Rc::clone(&self.platform), &origin.expected.server, key, &self.config.redirect_uri);
        Session::discard(self.config.clone(), transport, origin, tokens);
    }

    /// The persisted session. One that is over is forgotten, and its tokens are revoked.
    async fn persisted(&self) -> Option<(Origin, Tokens)> {
        let platform = &*self.platform;
        match Session::find_persisted(platform, &self.config) {
            Persisted::Nothing => None,
            Persisted::Session(kept) => Some(*kept),
            Persisted::Over(over) => {
                Session::forget(platform, &self.config);
                let (origin, tokens) = *over;
                self.discard(origin, tokens).await;
                None
            }
        }
    }

    /// The session that an earlier page persisted, in the tab or on this device as configured; `None` if there is none.
    /// The tokens of a session that is over are revoked; otherwise nothing is sent.
    pub async fn resume(&self) -> Option<Session<P>> {
        self.config.check_choices().ok()?;
        let platform = &*self.platform;
        let mut found = self.persisted().await?;
        loop {
            let key = match &found.0.expected.key {
                Some(bound) => keys::find(platform, bound).await.map(Some),
                None => Ok(None),
            };
            // Meanwhile another page may have renewed the tokens, signed out or signed in.
            let (origin, tokens) = self.persisted().await?;
            if origin.name == found.0.name {
                let key = match key {
                    Ok(key) => key,
                    // A key that is not available now may be available the next time.
                    Err(error) => {
                        if error == LoginError::KeyLost {
                            Session::forget(platform, &self.config);
                        }
                        return None;
                    }
                };
                let transport =
                    Transport::new(Rc::clone(&self.platform), &origin.expected.server, key, &self.config.redirect_uri);
                return Some(Session::start(self.config.clone(), transport, origin, tokens));
            }
            found = (origin, tokens);
        }
    }
}
