//! API calls: the access token goes to configured origins only, and API errors are understood (RFC 6750, section 3;
//! RFC 9449, section 7; RFC 9470, section 3).

use super::{Inner, Session};
use crate::client::api_error::ApiError;
use crate::client::error::{LoginError, Phase};
use crate::client::ports::{HttpFailure, HttpRequest, HttpResponse, Platform, Purpose};
use crate::client::signatures;
use crate::client::transport::{Basis, origin_of};
use crate::protocol::challenge::{Challenge, Wanted, what_is_wanted};
use crate::protocol::secret::AccessToken;
use crate::protocol::text;
use crate::protocol::token_response::{DpopMode, TokenType};
use crate::protocol::userinfo::UserInfo;

impl<P: Platform> Session<P> {
    /// Calls an API with the access token, renewed first if it is near its end, and once if the API refuses it. Any
    /// other response is for the app.
    ///
    /// # Errors
    /// [`LoginError`]; [`LoginError::Api`] if the API requires more than this session has.
    pub async fn call(&self, request: HttpRequest) -> Result<HttpResponse, LoginError> {
        let call = self.api_call(&request.method, &request.url)?;
        let is_header = |(name, value): &(String, String)| is_token(name) && is_field_value(value);
        if request.headers.iter().any(|(name, _)| is_reserved(name)) {
            return Err(ApiError::ReservedHeader.into());
        }
        if !is_token(&request.method) || !request.headers.iter().all(is_header) {
            return Err(ApiError::RequestInvalid.into());
        }
        self.send(call, request).await
    }

    /// Begins a call that the app sends over a transport of its own: the same rules, one step at a time.
    ///
    /// # Errors
    /// [`ApiError::OriginNotAllowed`].
    pub fn api_call(&self, method: &str, url: &str) -> Result<ApiCall<P>, LoginError> {
        if self.may_call(url) {
            Ok(ApiCall::new(self, Phase::Api, method, url))
        } else {
            Err(ApiError::OriginNotAllowed.into())
        }
    }

    /// Whether the access token may go to this address.
    #[must_use]
    pub fn may_call(&self, url: &str) -> bool {
        self.0.config.api_origins.contains(&origin_of_request(url))
    }

    /// Fetches claims about the user, and checks that they are about the user of this session.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn userinfo(&self) -> Result<UserInfo, LoginError> {
        let endpoint = self.0.origin.expected.server.userinfo_endpoint.clone();
        let url = endpoint.ok_or(LoginError::NotOffered(Phase::UserInfo))?;
        let sub = self.id_token().ok_or(LoginError::NoIdToken)?.sub();
        let call = ApiCall::new(self, Phase::UserInfo, "GET", &url);
        let response = self.send(call, HttpRequest::get(url)).await?;
        let Inner { config, transport, origin, .. } = &*self.0;
        signatures::check_userinfo(transport, config, &origin.expected, sub, &response).await
    }

    async fn send(&self, mut call: ApiCall<P>, request: HttpRequest) -> Result<HttpResponse, LoginError> {
        loop {
            let mut sent = request.clone();
            sent.purpose = match (call.phase, self.0.transport.dpop()) {
                (Phase::Api, DpopMode::Off) => Purpose::Call,
                (Phase::Api, _) => Purpose::BoundCall,
                _ => Purpose::Protocol,
            };
            for (name, value) in call.headers().await? {
                sent = sent.with_header(name, value);
            }
            let response = self.0.transport.platform.send(sent).await;
            let response = response.map_err(|failure| LoginError::Network(call.phase, failure))?;
            // The token did not go there, but the app would take that response for one of the API.
            if response.redirected_to.as_deref().is_some_and(|url| !self.may_call(url)) {
                return Err(LoginError::Network(call.phase, HttpFailure::Redirected));
            }
            if call.judge(&response).await? == Verdict::Done {
                return Ok(response);
            }
        }
    }
}

/// What to do after an API response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Hand the response to the app.
    Done,
    /// The API refused the token or the proof, and a better one is ready: send the request once more, with new headers.
    SendOnceMore,
}

/// One API call: [`headers`](Self::headers) before each time it is sent, [`judge`](Self::judge) after it.
pub struct ApiCall<P: Platform> {
    session: Session<P>,
    phase: Phase,
    method: String,
    url: String,
    origin: String,
    /// What the request was sent with.
    token: Option<(TokenType, AccessToken)>,
    basis: Option<Basis>,
    /// Whether the token was renewed, and whether it already got a second proof.
    is_renewed: bool,
    is_proven_again: bool,
}

