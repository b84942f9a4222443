//! Who is asked what, and when: sign-in, consent, `prompt`, `max_age`, hints.

use super::world::*;
use pkce_login::authorizer::Request;

fn goes_to(world: &World, response: &pkce_login::authorizer::Response, page: &str) -> bool {
    location(response).starts_with(&world.at(page))
}

#[test]
fn a_person_who_signs_in_is_asked_for_consent_before_anything_is_granted() {
    let mut world = World::new();
    let start = world.authorize(&[]);
    let response = world.press(&start, "person", "ada");
    assert_eq!(response.status, 303);
    assert!(goes_to(&world, &response, "consent"));
}

#[test]
fn deny_on_either_page_is_access_denied() {
    for steps in [&[("decision", "deny")][..], &[("person", "grace"), ("decision", "deny")][..]] {
        let mut world = World::new();
        let mut response = world.authorize(&[]);
        for (name, value) in steps {
            response = world.press(&response, name, value);
        }
        assert_eq!(response.status, 303);
        assert_eq!(answer_parameter(&response, "error").as_deref(), Some("access_denied"));
        assert_eq!(answer_parameter(&response, "state").as_deref(), Some("state-1"));
        assert_eq!(answer_parameter(&response, "iss").as_deref(), Some(ISSUER));
    }
}

#[test]
fn the_same_request_is_not_asked_again() {
    let mut world = World::new();
    world.answer(&[]);
    let again = world.authorize(&[]);
    assert!(answer_parameter(&again, "code").is_some());
}

#[test]
fn more_than_was_allowed_is_asked_again_and_less_is_not() {
    let mut world = World::new();
    world.answer(&[]);
    let more = world.authorize(&[("scope", "openid profile email")]);
    assert!(goes_to(&world, &more, "consent"));
    let less = world.authorize(&[("scope", "openid")]);
    assert!(answer_parameter(&less, "code").is_some());
}

#[test]
fn consent_of_one_person_is_not_consent_of_another() {
    let mut world = World::new();
    world.answer(&[]);
    let start = world.authorize(&[("prompt", "select_account")]);
    let response = world.press(&start, "person", "grace");
    assert!(goes_to(&world, &response, "consent"));
}

#[test]
fn consent_for_one_app_is_not_consent_for_another() {
    let mut world = World::new();
    world.answer(&[]);
    let other = world.authorize(&AS_OTHER);
    assert!(goes_to(&world, &other, "consent"));
}

#[test]
fn an_app_on_a_free_loopback_port_is_asked_for_every_time() {
    let mut world = World::new();
    let changes = [AS_OTHER[0], ("redirect_uri", "http://127.0.0.1:5123/native")];
    assert!(answer_parameter(&world.answer(&changes), "code").is_some());
    let again = world.authorize(&changes);
    assert!(goes_to(&world, &again, "consent"));
}

#[test]
fn prompt_none_shows_no_page() {
    let mut world = World::new();
    let none = [("prompt", "none")];
    let response = world.authorize(&none);
    assert_eq!(answer_parameter(&response, "error").as_deref(), Some("login_required"));
    let start = world.authorize(&[]);
    world.press(&start, "person", "ada");
    let response = world.authorize(&none);
    assert_eq!(answer_parameter(&response, "error").as_deref(), Some("consent_required"));
    world.answer(&[]);
    let response = world.authorize(&none);
    assert!(answer_parameter(&response, "code").is_some());
    assert_eq!(response.header("X-Frame-Options"), None, "a frame of the client must get through");
}

#[test]
fn prompt_asks_although_nothing_needs_asking() {
    let mut world = World::new();
    world.answer(&[]);
    for (prompt, page) in
        [("login", "sign-in"), ("select_account", "sign-in"), ("consent", "consent"), ("login consent", "sign-in")]
    {
        let response = world.authorize(&[("prompt", prompt)]);
        assert!(goes_to(&world, &response, page), "{prompt}");
    }
    let start = world.authorize(&[("prompt", "login consent")]);
    let response = world.press(&start, "person", "ada");
    assert!(goes_to(&world, &response, "consent"));
}

#[test]
fn max_age_wants_a_recent_sign_in() {
    let mut world = World::new();
    world.answer(&[]);
    world.now += 100;
    assert!(answer_parameter(&world.authorize(&[("max_age", "100")]), "code").is_some());
    let old = world.authorize(&[("max_age", "99")]);
    assert!(goes_to(&world, &old, "sign-in"));
    let never = world.authorize(&[("max_age", "0")]);
    assert!(goes_to(&world, &never, "sign-in"));
    let silent = world.authorize(&[("max_age", "99"), ("prompt", "none")]);
    assert_eq!(answer_parameter(&silent, "error").as_deref(), Some("login_required"));
    // The new sign-in counts, and the person is not sent in a circle.
    let response = world.press(&never, "person", "ada");
    assert!(answer_parameter(&response, "code").is_some());
}

