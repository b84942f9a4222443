//! One request and its response as they really were, with the secrets marked.

use pkce_login::client::ports::{HttpFailure, HttpRequest, HttpResponse};
use pkce_login::protocol::form;
use pkce_login::protocol::token_request::is_secret_parameter;

/// A value of a request or response.
#[derive(Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) secret: bool,
}

/// Which step a request belongs to.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum RequestKind {
    /// Step 6.
    CodeExchange,
    /// Step 8.
    UsesAToken,
    /// No step: discovery, refresh, revocation.
    Other,
}

/// A request as it was sent.
#[derive(Clone, PartialEq)]
pub(super) struct Sent {
    pub(super) kind: RequestKind,
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<Field>,
    /// The parameters of a form body.
    pub(super) form: Vec<Field>,
}

#[derive(Clone, PartialEq)]
pub(super) enum Outcome {
    Answer { status: u16, content_type: String, body: String },
    Failure(HttpFailure),
}

#[derive(Clone, PartialEq)]
pub(super) struct Exchange {
    pub(super) sent: Sent,
    pub(super) outcome: Outcome,
}

impl Sent {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let form = request.body.as_deref().map(parameters).unwrap_or_default();
        let has = |wanted: &str| request.headers.iter().any(|(name, _)| name == wanted);
        let kind = if has("Authorization") {
            RequestKind::UsesAToken
        } else if form.iter().any(|field| field.value == "authorization_code") {
            RequestKind::CodeExchange
        } else {
            RequestKind::Other
        };
        let headers = request.headers.iter().map(|(name, value)| Field {
            name: name.clone(),
            value: value.clone(),
            secret: name == "Authorization",
        });
        Self { kind, method: request.method.clone(), url: request.url.clone(), headers: headers.collect(), form }
    }
}

impl Outcome {
    pub(super) fn of(result: &Result<HttpResponse, HttpFailure>) -> Self {
        match result {
            Ok(response) => Self::Answer {
                status: response.status,
                content_type: response.content_type.clone().unwrap_or_default(),
                body: String::from_utf8_lossy(&response.body).into_owned(),
            },
            Err(failure) => Self::Failure(*failure),
        }
    }

    /// The label for the list of steps: the status, or why there is none.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Answer { status, .. } => status.to_string(),
            Self::Failure(HttpFailure::CorsBlocked) => "Not readable".to_owned(),
            Self::Failure(HttpFailure::Redirected) => "Redirected".to_owned(),
            Self::Failure(_) => "No answer".to_owned(),
        }
    }
}

/// The parameters of a form body or a query. The secrets of the protocol, `state` and `nonce` are marked.
pub(super) fn parameters(text: &str) -> Vec<Field> {
    form::pairs(text)
        .map(|pair| Field {
            secret: is_secret_parameter(&pair.name) || matches!(pair.name.as_ref(), "state" | "nonce"),
            name: pair.name.into_owned(),
            value: pair.value.into_owned(),
        })
        .collect()
}
