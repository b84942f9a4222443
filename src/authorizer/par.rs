//! Pushed authorization requests (RFC 9126): the client sends its request directly, the browser brings a reference.

use crate::protocol::dpop_check::DpopError;
use crate::protocol::form::Params;
use crate::protocol::json::Writer;
use crate::protocol::secret::equal_in_constant_time;

use super::context::Context;
use super::http::{Response, http_date};
use super::refusal::Refusal;
use super::store::digest;
use super::store::members::record;
use super::switches::Switch;
use super::token::invalid_request;
use super::{dpop, pages};

/// The prefix of a reference (RFC 9126, section 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// How long a pushed request waits for the browser, in seconds.
const PUSHED_LIFE: i64 = 60;

record! {
    /// A pushed request that waits for the browser. Its key is the hash of the `request_uri` without the prefix.
    Pushed, "pushed", this => this.expires, {
        client_id: String,
        /// The form as received, judged at the push and again when the browser comes.
        parameters: String,
        /// The thumbprint of the key of the proof or in `dpop_jkt` (RFC 9449, section 10.1).
        jkt: Option<String>,
        expires: i64,
    }
}

impl Context<'_> {
    /// The pushed authorization request endpoint (RFC 9126, section 2).
    pub(super) fn push(&mut self) -> Response {
        let pushed = match self.pushable() {
            Ok(pushed) => pushed,
            Err(refusal) => return self.refuse(refusal),
        };
        let id = self.secret();
        self.put(&digest(&id), &pushed);
        let body = Writer::new().str("request_uri", &format!("{PREFIX}{id}")).int("expires_in", PUSHED_LIFE);
        Response::json(201, body.finish()).with("Date", http_date(self.clock(self.now)))
    }

    /// Judges the request as the authorization endpoint does, which judges it again later.
    fn pushable(&mut self) -> Result<Pushed, Refusal> {
        let parameters = Params::parse(&self.request.body);
        let client_id = self.calling_client(&parameters)?;
        if parameters.contains("request_uri") {
            return Err(invalid_request("S-23", "A pushed request cannot refer to another one."));
        }
        let jkt = self.proven_key_of_client()?;
        let back = self.return_path(&parameters)?;
        let demand = self.judge(&parameters, &back)?;
        // `dpop_jkt` and the proof must name the same key (RFC 9449, section 10.1).
        let named = demand.request.details.jkt;
        if let (Some(named), Some(proven)) = (&named, &jkt)
            && !equal_in_constant_time(named.as_bytes(), proven.as_bytes())
        {
            return Err(Refusal { check: "S-41", ..dpop::refusal(DpopError::KeyBinding) });
        }
        let expires = self.now + PUSHED_LIFE;
        Ok(Pushed { client_id, parameters: self.request.body.clone(), jkt: named.or(jkt), expires })
    }

    /// The pushed request that the link refers to; `None` if the link has no reference of ours. The reference works
    /// once, and only for the client that got it. Other parameters of the link are ignored (RFC 9101, section 6.3).
    pub(super) fn take_pushed(&mut self, parameters: &Params<'_>) -> Option<Result<Pushed, Response>> {
        let id = digest(parameters.get("request_uri")?.strip_prefix(PREFIX)?);
        if parameters.repeats("client_id") || parameters.repeats("request_uri") {
            return Some(Err(self.not_redirected("S-16", "The link names the app, or its request, twice.")));
        }
        if self.has(Switch::ParNotBound)
            && let Some(pushed) = self.get::<Pushed>(&id)
        {
            return Some(Ok(pushed));
        }
        let is_of_client = |pushed: &Pushed| parameters.get("client_id") == Some(pushed.client_id.as_str());
        let known = self.get::<Pushed>(&id).filter(is_of_client).and_then(|_| self.take::<Pushed>(&id));
        let why = "The link refers to a request that is unknown here, was used, or is older than a minute.";
        Some(known.ok_or_else(|| self.not_redirected("S-23", why)))
    }

    fn not_redirected(&mut self, check: &'static str, why: &'static str) -> Response {
        self.note(check, why);
        pages::not_redirected(&self.issuer, why, None)
    }
}
