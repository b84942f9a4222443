//! Refresh: a new refresh token at every use. The second use of an old token ends the whole family (RFC 9700, section
//! 4.14.2).
//!
//! There is no grace period for an old token: two tabs without a lock would succeed, and a thief as well.

use crate::protocol::form::Params;
use crate::protocol::scope::Scope;

use super::context::Context;
use super::grant_details::GrantDetails;
use super::issue::Occasion;
use super::refusal::Refusal;
use super::store::digest;
use super::store::grant::{Grant, Refresh};
use super::switches::Switch;
use super::token::{invalid_grant, invalid_request};
use super::{RefreshTokens, Reply};

impl Context<'_> {
    pub(super) fn refresh(
        &mut self,
        form: &Params<'_>,
        client_id: &str,
        jkt: Option<String>,
    ) -> Result<Reply, Refusal> {
        if self.has(Switch::RefreshGone) {
            return Err(invalid_grant("S-28", "The refresh token was revoked."));
        }
        let token = form.get("refresh_token").ok_or(invalid_request("S-24", "The request has no refresh_token."))?;
        let id = digest(token);
        let Some(token) = self.get::<Refresh>(&id) else {
            return Err(invalid_grant("S-26", "The refresh token is unknown here, or has expired."));
        };
        let Some(mut grant) = self.get::<Grant>(&token.grant) else {
            return Err(invalid_grant("S-28", "The refresh token was revoked."));
        };
        if grant.client_id != client_id && !self.has(Switch::RefreshOfAnyClient) {
            return Err(invalid_grant("S-26", "The refresh token was issued to another client."));
        }
        // Checked before a reuse: a client without the key cannot use the token, and must not end the session with it.
        let is_proved = grant.details.jkt.is_none() || grant.details.jkt == jkt;
        if !is_proved && !self.has(Switch::DpopNotEnforced) {
            return Err(invalid_grant("S-41", "The refresh token is bound to a key that the request does not prove."));
        }
        let is_reuse = token.rotated && !self.has(Switch::RefreshReuseTolerated);
        if is_reuse && !self.has(Switch::RefreshNotRotated) {
            self.remove::<Grant>(&token.grant);
            return Err(invalid_grant(
                "S-28",
                "The refresh token was used before. All tokens of its grant are revoked.",
            ));
        }
        let scope = match form.get("scope").map(Scope::parse) {
            None => grant.details.scope.clone(),
            Some(scope) if scope.is_subset_of(&grant.details.scope) => scope,
            Some(_) => {
                return Err(Refusal::new("S-30", "invalid_scope", "The request asks for more than was granted."));
            }
        };
        let details = GrantDetails { scope, ..grant.details.narrowed(form)? };
        let jkt = jkt.filter(|_| !self.has(Switch::DpopDowngrade));
        if jkt.is_some() && grant.details.jkt.is_none() {
            // A client that proves a key for the first time must prove it from now on (RFC 9449, section 5).
            grant.details.jkt.clone_from(&jkt);
            self.put(&token.grant, &grant);
        }
        let next = if self.has(Switch::RefreshNotRotated) {
            None
        } else {
            self.put(&id, &Refresh { grant: token.grant.clone(), rotated: true, expires: token.expires });
            // The family expires when it did before.
            Some(self.new_refresh_token(&token.grant, grant.expires))
        };
        Ok(self.issue_tokens(&token.grant, &grant, &details, jkt, Occasion::Refresh, next))
    }

    pub(super) fn new_refresh_token(&mut self, grant: &str, expires: i64) -> String {
        let token = self.secret();
        self.put(&digest(&token), &Refresh { grant: grant.to_owned(), rotated: false, expires });
        token
    }

    pub(super) fn wants_refresh_token(&self, grant: &Grant) -> bool {
        let policy = self.client(&grant.client_id).map(|client| client.refresh_tokens);
        policy == Some(RefreshTokens::Always) || grant.details.scope.contains("offline_access")
    }
}
