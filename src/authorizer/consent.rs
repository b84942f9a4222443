//! The consent page: what the app asks for, in words; Allow or Deny.

use crate::protocol::form::Params;
use crate::protocol::url::AbsoluteUrl;

use super::config::ConsentPolicy;
use super::context::Context;
use super::grant_details::GrantDetails;
use super::http::Response;
use super::sign_in::DENIED;
use super::store::digest;
use super::store::request::{AcceptedRequest, Consent, Interaction, Login};
use super::switches::Switch;
use super::{Reply, pages};

/// How long a consent is remembered, in seconds: 30 days.
const CONSENT_LIFE: i64 = 30 * 86_400;

impl Context<'_> {
    pub(super) fn consent(&mut self) -> Reply {
        if self.request.method == "GET" {
            let id = self.shown_id();
            return match self.get::<Interaction>(&digest(&id)) {
                Some(Interaction { request, login: Some(login), .. }) => {
                    pages::consent(&self.issuer, self.config, &id, &request, &login).into()
                }
                _ => self.page_is_over().into(),
            };
        }
        let form = Params::parse(&self.request.body);
        let waiting = self.take_interaction(&form, |waiting| waiting.login.is_some());
        let Some(Interaction { request, login: Some(login), .. }) = waiting else {
            return self.page_is_over().into();
        };
        match form.get("decision") {
            Some("allow") => {
                let GrantDetails { scope, resources, .. } = request.details.clone();
                let consent = Consent { scope, resources, expires: self.now + CONSENT_LIFE };
                self.put(&consent_id(&request, &login), &consent);
                self.answer_with_code(request, login)
            }
            Some("other-person") => {
                let id = self.wait(request, None);
                Response::see_other(&self.page_url("sign-in", &id)).into()
            }
            _ => self.answer_with_error(&request.back, DENIED),
        }
    }

    /// Whether the person allowed the same before, and it is certain that the app is the same.
    ///
    /// A public client can be recognised only by its redirect URI: registered exactly, and either `https` or of this
    /// origin (RFC 6749, section 10.2; RFC 10017, section 6.3.3.2).
    pub(super) fn may_skip_consent(&self, request: &AcceptedRequest, login: &Login) -> bool {
        if self.has(Switch::ConsentSkipped) || self.config.consent == ConsentPolicy::Given {
            return true;
        }
        let redirect_uri = &request.back.redirect_uri;
        let is_exact =
            self.client(&request.back.client_id).is_some_and(|client| client.redirect_uris.contains(redirect_uri));
        let is_https = AbsoluteUrl::parse(redirect_uri).is_ok_and(|url| url.scheme == "https");
        let allowed = || self.get::<Consent>(&consent_id(request, login));
        let GrantDetails { scope, resources, authorization_details, .. } = &request.details;
        let covers = |consent: Consent| {
            scope.is_subset_of(&consent.scope) && resources.iter().all(|resource| consent.resources.contains(resource))
        };
        // Details apply to one occasion, so the person is asked each time (RFC 9396, section 14).
        !request.ask_consent
            && authorization_details.is_none()
            && is_exact
            && (is_https || self.is_own_origin(redirect_uri))
            && allowed().is_some_and(covers)
    }
}

/// A consent belongs to one person, one app and one address. None of the three contains a line feed.
fn consent_id(request: &AcceptedRequest, login: &Login) -> String {
    digest(&[request.back.client_id.as_str(), &request.back.redirect_uri, &login.sub].join("\n"))
}
