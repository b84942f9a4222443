//! Header, payload and key set of an ID token, one a line; an input of fewer lines is the token as it travels.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pkce_login::protocol::id_token::{IdTokenExpectations, Signature, UnverifiedIdToken};
use pkce_login::protocol::jwk::JwkSet;
use pkce_login::protocol::secret::{AccessToken, Nonce};
use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
use pkce_login_fuzz::{CLIENT_ID, ISSUER, NOW, TOLERANCE, Token, one_or_many, second_reader};

const NONCE: &str = "n-0S6_WzA2MjQ8pRk1VtYx7BcDeFgHiJkLmNoPqRsTu";
const OTHER_AUDIENCE: &str = "https://api.example";

fuzz_target!(|input: &str| {
    let Some(token) = Token::from_lines(input) else {
        let _ = UnverifiedIdToken::parse(input, &SigningAlgorithm::ALL);
        return;
    };
    let trusted = [OTHER_AUDIENCE.to_owned()];
    let nonce = Nonce::new(NONCE);
    let access_token = AccessToken::new("2YotnFZFEjr1zCsicMWpAA");
    for with_nonce in [true, false] {
        let expected = IdTokenExpectations {
            issuer: ISSUER,
            client_id: CLIENT_ID,
            trusted_audiences: &trusted,
            nonce: with_nonce.then_some(&nonce),
            access_token: Some(&access_token),
            now: NOW,
            tolerance: TOLERANCE,
            max_iat_age: Some(600),
            skew: None,
            max_age: None,
            original: None,
        };
        check(&token, &expected);
    }
});

fn check(token: &Token<'_>, expected: &IdTokenExpectations<'_>) {
    let parse = || UnverifiedIdToken::parse(&token.compact, &SigningAlgorithm::ALL);
    let Ok(unverified) = parse() else { return };
    assert!(parse().unwrap().judge(Signature::Bad, expected).is_err());
    let keys = JwkSet::parse(token.keys.as_bytes()).unwrap_or_default();
    if let Ok(key) = unverified.key(&keys) {
        assert!(key.fits(unverified.algorithm()) && !key.is_weak());
    }
    let Ok(judged) = unverified.judge(Signature::Good, expected) else { return };

    let Some(claims) = second_reader(token.payload) else { return };
    assert_eq!(claims["iss"], ISSUER);
    let audiences = one_or_many(&claims["aud"]);
    assert!(audiences.contains(&CLIENT_ID));
    assert!(audiences.iter().all(|audience| [CLIENT_ID, OTHER_AUDIENCE].contains(audience)));
    assert!(claims.get("azp").is_none_or(|azp| azp == CLIENT_ID));
    assert_eq!(claims.get("nonce").map(|nonce| nonce.as_str().unwrap()), expected.nonce.map(Nonce::expose));
    assert_eq!(claims["sub"], judged.sub());
    assert!(!judged.sub().is_empty());
    // A fraction is cut off, which makes no difference of a second.
    let (now, tolerance) = (NOW as f64, TOLERANCE as f64);
    assert!(claims["exp"].as_f64().unwrap() > now - tolerance);
    assert!((now - 600.0 - tolerance..now + 61.0).contains(&claims["iat"].as_f64().unwrap()));
    assert!(claims.get("nbf").is_none_or(|nbf| nbf.as_f64().unwrap() < now + tolerance + 1.0));
    assert_eq!(judged.email(), claims.get("email").and_then(|email| email.as_str()));
}
