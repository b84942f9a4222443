//! The authorization endpoint: judges the request, then finds out whether the person has to be asked.

use crate::protocol::form::Params;
use crate::protocol::json::Object;
use crate::protocol::jws::Compact;
use crate::protocol::pkce::{ChallengeMethod, CodeChallenge, CodeVerifier};
use crate::protocol::redirect_uri;
use crate::protocol::scope::Scope;
use crate::protocol::url::AbsoluteUrl;

use super::answer::response_mode;
use super::context::Context;
use super::grant_details::GrantDetails;
use super::http::Response;
use super::pages::Compared;
use super::refusal::Refusal;
use super::store::grant::SpentChallenge;
use super::store::request::{AcceptedRequest, Challenge, Login, ReturnPath};
use super::switches::Switch;
use super::{Reply, pages};

/// What `prompt` asks for (OpenID Connect Core, section 3.1.2.1).
#[derive(Default, Clone, Copy)]
struct Prompt {
    none: bool,
    login: bool,
    consent: bool,
    select_account: bool,
}

/// An accepted request, and its demands on the sign-in.
pub(super) struct Demand {
    pub(super) request: AcceptedRequest,
    prompt: Prompt,
    /// Maximum age of the sign-in, in seconds.
    max_age: Option<i64>,
}

