//! What every page of the authorizer has, and what none has.

use super::world::*;
use pkce_login::authorizer::Response;

fn every_page(world: &mut World) -> Vec<Response> {
    let start = world.authorize(&AS_OTHER);
    let sign_in = world.get(&location(&start));
    let (_, interaction) = page_form(&sign_in);
    let consent_at = world.post("sign-in", &[("interaction", &interaction), ("person", "ada")]);
    let consent = world.get(&location(&consent_at));
    let logout_url = world.at("logout");
    let ask = world.get(&logout_url);
    let over_url = world.at("sign-in");
    let over = world.get(&over_url);
    let unknown = world.authorize(&[("client_id", "\"><script>alert(1)</script>")]);
    let not_found = world.get("https://app.example/authorizer/nothing");
    let no_switch = world.get("https://app.example/authorizer/~<b>/authorize");
    vec![sign_in, consent, ask, over, unknown, not_found, no_switch]
}

#[test]
fn every_page_is_marked_unframed_unscripted_and_not_kept() {
    let mut world = World::misbehaving("wrong-state");
    for page in every_page(&mut world) {
        assert!(page.body.contains("Built-in authorizer: protects nothing"));
        assert!(page.body.starts_with("<!doctype html><html lang=\"en\">"));
        assert_eq!(page.body.matches("<h1>").count(), 1);
        assert!(page.body.contains("<title>"));
        assert!(!page.body.contains("<script") && !page.body.contains("style=\""));
        assert_eq!(page.body.matches('!').count(), 1, "the one in <!doctype");
        assert_eq!(page.header("X-Frame-Options"), Some("DENY"));
        assert_eq!(page.header("Referrer-Policy"), Some("no-referrer"));
        assert_eq!(page.header("Cache-Control"), Some("no-store"));
        assert_eq!(page.header("Content-Type"), Some("text/html; charset=utf-8"));
        let policy = page.header("Content-Security-Policy").unwrap();
        for directive in [
            "default-src 'none'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(directive), "{directive} in {policy}");
        }
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"));
    }
}

#[test]
fn the_form_may_lead_to_the_clients_origin_and_nowhere_else() {
    let mut world = World::new();
    let start = world.authorize(&AS_OTHER);
    let page = world.get(&location(&start));
    let policy = page.header("Content-Security-Policy").unwrap();
    assert!(policy.ends_with("form-action 'self' https://other.example"), "{policy}");
}

#[test]
fn the_consent_page_names_person_app_and_scopes_in_words() {
    let mut world = World::new();
    let start = world.authorize(&[AS_OTHER[0], AS_OTHER[1], ("scope", "openid email offline_access")]);
    let consent = world.press(&start, "person", "grace");
    let page = world.get(&location(&consent));
    for words in [
        "Grace Demo",
        "Other &amp; &lt;app&gt;",
        "https://other.example",
        "Know that it is you",
        "See your e-mail address",
        "Stay signed in",
        "Allow",
        "Deny",
    ] {
        assert!(page.body.contains(words), "{words}");
    }
    assert!(!page.body.contains("See your name"));
}

#[test]
fn the_pages_say_how_the_issuer_misbehaves() {
    let mut world = World::misbehaving("no-iss+code-reusable");
    let start = world.authorize(&[]);
    let page = world.get(&location(&start));
    assert!(page.body.contains("no-iss") && page.body.contains("code-reusable"));
    let mut strict = World::new();
    let start = strict.authorize(&[]);
    assert!(!strict.get(&location(&start)).body.contains("Misbehaves"));
}

#[test]
fn redirects_leave_no_referrer_and_are_not_kept() {
    let mut world = World::new();
    let response = world.answer(&[]);
    assert_eq!(response.status, 303);
    assert_eq!(response.header("Referrer-Policy"), Some("no-referrer"));
    assert_eq!(response.header("Cache-Control"), Some("no-store"));
}

#[test]
fn the_stylesheet_is_served_and_names_no_other_host() {
    let mut world = World::new();
    let url = world.at("style.css");
    let css = world.get(&url);
    assert_eq!(css.header("Content-Type"), Some("text/css; charset=utf-8"));
    assert!(!css.body.contains("url(") && !css.body.contains("@import"));
}
