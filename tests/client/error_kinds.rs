//! Whose kind a problem is.

use pkce_login::client::ports::HttpFailure;
use pkce_login::client::{ApiError, ConfigError, ErrorKind, LoginError, Phase};
use pkce_login::protocol::authorization_request::RequestError;
use pkce_login::protocol::authorization_response::{RefusedLogin, ResponseError};
use pkce_login::protocol::id_token::IdTokenError;
use pkce_login::protocol::metadata::MetadataError;
use pkce_login::protocol::oauth_error::OAuthError;
use pkce_login::protocol::token_response::{TokenError, TokenResponseError};
use pkce_login::protocol::userinfo::UserInfoError;

fn refused(code: &str) -> LoginError {
    let error = OAuthError::new(code, None, None).unwrap();
    LoginError::Refused(RefusedLogin { error, return_to: "/".to_owned() })
}

fn network(failure: HttpFailure) -> LoginError {
    LoginError::Network(Phase::Token, failure)
}

#[test]
fn whoever_pressed_deny_cancelled_and_nothing_failed() {
    assert_eq!(refused("access_denied").kind(), ErrorKind::Cancelled);
}

#[test]
fn who_waits_may_get_an_answer_later() {
    let token = TokenError::Invalid(TokenResponseError::UnexpectedStatus);
    for error in [
        network(HttpFailure::Unreachable),
        network(HttpFailure::TimedOut),
        refused("temporarily_unavailable"),
        refused("server_error"),
        LoginError::Token(Phase::Refresh, token),
    ] {
        assert_eq!(error.kind(), ErrorKind::Network, "{error}");
        assert!(error.kind().is_retryable());
    }
}

#[test]
fn a_browser_that_keeps_nothing_is_the_persons_to_change() {
    for error in [LoginError::StorageBlocked, LoginError::KeyUnavailable, LoginError::CryptoUnavailable] {
        assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
        assert!(!error.kind().is_retryable());
    }
}

#[test]
fn what_was_set_up_wrong_does_not_get_right_by_trying_again() {
    for error in [
        LoginError::Config(ConfigError::DeviceWithoutDpop),
        LoginError::Request(RequestError::RedirectUriInvalid),
        LoginError::Metadata(MetadataError::IssuerMismatch),
        LoginError::Api(ApiError::OriginNotAllowed),
        LoginError::NotOffered(Phase::Request),
        network(HttpFailure::CorsBlocked),
        refused("unauthorized_client"),
        refused("invalid_scope"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Setup, "{error}");
        assert!(!error.kind().is_retryable());
    }
}

#[test]
fn what_took_too_long_is_begun_again() {
    let spent = TokenError::Refused(OAuthError::new("invalid_grant", None, None).unwrap());
    for error in [
        LoginError::Response(ResponseError::TransactionExpired),
        LoginError::Response(ResponseError::NoPendingTransaction),
        LoginError::Response(ResponseError::AlreadyUsed),
        LoginError::Token(Phase::Token, spent),
        LoginError::NoRefreshToken,
        network(HttpFailure::AnswerLost),
    ] {
        assert_eq!(error.kind(), ErrorKind::Expired, "{error}");
        assert!(error.kind().is_retryable());
    }
}

#[test]
fn an_authorizer_that_needs_the_person_refused_and_so_did_one_with_words_of_its_own() {
    for code in ["login_required", "consent_required", "interaction_required", "blocked_by_policy"] {
        assert_eq!(refused(code).kind(), ErrorKind::Refused, "{code}");
    }
    assert_eq!(LoginError::Api(ApiError::MoreScope(None)).kind(), ErrorKind::Refused);
}

#[test]
fn every_answer_that_is_not_believed_is_rejected() {
    for error in ResponseError::ALL {
        let kind = LoginError::Response(*error).kind();
        assert!(matches!(kind, ErrorKind::Rejected | ErrorKind::Expired), "{error}");
    }
    for error in IdTokenError::ALL {
        assert_eq!(LoginError::IdToken(*error).kind(), ErrorKind::Rejected, "{error}");
    }
    assert_eq!(LoginError::Response(ResponseError::StateMismatch).kind(), ErrorKind::Rejected);
    assert_eq!(LoginError::Response(ResponseError::IssMismatch).kind(), ErrorKind::Rejected);
    assert_eq!(LoginError::UserInfo(UserInfoError::SubMismatch).kind(), ErrorKind::Rejected);
    let downgrade = TokenError::Invalid(TokenResponseError::DpopDowngrade);
    assert_eq!(LoginError::Token(Phase::Token, downgrade).kind(), ErrorKind::Rejected);
}

#[test]
fn concerns_and_phases_have_names_that_other_programs_can_keep() {
    let names: Vec<&str> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
    let expected = ["cancelled", "network", "storage", "popup", "setup", "expired", "refused", "rejected"];
    assert_eq!(names, expected);
    assert_eq!((Phase::IdToken.name(), Phase::UserInfo.name(), Phase::Api.name()), ("id_token", "userinfo", "api"));
}
