//! What the program is started with, and what it says to what it cannot use.

use std::net::TcpListener;

use serde_json::json;

use super::program::*;

const APP: [&str; 2] = ["--client", "my-app=http://localhost:5173/callback.html"];

#[test]
fn it_prints_what_to_configure() {
    let program = Program::start(&["--switch", "wrong-iss", "--switch", "no-state"]);
    assert!(program.issuer().ends_with("/authorizer/~wrong-iss+no-state"), "{}", program.issuer());
    assert_eq!(program.told("client_id"), CLIENT);
    assert_eq!(program.told("redirect_uri"), REDIRECT_URI);
    assert_eq!(program.told("person"), "ada (Ada Demo)");
}

#[test]
fn a_script_may_read_one_line_and_close_the_pipe() {
    for _ in 0..20 {
        let program = Program::start_and_read("none", &[], 1);
        Browser::new().get(&program.issuer());
    }
}

#[test]
fn a_file_sets_the_world_and_a_flag_adds_an_app() {
    let world = json!({
        "clients": [{ "client_id": "of-the-file", "redirect_uris": ["http://localhost:1/cb"] }],
        "people": [{ "sub": "eve" }],
        "sign_in_as": "eve",
        "consent": "given",
    });
    let file = options_file("world.json", &world);
    let program = Program::start(&["--config", file.to_str().unwrap()]);
    assert_eq!(program.told("person"), "eve (eve)");
    assert_eq!(program.told("client_id"), "of-the-file");
    code(&Browser::new().get(&authorize_url(&program.issuer(), 1)));
}

#[test]
fn an_app_may_name_several_redirect_uris() {
    let program = Program::start(&["--client", "my-app=http://localhost:5173/other"]);
    let registered = program.summary.iter().filter(|line| line.starts_with("redirect_uri")).count();
    assert_eq!(registered, 2);
}

#[test]
fn what_cannot_be_used_is_named_at_the_start() {
    let unknown_member = options_file("unknown.json", &json!({ "client": [] }));
    let unknown_member = unknown_member.to_str().unwrap();
    let with_app = |options: &[&'static str]| [&APP, options].concat();
    let cases: [(Vec<&str>, &str); 9] = [
        (vec![], "No app is registered."),
        (vec!["--client", "my-app"], "give ID=REDIRECT_URI, not “my-app”"),
        (vec!["--client", "my-app=http://app.example/cb"], "“http://app.example/cb” is no redirect URI"),
        (vec!["--client", "my-app=https://app.example/cb#top"], "without a fragment"),
        (with_app(&["--switch", "wrong-is"]), "there is no switch “wrong-is” (similar: wrong-iss"),
        (with_app(&["--sign-in-as", "bob"]), "there is no person with the sub “bob”"),
        (with_app(&["--url", "http://app.example/"]), "“http://app.example/” is not an address of this server"),
        (vec!["--config", "/no/such/file"], "/no/such/file"),
        (vec!["--config", unknown_member], "there is no “client”. There are: clients"),
    ];
    for (options, sentence) in cases {
        let said = refusal(&[options.as_slice(), &["--port", "0"]].concat());
        assert!(said.contains(sentence), "{options:?}: {said}");
    }
}

#[test]
fn a_port_that_is_in_use_is_an_error_that_says_so() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = refusal(&[&APP[..], &["--port", &port]].concat());
    assert!(said.contains(&format!("Port {port} of 127.0.0.1 is in use.")), "{said}");
}
