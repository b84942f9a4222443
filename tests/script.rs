//! The JavaScript API as far as it runs without a browser (feature `script`).
#![cfg(test)]
#![cfg(feature = "script")]

use pkce_login::browser::SignInError;
use pkce_login::browser::frame::FrameError;
use pkce_login::browser::popup::PopupError;
use pkce_login::client::ports::HttpFailure;
use pkce_login::client::{ClientConfig, ErrorKind, LoginError, Phase, Prepare, Restore, Storage};
use pkce_login::protocol::authorization_request::RequestOptions;
use pkce_login::protocol::authorization_response::RefusedLogin;
use pkce_login::protocol::metadata::DiscoveryKind;
use pkce_login::protocol::oauth_error::OAuthError;
use pkce_login::protocol::response_mode::ResponseMode;
use pkce_login::script::{Authorizer, LoginChoices, LogoutChoices, Options, OptionsError, Page, Report, TokenChoices};
use serde_json::{Value, from_str, json};

const PAGE: Page<'static> = Page {
    origin: "https://app.example",
    base: "https://app.example/shop/cart?item=1#top",
    callback: "https://app.example/callback.html",
    is_secure: true,
};

fn smallest() -> Value {
    json!({ "issuer": "https://login.example", "clientId": "my-app" })
}

/// The smallest options with one more, or another value of one.
fn with(name: &str, value: Value) -> Value {
    let mut options = smallest();
    options[name] = value;
    options
}

fn read(options: &Value) -> Result<Options, OptionsError> {
    Options::read(&options.to_string(), &PAGE)
}

fn config(options: &Value) -> ClientConfig {
    read(options).unwrap().config
}

/// The error, and all that a page is told of it.
fn refused(options: &Value) -> (OptionsError, Value) {
    let error = read(options).unwrap_err();
    let told = from_str(Report::of_options(&error).as_str()).unwrap();
    (error, told)
}

fn invalid(options: &Value) -> (String, String) {
    match refused(options).0 {
        OptionsError::Invalid { option, given, .. } => (option, given),
        other => panic!("{other:?}"),
    }
}

#[test]
fn issuer_and_client_id_are_enough() {
    let options = read(&smallest()).unwrap();
    let ClientConfig { issuer, client_id, redirect_uri, scope, response_mode, storage, .. } = options.config;
    assert_eq!((issuer.as_str(), client_id.as_str()), ("https://login.example", "my-app"));
    assert_eq!(redirect_uri, "https://app.example/callback.html");
    assert_eq!((scope.as_str(), response_mode, storage), ("openid profile", ResponseMode::Query, Storage::Memory));
    assert_eq!(options.authorizer, Authorizer::Elsewhere);
}

#[test]
fn every_option_reaches_the_client() {
    let all = json!({
        "issuer": "https://login.example", "clientId": "my-app", "redirectUri": "https://app.example/back.html",
        "scope": "openid email", "responseMode": "fragment", "storage": "device", "dpop": true,
        "pushedRequests": true, "requireIss": true, "apiOrigins": ["https://api.example"],
        "trustedAudiences": ["project-1"], "discovery": "oauth", "restore": "redirect", "prepare": "hover",
        "metadata": {
            "issuer": "https://login.example", "authorization_endpoint": "https://login.example/a",
            "token_endpoint": "https://login.example/t",
        },
    });
    let config = config(&all);
    assert_eq!(config.redirect_uri, "https://app.example/back.html");
    assert_eq!((config.scope.as_str(), config.response_mode), ("openid email", ResponseMode::Fragment));
    assert_eq!((config.storage, config.dpop), (Storage::Device, true));
    assert!(config.pushed_requests && config.require_iss);
    assert_eq!(config.api_origins, ["https://api.example"]);
    assert_eq!(config.restore, Restore::Redirect);
    assert_eq!(config.prepare, Prepare::Hover);
    assert_eq!((config.trusted_audiences, config.discovery), (vec!["project-1".to_owned()], DiscoveryKind::OAuth));
    assert!(config.metadata.unwrap().contains("https://login.example/t"));
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(refused(&json!({ "clientId": "my-app" })).0, OptionsError::IssuerMissing);
    assert_eq!(refused(&with("issuer", json!(""))).0, OptionsError::IssuerMissing);
    assert_eq!(refused(&json!({ "issuer": "https://login.example" })).0, OptionsError::ClientIdMissing);
    assert_eq!(refused(&with("clientId", json!(""))).0, OptionsError::ClientIdMissing);
}

