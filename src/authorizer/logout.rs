//! Sign-out at the request of the client (OpenID Connect RP-Initiated Logout 1.0).
//!
//! Anyone can put a link to this page anywhere. So the page asks the person, unless the link carries an ID token of the
//! session that it ends. The server recognises the token by its `sid`, which only holders of a token of the session
//! know, and by the codes of the session. This replaces the check of a signature and needs no key.

use crate::protocol::form::{Form, Params};
use crate::protocol::json::{Object, Value};
use crate::protocol::jws::Compact;

use super::context::Context;
use super::http::Response;
use super::pages;
use super::store::digest;
use super::store::grant::{Code, Grant};
use super::store::request::{INTERACTION_LIFE, Interaction, Session, SignOut};
use super::switches::Switch;

/// The client and the session that an ID token names.
struct Hint {
    client_id: String,
    sid: String,
}

impl Context<'_> {
    pub(super) fn logout(&mut self) -> Response {
        let parameters = Params::parse(self.parameters());
        if parameters.first_repeated().is_some() {
            return self.refuse_sign_out("S-16", "The link repeats a parameter.");
        }
        let hint = parameters.get("id_token_hint").and_then(|token| self.valid_hint(token));
        let named = parameters.get("client_id");
        if let (Some(hint), Some(client_id)) = (&hint, named)
            && hint.client_id != client_id
        {
            return self.refuse_sign_out("S-36", "The ID token was issued to another app than the link names.");
        }
        let client_id = hint.as_ref().map(|hint| hint.client_id.as_str()).or(named);
        let target = match parameters.get("post_logout_redirect_uri") {
            None => None,
            Some(uri) if self.may_return_to(client_id, uri) => Some(uri),
            Some(_) => {
                return self.refuse_sign_out(
                    "S-36",
                    "The link names an address to return to that is not registered for the app.",
                );
            }
        };
        let target = target.filter(|_| !self.has(Switch::LogoutNoReturn));
        let state = match self.has(Switch::LogoutState) {
            true => Some("another-state"),
            false => parameters.get("state"),
        };
        let signed_out_target = target.map(|target| with_state(target, state));
        let session = self.session();
        match (hint, session) {
            (Some(hint), _) => {
                self.end_session(&hint.sid);
                signed_out_target
                    .map_or_else(|| pages::signed_out(&self.issuer, None), |target| Response::see_other(&target))
            }
            // Nothing to end. The page shows the target, so that the author of the link cannot redirect unseen.
            (None, None) => pages::signed_out(&self.issuer, signed_out_target.as_deref()),
            (None, Some(login)) => {
                self.note("S-36", "There is no valid id_token_hint, so the person is asked.");
                let id = self.secret();
                let expires = self.now + INTERACTION_LIFE;
                let waiting = SignOut { target: target.map(str::to_owned), state: state.map(str::to_owned), expires };
                self.put(&digest(&id), &waiting);
                pages::ask_sign_out(&self.issuer, self.config, &id, &login, target)
            }
        }
    }

    /// The decision of the person on the page that asks.
    pub(super) fn sign_out(&mut self) -> Response {
        let form = Params::parse(&self.request.body);
        let id = form.get("interaction").filter(|_| form.first_repeated().is_none() && self.request.is_form());
        let Some(waiting) = id.map(digest).and_then(|id| self.take::<SignOut>(&id)) else {
            return self.page_is_over();
        };
        if form.get("decision") != Some("sign-out") {
            // Without the state: the app takes the state for a completed sign-out.
            return pages::still_signed_in(&self.issuer, waiting.target.as_deref());
        }
        if let Some(login) = self.session() {
            self.end_session(&login.sid);
        }
        match waiting.target {
            Some(target) => Response::see_other(&with_state(&target, waiting.state.as_deref())),
            None => pages::signed_out(&self.issuer, None),
        }
    }

    /// Ends the session and everything that came from it: every token (RFC 10017, section 6.3.2.3), every code that was
    /// not exchanged yet, and every page that waits for consent.
    fn end_session(&mut self, sid: &str) {
        for (id, session) in self.store.all::<Session>(&self.issuer.tag) {
            if session.login.sid == sid {
                self.remove::<Session>(&id);
            }
        }
        let grants = self.store.all::<Grant>(&self.issuer.tag);
        for (id, grant) in grants {
            if grant.login.sid == sid {
                self.remove::<Grant>(&id);
            }
        }
        for (id, code) in self.store.all::<Code>(&self.issuer.tag) {
            // A spent code is remembered, so that its replay is noticed.
            if code.login.sid == sid && code.spent.is_none() {
                self.remove::<Code>(&id);
            }
        }
        for (id, waiting) in self.store.all::<Interaction>(&self.issuer.tag) {
            if waiting.login.is_some_and(|login| login.sid == sid) {
                self.remove::<Interaction>(&id);
            }
        }
    }

    /// Reads an ID token, perhaps expired, of a session that still exists at this issuer or still has tokens.
    fn valid_hint(&self, token: &str) -> Option<Hint> {
        let compact = Compact::parse(token).ok()?;
        let claims = Object::from_octets(&compact.payload).ok()?;
        let client_id = claims.get("aud").and_then(Value::as_str)?;
        let sid = claims.str("sid")?;
        let is_session = self.session().is_some_and(|login| login.sid == sid);
        let is_grant = || self.store.all::<Grant>(&self.issuer.tag).iter().any(|(_, grant)| grant.login.sid == sid);
        // The records show that the client got a token of this session: the `aud` of the token need not be trusted.
        let codes = || self.store.all::<Code>(&self.issuer.tag);
        let is_of_client = || codes().iter().any(|(_, code)| code.login.sid == sid && code.client_id == client_id);
        let is_valid = (is_session || is_grant()) && is_of_client();
        is_valid.then(|| Hint { client_id: client_id.to_owned(), sid: sid.to_owned() })
    }

    fn may_return_to(&self, client_id: Option<&str>, uri: &str) -> bool {
        let client = client_id.and_then(|client_id| self.client(client_id));
        client.is_some_and(|client| client.post_logout_redirect_uris.iter().any(|known| known == uri))
    }

    fn refuse_sign_out(&mut self, check: &'static str, why: &'static str) -> Response {
        self.note(check, why);
        pages::not_redirected(&self.issuer, why, None)
    }
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    match state {
        None => uri.to_owned(),
        Some(state) => {
            let separator = if uri.contains('?') { '&' } else { '?' };
            format!("{uri}{separator}{}", Form::new().with("state", state).finish())
        }
    }
}
