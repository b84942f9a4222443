//! Pushed authorization requests (RFC 9126).

use super::prover::Prover;
use super::world::*;
use pkce_login::authorizer::{Request, Response};
use pkce_login::protocol::form::Form;
use serde_json::json;

const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// The standard request as a push; changes as in [`World::authorize`].
fn push_request(world: &World, changes: &[(&str, &str)]) -> Request {
    let url = world.authorize_url(changes);
    Request::post_form(world.at("par"), url.split_once('?').unwrap().1)
}

fn push(world: &mut World, changes: &[(&str, &str)]) -> Response {
    let request = push_request(world, changes);
    world.send(&request)
}

fn pushed(response: &Response) -> String {
    assert_eq!(response.status, 201, "{}", response.body);
    text(&json(response), "request_uri")
}

fn open(world: &mut World, client_id: &str, request_uri: &str) -> Response {
    let query = Form::new().with("client_id", client_id).with("request_uri", request_uri).finish();
    let url = format!("{}?{query}", world.at("authorize"));
    world.get(&url)
}

/// Goes through the pages to the code.
fn code_of(world: &mut World, request_uri: &str) -> String {
    let sign_in = open(world, CLIENT, request_uri);
    let consent = world.press(&sign_in, "person", "ada");
    let answer = world.press(&consent, "decision", "allow");
    answer_parameter(&answer, "code").unwrap()
}

#[test]
fn a_pushed_request_leads_to_tokens() {
    let mut world = World::new();
    let response = push(&mut world, &[]);
    assert_eq!(json(&response)["expires_in"], 60);
    assert_eq!(response.header("Cache-Control"), Some("no-store"));
    let request_uri = pushed(&response);
    assert!(request_uri.strip_prefix(PREFIX).is_some_and(|id| id.len() == 43));
    world.restart();
    let code = code_of(&mut world, &request_uri);
    granted(&world.redeem(&code, &[]));
}

#[test]
fn a_reference_works_once() {
    let mut world = World::new();
    let request_uri = pushed(&push(&mut world, &[]));
    assert_eq!(open(&mut world, CLIENT, &request_uri).status, 303);
    let again = open(&mut world, CLIENT, &request_uri);
    assert_eq!((again.status, again.header("Location")), (400, None));
    assert!(world.refused_by("S-23"));
}

#[test]
fn a_reference_lives_for_a_minute() {
    let mut world = World::new();
    let (one, other) = (pushed(&push(&mut world, &[])), pushed(&push(&mut world, &[])));
    world.now += 59;
    assert_eq!(open(&mut world, CLIENT, &one).status, 303);
    world.now += 1;
    assert_eq!(open(&mut world, CLIENT, &other).status, 400);
}

#[test]
fn a_reference_belongs_to_its_client_which_others_do_not_take_from_it() {
    let mut world = World::new();
    let request_uri = pushed(&push(&mut world, &[]));
    for client_id in [OTHER_CLIENT, ""] {
        let page = open(&mut world, client_id, &request_uri);
        assert_eq!((page.status, page.header("Location")), (400, None));
    }
    assert_eq!(open(&mut world, CLIENT, &request_uri).status, 303);
}

#[test]
fn a_reference_that_nobody_got_leads_nowhere() {
    let mut world = World::new();
    let guessed = format!("{PREFIX}{}", "A".repeat(43));
    let page = open(&mut world, CLIENT, &guessed);
    assert_eq!((page.status, page.header("Location")), (400, None));
    // Also not to a redirect URI that stands beside it.
    let page = world.authorize(&[("request_uri", &guessed)]);
    assert_eq!((page.status, page.header("Location")), (400, None));
}

#[test]
fn what_stands_beside_a_reference_does_not_count() {
    let mut world = World::new();
    let request_uri = pushed(&push(&mut world, &[("scope", "openid")]));
    let beside = [("request_uri", request_uri.as_str()), ("scope", "openid email"), ("state", "other")];
    let sign_in = world.authorize(&beside);
    let consent = world.press(&sign_in, "person", "ada");
    let answer = world.press(&consent, "decision", "allow");
    assert_eq!(answer_parameter(&answer, "state").as_deref(), Some("state-1"));
    let code = answer_parameter(&answer, "code").unwrap();
    assert_eq!(granted(&world.redeem(&code, &[]))["scope"], "openid");
}

#[test]
fn a_repeated_client_beside_a_reference_leads_nowhere() {
    let mut world = World::new();
    let request_uri = pushed(&push(&mut world, &[]));
    let query = Form::new().with("client_id", CLIENT).with("request_uri", &request_uri).finish();
    let url = format!("{}?{query}&client_id={OTHER_CLIENT}", world.at("authorize"));
    assert_eq!(world.get(&url).status, 400);
    assert_eq!(open(&mut world, CLIENT, &request_uri).status, 303);
}

