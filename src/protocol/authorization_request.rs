//! The authorization request (RFC 6749, section 4.1.1; RFC 7636, section 4.3; OpenID Connect Core, 3.1.2.1).

use super::base64url;
use super::explain::explained_errors;
use super::form::Form;
use super::metadata::ServerMetadata;
use super::pending_login::PendingLogin;
use super::pkce::{CodeChallenge, CodeVerifier};
use super::scope::Scope;
use super::secret::{Nonce, State};
use super::url::{self, AbsoluteUrl};

/// How the authorizer is asked to hand the answer over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum ResponseMode {
    /// In the query: the default of the code flow, so it is not asked for by name.
    #[default]
    Query,
    /// In the fragment (Multiple Response Types, section 2.1).
    Fragment,
    /// In the body of a form post (Form Post Response Mode, section 2).
    FormPost,
}

impl ResponseMode {
    /// The protocol's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }

    /// The mode of that exact name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Query, Self::Fragment, Self::FormPost].into_iter().find(|mode| mode.name() == name)
    }
}

/// Which page takes the answer. The callback page reads it off the beginning of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Way {
    /// The next page of this tab.
    #[default]
    SameTab,
    /// The page that opened a window for the login.
    Popup,
    /// The page that holds the login in a hidden frame.
    Frame,
}

impl Way {
    /// What the state begins with.
    const fn mark(self) -> &'static str {
        match self {
            Self::SameTab => "",
            Self::Popup => "p.",
            Self::Frame => "f.",
        }
    }
}

/// What an app may add to one request; passed through unmodified.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct RequestOptions {
    /// `prompt`: `none`, `login`, `consent`, `select_account`.
    pub prompt: Option<String>,
    /// `login_hint`: whom the person probably is.
    pub login_hint: Option<String>,
    /// `max_age`: how old the sign-in at the authorizer may be, in seconds. Then `auth_time` is checked.
    pub max_age: Option<u32>,
    /// `ui_locales`: languages, best first, separated by spaces.
    pub ui_locales: Option<String>,
    /// `acr_values`: how strong the sign-in should be.
    pub acr_values: Option<String>,
    /// `resource`: what the access token is for (RFC 8707).
    pub resource: Option<String>,
    /// Which page takes the answer; not a parameter.
    pub way: Way,
    /// Further parameters, by name. The names of the flow itself are refused.
    pub extra: Vec<(String, String)>,
}

explained_errors! {
    /// Why a login is not begun. Nothing has been sent or stored.
    RequestError {
        ClientIdMissing = "client_id_missing": "This app has no client ID.", "The authorizer could not tell which app is asking.", "Enter the client ID that the authorizer gave you.";
        RedirectUriInvalid = "redirect_uri_invalid": "The address to come back to is not usable.", "It must be a complete https address without a fragment; http is for this machine only.", "Correct the redirect URI.";
        EndpointInvalid = "endpoint_invalid": "The address to sign in at is not usable.", "Going there could run a script instead of opening a page.", "Check the authorizer's description.";
        ReservedParameter = "reserved_parameter": "An additional parameter has the name of one that this app makes itself.", "Setting it by hand could switch a protection off.", "Choose another name, or use the option of that name.";
        ClientSecretRefused = "client_secret_refused": "A client secret was given.", "Everyone who opens this page could read it, so it is never sent.", "Register the app as a public client; PKCE takes the secret's place.";
        FormPostUnreceivable = "form_post_unreceivable": "The answer was to come as a form, and nothing here can take one.", "A static host refuses forms, and has the code in its log then. Only the callback worker can take one, and it is not ready.", "Get the callback worker ready first, or ask for the answer in the query.";
        ReturnToInvalid = "return_to_invalid": "The place to return to after sign-in is not in this app.", "Going to another site after sign-in is how phishing pages get their visitors.", "Use a path that begins with one slash.";
    }
}

/// Parameters that the flow sets itself.
const RESERVED: [&str; 17] = [
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
    "request",
    "request_uri",
];

/// Everything that one authorization request is made of.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest<'a> {
    /// The authorizer.
    pub server: &'a ServerMetadata,
    /// The client identifier.
    pub client_id: &'a str,
    /// One of the registered redirect URIs, byte for byte.
    pub redirect_uri: &'a str,
    /// The scopes asked for.
    pub scope: &'a Scope,
    /// Where the answer is to arrive.
    pub response_mode: ResponseMode,
    /// What the app adds.
    pub options: &'a RequestOptions,
    /// Where in the app the person goes on after sign-in: a path of this origin.
    pub return_to: &'a str,
}

/// A request that is ready to be opened.
#[derive(Clone)]
pub struct StartedLogin {
    /// What has to be stored before the browser leaves.
    pub pending: PendingLogin,
    /// The challenge, to show: it is no secret.
    pub challenge: CodeChallenge,
    /// Where the browser goes.
    pub url: String,
}

impl std::fmt::Debug for StartedLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the URL: state and nonce stand in it.
        f.debug_struct("StartedLogin").field("pending", &self.pending).finish_non_exhaustive()
    }
}

impl AuthorizationRequest<'_> {
    /// Makes verifier, state and nonce of 32 octets each from `entropy`, and the URL that asks for a code.
    ///
    /// `now` is in seconds since the epoch. Store `pending` before the browser goes to `url`.
    ///
    /// # Errors
    /// [`RequestError`]; nothing has been made then.
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
            state: State::new(format!("{}{}", self.options.way.mark(), base64url::encode(state))),
            nonce: self.scope.contains("openid").then(|| Nonce::new(base64url::encode(nonce))),
            verifier,
            max_age: self.options.max_age,
            started_at: now,
            return_to: self.return_to.to_owned(),
        };
        let url = self.url(&pending, &challenge);
        Ok(StartedLogin { pending, challenge, url })
    }

    fn check(&self) -> Result<(), RequestError> {
        if self.client_id.is_empty() {
            return Err(RequestError::ClientIdMissing);
        }
        match AbsoluteUrl::parse(self.redirect_uri) {
            Ok(url) if url.fragment.is_none() => {}
            _ => return Err(RequestError::RedirectUriInvalid),
        }
        // Parsed again right before it is given to the browser: a `javascript:` URL there runs as a script.
        match AbsoluteUrl::parse(&self.server.authorization_endpoint) {
            Ok(url) if url.fragment.is_none() => {}
            _ => return Err(RequestError::EndpointInvalid),
        }
        if !url::is_same_origin_path(self.return_to) {
            return Err(RequestError::ReturnToInvalid);
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

    fn url(&self, pending: &PendingLogin, challenge: &CodeChallenge) -> String {
        let options = self.options;
        let max_age = options.max_age.map(|seconds| seconds.to_string());
        let mode = (self.response_mode != ResponseMode::Query).then(|| self.response_mode.name());
        let scope = self.scope.to_string();
        let mut form = Form::new()
            .with("response_type", "code")
            .with("client_id", self.client_id)
            .with("redirect_uri", self.redirect_uri)
            .with_some("scope", (!scope.is_empty()).then_some(scope.as_str()))
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
            .with_some("resource", options.resource.as_deref());
        for (name, value) in &options.extra {
            form = form.with(name, value);
        }
        // An endpoint may have a query of its own, which must stay (RFC 6749, section 3.1).
        let endpoint = &self.server.authorization_endpoint;
        let separator = match endpoint.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        format!("{endpoint}{separator}{}", form.finish())
    }
}
