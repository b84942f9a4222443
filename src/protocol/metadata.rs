//! Server metadata: where the client finds it and which parts it accepts (OpenID Connect Discovery 1.0; RFC 8414).

use super::explain::explained_errors;
use super::json::{self, Object, Value, errors_of_json};
use super::token_response::is_json;
use super::url::{AbsoluteUrl, UrlError};

/// How to build the well-known URL from the issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum DiscoveryKind {
    /// Appended to the issuer (OpenID Connect Discovery 1.0, section 4.1).
    #[default]
    OpenId,
    /// Inserted before the path of the issuer (RFC 8414, section 3.1).
    OAuth,
}

impl DiscoveryKind {
    /// The place with this name: `openid` or `oauth`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "openid" => Some(Self::OpenId),
            "oauth" => Some(Self::OAuth),
            _ => None,
        }
    }

    /// The other place, where an authorizer may publish the same document.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::OpenId => Self::OAuth,
            Self::OAuth => Self::OpenId,
        }
    }
}

/// The URL of the metadata of an issuer.
///
/// # Errors
/// [`MetadataError::InvalidIssuer`] if the issuer is not an absolute `https` URL (or loopback `http`)
/// without query and fragment.
pub fn well_known_url(issuer: &str, kind: DiscoveryKind) -> Result<String, MetadataError> {
    let url = AbsoluteUrl::parse(issuer).map_err(|_| MetadataError::InvalidIssuer)?;
    if url.query.is_some() || url.fragment.is_some() {
        return Err(MetadataError::InvalidIssuer);
    }
    let path = url.path.strip_suffix('/').unwrap_or(url.path);
    let (scheme, authority) = (url.scheme, url.authority);
    Ok(match kind {
        DiscoveryKind::OpenId => [scheme, "://", authority, path, "/.well-known/openid-configuration"].concat(),
        DiscoveryKind::OAuth => [scheme, "://", authority, "/.well-known/oauth-authorization-server", path].concat(),
    })
}

explained_errors! {
    /// Why the client uses nothing of a metadata document.
    MetadataError {
        InvalidIssuer = "invalid_issuer": "The issuer is not an address this app may use.", "An issuer is a complete https address without query or fragment; http is for this machine only.", "Check the issuer in the setup.";
        UnexpectedStatus = "unexpected_status": "The authorizer did not answer with its description.", "Either this is not its issuer, or it does not publish one there.", "Check the issuer; compare it letter by letter with the authorizer's own documentation.";
        WrongContentType = "wrong_content_type": "The authorizer's description is not marked as JSON.", "A page or a proxy may have answered in its place. Nothing of it was used.", "Open its address in a tab and look at what answers.";
        NotUtf8 = "not_utf8": "The authorizer's description is not text.", "Nothing of it was used.", "Open its address in a tab and look at what answers.";
        NotJson = "not_json": "The authorizer's description is not JSON.", "Nothing of it was used.", "Open its address in a tab and look at what answers.";
        NotObject = "not_object": "The authorizer's description is not a JSON object.", "Nothing of it was used.", "Tell whoever runs the authorizer.";
        DuplicateMember = "duplicate_member": "The authorizer's description names one thing twice.", "Two readers would take two different values, so nothing of it was used.", "Tell whoever runs the authorizer.";
        IssuerMissing = "issuer_missing": "The authorizer's description does not name its issuer.", "Without it nobody can tell whose description it is. Nothing of it was used.", "Tell whoever runs the authorizer.";
        IssuerMismatch = "issuer_mismatch": "The description names another issuer than the one that was asked for.", "A description that speaks for somebody else could send the code and the secret there. Nothing of it was used.", "Enter the issuer exactly as the authorizer writes it, slash and all.";
        EndpointMissing = "endpoint_missing": "The description leaves out where to sign in or where to exchange the code.", "Without both addresses there is no sign-in.", "Check that the issuer is the one of a sign-in service for this kind of app.";
        EndpointInvalid = "endpoint_invalid": "One of the addresses in the description is no address.", "Nothing of the description was used.", "Tell whoever runs the authorizer.";
        EndpointInsecure = "endpoint_insecure": "One of the addresses in the description is not https.", "The code and the secret would travel where others can read and change them. Nothing of it was used.", "Tell whoever runs the authorizer. http is for this machine only.";
        CodeNotSupported = "code_not_supported": "The authorizer says that it does not hand out codes.", "This app uses the authorization code flow and nothing else.", "Choose another authorizer, or switch the code flow on there.";
        S256NotSupported = "s256_not_supported": "The authorizer says that it cannot compare a hashed secret (S256).", "The answer could be used by anyone who sees it, so this app does not start.", "Switch PKCE with S256 on at the authorizer.";
    }
}

errors_of_json!(MetadataError);

