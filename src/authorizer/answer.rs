//! The authorization response: what goes back to the client, and how (RFC 6749, section 4.1.2; RFC 9207).

use crate::protocol::form::Form;
use crate::protocol::json::Writer;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::url::AbsoluteUrl;

use super::context::Context;
use super::http::Response;
use super::issue::PendingSignature;
use super::issuer::Issuer;
use super::refusal::Refusal;
use super::store::digest;
use super::store::grant::{Access, Code, Grant};
use super::store::request::{AcceptedRequest, Login, ReturnPath};
use super::switches::{Document, Switch};
use super::{Reply, pages};

/// How long a signed response is valid, in seconds (JWT Secured Authorization Response Mode, section 2.1: at most ten
/// minutes).
const SIGNED_LIFE: i64 = 300;

/// The mode name for the signed form of the default mode.
const JWT: &str = "jwt";

/// How long an access token in the address lives, in seconds.
const IMPLICIT_LIFE: i64 = 300;

type Parameters = Vec<(&'static str, String)>;

/// Every `response_mode` of this server: those of the protocol, and `jwt`, the signed form of the default (JWT Secured
/// Authorization Response Mode, section 2.3.4).
pub(super) fn response_modes() -> impl Iterator<Item = &'static str> {
    ResponseMode::ALL.into_iter().map(ResponseMode::name).chain([JWT])
}

/// The mode with exactly that name.
pub(super) fn response_mode(name: &str) -> Option<ResponseMode> {
    if name == JWT { Some(ResponseMode::QueryJwt) } else { ResponseMode::from_name(name) }
}

impl Context<'_> {
    /// Makes a code and sends the browser back with it.
    pub(super) fn answer_with_code(&mut self, request: AcceptedRequest, login: Login) -> Reply {
        if request.implicit {
            return self.answer_with_token(request, login);
        }
        let code = self.secret();
        let record = Code {
            client_id: request.back.client_id.clone(),
            redirect_uri: request.back.redirect_uri.clone(),
            challenge: request.challenge,
            nonce: request.nonce,
            details: request.details,
            login,
            expires: self.now + self.config.lifetimes.code,
            failures: 0,
            spent: None,
        };
        self.put(&digest(&code), &record);
        let mut parameters = vec![("code", code)];
        self.identify(&mut parameters, &request.back);
        self.issuer.behaviour.edit_parameters(Document::CodeAnswer, &mut parameters);
        self.deliver(&request.back, parameters)
    }

    /// Sends the browser back with an access token, as no server should (RFC 9700, section 2.1.2).
    fn answer_with_token(&mut self, request: AcceptedRequest, login: Login) -> Reply {
        let (grant_id, token) = (digest(&self.secret()), self.secret());
        let expires = self.now + IMPLICIT_LIFE;
        let AcceptedRequest { back, details, .. } = request;
        let (scope, resources) = (details.scope.clone(), details.resources.clone());
        self.put(&grant_id, &Grant { client_id: back.client_id.clone(), details, login, expires });
        self.put(&digest(&token), &Access { grant: grant_id, scope, resources, jkt: None, expires });
        let mut parameters = vec![
            ("access_token", token),
            ("token_type", "Bearer".to_owned()),
            ("expires_in", IMPLICIT_LIFE.to_string()),
        ];
        self.identify(&mut parameters, &back);
        self.deliver(&ReturnPath { response_mode: ResponseMode::Fragment, ..back }, parameters)
    }

    /// Sends the browser back with a refusal. The person has been asked, or must not be (`prompt=none`).
    pub(super) fn answer_with_error(&mut self, back: &ReturnPath, refusal: Refusal) -> Reply {
        let parameters = self.error_parameters(back, refusal);
        self.deliver(back, parameters)
    }

    /// Refuses a request before the person was asked anything.
    ///
    /// With an immediate redirect, the author of a link could send people to the redirect URI through this server. So a
    /// page shows the target, and the person decides (RFC 9700, section 4.11.2). The redirect is immediate only with
    /// `prompt=none` (`silent`), and where an attacker gains nothing: the target is this origin, or the person is
    /// signed in.
    pub(super) fn refuse_request(&mut self, back: &ReturnPath, refusal: Refusal, silent: bool) -> Reply {
        let parameters = self.error_parameters(back, refusal);
        if silent || self.session().is_some() || self.is_own_origin(&back.redirect_uri) {
            return self.deliver(back, parameters);
        }
        self.signed_if_asked(back, parameters, move |issuer, back, parameters| {
            let target = (back.response_mode.component() != ResponseMode::FormPost).then(|| location(back, parameters));
            pages::refused(issuer, &back.redirect_uri, refusal.why, target.as_deref(), parameters)
        })
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

    /// Adds the parameters that name the request and the issuer, on success and on error alike.
    fn identify(&mut self, parameters: &mut Parameters, back: &ReturnPath) {
        if let Some(state) = &back.state {
            parameters.push(("state", state.clone()));
        }
        parameters.push(("iss", self.issuer.url.clone()));
    }

    fn deliver(&self, back: &ReturnPath, mut parameters: Parameters) -> Reply {
        self.issuer.behaviour.edit_parameters(Document::Answer, &mut parameters);
        let mut back = back.clone();
        if self.has(Switch::WrongComponent) {
            back.response_mode = match back.response_mode.component() {
                ResponseMode::Query => ResponseMode::Fragment,
                _ => ResponseMode::Query,
            };
        }
        if self.has(Switch::WrongRedirectUri) {
            back.redirect_uri.push_str("/elsewhere");
        }
        self.signed_if_asked(&back, parameters, |issuer, back, parameters| match back.response_mode.component() {
            ResponseMode::FormPost => pages::form_post(issuer, &back.redirect_uri, parameters),
            _ => Response::see_other(&location(back, parameters)),
        })
    }

    /// Lets `respond` send the parameters or, if the client asked for it, one parameter `response`: a signed token with
    /// all of them (JWT Secured Authorization Response Mode, section 2.1).
    fn signed_if_asked(
        &self,
        back: &ReturnPath,
        parameters: Parameters,
        respond: impl FnOnce(&Issuer, &ReturnPath, &Parameters) -> Response + 'static,
    ) -> Reply {
        if !back.response_mode.is_signed() || self.has(Switch::JarmPlain) {
            return respond(&self.issuer, back, &parameters).into();
        }
        let claims = Writer::new().str("aud", &back.client_id).int("exp", self.clock(self.now + SIGNED_LIFE));
        // `iss` is among the parameters already.
        let claims = parameters.iter().fold(claims, |claims, (name, value)| claims.str(name, value)).finish();
        let claims = self.issuer.behaviour.edited(Document::SignedAnswer, claims);
        let (issuer, back) = (self.issuer.clone(), back.clone());
        let finish = move |token| respond(&issuer, &back, &vec![("response", token)]);
        let mut pending = PendingSignature::new(self.signing_input(None, &claims), Box::new(finish));
        pending.spoil = self.has(Switch::JarmBadSignature);
        Reply::Sign(pending)
    }
}

fn location(back: &ReturnPath, parameters: &Parameters) -> String {
    let form = parameters.iter().fold(Form::new(), |form, (name, value)| form.with(name, value)).finish();
    let redirect_uri = &back.redirect_uri;
    let separator = match back.response_mode.component() {
        ResponseMode::Fragment => '#',
        // The redirect URI keeps its own query (RFC 6749, section 3.1.2).
        _ if redirect_uri.contains('?') => '&',
        _ => '?',
    };
    format!("{redirect_uri}{separator}{form}")
}
