//! What tokens are for: audience (RFC 8707), details (RFC 9396), `claims` and `acr_values`.

use super::world::*;
use pkce_login::authorizer::Response;

const API: &str = "https://api.example/v1";
const DETAILS: &str = "[{\"type\":\"demo_read\",\"actions\":[\"read\"]}]";

fn refusal(changes: &[(&str, &str)]) -> String {
    answer_parameter(&World::new().authorize(changes), "error").unwrap_or_default()
}

#[test]
fn a_resource_that_is_no_absolute_uri_is_an_invalid_target() {
    for bad in ["api", "/api", "https://api.example/#f", "https://api.example/#"] {
        assert_eq!(refusal(&[("resource", bad)]), "invalid_target", "{bad}");
    }
    assert_eq!(refusal(&[("resource", "urn:example:api")]), "");
}

#[test]
fn a_token_for_another_resource_does_not_open_userinfo() {
    let mut world = World::new();
    let code = world.code(&[("resource", API)]);
    let tokens = granted(&world.redeem(&code, &[]));
    let response = world.userinfo(&text(&tokens, "access_token"));
    assert_eq!((response.status, error(&response).as_str()), (401, "invalid_token"));
    assert!(world.refused_by("S-31"));
    let next = granted(&world.refresh(&text(&tokens, "refresh_token"), &[]));
    assert!(!world.is_active(&text(&next, "access_token")));
}

#[test]
fn a_token_can_be_for_several_resources_and_for_fewer_at_each_exchange() {
    let mut world = World::new();
    let own = world.at("userinfo");
    let sign_in = {
        let url = format!("{}&resource={API}&resource={own}", world.authorize_url(&[]));
        world.get(&url)
    };
    let consent = world.press(&sign_in, "person", "ada");
    let page = world.get(&location(&consent));
    assert!(page.body.contains(API) && page.body.contains(&own));
    let code = answer_parameter(&world.press(&consent, "decision", "allow"), "code").unwrap();
    let tokens = granted(&world.redeem(&code, &[]));
    assert!(world.is_active(&text(&tokens, "access_token")));
    let narrow = granted(&world.refresh(&text(&tokens, "refresh_token"), &[("resource", API)]));
    assert!(!world.is_active(&text(&narrow, "access_token")));
    let wide = granted(&world.refresh(&text(&narrow, "refresh_token"), &[("resource", API), ("resource", &own)]));
    assert!(world.is_active(&text(&wide, "access_token")));
}

#[test]
fn a_resource_outside_the_grant_is_refused_and_costs_nothing() {
    let other = [("resource", "https://other.example")];
    let mut world = World::new();
    let code = world.code(&[("resource", API)]);
    assert_eq!(error(&world.redeem(&code, &other)), "invalid_target");
    let token = text(&granted(&world.redeem(&code, &[("resource", API)])), "refresh_token");
    assert_eq!(error(&world.refresh(&token, &other)), "invalid_target");
    granted(&world.refresh(&token, &[]));
    let mut world = World::new();
    let code = world.code(&[]);
    assert_eq!(error(&world.redeem(&code, &other)), "invalid_target");
    assert!(world.refused_by("S-31"));
}

/// Whether the person is asked, though the same app was allowed `openid profile` before.
fn is_asked(world: &mut World, n: u8, changes: &[(&str, &str)]) -> bool {
    let challenge = verifier(n).challenge();
    let changes = [&[("code_challenge", challenge.as_str())], changes].concat();
    let response: Response = world.authorize(&changes);
    location(&response).starts_with(&world.at("consent"))
}

#[test]
fn consent_is_for_what_was_shown() {
    let mut world = World::new();
    world.answer(&[("resource", API)]);
    assert!(!is_asked(&mut world, 2, &[("resource", API)]));
    assert!(!is_asked(&mut world, 3, &[]));
    assert!(is_asked(&mut world, 4, &[("resource", "https://other.example")]));
    assert!(is_asked(&mut world, 5, &[("authorization_details", DETAILS)]));
}

#[test]
fn details_are_granted_as_they_were_asked_for_and_shown_before() {
    let mut world = World::new();
    let sign_in = world.authorize(&[("authorization_details", DETAILS)]);
    let consent = world.press(&sign_in, "person", "ada");
    assert!(world.get(&location(&consent)).body.contains("demo_read"));
    let code = answer_parameter(&world.press(&consent, "decision", "allow"), "code").unwrap();
    let tokens = granted(&world.redeem(&code, &[]));
    assert_eq!(tokens["authorization_details"], serde_json::from_str::<serde_json::Value>(DETAILS).unwrap());
    let next = granted(&world.refresh(&text(&tokens, "refresh_token"), &[]));
    assert_eq!(next["authorization_details"], tokens["authorization_details"]);
    let more = [("authorization_details", "[{\"type\":\"demo_read\"}]")];
    assert_eq!(error(&world.refresh(&text(&next, "refresh_token"), &more)), "invalid_authorization_details");
}

#[test]
fn details_that_nobody_knows_are_refused() {
    for bad in ["x", "{}", "[]", "[{\"type\":\"payment\"}]", "[{\"type\":\"demo_read\",\"amount\":1}]"] {
        assert_eq!(refusal(&[("authorization_details", bad)]), "invalid_authorization_details", "{bad}");
    }
    let mut world = World::new();
    assert_eq!(world.tokens().get("authorization_details"), None);
    let url = world.at(".well-known/openid-configuration");
    assert_eq!(json(&world.get(&url))["authorization_details_types_supported"], serde_json::json!(["demo_read"]));
}

#[test]
fn claims_that_cannot_be_read_are_an_invalid_request() {
    for bad in ["x", "[]", "{\"userinfo\":", "\"name\""] {
        assert_eq!(refusal(&[("claims", bad)]), "invalid_request", "{bad}");
    }
    assert_eq!(refusal(&[("claims", "{\"id_token\":{\"auth_time\":{\"essential\":true}}}")]), "");
}

#[test]
fn acr_is_in_the_id_token_where_it_was_asked_for() {
    for (asked, expected) in [("", None), ("urn:example:strong 0", Some("0"))] {
        let mut world = World::new();
        let code = world.code(&[("acr_values", asked)]);
        let tokens = granted(&world.redeem(&code, &[]));
        assert_eq!(decode(&text(&tokens, "id_token")).1["acr"].as_str(), expected);
    }
}
