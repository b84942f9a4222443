//! The built-in authorizer behind the network, and a person with a browser in front of its pages.

use std::collections::HashMap;

use pkce_login::authorizer::{Authorizer, Config, Delivery, Env, Reply, Request, Response};
use pkce_login::client::ClientConfig;
use pkce_login::client::ports::{HttpFailure, HttpResponse};
use pkce_login::protocol::form::Form;
use pkce_login::protocol::id_token::Signature;
use pkce_login::protocol::json::Object;
use pkce_login::protocol::jwk::Jwk;

use super::random::Random;
use super::signer::{Signer, verify};
use super::world::{Sent, Server};

/// As much as a browser reads.
const MAX_BODY: usize = 1024 * 1024;

const ORIGIN: &str = "https://app.example";
pub(crate) const APP: &str = "https://app.example/";
pub(crate) const REDIRECT_URI: &str = "https://app.example/callback.html";

/// The app at the authorizer whose issuer has those switches; strict where there are none.
pub(crate) fn config(switches: &str) -> ClientConfig {
    let issuer = if switches.is_empty() { format!("{APP}authorizer") } else { format!("{APP}authorizer/~{switches}") };
    ClientConfig::new(issuer, "pkce-login-demo", REDIRECT_URI)
}

/// What a person does at the authorizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Person {
    SignsInAs(&'static str),
    Denies,
}

/// How the browser comes back to the app.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// The address of the callback page.
    pub(crate) url: String,
    /// The body, with `form_post`.
    pub(crate) form_body: Option<String>,
}

pub(crate) struct BuiltIn {
    authorizer: Authorizer,
    /// What a worker would have on disk.
    records: HashMap<String, String>,
    signer: Signer,
    jwk: Jwk,
    random: Random,
    /// Whether pages may read the `Date` header where the authorizer lets them.
    pub(crate) shows_date: bool,
    /// Everything that can be printed of each request, where a test wants to look at it.
    pub(crate) printed: Option<Vec<String>>,
    /// What another authorizer on the same network answers; `None` where it is not the one that is asked.
    pub(crate) beside: Option<fn(&Sent) -> Option<HttpResponse>>,
}

impl BuiltIn {
    pub(crate) fn new(seed: u64) -> Self {
        let signer = Signer::new("");
        let mut jwk = signer.public_jwk();
        jwk.as_object_mut().unwrap().remove("kid");
        let jwk = Jwk::from_object(&Object::parse(&jwk.to_string()).unwrap()).unwrap();
        Self {
            authorizer: Authorizer::new(Config::for_app(APP), []),
            records: HashMap::new(),
            signer,
            jwk,
            random: Random::new(seed),
            shows_date: true,
            printed: None,
            beside: None,
        }
    }

    /// The worker is stopped and started again: only what was persisted is left.
    pub(crate) fn restart(&mut self) {
        self.authorizer = Authorizer::new(Config::for_app(APP), self.records.clone());
    }

    /// Answers as a worker does: persist, sign, respond.
    fn handle(&mut self, request: &Request, now: i64) -> Response {
        let random = &mut self.random;
        let mut entropy = |octets: &mut [u8]| random.fill(octets);
        let env = Env { now, entropy: &mut entropy, public_jwk: &self.jwk, other_jwks: &[] };
        let mut reply = self.authorizer.handle(request, env);
        if let Reply::Verify(proof) = &reply {
            let found = verify(proof.algorithm(), proof.key(), proof.signing_input(), proof.signature());
            let env = Env { now, entropy: &mut entropy, public_jwk: &self.jwk, other_jwks: &[] };
            reply = self.authorizer.proceed(proof, found.unwrap_or(Signature::Bad), env);
        }
        let changes = self.authorizer.take_changes();
        let log = self.authorizer.take_log();
        if let Some(printed) = &mut self.printed {
            printed.push(format!("{request:?} {reply:?} {changes:?} {log:?} {:?}", self.authorizer));
        }
        for change in changes {
            match change.value {
                Some(text) => self.records.insert(change.key, text),
                None => self.records.remove(&change.key),
            };
        }
        let response = match reply {
            Reply::Ready(response) => response,
            Reply::Sign(pending) => {
                let signature = self.signer.sign(pending.signing_input().as_bytes());
                pending.finish(&signature)
            }
            Reply::Verify(_) => panic!("a proof was verified already"),
        };
        if let Some(printed) = &mut self.printed {
            printed.push(format!("{response:?}"));
        }
        response
    }

