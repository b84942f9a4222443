//! The authorization response: from untrusted text to a code to send, or a reason to refuse.
//!
//! The order of the checks is part of the rule. The claimed state selects the login, which says at which address the
//! answer must arrive. Then come repetitions and sizes, the component, the issuer, and last code or error.

use super::explain::explained_errors;
use super::form;
use super::jws::Compact;
use super::oauth_error::OAuthError;
use super::pending_login::PendingLogin;
use super::response_mode::ResponseMode;
use super::scrub;
use super::secret::{AuthorizationCode, equal_in_constant_time};
use super::text;
use super::url;

/// Maximum length of a parameter, in octets after decoding.
const MAX_VALUE: usize = 16 * 1024;

/// Maximum number of parameters, including those that the client ignores.
const MAX_PARAMETERS: usize = 100;

explained_errors! {
    /// Why the client refuses an answer. It has sent nothing to the authorizer.
    ResponseError {
        DuplicateParameter = "duplicate_parameter": "The answer says one thing twice.", "Somebody may have added a second value to it. It was not used.", "Start again from this page.";
        ParameterTooLong = "parameter_too_long": "A part of the answer is longer than any authorizer needs.", "It was not used.", "Start again; if it happens again, tell whoever runs the authorizer.";
        UnexpectedResponseMode = "unexpected_response_mode": "The answer came another way than it was asked for.", "Somebody else may have written it. It was not used.", "Start again from this page.";
        UnexpectedToken = "unexpected_token": "The answer brings a token that nobody asked for.", "A token in an address can be anyone's. It was not used.", "Start again from this page.";
        UnexpectedJarm = "unexpected_jarm": "The answer is a signed document that nobody asked for.", "It was not used.", "Start again from this page.";
        JarmExpected = "jarm_expected": "A signed answer was asked for and a plain one came.", "Somebody may have taken the signature away. It was not used.", "Start again from this page.";
        StateMissing = "state_missing": "The answer does not say which request it belongs to.", "Anyone could have sent it here. It was not used.", "Start again from this page.";
        StateMismatch = "state_mismatch": "This answer does not belong to a request made in this tab.", "It was not used. A login that is under way in another tab goes on undisturbed.", "Start again from this page.";
        NoPendingTransaction = "no_pending_transaction": "This answer does not belong to a request made in this tab.", "No sign-in is under way here, so it was not used.", "If you want to sign in, start from this page.";
        TransactionExpired = "transaction_expired": "The answer came too late.", "A request is kept for ten minutes. The answer was not used.", "Start again.";
        AlreadyUsed = "already_used": "This code was already used here.", "A code works once. Nothing was sent this time, and nothing was lost.", "If you are signed in, go on; else start again.";
        IssMissing = "iss_missing": "The answer does not say which authorizer it comes from.", "It has to: the authorizer announced it, or this app asks it of every authorizer. Somebody else may have written the answer. It was not used.", "Start again; if it happens again, tell whoever runs the authorizer.";
        IssMismatch = "iss_mismatch": "The answer names another authorizer.", "The code may be meant for somebody else to catch. It was not used.", "Start again. If it happens again, do not use that authorizer.";
        CodeAndError = "code_and_error": "The answer says yes and no at once.", "It was not used.", "Start again; if it happens again, tell whoever runs the authorizer.";
        MissingCode = "missing_code": "The answer has no code in it.", "There is nothing to exchange for a token.", "Start again; if it happens again, tell whoever runs the authorizer.";
        InvalidCodeSyntax = "invalid_code_syntax": "The code has characters that no code may have.", "It was not used.", "Start again from this page.";
        InvalidErrorSyntax = "invalid_error_syntax": "The authorizer refused, but its reason has characters that no reason may have.", "Its text is not shown, because it may not be its own.", "Start again.";
    }
}

/// Why an address is not an authorization response. That is not an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAResponse {
    /// It contains no response parameter.
    NoResponse,
    /// It is not the redirect URI: its parameters belong to other code and stay untouched.
    NotRedirectUri,
}

impl NotAResponse {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoResponse => "no_response",
            Self::NotRedirectUri => "not_redirect_uri",
        }
    }
}

