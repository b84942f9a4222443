//! The authorization endpoint: judges the request, then finds out whether the person has to be asked.

use crate::protocol::authorization_request::ResponseMode;
use crate::protocol::form::Params;
use crate::protocol::json::Object;
use crate::protocol::jws::Compact;
use crate::protocol::pkce::{ChallengeMethod, CodeChallenge};
use crate::protocol::redirect_uri;
use crate::protocol::scope::Scope;

use super::call::{Call, Refusal};
use super::http::Response;
use super::pages;
use super::people::SCOPES;
use super::records::{AcceptedRequest, Challenge, Login, ReturnPath, SpentChallenge};
use super::switches::Switch;

/// What `prompt` asks for (OpenID Connect Core, section 3.1.2.1).
#[derive(Default, Clone, Copy)]
struct Prompt {
    none: bool,
    login: bool,
    consent: bool,
    select_account: bool,
}

/// A request that passed, and what it demands of the person's sign-in.
struct Demand {
    request: AcceptedRequest,
    prompt: Prompt,
    /// Oldest acceptable sign-in, in seconds.
    max_age: Option<i64>,
}

impl Call<'_> {
    pub(super) fn authorize(&mut self) -> Response {
        let parameters = Params::parse(self.parameters());
        let back = match self.return_path(&parameters) {
            Ok(back) => back,
            Err(page) => return page,
        };
        match self.judge(&parameters, &back) {
            Ok(demand) => self.proceed(demand),
            Err(refusal) => self.refuse_request(&back, refusal, parameters.get("prompt") == Some("none")),
        }
    }

    /// Where the answer may go. Until that is known nothing is sent anywhere: the browser stays on a page
    /// of ours (RFC 6749, section 4.1.2.1).
    fn return_path(&mut self, parameters: &Params<'_>) -> Result<ReturnPath, Response> {
        let page = |call: &mut Self, check, why, received: Option<&str>| {
            call.note(check, why);
            Err(pages::not_redirected(&call.issuer, why, received))
        };
        if parameters.repeats("client_id") || parameters.repeats("redirect_uri") {
            return page(self, "S-16", "The link names the app, or the address to return to, twice.", None);
        }
        let client_id = parameters.get("client_id");
        let Some(client) = client_id.and_then(|client_id| self.client(client_id)) else {
            return page(self, "S-02", "The link names an app that is not registered here.", client_id);
        };
        let given = parameters.get("redirect_uri").unwrap_or_default();
        if !redirect_uri::is_registered(&client.redirect_uris, given) {
            return page(
                self,
                "S-01",
                "The link names an address to return to that is not registered for the app, letter by letter.",
                Some(given),
            );
        }
        let mode = parameters.get("response_mode").filter(|_| !parameters.repeats("response_mode"));
        Ok(ReturnPath {
            redirect_uri: given.to_owned(),
            mode: mode.and_then(offered_mode).unwrap_or_default(),
            state: parameters.get("state").filter(|_| !parameters.repeats("state")).map(str::to_owned),
        })
    }

    fn judge(&mut self, parameters: &Params<'_>, back: &ReturnPath) -> Result<Demand, Refusal> {
        let invalid = |check, why| Err(Refusal::new(check, "invalid_request", why));
        // Only `resource` may stand there more than once (RFC 8707, section 2).
        if parameters.iter().any(|(name, _)| name != "resource" && parameters.repeats(name)) {
            return invalid("S-16", "A parameter stands in the request twice.");
        }
        if parameters.get("request").is_some() {
            return Err(Refusal::new("S-23", "request_not_supported", "This authorizer takes no request objects."));
        }
        if parameters.get("request_uri").is_some() {
            return Err(Refusal::new(
                "S-23",
                "request_uri_not_supported",
                "This authorizer takes no references to requests.",
            ));
        }
        match parameters.get("response_type") {
            Some("code") => {}
            None => return invalid("S-16", "The request has no response_type."),
            Some(_) => {
                return Err(Refusal::new(
                    "S-16",
                    "unsupported_response_type",
                    "This authorizer hands out codes and nothing else.",
                ));
            }
        }
        if parameters.get("response_mode").is_some_and(|mode| offered_mode(mode).is_none()) {
            return invalid("S-22", "This authorizer does not know that response_mode.");
        }
        let challenge = self.challenge(parameters)?;
        let scope = known_scope(parameters.get("scope"))?;
        let prompt = prompt(parameters.get("prompt"))?;
        let max_age = match parameters.get("max_age").map(str::parse::<u32>) {
            None => None,
            Some(Ok(seconds)) => Some(i64::from(seconds)),
            Some(Err(_)) => return invalid("S-16", "The max_age of the request is not a number of seconds."),
        };
        let login_hint = parameters.get("login_hint").map(str::to_owned);
        let request = AcceptedRequest {
            client_id: parameters.get("client_id").unwrap_or_default().to_owned(),
            back: back.clone(),
            challenge,
            nonce: parameters.get("nonce").map(str::to_owned),
            scope,
            ask_consent: prompt.consent,
            login_hint: login_hint.or_else(|| parameters.get("id_token_hint").and_then(subject_of)),
        };
        Ok(Demand { request, prompt, max_age })
    }

    /// PKCE: required, S256 only, never twice with the same secret (RFC 9700, section 2.1.1).
    fn challenge(&mut self, parameters: &Params<'_>) -> Result<Option<Challenge>, Refusal> {
        let refused = |check, why| Err(Refusal::new(check, "invalid_request", why));
        let method = parameters.get("code_challenge_method");
        let Some(text) = parameters.get("code_challenge") else {
            if self.has(Switch::PkceOptional) && method.is_none() {
                return Ok(None);
            }
            return refused("S-05", "The request has no code_challenge. This authorizer requires PKCE.");
        };
        // An absent method would mean plain (RFC 7636, section 4.3).
        let Some(method @ ChallengeMethod::S256) = method.and_then(ChallengeMethod::from_name) else {
            return refused("S-08", "The code_challenge_method must be S256.");
        };
        if !CodeChallenge::is_well_formed(text) {
            return refused("S-05", "The code_challenge is not the base64url form of a SHA-256.");
        }
        if self.get::<SpentChallenge>(text).is_some() {
            return refused("S-08", "The code_challenge was used before. Each sign-in needs a secret of its own.");
        }
        Ok(Some(Challenge { method, text: text.to_owned() }))
    }

    /// Answers at once, or shows the page that the person has to see first.
    fn proceed(&mut self, demand: Demand) -> Response {
        let Demand { request, prompt, max_age } = demand;
        match self.session().filter(|login| self.is_good_enough(login, &request, prompt, max_age)) {
            Some(login) if self.may_skip_consent(&request, &login) => self.answer_with_code(request, login),
            Some(_) if prompt.none => {
                let refusal = Refusal::new(
                    "S-21",
                    "consent_required",
                    "The person has not allowed this yet, and no page may be shown.",
                );
                self.answer_with_error(&request.back, refusal)
            }
            Some(login) => {
                let id = self.wait(request, Some(login));
                Response::see_other(&self.page_url("consent", &id))
            }
            None if prompt.none => {
                let refusal =
                    Refusal::new("S-04", "login_required", "Nobody suitable is signed in, and no page may be shown.");
                self.answer_with_error(&request.back, refusal)
            }
            None => {
                let id = self.wait(request, None);
                Response::see_other(&self.page_url("sign-in", &id))
            }
        }
    }

    fn is_good_enough(&self, login: &Login, request: &AcceptedRequest, prompt: Prompt, max_age: Option<i64>) -> bool {
        // `max_age=0` is another way to say `prompt=login`.
        let is_recent = max_age.is_none_or(|seconds| seconds > 0 && self.now - login.auth_time <= seconds);
        let is_expected = request.login_hint.as_deref().is_none_or(|hint| super::people::is_meant(&login.sub, hint));
        is_recent && is_expected && !prompt.login && !prompt.select_account
    }
}

