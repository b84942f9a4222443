//! Records of codes and tokens. A record holds neither: its key is the hash of the code or token.

use crate::authorizer::grant_details::GrantDetails;
use crate::protocol::json::{Object, Writer};
use crate::protocol::scope::Scope;

use super::Record;
use super::fields::{flag, scope, text, texts, whole, write_texts};
use super::request::{Challenge, Login};

/// How long an expired code is remembered, in seconds, so that the refusal can give the reason.
const EXPIRED_CODE_MEMORY: i64 = 600;

/// A code and everything it is bound to (RFC 6749, section 4.1.2; RFC 7636, section 4.4).
pub(in crate::authorizer) struct Code {
    pub(in crate::authorizer) client_id: String,
    pub(in crate::authorizer) redirect_uri: String,
    pub(in crate::authorizer) challenge: Option<Challenge>,
    pub(in crate::authorizer) nonce: Option<String>,
    pub(in crate::authorizer) details: GrantDetails,
    pub(in crate::authorizer) login: Login,
    pub(in crate::authorizer) expires: i64,
    /// How many exchanges failed.
    pub(in crate::authorizer) failures: i64,
    /// Set by the exchange.
    pub(in crate::authorizer) spent: Option<Spent>,
}

/// The grant of an exchanged code. Remembered as long as the grant, so that a replay is still noticed.
pub(in crate::authorizer) struct Spent {
    pub(in crate::authorizer) grant: String,
    pub(in crate::authorizer) until: i64,
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
        self.details.write(self.login.write(Challenge::write(self.challenge.as_ref(), writer)))
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        let until = whole(object, "forget_at")?;
        Some(Self {
            client_id: text(object, "client_id")?,
            redirect_uri: text(object, "redirect_uri")?,
            challenge: Challenge::read(object),
            nonce: text(object, "nonce"),
            details: GrantDetails::read(object)?,
            login: Login::read(object)?,
            expires: whole(object, "expires")?,
            failures: whole(object, "failures")?,
            spent: text(object, "grant").map(|grant| Spent { grant, until }),
        })
    }
}

/// A challenge whose code was exchanged. A client that sends it again uses a constant secret.
pub(in crate::authorizer) struct SpentChallenge {
    pub(in crate::authorizer) until: i64,
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

/// The grant of one exchanged code: the family of all its tokens, worthless without the grant.
pub(in crate::authorizer) struct Grant {
    pub(in crate::authorizer) client_id: String,
    pub(in crate::authorizer) details: GrantDetails,
    pub(in crate::authorizer) login: Login,
    /// When everything in the family expires; rotation never moves it (RFC 10017, section 6.3.2.3).
    pub(in crate::authorizer) expires: i64,
}

impl Record for Grant {
    const KIND: &'static str = "grant";

    fn forget_at(&self) -> i64 {
        self.expires
    }

    fn write(&self, writer: Writer) -> Writer {
        self.details.write(self.login.write(writer.str("client_id", &self.client_id)))
    }

    fn read(object: &Object<'_>) -> Option<Self> {
        Some(Self {
            client_id: text(object, "client_id")?,
            details: GrantDetails::read(object)?,
            login: Login::read(object)?,
            expires: whole(object, "forget_at")?,
        })
    }
}

/// An access token of a family.
pub(in crate::authorizer) struct Access {
    pub(in crate::authorizer) grant: String,
    pub(in crate::authorizer) scope: Scope,
    /// The audience. Empty: the UserInfo endpoint of this server.
    pub(in crate::authorizer) resources: Vec<String>,
    /// The thumbprint of the key that the token is bound to, `cnf.jkt` (RFC 9449, section 6).
    pub(in crate::authorizer) jkt: Option<String>,
    pub(in crate::authorizer) expires: i64,
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

/// A refresh token of a family. A rotated token is recorded too: its reuse exposes a thief.
pub(in crate::authorizer) struct Refresh {
    pub(in crate::authorizer) grant: String,
    pub(in crate::authorizer) rotated: bool,
    pub(in crate::authorizer) expires: i64,
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
