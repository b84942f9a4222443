//! What the app says once about itself and its authorizer.

use crate::protocol::explain::explained_errors;
use crate::protocol::metadata::{DiscoveryKind, MetadataError, well_known_url};
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::scope::Scope;
use crate::protocol::signing_algorithm::SigningAlgorithm;
use crate::protocol::url::AbsoluteUrl;

/// Where the tokens are kept between pages.
///
/// Any script of the page can read them in each of these places, and call the client's functions; what differs is
/// how long they lie there to be found (RFC 10017, section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Storage {
    /// Nowhere: a reload forgets them, and asks the authorizer again without a word if the app wants that.
    #[default]
    Memory,
    /// In this tab, until it is closed.
    Tab,
    /// On this device, for every tab of the origin, until somebody signs out. Only with tokens that are bound to
    /// a key of this browser: a copy of them is worth nothing elsewhere.
    Device,
}

/// What becomes of a page that opens with nobody signed in: after a reload, with tokens in memory.
///
/// Either way asks the authorizer with `prompt=none`, so that nothing is shown; where it would have to ask the person, the
/// page stays signed out and no error is shown. After a sign-out nothing is asked in that tab until somebody signs in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Restore {
    /// Nothing: a press on the button signs in.
    #[default]
    None,
    /// The authorizer is asked in a hidden frame. The page stays as it is. Browsers that keep the cookies of other sites
    /// from frames let nobody be known there, unless the authorizer is on the same site.
    Frame,
    /// The page goes to the authorizer and comes back at once. It works in every browser, costs two page loads, and is done
    /// twice a minute at most.
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

/// When the authorizer's description and keys are fetched, so that a press on the button has nothing to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Prepare {
    /// When the page is shown and has nothing else to do, and again when a pointer or the focus comes to the button. Where
    /// the person asks the browser to save data, it waits for the second.
    #[default]
    Idle,
    /// When a pointer or the focus comes to the button.
    Hover,
    /// When it is pressed.
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
    /// What cannot be chosen. Nothing has been sent or stored.
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
    /// The redirect URI, exactly as registered there: an absolute URL of this origin's callback page.
    pub redirect_uri: String,
    /// What to ask for.
    #[cfg_attr(feature = "serde", serde(default = "default_scope"))]
    pub scope: Scope,
    /// Where the answer is to arrive.
    #[cfg_attr(feature = "serde", serde(default))]
    pub response_mode: ResponseMode,
    /// Where the authorizer's description stands.
    #[cfg_attr(feature = "serde", serde(default))]
    pub discovery: DiscoveryKind,
    /// The authorizer's description, a JSON object, where the app brings it itself: then nobody is asked for it. It is
    /// judged as if the authorizer had sent it.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub metadata: Option<String>,
    /// The algorithms that an ID token may be signed with.
    #[cfg_attr(feature = "serde", serde(default = "default_algorithms"))]
    pub algorithms: Vec<SigningAlgorithm>,
    /// Audiences besides this client that an ID token may name.
    #[cfg_attr(feature = "serde", serde(default))]
    pub trusted_audiences: Vec<String>,
    /// Whether an answer must name its issuer also where the authorizer does not announce that it does. Set it
    /// when the app knows more than one authorizer: without `iss`, nothing tells their answers apart (RFC 9700,
    /// section 4.4.2).
    #[cfg_attr(feature = "serde", serde(default))]
    pub require_iss: bool,
    /// Where the tokens are kept between pages.
    #[cfg_attr(feature = "serde", serde(default))]
    pub storage: Storage,
    /// How a page that opens with nobody signed in asks the authorizer whether it still knows the person. Components,
    /// element and scripts do it; a [`Client`](super::Client) does not.
    #[cfg_attr(feature = "serde", serde(default))]
    pub restore: Restore,
    /// When what a login needs of the authorizer is fetched. Components, element and scripts do it; a
    /// [`Client`](super::Client) does when [`prepare`](super::Client::prepare) is called.
    #[cfg_attr(feature = "serde", serde(default))]
    pub prepare: Prepare,
    /// Whether code and tokens are bound to a key that cannot leave this browser (RFC 9449). A token that is not
    /// bound is refused then.
    #[cfg_attr(feature = "serde", serde(default))]
    pub dpop: bool,
    /// Whether the request is left at the authorizer beforehand (RFC 9126). Where the authorizer demands that, it
    /// is done without being asked for.
    #[cfg_attr(feature = "serde", serde(default))]
    pub pushed_requests: bool,
    /// The origins that the access token may be sent to by [`Session::call`](super::Session::call), like
    /// `https://api.example`. The authorizer's UserInfo need not be named.
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

    /// The name of this client at its issuer, in the names of storage keys, locks and messages.
    pub(super) fn storage_name(&self) -> String {
        [self.client_id.as_str(), " ", &self.issuer].concat()
    }

    /// Checks what can be checked without asking anybody: the issuer.
    ///
    /// # Errors
    /// [`MetadataError::InvalidIssuer`].
    pub fn check(&self) -> Result<(), MetadataError> {
        well_known_url(&self.issuer, self.discovery).map(|_| ())
    }

    /// Checks what this app chose.
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

    /// The same client, asking for `scope`: words separated by spaces.
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
