//! Who is signed in on a page, as far as no authorizer is needed to see it; `tests/e2e` has the rest.

mod labels;

use std::cell::RefCell;
use std::rc::Rc;

use pkce_login::browser::auth::{Auth, AuthState, LoginOptions, SignedOut};
use pkce_login::browser::{BrowserPlatform, SignInError};
use pkce_login::client::ports::{HttpFailure, Place, Store as _};
use pkce_login::client::{ANSWER_KEY, ClientConfig, LoginError, Phase, Storage};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

const CALLBACK: &str = "https://app.example/callback.html";

/// An authorizer whose description the app brings. Without `openid` no keys are asked for, so nothing is sent.
fn described() -> ClientConfig {
    let mut config = ClientConfig::new("https://as.example", "my-app", CALLBACK).with_scope("profile");
    config.metadata = Some(
        r#"{"issuer":"https://as.example","authorization_endpoint":"https://as.example/authorize","token_endpoint":"https://as.example/token"}"#
            .to_owned(),
    );
    config
}

fn signed_out(auth: &Auth) -> SignedOut {
    match auth.state() {
        AuthState::SignedOut(signed_out) => signed_out,
        other => panic!("{other:?}"),
    }
}

/// One turn of the page's event loop.
async fn turn() {
    let turn = js_sys::Promise::new(&mut |resolve, _| {
        web_sys::window().unwrap().set_timeout_with_callback(&resolve).unwrap();
    });
    JsFuture::from(turn).await.unwrap();
}

#[wasm_bindgen_test]
fn where_nothing_is_kept_nobody_is_signed_in_from_the_first_moment() {
    let signed_out = signed_out(&Auth::start(described()));
    assert_eq!((signed_out.problem(), signed_out.is_leaving(), signed_out.ended()), (None, false, None));
}

#[wasm_bindgen_test]
async fn where_something_may_be_kept_nobody_is_called_signed_out_before_it_is_known() {
    let mut config = described();
    config.storage = Storage::Tab;
    let auth = Auth::start(config);
    assert!(matches!(auth.state(), AuthState::Pending(pending) if !pending.is_exchanging()));
    turn().await;
    assert_eq!(signed_out(&auth).problem(), None);
}

#[wasm_bindgen_test]
async fn a_press_is_prepared_once_it_is_known_that_nobody_is_signed_in() {
    let run = |script: &str| js_sys::Function::new_no_args(script).call0(&JsValue::NULL).unwrap();
    // A page that is idle at once.
    run("self.kept = self.requestIdleCallback; self.requestIdleCallback = (work) => work();");
    let config = ClientConfig { storage: Storage::Tab, ..described() };
    let auth = Auth::start(config);
    assert!(matches!(auth.state(), AuthState::Pending(_)));
    let (likely, asked) = (auth.clone(), Rc::new(RefCell::new(Vec::new())));
    let told = Rc::clone(&asked);
    auth.prepare_when_idle(move || told.borrow_mut().push(likely.prepare()));
    assert!(asked.borrow().is_empty());
    turn().await;
    run("self.requestIdleCallback = self.kept;");
    assert_eq!(*asked.borrow(), [true]);
}

#[wasm_bindgen_test]
async fn an_answer_to_no_login_is_a_problem_and_no_session() {
    BrowserPlatform.set(Place::Tab, ANSWER_KEY, &format!("{CALLBACK}?code=c&state=s")).unwrap();
    let auth = Auth::start(described());
    assert!(matches!(auth.state(), AuthState::Pending(pending) if pending.is_exchanging()));
    turn().await;
    assert_eq!(signed_out(&auth).problem().map(SignInError::code), Some("no_pending_transaction"));
}

#[wasm_bindgen_test]
async fn a_login_that_cannot_begin_is_shown_as_leaving_and_then_as_a_problem() {
    let auth = Auth::start(ClientConfig::new("http://localhost:1", "my-app", CALLBACK));
    let seen = Rc::new(RefCell::new(Vec::new()));
    let watching = auth.watch({
        let seen = Rc::clone(&seen);
        move |state| {
            let AuthState::SignedOut(now) = state else { panic!("{state:?}") };
            seen.borrow_mut().push((now.is_leaving(), now.problem().map(|problem| problem.code().to_owned())));
        }
    });
    let error = signed_out(&auth).login_with(LoginOptions::default()).await.unwrap_err();
    assert_eq!(error.code(), "host_unreachable");
    assert_eq!(*seen.borrow(), [(true, None), (false, Some("host_unreachable".to_owned()))]);
    drop(watching);
    drop(signed_out(&auth).login_with(LoginOptions::default()).await);
    assert_eq!(seen.borrow().len(), 2, "who no longer watches is not told");
}

