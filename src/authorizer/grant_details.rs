//! What tokens are for, apart from the identity of the person: scope, audience (RFC 8707), details (RFC 9396).

use crate::protocol::form::Params;
use crate::protocol::json::{self, Object, Value};
use crate::protocol::pkce::CodeChallenge;
use crate::protocol::scope::Scope;

use super::people::SCOPES;
use super::refusal::Refusal;
use super::store::members::group;

/// The only known type of `authorization_details`, and its meaning in words.
pub(super) const DETAILS_TYPE: (&str, &str) = ("demo_read", "Read demonstration data");

group! {
    /// What tokens are requested or granted for. It is passed on from the request to the last token.
    GrantDetails {
        scope: Scope,
        /// For which resources access tokens are (RFC 8707). Empty: the UserInfo endpoint of this server.
        resources: Vec<String>,
        /// The `authorization_details` of the request, checked (RFC 9396).
        authorization_details: Option<String>,
        /// The thumbprint of the key that the code, then the refresh token is bound to (RFC 9449, sections 5 and 10).
        jkt: Option<String>,
        /// The request has `acr_values`.
        wants_acr: bool,
    }
}

impl GrantDetails {
    /// What the parameters of an authorization request ask for.
    pub(super) fn asked(parameters: &Params<'_>) -> Result<Self, Refusal> {
        let details = parameters.get("authorization_details");
        if details.is_some_and(|details| !is_known_details(details)) {
            return Err(Refusal::new(
                "S-16",
                "invalid_authorization_details",
                "The authorization_details are not a list of types that this authorizer knows.",
            ));
        }
        // Like a challenge, a thumbprint is the base64url of a SHA-256.
        let jkt = parameters.get("dpop_jkt");
        if jkt.is_some_and(|jkt| !CodeChallenge::is_well_formed(jkt)) {
            return Err(Refusal::new("S-41", "invalid_request", "The dpop_jkt is not the thumbprint of a key."));
        }
        Ok(Self {
            scope: known_scope(parameters.get("scope"))?,
            resources: resources(parameters)?,
            authorization_details: details.map(str::to_owned),
            jkt: jkt.map(str::to_owned),
            wants_acr: parameters.get("acr_values").is_some(),
        })
    }

    /// The details of a token request. It may narrow the audience, never extend it (RFC 8707, section 2.2), and takes
    /// details whole or not at all (RFC 9396, section 6).
    pub(super) fn narrowed(&self, form: &Params<'_>) -> Result<Self, Refusal> {
        let asked = resources(form)?;
        if !asked.iter().all(|resource| self.resources.contains(resource)) {
            return Err(Refusal::new("S-31", "invalid_target", "The request names a resource that was not granted."));
        }
        let details = form.get("authorization_details");
        if details.is_some() && details != self.authorization_details.as_deref() {
            return Err(Refusal::new(
                "S-30",
                "invalid_authorization_details",
                "The authorization_details are not those that were granted.",
            ));
        }
        let resources = if asked.is_empty() { self.resources.clone() } else { asked };
        Ok(Self { resources, ..self.clone() })
    }
}

/// The known scopes of a request. Unknown scopes are ignored (OpenID Connect Core, section 3.1.2.1).
fn known_scope(text: Option<&str>) -> Result<Scope, Refusal> {
    let asked = Scope::parse(text.unwrap_or_default());
    let known: Vec<&str> =
        asked.words().into_iter().filter(|word| SCOPES.iter().any(|(name, _)| name == word)).collect();
    if known.is_empty() {
        return Err(Refusal::new("S-16", "invalid_scope", "The request asks for no scope that this authorizer knows."));
    }
    Ok(Scope::parse(&known.join(" ")))
}

/// Every `resource`: an absolute URI without fragment (RFC 8707, section 2).
fn resources(parameters: &Params<'_>) -> Result<Vec<String>, Refusal> {
    let mut resources: Vec<String> = Vec::new();
    for (_, resource) in parameters.iter().filter(|(name, value)| *name == "resource" && !value.is_empty()) {
        if !is_absolute_uri(resource) {
            return Err(Refusal::new(
                "S-31",
                "invalid_target",
                "The resource is not an absolute URI, or has a fragment.",
            ));
        }
        if !resources.iter().any(|known| known == resource) {
            resources.push(resource.to_owned());
        }
    }
    Ok(resources)
}

/// `absolute-URI` of RFC 3986, section 4.3. The part after the scheme is checked only for what a reader could misread.
fn is_absolute_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let of_scheme = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.');
    let of_uri = |octet: u8| octet.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&octet);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(of_scheme)
        && !matches!(rest, "" | "//")
        && rest.bytes().all(of_uri)
}

/// Whether this is a list of objects of a known type without unknown members (RFC 9396, sections 2 and 5).
fn is_known_details(text: &str) -> bool {
    let is_known = |detail: &Value<'_>| {
        let Value::Object(detail) = detail else { return false };
        Object::parse(detail).is_ok_and(|detail| {
            detail.str("type") == Some(DETAILS_TYPE.0)
                && detail.iter().all(|(name, value)| match name {
                    "type" => true,
                    "actions" | "locations" => value.as_strings().is_some(),
                    _ => false,
                })
        })
    };
    json::array(text).is_ok_and(|details| !details.is_empty() && details.iter().all(is_known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_an_absolute_uri() {
        for good in ["https://api.example", "https://api.example/a?b=c", "urn:example:api", "http://api.example"] {
            assert!(is_absolute_uri(good), "{good}");
        }
        for bad in ["", "api", "/api", "https://api.example/#f", "https:", "https://", "1a:b", "https://a b", "a\n:b"] {
            assert!(!is_absolute_uri(bad), "{bad}");
        }
    }

    #[test]
    fn details_are_a_list_of_what_is_known() {
        for good in [r#"[{"type":"demo_read"}]"#, r#"[{"type":"demo_read","actions":["read"]},{"type":"demo_read"}]"#] {
            assert!(is_known_details(good), "{good}");
        }
        for bad in [
            "",
            "x",
            "[]",
            "{}",
            r#"{"type":"demo_read"}"#,
            r#"["demo_read"]"#,
            "[{}]",
            r#"[{"type":"other"}]"#,
            r#"[{"type":"demo_read"},{"type":"other"}]"#,
            r#"[{"type":"demo_read","type":"demo_read"}]"#,
            r#"[{"type":"demo_read","amount":1}]"#,
            r#"[{"type":"demo_read","actions":"read"}]"#,
        ] {
            assert!(!is_known_details(bad), "{bad}");
        }
    }
}
