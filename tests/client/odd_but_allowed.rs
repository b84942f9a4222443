//! What real authorizers do that the RFCs allow, or that harms nobody: everyone gets in, and what fails says why.

use pkce_login::client::ports::HttpFailure;
use pkce_login::client::{BeginOptions, ClientConfig, ErrorKind, LoginError};
use pkce_login::protocol::id_token::IdTokenError;
use pkce_login::protocol::metadata::DiscoveryKind;
use serde_json::{Value, json};

use crate::helpers::{code_of, config, sign_in, sign_in_at, try_to_sign_in_as, world};
use crate::support::executor::block_on;
use crate::support::provider::{Provider, html_response, json_response, oauth_error};
use crate::support::signer::Signer;

const OIDC: &str = "/.well-known/openid-configuration";
const RFC_8414: &str = "/.well-known/oauth-authorization-server";

/// Whether a login can be begun at an authorizer that a test made wrong in one thing.
fn begin_at(change: impl FnOnce(&mut Provider)) -> Result<(), LoginError> {
    let world = world();
    change(&mut world.server.borrow_mut());
    block_on(world.tab().page(&config()).begin(&BeginOptions::default())).map(drop)
}

#[test]
fn optional_members_that_are_null_or_empty_are_absent() {
    for empty in [Value::Null, json!("")] {
        for name in ["refresh_token", "scope", "expires_in"] {
            let empty = empty.clone();
            let session =
                sign_in_at(|server| server.edit_tokens = Box::new(move |tokens| tokens[name] = empty.clone()));
            let session = session.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(session.can_refresh(), name != "refresh_token");
            assert_eq!(session.scope().as_str(), "openid profile");
            assert_eq!(session.expires_at().is_none(), name == "expires_in");
        }
        // With openid an ID token that is empty is missing.
        let without = empty.clone();
        let edit = move |tokens: &mut Value| tokens["id_token"] = without.clone();
        assert_eq!(code_of(sign_in_at(|server| server.edit_tokens = Box::new(edit))), "missing_id_token");
        for (name, code) in [("access_token", "invalid_access_token"), ("token_type", "invalid_token_type")] {
            let empty = empty.clone();
            let edit = move |tokens: &mut Value| tokens[name] = empty.clone();
            assert_eq!(code_of(sign_in_at(|server| server.edit_tokens = Box::new(edit))), code);
        }
    }
}

#[test]
fn an_optional_endpoint_that_is_no_address_is_not_there() {
    for unusable in
        [json!(""), json!("/relative"), json!("http://as.example/x"), json!("javascript:alert(1)"), json!(7)]
    {
        for name in ["userinfo_endpoint", "revocation_endpoint", "end_session_endpoint"] {
            let unusable = unusable.clone();
            let session = sign_in_at(move |server| server.metadata[name] = unusable).unwrap();
            let asked = match name {
                "userinfo_endpoint" => code_of(block_on(session.userinfo())),
                "revocation_endpoint" => code_of(block_on(session.revoke())),
                _ => {
                    assert_eq!(session.sign_out_url("https://app.example/").unwrap(), None);
                    continue;
                }
            };
            assert_eq!(asked, "not_offered", "{name}");
        }
        for (name, code) in [
            ("token_endpoint", &["endpoint_invalid", "endpoint_insecure"]),
            ("jwks_uri", &["endpoint_invalid", "endpoint_insecure"]),
        ] {
            let unusable = unusable.clone();
            if name == "jwks_uri" && unusable == "" {
                continue;
            }
            let found = code_of(begin_at(move |server| server.metadata[name] = unusable));
            assert!(code.contains(&found.as_str()), "{name}: {found}");
        }
    }
}

