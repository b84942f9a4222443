//! Records of codes and tokens. A record holds neither: its key is the hash of the code or token.

use super::members::{group, record};
use super::request::{Challenge, Login};
use crate::authorizer::grant_details::GrantDetails;
use crate::protocol::scope::Scope;

/// How long an expired code is remembered, in seconds, so that the refusal can give the reason.
const EXPIRED_CODE_MEMORY: i64 = 600;

record! {
    /// A code and everything it is bound to (RFC 6749, section 4.1.2; RFC 7636, section 4.4).
    Code, "code", this => this.spent.as_ref().map_or(this.expires + EXPIRED_CODE_MEMORY, |spent| spent.until), {
        client_id: String,
        redirect_uri: String,
        challenge: Option<Challenge>,
        nonce: Option<String>,
        details: GrantDetails,
        login: Login,
        expires: i64,
        /// How many exchanges failed.
        failures: i64,
        /// Set by the exchange.
        spent: Option<Spent>,
    }
}

group! {
    /// The grant of an exchanged code. Remembered as long as the grant, so that a replay is still noticed.
    Spent {
        grant: String,
        until: i64,
    }
}

record! {
    /// A challenge whose code was exchanged. A client that sends it again uses a constant secret.
    SpentChallenge, "challenge", this => this.until, {
        until: i64,
    }
}

record! {
    /// The grant of one exchanged code: the family of all its tokens, worthless without the grant.
    Grant, "grant", this => this.expires, {
        client_id: String,
        details: GrantDetails,
        login: Login,
        /// When everything in the family expires; rotation never moves it (RFC 10017, section 6.3.2.3).
        expires: i64,
    }
}

record! {
    /// An access token of a family.
    Access, "access", this => this.expires, {
        grant: String,
        scope: Scope,
        /// The audience. Empty: the UserInfo endpoint of this server.
        resources: Vec<String>,
        /// The thumbprint of the key that the token is bound to, `cnf.jkt` (RFC 9449, section 6).
        jkt: Option<String>,
        expires: i64,
    }
}

record! {
    /// A refresh token of a family. A rotated token is recorded too: its reuse exposes a thief.
    Refresh, "refresh", this => this.expires, {
        grant: String,
        rotated: bool,
        expires: i64,
    }
}
