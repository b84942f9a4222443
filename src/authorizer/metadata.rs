//! The metadata of the server (OpenID Connect Discovery 1.0; RFC 8414) and its keys (RFC 7517).

use crate::protocol::json::{Object, Writer};
use crate::protocol::jwk::Jwk;
use crate::protocol::signing_algorithm::SigningAlgorithm;

use super::answer::response_modes;
use super::context::Context;
use super::dpop::ALGORITHMS;
use super::grant_details::DETAILS_TYPE;
use super::http::{Delivery, Response};
use super::issue::ACR;
use super::people::SCOPES;
use super::switches::{Document, Switch};
use super::token::SLOW;

impl Context<'_> {
    /// The issuer is exactly the one in the request; every endpoint is below it.
    pub(super) fn metadata(&self) -> Response {
        let issuer = &self.issuer.url;
        let at = |path: &str| format!("{issuer}/{path}");
        let body = Writer::new()
            .str("issuer", issuer)
            .str("authorization_endpoint", &at("authorize"))
            .str("token_endpoint", &at("token"))
            .str("jwks_uri", &at("jwks"))
            .str("userinfo_endpoint", &at("userinfo"))
            .str("revocation_endpoint", &at("revoke"))
            .str("end_session_endpoint", &at("logout"))
            .str("pushed_authorization_request_endpoint", &at("par"))
            .bool("require_pushed_authorization_requests", false)
            .strings("scopes_supported", SCOPES.iter().map(|(name, _)| *name))
            .strings("response_types_supported", ["code"])
            .strings("response_modes_supported", response_modes())
            .strings("grant_types_supported", ["authorization_code", "refresh_token"])
            .strings("subject_types_supported", ["public"])
            .strings("id_token_signing_alg_values_supported", ["ES256"])
            .strings("authorization_signing_alg_values_supported", ["ES256"])
            .strings("dpop_signing_alg_values_supported", ALGORITHMS.map(SigningAlgorithm::name))
            .strings("authorization_details_types_supported", [DETAILS_TYPE.0])
            .strings("acr_values_supported", [ACR])
            .strings("token_endpoint_auth_methods_supported", ["none"])
            .strings("revocation_endpoint_auth_methods_supported", ["none"])
            .strings("code_challenge_methods_supported", ["S256"])
            .strings("prompt_values_supported", ["none", "login", "consent", "select_account"])
            .strings("claims_supported", CLAIMS)
            .bool("authorization_response_iss_parameter_supported", true)
            .bool("claims_parameter_supported", false)
            .bool("request_parameter_supported", false)
            .bool("request_uri_parameter_supported", false);
        if self.has(Switch::MetadataHtml) {
            return Response::new(200, "text/html; charset=utf-8", "<!doctype html><title>Welcome</title>".to_owned());
        }
        let mut response = Response::json(200, self.issuer.behaviour.edited(Document::Metadata, body.finish()));
        if self.has(Switch::MetadataSlow) {
            response.delivery = Delivery::After(SLOW);
        }
        response
    }

    /// The key that signs, then the others.
    pub(super) fn jwks(&self) -> Response {
        let mut keys = match self.has(Switch::OtherKey) {
            // The kid is that of the key that signs.
            true => described(self.key).replacen(&material(self.key), ANOTHER_KEY, 1),
            false => described(self.key),
        };
        // A token without a kid needs a single key.
        let others = if self.has(Switch::KidAbsent) { &[] } else { self.other_keys };
        for other in others {
            keys.push(',');
            keys.push_str(&described(other));
        }
        Response::json(200, Writer::new().raw("keys", &format!("[{keys}]")).finish())
    }
}

/// The members of a public P-256 key in the order of [`described`]: that of RFC 7515, appendix A.3.
const ANOTHER_KEY: &str = r#""crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#;

/// The members of a key, without the braces.
fn material(key: &Jwk) -> String {
    key.to_json().trim_start_matches('{').trim_end_matches('}').to_owned()
}

fn described(key: &Jwk) -> String {
    let material = key.to_json();
    let mut writer = Writer::new();
    for (name, value) in Object::parse(&material).unwrap_or_default().iter() {
        writer = writer.some_str(name, value.as_str());
    }
    writer.str("kid", &key.thumbprint()).str("use", "sig").str("alg", "ES256").finish()
}

const CLAIMS: [&str; 15] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "acr",
    "nonce",
    "at_hash",
    "sid",
    "name",
    "given_name",
    "family_name",
    "email",
    "email_verified",
];
