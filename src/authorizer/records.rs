//! The kinds of records, and how each is written. None holds a code or a token: those are only keys, hashed.

use crate::protocol::json::{Object, Value, Writer};
use crate::protocol::pkce::ChallengeMethod;
use crate::protocol::scope::Scope;

use super::answer::AnswerMode;
use super::store::Record;
use super::terms::Terms;

/// How long a sign-in or consent page waits for the person, in seconds.
pub(super) const INTERACTION_LIFE: i64 = 600;
/// How long an expired code is remembered, so that the refusal can say why. In seconds.
const EXPIRED_CODE_MEMORY: i64 = 600;

pub(super) fn text(object: &Object<'_>, name: &str) -> Option<String> {
    object.str(name).map(str::to_owned)
}

pub(super) fn whole(object: &Object<'_>, name: &str) -> Option<i64> {
    object.get(name).and_then(Value::as_whole)
}

pub(super) fn flag(object: &Object<'_>, name: &str) -> bool {
    object.get(name) == Some(&Value::Bool(true))
}

pub(super) fn scope(object: &Object<'_>) -> Option<Scope> {
    object.str("scope").map(Scope::parse)
}

pub(super) fn texts(object: &Object<'_>, name: &str) -> Vec<String> {
    object.get(name).and_then(Value::as_strings).unwrap_or_default()
}

pub(super) fn write_texts(writer: Writer, name: &str, texts: &[String]) -> Writer {
    if texts.is_empty() { writer } else { writer.strings(name, texts.iter().map(String::as_str)) }
}

/// Who signed in, when, and in which session.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) sub: String,
    pub(super) auth_time: i64,
    /// Unguessable; goes into the ID token as `sid` and proves at sign-out that the token is ours.
    pub(super) sid: String,
}

impl Login {
    fn write(&self, writer: Writer) -> Writer {
        writer.str("sub", &self.sub).int("auth_time", self.auth_time).str("sid", &self.sid)
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        Some(Self { sub: text(object, "sub")?, auth_time: whole(object, "auth_time")?, sid: text(object, "sid")? })
    }
}

/// To whom, where and how the answer to an authorization request goes back.
#[derive(Clone)]
pub(super) struct ReturnPath {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) mode: AnswerMode,
    pub(super) state: Option<String>,
}

/// The challenge of a request and how it was made.
#[derive(Clone)]
pub(super) struct Challenge {
    pub(super) method: ChallengeMethod,
    pub(super) text: String,
}

impl Challenge {
    fn write(challenge: Option<&Self>, writer: Writer) -> Writer {
        let Some(Self { method, text }) = challenge else { return writer };
        let method = match method {
            ChallengeMethod::S256 => "S256",
            ChallengeMethod::Plain => "plain",
        };
        writer.str("challenge", text).str("challenge_method", method)
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        let method = ChallengeMethod::from_name(object.str("challenge_method")?)?;
        Some(Self { method, text: text(object, "challenge")? })
    }
}

/// An authorization request that passed every check.
#[derive(Clone)]
pub(super) struct AcceptedRequest {
    pub(super) back: ReturnPath,
    pub(super) challenge: Option<Challenge>,
    pub(super) nonce: Option<String>,
    pub(super) terms: Terms,
    /// `prompt=consent`: ask even if the same was allowed before.
    pub(super) ask_consent: bool,
    /// Whom the client expects.
    pub(super) login_hint: Option<String>,
}

/// A request that waits on one of our pages. Its key is the hash of the id in the page; it is taken once.
pub(super) struct Interaction {
    pub(super) request: AcceptedRequest,
    /// Absent on the sign-in page, present on the consent page.
    pub(super) login: Option<Login>,
    pub(super) expires: i64,
}

impl Record for Interaction {
    const KIND: &'static str = "interaction";

    fn forget_at(&self) -> i64 {
        self.expires
    }

    fn write(&self, writer: Writer) -> Writer {
        let AcceptedRequest { back, challenge, nonce, terms, ask_consent, login_hint } = &self.request;
        let writer = writer
            .str("client_id", &back.client_id)
            .str("redirect_uri", &back.redirect_uri)
            .some_str("state", back.state.as_deref())
            .some_str("nonce", nonce.as_deref())
            .bool("ask_consent", *ask_consent)
            .some_str("login_hint", login_hint.as_deref());
        let writer = Challenge::write(challenge.as_ref(), terms.write(back.mode.write(writer)));
        match &self.login {
            Some(login) => login.write(writer),
            None => writer,
        }
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        let back = ReturnPath {
            client_id: text(object, "client_id")?,
            redirect_uri: text(object, "redirect_uri")?,
            mode: AnswerMode::read(object)?,
            state: text(object, "state"),
        };
        let request = AcceptedRequest {
            back,
            challenge: Challenge::read(object),
            nonce: text(object, "nonce"),
            terms: Terms::read(object)?,
            ask_consent: flag(object, "ask_consent"),
            login_hint: text(object, "login_hint"),
        };
        Some(Self { request, login: Login::read(object), expires: whole(object, "forget_at")? })
    }
}