#[test]
fn a_session_ends_after_an_hour() {
    let mut world = World::new();
    world.answer(&[]);
    world.now += 3_599;
    assert!(answer_parameter(&world.authorize(&[]), "code").is_some());
    world.now += 1;
    let response = world.authorize(&[]);
    assert!(goes_to(&world, &response, "sign-in"));
}

#[test]
fn a_hint_of_another_person_leads_to_the_sign_in_page_with_that_person_first() {
    let mut world = World::new();
    let tokens = world.tokens();
    for hint in ["grace", "Grace@demo.example"] {
        let response = world.authorize(&[("login_hint", hint), ("code_challenge", verifier(2).challenge().as_str())]);
        assert!(goes_to(&world, &response, "sign-in"), "{hint}");
        let page = world.get(&location(&response));
        assert!(page.body.find("Grace Demo").unwrap() < page.body.find("Ada Demo").unwrap());
    }
    let fits = world.authorize(&[("login_hint", "ada"), ("code_challenge", verifier(2).challenge().as_str())]);
    assert!(answer_parameter(&fits, "code").is_some());
    // An ID token is a hint as well.
    let start = world.authorize(&[("prompt", "login"), ("code_challenge", verifier(3).challenge().as_str())]);
    world.press(&start, "person", "grace");
    let hinted = [("prompt", "none"), ("id_token_hint", tokens["id_token"].as_str().unwrap())];
    let response = world.authorize(&[hinted[0], hinted[1], ("code_challenge", verifier(4).challenge().as_str())]);
    assert_eq!(answer_parameter(&response, "error").as_deref(), Some("login_required"));
}

#[test]
fn a_page_of_ours_works_once() {
    let mut world = World::new();
    let start = world.authorize(&[]);
    let page = world.get(&location(&start));
    let (action, interaction) = page_form(&page);
    let post = Request::post_form(action, form(&[("interaction", &interaction), ("person", "ada")]));
    let first = world.send(&post);
    assert!(goes_to(&world, &first, "consent"));
    let second = world.send(&post);
    assert_eq!((second.status, second.header("Location")), (400, None));
    assert_eq!(world.get(&location(&start)).status, 400);
}

#[test]
fn a_double_press_on_allow_makes_one_code() {
    let mut world = World::new();
    let start = world.authorize(&[]);
    let consent = world.press(&start, "person", "ada");
    let page = world.get(&location(&consent));
    let (action, interaction) = page_form(&page);
    let post = Request::post_form(action, form(&[("interaction", &interaction), ("decision", "allow")]));
    assert!(answer_parameter(&world.send(&post), "code").is_some());
    assert_eq!(world.send(&post).header("Location"), None);
}

#[test]
fn the_consent_page_cannot_be_reached_with_the_id_of_a_sign_in_page() {
    let mut world = World::new();
    let start = world.authorize(&[]);
    let page = world.get(&location(&start));
    let (_, interaction) = page_form(&page);
    let response = world.post("consent", &[("interaction", &interaction), ("decision", "allow")]);
    assert_eq!((response.status, response.header("Location")), (400, None));
    // And the attempt cost nothing.
    assert_eq!(world.get(&location(&start)).status, 200);
}

#[test]
fn a_guessed_a_missing_or_a_late_id_is_refused() {
    let mut world = World::new();
    let start = world.authorize(&[]);
    for interaction in ["", "x", &"A".repeat(43)] {
        let response = world.post("sign-in", &[("interaction", interaction), ("person", "ada")]);
        assert_eq!((response.status, response.header("Location")), (400, None));
    }
    world.now += 600;
    assert_eq!(world.get(&location(&start)).status, 400);
}

#[test]
fn two_tabs_do_not_disturb_each_other() {
    let mut world = World::new();
    let one = world.authorize(&[("state", "one")]);
    let two = world.authorize(&[("state", "two"), ("code_challenge", verifier(2).challenge().as_str())]);
    let one = world.press(&one, "person", "ada");
    let two = world.press(&two, "person", "grace");
    let two = world.press(&two, "decision", "allow");
    let one = world.press(&one, "decision", "allow");
    assert_eq!(answer_parameter(&one, "state").as_deref(), Some("one"));
    assert_eq!(answer_parameter(&two, "state").as_deref(), Some("two"));
    let code = answer_parameter(&one, "code").unwrap();
    let tokens = granted(&world.redeem(&code, &[]));
    assert_eq!(decode(&text(&tokens, "id_token")).1["sub"], "ada");
    let code = answer_parameter(&two, "code").unwrap();
    let tokens = granted(&world.redeem(&code, &[("code_verifier", verifier(2).expose())]));
    assert_eq!(decode(&text(&tokens, "id_token")).1["sub"], "grace");
}