/// The metadata of one authorizer that this client uses: one record for each issuer, never mixed (RFC 9700, section
/// 4.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerMetadata {
    /// The issuer, identical to the requested one.
    pub issuer: String,
    /// Where the client sends the person to sign in.
    pub authorization_endpoint: String,
    /// Where the client exchanges the code.
    pub token_endpoint: String,
    /// Where the authorizer publishes its keys.
    pub jwks_uri: Option<String>,
    /// Where the client reads claims about the person.
    pub userinfo_endpoint: Option<String>,
    /// Where the client revokes tokens (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// Where the person signs out (OpenID Connect RP-Initiated Logout 1.0).
    pub end_session_endpoint: Option<String>,
    /// Where the client pushes authorization requests (RFC 9126, section 5).
    pub pushed_authorization_request_endpoint: Option<String>,
    /// Whether the client must push every authorization request (RFC 9126, section 5).
    pub require_pushed_authorization_requests: bool,
    /// Whether every authorization response carries `iss` (RFC 9207, section 3).
    pub iss_parameter_supported: bool,
}

impl ServerMetadata {
    /// Checks the response to a metadata request for `issuer`.
    ///
    /// # Errors
    /// [`MetadataError`]; then nothing of the document may be used.
    pub fn judge(issuer: &str, status: u16, content_type: Option<&str>, body: &[u8]) -> Result<Self, MetadataError> {
        if status != 200 {
            return Err(MetadataError::UnexpectedStatus);
        }
        if !is_json(content_type) {
            return Err(MetadataError::WrongContentType);
        }
        let document = Object::from_octets(body)?;
        Self::from_document(issuer, &document)
    }

    pub(super) fn from_document(issuer: &str, document: &Object<'_>) -> Result<Self, MetadataError> {
        match document.str("issuer") {
            None => return Err(MetadataError::IssuerMissing),
            Some(found) if found != issuer => return Err(MetadataError::IssuerMismatch),
            Some(_) => {}
        }
        // Sign-in needs these URLs: a present one must be usable.
        let needed = |name: &str| match document.get(name) {
            None | Some(Value::Null) => Ok(None),
            // A client that asks for no ID token needs no keys.
            Some(Value::String(text)) if text.is_empty() && name == "jwks_uri" => Ok(None),
            Some(Value::String(text)) => check_endpoint(text).map(|()| Some(text.clone().into_owned())),
            Some(_) => Err(MetadataError::EndpointInvalid),
        };
        let authorization_endpoint = needed("authorization_endpoint")?;
        let token_endpoint = needed("token_endpoint")?;
        let jwks_uri = needed("jwks_uri")?;
        let lacks = |member: &str, word: &str| {
            let listed = document.get(member).and_then(Value::as_strings);
            listed.is_some_and(|words| !words.iter().any(|known| known == word))
        };
        if lacks("response_types_supported", "code") {
            return Err(MetadataError::CodeNotSupported);
        }
        if lacks("code_challenge_methods_supported", "S256") {
            return Err(MetadataError::S256NotSupported);
        }
        let (Some(authorization_endpoint), Some(token_endpoint)) = (authorization_endpoint, token_endpoint) else {
            return Err(MetadataError::EndpointMissing);
        };
        let says = |name: &str| document.get(name) == Some(&Value::Bool(true));
        // An empty or unusable URL counts as absent. The feature that needs it reports that; the others work.
        let endpoint = |name: &str| document.str(name).filter(|url| check_endpoint(url).is_ok()).map(str::to_owned);
        Ok(Self {
            issuer: issuer.to_owned(),
            authorization_endpoint,
            token_endpoint,
            jwks_uri,
            userinfo_endpoint: endpoint("userinfo_endpoint"),
            revocation_endpoint: endpoint("revocation_endpoint"),
            end_session_endpoint: endpoint("end_session_endpoint"),
            pushed_authorization_request_endpoint: endpoint("pushed_authorization_request_endpoint"),
            require_pushed_authorization_requests: says("require_pushed_authorization_requests"),
            iss_parameter_supported: says("authorization_response_iss_parameter_supported"),
        })
    }

    /// The record as JSON, for the storage of the tab. It contains no secret.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::Writer::new()
            .str("issuer", &self.issuer)
            .str("authorization_endpoint", &self.authorization_endpoint)
            .str("token_endpoint", &self.token_endpoint)
            .some_str("jwks_uri", self.jwks_uri.as_deref())
            .some_str("userinfo_endpoint", self.userinfo_endpoint.as_deref())
            .some_str("revocation_endpoint", self.revocation_endpoint.as_deref())
            .some_str("end_session_endpoint", self.end_session_endpoint.as_deref())
            .some_str("pushed_authorization_request_endpoint", self.pushed_authorization_request_endpoint.as_deref())
            .bool("require_pushed_authorization_requests", self.require_pushed_authorization_requests)
            .bool("authorization_response_iss_parameter_supported", self.iss_parameter_supported)
            .finish()
    }

    /// Reads a record of [`to_json`](Self::to_json) with the same checks as a document from the network.
    ///
    /// # Errors
    /// [`MetadataError`].
    pub fn from_json(issuer: &str, text: &str) -> Result<Self, MetadataError> {
        Self::judge(issuer, 200, Some("application/json"), text.as_bytes())
    }
}

fn check_endpoint(text: &str) -> Result<(), MetadataError> {
    match AbsoluteUrl::parse(text) {
        Ok(url) if url.fragment.is_none() => Ok(()),
        Ok(_) | Err(UrlError::Malformed) => Err(MetadataError::EndpointInvalid),
        Err(UrlError::Insecure) => Err(MetadataError::EndpointInsecure),
    }
}
