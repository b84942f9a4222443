//! The configuration of one app at one authorizer.

use crate::protocol::explain::explained_errors;
use crate::protocol::metadata::{DiscoveryKind, MetadataError, well_known_url};
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::scope::Scope;
use crate::protocol::signing_algorithm::SigningAlgorithm;
use crate::protocol::url::AbsoluteUrl;

/// Where tokens are stored between pages.
///
/// Any script of the page can read the tokens in each of these places, and call the client. The places differ in how
/// long the tokens can be found there (RFC 10017, section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Storage {
    /// Nowhere: a reload loses them. The page then asks the authorizer silently if so configured.
    #[default]
    Memory,
    /// In this tab, until it is closed.
    Tab,
    /// On this device, for every tab of the origin, until the user signs out. Only with tokens bound to a key of this
    /// browser: a copy is worthless elsewhere.
    Device,
}

/// What a page does when it opens with nobody signed in: after a reload, with tokens in memory.
///
/// `Frame` and `Redirect` use `prompt=none`, so that the authorizer shows no page. If it would have to ask the user,
/// the page stays signed out and shows no error. After a sign-out nothing is sent in that tab until the user signs in
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Restore {
    /// Nothing: the user signs in with the button.
    #[default]
    None,
    /// Asks the authorizer in a hidden frame. The page stays as it is. In browsers that keep cross-site cookies from
    /// frames the authorizer recognizes no user there, unless it is on the same site.
    Frame,
    /// Redirects to the authorizer and back at once. Works in every browser, costs two page loads, and happens twice a
    /// minute at most.
    Redirect,
}

impl Restore {
    /// The choice of that name: `none`, `frame` or `redirect`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::None),
            "frame" => Some(Self::Frame),
            "redirect" => Some(Self::Redirect),
            _ => None,
        }
    }
}

/// When the client fetches the authorizer metadata and keys, so that a button press does not have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Prepare {
    /// When the page is shown and idle, and again when a pointer or the focus comes to the button. If the user asks the
    /// browser to save data, only the second.
    #[default]
    Idle,
    /// When a pointer or the focus comes to the button.
    Hover,
    /// When the button is pressed.
    Press,
}

impl Prepare {
    /// The choice of that name: `idle`, `hover` or `press`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "idle" => Some(Self::Idle),
            "hover" => Some(Self::Hover),
            "press" => Some(Self::Press),
            _ => None,
        }
    }
}

explained_errors! {
    /// An invalid configuration. Nothing has been sent or stored.
    ConfigError {
        DeviceWithoutDpop = "device_storage_needs_dpop": "Tokens are to be kept on this device without being bound to it.", "Whoever copies them could use them anywhere, for as long as they last.", "Switch DPoP on, or keep the tokens in the tab.";
        FeatureOff = "feature_off": "The app asks for something that was left out when it was built.", "Bound tokens, signed answers and sessions that are kept can be left out to make the app smaller.", "Build the app with the feature dpop, jarm or persistence.";
        ApiOriginInvalid = "api_origin_invalid": "The address of an API is not an origin.", "Nobody could tell which requests may carry the access token.", "Write scheme and host only, like https://api.example.";
    }
}