    /// The browser opens `url`, and the person answers every page. `Err` is a page that has no way back to the
    /// app, as it stands.
    pub(crate) fn visit(&mut self, url: &str, person: Person, now: i64) -> Result<Arrival, String> {
        let mut request = Request::get(url);
        for _ in 0..10 {
            let response = self.handle(&request, now);
            request = match response.header("Location") {
                Some(location) if location.starts_with(REDIRECT_URI) => {
                    return Ok(Arrival { url: location.to_owned(), form_body: None });
                }
                Some(location) => Request::get(location),
                None => match FilledIn::by(person, &response.body) {
                    Some(form) if form.action == REDIRECT_URI => {
                        return Ok(Arrival { url: form.action, form_body: Some(form.body) });
                    }
                    Some(form) => {
                        Request { origin: Some(ORIGIN.to_owned()), ..Request::post_form(form.action, form.body) }
                    }
                    None => return Err(response.body),
                },
            };
        }
        panic!("the authorizer goes round in a circle");
    }
}

impl Server for BuiltIn {
    fn answer(&mut self, request: &Sent, now: i64) -> Result<HttpResponse, HttpFailure> {
        if request.method == "HEAD" && request.url == REDIRECT_URI {
            // The host of the app, and no authorizer.
            return Ok(HttpResponse { status: 200, date: Some(now), ..HttpResponse::default() });
        }
        if let Some(response) = self.beside.and_then(|beside| beside(request)) {
            return Ok(response);
        }
        let mut carried = match request.method.as_str() {
            "POST" => Request::post_form(request.url.as_str(), request.body.as_str()),
            _ => Request::get(request.url.as_str()),
        };
        carried.origin = Some(ORIGIN.to_owned());
        carried.authorization = request.header("Authorization").map(str::to_owned);
        carried.dpop = request.header("DPoP").map(str::to_owned);
        let response = self.handle(&carried, now);
        match response.delivery {
            Delivery::AtOnce => {}
            // Longer than a client waits.
            Delivery::After(_) => return Err(HttpFailure::TimedOut),
            Delivery::Never => return Err(HttpFailure::Unreachable),
        }
        let readers = response.header("Access-Control-Allow-Origin").unwrap_or_default();
        if !matches!(readers, "*" | ORIGIN) {
            return Err(HttpFailure::CorsBlocked);
        }
        if (300..400).contains(&response.status) {
            return Err(HttpFailure::Redirected);
        }
        if response.body.len() > MAX_BODY {
            return Err(HttpFailure::TooLarge);
        }
        let exposed = response.header("Access-Control-Expose-Headers").unwrap_or_default();
        Ok(HttpResponse {
            status: response.status,
            content_type: response.header("Content-Type").map(str::to_owned),
            dpop_nonce: response.header("DPoP-Nonce").map(str::to_owned),
            date: response.header("Date").filter(|_| self.shows_date && exposed.contains("Date")).map(seconds),
            redirected_to: None,
            retry_after: None,
            www_authenticate: response.header("WWW-Authenticate").map(str::to_owned),
            body: response.body.into_bytes(),
        })
    }
}

/// `Fri, 27 Nov 2026 09:00:00 GMT` in seconds since the epoch.
fn seconds(date: &str) -> i64 {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let parts: Vec<&str> = date.split([' ', ':']).collect();
    let number = |at: usize| parts[at].parse::<i64>().unwrap();
    let month = MONTHS.find(parts[2]).unwrap() as i64 / 3 + 1;
    // Counted from March, so that the leap day is the last one of a year.
    let year = number(3) - i64::from(month < 3);
    let days =
        365 * year + year / 4 - year / 100 + year / 400 + (153 * ((month + 9) % 12) + 2) / 5 + number(1) - 719_469;
    days * 86_400 + number(4) * 3_600 + number(5) * 60 + number(6)
}

/// A form of a page, filled in.
struct FilledIn {
    action: String,
    body: String,
}

impl FilledIn {
    /// Presses the button of that person; `None` where the page has no form, or no such button.
    fn by(person: Person, page: &str) -> Option<Self> {
        let (_, form) = page.split_once("<form method=\"post\" action=\"")?;
        let (form, _) = form.split_once("</form>")?;
        let (action, fields) = form.split_once('"')?;
        let mut body = Form::new();
        for hidden in fields.split("<input type=\"hidden\" name=\"").skip(1) {
            let (name, rest) = hidden.split_once('"')?;
            let value = rest.strip_prefix(" value=\"")?.split_once('"')?.0;
            body = body.with(name, &unescaped(value));
        }
        let pressed = match person {
            Person::Denies => ("decision", "deny"),
            Person::SignsInAs(_) if fields.contains("value=\"allow\"") => ("decision", "allow"),
            Person::SignsInAs(sub) => ("person", sub),
        };
        let (name, value) = pressed;
        if fields.contains(&format!("name=\"{name}\" value=\"{value}\"")) {
            body = body.with(name, value);
        } else if fields.contains("<button class=\"main\" name=") || fields.contains("name=\"person\"") {
            return None;
        }
        Some(Self { action: unescaped(action), body: body.finish() })
    }
}

fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}