#[test]
fn a_description_is_looked_for_in_the_other_place_where_the_first_has_none() {
    for (first, at, other, is_readable) in [
        (DiscoveryKind::OpenId, RFC_8414, OIDC, true),
        (DiscoveryKind::OAuth, OIDC, RFC_8414, true),
        (DiscoveryKind::OpenId, RFC_8414, OIDC, false),
    ] {
        let world = world();
        let metadata = world.server.borrow().metadata.clone();
        world.server.borrow_mut().intercept = Some(Box::new(move |sent| {
            if sent.url.ends_with(at) {
                return Some(Ok(json_response(200, &metadata)));
            }
            let nothing = || if is_readable { Ok(html_response(404)) } else { Err(HttpFailure::CorsBlocked) };
            sent.url.contains("/.well-known/").then(nothing)
        }));
        let config = ClientConfig { discovery: first, ..config() };
        try_to_sign_in_as(&world.tab(), &config).unwrap();
        assert_eq!(
            (world.requests_to(other), world.requests_to(at)),
            (1, 1),
            "the place that the app names comes first"
        );
    }
}

#[test]
fn a_description_of_another_issuer_in_the_other_place_is_refused_like_in_the_first() {
    let world = world();
    let mut metadata = world.server.borrow().metadata.clone();
    metadata["issuer"] = "https://evil.example".into();
    world.server.borrow_mut().intercept = Some(Box::new(move |sent| match &sent.url {
        url if url.ends_with(RFC_8414) => Some(Ok(json_response(200, &metadata))),
        url if url.ends_with(OIDC) => Some(Ok(html_response(404))),
        _ => None,
    }));
    assert_eq!(code_of(try_to_sign_in_as(&world.tab(), &config())), "issuer_mismatch");
}

#[test]
fn only_a_404_leads_to_the_other_place() {
    for status in [200, 302, 403, 500] {
        let world = world();
        world.server.borrow_mut().metadata_endpoint = Some(Box::new(move || Ok(html_response(status))));
        assert!(try_to_sign_in_as(&world.tab(), &config()).is_err());
        assert_eq!(world.requests_to(RFC_8414), 0, "{status}");
    }
}

#[test]
fn an_audience_that_is_not_trusted_is_named_and_can_be_trusted() {
    let edit = |_: &mut Value, claims: &mut Value| {
        claims["aud"] = json!(["project-1", "spa", "other-app"]);
        claims["azp"] = "spa".into();
    };
    let error = sign_in_at(|server| server.edit_id_token = Box::new(edit)).err().unwrap();
    assert_eq!(error.code(), "aud_untrusted");
    assert_eq!(error.response().unwrap().audiences, ["project-1", "spa", "other-app"]);
    let to_do = error.explain().to_do;
    for option in ["ClientConfig::trusted_audiences", "trustedAudiences", "trusted-audiences"] {
        assert!(to_do.contains(option), "{to_do}");
    }
    let world = world();
    world.server.borrow_mut().edit_id_token = Box::new(edit);
    let trusted = vec!["project-1".to_owned(), "other-app".to_owned()];
    try_to_sign_in_as(&world.tab(), &ClientConfig { trusted_audiences: trusted, ..config() }).unwrap();
    let half = ClientConfig { trusted_audiences: vec!["project-1".to_owned()], ..config() };
    assert_eq!(code_of(try_to_sign_in_as(&world.tab(), &half)), "aud_untrusted");
}

#[test]
fn a_refresh_whose_id_token_is_refused_keeps_the_old_tokens_while_they_last() {
    for (edit, code, ends) in [
        (("aud", json!(["spa", "other-app"])), "aud_untrusted", false),
        (("aud", json!("other-app")), "aud_mismatch", false),
        (("nonce", json!("other")), "nonce_mismatch", false),
        (("sub", json!("grace")), "refresh_sub_changed", true),
        (("iss", json!("https://evil.example")), "iss_mismatch", true),
    ] {
        let world = world();
        let session = sign_in(&world.tab());
        let ((name, value), before) = (edit, block_on(session.access_token()).unwrap());
        world.server.borrow_mut().edit_id_token = Box::new(move |_, claims| claims[name] = value.clone());
        assert_eq!(code_of(block_on(session.refresh())), code);
        assert_eq!(session.is_active(), !ends, "{code}");
        if !ends {
            assert_eq!(block_on(session.access_token()).unwrap(), before, "the tokens from before");
        }
    }
}