/// The person who is signed in at this issuer in this browser. A worker cannot set cookies, so there is one.
pub(super) struct Session {
    pub(super) login: Login,
    pub(super) expires: i64,
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
pub(super) struct Consent {
    pub(super) scope: Scope,
    pub(super) resources: Vec<String>,
    pub(super) expires: i64,
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

/// A code and everything it is bound to (RFC 6749, section 4.1.2; RFC 7636, section 4.4).
pub(super) struct Code {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<Challenge>,
    pub(super) nonce: Option<String>,
    pub(super) terms: Terms,
    pub(super) login: Login,
    pub(super) expires: i64,
    /// How often somebody tried it and failed.
    pub(super) failures: i64,
    /// Set once it was traded.
    pub(super) spent: Option<Spent>,
}

/// What became of a code. Remembered as long as the grant, so that a replay is still noticed.
pub(super) struct Spent {
    pub(super) grant: String,
    pub(super) until: i64,
}

impl Record for Code {
    const KIND: &'static str = "code";

    fn forget_at(&self) -> i64 {
        self.spent.as_ref().map_or(self.expires + EXPIRED_CODE_MEMORY, |spent| spent.until)
    }

    fn write(&self, writer: Writer) -> Writer {
        let writer = writer
            .str("client_id", &self.client_id)
            .str("redirect_uri", &self.redirect_uri)
            .some_str("nonce", self.nonce.as_deref())
            .int("expires", self.expires)
            .int("failures", self.failures)
            .some_str("grant", self.spent.as_ref().map(|spent| spent.grant.as_str()));
        self.terms.write(self.login.write(Challenge::write(self.challenge.as_ref(), writer)))
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        let until = whole(object, "forget_at")?;
        Some(Self {
            client_id: text(object, "client_id")?,
            redirect_uri: text(object, "redirect_uri")?,
            challenge: Challenge::read(object),
            nonce: text(object, "nonce"),
            terms: Terms::read(object)?,
            login: Login::read(object)?,
            expires: whole(object, "expires")?,
            failures: whole(object, "failures")?,
            spent: text(object, "grant").map(|grant| Spent { grant, until }),
        })
    }
}

/// A challenge whose code was traded: a client that comes with it again uses a constant secret.
pub(super) struct SpentChallenge {
    pub(super) until: i64,
}

impl Record for SpentChallenge {
    const KIND: &'static str = "challenge";

    fn forget_at(&self) -> i64 {
        self.until
    }

    fn write(&self, writer: Writer) -> Writer {
        writer
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        Some(Self { until: whole(object, "forget_at")? })
    }
}

/// What one traded code gave: the family of all tokens that come from it. Without it they are worth nothing.
pub(super) struct Grant {
    pub(super) client_id: String,
    pub(super) terms: Terms,
    pub(super) login: Login,
    /// The end of everything in the family; rotation never moves it (RFC 10017, section 6.3.2.3).
    pub(super) expires: i64,
}

impl Record for Grant {
    const KIND: &'static str = "grant";

    fn forget_at(&self) -> i64 {
        self.expires
    }

    fn write(&self, writer: Writer) -> Writer {
        self.terms.write(self.login.write(writer.str("client_id", &self.client_id)))
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        Some(Self {
            client_id: text(object, "client_id")?,
            terms: Terms::read(object)?,
            login: Login::read(object)?,
            expires: whole(object, "forget_at")?,
        })
    }
}

/// An access token of a family.
pub(super) struct Access {
    pub(super) grant: String,
    pub(super) scope: Scope,
    /// Its audience; none: this server's own UserInfo.
    pub(super) resources: Vec<String>,
    /// The thumbprint of the key that it is bound to, `cnf.jkt` (RFC 9449, section 6).
    pub(super) jkt: Option<String>,
    pub(super) expires: i64,
}

impl Record for Access {
    const KIND: &'static str = "access";

    fn forget_at(&self) -> i64 {
        self.expires
    }

    fn write(&self, writer: Writer) -> Writer {
        let writer = writer.str("grant", &self.grant).str("scope", &self.scope.to_string());
        write_texts(writer.some_str("jkt", self.jkt.as_deref()), "resources", &self.resources)
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        Some(Self {
            grant: text(object, "grant")?,
            scope: scope(object)?,
            resources: texts(object, "resources"),
            jkt: text(object, "jkt"),
            expires: whole(object, "forget_at")?,
        })
    }
}

/// A refresh token of a family, also one that was rotated away: its reuse is what gives a thief away.
pub(super) struct Refresh {
    pub(super) grant: String,
    pub(super) rotated: bool,
    pub(super) expires: i64,
}

impl Record for Refresh {
    const KIND: &'static str = "refresh";

    fn forget_at(&self) -> i64 {
        self.expires
    }

    fn write(&self, writer: Writer) -> Writer {
        writer.str("grant", &self.grant).bool("rotated", self.rotated)
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        Some(Self {
            grant: text(object, "grant")?,
            rotated: flag(object, "rotated"),
            expires: whole(object, "forget_at")?,
        })
    }
}

/// A sign-out that waits for the person's word.
pub(super) struct SignOut {
    /// The page to go on to, without its state; checked already.
    pub(super) target: Option<String>,
    /// Tells the app that the sign-out happened, so it goes there only if it did.
    pub(super) state: Option<String>,
    pub(super) expires: i64,
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
