//! The error of an authorizer that refuses (RFC 6749, sections 4.1.2.1 and 5.2; OpenID Connect Core, 3.1.2.6).

use super::explain::Explanation;
use super::json::Object;
use super::url::is_web_address;

/// An error from the authorizer. Every part is untrusted text: show it as text, never as HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    /// The code, for example `access_denied`.
    pub error: String,
    /// The description from the authorizer, in full.
    pub description: Option<String>,
    /// A page about the error; always an `https` or `http` address.
    pub uri: Option<String>,
}

impl OAuthError {
    /// Takes the three parts and drops a `uri` that is not a safe address.
    ///
    /// `None` if `error` is empty or has a character outside `NQSCHAR` (RFC 6749, appendix A.7).
    #[must_use]
    pub fn new(error: &str, description: Option<&str>, uri: Option<&str>) -> Option<Self> {
        let in_grammar = |octet: u8| matches!(octet, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if error.is_empty() || !error.bytes().all(in_grammar) {
            return None;
        }
        Some(Self {
            error: error.to_owned(),
            description: description.map(str::to_owned),
            uri: uri.filter(|text| is_web_address(text)).map(str::to_owned),
        })
    }

    /// The error in the body of a response with any status, if it has one.
    #[must_use]
    pub fn in_body(body: &[u8]) -> Option<Self> {
        Self::of_object(&Object::from_octets(body).ok()?)
    }

    pub(super) fn of_object(body: &Object<'_>) -> Option<Self> {
        Self::new(body.str("error")?, body.str("error_description"), body.str("error_uri"))
    }

    /// Whether the authorizer denied access without a description. Then the person cancelled: an answer, not a
    /// failure. With a description, a policy may be the reason (RFC 6749, section 4.1.2.1: "the resource owner or
    /// authorization server denied the request").
    #[must_use]
    pub fn is_denial(&self) -> bool {
        self.error == "access_denied" && self.description.as_deref().is_none_or(|words| words.trim_ascii().is_empty())
    }

    /// Whether the client asked for an answer without a page and the authorizer cannot give it (OpenID Connect Core,
    /// section 3.1.2.6).
    #[must_use]
    pub fn needs_person(&self) -> bool {
        matches!(
            self.error.as_str(),
            "login_required" | "interaction_required" | "consent_required" | "account_selection_required"
        )
    }

    /// Whether the authorizer refuses this kind of request, whatever the request contains.
    #[must_use]
    pub(crate) fn is_about_the_flow(&self) -> bool {
        matches!(self.error.as_str(), "unauthorized_client" | "unsupported_grant_type")
    }

    /// The three texts for people, to show beside the description from the authorizer.
    #[must_use]
    // Inlined, so that an app that shows one of the texts does not load the others.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub fn explain(&self) -> Explanation {
        let (happened, means, to_do) = match self.error.as_str() {
            _ if self.needs_person() => (
                "The authorizer needs to ask you something first.",
                "It was asked to answer without showing a page, and it cannot.",
                "Sign in the normal way.",
            ),
            _ if self.is_denial() => ("You cancelled.", "Nothing was shared.", "Try again whenever you like."),
            "access_denied" => (
                "Access was denied.",
                "The authorizer says why in its own words. Nothing was shared.",
                "Try again, or ask whoever runs the app or the authorizer.",
            ),
            "too_many_requests" | "rate_limited" | "slow_down" => (
                "The authorizer was asked too often.",
                "It answers again after a while.",
                "Wait a moment, then try again.",
            ),
            "invalid_grant" => (
                "The authorizer refused the code or the token.",
                "It was used before, has expired, belongs to another app, or the secret does not fit.",
                "Start again. The old code is worth nothing now.",
            ),
            "invalid_dpop_proof" | "use_dpop_nonce" => (
                "The authorizer did not accept the proof that this browser holds its key.",
                "The clock of this device may be wrong: a proof says when it was made, and an old one could be a copy.",
                "Check the clock of this device, then start again.",
            ),
            "invalid_client" | "unauthorized_client" => (
                "The authorizer does not accept this app.",
                "The client ID is unknown there, or it is registered as an app that has a password of its own.",
                "Register it as a public client (single-page app) and check the client ID.",
            ),
            "invalid_scope" => (
                "The authorizer does not know one of the permissions asked for.",
                "Nothing was granted.",
                "Check the scopes in the setup.",
            ),
            "invalid_request" => (
                "The authorizer did not accept the request.",
                "It misses something in it, or something in it is not allowed.",
                "Its own words say what; check the setup against its documentation.",
            ),
            "unsupported_response_type"
            | "unsupported_grant_type"
            | "request_not_supported"
            | "request_uri_not_supported" => (
                "The authorizer does not support this way to sign in.",
                "The code flow is switched off for this app.",
                "Switch it on at the authorizer.",
            ),
            "temporarily_unavailable" | "server_error" => (
                "The authorizer has a problem of its own.",
                "Your sign-in did not fail because of something you did.",
                "Try again in a while.",
            ),
            _ => (
                "The authorizer refused.",
                "Its own words say why.",
                "Start again, or ask whoever runs the authorizer.",
            ),
        };
        Explanation { happened, means, to_do }
    }
}
