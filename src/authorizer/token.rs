//! The token endpoint: exchanges a code for tokens (RFC 6749, section 4.1.3; RFC 7636, section 4.6).

use crate::protocol::form::Params;
use crate::protocol::pkce::CodeVerifier;

use super::Reply;
use super::authorize::repeats;
use super::context::Context;
use super::grant_details::GrantDetails;
use super::http::{Delivery, Response, http_date};
use super::issue::Occasion;
use super::refusal::Refusal;
use super::store::digest;
use super::store::grant::{Code, Grant, Spent, SpentChallenge};
use super::switches::{Behaviour, Document, Switch};

/// How many exchanges of one code may fail. Failures do not spend it, else a thief without the secret could end every
/// sign-in. They are limited, else a thief could go on guessing.
const MAX_FAILURES: i64 = 5;

pub(super) const fn invalid_request(check: &'static str, why: &'static str) -> Refusal {
    Refusal::new(check, "invalid_request", why)
}

pub(super) const fn invalid_grant(check: &'static str, why: &'static str) -> Refusal {
    Refusal::new(check, "invalid_grant", why)
}

/// A code whose bindings the request meets.
struct Redeemable {
    id: String,
    code: Code,
}

impl Context<'_> {
    pub(super) fn token(&mut self) -> Reply {
        if self.has(Switch::ServerError) {
            return Response::new(500, "text/plain; charset=utf-8", "Internal Server Error".to_owned()).into();
        }
        if self.has(Switch::TooManyRequests) {
            return Response::json_error(429, "slow_down", "Too many requests.").with("Retry-After", "30").into();
        }
        if self.has(Switch::TokenRedirect) {
            return Response::empty(307).with("Location", format!("{}/elsewhere", self.issuer.url)).into();
        }
        if self.has(Switch::HtmlToken) {
            let page = "<!doctype html><title>Welcome</title><p>All is well.".to_owned();
            return Reply::Ready(Response::new(200, "text/html; charset=utf-8", page));
        }
        let form = Params::parse(&self.request.body);
        let document = match form.get("grant_type") {
            Some("refresh_token") => Document::RefreshResponse,
            _ => Document::TokenResponse,
        };
        let behaviour = self.issuer.behaviour;
        let reply = self.exchange(&form).unwrap_or_else(|refusal| self.refuse(refusal).into());
        reply.map(move |response| spoiled(behaviour, document, response))
    }

    fn exchange(&mut self, form: &Params<'_>) -> Result<Reply, Refusal> {
        let client_id = self.calling_client(form)?;
        let grant_type = form.get("grant_type");
        // The proof comes first: a request that comes again with a nonce must find everything unchanged.
        let jkt = self.proven_key_of_client()?;
        if jkt.is_none() && self.client(&client_id).is_some_and(|client| client.requires_dpop) {
            return Err(Refusal::new("S-39", "invalid_dpop_proof", "This client must bind its tokens to a key."));
        }
        match grant_type {
            Some("authorization_code") => self.redeem(form, &client_id, jkt),
            Some("refresh_token") => self.refresh(form, &client_id, jkt),
            None => Err(invalid_request("S-24", "The request has no grant_type.")),
            Some(_) => Err(Refusal::new(
                "S-24",
                "unsupported_grant_type",
                "This authorizer exchanges only codes and refresh tokens.",
            )),
        }
    }

    /// Checks the form of a request to the token, revocation or pushed request endpoint, and the client that sends it.
    ///
    /// Every client here is public. A client that sends a shared secret is refused: a secret in a page is known to
    /// everyone, and ignoring it would hide the mistake (RFC 10017, section 6.3.3.1).
    pub(super) fn calling_client(&self, form: &Params<'_>) -> Result<String, Refusal> {
        if !self.request.is_form() {
            return Err(invalid_request("S-24", "The body must be application/x-www-form-urlencoded."));
        }
        if repeats(form) {
            return Err(invalid_request("S-24", "The request repeats a parameter."));
        }
        let has_secret = ["client_secret", "client_assertion"].iter().any(|name| form.contains(name));
        if self.request.authorization.is_some() || has_secret {
            return Err(Refusal::new(
                "S-25",
                "invalid_client",
                "This is a public client: send client_id in the body and no secret.",
            ));
        }
        match form.get("client_id") {
            None => Err(invalid_request("S-25", "The request has no client_id.")),
            Some(client_id) if self.client(client_id).is_none() => {
                Err(Refusal::new("S-25", "invalid_client", "The client_id is not registered here."))
            }
            Some(client_id) => Ok(client_id.to_owned()),
        }
    }

    fn redeem(&mut self, form: &Params<'_>, client_id: &str, jkt: Option<String>) -> Result<Reply, Refusal> {
        let Redeemable { id, mut code } = self.find_code(form, client_id, jkt.as_deref())?;
        if let Some(spent) = code.spent.as_ref().filter(|_| !self.has(Switch::CodeReusable)) {
            // A thief has the code and the secret, or the client sent the request twice. The server cannot tell, so it
            // revokes the tokens (RFC 6749, section 4.1.2). Without the right secret no request gets here.
            let grant = spent.grant.clone();
            self.remove::<Grant>(&grant);
            return Err(invalid_grant("S-13", "The code was used before. Its tokens are revoked."));
        }
        let details = code.details.narrowed(form)?;
        let jkt = jkt.filter(|_| !self.has(Switch::DpopDowngrade));
        let grant_id = digest(&self.secret());
        let expires = self.now + self.config.lifetimes.refresh_token;
        let granted = GrantDetails { jkt: jkt.clone(), ..code.details.clone() };
        let grant = Grant { client_id: client_id.to_owned(), details: granted, login: code.login.clone(), expires };
        self.put(&grant_id, &grant);
        if let Some(challenge) = &code.challenge {
            let text = challenge.code_challenge.clone();
            self.put(&text, &SpentChallenge { until: expires });
        }
        code.spent = Some(Spent { grant: grant_id.clone(), until: expires });
        self.put(&id, &code);
        let refresh_token = self.wants_refresh_token(&grant).then(|| self.new_refresh_token(&grant_id, expires));
        Ok(self.issue_tokens(
            &grant_id,
            &grant,
            &details,
            jkt,
            Occasion::Exchange { nonce: code.nonce.as_deref() },
            refresh_token,
        ))
    }

    /// Finds the code and checks everything that it is bound to. A failure is counted; the code stays.
    fn find_code(&mut self, form: &Params<'_>, client_id: &str, jkt: Option<&str>) -> Result<Redeemable, Refusal> {
        let code = form.get("code").ok_or(invalid_request("S-24", "The request has no code."))?;
        let id = digest(code);
        let Some(mut code) = self.get::<Code>(&id) else {
            return Err(invalid_grant("S-12", "The code is unknown here, or was used and forgotten."));
        };
        if code.failures >= MAX_FAILURES {
            return Err(invalid_grant("S-14", "The code was tried too often."));
        }
        if code.spent.is_none() && self.now >= code.expires {
            return Err(invalid_grant("S-11", "The code has expired. It lives for 60 seconds."));
        }
        if let Err(refusal) = self.fits(&code, form, client_id, jkt) {
            // A spent code offers nothing to guess, and failures on it must not stop the revocation after a replay.
            if code.spent.is_none() {
                code.failures += 1;
                self.put(&id, &code);
            }
            return Err(refusal);
        }
        Ok(Redeemable { id, code })
    }

    fn fits(&self, code: &Code, form: &Params<'_>, client_id: &str, jkt: Option<&str>) -> Result<(), Refusal> {
        if code.client_id != client_id && !self.has(Switch::CodeOfAnyClient) {
            return Err(invalid_grant("S-10", "The code was issued to another client."));
        }
        let is_same_place = form.get("redirect_uri") == Some(code.redirect_uri.as_str());
        if !is_same_place && !self.has(Switch::CodeAtAnyRedirectUri) {
            return Err(invalid_grant("S-15", "The redirect_uri is not the one of the authorization request."));
        }
        if code.details.jkt.is_some() && code.details.jkt.as_deref() != jkt {
            return Err(invalid_grant("S-41", "The code is bound to a key that the request does not prove."));
        }
        let verifier = form.get("code_verifier");
        let Some(challenge) = &code.challenge else {
            // The challenge was removed from the request on its way (RFC 9700, section 4.8.2).
            return match verifier {
                Some(_) => Err(invalid_grant(
                    "S-06",
                    "There is a code_verifier, but the authorization request had no code_challenge.",
                )),
                None => Ok(()),
            };
        };
        let verifier = match verifier.map(CodeVerifier::parse) {
            None if self.has(Switch::PkceDowngrade) => return Ok(()),
            None => return Err(invalid_grant("S-07", "The request has no code_verifier.")),
            Some(Err(_)) => {
                return Err(invalid_grant("S-07", "The code_verifier is not 43 to 128 unreserved characters."));
            }
            Some(Ok(verifier)) => verifier,
        };
        let matches = challenge.code_challenge_method.verifier_matches(verifier.expose(), &challenge.code_challenge);
        if matches || self.has(Switch::VerifierNotCompared) {
            Ok(())
        } else {
            Err(invalid_grant("S-07", "The code_verifier does not match the code_challenge."))
        }
    }

    /// An error of an endpoint for scripts (RFC 6749, section 5.2).
    pub(super) fn refuse(&mut self, refusal: Refusal) -> Response {
        self.note(refusal.check, refusal.why);
        // A client with a wrong clock needs the server time, above all if its proof was refused for that.
        let date = http_date(self.clock(self.now));
        if refusal.error == "invalid_client" && self.request.authorization.is_some() {
            return Response::json_error(401, refusal.error, refusal.why)
                .with("WWW-Authenticate", "Basic realm=\"none of the clients here has a secret\"")
                .with("Date", date);
        }
        Response::json_error(400, refusal.error, refusal.why).with("Date", date)
    }
}