/// One app at one authorizer.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct ClientConfig {
    /// The issuer, exactly as the authorizer writes it.
    pub issuer: String,
    /// The client identifier that the authorizer gave to this app.
    pub client_id: String,
    /// The redirect URI, exactly as registered: the absolute URL of the callback page on this origin.
    pub redirect_uri: String,
    /// The scope to request.
    #[cfg_attr(feature = "serde", serde(default = "default_scope"))]
    pub scope: Scope,
    /// How the authorizer returns the answer.
    #[cfg_attr(feature = "serde", serde(default))]
    pub response_mode: ResponseMode,
    /// Where the authorizer publishes its metadata.
    #[cfg_attr(feature = "serde", serde(default))]
    pub discovery: DiscoveryKind,
    /// The authorizer metadata, a JSON object, if the app supplies it: then it is not fetched. It is checked as if the
    /// authorizer had sent it.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub metadata: Option<String>,
    /// The accepted signing algorithms of ID tokens.
    #[cfg_attr(feature = "serde", serde(default = "default_algorithms"))]
    pub algorithms: Vec<SigningAlgorithm>,
    /// Other audiences that an ID token may name besides this client.
    #[cfg_attr(feature = "serde", serde(default))]
    pub trusted_audiences: Vec<String>,
    /// Whether an answer must name its issuer even if the authorizer does not announce `iss`. Set it if the app uses
    /// more than one authorizer: without `iss`, nothing tells their answers apart (RFC 9700, section 4.4.2).
    #[cfg_attr(feature = "serde", serde(default))]
    pub require_iss: bool,
    /// Where tokens are stored between pages.
    #[cfg_attr(feature = "serde", serde(default))]
    pub storage: Storage,
    /// How a page that opens with nobody signed in asks the authorizer whether it knows the user. Components, element
    /// and scripts do this; a [`Client`](super::Client) does not.
    #[cfg_attr(feature = "serde", serde(default))]
    pub restore: Restore,
    /// When the client fetches what a login needs. Components, element and scripts do this; a [`Client`](super::Client)
    /// does when [`prepare`](super::Client::prepare) is called.
    #[cfg_attr(feature = "serde", serde(default))]
    pub prepare: Prepare,
    /// Whether code and tokens are bound to a key that cannot leave this browser (RFC 9449). Unbound tokens are refused
    /// then.
    #[cfg_attr(feature = "serde", serde(default))]
    pub dpop: bool,
    /// Whether the authorization request is pushed first (RFC 9126). If the authorizer requires it, this happens
    /// without the setting.
    #[cfg_attr(feature = "serde", serde(default))]
    pub pushed_requests: bool,
    /// The origins that [`Session::call`](super::Session::call) may send the access token to, like
    /// `https://api.example`. The UserInfo endpoint need not be listed.
    #[cfg_attr(feature = "serde", serde(default))]
    pub api_origins: Vec<String>,
}

impl ClientConfig {
    /// A client with the defaults: OpenID discovery, `openid profile`, the answer in the query.
    #[must_use]
    pub fn new(issuer: impl Into<String>, client_id: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            client_id: client_id.into(),
            redirect_uri: redirect_uri.into(),
            scope: default_scope(),
            response_mode: ResponseMode::default(),
            discovery: DiscoveryKind::default(),
            metadata: None,
            algorithms: default_algorithms(),
            trusted_audiences: Vec::new(),
            require_iss: false,
            storage: Storage::default(),
            restore: Restore::default(),
            prepare: Prepare::default(),
            dpop: false,
            pushed_requests: false,
            api_origins: Vec::new(),
        }
    }

    /// The name of this client at its issuer, for the names of storage keys, locks and messages.
    pub(super) fn storage_name(&self) -> String {
        [self.client_id.as_str(), " ", &self.issuer].concat()
    }

    /// Checks the issuer, without a request.
    ///
    /// # Errors
    /// [`MetadataError::InvalidIssuer`].
    pub fn check(&self) -> Result<(), MetadataError> {
        well_known_url(&self.issuer, self.discovery).map(|_| ())
    }

    /// Checks the settings, the build features they need and the API origins.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn check_choices(&self) -> Result<(), ConfigError> {
        let is_missing = (self.dpop && !cfg!(feature = "dpop"))
            || (self.response_mode.is_signed() && !cfg!(feature = "jarm"))
            || (self.storage != Storage::Memory && !cfg!(feature = "persistence"));
        if is_missing {
            return Err(ConfigError::FeatureOff);
        }
        if self.storage == Storage::Device && !self.dpop {
            return Err(ConfigError::DeviceWithoutDpop);
        }
        let is_origin = |text: &String| AbsoluteUrl::parse(text).is_ok_and(|url| url.origin() == *text);
        if self.api_origins.iter().all(is_origin) { Ok(()) } else { Err(ConfigError::ApiOriginInvalid) }
    }

    /// The same client with another `scope`: words separated by spaces.
    #[must_use]
    pub fn with_scope(mut self, scope: &str) -> Self {
        self.scope = Scope::parse(scope);
        self
    }
}

fn default_scope() -> Scope {
    Scope::parse("openid profile")
}

fn default_algorithms() -> Vec<SigningAlgorithm> {
    SigningAlgorithm::ALL.to_vec()
}