impl Context<'_> {
    pub(super) fn authorize(&mut self) -> Reply {
        let parameters = Params::parse(self.parameters());
        match self.take_pushed(&parameters) {
            None => self.answer(&parameters, None),
            Some(Ok(pushed)) => self.answer(&Params::parse(&pushed.parameters), Some(pushed.jkt)),
            Some(Err(page)) => page.into(),
        }
    }

    /// `pushed` is for a pushed request: the key that it is bound to, if any.
    fn answer(&mut self, parameters: &Params<'_>, pushed: Option<Option<String>>) -> Reply {
        let back = match self.return_path(parameters) {
            Ok(back) => back,
            Err(refusal) => {
                let client = || parameters.get("client_id").and_then(|client_id| self.client(client_id));
                let compared = match refusal.check {
                    "S-01" => Some(Compared {
                        received: parameters.get("redirect_uri").unwrap_or_default(),
                        registered: client().map_or_else(Vec::new, |client| client.redirect_uris.iter().collect()),
                        option: "redirect_uris",
                    }),
                    "S-02" => Some(Compared {
                        received: parameters.get("client_id").unwrap_or_default(),
                        registered: self.config.clients.iter().map(|client| &client.client_id).collect(),
                        option: "client_id",
                    }),
                    _ => None,
                };
                let page = pages::not_redirected(&self.issuer, refusal.why, compared);
                self.note(refusal.check, refusal.why);
                return page.into();
            }
        };
        let requires_par = self.client(&back.client_id).is_some_and(|client| client.requires_par);
        let judged = match pushed {
            None if requires_par || self.has(Switch::ParRequired) => {
                Err(Refusal::new("S-23", "invalid_request", "This authorizer takes only pushed requests."))
            }
            None => self.judge(parameters, &back),
            Some(jkt) => self.judge(parameters, &back).map(|mut demand| {
                demand.request.details.jkt = jkt;
                demand
            }),
        };
        match judged {
            Ok(demand) => self.proceed(demand),
            Err(refusal) => self.refuse_request(&back, refusal, parameters.get("prompt") == Some("none")),
        }
    }

    /// Where the response may go. Until that is known the server does not redirect (RFC 6749, section 4.1.2.1).
    pub(super) fn return_path(&self, parameters: &Params<'_>) -> Result<ReturnPath, Refusal> {
        let refused = |check, why| Err(Refusal::new(check, "invalid_request", why));
        if parameters.repeats("client_id") || parameters.repeats("redirect_uri") {
            return refused("S-16", "The link names the app, or the address to return to, twice.");
        }
        let client_id = parameters.get("client_id").unwrap_or_default();
        let Some(client) = self.client(client_id) else {
            return refused("S-02", "The link names an app that is not registered here.");
        };
        let given = parameters.get("redirect_uri").unwrap_or_default();
        if !redirect_uri::is_registered(&client.redirect_uris, given) && !self.is_near(&client.redirect_uris, given) {
            return refused("S-01", "The address to return to is not exactly one that is registered for the app.");
        }
        let mode = parameters.get("response_mode").filter(|_| !parameters.repeats("response_mode"));
        Ok(ReturnPath {
            client_id: client_id.to_owned(),
            redirect_uri: given.to_owned(),
            response_mode: mode.and_then(response_mode).unwrap_or_default(),
            state: parameters.get("state").filter(|_| !parameters.repeats("state")).map(str::to_owned),
        })
    }

    /// Whether a weakness takes a redirect URI that is not registered for one that is.
    fn is_near(&self, registered: &[String], given: &str) -> bool {
        let Ok(url) = AbsoluteUrl::parse(given) else { return false };
        let place = |url: &AbsoluteUrl<'_>| [url.scheme, url.host(), url.path].join(" ");
        registered.iter().any(|known| {
            let Ok(own) = AbsoluteUrl::parse(known) else { return false };
            (self.has(Switch::RedirectUriByPrefix) && given.starts_with(known.as_str()))
                || (self.has(Switch::RedirectUriByOrigin) && own.origin() == url.origin())
                || (self.has(Switch::RedirectUriAnyPort) && place(&own) == place(&url))
        })
    }

    pub(super) fn judge(&mut self, parameters: &Params<'_>, back: &ReturnPath) -> Result<Demand, Refusal> {
        let invalid = |check, why| Err(Refusal::new(check, "invalid_request", why));
        if repeats(parameters) {
            return invalid("S-16", "The request repeats a parameter.");
        }
        if parameters.get("request").is_some() {
            return Err(Refusal::new("S-23", "request_not_supported", "This authorizer takes no request objects."));
        }
        if parameters.get("request_uri").is_some() {
            return Err(Refusal::new(
                "S-23",
                "request_uri_not_supported",
                "This authorizer takes references to pushed requests only.",
            ));
        }
        match parameters.get("response_type") {
            Some("code") => {}
            Some("token") if self.has(Switch::ImplicitAllowed) => {}
            None => return invalid("S-16", "The request has no response_type."),
            Some(_) => {
                return Err(Refusal::new("S-16", "unsupported_response_type", "This authorizer issues only codes."));
            }
        }
        if parameters.get("response_mode").is_some_and(|mode| response_mode(mode).is_none()) {
            return invalid("S-22", "This authorizer does not know that response_mode.");
        }
        let implicit = parameters.get("response_type") == Some("token");
        let challenge = if implicit { None } else { self.challenge(parameters)? };
        let details = GrantDetails::asked(parameters)?;
        // The scope alone decides which claims are returned where. Malformed `claims` are an error all the same.
        if parameters.get("claims").is_some_and(|claims| Object::parse(claims).is_err()) {
            return invalid("S-16", "The claims of the request are not a JSON object.");
        }
        let prompt = prompt(parameters.get("prompt"))?;
        let max_age = match parameters.get("max_age").map(str::parse::<u32>) {
            None => None,
            Some(Ok(seconds)) => Some(i64::from(seconds)),
            Some(Err(_)) => return invalid("S-16", "The max_age of the request is not a number of seconds."),
        };
        let login_hint = parameters.get("login_hint").map(str::to_owned);
        let request = AcceptedRequest {
            back: back.clone(),
            challenge,
            nonce: parameters.get("nonce").map(str::to_owned),
            details,
            ask_consent: prompt.consent,
            implicit,
            login_hint: login_hint.or_else(|| parameters.get("id_token_hint").and_then(subject_of)),
        };
        Ok(Demand { request, prompt, max_age })
    }

    /// PKCE is required, with S256 only, and never twice with the same secret (RFC 9700, section 2.1.1).
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
        let known = match method {
            None => Some(ChallengeMethod::Plain),
            Some(name) => ChallengeMethod::from_name(name),
        };
        let method = match known {
            Some(ChallengeMethod::S256) if CodeChallenge::is_well_formed(text) => ChallengeMethod::S256,
            Some(ChallengeMethod::S256) => {
                return refused("S-05", "The code_challenge is not the base64url form of a SHA-256.");
            }
            Some(ChallengeMethod::Plain) if self.has(Switch::PlainAccepted) && CodeVerifier::parse(text).is_ok() => {
                ChallengeMethod::Plain
            }
            _ => return refused("S-08", "The code_challenge_method must be S256."),
        };
        if self.get::<SpentChallenge>(text).is_some() {
            return refused("S-08", "The code_challenge was used before. Each sign-in needs its own secret.");
        }
        Ok(Some(Challenge { code_challenge_method: method, code_challenge: text.to_owned() }))
    }

    /// Answers at once, or shows the page that the person has to see first.
    fn proceed(&mut self, demand: Demand) -> Reply {
        let Demand { mut request, prompt, max_age } = demand;
        if self.has(Switch::Unsolicited) {
            request.back.state = Some(self.secret());
            // Somebody else, where there are several.
            let sub = self.config.people.last().map(|person| person.sub.clone()).unwrap_or_default();
            let login = Login { sub, auth_time: self.now, sid: self.secret() };
            return self.answer_with_code(request, login);
        }
        let known = self.session();
        let known = match &self.config.sign_in_as {
            // No page: the sign-in is as recent as the request asks for.
            Some(sub) if !known.as_ref().is_some_and(|login| self.is_good_enough(login, &request, prompt, max_age)) => {
                Some(self.open_session(sub))
            }
            _ => known.filter(|login| self.is_good_enough(login, &request, prompt, max_age)),
        };
        match known {
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
                Response::see_other(&self.page_url("consent", &id)).into()
            }
            None if prompt.none => {
                let refusal =
                    Refusal::new("S-04", "login_required", "No suitable session exists, and no page may be shown.");
                self.answer_with_error(&request.back, refusal)
            }
            None => {
                let id = self.wait(request, None);
                Response::see_other(&self.page_url("sign-in", &id)).into()
            }
        }
    }

    fn is_good_enough(&self, login: &Login, request: &AcceptedRequest, prompt: Prompt, max_age: Option<i64>) -> bool {
        // `max_age=0` means the same as `prompt=login`.
        let is_recent = max_age.is_none_or(|seconds| seconds > 0 && self.now - login.auth_time <= seconds);
        let is_expected = request
            .login_hint
            .as_deref()
            .is_none_or(|hint| self.config.person(&login.sub).is_some_and(|person| person.is_meant(hint)));
        is_recent && is_expected && !prompt.login && !prompt.select_account
    }
}

/// Whether a parameter is repeated. Only `resource` may be (RFC 8707, section 2).
pub(super) fn repeats(parameters: &Params<'_>) -> bool {
    parameters.iter().any(|(name, _)| name != "resource" && parameters.repeats(name))
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
    if prompt.none && words.words().len() > 1 {
        return Err(Refusal::new("S-16", "invalid_request", "The prompt asks for no page and for a page at once."));
    }
    Ok(prompt)
}

/// The subject of an ID token. It is a hint, like `login_hint`: it only decides which page is shown.
fn subject_of(id_token: &str) -> Option<String> {
    let compact = Compact::parse(id_token).ok()?;
    let claims = Object::from_octets(&compact.payload).ok()?;
    claims.str("sub").map(str::to_owned)
}