impl<P: Platform> std::fmt::Debug for ApiCall<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiCall").field("method", &self.method).field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl<P: Platform> ApiCall<P> {
    fn new(session: &Session<P>, phase: Phase, method: &str, url: &str) -> Self {
        Self {
            session: session.clone(),
            phase,
            method: method.to_owned(),
            url: url.to_owned(),
            origin: origin_of_request(url),
            token: None,
            basis: None,
            is_renewed: false,
            is_proven_again: false,
        }
    }

    /// The headers that carry the token, which is renewed first if it is near its end. They are good for one request.
    ///
    /// # Errors
    /// [`LoginError`] if there is no token; then send nothing.
    pub async fn headers(&mut self) -> Result<Vec<(&'static str, String)>, LoginError> {
        let (kind, token) = self.session.access_token().await?;
        let transport = &self.session.0.transport;
        let basis = self.basis.take().unwrap_or_else(|| transport.basis(&self.origin));
        let mut headers = vec![("Authorization", [kind.scheme(), " ", token.expose()].concat())];
        let proof = transport.proof(&self.method, &self.url, Some(&token), &basis).await;
        headers
            .extend(proof.map_err(|error| LoginError::of_transport(self.phase, error))?.map(|proof| ("DPoP", proof)));
        self.token = Some((kind, token));
        self.basis = Some(basis);
        Ok(headers)
    }

    /// Decides what to do after a response, and renews a refused token. The body is read only for the error code of a
    /// refused proof, and may be left out.
    ///
    /// # Errors
    /// [`LoginError::Api`] if the API requires more than this session has; other [`LoginError`]s if the token could not
    /// be renewed.
    pub async fn judge(&mut self, response: &HttpResponse) -> Result<Verdict, LoginError> {
        let transport = &self.session.0.transport;
        transport.learn(response, &self.origin);
        // Nothing was sent yet.
        let Some((kind, refused)) = self.token.take() else { return Ok(Verdict::Done) };
        let used = self.basis.take();
        let better = used.and_then(|used| transport.better_basis(&used, response, &self.origin));
        if better.is_some() && !self.is_proven_again {
            self.is_proven_again = true;
            self.basis = better;
            return Ok(Verdict::SendOnceMore);
        }
        match wanted(response, kind) {
            Wanted::NewToken if !self.is_renewed && self.session.can_refresh() => {}
            other => return judged(other),
        }
        // Another call may have renewed the token meanwhile.
        let is_new = self.session.0.tokens.borrow().as_ref().is_some_and(|tokens| tokens.access_token != refused);
        if !is_new {
            self.session.refresh_where_it_helps().await?;
        }
        // Refused, so not carried out: the request may be sent once more with the new token, and not a third time.
        self.is_renewed = true;
        self.is_proven_again = false;
        Ok(Verdict::SendOnceMore)
    }
}

/// The origin that a browser sends a request to; empty if parsers could disagree.
///
/// Only the part before the path decides, so only that is parsed strictly. Path and query (`?identifier=system|value`)
/// are for the API.
fn origin_of_request(url: &str) -> String {
    let Some((scheme, rest)) = text::cut(url, b':') else { return String::new() };
    let Some(rest) = rest.strip_prefix("//") else { return String::new() };
    let end = rest.bytes().position(|octet| matches!(octet, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    origin_of(&[scheme, "://", rest.get(..end).unwrap_or_default()].concat())
}

/// Headers that carry the token.
fn is_reserved(name: &str) -> bool {
    ["authorization", "dpop"].iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// A token of HTTP, for methods and header names (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    let is_allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet);
    !text.is_empty() && text.bytes().all(is_allowed)
}

/// A header value (RFC 9110, section 5.5), with characters that every receiver reads in the same way.
fn is_field_value(text: &str) -> bool {
    text.bytes().all(|octet| octet == b'\t' || matches!(octet, 0x20..=0x7e))
}

fn wanted(response: &HttpResponse, kind: TokenType) -> Wanted {
    match (response.status, &response.www_authenticate) {
        (400 | 401 | 403, Some(header)) => what_is_wanted(&Challenge::parse_all(header), kind),
        // The header may be hidden from this page (CORS): the status alone is enough.
        (401, None) => Wanted::NewToken,
        _ => Wanted::Nothing,
    }
}

fn judged(wanted: Wanted) -> Result<Verdict, LoginError> {
    match wanted {
        Wanted::NewToken => Err(ApiError::TokenRefused.into()),
        Wanted::MoreScope { scope } => Err(ApiError::MoreScope(scope).into()),
        Wanted::StepUp { acr_values, max_age } => Err(ApiError::StepUp { acr_values, max_age }.into()),
        _ => Ok(Verdict::Done),
    }
}
