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
            Self::WithResponse { response, .. } if response.is_busy() => {
                texts("The authorizer is too busy.", "It asks the app to wait.", "Wait a moment, then try again.")
            }
            Self::WithResponse { error, .. } => error.explain(),
            Self::Token(Phase::Refresh, TokenError::Refused(error)) if error.error == "invalid_grant" => texts(
                "The authorizer has ended this sign-in.",
                "The tokens cannot be renewed. They expired or were revoked.",
                "Sign in again.",
            ),
            Self::Token(Phase::Refresh, TokenError::Invalid(TokenResponseError::UnexpectedStatus)) => texts(
                "The authorizer did not renew the tokens.",
                "It may be out of order, or another server answered. You stay signed in until the tokens expire.",
                "Wait. The app will try again.",
            ),
            Self::Token(Phase::Refresh, TokenError::Refused(error)) if error.is_about_the_flow() => texts(
                "The authorizer does not renew tokens for this app.",
                "Refresh tokens are switched off for it. You stay signed in until the tokens expire.",
                "Switch them on at the authorizer, or leave out the scope offline_access.",
            ),
            Self::Network(Phase::Refresh, HttpFailure::CorsBlocked) => texts(
                "The authorizer answered, but this page may not read the answer.",
                "It does not allow calls from this page (CORS). You stay signed in until the tokens expire.",
                "Add this page's origin to this app's settings at the authorizer.",
            ),
            Self::Network(Phase::Refresh, HttpFailure::TimedOut) => texts(
                "The authorizer took too long to answer.",
                "It is not clear whether it received the request. You stay signed in until the tokens expire.",
                "Wait. The app will try again.",
            ),
            Self::Network(Phase::Refresh, HttpFailure::Redirected) => texts(
                "The authorizer answered with a redirect.",
                "It could disclose the refresh token. It was not followed.",
                "Check the addresses in the metadata of the authorizer.",
            ),
            Self::Network(Phase::Api, HttpFailure::Redirected) => texts(
                "The API answered with a redirect.",
                "A bound token goes only to the address that the app calls, and an answer from another origin is not from \
                 the API. Nothing of it was used.",
                "Call the target address, and add its origin to api_origins.",
            ),
            Self::Network(Phase::Api, HttpFailure::CorsBlocked | HttpFailure::TimedOut | HttpFailure::Unreachable) => {
                texts(
                    "This page got no readable answer from the API.",
                    "It is not running, this device is offline, or it does not allow calls from this page (CORS).",
                    "Open its address in a tab and see whether it answers.",
                )
            }
            Self::Request(error) => error.explain(),
            Self::Config(error) => error.explain(),
            Self::Pushed(error) => error.explain(),
            Self::Metadata(error) => error.explain(),
            Self::Keys(_) => texts(
                "The authorizer's keys cannot be read.",
                "Without them this app cannot check an ID token.",
                "Open the address of its keys in a tab and look at the answer.",
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
                "This browser does not let the page store data.",
                "The app must store a secret during the sign-in, so no sign-in was started. Nothing was sent.",
                "Allow storage for this site, or leave private mode, and try again.",
            ),
            Self::NoEntropy => texts(
                "This browser has no secure random numbers.",
                "The secret could be guessed, so no sign-in was started.",
                "Use a current browser.",
            ),
            Self::CryptoUnavailable => texts(
                "This browser cannot check the signature of the ID token.",
                "It is not clear who signed in. No token was used.",
                "Open the page over https, or use a current browser.",
            ),
            Self::KeyUnavailable => texts(
                "This browser cannot make or store a key.",
                "The app binds tokens to a key, so that a copy of them is useless. Nothing was sent without it.",
                "Open the page over https, allow storage for this site, or use a current browser.",
            ),
            Self::KeyLost => texts(
                "The key of this sign-in is missing.",
                "Site data was cleared, or an older page started the sign-in without a key. Nothing was sent without it.",
                "Start again.",
            ),
            Self::TooManyRedirects => texts(
                "The page was redirected too often.",
                "This page went to the authorizer several times in a row without user action, so it stopped.",
                "Press the button to sign in. If it happens again, allow storage for this site.",
            ),
            Self::NoRefreshToken => texts(
                "There is no refresh token.",
                "The authorizer gave none, so the tokens cannot be renewed without you.",
                "Sign in again, or ask for the scope offline_access.",
            ),
            Self::SessionOver => texts(
                "The user is signed out.",
                "The user signed out, here or in another tab, or the expired tokens cannot be renewed.",
                "Sign in again.",
            ),
            Self::NoIdToken => texts(
                "There is no ID token to compare with.",
                "The claims could be about another user, so the app did not call the API.",
                "Ask for the scope openid.",
            ),
            Self::NotOffered(_) => texts(
                "The authorizer does not offer this.",
                "Its metadata names no address for it.",
                "Nothing is wrong. Go on without it.",
            ),
        }
    }
}
