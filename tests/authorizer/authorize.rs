//! The authorization endpoint.

use super::world::*;
use pkce_login::authorizer::Request;

#[test]
fn a_good_request_leads_to_the_sign_in_page_and_back_with_code_state_and_iss() {
    let mut world = World::new();
    let response = world.authorize(&[]);
    assert_eq!(response.status, 303);
    assert!(location(&response).starts_with(&world.at("sign-in?interaction=")));
    let answer = world.answer(&[("state", "a&b=c+d#e é")]);
    assert_eq!(answer.status, 303);
    assert!(location(&answer).starts_with(&format!("{REDIRECT_URI}?")));
    assert_eq!(answer_parameter(&answer, "state").as_deref(), Some("a&b=c+d#e é"));
    assert_eq!(answer_parameter(&answer, "iss").as_deref(), Some(ISSUER));
    assert!(answer_parameter(&answer, "code").is_some_and(|code| code.len() == 43));
}

#[test]
fn an_unknown_client_is_never_redirected_to() {
    let mut world = World::new();
    for changes in [[("client_id", "nobody")], [("client_id", "")]] {
        let page = world.authorize(&changes);
        assert_eq!((page.status, page.header("Location")), (400, None));
        assert!(page.body.contains("<h1>"));
    }
    assert!(world.refused_by("S-02"));
}

#[test]
fn a_redirect_uri_of_another_client_is_never_redirected_to() {
    let mut world = World::new();
    let page = world.authorize(&[("redirect_uri", OTHER_REDIRECT_URI)]);
    assert_eq!((page.status, page.header("Location")), (400, None));
    assert!(world.refused_by("S-01"));
}

#[test]
fn a_repeated_client_or_redirect_uri_is_never_redirected_to() {
    let mut world = World::new();
    for extra in ["&client_id=pkce-login-demo", "&redirect_uri=https%3A%2F%2Fevil.example", "&redirect_uri="] {
        let url = world.authorize_url(&[]) + extra;
        let page = world.get(&url);
        assert_eq!((page.status, page.header("Location")), (400, None), "{extra}");
    }
    assert!(world.refused_by("S-16"));
}

#[test]
fn a_redirect_uri_with_http_or_a_fragment_cannot_be_registered() {
    let mut config = config();
    config.clients[0].redirect_uris =
        ["http://app.example/cb", "https://app.example/cb#f", "javascript:alert(1)", "data:text/html,x"]
            .map(str::to_owned)
            .into();
    let mut world = World::with_config(config.clone());
    for uri in &config.clients[0].redirect_uris {
        assert_eq!(world.authorize(&[("redirect_uri", uri)]).status, 400, "{uri}");
    }
    assert!(world.refused_by("S-03"));
}

/// The error of a request that is refused, sent back to the client's redirect URI.
fn refusal(changes: &[(&str, &str)]) -> (String, World) {
    let mut world = World::new();
    let response = world.authorize(changes);
    assert_eq!(response.status, 303, "{changes:?}: {}", response.body);
    assert!(location(&response).starts_with(REDIRECT_URI), "{changes:?}");
    assert_eq!(answer_parameter(&response, "iss").as_deref(), Some(ISSUER), "{changes:?}");
    assert_eq!(answer_parameter(&response, "state").as_deref(), Some("state-1"), "{changes:?}");
    (answer_parameter(&response, "error").unwrap_or_default(), world)
}

#[test]
fn each_fault_in_a_request_has_its_error() {
    let short = "a".repeat(42);
    for (change, error, check) in [
        (("response_type", ""), "invalid_request", "S-16"),
        (("response_type", "token"), "unsupported_response_type", "S-16"),
        (("response_type", "code id_token"), "unsupported_response_type", "S-16"),
        (("response_mode", "web_message"), "invalid_request", "S-22"),
        (("code_challenge", ""), "invalid_request", "S-05"),
        (("code_challenge", &short), "invalid_request", "S-05"),
        (("code_challenge_method", ""), "invalid_request", "S-08"),
        (("code_challenge_method", "plain"), "invalid_request", "S-08"),
        (("code_challenge_method", "s256"), "invalid_request", "S-08"),
        (("scope", ""), "invalid_scope", "S-16"),
        (("scope", "admin"), "invalid_scope", "S-16"),
        (("prompt", "none login"), "invalid_request", "S-16"),
        (("prompt", "surprise"), "invalid_request", "S-16"),
        (("max_age", "soon"), "invalid_request", "S-16"),
        (("request", "x.y.z"), "request_not_supported", "S-23"),
        (("request_uri", "https://app.example/r"), "request_uri_not_supported", "S-23"),
    ] {
        let (found, world) = refusal(&[change]);
        assert_eq!(found, error, "{change:?}");
        assert!(world.refused_by(check), "{change:?}: {:?}", world.log);
    }
}

