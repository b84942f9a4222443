//! The context of one request: what an endpoint may read and change while it answers.

use crate::protocol::base64url;
use crate::protocol::dpop_check::{DpopError, UnverifiedProof};
use crate::protocol::id_token::Signature;
use crate::protocol::jwk::Jwk;

use super::http::Request;
use super::issuer::Issuer;
use super::refusal::LogLine;
use super::route::Route;
use super::store::request::{AcceptedRequest, INTERACTION_LIFE, Interaction, Login, Session};
use super::store::{Record, Store, digest};
use super::switches::Switch;
use super::{ClientRegistration, Config};

/// The DPoP proof of a request, with the platform's verdict on its signature; `None` without a proof.
pub(super) type PresentedProof<'a> = Option<Result<(UnverifiedProof<'a>, Signature), DpopError>>;

pub(super) struct Context<'a> {
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
    /// The DPoP proof of the request; taken out when it is judged.
    pub(super) proof: PresentedProof<'a>,
    /// The session cookie that the response sets.
    pub(super) new_cookie: Option<String>,
}

impl<'a> Context<'a> {
    pub(super) fn has(&self, switch: Switch) -> bool {
        self.issuer.behaviour.has(switch)
    }

    pub(super) fn note(&mut self, check: &'static str, why: &'static str) {
        self.log.push(LogLine::new(check, self.route.name(), why));
    }

    pub(super) fn client(&self, client_id: &str) -> Option<&'a ClientRegistration> {
        self.config.clients.iter().find(|client| client.client_id == client_id)
    }

    /// 32 random octets as text, too many to guess (RFC 6749, section 10.10).
    pub(super) fn secret(&mut self) -> String {
        let mut octets = [0; 32];
        (self.entropy)(&mut octets);
        base64url::encode(&octets)
    }

    /// The query or, for a `POST`, the body.
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

    /// Who is signed in at this issuer, in the browser that asks.
    pub(super) fn session(&self) -> Option<Login> {
        self.get::<Session>(&self.session_id()?).map(|session| session.login)
    }

    /// The id of the session of this browser; `None` for a browser without the cookie.
    pub(super) fn session_id(&self) -> Option<String> {
        let Some(name) = &self.config.session_cookie else { return Some(String::new()) };
        let cookies = self.request.cookie.as_deref().unwrap_or_default().split(';');
        let mut named = cookies.filter_map(|cookie| cookie.trim().strip_prefix(name.as_str())?.strip_prefix('='));
        named.next().map(digest)
    }

    /// Lets a request wait on one of our pages. The id works once, so that only one of two presses counts.
    pub(super) fn wait(&mut self, request: AcceptedRequest, login: Option<Login>) -> String {
        let id = self.secret();
        let expires = self.now + INTERACTION_LIFE;
        self.put(&digest(&id), &Interaction { request, login, expires });
        id
    }

    pub(super) fn page_url(&self, path: &str, interaction: &str) -> String {
        // The id is base64url and needs no encoding.
        format!("{}/{path}?interaction={interaction}", self.issuer.url)
    }
}
