//! The three texts of each error, for users.

use super::error::{LoginError, Phase};
use super::ports::HttpFailure;
use crate::protocol::explain::Explanation;
use crate::protocol::token_response::{TokenError, TokenResponseError};

impl LoginError {
    /// The three texts, for users.
    #[must_use]
    // Inlined, so that an app that shows one of the texts does not load the others.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub fn explain(&self) -> Explanation {
        let texts = |happened, means, to_do| Explanation { happened, means, to_do };
        match self {
            Self::WithResponse { response, .. } if response.is_busy() => texts(
                "The authorizer has too much to do.",
                "It asks to be left alone for a while.",
                "Wait a moment, then try again.",
            ),
            Self::WithResponse { error, .. } => error.explain(),
            Self::Token(Phase::Refresh, TokenError::Refused(error)) if error.error == "invalid_grant" => texts(
                "The authorizer has ended this sign-in.",
                "The tokens cannot be renewed any more: they expired, or access was taken back.",
                "Sign in again.",
            ),
            Self::Token(Phase::Refresh, TokenError::Invalid(TokenResponseError::UnexpectedStatus)) => texts(
                "The authorizer did not renew the tokens.",
                "It may be out of order, or something else answers in its place. You stay signed in as long as the tokens last.",
                "Wait a while; it is tried again.",
            ),
            Self::Token(Phase::Refresh, TokenError::Refused(error)) if error.is_about_the_flow() => texts(
                "The authorizer does not renew tokens for this app.",
                "Refresh tokens are switched off for it. You stay signed in as long as the tokens last.",
                "Switch them on at the authorizer, or leave out the scope offline_access.",
            ),
            Self::Network(Phase::Refresh, HttpFailure::CorsBlocked) => texts(
                "The authorizer answered, but it does not let this page read the answer.",
                "It has not been told that this page may call it (CORS). You stay signed in as long as the tokens last.",
                "Add this page's origin to this app's settings at the authorizer.",
            ),
            Self::Network(Phase::Refresh, HttpFailure::TimedOut) => texts(
                "The authorizer took too long to answer.",
                "Nobody can tell whether it received the request. You stay signed in as long as the tokens last.",
                "Wait a while; it is tried again.",
            ),
            Self::Network(Phase::Refresh, HttpFailure::Redirected) => texts(
                "The authorizer wanted to send the request elsewhere.",
                "The refresh token would have gone there too, so it was not followed.",
                "Check the addresses in the authorizer's description.",
            ),
            Self::Network(Phase::Api, HttpFailure::Redirected) => texts(
                "The API sends the request elsewhere.",
                "A token that is bound to this browser's key goes to the address that the app calls only, and what another origin \
                 answers is not the API's. Nothing of it was used.",
                "Call the address that it leads to, and name its origin in api_origins.",
            ),
            Self::Network(Phase::Api, HttpFailure::CorsBlocked | HttpFailure::TimedOut | HttpFailure::Unreachable) => {
                texts(
                    "There is no answer from the API that this page could read.",
                    "It is not running, this device is offline, or it has not been told that this page may call it (CORS).",
                    "Open its address in a tab and see whether it answers.",
                )
            }
            Self::Request(error) => error.explain(),
            Self::Config(error) => error.explain(),
            Self::Pushed(error) => error.explain(),
            Self::Metadata(error) => error.explain(),
            Self::Keys(_) => texts(
                "The authorizer's keys cannot be read.",
                "Without them nobody can tell whether an ID token is real.",
                "Open the address of its keys in a tab and look at what answers.",
            ),
            Self::Response(error) => error.explain(),
            #[cfg(feature = "jarm")]
            Self::SignedResponse(error) => error.explain(),
            Self::Refused(refused) => refused.error.explain(),
            Self::Token(_, error) => error.explain(),
            Self::IdToken(error) => error.explain(),
            Self::Api(error) => error.explain(),
            Self::UserInfo(error) => error.explain(),
            Self::Network(_, failure) => failure.explain(),
            Self::StorageBlocked => texts(
                "This browser does not let the page keep anything.",
                "The secret must outlast the trip to the authorizer, so no sign-in was started. Nothing was sent.",
                "Allow storage for this site, or leave private mode, and try again.",
            ),
            Self::NoEntropy => texts(
                "This browser has no source of good random numbers.",
                "A secret that can be guessed is none, so no sign-in was started.",
                "Use a current browser.",
            ),
            Self::CryptoUnavailable => texts(
                "This browser cannot check the signature of the ID token.",
                "Nobody can tell who signed in. No token was used.",
                "Open the page over https, or use a current browser.",
            ),
            Self::KeyUnavailable => texts(
                "This browser cannot make or keep a key of its own.",
                "Tokens were to be bound to such a key, so that a copy of them is worth nothing. Nothing was sent without it.",
                "Open the page over https, allow storage for this site, or use a current browser.",
            ),
            Self::KeyLost => texts(
                "There is no key that this sign-in is bound to.",
                "Site data was cleared in the meantime, or it was begun by an older page that made none. Nothing was sent without it.",
                "Start again.",
            ),
            Self::TooManyRedirects => texts(
                "The sign-in went back and forth too often.",
                "This page went to the authorizer several times in a row without anybody asking for it, so it stopped.",
                "Press the button to sign in. If it happens again, check that this site may keep data.",
            ),
            Self::NoRefreshToken => texts(
                "There is no refresh token.",
                "The authorizer gave none, so the tokens cannot be renewed without you.",
                "Sign in again, or ask for the scope offline_access.",
            ),
            Self::SessionOver => texts(
                "Nobody is signed in any more.",
                "Somebody signed out, here or in another tab, or the tokens ended and cannot be renewed.",
                "Sign in again.",
            ),
            Self::NoIdToken => texts(
                "There is no ID token to compare with.",
                "Claims about an unknown person are worth nothing, so the API was not asked.",
                "Ask for the scope openid.",
            ),
            Self::NotOffered(_) => texts(
                "The authorizer does not offer this.",
                "Its description names no address for it.",
                "Nothing is wrong; go on without it.",
            ),
        }
    }
}
