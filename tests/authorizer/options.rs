//! The world of a test: its apps, its people, its times.

use super::prover::Prover;
use super::world::*;
use pkce_login::authorizer::{
    AuthorizerOptions, ClientOptions, ConsentPolicy, LifetimeOptions, PersonOptions, Request,
};

fn world(options: AuthorizerOptions) -> World {
    World::with_config(options.into_config(APP).unwrap())
}

fn refused(options: AuthorizerOptions) -> String {
    options.into_config(APP).unwrap_err().to_string()
}

fn client(client_id: &str, redirect_uri: &str) -> ClientOptions {
    ClientOptions {
        client_id: client_id.to_owned(),
        redirect_uris: vec![redirect_uri.to_owned()],
        ..ClientOptions::default()
    }
}

fn person(sub: &str) -> PersonOptions {
    PersonOptions { sub: sub.to_owned(), ..PersonOptions::default() }
}

#[test]
fn without_options_it_is_the_authorizer_of_the_demo_app() {
    let config = AuthorizerOptions::default().into_config(APP).unwrap();
    assert_eq!(config, pkce_login::authorizer::Config::for_app(APP));
}

#[test]
fn an_app_of_the_test_signs_in_and_the_demo_app_is_unknown() {
    let mut world = world(AuthorizerOptions {
        clients: vec![client("my-app", "http://localhost:5173/cb"), client("beside", "cb.html"), client("root", "/cb")],
        ..AuthorizerOptions::default()
    });
    for (id, uri) in [
        ("my-app", "http://localhost:5173/cb"),
        ("beside", "https://app.example/cb.html"),
        ("root", "https://app.example/cb"),
    ] {
        let answer =
            world.answer(&[("client_id", id), ("redirect_uri", uri), ("code_challenge", challenge(id).as_str())]);
        assert!(location(&answer).starts_with(&format!("{uri}?code=")), "{id}");
    }
    assert_eq!(world.authorize(&[]).status, 400);
}

/// A challenge of its own for each app: none is taken twice.
fn challenge(id: &str) -> String {
    verifier(id.len() as u8 + 10).challenge().as_str().to_owned()
}

#[test]
fn a_person_of_the_test_is_offered_and_described() {
    let mut ada = PersonOptions { name: Some("<b>Ada</b>".to_owned()), ..person("u-1") };
    ada.email = Some("ada@corp.example".to_owned());
    ada.claims = vec![("department".to_owned(), "R\"D".to_owned())];
    let mut world = world(AuthorizerOptions { people: vec![ada, person("u-2")], ..AuthorizerOptions::default() });
    let redirect = world.authorize(&[("scope", "openid profile email")]);
    let page = world.get(&location(&redirect));
    assert!(page.body.contains("&lt;b&gt;Ada") && page.body.contains("value=\"u-2\"") && !page.body.contains("Grace"));
    let consent = world.press(&redirect, "person", "u-1");
    let answer = world.press(&consent, "decision", "allow");
    let code = answer_parameter(&answer, "code").unwrap();
    let claims = decode(&text(&granted(&world.redeem(&code, &[])), "id_token")).1;
    assert_eq!((claims["sub"].as_str(), claims["name"].as_str()), (Some("u-1"), Some("<b>Ada</b>")));
    assert_eq!((claims["email"].as_str(), claims["department"].as_str()), (Some("ada@corp.example"), Some("R\"D")));
    let nobody = world.authorize(&[("code_challenge", verifier(3).challenge().as_str()), ("prompt", "login")]);
    assert_eq!(answer_parameter(&world.press(&nobody, "person", "ada"), "error").as_deref(), Some("access_denied"));
}

#[test]
fn sign_in_and_consent_can_be_given_so_that_no_page_is_shown() {
    let options = |sign_in_as: Option<&str>, consent| AuthorizerOptions {
        sign_in_as: sign_in_as.map(str::to_owned),
        consent,
        ..AuthorizerOptions::default()
    };
    let mut world = world(options(Some("grace"), ConsentPolicy::Given));
    for (n, prompt) in [(1, ""), (2, "none"), (3, "login"), (4, "select_account")] {
        let answer = world.authorize(&[("prompt", prompt), ("code_challenge", verifier(n).challenge().as_str())]);
        let code = answer_parameter(&answer, "code").unwrap_or_else(|| panic!("{prompt}: {}", location(&answer)));
        let tokens = granted(&world.redeem(&code, &[("code_verifier", verifier(n).expose())]));
        assert_eq!(decode(&text(&tokens, "id_token")).1["sub"], "grace");
    }
    let mut world = super::options::world(options(None, ConsentPolicy::Given));
    let sign_in = world.authorize(&[]);
    assert!(answer_parameter(&world.press(&sign_in, "person", "ada"), "code").is_some());
    let mut world = super::options::world(options(Some("ada"), ConsentPolicy::Asked));
    assert!(location(&world.authorize(&[])).starts_with(&world.at("consent")));
}

