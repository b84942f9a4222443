//! The authorization request (RFC 6749, section 4.1.1; RFC 7636, section 4.3; OpenID Connect Core, 3.1.2.1).

use super::base64url;
use super::explain::explained_errors;
use super::form::Form;
use super::json::{self, Object, Value};
use super::metadata::ServerMetadata;
use super::pending_login::PendingLogin;
use super::pkce::{CodeChallenge, CodeVerifier};
use super::response_mode::ResponseMode;
use super::scope::Scope;
use super::secret::{Nonce, State};
use super::text;
use super::url::{self, AbsoluteUrl};

/// What an app may add to one request, unmodified.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct RequestOptions {
    /// `prompt`: `none`, `login`, `consent`, `select_account`.
    pub prompt: Option<String>,
    /// `login_hint`: the probable user.
    pub login_hint: Option<String>,
    /// `max_age`: the maximum age of the sign-in at the authorizer, in seconds. Then the client checks `auth_time`.
    pub max_age: Option<u32>,
    /// `ui_locales`: languages, best first, separated by spaces.
    pub ui_locales: Option<String>,
    /// `acr_values`: the requested strength of the sign-in.
    pub acr_values: Option<String>,
    /// `resource`: the resource that the access token is for (RFC 8707).
    pub resource: Option<String>,
    /// `authorization_details`: the exact permissions requested, a JSON array of objects (RFC 9396, section 2).
    pub authorization_details: Option<String>,
    /// `claims`: the requested claims, a JSON object (OpenID Connect Core, section 5.5).
    pub claims: Option<String>,
    /// Scopes that an API demands beyond those of the client, separated by spaces.
    pub more_scope: Option<String>,
    /// Further parameters, by name. Names that the flow sets are refused.
    pub extra: Vec<(String, String)>,
}

explained_errors! {
    /// Why the client does not begin a login. It has sent and stored nothing.
    RequestError {
        ClientIdMissing = "client_id_missing": "This app has no client ID.", "The authorizer could not tell which app is asking.", "Enter the client ID that the authorizer gave you.";
        RedirectUriInvalid = "redirect_uri_invalid": "The address to come back to is not usable.", "It must be a complete https address without a fragment; http is for this machine only.", "Correct the redirect URI.";
        EndpointInvalid = "endpoint_invalid": "The address to sign in at is not usable.", "Going there could run a script instead of opening a page.", "Check the authorizer's description.";
        DetailsInvalid = "authorization_details_invalid": "What exactly is asked for is not written as the authorizer reads it.", "It must be a JSON array of objects, each with a type.", "Correct the authorization details.";
        ClaimsInvalid = "claims_invalid": "The claims that are asked for are not written as the authorizer reads them.", "They must be one JSON object.", "Correct the claims.";
        ReservedParameter = "reserved_parameter": "An additional parameter has the name of one that this app makes itself.", "Setting it by hand could switch a protection off.", "Choose another name, or use the option of that name.";
        ClientSecretRefused = "client_secret_refused": "A client secret was given.", "Everyone who opens this page could read it, so it is never sent.", "Register the app as a public client; PKCE takes the secret's place.";
        FormPostUnreceivable = "form_post_unreceivable": "The answer was to come as a form, and nothing here can take one.", "A static host refuses forms, and has the code in its log then. Only the callback worker can take one, and it is not ready.", "Get the callback worker ready first, or ask for the answer in the query.";
        ReturnToInvalid = "return_to_invalid": "The place to return to after sign-in is not in this app.", "Going to another site after sign-in is how phishing pages get their visitors.", "Use a path that begins with one slash.";
    }
}

/// Parameters that the flow sets itself.
const RESERVED: [&str; 20] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
    "prompt",
    "login_hint",
    "max_age",
    "ui_locales",
    "acr_values",
    "resource",
    "authorization_details",
    "claims",
    "dpop_jkt",
    "request",
    "request_uri",
];

