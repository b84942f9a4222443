//! Header, payload and key set of a signed response, one a line; an input of fewer lines is the response as it travels.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pkce_login::protocol::authorization_response::claimed_states;
use pkce_login::protocol::jarm::{JarmExpectations, UnverifiedResponse};
use pkce_login::protocol::jwk::JwkSet;
use pkce_login::protocol::jws::Signature;
use pkce_login::protocol::scrub::is_response_parameter;
use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
use pkce_login_fuzz::{CLIENT_ID, ISSUER, NOW, TOLERANCE, Token, one_or_many, second_reader};

fuzz_target!(|input: &str| {
    let Some(token) = Token::from_lines(input) else {
        let _ = UnverifiedResponse::parse(input, &SigningAlgorithm::ALL);
        return;
    };
    let expected = JarmExpectations { issuer: ISSUER, client_id: CLIENT_ID, now: NOW, tolerance: TOLERANCE };
    let parse = || UnverifiedResponse::parse(&token.compact, &SigningAlgorithm::ALL);
    let Ok(unverified) = parse() else { return };
    assert!(parse().unwrap().judge(Signature::Bad, &expected).is_err());
    let keys = JwkSet::parse(token.keys.as_bytes()).unwrap_or_default();
    if let Ok(key) = unverified.key(&keys) {
        assert!(key.fits(unverified.algorithm()) && !key.is_weak());
    }
    let address = format!("https://app.example/callback?response={}", token.compact);
    let claimed = claimed_states(&address, None);
    let Ok(parameters) = unverified.judge(Signature::Good, &expected) else { return };

    let state = parameters.iter().find(|(name, value)| name == "state" && !value.is_empty());
    assert!(state.is_none_or(|(_, state)| claimed == [state.as_str()]));
    let Some(claims) = second_reader(token.payload) else { return };
    assert_eq!(claims["iss"], ISSUER);
    assert!(one_or_many(&claims["aud"]).iter().all(|audience| *audience == CLIENT_ID));
    assert!(claims["exp"].as_f64().unwrap() > (NOW - TOLERANCE) as f64);
    for (name, value) in &parameters {
        assert!(is_response_parameter(name));
        assert_eq!(claims[name], value.as_str());
    }
    let there = claims.as_object().unwrap().keys().filter(|name| is_response_parameter(name)).count();
    assert_eq!(parameters.len(), there);
});
