//! An OpenID provider for tests and demos: request in, response out.
//!
//! **The contract.** [`Authorizer::handle`] answers one request, synchronously: of two requests that arrive at once,
//! the changes of the first are complete before the second is read. It performs no I/O, reads no clock and draws no
//! randomness; time, entropy and the public key come in with [`Env`]. Then the caller, in this order:
//!
//! 1. verifies the proof, if the reply is [`Reply::Verify`], and continues with the reply of [`Authorizer::proceed`];
//!    until then the authorizer only forgets expired records;
//! 2. takes [`Authorizer::take_changes`] and persists them; [`Authorizer::new`] takes them back after a stop;
//! 3. signs, if the reply is [`Reply::Sign`];
//! 4. sends the response;
//! 5. takes [`Authorizer::take_log`], which names the check behind every refusal, and holds no secret.
//!
//! The authorizer is strict. Each weakness and each fault is a switch that the issuer names: see [`switches`]. It has
//! no passwords and protects nothing: see [`may_run_at`].

mod answer;
mod authorize;
mod config;
mod consent;
mod context;
mod cors;
mod dpop;
mod grant_details;
mod http;
mod issue;
mod issuer;
mod keys;
mod logout;
mod metadata;
mod options;
mod options_json;
mod origin_policy;
mod pages;
mod par;
mod people;
mod refresh;
mod refusal;
mod request_errors;
mod resource;
mod route;
mod sign_in;
mod store;
pub mod switches;
mod token;

pub use config::{ClientRegistration, Config, ConsentPolicy, Lifetimes, Person, RefreshTokens};
pub use dpop::PendingProof;
pub use http::{Delivery, LARGEST, Request, Response};
pub use issue::PendingSignature;
pub use keys::KeyRing;
pub use options::{AuthorizerOptions, ClientOptions, LifetimeOptions, OptionsError, PersonOptions};
pub use origin_policy::{OriginNotAllowed, may_run_at};
pub use refusal::LogLine;
pub use store::Change;

use crate::protocol::dpop_check::UnverifiedProof;
use crate::protocol::id_token::Signature;
use crate::protocol::jwk::Jwk;
use crate::protocol::url::AbsoluteUrl;

use context::Context;
use route::{Found, Route};
use store::Store;
use switches::Switch;

/// The environment of one request.
pub struct Env<'a> {
    /// Seconds since the epoch.
    pub now: i64,
    /// Fills the slice from a cryptographic random generator; in tests, from a seed.
    pub entropy: &'a mut dyn FnMut(&mut [u8]),
    /// The public half of the ES256 key that the caller signs with.
    pub public_jwk: &'a Jwk,
    /// The public halves of the keys that signed before, or will sign. See [`KeyRing::others`].
    pub other_jwks: &'a [Jwk],
}

/// The result of [`Authorizer::handle`].
#[derive(Debug)]
pub enum Reply {
    /// The response.
    Ready(Response),
    /// A response that needs a signature first.
    Sign(PendingSignature),
    /// A request whose DPoP proof must be verified first: see [`Authorizer::proceed`].
    Verify(Box<PendingProof>),
}

impl Reply {
    /// Changes the response, now or when it is signed.
    fn map(self, change: impl FnOnce(Response) -> Response + 'static) -> Self {
        match self {
            Self::Ready(response) => Self::Ready(change(response)),
            Self::Sign(pending) => Self::Sign(pending.map(change)),
            // Its response is made later, by the same code.
            Self::Verify(_) => self,
        }
    }

    fn with_headers(self, headers: Vec<(&'static str, String)>) -> Self {
        self.map(|mut response| {
            response.headers.extend(headers);
            response
        })
    }
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self::Ready(response)
    }
}

/// The OpenID provider: its clients and its records.
pub struct Authorizer {
    config: Config,
    store: Store,
    log: Vec<LogLine>,
}

impl Authorizer {
    /// Starts with the records of an earlier run, or with none, and drops unreadable records.
    ///
    /// Redirect URIs that must not be registered are left out (RFC 9700, section 2.6), and the log says so.
    #[must_use]
    pub fn new(mut config: Config, stored_records: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut log = Vec::new();
        for client in &mut config.clients {
            for list in [&mut client.redirect_uris, &mut client.post_logout_redirect_uris] {
                let registered = list.len();
                list.retain(|uri| AbsoluteUrl::parse(uri).is_ok_and(|url| url.fragment.is_none()));
                if list.len() < registered {
                    log.push(LogLine::new("S-03", "registration", "A redirect URI is not https, or has a fragment."));
                }
            }
        }
        Self { config, store: Store::new(stored_records), log }
    }

    /// Answers one request. Never fails: a request that cannot be served gets an error response.
    pub fn handle(&mut self, request: &Request, env: Env<'_>) -> Reply {
        self.answer(request, None, env)
    }

