//! The authorization response: what goes back to the client, and how (RFC 6749, section 4.1.2; RFC 9207).

use crate::protocol::authorization_request::ResponseMode;
use crate::protocol::form::Form;
use crate::protocol::url::AbsoluteUrl;

use super::call::{Call, Refusal};
use super::http::Response;
use super::pages;
use super::records::{AcceptedRequest, Code, Login, ReturnPath};
use super::store::digest;
use super::switches::Switch;

/// How long a code lives, in seconds (FAPI 2.0 Security Profile, section 5.3.2.1).
const CODE_LIFE: i64 = 60;

/// The issuer that the fault `wrong-iss` names.
const OTHER_ISSUER: &str = "https://other-authorizer.example";

type Parameters = Vec<(&'static str, String)>;

impl Call<'_> {
    /// Makes a code and sends the browser back with it.
    pub(super) fn answer_with_code(&mut self, request: AcceptedRequest, login: Login) -> Response {
        let code = self.secret();
        let record = Code {
            client_id: request.client_id,
            redirect_uri: request.back.redirect_uri.clone(),
            challenge: request.challenge,
            nonce: request.nonce,
            scope: request.scope,
            login,
            expires: self.now + CODE_LIFE,
            failures: 0,
            spent: None,
        };
        self.put(&digest(&code), &record);
        let mut parameters = vec![("code", code)];
        if self.has(Switch::RepeatedCode) {
            parameters.push(("code", self.secret()));
        }
        self.identify(&mut parameters, &request.back);
        self.deliver(&request.back, &parameters)
    }

    /// Sends the browser back with a refusal. The person has been asked, or must not be (`prompt=none`).
    pub(super) fn answer_with_error(&mut self, back: &ReturnPath, refusal: Refusal) -> Response {
        let parameters = self.error_parameters(back, refusal);
        self.deliver(back, &parameters)
    }

    /// Refuses a request before the person was asked anything.
    ///
    /// Whoever wrote the link could use that to send people on to the redirect URI by way of this server, so
    /// they are shown where the way goes, and go on if they like (RFC 9700, section 4.11.2). Nothing is to be
    /// won that way where the target is this very origin, or the person has signed in before.
    pub(super) fn refuse_request(&mut self, back: &ReturnPath, refusal: Refusal, silent: bool) -> Response {
        let parameters = self.error_parameters(back, refusal);
        if silent || self.session().is_some() || self.is_own_origin(&back.redirect_uri) {
            return self.deliver(back, &parameters);
        }
        let target = match back.mode.component() {
            ResponseMode::FormPost => None,
            _ => Some(location(back, &parameters)),
        };
        pages::refused(&self.issuer, &back.redirect_uri, refusal.why, target.as_deref(), &parameters)
    }

    pub(super) fn is_own_origin(&self, url: &str) -> bool {
        let origin = |text| AbsoluteUrl::parse(text).map(|url| url.origin());
        origin(url).is_ok() && origin(url) == origin(&self.config.issuer_base)
    }

    fn error_parameters(&mut self, back: &ReturnPath, refusal: Refusal) -> Parameters {
        self.note(refusal.check, refusal.why);
        let mut parameters = vec![("error", refusal.error.to_owned()), ("error_description", refusal.why.to_owned())];
        self.identify(&mut parameters, back);
        parameters
    }

    /// Says which request and which issuer an answer belongs to, on success and on error alike.
    fn identify(&mut self, parameters: &mut Parameters, back: &ReturnPath) {
        if let Some(state) = &back.state {
            let state = if self.has(Switch::WrongState) { self.secret() } else { state.clone() };
            parameters.push(("state", state));
        }
        if self.has(Switch::WrongIss) {
            parameters.push(("iss", OTHER_ISSUER.to_owned()));
        } else if !self.has(Switch::NoIss) {
            parameters.push(("iss", self.issuer.url.clone()));
        }
    }

    fn deliver(&self, back: &ReturnPath, parameters: &Parameters) -> Response {
        match back.mode.component() {
            ResponseMode::FormPost => pages::form_post(&self.issuer, &back.redirect_uri, parameters),
            _ => Response::see_other(&location(back, parameters)),
        }
    }
}

fn location(back: &ReturnPath, parameters: &Parameters) -> String {
    let form = parameters.iter().fold(Form::new(), |form, (name, value)| form.with(name, value)).finish();
    let redirect_uri = &back.redirect_uri;
    let separator = match back.mode.component() {
        ResponseMode::Fragment => '#',
        // A query of its own must stay (RFC 6749, section 3.1.2).
        _ if redirect_uri.contains('?') => '&',
        _ => '?',
    };
    format!("{redirect_uri}{separator}{form}")
}