#[test]
fn a_repeated_parameter_is_an_invalid_request() {
    for extra in ["&scope=openid", "&nonce=", "&unknown=1&unknown=2", "&code_challenge_method=S256"] {
        let mut world = World::new();
        let url = world.authorize_url(&[]) + extra;
        let response = world.get(&url);
        assert_eq!(answer_parameter(&response, "error").as_deref(), Some("invalid_request"), "{extra}");
    }
}

#[test]
fn a_repeated_state_is_not_sent_back() {
    let mut world = World::new();
    let url = world.authorize_url(&[]) + "&state=other";
    let response = world.get(&url);
    assert_eq!(answer_parameter(&response, "error").as_deref(), Some("invalid_request"));
    assert_eq!(answer_parameter(&response, "state"), None);
}

#[test]
fn unknown_parameters_and_scopes_are_passed_over_and_a_resource_may_repeat() {
    let mut world = World::new();
    let url = world.authorize_url(&[("scope", "openid admin")])
        + "&unknown=1&resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb&empty=";
    let response = world.get(&url);
    assert!(location(&response).starts_with(&world.at("sign-in")));
}

#[test]
fn a_refused_link_to_another_origin_is_shown_and_not_followed() {
    let mut world = World::new();
    let changes = [AS_OTHER[0], AS_OTHER[1], ("code_challenge", "")];
    let page = world.authorize(&changes);
    assert_eq!((page.status, page.header("Location")), (400, None));
    assert!(page.body.contains("https://other.example/cb?tenant=a&amp;error=invalid_request"), "{}", page.body);
    // Once somebody is signed in here, the way through this server is no secret way any more.
    world.answer(&[]);
    let response = world.authorize(&changes);
    assert!(location(&response).starts_with("https://other.example/cb?tenant=a&error=invalid_request"));
}

#[test]
fn a_request_without_state_gets_an_answer_without_state() {
    let mut world = World::new();
    let answer = world.answer(&[("state", "")]);
    assert!(!location(&answer).contains("state="));
    assert!(answer_parameter(&answer, "code").is_some());
}

#[test]
fn the_answer_comes_in_the_fragment_where_that_was_asked_for() {
    let mut world = World::new();
    let answer = world.answer(&[("response_mode", "fragment")]);
    assert!(location(&answer).starts_with(&format!("{REDIRECT_URI}#code=")));
}

#[test]
fn a_registered_query_stays_in_the_answer() {
    let mut world = World::new();
    let answer = world.answer(&AS_OTHER);
    assert!(location(&answer).starts_with("https://other.example/cb?tenant=a&code="));
}

#[test]
fn a_form_post_carries_the_answer_in_a_form_that_is_not_kept() {
    let mut world = World::new();
    let page = world.answer(&[("response_mode", "form_post"), ("state", "\"><script>")]);
    assert_eq!((page.status, page.header("Location")), (200, None));
    assert_eq!(page.header("Cache-Control"), Some("no-store"));
    assert!(page.body.contains(&format!("<form method=\"post\" action=\"{REDIRECT_URI}\">")));
    assert!(page.body.contains("name=\"state\" value=\"&quot;&gt;&lt;script&gt;\""));
    assert!(page.body.contains("name=\"code\"") && page.body.contains("<button"));
    let policy = page.header("Content-Security-Policy").unwrap();
    assert!(policy.contains("script-src 'sha256-") && policy.contains("form-action 'self' https://app.example"));
}

#[test]
fn a_request_may_come_as_a_form_post_too() {
    let mut world = World::new();
    let url = world.authorize_url(&[]);
    let (place, query) = url.split_once('?').unwrap();
    let response = world.send(&Request::post_form(place, query));
    assert!(location(&response).starts_with(&world.at("sign-in")));
}

#[test]
fn a_secret_that_was_used_before_is_refused() {
    let mut world = World::new();
    world.tokens();
    let response = world.authorize(&[]);
    assert_eq!(answer_parameter(&response, "error").as_deref(), Some("invalid_request"));
    assert!(world.refused_by("S-08"));
}

#[test]
fn a_request_that_was_only_opened_may_be_opened_again() {
    let mut world = World::new();
    world.authorize(&[]);
    world.code(&[]);
    let response = world.authorize(&[]);
    assert_eq!(answer_parameter(&response, "error"), None);
}

#[test]
fn the_challenge_is_in_no_answer() {
    let mut world = World::new();
    let answer = world.answer(&[]);
    let challenge = verifier(1).challenge();
    assert!(!location(&answer).contains(challenge.as_str()));
}