/// How long a slow answer takes, in milliseconds: longer than clients wait.
pub(super) const SLOW: u32 = 30_000;

/// What `token-huge` adds, in octets.
const HUGE: usize = 2_000_000;

/// A token response as the faults of the issuer leave it.
fn spoiled(behaviour: Behaviour, document: Document, mut response: Response) -> Response {
    if response.status != 200 {
        return response;
    }
    response.body = behaviour.edited(document, response.body);
    if behaviour.has(Switch::ErrorInSuccess) {
        response.body = r#"{"error":"invalid_grant","error_description":"The code is not good."}"#.to_owned();
    }
    if behaviour.has(Switch::TokenArray) {
        response.body = "[]".to_owned();
    }
    if behaviour.has(Switch::TokenNotJson) {
        response.body.truncate(response.body.len() / 2);
    }
    if behaviour.has(Switch::TokenHuge) {
        response.body.extend(std::iter::repeat_n(' ', HUGE));
    }
    if behaviour.has(Switch::TokenMediaType) {
        response.replace_header("Content-Type", Some("text/plain"));
    }
    if behaviour.has(Switch::TokenSlow) {
        response.delivery = Delivery::After(SLOW);
    }
    if behaviour.has(Switch::TokenLost) {
        response.delivery = Delivery::Never;
    }
    response
}
