//! Status and media type of a UserInfo answer in one line, and on further lines its body; of a signed one header, payload
//! and key set, a line each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pkce_login::protocol::jwk::JwkSet;
use pkce_login::protocol::jws::Signature;
use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
use pkce_login::protocol::userinfo::{UnverifiedUserInfo, UserInfo, UserInfoExpectations};
use pkce_login_fuzz::{CLIENT_ID, ISSUER, NOW, TOLERANCE, Token, one_or_many, second_reader};

const SUB: &str = "user-1";

fuzz_target!(|input: &str| {
    let Some((head, body)) = input.split_once('\n') else { return };
    let (status, content_type) = head.split_once(' ').unwrap_or((head, ""));
    let (status, content_type) = (status.parse().unwrap_or(200), Some(content_type));
    if let Ok(claims) = UserInfo::judge(status, content_type, body.as_bytes(), SUB) {
        assert_eq!(status, 200);
        about_the_person(&claims);
    }
    let Some(token) = Token::from_lines(body) else { return };
    let octets = token.compact.as_bytes();
    let parse = || UnverifiedUserInfo::in_answer(status, content_type, octets, &SigningAlgorithm::ALL);
    let Ok(Some(unverified)) = parse() else { return };
    let expected =
        UserInfoExpectations { issuer: ISSUER, client_id: CLIENT_ID, sub: SUB, now: NOW, tolerance: TOLERANCE };
    assert!(parse().unwrap().unwrap().judge(Signature::Bad, &expected).is_err());
    let keys = JwkSet::parse(token.keys.as_bytes()).unwrap_or_default();
    if let Ok(key) = unverified.key(&keys) {
        assert!(key.fits(unverified.algorithm()) && !key.is_weak());
    }
    let Ok(claims) = unverified.judge(Signature::Good, &expected) else { return };
    about_the_person(&claims);
    let Some(payload) = second_reader(token.payload) else { return };
    assert_eq!(payload["iss"], ISSUER);
    assert!(one_or_many(&payload["aud"]).contains(&CLIENT_ID));
});

/// What is handed on is one JSON document about the person, for whoever reads it.
fn about_the_person(claims: &UserInfo) {
    assert!(!claims.claims().starts_with('\u{feff}'));
    if let Some(read) = second_reader(claims.claims()) {
        assert_eq!(read["sub"], SUB);
    }
}
