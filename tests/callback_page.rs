//! `callback.html`: the one document that sees the answer must be small, closed, and allowed to run its script.
#![cfg(test)]

use base64::Engine as _;
use pkce_login::client::{ANSWER_KEY, PENDING_PREFIX};
use sha2::{Digest as _, Sha256};

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/callback.html")).unwrap()
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
    assert!(script(&page).contains(&format!("\"{ANSWER_KEY}\"")), "{ANSWER_KEY}");
    assert!(script(&page).contains(&format!("\"{PENDING_PREFIX}\"")), "{PENDING_PREFIX}");
    let keys = script(&page).match_indices("\"pkce-login.").map(|(at, _)| between(&script(&page)[at..], "\"", "\""));
    for key in keys {
        assert!([ANSWER_KEY, PENDING_PREFIX].contains(&key), "{key} is no key of the client's");
    }
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