    /// Continues a request whose proof was verified. `signature` is the verdict of the platform, or [`Signature::Bad`]
    /// if the platform could not tell. The reply is never [`Reply::Verify`] again.
    pub fn proceed(&mut self, pending: &PendingProof, signature: Signature, env: Env<'_>) -> Reply {
        self.answer(&pending.request, Some(signature), env)
    }

    fn answer(&mut self, request: &Request, signature: Option<Signature>, env: Env<'_>) -> Reply {
        self.store.begin(env.now);
        let found = route::find(&self.config.issuer_base, &request.url);
        let route = match &found {
            Found::Endpoint(_, route) => Some(*route),
            Found::UnknownSwitch(_, route) => *route,
            Found::Nothing => None,
        };
        let reply = self.dispatch(found, request, signature, env);
        match route {
            Some(route) => cors::with_cors(reply, route, &self.config, request),
            None => reply,
        }
    }

    fn dispatch(&mut self, found: Found<'_>, request: &Request, signature: Option<Signature>, env: Env<'_>) -> Reply {
        let (issuer, route) = match found {
            Found::Endpoint(issuer, route) => (issuer, route),
            Found::UnknownSwitch(name, route) => {
                self.log.push(LogLine::new("S-43", "issuer", "The issuer names a switch that does not exist."));
                return request_errors::unknown_switch(&self.config.issuer_base, name, route).into();
            }
            Found::Nothing => return pages::not_found(&self.config.issuer_base).into(),
        };
        if request.method == "OPTIONS" && route.is_for_scripts() {
            return Response::empty(204).into();
        }
        if !route.methods().contains(&request.method.as_str()) {
            return request_errors::wrong_method(&self.config.issuer_base, route).into();
        }
        if !http::is_bounded(request) {
            self.log.push(LogLine::new("S-16", route.name(), "The request is too large."));
            return request_errors::too_large(&issuer, route).into();
        }
        let proof = request.dpop.as_deref().filter(|_| route.takes_proofs());
        let proof = match proof.map(|text| UnverifiedProof::parse(text, &dpop::ALGORITHMS)) {
            None => None,
            Some(Err(error)) => Some(Err(error)),
            Some(Ok(proof)) => match signature {
                None => return Reply::Verify(Box::new(PendingProof::new(request, &proof))),
                Some(signature) => Some(Ok((proof, signature))),
            },
        };
        let mut context = Context {
            config: &self.config,
            store: &mut self.store,
            log: &mut self.log,
            issuer,
            route,
            request,
            now: env.now,
            entropy: env.entropy,
            key: env.public_jwk,
            other_keys: env.other_jwks,
            proof,
            new_cookie: None,
        };
        let reply = match route {
            Route::Token => context.token(),
            Route::Authorize => context.authorize(),
            Route::SignIn => context.sign_in(),
            Route::Consent => context.consent(),
            Route::Metadata => context.metadata().into(),
            Route::Jwks => context.jwks().into(),
            Route::Par => context.push().into(),
            Route::UserInfo => context.userinfo().into(),
            Route::Revoke => context.revoke().into(),
            Route::Logout => context.logout().into(),
            Route::SignOut => context.sign_out().into(),
            Route::Style => Response::new(200, "text/css; charset=utf-8", pages::STYLE.to_owned()).into(),
        };
        let reply = match context.new_cookie.take() {
            Some(cookie) => reply.with_headers(vec![("Set-Cookie", cookie)]),
            None => reply,
        };
        let reply = match context.has(Switch::FramingAllowed) {
            true => reply.map(without_frame_policy),
            false => reply,
        };
        if route.takes_proofs() && context.has(Switch::DpopNonceLoop) {
            let nonce = context.secret();
            return reply.with_headers(vec![("DPoP-Nonce", nonce)]);
        }
        if route.takes_proofs() && context.has(Switch::DpopNonceRequired) {
            // In every response, so that a client always has the newest nonce (RFC 9449, section 8.2).
            let nonce = context.nonces().newest;
            return reply.with_headers(vec![("DPoP-Nonce", nonce)]);
        }
        reply
    }

    /// The changes since the last call, to be persisted before the response is sent.
    pub fn take_changes(&mut self) -> Vec<Change> {
        self.store.take_changes()
    }

    /// The refusals since the last call.
    pub fn take_log(&mut self) -> Vec<LogLine> {
        std::mem::take(&mut self.log)
    }
}

impl std::fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authorizer").field("issuer_base", &self.config.issuer_base).finish_non_exhaustive()
    }
}

/// The response without what forbids other pages to show it in a frame.
fn without_frame_policy(mut response: Response) -> Response {
    response.replace_header("X-Frame-Options", None);
    for (_, value) in response.headers.iter_mut().filter(|(name, _)| *name == "Content-Security-Policy") {
        *value = value.replace(" frame-ancestors 'none';", "");
    }
    response
}
