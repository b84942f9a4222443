//! `callback.html`: the one document that sees the answer must be small, closed, and allowed to run its script.
#![cfg(test)]

use base64::Engine as _;
use pkce_login::client::{ANSWER_BODY_KEY, ANSWER_KEY, BY_APP_ADVICE, BY_APP_KEY, CHILD_WINDOW_PREFIX, PENDING_PREFIX};
use pkce_login::protocol::authorization_request::{AuthorizationRequest, Interaction, RequestOptions};
use pkce_login::protocol::metadata::ServerMetadata;
use pkce_login::protocol::response_mode::ResponseMode;
use pkce_login::protocol::scope::Scope;
use sha2::{Digest as _, Sha256};

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn page() -> String {
    file("callback.html")
}

/// Every text in quotes that begins so.
fn quoted<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    let mut found: Vec<&str> =
        text.match_indices(&format!("\"{start}")).map(|(at, _)| between(&text[at..], "\"", "\"")).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// What stands between two texts.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("there is no {start}"));
    rest.split_once(end).unwrap_or_else(|| panic!("there is no {end} after {start}")).0
}

fn script(page: &str) -> &str {
    between(page, "<script>", "</script>")
}

/// The start tags, in order.
fn tags(page: &str) -> Vec<String> {
    let markup = page.replace(script(page), "");
    let tags = markup.split('<').skip(1).filter(|tag| !tag.starts_with(['/', '!']));
    tags.map(|tag| tag.split('>').next().unwrap().to_owned()).collect()
}

#[test]
fn no_referrer_comes_first_and_the_script_right_after_the_policy() {
    let page = page();
    let tags = tags(&page);
    assert_eq!(tags[..3], ["html lang=\"en\"", "head", "meta name=\"referrer\" content=\"no-referrer\""]);
    assert!(tags[3].starts_with("meta http-equiv=\"Content-Security-Policy\""), "{}", tags[3]);
    assert_eq!(tags[4], "script", "whatever stands before the script is time in which the code is seen");
}

#[test]
fn the_character_set_is_declared_where_browsers_look_for_it() {
    // Within the first 1024 octets (HTML, section 4.2.5.4); until then nothing may need it.
    let page = page();
    let declared = page.find("charset=").expect("a declared character set");
    assert!(page.is_ascii() || declared < 1024, "declared at octet {declared}, after text that is not ASCII");
}