/// The inputs of one authorization request.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest<'a> {
    /// The authorizer.
    pub server: &'a ServerMetadata,
    /// The client identifier.
    pub client_id: &'a str,
    /// One of the registered redirect URIs, byte for byte.
    pub redirect_uri: &'a str,
    /// The requested scopes.
    pub scope: &'a Scope,
    /// Where the answer must arrive.
    pub response_mode: ResponseMode,
    /// The parameters that the app adds.
    pub options: &'a RequestOptions,
    /// How the person gets to the authorizer.
    pub interaction: Interaction,
    /// The thumbprint of the key to bind code and tokens to (RFC 9449, section 10).
    pub dpop_jkt: Option<&'a str>,
    /// Where the person continues in the app: a path on this origin.
    pub return_to: &'a str,
}

/// How the person gets to the authorizer and back. The state carries it, because nothing else that the page knows
/// reliably reaches the callback page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Interaction {
    /// This tab redirects to the authorizer and comes back.
    #[default]
    Redirect,
    /// A popup opens the authorizer; this page stays.
    Popup,
    /// A hidden frame opens the authorizer with `prompt=none`; this page stays.
    Frame,
}

impl Interaction {
    /// The prefix of the state. The callback page knows it too.
    #[must_use]
    pub const fn marker(self) -> &'static str {
        match self {
            Self::Redirect => "",
            Self::Popup => "p.",
            Self::Frame => "f.",
        }
    }
}

/// A login that is ready to open in the browser.
#[derive(Clone)]
pub struct StartedLogin {
    /// The record to store before the browser leaves.
    pub pending: PendingLogin,
    /// The challenge, to show: it is not secret.
    pub challenge: CodeChallenge,
    /// The URL that the browser opens.
    pub url: String,
    parameters: String,
    is_pushed: bool,
}

impl StartedLogin {
    /// Whether the browser carries a reference to a pushed request, good for one trip (RFC 9126, section 4).
    #[must_use]
    pub fn is_pushed(&self) -> bool {
        self.is_pushed
    }

    /// The parameters as a form body, for the pushed request (RFC 9126, section 2.1).
    #[must_use]
    pub fn expose_parameters(&self) -> &str {
        &self.parameters
    }

    /// The same login after the push: the browser carries only a reference (RFC 9126, section 4).
    #[must_use]
    pub fn with_reference(mut self, request_uri: &str) -> Self {
        let reference = Form::new().with("client_id", &self.pending.client_id).with("request_uri", request_uri);
        self.url = with_query(&self.pending.server.authorization_endpoint, &reference.finish());
        self.is_pushed = true;
        self
    }
}

/// An endpoint may have a query of its own, which must stay (RFC 6749, section 3.1).
fn with_query(endpoint: &str, query: &str) -> String {
    let separator = match text::cut(endpoint, b'?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    [endpoint, separator, query].concat()
}

impl std::fmt::Debug for StartedLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the URL: it contains state and nonce.
        f.debug_struct("StartedLogin").field("pending", &self.pending).finish_non_exhaustive()
    }
}