#[test]
fn a_client_secret_is_refused_however_it_is_written_and_never_repeated() {
    for name in ["clientSecret", "client_secret", "client-secret", "ClientSecret"] {
        let (error, told) = refused(&with(name, json!("hunter2")));
        assert_eq!(told["code"], "client_secret_refused");
        assert!(!told.to_string().contains("hunter2") && !format!("{error:?}").contains("hunter2"), "{told}");
    }
}

#[test]
fn a_misspelled_option_is_refused_and_the_right_name_is_said() {
    for (wrong, right) in [("client_id", "clientId"), ("redirectURI", "redirectUri"), ("DPoP", "dpop")] {
        let (_, told) = refused(&with(wrong, json!("x")));
        assert_eq!(told["code"], "option_unknown");
        assert!(told["message"].as_str().unwrap().contains(wrong), "{told}");
        assert_eq!(told["advice"], format!("Write “{right}”."));
    }
    let (_, told) = refused(&with("nonce", json!("x")));
    assert!(told["advice"].as_str().unwrap().contains("issuer, clientId, redirectUri"), "{told}");
    assert!(LoginChoices::read(r#"{"login_hint":"ada"}"#).is_err());
    assert!(LogoutChoices::read(r#"{"return_to":"/"}"#, &PAGE).is_err());
    assert!(TokenChoices::read(r#"{"minvalidity":1}"#).is_err());
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_and_its_kind_is_said() {
    for (name, value, given) in [
        ("issuer", json!(7), "7"),
        ("issuer", json!(null), "null"),
        ("clientId", json!({}), "an object"),
        ("scope", json!(["openid"]), "a list"),
        ("dpop", json!("true"), "a text that is not allowed"),
        ("dpop", json!(1), "1"),
        ("pushedRequests", json!(null), "null"),
        ("requireIss", json!([]), "a list"),
        ("storage", json!(true), "true"),
        ("apiOrigins", json!("https://api.example"), "a text that is not allowed"),
        ("apiOrigins", json!([1]), "a list"),
        ("trustedAudiences", json!("project-1"), "a text that is not allowed"),
        ("trustedAudiences", json!([""]), "a list"),
        ("discovery", json!("oidc"), "“oidc”"),
        ("restore", json!("always"), "“always”"),
        ("prepare", json!("now"), "“now”"),
        ("metadata", json!("{}"), "a text that is not allowed"),
        ("fetch", json!(true), "true"),
        ("fetch", json!("fetch"), "a text that is not allowed"),
        ("redirectUri", json!({ "$": "function" }), "a function"),
    ] {
        assert_eq!(invalid(&with(name, value)), (name.to_owned(), given.to_owned()));
    }
    for no_object in ["[]", "null", "\"x\"", "", "{", r#"{"$":"function"}"#] {
        assert_eq!(Options::read(no_object, &PAGE).unwrap_err().code(), "option_invalid", "{no_object}");
    }
    let twice = r#"{"issuer":"https://login.example","issuer":"https://evil.example","clientId":"a"}"#;
    assert_eq!(Options::read(twice, &PAGE).unwrap_err().code(), "option_invalid");
}

#[test]
fn a_value_that_is_no_choice_is_refused_and_the_choices_are_said() {
    for (name, value, choice) in [
        ("responseMode", "query.jwt", "“fragment”"),
        ("storage", "tab", "“session”"),
        ("storage", "local", "“device”"),
        ("authorizer", "built-in", "“builtin”"),
        ("issuer", "login.example", "https"),
        ("issuer", "http://login.example", "https"),
        ("issuer", "https://login.example?x", "query"),
        ("issuer", "javascript:alert(1)", "https"),
    ] {
        let (_, told) = refused(&with(name, json!(value)));
        let sentences = [told["message"].as_str().unwrap(), told["advice"].as_str().unwrap()];
        assert!(sentences[0].contains(name) && sentences[0].contains(value), "{told}");
        assert!(sentences[1].contains(choice), "{told}");
        assert_eq!((&told["step"], &told["retryable"]), (&json!("configuration"), &json!(false)));
    }
    let (_, told) = refused(&with("apiOrigins", json!(["https://api.example", "https://api.example/v1"])));
    assert!(told["message"].as_str().unwrap().contains("https://api.example/v1"), "{told}");
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    assert_eq!(refused(&with("storage", json!("device"))).0.code(), "device_storage_needs_dpop");
    let foreign = json!({
        "issuer": "https://evil.example", "authorization_endpoint": "https://evil.example/a",
        "token_endpoint": "https://evil.example/t",
    });
    assert_eq!(refused(&with("metadata", foreign)).0.code(), "issuer_mismatch");
}

#[test]
fn a_redirect_uri_is_resolved_against_the_page() {
    for (given, resolved) in [
        ("/signed-in.html", "https://app.example/signed-in.html"),
        ("callback.html", "https://app.example/shop/callback.html"),
        ("./callback.html", "https://app.example/shop/callback.html"),
        ("../callback.html", "https://app.example/callback.html"),
        ("../../../callback.html", "https://app.example/callback.html"),
        ("//app.example/callback.html", "https://app.example/callback.html"),
        ("https://app.example:443/callback.html", "https://app.example:443/callback.html"),
        ("https://app.example/cb?a=b", "https://app.example/cb?a=b"),
    ] {
        assert_eq!(config(&with("redirectUri", json!(given))).redirect_uri, resolved);
    }
}

#[test]
fn a_redirect_uri_of_another_origin_is_refused() {
    for given in [
        "https://evil.example/callback.html",
        "https://app.example.evil.example/callback.html",
        "https://app.example:8443/callback.html",
        "http://app.example/callback.html",
        "//evil.example/callback.html",
    ] {
        let (_, told) = refused(&with("redirectUri", json!(given)));
        assert_eq!(told["code"], "redirect_uri_foreign", "{told}");
        let message = told["message"].as_str().unwrap();
        assert!(message.contains(given) && message.contains("https://app.example."), "{told}");
    }
    for given in ["javascript:alert(1)", "data:text/html,x", "app:callback", "/callback.html#x", "/a b", "https://"] {
        assert_eq!(invalid(&with("redirectUri", json!(given))).0, "redirectUri", "{given}");
    }
}

#[test]
fn a_page_without_https_begins_nothing() {
    let page = Page { origin: "http://app.example", is_secure: false, ..PAGE };
    let error = Options::read(&smallest().to_string(), &page).unwrap_err();
    assert_eq!(error.code(), "insecure_origin");
    assert!(error.happened().contains("http://app.example"));
}

#[test]
fn the_built_in_authorizer_stands_beside_the_callback_page() {
    let options = json!({ "authorizer": "builtin", "redirectUri": "/docs/callback.html" });
    let Options { config, authorizer } = read(&options).unwrap();
    assert_eq!(config.issuer, "https://app.example/docs/authorizer");
    assert_eq!(authorizer, Authorizer::BuiltIn { base: "https://app.example/docs/".to_owned() });
    for (issuer, is_fine) in [
        ("https://app.example/authorizer", true),
        ("https://app.example/authorizer/~no_iss", true),
        ("https://app.example/authorizers", false),
        ("https://login.example", false),
    ] {
        let options = json!({ "authorizer": "builtin", "clientId": "demo", "issuer": issuer });
        assert_eq!(read(&options).is_ok(), is_fine, "{issuer}");
    }
    let posted = json!({ "authorizer": "builtin", "clientId": "demo", "responseMode": "form_post" });
    assert_eq!(invalid(&posted).0, "responseMode");
}

#[test]
fn every_option_of_a_login_reaches_the_request() {
    let all = json!({
        "prompt": "login", "loginHint": "ada@example.com", "maxAge": 60, "acrValues": "urn:a", "uiLocales": "de ja",
        "resource": "https://api.example/", "scope": "things.write", "extraParams": { "tenant": "blue" },
        "returnTo": "/cart",
    });
    let choices = LoginChoices::read(&all.to_string()).unwrap();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(choices.return_to, some("/cart"));
    let expected = RequestOptions {
        prompt: some("login"),
        login_hint: some("ada@example.com"),
        max_age: Some(60),
        ui_locales: some("de ja"),
        acr_values: some("urn:a"),
        resource: some("https://api.example/"),
        more_scope: some("things.write"),
        extra: vec![("tenant".to_owned(), "blue".to_owned())],
        ..RequestOptions::default()
    };
    assert_eq!(choices.request, expected);
    assert_eq!(LoginChoices::read("{}").unwrap(), LoginChoices::default());
}

#[test]
fn a_parameter_of_the_apps_own_is_never_repeated_in_an_error() {
    let error = LoginChoices::read(r#"{"extraParams":{"token":["hunter2"]}}"#).unwrap_err();
    assert_eq!(error.code(), "option_invalid");
    assert!(!Report::of_options(&error).as_str().contains("hunter2"));
    assert!(LoginChoices::read(r#"{"extraParams":[]}"#).is_err());
}

#[test]
fn seconds_are_whole_and_not_negative() {
    for wrong in ["-1", "1.5", "1e3", "\"60\"", "null", "99999999999", r#"{"$":"number"}"#] {
        let login = ["{\"maxAge\":", wrong, "}"].concat();
        assert_eq!(LoginChoices::read(&login).unwrap_err().code(), "option_invalid", "{wrong}");
        let token = ["{\"minValidity\":", wrong, "}"].concat();
        assert_eq!(TokenChoices::read(&token).unwrap_err().code(), "option_invalid", "{wrong}");
    }
    assert_eq!(TokenChoices::read(r#"{"minValidity":120}"#).unwrap().min_validity, 120);
}

#[test]
fn a_sign_out_comes_back_to_this_origin_only() {
    let read = |text: &str| LogoutChoices::read(text, &PAGE);
    let choices = read(r#"{"atAuthorizer":true,"returnTo":"/bye"}"#).unwrap();
    assert_eq!(choices.return_to.as_deref(), Some("https://app.example/bye"));
    assert!(choices.at_authorizer);
    assert_eq!(read("{}").unwrap(), LogoutChoices::default());
    for foreign in ["https://evil.example/", "//evil.example", "javascript:alert(1)"] {
        assert!(read(&json!({ "returnTo": foreign }).to_string()).is_err(), "{foreign}");
    }
}

fn report(error: impl Into<SignInError>) -> Value {
    from_str(Report::of(&error.into()).as_str()).unwrap()
}

#[test]
fn an_error_has_its_code_its_sentences_and_its_step() {
    let told = report(LoginError::Network(Phase::Token, HttpFailure::TimedOut));
    assert_eq!((&told["code"], &told["step"]), (&json!("timed_out"), &json!("token")));
    assert_eq!(told["message"], "The authorizer took too long to answer.");
    assert!(told["meaning"].is_string() && told["advice"].is_string());
    assert_eq!(told["retryable"], true);
    assert_eq!(report(PopupError::Blocked)["step"], "popup");
    assert_eq!(report(FrameError::TimedOut)["step"], "frame");
    assert_eq!(report(LoginError::StorageBlocked)["retryable"], false);
}

#[test]
fn the_authorizers_own_words_come_along() {
    let error = OAuthError::new("invalid_scope", Some("no <such> scope"), Some("javascript:alert(1)")).unwrap();
    let told = report(LoginError::Refused(RefusedLogin { error, return_to: "/".to_owned() }));
    assert_eq!(told["cause"], json!({ "error": "invalid_scope", "description": "no <such> scope" }));
    assert_eq!(told["code"], "invalid_scope");
}

#[test]
fn a_window_is_the_persons_concern_only_if_the_person_closed_it() {
    for (error, kind) in [
        (PopupError::Closed, ErrorKind::Cancelled),
        (PopupError::Cancelled, ErrorKind::Cancelled),
        (PopupError::Blocked, ErrorKind::Popup),
        (PopupError::Unavailable, ErrorKind::Popup),
        (PopupError::TimedOut, ErrorKind::Expired),
        (PopupError::AddressRefused, ErrorKind::Setup),
    ] {
        assert_eq!(SignInError::from(error).kind(), kind, "{error}");
    }
    assert_eq!(SignInError::from(FrameError::TimedOut).kind(), ErrorKind::Popup);
    assert_eq!(SignInError::from(LoginError::StorageBlocked).kind(), ErrorKind::Storage);
}

/// The script says without the module that nobody is signed in where it takes the options for right: then the module has to
/// take them, too. `tests/script_js/shell.test.mjs` holds the script to the same file.
#[test]
fn what_the_script_takes_for_right_the_module_takes() {
    let file = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/script_js/plain.json")).unwrap();
    let sets: Vec<Value> = from_str(&file).unwrap();
    assert!(sets.len() > 10);
    for set in sets {
        let options = Options::read(&set.to_string(), &PAGE).unwrap_or_else(|error| panic!("{set}: {error}"));
        // And nobody may be signed in with them before anything is asked.
        assert_eq!((options.config.storage, options.config.restore), (Storage::Memory, Restore::None), "{set}");
        assert_eq!(options.authorizer, Authorizer::Elsewhere, "{set}");
    }
}

/// The half of the API that is JavaScript has tests of its own, for Node.
#[test]
fn the_javascript_half_keeps_its_promises() {
    let tests = ["core", "fetch", "shell"]
        .map(|name| [env!("CARGO_MANIFEST_DIR"), "/tests/script_js/", name, ".test.mjs"].concat());
    let run = std::process::Command::new("node").arg("--test").args(tests).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}
