//! What HTTP can do to the program, and what faults do on the wire.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::program::*;

/// Sends octets as they are, and gives what comes until the connection is closed.
fn raw(program: &Program, request: &str) -> String {
    let mut stream = TcpStream::connect(program.authority()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    // A connection that is reset has said what it had to say.
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn a_body_beyond_the_limit_is_413_before_any_work() {
    let program = Program::start(&[]);
    let authority = program.authority();
    let body = "a".repeat(65 * 1024);
    let head =
        format!("POST /authorizer/token HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {}\r\n\r\n", body.len());
    let answer = raw(&program, &(head + &body));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn a_field_beyond_the_limit_and_one_that_is_no_text_are_refused() {
    let program = Program::start(&[]);
    let request = "GET /authorizer/authorize HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nCookie: VALUE\r\n\r\n";
    let request = request.replace("HOST", &program.authority());
    for cookie in ["a".repeat(65 * 1024).as_str(), "ä"] {
        let answer = raw(&program, &request.replace("VALUE", cookie));
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
}

#[test]
fn a_host_that_merely_leads_to_this_machine_has_no_issuer() {
    let program = Program::start(&[]);
    let request =
        "GET /authorizer/.well-known/openid-configuration HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n";
    let port = program.authority().rsplit(':').next().unwrap().to_owned();
    let rebound = raw(&program, &request.replace("HOST", &format!("attacker.example:{port}")));
    assert!(rebound.starts_with("HTTP/1.1 404 "), "{rebound}");
    assert!(rebound.contains(&program.issuer()), "where it is, for a person who took another name: {rebound}");
    let own = raw(&program, &request.replace("HOST", &program.authority()));
    assert!(own.starts_with("HTTP/1.1 200 "), "{own}");
}

#[test]
fn an_answer_that_is_lost_ends_the_connection_and_nothing_else() {
    let program = Program::start(&["--sign-in-as", "ada", "--give-consent"]);
    let issuer = program.issuer();
    let lossy = format!("{issuer}/~token-lost");
    let mut browser = Browser::new();
    let answer = browser.get(&authorize_url(&lossy, 1));
    let code_of_answer = code(&answer);
    let verifier = verifier(1);
    let body = exchange(&code_of_answer, &verifier).map(|(name, value)| format!("{name}={value}")).join("&");
    let head = format!(
        "POST /authorizer/~token-lost/token HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n",
        program.authority(),
        body.len(),
    );
    assert_eq!(raw(&program, &(head + &body)), "");
    // The strict issuer answers as before.
    code(&browser.get(&authorize_url(&issuer, 2)));
}

#[test]
fn clients_of_other_origins_may_read_what_a_page_needs() {
    let program = Program::start(&[]);
    let url = format!("{}/.well-known/openid-configuration", program.issuer());
    let response = Browser::new().0.get(&url).header("Origin", "http://localhost:5173").call().unwrap();
    assert_eq!(response.headers().get("Access-Control-Allow-Origin").unwrap(), "*");
}