impl AuthorizationRequest<'_> {
    /// Makes verifier, state and nonce from 32 octets of `entropy` each, and the URL that requests a code.
    ///
    /// `now` is in seconds since the epoch. Store `pending` before the browser opens `url`.
    ///
    /// # Errors
    /// [`RequestError`]; then no login has begun.
    pub fn start(&self, entropy: &[u8; 96], now: i64) -> Result<StartedLogin, RequestError> {
        self.check()?;
        let (verifier, rest) = entropy.split_first_chunk::<32>().ok_or(RequestError::EndpointInvalid)?;
        let (state, nonce) = rest.split_at(32);
        let verifier = CodeVerifier::from_entropy(verifier);
        let challenge = verifier.challenge();
        let pending = PendingLogin {
            server: self.server.clone(),
            client_id: self.client_id.to_owned(),
            redirect_uri: self.redirect_uri.to_owned(),
            scope: self.scope.clone(),
            response_mode: self.response_mode,
            state: State::new([self.interaction.marker(), &base64url::encode(state)].concat()),
            nonce: self.scope.contains("openid").then(|| Nonce::new(base64url::encode(nonce))),
            verifier,
            max_age: self.options.max_age,
            started_at: now,
            return_to: self.return_to.to_owned(),
            key: None,
        };
        let parameters = self.parameters(&pending, &challenge);
        let url = with_query(&self.server.authorization_endpoint, &parameters);
        Ok(StartedLogin { pending, challenge, url, parameters, is_pushed: false })
    }

    fn check(&self) -> Result<(), RequestError> {
        if self.client_id.is_empty() {
            return Err(RequestError::ClientIdMissing);
        }
        match AbsoluteUrl::parse(self.redirect_uri) {
            Ok(url) if url.fragment.is_none() => {}
            _ => return Err(RequestError::RedirectUriInvalid),
        }
        // Parsed again right before use: a browser runs a `javascript:` URL as a script.
        match AbsoluteUrl::parse(&self.server.authorization_endpoint) {
            Ok(url) if url.fragment.is_none() => {}
            _ => return Err(RequestError::EndpointInvalid),
        }
        if !url::is_same_origin_path(self.return_to) {
            return Err(RequestError::ReturnToInvalid);
        }
        if self.options.authorization_details.as_deref().is_some_and(|text| !are_details(text)) {
            return Err(RequestError::DetailsInvalid);
        }
        if self.options.claims.as_deref().is_some_and(|text| Object::parse(text).is_err()) {
            return Err(RequestError::ClaimsInvalid);
        }
        for (name, _) in &self.options.extra {
            if name == "client_secret" {
                return Err(RequestError::ClientSecretRefused);
            }
            if RESERVED.contains(&name.as_str()) {
                return Err(RequestError::ReservedParameter);
            }
        }
        Ok(())
    }

    fn parameters(&self, pending: &PendingLogin, challenge: &CodeChallenge) -> String {
        let options = self.options;
        let max_age = options.max_age.map(|seconds| text::decimal(seconds.into()));
        let mode = (self.response_mode != ResponseMode::Query).then(|| self.response_mode.name());
        let scope = self.scope.as_str();
        let mut form = Form::new()
            .with("response_type", "code")
            .with("client_id", self.client_id)
            .with("redirect_uri", self.redirect_uri)
            .with_some("scope", (!scope.is_empty()).then_some(scope))
            .with("state", pending.state.expose())
            .with_some("nonce", pending.nonce.as_ref().map(Nonce::expose))
            .with("code_challenge", challenge.as_str())
            .with("code_challenge_method", "S256")
            .with_some("response_mode", mode)
            .with_some("prompt", options.prompt.as_deref())
            .with_some("login_hint", options.login_hint.as_deref())
            .with_some("max_age", max_age.as_deref())
            .with_some("ui_locales", options.ui_locales.as_deref())
            .with_some("acr_values", options.acr_values.as_deref())
            .with_some("resource", options.resource.as_deref())
            .with_some("authorization_details", options.authorization_details.as_deref())
            .with_some("claims", options.claims.as_deref())
            .with_some("dpop_jkt", self.dpop_jkt);
        for (name, value) in &options.extra {
            form = form.with(name, value);
        }
        form.finish()
    }
}

/// A JSON array of objects that each have a `type` (RFC 9396, section 2).
fn are_details(text: &str) -> bool {
    let has_type = |value: &Value<'_>| match value {
        Value::Object(text) => Object::parse(text).is_ok_and(|detail| detail.str("type").is_some()),
        _ => false,
    };
    json::array(text).is_ok_and(|details| !details.is_empty() && details.iter().all(has_type))
}