#[wasm_bindgen_test]
async fn a_page_can_keep_the_browser_here_and_is_not_told_what_ties_the_request_to_it() {
    let auth = Auth::start(described());
    let asked = Rc::new(RefCell::new(String::new()));
    auth.before_leaving({
        let asked = Rc::clone(&asked);
        move |url| {
            *asked.borrow_mut() = url.to_owned();
            false
        }
    });
    let error = signed_out(&auth).login_with(LoginOptions::default()).await.unwrap_err();
    assert_eq!(error.code(), "popup_cancelled");
    let signed_out = signed_out(&auth);
    assert_eq!((signed_out.problem(), signed_out.is_leaving()), (None, false), "called off is nothing to show");
    let asked = web_sys::Url::new(&asked.borrow()).unwrap();
    let names: Vec<String> =
        asked.search_params().keys().into_iter().map(|name| name.unwrap().as_string().unwrap()).collect();
    assert!(names.contains(&"client_id".to_owned()) && names.contains(&"redirect_uri".to_owned()), "{names:?}");
    for secret in ["state", "nonce", "code_challenge"] {
        assert!(!names.contains(&secret.to_owned()), "{secret}");
    }
}

#[wasm_bindgen_test]
async fn an_address_that_is_no_answer_changes_nothing() {
    let auth = Auth::start(described());
    for url in
        ["https://app.example/", "https://app.example/callback.html", "https://elsewhere.example/?code=c&state=s"]
    {
        assert_eq!(signed_out(&auth).problem(), None);
        assert!(!auth.handle_callback(url).await.unwrap(), "{url}");
    }
    assert_eq!(signed_out(&auth).problem(), None);
}

#[wasm_bindgen_test]
async fn the_app_can_send_its_requests_itself() {
    let run = |script: &str| js_sys::Function::new_no_args(script).call0(&JsValue::NULL).unwrap();
    let transport = run(
        "self.asked = []; return async (url) => { self.asked.push(url); return new Response('no', { status: 500 }); };",
    );
    pkce_login::browser::use_fetch(transport.into());
    let auth = Auth::start(ClientConfig::new("https://as.example/own", "my-app", CALLBACK));
    let error = signed_out(&auth).login_with(LoginOptions::default()).await.unwrap_err();
    let asked = run("return self.asked.join(' ');").as_string().unwrap();
    pkce_login::browser::use_fetch(run("return (url, init) => fetch(url, init);").into());
    assert_eq!(asked, "https://as.example/own/.well-known/openid-configuration");
    assert_ne!(error.code(), "host_unreachable");
}

#[wasm_bindgen_test]
async fn a_login_that_is_cancelled_while_it_is_prepared_does_not_leave() {
    let mut config = described();
    // Long enough for somebody to change their mind.
    config.metadata = None;
    let run = |script: &str| js_sys::Function::new_no_args(script).call0(&JsValue::NULL).unwrap();
    let transport = run("return () => new Promise((resolve) => (self.answer = resolve));");
    pkce_login::browser::use_fetch(transport.into());
    let auth = Auth::start(config);
    let (cancelled, leaving) = (signed_out(&auth), signed_out(&auth));
    let result = Rc::new(RefCell::new(None));
    wasm_bindgen_futures::spawn_local({
        let result = Rc::clone(&result);
        async move { *result.borrow_mut() = Some(leaving.login_with(LoginOptions::default()).await) }
    });
    turn().await;
    assert!(signed_out(&auth).is_leaving());
    cancelled.cancel();
    let description = described().metadata.unwrap();
    js_sys::Function::new_with_args(
        "text",
        "self.answer(new Response(text, { headers: { 'content-type': 'application/json' } }));",
    )
    .call1(&JsValue::NULL, &description.into())
    .unwrap();
    for _ in 0..20 {
        turn().await;
    }
    pkce_login::browser::use_fetch(run("return (url, init) => fetch(url, init);").into());
    let result = result.borrow_mut().take().unwrap();
    assert_eq!(result.unwrap_err().code(), "popup_cancelled");
    assert!(!signed_out(&auth).is_leaving());
}

#[wasm_bindgen_test]
async fn what_a_transport_followed_a_redirect_for_is_not_used() {
    let run = |script: &str| js_sys::Function::new_no_args(script).call0(&JsValue::NULL).unwrap();
    let transport = run("return async () => { \
             const answer = new Response('{}', { headers: { 'content-type': 'application/json' } }); \
             Object.defineProperty(answer, 'redirected', { value: true }); \
             return answer; };");
    pkce_login::browser::use_fetch(transport.into());
    let auth = Auth::start(ClientConfig::new("https://as.example/moved", "my-app", CALLBACK));
    let error = signed_out(&auth).login_with(LoginOptions::default()).await.unwrap_err();
    pkce_login::browser::use_fetch(run("return (url, init) => fetch(url, init);").into());
    assert_eq!(error, LoginError::Network(Phase::Discovery, HttpFailure::Redirected).into());
}
