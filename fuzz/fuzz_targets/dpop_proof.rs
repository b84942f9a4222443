//! Header and payload of a DPoP proof, a line each; an input of fewer lines is the proof as it travels.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pkce_login::protocol::dpop_check::{ProofExpectations, UnverifiedProof};
use pkce_login::protocol::jws::Signature;
use pkce_login::protocol::secret::AccessToken;
use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
use pkce_login_fuzz::{Token, second_reader};

/// What the vectors use, so that they are good seeds.
const METHOD: &str = "POST";
const URL: &str = "https://server.example.com/token";
const NOW: i64 = 1_562_262_616;

fuzz_target!(|input: &str| {
    let lines = format!("{input}\n");
    let Some(token) = Token::from_lines(&lines) else {
        let _ = UnverifiedProof::parse(input, &SigningAlgorithm::ALL);
        return;
    };
    let access_token = AccessToken::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
    for (nonces, access_token) in [(&[][..], None), (&["n-1"][..], None), (&[][..], Some(&access_token))] {
        let parse = || UnverifiedProof::parse(&token.compact, &SigningAlgorithm::ALL);
        let Ok(unverified) = parse() else { return };
        let expected = ProofExpectations {
            method: METHOD,
            url: URL,
            now: NOW,
            max_age: 300,
            max_ahead: 60,
            nonces,
            access_token,
            jkt: None,
            is_seen: &|proof| proof.jti() == "seen",
        };
        assert!(parse().unwrap().judge(Signature::Bad, &expected).is_err());
        let Ok(proof) = unverified.judge(Signature::Good, &expected) else { continue };
        assert!(!proof.jti().is_empty() && proof.jti() != "seen");
        let Some(claims) = second_reader(token.payload) else { continue };
        assert_eq!(claims["htm"], METHOD);
        let at = claims["iat"].as_f64().unwrap();
        assert!((NOW - 301) as f64 <= at && at <= (NOW + 61) as f64);
        if let [nonce] = nonces {
            assert_eq!(claims["nonce"], *nonce);
        }
    }
});
