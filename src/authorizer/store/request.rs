//! Records of requests that wait for the person, and of the person's session.

use super::members::{Member, group, record};
use crate::authorizer::grant_details::GrantDetails;
use crate::protocol::json::{Object, Writer};
use crate::protocol::pkce::ChallengeMethod;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::scope::Scope;

/// How long a sign-in or consent page waits for the person, in seconds.
pub(in crate::authorizer) const INTERACTION_LIFE: i64 = 600;

group! {
    /// Who signed in, when, and in which session.
    Login {
        sub: String,
        auth_time: i64,
        /// Unguessable. It goes into the ID token as `sid`, and proves at sign-out that the token is ours.
        sid: String,
    }
}

group! {
    /// To which client, where and how the authorization response goes back.
    ReturnPath {
        client_id: String,
        redirect_uri: String,
        response_mode: ResponseMode,
        state: Option<String>,
    }
}

group! {
    /// The challenge of a request and how it was made.
    Challenge {
        code_challenge_method: ChallengeMethod,
        code_challenge: String,
    }
}

impl Member for ChallengeMethod {
    fn write(&self, name: &str, writer: Writer) -> Writer {
        let method = match self {
            Self::S256 => "S256",
            Self::Plain => "plain",
        };
        writer.str(name, method)
    }

    fn read(name: &str, object: &Object<'_>) -> Option<Self> {
        Self::from_name(object.str(name)?)
    }
}

group! {
    /// An authorization request that passed every check.
    AcceptedRequest {
        back: ReturnPath,
        challenge: Option<Challenge>,
        nonce: Option<String>,
        details: GrantDetails,
        /// `prompt=consent`: ask even if the same was allowed before.
        ask_consent: bool,
        /// Whom the client expects.
        login_hint: Option<String>,
        /// The client asks for a token in place of a code.
        implicit: bool,
    }
}

record! {
    /// A request that waits on one of our pages. Its key is the hash of the id in the page; it is taken once.
    Interaction, "interaction", this => this.expires, {
        request: AcceptedRequest,
        /// Absent on the sign-in page, present on the consent page.
        login: Option<Login>,
        expires: i64,
    }
}

record! {
    /// The person who is signed in at this issuer in one browser. Its key is the hash of the cookie; it is empty where
    /// no cookies can be set.
    Session, "session", this => this.expires, {
        login: Login,
        expires: i64,
    }
}

record! {
    /// What one person allowed one client at one redirect URI.
    Consent, "consent", this => this.expires, {
        scope: Scope,
        resources: Vec<String>,
        expires: i64,
    }
}

record! {
    /// A sign-out that waits for the decision of the person.
    SignOut, "sign-out", this => this.expires, {
        /// The page to continue at, without its state; already checked.
        target: Option<String>,
        /// Tells the app that the sign-out happened, so it is sent only then.
        state: Option<String>,
        expires: i64,
    }
}
