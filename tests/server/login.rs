//! People and clients at the program.

use pkce_login::protocol::base64url;
use serde_json::{Value, json};

use super::program::*;
use crate::signer::Signer;

#[test]
fn two_people_sign_in_in_two_browsers_and_get_tokens_of_their_own() {
    let program = Program::start(&[]);
    let issuer = program.issuer();
    let mut subs = Vec::new();
    for (n, person) in [(1, "ada"), (2, "grace")] {
        let mut browser = Browser::new();
        let start = browser.get(&authorize_url(&issuer, n));
        let consent = browser.press(&start, "person", person);
        let answer = browser.press(&consent, "decision", "allow");
        let tokens = browser.post(&format!("{issuer}/token"), &exchange(&code(&answer), &verifier(n)));
        assert_eq!(tokens.status, 200, "{}", tokens.body);
        let tokens: Value = serde_json::from_str(&tokens.body).unwrap();
        let claims = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap();
        let claims: Value = serde_json::from_slice(&base64url::decode(claims).unwrap()).unwrap();
        subs.push(claims["sub"].as_str().unwrap().to_owned());

        // The browser knows who it is; consent for an app at a port of this machine is asked every time.
        let again = browser.get(&authorize_url(&issuer, n + 10));
        assert!(again.location.starts_with(&format!("{issuer}/consent?")), "{}", again.location);
    }
    assert_eq!(subs, ["ada", "grace"]);
}

#[test]
fn without_pages_a_script_gets_a_code_with_one_request() {
    let program = Program::start(&["--sign-in-as", "grace", "--give-consent"]);
    let answer = Browser::new().get(&authorize_url(&program.issuer(), 1));
    assert_eq!(answer.status, 303);
    code(&answer);
}

#[test]
fn a_proof_is_verified_and_a_forged_one_refused() {
    let program = Program::start(&["--sign-in-as", "ada", "--give-consent"]);
    let issuer = program.issuer();
    let token_endpoint = format!("{issuer}/token");
    let key = Signer::new("");
    let other = Signer::new("");
    let proof = |signer: &Signer, jti: &str| {
        let mut jwk = key.public_jwk();
        for not_of_a_proof in ["kid", "use", "alg"] {
            jwk.as_object_mut().unwrap().remove(not_of_a_proof);
        }
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        signer.token(
            &json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk }),
            &json!({ "jti": jti, "htm": "POST", "htu": token_endpoint, "iat": now }),
        )
    };
    for (n, signer, status, token_type) in [(1, &key, 200, json!("DPoP")), (2, &other, 400, Value::Null)] {
        let browser = &mut Browser::new();
        let answer = browser.get(&authorize_url(&issuer, n));
        let request = browser.0.post(&token_endpoint).content_type("application/x-www-form-urlencoded");
        let code = code(&answer);
        let verifier = verifier(n);
        let body = exchange(&code, &verifier).map(|(name, value)| format!("{name}={value}")).join("&");
        let mut response = request.header("DPoP", proof(signer, &n.to_string())).send(body).unwrap();
        assert_eq!(response.status(), status);
        let body: Value = serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap();
        assert_eq!(body["token_type"], token_type, "{body}");
    }
}

#[test]
#[cfg(unix)]
fn it_ends_cleanly_and_neither_log_nor_summary_holds_a_code_a_cookie_or_a_token() {
    let program = Program::start(&["--sign-in-as", "ada", "--give-consent"]);
    let issuer = program.issuer();
    let mut browser = Browser::new();
    let answer = browser.get(&authorize_url(&issuer, 1));
    let code = code(&answer);
    let tokens = browser.post(&format!("{issuer}/token"), &exchange(&code, &verifier(1)));
    let replayed = browser.post(&format!("{issuer}/token"), &exchange(&code, &verifier(1)));
    assert_eq!((tokens.status, replayed.status), (200, 400));
    let tokens: Value = serde_json::from_str(&tokens.body).unwrap();

    let (log, exit) = program.stop();
    assert_eq!(exit, Some(0), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests = lines.iter().filter(|line| line["fields"]["path"] == "/authorizer/token").count();
    assert_eq!(requests, 2, "{log}");
    assert!(lines.iter().any(|line| line["fields"]["check"] == "S-13"), "the replay is named: {log}");
    for secret in [code.as_str(), verifier(1).expose(), tokens["access_token"].as_str().unwrap()] {
        assert!(!log.contains(secret));
    }
}
