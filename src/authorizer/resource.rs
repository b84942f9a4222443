//! What can be done with a token: ask who the person is, and give it back.

use crate::protocol::form::Params;
use crate::protocol::json::Writer;

use super::call::Call;
use super::http::{Response, http_date};
use super::people;
use super::records::{Access, Grant, Refresh};
use super::route;
use super::store::digest;
use super::token::{invalid_grant, invalid_request};

impl Call<'_> {
    /// The UserInfo endpoint (OpenID Connect Core, section 5.3; RFC 6750, section 3).
    ///
    /// The token comes in the header: in a query it would be in logs (RFC 9700, section 4.3.2).
    pub(super) fn userinfo(&mut self) -> Response {
        let Some(token) = self.request.authorization.as_deref().and_then(bearer) else {
            self.note("S-35", "The request has no bearer token.");
            let response = route::error(401, "invalid_request", "Send the access token in the Authorization header.");
            return response.with("WWW-Authenticate", "Bearer realm=\"userinfo\"");
        };
        let access = self.get::<Access>(&digest(token));
        let granted = access.and_then(|access| Some((self.get::<Grant>(&access.grant)?, access.scope)));
        let Some((grant, scope)) = granted else {
            return self.challenge_token(
                401,
                "invalid_token",
                "The access token is unknown, has expired or was revoked.",
            );
        };
        if !scope.contains("openid") {
            return self.challenge_token(403, "insufficient_scope", "The access token does not have the scope openid.");
        }
        let claims = people::write_claims(Writer::new().str("sub", &grant.login.sub), &grant.login.sub, &scope);
        Response::json(200, claims.finish()).with("Date", http_date(self.now))
    }

    fn challenge_token(&mut self, status: u16, error: &'static str, why: &'static str) -> Response {
        self.note("S-35", why);
        let challenge = format!("Bearer realm=\"userinfo\", error=\"{error}\", error_description=\"{why}\"");
        route::error(status, error, why).with("WWW-Authenticate", challenge)
    }

    /// The revocation endpoint (RFC 7009): an unknown token is as good as revoked.
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
        // The hint of its kind is not needed: the two kinds never share a value.
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
            // With a refresh token the whole grant ends, access tokens too (RFC 7009, section 2.1).
            Some((_, family)) => self.remove::<Grant>(&family),
            None => {}
        }
        Response::empty(200)
    }
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty()).then_some(token)
}
