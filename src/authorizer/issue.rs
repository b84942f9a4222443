//! Issues tokens: an opaque access token, and an ID token that waits for its signature.

use crate::protocol::base64url;
use crate::protocol::id_token::access_token_hash;
use crate::protocol::json::Writer;
use crate::protocol::secret::AccessToken;
use crate::protocol::signing_algorithm::SigningAlgorithm;
use crate::protocol::token_response::TokenType;

use super::Reply;
use super::context::Context;
use super::grant_details::GrantDetails;
use super::http::{Response, http_date};
use super::people;
use super::store::digest;
use super::store::grant::{Access, Grant};
use super::switches::{Document, Switch};

/// The sign-in meets no level of ISO/IEC 29115: there is not even a password (OpenID Connect Core, section 2).
pub(super) const ACR: &str = "0";

/// What tokens are issued for.
#[derive(Clone, Copy)]
pub(super) enum Occasion<'a> {
    /// A code is exchanged.
    Exchange { nonce: Option<&'a str> },
    /// Tokens are renewed.
    Refresh,
}

impl Context<'_> {
    /// A time as the clock of this server shows it: ahead, with a switch.
    pub(super) fn clock(&self, time: i64) -> i64 {
        let ahead = if self.has(Switch::ClockAheadHour) { 3_600 } else { 0 };
        time + ahead + if self.has(Switch::ClockAhead90) { 90 } else { 0 }
    }

    /// The token response (RFC 6749, section 5.1), with an ID token if `openid` was granted. The access token is
    /// bound to the key `jkt`, if there is one (RFC 9449, section 5).
    pub(super) fn issue_tokens(
        &mut self,
        grant_id: &str,
        grant: &Grant,
        details: &GrantDetails,
        jkt: Option<String>,
        occasion: Occasion<'_>,
        refresh_token: Option<String>,
    ) -> Reply {
        let access_token = AccessToken::new(self.secret());
        let expires = grant.expires.min(self.now + self.config.lifetimes.access_token);
        let token_type = if jkt.is_some() { TokenType::Dpop } else { TokenType::Bearer };
        let record = Access {
            grant: grant_id.to_owned(),
            scope: details.scope.clone(),
            resources: details.resources.clone(),
            jkt: jkt.map(|jkt| if self.has(Switch::DpopThumbprint) { digest(&jkt) } else { jkt }),
            expires,
        };
        self.put(&digest(access_token.expose()), &record);
        let mut body = Writer::new()
            .str("access_token", access_token.expose())
            .str("token_type", token_type.scheme())
            .int("expires_in", expires - self.now)
            .str("scope", &details.scope.to_string())
            .some_str("refresh_token", refresh_token.as_deref());
        if let Some(details) = &details.authorization_details {
            // RFC 9396, section 7.
            body = body.raw("authorization_details", details);
        }
        let date = http_date(self.clock(self.now));
        if !details.scope.contains("openid") {
            return Response::json(200, body.finish()).with("Date", date).into();
        }
        let claims = self.id_token_claims(grant, details, occasion, &access_token);
        let finish =
            move |id_token: String| Response::json(200, body.str("id_token", &id_token).finish()).with("Date", date);
        let mut pending =
            PendingSignature::new(self.signing_input(Some(Document::IdTokenHeader), &claims), Box::new(finish));
        pending.spoil = self.has(Switch::BadSignature);
        Reply::Sign(pending)
    }

    /// The header and the claims of a token of this server; `document` names the header for the edits of switches.
    pub(super) fn signing_input(&self, document: Option<Document>, claims: &str) -> String {
        let header = Writer::new().str("alg", "ES256").str("typ", "JWT").str("kid", &self.key.thumbprint()).finish();
        let header = match document {
            Some(document) => self.issuer.behaviour.edited(document, header),
            None => header,
        };
        format!("{}.{}", base64url::encode(header.as_bytes()), base64url::encode(claims.as_bytes()))
    }

    /// The claims of the ID token (OpenID Connect Core, section 2). `nonce`, `acr` and personal data only if requested.
    fn id_token_claims(
        &mut self,
        grant: &Grant,
        details: &GrantDetails,
        occasion: Occasion<'_>,
        access_token: &AccessToken,
    ) -> String {
        let (document, nonce) = match occasion {
            Occasion::Exchange { nonce } => (Document::IdToken, nonce),
            // A refreshed ID token repeats no nonce (OpenID Connect Core, section 12.2).
            Occasion::Refresh => (Document::RefreshedIdToken, None),
        };
        let claims = Writer::new()
            .str("iss", &self.issuer.url)
            .str("sub", &grant.login.sub)
            .str("aud", &grant.client_id)
            .int("exp", self.clock(self.now + self.config.lifetimes.id_token))
            .int("iat", self.clock(self.now))
            .int("auth_time", self.clock(grant.login.auth_time))
            .some_str("nonce", nonce)
            .str("at_hash", &access_token_hash(SigningAlgorithm::Es256, access_token))
            .str("sid", &grant.login.sid)
            .some_str("acr", details.wants_acr.then_some(ACR));
        self.issuer.behaviour.edited(
            document,
            people::write_claims(claims, self.config.person(&grant.login.sub), &details.scope).finish(),
        )
    }
}

/// A response whose token still needs its signature. Everything else is decided.
#[must_use = "the response is sent only after `finish`"]
pub struct PendingSignature {
    signing_input: String,
    finish: Box<dyn FnOnce(String) -> Response>,
    /// Whether the signature is made wrong.
    pub(super) spoil: bool,
}

impl PendingSignature {
    /// `finish` makes the response from the signed token.
    pub(super) fn new(signing_input: String, finish: Box<dyn FnOnce(String) -> Response>) -> Self {
        Self { signing_input, finish, spoil: false }
    }

    /// What to sign with ES256: ECDSA on P-256 over its SHA-256 (RFC 7518, section 3.4).
    #[must_use]
    pub fn signing_input(&self) -> &str {
        &self.signing_input
    }

    /// Completes the response. `signature` is R and S, 32 octets each.
    pub fn finish(self, signature: &[u8]) -> Response {
        let mut signature = signature.to_vec();
        if self.spoil
            && let Some(first) = signature.first_mut()
        {
            *first ^= 1;
        }
        let token = format!("{}.{}", self.signing_input, base64url::encode(&signature));
        (self.finish)(token)
    }

    /// Changes the response once it is there.
    pub(super) fn map(self, change: impl FnOnce(Response) -> Response + 'static) -> Self {
        let finish = self.finish;
        Self { finish: Box::new(move |token| change(finish(token))), ..self }
    }
}

impl std::fmt::Debug for PendingSignature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PendingSignature(hidden)")
    }
}
