//! From the answer to a session: which login the answer belongs to, its checks, and the one token request.

use std::rc::Rc;

use super::{Client, Finished};
use crate::client::config::ClientConfig;
use crate::client::error::{LoginError, Phase, copy_of};
use crate::client::ports::{Platform, StoreBlocked};
use crate::client::response_info::ResponseInfo;
use crate::client::session::{Origin, Session, Tokens};
use crate::client::transport::Transport;
use crate::client::{keys, pending_store, signatures, token_endpoint};
use crate::protocol::authorization_response::{
    AcceptedCallback, CallbackParams, Judged, ResponseError, claimed_states,
};
use crate::protocol::base64url;
use crate::protocol::oauth_error::OAuthError;
use crate::protocol::pending_login::PendingLogin;
use crate::protocol::token_response::{Grant, TokenContext};

/// Which client an answer belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Addressee {
    /// This client: the answer to its login, at its redirect URI.
    ThisClient,
    /// No login of this tab.
    Nobody,
    /// Another client of this tab, which reads the answer.
    AnotherClient,
    /// The login that it claims expects its answer elsewhere: a mix-up, or a mistake of the authorizer.
    Misdirected,
}

impl<P: Platform> Client<P> {
    /// Takes the answer: the address that the callback page was opened with and, for `form_post`, the body.
    ///
    /// The state in the answer finds the login, which says whose it is and where its answer must arrive. Only then is
    /// the answer read, once (RFC 9700, section 4.4.2.2). The pending login is consumed before anything is sent, and at
    /// most one token request is made, whatever its result. A second call with the same answer returns the first
    /// result; on a later page, the persisted session, if there is one.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn finish(&self, callback_url: &str, form_body: Option<&str>) -> Result<Finished<P>, LoginError> {
        let _guard = self.mutex.lock().await;
        let redirect_uri = &self.config.redirect_uri;
        if let Some((known, result)) = &*self.finished.borrow()
            && claimed_states(callback_url, form_body) == [known.as_str()]
            && CallbackParams::read(callback_url, form_body, redirect_uri).is_ok()
        {
            return copy_of(result).map(Finished::SignedIn);
        }
        let addressee = self.addressee(callback_url, form_body)?;
        match addressee {
            Addressee::AnotherClient => return Ok(Finished::NothingToDo),
            Addressee::Misdirected => return Err(ResponseError::StateMismatch.into()),
            Addressee::ThisClient | Addressee::Nobody => {}
        }
        let Ok(params) = CallbackParams::read(callback_url, form_body, redirect_uri) else {
            return Ok(Finished::NothingToDo);
        };
        // Another page, with other settings, may have begun this login.
        self.config.check_choices()?;
        if addressee == Addressee::Nobody
            && params.signed_document()?.is_some()
            && let Some(state) = claimed_states(callback_url, form_body).first()
        {
            // A document that belongs to no login must not cause a request for keys.
            return self.calmly(Err(pending_store::no_such_login(&*self.platform, state)?.into())).await;
        }
        let (params, document) = self.opened(params).await?;
        let state = params.state()?.to_owned();
        let result = self.redeem(params, &state, document).await;
        // A rejected answer is not the result of this login: the right answer may still arrive.
        if !matches!(result, Err(LoginError::Response(_) | LoginError::StorageBlocked)) {
            *self.finished.borrow_mut() = Some((state, copy_of(&result)));
        }
        self.calmly(result).await
    }

    /// A callback opened again, by a reload or from a bookmark, is no error for a signed-in user.
    async fn calmly(&self, result: Result<Session<P>, LoginError>) -> Result<Finished<P>, LoginError> {
        if matches!(result, Err(LoginError::Response(ResponseError::AlreadyUsed)))
            && let Some(session) = self.resume().await
        {
            return Ok(Finished::SignedIn(session));
        }
        result.map(Finished::SignedIn)
    }

    /// Whether this address, or its form body, holds the answer to a login that another client (another issuer, client
    /// identifier or redirect URI) began in this tab, and the answer arrived at the redirect URI of that login. If so,
    /// leave it to that client.
    pub fn is_for_another(&self, callback_url: &str, form_body: Option<&str>) -> bool {
        matches!(self.addressee(callback_url, form_body), Ok(Addressee::AnotherClient))
    }

    /// Which client the answer belongs to, by the login that it claims. Changes no slot.
    fn addressee(&self, callback_url: &str, form_body: Option<&str>) -> Result<Addressee, StoreBlocked> {
        let arrived_at = |redirect_uri: &str| CallbackParams::read(callback_url, form_body, redirect_uri).is_ok();
        // An answer may claim several states; the client that reads it refuses it for that.
        for state in claimed_states(callback_url, form_body) {
            let in_child_window =
                self.child_windows.borrow().iter().find(|pending| pending.state.expose() == state).cloned();
            let pending = match in_child_window {
                Some(pending) => pending,
                None => match pending_store::find(&*self.platform, &state)? {
                    Some(pending) => pending,
                    None => continue,
                },
            };
            let is_there = arrived_at(&pending.redirect_uri);
            return Ok(match (is_there, self.is_ours(&pending)) {
                (true, true) => Addressee::ThisClient,
                (true, false) => Addressee::AnotherClient,
                (false, true) => Addressee::Misdirected,
                // Left to the client that the address belongs to, which refuses it.
                (false, false) if !arrived_at(&self.config.redirect_uri) => Addressee::AnotherClient,
                (false, false) => Addressee::Misdirected,
            });
        }
        Ok(Addressee::Nobody)
    }

    /// Whether this client began the login: same issuer, client identifier and redirect URI.
    fn is_ours(&self, pending: &PendingLogin) -> bool {
        let ClientConfig { issuer, client_id, redirect_uri, .. } = &self.config;
        pending.server.issuer == *issuer && pending.client_id == *client_id && pending.redirect_uri == *redirect_uri
    }

    pub(super) fn is_of_child_window(&self, state: &str) -> bool {
        self.child_windows.borrow().iter().any(|pending| pending.state.expose() == state)
    }

    /// Opens a signed answer: nothing in it is read before the check. Also returns the signed document and its arrival
    /// time by the device clock.
    async fn opened(&self, params: CallbackParams) -> Result<(CallbackParams, Option<(String, i64)>), LoginError> {
        let Some(document) = params.signed_document()? else { return Ok((params, None)) };
        if !self.config.response_mode.is_signed() {
            return Err(ResponseError::UnexpectedJarm.into());
        }
        let arrived = (document.to_owned(), self.platform.now());
        let inside = signatures::check_response(&*self.platform, &self.config, document).await?;
        Ok((params.with_signed(inside), Some(arrived)))
    }

    async fn redeem(
        &self,
        params: CallbackParams,
        state: &str,
        document: Option<(String, i64)>,
    ) -> Result<Session<P>, LoginError> {
        let platform = &*self.platform;
        let in_child_window =
            self.child_windows.borrow_mut().extract_if(.., |pending| pending.state.expose() == state).next();
        let pending = match in_child_window {
            Some(pending) => pending,
            // Checks the owner again, by the state in the signed document, before anything is removed.
            None => pending_store::take(platform, state, |pending| self.is_ours(pending))??,
        };
        *self.begun.borrow_mut() = None;
        // Some authorizers announce `iss` and omit it in answers to `prompt=none`. Such an answer is rejected like any
        // without `iss`; but a silent sign-in still reports its usual result: the user is not signed in.
        let needs_person = params.claimed_refusal().filter(OAuthError::needs_person);
        let accepted = match params.judge(pending, platform.now()) {
            Ok(Judged::Code(accepted)) => accepted,
            Ok(Judged::Refused(refused)) => return Err(LoginError::Refused(refused)),
            Err(error @ ResponseError::IssMissing) if needs_person.is_some() => {
                return Err(LoginError::Response(error)
                    .with_response(ResponseInfo { error: needs_person, ..ResponseInfo::default() }));
            }
            Err(error) => return Err(error.into()),
        };
        let key = match &accepted.pending().key {
            Some(bound) => Some(keys::find(&*self.platform, bound).await?),
            // A page without DPoP began the login: its tokens could not be bound.
            None if self.config.dpop => return Err(LoginError::KeyLost),
            None => None,
        };
        let transport =
            Transport::new(Rc::clone(&self.platform), &accepted.pending().server, key, &self.config.redirect_uri);
        self.exchange(accepted, transport, document).await
    }

    async fn exchange(
        &self,
        accepted: AcceptedCallback,
        transport: Transport<P>,
        document: Option<(String, i64)>,
    ) -> Result<Session<P>, LoginError> {
        let platform = &*self.platform;
        let (request, expected) = accepted.into_token_request();
        let sent_at = platform.now();
        let context = TokenContext {
            grant: Grant::AuthorizationCode,
            requested_scope: &expected.scope,
            openid: expected.scope.contains("openid"),
            dpop: transport.dpop(),
        };
        // Never repeated, also after a network error: the code may have been used (RFC 6749, section 4.1.2). A refused
        // proof is an exception: then the code was not looked at.
        let tokens = token_endpoint::ask(&transport, Phase::Token, &request, context).await?;
        let id_token = match &tokens.id_token {
            Some(text) => {
                let token = signatures::Received { text, access_token: &tokens.access_token, original: None, sent_at };
                Some((signatures::check_id_token(&transport, &self.config, &expected, &token).await?, text.clone()))
            }
            None => None,
        };
        if let Some(document) = document {
            let token = id_token.as_ref().map(|(token, _)| token);
            signatures::confirm_response(&transport, &self.config, &document, token)?;
        }
        if let Some(bound) = &expected.key {
            keys::keep(platform, bound, self.config.storage).await?;
        }
        let mut name = [0; 12];
        platform.fill(&mut name).map_err(|_| LoginError::NoEntropy)?;
        let tokens = Tokens::received(tokens, platform);
        let signed_out_before = Origin::signed_out_before(platform, &self.config);
        let origin = Origin { name: base64url::encode(&name), signed_out_before, expected, id_token };
        let session = Session::start(self.config.clone(), transport, origin, tokens);
        let before = Session::find_persisted(platform, &self.config);
        session.keep();
        self.tidy_up_after(before, &session).await;
        Ok(session)
    }
}
