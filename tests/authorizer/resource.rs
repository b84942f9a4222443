//! UserInfo and revocation.

use super::world::*;
use pkce_login::authorizer::Request;

#[test]
fn userinfo_tells_what_the_scope_allows_and_always_sub() {
    for (scope, name, email) in
        [("openid", None, None), ("openid profile email", Some("Ada Demo"), Some("ada@demo.example"))]
    {
        let mut world = World::new();
        let code = world.code(&[("scope", scope)]);
        let tokens = granted(&world.redeem(&code, &[]));
        let response = world.userinfo(&text(&tokens, "access_token"));
        let claims = json(&response);
        assert_eq!(claims["sub"], "ada");
        assert_eq!((claims["name"].as_str(), claims["email"].as_str()), (name, email));
        assert_eq!(response.header("Cache-Control"), Some("no-store"));
    }
}

#[test]
fn userinfo_says_what_it_wants_in_www_authenticate() {
    let mut world = World::new();
    let url = world.at("userinfo");
    let bare = world.get(&url);
    assert_eq!(bare.status, 401);
    assert!(bare.header("WWW-Authenticate").unwrap().starts_with("Bearer realm=\"userinfo\", DPoP "));
    let unknown = world.userinfo("nonsense");
    assert_eq!(unknown.status, 401);
    assert!(unknown.header("WWW-Authenticate").unwrap().contains("error=\"invalid_token\""));
    let code = world.code(&[("scope", "profile")]);
    let tokens = granted(&world.redeem(&code, &[]));
    let narrow = world.userinfo(&text(&tokens, "access_token"));
    assert_eq!(narrow.status, 403);
    assert!(narrow.header("WWW-Authenticate").unwrap().contains("error=\"insufficient_scope\""));
    assert!(world.refused_by("S-35"));
}

#[test]
fn a_token_in_query_or_body_or_under_another_scheme_does_not_count() {
    let mut world = World::new();
    let token = text(&world.tokens(), "access_token");
    let query = Request::get(format!("{}?access_token={token}", world.at("userinfo")));
    let body = Request::post_form(world.at("userinfo"), form(&[("access_token", &token)]));
    let mut basic = Request::get(world.at("userinfo"));
    basic.authorization = Some(format!("Basic {token}"));
    for request in [query, body, basic] {
        assert_eq!(world.send(&request).status, 401);
    }
    let mut lower = Request::get(world.at("userinfo"));
    lower.authorization = Some(format!("bearer {token}"));
    assert_eq!(world.send(&lower).status, 200);
}

#[test]
fn a_revoked_access_token_is_gone_and_the_refresh_token_is_not() {
    let mut world = World::new();
    let tokens = world.tokens();
    let access = text(&tokens, "access_token");
    assert_eq!(world.post("revoke", &[("client_id", CLIENT), ("token", &access)]).status, 200);
    assert!(!world.is_active(&access));
    granted(&world.refresh(&text(&tokens, "refresh_token"), &[]));
}

#[test]
fn a_revoked_refresh_token_takes_its_family_along() {
    let mut world = World::new();
    let tokens = world.tokens();
    let refresh = text(&tokens, "refresh_token");
    let wrong_hint = ("token_type_hint", "access_token");
    assert_eq!(world.post("revoke", &[("client_id", CLIENT), ("token", &refresh), wrong_hint]).status, 200);
    assert!(!world.is_active(&text(&tokens, "access_token")));
    assert_eq!(error(&world.refresh(&refresh, &[])), "invalid_grant");
}

#[test]
fn an_unknown_token_is_as_good_as_revoked() {
    let mut world = World::new();
    let response = world.post("revoke", &[("client_id", CLIENT), ("token", "nonsense")]);
    assert_eq!((response.status, response.body.as_str()), (200, ""));
}

#[test]
fn only_its_own_client_may_revoke_a_token() {
    let mut world = World::new();
    let access = text(&world.tokens(), "access_token");
    assert_eq!(error(&world.post("revoke", &[("client_id", OTHER_CLIENT), ("token", &access)])), "invalid_grant");
    assert_eq!(error(&world.post("revoke", &[("token", &access)])), "invalid_request");
    assert_eq!(error(&world.post("revoke", &[("client_id", CLIENT)])), "invalid_request");
    assert!(world.is_active(&access));
}