#[test]
fn userinfo_may_be_a_signed_document() {
    let good = json!({ "iss": "https://as.example", "aud": "spa", "sub": "ada", "name": "Ada Signed" });
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let stranger = Signer::new("key-1");
    for (claims, alg, is_stranger, expected) in [
        (good.clone(), "ES256", false, ""),
        (with("aud", json!(["other", "spa"])), "ES256", false, ""),
        (with("iss", json!("https://evil.example")), "ES256", false, "iss_mismatch"),
        (with("iss", Value::Null), "ES256", false, "iss_type"),
        (with("aud", json!("other")), "ES256", false, "aud_mismatch"),
        (with("sub", json!("grace")), "ES256", false, "sub_mismatch"),
        (with("exp", json!(1)), "ES256", false, "expired"),
        (good.clone(), "ES256", true, "bad_signature"),
        (good.clone(), "none", false, "alg_not_allowed"),
        (good.clone(), "HS256", false, "alg_not_allowed"),
    ] {
        let world = world();
        let session = sign_in(&world.tab());
        let header = json!({ "alg": alg, "kid": "key-1" });
        let token = if is_stranger {
            stranger.token(&header, &claims)
        } else {
            world.server.borrow().signer.token(&header, &claims)
        };
        world.server.borrow_mut().intercept = Some(Box::new(move |sent| {
            let mut answer = json_response(200, &Value::Null);
            answer.content_type = Some("application/jwt; charset=utf-8".to_owned());
            answer.body = token.clone().into_bytes();
            sent.url.ends_with("/userinfo").then_some(Ok(answer))
        }));
        let found = block_on(session.userinfo());
        if expected.is_empty() {
            assert_eq!(found.unwrap().name(), Some("Ada Signed"));
        } else {
            assert_eq!(code_of(found), expected, "{claims}");
        }
    }
}

#[test]
fn a_byte_order_mark_is_not_handed_on() {
    let world = world();
    let session = sign_in(&world.tab());
    world.server.borrow_mut().intercept = Some(Box::new(move |sent| {
        let mut answer = json_response(200, &json!({ "sub": "ada" }));
        answer.body = ["\u{feff}".as_bytes(), &answer.body].concat();
        sent.url.ends_with("/userinfo").then_some(Ok(answer))
    }));
    let claims = block_on(session.userinfo()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(claims.claims()).unwrap()["sub"], "ada");
    // A token is signed over its octets, mark and all.
    let session = {
        let world = crate::helpers::world();
        world.server.borrow_mut().signer.put_mark();
        sign_in(&world.tab())
    };
    let claims = session.id_token().unwrap().claims().to_owned();
    assert_eq!(serde_json::from_str::<Value>(&claims).unwrap()["sub"], "ada");
}

#[test]
fn what_answers_in_the_place_of_the_token_endpoint_is_told_and_its_body_is_not() {
    for (status, code) in [(403, "unexpected_status"), (502, "unexpected_status"), (200, "wrong_content_type")] {
        let error = sign_in_at(|server| server.token_endpoint = Some(Box::new(move || Ok(html_response(status)))));
        let error = error.err().unwrap();
        assert_eq!(error.code(), code);
        let answer = error.response().unwrap();
        assert_eq!((answer.status, answer.content_type.as_deref()), (status, Some("text/html; charset=utf-8")));
        assert!(!format!("{error:?}").contains("Hello"));
    }
}

#[test]
fn an_error_in_an_answer_that_is_marked_as_success_is_the_authorizers_word() {
    let body = json!({ "error": "bad_verification_code", "error_description": "The code is incorrect or expired." });
    let error = sign_in_at(|server| server.token_endpoint = Some(Box::new(move || Ok(json_response(200, &body)))));
    let error = error.err().unwrap();
    assert_eq!(error.code(), "error_in_success");
    assert_eq!(error.authorizer_says().unwrap().error, "bad_verification_code");
    assert!(error.authorizer_says().unwrap().description.as_deref().unwrap().contains("incorrect"));
}