#[test]
fn the_policy_allows_this_script_and_nothing_else() {
    let page = page();
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(script(&page).as_bytes()));
    let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    let expected = format!("script-src 'sha256-{hash}'");
    assert!(directives.contains(&expected.as_str()), "the policy must say: {expected}\nit says: {policy}");
    for closed in ["default-src 'none'", "base-uri 'none'", "form-action 'none'"] {
        assert!(directives.contains(&closed), "the policy must say: {closed}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
}

#[test]
fn nothing_else_is_loaded() {
    let page = page();
    for loader in
        ["src=", "<link", "<style", "style=", "<img", "<iframe", "@import", "url(", "import(", "<base", "srcset="]
    {
        assert!(!page.contains(loader), "{loader}");
    }
    assert_eq!(page.matches("<script").count(), 1);
    for address in page.match_indices("href=\"").map(|(at, _)| between(&page[at..], "href=\"", "\"")) {
        assert!(address.starts_with("./"), "{address} leads elsewhere");
    }
    for call in ["fetch", "XMLHttpRequest", "sendBeacon", "WebSocket", "document.write", "innerHTML", "eval"] {
        assert!(!script(&page).contains(call), "{call}");
    }
}

#[test]
fn the_script_has_no_handlers_beside_it() {
    let page = page();
    let markup = page.replace(script(&page), "");
    for attribute in [" onload=", " onclick=", " onerror=", "javascript:"] {
        assert!(!markup.contains(attribute), "{attribute}");
    }
}

#[test]
fn the_page_and_the_client_mean_the_same_storage() {
    let page = page();
    let known = [ANSWER_KEY, ANSWER_BODY_KEY, CHILD_WINDOW_PREFIX, PENDING_PREFIX];
    for key in known {
        assert!(script(&page).contains(&format!("\"{key}\"")), "{key}");
    }
    let keys = script(&page).match_indices("\"pkce-login.").map(|(at, _)| between(&script(&page)[at..], "\"", "\""));
    for key in keys {
        assert!(known.contains(&key), "{key} is no key of the client's");
    }
    // And what takes an answer where the app is in the place of the page.
    let app = file("src/script/arrival.js").replace('\'', "\"");
    for text in known.iter().chain(&[BY_APP_KEY]) {
        assert!(app.contains(&format!("\"{text}\"")), "{text}");
    }
    assert!(file("src/script/arrival.js").contains(&format!("'{BY_APP_ADVICE}'")), "{BY_APP_ADVICE}");
}

#[test]
fn the_address_is_cleaned_before_anything_can_fail() {
    let page = page();
    let script = script(&page);
    let cleaned = script.find("history.replaceState(").expect("the address is cleaned");
    for later in ["sessionStorage", "JSON.parse", "URLSearchParams", "location.replace("] {
        let at = script.find(later).unwrap_or_else(|| panic!("the script has no {later}"));
        assert!(cleaned < at, "{later} comes before the address is clean");
    }
}

#[test]
fn the_page_the_worker_and_the_client_mean_the_same_messages() {
    let (page, worker, client) = (page(), file("callback-worker.js"), file("src/browser/callback_worker.rs"));
    let mut asked = quoted(&client, "pkce-login-callback-");
    asked.extend(quoted(script(&page), "pkce-login-callback-"));
    asked.sort_unstable();
    assert_eq!(asked, quoted(&worker, "pkce-login-callback-"));
    assert_eq!(quoted(&file("src/browser/http.rs"), "caught~"), quoted(&worker, "caught~"));
    // What the worker sends the browser to, and who knows it again.
    let answer = file("src/browser/answer.rs");
    for (text, mark) in [(worker.as_str(), "#caught="), (script(&page), "#caught="), (answer.as_str(), "\"caught=\"")] {
        assert!(text.contains(mark), "{mark}");
    }
}

#[test]
fn the_page_reads_off_the_state_where_the_client_waits() {
    let server = r#"{"issuer":"https://as.example","authorization_endpoint":"https://as.example/a",
        "token_endpoint":"https://as.example/t","jwks_uri":"https://as.example/k","response_types_supported":["code"]}"#;
    let server = ServerMetadata::from_json("https://as.example", server).unwrap();
    let state = |interaction| {
        let request = AuthorizationRequest {
            server: &server,
            client_id: "me",
            redirect_uri: "https://app.example/callback.html",
            scope: &Scope::parse("openid"),
            response_mode: ResponseMode::Query,
            options: &RequestOptions::default(),
            return_to: "/",
            interaction,
            dpop_jkt: None,
        };
        request.start(&[7; 96], 0).unwrap().pending.state.expose().to_owned()
    };
    assert!(script(&page()).contains("/^[pf]\\./.test(state)"), "the page looks at the state");
    assert!(state(Interaction::Popup).starts_with("p."));
    assert!(state(Interaction::Frame).starts_with("f."));
    // The alphabet of base64url has no dot, so no state of the same tab can look like the others.
    assert!(!state(Interaction::Redirect).contains('.'));
}

#[test]
fn the_worker_keeps_answers_in_memory_and_leaves_the_rest_of_the_site_alone() {
    let worker = file("callback-worker.js");
    for reach in ["indexedDB", "caches", "claim(", "skipWaiting", "console", "eval", "import(", "localStorage"] {
        assert!(!worker.contains(reach), "{reach}");
    }
    // Whether a request concerns it is decided before it answers anything.
    let decided = worker.find("request.url.split(/[?#]/, 1)[0] !== page").expect("the worker looks at the address");
    assert!(worker.match_indices("respondWith").all(|(at, _)| at > decided));
}

/// What the worker does with what a stranger sends it, tried out.
#[test]
fn the_worker_stands_what_windows_of_other_sites_do_to_it() {
    run_in_node("worker.test.mjs");
}

/// The page by itself, and what is in its place where the app answers the redirect URI: they agree.
#[test]
fn the_page_and_the_app_in_its_place_take_the_same_answers_to_the_same_places() {
    run_in_node("page.test.mjs");
}

fn run_in_node(name: &str) {
    let tests = format!("{}/tests/callback_js/{name}", env!("CARGO_MANIFEST_DIR"));
    let run = std::process::Command::new("node").args(["--test", &tests]).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}