#[test]
fn each_fault_in_a_pushed_request_has_its_error_at_once() {
    for (change, expected, check) in [
        (("client_id", ""), "invalid_request", "S-25"),
        (("client_id", "nobody"), "invalid_client", "S-25"),
        (("client_secret", "hunter2"), "invalid_client", "S-25"),
        (("redirect_uri", "https://evil.example/"), "invalid_request", "S-01"),
        (("redirect_uri", ""), "invalid_request", "S-01"),
        (("response_type", "token"), "unsupported_response_type", "S-16"),
        (("response_mode", "web_message"), "invalid_request", "S-22"),
        (("code_challenge", ""), "invalid_request", "S-05"),
        (("code_challenge_method", "plain"), "invalid_request", "S-08"),
        (("scope", "admin"), "invalid_scope", "S-16"),
        (("request", "x.y.z"), "request_not_supported", "S-23"),
        (("request_uri", "https://app.example/r"), "invalid_request", "S-23"),
        (("resource", "/api"), "invalid_target", "S-31"),
    ] {
        let mut world = World::new();
        let response = push(&mut world, &[change]);
        assert_eq!(response.status, 400, "{change:?}");
        assert_eq!(error(&response), expected, "{change:?}");
        assert!(world.refused_by(check), "{change:?}: {:?}", world.log);
        assert!(world.records.is_empty(), "{change:?}");
    }
}

#[test]
fn only_a_form_post_can_be_pushed() {
    let mut world = World::new();
    let request = push_request(&world, &[]);
    let get = world.get(&format!("{}?{}", request.url, request.body));
    assert_eq!((get.status, get.header("Allow")), (405, Some("POST")));
    let json = Request { content_type: Some("application/json".to_owned()), ..request.clone() };
    assert_eq!(error(&world.send(&json)), "invalid_request");
    let repeated = Request { body: format!("{}&state=other", request.body), ..request };
    assert_eq!(error(&world.send(&repeated)), "invalid_request");
}

#[test]
fn a_proof_at_the_push_binds_the_code() {
    let (mut world, client, thief) = (World::new(), Prover::new(), Prover::new());
    let request = client.prove(&world, push_request(&world, &[]), &[]);
    let request_uri = pushed(&world.send(&request));
    let code = code_of(&mut world, &request_uri);
    assert_eq!(error(&world.redeem(&code, &[])), "invalid_grant");
    assert_eq!(error(&thief.redeem(&mut world, &code, &[])), "invalid_grant");
    assert_eq!(granted(&client.redeem(&mut world, &code, &[]))["token_type"], "DPoP");
}

#[test]
fn a_pushed_dpop_jkt_binds_the_code_and_must_agree_with_the_proof() {
    let (mut world, client, other) = (World::new(), Prover::new(), Prover::new());
    let jkt = client.jkt();
    let request = push_request(&world, &[("dpop_jkt", &jkt)]);
    let disagreeing = other.prove(&world, request.clone(), &[]);
    assert_eq!(error(&world.send(&disagreeing)), "invalid_dpop_proof");
    assert!(world.refused_by("S-41"));
    let request_uri = pushed(&world.send(&request));
    let code = code_of(&mut world, &request_uri);
    assert_eq!(error(&other.redeem(&mut world, &code, &[])), "invalid_grant");
    granted(&client.redeem(&mut world, &code, &[]));
}

#[test]
fn a_bad_proof_at_the_push_is_refused_and_a_nonce_demanded_where_that_is_switched_on() {
    let (mut world, client) = (World::new(), Prover::new());
    let request = client.prove(&world, push_request(&world, &[]), &[("htu", json!(world.at("token")))]);
    assert_eq!(error(&world.send(&request)), "invalid_dpop_proof");
    let mut world = World::misbehaving("dpop-nonce-required");
    let request = client.prove(&world, push_request(&world, &[]), &[]);
    let refused = world.send(&request);
    assert_eq!((refused.status, error(&refused).as_str()), (400, "use_dpop_nonce"));
    let nonce = json!(refused.header("DPoP-Nonce").unwrap());
    let request = client.prove(&world, push_request(&world, &[]), &[("nonce", nonce)]);
    pushed(&world.send(&request));
}

#[test]
fn par_required_takes_no_other_requests_and_says_so() {
    for (switches, required) in [(None, false), (Some("par-required"), true)] {
        let mut world = switches.map_or_else(World::new, World::misbehaving);
        let url = world.at(".well-known/openid-configuration");
        let description = json(&world.get(&url));
        assert_eq!(description["pushed_authorization_request_endpoint"], world.at("par"));
        assert_eq!(description["require_pushed_authorization_requests"], required);
        let plain = world.authorize(&[]);
        let refused = required.then(|| "invalid_request".to_owned());
        assert_eq!(answer_parameter(&plain, "error"), refused);
        assert_eq!(world.refused_by("S-23"), required);
        let request_uri = pushed(&push(&mut world, &[]));
        code_of(&mut world, &request_uri);
    }
}

#[test]
fn registered_apps_may_push_from_a_page() {
    let mut world = World::new();
    for (origin, expected) in [("https://app.example", Some("https://app.example")), ("https://evil.example", None)] {
        let mut request = push_request(&world, &[]);
        request.origin = Some(origin.to_owned());
        let response = world.send(&request);
        assert_eq!(response.header("Access-Control-Allow-Origin"), expected);
        request.method = "OPTIONS".to_owned();
        let preflight = world.send(&request);
        assert_eq!(preflight.header("Access-Control-Allow-Origin"), expected);
        let headers = preflight.header("Access-Control-Allow-Headers").unwrap_or_default();
        assert_eq!(headers.contains("DPoP"), expected.is_some());
    }
}

#[test]
fn nothing_secret_is_kept_of_a_pushed_request() {
    let mut world = World::new();
    let request_uri = pushed(&push(&mut world, &[]));
    let id = request_uri.strip_prefix(PREFIX).unwrap();
    assert!(world.records.iter().all(|(key, text)| !key.contains(id) && !text.contains(id)));
}
