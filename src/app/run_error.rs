//! What went wrong in a run, as the pages show it.

use pkce_login::browser::built_in::BuiltInError;
use pkce_login::client::ports::HttpFailure;
use pkce_login::client::{LoginError, Phase};
use pkce_login::protocol::explain::Explanation;

#[derive(Clone, PartialEq)]
pub(super) struct RunError {
    pub(super) code: String,
    pub(super) texts: Explanation,
    /// The authorizer's own words.
    pub(super) says: Option<String>,
    /// A page of the authorizer about it.
    pub(super) link: Option<String>,
    /// The step at which it happened, counted from 1; `None` before the first one.
    pub(super) step: Option<usize>,
    /// Whether the authorizer does not let this page read its responses.
    pub(super) is_cors: bool,
    /// Whether it is a decision and not a failure: the person denied.
    pub(super) neutral: bool,
}

impl From<&LoginError> for RunError {
    fn from(error: &LoginError) -> Self {
        let says = error.authorizer_says();
        let step = match error.phase() {
            Phase::Discovery => Some(2),
            Phase::Request => Some(1),
            Phase::Response => Some(if matches!(error, LoginError::Refused(_)) { 3 } else { 4 }),
            Phase::Token => Some(6),
            Phase::IdToken => Some(7),
            Phase::UserInfo => Some(8),
            Phase::Refresh | Phase::Revocation | Phase::Api => None,
        };
        Self {
            code: error.code().to_owned(),
            texts: error.explain(),
            says: says.map(|words| match &words.description {
                Some(description) => format!("{}: {description}", words.error),
                None => words.error.clone(),
            }),
            link: says.and_then(|words| words.uri.clone()),
            step,
            is_cors: matches!(error, LoginError::Network(_, HttpFailure::CorsBlocked)),
            neutral: says.is_some_and(|words| words.error == "access_denied"),
        }
    }
}

impl From<BuiltInError> for RunError {
    fn from(error: BuiltInError) -> Self {
        Self {
            code: error.code().to_owned(),
            texts: error.explain(),
            says: None,
            link: None,
            step: Some(1),
            is_cors: false,
            neutral: false,
        }
    }
}
