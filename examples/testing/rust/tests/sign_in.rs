//! The sign-in against a real authorizer, right and wrong. `PKCE_LOGIN_AUTHORIZER` says where the program is.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

const APP: &str = "http://localhost:5173/callback";

struct Authorizer(Child);

impl Drop for Authorizer {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Starts it at a free port, and gives its issuer.
fn start() -> (Authorizer, String) {
    let program = std::env::var("PKCE_LOGIN_AUTHORIZER").unwrap_or("pkce-login-authorizer".to_owned());
    let options = ["--port", "0", "--sign-in-as", "ada", "--give-consent", "--log", "none", "--client"];
    let mut command = Command::new(program);
    let mut child = command.args(options).arg(format!("my-app={APP}")).stdout(Stdio::piped()).spawn().unwrap();
    let first = BufReader::new(child.stdout.take().unwrap()).lines().next().unwrap().unwrap();
    (Authorizer(child), first.split_whitespace().last().unwrap().to_owned())
}

/// What a browser does. No page is shown, so the first answer leads back to the app.
fn open(url: &str) -> Result<String, Box<dyn std::error::Error>> {
    let agent = ureq::Agent::config_builder().max_redirects(0).build().new_agent();
    Ok(agent.get(url).call()?.headers().get("Location").ok_or("no redirect")?.to_str()?.to_owned())
}

#[test]
fn the_right_answer_signs_in_and_a_wrong_one_is_refused_for_what_is_wrong() {
    let (_authorizer, issuer) = start();
    let sign_in = |switch: &str| testing_rust::sign_in(&[&issuer, switch].concat(), "my-app", APP, open);
    let wrong = [
        ("/~wrong-iss", "another authorizer"),
        ("/~id-token-wrong-aud", "InvalidAudience"),
        ("/~wrong-nonce", "InvalidNonce"),
        ("/~bad-signature", "SignatureVerification"),
    ];
    for (fault, why) in wrong {
        let error = format!("{:?}", sign_in(fault).unwrap_err());
        assert!(error.contains(why), "{fault}: {error}");
    }
    assert_eq!(sign_in("").unwrap(), "ada");
}