#[test]
fn another_person_can_be_chosen_on_the_consent_page() {
    let mut world = World::new();
    let start = world.authorize(&[]);
    let consent = world.press(&start, "person", "ada");
    let back = world.press(&consent, "decision", "other-person");
    assert!(goes_to(&world, &back, "sign-in"));
    let consent = world.press(&back, "person", "grace");
    assert!(world.get(&location(&consent)).body.contains("Grace Demo"));
}

#[test]
fn an_unknown_person_cannot_sign_in() {
    let mut world = World::new();
    let start = world.authorize(&[]);
    let response = world.press(&start, "person", "mallory");
    assert_eq!(answer_parameter(&response, "error").as_deref(), Some("access_denied"));
}

#[test]
fn max_age_zero_asks_even_in_the_second_of_the_sign_in() {
    let mut world = World::new();
    world.answer(&[]);
    let response = world.authorize(&[("max_age", "0")]);
    assert!(goes_to(&world, &response, "sign-in"));
}

#[test]
fn an_app_at_a_plain_http_address_of_another_origin_is_asked_for_every_time() {
    let mut config = config();
    config.clients[1].redirect_uris.push("http://localhost:3000/cb".to_owned());
    let mut world = World::with_config(config);
    let changes = [AS_OTHER[0], ("redirect_uri", "http://localhost:3000/cb")];
    assert!(answer_parameter(&world.answer(&changes), "code").is_some());
    let again = world.authorize(&changes);
    assert!(goes_to(&world, &again, "consent"));
}

#[test]
fn a_free_port_that_happens_to_be_the_authorizers_is_no_exact_redirect_uri() {
    let mut config = config();
    config.issuer_base = "http://127.0.0.1:5123/authorizer".to_owned();
    let mut world = World::with_config(config);
    world.set_issuer("http://127.0.0.1:5123/authorizer");
    let changes = [AS_OTHER[0], ("redirect_uri", "http://127.0.0.1:5123/native")];
    assert!(answer_parameter(&world.answer(&changes), "code").is_some());
    let again = world.authorize(&changes);
    assert!(goes_to(&world, &again, "consent"));
}

#[test]
fn consent_for_one_address_of_an_app_is_not_consent_for_another() {
    let mut config = config();
    config.clients[1].redirect_uris.push("https://other.example/second".to_owned());
    let mut world = World::with_config(config);
    world.answer(&AS_OTHER);
    let again = world.authorize(&AS_OTHER);
    assert!(answer_parameter(&again, "code").is_some());
    let second = world.authorize(&[AS_OTHER[0], ("redirect_uri", "https://other.example/second")]);
    assert!(goes_to(&world, &second, "consent"));
}

#[test]
fn the_sign_in_page_does_not_take_the_id_of_a_consent_page() {
    let mut world = World::new();
    let start = world.authorize(&[]);
    let consent = world.press(&start, "person", "ada");
    let (_, interaction) = page_form(&world.get(&location(&consent)));
    let response = world.post("sign-in", &[("interaction", &interaction), ("person", "grace")]);
    assert_eq!((response.status, response.header("Location")), (400, None));
    assert_eq!(world.get(&location(&consent)).status, 200);
}

#[test]
fn a_form_that_is_larger_than_any_client_needs_is_refused_before_it_is_read() {
    let many: String = (0..100_000).map(|at| format!("n{at}=&")).collect();
    let long = format!("interaction={}", "x".repeat(64 * 1024));
    for endpoint in ["authorize", "sign-in", "consent", "logout", "sign-out", "token", "par", "revoke"] {
        for body in [&many, &long] {
            let mut world = World::new();
            let url = world.at(endpoint);
            let response = world.send(&Request::post_form(url, body.clone()));
            assert_eq!(response.status, 400, "{endpoint}");
            assert!(
                world.log.iter().any(|line| line.contains("The request is too large.")),
                "{endpoint}: {:?}",
                world.log
            );
            assert!(world.records.is_empty(), "{endpoint}: nothing is kept of it");
        }
    }
    let mut world = World::new();
    let url = format!("{}?{many}", world.at("authorize"));
    assert_eq!(world.get(&url).status, 400);
    let hundred: String = (0..60).map(|at| format!("&x{at}=1")).collect();
    let url = world.authorize_url(&[]) + &hundred;
    assert_eq!(world.get(&url).status, 303, "what a client may add is no such thing");
}