#[test]
fn a_refresh_that_fails_says_no_word_of_a_code() {
    let refusals = [
        "invalid_grant",
        "server_error",
        "invalid_request",
        "invalid_client",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
        "temporarily_unavailable",
        "something_of_its_own",
    ];
    let failures = [
        HttpFailure::Unreachable,
        HttpFailure::CorsBlocked,
        HttpFailure::TimedOut,
        HttpFailure::Redirected,
        HttpFailure::TooLarge,
    ];
    let answers = [html_response(502), html_response(403), html_response(200)].map(Ok).into_iter();
    let answers = answers.chain(refusals.map(|error| Ok(oauth_error(error)))).chain(failures.map(Err));
    for answer in answers {
        let world = world();
        let session = sign_in(&world.tab());
        world.server.borrow_mut().token_endpoint = Some(Box::new(move || answer.clone()));
        let texts = block_on(session.refresh()).unwrap_err().explain();
        let said = [texts.happened, texts.means, texts.to_do].join(" ");
        assert!(!said.contains("code"), "{said}");
    }
}

#[test]
fn an_authorizer_that_has_too_much_to_do_is_left_alone_as_long_as_it_says() {
    let world = world();
    let session = sign_in(&world.tab());
    let mut busy = oauth_error("rate_limited");
    (busy.status, busy.retry_after) = (429, Some(120));
    world.server.borrow_mut().token_endpoint = Some(Box::new(move || Ok(busy.clone())));
    world.pass(280);
    let error = block_on(session.refresh_if_due()).unwrap_err();
    assert_eq!((error.retry_after(), error.kind()), (Some(120), ErrorKind::Network));
    assert!(error.kind().is_retryable() && session.is_active());
    world.server.borrow_mut().token_endpoint = None;
    for (passed, requests) in [(60, 0), (59, 0), (2, 1)] {
        world.forget_requests();
        world.pass(passed);
        block_on(session.refresh_if_due()).unwrap();
        assert_eq!(world.token_requests().len(), requests, "after {passed} s more");
    }
}

#[test]
fn no_use_of_the_session_asks_an_authorizer_that_wants_to_be_left_alone() {
    for (status, said, waited) in [(429, Some(120), 120), (503, None, 5)] {
        let world = world();
        let tab = world.tab();
        let session = sign_in(&tab);
        let mut busy = html_response(status);
        busy.retry_after = said;
        world.server.borrow_mut().token_endpoint = Some(Box::new(move || Ok(busy.clone())));
        world.pass(280);
        assert!(block_on(session.access_token()).is_ok(), "the token is good still");
        world.server.borrow_mut().token_endpoint = None;
        world.forget_requests();
        for _ in 0..waited {
            assert!(block_on(session.access_token_for(60)).is_err() || block_on(session.access_token()).is_ok());
            let _ = block_on(session.refresh_if_due());
            world.pass(1);
        }
        assert_eq!(world.token_requests().len(), 0);
        assert!(block_on(session.access_token()).is_ok(), "and then it asks");
        assert_eq!(world.token_requests().len(), 1);
    }
}

#[test]
fn a_clock_that_is_set_back_or_stands_still_does_not_make_the_wait_endless() {
    let world = world();
    let tab = world.tab();
    let session = sign_in(&tab);
    let mut busy = html_response(429);
    busy.retry_after = Some(60);
    world.server.borrow_mut().token_endpoint = Some(Box::new(move || Ok(busy.clone())));
    world.pass(280);
    assert!(block_on(session.access_token()).is_ok());
    world.server.borrow_mut().token_endpoint = None;
    tab.clock_offset.set(-3_000);
    world.pass(61);
    world.forget_requests();
    assert!(block_on(session.access_token()).is_ok());
    assert_eq!(world.token_requests().len(), 1);
}

#[test]
fn nobody_is_left_alone_for_longer_than_an_hour() {
    let world = world();
    let session = sign_in(&world.tab());
    let mut busy = html_response(503);
    busy.retry_after = Some(i64::MAX);
    world.server.borrow_mut().token_endpoint = Some(Box::new(move || Ok(busy.clone())));
    assert_eq!(block_on(session.refresh()).unwrap_err().retry_after(), Some(3_600));
}

#[test]
fn an_error_is_the_same_with_and_without_its_answer() {
    let error = LoginError::from(IdTokenError::AudUntrusted);
    let seen = sign_in_at(|server| server.edit_id_token = Box::new(|_, claims| claims["aud"] = json!(["spa", "x"])));
    let seen = seen.err().unwrap();
    assert_eq!(
        (seen.without_response(), seen.code(), seen.phase(), seen.kind()),
        (&error, error.code(), error.phase(), error.kind())
    );
}
