//! Who may read what from a page of another origin.

use super::world::*;
use pkce_login::authorizer::{Request, Response};

fn from(world: &mut World, origin: &str, method: &str, path: &str) -> Response {
    let request = Request {
        method: method.to_owned(),
        url: world.at(path),
        origin: Some(origin.to_owned()),
        ..Request::default()
    };
    world.send(&request)
}

#[test]
fn registered_apps_may_read_and_preflight_and_see_the_headers_they_need() {
    let mut world = World::new();
    for origin in ["https://app.example", "https://other.example"] {
        for path in ["token", "userinfo", "revoke"] {
            let preflight = from(&mut world, origin, "OPTIONS", path);
            assert_eq!(preflight.status, 204);
            assert_eq!(preflight.header("Access-Control-Allow-Origin"), Some(origin));
            assert!(preflight.header("Access-Control-Allow-Headers").unwrap().contains("Authorization"));
            assert!(preflight.header("Access-Control-Allow-Methods").unwrap().contains("POST"));
            // An error must be readable too, else the app can only guess.
            let response = from(&mut world, origin, "POST", path);
            assert_eq!(response.header("Access-Control-Allow-Origin"), Some(origin), "{path}");
            let exposed = response.header("Access-Control-Expose-Headers").unwrap();
            for name in ["WWW-Authenticate", "DPoP-Nonce", "Date"] {
                assert!(exposed.contains(name));
            }
        }
    }
}

#[test]
fn a_signed_answer_is_readable_as_well() {
    let mut world = World::new();
    let code = world.code(&[]);
    let mut request = world.redeem_request(&code, &[]);
    request.origin = Some("https://app.example".to_owned());
    let response = world.send(&request);
    assert_eq!((response.status, response.header("Access-Control-Allow-Origin")), (200, Some("https://app.example")));
    assert_eq!(response.header("Vary"), Some("Origin"));
}

#[test]
fn others_may_not_read() {
    let mut world = World::new();
    for origin in ["https://evil.example", "null", "http://app.example", "https://app.example.evil.example"] {
        for path in ["token", "userinfo", "revoke"] {
            for method in ["OPTIONS", "POST"] {
                let response = from(&mut world, origin, method, path);
                assert_eq!(response.header("Access-Control-Allow-Origin"), None, "{origin} {path}");
            }
        }
    }
}

#[test]
fn everybody_may_read_what_is_public() {
    let mut world = World::new();
    for path in [".well-known/openid-configuration", "jwks"] {
        for method in ["OPTIONS", "GET"] {
            let response = from(&mut world, "https://anyone.example", method, path);
            assert_eq!(response.header("Access-Control-Allow-Origin"), Some("*"), "{path}");
        }
    }
}

#[test]
fn no_script_may_read_a_page() {
    let mut world = World::new();
    for path in ["authorize", "sign-in", "consent", "logout", "sign-out", "style.css"] {
        for method in ["OPTIONS", "GET", "POST"] {
            let response = from(&mut world, "https://app.example", method, path);
            assert!(!response.headers.iter().any(|(name, _)| name.starts_with("Access-Control")), "{method} {path}");
        }
    }
}
