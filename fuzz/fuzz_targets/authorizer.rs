//! A request to the built-in authorizer: method, path with query, media type and body, a line each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pkce_login::authorizer::{Authorizer, Config, Env, Reply, Request};
use pkce_login::protocol::id_token::Signature;
use pkce_login::protocol::jwk::{Jwk, KeyMaterial};
use pkce_login_fuzz::{CLIENT_ID, NOW, REDIRECT_URI};

const ISSUER: &str = "https://app.example/authorizer";

const FORM: &str = "application/x-www-form-urlencoded";

/// Method, path and body of a whole sign-in. The ids are those of the entropy below: each secret is one octet, repeated.
type Step = (&'static str, &'static str, &'static str);
const START: Step = (
    "GET",
    "/authorize?response_type=code&client_id=spa-client-1&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&scope=openid\
     &state=s&nonce=n&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
    "",
);
const SIGN_IN: Step = ("POST", "/sign-in", "person=ada&interaction=AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE");
const CONSENT: Step = ("POST", "/consent", "decision=allow&interaction=AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM");

fuzz_target!(|input: &str| {
    let mut lines = input.splitn(4, '\n');
    let (method, path) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let request = Request {
        method: method.to_owned(),
        url: format!("{ISSUER}{path}"),
        origin: Some("https://app.example".to_owned()),
        content_type: lines.next().map(str::to_owned),
        body: lines.next().unwrap_or_default().to_owned(),
        ..Request::default()
    };
    let mut authorizer = Authorizer::new(config(), []);
    let key = Jwk {
        kid: Some("k".to_owned()),
        alg: None,
        material: KeyMaterial::P256 { x: "AAAA".to_owned(), y: "AAAA".to_owned() },
    };
    let mut seed = 0u8;
    let mut entropy = |octets: &mut [u8]| {
        seed = seed.wrapping_add(1);
        octets.fill(seed);
    };
    // Somebody is signed in already, and a sign-in page waits under an id that the input may name.
    for known in [START, SIGN_IN, CONSENT, START] {
        let (method, path, body) = known;
        let known = Request {
            method: method.to_owned(),
            url: format!("{ISSUER}{path}"),
            content_type: Some(FORM.to_owned()),
            body: body.to_owned(),
            ..Request::default()
        };
        let env = Env { now: NOW, entropy: &mut entropy, public_jwk: &key, other_jwks: &[] };
        drop(authorizer.handle(&known, env));
    }
    let env = Env { now: NOW, entropy: &mut entropy, public_jwk: &key, other_jwks: &[] };
    let mut reply = authorizer.handle(&request, env);
    if let Reply::Verify(pending) = reply {
        let env = Env { now: NOW, entropy: &mut entropy, public_jwk: &key, other_jwks: &[] };
        reply = authorizer.proceed(&pending, Signature::Bad, env);
    }
    let Reply::Ready(response) = reply else { return };
    assert!((200..600).contains(&response.status));
    // Nobody is led to an address that is not registered, and no header is split.
    if let Some(location) = response.header("Location") {
        assert!(location.starts_with(REDIRECT_URI) || location.starts_with(ISSUER), "{location}");
    }
    assert!(response.headers.iter().all(|(_, value)| !value.contains(['\r', '\n', '\0'])));
});

fn config() -> Config {
    let mut config = Config::for_app("https://app.example/");
    for client in &mut config.clients {
        client.client_id = CLIENT_ID.to_owned();
        client.redirect_uris = vec![REDIRECT_URI.to_owned()];
        client.post_logout_redirect_uris.clear();
    }
    config
}