#[test]
fn things_last_as_long_as_the_test_says() {
    let lifetimes = LifetimeOptions {
        code: Some(5),
        access_token: Some(7),
        id_token: Some(11),
        refresh_token: Some(60),
        session: Some(100),
    };
    let mut world = world(AuthorizerOptions { lifetimes, ..AuthorizerOptions::default() });
    let tokens = world.tokens();
    let claims = decode(&text(&tokens, "id_token")).1;
    assert_eq!(tokens["expires_in"], 7);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 11);
    world.now += 8;
    assert!(!world.is_active(&text(&tokens, "access_token")));
    let refresh_token = text(&granted(&world.refresh(&text(&tokens, "refresh_token"), &[])), "refresh_token");
    world.now += 60;
    assert_eq!(error(&world.refresh(&refresh_token, &[])), "invalid_grant");
    let code = world.code(&[("code_challenge", verifier(2).challenge().as_str())]);
    world.now += 6;
    assert_eq!(error(&world.redeem(&code, &[("code_verifier", verifier(2).expose())])), "invalid_grant");
    world.now += 101;
    let gone = world.authorize(&[("prompt", "none"), ("code_challenge", verifier(3).challenge().as_str())]);
    assert_eq!(answer_parameter(&gone, "error").as_deref(), Some("login_required"));
}

#[test]
fn an_app_can_have_to_bind_its_tokens_and_to_push_its_requests() {
    let mut app = client(CLIENT, REDIRECT_URI);
    (app.requires_dpop, app.requires_par) = (true, true);
    let mut world = world(AuthorizerOptions { clients: vec![app], ..AuthorizerOptions::default() });
    assert_eq!(answer_parameter(&world.authorize(&[]), "error").as_deref(), Some("invalid_request"));
    let url = world.authorize_url(&[]);
    let pushed = Request::post_form(world.at("par"), url.split_once('?').unwrap().1);
    let reference = text(&json(&world.send(&pushed)), "request_uri");
    let url = format!("{}?{}", world.at("authorize"), form(&[("client_id", CLIENT), ("request_uri", &reference)]));
    let sign_in = world.get(&url);
    let consent = world.press(&sign_in, "person", "ada");
    let code = answer_parameter(&world.press(&consent, "decision", "allow"), "code").unwrap();
    assert_eq!(error(&world.redeem(&code, &[])), "invalid_dpop_proof");
    assert_eq!(granted(&Prover::new().redeem(&mut world, &code, &[]))["token_type"], "DPoP");
}

#[test]
fn options_that_cannot_be_used_are_refused_by_name() {
    let with_clients = |clients| AuthorizerOptions { clients, ..AuthorizerOptions::default() };
    let with_people = |people| AuthorizerOptions { people, ..AuthorizerOptions::default() };
    let mut own_claim = person("a");
    own_claim.claims = vec![("iss".to_owned(), "x".to_owned())];
    for (options, named) in [
        (with_clients(vec![client("", "cb")]), "client_id"),
        (with_clients(vec![ClientOptions { redirect_uris: vec![], ..client("a", "") }]), "redirect_uris"),
        (with_clients(vec![client("a", "http://evil.example/cb")]), "redirect_uris"),
        (with_clients(vec![client("a", "https://a.example/#x")]), "https://a.example/#x"),
        (with_clients(vec![client("a", "javascript://alert")]), "redirect_uris"),
        (with_clients(vec![client("a", "cb"), client("a", "cd")]), "twice"),
        (with_people(vec![person("")]), "sub"),
        (with_people(vec![person("a"), person("a")]), "twice"),
        (with_people(vec![own_claim]), "iss"),
        (AuthorizerOptions { sign_in_as: Some("nobody".to_owned()), ..AuthorizerOptions::default() }, "sign_in_as"),
        (
            AuthorizerOptions {
                lifetimes: LifetimeOptions { code: Some(0), ..LifetimeOptions::default() },
                ..AuthorizerOptions::default()
            },
            "code",
        ),
    ] {
        let error = refused(options);
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn the_options_of_an_authorizer_are_read_and_an_unknown_member_is_refused_by_name() {
    let read = |text: &str| AuthorizerOptions::from_json(text).map_err(|error| error.to_string());
    assert_eq!(read("{}"), Ok(AuthorizerOptions::default()));
    let options = read(
        r#"{"clients":[{"client_id":"spa","redirect_uris":["/cb"],"refresh_tokens":"always","requires_dpop":true}],
            "people":[{"sub":"u1","email":"a@b.example","claims":{"department":"R"}}],
            "lifetimes":{"access_token":60},"consent":"given","sign_in_as":"u1"}"#,
    );
    let config = options.unwrap().into_config("https://app.example/").unwrap();
    assert_eq!(config.clients[0].redirect_uris, ["https://app.example/cb"]);
    assert_eq!((config.lifetimes.access_token, config.lifetimes.code), (60, 60));
    for (text, named) in [
        (r#"{"client":[]}"#, "client"),
        (r#"{"clients":[{"clientId":"spa"}]}"#, "clientId"),
        (r#"{"people":[{"sub":"a","password":"x"}]}"#, "password"),
        (r#"{"lifetimes":{"code":"long"}}"#, "code"),
        (r#"{"lifetimes":{"code":-1}}"#, "code"),
        (r#"{"lifetimes":{"code":1.5}}"#, "code"),
        (r#"{"lifetimes":{"code":1,"code":2}}"#, "duplicate_member"),
        (r#"{"clients":{}}"#, "clients"),
        (r#"{"clients":[{"client_id":7}]}"#, "client_id"),
        ("[]", "object"),
        (r#"{"consent":"maybe"}"#, "consent"),
        (r#"{"people":[{"sub":"a","claims":{"x":7}}]}"#, "x"),
        ("", "JSON"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(named), "{text}: {error}");
    }
}
