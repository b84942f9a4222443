//! What the app says once about itself and its authorizer.

use crate::protocol::authorization_request::ResponseMode;
use crate::protocol::jws::SigningAlgorithm;
use crate::protocol::metadata::{DiscoveryKind, MetadataError, well_known_url};
use crate::protocol::scope::Scope;

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
            algorithms: default_algorithms(),
            trusted_audiences: Vec::new(),
            require_iss: false,
        }
    }

    /// Checks what can be checked without asking anybody: the issuer.
    ///
    /// # Errors
    /// [`MetadataError::InvalidIssuer`].
    pub fn check(&self) -> Result<(), MetadataError> {
        well_known_url(&self.issuer, self.discovery).map(|_| ())
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
