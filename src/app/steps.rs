//! The eight steps, described in words.

/// The parties of a step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    App,
    AppToAuthorizer,
    Authorizer,
    AuthorizerToApp,
    AppToApi,
}

impl Between {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::App => "In this app",
            Self::AppToAuthorizer => "App to authorizer",
            Self::Authorizer => "At the authorizer",
            Self::AuthorizerToApp => "Authorizer to app",
            Self::AppToApi => "App to API",
        }
    }

    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::App => "actor in-app",
            Self::AppToAuthorizer | Self::AppToApi => "actor to-right",
            Self::Authorizer => "actor at-authorizer",
            Self::AuthorizerToApp => "actor to-left",
        }
    }
}

pub(super) struct StepText {
    pub(super) title: &'static str,
    pub(super) between: Between,
    /// One sentence for a first look at the list.
    pub(super) summary: &'static str,
    /// The purpose of the step.
    pub(super) explain: &'static str,
    /// The source of the rule: a name and an address.
    pub(super) source: (&'static str, &'static str),
}

pub(super) const STEPS: [StepText; 8] = [
    StepText {
        title: "Make a secret and its hash",
        between: Between::App,
        summary: "A random secret stays here. Anyone may see its hash.",
        explain: "The app makes 32 random octets and keeps them in this tab. They are the secret, which the protocol \
            calls code verifier. The app sends only its SHA-256 hash, the code challenge. The hash does not reveal \
            the secret.",
        source: ("RFC 7636, section 4.1", "https://www.rfc-editor.org/rfc/rfc7636#section-4.1"),
    },
    StepText {
        title: "Ask for permission",
        between: Between::AppToAuthorizer,
        summary: "The browser goes to the authorizer with the hash.",
        explain: "The browser opens the authorizer's page. The address names the app, the scopes, where to come \
            back to, and the hash. A random state ties the answer to this tab, and a random nonce ties the ID token \
            to this request.",
        source: ("RFC 6749, section 4.1.1", "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1"),
    },
    StepText {
        title: "You sign in and allow",
        between: Between::Authorizer,
        summary: "You tell the authorizer who you are. The app does not see how.",
        explain: "This happens on the authorizer's own page. The app sees neither a password nor what you press. It \
            learns only the answer. The answer travels through your browser, which ties it to the person who was \
            asked.",
        source: ("RFC 6749, section 4.1", "https://www.rfc-editor.org/rfc/rfc6749#section-4.1"),
    },
    StepText {
        title: "Come back with a code",
        between: Between::AuthorizerToApp,
        summary: "The browser comes back with a code in the address.",
        explain: "The code is in the address, where a proxy, a log or a person behind you may see it. That does no \
            harm, because the code alone is useless. Before the app sends anything, it checks that the state is the \
            one of this tab, that the answer names the right authorizer, and that no parameter is repeated.",
        source: ("RFC 9207, section 2.4", "https://www.rfc-editor.org/rfc/rfc9207#section-2.4"),
    },
    StepText {
        title: "Clean the address bar",
        between: Between::App,
        summary: "The code leaves the address before the browser draws again.",
        explain: "The callback page takes the answer, cleans the address and leaves, all before the browser draws its \
            next frame. The code is removed from this tab: the address, Back and reload do not show it. Your \
            browser's own history list may still show it. It cannot be used again.",
        source: ("OAuth 2.1, section 2.3", "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1"),
    },
    StepText {
        title: "Exchange the code and the secret for tokens",
        between: Between::AppToAuthorizer,
        summary: "The code is useless without the secret.",
        explain: "The app sends the code and the secret of step 1. The authorizer hashes the secret and compares it \
            with the hash of step 2. A thief of the code in step 4 does not have the secret and cannot use \
            the code. The app has no password, because it could not keep one secret.",
        source: ("RFC 7636, section 4.5", "https://www.rfc-editor.org/rfc/rfc7636#section-4.5"),
    },
    StepText {
        title: "Check the ID token",
        between: Between::App,
        summary: "The app checks signature, issuer, audience, nonce and time before it uses a token.",
        explain: "The ID token says who signed in. The app checks its signature with the authorizer's published key, \
            then that it was issued by this authorizer, for this app, for this request, just now, and together with \
            this access token. If one check fails, no token is used.",
        source: (
            "OpenID Connect Core, section 3.1.3.7",
            "https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation",
        ),
    },
    StepText {
        title: "Use the access token",
        between: Between::AppToApi,
        summary: "The access token opens an API, here the one that knows your name.",
        explain: "The app calls the UserInfo endpoint with the access token, and checks that the answer is about the \
            person of the ID token. The token goes into a header, never into an address, and to no other origin.",
        source: ("OpenID Connect Core, section 5.3", "https://openid.net/specs/openid-connect-core-1_0.html#UserInfo"),
    },
];
