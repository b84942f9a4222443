//! Records of requests that wait for the person, and of the person's session.

use crate::authorizer::grant_details::GrantDetails;
use crate::protocol::json::{Object, Writer};
use crate::protocol::pkce::ChallengeMethod;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::scope::Scope;

use super::Record;
use super::fields::{flag, scope, text, texts, whole, write_texts};

/// How long a sign-in or consent page waits for the person, in seconds.
pub(in crate::authorizer) const INTERACTION_LIFE: i64 = 600;

/// Who signed in, when, and in which session.
#[derive(Clone)]
pub(in crate::authorizer) struct Login {
    pub(in crate::authorizer) sub: String,
    pub(in crate::authorizer) auth_time: i64,
    /// Unguessable. It goes into the ID token as `sid`, and proves at sign-out that the token is ours.
    pub(in crate::authorizer) sid: String,
}

impl Login {
    pub(super) fn write(&self, writer: Writer) -> Writer {
        writer.str("sub", &self.sub).int("auth_time", self.auth_time).str("sid", &self.sid)
    }

    pub(super) fn read(object: &Object<'_>) -> Option<Self> {
        Some(Self { sub: text(object, "sub")?, auth_time: whole(object, "auth_time")?, sid: text(object, "sid")? })
    }
}

/// To which client, where and how the authorization response goes back.
#[derive(Clone)]
pub(in crate::authorizer) struct ReturnPath {
    pub(in crate::authorizer) client_id: String,
    pub(in crate::authorizer) redirect_uri: String,
    pub(in crate::authorizer) mode: ResponseMode,
    pub(in crate::authorizer) state: Option<String>,
}

/// The challenge of a request and how it was made.
#[derive(Clone)]
pub(in crate::authorizer) struct Challenge {
    pub(in crate::authorizer) method: ChallengeMethod,
    pub(in crate::authorizer) text: String,
}

impl Challenge {
    pub(super) fn write(challenge: Option<&Self>, writer: Writer) -> Writer {
        let Some(Self { method, text }) = challenge else { return writer };
        let method = match method {
            ChallengeMethod::S256 => "S256",
            ChallengeMethod::Plain => "plain",
        };
        writer.str("challenge", text).str("challenge_method", method)
    }

    pub(super) fn read(object: &Object<'_>) -> Option<Self> {
        let method = ChallengeMethod::from_name(object.str("challenge_method")?)?;
        Some(Self { method, text: text(object, "challenge")? })
    }
}

/// An authorization request that passed every check.
#[derive(Clone)]
pub(in crate::authorizer) struct AcceptedRequest {
    pub(in crate::authorizer) back: ReturnPath,
    pub(in crate::authorizer) challenge: Option<Challenge>,
    pub(in crate::authorizer) nonce: Option<String>,
    pub(in crate::authorizer) details: GrantDetails,
    /// `prompt=consent`: ask even if the same was allowed before.
    pub(in crate::authorizer) ask_consent: bool,
    /// Whom the client expects.
    pub(in crate::authorizer) login_hint: Option<String>,
}

/// A request that waits on one of our pages. Its key is the hash of the id in the page; it is taken once.
pub(in crate::authorizer) struct Interaction {
    pub(in crate::authorizer) request: AcceptedRequest,
    /// Absent on the sign-in page, present on the consent page.
    pub(in crate::authorizer) login: Option<Login>,
    pub(in crate::authorizer) expires: i64,
}

impl Record for Interaction {
    const KIND: &'static str = "interaction";

    fn forget_at(&self) -> i64 {
        self.expires
    }

    fn write(&self, writer: Writer) -> Writer {
        let AcceptedRequest { back, challenge, nonce, details, ask_consent, login_hint } = &self.request;
        let writer = writer
            .str("client_id", &back.client_id)
            .str("redirect_uri", &back.redirect_uri)
            .some_str("state", back.state.as_deref())
            .some_str("nonce", nonce.as_deref())
            .bool("ask_consent", *ask_consent)
            .some_str("login_hint", login_hint.as_deref());
        let writer = Challenge::write(challenge.as_ref(), details.write(writer.str("response_mode", back.mode.name())));
        match &self.login {
            Some(login) => login.write(writer),
            None => writer,
        }
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        let back = ReturnPath {
            client_id: text(object, "client_id")?,
            redirect_uri: text(object, "redirect_uri")?,
            mode: ResponseMode::from_name(object.str("response_mode")?)?,
            state: text(object, "state"),
        };
        let request = AcceptedRequest {
            back,
            challenge: Challenge::read(object),
            nonce: text(object, "nonce"),
            details: GrantDetails::read(object)?,
            ask_consent: flag(object, "ask_consent"),
            login_hint: text(object, "login_hint"),
        };
        Some(Self { request, login: Login::read(object), expires: whole(object, "forget_at")? })
    }
}

/// The person who is signed in at this issuer in this browser: only one, as a service worker cannot set cookies.
pub(in crate::authorizer) struct Session {
    pub(in crate::authorizer) login: Login,
    pub(in crate::authorizer) expires: i64,
}

impl Record for Session {
    const KIND: &'static str = "session";

    fn forget_at(&self) -> i64 {
        self.expires
    }

    fn write(&self, writer: Writer) -> Writer {
        self.login.write(writer)
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        Some(Self { login: Login::read(object)?, expires: whole(object, "forget_at")? })
    }
}

/// What one person allowed one client at one redirect URI.
pub(in crate::authorizer) struct Consent {
    pub(in crate::authorizer) scope: Scope,
    pub(in crate::authorizer) resources: Vec<String>,
    pub(in crate::authorizer) expires: i64,
}

impl Record for Consent {
    const KIND: &'static str = "consent";

    fn forget_at(&self) -> i64 {
        self.expires
    }

    fn write(&self, writer: Writer) -> Writer {
        write_texts(writer.str("scope", &self.scope.to_string()), "resources", &self.resources)
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        Some(Self {
            scope: scope(object)?,
            resources: texts(object, "resources"),
            expires: whole(object, "forget_at")?,
        })
    }
}

/// A sign-out that waits for the decision of the person.
pub(in crate::authorizer) struct SignOut {
    /// The page to continue at, without its state; already checked.
    pub(in crate::authorizer) target: Option<String>,
    /// Tells the app that the sign-out happened, so it is sent only then.
    pub(in crate::authorizer) state: Option<String>,
    pub(in crate::authorizer) expires: i64,
}

impl Record for SignOut {
    const KIND: &'static str = "sign-out";

    fn forget_at(&self) -> i64 {
        self.expires
    }

    fn write(&self, writer: Writer) -> Writer {
        writer.some_str("target", self.target.as_deref()).some_str("state", self.state.as_deref())
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        Some(Self {
            target: text(object, "target"),
            state: text(object, "state"),
            expires: whole(object, "forget_at")?,
        })
    }
}