/// The states that an answer claims, to find the login, which says where the answer must arrive.
///
/// In a signed answer (`response`) the state is not verified yet. No state of this list proves anything: only the
/// comparison in [`CallbackParams::judge`] counts.
#[must_use]
pub fn claimed_states(callback_url: &str, form_body: Option<&str>) -> Vec<String> {
    let (_, query, fragment) = url::split(callback_url);
    let components = match form_body {
        Some(body) => [Some(body), None],
        None => [query, fragment],
    };
    let pairs = components.into_iter().flatten().flat_map(|component| form::pairs(component).take(MAX_PARAMETERS));
    let claimed = pairs.filter_map(|pair| match pair.name.as_ref() {
        "state" => Some(pair.value.into_owned()),
        "response" => Compact::parse(&pair.value).ok()?.payload().ok()?.str("state").map(str::to_owned),
        _ => None,
    });
    claimed.filter(|state| !state.is_empty()).collect()
}

/// The parameters as received: untrusted, not yet tied to a login.
pub struct CallbackParams {
    /// The redirect URI at which they arrived.
    arrived_at: String,
    mode: ResponseMode,
    both_components: bool,
    signed: bool,
    params: Vec<(String, String)>,
}

impl std::fmt::Debug for CallbackParams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.params.iter().map(|(name, _)| name);
        f.debug_struct("CallbackParams")
            .field("mode", &self.mode)
            .field("names", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl CallbackParams {
    /// Reads the address of the callback page and, for `form_post`, the form body. `redirect_uri` is that of the
    /// login that the answer claims; [`judge`](Self::judge) compares it once more.
    ///
    /// # Errors
    /// [`NotAResponse`] if there is nothing to judge.
    pub fn read(callback_url: &str, form_body: Option<&str>, redirect_uri: &str) -> Result<Self, NotAResponse> {
        let (base, query, fragment) = url::split(callback_url);
        let (expected_base, registered, _) = url::split(redirect_uri);
        if base != expected_base {
            return Err(NotAResponse::NotRedirectUri);
        }
        let mut query: Vec<form::Pair<'_>> = form::pairs(query.unwrap_or_default()).collect();
        for own in form::pairs(registered.unwrap_or_default()) {
            match query.iter().position(|pair| pair.raw == own.raw) {
                Some(at) => {
                    query.remove(at);
                }
                None => return Err(NotAResponse::NotRedirectUri),
            }
        }
        let own = |pairs: Vec<form::Pair<'_>>| {
            pairs.into_iter().map(|pair| (pair.name.into_owned(), pair.value.into_owned())).collect()
        };
        let fragment: Vec<form::Pair<'_>> = form::pairs(fragment.unwrap_or_default()).collect();
        let (in_query, in_fragment) = (is_answer(&query), is_answer(&fragment));

        let (mode, params, both_components) = match form_body {
            Some(body) => (ResponseMode::FormPost, own(form::pairs(body).collect()), in_query || in_fragment),
            None if in_query => (ResponseMode::Query, own(query), in_fragment),
            None if in_fragment => (ResponseMode::Fragment, own(fragment), false),
            None => return Err(NotAResponse::NoResponse),
        };
        Ok(Self { arrived_at: redirect_uri.to_owned(), mode, both_components, signed: false, params })
    }

    /// The signed document of the answer, if it has one (JARM, section 2.3). Check it before you read anything in it.
    ///
    /// # Errors
    /// [`ResponseError`] if the answer contains more than the document.
    pub fn signed_document(&self) -> Result<Option<&str>, ResponseError> {
        if self.get("response").is_none() {
            return Ok(None);
        }
        self.check_form()?;
        let beside = ["code", "state", "error", "iss"].iter().any(|name| self.get(name).is_some());
        if beside { Err(ResponseError::UnexpectedJarm) } else { Ok(self.get("response")) }
    }

    /// The same answer with the parameters of its signed document, which must be checked.
    #[must_use]
    pub fn with_signed(self, params: Vec<(String, String)>) -> Self {
        Self { signed: true, params, ..self }
    }

    /// The state, which selects the pending login.
    ///
    /// # Errors
    /// [`ResponseError`] if the answer is unusable for any login. Then touch no pending login: anyone can send such
    /// an answer.
    pub fn state(&self) -> Result<&str, ResponseError> {
        self.check_form()?;
        if self.get("response").is_some() {
            return Err(ResponseError::UnexpectedJarm);
        }
        self.get("state").ok_or(ResponseError::StateMissing)
    }

    /// Checks the rules that do not depend on the login.
    fn check_form(&self) -> Result<(), ResponseError> {
        if self.params.len() > MAX_PARAMETERS {
            return Err(ResponseError::ParameterTooLong);
        }
        let repeated = |name: &str| self.params.iter().filter(|(known, _)| known == name).count() > 1;
        for (name, value) in &self.params {
            if scrub::is_response_parameter(name) {
                if repeated(name) {
                    return Err(ResponseError::DuplicateParameter);
                }
                if value.len() > MAX_VALUE {
                    return Err(ResponseError::ParameterTooLong);
                }
            }
        }
        // Checked before the state: no login ever waits for a token in an address.
        if ["access_token", "id_token", "refresh_token", "token_type"].iter().any(|name| self.get(name).is_some()) {
            return Err(ResponseError::UnexpectedToken);
        }
        Ok(())
    }

    /// Checks the answer against the login that its state belongs to.
    ///
    /// The caller has already removed `pending` from its store: whatever the result, the login is over and its
    /// verifier gone (RFC 9700, section 4.2.4).
    ///
    /// # Errors
    /// [`ResponseError`]: no token request may be made.
    pub fn judge(self, pending: PendingLogin, now: i64) -> Result<Judged, ResponseError> {
        let state = self.state()?;
        if !equal_in_constant_time(state.as_bytes(), pending.state.expose().as_bytes()) {
            return Err(ResponseError::StateMismatch);
        }
        // RFC 9700, section 4.4.2.2: an answer at the redirect URI of another client may be a mix-up.
        if self.arrived_at != pending.redirect_uri {
            return Err(ResponseError::StateMismatch);
        }
        if self.both_components || self.mode != pending.response_mode.component() {
            return Err(ResponseError::UnexpectedResponseMode);
        }
        if self.signed != pending.response_mode.is_signed() {
            let missing = pending.response_mode.is_signed();
            return Err(if missing { ResponseError::JarmExpected } else { ResponseError::UnexpectedJarm });
        }
        if pending.is_expired(now) {
            return Err(ResponseError::TransactionExpired);
        }
        match self.get("iss") {
            Some(iss) if iss != pending.server.issuer => return Err(ResponseError::IssMismatch),
            None if pending.server.iss_parameter_supported => return Err(ResponseError::IssMissing),
            _ => {}
        }
        match (self.get("code"), self.get("error")) {
            (Some(_), Some(_)) => Err(ResponseError::CodeAndError),
            (None, None) => Err(ResponseError::MissingCode),
            (None, Some(error)) => OAuthError::new(error, self.get("error_description"), self.get("error_uri"))
                .map(|error| Judged::Refused(RefusedLogin { error, return_to: pending.return_to }))
                .ok_or(ResponseError::InvalidErrorSyntax),
            (Some(code), None) if !code.bytes().all(|octet| matches!(octet, 0x20..=0x7e)) => {
                Err(ResponseError::InvalidCodeSyntax)
            }
            (Some(code), None) => {
                let code = AuthorizationCode::new(code);
                let issuer_named = self.get("iss").is_some();
                Ok(Judged::Code(AcceptedCallback { code, pending, issuer_named }))
            }
        }
    }

    /// The unverified error in the answer, to report on an answer that is not used. Only the result of
    /// [`judge`](Self::judge) counts.
    #[must_use]
    pub fn claimed_refusal(&self) -> Option<OAuthError> {
        OAuthError::new(self.get("error")?, self.get("error_description"), self.get("error_uri"))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

/// Whether a component contains an answer. A bare word is none: `#code` may be a place in a page. Beside a parameter
/// with a value, a bare word counts like any other, in each component.
fn is_answer(pairs: &[form::Pair<'_>]) -> bool {
    pairs.iter().any(|pair| text::cut(pair.raw, b'=').is_some() && scrub::is_response_parameter(&pair.name))
}

/// A well-formed answer to a login of this client.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one is made a login, and taken apart at once")]
pub enum Judged {
    /// A code that the client may send, once, to the token endpoint of the pending login.
    Code(AcceptedCallback),
    /// The authorizer or the person refused.
    Refused(RefusedLogin),
}

/// A login that the authorizer refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLogin {
    /// The error from the authorizer.
    pub error: OAuthError,
    /// Where the person continues in the app.
    pub return_to: String,
}

/// An answer that passed every check. Only [`CallbackParams::judge`] makes one.
#[derive(Debug)]
pub struct AcceptedCallback {
    pub(super) code: AuthorizationCode,
    pub(super) pending: PendingLogin,
    issuer_named: bool,
}

impl AcceptedCallback {
    /// The login that the answer belongs to.
    #[must_use]
    pub fn pending(&self) -> &PendingLogin {
        &self.pending
    }

    /// Whether the answer named its issuer (RFC 9207).
    #[must_use]
    pub fn names_issuer(&self) -> bool {
        self.issuer_named
    }
}
