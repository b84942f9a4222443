//! Errors for the page: one JSON object, which `core.js` turns into a `PkceError`.

use wasm_bindgen::JsValue;

use super::options::OptionsError;
use crate::browser::SignInError;
use crate::client::{LoginError, Phase, ResponseInfo};
use crate::protocol::explain::explained_errors;
use crate::protocol::json::Writer;

explained_errors! {
    /// Why a call on an outdated snapshot is refused.
    SnapshotError {
        SignedOut = "signed_out": "The user is signed out or has changed.", "The session of this call has ended, here or in another tab. Nothing was sent.", "Take the newest snapshot, or sign in again.";
        SignedIn = "signed_in": "A user is already signed in.", "A new sign-in would replace this session. Nothing was sent.", "Take the newest snapshot, or sign out first.";
        Pending = "sign_in_pending": "A sign-in is being completed on this page.", "Two at once would disturb each other. Nothing was sent.", "Wait for the next snapshot.";
    }
}

/// One error as JSON text: `code`, `message`, `meaning`, `advice`, `step`, `retryable` and, where details of the
/// response are known, `cause`. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report(String);

impl Report {
    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The JSON text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    fn new(code: &str, texts: (&str, &str, &str), step: &str, is_retryable: bool, cause: Option<&str>) -> Self {
        let (happened, means, to_do) = texts;
        let mut report = Writer::new()
            .str("code", code)
            .str("message", happened)
            .str("meaning", means)
            .str("advice", to_do)
            .str("step", step)
            .bool("retryable", is_retryable);
        if let Some(cause) = cause {
            report = report.raw("cause", cause);
        }
        Self(report.finish())
    }

    /// The report of wrong options.
    #[must_use]
    pub fn of_options(error: &OptionsError) -> Self {
        let texts = (error.happened(), error.means(), error.to_do());
        Self::new(error.code(), (&texts.0, texts.1, &texts.2), "configuration", false, None)
    }

    /// The report of a call on an outdated snapshot.
    #[must_use]
    pub fn of_snapshot(error: SnapshotError) -> Self {
        let texts = error.explain();
        let step = match error {
            SnapshotError::SignedOut => Phase::Token,
            SnapshotError::SignedIn | SnapshotError::Pending => Phase::Request,
        };
        Self::new(error.code(), (texts.happened, texts.means, texts.to_do), step.name(), false, None)
    }

    /// The report of a failure in a login or a session.
    #[must_use]
    pub fn of(error: &SignInError) -> Self {
        let texts = error.explain();
        let texts = (texts.happened, texts.means, texts.to_do);
        let cause = match error {
            SignInError::Login(error) => cause(error),
            SignInError::Popup(_) | SignInError::Frame(_) => None,
        };
        Self::new(error.code(), texts, error.step(), error.kind().is_retryable(), cause.as_deref())
    }
}

/// The error of the authorizer, and the kind of its response.
fn cause(error: &LoginError) -> Option<String> {
    let (says, response) = (error.authorizer_says(), error.response());
    if says.is_none() && response.is_none() {
        return None;
    }
    let mut cause = Writer::new();
    if let Some(says) = says {
        cause = cause.str("error", &says.error).some_str("description", says.description.as_deref());
        cause = cause.some_str("uri", says.uri.as_deref());
    }
    if let Some(ResponseInfo { status, content_type, retry_after, audiences, .. }) = response {
        if *status != 0 {
            cause = cause.int("status", i64::from(*status)).some_str("contentType", content_type.as_deref());
        }
        if let Some(seconds) = retry_after {
            cause = cause.int("retryAfter", *seconds);
        }
        if !audiences.is_empty() {
            cause = cause.strings("audiences", audiences.iter().map(String::as_str));
        }
    }
    Some(cause.finish())
}

/// An error as the page catches it.
pub(super) fn thrown(error: impl Into<SignInError>) -> JsValue {
    Report::of(&error.into()).as_str().into()
}