/// The scopes that this server knows. Others are passed over (OpenID Connect Core, section 3.1.2.1).
fn known_scope(text: Option<&str>) -> Result<Scope, Refusal> {
    let asked = Scope::parse(text.unwrap_or_default());
    let known: Vec<&str> = asked.words().filter(|word| SCOPES.iter().any(|(name, _)| name == word)).collect();
    if known.is_empty() {
        return Err(Refusal::new("S-16", "invalid_scope", "The request asks for no scope that this authorizer knows."));
    }
    Ok(Scope::parse(&known.join(" ")))
}

fn prompt(text: Option<&str>) -> Result<Prompt, Refusal> {
    let mut prompt = Prompt::default();
    let words = Scope::parse(text.unwrap_or_default());
    for word in words.words() {
        match word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            _ => return Err(Refusal::new("S-16", "invalid_request", "This authorizer does not know that prompt.")),
        }
    }
    if prompt.none && words.words().count() > 1 {
        return Err(Refusal::new("S-16", "invalid_request", "The prompt asks for no page and for a page at once."));
    }
    Ok(prompt)
}

/// Whom an ID token names. Only a hint, like `login_hint`: it decides nothing but which page is shown.
fn subject_of(id_token: &str) -> Option<String> {
    let compact = Compact::parse(id_token).ok()?;
    let claims = Object::from_octets(&compact.payload).ok()?;
    claims.str("sub").map(str::to_owned)
}

/// The response mode of that name, if it is one of those that the metadata names.
fn offered_mode(name: &str) -> Option<ResponseMode> {
    ResponseMode::from_name(name).filter(|mode| !mode.is_signed())
}
