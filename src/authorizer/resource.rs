//! The endpoints for a token: UserInfo and revocation.

use crate::protocol::dpop_check::DpopError;
use crate::protocol::form::Params;
use crate::protocol::json::Writer;
use crate::protocol::secret::AccessToken;
use crate::protocol::signing_algorithm::SigningAlgorithm;
use crate::protocol::token_response::TokenType;

use super::context::Context;
use super::http::{Response, http_date};
use super::refusal::Refusal;
use super::store::digest;
use super::store::grant::{Access, Grant, Refresh};
use super::switches::{Document, Switch};
use super::token::{invalid_grant, invalid_request};
use super::{dpop, people};

impl Context<'_> {
    /// The UserInfo endpoint (OpenID Connect Core, section 5.3; RFC 6750, section 3; RFC 9449, section 7).
    ///
    /// The token comes in the header: a query would end up in logs (RFC 9700, section 4.3.2).
    pub(super) fn userinfo(&mut self) -> Response {
        self.claims_of_token().unwrap_or_else(|refused| {
            let Refused { scheme, status, refusal } = refused;
            self.note(refusal.check, refusal.why);
            let Refusal { error, why, .. } = refusal;
            let challenge = match scheme {
                // Without a token, the challenge names the accepted schemes and no error (RFC 6750, section 3.1).
                None => format!("Bearer realm=\"userinfo\", DPoP realm=\"userinfo\", algs=\"{}\"", algorithms()),
                Some(TokenType::Bearer) => {
                    format!("Bearer realm=\"userinfo\", error=\"{error}\", error_description=\"{why}\"")
                }
                Some(TokenType::Dpop) => format!(
                    "DPoP realm=\"userinfo\", error=\"{error}\", error_description=\"{why}\", algs=\"{}\"",
                    algorithms()
                ),
            };
            let response = Response::json_error(status, error, why).with("WWW-Authenticate", challenge);
            response.with("Date", http_date(self.clock(self.now)))
        })
    }

    fn claims_of_token(&mut self) -> Result<Response, Refused> {
        let in_header = self.request.authorization.as_deref().and_then(credentials);
        let in_query = || {
            let token = Params::parse(self.query()).get("access_token").map(AccessToken::new);
            token.filter(|_| self.has(Switch::TokenInQuery)).map(|token| (TokenType::Bearer, token))
        };
        let Some((scheme, token)) = in_header.or_else(in_query) else {
            let why = "Send the access token in the Authorization header.";
            let refusal = Refusal::new("S-35", "invalid_request", why);
            return Err(Refused { scheme: None, status: 401, refusal });
        };
        let refused = |scheme, status, refusal| Err(Refused { scheme: Some(scheme), status, refusal });
        let invalid = |check, why| Refusal::new(check, "invalid_token", why);
        let access = self.get::<Access>(&digest(token.expose()));
        let Some((grant, access)) = access.and_then(|access| Some((self.get::<Grant>(&access.grant)?, access))) else {
            return refused(scheme, 401, invalid("S-35", "The access token is unknown, has expired or was revoked."));
        };
        match (scheme, &access.jkt) {
            (TokenType::Bearer, None) => {}
            (_, Some(_)) if self.has(Switch::DpopNotEnforced) => {}
            // RFC 9449, section 7.2.
            (TokenType::Bearer, Some(_)) => {
                let why = "The access token is bound to a key: send it with the scheme DPoP and a proof.";
                return refused(TokenType::Dpop, 401, invalid("S-39", why));
            }
            (TokenType::Dpop, None) => {
                return refused(scheme, 401, invalid("S-39", "The access token is not bound to a key."));
            }
            (TokenType::Dpop, Some(jkt)) => match self.proven_key(Some(&token), Some(jkt)) {
                Ok(Some(_)) => {}
                Ok(None) => {
                    let why = "A token that is bound to a key needs a DPoP proof.";
                    return refused(scheme, 401, Refusal::new("S-39", "invalid_dpop_proof", why));
                }
                Err(DpopError::KeyBinding) => {
                    let why = DpopError::KeyBinding.explain().happened;
                    return refused(scheme, 401, invalid("S-39", why));
                }
                Err(error) => return refused(scheme, 401, dpop::refusal(error)),
            },
        }
        let own = format!("{}/userinfo", self.issuer.url);
        let is_for_here = |resource: &String| *resource == own || *resource == self.issuer.url;
        if !access.resources.is_empty() && !access.resources.iter().any(is_for_here) {
            return refused(scheme, 401, invalid("S-31", "The access token is for another resource."));
        }
        if !access.scope.contains("openid") {
            let why = "The access token does not have the scope openid.";
            return refused(scheme, 403, Refusal::new("S-35", "insufficient_scope", why));
        }
        if self.has(Switch::UserInfoHtml) {
            return Ok(Response::new(
                200,
                "text/html; charset=utf-8",
                "<!doctype html><title>Welcome</title>".to_owned(),
            ));
        }
        let sub = &grant.login.sub;
        let claims =
            people::write_claims(Writer::new().str("sub", sub), self.config.person(sub), &access.scope).finish();
        let claims = self.issuer.behaviour.edited(Document::UserInfo, claims);
        Ok(Response::json(200, claims).with("Date", http_date(self.clock(self.now))))
    }

    /// The revocation endpoint (RFC 7009). An unknown token counts as revoked.
    pub(super) fn revoke(&mut self) -> Response {
        let form = Params::parse(&self.request.body);
        let client_id = match self.calling_client(&form) {
            Ok(client_id) => client_id,
            Err(refusal) => return self.refuse(refusal),
        };
        let Some(token) = form.get("token") else {
            return self.refuse(invalid_request("S-34", "The request has no token."));
        };
        let id = digest(token);
        // `token_type_hint` is not needed: the two kinds of token never share a value.
        let access = self.get::<Access>(&id);
        let is_access = access.is_some();
        let family =
            access.map(|access| access.grant).or_else(|| self.get::<Refresh>(&id).map(|refresh| refresh.grant));
        let grant = family.and_then(|family| Some((self.get::<Grant>(&family)?, family)));
        match grant {
            Some((grant, _)) if grant.client_id != client_id => {
                return self.refuse(invalid_grant("S-34", "The token was issued to another client."));
            }
            Some(_) if is_access => self.remove::<Access>(&id),
            // A refresh token ends the whole grant, access tokens too (RFC 7009, section 2.1).
            Some((_, family)) => self.remove::<Grant>(&family),
            None => {}
        }
        Response::empty(200)
    }
}

/// The refusal of a UserInfo request. Without a scheme the challenge names all schemes.
struct Refused {
    scheme: Option<TokenType>,
    status: u16,
    refusal: Refusal,
}

fn credentials(authorization: &str) -> Option<(TokenType, AccessToken)> {
    let (scheme, token) = authorization.split_once(' ')?;
    let known =
        [TokenType::Bearer, TokenType::Dpop].into_iter().find(|known| scheme.eq_ignore_ascii_case(known.scheme()));
    known.filter(|_| !token.is_empty()).map(|known| (known, AccessToken::new(token)))
}

fn algorithms() -> String {
    dpop::ALGORITHMS.map(SigningAlgorithm::name).join(" ")
}
