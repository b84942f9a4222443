//! Several browsers at one authorizer: the session is a cookie.

use pkce_login::protocol::pkce::CodeVerifier;

use super::world::*;

const NAME: &str = "session";

/// A world with cookies, and a person signed in.
fn signed_in() -> World {
    let mut world =
        World::with_config(pkce_login::authorizer::Config { session_cookie: Some(NAME.to_owned()), ..config() });
    world.answer(&[]);
    world
}

/// Whether the person of the browser is known: no page is shown.
fn is_known(world: &mut World) -> bool {
    // A challenge of its own: a client makes a new one for each request.
    let challenge = CodeVerifier::from_entropy(&[100; 32]).challenge();
    let response = world.authorize(&[("prompt", "none"), ("code_challenge", challenge.as_str())]);
    match answer_parameter(&response, "error") {
        None => answer_parameter(&response, "code").is_some(),
        Some(error) => {
            assert_eq!(error, "login_required");
            false
        }
    }
}

#[test]
fn a_browser_is_known_by_its_cookie() {
    let mut world = signed_in();
    assert!(is_known(&mut world));
    let first = world.cookie.take();
    assert!(!is_known(&mut world), "a browser without the cookie");
    world.cookie = Some(format!("{NAME}=guessed"));
    assert!(!is_known(&mut world), "a cookie that nobody was given");
    world.cookie = Some(format!("other{}; theme=dark; {}", first.as_deref().unwrap(), first.as_deref().unwrap()));
    assert!(is_known(&mut world), "among other cookies");
}

#[test]
fn the_cookie_is_for_no_script_and_for_no_form_of_another_site() {
    let mut world = signed_in();
    world.cookie = None;
    let start = world.authorize(&[]);
    let response = world.press(&start, "person", "grace");
    let cookie = response.header("Set-Cookie").unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
}

#[test]
fn a_cookie_that_was_planted_is_replaced_at_the_sign_in() {
    let mut world = signed_in();
    let planted = world.cookie.clone();
    // The person with the planted cookie signs in as somebody else.
    let start = world.authorize(&[("prompt", "login")]);
    world.press(&start, "person", "grace");
    assert_ne!(world.cookie, planted);
    world.cookie = planted;
    assert!(!is_known(&mut world), "who planted the cookie is not signed in by it");
}

#[test]
fn the_same_person_again_keeps_the_session() {
    let mut world = signed_in();
    let before = world.cookie.clone();
    let start = world.authorize(&[("prompt", "login")]);
    world.press(&start, "person", "ada");
    assert_eq!(world.cookie, before);
}

#[test]
fn a_sign_out_ends_the_session_of_its_browser_alone() {
    let mut world = signed_in();
    let first = world.cookie.take();
    let code = world.code(&[]);
    let tokens = granted(&world.redeem(&code, &[]));
    let second = world.cookie.clone();
    assert_ne!(first, second);

    let hint = text(&tokens, "id_token");
    let url = format!("{}?{}", world.at("logout"), form(&[("id_token_hint", &hint)]));
    world.get(&url);
    assert!(!is_known(&mut world));
    world.cookie = first;
    assert!(is_known(&mut world), "the other browser stays signed in");
}

#[test]
fn a_sign_out_from_elsewhere_ends_the_session_too() {
    let mut world = signed_in();
    let code = answer_parameter(&world.authorize(&[]), "code").unwrap();
    let hint = text(&granted(&world.redeem(&code, &[])), "id_token");
    let own = world.cookie.take();
    let url = format!("{}?{}", world.at("logout"), form(&[("id_token_hint", &hint)]));
    world.get(&url);
    world.cookie = own;
    assert!(!is_known(&mut world));
}
