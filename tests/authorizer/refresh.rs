//! Refresh tokens: rotation, reuse, life and scope. The sequences of the vectors are in `vectors.rs`.

use super::world::*;

#[test]
fn every_refresh_gives_a_new_refresh_token_and_a_working_access_token() {
    let mut world = World::new();
    let first = world.tokens();
    let second = granted(&world.refresh(&text(&first, "refresh_token"), &[]));
    assert_ne!(text(&first, "refresh_token"), text(&second, "refresh_token"));
    assert!(world.is_active(&text(&second, "access_token")));
}

#[test]
fn a_refreshed_id_token_names_the_same_person_and_sign_in_and_no_nonce() {
    let mut world = World::new();
    let first = world.tokens();
    world.now += 100;
    let second = granted(&world.refresh(&text(&first, "refresh_token"), &[]));
    let (before, after) = (decode(&text(&first, "id_token")).1, decode(&text(&second, "id_token")).1);
    for name in ["iss", "sub", "aud", "auth_time"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_eq!(after["iat"], world.now);
    assert_eq!(after.get("nonce"), None);
}

#[test]
fn reuse_of_a_rotated_token_ends_the_whole_family() {
    let mut world = World::new();
    let first = world.tokens();
    let second = granted(&world.refresh(&text(&first, "refresh_token"), &[]));
    assert_eq!(error(&world.refresh(&text(&first, "refresh_token"), &[])), "invalid_grant");
    assert!(world.refused_by("S-28"));
    assert_eq!(error(&world.refresh(&text(&second, "refresh_token"), &[])), "invalid_grant");
    for tokens in [first, second] {
        assert!(!world.is_active(&text(&tokens, "access_token")));
    }
}

#[test]
fn another_client_cannot_use_it_and_does_not_end_it() {
    let mut world = World::new();
    let tokens = world.tokens();
    let token = text(&tokens, "refresh_token");
    assert_eq!(error(&world.refresh(&token, &[("client_id", OTHER_CLIENT)])), "invalid_grant");
    assert!(world.refused_by("S-26"));
    granted(&world.refresh(&token, &[]));
}

#[test]
fn an_access_token_or_a_code_is_no_refresh_token() {
    let mut world = World::new();
    let code = world.code(&[]);
    assert_eq!(error(&world.refresh(&code, &[])), "invalid_grant");
    let tokens = granted(&world.redeem(&code, &[]));
    assert_eq!(error(&world.refresh(&text(&tokens, "access_token"), &[])), "invalid_grant");
    assert!(!world.is_active(&text(&tokens, "refresh_token")));
}

#[test]
fn scope_can_only_shrink_and_a_refused_request_costs_nothing() {
    let mut world = World::new();
    let tokens = world.tokens();
    let token = text(&tokens, "refresh_token");
    assert_eq!(error(&world.refresh(&token, &[("scope", "openid profile email")])), "invalid_scope");
    assert!(world.refused_by("S-30"));
    let less = granted(&world.refresh(&token, &[("scope", "openid")]));
    assert_eq!(less["scope"], "openid");
    let claims = json(&world.userinfo(&text(&less, "access_token")));
    assert_eq!(claims.get("name"), None);
}

#[test]
fn rotation_does_not_extend_the_eight_hours() {
    let mut world = World::new();
    let mut token = text(&world.tokens(), "refresh_token");
    for _ in 0..8 {
        world.now += 3_599;
        token = text(&granted(&world.refresh(&token, &[])), "refresh_token");
    }
    world.now = NOW + 8 * 3_600 - 10;
    let last = granted(&world.refresh(&token, &[]));
    assert_eq!(last["expires_in"], 10, "no access token outlives the grant");
    world.now = NOW + 8 * 3_600;
    assert_eq!(error(&world.refresh(&text(&last, "refresh_token"), &[])), "invalid_grant");
}
