//! One request while it is answered: what it knows, what it may touch, and how a refusal is noted.

use crate::protocol::base64url;
use crate::protocol::jwk::Jwk;

use super::http::Request;
use super::proof::Presented;
use super::records::{AcceptedRequest, INTERACTION_LIFE, Interaction, Login, Session};
use super::route::{Issuer, Route};
use super::store::{Record, Store, digest};
use super::switches::Switch;
use super::{ClientRegistration, Config};

/// One refusal: which check made it, where, and why. All texts are constants, so no secret can be in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLine {
    /// The id of the check, for example `S-07`.
    pub check: &'static str,
    /// The endpoint.
    pub endpoint: &'static str,
    /// Why it refused, in a sentence.
    pub why: &'static str,
}

impl LogLine {
    pub(super) const fn new(check: &'static str, endpoint: &'static str, why: &'static str) -> Self {
        Self { check, endpoint, why }
    }
}

impl std::fmt::Display for LogLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.check, self.endpoint, self.why)
    }
}

/// A refusal in the protocol's words (RFC 6749, sections 4.1.2.1 and 5.2) and in a sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) check: &'static str,
    pub(super) error: &'static str,
    /// Goes out as `error_description`: ASCII without quotes and backslashes.
    pub(super) why: &'static str,
}

impl Refusal {
    pub(super) const fn new(check: &'static str, error: &'static str, why: &'static str) -> Self {
        Self { check, error, why }
    }
}

pub(super) struct Call<'a> {
    pub(super) config: &'a Config,
    pub(super) store: &'a mut Store,
    pub(super) log: &'a mut Vec<LogLine>,
    pub(super) issuer: Issuer,
    pub(super) route: Route,
    pub(super) request: &'a Request,
    pub(super) now: i64,
    pub(super) entropy: &'a mut dyn FnMut(&mut [u8]),
    pub(super) key: &'a Jwk,
    pub(super) other_keys: &'a [Jwk],
    /// The DPoP proof that came along; taken out when it is judged.
    pub(super) proof: Presented<'a>,
}

impl<'a> Call<'a> {
    pub(super) fn has(&self, switch: Switch) -> bool {
        self.issuer.behaviour.has(switch)
    }

    pub(super) fn note(&mut self, check: &'static str, why: &'static str) {
        self.log.push(LogLine::new(check, self.route.name(), why));
    }

    pub(super) fn client(&self, client_id: &str) -> Option<&'a ClientRegistration> {
        self.config.clients.iter().find(|client| client.client_id == client_id)
    }

    /// 32 octets that nobody guesses, as text (RFC 6749, section 10.10).
    pub(super) fn secret(&mut self) -> String {
        let mut octets = [0; 32];
        (self.entropy)(&mut octets);
        base64url::encode(&octets)
    }

    /// The query or, of a post, the body.
    pub(super) fn parameters(&self) -> &'a str {
        if self.request.method == "POST" { &self.request.body } else { self.query() }
    }

    pub(super) fn query(&self) -> &'a str {
        let (_, query, _) = crate::protocol::url::split(&self.request.url);
        query.unwrap_or_default()
    }

    pub(super) fn get<R: Record>(&self, id: &str) -> Option<R> {
        self.store.get(&self.issuer.tag, id)
    }

    pub(super) fn put<R: Record>(&mut self, id: &str, record: &R) {
        self.store.put(&self.issuer.tag, id, record);
    }

    pub(super) fn take<R: Record>(&mut self, id: &str) -> Option<R> {
        self.store.take(&self.issuer.tag, id)
    }

    pub(super) fn remove<R: Record>(&mut self, id: &str) {
        self.store.remove::<R>(&self.issuer.tag, id);
    }

    /// Who is signed in at this issuer.
    pub(super) fn session(&self) -> Option<Login> {
        self.get::<Session>("").map(|session| session.login)
    }

    /// Lets a request wait on one of our pages. The id works once, so that of two presses one counts.
    pub(super) fn wait(&mut self, request: AcceptedRequest, login: Option<Login>) -> String {
        let id = self.secret();
        let expires = self.now + INTERACTION_LIFE;
        self.put(&digest(&id), &Interaction { request, login, expires });
        id
    }

    /// The address of one of our own pages.
    pub(super) fn page_url(&self, path: &str, interaction: &str) -> String {
        // The id is base64url and needs no encoding.
        format!("{}/{path}?interaction={interaction}", self.issuer.url)
    }
}
